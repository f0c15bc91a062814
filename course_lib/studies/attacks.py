"""Digits changed by at most ε a pixel, so that a network errs; and networks that were trained on such digits.

- attacks that know the network: one step along the sign of the gradient, or many projected steps with restarts
- attacks that do not: random signs, towards another digit's mean, pixel by pixel, digits made for another network
- trainings: plain, on digits with random signs, on attacked digits
- is a defence only a hidden gradient? An attack without gradients, a stronger one, and a larger ε must tell

``python -m course_lib.studies.attacks`` trains and attacks them all (some ten minutes) and writes
``data/attacks_figures.csv``, which the functions of the last part read. Lesson 15, section 5.
"""

import re
from copy import deepcopy
from functools import cache, partial

import numpy as np

from course_lib.data import Batches, load_digits, load_new_writers
from course_lib.data.origins import made_now, origin, read_table, with_checksum, write_table
from course_lib.experiments import Split, say, told
from course_lib.optim.first_order import Adam
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.explanations import BATCH, EPOCHS, RATE, input_gradient, network
from course_lib.training import evaluate, predict, training

EPS = 0.1
FILE = "attacks_figures.csv"


# ---- what is allowed ------------------------------------------------------------------------------------------------

def _box(name, x, eps, low, high):
    """The lowest and the highest value of each pixel: at most eps from x, and within [low, high]."""
    x = np.asarray(x)
    if not np.isfinite(eps) or eps < 0:
        raise ValueError(f"{name}: eps must be a number of 0 or more, in units of ink, got {eps!r}")
    if not low < high:
        raise ValueError(f"{name}: low must be below high, got {low!r} and {high!r}")
    if not np.isfinite(x).all() or x.min(initial=low) < low or x.max(initial=high) > high:
        raise ValueError(f"{name}: every pixel of x must lie in [{low}, {high}] before it is attacked; it holds NaN or "
                         f"values from {np.nanmin(x):g} to {np.nanmax(x):g}")
    return np.maximum(x - eps, low), np.minimum(x + eps, high)


def _sign(name, dx):
    if np.isnan(dx).any():
        raise ValueError(f"{name}: the gradient holds NaN in {np.isnan(dx).any(axis=-1).sum()} rows, and NaN has no "
                         "sign; did the network's training diverge?")
    return np.sign(dx)


# ---- attacks that know the network ----------------------------------------------------------------------------------

def fast_gradient_sign(x, dx, eps, low=0.0, high=1.0):
    """One step of size eps along the sign of the gradient, cut to what a pixel can be.

    Shapes: x, dx (N, D)  ->  (N, D), at most eps from x, within [low, high]
    Of all such steps none raises x · dx more: lesson 15, equation (15.18).
    Source: Goodfellow, Shlens, Szegedy (2015), Explaining and harnessing adversarial examples, ICLR.
    """
    lowest, highest = _box("fast_gradient_sign", x, eps, low, high)
    return np.clip(x + eps * _sign("fast_gradient_sign", dx), lowest, highest)


def one_step(net, x, t, eps):
    """``fast_gradient_sign`` against a network: one forward and one backward. Shapes: x (N, D), t (N,)  ->  (N, D)"""
    return fast_gradient_sign(x, input_gradient(net, x, softmax_cross_entropy, t)[1], eps)


def margin_loss(y, t):
    """How far the best wrong score lies above the right one, added up over the rows: above 0, the answer is wrong.

    Shapes: y (N, K), t (N,)  ->  a number; backward() gives dy (N, K): +1 at the best wrong class, −1 at the right one
    """
    rows, rival = np.arange(len(y)), _rival(y, t)

    def backward():
        dy = np.zeros_like(y)
        dy[rows, rival], dy[rows, t] = 1.0, -1.0
        return dy
    return np.sum(y[rows, rival] - y[rows, t]), backward


def _rival(y, t):
    others = y.copy()
    others[np.arange(len(y)), t] = -np.inf
    return others.argmax(axis=1)


def margins(net, x, t):
    """The margin of each row; the answer is wrong where it is above 0. Shapes: x (N, D), t (N,)  ->  (N,)"""
    y, rows = predict(net, x), np.arange(len(x))
    found = y[rows, _rival(y, t)] - y[rows, t]
    if np.isnan(found).any():
        raise ValueError(f"margins: the scores of {np.isnan(found).sum()} of {len(x)} rows are NaN, which is neither "
                         "right nor wrong; did the network's training diverge?")
    return found


