"""Tasks of lesson 13: a law as a rule, the gradient of a window of observations, an estimate of rounding errors, the
mean of a sentence, an autoencoder with tied weights, the gradients of ratings."""

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.cases import different_sizes
from course_lib.exercises.task import Slip, Suspect, Task, forms, slips

SHEET = "13_beyond_perception"


# ---- 13-1 reentry ---------------------------------------------------------------------------------------------------

def reentry_time(Q, c, a, g, V):
    """The re-entry time where the air that comes in holds some gas itself.

    Q fresh air (m³/s), c limit, a gas in that air (ppm), g gas, V volume (m³): (N,)
    Returns  t (N,) in seconds, backward;  backward(dt) -> dQ, dc, da, dg, dV
    """
    above = 1e6 * g / V - a
    allowed = c - a
    wait = above > allowed
    t = V / Q * np.log(np.where(wait, above, allowed) / allowed)
    def backward(dt):
        dt = dt * wait
        dabove = dt * V / (Q * above)
        dQ = -dt * t / Q
        dc = -dt * V / (Q * allowed)
        da = -dabove - dc
        dg = dabove * 1e6 / V
        dV = dt * t / V - dabove * 1e6 * g / V ** 2
        return dQ, dc, da, dg, dV
    return t, backward


def _mine(rng, n=None, early=False):
    """Values as in a mine, gas far above the limit; ``early``: below it from the start in some rows."""
    n = n or int(rng.integers(3, 9))
    c = rng.uniform(20, 100, size=n)
    a, V = c * rng.uniform(0.1, 0.6, size=n), rng.uniform(900, 3300, size=n)
    start = c * (rng.uniform(4, 9, size=n) if not early else np.resize([0.7, 3.0, 0.4], n))
    return rng.uniform(8, 30, size=n), c, a, start * V / 1e6, V, rng.normal(size=n)


_TWO_A, _TWO_V = ("a occurs twice, above and below the line: two paths that add up, da = −dabove − dc",
                  "V occurs twice, as a factor and in the gas at the start: dV = dt t / V − dabove 10⁶ g / V²")
_LOG = "the derivative of ln x is 1 / x: divide by what stands in the logarithm"
_EARLY = "where the gas is below the limit from the start nobody waits: t = 0, and all gradients are 0"
_ABOVE = "1e6 * g / V - a"
_DV, _DA = "dt * t / V - dabove * 1e6 * g / V ** 2", "-dabove - dc"

REENTRY = Task(
    id="13-1", title="the law of dilution as a rule", level="derive", difficulty=2, importance=2, minutes=20,
    reference=reentry_time, rule=True, outputs=("t", "dQ", "dc", "da", "dg", "dV"), cases=_mine,
    names=("Q", "c", "a", "g", "V", "dt"), batch=lambda Q, *_: len(Q),
    small=(np.array([10.0]), np.array([20.0]), np.array([10.0]), np.array([0.03]), np.array([1000.0]),
           np.array([1.0])),
    edges={"one blast": lambda rng: _mine(rng, 1), "below the limit from the start": lambda rng: _mine(rng, 6, True),
           "clean air": lambda rng: (*_mine(rng, 5)[:2], np.zeros(5), *_mine(rng, 5)[3:]),
           "exactly at the limit": lambda rng: (np.full(2, 8.0), np.full(2, 32.0), np.full(2, 16.0),
                                                np.array([0.032, 0.064]), np.full(2, 1000.0), np.ones(2))},
    suspects=(
        Slip("one path of V", _TWO_V, (_DV, "dt * t / V")),
        Slip("one path of V", _TWO_V, (_DV, "-dabove * 1e6 * g / V ** 2")),
        Slip("sign of the second path of V", _TWO_V, (_DV, "dt * t / V + dabove * 1e6 * g / V ** 2")),
        Slip("square of V forgotten", "the derivative of 1 / V is −1 / V²", ("g / V ** 2", "g / V")),
        Slip("one path of a", _TWO_A, (_DA, "-dabove")),
        Slip("one path of a", _TWO_A, (_DA, "-dc")),
        Slip("sign of a path of a", _TWO_A, (_DA, "dabove - dc")),
        Slip("sign of a path of a", _TWO_A, (_DA, "-dabove + dc")),
        Slip("logarithm's derivative forgotten", _LOG, ("dt * V / (Q * above)", "dt * V / Q")),
        Slip("logarithm's derivative forgotten", _LOG, ("-dt * V / (Q * allowed)", "-dt * V / Q")),
        Slip("logarithm kept", _LOG, ("dt * V / (Q * above)", "dt * V / Q * np.log(np.abs(above))")),
        Slip("sign of dc", "a higher limit is met earlier: dc is negative for dt above 0",
             ("-dt * V / (Q * allowed)", "dt * V / (Q * allowed)"), (_DA, "-dabove + dc")),
        Slip("sign of dQ", "more air, less time: dQ = −dt t / Q", ("-dt * t / Q", "dt * t / Q")),
        Slip("Q divides once too little", "t = (…) / Q, so dQ = −dt t / Q", ("-dt * t / Q", "-dt * t")),
        Slip("10⁶ forgotten in dg", "above = 10⁶ g / V − a: its derivative by g is 10⁶ / V",
             ("dabove * 1e6 / V", "dabove / V")),
        Slip("V forgotten in dg", "above = 10⁶ g / V − a: its derivative by g is 10⁶ / V",
             ("dabove * 1e6 / V", "dabove * 1e6")),
        *(Slip("that of clean air", "(13.3) holds for clean air: here a stands in both differences, so derive "
               "ln(10⁶ g / V − a) − ln(c − a)", edit)
          for edit in ((_DV, "dt * (t / V - wait / Q)"), ("dabove * 1e6 / V", "dt * V / (Q * g)"),
                       ("-dt * V / (Q * allowed)", "-dt * V / (Q * c)"))),
        Slip("dt forgotten", "every gradient is multiplied by dt", ("dt = dt * wait", "dt = 1.0 * wait")),
        Slip("gas in the air ignored", "both differences are above the gas a of the incoming air",
             ("g / V - a", "g / V"), ("c - a", "c"), (_DA, "0 * dabove")),
        Slip("gas in the air subtracted once", "ln((C − a) / (c − a)): a in both differences",
             ("c - a", "c"), (_DA, "-dabove")),
        Slip("negative time", _EARLY, ("np.where(wait, above, allowed)", "above"), ("dt * wait", "dt * 1")),
        Slip("gradient at the limit", "the gas at the limit is no wait either: above > allowed, not >=",
             ("above > allowed", "above >= allowed")),
        Slip("gradient without a wait", _EARLY, ("dt * wait", "dt * 1")),
        Slip("gradient without a wait", _EARLY, ("dt * wait", "dt * 1"), (_ABOVE, f"np.maximum({_ABOVE}, c - a)")),
        Slip("gradient without a wait", _EARLY, ("dt * wait", "dt * 1"), (_ABOVE, f"np.maximum({_ABOVE}, c - a)"),
             ("-dt * V / (Q * allowed)", f"-dt * V / (Q * allowed) * np.where(wait, 1, ({_ABOVE}) / allowed)")),
        *(Slip("order of the gradients", "in the order of the inputs: dQ, dc, da, dg, dV",
               ("return dQ, dc, da, dg, dV", f"return {order}"))
          for order in ("dQ, dc, dg, da, dV", "dV, dg, da, dc, dQ")),
    ))

