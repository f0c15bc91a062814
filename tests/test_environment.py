"""The table of what the course needs: it fails where it should, and tells the remedy."""

from importlib import metadata

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
    row = check_setup()[-2]
    assert not row.ok and row.remedy == state and not in_place(check_setup())


def test_versions_compare_as_numbers():
    assert environment._numbers("1.26") < environment._numbers("1.100.2")
    assert environment._numbers("3.11.2rc1") == (3, 11, 2)


def test_missing_photographs_fail_with_their_own_words(monkeypatch):
    assert environment._faces_row().ok
    monkeypatch.setattr("course_lib.data.faces.CHECKSUM", "0" * 64)
    row = environment._faces_row()
    assert not row.ok and "pip install" in row.remedy
