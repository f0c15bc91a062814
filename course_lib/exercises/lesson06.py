"""Tasks of lesson 06: each update rule as a pure function of parameter, gradient and state; parts of L-BFGS."""

import numpy as np

from course_lib.checks import Fault, relative_error
from course_lib.exercises.engine import Suspect, Task

_SIGN = "the step goes downhill: p minus the learning rate times a direction that looks like the gradient"
_ROOT = ("divide by the square root of the mean square, which has the unit of the gradient, "
         "not by the mean square itself")
_INSIDE = "here eps is added to the root, √s + eps, not inside it"
_OLD = "first update the state with the new gradient, then use the new state for the step"
_SQUARED = "what is averaged is the square of the gradient, g * g"
_SWAPPED = "the old average keeps the large weight (0.9, say), the new gradient gets the rest, 1 minus it"


def _shape(rng):
    """Two different sizes, each at least 2."""
    return tuple(int(n) for n in rng.choice(np.arange(2, 7), size=2, replace=False))


def _arrays(rng, count):
    return rng.normal(size=(count, *_shape(rng)))


# ---- 06-1 momentum and Nesterov ------------------------------------------------------------------------------

def _momentum_step(p, g, v, lr, momentum, nesterov, *, velocity=None, step=None):
    """The right step; suspects put in their own velocity(g, v, lr, mu) or step(g, old v, new v, lr, mu)."""
    new = momentum * v + g if velocity is None else velocity(g, v, lr, momentum)
    if step is not None:
        return p - step(g, v, new, lr, momentum, nesterov), new
    return p - lr * (g + momentum * new if nesterov else new), new


def _both(answer):
    """Heavy ball and Nesterov, one after the other, from the same arrays."""
    def function(p, g, v, lr, momentum):
        kept = p.copy(), g.copy(), v.copy()
        ball, nesterov = answer(p, g, v, lr, momentum, False), answer(*kept, lr, momentum, True)
        return (*ball, *nesterov) if isinstance(ball, tuple) and isinstance(nesterov, tuple) else ball
    return function


def _momentum_with(**changes):
    return lambda *arguments: _momentum_step(*arguments, **changes)


def _momentum_case(rng):
    p, g, v = _arrays(rng, 3)
    return p, g, v, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.4, 0.8))


MOMENTUM = Task(
    id="06-1", title="a step with momentum", signature="momentum_step(p, g, v, lr, momentum, nesterov)",
    level="fill in", difficulty=1, importance=3, minutes=10, reference=_momentum_step, adapt=_both,
    cases=_momentum_case, keeps_dtype=True,
    outputs=("p, heavy ball", "v, heavy ball", "p, Nesterov", "v, Nesterov"),
    small=(np.array([1.0, 2.0]), np.array([2.0, -4.0]), np.array([4.0, 2.0]), 0.1, 0.5),
    suspects=(
        Suspect("sign", _SIGN, _momentum_with(step=lambda g, v, new, lr, mu, n: -lr * (g + mu * new if n else new))),
        Suspect("dampened", "the gradient enters the velocity whole, v = momentum v + g; the factor 1 − momentum "
                "belongs to averages as in Adam", _momentum_with(velocity=lambda g, v, lr, mu: mu * v + (1 - mu) * g)),
        Suspect("learning rate inside the velocity",
                "in (6.2) the velocity collects bare gradients; the learning rate multiplies "
                "it at the end, once",
                _momentum_with(velocity=lambda g, v, lr, mu: mu * v + lr * g,
                               step=lambda g, v, new, lr, mu, n: lr * g + mu * new if n else new)),
        Suspect("learning rate inside the velocity", "in (6.2) the velocity collects bare gradients, with a plus",
                lambda p, g, v, lr, mu, n: (p + (mu * (mu * v - lr * g) - lr * g if n else mu * v - lr * g),
                                            mu * v - lr * g)),
        Suspect("old velocity", _OLD, _momentum_with(step=lambda g, v, new, lr, mu, n: lr * (g + mu * v if n else v))),
        Suspect("Nesterov ignored", "with nesterov=True the step is lr (g + momentum v) with the new v, (6.3)",
                _momentum_with(step=lambda g, v, new, lr, mu, n: lr * new)),
        Suspect("look-ahead without momentum",
                "with nesterov=True the new velocity is multiplied by momentum before g is added",
                _momentum_with(step=lambda g, v, new, lr, mu, n: lr * (g + new if n else new))),
        Suspect("look-ahead without the gradient",
                "with nesterov=True the gradient is added to momentum v: lr (g + momentum v)",
                _momentum_with(step=lambda g, v, new, lr, mu, n: lr * (mu * new if n else new))),
        Suspect("velocity replaced", "the velocity remembers: v = momentum v + g, with the old v",
                _momentum_with(velocity=lambda g, v, lr, mu: g)),
        Suspect("nothing forgotten", "the old velocity is multiplied by momentum before g is added",
                _momentum_with(velocity=lambda g, v, lr, mu: v + g)),
        Suspect("old velocity returned", "return the new velocity: the next step needs it",
                lambda p, g, v, lr, mu, n: (_momentum_step(p, g, v, lr, mu, n)[0], v)),
    ))


