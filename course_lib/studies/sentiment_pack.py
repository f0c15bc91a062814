"""Make ``data/sentiment.npz`` out of the source distribution of vaderSentiment.

    pip download --no-binary :all: --no-deps vaderSentiment==3.3.2
    python -m course_lib.studies.sentiment_pack vaderSentiment-3.3.2.tar.gz

The package's own program scores each sentence here, once. Nothing of it is needed to read the file.
"""

import html
import importlib.util
import io
import re
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

import course_lib.data
from course_lib.saving import write_arrays

RATED, RAW = "movieReviewSnippets_GroundTruth.txt", "movieReviewSnippets_anonDataRatings.txt"


def repaired(text):
    """A sentence of the source without its faults: entities of HTML become the characters that they stand for, two
    single quotation marks a double one, and runs of spaces, which stand where a dash was, one space."""
    text = html.unescape(html.unescape(text)).replace("''", '"').replace("``", '"')
    return re.sub(r"\s+", " ", text).strip()


def read_sentences(archive):
    """``sentences, ratings`` of the inner archive: texts, and for each a list of the ratings it got, −4 … 4."""
    texts = [line.split("\t") for line in _lines(archive, RATED)]
    raw = [line.split("\t") for line in _lines(archive, RAW)]
    if [row[0] for row in texts] != [row[0] for row in raw]:
        raise ValueError(f"sentiment_pack: the rows of {RATED} and {RAW} do not belong to each other")
    ratings = [[int(n) for n in row[3].strip("[] ").split(",")] for row in raw]
    return [repaired(row[2]) for row in texts], ratings


def _lines(archive, name):
    member = next(m for m in archive.getmembers() if m.name.endswith(name))
    return archive.extractfile(member).read().decode("utf-8").replace("\r\n", "\n").strip().split("\n")


def read_lexicon(folder):
    """``words, valences``: those entries of the lexicon that are words of letters, with their mean ratings."""
    rows = [line.split("\t") for line in (folder / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines()]
    kept = {row[0]: float(row[1]) for row in rows if re.fullmatch(r"[a-z]+(?:'[a-z]+)?", row[0])}
    return list(kept), list(kept.values())


def lexicon_scores(folder, sentences):
    """What the package's own program says of each sentence: its "compound", −1 … 1, with four decimals."""
    spec = importlib.util.spec_from_file_location("vader_of_the_archive", folder / "vaderSentiment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    analyser = module.SentimentIntensityAnalyzer()
    return [analyser.polarity_scores(sentence)["compound"] for sentence in sentences]


def arrays_of(path):
    """All that ``sentiment.npz`` holds, from the source distribution at ``path``."""
    with tempfile.TemporaryDirectory() as place, tarfile.open(path) as outer:
        for member in outer.getmembers():
            if "/vaderSentiment/" in member.name and member.isfile():
                (Path(place) / Path(member.name).name).write_bytes(outer.extractfile(member).read())
        inner = next(m for m in outer.getmembers() if m.name.endswith("hutto_ICWSM_2014.tar.gz"))
        with tarfile.open(fileobj=io.BytesIO(outer.extractfile(inner).read())) as archive:
            sentences, ratings = read_sentences(archive)
        words, valences = read_lexicon(Path(place))
        scores = lexicon_scores(Path(place), sentences)
    text = lambda lines: np.frombuffer("\n".join(lines).encode("utf-8"), dtype=np.uint8)
    return {"sentences": text(sentences), "ratings": np.concatenate(ratings).astype(np.int8),
            "raters": np.array([len(r) for r in ratings], np.uint8),
            "lexicon": np.round(10000 * np.array(scores)).astype(np.int16),
            "words": text(words), "valences": np.round(10 * np.array(valences)).astype(np.int8)}


def main(path):
    arrays = arrays_of(path)
    print(write_arrays(Path(course_lib.data.__file__).with_name("sentiment.npz"), arrays, compressed=True))
    print(f"{len(arrays['raters']):,} sentences, {len(arrays['ratings']):,} ratings, {len(arrays['valences']):,} words")


if __name__ == "__main__":
    main(sys.argv[1])
