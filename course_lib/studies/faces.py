"""Recognising faces of people that the network never met: the two stages of Parkhi, Vedaldi and Zisserman at a laptop's scale.

Stage one trains a convolutional classifier of 30 people, all layers by backpropagation. Its trunk turns an image into a
descriptor. Stage two freezes the trunk and tunes a projection of the descriptors with the triplet loss. Both are judged on
pairs of photographs of the 10 people left out, for five choices of these (``split_people``).

``python -m course_lib.studies.faces`` trains all five networks, prints what they reach and writes ``faces_networks.npz``.

Source: Parkhi, Vedaldi, Zisserman (2015), Deep face recognition, BMVC; the photographs: see ``load_faces``.
"""

import hashlib

import numpy as np

from course_lib.data import load_faces
from course_lib.data.faces import PEOPLE
from course_lib.data.files import read_bytes
from course_lib.functions import l2_normalize, matmul
from course_lib.graph import Parameter
from course_lib.initializers import he
from course_lib.layers import BatchNorm, Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU, Sequential, need_generator
from course_lib.losses import labelled_rows, softmax_cross_entropy
from course_lib.optim import SGD, AdamW
from course_lib.schedules import cosine_schedule
from course_lib.training import predict, training
from course_lib.triplets import check_people, active_share, batch_triplet_loss, mine_triplets
from course_lib.verification import all_pairs, equal_error_rate, pair_distances

HEIGHT, WIDTH = 56, 46          # what the network sees: half of the photographs' 112 × 92
SPLITS, UNSEEN, TRUNKS = 5, 10, 2
BATCH = 64
FILE = "faces_networks.npz"


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

def resized(images, height=HEIGHT, width=WIDTH, *, zoom=1.0, down=0.0, right=0.0):
    """Images of any size at a fixed size: the middle of each, in a frame whose shorter side is that of the image.

    What is longer than the frame is cut off; where the frame is longer (a square image in a frame of 56 × 46), the pixels of
    the edge are repeated, so that a face keeps its proportions and nothing of it is lost.

    A new pixel is a weighted mean of the old ones near it, with weights that fall off linearly; where the image shrinks
    they reach as far as its new pixels are apart, so that fine patterns are averaged and not sampled by chance. Rows and
    columns are two small matrices, A image Bᵀ. A mirrored image gives the mirrored result.
    ``zoom`` above 1 looks closer; ``down`` and ``right`` move the part that is looked at, as shares of the new width.

    Shapes: images (..., h, w)  ->  (..., height, width)
    """
    h, w = images.shape[-2:]
    step = min(h, w) / min(height, width) / zoom                    # old pixels from one new pixel to the next
    A = _weights(h, height, step, down * width).astype(images.dtype)
    B = _weights(w, width, step, right * width).astype(images.dtype)
    return A @ images @ B.T


def _weights(old, new, step, shift):
    """(new, old): the share of each old pixel of a line in each new one, the new ones ``step`` apart about the middle."""
    centres = np.clip((np.arange(new) - (new - 1) / 2 + shift) * step + (old - 1) / 2, 0, old - 1)  # outside: the edge
    weights = np.clip(1 - np.abs(centres[:, np.newaxis] - np.arange(old)) / max(step, 1), 0, None)
    return weights / weights.sum(axis=1, keepdims=True)


def standardised(images):
    """Each image shifted and scaled to mean 0 and deviation 1: gone are exposure and contrast of the photograph.

    Shapes: images (N, ..., h, w)  ->  the same
    """
    centred = images - images.mean(axis=(-2, -1), keepdims=True)
    return centred / centred.std(axis=(-2, -1), keepdims=True)


def prepare(images, **view):
    """Photographs as the network wants them: one channel, 56 × 46 pixels, each standardised, float32.

    Shapes: images (N, h, w), grey values in any range  ->  (N, 1, HEIGHT, WIDTH)
    ``view`` may be ``zoom``, ``down`` and ``right`` of ``resized``. Raises ValueError for images of the wrong rank, none at
    all, values that are not finite, and images of one grey value.
    """
    return standardised(resized(check_images("prepare", images), **view))[:, np.newaxis].astype(np.float32)


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


