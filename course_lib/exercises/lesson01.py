"""Tasks of lesson 01: the slope, the step, the delta rule, and how long a step may be."""

import numpy as np

from course_lib.exercises.engine import Suspect, Task


def _s(z):
    return 1 / (1 + np.exp(-z))


# ---- 01-1 the slope of one neuron's squared error ------------------------------------------------------------

def slope(w, b, x, t):
    """The derivatives by w and b of the squared error (y − t)² of the neuron y = s(wx + b)."""
    y = _s(w * x + b)
    delta = 2 * (y - t) * y * (1 - y)
    return delta * x, delta


def _slope_with(delta):
    """The slope with another delta: ``delta(y, t, z)``."""
    def wrong(w, b, x, t):
        z = w * x + b
        d = delta(_s(z), t, z)
        return d * x, d
    return wrong


def _slope_case(rng):
    w, b, x = rng.uniform(0.4, 1.5, 3) * rng.choice([-1, 1], 3)
    return float(w), float(b), float(1.3 * x), float(rng.integers(2))


SLOPE = Task(
    id="01-1", title="the slope of the squared error", signature="slope(w, b, x, t)", level="fill in", difficulty=1,
    importance=3, minutes=8, reference=slope, small=(0.5, float(np.log(3) - 1), 2.0, 0.0), cases=_slope_case,
    outputs=("∂L/∂w", "∂L/∂b"),
    suspects=(
        Suspect("sign", "the sign is wrong: the error is y − t, the answer minus the target",
                _slope_with(lambda y, t, z: 2 * (t - y) * y * (1 - y))),
        Suspect("factor 2", "it is half of the right answer: the 2 that comes from "
                "differentiating the square is missing",
                _slope_with(lambda y, t, z: (y - t) * y * (1 - y))),
        Suspect("missing slope of s", "the factor y (1 − y) is missing: the error reaches w only through s, so the "
                "slope of s belongs into the product",
                _slope_with(lambda y, t, z: 2 * (y - t))),
        Suspect("slope of s taken at z", "the slope of s is y (1 − y), with the output y = s(z); z (1 − z) was used",
                _slope_with(lambda y, t, z: 2 * (y - t) * z * (1 - z))),
        Suspect("slope of s forgets 1 − y", "the slope of s is y (1 − y), not y alone",
                _slope_with(lambda y, t, z: 2 * (y - t) * y)),
        Suspect("error before the sigmoid", "the error is y − t with y = s(z); z − t was used",
                _slope_with(lambda y, t, z: 2 * (z - t) * y * (1 - y))),
        Suspect("error not multiplied in", "the factor 2 (y − t) is missing: a neuron that is right has slope 0",
                _slope_with(lambda y, t, z: y * (1 - y))),
        Suspect("missing x", "∂L/∂w lacks the factor x: z = wx + b changes by x when w changes by 1",
                lambda w, b, x, t: (slope(w, b, x, t)[1],) * 2),
        Suspect("x in both", "∂L/∂b has a factor x too many: z = wx + b changes by 1 when b changes by 1",
                lambda w, b, x, t: (slope(w, b, x, t)[0],) * 2),
        Suspect("w instead of x", "∂L/∂w has the factor w instead of x: differentiate z = wx + b by w, not by x",
                lambda w, b, x, t: (slope(w, b, x, t)[1] * w, slope(w, b, x, t)[1])),
    ))


# ---- 01-2 one descent step -----------------------------------------------------------------------------------

def descent_step(params, gradient, lr):
    """Cauchy's step: the parameters a little further against the gradient, as a new array."""
    return params - lr * gradient


def _step_case(rng):
    n = int(rng.integers(3, 6))
    return rng.normal(size=n), rng.normal(size=n), float(rng.uniform(0.1, 0.7))


STEP = Task(
    id="01-2", title="one descent step", signature="descent_step(params, gradient, lr)", level="fill in", difficulty=1,
    importance=3, minutes=5, reference=descent_step, small=(np.array([1.0, -2.0]), np.array([4.0, 3.0]), 0.1),
    cases=_step_case, outputs=("the new parameters",), keeps_dtype=True,
    suspects=(
        Suspect("sign", "the step goes uphill: the gradient points to where the loss grows, so it is subtracted",
                lambda p, g, lr: p + lr * g),
        Suspect("only the change",
                "this is the change of the parameters; asked are the new parameters: add the change to the old ones",
                lambda p, g, lr: -lr * g),
        Suspect("only the length",
                "this is lr times the gradient; asked are the new parameters: subtract it from the old ones",
                lambda p, g, lr: lr * g),
        Suspect("missing learning rate", "the learning rate is not used: the step is lr times the gradient",
                lambda p, g, lr: p - g),
        Suspect("divided by the learning rate", "the step is lr times the gradient, not the gradient divided by lr",
                lambda p, g, lr: p - g / lr),
        Suspect("direction only", "the step is lr times the gradient; here it was divided by the gradient's length, so "
                "that steps do not become shorter near the bottom",
                lambda p, g, lr: p - lr * g / np.sqrt((g * g).sum())),
        Suspect("sign of the gradient only",
                "the step is lr times the gradient; here only the signs of its entries were used",
                lambda p, g, lr: p - lr * np.sign(g)),
        Suspect("parameters shrunk", "lr multiplies the gradient alone, not the parameters",
                lambda p, g, lr: lr * (p - g)),
    ))