def projected_steps(net, x, t, eps, *, steps=20, size=None, restarts=1, rng=None, loss=softmax_cross_entropy,
                    towards=None, low=0.0, high=1.0):
    """Many small steps along the sign of the gradient, each followed by a cut to what is allowed.

    size       of a step; 2.5 eps / steps if None: enough to cross the box
    restarts   how often it begins: first at x, then at random places of the box, drawn with rng; of each row the one
               with the largest margin is kept
    towards    None: away from t. Labels (N,): the loss of these is lowered instead

    Shapes: x (N, D), t (N,)  ->  (N, D), at most eps from x, within [low, high]
    Source: Madry, Makelov, Schmidt, Tsipras, Vladu (2018), Towards deep learning models resistant to adversarial
    attacks, ICLR; lesson 15, equation (15.19).
    """
    lowest, highest = _box("projected_steps", x, eps, low, high)
    if restarts > 1 and rng is None:
        raise ValueError(f"projected_steps: {restarts} restarts begin at random places; give rng, such as "
                         "np.random.default_rng(0)")
    size = 2.5 * eps / steps if size is None else size
    way, label = (1, t) if towards is None else (-1, towards)
    best, worst = np.array(x, copy=True), np.full(len(x), -np.inf)
    for again in range(restarts):
        z = np.array(x, copy=True) if again == 0 else rng.uniform(lowest, highest)
        for _ in range(steps):
            dz = input_gradient(net, z, loss, label)[1]
            z = np.clip(z + way * size * _sign("projected_steps", dz), lowest, highest)
        found = margins(net, z, label) * way
        better = found > worst
        best[better], worst[better] = z[better], found[better]
    return best


def strongest(net, x, t, eps, rng, *, steps=50, restarts=5):
    """The worst of ten attacks for each row: projected steps on two losses, five restarts each."""
    tries = [projected_steps(net, x, t, eps, steps=steps, restarts=restarts, rng=rng, loss=loss)
             for loss in (softmax_cross_entropy, margin_loss)]
    return worst_of(net, tries, t)


def worst_of(net, tries, t):
    """Of several changed versions of each row the one with the largest margin.

    Shapes: tries: a list of (N, D), t (N,)  ->  (N, D)
    """
    which = np.argmax([margins(net, z, t) for z in tries], axis=0)
    return np.array(tries)[which, np.arange(len(t))]


# ---- attacks that know no gradient ----------------------------------------------------------------------------------

def random_signs(net, x, t, eps, rng, draws=1, low=0.0, high=1.0):
    """Every pixel moved by eps up or down at random; of ``draws`` such pictures the worst for the network."""
    lowest, highest = _box("random_signs", x, eps, low, high)
    tries = [np.clip(x + eps * rng.choice((-1.0, 1.0), size=x.shape), lowest, highest) for _ in range(draws)]
    return tries[0] if draws == 1 else worst_of(net, tries, t)


def towards_a_mean(x, t, eps, known, t_known):
    """Each digit moved towards the nearest mean of another digit: a forger's guess, without any network.

    Shapes: x (N, D), t (N,), known (M, D) and t_known (M,) the digits whose means are taken  ->  (N, D)
    """
    lowest, highest = _box("towards_a_mean", x, eps, 0.0, 1.0)
    means = np.array([known[t_known == k].mean(axis=0) for k in range(10)])
    distance = np.sum((x[:, np.newaxis] - means) ** 2, axis=2)
    distance[np.arange(len(x)), t] = np.inf
    return np.clip(x + eps * np.sign(means[distance.argmin(axis=1)] - x), lowest, highest)


def pixel_by_pixel(net, x, t, eps, sweeps=2, low=0.0, high=1.0):
    """Without a gradient: one pixel after the other is set to the worse end of its range. 2 · 64 forwards a sweep."""
    lowest, highest = _box("pixel_by_pixel", x, eps, low, high)
    z = np.array(x, copy=True)
    worst = margins(net, z, t)
    for d in np.tile(np.arange(x.shape[1]), sweeps):
        for end in (lowest, highest):
            tried = z.copy()
            tried[:, d] = end[:, d]
            found = margins(net, tried, t)
            better = found > worst
            z[better], worst[better] = tried[better], found[better]
    return z


