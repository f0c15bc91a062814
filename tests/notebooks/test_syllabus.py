"""Everything that the syllabus promises has its place: a section of a lesson, or a task of its sheet."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from test_notebooks import ROOT

from course_lib.exercises import tasks

SYLLABUS = tomllib.loads(Path(__file__).with_name("syllabus.toml").read_text(encoding="utf-8"))
KINDS = ("derive", "build", "touch", "real", "show")
PROMISES = [(lesson, kind, item) for lesson, found in SYLLABUS.items() for kind in KINDS
            for item in found.get(kind, ())]


@cache
def parts(lesson):
    """The text source of a lesson, cut at its sections: ``{0: what stands above the first, 1: …}``."""
    path, = (ROOT / "notebooks/source").glob(f"{lesson}_*.py")
    text = re.sub(r"\s+", " ", re.sub(r"^# ?", "", path.read_text(encoding="utf-8"), flags=re.M).replace("\n", " \n "))
    pieces = re.split(r" ## (?=\d+\. )", text)
    return {0: pieces[0]} | {int(piece.split(".")[0]): piece for piece in pieces[1:]}


def test_every_lesson_stands_in_the_syllabus():
    assert sorted(SYLLABUS) == sorted(path.stem[:2] for path in (ROOT / "notebooks/source").glob("*.py"))
    assert all(set(found) <= {"ask", "tasks", *KINDS} for found in SYLLABUS.values())


@pytest.mark.parametrize("lesson", SYLLABUS)
def test_a_lesson_begins_with_its_question(lesson):
    assert SYLLABUS[lesson]["ask"].casefold() in parts(lesson)[0].casefold()


@pytest.mark.parametrize("lesson, kind, item", PROMISES, ids=lambda value: str(value).replace(": ", "-"))
def test_every_heading_of_the_syllabus_has_its_place(lesson, kind, item):
    section, words = item.split(": ")
    assert words in parts(lesson)[int(section)], f"lesson {lesson}, section {section}: nothing says {words!r} ({kind})"


@pytest.mark.parametrize("task", [task for found in SYLLABUS.values() for task in found.get("tasks", ())])
def test_every_task_of_the_syllabus_is_there(task):
    assert task in tasks()
