"""Tasks of lesson 05: batches, the variance of their gradients, accumulation, schedules, a mean, a bug hunt."""

import math

import numpy as np

from course_lib.checks import Fault, relative_error
from course_lib.exercises.engine import Suspect, Task


def _sizes(rng, count):
    """Different sizes, each at least 3, so that no two axes can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, 10), size=count, replace=False)]


# ---- 05-1 a mini-batch iterator --------------------------------------------------------------------------------

def _batches(n, size, rng):
    order = rng.permutation(n)
    return [order[start:start + size] for start in range(0, n, size)]


ONCE, MIXED = "each row once", "all rows are mixed, in another way at each call"


def _listed(answer):
    """What can be said of the batches whatever the random numbers: their sizes, which rows they hold, and how."""
    def function(n, size):
        rng = np.random.default_rng(n)
        epochs = [_read(answer, n, size, rng), _read(answer, n, size, rng),
                  _read(answer, n, size, np.random.default_rng(n))]
        for found in epochs:
            if isinstance(found, Fault):
                return found
        sizes = sorted((len(b) for b in epochs[0]), reverse=True)
        return np.array(sizes), _rows(np.concatenate(epochs[0]), n), _mixture(*epochs, size)
    return function


def _read(answer, n, size, rng):
    result = answer(n, size, rng)
    if result is None:
        return Fault("nothing returned", "nothing was returned (None); is there a return statement, or a yield?")
    found = [np.asarray(b) for b in result]
    bad = next((b for b in found if b.ndim != 1 or (b.size and b.dtype.kind not in "iu")), None)
    if not found or bad is not None:
        return Fault("not row numbers", "each batch must be an array of row numbers, which are whole numbers; got "
                     + ("no batch at all" if bad is None else f"an array of {bad.dtype} and shape {bad.shape}"))
    return [b.astype(int) for b in found]


def _rows(rows, n):
    """Which rows there are, in words."""
    if rows.min() < 0 or rows.max() >= n:
        return f"there is a row {rows.max() if rows.max() >= n else rows.min()}, but rows are numbered from 0 to n - 1"
    if len(np.unique(rows)) < len(rows):
        return "some rows come more than once"
    return ONCE if len(rows) == n else "some rows never come"


def _mixture(first, second, again, size):
    """How the rows are mixed, in words: first and second with one generator, again with a new one of the same seed."""
    a, b, c = (np.concatenate(epoch) for epoch in (first, second, again))
    if np.array_equal(a, np.sort(a)):
        return "the rows come in the order of the data"
    if not np.array_equal(a, c):
        return "two generators with the same seed gave different batches"
    if np.array_equal(a, b):
        return "the order of the second epoch is that of the first"
    if all(len(np.unique(batch // size)) == 1 for batch in first if len(batch)):
        return "a batch holds the same neighbours in every epoch"
    return MIXED


def _drop_last(n, size, rng):
    order = rng.permutation(n)
    return [order[i * size:(i + 1) * size] for i in range(n // size)]


def _in_order(n, size, rng):
    return [np.arange(n)[start:start + size] for start in range(0, n, size)]


def _starts_shuffled(n, size, rng):
    return [np.arange(start, min(start + size, n)) for start in rng.permutation(np.arange(0, n, size))]


def _from_one(n, size, rng):
    return [batch + 1 for batch in _batches(n, size, rng)]


def _again_and_again(n, size, rng):
    return [rng.integers(n, size=min(size, n - start)) for start in range(0, n, size)]


def _fixed(n, size, rng):
    return _batches(n, size, np.random.default_rng(0))


def _one_more(n, size, rng):
    order = rng.permutation(n)
    return [order[i * size:(i + 1) * size] for i in range(n // size + 1)]


def _global(n, size, rng):
    return _batches(n, size, np.random.default_rng())


def _even(n, size, rng):
    return np.array_split(rng.permutation(n), -(-n // size))


def _batches_case(rng):
    size = int(rng.integers(3, 8))
    return size * int(rng.integers(4, 8)) + int(rng.integers(1, size - 1)), size


def _divides(answer, rng):
    """A size that divides n must not leave an empty batch; a size larger than n gives one batch."""
    for n, size in ((12, 4), (5, 9)):
        got, expected = answer(n, size), _listed(_batches)(n, size)
        if isinstance(got, Fault):
            return got
        if not np.array_equal(got[0], expected[0]) or got[1] != ONCE:
            return Fault("an empty batch" if 0 in got[0] else "special sizes",
                         f"for n = {n} and size = {size} the sizes of the batches are {got[0].tolist()}, "
                         f"but should be {expected[0].tolist()}")
    return None


_REPEATED = "in an epoch every row comes exactly once: shuffle all rows and cut, instead of drawing each batch anew"


BATCHES = Task(
    id="05-1", title="a mini-batch iterator", signature="batches(n, size, rng)", level="write", difficulty=1,
    importance=3, minutes=12, adapt=_listed, reference=_batches,
    outputs=("the sizes of the batches", "their rows", "the order"),
    small=(10, 4), cases=_batches_case, probes=(("sizes that divide n, and sizes above n", _divides),),
    suspects=(
        Suspect("last batch lost",
                "the rows that do not fill a batch are lost: the last batch is smaller, but it belongs to the epoch",
                _drop_last),
        Suspect("not shuffled", "the rows come in the order of the data: shuffle them first, with rng.permutation(n)",
                _in_order),
        Suspect("the same neighbours in every epoch", "the batches change places, or the rows within a batch, but each "
                "batch holds the same rows in every epoch: sorted data stays sorted; shuffle all rows, then cut",
                _starts_shuffled),
        Suspect("rows repeated", _REPEATED, _again_and_again),
        Suspect("the same order in every epoch",
                "the order does not come from rng: two calls with the same generator must give two "
                "different orders", _fixed),
        Suspect("uneven sizes",
                "all batches but the last must have `size` rows; array_split makes them nearly equal instead", _even),
        Suspect("rng not used", "the order must come from the given generator: rng.permutation(n), not "
                "np.random, so that a seed repeats it",
                _global),
        Suspect("rows counted from 1", "rows are numbered from 0 to n − 1", _from_one),
        Suspect("an empty batch", "there is an empty batch at the end: count the starts 0, size, 2 size, … below n",
                _one_more),
    ))


# ---- 05-2 the variance of a mini-batch gradient ----------------------------------------------------------------

def gradient_variance(G, B, replace):
    """The expected squared distance of the mean of B random rows from the mean of all rows."""
    N = len(G)
    spread = ((G - G.mean(axis=0)) ** 2).sum(axis=1).mean()
    return spread / B * (1 if replace else (N - B) / (N - 1))


def _both_ways(answer):
    """The answer with and without replacement. The second gets a copy: a changed G is found, and called so, later."""
    def function(G, B):
        kept = G.copy()
        return answer(G, B, True), answer(kept, B, False)
    return function


def _variance(spread=lambda G: ((G - G.mean(axis=0)) ** 2).sum(axis=1).mean(), by=lambda B: B,
              factor=lambda N, B, replace: 1 if replace else (N - B) / (N - 1), root=False):
    def wrong(G, B, replace):
        value = spread(G) / by(B) * factor(len(G), B, replace)
        return np.sqrt(value) if root else value
    return wrong


def _variance_case(rng):
    N, P = int(rng.integers(7, 12)), int(rng.integers(3, 6))
    return rng.normal(size=(N, P)) + rng.normal(size=P), 2 * int(rng.integers(1, 3)) + 1


VARIANCE = Task(
    id="05-2", title="the variance of a mini-batch gradient", signature="gradient_variance(G, B, replace)",
    level="write", difficulty=2, importance=3, minutes=12, adapt=_both_ways, reference=gradient_variance,
    outputs=("with replacement", "without replacement"), cases=_variance_case, batch=lambda G, B: len(G),
    small=(np.array([[1.0, 0.0, 2.0], [3.0, 2.0, 0.0], [1.0, 0.0, 4.0], [3.0, 2.0, 2.0], [2.0, 1.0, 2.0]]), 2),
    suspects=(
        Suspect("finite population forgotten", "without replacement no row comes twice, and the variance is smaller by "
                "the factor (N − B)/(N − 1) of (5.6)", _variance(factor=lambda N, B, replace: 1)),
        Suspect("factor always applied", "with replacement the draws are independent: (5.5), without a further factor",
                _variance(factor=lambda N, B, replace: (N - B) / (N - 1))),
        Suspect("replace the wrong way round", "the factor (N − B)/(N − 1) belongs to draws without replacement",
                _variance(factor=lambda N, B, replace: (N - B) / (N - 1) if replace else 1)),
        Suspect("N instead of N − 1",
                "the denominator in (5.6) is N − 1: test it with B = 1, where both kinds of draws agree",
                _variance(factor=lambda N, B, replace: 1 if replace else (N - B) / N)),
        Suspect("N − 1 in the spread",
                "σ² of (5.4) divides by N: these are all the rows there are, not a sample of them (ddof=0)",
                _variance(spread=lambda G: G.var(axis=0, ddof=1).sum())),
        Suspect("mean not subtracted", "σ² measures distances from the mean gradient: subtract G.mean(axis=0) first",
                _variance(spread=lambda G: (G ** 2).sum(axis=1).mean())),
        Suspect("mean over the parameters",
                "a squared distance is the sum over the P parameters; only over the examples a mean is taken",
                _variance(spread=lambda G: G.var(axis=0).mean())),
        Suspect("one mean for all parameters",
                "each parameter has its own mean over the examples: G.mean(axis=0), a row of P numbers",
                _variance(spread=lambda G: ((G - G.mean()) ** 2).sum(axis=1).mean())),
        Suspect("batch size ignored", "the mean of B examples has a variance B times smaller, (5.5)",
                _variance(by=lambda B: 1)),
        Suspect("root of the batch size", "the *squared* error falls with 1/B; the root belongs to the error itself",
                _variance(by=np.sqrt)),
        Suspect("divided by B twice", "there are B terms σ² in the double sum, and 1/B² before it: what is left is 1/B",
                _variance(by=lambda B: B * B)),
        Suspect("root taken", "the expected *squared* distance is asked for: no root", _variance(root=True)),
    ))


# ---- 05-3 a cosine schedule with warm-up -----------------------------------------------------------------------

def cosine_rate(k, lr, steps, warmup, final):
    """The learning rate of update k, counted from 1."""
    if k <= warmup:
        return lr * k / warmup
    share = min((k - warmup) / (steps - warmup), 1.0)
    return final + (lr - final) * 0.5 * (1 + math.cos(math.pi * share))


def _each_step(answer):
    """The answer, asked for updates 1 to a few beyond the last."""
    def function(lr, steps, warmup, final):
        values = [answer(k, lr, steps, warmup, final) for k in range(1, steps + 4)]
        if any(v is None for v in values):
            return Fault("nothing returned", f"nothing was returned (None) for update {values.index(None) + 1}; "
                         "is there a return statement in each branch?")
        return np.array(values, dtype=float)
    return function


def _cosine(rise=lambda k, lr, warmup: lr * k / warmup, share=lambda k, steps, warmup: (k - warmup) / (steps - warmup),
            fall=lambda lr, final, s: final + (lr - final) * 0.5 * (1 + math.cos(math.pi * s)), stop=True, start=0):
    def wrong(k, lr, steps, warmup, final):
        if k <= warmup and rise:
            return rise(k, lr, warmup)
        s = share(k, steps, warmup)
        return fall(lr, final, min(s, 1.0) if stop else s)
    return wrong


def _cosine_case(rng):
    lr, final = float(rng.uniform(0.5, 2.0)), float(rng.uniform(0.05, 0.2))
    warmup = int(rng.integers(3, 7))
    return lr, warmup + int(rng.integers(8, 15)), warmup, final


def _no_warmup(answer, rng):
    got, expected = answer(1.0, 8, 0, 0.1), _each_step(cosine_rate)(1.0, 8, 0, 0.1)
    if isinstance(got, Fault):
        return got
    if relative_error(got, expected) > 1e-9:
        return Fault("warm-up of zero updates",
                     f"without a warm-up the rates should be {np.round(expected, 4)}, got {np.round(got, 4)}")
    return None


COSINE = Task(
    id="05-3", title="a cosine schedule with warm-up", signature="cosine_rate(k, lr, steps, warmup, final)",
    level="write", difficulty=2, importance=3, minutes=15, adapt=_each_step, reference=cosine_rate,
    outputs=("the rates of updates 1, 2, 3, …",), cases=_cosine_case, small=(1.2, 6, 2, 0.2),
    probes=(("no warm-up", _no_warmup),),
    suspects=(
        Suspect("warm-up one update late",
                "updates are counted from 1: update 1 has the rate lr / warmup, not 0, and update `warmup` has lr",
                _cosine(rise=lambda k, lr, warmup: lr * (k - 1) / warmup)),
        Suspect("no warm-up", "for k ≤ warmup the rate rises in a straight line, lr k / warmup", _cosine(rise=None)),
        Suspect("no warm-up", "for k ≤ warmup the rate rises in a straight line, lr k / warmup",
                _cosine(rise=lambda k, lr, warmup: lr)),
        Suspect("cosine not shifted", "the cosine begins after the warm-up: its share is (k − warmup) / (steps − "
                "warmup), so that it starts at lr",
                _cosine(share=lambda k, steps, warmup: k / steps)),
        Suspect("cosine too slow",
                "the cosine has only steps − warmup updates left: divide by this number, not by steps",
                _cosine(share=lambda k, steps, warmup: (k - warmup) / steps)),
        Suspect("rises again",
                "beyond the last update the rate stays at `final`; the cosine rises again there: share at most 1",
                _cosine(stop=False)),
        Suspect("half forgotten", "1 + cos runs from 2 to 0: halve it, or the rate starts at twice lr",
                _cosine(fall=lambda lr, final, s: final + (lr - final) * (1 + math.cos(math.pi * s)))),
        Suspect("final rate forgotten", "the cosine ends at `final`: final + (lr − final) ½ (1 + cos …)",
                _cosine(fall=lambda lr, final, s: lr * 0.5 * (1 + math.cos(math.pi * s)))),
        Suspect("final rate added on top",
                "the height of the cosine is lr − final; with lr and final added it starts above lr",
                _cosine(fall=lambda lr, final, s: final + lr * 0.5 * (1 + math.cos(math.pi * s)))),
        Suspect("sign of the cosine", "1 − cos rises from 0 to 2; the rate must fall: 1 + cos",
                _cosine(fall=lambda lr, final, s: final + (lr - final) * 0.5 * (1 - math.cos(math.pi * s)))),
        Suspect("quarter of a period",
                "the share runs to 1, and the cosine to π: with π/2 and no 1 + it is a quarter of a period",
                _cosine(fall=lambda lr, final, s: final + (lr - final) * math.cos(math.pi / 2 * s))),
        Suspect("a straight line", "this falls in a straight line; (5.10) falls along half a cosine",
                _cosine(fall=lambda lr, final, s: final + (lr - final) * (1 - s))),
    ))


# ---- 05-4 gradient accumulation --------------------------------------------------------------------------------

class _MeanSquaredGradient:
    """The gradient of the mean of (x w − t)² for a fixed w, which notes how many rows it is given."""

    def __init__(self, w):
        self.w, self.seen = w, []

    def __call__(self, x, t):
        self.seen.append(len(x))
        return 2 / len(x) * ((x @ self.w - t) @ x)

    def __repr__(self):
        return f"gradient of the mean of (x w − t)² at w = {self.w.tolist()}"


def accumulated_gradient(gradient, x, t, chunk):
    """The gradient of the mean loss of all rows, at most ``chunk`` rows at a time."""
    total = 0.0
    for start in range(0, len(x), chunk):
        part = slice(start, start + chunk)
        total = total + len(x[part]) / len(x) * gradient(x[part], t[part])
    return total


def _chunks(weight=lambda n, N, chunk, count: n / N, keep=lambda total, g: total + g, last=True):
    def wrong(gradient, x, t, chunk):
        total, N = 0.0, len(x)
        for start in range(0, N, chunk) if last else range(0, N - chunk + 1, chunk):
            part = slice(start, start + chunk)
            n, count = len(x[part]), -(-N // chunk)
            total = keep(total, weight(n, N, chunk, count) * gradient(x[part], t[part]))
        return total
    return wrong


def _chunk_case(rng):
    N, D, chunk = int(rng.integers(20, 26)), int(rng.integers(3, 6)), int(rng.integers(6, 9))
    N += N % chunk == 0                                 # the last chunk is smaller
    return _MeanSquaredGradient(rng.normal(size=D)), rng.normal(size=(N, D)), rng.normal(size=N), chunk


def _rows_at_once(answer, rng):
    _, x, t, chunk = _chunk_case(rng)
    gradient = _MeanSquaredGradient(rng.normal(size=x.shape[1]))
    answer(gradient, x.copy(), t.copy(), chunk)
    if max(gradient.seen, default=0) > chunk:
        return Fault("too many rows at once",
                     f"`gradient` was called with {max(gradient.seen)} rows; at most chunk = {chunk} "
                     "fit in memory")
    if sum(gradient.seen) > len(x):
        return Fault("rows looked at twice", f"`gradient` was given {sum(gradient.seen)} rows in all, but there are "
                     f"{len(x)}: each row once is enough")
    return None


def _no_short_chunk(answer, rng):
    w, x, t = rng.normal(size=3), rng.normal(size=(12, 3)), rng.normal(size=12)
    for chunk, why in ((4, "a chunk size that divides the number of rows"), (50, "a chunk larger than the data")):
        got, expected = answer(_MeanSquaredGradient(w), x.copy(), t.copy(), chunk), _MeanSquaredGradient(w)(x, t)
        if np.shape(got) != expected.shape or not np.all(np.isfinite(got)) or relative_error(got, expected) > 1e-9:
            return Fault("special chunks", f"{why}: expected {np.round(expected, 4)}, got {np.round(got, 4)}")
    return None


_WEIGHT = "each chunk's gradient is a mean over its own rows: weigh it by its share of all rows, N_c / N, (5.8)"

ACCUMULATE = Task(
    id="05-4", title="gradient accumulation", signature="accumulated_gradient(gradient, x, t, chunk)", level="write",
    difficulty=2, importance=3, minutes=15, reference=accumulated_gradient, outputs=("the gradient",),
    cases=_chunk_case, batch=lambda gradient, x, t, chunk: len(x),
    small=(_MeanSquaredGradient(np.array([1.0, 2.0])),
           np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [1.0, -1.0]]), np.array([0.0, 1.0, 1.0, 4.0, 0.0]),
           2),
    probes=(("at most `chunk` rows at a time", _rows_at_once), ("even and large chunks", _no_short_chunk)),
    suspects=(
        Suspect("plain mean of the chunks", "the last chunk is smaller, but counts as much as the others. " + _WEIGHT,
                _chunks(weight=lambda n, N, chunk, count: 1 / count)),
        Suspect("not weighted", _WEIGHT, _chunks(weight=lambda n, N, chunk, count: 1.0)),
        Suspect("missing 1/N",
                "this is the sum over all rows; the gradient of the mean loss is divided by their number N",
                _chunks(weight=lambda n, N, chunk, count: n)),
        Suspect("chunk size for every chunk",
                "the last chunk has fewer rows than `chunk`: weigh by the number of rows it really has",
                _chunks(weight=lambda n, N, chunk, count: chunk / N)),
        Suspect("last chunk lost",
                "the rows that do not fill a chunk are lost: the last chunk is smaller, but it counts",
                _chunks(last=False)),
        Suspect("= for +=", "only the last chunk is left: add to the total with +=",
                _chunks(keep=lambda total, g: g)),
        Suspect("= for +=", "only the last chunk is left: add to the total with +=",
                _chunks(weight=lambda n, N, chunk, count: 1.0, keep=lambda total, g: g)),
        Suspect("weighted by the wrong number",
                "weigh a chunk by its share of all N rows, not by its share of a full chunk",
                _chunks(weight=lambda n, N, chunk, count: n / chunk)),
        Suspect("divided by the rows of the chunk again",
                "`gradient` already is a mean over the rows of the chunk. " + _WEIGHT,
                _chunks(weight=lambda n, N, chunk, count: 1 / n)),
    ))


# ---- 05-5 a step schedule --------------------------------------------------------------------------------------

def step_rate(k, lr, every, factor):
    """The learning rate of update k, counted from 1: cut by ``factor`` after each ``every`` updates."""
    return lr * factor ** ((k - 1) // every)


def _each_update(answer):
    """The answer, asked for enough updates to see four levels."""
    def function(lr, every, factor):
        values = [answer(k, lr, every, factor) for k in range(1, 4 * every + 1)]
        if any(v is None for v in values):
            return Fault("nothing returned", "nothing was returned (None); is there a return statement?")
        return np.array(values, dtype=float)
    return function


STEP = Task(
    id="05-5", title="a step schedule", signature="step_rate(k, lr, every, factor)", level="fill in", difficulty=1,
    importance=2, minutes=6, adapt=_each_update, reference=step_rate, outputs=("the rates of updates 1, 2, 3, …",),
    small=(8.0, 2, 0.5),
    cases=lambda rng: (float(rng.uniform(0.5, 2.0)), int(rng.integers(3, 7)), float(rng.uniform(0.2, 0.7))),
    suspects=(
        Suspect("cut one update early", "updates are counted from 1: the first `every` updates are 1 … every, so the "
                "exponent is (k − 1) // every", lambda k, lr, every, factor: lr * factor ** (k // every)),
        Suspect("not in steps", "between two cuts the rate is constant: round the exponent down, with //",
                lambda k, lr, every, factor: lr * factor ** ((k - 1) / every)),
        Suspect("not in steps", "between two cuts the rate is constant: round the exponent down, with //",
                lambda k, lr, every, factor: lr * factor ** (k / every)),
        Suspect("rounded to the nearest", "the exponent is rounded down, not to the nearest whole number: use //",
                lambda k, lr, every, factor: lr * factor ** round((k - 1) / every)),
        Suspect("multiplied instead of raised", "after two cuts the rate is lr times factor times factor: a power",
                lambda k, lr, every, factor: lr * factor * ((k - 1) // every)),
        Suspect("cut only once",
                "every `every` updates there is another cut: the factor is raised to the number of cuts so far",
                lambda k, lr, every, factor: lr if k <= every else lr * factor),
        Suspect("rises instead of falls",
                "each cut multiplies by factor, which is below 1; dividing by it raises the rate",
                lambda k, lr, every, factor: lr / factor ** ((k - 1) // every)),
        Suspect("cut at every update", "the exponent counts cuts, not updates: (k − 1) // every",
                lambda k, lr, every, factor: lr * factor ** (k - 1)),
        Suspect("learning rate forgotten", "multiply by lr: the schedule starts at lr",
                lambda k, lr, every, factor: factor ** ((k - 1) // every)),
        Suspect("the remainder",
                "% is the remainder, which starts anew in each period; the number of cuts is the quotient, //",
                lambda k, lr, every, factor: lr * factor ** ((k - 1) % every)),
    ))


# ---- 05-6 a running average ------------------------------------------------------------------------------------

def running_average(losses, beta):
    """The running averages of the losses, corrected for the start at zero, one for each update."""
    m, averages = 0.0, np.empty(len(losses))
    for k, loss in enumerate(losses, start=1):
        m = beta * m + (1 - beta) * loss
        averages[k - 1] = m / (1 - beta ** k)
    return averages


def _averages(start=lambda losses: 0.0, update=lambda m, loss, beta: beta * m + (1 - beta) * loss,
              correct=lambda m, k, beta: m / (1 - beta ** k), feed=False):
    def wrong(losses, beta):
        m, found = start(losses), []
        for k, loss in enumerate(losses, start=1):
            m = update(m, loss, beta)
            value = correct(m, k, beta)
            m = value if feed else m
            found.append(value)
        return np.array(found)
    return wrong


def _one_late(losses, beta):
    m, found = 0.0, []
    for k, loss in enumerate(losses, start=1):
        found.append(m / (1 - beta ** k))
        m = beta * m + (1 - beta) * loss
    return np.array(found)


AVERAGE = Task(
    id="05-6", title="a running average", signature="running_average(losses, beta)", level="write", difficulty=2,
    importance=2, minutes=10, reference=running_average, outputs=("the averages",),
    small=(np.array([4.0, 2.0, 6.0]), 0.5),
    cases=lambda rng: (rng.uniform(1.0, 3.0, size=int(rng.integers(5, 9))), float(rng.uniform(0.6, 0.9))),
    suspects=(
        Suspect("not corrected", "the average starts near 0, because m does: divide by 1 − βᵏ, (5.12)",
                _averages(correct=lambda m, k, beta: m)),
        Suspect("starts at the first loss", "m starts at 0; the division by 1 − βᵏ takes care of the start",
                _averages(start=lambda losses: losses[0], correct=lambda m, k, beta: m)),
        Suspect("starts at the first loss",
                "m starts at 0: with the first loss in its place the correction corrects too much",
                _averages(start=lambda losses: losses[0])),
        Suspect("β and 1 − β exchanged", "the past gets the weight β, the new loss 1 − β",
                _averages(update=lambda m, loss, beta: (1 - beta) * m + beta * loss)),
        Suspect("β and 1 − β exchanged", "the past gets the weight β, the new loss 1 − β",
                _averages(update=lambda m, loss, beta: (1 - beta) * m + beta * loss,
                          correct=lambda m, k, beta: m / (1 - (1 - beta) ** k))),
        Suspect("corrected value fed back",
                "keep m itself for the next update; the corrected value is only for reading",
                _averages(feed=True)),
        Suspect("power of β forgotten",
                "the weights add up to 1 − βᵏ, which changes with k; 1 − β is right for k = 1 only",
                _averages(correct=lambda m, k, beta: m / (1 - beta))),
        Suspect("k counted from 0", "the first update is k = 1: with k = 0 the division is by zero",
                _averages(correct=lambda m, k, beta: m / (1 - np.float64(beta) ** (k - 1)))),
        Suspect("k one too large", "the first update is k = 1, and its corrected average is the first loss itself",
                _averages(correct=lambda m, k, beta: m / (1 - beta ** (k + 1)))),
        Suspect("one update late",
                "the average at update k includes the loss of update k: first update m, then read it", _one_late),
        Suspect("weight of the new loss forgotten",
                "the new loss enters with the weight 1 − β; without it m grows to 1/(1 − β) times "
                "the losses", _averages(update=lambda m, loss, beta: beta * m + loss)),
        Suspect("a mean of all", "this is the mean of all losses so far; a running average forgets old ones",
                lambda losses, beta: np.cumsum(losses) / np.arange(1, len(losses) + 1)),
        Suspect("only the last one", "an array is asked for, with one average for each update; this is the last one",
                lambda losses, beta: running_average(losses, beta)[-1]),
    ))


# ---- 05-7 a bug hunt: an epoch of training ---------------------------------------------------------------------

def one_epoch(x, t, w, lr, batches):
    """The weights after one update for each batch, and the mean loss of the epoch's examples."""
    return _epoch()(x, t, w, lr, batches)


