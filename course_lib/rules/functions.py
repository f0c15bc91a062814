"""The rules: every differentiable operation, stated once. What a rule is says ``protocol``, in five sentences.

Elementwise rules also take plain floats, so that the same rules serve the scalar graphs of lesson 03; ``math`` is
used for those, because NumPy's functions cost ten times as much on one number.
"""

import math

import numpy as np

from course_lib.rules.protocol import Backward, floats, rule

# ---- broadcasting -------------------------------------------------------------------------------------------

def unbroadcast(dy, x):
    """Sum ``dy`` over the axes along which ``x`` was repeated to reach the shape of ``dy``.

    Shapes:   dy (any), x (a shape that broadcasts to dy's)  ->  shape of x
    Backward: a repeated entry fed several outputs, so its gradient is the sum over its copies.
    Source:   NumPy's broadcasting rules; derived in lesson 04, section 5, equation (4.17).
    """
    if type(dy) is float:                       # scalars of lesson 03: nothing was repeated
        return dy
    shape = getattr(x, "shape", ())
    if dy.shape == shape:
        return dy
    dy = dy.sum(axis=tuple(range(dy.ndim - len(shape))))            # axes that were put in front
    repeated = tuple(i for i, n in enumerate(shape) if n == 1 and dy.shape[i] != 1)
    return dy.sum(axis=repeated, keepdims=True) if repeated else dy


# ---- arithmetic ---------------------------------------------------------------------------------------------

@rule
def add(a, b):
    """Sum y = a + b, with broadcasting.

    Shapes:   a, b (broadcastable)  ->  y (broadcast shape)
    Backward: da = dy,  db = dy       (summed over repeated axes)
    Source:   derived in lesson 03, section 2.
    """
    y = a + b
    def backward(dy):
        return unbroadcast(dy, a), unbroadcast(dy, b)
    return y, backward


@rule
def subtract(a, b):
    """Difference y = a − b, with broadcasting.

    Shapes:   a, b (broadcastable)  ->  y (broadcast shape)
    Backward: da = dy,  db = −dy      (summed over repeated axes)
    Source:   derived in lesson 03, section 2.
    """
    y = a - b
    def backward(dy):
        return unbroadcast(dy, a), unbroadcast(-dy, b)
    return y, backward


@rule
def multiply(a, b):
    """Product y = a b, entry by entry, with broadcasting.

    Shapes:   a, b (broadcastable)  ->  y (broadcast shape)
    Backward: da = dy b,  db = dy a   (summed over repeated axes)
    Source:   derived in lesson 03, section 2.
    """
    y = a * b
    def backward(dy):
        return unbroadcast(dy * b, a), unbroadcast(dy * a, b)
    return y, backward


@rule
def divide(a, b):
    """Quotient y = a / b, entry by entry, with broadcasting.

    Shapes:   a, b (broadcastable)  ->  y (broadcast shape)
    Backward: da = dy / b,  db = −dy y / b   (summed over repeated axes)
    Source:   quotient rule; derived in lesson 03, section 2.
    """
    y = a / b
    def backward(dy):
        return unbroadcast(dy / b, a), unbroadcast(-dy * y / b, b)
    return y, backward


@rule
def negative(x):
    """Negation y = −x.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = −dy
    Source:   derived in lesson 03, section 2.
    """
    def backward(dy):
        return -dy
    return -x, backward


@rule
def power(x, exponent):
    """Power y = xⁿ with a constant exponent n. A negative x has real powers for whole n only.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy n xⁿ⁻¹; 0 for n = 0, at x = 0 too; at x = 0 infinite for 0 < n < 1, where the curve is upright
    Source:   power rule; derived in lesson 03, section 2.
    """
    y = x ** exponent
    if type(y) is complex and type(x) is float:
        raise ValueError(f"power: {x} has no real power {exponent}; a negative number has powers of whole numbers only")
    def backward(dy):
        lower = exponent - (exponent != 0)              # x⁰ is 1 everywhere: its slope is 0 x⁰, and not 0 x⁻¹
        if type(x) is float and x == 0 and lower < 0:
            return dy * (exponent * math.inf)           # as of arrays; Python's 0.0 ** -0.5 is an error
        return dy * (exponent * x ** lower)
    return y, backward


