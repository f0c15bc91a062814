"""Pack synthesised words into the data file of lesson 12: ``python -m course_lib.studies.commands.pack words.npz …``.

Each file holds utterances end to end as 16-bit samples (``audio``), their ``lengths``, the rate ``sr``, and for each
its ``word``, ``voice`` and ``engine``. Written is ``course_lib/data/commands.npz``: at 8 kHz, with the silence before
and after each word cut off, as 8-bit mu-law; an utterance equal to an earlier one is left out. The programs that spoke
the words, and how they were called, are told in data/SOURCES.md; they are not needed to read, train or test anything.

Two more files are packed in the same way, where their name stands first: ``… pack other_words.npz words.npz …`` (each
utterance has its ``language``, too) and ``… pack readings.npz words.npz …``.
"""

import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.data.sound import RATE, resample, to_mu_law

TARGET = Path(data.__file__).parent / "commands.npz"
SILENT, MARGIN = 0.01, 160                          # of the loudest sample; samples kept on either side (20 ms)
PARTS = "audio", "lengths", "sr", "word", "voice", "engine"
OTHERS = {"other_words.npz": ("language",), "readings.npz": ()}    # other files, and what more is told of each word
LENGTH = np.uint16                                  # how the number of samples of a word is stored


def trimmed(x):
    """An utterance without the silence before and after it. Shapes: x (n,) float  ->  (m,)"""
    loud = np.flatnonzero(np.abs(x) > SILENT * np.abs(x).max(initial=0))
    if len(loud) == 0:
        raise ValueError(f"trimmed: an utterance of {len(x)} samples is silent; synthesise it again, or leave it out")
    return x[max(loud[0] - MARGIN, 0):loud[-1] + 1 + MARGIN]


def pack(sources, target=TARGET, more=()):
    """Read the words of the files ``sources``, write ``target``, return its SHA-256. ``more``: further labels."""
    words, parts = {}, (*PARTS, *more)
    for source in sources:
        audio, lengths, rate, *labels = _contents(source, parts)
        for x, *names in zip(np.split(audio / 32768, np.cumsum(lengths)[:-1]), *labels, strict=True):
            codes = to_mu_law(trimmed(resample(x, int(rate), RATE))).tobytes()
            if len(codes) > np.iinfo(LENGTH).max:
                raise ValueError(f"pack: {source}: {', '.join(names)} lasts {len(codes) / RATE:.3g} s; a word takes "
                                 f"{np.iinfo(LENGTH).max / RATE:.3g} s at most")
            words.setdefault(codes, names)
    if not words:
        raise ValueError("pack: there are no words; give files that hold some")
    labels = np.array(list(words.values()))
    names = np.unique(labels)                                       # each name once; rows point to it
    rows = np.searchsorted(names, labels).T.astype(np.uint8 if len(names) < 256 else np.uint16)
    lengths = np.array([len(codes) for codes in words], LENGTH)
    codes = np.frombuffer(b"".join(words), np.uint8)
    arrays = dict(codes=codes, names=names, lengths=lengths, **dict(zip(parts[3:], rows)))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as file:        # as np.savez_compressed, but a sixth smaller
        for name, array in arrays.items():
            with file.open(_entry(f"{name}.npy"), "w") as part:
                np.lib.format.write_array(part, array)
    return hashlib.sha256(Path(target).read_bytes()).hexdigest()


def _contents(source, parts):
    """The arrays of a file, in the order of ``parts``; ValueError where they are not there or do not fit each other."""
    if not zipfile.is_zipfile(source):
        raise ValueError(f"pack: {source} is not there, or no .npz file")
    with np.load(source) as file:
        if not set(parts) <= set(file.files):
            raise ValueError(f"pack: {source} must hold {', '.join(parts)}; it holds {', '.join(file.files)}")
        audio, lengths, *others = (file[part] for part in parts)
    if audio.dtype != np.int16 or lengths.sum() != len(audio):
        raise ValueError(f"pack: {source} must hold 16-bit samples (int16), as many as its lengths add up to "
                         f"({lengths.sum()}); got {len(audio)} of {audio.dtype}")
    return audio, lengths, *others


def _entry(name):
    entry = zipfile.ZipInfo(name)                                   # with the date of 1980: the same file every time
    entry.compress_type = zipfile.ZIP_LZMA
    return entry


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: python -m course_lib.studies.commands.pack [other_words.npz|readings.npz] words.npz ...")
    name, sources = (sys.argv[1], sys.argv[2:]) if sys.argv[1] in OTHERS else (TARGET.name, sys.argv[1:])
    target = TARGET.with_name(name)
    try:
        checksum = pack(sources, target, OTHERS.get(name, ()))
    except ValueError as error:
        sys.exit(str(error))
    print(f"{name}: {target.stat().st_size:,} bytes, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
