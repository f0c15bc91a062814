"""The check engine: runs a learner's function through stages and names the first fault.

A task says what is asked (``Task``); its ``suspects`` are typical wrong answers, written out. An answer that agrees
with a suspect wherever it was tried, and not with the reference, has made that mistake, and is told so by name. Any
other wrong answer goes to ``checks.diagnose``, which knows signs, factors, transposes and missing sums.
"""

import importlib
import traceback
from collections import namedtuple
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations

import numpy as np

from course_lib.checks import Fault, diagnose, relative_error
from course_lib.exercises import progress

LESSONS = tuple(f"lesson{n:02d}" for n in range(1, 13))
RANDOM_CASES = 4

Suspect = namedtuple("Suspect", "name hint function")
Suspect.__doc__ = "A typical wrong answer: its name, a hint in words, and the function itself."

Report = namedtuple("Report", "task passed fault lines")
Report.__doc__ = "What a check found: ``fault`` is None when passed or not done; ``lines`` are what is printed."


@dataclass(frozen=True)
class Task:
    """A graded function.

    id, title, signature   "04-1", "the backward of affine", "affine_backward(dy, x, W)"
    level                  "fill in" (1-3 lines), "write" (a whole function) or "explore" (open)
    difficulty, importance one to three; minutes: the time it should take
    reference              the right function
    small                  arguments that can be computed by hand, or None
    cases                  ``cases(rng) -> arguments``: a random case of random size, or None
    outputs                names of the results, for messages
    suspects               typical wrong answers
    probes                 further stages: (title, ``probe(answer, rng) -> Fault or None``)
    batch                  ``batch(*arguments) -> N``, so that a factor of N is called by its name
    adapt                  ``adapt(answer) -> function of small and cases``, where the answer itself takes other
                           arguments: a rule whose backward must be called too, a function of single numbers that is
                           asked many times. It may return a Fault, where something else than the results is wrong
    tolerance              relative; keeps_dtype: float32 in, float32 out is required too
    """

    id: str
    title: str
    signature: str
    level: str
    difficulty: int
    importance: int
    minutes: int
    reference: object
    small: tuple = None
    cases: object = None
    outputs: tuple = ("the result",)
    suspects: tuple = ()
    probes: tuple = ()
    batch: object = None
    adapt: object = None
    tolerance: float = 1e-9
    keeps_dtype: bool = False

    def summary(self):
        """The line under a task's heading: level, difficulty, importance, minutes."""
        dots = ["●" * n + "○" * (3 - n) for n in (self.difficulty, self.importance)]
        return f"*{self.level}* · difficulty {dots[0]} · importance {dots[1]} · about {self.minutes} minutes"


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


def check(task_id, answer, *, record=True):
    """Check an answer, print one line a stage, and note the result for the progress table (on this machine only)."""
    report = examine(find(task_id), answer)
    print("\n".join(report.lines))
    if record and (report.passed or report.fault):
        progress.record(task_id, report.passed)


def find(task_id):
    """The task called ``task_id``; a clear error if there is none."""
    if task_id not in tasks():
        raise ValueError(f"check: there is no task {task_id!r}; there are {', '.join(tasks())}")
    return tasks()[task_id]


def examine(task, answer, seed=0):
    """Run all stages on ``answer`` with random cases from ``seed``; stop at the first fault. Prints nothing."""
    lines = [f"{task.id} {task.title}"]
    if task.adapt and callable(answer):
        answer, task = task.adapt(answer), _adapted(task)
    try:
        for title, stage in _stages(task):
            fault = stage(task, answer, np.random.default_rng(seed))
            if fault:
                return Report(task, False, fault, [*lines, f"  ✗ {title}", f"    {fault.text}"])
            lines.append(f"  ✓ {title}")
    except _NotDone:
        return Report(task, False, None, [f"{task.id} {task.title}: not done yet"])
    return Report(task, True, None, [*lines, "  done"])


def _adapted(task):
    """The task with its reference and suspects in the form in which they are compared."""
    suspects = tuple(suspect._replace(function=task.adapt(suspect.function)) for suspect in task.suspects)
    return replace(task, adapt=None, reference=task.adapt(task.reference), suspects=suspects)


