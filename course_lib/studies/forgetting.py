"""Five digits, then five others: what a network forgets, what keeps it from forgetting, and whose fault it is.

- settings   "ten outputs": all digits share ten outputs; "task known": only the five outputs of the digit's own task
             are compared, in training and in judging; "other pixels": all ten digits, then the same ones with their
             pixels in another order; further ones, to refute what was found: other digits first, a wider network,
             another rate
- rivals     nothing done, nothing but the rate chosen, a penalty on the distance to the old weights, elastic weight
             consolidation, rehearsal with a few old digits, all old digits kept
- cost       what a rival may spend on the second task is counted in gradients of single examples, ``UPDATES × BATCH``
- learners   other optimizers, and learners without backpropagation, on the same two tasks

``python -m course_lib.studies.forgetting`` runs all (some minutes of one core) and writes
``data/forgetting_figures.csv`` and ``data/forgetting_confusions.npz``. Lesson 15, section 2.
"""

import io
from copy import deepcopy

import numpy as np

from course_lib.data import Batches, load_digits, load_new_writers
from course_lib.data.files import read_bytes
from course_lib.data.origins import made_now, read_table, with_checksum, with_origin, write_table
from course_lib.experiments import Split, compare, say, told
from course_lib.layers import Dense, ReLU, Sequential
from course_lib.optim.first_order import SGD, Adam
from course_lib.rules.functions import softmax
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.saving import read_arrays, write_arrays
from course_lib.training import predict, train_step

UPDATES, BATCH, RATE, HIDDEN = 300, 64, 3e-3, 64
SEEDS, SEARCH = range(4, 14), range(100, 103)
FILE, CONFUSIONS = "forgetting_figures.csv", "forgetting_confusions.npz"
VALUES = (0.1, 10 ** -0.5, 1.0, 10 ** 0.5, 10.0)


# ---- the two penalties, and what is kept of the old digits ----------------------------------------------------------

def fisher(net, x, rng=None):
    """How sharply the answers depend on each parameter: the diagonal of the Fisher information, an array for each.

    The mean over the examples n of the *squared* gradient of −log p(t_n), with labels t_n that the network itself
    draws, t_n ~ p(x_n); without ``rng`` the exact mean over all labels, which costs a backward for each. A Dense
    layer's gradient for one example is x_nd da_nk, so that all squares are summed by one matrix product:
    F_dk = Σ_n x_nd² da_nk² / N. For Dense layers and what has no parameters.

    Shapes: x (N, D)  ->  a list of arrays, shaped as the parameters
    Source: Kirkpatrick et al. (2017), PNAS 114; lesson 15, (15.6).
    """
    if not len(x):
        raise ValueError(f"fisher: x holds no rows, got shape {x.shape}; the mean is over its examples")
    inputs, backwards, y = [], [], x
    for layer in net.layers:
        if layer.params and not isinstance(layer, Dense):
            raise ValueError(f"fisher: squares are summed for Dense layers only, got {type(layer).__name__}; "
                             "build the network of Dense layers and functions without parameters")
        inputs.append(y)
        y, backward = layer(y)
        backwards.append(backward)
    p, N = softmax(y)[0], len(x)
    if rng is None:
        cases = [(np.full(N, k), p[:, [k]]) for k in range(p.shape[1])]
    else:
        cases = [((p.cumsum(axis=1) > rng.random((N, 1))).argmax(axis=1), 1.0)]
    found = [np.zeros_like(param.data) for param in net.params]
    for t, weight in cases:
        da, place = p - np.eye(p.shape[1])[t], len(found)       # not divided by N: one row, one example
        for layer, x_in, backward in zip(net.layers[::-1], inputs[::-1], backwards[::-1]):
            if layer.params:
                place -= 2
                found[place] += (x_in ** 2).T @ (weight * da ** 2) / N
                found[place + 1] += (weight * da ** 2).mean(axis=0)
            da = backward(da)
    for param in net.params:
        param.zero_grad()
    return found


