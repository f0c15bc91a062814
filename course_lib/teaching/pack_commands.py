"""Pack synthesised words into the data file of lesson 12: ``python -m course_lib.teaching.pack_commands words.npz``.

``words.npz`` holds all utterances end to end as 16-bit samples at 8 kHz (``audio``), their ``lengths``, and for each its
``word``, ``voice`` and ``engine``. Written is ``course_lib/data/commands.npz``: silence before and after each word is cut
off, samples become 8-bit mu-law. data/SOURCES.md tells which programs spoke the words.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from course_lib.data.speech import to_mu_law

TARGET = Path(__file__).parents[1] / "data" / "commands.npz"
SILENT, MARGIN = 0.01, 160                          # of the loudest sample; samples kept on either side (20 ms)


def trimmed(samples):
    """An utterance without the silence before and after it."""
    loud = np.flatnonzero(np.abs(samples.astype(float)) > SILENT * np.abs(samples.astype(float)).max())
    return samples[max(loud[0] - MARGIN, 0):loud[-1] + 1 + MARGIN]


def pack(source, target=TARGET):
    """Read the 16-bit words of ``source``, write ``target``, return its SHA-256."""
    with np.load(source) as file:
        utterances = np.split(file["audio"], np.cumsum(file["lengths"])[:-1])
        labels = {key: file[key] for key in ("word", "voice", "engine")}
    utterances = [trimmed(u) for u in utterances]
    names = np.unique(np.concatenate(list(labels.values())))        # each name once; rows point to it
    rows = {key: np.searchsorted(names, values).astype(np.uint8) for key, values in labels.items()}
    codes = np.concatenate([to_mu_law(u / 32768) for u in utterances])
    np.savez_compressed(target, codes=codes, lengths=np.array([len(u) for u in utterances], np.uint16), names=names, **rows)
    return hashlib.sha256(Path(target).read_bytes()).hexdigest()


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python -m course_lib.teaching.pack_commands words.npz")
    checksum = pack(sys.argv[1])
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
