"""The table of all claims: what may be seen before an answer, what is kept, the score, two kernels, the still page."""

import errno
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import ipywidgets as ipw
import pytest

from course_lib.data.claims import ARTICLES, TOPICS, VERDICTS, load_claims, ordered
from course_lib.widgets import claims as page
from course_lib.widgets import predictions
from course_lib.widgets.claims import ANY, OPEN, claims_explorer, listed, next_open, score, score_line

ROOT = Path(__file__).resolve().parents[2]
FIRST = ordered()[0]
OTHER = {"right": "false", "false": "muddled", "muddled": "condition", "condition": "right"}


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """Where the answers of a test are kept; nothing of another test waits to be written."""
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "home" / "progress.json"))
    monkeypatch.setattr(predictions, "_waiting", {})
    return tmp_path / "home" / "predictions.json"


def text(html):
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def rows(table):
    """The table's rows as texts."""
    root = ET.fromstring(table)
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")][1:]


# ---- pure functions ---------------------------------------------------------------------------------------------

def test_the_order_tells_nothing_of_the_verdict():
    """By topic and by place in the article; ids, whose letter R means "right", are shown nowhere."""
    assert {c.id for c in ordered()} == set(load_claims())
    assert [c.topic for c in ordered()] == sorted(c.topic for c in ordered())
    widget = claims_explorer()
    for claim in ordered():
        shown = page.sentence_html(claim, 1, 2) + page.answer_html(claim, None) + page.table_html([claim], {})
        assert not re.search(rf"\b{claim.id}\b", text(shown).replace(claim.quote, ""))
        assert claim.truth not in shown and "hidden" in shown
    assert "hidden" in widget._table.value


def test_filters():
    assert listed({}) == ordered() and listed({}, OPEN) == ordered()
    assert all("B" in c.articles for c in listed({}, article="B")) and len(listed({}, article="B")) > 20
    assert {c.topic for c in listed({}, topic="F")} == {"F"}
    for verdict in VERDICTS:
        assert listed({}, verdict) == []                                # nothing of ours may be seen yet
        found = listed({}, verdict, everything=True)
        assert found and {c.verdict for c in found} == {verdict}
        answers = {found[0].id: OTHER[verdict]}
        assert listed(answers, verdict) == found[:1] and found[0] not in listed(answers, OPEN)
    assert sum(len(listed({}, v, everything=True)) for v in VERDICTS) == len(ordered())
    assert listed({}, article="B", topic="G") == [c for c in ordered() if "B" in c.articles and c.topic == "G"]


def test_the_score_by_our_verdict():
    claims = load_claims()
    assert score({}) == {v: (0, 0) for v in VERDICTS} and score_line({}) == "Judged: 0 of 131, as we do: 0."
    answers = {"A8": "false", "A9": "right", "D4": "condition", "R1": "right", "R2": "false", "B3": "false"}
    assert score(answers) == {"right": (1, 2), "condition": (1, 1), "muddled": (0, 1), "false": (1, 2)}
    assert score_line(answers) == ("Judged: 6 of 131, as we do: 3. By our verdict: right 1 of 2; needs a condition 1 "
                                   "of 1; mixes two things 0 of 1; false 1 of 2.")
    everything = {i: c.verdict for i, c in claims.items()}
    assert score_line(everything).startswith("Judged: 131 of 131, as we do: 131.")


def test_the_next_open_one_is_looked_for_round():
    claims = ordered()[:4]
    done = {claims[i].id: "false" for i in (0, 2)}
    assert next_open(claims, done) == 1 and next_open(claims, done, 1) == 3 and next_open(claims, done, 3) == 1
    assert next_open(claims, {c.id: "false" for c in claims}) is None and next_open([], {}) is None


def test_sources_and_places_are_readable():
    assert page.source("rumelhart1986") == "Rumelhart, Hinton, Williams 1986"
    assert page.source("chen2016") == "Chen, Xu, Zhang, Guestrin 2016"
    for claim in load_claims().values():
        assert str(claim.section) in unescape(page.verdict_html(claim))


def test_a_page_of_the_table_holds_the_open_sentence():
    claims = ordered()
    for current in (0, page.PAGE - 1, page.PAGE, len(claims) - 1):
        table = page.table_html(claims, {}, current)
        shown = rows(table)
        [marked] = [row for row in shown if row[0].startswith("▶")]
        assert marked[0] == f"▶ {current + 1}" and claims[current].quote in marked[1] and len(shown) <= page.PAGE
        assert table.count('aria-current="true"') == 1
    assert rows(page.table_html([], {})) == []
    assert text(page.table_html(claims, {}, len(claims) - 1)).startswith("Sentences 121 to 131 of 131")


# ---- the widget -------------------------------------------------------------------------------------------------

