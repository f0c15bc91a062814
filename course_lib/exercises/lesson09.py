"""Tasks of lesson 09: backpropagation through time, its remedies, an LSTM step, sampling, a bug hunt."""

from itertools import permutations

import numpy as np

from course_lib.exercises.task import Slip, Step, Task

SHEET = "09_backpropagation_through_time"


def _row(*numbers):
    return np.array([numbers], float)


def _steps(*numbers):
    """Numbers as a sequence of one example and one unit."""
    return np.reshape(np.array(numbers, float), (-1, 1, 1))


def _drawn(rng, sizes, count):
    """The sizes that are given, for the others different ones, so that no two axes can be confused."""
    free = iter(rng.choice(np.arange(3, 10), size=count, replace=False))
    return [int(size or next(free)) for size in (*sizes, *[None] * (count - len(sizes)))]


def _sequence(rng, *sizes, loss=slice(None), inputs=1):
    """dhs, xs, h0, hs, W, U for sizes T, N, D, H; the loss looks at the steps ``loss`` only."""
    T, N, D, H = _drawn(rng, sizes, 4)
    xs, h0, W, U = (rng.normal(size=size) for size in ((T, N, D), (N, H), (D, H), (H, H)))
    xs, W, hs, dhs = xs * inputs, W / inputs, [h0], np.zeros((T, N, H))
    for x in xs:
        hs.append(np.tanh((x @ W + hs[-1] @ U) / 2))
    dhs[loss] = rng.normal(size=dhs[loss].shape)
    return dhs, xs, h0, np.array(hs[1:]), W, U / 2


def _edges(case, **sizes):
    """Special cases by the sizes that they have; _ in a name is a blank."""
    return {name.replace("_", " "): lambda rng, given=given: case(rng, *given) for name, given in sizes.items()}


# ---- 09-0 backpropagation through time, derived --------------------------------------------------------------------
def derive_bptt():
    """From h[t] = tanh(a[t]), a[t] = xs[t] W + h[t - 1] U + b, to dW, in steps.

    xs (T, N, D), hs, dhs, das (T, N, H), h0, dh, da (N, H), W (D, H), U (H, H)
    """
    return {
        "h[t] is used by": "both",
        "da": lambda dhs, dh, hs, t: (dhs[t] + dh) * (1 - hs[t] ** 2),
        "dh[n, i]": lambda da, U, n, i: sum(da[n, j] * U[i, j] for j in range(len(U))),
        "state before": lambda hs, h0, t: hs[t - 1] if t > 0 else h0,
        "dW is summed over": "t, n",
        "dW[d, j]": lambda das, xs, d, j: sum(
            das[t, n, j] * xs[t, n, d] for t, n in np.ndindex(das.shape[:2])),
        "shape of dW": ("D", "H"),
        "shape of dh": ("N", "H"),
    }

_TWO, _SERVES = "two pay to h[t]: the loss dhs[t], step t + 1 dh", "the same W serves every step and every example"
_LAST = "hs[-1] is the last state in Python: before step 0 there was h0"
_EARLY = "dh goes through this step's tanh too: (dhs[t] + dh) (1 − hs[t]²)"

