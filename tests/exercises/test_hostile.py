"""Answers that could break a check, or the process that it runs in: each gets a verdict, and nothing stays changed."""

import builtins
import gc
import itertools
import math
import os
import random
import signal
import sys
import threading
import time
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import course_lib
from course_lib import checks, layers
from course_lib.exercises import check, examine, find, guard, judge, progress

KINDS = ["01-1", "02-2", "04-1", "05-6", "07-3", "12-2"]        # numbers, an array, several, a list, rules
HOSTILE = []


def hostile(function):
    HOSTILE.append(function)
    return function


# ---- without an end, or far too large ---------------------------------------------------------------------------

@hostile
def endless_loop(*_):
    while True:
        pass


@hostile
def endless_loop_that_catches_everything(*_):
    while True:
        try:
            while True:
                try:
                    pass
                except BaseException:
                    pass
        except BaseException:
            pass


@hostile
def sleeps(*_):
    time.sleep(1000)


@hostile
def endless_generator_expression(*_):
    return any(False for _ in itertools.count())


@hostile
def returns_an_endless_iterator(*_):
    return itertools.count()


@hostile
def returns_iter_int(*_):
    return iter(int, 1)


@hostile
def list_of_an_endless_iterator(*_):
    return list(map(lambda i: i, itertools.count()))


@hostile
def recursion(*arguments):
    return recursion(*arguments)


@hostile
def recursion_without_a_limit(*arguments):
    sys.setrecursionlimit(10 ** 6)

    def deeper():
        return deeper()
    return deeper()


@hostile
def gigabytes(*_):
    return np.ones((10 ** 10,))


@hostile
def growing_list(*_):
    room = []
    while True:
        room.append(np.ones(10 ** 7))


@hostile
def a_billion_numbers_in_no_memory(*_):
    return np.broadcast_to(0.0, (10 ** 9,))


@hostile
def a_long_list(*_):
    return [0.0] * 20_000_000


@hostile
def a_range_of_a_billion(*_):
    return range(10 ** 9)


@hostile
def a_large_whole_number(*_):
    return 10 ** 5000


@hostile
def prints_without_an_end(*_):
    while True:
        print("again")


@hostile
def prints_a_megabyte(*_):
    print("x" * 10 ** 6)


@hostile
def writes_to_stderr_without_an_end(*_):
    while True:
        sys.stderr.write("again\n")


@hostile
def deep_list(*_):
    value = []
    for _ in range(1000):
        value = [value]
    return value


# ---- endings ----------------------------------------------------------------------------------------------------

@hostile
def exits(*_):
    sys.exit()


@hostile
def exits_with_status_0(*_):
    raise SystemExit(0)


@hostile
def ends_the_process(*_):
    os._exit(0)


@hostile
def aborts(*_):
    os.abort()


@hostile
def interrupts(*_):
    raise KeyboardInterrupt


@hostile
def interrupts_by_signal(*_):
    signal.raise_signal(signal.SIGINT)
    time.sleep(1)


@hostile
def kills_the_process(*_):
    os.kill(os.getpid(), signal.SIGKILL)


@hostile
def forks(*_):
    os.fork()
    return 0.0


@hostile
def takes_the_alarm_away(*_):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        pass


@hostile
def generator_exit(*_):
    raise GeneratorExit


@hostile
def stop_iteration(*_):
    raise StopIteration


@hostile
def asks_for_input(*_):
    return input("what now?")


@hostile
def reads_standard_input(*_):
    return float(sys.stdin.readline())


# ---- errors -----------------------------------------------------------------------------------------------------

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")
    __repr__ = __str__


class Endless(Exception):
    def __str__(self):
        while True:
            pass


class Exiting(Exception):
    def __str__(self):
        raise SystemExit


class Outside(BaseException):
    pass


@hostile
def raises_an_error_whose_text_never_ends(*_):
    raise Endless


@hostile
def raises_an_error_whose_text_exits(*_):
    raise Exiting


@hostile
def raises_an_error_without_a_text(*_):
    raise Mute


@hostile
def raises_a_base_exception(*_):
    raise Outside("outside")


@hostile
def raises_an_exception_group(*_):
    error = ValueError("long " * 10_000)
    raise error


@hostile
def memory_error(*_):
    raise MemoryError


@hostile
def an_error_that_names_itself(*_):
    error = ValueError("a")
    error.__cause__ = error
    raise error


@hostile
def raises_the_checks_own_exceptions(*_):
    raise guard.AnswerFault(checks.Fault("done", "all is right"))


# ---- what is returned -------------------------------------------------------------------------------------------

class Hostile:
    """Every question is answered by an exception."""

    def _raises(self, *_):
        raise RuntimeError("no")
    __array__ = __eq__ = __ne__ = __len__ = __iter__ = __bool__ = __float__ = __int__ = __repr__ = __str__ = _raises
    __getitem__ = __add__ = __sub__ = __mul__ = __lt__ = __gt__ = __hash__ = __format__ = __deepcopy__ = _raises


