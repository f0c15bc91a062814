"""Tasks of lesson 09: backpropagation through time, its remedies, an LSTM step, sampling, a bug hunt."""

import numpy as np

from course_lib.checks import Fault, relative_error
from course_lib.exercises.engine import Suspect, Task


def _sizes(rng, count):
    """Different sizes, each at least 3, so that no two axes can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, 10), size=count, replace=False)]


# ---- 09-1 one step back --------------------------------------------------------------------------------------

def _step(dy, x, h, y, W, U, fault=None):
    """The right backward, or a typical wrong one."""
    slope = {"slope of the sigmoid": y * (1 - y), "slope forgotten": 1.0, "slope of y instead of 1 − y²": y * y,
             "slope taken at the old state": 1 - h * h, "tanh twice": 1 - np.tanh(y) ** 2}.get(fault, 1 - y * y)
    da = dy * slope
    before = y if fault == "new state in dU" else h
    dx, dh, dW, dU, db = da @ W.T, da @ U.T, x.T @ da, before.T @ da, da.sum(axis=0)
    if fault == "state and input swapped":
        return dh, dx, dU, dW, db
    if fault == "U not transposed":
        dh = da @ U
    if fault == "dU transposed":
        dU = dU.T
    if fault == "mean instead of sum":
        db = da.mean(axis=0)
    if fault == "db from dy":
        db = dy.sum(axis=0)
    return dx, dh, dW, dU, db


def _step_case(rng):
    N, D, H = _sizes(rng, 3)
    x, h, W, U = rng.normal(size=(N, D)), rng.normal(size=(N, H)), rng.normal(size=(D, H)), rng.normal(size=(H, H))
    return rng.normal(size=(N, H)), x, h, np.tanh((x @ W + h @ U) / 2), W, U


def _with(function, name, hint, shown=None):
    """A Suspect whose function is the right one with one fault in it."""
    return Suspect(shown or name, hint, lambda *arguments: function(*arguments, fault=name))


STEP = Task(
    id="09-1", title="the backward of one recurrent step", signature="rnn_step_backward(dy, x, h, y, W, U)",
    level="fill in", difficulty=2, importance=3, minutes=12, reference=_step, outputs=("dx", "dh", "dW", "dU", "db"),
    cases=_step_case, batch=lambda dy, *_: len(dy), keeps_dtype=True,
    small=(np.array([[1.0, 2.0], [-1.0, 4.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]),
           np.array([[0.0, 1.0], [2.0, -1.0]]),
           np.array([[0.5, 0.0], [0.0, -0.5]]), np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]]),
           np.array([[1.0, 2.0], [3.0, 0.0]])),
    suspects=(
        _with(_step, "slope forgotten", "first through tanh: da = dy (1 − y²), then everything is made from da"),
        _with(_step, "slope of the sigmoid", "y (1 − y) belongs to the sigmoid; the slope of tanh is 1 − y²"),
        _with(_step, "slope of y instead of 1 − y²", "the slope of tanh is 1 − y², not y²"),
        _with(_step, "slope taken at the old state", "the tanh of this step gave y, not h: its slope is 1 − y²"),
        _with(_step, "tanh twice", "y is already the tanh; its slope is 1 − y², without another tanh"),
        _with(_step, "new state in dU", "U was multiplied by the old state h: dU = hᵀ da"),
        _with(_step, "U not transposed", "look at the rule of the matrix product: dh = da Uᵀ", "transpose"),
        _with(_step, "dU transposed", "dU has the state's axis first: hᵀ da", "transpose"),
        _with(_step, "mean instead of sum", "db is a sum over the batch: the 1/N is already in dy"),
        _with(_step, "db from dy", "b was added inside the tanh: db is the sum of da, not of dy"),
    ))


# ---- 09-2 and 09-3 backpropagation through time --------------------------------------------------------------

def _bptt(dhs, xs, h0, hs, W, U, window=None, fault=None):
    """dW, dU, db and, with no window, dh0: the right answer, or a typical wrong one."""
    T, dh = len(xs), np.zeros_like(h0)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(U[0])
    order = range(T) if fault == "forward in time" else range(T - 1, -1, -1)
    cut = {"window one too long": 1, "window one too short": -1}.get(fault, 0)
    size = max((window or T) + cut, 1)
    for t in order:
        before = h0 if t == 0 else hs[t - 1]
        if fault == "new state in dU":
            before = hs[t]
        if fault == "zero before the first step" and t == 0:
            before = np.zeros_like(h0)
        place = {"counted from the end": T - 1 - t, "cut one step late": t}.get(fault, t + 1)
        if window and fault != "never cut" and place % size == 0 and t != T - 1:
            dh = np.zeros_like(h0)
            if fault == "loss cut too":
                continue
        dy = {"gradient from later steps forgotten": dhs[t],
              "loss heard at the end only": (dhs[t] if t == T - 1 else 0) + dh}.get(fault, dhs[t] + dh)
        da = dy if fault == "slope forgotten" else dy * (1 - hs[t] ** 2)
        if fault == "= for +=":
            dW, dU, db = xs[t].T @ da, before.T @ da, da.sum(axis=0)
        elif fault == "state cut too" and window and t % window == 0:
            dW, db = dW + xs[t].T @ da, db + da.sum(axis=0)
        else:
            dW, dU, db = dW + xs[t].T @ da, dU + before.T @ da, db + da.sum(axis=0)
        dh = dh + da @ U.T if fault == "dh accumulated" else da @ U if fault == "transpose" else da @ U.T
    if fault == "mean over time":
        dW, dU, db = dW / T, dU / T, db / T
    return (dW, dU, db) if window else (dW, dU, db, dh)


def _sequence(rng):
    T, N, D, H = _sizes(rng, 4)
    xs, h = rng.normal(size=(T, N, D)), rng.normal(size=(N, H))
    W, U, b = rng.normal(size=(D, H)), rng.normal(size=(H, H)) / 2, rng.normal(size=H)
    hs, h0 = [], h
    for x in xs:
        h = np.tanh((x @ W + h @ U + b) / 2)
        hs.append(h)
    return rng.normal(size=(T, N, H)), xs, h0, np.array(hs), W, U


_DHS = np.array([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[0.0, 2.0], [1.0, 0.0], [0.0, 1.0]],
                 [[1.0, 1.0], [2.0, 0.0], [0.0, -1.0]]])
_XS = np.array([[[1.0], [0.0], [2.0]], [[0.0], [1.0], [-1.0]], [[2.0], [1.0], [0.0]]])
_HS = np.array([[[0.5, 0.0], [0.0, 0.5], [0.0, 0.0]], [[0.0, 0.5], [0.5, 0.0], [-0.5, 0.0]],
                [[0.0, 0.0], [0.5, 0.5], [0.0, 0.5]]])
_SMALL = (_DHS, _XS, np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), _HS, np.array([[1.0, -1.0]]),
          np.array([[1.0, 2.0], [0.0, 1.0]]))


def _through(name, hint, shown=None):
    return Suspect(shown or name, hint, lambda dhs, xs, h0, hs, W, U: _bptt(dhs, xs, h0, hs, W, U, fault=name))


_COMMON = (
    ("gradient from later steps forgotten", "each state pays twice: the loss at its own time, and the next step; by "
     "(9.4) dh from the step after must be added to dhs[t]"),
    ("loss heard at the end only",
     "the loss pays to every state: dhs[t] must be added at each t, not at the last one only"),
    ("= for +=", "the same W, U and b were used at every step: by (9.5) what each step pays is added with +="),
    ("slope forgotten", "each step goes through its tanh: da = (dhs[t] + dh) (1 − hs[t]²)"),
    ("forward in time", "the way back starts at the last step: for t in reversed(range(T))"),
    ("new state in dU", "U was multiplied by the state before the step: hs[t − 1], and h0 for the first step"),
    ("zero before the first step", "before the first step there was h0, not zero: its share belongs to dU"),
    ("dh accumulated", "dh is handed from step to step, not summed: dh = da Uᵀ; the parameters' gradients are summed"),
    ("mean over time", "gradients of shared weights are sums over the steps; a mean is right only if the loss "
     "had it, and then it is in dhs"),
    ("transpose", "back through the product with U: dh = da Uᵀ"),
)

BPTT = Task(
    id="09-2", title="backpropagation through time", signature="rnn_backward(dhs, xs, h0, hs, W, U)", level="write",
    difficulty=3, importance=3, minutes=25, reference=_bptt, outputs=("dW", "dU", "db", "dh0"), cases=_sequence,
    keeps_dtype=True, small=_SMALL,
    suspects=tuple(_through(name, hint) for name, hint in _COMMON))


def _truncated(dhs, xs, h0, hs, W, U, window, fault=None):
    return _bptt(dhs, xs, h0, hs, W, U, window, fault)


def _truncated_case(rng):
    T = int(rng.integers(7, 12))
    N, D, H = _sizes(rng, 3)
    xs, h = rng.normal(size=(T, N, D)), rng.normal(size=(N, H))
    W, U = rng.normal(size=(D, H)), rng.normal(size=(H, H)) / 2
    hs, h0 = [], h
    for x in xs:
        h = np.tanh((x @ W + h @ U) / 2)
        hs.append(h)
    return rng.normal(size=(T, N, H)), xs, h0, np.array(hs), W, U, int(rng.choice([w for w in (3, 4) if T % w]))


TRUNCATED = Task(
    id="09-3", title="truncated backpropagation through time",
    signature="truncated_backward(dhs, xs, h0, hs, W, U, window)", level="write", difficulty=2, importance=2,
    minutes=15, reference=_truncated, outputs=("dW", "dU", "db"), cases=_truncated_case, keeps_dtype=True,
    small=(*_SMALL, 2),
    suspects=(
        _with(_truncated, "never cut",
              "no gradient may pass from a window to the one before it: dh must become zero there"),
        _with(_truncated, "counted from the end",
              "the windows are counted from the start: steps 0 … window − 1 are the first"),
        _with(_truncated, "cut one step late", "the first step of a window still gets what came back from its own "
              "window; only what it hands on is dropped"),
        _with(_truncated, "window one too long", "count again: a window has exactly `window` steps, and the cut comes "
              "after its first step on the way back"),
        _with(_truncated, "window one too short", "count again: a window has exactly `window` steps"),
        _with(_truncated, "state cut too",
              "the states do pass from window to window: dU at the first step of a window uses the state before it"),
        _with(_truncated, "loss cut too",
              "only what comes back from the next window is dropped; the loss's own dhs[t] stays"),
        *(_with(_truncated, name, hint) for name, hint in _COMMON),
    ))


# ---- 09-4 the spectral radius --------------------------------------------------------------------------------

def _scaled(U, radius):
    return U * (radius / np.abs(np.linalg.eigvals(U)).max())


def _radius_case(rng):
    H = int(rng.integers(4, 9))
    U = rng.normal(size=(H, H))
    U[0] -= 2.0                                             # most often a complex pair, or a negative eigenvalue, leads
    return U, float(rng.uniform(0.5, 2.0))


_SIZE = "the spectral radius is the largest absolute value of the eigenvalues"

RADIUS = Task(
    id="09-4", title="scaling to a spectral radius", signature="with_spectral_radius(U, radius)", level="fill in",
    difficulty=1, importance=2, minutes=6, reference=_scaled, outputs=("the scaled matrix",), cases=_radius_case,
    small=(np.array([[0.0, -1.0], [4.0, 0.0]]), 0.5),       # the eigenvalues are 2i and −2i
    suspects=(
        Suspect("norm instead of radius",
                _SIZE + "; the norm (largest singular value) is another number: np.linalg.eigvals",
                lambda U, radius: U * (radius / np.linalg.norm(U, 2))),
        Suspect("norm instead of radius", _SIZE + "; the Frobenius norm is another number: np.linalg.eigvals",
                lambda U, radius: U * (radius / np.linalg.norm(U))),
        Suspect("entries instead of eigenvalues", _SIZE + ", not of the entries of U",
                lambda U, radius: U * (radius / np.abs(U).max())),
        Suspect("real part only", _SIZE + ": eigenvalues may be complex, np.abs gives their size",
                lambda U, radius: U * (radius / np.linalg.eigvals(U).real.max())),
        Suspect("real part only", _SIZE + ": eigenvalues may be complex, np.abs gives their size",
                lambda U, radius: U * (radius / np.abs(np.linalg.eigvals(U).real).max())),
        Suspect("old radius not divided out", "divide by the old radius first: U · radius / old",
                lambda U, radius: U * radius),
        Suspect("divided the wrong way", "the new radius is wanted: multiply by radius and divide by the old one",
                lambda U, radius: U * (np.abs(np.linalg.eigvals(U)).max() / radius)),
        Suspect("radius forgotten", "this has spectral radius 1; multiply by the radius that was asked for",
                lambda U, radius: U / np.abs(np.linalg.eigvals(U)).max()),
        Suspect("smallest eigenvalue", _SIZE + ": max, not min",
                lambda U, radius: U * (radius / np.abs(np.linalg.eigvals(U)).min())),
        Suspect("symmetric part only",
                "np.linalg.eigvalsh is for symmetric matrices and reads one triangle only: np.linalg.eigvals",
                lambda U, radius: U * (radius / np.abs(np.linalg.eigvalsh(U)).max())),
    ))


# ---- 09-5 clipping -------------------------------------------------------------------------------------------

def _clip(dW, dU, db, limit):
    norm = np.sqrt((dW ** 2).sum() + (dU ** 2).sum() + (db ** 2).sum())
    factor = min(1.0, limit / norm)
    return dW * factor, dU * factor, db * factor


def _clip_case(rng):
    D, H = _sizes(rng, 2)
    grads = rng.normal(size=(D, H)), 3 * rng.normal(size=(H, H)), rng.normal(size=H)
    norm = np.sqrt(sum((g ** 2).sum() for g in grads))
    return *grads, float(norm * rng.choice([0.02, 0.3, 0.6]))


def _short_gradients(answer, rng):
    """Gradients that are short enough stay as they are."""
    dW, dU, db = rng.normal(size=(3, 4)) / 10, rng.normal(size=(4, 4)) / 10, np.zeros(4)
    got = answer(dW.copy(), dU.copy(), db.copy(), 5.0)
    if not isinstance(got, (tuple, list)) or len(got) != 3 or any(
            np.shape(g) != np.shape(e) or relative_error(g, e) > 1e-5 for g, e in zip(got, (dW, dU, db))):
        return Fault("short gradients made longer",
                     "a gradient whose norm is below the limit stays as it is: the factor is at most 1")
    return None


def _each_norm(dW, dU, db, limit):
    return tuple(g * min(1.0, limit / np.sqrt((g ** 2).sum())) for g in (dW, dU, db))


CLIP = Task(
    id="09-5", title="clipping by the global norm", signature="clip_by_global_norm(dW, dU, db, limit)", level="fill in",
    difficulty=1, importance=3, minutes=8, reference=_clip, outputs=("dW", "dU", "db"), cases=_clip_case,
    tolerance=1e-5, keeps_dtype=True,
    # the norm is 13
    small=(np.array([[3.0, 0.0]]), np.array([[0.0, 4.0], [0.0, 0.0]]), np.array([12.0, 0.0]), 6.5),
    probes=(("gradients that are short enough", _short_gradients),),
    suspects=(
        Suspect("each array by its own norm", "one common norm, one factor for all: otherwise the direction changes",
                _each_norm),
        Suspect("entries clipped one by one", "np.clip turns the gradient; multiply all entries by one factor instead",
                lambda dW, dU, db, limit: tuple(np.clip(g, -limit, limit) for g in (dW, dU, db))),
        Suspect("squared norm", "the norm is the root of the sum of squares", lambda dW, dU, db, limit: tuple(
            g * min(1.0, limit / sum((a ** 2).sum() for a in (dW, dU, db))) for g in (dW, dU, db))),
        Suspect("norms added", "norms do not add up: add the squares of all entries, then take one root",
                lambda dW, dU, db, limit: tuple(
                    g * min(1.0, limit / sum(np.sqrt((a ** 2).sum()) for a in (dW, dU, db))) for g in (dW, dU, db))),
        Suspect("spectral norm of a matrix",
                "np.linalg.norm(dW, 2) is the largest singular value; all entries, squared and summed, are wanted",
                lambda dW, dU, db, limit: tuple(g * min(1.0, limit / np.sqrt(
                    np.linalg.norm(dW, 2) ** 2 + np.linalg.norm(dU, 2) ** 2 + np.linalg.norm(db) ** 2))
                    for g in (dW, dU, db))),
        Suspect("limit forgotten", "the clipped gradient has the length `limit`, not 1",
                lambda dW, dU, db, limit: tuple(
                    g / np.sqrt(sum((a ** 2).sum() for a in (dW, dU, db))) for g in (dW, dU, db))),
        Suspect("bias left out", "all three arrays count for the norm, the bias too", lambda dW, dU, db, limit: tuple(
            g * min(1.0, limit / np.sqrt((dW ** 2).sum() + (dU ** 2).sum())) for g in (dW, dU, db))),
        Suspect("not clipped at all", "the norm is above the limit here: multiply by limit / norm",
                lambda dW, dU, db, limit: (dW, dU, db)),
    ))


# ---- 09-6 and 09-7 an LSTM step ------------------------------------------------------------------------------

def _sigmoid(z):
    return 0.5 * np.tanh(0.5 * z) + 0.5


def _lstm(x, h, c, W, U, b, fault=None):
    z, H = x @ W + h @ U + b, len(U)
    blocks = [z[:, k * H:(k + 1) * H] for k in range(4)]
    if fault == "gates in another order":
        blocks = [blocks[0], blocks[1], blocks[3], blocks[2]]
    if fault == "state not read":
        blocks = [block - (h @ U)[:, k * H:(k + 1) * H] for k, block in enumerate(blocks)]
    i, f, o = _sigmoid(blocks[0]), _sigmoid(blocks[1]), _sigmoid(blocks[3])
    g = (_sigmoid(blocks[2]) if fault == "sigmoid for the candidate" else blocks[2] if fault == "candidate without tanh"
         else np.tanh(blocks[2]))
    if fault == "sigmoid forgotten":
        i, f, o = blocks[0], blocks[1], blocks[3]
    if fault == "tanh for the gates":
        i, f, o = (np.tanh(blocks[k]) for k in (0, 1, 3))
    if fault == "input and forget swapped":
        i, f = f, i
    new = {"forget gate missing": c + i * g, "one minus f": (1 - f) * c + i * g, "input gate missing": f * c + g,
           "h in place of c": f * h + i * g}.get(fault, f * c + i * g)
    shown = {"memory shown without tanh": o * new, "old memory shown": o * np.tanh(c),
             "output gate missing": np.tanh(new)}.get(fault, o * np.tanh(new))
    return (new, shown) if fault == "wrong order" else (shown, new)


def _lstm_case(rng):
    N, D, H = _sizes(rng, 3)
    return (rng.normal(size=(N, D)), rng.normal(size=(N, H)), rng.normal(size=(N, H)), rng.normal(size=(D, 4 * H)),
            rng.normal(size=(H, 4 * H)), rng.normal(size=4 * H))


# sigmoid(ln 3) = 3/4, sigmoid(−ln 3) = 1/4, tanh(ln 3 / 2) = 1/2
_LN3 = float(np.log(3.0))

LSTM_STEP = Task(
    id="09-6", title="an LSTM step", signature="lstm_step(x, h, c, W, U, b)", level="write", difficulty=2, importance=3,
    minutes=15, reference=_lstm, outputs=("h", "c"), cases=_lstm_case, keeps_dtype=True,
    small=(np.array([[1.0], [-1.0]]), np.array([[0.0], [1.0]]), np.array([[2.0], [-1.0]]),
           np.array([[_LN3, -_LN3, _LN3 / 2, 0.0]]),
           np.array([[0.0, 0.0, 0.0, _LN3]]), np.zeros(4)),
    suspects=(
        _with(_lstm, "gates in another order",
              "the blocks stand in the order i, f, g, o: the third is the candidate, the fourth the output gate"),
        _with(_lstm, "sigmoid for the candidate", "the candidate g goes through tanh; it may be negative"),
        _with(_lstm, "candidate without tanh", "the candidate g goes through tanh"),
        _with(_lstm, "sigmoid forgotten", "i, f and o are gates: sigmoids, between 0 and 1"),
        _with(_lstm, "tanh for the gates", "i, f and o are gates: sigmoids, between 0 and 1"),
        _with(_lstm, "input and forget swapped", "f multiplies the old memory, i the candidate"),
        _with(_lstm, "forget gate missing", "the old memory is multiplied by f before the new is added"),
        _with(_lstm, "one minus f", "f says how much is kept: c' = f c + i g"),
        _with(_lstm, "input gate missing", "the candidate is multiplied by i before it is added"),
        _with(_lstm, "h in place of c", "f multiplies the memory c, not the state h"),
        _with(_lstm, "memory shown without tanh", "h' = o tanh(c')"),
        _with(_lstm, "old memory shown", "h' shows the new memory: o tanh(c')"),
        _with(_lstm, "output gate missing", "h' = o tanh(c'): the output gate decides what is shown"),
        _with(_lstm, "state not read", "the gates read the state too: z = x W + h U + b"),
    ))


def _lstm_back(dh, dc, x, h, c, W, U, b, fault=None):
    z, H = x @ W + h @ U + b, len(U)
    i, f, o = (_sigmoid(z[:, k * H:(k + 1) * H]) for k in (0, 1, 3))
    g = np.tanh(z[:, 2 * H:3 * H])
    shown = np.tanh(f * c + i * g)
    do = dh * shown
    through = dh * o * (1.0 if fault == "slope of tanh c forgotten" else 1 - shown * shown)
    total = {"payment of h forgotten": dc, "payment of c forgotten": through}.get(fault, dc + through)
    df = total * (f * c + i * g if fault == "new memory in df" else c)
    di, dg, before = total * g, total * i, total * f
    if fault == "output gate forgotten in dc":
        total = dc + dh * (1 - shown * shown)
        di, df, dg, before = total * g, total * c, total * i, total * f
    if fault == "forget gate forgotten":
        before = total
    if fault == "dc of the next step only":
        before = dc * f
    if fault == "slopes of the gates forgotten":
        parts = [di, df, dg * (1 - g * g), do]
    else:
        parts = [di * i * (1 - i), df * f * (1 - f),
                 dg * (g * (1 - g) if fault == "sigmoid's slope for the candidate" else 1 - g * g),
                 do * o * (1 - o)]
    if fault == "gates in another order":
        parts = [parts[0], parts[1], parts[3], parts[2]]
    if fault == "gates i and f swapped":
        parts = [parts[1], parts[0], parts[2], parts[3]]
    dz = np.concatenate(parts, axis=1)
    dx, dstate, dW, dU, db = dz @ W.T, dz @ U.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)
    if fault == "dh added to dh before":
        dstate = dstate + dh
    return dx, dstate, before, dW, dU, db


def _reordered(arguments, order):
    results = _lstm_back(*arguments)
    return tuple(results[k] for k in order)


def _lstm_back_case(rng):
    x, h, c, W, U, b = _lstm_case(rng)
    return rng.normal(size=h.shape), rng.normal(size=h.shape), x, h, c, W, U, b


LSTM_BACK = Task(
    id="09-7", title="the backward of an LSTM step", signature="lstm_step_backward(dh, dc, x, h, c, W, U, b)",
    level="write", difficulty=3, importance=3, minutes=30, reference=_lstm_back,
    outputs=("dx", "dh", "dc", "dW", "dU", "db"), cases=_lstm_back_case, keeps_dtype=True,
    small=(np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]]), *LSTM_STEP.small), batch=lambda dh, *_: len(dh),
    suspects=(
        _with(_lstm_back, "payment of h forgotten",
              "c' has two users: the next step paid dc, and h' = o tanh(c') pays dh o (1 − tanh² c')"),
        _with(_lstm_back, "payment of c forgotten", "the next step's dc must be added to what comes through h'"),
        _with(_lstm_back, "slope of tanh c forgotten",
              "h' = o tanh(c'): on the way to c' there is the slope 1 − tanh² c'"),
        _with(_lstm_back, "output gate forgotten in dc", "h' = o tanh(c'): on the way to c', dh is multiplied by o"),
        _with(_lstm_back, "forget gate forgotten", "c' = f c + i g: the memory before gets dc multiplied by f"),
        _with(_lstm_back, "dc of the next step only",
              "the memory before gets f times ALL that c' received, what came through h' too"),
        _with(_lstm_back, "new memory in df", "f multiplied the old memory c: df = dc c"),
        _with(_lstm_back, "slopes of the gates forgotten",
              "each gate goes through its sigmoid: di becomes di i (1 − i), and so on"),
        _with(_lstm_back, "sigmoid's slope for the candidate", "the candidate went through tanh: its slope is 1 − g²"),
        _with(_lstm_back, "gates in another order", "dz has the four blocks in the order i, f, g, o"),
        _with(_lstm_back, "gates i and f swapped", "dz has the four blocks in the order i, f, g, o"),
        Suspect("wrong order", "the results are right but in another order; return dx, dh, dc, dW, dU, db",
                lambda *a: _reordered(a, (3, 4, 5, 0, 1, 2))),
        Suspect("wrong order", "the results are right but in another order; return dx, dh, dc, dW, dU, db",
                lambda *a: _reordered(a, (0, 1, 3, 4, 5, 2))),
        Suspect("wrong order", "the results are right but in another order; return dx, dh, dc, dW, dU, db",
                lambda *a: _reordered(a, (1, 2, 0, 3, 4, 5))),
        _with(_lstm_back, "dh added to dh before",
              "the state h is used by the gates only: its gradient is dz Uᵀ and nothing else"),
    ))


# ---- 09-8 temperature ----------------------------------------------------------------------------------------

def _soft(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def _tempered(z, temperature):
    return _soft(z / temperature)


def _tempered_case(rng):
    return 3 * rng.normal(size=int(rng.integers(4, 9))), float(rng.choice([0.3, 0.7, 1.4]))


def _cold(answer, rng):
    z = np.array([40.0, 10.0, 39.0])
    got = np.asarray(answer(z.copy(), 0.05), dtype=float)
    if got.shape != (3,) or not np.all(np.isfinite(got)) or relative_error(got, _tempered(z, 0.05)) > 1e-9:
        return Fault("overflow", "at a low temperature z / temperature is in the hundreds, and e to the 800 is too "
                     "large for a float: subtract the largest before the exponential (lesson 02, section 5)")
    return None


TEMPERATURE = Task(
    id="09-8", title="probabilities at a temperature", signature="probabilities_at(z, temperature)", level="fill in",
    difficulty=1, importance=2, minutes=6, reference=_tempered, outputs=("p",), cases=_tempered_case,
    small=(np.log(np.array([1.0, 2.0, 3.0])), 0.5),         # squares: 1, 4, 9 of 14
    probes=(("a low temperature", _cold),),
    suspects=(
        Suspect("temperature forgotten", "divide the logits by the temperature before the softmax",
                lambda z, temperature: _soft(z)),
        Suspect("multiplied by the temperature",
                "divide by the temperature: a low one must make the likeliest likelier",
                lambda z, temperature: _soft(z * temperature)),
        Suspect("divided after the softmax",
                "the logits are divided, before the softmax; dividing probabilities changes their sum only",
                lambda z, temperature: _soft(z) / temperature),
        Suspect("not normalised", "divide by the sum, so that the probabilities add up to 1",
                lambda z, temperature: np.exp(z / temperature)),
        Suspect("not normalised", "divide by the sum, so that the probabilities add up to 1",
                lambda z, temperature: np.exp((z - z.max()) / temperature)),
        Suspect("logits instead of probabilities", "these are logits; exponential and division by the sum are missing",
                lambda z, temperature: z / temperature),
    ))


# ---- 09-9 bug hunt -------------------------------------------------------------------------------------------

def _hunt(xs, t, W, U, V, fault=None):
    """Gradients of the mean squared error of y_t = h_t V, a loss at every step; no bias, the state starts at zero."""
    T, N = len(xs), xs.shape[1]
    h, hs = np.zeros((N, len(U)), U.dtype), []
    for x in xs:
        h = np.tanh(x @ W + h @ U)
        hs.append(h)
    dW, dU, dV, dh = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V), np.zeros_like(h)
    for s in reversed(range(T)):
        before = hs[s - 1] if s or fault == "last state before the first" else np.zeros_like(h)
        dy = {"factor": 1, "mean over one step": 2 * T}.get(fault, 2) * (hs[s] @ V - t[s]) / t.size
        dV = hs[s].T @ dy if fault == "dV overwritten" else dV + hs[s].T @ dy
        back = {"nothing comes back": 0, "doubled": 2 * dh}.get(fault, dh)
        da = (dy @ V.T + back) * (1 - hs[s] ** 2)
        if fault == "slope too early":
            da = dy @ V.T * (1 - hs[s] ** 2) + dh
        if fault == "forward":
            before = hs[s]
        dW, dU = ((x_da(xs[s], da), x_da(before, da)) if fault == "= for +="
                  else (dW + x_da(xs[s], da), dU + x_da(before, da)))
        dh = da @ U if fault == "transpose" else dh + da @ U.T if fault == "summed" else da @ U.T
    return dW, dU, dV


def x_da(x, da):
    """xᵀ da."""
    return x.T @ da


def _hunt_case(rng):
    T, N, D, H, K = _sizes(rng, 5)
    return (rng.normal(size=(T, N, D)), rng.normal(size=(T, N, K)), rng.normal(size=(D, H)) / 2,
            rng.normal(size=(H, H)) / 2,
            rng.normal(size=(H, K)))


HUNT = Task(
    id="09-9", title="bug hunt: a way back that learns from one step only",
    signature="recurrent_gradients(xs, t, W, U, V)", level="fill in", difficulty=2, importance=3, minutes=12,
    reference=_hunt, outputs=("dW", "dU", "dV"), cases=_hunt_case, keeps_dtype=True,
    suspects=(
        _with(_hunt, "= for +=", "dW and dU are overwritten at each step: the gradient is that of the first "
              "step alone; add them up, (9.5)"),
        _with(_hunt, "dV overwritten", "V was used at every step too: dV is a sum over the steps", "= for +="),
        Suspect("= for +=", "dW, dU and dV are overwritten at each step; all three are sums over the steps, (9.5)",
                lambda xs, t, W, U, V: (*_hunt(xs, t, W, U, V, "= for +=")[:2],
                                        _hunt(xs, t, W, U, V, "dV overwritten")[2])),
        Suspect("= for +=", "one of dW and dU is still overwritten at each step", lambda xs, t, W, U, V: (
            _hunt(xs, t, W, U, V)[0], _hunt(xs, t, W, U, V, "= for +=")[1], _hunt(xs, t, W, U, V)[2])),
        Suspect("= for +=", "one of dW and dU is still overwritten at each step", lambda xs, t, W, U, V: (
            _hunt(xs, t, W, U, V, "= for +=")[0], *_hunt(xs, t, W, U, V)[1:])),
        _with(_hunt, "nothing comes back",
              "dh, what the next step pays, must be added before the tanh: dy Vᵀ + dh, (9.4)",
              "gradient from later steps forgotten"),
        _with(_hunt, "doubled", "dh is counted twice"),
        _with(_hunt, "slope too early", "dh must go through this step's tanh as well: (dy Vᵀ + dh) (1 − h²)"),
        _with(_hunt, "forward", "U was multiplied by the state before the step", "new state in dU"),
        _with(_hunt, "last state before the first", "hs[−1] is the last state: before step 0 the state was zero"),
        _with(_hunt, "summed", "dh is handed on, not summed: only parameters are summed", "dh accumulated"),
        _with(_hunt, "transpose", "back through the product with U: da Uᵀ"),
        _with(_hunt, "mean over one step", "the loss is a mean over all entries of all steps: divide by t.size",
              "mean over one step only"),
    ))


TASKS = [STEP, BPTT, TRUNCATED, RADIUS, CLIP, LSTM_STEP, LSTM_BACK, TEMPERATURE, HUNT]
