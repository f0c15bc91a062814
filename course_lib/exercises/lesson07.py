"""Tasks of lesson 07: starting weights, error signals, normalisation, dropout, residuals, dead units, diagnosis."""

from functools import cache

import numpy as np

from course_lib import initializers
from course_lib.checks import Fault
from course_lib.data import Batches, load_digits
from course_lib.exercises.engine import Suspect, Task
from course_lib.layers import Dense, ReLU, Sequential, Sigmoid
from course_lib.metrics import error_signals
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import predict, training


def _sizes(rng, count, low=3, high=8):
    """Different sizes, so that no wrong axis or transpose fits by chance."""
    return tuple(int(n) for n in rng.permutation(np.arange(low, high))[:count])


def _called(answer):
    """A rule and its backward in one call: (dy, *inputs) -> (y, *gradients)."""
    def run(dy, *inputs):
        y, backward = answer(*inputs)
        grads = backward(dy)
        return (y, *grads) if isinstance(grads, tuple) else (y, grads)
    return run


def _rows(*arguments):
    return len(arguments[0])


# ---- 07-1 starting weights -------------------------------------------------------------------------------------

def _deviations(n_in, n_out):
    return np.sqrt(2 / (n_in + n_out)), np.sqrt(2 / n_in)


def _fans(rng):
    return tuple(int(n) for n in rng.permutation(np.arange(20, 400))[:2])


START = Task(
    id="07-1", title="starting weights", signature="starting_deviations(n_in, n_out)", level="fill in", difficulty=1,
    importance=3, minutes=8, reference=_deviations, outputs=("Glorot's deviation", "He's deviation"), small=(8, 24),
    cases=_fans,
    suspects=(
        Suspect("variance instead of deviation",
                "these are the variances; a standard deviation is the square root of a variance",
                lambda i, o: (2 / (i + o), 2 / i)),
        Suspect("fan-out instead of fan-in", "He's variance is 2 / n_in, (7.6): each z is a sum over the n_in inputs",
                lambda i, o: (np.sqrt(2 / (i + o)), np.sqrt(2 / o))),
        Suspect("bound instead of deviation", "√(6 / (n_in + n_out)) is the bound of a uniform distribution; its "
                "deviation is the bound divided by √3", lambda i, o: (np.sqrt(6 / (i + o)), np.sqrt(2 / i))),
        Suspect("half of the ReLU forgotten",
                "1 / n_in suits tanh; a ReLU lets half of the signal through, so the variance is 2 / n_in, "
                "(7.6)", lambda i, o: (np.sqrt(2 / (i + o)), np.sqrt(1 / i))),
        Suspect("half of the ReLU forgotten",
                "1 / n_in suits tanh; a ReLU lets half of the signal through, so the variance is 2 / n_in, "
                "(7.6)", lambda i, o: (np.sqrt(2 / (i + o)), np.sqrt(2 / (i + o)))),
        Suspect("product of the fans", "Glorot's variance has the *sum* n_in + n_out below the line, (7.5)",
                lambda i, o: (np.sqrt(2 / (i * o)), np.sqrt(2 / i))),
        Suspect("mean of the fans forgotten",
                "n_in Var = 1 and n_out Var = 1 are averaged: Var = 1 / ((n_in + n_out) / 2), (7.5)",
                lambda i, o: (np.sqrt(1 / (i + o)), np.sqrt(2 / i))),
        Suspect("growing with the fan",
                "more inputs make a larger sum, so the weights must be smaller: n stands below the line",
                lambda i, o: (np.sqrt((i + o) / 2), np.sqrt(i / 2))),
    ))


# ---- 07-2 the ratio of error signals -----------------------------------------------------------------------------

def _ratio(delta, weights, slopes, *, step=lambda d, W, s: (d @ W.T) * s, order=-1, size=np.linalg.norm):
    """The keyword arguments put in what suspects do differently."""
    first = delta
    for W, s in zip(weights[::order], slopes[::order]):
        first = step(first, W, s)
    return size(first) / size(delta)


def _layers(rng):
    N, D = _sizes(rng, 2)
    depth = int(rng.integers(3, 6))
    return rng.normal(size=(N, D)), rng.normal(size=(depth, D, D)), rng.uniform(0.2, 1.0, size=(depth, N, D))


def _ratio_with(**changes):
    return lambda delta, weights, slopes: _ratio(delta, weights, slopes, **changes)