# ---- 13-2 assimilation ----------------------------------------------------------------------------------------------

def window_gradient(step, x, background, observed, noise, spread):
    """The gradient of (13.6) by the state x at the start of a window: one sweep back.

    step a rule, y, backward = step(x); x and background (N,)
    observed (K, N), at x itself and after each step, NaN where nothing was seen
    noise, spread numbers  ->  dx (N,)
    """
    states, backwards = [x], []
    for _ in observed[1:]:
        y, backward = step(states[-1])
        states.append(y)
        backwards.append(backward)
    misses = np.where(np.isnan(observed), 0, np.array(states) - observed) / noise ** 2
    dx = misses[-1]
    for t in reversed(range(len(backwards))):
        dx = backwards[t](dx) + misses[t]
    return dx + (x - background) / spread ** 2


def _toy(M, sweeps=None):
    """A rule for one step that can be done on paper: x' = M x + M x², entry by entry squared.

    sweeps   a list, to which each call adds how often its backward was called
    """
    sweeps = [] if sweeps is None else sweeps

    def step(x):
        place = len(sweeps)
        sweeps.append(0)

        def backward(dy):
            sweeps[place] += 1
            return (1 + 2 * x) * (M.T @ dy)
        return M @ (x + x * x), backward
    return step


def _with_a_step(answer):
    """The answer, asked with the matrix of ``_toy`` in the place of its rule."""
    return lambda M, *others, sweeps=None: answer(_toy(M, sweeps), *others)


def _once(answer, rng):
    """A probe: the steps of one run, and the backward of each once. The values are known to be right."""
    for K in (5, 3, 8):
        sweeps = []
        answer(*_window_case(rng, K=K, seen=1), sweeps=sweeps)
        calls = f"for {K} rows of observed `step` was called {len(sweeps)} times, a backward {sum(sweeps)} times; "
        if not sum(sweeps):
            return Fault("no sweep back", f"{calls}the backwards that the steps return give the gradient in one sweep, "
                         "without a difference or a nudge")
        if len(sweeps) > K - 1:
            return Fault("too many steps", f"{calls}{K - 1} steps lead to the last row: keep the backward of each when "
                         "it is made, and run none of them again")
        if max(sweeps) > 1:
            return Fault("too many sweeps back", f"{calls}one sweep is enough: it takes each miss along when it comes "
                         "by, and no miss, and no column of a matrix, needs a sweep of its own")
    return None


