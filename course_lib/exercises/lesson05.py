"""Tasks of lesson 05: batches, the variance of their gradients, accumulation, schedules, a mean, a bug hunt."""

from itertools import islice

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.guard import Answer
from course_lib.exercises.task import Slip, Task

SHEET = "05_batch_minibatch_stochastic"


# ---- 05-1 a mini-batch iterator --------------------------------------------------------------------------------

def batches(n, size, rng):
    """The batches of one epoch.

    n, size whole numbers, rng a numpy.random.Generator  ->  arrays of row numbers
    """
    order = rng.permutation(n)
    for start in range(0, n, size):
        yield order[start:start + size]


def _described(answer):
    """What must hold whatever is drawn: the batches' sizes, their rows, and how these are mixed."""
    own = answer.function if isinstance(answer, Answer) else answer

    def collect(n, size, epochs):
        rng = np.random.default_rng(n)
        results = (own(n, size, rng) for _ in range(epochs))
        taken = [result if result is None else [(batch, np.array(batch)) for batch in islice(result, n + 1)]
                 for result in results]                             # and each as it was when it was given
        later = not all(np.array_equal(*pair) for epoch in taken for pair in epoch or ())
        return "overwritten" if later else [epoch and [then for _, then in epoch] for epoch in taken]

    def run(n, size, epochs):
        call = Answer(collect, answer.visit) if isinstance(answer, Answer) else collect
        found = [call(n, size, epochs), call(n, size, epochs)]      # twice from the same seed
        if "overwritten" in found:
            return Fault("one array for all batches", "a batch is overwritten by a later one, so that a list of them "
                         "holds the last rows only: give each batch an array of its own, order[start:start + size]")
        found = found[0] + found[1]
        if any(epoch is None for epoch in found):
            return Fault("nothing returned", "nothing was returned (None); is there a return statement, or a yield?")
        found = [[np.asarray(batch) for batch in epoch] for epoch in found]
        bad = [b for epoch in found for b in epoch if b.ndim != 1 or b.size and b.dtype.kind not in "iu"]
        if bad or not all(found):
            got = f"an array of {bad[0].dtype} and shape {bad[0].shape}" if bad else "no batch at all"
            return Fault("not row numbers", f"each batch must be an array of row numbers, whole numbers; got {got}")
        orders = [np.concatenate(epoch).tolist() for epoch in found]
        rows = "each once" if all(len(set(o)) == len(o) for o in orders) else "some more than once"
        if any(len(set(batch.tolist())) < len(batch) for epoch in found for batch in epoch):
            rows = "some more than once in a batch"
        if min(map(min, orders)) < 0 or max(map(max, orders)) >= n:
            rows = "one is below 0, or above n − 1"
        return sorted(map(len, found[0]), reverse=True), rows, _mixture(found, orders, size, epochs)
    return run


