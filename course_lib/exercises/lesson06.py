"""Tasks of lesson 06: each update rule as a pure function of parameter, gradient and state; parts of L-BFGS; a fair
comparison."""

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.task import Slip, Suspect, Task
from course_lib.exercises.values import same

SHEET = "06_optimizers"

_UPHILL = Slip("sign", "the step goes downhill: p minus lr times what looks like the gradient", ("p - lr", "p + lr"))
_ROOT = "divide by the root of the mean square, which has the unit of the gradient, not by the mean square"
_EPS = "eps keeps the division safe while s is 0: it is added to the root, √s + eps, neither inside it nor as a bound"
_OLD = "first update the state with the new gradient, then use the new state for the step"
_RETURNED = "return the new state as it is: the next step needs it"
_SQUARED = "what is averaged is the square of the gradient, g * g"
_SWAPPED = "the old average keeps the large weight (0.9, say), the new gradient gets the rest, 1 minus it"
_AVERAGE = "the two weights must add up to 1: what is new is multiplied by 1 minus the weight of the old"
_TINY = "no bound but eps stands in the formula: if eps is smaller still, tiny numbers count as large ones do"
_P, _STEEP, _ZEROS, _B = np.array([1.0, 2, 3]), np.array([1e-3, -1, 1e3]), np.zeros((3, 3)), (0.9, 0.999)


def _each(name, hint, *variants):
    """One mistake in several ways, each a list of edits."""
    return [Slip(name, hint, *edits) for edits in variants]


def _arrays(rng, count, squares=0):
    """Arrays of one shape, of one to three axes of different lengths; the last ``squares`` of them not negative."""
    shape = rng.choice(np.arange(2, 6), size=rng.integers(1, 4), replace=False)
    return [*rng.normal(size=(count, *shape)), *rng.normal(size=(squares, *shape)) ** 2]


# ---- 06-1 momentum and Nesterov ------------------------------------------------------------------------------
def momentum_step(p, g, v, lr, momentum, nesterov):
    """One step of the heavy ball, or of Nesterov's momentum.

    p, g, v (same shape), lr, momentum numbers, nesterov True or False  ->  p, v
    """
    v = momentum * v + g
    step = g + momentum * v if nesterov else v
    return p - lr * step, v

_BALL = _P, np.array([2.0, -4, 1]), np.array([2.0, 2, -2])
_RATE = "in (6.2) the velocity collects bare gradients, with a plus; the learning rate multiplies it at the end, once"
_NESTEROV = "with nesterov=True the step is lr (g + momentum v) with the new v, (6.3); otherwise it is lr v"

MOMENTUM = Task(
    id="06-1", title="a step with momentum", level="fill in", difficulty=1, importance=3, minutes=10,
    reference=momentum_step, outputs=("p", "v"), fresh=True, count=6, small=(*_BALL, 0.1, 0.5, False),
    cases=lambda rng: (*_arrays(rng, 3), *rng.uniform((0.05, 0.4), (0.3, 0.8)).tolist(), bool(rng.integers(2))),
    edges={"Nesterov's step": (*_BALL, 0.1, 0.5, True), "the first step": (*_BALL[:2], _ZEROS[0], 0.1, 0.5, True),
           "momentum 0": (*_BALL, 0.1, 0.0, True), "learning rate 0": (*_BALL, 0.0, 0.5, False),
           "steep and flat directions": (_P, _STEEP, -_P, 0.1, 0.9, False)},
    suspects=(
        _UPHILL, Slip("old velocity", _OLD, ("    v = ", "    new = "), ("step, v", "step, new")),
        Slip("dampened", "g enters whole; 1 − momentum belongs to averages", ("v + g", "v + (1 - momentum) * g")),
        *_each("learning rate inside the velocity", _RATE,
               [("v + g", "v + lr * g"), ("= g +", "= lr * g +"), ("lr * step", "step")], [("v + g", "v + lr * g")],
               [("v + g", "v - lr * g"), ("= g +", "= lr * g -"), ("else v", "else -v"), ("lr * step", "step")]),
        Slip("old velocity returned", _RETURNED, ("    v = ", "    old, v = v, "), ("step, v", "step, old")),
        Slip("the step returned", "return v: Nesterov's step holds momentum once more", ("step, v", "step, step")),
        Slip("Nesterov ignored", _NESTEROV, ("g + momentum * v if nesterov else v", "v")),
        *_each("Nesterov unasked", _NESTEROV, [(" if nesterov else v", "")], [("if nesterov", "if not nesterov")]),
        Slip("look-ahead without momentum", _NESTEROV, ("g + momentum * v if", "g + v if")),
        Slip("look-ahead without the gradient", _NESTEROV, ("g + momentum * v if", "momentum * v if")),
        Slip("velocity replaced", "the velocity remembers: momentum v + g, with the old v", ("momentum * v + g", "g")),
        *_each("nothing forgotten", "the old velocity fades: momentum v", [("= momentum * v", "= v")],
               [("momentum * v + g", "v + momentum * g")]),
    ))


# ---- 06-2 AdaGrad, 06-3 RMSprop ------------------------------------------------------------------------------
def adagrad_step(p, g, s, lr, eps):
    """One step of AdaGrad.

    p, g, s (same shape), lr, eps numbers  ->  p, s
    """
    s = s + g * g
    return p - lr * g / (np.sqrt(s) + eps), s


def rmsprop_step(p, g, s, lr, alpha, eps):
    """One step of RMSprop.

    p, g, s (same shape), lr, alpha, eps numbers  ->  p, s
    """
    s = alpha * s + (1 - alpha) * g * g
    return p - lr * g / (np.sqrt(s) + eps), s