# ---- 06-2 AdaGrad, 06-3 RMSprop ------------------------------------------------------------------------------

def _scaled(p, g, s, lr, eps, old=None):
    return p - lr * g / (np.sqrt(s if old is None else old) + eps), s


def _adagrad_step(p, g, s, lr, eps):
    return _scaled(p, g, s + g * g, lr, eps)


def _adagrad_case(rng):
    p, g, s = _arrays(rng, 3)
    return p, g, s * s, float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.05, 0.3))


def _overwrites(s):
    return Suspect("forgets at once", "the state remembers all steps: the old s belongs into the new one",
                   lambda p, g, s_, *rest: _scaled(p, g, s(g, *rest), rest[0], rest[-1]))


ADAGRAD = Task(
    id="06-2", title="a step of AdaGrad", signature="adagrad_step(p, g, s, lr, eps)", level="fill in", difficulty=1,
    importance=2, minutes=5, reference=_adagrad_step, outputs=("p", "s"), cases=_adagrad_case, keeps_dtype=True,
    small=(np.array([1.0, 2.0]), np.array([3.0, -4.0]), np.array([16.0, 9.0]), 0.5, 3.0),
    suspects=(
        Suspect("sign", _SIGN, lambda p, g, s, lr, eps: _scaled(p, g, s + g * g, -lr, eps)),
        Suspect("square root missing", _ROOT, lambda p, g, s, lr, eps: (p - lr * g / (s + g * g + eps), s + g * g)),
        Suspect("eps inside the root", _INSIDE,
                lambda p, g, s, lr, eps: (p - lr * g / np.sqrt(s + g * g + eps), s + g * g)),
        Suspect("eps forgotten", "eps keeps the division safe while s is still 0: add it to the root",
                lambda p, g, s, lr, eps: _scaled(p, g, s + g * g, lr, 0)),
        Suspect("old state", _OLD, lambda p, g, s, lr, eps: _scaled(p, g, s + g * g, lr, eps, old=s)),
        Suspect("gradient not squared", _SQUARED, lambda p, g, s, lr, eps: _scaled(p, g, s + g, lr, eps)),
        Suspect("gradient not squared", _SQUARED, lambda p, g, s, lr, eps: _scaled(p, g, s + np.abs(g), lr, eps)),
        _overwrites(lambda g, lr, eps: g * g),
        Suspect("one rate for all", "each entry of the parameter has its own s: square entry by entry, without a sum",
                lambda p, g, s, lr, eps: _scaled(p, g, s + np.sum(g * g), lr, eps)),
        Suspect("sign of the gradient lost", "the step needs g itself, not its square or its size",
                lambda p, g, s, lr, eps: (p - lr * np.abs(g) / (np.sqrt(s + g * g) + eps), s + g * g)),
        Suspect("old state returned", "return the new s: the next step needs it",
                lambda p, g, s, lr, eps: (_adagrad_step(p, g, s, lr, eps)[0], s)),
    ))


def _rmsprop_step(p, g, s, lr, alpha, eps):
    return _scaled(p, g, alpha * s + (1 - alpha) * g * g, lr, eps)


def _rmsprop_case(rng):
    p, g, s, lr, eps = _adagrad_case(rng)
    return p, g, s, lr, float(rng.uniform(0.6, 0.9)), eps


RMSPROP = Task(
    id="06-3", title="a step of RMSprop", signature="rmsprop_step(p, g, s, lr, alpha, eps)", level="fill in",
    difficulty=1, importance=3, minutes=5, reference=_rmsprop_step, outputs=("p", "s"), cases=_rmsprop_case,
    keeps_dtype=True,
    small=(np.array([1.0, 2.0]), np.array([2.0, -4.0]), np.array([4.0, 16.0]), 0.5, 0.75, 1.0),
    suspects=(
        Suspect("sign", _SIGN, lambda p, g, s, lr, a, eps: _rmsprop_step(p, g, s, -lr, a, eps)),
        Suspect("weights exchanged", _SWAPPED, lambda p, g, s, lr, a, eps: _rmsprop_step(p, g, s, lr, 1 - a, eps)),
        Suspect("not an average", "the two weights must add up to 1: g * g is multiplied by 1 − alpha",
                lambda p, g, s, lr, a, eps: _scaled(p, g, a * s + g * g, lr, eps)),
        Suspect("AdaGrad", "AdaGrad adds up and never forgets; here the old average is multiplied by "
                "alpha and g * g by 1 − alpha",
                lambda p, g, s, lr, a, eps: _adagrad_step(p, g, s, lr, eps)),
        Suspect("square root missing", _ROOT,
                lambda p, g, s, lr, a, eps: (p - lr * g / (a * s + (1 - a) * g * g + eps), a * s + (1 - a) * g * g)),
        Suspect("eps inside the root", _INSIDE,
                lambda p, g, s, lr, a, eps: (p - lr * g / np.sqrt(a * s + (1 - a) * g * g + eps),
                                             a * s + (1 - a) * g * g)),
        Suspect("eps forgotten", "eps keeps the division safe while s is still 0: add it to the root",
                lambda p, g, s, lr, a, eps: _rmsprop_step(p, g, s, lr, a, 0)),
        Suspect("old state", _OLD, lambda p, g, s, lr, a, eps: _scaled(p, g, a * s + (1 - a) * g * g, lr, eps, old=s)),
        Suspect("gradient not squared", _SQUARED,
                lambda p, g, s, lr, a, eps: _scaled(p, g, a * s + (1 - a) * g, lr, eps)),
        Suspect("gradient not squared", _SQUARED,
                lambda p, g, s, lr, a, eps: _scaled(p, g, a * s + (1 - a) * np.abs(g), lr, eps)),
        _overwrites(lambda g, lr, a, eps: (1 - a) * g * g),
        Suspect("old state returned", "return the new s: the next step needs it",
                lambda p, g, s, lr, a, eps: (_rmsprop_step(p, g, s, lr, a, eps)[0], s)),
    ))