def _window_case(rng, K=None, N=None, noise=None, spread=None, seen=0.6, chaos=0.5):
    N = N or int(rng.integers(3, 7))
    observed = rng.normal(size=(K or int(rng.integers(3, 6)), N))
    observed[rng.random(observed.shape) > seen] = np.nan
    if seen:
        observed[0, 0] = rng.normal()                       # the first time is always heard
    return (rng.normal(0, chaos / np.sqrt(N), size=(N, N)), rng.normal(0, 0.5, size=N), rng.normal(size=N), observed,
            noise or rng.uniform(0.4, 0.8), spread or rng.uniform(1.3, 2.0))


_MISS, _SWEEP = "misses[-1]\n", "backwards[t](dx) + misses[t]"
_SUMMED = "every time that was observed pays: add misses[t] when the sweep comes by at time t"
_LATER = "the miss at time t is paid to the state at time t: add it after backward has come down from time t + 1"
_BEHIND = "the background speaks of the first state only: its term is added once, at the end, and passes no step"
_MISSING = "where observed is NaN nothing was seen, so nothing is paid: that miss is 0 (np.where with np.isnan)"
_ROWS = "who is missing may change from time to time: " + _MISSING
_WEIGHT = "the derivative of ½ miss² / noise² is miss / noise²; of the background's term (x − background) / spread²"

WINDOW = Task(
    id="13-2", title="the gradient of a window", level="write", difficulty=2, importance=3, minutes=20,
    reference=window_gradient, adapt=_with_a_step, outputs=("dx",), cases=_window_case,
    probes=(("once forward and once back", _once),),
    names=("M, with step(x) = M (x + x²)", "x", "background", "observed", "noise", "spread"),
    small=(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1.0, 0.0]), np.array([0.0, 2.0]),
           np.array([[3.0, np.nan], [np.nan, 1.0]]), 0.5, 2.0),
    edges={"nothing but the first time": lambda rng: _window_case(rng, K=1),
           "nothing observed": lambda rng: _window_case(rng, seen=0),
           "everything observed": lambda rng: _window_case(rng, seen=1),
           "as many times as variables": lambda rng: _window_case(rng, K=4, N=4),
           "one variable": lambda rng: _window_case(rng, N=1),
           "a long window": lambda rng: _window_case(rng, K=12, chaos=0.3),
           "a noise and a spread of 1": lambda rng: _window_case(rng, noise=1.0, spread=1.0)},
    suspects=(
        Slip("first time forgotten", "x itself was observed too: row 0 of observed belongs to it",
             (_SWEEP, "backwards[t](dx) + (misses[t] if t else 0)")),
        Slip("last time forgotten", "the sweep begins with the miss at the last time", (_MISS, "0 * misses[-1]\n")),
        Slip("not accumulated", _SUMMED, (_SWEEP, "backwards[t](dx)")),
        Slip("not accumulated", _SUMMED, (_SWEEP, "backwards[t](misses[t + 1]) + misses[t]")),
        Slip("added to the old dx", "what came from later has gone through backward: dx is replaced, not added to",
             (_SWEEP, "dx + backwards[t](dx) + misses[t]")),
        Slip("miss one step early", _LATER, (_SWEEP, "backwards[t](dx + misses[t])")),
        Slip("forward in time", "the way back begins at the last step",
             ("reversed(range(len(backwards)))", "range(len(backwards))")),
        Slip("one backward for all", "each step has its own backward, made at its own state: keep them all",
             ("backwards[t](dx)", "backwards[-1](dx)")),
        Slip("every step from x", "each step starts where the one before ended", ("step(states[-1])", "step(x)")),
        Slip("mask of one time", _ROWS, ("np.isnan(observed)", "np.isnan(observed[0])")),
        Slip("mask of one time", _ROWS, ("np.isnan(observed)", "np.isnan(observed[-1])")),
        Slip("NaN spread", _MISSING, ("np.where(np.isnan(observed), 0, np.array(states) - observed)",
                                      "(np.array(states) - observed)")),
        Slip("observations one step off", "row t of observed belongs to the state after t steps, row 0 to x itself",
             ("np.array(states) - observed", "np.array(states) - np.roll(observed, -1, axis=0)")),
        Slip("background forgotten", "the cost has a second term: x should be near the background, too",
             ("dx + (x - background) / spread ** 2", "dx")),
        Slip("background sent through the model", _BEHIND, (_MISS, "misses[-1] + (x - background) / spread ** 2\n"),
             ("dx + (x - background) / spread ** 2", "dx")),
        Slip("background at every time", _BEHIND, (_SWEEP, _SWEEP + " + (x - background) / spread ** 2")),
        Slip("missing counted as 0", _MISSING, ("np.where(np.isnan(observed), 0, np.array(states) - observed)",
                                                "(np.array(states) - np.nan_to_num(observed))")),
        Slip("whole time dropped", "a time at which some variables are missing still tells of the others",
             ("np.isnan(observed)", "np.isnan(observed).any(axis=1, keepdims=True)")),
        Slip("noise not squared", _WEIGHT, ("noise ** 2", "noise")),
        Slip("spread not squared", _WEIGHT, ("spread ** 2", "spread")),
        Slip("noise forgotten", _WEIGHT, (" / noise ** 2", "")),
        Slip("spread forgotten", _WEIGHT, (" / spread ** 2", "")),
        Slip("noise and spread exchanged", _WEIGHT, ("noise ** 2", "spread ** 2"),
             ("ground) / spread", "ground) / noise")),
        Slip("sign of the miss", "the miss is state − observed: the gradient points uphill",
             ("np.array(states) - observed", "observed - np.array(states)")),
        Slip("sign of the background", "it is x − background: the gradient points uphill",
             ("x - background", "background - x")),
        Slip("twice", "the cost has a half before each square: no factor 2 is left",
             ("return dx + (x - background) / spread ** 2", "return 2 * (dx + (x - background) / spread ** 2)")),
        Slip("mean over time", "the cost is a sum over all observations, not a mean",
             (" / noise ** 2", " / noise ** 2 / len(observed)")),
    ))


