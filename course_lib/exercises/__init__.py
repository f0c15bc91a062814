"""Exercises with instant checks: ``check("04-1", affine_backward)`` says what is right, and names what is wrong."""

from course_lib.exercises.engine import check, examine, find, tasks
from course_lib.exercises.overview import progress_table
from course_lib.exercises.progress import export_progress, import_progress
from course_lib.exercises.task import Slip, Step, Suspect, Task

__all__ = ["Slip", "Step", "Suspect", "Task", "check", "examine", "export_progress", "find", "import_progress",
           "progress_table", "tasks"]
