"""Wrong answers to the tasks of lesson 07, as learners write them, and the name each must be called by."""

import math

import numpy as np

# ---- 07-1 starting weights -------------------------------------------------------------------------------------


def start_variances(n_in, n_out):
    glorot = 2 / (n_in + n_out)
    he = 2 / n_in
    return glorot, he


def start_he_from_outputs(n_in, n_out):
    return math.sqrt(2 / (n_in + n_out)), math.sqrt(2 / n_out)


def start_bound(n_in, n_out):
    limit = math.sqrt(6.0 / (n_in + n_out))
    return limit, math.sqrt(2.0 / n_in)


def start_one_over_n(n_in, n_out):
    return (2 / (n_in + n_out)) ** 0.5, 1 / n_in ** 0.5


def start_he_is_glorot(n_in, n_out):
    glorot = (2 / (n_in + n_out)) ** 0.5
    return glorot, glorot


def start_exchanged(n_in, n_out):
    he, glorot = np.sqrt(2 / n_in), np.sqrt(2 / (n_in + n_out))
    return he, glorot


def start_product(n_in, n_out):
    return np.sqrt(2 / (n_in * n_out)), np.sqrt(2 / n_in)


def start_glorot_without_two(n_in, n_out):
    return np.sqrt(1 / (n_in + n_out)), np.sqrt(2 / n_in)


def start_upside_down(n_in, n_out):
    return np.sqrt((n_in + n_out) / 2), np.sqrt(n_in / 2)


def start_only_one(n_in, n_out):
    return np.sqrt(2 / n_in)


def start_printed(n_in, n_out):
    glorot, he = np.sqrt(2 / (n_in + n_out)), np.sqrt(2 / n_in)
    f"{glorot} {he}"


# ---- 07-2 the ratio of error signals -----------------------------------------------------------------------------

def ratio_untransposed(delta, weights, slopes):
    d = delta
    for W, s in zip(reversed(weights), reversed(slopes)):
        d = (d @ W) * s
    return np.linalg.norm(d) / np.linalg.norm(delta)


def ratio_linear(delta, weights, slopes):
    d = delta
    for k in reversed(range(len(weights))):
        d = d @ weights[k].T
    return np.linalg.norm(d) / np.linalg.norm(delta)


def ratio_from_the_first(delta, weights, slopes):
    d = delta
    for W, s in zip(weights, slopes):
        d = d @ W.T * s
    return np.linalg.norm(d) / np.linalg.norm(delta)


def ratio_slope_first(delta, weights, slopes):
    d = delta
    for k in range(len(weights) - 1, -1, -1):
        d = (d * slopes[k]) @ weights[k].T
    return np.linalg.norm(d) / np.linalg.norm(delta)


def ratio_last_by_first(delta, weights, slopes):
    d = delta
    for W, s in zip(weights[::-1], slopes[::-1]):
        d = (d @ W.T) * s
    return np.linalg.norm(delta) / np.linalg.norm(d)


def ratio_of_squares(delta, weights, slopes):
    d = delta
    for W, s in zip(weights[::-1], slopes[::-1]):
        d = (d @ W.T) * s
    return (d ** 2).sum() / (delta ** 2).sum()


def ratio_of_sums(delta, weights, slopes):
    d = delta
    for W, s in zip(weights[::-1], slopes[::-1]):
        d = (d @ W.T) * s
    return abs(d).sum() / abs(delta).sum()


def ratio_stops_early(delta, weights, slopes):
    d = delta
    for k in range(len(weights) - 1, 0, -1):
        d = (d @ weights[k].T) * slopes[k]
    return np.linalg.norm(d) / np.linalg.norm(delta)


def ratio_in_place(delta, weights, slopes):
    last = np.linalg.norm(delta)
    for W, s in zip(weights[::-1], slopes[::-1]):
        delta[:] = (delta @ W.T) * s
    return np.linalg.norm(delta) / last


def ratio_forgets_to_divide_by_the_rows(delta, weights, slopes):
    d = delta
    for W, s in zip(weights[::-1], slopes[::-1]):
        d = (d @ W.T) * s
    return -np.linalg.norm(d) / np.linalg.norm(delta)


