"""Every prediction that a lesson asks for is taken by a control, kept, and answered by what was measured."""

import ast
import re
from functools import cache

import nbformat
import pytest
from test_notebooks import LESSONS, ROOT, cells, every_lesson, is_a_guess, output_texts

from course_lib.teaching import build

SOURCES = sorted((ROOT / "notebooks/source").glob("*.py"))
every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)


@cache
def source(path):
    return build.read_source(path).cells


def asks(cell):
    """Is it text that asks for a prediction?"""
    return cell.cell_type == "markdown" and re.search(r"\*\*Predict(ion)?\b", cell.source) is not None


def calls(cell, name):
    """All calls of a function in a cell."""
    if cell.cell_type != "code":
        return []
    return [n for n in ast.walk(ast.parse(cell.source))
            if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name]


def last(cell):
    """The call whose value a cell shows, or None."""
    body = ast.parse(cell.source).body
    return body[-1].value if body and isinstance(body[-1], ast.Expr) and isinstance(body[-1].value, ast.Call) else None


def key_of(call):
    key = call.args[0] if call.args else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ast.unparse(call)


def is_a_claim(value):
    """True, ``a < b``, ``not a``: what a reader asked for a number cannot compare a guess with."""
    return (isinstance(value, (ast.Compare, ast.BoolOp))
            or isinstance(value, ast.Constant) and isinstance(value.value, bool)
            or isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
            or isinstance(value, ast.Call) and getattr(value.func, "id", "") in ("bool", "all", "any"))


def faults(cells, lesson):
    """What is wrong with the guesses and answers of a lesson, given by its number ("05")."""
    found, guesses, answers = [], {}, {}
    for i, cell in enumerate(cells):
        for call in calls(cell, "guess"):
            key = key_of(call)
            if key in guesses:
                found.append(f"{key} is asked for twice")
            guesses[key] = i
            if not re.fullmatch(rf"{lesson}-[\w-]+", key):
                found.append(f"{key} does not begin with the lesson's number")
            if not is_a_guess(cell):
                found.append(f"{key} has no cell of its own")
            before = i - 1
            while before >= 0 and is_a_guess(cells[before]):    # one paragraph may ask for two things
                before -= 1
            if before < 0 or not asks(cells[before]):
                found.append(f"{key} does not stand below a prediction in the text")
        for call in calls(cell, "answer"):
            key = key_of(call)
            if key in answers:
                found.append(f"{key} is answered twice")
            answers[key] = i
            if ast.dump(call) != ast.dump(last(cell) or ast.Pass()):
                found.append(f"the answer to {key} is not the last line of its cell, so that nothing is shown")
            if len(call.args) > 1 and is_a_claim(call.args[1]):
                found.append(f"{key} is answered by True or False")
    found += [f"{key} is never answered" for key in guesses if key not in answers]
    found += [f"{key} is answered and was never asked for" for key in answers if key not in guesses]
    found += [f"{key} is answered before it is asked for" for key in answers
              if key in guesses and answers[key] <= guesses[key]]
    return found


def without_a_control(cells):
    """The predictions in the text that no guess follows, each by its beginning."""
    return [re.search(r"\*\*Predict.{0,60}", cell.source)[0] for cell, following in zip(cells, [*cells[1:], None])
            if asks(cell) and (following is None or not is_a_guess(following))]


@every_source
def test_every_guess_is_asked_for_in_the_text_and_answered_later(path):
    assert not faults(source(path), path.stem[:2])


@every_source
def test_every_prediction_in_the_text_is_taken_by_a_control(path):
    assert not without_a_control(source(path))


@every_lesson
def test_what_is_stored_was_measured_whole_and_nobody_has_guessed(path):
    """A build and a test run begin without guesses, and nothing is interrupted."""
    for cell in cells(path):
        if calls(cell, "answer"):
            text = " ".join(output_texts(cell))
            assert re.search(r"Measured: .*You made no guess\.", text, re.S) and "incomplete" not in text, cell.source
        elif is_a_guess(cell):
            assert "run this cell" in " ".join(output_texts(cell)), cell.source


def test_there_are_lessons():
    assert len(SOURCES) == len(LESSONS) == 17


# ---- planted faults are found -----------------------------------------------------------------------------------

TEXT, ASKED = "**Prediction:** how many?", 'guess("05-a", "How many?", unit="steps")'
ANSWERED = 'n = 3\nanswer("05-a", n)'


def page(*sources):
    new = nbformat.v4
    return [new.new_markdown_cell(s) if s.startswith(("*", "Some")) else new.new_code_cell(s) for s in sources]


@pytest.mark.parametrize("sources", [
    (TEXT, ASKED, ANSWERED), ("Some text. **Predict** what each does.", ASKED, "x = 1", "Some text.", ANSWERED),
    ("**Predict before you run:** x?", ASKED, 'guess("05-b", "And?")', ANSWERED, 'answer("05-b", f(2), form="{:d}")'),
    (TEXT, ASKED, 'answer("05-a", 1)'), (TEXT, ASKED, 'answer("05-a", "more" if n > 3 else "fewer")')])
def test_what_is_right_is_not_found_wrong(sources):
    assert faults(page(*sources), "05") == without_a_control(page(*sources)) == []


@pytest.mark.parametrize("fault, sources", [
    ("twice", (TEXT, ASKED, TEXT, ASKED, ANSWERED)),
    ("lesson's number", (TEXT, ASKED.replace("05", "06"), ANSWERED.replace("05", "06"))),
    ("lesson's number", (TEXT, ASKED.replace('"05-a"', "key"), ANSWERED)),
    ("cell of its own", (TEXT, f"x = 1\n{ASKED}", ANSWERED)),
    ("cell of its own", (TEXT, f"g = {ASKED}", ANSWERED)),
    ("below a prediction", (TEXT, "x = 1", ASKED, ANSWERED)),
    ("below a prediction", ("Some text. Prediction: how many?", ASKED, ANSWERED)),
    ("below a prediction", (ASKED, TEXT, ANSWERED)),
    ("below a prediction", (ASKED, ANSWERED, TEXT)),
    ("answered twice", (TEXT, ASKED, ANSWERED, ANSWERED)),
    ("last line", (TEXT, ASKED, 'answer("05-a", n)\nn = 3')),
    ("last line", (TEXT, ASKED, 'said = answer("05-a", n)')),
    ("last line", (TEXT, ASKED, 'if n:\n    answer("05-a", n)')),
    ("True or False", (TEXT, ASKED, 'answer("05-a", n > 3)')),
    ("True or False", (TEXT, ASKED, 'answer("05-a", True)')),
    ("True or False", (TEXT, ASKED, 'answer("05-a", not n)')),
    ("True or False", (TEXT, ASKED, 'answer("05-a", bool(n))')),
    ("never answered", (TEXT, ASKED)),
    ("never asked", (TEXT, ANSWERED)),
    ("before", (ANSWERED, TEXT, ASKED))])
def test_a_planted_fault_is_found(fault, sources):
    assert any(fault in said for said in faults(page(*sources), "05"))


@pytest.mark.parametrize("sources", [(TEXT,), (TEXT, "x = 1", ASKED), (TEXT, "Some text.", ASKED), (TEXT, ANSWERED),
                                     ("Some text. **Predict** three.", "x = guess"), (TEXT, ASKED, TEXT)])
def test_a_prediction_in_prose_alone_is_found(sources):
    assert len(without_a_control(page(*sources))) == 1
