"""Every exercise sheet in a real JupyterLab: it opens, its formulas are set, and a solved one that shows more than text
runs and shows its pictures.

A solved sheet has the same text as the untouched one (both are built from one source, tests/notebooks/test_notebooks.py),
and its cells are run and compared by nbval; the untouched one is run by tests/notebooks/test_sheets.py, which also sees
to it that it only prints. A control or a picture would be stored in the solved sheet as more than text.
"""

import nbformat
import pytest
from labpage import ROOT, needs_chromium, notebooks, only_prints

SHOWING = [path for path in notebooks("solutions") if not only_prints(nbformat.read(ROOT / path, 4).cells)]


@needs_chromium
@pytest.mark.parametrize("notebook", notebooks("exercises"))
def test_an_untouched_sheet_is_well_set(look, notebook):
    result = look(notebook, cells=[])
    assert not result.faults, "\n".join(result.faults)


@needs_chromium
@pytest.mark.parametrize("notebook", SHOWING)
def test_a_solved_sheet_that_shows_more_than_text_works(look, notebook):
    result = look(notebook)
    assert not result.faults, "\n".join(result.faults)


def test_some_solved_sheet_is_opened():
    assert SHOWING
