"""``python -m course_lib.exercises``: what it prints, its exit status, and what it leaves alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.exercises import __main__ as terminal
from course_lib.exercises import progress, tasks

ROOT = Path(__file__).parents[2]

RIGHT = "import numpy as np\ndef affine_backward(dy, x, W):\n    return dy @ W.T, x.T @ dy, dy.sum(axis=0)\n"
WRONG = RIGHT.replace("x.T @ dy", "x.T @ dy * 2")


@pytest.fixture
def run(tmp_path):
    """Run the command on an answer; its status and what it printed."""
    def command(*arguments, answer=None, **environment):
        file = tmp_path / "answer.py"
        if answer is not None:
            file.write_bytes(answer if isinstance(answer, bytes) else answer.encode())
        words = [str(file) if word == "FILE" else word for word in arguments]
        done = subprocess.run(
            [sys.executable, "-m", "course_lib.exercises", *words], capture_output=True, timeout=200, check=False,
            env={**os.environ, "COURSE_LIB_PROGRESS": str(tmp_path / "home" / "progress.json"), **environment})
        return done.returncode, done.stdout, done.stderr
    return command


@pytest.mark.parametrize("answer, status, text", [
    (RIGHT, 0, "  done"), (WRONG, 1, "dW: it is 2 times the right answer"),
    (RIGHT.replace("return", "raise NotImplementedError\n    return"), 2, "not done yet"),
    ("def other():\n    pass\n", 3, "answer.py has no function affine_backward"),
    ("def broken(:\n", 1, "the file does not run: SyntaxError"),
    ("import nothing_like_this\n", 1, "ModuleNotFoundError"),
    (RIGHT + "\nprint('hello')\nraise NotImplementedError\n", 0, "  done"),
    (RIGHT + "\nraise SystemExit(3)\n", 0, "done"),
    ("import ctypes\ndef affine_backward(dy, x, W):\n    ctypes.string_at(0)\n", 1, "ended without a report"),
    (b"# -*- coding: latin-1 -*-\nname = '\xe9'\n" + RIGHT.encode(), 0, "  done"),
    (b"\xef\xbb\xbf" + RIGHT.encode(), 0, "  done")], ids=range(11))
def test_the_exit_status_says_what_became_of_it(run, tmp_path, answer, status, text):
    found, out, _ = run("04-1", "FILE", answer=answer)
    assert (found, text in out.decode()) == (status, True), out.decode()
    assert not (tmp_path / "home").exists()                 # progress is written only with --record


def test_no_such_task_or_file(run):
    assert run("99-9", "FILE", answer=RIGHT)[:2] == (3, b"there is no task '99-9'; --list shows all\n")
    assert run("04-1", "nowhere.py")[:2] == (3, b"there is no file nowhere.py\n")
    assert run("04-1")[0] == 3 and run("--unknown")[0] == 3


def test_the_learners_own_line_is_told(run):
    _, out, _ = run("04-1", "FILE", answer=RIGHT.replace("return", "undefined\n    return"))
    assert "in the line: undefined" in out.decode() and "line 3 of answer.py" in out.decode()


def test_json(run):
    status, out, error = run("04-1", "FILE", "--json", answer=WRONG + "\nprint('noise')\n")
    report = json.loads(out)
    assert report["status"] == status == 1 and report["task"] == "04-1" and not report["passed"]
    assert report["fault"]["name"] == "factor 2" and report["lines"][0].startswith("04-1 ") and b"noise" in error
    assert json.loads(run("99-9", "FILE", "--json", answer=RIGHT)[1])["status"] == 3


def test_the_list(run):
    status, out, _ = run("--list")
    lines = out.decode().splitlines()
    assert status == 0 and [line.split()[0] for line in lines] == list(tasks())
    assert [task["id"] for task in json.loads(run("--list", "--json")[1])] == list(tasks())


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp850", "cp1252", "cp932", "utf-8"])
def test_consoles_of_any_code_page(run, encoding):
    for answer, status in ((RIGHT, 0), (WRONG, 1)):
        found, out, error = run("04-1", "FILE", answer=answer, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert found == status and b"04-1" in out and b"Error" not in error, error
        out.decode(encoding)
    assert run("--list", PYTHONIOENCODING=encoding, PYTHONUTF8="0")[0] == 0


def test_only_record_writes_progress(run, tmp_path, monkeypatch):
    run("04-1", "FILE", "--record", answer=WRONG)
    run("04-1", "FILE", "--record", answer=RIGHT)
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "home" / "progress.json"))
    assert progress.read() == {"04-1": {"passed": True, "tries": 2}}
    exported = str(tmp_path / "mine.json")
    assert run("--export", exported)[0] == 0 and run("--export", exported)[0] == 3
    assert run("--import", exported)[0] == 0 and run("--import", str(tmp_path / "none.json"))[0] == 3
    assert progress.read() == {"04-1": {"passed": True, "tries": 2}}


def test_an_answer_that_no_limit_reaches_is_ended(run, monkeypatch, capsys, tmp_path):
    """One operation of C that never ends: only the other process can end it."""
    monkeypatch.setattr(terminal.guard, "SECONDS", 2)
    file = tmp_path / "endless.py"
    file.write_text("import itertools\ndef affine_backward(dy, x, W):\n    return sum(itertools.repeat(1))\n")
    assert terminal.main(["04-1", str(file)]) == 1
    assert "no answer after 6 seconds" in capsys.readouterr().out
