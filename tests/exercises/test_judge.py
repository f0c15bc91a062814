"""Verdicts: what is said about rules, factors, near misses, derivations, and whose line it was."""

import functools
import linecache
from dataclasses import replace

import numpy as np
import pytest

from course_lib.checks import diagnose
from course_lib.exercises import Slip, Step, Suspect, Task, examine, matrix
from course_lib.exercises.values import LARGEST, Unusable, plain, same, shown, told_apart


def doubled(x, b):
    """y = 2 x + b.

    x, b (N,)  ->  y (N,), backward: dy -> dx, db
    """
    y = 2 * x + b

    def backward(dy):
        dx = 2 * dy
        return dx, dy.copy()
    return y, backward


RULE = Task(
    id="00-1", title="twice", level="write", difficulty=1, importance=1, minutes=1, reference=doubled, rule=True,
    outputs=("y", "dx", "db"), small=(np.array([1.0, 2]), np.array([0.5, 0]), np.array([3.0, 4])),
    cases=lambda rng: tuple(rng.normal(size=(3, int(rng.integers(3, 7))))),
    suspects=(Slip("half", "2 is missing", ("2 * x", "x")), Slip("slope forgotten", "dx = 2 dy", ("2 * dy", "dy * 1"))))


def fault(answer, task=RULE):
    report = examine(task, answer)
    assert not report.passed and report.fault is not None
    assert sum("✗" in line for line in report.lines) == 1
    return report.fault


# ---- rules ------------------------------------------------------------------------------------------------------

def in_a_global(x, b):
    kept["y"] = 2 * x + b
    kept["n"] = len(x)
    return kept["y"], lambda dy: (2 * dy * (kept["n"] == len(dy)), dy + 0.0 * kept["y"])


kept = {}


def another_at_the_second_call(x, b):
    calls = []

    def backward(dy):
        calls.append(1)
        return 2 * dy * len(calls), dy + 0
    return 2 * x + b, backward


def spoils_dy(x, b):
    def backward(dy):
        db = dy.copy()
        dy *= 2
        return dy, db
    return 2 * x + b, backward


def spoils_its_input(x, b):
    y = 2 * x + b

    def backward(dy):
        x[:] = 0
        return 2 * dy, dy + 0
    return y, backward


@pytest.mark.parametrize("answer, name, text", [
    (lambda x, b: 2 * x + b, "no backward", "return y, backward"),
    (lambda x, b: (2 * x + b, None), "no backward", "without calling it"),
    (lambda x, b: (2 * x + b, lambda dy: (2 * dy, dy), 3), "number of results", "got 3: return y, backward"),
    (lambda x, b: (lambda dy: (2 * dy, dy)), "no forward", "only a function"),
    (lambda x, b: None, "nothing returned", "return statement"),
    (lambda x, b: (2 * x + b, lambda dy: None), "number of results", "dx"),
    (lambda x, b: (2 * x + b, lambda dy: (2 * dy,)), "number of results", ""),
    (lambda x, b: (2 * x + b, lambda dy: (dy, 2 * dy)), "wrong order", ""),
    (lambda x, b: (2 * x + b, lambda: (1, 2)), "error", "TypeError"),
    (lambda x, b: (x + b, lambda dy: 1 / 0), "half", "2 is missing"),
    (lambda x, b: (2 * x + b, lambda dy: (dy, 7 * dy)), "slope forgotten", ""),
    (lambda x, b: (2 * x + b, lambda dy: (2 * dy, undefined)), "error", "NameError"),  # noqa: F821
    (in_a_global, "stale state", ""), (another_at_the_second_call, "stale state", ""),
    (spoils_dy, "mutated input", ""), (spoils_its_input, "mutated input", "")])
def test_what_is_said_about_a_rule(answer, name, text):
    found = fault(answer)
    assert found.name == name and text in found.text, found


class Doubled:
    def __call__(self, x, b):
        return [np.asarray(2 * x + b).tolist(), self.backward]

    def backward(self, dy):
        return np.stack([2 * dy, dy])


@pytest.mark.parametrize("answer", [
    doubled, Doubled(), functools.partial(doubled), lambda x, b: [2 * x + b, lambda dy: [list(2 * dy), list(dy)]],
    lambda x, b: ((2 * x + b).astype(np.float32), lambda dy: (2 * dy, dy.astype(np.float32)))])
