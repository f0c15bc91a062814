"""Tasks of lesson 10: relaxing a state and its adjoint, gradients at a fixed point, spectral radius, a forecast."""

import math

import numpy as np

from course_lib.checks import Fault, relative_error
from course_lib.exercises.engine import Suspect, Task


def _rows(first, *others):
    """The batch size: the number of rows of the first argument."""
    return len(first)


def _radius(U):
    return np.max(np.abs(np.linalg.eigvals(U)))


def _contraction(rng, H, norm):
    """A random square matrix of this norm: below 1, the network settles (10.9)."""
    U = rng.normal(size=(H, H))
    return norm / np.linalg.norm(U, 2) * U


def _sizes(rng, count):
    """Different sizes, each at least 3, so that no two axes can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, 9), size=count, replace=False)]


# ---- 10-1 relaxing a network -------------------------------------------------------------------------------------

def _relaxed(z, U, c, tolerance, limit, step=None, change=None, result=lambda new, old, n: (new, n), enough=None):
    """The reference, with parts that suspects replace."""
    step, first = step or (lambda z: np.tanh(z @ U + c)), z
    change = change or (lambda new, old, first: np.max(np.abs(new - old)))
    for n in range(1, limit + 1):
        old, z = z, step(z)
        if change(z, old, first) <= tolerance if enough is None else enough(n):
            return result(z, old, n)
    raise ArithmeticError(f"not settled after {limit} steps")


def _settle(z, U, c, tolerance, limit):
    return _relaxed(z, U, c, tolerance, limit)


def _settle_case(rng):
    """Positive weights and a high start: every change is negative, which a forgotten absolute value takes for none."""
    N, H = _sizes(rng, 2)
    U = np.abs(rng.normal(size=(H, H)))
    U *= rng.uniform(0.6, 0.9) / np.linalg.norm(U, 2)
    return (rng.uniform(1, 3, size=(N, H)), U, rng.normal(size=(N, H)), 10.0 ** rng.uniform(-5, -3),
            int(rng.integers(300, 400)))


_SLOW = np.array([[0.5]]), np.array([[0.99]]), np.array([[0.0]])


def _too_slow(answer, rng):
    """A network that needs some hundred steps, and is given fifty."""
    try:
        answer(*(a.copy() for a in _SLOW), 1e-6, 50)
    except ArithmeticError as error:
        if "50" in str(error):
            return None
        return Fault("error without numbers", f'the error says "{error}": tell how many steps were made, so that its '
                     "reader knows what to change")
    return Fault("no error", "a network that had not settled after 50 steps was returned as if it had; raise "
                 "ArithmeticError when the limit is reached")


def _just_enough(answer, rng):
    """The limit is exactly the number of steps that are needed."""
    needed = _settle(*_SLOW, 1e-4, 5000)[1]
    try:
        _, steps = answer(*(a.copy() for a in _SLOW), 1e-4, needed)
    except ArithmeticError:
        return Fault("limit off by one",
                     f"it settles at step {needed}, and {needed} steps are allowed: this is not an error")
    return None if steps == needed else Fault("limit off by one", f"{needed} steps are needed, got {steps}")


def _with(**parts):
    return lambda z, U, c, tolerance, limit: _relaxed(z, U, c, tolerance, limit, **parts)


RELAX = Task(
    id="10-1", title="relax a network", signature="settle(z, U, c, tolerance, limit)", level="write", difficulty=2,
    importance=3, minutes=15, reference=_settle, outputs=("z", "the steps"), cases=_settle_case, batch=_rows,
    keeps_dtype=True,
    small=(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.5, 0.0]]), 1e-6, 10),
    probes=(("an error when it does not settle", _too_slow), ("a limit that is just enough", _just_enough)),
    suspects=(
        Suspect("transpose", "unit k collects z_j U_jk: the product is z @ U, as in (10.2)",
                lambda z, U, c, tolerance, limit: _settle(z, U.T, c, tolerance, limit)),
        Suspect("input forgotten", "the input c is added at every step, not only at the first",
                lambda z, U, c, tolerance, limit: _settle(z, U, 0 * c, tolerance, limit)),
        Suspect("change without absolute value", "a large negative change is a change too: np.max(np.abs(new - z))",
                _with(change=lambda new, old, first: np.max(new - old))),
        Suspect("mean instead of the largest", "every unit must rest: the largest change counts, not the mean",
                _with(change=lambda new, old, first: np.mean(np.abs(new - old)))),
        Suspect("the state before the last step", "return the state after the last step, not the one before it",
                _with(result=lambda new, old, n: (old, n))),
        Suspect("steps off by one",
                "count the step at which the change became small enough, too: the first step is number 1",
                _with(result=lambda new, old, n: (new, n - 1))),
        Suspect("steps off by one", "the first step is number 1, and nothing more is done when it has settled",
                _with(result=lambda new, old, n: (new, n + 1))),
        Suspect("compared with the start", "a change is the difference to the state one step before, not to the start",
                _with(change=lambda new, old, first: np.max(np.abs(new - first)))),
        Suspect("tolerance ignored", "stop as soon as the largest change is at most the tolerance",
                lambda z, U, c, tolerance, limit: _relaxed(z, U, c, tolerance, limit, enough=lambda n: n == limit)),
        Suspect("activation forgotten", "each unit passes what it collects through tanh, (10.2)",
                lambda z, U, c, tolerance, limit: _relaxed(z, U, c, tolerance, limit, step=lambda z: z @ U + c)),
    ))


# ---- 10-2 the adjoint --------------------------------------------------------------------------------------------

def _adjoint(dz, z, U, steps):
    v = dz
    for _ in range(steps):
        v = dz + (v * (1 - z * z)) @ U.T
    return v


def _adjoint_case(rng):
    N, H = _sizes(rng, 2)
    return (rng.normal(size=(N, H)), np.tanh(rng.normal(size=(N, H))), _contraction(rng, H, 0.9),
            int(rng.integers(4, 9)))


def _iterated(update, begin=lambda dz: dz):
    def answer(dz, z, U, steps):
        v = begin(dz)
        for _ in range(steps):
            v = update(v, dz, 1 - z * z, U, z)
        return v
    return answer


_ROWS = "da = v * (1 - z²), and then da @ U.T: what unit k received from unit j goes back from k to j"

ADJOINT = Task(
    id="10-2", title="the adjoint relaxation", signature="adjoint(dz, z, U, steps)", level="write", difficulty=2,
    importance=3, minutes=15, reference=_adjoint, outputs=("v",), cases=_adjoint_case, batch=_rows, keeps_dtype=True,
    small=(np.array([[1.0, 2.0]]), np.array([[0.0, 0.5]]), np.array([[0.0, 1.0], [-1.0, 0.5]]), 1),
    suspects=(
        Suspect("transpose", _ROWS, _iterated(lambda v, dz, slope, U, z: dz + (v * slope) @ U)),
        Suspect("slope forgotten", "the way back through tanh multiplies by its slope 1 - z², at every step",
                _iterated(lambda v, dz, slope, U, z: dz + v @ U.T)),
        Suspect("slope at the wrong end", "first through tanh, then through U: " + _ROWS,
                _iterated(lambda v, dz, slope, U, z: dz + (v @ U.T) * slope)),
        Suspect("slope at the wrong end", "first through tanh, then through U, and transposed: " + _ROWS,
                _iterated(lambda v, dz, slope, U, z: dz + (v @ U) * slope)),
        Suspect("dz forgotten", "every step adds dz again: v = dz + Jᵀ v, (10.5); without it v only fades",
                _iterated(lambda v, dz, slope, U, z: (v * slope) @ U.T)),
        Suspect("v added instead of dz", "what is added is dz, the same at every step, not the last v",
                _iterated(lambda v, dz, slope, U, z: v + (v * slope) @ U.T)),
        Suspect("square forgotten", "the slope of tanh is 1 - z², with the square",
                _iterated(lambda v, dz, slope, U, z: dz + (v * (1 - z)) @ U.T)),
        Suspect("tanh taken twice", "z is the state, so tanh has been taken: its slope is 1 - z², not 1 - tanh(z)²",
                _iterated(lambda v, dz, slope, U, z: dz + (v * (1 - np.tanh(z) ** 2)) @ U.T)),
        Suspect("sign of the second term", "(10.5) has a plus: v = dz + Jᵀ v",
                _iterated(lambda v, dz, slope, U, z: dz - (v * slope) @ U.T)),
        Suspect("steps off by one", "begin with v = dz, then make exactly this many steps",
                lambda dz, z, U, steps: _adjoint(dz, z, U, steps - 1)),
        Suspect("steps off by one", "begin with v = dz, then make exactly this many steps",
                lambda dz, z, U, steps: _adjoint(dz, z, U, steps + 1)),
    ))


# ---- 10-3 the gradients at a fixed point --------------------------------------------------------------------------

def _gradients(v, x, z, W):
    da = v * (1 - z * z)
    return da @ W.T, x.T @ da, z.T @ da, da.sum(axis=0)


def _gradients_case(rng):
    N, D, H = _sizes(rng, 3)
    return rng.normal(size=(N, H)), rng.normal(size=(N, D)), np.tanh(rng.normal(size=(N, H))), rng.normal(size=(D, H))


def _through(slope, of_x=None):
    def answer(v, x, z, W):
        da = slope(v, z)
        return da @ W.T, x.T @ da, (of_x or (lambda da, z, v: z.T @ da))(da, z, v), da.sum(axis=0)
    return answer


GRADIENTS = Task(
    id="10-3", title="the gradients at a fixed point", signature="fixed_point_gradients(v, x, z, W)", level="fill in",
    difficulty=1, importance=3, minutes=10, reference=_gradients, outputs=("dx", "dW", "dU", "db"),
    cases=_gradients_case, batch=_rows, keeps_dtype=True,
    small=(np.array([[4.0, 1.0], [0.0, 2.0], [4.0, 0.0]]), np.array([[1.0], [2.0], [-1.0]]),
           np.array([[0.5, 0.0], [-0.5, 0.0], [0.5, 0.5]]), np.array([[1.0, 3.0]])),
    suspects=(
        Suspect("slope forgotten", "da = (1 - z²) v comes first, (10.6): the adjoint still has to go through tanh",
                _through(lambda v, z: v)),
        Suspect("square forgotten", "the slope of tanh is 1 - z², with the square", _through(lambda v, z: v * (1 - z))),
        Suspect("tanh taken twice", "z is the state, so tanh has been taken: its slope is 1 - z²",
                _through(lambda v, z: v * (1 - np.tanh(z) ** 2))),
        Suspect("slope of the sigmoid", "these units are tanh units: the slope is 1 - z², not z (1 - z)",
                _through(lambda v, z: v * z * (1 - z))),
        Suspect("adjoint instead of da", "dU takes da too: the weights stand before the tanh",
                _through(lambda v, z: v * (1 - z * z), lambda da, z, v: z.T @ v)),
        Suspect("transpose", "what U multiplied is the state z, on the left: dU = zᵀ da",
                _through(lambda v, z: v * (1 - z * z), lambda da, z, v: da.T @ z)),
        Suspect("transpose", "dx = da Wᵀ: D columns again, as x has", lambda v, x, z, W: (v * (1 - z * z)) @ W),
        Suspect("transpose", "dW = xᵀ da: the sum runs over the examples", lambda v, x, z, W: x @ (v * (1 - z * z))),
    ))


# ---- 10-4 a whole layer -------------------------------------------------------------------------------------------

def _until_it_rests(step, z, steps=2000):
    for _ in range(steps):
        old, z = z, step(z)
        if np.max(np.abs(z - old)) <= 1e-15:
            break
    return z


def _right(v, dz, slope, U):
    return dz + (v * slope) @ U.T


def _varied(update=_right, give=_gradients, steps=2000):
    """A layer like the reference, with its adjoint's step, its last line, or the steps of the state replaced."""
    def layer(x, W, U, b):
        z = _until_it_rests(lambda z: np.tanh(z @ U + x @ W + b), np.zeros_like(x @ W), steps)

        def backward(dz):
            return give(_until_it_rests(lambda v: update(v, dz, 1 - z * z, U), dz), x, z, W)
        return z, backward
    return layer


