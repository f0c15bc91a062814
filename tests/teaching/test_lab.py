"""The launcher: what it passes to JupyterLab, what it says when it cannot start. (The browser tests start it.)"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import teaching
from course_lib.teaching import lab


def test_lesson_00_of_this_repository_is_opened():
    arguments = lab.command(["--no-browser", "--port", "9999"])
    assert arguments[-3:] == ["--no-browser", "--port", "9999"]
    assert f"--ServerApp.root_dir={Path(__file__).parents[2]}" in arguments
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in arguments


def test_an_option_of_the_user_takes_the_place_of_ours():
    given = [a for a in lab.command(["--ServerApp.root_dir=elsewhere"]) if "root_dir" in a]
    assert given == ["--ServerApp.root_dir=elsewhere"]      # JupyterLab refuses to be told twice


def test_root_may_run_it_and_nobody_else_is_asked(monkeypatch):
    for user, allowed in ((0, True), (1000, False)):
        monkeypatch.setattr(lab.os, "geteuid", lambda: user, raising=False)
        assert ("--allow-root" in lab.command()) == allowed


def test_what_the_user_has_set_stays():
    environment = {"OPENBLAS_NUM_THREADS": "4", "JUPYTER_CONFIG_PATH": "mine"}
    lab.prepare(environment)
    assert environment["OPENBLAS_NUM_THREADS"] == "4" and environment["JUPYTER_CONFIG_PATH"].endswith("mine")
    fresh = {}
    lab.prepare(fresh)
    assert fresh["OPENBLAS_NUM_THREADS"] == "1"
    overrides = Path(fresh["JUPYTER_CONFIG_PATH"]) / "labconfig" / "default_setting_overrides.json"
    assert json.loads(overrides.read_text())["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_outside_a_clone_the_remedy_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(teaching, "ROOT", tmp_path)
    assert lab.main([]) == 1
    said = capsys.readouterr().err
    assert str(tmp_path) in said and 'install -c .ci/constraints.txt -e ".[lab]"' in said


def test_a_missing_jupyterlab_is_named_with_the_remedy(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else find(name))
    assert lab.main([]) == 1
    said = capsys.readouterr().err
    assert "Not installed: jupyterlab." in said and 'pip install -c .ci/constraints.txt -e ".[lab]"' in said


@pytest.mark.parametrize("home", ["read-only", "a file"])
def test_a_home_that_cannot_be_written_is_told_in_one_sentence(home, tmp_path):
    folder = tmp_path / "home"
    if home == "a file":
        folder.write_text("", encoding="utf-8")
    else:
        folder.mkdir(mode=0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG"))}
    environment |= {"HOME": str(folder), "USERPROFILE": str(folder), "APPDATA": str(folder)}
    run = subprocess.run([sys.executable, "-m", "course_lib.teaching.lab", "--no-browser"], env=environment,
                         cwd=teaching.ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert run.returncode == 1 and run.stderr.count("\n") == 1, run.stderr
    assert run.stderr.startswith(f"JupyterLab needs {folder}") and "which cannot be written (" in run.stderr