_BELOW, _OWN, _FORGETS = "(np.sqrt(s) + eps)", "each entry has an s of its own", "the old s belongs into the new one"
_SCALED = (     # mistakes in the last line, which both have
    _UPHILL, Slip("square root missing", _ROOT, ("np.sqrt(s)", "s")),
    Slip("eps inside the root", _EPS, (_BELOW, "np.sqrt(s + eps)")), Slip("eps forgotten", _EPS, (" + eps)", ")")),
    *_each("eps elsewhere", _EPS, [(_BELOW, "np.maximum(np.sqrt(s), eps)")], [(_BELOW, "np.sqrt(s) + eps")]),
    Slip("a bound of its own", _TINY, ("np.sqrt(s)", "np.sqrt(np.maximum(s, 1e-8))")),
    Slip("old state", _OLD, ("    s = ", "    new = "), ("eps), s", "eps), new")),
    Slip("old state returned", _RETURNED, ("    s = ", "    old, s = s, "), ("eps), s", "eps), old")),
    *_each("sign of the gradient lost", "the step needs g itself", [("lr * g", "lr * np.abs(g)")], [("lr * g", "lr")]))

ADAGRAD = Task(
    id="06-2", title="a step of AdaGrad", level="fill in", difficulty=1, importance=2, minutes=5,
    reference=adagrad_step, small=(_P, np.array([3.0, -4, 0]), np.array([16.0, 9, 4]), 0.8, 3.0), fresh=True,
    cases=lambda rng: (*_arrays(rng, 2, 1), *rng.uniform((0.1, 0.05), (0.5, 0.3)).tolist()), outputs=("p", "s"),
    edges={"the first step": (_P, _STEEP, _ZEROS[0], 0.1, 0.5), "no gradient yet": (_P, *_ZEROS[:2], 0.1, 1e-8),
           "steep and flat directions": (_P, _STEEP, 2 * _STEEP ** 2, 0.1, 1e-2),
           "a tiny gradient": (_P, 1e-11 * _BALL[1], _ZEROS[0], 0.1, 1e-16)},
    suspects=(
        *_SCALED,
        *_each("gradient not squared", _SQUARED, [("g * g", "g")], [("g * g", "np.abs(g)")], [("g * g", "2 * g")]),
        Slip("forgets at once", _FORGETS, ("s + g * g", "g * g")),
        *_each("one rate for all", _OWN, [("g * g", "np.sum(g * g)")], [("g * g", "np.mean(g * g)")]),
    ))

RMSPROP = Task(
    id="06-3", title="a step of RMSprop", level="fill in", difficulty=1, importance=3, minutes=5,
    reference=rmsprop_step, fresh=True, small=(_P, np.array([2.0, -4, 0]), np.array([0.0, 28, 12]), 0.6, 0.75, 1.0),
    cases=lambda rng: (*_arrays(rng, 2, 1), *rng.uniform((0.1, 0.6, 0.05), (0.5, 0.9, 0.3)).tolist()),
    edges={name: (*case[:4], 0.9, case[4]) for name, case in ADAGRAD.edges.items()}, outputs=("p", "s"),
    suspects=(
        *_SCALED,
        Slip("weights exchanged", _SWAPPED, ("alpha * s + (1 - alpha)", "(1 - alpha) * s + alpha")),
        *_each("not an average", _AVERAGE, [("(1 - alpha) * g", "g")], [("alpha * s", "s")]),
        Slip("AdaGrad", "AdaGrad never forgets; here old squares fade", ("alpha * s + (1 - alpha) *", "s +")),
        *_each("gradient not squared", _SQUARED, [(" g * g", " g")], [(" g * g", " np.abs(g)")]),
        Slip("forgets at once", _FORGETS, ("alpha * s + ", "")),
    ))


# ---- 06-4 AdaDelta -------------------------------------------------------------------------------------------
def adadelta_step(p, g, s, d, lr, rho, eps):
    """One step of AdaDelta.

    p, g, s, d (same shape), lr, rho, eps numbers  ->  p, s, d
    """
    s = rho * s + (1 - rho) * g * g
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    d = rho * d + (1 - rho) * delta * delta
    return p - lr * delta, s, d

_RATIO, _TWO_ROOTS = "np.sqrt(d + eps) / np.sqrt(s + eps)", "the ratio is √(d + eps) / √(s + eps), eps inside both"
_MEAN_S, _MEAN_D = ("rho * s + (1 - rho)", "(1 - rho) * s + rho"), ("rho * d + (1 - rho)", "(1 - rho) * d + rho")
_STEPS = "d averages the squares of the steps before the learning rate, delta * delta"