RATIO = Task(
    id="07-2", title="the ratio of error signals", signature="delta_ratio(delta, weights, slopes)", level="fill in",
    difficulty=2, importance=3, minutes=12, reference=_ratio, outputs=("the ratio",), cases=_layers,
    small=(np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 0.0]]),
           np.array([[[1.0, 1.0], [0.0, 1.0]], [[2.0, 0.0], [1.0, 1.0]]]),
           np.array([[[1.0, 0.5], [0.5, 1.0], [1.0, 1.0]], [[0.5, 1.0], [1.0, 0.5], [0.5, 0.5]]])),
    suspects=(
        Suspect("transpose", "the signal goes back through the transposed weights: δ Wᵀ, (7.1)",
                _ratio_with(step=lambda d, W, s: (d @ W) * s)),
        Suspect("slopes forgotten", "each Jacobian has two factors, Wᵀ and the slopes f′(z), (7.1)",
                _ratio_with(step=lambda d, W, s: d @ W.T)),
        Suspect("weights forgotten", "each Jacobian has two factors, Wᵀ and the slopes f′(z), (7.1)",
                _ratio_with(step=lambda d, W, s: d * s)),
        Suspect("layers in forward order",
                "the signal starts at the last layer: go through weights and slopes from the last to the first",
                _ratio_with(order=1)),
        Suspect("slopes before the weights",
                "first back through the affine map, then through the activation below it: (δ Wᵀ) ⊙ f′",
                _ratio_with(step=lambda d, W, s: (d * s) @ W.T)),
        Suspect("ratio inverted", "the first layer's norm is divided by the last layer's: small means vanishing",
                lambda *a: 1 / _ratio(*a)),
        Suspect("square root forgotten", "a norm is the root of the sum of squares: np.linalg.norm",
                lambda *a: _ratio(*a) ** 2),
        Suspect("sum instead of norm", "entries of both signs cancel in a sum; take the norm",
                _ratio_with(size=np.sum)),
        Suspect("sum instead of norm", "the norm is the root of the sum of squares, not the sum of sizes",
                _ratio_with(size=lambda a: np.abs(a).sum())),
        Suspect("largest entry instead of norm", "the norm is the root of the sum of squares: np.linalg.norm",
                _ratio_with(size=lambda a: np.abs(a).max())),
        Suspect("one layer too few", "all the layers of the list are passed, the first one too",
                lambda delta, weights, slopes: _ratio(delta, weights[1:], slopes[1:])),
        Suspect("one layer too few", "all the layers of the list are passed, the last one too",
                lambda delta, weights, slopes: _ratio(delta, weights[:-1], slopes[:-1])),
    ))


# ---- 07-3 batch normalisation -----------------------------------------------------------------------------------

def _batch_norm(x, gamma, beta, eps, *, axis=0, mu_path=1.0, sigma_path=1.0, sigma_of=lambda v, e, n: np.sqrt(v + e),
                g_of=lambda gamma, dy: gamma * dy, dgamma_of=lambda dy, x, xhat: (dy * xhat).sum(axis=0), mean=np.mean):
    """The rule; the keyword arguments put in what suspects do differently."""
    keep = {"axis": axis, "keepdims": True}
    centred = x - x.mean(**keep)
    sigma = sigma_of((centred ** 2).mean(**keep), eps, x.shape[axis])
    xhat = centred / sigma

    def backward(dy):
        g = g_of(gamma, dy)
        dx = (g - mu_path * mean(g, **keep) - sigma_path * xhat * mean(g * xhat, **keep)) / sigma
        return dx, dgamma_of(dy, x, xhat), dy.sum(axis=0)
    return gamma * xhat + beta, backward


def _batch_norm_with(**changes):
    return lambda x, gamma, beta, eps: _batch_norm(x, gamma, beta, eps, **changes)


def _norm_case(rng):
    N, D = _sizes(rng, 2)
    x = rng.normal(size=D) + rng.uniform(0.5, 2.0, size=D) * rng.normal(size=(N, D))
    return rng.normal(size=(N, D)), x, rng.uniform(0.5, 2.0, size=D), rng.normal(size=D), float(rng.uniform(0.1, 0.5))


_PATHS = "x reaches the loss on three paths, (7.10): directly, through the mean, through σ; "

