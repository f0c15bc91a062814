"""Wrong answers to the tasks of lesson 05, as learners write them, and the name each must be called by."""

import math

import numpy as np

# ---- 05-1 a mini-batch iterator --------------------------------------------------------------------------------


def batches_whole_ones_only(n, size, rng):
    rows = np.arange(n)
    rng.shuffle(rows)
    for i in range(n // size):
        yield rows[i * size:(i + 1) * size]


def batches_unshuffled(n, size, rng):
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))


def batches_of_shuffled_starts(n, size, rng):
    starts = list(range(0, n, size))
    rng.shuffle(starts)
    return [np.arange(n)[s:s + size] for s in starts]


def batches_shuffled_inside(n, size, rng):
    out = []
    for start in range(0, n, size):
        rows = np.arange(start, min(start + size, n))
        rng.shuffle(rows)
        out.append(rows)
    return out


def batches_drawn_anew(n, size, rng):
    for start in range(0, n, size):
        yield rng.choice(n, size=min(size, n - start))


def batches_own_seed(n, size, rng):
    rng = np.random.default_rng(42)
    order = rng.permutation(n)
    return [order[s:s + size] for s in range(0, n, size)]


def batches_global_random(n, size, rng):
    order = np.random.permutation(n)
    return [order[s:s + size] for s in range(0, n, size)]


def batches_nearly_equal(n, size, rng):
    return np.array_split(rng.permutation(n), math.ceil(n / size))


