"""Wrong answers to the tasks of lesson 12, as learners write them, and the name each must be called by."""

from copy import copy, deepcopy

import numpy as np

from course_lib import BatchNorm, Dense, Dropout, Parameter, ReLU, Sequential

# ---- 12-1 frames ---------------------------------------------------------------------------------------------


def frames(x, size, hop, fault=None):
    N, n = x.shape
    if fault == "exchanged":
        size, hop = hop, size
    if fault == "no overlap":
        hop = size
    if fault == "last":
        T = (n - size) // hop
    elif fault == "padded":
        T = int(np.ceil((n - size) / hop)) + 1
        x = np.pad(x, ((0, 0), (0, T * hop + size - n)))
    elif fault == "every sample":
        T, hop = n - size + 1, 1
    else:
        T = (n - size) // hop + 1
    y = np.zeros((N, T, size), dtype=float if fault == "double" else x.dtype)
    for t in range(T):
        start = t if fault == "start" else t * hop
        y[:, t] = x[:, start:start + size]

    def backward(dy):
        dx = np.zeros((N, (T - 1) * hop + size) if fault == "short" else (N, n), dy.dtype)
        for t in range(T):
            start = t if fault == "start back" else t * hop
            if fault == "overwrite":
                dx[:, start:start + size] = dy[:, t]
            elif fault == "sign":
                dx[:, start:start + size] -= dy[:, t]
            else:
                dx[:, start:start + size] += dy[:, t]
        if fault == "mean":
            ones = np.zeros_like(dx)
            for t in range(T):
                ones[:, t * hop:t * hop + size] += 1
            ones[ones == 0] = 1
            dx = dx / ones
        if fault == "spoil":
            dy *= 0
        return dx
    if fault == "time first":
        y = np.stack([x[:, t * hop:t * hop + size] for t in range(T)])
    if fault == "y only":
        return y
    return y, backward


def frames_with(fault):
    return lambda *arguments: frames(*arguments, fault=fault)


# ---- 12-2 the window -------------------------------------------------------------------------------------------

def windowed(x, fault=None):
    n = x.shape[-1]
    if fault == "symmetric":
        w = np.hanning(n)
    elif fault == "half":
        w = 0.5 * (1 - np.cos(np.pi * np.arange(n) / n))
    elif fault == "plus":
        w = 0.5 * (1 + np.cos(2 * np.pi * np.arange(n) / n))
    elif fault == "sine":
        w = np.sin(np.pi * np.arange(n) / n)
    elif fault == "from 1":
        w = np.sin(np.pi * np.arange(1, n + 1) / n) ** 2
    elif fault == "hamming":
        w = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(n) / n)
    elif fault == "frames":
        T = x.shape[1]
        w = (np.sin(np.pi * np.arange(T) / T) ** 2).reshape(T, 1)
    elif fault == "no half":
        w = 1 - np.cos(2 * np.pi * np.arange(n) / n)
    else:
        w = np.sin(np.pi * np.arange(n) / n) ** 2
    w = w if fault == "double" else w.astype(x.dtype)
    if fault == "twice":
        y = x * w * w
    elif fault == "in place":
        x *= w
        y = x
    else:
        y = x * w
    if fault == "back without":
        return y, lambda dy: dy
    if fault == "back twice":
        return y, lambda dy: dy * w ** 2
    if fault == "divided":
        return y, lambda dy: dy / w
    if fault == "back sign":
        return y, lambda dy: -dy * w
    if fault == "of x":
        return y, lambda dy: x * w
    return y, lambda dy: dy * w


def windowed_with(fault):
    return lambda x: windowed(x, fault)


# ---- 12-3 the Fourier transform as a matrix ----------------------------------------------------------------------