# ---- 06-4 AdaDelta -------------------------------------------------------------------------------------------

def _adadelta_step(p, g, s, d, lr, rho, eps, *, average=None, ratio=None, remembered=None):
    """The right step; suspects put in their own average(s, g, rho), ratio(s, old s, d, eps), remembered(delta, lr)."""
    new = rho * s + (1 - rho) * g * g if average is None else average(s, g, rho)
    delta = (np.sqrt(d + eps) / np.sqrt(new + eps) if ratio is None else ratio(new, s, d, eps)) * g
    kept = delta * delta if remembered is None else remembered(delta, lr)
    return p - lr * delta, new, rho * d + (1 - rho) * kept


def _adadelta_with(**changes):
    return lambda *arguments: _adadelta_step(*arguments, **changes)


def _adadelta_case(rng):
    p, g, s, d = _arrays(rng, 4)
    return p, g, s * s, d * d, float(rng.uniform(0.3, 0.8)), float(rng.uniform(0.6, 0.9)), float(rng.uniform(0.05, 0.3))


def _adadelta_swapped(p, g, s, d, lr, rho, eps):
    return _adadelta_step(p, g, s, d, lr, 1 - rho, eps)


def _too_early(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g * g
    delta = g * np.sqrt(d + eps) / np.sqrt(s + eps)
    d = rho * d + (1 - rho) * delta * delta
    return p - lr * g * np.sqrt(d + eps) / np.sqrt(s + eps), s, d


def _change_of_unit(answer, rng):
    """Metres to millimetres: p and its steps are 1000 times larger, gradients 1000 times smaller."""
    p, g, s, d = rng.normal(size=(4, 3))
    s, d, unit = s * s, d * d, 1000.0
    step = answer(p.copy(), g, s, d, 1.0, 0.9, 0.0)[0] - p
    scaled = answer(unit * p, g / unit, s / unit ** 2, d * unit ** 2, 1.0, 0.9, 0.0)[0] - unit * p
    if relative_error(scaled, unit * step) > 1e-6:
        return Fault("unit", "with eps = 0 and p measured in a unit 1000 times smaller, the step must be 1000 times "
                     f"larger: {step[0]:.4g} became {scaled[0]:.4g}")
    return None


ADADELTA = Task(
    id="06-4", title="a step of AdaDelta", signature="adadelta_step(p, g, s, d, lr, rho, eps)", level="write",
    difficulty=2, importance=1, minutes=10, reference=_adadelta_step, outputs=("p", "s", "d"), cases=_adadelta_case,
    keeps_dtype=True,
    small=(np.array([1.0, 2.0]), np.array([4.0, -2.0]), np.array([14.0, 2.0]), np.array([3.0, 8.0]), 0.5, 0.5, 1.0),
    probes=(("a change of unit", _change_of_unit),),
    suspects=(
        Suspect("sign", _SIGN, lambda p, g, s, d, lr, rho, eps: (2 * p - _adadelta_step(p, g, s, d, lr, rho, eps)[0],
                                                                 *_adadelta_step(p, g, s, d, lr, rho, eps)[1:])),
        Suspect("learning rate remembered", "d averages the squares of the steps before the learning rate: the next "
                "step would otherwise be scaled twice", _adadelta_with(remembered=lambda delta, lr: (lr * delta) ** 2)),
        Suspect("roots exchanged", "the root of the steps stands above, the root of the gradients below: then the "
                "unit of the step is that of p",
                _adadelta_with(ratio=lambda s, old, d, eps: np.sqrt(s + eps) / np.sqrt(d + eps))),
        Suspect("eps outside the root", "in AdaDelta eps stands inside both roots: √(d + eps) / √(s + eps)",
                _adadelta_with(ratio=lambda s, old, d, eps: (np.sqrt(d) + eps) / (np.sqrt(s) + eps))),
        Suspect("square root missing", "the ratio is that of two roots: √(d + eps) / √(s + eps)",
                _adadelta_with(ratio=lambda s, old, d, eps: (d + eps) / (s + eps))),
        Suspect("old state", _OLD, _adadelta_with(ratio=lambda s, old, d, eps: np.sqrt(d + eps) / np.sqrt(old + eps))),
        Suspect("weights exchanged", _SWAPPED, _adadelta_swapped),
        Suspect("gradient not squared", _SQUARED, _adadelta_with(average=lambda s, g, rho: rho * s + (1 - rho) * g)),
        Suspect("step not squared", "d averages the squares of the steps: delta * delta",
                _adadelta_with(remembered=lambda delta, lr: delta)),
        Suspect("steps ignored", "this is RMSprop: in AdaDelta the size of the earlier steps, √(d + eps), stands above",
                _adadelta_with(ratio=lambda s, old, d, eps: 1 / np.sqrt(s + eps))),
        Suspect("steps averaged too early", "the step uses the old d; its own square enters d afterwards", _too_early),
        Suspect("average of the steps not updated",
                "d must take in the square of this step: d = rho d + (1 − rho) delta²",
                lambda p, g, s, d, lr, rho, eps: (*_adadelta_step(p, g, s, d, lr, rho, eps)[:2], d)),
        Suspect("gradients remembered", "d averages the squares of the steps, s those of the gradients",
                lambda p, g, s, d, lr, rho, eps: (*_adadelta_step(p, g, s, d, lr, rho, eps)[:2],
                                                  rho * d + (1 - rho) * g * g)),
    ))


# ---- 06-5 Adam, 06-6 AdamW -----------------------------------------------------------------------------------

def _adam(p, g, m, v, t, lr, betas, eps, *, correct=(True, True), clock=0, use_old=False, above=None, below=None,
          square=None):
    """The right step and its state; suspects change single parts."""
    beta1, beta2 = betas
    new_m = beta1 * m + (1 - beta1) * g
    new_v = beta2 * v + (1 - beta2) * (g * g if square is None else square(g))
    used_m, used_v = (m, v) if use_old else (new_m, new_v)
    m_hat = used_m / (1 - beta1 ** (t + clock)) if correct[0] else used_m
    v_hat = used_v / (1 - beta2 ** (t + clock)) if correct[1] else used_v
    above = m_hat if above is None else above(m_hat, p)
    below = np.sqrt(v_hat) + eps if below is None else below(used_v, v_hat, eps, t, beta2)
    return p - lr * above / below, new_m, new_v


def _adam_step(p, g, m, v, t, lr, betas, eps):
    return _adam(p, g, m, v, t, lr, betas, eps)


def _adam_with(**changes):
    return lambda *arguments: _adam(*arguments, **changes)


def _adam_case(rng):
    p, g, m, v = _arrays(rng, 4)
    return (p, g, m, v * v, int(rng.integers(2, 7)), float(rng.uniform(0.1, 0.5)),
            (float(rng.uniform(0.7, 0.8)), float(rng.uniform(0.85, 0.95))), float(rng.uniform(0.05, 0.3)))


def _corrected_state(p, g, m, v, t, lr, betas, eps):
    p, m, v = _adam(p, g, m, v, t, lr, betas, eps)
    return p, m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)