# ---- stages --------------------------------------------------------------------------------------------------

class _NotDone(Exception):
    """The learner's function still raises NotImplementedError."""


def _stages(task):
    runs = task.small is not None or task.cases is not None
    yield "it is a function and it runs" if runs else "it is a function", _stage_runs
    if task.small is not None:
        yield "the small case", _stage_small
    if task.cases is not None:
        yield "random cases", _stage_random
        yield "the inputs are left as they were, and a second call gives the same", _stage_pure
        if task.keeps_dtype:
            yield "float32 in, float32 out", _stage_dtype
    for title, probe in task.probes:
        yield title, lambda task, answer, rng, probe=probe: _guarded(probe, answer, rng)


def _stage_runs(task, answer, rng):
    if not callable(answer):
        return Fault("not a function", f"a function {task.signature} was expected, got {type(answer).__name__}; "
                     "give its name, without calling it")
    arguments = task.small if task.small is not None else task.cases(rng) if task.cases else None
    if arguments is None:
        return None
    result = _run(answer, arguments)
    # it runs; what an ``adapt`` has found is for the next stage to tell
    if not _is_error(result) or result.name != "error":
        return None
    return _suspect(task, answer, [arguments]) or result


def _stage_small(task, answer, rng):
    got, expected = _run(answer, task.small), call(task.reference, task.small)
    if _is_error(got):
        return got
    fault = _compare(task, got, expected, task.small)
    if not fault:
        return None
    # A suspect that agrees here and on random cases explains more than one pair of numbers.
    named = _suspect(task, answer,
                     [task.small, *([task.cases(rng) for _ in range(RANDOM_CASES)] if task.cases else [])])
    fault = named or _stale(answer, task.small, got) or fault
    return Fault(fault.name, f"{fault.text}\n    given    {_show(task.small)}\n    expected {_show(expected)}"
                             f"\n    got      {_show(got)}")


def _stage_random(task, answer, rng):
    arguments = [task.cases(rng) for _ in range(RANDOM_CASES)]
    for case in arguments:
        got = _run(answer, case)
        fault = got if _is_error(got) else _compare(task, got, call(task.reference, case), case)
        if fault:
            return _suspect(task, answer, arguments) or _stale(answer, case, got) or fault
    return None


def _stage_pure(task, answer, rng):
    first, second = task.cases(rng), task.cases(rng)
    given = copied(first)
    once = _run(answer, given, copy=False)
    for before, after in zip(first, given):
        if not same(before, after, 0.0):
            return Fault("mutated input", "an input was changed: somebody else may still need it; "
                         "work on a copy, and avoid -= and assignments into arrays that were given")
    if _is_error(once):
        return once
    kept = copied(_results(once))
    other = _run(answer, second)
    again = _run(answer, first)
    if _is_error(other) or _is_error(again):
        return other if _is_error(other) else again
    if not same(kept, _results(again), task.tolerance):
        return _STALE
    return None


_STALE = Fault("stale state", "the same inputs gave another result at a later call: something is kept from call to "
               "call; use only what is given")


def _stale(answer, arguments, got):
    """A wrong answer that changes from call to call is wrong for that reason."""
    return None if _agree(got, _run(answer, arguments)) else _STALE


def _stage_dtype(task, answer, rng):
    single = tuple(a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
                   for a in task.cases(rng))
    got = _run(answer, single)
    if _is_error(got):
        return got
    for name, value in zip(task.outputs, _results(got)):
        if getattr(value, "dtype", np.float32) == np.float64:
            return Fault("dtype", f"{name} is float64 for float32 inputs: make new arrays with the dtype of what is "
                         "given, for example np.zeros_like(x) or np.zeros(shape, x.dtype)")
    return None


# ---- helpers that lessons may use too ------------------------------------------------------------------------

def call(function, arguments, copy=True):
    """``function(*arguments)`` on copies, so that a learner's function cannot spoil a later comparison."""
    return function(*(copied(arguments) if copy else arguments))


def copied(values):
    """Copies of all arrays and lists among ``values``."""
    return tuple(v.copy() if isinstance(v, (np.ndarray, list, dict)) else v for v in values)


