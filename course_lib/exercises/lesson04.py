"""Tasks of lesson 04: the backwards of a network for whole batches, a gradient checker, three bug hunts."""

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import batch_size, different_sizes
from course_lib.exercises.task import Slip, Step, Task

SHEET = "04_backpropagation_in_matrices"


# ---- 04-0 the gradients of the affine map, in steps ------------------------------------------------------------

def derive_affine():
    """From y = x W + b to its gradients. N rows, n; D inputs, d; K outputs, k."""
    return {
        "y[n, k]": lambda x, W, b, n, k: sum(x[n] * W[:, k]) + b[k],
        "W[d, k] acts on": "every n",
        "slope": lambda x, n, d: x[n, d],
        "dW sums over": "n",
        "dW[d, k]": lambda dy, x, d, k: sum(dy[:, k] * x[:, d]),
        "dW": "x.T @ dy",
        "x[n, d] acts on": "every k",
        "dx[n, d]": lambda dy, W, n, d: sum(dy[n] * W[d]),
        "dx": "dy @ W.T",
        "db[k]": lambda dy, k: sum(dy[:, k]),
    }


def _step_cases(*names):
    """Random arrays of the names' shapes, and places in them."""
    def case(rng):
        N, D, K = different_sizes(rng, 3)
        shapes, ends = {"dy": (N, K), "x": (N, D), "W": (D, K), "b": (K,)}, {"n": N, "d": D, "k": K}
        return tuple(rng.normal(size=shapes[a]) if a in shapes else int(rng.integers(1, ends[a])) for a in names)
    return case


_X, _W, _DY = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [2.0, 5.0]]), np.array([[1.0, 2.0], [0.0, 3.0]])
_PRODUCTS = ("x.T @ dy", "x @ dy.T", "dy.T @ x", "dy @ x.T")
_INPUTS = ("dy @ W.T", "dy @ W", "W @ dy.T", "W.T @ dy")

AFFINE_STEPS = Task(
    id="04-0", title="the gradients of the affine map, derived", level="derive", difficulty=2, importance=3, minutes=15,
    reference=derive_affine, shown="dW = xᵀ dy (4.5), dx = dy Wᵀ (4.6), db = Σₙ dyₙ (4.7)",
    steps=(
        Step("y[n, k]", "as lambda x, W, b, n, k: …", small=(_X, _W, np.array([10.0, 20.0]), 1, 0),
             cases=_step_cases("x", "W", "b", "n", "k")),
        Step("W[d, k] acts on", 'y[n, k] for "every n", "every k" or "both"?', ("every n", "every k", "both")),
        Step("slope", "of y[n, k] by W[d, k], as lambda x, n, d: …", small=(_X, 1, 0),
             cases=_step_cases("x", "n", "d")),
        Step("dW sums over", '"n", "d" or "k"?', ("n", "d", "k")),
        Step("dW[d, k]", "the sum, as lambda dy, x, d, k: …", small=(_DY, _X, 0, 1),
             cases=_step_cases("dy", "x", "d", "k")),
        Step("dW", '"x.T @ dy", "dy.T @ x", "x @ dy.T" or "dy @ x.T"?', _PRODUCTS),
        Step("x[n, d] acts on", 'y[n, k] for "every n", "every k" or "both"?', ("every n", "every k", "both")),
        Step("dx[n, d]", "the sum, as lambda dy, W, n, d: …", small=(_DY, _W, 0, 1),
             cases=_step_cases("dy", "W", "n", "d")),
        Step("dx", '"dy @ W.T", "W @ dy.T", "dy @ W" or "W.T @ dy"?', _INPUTS),
        Step("db[k]", "b[k] was added to every row, lambda dy, k: …", small=(_DY, 1), cases=_step_cases("dy", "k"))),
    suspects=(
        Slip("bias forgotten", "y = x W + b: b[k] is added", (" + b[k]", "")),
        Slip("one term only", "an entry of a matrix product is a sum over the inner index d",
             ("sum(x[n] * W[:, k])", "x[n, 0] * W[0, k]")),
        Slip("product of sums", "multiply x[n, d] and W[d, k] first, then add over d",
             ("sum(x[n] * W[:, k])", "sum(x[n]) * sum(W[:, k])")),
        Slip("wrong index", "W[d, k] feeds the output k and no other, but that of every row",
             ('W[d, k] acts on": "every n"', 'W[d, k] acts on": "every k"')),
        Slip("wrong index", "W[d, k] feeds the output k and no other: k is given",
             ('W[d, k] acts on": "every n"', 'W[d, k] acts on": "both"')),
        Slip("value instead of slope", "the slope of x[n, d] W[d, k] with respect to W[d, k] is its factor",
             ("n, d: x[n, d]", "n, d: 1.0")),
        Slip("summed too early", "the slope belongs to one y[n, k]: one number of x, no sum",
             ("n, d: x[n, d]", "n, d: sum(x[:, d])")),
        Slip("wrong sum", "d is the place in W that was asked for; the sum runs over the outputs that it acts on",
             ('over": "n"', 'over": "d"')),
        Slip("wrong sum", "k is the place in W that was asked for; the sum runs over the outputs that it acts on",
             ('over": "n"', 'over": "k"')),
        Slip("product of sums", "each row multiplies its own x by its own dy; then the rows are added",
             ("sum(dy[:, k] * x[:, d])", "sum(dy[:, k]) * sum(x[:, d])")),
        Slip("local derivative ignored", "each dy[n, k] is multiplied by the slope of this y[n, k], x[n, d]",
             ("sum(dy[:, k] * x[:, d])", "sum(dy[:, k])")),
        Slip("upstream gradient ignored", "each slope x[n, d] is multiplied by the gradient that arrives, dy[n, k]",
             ("sum(dy[:, k] * x[:, d])", "sum(x[:, d])")),
        Slip("mean instead of sum", "the rows are added; 1/N came with the loss, in dy",
             ("sum(dy[:, k] * x[:, d])", "sum(dy[:, k] * x[:, d]) / len(x)")),
        Slip("one row only", "every row used W: the sum runs over all of them",
             ("sum(dy[:, k] * x[:, d])", "dy[0, k] * x[0, d]")),
        Slip("transpose", "this is (K, D), the transpose of what is asked for", ('"x.T @ dy"', '"dy.T @ x"')),
        Slip("wrong order", "x (N, D) times dyᵀ (K, N): the inner sizes D and K differ, and n is not summed",
             ('"x.T @ dy"', '"x @ dy.T"')),
        Slip("wrong order", "dy (N, K) times xᵀ (D, N): the inner sizes K and D differ, and n is not summed",
             ('"x.T @ dy"', '"dy @ x.T"')),
        Slip("wrong index", "x[n, d] stands in row n and feeds every output of this row",
             ('x[n, d] acts on": "every k"', 'x[n, d] acts on": "every n"')),
        Slip("wrong index", "rows do not mix: x[n, d] feeds its own row only",
             ('x[n, d] acts on": "every k"', 'x[n, d] acts on": "both"')),
        Slip("local derivative ignored",
             "each dy[n, k] is multiplied by the slope of y[n, k] by x[n, d], which is W[d, k]",
             ("sum(dy[n] * W[d])", "sum(dy[n])")),
        Slip("upstream gradient ignored", "each slope W[d, k] is multiplied by the gradient that arrives, dy[n, k]",
             ("sum(dy[n] * W[d])", "sum(W[d])")),
        Slip("product of sums", "multiply dy[n, k] and W[d, k] first, then add over k",
             ("sum(dy[n] * W[d])", "sum(dy[n]) * sum(W[d])")),
        Slip("transpose forgotten", "dy (N, K) times W (D, K): the inner sizes do not fit; the sum runs over k",
             ('"dy @ W.T"', '"dy @ W"')),
        Slip("transpose", "this is (D, N), the transpose of what is asked for", ('"dy @ W.T"', '"W @ dy.T"')),
        Slip("wrong order", "Wᵀ (K, D) times dy (N, K): the inner sizes do not fit; the sum runs over k",
             ('"dy @ W.T"', '"W.T @ dy"')),
        Slip("mean instead of sum", "the rows are added; 1/N came with the loss, in dy",
             ("dy, k: sum(dy[:, k])", "dy, k: sum(dy[:, k]) / len(dy)")),
        Slip("one row only", "b was added to every row, so every row pays",
             ("dy, k: sum(dy[:, k])", "dy, k: dy[0, k]")),
        Slip("summed over everything", "b[k] acts on column k only", ("dy, k: sum(dy[:, k])", "dy, k: dy.sum()")),
    ))


