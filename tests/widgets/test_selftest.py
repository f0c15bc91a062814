"""The self-test: all answers are judged at once, wrong ones lead to a section, and nothing that was chosen is lost."""

import json
import re

import pytest

from course_lib.data.sections import section
from course_lib.data.selftest import load_selftest
from course_lib.kept import place
from course_lib.widgets.selftest import explanations, judged, self_test, summary

RIGHT = {q.number: q.right for q in load_selftest()}
WRONG = {q.number: next(o for o in q.options if o != q.right) for q in load_selftest()}


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "progress.json"))


def test_all_right_all_wrong_all_open():
    assert set(judged(RIGHT).values()) == {"right"} and summary(RIGHT) == "30 of 30 right."
    assert set(judged(WRONG).values()) == {"wrong"} and summary(WRONG).startswith("0 of 30 right. Not right: 1, 2, 3,")
    assert set(judged({}).values()) == {"open"} and "Not answered: 1, 2," in summary({})
    assert explanations(RIGHT) is explanations({}) is None


@pytest.mark.parametrize("q", load_selftest(), ids=lambda q: q.number)
def test_each_wrong_answer_leads_to_its_section(q):
    table = explanations(RIGHT | {q.number: WRONG[q.number]})._repr_html_()
    assert re.findall(r'href="([^"]*)"', table) == [section(q.section).link]
    assert table.count("<tr>") == 2 and str(section(q.section)) in table


def test_the_button_checks_and_a_new_choice_takes_the_table_away():
    test = self_test()
    test.controls[1].value, test.controls[2].value = RIGHT[1], WRONG[2]
    assert test.message == "2 of 30 answered."
    test.check.click()
    assert test.message.startswith("1 of 30 right. Not right: 2;") and len(test.found.outputs) == 1
    test.controls[2].value = RIGHT[2]
    assert test.found.outputs == () and test.message == "2 of 30 answered."


def test_answers_are_kept_for_another_day_and_beside_those_of_another_kernel():
    one, two = self_test(), self_test()
    one.controls[1].value = RIGHT[1]
    two.controls[2].value = WRONG[2]
    assert {n: a for n, a in self_test().answers.items() if a} == {1: RIGHT[1], 2: WRONG[2]}
    one.clear.click()                                   # takes back what this page knows, and nothing else
    assert {n: a for n, a in self_test().answers.items() if a} == {2: WRONG[2]}
    assert json.loads(place("predictions").read_text(encoding="utf-8"))


def test_an_answer_that_is_no_option_any_more_is_left_alone():
    self_test().controls[1].value = RIGHT[1]
    file = place("predictions")
    file.write_text(file.read_text(encoding="utf-8").replace(json.dumps(RIGHT[1])[1:-1], "old words"),
                    encoding="utf-8")
    assert self_test().answers[1] is None and "old words" in file.read_text(encoding="utf-8")


def test_what_is_stored_is_the_same_for_everybody_and_tells_all():
    empty = self_test()._repr_mimebundle_()
    self_test().controls[1].value = WRONG[1]
    assert self_test()._repr_mimebundle_()["text/html"] == empty["text/html"]
    for q in load_selftest():
        assert q.ask in empty["text/plain"] and f"{q.right}." in empty["text/html"].replace("&#x27;", "'")


def test_every_option_can_be_told_by_a_screen_reader():
    for number, control in self_test().controls.items():
        assert control.tooltips == tuple(f"Question {number}: {option}" for option in control.options)
