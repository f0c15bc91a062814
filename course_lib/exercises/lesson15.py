"""Tasks of lesson 15: a backward with checkpoints, feedback alignment, integrated gradients, the fast gradient sign,
the score-function gradient."""

import tracemalloc

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import batch_size, different_sizes
from course_lib.exercises.guard import AnswerFault
from course_lib.exercises.task import Slip, Task, forms

SHEET = "15_limits"

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

def checkpointed_backward(steps, x, dy, every):
    """The gradient of x through a chain of steps, of which only some states are kept.

    steps a list of rules, y, backward = step(x)
    x (N, D), dy the gradient of the last y, every the number k
    Returns  dx (N, D)
    """
    kept = []
    for i, step in enumerate(steps):
        if i % every == 0:
            kept.append(x)
        x = step(x)[0]
    for start in reversed(range(0, len(steps), every)):
        x, backwards = kept.pop(), []
        for step in steps[start:start + every]:
            x, backward = step(x)
            backwards.append(backward)
        while backwards:
            dy = backwards.pop()(dy)
    return dy


def _powers(M, calls=None):
    """Steps that can be done on paper, y = (x + x²) M, with another M each; ``calls``: a list, to which each adds its
    place."""
    def make(i, M):
        def step(x):
            if calls is not None:
                calls.append(i)
            return (x + x * x) @ M, lambda dy: (1 + 2 * x) * (dy @ M.T)
        return step
    return [make(i, matrix) for i, matrix in enumerate(M)]


def _with_steps(answer):
    """The answer, asked with the matrices of ``_powers`` in the place of its steps."""
    return lambda M, x, dy, every, calls=None: answer(_powers(M, calls), x, dy, every)


