"""One JupyterLab server for each test process, one Chromium for each test file."""

import pytest
from labpage import FLAGS, Server, chromium, examine


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("jupyterlab"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def context():
    # For one file only: while Playwright is active, the event loop of this thread counts as running, and nbval,
    # which may get the next file in this process, needs its own.
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        yield browser.new_context(viewport={"width": 1280, "height": 1000})
        browser.close()


@pytest.fixture
def look(context, server, record_property):
    """``look("notebooks/NAME.ipynb", **options) -> Result``; its times are printed at the end of the run."""
    def examined(notebook, **options):
        result = examine(context, server, notebook, **options)
        record_property("browser", {"notebook": notebook, "seconds": result.seconds, "controls": result.controls,
                                    "slowest": max(result.times, default=None), "presses": len(result.times)})
        return result
    return examined
