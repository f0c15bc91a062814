"""What the data allow: labels that are wrong, labels that mean nothing, few examples, people never met.

- noise      a share of the labels is drawn anew among all ten digits; with share 1 they mean nothing. For comparison a
             noise with a rule: the next digit
- stopping   the epoch at which labels set aside, as noisy as the others, are told best
- amounts    from 10 examples to 1,442, beside the nearest neighbour, which learns nothing
- people     what lessons 04, 11 and 12 stored about people met and never met, side by side

``python -m course_lib.studies.noisy_labels`` runs them (some minutes of one core) and writes
``data/noisy_labels_figures.csv``. Lesson 15, section 6.
"""

import numpy as np

from course_lib.data import Batches, load_digits, load_new_writers
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import Split, compare, say, told
from course_lib.layers import Dense, ReLU, Sequential
from course_lib.optim.first_order import Adam
from course_lib.rules.functions import softmax
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import writers
from course_lib.studies.commands import people_figures
from course_lib.studies.commands.measured import runs
from course_lib.studies.faces.elsewhere import elsewhere_figures
from course_lib.training import predict, train_step

HIDDEN, RATE, BATCH = 128, 1e-3, 32
STOPS = (1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 40, 50, 65, 80, 100, 125, 150)      # epochs
SHARES, RULED = (0.0, 0.2, 0.4, 0.6, 1.0), 0.4
AMOUNTS, UPDATES = (10, 30, 100, 300, 1000, 1442), 1500
SEEDS, SEARCH = range(4, 9), range(100, 103)
FILE = "noisy_labels_figures.csv"


# ---- labels ---------------------------------------------------------------------------------------------------------

def noisy(t, share, rng, *, ruled=False):
    """The labels, a share of them drawn anew among the ten digits (of which one in ten is right by chance).

    ruled   not drawn, but the next digit: 0 becomes 1, 9 becomes 0

    Shapes: t (N,)  ->  (N,), a new array. Lesson 15, (15.21).
    """
    if not 0 <= share <= 1:
        raise ValueError(f"noisy: share must lie between 0 and 1, got {share!r}; 0.2 draws a fifth of the labels anew")
    t = np.array(t)
    rows = rng.permutation(len(t))[:round(share * len(t))]
    t[rows] = (t[rows] + 1) % 10 if ruled else rng.integers(10, size=len(rows))
    return t


def expected_gradient(p, t, share):
    """What a noisy label's gradient at the logits is in the mean: p − (1 − ρ) e_t − ρ/K.

    Shapes: p (N, K), t (N,)  ->  (N, K). Lesson 15, (15.22).
    """
    K = p.shape[1]
    return p - (1 - share) * np.eye(K)[t] - share / K


def slopes_apart(share, draws, seed):
    """The largest difference between ``mean_slope`` of so many draws and ``expected_gradient``, for three digits."""
    rng, truth = np.random.default_rng(seed), np.array([3, 5, 8])
    logits = rng.normal(size=(3, 10))
    return abs(mean_slope(logits, truth, share, draws, rng)
               - expected_gradient(softmax(logits)[0], truth, share)).max()


def mean_slope(logits, t, share, draws, rng):
    """The gradient at the logits of the loss with labels drawn anew, in the mean over so many draws.

    Shapes: logits (N, K), t (N,)  ->  (N, K)
    """
    given = noisy(np.tile(t, draws), share, rng)
    slopes = len(given) * softmax_cross_entropy(np.tile(logits, (draws, 1)), given)[1]()
    return slopes.reshape(draws, *logits.shape).mean(axis=0)


# ---- one training ---------------------------------------------------------------------------------------------------

def network(rng, hidden=HIDDEN):
    """64 pixels, two layers of ReLU units, ten digits, in float32."""
    sizes = 64, hidden, hidden, 10
    dense = [Dense(n_in, n_out, rng=rng, dtype=np.float32) for n_in, n_out in zip(sizes, sizes[1:])]
    return Sequential(dense[0], ReLU(), dense[1], ReLU(), dense[2])


