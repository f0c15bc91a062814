"""The reader's guesses: what is a number, what is kept, what is said beside the measured value."""

import errno
import json
import os
import pickle
import re
import subprocess
import sys

import ipywidgets as ipw
import numpy as np
import pytest

from course_lib import kept
from course_lib.widgets import predictions
from course_lib.widgets.predictions import answer, comparison, guess, number, plain, written


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """Where the guesses of a test are kept; nothing of another test is known or waits to be written."""
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "home" / "progress.json"))
    forget(monkeypatch)
    return tmp_path / "home" / "predictions.json"


def forget(monkeypatch):
    """As after a restart of the kernel."""
    monkeypatch.setattr(predictions, "_waiting", {})
    monkeypatch.setattr(predictions, "_asked", {})


def updates():
    return guess("05-updates", "How many updates?", unit="updates")


def which():
    return guess("07-winner", "Which learns?", choices=("sigmoid", "ReLU", "neither"))


def written_to(file, content):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


# ---- what is a number -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text, value", [
    ("40", 40), ("1,000", 1000), ("12,345,678.5", 12345678.5), ("1e6", 1e6), ("1E-3", 1e-3), ("0.1", 0.1),
    (".5", 0.5), ("5.", 5), ("-3", -3), ("−3", -3), ("+3", 3), ("≈ 5", 5), ("~5", 5), ("about 5", 5),
    ("  7 ", 7), ("1 000 000", 1e6), ("1_000", 1000), ("1'000", 1000), ("1\u202f000", 1000),
    ("10 %", 0.1), ("10%", 0.1), ("−2.5 %", -0.025), ("0", 0), ("2 million", 2e6),
    ("1.5 thousand", 1500), ("3 billion", 3e9), ("10^6", 1e6), ("10**6", 1e6), ("10^-3", 1e-3),
    ("-10^2", -100), ("2·10^5", 2e5), ("2 x 10^-5", 2e-5), ("2.5 × 10^5", 2.5e5), ("1/4", 0.25), ("-3 / 2", -1.5),
    ("1e-3", 1e-3), ("1e−3", 1e-3), ("", None), ("   ", None)])
def test_a_number_may_be_written_in_many_ways(text, value):
    assert number(text) == (None if value is None else pytest.approx(value, rel=1e-15))


def test_the_unit_may_stand_behind_it():
    assert number("40 updates", unit="updates") == number("40 Updates", unit="updates") == 40
    assert number("10 %", unit="%") == number("10", unit="%") == 10 and number("10 %", unit="share") == 0.1


@pytest.mark.parametrize("text", ["forty", "3-5", "between 3 and 5", "1,00,0", "1,2345", "1 2", "5 5", "1.2.3", "e5",
                                  "1e", "--3", "nan", "inf", "∞", "1/0", "40 epochs", "%", "0x10", "1,000,00", ">5",
                                  "True", "million", "1;2", "²"])
def test_what_is_no_number_is_told_in_words(text):
    with pytest.raises(ValueError, match=re.escape(text)) as error:
        number(text, unit="updates")
    assert str(error.value).endswith(".") and "1,000" in str(error.value)


@pytest.mark.parametrize("text", ["0,5", "1,5", "1,50", "0,125", "-0,5"])
def test_a_decimal_comma_is_asked_about_and_not_taken_for_something_else(text):
    with pytest.raises(ValueError, match="point here"):
        number(text)


def test_a_number_too_large_for_a_computer():
    with pytest.raises(ValueError, match="too large"):
        number("1e999")


@pytest.mark.parametrize("value, form, text", [
    (167693, predictions.FORM, "167,693"), (167693.0, predictions.FORM, "167,700"), (3, predictions.FORM, "3"),
    (12345.678, predictions.FORM, "12,350"), (0.123456, predictions.FORM, "0.1235"), (-3.25, predictions.FORM, "−3.25"),
    (-1e-9, "{:.2f}", "0.00"), (-0.0, predictions.FORM, "0"),
    (0, predictions.FORM, "0"), (1e-12, predictions.FORM, "1e−12"), (1e-5, predictions.FORM, "1e−5"),
    (1e20, predictions.FORM, "1e20"), (1e6, predictions.FORM, "1,000,000"), (12345.678, "{:.1f}", "12,345.7"),
    (12345678, "{:,}", "12,345,678"), (0.0812, "{:.1%}", "8.1 %"), (0.00012345, "{:.6f}", "0.000123"),
    (167693, "{:.3g}", "168,000"), (1234.5678, "{:.4f}", "1,234.5678"), (float("inf"), predictions.FORM, "∞"),
    (float("-inf"), predictions.FORM, "−∞")])
def test_numbers_have_groups_of_three_and_true_minus_signs(value, form, text):
    assert written(value, form) == text