# ---- 13-3 rounding --------------------------------------------------------------------------------------------------

def rounding_estimate(y, c, steps):
    """Steps of y <- y² + c in float32, and the estimated error of the last y (13.11).

    y, c float32, taken as exact; steps a whole number
    Returns  the last y (float32), the estimate (float64)
    """
    y, c, befores, errors = np.float32(y), np.float32(c), [], []
    for _ in range(steps):
        square = y * y
        new = square + c
        of_square = square - np.float64(y) * np.float64(y)
        of_sum = new - (np.float64(square) + np.float64(c))
        befores.append(np.float64(y))
        errors.append(of_square + of_sum)
        y = new
    adjoint, estimate = 1.0, 0.0
    for before, error in zip(befores[::-1], errors[::-1]):
        estimate += adjoint * error
        adjoint *= 2 * before
    return y, estimate


def _map_case(rng):
    """Values from -2 to 2: the y² that come are of both sides of 1, and most errors of either sign."""
    return np.float32(rng.uniform(0.2, 1.6)), np.float32(rng.uniform(-1.9, -1.4)), int(rng.integers(5, 13))


def _run_again(y, c, steps):
    """What was observed: the whole run against one in float64."""
    single, double = np.float32(y), np.float64(y)
    for _ in range(steps):
        single, double = single * single + np.float32(c), double * double + np.float64(c)
    return single, single - double


def _gaps(y, c, steps):
    """As if the distance to a run in float64 were the error that a step makes itself."""
    single, double, befores, errors = np.float32(y), np.float64(y), [], []
    for _ in range(steps):
        befores.append(np.float64(single))
        single, double = single * single + np.float32(c), double * double + np.float64(c)
        errors.append(single - double)
    adjoint, estimate = 1.0, 0.0
    for before, error in zip(befores[::-1], errors[::-1]):
        estimate, adjoint = estimate + adjoint * error, adjoint * 2 * before
    return single, estimate


_TIMES, _SUM = "adjoint *= 2 * before", "estimate += adjoint * error"
_OWN = "an error made in a step has the adjoint of that step's result: use it first, then multiply by 2 y"
_SLOPE = "the slope of y² + c is 2 y, at the y that the step was given"
_WIDE = ("both numbers have to be np.float64 before they are multiplied or added; in float32 the same rounding happens "
         "again, and the difference is 0")
ROUNDING = Task(
    id="13-3", title="who is to blame for the rounding", level="write", difficulty=2, importance=2, minutes=20,
    reference=rounding_estimate, outputs=("y", "the estimate"), cases=_map_case, tolerance=1e-4,
    small=(np.float32(1 + 2.0 ** -12), np.float32(1), 2),
    edges={"one step": lambda rng: (*_map_case(rng)[:2], 1), "no step": (np.float32(0.7), np.float32(-1.5), 0),
           "nothing to round": (np.float32(1), np.float32(-1), 4),
           "a negative start": (np.float32(-1.3), np.float32(-1.7), 6),
           "a large c": (np.float32(0.1), np.float32(30.1), 3),
           "a long chaotic run": (np.float32(0.3), np.float32(-1.9), 22)},
    suspects=(
        *slips(_SUM,
            ("bound, not estimate", "errors have signs and may cancel: no absolute values in (13.11)",
             "estimate += abs(adjoint * error)"),
            ("sign of the local error", "float32 minus float64: the error is what was added to the right value",
             "estimate -= adjoint * error"),
            ("adjoint of the wrong node", _OWN, "estimate += 2 * before * adjoint * error"),
            ("adjoint forgotten", "each error is multiplied by the adjoint of the place where it was made",
             "estimate += error"),
            ("only the last error", "all steps contribute: add them up", "estimate = estimate or adjoint * error"),
            ("only the first error", "all steps contribute: +=", "estimate = adjoint * error")),
        *slips(_TIMES, ("factor 2 of the slope", _SLOPE, "adjoint *= before"),
            ("slopes added", "slopes along a path are multiplied", "adjoint += 2 * before"),
            ("only the last slope", "slopes along a path are multiplied: *=", "adjoint = 2 * before"),
            ("square for its slope", _SLOPE, "adjoint *= before * before")),
        Slip("slope at the wrong y", _SLOPE, ("befores.append(np.float64(y))", "befores.append(np.float64(new))")),
        *forms("forwards instead of backwards", "the adjoint is known at the end: begin with the last step",
               (("befores[::-1], errors[::-1]", "befores, errors"),), (("errors[::-1]", "errors"),)),
        *slips("errors.append(of_square + of_sum)",
            ("error of the sum forgotten", "two operations in a step round: the square and the sum",
             "errors.append(of_square)"),
            ("error of the square forgotten", "two operations in a step round: the square and the sum",
             "errors.append(of_sum)"),
            ("relative for absolute", "ε is a difference: do not divide by the value",
             "errors.append((of_square + of_sum) / new)"),
            ("one of two signs", "both errors are float32 minus float64", "errors.append(of_square - of_sum)")),
        *forms("local error in float32", _WIDE,
               (("np.float64(y) * np.float64(y)", "y * y"), ("(np.float64(square) + np.float64(c))", "(square + c)")),
               (("np.float64(y) * np.float64(y)", "np.float64(y * y)"),
                ("(np.float64(square) + np.float64(c))", "np.float64(square + c)"))),
        Suspect("observed, not estimated", "this runs everything again in float64; wanted is the sum of (13.11), which "
                "needs no such run, and differs from it where first order fails", _run_again),
        Suspect("distance for local error", "each step is run in float64 on what it was given in float32, not on "
                "the results of a run in float64: else early errors count again and again", _gaps),
    ))

