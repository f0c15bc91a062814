"""Recognising faces of people that the network never met: the two stages of Parkhi, Vedaldi and Zisserman at a laptop's scale.

Stage one trains a convolutional classifier of 30 people, all layers by backpropagation. Its trunk turns an image into a
descriptor. Stage two freezes the trunk and tunes a projection of the descriptors with the triplet loss. Both are judged on
pairs of photographs of the 10 people left out, for five choices of these (``split_people``).

``python -m course_lib.studies.faces`` trains all five networks, prints what they reach and writes ``faces_networks.npz``.

Source: Parkhi, Vedaldi, Zisserman (2015), Deep face recognition, BMVC; the photographs: see ``load_faces``.
"""

import numpy as np

from course_lib.data import load_faces
from course_lib.data.faces import PEOPLE
from course_lib.functions import l2_normalize, matmul
from course_lib.graph import Parameter
from course_lib.initializers import he
from course_lib.layers import BatchNorm, Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU, Sequential, _need_generator
from course_lib.losses import softmax_cross_entropy
from course_lib.optim import SGD, AdamW
from course_lib.schedules import cosine_schedule
from course_lib.training import predict, training
from course_lib.triplets import active_share, mine_triplets, mined_triplet_loss
from course_lib.verification import all_pairs, equal_error_rate, pair_distances

HEIGHT, WIDTH = 56, 46          # what the network sees: half of the photographs' 112 × 92
SPLITS, UNSEEN = 5, 10


# ---- people -------------------------------------------------------------------------------------------------