def test_a_guess_is_shown_as_it_was_given():
    for text in ("0.1", "40,000", "40,000.5", "123,456.789", "1e20", "0.015"):
        assert plain(number(text)) == text
    assert plain(-3.0) == "−3" and plain(0.1 * 3) == "0.3"


# ---- how a guess compares ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("guessed, value, said", [
    (40000, 167693, "4.2 times too small"), (167693, 40000, "4.2 times too large"), (5, 5, "right"),
    (5, 5.0001, "right"),
    (5, 5.01, "less than 1 % too small"), (105, 100, "5 % too large"), (109, 100, "9 % too large"),
    (110, 100, "1.1 times too large"), (200, 100, "2 times too large"),
    (5, 167693, "34,000 times too small"),
    (1, 1e12, "1e12 times too small"), (0, 0, "right"), (0, 5, "5 too small"), (3, 0, "3 too large"),
    (-3, 0, "3 too small"), (0, -3.25, "3.2 too large"), (0, 1e-12, "1e−12 too small"), (-3, 5, "with the other sign"),
    (3, -5, "with the other sign"), (-3, -6, "2 times too small in size"), (-6, -3, "2 times too large in size"),
    (5, float("inf"), "too small"), (5, float("-inf"), "too large")])
def test_a_comparison_is_simple_and_honest(guessed, value, said):
    assert comparison(guessed, value) == said


@pytest.mark.parametrize("guessed, value, said", [
    (10, 8.1, "1.9 points too large"), (9, 10, "1 point too small"), (0, 99, "99 points too small"), (10, 10, "right"),
    (-1, 1, "2 points too small")])
def test_shares_are_compared_in_points(guessed, value, said):
    assert comparison(guessed, value, unit="%") == said
    assert comparison(guessed / 100, value / 100, form="{:.1%}") == said


def test_whatever_looks_equal_is_right():
    assert comparison(0.08, 0.0812, form="{:.2f}") == "right" and comparison(0.08, 0.0812) != "right"
    assert comparison(167690, 167693) == "less than 1 % too small"         # a whole number is shown in full


# ---- the control ------------------------------------------------------------------------------------------------

def test_a_number_is_taken_kept_and_shown_beside_the_measured_one(file):
    asked = updates()
    assert asked.control.value == "" and asked.message == "Write a number, or run on without."
    asked.control.value = "40,000"
    assert asked.message == "Your guess: 40,000 updates. It is kept; run on to see."
    assert asked.kept == 40000 and json.loads(file.read_text())["05-updates"] == {"guess": 40000}
    assert repr(answer("05-updates", 167693)) == "Measured: 167,693 updates. Your guess: 40,000, 4.2 times too small."


def test_the_line_is_announced_and_its_text_is_escaped():
    asked = updates()
    asked.control.value = "<b>1"
    assert asked._line.value.startswith('<div role="status" aria-live="polite">“&lt;b&gt;1” is no number.')
    assert asked.children[-1] is asked._line and asked.children[0].value == "<b>How many updates?</b>"


def test_without_a_guess_the_lesson_runs_on():
    updates()
    assert repr(answer("05-updates", 167693)) == "Measured: 167,693 updates. You made no guess."
    assert repr(answer("05-never", 3)) == "Measured: 3. You made no guess."
    assert repr(answer("05-never", 3, unit="steps")) == "Measured: 3 steps. You made no guess."
    assert repr(answer("05-never", "ReLU")) == "Measured: ReLU. You made no guess."


def test_a_guess_may_be_changed_until_and_after_the_answer_and_taken_back(file):
    asked = updates()
    for text in ("10", "20"):
        asked.control.value = text
        assert f"Your guess: {text}," in repr(answer("05-updates", 40))
    asked.control.value = ""
    assert asked.kept is None and asked.message == "Write a number, or run on without."
    assert "no guess" in repr(answer("05-updates", 40))
    assert json.loads(file.read_text())["05-updates"] == {"guess": None}


def test_what_is_no_number_leaves_the_last_guess_kept():
    asked = updates()
    asked.control.value = "10"
    asked.control.value = "many"
    assert asked.message.startswith("“many” is no number.") and asked.message.endswith("Still kept: 10 updates.")
    assert "Your guess: 10, right" in repr(answer("05-updates", 10))


def test_of_choices_none_is_chosen_at_the_start():
    asked = which()
    assert isinstance(asked.control, ipw.ToggleButtons) and asked.control.value is None
    assert asked.message == "Choose one, or run on without." and "no guess" in repr(answer("07-winner", "ReLU"))
    asked.control.value = "ReLU"
    assert asked.message == "Your guess: ReLU. It is kept; run on to see."
    assert repr(answer("07-winner", "ReLU")) == "Measured: ReLU. Your guess: ReLU, right."
    assert repr(answer("07-winner", np.str_("sigmoid"))) == \
        "Measured: sigmoid. Your guess: ReLU, not what was measured."


