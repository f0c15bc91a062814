"""The networks that lesson 12 loads are trained: ``python -m course_lib.studies.commands``."""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.data import VOCABULARIES, load_commands, load_other_words
from course_lib.data.origins import made_now, with_checksum, with_origin
from course_lib.saving import write_arrays
from course_lib.studies.commands.judging import THRESHOLD, answers, held_out
from course_lib.studies.commands.learning import trained_network
from course_lib.studies.commands.networks import NETWORKS, STORED, stored
from course_lib.studies.commands.no_word import MADE, none_of
from course_lib.studies.commands.sound import prepared

STEPS = 3600
NONE = {"digits": 0.8, "commands": 0.8, "digits_ja": 0.4, "commands_ja": 0.4}       # sounds that are no word, a word


def origin(**facts):
    """How the file is made, for its array ``origin``."""
    return made_now(
        command="python -m course_lib.studies.commands",
        steps=f"about {STEPS} updates of 64 pictures, {STEPS // 200} augmented copies of each sound; AdamW 0.003 with "
              "a cosine; sounds that are none of the words have an output of their own",
        seeds="0 for those that never heard some speakers, 1 and up for the others: sounds that are no word, copies, "
              "weights, order",
        sizes="split by speaker, HELD_OUT judges; to learn from: 850 digits, 520 commands, 450 and 300 Japanese words; "
              f"for those that heard all: 1090, 690, 630 and 420; {NONE['digits']:g} times as many sounds that are no "
              f"word (Japanese: {NONE['digits_ja']:g}), {MADE:.0%} of them made by rule",
        averaging="none: the weights after the last update, as float16; recognise averages networks and three speeds",
        data=", ".join(map(with_checksum, ("commands.npz", "readings.npz", "other_words.npz"))), **facts)


def everybody(commands):
    """Whose utterances are heard: everybody's."""
    return np.ones(len(commands.word), bool)


def strangers(commands):
    """Whose utterances are heard: everybody's but those of ``HELD_OUT``."""
    return ~held_out(commands)


def train(vocabulary, heard, seed):
    """A network for a vocabulary that heard these speakers."""
    rng = np.random.default_rng([seed, 1])
    spoken, t = load_commands(readings=True).of(VOCABULARIES[vocabulary])
    rows = np.flatnonzero(heard(spoken))
    none = none_of(vocabulary, round(NONE[vocabulary] * len(rows)), heard, rng=rng)
    return trained_network(prepared(spoken.take(rows).waveforms), t[rows], len(VOCABULARIES[vocabulary]), seed,
                           none=none, steps=STEPS, copies=STEPS // 200)


def report(vocabulary, net):
    """What a network that never heard ``HELD_OUT`` makes of them, in one line."""
    words, (spoken, t) = len(VOCABULARIES[vocabulary]), load_commands(readings=True).of(VOCABULARIES[vocabulary])
    rows, others = held_out(spoken), load_other_words("unheard")
    p, none = (answers([net], waveforms)[:, :words] for waveforms in (spoken.take(rows).waveforms, others.waveforms))
    right = p.argmax(axis=1) == t[rows]
    return (f"{vocabulary}: right {right.mean():.3f} of {rows.sum()} words by speakers held out, "
            f"{(right & (p.max(axis=1) >= THRESHOLD)).mean():.3f} at the threshold {THRESHOLD:g}; "
            f"of {len(none)} other words taken for one: {(none.max(axis=1) >= THRESHOLD).mean():.3f}, "
            f"above 0.9: {(none.max(axis=1) > 0.9).mean():.3f}")


def main():
    """Train the stored networks, two at a time: for each vocabulary one that never heard ``HELD_OUT``, ``STORED`` that
    did."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"                    # of the workers, which start anew: small products
    jobs = {(vocabulary, held, i): (vocabulary, strangers if held else everybody, 0 if held else i + 1)
            for vocabulary in VOCABULARIES for held in (True, False) for i in range(1 if held else STORED[vocabulary])}
    nets = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        for (vocabulary, held, _), net in zip(jobs, workers.map(train, *zip(*jobs.values()))):
            if held:
                print(report(vocabulary, net), flush=True)
            nets.setdefault((vocabulary, held), []).append(net)
    arrays = {}
    for (vocabulary, held), some in nets.items():
        arrays |= stored(some, vocabulary, held)
    path = write_arrays(Path(data.__file__).parent / NETWORKS, with_origin(arrays, origin()), compressed=True)
    print(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