def _epoch(reset=True, weigh=True, sign=1.0, mean=True, total=None, first=False, after=False):
    def run(x, t, w, lr, batches):
        w, grad, loss, count = w.copy(), np.zeros_like(w), 0.0, 0
        w0 = w.copy()
        for rows in batches:
            error = x[rows] @ (w0 if first else w) - t[rows]
            g = 2 * x[rows].T @ error / (len(rows) if mean else 1)
            grad = g if reset else grad + g
            w = w - sign * lr * grad
            shown = x[rows] @ w - t[rows] if after else error
            n = len(rows) if weigh else 1
            loss, count = loss + n * (shown ** 2).mean(), count + n
        return w, loss / (count if total is None else total(x, batches))
    return run


def _epoch_case(rng):
    D, size = int(rng.integers(2, 5)), int(rng.integers(4, 7))
    N = 3 * size + int(rng.integers(1, size - 1))
    order = rng.permutation(N)
    rows = [order[a:a + size] for a in range(0, N, size)]
    return rng.normal(size=(N, D)), rng.normal(size=N), rng.normal(size=D), float(rng.uniform(0.05, 0.1)), rows


_FORGOT = ("the gradient of the earlier batches is still in `grad`, and is stepped along again: "
           "make a new one for each batch")
_UNEVEN = ("the last batch is smaller, but its mean counts as much as the others: weigh each "
           "batch by its rows, as in (5.8)")

