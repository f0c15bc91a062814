"""Tasks of lesson 10: relaxing a state and its adjoint, gradients at a fixed point, spectral radius, a forecast."""

import math
import re

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import batch_size, different_sizes
from course_lib.exercises.guard import AnswerFault
from course_lib.exercises.task import Slip, Task
from course_lib.exercises.values import same

SHEET = "10_recurrent_backpropagation"


def _contraction(rng, H, norm, draw=np.random.Generator.normal):
    """A random square matrix of this norm: below 1, the network settles (10.9)."""
    U = draw(rng, size=(H, H))
    return norm / np.linalg.norm(U, 2) * U


# ---- 10-1 relaxing a network -------------------------------------------------------------------------------------

def settle(z, U, c, tolerance, limit):
    """Relax z to a fixed point of tanh(z U + c).

    z (N, H) where to begin, U (H, H), c (N, H), tolerance and limit numbers
    Returns  z (N, H), the number of steps
    """
    for steps in range(1, limit + 1):
        new = np.tanh(z @ U + c)
        change = np.max(np.abs(new - z))
        z = new
        if change <= tolerance:
            return z, steps
    raise ArithmeticError(f"not settled after {limit} steps: the last was {change:.2g}")


def _settle_case(rng, high=1, scale=1.0, tolerance=None):
    """Positive weights and a high start, or a low one: all changes have one sign."""
    (N, H), norm = different_sizes(rng, 2), rng.uniform(0.6, 0.9)
    return (high * scale * rng.uniform(1, 3, size=(N, H)), _contraction(rng, H, norm, np.random.Generator.random),
            scale * rng.normal(size=(N, H)), tolerance or 10.0 ** rng.uniform(-5, -3), int(rng.integers(300, 400)))


def _limits(answer, rng):
    """A network that needs some hundred steps, allowed fifty, one too few, and just as many; and a tolerance of 0."""
    network = np.array([[0.5]]), np.array([[0.99]]), np.array([[0.0]]), 1e-4
    needed = settle(*network, 5000)[1]
    for limit in (50, needed - 1, needed):
        where = f"with limit = {limit}, where {needed} steps are needed,"
        try:
            steps = answer(*network, limit)[1]
        except AnswerFault as error:
            if not isinstance(error.error, ArithmeticError):
                raise
            if limit == needed:
                return Fault("limit off by one", f"{where} the last step settles it: no error")
            if str(limit) not in re.findall(r"\d+", str(error.error)):
                return Fault("error without numbers", f'{where} the error says "{error.error}": {limit} steps have to '
                             "be made, and the text has to tell their number")
        else:
            if limit < needed:
                return Fault("limit off by one", f"{where} {needed} were made") if steps == needed else Fault(
                    "no error", f"{where} it was returned as if it had settled: raise ArithmeticError at the limit")
    steps = answer(np.ones((1, 1)), np.eye(1), np.array([[20.0]]), 0.0, 5)[1]
    return None if steps == 1 else Fault("tolerance of 0", "a change of 0 is at most a tolerance of 0: 1 step")


_CHANGE, _ENOUGH = "np.max(np.abs(new - z))", "change <= tolerance"
_SIGNED, _FIRST = "a large negative change is a change too: np.abs, then np.max", "the first step is number 1"
_RELATIVE = "the tolerance is for the change itself, not for its share of the state (np.allclose: rtol=0)"

