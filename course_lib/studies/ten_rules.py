"""Ten optimizers on the 8 × 8 digits, compared as it is often done, and fairly: lesson 06, section 6.

``python -m course_lib.studies.ten_rules`` makes the fair comparison again with other seeds, five times, and writes
``data/ten_rules_figures.csv``, which ``again`` counts. It takes some minutes.
"""

from functools import cache, partial

import numpy as np

from course_lib.data import Batches, load_digits
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import Split, compare, curve
from course_lib.optim.curvature import gauss_newton_bartlett
from course_lib.optim.first_order import SGD, AdaDelta, AdaGrad, Adam, AdamW, Muon, RMSprop, Sophia, Together
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.digit_networks import loss_on, network
from course_lib.training import evaluate, training


@cache
def parts():
    """The digits as a ``Split``: 1154 to fit, 288 of the training images to choose, the 355 test images to judge."""
    digits, order = load_digits(), np.random.default_rng(6).permutation(1442)
    fit, choose = [(digits.x_train[rows], digits.t_train[rows]) for rows in (order[288:], order[:288])]
    return Split(fit, choose, (digits.x_test, digits.t_test))


# ---- as it is often done -------------------------------------------------------------------------------------

def report(make, split, rates=(0.001, 0.01, 0.1), epochs=10, last="keep"):
    """The best loss that an optimizer reaches with one of the rates, and that rate."""
    found = []
    for lr in rates:
        rng = np.random.default_rng(0)
        net = network(rng)
        optimizer, batches = make(net.params, lr=lr), Batches(*split.fit, 64, rng=rng, last=last)
        for _ in training(net, softmax_cross_entropy, optimizer, batches, epochs):
            pass
        found.append((loss_on(net, *split.choose), lr))
    return min(found)


def report_changed():
    """What ``report`` says of descent and Adam with one thing changed at a time: rows (change, descent, Adam)."""
    split = parts()
    tested = Split(split.fit, split.judge, split.choose)
    changes = {"nothing": (split, {}), "the batch of two left out": (split, {"last": "drop"}),
               "the rate 1 tried, too": (split, {"rates": (0.001, 0.01, 0.1, 1)}),
               "judged on test images": (tested, {"rates": (0.1,)})}            # the rate that was chosen
    return [[words, *("%.3f at %s" % report(make, data, **options) for make in (SGD, Adam))]
            for words, (data, options) in changes.items()]


# ---- fairly --------------------------------------------------------------------------------------------------

def muon(params, lr):
    """Muon for the matrices, AdamW with the same rate for the biases."""
    return Together(Muon([p for p in params if p.data.ndim == 2], lr=lr),
                    AdamW([p for p in params if p.data.ndim == 1], lr=lr))


FIELD = {"descent": SGD, "momentum": partial(SGD, momentum=0.9),
         "Nesterov": partial(SGD, momentum=0.9, nesterov=True), "AdaGrad": AdaGrad, "RMSprop": RMSprop,
         "AdaDelta": AdaDelta, "Adam": Adam, "AdamW": AdamW, "Sophia": Sophia, "Muon": muon}
GROUPS = (("descent", "momentum", "Nesterov", "AdaGrad", "RMSprop"),       # of a figure with two panels
          ("descent", "AdaDelta", "Adam", "Sophia", "Muon"))
RATES = np.geomspace(1e-3, 10 ** 1.5, 10)
EPOCHS = 18 * np.arange(1, 11)          # updates: an epoch has 18 batches, of 64 images and one of 66


def trial(make, lr, seed, fit, judged):
    """Train for ten epochs: the losses on ``judged`` after each, the first of them, and the share right at the end."""
    rng = np.random.default_rng(seed)
    net = network(rng)
    optimizer = make(net.params, lr=lr)

    def before(update, x, t):
        if make is Sophia and update % 10 == 1:
            optimizer.update_curvature(gauss_newton_bartlett(net, x, rng))
    losses = curve(net, softmax_cross_entropy, optimizer, Batches(*fit, 64, rng=rng), at=EPOCHS,
                   measure=lambda net: loss_on(net, *judged), before=before)
    right = evaluate(net, *judged) if np.isfinite(losses[-1]) else np.nan
    return {"loss": losses, "first": losses[0], "right": right}


def curves(result, names):
    """``{name: losses (seeds, epochs)}`` of a comparison; the names say where an interrupt left some out."""
    return {result.name(name): result.runs[name] for name in names}


# ---- again, with other seeds ---------------------------------------------------------------------------------

FILE = "ten_rules_figures.csv"
AGAIN = range(1, 6)


def fair(search_seeds, seeds, **options):
    """The comparison of the lesson: ``compare`` with the ten rules, the grid, and these seeds."""
    return compare(FIELD, trial, values=RATES, split=parts(), search_seeds=search_seeds, seeds=seeds, by="loss",
                   **options)


def again():
    """What the stored comparisons say: rows (rule, rates chosen, how often below descent, not told apart, above)."""
    found = {name: [] for name in FIELD}
    for _, name, rate, verdict in read_table(FILE)[1]:
        found[name].append((rate, verdict))
    return [[name, ", ".join(sorted({rate for rate, _ in runs}, key=float)),
             *(sum(said == verdict for _, said in runs) for verdict in ("yes", "not told apart", "no"))]
            for name, runs in found.items() if name != "descent"]


def main():
    rows = []
    for k in AGAIN:
        result = fair(range(1000 * k, 1000 * k + 3), range(1000 * k + 100, 1000 * k + 116))
        rows += [[k, name, f"{result.chosen[name]:.3g}", result.beats(name, "descent")] for name in FIELD]
        print(f"comparison {k} of {len(AGAIN)}", flush=True)
    facts = made_now(command="python -m course_lib.studies.ten_rules", steps="180 updates, ten epochs in batches of 64",
                     seeds="comparison k: search 1000k to 1000k + 2, judged 1000k + 100 to 1000k + 115",
                     sizes="1,154 images to fit, 288 to choose, 355 to judge", data=with_checksum("digits.npz"),
                     averaging="none: one verdict a rule and comparison, from 16 differences")
    write_table(FILE, ["comparison", "rule", "rate", "below descent"], rows, facts)


if __name__ == "__main__":
    main()