def spectrum(x, fault=None):
    T, n = x.shape
    last = n if fault == "all" else n // 2 if fault == "last" else n // 2 + 1
    i, k = np.arange(n)[:, None], np.arange(last)[None, :]
    turn = np.pi if fault == "half" else 2 * np.pi
    angle = turn * i * k / (n - 1 if fault == "n - 1" else n)
    C, S = np.cos(angle), np.sin(angle)
    if fault != "double":
        C, S = C.astype(x.dtype), S.astype(x.dtype)
    if fault == "other sign of the sine":       # this one is right
        S = -S
    c, s = x.dot(C), x.dot(S)
    y = c ** 2 + s ** 2
    if fault == "cosine only":
        y = c ** 2
    if fault == "no square":
        y = c + s
    if fault == "magnitude":
        y = np.abs(np.fft.rfft(x)).astype(x.dtype)
    if fault == "square of the sum":
        y = (c + s) ** 2
    if fault == "over n":
        y = y / n

    def backward(dy):
        if fault == "spoil":
            dy *= 2
            return (dy * c) @ C.T + (dy * s) @ S.T
        if fault == "no 2":
            return (dy * c) @ C.T + (dy * s) @ S.T
        if fault == "no transpose":
            return 2 * (dy * c) @ C + 2 * (dy * s) @ S
        if fault == "minus":
            return 2 * (dy * c) @ C.T - 2 * (dy * s) @ S.T
        if fault == "cosine back":
            return 2 * (dy * c) @ C.T
        if fault == "dy alone":
            return 2 * dy @ C.T + 2 * dy @ S.T
        if fault == "no dy":
            return 2 * c @ C.T + 2 * s @ S.T
        if fault == "crossed":
            return 2 * (dy * s) @ C.T + 2 * (dy * c) @ S.T
        if fault == "irfft":
            return 2 * np.fft.irfft(dy * np.fft.rfft(x), n)
        if fault == "sign":
            return -2 * ((dy * c) @ C.T + (dy * s) @ S.T)
        return 2 * (dy * c) @ C.T + 2 * (dy * s) @ S.T
    return y, backward


def spectrum_with(fault):
    return lambda x: spectrum(x, fault)


# ---- 12-4 log mel ------------------------------------------------------------------------------------------------

def log_mel(power, M, floor, fault=None):
    if fault == "log first":
        y = np.log(power + floor) @ M
        return y, lambda dy: (dy @ M.T) / (power + floor)
    if fault == "log first, no floor":
        y = np.dot(np.log(power), M)
        return y, lambda dy: (dy @ M.T) / power
    if fault == "axis":
        y = np.log((power[:, :, None] * M[None]).sum(axis=0) + floor)
        return y, lambda dy: dy
    if fault == "turned":
        return np.log(M.T @ power.T + floor), lambda dy: dy
    energy = power @ M + (np.full(1, floor) if fault == "double" else floor)
    if fault == "no floor":
        energy = power @ M
    if fault == "maximum":
        energy = np.maximum(power @ M, floor)
    if fault == "floor before the bands":
        energy = (power + floor) @ M
    y = np.log10(energy) if fault == "log10" else np.log(energy)
    if fault == "dB":
        y = 10 * np.log10(energy)
    if fault == "floor later":
        y = np.log(power @ M) + floor
    if fault == "no log":
        y = energy

    def backward(dy):
        if fault == "in place":
            dy /= energy
            return dy @ M.T
        if fault == "log forgotten":
            return dy @ M.T
        if fault == "times":
            return (dy * energy) @ M.T
        if fault == "floor back":
            return (dy / (power @ M)) @ M.T
        if fault == "no transpose":
            return (dy / energy) @ M
        if fault == "late":
            return (dy @ M.T) / power
        if fault == "sign":
            return -(dy / energy) @ M.T
        return (dy / energy) @ M.T
    return y, backward


def log_mel_with(fault):
    return lambda *arguments: log_mel(*arguments, fault=fault)


# ---- 12-5 split ----------------------------------------------------------------------------------------------------

def split(voice, engine, held_engine, count, rng, fault=None):
    others = np.unique(voice[engine != held_engine])
    if fault == "all voices":
        others = np.unique(voice)
    held = rng.choice(others, size=count, replace=fault == "replace")
    if fault == "first voices":
        held = others[:count]
    if fault == "own rng":
        held = np.random.default_rng().choice(others, size=count, replace=False)
    if fault == "one too many":
        held = rng.choice(others, size=count + 1, replace=False)
    train, voices_out, engine_out = [], [], []
    for row in range(len(voice)):
        if engine[row] == held_engine:
            engine_out.append(row)
            if fault == "leak" and row % 2:
                train.append(engine_out.pop())
            if fault == "leak twice":
                train.append(row)
        elif voice[row] in held:
            voices_out.append(row)
        elif fault != "lost" or row % 3:
            train.append(row)
    if fault == "copied":
        engine_out = engine_out + voices_out[:1]
    parts = tuple(np.array(rows, int) for rows in (train, voices_out, engine_out))
    if fault == "order":
        return parts[0], parts[2], parts[1]
    if fault == "two":
        return parts[0], np.concatenate(parts[1:])
    if fault == "names":
        return tuple(voice[rows] for rows in parts)
    if fault == "masks":
        return tuple(np.isin(np.arange(len(voice)), rows) for rows in parts)
    if fault == "sorts":
        voice.sort()
    return parts


