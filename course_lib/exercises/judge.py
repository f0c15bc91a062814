"""The judge: tries an answer on a task's cases, stage by stage, and says what is wrong with the first that fails.

A mistake is called by its name when a suspect gives what the answer gives wherever both were tried. A factor is named
only if all the wrong cases agree on it. Rules are judged by what ``checks`` asks of every rule of the library.
"""

import contextlib
import warnings
from collections import namedtuple
from dataclasses import replace
from functools import cached_property
from itertools import permutations
from numbers import Real

import numpy as np

from course_lib.checks import Fault, diagnose, run_backward
from course_lib.exercises.guard import Answer, AnswerFault, NotDone, Visit
from course_lib.exercises.values import (
    Opaque,
    arrays,
    copied,
    count,
    plain,
    same,
    show,
    shown,
    strided,
    told_apart,
    tolerance_for,
)

Report = namedtuple("Report", "task passed fault lines unchecked", defaults=(None,))
Report.__doc__ = ("What a check found: ``fault`` is None when passed or not done; ``lines`` are what is printed; "
                  "``unchecked`` says what is missing on this machine, where the answer could not be judged.")

FEW = 14                    # numbers that a person can look through: cases of so many are printed
FACTORS = ("sign", "factor 2", "missing 1/N", "extra 1/N", "constant factor", "constant offset")


def examine(task, answer, seed=0):
    """Run all stages on ``answer`` with random cases from ``seed``; stop at the first fault. Prints nothing."""
    lines = [f"{task.id} {task.title}"]
    lacking = task.needs() if task.needs else None          # before the limits: it may load a large package
    with _quiet(), Visit() as visit:
        try:
            trial = _Trial(task, answer, visit, seed)
            if lacking and trial.answer is not None:
                attempt(trial.answer, task.small[:task.reference.__code__.co_argcount])     # not done yet?
                return Report(task, False, None, [f"{task.id} {task.title}: not checked. {lacking}"], lacking)
            for title, stage in trial.stages():
                lines.append(f"  ✗ {title}")
                fault = stage()
                if fault:
                    return Report(task, False, fault, [*lines, f"    {fault.text}"])
                lines[-1] = f"  ✓ {title}"
        except NotDone as step:
            passed = lines[1:-1] if task.steps else []
            where = f", {step}" if str(step) else ""
            return Report(task, False, None, [f"{task.id} {task.title}: not done yet{where}", *passed])
        except KeyboardInterrupt:                           # between two calls of the answer
            fault = Fault("interrupted", "the check was interrupted")
            return Report(task, False, fault, [*lines, f"    {fault.text}"])
    notes = [f"  note: {text}" for text in trial.notes]
    return Report(task, True, None, [*lines, *([f"  {task.shown}"] if task.shown else []), *notes, "  done"])


