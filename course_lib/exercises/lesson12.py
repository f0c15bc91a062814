"""Tasks of lesson 12: the front end as rules, a layer shared over time, splits, transfer, the confusion matrix,
an augmentation."""

from copy import deepcopy
from itertools import combinations, permutations

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import different_sizes
from course_lib.exercises.guard import AnswerFault, global_random_numbers
from course_lib.exercises.task import Slip, Task, slips
from course_lib.exercises.values import same, shown
from course_lib.layers import BatchNorm, Dense, Dropout, ReLU, Sequential
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import mean_squared_error
from course_lib.training import predict, train_step

SHEET = "12_understanding_voice_commands"


def _first(*suspicions):
    """The first Fault of (is it so?, name, text), …"""
    return next((Fault(name, text) for found, name, text in suspicions if found), None)


# ---- 12-1 frames ---------------------------------------------------------------------------------------------

def frames(x, size, hop):
    """Pieces of `size` samples, one every `hop` samples (12.1).

    x (N, n)  ->  y (N, T, size), backward: dy (N, T, size) -> dx (N, n)
    """
    T = (x.shape[1] - size) // hop + 1
    y = np.stack([x[:, t * hop:t * hop + size] for t in range(T)], axis=1)

    def backward(dy):
        dx = np.zeros_like(x)
        for t in range(T):
            dx[:, t * hop:t * hop + size] += dy[:, t]
        return dx
    return y, backward


def _framed(N, T, size, hop, left=0):
    """A case of N waveforms that hold T frames, with ``left`` samples over."""
    return lambda rng: (rng.normal(size=(N, (T - 1) * hop + size + left)), size, hop, rng.normal(size=(N, T, size)))


_FENCE = "count fence posts: there is one frame more than there are steps of `hop` samples between them"
_SIZES = "a frame has `size` samples, the next is `hop` later"
_ADDS = "their payments add up: in a loop +=, not =; with indices += counts a place once, np.add.at each time"
_FULL = "samples at the end that fill no frame are left out: round down, and pad nothing"
FRAMES = Task(
    id="12-1", title="frames and overlap-add", level="write", difficulty=2, importance=3, minutes=20,
    reference=frames, rule=True, outputs=("y", "dx"), batch=lambda x, *_: len(x),
    cases=lambda rng: _framed(*different_sizes(rng, 2), int(rng.integers(7, 9)), 3, int(rng.integers(1, 3)))(rng),
    small=(np.array([[1.0, 2, 3, 4, 5, 6]]), 3, 2, np.array([[[1.0, 2, 3], [4, 5, 6]]])),
    edges={"frames that fill the waveform": _framed(2, 3, 5, 2), "one frame": _framed(3, 1, 4, 3, 2),
           "one waveform": _framed(1, 4, 6, 4, 1), "frames side by side": _framed(3, 4, 2, 2, 1),
           "hop larger than size": _framed(2, 3, 2, 5, 4), "nothing left over": _framed(2, 2, 2, 4),
           "hop of one sample": _framed(2, 6, 4, 1), "as many frames as samples": _framed(4, 4, 4, 2)},
    suspects=(
        *slips("T =", ("size and hop exchanged", _SIZES, "size, hop = hop, size; T ="),
            ("frames without overlap", _SIZES, "hop = size; T ="), ("one frame a sample", _SIZES, "hop = 1; T =")),
        *slips("(x.shape[1] - size) // hop + 1", ("last frame forgotten", _FENCE, "(x.shape[1] - size) // hop"),
            ("last frame forgotten", f"{_FENCE}, also if no samples are left over", "-((size - x.shape[1]) // hop)"),
            ("last frame forgotten", _FENCE, "min(x.shape[1], x.shape[1] - size + hop) // hop"),
            ("a frame that is not full", _FULL, "-((size - x.shape[1]) // hop) + 1"),
            ("a frame that is not full", _FULL,
             "-((size - x.shape[1]) // hop) + 1; x = np.pad(x, ((0, 0), (0, hop)))")),
        Slip("hop forgotten", "frame number t starts at sample t · hop", ("[x[:, t * hop:t * hop", "[x[:, t:t")),
        Slip("frames before waveforms", "the shape is (N, T, size): stack along axis 1", ("axis=1", "axis=0")),
        Slip("overlap not added", f"a sample lies in several frames, and {_ADDS}", ("+= dy", "= dy")),
        Slip("mean instead of sum", "a sample in three frames is paid three times: add, without dividing",
             ("dx = np.zeros_like(x)", "dx, uses = np.zeros((2, *x.shape))"), ("return dx", "return dx / uses.clip(1)"),
             ("+= dy[:, t]", "+= dy[:, t]; uses[:, t * hop:t * hop + size] += 1")),
        Slip("dx too short", "dx is as long as x, always", ("return dx", "return dx[:, :T * hop - hop + size]")),
        Slip("hop forgotten on the way back", "frame t starts at t · hop", ("dx[:, t * hop:t * hop", "dx[:, t:t")),
    ))


# ---- 12-2 the window -------------------------------------------------------------------------------------------

def windowed(x):
    """Each frame times the Hann window (12.2).

    x (N, T, n)  ->  y (N, T, n), backward: dy -> dx, both (N, T, n)
    """
    n = x.shape[-1]
    w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)

    def backward(dy):
        return dy * w
    return x * w, backward


def _pair(*shape):
    return lambda rng: (rng.normal(size=shape), rng.normal(size=shape))


_TURN, _WHOLE = "2 * np.pi * np.arange(n) / n", "the cosine makes one whole turn in n samples: 2π i / n"
_SAME = "y = x w, so dx = dy w: the same window, once"
WINDOW = Task(
    id="12-2", title="the Hann window", level="fill in", difficulty=1, importance=2, minutes=8, reference=windowed,
    rule=True, outputs=("y", "dx"), cases=lambda rng: _pair(*different_sizes(rng, 3))(rng),
    batch=lambda x, *_: len(x),
    small=(np.array([[[6.0, 6, 6, 6]]]), np.array([[[1.0, 2, 3, 4]]])),                    # w = 0, ½, 1, ½
    edges={"an odd number of samples": _pair(2, 3, 7), "an even number of samples": _pair(2, 3, 8),
           "one sample": _pair(3, 2, 1), "two samples": _pair(2, 4, 2), "one frame": _pair(1, 1, 5),
           "as many frames as samples": _pair(2, 5, 5), "all sizes the same": _pair(4, 4, 4)},
    suspects=(
        *slips(f"0.5 - 0.5 * np.cos({_TURN})",
            ("symmetric window", "n − 1 ends on a second zero, so that neighbours do not add up to 1", "np.hanning(n)"),
            ("square forgotten", "½ − ½ cos(2a) = sin²(a), with the square", "np.sin(np.pi * np.arange(n) / n)"),
            ("one half forgotten", "½ − ½ cos lies between 0 and 1, with both halves", f"1 - np.cos({_TURN})"),
            ("sign of the cosine", "0 at the edge, 1 in the middle: ½ minus ½ cos", f"0.5 + 0.5 * np.cos({_TURN})"),
            ("Hamming window", "0.54 and 0.46 are Hamming's; Hann has two halves", f"0.54 - 0.46 * np.cos({_TURN})"),
            ("window along the frames", "the window runs along the last axis, the samples of a frame",
             "0.5 - 0.5 * np.cos(2 * np.pi * np.arange(x.shape[1]) / x.shape[1])[:, np.newaxis]")),
        *slips(_TURN, ("half a turn", _WHOLE, "np.pi * np.arange(n) / n"),
            ("n rounded to an even number", f"{_WHOLE}, also for an odd n", "np.pi * np.arange(n) / max(n // 2, 1)"),
            ("counted from 1", "samples are counted from 0: np.arange(n)", "2 * np.pi * np.arange(1, n + 1) / n")),
        Slip("window multiplied twice", "each sample is multiplied by the window once", ("x * w", "x * w * w")),
        *slips("dy * w", ("window forgotten on the way back", _SAME, "dy"), ("x instead of dy", _SAME, "x * w"),
            ("window twice on the way back", _SAME, "dy * w * w"),
            ("window taken out again", f"backward is no inverse: {_SAME}", "dy / w")),
    ))