# ---- 01-3 the delta rule for a batch -------------------------------------------------------------------------

def delta_rule(w, b, x, t, lr):
    """The changes of w and b by one step of the delta rule, averaged over the batch."""
    y = _s(x @ w + b)
    delta = 2 * (y - t) * y * (1 - y)
    return -lr * (x.T @ delta) / len(x), -lr * delta.mean()


def _delta_with(delta=lambda y, t: 2 * (y - t) * y * (1 - y), change=None):
    """The rule with another delta, or with another way to turn delta, x and lr into the two changes."""
    change = change or (lambda d, x, lr: (-lr * (x.T @ d) / len(x), -lr * d.mean()))
    return lambda w, b, x, t, lr: change(delta(_s(x @ w + b), t), x, lr)


def _delta_case(rng):
    n, d = int(rng.integers(6, 9)), int(rng.integers(3, 6))
    return (rng.normal(scale=0.7, size=d), float(rng.normal(scale=0.5)), rng.normal(size=(n, d)),
            rng.integers(0, 2, n).astype(float), float(rng.uniform(0.2, 0.8)))


_SMALL_X = np.array([[2.0, 1.0], [0.0, 3.0], [1.0, -1.0]])

DELTA = Task(
    id="01-3", title="the delta rule for a batch", signature="delta_rule(w, b, x, t, lr)", level="write", difficulty=2,
    importance=3, minutes=12, reference=delta_rule, cases=_delta_case, outputs=("the change of w", "the change of b"),
    small=(np.zeros(2), float(np.log(3)), _SMALL_X, np.array([0.0, 1.0, 1.0]), 0.5),
    batch=lambda w, b, x, t, lr: len(x),
    suspects=(
        Suspect("sign", "the sign is wrong: a change against the slope is −lr times the mean",
                _delta_with(change=lambda d, x, lr: (lr * (x.T @ d) / len(x), lr * d.mean()))),
        Suspect("missing 1/N", "the sum over the batch was taken, not the mean: divide by the number of examples",
                _delta_with(change=lambda d, x, lr: (-lr * (x.T @ d), -lr * d.sum()))),
        Suspect("missing 1/N for w", "the change of w is a sum over the batch, that of b a mean; both are means",
                _delta_with(change=lambda d, x, lr: (-lr * (x.T @ d), -lr * d.mean()))),
        Suspect("missing slope of s", "the factor y (1 − y) is missing: this is the delta rule of a linear "
                "neuron, and this one has a sigmoid",
                _delta_with(delta=lambda y, t: 2 * (y - t))),
        Suspect("missing learning rate", "the learning rate is not used: the change is −lr times the mean",
                _delta_with(change=lambda d, x, lr: (-(x.T @ d) / len(x), -d.mean()))),
        Suspect("new values instead of changes", "these are the new w and b; asked are their changes",
                lambda w, b, x, t, lr: (w + delta_rule(w, b, x, t, lr)[0], b + delta_rule(w, b, x, t, lr)[1])),
        Suspect("missing sum over the batch", "there is one row for each example: average over the batch, axis 0",
                _delta_with(change=lambda d, x, lr: (-lr * d[:, np.newaxis] * x, -lr * d.mean()))),
        Suspect("missing sum over the batch", "there is one row for each example: average over the batch, axis 0",
                _delta_with(change=lambda d, x, lr: (-lr * d[:, np.newaxis] * x, -lr * d))),
        Suspect("missing mean for b",
                "the change of b is one number, the mean over the batch; here is one number for each example",
                _delta_with(change=lambda d, x, lr: (-lr * (x.T @ d) / len(x), -lr * d))),
        Suspect("missing x", "the change of w lacks the factor x: each weight's delta is multiplied by its own input",
                _delta_with(change=lambda d, x, lr: (np.full(x.shape[1], -lr * d.mean()), -lr * d.mean()))),
        Suspect("mean of x times mean of delta",
                "multiply delta and x example by example, then average; the product of two averages is another number",
                _delta_with(change=lambda d, x, lr: (-lr * d.mean() * x.mean(axis=0), -lr * d.mean()))),
        Suspect("one example only", "only the last example is used: every example of the batch has a say",
                _delta_with(change=lambda d, x, lr: (-lr * d[-1] * x[-1], -lr * d[-1]))),
        Suspect("divided by the number of inputs",
                "the mean is over the N examples, the rows of x; here the columns were counted",
                _delta_with(change=lambda d, x, lr: (-lr * (x.T @ d) / x.shape[1], -lr * d.sum() / x.shape[1]))),
    ))


# ---- 01-4 the largest stable learning rate -------------------------------------------------------------------