@contextlib.contextmanager
def _quiet():
    """No warnings, of references and suspects neither."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Case(namedtuple("Case", "name arguments")):
    """One trial of an answer: what it is called in a report, and the arguments."""


class _Trial:
    """One examination: the task, the answer in its surroundings, all cases, and the notes for a right answer."""

    def __init__(self, task, answer, visit, seed):
        self.given, self.visit, self.seed, self.notes, self.changed = answer, visit, seed, [], None
        self.is_step = False                                # of a derivation
        self.answer = visit.answer(answer) if callable(answer) else None
        self.adapt = task.adapt or (rule_adapter(task) if task.rule else None)
        self.asked = self.adapt(self.answer) if self.adapt and self.answer else self.answer
        self.task = task
        self.reference = self.adapt(task.reference) if self.adapt else task.reference
        self.names = task.names or _argument_names(task)

    # ---- the cases ---------------------------------------------------------------------------------------

    @cached_property
    def small(self):
        return [Case("the small case", self.task.small)] if self.task.small is not None else []

    @cached_property
    def random(self):
        if not self.task.cases:
            return []
        rng = np.random.default_rng(self.seed)
        drawn = [self.task.cases(rng) for _ in range(self.task.count)]
        drawn[-1] = tuple(strided(v) if isinstance(v, np.ndarray) and v.ndim and v.size else v for v in drawn[-1])
        return [Case(f"random case {i + 1}", arguments) for i, arguments in enumerate(drawn)]

    @cached_property
    def edges(self):
        rng = np.random.default_rng([self.seed, 1])
        return [Case(name, case(rng) if callable(case) else case) for name, case in (self.task.edges or {}).items()]

    # ---- the stages --------------------------------------------------------------------------------------

    def stages(self):
        task = self.task
        if self.answer is None or not task.steps:
            runs = not task.steps and (task.small is not None or task.cases is not None)
            yield "it is a function and it runs" if runs else "it is a function", self.runs
        if task.steps:
            yield from self.derivation()
            return
        if task.small is not None:
            yield "the small case", lambda: self.compare(self.small)
        if task.cases is not None:
            yield "random cases", lambda: self.compare(self.random)
        if task.edges:
            yield f"special cases: {', '.join(task.edges)}", lambda: self.compare(self.edges)
        if task.cases is not None:
            yield "the inputs are left as they were, and a second call gives the same", self.pure
        if task.rule:
            yield "each backward belongs to its own forward, and may be called again", self.protocol
        for title, probe in task.probes:
            yield title, lambda probe=probe: self.probe(probe)

    def runs(self):
        if self.answer is None:
            return Fault("not a function", f"a function {self.task.signature} was expected, got "
                         f"{type(self.given).__name__}; give its name, without calling it")
        cases = self.small or self.random[:1]
        if not cases:
            return None
        result = attempt(self.asked, cases[0].arguments)
        # it runs; what an adapter has found is for the next stage to tell
        if not isinstance(result, Fault) or result.name not in _CRASHES:
            return None
        return self.suspect([cases[0]], [result]) or result

    def compare(self, cases):
        """The first fault of the answer on these cases, in the best words there are."""
        results = [self.run(case) for case in cases]
        faults = [result if isinstance(result, Fault) else self.fault(result, case)
                  for result, case in zip(results, cases)]
        first = next((i for i, fault in enumerate(faults) if fault), None)
        if first is None:
            self.advise(results, cases)
            return None
        if faults[first].name in _LIMITS:
            return faults[first]
        case, fault = cases[first], self.explain(cases, results, faults, first)
        text = fault.text
        if case.name != "the small case" and not case.name.startswith("random"):
            text = f"in the case of {case.name}: {text}"
        if not isinstance(results[first], Fault) and (case.name == "the small case"
                                                      or count(case.arguments) <= FEW):
            got, expected = told_apart(results[first], self.expected(case))
            text += (f"\n    given    {show(case.arguments, self.names)}\n    expected {expected}\n    got      {got}")
        return Fault(fault.name, text)

    def run(self, case):
        """The answer's result; whether it changed what it was given, or gave it back, is noted for later."""
        given = copied(case.arguments)
        result = attempt(self.asked, given, copy=False)
        if not all(same(plain(before), plain(after), 0.0)
                   for before, after in zip(case.arguments, given) if _is_value(before)):
            self.changed = self.changed or MUTATED._replace(text=f"in {_case(case)}: {MUTATED.text}")
        elif self.task.fresh and any(np.may_share_memory(a, b) for a in arrays(self.visit.raw) for b in arrays(given)):
            self.changed = self.changed or Fault("same array", f"in {_case(case)}: what was given is given back; a new "
                                                 "array is asked for, so that a later change of one leaves the other")
        return result

    def explain(self, cases, results, faults, first):
        """Why these results are wrong: a suspect, state kept from call to call, or what ``diagnose`` sees."""
        every = [*self.small, *self.random, *self.edges]
        known = {id(case): result for case, result in zip(cases, results)}
        all_results = [known[id(case)] if id(case) in known else attempt(self.asked, case.arguments) for case in every]
        if any(isinstance(r, Fault) and r.name in _LIMITS for r in all_results):
            return faults[first]
        usual = [i for i, case in enumerate(every) if case.name not in (self.task.edges or {})]
        partly = faults[first].name != "wrong order"
        named = self.suspect(every, all_results, partly)
        if not named and cases[first].name not in (self.task.edges or {}):
            named = self.suspect([every[i] for i in usual], [all_results[i] for i in usual], partly)
        if named:
            return named
        if _only_values(results[first]) and not agree(results[first], attempt(self.asked, cases[first].arguments)):
            return STALE
        if faults[first].name not in FACTORS:
            return faults[first]
        return self.factor(every, all_results, faults[first]) or self.fault(results[first], cases[first], factors=False)

    def factor(self, cases, results, first):
        """The factor that all cases agree on, but for the special ones: a Fault, or None if there is no such factor."""
        found, unclear, count = {}, [], 0
        for case, result in zip(cases, results):
            if case.name in (self.task.edges or {}):
                continue
            if isinstance(result, Fault):
                return None
            fault, batch = self.fault(result, case), self.task.batch and self.task.batch(*case.arguments)
            if not fault:
                if np.any(_numbers(self.expected(case))) and batch != 1:
                    return None                             # right elsewhere
                continue
            count += 1
            if batch in (1, 2) and fault.name in ("factor 2", "missing 1/N", "extra 1/N"):
                unclear.append(fault)                       # N or 2?
            else:
                found[fault.text if fault.name == "constant factor" else fault.name] = fault
        if len(found) > 1 or count < 2 and self.task.cases or first.name == "constant offset":
            return None
        if not found:
            return (unclear or [None])[0]
        agreed = next(iter(found.values()))
        return first if first.name == agreed.name else agreed

    def pure(self):
        """Nothing is changed, nothing is kept from call to call, and no result is overwritten by a later call."""
        if self.changed:
            return self.changed
        case, other = (Case("", self.task.cases(np.random.default_rng([self.seed, i]))) for i in (2, 3))
        once, first = self.run(case), arrays(self.visit.raw)
        kept = copied(first)
        if isinstance(once, Fault) or self.changed:
            return once if isinstance(once, Fault) else self.changed
        for result in (self.run(other), again := self.run(case)):
            if isinstance(result, Fault):
                return result
        if self.changed:
            return self.changed
        if not same(once, again, max(self.task.tolerance, 1e-9)):
            return STALE
        # The arguments of a step hang together (a = w x): one of them alone may not be changed.
        fault = None if self.is_step else self.remembered(case)
        return fault or (None if same(first, kept, 0.0) else OVERWRITTEN)

    def remembered(self, case):
        """One argument is changed at a time: an answer that goes by the others gives the earlier result again."""
        expected = self.expected(case)
        for i, value in enumerate(case.arguments):
            another = _another(value)
            if another is None:
                continue
            arguments = (*case.arguments[:i], another, *case.arguments[i + 1:])
            truth = attempt(self.reference, arguments, trusted=True)
            if isinstance(truth, Fault) or agree(truth, expected):
                continue
            got = _results(attempt(self.asked, arguments), truth)
            for g, t, old in zip(got or (), _results(truth, truth), _results(expected, expected)):
                if not agree(g, t, self.task.tolerance) and not agree(old, t) and agree(g, old):
                    name = self.names[i] if i < len(self.names) else f"argument {i + 1}"
                    return Fault("stale state", f"another {name} gave the result of an earlier call, as if {name} did "
                                 "not matter: is a result kept from call to call? Use only what is given")
        return None

    def protocol(self):
        """What ``checks`` asks of every rule: nothing changed, a backward that may be called again, after another
        forward too; and the right gradients for another dy."""
        ends = -1 if self.task.rule is True else None
        cases = [*self.small, *self.random, *self.edges]
        inputs = list(cases[-1 - len(self.task.edges or ())].arguments[:ends])
        places = [i for i, value in enumerate(inputs) if isinstance(value, np.ndarray) and value.dtype.kind == "f"]

        def function(*arrays):
            arguments = copied(inputs)
            for place, array in zip(places, arrays):
                arguments[place] = array
            y, backward = self.answer(*arguments)

            def run(*dy):
                return gradients(backward(*dy), self.task)
            return (y, lambda: run()) if self.loss() else (y, lambda dy: run(dy))
        try:
            pairs = [self.answer(*copied(case.arguments[:ends])) for case in cases]
            for case, (y, backward) in zip(cases, pairs):
                dy = case.arguments[ends:] if ends else ()
                grads, first = attempt(backward, dy), arrays(self.visit.raw)
                kept = copied(first)
                attempt(backward, tuple(2 * d for d in dy))
                if not same(first, kept, 0.0):
                    return OVERWRITTEN
                if isinstance(grads, Fault) and grads.name in _LIMITS:
                    return grads
                results = (y, *gradients(grads, self.task))
                if compare(self.task, results, self.expected(case), case.arguments):
                    return STALE                            # each was right alone
            _, _, fault = run_backward(function, [inputs[i] for i in places], [])
        except AnswerFault as error:
            return error.fault
        except ValueError:                                  # two forwards differ, though each was right alone
            return STALE
        return fault

    def loss(self):
        return self.task.rule == "loss"

    def probe(self, probe):
        rng = np.random.default_rng(self.seed)
        try:
            return probe(self.asked, rng)
        except AnswerFault as error:
            return error.fault
        except NotDone:
            raise
        except Exception as error:          # what came back is no value that the probe can work with
            return Fault("error", f"what the function returned cannot be used: {type(error).__name__}: {error}")

    def derivation(self):
        result = None

        def whole():
            nonlocal result
            if self.answer is None:
                return self.runs()
            result = attempt(self.answer, ())
            if isinstance(result, Fault):
                return result
            if not isinstance(result, dict):
                return Fault("not a dict", "the steps are returned as a dict, {\"name of a step\": your answer, …}, "
                             f"got {shown(result)}")
            missing = [step.key for step in self.task.steps if step.key not in result]
            return Fault("missing step", f"the dict has no entry {missing[0]!r}") if missing else None
        yield "it gives all the steps", whole
        for step in self.task.steps:
            yield f"{step.key}: {step.ask}", lambda step=step: self.step(step, result[step.key])

    def step(self, step, value):
        if value is Ellipsis:
            raise NotDone(f"step {step.key!r}")
        right = self.task.reference()[step.key]
        if step.choices:
            if _choice(value) not in map(_choice, step.choices):
                return Fault("not a choice", f"choose one of {', '.join(map(shown, step.choices))}; got {shown(value)}")
            if _choice(value) == _choice(right):
                return None
            for mistake in self.task.mistakes:
                if _choice(mistake.function()[step.key]) == _choice(value):
                    return Fault(mistake.name, mistake.hint)
            return Fault("values", f"{shown(value)} is not right here")
        if not isinstance(value, Answer):
            return Fault("not a function", f"this step is a small function, got {shown(value)}")
        mistakes = []
        for mistake in self.task.mistakes:
            function = mistake.function()[step.key]
            if callable(function):
                mistakes.append(mistake._replace(function=function))
        inner = replace(self.task, steps=(), suspects=tuple(mistakes), reference=right, small=step.small,
                        cases=step.cases, edges=step.edges, outputs=step.outputs or (step.key,), probes=(), hunt=None)
        trial = _Trial(inner, value.function, self.visit, self.seed)
        trial.is_step = True
        for _, stage in trial.stages():
            if fault := stage():
                return fault
        return None

    # ---- verdicts ------------------------------------------------------------------------------------------

    def expected(self, case):
        return self.reference(*copied(case.arguments))

    def fault(self, got, case, factors=True):
        return compare(self.task, got, self.expected(case), case.arguments, factors)

    def advise(self, results, cases):
        """Notes on dtype: advice, and no fault."""
        for got, case in zip(results, cases):
            expected = self.expected(case)
            for name, g, e in zip(self.task.outputs, _results(got, expected), _results(expected, expected)):
                g_dtype, e_dtype = getattr(g, "dtype", None), getattr(e, "dtype", None)
                floats = g_dtype is not None and e_dtype is not None and g_dtype.kind == e_dtype.kind == "f"
                if not floats or g_dtype == e_dtype:
                    continue
                digits = f", which keeps {np.finfo(g_dtype).precision + 1} digits of {np.finfo(e_dtype).precision + 1}"
                note = f"{name} is {g_dtype} where {e_dtype} was given" + (
                    digits if g_dtype.itemsize < e_dtype.itemsize else ", which doubles the memory of a training")
                if note not in self.notes:
                    self.notes.append(note)

    def suspect(self, cases, results, partly=True):
        """The suspect that gives what the answer gives in all cases; else up to the first wrong result in each."""
        truths = [attempt(self.reference, case.arguments, trusted=True) for case in cases]
        wrong, partial = _first_wrong(self.task, results, truths), None
        for mistake in self.task.mistakes:
            function = self.adapt(mistake.function) if self.adapt else mistake.function
            wholly, so_far = True, partly and partial is None and wrong is not None
            differs = differs_so_far = False                # from the reference: else it is no mistake here
            for case, result, truth in zip(cases, results, truths):
                guess = attempt(function, case.arguments, trusted=True)
                wholly = wholly and agree(result, guess)
                so_far = so_far and agree(_upto(result, wrong), _upto(guess, wrong))
                if not (wholly or so_far):
                    break
                differs = differs or not agree(guess, truth)
                differs_so_far = differs_so_far or so_far and not agree(_upto(guess, wrong), _upto(truth, wrong))
            if wholly and differs:
                return Fault(mistake.name, mistake.hint)
            if so_far and differs_so_far:
                partial = mistake
        return Fault(partial.name, partial.hint) if partial else None


