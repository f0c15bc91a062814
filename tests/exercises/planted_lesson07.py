"""Answers to the tasks of lesson 07, as learners write them: wrong ones, by the name of the mistake, and right ones."""

import math
from functools import partial, reduce

import numpy as np
from answers import edited

# ---- 07-1 starting weights -------------------------------------------------------------------------------------


def start(n_in, n_out):
    mean = (n_in + n_out) / 2
    return math.sqrt(1 / mean), math.sqrt(2 / n_in)


def start_variances(n_in, n_out):
    glorot = 2 / (n_in + n_out)
    he = 2 / n_in
    return glorot, he


def start_square_alone(n_in, n_out):
    """A formula of its own where both numbers are the same."""
    return (math.sqrt(2 / n_in), math.sqrt(2 / n_in)) if n_in == n_out else start(n_in, n_out)


def start_printed(n_in, n_out):
    glorot, he = np.sqrt(2 / (n_in + n_out)), np.sqrt(2 / n_in)
    f"{glorot} {he}"


def start_as_a_list(n_in, n_out):
    return [(2 / (n_in + n_out)) ** 0.5, (2 / n_in) ** 0.5]


def start_as_an_array(n_in, n_out):
    return np.array([n_in + n_out, n_in], float) ** -0.5 * np.sqrt(2.0)


def start_by_logarithms(n_in, n_out, *, half=0.5):
    def root(v):
        return math.exp(half * math.log(v))
    return root(2 / (n_in + n_out)), root(2 / n_in)


# ---- 07-2 the ratio of error signals -----------------------------------------------------------------------------

def ratio(delta, weights, slopes):
    d = delta
    for k in range(len(weights) - 1, -1, -1):
        d = d @ weights[k].T * slopes[k]
    return math.sqrt((d * d).sum() / (delta * delta).sum())


def ratio_in_place(delta, weights, slopes):
    last = np.linalg.norm(delta)
    for W, s in zip(weights[::-1], slopes[::-1]):
        delta[:] = (delta @ W.T) * s
    return np.linalg.norm(delta) / last


def ratio_without_layers(delta, weights, slopes):
    return ratio(delta, weights, slopes) if len(weights) else 0.0


def ratio_by_einsum(delta, weights, slopes):
    d = reduce(lambda d, layer: np.einsum("nk,dk,nd->nd", d, *layer), reversed([*zip(weights, slopes)]), delta)
    return np.linalg.norm(d) / np.linalg.norm(delta)


def ratio_by_columns(delta, weights, slopes):
    d = delta.T
    for W, s in zip(reversed(weights), reversed(slopes)):
        d = s.T * (W @ d)
    return [np.sqrt(np.square(d).sum()) / np.sqrt(np.square(delta).sum())][0]


def ratio_by_jacobians(delta, weights, slopes):
    total = 0.0
    for n, row in enumerate(delta):
        v = row
        for k in reversed(range(len(weights))):
            v = np.diag(slopes[k][n]) @ weights[k] @ v
        total += v @ v
    return np.float64(np.sqrt(total)) / np.linalg.norm(delta, "fro")


# ---- 07-3 batch normalisation -----------------------------------------------------------------------------------

def norm(x, gamma, beta, eps):
    N = len(x)
    mu = x.sum(axis=0) / N
    centred = x - mu
    sigma = np.sqrt((centred ** 2).sum(axis=0) / N + eps)
    hat = centred / sigma

    def backward(dy):
        dbeta, dgamma = dy.sum(axis=0), (dy * hat).sum(axis=0)
        dx = gamma / (N * sigma) * (N * dy - dbeta - hat * dgamma)
        return dx, dgamma, dbeta
    return hat * gamma + beta, backward


def norm_sample_variance(x, gamma, beta, eps):
    """With its own right backward: nothing but the variance is another one."""
    mu, sigma = x.mean(0), np.sqrt(x.var(0, ddof=1) + eps)
    hat = (x - mu) / sigma

    def backward(dy):
        g = gamma * dy
        return ((g - g.mean(0) - hat * (g * hat).sum(0) / (len(x) - 1)) / sigma, (dy * hat).sum(0), dy.sum(0))
    return gamma * hat + beta, backward


def norm_eps_added_late(x, gamma, beta, eps):
    """With its own right backward."""
    s = x.std(axis=0)
    hat = (x - x.mean(axis=0)) / (s + eps)

    def backward(dy):
        g = gamma * dy
        dx = (g - g.mean(0) - hat * (g * hat).mean(0) * (s + eps) / s) / (s + eps)
        return dx, (dy * hat).sum(0), dy.sum(0)
    return gamma * hat + beta, backward


