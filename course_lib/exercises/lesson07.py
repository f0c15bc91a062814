"""Tasks of lesson 07: starting weights, error signals, normalisation, dropout, residuals, dead units, diagnosis."""

from functools import partial

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import batch_size
from course_lib.exercises.task import Slip, Task
from course_lib.studies.diagnosis import FAULTS, FIVE, five_trainings, made_up

SHEET = "07_why_depth_is_hard"


def _sizes(rng, N=None, D=None, low=3, high=8):
    """N and D, drawn where none are given: different ones, so that no wrong axis or transpose fits by chance."""
    drawn = rng.permutation(np.arange(low, high))
    return N or int(drawn[0]), D or int(drawn[1])


def _edges(case, options):
    """Special cases, each from its own options of ``case``."""
    return {name: partial(case, **chosen) for name, chosen in options.items()}


# ---- 07-1 starting weights -------------------------------------------------------------------------------------

def starting_deviations(n_in, n_out):
    """Standard deviations of the starting weights of a layer.

    n_in, n_out: numbers of inputs and outputs  ->  Glorot's, He's (two numbers)
    """
    glorot = np.sqrt(2 / (n_in + n_out))
    he = np.sqrt(2 / n_in)
    return glorot, he


_HE = "He's variance is 2 / n_in, (7.6): a sum over n_in inputs, of which a ReLU lets half of the signal through"

START = Task(
    id="07-1", title="starting weights", level="fill in", difficulty=1, importance=3, minutes=8,
    reference=starting_deviations, outputs=("Glorot's deviation", "He's deviation"), small=(8, 24), count=8,
    cases=partial(_sizes, low=20, high=400), edges={"more inputs than outputs": (50, 22), "one input": (1, 7),
                                               "one output": (9, 1), "a square layer": (6, 6)},
    suspects=(
        Slip("variance instead of deviation", "a deviation is the root of a variance",
             ("glorot, he", "glorot ** 2, he ** 2")),
        Slip("fan-out instead of fan-in", _HE, ("2 / n_in)", "2 / n_out)")),
        Slip("larger or smaller fan instead of fan-in", _HE, ("2 / n_in)", "2 / max(n_in, n_out))")),
        Slip("larger or smaller fan instead of fan-in", _HE, ("2 / n_in)", "2 / min(n_in, n_out))")),
        Slip("half of the ReLU forgotten", _HE, ("2 / n_in)", "1 / n_in)")),
        Slip("half of the ReLU forgotten", _HE, ("glorot, he", "glorot, glorot")),
        Slip("bound instead of deviation", "√(6 / (n_in + n_out)) bounds a uniform distribution; its deviation is the "
             "bound divided by √3", ("2 / (", "6 / (")),
        Slip("product of the fans", "the *sum* n_in + n_out stands below the line, (7.5)", ("n_in + n", "n_in * n")),
        Slip("mean of the fans forgotten", "Var = 1 / ((n_in + n_out) / 2), the mean, (7.5)", ("2 / (", "1 / (")),
        Slip("growing with the fan", "more inputs make a larger sum: weights must be smaller, n stands below the line",
             ("glorot, he", "1 / glorot, 1 / he")),
    ))


# ---- 07-2 the ratio of error signals -----------------------------------------------------------------------------

def delta_ratio(delta, weights, slopes):
    """How much the error signal has changed on its way to layer 1.

    delta (N, D) of the last layer, weights (M - 1, D, D) and slopes (M - 1, N, D),
    sorted from the first layer to the last  ->  |delta of layer 1| / |delta| (a number)
    """
    first = delta
    for W, slope in zip(weights[::-1], slopes[::-1]):
        first = (first @ W.T) * slope
    return np.linalg.norm(first) / np.linalg.norm(delta)


def _layers(rng, N=None, D=None, depth=None, digits=9):
    """Slopes from a little below 0 to a little above 1, as GELU has them."""
    (N, D), depth = _sizes(rng, N, D), int(rng.integers(3, 6)) if depth is None else depth
    slopes = np.round(rng.uniform(-0.4, 1.3, size=(depth, N, D)), digits)
    return rng.normal(size=(N, D)), rng.normal(size=(depth, D, D)), slopes


