"""Every lesson in a real JupyterLab: its stored pictures show, it runs, and every control changes something.

nbval runs every cell of every lesson and compares it with what is stored. The browser shows all that is stored, runs
the first four lessons whole, where every kind of output occurs (text, tables, figures, sources, progress bars), and of
the others the cells behind their controls: the long trainings are not run twice.
"""

import nbformat
import pytest
from labpage import ROOT, behind_controls, needs_chromium, notebooks

LESSONS = notebooks("notebooks")
WHOLE = LESSONS[:4]


def kinds(lessons):
    """The kinds of outputs that these lessons show."""
    cells = [cell for path in lessons for cell in nbformat.read(ROOT / path, 4).cells if cell.cell_type == "code"]
    return {(output.output_type, *sorted(output.get("data", ()))) for cell in cells for output in cell.outputs}


def test_the_lessons_that_are_run_whole_show_every_kind_of_output():
    assert kinds(LESSONS) == kinds(WHOLE)


@needs_chromium
@pytest.mark.parametrize("notebook", LESSONS)
def test_works_in_jupyterlab(look, notebook):
    cells = None if notebook in WHOLE else behind_controls(nbformat.read(ROOT / notebook, 4).cells)
    result = look(notebook, cells=cells)
    assert not result.faults, "\n".join(result.faults)
    assert result.controls > 0