RELAX = Task(
    id="10-1", title="relax a network", level="write", difficulty=2, importance=3, minutes=15, reference=settle,
    outputs=("z", "the steps"), cases=_settle_case, batch=batch_size,
    small=(np.array([[0.0, 0.0]]), np.array([[0.0, -20.0], [0.0, 0.0]]), np.array([[20.0, 0.0]]), 0.01, 10),
    edges={"changes upwards": lambda rng: _settle_case(rng, high=-1),
           "states near 0": lambda rng: _settle_case(rng, scale=0.01),
           "a small tolerance": (np.array([[0.5]]), np.array([[0.5]]), np.array([[0.1]]), 1e-12, 99),
           "many steps": (np.array([[0.5]]), np.array([[0.99]]), np.array([[1e-4]]), 1e-6, 5000),
           "a change as large as the tolerance": (np.array([[0.5]]), np.array([[0.0]]), np.array([[20.0]]), 0.5, 9),
           "one slow unit": (np.full((1, 4), 0.5), np.diag([0.1, 0.1, 0.1, 0.9]), np.full((1, 4), 0.1), 1e-4, 400),
           "a start far away": (np.array([[3.0]]), np.array([[0.0]]), np.array([[20.0]]), 1.0, 9),
           "at rest from the start": (np.array([[1.0, -1.0]]), np.eye(2), np.array([[20.0, -20.0]]), 1e-6, 9)},
    probes=(("the limit, and an error when it is reached", _limits),),
    suspects=(
        Slip("transpose", "unit k collects z_j U_jk: the product is z @ U, as in (10.2)", ("z @ U", "z @ U.T")),
        Slip("input forgotten", "the input c is added at every step", ("@ U + c", "@ U")),
        Slip("z ignored", "begin at the z that is given", ("    for s", "    z = np.zeros_like(z)\n    for s")),
        Slip("activation forgotten", "each unit passes what it collects through tanh, (10.2)", ("np.tanh(", "(")),
        Slip("change without absolute value", _SIGNED, (_CHANGE, "np.max(new - z)")),
        Slip("change without absolute value", _SIGNED, (_CHANGE, "np.max(z - new)")),
        Slip("change without absolute value", _SIGNED, (_CHANGE, "np.abs(np.max(new - z))")),
        Slip("mean instead of the largest", "every unit must rest: the largest change counts", ("np.max(", "np.mean(")),
        Slip("smallest instead of the largest", "every unit must rest: np.max", ("np.max(", "np.min(")),
        Slip("norm instead of the largest", "it is a root of a sum of squares", (_CHANGE, "np.linalg.norm(new - z)")),
        Slip("sum instead of the largest", "the largest change counts, not their sum", ("np.max(", "np.sum(")),
        Slip("squares instead of the largest", "squares are no changes", (_CHANGE, "np.sum((new - z) ** 2)")),
        Slip("compared with the start", "a change is the difference to the state one step before",
             ("    for s", "    old = z\n    for s"), ("new - z", "new - old")),
        Slip("relative tolerance", _RELATIVE, (_ENOUGH, "change <= tolerance * np.max(np.abs(z))")),
        Slip("relative tolerance", _RELATIVE, (_CHANGE, "np.max(np.abs((new - z) / new))")),
        Slip("relative tolerance", _RELATIVE, (_CHANGE, "np.allclose(new, z, atol=tolerance)"), (_ENOUGH, "change")),
        Slip("< for <=", "a change as large as the tolerance is small enough", ("<=", "<")),
        Slip("tolerance ignored", "stop as soon as the change is at most the tolerance", (_ENOUGH, "steps == limit")),
        Slip("the state before the last step", "return the state after the last step, not the one before it",
             ("        z = new\n", ""), ("return z, steps\n", "return z, steps\n        z = new\n")),
        Slip("steps off by one", _FIRST, ("return z, steps", "return z, steps - 1")),
        Slip("steps off by one", _FIRST, ("return z, steps", "return z, steps + 1")),
    ))


# ---- 10-2 the adjoint --------------------------------------------------------------------------------------------

def adjoint(dz, z, U, steps):
    """Relax v = dz + Jᵀ v for a tanh network at the fixed point z.

    dz, z (N, H), U (H, H), steps a number  ->  v (N, H)
    """
    v = dz
    for _ in range(steps):
        da = v * (1 - z * z)
        v = dz + da @ U.T
    return v


def _adjoint_case(rng, steps=None, sizes=None):
    N, H = sizes or different_sizes(rng, 2)
    return (rng.normal(size=(N, H)), np.tanh(rng.normal(size=(N, H))), _contraction(rng, H, 0.9),
            int(rng.integers(4, 9)) if steps is None else steps)


