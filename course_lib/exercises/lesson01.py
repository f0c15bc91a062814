"""Tasks of lesson 01: the slope, the step, the delta rule, and how long a step may be."""

import numpy as np

from course_lib.exercises.task import Slip, Step, Task

SHEET = "01_learning_as_descent"


def s(z):                   # as the sheet gives it
    return 1 / (1 + np.exp(-z))


# ---- 01-0 the slope, derived ---------------------------------------------------------------------------------

def derive_slope():
    """The slopes of L = (y - t)², y = s(z), z = w x + b by w and b; then a batch."""
    return {
        "dL/dy": lambda y, t: 2 * (y - t),
        "dy/dz": lambda y: y * (1 - y),
        "dz/dw": lambda w, b, x: x,
        "dz/db": lambda w, b, x: 1,
        "joined": "multiplied",
        "dL/dz": lambda y, t: 2 * (y - t) * y * (1 - y),
        "dL/dw": lambda y, t, x: 2 * (y - t) * y * (1 - y) * x,
        "dL/db": lambda y, t, x: 2 * (y - t) * y * (1 - y),
        "mean over": "n",
        "mean by w[d]": lambda delta, x, d: sum(
            delta[n] * x[n, d] for n in range(len(x))) / len(x),
        "mean by b": lambda delta, x: sum(delta) / len(x),
    }


def _answer(rng):
    return float(rng.uniform(0.1, 0.9)), float(rng.choice([0.0, 0.5, 1.0]))


def _three(rng):
    return tuple(float(v) for v in rng.uniform(0.4, 1.5, 3) * rng.choice([-1, 1], 3))


def _rows(rng):
    N, D = rng.choice(np.arange(2, 6), 2, replace=False)
    return rng.normal(size=N), rng.normal(size=(N, D)), int(rng.integers(D))


_MEAN = "sum(\n            delta[n] * x[n, d] for n in range(len(x))) / len(x)"

_X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

_TARGETS = {"a right answer": (0.5, 0.5), "a nearly right answer": (0.5, 0.495), "a target above 1": (0.25, 3.0),
            "a target below 0": (0.25, -2.0)}
_TARGETS_AND_X = {**{name: (y, t, -2.0) for name, (y, t) in _TARGETS.items()}, "an input of 0": (0.5, 0.75, 0.0)}
_ZEROS = {"zeros": (0.0, 0.0, 0.0)}


def _batches(*last):
    """Cases for a mean over a batch: one example, zeros and equal products among several, many examples."""
    x = np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [0.0, 5.0]])
    return {"one example": (np.array([0.5]), _X[:1], *last),
            "zeros, an example twice": (np.array([0.5, 0.5, 0.0, -2.0]), x, *last),
            "twelve examples of nine inputs": lambda rng: (rng.normal(size=12), rng.normal(size=(12, 9)), *last)}