def right(net, x, t):
    """How many of 100 digits get the answer t."""
    return 100 * float(np.mean(predict(net, x).argmax(axis=1) == t))


def learning(x, t, seed, epochs=STOPS[-1], *, hidden=HIDDEN, rate=RATE):
    """Train on (x, t); yields the network after each epoch."""
    rng = np.random.default_rng(seed)
    net = network(rng, hidden)
    optimizer, batches = Adam(net.params, lr=rate), Batches(x, t, BATCH, rng=rng)
    for _ in range(epochs):
        for x_batch, t_batch in batches:
            train_step(net, softmax_cross_entropy, optimizer, x_batch, t_batch)
        yield net


# ---- the experiments: rows (what, setting, seed, epoch, judged on, right) --------------------------------------------

def aside():
    """Training digits to fit (1,154) and 288 to choose on, and the held-out ones: three pairs (x, t)."""
    digits = load_digits(dtype=np.float32)
    order = np.random.default_rng(15).permutation(len(digits.t_train))
    fit, choose = order[288:], order[:288]
    return ((digits.x_train[fit], digits.t_train[fit]), (digits.x_train[choose], digits.t_train[choose]),
            (digits.x_test, digits.t_test))


NOISES = {**{f"{share:g}": {"share": share} for share in SHARES},
          "0.4, the next digit": {"share": RULED, "ruled": True},
          "0.4, wider": {"share": 0.4, "hidden": 256}, "0.4, faster": {"share": 0.4, "rate": 3e-3},
          "1, wider": {"share": 1.0, "hidden": 256}, "1, faster": {"share": 1.0, "rate": 3e-3}}


def noises(seeds=SEEDS, settings=NOISES, stops=STOPS):
    """Fitted to noisy labels: told as given, told as set aside (just as noisy), and the truth on held-out digits."""
    (x, t), (x_aside, t_aside), held_out = aside()
    for name, setting in settings.items():
        share, ruled = setting["share"], setting.get("ruled", False)
        how = {key: value for key, value in setting.items() if key in ("hidden", "rate")}
        for seed in seeds:
            rng = np.random.default_rng(1000 + seed)
            given, given_aside = (noisy(labels, share, rng, ruled=ruled) for labels in (t, t_aside))
            for epoch, net in enumerate(learning(x, given, seed, stops[-1], **how), 1):
                if epoch in stops:
                    for judged, data in (("given", (x, given)), ("set aside", (x_aside, given_aside)),
                                         ("held out", held_out)):
                        yield "noise", name, seed, epoch, judged, right(net, *data)


def learnt(share, seed=4):
    """The curves (``curves_of``) of one start, made now."""
    name = f"{share:g}"
    return curves_of(name, list(noises((seed,), {name: {"share": share}})))


def few(x, t, number, rng):
    """``number`` rows, as equally many of each digit as can be. Shapes: x (N, D), t (N,)  ->  two arrays"""
    order = rng.permutation(len(t))
    turn = np.empty(len(t), int)
    for digit in np.unique(t):
        rows = order[t[order] == digit]
        turn[rows] = np.arange(len(rows))
    rows = order[np.argsort(turn[order], kind="stable")][:number]
    return x[rows], t[rows]


def nearest(x, t, judged):
    """The label of the nearest example. Shapes: x (N, D), t (N,), judged (M, D)  ->  (M,)"""
    squares = np.sum(x ** 2, axis=1) - 2 * judged @ x.T
    return t[squares.argmin(axis=1)]


