"""Every untouched exercise sheet in a real JupyterLab: its pictures show, it runs, and every control works."""

import pytest
from labpage import needs_chromium, notebooks


@needs_chromium
@pytest.mark.parametrize("notebook", notebooks("exercises"))
def test_works_in_jupyterlab(look, notebook):
    result = look(notebook)
    assert not result.faults, "\n".join(result.faults)