DERIVED = Task(
    id="01-0", title="the slope of the squared error, derived", level="derive", difficulty=1, importance=3,
    minutes=15, reference=derive_slope,
    tolerance=1e-12,                # finer than a difference quotient
    shown="by w: 2 (y − t) y (1 − y) x, by b the same without x: (1.9); for a batch the means over n: (1.14), (1.15)",
    steps=(
        Step("dL/dy", "of (y, t): slope of (y − t)² by y", small=(0.25, 0.75), cases=_answer, edges=_TARGETS),
        Step("dy/dz", "of (y): slope of s, written with its output y", small=(0.75,),
             cases=lambda rng: _answer(rng)[:1], edges={"a flat sigmoid": (1.0,), "y near 0": (0.001,)}),
        Step("dz/dw", "of (w, b, x): slope of z by w", small=(3.0, 4.0, 2.0), cases=_three, edges=_ZEROS),
        Step("dz/db", "of (w, b, x): slope of z by b", small=(3.0, 4.0, 2.0), cases=_three, edges=_ZEROS),
        Step("joined", 'the slopes are "added", "averaged" or "multiplied"?',
             choices=("added", "averaged", "multiplied")),
        Step("dL/dz", "of (y, t): this is called δ", small=(0.5, 0.75), cases=_answer, edges=_TARGETS),
        Step("dL/dw", "of (y, t, x)", small=(0.5, 0.75, 4.0),
             cases=lambda rng: (*_answer(rng), _three(rng)[0]), edges=_TARGETS_AND_X),
        Step("dL/db", "of (y, t, x)", small=(0.5, 0.75, 4.0),
             cases=lambda rng: (*_answer(rng), _three(rng)[0]), edges=_TARGETS_AND_X),
        Step("mean over", 'L is a mean over "n" or "d"?', choices=("n", "d")),
        Step("mean by w[d]", "of (delta, x, d): slope of the mean loss",
             small=(np.array([0.5, -1.0]), _X, 1), cases=_rows, edges=_batches(0)),
        Step("mean by b", "of (delta, x): slope of the mean loss",
             small=(np.array([0.5, -1.0]), _X), cases=lambda rng: _rows(rng)[:2], edges=_batches()),
    ),
    suspects=(
        Slip("sign", "(y − t)² grows with y where y is above t: the slope is 2 (y − t)",
             ('"dL/dy": lambda y, t: 2 * (y - t)', '"dL/dy": lambda y, t: 2 * (t - y)')),
        Slip("factor 2", "the slope of a square u² is 2u: the 2 is missing",
             ('"dL/dy": lambda y, t: 2 * (y - t)', '"dL/dy": lambda y, t: y - t')),
        Slip("square instead of its slope", "this is the loss itself; asked is its slope by y, 2 (y − t)",
             ('"dL/dy": lambda y, t: 2 * (y - t)', '"dL/dy": lambda y, t: (y - t) ** 2')),
        Slip("error of a number", "y changes, t does not: the slope of (y − t)² by y still holds t",
             ('"dL/dy": lambda y, t: 2 * (y - t)', '"dL/dy": lambda y, t: 2 * y')),
        Slip("slope of s forgets 1 − y", "the slope of s is y (1 − y), (1.7): the factor 1 − y is missing",
             ('"dy/dz": lambda y: y * (1 - y)', '"dy/dz": lambda y: y')),
        Slip("slope of s forgets y", "the slope of s is y (1 − y), (1.7): the factor y is missing",
             ('"dy/dz": lambda y: y * (1 - y)', '"dy/dz": lambda y: 1 - y')),
        Slip("slope of s taken at y", "y is the output of s already: the slope is y (1 − y), without another s",
             ('"dy/dz": lambda y: y * (1 - y)', '"dy/dz": lambda y: s(y) * (1 - s(y))')),
        Slip("w instead of x", "when w grows by 1, wx grows by x: differentiate by w, not by x",
             ('"dz/dw": lambda w, b, x: x', '"dz/dw": lambda w, b, x: w')),
        Slip("b kept", "b is a constant here: it does not change when w does, and drops out",
             ('"dz/dw": lambda w, b, x: x', '"dz/dw": lambda w, b, x: x + b')),
        Slip("b times x", "b stands alone in z = wx + b: z grows by 1 when b does",
             ('"dz/db": lambda w, b, x: 1', '"dz/db": lambda w, b, x: x')),
        Slip("b itself", "asked is how much z grows when b grows by 1, not b itself",
             ('"dz/db": lambda w, b, x: 1', '"dz/db": lambda w, b, x: b')),
        Slip("b drops out", "b is what changes here; what drops out is wx",
             ('"dz/db": lambda w, b, x: 1', '"dz/db": lambda w, b, x: 0')),
        Slip("slopes added", "each stage magnifies what the stage before hands on: the slopes are multiplied",
             ('"joined": "multiplied"', '"joined": "added"')),
        Slip("slopes averaged", "each stage magnifies what the stage before hands on: the slopes are multiplied",
             ('"joined": "multiplied"', '"joined": "averaged"')),
        Slip("missing slope of s", "from L to z there are two stages, the square and s: multiply by the slope of s",
             ('"dL/dz": lambda y, t: 2 * (y - t) * y * (1 - y)', '"dL/dz": lambda y, t: 2 * (y - t)')),
        Slip("missing error", "from L to z there are two stages, the square and s: multiply by 2 (y − t)",
             ('"dL/dz": lambda y, t: 2 * (y - t) * y * (1 - y)', '"dL/dz": lambda y, t: y * (1 - y)')),
        Slip("slopes added in delta", "the two slopes are multiplied, not added",
             ('"dL/dz": lambda y, t: 2 * (y - t) * y * (1 - y)', '"dL/dz": lambda y, t: 2 * (y - t) + y * (1 - y)')),
        Slip("missing x", "the last stage is missing: z changes by x when w changes by 1",
             ("* (1 - y) * x", "* (1 - y)")),
        Slip("x in both", "∂z/∂b is 1: the slope by b has no factor x",
             ('"dL/db": lambda y, t, x: 2', '"dL/db": lambda y, t, x: x * 2')),
        Slip("mean over the inputs", "d counts the inputs, and each has a weight of its own; the examples are n",
             ('"mean over": "n"', '"mean over": "d"')),
        Slip("missing 1/N", "this is the sum over the examples; a mean is divided by their number N",
             (" for n in range(len(x))) / len(x)", " for n in range(len(x)))")),
        Slip("missing 1/N", "this is the sum over the examples; a mean is divided by their number N",
             ("sum(delta) / len(x)", "sum(delta)")),
        Slip("divided by the number of inputs", "the mean is over the N examples, the rows of x, not over the columns",
             (" for n in range(len(x))) / len(x)", " for n in range(len(x))) / x.shape[1]")),
        Slip("divided by the number of inputs", "the mean is over the N examples, the rows of x, not over the columns",
             ("sum(delta) / len(x)", "sum(delta) / x.shape[1]")),
        Slip("mean of x times mean of delta",
             "multiply delta and x example by example, then average; the product of two averages is another number",
             (_MEAN, "delta.mean() * x[:, d].mean()")),
        Slip("indices swapped", "a row of x is an example: first n, then d", ("x[n, d]", "x[d, n]")),
        Slip("all inputs", "w[d] is multiplied by input d alone: the other inputs do not move with it",
             ("x[n, d]", "x[n].sum()")),
        Slip("missing x in the batch", "each example's delta is multiplied by its own x[n, d] before the mean is taken",
             (_MEAN, "delta.mean()")),
        Slip("x in the mean by b", "b is multiplied by nothing: its slope is the mean of delta alone",
             ("sum(delta) / len(x)", "sum(delta @ x) / len(x)")),
    ))