def split_people(k):
    """Split k of five: the 30 people to train with and the 10 that stay unseen, as two sorted arrays of numbers.

    The 40 people stand in a fixed random order, on a circle. Split k leaves out the ten from place 8 k on, so that
    everyone is unseen once or twice.
    """
    if not isinstance(k, (int, np.integer)) or not 0 <= k < SPLITS:
        raise ValueError(f"split_people: there are splits 0 to {SPLITS - 1}, got {k!r}")
    circle = np.random.default_rng(0).permutation(PEOPLE)
    unseen = circle[(np.arange(UNSEEN) + k * PEOPLE // SPLITS) % PEOPLE]
    return np.setdiff1d(circle, unseen), np.sort(unseen)


# ---- images -------------------------------------------------------------------------------------------------

def resized(images, height=HEIGHT, width=WIDTH):
    """Images of any size at a fixed size: the middle of each, as large as the new proportions allow, in new pixels.

    A new pixel is a weighted mean of the old ones near it, with weights that fall off linearly; where the image shrinks
    they reach as far as its new pixels are apart, so that fine patterns are averaged and not sampled by chance. Rows and
    columns are two small matrices, A image Bᵀ. A mirrored image gives the mirrored result.

    Shapes: images (..., h, w)  ->  (..., height, width)
    """
    h, w = images.shape[-2:]
    step = min(h / height, w / width)                               # old pixels from one new pixel to the next
    A, B = (_weights(old, new, step).astype(images.dtype) for old, new in ((h, height), (w, width)))
    return A @ images @ B.T


def _weights(old, new, step):
    """(new, old): the share of each old pixel of a line in each new one, the new ones ``step`` apart about the middle."""
    centres = (np.arange(new) - (new - 1) / 2) * step + (old - 1) / 2
    weights = np.clip(1 - np.abs(centres[:, np.newaxis] - np.arange(old)) / max(step, 1), 0, None)
    return weights / weights.sum(axis=1, keepdims=True)


def standardised(images):
    """Each image shifted and scaled to mean 0 and deviation 1: gone are exposure and contrast of the photograph.

    Shapes: images (N, ..., h, w)  ->  the same
    """
    centred = images - images.mean(axis=(-2, -1), keepdims=True)
    return centred / centred.std(axis=(-2, -1), keepdims=True)


def prepare(images, height=HEIGHT, width=WIDTH):
    """Photographs as the network wants them: one channel, its size, each standardised, float32.

    Shapes: images (N, h, w), grey values in any range  ->  (N, 1, height, width)
    """
    images = check_images("prepare", images)
    return standardised(resized(images, height, width))[:, np.newaxis].astype(np.float32)


def check_images(name, images):
    """``images`` as floats (N, h, w); a clear error if they are not grey images with something to see."""
    images = np.asarray(images)
    if images.ndim != 3:
        hints = {2: "one image is a batch of one: images[np.newaxis]",
                 4: "take the channel out: images[:, 0], or the mean of the colours"}
        raise ValueError(f"{name}: images must have shape (N, height, width), got {images.shape}"
                         + (f"; {hints[images.ndim]}" if images.ndim in hints else ""))
    if 0 in images.shape:
        raise ValueError(f"{name}: there are no images, or they have no pixels, got shape {images.shape}")
    if images.dtype.kind not in "uif":
        raise TypeError(f"{name}: grey values must be numbers, got {images.dtype}")
    images = images.astype(np.float32 if images.dtype.kind in "ui" else np.result_type(images, np.float32))
    broken = ~np.isfinite(images).all(axis=(1, 2))
    if broken.any():
        raise ValueError(f"{name}: {broken.sum()} of {len(images)} images hold values that are not finite, the first is number {broken.argmax()}")
    flat = images.max(axis=(1, 2)) == images.min(axis=(1, 2))
    if flat.any():
        raise ValueError(f"{name}: {flat.sum()} of {len(images)} images have one grey value everywhere, the first is number "
                         f"{flat.argmax()}; there is no face in them")
    return images


def augmented(images, rng, *, height=HEIGHT, width=WIDTH):
    """Each photograph as it might have been taken another time: turned, shifted, scaled, stretched, mirrored, in another light.

    Shapes: images (N, h, w), grey values from 0 to 1  ->  (N, 1, height, width), standardised, float32
    """
    _need_generator("augmented", rng)
    N, h, w = images.shape
    step = min(h / height, w / width)
    draw = lambda most: rng.uniform(-most, most, size=(N, 1, 1)).astype(np.float32)
    y, x = np.meshgrid((np.arange(height, dtype=np.float32) - (height - 1) / 2) * step,
                       (np.arange(width, dtype=np.float32) - (width - 1) / 2) * step, indexing="ij")
    angle, scale, stretch = draw(np.radians(15)), np.exp(draw(0.14)), np.exp(draw(0.06))
    x, y = x * (scale * stretch * rng.choice(np.float32([-1, 1]), size=(N, 1, 1))), y * (scale / stretch)
    rows = np.sin(angle) * x + np.cos(angle) * y + draw(0.08 * w) + (h - 1) / 2
    columns = np.cos(angle) * x + (draw(0.05) - np.sin(angle)) * y + draw(0.08 * w) + (w - 1) / 2
    views = bilinear(images, rows, columns)
    slope = (draw(0.5) * np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
             + draw(0.5) * np.linspace(-1, 1, width, dtype=np.float32))
    views = np.maximum(views, 1e-3) ** np.exp(draw(0.3)) * np.exp(slope)          # exposure, and light from a side
    return standardised(views)[:, np.newaxis]


def bilinear(images, rows, columns):
    """The grey values at places between pixels, from the four pixels around; outside the nearest pixel of the edge.

    Shapes: images (N, h, w), rows, columns (N, H, W)  ->  (N, H, W)
    """
    N, h, w = images.shape
    rows, columns = np.clip(rows, 0, h - 1.001), np.clip(columns, 0, w - 1.001)
    top, left = np.floor(rows), np.floor(columns)
    down, right = rows - top, columns - left
    first = (np.arange(N)[:, np.newaxis, np.newaxis] * h + top.astype(int)) * w + left.astype(int)
    pixels = images.ravel()
    upper = pixels[first] * (1 - right) + pixels[first + 1] * right
    lower = pixels[first + w] * (1 - right) + pixels[first + w + 1] * right
    return upper * (1 - down) + lower * down


class AugmentedBatches:
    """Pairs (x, t) as ``training`` reads them: every photograph once an epoch in a random order, each ``augmented`` anew.

    ``images`` (N, h, w) and ``labels`` (N,), whole numbers from 0; ``len(batches)`` is the number of batches in an epoch.
    """

    def __init__(self, images, labels, size, *, rng):
        self.images, self.labels = check_images("AugmentedBatches", images).astype(np.float32), np.asarray(labels)
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(f"AugmentedBatches: {len(self.images)} images need as many labels, got shape {self.labels.shape}")
        if len(np.unique(self.labels)) < 2:
            raise ValueError("AugmentedBatches: all photographs show one person; there is nothing to tell apart")
        _need_generator("AugmentedBatches", rng)
        self.size, self.rng = size, rng

    def __len__(self):
        return len(self.images) // self.size

    def __iter__(self):
        order = self.rng.permutation(len(self.images))
        for rows in order[:len(self) * self.size].reshape(len(self), self.size):     # the few left over wait for another epoch
            yield augmented(self.images[rows], self.rng), self.labels[rows]


# ---- stage one: a classifier --------------------------------------------------------------------------------

class CosineLogits(Layer):
    """Logits that are cosines: z = scale · cos(angle between x and the class's vector), class by class.

    Shapes: x (N, D), W (classes, D)  ->  z (N, classes), between −scale and scale

    Only directions count, in the classifier as later between two descriptors.

    Source: Wang, Xiang, Cheng, Yuille (2017), NormFace, ACM Multimedia.
    """

    def __init__(self, n_in, classes, *, scale=16.0, rng, dtype=np.float32):
        self.W, self.scale = Parameter(rng.normal(size=(classes, n_in)).astype(dtype), "W"), scale

    def rule(self, x, W):
        (u, to_x), (V, to_W) = l2_normalize(x), l2_normalize(W)
        z, to_uV = matmul(u, V.T)
        def backward(dz):
            du, dV = to_uV(dz * self.scale)
            return to_x(du), to_W(dV.T)
        return z * self.scale, backward

    def __repr__(self):
        classes, n_in = self.W.data.shape
        return f"CosineLogits({n_in}, {classes})"


def make_trunk(*, rng, channels=(16, 32, 64, 64), n_out=128, dtype=np.float32):
    """Images (N, 1, 56, 46) to descriptors (N, n_out): blocks of a 3 × 3 convolution, BatchNorm, ReLU and a pool, then a dense layer."""
    layers, height, width = [], HEIGHT, WIDTH
    for n_in, n in zip((1, *channels), channels):
        layers += [Conv2D(n_in, n, 3, padding=1, rng=rng, dtype=dtype), BatchNorm(n, dtype=dtype), ReLU(), MaxPool2D(2)]
        height, width = height // 2, width // 2
    return Sequential(*layers, Flatten(), Dense(channels[-1] * height * width, n_out, rng=rng, init=he, dtype=dtype),
                      BatchNorm(n_out, dtype=dtype))


def classifier_training(trunk, images, people, *, epochs=60, batch=64, lr=3e-3, weight_decay=5e-2, rng):
    """Stage one, a generator: yields ``(epoch, step, loss)`` after each update of the trunk and a classifier on top of it.

    Shapes: images (N, h, w), grey values from 0 to 1; people (N,), any whole numbers
    """
    labels = np.unique(people, return_inverse=True)[1]
    batches = AugmentedBatches(images, labels, batch, rng=rng)
    head = CosineLogits(trunk.layers[-1].gamma.data.size, labels.max() + 1, rng=rng, dtype=trunk.params[0].data.dtype)
    net = Sequential(trunk, head)
    steps = epochs * len(batches)
    optimizer = AdamW(net.params, lr=cosine_schedule(lr, steps, warmup=steps // 8), weight_decay=weight_decay)
    return training(net, softmax_cross_entropy, optimizer, batches, epochs)


def descriptors(trunk, images):
    """Unit vectors: the trunk's answers to each photograph and to its mirror image, each normalised, averaged, normalised.

    Shapes: images (N, h, w), grey values in any range and size  ->  (N, D)
    """
    x = prepare(images)
    both = l2_normalize(predict(trunk, x))[0] + l2_normalize(predict(trunk, x[..., ::-1]))[0]
    return l2_normalize(both)[0]