_layer = _varied()


def _layer_case(rng):
    N, D, H = _sizes(rng, 3)
    return (rng.normal(size=(N, D)), rng.normal(size=(D, H)), _contraction(rng, H, 0.4), rng.normal(size=H),
            rng.normal(size=(N, H)))


def _whole(answer):
    """The rule and its backward as one function: z, then the gradients for a given dz."""
    def both(x, W, U, b, dz):
        z, backward = answer(x, W, U, b)
        grads = backward(dz)
        if not isinstance(grads, (tuple, list)):
            raise TypeError(f"backward must return dx, dW, dU, db, got one {type(grads).__name__}")
        return z, *grads
    return both


def _slower(both, rng):
    """A network of radius near 0.97, which takes several hundred steps."""
    x, W, _, b, dz = _layer_case(rng)
    U = 0.97 * np.linalg.qr(rng.normal(size=(W.shape[1], W.shape[1])))[0]
    arguments = 0.01 * x, W, U, 0.01 * b, dz
    got, expected = both(*(a.copy() for a in arguments)), _whole(_layer)(*arguments)
    for name, g, e in zip(("z", "dx", "dW", "dU", "db"), got, expected):
        if np.shape(g) != e.shape or relative_error(g, e) > 1e-6:
            return Fault("too few steps", f"{name} is wrong for a network of radius 0.97, which needs several hundred "
                         "steps: go on until the change is below 1e-12, in the state and in the adjoint, and "
                         "not for a fixed number of steps")
    return None