_BACK = "da = v * (1 - z²), then da @ U.T: what unit k received from j goes back from k to j"
_FIRST_TANH, _COUNT = "first through tanh: " + _BACK, "begin with v = dz, then make exactly this many steps"
_SLOPE, _NO_SLOPE = "the slope of tanh is 1 - z², and z is the state", (" * (1 - z * z)", "")

ADJOINT = Task(
    id="10-2", title="the adjoint relaxation", level="write", difficulty=2, importance=3, minutes=15, reference=adjoint,
    outputs=("v",), cases=_adjoint_case, batch=batch_size,
    small=(np.array([[1.0, 2.0]]), np.array([[0.0, 0.5]]), np.array([[0.0, 1.0], [-1.0, 0.5]]), 1),
    edges={"no steps": lambda rng: _adjoint_case(rng, 0),
           "many steps": (np.array([[1.0], [2.0]]), np.array([[0.0], [0.1]]), np.array([[0.99]]), 100),
           "a tiny dz": (np.array([[1e-12]]), np.array([[0.0]]), np.array([[0.99]]), 40),
           "saturated units": (np.array([[1.0, 2]]), np.array([[1.0, -0.9999]]), np.array([[0.0, 1], [1, 0]]), 1),
           "as many rows as units": lambda rng: _adjoint_case(rng, 3, (4, 4))},
    suspects=(
        Slip("transpose", _BACK, ("U.T", "U")),
        Slip("slope forgotten", "the way back through tanh multiplies by its slope 1 - z², at every step", _NO_SLOPE),
        Slip("slope at the wrong end", _FIRST_TANH, _NO_SLOPE, ("da @ U.T", "(da @ U.T) * (1 - z * z)")),
        Slip("slope at the wrong end", _FIRST_TANH, _NO_SLOPE, ("da @ U.T", "(da @ U) * (1 - z * z)")),
        Slip("square forgotten", _SLOPE, ("z * z", "z")),
        Slip("tanh taken twice", _SLOPE, ("z * z", "np.tanh(z) ** 2")),
        Slip("slope of the sigmoid", _SLOPE, ("(1 - z * z)", "z * (1 - z)")),
        Slip("dz forgotten", "every step adds dz again, (10.5); without it v only fades", ("dz + da", "da")),
        Slip("v added instead of dz", "what is added is dz, the same at every step", ("dz + da", "v + da")),
        Slip("sign of the second term", "(10.5) has a plus: v = dz + Jᵀ v", ("dz + da", "dz - da")),
        Slip("stopped before the last step", _COUNT, ("= dz + da @ U.T\n", """, old = dz + da @ U.T, v
        if np.max(np.abs(v - old)) < 1e-8:
            break
""")),
        Slip("steps off by one", _COUNT, ("range(steps)", "range(steps - 1)")),
        Slip("steps off by one", _COUNT, ("range(steps)", "range(steps + 1)")),
    ))


# ---- 10-3 the gradients at a fixed point --------------------------------------------------------------------------

def fixed_point_gradients(v, x, z, W):
    """The gradients of everything that made the fixed point z = tanh(z U + x W + b).

    v (N, H) the adjoint, x (N, D), z (N, H), W (D, H)
    Returns  dx (N, D), dW (D, H), dU (H, H), db (H,)
    """
    da = v * (1 - z * z)
    return da @ W.T, x.T @ da, z.T @ da, da.sum(axis=0)


def _gradients_case(rng, sizes=None):
    N, D, H = sizes or different_sizes(rng, 3)
    return rng.normal(size=(N, H)), rng.normal(size=(N, D)), np.tanh(rng.normal(size=(N, H))), rng.normal(size=(D, H))


