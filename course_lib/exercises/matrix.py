"""Which case finds which mistake: ``python -m course_lib.exercises.matrix [04-1 …]``.

A row for each suspect of a task; a column for the small case, the random cases, each special case and what comes after
them. × marks the cases in which the suspect gives something else than the reference. A row without × is a mistake that
passes: the task needs another case, or the suspect is none.
"""

import argparse
import sys

from course_lib.exercises.engine import find, say, tasks
from course_lib.exercises.judge import columns
from course_lib.exercises.task import Slip


def matrix(task, seed=0):
    """``[(name of the mistake, [names of the cases that find it]), …]``, in the order of the suspects."""
    return [(mistake.name, [name for name, found in columns(task, mistake.function, seed) if found])
            for mistake in task.mistakes]


def table(task, seed=0):
    """The matrix as lines of text; those of mistakes that nothing finds begin with an exclamation mark in brackets."""
    names = [name for name, _ in columns(task, task.reference, seed)]
    lines = [f"{task.id} {task.title}", *(f"    {chr(97 + i)}  {name}" for i, name in enumerate(names))]
    lines.append("  " + " ".join(chr(97 + i) for i in range(len(names))))
    for suspect, mistake in zip(task.suspects, task.mistakes):
        found = [hit for _, hit in columns(task, mistake.function, seed)]
        lines.append("  " + " ".join("×" if hit else "·" for hit in found) + f"  {mistake.name}{_edit(suspect)}"
                     + ("" if any(found) else "   [!] nothing finds it"))
    return lines


def _edit(suspect):
    """What the slip replaces, on at most 60 characters: variants of a mistake share its name."""
    if not isinstance(suspect, Slip):
        return ""
    old, new = (" ".join(piece.split()) for piece in suspect.edits[0])
    text = f"{old}  ->  {new or 'nothing'}"
    return f"   ({text if len(text) <= 60 else text[:59] + '…'})"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m course_lib.exercises.matrix", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="tasks, such as 04-1 (all)")
    options = parser.parse_args(arguments)
    missed = 0
    for task in map(find, options.tasks or tasks()):
        lines = table(task)
        missed += sum("[!]" in line for line in lines)
        say("\n".join(lines))
    say(f"{missed} mistakes are found by no case")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
