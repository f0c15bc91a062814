"""Exercise sheets: an untouched one runs to its end and says "not done yet"; a solved one says "done" everywhere."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course_lib.exercises import tasks

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "exercises").glob("*.ipynb"))
NUMBERS = sorted({task_id[:2] for task_id in tasks()})


def sheet(folder, number):
    found = list((ROOT / folder).glob(f"{number}_*.ipynb"))
    assert len(found) == 1, f"{folder}/ has {len(found)} sheets for lesson {number}"
    return nbformat.read(found[0], 4), found[0]


def checks(notebook):
    """``{task id: what its check printed}``; each task is checked exactly once."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for task_id in re.findall(r'^check\("([\d-]+)"', cell.source, re.M):
                assert task_id not in found, f"{task_id} is checked twice"
                found[task_id] = "".join(o.get("text", "") for o in cell.outputs)
    return found


def kinds(notebook):
    """The kinds of outputs that a notebook shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return {(output.output_type, *sorted(output.get("data", ()))) for output in outputs}


def mine(number):
    return [task_id for task_id in tasks() if task_id.startswith(number + "-")]


def test_there_is_a_sheet_for_every_lesson_with_tasks():
    assert NUMBERS and [path.stem[:2] for path in SHEETS] == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_an_untouched_sheet_runs_to_its_end_and_nothing_is_done(number, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "progress.json"))
    notebook, path = sheet("exercises", number)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}})
    client.execute()                                    # raises at an error
    # Where its solved copy only prints, so does it: this is why the browser tests need not run it.
    assert kinds(notebook) <= kinds(sheet("solutions", number)[0])
    printed = checks(notebook)
    assert list(printed) == mine(number)
    for task_id, text in printed.items():
        first, *steps = text.splitlines()
        assert first.startswith(f"{task_id} {tasks()[task_id].title}: not done yet")
        assert not steps or tasks()[task_id].steps and steps == ["  ✓ it gives all the steps"]
    assert not (tmp_path / "progress.json").exists()    # nothing tried, nothing noted


@pytest.mark.parametrize("number", NUMBERS)
def test_a_solved_sheet_is_done_in_every_task(number):
    printed = checks(sheet("solutions", number)[0])
    assert list(printed) == mine(number)
    for task_id, text in printed.items():
        assert text.startswith(f"{task_id} {tasks()[task_id].title}\n") and text.endswith("\n  done\n"), text
        assert "✗" not in text
