"""Stage one: a convolutional classifier of the people of the training, and the descriptors that its trunk makes of
photographs.

Source: Parkhi, Vedaldi, Zisserman (2015), Deep face recognition, BMVC.
"""

import numpy as np

from course_lib.graph import Parameter
from course_lib.initializers import he
from course_lib.layers import BatchNorm, Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU, Sequential
from course_lib.optim.first_order import AdamW
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.functions import l2_normalize, matmul
from course_lib.rules.losses import labelled_rows, softmax_cross_entropy
from course_lib.rules.protocol import rule
from course_lib.studies.faces.images import HEIGHT, WIDTH, AugmentedBatches, augmented, prepare
from course_lib.training import predict, training

BATCH = 64


class CosineLogits(Layer):
    """Logits that are cosines: z = scale · cos(angle between x and the class's vector), class by class.

    Shapes: x (N, D), W (classes, D)  ->  z (N, classes), between −scale and scale

    Only directions count, in the classifier as later between two descriptors.

    Source: Wang, Xiang, Cheng, Yuille (2017), NormFace, ACM Multimedia.
    """

    def __init__(self, n_in, classes, *, scale=16.0, rng, dtype=np.float32):
        self.W, self.scale = Parameter(rng.normal(scale=n_in ** -0.5, size=(classes, n_in)).astype(dtype), "W"), scale

    def rule(self, x, W):
        (u, to_x), (V, to_W) = l2_normalize(x), l2_normalize(W)
        z, to_uV = matmul(u, V.T)
        def backward(dz):
            du, dV = to_uV(dz * self.scale)
            return to_x(du), to_W(dV.T)
        return z * self.scale, backward

    @property
    def _sizes(self):
        return self.W.data.shape[::-1]


@rule
def margin_loss(z, t, margin=3.2):
    """Softmax cross-entropy with a handicap: the logit of the right class is lowered by ``margin`` beforehand.

    The class must win by that much. With ``CosineLogits`` of scale 16, 3.2 is a cosine 0.2 larger than any other's.

    Shapes:   z (N, K), t (N,) with values 0 … K − 1  ->  L (a number)
    Backward: dz = (softmax(z − margin onehot(t)) − onehot(t)) / N
    Source:   Wang, Wang, Zhou, Ji, Gong, Zhou, Li, Liu (2018), CosFace, CVPR.
    """
    z, t, rows = labelled_rows("margin_loss", z, t)
    handicap = np.zeros_like(z)
    handicap[rows, t] = margin
    return softmax_cross_entropy(z - handicap, t)


def make_trunk(*, rng, channels=(16, 32, 64, 64), n_out=128, dtype=np.float32):
    """Images (N, 1, 56, 46) to descriptors (N, n_out): blocks of a 3 × 3 convolution, BatchNorm, ReLU and a pool, then
    a dense layer."""
    layers, height, width = [], HEIGHT, WIDTH
    for n_in, n in zip((1, *channels), channels):
        layers += [Conv2D(n_in, n, 3, padding=1, rng=rng, dtype=dtype), BatchNorm(n, dtype=dtype), ReLU(),
                   MaxPool2D(2)]
        height, width = height // 2, width // 2
    return Sequential(*layers, Flatten(), Dense(channels[-1] * height * width, n_out, rng=rng, init=he, dtype=dtype),
                      BatchNorm(n_out, dtype=dtype))


def classifier_training(trunk, images, people, *, epochs=60, batch=BATCH, lr=6e-3, weight_decay=5e-2, loss=margin_loss,
                        head=None, rng):
    """Stage one, a generator: yields ``(epoch, step, loss)`` after each update of the trunk and a classifier on top.

    ``head`` is the classifier, ``CosineLogits`` by default, and forgotten afterwards. AdamW, its rate rising for an
    eighth of the steps and then falling along half a cosine.

    Shapes: images (N, h, w), grey values from 0 to 1; people (N,), any whole numbers
    """
    labels = np.unique(people, return_inverse=True)[1]
    batches = AugmentedBatches(images, labels, batch, rng=rng)
    head = head or CosineLogits(len(trunk.layers[-1].gamma.data), labels.max() + 1, rng=rng)
    net, steps = Sequential(trunk, head), epochs * len(batches)
    optimizer = AdamW(net.params, lr=cosine_schedule(lr, steps, warmup=steps // 8), weight_decay=weight_decay)
    return training(net, loss, optimizer, batches, epochs)


class SideBySide(Layer):
    """Trunks that look at the same image; their descriptors, each of length 1, in one row, again of length 1.

    Trained from different random numbers they err on different pairs; |a − b|² becomes the mean of theirs.

    Shapes:   x (N, 1, HEIGHT, WIDTH)  ->  y (N, sum of the trunks' D), unit vectors
    Backward: each trunk gets its part of dy, through its normalisation; dx = the sum of what comes back
    """

    def __init__(self, *trunks):
        self.trunks = list(trunks)
        self.n_out = sum(len(trunk.layers[-1].gamma.data) for trunk in trunks)

    def __call__(self, x):
        outputs, backwards = zip(*(trunk(x) for trunk in self.trunks))
        units, to_outputs = zip(*(l2_normalize(y) for y in outputs))
        scale, ends = len(units) ** -0.5, np.cumsum([y.shape[1] for y in units])[:-1]

        def backward(dy, input_grad=True):
            parts = [to_output(part * scale) for to_output, part in zip(to_outputs, np.split(dy, ends, axis=1))]
            dxs = [trunk_backward(part, input_grad=input_grad) for trunk_backward, part in zip(backwards, parts)]
            return sum(dxs[1:], dxs[0]) if input_grad else None
        return np.concatenate(units, axis=1) * scale, backward


ONE_VIEW = ({},)
VIEWS = ({}, *({"down": down, "right": right} for down in (-0.05, 0.05) for right in (-0.05, 0.05)))


def descriptors(trunk, images, views=VIEWS):
    """Unit vectors: the trunk's answers to five views of each photograph and their mirror images, each of length 1,
    averaged.

    The views look at the middle and, by a twentieth of the width, towards the four corners: the 10 crops of the paper.
    The trunk is used in inference mode. The mean is normalised again.

    Shapes: images (N, h, w), grey values in any range and size  ->  (N, D)
    """
    total = 0
    for view in views:
        x = prepare(images, **view)
        for seen in (x, x[..., ::-1]):
            total = total + l2_normalize(predict(trunk, seen, 256))[0]
    return l2_normalize(total)[0]


def augmented_descriptors(trunk, images, copies, *, rng):
    """Descriptors of ``copies`` augmented copies of each photograph, all photographs in the first N rows, and again.

    Shapes: images (N, h, w) float32, grey values from 0 to 1  ->  (copies · N, D), unit vectors
    """
    return np.concatenate([l2_normalize(predict(trunk, augmented(images, rng), 256))[0] for _ in range(copies)])