def _two_forwards(both, rng):
    """Nothing else may be kept: what was computed between forward and backward must not matter."""
    first, second = _layer_case(rng), _layer_case(rng)
    before = both(*(a.copy() for a in first))
    both(*(a.copy() for a in second))
    after = both(*(a.copy() for a in first))
    if all(np.array_equal(a, b) for a, b in zip(before, after)):
        return None
    return Fault("stale state",
                 "the same inputs gave another result at a later call: backward must use what its own forward computed")


LAYER = Task(
    id="10-4", title="a fixed-point layer", signature="settled_layer(x, W, U, b)", level="write", difficulty=3,
    importance=3, minutes=25, reference=_layer, adapt=_whole, outputs=("z", "dx", "dW", "dU", "db"), cases=_layer_case,
    batch=_rows, tolerance=1e-8, probes=(("a slower network", _slower), ("two forwards", _two_forwards)),
    small=(np.array([[0.0], [1.0], [-1.0]]), np.array([[0.5, 0.0]]), np.array([[0.0, 0.5], [0.0, 0.0]]),
           np.array([0.0, 0.5]),
           np.array([[0.0, 1.0], [2.0, 1.0], [1.0, -1.0]])),
    suspects=(
        Suspect("adjoint not relaxed",
                "dz goes round as the state did: relax v = dz + Jᵀ v before the gradients are taken",
                _varied(lambda v, dz, slope, U: dz)),
        Suspect("state not relaxed", "one step is not the fixed point: repeat it until the state changes no more",
                _varied(steps=1)),
        Suspect("transpose", _ROWS, _varied(lambda v, dz, slope, U: dz + (v * slope) @ U)),
        Suspect("slope forgotten", "Jᵀ v goes through tanh first: (v * (1 - z²)) @ U.T",
                _varied(lambda v, dz, slope, U: dz + v @ U.T)),
        Suspect("slope at the wrong end", "first through tanh, then through U: " + _ROWS,
                _varied(lambda v, dz, slope, U: dz + (v @ U.T) * slope)),
        Suspect("sign of the second term", "(10.5) has a plus: v = dz + Jᵀ v",
                _varied(lambda v, dz, slope, U: dz - (v * slope) @ U.T)),
        Suspect("adjoint instead of da",
                "the adjoint has to go through tanh before it meets the parameters: da = (1 - z²) v",
                _varied(give=lambda v, x, z, W: (v @ W.T, x.T @ v, z.T @ v, v.sum(axis=0)))),
        Suspect("bias forgotten", "b is added at every step, as in (10.2)", lambda x, W, U, b: _layer(x, W, U, 0 * b)),
        Suspect("transpose", "unit k collects z_j U_jk: the product is z @ U, as in (10.2)",
                lambda x, W, U, b: _layer(x, W, U.T, b)),
        Suspect("transpose", "unit k collects z_j U_jk: the product is z @ U, as in (10.2)",
                lambda x, W, U, b: _varied(lambda v, dz, slope, U: dz + (v * slope) @ U)(x, W, U.T, b)),
    ))