# ---- 13-4 sentiment -------------------------------------------------------------------------------------------------

def sentence_means(E, words):
    """Each sentence as the mean of its words' vectors (13.16). 0 fills up: no word.

    E (V, D), words (N, T) whole numbers  ->  y (N, D), backward: dy (N, D) -> dE (V, D)
    A sentence without words gives zeros.
    """
    real = words != 0
    lengths = np.maximum(real.sum(axis=1), 1)
    weights = real / lengths[:, np.newaxis]
    y = np.sum(weights[:, :, np.newaxis] * E[words], axis=1)

    def backward(dy):
        dE = np.zeros_like(E)
        np.add.at(dE, words, weights[:, :, np.newaxis] * dy[:, np.newaxis, :])
        return dE
    return y, backward


def _sentences(rng, lengths=None, sizes=None, words=None, scale=1.0):
    """Sentences of several lengths, filled up at the end; words return, and row 0 of the table is not 0."""
    N, T, V, D = sizes or different_sizes(rng, 4)
    if words is None:
        words = rng.integers(1, V, size=(N, T))
        lengths = rng.integers(1, T, size=N) if lengths is None else np.array(lengths)
        words[np.arange(T) >= lengths[:, np.newaxis]] = 0
    return scale * rng.normal(size=(V, D)) + 1, np.asarray(words), rng.normal(size=(len(words), D))


def _worded(words, V=5, D=3):
    return lambda rng: _sentences(rng, sizes=(len(words), len(words[0]), V, D), words=words)


_OWN = "each sentence is divided by the number of its own words: count where words is not 0, along the sentence"
_FILLING = "0 fills up and is no word: its vector must not be added, and its row of dE stays 0"
_AGAIN = "a word that stands more than once is paid for each time: dE[words] += counts it once, np.add.at each time"
_EMPTY = "a sentence without words has length 0, and 0 / 0 is NaN: divide by at least 1"
_LENGTHS = "np.maximum(real.sum(axis=1), 1)"
_PAID = "np.add.at(dE, words, weights[:, :, np.newaxis] * dy[:, np.newaxis, :])"

