"""The numbers in the instructor's guide are those of the tasks."""

import re
from pathlib import Path

from course_lib.exercises import tasks

GUIDE = (Path(__file__).parents[2] / "solutions" / "GUIDE.md").read_text(encoding="utf-8")


def test_the_minutes_of_the_sheets_are_the_sums_of_their_tasks():
    rows = dict(re.findall(r"^\| (\d\d) [^|]*\| \d+ \| (\d+) \|", GUIDE, re.M))
    lessons = {task_id[:2] for task_id in tasks()}
    assert set(rows) == lessons
    for lesson in lessons:
        assert int(rows[lesson]) == sum(t.minutes for t in tasks().values() if t.id.startswith(lesson)), lesson


def test_every_task_that_is_recommended_exists():
    assert set(re.findall(r"\b\d\d-\d\b", GUIDE)) <= set(tasks())