def augmented(images, rng):
    """Each photograph as it might have been taken another time: turned, shifted, scaled, stretched, mirrored, in another light.

    Shapes: images (N, h, w) float32, grey values from 0 to 1  ->  (N, 1, HEIGHT, WIDTH), standardised, float32
    """
    need_generator("augmented", rng)
    (N, h, w), height, width = images.shape, HEIGHT, WIDTH
    step = min(h, w) / min(height, width)                           # as in ``resized``
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
        if not 0 <= self.images.min() <= self.images.max() <= 1:
            raise ValueError("AugmentedBatches: grey values must lie between 0 and 1, got "
                             f"{self.images.min():g} to {self.images.max():g}; divide by the largest possible value, such as 255")
        if len(np.unique(self.labels)) < 2:
            raise ValueError("AugmentedBatches: all photographs show one person; there is nothing to tell apart")
        if not 1 <= size <= len(images):
            raise ValueError(f"AugmentedBatches: a batch must hold 1 to {len(images)} photographs, as many as there are, got {size}")
        need_generator("AugmentedBatches", rng)
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
        self.W, self.scale = Parameter(rng.normal(scale=n_in ** -0.5, size=(classes, n_in)).astype(dtype), "W"), scale

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


def margin_loss(z, t, margin=3.2):
    """Softmax cross-entropy with a handicap: the logit of the right class is lowered by ``margin`` before it is compared.

    The class must win by that much. With ``CosineLogits`` of scale 16, 3.2 is a cosine 0.2 larger than any other's.

    Shapes:   z (N, K), t (N,) with values 0 … K − 1  ->  L (a number)
    Backward: dz = (softmax(z − margin onehot(t)) − onehot(t)) / N
    Source:   Wang, Wang, Zhou, Ji, Gong, Zhou, Li, Liu (2018), CosFace, CVPR.
    """
    handicap = np.zeros_like(z)
    handicap[labelled_rows("margin_loss", z, t), t] = margin
    return softmax_cross_entropy(z - handicap, t)


def make_trunk(*, rng, channels=(16, 32, 64, 64), n_out=128, dtype=np.float32):
    """Images (N, 1, 56, 46) to descriptors (N, n_out): blocks of a 3 × 3 convolution, BatchNorm, ReLU and a pool, then a dense layer."""
    layers, height, width = [], HEIGHT, WIDTH
    for n_in, n in zip((1, *channels), channels):
        layers += [Conv2D(n_in, n, 3, padding=1, rng=rng, dtype=dtype), BatchNorm(n, dtype=dtype), ReLU(), MaxPool2D(2)]
        height, width = height // 2, width // 2
    return Sequential(*layers, Flatten(), Dense(channels[-1] * height * width, n_out, rng=rng, init=he, dtype=dtype),
                      BatchNorm(n_out, dtype=dtype))


