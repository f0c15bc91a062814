"""Tasks of lesson 15: TODO."""

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import different_sizes
from course_lib.exercises.guard import AnswerFault
from course_lib.exercises.task import Slip, Task

SHEET = "15_limits"

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

# TODO feedback

# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

def integrated_gradients(gradient, x, baseline, count):
    """Integrated gradients, with ``count`` nodes of Gauss and Legendre.

    gradient   a function: pictures (N, D) -> the score's gradient at each pixel
    x (N, D), baseline (D,), count a number  ->  (N, D)
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    mean = np.zeros(x.shape)
    for node, weight in zip((nodes + 1) / 2, weights / 2):
        mean = mean + weight * gradient(baseline + node * (x - baseline))
    return (x - baseline) * mean


def _called(formula, function):
    """A function that a report calls by its formula."""
    function.__name__ = formula
    return function


def _way_case(rng, sizes=None, count=None, baseline=None):
    N, D = sizes or different_sizes(rng, 2)
    W, v = rng.normal(size=(D, 7)), rng.normal(size=7)
    slope = _called("the gradient of tanh(x W) v", lambda x: ((1 - np.tanh(x @ W) ** 2) * v) @ W.T)
    baseline = rng.normal(size=D) if baseline is None else np.full(D, baseline)
    return slope, 0.5 * rng.normal(size=(N, D)), baseline, count or int(rng.integers(3, 6))


_NODE, _EVEN = "zip((nodes + 1) / 2, weights / 2)", "Gauss and Legendre choose the places, and weigh them unequally"
_WAY, _FACTOR = "baseline + node * (x - baseline)", "what the mean gradient is multiplied by is the way: x − baseline"
_FROM = "the way leads from the baseline to x: baseline + node · (x − baseline)"

INTEGRATED = Task(
    id="15-3", title="integrated gradients", level="write", difficulty=2, importance=2, minutes=15,
    reference=integrated_gradients, outputs=("the map",), cases=_way_case,
    small=(_called("the gradient of x₀² + 3 x₁", lambda x: np.stack([2 * x[:, 0], 3 + 0 * x[:, 1]], axis=1)),
           np.array([[3.0, 2.0]]), np.array([1.0, 0.0]), 2),
    edges={"paper as baseline": lambda rng: _way_case(rng, baseline=0.0),
           "one node": lambda rng: _way_case(rng, count=1),
           "one picture": lambda rng: _way_case(rng, (1, 4)),
           "as many pictures as pixels": lambda rng: _way_case(rng, (4, 4)),
           "as many nodes as pixels": lambda rng: _way_case(rng, (3, 5), 5),
           "x is the baseline": lambda rng: (_way_case(rng, (3, 4))[0], np.full((3, 4), 0.5), np.full(4, 0.5), 4)},
    suspects=(
        Slip("nodes not moved", "leggauss gives nodes between −1 and 1; the way is walked from 0 to 1: (node + 1) / 2",
             ("(nodes + 1) / 2", "nodes")),
        Slip("nodes only halved", "(nodes + 1) / 2 lies between 0 and 1; half a node lies between −½ and ½",
             ("(nodes + 1) / 2", "nodes / 2")),
        Slip("weights not halved", "the weights of leggauss add up to 2, the length from −1 to 1; here it is 1",
             ("weights / 2", "weights")),
        Slip("equal weights", _EVEN, (_NODE, "zip((nodes + 1) / 2, np.full(count, 1 / count))")),
        Slip("even steps", _EVEN, (_NODE, "zip(np.arange(count) / count, np.full(count, 1 / count))")),
        Slip("even steps", _EVEN, (_NODE, "zip(np.arange(1, count + 1) / count, np.full(count, 1 / count))")),
        Slip("even steps", _EVEN, (_NODE, "zip((np.arange(count) + 0.5) / count, np.full(count, 1 / count))")),
        Slip("even steps", _EVEN, (_NODE, "zip(np.linspace(0, 1, count), np.full(count, 1 / count))")),
        Slip("way forgotten", _FACTOR, ("return (x - baseline) * mean", "return mean")),
        Slip("times x", _FACTOR, ("return (x - baseline) * mean", "return x * mean")),
        Slip("sign", "the way is x − baseline, not baseline − x", ("return (x - baseline)", "return (baseline - x)")),
        Slip("way from zero", _FROM, (_WAY, "node * x")),
        Slip("way from zero", _FROM, (_WAY, "node * (x - baseline)")),
        Slip("way past x", _FROM, (_WAY, "baseline + node * x")),
        Slip("gradient at x", "the gradient is asked at every node on the way, not at x alone", (_WAY, "x")),
        Slip("gradient at the baseline", "the gradient is asked at every node on the way", (_WAY, "baseline + 0 * x")),
        Slip("gradient at the middle", "the gradient is asked at every node on the way", (_WAY, "(baseline + x) / 2")),
        Slip("not accumulated", "the weighted gradients are added up: mean = mean + …", ("mean + weight", "weight")),
        Slip("size without sign", "a pixel may speak against the score: its number is below 0",
             ("(x - baseline) * mean", "np.abs((x - baseline) * mean)")),
        Slip("added up", "one number for each pixel, not their sum",
             ("return (x - baseline) * mean", "return ((x - baseline) * mean).sum(axis=1)")),
    ))

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

def fast_gradient_sign(x, dx, eps, low, high):
    """One step of the fast gradient sign. ValueError if dx holds NaN.

    x, dx (N, D), eps a number, low and high: the range of a pixel  ->  (N, D)
    """
    if np.isnan(dx).any():
        raise ValueError("dx holds NaN, which has no sign")
    return np.clip(x + eps * np.sign(dx), low, high)


def _sign_case(rng, low=None, eps=None, zeros=0.1, sizes=None):
    N, D = sizes or different_sizes(rng, 2)
    low = rng.normal() if low is None else low
    high = low + rng.uniform(0.8, 2.0)
    x, dx = rng.uniform(low, high, size=(N, D)), rng.normal(size=(N, D)) * rng.uniform(0.1, 9, size=(N, 1))
    dx[rng.random(dx.shape) < zeros] = 0
    if zeros < 1:
        x[0, :2], dx[0, :2], dx[1, :2] = (low, high), (-1.0, 1.0), (0.0, 2.5)       # two are pushed out of the range
    return x, dx, rng.uniform(0.2, 0.4) if eps is None else eps, low, high


def _no_sign(answer, rng):
    x, dx, *rest = _sign_case(rng)
    dx[1, 2] = np.nan
    try:
        answer(x, dx, *rest)
    except AnswerFault as error:
        if isinstance(error.error, ValueError):
            return None
        raise
    return Fault("NaN let through", "dx holds NaN at one pixel: raise ValueError; a network that gives NaN is neither "
                 "fooled nor safe")


_STEP, _CUT = "eps * np.sign(dx)", "np.clip(x + eps * np.sign(dx), low, high)"
_UP = "dx is the gradient of the loss, and the loss shall rise: add"
_SIZE = "every pixel moves by eps, whatever the size of its gradient: np.sign"
_ZERO = "where the gradient is 0 the pixel stays: np.sign(0) is 0"

SIGN = Task(
    id="15-4", title="the fast gradient sign", level="fill in", difficulty=1, importance=3, minutes=10,
    reference=fast_gradient_sign, outputs=("the picture",), cases=_sign_case, fresh=True,
    small=(np.array([[0.5, 0.2, 1.0]]), np.array([[-3.0, 0.0, 0.7]]), 0.1, 0.0, 1.0),
    edges={"grey values up to 255": lambda rng: tuple(255 * part for part in _sign_case(rng, 0.0)),
           "from paper to ink": lambda rng: _sign_case(rng, 0.0),
           "eps of 0": lambda rng: _sign_case(rng, eps=0.0),
           "an eps as large as the range": lambda rng: _sign_case(rng, 0.0, 5.0),
           "tiny gradients": lambda rng: (lambda x, dx, *rest: (x, 1e-30 * dx, *rest))(*_sign_case(rng)),
           "no gradient at all": lambda rng: _sign_case(rng, zeros=1.0),
           "as many pictures as pixels": lambda rng: _sign_case(rng, sizes=(4, 4))},
    probes=(("a gradient that holds NaN", _no_sign),),
    suspects=(
        Slip("downhill", _UP, ("x + eps", "x - eps")),
        Slip("gradient instead of its sign", _SIZE, (_STEP, "eps * dx")),
        Slip("unit vector instead of signs", _SIZE, (_STEP, "eps * dx / np.maximum(np.linalg.norm(dx), 1e-300)")),
        Slip("unit vector instead of signs", _SIZE,
             (_STEP, "eps * dx / np.maximum(np.linalg.norm(dx, axis=1, keepdims=True), 1e-300)")),
        Slip("divided by the largest", _SIZE, (_STEP, "eps * dx / np.maximum(np.abs(dx).max(), 1e-300)")),
        Slip("sign of x", "the sign of the gradient tells the way, not that of the pixel", ("sign(dx)", "sign(x)")),
        Slip("eps forgotten", "each pixel moves by eps: eps times the sign", (_STEP, "np.sign(dx)")),
        Slip("zero counted as plus", _ZERO, ("np.sign(dx)", "np.where(dx >= 0, 1, -1)")),
        Slip("zero counted as minus", _ZERO, ("np.sign(dx)", "np.where(dx > 0, 1, -1)")),
        Slip("not cut", "a pixel cannot be below low or above high: np.clip", (_CUT, "x + eps * np.sign(dx)")),
        Slip("cut at the top only", "cut at both ends: low is a limit, too",
             (_CUT, "np.minimum(x + eps * np.sign(dx), high)")),
        Slip("cut at the bottom only", "cut at both ends: high is a limit, too",
             (_CUT, "np.maximum(x + eps * np.sign(dx), low)")),
        Slip("cut to 0 and 1", "the limits are given: low and high", (_CUT, "np.clip(x + eps * np.sign(dx), 0, 1)")),
        Slip("not cut", "first the step, then the cut: else the step leads outside again",
             (_CUT, "np.clip(x, low, high) + eps * np.sign(dx)")),
        Slip("step cut instead of the picture", "what must lie between low and high is the picture, not the step",
             (_CUT, "x + np.clip(eps * np.sign(dx), low, high)")),
        Slip("only the step returned", "the whole picture is wanted: x plus the step", ("x + eps", "0 * x + eps")),
    ))


TASKS = [
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    INTEGRATED,
    # ---- explaining
    SIGN,
    # ---- attacks
]