@rule
def maximum(a, b):
    """The larger of two, entry by entry, with broadcasting. At a tie the whole gradient goes to ``a``.

    Shapes:   a, b (broadcastable)  ->  y (broadcast shape)
    Backward: da = dy where a ≥ b, else 0;  db = dy where a < b, else 0
    Source:   derived in lesson 03, section 2.
    """
    if type(a) is float and type(b) is float:
        first, second = (1.0, 0.0) if a >= b else (0.0, 1.0)
        y = a if first else b
    else:
        first = np.greater_equal(a, b)
        second = ~first                         # booleans: 1 - first would be int64, and make float32 float64
        y = np.where(first, a, b)
    def backward(dy):
        return unbroadcast(dy * first, a), unbroadcast(dy * second, b)
    return y, backward


# ---- elementwise functions ----------------------------------------------------------------------------------

@rule
def exp(x):
    """Exponential y = eˣ.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy y
    Source:   derived in lesson 03, section 2.
    """
    y = math.exp(x) if type(x) is float else np.exp(x)
    def backward(dy):
        return dy * y
    return y, backward


@rule
def log(x):
    """Natural logarithm y = ln x, for x > 0.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy / x
    Source:   derived in lesson 03, section 2.
    """
    y = math.log(x) if type(x) is float else np.log(x)
    def backward(dy):
        return dy / x
    return y, backward


@rule
def sqrt(x):
    """Square root y = √x, for x ≥ 0. At 0 the slope is infinite: add a small number under the root where x may be 0.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy / (2 y)         at x = 0 infinite, and not a number where dy is 0
    Source:   power rule; derived in lesson 03, section 2.
    """
    y = math.sqrt(x) if type(x) is float else np.sqrt(x)
    def backward(dy):
        if type(y) is float and y == 0:
            return dy * math.inf                        # as of arrays; Python's 1 / 0.0 is an error
        return dy / (2 * y)
    return y, backward


@rule
def identity(x):
    """No change, y = x: the "activation" of a linear layer.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy
    Source:   lesson 02, section 3.
    """
    def backward(dy):
        return dy
    return x, backward


@rule
def sigmoid(x):
    """Logistic sigmoid y = 1 / (1 + e⁻ˣ), written as (1 + tanh(x/2)) / 2, which never overflows.

    Far to the left, where 1 + tanh would lose its digits, it is written as eˣ / (1 + eˣ).

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy y (1 − y)       at most dy/4
    Source:   Rumelhart, Hinton, Williams (1986), Nature 323, eq. (2); derived in lesson 02, section 3.
    """
    y = _logistic(x)
    def backward(dy):
        return dy * (y * (1 - y))
    return y, backward


LEFT = -4                                               # from here on to the left (1 + tanh)/2 has lost three bits


def _logistic(x):
    if type(x) is float:
        return math.exp(x) / (1 + math.exp(x)) if x < LEFT else 0.5 * math.tanh(0.5 * x) + 0.5
    y = 0.5 * np.tanh(0.5 * x) + 0.5
    left = np.real(x) < LEFT
    if np.any(left):
        e = np.exp(np.minimum(x, 0))
        y = np.where(left, e / (1 + e), y)[()]
    return y


@rule
def tanh(x):
    """Hyperbolic tangent y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy (1 − y²)        to the rounding of 1: it is 0 where y rounds to ±1, from |x| = 19 on (float32: 9)
    Source:   derived in lesson 02, section 3.
    """
    y = math.tanh(x) if type(x) is float else np.tanh(x)
    def backward(dy):
        return dy * (1 - y * y)
    return y, backward


@rule
def relu(x):
    """Rectifier y = max(x, 0). Its derivative at exactly 0 is taken to be 0.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy where x > 0, else 0
    Source:   Nair, Hinton (2010), ICML; derived in lesson 04, section 3, equation (4.12).
    """
    if type(x) is float:
        mask = 1.0 if x > 0 else 0.0
        y = x if x > 0 else 0.0
    else:
        mask = x > 0                                # one byte an entry; a product with it is far faster than np.where
        y = np.maximum(x, 0)
    def backward(dy):
        return dy * mask
    return y, backward