BATCH_NORM = Task(
    id="07-3", title="batch normalisation", signature="batch_norm(x, gamma, beta, eps)", level="write", difficulty=3,
    importance=3, minutes=30, adapt=_called, reference=_batch_norm, outputs=("y", "dx", "dgamma", "dbeta"),
    cases=_norm_case, batch=_rows,
    small=(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]]), np.array([[1.0, 3.0], [3.0, 3.0], [5.0, 0.0]]),
           np.array([2.0, 1.0]),
           np.array([0.0, 1.0]), 1 / 3),
    suspects=(
        Suspect("path through the mean missing", _PATHS + "the path through the mean gives − mean(g)",
                _batch_norm_with(mu_path=0)),
        Suspect("path through sigma missing", _PATHS + "the path through σ gives − x̂ mean(g x̂)",
                _batch_norm_with(sigma_path=0)),
        Suspect("only the direct path", _PATHS + "here μ and σ were taken for constants",
                _batch_norm_with(mu_path=0, sigma_path=0)),
        Suspect("sign of a path", "both paths through the statistics are subtracted, (7.11)",
                _batch_norm_with(sigma_path=-1)),
        Suspect("sign of a path", "both paths through the statistics are subtracted, (7.11)",
                _batch_norm_with(mu_path=-1)),
        Suspect("sums instead of means",
                "in (7.11) the bars are means over the batch: μ and σ are means, so 1/N comes with them",
                _batch_norm_with(mean=np.sum)),
        Suspect("gamma forgotten", "dy meets γ first: g = γ dy, (7.9)", _batch_norm_with(g_of=lambda gamma, dy: dy)),
        Suspect("x instead of x hat", "γ multiplies x̂, so dγ = Σ dy x̂",
                _batch_norm_with(dgamma_of=lambda dy, x, xhat: (dy * x).sum(axis=0))),
        Suspect("wrong axis", "mean and σ belong to a feature: they are taken over the batch, axis 0",
                _batch_norm_with(axis=1)),
        Suspect("eps outside the root", "σ = √(variance + ε), (7.8): ε stands under the root",
                _batch_norm_with(sigma_of=lambda v, e, n: np.sqrt(v) + e)),
        Suspect("eps forgotten", "σ = √(variance + ε), (7.8)", _batch_norm_with(sigma_of=lambda v, e, n: np.sqrt(v))),
        Suspect("variance instead of sigma", "x − μ is divided by σ, the root of the variance",
                _batch_norm_with(sigma_of=lambda v, e, n: v + e)),
        Suspect("divided by N − 1", "batch norm divides the sum of squares by N, (7.8); np.var does so by default",
                _batch_norm_with(sigma_of=lambda v, e, n: np.sqrt(v * n / (n - 1) + e))),
    ))


# ---- 07-4 layer normalisation -----------------------------------------------------------------------------------

def _layer_norm_backward(dy, x, gamma, eps, *, axis=1, mu_path=1.0, sigma_path=1.0, gamma_late=False, root=np.sqrt,
                         outside=0.0,
                         dgamma_axis=0, hat=True, inner=1.0):
    keep = {"axis": axis, "keepdims": True}
    centred = x - x.mean(**keep)
    sigma = root((centred ** 2).mean(**keep) + inner * eps) + outside * eps
    xhat = centred / sigma
    g = dy if gamma_late else gamma * dy
    dx = (g - mu_path * g.mean(**keep) - sigma_path * xhat * (g * xhat).mean(**keep)) / sigma
    return gamma * dx if gamma_late else dx, (dy * (xhat if hat else x)).sum(axis=dgamma_axis), dy.sum(axis=dgamma_axis)


def _layer_norm_with(**changes):
    return lambda dy, x, gamma, eps: _layer_norm_backward(dy, x, gamma, eps, **changes)


