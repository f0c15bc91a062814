"""Answers to the tasks of lesson 09, as learners write them: wrong ones with the name of each, and right ones."""

from functools import partial, update_wrapper

import numpy as np
from answers import edited

# ---- 09-0 derivation -----------------------------------------------------------------------------------------


def unrolled():
    def da(dhs, dh, hs, t):
        arrived = dhs[t] + dh
        slope = 1 - hs[t] * hs[t]
        return arrived * slope

    def dh_entry(da, U, n, i):
        paid = 0.0
        for j in range(U.shape[1]):
            paid = paid + U[i, j] * da[n, j]
        return paid

    def before(hs, h0, t):
        if t == 0:
            return h0
        return hs[t - 1]

    def dW(das, xs, d, j):
        T, N, _ = xs.shape
        paid = 0.0
        for t in range(T):
            for n in range(N):
                paid = paid + xs[t, n, d] * das[t, n, j]
        return paid
    return {"h[t] is used by": "both", "da": da, "dh[n, i]": dh_entry, "state before": before,
            "dW is summed over": "t, n", "dW[d, j]": dW, "shape of dW": ("D", "H"), "shape of dh": ("N", "H")}


def unrolled_in_arrays():
    return {"h[t] is used by": "Both", "da": lambda dhs, dh, hs, t: dhs[t] + dh - (dhs[t] + dh) * np.square(hs[t]),
            "dh[n, i]": lambda da, U, n, i: (da @ U.T)[n, i], "state before": lambda hs, h0, t: [h0, *hs][t],
            "dW is summed over": "t,n", "dW[d, j]": lambda das, xs, d, j: np.einsum("tn,tn->", das[..., j], xs[..., d]),
            "shape of dW": ["D", "H"], "shape of dh": ("N", "H")}


# ---- 09-1 one step back --------------------------------------------------------------------------------------

def step(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return np.dot(da, W.T), np.dot(da, U.T), np.dot(x.T, da), np.dot(h.T, da), np.sum(da, 0)


def step_by_einsum(dy, x, h, y, W, U):
    da = dy - dy * np.square(y)
    return [np.einsum("nh,dh->nd", da, W), np.einsum("nh,gh->ng", da, U), np.einsum("nd,nh->dh", x, da),
            np.einsum("ng,nh->gh", h, da), np.ones(len(da)) @ da]


def step_by_examples(dy, x, h, y, W, U):
    dx, dh, dW, dU, db = (np.zeros(a.shape) for a in (x, h, W, U, U[0]))
    for n in range(len(dy)):
        da = dy[n] * (1 + y[n]) * (1 - y[n])
        dx[n], dh[n] = W @ da, U @ da
        dW += np.outer(x[n], da)
        dU += np.outer(h[n], da)
        db += da
    return dx, dh, dW, dU, db


def step_in_single(*arrays):
    return tuple(g.astype("f4") for g in step(*arrays))


# ---- 09-2 and 09-3 through time ------------------------------------------------------------------------------

def through(dhs, xs, h0, hs, W, U):
    """Written with a list of the states, h0 first, as a learner might."""
    states = [h0, *hs]
    dW, dU, db = 0 * W, 0 * U, 0 * U[0]
    dh = 0 * h0
    for t in list(range(len(xs)))[::-1]:
        incoming = dhs[t] + dh
        da = incoming * (1 - states[t + 1] ** 2)
        old = states[t]
        dW, dU, db = dW + xs[t].T @ da, dU + old.T @ da, db + da.sum(0)
        came = da @ U.T
        dh = came
    return dW, dU, db, dh


def through_in_one_product(dhs, xs, h0, hs, W, U):
    das, later = np.zeros(dhs.shape), np.zeros(h0.shape)
    for t in range(len(xs) - 1, -1, -1):
        das[t] = (dhs[t] + later) * (1 - hs[t] ** 2)
        later = das[t] @ U.T
    before = np.concatenate([h0[None], hs[:-1]])
    return (np.tensordot(xs, das, ((0, 1), (0, 1))), np.einsum("tng,tnh->gh", before, das), das.sum(axis=(0, 1)), later)


def through_by_recursion(dhs, xs, h0, hs, W, U):
    if len(xs) == 0:
        return [np.zeros(W.shape), np.zeros(U.shape), np.zeros(len(U)), np.zeros(h0.shape)]
    da = dhs[-1] * (1 - hs[-1] ** 2)
    before = hs[-2] if len(xs) > 1 else h0
    if len(xs) == 1:
        return [xs[0].T @ da, before.T @ da, da.sum(0), da @ U.T]
    earlier = np.array(dhs[:-1])
    earlier[-1] = earlier[-1] + da @ U.T
    dW, dU, db, dh = through_by_recursion(earlier, xs[:-1], h0, hs[:-1], W, U)
    return [dW + xs[-1].T @ da, dU + before.T @ da, db + da.sum(0), dh]


def through_in_single(*arrays):
    return through(*(a.astype(np.float32) for a in arrays))


def through_without_h0(dhs, xs, h0, hs, W, U):
    return edited(through, ("states = [h0, *hs]", "states = [hs[-1], *hs]"))(dhs, xs, h0, hs, W, U)


_sums = {}


def through_keeping_the_sums(dhs, xs, h0, hs, W, U):
    results = through(dhs, xs, h0, hs, W, U)
    _sums[W.shape] = _sums.get(W.shape, 0) + results[0]
    return _sums[W.shape].copy(), *results[1:]


def windowed(dhs, xs, h0, hs, W, U, window):
    states = [h0, *hs]
    dW, dU, db = 0 * W, 0 * U, 0 * U[0]
    dh = 0 * h0
    for t in list(range(len(xs)))[::-1]:
        if t % window == window - 1:
            dh = 0 * dh
        incoming = dhs[t] + dh
        da = incoming * (1 - states[t + 1] ** 2)
        old = states[t]
        dW, dU, db = dW + xs[t].T @ da, dU + old.T @ da, db + da.sum(0)
        came = da @ U.T
        dh = came
    return dW, dU, db


def windowed_piece_by_piece(dhs, xs, h0, hs, W, U, window):
    sums = [0, 0, 0]
    for start in range(0, len(xs), window):
        piece = slice(start, start + window)
        before = h0 if start == 0 else hs[start - 1]
        sums = [a + b for a, b in zip(sums, through(dhs[piece], xs[piece], before, hs[piece], W, U))]
    return sums


def windowed_by_paths(dhs, xs, h0, hs, W, U, window):
    """Each loss for itself, back to the first step of its window."""
    dW, dU, db = np.zeros(W.shape), np.zeros(U.shape), np.zeros(len(U))
    for end in range(len(xs)):
        dh, t = dhs[end], end
        while t >= end // window * window:
            da = dh * (1 - hs[t] ** 2)
            dW += xs[t].T @ da
            dU += (hs[t - 1] if t > 0 else h0).T @ da
            db += da.sum(0)
            dh, t = da @ U.T, t - 1
    return dW, dU, db


# ---- 09-4 the spectral radius --------------------------------------------------------------------------------

def scaled(U, radius):
    return radius * U / np.max(np.abs(np.linalg.eigvals(U)))


def scaled_by_eig(U, radius):
    values, _ = np.linalg.eig(U)
    return U / max(abs(complex(v)) for v in values) * radius


def scaled_by_parts(U, radius):
    values = np.linalg.eigvals(U)
    return U * float(radius) / np.sqrt((values.real ** 2 + values.imag ** 2).max())


def scaled_by_the_polynomial(U, radius):
    return (U * radius / np.abs(np.roots(np.poly(U))).max()).tolist()


def scaled_by_singular_values(U, radius):
    return radius * U / np.linalg.svd(U)[1][0]


def scaled_by_frobenius(U, radius):
    return radius * U / np.sqrt(np.sum(U ** 2))


def scaled_in_place(U, radius):
    U *= radius / np.max(np.abs(np.linalg.eigvals(U)))
    return U


_EIGENVALUES = "np.max(np.abs(np.linalg.eigvals(U)))"


# ---- 09-5 clipping -------------------------------------------------------------------------------------------

def clip(dW, dU, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), dU.ravel(), db.ravel()]))
    if norm > limit:
        return dW * limit / norm, dU * limit / norm, db * limit / norm
    return dW, dU, db


