"""1,797 handwritten digits, 8 × 8 pixels each (UCI, optical recognition of handwritten digits)."""

from collections import namedtuple

import numpy as np

from course_lib.data.files import float_type, read_bytes

Digits = namedtuple("Digits", "x_train t_train x_test t_test")
Digits.__doc__ = "Digits, split: images with pixels from 0 (paper) to 1 (ink), labels 0 to 9."


def load_digits(*, dtype=np.float64):
    """The digits as ``Digits(x_train, t_train, x_test, t_test)``.

    Shapes: x_train (1442, 64), t_train (1442,), x_test (355, 64), t_test (355,); pixels from 0 (paper) to 1 (ink).
    Every fifth image of each class is held out. The file does not say who wrote which digit, so a writer may be
    on both sides: the test set tells about new digits, not about new writers.

    Source: Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI, CC BY 4.0; see data/SOURCES.md.
    """
    import io
    dtype = float_type("load_digits", dtype)
    with np.load(io.BytesIO(read_bytes("digits.npz"))) as file:
        images, labels = file["images"], file["labels"].astype(int)
    x = (images.reshape(len(images), -1) / 16).astype(dtype)
    held_out = np.zeros(len(x), bool)
    for digit in range(10):
        held_out[np.flatnonzero(labels == digit)[4::5]] = True
    return Digits(x[~held_out], labels[~held_out], x[held_out], labels[held_out])


def shifted(x, down=0, right=0, side=8):
    """The images in the rows of x, moved by whole pixels; what leaves the frame is lost, what enters is paper (0).

    Shapes: x (N, side²)  ->  (N, side²), a new array. Negative numbers move up and left.

    A digit that has moved by one pixel is still the same digit: shifted copies of the training images are further
    examples that cost nothing (LeCun, Bottou, Bengio, Haffner 1998, Proceedings of the IEEE 86, distort
    copies).
    """
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] != side * side:
        raise ValueError(f"shifted: x must have shape (N, {side * side}), got {x.shape}; "
                         "for images of another size give their side, for example side=28")
    if not all(isinstance(by, (int, np.integer)) for by in (down, right)):
        raise TypeError(f"shifted: images are moved by whole pixels, got ({down!r}, {right!r})")
    if max(abs(down), abs(right)) > side:
        raise ValueError(f"shifted: a move by ({down}, {right}) leaves nothing of {side} × {side} pixels")
    images = x.reshape(-1, side, side)
    moved = np.zeros_like(images)
    to_rows, from_rows = _overlap(down, side)
    to_columns, from_columns = _overlap(right, side)
    moved[:, to_rows, to_columns] = images[:, from_rows, from_columns]
    return moved.reshape(x.shape)


def _overlap(by, side):
    """Where pixels go, and where they come from, along one axis."""
    return slice(max(by, 0), side + min(by, 0)), slice(max(-by, 0), side + min(-by, 0))