_NORMS = "np.linalg.norm(first) / np.linalg.norm(delta)"
_FACTORS = "each Jacobian has two factors, Wᵀ and the slopes f′(z): (δ Wᵀ) ⊙ f′, (7.1)"
_SIGNED = "a slope may be below 0 or above 1, as that of GELU: multiply by it as it is"
_REVERSED = "the signal starts at the last layer: go through weights and slopes from the last to the first"
_EVERY = "all layers of the two lists count, the first and the last too"
_ROOT = "the norm is the root of the sum of squares of all entries: np.linalg.norm(a)"

RATIO = Task(
    id="07-2", title="the ratio of error signals", level="fill in", difficulty=2, importance=3, minutes=12,
    reference=delta_ratio, outputs=("the ratio",), cases=_layers,
    small=(np.array([[3.0, 4.0]]), np.array([[[0.0, 2.0], [1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]),
           np.array([[[1.0, 0.5]], [[0.5, 1.0]]])),
    edges=_edges(_layers, {"a single step": dict(depth=1), "no step at all": dict(depth=0), "one example": dict(N=1),
                           "thirty layers": dict(depth=30), "as many examples as units": dict(N=4, D=4),
                           "slopes 0 and 1": dict(digits=0)}),
    suspects=(
        Slip("transpose", "the signal goes back through the transposed weights: δ Wᵀ, (7.1)", ("W.T", "W")),
        Slip("slopes forgotten", _FACTORS, (" * slope", "")),
        Slip("size of the slopes", _SIGNED, ("* slope", "* abs(slope)")),
        Slip("weights forgotten", _FACTORS, ("(first @ W.T)", "first")),
        Slip("slopes before the weights", _FACTORS, ("(first @ W.T) * slope", "(first * slope) @ W.T")),
        Slip("layers in forward order", _REVERSED, ("weights[::-1], slopes[::-1]", "weights, slopes")),
        Slip("one list in forward order", _REVERSED, ("slopes[::-1]", "slopes")),
        Slip("one list in forward order", _REVERSED, ("weights[::-1]", "weights")),
        Slip("one layer too few", _EVERY, ("weights[::-1]", "weights[:0:-1]")),
        Slip("one layer too few", _EVERY, ("in z", "in list(z"), ("]):", "]))[1:]:")),
        Slip("ratio inverted", "the norm at layer 1 is divided by |delta|", (_NORMS, f"1 / ({_NORMS})")),
        Slip("not divided", "a ratio compares two layers: divide by |delta|", (" / np.linalg.norm(delta)", "")),
        Slip("square root forgotten", _ROOT, (_NORMS, "(first ** 2).sum() / (delta ** 2).sum()")),
        Slip("sum instead of norm", _ROOT, (_NORMS, "first.sum() / delta.sum()")),
        Slip("sum instead of norm", _ROOT, (_NORMS, "abs(first).sum() / abs(delta).sum()")),
        Slip("largest entry instead of norm", _ROOT, (_NORMS, "abs(first).max() / abs(delta).max()")),
        Slip("spectral norm", _ROOT + ", without a 2", (_NORMS, "np.linalg.norm(first, 2) / np.linalg.norm(delta, 2)")),
    ))


# ---- 07-3 batch normalisation, 07-4 layer normalisation ------------------------------------------------------------

def batch_norm(x, gamma, beta, eps):
    """Normalise each feature over the batch, then scale and shift it.

    x (N, D), gamma, beta (D,), eps a number
    Returns  y (N, D)  and  backward: dy (N, D) -> dx (N, D), dgamma (D,), dbeta (D,)
    """
    sigma = np.sqrt(x.var(axis=0) + eps)
    xhat = (x - x.mean(axis=0)) / sigma

    def backward(dy):
        g = gamma * dy
        by_mean = g.mean(axis=0)
        by_sigma = xhat * (g * xhat).mean(axis=0)
        dx = (g - by_mean - by_sigma) / sigma
        return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)
    return gamma * xhat + beta, backward


def layer_norm_backward(dy, x, gamma, eps):
    """The gradients of y = gamma * xhat + beta, each row of x normalised.

    dy, x (N, D), gamma (D,), eps a number  ->  dx (N, D), dgamma (D,), dbeta (D,)
    """
    sigma = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xhat = (x - x.mean(axis=1, keepdims=True)) / sigma
    g = gamma * dy
    by_mean = g.mean(axis=1, keepdims=True)
    by_sigma = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = (g - by_mean - by_sigma) / sigma
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


def _norm_case(rng, N=None, D=None, scale=1.0, shift=0.0, same=np.s_[:0], eps=None, zero=np.s_[:0]):
    """``same``: an index of x, whose entries become equal; ``zero``: one of gamma. Half of the gammas are negative."""
    N, D = _sizes(rng, N, D)
    x = (rng.normal(size=D) + rng.uniform(0.5, 2.0, size=D) * rng.normal(size=(N, D))) * scale + shift
    gamma = rng.uniform(0.5, 2.0, size=D) * rng.permutation((-1.0) ** np.arange(D))
    x[same], gamma[zero] = 3.0, 0.0
    return x, gamma, rng.normal(size=D), eps or rng.uniform(0.1, 0.5), rng.normal(size=(N, D))


def _layer_case(rng, **options):
    x, gamma, _, eps, dy = _norm_case(rng, **options)
    return dy, x, gamma, eps


_PATHS = "x reaches the loss on three paths, (7.10): directly, through the mean, through σ; "
_EPS, _SIGMA = "σ = √(variance + ε), (7.8): ε is under the root", "divide by σ, the root, also on each way back to x"
_CANCELS = "mean(x²) − mean(x)² loses its digits where the mean is large: subtract the mean first, then square"
_FEATURE = "mean and σ belong to a feature: they are taken over the batch, axis 0"
_NORM_EDGES = {
    "one example": dict(N=1), "one feature": dict(D=1), "as many examples as features": dict(N=4, D=4),
    "a constant feature": dict(N=4, same=np.s_[:, 1]), "a constant example": dict(same=1),
    "a gamma of 0": dict(zero=1), "means far from 0": dict(shift=1e5), "a larger array": dict(N=12, D=9),
    "features of different scale": dict(D=3, scale=np.array([1e-3, 1.0, 1e3]), eps=1e-12),
    "examples of different scale": dict(N=3, scale=np.array([[1e-3], [1.0], [1e3]]), eps=1e-12)}
_NORM_SLIPS = (
    Slip("path through the mean missing", _PATHS + "that through the mean gives − mean(g)", (" - by_mean", "")),
    Slip("path through sigma missing", _PATHS + "that through σ gives − x̂ mean(g x̂)", (" - by_sigma", "")),
    Slip("only the direct path", _PATHS + "here μ and σ were taken for constants", (" - by_mean - by_sigma", "")),
    Slip("sign of a path", "both paths through the statistics are subtracted, (7.11)", ("- by_mean", "+ by_mean")),
    Slip("sign of a path", "both paths through the statistics are subtracted, (7.11)", ("- by_sigma", "+ by_sigma")),
    Slip("sums instead of means", "the bars in (7.11) are means, as μ and σ are", ("g.mean", "g.sum"),
         ("(g * xhat).mean", "(g * xhat).sum")),
    Slip("gamma forgotten", "dy meets γ first: g = γ dy, (7.9)", ("gamma * dy", "dy")),
    Slip("size of gamma", "γ may be below 0: it multiplies with its sign", ("gamma * dy", "abs(gamma) * dy")),
    Slip("divided by gamma", "γ may be 0, and then x̂ cannot be had back from y: keep x̂ itself, dγ = Σ dy x̂",
         ("(dy * xhat)", "(dy * (gamma * xhat / gamma))")),
    Slip("at least so much eps", "ε is what is given, however small", (" + eps)", " + max(eps, 1e-8))")),
    Slip("not divided by sigma", _SIGMA, ("by_sigma) / sigma", "by_sigma)")),
    Slip("variance instead of sigma", _SIGMA, ("np.sqrt(", "(")),
    Slip("x instead of x hat", "γ multiplies x̂, so dγ = Σ dy x̂", ("(dy * xhat)", "(dy * x)")),
    Slip("eps outside the root", _EPS, ("np.sqrt(", "eps + np.sqrt("), (" + eps)", ")")),
    Slip("eps forgotten", _EPS, (" + eps)", ")")))

BATCH_NORM = Task(
    id="07-3", title="batch normalisation", level="write", difficulty=3, importance=3, minutes=30,
    reference=batch_norm, rule=True, outputs=("y", "dx", "dgamma", "dbeta"), cases=_norm_case, batch=batch_size,
    small=(np.array([[1.0, 6.0], [3.0, 4.0]]), np.array([2.0, 4.0]), np.array([0.0, 1.0]), 3,
           np.array([[1.0, 0.0], [0.0, 2.0]])),
    edges=_edges(_norm_case, _NORM_EDGES),
    suspects=(
        *_NORM_SLIPS,
        Slip("a variance that cancels", _CANCELS, ("x.var(axis=0)", "(x ** 2).mean(axis=0) - x.mean(axis=0) ** 2")),
        Slip("divided by N − 1", "the variance is a mean, (7.8): divide by N, as np.var does",
             (" + eps", " * len(x) / (len(x) - 1) + eps")),
        Slip("beta forgotten", "y = γ x̂ + β: the shift is added", (" + beta", "")),
        Slip("wrong axis", _FEATURE, ("x.var(axis=0", "x.var("), ("x.mean(axis=0", "x.mean(")),
        Slip("wrong axis", _FEATURE, ("x.var(axis=0", "x.var(axis=1, keepdims=True"),
             ("x.mean(axis=0", "x.mean(axis=1, keepdims=True")),
    ))

LAYER_NORM = Task(
    id="07-4", title="the backward of layer normalisation", level="write", difficulty=2, importance=2, minutes=20,
    reference=layer_norm_backward, outputs=("dx", "dgamma", "dbeta"), cases=_layer_case, batch=batch_size,
    small=(np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([[1.0, 3.0], [4.0, 6.0]]), np.array([2.0, 4.0]), 3),
    edges=_edges(_layer_case, _NORM_EDGES),
    suspects=(
        *_NORM_SLIPS,
        Slip("a variance that cancels", _CANCELS,
             ("x.var(axis=1, keepdims=True)", "(x ** 2).mean(1, keepdims=True) - x.mean(1, keepdims=True) ** 2")),
        Slip("divided by D − 1", "the variance is a mean: divide by D, as np.var does",
             (" + eps", " * x.size / (x.size - len(x)) + eps")),
        Slip("gamma outside the means", "along a row γ differs, so it cannot stand in front of the means as in batch "
             "norm: g = γ dy, (7.12)", ("gamma * dy", "dy"), ("(g - by", "gamma * (g - by")),
        Slip("wrong axis", "layer norm takes its means over the features of one example: axis 1",
             ("var(axis=1", "var(axis=0"), ("x.mean(axis=1", "x.mean(axis=0"), ("g.mean(axis=1", "g.mean(axis=0"),
             ("(g * xhat).mean(axis=1", "(g * xhat).mean(axis=0")),
        Slip("wrong axis on the way back", "the means of g run over the features of one example too: axis 1",
             ("g.mean(axis=1", "g.mean(axis=0"), ("(g * xhat).mean(axis=1", "(g * xhat).mean(axis=0")),
        Slip("gradients of gamma along the row", "all examples share γ and β: their gradients are sums over the batch",
             ("xhat).sum(axis=0)", "xhat).sum(axis=1)"), ("dy.sum(axis=0)", "dy.sum(axis=1)")),
    ))


# ---- 07-5 inverted dropout --------------------------------------------------------------------------------------

def dropout(x, kept, rate):
    """Drop entries and let the others grow, so that the expectation stays.

    x (N, D), kept (N, D) of truth values, rate: probability of being dropped, below 1
    Returns  y (N, D)  and  backward: dy (N, D) -> dx (N, D)
    """
    def scale(a):
        return a * kept / (1 - rate)
    return scale(x), scale


def _dropout_case(rng, N=None, rate=None, size=1.0, some=True):
    (N, D), rate = _sizes(rng, N), rng.uniform(0.2, 0.45) if rate is None else rate
    kept = (rng.random((N, D)) >= rate) & some
    kept[0, :2] = some, rate == 0                       # at least one of each
    return size * rng.normal(size=(N, D)), kept, rate, rng.normal(size=(N, D))


_NO_INFLUENCE = "what was dropped had no influence on the loss: its gradient is 0"
_OWN_MASK = "the mask is `kept`; which entries happen to be positive, or not 0, plays no part"
_SLOPE = "the way back multiplies by the same factor, kept / (1 − rate): the slope of the forward"

DROPOUT = Task(
    id="07-5", title="inverted dropout", level="fill in", difficulty=1, importance=2, minutes=10,
    reference=dropout, rule=True, outputs=("y", "dx"), cases=_dropout_case, batch=batch_size,
    small=(np.array([[2.0, 4.0], [6.0, 8.0]]), np.array([[True, False], [True, True]]), 0.2,
           np.array([[1.0, 2.0], [3.0, 4.0]])),
    edges=_edges(_dropout_case, {"rate 0": dict(rate=0.0), "rate 0.99": dict(rate=0.99), "one example": dict(N=1),
                                 "everything dropped": dict(some=False), "zeros in x": dict(size=0.0)}),
    suspects=(
        Slip("not rescaled", "what stays grows by 1 / (1 − rate), or the mean falls, (7.16)", (" / (1 - rate)", "")),
        Slip("divided by the rate", "the share that *stays* is 1 − rate: divide by it", ("(1 - rate)", "rate")),
        Slip("multiplied instead of divided", "times 1 − rate, the mean falls even more; divide", ("/ (", "* (")),
        Slip("share counted in the mask", "the share that is *expected* to stay is 1 − rate: divide by it",
             ("1 - rate", "kept.mean() or 1")),
        Slip("mask inverted", "kept is True for the entries that stay", ("a * kept", "a * ~kept")),
        Slip("mask forgotten", "entries where kept is False become 0", ("a * kept", "a")),
        Slip("backward not rescaled", _SLOPE, ("x), scale", "x), lambda dy: dy * kept")),
        Slip("backward inverted", _SLOPE, ("x), scale", "x), lambda dy: dy * kept * (1 - rate)")),
        Slip("backward without the mask", _NO_INFLUENCE, ("x), scale", "x), lambda dy: dy")),
        Slip("backward without the mask", _NO_INFLUENCE, ("x), scale", "x), lambda dy: dy / (1 - rate)")),
        Slip("a mask of its own", _OWN_MASK, ("x), scale", "x), lambda dy: scale(dy) * (x > 0)")),
        Slip("a mask of its own", _OWN_MASK, ("x), scale", "x), lambda dy: scale(dy) * (x != 0)")),
    ))


# ---- 07-6 a residual block ----------------------------------------------------------------------------------------

def residual_backward(dy, x, W, b):
    """The gradients of y = x + relu(x W + b).

    dy, x (N, D), W (D, D), b (D,)  ->  dx (N, D), dW (D, D), db (D,)
    """
    dz = dy * (x @ W + b > 0)
    dx = dy + dz @ W.T
    return dx, x.T @ dz, dz.sum(axis=0)


def _residual_case(rng, N=None, D=None, first=None, shift=0.0):
    """``first``: the first pre-activation of the first example."""
    N, D = _sizes(rng, N, D)
    dy, x, W, b = rng.normal(size=(N, D)), rng.normal(size=(N, D)), rng.normal(size=(D, D)), rng.normal(size=D)
    if first is not None:
        x[0], b[0] = 0.0, first
    return dy, x, W, b + shift


_DETOUR = "x reaches y on two paths; the detour goes round ReLU and weights: it adds dy as it is, (7.15)"
_GATE = "on the way back through the ReLU, dy is multiplied by its slope, the gate [x W + b > 0]"

RESIDUAL = Task(
    id="07-6", title="the backward of a residual block", level="fill in", difficulty=2, importance=3, minutes=12,
    reference=residual_backward, outputs=("dx", "dW", "db"), cases=_residual_case, batch=batch_size,
    small=(np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[1.0, 0.0], [2.0, 1.0]]),
           np.array([[1.0, 2.0], [-3.0, 1.0]]), np.array([0.5, -1.0])),
    edges=_edges(_residual_case, {"a pre-activation of exactly 0": dict(first=0.0), "one example": dict(N=1),
                                  "a pre-activation of 1e-30": dict(first=1e-30), "a larger block": dict(N=12, D=9),
                                  "all units shut": dict(shift=-99.0), "as many examples as units": dict(N=4, D=4)}),
    suspects=(
        Slip("identity path forgotten", _DETOUR, ("dy + dz @", "dz @")),
        Slip("identity path gated", _DETOUR, ("dy + dz @", "dz + dz @")),
        Slip("identity path through the weights", _DETOUR, ("dy + dz @", "dy @ W.T + dz @")),
        Slip("x instead of dy", _DETOUR, ("dy + dz @", "x + dz @")),
        Slip("only the identity path", "x reaches y on two paths: dz Wᵀ comes through the block", (" + dz @ W.T", "")),
        Slip("product instead of sum", "two paths add up: dy + dz Wᵀ", ("dy + dz @ W.T", "dy * (dz @ W.T)")),
        Slip("relu forgotten", _GATE, ("dy * (x @ W + b > 0)", "dy")),
        Slip("relu forgotten", _GATE, ("x.T @ dz", "x.T @ dy")),
        Slip("relu forgotten", _GATE, ("dz.sum", "dy.sum")),
        Slip("relu instead of its slope", _GATE, ("(x @ W + b > 0)", "np.maximum(x @ W + b, 0)")),
        Slip("gate of the wrong array", _GATE + ", not that of x", ("x @ W + b >", "x >")),
        Slip("gate of the wrong array", _GATE + ", not that of dy", ("x @ W + b >", "dy >")),
        Slip("gate of the wrong array", _GATE + ", not that of y", ("x @ W + b >", "x + np.maximum(x @ W + b, 0) >")),
        Slip("bias forgotten", _GATE + ", with the bias", ("W + b >", "W >")),
        Slip("zero taken for open", "at 0 exactly the ReLU is shut, (4.12): x W + b > 0", ("> 0", ">= 0")),
        Slip("threshold above 0", "the ReLU is open wherever x W + b > 0, by however little", ("> 0", "> 1e-6")),
        Slip("transpose", "the gradient goes back through the transposed weights: dz Wᵀ", ("W.T", "W")),
        Slip("transpose", "inputs are the rows of W, so dW = xᵀ dz", ("x.T @ dz", "dz.T @ x")),
    ))


