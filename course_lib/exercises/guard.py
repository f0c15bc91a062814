"""Somebody else's code, run so that it can neither stop the check nor spoil the process.

``Visit`` surrounds one examination. It notes the state of the process (folder, NumPy's functions and settings, random
numbers, warnings, standard output, …), and puts it back after every call. A call has limits, each with one sentence:

time     ``SECONDS`` for the whole examination. Where the system has an alarm clock (Linux, macOS; main thread) it
         rings; elsewhere, as in Windows or in a browser, a trace function looks at the clock at every line. Neither
         reaches into one long operation of NumPy or of C, which ends first: an endless one, such as
         ``sum(itertools.count())``, needs the stop button. From a terminal a second process sees to it.
memory   ``BYTES`` more than the process has now, where the system can limit it (Linux); elsewhere the system itself
         says MemoryError. Results of more than ``values.LARGEST`` numbers are refused everywhere.
output   ``CHARACTERS`` printed in one call; what is printed in the first call is shown, that of the others is not.

No threads and no processes are started.
"""

import builtins
import contextlib
import gc
import io
import linecache
import os
import random
import signal
import sys
import threading
import time
import traceback
import types
import warnings
from pathlib import Path

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.values import Unusable, plain

SECONDS = 10
BYTES = 2 * 1024 ** 3
CHARACTERS = 10_000
DEPTH = 50_000              # calls within calls: more than any answer needs, fewer than a process survives

_OWN = (__file__, contextlib.__file__)
_PACKAGE = str(Path(__file__).resolve().parents[1])
_LIBRARIES = tuple({str(Path(np.__file__).resolve().parents[1]), str(Path(os.__file__).resolve().parent)})
_HOT = ("numpy", "numpy.linalg", "numpy.random", "numpy.fft", "numpy.testing", "builtins", "math", "cmath", "time",
        "random", "sys", "os", "itertools", "functools", "operator", "warnings", "copy", "inspect", "traceback")


_NOT_IN_AN_ANSWER = {
    os: ("_exit", "abort", "fork", "forkpty", "kill", "killpg", "execv", "execve"),
    signal: ("signal", "setitimer", "alarm", "pthread_sigmask", "pthread_kill", "set_wakeup_fd"),
}


class AnswerFault(Exception):
    """A call of the answer that gave no result; ``fault`` says why, in words; ``error`` is what it raised, or None."""

    def __init__(self, fault, error=None):
        super().__init__(fault.text)
        self.fault, self.error = fault, error


class NotDone(Exception):
    """The learner's function still raises NotImplementedError."""


class _Stop(BaseException):
    """Raised inside the answer by a limit; no ``except Exception`` holds it."""

    def __init__(self, name, text):
        super().__init__(text)
        self.fault = Fault(name, text)


class Answer:
    """A learner's function, or a function that one returned. A call gives plain values, or raises AnswerFault."""

    def __init__(self, function, visit):
        self.function, self.visit = function, visit
        self.__name__ = _name(function)

    def __call__(self, *arguments, **options):
        return self.visit.call(self.function, arguments, options)


