"""Every task: right answers pass, however they are written; each known mistake is found, and called by its name."""

import numpy as np
import pytest
from answers import checkable, collected

from course_lib.exercises import Slip, examine, tasks
from course_lib.exercises.matrix import matrix

RIGHT = collected("RIGHT")
UNUSUAL = [pytest.param(task_id, function, id=f"{task_id} {getattr(function, '__name__', type(function).__name__)} {i}")
           for task_id, answers in RIGHT.items() for i, function in enumerate(answers)]
MISTAKES = [pytest.param(task_id, mistake, id=f"{task_id} {mistake.name} {i}")
            for task_id, task in tasks().items() for i, mistake in enumerate(task.mistakes)]


@pytest.mark.parametrize("task_id", tasks())
def test_the_reference_passes_under_50_seeds(task_id):
    checkable(task_id)
    task = tasks()[task_id]
    failed = [(seed, report.lines) for seed in range(50) if not (report := examine(task, task.reference, seed)).passed]
    assert not failed, failed[:2]


@pytest.mark.parametrize("task_id, function", UNUSUAL)
def test_a_right_answer_passes_however_it_is_written(task_id, function):
    checkable(task_id)
    for seed in range(3):
        report = examine(tasks()[task_id], function, seed)
        assert report.passed, "\n".join(report.lines)


def test_there_are_at_least_200_unusual_right_answers():
    assert len(UNUSUAL) >= 200 and not [task_id for task_id in tasks() if len(RIGHT.get(task_id, ())) < 2]


@pytest.mark.parametrize("answer", RIGHT["12-9"][:2], ids=lambda answer: answer.__name__)
def test_no_right_draw_is_refused_by_its_statistics(answer):
    task = tasks()["12-9"]
    _, probe = task.probes[-1]
    for seed in range(200):
        assert probe(task.adapt(answer), np.random.default_rng(seed)) is None, seed


@pytest.mark.parametrize("task_id, mistake", MISTAKES)
def test_every_known_mistake_gets_its_own_name(task_id, mistake):
    checkable(task_id)
    if tasks()[task_id].steps:
        right = tasks()[task_id].reference()
        assert any(mistake.function()[key] != right[key] for key in right)
    report = examine(tasks()[task_id], mistake.function)
    assert not report.passed and report.fault is not None, report.lines
    assert report.fault.name == mistake.name, "\n".join(report.lines)


@pytest.mark.parametrize("task_id", tasks())
def test_every_slip_is_found_by_a_case(task_id):
    checkable(task_id)
    task = tasks()[task_id]
    assert not [name for name, killers in matrix(task) if not killers]
    assert len({(s.name, s.edits) for s in task.suspects if isinstance(s, Slip)}) == sum(
        isinstance(s, Slip) for s in task.suspects)


@pytest.mark.parametrize("task_id", tasks())
def test_an_untouched_answer_is_not_done_and_not_wrong(task_id):
    names = {}
    exec(tasks()[task_id].start, {**tasks()[task_id].reference.__globals__}, names)
    report = examine(tasks()[task_id], names[tasks()[task_id].reference.__name__])
    assert not report.passed and report.fault is None and "not done yet" in report.lines[0]
