"""People never met: what lesson 04's network makes of digits by writers whom it was not trained on, and why.

Four experiments, with the recipe of the lesson:

- both ways    train on the 13 writers or on the 30 others, judge on further digits of the same and on all of the others
- by form      each digit of the 13 judged by networks that have met its form, by networks that have not, and by
               networks that have met the 30 others instead
- how many     the same number of digits from few forms and from many, judged on the 30
- moves        training images moved, turned, made larger by chance: chosen on forms left out, judged on the 30

``python -m course_lib.studies.writers`` runs them (about ten minutes) and writes ``data/writers_figures.csv``, which
the functions of the last part read.
"""

from functools import partial

import numpy as np

from course_lib.data import Batches, digit_forms, load_digits, load_new_writers, moved, shifted
from course_lib.data.digits import FORMS
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import Split, compare, say
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.digit_networks import sigmoid_network
from course_lib.training import evaluate, train_step

SIZES, UPDATES, BATCH, RATE = (64, 96, 72, 48, 10), 4500, 32, 0.2
SHIFTS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))         # the five copies of the lesson
FILE = "writers_figures.csv"
SEEDS = range(4, 9)                                         # the starts of the lesson


# ---- one training -------------------------------------------------------------------------------------------------

def learn(x, t, seed, change=None):
    """The network of lesson 04 after ``UPDATES`` updates on the images x, t.

    change   ``change(x, rng)``: the images of a batch, made anew each time; without it, the five copies of the lesson
    """
    rng = np.random.default_rng(seed)
    net = sigmoid_network(rng, SIZES)
    if change is None:
        x, t = np.concatenate([shifted(x, *shift) for shift in SHIFTS]), np.tile(t, len(SHIFTS))
    batches, optimizer, step = Batches(x, t, BATCH, rng=rng), SGD(net.params, lr=RATE, momentum=0.9), 0
    while True:
        for x_batch, t_batch in batches:
            train_step(net, softmax_cross_entropy, optimizer, change(x_batch, rng) if change else x_batch, t_batch)
            step += 1
            optimizer.lr = RATE * (1 - step / UPDATES)
            if step == UPDATES:
                return net


def percent_wrong(net, x, t):
    """How many of 100 digits are read wrongly."""
    return 100 - 100 * evaluate(net, x, t)


def everything():
    """All digits of the 13 writers, training rows before test rows: x, t, and the form of each."""
    digits, forms = load_digits(), digit_forms()
    return (np.concatenate([digits.x_train, digits.x_test]), np.concatenate([digits.t_train, digits.t_test]),
            np.concatenate(forms))


# ---- the experiments: rows (experiment, setting, seed, judged on, errors in %) --------------------------------------

def both_ways(seeds):
    """Train on 1,442 digits of one group; judge on 355 others of the same group, and on all of the other group."""
    groups = {"13": everything()[:2], "30": load_new_writers()}
    for seed in seeds:
        for name, other in (("13", "30"), ("30", "13")):
            x, t = groups[name]
            order = np.random.default_rng(seed).permutation(len(t))
            fit, judged = order[:1442], order[1442:1797]
            net = learn(x[fit], t[fit], seed)
            yield "both ways", name, seed, name, percent_wrong(net, x[judged], t[judged])
            yield "both ways", name, seed, other, percent_wrong(net, *groups[other])


def by_form(seeds):
    """Each form judged in fifths by networks that were trained on its other four fifths ("met"), as a whole by networks
    that were trained on as many digits of the other forms only ("new"), and by networks that were trained on the other
    forms and on the 30 writers ("new, more people": the first three seeds, as these trainings are many)."""
    (x, t, forms), more = everything(), load_new_writers()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        fifth = rng.permutation(len(t)) % 5
        met, new = np.empty(len(t), bool), np.empty(len(t), bool)
        for k in range(5):
            net = learn(x[fifth != k], t[fifth != k], seed)
            met[fifth == k] = net(x[fifth == k])[0].argmax(axis=1) != t[fifth == k]
        size = int(np.sum(fifth != 0))
        for form in range(len(FORMS)):
            rows = rng.permutation(np.flatnonzero(forms != form))[:size]
            net = learn(x[rows], t[rows], seed)
            new[forms == form] = net(x[forms == form])[0].argmax(axis=1) != t[forms == form]
            yield "by form", "met", seed, form, 100 * met[forms == form].mean()
            yield "by form", "new", seed, form, 100 * new[forms == form].mean()
            if seed in seeds[:3]:
                both = np.concatenate([x[forms != form], more.x]), np.concatenate([t[forms != form], more.t])
                net = learn(*both, seed)
                yield "by form", "new, more people", seed, form, percent_wrong(net, x[forms == form], t[forms == form])


