"""Every task: wrong answers, as learners write them, are refused, each by its right name."""

import pytest
from answers import checkable, collected

from course_lib.exercises import examine, tasks

PLANTED = collected("PLANTED")
WRONG = [pytest.param(task_id, name, function, id=f"{task_id} {name} {i}")
         for task_id, answers in PLANTED.items() for i, (name, function) in enumerate(answers)]


@pytest.mark.parametrize("task_id, name, function", WRONG)
def test_a_planted_wrong_answer_is_named(task_id, name, function):
    checkable(task_id)
    for seed in range(2):                       # the name must not depend on luck
        report = examine(tasks()[task_id], function, seed)
        assert not report.passed and report.fault is not None, report.lines
        assert report.fault.name == name, "\n".join(report.lines)


@pytest.mark.parametrize("task_id", tasks())
def test_every_task_has_at_least_five_different_planted_faults(task_id):
    assert len({name for name, _ in PLANTED.get(task_id, [])}) >= 5, [name for name, _ in PLANTED.get(task_id, [])]
