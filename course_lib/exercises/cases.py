"""Random cases: what the lessons' tasks share."""

import numpy as np


def different_sizes(rng, count, below=9):
    """``count`` different sizes, each at least 3, so that no two axes and no factor can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, below), size=count, replace=False)]


def batch_size(first, *others):
    """The number of rows of the first argument: ``batch`` of most tasks."""
    return len(first)