# ---- 04-1 the backward of the affine map -----------------------------------------------------------------------

def affine_backward(dy, x, W):
    """The gradients of y = x W + b.

    dy (N, K), x (N, D), W (D, K)  ->  dx (N, D), dW (D, K), db (K,)
    """
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.sum(axis=0)
    return dx, dW, db


def _affine_of(N, D, K):
    return lambda rng: (rng.normal(size=(N, K)), rng.normal(size=(N, D)), rng.normal(size=(D, K)))


def _affine_case(rng):
    return _affine_of(*different_sizes(rng, 3))(rng)


_TRANSPOSE = "compare the shapes: a transpose is missing, or stands at the wrong factor"

AFFINE = Task(
    id="04-1", title="the backward of the affine map", level="fill in", difficulty=1, importance=3, minutes=10,
    reference=affine_backward, outputs=("dx", "dW", "db"), cases=_affine_case, batch=batch_size,
    small=(np.array([[1.0, 0, 2], [0, 1, 1]]), np.array([[1.0], [2]]), np.array([[1.0, 2, 3]])),
    edges={"one row": _affine_of(1, 3, 4), "one output": _affine_of(4, 3, 1), "one input": _affine_of(4, 1, 3),
           "a square batch": _affine_of(3, 3, 3)},
    suspects=(
        *(Slip("transpose", _TRANSPOSE, ("dy @ W.T", wrong)) for wrong in ("dy @ W", "np.dot(dy, W)", "W @ dy")),
        *(Slip("transpose", _TRANSPOSE, ("x.T @ dy", wrong))
          for wrong in ("x @ dy", "np.dot(x, dy)", "x @ dy.T", "dy.T @ x")),
        Slip("mean instead of sum", "db is a sum over the batch (4.7): the 1/N is already in dy, it came with the loss",
             ("dy.sum(axis=0)", "dy.mean(axis=0)")),
        Slip("missing sum over the batch", "b was added to every row, and every row pays: sum over axis 0",
             ("dy.sum(axis=0)", "dy")),
        Slip("wrong axis", "db has one number for each output: the rows are summed, axis 0", ("axis=0", "axis=1")),
    ))