def amounts(seeds=range(4, 14), search_seeds=SEARCH, numbers=AMOUNTS, updates=UPDATES):
    """From few digits to all: a network whose rate is chosen for each number, and the nearest neighbour."""
    fit, choose, held_out = aside()
    split, new = Split(fit, choose, held_out), load_new_writers(dtype=np.float32)
    everything = np.concatenate([fit[0], choose[0]]), np.concatenate([fit[1], choose[1]])

    def drawn(number, seed, judged):
        return few(*(everything if judged is split.judge else fit), number, np.random.default_rng(seed))

    def trial(number, rate, seed, _, judged):
        x, t = drawn(number, seed, judged)
        rng = np.random.default_rng(seed)
        net = network(rng)
        optimizer, batches, step = Adam(net.params, lr=rate), Batches(x, t, BATCH, rng=rng), 0
        while step < updates:
            for x_batch, t_batch in batches:
                train_step(net, softmax_cross_entropy, optimizer, x_batch, t_batch)
                step += 1
                optimizer.lr = rate * (1 - step / updates)
                if step == updates:
                    break
        return {"held out": right(net, *judged), "new writers": right(net, new.x, new.t)}

    result = compare({number: number for number in numbers}, trial, values=(1e-3, 10 ** -2.5, 1e-2), split=split,
                     search_seeds=search_seeds, seeds=seeds, by="held out", higher=True, widen=4)
    for number in numbers:
        yield "rate", number, "chosen", "at the grid's edge" if result.at_edge(number) else "within the grid", \
            "set aside", result.chosen[number]
        for i, seed in enumerate(seeds):
            x, t = drawn(number, seed, split.judge)
            for judged, (x_judged, t_judged) in (("held out", held_out), ("new writers", new)):
                yield "network", number, seed, "", judged, result.measured(judged)[number][i]
                yield ("nearest", number, seed, "", judged, 100 * float(np.mean(nearest(x, t, x_judged) == t_judged)))


# ---- what was stored ------------------------------------------------------------------------------------------------

NOISE = ["labels drawn anew", "given labels (%), at the end", "held out (%), best epoch seen", "held out (%), stopped",
         "at epoch", "held out (%), at the end"]
AMOUNT = ["examples", "network, held out (%)", "nearest, held out (%)", "network, new writers (%)",
          "nearest, new writers (%)", "network ahead, held out", "network ahead, new writers"]


def curves_of(setting, rows=None):
    """``{judged on: (seeds, epochs)}`` of one noise, for the epochs ``STOPS``."""
    found = {}
    for what, name, seed, epoch, judged, value in rows or read_table(FILE)[1]:
        if what == "noise" and name == setting:
            found.setdefault(judged, {}).setdefault(seed, []).append(float(value))
    return {judged: np.array(list(by_seed.values())) for judged, by_seed in found.items()}


def nothing():
    """The curves of a training that was not made: NaN."""
    return {judged: np.full((1, len(STOPS)), np.nan) for judged in ("given", "set aside", "held out")}


def stopped(curves):
    """Held out, at the epoch where labels set aside are told best, seed by seed: (values, epochs)."""
    best = curves["set aside"].argmax(axis=1)
    return curves["held out"][np.arange(len(best)), best], np.array(STOPS)[best]


def noise_rows(settings=tuple(NOISES)):
    """Rows of a table: noise, given labels told at the end, held-out digits at the best epoch (chosen on themselves,
    which flatters), at the epoch chosen on noisy labels set aside, and at the end."""
    rows, stored = [], read_table(FILE)[1]
    for setting in settings:
        found = curves_of(setting, stored)
        values, epochs = stopped(found)
        rows.append([setting, say(found["given"][:, -1], "{:.1f}"), say(found["held out"].max(axis=1), "{:.1f}"),
                     say(values, "{:.1f}"), f"{epochs.min()} to {epochs.max()}",
                     say(found["held out"][:, -1], "{:.1f}")])
    return rows


def amounts_measured():
    """``{("network" or "nearest", examples, judged on): array, one value a seed}``."""
    found = {}
    for what, number, _, _, judged, value in read_table(FILE)[1]:
        if what in ("network", "nearest"):
            found.setdefault((what, int(number), judged), []).append(float(value))
    return {key: np.array(values) for key, values in found.items()}


