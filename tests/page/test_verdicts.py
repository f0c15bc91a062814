"""The card of a sentence that was tested: what follows from the tests, and that it goes with the list."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course_lib.data.claims import VERDICTS, load_claims
from course_lib.page.verdicts import decide

LESSON = Path(__file__).resolve().parents[2] / "notebooks/16_myths_tested.ipynb"


@pytest.mark.parametrize("tests, verdict", [
    ({"one": True, "two": True}, "right"), ({"one": False, "two": False}, "false"),
    ({"one": True, "two": False}, "condition"), ({"one": True, "two": None}, "open"), ({"one": None}, "open"),
    ({"one": np.True_}, "right"), ({"one": np.bool_(False)}, "false")])
def test_what_follows_from_the_tests(tests, verdict):
    assert decide("A8", tests).verdict == verdict


@pytest.mark.parametrize("claim, tests, agrees", [
    ("A8", [False], True), ("A8", [True, False], False), ("A8", [True], False), ("A8", [None, False], None),
    ("D4", [True, False], True), ("D4", [False], False),                # listed: needs a condition
    ("B3", [False], True), ("B3", [True, False], True), ("B3", [True], False),          # listed: mixes two things
    ("R1", [True], True), ("R1", [True, False], False)])
def test_it_is_told_whether_list_and_experiment_go_together(claim, tests, agrees):
    assert decide(claim, {f"case {i}": held for i, held in enumerate(tests)}).agrees is agrees


def test_the_card_reads_as_text():
    card = decide("A8", {"updates from the last layer to the first": True, "only in this order": False})
    assert repr(card) == card.text == (
        "“the weights are modified backward, from output to input”\n"
        "  (Article B, “Backpropagation”, Deepchecks glossary; also article A)\n"
        "  ✓ holds: updates from the last layer to the first\n"
        "  ✗ does not hold: only in this order\n"
        "The experiment says: needs a condition, 1 of 2 hold. The list says: false.")
    assert "also articles A and D" in repr(decide("F1", {"so": False}))
    assert "open, the experiment was interrupted" in repr(decide("A8", {"so": None})) and "? open: so" in repr(
        decide("A8", {"so": None}))


def test_the_card_is_well_formed_and_says_the_same():
    card = decide("A8", {"a < b & c": False})
    root = ET.fromstring(card._repr_html_())
    assert root.get("role") == "group" and "A8" in root.get("aria-label")
    shown = unescape(" ".join("".join(root.itertext()).split()))
    for part in (card.claim.quote, card.says, "✗ does not hold: a < b & c", card.follows):
        assert part in shown
    assert "<li>✗ does not hold: a &lt; b" in card._repr_html_()


def test_wrong_calls_are_told():
    with pytest.raises(ValueError, match="no claim 'Z9'; known are A1, A2"):
        decide("Z9", {"so": True})
    with pytest.raises(ValueError, match="nothing was tested"):
        decide("A8", {})


@pytest.mark.skipif(not LESSON.exists(), reason="lesson 16 is not built yet")
def test_every_starred_sentence_is_decided_in_lesson_16_as_the_list_has_it():
    decided = {}
    for cell in nbformat.read(LESSON, 4).cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            for claim, card in re.findall(r'aria-label="Sentence (\w+), tested"(.*?)</div>', html, re.S):
                decided[claim] = re.search(r"The experiment says: ([\w ]+)", unescape(card))[1].strip()
    words = {word: key for key, word in VERDICTS.items()}
    for claim in load_claims().values():
        if claim.id in decided:
            allowed = ("false", "condition") if claim.verdict == "muddled" else (claim.verdict,)
            assert words.get(decided[claim.id]) in allowed, f"{claim.id}: {decided[claim.id]}, listed {claim.verdict}"
    assert {claim.id for claim in load_claims().values() if claim.starred} <= set(decided)