# ---- 10-5 the spectral radius --------------------------------------------------------------------------------------

def _rescale(U, radius):
    return U * (radius / np.max(np.abs(np.linalg.eigvals(U))))


def _rescale_case(rng):
    """A matrix on which every short cut fails: the eigenvalue that comes first, the smallest one, the one with the
    largest real part (one of a pair) and the leading one (one of a pair) have different sizes; all stand on the
    diagonal, in this order."""
    parts = [[0.4], *([r] for r in rng.uniform(0.25, 0.35, size=rng.integers(0, 4))), [0.2],
             (0.7, rng.uniform(0.3, 0.7)),
             (1.0, rng.uniform(1.8, 2.8))]
    U = np.triu(rng.normal(size=(sum(map(len, parts)),) * 2), 1)
    k = 0
    for part in parts:
        U[k, k] = part[0]
        if len(part) == 2:
            (r, angle), pair = part, slice(k, k + 2)
            U[pair, pair] = r * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        k += len(part)
    return rng.uniform(0.5, 3.0) * U, float(rng.uniform(0.3, 1.5))


def _by(measure):
    return lambda U, radius: U * (radius / measure(U))


RESCALE = Task(
    id="10-5", title="scale to a spectral radius", signature="rescale(U, radius)", level="fill in", difficulty=1,
    importance=2, minutes=10, reference=_rescale, outputs=("U",), cases=_rescale_case, keeps_dtype=True,
    small=(np.array([[0.0, 4.0], [1.0, 0.0]]), 1.0),
    suspects=(
        Suspect("norm instead of radius",
                "the norm (largest singular value) is not the spectral radius: take the eigenvalues",
                _by(lambda U: np.linalg.norm(U, 2))),
        Suspect("norm instead of radius",
                "np.linalg.norm without an order is the root of the sum of squares: take the eigenvalues",
                _by(np.linalg.norm)),
        Suspect("absolute value forgotten",
                "eigenvalues may be negative or complex: the largest absolute value, np.abs first",
                _by(lambda U: np.max(np.linalg.eigvals(U)))),
        Suspect("real part only", "the real part alone is not the size of a complex number: np.abs",
                _by(lambda U: np.max(np.linalg.eigvals(U).real))),
        Suspect("absolute value forgotten",
                "np.abs of the largest eigenvalue is not the largest absolute value: np.abs first",
                _by(lambda U: np.abs(np.max(np.linalg.eigvals(U))))),
        Suspect("real part only", "a complex eigenvalue has two parts: np.abs takes both",
                _by(lambda U: np.max(np.abs(np.linalg.eigvals(U).real)))),
        Suspect("first eigenvalue", "the eigenvalues come in no order: take the largest absolute value",
                _by(lambda U: np.abs(np.linalg.eigvals(U)[0]))),
        Suspect("smallest instead of largest", "the spectral radius is the largest absolute value",
                _by(lambda U: np.min(np.abs(np.linalg.eigvals(U))))),
        Suspect("largest entry", "the largest entry of U is not its largest eigenvalue",
                _by(lambda U: np.max(np.abs(U)))),
        Suspect("routine for symmetric matrices",
                "eigvalsh reads half of the matrix and takes it for symmetric: use eigvals",
                _by(lambda U: np.max(np.abs(np.linalg.eigvalsh(U))))),
        Suspect("radius forgotten",
                "dividing by the spectral radius gives radius 1; then multiply by the one that is wanted",
                lambda U, radius: U / _radius(U)),
        Suspect("upside down",
                "a matrix that is too large must shrink: multiply by the wanted radius, divide by its own",
                lambda U, radius: U * (_radius(U) / radius)),
        Suspect("not divided by its own radius", "first divide by the radius that U has now",
                lambda U, radius: U * radius),
    ))