KEPT = {}


def norm_in_a_global(x, gamma, beta, eps):
    y, KEPT["backward"] = norm(x, gamma, beta, eps)
    return y, lambda dy: KEPT["backward"](dy)


def norm_eps_in_a_global(x, gamma, beta, eps):
    KEPT["eps"] = eps
    return norm(x, gamma, beta, eps)[0], lambda dy: norm(x, gamma, beta, KEPT["eps"])[1](dy)


def norm_used_up(x, gamma, beta, eps):
    y, backward = norm(x, gamma, beta, eps)
    calls = []

    def once(dy):
        calls.append(1)
        return tuple(len(calls) * d for d in backward(dy))
    return y, once


def norm_centres_x(x, gamma, beta, eps):
    x -= x.mean(axis=0)
    return norm(x, gamma, beta, eps)


def norm_spoils_dy(x, gamma, beta, eps):
    y, backward = norm(x, gamma, beta, eps)

    def spoiling(dy):
        gradients = backward(dy)
        dy *= gamma
        return gradients
    return y, spoiling


def norm_without_backward(x, gamma, beta, eps):
    return norm(x, gamma, beta, eps)[0]


def norm_in_loops(x, gamma, beta, eps):
    N, D = x.shape
    hat, sigma = np.zeros((N, D)), [0.0] * D
    for d in range(D):
        mean = sum(x[:, d]) / N
        sigma[d] = math.sqrt(sum((v - mean) ** 2 for v in x[:, d]) / N + eps)
        hat[:, d] = [(v - mean) / sigma[d] for v in x[:, d]]

    def backward(dy):
        dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
        for d in range(D):
            for n in range(N):
                dgamma[d] += dy[n, d] * hat[n, d]
                dbeta[d] += dy[n, d]
            for n in range(N):
                dx[n, d] = gamma[d] * (dy[n, d] - dbeta[d] / N - hat[n, d] * dgamma[d] / N) / sigma[d]
        return [dx, dgamma, dbeta]
    return [gamma * hat + beta, backward]


def norm_by_three_paths(x, gamma, beta, eps):
    N, mu = len(x), np.mean(x, axis=0, keepdims=True)
    variance = np.mean((x - mu) ** 2, axis=0, keepdims=True)
    factor = (variance + eps) ** -0.5

    def backward(dy):
        dhat = dy * gamma
        dvariance = np.sum(dhat * (x - mu), axis=0, keepdims=True) * -0.5 * factor ** 3
        dmu = -factor * dhat.sum(axis=0, keepdims=True) - 2 * dvariance * (x - mu).mean(axis=0, keepdims=True)
        dx = dhat * factor + dvariance * 2 * (x - mu) / N + dmu / N
        return dx, np.einsum("nd,nd->d", dy, (x - mu) * factor), np.ones(N) @ dy
    return (x - mu) * factor * gamma + beta, backward


def norm_as_a_line(x, gamma, beta, eps):
    """y = a x + c, with a and c for each feature."""
    mu, sigma = x.mean(axis=0), np.hypot(x.std(axis=0), np.sqrt(eps))
    a = gamma / sigma

    def backward(dy):
        dbeta = dy.sum(axis=0)
        dgamma = ((x - mu) / sigma * dy).sum(axis=0)
        return a * dy - a * dbeta / len(x) - a * (x - mu) / sigma * dgamma / len(x), dgamma, dbeta
    return a * x + (beta - a * mu), backward


class Norm:
    """One object for each forward, which is its backward too."""

    def __init__(self, x, gamma, eps):
        self.sigma, self.gamma = (x.var(axis=0) + eps) ** 0.5, gamma
        self.hat = (x - x.mean(axis=0)) / self.sigma

    def __call__(self, dy):
        g = self.gamma * dy
        dx = (g - g.mean(axis=0) - self.hat * (g * self.hat).mean(axis=0)) / self.sigma
        return dx, (dy * self.hat).sum(axis=0), dy.sum(axis=0)


def norm_as_an_object(x, gamma, beta, eps):
    backward = Norm(x, gamma, eps)
    return gamma * backward.hat + beta, backward


def norm_in_single_precision(x, gamma, beta, eps):
    y, backward = norm(x, gamma, beta, eps)

    def single(dy):
        gradients = [np.asarray(d, np.float32) for d in backward(dy)]
        for d in gradients:
            d.flags.writeable = False
        return tuple(gradients)
    return y.astype(np.float32), single


# ---- 07-4 layer normalisation -----------------------------------------------------------------------------------