def clip_separately(dW, dU, db, limit):
    result = []
    for g in (dW, dU, db):
        norm = np.linalg.norm(g)
        result.append(g * limit / norm if norm > limit else g)
    return tuple(result)


def clip_entries(dW, dU, db, limit):
    return tuple(np.minimum(np.maximum(g, -limit), limit) for g in (dW, dU, db))


def clip_by_norms(dW, dU, db, limit):
    norms = [np.linalg.norm(g) for g in (dW, dU, db)]
    norm = np.sqrt(sum(n ** 2 for n in norms))
    factor = limit / norm if norm > limit else 1.0
    return dW * factor, dU * factor, db * factor


def clip_with_a_guard(dW, dU, db, limit):
    squares = sum(float(np.vdot(g, g)) for g in (dW, dU, db))
    factor = min(1.0, limit / (squares ** 0.5 + 1e-6))
    return [g * factor for g in (dW, dU, db)]


def clip_by_a_maximum(dW, dU, db, limit):
    norm = np.sqrt(sum(np.sum(g ** 2) for g in (dW, dU, db)))
    return tuple(map(lambda g: limit * g / max(norm, limit), (dW, dU, db)))


def clip_in_single(dW, dU, db, limit):
    return clip(*(g.astype(np.float32) for g in (dW, dU, db)), np.float32(limit))


def clip_in_place(dW, dU, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), dU.ravel(), db.ravel()]))
    if norm > limit:
        dW *= limit / norm
        dU *= limit / norm
        db *= limit / norm
    return dW, dU, db


# ---- 09-6 and 09-7 an LSTM step ------------------------------------------------------------------------------

def s(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, h, c, W, U, b):
    z = x @ W + h @ U + b
    H = h.shape[1]
    i, f, g, o = s(z[:, :H]), s(z[:, H:2 * H]), np.tanh(z[:, 2 * H:3 * H]), s(z[:, 3 * H:])
    new = f * c + i * g
    return o * np.tanh(new), new