BPTT_STEPS = Task(
    id="09-0", title="backpropagation through time, derived", level="derive", difficulty=2, importance=3, minutes=15,
    reference=derive_bptt, shown="da = (dhs[t] + dh) (1 − h[t]²), dh = da Uᵀ: (9.4); dW = Σₜ xs[t]ᵀ da[t]: (9.5)",
    steps=(
        Step("h[t] is used by", '"loss t", "step t + 1", "all later steps", "both"?',
             choices=("loss t", "step t + 1", "both", "all later steps")),
        Step("da", "paid to a[t]: a function of (dhs, dh, hs, t)",
             small=(_steps(1, 2), _row(3), _steps(0.5, -0.5), 0),
             cases=lambda rng: (*(_sequence(rng, 4, 2, 3, 5)[i] for i in (0, 2, 3)), int(rng.integers(4)))),
        Step("dh[n, i]", "paid to h[t - 1][n, i]: a function of (da, U, n, i)",
             small=(_row(1, 2), np.array([[1.0, 3], [2, 0]]), 0, 1),
             cases=lambda rng: (rng.normal(size=(3, 5)), rng.normal(size=(5, 5)), 1, int(rng.integers(5)))),
        Step("state before", "what U multiplied: a function of (hs, h0, t)", small=(_steps(1, 2, 3), _row(4), 1),
             cases=lambda rng: (*_sequence(rng, 8)[3:1:-1], int(rng.integers(1, 7))),
             edges={"the first step": (_steps(1, 2, 3), _row(4), 0),
                    "the last step": lambda rng: (*_sequence(rng, 12)[3:1:-1], 11)}),
        Step("dW is summed over", '"t", "n", "t, n" or "t, n, d"?', choices=("t", "n", "t, n", "t, n, d")),
        Step("dW[d, j]", "one entry: a function of (das, xs, d, j)", small=(_steps(1, 2), _steps(3, -1), 0, 0),
             cases=lambda rng: (*_sequence(rng)[:2], int(rng.integers(3)), int(rng.integers(3)))),
        Step("shape of dW", '("D", "H"), ("H", "D") or ("T", "D", "H")?',
             choices=(("D", "H"), ("H", "D"), ("T", "D", "H"))),
        Step("shape of dh", '("N", "H"), ("H", "H") or ("T", "N", "H")?',
             choices=(("N", "H"), ("H", "H"), ("T", "N", "H")))),
    suspects=(
        *(Slip("a user forgotten", "two use h[t] itself: the loss at t, and step t + 1", ('"both"', user))
          for user in ('"loss t"', '"step t + 1"')),
        Slip("a detour counted", "later steps use h[t + 1], not h[t]", ('"both"', '"all later steps"')),
        Slip("gradient from later steps forgotten", _TWO, ("(dhs[t] + dh)", "dhs[t]")),
        Slip("loss at t forgotten", _TWO, ("(dhs[t] + dh)", "dh")),
        Slip("slope too early", _EARLY, ("(dhs[t] + dh) * (1 - hs[t] ** 2)", "dhs[t] * (1 - hs[t] ** 2) + dh")),
        Slip("slope forgotten", "h[t] is tanh(a[t]): times 1 − h[t]²", (" * (1 - hs[t] ** 2)", "")),
        Slip("slope of y instead of 1 − y²", "the slope of tanh is 1 − h²", ("(1 - hs[t] ** 2)", "hs[t] ** 2")),
        Slip("transpose", "a[n, j] holds h[n, i] U[i, j]: the slope is U[i, j]", ("U[i, j]", "U[j, i]")),
        Slip("only one unit", "unit i reaches every unit j: a sum over j", ("for j in range(len(U))", "for j in [i]")),
        Slip("last state before the first", _LAST, ("hs[t - 1] if t > 0 else h0", "hs[t - 1]")),
        Slip("the new state", "step t makes hs[t] out of the state before", ("hs[t - 1] if", "hs[t] if")),
        Slip("missing sum over the batch", _SERVES, ('"t, n"', '"t"')),
        Slip("missing sum over time", _SERVES, ('"t, n"', '"n"')),
        Slip("wrong axis", "d is an index of dW: it stays", ('"t, n"', '"t, n, d"')),
        Slip("missing sum over time", _SERVES, ("das.shape[:2]", "(1, len(das[0]))")),
        Slip("missing sum over the batch", _SERVES, ("das.shape[:2]", "(len(das), 1)")),
        Slip("mean over time", "payments are added, not averaged", ("das[t, n, j] *", "das[t, n, j] / len(das) *")),
        *(Slip("another shape", "a gradient has the shape of what it belongs to, here of W or of one state", edit)
          for edit in (('("D", "H")', '("H", "D")'), ('("D", "H")', '("T", "D", "H")'),
                       ('("N", "H")', '("H", "H")'), ('("N", "H")', '("T", "N", "H")')))))


# ---- 09-1 one step back --------------------------------------------------------------------------------------------
def rnn_step_backward(dy, x, h, y, W, U):
    """The gradients of y = tanh(x W + h U + b).

    dy, h, y (N, H), x (N, D), W (D, H), U (H, H)
    ->  dx (N, D), dh (N, H), dW (D, H), dU (H, H), db (H,)
    """
    da = dy * (1 - y * y)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


def _step_case(rng, *sizes):
    dhs, xs, h0, hs, W, U = _sequence(rng, 1, *sizes)
    return dhs[0], xs[0], h0, hs[0], W, U

_SLOPE, _PRODUCT = "y is already the tanh; its slope is 1 − y²", "as in every matrix product: dx = da Wᵀ, dW = xᵀ da"

STEP = Task(
    id="09-1", title="the backward of one recurrent step", level="fill in", difficulty=2, importance=3, minutes=12,
    reference=rnn_step_backward, outputs=("dx", "dh", "dW", "dU", "db"), cases=_step_case, batch=lambda dy, *_: len(dy),
    small=(_row(4, 2), _row(2), _row(1, -1), _row(0.5, 0), _row(1, 3), np.array([[1.0, 2], [3, 0]])),
    edges={**_edges(_step_case, one_example=(1,), one_unit=(3, 2, 1), equal_sizes=(4, 4, 4)),
           "units at 1 and −1": (_row(2, 1), _row(1), _row(0.5, 1), _row(1, -1), _row(1, 2), np.eye(2))},
    suspects=(
        Slip("slope forgotten", "first through tanh, da = dy (1 − y²); all is made from da", (" * (1 - y * y)", "")),
        Slip("slope of the sigmoid", "y (1 − y) belongs to the sigmoid; " + _SLOPE, ("(1 - y * y)", "y * (1 - y)")),
        Slip("slope of y instead of 1 − y²", _SLOPE, ("(1 - y * y)", "y * y")),
        Slip("slope of y instead of 1 − y²", _SLOPE, ("(1 - y * y)", "(1 - y)")),
        Slip("slope taken at the old state", "this tanh gave y, not h: the slope is 1 − y²", ("y * y", "h * h")),
        Slip("tanh twice", _SLOPE, ("(1 - y * y)", "(1 - np.tanh(y) ** 2)")),
        Slip("new state in dU", "U was multiplied by the old state h: dU = hᵀ da", ("h.T", "y.T")),
        *(Slip("transpose", _PRODUCT, edit) for edit in (
            ("U.T", "U"), ("W.T", "W"), ("h.T @ da", "da.T @ h"), ("x.T @ da", "da.T @ x"))),
        Slip("mean instead of sum", "db is a sum over the batch: the 1/N is already in dy", ("da.sum", "da.mean")),
        Slip("missing sum over the batch", "b served every example: db is a sum over the batch", (".sum(axis=0)", "")),
        Slip("db from dy", "b was added inside the tanh: db is the sum of da, not of dy", ("da.sum", "dy.sum"))))