def test_choices_may_be_numbers():
    asked = guess("09-rate", "Which rate?", choices=(0.3, 1.0, 1000))
    asked.control.value = "1"
    assert asked.choices == ["0.3", "1", "1,000"]
    for value in (1, 1.0, np.float64(1), np.int64(1), "1"):
        assert repr(answer("09-rate", value)) == "Measured: 1. Your guess: 1, right."
    with pytest.raises(ValueError, match="none of the choices"):
        answer("09-rate", 0.4)


@pytest.mark.parametrize("value", [
    40, 40.0, np.int64(40), np.float32(40), np.float64(40), np.array(40.0), np.array([40])], ids=repr)
def test_a_measured_number_may_be_of_any_kind(value):
    updates().control.value = "40"
    assert repr(answer("05-updates", value)) == "Measured: 40 updates. Your guess: 40, right."


@pytest.mark.parametrize("value", [float("nan"), np.float64("nan"), None, "incomplete", "ReLU (incomplete)"], ids=repr)
def test_an_interrupted_measurement_is_said_to_be_incomplete(value):
    updates().control.value = "40"
    which()
    said = "Measured: incomplete, the measurement was interrupted. "
    assert repr(answer("05-updates", value)) == said + "Your guess: 40."
    assert repr(answer("07-winner", value)) == said + "You made no guess."


@pytest.mark.parametrize("value", [True, False, np.True_, np.array(False)], ids=repr)
def test_true_is_no_answer(value):
    for key in ("05-updates", "05-never"):
        updates()
        with pytest.raises(TypeError, match="answer with the number that was asked for"):
            answer(key, value)


@pytest.mark.parametrize("value", [[1], np.arange(3), {}, 1j], ids=repr)
def test_nor_is_anything_else_that_is_no_number_and_no_choice(value):
    with pytest.raises(TypeError, match="a number or a choice is expected"):
        answer("05-updates", value)


def test_a_wrong_choice_a_choice_for_a_number_and_wrong_keys_are_refused():
    updates(), which()
    with pytest.raises(ValueError, match="'tanh' is none of the choices sigmoid, ReLU, neither"):
        answer("07-winner", "tanh")
    with pytest.raises(ValueError, match="asks for a number"):
        answer("05-updates", "ReLU")
    for key in ("updates", "5-updates", "05", "05-", "05 updates", 5, None):
        with pytest.raises(ValueError, match="lesson's number"):
            guess(key, "How many?")
        with pytest.raises(ValueError, match="lesson's number"):
            answer(key, 3)
    for choices in ((), ("one",), ("one", "one"), (1, 1.0)):
        with pytest.raises(ValueError, match="two different"):
            guess("05-one", "Which?", choices=choices)


def test_per_cents():
    guess("08-share", "Which share?", unit="%").control.value = "10 %"
    guess("08-part", "Which share?").control.value = "10 %"
    assert repr(answer("08-share", 8.1)) == "Measured: 8.1 %. Your guess: 10 %, 1.9 points too large."
    assert repr(answer("08-part", 0.081, form="{:.1%}")) == "Measured: 8.1 %. Your guess: 10 %, 1.9 points too large."