@rule
def leaky_relu(x, slope=0.01):
    """Leaky rectifier: y = x where x > 0, else slope · x.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy where x > 0, else slope · dy
    Source:   Maas, Hannun, Ng (2013), ICML workshop; derived in lesson 02, section 3.
    """
    scale = (1.0 if x > 0 else slope) if type(x) is float else np.where(x > 0, 1, slope).astype(floats(x))
    def backward(dy):
        return dy * scale
    return x * scale, backward


@rule
def gelu(x):
    """Gaussian error linear unit in its tanh form, y = x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³).

    (1 + tanh u) / 2 is the sigmoid of 2u, whose left tail keeps its digits.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy [(1 + tanh u) / 2 + x (1 − tanh² u) u' / 2],  u' = √(2/π) (1 + 0.134145 x²)
    Source:   Hendrycks, Gimpel (2016), arXiv 1606.08415; lesson 02, section 3.
    """
    c = math.sqrt(2 / math.pi)
    p = _logistic(2 * (c * (x + 0.044715 * (x * x * x))))
    def backward(dy):
        slope = c * (1 + 0.134145 * (x * x))
        return dy * (p + 2 * x * (p * (1 - p)) * slope)             # 1 − tanh² u = 4 p (1 − p)
    return x * p, backward


# ---- matrices -----------------------------------------------------------------------------------------------

@rule
def matmul(A, B):
    """Matrix product Y = A B of two matrices.

    Shapes:   A (N, D), B (D, K)  ->  Y (N, K)
    Backward: dA = dY Bᵀ,  dB = Aᵀ dY
    Source:   derived in lesson 04, section 2, equation (4.8).
    """
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"matmul: A must have shape (N, D) and B (D, K), got {A.shape} and {B.shape}; "
                         "the columns of A must be as many as the rows of B")
    def backward(dY):
        return dY @ B.T, A.T @ dY
    return A @ B, backward


@rule
def affine(x, W, b):
    """Affine map y = x W + b, one example in each row. (PyTorch's Linear stores the transpose of W.)

    Shapes:   x (N, D), W (D, K), b (K,)  ->  y (N, K)
    Backward: dx = dy Wᵀ        every input pays for every output it fed
              dW = xᵀ dy
              db = Σₙ dyₙ       b was added to every row
    Source:   Goodfellow, Bengio, Courville (2016), section 6.5; derived in lesson 04, section 2, (4.3) to (4.7).
    """
    if x.ndim != 2 or x.shape[1] != W.shape[0] or b.shape != W.shape[1:]:
        raise ValueError(_affine_complaint(x, W, b))
    y = x @ W
    y += b
    def backward(dy, input_grad=True, param_grad=True):
        dx = dy @ W.T if input_grad else None
        if not param_grad:
            return dx, None, None
        dW = x.T @ dy
        db = dy.sum(axis=0)
        return dx, dW, db
    return y, backward


def _affine_complaint(x, W, b):
    if W.ndim != 2 or b.shape != W.shape[1:]:
        return f"affine: W must have shape (D, K) and b (K,), got {W.shape} and {b.shape}"
    text = f"affine: x must have shape (N, {W.shape[0]}), got {x.shape}"
    if x.ndim > 2 and math.prod(x.shape[1:]) == W.shape[0]:
        return text + "; flatten it: x.reshape(len(x), -1)"
    if x.shape == W.shape[:1]:
        return text + "; one example is a batch of one: x[np.newaxis, :]"
    if x.ndim == 2 and x.shape[0] == W.shape[0]:
        return text + "; one example per row: is it transposed? x.T"
    return text + "; the columns of x must be as many as the rows of W"


# ---- reductions and shapes ----------------------------------------------------------------------------------

@rule
def sum(x, axis=None):
    """Sum over ``axis`` (over all entries by default); the summed axes disappear.

    Shapes:   x (any)  ->  y (x's shape without axis)
    Backward: dx = dy, repeated along axis: each entry counted once
    Source:   derived in lesson 04, section 5, equation (4.18).
    """
    y = x.sum(axis=axis)
    def backward(dy):
        dy = dy if axis is None else np.expand_dims(dy, axis)
        return np.broadcast_to(dy, x.shape).copy()
    return y, backward