# ---- 09-2 backpropagation through time -----------------------------------------------------------------------------
def rnn_backward(dhs, xs, h0, hs, W, U):
    """The gradients of a tanh network run along a sequence.

    dhs, hs (T, N, H), xs (T, N, D), h0 (N, H), W (D, H), U (H, H)
    ->  dW (D, H), dU (H, H), db (H,), dh0 (N, H)
    """
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(U[0])
    dh = np.zeros_like(h0)
    for t in reversed(range(len(xs))):
        before = hs[t - 1] if t else h0
        da = (dhs[t] + dh) * (1 - hs[t] ** 2)
        dW += xs[t].T @ da
        dU += before.T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
    return dW, dU, db, dh

_ADD = "the same W, U and b were used at every step: by (9.5) what each step pays is added with +="
_HANDED = "dh is handed from step to step, not summed; the parameters' gradients are summed"
_OVERWRITTEN = ("dW +=", "dW ="), ("dU +=", "dU ="), ("db +=", "db =")
_LOOP = (                                                   # of 09-2 and 09-3
    Slip("gradient from later steps forgotten", "by (9.4) the dh of step t + 1 is added", ("(dhs[t] + dh)", "dhs[t]")),
    Slip("loss heard at the end only", "the loss pays to every state: add dhs[t] at each t",
         ("dhs[t] + dh", "(dhs[t] if t == len(xs) - 1 else 0) + dh")),
    *(Slip("= for +=", _ADD, *edits) for edits in (_OVERWRITTEN, *([edit] for edit in _OVERWRITTEN))),
    Slip("slope forgotten", "each step goes through its tanh: times 1 − hs[t]²", (" * (1 - hs[t] ** 2)", "")),
    Slip("slope too early", _EARLY, ("(dhs[t] + dh) * (1 - hs[t] ** 2)", "dhs[t] * (1 - hs[t] ** 2) + dh")),
    Slip("slope taken at the old state", "the tanh of step t gave hs[t]", ("hs[t] ** 2", "before ** 2")),
    Slip("forward in time", "the way back starts at the last step", ("reversed(range(len(xs)))", "range(len(xs))")),
    Slip("new state in dU", "U was multiplied by the state before the step", ("hs[t - 1] if t else h0", "hs[t]")),
    Slip("last state before the first", _LAST, (" if t else h0", "")),
    Slip("zero before the first step", "before step 0 there was h0, not zero", ("else h0", "else 0 * h0")),
    Slip("mean over time", "gradients of shared weights are sums over the steps; a mean that the loss takes is in dhs",
         ("return dW, dU, db", "return dW / len(xs), dU / len(xs), db / len(xs)")),
    Slip("transpose", "back through the product with U: dh = da Uᵀ", ("U.T", "U")))
_LENGTHS = {"one_step": (1,), "one_example": (None, 1), "equal_sizes": (4, 4, 4, 4), "one_unit": (5, 3, 2, 1),
            "a_long_sequence": (40, 2, 2, 3)}

BPTT = Task(
    id="09-2", title="backpropagation through time", level="write", difficulty=3, importance=3, minutes=25,
    reference=rnn_backward, outputs=("dW", "dU", "db", "dh0"), cases=_sequence,
    small=(_steps(2, 4), _steps(1, -1), _row(2), _steps(0.5, 0), _row(1), _row(2)),
    edges={**_edges(_sequence, **_LENGTHS), "a loss at the end": lambda rng: _sequence(rng, loss=[-1]),
           "a loss at the start": lambda rng: _sequence(rng, loss=[0]),
           "large inputs and a small W": lambda rng: _sequence(rng, inputs=1e3)},
    suspects=(*_LOOP, Slip("dh accumulated", _HANDED, ("dh = da @ U.T", "dh = dh + da @ U.T")),
              Slip("dh0 without U", "the first step multiplied h0 by U: dh0 = da Uᵀ", ("db, dh", "db, da"))))


# ---- 09-3 truncated ------------------------------------------------------------------------------------------------
def truncated_backward(dhs, xs, h0, hs, W, U, window):
    """The gradients of rnn_backward, with the way back cut between windows.

    shapes as in 09-2, window a whole number  ->  dW (D, H), dU (H, H), db (H,)
    """
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(U[0])
    dh = np.zeros_like(h0)
    for t in reversed(range(len(xs))):
        before = hs[t - 1] if t else h0
        da = (dhs[t] + dh) * (1 - hs[t] ** 2)
        dW += xs[t].T @ da
        dU += before.T @ da
        db += da.sum(axis=0)
        dh = np.zeros_like(h0) if t % window == 0 else da @ U.T
    return dW, dU, db


def _windowed(rng, T, window):
    return *_sequence(rng, T), window

_CUT, _FIRST = "np.zeros_like(h0) if t % window == 0 else da @ U.T", "t % window == 0"
_WHERE = "a window has exactly `window` steps, counted from step 0; its first step hands nothing on"
_STATES = "the states do pass from window to window: at a window's first step dU uses the state before it"
_OWN_LOSS = "only what passes between windows is dropped; each window pays, and the loss's own dhs[t] stays"