EPOCH = Task(
    id="05-7", title="bug hunt: an epoch of training", signature="one_epoch(x, t, w, lr, batches)", level="explore",
    difficulty=2, importance=3, minutes=12, reference=one_epoch, outputs=("w", "the mean loss"), cases=_epoch_case,
    small=(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([2.0, 1.0, 1.0]), np.array([0.0, 0.0]), 0.5,
           [np.array([0, 1]), np.array([2])]),
    suspects=(
        Suspect("gradient not reset", _FORGOT + ". (And look at the loss that is returned)",
                _epoch(reset=False, weigh=False)),
        Suspect("gradient not reset", _FORGOT, _epoch(reset=False)),
        Suspect("mean of unequal means", _UNEVEN, _epoch(weigh=False)),
        Suspect("mean of unequal means",
                _UNEVEN + ". The sum is divided by the number of rows, and needs the rows as weights",
                _epoch(weigh=False, total=lambda x, batches: len(x))),
        Suspect("sum of the losses", "the mean loss of the examples is asked for: divide by their number",
                _epoch(total=lambda x, batches: 1)),
        Suspect("divided by the batches", "the sum of all losses is divided by the number of examples, not of batches",
                _epoch(total=lambda x, batches: len(batches))),
        Suspect("uphill", "descent subtracts the gradient", _epoch(sign=-1.0)),
        Suspect("divided by B missing", "the gradient of a batch is the mean over its rows: divide by len(rows)",
                _epoch(mean=False)),
        Suspect("gradient at the old weights",
                "each batch's error is taken at the present w, not at the w of the start of the epoch",
                _epoch(first=True)),
        Suspect("loss after the update",
                "the loss of a batch is that of the error which made the step, before the update",
                _epoch(after=True)),
    ))


TASKS = [BATCHES, VARIANCE, COSINE, ACCUMULATE, STEP, AVERAGE, EPOCH]