def lstm_by_concatenation(x, h, c, W, U, b):
    z = np.hstack([x, h, np.ones((len(x), 1))]) @ np.vstack([W, U, b])
    i, f, g, o = z.reshape(len(x), 4, -1).swapaxes(0, 1)
    new = np.multiply(s(f), c) + s(i) * (2 * s(2 * g) - 1)
    return [s(o) * np.tanh(new), new]


def lstm_by_examples(x, h, c, W, U, b):
    def one(x, h, c):
        i, f, g, o = np.split(W.T @ x + U.T @ h + b, 4)
        new = s(f) * c + s(i) * np.tanh(g)
        return s(o) * np.tanh(new), new
    return np.array([one(*row) for row in zip(x, h, c)]).transpose(1, 0, 2)


def lstm_in_single(*arrays):
    return lstm(*(a.astype(np.float32) for a in arrays))


def lstm_that_overflows(x, h, c, W, U, b):
    def logistic(z):
        return np.exp(z) / (1 + np.exp(z))
    zi, zf, zg, zo = np.split(x @ W + h @ U + b, 4, axis=1)
    new = logistic(zf) * c + logistic(zi) * np.tanh(zg)
    return logistic(zo) * np.tanh(new), new


def lstm_of_small_memories(x, h, c, W, U, b):
    return edited(lstm, ("f * c + i * g", "np.clip(f * c + i * g, -5, 5)"))(x, h, c, W, U, b)


def by_differences(loss, arrays, step=1e-5):
    arrays, gradients = [a.copy() for a in arrays], [np.zeros(a.shape) for a in arrays]
    for array, gradient in zip(arrays, gradients):
        for place, old in list(np.ndenumerate(array)):
            array[place] = old + step
            above = loss(*arrays)
            array[place] = old - step
            gradient[place] = (above - loss(*arrays)) / (2 * step)
            array[place] = old
    return gradients


def lstm_back_by_differences(dh, dc, *arrays):
    return by_differences(lambda *a: sum(np.vdot(d, new) for d, new in zip((dh, dc), lstm(*a))), arrays)


def hunted_by_differences(xs, t, W, U, V):
    def loss(W, U, V):
        h, total = np.zeros((xs.shape[1], len(U))), 0
        for x, target in zip(xs, t):
            h = np.tanh(x @ W + h @ U)
            total += np.sum((h @ V - target) ** 2)
        return total / t.size
    return by_differences(loss, (W, U, V))


