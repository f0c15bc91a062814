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


@needs_chromium
@pytest.mark.parametrize("notebook", LESSONS)
def test_works_in_jupyterlab(look, notebook):
    cells = None if notebook in WHOLE else behind_controls(nbformat.read(ROOT / notebook, 4).cells)
    result = look(notebook, cells)
    assert not result.faults, "\n".join(result.faults)
    assert result.controls > 0
