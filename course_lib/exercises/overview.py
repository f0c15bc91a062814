"""The table of all tasks and what has become of them, for lesson 00."""

from course_lib.exercises import progress
from course_lib.exercises.engine import tasks
from course_lib.page.notebook import table


def progress_table():
    """A table of all tasks: done, tried, or not yet."""
    entries = progress.read()
    rows = []
    for task in tasks().values():
        entry = entries.get(task.id, {})
        state = "✓ done" if entry.get("passed") else "tried" if entry.get("tries") else "not yet"
        rows.append([task.id, task.title, task.level, f"{task.minutes} min", state])
    done = sum(row[-1] == "✓ done" for row in rows)
    return table(rows, ["task", "what", "level", "time", "state"], f"{done} of {len(rows)} tasks done")