def split_with(fault):
    return lambda *arguments: split(*arguments, fault=fault)


def split_of_rows(voice, engine, held_engine, count, rng):
    """The random split: utterances are drawn, not voices."""
    rows = rng.permutation(np.flatnonzero(engine != held_engine))
    return rows[6 * count:], rows[:6 * count], np.flatnonzero(engine == held_engine)


def split_ignores_the_engine(voice, engine, held_engine, count, rng):
    held = rng.permutation(np.unique(voice))[:count]
    out = np.isin(voice, held)
    return np.flatnonzero(~out), np.flatnonzero(out), np.flatnonzero(engine == held_engine)


# ---- 12-6 a layer shared over time -----------------------------------------------------------------------------------

def over_time(x, W, b, fault=None):
    N, T, D = x.shape
    k, _, H = W.shape
    P = T - k if fault == "last" else T - k + 1
    z = np.zeros((N, P, H), dtype=float if fault == "double" else x.dtype)
    for t in range(P):
        if fault == "own matrix":
            z[:, t] += x[:, t] @ W[t % k]
        else:
            for u in range(k):
                z[:, t] += x[:, t + u] @ (W[-1 - u] if fault == "backwards" else W[u])
                if fault == "bias k times":
                    z[:, t] += b
        if fault not in ("bias k times", "no bias"):
            z[:, t] += b
    y = (z.mean(axis=1) if fault == "mean" else z.max(axis=2) if fault == "units" else z[:, -1] if fault == "end"
         else z.max(axis=1))

    def backward(dy):
        dz = np.zeros_like(z)
        for n in range(N):
            for h in range(H):
                winner = np.argmax(z[n, :, 0]) if fault == "first unit's winner" else np.argmax(z[n, :, h])
                dz[n, winner, h] = 1 if fault == "one" else z[n, winner, h] if fault == "value" else dy[n, h]
        if fault == "everybody":
            dz = np.repeat(dy[:, None, :], P, axis=1)
        if fault == "mean back":
            dz = np.repeat(dy[:, None, :], P, axis=1) / P
        if fault == "best unit":
            dz = dy[:, None, :] * (z.max(axis=2) == z.max(axis=(1, 2))[:, None])[:, :, None]
        if fault == "relu":
            dz = dz * (z > 0)
        dx, dW = np.zeros_like(x), np.zeros_like(W)
        for t in range(P):
            for u in range(k):
                pay = dz[:, t] @ (W[u] if fault == "no transpose" else W[k - 1 - u].T if fault == "turned" else W[u].T)
                if fault == "overwrite dx":
                    dx[:, t + u] = pay
                else:
                    dx[:, t + u] += pay
                if fault == "overwrite dW":
                    dW[u] = x[:, t + u].T @ dz[:, t]
                elif fault == "first example":
                    dW[u] += np.outer(x[0, t + u], dz[0, t])
                elif fault == "same frame":
                    dW[u] += x[:, t].T @ dz[:, t]
                else:
                    dW[u] += x[:, t + u].T @ dz[:, t]
        db = dz.sum(axis=0) if fault == "db over time" else dy.mean(axis=0) if fault == "db mean" else dy.sum(axis=0)
        if fault == "db of places":
            db = P * db
        if fault == "spoil":
            dy[:] = 0
        if fault == "order":
            return dW, db, dx
        if fault == "batch mean":
            return dx, dW / N, db / N
        return dx, dW, db
    return y, backward


