"""Mini-batches."""

import numpy as np

from course_lib.rules.labels import as_numbers

LAST = ("merge", "keep", "drop")


class Batches:
    """Pairs (x, t) of ``size`` rows, in a fresh random order each time it is read.

    Read it once for each epoch: ``for x, t in batches``. ``len(batches)`` is the number of batches in an epoch.
    Without ``rng`` the order stays as it is. ``last`` says what becomes of the rows left over where ``size`` does not
    divide their number:

    "merge"  they join the batch before them, so that no batch is short and no row left out; the last batch has up to
             2 size − 1 rows, and all rows are one batch where there are fewer than ``size``
    "keep"   they are a short batch of their own
    "drop"   they are left out, other rows in each epoch; fewer rows than ``size`` are refused

    ``axis`` is the batch axis of x: 0 for rows (the default), 1 for sequences, time first (T, N, ...), whose time is
    never cut. Then t is cut along axis 1 too if its first two axes are those of x, and otherwise has one row for each
    sequence. Where x and t could be either, sequences or rows, it must be said.

    Shapes: x (N, ...), t (N, ...)  ->  pairs (size, ...), (size, ...); with axis=1 x (T, N, ...)  ->  (T, size, ...)
    """

    def __init__(self, x, t, size, *, rng=None, last="merge", axis=None):
        if axis not in (None, 0, 1):
            raise ValueError(f"Batches: axis must be 0 (rows) or 1 (sequences, time first), got {axis!r}")
        x, t = as_numbers("Batches", "x", x), as_numbers("Batches", "t", t)
        if axis is None and _may_be_sequences(x, t):
            raise ValueError(f"Batches: x {x.shape} and t {t.shape} look like sequences, time first (T, N, ...); say "
                             "axis=1, or axis=0 if each row of x is an example")
        axis = int(axis or 0)
        if t.ndim == 0 or x.ndim <= axis:
            raise ValueError(f"Batches: x must have shape {'(T, N, ...)' if axis else '(N, ...)'} and t (N, ...), "
                             f"got {x.shape} and {t.shape}")
        t_axis = int(axis == 1 and t.shape[:2] == x.shape[:2])
        n, n_t = x.shape[axis], t.shape[t_axis]
        if n != n_t or n == 0:
            hint = "; for sequences, time first, say axis=1" if axis == 0 and x.ndim > 1 and x.shape[1] == n_t else ""
            raise ValueError(f"Batches: x and t must have the same length, at least 1, got {n} and {n_t}{hint}")
        self.slices = batch_slices(n, size, last)
        if rng is not None and not isinstance(rng, np.random.Generator):
            raise TypeError(f"Batches: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
                            "make one with np.random.default_rng(0)")
        self.x, self.t, self.size, self.rng, self.axis, self.t_axis = x, t, size, rng, axis, t_axis

    def __len__(self):
        return len(self.slices)

    def __iter__(self):
        n = self.x.shape[self.axis]
        order = np.arange(n) if self.rng is None else self.rng.permutation(n)
        for part in self.slices:
            rows = order[part]
            yield _rows_of(self.x, rows, self.axis), _rows_of(self.t, rows, self.t_axis)


def _may_be_sequences(x, t):
    """Has t something for every time of every sequence? (Images have more axes; symbols are whole numbers.)"""
    symbols = x.ndim == t.ndim == 2 and x.shape[1] > 1 and x.dtype.kind in "iu" and t.dtype.kind in "iu"
    return 1 < t.ndim <= x.ndim <= 3 and t.shape[:2] == x.shape[:2] and (x.ndim == 3 or symbols)


def _rows_of(a, rows, axis):
    """a[rows], or with the batch axis 1 a[:, rows]. (Not ``take``: an index keeps the order in memory.)"""
    return a[(slice(None),) * axis + (rows,)]


def batch_slices(n, size, last, name="Batches"):
    """Where the batches of n rows (at least 1) begin and end, as a list of slices; ``last`` as in ``Batches``."""
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(f"{name}: size must be a positive whole number, got {size!r}")
    if last not in LAST:
        raise ValueError(f'{name}: last must be "merge", "keep" or "drop", got {last!r}')
    if last == "drop" and n < size:
        raise ValueError(f'{name}: {n} rows do not fill a batch of {size}, and last="drop" leaves out what does not; '
                         'take a smaller size, or last="merge"')
    whole = max(n // size, 1)
    ends = [i * size for i in range(1, whole)] + [min(whole * size, n) if last != "merge" else n]
    ends += [n] if last == "keep" and ends[-1] < n else []
    return [slice(start, end) for start, end in zip([0, *ends], ends)]


def standardise(x, like=None):
    """Subtract the mean and divide by the standard deviation of each column of ``like`` (of x by default).

    Columns that are constant up to rounding are only centred, and so is a single row. Pass the training data as
    ``like`` to treat test data the same way. Integers, bytes and truth values become float64; float32 stays, computed
    in float64.

    Shapes: x (N, ...), like (M, ...)  ->  (N, ...)
    """
    x = as_numbers("standardise", "x", x)
    like = x if like is None else as_numbers("standardise", "like", like)
    if not x.ndim or not like.ndim or x.shape[1:] != like.shape[1:] or not len(like):
        raise ValueError("standardise: x must have shape (N, ...) and like (M, ...) with the same columns and M at "
                         f"least 1, got {x.shape} and {like.shape}")
    if "c" in x.dtype.kind + like.dtype.kind:
        raise TypeError(f"standardise: real numbers are needed, got {x.dtype} and {like.dtype}")
    if not np.isfinite(like).all():
        raise ValueError("standardise: a mean needs finite numbers, got NaN or inf; leave out these rows, "
                         "x[np.isfinite(x).all(axis=1)], or fill them first")
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    rounding = max(8 * np.finfo(like.dtype).eps, 1e-14) if like.dtype.kind == "f" else 0
    like = like.astype(np.result_type(like, float), copy=False)
    low, high = like.min(axis=0), like.max(axis=0)
    constant = high - low <= rounding * np.maximum(abs(low), abs(high))
    mean, scale = np.where(constant, like[0], like.mean(axis=0)), like.std(axis=0)
    return ((x - mean) / np.where(constant | (scale == 0), 1, scale)).astype(dtype, copy=False)