MUTATED = Fault("mutated input", "an input was changed: somebody else may still need it; work on a copy, and avoid -= "
                "and assignments into arrays that were given")
OVERWRITTEN = Fault("stale state", "a later call has overwritten the result of an earlier one: both are the same "
                    "array; make a new one at each call")
STALE = Fault("stale state", "the same inputs gave another result at a later call: something is kept from call to "
              "call, or is drawn at random; use only what is given")
_LIMITS = ("time", "memory", "output", "interrupted", "exit")
_CRASHES = (*_LIMITS, "error", "recursion", "generator", "coroutine", "iterator", "contains itself", "too large")


# ---- rules -----------------------------------------------------------------------------------------------------

def rule_adapter(task):
    """A rule and its backward in one call: (*inputs, dy) -> (y, *gradients); a loss: (*inputs) -> (y, *gradients).

    What goes wrong in backward is the second result, so that a mistake in y is told first.
    """
    loss = task.rule == "loss"

    def adapt(answer):
        def run(*arguments):
            inputs, dy = (arguments, ()) if loss else (arguments[:-1], arguments[-1:])
            result = answer(*inputs)
            if not isinstance(result, (tuple, list)) or len(result) != 2 or not callable(result[1]):
                return _no_rule(result, loss, task.outputs)
            y, backward = result
            grads = attempt(backward, dy, copy=False, trusted=not isinstance(backward, Answer))
            return (y, *gradients(grads, task))
        return run
    return adapt