def over_time_window_by_window(x, W, b):
    """Right but for one character: = for += where the windows of two units overlap."""
    y, _ = over_time(x, W, b)
    k = W.shape[0]

    def backward(dy):
        dx, dW = np.zeros_like(x), np.zeros_like(W)
        for n in range(x.shape[0]):
            z = np.array([sum(x[n, t + u] @ W[u] for u in range(k)) for t in range(x.shape[1] - k + 1)])
            for h in range(W.shape[2]):
                t = np.argmax(z[:, h])
                dx[n, t:t + k] = dy[n, h] * W[:, :, h]
                dW[:, :, h] += dy[n, h] * x[n, t:t + k]
        return dx, dW, dy.sum(axis=0)
    return y, backward


def over_time_with(fault):
    return lambda *arguments: over_time(*arguments, fault=fault)


# ---- 12-7 transfer ---------------------------------------------------------------------------------------------------

def transfer(source, classes, frozen, rng, fault=None):
    trunk = deepcopy(source.layers[:-1])
    old = source.layers[-1]
    n_in, n_out = old.W.data.shape
    dtype = np.float64 if fault == "double" else old.W.data.dtype
    if fault == "shared":
        trunk = source.layers[:-1]
    if fault == "shallow":
        trunk = [copy(layer) for layer in source.layers[:-1]]
    if fault == "fresh":
        D, H = source.layers[0].W.data.shape
        trunk = [Dense(D, H, rng=rng, dtype=dtype), BatchNorm(H, dtype=dtype), ReLU(), Dropout(0.2, rng=rng)]
    if fault == "params only":
        D, H = source.layers[0].W.data.shape
        trunk = [Dense(D, H, rng=rng, dtype=dtype), BatchNorm(H, dtype=dtype), ReLU(), Dropout(0.2, rng=rng)]
        for layer, given in zip(trunk, source.layers):
            for p, q in zip(layer.params, given.params):
                p.data = q.data.copy()
    head = Dense(n_in, classes, rng=np.random.default_rng(0) if fault == "own rng" else rng, dtype=dtype)
    if fault == "old head":
        head = deepcopy(old)
    if fault == "old weights" and classes == n_out:
        head.W.data, head.b.data = old.W.data.copy(), old.b.data.copy()
    if fault == "added":
        trunk, head = deepcopy(source.layers), Dense(n_out, classes, rng=rng)
    if fault == "in place":
        source.layers[-1] = head
        return source, source.params
    net = Sequential(*trunk) if fault == "headless" else Sequential(*trunk, head)
    if fault == "always frozen":
        frozen = True
    if not frozen:
        return net, net.params
    if fault != "batch norm":
        for layer in (source.layers if fault == "flags of the source" else net.layers[:1] if fault == "first layer"
                      else net.layers[:-1]):
            layer.training = False
    if fault == "dropout":
        trunk[3].training = True
    if fault == "all params":
        return net, net.params
    if fault == "bias only":
        return net, [head.b]
    if fault == "trunk params":
        return net, [p for layer in trunk for p in layer.params]
    return net, head.params


def transfer_with(fault):
    return lambda *arguments: transfer(*arguments, fault=fault)


def transfer_same_arrays(source, classes, frozen, rng):
    """New layers and new Parameters, but around the very arrays of the source."""
    net, params = transfer(source, classes, frozen, rng)
    for layer, old in zip(net.layers[:-1], source.layers):
        for name, value in vars(old).items():
            if isinstance(value, Parameter):
                getattr(layer, name).data = value.data
    return net, params


# ---- 12-8 the confusion matrix ---------------------------------------------------------------------------------------

def confusion(predicted, t, classes, fault=None):
    size = max(predicted.max(), t.max()) + 1 if fault == "size" else classes
    counts = np.zeros((size, size), int)
    if fault == "fancy":
        counts[t, predicted] += 1
    else:
        for said, heard in zip(t, predicted):
            if fault == "exchanged":
                counts[heard, said] += 1
            elif fault == "right only":
                counts[said, said] += said == heard
            else:
                counts[said, heard] += 1
    if fault in ("nan", "wrong row"):
        with np.errstate(all="ignore"):
            return counts, counts / counts.sum(axis=1, keepdims=fault == "nan")
    if fault == "columns":
        return counts, counts / np.maximum(counts.sum(axis=0), 1)
    if fault == "total":
        return counts, counts / len(t)
    shares = np.zeros((size, size))
    for word in range(size):
        said = counts[word].sum()
        if said > 0:
            shares[word] = counts[word] / said
        elif fault == "absent right":
            shares[word, word] = 1
    if fault == "percent":
        shares = 100 * shares
    if fault == "dropped":
        shares = shares[counts.sum(axis=1) > 0]
    if fault == "plus one":
        shares = counts / (counts.sum(axis=1, keepdims=True) + 1)
    if fault == "diagonal":
        shares = np.diag(shares)
    if fault == "spoil":
        t.sort()
    if fault == "order":
        return shares, counts
    if fault == "one result":
        return counts
    return counts, shares