def test_the_still_picture_is_the_same_with_and_without_a_guess():
    """What a notebook stores must not depend on the learner, nor hold the numbers of widgets."""
    def still(asked):
        bundle = asked._repr_mimebundle_()
        return {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    before = [still(updates()), still(which())]
    updates().control.value = "40"
    which().control.value = "ReLU"
    assert [still(updates()), still(which())] == before
    assert before[0]["text/plain"] == "How many updates? Your guess: a number (updates)."
    assert "sigmoid / ReLU / neither" in before[1]["text/html"] and "run this cell" in before[1]["text/html"]
    assert all("role" not in part["text/html"] and updates().model_id not in str(part) for part in before)
    assert "&lt;" in still(guess("05-less", "a < b?"))["text/html"]


def test_the_answer_is_shown_as_text_and_as_html():
    shown = answer("05-less", "a < b")
    assert shown._repr_html_() == "<div><b>Measured: a &lt; b.</b> You made no guess.</div>"
    assert repr(shown) == shown.text == "Measured: a < b. You made no guess."
    assert pickle.loads(pickle.dumps(shown)).text == shown.text


def test_a_cell_may_be_run_twice():
    updates().control.value = "40"
    again = updates()
    assert again.control.value == "40" and again.message == "Your guess: 40 updates. It is kept; run on to see."


# ---- what is kept -----------------------------------------------------------------------------------------------

def test_guesses_outlast_the_kernel(monkeypatch):
    updates().control.value = "40,000.5"
    which().control.value = "ReLU"
    forget(monkeypatch)
    assert "Your guess: 40,000.5, 4.2 times too small" in repr(answer("05-updates", 167693))    # not asked again
    assert "Your guess: ReLU, right" in repr(answer("07-winner", "ReLU"))
    assert updates().control.value == "40,000.5" and which().control.value == "ReLU"


def test_another_process_finds_them():
    updates().control.value = "40"
    code = "from course_lib.widgets.predictions import answer; print(answer('05-updates', 80))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8",
                         env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert run.stdout == "Measured: 80. Your guess: 40, 2 times too small.\n"


def test_a_guess_from_when_the_question_was_another_one_is_not_used(monkeypatch):
    updates().control.value = "40"
    forget(monkeypatch)
    asked = guess("05-updates", "Many or few?", choices=("many", "few"))
    assert asked.control.value is None and "no guess" in repr(answer("05-updates", "many"))
    asked.control.value = "few"
    asked = guess("05-updates", "Many or few?", choices=("many", "some"))
    assert asked.control.value is None and "no guess" in repr(answer("05-updates", "many"))
    assert updates().control.value == "" and "no guess" in repr(answer("05-updates", 3))
    forget(monkeypatch)
    assert "no guess" in repr(answer("05-updates", 3))


def test_looking_changes_nothing_on_disk(file):
    updates(), which(), answer("05-updates", 3)
    assert not file.parent.exists()


@pytest.mark.parametrize("content", ["{broken", "[1, 2]", "", '{"05-updates": 3}', b"\xff\xfe\x00\x80", "[" * 100_000])
def test_a_damaged_file_is_set_aside_with_the_next_guess(file, content):
    written_to(file, content)
    asked = updates()
    assert "predictions.json cannot be read: it is damaged; with the next guess" in asked.message
    assert "no guess" in repr(answer("05-updates", 3))
    asked.control.value = "40"
    assert asked.message == "Your guess: 40 updates. It is kept; run on to see."
    [aside] = file.parent.glob("*unreadable*")
    assert aside.read_bytes() == (content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("found", ["null", "true", "[1]", "NaN", "Infinity", "{}"])
def test_an_entry_that_is_no_guess_is_none(file, found):
    written_to(file, '{"05-updates": {"guess": %s, "note": "mine"}, "99-other": {"guess": 3}}' % found)
    asked = updates()
    assert asked.kept is None and "no guess" in repr(answer("05-updates", 3))
    asked.control.value = "4"
    assert json.loads(file.read_text()) == {"05-updates": {"guess": 4, "note": "mine"}, "99-other": {"guess": 3},
                                            "version": kept.VERSION}


def test_a_file_of_a_later_version_stays_and_the_guess_goes_beside_it(file, monkeypatch):
    written_to(file, '{"version": 2}')
    asked = updates()
    assert "later version" in asked.message
    asked.control.value = "40"
    forget(monkeypatch)
    assert file.read_text() == '{"version": 2}' and updates().kept == 40


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_on_a_full_disk_the_guess_is_kept_in_the_notebook_and_written_with_the_next(file, monkeypatch, where):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    asked = updates()
    with monkeypatch.context() as patch:
        patch.setattr(os, where, full)
        asked.control.value = "40"
    assert asked.message.startswith("Your guess: 40 updates. It is kept in this notebook; run on to see. (It could not")
    assert "No space left on device" in asked.message and not file.exists()
    assert "Your guess: 40, right" in repr(answer("05-updates", 40)) and updates().control.value == "40"
    which().control.value = "ReLU"
    assert json.loads(file.read_text()).keys() == {"05-updates", "07-winner", "version"}


def test_a_file_in_the_place_of_the_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    asked = updates()
    asked.control.value = "40"
    assert "kept in this notebook" in asked.message and "Your guess: 40, right" in repr(answer("05-updates", 40))


def test_without_locks_as_in_a_browser_it_is_kept_too(file, monkeypatch):
    for name in ("fcntl", "msvcrt"):
        monkeypatch.setitem(sys.modules, name, None)            # importing it raises ImportError
    updates().control.value = "40"
    assert json.loads(file.read_text())["05-updates"] == {"guess": 40}


def test_where_it_is_kept(monkeypatch, tmp_path):
    """Beside the progress, whatever that is called: two learners in one folder have two tables each."""
    for progress, table in (("progress.json", "predictions.json"), ("anna.json", "anna.predictions.json")):
        monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / progress))
        assert kept.place() == tmp_path / progress and kept.place("predictions") == tmp_path / table
    monkeypatch.delenv("COURSE_LIB_PROGRESS")
    assert kept.place("predictions").parts[-2:] == (".course_lib", "predictions.json")