def classifier_training(trunk, images, people, *, epochs=60, batch=BATCH, lr=6e-3, weight_decay=5e-2, loss=margin_loss, head=None,
                        rng):
    """Stage one, a generator: yields ``(epoch, step, loss)`` after each update of the trunk and a classifier on top of it.

    ``head`` is the classifier, ``CosineLogits`` by default, and forgotten afterwards. AdamW, its rate rising for an eighth of the
    steps and then falling along half a cosine.

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

    @property
    def params(self):
        """Those of all trunks."""
        return [p for trunk in self.trunks for p in trunk.params]

    def walk(self):
        yield self
        for trunk in self.trunks:
            yield from trunk.walk()

    def __call__(self, x):
        outputs, backwards = zip(*(trunk(x) for trunk in self.trunks))
        units, to_outputs = zip(*(l2_normalize(y) for y in outputs))
        scale, ends = len(units) ** -0.5, np.cumsum([y.shape[1] for y in units])[:-1]

        def backward(dy, input_grad=True):
            parts = [to_output(part * scale) for to_output, part in zip(to_outputs, np.split(dy, ends, axis=1))]
            dxs = [trunk_backward(part, input_grad=input_grad) for trunk_backward, part in zip(backwards, parts)]
            return sum(dxs[1:], dxs[0]) if input_grad else None
        return np.concatenate(units, axis=1) * scale, backward

    def __repr__(self):
        return f"SideBySide({', '.join(map(repr, self.trunks))})"


ONE_VIEW = ({},)
VIEWS = ({}, *({"down": down, "right": right} for down in (-0.05, 0.05) for right in (-0.05, 0.05)))


def descriptors(trunk, images, views=VIEWS):
    """Unit vectors: the trunk's answers to five views of each photograph and their mirror images, each of length 1, averaged.

    The views look at the middle and, by a twentieth of the width, towards the four corners: the 10 crops of the paper. The
    trunk is used in inference mode. The mean is normalised again.

    Shapes: images (N, h, w), grey values in any range and size  ->  (N, D)
    """
    total = 0
    for view in views:
        x = prepare(images, **view)
        for seen in (x, x[..., ::-1]):
            total = total + l2_normalize(predict(trunk, seen, 256))[0]
    return l2_normalize(total)[0]


# ---- stage two: a projection, tuned with triplets -----------------------------------------------------------

def whitening(x, power=0.5):
    """A matrix W' under which the directions of large variance lose: variance λ becomes λ^(1 − power); with power 1 all are equal.

    Which directions vary most was learnt from 30 people. Giving the others more weight helps with people never seen.
    The scale is that of the unit matrix, |W'|² = D.

    Shapes: x (N, D) descriptors, N > D  ->  W' (D, D)
    Source: Jégou, Chum (2012), ECCV, there with power 1.
    """
    N, D = x.shape
    if N <= D:
        raise ValueError(f"whitening: {N} descriptors do not span {D} directions; give more than {D}, of augmented photographs")
    centred = x - x.mean(axis=0)
    variances, Q = np.linalg.eigh(centred.T @ centred / N)
    W = (Q * np.maximum(variances, 1e-6 * variances[-1]) ** (-power / 2)).T
    return W * np.sqrt(D / (W * W).sum())


class Projection(Layer):
    """The embedding of stage two: y = W' x / |W' x|, for descriptors x of the frozen trunk. W' starts as ``start`` or as the unit matrix.

    Shapes: x (N, D), W' (L, D)  ->  y (N, L), unit vectors
    Source: Parkhi, Vedaldi, Zisserman (2015), BMVC, section 4.
    """

    def __init__(self, n_in, n_out=None, *, start=None, dtype=np.float32):
        self.W = Parameter(np.array(np.eye(n_out or n_in, n_in) if start is None else start, dtype), "W'")

    def rule(self, x, W):
        y, to_product = matmul(x, W.T)
        unit, to_y = l2_normalize(y)
        def backward(dunit):
            dx, dWT = to_product(to_y(dunit))
            return dx, dWT.T
        return unit, backward

    def __repr__(self):
        return "Projection({1}, {0})".format(*self.W.data.shape)


def projection_training(projection, x, people, *, kind="semi-hard", margin=0.2, steps=300, batch=(10, 8), lr=0.02, rng):
    """Stage two, a generator: yields ``(step, loss, active)`` after each update of the projection; the trunk takes no part in it.

    A batch is (people, descriptors of each), drawn at random. ``active`` is the share of its pairs of one person for which
    the mining found a negative that violates the margin: the others give no gradient.

    Shapes: x (M, D) descriptors, people (M,)
    """
    people = check_people("projection_training", x, people)
    names, labels, counts = np.unique(people, return_inverse=True, return_counts=True)
    if len(names) < batch[0] or counts.min() < batch[1] or min(batch) < 2:
        raise ValueError(f"projection_training: a batch is to hold {batch[0]} people and {batch[1]} descriptors of each, both at "
                         f"least 2; there are {len(names)} people with {counts.min()} descriptors or more")
    rows_of = [np.flatnonzero(labels == i) for i in range(len(names))]
    optimizer = SGD(projection.params, lr=cosine_schedule(lr, steps), momentum=0.9)
    for step in range(1, steps + 1):
        chosen = rng.choice(len(names), size=batch[0], replace=False)
        rows = np.concatenate([rng.choice(rows_of[i], size=batch[1], replace=False) for i in chosen])
        y, backward = projection(x[rows])
        triplets = mine_triplets(y, labels[rows], kind=kind, margin=margin, rng=rng)
        active = active_share(y, triplets, margin) * len(triplets) / (len(rows) * (batch[1] - 1))
        loss, loss_backward = batch_triplet_loss(y, triplets, margin)
        optimizer.zero_grad()
        backward(loss_backward(), input_grad=False)
        optimizer.step()
        yield step, float(loss), active


def augmented_descriptors(trunk, images, copies, *, rng):
    """Descriptors of ``copies`` augmented copies of each photograph, all photographs in the first N rows, and again.

    Shapes: images (N, h, w) float32, grey values from 0 to 1  ->  (copies · N, D), unit vectors
    """
    return np.concatenate([l2_normalize(predict(trunk, augmented(images, rng), 256))[0] for _ in range(copies)])


# ---- the trained networks -----------------------------------------------------------------------------------

def trained(k):
    """The network of split k from ``faces_networks.npz``: ``(trunk, projection)``, as ``train`` made them.

    It never saw the people of ``split_people(k)[1]``.
    """
    import io
    split_people(k)                                                 # a clear error if there is no such split
    rng = np.random.default_rng(0)                                  # what it draws is overwritten
    trunk = SideBySide(*(make_trunk(rng=rng) for _ in range(TRUNKS)))
    with np.load(io.BytesIO(read_bytes(FILE))) as file:
        for i, own in enumerate(_arrays(trunk)):
            own[...] = file[f"{k}_{i}"]
        return trunk, Projection(trunk.n_out, start=file[f"{k}_W"])


def _arrays(trunk):
    """All that a trunk has learnt: its parameters, and the running averages of its normalisations."""
    return [p.data for p in trunk.params] + [array for layer in trunk.walk() for array in layer.running]


def embedding_of(k):
    """``embed(images) -> (N, 256)``: the whole of split k, trunk and projection, for photographs of any size."""
    trunk, projection = trained(k)
    return lambda images: projection(descriptors(trunk, images))[0]


# ---- judging ------------------------------------------------------------------------------------------------

def unseen_error(embed, images, people, k):
    """The equal error rate of ``embed(images) -> (N, L)`` on all pairs of photographs of the people unseen in split k."""
    rows = np.isin(people, split_people(k)[1])
    pairs = all_pairs(people[rows])
    return equal_error_rate(pair_distances(embed(images[rows]), pairs), pairs.same)[0]


# ---- what networks are compared with ------------------------------------------------------------------------

def pixels(images):
    """The grey values themselves, at the network's size. Shapes: images (N, h, w)  ->  (N, HEIGHT · WIDTH)"""
    return resized(check_images("pixels", images)).reshape(len(images), -1)