def largest_stable_lr(a, b, c):
    """Below this learning rate gradient descent on f(w) = a w² + b w + c converges, a > 0: 2 over the curvature 2a."""
    return 1 / a


def _parabola_case(rng):
    return float(rng.uniform(0.3, 4.0)), float(rng.uniform(0.4, 3.0)), float(rng.uniform(-2.0, 2.0))


LARGEST = Task(
    id="01-4", title="the largest stable learning rate of a parabola", signature="largest_stable_lr(a, b, c)",
    level="write", difficulty=2, importance=3, minutes=8, reference=largest_stable_lr, small=(4.0, 3.0, -1.0),
    cases=_parabola_case,
    outputs=("the learning rate",),
    suspects=(
        Suspect("curvature is 2a", "a was taken for the curvature; the second derivative of a w² is 2a",
                lambda a, b, c: 2 / a),
        Suspect("fastest, not largest",
                "this is 1/λ, at which the bottom is reached in one step; asked is the largest that is stable, 2/λ",
                lambda a, b, c: 1 / (2 * a)),
        Suspect("curvature, not learning rate", "this is the curvature λ; asked is a learning rate: 2/λ",
                lambda a, b, c: 2 * a),
        Suspect("upside down", "this is upside down: a larger curvature needs a smaller step", lambda a, b, c: a),
        Suspect("curvature is 2a, upside down", "2/λ was asked; this is λ/4: the fraction is upside down",
                lambda a, b, c: a / 2),
        Suspect("the bottom, not the step",
                "this is where the bottom lies, −b/(2a); asked is the largest learning rate that still leads there",
                lambda a, b, c: -b / (2 * a)),
        Suspect("slope instead of curvature",
                "b plays no part: it moves the parabola, and does not bend it; the curvature is the second derivative",
                lambda a, b, c: 2 / (2 * a + b)),
        Suspect("slope instead of curvature",
                "b plays no part: it moves the parabola, and does not bend it; the curvature is the second derivative",
                lambda a, b, c: 2 / b),
        Suspect("sign", "a learning rate is positive: the minus sign is part of the step", lambda a, b, c: -1 / a),
    ))


# ---- 01-5 many curvatures, one learning rate -----------------------------------------------------------------

def common_lr(curvatures):
    """For a sum of parabolas with these curvatures: the largest stable learning rate, the best one, and the factor by
    which the slowest distance shrinks at the best one."""
    low, high = min(curvatures), max(curvatures)
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


def _common_with(largest=lambda c: 2 / max(c), best=lambda c: 2 / (min(c) + max(c)),
                 factor=lambda c, lr: max(abs(1 - lr * v) for v in c)):
    return lambda curvatures: (largest(curvatures), best(curvatures), factor(curvatures, best(curvatures)))


def _curvature_case(rng):
    count = int(rng.integers(4, 7))
    return (np.roll(np.cumsum(rng.uniform(0.4, 2.0, count)), 1),)       # never sorted: the largest comes first


COMMON = Task(
    id="01-5", title="one learning rate for many curvatures", signature="common_lr(curvatures)", level="explore",
    difficulty=3, importance=2, minutes=15, reference=common_lr, small=(np.array([4.0, 1.0, 2.0]),),
    cases=_curvature_case,
    outputs=("the largest stable learning rate", "the best learning rate", "the factor"),
    suspects=(
        Suspect("smallest curvature rules",
                "the largest stable learning rate must suit every parabola, so the one that bends most decides",
                _common_with(largest=lambda c: 2 / min(c))),
        Suspect("average curvature", "an average curvature lets the steepest parabola diverge: the largest one decides",
                _common_with(largest=lambda c: 2 / np.mean(c))),
        Suspect("curvatures added up",
                "the parabolas are in different variables, so their curvatures do not add up: the largest one decides",
                _common_with(largest=lambda c: 2 / np.sum(c))),
        Suspect("sorted input assumed",
                "the curvatures need not be sorted: use min and max, not the first and the last",
                _common_with(largest=lambda c: 2 / c[-1], best=lambda c: 2 / (c[0] + c[-1]))),
        Suspect("best for the steepest only", "1/λ is best for the steepest parabola alone; the flattest then crawls. "
                "Make both ends shrink by the same factor", _common_with(best=lambda c: 1 / max(c))),
        Suspect("average of the best",
                "the best learning rate makes the two extreme factors equal in size; the mean of 2/λ is another number",
                _common_with(best=lambda c: np.mean(1 / c))),
        Suspect("factor without absolute value",
                "the factor of the steepest parabola, 1 − lr λ, is negative here; asked is its size",
                _common_with(factor=lambda c, lr: 1 - lr * max(c))),
        Suspect("the fastest, not the slowest",
                "asked is the factor of the slowest parabola: the largest of all |1 − lr λ|",
                _common_with(factor=lambda c, lr: min(abs(1 - lr * v) for v in c))),
    ))

TASKS = [SLOPE, STEP, DELTA, LARGEST, COMMON]