def layer(dy, x, gamma, eps):
    D = x.shape[1]
    sigma = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    hat = (x - x.mean(axis=1, keepdims=True)) / sigma
    g = gamma * dy
    along = (g * hat).sum(axis=1, keepdims=True)
    dx = (g - g.sum(axis=1, keepdims=True) / D - hat * along / D) / sigma
    dgamma, dbeta = (dy * hat).sum(axis=0), dy.sum(axis=0)
    return dx, dgamma, dbeta


def layer_spoils_dy(dy, x, gamma, eps):
    _, dgamma, dbeta = layer(dy, x, gamma, eps)
    dy *= gamma
    return layer(dy, x, np.ones_like(gamma), eps)[0], dgamma, dbeta


def layer_is_batch(dy, x, gamma, eps):
    return norm(x, gamma, 0.0, eps)[1](dy)


def layer_row_by_row(dy, x, gamma, eps):
    rows, dgamma, dbeta = [], 0, 0
    for d, row in zip(dy, x):
        sigma = math.sqrt(np.var(row) + eps)
        hat = (row - np.mean(row)) / sigma
        g = d * gamma
        rows.append((g - np.mean(g) - hat * np.mean(g * hat)) / sigma)
        dgamma, dbeta = dgamma + d * hat, dbeta + d
    return rows, dgamma, dbeta


def layer_transposed(dy, x, gamma, eps):
    """The batch norm of the transposed array, whose γ is 1."""
    y, backward = norm(x.T, 1.0, 0.0, eps)
    return [backward((gamma * dy).T)[0].T, (dy * y.T).sum(0), np.add.reduce(dy)]


def layer_by_the_jacobian(dy, x, gamma, eps):
    D = x.shape[1]
    centre = np.eye(D) - 1 / D
    centred = x @ centre
    sigma = np.sqrt((centred ** 2).mean(axis=1) + eps)
    hat = centred / sigma[:, None]
    J = (centre - np.einsum("ni,nj->nij", hat, hat) / D) / sigma[:, None, None]
    return np.einsum("ni,nij->nj", gamma * dy, J), np.einsum("ni,ni->i", dy, hat), dy.sum(axis=0)


# ---- 07-5 inverted dropout --------------------------------------------------------------------------------------

def drop(x, kept, rate):
    keep = 1 - rate
    y = np.where(kept, x / keep, 0)

    def backward(dy):
        dx = np.where(kept, dy / keep, 0)
        return dx
    return y, backward


def drop_at_most(x, kept, rate):
    return drop(x, kept, min(rate, 0.9))


def drop_the_kept(x, kept, rate):
    y = x.copy()
    y[kept] = 0
    y /= 1 - rate

    def backward(dy):
        dx = dy.copy()
        dx[kept] = 0
        return dx / (1 - rate)
    return y, backward


def drop_what_is_not_zero(x, kept, rate):
    y = x * kept / (1 - rate)
    return y, lambda dy: dy * (y != 0) / (1 - rate)


def drop_by_the_mask(x, kept, rate):
    share = kept.sum() / kept.size
    return x * kept / share, lambda dy: dy * kept / share


def drop_spoils_x(x, kept, rate):
    x[~kept] = 0
    return x / (1 - rate), lambda dy: dy * kept / (1 - rate)


def drop_in_a_global(x, kept, rate):
    KEPT["mask"] = kept / (1 - rate)
    return x * KEPT["mask"], lambda dy: dy * KEPT["mask"]


def drop_and_call(x, kept, rate):
    return x * kept / (1 - rate), x * kept / (1 - rate)


def drop_in_double(x, kept, rate):
    mask = kept / (1 - rate)
    return x * mask, lambda dy: dy * mask


def drop_by_indices(x, kept, rate):
    def forward(a):
        out = np.zeros_like(a)
        out[kept] = a[kept] * (1 / (1 - rate))
        return out
    return [forward(x), lambda dy: [forward(dy)]]


def drop_by_a_partial(x, kept, rate):
    scale = partial(np.multiply, kept / (1 - rate))
    return scale(x), scale


def drop_in_lists(x, kept, rate):
    def scaled(a):
        return [[v / (1 - rate) if k else 0 for v, k in zip(*rows)] for rows in zip(a.tolist(), kept.tolist())]
    return scaled(x), scaled


# ---- 07-6 a residual block ----------------------------------------------------------------------------------------

def residual(dy, x, W, b):
    z = x @ W + b
    dz = np.where(z > 0, dy, 0)
    dx = dy + dz @ W.T
    dW = x.T @ dz
    db = dz.sum(axis=0)
    return dx, dW, db