ADADELTA = Task(
    id="06-4", title="a step of AdaDelta", level="write", difficulty=2, importance=1, minutes=10,
    reference=adadelta_step, fresh=True, outputs=("p", "s", "d"),
    cases=lambda rng: (*_arrays(rng, 2, 2), *rng.uniform((0.3, 0.6, 0.05), (0.8, 0.9, 0.3)).tolist()),
    small=(np.array([1.0, 2]), np.array([4.0, -2]), np.array([14.0, 2]), np.array([3.0, 8]), 0.5, 0.5, 1.0),
    edges={"the first step": (*_BALL[:2], *_ZEROS[:2], 1.0, 0.9, 0.1),
           "p in a unit 1000 times smaller": (1e3 * _P, _BALL[1] / 1e3, _P / 1e6, _P * 1e6, 1.0, 0.9, 0.0),
           "steep and flat directions": (_P, _STEEP, 2 * _P, 3 * _P, 1.0, 0.9, 1e-3),
           "a tiny gradient": (_P, 1e-7 * _BALL[1], _ZEROS[0], 2 * _P, 1.0, 0.9, 1e-18),
           "tiny steps": (_ZEROS[0], _BALL[1], _P, 1e-14 * _P, 1.0, 0.9, 1e-18),
           "no gradient": (_P, *_ZEROS, 1.0, 0.9, 0.1)},
    suspects=(
        _UPHILL, Slip("learning rate remembered", _STEPS, ("delta * delta", "(lr * delta) ** 2")),
        Slip("roots exchanged", "the root of the steps stands above", (_RATIO, "np.sqrt(s + eps) / np.sqrt(d + eps)")),
        Slip("eps outside the root", _TWO_ROOTS, (_RATIO, "(np.sqrt(d) + eps) / (np.sqrt(s) + eps)")),
        *_each("a bound of its own", _TINY, [("sqrt(s + eps)", "sqrt(np.maximum(s, 1e-8) + eps)")],
               [("sqrt(d + eps)", "sqrt(np.maximum(d, 1e-8) + eps)")]),
        *_each("one eps missing", _TWO_ROOTS, [("sqrt(s + eps)", "sqrt(s)")], [("sqrt(d + eps)", "sqrt(d)")]),
        Slip("square root missing", _TWO_ROOTS, (_RATIO, "(d + eps) / (s + eps)")),
        Slip("old state", _OLD, ("    s = ", "    new = "), ("delta, s", "delta, new")),
        Slip("old state returned", _RETURNED, ("    s = ", "    old, s = s, "), ("delta, s", "delta, old")),
        *_each("weights exchanged", _SWAPPED, [_MEAN_S, _MEAN_D], [_MEAN_S], [_MEAN_D]),
        Slip("not an average", _AVERAGE, ("(1 - rho) * g", "g"), ("(1 - rho) * delta", "delta")),
        *_each("gradient not squared", _SQUARED, [("g * g", "g")], [("g * g", "np.abs(g)")]),
        *_each("step not squared", _STEPS, [("delta * delta", "delta")], [("delta * delta", "np.abs(delta)")]),
        Slip("gradients remembered", _STEPS, ("delta * delta", "g * g")),
        Slip("steps ignored", "this is RMSprop: √(d + eps) stands above", ("np.sqrt(d + eps) /", "1 /")),
        *_each("steps averaged too early", "the step uses the old d", [("* delta, s", f"* {_RATIO} * g, s")],
               [(f"    d = {_MEAN_D[0]} * delta * delta\n", ""),
                ("    delta", f"    d = {_MEAN_D[0]} * g * g\n    delta")]),
        Slip("average of the steps not updated", "d takes in the square of this step", ("    d = ", "    new = ")),
    ))


# ---- 06-5 Adam, 06-6 AdamW -----------------------------------------------------------------------------------
def adam_step(p, g, m, v, t, lr, betas, eps):
    """One step of Adam, the t-th (t = 1, 2, ...).

    p, g, m, v (same shape), betas = (beta1, beta2), lr, eps numbers  ->  p, m, v
    """
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adamw_step(p, g, m, v, t, lr, betas, eps, weight_decay):
    """One step of AdamW, the t-th (t = 1, 2, ...).

    p, g, m, v (same shape), betas = (beta1, beta2), the others numbers  ->  p, m, v
    """
    decayed = (1 - lr * weight_decay) * p
    return adam_step(decayed, g, m, v, t, lr, betas, eps)


def _adam_case(rng):
    lr, beta1, beta2, eps = rng.uniform((0.1, 0.7, 0.85, 0.05), (0.5, 0.8, 0.95, 0.3)).tolist()
    return *_arrays(rng, 3, 1), int(rng.integers(1, 7)), lr, (beta1, beta2), eps

_UNCORRECTED = "both averages start at 0 and are too small at first: divide m by 1 − beta1**t and v by 1 − beta2**t"
_CLOCK = "t counts from 1 and is used as it is, as an exponent: beta1**t, beta2**t"
_BETAS = "betas = (beta1, beta2): the first belongs to m and its correction, the second to v and its correction"
_ROOT_V, _M_HAT, _V_HAT = "(np.sqrt(v_hat) + eps)", ("m / (1 - beta1 ** t)", "m"), ("v / (1 - beta2 ** t)", "v")
_M, _V = ("beta1 * m + (1 - beta1)", "(1 - beta1) * m + beta1"), ("beta2 * v + (1 - beta2)", "(1 - beta2) * v + beta2")