def confusion_with(fault):
    return lambda *arguments: confusion(*arguments, fault=fault)


PLANTED = {
    "12-1": [
        ("size and hop exchanged", frames_with("exchanged")), ("last frame forgotten", frames_with("last")),
        ("a frame that is not full", frames_with("padded")), ("frames without overlap", frames_with("no overlap")),
        ("one frame a sample", frames_with("every sample")), ("hop forgotten", frames_with("start")),
        ("frames before waveforms", frames_with("time first")), ("= for +=", frames_with("overwrite")),
        ("mean instead of sum", frames_with("mean")), ("dx too short", frames_with("short")),
        ("hop forgotten on the way back", frames_with("start back")), ("sign", frames_with("sign")),
        ("mutated input", frames_with("spoil")), ("dtype", frames_with("double")), ("error", frames_with("y only"))],
    "12-2": [
        ("symmetric window", windowed_with("symmetric")), ("half a turn", windowed_with("half")),
        ("sign of the cosine", windowed_with("plus")), ("square forgotten", windowed_with("sine")),
        ("counted from 1", windowed_with("from 1")), ("Hamming window", windowed_with("hamming")),
        ("window along the frames", windowed_with("frames")), ("window multiplied twice", windowed_with("twice")),
        ("factor 2", windowed_with("no half")), ("window forgotten on the way back", windowed_with("back without")),
        ("window twice on the way back", windowed_with("back twice")), ("not finite", windowed_with("divided")),
        ("sign", windowed_with("back sign")), ("x instead of dy", windowed_with("of x")),
        ("mutated input", windowed_with("in place")), ("dtype", windowed_with("double"))],
    "12-3": [
        ("sine forgotten", spectrum_with("cosine only")), ("square forgotten", spectrum_with("no square")),
        ("magnitude for power", spectrum_with("magnitude")),
        ("(c + s)² for c² + s²", spectrum_with("square of the sum")), ("divided by n", spectrum_with("over n")),
        ("all n frequencies", spectrum_with("all")), ("last frequency missing", spectrum_with("last")),
        ("half a turn", spectrum_with("half")), ("divided by n − 1", spectrum_with("n - 1")),
        ("factor 2", spectrum_with("no 2")), ("transpose", spectrum_with("no transpose")),
        ("sign of the sine's payment", spectrum_with("minus")),
        ("sine's payment forgotten", spectrum_with("cosine back")), ("c and s forgotten", spectrum_with("dy alone")),
        ("dy not used", spectrum_with("no dy")), ("c and s exchanged", spectrum_with("crossed")),
        ("irfft for the transpose", spectrum_with("irfft")), ("sign", spectrum_with("sign")),
        ("mutated input", spectrum_with("spoil")), ("dtype", spectrum_with("double"))],
    "12-4": [
        ("log before the sum", log_mel_with("log first")), ("log before the sum", log_mel_with("log first, no floor")),
        ("wrong axis", log_mel_with("axis")), ("transpose", log_mel_with("turned")),
        ("floor forgotten", log_mel_with("no floor")), ("largest instead of sum", log_mel_with("maximum")),
        ("floor in every frequency", log_mel_with("floor before the bands")), ("log10 for ln", log_mel_with("log10")),
        ("log10 for ln", log_mel_with("dB")), ("floor after the logarithm", log_mel_with("floor later")),
        ("logarithm forgotten", log_mel_with("no log")),
        ("logarithm forgotten on the way back", log_mel_with("log forgotten")),
        ("multiplied by the energy", log_mel_with("times")),
        ("floor forgotten on the way back", log_mel_with("floor back")), ("transpose", log_mel_with("no transpose")),
        ("division after the bands", log_mel_with("late")), ("sign", log_mel_with("sign")),
        ("dtype", log_mel_with("double")), ("mutated input", log_mel_with("in place"))],
    "12-5": [
        ("a voice on both sides", split_of_rows), ("held-out engine leaks into training", split_ignores_the_engine),
        ("held-out engine leaks into training", split_with("leak")),
        ("held-out engine leaks into training", split_with("leak twice")),
        ("too few voices at times", split_with("replace")), ("too few voices at times", split_with("all voices")),
        ("number of voices", split_with("one too many")), ("always the same voices", split_with("first voices")),
        ("not reproducible", split_with("own rng")), ("rows lost", split_with("lost")),
        ("other engines in engine_out", split_with("copied")), ("wrong order", split_with("order")),
        ("number of results", split_with("two")), ("not row numbers", split_with("names")),
        ("masks instead of rows", split_with("masks")), ("mutated input", split_with("sorts"))],
    "12-6": [
        ("last place forgotten", over_time_with("last")), ("a matrix for each frame", over_time_with("own matrix")),
        ("kernel backwards in time", over_time_with("backwards")),
        ("bias for every frame", over_time_with("bias k times")), ("bias forgotten", over_time_with("no bias")),
        ("mean instead of maximum", over_time_with("mean")), ("pooled over the units", over_time_with("units")),
        ("last place only", over_time_with("end")), ("every place paid", over_time_with("everybody")),
        ("shared by all places", over_time_with("mean back")),
        ("one winner for all units", over_time_with("best unit")),
        ("one winner for all units", over_time_with("first unit's winner")),
        ("upstream gradient ignored", over_time_with("one")), ("value instead of gradient", over_time_with("value")),
        ("slope of a ReLU", over_time_with("relu")), ("= for +=", over_time_with("overwrite dx")),
        ("= for +=", over_time_window_by_window), ("kernel turned round in dx", over_time_with("turned")),
        ("transpose", over_time_with("no transpose")), ("missing sum over time", over_time_with("overwrite dW")),
        ("missing sum over the batch", over_time_with("first example")),
        ("window not moved in dW", over_time_with("same frame")),
        ("missing sum over time", over_time_with("db over time")),
        ("bias paid too often", over_time_with("db of places")), ("mean instead of sum", over_time_with("db mean")),
        ("mean instead of sum", over_time_with("batch mean")), ("wrong order", over_time_with("order")),
        ("mutated input", over_time_with("spoil")), ("dtype", over_time_with("double"))],
    "12-7": [
        ("trunk shared, not copied", transfer_with("shared")), ("trunk shared, not copied", transfer_with("shallow")),
        ("trunk shared, not copied", transfer_same_arrays), ("trunk not copied", transfer_with("fresh")),
        ("running averages not copied", transfer_with("params only")),
        ("head copied, not new", transfer_with("old head")), ("head copied, not new", transfer_with("old weights")),
        ("rng not used", transfer_with("own rng")), ("head added, not replaced", transfer_with("added")),
        ("head missing", transfer_with("headless")), ("dtype", transfer_with("double")),
        ("the source is changed", transfer_with("in place")),
        ("the source is changed", transfer_with("flags of the source")),
        ("frozen although not asked", transfer_with("always frozen")),
        ("frozen trunk that moves", transfer_with("all params")),
        ("frozen trunk that moves", transfer_with("trunk params")), ("head not trained", transfer_with("bias only")),
        ("running averages that move", transfer_with("batch norm")),
        ("running averages that move", transfer_with("first layer")),
        ("dropout in the frozen trunk", transfer_with("dropout"))],
    "12-8": [
        ("rows and columns exchanged", confusion_with("exchanged")), ("counted once", confusion_with("fancy")),
        ("size from the labels", confusion_with("size")), ("only the right ones", confusion_with("right only")),
        ("division by zero", confusion_with("nan")), ("wrong row", confusion_with("wrong row")),
        ("columns add up to 1", confusion_with("columns")), ("everything adds up to 1", confusion_with("total")),
        ("absent words as 1", confusion_with("absent right")), ("percent", confusion_with("percent")),
        ("absent words dropped", confusion_with("dropped")), ("one added to every row", confusion_with("plus one")),
        ("diagonal only", confusion_with("diagonal")), ("wrong order", confusion_with("order")),
        ("number of results", confusion_with("one result")), ("mutated input", confusion_with("spoil"))],
}