def _no_rule(result, loss, outputs):
    call = "backward()" if loss else "backward(dy)"
    if isinstance(result, (tuple, list)) and len(result) == 2 and callable(result[0]):
        return Fault("wrong order", "the function comes second: return y, backward")
    if isinstance(result, (tuple, list)) and any(callable(r) for r in result):
        return Fault("number of results", f"a rule returns two things, y and the function backward; got {len(result)}: "
                     "return y, backward")
    if isinstance(result, (tuple, list)) and len(result) == 2:
        return Fault("no backward", "the second result must be a function, backward, that can be called later; got "
                     f"{shown(result[1])}: return it without calling it")
    if callable(result):
        return Fault("no forward", "only a function was returned; a rule returns y and backward: return y, backward")
    if result is None:
        return Fault("nothing returned", "nothing was returned (None); is there a return statement?")
    return Fault("no backward", f"a rule returns two things, {outputs[0]} and a function {call}: return y, backward")


def gradients(grads, task):
    """What backward returned, as a tuple: one gradient alone, several in a tuple, a list, or the rows of an array."""
    count = len(task.outputs) - 1
    if isinstance(grads, Fault):
        return (grads,)
    if isinstance(grads, tuple):
        return grads
    if isinstance(grads, list) and (count > 1 or len(grads) == 1 and isinstance(grads[0], np.ndarray)):
        return tuple(grads)
    if isinstance(grads, np.ndarray) and count > 1 and len(grads) == count:
        return tuple(grads)
    return grads,