ADAM = Task(
    id="06-5", title="a step of Adam", level="write", difficulty=2, importance=3, minutes=15,
    reference=adam_step, fresh=True, outputs=("p", "m", "v"), cases=_adam_case, count=6,
    small=(np.array([1.0, 2]), np.array([4.0, -1]), np.array([2.0, -2]), np.array([8.0, 5]), 2, 0.3, (0.5, 0.5), 1.0),
    edges={"the first step": (_ZEROS[2], _STEEP, *_ZEROS[:2], 1, 0.01, _B, 0.0),
           "no gradient yet": (_P, *_ZEROS, 1, 0.1, _B, 1e-8),
           "a tiny gradient": (_P, 1e-11 * _BALL[1], *_ZEROS[:2], 1, 0.1, _B, 1e-16),
           **{f"step {t}": (*_BALL, 2 * _P, t, 0.1, _B, 0.1) for t in (10, 20, 50, 100, 1000)},
           "steep and flat directions": (_P, _STEEP, -_P, _STEEP ** 2, 3, 0.1, _B, 1e-2),
           "float32": (*np.float32([[1, 2], [3, -1], [2, 1], [3, 2]]), 3, 0.1, (0.7, 0.9), 0.1)},
    suspects=(
        _UPHILL, Slip("no bias correction", _UNCORRECTED, _M_HAT, _V_HAT),
        *_each("one average uncorrected", _UNCORRECTED, [_M_HAT], [_V_HAT]),
        *_each("correction given up", "m is corrected at every step: 1 − beta1**t tends to 1 by itself", *(
            [("m / (1 - beta1 ** t)", f"m / (1 - beta1 ** t) if t < {n} else m")] for n in (5, 10, 20, 50, 100))),
        Slip("a bound of its own", _TINY, ("np.sqrt(v_hat)", "np.sqrt(np.maximum(v_hat, 1e-8))")),
        Slip("clock one step late", _CLOCK, ("1 ** t", "1 ** (t + 1)"), ("2 ** t", "2 ** (t + 1)")),
        Slip("clock one step early", _CLOCK, ("1 ** t", "1 ** (t - 1)"), ("2 ** t", "2 ** (t - 1)")),
        *_each("t no exponent", _CLOCK, [("1 ** t", "1 * t"), ("2 ** t", "2 * t")], [("1 ** t", "1"), ("2 ** t", "2")]),
        *_each("corrected state returned", _RETURNED, [("), m, v", "), m_hat, v_hat")], [("), m", "), m_hat")]),
        Slip("betas exchanged", _BETAS, ("beta1, beta2 =", "beta2, beta1 =")),
        *_each("one beta for both", _BETAS, [("beta2 = betas", "beta2 = [betas[0]] * 2")], [("2 ** t", "1 ** t")]),
        Slip("square root missing", _ROOT, ("np.sqrt(v_hat)", "v_hat")), Slip("eps forgotten", _EPS, (" + eps)", ")")),
        Slip("correction outside the root", "v is corrected before the root is taken: √(v / (1 − beta2**t))",
             ("np.sqrt(v_hat)", "np.sqrt(v) / (1 - beta2 ** t)")),
        Slip("eps inside the root", _EPS, (_ROOT_V, "np.sqrt(v_hat + eps)")),
        Slip("eps before the correction", "eps is added to the root of the corrected v; folding the correction into "
             "the learning rate changes the meaning of eps", (_ROOT_V, "(np.sqrt(v) + eps) * np.sqrt(1 - beta2 ** t)")),
        *_each("gradient not squared", _SQUARED, [("g * g", "g")], [("g * g", "np.abs(g)")], [("g * g", "m * m")]),
        Slip("old state", _OLD, ("    m =", "    new_m ="), ("    v =", "    new_v ="), ("), m, v", "), new_m, new_v")),
        *_each("weights exchanged", _SWAPPED, [("= betas", "= 1 - betas[0], 1 - betas[1]")], [_M, _V], [_M], [_V]),
        Slip("not an average", _AVERAGE, ("(1 - beta1) * g", "g"), ("(1 - beta2) * g", "g")),
        Slip("gradient instead of m", "the step follows m; this is a corrected RMSprop", ("lr * m_hat", "lr * g")),
    ))

_DECAY, _LAST = "(1 - lr * weight_decay) * p", "return adam_step(decayed, g, m, v, t, lr, betas, eps)"
_FIRST = "p, m, v = adam_step(p, g, m, v, t, lr, betas, eps)\n    return p - lr * weight_decay * "

ADAMW = Task(
    id="06-6", title="a step of AdamW", level="fill in", difficulty=2, importance=3, minutes=10,
    reference=adamw_step, fresh=True, outputs=("p", "m", "v"), small=(*ADAM.small, 0.5),
    cases=lambda rng: (*_adam_case(rng), float(rng.uniform(0.2, 0.6))),
    edges={**{name: (*case, 0.5) for name, case in ADAM.edges.items()},
           "decay through 0": (*_BALL, 2 * _P, 3, 1.0, _B, 0.1, 2.0)},
    suspects=(
        Slip("decay inside the gradient", "this is L2 inside Adam: the decay passes through m and v and is divided "
             "by the root; AdamW keeps it out of both", ("decayed, g,", "p, g + weight_decay * p,")),
        Slip("decay divided by the root", "the decay is not divided by √v: it is taken from p directly", (_DECAY, "p"),
             (_LAST, _FIRST + "decayed / (np.sqrt(v / (1 - betas[1] ** t)) + eps), m, v")),
        Slip("decay of the new parameter", "the old p decays, before Adam's step", (_LAST, _FIRST + "p, m, v")),
        Slip("decay without the learning rate", "as in PyTorch, the decay is lr λ p", ("(1 - lr * ", "(1 - ")),
        Slip("growth instead of decay", "the decay pulls p towards 0: p − lr λ p", ("(1 - lr", "(1 + lr")),
        Slip("decay forgotten", "this is Adam; AdamW takes lr λ p from p as well", ("step(decayed", "step(p")),
        Slip("decay of the gradient", "it is the parameter that decays, not g", (_DECAY, "p - lr * weight_decay * g")),
        Slip("decay stopped at 0", "(6.9) has no bound: where lr λ is above 1, p changes its sign before Adam's step",
             (_DECAY, "max(0, 1 - lr * weight_decay) * p")),
        Slip("decay by division", "1 / (1 + lr λ) only resembles 1 − lr λ", (_DECAY, "p / (1 + lr * weight_decay)")),
        Slip("exponential decay", "exp(−lr λ) only resembles 1 − lr λ", (_DECAY, "np.exp(-lr * weight_decay) * p")),
        *(Suspect(name, hint, lambda p, g, m, v, t, lr, betas, eps, decay, step=step: step(     # who writes Adam out
            (1 - lr * decay) * p, g, m, v, t, lr, betas, eps)) for name, hint, step in ADAM.mistakes),
    ))


# ---- 06-7 Sophia ---------------------------------------------------------------------------------------------
def sophia_step(p, g, m, h, lr, beta, gamma, eps):
    """One step of Sophia, without weight decay.

    p, g, m, h (same shape), lr, beta, gamma, eps numbers  ->  p, m
    """
    m = beta * m + (1 - beta) * g
    ratio = m / np.maximum(gamma * h, eps)
    return p - lr * np.clip(ratio, -1, 1), m


