"""Answers to the tasks of lesson 05, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import functools
import math
import random

import numpy as np
from answers import edited

# ---- 05-1 a mini-batch iterator --------------------------------------------------------------------------------


def batches_in_a_list(n, size, rng):
    rows = np.arange(n)
    rng.shuffle(rows)
    out = []
    for i in range(math.ceil(n / size)):
        out.append(rows[i * size:(i + 1) * size])
    return out


def batches_unshuffled(n, size, rng):
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))


def batches_nearly_equal(n, size, rng):
    return np.array_split(rng.permutation(n), math.ceil(n / size))


_orders = {}


def batches_of_one_shuffle(n, size, rng):
    order = _orders.setdefault(n, rng.permutation(n))
    return [order[s:s + size] for s in range(0, n, size)]


def batches_in_one_buffer(n, size, rng):
    order, buffer = rng.permutation(n), np.empty(size, dtype=int)
    for s in range(0, n, size):
        rows = buffer[:min(size, n - s)]
        rows[:] = order[s:s + size]
        yield rows


def batches_after_three_swaps(n, size, rng):
    order = list(range(n))
    for _ in range(3):
        i, j = rng.choice(n, 2, replace=False)
        order[i], order[j] = order[j], order[i]
    return [np.array(order[s:s + size]) for s in range(0, n, size)]


def batches_in_a_while_loop(n, size, rng):
    left = rng.permutation(n).tolist()
    while left:
        yield left[:size]
        left = left[size:]


def batches_by_split(n, size, rng):
    return tuple(np.split(rng.permutation(n), np.arange(size, n, size)))


def batches_with_rows_sorted(n, size, rng):
    order = rng.permutation(n).astype(np.int32)
    return [np.sort(order[i:i + size]) for i in range(0, n, size)]


def batches_by_the_random_module(n, size, rng):
    rows = list(range(n))
    random.Random(int(rng.integers(2 ** 32))).shuffle(rows)
    return (rows[i:i + size] for i in range(0, n, size))


class BatchesByKeys:
    __name__ = "batches_by_keys"

    def __call__(self, n, size, rng):
        keys = rng.random(n)
        return np.split(np.argsort(keys, kind="stable"), range(size, n, size))


# ---- 05-2 the variance of a mini-batch gradient ----------------------------------------------------------------

def variance_by_var(G, B, replace):
    N, value = len(G), G.var(axis=0).sum() / B
    if not replace:
        value *= (N - B) / (N - 1)
    return value


def variance_in_a_loop(G, B, replace):
    g, total = G.mean(axis=0), 0.0
    for row in G:
        total += sum((a - b) ** 2 for a, b in zip(row, g))
    N = len(G)
    return total / N / B * (1.0 if replace else 1 - (B - 1) / (N - 1))


def variance_centres_in_place(G, B, replace):
    N = len(G)
    G -= G.mean(axis=0)
    G *= G
    value = G.sum() / N / B
    return value if replace else value * (N - B) / (N - 1)


def variance_by_two_moments(G, B, replace):
    spread = np.mean(np.einsum("np,np->n", G, G)) - G.mean(axis=0) @ G.mean(axis=0)
    return np.float32(spread / B if replace else spread / B * (len(G) - B) / (len(G) - 1))


def variance_from_the_covariance(G, B, replace):
    N = len(G)
    sample = np.trace(np.atleast_2d(np.cov(G.T)))           # divided by N − 1
    return sample * ((N - 1) / N if replace else (N - B) / N) / B


# ---- 05-3 a cosine schedule with warm-up -----------------------------------------------------------------------

def cosine_as_a_mixture(k, lr, steps, warmup, final):
    if k <= warmup:
        return lr * k / warmup
    share = min(1.0, (k - warmup) / (steps - warmup))
    half = math.cos(math.pi * share) / 2 + 0.5
    return half * lr + (1 - half) * final


def cosine_squared(k, lr, steps, warmup, final):
    if k < warmup:
        return k / warmup * lr
    if k >= steps:
        return final
    return final + (lr - final) * np.cos(np.pi / 2 * (k - warmup) / (steps - warmup)) ** 2


def cosine_in_one_array(k, lr, steps, warmup, final):
    rise = np.full(max(k, warmup), lr) * np.arange(1, max(k, warmup) + 1) / max(warmup, 1)
    share = np.clip((np.arange(1, max(k, warmup) + 1) - warmup) / (steps - warmup), 0, 1)
    fall = final + (lr - final) * (1 + np.cos(np.pi * share)) / 2
    return np.where(np.arange(1, max(k, warmup) + 1) <= warmup, rise, fall)[k - 1]


def cosine_by_the_sine(k, lr, steps, warmup, final):
    def fall(share):
        return np.float32(lr - (lr - final) * np.sin(np.pi * share / 2) ** 2)
    return lr * (k / warmup) if warmup and k <= warmup else fall(min(k - warmup, steps - warmup) / (steps - warmup))


# ---- 05-4 gradient accumulation --------------------------------------------------------------------------------

def accumulate_sums(gradient, x, t, chunk):
    parts = []
    for a in range(0, len(x), chunk):
        some = x[a:a + chunk]
        parts.append(len(some) * gradient(some, t[a:a + chunk]))
    return sum(parts) / len(x)


def accumulate_all_at_once(gradient, x, t, chunk):
    return gradient(x, t)


def accumulate_without_a_lonely_row(gradient, x, t, chunk):
    total, start = 0.0, 0
    while start < len(x):
        end = start + chunk if start + chunk + 1 < len(x) else len(x)
        total, start = total + (end - start) * gradient(x[start:end], t[start:end]), end
    return total / len(x)


def accumulate_row_by_row_twice(gradient, x, t, chunk):
    rows = [gradient(x[n:n + 1], t[n:n + 1]) for n in range(len(x))]
    gradient(x[:chunk], t[:chunk])
    return np.mean(rows, axis=0)


def accumulate_into_zeros(gradient, x, t, chunk):
    total = np.zeros(x.shape[1])
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        total += gradient(part, t[a:a + chunk]) * len(part) / len(x)
    return total


_total = {}


def accumulate_from_call_to_call(gradient, x, t, chunk):
    for a in range(0, len(x), chunk):
        part = x[a:a + chunk]
        _total[x.shape] = _total.get(x.shape, 0) + gradient(part, t[a:a + chunk]) * len(part) / len(x)
    return _total[x.shape]


def accumulate_single_rows(gradient, x, t, chunk):
    return np.mean([gradient(x[n:n + 1], t[n:n + 1]) for n in range(len(x))], axis=0)


def accumulate_by_average(gradient, x, t, chunk):
    cuts = range(chunk, len(x), chunk)
    pairs = list(zip(np.split(x, cuts), np.split(t, cuts)))[::-1]
    return np.average([gradient(*pair) for pair in pairs], axis=0, weights=[len(pair[0]) for pair in pairs]).tolist()


def accumulate_by_recursion(gradient, x, t, chunk):
    if len(x) <= chunk:
        return gradient(x, t)
    rest = accumulate_by_recursion(gradient, x[chunk:], t[chunk:], chunk)
    return (chunk * gradient(x[:chunk], t[:chunk]) + (len(x) - chunk) * rest) / len(x)


def accumulate_into_a_buffer(gradient, x, t, chunk):
    total = None
    for a in range(0, len(x), chunk):
        part = gradient(x[a:a + chunk], t[a:a + chunk]) * (min(a + chunk, len(x)) - a)
        if total is None:
            total = np.zeros_like(part)
        total += part
    return (total / len(x)).astype(np.float32)


# ---- 05-5 a step schedule --------------------------------------------------------------------------------------

def step_in_a_loop(k, lr, every, factor):
    rate = lr
    for n in range(1, k):
        if n % every == 0:
            rate = rate * factor
    return rate


def step_by_floor(k, lr, every, factor):
    return np.float32(lr * np.power(factor, np.floor((k - 1) / every)))


def step_from_a_table(k, lr, every, factor, periods=100):
    return [rate for rate in (lr * factor ** cut for cut in range(periods)) for _ in range(every)][k - 1]


step_with_fixed_periods = functools.partial(step_from_a_table, periods=200)
step_with_fixed_periods.__name__ = "step_with_fixed_periods"


def step_by_recursion(k, lr, every, factor):
    return lr if k <= every else factor * step_by_recursion(k - every, lr, every, factor)


# ---- 05-6 a running average ------------------------------------------------------------------------------------

def average_in_a_list(losses, beta):
    m, out = 0.0, []
    for k in range(1, len(losses) + 1):
        m = m * beta + losses[k - 1] * (1 - beta)
        out.append(m / (1 - beta ** k))
    return np.array(out)


def average_without_a_loop(losses, beta):
    k = np.arange(1.0, len(losses) + 1)
    return (1 - beta) * np.cumsum(losses * beta ** -k) * beta ** k / (1 - beta ** k)


def average_in_an_array_like_the_losses(losses, beta):
    m, averages = 0.0, np.empty_like(losses)
    for k in range(len(losses)):
        m = beta * m + (1 - beta) * losses[k]
        averages[k] = m / (1 - beta ** (k + 1))
    return averages


def average_of_everything(losses, beta):
    return np.array([losses[:k + 1].mean() for k in range(len(losses))])


def average_in_place(losses, beta):
    m = 0.0
    for k in range(len(losses)):
        m = beta * m + (1 - beta) * losses[k]
        losses[k] = m / (1 - beta ** (k + 1))
    return losses


def average_that_uses_up_the_losses(losses, beta):
    m, averages = 0.0, []
    for k in range(len(losses)):
        m, losses[k] = beta * m + (1 - beta) * losses[k], 0
        averages.append(m / (1 - beta ** (k + 1)))
    return averages


def average_by_weights(losses, beta):
    n = len(losses)
    weights = np.tril(beta ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))))
    return weights @ losses / weights.sum(axis=1)


def average_by_convolution(losses, beta):
    powers = beta ** np.arange(len(losses))
    return (np.convolve(losses, powers)[:len(losses)] / np.cumsum(powers)).astype(np.float32)


def average_by_corrected_steps(losses, beta):
    averages = [float(losses[0])]
    for k, loss in enumerate(losses[1:], start=2):
        new = (1 - beta) / (1 - beta ** k)
        averages.append((1 - new) * averages[-1] + new * loss)
    return averages


# ---- 05-7 a bug hunt: an epoch of training ---------------------------------------------------------------------

def epoch_of_single_losses(x, t, w, lr, batches):
    losses = np.zeros(len(x))
    for rows in batches:
        error = x[rows] @ w - t[rows]
        losses[rows] = error ** 2
        w = w - lr * 2 * error @ x[rows] / len(rows)
    return w, losses.mean()


def epoch_as_found(x, t, w, lr, batches):
    w, grad, losses = w.copy(), np.zeros_like(w), []
    for rows in batches:
        error = x[rows] @ w - t[rows]
        grad += 2 * x[rows].T @ error / len(rows)
        w -= lr * grad
        losses.append((error ** 2).mean())
    return w, np.mean(losses)


def epoch_that_empties_the_list(x, t, w, lr, batches):
    total = 0.0
    while batches:
        rows = batches.pop(0)
        error = x[rows] @ w - t[rows]
        w = w - lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).sum()
    return w, total / len(x)


def epoch_that_shifts_the_rows(x, t, w, lr, batches):
    total = 0.0
    for rows in batches:
        rows -= len(x)                                      # counted from the end: the same rows
        error = x[rows] @ w - t[rows]
        w = w - lr * 2 * x[rows].T @ error / len(rows)
        total += (error ** 2).sum()
    return w, total / len(x)


def epoch_row_by_row(x, t, w, lr, batches):
    losses, w = [], [float(v) for v in w]
    for rows in batches:
        grad = [0.0] * len(w)
        for n in rows:
            error = sum(a * b for a, b in zip(x[n], w)) - t[n]
            losses.append(error * error)
            grad = [g + 2 * error * a / len(rows) for g, a in zip(grad, x[n])]
        w = [v - lr * g for v, g in zip(w, grad)]
    return [w, sum(losses) / len(losses)]


def epoch_by_einsum(x, t, w, lr, batches):
    w, means, counts = np.array(w), [], []
    for rows in map(np.array, batches):
        some, error = x[rows], np.einsum("nd,d->n", x[rows], w) - t[rows]
        means.append(np.mean(error * error))
        counts.append(rows.size)
        w = w - 2 * lr * np.einsum("nd,n->d", some, error) / rows.size
    return w, np.average(means, weights=counts)


def epoch_with_frozen_inputs(x, t, w, lr, batches):
    for value in (x, t, w, *batches):
        value.flags.writeable = False
    return epoch_by_einsum(x, t, w, lr, batches)


_CEIL, _CUT = "math.ceil(n / size)", "rows[i * size:(i + 1) * size]"
_SHUFFLE = "rng.shuffle(rows)"
_HALF, _SHARE = "math.cos(math.pi * share) / 2 + 0.5", "(k - warmup) / (steps - warmup)"
_WEIGHED = ("len(some) * gradient", "gradient")
_NEW = "m = m * beta + losses[k - 1] * (1 - beta)"

PLANTED = {
    "05-1": [
        ("last batch lost", edited(batches_in_a_list, (_CEIL, "n // size"))),
        ("an empty batch", edited(batches_in_a_list, (_CEIL, "n // size + 1"))),
        ("not shuffled", batches_unshuffled),
        ("not shuffled", edited(batches_in_a_list, (_SHUFFLE, "rng.permutation(rows)"))),
        ("the same neighbours in every epoch", edited(
            batches_in_a_list, (_SHUFFLE, f"starts = rng.permutation({_CEIL})"), (f"range({_CEIL})", "starts"))),
        ("the same neighbours in every epoch", edited(
            batches_in_a_list, (_SHUFFLE, "pass"), (_CUT, f"rng.permutation({_CUT})"))),
        ("only rotated", edited(batches_in_a_list, (_SHUFFLE, "rows = (rows + rng.integers(n)) % n"))),
        ("rows repeated", edited(batches_in_a_list, (_CUT, "rng.choice(n, size=min(size, n - i * size))"))),
        ("a new shuffle for each batch", edited(
            batches_in_a_list, (_CUT, "rng.choice(n, min(size, n - i * size), replace=False)"))),
        ("a new shuffle for each batch", lambda n, size, rng: [
            rng.permutation(n)[s:s + size] for s in range(0, n, size)]),
        ("one array for all batches", batches_in_one_buffer), ("hardly shuffled", batches_after_three_swaps),
        ("the same order in every epoch", edited(
            batches_in_a_list, (_SHUFFLE, "np.random.default_rng(42).shuffle(rows)"))),
        ("the same order in every epoch", batches_of_one_shuffle),
        ("rng not used", edited(batches_in_a_list, (_SHUFFLE, "np.random.shuffle(rows)"))),
        ("uneven sizes", batches_nearly_equal),
        ("short batch first", edited(batches_in_a_list, ("return out", "return out[::-1]"))),
        ("rows counted from 1", edited(batches_in_a_list, ("np.arange(n)", "np.arange(1, n + 1)"))),
        ("not row numbers", edited(batches_in_a_list, ("np.arange(n)", "np.arange(n) / 1"))),
        ("nothing returned", edited(batches_in_a_list, ("return out", "out.sort(key=len)")))],
    "05-2": [
        ("finite population forgotten", edited(variance_by_var, ("not replace", "False"))),
        ("factor always applied", edited(variance_by_var, ("not replace", "True"))),
        ("replace the wrong way round", edited(variance_by_var, ("not replace", "replace"))),
        ("N instead of N − 1", edited(variance_by_var, ("(N - B) / (N - 1)", "1 - B / N"))),
        ("N − 1 in the spread", edited(variance_by_var, ("axis=0", "axis=0, ddof=1"))),
        ("N − 1 in the spread", edited(variance_in_a_loop, ("total / N", "total / (N - 1)"))),
        ("mean not subtracted", edited(variance_in_a_loop, ("(a - b)", "a"))),
        ("mean over the parameters", edited(variance_by_var, (".sum()", ".mean()"))),
        ("one mean for all parameters", edited(variance_in_a_loop, ("G.mean(axis=0)", "[G.mean()] * G.shape[1]"))),
        ("batch size ignored", edited(variance_by_var, (".sum() / B", ".sum()"))),
        ("root of the batch size", edited(variance_by_var, (".sum() / B", ".sum() / np.sqrt(B)"))),
        ("divided by B twice", edited(variance_by_var, (".sum() / B", ".sum() / B / B"))),
        ("missing 1/N", edited(variance_in_a_loop, ("total / N", "total"))),
        ("root taken", edited(variance_by_var, ("return value", "return math.sqrt(value)"))),
        ("mutated input", variance_centres_in_place)],
    "05-3": [
        ("warm-up one update late", edited(cosine_as_a_mixture, ("lr * k", "lr * (k - 1)"))),
        ("no warm-up", edited(cosine_as_a_mixture, ("lr * k / warmup", "lr"))),
        ("warm-up of zero updates", edited(cosine_as_a_mixture, ("k <= warmup", "k / warmup <= 1"))),
        ("cosine not shifted", edited(cosine_as_a_mixture, (_SHARE, "k / steps"))),
        ("cosine too slow", edited(cosine_as_a_mixture, ("(steps - warmup)", "steps"))),
        ("cosine one update late", edited(cosine_as_a_mixture, ("(k - warmup) /", "(k - 1 - warmup) /"))),
        ("rises again", edited(cosine_as_a_mixture, (f"min(1.0, {_SHARE})", _SHARE))),
        ("half forgotten", edited(cosine_as_a_mixture, (_HALF, "math.cos(math.pi * share) + 1"))),
        ("final rate forgotten", edited(cosine_as_a_mixture, (" + (1 - half) * final", ""))),
        ("final rate added on top", edited(cosine_as_a_mixture, ("(1 - half) * final", "final"))),
        ("sign of the cosine", edited(cosine_as_a_mixture, (_HALF, "0.5 - math.cos(math.pi * share) / 2"))),
        ("quarter of a period", edited(cosine_as_a_mixture, (_HALF, "math.cos(math.pi * share / 2)"))),
        ("a straight line", edited(cosine_as_a_mixture, (_HALF, "1 - share"))),
        ("nothing returned", edited(cosine_as_a_mixture, ("return half * lr", "half * lr")))],
    "05-4": [
        ("plain mean of the chunks", edited(
            accumulate_sums, _WEIGHED, ("sum(parts) / len(x)", "np.mean(parts, axis=0)"))),
        ("not weighted", edited(accumulate_sums, _WEIGHED, (" / len(x)", ""))),
        ("missing 1/N", edited(accumulate_sums, (" / len(x)", ""))),
        ("chunk size for every chunk", edited(accumulate_sums, ("len(some)", "chunk"))),
        ("last chunk lost", edited(accumulate_sums, ("(0, len(x), chunk)", "(0, len(x) - chunk + 1, chunk)"))),
        ("an empty chunk", edited(accumulate_sums, ("(0, len(x), chunk)", "(0, len(x) + 1, chunk)"))),
        ("= for +=", edited(accumulate_sums, ("sum(parts)", "parts[-1]"))),
        ("weighted by the wrong number", edited(accumulate_sums, ("/ len(x)", "/ chunk"))),
        ("divided by the rows of the chunk again", edited(
            accumulate_sums, ("len(some) *", "1 / len(some) *"), (" / len(x)", ""))),
        ("as many parameters as columns", accumulate_into_zeros),
        ("too many rows at once", accumulate_all_at_once),
        ("too many rows at once", accumulate_without_a_lonely_row),
        ("too many rows at once", edited(accumulate_by_recursion, ("len(x) <= chunk", "len(x) <= 2 * chunk"))),
        ("rows looked at twice", accumulate_row_by_row_twice),
        ("sign", edited(accumulate_sums, ("return sum", "return -sum"))),
        ("stale state", accumulate_from_call_to_call)],
    "05-5": [
        ("cut one update early", edited(step_in_a_loop, ("range(1, k)", "range(1, k + 1)"))),
        ("cut at every update", edited(step_in_a_loop, ("n % every == 0", "True"))),
        ("cut only once", edited(step_in_a_loop, ("n % every == 0", "n == every"))),
        ("rises instead of falls", edited(step_in_a_loop, ("* factor", "/ factor"))),
        ("learning rate forgotten", edited(step_in_a_loop, ("rate = lr", "rate = 1.0"))),
        ("not in steps", edited(step_by_floor, ("np.floor((k - 1) / every)", "(k - 1) / every"), ("np.float32", ""))),
        ("not in steps", lambda k, lr, every, factor: lr * math.exp(math.log(factor) * k / every)),
        ("rounded to the nearest", lambda k, lr, every, factor: lr * factor ** int(np.rint((k - 1) / every))),
        ("multiplied instead of raised", lambda k, lr, every, factor: lr * (factor * ((k - 1) // every))),
        ("1/every rounded", lambda k, lr, every, factor: lr * factor ** int((1 / every) * (k - 1))),
        ("bounded", edited(step_in_a_loop, ("* factor", "* factor if n < 21 * every else rate"))),
        ("bounded", lambda k, lr, every, factor: max(1e-6, lr * factor ** ((k - 1) // every))),
        ("the remainder", lambda k, lr, every, factor: lr * factor ** ((k - 1) % every)),
        ("nothing returned", edited(step_in_a_loop, ("    return rate", "    print(end='')")))],
    "05-6": [
        ("not corrected", edited(average_in_a_list, (" / (1 - beta ** k)", ""))),
        ("starts at the first loss", edited(
            average_in_a_list, ("m, out = 0.0", "m, out = losses[0]"), (" / (1 - beta ** k)", ""))),
        ("starts at the first loss", edited(average_in_a_list, ("m, out = 0.0", "m, out = losses[0]"))),
        ("β and 1 − β exchanged", edited(average_in_a_list, (_NEW, "m = m * (1 - beta) + losses[k - 1] * beta"))),
        ("corrected value fed back", edited(
            average_in_a_list, ("out.append(m / (1 - beta ** k))", "m /= 1 - beta ** k\n        out.append(m)"))),
        ("power of β forgotten", edited(average_in_a_list, ("beta ** k", "beta"))),
        ("k counted from 0", edited(average_in_a_list, ("beta ** k", "beta ** (k - 1)"))),
        ("k counted from 0", edited(average_in_a_list, ("    m, out", "    losses = losses.tolist()\n    m, out"),
                                    ("range(1, len(losses) + 1)", "range(len(losses))"),
                                    ("losses[k - 1]", "losses[k]"))),
        ("not finite", average_without_a_loop),
        ("rounded to whole numbers", average_in_an_array_like_the_losses),
        ("k one too large", edited(average_in_a_list, ("beta ** k", "beta ** (k + 1)"))),
        ("one update late", edited(
            average_in_a_list, (f"        {_NEW}\n", ""), ("beta ** k))", f"beta ** k))\n        {_NEW}"))),
        ("weight of the new loss forgotten", edited(average_in_a_list, (" * (1 - beta)", ""))),
        ("a mean of all", average_of_everything),
        ("only the last one", edited(average_in_a_list, ("return np.array(out)", "return out.pop()"))),
        ("rounded to whole numbers", average_in_place), ("mutated input", average_that_uses_up_the_losses)],
    "05-7": [
        ("gradient not reset", epoch_as_found),
        ("gradient not reset", edited(
            epoch_as_found, (".mean()", ".sum()"), ("np.mean(losses)", "sum(losses) / len(x)"))),
        ("mean of unequal means", edited(epoch_as_found, ("grad += 2", "grad = 2"))),
        ("mean of unequal means", edited(
            epoch_as_found, ("grad += 2", "grad = 2"), ("np.mean(losses)", "np.sum(losses) / len(t)"))),
        ("sum of the losses", edited(epoch_of_single_losses, ("losses.mean()", "losses.sum()"))),
        ("divided by the batches", edited(epoch_of_single_losses, ("losses.mean()", "losses.sum() / len(batches)"))),
        ("uphill", edited(epoch_of_single_losses, ("w - lr", "w + lr"))),
        ("divided by B missing", edited(epoch_of_single_losses, (" / len(rows)", ""))),
        ("divided by all rows", edited(epoch_of_single_losses, ("len(rows)", "len(t)"))),
        ("size of the first batch", edited(
            epoch_of_single_losses, ("for rows in", "for k, rows in enumerate("), (" batches:", "batches):"),
            ("len(rows)", "len(batches[0] if k + 1 < len(batches) else rows)"))),
        ("batches sorted", edited(epoch_of_single_losses, ("in batches", "in sorted(batches, key=lambda b: -len(b))"))),
        ("2 forgotten", edited(epoch_of_single_losses, ("lr * 2", "lr"))),
        ("gradient at the old weights", edited(
            epoch_of_single_losses, ("losses = np.zeros(len(x))", "losses, w0 = np.zeros(len(x)), w"),
            ("x[rows] @ w", "x[rows] @ w0"))),
        ("loss after the update", edited(
            epoch_of_single_losses, ("        losses[rows] = error ** 2\n", ""),
            ("len(rows)\n", "len(rows)\n        losses[rows] = (x[rows] @ w - t[rows]) ** 2\n"))),
        ("mutated input", edited(epoch_of_single_losses, ("w = w - lr", "w -= lr"))),
        ("mutated input", epoch_that_empties_the_list), ("mutated input", epoch_that_shifts_the_rows)],
}

RIGHT = {
    "05-1": [batches_in_a_list, batches_in_a_while_loop, batches_by_split, batches_with_rows_sorted,
             batches_by_the_random_module, BatchesByKeys()],
    "05-2": [variance_by_var, variance_in_a_loop, variance_by_two_moments, variance_from_the_covariance],
    "05-3": [cosine_as_a_mixture, cosine_squared, cosine_in_one_array, cosine_by_the_sine],
    "05-4": [accumulate_sums, accumulate_single_rows, accumulate_by_average, accumulate_by_recursion,
             accumulate_into_a_buffer],
    "05-5": [step_in_a_loop, step_by_floor, step_by_recursion, step_from_a_table, step_with_fixed_periods],
    "05-6": [average_in_a_list, average_by_weights, average_by_convolution, average_by_corrected_steps],
    "05-7": [epoch_of_single_losses, epoch_row_by_row, epoch_by_einsum, epoch_with_frozen_inputs],
}