MEANS = Task(
    id="13-4", title="the mean of a sentence's words", level="write", difficulty=2, importance=3, minutes=20,
    reference=sentence_means, rule=True, outputs=("y", "dE"), cases=_sentences, batch=lambda E, words, *_: len(words),
    small=(np.array([[9.0, 9.0], [1.0, 2.0], [3.0, 6.0]]), np.array([[1, 2, 0, 0], [2, 2, 1, 0]]),
           np.array([[2.0, 4.0], [3.0, 6.0]])),
    edges={"a sentence without words": _worded([[1, 2, 3, 0], [0, 0, 0, 0], [4, 0, 0, 0]]),
           "filled up in front": _worded([[0, 0, 1, 2], [0, 3, 1, 4]]),
           "the same word again": _worded([[2, 2, 2, 2, 0]]),
           "a word in two sentences": _worded([[1, 2, 0], [2, 0, 0], [4, 2, 3]]), "one word": _worded([[3]]),
           "nothing to fill up": lambda rng: _sentences(rng, [4, 4, 4], (3, 4, 6, 2)),
           "only words of the end": _worded([[7, 6], [7, 0]], V=8),
           "one number a word": _worded([[1, 3, 0]], D=1),
           "no sentence has words": _worded([[0, 0, 0], [0, 0, 0]])},
    suspects=(
        *slips(_LENGTHS,
               ("divided by T", _OWN, "np.full(len(words), words.shape[1])"),
               ("empty sentence", _EMPTY, "real.sum(axis=1)"),
               ("the words of all sentences counted", _OWN, "np.maximum(real.sum(), 1) + np.zeros(len(words))"),
               ("one length for all", f"{_OWN}; here the longest was taken",
                "np.full(len(words), max(real.sum(axis=1).max(), 1))"),
               ("different words counted", "a word that stands twice counts twice",
                "np.array([max(len(set(row[row != 0])), 1) for row in words])"),
               ("length off by one", _OWN, "real.sum(axis=1) + 1")),
        *slips("words != 0",
               ("filling counted", _FILLING, "words >= 0"),
               ("vector of the filling", "a sentence without words gives zeros, not the vector of the filling",
                "(words != 0) | ((words == 0).all(axis=1, keepdims=True) & (np.arange(words.shape[1]) == 0))"),
               ("first words left out", "every number but 0 is a word, 1 too", "words > 1")),
        Slip("filling counted", _FILLING, ("np.sum(weights[:, :, np.newaxis] * E[words], axis=1)",
                                           "np.sum(E[words], axis=1) / lengths[:, np.newaxis]"),
             (_PAID, "np.add.at(dE, words, dy[:, np.newaxis, :] / lengths[:, np.newaxis, np.newaxis])")),
        Slip("filling added", _FILLING, ("np.sum(weights[:, :, np.newaxis] * E[words], axis=1)",
                                         "np.sum(E[words], axis=1) / lengths[:, np.newaxis]")),
        Slip("filling paid", f"the forward is right, but {_FILLING}",
             (_PAID, "np.add.at(dE, words, dy[:, np.newaxis, :] / lengths[:, np.newaxis, np.newaxis])")),
        Slip("sum instead of mean", "divide by the number of words", ("real / lengths[:, np.newaxis]", "real * 1.0")),
        Slip("backward not divided", "what was divided by the length on the way forward is divided on the way back",
             (_PAID, "np.add.at(dE, words, real[:, :, np.newaxis] * dy[:, np.newaxis, :])")),
        Slip("backward divided by N", "dy holds any division by the batch already",
             (_PAID, "np.add.at(dE, words, weights[:, :, np.newaxis] * dy[:, np.newaxis, :] / len(dy))")),
        Slip("repeated words paid once", _AGAIN, ("np.add.at(dE, words, ", "dE[words] += (")),
        Slip("repeated words paid once", _AGAIN, ("np.add.at(dE, words, ", "dE[words] = (")),
        Slip("repeated words paid once", _AGAIN, (_PAID, """for row, weight, d in zip(words, weights, dy):
            dE[row] += weight[:, np.newaxis] * d""")),
        Slip("sign", "the mean rises with each vector: dE has the sign of dy",
             (_PAID, _PAID.replace(", weights", ", -weights"))),
    ))

# ---- 13-5 autoencoder -----------------------------------------------------------------------------------------------

def tied_autoencoder(x, W, b, c):
    """An autoencoder with one matrix: z = tanh(x W + b), y = z Wᵀ + c.

    x (N, D), W (D, k), b (k,), c (D,)
    Returns  y (N, D), backward;  backward(dy) -> dx, dW, db, dc
    """
    z = np.tanh(x @ W + b)
    y = z @ W.T + c

    def backward(dy):
        dz = dy @ W
        da = dz * (1 - z * z)
        dW = x.T @ da + dy.T @ z
        return da @ W.T, dW, da.sum(axis=0), dy.sum(axis=0)
    return y, backward


def _tied(N, D, k, scale=1.0):
    return lambda rng: (rng.normal(size=(N, D)), scale * rng.normal(size=(D, k)), rng.normal(size=k),
                        rng.normal(size=D), rng.normal(size=(N, D)))