def _sophia_case(rng):
    p, g, m, h = _arrays(rng, 4)
    h = 8 * h + 4                           # of both signs, mostly positive: some entries are clipped, some not
    h.flat[:2] = -1.5, 12.0
    return p, g, m, h, *rng.uniform((0.1, 0.5, 0.2), (0.5, 0.8, 0.4)).tolist(), 0.1

_HALF, _CUT = (0.5, 0.5, 0.5, 0.1), "a ratio below −1 or above 1 is cut off: np.clip(ratio, -1, 1)"
_CLIP, _MAX, _FLOOR = "np.clip(ratio, -1, 1)", "np.maximum(gamma * h, eps)", "the floor is max(γh, eps), for every h"

SOPHIA = Task(
    id="06-7", title="Sophia's clipped step", level="write", difficulty=2, importance=1, minutes=10,
    reference=sophia_step, fresh=True, outputs=("p", "m"), cases=_sophia_case,
    small=(_P, np.array([4.0, 2, -2]), np.array([0.0, 0, -2]), np.array([8.0, 1, -6]), *_HALF),
    edges={"hardly any curvature": (_P, np.array([0.04, -0.02, 0.06]), _ZEROS[0], np.array([0.02, 0.0, -0.02]), *_HALF),
           "no gradient": (_P, *_ZEROS[:2], np.array([8.0, 0, -6]), *_HALF),
           "ratios of 1 and −1": (_P, np.array([4.0, -4, 2]), _ZEROS[0], np.array([4.0, 4, 2]), *_HALF)},
    suspects=(
        _UPHILL, Slip("not clipped", _CUT, (_CLIP, "ratio")),
        Slip("clipped by the norm", "clip each entry on its own", (_CLIP, "ratio / max(1, np.linalg.norm(ratio))")),
        Slip("clipped before the division", _CUT, ("ratio = m", "ratio = np.clip(m, -1, 1)"), (_CLIP, "ratio")),
        *_each("clipped at one end", _CUT, [(_CLIP, "np.minimum(ratio, 1)")], [(_CLIP, "np.maximum(ratio, -1)")]),
        *_each("not left alone", "from −1 to 1 it stays", [(_CLIP, "np.sign(ratio)")], [(_CLIP, "np.tanh(ratio)")]),
        Slip("sign where h < 0", "where h < 0 the ratio is m/eps: it is cut off only if it is above 1",
             (_CLIP, "np.where(h < 0, np.sign(m), np.clip(ratio, -1, 1))")),
        Slip("size of the curvature", "where h < 0, max(γh, eps) is eps: no absolute value", (" * h", " * np.abs(h)")),
        *_each("eps added", _FLOOR, [(_MAX, "(gamma * h + eps)")], [(_MAX, "(np.maximum(gamma * h, 0) + eps)")]),
        *_each("floor missing", _FLOOR, [(_MAX, "np.where(h > 0, gamma * h, eps)")], [(_MAX, "(gamma * h)")]),
        Slip("minimum instead of maximum", "the floor is a maximum: never below eps", ("np.maximum", "np.minimum")),
        Slip("gamma forgotten", "the curvature is multiplied by gamma", ("gamma * h", "h")),
        Slip("gamma times the maximum", "gamma multiplies h only", (_MAX, "(gamma * np.maximum(h, eps))")),
        Slip("learning rate clipped", "clip the ratio, not the step", ("lr * np.clip(ratio", "np.clip(lr * ratio")),
        Slip("square root of the curvature", "Newton's step is g/h, without a root", (_MAX, f"np.sqrt({_MAX})")),
        Slip("gradient instead of m", "the step follows the average m, not the gradient alone", ("= m /", "= g /")),
        Slip("old state", _OLD, ("    m = ", "    new = "), ("1), m", "1), new")),
        Slip("weights exchanged", _SWAPPED, ("beta * m + (1 - beta)", "(1 - beta) * m + beta")),
        Slip("not an average", _AVERAGE, ("(1 - beta) * g", "g")),
    ))


# ---- 06-8 a backtracking line search -------------------------------------------------------------------------
def backtracking(f, x, g, d, c1, shrink):
    """The first good step length along d.

    f: vector -> number, x, g, d (n,), 0 < c1 < 1, 0 < shrink < 1  ->  a, a number
    """
    value, slope, a = f(x), g @ d, 1.0
    while f(x + a * d) > value + c1 * a * slope:
        a = a * shrink
    return a


class _Hills:
    """Hills on a bowl. Late calls give −∞, which ends most endless searches, so that they can be told apart."""

    def __init__(self, a=1.0, b=0.0, name="Σ x²"):
        self.a, self.b, self.calls, self.__name__ = a, b, 0, name

    def __call__(self, x):
        self.calls += 1
        if self.calls > 3000:
            raise RuntimeError("f was evaluated 3000 times: does the loop ever end?")
        return float(np.sum(self.a * x * x + self.b * np.cos(x))) if self.calls <= 1500 else -np.inf


def _search_case(rng):
    n = int(rng.integers(2, 6))
    f = _Hills(rng.uniform(0.5, 1.5, size=n), rng.normal(size=n), "Σ (a x² + b cos x)")
    x = rng.normal(size=n) + np.sign(rng.normal(size=n))
    g = 2 * f.a * x - f.b * np.sin(x)
    d = -g * rng.uniform(0.8, 1.2, size=n) * rng.uniform(2.5, 6.0)      # downhill, and far too long
    return f, x, g, d, *rng.uniform((0.3, 0.75), (0.45, 0.9)).tolist()


def _bowl(x, d, c1, shrink):
    return _Hills(), np.array(x), 2 * np.array(x), np.array(d), c1, shrink


def _many_trials(answer, rng):
    got, expected = answer(*_bowl([1.0, -2], [-1e24, 2e24], 0.3, 0.9)), 0.9 ** 522
    return None if same(got / expected, 1.0, 1e-4) else Fault("gives up", _GIVES_UP)