def test_ours_is_shown_after_the_answer_and_not_before(file):
    widget = claims_explorer()
    assert widget.current == FIRST and widget.verdict.value is None
    assert "We:" not in widget.message and FIRST.truth not in unescape(widget.message)
    widget.verdict.value = OTHER[FIRST.verdict]
    said = text(widget.message)
    assert said.startswith(f"You: {VERDICTS[OTHER[FIRST.verdict]]}, not as we do. We: {VERDICTS[FIRST.verdict]} .")
    assert FIRST.truth in said and "Judged: 1 of 131, as we do: 0." in said and ".ipynb#" in widget.message
    assert json.loads(file.read_text())[f"16-claim-{FIRST.id}"] == {"guess": OTHER[FIRST.verdict]}
    assert rows(widget._table.value)[0][4:] == [VERDICTS[OTHER[FIRST.verdict]], VERDICTS[FIRST.verdict]]
    assert rows(widget._table.value)[1][4:] == ["–", "hidden"]


def test_the_first_answer_counts_until_it_is_taken_back(file):
    widget = claims_explorer()
    widget.verdict.value = FIRST.verdict
    assert "as we do: 1." in text(widget.message)
    widget.verdict.value = OTHER[FIRST.verdict]
    assert page.kept_answers()[0] == {FIRST.id: FIRST.verdict} and widget.verdict.value == FIRST.verdict
    assert "The first answer counts. Take it back to give another." in widget.message
    widget.back.click()
    assert page.kept_answers()[0] == {} and widget.verdict.value is None
    assert json.loads(file.read_text())[f"16-claim-{FIRST.id}"] == {"guess": None}
    before = file.read_bytes()
    widget.back.click()                                             # nothing to take back
    assert file.read_bytes() == before


def test_on_to_the_next_that_is_not_judged():
    widget = claims_explorer()
    widget.show.value = OPEN
    assert len(widget.claims) == 131
    widget.verdict.value = "false"
    assert widget.current == FIRST and len(widget.claims) == 131    # it does not vanish before it was read
    widget.following.click()
    assert widget.current == ordered()[1] and len(widget.claims) == 130 and widget.verdict.value is None
    assert text(widget._sentence.value).startswith("Sentence 1 of 130.")


def test_when_all_of_them_are_judged():
    widget = claims_explorer()
    widget.topic.value = "L"
    for _ in range(len(widget.claims)):
        widget.verdict.value = widget.current.verdict
        widget.following.click()
    assert "Of these sentences all are judged." in widget.message and "Judged: 5 of 131, as we do: 5." in widget.message
    widget.show.value = OPEN
    assert widget.claims == [] and widget.current is None and widget.verdict.value is None
    assert "No sentence passes these filters." in widget._sentence.value
    widget.following.click(), widget.back.click()
    widget.verdict.value = "false"
    assert widget.verdict.value is None and "Judged: 5 of 131" in widget.message
    widget.reset.click()
    assert len(widget.claims) == 131 and widget.show.value == widget.topic.value == ANY


def test_every_control_changes_something():
    for name, values in {"show": [OPEN, *VERDICTS], "article": list(ARTICLES), "topic": list(TOPICS),
                         "everything": [True], "position": [2, 131], "verdict": list(VERDICTS)}.items():
        for value in values:
            widget = claims_explorer()
            if name == "show" and value == OPEN:
                widget.verdict.value = "right"
            before = [w.value for w in (widget._sentence, widget._answer, widget._table)]
            getattr(widget, name).value = value
            assert [w.value for w in (widget._sentence, widget._answer, widget._table)] != before, (name, value)
            widget.position.value = 1
            widget.back.click()


def test_every_control_is_native_and_told_in_words():
    widget = claims_explorer()
    for control in (widget.show, widget.article, widget.topic, widget.verdict):
        assert isinstance(control, ipw.ToggleButtons) and control.description and all(control.tooltips)
    assert isinstance(widget.everything, ipw.Checkbox) and isinstance(widget.position, ipw.IntSlider)
    assert all(b.description == b.tooltip for b in (widget.following, widget.back, widget.reset))
    widget.verdict.value = "right"                                  # a button that is switched off loses the focus
    assert not any(getattr(c, "disabled", False) for c in (widget.verdict, widget.back, widget.following))
    for line in (widget._sentence, widget._answer):
        assert line.value.startswith('<div role="status" aria-live="polite">')


def test_for_teachers_all_verdicts_are_shown_and_nothing_is_judged():
    widget = claims_explorer()
    widget.everything.value = True
    assert FIRST.truth in unescape(widget.message) and "You:" not in widget.message
    widget.verdict.value = FIRST.verdict
    assert widget.verdict.value is None and "hide them to judge for yourself" in widget.message
    assert {row[5] for row in rows(widget._table.value)} <= set(VERDICTS.values())
    widget.show.value = "muddled"
    assert {c.verdict for c in widget.claims} == {"muddled"} and page.kept_answers()[0] == {}
    widget.everything.value = False
    assert widget.claims == []


