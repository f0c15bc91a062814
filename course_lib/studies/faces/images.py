"""People and photographs: who is left out, what the network sees of one, and how it might have been taken otherwise."""

import numpy as np

from course_lib.data.batches import batch_slices
from course_lib.data.faces import PEOPLE
from course_lib.layers import need_generator

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


def split_faces(faces, k):
    """The photographs of split k: ``(seen, unseen)``, those to train with and those of the people left out, as
    ``load_faces`` gives them."""
    return tuple(type(faces)(faces.images[rows], faces.people[rows])
                 for rows in (np.isin(faces.people, people) for people in split_people(k)))


# ---- images -------------------------------------------------------------------------------------------------

def resized(images, height=HEIGHT, width=WIDTH, *, zoom=1.0, down=0.0, right=0.0):
    """Images of any size at a fixed size: the middle of each, in a frame whose shorter side is that of the image.

    What is longer than the frame is cut off; where the frame is longer (a square image in a frame of 56 × 46), the
    pixels of the edge are repeated, so that a face keeps its proportions and nothing of it is lost.

    A new pixel is a weighted mean of the old ones near it, with weights that fall off linearly; where the image shrinks
    they reach as far as its new pixels are apart, so that fine patterns are averaged and not sampled by chance. Rows
    and columns are two small matrices, A image Bᵀ. A mirrored image gives the mirrored result.
    ``zoom`` above 1 looks closer; ``down`` and ``right`` move the part that is looked at, as shares of the new width.

    Shapes: images (..., h, w)  ->  (..., height, width)
    """
    A, B = frame(*images.shape[-2:], height, width, zoom=zoom, down=down, right=right)
    return A.astype(images.dtype) @ images @ B.astype(images.dtype).T


def frame(h, w, height=HEIGHT, width=WIDTH, *, zoom=1.0, down=0.0, right=0.0):
    """The two matrices of ``resized`` for images of h rows and w columns: A (height, h) and B (width, w)."""
    step = min(h, w) / min(height, width) / zoom                    # old pixels from one new pixel to the next
    return _weights(h, height, step, down * width), _weights(w, width, step, right * width)


def _weights(old, new, step, shift):
    """(new, old): the share of each old pixel of a line in each new one; those are ``step`` apart about the middle."""
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
    ``view`` may be ``zoom``, ``down`` and ``right`` of ``resized``. Raises ValueError for images of the wrong rank,
    none at all, values that are not finite, and images of one grey value.
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
        raise ValueError(f"{name}: {broken.sum()} of {len(images)} images hold values that are not finite, the "
                         f"first is number {broken.argmax()}")
    flat = images.max(axis=(1, 2)) == images.min(axis=(1, 2))
    if flat.any():
        raise ValueError(f"{name}: {flat.sum()} of {len(images)} images have one grey value everywhere, the first is "
                         f"number {flat.argmax()}; there is no face in them")
    return images


def augmented(images, rng):
    """Each photograph as it might have been taken another time: turned, shifted, scaled, stretched, mirrored, in
    another light.

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
    """Pairs (x, t) as ``training`` reads them: every photograph once an epoch in a random order, each ``augmented``
    anew.

    ``images`` (N, h, w) and ``labels`` (N,), whole numbers from 0; ``len(batches)`` is the number of batches in an
    epoch. ``last`` is as in ``Batches``: by default the few left over wait for another epoch.
    """

    def __init__(self, images, labels, size, *, last="drop", rng):
        self.images, self.labels = check_images("AugmentedBatches", images).astype(np.float32), np.asarray(labels)
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(f"AugmentedBatches: {len(self.images)} images need as many labels, "
                             f"got shape {self.labels.shape}")
        if not 0 <= self.images.min() <= self.images.max() <= 1:
            raise ValueError(f"AugmentedBatches: grey values must lie between 0 and 1, got {self.images.min():g} to "
                             f"{self.images.max():g}; divide by the largest possible value, such as 255")
        if len(np.unique(self.labels)) < 2:
            raise ValueError("AugmentedBatches: all photographs show one person; there is nothing to tell apart")
        if not 1 <= size <= len(images):
            raise ValueError(f"AugmentedBatches: a batch must hold 1 to {len(images)} photographs, as "
                             f"many as there are, got {size}")
        need_generator("AugmentedBatches", rng)
        self.slices, self.size, self.rng = batch_slices(len(self.images), size, last, "AugmentedBatches"), size, rng

    def __len__(self):
        return len(self.slices)

    def __iter__(self):
        order = self.rng.permutation(len(self.images))
        for part in self.slices:
            rows = order[part]
            yield augmented(self.images[rows], self.rng), self.labels[rows]