def batches_empty_at_the_end(n, size, rng):
    order = rng.permutation(n)
    return [order[i * size:(i + 1) * size] for i in range(n // size + 1)]


def batches_from_one(n, size, rng):
    order = 1 + rng.permutation(n)
    return [order[s:s + size] for s in range(0, n, size)]


def batches_forgot_to_return(n, size, rng):
    order = rng.permutation(n)
    [order[s:s + size] for s in range(0, n, size)]


# ---- 05-2 the variance of a mini-batch gradient ----------------------------------------------------------------

def variance_without_the_factor(G, B, replace):
    g = G.mean(axis=0)
    return np.mean([np.sum((row - g) ** 2) for row in G]) / B


def variance_with_the_factor_always(G, B, replace):
    N = len(G)
    return G.var(axis=0).sum() / B * (N - B) / (N - 1)


def variance_swapped(G, B, replace):
    N, value = len(G), G.var(axis=0).sum() / B
    if replace:
        value *= (N - B) / (N - 1)
    return value


def variance_factor_over_n(G, B, replace):
    N, value = len(G), G.var(axis=0).sum() / B
    return value if replace else value * (1 - B / N)


def variance_as_of_a_sample(G, B, replace):
    N, value = len(G), G.var(axis=0, ddof=1).sum() / B
    return value if replace else value * (N - B) / (N - 1)


def variance_not_centred(G, B, replace):
    N, value = len(G), (G ** 2).sum() / len(G) / B
    return value if replace else value * (N - B) / (N - 1)


def variance_mean_over_everything(G, B, replace):
    N, value = len(G), ((G - G.mean(axis=0)) ** 2).mean() / B
    return value if replace else value * (N - B) / (N - 1)


def variance_one_mean(G, B, replace):
    N, value = len(G), ((G - np.mean(G)) ** 2).sum() / len(G) / B
    return value if replace else value * (N - B) / (N - 1)


def variance_of_one_example(G, B, replace):
    N, value = len(G), G.var(axis=0).sum()
    return value if replace else value * (N - B) / (N - 1)


def variance_by_the_root(G, B, replace):
    N, value = len(G), G.var(axis=0).sum() / B ** 0.5
    return value if replace else value * (N - B) / (N - 1)


def variance_summed_over_examples(G, B, replace):
    N, value = len(G), ((G - G.mean(axis=0)) ** 2).sum() / B
    return value if replace else value * (N - B) / (N - 1)


def variance_as_a_length(G, B, replace):
    N, value = len(G), G.var(axis=0).sum() / B
    return math.sqrt(value if replace else value * (N - B) / (N - 1))


def variance_centres_in_place(G, B, replace):
    N = len(G)
    G -= G.mean(axis=0)
    G *= G
    value = G.sum() / N / B
    return value if replace else value * (N - B) / (N - 1)


# ---- 05-3 a cosine schedule with warm-up -----------------------------------------------------------------------

def cosine_from_zero(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * (k - 1) / warmup
    share = min(1, (k - warmup) / (steps - warmup))
    return final + (lr - final) / 2 * (1 + np.cos(np.pi * share))


def cosine_without_warmup(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr
    share = min(1, (k - warmup) / (steps - warmup))
    return final + (lr - final) / 2 * (1 + np.cos(np.pi * share))


def cosine_of_all_steps(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    return final + (lr - final) / 2 * (1 + np.cos(np.pi * min(k / steps, 1)))


def cosine_divided_by_steps(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    return final + (lr - final) / 2 * (1 + np.cos(np.pi * min((k - warmup) / steps, 1)))


def cosine_beyond_the_end(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    share = (k - warmup) / (steps - warmup)
    return final + (lr - final) / 2 * (1 + math.cos(math.pi * share))


def cosine_not_halved(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    share = min(1.0, (k - warmup) / (steps - warmup))
    return final + (lr - final) * (1 + math.cos(math.pi * share))


def cosine_to_zero(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    share = min(1.0, (k - warmup) / (steps - warmup))
    return lr * (1 + math.cos(math.pi * share)) / 2


def cosine_plus_final(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    share = min(1.0, (k - warmup) / (steps - warmup))
    return final + lr * (1 + math.cos(math.pi * share)) / 2


def cosine_upwards(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    share = min(1.0, (k - warmup) / (steps - warmup))
    return final + (lr - final) * (1 - math.cos(math.pi * share)) / 2


def cosine_is_a_line(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    return max(final, lr - (lr - final) * (k - warmup) / (steps - warmup))


def cosine_stumbles_without_warmup(k, lr, steps, warmup, final):
    rise = min(1.0, k / max(warmup, 1) if warmup else 0.5)
    share = min(1.0, max(0.0, (k - warmup) / (steps - warmup)))
    return rise * (final + (lr - final) * (1 + math.cos(math.pi * share)) / 2)


def cosine_silent(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup


# ---- 05-4 gradient accumulation --------------------------------------------------------------------------------

def accumulate_mean_of_means(gradient, x, t, chunk):
    return np.mean([gradient(x[a:a + chunk], t[a:a + chunk]) for a in range(0, len(x), chunk)], axis=0)


def accumulate_sum_of_means(gradient, x, t, chunk):
    total = 0
    for a in range(0, len(x), chunk):
        total = total + gradient(x[a:a + chunk], t[a:a + chunk])
    return total


def accumulate_sum_over_rows(gradient, x, t, chunk):
    total = np.zeros(x.shape[1])
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        total += len(part) * gradient(part, t[a:a + chunk])
    return total


def accumulate_full_chunks_weight(gradient, x, t, chunk):
    total = np.zeros(x.shape[1])
    for a in range(0, len(x), chunk):
        total += chunk * gradient(x[a:a + chunk], t[a:a + chunk])
    return total / len(x)


def accumulate_loses_the_rest(gradient, x, t, chunk):
    total = np.zeros(x.shape[1])
    for i in range(len(x) // chunk):
        total += gradient(x[i * chunk:(i + 1) * chunk], t[i * chunk:(i + 1) * chunk]) * chunk / len(x)
    return total


def accumulate_overwrites(gradient, x, t, chunk):
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        total = gradient(part, t[a:a + chunk]) * len(part) / len(x)
    return total


def accumulate_share_of_a_chunk(gradient, x, t, chunk):
    total = np.zeros(x.shape[1])
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        total += gradient(part, t[a:a + chunk]) * len(part) / chunk
    return total


def accumulate_all_at_once(gradient, x, t, chunk):
    return gradient(x, t)


def accumulate_row_by_row_twice(gradient, x, t, chunk):
    rows = [gradient(x[n:n + 1], t[n:n + 1]) for n in range(len(x))]
    gradient(x[:chunk], t[:chunk])
    return np.mean(rows, axis=0)


def accumulate_uphill(gradient, x, t, chunk):
    total = np.zeros(x.shape[1])
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        total -= gradient(part, t[a:a + chunk]) * len(part) / len(x)
    return total


_total = {}


def accumulate_from_call_to_call(gradient, x, t, chunk):
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        _total[x.shape] = _total.get(x.shape, 0) + gradient(part, t[a:a + chunk]) * len(part) / len(x)
    return _total[x.shape]


# ---- 05-5 a step schedule --------------------------------------------------------------------------------------

def step_early(k, lr, every, factor):
    return lr * factor ** (k // every)


def step_smooth(k, lr, every, factor):
    return lr * factor ** ((k - 1) / every)


def step_smooth_from_one(k, lr, every, factor):
    return lr * math.exp(math.log(factor) * k / every)


def step_rounded(k, lr, every, factor):
    return lr * factor ** int(np.rint((k - 1) / every))


def step_product(k, lr, every, factor):
    return lr * factor * ((k - 1) // every)


def step_once(k, lr, every, factor):
    if k > every:
        lr = lr * factor
    return lr


def step_up(k, lr, every, factor):
    return lr * (1 / factor) ** ((k - 1) // every)


def step_each(k, lr, every, factor):
    for _ in range(k - 1):
        lr = lr * factor
    return lr


def step_remainder(k, lr, every, factor):
    return lr * factor ** ((k - 1) % every)


def step_factor_only(k, lr, every, factor):
    return factor ** ((k - 1) // every)


def step_nothing(k, lr, every, factor):
    lr * factor ** ((k - 1) // every)


# ---- 05-6 a running average ------------------------------------------------------------------------------------

def average_uncorrected(losses, beta):
    m, out = 0.0, []
    for loss in losses:
        m = beta * m + (1 - beta) * loss
        out.append(m)
    return np.array(out)


def average_from_the_first(losses, beta):
    out = [losses[0]]
    for loss in losses[1:]:
        out.append(beta * out[-1] + (1 - beta) * loss)
    return np.array(out)


def average_betas_swapped(losses, beta):
    m, out = 0.0, []
    for k, loss in enumerate(losses):
        m = (1 - beta) * m + beta * loss
        out.append(m / (1 - beta ** (k + 1)))
    return np.array(out)


def average_fed_back(losses, beta):
    m, out = 0.0, []
    for k, loss in enumerate(losses):
        m = beta * m + (1 - beta) * loss
        m = m / (1 - beta ** (k + 1))
        out.append(m)
    return np.array(out)


def average_constant_correction(losses, beta):
    m, out = 0.0, np.zeros(len(losses))
    for k, loss in enumerate(losses):
        m = beta * m + (1 - beta) * loss
        out[k] = m / (1 - beta)
    return out


def average_from_zero(losses, beta):
    m, out = 0.0, np.zeros(len(losses))
    for k, loss in enumerate(losses):
        m = beta * m + (1 - beta) * loss
        out[k] = np.divide(m, 1 - beta ** k)
    return out


def average_late(losses, beta):
    m, out = 0.0, np.zeros(len(losses))
    for k, loss in enumerate(losses):
        out[k] = m / (1 - beta ** (k + 1))
        m = beta * m + (1 - beta) * loss
    return out


def average_grows(losses, beta):
    m, out = 0.0, np.zeros(len(losses))
    for k, loss in enumerate(losses):
        m = beta * m + loss
        out[k] = m / (1 - beta ** (k + 1))
    return out


def average_of_everything(losses, beta):
    return np.array([losses[:k + 1].mean() for k in range(len(losses))])


def average_last_only(losses, beta):
    m = 0.0
    for loss in losses:
        m = beta * m + (1 - beta) * loss
    return m / (1 - beta ** len(losses))


def average_in_place(losses, beta):
    m = 0.0
    for k in range(len(losses)):
        m = beta * m + (1 - beta) * losses[k]
        losses[k] = m / (1 - beta ** (k + 1))
    return losses


# ---- 05-7 bug hunt: an epoch of training -----------------------------------------------------------------------

def epoch_as_found(x, t, w, lr, batches):
    w, grad, losses = w.copy(), np.zeros_like(w), []
    for rows in batches:
        error = x[rows] @ w - t[rows]
        grad += 2 * x[rows].T @ error / len(rows)
        w -= lr * grad
        losses.append((error ** 2).mean())
    return w, np.mean(losses)


def epoch_only_the_loss_repaired(x, t, w, lr, batches):
    w, grad, total = w.copy(), np.zeros_like(w), 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        grad += 2 * x[rows].T @ error / len(rows)
        w -= lr * grad
        total += (error ** 2).sum()
    return w, total / len(x)


def epoch_only_the_gradient_repaired(x, t, w, lr, batches):
    w, losses = w.copy(), []
    for rows in batches:
        error = x[rows] @ w - t[rows]
        w -= lr * 2 * x[rows].T @ error / len(rows)
        losses.append((error ** 2).mean())
    return w, np.mean(losses)


def epoch_means_over_rows(x, t, w, lr, batches):
    w, total = w.copy(), 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        w -= lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).mean()
    return w, total / len(x)


def epoch_sum_of_losses(x, t, w, lr, batches):
    w, total = w.copy(), 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        w -= lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).sum()
    return w, total


def epoch_sum_over_batches(x, t, w, lr, batches):
    w, total = w.copy(), 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        w -= lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).sum()
    return w, total / len(batches)


def epoch_climbs(x, t, w, lr, batches):
    w, total = w.copy(), 0.0
    for rows in batches:
        error = t[rows] - x[rows] @ w
        w -= lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).sum()
    return w, total / len(x)


def epoch_sums_in_the_gradient(x, t, w, lr, batches):
    w, total = w.copy(), 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        w -= lr * 2 * x[rows].T @ error
        total += (error ** 2).sum()
    return w, total / len(x)


def epoch_errors_of_the_start(x, t, w, lr, batches):
    error, new = x @ w - t, w.copy()
    for rows in batches:
        new -= lr * 2 * x[rows].T @ error[rows] / len(rows)
    return new, (error ** 2).mean()


def epoch_loss_too_late(x, t, w, lr, batches):
    w, total = w.copy(), 0.0
    for rows in batches:
        w -= lr * 2 * x[rows].T @ (x[rows] @ w - t[rows]) / len(rows)
        total += ((x[rows] @ w - t[rows]) ** 2).sum()
    return w, total / len(x)


def epoch_changes_the_given_weights(x, t, w, lr, batches):
    total = 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        w -= lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).sum()
    return w, total / len(x)


PLANTED = {
    "05-1": [("last batch lost", batches_whole_ones_only), ("not shuffled", batches_unshuffled),
             ("the same neighbours in every epoch", batches_of_shuffled_starts),
             ("the same neighbours in every epoch", batches_shuffled_inside), ("rows repeated", batches_drawn_anew),
             ("the same order in every epoch", batches_own_seed), ("rng not used", batches_global_random),
             ("uneven sizes", batches_nearly_equal), ("an empty batch", batches_empty_at_the_end),
             ("rows counted from 1", batches_from_one), ("nothing returned", batches_forgot_to_return)],
    "05-2": [("finite population forgotten", variance_without_the_factor),
             ("factor always applied", variance_with_the_factor_always),
             ("replace the wrong way round", variance_swapped), ("N instead of N − 1", variance_factor_over_n),
             ("N − 1 in the spread", variance_as_of_a_sample), ("mean not subtracted", variance_not_centred),
             ("mean over the parameters", variance_mean_over_everything),
             ("one mean for all parameters", variance_one_mean), ("batch size ignored", variance_of_one_example),
             ("root of the batch size", variance_by_the_root), ("missing 1/N", variance_summed_over_examples),
             ("root taken", variance_as_a_length), ("mutated input", variance_centres_in_place)],
    "05-3": [("warm-up one update late", cosine_from_zero), ("no warm-up", cosine_without_warmup),
             ("cosine not shifted", cosine_of_all_steps), ("cosine too slow", cosine_divided_by_steps),
             ("rises again", cosine_beyond_the_end), ("half forgotten", cosine_not_halved),
             ("final rate forgotten", cosine_to_zero), ("final rate added on top", cosine_plus_final),
             ("sign of the cosine", cosine_upwards), ("a straight line", cosine_is_a_line),
             ("warm-up of zero updates", cosine_stumbles_without_warmup), ("nothing returned", cosine_silent)],
    "05-4": [("plain mean of the chunks", accumulate_mean_of_means), ("not weighted", accumulate_sum_of_means),
             ("missing 1/N", accumulate_sum_over_rows), ("chunk size for every chunk", accumulate_full_chunks_weight),
             ("last chunk lost", accumulate_loses_the_rest), ("= for +=", accumulate_overwrites),
             ("weighted by the wrong number", accumulate_share_of_a_chunk),
             ("too many rows at once", accumulate_all_at_once), ("rows looked at twice", accumulate_row_by_row_twice),
             ("sign", accumulate_uphill), ("stale state", accumulate_from_call_to_call)],
    "05-5": [("cut one update early", step_early), ("not in steps", step_smooth),
             ("not in steps", step_smooth_from_one),
             ("rounded to the nearest", step_rounded), ("multiplied instead of raised", step_product),
             ("cut only once", step_once), ("rises instead of falls", step_up), ("cut at every update", step_each),
             ("the remainder", step_remainder), ("learning rate forgotten", step_factor_only),
             ("nothing returned", step_nothing)],
    "05-6": [("not corrected", average_uncorrected), ("starts at the first loss", average_from_the_first),
             ("β and 1 − β exchanged", average_betas_swapped), ("corrected value fed back", average_fed_back),
             ("power of β forgotten", average_constant_correction), ("k counted from 0", average_from_zero),
             ("one update late", average_late), ("weight of the new loss forgotten", average_grows),
             ("a mean of all", average_of_everything), ("only the last one", average_last_only),
             ("mutated input", average_in_place)],
    "05-7": [("gradient not reset", epoch_as_found), ("gradient not reset", epoch_only_the_loss_repaired),
             ("mean of unequal means", epoch_only_the_gradient_repaired),
             ("mean of unequal means", epoch_means_over_rows), ("sum of the losses", epoch_sum_of_losses),
             ("divided by the batches", epoch_sum_over_batches), ("uphill", epoch_climbs),
             ("divided by B missing", epoch_sums_in_the_gradient),
             ("gradient at the old weights", epoch_errors_of_the_start), ("loss after the update", epoch_loss_too_late),
             ("mutated input", epoch_changes_the_given_weights)],
}