LAYER_NORM = Task(
    id="07-4", title="the backward of layer normalisation", signature="layer_norm_backward(dy, x, gamma, eps)",
    level="write", difficulty=2, importance=2, minutes=20, reference=_layer_norm_backward,
    outputs=("dx", "dgamma", "dbeta"), batch=_rows,
    cases=lambda rng: (lambda dy, x, gamma, beta, eps: (dy, x, gamma, eps))(*_norm_case(rng)),
    small=(np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 2.0, 0.0], [1.0, 0.0, 1.0, 0.0]]),
           np.array([[1.0, 3.0, 5.0, 3.0], [0.0, 0.0, 2.0, 2.0], [2.0, 0.0, 0.0, 2.0]]), np.array([2.0, 1.0, 1.0, 3.0]),
           0.25),
    suspects=(
        Suspect("gamma outside the means", "in batch norm γ is one number for a whole column and may stand in front; "
                "along a row it differs, so it belongs inside: g = γ dy, (7.12)", _layer_norm_with(gamma_late=True)),
        Suspect("wrong axis", "layer norm takes its means over the features of one example: axis 1",
                _layer_norm_with(axis=0)),
        Suspect("path through the mean missing", _PATHS + "the path through the mean gives − mean(g)",
                _layer_norm_with(mu_path=0)),
        Suspect("path through sigma missing", _PATHS + "the path through σ gives − x̂ mean(g x̂)",
                _layer_norm_with(sigma_path=0)),
        Suspect("only the direct path", _PATHS + "here μ and σ were taken for constants",
                _layer_norm_with(mu_path=0, sigma_path=0)),
        Suspect("sign of a path", "both paths through the statistics are subtracted, (7.12)",
                _layer_norm_with(sigma_path=-1)),
        Suspect("gradients of gamma along the row",
                "γ and β are shared by all examples: their gradients are sums over the batch, axis 0",
                _layer_norm_with(dgamma_axis=1)),
        Suspect("variance instead of sigma", "x − μ is divided by σ, the root of the variance",
                _layer_norm_with(root=lambda v: v)),
        Suspect("eps outside the root", "σ = √(variance + ε): ε stands under the root",
                _layer_norm_with(inner=0.0, outside=1.0)),
        Suspect("x instead of x hat", "γ multiplies x̂, so dγ = Σ dy x̂", _layer_norm_with(hat=False)),
    ))


# ---- 07-5 inverted dropout --------------------------------------------------------------------------------------

def _dropout(x, kept, rate, forward=lambda x, kept, rate: x * kept / (1 - rate),
             back=lambda dy, kept, rate: dy * kept / (1 - rate)):
    return forward(x, kept, rate), lambda dy: back(dy, kept, rate)


def _both(scale):
    """The same formula forward and backward."""
    return lambda x, kept, rate: _dropout(x, kept, rate, scale, scale)


def _dropout_case(rng):
    N, D = _sizes(rng, 2)
    rate = float(rng.uniform(0.2, 0.45))
    kept = rng.random((N, D)) >= rate
    kept[0, :2] = True, False                           # at least one of each
    return rng.normal(size=(N, D)), rng.normal(size=(N, D)), kept, rate


DROPOUT = Task(
    id="07-5", title="inverted dropout", signature="dropout(x, kept, rate)", level="fill in", difficulty=1,
    importance=2, minutes=10, adapt=_called, reference=_dropout, outputs=("y", "dx"), cases=_dropout_case, batch=_rows,
    keeps_dtype=True,
    small=(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[2.0, 4.0], [6.0, 8.0], [1.0, 3.0]]),
           np.array([[True, False], [True, True], [False, True]]), 0.2),
    suspects=(
        Suspect("not rescaled", "the entries that stay must grow by 1 / (1 − rate), or the mean falls, (7.16)",
                _both(lambda a, kept, r: a * kept)),
        Suspect("divided by the rate", "the share that *stays* is 1 − rate: divide by it",
                _both(lambda a, kept, r: a * kept / r)),
        Suspect("multiplied instead of divided", "x (1 − rate) makes the mean smaller still; divide by 1 − rate",
                _both(lambda a, kept, r: a * kept * (1 - r))),
        Suspect("mask inverted", "kept is True for the entries that stay",
                _both(lambda a, kept, r: a * ~kept / (1 - r))),
        Suspect("backward not rescaled",
                "y = x · kept / (1 − rate): the factor is part of the slope, on the way back too",
                lambda x, kept, r: _dropout(x, kept, r, back=lambda dy, kept, r: dy * kept)),
        Suspect("backward without the mask", "what was dropped had no influence on the loss: its gradient is 0",
                lambda x, kept, r: _dropout(x, kept, r, back=lambda dy, kept, r: dy)),
        Suspect("backward without the mask", "what was dropped had no influence on the loss: its gradient is 0",
                lambda x, kept, r: _dropout(x, kept, r, back=lambda dy, kept, r: dy / (1 - r))),
        Suspect("a mask of its own", "the gate is `kept`; where the output happens to be positive plays no part",
                lambda x, kept, r: _dropout(x, kept, r, back=lambda dy, kept, r: dy * (x * kept > 0) / (1 - r))),
        Suspect("backward inverted", "the way back multiplies by the same factor; it does not undo the forward",
                lambda x, kept, r: _dropout(x, kept, r, back=lambda dy, kept, r: dy * kept * (1 - r))),
    ))


