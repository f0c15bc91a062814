"""Answers to the tasks of lesson 13, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import math

import numpy as np

# ---- 13-1 reentry ---------------------------------------------------------------------------------------------------
from answers import edited

from course_lib import affine, tanh


def time_by_hand(Q, c, a, g, V):
    C0 = g / V * 1e6
    late = C0 > c
    with np.errstate(all="ignore"):
        ln = np.where(late, np.log(C0 - a) - np.log(c - a), 0.0)

    def backward(dt):
        k = np.where(late, dt * V / Q, 0.0)
        up, down = k / (C0 - a), k / (c - a)
        return -k * ln / Q, -down, down - up, up * C0 / g, k * ln / V - up * C0 / V
    return V * ln / Q, backward


def time_row_by_row(Q, c, a, g, V):
    rows = list(zip(*(map(float, v) for v in (Q, c, a, g, V))))
    times = [v / q * math.log((1e6 * gas / v - air) / (limit - air)) if 1e6 * gas / v > limit else 0.0
             for q, limit, air, gas, v in rows]

    def backward(dt):
        found = []
        for d, t, (q, limit, air, gas, v) in zip(dt, times, rows):
            if t == 0:
                found.append([0.0] * 5)
                continue
            x, y = 1e6 * gas / v - air, limit - air
            found.append([-d * t / q, -d * v / q / y, d * v / q * (1 / y - 1 / x), d * 1e6 / (q * x),
                          d / q * (math.log(x / y) - 1e6 * gas / (v * x))])
        return [np.array(column) for column in zip(*found)]
    return np.array(times), backward


def time_by_factors(Q, c, a, g, V):
    start, limit = np.subtract(1e6 * g / V, a), np.subtract(c, a)
    ratio = np.maximum(start / limit, 1)
    t = np.log(ratio) * V / Q

    def backward(dt):
        s = (ratio > 1) * dt / Q
        dr = s * V / ratio                              # through the quotient start / limit
        dstart, dlimit = dr / limit, -dr * start / limit ** 2
        return -t * s, dlimit, -(dstart + dlimit), 1e6 / V * dstart, s * np.log(ratio) - 1e6 * g / V / V * dstart
    return t, backward

# ---- 13-2 assimilation ----------------------------------------------------------------------------------------------

def window_with_a_stack(step, x, background, observed, noise, spread):
    tape, state, pulls = [], x, []
    for t, row in enumerate(observed):
        pulls.append([(s - o) / noise / noise if o == o else 0.0 for s, o in zip(state, row)])
        if t + 1 < len(observed):
            state, back = step(state)
            tape.append(back)
    d = np.array(pulls.pop())
    while tape:
        d = tape.pop()(d)
        d = d + pulls.pop()
    return d + (x - background) * spread ** -2


def window_by_recursion(step, x, background, observed, noise, spread):
    def paid(state, rows):
        here = np.nan_to_num(state - rows[0]) * noise ** -2
        if len(rows) == 1:
            return here
        after, back = step(state)
        return here + back(paid(after, rows[1:]))
    return list((x - background) / (spread * spread) + paid(x, observed))


def window_time_by_time(step, x, background, observed, noise, spread):
    """Each observation sent all the way back on its own: the right values, and K sweeps."""
    total, state, backs = (x - background) / spread ** 2, x, []
    for t, row in enumerate(observed):
        seen = ~np.isnan(row)
        d = np.zeros(len(x))
        d[seen] = (state[seen] - row[seen]) / noise ** 2
        for back in backs[::-1]:
            d = back(d)
        total = total + d
        if t < len(observed) - 1:
            state, back = step(state)
            backs.append(back)
    return total


def window_that_steps_again(step, x, background, observed, noise, spread):
    states = [x]
    while len(states) < len(observed):
        states.append(step(states[-1])[0])
    d = 0 * x
    for t in range(len(observed) - 1, -1, -1):
        d = d + np.nan_to_num(states[t] - observed[t]) / noise ** 2
        if t:
            d = step(states[t - 1])[1](d)
    return d + (x - background) / spread ** 2


def window_one_step_too_far(step, x, background, observed, noise, spread):
    backs, misses, state = [], [], x
    for row in observed:
        misses.append(np.nan_to_num(state - row) / noise ** 2)
        state, back = step(state)
        backs.append(back)
    d = misses.pop()
    for miss, back in zip(misses[::-1], backs[-2::-1]):
        d = back(d) + miss
    return d + (x - background) / spread ** 2


def window_in_forward_mode(step, x, background, observed, noise, spread):
    """The matrix of all slopes is carried along: a backward for each of its columns."""
    J, state, d = np.eye(len(x)), x, (x - background) / spread ** 2
    for t, row in enumerate(observed):
        if t:
            state, back = step(state)
            J = np.array([back(e) for e in np.eye(len(x))]) @ J
        d = d + J.T @ np.nan_to_num(state - row) / noise ** 2
    return d


def window_by_nudges(step, x, background, observed, noise, spread):
    """No backward at all: a run for each variable, with a nudge in the imaginary direction."""
    def J(x):
        total, state = np.sum((x - background) ** 2) / spread ** 2, x
        for t, row in enumerate(observed):
            state = step(state)[0] if t else state
            total = total + np.sum((state - row)[~np.isnan(row)] ** 2) / noise ** 2
        return total / 2
    return np.array([J(x + 1e-30j * e).imag / 1e-30 for e in np.eye(len(x))])


def window_masked_by_the_first_row(step, x, background, observed, noise, spread):
    seen, states, backs = ~np.isnan(observed[0]), [x], []
    for _ in range(1, len(observed)):
        y, b = step(states[-1])
        states, backs = [*states, y], [*backs, b]
    d = np.zeros_like(x)
    for t in reversed(range(len(observed))):
        miss = np.zeros_like(x)
        miss[seen] = (states[t] - observed[t])[seen] / noise ** 2
        d = (backs[t](d) if t < len(backs) else d) + miss
    return d + (x - background) / spread ** 2


def window_masked_by_the_last_row(step, x, background, observed, noise, spread):
    known = 1.0 - np.isnan(observed[-1])
    tape, states = [], [x]
    for _ in observed[1:]:
        y, back = step(states[-1])
        states.append(y)
        tape.append(back)
    d = np.where(known > 0, states[-1] - observed[-1], 0) / noise ** 2
    for t in range(len(tape))[::-1]:
        d = tape[t](d) + np.where(known > 0, states[t] - observed[t], 0) / noise ** 2
    return d + (x - background) / spread ** 2


def window_without_the_first(step, x, background, observed, noise, spread):
    d, backs, misses, state = 0 * x, [], [], x
    for row in observed[1:]:
        state, back = step(state)
        backs.append(back)
        misses.append(np.nan_to_num(state - row) / noise ** 2)
    for back, miss in zip(backs[::-1], misses[::-1]):
        d = back(d + miss)
    return d + (x - background) / spread ** 2


def window_only_the_end(step, x, background, observed, noise, spread):
    state, backs = x, []
    for _ in range(len(observed) - 1):
        state, back = step(state)
        backs.append(back)
    d = np.nan_to_num(state - observed[-1]) / noise ** 2
    for back in reversed(backs):
        d = back(d)
    return d + (x - background) / spread ** 2


def window_in_forward_order(step, x, background, observed, noise, spread):
    states, backs = [x], []
    for _ in observed[1:]:
        y, b = step(states[-1])
        states, backs = [*states, y], [*backs, b]
    m = np.nan_to_num(np.stack(states) - observed) / noise ** 2
    d = m[-1]
    for b, miss in zip(backs, m):
        d = b(d) + miss
    return d + (x - background) / spread ** 2


def window_without_the_background(step, x, background, observed, noise, spread):
    return window_by_recursion(step, x, x, observed, noise, spread)


def window_counts_the_missing(step, x, background, observed, noise, spread):
    return window_by_recursion(step, x, background, np.nan_to_num(observed), noise, spread)


def window_hands_on_nan(step, x, background, observed, noise, spread):
    states, backs = [x], []
    for _ in observed[1:]:
        y, b = step(states[-1])
        states.append(y)
        backs.append(b)
    d = (states[-1] - observed[-1]) / noise ** 2
    for t in range(len(backs) - 1, -1, -1):
        d = backs[t](d) + (states[t] - observed[t]) / noise ** 2
    return d + (x - background) / spread ** 2


def window_with_plain_noise(step, x, background, observed, noise, spread):
    return window_by_recursion(step, x, background, observed, noise ** 0.5, spread)


def window_downhill(step, x, background, observed, noise, spread):
    return -np.array(window_by_recursion(step, x, background, observed, noise, spread))


# ---- 13-3 rounding --------------------------------------------------------------------------------------------------

def rounding_recorded(y, c, steps):
    tape, y, c = [], np.float32(y), np.float32(c)
    for _ in range(steps):
        s = np.multiply(y, y)
        z = np.add(s, c)
        tape.append((y, s, z))
        y = z
    grad, total = 1.0, 0.0
    for y0, s, z in reversed(tape):
        e_sum = float(z) - (float(s) + float(c))
        e_square = float(s) - float(y0) ** 2
        total = total + grad * e_sum + grad * e_square
        grad = grad * 2.0 * float(y0)
    return y, total


def rounding_by_recursion(y, c, steps):
    y, c = np.float32(y), np.float32(c)
    if steps == 0:
        return y, 0.0

    def run(y, left):
        if not left:
            return y, 0.0, 1.0
        s = y * y
        last, estimate, grad = run(s + c, left - 1)
        own = (s - np.square(np.float64(y))) + (s + c - np.add(s, c, dtype=np.float64))
        return last, estimate + grad * own, grad * 2 * np.float64(y)
    return run(y, steps)[:2]


def rounding_carried_forwards(y, c, steps):
    single, drift = np.float32(y), 0.0
    for _ in range(steps):
        y = float(single)
        square = single * single
        single = square + np.float32(c)
        drift = 2 * y * drift + (float(square) - y * y) + (float(single) - float(square) - float(c))
    return [single, np.float64(drift)]


def rounding_with_arrays(y, c, steps):
    ys = np.zeros(steps + 1, np.float32)
    ys[0] = y
    for t in range(steps):
        ys[t + 1] = ys[t] * ys[t] + np.float32(c)
    x = ys[:-1].astype(float)
    squares = (ys[:-1] * ys[:-1]).astype(float)
    eps = squares - x * x + ys[1:].astype(float) - (squares + np.float64(np.float32(c)))
    after = np.append(np.cumprod((2 * x)[::-1])[::-1], 1.0)[1:]
    return float(ys[-1]), eps @ after

# ---- 13-4 sentiment -------------------------------------------------------------------------------------------------

def means_over_all_places(E, words):
    y = E[words].mean(axis=1)

    def backward(dy):
        dE = np.zeros(E.shape)
        for n, row in enumerate(words):
            for w in row:
                dE[w] += dy[n] / len(row)
        return dE
    return y, backward


def means_divided_by_the_width(E, words):
    mask = (words > 0).astype(float)[..., None]
    T = words.shape[1]
    y = (E[words] * mask).sum(1) / T

    def backward(dy):
        dE = np.zeros(E.shape)
        for n, row in enumerate(words):
            for w in row[row > 0]:
                dE[w] += dy[n] / T
        return dE
    return y, backward


def means_that_forget_repeats(E, words):
    y = np.zeros((len(words), E.shape[1]))
    for n, row in enumerate(words):
        if (row != 0).any():
            y[n] = E[row[row != 0]].mean(axis=0)

    def backward(dy):
        dE = np.zeros_like(E)
        for n, row in enumerate(words):
            kept = row[row != 0]
            if len(kept):
                dE[kept] += dy[n] / len(kept)
        return dE
    return y, backward


def means_of_nothing(E, words):
    mask = words != 0
    n = mask.sum(1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = mask / n

    def backward(dy):
        dE = np.zeros_like(E)
        np.add.at(dE, words, share[..., None] * dy[:, None])
        return dE
    return np.einsum("nt,ntd->nd", share, E[words]), backward


def means_of_the_first_place(E, words):
    """Reads as many places from the front as there are words, and at least one."""
    rows = [row[row != 0] if row.any() else row[:1] for row in words]
    y = np.stack([E[row].mean(axis=0) for row in rows])

    def backward(dy):
        dE = np.zeros_like(E)
        for row, d in zip(rows, dy):
            for word in row:
                dE[word] += d / len(row)
        return dE
    return y, backward


def means_that_pay_the_filling(E, words):
    n = np.maximum(np.count_nonzero(words, axis=1), 1)
    y = np.stack([E[row[row > 0]].sum(axis=0) / k for row, k in zip(words, n)])

    def backward(dy):
        dE = np.zeros_like(E)
        np.add.at(dE, words, np.repeat((dy / n[:, None])[:, None], words.shape[1], axis=1))
        return dE
    return y, backward


def means_without_division_on_the_way_back(E, words):
    n = np.maximum((words != 0).sum(1), 1)
    y = np.stack([E[row[row > 0]].sum(axis=0) / k for row, k in zip(words, n)])

    def backward(dy):
        dE = np.zeros_like(E)
        for row, d in zip(words, dy):
            for w in row:
                if w:
                    dE[w] += d
        return dE
    return y, backward


def means_by_counting(E, words):
    counts = np.zeros((len(words), len(E)))
    for n, row in enumerate(words):
        for w in row:
            counts[n, w] += w != 0
    counts /= np.where(counts.any(axis=1), counts.sum(axis=1), 1)[:, None]
    return counts @ E, lambda dy: counts.T @ dy


def means_word_by_word(E, words):
    y = [[0.0] * E.shape[1] for _ in words]
    for n, row in enumerate(words.tolist()):
        own = [w for w in row if w]
        for w in own:
            y[n] = [a + float(b) / len(own) for a, b in zip(y[n], E[w])]

    def backward(dy):
        dE = [np.zeros(E.shape[1]) for _ in E]
        for row, d in zip(words.tolist(), dy):
            own = list(filter(None, row))
            for w in own:
                dE[w] = dE[w] + d / len(own)
        return np.array(dE)
    return np.array(y), backward


# ---- 13-5 autoencoder -----------------------------------------------------------------------------------------------

def tied(x, W, b, c):
    N, D = x.shape
    a = np.matmul(x, W)
    a = a + b
    z = (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)
    y = np.einsum("nk,dk->nd", z, W) + c[None, :]

    def backward(dy):
        da = np.einsum("nd,dk->nk", dy, W) / np.cosh(a) ** 2
        dW = np.zeros(W.shape)
        for n in range(N):
            dW += np.outer(x[n], da[n])
            dW += np.outer(dy[n], z[n])
        return np.dot(da, W.T), dW, np.ones(N) @ da, np.ones(N) @ dy
    return y, backward


def tied_in_two_layers(x, W, b, c):
    """Two ordinary layers; the second matrix's gradient is turned round and added."""
    h, first = affine(x, W, b)
    z, bend = tanh(h)
    y, second = affine(z, W.T, c)

    def backward(dy):
        dz, dV, dc = second(dy)
        dx, dW, db = first(bend(dz))
        return [dx, dW + dV.T, db, dc]
    return y, backward