# ---- 04-2 the backward of relu ---------------------------------------------------------------------------------

def relu_backward(dy, x):
    """The gradient of y = max(x, 0).

    dy, x (N, K)  ->  dx (N, K)
    """
    return dy * (x > 0)


def _relu_case(rng):
    N, K = different_sizes(rng, 2)
    x = rng.normal(size=(N, K))
    x.flat[:: N - 1] = 0.0                              # exact zeros, which the rule must shut
    return rng.normal(size=(N, K)), x


_GATE = "dy * (x > 0)"

RELU = Task(
    id="04-2", title="the backward of relu", level="fill in", difficulty=1, importance=3, minutes=5,
    reference=relu_backward, outputs=("dx",), cases=_relu_case, batch=batch_size,
    small=(np.array([[1.0, 2, 3], [4, 5, -6]]), np.array([[2.0, 0, -1], [-3, 0.5, 4]])),
    edges={"very small and very large numbers": (np.array([[1.0, 2, 3, 4]]),
                                                 np.array([[1e-300, -1e-300, 1e300, -1e300]])),
           "all zero": (np.array([[1.0, -2]]), np.zeros((1, 2))),
           "one column": (np.array([[1.0], [2]]), np.array([[3.0], [-1]]))},
    suspects=(
        Slip("the value at zero", "at x = 0 exactly the gradient is 0 by (4.12): the condition is x > 0, not x >= 0",
             (_GATE, "dy * (x >= 0)")),
        Slip("the value at zero", "at x = 0 exactly the gradient is 0 by (4.12), not half of dy",
             (_GATE, "dy * (np.sign(x) + 1) / 2")),
        Slip("division by zero", "relu(x) / x is 0 / 0 at x = 0; compare x with 0 instead",
             (_GATE, "dy * np.maximum(x, 0) / x")),
        Slip("mask of the wrong array", "the gate was set by x on the way forward; the sign of dy does not matter",
             (_GATE, "dy * (dy > 0)")),
        Slip("upstream gradient ignored",
             "this is the slope of relu only: multiply it by dy, the chain rule's first factor",
             (_GATE, "(x > 0) * 1.0")),
        Slip("forward instead of backward", "these are the values of relu; its slope is wanted, times dy",
             (_GATE, "np.maximum(x, 0)")),
        Slip("value instead of slope", "dy is multiplied by the slope, which is 0 or 1, not by the value of relu",
             (_GATE, "dy * np.maximum(x, 0)")),
        Slip("threshold at one", "the kink of relu is at 0: the condition is x > 0", (_GATE, "dy * (x > 1)")),
        Slip("a threshold above zero", "the gate opens for every positive x, however small",
             (_GATE, "dy * (x > 1e-6)")),
        Slip("the gate inverted", "the gradient passes where x is positive, and is 0 elsewhere",
             (_GATE, "dy * (x <= 0)")),
        Slip("relu of the gradient", "relu is not applied to dy; dy passes where x > 0",
             (_GATE, "np.maximum(dy, 0) * (x > 0)")),
    ))


# ---- 04-3 the backward of softmax with cross-entropy -----------------------------------------------------------

def softmax_cross_entropy_backward(z, t):
    """The gradient of the mean cross-entropy of softmax(z).

    z (N, K) logits, t (N,) labels 0 ... K - 1  ->  dz (N, K)
    """
    e = np.exp(z - z.max(axis=1, keepdims=True))
    dz = e / e.sum(axis=1, keepdims=True)
    dz[np.arange(len(t)), t] -= 1
    return dz / len(t)


def _loss_case(rng):
    N, K = different_sizes(rng, 2)
    return 2 * rng.normal(size=(N, K)), rng.integers(0, K, size=N)


_OVERFLOW = ("e to the 1000 is too large for a float, e to the −1000 is 0, and 0/0 is nan: subtract the largest logit "
             "of each row before the exponential (lesson 02, section 5)")
_LARGEST, _LABELS = "z.max(axis=1, keepdims=True)", "dz[np.arange(len(t)), t] -= 1"

