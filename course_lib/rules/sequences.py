"""Rules for sequences of different lengths in one batch, time first (T, N, ...): shorter ones are filled up at the end.

What was filled in must not count: ``last_step`` and ``mean_over_time`` are told each sequence's ``lengths``. For whole
numbers filled up with 0, ``lengths = (indices != 0).sum(axis=0)``.
"""

import numpy as np

from course_lib.rules.protocol import rule


@rule
def swap_time(x):
    """Batch first to time first, or back: the first two axes change places.

    Shapes:   x (N, T, ...)  ->  y (T, N, ...)
    Backward: dx = dy, its first two axes swapped
    Source:   lesson 09, section 2.
    """
    def backward(dy):
        return dy.swapaxes(0, 1)
    return x.swapaxes(0, 1), backward


@rule
def last_step(hs, lengths=None):
    """The last state of each sequence, y[n] = hs[lengths[n] − 1, n]; without ``lengths`` the last of all times.

    Shapes:   hs (T, N, ...), lengths (N,) whole numbers from 1 to T  ->  y (N, ...)
    Backward: dhs = dy at the last step of each sequence, 0 elsewhere
    Source:   lesson 09, section 5.
    """
    last, rows = _lengths("last_step", hs, lengths) - 1, np.arange(hs.shape[1])
    def backward(dy):
        dhs = np.zeros(hs.shape, dy.dtype)
        dhs[last, rows] = dy
        return dhs
    return hs[last, rows], backward


@rule
def mean_over_time(hs, lengths=None):
    """The mean of each sequence over its own length, y[n] = Σₜ hs[t, n] / lengths[n] over t < lengths[n].

    Shapes:   hs (T, N, ...), lengths (N,) whole numbers from 1 to T, or None for T  ->  y (N, ...)
    Backward: dhs[t, n] = dy[n] / lengths[n] for t < lengths[n], 0 after that
    Source:   Iyyer, Manjunatha, Boyd-Graber, Daumé (2015), ACL, where the words of a sentence are averaged.
    """
    lengths = _lengths("mean_over_time", hs, lengths)
    weights = ((np.arange(len(hs))[:, np.newaxis] < lengths) / lengths).astype(hs.dtype)
    weights = weights.reshape(weights.shape + (1,) * (hs.ndim - 2))
    def backward(dy):
        return weights * dy
    return (weights * hs).sum(axis=0), backward


def _lengths(name, hs, lengths):
    if hs.ndim < 2 or len(hs) == 0:
        raise ValueError(f"{name}: hs must have shape (T, N, ...), time first, with T at least 1, got {hs.shape}")
    if lengths is None:
        return np.full(hs.shape[1], len(hs))
    lengths = np.asarray(lengths)
    if lengths.dtype.kind not in "iu":
        raise TypeError(f"{name}: lengths must be whole numbers, got {lengths.dtype}")
    if lengths.shape != hs.shape[1:2]:
        raise ValueError(f"{name}: lengths must have shape {hs.shape[1:2]}, one for each sequence, got {lengths.shape}")
    if lengths.size and not (1 <= lengths.min() and lengths.max() <= len(hs)):
        raise ValueError(f"{name}: lengths must lie in 1 … {len(hs)}, got {lengths.min()} … {lengths.max()}")
    return lengths
