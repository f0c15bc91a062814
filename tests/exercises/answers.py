"""Answers as learners write them, right and wrong, for the tests of the tasks.

A wrong one is a right one with a piece of its text replaced: ``edited(frames, ("+ 1", ""))``.
"""

import importlib
import inspect
import textwrap
from pathlib import Path

import pytest

from course_lib.exercises import Slip, tasks


def edited(function, *edits):
    """``function`` with pieces of its text replaced; each ``old`` of the pairs (old, new) occurs exactly once."""
    text = Slip(function.__name__, "", *edits).edited(textwrap.dedent(inspect.getsource(function)))
    names = dict(function.__globals__)
    exec(compile(text, f"<{function.__name__}, edited>", "exec"), names)
    return names[function.__name__]


def collected(name):
    """What the files ``planted_lessonNN.py`` call ``name``, for all lessons: ``{task id: [answer, …]}``."""
    files = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("planted_lesson*.py"))]
    return {task_id: answers for file in files for task_id, answers in getattr(file, name).items()}


def checkable(task_id):
    """Skip the test, with the reason, where the task needs a package that is not installed (lesson 14)."""
    needs = tasks()[task_id].needs
    if needs and (line := needs()):
        pytest.skip(f"{line.split(';')[0]}; .ci/run tests it")
