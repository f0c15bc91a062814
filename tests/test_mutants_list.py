"""The list of mutants fits the library as it is today. (``tests/mutants/run.py`` runs the tests against each.)"""

import runpy
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIST = runpy.run_path(str(HERE / "mutants" / "mutants.py"))
MUTANTS, PACKAGE = LIST["MUTANTS"], LIST["ROOT"] / "course_lib"


def test_every_edit_applies_once_and_leaves_a_file_that_compiles():
    faults = []
    for mutant in MUTANTS:
        try:
            compile(mutant.applied(), mutant.file, "exec")
        except (ValueError, OSError, SyntaxError) as error:
            faults.append(f"{error!r}, in {mutant}")
    assert not faults, "\n".join(faults)


def test_an_edit_that_does_not_apply_is_named(tmp_path):
    (tmp_path / "course_lib").mkdir()
    for text in ("x = 1\n", "x = 2\ny = 2\n"):
        (tmp_path / "course_lib" / "a.py").write_text(text)
        with pytest.raises(ValueError, match=rf"occurs {text.count('2')} times, it must occur once; a.py: 2  ->  3"):
            LIST["Mutant"]("a.py", "2", "3", "test_a.py").applied(tmp_path)


def test_the_list_is_long_has_no_edit_twice_and_names_tests_that_are_there():
    assert len(MUTANTS) >= 100
    assert not [edit for edit, n in Counter((m.file, m.old, m.new) for m in MUTANTS).items() if n > 1]
    files = {word for m in MUTANTS for word in m.tests.split() if word.endswith(".py")}
    assert not {file for file in files if not (HERE / file).is_file()}


def test_every_part_of_the_package_and_every_lesson_is_represented():
    there = {m.file for m in MUTANTS}
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py")}
    assert folders - {Path(file).parent.as_posix() for file in there} == set()
    lessons = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("lesson*.py")}
    assert lessons - there == set()


def test_how_a_run_of_the_tests_is_judged(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE / "mutants"))
    run = runpy.run_path(str(HERE / "mutants" / "run.py"))
    judge, report = run["judge"], run["report"]
    failed = "..F\nFAILED tests/a/test_b.py::test_c[1-2] - assert 1 == 2\n"
    assert judge(1, failed) == ("killed", "a/test_b.py::test_c[1-2]")
    assert judge(2, "ERROR tests/test_b.py - NameError: x\n") == ("killed", "test_b.py")
    assert [judge(status, "")[0] for status in (None, -11)] == ["killed"] * 2       # it loops for ever, or crashes
    assert judge(0, "3 passed")[0] == "SURVIVED"
    assert [judge(status, "")[0] for status in (1, 3, 4, 5)] == ["ERROR"] * 4       # no test has seen it
    plain, excused = (LIST["Mutant"]("a.py", "2", "3", "test_a.py", reason) for reason in ("", "both are right"))
    good = {(m.reason != "", verdict): report(m, verdict, "test_a.py::test_b")[1]
            for m in (plain, excused) for verdict in ("killed", "SURVIVED", "ERROR")}
    assert {case for case, fine in good.items() if not fine} == {(False, "SURVIVED"), (False, "ERROR"), (True, "ERROR")}
    assert "out of date: both are right" in report(excused, "killed", "test_a.py::test_b")[0]
