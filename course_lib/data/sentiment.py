"""Sentences of film reviews, each with what many people thought of it, and a lexicon of words with theirs."""

import io
from collections import namedtuple

import numpy as np

from course_lib.data.files import read_bytes

Sentiment = namedtuple("Sentiment", "sentences ratings rating lexicon words")
Sentiment.__doc__ = ("Rated sentences: sentences (list of N texts), ratings (list of N arrays, a number a person), "
                     "rating (N,) their means, lexicon (N,) VADER's own score, words {word: valence}.")


def load_sentiment():
    """10,605 sentences of film reviews, in the order of the source: first the reviews that recommend, then the others.

    sentences   texts
    ratings     arrays of 15 to 29 whole numbers from −4 (extremely negative) to 4 (extremely positive), a number a
                person; who gave which is not told
    rating      (10605,), the mean of each
    lexicon     (10605,), the "compound" score of the program VADER 3.3.2, −1 … 1
    words       {word: valence}, VADER's lexicon as far as it is words of letters, −4 … 4

    **The rows are sorted by sign**: shuffle before you split. Two sentences stand there twice.

    Source: Hutto, Gilbert (2014), ICWSM; the sentences after Pang, Lee (2005), ACL; MIT; see data/SOURCES.md.
    """
    with np.load(io.BytesIO(read_bytes("sentiment.npz")), allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    lines = lambda name: stored[name].tobytes().decode("utf-8").split("\n")
    ratings = np.split(stored["ratings"], np.cumsum(stored["raters"], dtype=int)[:-1])
    words = dict(zip(lines("words"), (stored["valences"] / 10).tolist()))
    return Sentiment(lines("sentences"), ratings, np.array([r.mean() for r in ratings]), stored["lexicon"] / 10000,
                     words)