def tied_by_stacking(x, W, b, c):
    z = np.tanh(x @ W + b)

    def backward(dy):
        da = (1 - z) * (1 + z) * (dy @ W)
        return da @ W.T, np.vstack([x, dy]).T @ np.vstack([da, z]), np.sum(da, 0), np.sum(dy, 0)
    return z @ W.T + c, backward


def tied_first_layer_only(x, W, b, c):
    h, first = affine(x, W, b)
    z, bend = tanh(h)
    y, second = affine(z, W.T, c)

    def backward(dy):
        dz, _, dc = second(dy)
        return *first(bend(dz)), dc
    return y, backward


def tied_overwritten(x, W, b, c):
    h, first = affine(x, W, b)
    z, bend = tanh(h)
    y, second = affine(z, W.T, c)

    def backward(dy):
        dz, dW, dc = second(dy)
        dx, _, db = first(bend(dz))
        return dx, dW.T, db, dc
    return y, backward


def tied_code_detached(x, W, b, c):
    z = np.tanh(x @ W + b)

    def backward(dy):
        return np.zeros_like(x), dy.T @ z, np.zeros_like(b), dy.sum(axis=0)
    return z @ W.T + c, backward


def tied_halved(x, W, b, c):
    y, right = tied_by_stacking(x, W, b, c)

    def backward(dy):
        dx, dW, db, dc = right(dy)
        return dx, 0.5 * dW, db, dc
    return y, backward