_UNCORRECTED = "both averages start at 0 and are too small at first: divide m by 1 − beta1**t and v by 1 − beta2**t"
_HALF = "both averages are corrected, each with its own beta: m by 1 − beta1**t, v by 1 − beta2**t"


def _first_step(answer, rng):
    """From zero state, one step of exactly the learning rate, whatever the gradient."""
    g = np.array([1e-4, -3.0, 700.0])
    p = answer(np.zeros(3), g, np.zeros(3), np.zeros(3), 1, 0.01, (0.9, 0.999), 0.0)[0]
    if relative_error(p, -0.01 * np.sign(g)) > 1e-9:
        return Fault("first step",
                     f"from m = v = 0 at t = 1 with eps = 0 the step must be −lr sign(g), 0.01 in size; it is {p}")
    return None


ADAM = Task(
    id="06-5", title="a step of Adam", signature="adam_step(p, g, m, v, t, lr, betas, eps)", level="write",
    difficulty=2, importance=3, minutes=15, reference=_adam_step, outputs=("p", "m", "v"), cases=_adam_case,
    keeps_dtype=True,
    small=(np.array([1.0, 2.0]), np.array([3.0, -1.0]), np.array([0.0, 2.0]), np.array([3.0, 11.0]), 2, 0.5, (0.5, 0.5),
           1.0),
    probes=(("the first step", _first_step),),
    suspects=(
        Suspect("sign", _SIGN, lambda p, g, m, v, t, lr, betas, eps: _adam(p, g, m, v, t, -lr, betas, eps)),
        Suspect("no bias correction", _UNCORRECTED, _adam_with(correct=(False, False))),
        Suspect("one average uncorrected", _HALF, _adam_with(correct=(True, False))),
        Suspect("one average uncorrected", _HALF, _adam_with(correct=(False, True))),
        Suspect("clock one step late", "t counts from 1: at the first step the corrections are 1 − beta1 and 1 − beta2",
                _adam_with(clock=1)),
        Suspect("clock one step early", "t counts from 1 and is used as it is: beta1**t", _adam_with(clock=-1)),
        Suspect("corrected state returned",
                "return m and v as they are; the corrected ones serve this step only, and would be "
                "corrected again", _corrected_state),
        Suspect("betas exchanged", "betas = (beta1, beta2): the first belongs to m, the second to v",
                lambda p, g, m, v, t, lr, betas, eps: _adam(p, g, m, v, t, lr, betas[::-1], eps)),
        Suspect("square root missing", _ROOT, _adam_with(below=lambda v, v_hat, eps, t, beta2: v_hat + eps)),
        Suspect("eps inside the root", _INSIDE, _adam_with(below=lambda v, v_hat, eps, t, beta2: np.sqrt(v_hat + eps))),
        Suspect("eps before the correction", "eps is added to the root of the corrected v; folding the correction into "
                "the learning rate changes the meaning of eps",
                _adam_with(below=lambda v, v_hat, eps, t, beta2: (np.sqrt(v) + eps) / np.sqrt(1 - beta2 ** t))),
        Suspect("gradient not squared", _SQUARED, _adam_with(square=lambda g: g)),
        Suspect("gradient not squared", _SQUARED, _adam_with(square=np.abs)),
        Suspect("old state", _OLD, _adam_with(use_old=True)),
        Suspect("weights exchanged", _SWAPPED, lambda p, g, m, v, t, lr, betas, eps: _adam(
            p, g, m, v, t, lr, (1 - betas[0], 1 - betas[1]), eps)),
        Suspect("gradient instead of m",
                "the step follows the average m, not the gradient alone: this is RMSprop with a corrected v",
                lambda p, g, m, v, t, lr, betas, eps: (
                    p - lr * g / (np.sqrt(_corrected_state(p, g, m, v, t, lr, betas, eps)[2]) + eps),
                    *_adam(p, g, m, v, t, lr, betas, eps)[1:])),
    ))