class Agreeable:
    """Equal to everything."""

    def __eq__(self, other):
        return True
    __hash__ = None

    def __getattr__(self, name):
        return self

    def __call__(self, *_):
        return self


class AgreeableFloat(float):
    def __eq__(self, other):
        return True
    __hash__ = None

    def __sub__(self, other):
        return 0.0
    __rsub__ = __sub__

    def __float__(self):
        raise RuntimeError("no")


class AgreeableArray(np.ndarray):
    def __array_ufunc__(self, *_, **__):
        return np.zeros(self.shape)

    def __array_function__(self, *_, **__):
        return 0.0


class EndlessArray:
    def __array__(self, *_, **__):
        while True:
            pass


class EndlessLength(list):
    def __len__(self):
        return 10 ** 12

    def __iter__(self):
        return itertools.count()


class NoAttributes:
    def __getattribute__(self, name):
        raise RuntimeError(name)


class LyingClass:
    @property
    def __class__(self):
        return np.ndarray


for value in (Hostile(), Agreeable(), AgreeableFloat(3), np.ones(3).view(AgreeableArray), EndlessArray(),
              EndlessLength([1.0]), NoAttributes(), LyingClass(), object(), type, Ellipsis, NotImplemented, len,
              {1, 2}, {"a": Hostile()}, [Hostile()], (Hostile(), Agreeable()), Decimal("0.1"), Fraction(1, 3),
              np.frompyfunc(lambda _: Hostile(), 1, 1)(np.zeros(2)), np.ma.masked_array([1.0], [True]),
              np.array(["a"]), b"bytes", 1j, float("nan"), "text", memoryview(b"abc"), np.datetime64("2020"),
              np.zeros(0),
              np.zeros((1,) * 20)):
    def returns(*_, value=value):
        return value
    returns.__name__ = f"returns_{type(value).__name__}"
    HOSTILE.append(returns)


@hostile
def a_list_that_contains_itself(*_):
    own = []
    own.append(own)
    return own


@hostile
def a_dict_that_contains_itself(*_):
    own = {}
    own["own"] = own
    return own


@hostile
def an_array_that_contains_itself(*_):
    own = np.empty(1, object)
    own[0] = own
    return own


@hostile
def a_generator(x, *_):
    yield x


@hostile
async def a_coroutine(*_):
    return 1.0


@hostile
async def an_async_generator(*_):
    yield 1.0


@hostile
def a_function_of_functions(*_):
    return a_function_of_functions


@hostile
def a_rule_whose_backward_is_endless(*arguments):
    def backward(*_):
        while True:
            pass
    return arguments[0], backward


@hostile
def a_rule_whose_backward_exits(*arguments):
    return arguments[0], lambda *_: sys.exit(0)


# ---- what is changed --------------------------------------------------------------------------------------------

@hostile
def patches_numpy(*_):
    np.exp = np.sum = np.allclose = np.array_equal = np.isfinite = np.max = lambda *_, **__: True
    np.linalg.norm = None
    return 0.0


@hostile
def patches_the_judge(*_):
    judge.compare = judge.same = checks.diagnose = checks.relative_error = lambda *_, **__: None
    judge.diagnose = lambda *_, **__: None
    return 0.0


@hostile
def patches_a_layer(*_):
    layers.Dense.__init__ = layers.ReLU.__init__ = lambda *_: None
    layers.Dense.something = 3
    return 0.0


@hostile
def patches_builtins(*_):
    builtins.all = builtins.any = builtins.len = builtins.isinstance = lambda *_: True
    return 0.0


@hostile
def closes_standard_output(*_):
    sys.stdout.close()
    sys.stdout = None


@hostile
def closes_the_descriptors(*_):
    os.close(1)
    os.close(2)


@hostile
def changes_the_folder(*_):
    os.chdir("/")
    os.environ["HOME"] = "/nowhere"
    os.environ["COURSE_LIB_PROGRESS"] = "/nowhere/else.json"


@hostile
def changes_settings(*_):
    np.seterr(all="raise")
    np.set_printoptions(precision=1, suppress=False, threshold=1, formatter={"float": lambda _: "?"})
    warnings.simplefilter("error")
    np.random.seed(0)
    random.seed(0)
    sys.setrecursionlimit(200)
    gc.disable()
    sys.path.clear()
    sys.settrace(lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@hostile
def takes_modules_away(*_):
    for name in ("numpy", "math", "course_lib.checks"):
        del sys.modules[name]
    del math.exp
    return 0.0


@hostile
def empties_its_arguments(*arguments):
    for value in arguments:
        if isinstance(value, np.ndarray):
            value[...] = 0
        elif isinstance(value, list):
            value.clear()


@hostile
def warns(*_):
    warnings.warn("again and again", stacklevel=1)
    np.log(np.zeros(1))


@hostile
def checks_itself(*_):
    check("01-4", lambda a, b, c: 1 / a, record=False)
    examine(find("01-4"), endless_loop)
    return 0.0


# ---- the tests --------------------------------------------------------------------------------------------------

def process():
    """All that must be as it was."""
    return [os.getcwd(), dict(os.environ), np.geterr(), repr(np.get_printoptions()), np.random.get_state()[1].tobytes(),
            random.getstate(), warnings.filters[:], sys.path[:], sys.getrecursionlimit(), gc.isenabled(),
            sys.gettrace(), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM), sys.stdout, sys.stderr,
            sys.stdin, threading.active_count(), signal.getitimer(signal.ITIMER_REAL), os.fstat(1), os.fstat(2),
            *({name: id(value) for name, value in vars(module).items() if name != "__warningregistry__"}
              for module in (np, np.linalg, math, builtins, os, checks, judge, layers, layers.Dense)),
            sys.modules["numpy"], course_lib.Dense]


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 0.4)
    monkeypatch.setattr(guard, "BYTES", 300_000_000)


