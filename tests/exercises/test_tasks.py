"""Every task: the reference passes, and each planted wrong answer is refused by its right name."""

import importlib
from pathlib import Path

import pytest

from course_lib.exercises import examine, tasks

MODULES = [path.stem for path in sorted(Path(__file__).parent.glob("planted_lesson*.py"))]
PLANTED = {task_id: answers for name in MODULES for task_id, answers in importlib.import_module(name).PLANTED.items()}
WRONG = [pytest.param(task_id, name, function, id=f"{task_id} {name} {i}")
         for task_id, answers in PLANTED.items() for i, (name, function) in enumerate(answers)]


@pytest.mark.parametrize("task_id", tasks())
def test_the_reference_passes_under_200_seeds(task_id):
    task = tasks()[task_id]
    failed = [(seed, report.lines) for seed in range(200) if not (report := examine(task, task.reference, seed)).passed]
    assert not failed, failed[:2]


@pytest.mark.parametrize("task_id, name, function", WRONG)
def test_a_planted_wrong_answer_is_named(task_id, name, function):
    for seed in range(5):                       # the name must not depend on luck
        report = examine(tasks()[task_id], function, seed)
        assert not report.passed and report.fault is not None, report.lines
        assert report.fault.name == name, "\n".join(report.lines)


@pytest.mark.parametrize("task_id", tasks())
def test_every_task_has_at_least_five_different_planted_faults(task_id):
    assert len({name for name, _ in PLANTED.get(task_id, [])}) >= 5, [name for name, _ in PLANTED.get(task_id, [])]


@pytest.mark.parametrize("task_id", tasks())
def test_an_untouched_answer_is_not_done_and_not_wrong(task_id):
    def untouched(*arguments):
        raise NotImplementedError
    report = examine(tasks()[task_id], untouched)
    assert not report.passed and report.fault is None and "not done yet" in report.lines[0]
