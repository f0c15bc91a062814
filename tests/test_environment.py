"""The table of what the course needs: it fails where it should, and tells the remedy."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from course_lib import environment
from course_lib.environment import check_setup, in_place


def test_this_machine_is_in_place():
    assert in_place(check_setup())


def test_an_old_and_a_missing_package_are_told_apart_and_have_a_remedy():
    def version(name):
        if name == "tqdm":
            raise metadata.PackageNotFoundError(name)
        return {"numpy": "1.9.3"}.get(name, "99.0")
    rows = {row.what: row for row in check_setup(version, python="3.11.0rc1")}
    assert not rows["numpy"].ok and rows["numpy"].found == "1.9.3" and "pip install" in rows["numpy"].remedy
    assert not rows["tqdm"].ok and rows["tqdm"].found == "not installed"
    assert rows["matplotlib"].ok and rows["Python"].ok
    assert not in_place(rows.values())


def test_an_old_python_fails():
    assert not check_setup(python="3.9.18")[0].ok


def test_only_what_a_learner_needs_is_asked_for():
    names = [row.what for row in check_setup()]
    assert {"numpy", "jupyterlab", "matplotlib", "ipywidgets", "tqdm"} <= set(names)
    assert not {"torch", "hypothesis", "playwright", "nbval"} & set(names)


@pytest.mark.parametrize("state", ["the data file digits.npz is damaged"])
def test_a_damaged_data_file_fails_with_its_own_words(monkeypatch, state):
    monkeypatch.setattr("course_lib.data.verify_files", lambda: {"digits.npz": state})
    row = next(row for row in check_setup() if row.what == "data file digits.npz")
    assert not row.ok and row.remedy == state and not in_place(check_setup())


def test_the_remedy_calls_the_python_that_runs_this():
    """Typed in a terminal in the course's folder, without .venv/bin on its path, as JupyterLab's terminals are."""
    command = environment.interpreter()
    found = subprocess.run(f'{command} -c "import sys; print(sys.prefix)"', shell=True, cwd=environment.ROOT,
                           env={**os.environ, "PATH": os.defpath}, capture_output=True, text=True)
    assert found.stdout.strip() == sys.prefix, found
    assert environment.install().startswith(f"{command} -m pip install")


@pytest.mark.skipif(os.name == "nt", reason="these are paths of the other systems")
@pytest.mark.parametrize("executable, said", [
    ("/c/.venv/bin/python", ".venv/bin/python"), ("/c/env/bin/python3", "env/bin/python3"),
    ("/usr/bin/python3", "/usr/bin/python3"), ("/opt/my tools/python", '"/opt/my tools/python"'),
    ("/c/my env/bin/python", '"my env/bin/python"')])
def test_a_python_inside_the_folder_of_the_course_is_called_from_there(executable, said, monkeypatch):
    monkeypatch.setattr(Path, "is_dir", lambda folder: folder == Path("/c/course_lib"))
    assert environment.interpreter(executable, Path("/c")) == said


def test_without_a_known_python_the_remedy_is_still_a_command(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert environment.install() == 'python -m pip install -e ".[lab]"'


def test_no_path_of_this_machine_stands_in_a_table_where_all_is_fine():
    """Lesson 00 is stored with this table."""
    rows = check_setup()
    assert in_place(rows) and not [row for row in rows if str(Path.home()) in "".join(map(str, row))]
    assert [row.found for row in rows if row.what.startswith("folder")] == ["can be written"] * 2


def test_a_folder_that_cannot_be_written_fails_and_tells_what_would_be_lost(monkeypatch, tmp_path):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "new" / "progress.json"))
    course, progress = environment._folder_rows()
    assert course.found == progress.found == "cannot be written: Permission denied"
    assert "cannot be saved" in course.remedy and "COURSE_LIB_PROGRESS" in progress.remedy
    assert not course.ok and not progress.ok
    assert not in_place([course]) and list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert environment._folder_rows()[1].found == "cannot be written: a file is in its place"


def test_looking_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "new" / "progress.json"))
    assert in_place(environment._folder_rows()) and list(tmp_path.iterdir()) == []


def test_versions_compare_as_numbers():
    assert environment._numbers("1.26") < environment._numbers("1.100.2")
    assert environment._numbers("3.11.2rc1") == (3, 11, 2)


def test_missing_photographs_fail_with_their_own_words(monkeypatch):
    assert environment._faces_row().ok
    monkeypatch.setattr("course_lib.data.faces.CHECKSUM", "0" * 64)
    row = environment._faces_row()
    assert not row.ok and "pip install" in row.remedy