def _mixture(found, orders, size, epochs):
    """How the rows are mixed, in words; "well" if nothing is wrong."""
    sets = [[frozenset(batch.tolist()) for batch in epoch] for epoch in found]
    if len(found[0]) > 1:                                   # one batch holds all: its order does not matter
        if all(order == sorted(order) for order in orders):
            return "not at all"
        if orders[:epochs] != orders[epochs:]:
            return "in two ways, for two generators with the same seed"
        if all(order == orders[0] for order in orders):
            return "in the same way in every epoch"
        if size > 1 and all(len({row // size for row in batch}) < 2 for epoch in sets for batch in epoch):
            return "but a batch holds the same neighbours in every epoch"
        if epochs > 2 and len(set(map(tuple, sets))) < 10:    # five rows, three of them
            return "but some rows never meet, in many epochs"
        if any(len(o) > 99 and np.sum(np.abs(np.diff(o)) == 1) > len(o) / 5 for o in orders):
            return "but most rows stay beside their neighbours"
    lengths = list(map(len, found[0]))
    return "well" if lengths == sorted(lengths, reverse=True) else "but another batch than the last is smaller"


_ORDER, _STARTS, _SLICE = "rng.permutation(n)", "range(0, n, size)", "order[start:start + size]"
_LOOP = f"for start in {_STARTS}:\n        yield {_SLICE}"

BATCHES = Task(
    id="05-1", title="a mini-batch iterator", level="write", difficulty=1, importance=3, minutes=12,
    reference=batches, adapt=_described, names=("n", "size", "epochs"), small=(10, 4, 2),
    outputs=("the sizes of the batches", "the rows of an epoch", "the rows are mixed"),
    cases=lambda rng: (int(rng.integers(20, 50)), int(rng.integers(3, 8)), 2),
    edges={"a size that divides n": (12, 4, 2), "a size above n": (5, 9, 2), "batches of one row": (9, 1, 2),
           "many epochs": (5, 3, 300), "many rows": (300, 7, 2)},
    suspects=(
        Slip("last batch lost", "the last batch is smaller, but it counts", (_STARTS, "range(0, n - size + 1, size)")),
        Slip("an empty batch", "the starts 0, size, 2 size, … are all below n", (_STARTS, "range(0, n + 1, size)")),
        Slip("uneven sizes", "all batches but the last have `size` rows; array_split makes them nearly equal instead",
             (_LOOP, "yield from np.array_split(order, -(-n // size))")),
        Slip("short batch first", "only the last batch may have fewer rows: cut from the beginning",
             (_LOOP, "for end in range(n % size or size, n + 1, size):\n        yield order[max(end - size, 0):end]")),
        Slip("not shuffled", "the rows come in the order of the data: rng.permutation(n)", (_ORDER, "np.arange(n)")),
        Slip("the same neighbours in every epoch", "sorted data stays sorted: shuffle all rows, then cut",
             (_ORDER, "np.arange(n)"), (_STARTS, f"rng.permutation({_STARTS})")),
        Slip("only rotated", "every order must be possible", (_ORDER, "np.roll(np.arange(n), rng.integers(n))")),
        Slip("hardly shuffled", "a few exchanges leave most rows where they were: rng.permutation(n)",
             (_ORDER, "np.arange(n)\n    for i in rng.integers(n, size=(3, 2)):\n        order[i] = order[i[::-1]]")),
        Slip("rows repeated", "drawn with replacement, a row may come twice in a batch: shuffle all rows, then cut",
             (_SLICE, "rng.integers(n, size=min(size, n - start))")),
        Slip("a new shuffle for each batch", "the batches are drawn anew each time, and some rows come twice, others "
             "never: shuffle once, before the loop, then cut that order", (_SLICE, f"{_ORDER}[start:start + size]")),
        Slip("rows counted from 1", "rows are numbered from 0 to n − 1", (_SLICE, "1 + " + _SLICE)),
        Slip("the same order in every epoch", "two calls with the same generator must give two different orders",
             (_ORDER, "np.random.default_rng(0).permutation(n)")),
        Slip("rng not used", "the order must come from the given rng", (_ORDER, "np.random.permutation(n)")),
    ))


# ---- 05-2 the variance of a mini-batch gradient ----------------------------------------------------------------

def gradient_variance(G, B, replace):
    """The expected squared error of the gradient of a random batch.

    G (N, P), B a whole number, replace True or False  ->  a number
    """
    N = len(G)
    away = G - G.mean(axis=0)
    spread = (away ** 2).sum(axis=1).mean()         # (5.4)
    variance = spread / B                           # (5.5)
    if not replace:
        variance = variance * (N - B) / (N - 1)     # (5.6)
    return variance


def _gradients(rng, N=None):
    """Rows around a mean of its own for each parameter."""
    N, P = N or int(rng.integers(7, 12)), int(rng.integers(3, 6))
    return rng.normal(size=(N, P)) + rng.normal(size=P)


_SPREAD = "(away ** 2).sum(axis=1).mean()"

VARIANCE = Task(
    id="05-2", title="the variance of a mini-batch gradient", level="write", difficulty=2, importance=3, minutes=12,
    reference=gradient_variance, outputs=("the variance",), count=8, batch=lambda G, B, replace: len(G),
    small=(np.array([[1.0, 1.0], [3.0, 5.0], [1.0, 5.0], [3.0, 1.0], [2.0, 3.0]]), 2, False),
    cases=lambda rng: (_gradients(rng), 2 * int(rng.integers(1, 3)) + 1, bool(rng.integers(2))),
    edges={"draws with replacement": lambda rng: (_gradients(rng), 3, True),
           "a batch of one row": lambda rng: (_gradients(rng), 1, False),
           "a batch of all rows": lambda rng: (_gradients(rng, 6), 6, False),
           "more draws than rows": lambda rng: (_gradients(rng, 4), 9, True)},
    suspects=(
        Slip("finite population forgotten", "without replacement it is less, (5.6)", (" * (N - B) / (N - 1)", "")),
        Slip("factor always applied", "draws with replacement are independent: (5.5)", ("if not replace", "if True")),
        Slip("replace the wrong way round", "(5.6) is for draws without replacement", ("if not replace", "if replace")),
        Slip("N instead of N − 1", "(5.6) divides by N − 1: try it with B = 1", ("(N - 1)", "N")),
        Slip("N − 1 in the spread", "σ² of (5.4) divides by N (ddof=0)", (_SPREAD, "G.var(axis=0, ddof=1).sum()")),
        Slip("mean not subtracted", "σ² measures distances from the mean", ("G - G.mean(axis=0)", "G")),
        Slip("mean over the parameters", "squares are summed over the parameters", (_SPREAD, "(away ** 2).mean()")),
        Slip("one mean for all parameters", "each parameter has its own mean: G.mean(axis=0)", ("(axis=0)", "()")),
        Slip("batch size ignored", "the mean of B examples has a variance B times smaller, (5.5)", (" / B ", " ")),
        Slip("root of the batch size", "the *squared* error falls with 1/B", (" / B ", " / B ** 0.5 ")),
        Slip("divided by B twice", "B terms σ², and 1/B² before them: 1/B is left", (" / B ", " / B ** 2 ")),
        Slip("root taken", "the *squared* distance is asked for", ("return variance", "return variance ** 0.5")),
    ))


# ---- 05-3 a cosine schedule with warm-up -----------------------------------------------------------------------

def cosine_rate(k, lr, steps, warmup, final):
    """The learning rate of update k: a straight rise, then half a cosine.

    k, steps, warmup whole numbers, lr and final numbers  ->  a number
    """
    if k <= warmup:
        return lr * k / warmup
    share = min((k - warmup) / (steps - warmup), 1.0)
    return final + (lr - final) * (1 + np.cos(np.pi * share)) / 2


_RISE = "    if k <= warmup:\n        return lr * k / warmup\n"
_SHARE, _FALL = "(k - warmup) / (steps - warmup)", "(1 + np.cos(np.pi * share)) / 2"
_LINE = "for k ≤ warmup the rate rises in a straight line, lr k / warmup"
_ZERO = "with warmup = 0 there is no rise: k / warmup must not be reached then"

COSINE = Task(
    id="05-3", title="a cosine schedule with warm-up", level="write", difficulty=2, importance=3, minutes=15,
    reference=cosine_rate, outputs=("the rate",), small=(4, 1.2, 6, 2, 0.2), count=8,
    cases=lambda rng: (int(rng.integers(1, 24)), float(rng.uniform(0.5, 2.0)), int(rng.integers(14, 20)),
                       int(rng.integers(3, 7)), float(rng.uniform(0.05, 0.2))),
    edges={"update 1": (1, 2.0, 13, 5, 0.1), "update warmup": (5, 2.0, 13, 5, 0.1),
           "update warmup + 1": (6, 2.0, 13, 5, 0.1), "update steps": (13, 2.0, 13, 5, 0.1),
           "an update after the last": (16, 2.0, 13, 5, 0.1), "a rise from below `final`": (1, 2.0, 9, 5, 0.6),
           "no warm-up": (1, 2.0, 8, 0, 0.1), "the fall without a warm-up": (3, 2.0, 8, 0, 0.1)},
    suspects=(
        Slip("warm-up one update late", "update 1 has lr / warmup, not 0", ("lr * k /", "lr * (k - 1) /")),
        Slip("no warm-up", _LINE, (_RISE, "")),
        Slip("no warm-up", _LINE, ("lr * k / warmup", "lr")),
        Slip("warm-up of zero updates", _ZERO, ("if k <= warmup:", "if k <= max(warmup, 1):")),
        Slip("warm-up of zero updates", _ZERO,
             (_RISE, "    rise = k / warmup\n    if rise <= 1:\n        return lr * rise\n")),
        Slip("cosine not shifted", "the cosine begins at the end of the warm-up: k − warmup", (_SHARE, "k / steps")),
        Slip("cosine too slow", "the cosine has only steps − warmup updates left", ("(steps - warmup)", "steps")),
        Slip("cosine one update late", "one update after the warm-up the share is above 0", ("(k -", "(k - 1 -")),
        Slip("rises again", "after the last update the rate is `final`: share ≤ 1", (f"min({_SHARE}, 1.0)", _SHARE)),
        Slip("half forgotten", "1 + cos runs from 2 to 0: halve it, or the rate starts at twice lr", (" / 2", "")),
        Slip("final rate forgotten", "the cosine ends at `final`, not at 0", ("final + (lr - final)", "lr")),
        Slip("final rate added on top", "the cosine has the height lr − final", ("(lr - final)", "lr")),
        Slip("sign of the cosine", "1 − cos rises from 0 to 2; the rate must fall: 1 + cos", ("1 + np", "1 - np")),
        Slip("quarter of a period", "the cosine runs to π, not to π/2", (_FALL, "np.cos(np.pi / 2 * share)")),
        Slip("a straight line", "(5.10) falls along half a cosine", (_FALL, "(1 - share)")),
    ))


# ---- 05-4 gradient accumulation --------------------------------------------------------------------------------

def accumulated_gradient(gradient, x, t, chunk):
    """The gradient of the mean loss of all rows, at most `chunk` rows at a time.

    gradient a function of (x, t), x (N, D), t (N,), chunk a whole number  ->  (P,)
    """
    total = 0.0
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        share = len(x[rows]) / len(x)
        total = total + share * gradient(x[rows], t[rows])
    return total


class _Gradient:
    """The gradient of the mean of (x w − t)² at a fixed w; it notes how many rows it is given."""

    def __init__(self, w):
        self.w, self.seen = w, []
        self.__name__ = f"that gives the gradient of the mean of (x w − t)² at w = {w.tolist()}"

    def __call__(self, x, t):
        self.seen.append(len(x))
        x = x if x.shape[1] == len(self.w) else np.hstack([x, x * x])   # w has entries for squares too
        return 2 / len(x) * ((x @ self.w - t) @ x)


def _chunks_case(rng, N=None, chunk=None, parameters=1):
    D, size = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    N = N or 3 * size + int(rng.integers(1, size))          # the last chunk is smaller
    return _Gradient(rng.normal(size=parameters * D)), rng.normal(size=(N, D)), rng.normal(size=N), chunk or size


def _rows_at_once(answer, rng):
    for sizes in ((), (13, 4), (8, 4), (7, 4)):             # a last chunk of one row; two chunks
        gradient, x, t, chunk = _chunks_case(rng, *sizes)
        answer(gradient, x, t, chunk)
        most, seen = max(gradient.seen, default=0), sum(gradient.seen)
        if most > chunk:
            return Fault("too many rows at once", f"`gradient` was given {most} of {len(x)}; {chunk} fit in the memory")
        if seen > len(x):
            return Fault("rows looked at twice", f"`gradient` was given {seen} rows, and there are {len(x)}: each once")
    return None


_WEIGHT = "each chunk's gradient is a mean over its own rows: weigh it by its share of all rows, N_c / N, (5.8)"
_PART, _FIRSTS = "len(x[rows]) / len(x)", "range(0, len(x), chunk)"
_ADD = "only the last chunk is left: add to the total with +="
_P, _ZEROS = "P need not be D: begin with 0.0, or with the first gradient", ("= 0.0", "= np.zeros(x.shape[1])")

ACCUMULATE = Task(
    id="05-4", title="gradient accumulation", level="write", difficulty=2, importance=3, minutes=15,
    reference=accumulated_gradient, outputs=("the gradient",), cases=_chunks_case, batch=lambda *case: len(case[1]),
    small=(_Gradient(np.array([1.0, 2.0])), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [1.0, -1.0]]),
           np.array([0.0, 1.0, 1.0, 4.0, 0.0]), 2),
    edges={"a chunk size that divides the rows": lambda rng: _chunks_case(rng, 12, 4),
           "a chunk larger than the data": lambda rng: _chunks_case(rng, 12, 50),
           "chunks of one row": lambda rng: _chunks_case(rng, 5, 1),
           "more parameters than columns": lambda rng: _chunks_case(rng, parameters=2)},
    probes=(("at most `chunk` rows at a time, each row once", _rows_at_once),),
    suspects=(
        Slip("plain mean of the chunks", _WEIGHT, (_PART, "1 / -(-len(x) // chunk)")),
        Slip("not weighted", _WEIGHT, (_PART, "1")),
        Slip("missing 1/N", "this is the sum over all rows: divide it by their number N", (_PART, "len(x[rows])")),
        Slip("chunk size for every chunk", "the last chunk has fewer rows, and less weight", (_PART, "chunk / len(x)")),
        Slip("weighted by the wrong number", "N_c / N is a share of all rows", (_PART, "len(x[rows]) / chunk")),
        Slip("divided by the rows of the chunk again", _WEIGHT, (_PART, "1 / len(x[rows])")),
        Slip("last chunk lost", "the last, smaller chunk counts", (_FIRSTS, "range(0, len(x) - chunk + 1, chunk)")),
        Slip("an empty chunk", "the starts 0, chunk, … are all below N", (_FIRSTS, "range(0, len(x) + 1, chunk)")),
        Slip("= for +=", _ADD, ("total + share", "share")),
        Slip("= for +=", _ADD, ("total + share * gradient", "gradient")),
        Slip("as many parameters as columns", _P, _ZEROS),
        Slip("as many parameters as columns", _P, _ZEROS, ("total = total + share", "total += share")),
    ))


# ---- 05-5 a step schedule --------------------------------------------------------------------------------------

def step_rate(k, lr, every, factor):
    """The learning rate of update k.

    k, every whole numbers, lr and factor numbers  ->  a number
    """
    cuts = (k - 1) // every
    return lr * factor ** cuts


_CUTS = "(k - 1) // every"

STEP = Task(
    id="05-5", title="a step schedule", level="fill in", difficulty=1, importance=2, minutes=6,
    reference=step_rate, outputs=("the rate",), small=(5, 8.0, 2, 0.5), count=8,
    cases=lambda rng: (int(rng.integers(1, 20)), float(rng.uniform(0.5, 2.0)), int(rng.integers(3, 7)),
                       float(rng.uniform(0.2, 0.7))),
    edges={"update 1": (1, 2.0, 4, 0.3), "update every": (4, 2.0, 4, 0.3), "update every + 1": (5, 2.0, 4, 0.3),
           "update 3 every": (12, 2.0, 4, 0.3), "many cuts": (150, 2.0, 2, 0.5), "every = 1": (4, 2.0, 1, 0.3),
           "every = 49": (50, 2.0, 49, 0.3)},
    suspects=(
        Slip("cut one update early", "updates 1 to `every` have no cut: (k − 1) // every", ("(k - 1)", "k")),
        Slip("not in steps", "between two cuts the rate is constant: round the exponent down, with //", ("//", "/")),
        Slip("not in steps", "between two cuts the rate is constant: round (k − 1) / every down", (_CUTS, "k / every")),
        Slip("rounded to the nearest", "the exponent is rounded down, with //", (_CUTS, "round((k - 1) / every)")),
        Slip("multiplied instead of raised", "two cuts are factor times factor: a power", ("factor **", "factor *")),
        Slip("cut only once", "the factor is raised to the number of cuts so far", (_CUTS, "int(k > every)")),
        Slip("rises instead of falls", "each cut multiplies by factor; dividing raises it", ("* factor", "/ factor")),
        Slip("cut at every update", "the exponent counts cuts, not updates: (k − 1) // every", (" // every", "")),
        Slip("learning rate forgotten", "multiply by lr: the schedule starts at lr", ("lr * ", "")),
        Slip("1/every rounded", "1 / every is rounded, and so 49 · (1/49) lies below 1: divide whole numbers, with //",
             (_CUTS, "int((k - 1) * (1 / every))")),
        *(Slip("bounded", "there is no smallest rate and no last cut", ("lr * factor ** cuts", bounded))
          for bounded in ("lr * factor ** min(cuts, 20)", "max(lr * factor ** cuts, 1e-6)")),
        Slip("the remainder", "% is the remainder; the number of cuts is the quotient, //", ("//", "%")),
    ))


# ---- 05-6 a running average ------------------------------------------------------------------------------------

def running_average(losses, beta):
    """The running averages, corrected for the start at zero.

    losses (n,), beta between 0 and 1  ->  (n,)
    """
    m, averages = 0.0, np.zeros(len(losses))
    for k, loss in enumerate(losses, start=1):
        m = beta * m + (1 - beta) * loss
        averages[k - 1] = m / (1 - beta ** k)
    return averages


_UPDATE, _READ = "m = beta * m + (1 - beta) * loss", "averages[k - 1] = m / (1 - beta ** k)"
_SWAPPED = (_UPDATE, "m = (1 - beta) * m + beta * loss")
_BARE, _FIRST = (" / (1 - beta ** k)", ""), ("averages = 0.0", "averages = losses[0]")

AVERAGE = Task(
    id="05-6", title="a running average", level="write", difficulty=2, importance=2, minutes=10,
    reference=running_average, outputs=("the averages",), fresh=True, small=(np.array([4.0, 1.0, 5.5]), 0.5),
    cases=lambda rng: (rng.uniform(1.0, 3.0, size=int(rng.integers(5, 9))), float(rng.uniform(0.6, 0.9))),
    edges={"one loss": (np.array([3.0]), 0.9), "many losses": lambda rng: (rng.uniform(1.0, 3.0, size=200), 0.98),
           "1200 losses": lambda rng: (rng.uniform(1, 3, size=1200), 0.5), "whole numbers": (np.array([4, 1, 5]), 0.5),
           "losses of other scales": (np.array([1e3, 1e-3, 1e3, 0.0, 1e-3]), 0.75)},
    suspects=(
        Slip("not corrected", "m starts near 0: divide by 1 − βᵏ, (5.12)", _BARE),
        Slip("starts at the first loss", "m starts at 0, and 1 − βᵏ corrects this", _FIRST, _BARE),
        Slip("starts at the first loss", "m starts at 0: now too much is corrected", _FIRST),
        Slip("β and 1 − β exchanged", "the past gets the weight β, the new loss 1 − β", _SWAPPED),
        Slip("β and 1 − β exchanged", "the past has the weight β", _SWAPPED, ("beta ** k", "(1 - beta) ** k")),
        Slip("corrected value fed back", "the next m is made from m itself", ("] = m /", "] = m = m /")),
        Slip("power of β forgotten", "the weights add up to 1 − βᵏ, which changes with k", ("beta ** k", "beta")),
        Slip("k counted from 0", "the first update is k = 1", ("start=1", "start=0"), ("k - 1", "k")),
        Slip("k counted from 0", "the first update is k = 1", ("start=1", "start=0")),
        Slip("k counted from 0", "1 − β⁰ is 0: the first k is 1", ("s, start=1", "s.tolist()"), ("k - 1", "k")),
        Slip("k one too large", "at k = 1 the corrected average is the loss itself", ("beta ** k", "beta ** (k + 1)")),
        Slip("one update late", "the average at update k includes loss k: first update m, then read it",
             (f"{_UPDATE}\n        {_READ}", f"{_READ}\n        {_UPDATE}")),
        Slip("weight of the new loss forgotten", "the new loss has the weight 1 − β", ("(1 - beta) * loss", "loss")),
        Slip("a mean of all", "a running average forgets old losses", (_READ[18:], "np.mean(losses[:k])")),
        Slip("rounded to whole numbers", "zeros_like takes over the dtype of whole losses, and cuts the averages off",
             ("(len(losses))", "_like(losses)")),
        Slip("only the last one", "each update has its average", ("return averages", "return averages[-1]")),
    ))


# ---- 05-7 a bug hunt: an epoch of training ---------------------------------------------------------------------

def one_epoch(x, t, w, lr, batches):
    """One epoch of mini-batch descent; the given w and batches stay as they are.

    x (N, D), t (N,), w (D,), lr a number, batches a list of arrays of row numbers
    ->  w (D,), the mean loss of the examples
    """
    w, total = w.copy(), 0.0
    for rows in batches:
        error = x[rows] @ w - t[rows]
        grad = 2 * x[rows].T @ error / len(rows)
        w -= lr * grad
        total += (error ** 2).sum()
    return w, total / sum(map(len, batches))


def _epoch_case(rng, N=None, size=None, cuts=None):
    D, size = int(rng.integers(2, 5)), size or int(rng.integers(4, 7))
    N = N or 3 * size + int(rng.integers(1, size - 1))
    rows = np.split(rng.permutation(N), cuts or range(size, N, size))
    return rng.normal(size=(N, D)), rng.normal(size=N), rng.normal(size=D), float(rng.uniform(0.05, 0.1)), rows


_FORGOT = "the gradients of earlier batches are still in `grad`, and stepped along again: a new one for each batch"
_UNEVEN = "the last batch is smaller, but its mean counts as much as the others: weigh each by its rows, as in (5.8)"
_START, _SUM, _COUNT = "w, total = w.copy(), 0.0", "(error ** 2).sum()", "sum(map(len, batches))"
_KEPT, _MEAN = ("grad = 2", "grad += 2"), "(error ** 2).mean()"

EPOCH = Task(
    id="05-7", title="bug hunt: an epoch of training", level="explore", difficulty=2, importance=3, minutes=12,
    reference=one_epoch, outputs=("w", "the mean loss"), cases=_epoch_case, hunt="gradient not reset",
    small=(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([2.0, 1.0, 1.0]), np.array([0.0, 0.0]), 0.5,
           [np.array([0, 1]), np.array([2])]),
    edges={"one batch": lambda rng: _epoch_case(rng, 5, 5), "two equal batches": lambda rng: _epoch_case(rng, 8, 4),
           "batches of one row": lambda rng: _epoch_case(rng, 4, 1),
           "batches of 2, 3 and 1 rows": lambda rng: _epoch_case(rng, 6, cuts=[2, 5])},
    suspects=(
        Slip("gradient not reset", _FORGOT + ". (And look at the loss that is returned)",
             (_START, "w, grad, losses = w.copy(), np.zeros_like(w), []"), _KEPT,
             (f"total += {_SUM}", f"losses.append({_MEAN})"), (f"total / {_COUNT}", "np.mean(losses)")),
        Slip("gradient not reset", _FORGOT, (_START, "w, grad, total = w.copy(), np.zeros_like(w), 0.0"), _KEPT),
        Slip("mean of unequal means", _UNEVEN, (_SUM, _MEAN), (_COUNT, "len(batches)")),
        Slip("mean of unequal means", _UNEVEN + ". What is divided by the number of rows must be a sum", (_SUM, _MEAN)),
        Slip("sum of the losses", "the mean loss is asked for: divide by the number of examples", (f" / {_COUNT}", "")),
        Slip("divided by the batches", "the sum is divided by the number of examples", (_COUNT, "len(batches)")),
        Slip("loss after the update", "the loss of a batch is that of the error which made the step, before the update",
             (_SUM, "((x[rows] @ w - t[rows]) ** 2).sum()")),
        Slip("uphill", "descent subtracts the gradient", ("w -= ", "w += ")),
        Slip("divided by B missing", "the gradient of a batch is the mean over its rows", (" / len(rows)", "")),
        Slip("divided by all rows", "the gradient of a batch is the mean over its own rows", ("len(rows)", "len(x)")),
        Slip("batches sorted", "take the batches as they come: each update begins where the one before it ended",
             ("in batches:", "in sorted(batches, key=len, reverse=True):")),
        *(Slip("size of the first batch", "any batch may differ in size: divide by its own rows, len(rows)",
               ("len(rows)", f"len(batches[0]{rest})")) for rest in ("", " if rows is not batches[-1] else rows")),
        Slip("2 forgotten", "the square of the error has the derivative 2 · error", ("2 * x[rows]", "x[rows]")),
        Slip("gradient at the old weights", "each batch's error is taken at the present w, not at that of the start",
             (_START, "old, w, total = w, w.copy(), 0.0"), ("x[rows] @ w", "x[rows] @ old")),
    ))


TASKS = [BATCHES, VARIANCE, COSINE, ACCUMULATE, STEP, AVERAGE, EPOCH]
