"""Handwritten digits, 8 × 8 pixels each (UCI, optical recognition): 1,797 by 13 people, 3,823 by 30 others."""

from collections import namedtuple

import numpy as np

from course_lib.data.files import float_type, read_bytes

Digits = namedtuple("Digits", "x_train t_train x_test t_test")
Digits.__doc__ = "Digits, split: images with pixels from 0 (paper) to 1 (ink), labels 0 to 9."

NewWriters = namedtuple("NewWriters", "x t")
NewWriters.__doc__ = "Digits that belong to no split: images with pixels from 0 (paper) to 1 (ink), labels 0 to 9."

# Where each form begins among the 1,797 digits. Everybody copied the same printed form, so the labels repeat: each
# part holds the form's labels in the form's order, with some digits missing and one label that differs (tests/data).
FORMS = (0, 130, 256, 386, 516, 646, 776, 906, 1029, 1157, 1287, 1415, 1545, 1667)


def load_digits(*, dtype=np.float64):
    """The digits as ``Digits(x_train, t_train, x_test, t_test)``.

    Shapes: x_train (1442, 64), t_train (1442,), x_test (355, 64), t_test (355,); pixels from 0 (paper) to 1 (ink).
    Every fifth image of each class is held out, so every writer is on both sides: the test set tells about new digits
    of people who were met in training. About new people ``load_new_writers`` tells; ``digit_forms`` says which digits
    are by one hand.

    Source: Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI, CC BY 4.0; see data/SOURCES.md.
    """
    x, t = _read("digits.npz", float_type("load_digits", dtype))
    held_out = _held_out(t)
    return Digits(x[~held_out], t[~held_out], x[held_out], t[held_out])


def load_new_writers(*, dtype=np.float64):
    """Digits of 30 other people, none of whom wrote a digit of ``load_digits``: ``NewWriters(x, t)``.

    Shapes: x (3823, 64), t (3823,); pixels from 0 (paper) to 1 (ink).

    They were made in the same way, and no image is the same as one of ``load_digits``. The file does not say who wrote
    which digit, and their order does not tell it either: this is one set by 30 people. An error rate on it has no
    interval over writers, and a part of it may share its writers with the rest.

    Source: Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI, CC BY 4.0; see data/SOURCES.md.
    """
    return NewWriters(*_read("new_writers.npz", float_type("load_new_writers", dtype)))


def digit_forms():
    """Which filled-in form each digit of ``load_digits`` comes from: two arrays, for its training and its test rows.

    Shapes: (1442,), (355,), numbers 0 to 13.

    The file does not say it; the labels do. The same sequence of 130 labels runs through them 14 times, with gaps: the
    digits of one form after those of another (``FORMS``). A form is one person's. As there were 13 people, one of them
    must have filled in two, and which two is not known.
    """
    _, t = _read("digits.npz", np.dtype(float))
    forms = np.searchsorted(FORMS, np.arange(len(t)), side="right") - 1
    held_out = _held_out(t)
    return forms[~held_out], forms[held_out]


def _read(name, dtype):
    import io
    with np.load(io.BytesIO(read_bytes(name))) as file:
        images, labels = file["images"], file["labels"].astype(int)
    return (images.reshape(len(images), -1) / 16).astype(dtype), labels


def _held_out(t):
    held_out = np.zeros(len(t), bool)
    for digit in range(10):
        held_out[np.flatnonzero(t == digit)[4::5]] = True
    return held_out


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


def moved(x, turn, size, down, right, side=8):
    """The images in the rows of x, each turned, made larger and moved by amounts of its own; paper (0) enters.

    turn          radians, to the right where above 0
    size          factors, 1 for the same size
    down, right   pixels, which may be fractions

    Shapes: x (N, side²), turn, size, down, right (N,) or numbers  ->  (N, side²)

    Each pixel of the new image asks where it comes from, and takes the mean of the four pixels round that place,
    weighted by nearness (bilinear interpolation).
    """
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] != side * side:
        raise ValueError(f"moved: x must have shape (N, {side * side}), got {x.shape}")
    if x.dtype.kind != "f":
        raise TypeError(f"moved: x must be floats, for parts of pixels are mixed, got {x.dtype}; x / 16 gives them")
    turn, size, down, right = (np.broadcast_to(np.asarray(v, x.dtype), len(x))[:, np.newaxis, np.newaxis]
                               for v in (turn, size, down, right))
    if np.any(size <= 0):
        raise ValueError("moved: sizes are factors above 0")
    middle = (side - 1) / 2
    row, column = np.meshgrid(np.arange(side) - middle, np.arange(side) - middle, indexing="ij")
    row, column = row - down, column - right
    from_row = (np.cos(turn) * row - np.sin(turn) * column) / size + middle + 1       # + 1: the frame of paper
    from_column = (np.sin(turn) * row + np.cos(turn) * column) / size + middle + 1
    framed = np.pad(x.reshape(-1, side, side), ((0, 0), (1, 1), (1, 1)))
    from_row, from_column = np.clip(from_row, 0, side + 1), np.clip(from_column, 0, side + 1)
    top, left = np.minimum(from_row.astype(int), side), np.minimum(from_column.astype(int), side)
    lower, farther, image = from_row - top, from_column - left, np.arange(len(x))[:, np.newaxis, np.newaxis]
    new = ((1 - lower) * ((1 - farther) * framed[image, top, left] + farther * framed[image, top, left + 1])
           + lower * ((1 - farther) * framed[image, top + 1, left] + farther * framed[image, top + 1, left + 1]))
    return new.reshape(x.shape).astype(x.dtype)


def _overlap(by, side):
    """Where pixels go, and where they come from, along one axis."""
    return slice(max(by, 0), side + min(by, 0)), slice(max(-by, 0), side + min(-by, 0))