# ---- 01-1 the slope of one neuron's squared error ------------------------------------------------------------

def slope(w, b, x, t):
    """The slopes of the loss (y - t)**2 of the neuron y = s(w x + b).

    w, b, x, t   numbers, t not only 0 or 1
    Returns      the slope by w and the slope by b, (1.9) of the lesson
    """
    y = s(w * x + b)
    delta = 2 * (y - t) * y * (1 - y)
    return delta * x, delta


def _slope_case(rng):
    w, b, x = _three(rng)
    return w, b, 1.3 * x, float(rng.integers(2))


SLOPE = Task(
    id="01-1", title="the slope of the squared error", level="fill in", difficulty=1, importance=3, minutes=8,
    reference=slope, small=(0.5, -1.0, 2.0, 0.75), cases=_slope_case, count=8, outputs=("∂L/∂w", "∂L/∂b"),
    tolerance=1e-10,                # finer than a difference quotient
    edges={"target 1": (0.5, -1.0, 2.0, 1.0), "target 0, a negative input": (1.0, 1.5, -2.0, 0.0),
           "a target between 0 and 1": (-0.5, 1.0, 3.0, 0.25), "a neuron that is exactly right": (1.0, -2.0, 2.0, 0.5),
           "a neuron that is nearly right": (1.0, -2.0, 2.0, 0.495), "a target above 1": (0.5, -1.0, 2.0, 3.0),
           "a target below 0": (-0.5, 1.0, 3.0, -2.0), "a neuron at 6": (4.0, 2.0, 1.0, 0.0),
           "a neuron at −12": (4.0, -2.0, -2.5, 1.0), "a bias of 0": (0.5, 0.0, 2.0, 1.0),
           "an input of 0": (1.5, 1.0, 0.0, 1.0), "a weight of 0": (0.0, -1.0, 2.0, 1.0),
           "whole numbers": (2, -1, 1, 0)},
    suspects=(
        Slip("sign", "the sign is wrong: the error is y − t, the answer minus the target", ("(y - t) *", "(t - y) *")),
        Slip("error without its sign", "the error y − t keeps its sign: a neuron below its target must go up",
             ("(y - t) *", "abs(y - t) *")),
        Slip("factor 2", "it is half of the right answer: the 2 that comes from differentiating the square is missing",
             ("2 * (y", "(y")),
        Slip("error squared", "this holds the loss (y − t)² itself; its slope by y is 2 (y − t)",
             ("2 * (y - t) *", "(y - t) ** 2 *")),
        Slip("missing slope of s", "the factor y (1 − y) is missing: the error reaches w only through s, so the "
             "slope of s belongs into the product", (" * y * (1 - y)", "")),
        Slip("slope of s taken at z", "the slope of s is y (1 − y), with the output y = s(z); z (1 − z) was used",
             ("* y * (1 - y)", "* (w * x + b) * (1 - (w * x + b))")),
        Slip("slope of s taken at y", "y is the output of s already: the slope is y (1 − y), without another s",
             ("* y * (1 - y)", "* s(y) * (1 - s(y))")),
        Slip("slope of s forgets 1 − y", "the slope of s is y (1 − y), not y alone", (" * (1 - y)", "")),
        Slip("slope of s forgets y", "the slope of s is y (1 − y), not 1 − y alone", ("* y * (1", "* (1")),
        Slip("slope of tanh", "1 − y² is the slope of tanh; that of s is y (1 − y)",
             ("* y * (1 - y)", "* (1 - y * y)")),
        Slip("error before the sigmoid", "the error is y − t with y = s(z); z − t was used",
             ("(y - t) *", "(w * x + b - t) *")),
        Slip("error not multiplied in", "the factor 2 (y − t) is missing: a neuron that is right has slope 0",
             ("2 * (y - t) * ", "")),
        Slip("missing bias", "the bias b is missing in z = wx + b", ("s(w * x + b)", "s(w * x)")),
        Slip("no sigmoid", "the neuron's answer is y = s(z); here z itself was taken", ("s(w * x + b)", "w * x + b")),
        Slip("wrong order", "the results are right but in another order; return ∂L/∂w, ∂L/∂b",
             ("delta * x, delta", "delta, delta * x")),
        Slip("missing x", "∂L/∂w lacks the factor x: z = wx + b changes by x when w changes by 1",
             ("delta * x", "delta")),
        Slip("x in both", "∂L/∂b has a factor x too many: z = wx + b changes by 1 when b changes by 1",
             ("x, delta", "x, delta * x")),
        Slip("w instead of x", "∂L/∂w has the factor w instead of x: differentiate z = wx + b by w, not by x",
             ("delta * x", "delta * w")),
        Slip("b in the slope by b", "∂L/∂b has a factor b too many: z = wx + b changes by 1 when b changes by 1",
             ("x, delta", "x, delta * b")),
    ))