GRADIENTS = Task(
    id="10-3", title="the gradients at a fixed point", level="fill in", difficulty=1, importance=3, minutes=10,
    reference=fixed_point_gradients, outputs=("dx", "dW", "dU", "db"), cases=_gradients_case, batch=batch_size,
    small=(np.array([[4.0, 1.0], [0.0, 2.0]]), np.array([[1.0], [2.0]]), np.array([[0.5, 0.0], [0.0, 0.5]]),
           np.array([[1.0, 3.0]])),
    edges={"one row": lambda rng: _gradients_case(rng, (1, 3, 4)),
           "saturated units": (np.array([[1.0, 2]]), np.array([[3.0]]), np.array([[1.0, -0.9999]]), np.ones((1, 2))),
           "as many rows as inputs and units": lambda rng: _gradients_case(rng, (4, 4, 4))},
    suspects=(
        Slip("slope forgotten", "da = (1 - z²) v comes first, (10.6): the adjoint has to go through tanh", _NO_SLOPE),
        Slip("square forgotten", _SLOPE, ("z * z", "z")),
        Slip("tanh taken twice", _SLOPE, ("z * z", "np.tanh(z) ** 2")),
        Slip("slope of the sigmoid", _SLOPE, ("(1 - z * z)", "z * (1 - z)")),
        Slip("adjoint instead of da", "dU takes da too: the weights stand before the tanh", ("z.T @ da", "z.T @ v")),
        Slip("transpose", "what U multiplied is the state z, on the left: dU = zᵀ da", ("z.T @ da", "da.T @ z")),
        Slip("transpose", "dx = da Wᵀ: D columns again, as x has", ("W.T", "W")),
        Slip("transpose", "dW = xᵀ da: the sum runs over the examples", ("x.T @ da", "x @ da")),
        Slip("wrong axis", "b was added to every row: its gradient is the sum over the examples", ("axis=0", "axis=1")),
    ))


# ---- 10-4 a whole layer -------------------------------------------------------------------------------------------

def settled_layer(x, W, U, b):
    """The layer z = tanh(z U + x W + b), relaxed, and its backward.

    x (N, D), W (D, H), U (H, H), b (H,)
    Returns  z (N, H), backward: dz (N, H) -> dx, dW, dU, db
    """
    c = x @ W + b
    z, _ = settle(np.zeros_like(c), U, c, 1e-12, 10_000)

    def backward(dz):
        v, change = dz, 1.0
        while change > 1e-12:
            new = dz + (v * (1 - z * z)) @ U.T
            change = np.max(np.abs(new - v))
            v = new
        if np.isnan(change):                    # it ends the loop, and has not settled
            raise ArithmeticError("the adjoint is not a number")
        return fixed_point_gradients(v, x, z, W)
    return z, backward


def _layer_case(rng, sizes=None):
    N, D, H = sizes or different_sizes(rng, 3)
    return (rng.normal(size=(N, D)), rng.normal(size=(D, H)), _contraction(rng, H, 0.4), rng.normal(size=H),
            rng.normal(size=(N, H)))


_REST = "relax the state and the adjoint until the change is below 1e-12"


def _one_unit(c, U, dz):
    """A layer of a single unit, one row for each number of c."""
    return np.array([c]).T, np.eye(1), np.array([[U]]), np.zeros(1), np.array([dz]).T


def _slow(answer, rng):
    """A radius near 0.998 takes thousands of steps; small numbers show the tolerance. The truth: no adjoint relaxed."""
    case, state = _one_unit([1e-5], 0.998, [1e-4]), 0.0
    for _ in range(20_000):
        state = math.tanh(0.998 * state + 1e-5)
    z = np.array([[state]])
    v = case[-1] / (1 - 0.998 * (1 - z * z))
    for name, got, right in zip(LAYER.outputs, answer(*case), (z, *fixed_point_gradients(v, case[0], z, case[1]))):
        if not same(got, right, 1e-6):
            text = f"{name} is wrong for a network of radius 0.998: {_REST}, however many steps it takes"
            return got if isinstance(got, Fault) else Fault("too few steps", text)
    return None


_STEP, _STATE = "(v * (1 - z * z)) @ U.T", "np.zeros_like(c), U, c"
_COLLECTS = "unit k collects z_j U_jk: the product is z @ U, as in (10.2)"
_ROUND = "dz goes round as the state did: relax v = dz + Jᵀ v before the gradients are taken"

