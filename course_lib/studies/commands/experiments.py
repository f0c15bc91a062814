"""The longer experiments of lesson 12: how a split flatters, engines held out, transfer from Japanese to English.

Each is a generator of ``Figure(experiment, setting, seed, accuracy)``, so that a page can run a part of it with a
progress bar. ``python -m course_lib.studies.commands.experiments`` runs all and writes ``data/commands_figures.csv``,
which ``load_figures`` reads: what was measured, with its seeds.
"""

import csv
import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib import data
from course_lib.data import VOCABULARIES, Batches, load_commands
from course_lib.data.files import read_bytes
from course_lib.metrics import accuracy
from course_lib.studies.commands.augmentation import AugmentedBatches
from course_lib.studies.commands.judging import answers, split_by_engine, split_by_speaker
from course_lib.studies.commands.learning import command_training, few_of_each, head_training, trained_network
from course_lib.studies.commands.networks import plain_network, sliding_network, with_head_of, with_new_head
from course_lib.studies.commands.sound import pictures, prepare
from course_lib.training import evaluate

FILE = "commands_figures.csv"
SIZES = (1, 2, 5, 10, "all")                        # examples of each word


class Figure(NamedTuple):
    """One measured accuracy, between 0 and 1: which experiment, which setting of it, which seed."""

    experiment: str
    setting: str
    seed: int
    accuracy: float


def load_figures():
    """The stored figures, a list of ``Figure``; ``main`` of this module measured them."""
    rows = csv.reader(io.StringIO(read_bytes(FILE).decode("ascii")))
    next(rows)
    return [Figure(experiment, setting, int(seed), float(accuracy)) for experiment, setting, seed, accuracy in rows]


def accuracies(figures, experiment):
    """``{setting: array of the accuracies of its seeds}``, settings in the order of the list."""
    settings = dict.fromkeys(f.setting for f in figures if f.experiment == experiment)
    return {s: np.array([f.accuracy for f in figures if (f.experiment, f.setting) == (experiment, s)])
            for s in settings}


def split_runs(seed, vocabulary="digits"):
    """The same words split three ways (at random, by voice, by engine), with as many for testing at random as by voice;
    the plain network, the sliding one, and the sliding one with augmentation."""
    part, t = load_commands().of(VOCABULARIES[vocabulary])
    x = np.stack([prepare(w) for w in part.waveforms])
    shown, K = pictures(x), len(VOCABULARIES[vocabulary])
    train, test = split_by_speaker(part, rng=np.random.default_rng(seed))
    mixed = np.random.default_rng(seed).permutation(len(t))
    splits = {"random": (mixed[len(test):], mixed[:len(test)]), "voice": (train, test),
              "engine": split_by_engine(part, "kokoro")}
    for name, (train, test) in splits.items():
        rng = np.random.default_rng(seed)
        for kind, make in (("plain", plain_network), ("sliding", sliding_network)):
            net, batches = make(K, rng=rng), Batches(shown[train], t[train], 64, rng=rng, last="keep")
            _exhaust(command_training(net, batches, 20, lr=1e-3))
            yield Figure("split", f"{name} {kind}", seed, evaluate(net, shown[test], t[test]))
        net = trained_network(x[train], t[train], K, seed, steps=500, copies=4)
        yield Figure("split", f"{name} augmented", seed, evaluate(net, shown[test], t[test]))


def engine_runs(seed, vocabulary="digits", steps=600):
    """Each engine that speaks the words held out in turn, the network trained on all others."""
    part, t = load_commands().of(VOCABULARIES[vocabulary])
    x = np.stack([prepare(w) for w in part.waveforms])
    for engine in np.unique(part.engine):
        train, test = split_by_engine(part, engine)
        net = trained_network(x[train], t[train], len(VOCABULARIES[vocabulary]), seed, steps=steps, copies=4)
        heard = answers(net, part.take(test).waveforms).argmax(axis=1)
        yield Figure(f"engine {vocabulary}", str(engine), seed, accuracy(heard, t[test]))


def transfer_runs(seed, sizes=SIZES, *, maps=32, steps=300, share=0.25):
    """Japanese commands first, English ones then, at several numbers of examples a word.

    Three ways to learn the English words from the same examples: from scratch; re-trained, all layers starting from the
    Japanese network, the last one new; frozen, the last layer alone. Voices for testing are in neither language's
    training. ``japanese`` is what the re-trained network still knows of the Japanese words, with its old last layer put
    back; ``japanese at first`` what it knew.
    """
    everything = load_commands()
    train, _ = split_by_speaker(everything, share, rng=np.random.default_rng(seed))
    heard = np.isin(np.arange(len(everything.word)), train)
    language = {}
    for vocabulary in ("commands_ja", "commands"):
        part, t = everything.of(VOCABULARIES[vocabulary])
        x = np.stack([prepare(w) for w in part.waveforms])
        rows = heard[np.isin(everything.word, VOCABULARIES[vocabulary])]
        language[vocabulary] = x[rows], t[rows], pictures(x[~rows]), t[~rows]
    (x, t, shown_ja, t_ja), (x_en, t_en, shown, t_test) = language["commands_ja"], language["commands"]
    japanese = trained_network(x, t, 10, seed, steps=3 * steps, copies=8, maps=maps)
    yield Figure("transfer", "japanese at first", seed, evaluate(japanese, shown_ja, t_ja))
    for k in sizes:
        rng = np.random.default_rng([seed, len(t_en) if k == "all" else k])
        rows = few_of_each(t_en, len(t_en) if k == "all" else k, rng)
        batches = AugmentedBatches(x_en[rows], t_en[rows], copies=int(np.clip(640 // len(rows), 4, 32)), rng=rng)
        epochs = max(1, round(steps / len(batches)))
        scratch = sliding_network(10, rng=rng, maps=maps)
        tuned, frozen = (with_new_head(japanese, 10, rng=rng) for _ in range(2))
        _exhaust(command_training(scratch, batches, epochs))
        _exhaust(command_training(tuned, batches, epochs))
        _exhaust(head_training(frozen, batches.x, batches.t, steps))
        for name, net in (("scratch", scratch), ("re-trained", tuned), ("frozen", frozen)):
            yield Figure("transfer", f"{name} {k}", seed, evaluate(net, shown, t_test))
        yield Figure("transfer", f"japanese {k}", seed, evaluate(with_head_of(tuned, japanese), shown_ja, t_ja))


def _exhaust(steps):
    for _ in steps:
        pass


def main():
    """Run everything, print it and write the file."""
    runs = [transfer_runs(seed) for seed in range(5)]
    runs += [engine_runs(0, vocabulary) for vocabulary in ("digits", "commands")]
    runs += [split_runs(seed) for seed in range(2)]
    lines = ["experiment,setting,seed,accuracy"]
    for run in runs:
        for figure in run:
            lines.append("{},{},{},{:.4f}".format(*figure))
            print(lines[-1], flush=True)
    target = Path(data.__file__).parent / FILE
    target.write_text("\n".join(lines) + "\n", encoding="ascii")
    print(f"{FILE}: SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