def tied_mean(x, W, b, c):
    y, right = tied_by_stacking(x, W, b, c)

    def backward(dy):
        dx, dW, db, dc = right(dy)
        return dx, dW / x.shape[0], db, dc
    return y, backward


def tied_without_slope(x, W, b, c):
    z = np.tanh(np.dot(x, W) + b)

    def backward(dy):
        back = np.dot(dy, W)
        return back @ W.T, np.dot(x.T, back) + np.dot(dy.T, z), back.sum(0), dy.sum(0)
    return np.dot(z, W.T) + c, backward


def tied_linear(x, W, b, c):
    z = x.dot(W) + b

    def backward(dy):
        dz = dy.dot(W) * (1 - z ** 2)
        return dz @ W.T, x.T @ dz + dy.T @ z, dz.sum(0), dy.sum(0)
    return z.dot(W.T) + c, backward


def tied_encoder_twice(x, W, b, c):
    z = np.tanh(np.dot(x, W) + b)

    def backward(dy):
        back = np.dot(dy, W) * (1 - z ** 2)
        once = np.dot(x.T, back)
        return back @ W.T, once + once, back.sum(0), dy.sum(0)
    return np.dot(z, W.T) + c, backward


def tied_sigmoid_slope(x, W, b, c):
    z = np.tanh(np.dot(x, W) + b)

    def backward(dy):
        back = np.dot(dy, W) * z * (1 - z)
        return back @ W.T, np.dot(x.T, back) + np.dot(dy.T, z), back.sum(0), dy.sum(0)
    return np.dot(z, W.T) + c, backward