# ---- 07-6 a residual block ----------------------------------------------------------------------------------------

def _residual_backward(dy, x, W, b, *, around=1.0, gate=lambda z, x, dy: z > 0, dx_of=None):
    g = gate(x @ W + b, x, dy)
    dz = dy * g
    dx = around * dy + dz @ W.T if dx_of is None else dx_of(dy, dz, g, W)
    return dx, x.T @ dz, dz.sum(axis=0)


def _residual_case(rng):
    N, D = _sizes(rng, 2)
    return rng.normal(size=(N, D)), rng.normal(size=(N, D)), rng.normal(size=(D, D)), rng.normal(size=D)


def _residual_with(**changes):
    return lambda dy, x, W, b: _residual_backward(dy, x, W, b, **changes)


RESIDUAL = Task(
    id="07-6", title="the backward of a residual block", signature="residual_backward(dy, x, W, b)", level="fill in",
    difficulty=2, importance=3, minutes=12, reference=_residual_backward, outputs=("dx", "dW", "db"),
    cases=_residual_case, batch=_rows, keeps_dtype=True,
    small=(np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]]), np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 1.0]]),
           np.array([[1.0, 2.0], [-3.0, 1.0]]), np.array([0.5, -1.0])),
    suspects=(
        Suspect("identity path forgotten",
                "x reaches y on two paths: through the block and directly. The direct one adds dy itself, (7.15)",
                _residual_with(around=0.0)),
        Suspect("only the identity path", "x reaches y on two paths: dz Wᵀ comes back through the block",
                _residual_with(dx_of=lambda dy, dz, g, W: dy)),
        Suspect("identity path gated", "the detour goes round the ReLU: dy arrives as it is, without the gate",
                _residual_with(dx_of=lambda dy, dz, g, W: dz + dz @ W.T)),
        Suspect("identity path through the weights", "the detour goes round the weights: dy itself is added, not dy Wᵀ",
                _residual_with(dx_of=lambda dy, dz, g, W: dy @ W.T + dz @ W.T)),
        Suspect("product instead of sum", "two paths add up: dy + dz Wᵀ",
                _residual_with(dx_of=lambda dy, dz, g, W: dy * (dz @ W.T))),
        Suspect("relu forgotten", "on the way back through the ReLU, dy is multiplied by the gate [x W + b > 0]",
                _residual_with(gate=lambda z, x, dy: 1)),
        Suspect("gate of the wrong array", "the gate was set by the pre-activation x W + b, not by the input",
                _residual_with(gate=lambda z, x, dy: x > 0)),
        Suspect("gate of the wrong array",
                "the gate was set by the pre-activation x W + b, not by the sign of the gradient",
                _residual_with(gate=lambda z, x, dy: dy > 0)),
        Suspect("transpose", "the gradient goes back through the transposed weights: dz Wᵀ",
                _residual_with(dx_of=lambda dy, dz, g, W: dy + dz @ W)),
        Suspect("bias forgotten", "the gate was set by x W + b, with the bias",
                lambda dy, x, W, b: _residual_backward(dy, x, W, 0 * b)),
    ))


# ---- 07-7 dead units ------------------------------------------------------------------------------------------

def _dead_share(z):
    return float((z <= 0).all(axis=0).mean())


def _dead_case(rng):
    N, H = int(rng.integers(4, 7)), int(rng.integers(9, 14))
    z = rng.normal(size=(N, H))
    z[0] = -np.abs(z[0])                                # an example that switches nothing on
    dead = rng.permutation(H)[:int(rng.integers(3, 6))]
    z[:, dead] = -np.abs(z[:, dead])
    z[1, dead[0]] = 0.0                                 # exactly 0 is shut too
    z[:, dead[1]] *= 3
    alive = np.setdiff1d(np.arange(H), dead)
    z[2, alive] = np.abs(z[2, alive])
    z[3, alive[0]] = -20.0                              # its mean is negative, and it lives
    return (z,)