def how_many(seeds, numbers=(2, 4, 8, 14), size=224):
    """Train on ``size`` digits of few forms or of many, drawn anew with each seed; judge on the 30 writers."""
    x, t, forms = everything()
    for seed in seeds:
        for number in numbers:
            rng = np.random.default_rng(seed)
            chosen = rng.permutation(len(FORMS))[:number]
            rows = np.concatenate([rng.permutation(np.flatnonzero(forms == form))[:size // number] for form in chosen])
            yield "how many", number, seed, "30", percent_wrong(learn(x[rows], t[rows], seed), *load_new_writers())


def changes(turn=0.0, size=0.0, by=0.0):
    """A ``change`` for ``learn``: each image turned by up to ``turn`` degrees, made up to ``size`` larger or smaller,
    moved by up to ``by`` pixels along each axis."""
    def change(x, rng):
        turns, sizes, down, right = rng.uniform(-1, 1, size=(4, len(x)))
        return moved(x, np.radians(turn) * turns, 1 + size * sizes, by * down, by * right)
    return change


KINDS = {                                                   # strength 1 is about what the lesson's copies do
    "moved": lambda strength: changes(by=strength),
    "turned": lambda strength: changes(turn=10 * strength),
    "size": lambda strength: changes(size=0.1 * strength),
    "all three": lambda strength: changes(10 * strength, 0.1 * strength, strength)}
LEFT_OUT = (2, 3, 4, 5)         # forms to choose on: those least like any other: as far as pixels tell, by nobody else


def parts():
    """A ``Split``: training digits of ten forms to fit, of four to choose; the 30 new writers to judge."""
    digits, (forms, _) = load_digits(), digit_forms()
    out = np.isin(forms, LEFT_OUT)
    return Split((digits.x_train[~out], digits.t_train[~out]), (digits.x_train[out], digits.t_train[out]),
                 tuple(load_new_writers()))


def moves(seeds, search_seeds, **options):
    """``compare`` chooses a strength for each kind of change; then it is trained on all 1,442 digits, and judged."""
    digits, split = load_digits(), parts()
    every = digits.x_train, digits.t_train

    def trial(kind, strength, seed, fit, judged):
        net = learn(*(every if judged is split.judge else fit), seed, kind(strength))
        return {"errors": percent_wrong(net, *judged), "met": percent_wrong(net, digits.x_test, digits.t_test)}
    result = compare(KINDS, trial, values=(0.5, 1, 2), split=split, search_seeds=search_seeds, seeds=seeds,
                     by="errors", **options)
    for name in KINDS:
        for i, seed in enumerate(seeds):
            setting = f"{name}, {result.chosen[name]:g}"
            yield "moves", setting, seed, "13", result.measured("met")[name][i]
            yield "moves", setting, seed, "30", result.measured("errors")[name][i]
        for strength, errors in zip(result.values, result.search[name]):
            yield "search", f"{name}, {strength:g}", "mean", "forms left out", errors
    for name, change in (("nothing", lambda x, rng: x), ("five copies", None)):
        for seed in seeds:
            net = learn(*every, seed, change)
            yield "moves", name, seed, "13", percent_wrong(net, digits.x_test, digits.t_test)
            yield "moves", name, seed, "30", percent_wrong(net, *load_new_writers())
        found = [percent_wrong(learn(*split.fit, seed, change), *split.choose) for seed in search_seeds]
        yield "search", name, "mean", "forms left out", np.mean(found)


# ---- what the file tells --------------------------------------------------------------------------------------------

def measured(experiment):
    """``{(setting, judged on): errors in %, one a seed}`` of one experiment, from the stored file."""
    found = {}
    for name, setting, _, judged, errors in read_table(FILE)[1]:
        if name == experiment:
            found.setdefault((setting, judged), []).append(float(errors))
    return {key: np.array(errors) for key, errors in found.items()}


def both_ways_rows():
    """Rows of a table: trained on, errors on further digits of the same people, on the other people."""
    found = measured("both ways")
    return [[f"1,442 digits of {name}", say(found[name, name], "{:.1f}"), say(found[name, other], "{:.1f}")]
            for name, other in (("13", "30"), ("30", "13"))]


def by_form_errors():
    """``{"met": errors (14,), "new": errors (14,), "new, more people": errors (14,)}``: of the forms, each a mean over
    the seeds."""
    found = measured("by form")
    return {setting: np.array([found[setting, str(form)].mean() for form in range(len(FORMS))])
            for setting in ("met", "new", "new, more people")}


def by_form_rows():
    """Rows of a table: what the form was to the networks, errors, and how much more than where it was met."""
    found, rows = by_form_errors(), []
    for setting, name in (("met", "met"), ("new", "not met"), ("new, more people", "not met, the 30 learnt from too")):
        more = say(found[setting] - found["met"], "{:.1f}") if setting != "met" else "–"
        rows.append([name, say(found[setting], "{:.1f}"), more])
    return rows


def how_many_rows():
    """Rows of a table: number of forms, errors on the 30 writers."""
    return [[int(number), say(errors, "{:.1f}")] for (number, _), errors in measured("how many").items()]


def moves_errors():
    """``{change: {"strength": text, "13": errors, "30": errors}}``, the errors one a start."""
    found = {}
    for (setting, judged), errors in measured("moves").items():
        name, _, strength = setting.partition(", ")
        found.setdefault(name, {"strength": strength or "–"})[judged] = errors
    return found


def moves_rows():
    """Rows of a table: change of the training images, its strength, errors on the forms that chose it, on the 13
    writers, on the 30, and by how much the latter differ from those without a change, start by start."""
    found, searched, rows = moves_errors(), measured("search"), []
    for name in sorted(found, key=lambda name: found[name]["strength"] != "–"):
        of, setting = found[name], name if found[name]["strength"] == "–" else f"{name}, {found[name]['strength']}"
        more = say(of["30"] - found["nothing"]["30"], "{:.1f}") if name != "nothing" else "–"
        rows.append([name, of["strength"], f"{searched[setting, 'forms left out'][0]:.1f}", say(of["13"], "{:.1f}"),
                     say(of["30"], "{:.1f}"), more])
    return rows


def tables():
    """What lesson 04 shows: (rows, header, caption) of four tables."""
    form = ["the form was", "wrong (%)", "more than met (points)"]
    moves = ["training images", "strength", "forms left out (%)", "the 13 (%)", "the 30 (%)",
             "more than nothing (points)"]
    return [(both_ways_rows(), ["trained on", "the same people (%)", "the other people (%)"],
             "Both ways: wrong digits, mean of ten draws and 95 % interval"),
            (by_form_rows(), form, "Form by form: wrong digits, mean of 14 forms and 95 % interval over forms"),
            (how_many_rows(), ["forms", "wrong of the 30 people's digits (%)"],
             "More people: 224 digits to learn from, mean of ten draws and 95 % interval"),
            (moves_rows(), moves, "Changed images: wrong digits, mean of five starts and 95 % interval")]


def main():
    import sys

    rows = []
    for experiment in (partial(both_ways, range(10)), partial(by_form, SEEDS), partial(how_many, range(10)),
                       partial(moves, SEEDS, range(100, 103))):
        for name, setting, seed, judged, errors in experiment():
            rows.append([name, setting, seed, judged, f"{errors:.4f}"])
            print(*rows[-1], file=sys.stderr, flush=True)
    facts = made_now(
        command="python -m course_lib.studies.writers",
        steps=f"{UPDATES} updates of momentum 0.9, batches of {BATCH}, a rate falling from {RATE} to 0 in a line",
        seeds="both ways and how many 0 to 9, by form and moves 4 to 8 (with more people 4 to 6), search 100 to 102; a "
              "seed draws starting weights and order, and what is fitted and judged, except in moves",
        sizes="both ways: 1,442 digits fitted, 355 others of the same people and all of the other people judged; by "
              "form: 1,437 or 1,438 fitted, with more people 3,823 and all digits of the other forms, each of 1,797 "
              "judged by all three; how many: 224 fitted, 3,823 judged; moves: strengths 0.5, 1, 2, widened twice at "
              "an end for all, chosen on training digits of four forms when fitted to those of ten; then 1,442 fitted, "
              "355 and 3,823 judged",
        averaging="none: errors of one network, in %; by form: of one form and seed; search: the mean of three seeds",
        data=with_checksum("digits.npz", "new_writers.npz"))
    write_table(FILE, ["experiment", "setting", "seed", "judged on", "errors (%)"], rows, facts)


if __name__ == "__main__":
    main()