def tied_output_mean(x, W, b, c):
    y, right = tied_by_stacking(x, W, b, c)

    def backward(dy):
        return *right(dy)[:3], dy.mean(0)
    return y, backward

# ---- 13-6 recommendation --------------------------------------------------------------------------------------------

def ratings_with_fancy_indices(users, films, stars, P, Q, l2):
    dP, dQ = P * 0, Q * 0
    e = np.einsum("nk,nk->n", P[users], Q[films]) - stars
    dP[users] += (e[:, None] * Q[films] + l2 * P[users]) / e.size
    dQ[films] += (e[:, None] * P[users] + l2 * Q[films]) / e.size
    return dP, dQ


def ratings_with_weight_decay(users, films, stars, P, Q, l2):
    dP, dQ = l2 * P, l2 * Q
    for u, f, r in zip(users, films, stars):
        e = (P[u] @ Q[f] - r) / len(stars)
        dP[u] += e * Q[f]
        dQ[f] += e * P[u]
    return dP, dQ


def _ratings_in_a_loop(sign=1, two=1, mean=True, l2_sign=1, swap=False):
    def answer(users, films, stars, P, Q, l2):
        dP, dQ = np.zeros(P.shape), np.zeros(Q.shape)
        for u, f, r in zip(users, films, stars):
            e = sign * (P[u] @ Q[f] - r)
            share = two / (len(stars) if mean else 1)
            dP[u] += share * (e * Q[f] + l2_sign * l2 * P[u])
            dQ[f] += share * (e * P[u] + l2_sign * l2 * Q[f])
        return (dQ, dP) if swap else (dP, dQ)
    return answer