DEAD = Task(
    id="07-7", title="the share of dead units", signature="dead_share(z)", level="fill in", difficulty=1, importance=2,
    minutes=8, reference=_dead_share, outputs=("the share",), cases=_dead_case,
    small=(np.array([[-1.0, 2.0, -3.0, -1.0, 1.0], [-2.0, -1.0, 0.0, 3.0, -1.0], [-1.0, -4.0, -1.0, -5.0, 2.0]]),),
    suspects=(
        Suspect("share of zeros",
                "this is the share of all entries that are shut; a *unit* is dead if it is shut for every example",
                lambda z: (z <= 0).mean()),
        Suspect("any instead of all", "shut for some example is normal; dead means shut for all of them",
                lambda z: (z <= 0).any(axis=0).mean()),
        Suspect("wrong axis", "examples are rows: `all` runs over axis 0 and leaves one truth value for each unit",
                lambda z: (z <= 0).all(axis=1).mean()),
        Suspect("count instead of share", "this is the number of dead units; divide it by the number of units",
                lambda z: (z <= 0).all(axis=0).sum()),
        Suspect("divided by the examples", "the share is taken of the units, z.shape[1], not of the examples",
                lambda z: (z <= 0).all(axis=0).sum() / len(z)),
        Suspect("living units", "this is the share of the units that live", lambda z: 1 - _dead_share(z)),
        Suspect("zero taken for open", "at z = 0 exactly the ReLU is shut, (4.12): z <= 0",
                lambda z: (z < 0).all(axis=0).mean()),
        Suspect("mean instead of all", "a unit with a negative mean may still be on for some examples",
                lambda z: (z.mean(axis=0) <= 0).mean()),
        Suspect("sign reversed", "shut means z <= 0", lambda z: (z > 0).all(axis=0).mean()),
    ))


# ---- 07-8 early stopping ----------------------------------------------------------------------------------------

def _stopping(losses, patience, *, better=lambda a, b: a < b, enough=lambda waited, patience: waited >= patience):
    best, lowest = 1, losses[0]
    for epoch, loss in enumerate(losses, start=1):
        if epoch > 1 and better(loss, lowest):
            best, lowest = epoch, loss
        elif enough(epoch - best, patience):
            return epoch, best
    return len(losses), best


def _stopping_with(**changes):
    return lambda losses, patience: _stopping(losses, patience, **changes)


def _whole_curve(losses, patience):
    return _stopping(losses, patience)[0], int(np.argmin(losses)) + 1


def _previous(losses, patience):
    waited, best = 0, 1
    for epoch in range(2, len(losses) + 1):
        waited = 0 if losses[epoch - 1] < losses[epoch - 2] else waited + 1
        best = epoch if losses[epoch - 1] < losses[best - 1] else best
        if waited >= patience:
            return epoch, best
    return len(losses), best


def _never_reset(losses, patience):
    waited, best = 0, 1
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        else:
            waited += 1
        if waited >= patience:
            return epoch, best
    return len(losses), best


def _loss_curve(rng):
    """Falls with bumps and ties, waits for exactly the patience, then falls again to a minimum that comes too late."""
    patience, losses = int(rng.integers(3, 6)), [2.0]
    for _ in range(int(rng.integers(4, 7))):
        losses.append(losses[-1] - 0.1 * int(rng.integers(1, 3)))
        bumps = int(rng.integers(1, patience))
        losses += list(losses[-1] + 0.1 * rng.integers(1, 5, size=bumps))
        losses.append(min(losses) - 0.1)
    low = min(losses)
    losses += [low, low + 0.3]                          # a tie is no improvement
    # falls from epoch to epoch, never below the best
    losses += list(low + 0.1 + 0.1 * np.arange(patience - 2, 0, -1))
    losses += list(low + 0.1 * rng.integers(1, 5, size=patience))
    # a long rise, a late minimum
    losses += list(low + 0.5 + 0.1 * np.arange(patience + 1)) + [low - 0.5, low - 0.4]
    return np.round(losses, 1), patience