def _adamw_step(p, g, m, v, t, lr, betas, eps, weight_decay):
    return _decayed(p, g, m, v, t, lr, betas, eps, p - lr * weight_decay * p)


def _decayed(p, g, m, v, t, lr, betas, eps, start, **changes):
    stepped, m, v = _adam(p, g, m, v, t, lr, betas, eps, **changes)
    return start + (stepped - p), m, v


def _adamw_case(rng):
    return *_adam_case(rng), float(rng.uniform(0.2, 0.6))


def _decay_last(p, g, m, v, t, lr, betas, eps, wd):
    p, m, v = _adam(p, g, m, v, t, lr, betas, eps)
    return p - lr * wd * p, m, v


def _l2(p, g, m, v, t, lr, betas, eps, wd):
    return _adam(p, g + wd * p, m, v, t, lr, betas, eps)


ADAMW = Task(
    id="06-6", title="a step of AdamW", signature="adamw_step(p, g, m, v, t, lr, betas, eps, weight_decay)",
    level="fill in", difficulty=2, importance=3, minutes=10, reference=_adamw_step, outputs=("p", "m", "v"),
    cases=_adamw_case, keeps_dtype=True,
    small=(np.array([1.0, 2.0]), np.array([3.0, -1.0]), np.array([0.0, 2.0]), np.array([3.0, 11.0]), 2, 0.5, (0.5, 0.5),
           1.0, 0.2),
    suspects=(
        Suspect("sign", "both parts go down: p − lr λ p − lr times Adam's direction",
                lambda p, g, m, v, t, lr, b, eps, wd: _decayed(p, g, m, v, t, -lr, b, eps, p - lr * wd * p)),
        Suspect("decay inside the gradient", "this is L2 inside Adam: the decay passes through m and v and is divided "
                "by the root; AdamW keeps it out of both", _l2),
        Suspect("decay divided by the root", "the decay is not divided by √v: it is taken from p directly",
                lambda p, g, m, v, t, lr, b, eps, wd: _adam(p, g, m, v, t, lr, b, eps,
                                                            above=lambda m_hat, p: m_hat + wd * p)),
        Suspect("decay without the learning rate",
                "here the decay is multiplied by the learning rate too, as in PyTorch: lr λ p",
                lambda p, g, m, v, t, lr, b, eps, wd: _decayed(p, g, m, v, t, lr, b, eps, p - wd * p)),
        Suspect("decay of the new parameter", "the decay is taken from the old p, before Adam's step", _decay_last),
        Suspect("growth instead of decay", "the decay pulls p towards 0: p − lr λ p",
                lambda p, g, m, v, t, lr, b, eps, wd: _decayed(p, g, m, v, t, lr, b, eps, p + lr * wd * p)),
        Suspect("decay forgotten", "this is Adam; AdamW takes lr λ p from p as well",
                lambda p, g, m, v, t, lr, b, eps, wd: _adam(p, g, m, v, t, lr, b, eps)),
        Suspect("decay of the gradient", "it is the parameter that decays, not the gradient",
                lambda p, g, m, v, t, lr, b, eps, wd: _decayed(p, g, m, v, t, lr, b, eps, p - lr * wd * g)),
        Suspect("no bias correction", _UNCORRECTED, lambda p, g, m, v, t, lr, b, eps, wd: _decayed(
            p, g, m, v, t, lr, b, eps, p - lr * wd * p, correct=(False, False))),
        Suspect("square root missing", _ROOT, lambda p, g, m, v, t, lr, b, eps, wd: _decayed(
            p, g, m, v, t, lr, b, eps, p - lr * wd * p, below=lambda v, v_hat, eps, t, beta2: v_hat + eps)),
    ))


