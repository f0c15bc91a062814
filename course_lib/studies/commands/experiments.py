"""The longer experiments of lesson 12: what the sharing is worth, how splits flatter, engines never heard, transfer.

Each is a generator of ``Figure(experiment, setting, seed, accuracy)``, so that a page can run a part of it with a
progress bar. ``python -m course_lib.studies.commands.experiments`` runs all and writes ``data/commands_figures.csv``,
which ``measured.load_figures`` reads: what was measured, and above it how.

In every experiment no speaker is on two sides, but where a split at random or by voice is what is measured. Rates are
chosen once, by ``compare``, on speakers set aside: ``chooser``. With engines held out and in the transfer these are
neither fitted nor judged; in ``shift_runs`` and ``split_runs`` some of them also learn or are judged.
"""

import hashlib
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib import data
from course_lib.data import COMMANDS, COMMANDS_JA, DIGITS, Batches, load_commands
from course_lib.data.origins import made_now, with_checksum, write_table
from course_lib.experiments import Split, compare, split_units
from course_lib.rules.spectra import frames, log_mel, power_spectrum
from course_lib.studies.commands.augmentation import (
    CLIPPING,
    DECIBELS,
    WHITE,
    AugmentedBatches,
    augmented_pictures,
    clipped,
    enveloped,
    masked,
)
from course_lib.studies.commands.judging import split_by_engine, split_by_speaker
from course_lib.studies.commands.learning import few_of_each, take_steps
from course_lib.studies.commands.measured import FILE, HEARD, RUNGS, SHIFTS, SIZES, SPLITS, STEPS, WAYS, Figure
from course_lib.studies.commands.networks import plain_network, sliding_network, with_head_of, with_new_head
from course_lib.studies.commands.sound import (
    FILTERS,
    FLOOR,
    HOP,
    LOWEST,
    SHARE,
    SIZE,
    WINDOW,
    pictures,
    prepared,
)
from course_lib.training import evaluate

RATES = (1e-3, 3e-3, 1e-2)                          # the grid of every search; widened where a best one is at its end
SEARCH_SEEDS = (100, 101)
SEEDS = {"engine": 5, "split": 20, "shift": 5, "transfer": 7, "recipe": 7}
COPIES = 4                                          # augmented pictures of each word
WHOLE = {"share": 1.0, "lowest": -4.0}              # the whole mean of each band is taken away, (12.9)
BEFORE = WHOLE | {"decibels": 0.0, "clipping": 0.0, "white": 0.0}
RECIPE = {"before": BEFORE, "loudness": BEFORE | {"decibels": DECIBELS}}         # step by step to the stored networks
RECIPE["half the means"] = RECIPE["loudness"] | {"share": SHARE, "lowest": LOWEST}
RECIPE["clipping, white noise"] = RECIPE["half the means"] | {"clipping": CLIPPING, "white": WHITE}


# ---- words --------------------------------------------------------------------------------------------------------

class Words(NamedTuple):
    """Spoken words of one vocabulary, made ready once: who spoke, labels, prepared waveforms, and their pictures."""

    spoken: data.commands.Commands
    t: np.ndarray
    x: np.ndarray                   # (N, 8000)
    bare: np.ndarray                # (N, 1, BANDS, COLUMNS), loudness in bands, less its mean over all words
    shown: np.ndarray               # the same shape, freed of the whole band means: ``front_end``


@lru_cache(maxsize=4)
def words(vocabulary):
    """``Words`` of a tuple of words such as ``DIGITS``."""
    spoken, t = load_commands().of(vocabulary)
    x = prepared(spoken.waveforms)
    bare = np.concatenate([_bare(x[i:i + 64]) for i in range(0, len(x), 64)])
    return Words(spoken, t, x, bare - bare.mean(), pictures(x, **WHOLE))


def _bare(x):
    """The front end without its last rule: loudness in bands. Shapes: x (N, 8000)  ->  (N, 1, BANDS, COLUMNS)"""
    power, _ = power_spectrum(frames(x, SIZE, HOP)[0] * WINDOW.astype(x.dtype))
    return log_mel(power, FILTERS, FLOOR)[0].transpose(0, 2, 1)[:, np.newaxis]