TRUNCATED = Task(
    id="09-3", title="truncated backpropagation through time", level="write", difficulty=2, importance=2, minutes=15,
    reference=truncated_backward, outputs=("dW", "dU", "db"),
    cases=lambda rng: _windowed(rng, int(rng.choice([7, 8, 11])), int(rng.choice([3, 5]))),
    small=(_steps(2, 4, 8), _steps(1, -1, 1), _row(2), _steps(0.5, 0, 0.5), _row(1), _row(2), 2),
    edges=_edges(_windowed, windows_of_one_step=(6, 1), one_window=(5, 5), a_window_longer_than_the_sequence=(4, 9),
                 two_equal_windows=(6, 3), one_step=(1, 2)),
    suspects=(
        Slip("never cut", "no gradient passes from a window to the one before it: dh becomes zero", (_CUT, "da @ U.T")),
        Slip("counted from the end", _WHERE, (_FIRST, "(len(xs) - t) % window == 0")),
        Slip("cut one step late", _WHERE, (_FIRST, "(t - 1) % window == 0")),
        Slip("cut one step early", _WHERE, (_FIRST, "(t + 1) % window == 0")),
        Slip("window one too long", _WHERE, (_FIRST, "t % (window + 1) == 0")),
        Slip("window one too short", _WHERE, (_FIRST, "t % max(window - 1, 1) == 0")),
        Slip("state cut too", _STATES, ("if t else h0", "if t % window else 0 * h0")),
        Slip("state cut too", _STATES, ("if t else h0", "if t % window else h0")),
        Slip("loss cut too", _OWN_LOSS, ("dhs[t] + dh", "dhs[t] * ((t + 1) % window != 0 or t + 1 == len(xs)) + dh")),
        Slip("only the last window", _OWN_LOSS, (_CUT, "da @ U.T\n        if t % window == 0:\n            break")),
        *_LOOP, Slip("dh accumulated", _HANDED, ("else da", "else dh + da"))))


# ---- 09-4 the spectral radius --------------------------------------------------------------------------------------
def with_spectral_radius(U, radius):
    """U, scaled so that its largest eigenvalue has the size radius.

    U (H, H), radius a number  ->  (H, H)
    """
    return U * (radius / np.abs(np.linalg.eigvals(U)).max())

_SIZES, _OLD = "np.abs(np.linalg.eigvals(U))", "np.abs(np.linalg.eigvals(U)).max()"
_LARGEST = "the spectral radius is the largest absolute value of all eigenvalues, which come in no order"
_COMPLEX = "eigenvalues may be negative or complex: take the size (np.abs) of each, then the largest"
_NORM = "a norm is another number than the spectral radius, the largest size of the eigenvalues"

RADIUS = Task(
    id="09-4", title="scaling to a spectral radius", level="fill in", difficulty=1, importance=2, minutes=6,
    reference=with_spectral_radius, outputs=("the scaled matrix",),
    cases=lambda rng: (rng.normal(size=(6, 6)) - 2 * np.eye(6)[:, :1], float(rng.uniform(0.5, 2.0))),
    small=(np.array([[0.0, -1], [4, 0]]), 0.5),                               # the eigenvalues are 2i and −2i
    edges={"the largest eigenvalue last": (np.diag([1.0, -2, 4]), 2.0),
           "the largest first": (np.array([[4.0, 1, 0], [0, 2, 3], [0, 0, -1]]), 3.0),
           "a negative one the largest": (np.array([[1.0, 5], [0, -4]]), 2.0),
           "complex ones the largest": (
               np.array([[1.0, 0, 0, 0], [0, 0, -5, 0], [0, 5, 0, 0], [0, 0, 0, -1]]), 1.5),
           "twelve units": lambda rng: (rng.normal(size=(12, 12)), 0.9),
           "a tiny U": (1e-6 * np.array([[1.0, 2], [3, 4]]), 2.0),
           "one unit": (_row(-2), 0.5), "a larger radius": (np.array([[1.0, 2], [3, 4]]), 20.0),
           "radius zero": (np.array([[1.0, 2], [3, 4]]), 0.0)},
    suspects=(
        Slip("norm instead of radius", _NORM, (_OLD, "np.linalg.norm(U, 2)")),
        Slip("norm instead of radius", _NORM, (_OLD, "np.linalg.norm(U)")),
        Slip("entries instead of eigenvalues", _LARGEST, (_OLD, "np.abs(U).max()")),
        Slip("real part only", _COMPLEX, (_OLD, "np.linalg.eigvals(U).real.max()")),
        Slip("real part only", _COMPLEX, (_OLD, "np.abs(np.linalg.eigvals(U).real).max()")),
        Slip("one eigenvalue, not the largest", _LARGEST, (_OLD, _SIZES + "[0]")),
        Slip("one eigenvalue, not the largest", _LARGEST, (_OLD, _SIZES + "[-1]")),
        Slip("size after the maximum", _COMPLEX, (_OLD, "np.abs(np.linalg.eigvals(U).max())")),
        Slip("size after the maximum", "the sizes come first: NumPy orders complex numbers by their real parts",
             (_OLD, "max(abs(np.linalg.eigvals(U).max()), abs(np.linalg.eigvals(U).min()))")),
        *(Slip("radius with a guard", "one eigenvalue is not zero, but may be tiny: divide by the radius itself",
               (_OLD, other)) for other in (f"({_OLD} + 1e-12)", f"({_OLD} + 1e-8)", f"max({_OLD}, 1e-3)")),
        Slip("size forgotten", _COMPLEX, (_OLD, "max(np.linalg.eigvals(U), key=abs)")),
        Slip("mean of the eigenvalues", _LARGEST, ("max()", "mean()")),
        Slip("smallest eigenvalue", _LARGEST, ("max()", "min()")),
        Slip("old radius not divided out", "divide by the old radius: U · radius / old", (" / " + _OLD, "")),
        Slip("never enlarged", "the radius asked for may be larger", (f"radius / {_OLD}", f"min(1, radius / {_OLD})")),
        Slip("divided the wrong way", "U · radius / old radius", (f"radius / {_OLD}", f"{_OLD} / radius")),
        Slip("radius forgotten", "this has spectral radius 1: multiply by the one asked for", ("radius /", "1 /")),
        Slip("symmetric part only", "eigvalsh is for symmetric matrices: eigvals", ("eigvals(", "eigvalsh("))))


