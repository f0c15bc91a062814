"""The table of all tasks and what has become of them, for lesson 00."""

from course_lib.exercises import progress
from course_lib.exercises.engine import sheets
from course_lib.page.notebook import Link, table


def progress_table():
    """A table of all tasks: done, tried, or not yet; a row before each lesson's tasks sums them up.

    The links count from the folder of the lessons.
    """
    entries, problems = progress.problems()
    rows, everything = [], 0
    for sheet, found in sheets().items():
        states = [_state(entries.get(task.id, {})) for task in found]
        done = sum(state == DONE for state in states)
        everything += done
        rows.append([Link(f"lesson {sheet[:2]}", f"{sheet}.ipynb"),
                     Link("exercises", f"../exercises/{sheet}.ipynb"), "",
                     f"{sum(task.minutes for task in found)} min", f"{done} of {len(found)} done"])
        rows += [[task.id, task.title, task.level, f"{task.minutes} min", state]
                 for task, state in zip(found, states)]
    count = sum(map(len, sheets().values()))
    for problem in problems:
        print(problem)
    return table(rows, ["task", "what", "level", "time", "state"], f"{everything} of {count} tasks done")


DONE = "✓ done"


def _state(entry):
    return DONE if entry.get("passed") else "tried" if entry.get("tries") else "not yet"
