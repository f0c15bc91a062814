"""What a notebook page needs: tables, source on the page, progress bars, figures in the course's style."""

import inspect
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

from course_lib import SGD, Batches, Dense, Sequential, affine, softmax_cross_entropy, training  # noqa: E402
from course_lib.page.drawing.palette import DATA, FORWARD, INK, WRONG  # noqa: E402
from course_lib.page.notebook import show_source, table  # noqa: E402
from course_lib.page.plotting import DASHES, SERIES, STYLE, curves, images, signed_matrix  # noqa: E402
from course_lib.page.running import progress  # noqa: E402


def test_a_table_is_escaped_and_readable_as_text():
    shown = table([["w <b>", 0.5], ["bias & co", -1]], ["name", "value"], "two & two")
    root = ET.fromstring(shown._repr_html_())
    assert [cell.text for cell in root.iter("td")] == ["w <b>", "0.5", "bias & co", "-1"]
    assert [cell.get("scope") for cell in root.iter("th")] == ["col",
                                                               "col"] and root.find("caption").text == "two & two"
    assert repr(shown).splitlines() == ["name       value", "w <b>      0.5", "bias & co  -1"]


def contrast(one, other):
    """WCAG 2: the ratio of two colours' luminances, 1 to 21."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return np.dot([0.2126, 0.7152, 0.0722], linear)
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sign", "✓✗")
def test_right_and_wrong_are_readable_in_the_light_and_in_the_dark_theme(sign):
    """The cell brings its own background, so the theme's does not matter."""
    cell = ET.fromstring(table([[f"{sign} said"]], ["status"])._repr_html_()).find(".//td")
    style = dict(part.split(":") for part in cell.get("style").split(";"))
    assert contrast(style["color"], style["background-color"]) >= 4.5
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("colour", [WRONG, FORWARD, INK, DATA])
def test_what_drawings_say_of_right_and_wrong_is_readable_on_their_white_paper(colour):
    assert contrast(colour, "#FFFFFF") >= 4.5


def test_the_source_that_is_shown_is_the_source_that_runs(monkeypatch):
    import IPython.display
    pages = []
    monkeypatch.setattr(IPython.display, "display", lambda page: pages.append(page.data))
    show_source(affine, table)
    assert pages == [f"```python\n{inspect.getsource(f).rstrip()}\n```" for f in (affine, table)]


def test_interrupting_a_training_ends_the_loop_and_keeps_what_was_learnt(capsys):
    rng = np.random.default_rng(0)
    net = Sequential(Dense(2, 2, rng=rng))
    batches = Batches(rng.normal(size=(8, 2)), rng.integers(2, size=8), 2, rng=rng)
    before, losses = net.params[0].data.copy(), []

    def interrupted(steps):
        for step in steps:
            yield step
            if len(losses) == 3:
                raise KeyboardInterrupt                 # what the stop button does in the middle of a step

    for _, _, loss in progress(interrupted(training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), batches, 9)),
                               36):
        losses.append(loss)
    assert len(losses) == 3 and not np.array_equal(net.params[0].data, before)
    assert "stopped after 3 of 36 steps" in capsys.readouterr().out


def test_a_bar_shows_epoch_and_loss_and_ends_with_its_loop(capsys):
    steps = ((1 + i // 5, 1 + i, 1.0 / (1 + i)) for i in range(10))
    assert len(list(progress(steps, 10))) == 10
    assert "10/10" in capsys.readouterr().err
    for _ in progress(iter([(1, 1, 0.5), (1, 2, 0.4)]), 2):
        break                                           # leaving early is no error
    with pytest.raises(ZeroDivisionError):              # and an error of the training is not swallowed
        list(progress((1 / 0 for _ in range(2)), 2))


def test_the_style_is_used_for_a_figure_and_never_globally():
    before = dict(plt.rcParams)
    with plt.rc_context(STYLE):
        figure, ax = plt.subplots()
        assert curves(ax, [1, 2, 3], {"a": [1, 2, 3], "b": [3, 2, 1]}, x_label="step", y_label="loss (nats)",
                      log=True) is ax
    assert dict(plt.rcParams) == before
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("step", "loss (nats)", "log")
    assert [t.get_text() for t in ax.texts] == ["a", "b"]               # names at the lines' ends
    plt.close(figure)


def test_no_two_lines_differ_in_colour_alone():
    assert len(set(SERIES)) == len(set(map(str, DASHES))) == 6


def test_pictures_and_signed_matrices():
    figure, axes = plt.subplots(1, 3)
    images(axes[:2], np.random.default_rng(0).uniform(size=(2, 64)), titles=["3", "7"])
    assert [ax.images[0].get_array().shape for ax in axes[:2]] == [(8, 8), (8, 8)] and axes[1].get_title() == "7"
    signed_matrix(axes[2], np.array([[1.0, -3.0]]), title="weights")
    assert axes[2].images[0].get_clim() == (-3, 3)                      # white is zero
    plt.close(figure)
