"""What every test and every notebook run needs before NumPy is imported."""

import os
import tempfile

import pytest

os.environ["OPENBLAS_NUM_THREADS"] = "1"        # reproducible sums
# A test run must not count as the learner's own work.
os.environ["COURSE_LIB_PROGRESS"] = os.path.join(tempfile.mkdtemp(prefix="course-progress-"), "progress.json")

# The files that take longest, longest first; all others take less than any of them.
LONGEST = ["tests/notebooks/test_interrupts.py", "tests/browser/test_lessons.py",
           "notebooks/12_understanding_voice_commands.ipynb",
           "notebooks/11_recognising_faces.ipynb", "notebooks/09_backpropagation_through_time.ipynb",
           "tests/browser/test_exercises.py", "tests/exercises/test_tasks.py", "notebooks/08_convolution.ipynb",
           "tests/widgets/test_explorers.py", "tests/browser/test_catches.py"]


def pytest_collection_modifyitems(items):
    """Long files come first, so that both processes are busy to the end. What is stored of lesson 14 shows three
    frameworks, and is compared only where all of them are installed; ``.ci/run`` installs them. Without,
    ``tests/notebooks/test_frameworks_pages.py`` runs its cells."""
    from course_lib.studies import frameworks
    absent = [frameworks.TITLES[name] for name in frameworks.NAMES if not frameworks.installed(name)]
    if absent:
        reason = (f"{' and '.join(absent)} not installed: the stored outputs of lesson 14 are compared in .ci/run, its "
                  "cells are run by test_frameworks_pages.py")
        for item in items:
            if item.path.name == "14_frameworks.ipynb":
                item.add_marker(pytest.mark.skip(reason=reason))
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONGEST)))


def pytest_terminal_summary(terminalreporter):
    """What the browser tests measured: a line a notebook. (Here: the process that prints reads no other conftest.)"""
    rows = [dict(report.user_properties)["browser"] for status in ("passed", "failed")
            for report in terminalreporter.getreports(status)
            if "browser" in dict(getattr(report, "user_properties", ()))]
    if rows:
        terminalreporter.section("in the browser: the slowest answer of a page to a key")
    for row in sorted(rows, key=lambda row: row["notebook"]):
        milliseconds, control = row["slowest"] or (0, "no control")
        terminalreporter.line(f"{row['notebook']:45} {row['seconds']:5.1f} s, {row['controls']:2} controls, "
                              f"{row['presses']:3} presses, {milliseconds:4} ms: {control}")