# ---- 10-6 a forecast ------------------------------------------------------------------------------------------------

def _to_go(last, rate, tolerance):
    if last <= tolerance:
        return 0
    return math.inf if rate >= 1 else math.ceil(math.log(tolerance / last) / math.log(rate))


def _forecast(changes, tolerance):
    rate = float((changes[-1] / changes[-11]) ** 0.1)
    return rate, _to_go(changes[-1], rate, tolerance)


def _forecast_case(rng):
    n, rate = int(rng.integers(15, 40)), rng.uniform(0.6, 0.95)
    changes = rng.uniform(0.5, 2.0) * rate ** np.arange(n) * np.exp(0.1 * rng.normal(size=n))
    return changes, float(changes[-1] * 10.0 ** rng.uniform(-6, -2))


def _no_end(answer, rng):
    rate, steps = answer(1.1 ** np.arange(20), 1e-6)
    if steps == math.inf:
        return None
    return Fault("no end to be seen", "changes that grow by a factor of 1.1 never reach the tolerance: the "
                 f"steps are math.inf, got {steps!r}")


def _already(answer, rng):
    rate, steps = answer(0.5 ** np.arange(20), 1e-3)
    if steps == 0:
        return None
    return Fault("already settled", f"the last change is below the tolerance: 0 steps are left, got {steps!r}")


