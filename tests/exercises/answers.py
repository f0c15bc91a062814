"""Answers as learners write them, right and wrong, for the tests of the tasks.

A wrong one is a right one with a piece of its text replaced: ``edited(frames, ("+ 1", ""))``.
"""

import inspect
import textwrap

from course_lib.exercises import Slip


def edited(function, *edits):
    """``function`` with pieces of its text replaced; each ``old`` of the pairs (old, new) occurs exactly once."""
    text = Slip(function.__name__, "", *edits).edited(textwrap.dedent(inspect.getsource(function)))
    names = dict(function.__globals__)
    exec(compile(text, f"<{function.__name__}, edited>", "exec"), names)
    return names[function.__name__]