# ---- 01-2 one descent step -----------------------------------------------------------------------------------

def descent_step(params, gradient, lr):
    """The parameters after one step against the gradient, equation (1.11).

    params    array (D,), gradient array (D,), lr the learning rate
    Returns   a new array (D,); params and gradient stay unchanged
    """
    return params - lr * gradient


def _step_case(rng):
    n = int(rng.integers(3, 10))
    return rng.normal(size=n), rng.normal(size=n), float(rng.uniform(0.1, 0.7))


STEP = Task(
    id="01-2", title="one descent step", level="fill in", difficulty=1, importance=3, minutes=5,
    reference=descent_step, small=(np.array([1.0, -2.0]), np.array([4.0, 3.0]), 0.1), cases=_step_case,
    outputs=("the new parameters",), fresh=True,
    edges={"one parameter": (np.array([2.0]), np.array([-3.0]), 0.5),
           "twelve parameters": lambda rng: (rng.normal(size=12), rng.normal(size=12), 0.5),
           "a gradient of 0": (np.array([1.0, 2.0]), np.zeros(2), 0.1),
           "a steep gradient": (np.zeros(3), np.array([1e5, -20.0, 0.0]), 0.1),
           "a small gradient": (np.zeros(2), np.array([1e-5, -2e-5]), 0.1),
           "a learning rate above 1": (np.array([1.0, 2.0]), np.array([1.0, -1.0]), 3.0),
           "a learning rate of 0": (np.array([1.0, 2.0]), np.array([1.0, -1.0]), 0.0)},
    suspects=(
        Slip("sign", "the step goes uphill: the gradient points to where the loss grows, so it is subtracted",
             ("params - lr", "params + lr")),
        Slip("only the change", "this is the change of the parameters; asked are the new parameters: add the change to "
             "the old ones", ("params - lr", "-lr")),
        Slip("only the length", "this is lr times the gradient; asked are the new parameters: subtract it from the "
             "old ones", ("params - lr", "lr")),
        Slip("subtracted the wrong way", "the step is subtracted from the parameters, not the parameters from the step",
             ("params - lr * gradient", "lr * gradient - params")),
        Slip("missing learning rate", "the learning rate is not used: the step is lr times the gradient",
             ("lr * gradient", "gradient")),
        Slip("gradient not used", "the gradient is not used: the step is lr times the gradient",
             ("lr * gradient", "lr")),
        Slip("divided by the learning rate", "the step is lr times the gradient, not the gradient divided by lr",
             ("lr * gradient", "gradient / lr")),
        Slip("direction only", "the step is lr times the gradient; here it was divided by the gradient's length, so "
             "that steps do not become shorter near the bottom",
             ("lr * gradient", "lr * gradient / np.sqrt((gradient ** 2).sum())")),
        Slip("direction only", "the step is lr times the gradient, whatever its length: nothing is cut off",
             ("lr * gradient", "lr * gradient / max(1.0, np.sqrt((gradient ** 2).sum()))")),
        Slip("entries cut off", "the step is lr times the gradient, however steep it is: nothing is cut off",
             ("lr * gradient", "lr * np.clip(gradient, -1, 1)")),
        Slip("sign of the gradient only", "the step is lr times the gradient; here only the signs of its entries were "
             "used", ("lr * gradient", "lr * np.sign(gradient)")),
        Slip("averaged over the parameters", "each parameter has its own slope: nothing is averaged here",
             ("lr * gradient", "lr * gradient.mean()")),
        Slip("averaged over the parameters", "each parameter has its own slope: nothing is averaged here",
             ("lr * gradient", "lr * gradient / len(params)")),
        Slip("parameters shrunk", "lr multiplies the gradient alone, not the parameters",
             ("params - lr * gradient", "lr * (params - gradient)")),
        Slip("parameters in the step", "the gradient is given already: the step does not hold the parameters",
             ("lr * gradient", "lr * gradient * params")),
    ))