LOSS = Task(
    id="04-3", title="the backward of softmax cross-entropy", level="write", difficulty=2, importance=3, minutes=15,
    reference=softmax_cross_entropy_backward, outputs=("dz",), cases=_loss_case, batch=batch_size,
    small=(np.log([[2.0, 1, 1], [1, 2, 1]]), np.array([0, 2])), names=("z (0.6931 is ln 2)", "t"),
    edges={"large logits": (np.array([[1000.0, 0, 5], [-1000, 0, 700], [1, 2, 3]]), np.array([1, 0, 2])),
           "large logits close together": (np.array([[1000.0, 999, 998], [-999, -1000, -1000]]), np.array([2, 0])),
           "very negative logits alone": (np.array([[-1000.0, -1000], [-1000, -999]]), np.array([0, 1])),
           "a row far above another": (np.array([[800.0, 799], [-800, -801]]), np.array([1, 0])),
           "one row": (np.array([[0.0, 1, -1]]), np.array([2])),
           "the same label in every row": (np.array([[0.0, 1], [2, 0], [0, 0]]), np.array([1, 1, 1]))},
    suspects=(
        Slip("label not subtracted", "these are the probabilities; at each row's own label 1 is subtracted, (4.14)",
             ("    " + _LABELS + "\n", "")),
        Slip("label not divided", "1/N belongs to the whole bracket p − onehot(t), (4.14)",
             ("    " + _LABELS + "\n    return dz / len(t)",
              "    dz = dz / len(t)\n    " + _LABELS + "\n    return dz")),
        Slip("wrong axis", "the probabilities of one example must sum to 1: the softmax runs along each row, axis=1",
             ("e.sum(axis=1", "e.sum(axis=0")),
        Slip("wrong axis", "the probabilities of one example must sum to 1: the softmax runs along each row, axis=1",
             ("e.sum(axis=1", "e.sum(axis=0"), ("z.max(axis=1", "z.max(axis=0")),
        Slip("summed over everything",
             "each row has its own sum: sum over axis=1 with keepdims=True, not over the whole array",
             ("e.sum(axis=1, keepdims=True)", "e.sum()")),
        Slip("summed over everything",
             "each row has its own sum: sum over axis=1 with keepdims=True, not over the whole array",
             ("e.sum(axis=1, keepdims=True)", "e.sum()"), (_LARGEST, "z.max()")),
        Slip("label of every row", "dz[:, t] touches the columns t of every row; dz[np.arange(N), t] one entry a row",
             ("dz[np.arange(len(t)), t]", "dz[:, t]")),
        Slip("logits instead of probabilities", "the prediction is the softmax of z, not z itself",
             ("e / e.sum(axis=1, keepdims=True)", "z * 1.0")),
        Slip("not normalised", "the probabilities of a row sum to 1: divide by the row's sum",
             ("e / e.sum(axis=1, keepdims=True)", "e")),
        Slip("slope of the softmax twice", "p − onehot(t) holds the slope of the softmax already, (4.14)",
             ("return dz", "p = e / e.sum(axis=1, keepdims=True)\n    return dz * p * (1 - p)")),
        Slip("divided by all entries", "the loss is the mean over the N examples: divide by N, not by N K",
             ("dz / len(t)", "dz / dz.size")),
        Slip("divided by the classes", "the loss is the mean over the N examples: divide by N, the number of rows",
             ("dz / len(t)", "dz / dz.shape[1]")),
        Slip("overflow", _OVERFLOW, (" - " + _LARGEST, "")),
        *(Slip("overflow", _OVERFLOW, (_LARGEST, wrong)) for wrong in (
            "z.min(axis=1, keepdims=True)", "z.mean(axis=1, keepdims=True)", "z.max()", "z.max(axis=0)",
            _LARGEST + " * (z.max() > 100)", "np.maximum(0, " + _LARGEST + ")")),
        Slip("overflow", "cut off at a limit, large logits become equal: subtract the largest of each row instead",
             ("z - " + _LARGEST, "np.clip(z, -500, 500)")),
    ))


# ---- 04-4 the backward of broadcasting -------------------------------------------------------------------------

def broadcast_backward(dy, shape):
    """The gradient of an array of this shape that was broadcast to the shape of dy.

    dy (any), shape a tuple that broadcasts to dy.shape  ->  dx of this shape
    """
    in_front = tuple(range(dy.ndim - len(shape)))
    dx = dy.sum(axis=in_front)
    repeated = tuple(i for i, n in enumerate(shape) if n == 1)
    return dx.sum(axis=repeated, keepdims=True)


def _broadcast_case(rng):
    A, B, C, D = different_sizes(rng, 4)
    return rng.normal(size=(A, B, C, D)), (B, 1, D)


def _from(size, shape):
    return lambda rng: (rng.normal(size=size), shape)


_FRONT, _KEPT = "dy.sum(axis=in_front)", "dx.sum(axis=repeated, keepdims=True)"

BROADCAST = Task(
    id="04-4", title="the backward of broadcasting", level="write", difficulty=2, importance=2, minutes=15,
    reference=broadcast_backward, outputs=("dx",), cases=_broadcast_case,
    small=(np.array([[[1.0, 2, 3], [4, 5, 6]], [[10, 20, 30], [40, 50, 60]]]), (2, 1)),
    edges={"nothing repeated": _from((3, 4), (3, 4)), "a single number": _from((3, 4), ()),
           "a row": _from((3, 4), (4,)), "a row with two axes": _from((3, 4), (1, 4)),
           "length 1 in dy too": _from((3, 1, 4), (1, 4)), "two axes in front": _from((2, 3, 4, 5), (4, 5)),
           "two axes of length 1": _from((2, 3, 4), (1, 3, 1)), "ones everywhere": _from((2, 3, 4), (1, 1)),
           "equal lengths": _from((3, 3, 3), (3, 1))},
    suspects=(
        Slip("axis of length 1 forgotten",
             "the axes in front are summed; an axis of length 1 was repeated too: sum over it, "
             "and keep it with keepdims=True", (_KEPT, "dx")),
        Slip("axis of length 1 dropped", "an axis of length 1 belongs to the shape: keep it with keepdims=True",
             ("keepdims=True", "keepdims=False")),
        Slip("axes kept in front", "the axes that NumPy put in front must disappear: no keepdims for them",
             (_KEPT, _KEPT + ".reshape((1,) * len(in_front) + tuple(shape))")),
        Slip("mean instead of sum", "every copy pays: the gradients of the copies are added, not averaged",
             ("dy.sum(", "dy.mean("), ("dx.sum(", "dx.mean(")),
        Slip("mean instead of sum", "every copy pays, also along the axes in front: sum, not mean",
             ("dy.sum(", "dy.mean(")),
        Slip("mean instead of sum", "every copy pays, also along the axes of length 1: sum, not mean",
             ("dx.sum(", "dx.mean(")),
        Slip("only one copy", "all copies fed the output: add up the gradients of all of them, not of the first only",
             (_FRONT, "dy[(0,) * len(in_front)]"),
             (_KEPT, "dx[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]")),
        Slip("wrong axis", "NumPy aligns shapes at their ends: what is too many stands in front",
             ("range(dy.ndim - len(shape))", "range(len(shape), dy.ndim)")),
        Slip("summed over everything", "only the repeated axes are summed; the others keep their own gradients",
             (_KEPT, "np.full(shape, dy.sum())")),
        Slip("one axis only", "NumPy may put several axes in front: all of them are summed",
             ("tuple(range(dy.ndim - len(shape)))", "0 if dy.ndim > len(shape) else ()")),
        Slip("one axis only", "several axes may have length 1: all of them are summed",
             ("if n == 1)", "if n == 1)[:1]")),
    ))


