"""The browser check itself: what it must find in notebooks made to be faulty, and that it lets a good one pass."""

import nbformat
from labpage import behind_controls, needs_chromium, only_prints
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

EXPLORER = """
from course_lib.widgets import Explorer, choice, play, slider

def explorer(picture=lambda s: f'<svg width="{20 + s["width"]}" height="20"></svg>',
             readout=lambda s: f"{s}", **actions):
    return Explorer(alt="A bar.", picture=picture, readout=readout, actions=actions, controls={
        "width": slider("Width", 3, 0, 9), "shape": choice("Shape", ["round", "square"])})
"""
IMAGE = '<img src="data:image/png;base64,{}" alt="a dot">'
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def faults_of(look, server, name, *cells, stored=None, **options):
    """What the check says of a notebook made of these sources; ``stored``: html in the output of the first cell."""
    made = new_notebook(cells=[new_code_cell(c) if isinstance(c, str) else c for c in (EXPLORER, *cells)])
    made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    if stored:
        made.cells[0].outputs = [new_output("display_data", {"text/html": stored})]
    (server.root / "made").mkdir(exist_ok=True)
    nbformat.write(made, server.root / "made" / f"{name}.ipynb")
    return look(f"made/{name}.ipynb", **options)


@needs_chromium
def test_a_good_notebook_passes(look, server):
    result = faults_of(look, server, "good", "explorer(Back=lambda s: {'width': max(0, s['width'] - 1)})", """
import ipywidgets as ipw
from course_lib.widgets import toggle
steps, line = play(slider("Step", 0, 0, 9), interval=50), ipw.Label()
others = (choice("Many", list("abcdefgh")), ipw.IntText(value=2, description="Number"), toggle("Shown"),
          ipw.FileUpload(description="File"))
for control in (steps, *others):
    control.observe(lambda change: setattr(line, "value", f"{steps.value} {[str(o.value) for o in others]}"),
                    names="value")
ipw.VBox([steps, steps.player, *others, line])""", new_markdown_cell(r"A formula $\frac{1}{2}$ and `$code$`."),
                       stored=IMAGE.format(DOT))
    assert not result.faults
    assert result.controls == 10 and result.pictures == 1 and len(result.times) > 12


@needs_chromium
def test_controls_that_do_nothing_or_raise_are_found(look, server):
    cells = {   # the cell -> what must be said of it
        "explorer(lambda s: '<svg></svg>', lambda s: f\"{s['shape']}\")": ['slider "Width" changes nothing'],
        "explorer(readout=lambda s: '', Again=lambda s: {})":
            ['toggles "Shape" changes nothing', 'button "Again" changes nothing'],
        "explorer(readout=lambda s: f\"{s} {1 / (9 - s['width'])}\", Fall=lambda s: {'depth': 1})":
            ['slider "Width" raises ZeroDivisionError', 'button "Fall" raises ValueError'],
        "import ipywidgets as ipw\nipw.VBox([ipw.ColorPicker(description='Ink')])": ["unknown"],
        # A list that works with the mouse: JupyterLab's shortcuts take the arrow keys from it.
        "listed, line = ipw.Dropdown(options='abc', description='List'), ipw.Label()\n"
        "listed.observe(lambda change: setattr(line, 'value', listed.value), names='value')\n"
        "ipw.VBox([listed, line])": ['dropdown "List" changes nothing'],
    }
    found = faults_of(look, server, "controls", *cells).faults
    for number, wanted in enumerate(cells.values(), 2):
        for text in wanted:
            assert any(f": cell {number} " in line and text in line for line in found), (number, text, found)
    assert sum("changes nothing" in line for line in found) == 4, found         # the other controls are alive


@needs_chromium
def test_faults_of_a_page_are_found(look, server):
    cells = {
        f"from IPython.display import HTML, display\nHTML('{IMAGE.format('broken')}')": "broken image",
        "display({'application/vnd.jupyter.widget-view+json': "
        "{'model_id': 'none', 'version_major': 2, 'version_minor': 0}, 'text/plain': ''}, raw=True)": "failed widget",
        "HTML('<img src=\"https://example.org/a.png\" alt=\"\">')": "broken image",
        "1 / 0": "cell error ZeroDivisionError",
        "2": "did not run",
    }
    formulas = [r"$\frac{1}$", r"$\nonsense{1}$", r"$\frac{1$"]
    result = faults_of(look, server, "page", *cells, *map(new_markdown_cell, formulas), stored=IMAGE.format("broken"))
    for number, wanted in enumerate([*cells.values(), *["formula"] * len(formulas)], 2):
        found = [line for line in result.faults if f": cell {number} " in line and wanted in line]
        assert found, (number, wanted, result.faults)
    assert any("before running: cell 1 " in line and "broken image" in line for line in result.faults), result.faults
    assert any("before running: 0 of 1 stored pictures" in line for line in result.faults), result.faults
    assert any("asks another host: https://example.org/a.png" in line for line in result.faults), result.faults


@needs_chromium
def test_a_formula_that_does_not_fit_a_narrow_window_is_found(look, server):
    long, short = " + ".join(f"x_{{{i}}}" for i in range(16)), r"\begin{aligned} a &= b \\ c &= d \end{aligned}"
    cells = [new_markdown_cell(f"$${formula} \\tag{{1.{i}}}$$") for i, formula in enumerate([long, short])]
    found = faults_of(look, server, "wide", *cells).faults
    assert len(found) == 1 and "800 pixels wide: cell 2 " in found[0] and "formula cut by" in found[0], found


@needs_chromium
def test_a_cell_that_never_ends_is_named(look, server):
    result = faults_of(look, server, "endless", "while True:\n    pass", patience=20)
    assert any("no cell ended for 20 s, running cell" in line for line in result.faults), result.faults


def test_the_cells_behind_the_controls_are_found():
    sources = ["import numpy as np", "a = 1", "b = np.zeros(a)", "other = np.ones(3)", "b += 1",
               "def f(x):\n    return b + x", "def g(x, unused=0):\n    a = 2\n    return a",
               "unused = [a for a in other]", "show_explorer(lambda: f(1))", "late = 3", "print(late)"]
    assert behind_controls([new_markdown_cell("a"), *map(new_code_cell, sources)]) == [1, 2, 3, 5, 6, 9]
    shown = new_code_cell("a", outputs=[new_output("execute_result", {"text/plain": "IntSlider(value=3)"})])
    assert behind_controls([new_code_cell("a = 1"), new_code_cell("b = 1"), shown]) == [0, 2]
    assert not only_prints([shown]) and only_prints([new_code_cell("1", outputs=[new_output("stream", text="1")])])
