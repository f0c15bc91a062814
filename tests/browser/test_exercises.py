"""Every exercise sheet in a real JupyterLab: it opens, its formulas are set; where more than text is shown, it runs.

A solved sheet has the same text as the untouched one, since both are built from one source, which is compared in
tests/notebooks/test_notebooks.py. Its cells are run and compared by nbval. The untouched one is run by
tests/notebooks/test_sheets.py, where it must show no kind of output that the solved one does not. Where both only
print, nothing is left for a browser to find: a picture or a control is more than text among the outputs.
"""

import nbformat
import pytest
from labpage import ROOT, needs_chromium, notebooks, only_prints

SHOWING = [path for path in notebooks("solutions") if not only_prints(nbformat.read(ROOT / path, 4).cells)]


@needs_chromium
@pytest.mark.parametrize("notebook", notebooks("exercises"))
def test_an_untouched_sheet_works_in_jupyterlab(look, notebook):
    result = look(notebook, cells=None if notebook.replace("exercises", "solutions") in SHOWING else [])
    assert not result.faults, "\n".join(result.faults)


@needs_chromium
@pytest.mark.parametrize("notebook", SHOWING)
def test_a_solved_sheet_that_shows_more_than_text_works_in_jupyterlab(look, notebook):
    result = look(notebook)
    assert not result.faults, "\n".join(result.faults)


def test_some_solved_sheet_is_opened():
    assert SHOWING
