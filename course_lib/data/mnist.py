"""5,000 handwritten digits of MNIST, as images: 28 × 28 pixels, or 16 × 16 as in the network of 1989."""

import numpy as np

from course_lib.data.digits import Digits
from course_lib.data.files import float_type, read_bytes


def load_mnist(*, size=28, dtype=np.float64):
    """The digits as ``Digits(x_train, t_train, x_test, t_test)``, images with one channel.

    Shapes: x_train (4000, 1, size, size), t_train (4000,), x_test (1000, 1, size, size), t_test (1000,);
            pixels from 0 (paper) to 1 (ink), ``size`` 28 or 16.

    ``size=16`` cuts a frame of two pixels off and averages: each new pixel covers 1.5 × 1.5 old ones (``shrink``).
    The last 100 images of each class are held out. This split is neither MNIST's (60,000 and 10,000 images) nor that
    of the zip codes of 1989, and the file does not say who wrote which digit: results are comparable within the
    course, and only roughly with published ones.

    Source: LeCun, Cortes, Burges, the MNIST database, CC BY-SA 3.0; see data/SOURCES.md.
    """
    import io
    if size not in (16, 28):
        raise ValueError(f"load_mnist: size must be 28 or 16, got {size!r}")
    dtype = float_type("load_mnist", dtype)
    with np.load(io.BytesIO(read_bytes("mnist_5k.npz"))) as file:
        images, labels = file["images"], file["labels"].astype(int)
    x = images / 255.0
    if size == 16:
        x = shrink(x)
    x = x[:, np.newaxis].astype(dtype)
    held_out = np.zeros(len(x), bool)
    for digit in range(10):
        held_out[np.flatnonzero(labels == digit)[-100:]] = True
    return Digits(x[~held_out], labels[~held_out], x[held_out], labels[held_out])


def shrink(images, size=16, frame=2):
    """Square images made smaller: a frame is cut off, then each new pixel is the mean of the area that it covers.

    Shapes: images (..., side, side)  ->  (..., size, size)

    Both steps are one matrix A of shape (size, side): row i holds the share that each old line has in new line i, and
    the small image is A image Aᵀ.
    """
    side = images.shape[-1]
    if images.ndim < 2 or images.shape[-2] != side or not 0 <= 2 * frame < side or size < 1:
        raise ValueError(f"shrink: images must be square, (..., side, side), with a side above {2 * frame} (a frame "
                         f"is cut off), and size at least 1; got {images.shape}, frame {frame}, size {size}")
    edges = np.linspace(frame, side - frame, size + 1)              # where new pixels begin and end, in old ones
    low, high = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    old = np.arange(side)
    covered = np.clip(np.minimum(high, old + 1) - np.maximum(low, old), 0, None)
    A = covered / covered.sum(axis=1, keepdims=True)
    return A @ images @ A.T
