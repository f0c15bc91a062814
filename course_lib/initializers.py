"""Starting weights: functions ``f(rng, shape, dtype) -> array`` for a weight matrix of shape (n_in, n_out).

The variance is chosen so that signals keep their size from layer to layer; lesson 07 measures what happens
otherwise. Nothing is random unless you can see where its ``rng`` comes from.
"""

import math

import numpy as np


def zeros(rng, shape, dtype=np.float64):
    """All zeros: right for biases, wrong for weights (every unit of a layer would stay the same)."""
    return np.zeros(shape, dtype)


def lecun(rng, shape, dtype=np.float64):
    """Normal with variance 1/n_in.

    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, section 4.6.
    """
    return _normal(rng, shape, dtype, 1 / shape[0])


def glorot(rng, shape, dtype=np.float64, gain=1.0):
    """Uniform in ±gain √(6 / (n_in + n_out)): variance gain² · 2 / (n_in + n_out).

    ``gain=4`` suits the logistic sigmoid, whose slope at 0 is 1/4.

    Source: Glorot, Bengio (2010), AISTATS, eq. (16).
    """
    bound = gain * math.sqrt(6 / (shape[0] + shape[1]))
    return rng.uniform(-bound, bound, size=shape).astype(dtype, copy=False)


def he(rng, shape, dtype=np.float64):
    """Normal with variance 2/n_in: ReLU passes half of its inputs, the factor 2 makes up for it.

    Source: He, Zhang, Ren, Sun (2015), ICCV, eq. (10).
    """
    return _normal(rng, shape, dtype, 2 / shape[0])


def _normal(rng, shape, dtype, variance):
    return rng.normal(scale=math.sqrt(variance), size=shape).astype(dtype, copy=False)