# An alarm that rings while the collector calls back is dropped by Python; it rings again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("answer", HOSTILE, ids=[f"{i} {f.__name__}" for i, f in enumerate(HOSTILE)])
def test_a_hostile_answer_gets_a_verdict_and_changes_nothing(answer, small_limits, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "progress.json"))
    assert len(HOSTILE) >= 60
    index = HOSTILE.index(answer)
    for task_id in (KINDS[index % len(KINDS)], KINDS[(index + 3) % len(KINDS)]):
        before, tries = process(), progress.read().get(task_id, {"tries": 0})["tries"]
        check(task_id, answer)
        assert process() == before
        text = capsys.readouterr().out
        assert "✗" in text and f"{task_id} {find(task_id).title}" in text and len(text) < guard.CHARACTERS + 2000, text
        assert progress.read()[task_id] == {"passed": False, "tries": tries + 1}
        assert "Traceback" not in text and "course_lib" not in text
        monkeypatch.setattr(guard, "SECONDS", 10)           # a busy machine
        assert examine(find(task_id), find(task_id).reference).passed
        monkeypatch.setattr(guard, "SECONDS", 0.4)


@pytest.mark.parametrize("answer, name, text", [
    (endless_loop, "time", "no answer after 0.4 seconds: is there a loop without an end?"),
    (sleeps, "time", "no answer after"),
    (growing_list, "memory", "more memory than there is, or than an answer may have"),
    (gigabytes, "memory", "more memory"), (prints_without_an_end, "output", "printed more than 10,000 characters"),
    (recursion, "recursion", "calls itself without an end"), (exits, "exit", "SystemExit, which ends a program"),
    (interrupts, "interrupted", "raise KeyboardInterrupt"),
    (a_generator, "generator", "there is a yield in the function"),
    (a_coroutine, "coroutine", "async def"), (returns_an_endless_iterator, "iterator", "only once"),
    (a_list_that_contains_itself, "contains itself", "contains itself"),
    (a_billion_numbers_in_no_memory, "too large", "1,000,000,000 numbers"),
    (raises_an_error_without_a_text, "error", "Mute"), (ends_the_process, "exit", "to end or to copy the process")])
def test_each_limit_has_one_sentence(answer, name, text, small_limits, monkeypatch):
    if name == "memory":
        monkeypatch.setattr(guard, "SECONDS", 10)
    report = examine(find("04-1"), answer)
    assert report.fault.name == name and any(part in report.fault.text for part in text.split("|")), report.lines
    assert report.lines[-1].count("\n") <= 2


def test_without_an_alarm_clock_a_trace_looks_at_the_time(monkeypatch, small_limits):
    """As in a browser, or on Windows."""
    monkeypatch.delattr(signal, "setitimer")
    report = examine(find("04-1"), endless_loop)
    assert report.fault.name == "time" and "in the line: " in report.fault.text
    assert sys.gettrace() is None or "guard" not in repr(sys.gettrace())
    monkeypatch.setattr(guard, "SECONDS", 10)
    assert examine(find("04-1"), find("04-1").reference).passed


def test_an_interrupt_keeps_the_stages_passed_and_says_where():
    calls = []

    def answer(dy, x, W):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return dy @ W.T, x.T @ dy, dy.sum(axis=0)
    report = examine(find("04-1"), answer)
    assert report.fault.name == "interrupted" and "  ✓ the small case" in report.lines
    assert "in the line: raise KeyboardInterrupt" in report.fault.text


def test_what_is_printed_is_shown_once(capsys):
    def answer(dy, x, W):
        print("shape", dy.shape)
        return dy @ W.T, x.T @ dy, dy.sum(axis=0)
    check("04-1", answer, record=False)
    assert capsys.readouterr().out.count("shape") == 1


def test_closed_standard_output_does_not_stop_a_check(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "progress.json"))
    out = open(os.devnull, "w")
    out.close()
    monkeypatch.setattr(sys, "stdout", out)
    check("01-4", lambda a, b, c: 1 / a)
    assert progress.read()["01-4"]["passed"]