_BOUND, _DECREASE = "value + c1 * a * slope", "a lower value is not enough: it must fall by c1 a |g·d|, (6.19)"
_GIVES_UP = "the search goes on until the condition holds, after 500 trials too, and however small a is"
_LENGTH = "return the step length a that passed the test, a number"

SEARCH = Task(
    id="06-8", title="a backtracking line search", level="write", difficulty=2, importance=2, minutes=15,
    reference=backtracking, outputs=("the step length",), cases=_search_case, count=8,
    small=_bowl([3.0, 4], [-12.0, -16], 0.1, 0.5),
    edges={"a good first trial": _bowl([3.0, 4], [-3.0, -4], 0.25, 0.5),
           "a value on the line": _bowl([4.0], [-6.0], 0.25, 0.5), "a flat function": _bowl([0.05], [-0.1], 0.3, 0.9),
           "a very flat function": (
               _Hills(1e-12, name="1e-12 Σ x²"), np.array([1.0]), np.array([2e-12]), np.array([-3.0]), 0.1, 0.5),
           "a direction hardly downhill": _bowl([1.0, 1], [-6.0, 5], 0.25, 0.8),
           "waves": (_Hills(0, 1, "Σ cos x"), np.array([0.5]), -np.sin([0.5]), np.array([12.0]), 0.2, 0.9)},
    probes=(("a function that needs many trials", _many_trials),),
    suspects=(
        *_each("any decrease", _DECREASE, [(_BOUND, "value")], [(f"> {_BOUND}", ">= value")]),
        Slip("step length missing in the bound", "the line falls with a: f(x) + c1 a g·d", ("c1 * a", "c1")),
        Slip("sign of the slope", "g·d is negative: adding c1 a g·d lowers the bound", ("value + c1", "value - c1")),
        Slip("slope missing in the bound", "the bound falls with the slope g·d along d", (_BOUND, "value - c1 * a")),
        *_each("slope of another direction", "the slope along d is g·d, wherever d points", [("g @ d", "-(g @ g)")],
               [("g @ d", "-np.linalg.norm(g) * np.linalg.norm(d)")]),
        Slip("c1 forgotten", "the whole slope is never reached where the curve bends upwards: c1 g·d", ("c1 * a", "a")),
        Slip("a value on the line refused", "the condition holds with equality too: ≤", ("> value", ">= value")),
        Slip("condition turned round", "shrink while the condition fails", ("> value", "<= value")),
        Slip("compared with the last trial", "the value is that at x", ("a = a", "value, a = f(x + a * d), a")),
        Slip("x moves along", "every trial is at x + a d, with the x that was given and the a of this trial",
             ("while f(x + a * d)", "x = x + a * d\n    while f(x)"), ("shrink\n", "shrink\n        x = x + a * d\n")),
        Slip("along the gradient", "the trial points lie on the line x + a d", ("x + a * d", "x - a * g")),
        Slip("full step", "a = 1 is only the first trial: shrink it", ("a = a * shrink", "break")),
        Slip("always halved", "multiply a by shrink, which is not always ½", ("a * shrink", "a / 2")),
        Slip("one shrink only", "test again after shrinking: a while loop, not an if", ("while", "if")),
        *(Slip("gives up", _GIVES_UP, ("while", f"for _ in range({n}):\n        if"), ("a = a", "    a = a"))
          for n in (10, 20)),
        *_each("gives up", _GIVES_UP, [("while f", "while a > 1e-3 and f")], [("while f", "while a > 1e-16 and f")]),
        *_each("a tolerance of its own", "no tolerance is asked for: what is small depends on the unit of f",
               [("> value", "> 1e-10 + value")], [("> value", "> 1e-4 + value")]),
        Slip("one shrink too many", _LENGTH, ("return a", "return a * shrink")),
        Slip("one shrink too few", _LENGTH, ("return a", "return a / shrink")),
        Slip("first trial skipped", "a = 1 is tried first", ("1.0", "shrink")),
        *_each("the point returned", _LENGTH, [("return a", "return x + a * d")], [("return a", "return a * d")]),
    ))


# ---- 06-9 L-BFGS ---------------------------------------------------------------------------------------------
def lbfgs_direction(g, s, y):
    """The two loops of L-BFGS.

    g (n,), s, y: lists of m arrays (n,), oldest first  ->  d (n,)
    """
    pairs, q, a = list(zip(s, y)), g.copy(), []
    for si, yi in reversed(pairs):
        a.append(si @ q / (yi @ si))
        q = q - a[-1] * yi
    si, yi = pairs[-1]
    q = q * (si @ yi) / (yi @ yi)
    for (si, yi), ai in zip(pairs, reversed(a)):
        q = q + si * (ai - yi @ q / (yi @ si))
    return -q


def _pairs(rng, n, m, size=1.0):
    """A gradient and m pairs, as moves over a bowl would give them; each is ``size`` times as long as the last."""
    A = rng.normal(size=(n, n))
    A = A @ A.T / n + np.diag(rng.uniform(0.5, 3.0, size=n))
    s = [size ** i * rng.normal(size=n) for i in range(m)]
    return rng.normal(size=n), s, [A @ step for step in s]

_BACK, _READ, _ZIP = ("in reversed(pairs)", "in pairs"), ("reversed(a)", "a"), "zip(pairs, reversed(a))"
_ORDER = "the lists begin with the oldest pair: the first loop goes backwards through them, the second forwards"
_ALPHA, _BETA, _SCALE = "si @ q / (yi @ si)", "yi @ q / (yi @ si)", "(si @ yi) / (yi @ yi)"
_RHO, _FACTOR = "both dot products are divided by y·s: rho = 1 / y·s", "the factor is s·y / y·y of the newest pair"
_LOOP_1, _LOOP_2 = "the first loop takes a = rho s·q and subtracts a y", "the second loop adds s (a − rho y·q)"
_DOT_Y, _LESS_S, _RHO_1, _RHO_2 = ("si @ q", "yi @ q "), ("] * yi", "] * si"), (_ALPHA, "si @ q"), (_BETA, "yi @ q")

