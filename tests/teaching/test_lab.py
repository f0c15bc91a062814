"""The launcher: what it passes to JupyterLab, what it says when it cannot start. (The browser tests start it.)"""

import json
from pathlib import Path

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
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    assert lab.main([]) == 1
    assert 'install -c .ci/constraints.txt -e ".[lab]"' in capsys.readouterr().err


def test_a_missing_jupyterlab_is_named_with_the_remedy(monkeypatch, capsys):
    find = lab.importlib.util.find_spec
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else find(name))
    assert lab.main([]) == 1
    said = capsys.readouterr().err
    assert "Not installed: jupyterlab." in said and 'pip install -c .ci/constraints.txt -e ".[lab]"' in said