# ---- 07-7 dead units ------------------------------------------------------------------------------------------

def dead_share(z):
    """The share of the units that no example switches on.

    z (N, H)  ->  a number between 0 and 1
    """
    return (z <= 0).all(axis=0).mean()


def _dead_case(rng):
    """Units that are dead, one of them at exactly 0; others that live, though the mean of one is negative."""
    dead, alive = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    z = rng.normal(size=(int(rng.integers(4, 7)), dead + alive))
    z[0], z[:, :dead], z[2, dead:] = -np.abs(z[0]), -np.abs(z[:, :dead]), np.abs(z[2, dead:])
    z[1, 0], z[3, -1] = 0.0, -20.0
    return (z[:, rng.permutation(dead + alive)],)


_ALL = "a *unit* is dead if it is shut, z <= 0, for every example; one that opens it is enough to train it"

DEAD = Task(
    id="07-7", title="the share of dead units", level="fill in", difficulty=1, importance=2, minutes=8,
    reference=dead_share, outputs=("the share",), cases=_dead_case,
    small=(np.array([[-1.0, 2.0, -3.0, -1.0], [-2.0, -1.0, 0.0, 3.0], [-1.0, -4.0, -1.0, -5.0]]),),
    edges={"one example": (np.array([[-1.0, 2, 0, 3, -4]]),), "no unit dead": (np.array([[1.0, -1], [-2, 3]]),),
           "all units dead": (np.array([[-1.0, 0, -2], [0, 0, -3]]),),
           "a unit on for one example of 400": (np.where(np.arange(800) == 333, 1.0, -1.0).reshape(400, 2),),
           "a unit barely on": (np.array([[-1.0, -2, -1, -3], [1e-30, -1, 2, -1]]),),
           "as many examples as units": (np.array([[-1.0, -2, -3], [4, -1, -1], [2, -5, -2]]),)},
    suspects=(
        Slip("share of zeros", _ALL + "; this is the share of all entries that are shut", (".all(axis=0)", "")),
        Slip("any instead of all", _ALL, (".all", ".any")),
        Slip("nearly all instead of all", _ALL, ("(z <= 0).all(axis=0)", "((z <= 0).mean(axis=0) > 0.99)")),
        Slip("mean instead of all", _ALL, ("(z <= 0).all(axis=0)", "(z.mean(axis=0) <= 0)")),
        Slip("threshold above 0", _ALL, ("z <= 0", "z < 1e-6")),
        Slip("zero taken for open", "at z = 0 exactly the ReLU is shut, (4.12): z <= 0", ("z <= 0", "z < 0")),
        Slip("sign reversed", "shut means z <= 0", ("z <= 0", "z > 0")),
        Slip("living units", "this is the share of the units that live", ("(z <= 0).all", "(z > 0).any")),
        Slip("wrong axis", "examples are rows: `all` over axis 0 leaves a truth value for each unit", ("=0", "=1")),
        Slip("count instead of share", "this is a number of units; divide it by that of all units", (".mean", ".sum")),
        Slip("divided by the examples", "the share is taken of the units, z.shape[1]", (".mean()", ".sum() / len(z)")),
    ))


