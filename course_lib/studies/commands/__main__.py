"""Train the networks that lesson 12 loads, and print what they reach: ``python -m course_lib.studies.commands``."""

import hashlib
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.data import VOCABULARIES, load_commands
from course_lib.data.origins import made_now, with_checksum, with_origin
from course_lib.saving import write_arrays
from course_lib.studies.commands.judging import answers, held_out
from course_lib.studies.commands.learning import trained_network
from course_lib.studies.commands.networks import NETWORKS, STORED, stored
from course_lib.studies.commands.sound import prepare

STEPS = {"digits": 2400, "commands": 2400, "digits_ja": 1200, "commands_ja": 1200}


def origin(**facts):
    """How the file is made, for its array ``origin``."""
    return made_now(
        command="python -m course_lib.studies.commands",
        steps="about 1200 updates of 64 pictures, 8 augmented copies of each sound, for those that never heard some "
              f"speakers; about {STEPS['digits']} (digits, commands) or {STEPS['digits_ja']} (Japanese) and a copy for "
              "each 150 updates for those that heard all; AdamW 0.003 with a cosine; sounds that are none of the words "
              "have an output of their own",
        seeds="0 for those that never heard some speakers, 1 and up for the others: sounds that are no word, copies, "
              "weights, order",
        sizes="split by speaker, HELD_OUT judges; to learn from: 840 digits, 520 commands, 300 and 300 Japanese words; "
              "for those that heard all: 1090, 690, 420 and 420",
        averaging="none: the weights after the last update, as float16; recognise averages networks and three speeds",
        data=with_checksum("commands.npz"), **facts)


def main():
    """Train the stored networks: for each vocabulary one that never heard ``HELD_OUT``, ``STORED`` that did."""
    arrays = {}
    for vocabulary, words in VOCABULARIES.items():
        part, t = load_commands().of(words)
        x, test = np.stack([prepare(w) for w in part.waveforms]), held_out(part)
        net = trained_network(x[~test], t[~test], len(words), seed=0)
        right = answers([net], part.take(test).waveforms).argmax(axis=1) == t[test]
        print(f"{vocabulary}: {right.mean():.3f} right of {test.sum()} words by speakers held out, "
              f"trained on {(~test).sum()}", flush=True)
        arrays |= stored([net], vocabulary, True)
        steps = STEPS[vocabulary]
        nets = [trained_network(x, t, len(words), seed, steps=steps, copies=steps // 150)
                for seed in range(1, STORED[vocabulary] + 1)]
        arrays |= stored(nets, vocabulary, False)
    path = write_arrays(Path(data.__file__).parent / NETWORKS, with_origin(arrays, origin()), compressed=True)
    print(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
