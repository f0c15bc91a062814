"""The network of LeCun et al. (1989), which read handwritten zip codes, with each of its 9,760 parameters.

    images (N, 1, 16, 16) in [−1, 1]                               units   parameters
    H1  12 maps 8 × 8, kernels 5 × 5, stride 2                      768      300 weights +   768 biases
    H2  12 maps 4 × 4, each from 8 of the 12 maps of H1             192    2,400 weights +   192 biases
    H3  30 units, fully connected                                    30    5,760 weights +    30 biases
    output 10 units, fully connected                                 10      300 weights +    10 biases

Weights are shared within a map, biases are not: each unit has its own. Images and maps are framed with −1, the
background, before a kernel slides over them. Every unit is a scaled tanh. Lesson 08, section 6, builds it.

Source: LeCun, Boser, Denker, Henderson, Howard, Hubbard, Jackel (1989), Backpropagation applied to handwritten zip
code recognition, Neural Computation 1, 541–551. The paper does not say which 8 maps feed which map of H2;
``SOURCES`` is the scheme that A. Karpathy chose for his reproduction (2022, github.com/karpathy/lecun1989-repro).
"""

import numpy as np

from course_lib.graph import Parameter
from course_lib.layers import Dense, Flatten, Layer, Sequential
from course_lib.rules.convolution import conv2d, pad2d
from course_lib.rules.functions import add
from course_lib.rules.protocol import rule

A, S = 1.7159, 2 / 3            # so that ±1 goes to ±1: the targets lie inside the range, where tanh is not flat

SOURCES = np.array(4 * [[0, 1, 2, 3, 4, 5, 6, 7]]               # maps 0 to 3 of H2 see these maps of H1,
                   + 4 * [[4, 5, 6, 7, 8, 9, 10, 11]]           # maps 4 to 7 these,
                   + 4 * [[0, 1, 2, 3, 8, 9, 10, 11]])          # maps 8 to 11 these


@rule
def scaled_tanh(x):
    """The unit of 1989: y = A tanh(S x) with A = 1.7159 and S = 2/3.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy A S (1 − tanh²(S x))
    Source:   LeCun et al. (1989); the constants from LeCun, Bottou, Orr, Müller (1998), Efficient BackProp.
    """
    th = np.tanh(S * x)
    def backward(dy):
        return dy * (A * S * (1 - th * th))
    return A * th, backward


@rule
def partial_conv2d(x, K, sources, stride=1):
    """A convolution whose output map f sees only the input maps ``sources[f]``; no bias.

    The kernels are spread into a full array with zeros where nothing is connected, and ``conv2d`` does the rest.

    Shapes:   x (N, C, H, W), K (F, M, kh, kw), sources (F, M) whole numbers below C  ->  y (N, F, Hout, Wout)
    Backward: dx as of ``conv2d``
              dK = the entries of the full kernel's gradient that were not zeros by decree
    Source:   LeCun et al. (1989); lesson 08, section 6.
    """
    F, M, kh, kw = K.shape
    maps = np.arange(F)[:, np.newaxis]
    full = np.zeros((F, x.shape[1], kh, kw), K.dtype)
    full[maps, sources] = K
    y, conv_backward = conv2d(x, full, np.zeros(F, K.dtype), stride)
    def backward(dy, input_grad=True):
        dx, dfull, _ = conv_backward(dy, input_grad)
        return dx, dfull[maps, sources]
    return y, backward


class Frame(Layer):
    """``padding`` rows and columns of a constant round every map, with the rule ``pad2d``."""

    def __init__(self, padding, value):
        self.padding, self.value = padding, value

    def rule(self, x):
        return pad2d(x, self.padding, self.value)


class SharedKernels(Layer):
    """Kernels without bias, with the rule ``partial_conv2d``; ``sources`` tells which maps each output map sees."""

    def __init__(self, sources, size, *, stride, rng, dtype=np.float64):
        self.sources, self.stride = np.asarray(sources), stride
        F, M = self.sources.shape
        self.K = Parameter(uniform(rng, (F, M, size, size), M * size * size, dtype), "K")

    def rule(self, x, K):
        return partial_conv2d(x, K, self.sources, self.stride)

    def __repr__(self):
        return f"{type(self).__name__}{self.K.data.shape}"


class LocalBias(Layer):
    """A bias for every unit of every map. Its rule is ``add``: broadcasting repeats b for each image, (4.17) sums."""

    rule = staticmethod(add)

    def __init__(self, shape, *, dtype=np.float64):
        self.b = Parameter(np.zeros(shape, dtype), "b")

    def __repr__(self):
        return f"{type(self).__name__}{self.b.data.shape}"


class ScaledTanh(Layer):
    """The unit of 1989 as a layer, with the rule ``scaled_tanh``."""

    rule = staticmethod(scaled_tanh)


def uniform(rng, shape, fan_in, dtype=np.float64):
    """The starting weights of 1989: uniform in ±2.4 / fan_in, fan_in counting the inputs of a unit."""
    bound = 2.4 / fan_in
    return rng.uniform(-bound, bound, size=shape).astype(dtype)


def lecun1989(*, rng, dtype=np.float64):
    """The network: images (N, 1, 16, 16) in [−1, 1]  ->  outputs (N, 10), to be trained towards +1 and −1."""
    def dense(n_in, n_out):
        return Dense(n_in, n_out, rng=rng, dtype=dtype, init=lambda rng, shape, dtype: uniform(rng, shape, n_in, dtype))
    return Sequential(
        Frame(2, -1.0), SharedKernels([[0]] * 12, 5, stride=2, rng=rng, dtype=dtype),
        LocalBias((12, 8, 8), dtype=dtype), ScaledTanh(),                               # H1
        Frame(2, -1.0), SharedKernels(SOURCES, 5, stride=2, rng=rng, dtype=dtype),
        LocalBias((12, 4, 4), dtype=dtype), ScaledTanh(),                               # H2
        Flatten(), dense(192, 30), ScaledTanh(), dense(30, 10), ScaledTanh())           # H3 and the output
