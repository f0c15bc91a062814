"""The explorers of lesson 13: the numbers shown are the right ones."""

import numpy as np
import pytest

from course_lib.studies import sentiment
from course_lib.widgets import lesson13

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

def test_the_words_of_a_sentence_are_told_by_three_models_and_unknown_ones_are_said():
    explorer = lesson13.sentiment_explorer()
    explorer.controls["sentence"].value = "A good, good zyxwvut <film>"
    found = lesson13.read_sentence(explorer.state, sentiment.quick_models())
    assert found.words == ["a", "good", "good", "zyxwvut", "film"] and found.known.tolist() == [True] * 3 + [False, True]
    (_, c, _, score), (_, straight, _, line), (_, valences, _, short) = found.rows
    learnt, ridge = sentiment.quick_models()
    assert score == pytest.approx(learnt.predict(["A good, good zyxwvut film"])[0], abs=1e-5)
    assert straight.sum() + ridge.b == pytest.approx(line) and straight[1] == straight[2] > 0
    assert valences.tolist() == [0, 1.9, 1.9, 0, 0] and short == pytest.approx(3.8 / np.sqrt(3.8 ** 2 + 15))
    picture, line, _ = explorer.shown()
    assert "zyxwvut ?" in picture and "read as one and the same unknown word: zyxwvut" in line


def test_what_a_word_adds_is_told_by_its_absence_too():
    explorer = lesson13.sentiment_explorer()
    before = explorer.shown()
    explorer.controls["by"].value = "left out"
    assert explorer.shown() != before
    learnt, _ = sentiment.quick_models()
    words = sentiment.words_in(explorer.state["sentence"])
    gone = learnt.predict([" ".join(words)])[0] - learnt.predict([" ".join(words[1:])])[0]
    found = lesson13.read_sentence(explorer.state, sentiment.quick_models())
    assert found.rows[0][1][0] == pytest.approx(gone, abs=1e-5)


def test_a_line_without_words_and_a_long_one_are_shown():
    explorer = lesson13.sentiment_explorer()
    explorer.controls["sentence"].value = "..."
    assert "(no word)" in explorer.shown().picture
    explorer.controls["sentence"].value = "good " * 200
    assert explorer.shown().picture.count(">good<") == 60

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