# ---- 07-3 batch normalisation -----------------------------------------------------------------------------------

def _norm(x, gamma, beta, eps, dx_of, *, ddof=0, dgamma_of=None):
    mu, sigma = x.mean(axis=0), np.sqrt(x.var(axis=0, ddof=ddof) + eps)
    xhat = (x - mu) / sigma

    def backward(dy):
        dgamma = (dy * xhat).sum(axis=0) if dgamma_of is None else dgamma_of(dy, xhat)
        return dx_of(dy, gamma * dy, xhat, sigma), dgamma, dy.sum(axis=0)
    return gamma * xhat + beta, backward


def norm_constants(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda dy, g, xhat, sigma: g / sigma)


def norm_no_mean(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda dy, g, xhat, sigma: (g - xhat * (g * xhat).mean(0)) / sigma)


def norm_no_sigma(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda dy, g, xhat, sigma: (g - g.mean(0)) / sigma)


def norm_plus(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda dy, g, xhat, sigma: (g - g.mean(0) + xhat * (g * xhat).mean(0)) / sigma)


def norm_sums(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda dy, g, xhat, sigma: (g - g.sum(0) - xhat * (g * xhat).sum(0)) / sigma)


def norm_without_gamma(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda dy, g, xhat, sigma: (dy - dy.mean(0) - xhat * (dy * xhat).mean(0)) / sigma)


def _right(dy, g, xhat, sigma):
    return (g - g.mean(0) - xhat * (g * xhat).mean(0)) / sigma


def norm_mean_for_gamma(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, _right, dgamma_of=lambda dy, xhat: (dy * xhat).mean(0))


def norm_gamma_with_x(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, _right, dgamma_of=lambda dy, xhat: (dy * x).sum(0))


def norm_gamma_not_summed(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, _right, dgamma_of=lambda dy, xhat: dy * xhat)


def norm_unbiased(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, _right, ddof=1)


def norm_eps_added_late(x, gamma, beta, eps):
    mu, sigma = x.mean(axis=0), x.std(axis=0) + eps
    xhat = (x - mu) / sigma
    return gamma * xhat + beta, lambda dy: (_right(dy, gamma * dy, xhat, sigma), (dy * xhat).sum(0), dy.sum(0))


def norm_no_root(x, gamma, beta, eps):
    mu, variance = x.mean(axis=0), x.var(axis=0) + eps
    xhat = (x - mu) / variance
    return gamma * xhat + beta, lambda dy: (_right(dy, gamma * dy, xhat, variance), (dy * xhat).sum(0), dy.sum(0))


def norm_gradients_shuffled(x, gamma, beta, eps):
    y, backward = _norm(x, gamma, beta, eps, _right)

    def exchanged(dy):
        dx, dgamma, dbeta = backward(dy)
        return dx, dbeta, dgamma
    return y, exchanged


def norm_negative(x, gamma, beta, eps):
    return _norm(x, gamma, beta, eps, lambda *a: -_right(*a))


def norm_centres_x(x, gamma, beta, eps):
    x -= x.mean(axis=0)
    return _norm(x, gamma, beta, eps, _right)


# ---- 07-4 layer normalisation -----------------------------------------------------------------------------------

def _parts(x, eps, axis=1):
    sigma = np.sqrt(x.var(axis=axis, keepdims=True) + eps)
    return (x - x.mean(axis=axis, keepdims=True)) / sigma, sigma


def _mean(a):
    return a.mean(axis=1, keepdims=True)


def layer_gamma_in_front(dy, x, gamma, eps):
    xhat, sigma = _parts(x, eps)
    dx = gamma / sigma * (dy - _mean(dy) - xhat * _mean(dy * xhat))
    return dx, (dy * xhat).sum(0), dy.sum(0)


def layer_is_batch(dy, x, gamma, eps):
    xhat, sigma = _parts(x, eps, axis=0)
    g = gamma * dy
    dx = (g - g.mean(0) - xhat * (g * xhat).mean(0)) / sigma
    return dx, (dy * xhat).sum(0), dy.sum(0)


def layer_direct(dy, x, gamma, eps):
    xhat, sigma = _parts(x, eps)
    return gamma * dy / sigma, (dy * xhat).sum(0), dy.sum(0)