# ---- 07-8 early stopping ----------------------------------------------------------------------------------------

def early_stopping(losses, patience):
    """When to stop, and which weights to keep.

    losses (epochs,), patience: 1 or more  ->  epoch of the stop, best epoch, from 1
    """
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses), best


def _loss_curve(rng):
    """Falls with bumps and ties, waits for exactly the patience, then falls again to a minimum that comes too late."""
    patience, losses = int(rng.integers(3, 6)), [20]
    for _ in range(int(rng.integers(4, 7))):
        low = losses[-1] - int(rng.integers(1, 3))
        losses += [low, *(low + rng.integers(1, 5, size=int(rng.integers(1, patience)))), low - 1]
    low = losses[-1]
    losses += [low, low + 3, *range(low + patience - 1, low + 1, -1)]           # a tie; falls, but not below the best
    losses += [*(low + rng.integers(1, 5, size=patience)), *range(low + 5, low + 6 + patience), low - 5, low - 4]
    return np.array(losses) / 10, patience


_WAITED = "stop when `patience` epochs have passed since the best one: epoch − best ≥ patience"
_BETTER = "an epoch is better if its loss is strictly below the best so far, by however little"
_BEST, _BEFORE = "losses[best - 1]", "losses[max(epoch - 2, 0)]"