@lru_cache(maxsize=2)
def _copies(vocabulary, seed, copies=COPIES):
    """Augmented pictures of all words of a vocabulary, (N, copies, 1, BANDS, COLUMNS)."""
    rng, x = np.random.default_rng([seed, 1]), words(vocabulary).x
    return np.stack([augmented_pictures(x, rng, **BEFORE) for _ in range(copies)], axis=1)


class _Masked:
    """Batches whose pictures are masked anew each time they are read."""

    def __init__(self, batches, rng):
        self.batches, self.rng, self.slices = batches, rng, batches.slices

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return ((masked(x, self.rng, WHOLE["lowest"]), t) for x, t in self.batches)


def chooser(spoken):
    """Rows by the speakers on whom rates are chosen, as truth values: every fifth of espeak-ng and of Kokoro, drawn
    once. Nobody else can be spared: the other engines have two to four speakers."""
    many = np.flatnonzero(np.isin(spoken.engine, ("espeak-ng", "kokoro")))
    _, rows = split_by_speaker(spoken.take(many), rng=np.random.default_rng(99))
    return np.isin(np.arange(len(spoken.word)), many[rows])


def _split(spoken, fit, choose, judge):
    """Row numbers as a ``Split``, which refuses a speaker on two sides."""
    parts = tuple(np.flatnonzero(part) if part.dtype == bool else part for part in (fit, choose, judge))
    return Split(*((rows, rows) for rows in parts), units=tuple(spoken.speaker[rows] for rows in parts))


def _strangers(spoken, rng):
    """A ``Split`` by speaker: a quarter judges, those of ``chooser`` choose, the others are learnt from."""
    aside = chooser(spoken)
    rest = np.flatnonzero(~aside)
    fit, judge = split_by_speaker(spoken.take(rest), 0.25, rng=rng)
    return _split(spoken, rest[fit], aside, rest[judge])


def _searched(rivals, trial, split):
    """A ``Comparison`` with a search alone: the best rate of each rival, on the speakers who choose."""
    return compare(rivals, trial, values=RATES, split=split, search_seeds=SEARCH_SEEDS, seeds=(), widen=1, higher=True)


def _search_figures(found, where):
    """What a search found, as Figures: each value's mean accuracy, and the chosen rate."""
    for name in found.names:
        for value, score in zip(found.values, found.search[name]):
            yield Figure("search", f"{where} {name} {value:.3g}", SEARCH_SEEDS[0], score)
        yield Figure("rate", f"{where} {name}", SEARCH_SEEDS[0], found.chosen[name])


def _exhaust(steps):
    for _ in steps:
        pass


# ---- engines never heard ------------------------------------------------------------------------------------------

def rung(name, lr, seed, fit, judged, steps=STEPS["engine"], vocabulary=DIGITS):
    """One rung of the ladder: a network of that kind, trained on the rows ``fit``, its accuracy on ``judged``."""
    w, rng = words(vocabulary), np.random.default_rng(seed)
    net = (plain_network if name == "plain" else sliding_network)(len(vocabulary), rng=rng)
    shown = w.bare if name in ("plain", "shared") else w.shown
    if name == "augmented":
        x, t = _copies(vocabulary, seed)[fit].reshape(-1, *shown.shape[1:]), np.repeat(w.t[fit], COPIES)
        batches = _Masked(Batches(x, t, 64, rng=rng, last="drop"), rng)
    else:
        batches = Batches(shown[fit], w.t[fit], 64, rng=rng, last="drop")
    _exhaust(take_steps(net, batches, steps, lr=lr))
    return evaluate(net, shown[judged], w.t[judged])


def to_learn(spoken, engines):
    """How many words there are to learn from where each of these engines is held out, without those who choose."""
    aside = chooser(spoken)
    return [int((~aside & (spoken.engine != engine)).sum()) for engine in engines]


def rung_search():
    """The ``Comparison`` that chooses each rung's rate, with the digits of all engines."""
    spoken = words(DIGITS).spoken
    aside = chooser(spoken)
    split = _split(spoken, ~aside, aside, aside[:0])
    return _searched({name: name for name in RUNGS},
                     lambda name, lr, seed, fit, judged: rung(name, lr, seed, fit[0], judged[0]), split)