# ---- 09-5 clipping -------------------------------------------------------------------------------------------------
def clip_by_global_norm(dW, dU, db, limit):
    """The gradients, shortened together to a norm of at most limit.

    dW, dU, db of any shapes, limit a number  ->  three arrays of the same shapes
    """
    norm = np.sqrt((dW * dW).sum() + (dU * dU).sum() + (db * db).sum())
    factor = limit / norm if norm > limit else 1.0
    return dW * factor, dU * factor, db * factor


def _gradients(rng, norm, limit, scales=(1, 1, 1), shapes=None):
    """Three gradients of this norm together."""
    D, H = _drawn(rng, (), 2)
    grads = [rng.normal(size=size) * scale for size, scale in zip(shapes or ((D, H), (H, H), (H,)), scales)]
    old = np.sqrt(sum((g * g).sum() for g in grads))
    return *(g * (norm / old) for g in grads), float(limit)

_ROOT, _CLIP = "np.sqrt((dW * dW).sum() + (dU * dU).sum() + (db * db).sum())", "dW * factor, dU * factor, db * factor"
_FACTOR, _LENGTH = "limit / norm if norm > limit else 1.0", "above the limit all is multiplied by limit / norm"
_ONE, _SQUARES = "one norm, one factor: else the direction changes", "the root of the sum of the squares of all entries"
_SHORT = "a norm below the limit stays, 0 too: the factor is at most 1"

CLIP = Task(
    id="09-5", title="clipping by the global norm", level="fill in", difficulty=1, importance=3, minutes=8,
    reference=clip_by_global_norm, outputs=("dW", "dU", "db"), tolerance=1e-5,
    cases=lambda rng: _gradients(rng, rng.uniform(5, 50), rng.uniform(0.1, 4)),
    small=(_row(3, 0), np.array([[0.0, 4], [0, 0]]), np.array([12.0, 0]), 6.5),    # the norm is 13
    edges={"zeros": (np.zeros((2, 3)), np.zeros((3, 3)), np.zeros(3), 1.0),
           "a limit of zero": (np.ones((2, 3)), np.eye(3), np.ones(3), 0.0),
           "dU and db of zeros": (_row(3, 4), np.zeros((2, 2)), np.zeros(2), 1.0), **_edges(
        _gradients, short_gradients=(0.5, 5), a_norm_below_1=(0.5, 0.1), a_norm_just_above_the_limit=(2.2, 2),
        large_numbers=(2e4, 3e3), a_tiny_limit=(3, 1e-4),
        other_shapes=(9, 2, (1, 1, 1), ((2, 3), (4, 2, 3), (1, 3))),
        a_long_dW_alone=(20, 2, (1e3, 1e-3, 1e-3)), a_long_db_alone=(20, 2, (1e-3, 1e-3, 1e3)))},
    suspects=(
        Slip("each array by its own norm", _ONE,
             (_CLIP, "tuple(g * min(1.0, limit / np.linalg.norm(g)) for g in (dW, dU, db))")),
        Slip("entries clipped one by one", _ONE, (_CLIP, "tuple(np.clip(g, -limit, limit) for g in (dW, dU, db))")),
        Slip("squared norm", _SQUARES, ("np.sqrt(", "(")),
        Slip("norms added", _SQUARES, (_ROOT, "sum(np.linalg.norm(g) for g in (dW, dU, db))")),
        Slip("spectral norm of a matrix", _SQUARES + "; np.linalg.norm(dW, 2) is the largest singular value",
             (_ROOT, "np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in (dW, dU, db)))")),
        Slip("largest entry", _SQUARES, (_ROOT, "max(abs(g).max() for g in (dW, dU, db))")),
        Slip("dW alone", _SQUARES, (_ROOT, "np.linalg.norm(dW)")),
        Slip("bias left out", _SQUARES + ", of db too", (" + (db * db).sum()", "")),
        Slip("bias left out", "db is multiplied by the factor too", (", db * factor", ", db")),
        Slip("limit forgotten", _LENGTH, (_FACTOR, "1 / norm")),
        Slip("limit forgotten", _LENGTH, ("limit / norm", "1 / norm")),
        Slip("not clipped at all", _LENGTH, (_FACTOR, "1.0")),
        Slip("short gradients made longer", _SHORT, (_FACTOR, "limit / norm if norm else 1.0")),
        Slip("short gradients made longer", _SHORT, (_FACTOR, "limit / norm"))))


# ---- 09-6 an LSTM step ---------------------------------------------------------------------------------------------
def lstm_step(x, h, c, W, U, b):
    """One step of a long short-term memory.

    x (N, D), h, c (N, H), W (D, 4H), U (H, 4H), b (4H,)  ->  new h, new c (N, H)
    """
    zi, zf, zg, zo = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, o = ((1 + np.tanh(z / 2)) / 2 for z in (zi, zf, zo))
    c = f * c + i * np.tanh(zg)
    return o * np.tanh(c), c