@rule
def mean(x, axis=None):
    """Mean over ``axis`` (over all entries by default); the averaged axes disappear.

    Shapes:   x (any)  ->  y (x's shape without axis)
    Backward: dx = dy / n, repeated along axis, with n the number of entries averaged
    Source:   derived in lesson 04, section 5, equation (4.18).
    """
    if x.size == 0 and x.sum(axis=axis).size:
        raise ValueError(f"mean: x of shape {x.shape} has nothing to average")
    y = x.mean(axis=axis)
    n = x.size // max(y.size, 1)
    def backward(dy):
        dy = dy if axis is None else np.expand_dims(dy, axis)
        return np.broadcast_to(dy / n, x.shape).astype(floats(x))
    return y, backward


@rule
def reshape(x, shape):
    """The same numbers in another shape.

    Shapes:   x (any)  ->  y (shape)
    Backward: dx = dy in the shape of x
    Source:   lesson 04, section 5.
    """
    def backward(dy):
        return dy.reshape(x.shape)
    return x.reshape(shape), backward


@rule
def roll(x, shift, axis=None):
    """The entries moved on by ``shift`` places along ``axis``; what leaves at the end comes in at the beginning.

    As ``np.roll``: without ``axis`` the entries are moved in reading order; both may be tuples.

    Shapes:   x (any)  ->  y (same)
    Backward: dx = dy, moved back
    Source:   a permutation, whose transpose is its inverse; lesson 04, section 5.
    """
    def backward(dy):
        return np.roll(dy, np.negative(shift), axis)
    return np.roll(x, shift, axis), backward


@rule
def take(x, index):
    """Some of the entries: y = x[index], with any index that NumPy knows (whole numbers, slices, arrays, a mask).

    Shapes:   x (any), index  ->  y, as NumPy has it: x (5, 3) and three whole numbers give (3, 3)
    Backward: dx = 0, with dy added where each entry was taken from: one taken twice receives both
    Source:   the adjoint of looking up, as of ``embedding``; lesson 09, section 6.
    """
    def backward(dy):
        dx = np.zeros(x.shape, floats(x))
        np.add.at(dx, index, dy)
        return dx
    return x[index], backward


# ---- softmax ------------------------------------------------------------------------------------------------

@rule
def softmax(z):
    """Probabilities yₖ = e^{zₖ} / Σⱼ e^{zⱼ} along the last axis; the largest zₖ is subtracted first.

    Shapes:   z (..., K)  ->  y (..., K), each row sums to 1
    Backward: dz = y (dy − Σₖ dyₖ yₖ)
    Source:   Bridle (1990), NIPS 2; derived in lesson 02, section 5, and lesson 04, section 4.
    """
    e = np.exp(z - z.real.max(axis=-1, keepdims=True))      # largest exponent 0: no overflow (.real: see checks)
    y = e / e.sum(axis=-1, keepdims=True)
    def backward(dy):
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))
    return y, backward


@rule
def log_softmax(z):
    """Logarithms of the softmax probabilities, yₖ = zₖ − ln Σⱼ e^{zⱼ}, along the last axis.

    Shapes:   z (..., K)  ->  y (..., K)
    Backward: dz = dy − softmax(z) Σₖ dyₖ
    Source:   derived in lesson 02, section 5, and lesson 04, section 4.
    """
    shifted = z - z.real.max(axis=-1, keepdims=True)
    y = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    def backward(dy):
        return dy - np.exp(y) * dy.sum(axis=-1, keepdims=True)
    return y, backward


# ---- normalisation and dropout ------------------------------------------------------------------------------