LBFGS = Task(
    id="06-9", title="the direction of L-BFGS", level="write", difficulty=3, importance=2, minutes=20,
    reference=lbfgs_direction, outputs=("the direction",), tolerance=1e-8,
    cases=lambda rng: _pairs(rng, int(rng.integers(5, 8)), int(rng.integers(3, 5))),
    small=(np.array([1.0, 2]), [np.array([1.0, 0])], [np.array([2.0, 1])]),
    edges={"two pairs": (np.array([1.0, 2]), list(np.eye(2)), [np.array([2.0, 0]), np.array([0.0, 4])]),
           "one parameter": (np.array([3.0]), [np.array([2.0])], [np.array([4.0])]),
           "many pairs": lambda rng: _pairs(rng, 2, 4), "25 pairs": lambda rng: _pairs(rng, 28, 25),
           "ever shorter moves": lambda rng: _pairs(rng, 4, 3, 1e-4)},
    suspects=(
        Slip("sign", "the direction goes downhill: −q", ("return -q", "return q")),
        *_each("first loop in the wrong order", _ORDER, [_BACK], [_BACK, _READ]),
        Slip("second loop in the wrong order", _ORDER, (_ZIP, "zip(reversed(pairs), a)")),
        Slip("both loops in the wrong order", _ORDER, _BACK, (_ZIP, "zip(reversed(pairs), reversed(a))")),
        Slip("coefficients in the wrong order", "the a were found from the newest on: read them backwards", _READ),
        Slip("no scaling", "the unit of the step comes from the factor between the loops", (f"q * {_SCALE}", "q")),
        Slip("scaling upside down", _FACTOR, (_SCALE, "(yi @ yi) / (si @ yi)")),
        *_each("scaling with s·s", _FACTOR, [("(yi @ yi)", "(si @ si)")], [(_SCALE, "(si @ si) / (si @ yi)")]),
        Slip("scaling of the oldest pair", _FACTOR, ("pairs[-1]", "pairs[0]")),
        *_each("rho forgotten", _RHO, [_RHO_1, _RHO_2], [_RHO_1], [_RHO_2]),
        Slip("rho upside down", _RHO, ("si @ q /", "si @ q *"), ("yi @ q /", "yi @ q *")),
        *_each("s and y exchanged", _LOOP_1, [_DOT_Y, _LESS_S], [_DOT_Y], [_LESS_S]),
        *_each("first loop without q", _LOOP_1, [("si @ q", "si @ g")], [("q - a[-1]", "q + a[-1]")]),
        Slip("second loop without its correction", _LOOP_2, (f"ai - {_BETA}", "ai")),
        *_each("sign of the correction", _LOOP_2, [(f"ai - {_BETA}", f"{_BETA} - ai")], [("ai - yi", "ai + yi")]),
        *_each("y in the second loop", _LOOP_2, [("q + si *", "q + yi *")], [("yi @ q", "si @ q ")]),
        Slip("one loop only", "the second loop is missing", ("q = q + si", "_ = q + si")),
        *_each("some pairs only", "both loops run through all pairs, however many are given",
               *([("(s, y))", f"(s, y))[-{n}:]")] for n in (4, 5, 10, 20))),
        Slip("short moves left out", "a short move counts as a long one does",
             ("(zip(s, y))", "(p for p in zip(s, y) if p[0] @ p[1] > 1e-10)")),
        Slip("newest pair only", "both loops run through all pairs", ("list(zip(s, y))", "[(s[-1], y[-1])]")),
        Slip("steepest descent", "this is −g: the pairs s, y say how the slope changes", ("-q", "-g")),
    ))

# ---- 06-10 an unfair comparison, repaired --------------------------------------------------------------------
def judged_rate(measure, rates, size, fit, choose, judge, search_seeds, seeds):
    """Choose a learning rate, and judge it.

    measure(batches, rate, seed, rows) trains anew: the loss on these rows
    rates rising numbers; fit, choose, judge arrays of row numbers; seeds lists
    ->  the rate, is it at the grid's edge?, losses (len(seeds),)
    """
    batches = np.split(fit, range(size, len(fit) - size + 1, size))
    found = [np.mean([measure(batches, rate, seed, choose) for seed in search_seeds])
             for rate in rates]
    best = int(np.argmin(found))
    losses = [measure(batches, rates[best], seed, judge) for seed in seeds]
    return rates[best], best in (0, len(rates) - 1), np.array(losses)


class _OnPaper:
    """A measurement that can be made on paper."""

    __name__ = "|rate × rows of the last batch + seed − mean of rows|"

    def __call__(self, batches, rate, seed, rows):
        return float(abs(rate * len(batches[-1]) + seed - np.mean(rows)))


class _Measured:
    """A loss with its lowest value at ``best``, moved by each batch, by the seed and by the rows."""

    __name__ = "a training"

    def __init__(self, best, noise=1.0):
        self.best, self.noise = best, noise

    def __call__(self, batches, rate, seed, rows):
        batches = [np.asarray(b, dtype=float) for b in batches]
        order = sum(np.cos(1.0 + k) * np.sin(b).sum() + np.sqrt(1.0 + len(b)) for k, b in enumerate(batches))
        moved = self.noise * (np.sin(3.7 * seed) + 0.5 * np.sin(5.1 * seed * rate) + 4 * np.mean(np.cos(rows)))
        return float((rate - self.best - moved) ** 2 + 0.1 * np.sin(order) + 1)


