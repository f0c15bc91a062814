"""The browser check itself: what it must find in notebooks made to be faulty, and that it lets a good one pass."""

import nbformat
import pytest
from labpage import needs_chromium
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

EXPLORER = """
from course_lib.widgets import Explorer, choice, play, slider, toggle

def explorer(picture=lambda s: f'<svg width="{20 + s["width"]}" height="20"></svg>', readout=lambda s: f"{s}", **actions):
    return Explorer(alt="A bar.", picture=picture, readout=readout, actions=actions, controls={
        "width": slider("Width", 3, 0, 9), "shape": choice("Shape", ["round", "square"]), "shown": toggle("Shown", True)})
"""
IMAGE = '<img src="data:image/png;base64,{}" alt="a dot">'
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def faults_of(look, server, name, *cells, stored=None):
    """What the check says of a notebook made of these sources; ``stored``: html in the output of the first cell."""
    made = new_notebook(cells=[new_code_cell(c) if isinstance(c, str) else c for c in (EXPLORER, *cells)])
    made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    if stored:
        made.cells[0].outputs = [new_output("display_data", {"text/html": stored})]
    (server.root / "made").mkdir(exist_ok=True)
    nbformat.write(made, server.root / "made" / f"{name}.ipynb")
    return look(f"made/{name}.ipynb")


@needs_chromium
def test_a_good_notebook_passes(look, server):
    result = faults_of(look, server, "good", "explorer(Back=lambda s: {'width': max(0, s['width'] - 1)})", """
import ipywidgets as ipw
steps, line = play(slider("Step", 0, 0, 9), interval=50), ipw.Label()
many, number = choice("Many", list("abcdefgh")), ipw.IntText(value=2, description="Number")
for control in (steps, many, number):
    control.observe(lambda change: setattr(line, "value", f"{steps.value} {many.value} {number.value}"), names="value")
ipw.VBox([steps, steps.player, many, number, line])""", new_markdown_cell(r"A formula $\\frac{1}{2}$."), stored=IMAGE.format(DOT))
    assert not result.faults
    assert result.controls == 9 and result.pictures == 1 and len(result.times) > 12


@needs_chromium
@pytest.mark.parametrize("name, cells, fault", [
    ("dead_slider", ["explorer(lambda s: '<svg></svg>', lambda s: f\"{s['shape']} {s['shown']}\")"], 'slider "Width" changes nothing'),
    ("dead_choice", ["explorer(readout=lambda s: f\"{s['shown']}\")"], 'toggles "Shape" changes nothing'),
    ("dead_button", ["explorer(Again=lambda s: {})"], 'button "Again" changes nothing'),
    ("callback_error", ["explorer(readout=lambda s: f\"{s} {1 / (9 - s['width'])}\")"], 'slider "Width" raises ZeroDivisionError'),
    ("button_error", ["explorer(Fall=lambda s: {'depth': 1})"], 'button "Fall" raises ValueError'),
    ("cell_error", ["1 / 0", "2"], "cell error ZeroDivisionError"),
    ("not_run", ["1 / 0", "2"], "cell 3 (2): did not run"),
    ("broken_image", [f"from IPython.display import HTML\nHTML('{IMAGE.format('broken')}')"], "broken image"),
    ("broken_widget", ["from IPython.display import display\n"
                       "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'none', 'version_major': 2, "
                       "'version_minor': 0}, 'text/plain': ''}, raw=True)"], "failed widget"),
    ("outside", ["from IPython.display import HTML\nHTML('<img src=\"https://example.org/a.png\" alt=\"\">')"], "asks another host"),
    ("formula", [new_markdown_cell(r"$\frac{1$")], "formula with an error"),
    ("unknown_control", ["import ipywidgets as ipw\nipw.VBox([ipw.ColorPicker(value='blue')])"], "changes nothing"),
])
def test_a_fault_is_found(look, server, name, cells, fault):
    found = faults_of(look, server, name, *cells).faults
    assert any(fault in line for line in found), found


@needs_chromium
def test_a_stored_picture_that_does_not_show_is_found(look, server):
    found = faults_of(look, server, "stored", stored=IMAGE.format("broken")).faults
    assert any("before running" in line for line in found), found