_TWICE = "W is used twice, so it is paid twice: x.T @ da from the encoder plus dy.T @ z from the decoder"
_SLOPE = "the code is a tanh: da = dz (1 − z²), with z the code, not its pre-activation"
_ROWS = "b and c were added to every row: their gradients are sums over the rows"
TIED = Task(
    id="13-5", title="an autoencoder with tied weights", level="write", difficulty=2, importance=3, minutes=15,
    reference=tied_autoencoder, rule=True, outputs=("y", "dx", "dW", "db", "dc"), batch=lambda x, *_: len(x),
    cases=lambda rng: _tied(*different_sizes(rng, 3))(rng),
    small=(np.array([[1.0, 2.0]]), np.array([[1.0], [-0.5]]), np.array([np.log(2)]), np.zeros(2),
           np.array([[1.0, 3.0]])),                                 # z = tanh(ln 2) = 0.6
    edges={"one example": _tied(1, 5, 3), "one number": _tied(4, 6, 1), "as many numbers as pixels": _tied(3, 4, 4),
           "all sizes the same": _tied(4, 4, 4), "more numbers than pixels": _tied(5, 2, 6),
           "small weights": _tied(4, 5, 3, 0.1), "one pixel": _tied(6, 1, 3)},
    suspects=(
        *slips("x.T @ da + dy.T @ z", ("decoder's payment forgotten", _TWICE, "x.T @ da"),
            ("encoder's payment forgotten", _TWICE, "dy.T @ z"),
            ("encoder paid twice", _TWICE, "2 * x.T @ da"),
            ("mean of the two payments", f"payments add up, without dividing: {_TWICE}", "(x.T @ da + dy.T @ z) / 2"),
            ("payments subtracted", f"payments add up: {_TWICE}", "x.T @ da - dy.T @ z"),
            ("dz instead of da", _SLOPE, "x.T @ dz + dy.T @ z"),
            ("x instead of the code", "the decoder multiplied the code z, so its payment is dy.T @ z",
             "x.T @ da + dy.T @ x @ W"),
            ("y instead of dy", "what comes back is dy, not y: dy.T @ z", "x.T @ da + y.T @ z"),
            ("mean over the rows", "the division by N, if any, is already in dy: sum over the rows, as @ does",
             "(x.T @ da + dy.T @ z) / len(x)")),
        Slip("code not differentiated", "dy comes back through the decoder first: dz = dy @ W, then the slope of tanh",
             ("dz = dy @ W", "dz = 0 * dy @ W")),
        *slips("(1 - z * z)", ("slope of tanh forgotten", _SLOPE, "1"), ("slope without the square", _SLOPE, "(1 - z)"),
            ("slope of the sigmoid", _SLOPE, "z * (1 - z)"),
            ("slope at the pre-activation", _SLOPE, "(1 - (x @ W + b) ** 2)")),
        Slip("dx is dz", "x was multiplied by W before the tanh: dx = da @ W.T", ("da @ W.T, dW", "dz @ W.T, dW")),
        Slip("input paid as target", "this function knows no loss: what x is paid as a target is the loss's business",
             ("da @ W.T, dW", "da @ W.T - dy, dW")),
        *slips("da.sum(axis=0)", ("db before the tanh", f"b was added before the tanh: {_ROWS}", "dz.sum(axis=0)"),
            ("db as a mean", _ROWS, "da.mean(axis=0)")),
        Slip("dc as a mean", _ROWS, ("dy.sum(axis=0)", "dy.mean(axis=0)")),
        Slip("bias of the output forgotten", "y = z Wᵀ + c", ("z @ W.T + c", "z @ W.T + 0 * c")),
        Slip("output bent too", "only the code passes the tanh: y = z Wᵀ + c", ("y = z @ W.T + c",
                                                                             "y = np.tanh(z @ W.T + c)")),
        Slip("code without a tanh", "z = tanh(x W + b)", ("z = np.tanh(x @ W + b)", "z = x @ W + b")),
        Slip("code without its bias", "z = tanh(x W + b)", ("np.tanh(x @ W + b)", "np.tanh(x @ W + 0 * b)")),
    ))

# ---- 13-6 recommendation --------------------------------------------------------------------------------------------

def rating_gradients(users, films, stars, P, Q, l2):
    """The gradients of ½ Σ_n [(p · q - r)² + l2 (|p|² + |q|²)] / N.

    p = P[users[n]], q = Q[films[n]], r = stars[n]

    users, films (N,) whole numbers, stars (N,), P (U, K), Q (F, K), l2 a number
    Returns  dP (U, K), dQ (F, K)
    """
    p, q = P[users], Q[films]
    error = (p * q).sum(axis=1, keepdims=True) - stars[:, np.newaxis]
    dP, dQ = np.zeros_like(P), np.zeros_like(Q)
    np.add.at(dP, users, (error * q + l2 * p) / len(users))
    np.add.at(dQ, films, (error * p + l2 * q) / len(users))
    return dP, dQ


def _ratings_case(rng, users=None, films=None, N=17, l2=0.3):
    """More ratings than people, more than films: rows come several times; the last row of each table never."""
    U, F, K = 5, 7, 3
    users = rng.integers(0, U - 1, size=N) if users is None else users
    films = rng.integers(0, F - 1, size=N) if films is None else films
    return users, films, rng.integers(1, 11, size=N) / 2, rng.normal(size=(U, K)), rng.normal(size=(F, K)), l2


_ADD_P, _ADD_Q = "np.add.at(dP, users, (", "np.add.at(dQ, films, ("
_REPEATS = "dP[users] += … writes a repeated row once only; np.add.at adds all that belongs to it"
_EVERY = "the penalty stands inside the sum: a row pays for each of its ratings in the batch, and a row without none"