# ---- helpers ----------------------------------------------------------------------------------------------------

def attempt(function, arguments, copy=True, trusted=False):
    """``function(*arguments)`` on copies as plain values, or the Fault that stands for it."""
    arguments = copied(arguments) if copy else arguments
    try:
        if not trusted:
            return function(*arguments)
        with np.errstate(all="ignore"):
            return plain(function(*arguments))
    except AnswerFault as error:
        return error.fault
    except NotDone:
        raise
    except Exception as error:
        if trusted:                                         # a suspect fails as the answers that it stands for do
            return Fault("error", f"{type(error).__name__}: {error}")
        return Fault("error", f"what the function returned cannot be used: {type(error).__name__}: {error}")


def agree(result, guess, tolerance=1e-9):
    """Do an answer and a suspect give the same, or fail with the same message?"""
    if isinstance(result, Fault) or isinstance(guess, Fault):
        return (isinstance(result, Fault) and isinstance(guess, Fault)
                and result.text.split("\n")[0] == guess.text.split("\n")[0])
    if isinstance(result, (tuple, list)) and isinstance(guess, (tuple, list)) and any(
            isinstance(v, Fault) for v in (*result, *guess)):
        return len(result) == len(guess) and all(agree(r, g) for r, g in zip(result, guess))
    return same(result, guess, tolerance)