def layer_no_mean(dy, x, gamma, eps):
    xhat, sigma = _parts(x, eps)
    g = gamma * dy
    return (g - xhat * _mean(g * xhat)) / sigma, (dy * xhat).sum(0), dy.sum(0)


def layer_no_sigma(dy, x, gamma, eps):
    xhat, sigma = _parts(x, eps)
    g = gamma * dy
    return (g - _mean(g)) / sigma, (dy * xhat).sum(0), dy.sum(0)


def _layer_right(dy, x, gamma, eps):
    xhat, sigma = _parts(x, eps)
    g = gamma * dy
    return (g - _mean(g) - xhat * _mean(g * xhat)) / sigma, (dy * xhat).sum(0), dy.sum(0)


def layer_rows_for_gamma(dy, x, gamma, eps):
    xhat, _ = _parts(x, eps)
    return _layer_right(dy, x, gamma, eps)[0], (dy * xhat).sum(axis=1), dy.sum(axis=1)


def layer_mean_for_gamma(dy, x, gamma, eps):
    xhat, _ = _parts(x, eps)
    return _layer_right(dy, x, gamma, eps)[0], (dy * xhat).mean(axis=0), dy.mean(axis=0)


def layer_not_summed(dy, x, gamma, eps):
    xhat, _ = _parts(x, eps)
    return _layer_right(dy, x, gamma, eps)[0], dy * xhat, dy


def layer_negative(dy, x, gamma, eps):
    dx, dgamma, dbeta = _layer_right(dy, x, gamma, eps)
    return -dx, -dgamma, -dbeta


def layer_spoils_dy(dy, x, gamma, eps):
    _, dgamma, dbeta = _layer_right(dy, x, gamma, eps)
    xhat, sigma = _parts(x, eps)
    dy *= gamma
    return (dy - _mean(dy) - xhat * _mean(dy * xhat)) / sigma, dgamma, dbeta


def layer_raw_input(dy, x, gamma, eps):
    return _layer_right(dy, x, gamma, eps)[0], (dy * x).sum(0), dy.sum(0)


# ---- 07-5 dropout -----------------------------------------------------------------------------------------------

def drop_plain(x, kept, rate):
    return x * kept, lambda dy: dy * kept


def drop_by_rate(x, kept, rate):
    return x * kept / rate, lambda dy: dy * kept / rate


def drop_times(x, kept, rate):
    keep = 1 - rate
    return x * kept * keep, lambda dy: dy * kept * keep


def drop_the_kept(x, kept, rate):
    y = x.copy()
    y[kept] = 0
    y /= 1 - rate

    def backward(dy):
        dx = dy.copy()
        dx[kept] = 0
        return dx / (1 - rate)
    return y, backward


def drop_unscaled_back(x, kept, rate):
    return np.where(kept, x / (1 - rate), 0).astype(x.dtype), lambda dy: np.where(kept, dy, 0)


def drop_everything_back(x, kept, rate):
    return x * kept / (1 - rate), lambda dy: dy


def drop_positive_back(x, kept, rate):
    y = x * kept / (1 - rate)
    return y, lambda dy: dy * (y > 0) / (1 - rate)


def drop_in_double(x, kept, rate):
    mask = kept / (1 - rate)
    return x * mask, lambda dy: dy * mask


def drop_spoils_x(x, kept, rate):
    x[~kept] = 0
    return x / (1 - rate), lambda dy: dy * kept / (1 - rate)


def drop_sign(x, kept, rate):
    return x * kept / (1 - rate), lambda dy: -dy * kept / (1 - rate)


# ---- 07-6 a residual block ----------------------------------------------------------------------------------------