RATING_GRADIENTS = Task(
    id="13-6", title="the gradients of repeated rows", level="write", difficulty=2, importance=3, minutes=15,
    reference=rating_gradients, outputs=("dP", "dQ"), cases=_ratings_case, batch=lambda users, *_: len(users),
    fresh=True,
    small=(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([4.0, 1.0, 3.0]), np.array([[1.0, 2.0], [0.0, 1.0]]),
           np.array([[1.0, 1.0], [2.0, 0.0]]), 0.0),            # three ratings: one row for each would not fit
    edges={"a penalty": lambda rng: _ratings_case(rng, l2=1.0),
           "one rating": lambda rng: _ratings_case(rng, N=1),
           "one person rates all": lambda rng: _ratings_case(rng, np.full(6, 2), np.arange(6), 6),
           "one film is rated by all": lambda rng: _ratings_case(rng, np.arange(4), np.full(4, 3), 4),
           "no row twice": lambda rng: _ratings_case(rng, np.arange(4)[::-1], np.arange(4), 4),
           "the same rating twice": lambda rng: _ratings_case(rng, np.array([1, 1]), np.array([2, 2]), 2)},
    suspects=(
        *forms("repeats lost", _REPEATS, ((_ADD_P, "dP[users] += (("), (_ADD_Q, "dQ[films] += ((")),
               ((_ADD_P, "dP[users] += (("),), ((_ADD_Q, "dQ[films] += (("),)),
        Slip("penalty on all rows", _EVERY, ("error * q + l2 * p)", "error * q)"),
             ("error * p + l2 * q)", "error * p)"), ("return dP, dQ", "return dP + l2 * P, dQ + l2 * Q")),
        Slip("penalty on all rows, divided by N", _EVERY, ("error * q + l2 * p)", "error * q)"),
             ("error * p + l2 * q)", "error * p)"),
             ("return dP, dQ", "return dP + l2 * P / len(users), dQ + l2 * Q / len(users)")),
        Slip("penalty once a row", _EVERY, ("error * q + l2 * p)", "error * q)"), ("error * p + l2 * q)", "error * p)"),
             ("return dP, dQ", """dP[np.unique(users)] += l2 * P[np.unique(users)] / len(users)
    dQ[np.unique(films)] += l2 * Q[np.unique(films)] / len(users)
    return dP, dQ""")),
        Slip("penalty forgotten", "½ l2 |p|² has the gradient l2 p, in both tables",
             ("error * q + l2 * p)", "error * q)"), ("error * p + l2 * q)", "error * p)")),
        *forms("penalty forgotten in one table", "both rows pay: l2 p in dP, l2 q in dQ",
               (("error * q + l2 * p)", "error * q)"),), (("error * p + l2 * q)", "error * p)"),)),
        Slip("sign", "the error is what was predicted less what was given", ("- stars", "+ stars"),
             ("(p * q)", "-(p * q)")),
        Slip("sign of the penalty", "it is added to the loss: plus l2 p", ("q + l2 * p", "q - l2 * p"),
             ("p + l2 * q", "p - l2 * q")),
        Slip("2 too many", "the half in front of the square takes the 2 away", ("(error * q", "2 * (error * q"),
             ("(error * p", "2 * (error * p")),
        Slip("2 too many in the error", "the half takes the 2 away, in the error as in the penalty",
             ("(error * q", "(2 * error * q"), ("(error * p", "(2 * error * p")),
        Slip("same pair twice", "E[users, films] = … keeps one of two equal pairs: np.add.at(E, (users, films), …)",
             ("    dP, dQ = np.zeros_like(P), np.zeros_like(Q)\n", """    E, L = np.zeros((2, len(P), len(Q)))
    E[users, films] = error[:, 0]
    np.add.at(L, (users, films), l2)
    return ((E @ Q + L.sum(axis=1, keepdims=True) * P) / len(users),
            (E.T @ P + L.sum(axis=0)[:, np.newaxis] * Q) / len(users))
    dP, dQ = np.zeros_like(P), np.zeros_like(Q)
""")),
        Slip("half in the penalty", "½ l2 |p|² has the gradient l2 p: the half takes the 2 away, in the penalty too",
             ("l2 * p)", "0.5 * l2 * p)"), ("l2 * q)", "0.5 * l2 * q)")),
        Slip("2 in the penalty", "½ l2 |p|² has the gradient l2 p: the half takes the 2 away, in the penalty too",
             ("l2 * p)", "2 * l2 * p)"), ("l2 * q)", "2 * l2 * q)")),
        Slip("N forgotten", "the loss is a mean over the batch: divide by N", ("l2 * p) / len(users)", "l2 * p)"),
             ("l2 * q) / len(users)", "l2 * q)")),
        Slip("divided by the ratings of the row", "divide by the N of the batch, not by how often a row occurs",
             ("l2 * p) / len(users)", "l2 * p) / np.bincount(users)[users][:, np.newaxis]"),
             ("l2 * q) / len(users)", "l2 * q) / np.bincount(films)[films][:, np.newaxis]")),
        Slip("own row instead of the other", "a person's row moves along the film's, error · q, and a film's along p",
             ("error * q", "error * P[users]"), ("error * p +", "error * q +")),
        Slip("error forgotten", "each rating pulls with its error: error · q", ("error * q", "q"), ("error * p", "p")),
        Slip("tables swapped", "first dP, for the people, then dQ", ("return dP, dQ", "return dQ, dP")),
    ))


TASKS = [
    REENTRY,
    WINDOW,
    ROUNDING,
    MEANS,
    TIED,
    RATING_GRADIENTS,
]