LAYER = Task(
    id="10-4", title="a fixed-point layer", level="write", difficulty=3, importance=3, minutes=25,
    reference=settled_layer, rule=True, outputs=("z", "dx", "dW", "dU", "db"), cases=_layer_case, batch=batch_size,
    names=("x", "W", "U", "b", "dz"), tolerance=1e-8, probes=(("a slow network", _slow),),
    small=(np.array([[1.0], [1.0]]), np.array([[np.arctanh(0.5), 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]]),
           np.array([0.0, -0.5]), np.array([[2.0, 2.0], [0.0, 4.0]])),
    edges={"one row": lambda rng: _layer_case(rng, (1, 3, 4)),
           "as many rows as units": lambda rng: _layer_case(rng, (4, 4, 4)),
           "all changes downwards": _one_unit([-0.5], 0.5, [-1.0]), "all changes upwards": _one_unit([0.5], 0.5, [1.0]),
           "two fixed points": _one_unit([-0.05, 0.05, -0.04, 0.04], 2.0, [1.0, 2.0, 3.0, 4.0])},
    suspects=(
        *(Slip("not begun at zero", "there may be several fixed points: relax the state from zero",
               (_STATE, f"{start}, U, c")) for start in ("np.ones_like(c)", "-np.ones_like(c)")),
        *(Slip("change without absolute value", _SIGNED, ("np.max(np.abs(new - v))", f"np.max({change})"))
          for change in ("new - v", "v - new")),
        Slip("adjoint not relaxed", _ROUND, ("dz, 1.0", "dz, 0.0")),
        Slip("adjoint not relaxed", _ROUND + ", until it rests", ("while change > 1e-12", "for _ in range(1)")),
        Slip("state not relaxed", "one step is not the fixed point: repeat it until the state changes no more",
             (f"settle({_STATE}, 1e-12, 10_000)", "(np.tanh(c), 1)")),
        Slip("too few steps", _REST, ("1e-12, 10_000", "1e-6, 10_000")),
        Slip("too few steps", _REST, ("change > 1e-12", "change > 1e-6")),
        Slip("bias forgotten", "b is added at every step, as in (10.2)", ("x @ W + b", "x @ W")),
        Slip("transpose", _COLLECTS, (_STATE, "np.zeros_like(c), U.T, c")),
        Slip("transpose", _COLLECTS, (_STATE, "np.zeros_like(c), U.T, c"), ("@ U.T", "@ U")),
        Slip("transpose", _BACK, ("@ U.T", "@ U")),
        Slip("slope forgotten", "Jᵀ v goes through tanh first: (v * (1 - z²)) @ U.T", (_STEP, "v @ U.T")),
        Slip("slope at the wrong end", _FIRST_TANH, (_STEP, "(v @ U.T) * (1 - z * z)")),
        Slip("sign of the second term", "(10.5) has a plus: v = dz + Jᵀ v", ("dz + (v", "dz - (v")),
        Slip("adjoint instead of da", "before it meets the parameters, v goes through tanh: da = (1 - z²) v",
             ("fixed_point_gradients(v, x, z, W)", "v @ W.T, x.T @ v, z.T @ v, v.sum(axis=0)")),
    ))


# ---- 10-5 the spectral radius --------------------------------------------------------------------------------------

def rescale(U, radius):
    """A multiple of U that has this spectral radius.

    U (H, H), radius a number  ->  (H, H)
    """
    own = np.max(np.abs(np.linalg.eigvals(U)))
    return U * (radius / own)


def _rescale_case(rng, radius=None):
    """A matrix whose first, last and smallest eigenvalue, that of the largest real part (one of a pair) and the leading
    one (one of a pair) have different sizes; all stand on the diagonal."""
    U = np.triu(rng.normal(size=(8, 8)), 1) + np.diag([0.4, 0.35, 0, 0, 0, 0, 0.2, 0.3])
    for k, r, angle in ((2, 0.7, rng.uniform(0.3, 0.7)), (4, 1.0, rng.uniform(1.8, 2.8))):
        U[k:k + 2, k:k + 2] = r * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return rng.uniform(0.5, 3.0) * U, radius or float(rng.uniform(0.3, 1.5))