STOPPING = Task(
    id="07-8", title="early stopping", signature="early_stopping(losses, patience)", level="write", difficulty=2,
    importance=2, minutes=15, reference=_stopping, outputs=("the epoch of the stop", "the best epoch"),
    cases=_loss_curve,
    small=(np.array([1.0, 0.8, 0.9, 0.7, 0.8, 0.7, 0.9, 0.5]), 3),
    suspects=(
        Suspect("counted from 0", "epochs are counted from 1, as `training` counts them",
                lambda *a: tuple(e - 1 for e in _stopping(*a))),
        Suspect("looks into the future",
                "at the stop, later losses are not yet known: the best epoch is the best one *so far*", _whole_curve),
        Suspect("one epoch too late",
                "stop when `patience` epochs have passed since the best one: epoch − best ≥ patience",
                _stopping_with(enough=lambda waited, patience: waited > patience)),
        Suspect("one epoch too early",
                "stop when `patience` epochs have passed since the best one: epoch − best ≥ patience",
                _stopping_with(enough=lambda waited, patience: waited >= patience - 1)),
        Suspect("compared with the epoch before", "an epoch must beat the best so far, not just the epoch before it",
                _previous),
        Suspect("waiting never starts again", "each improvement starts the waiting again from 0", _never_reset),
        Suspect("tie taken for an improvement", "equal is not better: an improvement is a loss strictly below the best",
                _stopping_with(better=lambda a, b: a <= b)),
        Suspect("wrong order", "return the epoch of the stop first, then the best epoch",
                lambda *a: _stopping(*a)[::-1]),
        Suspect("never stops", "when `patience` epochs have passed without an improvement, stop there",
                lambda losses, patience: (len(losses), int(np.argmin(losses)) + 1)),
        Suspect("largest instead of smallest", "a loss is better when it is smaller",
                _stopping_with(better=lambda a, b: a > b)),
    ))


# ---- 07-9 diagnose five trainings ---------------------------------------------------------------------------------

FAULTS = ("vanishing", "exploding", "dead units", "overfitting", "too slow", "healthy")


def _diagnose(delta_ratio, dead_share, train, valid):
    if not np.all(np.isfinite(train)) or delta_ratio > 1e3:
        return "exploding"
    if dead_share > 0.5:
        return "dead units"
    if delta_ratio < 1e-3:
        return "vanishing"
    if valid[-1] > 1.2 * min(valid) and train[-1] < 0.5 * train[0]:
        return "overfitting"
    return "too slow" if train[-1] > 0.7 * train[0] else "healthy"


def _noisy(curve, rng, size=0.01):
    return np.array(curve) * np.exp(size * rng.normal(size=len(curve)))


def _made_up(fault, rng):
    """Measurements of a training with this fault, clear enough that sensible thresholds agree."""
    epochs = int(rng.integers(15, 30))
    k = np.arange(epochs)
    ratio, dead = float(10 ** rng.uniform(-0.7, 0.7)), float(rng.uniform(0.0, 0.15))
    start, flat = rng.uniform(2.2, 2.5), 2.3 + 0.01 * rng.normal(size=(2, epochs))
    learning = start * np.exp(-k / rng.uniform(2, 4))
    if fault == "vanishing":
        return float(10 ** rng.uniform(-14, -6)), dead, *flat
    if fault == "exploding":
        train = start * np.exp(k * rng.uniform(0.5, 2.0))
        train[int(rng.integers(4, epochs - 2)):] = rng.choice([np.nan, np.inf])
        return float(10 ** rng.uniform(4, 9)), dead, train, 1.1 * train
    if fault == "dead units":
        gone = float(rng.uniform(0.85, 1.0))
        return ratio, gone, *(flat - 0.05 * (1 - gone) * k / epochs)
    if fault == "overfitting":
        low = int(epochs * rng.uniform(0.2, 0.35))
        valid = np.where(k <= low, start * np.exp(-k / 4), 0.0)
        valid[low + 1:] = valid[low] * (1 + rng.uniform(0.6, 1.5) * (k[low + 1:] - low) / (epochs - low))
        return ratio, dead, _noisy(learning, rng), _noisy(valid, rng)
    if fault == "too slow":
        slow = start * (1 - rng.uniform(0.03, 0.1) * k / epochs)
        return ratio, dead, _noisy(slow, rng, 0.001), _noisy(slow * 1.01, rng, 0.001)
    return ratio, dead, _noisy(learning + 0.03, rng), _noisy(learning + rng.uniform(0.15, 0.3), rng)


