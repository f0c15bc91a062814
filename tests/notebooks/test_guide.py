"""The numbers in the instructor's guide are those of the tasks."""

import re
from pathlib import Path

from course_lib.exercises import guard, tasks

ROOT = Path(__file__).parents[2]
GUIDE = (Path(__file__).parents[2] / "solutions" / "GUIDE.md").read_text(encoding="utf-8")


def test_the_minutes_of_the_sheets_are_the_sums_of_their_tasks():
    rows = dict(re.findall(r"^\| (\d\d) [^|]*\| \d+ \| (\d+) \|", GUIDE, re.M))
    lessons = {task_id[:2] for task_id in tasks()}
    assert set(rows) == lessons
    for lesson in lessons:
        assert int(rows[lesson]) == sum(t.minutes for t in tasks().values() if t.id.startswith(lesson)), lesson


def test_the_limits_that_the_readme_tells_are_those_of_the_checks():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (f"An answer may take {guard.SECONDS} seconds, {guard.BYTES // 1024 ** 3} GB of memory and "
            f"{guard.CHARACTERS:,} printed characters") in readme


def test_the_seeds_that_the_guide_tells_are_those_of_the_tests():
    test = (ROOT / "tests/exercises/test_tasks.py").read_text(encoding="utf-8")
    assert re.search(r"under (\d+) seeds", GUIDE)[1] == re.search(r"for seed in range\((\d+)\) if not", test)[1]


def test_every_task_that_is_recommended_exists():
    assert set(re.findall(r"\b\d\d-\d\b", GUIDE)) <= set(tasks())