class Visit:
    """The surroundings of one examination: ``with Visit() as visit: visit.answer(function)(*arguments)``."""

    active = None                                           # a check inside an answer runs in the outer one's limits

    def __enter__(self):
        self.outer, Visit.active = Visit.active, self
        self.state = _State()
        self.end = time.monotonic() + SECONDS if self.outer is None else self.outer.end
        self.files, self.calls, self.raw = set(), 0, None   # raw: the last result as it came
        self.memory = _limit_memory() if self.outer is None else None
        return self

    def __exit__(self, *error):
        if self.memory:
            _set_memory(self.memory)
        self.state.restore()
        Visit.active = self.outer

    def answer(self, function):
        """``function`` as an ``Answer``; its file is known from now on as the learner's."""
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if code is not None:
            self.files.add(code.co_filename)
        return Answer(function, self)

    def call(self, function, arguments, options=None):
        """``function(*arguments)`` as plain values; AnswerFault for whatever else happens, NotDone if not done."""
        self.calls += 1
        fault = raised = None
        try:
            with _alarm(self.end), _output(self.calls == 1), warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                self.raw = function(*arguments, **(options or {}))
                return plain(self.raw, self.answer)
        except NotImplementedError:
            raise NotDone from None
        except (AnswerFault, NotDone):                      # by a backward that calls another answer
            raise
        except Unusable as error:
            fault = error.fault
        except _Stop as stop:
            fault = Fault(stop.fault.name, stop.fault.text + self._where(stop))
        except KeyboardInterrupt as error:
            fault = Fault("interrupted", "it was interrupted" + self._where(error))
        except (SystemExit, GeneratorExit) as error:
            fault = Fault("exit", f"it raised {type(error).__name__}, which ends a program: a function returns its "
                          "result" + self._where(error))
        except MemoryError as error:
            fault = Fault("memory", "it needs more memory than there is, or than an answer may have "
                          f"({BYTES / 1024 ** 3:.0f} GB): is an array, or a list, far too large?"
                          + self._where(error))
        except RecursionError as error:
            fault = Fault("recursion", "it calls itself without an end, or too deep (RecursionError)"
                          + self._where(error))
        except BaseException as error:                      # whatever an answer may raise is told to the learner
            fault, raised = self._error(error), error
        finally:
            self.state.restore_functions()
        raise AnswerFault(fault, raised)

    def _error(self, error):
        try:
            with _alarm(max(self.end, time.monotonic() + 0.5)):
                text = str.__str__(str(error))
        except BaseException:                               # an exception that cannot even be printed
            text = "(an exception without a text)"
        name = type.__dict__["__name__"].__get__(type(error))
        return Fault("error", f"{name}: {text[:500]}" + self._where(error))

    def _where(self, error):
        """The learner's own line, the innermost one."""
        try:
            frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
        except Exception:
            return ""
        own = [f for f in frames if f[0] in self.files] or [f for f in frames if _is_own(f[0])]
        if not own:
            return ""
        file, number = own[-1]
        line = linecache.getline(file, number).strip()
        place = "your cell" if "ipykernel" in file or file.startswith("<ipython") else Path(file).name
        return f"\n    in the line: {line}\n    line {number} of {place}" if line else ""


def _is_own(file):
    return not (file.startswith(_PACKAGE) or file.startswith(_LIBRARIES) or file.startswith("<frozen")
                or file.startswith("<__array") or "site-packages" in file)


def _name(function):
    try:
        return str(function.__name__)
    except Exception:
        return "the function"


# ---- limits --------------------------------------------------------------------------------------------------------

def _late():
    return _Stop("time", f"no answer after {SECONDS} seconds: is there a loop without an end?")


@contextlib.contextmanager
def _alarm(end):
    """Raise inside the block when the clock says ``end``; again and again, should the block catch it."""
    left = max(end - time.monotonic(), 1e-3)
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield from _traced(end)
        return
    rings = 0

    def ring(number, frame):
        nonlocal rings
        if frame is None or frame.f_code.co_filename in _OWN:
            return                                          # the answer is over, or not begun; else it rings again
        rings += 1
        if rings > 2:                                       # caught twice
            _at_the_next_line(frame)
        raise _late()
    set_handler, set_timer = signal.signal, signal.setitimer       # the answer has others
    before = set_handler(signal.SIGALRM, ring)
    interrupt, trace = signal.getsignal(signal.SIGINT), sys.gettrace()
    set_timer(signal.ITIMER_REAL, left, 0.05)
    try:
        yield
    finally:
        set_timer(signal.ITIMER_REAL, 0)
        sys.settrace(trace)
        set_handler(signal.SIGALRM, before)
        if interrupt is not None:
            set_handler(signal.SIGINT, interrupt)


def _at_the_next_line(frame):
    """Raise once more, at the next line that any of the answer's frames comes to: where the first one was caught."""
    frames = []
    while frame is not None and frame.f_code.co_filename not in _OWN:
        frames.append(frame)
        frame = frame.f_back

    def trace(here, event, _):
        if here not in frames:
            return None
        if event == "line":
            raise _late()
        return trace
    for each in frames:
        each.f_trace = trace
    sys.settrace(trace)


def _traced(end):
    def trace(*_):
        if time.monotonic() > end:
            raise _late()
        return trace
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def _limit_memory():
    """Allow ``BYTES`` more than now; return what was allowed before, or None where there is no such limit."""
    try:
        import resource
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        before = resource.getrlimit(resource.RLIMIT_AS)
        wanted = pages * resource.getpagesize() + BYTES
        if before[0] != resource.RLIM_INFINITY and before[0] <= wanted:
            return None
        resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
        return before
    except (ImportError, OSError, ValueError):              # no such limit here
        return None


def _set_memory(before):
    import resource
    resource.setrlimit(resource.RLIMIT_AS, before)


class _Output(io.TextIOBase):
    """What an answer prints to: passed on or not, and counted."""

    def __init__(self, target):
        self.target, self.left = target, CHARACTERS

    def write(self, text):
        text = str(text)
        self.left -= len(text)
        if self.left < 0:
            raise _Stop("output", f"it printed more than {CHARACTERS:,} characters: is there a print in a loop without "
                        "an end?")
        if self.target is not None:
            self.target.write(text)
        return len(text)

    def writable(self):
        return True

    def flush(self):
        pass

    def close(self):                                        # the answer's own business; the next call has another
        pass