def same(a, b, tolerance=1e-9):
    """Equal up to ``tolerance``: numbers and arrays by relative error, everything else by ==."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key], tolerance) for key in a)
    try:
        a_, b_ = np.asarray(a), np.asarray(b)
    except ValueError:                                  # lists of unequal lengths: no array can hold them
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    if a_.dtype.kind not in "biufc" or b_.dtype.kind not in "biufc":
        return type(a) is type(b) and np.array_equal(a_, b_)
    if a_.shape != b_.shape:
        return False
    with np.errstate(invalid="ignore"):
        return bool(np.array_equal(a_, b_, equal_nan=True)
                    or (np.all(np.isfinite(a_)) and relative_error(a_, b_) <= tolerance))


def _run(answer, arguments, copy=True):
    """The answer's result, or a Fault called "error" that tells what it raised and where."""
    return _guarded(call, answer, arguments, copy)


def _guarded(function, *arguments):
    """Run a learner's code: "not done" and errors become what the report can say."""
    try:
        with np.errstate(all="ignore"):
            return function(*arguments)
    except NotImplementedError as error:
        raise _NotDone from error
    except _NotDone:
        raise
    except Exception as error:                          # whatever a learner's function may raise is reported to them
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "course_lib" not in f.filename]
        where = f'\n    in the line: {frames[-1].line}' if frames and frames[-1].line else ""
        return Fault("error", f"{type(error).__name__}: {error}{where}")


def _is_error(result):
    return isinstance(result, Fault)


def _agree(result, guess, tolerance=1e-9):
    """Do an answer and a suspect give the same result, or fail with the same message?"""
    if _is_error(result) or _is_error(guess):
        return (_is_error(result) and _is_error(guess)
                and result.text.split("\n")[0] == guess.text.split("\n")[0])
    return same(result, guess, tolerance)


def _compare(task, got, expected, arguments):
    """The first fault among the results, each called by its name."""
    many = isinstance(expected, tuple)
    if many and not isinstance(got, (tuple, list)):
        given = "nothing (None); is there a return statement?" if got is None else f"one {type(got).__name__}"
        return Fault("number of results",
                     f"{len(expected)} results were expected ({', '.join(task.outputs)}), got {given}")
    if many and len(got) != len(expected):
        return Fault("number of results",
                     f"{len(expected)} results were expected ({', '.join(task.outputs)}), got {len(got)}")
    if many and not same(tuple(got), expected, task.tolerance) and any(
            same(others, expected, task.tolerance) for others in permutations(got) if len(got) <= 5):
        return Fault("wrong order", f"the results are right but in another order; return {', '.join(task.outputs)}")
    batch = task.batch(*arguments) if task.batch else None
    for name, g, e in zip(task.outputs, got if many else (got,), expected if many else (expected,)):
        if isinstance(e, (bool, str, list, dict, type(None))) \
                or not isinstance(e, (int, float, complex, np.ndarray, np.generic)):
            fault = None if same(g, e) else Fault("values", f"it is {g!r}, but should be {e!r}")
        else:
            fault = diagnose(g, e, tolerance=task.tolerance, batch=batch)
        if fault:
            return Fault(fault.name, f"{name}: {fault.text}")
    return None


def _results(result):
    """A list of results is taken for a tuple."""
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def _suspect(task, answer, arguments):
    """The suspect that gives what ``answer`` gives wherever both run, if it differs from the reference."""
    results, tolerance = [_run(answer, case) for case in arguments], max(task.tolerance, 1e-9)
    for suspect in task.suspects:
        guesses = [_run(suspect.function, case) for case in arguments]
        truth = [call(task.reference, case) for case in arguments]
        if (all(_agree(r, g, tolerance) for r, g in zip(results, guesses))
                and not all(_agree(g, t, tolerance) for g, t in zip(guesses, truth))):
            return Fault(suspect.name, suspect.hint)
    return None


def _show(values):
    """Arguments or results on one line."""
    values = values if isinstance(values, tuple) else (values,)
    with np.printoptions(precision=4, suppress=True, threshold=20):
        return ", ".join(" ".join(np.array2string(v, separator=", ").split()) if isinstance(v, np.ndarray)
                         else f"{v:.6g}" if isinstance(v, (float, np.floating)) else repr(v) for v in values)
