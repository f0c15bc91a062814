"""The numbers that the explorers of lessons 00 and 01 show are right."""

import re

import numpy as np
import pytest

from course_lib import numerical_gradient
from course_lib.widgets import lesson00, lesson01


def state(**changes):
    return {"w": 0.0, "b": 0.0, "lr": 10.0, "path": ()} | changes


@pytest.mark.parametrize("w, b", [(0.0, 0.0), (7.5, -2.5), (-4.0, 4.0)])
def test_the_slope_shown_is_the_slope_of_the_loss_shown(w, b):
    _, dw, db = lesson01.loss_and_slope(w, b)
    expected = numerical_gradient(lambda p: lesson01.loss_and_slope(*p)[0], np.array([w, b]))
    np.testing.assert_allclose([dw, db], expected, rtol=1e-6)
    shown = lesson01.neuron_explorer().shown(state(w=w, b=b)).readout.replace("−", "-")
    assert float(re.search(r"∂L/∂w = (-?[\d.]+\d)", shown)[1]) == pytest.approx(dw, abs=6e-6)
    assert float(re.search(r"∂L/∂b = (-?[\d.]+\d)", shown)[1]) == pytest.approx(db, abs=6e-6)


def test_a_step_goes_against_the_slope_and_is_remembered_exactly():
    _, dw, db = lesson01.loss_and_slope(0.0, 0.0)
    after = lesson01.step_downhill(state())
    assert after["path"] == ((0.0, 0.0), (pytest.approx(-10 * dw), pytest.approx(-10 * db)))
    rounded = state(path=after["path"], w=round(after["w"], 1), b=round(after["b"], 1))
    assert lesson01.place(rounded)[:2] == after["path"][-1]             # a slider that rounds loses nothing
    assert lesson01.place(state(path=after["path"], w=5.0, b=1.0)) == (5.0, 1.0, ())        # moved by hand: a new start


def test_small_steps_descend_and_huge_ones_leave_the_map_with_their_true_numbers():
    losses, now = [], state()
    for _ in range(20):
        now |= lesson01.step_downhill(now)
        losses.append(lesson01.loss_and_slope(*lesson01.place(now)[:2])[0])
    assert losses == sorted(losses, reverse=True)
    far = state(lr=1000.0) | lesson01.step_downhill(state(lr=1000.0))
    assert far["w"] == lesson01.W_RANGE[1] and lesson01.place(far)[0] > 100
    assert "left the map" in lesson01.neuron_explorer().shown(far).picture


def test_lines_are_cut_at_the_frame():
    box = (0.0, 0.0, 10.0, 10.0)
    assert lesson01._clip((5, 5), (25, 5), box) == ((5, 5), (10, 5), False)
    assert lesson01._clip((-5, 5), (5, 5), box) == ((0, 5), (5, 5), True)
    assert lesson01._clip((-5, -5), (-1, 20), box) is None


@pytest.mark.parametrize("product, word", [(0.05, "crawling"), (0.5, "converging"), (1.0, "one step"),
                                           (1.5, "oscillating"),
                                           (2.0, "for ever"), (2.2, "diverging")])
def test_the_regime_named_is_what_happens(product, word):
    assert word in lesson01.regime(product)
    sizes = np.abs(lesson01.walk(product / 4, 4.0))
    assert (sizes[-1] > sizes[0]) == (word == "diverging")
    assert (sizes[1] < 1e-12) == (word == "one step")
    ends = lesson01.walk(product / 4, 4.0)
    assert (ends[1] < -1e-12) == (product > 1)


def test_the_walk_is_gradient_descent():
    w, ws = lesson01.START, [lesson01.START]
    for _ in range(10):
        w -= 0.3 * (2.5 * w)                    # the slope of λ w² / 2 is λ w
        ws.append(w)
    np.testing.assert_allclose(lesson01.walk(0.3, 2.5, 10), ws, rtol=1e-12)


def test_the_verdict_on_a_digit_tells_right_from_wrong():
    sure = np.full(10, 0.01)
    sure[3] = 0.91
    assert lesson00.verdict(sure, 3) == "The network says 3 (91 %). Right."
    assert lesson00.verdict(sure, 8) == "The network says 3 (91 %). Wrong: it is a 8, to which it gave 1 %."


def test_the_button_visits_every_mistake_and_nothing_else():
    explorer = lesson00.digit_explorer()
    count, seen = len(lesson00.load_digits().t_test), []
    for _ in range(count):
        explorer.buttons["Next mistake"].click()
        if explorer.state["digit"] in seen:
            break
        seen.append(explorer.state["digit"])
        assert "Wrong" in explorer.shown().readout
    wrong = [i for i in range(count) if "Wrong" in explorer.shown({"digit": i}).readout]
    assert sorted(seen) == wrong and len(wrong) > 0


def test_the_map_names_all_lessons():
    found = lesson00.course_map()
    titles = [title for *_, titles in lesson00.PARTS for title in titles]
    assert len(titles) == 17 and found.svg.count("<title>") == 1 + 17
    for number, title in enumerate(titles):
        assert f"<title>{number:02d} {title}</title>" in found.svg


def test_the_last_step_is_told_by_what_it_did_to_the_loss():
    explorer, seen = lesson01.neuron_explorer(), set()
    for lr in lesson01.LEARNING_RATES:
        explorer.set(**explorer._first | {"lr": lr})
        for _ in range(3):
            before = lesson01.neuron(explorer.state).loss
            explorer.buttons["Step downhill"].click()
            rose = lesson01.neuron(explorer.state).loss > before
            line = explorer.shown().readout
            assert ("raised the loss" in line) == rose != ("lowered the loss" in line)
            seen.add(bool(rose))
    assert seen == {True, False}