def _refused(*_, **__):
    raise _Stop("exit", "it tried to end or to copy the process, to change its signals, or to ask for input: a "
                "function returns its result")


@contextlib.contextmanager
def _output(first):
    kept = sys.stdout, sys.stderr, sys.stdin
    refused = {(module, name): getattr(module, name) for module, names in _NOT_IN_AN_ANSWER.items() for name in names
               if hasattr(module, name)}
    ask, deepen = builtins.input, sys.setrecursionlimit
    sys.stdout, sys.stderr, sys.stdin = _Output(kept[0] if first else None), _Output(None), io.StringIO()
    builtins.input, sys.setrecursionlimit = _refused, lambda limit: deepen(min(limit, DEPTH))
    for module, name in refused:
        setattr(module, name, _refused)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.stdin = kept
        builtins.input, sys.setrecursionlimit = ask, deepen
        for (module, name), function in refused.items():
            setattr(module, name, function)


def global_random_numbers():
    """The states of the generators that a whole process shares: NumPy's and Python's."""
    return np.random.get_state(legacy=False), random.getstate()


# ---- the state of the process ----------------------------------------------------------------------------------

class _State:
    """What an answer may change and the next one must not find changed."""

    def __init__(self):
        hot = [m for name, m in list(sys.modules.items())
               if isinstance(m, types.ModuleType) and (name in _HOT or name.split(".")[0] == "course_lib")]
        self.hot = [(vars(m), *_kept(vars(m))) for m in hot]
        classes = {c for m in hot if m.__name__.startswith("course_lib")
                   for c in filter(_is_course_class, vars(m).values())}
        self.classes = [(c, *_kept(vars(c))) for c in classes]
        self.folder, self.environment = os.getcwd(), dict(os.environ)
        self.print = np.get_printoptions()                  # np.errstate puts back what np.seterr does
        self.numpy_random, self.random = global_random_numbers()
        self.filters, self.path, self.recursion = warnings.filters[:], sys.path[:], sys.getrecursionlimit()
        self.profile, self.collects, self.modules = sys.getprofile(), gc.isenabled(), dict(sys.modules)
        self.descriptors = _duplicates()

    def restore_functions(self):
        """Put back replaced functions, classes' methods and the folder: what the next comparison relies on."""
        for names, kept, ids in self.hot:
            if [*map(id, names.values())] != ids:
                for name in set(names) - set(kept):         # a module that was imported meanwhile stays
                    if not isinstance(names[name], types.ModuleType) and names["__name__"] != "course_lib":
                        del names[name]
                names.update(kept)
        for kind, kept, ids in self.classes:
            if [*map(id, vars(kind).values())] != ids:
                for name in set(vars(kind)) - set(kept):
                    delattr(kind, name)
                for name, value in kept.items():
                    if vars(kind).get(name) is not value:
                        setattr(kind, name, value)
        if sys.getrecursionlimit() != self.recursion:
            sys.setrecursionlimit(self.recursion)
        if _folder() != self.folder:
            os.chdir(self.folder)

    def restore(self):
        """All of it."""
        self.restore_functions()
        if dict(os.environ) != self.environment:
            os.environ.clear()
            os.environ.update(self.environment)
        np.set_printoptions(**{k: v for k, v in self.print.items() if k != "override_repr"})
        np.random.set_state(self.numpy_random)
        random.setstate(self.random)
        warnings.filters[:] = self.filters
        sys.path[:] = self.path
        if sys.getprofile() is not self.profile:
            sys.setprofile(self.profile)
        sys.modules.update(self.modules)
        (gc.enable if self.collects else gc.disable)()
        for number, twin in self.descriptors:
            with contextlib.suppress(OSError):
                if not _same_file(number, twin):
                    os.dup2(twin, number)
                os.close(twin)


def _is_course_class(value):
    return isinstance(value, type) and value.__module__.startswith("course_lib.") \
        and not value.__module__.startswith("course_lib.exercises")


def _kept(names):
    """A copy of a module's or class's names, and the identities of the values: quick to compare, and never fooled."""
    kept = dict(names)
    return kept, [*map(id, kept.values())]


def _folder():
    try:
        return os.getcwd()
    except OSError:                                         # it was removed
        return None


def _duplicates():
    found = []
    for number in (1, 2):
        with contextlib.suppress(OSError, AttributeError):
            found.append((number, os.dup(number)))
    return found


def _same_file(one, two):
    try:
        return os.path.sameopenfile(one, two)
    except OSError:
        return False