# ---- 01-3 the delta rule for a batch -------------------------------------------------------------------------

def delta_rule(w, b, x, t, lr):
    """The changes of w and b by the delta rule, (1.14) and (1.15) of the lesson.

    w (D,), b a number, x (N, D), t (N,), lr the learning rate
    Returns the change of w, of shape (D,), and the change of b, a number
    """
    y = s(x @ w + b)
    delta = 2 * (y - t) * y * (1 - y)
    return -lr / len(x) * (x.T @ delta), -lr * delta.mean()


def _batch(rng, n, d):
    return (rng.normal(scale=0.7, size=d), float(rng.normal(scale=0.5)), rng.normal(size=(n, d)),
            rng.permutation(np.arange(n) % 2.0), float(rng.uniform(0.2, 0.8)))


def _one_example(rng):
    w, b, x, t, lr = _batch(rng, 1, 3)
    return w, b, x, t + 1, lr


def _scales(rng):
    w, b, x, t, lr = _batch(rng, 4, 3)
    return w / 10, b, x * np.array([[0.001], [10.0], [1.0], [0.1]]), t, lr


_AVERAGE = "-lr / len(x) * (x.T @ delta)"

DELTA = Task(
    id="01-3", title="the delta rule for a batch", level="write", difficulty=2, importance=3, minutes=12,
    reference=delta_rule, cases=lambda rng: _batch(rng, int(rng.integers(6, 9)), int(rng.integers(3, 6))),
    outputs=("the change of w", "the change of b"), batch=lambda w, b, x, t, lr: len(x),
    small=(np.array([1.0, 2.0]), -1.0, np.array([[3.0, -1], [1, 0], [-1, 1]]), np.array([0.0, 1.0, 1.0]), 1.2),
    edges={"one example": _one_example, "one input": lambda rng: _batch(rng, 4, 1),
           "one example of one input": lambda rng: _batch(rng, 1, 1),
           "as many examples as inputs": lambda rng: _batch(rng, 3, 3),
           "more inputs than examples": lambda rng: _batch(rng, 2, 5),
           "twelve examples of nine inputs": lambda rng: _batch(rng, 12, 9), "examples of different size": _scales,
           "inputs of 0": (np.zeros(1), 0.0, np.array([[0.0], [1.0]]), np.array([0.0, 1.0]), 1.0),
           "targets above 1 and below 0": (np.zeros(1), 0.0, np.array([[1.0], [2.0]]), np.array([3.0, -1.0]), 0.5),
           "neurons at −12 and 6": (np.array([4.0]), 0.0, np.array([[-3.0], [1.5]]), np.array([1.0, 0.0]), 0.5),
           "one of two is right": (np.zeros(1), 0.0, np.array([[1.0], [3.0]]), np.array([0.5, 1.0]), 1.0),
           "an example that comes twice": (np.array([1.0, -1.0]), 0.5, np.array([[1.0, 2.0], [1.0, 2.0], [3.0, -1.0]]),
                                           np.array([1.0, 1.0, 0.0]), 0.5),
           "an answer that is right": (np.zeros(2), 0.0, np.array([[4.0, 2.0], [2.0, 8.0]]), np.full(2, 0.5), 0.5)},
    suspects=(
        Slip("sign", "the sign is wrong: a change against the slope is −lr times the mean",
             ("-lr / len", "lr / len"), ("-lr * delta", "lr * delta")),
        Slip("sign of one change", "one of the two changes goes uphill: both are −lr times the mean",
             ("-lr * delta", "lr * delta")),
        Slip("sign of one change", "one of the two changes goes uphill: both are −lr times the mean",
             ("-lr / len", "lr / len")),
        Slip("factor 2", "it is half of the right answer: the 2 that comes from differentiating the square is missing",
             ("2 * (y", "(y")),
        Slip("missing 1/N", "the sum over the batch was taken, not the mean: divide by the number of examples",
             ("-lr / len(x)", "-lr"), ("delta.mean()", "delta.sum()")),
        Slip("missing 1/N for w", "the change of w is a sum over the batch, that of b a mean; both are means",
             ("-lr / len(x)", "-lr")),
        Slip("missing 1/N for b", "the change of b is a sum over the batch, that of w a mean; both are means",
             ("delta.mean()", "delta.sum()")),
        Slip("extra 1/N", "it is divided by the number of examples twice; once makes the mean",
             ("-lr / len(x)", "-lr / len(x) ** 2"), ("delta.mean()", "delta.mean() / len(x)")),
        Slip("missing slope of s", "the factor y (1 − y) is missing: this is the delta rule of a linear "
             "neuron, and this one has a sigmoid", (" * y * (1 - y)", "")),
        Slip("slope of s taken at z", "the slope of s is y (1 − y), with the output y = s(z); z (1 − z) was used",
             ("* y * (1 - y)", "* (x @ w + b) * (1 - (x @ w + b))")),
        Slip("no sigmoid", "the neuron's answer is y = s(z); here z itself was taken", ("s(x @ w + b)", "x @ w + b")),
        Slip("error without its sign", "the error y − t keeps its sign: a neuron below its target must go up",
             ("(y - t) *", "abs(y - t) *")),
        Slip("missing bias", "the bias b is missing in z = x w + b", ("x @ w + b", "x @ w")),
        Slip("missing learning rate", "the learning rate is not used: the change is −lr times the mean",
             ("-lr / len", "-1 / len"), ("-lr * delta", "-delta")),
        Slip("slopes instead of changes", "these are the mean slopes; a change is −lr times the slope",
             ("-lr / len", "1 / len"), ("-lr * delta", "delta")),
        Slip("missing learning rate for b", "the change of b has no learning rate: both changes are −lr times the mean",
             ("-lr * delta", "-delta")),
        Slip("new values instead of changes", "these are the new w and b; asked are their changes",
             ("return -lr", "return w - lr"), (", -lr", ", b - lr")),
        Slip("missing sum over the batch", "there is one row for each example: average over the batch, axis 0",
             (_AVERAGE, "-lr * delta[:, np.newaxis] * x")),
        Slip("missing sum over the batch", "there is one row for each example: average over the batch, axis 0",
             (_AVERAGE, "-lr * delta[:, np.newaxis] * x"), ("delta.mean()", "delta")),
        Slip("missing sum over the batch", "there is one row for each example: average over the batch, axis 0",
             (_AVERAGE, "-lr / len(x) * delta[:, np.newaxis] * x")),
        Slip("wrong axis", "the mean is over the examples, axis 0; here it was taken over the inputs of each",
             (_AVERAGE, "-lr * (delta[:, np.newaxis] * x).mean(axis=1)")),
        Slip("mean over everything", "each weight has a change of its own: average over the examples alone, axis 0",
             (_AVERAGE, "-lr * (delta[:, np.newaxis] * x).mean()")),
        Slip("missing mean for b", "the change of b is one number, the mean over the batch; here is one number for "
             "each example", ("delta.mean()", "delta")),
        Slip("missing x", "the change of w lacks the factor x: each weight's delta is multiplied by its own input",
             ("x.T @ delta", "np.full(len(w), delta.sum())")),
        Slip("mean of x times mean of delta",
             "multiply delta and x example by example, then average; the product of two averages is another number",
             (_AVERAGE, "-lr * delta.mean() * x.mean(axis=0)")),
        Slip("one example only", "only the last example is used: every example of the batch has a say",
             (_AVERAGE, "-lr * delta[-1] * x[-1]"), ("delta.mean()", "delta[-1]")),
        Slip("one example only", "only the first example is used: every example of the batch has a say",
             (_AVERAGE, "-lr * delta[0] * x[0]"), ("delta.mean()", "delta[0]")),
        Slip("divided by the number of inputs", "the mean is over the N examples, the rows of x; here the columns were "
             "counted", ("-lr / len(x)", "-lr / len(w)")),
        Slip("divided by the number of inputs", "the mean is over the N examples, the rows of x; here the columns were "
             "counted", ("-lr / len(x)", "-lr / len(w)"), ("delta.mean()", "delta.sum() / len(w)")),
    ))