def standardised_pixels(images):
    """The grey values of each image at mean 0 and deviation 1. Shapes: images (N, h, w)  ->  (N, HEIGHT · WIDTH)"""
    return prepare(images).reshape(len(images), -1)


def eigenfaces(images, components=60):
    """A function ``embed(images)``: standardised pixels projected on the ``components`` directions in which ``images`` differ most.

    The result has length 1, as that of the networks: angles judge better than distances here.

    Source: Turk, Pentland (1991), Eigenfaces for recognition, Journal of Cognitive Neuroscience 3.
    """
    mean, V = principal_directions(standardised_pixels(images), components)
    return lambda new: l2_normalize((standardised_pixels(new) - mean) @ V)[0]


def principal_directions(x, n):
    """The mean of the rows of x and the n orthogonal directions of largest variance. Shapes: x (N, D)  ->  (D,), (D, n)"""
    mean = x.mean(axis=0)
    return mean, np.linalg.svd(x - mean, full_matrices=False)[2][:n].T


def fisherfaces(images, people, components=100, shrinkage=0.3):
    """A function ``embed(images)``: eigenfaces, then the directions in which people differ most for how much one person varies.

    Linear discriminant analysis: the covariance within people, drawn by ``shrinkage`` towards a multiple of the unit matrix,
    is made the unit matrix; of what is left the directions between the people's means are kept.

    Source: Belhumeur, Hespanha, Kriegman (1997), Eigenfaces vs. Fisherfaces, IEEE PAMI 19.
    """
    mean, V = principal_directions(standardised_pixels(images), components)
    W = V @ discriminant((standardised_pixels(images) - mean) @ V, people, shrinkage)
    return lambda new: l2_normalize((standardised_pixels(new) - mean) @ W)[0]