_ALL, _LARGEST = "np.linalg.eigvals(U)", "np.max(np.abs(np.linalg.eigvals(U)))"
_BY = "radius / own"

RESCALE = Task(
    id="10-5", title="scale to a spectral radius", level="fill in", difficulty=1, importance=2, minutes=10,
    reference=rescale, outputs=("U",), cases=_rescale_case, small=(np.array([[0.0, 4.0], [1.0, 0.0]]), 1.0),
    edges={"a matrix that has to grow": lambda rng: _rescale_case(rng, 20.0),
           "a matrix that has to shrink": lambda rng: _rescale_case(rng, 0.01),
           "a leading eigenvalue below 0": (np.array([[1.0, 0.0], [5.0, -2.0]]), 0.5),
           "one unit": (np.array([[-4.0]]), 0.5), "tiny weights": (np.array([[1e-8, 2e-8], [0.0, 5e-9]]), 0.9),
           "an imaginary pair": (np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, -5], [0, 0, 5, 0]]), 2.0),
           "a wanted radius of 0": (np.array([[0.0, 4.0], [1.0, 0.0]]), 0.0)},
    suspects=(
        Slip("never enlarges", "U must grow where its radius is too small", (_BY, "min(1, radius / own)")),
        Slip("norm instead of radius", "a singular value is no eigenvalue", (_LARGEST, "np.linalg.norm(U, 2)")),
        Slip("norm instead of radius", "the root of all squares is no eigenvalue", (_LARGEST, "np.linalg.norm(U)")),
        Slip("absolute value forgotten", "eigenvalues may be negative, or complex", (_LARGEST, f"np.max({_ALL})")),
        Slip("absolute value forgotten", "first np.abs, then np.max", (_LARGEST, f"np.abs(np.max({_ALL}))")),
        Slip("absolute value forgotten", "np.max and np.min take complex numbers by their real part: np.abs first",
             (_LARGEST, f"max(abs(np.max({_ALL})), abs(np.min({_ALL})))")),
        Slip("real part only", "it is not the size of a complex number", (_LARGEST, f"np.max({_ALL}.real)")),
        Slip("real part only", "a complex eigenvalue has two parts: np.abs takes both", (_ALL, f"{_ALL}.real")),
        Slip("first eigenvalue", "the eigenvalues come in no order: np.max", (_LARGEST, f"np.abs({_ALL}[0])")),
        Slip("last eigenvalue", "the eigenvalues come in no order: np.max", (_LARGEST, f"np.abs({_ALL}[-1])")),
        Slip("smallest instead of largest", "the radius is the largest absolute value", ("np.max", "np.min")),
        Slip("largest entry", "the largest entry of U is not its largest eigenvalue", (_ALL, "U")),
        Slip("routine for symmetric matrices", "eigvalsh takes U for symmetric: eigvals", ("eigvals(", "eigvalsh(")),
        Slip("radius forgotten", "this gives radius 1: multiply by the one that is wanted", (_BY, "1 / own")),
        Slip("upside down", "multiply by the wanted radius, divide by its own", (_BY, "own / radius")),
        Slip("not divided by its own radius", "first divide by the radius that U has now", (_BY, "radius")),
    ))


# ---- 10-6 a forecast ------------------------------------------------------------------------------------------------

def forecast(changes, tolerance):
    """The rate of a relaxation, and the steps that are still to go.

    changes (T,) with T at least 11, tolerance a number  ->  r, k
    """
    last = changes[-1]
    r = (last / changes[-11]) ** 0.1
    if last <= tolerance:
        return r, 0
    if r >= 1:
        return r, math.inf
    return r, math.ceil(math.log(tolerance / last) / math.log(r))


def _forecast_case(rng, n=None):
    n, rate = n or int(rng.integers(15, 40)), rng.uniform(0.6, 0.95)
    changes = rng.uniform(0.5, 2.0) * rate ** np.arange(n) * np.exp(0.1 * rng.normal(size=n))
    return changes, float(changes[-1] * 10.0 ** rng.uniform(-6, -2))


