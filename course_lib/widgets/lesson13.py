"""Explorers of lesson 13, one for each study: TODO."""

from typing import NamedTuple

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import minus
from course_lib.page.drawing.svg import drawing, rect, text
from course_lib.studies.sentiment import contributions, lexicon_reading, quick_models, without_each, words_in
from course_lib.widgets.base import Explorer, choice, text_field

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

EXAMPLES = {"not bad": "It is not bad at all.", "good": "A good film.", "not good": "Not a good film.",
            "masterpiece": "A failed masterpiece.", "better": "I have never seen a better film."}
ACROSS, CELL = 880, 22                              # the picture's width, a line's height
TOLD_BY = {"gradient": "gradient times vector", "left out": "leaving each word out"}


class Reading(NamedTuple):
    """A sentence as three models read it: rows (name, what each word adds, full colour at, score as text)."""

    words: list
    known: np.ndarray
    rows: list


def read_sentence(state, models):
    """``Reading`` of the state's sentence; of a long one, the first 60 words."""
    learnt, line = models
    sentence = " ".join(words_in(state["sentence"])[:60])
    words, known, c, score = contributions(learnt, sentence)
    if state["by"] == "left out":
        c = without_each(learnt, sentence)
    straight, straight_score = line.contributions(sentence)
    valences, short = lexicon_reading(sentence)
    return Reading([w or "(no word)" for w in words], known,
                   [("network", c, 1.5, score), ("linear", straight, 1.5, straight_score),
                    ("VADER's words", valences if len(valences) else np.zeros(1), 4.0, short)])


def sentiment_picture(state, found):
    """The words in lines, below each what it adds in each of the three models: a number with its sign, on a colour."""
    parts, x, top, left = [], 118, 14, 118
    height = CELL * (len(found.rows) + 1) + 14

    def names():
        for i, (name, *_) in enumerate(found.rows):
            parts.append(text(left - 8, top + CELL * (i + 1) + 16, name, anchor="end", size=12))
    names()
    for t, word in enumerate(found.words):
        shown = word if len(word) < 22 else word[:20] + "…"
        width = max(52, 8.2 * len(shown) + 14)
        if x + width > ACROSS:
            x, top = left, top + height
            names()
        known = bool(found.known[t])
        parts.append(text(x + width / 2, top + 16, shown if known else f"{shown} ?", bold=known, size=13,
                          fill=palette.INK if known else palette.DATA))
        for i, (name, c, full, _) in enumerate(found.rows):
            y, value = top + CELL * (i + 1), float(c[t])
            parts += [rect(x + 1, y + 1, width - 2, CELL - 2, fill=palette.signed(0.6 * np.clip(value / full, -1, 1)),
                           stroke=palette.FAINT, title=f"{word}: {value:+.2f} ({name})"),
                      text(x + width / 2, y + 16, minus(f"{value:+.2f}") if abs(value) >= 0.005 else "0", size=12)]
        x += width
    y = top + height + 12
    for i, (name, _, _, score) in enumerate(found.rows):
        low, high = (-1, 1) if i == 2 else (-4, 4)
        parts.append(text(left + 250 * i, y, f"{name}: {minus(f'{score:+.2f}')} ({minus(str(low))} … {high})",
                          anchor="start", size=13, bold=True))
    return drawing(ACROSS, y + 12, *parts, title="What each word adds to the score of the sentence, in three models")


def sentiment_readout(state, found):
    """The three scores, the words that weigh most in the network, and what it does not know."""
    (_, c, _, score), (_, _, _, straight), (_, _, _, short) = found.rows
    most = sorted(range(len(c)), key=lambda t: -abs(c[t]))[:3]
    told = ", ".join(f"{found.words[t]} {c[t]:+.2f}" for t in most)
    unknown = list(dict.fromkeys(w for w, known in zip(found.words, found.known) if not known))
    return (f"Score of the network {score:+.2f}, of the linear model {straight:+.2f} (−4 … 4); of VADER's words "
            f"{short:+.2f} (−1 … 1). In the network, by {TOLD_BY[state['by']]}, these weigh most: {told}. "
            + (f"Not learnt, read as one and the same unknown word: {', '.join(unknown)}." if unknown
               else "Every word was learnt."))


def sentiment_explorer(learnt=None, line=None):
    """Which words make the network say so? ``learnt`` and ``line`` are models of the page; without them, quick ones."""
    quick = quick_models() if learnt is None or line is None else (None, None)
    models = learnt or quick[0], line or quick[1]
    return Explorer(
        alt="A sentence, and below each word what it adds to the score: in a network that reads, in a linear model of "
            "counted words, and in a lexicon. Type a sentence of your own.",
        picture=sentiment_picture, readout=sentiment_readout, compute=lambda state: read_sentence(state, models),
        controls={"sentence": text_field("Sentence", EXAMPLES["not bad"], tooltip="Type any English sentence"),
                  "by": choice("Network's words by", [(words, key) for key, words in TOLD_BY.items()], "gradient",
                               tooltip="How is told what a word adds in the network?")},
        actions={f"“{name}”": lambda state, s=s: {"sentence": s} for name, s in EXAMPLES.items()})

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation


EXPLORERS = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    "sentiment": sentiment_explorer,
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