def _lstm_case(rng, *sizes, scale=1, every=1, inputs=1, memory=1):
    """x, h, c, W, U, b; every so many columns of z are larger by ``scale``."""
    N, D, H = _drawn(rng, sizes, 3)
    x, h, c = (rng.normal(size=size) for size in ((N, D), (N, H), (N, H)))
    weights = [rng.normal(size=size) for size in ((D, 4 * H), (H, 4 * H), 4 * H)]
    for array in weights:
        array[..., ::every] *= scale
    return inputs * x, h, memory * c, weights[0] / inputs, *weights[1:]

# sigmoid(ln 3) = 3/4, sigmoid(−ln 3) = 1/4, tanh(ln 3 / 2) = 1/2
_LN3 = float(np.log(3.0))
_LSTM_SMALL = _row(1), _row(1), _row(2), _row(_LN3, -_LN3, 0, 0), _row(0, 0, _LN3 / 2, _LN3), np.zeros(4)
_GATES, _BLOCKS = "i, f and o are sigmoids, between 0 and 1", "four blocks of H columns, in the order i, f, g, o"
_MEMORY, _SHOWN = "the new memory is c' = f c + i g", "the new state is h' = o tanh(c')"
_Z, _SIGMOID = "np.split(x @ W + h @ U + b, 4, axis=1)", "(1 + np.tanh(z / 2)) / 2"

LSTM_STEP = Task(
    id="09-6", title="an LSTM step", level="write", difficulty=2, importance=3, minutes=15, reference=lstm_step,
    outputs=("h", "c"), cases=_lstm_case, small=_LSTM_SMALL,
    edges={**_edges(_lstm_case, one_example=(1,), one_unit=(3, 4, 1), equal_sizes=(4, 4, 4)),
           "large z": lambda rng: _lstm_case(rng, scale=500), "large c": lambda rng: _lstm_case(rng, memory=10)},
    suspects=(
        *(Slip("gates in another order", _BLOCKS, ("zi, zf, zg, zo", ", ".join(order)))
          for order in list(permutations(("zi", "zf", "zg", "zo")))[1:] if order != ("zf", "zi", "zg", "zo")),
        Slip("gates interleaved", _BLOCKS, (_Z, "np.moveaxis((x @ W + h @ U + b).reshape(len(x), -1, 4), 2, 0)")),
        Slip("sigmoid for the candidate", "g goes through tanh", ("np.tanh(zg)", "(1 + np.tanh(zg / 2)) / 2")),
        Slip("candidate without tanh", "the candidate g goes through tanh", ("np.tanh(zg)", "zg")),
        Slip("sigmoid forgotten", _GATES, (_SIGMOID, "z")),
        Slip("tanh for the gates", _GATES, (_SIGMOID, "np.tanh(z)")),
        Slip("sigmoid of 2 z", "the sigmoid of z is (1 + tanh(z / 2)) / 2", ("np.tanh(z / 2)", "np.tanh(z)")),
        Slip("input and forget swapped", _MEMORY, ("i, f, o =", "f, i, o =")),
        Slip("forget gate missing", _MEMORY, ("f * c", "c")),
        Slip("one minus f", _MEMORY + ": f says how much is kept", ("f * c", "(1 - f) * c")),
        Slip("one minus i", _MEMORY + ": f is a gate of its own", ("f * c", "(1 - i) * c")),
        Slip("input gate missing", _MEMORY, ("i * np.tanh", "np.tanh")),
        Slip("h in place of c", _MEMORY, ("f * c", "f * h")),
        Slip("memory shown without tanh", _SHOWN, ("np.tanh(c)", "c")),
        Slip("old memory shown", _SHOWN + ", not of c", ("c = f", "new = f"), ("(c), c", "(c), new")),
        Slip("output gate missing", _SHOWN, ("o * np.tanh(c)", "np.tanh(c)")),
        Slip("state not read", "the gates read the state too: z = x W + h U + b", (" + h @ U", "")),
        Slip("bias not read", "z = x W + h U + b", (" + b,", ","))))


# ---- 09-7 its backward ---------------------------------------------------------------------------------------------
def lstm_step_backward(dh, dc, x, h, c, W, U, b):
    """The gradients of lstm_step.

    dh, dc, h, c (N, H), x (N, D), W (D, 4H), U (H, 4H), b (4H,)
    ->  dx (N, D), dh, dc (N, H), dW (D, 4H), dU (H, 4H), db (4H,)
    """
    zi, zf, zg, zo = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, o = ((1 + np.tanh(z / 2)) / 2 for z in (zi, zf, zo))
    g = np.tanh(zg)
    shown = np.tanh(f * c + i * g)
    total = dc + dh * o * (1 - shown * shown)
    di, df, dg, do = total * g, total * c, total * i, dh * shown
    dz = np.concatenate([di * i * (1 - i), df * f * (1 - f),
                         dg * (1 - g * g), do * o * (1 - o)], axis=1)
    return dz @ W.T, dz @ U.T, total * f, x.T @ dz, h.T @ dz, dz.sum(axis=0)


def _lstm_back_case(rng, *sizes, dh=1, dc=1, **options):
    inputs = _lstm_case(rng, *sizes, **options)
    return dh * rng.normal(size=inputs[1].shape), dc * rng.normal(size=inputs[1].shape), *inputs