def test_the_open_sentence_stays_open_while_it_passes_the_filters():
    widget = claims_explorer()
    widget.position.value = 40
    open_one = widget.current
    widget.article.value = open_one.articles[0]
    assert widget.current == open_one
    widget.article.value = ANY
    assert widget.current == open_one and widget.position.value == 40


# ---- what is kept -----------------------------------------------------------------------------------------------

def test_two_kernels_keep_one_score(file):
    """Each sees what the other has kept, and no answer of either is lost."""
    widget = claims_explorer()
    code = ("from course_lib.widgets.claims import claims_explorer\n"
            "w = claims_explorer()\nw.position.value = 2\nw.verdict.value = 'muddled'\nprint(len(w.claims))")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8",
                         env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert run.stdout == "131\n"
    widget.verdict.value = "false"
    assert page.kept_answers()[0] == {FIRST.id: "false", ordered()[1].id: "muddled"}
    assert "Judged: 2 of 131" in widget.message


def test_the_same_sentence_judged_in_two_notebooks_keeps_the_first_answer():
    one, other = claims_explorer(), claims_explorer()
    one.verdict.value = "false"
    other.verdict.value = "right"                                   # it did not know yet
    assert page.kept_answers()[0] == {FIRST.id: "false"} and other.verdict.value == "false"
    assert "The first answer counts." in other.message


def test_guesses_of_the_lessons_stay_and_are_no_answers(file):
    asked = predictions.guess("05-updates", "How many updates?")
    asked.control.value = "40"
    widget = claims_explorer()
    widget.verdict.value = "false"
    assert asked.kept == 40 and set(page.kept_answers()[0]) == {FIRST.id}
    assert json.loads(file.read_text()).keys() == {"05-updates", f"16-claim-{FIRST.id}", "version"}


@pytest.mark.parametrize("found", ['"perhaps"', "3", "null", "[1]", "{}"])
def test_an_entry_that_is_no_verdict_is_no_answer(file, found):
    file.parent.mkdir()
    file.write_text('{"16-claim-%s": {"guess": %s, "note": "mine"}, "16-claim-Z9": {"guess": "false"}}'
                    % (FIRST.id, found))
    widget = claims_explorer()
    assert widget.verdict.value is None and "Judged: 0 of 131" in widget.message
    widget.verdict.value = "false"
    kept = json.loads(file.read_text())
    assert kept[f"16-claim-{FIRST.id}"] == {"guess": "false", "note": "mine"}
    assert kept["16-claim-Z9"] == {"guess": "false"}                # of a later version, perhaps: left alone


def test_a_damaged_file_is_told_and_set_aside(file):
    file.parent.mkdir()
    file.write_text("{broken")
    widget = claims_explorer()
    assert "it is damaged" in widget.message
    widget.verdict.value = "false"
    assert page.kept_answers() == ({FIRST.id: "false"}, []) and "damaged" not in widget.message
    [aside] = file.parent.glob("*unreadable*")
    assert aside.read_text() == "{broken"


def test_on_a_full_disk_answers_wait_and_are_written_with_the_next(file, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    widget = claims_explorer()
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        widget.verdict.value = "false"
    assert "could not be written yet: No space left" in widget.message and "Judged: 1 of 131" in widget.message
    widget.position.value = 2
    widget.verdict.value = "right"
    assert set(json.loads(file.read_text())) == {f"16-claim-{FIRST.id}", f"16-claim-{ordered()[1].id}", "version"}


def test_looking_changes_nothing_on_disk(file):
    widget = claims_explorer()
    widget.position.value = 7
    widget.article.value = "C"
    widget.following.click(), widget.reset.click()
    assert not file.parent.exists()


# ---- without a kernel -------------------------------------------------------------------------------------------

def test_the_still_page_holds_every_sentence_and_folds_the_verdicts():
    before = claims_explorer()._repr_mimebundle_()
    widget = claims_explorer()
    widget.verdict.value = "false"
    bundle = widget._repr_mimebundle_()
    assert bundle["text/html"] == before["text/html"] and bundle["text/plain"] == before["text/plain"]
    assert "run this cell" in bundle["text/html"] and widget.model_id not in bundle["text/html"]
    root = ET.fromstring(f"<div>{bundle['text/html']}</div>")
    found = list(root.iter("tr"))[1:]
    assert len(found) == 131 == len(list(root.iter("details")))
    for row, claim in zip(found, ordered()):
        folded = row.find(".//details")
        assert claim.quote in "".join(row[1].itertext()) and folded.find("summary").text == "verdict"
        assert folded.find("b").text == VERDICTS[claim.verdict] and claim.truth in "".join(folded.itertext())
        assert folded.get("open") is None