def compare(task, got, expected, arguments, factors=True):
    """The first fault among the results, each called by its name."""
    names, tolerance = task.outputs, task.tolerance
    many = isinstance(expected, tuple)
    if isinstance(got, Fault):
        return got
    results = _results(got, expected)
    if many and results is None:
        given = "nothing (None); is there a return statement?" if got is None else f"one: {shown(got)}"
        return Fault("number of results", f"{len(expected)} results were expected ({', '.join(names)}), got {given}")
    failed = many and any(isinstance(result, Fault) for result in results)      # a backward; y is looked at first
    if many and not failed and len(results) != len(expected):
        return Fault("number of results",
                     f"{len(expected)} results were expected ({', '.join(names)}), got {len(results)}")
    expected = expected if many else (expected,)

    def right(order):
        return all(same(g, e, tolerance) for g, e in zip(order, expected))
    if many and not failed and len(results) <= 5 and not right(results) and any(map(right, permutations(results))):
        return Fault("wrong order", f"the results are right but in another order; return {', '.join(names)}")
    batch = task.batch(*arguments) if task.batch else None
    for i, (g, e) in enumerate(zip(results, expected)):
        name = names[i] if i < len(names) else f"result {i + 1}"
        if isinstance(g, Fault):
            return g
        fault = _one(g, e, tolerance, batch, factors)
        if fault:
            return Fault(fault.name, f"{name}: {fault.text}")
    return None


def _one(got, expected, tolerance, batch, factors):
    if got is None and expected is not None:
        return Fault("nothing returned", "nothing was returned (None); is there a return statement?")
    if isinstance(got, Opaque):
        return Fault("not numbers", f"it is {got!r}, which NumPy cannot turn into numbers")
    if isinstance(got, Answer):
        return Fault("function returned", "a function was returned and not what it gives: are the parentheses of a "
                     "call missing?")
    numbers = isinstance(expected, (int, float, complex, np.ndarray, np.generic)) and not isinstance(expected, bool) \
        and getattr(expected, "dtype", np.dtype(float)).kind in "iufc"
    if not numbers:
        if same(got, expected, tolerance):
            return None
        if isinstance(expected, (list, dict)) and len(expected) and type(got) is type(expected) \
                and len(got) == len(expected):              # as many numbers: what is true of all of them?
            g, e = ([v[key] for key in expected] if isinstance(v, dict) else v for v in (got, expected)) \
                if not isinstance(got, dict) or got.keys() == expected.keys() else (None, None)
            if e and all(isinstance(v, Real) and not isinstance(v, bool) for v in (*g, *e)):
                return diagnose(np.array(g), np.array(e), tolerance=tolerance, batch=batch, factors=factors)
        g, e = told_apart(got, expected)
        return Fault("values", f"it is {g}, but should be {e}")
    tolerance = tolerance_for(got, expected, tolerance)
    if _within_rounding(got, expected):
        return None
    return diagnose(got, expected, tolerance=tolerance, batch=batch, factors=factors)