def batch_norm(x, gamma, beta, eps=1e-5, statistics=None):
    """Each feature shifted and scaled to mean 0 and variance 1 over the batch, then y = γ x̂ + β with learnt γ and β.

    x̂ = (x − μ) / σ with μ = mean of x over the batch, σ = √(mean of (x − μ)² + eps). For images the mean is taken over
    the batch and all positions, one μ and σ a channel. ``statistics=(mean, variance)`` puts fixed numbers in the place
    of the batch's, as at test time; they are data and get no gradient.

    Shapes:   x (N, D) or (N, C, H, W), gamma, beta (D,) or (C,)  ->  y (shape of x)
    Backward: dx = γ/σ (dy − mean(dy) − x̂ mean(dy x̂))     the means over the batch; γ/σ dy where μ and σ are fixed
              dgamma = Σ dy x̂
              dbeta = Σ dy
    Source:   Ioffe, Szegedy (2015), ICML; derived in lesson 07, section 4, equations (7.8) and (7.11).
    """
    return batch_norm_with_moments(x, gamma, beta, eps, statistics)[:2]


def batch_norm_with_moments(x, gamma, beta, eps=1e-5, statistics=None):
    """``batch_norm``, and the moments it was done with, for running averages: ``y, backward, (mean, variance)``.

    Few passes over memory: x̂ is never formed, x − μ is kept instead, and y and dx are made in place.
    """
    if x.ndim not in (2, 4) or gamma.shape != x.shape[1:2] or beta.shape != gamma.shape:
        raise ValueError(f"batch_norm: x must have shape (N, D) or (N, C, H, W), gamma and beta (D,) or (C,), "
                         f"got {x.shape}, {gamma.shape} and {beta.shape}")
    if statistics is None and x.size <= len(gamma):
        raise ValueError(f"batch_norm: {'one example' if x.size else 'an empty batch'} has no variance; use a larger "
                         "batch, or inference(net), which takes the running statistics")
    n, column = x.size // len(gamma), (1, -1) + (1,) * (x.ndim - 2)     # column: one number a feature, along x's axes
    mean, variance = (_per_feature(x) / n, None) if statistics is None else np.asarray(statistics, floats(x))
    centred = x - mean.reshape(column)
    if statistics is None:
        variance, moved = _per_feature(centred, centred) / n, mean
        while (blurred := _blurred(moved, variance + eps, n)).any():
            moved = np.where(blurred, _per_feature(centred) / n, 0)
            centred -= moved.reshape(column)
            mean, variance = mean + moved, _per_feature(centred, centred) / n
    sigma = np.sqrt(variance + eps)
    y = centred * (gamma / sigma).reshape(column)
    y += beta.reshape(column)

    def backward(dy):
        dgamma, dbeta = _per_feature(dy, centred) / sigma, _per_feature(dy)
        if statistics is None:
            dx = centred * (-dgamma / (n * sigma)).reshape(column)
            dx += dy
            dx -= (dbeta / n).reshape(column)
            dx *= (gamma / sigma).reshape(column)
        else:
            dx = dy * (gamma / sigma).reshape(column)
        return dx, dgamma, dbeta
    return y, Backward(backward, y.shape, "batch_norm"), (mean, variance)


def _per_feature(*factors):
    """The sum of the factors' product over the batch and all positions, one number a feature: no array in between."""
    axes = "nc" if factors[0].ndim == 2 else "nchw"
    return np.einsum(",".join([axes] * len(factors)) + "->c", *factors)


def _blurred(mean, variance, n):
    """Where the rounding of a mean of n numbers shows beside their spread: what is left is then centred once more."""
    return np.sqrt(n) * np.finfo(mean.dtype).eps * np.abs(mean.real) > 1e-3 * np.sqrt(variance.real)


