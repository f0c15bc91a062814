"""Mini-batches."""

import numpy as np


class Batches:
    """Pairs (x, t) of ``size`` rows, in a fresh random order each time it is read; the last may be smaller.

    Read it once for each epoch: ``for x, t in batches``. ``len(batches)`` is the number of batches in an epoch.
    Without ``rng`` the order stays as it is.
    """

    def __init__(self, x, t, size, *, rng=None):
        if len(x) != len(t) or len(x) == 0:
            raise ValueError(f"Batches: x and t must have the same length, at least 1, got {len(x)} and {len(t)}")
        if not isinstance(size, (int, np.integer)) or size < 1:
            raise ValueError(f"Batches: size must be a positive whole number, got {size!r}")
        if rng is not None and not isinstance(rng, np.random.Generator):
            raise TypeError(f"Batches: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
                            "make one with np.random.default_rng(0)")
        self.x, self.t, self.size, self.rng = x, t, size, rng

    def __len__(self):
        return -(-len(self.x) // self.size)

    def __iter__(self):
        order = np.arange(len(self.x)) if self.rng is None else self.rng.permutation(len(self.x))
        for start in range(0, len(order), self.size):
            rows = order[start:start + self.size]
            yield self.x[rows], self.t[rows]


def standardise(x, like=None):
    """Subtract the mean and divide by the standard deviation of each column of ``like`` (of x by default).

    Constant columns are only centred. Pass the training data as ``like`` to treat test data the same way.
    """
    like = x if like is None else like
    scale = like.std(axis=0)
    return (x - like.mean(axis=0)) / np.where(scale > 0, scale, 1).astype(x.dtype)