def discriminant(x, people, shrinkage):
    """The matrix of linear discriminant analysis. Shapes: x (N, D), people (N,)  ->  (D, number of people − 1)"""
    names, labels = np.unique(people, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"discriminant: {len(names)} person cannot be told from others; give images of at least two people")
    means = np.stack([x[labels == i].mean(axis=0) for i in range(len(names))])
    centred = x - means[labels]
    within = centred.T @ centred / (len(x) - len(names))
    within = (1 - shrinkage) * within + shrinkage * np.trace(within) / len(within) * np.eye(len(within), dtype=x.dtype)
    values, Q = np.linalg.eigh(within)
    whiten = Q / np.sqrt(values)                                    # within people: covariance 1 in every direction
    V = np.linalg.svd((means - means.mean(axis=0)) @ whiten, full_matrices=False)[2]
    return whiten @ V[:len(names) - 1].T


# ---- the command --------------------------------------------------------------------------------------------

def train(k, faces, *, epochs=60, report=lambda trunk, epoch, loss: None):
    """Train the network of split k as the stored one was: ``(trunk, projection)``; calls ``report(trunk, epoch, loss)`` after each epoch."""
    rows = np.isin(faces.people, split_people(k)[0])
    images, people = faces.images[rows].astype(np.float32), faces.people[rows]
    trunks = []
    for number in range(TRUNKS):
        rng = np.random.default_rng([k, number])
        trunks.append(make_trunk(rng=rng))
        for epoch, step, loss in classifier_training(trunks[-1], images, people, epochs=epochs, rng=rng):
            if step % (len(images) // BATCH) == 0:
                report(number, epoch, loss)
    trunk = SideBySide(*trunks)
    x = augmented_descriptors(trunk, images, 8, rng=rng)
    return trunk, Projection(trunk.n_out, start=whitening(x))


def main():
    """Train all five networks, print what they reach on unseen people beside the baselines, write the file of their weights."""
    from pathlib import Path
    faces = load_faces(dtype=np.float32)
    images, people = faces
    stored, table = {}, []
    for k in range(SPLITS):
        rows = np.isin(people, split_people(k)[0])
        trunk, projection = train(k, faces, report=lambda trunk, epoch, loss: print(f"\rsplit {k}, trunk {trunk}, epoch {epoch}, loss {loss:.3f} ", end="", flush=True))
        stored |= {f"{k}_{i}": array.astype(np.float16) for i, array in enumerate(_arrays(trunk))}
        stored[f"{k}_W"] = projection.W.data.astype(np.float16)
        embeddings = {"pixels": pixels, "standardised pixels": standardised_pixels, "eigenfaces": eigenfaces(images[rows]),
                      "fisherfaces": fisherfaces(images[rows], people[rows]), "descriptors": lambda new: descriptors(trunk, new),
                      "projected descriptors": lambda new: projection(descriptors(trunk, new))[0]}
        table.append([unseen_error(embed, images, people, k) for embed in embeddings.values()])
        print("".join(f"  {name} {rate:.3f}" for name, rate in zip(embeddings, table[-1])))
    print("mean   " + "".join(f"  {name} {rate:.4f}" for name, rate in zip(embeddings, np.mean(table, axis=0))))
    path = Path(__file__).parents[1] / "data" / FILE
    np.savez_compressed(path, **stored)
    print(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