# name: (net, x, t, eps, rng, other) -> the changed pictures; other is another network
WAYS = {
    "nothing": lambda net, x, t, eps, rng, other: x,
    "random signs": lambda net, x, t, eps, rng, other: random_signs(net, x, t, eps, rng),
    "worst of 100 random signs": lambda net, x, t, eps, rng, other: random_signs(net, x, t, eps, rng, draws=100),
    "towards another digit's mean": lambda net, x, t, eps, rng, other: towards_a_mean(
        x, t, eps, *load_digits()[:2]),
    "one step": lambda net, x, t, eps, rng, other: one_step(net, x, t, eps),
    "twenty steps": lambda net, x, t, eps, rng, other: projected_steps(net, x, t, eps),
    "twenty steps on the margin": lambda net, x, t, eps, rng, other: projected_steps(net, x, t, eps, loss=margin_loss),
    "twenty steps, made for another": lambda net, x, t, eps, rng, other: projected_steps(other, x, t, eps),
    "pixel by pixel": lambda net, x, t, eps, rng, other: pixel_by_pixel(net, x, t, eps)}
SINGLE = tuple(WAYS)[:5]


def under_rows(found):
    """Rows of a table of what ``under`` found: way, and the percentage for each eps."""
    ways, sizes = (dict.fromkeys(key[i] for key in found) for i in (0, 1))
    return [[way, *(say(found[way, eps], "{:.1f}") for eps in sizes)] for way in ways]


def under(nets, x, t, sizes, ways=tuple(WAYS)):
    """How many answers of several networks are right under each way of ``WAYS``: ``{(way, eps): percentages, one for
    each network}``. "Another" is the next of the networks.

    Shapes: x (N, D), t (N,)  ->  arrays (networks,)
    """
    nets, found = list(nets), {}
    for way in ways:
        for eps in sizes:
            rng = np.random.default_rng(15)
            found[way, eps] = np.array([right(net, WAYS[way](net, x, t, eps, rng, other), t)
                                        for net, other in zip(nets, [*nets[1:], nets[0]])])
    return found


def masked(net, factor=1e4):
    """The same network with its scores times a factor: the same answers, and a softmax so sure of them that the
    gradient of the loss is exactly 0 in the computer's numbers."""
    loud = deepcopy(net)
    for p in loud.layers[-1].params:
        p.data = factor * p.data
    return loud


# ---- trainings ------------------------------------------------------------------------------------------------------

class Attacked:
    """Batches (attack(x, t), t): each batch is attacked when it is read, so always against the network of the moment.

    Shapes: x (N, D), t (N,)  ->  pairs (size, D), (size,)
    """

    def __init__(self, x, t, size, attack, *, rng):
        self.batches, self.attack = Batches(x, t, size, rng=rng), attack

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for x, t in self.batches:
            yield self.attack(x, t), t


# name: the attack in training, (net, rng) -> (x, t) -> x; how many backwards an update takes; epochs
def _none(net, rng):
    return lambda x, t: x


def _noise(net, rng, eps=EPS):
    return lambda x, t: random_signs(net, x, t, eps, rng)


def _one(net, rng, eps=EPS):
    return lambda x, t: one_step(net, x, t, eps)


def _many(net, rng, eps=EPS, steps=7):
    def attack(x, t):
        start = np.clip(x + rng.uniform(-eps, eps, size=x.shape), 0, 1)
        lowest, highest = np.maximum(x - eps, 0), np.minimum(x + eps, 1)
        for _ in range(steps):
            dx = input_gradient(net, start, softmax_cross_entropy, t)[1]
            start = np.clip(start + 2.5 * eps / steps * _sign("training", dx), lowest, highest)
        return start
    return attack


TRAININGS = {
    "plain": (_none, 1, EPOCHS),
    "plain, 8 times as long": (_none, 1, 8 * EPOCHS),
    "random signs of 0.1": (_noise, 1, EPOCHS),
    "one step of 0.1": (_one, 2, EPOCHS),
    "one step of 0.1, 4 times as long": (_one, 2, 4 * EPOCHS),
    "seven steps of 0.1": (_many, 8, EPOCHS),
    "seven steps of 0.2": (partial(_many, eps=2 * EPS), 8, EPOCHS),
}


def learn(net, x, t, rng, training_of="plain", *, lr=RATE):
    """Train a network one of the ways of ``TRAININGS``. Yields as ``training`` does."""
    attack, _, epochs = TRAININGS[training_of]
    batches = Attacked(x, t, BATCH, attack(net, rng), rng=rng)
    optimizer = Adam(net.params, lr=cosine_schedule(lr, steps=epochs * len(batches)))
    return training(net, softmax_cross_entropy, optimizer, batches, epochs)