def _guess(rate, steps=_to_go):
    def answer(changes, tolerance):
        r = float(rate(changes))
        return r, steps(changes[-1], r, tolerance)
    return answer


def _tenth(changes):
    return (changes[-1] / changes[-11]) ** 0.1


FORECAST = Task(
    id="10-6", title="the rate, and the steps still to go", signature="forecast(changes, tolerance)", level="explore",
    difficulty=2, importance=2, minutes=20, reference=_forecast, outputs=("the rate", "the steps"),
    cases=_forecast_case,
    small=(4.0 * 0.5 ** np.arange(12), 1e-5), probes=(("changes that grow", _no_end), ("already settled", _already)),
    suspects=(
        Suspect("root forgotten", "ten steps divide the change by c[-11] / c[-1]; one step leaves the tenth root of it",
                _guess(lambda c: c[-1] / c[-11])),
        Suspect("ten changes, nine steps", "from c[-10] to c[-1] there are nine steps; ten steps ago is c[-11]",
                _guess(lambda c: (c[-1] / c[-10]) ** 0.1)),
        Suspect("upside down", "the rate is what a step leaves: the later change over the earlier",
                _guess(lambda c: 1 / _tenth(c))),
        Suspect("upside down", "the rate is what a step leaves: the later change over the earlier",
                _guess(lambda c: 1 / _tenth(c),
                       lambda last, r, tolerance: math.ceil(math.log(tolerance / last) / math.log(r)))),
        Suspect("last ratio only", "one ratio goes up and down: compare the last change with the one ten steps before",
                _guess(lambda c: c[-1] / c[-2])),
        Suspect("mean of the ratios", "factors are averaged by a root of their product, not by their mean",
                _guess(lambda c: np.mean(c[-10:] / c[-11:-1]))),
        Suspect("rounded down", "at the whole number below, the change is still above the tolerance: math.ceil",
                _guess(_tenth, lambda last, r, tolerance: math.floor(math.log(tolerance / last) / math.log(r)))),
        Suspect("rounded down", "rounding to the nearest is too few steps half of the time: math.ceil",
                _guess(_tenth, lambda last, r, tolerance: round(math.log(tolerance / last) / math.log(r)))),
        Suspect("counted from a change of 1", "the way to go begins at the last change, not at 1: tolerance / last",
                _guess(_tenth, lambda last, r, tolerance: math.ceil(math.log(tolerance) / math.log(r)))),
        Suspect("a number that is not whole", "steps are whole: math.ceil", _guess(
            _tenth, lambda last, r, tolerance: math.log(tolerance / last) / math.log(r))),
        Suspect("counted from the beginning", "the steps that are still to go are wanted, without those already made",
                lambda c, tolerance: (float(_tenth(c)), len(c) + _to_go(c[-1], _tenth(c), tolerance))),
        Suspect("sign", "both logarithms are negative, and their quotient is positive",
                _guess(_tenth, lambda last, r, tolerance: -math.ceil(math.log(tolerance / last) / math.log(r)))),
    ))


TASKS = [RELAX, ADJOINT, GRADIENTS, LAYER, RESCALE, FORECAST]