def _measured(net, seed, lr, x, t, valid, *, epochs=20, momentum=0.9):
    """Train, and measure what the task gives: ratio of error signals and share of dead units before, losses after."""
    deltas, _ = error_signals(net, x, softmax_cross_entropy(net(x)[0], t)[1]())
    relus = [i for i, layer in enumerate(net.layers) if isinstance(layer, ReLU)]
    dead = _dead_share(Sequential(*net.layers[:relus[0]])(x)[0]) if relus else 0.0
    optimizer, losses = SGD(net.params, lr=lr, momentum=momentum), ([], [])
    batches = Batches(x, t, 50, rng=np.random.default_rng(seed))
    for _, step, _ in training(net, softmax_cross_entropy, optimizer, batches, epochs):
        if step % len(batches) == 0:
            for curve, (a, b) in zip(losses, ((x, t), valid)):
                curve.append(softmax_cross_entropy(predict(net, a), b)[0])
    return float(deltas[0] / deltas[-1]), dead, *map(np.array, losses)


@cache
def five_trainings():
    """``{"A": (delta_ratio, dead_share, train, valid), …}``: five trainings on digits, each with its own fault."""
    digits, found = load_digits(), {}
    x, t = digits.x_train[:200], digits.t_train[:200]
    valid = digits.x_train[200:400], digits.t_train[200:400]

    def net(depth, width, activation, init, rng, scale=1.0):
        sizes = [64] + [width] * depth
        layers = [part for a, b in zip(sizes, sizes[1:]) for part in (Dense(a, b, rng=rng, init=init), activation())]
        for layer in layers[::2]:
            layer.W.data = layer.W.data * scale
        return Sequential(*layers, Dense(width, 10, rng=rng))
    with np.errstate(all="ignore"):
        rng = np.random.default_rng(4)
        bad = net(1, 60, ReLU, initializers.he, rng)
        bad.layers[0].b.data[:] = -5.0
        found["A"] = _measured(bad, 1, 0.1, x, t, valid)
        noisy = np.where(rng.random(200) < 0.2, rng.integers(10, size=200), t)
        found["B"] = _measured(net(1, 200, ReLU, initializers.he, rng), 2, 0.1, x, noisy, valid, epochs=40)
        found["C"] = _measured(net(12, 30, Sigmoid, initializers.glorot, rng), 3, 0.1, x, t, valid)
        found["D"] = _measured(net(1, 60, ReLU, initializers.he, rng), 4, 0.0005, x, t, valid, momentum=0.0)
        found["E"] = _measured(net(12, 30, ReLU, initializers.he, rng, scale=2.5), 5, 1e-4, x, t, valid)
    return found


_FIVE = {"A": "dead units", "B": "overfitting", "C": "vanishing", "D": "too slow", "E": "exploding"}


def _show_run(delta_ratio, dead_share, train, valid):
    return (f"delta_ratio {delta_ratio:.1e}, dead_share {dead_share:.2f}, training loss {train[0]:.3g} to "
            f"{train[-1]:.3g}, validation loss from {valid[0]:.3g}, lowest {np.min(valid):.3g}, last {valid[-1]:.3g}")


def _verdict(answer, run, fault):
    got = answer(run[0], run[1], run[2].copy(), run[3].copy())
    if got == fault:
        return None
    if got not in FAULTS:
        return Fault("unknown name", f"it returned {got!r}; the names are {', '.join(map(repr, FAULTS))}")
    name = "false alarm" if fault == "healthy" else f"{fault} not recognised"
    return Fault(name, f"this training is {fault!r}, not {got!r}: {_show_run(*run)}")


def _probe(fault):
    def probe(answer, rng):
        return next((f for f in (_verdict(answer, _made_up(fault, rng), fault) for _ in range(8)) if f), None)
    return probe


def _real_runs(answer, rng):
    return next((f for f in (_verdict(answer, run, _FIVE[name]) for name, run in five_trainings().items()) if f), None)


DIAGNOSE = Task(
    id="07-9", title="diagnose five trainings", signature="diagnose_training(delta_ratio, dead_share, train, valid)",
    level="explore", difficulty=2, importance=3, minutes=25, reference=_diagnose,
    probes=(*((f"trainings with the fault {fault!r}" if fault != "healthy" else "healthy trainings", _probe(fault))
              for fault in FAULTS),
            ("the five trainings A to E", _real_runs)))


TASKS = [START, RATIO, BATCH_NORM, LAYER_NORM, DROPOUT, RESIDUAL, DEAD, STOPPING, DIAGNOSE]
