"""Train the networks that lesson 12 loads, and print what they reach: ``python -m course_lib.studies.commands``."""

import hashlib
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.data import VOCABULARIES, load_commands
from course_lib.saving import write_arrays
from course_lib.studies.commands.judging import answers, held_out
from course_lib.studies.commands.learning import trained_network
from course_lib.studies.commands.networks import NETWORKS, STORED, stored
from course_lib.studies.commands.sound import prepare

STEPS = {"digits": 2400, "commands": 2400, "digits_ja": 1200, "commands_ja": 1200}


def main():
    """Train the stored networks: for each vocabulary one that never heard the held-out voices, ``STORED`` that did."""
    arrays = {}
    for vocabulary, words in VOCABULARIES.items():
        part, t = load_commands().of(words)
        x, test = np.stack([prepare(w) for w in part.waveforms]), held_out(part)
        net = trained_network(x[~test], t[~test], len(words), seed=0)
        right = answers([net], part.take(test).waveforms).argmax(axis=1) == t[test]
        print(f"{vocabulary}: {right.mean():.3f} right of {test.sum()} words by voices held out, "
              f"trained on {(~test).sum()}", flush=True)
        arrays |= stored([net], vocabulary, True)
        steps = STEPS[vocabulary]
        nets = [trained_network(x, t, len(words), seed, steps=steps, copies=steps // 150)
                for seed in range(1, STORED[vocabulary] + 1)]
        arrays |= stored(nets, vocabulary, False)
    path = write_arrays(Path(data.__file__).parent / NETWORKS, arrays, compressed=True)
    print(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