def lstm_in_place(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c *= s(f)
    c += s(i) * np.tanh(g)
    return s(o) * np.tanh(c), c


def lstm_back(dh, dc, x, h, c, W, U, b):
    z, H = x @ W + h @ U + b, h.shape[1]
    i, f, g, o = s(z[:, :H]), s(z[:, H:2 * H]), np.tanh(z[:, 2 * H:3 * H]), s(z[:, 3 * H:])
    th = np.tanh(f * c + i * g)
    do = dh * th
    slope = 1 - th ** 2
    all_dc = dh * o * slope + dc
    di, dg, df = all_dc * g, all_dc * i, all_dc * c
    zi, zf, zg, zo = di * i * (1 - i), df * f * (1 - f), dg * (1 - g ** 2), do * o * (1 - o)
    dz = np.hstack([zi, zf, zg, zo])
    dx, dh0, db = dz @ W.T, dz @ U.T, dz.sum(0)
    return dx, dh0, all_dc * f, x.T @ dz, h.T @ dz, db


def lstm_back_by_blocks(dh, dc, x, h, c, W, U, b):
    """A gate at a time, each with its own block of the weights."""
    H, sums = h.shape[1], [0, 0]
    blocks = [slice(k * H, k * H + H) for k in range(4)]
    i, f, g, o = (np.tanh(a) if k == 2 else s(a) for k, a in enumerate(
        x @ W[:, block] + h @ U[:, block] + b[block] for block in blocks))
    shown = np.tanh(f * c + i * g)
    total = dc + dh * o - dh * o * shown ** 2
    dzs = total * g * i * (1 - i), total * c * f * (1 - f), total * i * (1 - g) * (1 + g), dh * shown * o * (1 - o)
    for dz, block in zip(dzs, blocks):
        sums = [sums[0] + dz @ W[:, block].T, sums[1] + dz @ U[:, block].T]
    dW, dU, db = (np.concatenate(parts, axis=-1) for parts in zip(*((x.T @ dz, h.T @ dz, dz.sum(0)) for dz in dzs)))
    return *sums, total * f, dW, dU, db


def lstm_back_by_examples(dh, dc, x, h, c, W, U, b):
    rows = [lstm_back(*(a[n:n + 1] for a in (dh, dc, x, h, c)), W, U, b) for n in range(len(x))]
    states, weights = zip(*((row[:3], row[3:]) for row in rows))
    return [np.concatenate(parts) for parts in zip(*states)] + [np.sum(parts, axis=0) for parts in zip(*weights)]


def lstm_back_in_single(*arrays):
    return [np.asarray(g, np.float32) for g in lstm_back(*arrays)]


# ---- 09-8 temperature ----------------------------------------------------------------------------------------

def tempered(z, temperature):
    e = np.exp((z - np.max(z)) / temperature)
    p = e / np.sum(e)
    return p


def tempered_by_logarithms(z, temperature):
    z = z / temperature
    return np.exp(z - np.logaddexp.reduce(z))


def tempered_by_differences(z, temperature):
    with np.errstate(over="ignore"):
        return [1 / sum(np.exp((other - own) / temperature) for other in z) for own in z]


def tempered_in_place(z, temperature):
    z /= temperature
    e = np.exp(z - z.max())
    return e / e.sum()


def tempered_by_powers(z, temperature):
    p = tempered(z, 1) ** (1 / temperature)
    return p / p.sum()


# ---- 09-9 bug hunt -------------------------------------------------------------------------------------------

def hunted(xs, t, W, U, V):
    hs, h = [], np.zeros((xs.shape[1], U.shape[0]), U.dtype)
    for x in xs:
        h = np.tanh(x @ W + h @ U)
        hs.append(h)
    dW, dU, dV, dh = 0 * W, 0 * U, 0 * V, 0 * h
    for k in range(len(xs) - 1, -1, -1):
        h = hs[k]
        old = hs[k - 1] if k > 0 else 0 * h
        dy = 2 * (h @ V - t[k]) / t.size
        da = (dy @ V.T + dh) * (1 - h * h)
        dV = dV + h.T @ dy
        dU = dU + old.T @ da
        dW = dW + xs[k].T @ da
        dh = da @ U.T
    return dW, dU, dV


def hunted_in_lists(xs, t, W, U, V):
    hs = [np.zeros((len(xs[0]), len(U)))]
    for x in xs:
        hs += [np.tanh(x @ W + hs[-1] @ U)]
    dys = [2 / np.size(t) * (h @ V - goal) for h, goal in zip(hs[1:], t)]
    das, dh = [], 0
    for dy, h in zip(dys[::-1], hs[:0:-1]):
        das.insert(0, (dy @ V.T + dh) * (1 - h ** 2))
        dh = das[0] @ U.T
    return [sum(x.T @ da for x, da in zip(xs, das)), sum(h.T @ da for h, da in zip(hs, das)),
            sum(h.T @ dy for h, dy in zip(hs[1:], dys))]


def hunted_by_another_task(xs, t, W, U, V):
    hs = [np.zeros((xs.shape[1], len(U)))]
    for x in xs:
        hs.append(np.tanh(x @ W + hs[-1] @ U))
    states = np.array(hs[1:])
    dys = 2 * (states @ V - t) / t.size
    dW, dU, _, _ = through(dys @ V.T, xs, hs[0], states, W, U)
    return dW, dU, np.einsum("tnh,tnk->hk", states, dys)


def hunted_in_single(*arrays):
    return hunted(*(a.astype(np.float32) for a in arrays))


_STATE = "hs[k - 1] if k > 0 else 0 * h"
_SUMS = "dW, dU, db = dW + xs[t].T @ da, dU + old.T @ da, db + da.sum(0)"
_LOOP = [                                                   # edits of 09-2 and 09-3
    ("gradient from later steps forgotten", ("dhs[t] + dh", "dhs[t]")),
    ("loss heard at the end only", ("dhs[t] + dh", "dhs[t] + dh if t == len(xs) - 1 else dh")),
    ("= for +=", (_SUMS, "dW, dU, db = xs[t].T @ da, old.T @ da, da.sum(0)")), ("= for +=", ("dU + old", "old")),
    ("= for +=", ("db + da", "da")), ("= for +=", ("dW + xs", "xs")),
    ("slope forgotten", (" * (1 - states[t + 1] ** 2)", "")),
    ("slope too early", ("incoming * (1 - states[t + 1] ** 2)", "dhs[t] * (1 - states[t + 1] ** 2) + dh")),
    ("slope taken at the old state", ("states[t + 1] ** 2", "states[t] ** 2")),
    ("new state in dU", ("old = states[t]", "old = states[t + 1]")),
    ("last state before the first", ("[h0, *hs]", "[hs[-1], *hs]")),
    ("zero before the first step", ("[h0, *hs]", "[0 * h0, *hs]")),
    ("dh accumulated", ("dh = came", "dh = dh + came")), ("transpose", ("U.T", "U")),
    ("mutated input", ("    return", "    dhs[0] += dh\n    return"))]
_DC = "all_dc = dh * o * slope + dc"

PLANTED = {
    "09-0": [
        ("a user forgotten", edited(unrolled, ('"both"', '"loss t"'))),
        ("a user forgotten", edited(unrolled, ('"both"', '"step t + 1"'))),
        ("a detour counted", edited(unrolled, ('"both"', '"all later steps"'))),
        ("gradient from later steps forgotten", edited(unrolled, ("dhs[t] + dh", "dhs[t]"))),
        ("loss at t forgotten", edited(unrolled, ("dhs[t] + dh", "dh"))),
        ("slope too early", edited(unrolled, ("arrived * slope", "dhs[t] * slope + dh"))),
        ("slope forgotten", edited(unrolled, ("arrived * slope", "arrived"))),
        ("slope of y instead of 1 − y²", edited(unrolled, ("1 - hs[t] * hs[t]", "hs[t] ** 2"))),
        ("transpose", edited(unrolled, ("U[i, j] *", "U[j, i] *"))),
        ("only one unit", edited(unrolled, ("U[i, j] * da[n, j]", "U[i, j] * da[n, j] * (i == j)"))),
        ("last state before the first", edited(unrolled, ("if t == 0", "if t < 0"))),
        ("the new state", edited(unrolled, ("hs[t - 1]", "hs[t]"))),
        ("values", edited(unrolled, ("hs[t - 1]", "hs[min(t - 1, 2)]"))),
        ("missing sum over the batch", edited(unrolled, ('"t, n"', '"t"'))),
        ("missing sum over time", edited(unrolled, ('"t, n"', '"n"'))),
        ("wrong axis", edited(unrolled, ('"t, n"', '"t, n, d"'))),
        ("missing sum over time", edited(unrolled, ("for t in range(T)", "for t in range(1)"))),
        ("missing sum over the batch", edited(unrolled, ("for n in range(N)", "for n in range(1)"))),
        ("mean over time", edited(unrolled, ("* das[t, n, j]", "* das[t, n, j] / T"))),
        ("another shape", edited(unrolled, ('("D", "H")', '("T", "D", "H")'))),
        ("another shape", edited(unrolled, ('("N", "H")', '("H", "H")'))),
        ("not a function", edited(unrolled, ('"da": da', '"da": 3'))),
        ("not a choice", edited(unrolled, ("both", "no one")))],
    "09-1": [
        ("slope forgotten", edited(step, (" * (1 - y ** 2)", ""))),
        ("slope of the sigmoid", edited(step, ("(1 - y ** 2)", "y * (1 - y)"))),
        ("slope of y instead of 1 − y²", edited(step, ("(1 - y ** 2)", "y ** 2"))),
        ("slope of y instead of 1 − y²", edited(step, ("y ** 2", "y"))),
        ("slope taken at the old state", edited(step, ("y ** 2", "h ** 2"))),
        ("tanh twice", edited(step, ("y ** 2", "np.tanh(y) ** 2"))),
        ("new state in dU", edited(step, ("h.T", "y.T"))),
        ("transpose", edited(step, ("np.dot(da, U.T)", "da @ U"))),
        ("transpose", edited(step, ("np.dot(da, W.T)", "da @ W"))),
        ("transpose", edited(step, ("np.dot(h.T, da)", "np.dot(da.T, h)"))),
        ("transpose", edited(step, ("np.dot(x.T, da)", "np.dot(da.T, x)"))),
        ("missing sum over the batch", edited(step, ("np.sum(da, 0)", "da"))),
        ("mean instead of sum", edited(step, ("np.sum", "np.mean"))),
        ("db from dy", edited(step, ("np.sum(da, 0)", "np.sum(dy, 0)"))),
        ("wrong order", lambda *a: (lambda dx, dh, dW, dU, db: (dW, dU, db, dx, dh))(*step(*a))),
        ("sign", edited(step, ("(1 - y ** 2)", "(y ** 2 - 1)"))),
        ("mutated input", edited(step, ("da = dy *", "dy *="), ("1 - y ** 2)", "1 - y ** 2); da = dy"))),
        ("extra 1/N", edited(step, ("(1 - y ** 2)", "(1 - y ** 2) / len(dy)")))],
    "09-2": [
        *((name, edited(through, edit)) for name, edit in _LOOP),
        ("forward in time", edited(through, ("[::-1]", ""))),
        ("last state before the first", through_without_h0),
        ("mean over time", edited(through, ("return dW, dU, db", "return dW / len(xs), dU / len(xs), db / len(xs)"))),
        ("dh0 without U", edited(through, ("return dW, dU, db, dh", "return dW, dU, db, da"))),
        ("sign", edited(through, ("return dW, dU, db, dh", "return -dW, -dU, -db, -dh"))),
        ("number of results", lambda *a: through(*a)[:3]), ("wrong order", lambda *a: through(*a)[::-1]),
        ("stale state", through_keeping_the_sums)],
    "09-3": [
        *((name, edited(windowed, edit)) for name, edit in _LOOP),
        ("never cut", lambda *a: through(*a[:-1])[:3]),
        ("counted from the end", edited(windowed, ("t % window == window - 1", "(len(xs) - 1 - t) % window == 0"))),
        ("cut one step late", edited(windowed, ("t % window == window - 1", "t % window == 0"))),
        ("cut one step early", edited(windowed, ("t % window == window - 1", "(t + 2) % window == 0"))),
        ("window one too long", edited(windowed, ("t % window == window - 1", "(t + 1) % (window + 1) == 0"))),
        ("window one too short", edited(windowed, ("t % window == window - 1", "(t + 1) % max(window - 1, 1) == 0"))),
        ("state cut too", edited(windowed, ("old = states[t]", "old = states[t] if t % window else h0"))),
        ("state cut too", edited(windowed, ("old = states[t]", "old = states[t] if t % window else 0 * h0"))),
        ("loss cut too", edited(windowed, ("dh = 0 * dh", "dh = -dhs[t] if t < len(xs) - 1 else dh"))),
        ("only the last window", lambda dhs, xs, h0, hs, W, U, window: (lambda k: through(
            dhs[k:], xs[k:], hs[k - 1] if k else h0, hs[k:], W, U)[:3])((len(xs) - 1) // window * window)),
        ("mean over time", edited(windowed, ("return dW, dU, db", "return dW / len(xs), dU / len(xs), db / len(xs)"))),
        ("sign", edited(windowed, ("return dW, dU, db", "return -dW, -dU, -db")))],
    "09-4": [
        ("norm instead of radius", scaled_by_singular_values), ("norm instead of radius", scaled_by_frobenius),
        ("entries instead of eigenvalues", edited(scaled, (_EIGENVALUES, "np.max(np.abs(U))"))),
        ("real part only", edited(scaled, (_EIGENVALUES, "np.max(np.linalg.eigvals(U).real)"))),
        ("real part only", edited(scaled, ("np.linalg.eigvals(U)", "np.real(np.linalg.eigvals(U))"))),
        ("one eigenvalue, not the largest", edited(scaled, (_EIGENVALUES, "abs(np.linalg.eigvals(U)[0])"))),
        ("one eigenvalue, not the largest", edited(scaled, (_EIGENVALUES, "abs(np.linalg.eig(U)[0][-1])"))),
        ("size after the maximum", edited(scaled, (_EIGENVALUES, "abs(max(np.linalg.eigvals(U), "
                                                                 "key=lambda v: (v.real, v.imag)))"))),
        ("size after the maximum", edited(scaled, (_EIGENVALUES, "max(abs(np.linalg.eigvals(U).max()), "
                                                                 "abs(np.linalg.eigvals(U).min()))"))),
        ("radius with a guard", edited(scaled, (_EIGENVALUES, f"({_EIGENVALUES} + 1e-12)"))),
        ("radius with a guard", edited(scaled, (_EIGENVALUES, f"max({_EIGENVALUES}, 1e-3)"))),
        ("size forgotten", edited(scaled, (_EIGENVALUES, "max(np.linalg.eigvals(U), key=abs)"))),
        ("mean of the eigenvalues", edited(scaled, ("np.max", "np.mean"))),
        ("old radius not divided out", edited(scaled, (f" / {_EIGENVALUES}", ""))),
        ("never enlarged", edited(scaled, ("radius * U", "min(1, radius / np.abs(np.linalg.eigvals(U)).max()) * U"),
                                  (f" / {_EIGENVALUES}", ""))),
        ("divided the wrong way", edited(scaled, ("radius * U /", "U / radius *"))),
        ("radius forgotten", edited(scaled, ("radius * ", ""))),
        ("smallest eigenvalue", edited(scaled, ("np.max", "np.min"))),
        ("symmetric part only", edited(scaled, ("eigvals", "eigvalsh"))), ("mutated input", scaled_in_place),
        ("transpose", edited(scaled, ("radius * U", "radius * U.T"))),
        ("sign", edited(scaled, ("radius * U", "-radius * U")))],
    "09-5": [
        ("each array by its own norm", clip_separately), ("entries clipped one by one", clip_entries),
        ("squared norm", edited(clip_by_norms, ("np.sqrt(", "("))),
        ("norms added", edited(clip_by_norms, ("np.sqrt(sum(n ** 2 for n in norms))", "sum(norms)"))),
        ("spectral norm of a matrix", edited(clip_by_norms, ("np.linalg.norm(g)", "np.linalg.norm(g, ord=2)"))),
        ("largest entry", edited(clip_by_norms, ("np.sqrt(sum(n ** 2 for n in norms))",
                                                 "max(np.abs(dW).max(), np.abs(dU).max(), np.abs(db).max())"))),
        ("bias left out", edited(clip_by_norms, ("(dW, dU, db)]", "(dW, dU)]"))),
        ("bias left out", edited(clip_by_norms, ("db * factor", "db"))),
        ("dW alone", edited(clip_by_norms, ("(dW, dU, db)]", "(dW,)]"))),
        ("limit forgotten", edited(clip_by_norms, ("limit / norm if norm > limit else 1.0", "1 / norm"))),
        ("limit forgotten", edited(clip_by_norms, ("limit / norm", "1 / norm"))),
        ("short gradients made longer", edited(clip_by_norms, (" if norm > limit else 1.0", ""))),
        ("short gradients made longer", edited(clip_by_norms, ("if norm > limit", "if norm > 0"))),
        ("values", edited(clip, ("norm > limit", "norm > limit and dW.any() and dU.any() and db.any()"))),
        ("values", edited(clip, ("    if norm", "    norm = min(norm, 1e3)\n    if norm"))),
        ("values", edited(clip, ("    if norm", "    limit = min(limit, 10)\n    if norm"))),
        ("values", edited(clip, ("    if norm", "    limit = max(limit, 0.1)\n    if norm"))),
        ("values", edited(clip, ("norm > limit", "norm > limit > 0"))),
        ("not clipped at all", edited(clip, ("norm > limit", "norm < limit"))), ("mutated input", clip_in_place),
        ("sign", edited(clip_by_norms, ("factor = limit / norm if norm > limit else 1.0",
                                        "factor = -limit / norm if norm > limit else -1.0")))],
    "09-6": [
        ("gates in another order", edited(lstm, ("z = x @ W + h @ U + b", "z = x @ W + h @ U + b; z = np.concatenate("
                                                 "[np.split(z, 4, 1)[k] for k in (0, 1, 3, 2)], axis=1)"))),
        *(("gates in another order", edited(lstm, ("z = x @ W + h @ U + b", "z = x @ W + h @ U + b; z = np.concatenate("
                                                   f"[np.split(z, 4, 1)[k] for k in {order}], axis=1)")))
          for order in ((0, 2, 1, 3), (1, 0, 3, 2), (2, 0, 1, 3), (3, 0, 1, 2))),
        ("precision", lstm_of_small_memories),
        ("gates interleaved", edited(lstm, ("z = x @ W + h @ U + b", "z = x @ W + h @ U + b; z = np.concatenate("
                                                                     "[z[:, k::4] for k in range(4)], axis=1)"))),
        ("input and forget swapped", edited(lstm, ("i, f, g, o =", "f, i, g, o ="))),
        ("sigmoid for the candidate", edited(lstm, ("np.tanh(z[:, 2 * H:3 * H])", "s(z[:, 2 * H:3 * H])"))),
        ("candidate without tanh", edited(lstm, ("np.tanh(z[:, 2 * H:3 * H])", "z[:, 2 * H:3 * H]"))),
        ("sigmoid forgotten", edited(lstm, ("s(z[:, :H])", "z[:, :H]"), ("s(z[:, H:2 * H])", "z[:, H:2 * H]"),
                                     ("s(z[:, 3 * H:])", "z[:, 3 * H:]"))),
        ("tanh for the gates", edited(lstm, ("s(z[:, :H])", "np.tanh(z[:, :H])"), ("s(z[:, H:2", "np.tanh(z[:, H:2"),
                                      ("s(z[:, 3", "np.tanh(z[:, 3"))),
        ("sigmoid of 2 z", edited(lstm, ("s(z[:, :H])", "s(2 * z[:, :H])"), ("s(z[:, H:2", "s(2 * z[:, H:2"),
                                  ("s(z[:, 3", "s(2 * z[:, 3"))),
        ("forget gate missing", edited(lstm, ("f * c", "c"))), ("one minus f", edited(lstm, ("f * c", "c - f * c"))),
        ("one minus i", edited(lstm, ("f * c", "(1 - i) * c"))), ("input gate missing", edited(lstm, ("i * g", "g"))),
        ("h in place of c", edited(lstm, ("f * c", "f * h"))),
        ("memory shown without tanh", edited(lstm, ("np.tanh(new)", "new"))),
        ("old memory shown", edited(lstm, ("np.tanh(new)", "np.tanh(c)"))),
        ("output gate missing", edited(lstm, ("o * np.tanh(new)", "np.tanh(new)"))),
        ("wrong order", edited(lstm, ("return o * np.tanh(new), new", "return new, o * np.tanh(new)"))),
        ("number of results", lambda *a: lstm(*a)[0]), ("state not read", edited(lstm, (" + h @ U", ""))),
        ("bias not read", edited(lstm, (" + b", ""))), ("not finite", lstm_that_overflows),
        ("mutated input", lstm_in_place)],
    "09-7": [
        ("payment of h forgotten", edited(lstm_back, (_DC, "all_dc = dc"))),
        ("payment of c forgotten", edited(lstm_back, ("slope + dc", "slope"))),
        ("slope of tanh c forgotten", edited(lstm_back, ("dh * o * slope", "dh * o"))),
        ("output gate forgotten in dc", edited(lstm_back, ("dh * o * slope", "dh * slope"))),
        ("forget gate forgotten", edited(lstm_back, ("all_dc * f", "all_dc"))),
        ("dc of the next step only", edited(lstm_back, ("all_dc * f", "dc * f"))),
        ("new memory in df", edited(lstm_back, ("all_dc * c", "all_dc * np.arctanh(th)"))),
        ("i and g swapped", edited(lstm_back, ("di, dg, df", "dg, di, df"))),
        ("memory without tanh in do", edited(lstm_back, ("dh * th", "dh * (f * c + i * g)"))),
        ("slopes of the gates forgotten", edited(lstm_back, ("di * i * (1 - i)", "di"), ("df * f * (1 - f)", "df"),
                                                 ("do * o * (1 - o)", "do"))),
        ("sigmoid's slope for the candidate", edited(lstm_back, ("(1 - g ** 2)", "g * (1 - g)"))),
        ("gates in another order", edited(lstm_back, ("[zi, zf, zg, zo]", "[zi, zf, zo, zg]"))),
        ("gates i and f swapped", edited(lstm_back, ("[zi, zf, zg, zo]", "[zf, zi, zg, zo]"))),
        ("dh added to dh before", edited(lstm_back, ("dz @ U.T", "dz @ U.T + dh"))),
        ("missing sum over the batch", edited(lstm_back, ("dz.sum(0)", "dz"))),
        ("mean instead of sum", edited(lstm_back, ("dz.sum(0)", "dz.mean(0)"))),
        ("sign", lambda *a: tuple(-g for g in lstm_back(*a))), ("precision", lstm_back_by_differences),
        ("not finite", lambda *a: edited(lstm_back, ("i, f, g, o = s(z", "s = lambda z: np.exp(z) / (1 + np.exp(z))\n"
                                                     "    i, f, g, o = s(z"))(*a)),
        ("wrong order", lambda *a: (lambda dx, dh, dc, *rest: (*rest, dx, dh, dc))(*lstm_back(*a))),
        ("wrong order", lambda *a: (lambda dx, dh, dc, *rest: (dx, dh, *rest, dc))(*lstm_back(*a))),
        ("mutated input", edited(lstm_back, (_DC, "dc += dh * o * slope; all_dc = dc")))],
    "09-8": [
        ("temperature forgotten", edited(tempered, (" / temperature", ""))),
        ("multiplied by the temperature", edited(tempered, ("/ temperature", "* temperature"))),
        ("divided after the softmax", edited(tempered, (" / temperature", ""), ("(e)", "(e) / temperature"))),
        ("overflow", edited(tempered, ("z - np.max(z)", "z"))),
        *(("overflow", edited(tempered, ("np.max(z)", other)))
          for other in ("np.min(z)", "np.mean(z)", "z[0]")),
        ("underflow", edited(tempered, ("np.max(z)", "np.max(np.abs(z))"))),
        ("not normalised", edited(tempered, ("z - np.max(z)", "z"), ("e / np.sum(e)", "e"))),
        ("not normalised", edited(tempered, ("e / np.sum(e)", "e"))),
        ("not normalised", edited(tempered, ("np.sum(e)", "np.max(e)"))),
        ("logits instead of probabilities", lambda z, temperature: z / temperature),
        ("always the likeliest", lambda z, temperature: (z == max(z)).astype(float)),
        ("temperature forgotten", edited(tempered, (" / temperature", " + temperature"))),
        ("not finite", lambda z, temperature: tempered(z, temperature) if temperature < 1 else
         np.exp(z / temperature) / np.exp(z / temperature).sum()),
        ("values", edited(tempered, ("/ temperature", "/ max(temperature, 0.01)"))),
        ("values", lambda z, temperature: tempered(z, temperature) if abs(z / temperature).max() < 700 else
         np.eye(len(z))[z.argmax()]),
        ("mutated input", tempered_in_place), ("values", tempered_by_powers),
        ("extra axis", edited(tempered, ("return p", "return p[np.newaxis]")))],
    "09-9": [
        ("= for +=", edited(hunted, ("dV + h", "h"), ("dU + old", "old"), ("dW + xs", "xs"))),
        ("= for +=", edited(hunted, ("dU + old", "old"))), ("= for +=", edited(hunted, ("dV + h", "h"))),
        ("= for +=", edited(hunted, ("dW + xs", "xs"))),
        ("gradient from later steps forgotten", edited(hunted, ("dy @ V.T + dh", "dy @ V.T"))),
        ("doubled", edited(hunted, ("V.T + dh", "V.T + dh + dh"))),
        ("slope too early", edited(hunted, ("(dy @ V.T + dh) * (1 - h * h)", "dy @ V.T * (1 - h * h) + dh"))),
        ("new state in dU", edited(hunted, (_STATE, "h"))),
        ("last state before the first", edited(hunted, (_STATE, "hs[k - 1]"))),
        ("old state in dV", edited(hunted, ("dV + h.T", "dV + old.T"))),
        ("dh accumulated", edited(hunted, ("dh = da", "dh = dh + da"))), ("transpose", edited(hunted, ("U.T", "U"))),
        ("mean over one step only", edited(hunted, ("t.size", "t[k].size"))),
        ("mean over the batch only", edited(hunted, ("t.size", "t.shape[1]"))),
        ("values", hunted_by_differences), ("factor 2", edited(hunted, ("2 * (h", "(h"))),
        ("sign", edited(hunted, ("h @ V - t[k]", "t[k] - h @ V"))),
        ("wrong order", edited(hunted, ("return dW, dU, dV", "return dV, dU, dW"))),
        ("mutated input", edited(hunted, ("    return", "    W -= 0.1 * dW\n    return")))],
}

RIGHT = {
    "09-0": [unrolled, unrolled_in_arrays],
    "09-1": [step, step_by_einsum, step_by_examples, step_in_single],
    "09-2": [through, through_in_one_product, through_by_recursion, through_in_single,
              update_wrapper(partial(through), through)],
    "09-3": [windowed, windowed_piece_by_piece, windowed_by_paths],
    "09-4": [scaled, scaled_by_eig, scaled_by_parts, scaled_by_the_polynomial],
    "09-5": [clip, clip_by_norms, clip_with_a_guard, clip_by_a_maximum, clip_in_single],
    "09-6": [lstm, lstm_by_concatenation, lstm_by_examples, lstm_in_single],
    "09-7": [lstm_back, lstm_back_by_blocks, lstm_back_by_examples, lstm_back_in_single],
    "09-8": [tempered, tempered_by_logarithms, tempered_by_differences,
             lambda z, temperature, keep=None: tempered(np.asarray(z, np.float32), temperature)],
    "09-9": [hunted, hunted_in_lists, hunted_by_another_task, hunted_in_single],
}