def one_by_one(net, x):
    """``fisher(net, x)`` by the ordinary backward: one example, one label at a time.

    Shapes: x (N, D)  ->  a list of arrays, shaped as the parameters
    """
    found = [np.zeros_like(param.data) for param in net.params]
    for row in x:
        y, backward = net(row[np.newaxis])
        for t, share in enumerate(softmax(y)[0][0]):
            for param in net.params:
                param.zero_grad()
            backward(softmax_cross_entropy(y, np.array([t]))[1]())
            for F, param in zip(found, net.params):
                F += share * param.grad ** 2 / len(x)
    for param in net.params:
        param.zero_grad()
    return found


def elastic(stiffness, old, strength):
    """A ``penalty`` for ``training``: ½ λ Σ F_i (θ_i − θ*_i)², which adds its gradient λ F_i (θ_i − θ*_i).

    stiffness   F, an array (or 1.0) for each parameter
    old         θ*, the parameters after the first task
    strength    λ

    Lesson 15, (15.7). With F = 1 it is the plain squared distance to the old weights.
    """
    def penalty(net):
        value = 0.0
        for param, F, start in zip(net.params, stiffness, old, strict=True):
            moved = param.data - start
            value += 0.5 * strength * np.sum(F * moved ** 2)
            param.add_grad(strength * F * moved)
        return value
    return penalty


def kept_of(x, t, number, rng):
    """``number`` rows of each label, drawn at random: what rehearsal keeps; all of a label if there are no more."""
    if number < 1:
        raise ValueError(f"kept_of: number must be at least 1, got {number}; it is how many of each label are kept")
    rows = np.concatenate([rng.permutation(np.flatnonzero(t == label))[:number] for label in np.unique(t)])
    return x[rows], t[rows]


def mixed(new, memory, share, rng, size=BATCH):
    """Batches for ever: ``size`` rows each, of which about a share of ``share`` comes from the memory, drawn with
    replacement; every batch holds at least one row of each."""
    old_rows = min(max(round(share * size), 1), size - 1)
    while True:
        for x, t in Batches(*new, size - old_rows, rng=rng, last="drop"):
            rows = rng.integers(len(memory[1]), size=old_rows)
            yield np.concatenate([x, memory[0][rows]]), np.concatenate([t, memory[1][rows]])


def endless(x, t, rng, size=BATCH):
    """Batches of ``size`` rows for ever."""
    while True:
        yield from Batches(x, t, size, rng=rng, last="drop")


# ---- a setting: two tasks, and how they are judged ------------------------------------------------------------------

class Setting:
    """Two tasks in a row.

    known      are only the outputs of the digit's own task compared, in training and judging?
    pixels     is the second task all ten digits with their pixels in another order?
    shuffled   does the seed draw which five digits come first?
    """

    def __init__(self, *, known=False, pixels=False, shuffled=False, hidden=HIDDEN, rate=RATE):
        self.known, self.pixels, self.shuffled, self.hidden, self.rate = known, pixels, shuffled, hidden, rate

    def tasks(self, x, t, seed):
        """The examples of the first and of the second task: ((x, t), (x, t))."""
        rng = np.random.default_rng(1000 + seed)
        if self.pixels:
            return (x, t), (x[:, rng.permutation(x.shape[1])], t)
        first = np.isin(t, self.first(seed))
        return (x[first], t[first]), (x[~first], t[~first])

    def first(self, seed):
        """The digits of the first task."""
        return np.sort(np.random.default_rng(seed).permutation(10)[:5]) if self.shuffled else np.arange(5)

    def barred(self, seed):
        """What is added to the outputs for each label: 0, or where they are not compared a large negative number."""
        first = np.isin(np.arange(10), self.first(seed))
        return np.where(first[:, np.newaxis] == first, 0.0, -1e9) if self.known else np.zeros((10, 10))

    def net(self, rng):
        """64 pixels, ReLU units, ten outputs."""
        return Sequential(Dense(64, self.hidden, rng=rng), ReLU(), Dense(self.hidden, 10, rng=rng))


def loss_within(barred):
    """Softmax cross-entropy after ``barred[t]`` is added to the outputs: of constants nothing is passed back."""
    return lambda y, t: softmax_cross_entropy(y + barred[t], t)