def ratings_one_by_one(users, films, stars, P, Q, l2):
    return _ratings_in_a_loop()(users, films, stars, P, Q, l2)


def ratings_as_a_table(users, films, stars, P, Q, l2):
    who = (users[:, None] == np.arange(len(P))).astype(float)
    which = (films[:, None] == np.arange(len(Q))).astype(float)
    p, q = who @ P, which @ Q
    pull = ((p * q).sum(1) - stars) / len(stars)
    return (who.T @ (pull[:, None] * q) + l2 / len(stars) * who.sum(0)[:, None] * P,
            which.T @ (pull[:, None] * p) + l2 / len(stars) * which.sum(0)[:, None] * Q)


def ratings_in_an_assigned_table(users, films, stars, P, Q, l2):
    E = np.zeros((len(P), len(Q)))
    E[users, films] = np.sum(P[users] * Q[films], axis=1) - stars
    n, m = np.bincount(users, minlength=len(P)), np.bincount(films, minlength=len(Q))
    return (E @ Q + l2 * n[:, None] * P) / len(users), (E.T @ P + l2 * m[:, None] * Q) / len(users)


def ratings_with_half_a_penalty(users, films, stars, P, Q, l2):
    return ratings_as_a_table(users, films, stars, P, Q, l2 / 2)