STOPPING = Task(
    id="07-8", title="early stopping", level="write", difficulty=2, importance=2, minutes=15,
    reference=early_stopping, outputs=("the epoch of the stop", "the best epoch"), cases=_loss_curve,
    small=(np.array([1.0, 0.8, 0.9, 0.7, 0.8, 0.7, 0.9, 0.5]), 3),
    edges={"a single epoch": (np.array([0.5]), 2), "losses that never rise": (np.array([5.0, 4, 3, 1]), 2),
           "losses that only rise": (np.arange(1.0, 6), 2), "patience 1": (np.array([3.0, 2, 2.5, 1]), 1),
           "a stop in the last epoch": (np.array([3.0, 2, 4, 5]), 2), "all the same": (np.ones(6), 4),
           "a long patience": (np.array([3.0, 2, 4, 5]), 20),
           "tiny improvements": (1 - 1e-15 * np.arange(6), 3), "huge losses": (np.array([9e30, 8e30, 7e30]), 2),
           "a loss of 0": (np.array([0.0, 1, 1, 1]), 2), "losses below 0": (np.array([2.0, -1, -2, -1, -3]), 2)},
    suspects=(
        Slip("counted from 0", "epochs are counted from 1",
             ("epoch, best\n", "epoch - 1, best - 1\n"), ("len(losses), best", "len(losses) - 1, best - 1")),
        Slip("looks into the future", "at the stop, later losses are not known: return the best epoch *so far*",
             ("epoch, best", "epoch, int(np.argmin(losses)) + 1")),
        Slip("one epoch too late", _WAITED, (">= patience", "> patience")),
        Slip("one epoch too early", _WAITED, (">= patience", ">= patience - 1")),
        Slip("never stops", _WAITED, ("return epoch, best", "pass")),
        Slip("waiting never starts again", "each improvement starts the waiting again", ("best = 1", "best = bad = 1"),
             ("= epoch\n", "= epoch\n        else:\n            bad += 1\n"), ("epoch - best >=", "bad - 2 >=")),
        Slip("compared with the epoch before", _BETTER, (_BEST, _BEFORE)),
        Slip("compared with the epoch before", _BETTER, ("best = 1", "best = last = 1"), ("h - best >", "h - last >"),
             ("= epoch\n", f"= epoch\n        last = epoch if losses[epoch - 1] < {_BEFORE} else last\n")),
        Slip("tie taken for an improvement", _BETTER, ("] < losses", "] <= losses")),
        Slip("small improvement ignored", _BETTER, (_BEST, _BEST + " - 1e-6")),
        Slip("a loss of 0 taken for none yet", "0 is a loss as others are: ask `best is None`, not `not best`",
             ("if losses[", "if losses[best - 1] == 0 or losses[")),
        Slip("size of the loss", "losses may be below 0: they are compared with their signs",
             ("losses[epoch - 1] < losses[best - 1]", "abs(losses[epoch - 1]) < abs(losses[best - 1])")),
        Slip("best loss begins at a number", _BETTER + ", however large", (_BEST, f"min({_BEST}, 1e4)")),
        Slip("largest instead of smallest", _BETTER, ("] < losses", "] > losses")),
    ))