# ---- 01-4 the largest stable learning rate -------------------------------------------------------------------

def largest_stable_lr(a, b, c):
    """The limit of the learning rate on f(w) = a w**2 + b w + c, with a > 0: (1.18).

    a, b, c   numbers
    Returns   the limit: below it gradient descent converges, above it diverges
    """
    curvature = 2 * a           # the second derivative of a w² + b w + c
    return 2 / curvature


def _parabola_case(rng):
    return float(rng.uniform(0.3, 4.0)), float(rng.uniform(0.4, 3.0) * rng.choice([-1, 1])), float(rng.uniform(-2, 2))


LARGEST = Task(
    id="01-4", title="the largest stable learning rate of a parabola", level="write", difficulty=2, importance=3,
    minutes=8, reference=largest_stable_lr, small=(4.0, 3.0, -1.0), cases=_parabola_case, count=8,
    outputs=("the learning rate",),
    edges={"a flat parabola": (1e-5, 1.0, 2.0), "a steep parabola": (1e5, 1.0, 2.0),
           "its bottom at 0": (2.5, 0.0, 0.0), "a bottom far away": (0.5, 300.0, 7.0), "whole numbers": (5, 2, 1)},
    suspects=(
        Slip("curvature is 2a", "a was taken for the curvature; the second derivative of a w² is 2a", ("2 * a", "a")),
        Slip("curvature is 2a", "a w² is ½ λ w² with λ = 2a; here λ = a / 2 was taken", ("2 * a", "a / 2")),
        Slip("fastest, not largest",
             "this is 1/λ, at which the bottom is reached in one step; asked is the largest that is stable, 2/λ",
             ("2 / curvature", "1 / curvature")),
        Slip("curvature, not learning rate", "this is the curvature λ; asked is a learning rate: 2/λ",
             ("2 / curvature", "curvature")),
        Slip("upside down", "this is upside down: a larger curvature needs a smaller step",
             ("2 / curvature", "curvature / 2")),
        Slip("curvature is 2a, upside down", "2/λ was asked; this is λ/4: the fraction is upside down",
             ("2 / curvature", "curvature / 4")),
        Slip("the bottom, not the step",
             "this is where the bottom lies, −b/(2a); asked is the largest learning rate that still leads there",
             ("2 / curvature", "-b / curvature")),
        Slip("slope instead of curvature",
             "b plays no part: it moves the parabola, and does not bend it; the curvature is the second derivative",
             ("2 * a", "2 * a + b")),
        Slip("slope instead of curvature",
             "b plays no part: it moves the parabola, and does not bend it; the curvature is the second derivative",
             ("2 * a", "b")),
        Slip("height counted", "c plays no part: it lifts the parabola, and does not bend it",
             ("2 * a", "2 * a + b + c")),
        Slip("sign", "a learning rate is positive: the minus sign is part of the step",
             ("2 / curvature", "-2 / curvature")),
        Slip("never above 1", "a flat parabola allows steps above 1: the limit is 2/λ, however large",
             ("2 / curvature", "min(2 / curvature, 1)")),
        Slip("divided without a rest", "// drops what is behind the point; divide with /",
             ("2 / curvature", "2 // curvature")),
    ))