# ---- 04-5 a gradient checker -----------------------------------------------------------------------------------

def numerical_gradient(f, x):
    """Central differences, one entry at a time.

    f   a function: an array like x -> a number
    x   an array of any shape  ->  the gradient, of the same shape
    """
    x, h = np.array(x, dtype=float), 1e-5
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient


def _named(formula, function):
    """A function that a report calls by its formula."""
    function.__name__ = formula
    return function


def _squares(factor):
    return _named(f"{factor:g} times the sum of x²", lambda x: float(factor * (np.asarray(x, float) ** 2).sum()))


def _checker_of(*shape):
    def case(rng):
        a, b = rng.normal(size=(2, *shape))
        return (_named("sum of a x² + b sin x", lambda x: float((a * x * x + b * np.sin(x)).sum())),
                rng.normal(size=shape))
    return case


def _where_f_is_asked(answer, rng):
    """Central differences move one entry at a time, to both sides, by about 1e-5."""
    base, seen = np.array([2.0, 0.5, -1.0]), []

    def f(x):
        seen.append(np.array(x, dtype=float) - base)
        return _squares(1)(x)
    answer(f, base.copy())
    moved = [d[1] for d in seen if abs(d[1]) > 1e-12]
    if not moved:
        return Fault("nothing moved", "f was never asked with the second entry moved; move the entries one at a time")
    if not min(moved) < 0 < max(moved):
        return Fault("one-sided", "f is asked on one side only; the central difference (4.19) needs f(x + h) and "
                     "f(x − h), and its error falls with h², not with h")
    if any(np.sum(np.abs(d) > 1e-12) > 1 for d in seen):
        return Fault("entry not put back",
                     "two entries were moved at once: put each entry back before the next one moves")
    if not 9e-8 < max(map(abs, moved)) < 2e-3:
        return Fault("step size", f"the step is {max(map(abs, moved)):.0e}; it must lie between 1e-7 and "
                     "1e-3, and 1e-5 is good, (4.20)")
    return None


CHECKER = Task(
    id="04-5", title="a gradient checker", level="write", difficulty=2, importance=3, minutes=20,
    reference=numerical_gradient, outputs=("the gradient",), tolerance=1e-4,
    cases=lambda rng: _checker_of(*different_sizes(rng, 2))(rng),
    small=(_named("x₀² + 3 x₁ + x₀ x₂", lambda x: float(x[0] ** 2 + 3 * x[1] + x[0] * x[2])), np.array([1.0, 2, 4])),
    edges={"whole numbers": (_squares(0.3), np.array([1, 2, 3])),
           "a small gradient": (_squares(2e-5), np.array([1.0, 2, 3])),
           "entries of 0": (_checker_of(2)(np.random.default_rng(3))[0],
           np.zeros(2)), "three axes": _checker_of(2, 3, 2), "one entry": _checker_of(1),
           "no axes": (_named("x³", lambda x: float(x) ** 3), np.array(2.0)),
           "large and small entries": (_squares(1), np.array([1e3, 1e-3]))},
    probes=(("central differences, one entry at a time", _where_f_is_asked),),
    suspects=(
        Slip("all entries at once", "x + h moves every entry; each entry of the gradient needs its own pair of points, "
             "with only this entry moved", ("kept = x[i]", "kept = x.copy()"), ("x[i] = kept + h", "x[...] = kept + h"),
             ("x[i] = kept - h", "x[...] = kept - h"), ("x[i] = kept\n", "x[...] = kept\n")),
        Slip("one-sided",
             "the central difference (4.19) needs f(x + h) and f(x − h); its error falls with h², not with h",
             ("x[i] = kept - h", "x[i] = kept"), ("(2 * h)", "h")),
        Slip("entry not put back", "two entries were moved at once: put each entry back before the next one moves",
             ("        x[i] = kept\n", "")),
        Slip("sign", "the sign is wrong: it is f(x + h) − f(x − h), in this order", ("above - below", "below - above")),
        Slip("integer x", "an integer array cannot hold x + h; start with a copy as floats, np.array(x, dtype=float)",
             ("np.array(x, dtype=float)", "np.array(x)"), ("zeros_like(x)", "zeros(x.shape)")),
        Slip("integer x", "an integer array cannot hold x + h; start with a copy as floats, np.array(x, dtype=float)",
             ("np.array(x, dtype=float)", "np.array(x)")),
        Slip("whole-number gradient", "zeros_like of whole numbers holds whole numbers and cuts fractions off: "
             "first make x a copy as floats", ("x, h = np.array(x, dtype=float), 1e-5\n    gradient = np.zeros_like(x)",
                                      "gradient = np.zeros_like(x)\n    x, h = np.array(x, dtype=float), 1e-5")),
        Slip("factor 2", "the two points are 2 h apart: divide by 2 h", ("(2 * h)", "h")),
        Slip("step relative to the entry", "h times an entry of 0 is no step: take the same h for every entry",
             ("kept = x[i]", "kept = x[i]\n        h = 1e-5 * abs(kept)")),
        Slip("step size", "h is far from 1e-5: with a large step the parabola's bend is in the result, (4.20)",
             ("1e-5", "1e-1")),
        Slip("step size", "h is far from 1e-5: with a small step the rounding of f is in the result, (4.20)",
             ("1e-5", "1e-14")),
    ))