def test_a_right_rule_passes_in_any_container(answer):
    assert examine(RULE, answer).passed, examine(RULE, answer).lines


room = {}


def in_one_array(x, b):
    y = room.setdefault(x.shape, np.zeros(x.shape))
    y[:] = 2 * x + b
    return y


def kept_by_x(x, b):
    key = x.tobytes()
    room[key] = room.get(key, 2 * x + b).copy()
    return room[key].copy()


def spoils_a_zero(x, b):
    y = 2 * x + b
    if not x.all():
        x += 1
    return y


SUM = Task(id="00-3", title="twice and b", level="write", difficulty=1, importance=1, minutes=1,
           reference=lambda x, b: 2 * x + b, cases=lambda rng: RULE.cases(rng)[:2],
           edges={"zeros": (np.zeros(3), np.ones(3))})


@pytest.mark.parametrize("answer, name, text", [
    (in_one_array, "stale state", "has overwritten the result of an earlier one"),
    (kept_by_x, "stale state", "another b gave the result of an earlier call"),
    (spoils_a_zero, "mutated input", "in the case of zeros: an input was changed")],
    ids=["overwritten", "kept_by_x", "spoils_a_zero"])
def test_what_only_some_calls_show(answer, name, text):
    room.clear()
    found = fault(answer, SUM)
    assert found.name == name and text in found.text, found


def test_a_backward_that_fills_one_array_is_told():
    def answer(x, b):
        dx = np.zeros_like(x)

        def backward(dy):
            dx[:] = 2 * dy
            return dx, dy + 0
        return 2 * x + b, backward
    assert "has overwritten the result" in fault(answer).text


# ---- factors, and numbers that are nearly right -----------------------------------------------------------------

def area(r):
    """π r², a number."""
    return np.pi * r * r


NUMBER = Task(id="00-2", title="an area", level="write", difficulty=1, importance=1, minutes=1, reference=area,
              small=(2.0,), cases=lambda rng: (float(rng.uniform(1, 3)),))


@pytest.mark.parametrize("answer, name", [
    (lambda r: 2 * np.pi * r * r, "factor 2"), (lambda r: -np.pi * r * r, "sign"), (lambda r: r * r, "constant factor"),
    (lambda r: 10 * np.pi * r * r, "constant factor"), (lambda r: 3.77 * np.pi * r * r, "values"),
    (lambda r: np.pi * r ** 3, "values"), (lambda r: 4 * np.pi * r, "values"), (lambda r: np.pi * r * r + 1, "values"),
    (lambda r: 3.1416 * r * r, "precision"), (lambda r: np.pi * r * r * (1 + 3e-5), "precision"),
    (lambda r: np.pi * r * r * (1 + 1e-8), "precision")])
def test_a_factor_is_named_only_where_all_cases_agree_on_a_plausible_one(answer, name):
    assert fault(answer, NUMBER).name == name


def test_a_near_miss_has_a_verdict_of_its_own():
    text = fault(lambda r: np.pi * r * r * (1 + 3e-5), NUMBER).text
    assert "close, but not exact: relative error 3e-05" in text and "difference quotient" in text


@pytest.mark.parametrize("got, expected", [(0.1 + 0.2, 0.3), (np.array([1.0, 1 / 3]), np.array([1.0, 1 / 3 + 1e-14]))])
def test_two_numbers_that_print_alike_are_told_apart(got, expected):
    one, two = told_apart(got, expected)
    assert one != two
    assert "should be" not in diagnose(got, expected, tolerance=0).text or \
        len(set(diagnose(got, expected, tolerance=0).text.split("is ")[-1].split(", but should be "))) == 2


def test_the_small_case_prints_the_arguments_by_name():
    text = fault(lambda r: 0.0, NUMBER).text
    assert "given    r = 2" in text and "expected 12.5664" in text and "got      0" in text


def test_one_random_case_is_strided():
    seen = []

    def answer(x, b):
        seen.append(x.flags.c_contiguous)
        return 2 * x + b
    assert examine(SUM, answer).passed and not all(seen) and any(seen)