# ---- 06-7 Sophia ---------------------------------------------------------------------------------------------

def _sophia_step(p, g, m, h, lr, beta, gamma, eps, *, average=None, direction=None, use_old=False):
    """The right step; suspects put in their own average(m, g, beta) or direction(m, h, gamma, eps)."""
    new = beta * m + (1 - beta) * g if average is None else average(m, g, beta)
    used = m if use_old else new
    ratio = np.clip(used / np.maximum(gamma * h, eps), -1, 1) if direction is None else direction(used, h, gamma, eps)
    return p - lr * ratio, new


def _sophia_with(**changes):
    return lambda *arguments: _sophia_step(*arguments, **changes)


def _sophia_case(rng):
    p, g, m, h = _arrays(rng, 4)
    # of both signs, mostly positive: some entries are clipped, some not
    h = 8 * h + 4
    h.flat[:3] = -1.5, 12.0, 0.01
    return p, g, m, h, float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.5, 0.8)), float(rng.uniform(0.2, 0.4)), 0.1


def _by_norm(m, h, gamma, eps):
    ratio = m / np.maximum(gamma * h, eps)
    return ratio / max(1.0, float(np.linalg.norm(ratio)))


SOPHIA = Task(
    id="06-7", title="Sophia's clipped step", signature="sophia_step(p, g, m, h, lr, beta, gamma, eps)", level="write",
    difficulty=2, importance=1, minutes=10, reference=_sophia_step, outputs=("p", "m"), cases=_sophia_case,
    keeps_dtype=True,
    small=(np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, -2.0]), np.array([0.0, 0.0, -2.0]),
           np.array([8.0, 1.0, -6.0]), 0.5, 0.5,
           0.5, 0.1),
    suspects=(
        Suspect("sign", _SIGN, lambda p, g, m, h, lr, *rest: _sophia_step(p, g, m, h, -lr, *rest)),
        Suspect("not clipped",
                "each entry of the ratio is cut off at −1 and 1: where the curvature is small, the ratio is huge",
                _sophia_with(direction=lambda m, h, gamma, eps: m / np.maximum(gamma * h, eps))),
        Suspect("clipped by the norm", "each entry is clipped on its own; the norm of the whole does not matter",
                _sophia_with(direction=_by_norm)),
        Suspect("clipped before the division", "first divide by the curvature, then clip the ratio",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(m, -1, 1) / np.maximum(gamma * h, eps))),
        Suspect("clipped above only", "a ratio below −1 is cut off too: np.clip(ratio, -1, 1)",
                _sophia_with(direction=lambda m, h, gamma, eps: np.minimum(m / np.maximum(gamma * h, eps), 1))),
        Suspect("size of the curvature", "where the curvature is negative, max(γh, eps) is eps and the step is "
                "the full ±lr: no absolute value",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(m / np.maximum(
                    gamma * np.abs(h), eps), -1, 1))),
        Suspect("eps added", "eps is a floor, max(γh, eps), not a term: γh + eps would let "
                "a negative curvature through",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(m / (gamma * h + eps), -1, 1))),
        Suspect("gamma forgotten",
                "the curvature is multiplied by gamma: it decides which share of the entries is clipped",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(m / np.maximum(h, eps), -1, 1))),
        Suspect("gamma times the maximum", "gamma multiplies the curvature only: max(γh, eps)",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(m / (gamma * np.maximum(h, eps)), -1, 1))),
        Suspect("learning rate clipped",
                "clip the ratio first, then multiply by the learning rate: no entry moves by more than lr",
                lambda p, g, m, h, lr, beta, gamma, eps: (p - np.clip(lr * (beta * m + (1 - beta) * g) / np.maximum(
                    gamma * h, eps), -1, 1), beta * m + (1 - beta) * g)),
        Suspect("minimum instead of maximum", "the floor is a maximum: max(γh, eps) is never below eps",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(m / np.minimum(gamma * h, eps), -1, 1))),
        Suspect("square root of the curvature",
                "a curvature is divided by as it is: Newton's step is g/h, without a root",
                _sophia_with(direction=lambda m, h, gamma, eps: np.clip(
                    m / np.sqrt(np.maximum(gamma * h, eps)), -1, 1))),
        Suspect("old state", _OLD, _sophia_with(use_old=True)),
        Suspect("weights exchanged", _SWAPPED, _sophia_with(average=lambda m, g, beta: (1 - beta) * m + beta * g)),
        Suspect("not an average", "the two weights must add up to 1: g is multiplied by 1 − beta",
                _sophia_with(average=lambda m, g, beta: beta * m + g)),
    ))


# ---- 06-8 a backtracking line search -------------------------------------------------------------------------

