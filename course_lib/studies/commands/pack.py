"""Pack synthesised words into the data file of lesson 12: ``python -m course_lib.studies.commands.pack words.npz more.npz``.

Each file holds utterances end to end as 16-bit samples (``audio``), their ``lengths``, the rate ``sr``, and for each its
``word``, ``voice`` and ``engine``. Written is ``course_lib/data/commands.npz``: at 8 kHz, with the silence before and after
each word cut off, as 8-bit mu-law; an utterance equal to an earlier one is left out. The programs that spoke the words, and
how they were called, are told in data/SOURCES.md; they are not needed to read, train or test anything.
"""

import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.data.speech import RATE, resample, to_mu_law

TARGET = Path(data.__file__).parent / "commands.npz"
SILENT, MARGIN = 0.01, 160                          # of the loudest sample; samples kept on either side (20 ms)


def trimmed(x):
    """An utterance without the silence before and after it. Shapes: x (n,) float  ->  (m,)"""
    loud = np.flatnonzero(np.abs(x) > SILENT * np.abs(x).max())
    return x[max(loud[0] - MARGIN, 0):loud[-1] + 1 + MARGIN]


def pack(sources, target=TARGET):
    """Read the words of the files ``sources``, write ``target``, return its SHA-256."""
    words = {}
    for source in sources:
        with np.load(source) as file:
            utterances = np.split(file["audio"] / 32768, np.cumsum(file["lengths"])[:-1])
            for x, *labels in zip(utterances, file["word"], file["voice"], file["engine"]):
                words.setdefault(to_mu_law(trimmed(resample(x, int(file["sr"]), RATE))).tobytes(), labels)
    labels = np.array(list(words.values()))
    names = np.unique(labels)                                       # each name once; rows point to it
    rows = dict(zip(("word", "voice", "engine"), np.searchsorted(names, labels).T.astype(np.uint8 if len(names) < 256 else np.uint16)))
    arrays = dict(codes=np.frombuffer(b"".join(words), np.uint8), names=names, lengths=np.array([len(code) for code in words], np.uint16), **rows)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as file:        # as np.savez_compressed, but a sixth smaller
        for name, array in arrays.items():
            with file.open(_entry(f"{name}.npy"), "w") as part:
                np.lib.format.write_array(part, array)
    return hashlib.sha256(Path(target).read_bytes()).hexdigest()


def _entry(name):
    entry = zipfile.ZipInfo(name)                                   # with the date of 1980: the same file every time
    entry.compress_type = zipfile.ZIP_LZMA
    return entry


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: python -m course_lib.studies.commands.pack words.npz ...")
    checksum = pack(sys.argv[1:])
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
