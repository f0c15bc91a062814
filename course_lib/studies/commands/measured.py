"""What the experiments of lesson 12 measured, as the file holds it, and as the page shows it: rows with intervals."""

from typing import NamedTuple

import numpy as np

from course_lib.data.origins import read_table
from course_lib.experiments import say, told

FILE = "commands_figures.csv"
STEPS = {"engine": 200, "split": 150, "shift": 150, "japanese": 400, "transfer": 60, "recipe": 600}        # updates
RUNGS = ("plain", "shared", "means away", "augmented")
HEARD = ("as spoken", "uneven", "clipped", "noise")  # how the words of strangers are heard
SHIFTS = (0, 4, 8, 12)                              # columns of 12.5 ms
SPLITS = ("random", "voice", "speaker", "engine")
WAYS = ("from scratch", "fine-tuned", "frozen")
SIZES = (1, 2, 5, 10, "all")                        # examples of each word
LABELS = {"shared": "shared (with batch norm and dropout)"}                 # what a page calls a rung


class Figure(NamedTuple):
    """One measured accuracy, between 0 and 1: which experiment, which setting of it, which seed."""

    experiment: str
    setting: str
    seed: int
    accuracy: float


def load_figures():
    """The stored figures, a list of ``Figure``; ``main`` of ``experiments`` measured them."""
    _, rows = read_table(FILE)
    return [Figure(experiment, setting, int(seed), float(accuracy)) for experiment, setting, seed, accuracy in rows]


def accuracies(figures, experiment):
    """``{setting: array of the accuracies of its seeds}``, settings in the order of the list."""
    settings = dict.fromkeys(f.setting for f in figures if f.experiment == experiment)
    return {s: np.array([f.accuracy for f in figures if (f.experiment, f.setting) == (experiment, s)])
            for s in settings}


def runs(experiment, settings):
    """The stored accuracies of several settings side by side. Shapes: -> (seeds, settings)"""
    found = accuracies(load_figures(), experiment)
    return np.transpose([found[setting] for setting in settings])


def rates(where):
    """``{name: its chosen rate}`` of the search "rung" or "transfer"."""
    found, start = accuracies(load_figures(), "rate"), f"{where} "
    return {setting.removeprefix(start): float(rate[0]) for setting, rate in found.items() if setting.startswith(start)}


def ladder(engines):
    """Engines never heard: ``{rung: (seeds, engines)}``, and what each rung adds to the one below."""
    found = {name: runs("engine", [f"{engine} {name}" for engine in engines]) for name in RUNGS}
    gains = {f"gain: {above}": found[above] - found[below] for below, above in zip(RUNGS, RUNGS[1:])}
    return found | gains


def transfer():
    """From Japanese to English: ``{way: (seeds, SIZES)}``, with what is left of Japanese and what was known before; and
    the differences in points, fine-tuned and frozen less scratch, and what is left less half of what was known."""
    found = {way: runs("transfer", [f"{way} {k}" for k in SIZES]) for way in (*WAYS, "japanese")}
    found["japanese before"] = np.tile(runs("transfer", ["japanese before"]), len(SIZES))
    points = {f"{way} − scratch": 100 * (found[way] - found["from scratch"]) for way in WAYS[1:]}
    points["japanese − half of before"] = 100 * (found["japanese"] - found["japanese before"] / 2)
    return found, points


def recipe_steps():
    """The steps of the recipe, one upon the other: ``{step: (seeds, HEARD)}``, and in points what each adds to the one
    before, and all of them to none."""
    settings = [f.setting for f in load_figures() if f.experiment == "recipe"]
    names = list(dict.fromkeys(s.removesuffix(f" {HEARD[0]}") for s in settings if s.endswith(f" {HEARD[0]}")))
    found = {f"{'+ ' * (i > 0)}{name}": runs("recipe", [f"{name} {how}" for how in HEARD])
             for i, name in enumerate(names)}
    steps = list(found)
    points = {f"points: {step}": 100 * (found[step] - found[before]) for before, step in zip(steps, steps[1:])}
    return found, points | {"points: all − before": 100 * (found[steps[-1]] - found[steps[0]])}


def scratch_draws_level(gains):
    """From how many examples on (of ``SIZES``) the second way of ``transfer`` is not told apart from the first, or
    "never": gains (seeds, SIZES), in points."""
    ahead = [verdict(gain, "yes", "no") == "yes" for gain in gains.T]
    last = max((i + 1 for i, yes in enumerate(ahead) if yes), default=0)
    return (*map(str, SIZES), "never")[last]


def said(scores, form="{:.2f}", mean=False):
    """Rows of a table, "mean ± interval": ``{name: (seeds, columns)}``; with ``mean``, of each seed's mean as well.
    Names are shown as in ``LABELS``."""
    return [[LABELS.get(name, name), *(say(column, form) for column in found.T),
             *([say(found.mean(axis=1), form)] if mean else [])]
            for name, found in scores.items()]


verdict = told              # as the lesson calls it, beside what it measured
