"""The adding problem: a task that cannot be solved without remembering."""

import numpy as np


def adding_problem(rng, T, N, dtype=np.float64):
    """N sequences of T pairs (a number between 0 and 1, a mark): two marks are 1, one in each half; the target is the
    sum of the two marked numbers. Always saying 1 has a mean squared error of 1/6.

    Shapes: T at least 2  ->  xs (T, N, 2), t (N, 1)
    Source: Hochreiter, Schmidhuber (1997), Neural Computation 9, in the form of Le, Jaitly, Hinton (2015), arXiv
    1504.00941.
    """
    if T < 2 or N < 1:
        raise ValueError(f"adding_problem: T must be at least 2 and N at least 1, got {T} and {N}")
    values, marks, n = rng.random((T, N)), np.zeros((T, N)), np.arange(N)
    marks[rng.integers(0, T // 2, N), n] = 1
    marks[rng.integers(T // 2, T, N), n] = 1
    t = (values * marks).sum(axis=0)[:, np.newaxis]
    return np.stack([values, marks], axis=-1).astype(dtype), t.astype(dtype)