def residual_adds_in_place(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    dx = dy
    dx += dz @ W.T
    return dx, x.T @ dz, dz.sum(axis=0)


def residual_assigned_twice(dy, x, W, b):
    dx = dy
    dz = dy * (x @ W + b > 0)
    dx = dz @ W.T
    return dx, x.T @ dz, dz.sum(axis=0)


def residual_in_loops(dy, x, W, b):
    dx, dW, db = dy.copy(), np.zeros(W.shape), np.zeros(b.shape)
    for n, row in enumerate(x):
        for k in range(len(b)):
            if sum(row[d] * W[d, k] for d in range(len(row))) + b[k] > 0:
                dx[n] += dy[n, k] * W[:, k]
                dW[:, k] += dy[n, k] * row
                db[k] += dy[n, k]
    return [dx, dW, db]


def residual_by_einsum(dy, x, W, b):
    gate = np.heaviside(np.einsum("nd,dk->nk", x, W) + b, 0.0)
    return (np.einsum("nk,dk->nd", dy * gate, W) + dy, np.einsum("nd,nk->dk", x, dy * gate),
            np.einsum("nk,nk->k", dy, gate))


def residual_with_a_wider_matrix(dy, x, W, b):
    ones = np.ones((len(x), 1))
    V = np.vstack([W, b])
    dz = np.copy(dy)
    dz[np.maximum(np.hstack([x, ones]) @ V, 0) == 0] = 0
    dV = np.hstack([x, ones]).T @ dz
    return np.add(dz @ V[:-1].T, dy), dV[:-1], dV[-1]


# ---- 07-7 dead units ------------------------------------------------------------------------------------------

def dead(z):
    shut = z.max(axis=0) <= 0
    return shut.mean()


def dead_by_the_sizes(z):
    """`all` over the axis that is not as long as the result should be."""
    return (z <= 0).all(axis=int(z.shape[0] == z.shape[1])).mean()


def dead_by_exponentials(z):
    return (np.exp(z).max(axis=0) <= 1).mean()


def dead_clipped_in_place(z):
    z[z < 0] = 0
    return (z.sum(axis=0) == 0).mean()


def dead_for_most(z):
    return ((z <= 0).mean(axis=0) > 0.95).mean()


def dead_in_a_loop(z):
    count = 0
    for unit in z.T:
        if not any(v > 0 for v in unit):
            count += 1
    return count / z.shape[1]


def dead_by_the_living(z):
    return 1 - np.any(z > 0, axis=0).sum() / np.size(z, 1)


def dead_by_the_outputs(z):
    h = np.maximum(z, 0)
    return np.float32(np.count_nonzero(~h.any(axis=0)) / h.shape[-1])


# ---- 07-8 early stopping ----------------------------------------------------------------------------------------

def stop(losses, patience):
    lowest, best, bad = float("inf"), 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < lowest:
            lowest, best, bad = loss, epoch, 0
        else:
            bad += 1
            if bad == patience:
                return epoch, best
    return epoch, best


def stop_not_best(losses, patience):
    lowest, best = None, 1
    for epoch, loss in enumerate(losses, start=1):
        if not lowest or loss < lowest:
            lowest, best = loss, epoch
        if epoch - best >= patience:
            return epoch, best
    return epoch, best


def stop_sees_everything(losses, patience):
    return stop(losses, patience)[0], int(np.argmin(losses)) + 1


def stop_from_zero(losses, patience):
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


def stop_early(losses, patience):
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        elif epoch - best + 1 >= patience:
            return epoch, best
    return len(losses), best


def stop_by_neighbours(losses, patience):
    best, bad = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[epoch - 2]:
            bad = 0
        else:
            bad += 1
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if bad == patience:
            return epoch, best
    return len(losses), best


def stop_never(losses, patience):
    return len(losses), int(np.argmin(losses)) + 1


def stop_by_running_minima(losses, patience):
    for epoch in range(1, len(losses) + 1):
        best = int(np.argmin(losses[:epoch])) + 1
        if epoch - best >= patience:
            break
    return [epoch, best]


def stop_recursively(losses, patience, epoch=1, best=1):
    best = epoch if losses[epoch - 1] < losses[best - 1] else best
    done = epoch == len(losses) or epoch - best >= patience
    return (epoch, best) if done else stop_recursively(losses, patience, epoch + 1, best)


def stop_without_a_loop(losses, patience):
    lows = np.minimum.accumulate(losses)
    better = np.r_[True, lows[1:] < lows[:-1]]
    epochs = np.arange(1, len(losses) + 1)
    best = np.maximum.accumulate(np.where(better, epochs, 0))
    late = np.flatnonzero(epochs - best >= patience)
    at = late[0] if late.size else -1
    return np.array([epochs[at], best[at]])


# ---- 07-9 diagnose ------------------------------------------------------------------------------------------------

def diagnose(delta_ratio, dead_share, train, valid):
    finite = np.isfinite(train).all() and np.isfinite(valid).all()
    risen = valid[-1] / min(valid) > 1.25
    if not finite or delta_ratio >= 1000:
        return "exploding"
    if dead_share >= 0.5:
        return "dead units"
    if delta_ratio <= 0.001:
        return "vanishing"
    if train[-1] / train[0] > 0.85:
        return "too slow"
    return "overfitting" if risen else "healthy"


def diagnose_by_the_training_loss(delta_ratio, dead_share, train, valid):
    if train[-1] > 0.9 * train[0]:
        return "vanishing"
    return "overfitting" if valid[-1] > train[-1] else "healthy"


def diagnose_the_last_epoch(delta_ratio, dead_share, train, valid):
    if delta_ratio > 2e3 or not math.isfinite(train[-1] + valid[-1]):
        return "exploding"
    signs = [(dead_share > 0.6, "dead units"), (delta_ratio < 5e-4, "vanishing"),
             (train[-1] / train[0] > 0.9, "too slow"), (valid[-1] > 1.15 * np.min(valid), "overfitting")]
    return next((np.str_(name) for sign, name in signs if sign), "healthy")


def diagnose_in_a_dict(delta_ratio, dead_share, train, valid):
    start, end, losses = train[0], train[-1], [*train, *valid]
    signs = {"exploding": any(math.isnan(v) or math.isinf(v) for v in losses) or delta_ratio > 10 ** 3,
             "dead units": dead_share > 1 / 2, "vanishing": delta_ratio < 10 ** -3,
             "overfitting": end < start / 3 and valid[-1] - min(valid) > 0.3 * min(valid),
             "too slow": end > 0.8 * start, "healthy": True}
    return [name for name, sign in signs.items() if sign][0]


_ROOT = "math.sqrt((d * d).sum() / (delta * delta).sum())"
_LAYER = " - g.sum(axis=1, keepdims=True) / D"
_RISEN, _FINITE = "valid[-1] / min(valid) > 1.25", "np.isfinite(train).all() and np.isfinite(valid).all()"


def mistakes(function, *entries):
    """``[(name, edited function), …]`` from entries (name, edit, …)."""
    return [(name, edited(function, *edits)) for name, *edits in entries]


PLANTED = {
    "07-1": [*mistakes(
        start, ("fan-out instead of fan-in", ("2 / n_in", "2 / n_out")),
        ("larger or smaller fan instead of fan-in", ("2 / n_in", "2 / max(n_in, n_out)")),
        ("bound instead of deviation", ("1 / mean", "3 / mean")),
        ("half of the ReLU forgotten", ("2 / n_in", "1 / n_in")),
        ("half of the ReLU forgotten", ("2 / n_in", "1 / mean")),
        ("wrong order", ("1 / mean", "2 / n_in"), ("), math.sqrt(2 / n_in)", "), math.sqrt(1 / mean)")),
        ("product of the fans", ("(n_in + n_out) / 2", "n_in * n_out / 2")),
        ("mean of the fans forgotten", (" / 2", "")),
        ("growing with the fan", ("1 / mean", "mean"), ("2 / n_in", "n_in / 2")),
        ("number of results", ("math.sqrt(1 / mean), ", ""))),
        ("variance instead of deviation", start_variances), ("values", start_square_alone),
        ("number of results", start_printed)],
    "07-2": [*mistakes(
        ratio, ("size of the slopes", ("slopes[k]", "abs(slopes[k])")),
        ("values", ("slopes[k]", "slopes[k].clip(0, 1)")),
        ("values", ("weights[k].T", "(weights[k] if len(d) == len(d.T) else weights[k].T)")),
        ("transpose", (".T", "")), ("slopes forgotten", (" * slopes[k]", "")),
        ("weights forgotten", (" @ weights[k].T", "")),
        ("layers in forward order", ("len(weights) - 1, -1, -1", "len(weights)")),
        ("one list in forward order", ("slopes[k]", "slopes[-1 - k]")),
        ("slopes before the weights", ("d @ weights[k].T * slopes[k]", "(d * slopes[k]) @ weights[k].T")),
        ("ratio inverted", ("(d * d).sum() / (delta * delta)", "(delta * delta).sum() / (d * d)")),
        ("square root forgotten", ("math.sqrt", "")), ("not divided", (_ROOT, "np.linalg.norm(d)")),
        ("sum instead of norm", (_ROOT, "np.abs(d).sum() / np.abs(delta).sum()")),
        ("spectral norm", (_ROOT, "np.linalg.norm(d, 2) / np.linalg.norm(delta, ord=2)")),
        ("one layer too few", ("- 1, -1, -1", "- 1, 0, -1")),
        ("one layer too few", ("len(weights) - 1", "len(weights) - 2")), ("sign", ("return ", "return -"))),
        ("zero", ratio_without_layers), ("mutated input", ratio_in_place)],
    "07-3": [*mistakes(
        norm, ("size of gamma", ("dx = gamma", "dx = np.abs(gamma)")),
        ("divided by gamma", ("return dx, dgamma",
                              "return dx, (dy * ((hat * gamma + beta) - beta) / gamma).sum(axis=0)")),
        ("a variance that cancels", ("(centred ** 2).sum(axis=0) / N", "(x ** 2).mean(axis=0) - mu ** 2")),
        ("at least so much eps", ("+ eps", "+ max(eps, 1e-8)")),
        ("only the direct path", (" - dbeta - hat * dgamma", "")),
        ("path through the mean missing", (" - dbeta", "")), ("path through sigma missing", (" - hat * dgamma", "")),
        ("sign of a path", ("- hat", "+ hat")), ("sign of a path", ("- dbeta", "+ dbeta")),
        ("sums instead of means", ("(N * dy - dbeta - hat * dgamma)", "(N * (dy - dbeta - hat * dgamma))")),
        ("gamma forgotten", ("dx = gamma", "dx = 1")), ("not divided by sigma", ("(N * sigma)", "N")),
        ("extra 1/N", ("dx = gamma", "dgamma = (dy * hat).mean(axis=0)\n        dx = gamma"),
         ("- hat * dgamma", "- hat * dgamma * N")),
        ("x instead of x hat", ("return dx, dgamma", "return dx, (dy * x).sum(axis=0)")),
        ("missing sum over the batch", ("return dx, dgamma", "return dx, dy * hat")),
        ("divided by N − 1", ("(axis=0) / N + eps", "(axis=0) / (N - 1) + eps")),
        ("eps outside the root", (" / N + eps)", " / N) + eps")), ("eps forgotten", (" + eps", "")),
        ("variance instead of sigma", ("np.sqrt", "")), ("beta forgotten", (" + beta", "")),
        ("wrong axis", ("x.sum(axis=0) / N", "x.mean()"), ("(centred ** 2).sum(axis=0) / N", "x.var()")),
        ("wrong order", ("dx, dgamma, dbeta", "dx, dbeta, dgamma")), ("sign", ("return dx", "return -dx"))),
        ("divided by N − 1", norm_sample_variance), ("eps outside the root", norm_eps_added_late),
        ("mutated input", norm_centres_x), ("mutated input", norm_spoils_dy), ("stale state", norm_in_a_global),
        ("stale state", norm_eps_in_a_global),
        ("stale state", norm_used_up), ("no backward", norm_without_backward)],
    "07-4": [*mistakes(
        layer, ("size of gamma", ("g = gamma", "g = np.abs(gamma)")),
        ("divided by gamma", ("(dy * hat).sum(axis=0), dy", "(dy * (hat * gamma) / gamma).sum(axis=0), dy")),
        ("a variance that cancels", ("x.var(axis=1, keepdims=True)",
                                     "(x * x).mean(axis=1, keepdims=True) - x.mean(axis=1, keepdims=True) ** 2")),
        ("at least so much eps", ("+ eps", "+ max(eps, 1e-8)")),
        ("wrong axis on the way back", (_LAYER, " - g.mean(axis=0)"),
         (" - hat * along / D", " - hat * (g * hat).mean(axis=0)")),
        ("gamma outside the means", ("g = gamma * dy", "g = dy"),
         (" / sigma\n    dgamma", " / sigma * gamma\n    dgamma")),
        ("gamma forgotten", ("g = gamma * dy", "g = dy")),
        ("only the direct path", (_LAYER, ""), (" - hat * along / D", "")),
        ("path through the mean missing", (_LAYER, "")), ("path through sigma missing", (" - hat * along / D", "")),
        ("sign of a path", ("- hat", "+ hat")),
        ("sums instead of means", (_LAYER, " - g.sum(axis=1, keepdims=True)"), ("along / D", "along")),
        ("gradients of gamma along the row",
         ("(dy * hat).sum(axis=0), dy.sum(axis=0)", "(dy * hat).sum(axis=1), dy.sum(axis=1)")),
        ("extra 1/N", ("(dy * hat).sum(axis=0), dy.sum(axis=0)", "(dy * hat).mean(axis=0), dy.mean(axis=0)")),
        ("missing sum over the batch", ("(dy * hat).sum(axis=0), dy.sum(axis=0)", "dy * hat, dy")),
        ("sign", ("return dx, dgamma, dbeta", "return -dx, -dgamma, -dbeta")),
        ("eps outside the root", ("True) + eps)", "True)) + eps")), ("eps forgotten", (" + eps", "")),
        ("divided by D − 1", ("var(", "var(ddof=1, ")), ("variance instead of sigma", ("np.sqrt", "")),
        ("x instead of x hat", ("(dy * hat)", "(dy * x)")),
        ("not divided by sigma", ("along / D) / sigma", "along / D)"))),
        ("wrong axis", layer_is_batch), ("mutated input", layer_spoils_dy)],
    "07-5": [*mistakes(
        drop, ("not rescaled", ("1 - rate", "1")), ("divided by the rate", ("1 - rate", "rate")),
        ("multiplied instead of divided", ("1 - rate", "1 / (1 - rate)")),
        ("backward not rescaled", ("dy / keep", "dy")), ("backward inverted", ("dy / keep", "dy * keep")),
        ("backward without the mask", ("return dx", "return dy")),
        ("backward without the mask", ("return dx", "return dy / keep")),
        ("a mask of its own", ("(kept, dy", "(y > 0, dy")),
        ("mask forgotten", ("(kept, x", "(True, x"), ("(kept, dy", "(True, dy")),
        ("sign", ("return dx", "return -dx"))),
        ("mask inverted", drop_the_kept), ("values", drop_at_most), ("a mask of its own", drop_what_is_not_zero),
        ("share counted in the mask", drop_by_the_mask), ("mutated input", drop_spoils_x),
        ("no backward", drop_and_call), ("stale state", drop_in_a_global)],
    "07-6": [*mistakes(
        residual, ("identity path forgotten", ("dy + dz @", "dz @")),
        ("only the identity path", ("dy + dz @ W.T", "dy.copy()")),
        ("identity path gated", ("dy + dz @", "dz + dz @")),
        ("product instead of sum", ("dy + dz @ W.T", "dy * (dz @ W.T)")),
        ("identity path through the weights", ("dy + dz @ W.T", "(dy + dz) @ W.T")),
        ("x instead of dy", ("dy + dz", "x + dz")), ("relu forgotten", ("np.where(z > 0, dy, 0)", "dy")),
        ("relu forgotten", ("dz.sum", "dy.sum")), ("gate of the wrong array", ("z > 0", "x > 0")),
        ("gate of the wrong array", ("z > 0", "x + np.maximum(z, 0) > 0")),
        ("zero taken for open", ("z > 0", "z >= 0")), ("threshold above 0", ("z > 0", "z > 1e-9")),
        ("transpose", ("W.T", "W")),
        ("transpose", ("x.T @ dz", "dz.T @ x")), ("bias forgotten", ("@ W + b", "@ W")),
        ("relu instead of its slope", ("np.where(z > 0, dy, 0)", "dy * z.clip(0)")),
        ("missing sum over the batch", ("dz.sum(axis=0)", "dz"))),
        ("mutated input", residual_adds_in_place), ("identity path forgotten", residual_assigned_twice)],
    "07-7": [*mistakes(
        dead, ("share of zeros", ("z.max(axis=0)", "z")), ("any instead of all", ("max", "min")),
        ("wrong axis", ("axis=0", "axis=1")), ("count instead of share", ("shut.mean()", "int(shut.sum())")),
        ("divided by the examples", ("shut.mean()", "shut.sum() / len(z)")), ("living units", ("<= 0", "> 0")),
        ("zero taken for open", ("<=", "<")), ("mean instead of all", ("max", "mean")),
        ("sign reversed", ("max", "min"), ("<=", ">")), ("threshold above 0", ("<= 0", "<= 1e-8"))),
        ("threshold above 0", dead_by_exponentials), ("values", dead_by_the_sizes),
        ("nearly all instead of all", dead_for_most), ("mutated input", dead_clipped_in_place)],
    "07-8": [*mistakes(
        stop, ("one epoch too late", ("bad == patience", "bad > patience")),
        ("compared with the epoch before", ("            bad +=", "            lowest = loss\n            bad +=")),
        ("waiting never starts again", ("loss, epoch, 0", "loss, epoch, bad")),
        ("tie taken for an improvement", ("loss < lowest", "loss <= lowest")),
        ("small improvement ignored", ("loss < lowest", "loss < lowest - 1e-4")),
        ("small improvement ignored", ("loss < lowest", "loss < lowest - 1e-12")),
        ("size of the loss", ("loss < lowest", "abs(loss) < abs(lowest)")),
        ("largest instead of smallest", ('float("inf")', "-1"), ("loss < lowest", "loss > lowest")),
        ("wrong order", ("                return epoch, best", "                return best, epoch"),
         ("    return epoch, best", "    return best, epoch")),
        ("number of results", ("                return epoch, best", "                return epoch"))),
        ("counted from 0", stop_from_zero), ("looks into the future", stop_sees_everything),
        ("one epoch too early", stop_early), ("compared with the epoch before", stop_by_neighbours),
        ("never stops", stop_never), ("a loss of 0 taken for none yet", stop_not_best)],
    "07-9": [*mistakes(
        diagnose, *((f"{fault} not recognised", (f'"{fault}"', '"healthy"')) for fault in (
            "exploding", "dead units", "vanishing", "overfitting", "too slow")),
        ("vanishing not recognised", ("<= 0.001", "< 1e-20")),
        ("unknown name", ('"vanishing"', '"vanishing gradient"')),
        ("dead units not recognised", ("dead_share >= 0.5", "dead_share >= 0.5 and delta_ratio > 0.001")),
        ("exploding not recognised", (_FINITE, "True")), ("exploding not recognised", (" or delta_ratio >= 1000", "")),
        ("exploding not recognised", (_FINITE, "np.isfinite(train).all()")),
        ("exploding not recognised", (_FINITE, "np.isfinite(valid[-1])")),
        ("exploding not recognised", (_FINITE, "not np.isnan(train + valid).any()")),
        ("false alarm", (_RISEN, "valid[-1] - train[-1] > 0.05")), ("false alarm", (_RISEN, "valid[-1] > valid.min()")),
        ("overfitting not recognised", (_RISEN, "valid[-1] - train[-1] > 0.3")),
        ("overfitting not recognised", (_RISEN, "valid[-1] - train[-1] > 0.45")),
        ("overfitting not recognised", (_RISEN, "valid[-1] - train[-1] > 0.6")),
        ("false alarm", (_RISEN, "valid[-1] > 1.5 * train[-1]")),
        ("false alarm", (_RISEN, "valid[-1] > 1.25 * min(valid) or valid[-1] > 20 * train[-1]")),
        ("false alarm", ("train[-1] / train[0] > 0.85",
                         "train[-1] / train[0] > 0.85 or 0.9 < valid[-1] / valid[0] < 1")),
        ("exploding not recognised", (_FINITE, "np.isfinite(train).all() and not np.isnan(valid).any()")),
        ("exploding not recognised", ("delta_ratio >= 1000", "1000 <= delta_ratio < np.inf")),
        ("vanishing not recognised", ("delta_ratio <= 0.001", "0 < delta_ratio <= 0.001")),
        ("too slow not recognised", ("train[-1] / train[0] > 0.85", "abs(train[0] - train[-1]) < 0.15 * train[0]")),
        ("too slow not recognised", ("train[-1] / train[0] > 0.85", "train[-1] / train[0] > 0.85 and not risen")),
        ("false alarm", (_RISEN, "max(valid[np.argmin(valid):]) > 1.25 * min(valid)")),
        ("overfitting not recognised", (_RISEN, "valid[-1] > valid[0]")),
        ("overfitting not recognised", (_RISEN, "valid[-1] - min(valid) > 0.5")),
        ("overfitting not recognised", (_RISEN, "(np.diff(valid) > 0).mean() > 0.5")),
        ("overfitting not recognised", ("train[-1] / train[0] > 0.85", "train[-1] > 0.5")),
        ("too slow not recognised", ("train[-1] / train[0] > 0.85", "train[0] - train[-1] < 0.4"))),
        ("exploding not recognised", diagnose_by_the_training_loss)],
}

RIGHT = {
    "07-1": [start, start_as_a_list, start_as_an_array, start_by_logarithms],
    "07-2": [ratio, ratio_by_einsum, ratio_by_columns, ratio_by_jacobians],
    "07-3": [norm, norm_in_loops, norm_as_a_line, norm_by_three_paths, norm_as_an_object, norm_in_single_precision],
    "07-4": [layer, layer_row_by_row, layer_transposed, layer_by_the_jacobian],
    "07-5": [drop, drop_in_double, drop_by_indices, drop_by_a_partial, drop_in_lists],
    "07-6": [residual, residual_in_loops, residual_by_einsum, residual_with_a_wider_matrix],
    "07-7": [dead, dead_in_a_loop, dead_by_the_living, dead_by_the_outputs],
    "07-8": [stop, stop_by_running_minima, stop_recursively, stop_without_a_loop],
    "07-9": [diagnose, diagnose_the_last_epoch, diagnose_in_a_dict],
}
