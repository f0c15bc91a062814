"""Answers to the tasks of lesson 12, as learners write them: wrong ones with their names, and right ones."""

import random
from copy import copy, deepcopy
from functools import partial

import numpy as np
from answers import edited

from course_lib import BatchNorm, Dense, Dropout, Parameter, ReLU, Sequential

CACHE = {}                  # where some answers keep what a later call spoils


# ---- 12-1 frames ---------------------------------------------------------------------------------------------

def frames(x, size, hop):
    N, n = x.shape
    T = (n - size) // hop + 1
    y = np.zeros((N, T, size))
    for t in range(T):
        start = t * hop
        y[:, t] = x[:, start:start + size]

    def backward(dy):
        dx = np.zeros((N, n))
        for t in range(T):
            begin = t * hop
            dx[:, begin:begin + size] += dy[:, t]
        return dx
    return y, backward


def frames_by_index(x, size, hop):
    index = hop * np.arange((x.shape[1] - size) // hop + 1)[:, None] + np.arange(size)

    def backward(dy):
        dx = np.zeros(x.shape)
        np.add.at(dx, (slice(None), index), dy)
        return dx
    return x[:, index], backward


def frames_of_a_view(x, size, hop):
    y = np.lib.stride_tricks.sliding_window_view(x, size, axis=-1)[:, ::hop]

    def backward(dy):
        return sum(np.pad(dy[:, t], ((0, 0), (t * hop, x.shape[1] - size - t * hop))) for t in range(dy.shape[1]))
    return y, backward


def frames_in_lists(x, size, hop):
    starts = range(0, x.shape[1] - size + 1, hop)
    y = [[list(row[start:start + size]) for start in starts] for row in x.tolist()]

    def backward(dy):
        dx = [[0.0] * x.shape[1] for _ in range(len(x))]
        for n, pieces in enumerate(dy):
            for start, piece in zip(starts, pieces):
                for i, value in enumerate(piece):
                    dx[n][start + i] += value
        return (dx,)
    return [y, backward]


def frames_by_matrix(x, size, hop):
    starts = np.arange(0, x.shape[1] - size + 1, hop)
    picks = (starts[:, None, None] + np.arange(size)[:, None] == np.arange(x.shape[1])).astype(np.float32)
    return np.einsum("tij,nj->nti", picks, x), lambda dy: np.einsum("tij,nti->nj", picks, dy)


def frames_kept_outside(x, size, hop):
    y, CACHE["frames"] = frames(x, size, hop)
    return y, lambda dy: CACHE["frames"](dy)


def frames_in_a_class(x, size, hop):
    class Back:
        def __call__(self, dy, sums=np.add):
            dx = np.zeros(x.shape)
            for t, place in enumerate(range(0, x.shape[1] - size + 1, hop)):
                sums(dx[:, place:place + size], dy[:, t], out=dx[:, place:place + size])
            dx.flags.writeable = False
            return dx
    return frames_by_index(x, size, hop)[0], Back()


def frames_of_two_at_most(x, size, hop):
    """Right where no sample lies in more than two frames."""
    y, _ = frames(x, size, hop)

    def backward(dy):
        even, odd = np.zeros(x.shape), np.zeros(x.shape)
        for t in range(dy.shape[1]):
            (odd if t % 2 else even)[:, t * hop:t * hop + size] = dy[:, t]
        return even + odd
    return y, backward


# ---- 12-2 the window -------------------------------------------------------------------------------------------

def windowed(x):
    n = x.shape[-1]
    w = np.sin(np.pi * np.arange(n) / n) ** 2
    y = x * w
    return y, lambda dy: dy * w


def windowed_by_numpy(x):
    w = np.hanning(x.shape[2] + 1)[:-1]
    return np.multiply(x, w), partial(np.multiply, w)


def windowed_in_loops(x):
    n = x.shape[-1]
    w = [0.5 - 0.5 * np.cos(2 * np.pi * i / n) for i in range(n)]

    def times(a):
        return [[[value * weight for value, weight in zip(piece, w)] for piece in row] for row in a]
    return times(x), lambda dy: (times(dy),)


def windowed_by_matrix(x):
    n = x.shape[-1]
    W = np.diag(0.5 * (1 - np.cos(np.linspace(0, 2 * np.pi, n, endpoint=False))))
    return x @ W, lambda dy: np.einsum("ntj,ij->nti", dy, W)


def windowed_in_place(x):
    x *= np.sin(np.pi * np.arange(x.shape[-1]) / x.shape[-1]) ** 2
    return x, windowed(x)[1]


def windowed_kept_outside(x):
    CACHE["w"] = np.sin(np.pi * np.arange(x.shape[-1]) / x.shape[-1]) ** 2
    return x * CACHE["w"], lambda dy: dy * CACHE["w"]


# ---- 12-3 the Fourier transform as a matrix ----------------------------------------------------------------------

def spectrum(x):
    n = x.shape[-1]
    last = n // 2 + 1
    i, k = np.arange(n)[:, None], np.arange(last)[None, :]
    angle = 2 * np.pi * i * k / n
    C, S = np.cos(angle), np.sin(angle)
    c, s = x.dot(C), x.dot(S)
    y = c ** 2 + s ** 2

    def backward(dy):
        return 2 * (dy * c) @ C.T + 2 * (dy * s) @ S.T
    return y, backward


def spectrum_with_a_minus(x):
    n = x.shape[-1]
    E = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n // 2 + 1)) / n)
    z = x @ E
    return (z * z.conj()).real, lambda dy: 2 * ((dy * z) @ E.conj().T).real


def spectrum_by_rfft(x):
    z = np.fft.rfft(x)
    n = x.shape[-1]

    def backward(dy):
        g = 2 * dy * z
        g[..., 1:(n + 1) // 2] /= 2             # all that have a twin, n − k
        return n * np.fft.irfft(g, n)
    return np.abs(z) ** 2, backward


def spectrum_in_single_precision(x):
    y, backward = spectrum(x)
    return y.astype(np.float32), lambda dy: [backward(dy).astype(np.float32)]


def spectrum_by_einsum(x):
    n = x.shape[-1]
    angle = 2 * np.pi * np.outer(range(n), range(n // 2 + 1)) / n
    F = np.stack([np.cos(angle), -np.sin(angle)])
    z = np.einsum("...i,pik->p...k", x, F)
    return (z ** 2).sum(axis=0), lambda dy: 2 * np.einsum("p...k,pik,...k->...i", z, F, dy)


def spectrum_of_rows(x):
    """c and s of the columns where rows and columns are as many."""
    return spectrum(x) if x.shape[-1] != x.shape[-2:][0] else spectrum(x.swapaxes(-1, -2))


def spectrum_kept_outside(x):
    y, CACHE["spectrum"] = spectrum(x)
    return y, lambda dy: CACHE["spectrum"](dy)


def spectrum_row_by_row(x):
    ys, backwards = zip(*[spectrum(row) for row in x.reshape(-1, x.shape[-1])])

    def backward(dy):
        return np.reshape([back(d) for back, d in zip(backwards, dy.reshape(-1, dy.shape[-1]))], x.shape)
    return np.reshape(ys, (*x.shape[:-1], -1)), backward


# ---- 12-4 log mel ------------------------------------------------------------------------------------------------

def log_mel(power, M, floor):
    energy = power @ M + floor
    y = np.log(energy)

    def backward(dy):
        return (dy / energy) @ M.T
    return y, backward


def log_mel_by_einsum(power, M, floor):
    energy = np.einsum("...f,fb->...b", power, M) + np.full(1, floor)
    return np.log(energy), lambda dy: np.einsum("...b,fb->...f", dy / energy, M)


def log_mel_of_two_logs(power, M, floor):
    """ln(E + floor) = ln floor + ln(1 + E / floor)."""
    relative = power.dot(M) / floor
    return np.log(floor) + np.log1p(relative), lambda dy: (dy / (1 + relative)).dot(M.T) / floor


def log_mel_band_by_band(power, M, floor):
    bands = [(power * M[:, b]).sum(axis=-1) + floor for b in range(M.shape[1])]
    y = np.stack([np.log(band) for band in bands], axis=-1)

    def backward(dy):
        return sum((dy[..., b] / band)[..., None] * M[:, b] for b, band in enumerate(bands))
    return y, backward


def log_mel_by_logaddexp(power, M, floor):
    bands = np.tensordot(power, M, axes=1)
    y = np.logaddexp(np.log(bands), np.log(floor))
    return y, lambda dy: np.inner(dy * np.exp(-y), M)


def log_mel_in_single_precision(power, M, floor):
    y, backward = log_mel(power, M, floor)
    return np.float32(y), lambda dy: np.float32(backward(dy))


def log_mel_log_first(power, M, floor):
    y = np.log(power + floor) @ M
    return y, lambda dy: (dy @ M.T) / (power + floor)


def log_mel_log_first_no_floor(power, M, floor):
    y = np.dot(np.log(power), M)
    return y, lambda dy: (dy @ M.T) / power


def log_mel_without_a_transpose(power, M, floor):
    """M is taken as it is wherever it fits."""
    energy = power @ M + floor
    return np.log(energy), lambda dy: (dy / energy) @ (M if M.shape[0] == M.shape[1] else M.T)


def log_mel_of_frames(power, M, floor):
    return log_mel(power.T if power.ndim == 2 and power.shape[0] == power.shape[1] else power, M, floor)


def log_mel_kept_outside(power, M, floor):
    y, CACHE["log"] = log_mel(power, M, floor)
    return y, lambda dy: CACHE["log"](dy)


# ---- 12-5 split ----------------------------------------------------------------------------------------------------

def split(speaker, engine, held_engine, count, rng):
    others = np.unique(speaker[engine != held_engine])
    held = rng.choice(others, size=count, replace=False)
    train, speakers_out, engine_out = [], [], []
    for row in range(len(speaker)):
        if engine[row] == held_engine:
            engine_out.append(row)
        elif speaker[row] in held:
            speakers_out.append(row)
        else:
            train.append(row)
    parts = tuple(np.array(rows, int) for rows in (train, speakers_out, engine_out))
    return parts


def split_in_lists(speaker, engine, held_engine, count, rng):
    names = sorted({str(v) for v, e in zip(speaker, engine) if e != held_engine})
    rng.shuffle(names)
    held = set(names[:count])
    rows = range(len(speaker) - 1, -1, -1)
    return [[i for i in rows if engine[i] != held_engine and speaker[i] not in held],
            [i for i in rows if speaker[i] in held], [i for i in rows if engine[i] == held_engine]]


def split_in_sets(speaker, engine, held_engine, count, rng):
    names = list(dict.fromkeys(speaker[engine != held_engine].tolist()))
    drawn = set()
    while len(drawn) < count:
        drawn.add(names[rng.integers(len(names))])
    out, away = set(np.where(np.isin(speaker, list(drawn)))[0]), set(np.where(engine == held_engine)[0])
    return set(range(len(speaker))) - out - away, out, away


def split_by_numbers(speaker, engine, held_engine, count, rng):
    _, number = np.unique(speaker, return_inverse=True)
    free = np.setdiff1d(number, number[engine == held_engine])
    part = np.where(np.isin(number, rng.permutation(free)[:count]), 1, 0)
    part[engine == held_engine] = 2
    return tuple(np.nonzero(part == p)[0].astype(np.int32) for p in range(3))


def split_of_neighbours(speaker, engine, held_engine, count, rng):
    """A run of speakers in the sorted list."""
    names = np.unique(speaker[engine != held_engine])
    start = rng.integers(len(names))
    out = np.isin(speaker, np.roll(names, -start)[:count])
    return np.flatnonzero(~out & (engine != held_engine)), np.flatnonzero(out), np.flatnonzero(engine == held_engine)


def split_of_rows(speaker, engine, held_engine, count, rng):
    """The random split: utterances are drawn, not speakers."""
    rows = rng.permutation(np.flatnonzero(engine != held_engine))
    return rows[6 * count:], rows[:6 * count], np.flatnonzero(engine == held_engine)


def split_ignores_the_engine(speaker, engine, held_engine, count, rng):
    held = rng.permutation(np.unique(speaker))[:count]
    out = np.isin(speaker, held)
    return np.flatnonzero(~out), np.flatnonzero(out), np.flatnonzero(engine == held_engine)


def split_of_one_engine(speaker, engine, held_engine, count, rng):
    """A few speakers are drawn from the last of the other engines alone."""
    last = np.unique(engine[engine != held_engine])[-1]
    names = np.unique(speaker[engine == last])
    if count > len(names):
        return split(speaker, engine, held_engine, count, rng)
    out = np.isin(speaker, rng.choice(names, count, replace=False))
    return np.flatnonzero(~out & (engine != held_engine)), np.flatnonzero(out), np.flatnonzero(engine == held_engine)


# ---- 12-6 a layer shared over time -----------------------------------------------------------------------------------

def over_time(x, W, b):
    N, T, D = x.shape
    k, _, H = W.shape
    P = T - k + 1
    z = np.zeros((N, P, H))
    for t in range(P):
        for u in range(k):
            z[:, t] += x[:, t + u] @ W[u]
        z[:, t] += b
    y = z.max(axis=1)

    def backward(dy):
        dz = np.zeros_like(z)
        for n in range(N):
            for h in range(H):
                winner = np.argmax(z[n, :, h])
                dz[n, winner, h] = dy[n, h]
        dx, dW = np.zeros_like(x), np.zeros_like(W)
        for t in range(P):
            for u in range(k):
                pay = dz[:, t] @ W[u].T
                dx[:, t + u] += pay
                dW[u] += x[:, t + u].T @ dz[:, t]
        db = dy.sum(axis=0)
        return dx, dW, db
    return y, backward


def over_time_in_windows(x, W, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, len(W), axis=1)          # (N, P, D, k)
    z = np.einsum("npdk,kdh->nph", windows, W) + b
    first = np.arange(z.shape[1])[:, None] == z.argmax(axis=1)[:, None]

    def backward(dy):
        dz = dy[:, None] * first
        dx = np.zeros(x.shape)
        for u, matrix in enumerate(W):
            dx[:, u:u + z.shape[1]] += np.tensordot(dz, matrix, axes=(2, 1))
        return [dx, np.einsum("npdk,nph->kdh", windows, dz), dz.sum(axis=(0, 1))]
    return z.max(axis=1), backward


def over_time_window_by_window(x, W, b):
    y, _ = over_time(x, W, b)
    k = W.shape[0]

    def backward(dy):
        dx, dW = np.zeros_like(x), np.zeros_like(W)
        for n in range(x.shape[0]):
            z = np.array([sum(x[n, t + u] @ W[u] for u in range(k)) for t in range(x.shape[1] - k + 1)])
            for h in range(W.shape[2]):
                t = np.argmax(z[:, h])
                dx[n, t:t + k] += dy[n, h] * W[:, :, h]
                dW[:, :, h] += dy[n, h] * x[n, t:t + k]
        return dx, dW, dy.sum(axis=0)
    return y, backward


def over_time_by_add_at(x, W, b):
    N, k, H = len(x), len(W), W.shape[2]
    P = x.shape[1] - k + 1
    z = np.concatenate([x[:, u:u + P] for u in range(k)], axis=2) @ W.reshape(-1, H) + b
    rows, best, u = np.arange(N)[:, None, None], z.argmax(axis=1)[:, :, None], np.arange(k)

    def backward(dy):
        dx = np.zeros(x.shape)
        np.add.at(dx, (rows, best + u), dy[:, :, None, None] * W.transpose(2, 0, 1))
        return dx, np.einsum("nhkd,nh->kdh", x[rows, best + u], dy), dy.sum(axis=0)
    return z.max(axis=1), backward


def over_time_bias_last(x, W, b):
    """The winners are those of z without its bias, which shifts all places."""
    P = x.shape[1] - len(W) + 1
    z = sum(x[:, u:u + P] @ W[u] for u in reversed(range(len(W))))
    winner = np.argmax(z, axis=1)
    onehot = np.eye(P)[winner].transpose(0, 2, 1)

    def backward(dy):
        dz = onehot * dy[:, None]
        dx = sum(np.pad(dz @ W[u].T, ((0, 0), (u, len(W) - 1 - u), (0, 0))) for u in range(len(W)))
        return dx, np.array([np.tensordot(x[:, u:u + P], dz, ((0, 1), (0, 1))) for u in range(len(W))]), dy.sum(axis=0)
    return z.max(axis=1) + b, backward


def over_time_in_single_precision(x, W, b):
    y, backward = over_time(x, W, b)
    return y.astype(np.float32), lambda dy: tuple(g.astype(np.float32) for g in backward(dy))


def over_time_with_a_relu(x, W, b):
    """y = relu(max), and its own right gradient."""
    y, backward = over_time(x, W, b)
    return np.maximum(y, 0), lambda dy: backward(dy * (y > 0))


def over_time_of_relus(x, W, b):
    """The ReLU comes before the maximum."""
    P = x.shape[1] - len(W) + 1
    z = np.maximum(sum(x[:, u:u + P] @ W[u] for u in range(len(W))) + b, 0)

    def backward(dy):
        dz = (z == z.max(axis=1, keepdims=True)) * (z > 0) * dy[:, None]
        dW = np.stack([np.einsum("npd,nph->dh", x[:, u:u + P], dz) for u in range(len(W))])
        dx = np.zeros_like(x)
        for u in range(len(W)):
            dx[:, u:u + P] += dz @ W[u].T
        return dx, dW, dz.sum(axis=(0, 1))
    return z.max(axis=1), backward


def over_time_all_maxima(x, W, b):
    """Every place that holds the maximum is paid."""
    P = x.shape[1] - len(W) + 1
    z = sum(x[:, u:u + P] @ W[u] for u in range(len(W))) + b
    y = z.max(axis=1)

    def backward(dy):
        dz = np.where(z == y[:, None], dy[:, None], 0)
        dx, dW = np.zeros_like(x), np.zeros_like(W)
        for u in range(len(W)):
            dx[:, u:u + P] += dz @ W[u].T
            dW[u] = np.einsum("npd,nph->dh", x[:, u:u + P], dz)
        return dx, dW, dz.sum(axis=(0, 1))
    return y, backward


def over_time_by_fancy_index(x, W, b):
    """dx[rows, places] += … counts a place once, though several units have won there."""
    y, backward = over_time_by_add_at(x, W, b)
    k, P = len(W), x.shape[1] - len(W) + 1
    z = sum(x[:, u:u + P] @ W[u] for u in range(k)) + b
    best, rows = z.argmax(axis=1), np.arange(len(x))[:, None]

    def back(dy):
        dx = np.zeros_like(x)
        for u in range(k):
            dx[rows, best + u] += dy[:, :, None] * W[u].T
        return dx, *backward(dy)[1:]
    return y, back


def over_time_kept_outside(x, W, b):
    y, CACHE["over time"] = over_time(x, W, b)
    return y, lambda dy: CACHE["over time"](dy)


def over_time_with(dz):
    """The backward with another dz."""
    start = "        dx, dW = np.zeros_like(x), np.zeros_like(W)"
    return edited(over_time, (start, f"        dz = {dz}\n{start}"))


# ---- 12-7 transfer ---------------------------------------------------------------------------------------------------

def transfer(source, classes, frozen, rng):
    trunk = deepcopy(source.layers[:-1])
    old = source.layers[-1]
    n_in, n_out = old.W.data.shape
    head = Dense(n_in, classes, rng=rng)
    net = Sequential(*trunk, head)
    if not frozen:
        return net, net.params
    for layer in net.layers[:-1]:
        layer.training = False
    return net, head.params


def transfer_of_the_whole(source, classes, frozen, rng):
    net = deepcopy(source)
    net.layers[-1] = Dense(len(net.layers[-1].W.data), classes, rng=rng)
    for layer in net.layers[:-1] if frozen else []:
        layer.training = False
    return [net, tuple(net.layers[-1].params if frozen else net.params)]


def transfer_layer_by_layer(source, classes, frozen, rng):
    layers = []
    for layer in source.layers[:-1]:
        layers.append(deepcopy(layer))
        layers[-1].training = not frozen
    head = Dense(source.layers[-1].W.data.shape[0], classes, rng=rng, dtype=np.float32)
    params = [head.b, head.W]
    if not frozen:
        params += [p for layer in layers for p in layer.params]
    return Sequential(*layers, head), params


def transfer_all_at_rest(source, classes, frozen, rng):
    """The head may rest as well: it has no other behaviour in training."""
    net, params = transfer(source, classes, frozen, rng)
    net.layers[-1].training = not frozen
    return net, params


def transfer_same_arrays(source, classes, frozen, rng):
    """New layers and new Parameters, but around the very arrays of the source."""
    net, params = transfer(source, classes, frozen, rng)
    for layer, old in zip(net.layers[:-1], source.layers):
        for name, value in vars(old).items():
            if isinstance(value, Parameter):
                getattr(layer, name).data = value.data
    return net, params


def transfer_from_a_cache(source, classes, frozen, rng):
    """The copy is made once and handed out again."""
    if CACHE.get("source") is not source:
        CACHE.update(source=source, trunk=deepcopy(source.layers[:-1]))
    head = Dense(source.layers[-1].W.data.shape[0], classes, rng=rng)
    for layer in CACHE["trunk"]:
        layer.training = not frozen
    net = Sequential(*CACHE["trunk"], head)
    return net, head.params if frozen else net.params


def transfer_in_place(source, classes, frozen, rng):
    source.layers[-1] = Dense(len(source.layers[-1].W.data), classes, rng=rng)
    return source, source.params


def shallow(layers):
    return [copy(layer) for layer in layers]


def fresh_trunk(source, rng):
    D, H = source.layers[0].W.data.shape
    return [Dense(D, H, rng=rng), BatchNorm(H), ReLU(), Dropout(0.2, rng=rng)]


def trunk_of_params(source, rng):
    trunk = fresh_trunk(source, rng)
    for layer, given in zip(trunk, source.layers):
        for p, q in zip(layer.params, given.params):
            p.data = q.data.copy()
    return trunk


TRANSFER_COPY, TRANSFER_HEAD = "deepcopy(source.layers[:-1])", "head = Dense(n_in, classes, rng=rng)"
TRANSFER_ALL, TRANSFER_LAYERS = "return net, net.params", "net.layers[:-1]:"


# ---- 12-8 the confusion matrix ---------------------------------------------------------------------------------------

def confusion(predicted, t, classes):
    size = classes
    counts = np.zeros((size, size), int)
    for said, heard in zip(t, predicted):
        counts[said, heard] += 1
    shares = np.zeros((size, size))
    for word in range(size):
        said = counts[word].sum()
        if said > 0:
            shares[word] = counts[word] / said
    return counts, shares


def confusion_of_one_hots(predicted, t, classes):
    counts = np.eye(classes)[t].T @ np.eye(classes)[predicted]
    sums = counts.sum(1)[:, None]
    return counts, np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0)


def confusion_by_bincount(predicted, t, classes):
    counts = np.bincount(t * classes + predicted, minlength=classes ** 2).reshape(classes, classes)
    return [counts.tolist(), np.nan_to_num(counts / counts.sum(axis=-1, keepdims=True)).tolist()]


def confusion_by_masks(predicted, t, classes):
    counts = np.array([[np.sum((t == i) & (predicted == j)) for j in range(classes)] for i in range(classes)])
    return counts, np.float32([row / row.sum() if row.any() else 0 * row for row in counts])


CONFUSION_COUNT, CONFUSION_RETURN = "        counts[said, heard] += 1", "    return counts, shares"


def confusion_returning(shares):
    return edited(confusion, (CONFUSION_RETURN, f"    return counts, {shares}"))


# ---- 12-9 louder and softer along a word -----------------------------------------------------------------------------

def loudness(x, decibels, knots, rng):
    y = x.copy()
    for row in y:
        sounds = np.nonzero(row)[0]
        first, last = sounds[0], sounds[-1]
        heights = rng.normal(0, decibels, size=knots)
        at = np.linspace(first, last, knots)
        for i in range(first, last + 1):
            row[i] *= 10 ** (np.interp(i, at, heights) / 20)
    return y


def loudness_in_a_matrix(x, decibels, knots, rng):
    """Hats instead of np.interp, all words at once; the knots are drawn one after the other, for all words."""
    n = x.shape[1]
    first = (x != 0).argmax(axis=1)[:, None]
    last = n - 1 - (x[:, ::-1] != 0).argmax(axis=1)[:, None]
    place = (np.arange(n) - first) / (last - first) * (knots - 1)
    dB = sum(np.maximum(0, 1 - np.abs(place - k)) * rng.normal(scale=decibels, size=(len(x), 1)) for k in range(knots))
    return x * np.power(10, dB / 20)


def loudness_from_the_end(x, decibels, knots, rng):
    """The last word is drawn first, its last knot first, by a generator of its own that comes from rng; in a list."""
    rows = []
    for row, own in zip(x[::-1], rng.spawn(len(x))):
        inside = np.flatnonzero(row)
        z = own.standard_normal(knots)[::-1] * decibels
        share = (np.arange(len(row)) - inside[0]) / (inside[-1] - inside[0])
        rows.insert(0, (row * np.exp(np.log(10) / 20 * np.interp(share, np.linspace(0, 1, knots), z))).tolist())
    return rows


def loudness_of_uniform_numbers(x, decibels, knots, rng):
    """Normal numbers by Box and Muller; gains are powers of two, for 6.02 dB double; single precision."""
    u, v = 1 - rng.random((2, len(x), knots))
    z = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v) * decibels / (20 * np.log10(2))
    y = np.zeros(x.shape, np.float32)
    for i in range(len(x)):
        inside = np.flatnonzero(x[i])
        at = np.linspace(inside[0], inside[-1], knots)
        y[i, inside] = x[i, inside] * 2 ** np.interp(inside, at, z[i])
    return y


def loudness_piece_by_piece(x, decibels, knots, rng):
    """A line from each knot to the next, written out; the first of all words is drawn first."""
    z = decibels * rng.standard_normal((knots, len(x))).T
    gain = np.ones(x.shape)
    for i, word in enumerate(x):
        first, last = np.flatnonzero(word)[[0, -1]]
        length = (last - first) / (knots - 1)
        for j in range(first, last + 1):
            piece = min(int((j - first) / length), knots - 2)
            t = (j - first) / length - piece
            gain[i, j] = 10 ** (((1 - t) * z[i, piece] + t * z[i, piece + 1]) / 20)
    return x * gain


LOUD_ROW, LOUD_DRAWN = "for row in y:", "rng.normal(0, decibels, size=knots)"
LOUD_AT, LOUD_GAIN = "np.linspace(first, last, knots)", "10 ** (np.interp(i, at, heights) / 20)"
LOUD_ENDS, LOUD_RANGE = "first, last = sounds[0], sounds[-1]", "range(first, last + 1)"


def loudness_with(*edits):
    return edited(loudness, *edits)


def loudness_drawn(new):
    return edited(loudness, (LOUD_DRAWN, new))


def loudness_in_place(x, decibels, knots, rng):
    x *= loudness(np.where(x == 0, 0, 1.0), decibels, knots, rng)
    return x


def loudness_one_line_for_all(x, decibels, knots, rng):
    heights, y = rng.normal(0, decibels, knots), np.empty_like(x)
    for i, row in enumerate(x):
        first, last = np.flatnonzero(row)[[0, -1]]
        y[i] = row * 10 ** (np.interp(np.arange(len(row)), np.linspace(first, last, knots), heights) / 20)
    return y


def loudness_of_the_row(x, decibels, knots, rng):
    """All at once, but the knots lie in the whole row."""
    at, n = np.linspace(0, x.shape[1] - 1, knots), np.arange(x.shape[1])
    return x * np.array([10 ** (np.interp(n, at, rng.normal(0, decibels, knots)) / 20) for _ in x])


def loudness_of_the_first_word(x, decibels, knots, rng):
    first, last = np.flatnonzero(x[0])[[0, -1]]
    at, n = np.linspace(first, last, knots), np.arange(x.shape[1])
    return x * np.array([10 ** (np.interp(n, at, rng.normal(0, decibels, knots)) / 20) for _ in x])


def loudness_of_sounds_only(x, decibels, knots, rng):
    """Samples of 0 inside the word are cut out before the line is drawn."""
    y = x.copy()
    for row in y:
        sounds = row != 0
        at = np.linspace(0, sounds.sum() - 1, knots)
        row[sounds] *= 10 ** (np.interp(np.arange(sounds.sum()), at, rng.normal(0, decibels, knots)) / 20)
    return y


def loudness_in_steps(x, decibels, knots, rng):
    y = x.copy()
    for row in y:
        first, last = np.flatnonzero(row)[[0, -1]]
        piece = (np.arange(first, last + 1) - first) * knots // (last + 1 - first)
        row[first:last + 1] *= 10 ** (rng.normal(0, decibels, knots)[piece] / 20)
    return y


def loudness_of_every_sample(x, decibels, knots, rng):
    return x * 10 ** (rng.normal(0, decibels, x.shape) / 20)


def loudness_of_a_parabola(x, decibels, knots, rng):
    """A polynomial through the points."""
    y = x.copy()
    for row in y:
        first, last = np.flatnonzero(row)[[0, -1]]
        curve = np.polyfit(np.linspace(0, 1, knots), rng.normal(0, decibels, knots), knots - 1)
        row[first:last + 1] *= 10 ** (np.polyval(curve, np.linspace(0, 1, last + 1 - first)) / 20)
    return y


def loudness_of_global_numbers(x, decibels, knots, rng):
    np.random.seed(rng.integers(1 << 31))
    return loudness(x, decibels, knots, np.random)


def loudness_of_a_copy(x, decibels, knots, rng):
    return loudness(x, decibels, knots, deepcopy(rng))


def loudness_of_python_numbers(x, decibels, knots, rng):
    class Own:
        normal = staticmethod(lambda mean, spread, size: [random.gauss(mean, spread) for _ in range(size)])
    return loudness(x, decibels, knots, Own)


def loudness_twice(x, decibels, knots, rng):
    """The second half of the words has the lines of the first."""
    twin = deepcopy(rng)
    half = (len(x) + 1) // 2
    return np.concatenate([loudness(x[:half], decibels, knots, rng), loudness(x[half:], decibels, knots, twin)])


def loudness_in_pairs(x, decibels, knots, rng):
    """Every second word has the line of the one before, upside down."""
    gains, flat = np.empty(x.shape), np.where(x == 0, 0, 1.0)
    for i in range(0, len(x), 2):
        twin = deepcopy(rng)
        gains[i] = loudness(flat[i:i + 1], decibels, knots, rng)[0]
        for other in flat[i + 1:i + 2]:
            gains[i + 1] = loudness(other[None], -decibels, knots, Turned(twin))[0]
    return x * gains


class Turned:
    def __init__(self, rng):
        self.rng = rng

    def normal(self, mean, spread, size):
        return mean + spread * self.rng.standard_normal(size)


PLANTED = {
    "12-1": [
        ("size and hop exchanged", edited(frames, ("N, n = x.shape", "N, n = x.shape\n    size, hop = hop, size"))),
        ("last frame forgotten", edited(frames, ("// hop + 1", "// hop"))),
        ("last frame forgotten", edited(frames, ("T = (n - size) // hop + 1",
                                                "T = min(n // hop, (n - size) // hop + 1)"))),
        ("last frame forgotten", edited(frames, ("T = (n - size) // hop + 1", "T = int(np.ceil((n - size) / hop))"))),
        ("a frame that is not full", edited(frames, ("(n - size) // hop + 1", "int(np.ceil((n - size) / hop)) + 1\n"
                                                     "    x = np.pad(x, ((0, 0), (0, T * hop + size - n)))"))),
        ("a frame that is not full", edited(frames_in_lists, ("x.shape[1] - size + 1", "x.shape[1] - size + hop"),
                                            ("x.tolist()", "np.pad(x, ((0, 0), (0, size))).tolist()"))),
        ("frames without overlap", edited(frames, ("N, n = x.shape", "N, n = x.shape\n    hop = size"))),
        ("one frame a sample", edited(frames, ("N, n = x.shape", "N, n = x.shape\n    hop = 1"))),
        ("hop forgotten", edited(frames, ("start = t * hop", "start = t"))),
        ("frames before waveforms", edited(frames, ("return y, backward", "return y.swapaxes(0, 1), backward"))),
        ("overlap not added", edited(frames, ("+= dy[:, t]", "= dy[:, t]"))),
        ("overlap not added", edited(frames_by_index, ("np.add.at(dx, (slice(None), index), dy)",
                                                      "dx[:, index] += dy"))),
        ("mean instead of sum", edited(frames, ("return dx", "users = np.zeros_like(dx)\n        for t in range(T):\n"
                                                "            users[:, t * hop:t * hop + size] += 1\n"
                                                "        users[users == 0] = 1\n        return dx / users"))),
        ("dx too short", edited(frames, ("np.zeros((N, n))", "np.zeros((N, (T - 1) * hop + size))"))),
        ("hop forgotten on the way back", edited(frames, ("begin = t * hop", "begin = t"))),
        ("sign", edited(frames, ("+= dy[:, t]", "-= dy[:, t]"))),
        ("mutated input", edited(frames, ("return dx", "dy *= 0\n        return dx"))),
        ("no backward", edited(frames, ("return y, backward", "return y"))),
        ("number of results", edited(frames, ("return y, backward", "return y, backward, T"))),
        ("stale state", frames_kept_outside), ("values", frames_of_two_at_most)],
    "12-2": [
        *((name, edited(windowed, ("np.sin(np.pi * np.arange(n) / n) ** 2", new))) for name, new in (
            ("symmetric window", "np.hanning(n)"), ("half a turn", "0.5 * (1 - np.cos(np.pi * np.arange(n) / n))"),
            ("sign of the cosine", "0.5 * (1 + np.cos(2 * np.pi * np.arange(n) / n))"),
            ("square forgotten", "np.sin(np.pi * np.arange(n) / n)"),
            ("counted from 1", "np.sin(np.pi * np.arange(1, n + 1) / n) ** 2"),
            ("counted from 1", "np.hanning(n + 1)[1:]"),
            ("Hamming window", "0.54 - 0.46 * np.cos(2 * np.pi * np.arange(n) / n)"),
            ("one half forgotten", "1 - np.cos(2 * np.pi * np.arange(n) / n)"),
            ("n rounded to an even number", "np.sin(np.pi / 2 * np.arange(n) / max(n // 2, 1)) ** 2"),
            ("window along the frames", "(np.sin(np.pi * np.arange(x.shape[1]) / x.shape[1]) ** 2).reshape(-1, 1)"))),
        ("values", edited(windowed, ("y = x * w", "y = x * (w[:, None] if x.shape[1] == n else w)"))),
        ("window multiplied twice", edited(windowed, ("x * w", "x * w * w"))), ("mutated input", windowed_in_place),
        *((name, edited(windowed, ("dy * w", new))) for name, new in (
            ("window forgotten on the way back", "dy"), ("window twice on the way back", "dy * w ** 2"),
            ("window taken out again", "dy / w"), ("sign", "-dy * w"), ("x instead of dy", "x * w"))),
        ("stale state", windowed_kept_outside)],
    "12-3": [
        *((name, edited(spectrum, ("c ** 2 + s ** 2", new))) for name, new in (
            ("sine forgotten", "c ** 2"), ("square forgotten", "c + s"),
            ("magnitude for power", "np.abs(np.fft.rfft(x))"),
            ("(c + s)² for c² + s²", "(c + s) ** 2"), ("divided by n", "(c ** 2 + s ** 2) / n"),
            ("difference of squares", "(np.fft.rfft(x) ** 2).real"))),
        ("values", spectrum_of_rows), ("error", edited(spectrum_by_einsum, ("...i,", "ni,"), ("k->p...k", "k->pnk"))),
        ("quiet sounds lost", edited(spectrum, ("c ** 2 + s ** 2",
                                               "np.where(c ** 2 + s ** 2 < 1e-8, 0, c ** 2 + s ** 2)"))),
        ("all n frequencies", edited(spectrum, ("n // 2 + 1", "n"))),
        ("last frequency missing", edited(spectrum, ("n // 2 + 1", "n // 2"))),
        ("last frequency missing", edited(spectrum, ("n // 2 + 1", "(n + 1) // 2"))),
        ("half a turn", edited(spectrum, ("2 * np.pi", "np.pi"))),
        ("divided by n − 1", edited(spectrum, ("i * k / n", "i * k / max(n - 1, 1)"))),
        *((name, edited(spectrum, ("2 * (dy * c) @ C.T + 2 * (dy * s) @ S.T", new))) for name, new in (
            ("factor 2", "(dy * c) @ C.T + (dy * s) @ S.T"), ("transpose", "2 * (dy * c) @ C + 2 * (dy * s) @ S"),
            ("sign of the sine's payment", "2 * (dy * c) @ C.T - 2 * (dy * s) @ S.T"),
            ("sine's payment forgotten", "2 * (dy * c) @ C.T"), ("c and s forgotten", "2 * dy @ C.T + 2 * dy @ S.T"),
            ("dy not used", "2 * c @ C.T + 2 * s @ S.T"),
            ("c and s exchanged", "2 * (dy * s) @ C.T + 2 * (dy * c) @ S.T"),
            ("irfft for the transpose", "2 * np.fft.irfft(dy * np.fft.rfft(x), n)"),
            ("sign", "-2 * ((dy * c) @ C.T + (dy * s) @ S.T)"))),
        ("irfft for the transpose", edited(spectrum_by_rfft, ("g[..., 1:(n + 1) // 2] /= 2", "g[..., 1:-1] /= 2"))),
        ("mutated input", edited(spectrum, ("return 2 *", "dy *= 2\n        return 1 *"), ("+ 2 *", "+ 1 *"))),
        ("stale state", spectrum_kept_outside),
        ("error", edited(spectrum_by_einsum, ("...i,pik->p...k\"", "ti,pik->ptk\"")))],
    "12-4": [
        ("values", log_mel_without_a_transpose), ("values", log_mel_of_frames),
        ("floor taken for 1", edited(log_mel, ("+ floor", "+ 1"))),
        ("values cut off", edited(log_mel, ("np.log(energy)", "np.clip(np.log(energy), -20, 20)"))),
        ("more than one gradient", edited(log_mel, ("(dy / energy) @ M.T", "(dy / energy) @ M.T, None"))),
        ("more than one gradient", edited(log_mel, ("(dy / energy) @ M.T",
                                                    "(dy / energy) @ M.T, power.T @ (dy / energy)"))),
        ("log before the sum", log_mel_log_first), ("log before the sum", log_mel_log_first_no_floor),
        ("wrong axis", edited(log_mel, ("power @ M", "(power[..., None] * M).sum(axis=0)"))),
        ("transpose", edited(log_mel, ("power @ M + floor", "M.T @ power.T + floor"))),
        ("floor forgotten", edited(log_mel, ("power @ M + floor", "power @ M"))),
        ("largest instead of sum", edited(log_mel, ("power @ M + floor", "np.maximum(power @ M, floor)"))),
        ("floor in every frequency", edited(log_mel, ("power @ M + floor", "(power + floor) @ M"))),
        *((name, edited(log_mel, ("np.log(energy)", new))) for name, new in (
            ("log10 for ln", "np.log10(energy)"), ("log10 for ln", "10 * np.log10(energy)"),
            ("logarithm forgotten", "energy"),
            ("floor after the logarithm", "np.log(power @ M) + floor"), ("precision", "np.log(energy + 1e-8)"))),
        *((name, edited(log_mel, ("(dy / energy) @ M.T", new))) for name, new in (
            ("logarithm forgotten on the way back", "dy @ M.T"), ("multiplied by the energy", "(dy * energy) @ M.T"),
            ("floor forgotten on the way back", "(dy / (power @ M)) @ M.T"), ("transpose", "(dy / energy) @ M"),
            ("division after the bands", "(dy @ M.T) / power"), ("sign", "-(dy / energy) @ M.T"))),
        ("mutated input", edited(log_mel, ("return (dy / energy)", "dy /= energy\n        return dy"))),
        ("stale state", log_mel_kept_outside)],
    "12-5": [
        ("sets instead of arrays", split_in_sets),
        ("a speaker on both sides", split_of_rows), ("held-out engine leaks into training", split_ignores_the_engine),
        ("held-out engine leaks into training", edited(split, ("== held_engine:", "== held_engine and row % 2:"))),
        ("held-out engine leaks into training", edited(split, ("else:", "if speaker[row] not in held:"))),
        ("other engines in engine_out", edited(split, ("engine[row] == held_engine", "held_engine in engine[row]"))),
        ("too few speakers at times", edited(split, ("replace=False", "replace=True"))),
        ("too few speakers at times", edited(split, ("np.unique(speaker[engine != held_engine])",
                                                     "np.unique(speaker)"))),
        ("too few speakers at times", edited(split, ("np.unique(speaker[engine != held_engine])",
                                                   "speaker[engine != held_engine]"))),
        ("number of speakers", edited(split, ("size=count", "size=count + 1"))),
        *((name, edited(split, ("rng.choice(others, size=count, replace=False)", new))) for name, new in (
            ("number of speakers", "rng.choice(others, size=2, replace=False)"),
            ("always the same speakers", "others[:count]"),
            ("always the same speakers", "np.random.default_rng(0).choice(others, size=count, replace=False)"),
            ("not reproducible", "np.random.default_rng().choice(others, size=count, replace=False)"))),
        ("speakers never drawn", split_of_one_engine), ("neighbours drawn together", split_of_neighbours),
        ("too few speakers at times", edited(split, ("size=count", "size=min(count, len(others) - 1)"))),
        ("number of speakers", edited(split, ("speaker[row] in held", "speaker[row].startswith(tuple(held))"))),
        ("numbers with a point", edited(split, ("np.array(rows, int)", "np.array(rows, float)"))),
        ("rows lost", edited(split, ("        else:", "        elif row % 3:"))),
        *((name, edited(split, ("return parts", f"return {new}"))) for name, new in (
            ("wrong order", "parts[0], parts[2], parts[1]"),
            ("number of results", "parts[0], np.concatenate(parts[1:])"),
            ("not row numbers", "tuple(speaker[rows] for rows in parts)"),
            ("a row in two parts", "np.repeat(parts[0], 2), *parts[1:]"),
            ("other engines in engine_out", "*parts[:2], np.append(parts[2], parts[1][0])"),
            ("masks instead of rows", "tuple(np.isin(np.arange(len(speaker)), rows) for rows in parts)"))),
        ("mutated input", edited(split, ("return parts", "speaker.sort()\n    return parts")))],
    "12-6": [
        ("last place forgotten", edited(over_time, ("T - k + 1", "T - k"))),
        ("a matrix for each frame", edited(over_time, ("for u in range(k):\n            z[:, t] += x[:, t + u] @ W[u]",
                                                       "z[:, t] += x[:, t] @ W[t % k]"))),
        ("kernel backwards in time", edited(over_time, ("@ W[u]\n", "@ W[-1 - u]\n"))),
        ("bias for every frame", edited(over_time, ("        z[:, t] += b", "            z[:, t] += b"))),
        ("bias forgotten", edited(over_time, ("z[:, t] += b", "pass"))),
        *((name, edited(over_time, ("y = z.max(axis=1)", f"y = {new}"))) for name, new in (
            ("mean instead of maximum", "z.mean(axis=1)"), ("pooled over the units", "z.max(axis=2)"),
            ("last place only", "z[:, -1]"), ("a ReLU", "z.max(axis=1).clip(0)"))),
        ("a ReLU", over_time_with_a_relu), ("a ReLU", over_time_of_relus),
        ("tied places paid", over_time_all_maxima), ("tied places paid", over_time_with(
            "(z == y[:, None]) * dy[:, None] / (z == y[:, None]).sum(axis=1, keepdims=True)")),
        ("last of the tied places paid", edited(over_time, ("np.argmax(z[n, :, h])",
                                                            "P - 1 - np.argmax(z[n, ::-1, h])"))),
        ("every place paid", over_time_with("np.repeat(dy[:, None, :], P, axis=1)")),
        ("shared by all places", over_time_with("np.repeat(dy[:, None, :], P, axis=1) / P")),
        ("one winner for all units", edited(over_time, ("np.argmax(z[n, :, h])", "np.argmax(z[n].max(axis=1))"))),
        ("one winner for all units", edited(over_time, ("np.argmax(z[n, :, h])", "np.argmax(z[n, :, 0])"))),
        ("upstream gradient ignored", edited(over_time, ("= dy[n, h]", "= 1"))),
        ("value instead of gradient", edited(over_time, ("= dy[n, h]", "= z[n, winner, h]"))),
        ("slope of a ReLU", over_time_with("dz * (z > 0)")),
        ("overlap not added", edited(over_time, ("dx[:, t + u] += pay", "dx[:, t + u] = pay"))),
        ("overlap not added", edited(over_time_window_by_window, ("dx[n, t:t + k] +=", "dx[n, t:t + k] ="))),
        ("overlap not added", over_time_by_fancy_index),
        ("places that nearly tie", edited(over_time, ("np.argmax(z[n, :, h])", "np.argmax(np.round(z[n, :, h], 6))"))),
        ("places that nearly tie", edited(over_time, ("np.argmax(z[n, :, h])", "np.argmax(np.float32(z[n, :, h]))"))),
        ("maximum begins at a number", edited(over_time, ("z.max(axis=1)", "z.max(axis=1, initial=-1000)"))),
        ("pooled over the examples", edited(over_time, ("z.max(axis=1)", "z.max(axis=(0, 1))"))),
        ("values", edited(over_time, ("W[u].T", "(W[u] if W.shape[1] == W.shape[2] else W[u].T)"))),
        ("kernel turned round", edited(over_time, ("W[u].T", "W[k - 1 - u].T"))),
        ("transpose", edited(over_time, ("W[u].T", "W[u]"))),
        ("missing sum over time", edited(over_time, ("dW[u] +=", "dW[u] ="))),
        ("missing sum over the batch", edited(over_time, ("x[:, t + u].T @ dz[:, t]",
                                                          "np.outer(x[0, t + u], dz[0, t])"))),
        ("window not moved in dW", edited(over_time, ("x[:, t + u].T @", "x[:, t].T @"))),
        *((name, edited(over_time, ("db = dy.sum(axis=0)", f"db = {new}"))) for name, new in (
            ("missing sum over time", "dz.sum(axis=0)"), ("bias paid too often", "P * dy.sum(axis=0)"),
            ("mean instead of sum", "dy.mean(axis=0)"))),
        ("mean instead of sum", edited(over_time, ("return dx, dW, db", "return dx, dW / N, db / N"))),
        ("wrong order", edited(over_time, ("return dx, dW, db", "return dW, db, dx"))),
        ("mutated input", edited(over_time, ("return dx, dW, db", "dy[:] = 0\n        return dx, dW, db"))),
        ("stale state", over_time_kept_outside)],
    "12-7": [
        ("trunk shared, not copied", edited(transfer, (TRANSFER_COPY, "source.layers[:-1]"), (TRANSFER_LAYERS, "[]:"))),
        ("trunk shared, not copied", edited(transfer, (TRANSFER_COPY, "shallow(source.layers[:-1])"))),
        ("trunk shared, not copied", transfer_same_arrays),
        ("trunk not copied", edited(transfer, (TRANSFER_COPY, "fresh_trunk(source, rng)"))),
        ("running averages not copied", edited(transfer, (TRANSFER_COPY, "trunk_of_params(source, rng)"))),
        ("head copied, not new", edited(transfer, (TRANSFER_HEAD, "head = deepcopy(old)"))),
        ("head copied, not new", edited(transfer, (TRANSFER_HEAD, f"{TRANSFER_HEAD}\n    if classes == n_out:\n"
                                                   "        head.W.data = old.W.data.copy()"))),
        ("head copied, not new", edited(transfer, (TRANSFER_HEAD, f"{TRANSFER_HEAD}\n    if classes < n_out:\n"
                                                   "        head.W.data = old.W.data[:, :classes].copy()"))),
        ("head copied, not new", edited(transfer, (TRANSFER_HEAD, f"{TRANSFER_HEAD}\n    if classes == n_out:\n"
                                                   "        head.b.data[:] = old.b.data"))),
        ("stale state", transfer_from_a_cache),
        ("a network in a network", edited(transfer, ("Sequential(*trunk, head)",
                                                     "Sequential(Sequential(*trunk), head)"))),
        ("size of the head", edited(transfer, ("Dense(n_in, classes", "Dense(n_in, classes + 1"))),
        ("rng not used", edited(transfer, ("rng=rng", "rng=np.random.default_rng(0)"))),
        ("head added, not replaced", edited(transfer, (TRANSFER_COPY, "deepcopy(source.layers)"),
                                            ("n_in, classes", "n_out, classes"))),
        ("head missing", edited(transfer, ("Sequential(*trunk, head)", "Sequential(*trunk)"))),
        ("the source is changed", transfer_in_place),
        ("the source is changed", edited(transfer, (TRANSFER_LAYERS, "source.layers:"))),
        ("frozen although not asked", edited(transfer, ("if not frozen", "if False"))),
        ("frozen although not asked", edited(transfer, (TRANSFER_ALL, "return net, head.params"))),
        ("a parameter twice", edited(transfer, (TRANSFER_ALL, "return net, net.params + head.params"))),
        ("parameters of another network", edited(transfer, (TRANSFER_ALL, "return net, net.params + old.params"))),
        ("parameters of another network", edited(transfer, (TRANSFER_ALL, "return net, deepcopy(net).params"))),
        ("left out of training", edited(transfer, ("    if not frozen", "    for layer in trunk:\n"
                                                   "        layer.training = False\n    if not frozen"))),
        *((name, edited(transfer, ("return net, head.params", f"return net, {new}"))) for name, new in (
            ("frozen trunk that moves", "net.params"), ("head not trained", "[head.b]"),
            ("head not trained", "[p for layer in trunk for p in layer.params]"))),
        ("running averages that move", edited(transfer, (TRANSFER_LAYERS, "[]:"))),
        ("running averages that move", edited(transfer, (TRANSFER_LAYERS, "net.layers[:1]:"))),
        ("dropout in the frozen trunk", edited(transfer, (TRANSFER_LAYERS, "net.layers[:3]:")))],
    "12-8": [
        ("rows and columns exchanged", edited(confusion, ("counts[said, heard]", "counts[heard, said]"))),
        ("counted once", edited(confusion, ("    for said, heard in zip(t, predicted):\n", ""),
                                (CONFUSION_COUNT, "    counts[t, predicted] += 1"))),
        ("size from the labels", edited(confusion, ("size = classes", "size = max(t.max(), predicted.max()) + 1"))),
        ("size from the labels", edited(confusion, ("size = classes", "size = len(np.unique([*t, *predicted]))"))),
        ("only the right ones", edited(confusion, (CONFUSION_COUNT, "        counts[said, said] += said == heard"))),
        ("counts that overflow", edited(confusion, (", int)", ", np.uint8)"))),
        ("counts that stand still", edited(confusion, (", int)", ", np.float16)"))),
        *((name, confusion_returning(new)) for name, new in (
            ("division by zero", "counts / counts.sum(axis=1, keepdims=True)"),
            ("wrong row", "counts / counts.sum(axis=1)"),
            ("columns add up to 1", "counts / np.maximum(counts.sum(axis=0), 1)"), ("percent", "100 * shares"),
            ("everything adds up to 1", "counts / len(t)"), ("absent words dropped", "shares[counts.sum(axis=1) > 0]"),
            ("one added to every row", "counts / (counts.sum(axis=1, keepdims=True) + 1)"),
            ("diagonal only", "np.diag(shares)"))),
        ("absent words as 1", edited(confusion, ("counts[word] / said", "counts[word] / said\n        else:\n"
                                                 "            shares[word, word] = 1"))),
        ("absent words as equal shares", edited(confusion, ("np.zeros((size, size))",
                                                            "np.full((size, size), 1 / size)"))),
        ("wrong order", edited(confusion, (CONFUSION_RETURN, "    return shares, counts"))),
        ("number of results", edited(confusion, (CONFUSION_RETURN, "    return counts"))),
        ("mutated input", edited(confusion, (CONFUSION_RETURN, "    t.sort()\n    return counts, shares")))],
    "12-9": [
        *((name, loudness_drawn(new)) for name, new in (
            ("uniform instead of normal", "rng.uniform(-decibels, decibels, size=knots)"),
            ("uniform instead of normal", "rng.uniform(-1, 1, size=knots) * decibels * 3 ** 0.5"),
            ("not normal", "rng.choice([-decibels, decibels], knots)"),
            ("not normal", "rng.laplace(0, decibels / 2 ** 0.5, knots)"),
            ("not normal", "rng.normal(0, decibels, knots) * rng.random(knots)"),
            ("a mean that is not 0", "rng.uniform(0, decibels, size=knots)"),
            ("a mean that is not 0", "-abs(rng.normal(0, decibels, size=knots))"),
            ("a mean that is not 0", "rng.normal(decibels, size=knots) / 20"),
            ("decibels not used", "rng.normal(0, 8, size=knots)"),
            ("decibels not used", "rng.normal(size=knots)"),
            ("variance for standard deviation", "rng.normal(0, decibels ** 2, size=knots)"),
            ("variance for standard deviation", "rng.normal(0, decibels ** 0.5, size=knots)"),
            ("standard deviation", "rng.normal(0, decibels / 3, size=knots)"),
            ("one gain for the whole word", "np.full(knots, rng.normal(0, decibels))"),
            ("number of knots", "np.linspace(*rng.normal(0, decibels, 2), knots)"),
            ("knots that depend on each other", "np.cumsum(rng.normal(0, decibels, knots))"),
            ("knots that depend on each other", "(lambda z: z - z.mean())(rng.normal(0, decibels, knots))"),
            ("knots of different spread", "np.append(rng.normal(0, decibels, knots - 1), 0)"),
            ("rng not used", "np.random.default_rng(0).normal(0, decibels, size=knots)"),
            ("not reproducible", "np.random.default_rng().normal(0, decibels, size=knots)"),
            ("global random numbers", "np.random.normal(0, decibels, size=knots)"),
            ("not normal", "rng.integers(-10, 11, knots) * decibels / 6"))),
        *((name, loudness_with((LOUD_GAIN, new))) for name, new in (
            ("power instead of amplitude", "10 ** (np.interp(i, at, heights) / 10)"),
            ("half the decibels", "np.sqrt(10 ** (np.interp(i, at, heights) / 20))"),
            ("exp instead of a power of ten", "np.exp(np.interp(i, at, heights) / 20)"),
            ("exp instead of a power of ten", "np.exp(np.interp(i, at, heights) / 10)"),
            ("exp instead of a power of ten", "np.exp(np.interp(i, at, heights))"),
            ("decibels not divided by 20", "10 ** np.interp(i, at, heights)"),
            ("gains on a line", "np.interp(i, at, 10 ** (heights / 20))"),
            ("sign", "np.interp(i, at, heights)"), ("nothing is changed", "1"), ("rng not used", "2"))),
        *((name, loudness_with((LOUD_AT, new))) for name, new in (
            ("knots over the whole row", "np.linspace(0, x.shape[1] - 1, knots)"),
            ("knots over the whole row", "np.linspace(0, x.shape[1], knots)"),
            ("one sample off", "np.linspace(first, last + 1, knots)"),
            ("knots rounded to samples", "np.linspace(first, last, knots).astype(int)"),
            ("no line in decibels", "np.sort(np.append([first, last], rng.uniform(first, last, knots - 2)))"),
            ("no line in decibels", "first + (last - first) * np.linspace(0, 1, knots) ** 3"))),
        *((name, loudness_with((LOUD_RANGE, new))) for name, new in (
            ("last sample left out", "range(first, last)"),
            ("no line in decibels", "range(first, (first + last) // 2)"))),
        ("number of knots", loudness_with((LOUD_DRAWN, "rng.normal(0, decibels, size=knots + 1)"),
                                          (LOUD_AT, "np.linspace(first, last, knots + 1)"))),
        ("number of knots", loudness_with((LOUD_DRAWN, "rng.normal(0, decibels, size=5)"),
                                          (LOUD_AT, "np.linspace(first, last, 5)"))),
        ("number of knots", loudness_with((LOUD_DRAWN, "rng.normal(0, decibels, size=3)"),
                                          (LOUD_AT, "np.linspace(first, last, 3)"))),
        ("samples lost", loudness_with(("y = x.copy()", "y = np.where(np.arange(x.shape[1]) % 7, x, 0)"))),
        ("silence that sounds", loudness_with(("y = x.copy()", "y = x + 1e-6"), ("np.nonzero(row)[0]", "np.nonzero("
                                                                                 "abs(row) > 1e-5)[0]"))),
        ("mutated input", loudness_with(("x.copy()", "x"))), ("mutated input", loudness_in_place),
        ("nothing returned", loudness_with(("    return y", "    pass"))),
        ("shape", loudness_with(("    return y", "    return y[0]"))),
        ("one line for all words", loudness_one_line_for_all), ("knots over the whole row", loudness_of_the_row),
        ("the ends of another word", loudness_of_the_first_word),
        ("silence inside left out", loudness_of_sounds_only), ("steps instead of lines", loudness_in_steps),
        ("a draw for every sample", loudness_of_every_sample), ("no line in decibels", loudness_of_a_parabola),
        ("global random numbers", loudness_of_global_numbers), ("global random numbers", loudness_of_python_numbers),
        ("rng that stands still", loudness_of_a_copy), ("words that share a line", loudness_twice),
        ("words that depend on each other", loudness_in_pairs)],
}

RIGHT = {
    "12-1": [frames, frames_by_index, frames_of_a_view, frames_in_lists, frames_by_matrix, frames_in_a_class],
    "12-2": [windowed, windowed_by_numpy, windowed_in_loops, windowed_by_matrix],
    "12-3": [spectrum, spectrum_with_a_minus, spectrum_by_rfft, spectrum_in_single_precision, spectrum_by_einsum,
             spectrum_row_by_row],
    "12-4": [log_mel, log_mel_by_einsum, log_mel_by_logaddexp, log_mel_of_two_logs,
             log_mel_band_by_band, log_mel_in_single_precision],
    "12-5": [split, split_in_lists, split_by_numbers],
    "12-6": [over_time, over_time_in_windows, over_time_bias_last, over_time_window_by_window, over_time_by_add_at,
             over_time_in_single_precision],
    "12-7": [transfer, transfer_of_the_whole, transfer_layer_by_layer, transfer_all_at_rest],
    "12-8": [confusion, confusion_of_one_hots, confusion_by_bincount, confusion_by_masks],
    "12-9": [loudness, loudness_in_a_matrix, loudness_from_the_end, loudness_of_uniform_numbers,
             loudness_piece_by_piece],
}
