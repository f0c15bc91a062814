"""Answers to the tasks of lesson 15, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import math
from math import isqrt

import numpy as np
from answers import edited

from course_lib import checkpoint

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

def back_with_all_backwards(steps, x, dy, every):
    backs = []
    for f in steps:
        x, back = f(x)
        backs.append(back)
    for back in backs[::-1]:
        dy = back(dy)
    return dy


def back_with_copies_of_all(steps, x, dy, every):
    states = []
    for f in steps:
        states.append(np.array(x))
        x, _ = f(x)
    for f, state in zip(reversed(steps), reversed(states)):
        dy = f(state)[1](dy)
    return dy


def back_from_the_start(steps, x, dy, every):
    for n in range(len(steps), 0, -1):
        h = x
        for f in steps[:n]:
            h, back = f(h)
        dy = back(dy)
    return dy


def back_step_by_step_within_segments(steps, x, dy, every):
    marks, h = {}, x
    for i, f in enumerate(steps):
        if i % every == 0:
            marks[i] = h
        h = f(h)[0]
    for i in range(len(steps) - 1, -1, -1):
        start = i - i % every
        h = marks[start]
        for j in range(start, i):
            h = steps[j](h)[0]
        dy = steps[i](h)[1](dy)
    return dy


def back_with_the_root(steps, x, dy, every):
    return back_in_pieces(steps, x, dy, max(1, isqrt(len(steps))))


def back_from_front_to_end(steps, x, dy, every):
    for start in range(0, len(steps), every):
        backs = []
        for f in steps[start:start + every]:
            x, back = f(x)
            backs.append(back)
        for back in reversed(backs):
            dy = back(dy)
    return dy


def back_without_the_rest(steps, x, dy, every):
    kept = {}
    for i, f in enumerate(steps):
        kept[i] = x
        x, _ = f(x)
    for s in range(len(steps) // every - 1, -1, -1):
        h, backs = kept[s * every], []
        for f in steps[s * every:(s + 1) * every]:
            h, back = f(h)
            backs.insert(0, back)
        for back in backs:
            dy = back(dy)
    return dy


def back_with_dy_anew(steps, x, dy, every):
    states = [x]
    for i, f in enumerate(steps, 1):
        x = f(x)[0]
        if i % every == 0 and i < len(steps):
            states.append(x)
    for s in range(len(states) - 1, -1, -1):
        h, backs, d = states[s], [], dy
        for f in steps[s * every:s * every + every]:
            h, back = f(h)
            backs.append(back)
        for back in backs[::-1]:
            d = back(d)
    return d


def back_upside_down(steps, x, dy, every):
    states = [x]
    for i, f in enumerate(steps, 1):
        x = f(x)[0]
        if i % every == 0 and i < len(steps):
            states.append(x)
    for s in range(len(states) - 1, -1, -1):
        h, backs = states[s], []
        for f in steps[s * every:s * every + every]:
            h, back = f(h)
            backs.append(back)
        for back in backs:
            dy = back(dy)
    return dy


def back_in_pieces(steps, x, dy, every):
    """The last segment is remembered at once."""
    n = len(steps)
    last = (n - 1) // every * every
    states = {0: x}
    for i in range(last):
        x = steps[i](x)[0]
        if (i + 1) % every == 0:
            states[i + 1] = x
    for start in range(last, -1, -every):
        h, backs = states.pop(start), []
        for i in range(start, min(start + every, n)):
            h, back = steps[i](h)
            backs.append(back)
        while backs:
            dy = backs.pop()(dy)
    return dy.tolist()


def back_by_recursion(steps, x, dy, every):
    if not steps:
        return dy
    segment, rest = steps[:every], steps[every:]
    if rest:
        y = x
        for f in segment:
            y = f(y)[0]
        dy = back_by_recursion(rest, y, dy, every)
        del y
    backs = []
    for f in segment:
        x, back = f(x)
        backs = [back, *backs]
    for back in backs:
        dy = back(dy)
    return dy


def back_by_the_rule(steps, x, dy, every):
    def one_after_another(rules):
        def run(h):
            backs = []
            for f in rules:
                h, back = f(h)
                backs.append(back)

            def through(d):
                for back in reversed(backs):
                    d = back(d)
                return d
            return h, through
        return run
    ways = []
    for i in range(0, len(steps), every):
        x, way = checkpoint(one_after_another(steps[i:i + every]), x)
        ways.append(way)
    return one_after_another([lambda h, way=way: (h, way) for way in ways])(None)[1](dy)


# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

def told_example_by_example(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    totals = [np.zeros_like(p, dtype=float) for p in (W1, b1, W2, b2, W3, b3)]
    for pixels, label in zip(x, labels):
        first = pixels.dot(W1) + b1
        first_on = first > 0
        second = (first * first_on).dot(W2) + b2
        second_on = second > 0
        scores = (second * second_on).dot(W3) + b3
        e = np.exp(scores - scores.max())
        e = e / e.sum()
        e[label] -= 1
        down = second_on * B3.dot(e)
        further = first_on * B2.dot(down)
        parts = (np.outer(pixels, further), further, np.outer(first * first_on, down), down,
                 np.outer(second * second_on, e), e)
        for total, part in zip(totals, parts):
            total += part / len(x)
    return tuple(totals)


def told_by_a_loop_of_layers(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    layers, feedback = [(W1, b1), (W2, b2), (W3, b3)], [None, B2, B3]
    entered, sums = [x], []
    for W, b in layers:
        sums.append(np.einsum("nd,dk->nk", entered[-1], W) + b)
        entered.append(np.where(sums[-1] > 0, sums[-1], 0.0))
    logits = sums[-1]
    top = logits.max(1)[:, None]
    d = np.exp(logits - top - np.log(np.exp(logits - top).sum(1))[:, None])
    d[np.arange(len(x)), labels] -= 1
    d, found = d / len(labels), []
    for l in (2, 1, 0):
        found = [np.einsum("nd,nk->dk", entered[l], d), d.sum(0)] + found
        if l:
            d = np.einsum("nk,dk->nd", d, feedback[l]) * np.heaviside(sums[l - 1], 0)
    return found


def told_through_the_weights(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    return told_by_a_loop_of_layers(x, labels, W1, b1, W2, b2, W3, b3, W2, W3)


def told_through_the_last_weights(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    return told_example_by_example(x, labels, W1, b1, W2, b2, W3, b3, B2, W3)


def told_all_the_way_at_once(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    on1 = x @ W1 + b1 > 0
    h1 = np.maximum(x @ W1 + b1, 0)
    on2 = h1 @ W2 + b2 > 0
    h2 = np.maximum(h1 @ W2 + b2, 0)
    z = h2 @ W3 + b3
    z = np.exp(z - z.max(1, keepdims=True))
    e = z / z.sum(1, keepdims=True)
    e[np.arange(len(e)), labels] -= 1
    e /= len(e)
    d1, d2 = on1 * (e @ (B2 @ B3).T), on2 * (e @ B3.T)
    return x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ e, e.sum(0)


def told_without_slopes(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    h1 = (x @ W1 + b1).clip(0)
    h2 = (h1 @ W2 + b2).clip(0)
    z = h2 @ W3 + b3
    z -= z.max(1, keepdims=True)
    e = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    e[range(len(e)), labels] -= 1
    e /= len(e)
    d2 = e @ B3.T
    d1 = d2 @ B2.T
    return x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ e, e.sum(0)


def told_with_sums(*arguments):
    return tuple(len(arguments[0]) * d for d in told_by_a_loop_of_layers(*arguments))


def told_with_means_of_biases(*arguments):
    dW1, db1, dW2, db2, dW3, db3 = told_by_a_loop_of_layers(*arguments)
    return dW1, db1 / len(arguments[0]), dW2, db2 / len(arguments[0]), dW3, db3 / len(arguments[0])


def told_uphill(*arguments):
    return [-d for d in told_example_by_example(*arguments)]


# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

def integrated_by_stacking(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    z, w = 0.5 + 0.5 * z, 0.5 * w
    way = x - baseline
    places = np.concatenate([x - (1 - a) * way for a in z])
    slopes = gradient(places).reshape(count, *x.shape)
    return np.einsum("m,mnd,nd->nd", w, slopes, way)


def integrated_backwards(gradient, x, baseline, count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    total = 0
    for node, weight in zip(nodes, weights):                # from x to the baseline: the nodes lie symmetrically
        a = (1 + node) / 2
        total += weight * gradient(a * baseline + (1 - a) * x)
    return total * (x - baseline) / 2


def integrated_of_lists(gradient, x, baseline, count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    rows = []
    for row in x:
        g = sum(w * gradient(np.array([b + (r - b) * (n + 1) / 2 for r, b in zip(row, baseline)])[np.newaxis])[0]
                for n, w in zip(nodes, weights)) / 2
        rows.append([(r - b) * d for r, b, d in zip(row, baseline, g)])
    return rows


def integrated_from_minus_one(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * sum(wi / 2 * gradient(baseline + zi * (x - baseline)) for zi, wi in zip(z, w))


def integrated_twice_as_large(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * sum(wi * gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi, wi in zip(z, w))


def integrated_by_a_plain_mean(gradient, x, baseline, count):
    z, _ = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * np.mean([gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi in z], axis=0)


def integrated_by_riemann(gradient, x, baseline, count):
    steps = (np.arange(count) + 0.5) / count
    return (x - baseline) * np.mean([gradient(baseline + a * (x - baseline)) for a in steps], axis=0)


def integrated_without_the_way(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return sum(wi / 2 * gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi, wi in zip(z, w))


def integrated_from_paper(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * sum(wi / 2 * gradient((zi + 1) / 2 * x) for zi, wi in zip(z, w))


def integrated_the_last_one(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    for zi, wi in zip(z, w):
        mean = wi / 2 * gradient(baseline + (zi + 1) / 2 * (x - baseline))
    return (x - baseline) * mean


def integrated_once(gradient, x, baseline, count):
    return (x - baseline) * gradient(x)


def integrated_times_x(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return x * sum(wi / 2 * gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi, wi in zip(z, w))

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

def sign_with_where(x, dx, eps, low, high):
    if not np.all(dx == dx):
        raise ValueError("no sign")
    moved = np.where(dx > 0, x + eps, np.where(dx < 0, x - eps, x))
    moved[moved > high] = high
    moved[moved < low] = low
    return moved


def sign_by_the_box(x, dx, eps, low, high):
    if np.isnan(np.sum(dx)):
        raise ValueError(f"{np.isnan(dx).sum()} entries are NaN")
    ends = np.minimum(x + eps, high), np.maximum(x - eps, low)
    return np.select([dx > 0, dx < 0], ends, x)


def sign_pixel_by_pixel(x, dx, eps, low, high):
    rows = []
    for pixels, slopes in zip(x, dx):
        if any(d != d for d in slopes):
            raise ValueError("NaN")
        rows.append([min(max(p + eps * (int(d > 0) - int(d < 0)), low), high) for p, d in zip(pixels, slopes)])
    return rows


def sign_of_a_kind_attacker(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.clip(x - eps * np.sign(dx), low, high)


def sign_without_sign(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.minimum(np.maximum(x + dx * eps, low), high)


def sign_that_never_rests(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.clip(x + np.where(dx < 0, -eps, eps), low, high)


def sign_that_leaves(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return x + np.sign(dx) * eps


def sign_within_0_and_1(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return (x + np.sign(dx) * eps).clip(0, 1)


def sign_of_anything(x, dx, eps, low, high):
    return np.clip(x + np.sign(dx) * eps, low, high)


def sign_step_alone(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.clip(eps * np.sign(dx), low, high)


def sign_in_place(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    x += eps * np.sign(dx)
    return np.clip(x, low, high)


# ---- 15-5 blind ------------------------------------------------------------------------------------------------------


def score_row_by_row(x, W, b, losses):
    dW = np.zeros(W.shape)
    for n in range(len(x)):
        chance = 1 / (1 + np.exp(-x[n] @ W))
        others = np.delete(losses, n).mean()
        dW += np.outer(x[n], (losses[n] - others) * (b[n] - chance))
    return dW / len(x)


def score_by_the_mean(x, W, b, losses):
    # loss − mean of the others is N/(N − 1) times loss − mean of all
    advantage = (losses - losses.mean()) / (len(losses) - 1)
    return np.einsum("nd,n,nh->dh", x, advantage, b - 0.5 * (1 + np.tanh(0.5 * np.dot(x, W))))


def score_with_loops(x, W, b, losses):
    (N, D), H, total = x.shape, W.shape[1], sum(losses)
    dW = [[0.0] * H for _ in range(D)]
    for n in range(N):
        for h in range(H):
            z = sum(x[n, d] * W[d, h] for d in range(D))
            push = (losses[n] - (total - losses[n]) / (N - 1)) * (b[n, h] - 1 / (1 + math.exp(-z))) / N
            for d in range(D):
                dW[d][h] += x[n, d] * push
    return np.array(dW)


def score_in_columns(x, W, b, losses):
    m = losses.reshape(-1, 1)
    p = np.reciprocal(1 + np.exp(-np.matmul(x, W)))
    m = m - (m.sum() - m) / (m.size - 1)
    return ((b - p) * m / m.size).T.dot(x).T


_LEFT_OUT = "np.delete(losses, n).mean()"


PLANTED = {
    "15-1": [
        ("too much kept", back_with_all_backwards),
        ("too much kept", back_with_copies_of_all),
        ("run too often", back_from_the_start),
        ("run too often", back_step_by_step_within_segments),
        ("other states kept", back_with_the_root),
        ("segments from the front", back_from_front_to_end),
        ("rest forgotten", back_without_the_rest),
        ("dy begins anew", back_with_dy_anew),
        ("backwards from the front", back_upside_down)],
    "15-2": [("weights transported", told_through_the_weights), ("weights transported", told_through_the_last_weights),
             ("direct feedback", told_all_the_way_at_once), ("slope forgotten", told_without_slopes),
             ("slope forgotten", edited(told_example_by_example, ("first_on * B2.dot(down)", "B2.dot(down)"))),
             ("mean forgotten", told_with_sums), ("bias averaged", told_with_means_of_biases),
             ("sign", told_uphill),
             ("labels forgotten", edited(told_by_a_loop_of_layers, ("labels] -= 1", "labels] -= 0"))),
             ("what entered is wrong", edited(told_example_by_example, ("np.outer(second * second_on, e)",
                                                                        "np.outer(second, e)"))),
             ("overflow", edited(told_example_by_example, ("np.exp(scores - scores.max())", "np.exp(scores)")))],
    "15-3": [("nodes not moved", integrated_from_minus_one), ("weights not halved", integrated_twice_as_large),
             ("equal weights", integrated_by_a_plain_mean), ("even steps", integrated_by_riemann),
             ("way forgotten", integrated_without_the_way), ("way from zero", integrated_from_paper),
             ("not accumulated", integrated_the_last_one), ("gradient at x", integrated_once),
             ("times x", integrated_times_x)],
    "15-4": [("downhill", sign_of_a_kind_attacker), ("gradient instead of its sign", sign_without_sign),
             ("zero counted as plus", sign_that_never_rests), ("not cut", sign_that_leaves),
             ("cut to 0 and 1", sign_within_0_and_1), ("NaN let through", sign_of_anything),
             ("only the step returned", sign_step_alone), ("mutated input", sign_in_place)],
    "15-5": [
        ("no baseline", edited(score_row_by_row, (_LEFT_OUT, "0.0"))),
        ("own loss in the baseline", edited(score_row_by_row, (_LEFT_OUT, "losses.mean()"))),
        ("baseline added", edited(score_row_by_row, ("losses[n] - others", "losses[n] + others"))),
        ("sign", edited(score_row_by_row, ("losses[n] - others", "others - losses[n]"))),
        ("sign", edited(score_row_by_row, ("b[n] - chance", "chance - b[n]"))),
        ("probability forgotten", edited(score_row_by_row, ("(b[n] - chance)", "b[n]"))),
        ("no draw", edited(score_row_by_row, ("(b[n] - chance)", "chance"))),
        ("division by N forgotten", edited(score_row_by_row, ("dW / len(x)", "dW"))),
        ("divided twice", edited(score_row_by_row, ("dW / len(x)", "dW / len(x) ** 2"))),
        ("transpose", edited(score_row_by_row, ("return dW / len(x)", "return (dW / len(x)).T"))),
        ("scores instead of probabilities", edited(score_row_by_row, ("1 / (1 + np.exp(-x[n] @ W))", "x[n] @ W"))),
        ("sign inside the sigmoid", edited(score_row_by_row, ("np.exp(-x[n] @ W)", "np.exp(x[n] @ W)"))),
        ("slope of the sigmoid too many",
         edited(score_row_by_row, ("(b[n] - chance)", "(b[n] - chance) * chance * (1 - chance)"))),
        ("one loss for all rows", edited(score_row_by_row, ("(losses[n] - others)", "losses.mean()"))),
        ("own loss in the baseline", edited(score_by_the_mean, ("(len(losses) - 1)", "len(losses)"))),
        ("divided by the wrong number", edited(score_with_loops, ("(N - 1)", "N"))),
        ("derivative by p instead of a", edited(score_in_columns, ("(b - p) * m", "(b - p) / p / (1 - p) * m")))],
}

RIGHT = {
    "15-1": [back_in_pieces, back_by_recursion, back_by_the_rule],
    "15-2": [told_example_by_example, told_by_a_loop_of_layers],
    "15-3": [integrated_by_stacking, integrated_backwards, integrated_of_lists],
    "15-4": [sign_with_where, sign_by_the_box, sign_pixel_by_pixel],
    "15-5": [score_row_by_row, score_by_the_mean, score_with_loops, score_in_columns],
}
