"""What people give, and what a function may take it for: numbers, and the labels of examples.

The one place where targets are read: the losses, ``evaluate``, ``accuracy`` and their kin all take the same labels.
What is plain is converted; what is not is refused, with the remedy; nothing is broadcast.
"""

import numpy as np


def as_numbers(name, what, a):
    """``a`` as an array of numbers; ``name`` is who asks, ``what`` the argument.

    Arrays stay as they are; lists, Python's numbers and bytes objects (one number a byte) become arrays.
    """
    try:
        a = np.frombuffer(a, np.uint8) if isinstance(a, (bytes, bytearray)) else np.asarray(a)
        if a.dtype.kind == "O":                         # Python's numbers in an array of objects
            a = np.asarray(a.tolist())
    except ValueError:
        raise ValueError(f"{name}: {what} must be an array, got a list whose parts have different shapes") from None
    if a.dtype.kind not in "biufc":
        given = type(a.item()).__name__ if a.ndim == 0 else a.dtype
        hint = "; number the names: np.unique(names, return_inverse=True)[1]" if a.dtype.kind in "US" else ""
        raise TypeError(f"{name}: {what} must be numbers, got {given}{hint}")
    return a


def as_floats(name, what, a, dtype=float):
    """``a`` as floats: floats stay, integers and truth values become ``dtype`` (bytes would wrap around)."""
    if isinstance(a, np.ndarray) and a.dtype.kind in "fc" or isinstance(a, (float, complex, np.inexact)):
        return a
    a = as_numbers(name, what, a)
    return a.astype(dtype) if a.dtype.kind in "biu" else a


def labels(name, t, shape=None, classes=None, what="t"):
    """Labels as whole numbers of the given shape: (N,), one an example, or (T, N), one at each time of a sequence.

    Read are whole numbers of any kind (integers, truth values, whole floats, a bytes object), in arrays or lists: of
    this shape, with a last axis of 1 (a column), or as one-hot rows, ``classes`` in the last axis. One logit has two
    classes. ``shape`` is that of t by default; without ``classes`` any label will do.

    Raises ValueError for another shape, other numbers, labels out of range; TypeError for what is no number.
    """
    if not (isinstance(t, np.ndarray) and t.shape == shape and t.dtype.kind in "iu"):       # the usual case is fast
        t = _whole_numbers(name, t, shape, classes, what)
    if classes is not None and t.size and (t.min() < 0 or t.max() >= classes):
        hint = ("for labels −1 and 1: (t + 1) // 2" if classes == 2 and t.min() == -1 else
                "one column of logits is for binary_cross_entropy" if classes == 1 else
                "does the last layer have one output per class?")
        raise ValueError(f"{name}: labels must lie in 0 … {classes - 1}, got {t.min()} … {t.max()}; {hint}")
    return t


def _whole_numbers(name, t, shape, classes, what):
    t = as_numbers(name, what, t)
    shape = t.shape[:1] or (1,) if shape is None else shape
    if t.shape != shape:
        t = _without_last_axis(name, t, shape, classes, what)
    if t.dtype.kind == "c":
        raise TypeError(f"{name}: labels must be whole numbers, got {t.dtype}")
    if t.dtype.kind == "f":
        t = t.astype(float)
        broken = ~((t == np.rint(t)) & (np.abs(t) < 2.0 ** 53))                 # NaN too
        if broken.any():
            raise ValueError(f"{name}: labels must be whole numbers, got {t[broken][0]} in {what}; of outputs take the "
                             "label first: y.argmax(axis=1), or y > 0 where there is one")
    return t.astype(int) if t.dtype.kind in "bf" else t


def _without_last_axis(name, t, shape, classes, what):
    """Labels from a column, or from one-hot rows."""
    if t.shape == (*shape, 1) or t.size == 1 == np.prod(shape):
        return t.reshape(shape)
    if t.ndim == len(shape) + 1 and t.shape[:-1] == shape and classes in (None, t.shape[-1]):
        if not np.array_equal(t != 0, t == 1) or np.any((t == 1).sum(axis=-1) != 1):
            raise ValueError(f"{name}: {what} of shape {t.shape} must hold one-hot rows (a single 1 and zeros); of "
                             f"outputs take the largest, {what}.argmax(axis=1); labels need one axis, {what}.ravel()")
        return t.argmax(axis=-1)
    remedy = (f"; turn it: {what}.T" if t.shape[::-1] in ((*shape, classes), (*shape, 1)) else
              "; does every row have its label?" if t.ndim == len(shape) else "")
    rows = "" if classes is None else f" (or one-hot rows {(*shape, classes)})"
    raise ValueError(f"{name}: {what} must have shape {shape}{rows}, got {t.shape}{remedy}")
