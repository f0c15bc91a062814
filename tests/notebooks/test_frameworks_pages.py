"""Lesson 14 and its sheets where a framework is missing: every cell runs, and says in one line what is not there.

The stored outputs, which show all three, are compared by nbval where all are installed (tests/conftest.py). Here the
cells are run with what is installed, with none (the imports are blocked), and with each of them alone.
"""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from course_lib.studies import frameworks
from course_lib.teaching import build

ROOT = Path(__file__).resolve().parents[2]
LESSON = ROOT / "notebooks/14_frameworks.ipynb"
INSTALLED = tuple(name for name in frameworks.NAMES if frameworks.installed(name))
SUBSETS = sorted({(), INSTALLED, *((name,) for name in INSTALLED)}, key=lambda names: (len(names), names))
every_subset = pytest.mark.parametrize("present", SUBSETS, ids=lambda names: "+".join(names) or "none")


def executed(path, present):
    """The notebook, run with the imports of all other frameworks blocked; any error is raised."""
    notebook = nbformat.read(path, 4)
    absent = [name for name in frameworks.NAMES if name not in present]
    notebook.cells.insert(0, new_code_cell(f"import sys; sys.modules.update(dict.fromkeys({absent}))"))
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    return notebook.cells[1:]


def printed(cell):
    return "".join(o.get("text", "") for o in cell.get("outputs", ()) if o.output_type == "stream")


@pytest.fixture(autouse=True)
def notes(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


@every_subset
def test_every_cell_of_the_lesson_runs_and_says_what_is_missing(present):
    for cell in executed(LESSON, present):
        if cell.cell_type == "code":
            text = printed(cell)
            for name in re.findall(r'^@?where\("(\w+)"\)', cell.source, re.M):
                line = f"{frameworks.TITLES[name]} is not installed here; to install: "
                assert (line in text) == (name not in present), f"{cell.source}\n{text}"


@every_subset
def test_the_solved_sheet_counts_nothing_where_a_framework_is_missing(present, notes):
    text = "".join(map(printed, executed(ROOT / "solutions/14_frameworks.ipynb", present)))
    for number, name in enumerate(frameworks.NAMES, start=1):
        [block] = re.findall(rf"^14-{number} .*(?:\n  .*)*", text, re.M)
        if name in present:
            assert block.endswith("\n  done")
        else:
            assert f": not checked. {frameworks.TITLES[name]} is not installed here; to install: " in block
    assert text.count("\n  done\n") == 2 + len(present)
    assert not notes.exists()


def test_the_build_refuses_to_store_what_does_not_show_all_three(monkeypatch, capsys):
    monkeypatch.setattr(frameworks, "installed", lambda name: name == "torch")
    written = []
    monkeypatch.setattr(build, "write", lambda notebook, path: written.append(path.parent.name))
    assert build.main(["14_frameworks"]) == 1
    error = capsys.readouterr().err
    assert error.count("was not built: its stored outputs show PyTorch, TensorFlow and JAX, and here TensorFlow and "
                       "JAX are not installed; to install: ") == 2
    assert written == ["exercises"]
    assert build.main(["--check", "14_frameworks"]) == 0