def test_a_suspect_that_is_right_in_all_cases_is_not_named():
    strict = replace(SUM, tolerance=1e-12, suspects=(Suspect("innocent", "never", lambda x, b: 2 * x + b),))
    assert fault(lambda x, b: (2 * x + b) * (1 + 1e-10), strict).name == "precision"


def test_a_special_case_is_called_by_its_name():
    task = replace(NUMBER, edges={"a circle of no size": (0.0,)})
    found = fault(lambda r: np.pi * r * r if r else 1.0, task)
    assert "in the case of a circle of no size" in found.text and "given    r = 0" in found.text


# ---- slips ------------------------------------------------------------------------------------------------------

def test_an_edit_must_fit_exactly_once():
    for old in ("nothing like it", "x"):
        with pytest.raises(ValueError, match=f"replaces '{old}', which occurs"):
            Slip("s", "hint", (old, "y")).edited(RULE.text)


def test_the_matrix_shows_which_case_finds_which_mistake():
    never = Suspect("never found", "hint", doubled)
    task = replace(RULE, suspects=(*RULE.suspects, never))
    rows = dict(matrix.matrix(task))
    assert rows["half"][0] == "the small case" and rows["never found"] == []
    assert any(line.endswith("never found   [!] nothing finds it") for line in matrix.table(task))


def test_the_learners_copy_begins_with_the_reference_cut_off():
    assert RULE.start == (
        'def doubled(x, b):\n    """y = 2 x + b.\n\n    x, b (N,)  ->  y (N,), backward: dy -> dx, db\n    """\n'
        '    raise NotImplementedError("exercise 00-1: twice")')
    hunt = replace(RULE, hunt="half").start
    assert "    raise NotImplementedError" in hunt and "    y = x + b\n" in hunt and "2 * x" not in hunt
    assert RULE.heading().startswith("## 00-1 Twice\n\n*write* · difficulty ●○○")


# ---- derivations ------------------------------------------------------------------------------------------------

def derive():
    """The gradient of W in y = x W."""
    return {
        "dW[d, k]": lambda dy, x, d, k: sum(dy[n, k] * x[n, d] for n in range(len(x))),
        "sum over": "n",
    }


DERIVED = Task(
    id="00-0", title="a gradient, derived", level="derive", difficulty=1, importance=1, minutes=1, reference=derive,
    shown="dW = xᵀ dy",
    steps=(Step("dW[d, k]", "one entry, a function of (dy, x, d, k)",
                cases=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), int(rng.integers(2)),
                                   int(rng.integers(3)))),
           Step("sum over", 'which index: "n", "d" or "k"?', choices=("n", "d", "k"))),
    suspects=(Slip("one row only", "all rows pay",
                   ("sum(dy[n, k] * x[n, d] for n in range(len(x)))", "dy[0, k] * x[0, d]")),
              Slip("summed over d", "d is not summed", ('"n",', '"d",'))))


def steps(**changes):
    return lambda: {**derive(), **{{"one": "dW[d, k]", "over": "sum over"}[k]: v for k, v in changes.items()}}


def test_a_derivation_is_checked_step_by_step():
    report = examine(DERIVED, steps(over=" N "))
    assert report.passed and "  dW = xᵀ dy" in report.lines and len(report.lines) == 6
    assert fault(steps(over="d"), DERIVED).name == "summed over d"
    assert fault(steps(over="z"), DERIVED).name == "not a choice"
    assert fault(steps(over="k"), DERIVED).name == "values"
    assert fault(steps(one=lambda dy, x, d, k: dy[0, k] * x[0, d]), DERIVED).name == "one row only"
    assert fault(steps(one=lambda dy, x, d, k: 2 * (dy[:, k] @ x[:, d])), DERIVED).name == "factor 2"
    assert fault(steps(one=3.0), DERIVED).name == "not a function"
    assert fault(lambda: {"sum over": "n"}, DERIVED).name == "missing step"
    assert fault(lambda: ["n"], DERIVED).name == "not a dict"
    assert fault(3, DERIVED).name == "not a function"


def test_a_step_that_is_not_done_is_told_with_what_is_right_before():
    report = examine(DERIVED, steps(over=...))
    assert report.fault is None and "not done yet, step 'sum over'" in report.lines[0]
    assert report.lines[1:] == ["  ✓ it gives all the steps", "  ✓ dW[d, k]: one entry, a function of (dy, x, d, k)"]
    names = {}
    exec(DERIVED.start, names)
    assert examine(DERIVED, names["derive"]).fault is None
    assert '"sum over": ...,' in DERIVED.start and 'which index: "n", "d" or "k"?' in DERIVED.start