def ratings_with_twice_the_penalty(users, films, stars, P, Q, l2):
    return ratings_as_a_table(users, films, stars, P, Q, 2 * l2)


def ratings_by_bincount(users, films, stars, P, Q, l2):
    e = np.sum(P[users] * Q[films], 1) - stars
    add = lambda rows, values, n: np.stack([np.bincount(rows, v, minlength=n) for v in values.T], axis=1)
    return (add(users, e[:, None] * Q[films] + l2 * P[users], len(P)) / len(e),
            add(films, e[:, None] * P[users] + l2 * Q[films], len(Q)) / len(e))


PLANTED = {
    "13-1": [
        ("one path of V", edited(time_by_hand, (" - up * C0 / V", ""))),
        ("one path of V", edited(time_by_factors, ("s * np.log(ratio) - 1e6", "-1e6"))),
        ("sign of the second path of V", edited(time_by_hand, ("k * ln / V - up", "k * ln / V + up"))),
        ("square of V forgotten", edited(time_by_factors, ("1e6 * g / V / V * dstart", "1e6 * g / V * dstart"))),
        ("one path of a", edited(time_by_hand, ("down - up", "down"))),
        ("one path of a", edited(time_by_hand, ("down - up", "-up"))),
        ("sign of a path of a", edited(time_by_hand, ("down - up", "down + up"))),
        ("logarithm's derivative forgotten", edited(time_by_hand, ("up, down = k / (C0 - a)", "up, down = k"))),
        ("logarithm's derivative forgotten", edited(time_by_hand, ("k / (c - a)", "k"))),
        ("sign of dQ", edited(time_by_hand, ("-k * ln / Q", "k * ln / Q"))),
        ("sign of dc", edited(time_by_hand, ("-down, down - up", "down, -down - up"))),
        ("Q divides once too little", edited(time_by_factors, ("-t * s,", "-t * s * Q,"))),
        ("10⁶ forgotten in dg", edited(time_by_factors, ("1e6 / V * dstart, ", "1 / V * dstart, "))),
        ("that of clean air", edited(time_by_hand, ("k * ln / V - up * C0 / V", "k * ln / V - k / V"))),
        ("that of clean air", edited(time_by_hand, ("up * C0 / g", "k / g"))),
        ("that of clean air", edited(time_by_hand, ("-down, down - up", "-k / c, down - up"))),
        ("gradient at the limit", edited(time_by_hand, ("late = C0 > c", "late = C0 >= c"))),
        ("negative time", edited(time_by_factors, ("np.maximum(start / limit, 1)", "start / limit"),
                                 ("(ratio > 1) * ", ""))),
        ("gradient without a wait", edited(time_by_factors, ("(ratio > 1) * ", ""))),
        ("gas in the air subtracted once", edited(time_by_hand, ("np.log(c - a)", "np.log(c)"),
                                                  ("k / (c - a)", "k / c"), ("down - up", "-up"))),
        ("order of the gradients", edited(time_row_by_row, ("zip(*found)]", "zip(*found)][::-1]"))),
        ("dt forgotten", edited(time_by_hand, ("dt * V", "V"))),
        ("number of results", edited(time_row_by_row, ("zip(*found)]", "zip(*found)][1:]"))),
        ("no backward", edited(time_by_hand, ("return V * ln / Q, backward", "return V * ln / Q")))],
    "13-2": [("first time forgotten", window_without_the_first), ("not accumulated", window_only_the_end),
             ("forward in time", window_in_forward_order), ("background forgotten", window_without_the_background),
             ("missing counted as 0", window_counts_the_missing), ("NaN spread", window_hands_on_nan),
             ("noise not squared", window_with_plain_noise), ("sign", window_downhill),
             ("mask of one time", window_masked_by_the_first_row), ("mask of one time", window_masked_by_the_last_row),
             ("too many steps", window_that_steps_again), ("too many steps", window_one_step_too_far),
             ("too many sweeps back", window_time_by_time), ("too many sweeps back", window_in_forward_mode),
             ("no sweep back", window_by_nudges)],
    "13-3": [
        ("bound, not estimate", edited(rounding_recorded, ("total + grad * e_sum + grad * e_square",
                                                           "total + abs(grad * (e_sum + e_square))"))),
        ("bound, not estimate", edited(rounding_with_arrays, ("eps @ after", "np.abs(eps) @ np.abs(after)"))),
        ("sign of the local error", edited(rounding_recorded, ("float(z) - (float(s) + float(c))",
                                                               "float(s) + float(c) - float(z)"),
                                           ("float(s) - float(y0) ** 2", "float(y0) ** 2 - float(s)"))),
        ("relative for absolute", edited(rounding_with_arrays, ("eps @ after", "(eps / ys[1:]) @ after"))),
        ("adjoint of the wrong node", edited(rounding_with_arrays, (", 1.0)[1:]", ", 1.0)[:-1]"))),
        ("local error in float32", edited(rounding_recorded, ("float(y0) ** 2\n", "float(y0 * y0)\n"),
                                          ("(float(s) + float(c))", "float(s + c)"))),
        ("factor 2 of the slope", edited(rounding_carried_forwards, ("2 * y * drift", "y * drift"))),
        ("adjoint forgotten", edited(rounding_with_arrays, ("eps @ after", "eps.sum()"))),
        ("forwards instead of backwards", edited(rounding_recorded, ("reversed(tape)", "tape"))),
        ("error of the square forgotten", edited(rounding_recorded, (" + grad * e_square", ""))),
        ("error of the sum forgotten", edited(rounding_recorded, (" + grad * e_sum", ""))),
        ("slope at the wrong y", edited(rounding_recorded, ("2.0 * float(y0)", "2.0 * float(z)")))],
    "13-4": [("filling counted", means_over_all_places), ("divided by T", means_divided_by_the_width),
             ("repeated words paid once", means_that_forget_repeats), ("empty sentence", means_of_nothing),
             ("vector of the filling", means_of_the_first_place),
             ("filling paid", means_that_pay_the_filling),
             ("backward not divided", means_without_division_on_the_way_back)],
    "13-5": [
        ("decoder's payment forgotten", tied_first_layer_only), ("encoder's payment forgotten", tied_overwritten),
        ("code not differentiated", tied_code_detached), ("mean of the two payments", tied_halved),
        ("mean over the rows", tied_mean), ("slope of tanh forgotten", tied_without_slope),
        ("code without a tanh", tied_linear), ("dc as a mean", tied_output_mean),
        ("encoder paid twice", tied_encoder_twice), ("slope of the sigmoid", tied_sigmoid_slope)],
    "13-6": [("repeats lost", ratings_with_fancy_indices), ("penalty on all rows", ratings_with_weight_decay),
             ("sign", _ratings_in_a_loop(sign=-1)), ("2 too many", _ratings_in_a_loop(two=2)),
             ("N forgotten", _ratings_in_a_loop(mean=False)), ("sign of the penalty", _ratings_in_a_loop(l2_sign=-1)),
             ("tables swapped", _ratings_in_a_loop(swap=True)),
             ("same pair twice", ratings_in_an_assigned_table),
             ("half in the penalty", ratings_with_half_a_penalty),
             ("2 in the penalty", ratings_with_twice_the_penalty)],
}

RIGHT = {
    "13-1": [time_by_hand, time_row_by_row, time_by_factors],
    "13-2": [window_with_a_stack, window_by_recursion],
    "13-3": [rounding_recorded, rounding_by_recursion, rounding_carried_forwards, rounding_with_arrays],
    "13-4": [means_by_counting, means_word_by_word],
    "13-5": [tied, tied_in_two_layers, tied_by_stacking],
    "13-6": [ratings_one_by_one, ratings_as_a_table, ratings_by_bincount],
}