# ---- 04-6 all gradients of a two-layer network -----------------------------------------------------------------

def two_layer_gradients(x, t, W1, b1, W2, b2):
    """Loss and gradients of a network of two layers with relu between.

    x (N, D), t (N,), W1 (D, H), b1 (H,), W2 (H, K), b2 (K,)
    Returns  loss (a number), dW1 (D, H), db1 (H,), dW2 (H, K), db2 (K,)
    """
    z1 = x @ W1 + b1
    h = np.maximum(z1, 0)
    z2 = h @ W2 + b2
    shifted = z2 - z2.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(t)), t].mean()
    dz2 = softmax_cross_entropy_backward(z2, t)
    dh, dW2, db2 = affine_backward(dz2, h, W2)
    dz1 = relu_backward(dh, z1)
    dx, dW1, db1 = affine_backward(dz1, x, W1)
    return loss, dW1, db1, dW2, db2


def _network_of(N, D, H, K):
    return lambda rng: (rng.normal(size=(N, D)), rng.integers(0, K, size=N), rng.normal(size=(D, H)),
                        rng.normal(size=H),
                        rng.normal(size=(H, K)), rng.normal(size=K))


def _units_at_zero(rng):
    """A row of zeros and hardly a bias: in this row every z1 but one is exactly 0, and that one is just above."""
    x, t, W1, b1, W2, b2 = _network_of(3, 2, 4, 3)(rng)
    x[1] = 0.0
    return x, t, W1, np.array([0.0, 1e-9, 0, 0]), W2, b2


def _all_shut(rng):
    x, t, W1, b1, W2, b2 = _network_of(3, 2, 4, 3)(rng)
    return x, t, W1, b1 - 100.0, W2, b2


# the logits are 1000, −1000 and −1000, −999
_LARGE_LOGITS = (np.eye(2), np.array([1, 0]), np.eye(2), np.zeros(2), np.array([[1000.0, -1000], [-1000, -999]]),
                 np.zeros(2))
_BACK, _LOG_P = "relu_backward(dh, z1)", "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))"

NETWORK = Task(
    id="04-6", title="all gradients of a two-layer network", level="write", difficulty=3, importance=3, minutes=30,
    reference=two_layer_gradients, outputs=("the loss", "dW1", "db1", "dW2", "db2"), batch=batch_size,
    cases=lambda rng: _network_of(*different_sizes(rng, 4))(rng),
    small=(np.array([[1.0, 2], [2, 1]]), np.array([0, 1]), np.array([[1.0, -1], [0, 1]]), np.array([0.0, 0]),
           np.array([[1.0, 0], [0, -1]]), np.array([0.0, 2])),
    edges={"one row": _network_of(1, 3, 4, 5), "units at 0 and just above": _units_at_zero, "all units shut": _all_shut,
           "large logits": _LARGE_LOGITS,
           "very negative logits alone": (*_LARGE_LOGITS[:4], np.array([[1.0, 3], [2, 1]]), np.array([-1000.0, -1000])),
           "three of everything": _network_of(3, 3, 3, 3)},
    suspects=(
        Slip("relu forgotten", "on the way back through relu, dh is multiplied by the gate [z1 > 0], (4.12)",
             (_BACK, "dh")),
        Slip("mask of the wrong array",
             "the gate of relu was set by z1 on the way forward, not by the sign of the gradient",
             (_BACK, "relu_backward(dh, dh)")),
        Slip("the value at zero", "where z1 is exactly 0 the gate is shut: z1 > 0, not z1 >= 0",
             (_BACK, "dh * (z1 >= 0)")),
        Slip("value instead of slope", "dh is multiplied by the slope of relu, 0 or 1, not by its value",
             (_BACK, "dh * h")),
        *(Slip("transpose", "dh = dz2 W2ᵀ, (4.6): the gradient goes back through the transposed weights",
               (_BACK, f"relu_backward({wrong}, z1)")) for wrong in ("dz2 @ W2", "np.dot(dz2, W2)")),
        Slip("pre-activation instead of activation", "the second layer's input was h = relu(z1): dW2 = hᵀ dz2",
             ("affine_backward(dz2, h, W2)", "affine_backward(dz2, z1, W2)")),
        Slip("no relu", "between the layers stands relu: h is max(z1, 0), entry by entry", ("np.maximum(z1, 0)", "z1")),
        Slip("bias forgotten", "z1 = x W1 + b1", ("x @ W1 + b1", "x @ W1")),
        Slip("bias forgotten", "z2 = h W2 + b2", ("h @ W2 + b2", "h @ W2")),
        Slip("label not subtracted", "dz2 is the softmax minus the one-hot labels, divided by N, (4.14)",
             ("softmax_cross_entropy_backward(z2, t)", "np.exp(log_p) / len(t)")),
        *(Slip("overflow", _OVERFLOW, ("z2 - z2.max(axis=1, keepdims=True)", wrong))
          for wrong in ("z2", "z2 - np.maximum(0, z2.max(axis=1, keepdims=True))")),
        Slip("log of 0",
             "the probability of the true class may round to 0: take ln Σ e^z − z of the label, (4.13), without "
             "computing p first", (_LOG_P, "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))")),
        Slip("log of 0",
             "a small number beside p changes the loss where p is small: take ln Σ e^z − z of the label, (4.13)",
             (_LOG_P, "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True) + 1e-12)")),
    ))


