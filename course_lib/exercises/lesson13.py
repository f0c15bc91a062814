"""Tasks of lesson 13: TODO."""

import numpy as np

from course_lib.exercises.cases import different_sizes
from course_lib.exercises.task import Slip, Task, slips

SHEET = "13_beyond_perception"


# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

def sentence_means(E, words):
    """Each sentence as the mean of its words' vectors (13.16). The number 0 fills up: it is no word.

    E (V, D), words (N, T) whole numbers  ->  y (N, D), backward: dy (N, D) -> dE (V, D)
    A sentence without words gives zeros.
    """
    real = words != 0
    lengths = np.maximum(real.sum(axis=1), 1)
    weights = real / lengths[:, np.newaxis]
    y = np.sum(weights[:, :, np.newaxis] * E[words], axis=1)

    def backward(dy):
        dE = np.zeros_like(E)
        np.add.at(dE, words, weights[:, :, np.newaxis] * dy[:, np.newaxis, :])
        return dE
    return y, backward


def _sentences(rng, lengths=None, sizes=None, words=None, scale=1.0):
    """Sentences of several lengths, filled up at the end; words return, and row 0 of the table is not 0."""
    N, T, V, D = sizes or different_sizes(rng, 4)
    if words is None:
        words = rng.integers(1, V, size=(N, T))
        lengths = rng.integers(1, T, size=N) if lengths is None else np.array(lengths)
        words[np.arange(T) >= lengths[:, np.newaxis]] = 0
    return scale * rng.normal(size=(V, D)) + 1, np.asarray(words), rng.normal(size=(len(words), D))


def _worded(words, V=5, D=3):
    return lambda rng: _sentences(rng, sizes=(len(words), len(words[0]), V, D), words=words)


_OWN = "each sentence is divided by the number of its own words: count where words is not 0, along the sentence"
_FILLING = "0 fills up and is no word: its vector must not be added, and its row of dE stays 0"
_AGAIN = "a word that stands more than once is paid for each time: dE[words] += counts it once, np.add.at each time"
_EMPTY = "a sentence without words has length 0, and 0 / 0 is NaN: divide by at least 1"
_LENGTHS = "np.maximum(real.sum(axis=1), 1)"
_PAID = "np.add.at(dE, words, weights[:, :, np.newaxis] * dy[:, np.newaxis, :])"

MEANS = Task(
    id="13-4", title="the mean of a sentence's words", level="write", difficulty=2, importance=3, minutes=20,
    reference=sentence_means, rule=True, outputs=("y", "dE"), cases=_sentences, batch=lambda E, words, *_: len(words),
    small=(np.array([[9.0, 9.0], [1.0, 2.0], [3.0, 6.0]]), np.array([[1, 2, 0, 0], [2, 2, 1, 0]]),
           np.array([[2.0, 4.0], [3.0, 6.0]])),
    edges={"a sentence without words": _worded([[1, 2, 3, 0], [0, 0, 0, 0], [4, 0, 0, 0]]),
           "filled up in front": _worded([[0, 0, 1, 2], [0, 3, 1, 4]]),
           "the same word again": _worded([[2, 2, 2, 2, 0]]),
           "a word in two sentences": _worded([[1, 2, 0], [2, 0, 0], [4, 2, 3]]), "one word": _worded([[3]]),
           "nothing to fill up": lambda rng: _sentences(rng, [4, 4, 4], (3, 4, 6, 2)),
           "only words of the end": _worded([[7, 6], [7, 0]], V=8),
           "one number a word": _worded([[1, 3, 0]], D=1),
           "no sentence has words": _worded([[0, 0, 0], [0, 0, 0]])},
    suspects=(
        *slips(_LENGTHS,
               ("divided by T", _OWN, "np.full(len(words), words.shape[1])"),
               ("empty sentence", _EMPTY, "real.sum(axis=1)"),
               ("the words of all sentences counted", _OWN, "np.maximum(real.sum(), 1) + np.zeros(len(words))"),
               ("one length for all", f"{_OWN}; here the longest was taken",
                "np.full(len(words), max(real.sum(axis=1).max(), 1))"),
               ("different words counted", "a word that stands twice counts twice",
                "np.array([max(len(set(row[row != 0])), 1) for row in words])"),
               ("length off by one", _OWN, "real.sum(axis=1) + 1")),
        *slips("words != 0",
               ("filling counted", _FILLING, "words >= 0"),
               ("first words left out", "every number but 0 is a word, 1 too", "words > 1")),
        Slip("filling counted", _FILLING, ("np.sum(weights[:, :, np.newaxis] * E[words], axis=1)",
                                           "np.sum(E[words], axis=1) / lengths[:, np.newaxis]"),
             (_PAID, "np.add.at(dE, words, dy[:, np.newaxis, :] / lengths[:, np.newaxis, np.newaxis])")),
        Slip("filling added", _FILLING, ("np.sum(weights[:, :, np.newaxis] * E[words], axis=1)",
                                         "np.sum(E[words], axis=1) / lengths[:, np.newaxis]")),
        Slip("filling paid", f"the forward is right, but {_FILLING}",
             (_PAID, "np.add.at(dE, words, dy[:, np.newaxis, :] / lengths[:, np.newaxis, np.newaxis])")),
        Slip("sum instead of mean", "divide by the number of words", ("real / lengths[:, np.newaxis]", "real * 1.0")),
        Slip("backward not divided", "what was divided by the length on the way forward is divided on the way back",
             (_PAID, "np.add.at(dE, words, real[:, :, np.newaxis] * dy[:, np.newaxis, :])")),
        Slip("backward divided by N", "dy holds any division by the batch already",
             (_PAID, "np.add.at(dE, words, weights[:, :, np.newaxis] * dy[:, np.newaxis, :] / len(dy))")),
        Slip("repeated words paid once", _AGAIN, ("np.add.at(dE, words, ", "dE[words] += (")),
        Slip("repeated words paid once", _AGAIN, ("np.add.at(dE, words, ", "dE[words] = (")),
        Slip("repeated words paid once", _AGAIN, (_PAID, """for row, weight, d in zip(words, weights, dy):
            dE[row] += weight[:, np.newaxis] * d""")),
        Slip("sign", "the mean rises with each vector: dE has the sign of dy",
             (_PAID, _PAID.replace(", weights", ", -weights"))),
    ))

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


TASKS = [
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    MEANS,
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
]
