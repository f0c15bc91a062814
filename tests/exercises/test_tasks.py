"""Every task: right answers pass, however they are written; each wrong one is refused by its right name."""

import importlib
from pathlib import Path

import pytest

from course_lib.exercises import Slip, examine, tasks
from course_lib.exercises.matrix import matrix

FILES = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("planted_lesson*.py"))]
PLANTED = {task_id: answers for file in FILES for task_id, answers in file.PLANTED.items()}
RIGHT = {task_id: answers for file in FILES for task_id, answers in file.RIGHT.items()}
WRONG = [pytest.param(task_id, name, function, id=f"{task_id} {name} {i}")
         for task_id, answers in PLANTED.items() for i, (name, function) in enumerate(answers)]
UNUSUAL = [pytest.param(task_id, function, id=f"{task_id} {getattr(function, '__name__', type(function).__name__)} {i}")
           for task_id, answers in RIGHT.items() for i, function in enumerate(answers)]
MISTAKES = [pytest.param(task_id, mistake, id=f"{task_id} {mistake.name} {i}")
            for task_id, task in tasks().items() for i, mistake in enumerate(task.mistakes)]


@pytest.mark.parametrize("task_id", tasks())
def test_the_reference_passes_under_100_seeds(task_id):
    task = tasks()[task_id]
    failed = [(seed, report.lines) for seed in range(100) if not (report := examine(task, task.reference, seed)).passed]
    assert not failed, failed[:2]


@pytest.mark.parametrize("task_id, function", UNUSUAL)
def test_a_right_answer_passes_however_it_is_written(task_id, function):
    for seed in range(5):
        report = examine(tasks()[task_id], function, seed)
        assert report.passed, "\n".join(report.lines)


def test_there_are_at_least_200_unusual_right_answers():
    assert len(UNUSUAL) >= 200 and not [task_id for task_id in tasks() if len(RIGHT.get(task_id, ())) < 2]


@pytest.mark.parametrize("task_id, name, function", WRONG)
def test_a_planted_wrong_answer_is_named(task_id, name, function):
    for seed in range(3):                       # the name must not depend on luck
        report = examine(tasks()[task_id], function, seed)
        assert not report.passed and report.fault is not None, report.lines
        assert report.fault.name == name, "\n".join(report.lines)


@pytest.mark.parametrize("task_id, mistake", MISTAKES)
def test_every_known_mistake_gets_its_own_name(task_id, mistake):
    if tasks()[task_id].steps:
        right = tasks()[task_id].reference()
        assert any(mistake.function()[key] != right[key] for key in right)
    for seed in range(2):
        report = examine(tasks()[task_id], mistake.function, seed)
        assert not report.passed and report.fault is not None, report.lines
        assert report.fault.name == mistake.name, "\n".join(report.lines)


@pytest.mark.parametrize("task_id", tasks())
def test_every_slip_is_found_by_a_case(task_id):
    task = tasks()[task_id]
    assert not [name for name, killers in matrix(task) if not killers]
    assert len({(s.name, s.edits) for s in task.suspects if isinstance(s, Slip)}) == sum(
        isinstance(s, Slip) for s in task.suspects)


@pytest.mark.parametrize("task_id", tasks())
def test_every_task_has_at_least_five_different_planted_faults(task_id):
    assert len({name for name, _ in PLANTED.get(task_id, [])}) >= 5, [name for name, _ in PLANTED.get(task_id, [])]


@pytest.mark.parametrize("task_id", tasks())
def test_an_untouched_answer_is_not_done_and_not_wrong(task_id):
    names = {}
    exec(tasks()[task_id].start, {**tasks()[task_id].reference.__globals__}, names)
    report = examine(tasks()[task_id], names[tasks()[task_id].reference.__name__])
    assert not report.passed and report.fault is None and "not done yet" in report.lines[0]
