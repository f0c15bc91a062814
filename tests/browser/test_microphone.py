"""The microphone of lesson 12 in a real JupyterLab: a fake device plays a word; a refused one leaves a picker."""

import nbformat
import numpy as np
import pytest
from labpage import FLAGS, PATIENCE, chromium, needs_chromium, open_notebook
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import load_commands
from course_lib.data.sound import RATE, wav_bytes

SOURCE = "from course_lib.widgets import lesson12\nlesson12.microphone_explorer()"
RECORD, READOUT = "button:has-text('Record 1.5 seconds')", ".microphone-explorer [role=status][aria-live]"


@pytest.fixture(scope="module")
def word(tmp_path_factory):
    """A file with one word by a synthetic voice, 0.9 s from its beginning, where the fake device starts."""
    spoken = load_commands("en")
    x = spoken.waveforms[np.flatnonzero((spoken.word == "seven") & (spoken.engine == "kokoro"))[0]]
    path = tmp_path_factory.mktemp("sound") / "word.wav"
    path.write_bytes(wav_bytes(np.pad(x, (int(0.9 * RATE), 7 * RATE))))
    return path


@pytest.fixture
def notebook(server):
    """Opens a notebook with the explorer alone in a Chromium with these flags, runs it, hands over the page."""
    from playwright.sync_api import sync_playwright
    (server.root / "made").mkdir(exist_ok=True)
    made = new_notebook(cells=[new_code_cell(SOURCE)])
    made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(made, server.root / "made" / "microphone.ipynb")
    with sync_playwright() as playwright:
        browsers = []

        def opened(*flags):
            browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS + list(flags))
            browsers.append(browser)
            context = browser.new_context(viewport={"width": 1280, "height": 1000})
            page = open_notebook(context, server, "made/microphone.ipynb")
            assert not page.evaluate("course.question()")
            assert not page.evaluate("limit => course.run(limit)", PATIENCE * 1000)
            assert not page.evaluate("course.faults()")
            return page
        yield opened
        for browser in browsers:
            browser.close()
        server.end_kernels()


def wait_for(page, text, inside=""):
    page.wait_for_function("([place, text]) => document.querySelector(place).textContent.includes(text)",
                           arg=[f".microphone-explorer {inside}".strip(), text])


@needs_chromium
def test_a_word_spoken_into_the_microphone_is_recognised(notebook, word):
    page = notebook("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    f"--use-file-for-fake-audio-capture={word}")
    assert "Example" in page.locator(READOUT).text_content()
    page.locator(RECORD).focus()
    page.keyboard.press("Enter")
    wait_for(page, "Recorded.")
    wait_for(page, "microphone.wav", inside="[aria-live]")
    assert "Heard: seven" in page.locator(READOUT).text_content()
    page.get_by_role("button", name="Reset").click()
    wait_for(page, "Example", inside="[aria-live]")


@needs_chromium
def test_a_refused_microphone_is_told_and_leaves_the_file_picker(notebook, word):
    page = notebook("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page.locator(RECORD).focus()
    page.keyboard.press("Space")
    wait_for(page, "refuses the microphone")
    assert "choose a WAV file" in page.locator(".microphone-explorer").text_content()
    with page.expect_file_chooser() as chooser:
        page.locator(".widget-upload").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(word)
    wait_for(page, "word.wav", inside="[aria-live]")
    assert "Heard: seven" in page.locator(READOUT).text_content()