def learnt(training_of, seed, *, lr=RATE, fit=None):
    """A network after ``learn``, by default on the training digits; the seed draws weights, order and noise."""
    rng, digits = np.random.default_rng(seed), load_digits()
    net = network(rng)
    for _ in learn(net, *(fit or (digits.x_train, digits.t_train)), rng, training_of, lr=lr):
        pass
    return net


@cache
def shown_networks():
    """The two networks that the explorer attacks, by name; trained when they are first wanted."""
    return {name: learnt(name, 0) for name in ("plain", "one step of 0.1")}


# ---- the experiment: rows (what, training, seed, judged on, value) --------------------------------------------------

SEEDS, SEARCH = range(5), range(100, 102)
GRID, LADDER = (1e-3, 3e-3, 1e-2), (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
COLUMNS = {"clean": "clean", "one step 0.1": "one step, 0.1", "strongest 0.1": "worst of ten, 0.1",
           "pixel by pixel 0.1": "by pixels, 0.1", "from plain 0.1": "copied, 0.1",
           "strongest 0.2": "worst of ten, 0.2"}


def right(net, x, t):
    """The percentage of right answers."""
    return 100 * evaluate(net, x, t)


def rates(name, grid, seeds=SEARCH):
    """How a training does with each learning rate on 288 digits set aside, attacked by twenty steps of 0.1."""
    digits = load_digits()
    order = np.random.default_rng(15).permutation(len(digits.x_train))
    fit, choose = ((digits.x_train[rows], digits.t_train[rows]) for rows in (order[288:], order[:288]))
    Split(fit, choose, (digits.x_test, digits.t_test))
    for lr in grid:
        for seed in seeds:
            net = learnt(name, seed, lr=lr, fit=fit)
            yield f"rate {lr:g}", name, seed, "set aside", right(net, projected_steps(net, *choose, EPS), choose[1])


def chosen_rate(rows, name):
    """The rate with the highest mean in rows of ``rates``, and is it at the grid's edge?"""
    found = {}
    for what, training_of, _, _, value in rows:
        if training_of == name and what.startswith("rate "):
            found.setdefault(float(what[5:]), []).append(float(value))
    best = max(found, key=lambda lr: np.mean(found[lr]))
    return best, best in (min(found), max(found))


def attacked(net, seed, others):
    """All attacks on one network: pairs (what, the percentage of right answers on the test digits).

    others   ``{name: network}`` for which digits are made that this one is shown, too
    """
    digits, rng = load_digits(), np.random.default_rng(1000 + seed)
    x, t = digits.x_test, digits.t_test
    made = {"clean": x, "random signs 0.1": random_signs(net, x, t, EPS, rng),
            "worst of 100 random 0.1": random_signs(net, x, t, EPS, rng, draws=100),
            "towards a mean 0.1": towards_a_mean(x, t, EPS, digits.x_train, digits.t_train),
            "one step 0.1": one_step(net, x, t, EPS),
            "twenty steps 0.1": projected_steps(net, x, t, EPS),
            "strongest 0.1": strongest(net, x, t, EPS, rng),
            "pixel by pixel 0.1": pixel_by_pixel(net, x, t, EPS),
            "strongest 0.2": strongest(net, x, t, 2 * EPS, rng),
            "twenty steps 0.5": projected_steps(net, x, t, 5 * EPS),
            **{f"from {name} 0.1": projected_steps(other, x, t, EPS) for name, other in others.items()}}
    for what, z in made.items():
        yield what, right(net, z, t)


def judged(nets, seeds=SEEDS):
    """The rows of all attacks on ``nets``, ``{(training, seed): network}``."""
    new = load_new_writers()
    for (name, seed), net in nets.items():
        after = seeds[(list(seeds).index(seed) + 1) % len(seeds)]
        others = {"plain": nets["plain", after], "its like": nets[name, after]}
        for what, value in attacked(net, seed, others):
            yield what, name, seed, "test digits", value
        yield "clean", name, seed, "new writers", right(net, new.x, new.t)
        yield ("twenty steps 0.1", name, seed, "new writers",
               right(net, projected_steps(net, new.x, new.t, EPS), new.t))


# ---- what was stored ------------------------------------------------------------------------------------------------

def measured(what, side="test digits"):
    """``{training: array, one percentage a seed}`` of one attack."""
    found = {}
    for kind, name, _, where, value in read_table(FILE)[1]:
        if kind == what and where == side:
            found.setdefault(name, []).append(float(value))
    return {name: np.array(values) for name, values in found.items()}


def origin_rates():
    """The learning rates that were chosen, as the origin tells them: texts such as "0.003 (plain)"."""
    return re.findall(r"[\d.]+ \([^)]*\)", origin(FILE)["steps"].split(": ", 1)[1])


def rows_of_trainings():
    """Rows of a table: training, its cost (backwards over those of plain), its rate, % right under each attack."""
    found = {what: measured(what) for what in COLUMNS}
    rates = [text.split(" (")[0] for text in origin_rates()]
    return [[name, backwards * epochs // EPOCHS, rate, *(say(found[what][name], "{:.1f}") for what in COLUMNS)]
            for (name, (_, backwards, epochs)), rate in zip(TRAININGS.items(), rates)]


HEADER = ("training", "cost", "rate", *COLUMNS.values())


def better_rows():
    """Rows of a table: is the first training of a pair more often right than the second? Seed by seed."""
    return [[a, b, *(better(a, b, what) for what in COMPARED)] for a, b in PAIRS]


def better(a, b, what, side="test digits"):
    """Is training a more often right than b under an attack? "yes", "no" or "not told apart", seed by seed."""
    found = measured(what, side)
    return told(found[a] - found[b])


def hidden():
    """Could a gradient be hidden? ``(networks, in how many of them no other attack of 0.1 fools more than the worst of
    ten, the largest percentage right after twenty steps of 0.5)``."""
    worst, others = measured("strongest 0.1"), [measured(what) for what in (
        "one step 0.1", "twenty steps 0.1", "pixel by pixel 0.1", "from plain 0.1", "from its like 0.1",
        "worst of 100 random 0.1", "towards a mean 0.1")]
    held = [(np.min([other[name] for other in others], axis=0) >= worst[name] - 1e-9) for name in TRAININGS]
    return np.size(held), int(np.sum(held)), max(map(np.max, measured("twenty steps 0.5").values()))


PAIRS = (("plain, 8 times as long", "plain"), ("random signs of 0.1", "plain"),
         ("one step of 0.1", "random signs of 0.1"), ("one step of 0.1", "plain, 8 times as long"),
         ("seven steps of 0.1", "one step of 0.1"),
         ("seven steps of 0.1", "one step of 0.1, 4 times as long"), ("seven steps of 0.2", "seven steps of 0.1"))
COMPARED = {"clean": "clean", "strongest 0.1": "worst of ten, 0.1", "strongest 0.2": "worst of ten, 0.2"}


def main():
    import sys

    rows, nets = [], {}

    def keep(found):
        rows.extend([*row[:4], f"{row[4]:.6g}"] for row in found)
        print(rows[-1], len(rows), file=sys.stderr, flush=True)

    for name in TRAININGS:
        keep(rates(name, GRID))
        grid = list(GRID)
        while chosen_rate(rows, name)[1]:               # at its edge: the grid is widened
            best = LADDER.index(chosen_rate(rows, name)[0])
            wider = [lr for lr in LADDER[best - 1:best + 2] if lr not in grid]
            grid += wider
            keep(rates(name, wider))
        for seed in SEEDS:
            nets[name, seed] = learnt(name, seed, lr=chosen_rate(rows, name)[0])
    keep(judged(nets))
    facts = made_now(
        command="python -m course_lib.studies.attacks",
        steps=f"{EPOCHS} epochs of Adam, or as many times more as the training's name says, batches of {BATCH}, a rate "
              "falling to 0 in half a cosine: " + ", ".join(f"{chosen_rate(rows, n)[0]:g} ({n})" for n in TRAININGS),
        seeds="0 to 4, rates 100 and 101; a seed draws starting weights, order, noise and the attacks' random starts",
        sizes="1,442 digits fitted, 355 others of the same 13 writers and 3,823 of 30 new writers judged; rates: 1,154 "
              "of the 1,442 fitted, 288 chosen on, under twenty steps of 0.1",
        averaging="none: the percentage of right answers of one network under one attack",
        data=with_checksum("digits.npz", "new_writers.npz"))
    write_table(FILE, ["what", "training", "seed", "judged on", "value"], rows, facts)


if __name__ == "__main__":
    main()