def _kept_and_run(answer, rng):
    """A probe: the memory taken, which steps were run again, and from where. The values are known to be right."""
    for n, every in ((64, 8), (63, 5)):
        calls, (M, x, dy, _) = [], _powers_case(rng, n, every, size=(512, 4))
        began = tracemalloc.is_tracing()
        if not began:
            tracemalloc.start()
        try:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            answer(M, x, dy, every, calls=calls)
            taken = (tracemalloc.get_traced_memory()[1] - before) / x.nbytes
        finally:
            if not began:
                tracemalloc.stop()
        segments = -(-n // every)
        told = f"for {n} steps and every = {every}"
        if len(calls) > 2 * n:
            return Fault("run too often", f"{told} {len(calls)} runs of a step were made; each is to be run at most "
                         "twice: on the way back begin at the last state that was kept, and run a whole segment")
        if taken > segments + 2 * every + 8:
            return Fault("too much kept", f"{told} memory for {taken:.0f} states was taken; {segments} states are to "
                         f"be kept, and the backwards of {every} steps at a time: forget all others, a backward too, "
                         "which holds the state that it reads")
        again = [b for a, b in zip(calls[:-1], calls[1:]) if b != a + 1]
        if any(i % every for i in again):
            return Fault("other states kept", f"{told} a segment was run again from state "
                         f"{next(i for i in again if i % every)}; kept are the states 0, {every}, {2 * every}, …")
    return None


def _powers_case(rng, n=None, every=None, size=None):
    n = n or int(rng.integers(7, 12))
    size = size or (int(rng.integers(3, 5)), int(rng.integers(5, 8)))
    every = every or int(rng.choice([k for k in range(2, n) if n % k]))
    M = 0.8 * np.linalg.qr(rng.normal(size=(n, size[1], size[1])))[0]       # neither explodes nor vanishes soon
    return M, rng.uniform(-0.2, 0.2, size=size), rng.normal(size=size), every


_KEEP = "        if i % every == 0:\n            kept.append(x)\n        x = step(x)[0]\n"
_BEGIN, _STARTS = "x, backwards = kept.pop(), []", "reversed(range(0, len(steps), every))"
_ALL = "the last segment may be shorter than the others: it is run too, steps[start:start + every] allows it"

MEMORY = Task(
    id="15-1", title="the checkpointed backward", level="write", difficulty=2, importance=3, minutes=20,
    reference=checkpointed_backward, adapt=_with_steps, outputs=("dx",), cases=_powers_case,
    batch=lambda M, x, *others: batch_size(x), probes=(("what is kept, and what is run again", _kept_and_run),),
    names=("M, with the steps y = (x + x²) M", "x", "dy", "every"),
    small=(np.array([[[0.0, 1], [1, 0]], [[1, 0], [1, 1]], [[0, 1], [2, 0]]]), np.array([[1.0, 0.0]]),
           np.array([[1.0, 2.0]]), 2),
    edges={"one segment for all": lambda rng: _powers_case(rng, 5, 9),
           "every state": lambda rng: _powers_case(rng, 6, 1),
           "segments of equal length": lambda rng: _powers_case(rng, 9, 3),
           "as long as one segment": lambda rng: _powers_case(rng, 4, 4),
           "one step more than a segment": lambda rng: _powers_case(rng, 5, 4),
           "a single step": lambda rng: _powers_case(rng, 1, 3),
           "many steps": lambda rng: _powers_case(rng, 50, 7)},
    suspects=(
        Slip("segments from the front", "the last segment comes first on the way back, and dy goes from it to the one "
             "before", (_STARTS, "range(0, len(steps), every)"), ("kept.pop()", "kept.pop(0)")),
        Slip("segments from the front", "take the states that were kept from the end: the last segment comes first",
             ("kept.pop()", "kept.pop(0)")),
        Slip("backwards from the front", "within a segment, too, the backward of the last step comes first",
             ("backwards.pop()", "backwards.pop(0)")),
        Slip("rest forgotten", _ALL, (_STARTS, "reversed(range(0, len(steps) - len(steps) % every, every))")),
        Slip("rest forgotten", _ALL, (_STARTS, "reversed(range(0, len(steps) - len(steps) % every, every))"),
             ("kept.pop()", "kept[start // every]")),
        Slip("rest forgotten", _ALL, (_STARTS, "reversed(range(0, len(steps) - every + 1, every))"),
             ("kept.pop()", "kept[start // every]")),
        Slip("state after the step kept", "keep the state that goes into step 0, k, 2k, …, not the one that comes out",
             (_KEEP, "        x = step(x)[0]\n        if i % every == 0:\n            kept.append(x)\n")),
        Slip("run on from the end", "a segment is run again from the state that was kept at its start",
             (_BEGIN, "backwards = []")),
        Slip("a step too few", "a segment has k steps: the slice ends at start + every, which it leaves out",
             ("start + every]", "start + every - 1]")),
        Slip("a step too many", "a segment has k steps; the next one belongs to the segment behind",
             ("start + every]", "start + every + 1]")),
        Slip("steps of the first segment", "each segment has its own steps: steps[start:start + every]",
             ("steps[start:start + every]", "steps[:every]")),
        Slip("dy begins anew", "dy is carried from segment to segment; it begins with what was given only at the end",
             ("    kept = []\n", "    kept, given = [], dy\n"), (_BEGIN, f"{_BEGIN}\n        dy = given")),
        Slip("dy ignored", "the last backward is given dy",
             ("    kept = []\n", "    kept, dy = [], np.ones_like(dy)\n")),
        Slip("the state not passed on", "in the second run, too, the output of a step is the input of the next",
             ("x, backward = step(x)", "_, backward = step(x)")),
        Slip("only the last step of each segment", "every step of the segment has its backward, not the last alone",
             ("while backwards:", "if backwards:")),
        Slip("the result of the way forward", "what is asked for is dx, the gradient, not the last state",
             ("return dy", "return x")),
    ))

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

def feedback_alignment_gradients(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    """What feedback alignment tells the parameters of a network of two ReLU layers.

    x (N, D), labels (N,), W1 (D, H), W2 (H, K), W3 (K, C), biases (H,), (K,), (C,)
    The loss is the mean softmax cross-entropy.
    B2 (H, K), B3 (K, C), fixed and random  ->  dW1, db1, dW2, db2, dW3, db3
    """
    a1 = x @ W1 + b1
    h1 = np.maximum(a1, 0)
    a2 = h1 @ W2 + b2
    h2 = np.maximum(a2, 0)
    y = h2 @ W3 + b3
    p = np.exp(y - y.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    dy = (p - np.eye(len(b3))[labels]) / len(x)
    da2 = dy @ B3.T * (a2 > 0)
    da1 = da2 @ B2.T * (a1 > 0)
    dW1, dW2, dW3 = x.T @ da1, h1.T @ da2, h2.T @ dy
    return dW1, da1.sum(axis=0), dW2, da2.sum(axis=0), dW3, dy.sum(axis=0)


def _feedback_case(rng, sizes=None, N=None, scale=1.0):
    D, H, K, C = sizes or different_sizes(rng, 4)
    N = N or int(rng.integers(9, 13))
    parts = [rng.normal(size=(N, D)), rng.integers(C, size=N)]
    for shape in ((D, H), (H, K), (K, C)):
        parts += [rng.normal(size=shape) * scale / np.sqrt(shape[0]), 0.3 * rng.normal(size=shape[1])]
    return *parts, rng.normal(size=(H, K)), rng.normal(size=(K, C))


_BACK2, _BACK1 = "dy @ B3.T * (a2 > 0)", "da2 @ B2.T * (a1 > 0)"
_TRANSPORT = "on the way back B3 stands in the place of W3, and B2 in that of W2; the forward keeps its weights"
_SLOPE = ("the feedback replaces the weights only: the slope of ReLU, (a > 0), still multiplies what comes back; "
          "(h >= 0) is always true")
_FORWARD = "the forward pass is the ordinary one, with W: B is used on the way back only"
_MEAN = "the loss is a mean over the N examples: dy is divided by N"

FEEDBACK = Task(
    id="15-2", title="feedback alignment", level="write", difficulty=2, importance=2, minutes=15,
    reference=feedback_alignment_gradients, outputs=("dW1", "db1", "dW2", "db2", "dW3", "db3"),
    cases=_feedback_case, batch=lambda x, *_: len(x),
    small=(np.array([[1.0]]), np.array([1]), np.array([[1.0, 0.0]]), np.array([0.0, -1.0]),
           np.array([[2.0], [1.0]]), np.array([0.0]), np.array([[0.0, 0.0]]), np.zeros(2),
           np.array([[3.0], [-2.0]]), np.array([[1.0, -1.0]])),
    edges={"one example": lambda rng: _feedback_case(rng, N=1),
           "layers of one width": lambda rng: _feedback_case(rng, sizes=(4, 4, 4, 4)),
           "two classes": lambda rng: _feedback_case(rng, sizes=(5, 4, 3, 2)),
           "large outputs": lambda rng: _feedback_case(rng, scale=30.0),
           "a silent layer": lambda rng: _silent(_feedback_case(rng))},
    suspects=(
        *forms("weights transported", _TRANSPORT, ((_BACK2, "dy @ W3.T * (a2 > 0)"),),
               ((_BACK1, "da2 @ W2.T * (a1 > 0)"),),
               ((_BACK2, "dy @ W3.T * (a2 > 0)"), (_BACK1, "da2 @ W2.T * (a1 > 0)"))),
        *forms("feedback not transposed", "B3 has the shape of W3, (K, C): dy (N, C) meets its transpose",
               ((_BACK2, "dy @ B3.reshape(B3.shape[::-1]) * (a2 > 0)"),),
               ((_BACK1, "da2 @ B2.reshape(B2.shape[::-1]) * (a1 > 0)"),),
               ((_BACK2, "dy @ B3.reshape(B3.shape[::-1]) * (a2 > 0)"),
                (_BACK1, "da2 @ B2.reshape(B2.shape[::-1]) * (a1 > 0)"))),
        *forms("slope forgotten", _SLOPE, ((_BACK2, "dy @ B3.T"),), ((_BACK1, "da2 @ B2.T"),),
               ((_BACK2, "dy @ B3.T"), (_BACK1, "da2 @ B2.T"))),
        Slip("direct feedback", "here each layer hears from the one above it, da2 @ B2.T; direct feedback would carry "
             "dy itself to the first layer, past the slope of the second", (_BACK1, "dy @ B3.T @ B2.T * (a1 > 0)")),
        *forms("slope is 0 or 1", "the slope of ReLU is 1 where a > 0, else 0: multiply by (a > 0), not by h",
               ((_BACK2, "dy @ B3.T * h2"),), ((_BACK1, "da2 @ B2.T * h1"),),
               ((_BACK2, "dy @ B3.T * h2"), (_BACK1, "da2 @ B2.T * h1"))),
        *forms("feedback in the forward pass", _FORWARD, (("h1 @ W2 + b2", "h1 @ B2 + b2"),),
               (("h2 @ W3 + b3", "h2 @ B3 + b3"),),
               (("h1 @ W2 + b2", "h1 @ B2 + b2"), ("h2 @ W3 + b3", "h2 @ B3 + b3"))),
        *forms("what entered is wrong", "dW2 = h1ᵀ da2 and dW3 = h2ᵀ dy: after the ReLU, not before it",
               (("h1.T @ da2", "a1.T @ da2"),), (("h2.T @ dy", "a2.T @ dy"),),
               (("h1.T @ da2", "a1.T @ da2"), ("h2.T @ dy", "a2.T @ dy"))),
        Slip("mean forgotten", _MEAN, (" / len(x)", "")),
        Slip("labels forgotten", "dy = (p − one-hot labels) / N", ("(p - np.eye(len(b3))[labels])", "p")),
        Slip("overflow", "subtract the largest entry of each row before exp: large outputs overflow",
             ("np.exp(y - y.max(axis=1, keepdims=True))", "np.exp(y)")),
        Slip("sign", "dy = (p − one-hot labels) / N, not the other way round",
             ("(p - np.eye(len(b3))[labels])", "(np.eye(len(b3))[labels] - p)")),
        *forms("bias averaged", "the bias was added to every row: a sum over the rows; the 1/N is already in dy",
               (("da1.sum(axis=0)", "da1.mean(axis=0)"),), (("da2.sum(axis=0)", "da2.mean(axis=0)"),),
               ((", dy.sum(axis=0)", ", dy.mean(axis=0)"),)),
        Slip("feedback at the last layer", "the last layer knows dy itself: dW3 = h2ᵀ dy is its true gradient",
             ("h2.T @ dy\n", "h2.T @ (dy @ B3.T @ B3)\n")),
    ))


def _silent(case):
    """The same case with a first layer whose units are all off."""
    case = list(case)
    case[3] = np.full_like(case[3], -50.0)
    return tuple(case)


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

# ---- 15-5 blind ------------------------------------------------------------------------------------------------------

def score_function_gradient(x, W, b, losses):
    """Estimate the gradient of the expected mean loss by W, from one draw.

    x (N, D) with N at least 2, W (D, H), b (N, H) the zeros and ones that were drawn
    losses (N,)  what they led to
    Returns  dW (D, H)
    """
    N, p = len(x), 1 / (1 + np.exp(-(x @ W)))
    baseline = (losses.sum() - losses) / (N - 1)
    da = (losses - baseline)[:, np.newaxis] * (b - p) / N
    return x.T @ da


def _score_case(rng, sizes=None):
    N, D, H = sizes or different_sizes(rng, 3)
    b = (rng.random((N, H)) < 0.5).astype(float)
    return rng.normal(size=(N, D)), 0.5 * rng.normal(size=(D, H)), b, rng.uniform(0.5, 3.0, size=N)


_OTHERS = "the baseline of a row is the mean of the losses of the other rows: (sum − its own) / (N − 1)"
_SCORE_IS = "the derivative of ln P(b) by a is b − p, (15.26)"
_ROW = "J is the mean loss of N rows: divide by N once"

SCORE = Task(
    id="15-5", title="the score-function gradient", level="write", difficulty=2, importance=2, minutes=15,
    reference=score_function_gradient, outputs=("dW",), cases=_score_case, batch=batch_size,
    small=(np.array([[2.0], [1.0]]), np.array([[0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([5.0, 1.0])),
    edges={"two rows": lambda rng: _score_case(rng, (2, 3, 4)),
           "one unit": lambda rng: _score_case(rng, (5, 3, 1)),
           "as many rows as inputs and units": lambda rng: _score_case(rng, (4, 4, 4)),
           "equal losses": lambda rng: (*_score_case(rng, (3, 2, 4))[:3], np.full(3, 2.0)),
           "nearly certain units": (np.array([[4.0], [-4.0], [1.0]]), np.array([[2.0, -3.0]]),
                                    np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]), np.array([1.0, 2.0, 4.0]))},
    suspects=(
        Slip("no baseline", _OTHERS, ("(losses - baseline)", "losses")),
        Slip("own loss in the baseline", _OTHERS, ("(losses.sum() - losses) / (N - 1)", "losses.mean()")),
        Slip("divided by the wrong number", _OTHERS, ("(N - 1)", "N")),
        Slip("baseline added", "what is better than the others' mean counts as below 0: loss − baseline",
             ("losses - baseline", "losses + baseline")),
        Slip("sign", _SCORE_IS + ": with p − b descent climbs", ("(b - p)", "(p - b)")),
        Slip("sign", "descent subtracts the gradient: a state that cost more than the others has to become rarer",
             ("losses - baseline", "baseline - losses")),
        Slip("probability forgotten", _SCORE_IS, ("(b - p)", "b")),
        Slip("no draw", _SCORE_IS + ": with p alone it does not matter what was drawn", ("(b - p)", "p")),
        Slip("slope of the sigmoid too many", "ln P already contains the sigmoid: " + _SCORE_IS + ", without p (1 − p)",
             ("(b - p)", "(b - p) * p * (1 - p)")),
        Slip("derivative by p instead of a", "W stands before the sigmoid: " + _SCORE_IS,
             ("(b - p)", "(b - p) / (p * (1 - p))")),
        Slip("scores instead of probabilities", "p = sigmoid(x W), a number between 0 and 1",
             ("1 / (1 + np.exp(-(x @ W)))", "x @ W")),
        Slip("sign inside the sigmoid", "p = 1 / (1 + exp(−a)): a large score makes a 1 likely",
             ("np.exp(-(x @ W))", "np.exp(x @ W)")),
        Slip("one loss for all rows", "each row's units are told by the loss of this row, not by the mean loss",
             ("(losses - baseline)[:, np.newaxis]", "losses.mean()")),
        Slip("division by N forgotten", _ROW, (" * (b - p) / N", " * (b - p)")),
        Slip("divided twice", _ROW, ("x.T @ da", "x.T @ da / N")),
        Slip("transpose", "dW = xᵀ da, as W has D rows and H columns", ("x.T @ da", "da.T @ x")),
    ))


TASKS = [
    MEMORY,
    FEEDBACK,
    INTEGRATED,
    SIGN,
    SCORE,
]