_BOTH = "c' is paid twice: dc by the next step, dh o (1 − tanh² c') through h' = o tanh(c')"
_BEFORE = "c' = f c + i g: the memory before gets f times ALL that c' received"
_INTO = "c' = f c + i g: di = dc g, df = dc c, dg = dc i, with dc all that c' received"

LSTM_BACK = Task(
    id="09-7", title="the backward of an LSTM step", level="write", difficulty=3, importance=3, minutes=30,
    reference=lstm_step_backward, outputs=("dx", "dh", "dc", "dW", "dU", "db"), cases=_lstm_back_case,
    small=(_row(4), _row(1), *_LSTM_SMALL), batch=lambda dh, *_: len(dh),
    edges={**_edges(_lstm_back_case, one_example=(1,), one_unit=(3, 4, 1), equal_sizes=(4, 4, 4)),
           "dc of zeros": lambda rng: _lstm_back_case(rng, dc=0),
           "dh of zeros": lambda rng: _lstm_back_case(rng, dh=0),
           "large z": lambda rng: _lstm_back_case(rng, scale=500, every=3),
           "large c": lambda rng: _lstm_back_case(rng, memory=10),
           "large inputs and a small W": lambda rng: _lstm_back_case(rng, inputs=1e3)},
    suspects=(
        Slip("payment of h forgotten", _BOTH, ("dc + dh * o * (1 - shown * shown)", "dc")),
        Slip("payment of c forgotten", _BOTH, ("dc + dh", "dh")),
        Slip("slope of tanh c forgotten", _BOTH, (" * (1 - shown * shown)", "")),
        Slip("output gate forgotten in dc", _BOTH, ("dh * o", "dh")),
        Slip("forget gate forgotten", _BEFORE, ("total * f", "total")),
        Slip("dc of the next step only", _BEFORE, ("total * f", "dc * f")),
        Slip("new memory in df", _INTO, ("total * c", "total * (f * c + i * g)")),
        Slip("i and g swapped", _INTO, ("total * g, total * c, total * i", "total * i, total * c, total * g")),
        Slip("memory without tanh in do", "o multiplied tanh(c')", ("dh * shown", "dh * (f * c + i * g)")),
        Slip("slopes of the gates forgotten", "each gate goes through its sigmoid: di becomes di i (1 − i), and so on",
             (" * i * (1 - i)", ""), (" * f * (1 - f)", ""), (" * o * (1 - o)", "")),
        Slip("sigmoid's slope for the candidate", "g went through tanh: slope 1 − g²", ("(1 - g * g)", "g * (1 - g)")),
        Slip("gates in another order", _BLOCKS, ("dg * (1 - g * g), ", ""), ("(1 - o)]", "(1 - o), dg * (1 - g * g)]")),
        Slip("gates i and f swapped", _BLOCKS, ("di * i * (1 - i), ", ""), ("(1 - f)", "(1 - f), di * i * (1 - i)")),
        Slip("gates in another order", _BLOCKS, ("zi, zf, zg, zo", "zi, zf, zo, zg"),
             ("dg * (1 - g * g), ", ""), ("(1 - o)]", "(1 - o), dg * (1 - g * g)]")),
        Slip("gates i and f swapped", _BLOCKS, ("zi, zf, zg, zo", "zf, zi, zg, zo"), ("di * i * (1 - i), ", ""),
             ("(1 - f)", "(1 - f), di * i * (1 - i)")),
        *(Slip("wrong order", "the results are right but in another order; return dx, dh, dc, dW, dU, db",
               ("dz @ W.T, dz @ U.T, total * f, x.T @ dz, h.T @ dz, dz.sum(axis=0)", other)) for other in (
            "x.T @ dz, h.T @ dz, dz.sum(axis=0), dz @ W.T, dz @ U.T, total * f",
            "dz @ W.T, dz @ U.T, x.T @ dz, h.T @ dz, dz.sum(axis=0), total * f",
            "dz @ U.T, total * f, dz @ W.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)")),
        Slip("dh added to dh before", "the gates alone used h: its gradient is dz Uᵀ", ("dz @ U.T", "dz @ U.T + dh")),
        Slip("missing sum over the batch", "b served every example: db is a sum over the batch", (".sum(axis=0)", "")),
        Slip("mean instead of sum", "db is a sum over the batch", ("dz.sum", "dz.mean"))))


# ---- 09-8 temperature ----------------------------------------------------------------------------------------------
def probabilities_at(z, temperature):
    """softmax(z / temperature).

    z (K,), temperature a number above 0  ->  p (K,), with sum 1
    """
    z = z / temperature
    e = np.exp(z - z.max())
    return e / e.sum()

_STABLE = "e to the 800 is too large for a float: subtract the largest before the exponential (lesson 02, section 5)"
_TINY = "far below 0 every exponential is 0, and 0/0 follows: subtract the largest logit, not the largest size"
_DIVIDE, _RESULT = "z = z / temperature", "e / e.sum()"
_BY, _ADD_UP = "divide the logits by the temperature, before the softmax", "e / e.sum(): probabilities add up to 1"