def right(net, x, t, barred=None):
    """How many of 100 answers are right."""
    y = predict(net, x)
    return 100 * float(np.mean((y if barred is None else y + barred[t]).argmax(axis=1) == t))


def confused(net, x, t, barred=None):
    """Counts, row = true label, column = answer. Shapes: x (N, D), t (N,)  ->  (10, 10)"""
    y = predict(net, x)
    answers = (y if barred is None else y + barred[t]).argmax(axis=1)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (t, answers), 1)
    return counts


def first_task(setting, old, seed, updates=UPDATES):
    """The network after the first task."""
    rng = np.random.default_rng(seed)
    net, loss = setting.net(rng), loss_within(setting.barred(seed))
    optimizer = Adam(net.params, lr=setting.rate)
    for _, (x, t) in zip(range(updates), endless(*old, rng)):
        train_step(net, loss, optimizer, x, t)
    return net


# ---- the rivals -----------------------------------------------------------------------------------------------------

L2_UNIT, EWC_UNIT = 0.01, 0.01         # λ of value 1; F is divided by its mean, so that both grids mean the same pull
RIVALS = {"rate chosen": ("rate",), "old weights": ("l2",), "elastic": ("ewc",),
          "elastic, exact F": ("ewc", "exact"),
          "rehearsal, 1 a class": ("rehearsal", 1), "rehearsal, 5 a class": ("rehearsal", 5),
          "rehearsal, 20 a class": ("rehearsal", 20), "rehearsal, 50 a class": ("rehearsal", 50),
          "all old digits": ("rehearsal", 10 ** 6)}
EVERY = {"nothing": ("rate",), **RIVALS}            # the first with the usual rate, which nobody chose