def _rates_case(rng, n=None, best=None, noise=1.0):
    size = int(rng.integers(3, 6))
    n = n or size * int(rng.integers(2, 4)) + int(rng.integers(1, size))
    rates = np.cumsum(rng.uniform(0.5, 1.0, size=int(rng.integers(5, 8)))).tolist()
    rows = rng.permutation(n + 15)
    seeds = rng.permutation(40).tolist()
    best = float(rates[int(rng.integers(1, len(rates) - 1))] if best is None else best)
    return _Measured(best, noise), rates, size, rows[:n], rows[n:n + 7], rows[n + 7:], seeds[:4], seeds[4:7 + size % 2]

_BATCHES, _SEARCHED = "np.split(fit, range(size, len(fit) - size + 1, size))", "for seed in search_seeds]"
_FOUND = f"[np.mean([measure(batches, rate, seed, choose) {_SEARCHED})\n             for rate in rates]"
_EDGE, _LOSSES = "best in (0, len(rates) - 1)", "[measure(batches, rates[best], seed, judge) for seed in seeds]"
_SMALL = ("the last batch is smaller than the others, and what is measured right after it judges a step on a few rows: "
          "let what is left over join the batch before")
_SHORT = "[fit[i:i + size] for i in range(0, len(fit), size)]"
_ONCE = "[measure(batches, rate, seeds[0], choose) for rate in rates]"
_TOLD = "where the best rate is the first or the last of the grid, a better one may lie beyond: say True, at either end"
_TWICE = "the smallest loss of a search flatters: judge the chosen rate anew, on the rows of judge"
_SEEDS, _OTHERS = "average the search over all of search_seeds", "search_seeds are for the search, seeds for the end"

FAIR = Task(
    id="06-10", title="an unfair comparison, repaired", level="write", difficulty=2, importance=3, minutes=15,
    reference=judged_rate, outputs=("the rate", "at the edge", "the losses"), count=8, cases=_rates_case,
    hunt="as reported",
    small=(_OnPaper(), [1.0, 2.0, 3.0], 4, np.arange(10), np.array([10, 11, 12]), np.array([13, 14, 15]), [1, 2],
           [0, 3, 5]),
    edges={"nothing left over": lambda rng: _rates_case(rng, 60),
           "fewer rows than a batch": lambda rng: _rates_case(rng, 2),
           "best at the upper end": lambda rng: _rates_case(rng, best=9.0, noise=0.1),
           "best at the lower end": lambda rng: _rates_case(rng, best=0.0, noise=0.1),
           "seeds that disagree": lambda rng: _rates_case(rng, noise=3.0)},
    suspects=(
        Slip("as reported", "four faults: a short last batch; the grid's edge is not told; one seed; and the loss "
             "returned is the one that was used to choose", (_BATCHES, _SHORT), (_FOUND, _ONCE), (_EDGE, "False"),
             (_LOSSES, "[found[best]]")),
        Slip("short last batch", _SMALL, (_BATCHES, _SHORT)),
        Slip("short last batch", _SMALL + ". And one seed is one draw: average over search_seeds, judge with all seeds",
             (_BATCHES, _SHORT), (_FOUND, _ONCE), (_LOSSES, "[measure(batches, rates[best], seeds[0], judge)]")),
        Slip("rows left out", "what is left over joins the last batch; here it is never used",
             (_BATCHES, "np.split(fit[:max(1, len(fit) // size) * size], max(1, len(fit) // size))")),
        Slip("one batch", "the rows of fit come in batches of size", (_BATCHES, "[fit]")),
        *_each("edge not told", _TOLD, [(_EDGE, "False")], [(_EDGE, "best == len(rates) - 1")], [(_EDGE, "best == 0")]),
        Slip("edge the other way round", "True means: at the edge", ("best in", "best not in")),
        *_each("judged on what chose", _TWICE, [("seed, judge)", "seed, choose)")], [(_LOSSES, "[found[best]]")],
               [(_LOSSES, "[found[best]] * len(seeds)")]),
        *_each("chosen on what judges", "the rows of judge are looked at once, at the end: choose on those of choose",
               [("seed, choose)", "seed, judge)")]),
        *_each("measured on what was fitted", "a loss on rows that were fitted says little: choose on choose, judge on "
               "judge", [("seed, choose)", "seed, fit)")], [("seed, judge)", "seed, fit)")]),
        *_each("one seed in the search", _SEEDS, [(_SEARCHED, "for seed in search_seeds[:1]]")],
               [(_SEARCHED, "for seed in search_seeds[-1:]]")]),
        *_each("seeds of the search", _OTHERS, [(_SEARCHED, "for seed in seeds]")],
               [("seed, judge) for seed in seeds", "seed, judge) for seed in search_seeds")]),
        *_each("one seed in the end", "one loss for each of seeds: the reader wants to see how far they differ",
               [("for seed in seeds]", "for seed in seeds[:1]]")]),
        *_each("the mean alone", "return all losses: a mean hides how far the seeds differ",
               [("np.array(losses)", "np.mean(losses)")], [("np.array(losses)", "np.array([np.mean(losses)])")]),
        *_each("luckiest seed", "average over the seeds, not the best of them",
               [("np.mean([measure", "np.min([measure")],
               [("np.array(losses)", "np.sort(losses)[:1]")]),
        Slip("worst rate", "the smallest loss is the best", ("np.argmin", "np.argmax")),
        Slip("number of the rate", "return the rate itself, rates[best]", ("return rates[best]", "return best")),
        Slip("losses sorted", "the losses stand in the order of seeds", ("np.array(losses)", "np.sort(losses)")),
    ))

TASKS = [MOMENTUM, ADAGRAD, RMSPROP, ADADELTA, ADAM, ADAMW, SOPHIA, SEARCH, LBFGS, FAIR]
