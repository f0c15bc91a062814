"""Every solved sheet in a real JupyterLab: its stored pictures show, it runs, and every control changes something."""

import pytest
from labpage import needs_chromium, notebooks


@needs_chromium
@pytest.mark.parametrize("notebook", notebooks("solutions"))
def test_works_in_jupyterlab(look, notebook):
    result = look(notebook)
    assert not result.faults, "\n".join(result.faults)
