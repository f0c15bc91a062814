"""The check engine itself: what it says about answers that are right, unfinished, wrong, impure or raising."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib.checks import Fault
from course_lib.exercises import Slip, Step, Suspect, Task, check, engine, examine, progress, tasks


def reference(x, W):
    """Two results: the product, and its sum over the batch."""
    y = x @ W
    return y, y.sum(axis=0)


def forgets_the_sum(x, W):
    y = x @ W
    return y, y


TASK = Task(
    id="00-1", title="a product", level="write", difficulty=1, importance=2, minutes=5,
    reference=reference,
    small=(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]), np.array([[1.0, -1.0, 2.0], [0.5, 1.0, 3.0]])),
    cases=lambda rng: (rng.normal(size=(5, 4)), rng.normal(size=(4, 3))), outputs=("y", "total"),
    suspects=(Suspect("my own name", "the hint of the suspect", forgets_the_sum),), batch=lambda x, W: len(x))


def fault(answer, task=TASK):
    report = examine(task, answer)
    assert not report.passed and report.fault is not None
    assert sum("✗" in line for line in report.lines) == 1           # it stops at the first fault
    return report.fault


# ---- right and unfinished ---------------------------------------------------------------------------------------

def test_a_right_answer_passes_every_stage():
    report = examine(TASK, lambda x, W: reference(x, W))
    assert report.passed and report.fault is None
    assert report.lines == [
        "00-1 a product", "  ✓ it is a function and it runs", "  ✓ the small case", "  ✓ random cases",
        "  ✓ the inputs are left as they were, and a second call gives the same", "  done"]


def test_lists_are_accepted_where_a_tuple_is_meant():
    assert examine(TASK, lambda x, W: list(reference(x, W))).passed


@pytest.mark.parametrize("error", [NotImplementedError, NotImplementedError("exercise 00-1: a product")])
def test_unfinished_is_not_wrong(error):
    def answer(x, W):
        raise error
    report = examine(TASK, answer)
    assert (report.passed, report.fault, report.lines) == (False, None, ["00-1 a product: not done yet"])


def test_unfinished_in_a_later_stage_is_not_wrong_either():
    def answer(x, W):
        if len(x) > 3:
            raise NotImplementedError
        return reference(x, W)
    assert examine(TASK, answer).lines == ["00-1 a product: not done yet"]


# ---- wrong ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("value, kind", [(None, "NoneType"), (3.0, "float"), (reference(*TASK.small), "tuple")])
def test_what_is_no_function(value, kind):
    found = fault(value)
    assert found.name == "not a function" and kind in found.text and "reference(x, W)" in found.text


def test_an_answer_that_raises_reports_the_error_and_the_line():
    def answer(x, W):
        y = x @ W.T                                     # the wrong product
        return y, y.sum(axis=0)
    found = fault(answer)
    assert found.name == "error" and "ValueError" in found.text
    assert "in the line: y = x @ W.T" in found.text


def test_an_answer_with_another_signature_is_told():
    assert "TypeError" in fault(lambda x: x).text


@pytest.mark.parametrize("answer, name, text", [
    (lambda x, W: (-(x @ W), (x @ W).sum(axis=0)), "sign", "y: the sign"),
    (lambda x, W: (x @ W, (x @ W).mean(axis=0)), "extra 1/N", "total: it is 3 times too small"),
    (lambda x, W: (x @ W, (x @ W).sum(axis=1)), "values", "total: 3 of 3 entries"),        # N = K in the small case
    (lambda x, W: (x @ W, (x @ W).sum()), "summed over everything", "total"),
    (lambda x, W: ((x @ W).T, (x @ W).sum(axis=0)), "transpose", "y: it is the transpose"),
    (lambda x, W: (x @ W)[0], "number of results", "2 results were expected (y, total)"),
    (lambda x, W: None, "number of results", "is there a return statement"),
    (lambda x, W: (x @ W, None), "nothing returned", "total"),
    (lambda x, W: ((x @ W).sum(axis=0), x @ W), "wrong order", "return y, total"),
    (lambda x, W: (x @ W * np.nan, (x @ W).sum(axis=0)), "not finite", "y: entry [0, 0] is nan"),
    (forgets_the_sum, "my own name", "the hint of the suspect"),
])
def test_wrong_answers_are_named(answer, name, text):
    found = fault(answer)
    assert found.name == name and text in found.text, found


def test_the_small_case_shows_what_was_given_expected_and_got():
    found = fault(lambda x, W: (x @ W, (x @ W).sum(axis=0) * 2))
    lines = found.text.splitlines()
    assert "given    x = [[1., 2.], [3., 4.], [5., 7.]], W = [[ 1. , -1. , 2. ], [ 0.5, 1. , 3. ]]" in lines[1]
    assert lines[2].split()[0] == "expected" and "[15.5, 4. , 57. ]" in lines[2]
    assert lines[3].split()[0] == "got" and "[ 31., 8., 114.]" in lines[3]


def test_right_on_the_small_case_only_is_not_enough():
    small = [r.copy() for r in reference(*TASK.small)]
    assert fault(lambda x, W: tuple(small) if len(x) == 3 else (0 * (x @ W), (x @ W).sum(axis=0))).name == "zero"


def test_a_changed_input_is_named():
    def answer(x, W):
        x *= 1.0 + 1e-12 * np.arange(x.size).reshape(x.shape)
        return reference(x, W)
    assert fault(answer).name == "mutated input"


def test_an_answer_that_sums_over_its_calls_is_named():
    def answer(x, W, seen=[]):                          # a list as a default argument is made once
        seen.append((x, W))
        return sum(a @ b for a, b in seen if a.shape == x.shape), reference(x, W)[1]
    assert fault(answer).name == "stale state"

    def late(x, W, seen=[]):                            # the same, but only for the random cases
        return answer(x, W) if len(x) == 5 else reference(x, W)
    assert fault(late).name == "stale state"


def test_a_cache_of_the_first_input_is_stale_state():
    """Right on every first call with new sizes, wrong afterwards: only the purity stage can see it."""
    task = replace(TASK, **{"small": None, "suspects": ()})
    calls = []

    def answer(x, W):
        calls.append(1)
        # runs: 1, random cases: 4, then the pure stage: first, second, first again
        return reference(x, W) if len(calls) != 8 else reference(x + 1, W)
    assert fault(answer, task).name == "stale state"


def test_dtype_is_advice():
    single = replace(TASK, cases=lambda rng: (rng.normal(size=(5, 4)).astype(np.float32),
                                              rng.normal(size=(4, 3)).astype(np.float32)))
    report = examine(single, lambda x, W: reference(x.astype(float), W))
    assert report.passed and any("y is float64 where float32 was given" in line for line in report.lines)
    report = examine(TASK, lambda x, W: reference(x.astype(np.float32), W.astype(np.float32)))
    assert report.passed and any("y is float32 where float64 was given" in line for line in report.lines)
    assert fault(lambda x, W: reference((2 * x).astype(np.float32), W)).name == "factor 2"


def test_a_suspect_must_differ_from_the_reference_to_be_named():
    task = replace(TASK, **{"suspects": (Suspect("innocent", "never", reference), *TASK.suspects)})
    assert examine(task, reference).passed
    assert fault(forgets_the_sum, task).name == "my own name"


def test_probes_run_last_and_their_faults_are_reported():
    def probe(answer, rng):
        y, total = answer(np.full((2, 1), 1e3), np.ones((1, 1)))
        return None if total[0] == 2000 else Fault("too large", "it fails for large numbers")
    task = replace(TASK, **{"probes": (("large numbers", probe),)})
    assert examine(task, reference).lines[-2] == "  ✓ large numbers"
    assert fault(lambda x, W: tuple(np.minimum(r, 900) for r in reference(x, W)), task).name == "too large"

    def raising(answer, rng):
        raise ZeroDivisionError("by the answer")
    assert fault(reference, replace(TASK, **{"probes": (("p", raising),)})).name == "error"


def test_answers_cannot_spoil_the_tasks_own_arguments():
    small = [a.copy() for a in TASK.small]

    def answer(x, W):
        x[:] = 0
        W[:] = 0
        return x @ W, W[0]
    examine(TASK, answer)
    for now, before in zip(TASK.small, small, strict=True):
        np.testing.assert_array_equal(now, before)


def test_numbers_strings_and_lists_can_be_results():
    def task(value):
        return replace(TASK, **{"reference": lambda: value, "small": (), "cases": None, "outputs": ("result",),
                       "suspects": (), "batch": None})
    assert examine(task(0.25), lambda: 0.25).passed and fault(lambda: 0.5, task(0.25)).name == "factor 2"
    assert examine(task("b"), lambda: "b").passed and "'c', but should be 'b'" in fault(lambda: "c", task("b")).text
    assert examine(task(["a", "b"]), lambda: ["a", "b"]).passed
    assert fault(lambda: ["b", "a"], task(["a", "b"])).name == "values"
    dictionary = task({"w": np.ones(2)})
    assert examine(dictionary, lambda: {"w": np.ones(2)}).passed
    assert not examine(dictionary, lambda: {"w": np.zeros(2)}).passed
    mask = task(np.array([True, False]))
    assert examine(mask, lambda: np.array([True, False])).passed
    assert not examine(mask, lambda: np.array([True, True])).passed
    assert examine(task(True), lambda: True).passed and not examine(task(True), lambda: False).passed


ODD = [None, "text", b"bytes", 3, True, 1j, float("nan"), [], (), {}, set(), {"y": np.ones(2)}, [[1], [2, 3]], object(),
       len, np.array("a"), np.array([None]), range(3), (i for i in range(2)), (1,), (None, None), ("a", np.ones(3)),
       [[1], [2, 3]], ([[1], [2, 3]], np.ones(3)), (np.ones(3), {"a": np.ones(2)}), np.ones((3, 3), bool),
       (np.zeros(0), np.zeros(0))]


@pytest.mark.parametrize("value", ODD, ids=lambda v: type(v).__name__)
def test_whatever_is_returned_gets_a_report(value):
    """The check never fails itself, whatever an answer returns; with one result or with two."""
    one = replace(TASK, **{"reference": lambda x, W: x @ W, "outputs": ("y",), "suspects": (
        Suspect("other", "hint", lambda x, W: {"y": x}), Suspect("ragged", "hint", lambda x, W: [[1], [2]]))})
    for task in (TASK, one):
        assert fault(lambda x, W: value, task).text


# ---- check: what is printed and noted ---------------------------------------------------------------------------

@pytest.fixture
def notes(tmp_path, monkeypatch):
    file = tmp_path / "folder" / "progress.json"
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(file))
    monkeypatch.setattr(engine, "tasks", lambda: {TASK.id: TASK})
    return file


def test_check_prints_the_same_lines_every_time(notes, capsys):
    for answer in (reference, forgets_the_sum, lambda x, W: (x @ W, 2 * (x @ W))):
        check("00-1", answer)
        first = capsys.readouterr().out
        check("00-1", answer)
        assert capsys.readouterr().out == first and first.startswith("00-1 a product\n")


def test_an_unknown_id_is_refused_and_the_known_ones_are_told(notes):
    with pytest.raises(ValueError, match="no task '00-9'; there are 00-1"):
        check("00-9", reference)


def test_passed_stays_passed_and_tries_are_counted(notes):
    def unfinished(x, W):
        raise NotImplementedError
    check("00-1", unfinished)
    assert not notes.exists()                           # not done is not a try
    check("00-1", forgets_the_sum)
    assert progress.read() == {"00-1": {"passed": False, "tries": 1}}
    check("00-1", reference)
    check("00-1", forgets_the_sum)
    assert progress.read() == {"00-1": {"passed": True, "tries": 3}}
    check("00-1", reference, record=False)
    assert progress.read()["00-1"]["tries"] == 3


# ---- the tasks of the course ------------------------------------------------------------------------------------

@pytest.mark.parametrize("task_id", tasks())
def test_a_task_is_complete(task_id):
    task = tasks()[task_id]
    assert task.id == task_id and task.level in ("fill in", "write", "derive", "explore")
    assert task.difficulty in (1, 2, 3) and task.importance in (1, 2, 3) and 0 < task.minutes <= 60
    assert task.title and not task.title.endswith(".") and "(" in task.signature
    assert task.small is not None or task.cases is not None or task.probes or task.steps
    assert task.reference.__doc__ and all(s.name and s.hint for s in task.suspects)
    assert task.level in task.heading() and f"{task.minutes} minutes" in task.heading()
    assert task.heading().startswith(f"## {task_id} ") and task.start.startswith(f"def {task.reference.__name__}(")


@pytest.mark.parametrize("task_id", tasks())
def test_random_cases_are_generic(task_id):
    """A batch of at least three, so that a factor of N is no factor 2 and no factor 1."""
    task = tasks()[task_id]
    if task.batch and task.cases:
        for seed in range(20):
            assert task.batch(*task.cases(np.random.default_rng(seed))) >= 3