# ---- 04-7 bug hunt: a gain -------------------------------------------------------------------------------------

def gain_backward(dy, x, g):
    """The gradients of y = g x + b, with g and b repeated for every row.

    dy, x (N, D), g (D,)  ->  dx (N, D), dg (D,), db (D,)
    """
    dx = dy * g
    dg = (dy * x).sum(axis=0)
    db = dy.sum(axis=0)
    return dx, dg, db


def _gain_of(N, D):
    return lambda rng: (rng.normal(size=(N, D)), rng.normal(size=(N, D)), rng.normal(size=D))


_DG = "(dy * x).sum(axis=0)"
_TOO_EARLY = "dg is the sum over the batch of the products dy x: each example multiplies its own x by its own dy"

GAIN = Task(
    id="04-7", title="bug hunt: a batch of one hides it", level="fill in", difficulty=2, importance=2, minutes=10,
    reference=gain_backward, outputs=("dx", "dg", "db"), cases=lambda rng: _gain_of(*different_sizes(rng, 2))(rng),
    batch=batch_size,
    hunt="sum taken too early",
    small=(np.array([[1.0], [-1], [2]]), np.array([[2.0], [3], [1]]), np.array([2.0])),
    edges={"one row": _gain_of(1, 3), "one feature": _gain_of(4, 1), "three rows and features": _gain_of(3, 3),
           "a gain of 0": (np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]]), np.array([0.0, -2]))},
    suspects=(
        Slip("sum taken too early", _TOO_EARLY, (_DG, "dy.sum(axis=0) * x.sum(axis=0)")),
        Slip("sum taken too early", _TOO_EARLY, (_DG, "dy.sum(axis=0) * x.mean(axis=0)")),
        Slip("gain forgotten", "y = g x + b: on the way back to x, dy is multiplied by g", ("dy * g", "dy")),
        Slip("input forgotten", "y = g x + b: what g was multiplied by is x, so dg is the sum of dy x",
             (_DG, "dy.sum(axis=0)")),
        Slip("gain in its own gradient", "the slope of g x with respect to g is x: g has no place in dg",
             (_DG, "(dx * x).sum(axis=0)")),
        Slip("mean instead of sum", "every row used the same g: its gradients are added; the 1/N came with dy",
             (_DG, "(dy * x).mean(axis=0)")),
        Slip("mean instead of sum", "every row used the same b: its gradients are added; the 1/N came with dy",
             ("db = dy.sum(axis=0)", "db = dy.mean(axis=0)")),
    ))


# ---- 04-8 bug hunt: a weight used twice ------------------------------------------------------------------------

def tied_gradient(x, W):
    """The gradient of the mean of (y - x)**2 with y = relu(x W) W^T.

    x (N, D), W (D, H)  ->  dW (D, H)
    """
    z = x @ W
    h = np.maximum(z, 0)
    y = h @ W.T
    dy = 2 * (y - x) / x.size
    dW = dy.T @ h
    dz = (dy @ W) * (z > 0)
    dW += x.T @ dz
    return dW


def _tied_of(N, D, H):
    return lambda rng: (rng.normal(size=(N, D)), rng.normal(size=(D, H)))


_TWICE = "W is used twice, so it receives two contributions, and they add up: the second one needs +=, not ="
_TWO_USES = "the two contributions differ: one from the encoder x W, one from the decoder h Wᵀ"
_HALF = ("half of dW: the two contributions are added, not averaged, and the 2 of (4.16) comes from the square, "
         "dy = 2 (y − x) / (number of entries)")
_DECODER = "y = h Wᵀ: the decoder's contribution to W is (hᵀ dy)ᵀ = dyᵀ h, of the shape of W"