class _Wave:
    """A sum of a x² + b cos x: hills on a bowl."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __call__(self, x):
        return float(np.sum(self.a * x * x + self.b * np.cos(x)))

    def gradient(self, x):
        return 2 * self.a * x - self.b * np.sin(x)

    def __repr__(self):
        return "f = Σ (a x² + b cos x)"


def _good_first_trial(answer, rng):
    x = np.array([3.0, 4.0])
    got = answer(_Square(), x, 2 * x, -x, 0.25, 0.5)
    if np.ndim(got) or got != 1:
        return Fault("first trial skipped",
                     f"with f = Σ x² and d = −x the step a = 1 reaches the minimum and passes the test; got {got}")
    return None


class _Square:
    """A parabola for the case by hand."""

    def __call__(self, x):
        return float(np.sum(np.asarray(x) ** 2))

    def __repr__(self):
        return "f = Σ x²"


def _limited(answer):
    """The answer with an f that ends a loop which never ends by itself."""
    def function(f, x, *rest):
        calls = [0]

        def counted(point):
            calls[0] += 1
            if calls[0] > 1000:
                raise RuntimeError("f was evaluated 1000 times: does the loop ever end?")
            # lets most endless loops end, so that they can be told apart
            return f(point) if calls[0] <= 300 else -np.inf
        return answer(counted, x, *rest)
    return function


def _backtracking(f, x, g, d, c1, shrink, *, bound=None, move=None, start=1.0):
    """The right search; suspects put in their own bound(value, c1, a, slope) or move(x, d, a)."""
    value, slope, a = f(x), float(np.sum(g * d)), start
    bound = bound or (lambda value, c1, a, slope: value + c1 * a * slope)
    while f(x + a * d if move is None else move(x, d, a, g)) > bound(value, c1, a, slope):
        a = a * shrink
    return a


def _backtracking_with(**changes):
    return lambda *arguments: _backtracking(*arguments, **changes)


def _search_case(rng):
    n = int(rng.integers(2, 6))
    f = _Wave(rng.uniform(0.5, 1.5, size=n), rng.normal(size=n))
    x = rng.normal(size=n) + np.sign(rng.normal(size=n))
    g = f.gradient(x)
    d = -g * rng.uniform(0.8, 1.2, size=n) * rng.uniform(2.5, 6.0)      # downhill, and far too long
    return f, x, g, d, float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.75, 0.9))


def _walks_on(f, x, g, d, c1, shrink):
    value, slope, a = f(x), float(np.sum(g * d)), 1.0
    x = x + a * d
    while f(x) > value + c1 * a * slope:
        a = a * shrink
        x = x + a * d
    return a


SEARCH = Task(
    id="06-8", title="a backtracking line search", signature="backtracking(f, x, g, d, c1, shrink)", level="write",
    difficulty=2, importance=2, minutes=15, reference=_backtracking, adapt=_limited, outputs=("the step length",),
    cases=_search_case,
    small=(_Square(), np.array([3.0, 4.0]), np.array([6.0, 8.0]), np.array([-12.0, -16.0]), 0.1, 0.5),
    probes=(("a first trial that is good", _good_first_trial),),
    suspects=(
        Suspect("any decrease", "a lower value alone is not enough: the decrease must be at least c1 a g·d, (6.19)",
                _backtracking_with(bound=lambda value, c1, a, slope: value)),
        Suspect("step length missing in the bound", "the line that must be undercut falls with a: f(x) + c1 a g·d",
                _backtracking_with(bound=lambda value, c1, a, slope: value + c1 * slope)),
        Suspect("sign of the slope", "g·d is negative for a downhill direction; adding c1 a g·d lowers the bound",
                _backtracking_with(bound=lambda value, c1, a, slope: value - c1 * a * slope)),
        Suspect("slope missing in the bound", "the expected decrease is a times the slope g·d along the direction",
                _backtracking_with(bound=lambda value, c1, a, slope: value - c1 * a)),
        Suspect("c1 forgotten",
                "the whole slope would be asked for, which a curve that bends upwards never gives: c1 g·d",
                _backtracking_with(bound=lambda value, c1, a, slope: value + a * slope)),
        Suspect("x moves along", "every trial starts at the same x: x + a d, with x unchanged", _walks_on),
        Suspect("along the gradient", "the trial points lie on the line x + a d",
                _backtracking_with(move=lambda x, d, a, g: x - a * g)),
        Suspect("full step", "a = 1 is only the first trial: shrink it until the condition holds",
                lambda f, x, g, d, c1, shrink: 1.0),
        Suspect("always halved", "multiply a by shrink, which is not always ½",
                lambda f, x, g, d, c1, shrink: _backtracking(f, x, g, d, c1, 0.5)),
        Suspect("one shrink only", "test again after shrinking: a while loop, not an if",
                lambda f, x, g, d, c1, shrink: 1.0 if f(x + d) <= f(x) + c1 * np.sum(g * d) else shrink),
        Suspect("one shrink too many", "return the step length that passed the test, not the next one",
                lambda f, x, g, d, c1, shrink: shrink * _backtracking(f, x, g, d, c1, shrink)),
        Suspect("one shrink too few", "return the step length that passed the test, not the last one that failed",
                lambda f, x, g, d, c1, shrink: _backtracking(f, x, g, d, c1, shrink) / shrink),
        Suspect("first trial skipped", "a = 1 is tried first", lambda f, x, g, d, c1, shrink: _backtracking(
            f, x, g, d, c1, shrink, start=shrink)),
        Suspect("the point returned", "return the step length a, a number; the caller computes x + a d",
                lambda f, x, g, d, c1, shrink: x + _backtracking(f, x, g, d, c1, shrink) * d),
    ))


# ---- 06-9 L-BFGS ---------------------------------------------------------------------------------------------

def _two_loops(g, s, y, *, scale=None, first=None, second=None, orders=(-1, 1), rho=None, last=True):
    """The right direction; suspects change single parts."""
    pairs = list(zip(s, y))
    rho = rho or (lambda si, yi: 1 / np.dot(yi, si))
    q, a = np.array(g), {}
    for i in range(len(pairs))[::orders[0]]:
        si, yi = pairs[i]
        a[i] = rho(si, yi) * np.dot(si if first is None else first(si, yi), q)
        q = q - a[i] * (yi if first is None else (si if first(si, yi) is yi else yi))
    si, yi = pairs[-1]
    r = q * (np.dot(si, yi) / np.dot(yi, yi)) if scale is None else q * scale(pairs)
    if not last:
        return -r
    for i in range(len(pairs))[::orders[1]]:
        si, yi = pairs[i]
        b = rho(si, yi) * np.dot(yi, r)
        r = r + (si * (a[i] - b) if second is None else second(si, yi, a[i], b))
    return -r


def _direction(g, s, y):
    return _two_loops(g, s, y)


def _loops_with(**changes):
    return lambda g, s, y: _two_loops(g, s, y, **changes)


def _pairs_case(rng):
    n, m = int(rng.integers(5, 8)), int(rng.integers(3, 5))
    A = rng.normal(size=(n, n))
    A = A @ A.T / n + np.diag(rng.uniform(0.5, 3.0, size=n))
    s = [rng.normal(size=n) for _ in range(m)]
    return rng.normal(size=n), s, [A @ step + 0.05 * np.sin(step) for step in s]


LBFGS = Task(
    id="06-9", title="the direction of L-BFGS", signature="lbfgs_direction(g, s, y)", level="write", difficulty=3,
    importance=2, minutes=20, reference=_direction, outputs=("the direction",), cases=_pairs_case, tolerance=1e-8,
    small=(np.array([1.0, 2.0]), [np.array([1.0, 0.0])], [np.array([2.0, 1.0])]),
    suspects=(
        Suspect("first loop in the wrong order", "the first loop runs from the newest pair to the oldest",
                _loops_with(orders=(1, 1))),
        Suspect("second loop in the wrong order", "the second loop runs from the oldest pair to the newest",
                _loops_with(orders=(-1, -1))),
        Suspect("both loops in the wrong order", "the lists begin with the oldest pair: the first loop goes backwards "
                "through them, the second forwards", _loops_with(orders=(1, -1))),
        Suspect("no scaling", "between the loops, q is multiplied by s·y / y·y of the newest pair: the "
                "unit of the step comes from it",
                _loops_with(scale=lambda pairs: 1.0)),
        Suspect("scaling upside down", "the factor is s·y / y·y; y·y / s·y is a curvature, not its inverse",
                _loops_with(scale=lambda pairs: np.dot(pairs[-1][1], pairs[-1][1]) / np.dot(*pairs[-1]))),
        Suspect("scaling with s·s", "the factor is s·y / y·y", _loops_with(
            scale=lambda pairs: np.dot(*pairs[-1]) / np.dot(pairs[-1][0], pairs[-1][0]))),
        Suspect("scaling of the oldest pair", "the factor s·y / y·y comes from the newest pair, the last of the lists",
                _loops_with(scale=lambda pairs: np.dot(*pairs[0]) / np.dot(pairs[0][1], pairs[0][1]))),
        Suspect("rho forgotten", "both dot products are divided by y·s: rho = 1 / y·s",
                _loops_with(rho=lambda si, yi: 1.0)),
        Suspect("rho upside down", "rho is 1 / y·s", _loops_with(rho=lambda si, yi: np.dot(yi, si))),
        Suspect("s and y exchanged", "the first loop takes the dot product with s and subtracts a multiple of y",
                _loops_with(first=lambda si, yi: yi)),
        Suspect("second loop without its correction", "the second loop adds s (a − b), with b = rho y·r", _loops_with(
            second=lambda si, yi, a, b: si * a)),
        Suspect("sign of the correction", "the second loop adds s (a − b), not s (b − a)", _loops_with(
            second=lambda si, yi, a, b: si * (b - a))),
        Suspect("y in the second loop", "the second loop adds a multiple of s",
                _loops_with(second=lambda si, yi, a, b: yi * (a - b))),
        Suspect("one loop only", "the second loop is missing: it adds s (a − b) for each pair",
                _loops_with(last=False)),
        Suspect("steepest descent", "this is −g: the pairs s, y say how the slope changes, and are to be used",
                lambda g, s, y: -g),
    ))


TASKS = [MOMENTUM, ADAGRAD, RMSPROP, ADADELTA, ADAM, ADAMW, SOPHIA, SEARCH, LBFGS]
