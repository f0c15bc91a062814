"""Tasks of lesson 04: the backwards of a network for whole batches, a gradient checker, three bug hunts."""

import numpy as np

from course_lib.checks import Fault, numerical_gradient, relative_error
from course_lib.exercises.engine import Suspect, Task


def _sizes(rng, count):
    """Different sizes, each at least 3, so that no two axes can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, 10), size=count, replace=False)]


def _rows(*arguments):
    """The batch size: the number of rows of the first argument."""
    return len(arguments[0])


# ---- 04-1 affine ---------------------------------------------------------------------------------------------

def _affine_backward(dy, x, W):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def _affine_case(rng):
    N, D, K = _sizes(rng, 3)
    return rng.normal(size=(N, K)), rng.normal(size=(N, D)), rng.normal(size=(D, K))


_TRANSPOSE = ("look at the shapes under the braces of (4.5) and (4.6): a transpose is missing, "
              "or stands at the wrong factor")

AFFINE = Task(
    id="04-1", title="the backward of the affine map", signature="affine_backward(dy, x, W)", level="fill in",
    difficulty=1, importance=3, minutes=10, reference=_affine_backward, outputs=("dx", "dW", "db"), cases=_affine_case,
    batch=_rows, keeps_dtype=True,
    small=(np.array([[1.0, 0.0, 2.0, 1.0], [0.0, 1.0, 1.0, -1.0], [2.0, 1.0, 0.0, 0.0]]),
           np.array([[1.0, 2.0], [0.0, 3.0], [-1.0, 1.0]]), np.array([[1.0, 0.0, 2.0, 1.0], [0.0, 1.0, 1.0, 3.0]])),
    suspects=(
        Suspect("transpose", _TRANSPOSE, lambda dy, x, W: (dy @ W, x.T @ dy, dy.sum(axis=0))),
        Suspect("transpose", _TRANSPOSE, lambda dy, x, W: (np.dot(dy, W), x.T @ dy, dy.sum(axis=0))),
        Suspect("transpose", _TRANSPOSE, lambda dy, x, W: (dy @ W.T, x @ dy, dy.sum(axis=0))),
        Suspect("transpose", _TRANSPOSE, lambda dy, x, W: (dy @ W.T, np.dot(x, dy), dy.sum(axis=0))),
        Suspect("transpose", _TRANSPOSE, lambda dy, x, W: (dy @ W.T, x @ dy.T, dy.sum(axis=0))),
        Suspect("transpose", _TRANSPOSE, lambda dy, x, W: (W @ dy, x.T @ dy, dy.sum(axis=0))),
        Suspect("mean instead of sum",
                "db is a sum over the batch (4.7): the 1/N is already in dy, it came with the loss",
                lambda dy, x, W: (dy @ W.T, x.T @ dy, dy.mean(axis=0))),
    ))


# ---- 04-2 relu -----------------------------------------------------------------------------------------------

def _relu_backward(dy, x):
    return dy * (x > 0)


def _relu_case(rng):
    N, K = _sizes(rng, 2)
    x = rng.normal(size=(N, K))
    x.flat[:: N - 1] = 0.0                              # exact zeros, which the rule must shut
    return rng.normal(size=(N, K)), x


RELU = Task(
    id="04-2", title="the backward of relu", signature="relu_backward(dy, x)", level="fill in", difficulty=1,
    importance=3, minutes=5, reference=_relu_backward, outputs=("dx",), cases=_relu_case, batch=_rows, keeps_dtype=True,
    small=(np.array([[1.0, -2.0, 3.0, 5.0], [4.0, 5.0, -6.0, -7.0]]),
           np.array([[2.0, 0.0, -1.0, 0.5], [-3.0, 0.5, 4.0, -2.0]])),
    suspects=(
        Suspect("the value at zero", "at x = 0 exactly the gradient is 0 by (4.12): the condition is x > 0, not x >= 0",
                lambda dy, x: dy * (x >= 0)),
        Suspect("mask of the wrong array", "the gate was set by x on the way forward; the sign of dy does not matter",
                lambda dy, x: dy * (dy > 0)),
        Suspect("upstream gradient ignored",
                "this is the slope of relu only: multiply it by dy, the chain rule's first factor",
                lambda dy, x: (x > 0) * np.ones_like(dy)),
        Suspect("forward instead of backward", "these are the values of relu; its slope is wanted, times dy",
                lambda dy, x: np.maximum(x, 0)),
        Suspect("value instead of slope", "dy is multiplied by the slope, which is 0 or 1, not by the value of relu",
                lambda dy, x: dy * np.maximum(x, 0)),
        Suspect("threshold at one", "the kink of relu is at 0: the condition is x > 0", lambda dy, x: dy * (x > 1)),
        Suspect("the gate inverted", "the gradient passes where x is positive, and is 0 elsewhere",
                lambda dy, x: dy * (x <= 0)),
        Suspect("relu of the gradient", "relu is not applied to dy; dy passes where x > 0",
                lambda dy, x: np.maximum(dy, 0) * (x > 0)),
    ))


# ---- 04-3 softmax with cross-entropy -------------------------------------------------------------------------

def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _onehot(z, t):
    """Ones at the labels, zeros elsewhere, of the shape and dtype of z."""
    ones = np.zeros_like(z)
    ones[np.arange(len(t)), t] = 1
    return ones


def _loss_backward(z, t):
    return (_softmax(z) - _onehot(z, t)) / len(z)


def _loss_case(rng):
    N, K = _sizes(rng, 2)
    return 2 * rng.normal(size=(N, K)), rng.integers(0, K, size=N)


def _softmax_over(z, axis):
    e = np.exp(z - z.max())
    return e / e.sum(axis=axis, keepdims=True)


def _every_row(z, t):
    dz = _softmax(z)
    dz[:, t] -= 1
    return dz / len(z)


def _large_logits(answer, rng):
    z, t = np.array([[900.0, 0.0, 5.0], [-800.0, 0.0, 700.0], [1.0, 2.0, 3.0]]), np.array([1, 0, 2])
    got = np.asarray(answer(z.copy(), t), dtype=float)
    if not np.all(np.isfinite(got)) or relative_error(got, _loss_backward(z, t)) > 1e-9:
        return Fault("overflow", "with logits of several hundred the result is wrong or nan: e to the 900 is too large "
                     "for a float; subtract the largest logit of each row before the "
                     "exponential (lesson 02, section 5)")
    return None


LOSS = Task(
    id="04-3", title="the backward of softmax cross-entropy", signature="softmax_cross_entropy_backward(z, t)",
    level="write", difficulty=2, importance=3, minutes=15, reference=_loss_backward, outputs=("dz",), cases=_loss_case,
    batch=_rows, keeps_dtype=True,
    small=(np.log(np.array([[1.0, 2.0, 1.0, 4.0], [3.0, 3.0, 1.0, 1.0], [1.0, 1.0, 5.0, 3.0]])), np.array([3, 0, 1])),
    probes=(("large logits", _large_logits),),
    suspects=(
        Suspect("label not subtracted", "these are the probabilities; at each row's own label 1 is subtracted, (4.14)",
                lambda z, t: _softmax(z) / len(z)),
        Suspect("wrong axis", "the probabilities of one example must sum to 1: the softmax runs along each row, axis=1",
                lambda z, t: (_softmax_over(z, 0) - _onehot(z, t)) / len(z)),
        Suspect("summed over everything",
                "each row has its own sum: sum over axis=1 with keepdims=True, not over the whole array",
                lambda z, t: (_softmax_over(z, None) - _onehot(z, t)) / len(z)),
        Suspect("label of every row",
                "dz[:, t] touches the columns t of every row; dz[np.arange(N), t] touches one entry a row",
                _every_row),
        Suspect("logits instead of probabilities", "the prediction is the softmax of z, not z itself",
                lambda z, t: (z - _onehot(z, t)) / len(z)),
        Suspect("divided by all entries", "the loss is the mean over the N examples: divide by N, not by N K",
                lambda z, t: (_softmax(z) - _onehot(z, t)) / z.size),
        Suspect("divided by the classes", "the loss is the mean over the N examples: divide by N, the number of rows",
                lambda z, t: (_softmax(z) - _onehot(z, t)) / z.shape[1]),
    ))


# ---- 04-4 broadcasting ---------------------------------------------------------------------------------------

def _broadcast_backward(dy, shape):
    dx = dy.sum(axis=tuple(range(dy.ndim - len(shape))))
    repeated = tuple(i for i, n in enumerate(shape) if n == 1)
    return dx.sum(axis=repeated, keepdims=True)


def _broadcast_case(rng):
    A, B, C, D = _sizes(rng, 4)
    return rng.normal(size=(A, B, C, D)), (B, 1, D)


def _picked(dy, shape):
    dx = dy[(0,) * (dy.ndim - len(shape))]
    return dx[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def _trailing(dy, shape):
    dx = dy.sum(axis=tuple(range(len(shape), dy.ndim)))
    return dx.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


def _special_shapes(answer, rng):
    dy = rng.normal(size=(3, 4))
    for shape, why in (((3, 4), "nothing was repeated, so the gradient is dy itself"),
                       ((), "a single number was repeated everywhere: its gradient is the sum of all of dy"),
                       ((4,), "a row was repeated for each row of dy: the sum over axis 0"),
                       ((1, 4), "the axis of length 1 stays: the result is one row with two axes")):
        try:
            got = np.asarray(answer(dy.copy(), shape), dtype=float)
        except (ValueError, TypeError, IndexError) as error:
            return Fault("special shapes", f"shape {shape}: {why}; got the error: {error}")
        expected = _broadcast_backward(dy, shape)
        if got.shape != np.shape(expected) or not np.allclose(got, expected):
            return Fault("special shapes", f"shape {shape}: {why}; got an array of shape {got.shape}")
    return None


BROADCAST = Task(
    id="04-4", title="the backward of broadcasting", signature="broadcast_backward(dy, shape)", level="write",
    difficulty=2, importance=2, minutes=15, reference=_broadcast_backward, outputs=("dx",), cases=_broadcast_case,
    keeps_dtype=True,
    small=(np.arange(1.0, 13.0).reshape(2, 3, 2), (3, 1)), probes=(("special shapes", _special_shapes),),
    suspects=(
        Suspect("axis of length 1 forgotten", "the axes in front are summed; an axis of length 1 was repeated too: sum "
                "over it, and keep it with keepdims=True",
                lambda dy, shape: dy.sum(axis=tuple(range(dy.ndim - len(shape))))),
        Suspect("axes kept in front", "the axes that NumPy put in front must disappear: no keepdims for them",
                lambda dy, shape: _broadcast_backward(dy, shape).reshape((1,) * (dy.ndim - len(shape)) + tuple(shape))),
        Suspect("mean instead of sum", "every copy pays: the gradients of the copies are added, not averaged",
                lambda dy, shape: _broadcast_backward(dy, shape) * np.prod(shape) / dy.size),
        Suspect("only one copy",
                "all copies fed the output: add up the gradients of all of them, not of the first only", _picked),
        Suspect("wrong axis", "NumPy aligns shapes at their ends: what is too many stands in front", _trailing),
        Suspect("summed over everything", "only the repeated axes are summed; the others keep their own gradients",
                lambda dy, shape: np.full(shape, dy.sum())),
    ))


# ---- 04-5 a gradient checker ---------------------------------------------------------------------------------

class _Function:
    """A function that shows its formula when a report prints it."""

    def __init__(self, formula, function):
        self.formula, self.function = formula, function

    def __call__(self, x):
        return self.function(x)

    def __repr__(self):
        return f"f = {self.formula}"


def _gradient_case(rng):
    rows, columns = _sizes(rng, 2)
    a, b = rng.normal(size=(2, rows, columns))
    return (_Function("sum of a x² + b sin x", lambda x: float((a * x * x + b * np.sin(x)).sum())),
            rng.normal(size=(rows, columns)))


def _all_at_once(f, x, h=1e-5):
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def _steps(answer, rng):
    """Where does the answer evaluate f?"""
    seen = []

    def f(x):
        seen.append(np.asarray(x, dtype=float).ravel()[1] - 0.5)
        return float((np.asarray(x) ** 2).sum())
    answer(f, np.array([2.0, 0.5, -1.0]))
    moved = [d for d in seen if abs(d) > 1e-12]
    if not moved:
        return Fault("nothing moved",
                     "f was never evaluated with the second entry moved; move the entries one at a time")
    if not min(moved) < 0 < max(moved):
        return Fault("one-sided", "f is evaluated on one side only; the central difference (4.19) needs f(x + h) and "
                     "f(x − h), and its error falls with h², not with h")
    largest = max(map(abs, moved))
    if not 1e-7 < largest < 1e-2:
        return Fault("step size", f"the step is {largest:.0e}; equation (4.20) asks for about 1e-5")
    return None


def _integer_input(answer, rng):
    got = np.asarray(answer(lambda x: float((np.asarray(x, dtype=float) ** 2).sum()), np.array([1, 2, 3])), dtype=float)
    if got.shape != (3,) or relative_error(got, np.array([2.0, 4.0, 6.0])) > 1e-4:
        return Fault("integer x", "for x = [1 2 3], an array of whole numbers, and f = sum of x², the result is "
                     f"{got}, not [2 4 6]: an integer array cannot hold x + h; start with a copy as "
                     "floats, np.array(x, dtype=float)")
    return None


CHECKER = Task(
    id="04-5", title="a gradient checker", signature="numerical_gradient(f, x)", level="write", difficulty=2,
    importance=3, minutes=20, reference=numerical_gradient, outputs=("the gradient",), cases=_gradient_case,
    tolerance=1e-4,
    small=(_Function("x₀² + 3 x₁ + x₀ x₂", lambda x: float(x[0] ** 2 + 3 * x[1] + x[0] * x[2])),
           np.array([1.0, 2.0, 4.0])),
    probes=(("central differences", _steps), ("whole numbers", _integer_input)),
    suspects=(
        Suspect("all entries at once", "x + h moves every entry; each entry of the gradient needs its own pair of "
                "points, with only this entry moved", _all_at_once),
        Suspect("sign", "the sign is wrong: it is f(x + h) − f(x − h), in this order",
                lambda f, x: -numerical_gradient(f, x)),
    ))


# ---- 04-6 a two-layer network --------------------------------------------------------------------------------

def _two_layers(x, t, W1, b1, W2, b2, *, dh=None, mask=None, dW2_of=None):
    """Loss and gradients; the keyword arguments put in what suspects do differently."""
    z1 = x @ W1 + b1
    h = np.maximum(z1, 0)
    z2 = h @ W2 + b2
    p = _softmax(z2)
    loss = -np.log(p[np.arange(len(t)), t]).mean()
    dz2 = (p - _onehot(p, t)) / len(x)
    dW2 = (h if dW2_of is None else dW2_of(z1, h)).T @ dz2
    dh = dz2 @ W2.T if dh is None else dh(dz2, W2)
    dz1 = dh * ((z1 > 0) if mask is None else mask(z1, h, dh))
    return loss, x.T @ dz1, dz1.sum(axis=0), dW2, dz2.sum(axis=0)


def _network_case(rng):
    N, D, H, K = _sizes(rng, 4)
    return (rng.normal(size=(N, D)), rng.integers(0, K, size=N), rng.normal(size=(D, H)), rng.normal(size=H),
            rng.normal(size=(H, K)), rng.normal(size=K))


def _with(**changes):
    return lambda *arguments: _two_layers(*arguments, **changes)


def _unlabelled(x, t, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    h = np.maximum(z1, 0)
    p = _softmax(h @ W2 + b2)
    dz2 = p / len(x)
    dz1 = (dz2 @ W2.T) * (z1 > 0)
    return -np.log(p[np.arange(len(t)), t]).mean(), x.T @ dz1, dz1.sum(axis=0), h.T @ dz2, dz2.sum(axis=0)


NETWORK = Task(
    id="04-6", title="all gradients of a two-layer network", signature="two_layer_gradients(x, t, W1, b1, W2, b2)",
    level="write", difficulty=3, importance=3, minutes=30, reference=_two_layers,
    outputs=("the loss", "dW1", "db1", "dW2", "db2"), cases=_network_case, batch=_rows,
    small=(np.array([[1.0, 2.0], [2.0, -1.0], [0.0, 1.0]]), np.array([0, 3, 1]),
           np.array([[1.0, 0.0, 1.0, -1.0, 1.0], [0.0, 1.0, -1.0, 1.0, 1.0]]), np.array([0.5, 0.0, 0.0, 0.0, -1.0]),
           np.array([[1.0, 0.0, 0.0, -1.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0],
                     [0.0, 0.0, 0.0, 1.0]]),
           np.array([0.0, 0.0, 0.5, 0.0])),
    suspects=(
        Suspect("relu forgotten", "on the way back through relu, dh is multiplied by the gate [z1 > 0], (4.12)",
                _with(mask=lambda z1, h, dh: 1)),
        Suspect("mask of the wrong array",
                "the gate of relu was set by z1 on the way forward, not by the sign of the gradient",
                _with(mask=lambda z1, h, dh: dh > 0)),
        Suspect("value instead of slope", "dh is multiplied by the slope of relu, 0 or 1, not by its value",
                _with(mask=lambda z1, h, dh: h)),
        Suspect("transpose", "dh = dz2 W2ᵀ, (4.6): the gradient goes back through the transposed weights",
                _with(dh=lambda dz2, W2: dz2 @ W2)),
        Suspect("pre-activation instead of activation", "the second layer's input was h = relu(z1): dW2 = hᵀ dz2",
                _with(dW2_of=lambda z1, h: z1)),
        Suspect("label not subtracted", "dz2 is the softmax minus the one-hot labels, divided by N, (4.14)",
                _unlabelled),
    ))


# ---- 04-7 a bug hunt: a gain -----------------------------------------------------------------------------------

def _gain_backward(dy, x, g):
    return dy * g, (dy * x).sum(axis=0), dy.sum(axis=0)


def _gain_case(rng):
    N, D = _sizes(rng, 2)
    return rng.normal(size=(N, D)), rng.normal(size=(N, D)), rng.normal(size=D)


GAIN = Task(
    id="04-7", title="bug hunt: a batch of one hides it", signature="gain_backward(dy, x, g)", level="fill in",
    difficulty=2, importance=2, minutes=10, reference=_gain_backward, outputs=("dx", "dg", "db"), cases=_gain_case,
    batch=_rows, keeps_dtype=True,
    small=(np.array([[1.0, 2.0], [0.0, 1.0], [-1.0, 3.0]]), np.array([[2.0, 1.0], [1.0, 4.0], [3.0, -1.0]]),
           np.array([2.0, 3.0])),
    suspects=(
        Suspect("sum taken too early", "dg is the sum over the batch of the products dy x. A product of two sums is "
                "another number as soon as there are two rows",
                lambda dy, x, g: (dy * g, dy.sum(axis=0) * x.sum(axis=0), dy.sum(axis=0))),
        Suspect("sum taken too early",
                "dg is the sum over the batch of the products dy x: each example multiplies its own x by its "
                "own dy", lambda dy, x, g: (dy * g, dy.sum(axis=0) * x.mean(axis=0), dy.sum(axis=0))),
        Suspect("gain forgotten", "y = g x + b: on the way back to x, dy is multiplied by g",
                lambda dy, x, g: (dy, (dy * x).sum(axis=0), dy.sum(axis=0))),
        Suspect("input forgotten", "y = g x + b: what g was multiplied by is x, so dg is the sum of dy x",
                lambda dy, x, g: (dy * g, dy.sum(axis=0), dy.sum(axis=0))),
        Suspect("mean instead of sum", "every row used the same g: its gradients are added; the 1/N came with dy",
                lambda dy, x, g: (dy * g, (dy * x).mean(axis=0), dy.sum(axis=0))),
    ))


# ---- 04-8 a bug hunt: a weight used twice --------------------------------------------------------------------

def _tied_parts(x, W, relu_slope=True):
    """The two contributions to dW: from the encoder and from the decoder."""
    z = x @ W
    h = np.maximum(z, 0)
    dy = 2 * (h @ W.T - x) / x.size
    dz = (dy @ W) * (z > 0) if relu_slope else dy @ W
    return x.T @ dz, dy.T @ h


def _tied_gradient(x, W):
    encoder, decoder = _tied_parts(x, W)
    return encoder + decoder


def _tied_case(rng):
    N, D, H = _sizes(rng, 3)
    return rng.normal(size=(N, D)), rng.normal(size=(D, H))


def _tied_transposed(x, W):
    z = x @ W
    h = np.maximum(z, 0)
    dy = 2 * (h @ W.T - x) / x.size
    return x.T @ ((dy @ W) * (z > 0)) + h.T @ dy


_TWICE = "W is used twice, so it receives two contributions, and they add up: the second one needs +=, not ="

TIED = Task(
    id="04-8", title="bug hunt: a weight used twice", signature="tied_gradient(x, W)", level="fill in", difficulty=2,
    importance=3, minutes=10, reference=_tied_gradient, outputs=("dW",), cases=_tied_case, batch=_rows,
    keeps_dtype=True,
    small=(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [2.0, 0.0, 1.0]]),
           np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])),
    suspects=(
        Suspect("= for +=", _TWICE, lambda x, W: _tied_parts(x, W)[0]),
        Suspect("= for +=", _TWICE, lambda x, W: _tied_parts(x, W)[1]),
        Suspect("relu forgotten", "on the way back through relu, dh is multiplied by the gate [z > 0], (4.12)",
                lambda x, W: sum(_tied_parts(x, W, relu_slope=False))),
        Suspect("transpose", "y = h Wᵀ: the decoder's contribution to W is (hᵀ dy)ᵀ = dyᵀ h, of the shape of W",
                _tied_transposed),
        Suspect("one use counted twice",
                "the two contributions differ: one from the encoder x W, one from the decoder h Wᵀ",
                lambda x, W: 2 * _tied_parts(x, W)[0]),
        Suspect("one use counted twice",
                "the two contributions differ: one from the encoder x W, one from the decoder h Wᵀ",
                lambda x, W: 2 * _tied_parts(x, W)[1]),
        Suspect("divided by the rows",
                "the mean squared error averages over all entries of x: x.size, not len(x), (4.16)",
                lambda x, W: _tied_gradient(x, W) * x.shape[1]),
        Suspect("wrong sign between the two", "the two contributions are added",
                lambda x, W: -np.subtract(*_tied_parts(x, W))),
        Suspect("wrong sign between the two", "the two contributions are added",
                lambda x, W: np.subtract(*_tied_parts(x, W))),
    ))


# ---- 04-9 a bug hunt: an update too early --------------------------------------------------------------------

def _step(x, t, W1, W2, lr, early=False, slope=True, first=True):
    h = np.tanh(x @ W1)
    y = h @ W2
    dy = 2 * (y - t) / y.size
    dW2 = h.T @ dy
    dh = dy @ (W2 - lr * dW2 if early else W2).T
    dW1 = x.T @ (dh * (1 - h * h) if slope else dh)
    return W1 - lr * dW1 if first else W1, W2 - lr * dW2


def _step_case(rng):
    N, D, H, K = _sizes(rng, 4)
    return (rng.normal(size=(N, D)), rng.normal(size=(N, K)), rng.normal(size=(D, H)), rng.normal(size=(H, K)),
            float(rng.uniform(0.3, 0.7)))


UPDATE = Task(
    id="04-9", title="bug hunt: the update that came too early", signature="descent_step(x, t, W1, W2, lr)",
    level="fill in", difficulty=2, importance=3, minutes=10, reference=_step, outputs=("W1", "W2"), cases=_step_case,
    batch=_rows,
    small=(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0], [2.0]]),
           np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]]), np.array([[1.0], [2.0], [-1.0], [1.0]]), 0.5),
    suspects=(
        Suspect("updated too early", "the gradient of h must go back through the W2 that made y: compute all gradients "
                "first, then change the weights", lambda x, t, W1, W2, lr: _step(x, t, W1, W2, lr, early=True)),
        Suspect("uphill", "descent subtracts the gradient: W − lr dW",
                lambda x, t, W1, W2, lr: _step(x, t, W1, W2, -lr)),
        Suspect("learning rate forgotten", "the step is lr times the gradient",
                lambda x, t, W1, W2, lr: _step(x, t, W1, W2, 1.0)),
        Suspect("slope of tanh forgotten", "on the way back through tanh, dh is multiplied by 1 − h², (4.11)",
                lambda x, t, W1, W2, lr: _step(x, t, W1, W2, lr, slope=False)),
        Suspect("W1 not updated", "both layers take a step",
                lambda x, t, W1, W2, lr: _step(x, t, W1, W2, lr, first=False)),
        Suspect("gradients instead of weights", "the new weights are wanted: W − lr dW",
                lambda x, t, W1, W2, lr: tuple(a - b for a, b in zip((W1, W2), _step(x, t, W1, W2, 1.0)))),
        Suspect("factor 2", "the 2 of (4.16) comes from the square: dy = 2 (y − t) / (number of entries)",
                lambda x, t, W1, W2, lr: _step(x, t, W1, W2, lr / 2)),
        Suspect("missing 1/N", "the mean squared error divides by the number of entries of y, (4.16)",
                lambda x, t, W1, W2, lr: _step(x, t, W1, W2, lr * t.size)),
    ))


TASKS = [AFFINE, RELU, LOSS, BROADCAST, CHECKER, NETWORK, GAIN, TIED, UPDATE]
