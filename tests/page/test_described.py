"""Every figure says in words what it shows, wherever it is shown: in JupyterLab and in what nbconvert makes of it."""

import base64
import re
from html import unescape

import matplotlib
import nbformat
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

from course_lib.page.described import described, readable  # noqa: E402
from course_lib.page.plotting import bands, bars, curves, figure, images, lines, signed_matrices  # noqa: E402
from course_lib.teaching import build  # noqa: E402

DEFAULT = "No description has been provided for this image"


def words(draw, columns=1, **options):
    """What is said about the figure that ``draw`` makes."""
    with figure(columns, **options) as axes:
        draw(axes)
        return described(plt.gcf())


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("text, read", [
    (r"$\eta$", "η"), (r"rate $\eta$ (log)", "rate η (log)"), (r"$\Delta w$", "Δ w"), (r"$\partial L/\partial w$",
    "∂ L/∂ w"), (r"$10^{-3}$", "10^-3"), (r"$\mathrm{d}W$", "dW"), ("costs $5", "costs $5"), ("a\nb", "a b"),
    (r"$\log_{10} n$", "log_10 n")])
def test_labels_are_read_without_the_signs_of_tex(text, read):
    assert readable(text) == read


def test_titles_axes_scales_and_series_are_said():
    said = words(lambda ax: curves(ax, [1, 2], {"slow": [1, 2], "fast": [3, 4]}, x_label="step", y_label="loss",
                                   title="Fast is first", log=True))
    assert said == "Figure: Fast is first; lines “slow”, “fast”; x axis: step; y axis (logarithmic): loss."


def test_both_panels_are_described():
    def draw(axes):
        lines(axes[0], {"one": ([1, 2], [3, 4])}, x_label="$\\eta$", y_label="y", title="First", log="x")
        bars(axes[1], {"flat": 1.0, "deep": 2.0}, y_label="share", title="Second")
    assert words(draw, 2) == ("Figure. 2 panels. Left: First; line “one”; x axis (logarithmic): η; y axis: y; "
                              "right: Second; bars “flat”, “deep”; y axis: share.")


@pytest.mark.parametrize("draw, columns, expected", [
    (lambda axes: images(axes, np.zeros((3, 4)), ["7", "1", "said 2"]), 3, ["row of 3 pictures", "7; 1; said 2"]),
    (lambda axes: images(axes, np.zeros((3, 4))), 3, ["3 panels", "picture"]),
    (lambda axes: signed_matrices(axes, {"W": np.eye(2), "dW": np.eye(2)}, x_label="unit"), 2,
     ["2 panels", "Left: W", "right: dW", "x axis: unit"]),
    (lambda ax: bands(ax, [1, 2], {"seeds": np.ones((3, 2))}, x_label="step", y_label="loss"), 1,
     ["line “seeds”", "y axis: loss"]),
    (lambda ax: (ax.scatter([1], [2], label="a point"), ax.hist([1, 2, 3], label="counts")), 1,
     ["points “a point”", "bars “counts”"]),
    (lambda ax: ax.plot([1, 2]), 1, ["a line"]),
    (lambda ax: ax.contourf(np.eye(3)), 1, ["contour map"]),
    (lambda ax: None, 1, ["Nothing is drawn"]),
])
def test_every_kind_of_figure_is_described(draw, columns, expected):
    said = words(draw, columns)
    assert len(said) >= 20
    assert not [part for part in expected if part not in said], said


def test_outside_a_notebook_the_figure_is_shown_as_ever(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()))
    with figure(alt="A line.") as ax:
        ax.plot([1, 2])
    assert shown == [ax.figure]


# ---- in a notebook, and in the page that nbconvert makes of it ------------------------------------------------------

CELLS = {
    "start": "import matplotlib.pyplot as plt\nfrom course_lib.page.plotting import STYLE, curves, figure",
    "alone": "with figure(alt='The <loss> falls & \"stays\".') as ax:\n    ax.plot([3, 1, 2])",
    "bare": "with plt.rc_context(STYLE):\n    _, ax = plt.subplots()\n    ax.plot([3, 1, 2])\n    plt.show()",
    "two": "with figure(2) as (a, b):\n    a.plot([1, 2])\n    b.set_title('an empty one')\nprint('after')",
    "shown": "with figure() as ax:\n    ax.plot([1, 2])\n    plt.show()",
    "broken": "try:\n    with figure() as ax:\n        1 / 0\nexcept ZeroDivisionError:\n    plt.close('all')",
    "svg": "from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats('svg')\n"
           "with figure() as ax:\n    ax.plot([1, 2])",
}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    return build.execute(nbformat.v4.new_notebook(cells=cells), tmp_path_factory.mktemp("figures"))


def outputs(notebook, name):
    return [output for cell in notebook.cells if cell.id == name for output in cell.outputs]


def image(output):
    """Kind, bytes and text of the picture in an output."""
    found = re.fullmatch(r'<img src="data:([\w/+]+);base64,([\w/+=]+)"[^>]* alt="([^"]*)">', output.data["text/html"])
    return found[1], base64.b64decode(found[2]), unescape(found[3])


def test_the_picture_is_the_one_that_show_would_give(notebook):
    (output,), (bare,) = outputs(notebook, "alone"), outputs(notebook, "bare")
    kind, data, _ = image(output)
    assert kind == "image/png" and data == base64.b64decode(bare.data["image/png"])
    assert output.data["text/plain"] == bare.data["text/plain"]


def test_what_is_to_be_seen_is_said_first(notebook):
    assert image(outputs(notebook, "alone")[0])[2] == 'The <loss> falls & "stays". Figure with one panel: a line.'


def test_a_figure_comes_once_and_before_what_is_printed_after_it(notebook):
    assert [output.output_type for output in outputs(notebook, "two")] == ["display_data", "stream"]
    assert image(outputs(notebook, "two")[0])[2] == "Figure. 2 panels. Left: a line; right: an empty one."
    assert len(outputs(notebook, "shown")) == 1
    assert outputs(notebook, "broken") == []


def test_other_formats_have_the_text_too(notebook):
    kind, data, text = image(outputs(notebook, "svg")[-1])
    assert kind == "image/svg+xml" and b"<svg" in data and text == "Figure with one panel: a line."


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_the_texts_survive_nbconvert(notebook, template):
    bs4, nbconvert = pytest.importorskip("bs4"), pytest.importorskip("nbconvert")
    kept = [cell for cell in notebook.cells if cell.id not in ("bare", "shown")]
    page, _ = nbconvert.HTMLExporter(template_name=template).from_notebook_node(nbformat.v4.new_notebook(cells=kept))
    texts = [str(picture.get("alt")) for picture in bs4.BeautifulSoup(page, "html.parser").find_all("img")]
    assert len(texts) == 3
    assert 'The <loss> falls & "stays". Figure with one panel: a line.' in texts
    assert not [text for text in texts if len(text) < 20 or text == DEFAULT]
