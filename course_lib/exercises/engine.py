"""The tasks of the course, and ``check``: what a sheet calls."""

import importlib
import sys
from functools import cache

from course_lib.exercises import progress
from course_lib.exercises.judge import examine

LESSONS = tuple(f"lesson{n:02d}" for n in range(1, 16))


@cache
def tasks():
    """All tasks, ``{id: Task}``, in order."""
    found = {}
    for name in LESSONS:
        for task in importlib.import_module(f"course_lib.exercises.{name}").TASKS:
            if task.id in found:
                raise ValueError(f"two tasks are called {task.id}")
            found[task.id] = task
    return found


@cache
def sheets():
    """The tasks of each sheet, ``{stem of the sheet and the lesson: [Task, …]}``."""
    modules = [importlib.import_module(f"course_lib.exercises.{name}") for name in LESSONS]
    return {module.SHEET: list(module.TASKS) for module in modules}


def find(task_id):
    """The task called ``task_id``; a clear error if there is none."""
    if task_id not in tasks():
        raise ValueError(f"check: there is no task {task_id!r}; there are {', '.join(tasks())}")
    return tasks()[task_id]


def check(task_id, answer, *, record=True):
    """Check an answer, print one line a stage, and note the result for the progress table (on this machine only)."""
    report = examine(find(task_id), answer)
    say("\n".join(report.lines))
    if record and (report.passed or report.fault):
        if problem := progress.record(task_id, report.passed):
            say(problem)


def say(text):
    """Print, wherever standard output leads: to a console of few characters, or nowhere, because it was closed."""
    try:
        print(text)
    except UnicodeEncodeError:
        print(text.translate(PLAIN).encode("ascii", "replace").decode("ascii"))
    except (ValueError, OSError, AttributeError):           # closed: there is nobody to tell
        if sys.__stderr__ is not None and not sys.__stderr__.closed:
            print("check: standard output is closed; nothing could be printed", file=sys.__stderr__)


PLAIN = str.maketrans({"✓": "ok", "✗": "!!", "−": "-", "·": ".", "…": "...", "∂": "d", "ᵀ": "^T", "⊙": "*", "Σ": "sum ",
                       "½": "1/2", "×": "x", "√": "sqrt ", "²": "^2", "≤": "<=", "≥": ">=", "—": "-", "→": "->",
                       "“": '"', "”": '"', "’": "'", "●": "*", "○": "o", "≈": "~", "∞": "inf", "π": "pi", "σ": "sigma",
                       "λ": "lambda", "δ": "delta", "ε": "eps", "₁": "1", "₂": "2", "₀": "0"})