# ---- 12-3 the Fourier transform as a matrix ----------------------------------------------------------------------

def power_spectrum(x):
    """Power at each frequency (12.3), and back (12.4).

    x (..., n)  ->  y (..., n // 2 + 1), backward: dy (..., n // 2 + 1) -> dx (..., n)
    """
    n = x.shape[-1]
    angle = 2 * np.pi / n * np.outer(np.arange(n), np.arange(n // 2 + 1))
    C, S = np.cos(angle), np.sin(angle)
    c, s = x @ C, x @ S

    def backward(dy):
        return 2 * (dy * c) @ C.T + 2 * (dy * s) @ S.T
    return c ** 2 + s ** 2, backward


def _of_frames(*shape):
    return lambda rng: (rng.normal(size=shape), rng.normal(size=(*shape[:-1], shape[-1] // 2 + 1)))


_USERS = "x has two users, c and s; both pay it back: dx = 2 (dy c) Cᵀ + 2 (dy s) Sᵀ"
_TURNS = "frequency k makes k whole turns in n samples: 2π i k / n"
_IRFFT = "irfft is no transpose: it divides by n, and counts k and its twin n − k"
_SLOPE = "the slope of c² is 2 c: dy meets c before it meets Cᵀ"
SPECTRUM = Task(
    id="12-3", title="the Fourier transform as a matrix", level="write", difficulty=3, importance=3, minutes=25,
    reference=power_spectrum, rule=True, outputs=("y", "dx"),
    cases=lambda rng: _of_frames(*different_sizes(rng, 2))(rng),
    small=(np.array([[1.0, 2, 3, 4]]), np.array([[1.0, 2, -1]])),
    edges={"an odd number of samples": _of_frames(3, 7), "an even number of samples": _of_frames(3, 8),
           "one sample": _of_frames(3, 1), "two samples": _of_frames(4, 2), "one frame": _of_frames(1, 6),
           "as many frames as samples": _of_frames(6, 6), "several waveforms": _of_frames(2, 3, 5),
           "one axis": _of_frames(6), "four axes": _of_frames(2, 3, 2, 4),
           "silence": lambda rng: (np.zeros((2, 8)), np.ones((2, 5))),
           "a very quiet sound": lambda rng: (1e-5 * rng.normal(size=(2, 8)), rng.normal(size=(2, 5)))},
    suspects=(
        *slips("c ** 2 + s ** 2",
            ("sine forgotten", "a tone that starts elsewhere moves from c to s: both squares are needed", "c ** 2"),
            ("square forgotten", "power is c² + s²: the squared length of the pair (c, s)", "c + s"),
            ("magnitude for power", "no root: it has no slope in silence", "np.sqrt(c ** 2 + s ** 2)"),
            ("(c + s)² for c² + s²", "square each sum first, then add", "(c + s) ** 2"),
            ("difference of squares", "power is c² + s², with a plus; i² = −1 is not needed here", "c ** 2 - s ** 2"),
            ("quiet sounds lost", "no power is too small: set none to 0", "(p := c ** 2 + s ** 2) * (p > 1e-8)"),
            ("divided by n", "the transform of (12.3) is not divided by n", "(c ** 2 + s ** 2) / n")),
        *slips("(n // 2 + 1)",
            ("all n frequencies", "above n / 2 the power repeats itself backwards: k = 0 … n // 2", "(n)"),
            ("last frequency missing", "k = 0 … n // 2, both included", "(n // 2)"),
            ("last frequency missing", "k = 0 … n // 2, both included", "((n + 1) // 2)")),
        *slips("pi / n", ("half a turn", _TURNS, "pi / n / 2"), ("divided by n − 1", _TURNS, "pi / max(n - 1, 1)")),
        *slips("2 * (dy * c) @ C.T + 2 * (dy * s) @ S.T", ("sine's payment forgotten", _USERS, "2 * (dy * c) @ C.T"),
            ("cosine's payment forgotten", _USERS, "2 * (dy * s) @ S.T"),
            ("sign of the sine's payment", "plus: the sign of S cancels", "2 * (dy * c) @ C.T - 2 * (dy * s) @ S.T"),
            ("c and s forgotten", _SLOPE, "2 * dy @ C.T + 2 * dy @ S.T"),
            ("dy not used", "by the chain rule every payment is multiplied by dy", "2 * c @ C.T + 2 * s @ S.T"),
            ("squares on the way back", _SLOPE, "2 * (dy * c ** 2) @ C.T + 2 * (dy * s ** 2) @ S.T"),
            ("c and s exchanged", "what came through C goes back with c", "2 * (dy * s) @ C.T + 2 * (dy * c) @ S.T"),
            ("transpose", "from frequencies to samples: Cᵀ and Sᵀ", "2 * (dy * c) @ C + 2 * (dy * s) @ S"),
            ("irfft for the transpose", _IRFFT, "2 * np.fft.irfft(dy * (c - 1j * s), n)"),
            ("irfft for the transpose", _IRFFT,             # right for even n
             "2 * n * np.fft.irfft(dy * (c - 1j * s) / ([1] + [2] * (n // 2 - 1) + [1] * (n > 1)), n)")),
    ))


# ---- 12-4 log mel ------------------------------------------------------------------------------------------------

def log_mel(power, M, floor):
    """Loudness in each band (12.5).

    power (..., F), M (F, B)  ->  y (..., B), backward: dy (..., B) -> dpower (..., F)
    """
    energy = power @ M + floor

    def backward(dy):
        return (dy / energy) @ M.T
    return np.log(energy), backward


def _banded(*shape, floor=None, scale=1.0):
    """Powers of shape (…, F) in B bands; without ``floor`` one that some bands lie below."""
    def case(rng):
        power = scale * np.exp(1.5 * rng.normal(size=shape[:-1]))
        M = np.clip(rng.uniform(-0.5, 1.0, size=shape[-2:]), 0, None) + 0.01
        return power, M, floor or float(np.median(power @ M)), rng.normal(size=(*shape[:-2], shape[-1]))
    return case


_FIRST_ADD = "the powers of a band are added first, and the logarithm is taken of the sum"
_BANDS = "first the slope of the logarithm, band by band, then back through M: (dy / energy) Mᵀ"
_SLOPE_OF_LN = "the slope of ln E is 1 / E, with the E that holds the floor: divide dy by it, then go back through M"
_NATURAL = "the natural logarithm of the energy is asked, without a factor: np.log"
_CONSTANTS = "M and the floor are constants: backward returns one gradient, dpower alone"
LOG_MEL = Task(
    id="12-4", title="log-mel energies", level="fill in", difficulty=2, importance=3, minutes=12, reference=log_mel,
    rule=True, outputs=("y", "dpower"), cases=lambda rng: _banded(*different_sizes(rng, 3))(rng),
    batch=lambda x, *_: len(x),
    small=(np.array([[2.0, 2, 0]]), np.array([[1.0, 0], [0.5, 0.5], [0, 1]]), 3.0, np.array([[6.0, 8]])),
    edges={"silence": _banded(2, 5, 3, floor=1e-20, scale=0.0), "loud": _banded(2, 5, 3, floor=1e-3, scale=1e20),
           "as many bands as frequencies": _banded(2, 4, 4), "as many frames as frequencies": _banded(4, 4, 3),
           "a band without a frequency": lambda rng: (np.ones((2, 3)), np.eye(3, 4), 0.5, rng.normal(size=(2, 4))),
           "one frame": _banded(1, 5, 3), "one band": _banded(3, 4, 1), "several waveforms": _banded(2, 3, 5, 4),
           "one axis": _banded(5, 3), "four axes": _banded(2, 3, 2, 5, 4)},
    suspects=(
        Slip("log before the sum", _FIRST_ADD, ("power @ M + floor", "power + floor"),
             ("np.log(energy)", "np.log(energy) @ M"), ("(dy / energy) @ M.T", "dy @ M.T / energy")),
        Slip("log before the sum", _FIRST_ADD, ("power @ M + floor", "power"),
             ("np.log(energy)", "np.log(energy) @ M"), ("(dy / energy) @ M.T", "dy @ M.T / energy")),
        *slips("power @ M + floor",
            ("floor taken for 1", "the floor that is given is added, and not 1", "power @ M + 1"),
            ("power transposed", "frames are rows, as they are given: power @ M", "power.T @ M + floor"),
            ("floor forgotten", "without the floor, silence gives the logarithm of 0, which is −∞", "power @ M"),
            ("floor in every frequency", "the floor is added once, to the energy of the band", "(power + floor) @ M"),
            ("largest instead of sum", "add the floor: below a maximum is no slope", "np.maximum(power @ M, floor)"),
            ("wrong axis", "a band adds frequencies, not frames", "(power[..., np.newaxis] * M).sum(axis=0) + floor")),
        *slips("np.log(energy)", ("log before the sum", _FIRST_ADD, "np.log(power) @ M + floor"),
            ("logarithm forgotten", _NATURAL, "energy"),
            ("floor after the logarithm", "the floor is added to the energy", "np.log(power @ M) + floor"),
            ("log10 for ln", _NATURAL, "np.log10(energy)"), ("log10 for ln", _NATURAL, "10 * np.log10(energy)"),
            ("log2 for ln", _NATURAL, "np.log2(energy)"),
            ("values cut off", "the logarithm has no bounds: no clip", "np.log(energy).clip(-20, 20)")),
        *slips("(dy / energy) @ M.T", ("logarithm forgotten on the way back", _SLOPE_OF_LN, "dy @ M.T"),
            ("multiplied by the energy", _SLOPE_OF_LN, "(dy * energy) @ M.T"),
            ("floor forgotten on the way back", _SLOPE_OF_LN, "(dy / (power @ M)) @ M.T"),
            ("division after the bands", _BANDS, "dy @ M.T / power"),
            ("division after the bands", _BANDS, "dy @ M.T / (power + floor)"),
            ("more than one gradient", _CONSTANTS, "(dy / energy) @ M.T, None"),
            ("more than one gradient", _CONSTANTS, "(dy / energy) @ M.T, power.T @ (dy / energy)"),
            ("dy not used", "by the chain rule the slope 1 / energy is multiplied by dy", "(1 / energy) @ M.T"),
            ("transpose", "dy has one column a band, dpower one a frequency: back through Mᵀ", "(dy / energy) @ M")),
    ))


# ---- 12-5 split by speaker and by engine ---------------------------------------------------------------------------

def split(speaker, engine, held_engine, count, rng):
    """Rows to train on, of speakers never heard, and of an engine never heard.

    speaker, engine: arrays of N texts  ->  train, speakers_out, engine_out: row numbers
    """
    of_engine = engine == held_engine
    speakers = np.unique(speaker[~of_engine])
    drawn = rng.choice(speakers, count, replace=False)
    of_speaker = np.isin(speaker, drawn)
    train = np.flatnonzero(~of_engine & ~of_speaker)
    return train, np.flatnonzero(of_speaker), np.flatnonzero(of_engine)


def _utterances(rng, kind=2):
    """Who spoke each utterance, and with which of two to four engines; one to draw, all but one, some, or all."""
    engines = ["anvil", "anvil2", "brook", "cedar"][:2 + kind % 3]
    names = iter(rng.permutation([1, 2, 3, *range(10, 32)]))        # v1 is no v10; they do not tell the engine
    speakers = [(f"v{next(names)}", name) for name in engines for _ in range(int(rng.integers(4, 6)))]
    rows = [pair for pair in speakers for _ in range(int(rng.integers(4, 8)))]
    speaker, engine = np.array(rows)[rng.permutation(len(rows))].T
    held = str(rng.choice(engines))
    others = sum(name != held for _, name in speakers)
    return speaker.copy(), engine.copy(), held, (1, others - 1, int(rng.integers(2, others)), others)[kind]


def _as_rows(got, speaker):
    """The three arrays of row numbers, or lists of them; AnswerFault for anything else."""
    parts = [np.asarray(part) for part in got] if np.iterable(got) else []
    if fault := _first(
            (len(parts) != 3, "number of results", f"three arrays were expected, got {shown(got)}"),
            (any(isinstance(part, set) for part in got), "sets instead of arrays", "x[train] takes no set: use sorted"),
            (any(p.dtype == bool for p in parts), "masks instead of rows", "np.flatnonzero gives the true rows"),
            (any(p.dtype.kind == "f" and p.size for p in parts), "numbers with a point", "x[train] takes integers"),
            (any(p.ndim != 1 or not {*p.tolist()} <= {*range(len(speaker))} for p in parts), "not row numbers",
             f"each part is a list of numbers of rows, got {shown(got)}")):
        raise AnswerFault(fault)
    return [part.astype(int) for part in parts]


def _split_fault(parts, speaker, engine, held):
    """The first fault of a split, by its name."""
    train, speakers_out, engine_out = parts
    counts = np.bincount(np.concatenate(parts), minlength=len(speaker))
    both = {*speaker[train]} & {*speaker[speakers_out]}
    return _first(
        (held in engine[train], "held-out engine leaks into training", f"train holds rows of {held}"),
        (both, "a speaker on both sides", f"{', '.join(both)}: draw speakers, not rows, and hold out all they say"),
        (held in engine[speakers_out], "held-out engine among the speakers", "draw speakers_out from the others"),
        (np.any(engine[engine_out] != held), "other engines in engine_out", f"engine_out has rows not of {held}"),
        (np.any(counts > 1), "a row in two parts", f"row {counts.argmax()} stands twice: each has one part, once"),
        (np.any(counts == 0), "rows lost", f"row {counts.argmin()} is in no part; what is not held out is trained on"))


def _split_probe(answer, rng):
    """Several tables and draws; each split is judged by what it must keep apart."""
    wrong = []
    for i in range(12):
        speaker, engine, held, count = _utterances(rng, i % 4)
        given = speaker.copy(), engine.copy()
        parts = _as_rows(answer(*given, held, count, rng), speaker)
        if not same(given, (speaker, engine)):
            return Fault("mutated input", "an input was changed: np.sort(speaker) copies, speaker.sort() does not")
        if fault := _split_fault(parts, speaker, engine, held):
            turned = not all(_split_fault(order, speaker, engine, held) for order in permutations(parts))
            return Fault("wrong order", "the order is train, speakers_out, engine_out") if turned else fault
        if (got := len(np.unique(speaker[parts[1]]))) != count:
            wrong.append(f"{got} speakers are held out instead of {count}")
        if got > count:
            return Fault("number of speakers", wrong[-1])
    return _first(
        (len(wrong) == 12, "number of speakers", wrong[0] if wrong else ""),
        (wrong, "too few speakers at times", f"{', '.join(wrong[:1])}: is one drawn twice (replace=False), or from the "
         "held-out engine? `count` may be all speakers of the others"))


def _split_draws(answer, rng):
    speaker, engine, held, _ = _utterances(rng)

    def drawn(seed):
        parts = _as_rows(answer(speaker.copy(), engine.copy(), held, 3, np.random.default_rng(seed)), speaker)
        return set(speaker[parts[1]].tolist())
    draws, names = [drawn(seed) for seed in range(60)], {*speaker[engine != held].tolist()}
    always, never, different = set.intersection(*draws), names - set.union(*draws), len({*map(frozenset, draws)})
    return _first(
        ([drawn(seed) for seed in range(4)] != draws[:4], "not reproducible",
         "the same seed gave other speakers: draw with the rng that is given, and with nothing else"),
        (always, "always the same speakers", f"60 seeds, and {', '.join(always)} each time: draw all of them with rng"),
        (never, "speakers never drawn", f"60 seeds, and never {', '.join(never)}: draw from all other engines"),
        (different <= 2 * len(names), "neighbours drawn together",
         f"60 seeds gave {different} different choices only: draw each speaker by itself, as rng.choice does"))


SPLIT = Task(
    id="12-5", title="speakers and an engine held out", level="write", difficulty=2, importance=3, minutes=15,
    reference=split, outputs=("train", "speakers_out", "engine_out"),
    probes=(("what must be apart is apart", _split_probe), ("the speakers are drawn with rng", _split_draws)))


# ---- 12-6 a layer shared over time -----------------------------------------------------------------------------------

def over_time(x, W, b):
    """The matrices slide along (12.7), and the maximum over time is kept (12.8).

    x (N, T, D), W (k, D, H), b (H,)  ->  y (N, H), backward: dy (N, H) -> dx, dW, db
    """
    (_, T, D), (k, _, H) = x.shape, W.shape
    P = T - k + 1
    z = sum(x[:, u:u + P] @ W[u] for u in range(k)) + b
    winner = z.argmax(axis=1)[:, np.newaxis]

    def backward(dy):
        dz, dx, dW = np.zeros_like(z), np.zeros_like(x), np.zeros_like(W)
        np.put_along_axis(dz, winner, dy[:, np.newaxis], axis=1)
        for u in range(k):
            dx[:, u:u + P] += dz @ W[u].T
            dW[u] = x[:, u:u + P].reshape(-1, D).T @ dz.reshape(-1, H)
        return dx, dW, dz.sum(axis=(0, 1))
    return z.max(axis=1), backward


def _heard(N, D, H, T, k, low=-6.0, high=2.0):
    """Random numbers; the biases are spread, so that some maxima lie below 0."""
    return lambda rng: (rng.normal(size=(N, T, D)), rng.normal(size=(k, D, H)),
                        rng.permutation(np.linspace(low, high, H)), rng.normal(size=(N, H)))


def _tied(rng, growth=0.0):
    """Three frames, three times over, in whole numbers: every maximum stands at two places or three, or nearly.
    A growth of a power of 2 makes all sums exact, so that their order does not matter."""
    x, W = rng.integers(-3, 4, (2, 3, 2)).astype(float), rng.integers(-3, 4, (2, 2, 3)).astype(float)
    x = np.tile(x, (1, 3, 1)) * (1 + growth * np.arange(9))[:, np.newaxis]
    return x, W, np.array([1.0, 0, -9]), rng.normal(size=(2, 3))


_MEETS = "frame t + u meets W[u], at every place t: a window meets all k matrices, the first frame the first"
_MAX = "the maximum over time is asked, axis 1, with its sign, for each example and each unit"
_OWN = "each example and each unit has its own winner: argmax over axis 1 alone"
_TIE = "where several places are equal, the first alone is paid, and with all of dy: argmax finds it"
_DY = "the winner receives dy, whatever its value: the slope of a maximum is 1 at the winner"
_LAPS = f"a frame lies in up to k windows, and {_ADDS}"
_THROUGH = "frame t + u met W[u]: pay through W[u]ᵀ"
_SUMS = "it was used at every place of every example: sum over axes 0 and 1, without a mean"
_ONCE = "b is added once at a place, after the sum over u, and the winning place alone is paid"
SHARED = Task(
    id="12-6", title="a layer shared over time, and its maximum", level="write", difficulty=3, importance=3, minutes=30,
    reference=over_time, rule=True, outputs=("y", "dx", "dW", "db"),
    cases=lambda rng: _heard(*different_sizes(rng, 3), T=int(rng.integers(11, 14)), k=int(rng.integers(2, 4)))(rng),
    small=(np.array([[[1.0], [3], [-1]], [[2], [0], [2]]]), np.array([[[1.0, 1]], [[2, -1]]]), np.array([1.0, -5]),
           np.array([[3.0, 5], [1, 2]])),
    edges={"places that tie": _tied, "silence": lambda rng: (np.zeros((2, 5, 3)), *_heard(2, 3, 4, 5, 2)(rng)[1:]),
           "maxima far below 0": _heard(3, 2, 4, 7, 2, -4e5, -3e5), "one place": _heard(3, 4, 5, 2, 2),
           "places that nearly tie": lambda rng: _tied(rng, 2.0 ** -33), "larger sizes": _heard(12, 9, 7, 10, 4),
           "as many units as bands": _heard(3, 4, 4, 7, 2), "all sizes the same": _heard(3, 3, 3, 5, 3),
           "windows of one frame": _heard(2, 3, 4, 6, 1), "one example, one band, one unit": _heard(1, 1, 1, 6, 3)},
    suspects=(
        Slip("last place forgotten", "count fence posts: k frames fit T − k + 1 times", ("T - k + 1", "T - k")),
        Slip("windows without overlap", "the window moves by one frame, so neighbouring windows share k − 1 frames",
             ("T - k + 1", "T // k"), ("sum(x[:, u:u + P]", "sum(x[:, u:P * k:k]")),
        *slips("sum(x[:, u:u + P] @ W[u] for u in range(k))",
            ("a matrix for each frame", _MEETS, "np.stack([x[:, t] @ W[t % k] for t in range(P)], 1)"),
            ("kernel backwards in time", _MEETS, "sum(x[:, u:u + P] @ W[k - 1 - u] for u in range(k))"),
            ("frames and bands mixed", "in W frames come before bands, in sliding_window_view after them",
             "np.lib.stride_tricks.sliding_window_view(x, k, 1).reshape(-1, P, k * D) @ W.reshape(-1, H)")),
        *slips(" + b", ("bias forgotten", "add b at each place", ""), ("bias for every frame", _ONCE, " + k * b")),
        *slips("z.max(axis=1)", ("a ReLU", "no ReLU here: y may be below 0", "np.maximum(z.max(axis=1), 0)"),
            ("mean instead of maximum", _MAX, "z.mean(axis=1)"), ("last place only", _MAX, "z[:, -1]"),
            ("pooled over the units", _MAX, "z.max(axis=2)"), ("pooled over the examples", _MAX, "z.max(axis=(0, 1))"),
            ("pooled over everything", _MAX, "z.max()"), ("largest by size", _MAX, "np.abs(z).max(axis=1)"),
            ("place instead of value", _MAX, "z.argmax(1)"), ("pooled over the examples", _MAX, "z.max(axis=0)"),
            ("maximum begins at a number", "a maximum may lie far below 0", "np.maximum(z.max(axis=1), -1000)")),
        *slips("z.argmax(axis=1)", ("last of the tied places paid", _TIE, "(P - 1 - z[:, ::-1].argmax(axis=1))"),
            ("places that nearly tie", "the largest wins, by however little: no rounding", "z.round(6).argmax(axis=1)"),
            ("one winner for all units", _OWN, "np.repeat(z.max(axis=2, keepdims=True).argmax(axis=1), H, 1)"),
            ("one winner for all units", _OWN, "np.repeat(z[:, :, :1].argmax(axis=1), H, 1)"),
            ("one winner for all examples", _OWN, "np.repeat(z.max(0, keepdims=True).argmax(axis=1), len(x), 0)")),
        *slips("np.put_along_axis(dz, winner, dy[:, np.newaxis], axis=1)",
            ("every place paid", "only the winning place fed y: it receives all of dy", "dz += dy[:, np.newaxis]"),
            ("shared by all places", "that is the backward of a mean", "dz += dy[:, np.newaxis] / P"),
            ("tied places paid", _TIE, "dz += dy[:, np.newaxis] * (z == z.max(1, keepdims=True))"),
            ("tied places paid", _TIE, "dz += z == z.max(1, keepdims=True); dz *= (dy / dz.sum(1))[:, np.newaxis]")),
        *slips("dy[:, np.newaxis]", ("value instead of gradient", _DY, "z.max(1, keepdims=True)"),
            ("multiplied by the value", _DY, "(dy * z.max(1))[:, np.newaxis]"), ("upstream gradient ignored", _DY, "1"),
            ("slope of a ReLU", "no ReLU here: pay a winner below 0, too", "(dy * (z.max(1) > 0))[:, np.newaxis]")),
        *slips("dx[:, u:u + P] += dz @ W[u].T",            # frame by frame, place by place, unit by unit, all at once
            ("overlap not added", _LAPS, "dx[:, u:u + P] = dz @ W[u].T"),
            ("overlap not added", _LAPS, "for t in range(P): dx[:, t:t + k] = np.moveaxis(W @ dz[:, t].T, 2, 0)"),
            ("overlap not added", _LAPS, "for n, h in np.ndindex(dy.shape): "
             "dx[n, winner[n, 0, h]:][:k] = dy[n, h] * W[:, :, h]"),
            ("overlap not added", _LAPS,
             "dx[np.arange(len(x))[:, np.newaxis], winner[:, 0] + u] += dy[:, :, np.newaxis] * W[u].T")),
        *slips("@ W[u].T", ("kernel turned round", _THROUGH, "@ W[k - 1 - u].T"),
            ("first matrix in dx", _THROUGH, "@ W[0].T"), ("transpose", _THROUGH, "@ W[u]")),
        *slips("x[:, u:u + P].reshape(-1, D).T @ dz.reshape(-1, H)",
            ("missing sum over the batch", _SUMS, "x[0, u:u + P].T @ dz[0]"),
            ("missing sum over time", _SUMS, "x[:, u + P - 1].T @ dz[:, -1]"),
            ("mean instead of sum", _SUMS, "x[:, u:u + P].reshape(-1, D).T @ dz.reshape(-1, H) / len(x)"),
            ("window not moved in dW", "W[u] met the frames t + u", "x[:, :P].reshape(-1, D).T @ dz.reshape(-1, H)")),
        *slips("dz.sum(axis=(0, 1))",
            ("mean instead of sum", _SUMS, "dz.mean(axis=(0, 1))"), ("mean instead of sum", _SUMS, "dy.mean(axis=0)"),
            ("missing sum over the batch", _SUMS, "dz.sum(axis=1)"), ("missing sum over time", _SUMS, "dz.sum(axis=0)"),
            ("wrong axis", _SUMS, "dz.sum((0, 2))"), ("wrong axis", _SUMS, "dz.sum()"),
            ("bias paid too often", _ONCE, "k * dz.sum((0, 1))"), ("bias paid too often", _ONCE, "P * dz.sum((0, 1))")),
    ))


# ---- 12-7 transfer -----------------------------------------------------------------------------------------------

def transfer(source, classes, frozen, rng):
    """A network for `classes` other words, on what `source` has learnt.

    ->  net (a Sequential), params (what an optimizer is to train)
    """
    trunk, old = deepcopy(source.layers[:-1]), source.layers[-1]
    W = old.W.data
    head = Dense(W.shape[0], classes, rng=rng, dtype=W.dtype)
    net = Sequential(*trunk, head)
    if not frozen:
        return net, net.params
    for layer in trunk:
        layer.training = False
    return net, head.params


def _numbers(layers):
    """What layers keep: the arrays of their parameters, and running averages."""
    return [p.data for layer in layers for p in layer.params], [a for layer in layers for a in layer.running]


def _transferred(answer, rng, frozen, more=2, seed=1):
    """What the answer makes of a small network with batch norm and dropout; AnswerFault if that is changed."""
    D, H, K = different_sizes(rng, 3)
    x, noise = rng.normal(size=(12, D)), np.random.default_rng(rng.integers(1 << 30))
    source = Sequential(Dense(D, H, rng=rng), BatchNorm(H), ReLU(), Dropout(0.2, rng=noise), Dense(H, K, rng=rng))
    for p in source.params:
        p.data += 0.1 * rng.normal(size=p.data.shape)       # no bias is 0, as after a training
    for _ in range(3):
        source(x)
    layers, before = list(source.layers), deepcopy(source.layers)
    got = answer(source, K + more, frozen, np.random.default_rng(seed))
    if fault := _first(
            (not isinstance(got, (tuple, list)) or len(got) != 2 or not hasattr(got[0], "layers"), "number of results",
             "two results were expected: net, the new Sequential, and params, the list of parameters to train"),
            (any(hasattr(layer, "layers") for layer in got[0].layers), "a network in a network",
             "the new network is flat, without a Sequential inside: Sequential(*trunk, head)"),
            ([*map(id, source.layers)] != [*map(id, layers)] or not same(_numbers(before), _numbers(layers))
             or [a.training for a in layers] != [a.training for a in before], "the source is changed",
             "the source network is still needed for its own words: change copies, and build a new Sequential")):
        raise AnswerFault(fault)
    return got[0], list(got[1]), source, x, K + more


def _check_trunk(answer, rng):
    net, _, source, _, _ = _transferred(answer, rng, False)
    mine, theirs, twin = net.layers[:-1], source.layers[:-1], answer(source, 3, False, rng)[0].layers[:-1]
    (weights, averages), (old_weights, old_averages) = _numbers(mine), _numbers(theirs)
    shared, kept = (any(np.shares_memory(a, b) for a, b in zip(weights + averages, sum(_numbers(others), [])))
                    for others in (theirs, twin))
    return _first(
        (len(mine) > len(theirs), "head added, not replaced", "the new head takes the place of the old one"),
        (len(mine) < len(theirs), "head missing", "after the trunk comes a new head"),
        ([*map(type, mine)] != [*map(type, theirs)], "other layers", "the trunk has all layers but the last"),
        (shared or {*map(id, mine)} & {*map(id, theirs)}, "trunk shared, not copied",
         "training one network changes the other: copy the layers with deepcopy"),
        (kept, "stale state", "two calls gave networks that share their trunk: make a copy at each call"),
        (not same(weights, old_weights), "trunk not copied", "the trunk has other weights: what was learnt is lost"),
        (not same(averages, old_averages), "running averages not copied", "deepcopy takes batch norm's along"))


def _check_head(answer, rng):
    for more, frozen in ((2, False), (0, False), (0, True), (-1, True)):        # more words, as many, fewer
        net, _, source, _, classes = _transferred(answer, rng, frozen, more)
        W, b = (getattr(getattr(net.layers[-1], name, None), "data", np.zeros(0)) for name in "Wb")
        old, size = source.layers[-1], (len(source.layers[-1].W.data), classes)
        if fault := _first(
                (np.isin(W, old.W.data).any() or np.isin(b, old.b.data).any(), "head copied, not new",
                 "weights and biases of the old head are for other words"),
                (W.shape != size, "size of the head", f"W must be {size[0]} by {size[1]}")):
            return fault
    first, again, other = (_transferred(answer, np.random.default_rng(5), False, seed=seed)[0].layers[-1].W.data
                           for seed in (1, 1, 2))
    return _first((not np.array_equal(first, again) or np.array_equal(first, other), "rng not used",
                   "the head is drawn with the rng that is given: another seed, another head"))


def _check_params(answer, rng):
    for frozen in (False, True):
        net, params, *_ = _transferred(answer, rng, frozen)
        given, wanted = [*map(id, params)], {*map(id, net.layers[-1].params if frozen else net.params)}
        if fault := _first(
                (not {*given} <= {*map(id, net.params)}, "parameters of another network",
                 "params holds parameters that the new network does not have: those of the source, or copies"),
                (not {*given} >= wanted and frozen, "head not trained", "params must hold the head's W and b, both"),
                (not {*given} >= wanted, "frozen although not asked", "with frozen=False params holds all parameters"),
                (not {*given} <= wanted, "frozen trunk that moves", "with frozen=True params holds the head's alone"),
                (len(given) > len(wanted), "a parameter twice", "params holds a parameter twice: two steps at once"),
                (not frozen and not all(a.training for a in net.layers), "left out of training",
                 "with frozen=False all layers stay in training, batch norm and dropout as well")):
            return fault
    return None


def _check_frozen(answer, rng):
    net, params, _, x, classes = _transferred(answer, rng, True)
    trunk = Sequential(*net.layers[:-1])
    before, rested, optimizer = deepcopy(_numbers(trunk.layers)), predict(trunk, x), SGD(params, lr=0.1)
    for _ in range(3):
        train_step(net, mean_squared_error, optimizer, x, np.ones((len(x), classes)))
    weights, averages = (same(a, b) for a, b in zip(before, _numbers(trunk.layers)))
    return _first(
        (not weights, "frozen trunk that moves", "weights of the trunk moved when the head was trained"),
        (not averages, "running averages that move", "no weight of the trunk moved, but batch norm's running averages "
         "did, in every forward pass: set layer.training = False in the layers of the trunk"),
        (not same(rested, trunk(x)[0]), "dropout in the frozen trunk",
         "the frozen trunk still drops units at random: set layer.training = False in all its layers"))


TRANSFER = Task(
    id="12-7", title="transfer: trunk, head, freezing", level="write", difficulty=2, importance=3, minutes=20,
    reference=transfer, outputs=("net", "params"),
    probes=(("the trunk is a copy", _check_trunk), ("the head is new", _check_head),
            ("params holds what is to learn", _check_params), ("a frozen trunk stays as it is", _check_frozen)))


# ---- 12-8 the confusion matrix ---------------------------------------------------------------------------------------

def confusion(predicted, t, classes):
    """Which word was taken for which.

    predicted, t (N,)  ->  counts, shares (classes, classes)
    """
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (t, predicted), 1)
    said = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(said, 1)
    return counts, shares


def _confusion_case(rng):
    """The first and the last word are never said, and the last two never answered."""
    classes = int(rng.integers(5, 8))
    t, heard = rng.integers(1, classes - 1, 40), rng.integers(0, classes - 2, 40)
    return np.where(rng.uniform(size=40) < 0.5, np.minimum(t, classes - 3), heard), t, classes


_ROW = "the row says what was spoken, the column what was answered: counts[t, predicted]"
_SUM = "each row is divided by its own sum, axis 1: the number of times the word was said"
_ABSENT = "a word that nobody said has a row of zeros"
_COLUMN = "counts / counts.sum(axis=1) divides column by column; keepdims=True keeps the sums in their rows"
_SHARE, _EMPTY = "counts / np.maximum(said, 1)", np.zeros(0, int)
CONFUSION = Task(
    id="12-8", title="the confusion matrix", level="fill in", difficulty=1, importance=3, minutes=10,
    reference=confusion, outputs=("counts", "shares"), cases=_confusion_case,
    small=(np.array([0, 0, 1, 0, 1, 0]), np.array([0, 0, 0, 0, 1, 1]), 3),
    edges={"one class": (np.zeros(3, int), np.zeros(3, int), 1), "no examples": (_EMPTY, _EMPTY, 3),
           "all wrong": (np.array([1, 1, 0]), np.array([0, 2, 2]), 3),
           "one example": (np.array([1]), np.array([1]), 3), "one wrong example": (np.array([0]), np.array([1]), 2),
           "one pair 40000 times": (np.full(40_000, 1), np.zeros(40_000, int), 2)},
    suspects=(
        *slips("(t, predicted), 1)", ("rows and columns exchanged", _ROW, "(predicted, t), 1)"),
            ("only the right ones", "wrong answers belong off the diagonal", "(t, predicted), t == predicted)")),
        Slip("counted once", "counts[t, predicted] += 1 counts a cell once, however often it is named: np.add.at",
             ("np.add.at(counts, (t, predicted), 1)", "counts[t, predicted] += 1")),
        Slip("rows and columns exchanged", _ROW, ("return counts, shares", "return counts.T, shares.T")),
        Slip("size from the labels", "every class has a row, said or not",
             ("np.zeros((classes, classes), int)", "np.zeros((max(t.max(), predicted.max()) + 1,) * 2, int)")),
        Slip("counts that overflow", "np.uint8 counts to 255 and starts again: int", (", int)", ", np.uint8)")),
        Slip("counts that stand still", "float16 knows no odd numbers above 2048: int", (", int)", ", np.float16)")),
        *slips(_SHARE, ("division by zero", f"{_ABSENT}: divide by np.maximum(sum, 1)", "counts / said"),
            ("everything adds up to 1", _SUM, "counts / len(t)"),
            ("absent words as 1", _ABSENT, f"{_SHARE} + (said == 0) * np.eye(classes)"),
            ("absent words as equal shares", _ABSENT, f"{_SHARE} + (said == 0) / classes"),
            ("absent words dropped", _ABSENT, f"({_SHARE})[said[:, 0] > 0]"),
            ("diagonal only", "the whole matrix of shares is asked", f"np.diag({_SHARE})"),
            ("percent", "shares between 0 and 1, not per cent", f"100 * {_SHARE}"),
            ("one added to every row", "np.maximum(sum, 1) changes empty rows only", "counts / (said + 1)")),
        Slip("columns add up to 1", _SUM, ("axis=1", "axis=0")),
        Slip("columns add up to 1", _SUM, ("axis=1", "axis=0"), ("np.maximum(said, 1)", "said")),
        Slip("wrong row", _COLUMN, (", keepdims=True", "")),
        Slip("wrong row", _COLUMN, (", keepdims=True", ""), ("np.maximum(said, 1)", "said")),
    ))


# ---- 12-9 louder and softer along a word -----------------------------------------------------------------------------
# What is drawn is the answer's own affair: no draw of the reference's is the right one. The adapter measures the line
# of each word and takes it out, which must give the words that went in; the probes ask how the knots were drawn.

def loudness(x, decibels, knots, rng):
    """Words made louder and softer along their length.

    x (N, n), no row all zeros, rng a numpy.random.Generator
    decibels the standard deviation of each knot, knots how many, 2 or more  ->  (N, n)
    """
    y = np.zeros_like(x)
    heights = rng.normal(0, decibels, size=(len(x), knots))
    for i, word in enumerate(x):
        first, last = np.flatnonzero(word)[[0, -1]]
        at = np.linspace(first, last, knots)
        line = np.interp(np.arange(len(word)), at, heights[i])
        y[i] = word * 10 ** (line / 20)
    return y


def _words(rng, N=4, shortest=24, longest=40, n=48, silent=0.15, dtype=float):
    """Words somewhere in their rows, a share ``silent`` of the samples within them 0."""
    x = np.zeros((N, n), dtype)
    for row in x:
        length = int(rng.integers(shortest, longest + 1))
        first = int(rng.integers(0, n - length + 1))
        sounds = rng.random(length) >= silent
        sounds[[0, -1]] = True
        row[first:first + length] = sounds * rng.uniform(0.1, 1, length) * rng.choice([-1, 1], length)
    return x


def _loud_case(knots=None, **options):
    """A case: words, decibels, knots, and the seed of rng."""
    def case(rng):
        k = knots or int(rng.integers(4, 7))
        return _words(rng, **options), float(rng.uniform(3, 9)), k, int(rng.integers(1 << 30))
    return case


def _nearest(places, values, at):
    """The lines with knots at ``at`` nearest to the values (places,) or (places, words): heights, and values there."""
    hats = np.stack([np.interp(places, at, hat) for hat in np.eye(len(at))], axis=1)
    heights = np.linalg.lstsq(hats, values, rcond=None)[0]
    return heights, hats @ heights


def _measured(x, y, knots):
    """The words y, made of x, with their lines taken out; the heights of the knots; the largest error in decibels."""
    left, heights, error, groups = y.copy(), np.empty((len(x), knots)), 0.0, {}
    for i, sounds in enumerate(x != 0):
        groups.setdefault(sounds.tobytes(), []).append(i)
    for rows in groups.values():
        p = np.flatnonzero(x[rows[0]])
        here = np.ix_(rows, p)
        loud = 20 * np.log10(y[here] / x[here])
        found, line = _nearest(p, loud.T, np.linspace(p[0], p[-1], knots))
        left[here] = y[here] / 10 ** (line.T / 20)
        heights[rows], error = found.T, max(error, np.abs(loud - line.T).max())
    return left, heights, error


def _elsewhere(x, knots):
    """What else the knots may have been laid over: (name, hint, [(places, knots) of each word])."""
    n, places = x.shape[1], [np.flatnonzero(word) for word in x]
    ends = np.array([p[[0, -1]] for p in places])

    def between(first, last, count=knots):
        return [(p, np.linspace(a, b, count)) for p, a, b in zip(places, first + 0 * ends[:, 0], last + 0 * ends[:, 1])]
    rows, others = "knots over the whole row", "the ends of another word"
    row_hint = "the silence around a word is no part of it: from its first to its last sample that is not 0"
    other_hint = "each word has a first and a last sample of its own: look for them in each row"
    for last in (n - 1, n):
        yield rows, row_hint, between(0, last)
    for first, last in (ends[0], (ends[:, 0].min(), ends[:, 1].max())):
        yield others, other_hint, between(first, last)
    for before, after in ((0, 1), (0, -1), (-1, 0), (-1, 1), (1, 0)):
        yield "one sample off", "the first knot is the word's first sample that is not 0, the last knot the last", \
            between(ends[:, 0] + before, ends[:, 1] + after)
    yield "silence inside left out", "a sample of 0 inside a word takes its time too: count it", \
        [(np.linspace(p[0], p[-1], len(p)), np.linspace(p[0], p[-1], knots)) for p in places]
    for whole in (np.floor, np.round, np.ceil):
        yield "knots rounded to samples", "a knot may lie between two samples: np.interp takes any place", \
            [(p, whole(at)) for p, at in between(*ends.T)]
    for count in {2, 3, 4, 5, 6, 7, 8, knots - 1, knots + 1} - {0, 1, knots}:
        yield "number of knots", "`knots` points, the two ends among them, so knots − 1 pieces", between(*ends.T, count)


def _no_gains(x, y):
    """Is y no x with another gain at each sample?"""
    sounds = x != 0
    return _first(
        (not np.isfinite(y).all(), "not finite", "some results are nan or inf: samples need no logarithm, the "
         "decibels are drawn; and a factor is 10 ** (decibels / 20)"),
        (y[~sounds].any(), "silence that sounds", "what is 0 stays 0: multiply the samples, add nothing"),
        (not y[sounds].all(), "samples lost", "some samples that are not 0 have become 0: does a slice end before the "
         "last one? x[first:last + 1]"),
        ((y * x < 0).any(), "sign", "some waves are turned round: what is drawn is decibels, and the factor is "
         "10 ** (decibels / 20), which is never below 0"))


def _no_line(x, y, knots):
    """What is wrong with words whose decibels do not lie on the lines that were asked for."""
    places = [np.flatnonzero(word) for word in x]
    gains = [b[p] / a[p] for a, b, p in zip(x, y, places)]
    loud = [20 * np.log10(gain) for gain in gains]

    def fits(values, lines, tolerance=1e-4):
        return all(len(p) > len(at) + 2 and np.abs(_nearest(p, v, at)[1] - v).max() <= tolerance * np.abs(v).max()
                   for v, (p, at) in zip(values, lines))
    own = [(p, np.linspace(p[0], p[-1], knots)) for p in places]
    if all(v[-1] == 0 for v in loud) and any(fits([v[:-1] for v in loud], [
            (p[:-1], np.linspace(p[0], p[-1] - less, knots)) for p in places]) for less in (0, 1)):
        return Fault("last sample left out", "a slice ends before its second number: x[first:last + 1]")
    if all(len(np.unique(v.round(6))) <= knots < len(v) - 3 for v in loud):
        return Fault("steps instead of lines", "the loudness jumps: np.interp draws the line from one knot to the next")
    if all(np.mean(np.diff(v, 2) ** 2) > 2 * v.var() and len(np.unique(v)) == len(v) for v in loud):
        return Fault("a draw for every sample", "each sample has a loudness of its own: draw `knots` numbers a word")
    others = [*_elsewhere(x, knots)]
    shifted = [Fault(name, hint) for values in (loud, gains) for name, hint, lines in others if fits(values, lines)]
    if fits(gains, own) and not any(fits(loud, lines) for _, _, lines in others):
        return Fault("gains on a line", "the factors lie on a line, but the decibels should: first the line, then "
                     "10 ** (line / 20)")
    return shifted[0] if shifted else Fault(
        "no line in decibels", "between two knots, equally spaced from the first sample that is not 0 to the last, "
        "20 log10(y / x) must lie on a straight line")


def _without_its_line(answer):
    """The answer, and then the line of each word measured and taken out: what is left are the words as they were.
    With ``measured`` the heights of the knots instead."""
    def run(x, decibels, knots, seed, measured=False):
        words = x.copy()
        got = answer(x, decibels, knots, np.random.default_rng(seed))
        y = np.asarray(got) if isinstance(got, (list, tuple)) else got
        if not isinstance(y, np.ndarray) or y.shape != words.shape or y.dtype.kind not in "fiu":
            return y
        if not (fault := _no_gains(words, y)):
            left, heights, error = _measured(words, y, knots)
            fault = _no_line(words[:12], y[:12], knots) if error > 1e-3 else None       # a dozen words show what it is
        if fault and measured:
            raise AnswerFault(fault)
        return fault or (heights if measured else left)
    return run


def _drawn_with_rng(answer, rng):
    """The same rng gives the same, another one another, and nothing else is drawn from."""
    x, before = _words(rng), global_random_numbers()

    def drawn(seed):
        return answer(x.copy(), 6.0, 4, seed, True)
    draws, again, one = [drawn(seed) for seed in range(8)], [drawn(seed) for seed in range(8)], np.random.default_rng(1)
    return _first(
        (not np.any(draws), "nothing is changed", "the words come back as they were"),
        (not same(before, global_random_numbers()), "global random numbers",
         "np.random.normal, np.random.seed and random.gauss use one generator for the whole process: draw with rng"),
        (not same(draws, again), "not reproducible", "the same rng gave other words: draw with rng, and nothing else"),
        (any(same(a, b) for a, b in combinations(draws, 2)), "rng not used", "another rng gave the same words: draw "
         "with the rng that is given, not with one of your own"),
        (same(drawn(one), drawn(one)), "rng that stands still", "the second call with one rng gave the words of the "
         "first: draw with rng itself, not with a copy of it"))


_FACTORS = (
    (lambda d: 2, "power instead of amplitude", "the decibels are twice those that were asked for: 10 ** (dB / 10) is "
     "a factor of power, the square of the amplitude; samples take 10 ** (dB / 20)"),
    *((lambda d, f=f: f, "exp instead of a power of ten", "decibels are logarithms to the base 10: the factor is "
       "10 ** (dB / 20), not exp") for f in np.array([1 / 20, 1 / 10, 1]) * 20 / np.log(10)),
    (lambda d: 20, "decibels not divided by 20", "a tenfold amplitude is 20 dB: the factor is 10 ** (dB / 20)"),
    (lambda d: 0.5, "half the decibels", "the factor is 10 ** (dB / 20), without another root"),
    (lambda d: d, "variance for standard deviation", "rng.normal takes the standard deviation, which is `decibels`"),
    (lambda d: d ** -0.5, "variance for standard deviation", "`decibels` is the standard deviation itself: no root"))


def _drawn_as_asked(answer, rng, N=1000, knots=5):
    """Two thousand words, half with few decibels: mean, spread, shape and independence of the knots. The limits lie six
    standard errors or more from what is right."""
    asked = rng.uniform([1.5, 7], [3, 10])
    x = np.repeat(_words(rng, 8, 17, 24, 30, 0.0), N // 8, axis=0)
    found = [answer(x.copy(), d, knots, int(rng.integers(1 << 30)), True) for d in asked.tolist()]
    if fault := _first(
            (any(np.ptp(h, axis=0).max() < 1e-3 for h in found), "one line for all words",
             "all words have the same knots: draw N times knots numbers, size=(len(x), knots)"),
            (any(np.ptp(h, axis=1).max() < 1e-3 for h in found), "one gain for the whole word",
             "a word is as loud at its end as at its beginning: each of its knots has a number of its own"),
            (any(len(np.unique(h.round(6))) < len(np.unique(h.round(6), axis=0)) for h in found), "not normal",
             "the knots of all words have a few values only: rng.normal gives as many as are asked for"),
            (any(len(np.unique(h.round(6), axis=0)) < N for h in found), "words that share a line",
             f"of {N} words some have the same knots: draw anew for each word"),
            (any(np.abs(np.diff(h, 2)).max() < 1e-3 for h in found), "number of knots",
             "each word has one straight line from end to end: all `knots` points are drawn, not the ends alone")):
        return fault
    spread = np.array([h.std() for h in found])
    z = np.concatenate([h / s for h, s in zip(found, spread)])
    middle, pairs = z.mean(axis=0), np.abs(np.corrcoef(z.T.round(6)) - np.eye(knots)).max()
    peak, share = ((z - middle) ** 4).mean() / z.var() ** 2, spread / asked
    drawn = f"the standard deviation of the knots is {share[0]:.2f} times decibels"
    if fault := _first(
            (np.abs(middle).max() > 0.16, "a mean that is not 0", "louder and softer are equally likely: the mean of "
             f"each knot is 0, not {share[0] * middle[np.abs(middle).argmax()]:.2f} times decibels"),
            (np.ptp(spread) < 0.07 * spread.max(), "decibels not used", f"with decibels = {asked[0]:.1f} as with "
             f"{asked[1]:.1f} the standard deviation of the knots is {spread[0]:.1f}"),
            (pairs > 0.16, "knots that depend on each other", f"each knot is drawn by itself; a correlation of two "
             f"within a word is {pairs:.2f}"),
            (np.abs(z.std(axis=0) - 1).max() > 0.13, "knots of different spread", "all knots, the first and the last "
             f"too, have the standard deviation `decibels`; got {shown((z.std(axis=0) * share[0]).round(2))} times it"),
            (abs((z[1:] * z[:-1]).mean()) > 0.1, "words that depend on each other", "a word's knots tell those of the "
             "next: draw anew for each word"),
            (1.6 < peak < 2.1, "uniform instead of normal", f"the mean fourth power, over the squared variance, is "
             f"{peak:.1f}: 1.8 belongs to a uniform number, 3 to a normal one; and {drawn}"),
            (not 2.6 < peak < 3.5, "not normal", f"the mean fourth power, over the squared variance, is {peak:.1f}, "
             "but 3 for normal numbers: rng.normal")):
        return fault
    for factor, name, hint in _FACTORS:
        if np.abs(share / factor(asked) - 1).max() < 0.07:
            return Fault(name, hint)
    return _first((np.abs(share - 1).max() > 0.07, "standard deviation", f"{drawn}, and should be 1"))


LOUDNESS = Task(
    id="12-9", title="an augmentation, checked by its statistics", level="write", difficulty=2, importance=2,
    minutes=20, reference=loudness, adapt=_without_its_line, names=("x", "decibels", "knots", "the seed of rng"),
    tolerance=1e-4, cases=_loud_case(),
    small=(np.array([[0, 0, 1.0, -2, 1, 4, 2, -1, 0, 3, 1, 0], [1, 2, -3, -1, 2, 1, 1, 2, 3, 0, 0, 0]]), 6.0, 3, 12),
    edges={"one word": _loud_case(N=1), "a word that fills its row": _loud_case(N=1, shortest=48, longest=48),
           "two knots": _loud_case(2), "many knots": _loud_case(9), "much silence inside": _loud_case(silent=0.5),
           "as many words as samples": _loud_case(N=30, n=30, longest=30),
           "single precision": _loud_case(dtype=np.float32)},
    probes=(("drawn with rng and nothing else", _drawn_with_rng), ("knots as they should be drawn", _drawn_as_asked)))


TASKS = [FRAMES, WINDOW, SPECTRUM, LOG_MEL, SPLIT, SHARED, TRANSFER, CONFUSION, LOUDNESS]
