"""The build: what the learner's copy loses and gains, what counts as drift, and that two builds are equal."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import course_lib
from course_lib.exercises import examine, tasks
from course_lib.teaching import build

PAGES = "notebooks/BIBLIOGRAPHY.md", "course_lib/data/sections.toml"
TASK = "01-4"
SHEET = f'''# %% [markdown]
# # A sheet
#
# {{task {TASK}}}

# %%
import numpy as np
from course_lib.exercises import check
### BEGIN SOLUTION
secret_import = 1
### END SOLUTION

# %% task="{TASK}"

# %%
print(largest_stable_lr(2.0, 0.0, 0.0))
'''


@pytest.fixture
def sheet(tmp_path):
    source = tmp_path / "sheet.py"
    source.write_text(SHEET, encoding="utf-8")
    return build.read_source(source)


def test_the_learners_copy_has_the_line_not_done_in_place_of_the_solution(sheet):
    cells, task = build.unsolved(sheet).cells, tasks()[TASK]
    assert cells[2].source == task.start
    assert cells[2].source.endswith(f'    raise NotImplementedError("exercise {TASK}: {task.title}")')
    assert cells[1].source == "import numpy as np\nfrom course_lib.exercises import check"
    assert task.heading() in cells[0].source
    assert not any("secret" in c.source or "SOLUTION" in c.source or c.metadata for c in cells)


def test_the_solved_copy_has_the_reference_as_it_is_written(sheet):
    cells = build.solved(sheet).cells
    assert cells[2].source == inspect.getsource(tasks()[TASK].reference).rstrip("\n")
    assert "secret_import" in cells[1].source and not any("###" in c.source for c in cells)


def test_a_bug_hunt_begins_with_the_mistake():
    task = next(task for task in tasks().values() if task.hunt)
    names = dict(task.reference.__globals__)
    assert task.start.count("NotImplementedError") == 1
    without = "\n".join(line for line in task.start.splitlines() if "NotImplementedError" not in line)
    exec(without, names)
    report = examine(task, names[task.reference.__name__])
    assert report.fault.name == task.hunt


def test_a_function_that_stands_in_the_sheet_stops_the_build(sheet):
    sheet.cells[2].source = "def answer(x):\n    return 2 * x"
    with pytest.raises(ValueError, match=f"the cell of task {TASK} must be empty"):
        build.unsolved(sheet)
    sheet.cells[2].source = ""
    sheet.cells[1].source = sheet.cells[1].source.replace("### END SOLUTION", "")
    with pytest.raises(ValueError, match="SOLUTION"):
        build.unsolved(sheet)


def test_drift_is_seen_and_two_builds_are_equal(sheet, tmp_path):
    path, wanted = tmp_path / "sheet.ipynb", build.solved(sheet)
    assert build.drift(wanted, path, True) == "has not been built"
    done = build.execute(wanted, tmp_path)
    build.write(done, path)
    assert build.drift(wanted, path, True) is None
    assert done.cells[3].outputs[0].text == "0.5\n"
    first = path.read_bytes()
    build.write(build.execute(wanted, tmp_path), path)
    assert path.read_bytes() == first                   # two builds are equal to the byte

    def changed(old, new):
        path.write_bytes(first.replace(old, new))
        assert path.read_bytes() != first
        return build.drift(wanted, path, True)
    assert changed(b'"execution_count": 3',
                   b'"execution_count": 7') == "was not executed from its first cell to its last"
    assert changed(b"return 2 / curvature", b"return 4 / curvature") == "differs from its source"
    assert changed(b'"0.5\\n"', b'"0.6\\n"') == "holds outputs that the build did not write"


def test_drift_of_a_learners_copy_is_seen(sheet, tmp_path):
    path, learners = tmp_path / "sheet.ipynb", build.unsolved(sheet)
    build.write(learners, path)
    assert build.drift(learners, path, False) is None
    learners.cells[3].outputs = [nbformat.v4.new_output("stream", text="0.5\n")]
    build.write(learners, path)
    assert build.drift(build.unsolved(sheet), path, False) == "must not hold outputs"


def test_a_cell_that_fails_stops_the_build(sheet, tmp_path):
    from nbclient.exceptions import CellExecutionError
    with pytest.raises(CellExecutionError, match="NotImplementedError"):
        build.execute(build.unsolved(sheet), tmp_path)


def test_unknown_names_are_refused(capsys):
    with pytest.raises(SystemExit):
        build.main(["--check", "99_no_such_lesson"])
    assert "no source is called 99_no_such_lesson" in capsys.readouterr().err


# ---- from a terminal --------------------------------------------------------------------------------------------

def terminal(package_in, folder, *arguments):
    """``python -m course_lib.teaching.build`` with the package that lies in one folder, called from another."""
    return subprocess.run([sys.executable, "-m", "course_lib.teaching.build", *arguments], cwd=folder,
                          env={**os.environ, "PYTHONPATH": str(package_in)}, capture_output=True, text=True,
                          encoding="utf-8", timeout=120)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package alone, as in site-packages."""
    folder = tmp_path_factory.mktemp("site-packages")
    shutil.copytree(Path(course_lib.__file__).parent, folder / "course_lib",
                    ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("arguments", [["--check"], [], ["--check", "00_start_here"]])
def test_outside_a_clone_the_folder_and_the_remedy_are_told(copy, tmp_path, arguments):
    run = terminal(copy, tmp_path, *arguments)
    assert run.returncode == 1 and not run.stdout
    assert f"notebooks/source/*.py was not found in {copy}" in run.stderr
    assert "Get the course's repository" in run.stderr and "Traceback" not in run.stderr


@pytest.mark.parametrize("sources, said", [
    ([], "notebooks/source/*.py was not found in"), (["01_empty.py"], "01_empty.py is empty"),
], ids=["no source", "an empty source"])
def test_empty_sources_are_a_fault(copy, sources, said):
    folder = copy / "notebooks/source"
    folder.mkdir(parents=True, exist_ok=True)
    for name in sources:
        (folder / name).write_text("# %%\n", encoding="utf-8")
    run = terminal(copy, copy, "--check")
    shutil.rmtree(copy / "notebooks")
    assert run.returncode == 1 and said in run.stderr and "Traceback" not in run.stderr, run.stderr
    assert "match" not in run.stdout


def test_a_clone_is_found_from_any_working_directory(copy, tmp_path):
    folder = copy / "notebooks/source"
    folder.mkdir(parents=True)
    (folder / "01_small.py").write_text("# %%\n1 + 1\n", encoding="utf-8")
    run = terminal(copy, tmp_path, "--check")
    shutil.rmtree(copy / "notebooks")
    assert (run.returncode, run.stdout.splitlines()) == (1, [
        f"{Path('notebooks/01_small.ipynb')} has not been built",
        *(f"{Path(page)} differs from its sources" for page in PAGES)])


def test_a_damaged_notebook_is_a_fault(sheet, tmp_path):
    (tmp_path / "sheet.ipynb").write_text("not a notebook", encoding="utf-8")
    assert build.drift(build.solved(sheet), tmp_path / "sheet.ipynb", True) == "is damaged, no notebook"