_RATE, _STEPS = "(last / changes[-11]) ** 0.1", "math.ceil(math.log(tolerance / last) / math.log(r))"
_SETTLED, _GROWING = "    if last <= tolerance:\n        return r, 0\n", "    if r >= 1:\n        return r, math.inf\n"
_HALVES = 2.0 ** np.arange(10, -1, -1)
_OVER, _UP = "a step leaves the later change over the earlier", "at fewer steps the change is too large: math.ceil"
_ENDLESS = "changes that do not shrink never reach the tolerance: math.inf"

FORECAST = Task(
    id="10-6", title="the rate, and the steps still to go", level="explore", difficulty=2, importance=2, minutes=20,
    reference=forecast, outputs=("r", "k"), cases=_forecast_case, small=(2.0 ** np.arange(11, 0, -1), 0.1),
    edges={"eleven changes": lambda rng: _forecast_case(rng, 11), "changes that grow": (1.1 ** np.arange(20), 1.5),
           "one step": (_HALVES, 0.75), "three steps": (_HALVES, 0.125), "three are too few": (_HALVES, 0.124),
           "hundreds of steps": (0.999 ** np.arange(20), 0.5 * 0.999 ** 19), "the tolerance itself": (np.ones(11), 1.0),
           "changes that stay": (np.full(12, 0.5), 1e-3), "already settled": (0.5 ** np.arange(20), 1e-3),
           "growing but settled": (1e-9 * 1.1 ** np.arange(20), 1e-6)},
    suspects=(
        Slip("root forgotten", "ten steps leave c[-1] / c[-11]; one step leaves the tenth root", (" ** 0.1", "")),
        Slip("ten changes, nine steps", "from c[-10] to c[-1] there are nine steps", ("[-11]", "[-10]")),
        Slip("upside down", _OVER, (_RATE, "(changes[-11] / last) ** 0.1")),
        Slip("upside down", _OVER, (_RATE, "(changes[-11] / last) ** 0.1"), (_GROWING, "")),
        Slip("last ratio only", "one ratio goes up and down: go ten steps back", (_RATE, "last / changes[-2]")),
        Slip("mean of the ratios", "factors are averaged by a root of their product, not by their mean",
             (_RATE, "np.mean(changes[-10:] / changes[-11:-1])")),
        Slip("rounded down", _UP, ("math.ceil", "math.floor")),
        Slip("rounded down", _UP, ("math.ceil", "round")),
        Slip("one step more", "where the division leaves no rest, k is its result: math.ceil, not the next number",
             ("math.ceil(", "1 + math.floor(")),
        Slip("a number that is not whole", "steps are whole: math.ceil", ("math.ceil", "")),
        Slip("counted from a change of 1", "begin at the last change", ("tolerance / last)", "tolerance)")),
        Slip("counted from the beginning", "the steps already made do not count", (_STEPS, f"len(changes) + {_STEPS}")),
        Slip("sign", "both logarithms are negative, and their quotient is positive", (_STEPS, f"-{_STEPS}")),
        Slip("no end to be seen", _ENDLESS, (_GROWING, "")),
        Slip("no end to be seen", _ENDLESS, ("r >= 1", "r > 1")),
        Slip("an end beyond 0.99", "a rate just below 1 comes to an end, after many steps", ("r >= 1", "r > 0.99")),
        Slip("no number", "k is a number: math.inf where there is no end, and not None", ("math.inf", "None")),
        Slip("< for <=", "a change as large as the tolerance is small enough", ("<= tolerance", "< tolerance")),
        Slip("an earlier change", "the last change counts: others may have been smaller",
             ("if last <=", "if min(changes) <=")),
        Slip("already settled", "the last change is small enough: 0 steps are left", (_SETTLED, "")),
        Slip("already settled", "ask this first: changes may grow", (_SETTLED, ""), (_GROWING, _GROWING + _SETTLED)),
    ))


TASKS = [RELAX, ADJOINT, GRADIENTS, LAYER, RESCALE, FORECAST]