@rule
def layer_norm(x, gamma, beta, eps=1e-5):
    """Each example shifted and scaled to mean 0 and variance 1 over its own features, then y = γ x̂ + β.

    x̂ = (x − μ) / σ with the mean μ and σ = √(mean of (x − μ)² + eps) of each row: no other example plays a part.

    Shapes:   x (..., D), gamma, beta (D,)  ->  y (..., D)
    Backward: dx = (g − mean(g) − x̂ mean(g x̂)) / σ  with g = γ dy, the means along the last axis
              dgamma = Σ dy x̂       over all rows
              dbeta = Σ dy
    Source:   Ba, Kiros, Hinton (2016), arXiv 1607.06450; derived in lesson 07, section 4, equation (7.12).
    """
    if x.ndim < 1 or gamma.shape != x.shape[-1:] or beta.shape != gamma.shape:
        raise ValueError(f"layer_norm: x must have shape (..., D), gamma and beta (D,), "
                         f"got {x.shape}, {gamma.shape} and {beta.shape}")
    mean = x.mean(axis=-1, keepdims=True)
    centred = x - mean
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    blurred = _blurred(mean, variance + eps, x.shape[-1])
    if blurred.any():
        centred = centred - np.where(blurred, centred.mean(axis=-1, keepdims=True), 0)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
    sigma = np.sqrt(variance + eps)
    xhat = centred / sigma
    rows = tuple(range(x.ndim - 1))
    def backward(dy):
        g = gamma * dy
        dx = (g - g.mean(axis=-1, keepdims=True) - xhat * (g * xhat).mean(axis=-1, keepdims=True)) / sigma
        return dx, (dy * xhat).sum(axis=rows), dy.sum(axis=rows)
    return gamma * xhat + beta, backward


@rule
def l2_normalize(x, eps=1e-12):
    """Each row divided by its length, y = x / |x|: a point on the unit sphere, of which only the direction is left.

    |x| = √(Σ x² + eps²), so that a row of zeros stays zero. (And a row not much longer than eps stays shorter than 1.)

    Shapes:   x (..., D)  ->  y (..., D), each row of length 1
    Backward: dx = (dy − y Σ dy y) / |x|      the sum along the last axis: what is left of dy is at right angles to y
    Source:   Parkhi, Vedaldi, Zisserman (2015), BMVC, section 4; derived in lesson 11, section 3, equations (11.3) and
              (11.4).
    """
    with np.errstate(over="ignore"):
        squares = (x * x).sum(axis=-1, keepdims=True)
    too_large = np.isinf(squares.real)
    if too_large.any():                                 # a row whose squares overflow: in units of its largest entry
        unit = np.where(too_large, np.abs(x.real).max(axis=-1, keepdims=True), 1)
        scaled = x / unit
        length = unit * np.sqrt((scaled * scaled).sum(axis=-1, keepdims=True) + (eps / unit) ** 2)
    else:
        length = np.sqrt(squares + eps * eps)
    y = x / length
    def backward(dy):
        return (dy - y * (dy * y).sum(axis=-1, keepdims=True)) / length
    return y, backward


@rule
def dropout(x, kept, rate):
    """Inverted dropout y = x kept / (1 − rate): dropped entries become 0, the others grow so that the mean stays.

    ``kept`` is a mask of truth values, drawn by the caller (the layer ``Dropout`` does it), true with probability 1 −
    rate.

    Shapes:   x (any), kept (the same)  ->  y (the same)
    Backward: dx = dy kept / (1 − rate)
    Source:   Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), JMLR 15; derived in lesson 07,
              section 6, equation (7.16).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: rate must lie in [0, 1), got {rate}; it is the share that is dropped")
    if np.shape(kept) != np.shape(x):
        raise ValueError(f"dropout: x and kept must have the same shape, got {np.shape(x)} and {np.shape(kept)}")
    scale = np.asarray(kept, dtype=x.dtype) / (1 - rate)
    def backward(dy):
        return dy * scale
    return x * scale, backward


# ---- tables -------------------------------------------------------------------------------------------------

@rule
def embedding(table, indices):
    """Look up rows: y = table[indices], one learnt row for each symbol.

    Shapes:   table (K, D), indices (any) of whole numbers 0 … K − 1  ->  y (any, D)
    Backward: dtable[k] = Σ dy over the places where k was looked up
    Source:   Bengio, Ducharme, Vincent, Jauvin (2003), JMLR 3; lesson 09, section 6.
    """
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"embedding: indices must be integers, got {indices.dtype}")
    if indices.size and not (0 <= indices.min() and indices.max() < len(table)):
        raise ValueError(f"embedding: indices must lie in 0 … {len(table) - 1}, got {indices.min()} … {indices.max()}")
    def backward(dy):
        dtable = np.zeros(table.shape, floats(table))
        np.add.at(dtable, indices, dy)
        return dtable
    return table[indices], backward