def second_task(net, rival, value, setting, old, new, seed, at=()):
    """Train on the second task by one rival with one value; yields the update numbers of ``at`` and the last, counted
    in what was spent: the Fisher information is paid for with updates.

    value   the one number of each rival: its rate over the setting's ("rate"), λ over ``L2_UNIT`` or ``EWC_UNIT``,
            how many old digits for one new one in a batch ("rehearsal")
    """
    rng, kind = np.random.default_rng(10_000 + seed), rival[0]
    loss, rate, spent, penalty = loss_within(setting.barred(seed)), setting.rate, 0, None
    start = [p.data.copy() for p in net.params]
    batches = endless(*new, rng)
    if kind == "rate":
        rate *= value
    elif kind == "l2":
        penalty = elastic([1.0] * len(start), start, L2_UNIT * value)
    elif kind == "ewc":
        exact = len(rival) > 1                              # nine backwards more, which are not charged
        F = fisher(net, old[0], None if exact else rng)
        size = sum(f.sum() for f in F) / sum(f.size for f in F)
        penalty = elastic([f / size for f in F], start, EWC_UNIT * value)
        spent = -(-len(old[0]) // BATCH)
    else:
        batches = mixed(new, kept_of(*old, rival[1], rng), value / (1 + value), rng)
    optimizer = Adam(net.params, lr=rate)
    for update in range(UPDATES + 1):
        if update in at or update == UPDATES:
            yield update
        if spent <= update < UPDATES:
            train_step(net, loss, optimizer, *next(batches), penalty=penalty)


def taught(seed):
    """The network after the first task of "ten outputs", and the digits of both tasks: net, (x, t), (x, t)."""
    setting, digits = SETTINGS["ten outputs"], load_digits()
    old, new = setting.tasks(digits.x_train, digits.t_train, seed)
    return first_task(setting, old, seed), old, new


def in_turn(seed, at=range(0, UPDATES + 1, 10)):
    """0 to 4, then 5 to 9, with nothing done: ``{"old": shares, "old, own five outputs": shares, "new": shares}``, what
    of 100 held-out digits is right at the updates ``at`` of the second task."""
    (net, old, new), digits, setting = taught(seed), load_digits(), SETTINGS["ten outputs"]
    first, second = setting.tasks(digits.x_test, digits.t_test, seed)
    own, shares = SETTINGS["task known"].barred(seed), []
    for _ in second_task(net, EVERY["nothing"], 1, setting, old, new, seed, at=at):
        shares.append([right(net, *first), right(net, *first, own), right(net, *second)])
    return dict(zip(("old", "old, own five outputs", "new"), np.transpose(shares)))


def trial_of(setting):
    """The ``trial`` for ``compare``: both tasks learnt anew, then judged."""
    starts = {}                                             # the first task is the same for all rivals

    def trial(rival, value, seed, fit, judged):
        old, new = setting.tasks(*fit, seed)
        barred = setting.barred(seed)
        key = seed, len(fit[0])
        if key not in starts:
            starts[key] = first_task(setting, old, seed)
        net = deepcopy(starts[key])
        old_judged, new_judged = setting.tasks(*judged, seed)
        before = right(net, *old_judged, barred)
        for _ in second_task(net, rival, value, setting, old, new, seed):
            pass
        found = right(net, *old_judged, barred), right(net, *new_judged, barred)
        own = Setting(known=True, shuffled=setting.shuffled).barred(seed)
        return {"mean": np.mean(found), "old": found[0], "new": found[1], "before": before,
                "old, own outputs": before if setting.pixels else right(net, *old_judged, own)}
    return trial


def parts(name="ten outputs"):
    """A ``Split``: 1,154 training digits to fit, 288 to choose; to judge the 355 held-out digits, or in the setting
    "new writers" those of 30 people never met."""
    digits = load_digits()
    order = np.random.default_rng(15).permutation(len(digits.t_train))
    fit, choose = order[288:], order[:288]
    return Split((digits.x_train[fit], digits.t_train[fit]), (digits.x_train[choose], digits.t_train[choose]),
                 tuple(load_new_writers()) if name == "new writers" else (digits.x_test, digits.t_test))


SETTINGS = {"ten outputs": Setting(), "task known": Setting(known=True), "other pixels": Setting(pixels=True),
            "other digits first": Setting(shuffled=True), "wider": Setting(hidden=256), "slower": Setting(rate=1e-3),
            "new writers": Setting()}                       # the last: judged on digits of 30 people never met


def compared(name, *, seeds=SEEDS, search_seeds=SEARCH, rivals=RIVALS, widen=6):
    """A ``Comparison`` of the rivals in a setting, chosen by the mean of old and new digits told rightly."""
    return compare(rivals, trial_of(SETTINGS[name]), values=VALUES, split=parts(name), search_seeds=search_seeds,
                   seeds=seeds, by="mean", higher=True, widen=widen)


# ---- whose fault? The same two tasks, by other learners -------------------------------------------------------------

class Network:
    """The network, trained with the gradient of backpropagation by any optimizer, as first and as second task."""

    def __init__(self, make_optimizer, rng):
        self.net, self.make, self.rng = SETTINGS["ten outputs"].net(rng), make_optimizer, rng

    def learn(self, x, t):
        optimizer = self.make(self.net.params)
        for _, (x, t) in zip(range(UPDATES), endless(x, t, self.rng)):
            train_step(self.net, softmax_cross_entropy, optimizer, x, t)

    def __call__(self, x):
        return predict(self.net, x)


class DirectFeedback(Network):
    """The same network without a way back through its weights: the error reaches the hidden units through a random
    matrix that stays as it is (Nøkland 2016; section 3)."""

    def __init__(self, make_optimizer, rng):
        super().__init__(make_optimizer, rng)
        self.feedback = rng.normal(size=(10, HIDDEN)) / np.sqrt(10)

    def learn(self, x, t):
        first, _, last = self.net.layers
        optimizer = self.make(self.net.params)
        for _, (x, t) in zip(range(UPDATES), endless(x, t, self.rng)):
            a, first_backward = first(x)
            y, last_backward = last(np.maximum(a, 0))
            dy = softmax_cross_entropy(y, t)[1]()
            optimizer.zero_grad()
            last_backward(dy)
            first_backward(dy @ self.feedback * (a > 0))
            optimizer.step()


class Straight:
    """y = x W + b, and nothing behind it: one layer, so that no error is passed back through anything."""

    def __init__(self, rng):
        self.W, self.b, self.rng = np.zeros((64, 10)), np.zeros(10), rng

    def learn(self, x, t, rate=0.5):
        """Descent: the gradient of a straight map is its input times (p − t)."""
        for _, (x, t) in zip(range(UPDATES), endless(x, t, self.rng)):
            dy = (softmax(self(x))[0] - np.eye(10)[t]) / len(t)
            self.W, self.b = self.W - rate * x.T @ dy, self.b - rate * dy.sum(axis=0)

    def __call__(self, x):
        return x @ self.W + self.b


class OwnColumns(Straight):
    """The straight map, of which only the columns of the digits in the present task learn: nothing is shared."""

    def learn(self, x, t, rate=0.5):
        mine = np.isin(np.arange(10), np.unique(t))
        for _, (x, t) in zip(range(UPDATES), endless(x, t, self.rng)):
            dy = mine * (softmax(self(x))[0] - np.eye(10)[t]) / len(t)
            self.W, self.b = self.W - rate * x.T @ dy, self.b - rate * dy.sum(axis=0)


class RandomSearch(Straight):
    """The same straight map without any gradient: nudge all numbers at random, keep the nudge if the loss fell."""

    def learn(self, x, t, trials=3000, size=0.05):
        loss = softmax_cross_entropy(self(x), t)[0]
        for _ in range(trials):
            before = self.W, self.b
            self.W = self.W + size * self.rng.normal(size=self.W.shape)
            self.b = self.b + size * self.rng.normal(size=self.b.shape)
            found = softmax_cross_entropy(self(x), t)[0]
            if found < loss:
                loss, size = found, 1.2 * size
            else:
                (self.W, self.b), size = before, 0.95 * size


class MeanDigits:
    """The mean picture of each digit; the answer is the nearest one. Each digit has numbers of its own, which no other
    digit changes."""

    def __init__(self, rng=None):
        self.means = np.full((10, 64), 1e3)                 # far from any digit, until it is met

    def learn(self, x, t):
        for digit in np.unique(t):
            self.means[digit] = x[t == digit].mean(axis=0)

    def __call__(self, x):
        return 2 * x @ self.means.T - np.sum(self.means ** 2, axis=1)


LEARNERS = {
    "network, Adam": lambda rng: Network(lambda params: Adam(params, lr=RATE), rng),
    "network, momentum": lambda rng: Network(lambda params: SGD(params, lr=0.1, momentum=0.9), rng),
    "network, plain descent": lambda rng: Network(lambda params: SGD(params, lr=0.3), rng),
    "network, direct feedback": lambda rng: DirectFeedback(lambda params: Adam(params, lr=RATE), rng),
    "straight map, its gradient": Straight, "straight map, random search": RandomSearch, "mean digits": MeanDigits}


def two_tasks(make, seed, digits=None):
    """What a learner tells rightly of 100: old digits before, old digits after, these among their own five answers,
    new digits after."""
    digits = digits or load_digits()
    old, new = SETTINGS["ten outputs"].tasks(digits.x_train, digits.t_train, seed)
    (x, t), judged = SETTINGS["ten outputs"].tasks(digits.x_test, digits.t_test, seed)
    learner = make(np.random.default_rng(seed))
    learner.learn(*old)
    before = 100 * np.mean(learner(x).argmax(axis=1) == t)
    learner.learn(*new)
    y = learner(x)
    return (before, 100 * np.mean(y.argmax(axis=1) == t), 100 * np.mean(y[:, :5].argmax(axis=1) == t),
            100 * np.mean(learner(judged[0]).argmax(axis=1) == judged[1]))


# ---- what was stored ------------------------------------------------------------------------------------------------

HEADER = ["what", "rival", "value", "seed", "mean", "before", "old", "new", "old, own outputs"]
TWO = ["rival", "numbers stored", "old (%)", "old, own outputs (%)", "new (%)", "mean of old and new (%)"]
LEARNT = ["learner", "old, before (%)", "old, after (%)", "old, own outputs (%)", "new, after (%)"]
SHOWN = ("nothing", "rate chosen", "old weights", "elastic", "rehearsal, 1 a class", "rehearsal, 20 a class")
MANY = ["setting", *(name.removeprefix("rehearsal, ") for name in SHOWN), "1 ahead of elastic", "20 ahead of elastic",
        "elastic ahead of old weights"]
MEANING = ("mean of old and new (%), ten starts. Task known: only the five outputs of a digit's own task are compared, "
           "in training, too. Other pixels: all ten digits, then the same with pixels permuted. Slower: a third of the "
           "rate")


def measured(what, column="mean"):
    """``{rival: array, one value a seed}`` of a setting, or of "learner"."""
    found = {}
    for kind, rival, _, seed, *numbers in read_table(FILE)[1]:
        if kind == what:
            found.setdefault(rival, []).append(float(numbers[HEADER.index(column) - 4]))
    return {rival: np.array(values) for rival, values in found.items()}


def chosen(what):
    """``{rival: its value}``, and the searched grid, rising."""
    rows = read_table(FILE)[1]
    grid = sorted({float(value) for kind, _, value, *_ in rows if kind == f"search, {what}"})
    return {rival: float(value) for kind, rival, value, *_ in rows if kind == what}, grid


def at_edges():
    """Settings and rivals whose chosen value is an end of its grid."""
    found = []
    for what in SETTINGS:
        values, grid = chosen(what)
        found += [(what, rival) for rival in RIVALS if values[rival] in (grid[0], grid[-1])]
    return found


def stored_numbers(rival):
    """How many numbers a rival keeps of the first task: weights, stiffnesses, pixels and labels."""
    weights = 64 * HIDDEN + HIDDEN + HIDDEN * 10 + 10
    old = int(np.sum(parts().fit[1] < 5))
    kind, *number = EVERY[rival]
    if kind == "rehearsal":
        return 65 * min(5 * number[0], old)
    return {"rate": 0, "l2": weights, "ewc": 2 * weights}[kind]


def rival_rows(what="ten outputs"):
    """Rows of a table: rival, numbers stored, old, old among their own outputs, new, mean."""
    return [[rival, f"{stored_numbers(rival):,}", *(say(measured(what, column)[rival], "{:.1f}")
                                                     for column in ("old", "old, own outputs", "new", "mean"))]
            for rival in measured(what)]


def many_rows():
    """Rows of a table: setting, mean of old and new for the rivals ``SHOWN``, and what differences have told."""
    rows = []
    for what in SETTINGS:
        found = measured(what)
        rows.append([what, *(say(found[rival], "{:.1f}") for rival in SHOWN),
                     told(found["rehearsal, 1 a class"] - found["elastic"]),
                     told(found["rehearsal, 20 a class"] - found["elastic"]),
                     told(found["elastic"] - found["old weights"])])
    return rows


def enough(what="ten outputs"):
    """The fewest old digits a class with which rehearsal is ahead of elastic weights, told by the starts; None if no
    number of them is."""
    found = measured(what)
    return next((kept for name, (_, *kept) in RIVALS.items() if name.startswith("rehearsal")
                 and told(found[name] - found["elastic"]) == "yes"), [None])[0]


def learner_rows():
    """Rows of a table: learner, old digits before and after, these among their own outputs, new digits after."""
    columns = [measured("learner", column) for column in ("before", "old", "old, own outputs", "new")]
    return [[name, *(say(column[name], "{:.1f}") for column in columns)] for name in LEARNERS]


def nothing_but_an_offset(offsets=np.arange(0, 30, 0.25)):
    """The mean of old and new (%), over ``SEEDS``, if nothing is done but to take an offset from all new outputs, which
    is chosen on the digits set aside with the seeds of the search."""
    setting, digits = SETTINGS["ten outputs"], parts()

    def means(seed, part):
        old, new = setting.tasks(*digits.fit, seed)
        net = first_task(setting, old, seed)
        for _ in second_task(net, EVERY["nothing"], 1, setting, old, new, seed):
            pass
        t, scores = part[1], predict(net, part[0])
        of_new, shift = t >= 5, np.arange(10) >= 5
        hits = [(scores - offset * shift).argmax(axis=1) == t for offset in offsets]
        return np.array([50 * (hit[of_new].mean() + hit[~of_new].mean()) for hit in hits])
    best = np.mean([means(seed, digits.choose) for seed in SEARCH], axis=0).argmax()
    return np.mean([means(seed, digits.judge)[best] for seed in SEEDS])


STOPS = (0, 5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300)


def confusions(values, seed=4):
    """Counts of the held-out digits at ``STOPS`` of the second task, with all ten outputs and with each task's own
    five: ``{"counts": (rivals, stops, 2, 10, 10)}``, for the explorer."""
    setting, digits = SETTINGS["ten outputs"], load_digits()
    old, new = setting.tasks(*parts().fit, seed)
    own = SETTINGS["task known"].barred(seed)
    counts = []
    for rival in EVERY:
        net = first_task(setting, old, seed)
        steps = second_task(net, EVERY[rival], values[rival], setting, old, new, seed, at=STOPS)
        counts.append([[confused(net, digits.x_test, digits.t_test, barred) for barred in (None, own)] for _ in steps])
    return {"counts": np.array(counts, np.uint8)}


def load_confusions():
    """What ``confusions`` counted: ``{rival: counts (stops, 2, 10, 10)}``; the 2 are all ten outputs, then each task's
    own five."""
    _, arrays = read_arrays(io.BytesIO(read_bytes(CONFUSIONS)))
    return dict(zip(EVERY, arrays["counts"].astype(int)))


def main():
    import sys
    from pathlib import Path

    import course_lib.data
    rows, values = [], None
    for what in SETTINGS:
        result = compared(what)
        for rival, found in result.search.items():
            rows += [[f"search, {what}", rival, f"{value:.6g}", "mean", f"{score:.4f}", "", "", "", ""]
                     for value, score in zip(result.values, found)]
        trial, split = trial_of(SETTINGS[what]), parts(what)
        plain = [trial(EVERY["nothing"], 1, seed, split.fit, split.judge) for seed in SEEDS]
        rows += [[what, "nothing", 1, seed, *(f"{found[column]:.4f}" for column in HEADER[4:])]
                 for seed, found in zip(SEEDS, plain)]
        columns = [result.measured(column) for column in HEADER[4:]]
        rows += [[what, rival, f"{result.chosen[rival]:.6g}", seed, *(f"{c[rival][i]:.4f}" for c in columns)]
                 for rival in RIVALS for i, seed in enumerate(SEEDS)]
        values = values or {"nothing": 1, **result.chosen}
        print(what, result.rows("{:.1f}"), file=sys.stderr, flush=True)
    for name, make in LEARNERS.items():
        for seed in SEEDS:
            before, old, own, new = two_tasks(make, seed)
            rows.append(["learner", name, "", seed, *(f"{v:.4f}" for v in ((old + new) / 2, before, old, new, own))])
    facts = made_now(
        command="python -m course_lib.studies.forgetting",
        steps=f"each task {UPDATES} updates of Adam, batches of {BATCH}, rate {RATE} (slower: 0.001), started anew; "
              "the Fisher information is paid for with updates of the second task; learners: as their names say",
        seeds="4 to 13, search 100 to 102; a seed draws starting weights, order and kept digits, in other pixels their "
              "order, in other digits first which five",
        sizes="1,154 digits fitted, 288 chosen on, 355 held out judged (new writers: 3,823 of 30 others); learners: "
              "1,442 fitted, 355 judged",
        averaging="none: right answers of one network, of 100; search: the mean of three seeds, of old and new",
        data=with_checksum("digits.npz", "new_writers.npz"),
        values="nothing, rate chosen: the rate over the usual one; old weights and elastic: λ over 0.01, F divided by "
               "its mean; rehearsal: old digits for one new one in a batch; the same grid for all, widened at an end")
    write_table(FILE, HEADER, rows, facts)
    write_arrays(Path(course_lib.data.__file__).with_name(CONFUSIONS),
                 with_origin(confusions(values), {**facts, "averaging": "none: counts of seed 4"}), compressed=True)


if __name__ == "__main__":
    main()