def pair_and_owner():
    """Exchange two numbers, and say whose they are."""
    return {"exchanged": lambda a, b: (b, a), "whose": "the reader's"}


def test_the_results_of_a_step_have_names_of_their_own_and_an_apostrophe_two_forms():
    step = Step("exchanged", "(a, b) -> (b, a)", outputs=("second", "first"), small=(1.0, 2.0))
    task = replace(DERIVED, reference=pair_and_owner, suspects=(), shown=None, steps=(
        step, Step("whose", "the reader's or the writer's?", choices=("the reader's", "the writer's"))))
    answer = lambda **changes: lambda: {**pair_and_owner(), **changes}
    assert examine(task, answer(whose="The reader’s")).passed
    assert fault(answer(whose="the writer’s"), task).name == "values"
    assert fault(answer(exchanged=lambda a, b: b), task).text.startswith("2 results were expected (second, first)")
    assert fault(answer(exchanged=lambda a, b: (a, b)), task).text.startswith(
        "the results are right but in another order; return second, first")
    unnamed = replace(task, steps=(replace(step, outputs=()), task.steps[1]))
    assert fault(answer(exchanged=lambda a, b: b), unnamed).text.startswith("2 results were expected (exchanged)")


# ---- whose line it was ------------------------------------------------------------------------------------------

def test_the_line_is_the_learners_own_and_not_numpys():
    text = fault(lambda x, b: np.sum(x, axis=7), RULE).text
    assert "in the line: text = fault(lambda x, b: np.sum(x, axis=7), RULE).text" in text and "test_judge.py" in text


def test_in_a_notebook_it_is_the_cells_line():
    source = "def cell(x, b):\n    y = 2 * x\n    return np.dot(y, b, x)\n"
    file = "/somewhere/ipykernel_12/345.py"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    names = {"np": np}
    exec(compile(source, file, "exec"), names)
    text = fault(names["cell"], RULE).text
    assert "in the line: return np.dot(y, b, x)\n    line 3 of your cell" in text


def test_a_call_that_was_forgotten_is_told():
    assert fault(lambda x, b: (2 * x + b).copy, SUM).name == "function returned"
    assert examine(SUM, lambda x, b: 2 * x + b).passed


# ---- plain values -----------------------------------------------------------------------------------------------

class Tensor:
    """Like those of an array library: a tensor in a graph gives its values only after detach."""

    def __init__(self, values, graph=True):
        self.values, self.graph = values, graph

    def detach(self):
        return Tensor(self.values, False)

    def __array__(self, dtype=None, copy=None):
        if self.graph:
            raise RuntimeError("call detach first")
        return np.asarray(self.values, dtype)


def test_results_of_other_libraries_are_what_their_values_are():
    assert same(plain(Tensor([1.0, 2.0])), np.array([1.0, 2.0]))
    assert examine(RULE, lambda x, b: (Tensor(2 * x + b), lambda dy: (Tensor(2 * dy), Tensor(dy)))).passed


def test_containers_are_compared_by_their_values():
    assert same([1, 2], (1.0, 2.0)) and same([[1], [2, 3]], [[1], [2, 3]]) and not same([[1], [2, 3]], [[1], [2, 4]])
    assert same({"a": np.ones(2)}, {"a": [1, 1]}) and not same({"a": 1}, {"b": 1}) and not same(None, 0)
    assert same("a", np.str_("a")) and not same("a", "b") and not same("1", 1)
    assert same(np.array([np.nan, 1]), [np.nan, 1]) and not same([np.nan], [1.0]) and same(np.inf, np.inf)


def test_more_numbers_than_anybody_asks_for_are_refused():
    for value in (range(LARGEST + 1), [[0] * (LARGEST // 2)] * 3, np.broadcast_to(0, LARGEST + 1)):
        with pytest.raises(Unusable):
            plain(value)


def test_what_is_shown_is_short():
    assert len(shown(list(range(10_000)))) <= 303 and len(shown(np.arange(10_000.0))) <= 303
    assert shown(np.array([[1.0, 0.5]])) == "[[1. , 0.5]]"