def amount_rows():
    """Rows of a table: examples, right answers of network and nearest neighbour on held-out digits and on new writers',
    and what their differences have told."""
    found, sides = amounts_measured(), ("held out", "new writers")
    return [[f"{number:,}", *(say(found[rival, number, side], "{:.1f}") for side in sides
                              for rival in ("network", "nearest")),
             *(told(found["network", number, side] - found["nearest", number, side]) for side in sides)]
            for number in AMOUNTS]


def ahead_from(side="held out"):
    """The fewest examples from which on the network is ahead of the nearest neighbour, or "never"."""
    found = amounts_measured()
    ahead = [told(found["network", number, side] - found["nearest", number, side]) == "yes" for number in AMOUNTS]
    last = max((i + 1 for i, yes in enumerate(ahead) if not yes), default=0)
    return (*(f"{number:,}" for number in AMOUNTS), "never")[last]


PEOPLE = ["lesson", "wrong, met (%)", "wrong, never met (%)", "who was never met"]
READ = ("writers_figures.csv", "commands_figures.csv", "people_figures.csv", "faces_elsewhere_figures.csv")
LESSONS = {"00": "00_start_here.ipynb", "04": "04_backpropagation_in_matrices.ipynb",
           "11": "11_recognising_faces.ipynb", "12": "12_understanding_voice_commands.ipynb"}


def people_rows():
    """Rows of a table: what the thread of lessons 00, 04, 11 and 12 found of people met and never met, in % wrong, read
    from what those lessons stored."""
    both, form = writers.measured("both ways"), writers.by_form_errors()
    random, speaker, engine = 100 - 100 * runs("split", ("random plain", "speaker plain", "engine plain")).T
    everyone = people_figures().part("all")[0]
    faces = {row.name: 100 * row.share for row in elsewhere_figures().part("equal error rate")
             if row.answer == "network"}
    first, *others = faces.values()
    low, high = sorted((100 - 100 * everyone.low, 100 - 100 * everyone.high))
    return [["00: digits", say(both["13", "13"], "{:.1f}"), say(both["13", "30"], "{:.1f}"), "30 other writers"],
            ["04: digits, form by form", say(form["met"], "{:.1f}"), say(form["new"], "{:.1f}"),
             "the writer of the form, its digits the same"],
            ["11: faces, equal error rate", "–", f"{first:.1f}", "10 people of the same laboratory"],
            ["11: faces, equal error rate", "–", f"{min(others):.1f} to {max(others):.1f}",
             "people of five sets of photographs from elsewhere"],
            ["12: words by programs", say(random, "{:.1f}"), say(speaker, "{:.1f}"), "voices of the same programs"],
            ["12: words by programs", say(random, "{:.1f}"), f"{engine.mean():.1f}", "a program, mean of four"],
            ["12: words, the stored networks", "–", f"{100 - 100 * everyone.share:.1f} ({low:.1f} to {high:.1f})",
             "six people, no program"]]


def main():
    import sys

    rows = []
    for experiment in (noises, amounts):
        for row in experiment():
            rows.append([*row[:5], f"{row[5]:.4g}"])
        print(*rows[-1], len(rows), file=sys.stderr, flush=True)
    facts = made_now(
        command="python -m course_lib.studies.noisy_labels",
        steps=f"Adam, batches of {BATCH}; noise: {STOPS[-1]} epochs, rate {RATE} (faster: 0.003); amounts: {UPDATES} "
              "updates, a rate falling to 0 in a line",
        seeds="noise 4 to 8, amounts 4 to 13, search 100 to 102; a seed draws starting weights and order, the noise, "
              "and which examples are learnt from",
        sizes="noise: 1,154 digits fitted, 288 set aside, 355 held out; amounts: a rate is chosen for each number on "
              "288 set aside, then drawn from all 1,442, judged on 355 held out and on 3,823 of 30 new writers",
        averaging="none: right answers of one network, of 100, after an epoch",
        data=with_checksum("digits.npz", "new_writers.npz"))
    write_table(FILE, ["what", "setting", "seed", "epoch", "judged on", "right"], rows, facts)


if __name__ == "__main__":
    main()