def engine_runs(seed, rates):
    """Each engine held out in turn, at each rung of the ladder."""
    spoken = words(DIGITS).spoken
    aside = chooser(spoken)
    for engine in np.unique(spoken.engine):
        out = spoken.engine == engine
        split = _split(spoken, ~out & ~aside, aside, out & ~aside)
        for name in RUNGS:
            score = rung(name, rates[name], seed, split.fit[0], split.judge[0])
            yield Figure("engine", f"{engine} {name}", seed, score)


# ---- a shift in time ----------------------------------------------------------------------------------------------

def shift_runs(seed, rates):
    """Digits by speakers held out, their pictures moved along time: plain and shared."""
    w = words(DIGITS)
    fit, judged = split_by_speaker(w.spoken, rng=np.random.default_rng(seed))
    for name, make in (("plain", plain_network), ("shared", sliding_network)):
        rng = np.random.default_rng(seed)
        net = make(10, rng=rng)
        batches = Batches(w.bare[fit], w.t[fit], 64, rng=rng, last="drop")
        _exhaust(take_steps(net, batches, STEPS["shift"], lr=rates[name]))
        for k in SHIFTS:
            moved = np.concatenate([np.roll(w.bare[judged], s, axis=3) for s in {k, -k}])
            t = np.tile(w.t[judged], len({k, -k}))
            yield Figure("shift", f"{name} {k}", seed, evaluate(net, moved, t))


# ---- what people do and synthetic voices do not ---------------------------------------------------------------------

@lru_cache(maxsize=8)
def heard_as(how, seed):
    """All digits as they are heard (``HEARD``): as spoken; louder and softer along the word, by 8 dB; clipped at 0.3 of
    the peak; with white noise 10 dB below. Shapes: -> (N, 8000)"""
    x, rng = words(DIGITS).x, np.random.default_rng([seed, 4])
    if how == "uneven":
        x = enveloped(x, rng)
    elif how == "clipped":
        x = clipped(x, 0.3)
    elif how == "noise":
        power = (x * x).sum(axis=1, keepdims=True) / (x != 0).sum(axis=1, keepdims=True)
        x = x + (np.sqrt(power / 10) * rng.standard_normal(x.shape) * (x != 0)).astype(x.dtype)
    return x


def recipe(name, lr, seed, fit, judged, hows=HEARD, steps=STEPS["recipe"]):
    """A network trained on the digits of the rows ``fit`` by one step of ``RECIPE``: how many of the words ``judged``
    it has right, ``{how they are heard: share}``."""
    w, rng, settings = words(DIGITS), np.random.default_rng([seed, 5]), RECIPE[name]
    batches = AugmentedBatches(w.x[fit], w.t[fit], copies=COPIES, last="drop", rng=rng, **settings)
    net = sliding_network(10, rng=rng)
    _exhaust(take_steps(net, batches, steps, lr=lr))
    front = {key: settings[key] for key in WHOLE}
    return {how: evaluate(net, pictures(heard_as(how, seed)[judged], **front), w.t[judged]) for how in hows}


def recipe_search():
    """The ``Comparison`` that chooses each step's rate, by words as spoken."""
    spoken = words(DIGITS).spoken
    aside = chooser(spoken)
    def trial(name, lr, seed, fit, judged):
        return recipe(name, lr, seed, fit[0], judged[0], HEARD[:1])[HEARD[0]]
    return _searched({name: name for name in RECIPE}, trial, _split(spoken, ~aside, aside, aside[:0]))


def recipe_runs(seed, rates):
    """Each step of the recipe, judged by speakers held out, who do not choose; four ways to hear them."""
    split = _strangers(words(DIGITS).spoken, np.random.default_rng([seed, 6]))
    for name in RECIPE:
        for how, share in recipe(name, rates[name], seed, split.fit[0], split.judge[0]).items():
            yield Figure("recipe", f"{name} {how}", seed, share)


# ---- who is on which side -----------------------------------------------------------------------------------------

TRAINED_ON = 540                                    # words, in every split: as many as there are without Kokoro