# ---- 01-5 many curvatures, one learning rate -----------------------------------------------------------------

def common_lr(curvatures):
    """One learning rate for a sum of parabolas with these curvatures.

    curvatures   array (D,) of positive numbers, in any order
    Returns      the largest stable learning rate, the best one, and its slowest factor
    """
    low, high = curvatures.min(), curvatures.max()
    best = 2 / (low + high)         # here the two extreme factors are equal in size
    return 2 / high, best, 1 - best * low


def _curvature_case(rng):
    n = int(rng.integers(4, 10))                            # never sorted: the largest in the middle
    return (np.roll(np.cumsum(rng.uniform(0.4, 2.0, n)), n // 2),)


COMMON = Task(
    id="01-5", title="one learning rate for many curvatures", level="explore", difficulty=3, importance=2, minutes=15,
    reference=common_lr, small=(np.array([2.0, 4.0, 1.0, 2.0]),), cases=_curvature_case,
    outputs=("the largest stable learning rate", "the best learning rate", "the factor"),
    edges={"one curvature": (np.array([4.0]),), "equal curvatures": (np.array([2.0, 2.0, 2.0]),),
           "the steepest in the middle": (np.array([3.0, 1.0, 8.0, 2.0]),),
           "from small to large": (np.array([1.0, 2.0, 3.0, 6.0]),),
           "a narrow valley": (np.array([1000.0, 1.0, 2.0]),), "a flat valley": (np.array([0.25, 0.125, 0.5]),),
           "nearly flat in one direction": (np.array([1.0, 1e-5, 2.0]),),
           "twelve curvatures": (np.array([3.0, 2, 4, 5, 6, 3, 2, 4, 5, 1, 8, 3]),)},
    suspects=(
        Slip("smallest curvature rules",
             "the largest stable learning rate must suit every parabola, so the one that bends most decides",
             ("2 / high", "2 / low")),
        Slip("average curvature", "an average curvature lets the steepest parabola diverge: the largest one decides",
             ("2 / high", "2 / curvatures.mean()")),
        Slip("curvatures added up",
             "the parabolas are in different variables, so their curvatures do not add up: the largest one decides",
             ("2 / high", "2 / curvatures.sum()")),
        Slip("curvature is λ", "the loss is ½ λ w²: its curvature is λ, not 2λ", ("2 / high", "1 / high")),
        Slip("sorted input assumed", "the curvatures need not be sorted: use min and max, not the first and the last",
             ("curvatures.min(), curvatures.max()", "curvatures[0], curvatures[-1]")),
        Slip("sorted input assumed", "the curvatures need not be sorted: use min and max, not the first and the last",
             ("curvatures.min(), curvatures.max()", "curvatures[-1], curvatures[0]")),
        Slip("best for the steepest only", "1/λ is best for the steepest parabola alone; the flattest then crawls. "
             "Make both ends shrink by the same factor", ("2 / (low + high)", "1 / high")),
        Slip("the largest taken for the best", "at the largest stable rate the steepest direction only swings; "
             "make both ends shrink by the same factor", ("2 / (low + high)", "2 / high")),
        Slip("average of the best",
             "the best learning rate makes the two extreme factors equal in size; the mean of 1/λ is another number",
             ("2 / (low + high)", "(1 / curvatures).mean()")),
        Slip("average of the best",
             "the best learning rate makes the two extreme factors equal in size; the mean of 1/λ is another number",
             ("2 / (low + high)", "(1 / low + 1 / high) / 2")),
        Slip("all curvatures averaged", "only the smallest and the largest curvature count: the best rate is that at "
             "which their two factors are equal in size", ("2 / (low + high)", "1 / curvatures.mean()")),
        Slip("best is half too small", "the equation 1 − η λ_min = −(1 − η λ_max) gives η = 2 / (λ_min + λ_max)",
             ("2 / (low + high)", "1 / (low + high)")),
        Slip("factor without absolute value",
             "the factor of the steepest parabola, 1 − lr λ, is negative here; asked is its size",
             ("1 - best * low", "1 - best * high")),
        Slip("the fastest, not the slowest", "asked is the factor of the slowest parabola: the largest of all |1 − lr "
             "λ|",
             ("1 - best * low", "np.abs(1 - best * curvatures).min()")),
        Slip("the mean factor", "asked is the factor of the slowest parabola: the largest of all |1 − lr λ|, not a "
             "mean",
             ("1 - best * low", "np.abs(1 - best * curvatures).mean()")),
        Slip("factor at another rate", "1 − λ_min/λ_max belongs to the rate 1/λ_max; put the best rate into "
             "|1 − η λ_min|",
             ("1 - best * low", "1 - low / high")),
        Slip("factor at another rate", "|1 − 2 λ_min/λ_max| belongs to the largest stable rate; put the best rate into "
             "|1 − η λ_min|",
             ("1 - best * low", "abs(1 - 2 / high * low)")),
        Slip("1 not subtracted", "at each step a distance is multiplied by 1 − η λ, not by η λ",
             ("1 - best * low", "best * low")),
    ))


TASKS = [DERIVED, SLOPE, STEP, DELTA, LARGEST, COMMON]