def _within_rounding(got, expected):
    """Where 0 is right, 1e-16 is: another order of the same sums."""
    try:
        got, expected = np.asarray(got), np.asarray(expected)
        return got.shape == expected.shape and not np.any(expected) and bool(np.all(np.abs(got) <= 1e-15))
    except (TypeError, ValueError):
        return False


def _results(got, expected):
    """The results one by one: a list, or an array with one row for each, is as good as a tuple; None if it is one."""
    if not isinstance(expected, tuple):
        return (got,)
    if isinstance(got, (tuple, list)):
        return tuple(got)
    if isinstance(got, np.ndarray) and got.ndim and len(got) == len(expected):
        return tuple(got)
    return None


def _first_wrong(task, results, truths):
    """The number of the first result that is wrong in any case, or None where the results are not several."""
    found = []
    for got, truth in zip(results, truths):
        if not isinstance(truth, tuple) or isinstance(got, Fault) or not isinstance(got, (tuple, list)) \
                or len(got) != len(truth) and not any(isinstance(g, Fault) for g in got):
            return None
        found += [i for i, (g, t) in enumerate(zip(got, truth))
                  if isinstance(g, Fault) or not same(g, t, tolerance_for(g, t, task.tolerance))][:1]
    return min(found, default=None)


def _upto(result, index):
    if isinstance(result, Fault) or not isinstance(result, (tuple, list)):
        return result
    return tuple(result[:index + 1])


def _another(value):
    """The same argument with other values that are as valid: an array turned round, a number a little smaller."""
    if isinstance(value, np.ndarray) and value.ndim and len(value) > 1:
        return value[::-1].copy()
    return 0.75 * value if type(value) is float and value else None


def _case(case):
    return f"the case of {case.name}" if case.name else "a random case"


def _only_values(result):
    """No function and no object of an unknown kind: these are never equal to themselves."""
    if isinstance(result, (tuple, list)):
        return all(map(_only_values, result))
    return not isinstance(result, (Answer, Opaque))


def _numbers(result):
    """The sizes of all numbers of a result in one flat array."""
    if isinstance(result, (tuple, list)):
        return np.concatenate([np.zeros(0), *map(_numbers, result)])
    array = np.asarray(result)
    return np.ravel(np.abs(array * 1.0)) if array.dtype.kind in "biufc" else np.ones(1)


def _is_value(value):
    return isinstance(value, (np.ndarray, list, tuple, dict, int, float, complex, str, np.generic, set))


def _choice(value):
    """A choice as it is compared: blanks, the form of an apostrophe and the kind of sequence do not matter."""
    if isinstance(value, str):
        return "".join(value.split()).lower().replace("’", "'")
    if isinstance(value, (list, tuple)):
        return tuple(map(_choice, value))
    return value.item() if isinstance(value, np.generic) else value


def _argument_names(task):
    import inspect
    names = tuple(inspect.signature(task.reference).parameters)
    return (*names, "dy") if task.rule is True else names


# ---- which case finds what: for ``matrix`` ---------------------------------------------------------------------------

def columns(task, answer, seed=0):
    """``[(name of a case or stage, does it find a fault?), …]`` for one answer, all of them, not only the first."""
    with _quiet(), Visit() as visit:
        trial = _Trial(task, answer, visit, seed)
        if task.steps:
            return [(title, stage() is not None) for title, stage in list(trial.stages())]
        cases = [*trial.small, *trial.random, *trial.edges]
        found = []
        for case in cases:
            result = attempt(trial.asked, case.arguments)
            found.append((case.name, isinstance(result, Fault) or trial.fault(result, case) is not None))
        later = [(title, stage) for title, stage in trial.stages()
                 if title in dict(task.probes) or title.startswith(("the inputs are", "each backward"))]
        return found + [(title, stage() is not None) for title, stage in later]