TEMPERATURE = Task(
    id="09-8", title="probabilities at a temperature", level="fill in", difficulty=1, importance=2, minutes=6,
    reference=probabilities_at, outputs=("p",), small=(np.log([1.0, 2, 3]), 0.5),         # squares: 1, 4, 9 of 14
    cases=lambda rng: (3 * rng.normal(size=int(rng.integers(4, 9))), float(rng.choice([0.3, 0.7, 1.4]))),
    edges={"a low temperature": (_row(-60, 40, 39)[0], 0.02), "logits below 0": (_row(-40, -10, -11)[0], 0.01),
           "a high temperature": (np.array([0.0, -900, 900]), 500.0), "equal logits": (np.full(4, 7.0), 2.0),
           "one symbol": (np.array([3.0]), 0.5), "large logits": (np.array([800.0, 799, 798.5]), 1.0),
           "a tiny temperature": (np.array([0, 0.001, 0.002]), 0.001)},
    suspects=(
        Slip("temperature forgotten", _BY, (_DIVIDE, "z = z")),
        Slip("multiplied by the temperature", _BY, (_DIVIDE, "z = z * temperature")),
        Slip("divided after the softmax", _BY, (_DIVIDE, "z = z"), (_RESULT, _RESULT + " / temperature")),
        Slip("not normalised", _ADD_UP, ("z - z.max()", "z"), (_RESULT, "e")),
        Slip("not normalised", _ADD_UP, (_RESULT, "e")),
        Slip("not normalised", _ADD_UP, ("e.sum()", "e.max()")),
        Slip("logits instead of probabilities", "exponential and division by the sum are missing", (_RESULT, "z")),
        Slip("always the likeliest", "the others keep their share: e / e.sum()", (_RESULT, "1.0 * (z == z.max())")),
        *(Slip("overflow", _STABLE, ("z - z.max()", f"z{other}"))
          for other in ("", " - z.min()", " - z.mean()", " - z[0]")),
        Slip("underflow", _TINY, ("z - z.max()", "z - abs(z).max()"))))


# ---- 09-9 bug hunt -------------------------------------------------------------------------------------------------
def recurrent_gradients(xs, t, W, U, V):
    """The gradients of the mean squared error of y_s = h_s V.

    xs (T, N, D), t (T, N, K), W (D, H), U (H, H), V (H, K)  ->  dW, dU, dV
    """
    dh, hs = 0.0, [np.zeros((xs.shape[1], len(U)), U.dtype)]
    for x in xs:
        hs.append(np.tanh(x @ W + hs[-1] @ U))
    dW, dU, dV = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V)
    for s in reversed(range(len(xs))):
        dy = 2 * (hs[s + 1] @ V - t[s]) / t.size
        da = (dy @ V.T + dh) * (1 - hs[s + 1] ** 2)
        dV, dU, dW = dV + hs[s + 1].T @ dy, dU + hs[s].T @ da, dW + xs[s].T @ da
        dh = da @ U.T
    return dW, dU, dV


def _hunt_case(rng, *sizes):
    _, xs, h0, _, W, U = _sequence(rng, *sizes[:4], inputs=sizes[4] if sizes[4:] else 1)
    return xs, rng.normal(size=(len(xs), len(h0), 2)), W / 2, U, rng.normal(size=(len(U), 2))

_ADDED = ("dV + hs", "hs"), ("dU + hs", "hs"), ("dW + xs", "xs")
_FOUND = *_ADDED, ("    dW, dU, dV = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V)\n", "")
_MEAN = "the loss is a mean over all entries of all steps: divide by t.size"

HUNT = Task(
    id="09-9", title="bug hunt: a way back that learns from one step only", level="fill in", difficulty=2, importance=3,
    minutes=12, reference=recurrent_gradients, hunt="= for +=", outputs=("dW", "dU", "dV"), cases=_hunt_case,
    small=(_steps(_LN3 / 2, _LN3 / 2 - 0.5), _steps(0, 3), _row(1), _row(1), _row(2)),       # both states are 1/2
    edges=_edges(_hunt_case, **_LENGTHS, large_inputs_and_a_small_W=(3, 4, 2, 5, 1e4)),
    suspects=(
        *(Slip("= for +=", "what is overwritten at each step is a sum over the steps, (9.5): dW, dU and dV", *edits)
          for edits in (_FOUND, _ADDED[1:], *([edit] for edit in _ADDED))),
        Slip("gradient from later steps forgotten", "by (9.4) dh is added: dy Vᵀ + dh", ("@ V.T + dh", "@ V.T")),
        Slip("doubled", "dh is counted twice", ("@ V.T + dh", "@ V.T + 2 * dh")),
        Slip("slope too early", "dh must go through this step's tanh as well: (dy Vᵀ + dh) (1 − h²)",
             ("(dy @ V.T + dh) * (1 - hs[s + 1] ** 2)", "dy @ V.T * (1 - hs[s + 1] ** 2) + dh")),
        Slip("new state in dU", "U was multiplied by the state before the step", ("hs[s].T", "hs[s + 1].T")),
        Slip("old state in dV", "V was multiplied by the state after the step", ("hs[s + 1].T", "hs[s].T")),
        Slip("last state before the first", "before step 0 the state was zero", ("hs[s].T", "hs[s or -1].T")),
        Slip("dh accumulated", "dh is handed on, not summed: only parameters are summed", ("dh = da", "dh = dh + da")),
        Slip("transpose", "back through the product with U: da Uᵀ", ("U.T", "U")),
        Slip("mean over one step only", _MEAN, ("t.size", "t[s].size")),
        Slip("mean over the batch only", _MEAN, ("t.size", "len(t[s])"))))

TASKS = [BPTT_STEPS, STEP, BPTT, TRUNCATED, RADIUS, CLIP, LSTM_STEP, LSTM_BACK, TEMPERATURE, HUNT]