def split_rows(kind, spoken, seed, size=TRAINED_ON):
    """Rows to train on and to test on, drawn at random, by voice, by speaker, or by engine.

    For testing are every fifth utterance, every fifth voice, every fifth speaker of each engine, or one engine, the
    next with each seed. Of the others ``size`` are drawn to train on.
    """
    rng, everyone = np.random.default_rng(seed), np.arange(len(spoken.word))
    if kind == "random":
        test = rng.permutation(everyone)[:len(everyone) // 5]
    elif kind == "voice":
        test = split_units(np.char.add(spoken.engine, spoken.voice), (0.2, 0.8), rng)[0]
    elif kind == "speaker":
        test = split_by_speaker(spoken, rng=rng)[1]
    else:
        engines = np.unique(spoken.engine)
        test = split_by_engine(spoken, engines[seed % len(engines)])[1]
    return rng.permutation(np.setdiff1d(everyone, test))[:size], test


def split_score(kind, seed, lr):
    """The accuracy of the plain network after one split of a kind."""
    return rung("plain", lr, seed, *split_rows(kind, words(DIGITS).spoken, seed), STEPS["split"])


def split_runs(seed, rates):
    """The same digits, split four ways, with as many to train on: the plain network."""
    for kind in SPLITS:
        yield Figure("split", f"{kind} plain", seed, split_score(kind, seed, rates["plain"]))


# ---- transfer -----------------------------------------------------------------------------------------------------

BOTH = COMMANDS_JA + COMMANDS


def transfer_split(seed):
    """Rows of the commands of both languages, by speaker: a ``Split``. Those on whom is chosen are always the same."""
    return _strangers(words(BOTH).spoken, np.random.default_rng(seed))


@lru_cache(maxsize=2)
def japanese(seed, maps=32, steps=STEPS["japanese"]):
    """A network trained on the Japanese commands of the speakers for fitting of ``transfer_split(seed)``."""
    w, rng = words(BOTH), np.random.default_rng([seed, 2])
    net = sliding_network(10, rng=rng, maps=maps)
    _exhaust(take_steps(net, _few(transfer_split(seed).fit[0], "ja", w, seed, rng), steps))
    return net


def _few(rows, language, w, seed, rng, k=None):
    """Batches of augmented words of one language among these rows, ``k`` of each word, all if not given."""
    rows = rows[w.spoken.language[rows] == language]
    rows = rows if k is None else rows[few_of_each(w.t[rows], k, rng)]
    x = _copies(BOTH, seed)[rows]
    return Batches(x.reshape(-1, *x.shape[2:]), np.repeat(w.t[rows] % 10, COPIES), 32, rng=rng, last="drop")


def transferred(way, k, lr, seed, fit=None, judged=None, steps=STEPS["transfer"], maps=32):
    """English from k examples of each word, by one of ``WAYS``: (accuracy in English, accuracy in Japanese with the old
    last layer put back). The rows to learn from and to judge on are those of ``transfer_split(seed)``, if not given."""
    if fit is None:
        split = transfer_split(seed)
        fit, judged = split.fit[0], split.judge[0]
    w, rng = words(BOTH), np.random.default_rng([seed, 3])
    old = japanese(seed, maps)
    batches = _few(fit, "en", w, seed, rng, None if k == "all" else k)
    net = sliding_network(10, rng=rng, maps=maps) if way == "from scratch" else with_new_head(old, 10, rng=rng)
    for layer in net.layers[:-1]:
        layer.training = way != "frozen"                # running averages and dropout rest too
    _exhaust(take_steps(net, batches, steps, lr=lr, params=net.layers[-1].params if way == "frozen" else net.params))
    rows = {language: judged[w.spoken.language[judged] == language] for language in ("en", "ja")}
    nets = {"en": net, "ja": with_head_of(net, old)}
    return [evaluate(nets[l], w.shown[rows[l]], w.t[rows[l]] % 10) for l in nets]


def transfer_search():
    """The ``Comparison`` that chooses each way's rate: the best on average over all numbers of examples."""
    def trial(way, lr, seed, fit, judged):
        return np.mean([transferred(way, k, lr, seed, fit[0], judged[0])[0] for k in SIZES])
    return _searched({way: way for way in WAYS}, trial, transfer_split(SEARCH_SEEDS[0]))


def transfer_runs(seed, rates, sizes=SIZES, **settings):
    """Japanese commands first, English ones then, at several numbers of examples a word.

    Three ways to learn the English words from the same examples: from scratch; fine-tuned, all layers starting from the
    Japanese network, the last one new; frozen, the last layer alone. ``japanese 5`` is what the fine-tuned network
    still knows of the Japanese words, with its old last layer put back; ``japanese before`` what it knew.

    rates   ``{way: rate}``
    """
    w, split = words(BOTH), transfer_split(seed)
    rows = split.judge[0][w.spoken.language[split.judge[0]] == "ja"]
    before = evaluate(japanese(seed, settings.get("maps", 32)), w.shown[rows], w.t[rows] % 10)
    yield Figure("transfer", "japanese before", seed, before)
    for k in sizes:
        for way in WAYS:
            score, old = transferred(way, k, rates[way], seed, split.fit[0], split.judge[0], **settings)
            yield Figure("transfer", f"{way} {k}", seed, score)
            if way == "fine-tuned":
                yield Figure("transfer", f"japanese {k}", seed, old)


# ---- all of it ----------------------------------------------------------------------------------------------------

def parts():
    """The parts of ``main``, each a function that gives Figures."""
    def engines():
        search = rung_search()
        yield from _search_figures(search, "rung")
        rates = search.chosen
        for seed in range(SEEDS["shift"]):
            yield from shift_runs(seed, rates)
        for seed in range(SEEDS["split"]):
            yield from split_runs(seed, rates)
        for seed in range(SEEDS["engine"]):
            yield from engine_runs(seed, rates)

    def transfer():
        search = transfer_search()
        yield from _search_figures(search, "transfer")
        for seed in range(SEEDS["transfer"]):
            yield from transfer_runs(seed, search.chosen)
    def recipes():
        search = recipe_search()
        yield from _search_figures(search, "recipe")
        for seed in range(SEEDS["recipe"]):
            yield from recipe_runs(seed, search.chosen)
    return {"engines": engines, "transfer": transfer, "recipe": recipes}


def facts():
    """How the figures are made: what the file tells of itself."""
    return made_now(
        command="python -m course_lib.studies.commands.experiments",
        steps=f"updates of AdamW with a cosine; engine, rung search: {STEPS['engine']} of 64 pictures; split, shift: "
              f"{STEPS['split']} of 64; transfer: {STEPS['transfer']} of 32, after {STEPS['japanese']} in Japanese; "
              f"recipe: {STEPS['recipe']} of 64",
        seeds=", ".join(f"{name} 0 to {count - 1}" for name, count in SEEDS.items())
        + f"; search {' and '.join(map(str, SEARCH_SEEDS))}. A seed draws starting weights, order, augmented copies; "
          "for shift, split, transfer and recipe also who is tested, for transfer also the examples, for recipe "
          "the noise and the loudness of the words heard",
        rates=f"the best of {', '.join(f'{rate:g}' for rate in RATES)}, widened once where a best one lies at the "
              "edge; by mean accuracy on speakers set aside (transfer: mean over all k), chosen once, with all four "
              "engines in play; in shift and split some of the choosers also learn or are judged",
        sizes=f"split: {TRAINED_ON} words to train on in each; engine: all words of three engines, less those of the "
              "speakers who choose; transfer, recipe: three quarters of the speakers to train on, the others judge; "
              f"{COPIES} augmented copies of each word",
        averaging="none: one number is one network, heard once, on the words held out",
        data=with_checksum("commands.npz"))


def main(names=()):
    """Run the parts, print what they measure, and write the file: all parts, or those named into ``NAME.csv`` here."""
    found = []
    for name, part in parts().items():
        if not names or name in names:
            for figure in part():
                found.append([*figure[:3], f"{figure.accuracy:.4f}"])
                print(*found[-1], sep=",", flush=True)
    target = write_table(Path(f"{names[0]}.csv") if names else FILE, Figure._fields, found, facts())
    print(f"{target.name}: SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1:])