def residual_plain(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def residual_only_detour(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    return dy.copy(), x.T @ dz, dz.sum(axis=0)


def residual_gated(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    return dz + dz @ W.T, x.T @ dz, dz.sum(axis=0)


def residual_times(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    return dy * (dz @ W.T), x.T @ dz, dz.sum(axis=0)


def residual_linear(dy, x, W, b):
    return dy + dy @ W.T, x.T @ dy, dy.sum(axis=0)


def residual_gate_of_x(dy, x, W, b):
    dz = dy * (x > 0)
    return dy + dz @ W.T, x.T @ dz, dz.sum(axis=0)


def residual_untransposed(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    return dy + dz @ W, x.T @ dz, dz.sum(axis=0)


def residual_without_bias(dy, x, W, b):
    dz = dy * (x @ W > 0)
    return dy + dz @ W.T, x.T @ dz, dz.sum(axis=0)


def residual_bias_not_summed(dy, x, W, b):
    dz = dy * (x @ W + b > 0)
    return dy + dz @ W.T, x.T @ dz, dz


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


# ---- 07-7 dead units ------------------------------------------------------------------------------------------

def dead_entries(z):
    return np.mean(z <= 0)


def dead_sometimes(z):
    return (z <= 0).any(axis=0).mean()


def dead_examples(z):
    return (z <= 0).all(axis=1).mean()


def dead_count(z):
    return int((z.max(axis=0) <= 0).sum())


def dead_by_len(z):
    return (z.max(axis=0) <= 0).sum() / len(z)


def dead_alive(z):
    return (z > 0).any(axis=0).mean()


def dead_strict(z):
    return (z.max(axis=0) < 0).mean()


def dead_on_average(z):
    return (z.mean(axis=0) <= 0).mean()


def dead_clipped_in_place(z):
    z[z < 0] = 0
    return (z.sum(axis=0) == 0).mean()


# ---- 07-8 early stopping ----------------------------------------------------------------------------------------

def stop_from_zero(losses, patience):
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


def stop_sees_everything(losses, patience):
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, int(np.argmin(losses)) + 1
    return len(losses), best


def stop_late(losses, patience):
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if epoch - best > patience:
            return epoch, best
    return len(losses), best


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


def stop_patience_used_up(losses, patience):
    best, bad = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        else:
            bad += 1
            if bad == patience:
                return epoch, best
    return len(losses), best


def stop_ties(losses, patience):
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] <= losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses), best


def stop_exchanged(losses, patience):
    best = 1
    for epoch in range(1, len(losses) + 1):
        if losses[epoch - 1] < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return best, epoch
    return best, len(losses)


def stop_never(losses, patience):
    return len(losses), int(np.argmin(losses)) + 1


def stop_only_the_epoch(losses, patience):
    return stop_exchanged(losses, patience)[1]


# ---- 07-9 diagnose ------------------------------------------------------------------------------------------------

def _diagnosis(skip=None, *, limit_ratio=1e-3, nan=True, names=None,
               order=("exploding", "dead units", "vanishing", "overfitting", "too slow")):
    def diagnose_training(delta_ratio, dead_share, train, valid):
        signs = {"exploding": delta_ratio > 1e3 or (nan and not np.all(np.isfinite(train))),
                 "dead units": dead_share > 0.5,
                 "vanishing": delta_ratio < limit_ratio,
                 "overfitting": valid[-1] > 1.2 * valid.min() and train[-1] < train[0] / 2,
                 "too slow": train[-1] > 0.7 * train[0]}
        found = next((name for name in order if name != skip and signs[name]), "healthy")
        return (names or {}).get(found, found)
    return diagnose_training


def diagnose_by_the_training_loss(delta_ratio, dead_share, train, valid):
    if train[-1] > 0.9 * train[0]:
        return "vanishing"
    return "overfitting" if valid[-1] > train[-1] else "healthy"


def diagnose_every_gap(delta_ratio, dead_share, train, valid):
    if valid[-1] > 1.5 * train[-1] and np.isfinite(train[-1]) and train[-1] < 1:
        return "overfitting"
    return _diagnosis()(delta_ratio, dead_share, train, valid)


PLANTED = {
    "07-1": [("variance instead of deviation", start_variances), ("fan-out instead of fan-in", start_he_from_outputs),
             ("bound instead of deviation", start_bound), ("half of the ReLU forgotten", start_one_over_n),
             ("half of the ReLU forgotten", start_he_is_glorot), ("wrong order", start_exchanged),
             ("product of the fans", start_product), ("mean of the fans forgotten", start_glorot_without_two),
             ("growing with the fan", start_upside_down), ("number of results", start_only_one),
             ("number of results", start_printed)],
    "07-2": [("transpose", ratio_untransposed), ("slopes forgotten", ratio_linear),
             ("layers in forward order", ratio_from_the_first),
             ("slopes before the weights", ratio_slope_first), ("ratio inverted", ratio_last_by_first),
             ("square root forgotten", ratio_of_squares), ("sum instead of norm", ratio_of_sums),
             ("one layer too few", ratio_stops_early), ("mutated input", ratio_in_place),
             ("sign", ratio_forgets_to_divide_by_the_rows)],
    "07-3": [("only the direct path", norm_constants), ("path through the mean missing", norm_no_mean),
             ("path through sigma missing", norm_no_sigma), ("sign of a path", norm_plus),
             ("sums instead of means", norm_sums), ("gamma forgotten", norm_without_gamma),
             ("extra 1/N", norm_mean_for_gamma), ("x instead of x hat", norm_gamma_with_x),
             ("missing sum over the batch", norm_gamma_not_summed), ("divided by N − 1", norm_unbiased),
             ("eps outside the root", norm_eps_added_late), ("variance instead of sigma", norm_no_root),
             ("wrong order", norm_gradients_shuffled), ("sign", norm_negative), ("mutated input", norm_centres_x)],
    "07-4": [("gamma outside the means", layer_gamma_in_front), ("wrong axis", layer_is_batch),
             ("only the direct path", layer_direct),
             ("path through the mean missing", layer_no_mean), ("path through sigma missing", layer_no_sigma),
             ("gradients of gamma along the row", layer_rows_for_gamma), ("extra 1/N", layer_mean_for_gamma),
             ("missing sum over the batch", layer_not_summed), ("sign", layer_negative),
             ("mutated input", layer_spoils_dy), ("x instead of x hat", layer_raw_input)],
    "07-5": [("not rescaled", drop_plain), ("divided by the rate", drop_by_rate),
             ("multiplied instead of divided", drop_times),
             ("mask inverted", drop_the_kept), ("backward not rescaled", drop_unscaled_back),
             ("backward without the mask", drop_everything_back), ("a mask of its own", drop_positive_back),
             ("dtype", drop_in_double), ("mutated input", drop_spoils_x), ("sign", drop_sign)],
    "07-6": [("identity path forgotten", residual_plain), ("only the identity path", residual_only_detour),
             ("identity path gated", residual_gated), ("product instead of sum", residual_times),
             ("relu forgotten", residual_linear), ("gate of the wrong array", residual_gate_of_x),
             ("transpose", residual_untransposed), ("bias forgotten", residual_without_bias),
             ("missing sum over the batch", residual_bias_not_summed), ("mutated input", residual_adds_in_place),
             ("identity path forgotten", residual_assigned_twice)],
    "07-7": [("share of zeros", dead_entries), ("any instead of all", dead_sometimes), ("wrong axis", dead_examples),
             ("count instead of share", dead_count), ("divided by the examples", dead_by_len),
             ("living units", dead_alive), ("zero taken for open", dead_strict),
             ("mean instead of all", dead_on_average), ("mutated input", dead_clipped_in_place)],
    "07-8": [("counted from 0", stop_from_zero), ("looks into the future", stop_sees_everything),
             ("one epoch too late", stop_late),
             ("one epoch too early", stop_early), ("compared with the epoch before", stop_by_neighbours),
             ("waiting never starts again", stop_patience_used_up), ("tie taken for an improvement", stop_ties),
             ("wrong order", stop_exchanged), ("never stops", stop_never), ("number of results", stop_only_the_epoch)],
    "07-9": [("vanishing not recognised", _diagnosis("vanishing")),
             ("vanishing not recognised", _diagnosis(limit_ratio=1e-20)),
             ("exploding not recognised", _diagnosis("exploding")),
             ("dead units not recognised", _diagnosis("dead units")),
             ("dead units not recognised",
              _diagnosis(order=("exploding", "vanishing", "dead units", "overfitting", "too slow"))),
             ("overfitting not recognised", _diagnosis("overfitting")),
             ("too slow not recognised", _diagnosis("too slow")), ("false alarm", diagnose_every_gap),
             ("exploding not recognised", diagnose_by_the_training_loss),
             ("unknown name", _diagnosis(names={"vanishing": "vanishing gradient"}))],
}