TIED = Task(
    id="04-8", title="bug hunt: a weight used twice", level="fill in", difficulty=2, importance=3, minutes=10,
    reference=tied_gradient, outputs=("dW",), cases=lambda rng: _tied_of(*different_sizes(rng, 3))(rng),
    batch=batch_size,
    hunt="= for +=", small=(np.array([[-1.0, -1], [1, 1]]), np.array([[-1.0], [2]])),
    edges={"one row": _tied_of(1, 3, 2), "one hidden unit": _tied_of(4, 3, 1), "units at 0 and just above": (
           np.array([[1.0, -1]]), np.array([[1.0, 1, 2], [1, 1 - 1e-6, 0]])), "three of everything": _tied_of(3, 3, 3)},
    suspects=(
        Slip("= for +=", _TWICE, ("dW += x", "dW = x")),
        Slip("= for +=", _TWICE, ("    dW += x.T @ dz\n", "")),
        Slip("relu forgotten", "on the way back through relu, dh is multiplied by the gate [z > 0], (4.12)",
             (" * (z > 0)", "")),
        Slip("the value at zero", "where z is exactly 0 the gate is shut: z > 0, not z >= 0", ("z > 0", "z >= 0")),
        Slip("transpose", _DECODER, ("dy.T @ h", "h.T @ dy")),
        Slip("transpose", _DECODER, ("dy.T @ h", "h.T @ dy"), ("dW += x.T @ dz", "dW = x.T @ dz + dW")),
        Slip("one use counted twice", _TWO_USES, ("dW += x.T @ dz", "dW += dW")),
        Slip("one use counted twice", _TWO_USES, ("dW += x.T @ dz", "dW = 2 * x.T @ dz")),
        Slip("divided by the rows", "the mean squared error averages over all entries of x: x.size, not len(x), (4.16)",
             ("x.size", "len(x)")),
        *(Slip("factor 2", _HALF, edit) for edit in (("2 * (y", "(y"), ("dW += x.T @ dz", "dW = (dW + x.T @ dz) / 2"))),
        Slip("wrong sign between the two", "the two contributions are added", ("dW += x", "dW -= x")),
        Slip("wrong sign between the two", "the two contributions are added", ("dW += x.T @ dz", "dW = x.T @ dz - dW")),
    ))


# ---- 04-9 bug hunt: the update that came too early -------------------------------------------------------------

def descent_step(x, t, W1, W2, lr):
    """One step of gradient descent on a network of two layers.

    x (N, D), t (N, K), W1 (D, H), W2 (H, K), lr a number  ->  new W1, new W2
    """
    h = np.tanh(x @ W1)
    y = h @ W2
    dy = 2 * (y - t) / y.size
    dh = dy @ W2.T
    W2 = W2 - lr * (h.T @ dy)
    W1 = W1 - lr * (x.T @ (dh * (1 - h * h)))
    return W1, W2


def _step_of(N, D, H, K, lr=None):
    return lambda rng: (rng.normal(size=(N, D)), rng.normal(size=(N, K)), rng.normal(size=(D, H)),
                        rng.normal(size=(H, K)),
                        float(rng.uniform(0.3, 0.7)) if lr is None else lr)


_NEW_W1, _NEW_W2 = "W1 = W1 - lr * (x.T @ (dh * (1 - h * h)))", "W2 = W2 - lr * (h.T @ dy)"

UPDATE = Task(
    id="04-9", title="bug hunt: the update that came too early", level="fill in", difficulty=2, importance=3,
    minutes=10, fresh=True,
    reference=descent_step, outputs=("W1", "W2"), cases=lambda rng: _step_of(*different_sizes(rng, 4))(rng),
    batch=batch_size,
    hunt="updated too early", names=("x", "t", "W1 (0.5493 is atanh ½)", "W2", "lr"),
    small=(np.array([[1.0]]), np.array([[0.0]]), np.arctanh([[0.5]]), np.array([[2.0]]), 0.5),
    edges={"one row": _step_of(1, 3, 4, 2), "three of everything": _step_of(3, 3, 3, 3),
           "a large step": _step_of(4, 3, 5, 2, 50.0),
           "a step of 0": _step_of(2, 3, 4, 2, 0.0)},
    suspects=(
        Slip("updated too early",
             "the gradient of h must go back through the W2 that made y: compute all gradients first, "
             "then change the weights",
             (f"    dh = dy @ W2.T\n    {_NEW_W2}\n", f"    {_NEW_W2}\n    dh = dy @ W2.T\n")),
        Slip("uphill", "descent subtracts the gradient: W − lr dW", ("W2 - lr", "W2 + lr"), ("W1 - lr", "W1 + lr")),
        Slip("learning rate forgotten", "the step is lr times the gradient", ("lr * (h", "(h"), ("lr * (x", "(x")),
        Slip("slope of tanh forgotten", "on the way back through tanh, dh is multiplied by 1 − h², (4.11)",
             (" * (1 - h * h)", "")),
        Slip("square forgotten", "the slope of tanh is 1 − h², not 1 − h, (4.11)", ("1 - h * h", "1 - h")),
        Slip("W1 not updated", "both layers take a step", (f"    {_NEW_W1}\n", "")),
        Slip("W2 not updated", "both layers take a step", (f"    {_NEW_W2}\n", "")),
        Slip("gradients instead of weights", "the new weights are wanted: W − lr dW",
             ("W2 - lr * (h.T @ dy)", "h.T @ dy"), ("W1 - lr * ", "")),
        Slip("factor 2", "the 2 of (4.16) comes from the square: dy = 2 (y − t) / (number of entries)",
             ("2 * (y", "(y")),
        Slip("missing 1/N", "the mean squared error divides by the number of entries of y, (4.16)", (" / y.size", "")),
        Slip("divided by the rows", "the mean squared error averages over all entries of y: y.size, not len(y), (4.16)",
             ("y.size", "len(y)")),
    ))


TASKS = [AFFINE_STEPS, AFFINE, RELU, LOSS, BROADCAST, CHECKER, NETWORK, GAIN, TIED, UPDATE]
