"""Starting weights: functions ``f(rng, shape, dtype) -> array`` for a weight matrix of shape (n_in, n_out), or for
the kernels (F, C, kh, kw) of a convolution.

The variance is chosen so that signals keep their size from layer to layer; lesson 07 measures what happens
otherwise. Nothing is random unless you can see where its ``rng`` comes from.
"""

import math

import numpy as np


def fans(shape):
    """(n_in, n_out): how many inputs one output has, and how many outputs one input.

    For kernels (F, C, kh, kw) each output sees C kh kw inputs, and each input is seen F kh kw times.
    """
    if len(shape) == 4:
        F, C, kh, kw = shape
        return C * kh * kw, F * kh * kw
    if len(shape) != 2:
        raise ValueError(f"fans: the shape must be (n_in, n_out), or (F, C, kh, kw) of kernels, got {tuple(shape)}")
    return shape


def zeros(rng, shape, dtype=np.float64):
    """All zeros: right for biases, wrong for weights (every unit of a layer would stay the same)."""
    return np.zeros(shape, dtype)


def lecun(rng, shape, dtype=np.float64):
    """Normal with variance 1/n_in.

    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, section 4.6.
    """
    return _normal(rng, shape, dtype, 1 / fans(shape)[0])


def glorot(rng, shape, dtype=np.float64, gain=1.0):
    """Uniform in ±gain √(6 / (n_in + n_out)): variance gain² · 2 / (n_in + n_out).

    ``gain=4`` suits the logistic sigmoid, whose slope at 0 is 1/4.

    Source: Glorot, Bengio (2010), AISTATS, eq. (16); derived in lesson 07, section 2, equation (7.5).
    """
    bound = gain * math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, size=shape).astype(dtype, copy=False)


def he(rng, shape, dtype=np.float64):
    """Normal with variance 2/n_in: ReLU passes half of its inputs, the factor 2 makes up for it.

    Source: He, Zhang, Ren, Sun (2015), ICCV, eq. (10); derived in lesson 07, section 2, equation (7.6).
    """
    return _normal(rng, shape, dtype, 2 / fans(shape)[0])


def orthogonal(rng, shape, dtype=np.float64, gain=1.0):
    """A random orthogonal matrix times ``gain``; for (H, kH) one for each of the k square blocks (the gates).

    It turns and mirrors, and keeps every length: a product of many neither vanishes nor explodes.

    Source: Saxe, McClelland, Ganguli (2014), ICLR.
    """
    if len(shape) != 2 or shape[1] % shape[0]:
        raise ValueError(f"orthogonal: the shape must be (H, kH), square blocks side by side, got {shape}")
    blocks = []
    for _ in range(shape[1] // shape[0]):
        Q, R = np.linalg.qr(rng.normal(size=(shape[0], shape[0])))
        blocks.append(gain * Q * np.sign(np.diag(R)))       # the signs make every orthogonal matrix equally likely
    return np.concatenate(blocks, axis=1).astype(dtype, copy=False)


def scaled_identity(rng, shape, dtype=np.float64, gain=1.0):
    """The unit matrix times ``gain``: a recurrent ReLU network that begins by remembering.

    Source: Le, Jaitly, Hinton (2015), arXiv 1504.00941.
    """
    return (gain * np.eye(*shape)).astype(dtype, copy=False)


def _normal(rng, shape, dtype, variance):
    return rng.normal(scale=math.sqrt(variance), size=shape).astype(dtype, copy=False)
