"""Remedies against wrong labels, on equal terms (lesson 07, section 6): everybody gets the same labelled digits."""

import numpy as np

from course_lib import initializers
from course_lib.data import Batches, load_digits
from course_lib.experiments import Split, compare, say
from course_lib.layers import Dense, Dropout, ReLU, Sequential
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.digit_networks import loss_on
from course_lib.training import evaluate, training

DIGITS, EPOCHS = 300, 60                # labelled digits for everybody; the longest training
REMEDIES = {"none": lambda strength: {}, "dropout": lambda strength: {"rate": 0.1 * strength},
            "weight decay": lambda strength: {"decay": 0.004 * strength},
            "early stopping": lambda strength: {"patience": 4 * strength, "images": 200},
            "none, 200 digits": lambda strength: {"images": 200}}
STRENGTHS, SEARCH, SEEDS = (2, 4, 8), (0, 1), range(2, 10)
HEADER = ("remedy", "strength", "at the grid's edge", "wrong, %", "gain, points", "better than none")


def stop_early(epochs, net, x, t, patience):
    """Pass on epochs until the loss on (x, t) has not improved for ``patience``; then the best weights again."""
    lowest, best, weights = np.inf, 0, [p.data.copy() for p in net.params]
    for epoch in epochs:
        loss = loss_on(net, x, t)
        if loss < lowest:
            lowest, best, weights = loss, epoch, [p.data.copy() for p in net.params]
        yield epoch
        if epoch - best >= patience:
            break
    for p, data in zip(net.params, weights):
        p.data = data


def small_run(fit, judged, seed, *, rate=0.0, decay=0.0, patience=None, images=DIGITS, curve=True):
    """Train on ``images`` of ``DIGITS`` digits drawn from ``fit``; with a patience, the others are watched.

    Returns the wrong answers on ``judged`` in per cent, and its loss after each epoch (NaN: stopped, or no ``curve``).
    """
    rng, losses = np.random.default_rng(seed), np.full(EPOCHS, np.nan)
    rows = rng.permutation(len(fit[1]))[:DIGITS]
    (x, others), (t, labels) = (np.split(a[rows], [images]) for a in fit)
    net = Sequential(Dense(64, 60, rng=rng, init=initializers.he), ReLU(), Dropout(rate, rng=rng),
                     Dense(60, 60, rng=rng, init=initializers.he), ReLU(), Dropout(rate, rng=rng),
                     Dense(60, 10, rng=rng))
    batches = Batches(x, t, 50, rng=rng)
    optimizer = SGD(net.params, lr=0.05, momentum=0.9, weight_decay=decay)
    steps = training(net, softmax_cross_entropy, optimizer, batches, EPOCHS)
    epochs = (epoch for epoch, step, _ in steps if step % len(batches) == 0)
    for epoch in epochs if patience is None else stop_early(epochs, net, others, labels, patience):
        losses[epoch - 1] = loss_on(net, *judged) if curve else np.nan
    return {"wrong": 100 - 100 * evaluate(net, *judged), "losses": losses}


def experiment(share, *, watch=None, noise=4, search=SEARCH, seeds=SEEDS):
    """All remedies compared, where this share of the labels is wrong, of those that are watched and chosen by, too.

    Only the judging labels are right. ``noise``: the seed of the wrong labels.
    """
    digits, rng = load_digits(), np.random.default_rng(noise)
    t = digits.t_train.copy()
    bad, aside = rng.random(len(t)) < share, np.arange(len(t)) % 6 == 0
    t[bad] = (t[bad] + rng.integers(1, 10, size=bad.sum())) % 10
    fit, choose = ((digits.x_train[rows], t[rows]) for rows in (~aside, aside))
    kept = {}

    def trial(remedy, strength, seed, fit, judged):
        settings = remedy(strength)
        key = (*settings.items(), seed, len(judged[1]))
        if key not in kept:                             # no remedy has no strength: trained once
            shown = "images" not in settings and judged[0] is digits.x_test     # what the lesson draws
            kept[key] = small_run(fit, judged, seed, curve=shown, **settings)
        return kept[key]
    return compare(REMEDIES, trial, values=STRENGTHS, split=Split(fit, choose, (digits.x_test, digits.t_test)),
                   search_seeds=search, seeds=seeds, widen=0, by="wrong", watch=watch)


def strength(remedy, value):
    """The settings that a remedy gets at a value of the grid, such as "rate 0.4"; "" where it has none to choose."""
    return ", ".join(f"{name} {v:.3g}" for name, v in REMEDIES[remedy](value).items() if name != "images")


def gains(found, form="{:.1f}"):
    """Rows for a table, under ``HEADER``: what each remedy does, and its gain over none, seed by seed."""
    none, rows = found.scores["none"], []
    for remedy, (name, _, edge, wrong) in zip(REMEDIES, found.rows(form)):
        chosen = strength(remedy, found.chosen[remedy])
        gain = ["", ""] if remedy == "none" else [say(none - found.scores[remedy], form), found.beats(remedy, "none")]
        rows.append([name, chosen, edge if chosen else "", wrong, *gain])
    return rows
