"""Tasks of lesson 12: the front end as rules, a layer shared over time, splits, transfer, the confusion matrix."""

from copy import deepcopy
from itertools import permutations

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.engine import Suspect, Task, copied, same
from course_lib.layers import BatchNorm, Dense, Dropout, ReLU, Sequential, inference
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import mean_squared_error
from course_lib.training import predict, train_step


def _sizes(rng, count):
    """Different sizes, each at least 3, so that no two axes can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, 9), size=count, replace=False)]


class _Later:
    """Stands for what a rule gives after its first wrong result."""

    def __repr__(self):
        return "…"


_LATER = _Later()


def _rule(reference):
    """A rule and its backward in one call, (*inputs, dy) -> (y, *gradients).

    What comes after the first wrong result is not looked at: a mistake in y is called by its name whatever the backward
    makes of it, and one in dx whatever it does to db.
    """
    def adapt(answer):
        def run(*arguments):
            *inputs, dy = arguments
            given, dy_given = copied(inputs), dy.copy()
            result = answer(*inputs)
            y, backward = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
            tolerance = 1e-3 if getattr(y, "dtype", None) == np.float32 else 1e-9
            right, right_backward = reference(*given)
            if not same(y, right, tolerance):
                return y, _LATER
            if not callable(backward):
                raise TypeError("y is right; a rule returns y and the function backward: return y, backward")
            grads, expected = _tuple(backward(dy)), _tuple(right_backward(dy_given))
            if len(grads) == len(expected) \
                    and not any(same(order, expected, tolerance) for order in permutations(grads)):
                wrong = next(i for i, (g, e) in enumerate(zip(grads, expected)) if not same(g, e, tolerance))
                grads = grads[:wrong + 1] + (_LATER,) * (len(grads) - wrong - 1)
            return (y, *grads)
        return run
    return adapt


def _tuple(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _rows(x, *_):
    return len(x)


def _with(function, fault, hint, name=None):
    """A Suspect whose function is the right one with one fault in it."""
    return Suspect(name or fault, hint, lambda *arguments: function(*arguments, fault=fault))


# ---- 12-1 frames ---------------------------------------------------------------------------------------------

def _frames(x, size, hop, fault=None):
    """The reference; ``fault`` puts in what a suspect does differently."""
    if fault == "size and hop exchanged":
        size, hop = hop, size
    if fault == "frames without overlap":
        hop = size
    step = 1 if fault == "hop forgotten" else hop
    n = x.shape[-1]
    T = {"last frame forgotten": (n - size) // hop, "a frame that is not full": -(-(n - size) // hop) + 1,
         "one frame a sample": n - size + 1}.get(fault, (n - size) // hop + 1)
    padded = np.concatenate([x, np.zeros((len(x), size + hop), x.dtype)], axis=1)
    y = np.stack([padded[:, t * step:t * step + size] for t in range(T)],
                 axis=0 if fault == "frames before waveforms" else 1)

    def backward(dy):
        dx = np.zeros((len(x), (T - 1) * hop + size if fault == "dx too short" else n), dy.dtype)
        users = np.zeros(dx.shape, dy.dtype)
        for t in range(T):
            place = slice(t, t + size) if fault == "hop forgotten on the way back" else slice(t * hop, t * hop + size)
            dx[:, place] = dy[:, t] if fault == "= for +=" else dx[:, place] + dy[:, t]
            users[:, place] += 1
        return dx / np.maximum(users, 1) if fault == "mean instead of sum" else dx
    return y, backward


def _frames_case(rng):
    N, T = _sizes(rng, 2)
    hop = int(rng.integers(3, 5))
    size = 2 * hop + int(rng.integers(1, hop))              # frames overlap, twice or three times
    n = (T - 1) * hop + size + int(rng.integers(1, hop))    # and some samples are left over
    return rng.normal(size=(N, n)), size, hop, rng.normal(size=(N, T, size))


FRAMES = Task(
    id="12-1", title="frames and overlap-add", signature="frames(x, size, hop)", level="write", difficulty=2,
    importance=3, minutes=20, reference=_frames, adapt=_rule(_frames), outputs=("y", "dx"), cases=_frames_case,
    batch=_rows, keeps_dtype=True,
    small=(np.array([[1.0, 2, 3, 4, 5, 6, 7, 8], [0, 1, 0, -1, 0, 2, 0, -2]]), 3, 2,
           np.array([[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]], [[0, 1, 0], [2, 0, 0], [1, 1, 1]]])),
    suspects=(
        _with(_frames, "size and hop exchanged",
              "a frame is `size` samples long; the next one starts `hop` samples later"),
        _with(_frames, "last frame forgotten", "count fence posts: (n − size) // hop steps lead from the first frame "
              "to the last, so there is one frame more"),
        _with(_frames, "a frame that is not full",
              "samples at the end that fill no frame are left out: round down, and pad nothing"),
        _with(_frames, "frames without overlap",
              "the next frame starts `hop` samples later, not `size`: neighbours share samples"),
        _with(_frames, "hop forgotten", "frame number t starts at sample t · hop"),
        _with(_frames, "one frame a sample",
              "there is one frame every `hop` samples, so (n − size) // hop + 1 of them"),
        Suspect("one frame a sample", "there is one frame every `hop` samples, not one a sample",
                lambda x, size, hop: _frames(x, size, 1)),
        _with(_frames, "frames before waveforms", "the shape is (N, T, size): stack the frames along axis 1"),
        _with(_frames, "= for +=",
              "frames overlap: a sample lies in several of them, and their payments add up, so +=, not ="),
        _with(_frames, "mean instead of sum",
              "a sample in three frames is paid three times: overlap and add, without dividing"),
        _with(_frames, "dx too short", "dx has the shape of x; samples that no frame holds have gradient 0"),
        _with(_frames, "hop forgotten on the way back", "frame t pays the samples from t · hop on, where it came from"),
    ))


# ---- 12-2 the window -------------------------------------------------------------------------------------------

def _windowed(x, fault=None):
    n = x.shape[1] if fault == "window along the frames" else x.shape[-1]
    i = np.arange(n) + (1 if fault == "counted from 1" else 0)
    turn = 2 * np.pi * i / (n - 1 if fault == "symmetric window" else n + 1 if fault == "divided by n + 1" else n)
    w = {"half a turn": 0.5 - 0.5 * np.cos(turn / 2), "sign of the cosine": 0.5 + 0.5 * np.cos(turn),
         "square forgotten": np.sin(turn / 2),
         "sine for cosine": 0.5 - 0.5 * np.sin(turn), "Hamming window": 0.54 - 0.46 * np.cos(turn),
         "window multiplied twice": (0.5 - 0.5 * np.cos(turn)) ** 2, "one half forgotten": 1 - 0.5 * np.cos(turn)}.get(
             fault, 0.5 - 0.5 * np.cos(turn)).astype(x.dtype)
    if fault == "window along the frames":
        w = w[:, np.newaxis]
    back = {"window forgotten on the way back": np.ones_like(w), "window twice on the way back": w * w}.get(fault, w)
    return (x if fault == "no window" else x * w), lambda dy: (x * back if fault == "x instead of dy" else dy * back)


def _windowed_case(rng):
    shape = _sizes(rng, 3)
    return rng.normal(size=shape), rng.normal(size=shape)


WINDOW = Task(
    id="12-2", title="the Hann window", signature="windowed(x)", level="fill in", difficulty=1, importance=2, minutes=8,
    reference=_windowed, adapt=_rule(_windowed), outputs=("y", "dx"), cases=_windowed_case, batch=_rows,
    keeps_dtype=True,
    # w = 0, ½, 1, ½
    small=(np.array([[[6.0, 6, 6, 6], [4, 2, 3, -2]]]), np.array([[[1.0, 2, 3, 4], [1, 1, 1, 1]]])),
    suspects=(
        _with(_windowed, "symmetric window", "with n − 1 the window ends on a zero of its own, and neighbours do not "
              "add up to 1; (12.2) divides by n"),
        _with(_windowed, "divided by n + 1", "(12.2) divides by n: one whole turn of the cosine in n samples"),
        _with(_windowed, "half a turn", "the cosine makes one whole turn in n samples: 2π i / n"),
        _with(_windowed, "sign of the cosine", "the window is 0 at the edge and 1 in the middle: ½ minus ½ cos"),
        _with(_windowed, "square forgotten", "½ − ½ cos(2a) = sin²(a), with the square"),
        _with(_windowed, "sine for cosine", "½ − ½ cos: at i = 0 the window must be 0"),
        _with(_windowed, "one half forgotten",
              "½ − ½ cos: both halves are needed, so that the window lies between 0 and 1"),
        _with(_windowed, "Hamming window", "this is Hamming's window, with 0.54 and 0.46; Hann's has two halves"),
        _with(_windowed, "counted from 1", "samples are counted from 0: np.arange(n)"),
        _with(_windowed, "window multiplied twice", "each sample is multiplied by the window once"),
        _with(_windowed, "window along the frames",
              "the window fades each frame in and out: it runs along the last axis, the samples of a frame"),
        _with(_windowed, "no window", "y is x times the window, not x"),
        _with(_windowed, "window forgotten on the way back",
              "y = x w, so dx = dy w: on the way back each sample meets its weight again"),
        _with(_windowed, "window twice on the way back", "y = x w, so dx = dy w, with the window once"),
        _with(_windowed, "x instead of dy", "what goes back is dy times the window: the slope of x w in x is w"),
    ))


# ---- 12-3 the Fourier transform as a matrix ----------------------------------------------------------------------

def _spectrum(x, fault=None):
    n = x.shape[-1]
    count = {"all n frequencies": n, "last frequency missing": n // 2}.get(fault, n // 2 + 1)
    turns = np.outer(np.arange(n), np.arange(count) + (1 if fault == "frequencies from 1" else 0))
    angle = 2 * np.pi * turns / (n - 1 if fault == "divided by n − 1" else n)
    if fault == "half a turn":
        angle = angle / 2
    C, S = np.cos(angle).astype(x.dtype), np.sin(angle).astype(x.dtype)
    if fault == "divided by n":
        C, S = C / n, S / n
    c, s = x @ C, x @ S
    y = {"sine forgotten": c * c, "cosine forgotten": s * s, "square forgotten": c + s,
         "magnitude for power": np.sqrt(c * c + s * s),
         "(c + s)² for c² + s²": (c + s) ** 2, "difference of squares": c * c - s * s,
         "divided by n": (c * c + s * s) * (n if fault else 1)}.get(
             fault, c * c + s * s)

    def backward(dy):
        if fault == "irfft for the transpose":
            return 2 * np.fft.irfft(dy * (c - 1j * s), n)
        if fault == "irfft scaled":
            return 2 * n * np.fft.irfft(dy * (c - 1j * s), n)
        if fault == "transpose":
            return 2 * ((dy * c) @ C + (dy * s) @ S)
        if fault == "dy c + dy s":
            return 2 * (dy * (c + s)) @ (C + S).T
        a, b = {"c and s forgotten": (dy, dy), "dy not used": (c, s),
                "squares on the way back": (dy * c * c, dy * s * s),
                "c and s exchanged": (dy * s, dy * c), "sign of the sine's payment": (dy * c, -dy * s),
                "sine's payment forgotten": (dy * c, 0 * dy),
                "cosine's payment forgotten": (0 * dy, dy * s)}.get(fault, (dy * c, dy * s))
        return 2 * (a @ C.T + b @ S.T)
    return y, backward


def _norm_in_the_matrices(x):
    """y with 1/n in both matrices: 1/n² in y."""
    return _scaled(x, 1 / x.shape[-1] ** 2)


def _scaled(x, factor):
    y, backward = _spectrum(x)
    return factor * y, lambda dy: factor * backward(dy)


def _spectrum_case(rng):
    n = int(rng.integers(7, 13))
    T = int(rng.choice([t for t in range(3, 9) if t not in (n, n // 2, n // 2 + 1)]))
    return rng.normal(size=(T, n)), rng.normal(size=(T, n // 2 + 1))


SPECTRUM = Task(
    id="12-3", title="the Fourier transform as a matrix", signature="power_spectrum(x)", level="write", difficulty=3,
    importance=3, minutes=25, reference=_spectrum, adapt=_rule(_spectrum), outputs=("y", "dx"), cases=_spectrum_case,
    keeps_dtype=True,
    small=(np.array([[1.0, 2, 3, 4], [2, 1, 0, -1]]), np.array([[1.0, 0, -1], [0, 2, 0]])),
    suspects=(
        _with(_spectrum, "sine forgotten",
              "a tone that starts elsewhere moves from the cosine to the sine: both squares are needed"),
        _with(_spectrum, "cosine forgotten", "both squares are needed: c² + s²"),
        _with(_spectrum, "square forgotten", "power is c² + s²: the squared length of the pair (c, s)"),
        _with(_spectrum, "magnitude for power",
              "asked is the power c² + s², without the root: at a silent frequency the root has no slope"),
        _with(_spectrum, "(c + s)² for c² + s²", "square each sum first, then add"),
        _with(_spectrum, "difference of squares",
              "power is c² + s², with a plus; the imaginary unit is not needed here"),
        _with(_spectrum, "all n frequencies",
              "above n / 2 the power repeats itself backwards: k runs from 0 to n // 2"),
        _with(_spectrum, "last frequency missing", "k runs from 0 to n // 2, both included: n // 2 + 1 columns"),
        _with(_spectrum, "frequencies from 1", "the first column is k = 0, the mean of the frame"),
        _with(_spectrum, "half a turn", "frequency k makes k whole turns in n samples: 2π i k / n"),
        _with(_spectrum, "divided by n − 1", "frequency k makes k whole turns in n samples: 2π i k / n, not n − 1"),
        Suspect("divided by n", "the transform of (12.3) is not divided by n", lambda x: _scaled(x, 1 / x.shape[-1])),
        Suspect("divided by n", "the transform of (12.3) is not divided by n; here c and s are both n times too small",
                _norm_in_the_matrices),
        Suspect("divided by n", "the transform of (12.3) is not divided by √n or 2n",
                lambda x: _scaled(x, 0.5 / x.shape[-1])),
        _with(_spectrum, "sine's payment forgotten",
              "x has two users, c and s; both pay it back: dx = 2 (dy c) Cᵀ + 2 (dy s) Sᵀ"),
        _with(_spectrum, "cosine's payment forgotten",
              "x has two users, c and s; both pay it back: dx = 2 (dy c) Cᵀ + 2 (dy s) Sᵀ"),
        _with(_spectrum, "sign of the sine's payment",
              "as y = c² + s², both payments have a plus; the sign of S appears twice and cancels"),
        _with(_spectrum, "c and s forgotten", "the slope of c² is 2 c: dy meets c before it meets Cᵀ"),
        _with(_spectrum, "dy not used", "by the chain rule every payment is multiplied by the upstream gradient dy"),
        _with(_spectrum, "squares on the way back", "the slope of c² is 2 c, not c²"),
        _with(_spectrum, "c and s exchanged", "what came through C goes back through Cᵀ with its own c: 2 (dy c) Cᵀ"),
        _with(_spectrum, "dy c + dy s",
              "the two paths go back one by one: multiplying (c + s) by (C + S) adds mixed terms"),
        _with(_spectrum, "transpose",
              "dc has one column a frequency, and dx one a sample: the way back goes through Cᵀ and Sᵀ"),
        _with(_spectrum, "irfft for the transpose", "irfft is the inverse of rfft, not its transpose: it divides by n "
              "and counts the inner frequencies twice"),
        _with(_spectrum, "irfft scaled",
              "irfft counts each frequency between the first and the last twice, k and n − k: halve them",
              "irfft for the transpose"),
    ))


# ---- 12-4 log mel ------------------------------------------------------------------------------------------------

def _log_mel(power, M, floor, fault=None):
    e = (power + floor) @ M if fault == "floor in every frequency" else power @ M
    e = {"floor forgotten": e, "floor in every frequency": e, "floor after the logarithm": e,
         "largest instead of sum": np.maximum(e, floor),
         "floor multiplied": e * floor}.get(fault, e + floor)
    if fault == "log before the sum":
        return np.log(power + floor) @ M, lambda dy: (dy @ M.T) / (power + floor)
    if fault == "log before the sum, no floor":
        return np.log(power) @ M, lambda dy: (dy @ M.T) / power
    if fault == "wrong axis":
        e = (power[:, :, np.newaxis] * M).sum(axis=0) + floor
    y = {"log10 for ln": np.log10(e), "decibels": 10 * np.log10(e), "log2 for ln": np.log2(e),
         "log of 1 + e": np.log1p(e),
         "logarithm forgotten": e, "log of the root": 0.5 * np.log(e), "floor after the logarithm": np.log(e) + floor,
         "square": 2 * np.log(e)}.get(fault, np.log(e))

    def backward(dy):
        slope = {"logarithm forgotten on the way back": np.ones_like(e), "multiplied by the energy": e,
                 "floor forgotten on the way back": 1 / (e - floor),
                 "divided by the logarithm": 1 / y}.get(fault, 1 / e)
        if fault == "transpose":
            return (dy * slope) @ M
        if fault == "divided by the power":
            return (dy @ M.T) / power
        if fault == "divided by power and floor":
            return (dy @ M.T) / (power + floor)
        if fault == "dy not used":
            return (1 / e) @ M.T
        return (dy * slope) @ M.T
    return y, backward


def _log_mel_case(rng):
    T, F, B = _sizes(rng, 3)
    power = np.exp(1.5 * rng.normal(size=(T, F)))
    M = np.clip(rng.uniform(-0.5, 1.0, size=(F, B)), 0, None) + 0.01
    return power, M, float(np.median(power @ M)), rng.normal(size=(T, B))      # a floor that some bands lie below


LOG_MEL = Task(
    id="12-4", title="log-mel energies", signature="log_mel(power, M, floor)", level="fill in", difficulty=2,
    importance=3, minutes=12, reference=_log_mel, adapt=_rule(_log_mel), outputs=("y", "dpower"), cases=_log_mel_case,
    batch=_rows, keeps_dtype=True,
    small=(np.array([[2.0, 2.0, 3.0], [1.0, 4.0, 0.0]]), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), 1.0,
           np.array([[4.0, 10.0], [8.0, -3.0]])),
    suspects=(
        _with(_log_mel, "log before the sum",
              "the powers of a band are added first, and the logarithm is taken of the sum"),
        _with(_log_mel, "log before the sum, no floor",
              "the powers of a band are added first, and the logarithm is taken of the sum", "log before the sum"),
        _with(_log_mel, "floor forgotten", "without the floor, silence gives the logarithm of 0, which is −∞"),
        _with(_log_mel, "floor after the logarithm",
              "the floor is added before the logarithm, to the energy: ln(power M + floor)"),
        _with(_log_mel, "floor in every frequency",
              "the floor is added once, to the energy of the band, after the product with M"),
        _with(_log_mel, "largest instead of sum",
              "the floor is added; with a maximum, all that lies below it would have no gradient"),
        _with(_log_mel, "floor multiplied", "the floor is added to the energy"),
        _with(_log_mel, "log10 for ln", "natural logarithm: np.log; the slope of log10 is another one"),
        _with(_log_mel, "decibels", "natural logarithm, without a factor: np.log", "log10 for ln"),
        _with(_log_mel, "log2 for ln", "natural logarithm: np.log"),
        _with(_log_mel, "log of 1 + e", "np.log1p adds 1; here the floor is added"),
        _with(_log_mel, "logarithm forgotten", "these are energies; their natural logarithm is asked"),
        _with(_log_mel, "wrong axis", "a band adds up frequencies of one frame, not frames: power @ M"),
        _with(_log_mel, "logarithm forgotten on the way back",
              "the slope of ln E is 1 / E: divide dy by the energy, then go back through M"),
        _with(_log_mel, "multiplied by the energy", "the slope of ln E is 1 / E: divide, do not multiply"),
        _with(_log_mel, "floor forgotten on the way back",
              "the logarithm was taken of power M + floor, and its slope is 1 over that"),
        _with(_log_mel, "divided by the logarithm", "the slope of ln E is 1 / E, with the energy, not its logarithm"),
        _with(_log_mel, "divided by the power",
              "first the slope of the logarithm, band by band, then back through M: (dy / energy) Mᵀ",
              "division after the bands"),
        _with(_log_mel, "divided by power and floor",
              "first the slope of the logarithm, band by band, then back through M: (dy / energy) Mᵀ",
              "division after the bands"),
        _with(_log_mel, "dy not used",
              "by the chain rule the slope 1 / energy is multiplied by the upstream gradient dy"),
        _with(_log_mel, "transpose",
              "dy has one column a band, and dpower one a frequency: the way back goes through Mᵀ"),
    ))


# ---- 12-5 split by voice and by engine -----------------------------------------------------------------------------

def _split(voice, engine, held_engine, count, rng):
    of_engine = engine == held_engine
    held = rng.choice(np.unique(voice[~of_engine]), count, replace=False)
    of_voice = np.isin(voice, held)
    return np.flatnonzero(~of_engine & ~of_voice), np.flatnonzero(of_voice), np.flatnonzero(of_engine)


def _utterances(rng):
    """Who spoke each utterance, and with which engine: names, in a mixed order."""
    rows = [(f"{engine}-{voice}", engine) for engine in ("anvil", "brook", "cedar")
            for voice in range(int(rng.integers(3, 6))) for _ in range(int(rng.integers(4, 8)))]
    voice, engine = np.array(rows)[rng.permutation(len(rows))].T
    return voice.copy(), engine.copy(), str(rng.choice(["anvil", "brook", "cedar"])), int(rng.integers(2, 4))


_PARTS = "train", "voices_out", "engine_out"


def _split_fault(parts, voice, engine, held_engine, count):
    """The first fault of a split, by its name."""
    counts = np.bincount(np.concatenate(parts), minlength=len(voice))
    train, voices_out, engine_out = parts
    leaks = np.sum(engine[train] == held_engine)
    if leaks:
        return Fault("held-out engine leaks into training", f"{leaks} rows of train were spoken by {held_engine}: no "
                     "row of the held-out engine may be trained on")
    both = sorted({str(name) for name in voice[train]} & {str(name) for name in voice[voices_out]})
    if both:
        return Fault("a voice on both sides", f"{both[0]} speaks in train and in voices_out: draw voices, not "
                     "utterances, and hold out everything that a drawn voice says")
    if np.any(engine[voices_out] == held_engine):
        return Fault("held-out engine among the voices", f"voices_out holds rows of {held_engine}: those belong to "
                     "engine_out, all of them; the voices are drawn from the other engines")
    if np.any(engine[engine_out] != held_engine):
        return Fault("other engines in engine_out", f"engine_out holds rows that {held_engine} did not speak")
    if np.any(counts > 1):
        return Fault("a row in two parts", f"row {counts.argmax()} is in two parts: each utterance belongs to one")
    if np.any(counts == 0):
        return Fault("rows lost", f"{np.sum(counts == 0)} of {len(voice)} utterances are in none of the three parts, "
                     f"row {counts.argmin()} for example; what is not held out is trained on")
    return None


def _as_rows(got, voice):
    """The three arrays of row numbers, or a Fault."""
    if not isinstance(got, (tuple, list)) or len(got) != 3:
        return Fault("number of results", f"three arrays were expected ({', '.join(_PARTS)}), "
                     f"got {len(got) if isinstance(got, (tuple, list)) else type(got).__name__}")
    parts = [np.asarray(part) for part in got]
    for name, part in zip(_PARTS, parts):
        if part.dtype == bool:
            return Fault("masks instead of rows",
                         f"{name} is an array of truth values; np.flatnonzero gives the numbers of the true rows")
        if part.dtype.kind not in "iu" and part.size:
            return Fault("not row numbers", f"{name} must hold the numbers of rows, got {part.dtype}")
        if part.ndim != 1 or np.any(part < 0) or np.any(part >= len(voice)):
            return Fault("not row numbers",
                         f"{name} must be a list of rows 0 … {len(voice) - 1}, got shape {part.shape}")
    return [part.astype(int) for part in parts]


def _split_probe(answer, rng):
    """Several tables and draws; each split is judged by what it must keep apart."""
    sizes = []
    for _ in range(12):
        voice, engine, held_engine, count = _utterances(rng)
        given = voice.copy(), engine.copy()
        parts = _as_rows(answer(voice, engine, held_engine, count, rng), voice)
        if isinstance(parts, Fault):
            return parts
        if not (np.array_equal(given[0], voice) and np.array_equal(given[1], engine)):
            return Fault("mutated input", "an input was changed: somebody else may still need it; np.sort(voice) makes "
                         "a copy, voice.sort() does not")
        fault = _split_fault(parts, voice, engine, held_engine, count)
        if fault:
            others = [order for order in permutations(parts)
                      if not _split_fault(order, voice, engine, held_engine, count)]
            return Fault("wrong order",
                         f"the parts are right but in another order; return {', '.join(_PARTS)}") if others else fault
        sizes.append((len(set(voice[parts[1]].tolist())), count))
    wrong = [(n, count) for n, count in sizes if n != count]
    if wrong and len(wrong) < len(sizes):
        return Fault("too few voices at times", f"{wrong[0][1]} voices were to be held out, got {wrong[0][0]}: is a "
                     "voice drawn twice (replace=False), or from the held-out engine?")
    if wrong:
        return Fault("number of voices", f"{wrong[0][1]} voices were to be held out, got {wrong[0][0]}")
    return None


def _split_draws(answer, rng):
    voice, engine, held_engine, count = _utterances(rng)

    def drawn(seed):
        return set(voice[np.asarray(answer(voice.copy(), engine.copy(), held_engine, count,
                                           np.random.default_rng(seed))[1])].tolist())
    seeds = rng.integers(1 << 30, size=20).tolist()
    if any(drawn(seed) != drawn(seed) for seed in seeds[:4]):
        return Fault("not reproducible",
                     "the same seed gave other voices: draw with the rng that is given, and with nothing else")
    draws = [drawn(seed) for seed in seeds]
    if all(draw == draws[0] for draw in draws):
        return Fault("always the same voices", "twenty seeds, and the same voices each time: draw them with rng")
    return None


SPLIT = Task(
    id="12-5", title="voices and an engine held out", signature="split(voice, engine, held_engine, count, rng)",
    level="write", difficulty=2, importance=3, minutes=15, reference=_split, outputs=_PARTS,
    probes=(("what must be apart is apart", _split_probe), ("the voices are drawn with rng", _split_draws)))


# ---- 12-6 a layer shared over time -----------------------------------------------------------------------------------

def _shared(x, W, b, fault=None):
    """One matrix over windows of k frames, and its maximum over time; ``fault``: what a suspect does."""
    k, T = len(W), x.shape[1]
    P = T - k + (0 if fault == "last place forgotten" else 1)
    starts = k * np.arange(T // k) if fault == "windows without overlap" else np.arange(P)
    order = range(k - 1, -1, -1) if fault == "kernel backwards in time" else range(k)
    if fault == "a matrix for each frame":
        z = np.stack([x[:, t] @ W[t % k] for t in range(P)], axis=1) + b
    elif fault == "first frame only":
        z = x[:, starts] @ W[0] + b
    else:
        z = sum(x[:, starts + u] @ W[w] for u, w in enumerate(order))
        z = z + b * {"bias for every frame": k, "bias forgotten": 0}.get(fault, 1)
    pool, axis = {"mean instead of maximum": (np.mean, 1), "sum instead of maximum": (np.sum, 1),
                  "smallest instead of largest": (np.min, 1),
                  "pooled over the units": (np.max, 2), "pooled over the batch": (np.max, 0),
                  "pooled over everything": (np.max, None)}.get(fault, (np.max, 1))
    y = {"last place only": z[:, -1], "largest by size": np.abs(z).max(axis=1)}.get(fault, pool(z, axis=axis))

    def backward(dy):
        winner = np.arange(P)[:, np.newaxis] == {
            "one winner for all units": z.max(axis=2).argmax(axis=1)[:, np.newaxis],
            "the first unit's winner": z[:, :, 0].argmax(axis=1)[:, np.newaxis],
            "one winner for all examples": z.max(axis=0).argmax(axis=0)}.get(fault, z.argmax(axis=1))[:, np.newaxis]
        dz = {"every place paid": dy[:, np.newaxis] * np.ones_like(z),
              "shared by all places": dy[:, np.newaxis] * np.ones_like(z) / P,
              "value instead of gradient": z * winner, "multiplied by the value": dy[:, np.newaxis] * z * winner,
              "upstream gradient ignored": 1.0 * winner, "slope of a ReLU": dy[:, np.newaxis] * winner * (z > 0)}.get(
                  fault, dy[:, np.newaxis] * winner).astype(dy.dtype)
        dx, dW = np.zeros_like(x), np.zeros_like(W)
        for u in range(k):
            back = (W[k - 1 - u] if fault == "kernel turned round in dx" else W[0] if fault == "first matrix in dx"
                    else W[u])
            pay = dz @ back if fault == "transpose" else dz @ back.T
            dx[:, u:u + P] = pay if fault == "= for +=" else dx[:, u:u + P] + pay
            dW[u] = np.einsum("ntd,nth->dh", x[:, :P] if fault == "window not moved in dW" else x[:, u:u + P], dz)

        def pays():
            return [(n, h, int(z[n, :, h].argmax())) for n in range(len(x)) for h in range(W.shape[2])]
        if fault == "= for +=, place by place":
            for t in range(P):
                for u in range(k):
                    dx[:, t + u] = dz[:, t] @ W[u].T
        if fault == "= for +=, unit by unit":
            for n, h, t in pays():
                dx[n, t:t + k] = dy[n, h] * W[:, :, h]
        if fault == "only the last example in dW":
            for n, h, t in pays():
                dW[:, :, h] = dy[n, h] * x[n, t:t + k]
        if fault == "only the first example in dW":
            dW = np.stack([x[0, u:u + P].T @ dz[0] for u in range(k)])
        if fault == "dW not summed over the batch":
            dW = np.stack([np.einsum("ntd,nth->ndh", x[:, u:u + P], dz) for u in range(k)], axis=1)
        if fault == "only one place in dW":
            dW = np.stack([x[:, P - 1 + u].T @ dz[:, -1] for u in range(k)])
        N = len(x)
        db = {"db not summed over time": dz.sum(axis=0), "db not summed over the batch": dz.sum(axis=1),
              "mean in dW": dz.sum(axis=(0, 1)) / N,
              "mean in db": dz.mean(axis=(0, 1)), "db mean over the batch": dy.mean(axis=0),
              "db for every frame": k * dz.sum(axis=(0, 1)),
              "db of every place": P * dy.sum(axis=0), "db summed over units": dz.sum(axis=(0, 2)),
              "db of everything": dz.sum(),
              "db of the last example": dz[-1].sum(axis=0)}.get(fault, dz.sum(axis=(0, 1)))
        return dx, dW / N if fault == "mean in dW" else dW, db
    return y, backward


def _shared_case(rng):
    N, D, H = _sizes(rng, 3)
    k = int(rng.integers(2, 4))
    T = int(rng.choice([t for t in range(k + 4, k + 9) if t not in (N, D, H) and t - k + 1 not in (N, D, H, k)]))
    return (rng.normal(size=(N, T, D)), rng.normal(size=(k, D, H)), rng.permutation(np.linspace(-6.0, 2.0, H)),
            rng.normal(size=(N, H)))


SHARED = Task(
    id="12-6", title="a layer shared over time, and its maximum", signature="over_time(x, W, b)", level="write",
    difficulty=3, importance=3, minutes=30, reference=_shared, adapt=_rule(_shared), outputs=("y", "dx", "dW", "db"),
    cases=_shared_case, keeps_dtype=True,
    small=(np.array([[[1.0, 0], [0, 1], [2, -1], [1, 1]]]), np.array([[[1.0, -1], [0, 2]], [[0.0, 1], [1, 0]]]),
           np.array([0.5, -1.0]), np.array([[3.0, 5.0]])),
    suspects=(
        _with(_shared, "last place forgotten", "a window of k frames fits T − k + 1 times: count fence posts"),
        _with(_shared, "windows without overlap",
              "the window moves by one frame, so neighbouring windows share k − 1 frames"),
        _with(_shared, "a matrix for each frame",
              "every window meets all k matrices: frame t + u meets W[u], wherever the window starts"),
        _with(_shared, "first frame only",
              "a window holds k frames, each with its matrix: add up x[t + u] W[u] over u"),
        _with(_shared, "kernel backwards in time",
              "frame t + u meets W[u]: the first frame of the window meets the first matrix"),
        _with(_shared, "bias forgotten", "b is added at every place"),
        _with(_shared, "bias for every frame",
              "b is added once at a place, after the sum over the k frames of the window"),
        _with(_shared, "mean instead of maximum",
              "asked is the maximum over time, (12.8): a pattern counts where it is clearest"),
        _with(_shared, "sum instead of maximum", "asked is the maximum over time, (12.8)"),
        _with(_shared, "smallest instead of largest", "asked is the maximum over time, (12.8)"),
        _with(_shared, "largest by size", "the maximum is meant with its sign: −3 is less than 1"),
        _with(_shared, "pooled over the units", "the maximum runs over time, axis 1: each unit keeps its own number"),
        _with(_shared, "pooled over the batch", "the maximum runs over time, axis 1; examples are not mixed"),
        _with(_shared, "pooled over everything", "the maximum runs over time, axis 1, for each example and each unit"),
        _with(_shared, "last place only", "the maximum over all places is asked, not what stands at the last one"),
        _with(_shared, "every place paid",
              "only the winning place fed y: argmax over time finds it, and it receives all of dy"),
        _with(_shared, "shared by all places",
              "that is the backward of a mean; the maximum pays the winning place alone"),
        _with(_shared, "one winner for all units", "each unit has its own winner: argmax over axis 1 alone"),
        _with(_shared, "the first unit's winner", "each unit has its own winner: argmax over axis 1 alone",
              "one winner for all units"),
        _with(_shared, "one winner for all examples", "each example has its own winner: argmax over axis 1 alone"),
        _with(_shared, "value instead of gradient",
              "the winner receives dy, whatever its value: the slope of a maximum is 1 at the winner"),
        _with(_shared, "multiplied by the value",
              "the winner receives dy, whatever its value: the slope of a maximum is 1 at the winner"),
        _with(_shared, "upstream gradient ignored", "the winner receives dy, not 1"),
        _with(_shared, "slope of a ReLU", "there is no ReLU in this layer: a winner below 0 is paid as well"),
        _with(_shared, "= for +=", "a frame lies in up to k windows: in dx their payments add up, so +=, not ="),
        _with(_shared, "= for +=, place by place",
              "a frame lies in up to k windows: in dx their payments add up, so +=, not =", "= for +="),
        _with(_shared, "= for +=, unit by unit",
              "windows of several units may overlap: in dx their payments add up, so +=, not =", "= for +="),
        _with(_shared, "kernel turned round in dx", "frame t + u was multiplied by W[u], and is paid through W[u]ᵀ"),
        _with(_shared, "first matrix in dx", "frame t + u was multiplied by W[u], and is paid through W[u]ᵀ"),
        _with(_shared, "transpose", "dz has one column a unit, and dx one a band: the way back goes through W[u]ᵀ"),
        _with(_shared, "window not moved in dW", "W[u] met the frames t + u: x[:, u:u + P]"),
        *(_with(_shared, fault, "the matrix was used for every example: dW sums over the batch",
                "missing sum over the batch")
          for fault in ("only the last example in dW", "only the first example in dW", "dW not summed over the batch")),
        _with(_shared, "only one place in dW", "the matrix was used at every place: dW sums over time, too",
              "missing sum over time"),
        _with(_shared, "mean in dW", "shared weights are paid by everybody who used them: sums, without 1/N",
              "mean instead of sum"),
        *(_with(_shared, fault,
                "b was used at every place of every example: db is the sum of what comes back, not a mean",
                "mean instead of sum")
          for fault in ("mean in db", "db mean over the batch")),
        *(_with(_shared, fault,
                "b is added once at a place, and the winning place alone is paid: db sums dz over axes 0 and 1",
                "bias paid too often")
          for fault in ("db for every frame", "db of every place")),
        _with(_shared, "db not summed over time",
              "b was used at every place of every example: db sums over axes 0 and 1", "missing sum over time"),
        *(_with(_shared, fault, "b was used at every place of every example: db sums over axes 0 and 1",
                "missing sum over the batch")
          for fault in ("db not summed over the batch", "db of the last example")),
        _with(_shared, "db summed over units", "each unit has its own bias: keep the last axis, sum over axes 0 and 1",
              "wrong axis"),
        _with(_shared, "db of everything", "each unit has its own bias: keep the last axis, sum over axes 0 and 1",
              "summed over everything"),
    ))


# ---- 12-7 transfer -----------------------------------------------------------------------------------------------

def _transfer(source, classes, frozen, rng):
    trunk, old = deepcopy(source.layers[:-1]), source.layers[-1]
    head = Dense(len(old.W.data), classes, rng=rng, dtype=old.W.data.dtype)
    net = Sequential(*trunk, head)
    if not frozen:
        return net, net.params
    for layer in trunk:
        layer.training = False
    return net, head.params


def _source(rng, dtype=np.float64):
    """A small network with batch norm and dropout, its running averages filled, and examples for it."""
    D, H, K = _sizes(rng, 3)
    net = Sequential(Dense(D, H, rng=rng, dtype=dtype), BatchNorm(H, dtype=dtype), ReLU(),
                     Dropout(0.2, rng=np.random.default_rng(rng.integers(1 << 30))),
                     Dense(H, K, rng=rng, dtype=dtype))
    x = rng.normal(size=(12, D)).astype(dtype)
    for _ in range(3):
        net(x)
    return net, x, K


def _state(layers):
    """Copies of all numbers that layers keep: parameters and running averages."""
    return [a.copy() for a in _arrays(layers)]


def _arrays(layers):
    return [p.data for layer in layers for p in layer.params] + [a for layer in layers for a in layer.running]


def _transferred(answer, rng, frozen, *, same_classes=False, dtype=np.float64, seed=1):
    """What the answer makes of a fresh source: (net, params, source, x, classes), or a Fault."""
    source, x, K = _source(rng, dtype)
    classes = K if same_classes else K + 2
    before, layers, flags = _state(source.layers), list(source.layers), [layer.training for layer in source.layers]
    got = answer(source, classes, frozen, np.random.default_rng(seed))
    if not isinstance(got, (tuple, list)) or len(got) != 2 or not hasattr(got[0], "layers"):
        return Fault("number of results", "two results were expected, the new network (a Sequential) and the list of "
                     "parameters to train: net, params")
    net, params = got
    if (len(source.layers) != len(layers) or any(a is not b for a, b in zip(source.layers, layers))
            or any(not np.array_equal(a, b) for a, b in zip(before, _state(source.layers)))):
        return Fault("the source is changed",
                     "the source network was changed: it is still needed for its own words; build a new Sequential")
    if [layer.training for layer in source.layers] != flags:
        return Fault("the source is changed",
                     "a layer of the source was switched out of training: freeze the copies, not the originals")
    return net, list(params), source, x, classes


def _check_trunk(answer, rng):
    made = _transferred(answer, rng, False)
    if isinstance(made, Fault):
        return made
    net, params, source, x, classes = made
    if len(net.layers) > len(source.layers):
        return Fault("head added, not replaced", f"the new network has {len(net.layers)} layers, the source "
                     f"{len(source.layers)}: the new head takes the place of the old one")
    if len(net.layers) < len(source.layers):
        return Fault("head missing", f"the new network has {len(net.layers)} layers, the source {len(source.layers)}: "
                     "after the trunk comes a new head")
    mine, theirs = net.layers[:-1], source.layers[:-1]
    if [type(layer) for layer in mine] != [type(layer) for layer in theirs]:
        return Fault("other layers", "the trunk must have the layers of the source, all but the last")
    shared = [a for a, b in zip(_arrays(mine), _arrays(theirs)) if np.shares_memory(a, b)]
    if any(a is b for a, b in zip(mine, theirs)) or shared:
        return Fault("trunk shared, not copied", "the new network holds the very arrays of the source: training one "
                     "changes the other; copy the layers with deepcopy")
    if any(not np.array_equal(p.data, q.data) for a, b in zip(mine, theirs) for p, q in zip(a.params, b.params)):
        return Fault("trunk not copied", "the weights of the trunk are not those of the source: what it learnt is lost")
    if any(not np.array_equal(p, q) for a, b in zip(mine, theirs) for p, q in zip(a.running, b.running)):
        return Fault("running averages not copied", "the weights are right, but batch norm's running averages are not "
                     "those of the source; deepcopy takes them along")
    return None


def _check_head(answer, rng):
    for same_classes in (False, True):
        made = _transferred(answer, rng, False, same_classes=same_classes)
        if isinstance(made, Fault):
            return made
        net, params, source, x, classes = made
        head, old = net.layers[-1], source.layers[-1]
        shape = getattr(getattr(head, "W", None), "data", np.zeros(0)).shape
        if shape != (len(old.W.data), classes):
            if shape == old.W.data.shape:
                return Fault("head copied, not new", f"the head still has the {shape[1]} outputs of the source; "
                             f"{classes} new words need {classes}")
            return Fault("size of the head", f"the head's W must have shape {(len(old.W.data), classes)}: the trunk's "
                         f"outputs, one column a word; got {shape}")
        if np.array_equal(head.W.data, old.W.data):
            return Fault("head copied, not new", "the head still has the weights of the source: word 3 of the new list "
                         "is not word 3 of the old one")
    first, again, other = (_transferred(answer, np.random.default_rng(5), False, seed=seed)[0].layers[-1].W.data
                           for seed in (1, 1, 2))
    if not np.array_equal(first, again) or np.array_equal(first, other):
        return Fault("rng not used", "the head is drawn with the rng that is given: the same seed, the same "
                     "head; another seed, another head")
    single = _transferred(answer, rng, False, dtype=np.float32)[0].layers[-1].W.data.dtype
    if single != np.float32:
        return Fault("dtype", "the source is float32, the new head float64: give Dense the dtype of the old "
                     "head, dtype=old.W.data.dtype")
    return None


def _check_free(answer, rng):
    made = _transferred(answer, rng, False)
    if isinstance(made, Fault):
        return made
    net, params, source, x, classes = made
    if any(any(p is q for q in source.params) for p in params):
        return Fault("parameters of the source",
                     "params holds parameters of the source: an optimizer would train the old network")
    missing = [p.name for p in net.params if not any(p is q for q in params)]
    if missing:
        return Fault("frozen although not asked", f"with frozen=False everything is trained: {len(missing)} of "
                     f"{len(net.params)} parameters are missing in params")
    if not all(layer.training for layer in net.layers):
        return Fault("left out of training", "with frozen=False the layers must stay in training: dropout on, batch "
                     "norm with the batch's own statistics")
    return None


def _check_frozen(answer, rng):
    made = _transferred(answer, rng, True)
    if isinstance(made, Fault):
        return made
    net, params, source, x, classes = made
    trunk, head = net.layers[:-1], net.layers[-1]
    if any(any(p is q for q in source.params) for p in params):
        return Fault("parameters of the source",
                     "params holds parameters of the source: an optimizer would train the old network")
    if any(any(p is q for q in layer.params) for layer in trunk for p in params):
        return Fault("frozen trunk that moves",
                     "with frozen=True only the head is trained: params must hold the head's W and b and nothing else")
    if not all(any(p is q for q in params) for p in head.params):
        return Fault("head not trained", "the head's W and b must both be in params: it starts from random numbers")
    before, old = _state(trunk), predict(Sequential(*trunk), x)
    optimizer = SGD(params, lr=0.1)
    for _ in range(3):
        train_step(net, mean_squared_error, optimizer, x, np.ones((len(x), classes)))
    if any(not np.array_equal(a, b) for a, b in zip(before, _state(trunk))):
        return Fault("running averages that move", "no weight of the trunk moved, but batch norm's running averages "
                     "did, in every forward pass: set layer.training = False in the layers of the trunk")
    if any(layer.training and isinstance(layer, (BatchNorm, Dropout)) for layer in trunk):
        return Fault("dropout in the frozen trunk",
                     "the frozen trunk still drops units at random: set layer.training = False in all its layers")
    with inference(net):
        now = Sequential(*trunk)(x)[0]
    if not same(old, now):
        return Fault("frozen trunk that moves", "after three steps of training the trunk gives other numbers")
    return None


TRANSFER = Task(
    id="12-7", title="transfer: trunk, head, freezing", signature="transfer(source, classes, frozen, rng)",
    level="write", difficulty=2, importance=3, minutes=20, reference=_transfer, outputs=("net", "params"),
    probes=(("the trunk is a copy", _check_trunk), ("the head is new", _check_head), ("all may learn", _check_free),
            ("a frozen trunk stays as it is", _check_frozen)))


# ---- 12-8 the confusion matrix ---------------------------------------------------------------------------------------

def _confusion(predicted, t, classes, fault=None):
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (t, predicted), 1)
    if fault == "counted once":
        counts = np.minimum(counts, 1)
    if fault == "rows and columns exchanged":
        counts = counts.T
    if fault == "size from the labels":
        counts = counts[:max(t.max(), predicted.max()) + 1, :max(t.max(), predicted.max()) + 1]
    if fault == "only the right ones":
        counts = np.diag(np.diag(counts))
    if fault == "only the wrong ones":
        counts = counts - np.diag(np.diag(counts))
    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    with np.errstate(all="ignore"):
        shares = {"columns add up to 1": counts / np.maximum(columns, 1),
                  "everything adds up to 1": counts / counts.sum(),
                  "absent words": counts / rows, "absent words and columns": counts / columns,
                  "divided by the number of classes": counts / classes,
                  "divided by the largest": counts / max(counts.max(), 1),
                  "wrong row": counts / np.maximum(rows.ravel(), 1),
                  "absent words as 1": counts / np.maximum(rows, 1)
                  + (rows == 0) * np.eye(classes)[:len(counts), :len(counts)],
                  "diagonal only": np.diag(counts) / np.maximum(rows.ravel(), 1),
                  "percent": 100 * counts / np.maximum(rows, 1),
                  "one added to every row": counts / (rows + 1)}.get(fault, counts / np.maximum(rows, 1))
    if fault == "absent words dropped":
        shares = shares[rows.ravel() > 0]
    return (shares, shares) if fault == "counts lost" else (counts, shares)


def _confusion_case(rng):
    classes = int(rng.integers(5, 8))
    absent, silent = rng.permutation(classes - 1)[:2]       # a word that nobody says, and one that is never answered
    names = np.arange(classes - 1)                          # the last word is neither
    t = np.concatenate([rng.choice(names[names != absent], 30), names[(names != absent)]])
    predicted = np.where(rng.uniform(size=len(t)) < 0.5, t, rng.choice(names, len(t)))
    predicted[predicted == silent] = absent
    order = rng.permutation(len(t))
    return predicted[order], t[order], classes


def _exchanged_back(predicted, t, classes):
    counts, shares = _confusion(predicted, t, classes)
    return counts.T, shares.T


_ABSENT = ("a word that nobody said has a row of zeros; 0 / 0 is nan: divide by np.maximum(sum, 1), or "
           "leave the row out of the division")

CONFUSION = Task(
    id="12-8", title="the confusion matrix", signature="confusion(predicted, t, classes)", level="fill in",
    difficulty=1, importance=3, minutes=10, reference=_confusion, outputs=("counts", "shares"), cases=_confusion_case,
    small=(np.array([0, 1, 1, 1, 2, 0]), np.array([0, 0, 1, 1, 1, 0]), 3),
    suspects=(
        _with(_confusion, "rows and columns exchanged",
              "the row says what was spoken, the column what was answered: counts[t, predicted]"),
        Suspect("rows and columns exchanged",
                "the row says what was spoken, the column what was answered: counts[t, predicted]", _exchanged_back),
        _with(_confusion, "counted once", "counts[t, predicted] += 1 writes each cell once, however often it is named: "
              "loop over the examples, or np.add.at"),
        Suspect("counted once", "counts[t, predicted] += 1 writes each cell once, however often it is named: loop over "
                "the examples, or np.add.at; and a word that nobody said must not divide by zero",
                lambda predicted, t, classes: _divided(_confusion(predicted, t, classes, "counted once")[0])),
        _with(_confusion, "size from the labels",
              "the matrix is classes × classes, also if the last word does not occur"),
        _with(_confusion, "only the right ones", "the wrong answers belong off the diagonal: row t, column predicted"),
        _with(_confusion, "only the wrong ones", "the right answers belong on the diagonal"),
        _with(_confusion, "absent words", _ABSENT, "division by zero"),
        _with(_confusion, "absent words and columns",
              "each row is divided by its own sum: what share of a word's utterances got each answer",
              "columns add up to 1"),
        _with(_confusion, "columns add up to 1",
              "each row is divided by its own sum: what share of a word's utterances got each answer"),
        _with(_confusion, "everything adds up to 1",
              "each row is divided by its own sum, not by the number of all examples"),
        _with(_confusion, "wrong row",
              "counts / counts.sum(axis=1) divides column by column; keepdims=True keeps the sums in their rows"),
        Suspect("wrong row", "counts / counts.sum(axis=1) divides column by column; keepdims=True "
                "keeps the sums in their rows",
                lambda predicted, t, classes: _divided(_confusion(predicted, t, classes)[0], keep=False)),
        _with(_confusion, "divided by the number of classes",
              "each row is divided by its own sum, the number of times the word was said"),
        _with(_confusion, "divided by the largest",
              "each row is divided by its own sum, the number of times the word was said"),
        _with(_confusion, "absent words as 1", "a word that nobody said was not recognised either: its row is zeros"),
        _with(_confusion, "absent words dropped",
              "the shares have a row for each class; one that nobody said is a row of zeros"),
        _with(_confusion, "diagonal only",
              "the whole matrix of shares is asked; its diagonal is the accuracy of each word"),
        _with(_confusion, "percent", "shares between 0 and 1, not per cent"),
        _with(_confusion, "one added to every row",
              "np.maximum(sum, 1) changes empty rows only; sum + 1 changes all of them"),
        _with(_confusion, "counts lost", "the first result holds counts, whole numbers; divide into a new array"),
    ))


def _divided(counts, keep=True):
    """Shares without care for empty rows."""
    with np.errstate(all="ignore"):
        return counts, counts / counts.sum(axis=1, keepdims=keep)


TASKS = [FRAMES, WINDOW, SPECTRUM, LOG_MEL, SPLIT, SHARED, TRANSFER, CONFUSION]