# ---- 07-9 diagnose five trainings ---------------------------------------------------------------------------------

def diagnose_training(delta_ratio, dead_share, train, valid):
    """The fault of a training.

    delta_ratio, dead_share: numbers, train, valid (epochs,): losses after each epoch
    Returns one of the names above.
    """
    if delta_ratio > 1e3 or not np.all(np.isfinite([train, valid])):
        return "exploding"
    if dead_share > 0.5:
        return "dead units"
    if delta_ratio < 1e-3:
        return "vanishing"
    if train[-1] < 0.5 * train[0] and valid[-1] > 1.2 * valid.min():
        return "overfitting"
    return "too slow" if train[-1] > 0.7 * train[0] else "healthy"


def _verdict(answer, runs):
    """The first of the pairs (fault, training) that is not recognised."""
    for fault, (ratio, dead, train, valid) in runs:
        got = answer(ratio, dead, train.copy(), valid.copy())
        if got not in FAULTS:
            return Fault("unknown name", f"it returned {got!r}; the names are {', '.join(map(repr, FAULTS))}")
        if got != fault:
            return Fault("false alarm" if fault == "healthy" else f"{fault} not recognised",
                         f"this training is {fault!r}, not {got!r}: delta_ratio {ratio:.1e}, dead_share {dead:.2f}, "
                         f"training loss {train[0]:.3g} to {train[-1]:.3g}, "
                         f"validation loss from {valid[0]:.3g}, lowest {np.min(valid):.3g}, last {valid[-1]:.3g}")


def _made_up(fault):
    title = f"trainings with the fault {fault!r}" if fault != "healthy" else "healthy trainings"
    return title, lambda answer, rng: _verdict(answer, ((fault, run) for run in made_up(fault, rng)))


def _five(answer, rng):
    return _verdict(answer, ((FIVE[name], run) for name, run in five_trainings().items()))


DIAGNOSE = Task(
    id="07-9", title="diagnose five trainings", level="explore", difficulty=2, importance=3, minutes=25,
    reference=diagnose_training, probes=(*map(_made_up, FAULTS), ("the five trainings A to E", _five)))

TASKS = [START, RATIO, BATCH_NORM, LAYER_NORM, DROPOUT, RESIDUAL, DEAD, STOPPING, DIAGNOSE]
