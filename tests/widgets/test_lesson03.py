"""The numbers that the explorers of lesson 03 show are right."""

import re

import numpy as np
import pytest

from course_lib import Tensor, apply, hinge, numerical_gradient
from course_lib.graph import local_derivatives
from course_lib.page.drawing import draw_graph
from course_lib.widgets import lesson03


def state(**changes):
    return {"step": lesson03.LAST, "label": 0, "lam": 0.1} | changes


def loss(X, W, label, lam):
    W = Tensor(W)
    return apply(hinge, Tensor(X) @ W, np.array([label])) + lam * (W ** 2).sum()


@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("lam", [0.0, 0.1, 1.0])
def test_the_walk_ends_at_the_gradients_of_the_loss_it_shows(label, lam):
    values, grads, *_ = lesson03.so_far(state(label=label, lam=lam))
    assert values["L"] == pytest.approx(float(loss(lesson03.X, lesson03.W, label, lam).data))
    dW = numerical_gradient(lambda W: loss(lesson03.X, W, label, lam).data, lesson03.W)
    dX = numerical_gradient(lambda X: loss(X, lesson03.W, label, lam).data, lesson03.X)
    np.testing.assert_allclose(grads["W"], dW, atol=1e-9)
    np.testing.assert_allclose(grads["X"], dX, atol=1e-9)


def test_nothing_is_known_before_its_step():
    explorer = lesson03.graph_explorer()
    for step in range(lesson03.LAST + 1):
        values, grads, at, done, _ = lesson03.so_far(state(step=step))
        assert len(values) == 2 + min(step, 5)
        assert len(done) == max(0, step - 6) and ("L" in grads) == (step > 5)
        picture, line, _ = explorer.shown(state(step=step))
        assert ("Not reached yet" in line) == (step < 5)
        assert (lesson03.PALE in picture.replace(f'stroke="{lesson03.PALE}" stroke-width="1" rx', "")) == (step < 5)


def test_the_weights_are_paid_twice_and_the_payments_add():
    first = lesson03.so_far(state(step=9)).grads
    last = lesson03.so_far(state(step=11)).grads
    np.testing.assert_allclose(first["W"], 0.2 * lesson03.W)
    np.testing.assert_allclose(last["W"] - first["W"], lesson03.X.T @ last["z"])
    lines = [lesson03.graph_explorer().shown(state(step=step)).readout for step in (9, 11)]
    assert "first payment" in lines[0] and "second payment" in lines[1]


@pytest.mark.parametrize("rungs, arrows", [(1, 1), (3, 2), (4, 3), (2, 4)])
def test_paths_and_operations_are_what_a_walk_counts(rungs, arrows):
    def walk(height):
        return 1 if height == 0 else sum(walk(height - 1) for _ in range(arrows))
    shown = lesson03.ladder_readout({"rungs": rungs, "arrows": arrows})
    assert int(re.search(r"= ([\d,]+) path", shown)[1].replace(",", "")) == walk(rungs)
    assert int(re.search(r"= (\d+) backward", shown)[1]) == rungs * arrows


def test_durations_are_told_in_the_largest_unit_that_fits():
    assert lesson03.duration(0.5) == "less than a second" and lesson03.duration(7200) == "2 hours"
    assert lesson03.duration(3 * 31557600) == "3 years" and "e" in lesson03.duration(1e30)


def test_back_and_next_undo_each_other():
    explorer = lesson03.graph_explorer()
    before = explorer.shown().readout
    explorer.buttons["Next"].click()
    assert explorer.shown().readout != before
    explorer.buttons["Back"].click()
    assert explorer.shown().readout == before


def test_a_drawn_graph_carries_local_derivatives_and_further_names():
    w, x = Tensor(2.0, "w"), Tensor(3.0, "x")
    p, square = w * x, (w * x) ** 2
    svg = draw_graph(p + square, local=True, names={"p": p}).svg
    for label in ("· 3", "· 2", "· 12", "· 1", "p = ×"):
        assert f">{label}</text>" in svg
    assert local_derivatives(square) == (12.0,) and local_derivatives(p) == (3.0, 2.0)
    assert "· 12" not in draw_graph(p + square).svg


def test_one_is_singular_and_more_are_plural():
    told = [lesson03.ladder_explorer().shown({"rungs": rungs, "arrows": arrows}).readout for rungs,
            arrows in ((1, 1), (2, 3))]
    assert "1 rung with 1 arrow each: 1^1 = 1 path; " in told[0]
    assert "2 rungs with 3 arrows each: 3^2 = 9 paths; " in told[1]


def test_gradients_are_listed_once_there_are_some_and_labelled():
    explorer = lesson03.graph_explorer()
    before, after = (explorer.shown(state(step=step)) for step in (5, 7))
    assert "Gradients so far" not in before.readout and "Gradients so far: dH, dR, dL." in after.readout
    words = re.findall(r"<text[^>]*>([^<]*)<", explorer.shown(state(step=11)).picture)
    assert "dL = 1" in words and {"dW:", "dX:", "dz:"} <= set(words)
    values = lesson03.so_far(state()).values
    factors = [lesson03.local_derivative(name, x, values, state()) for name,
               x in (("z", "W"), ("z", "X"), ("L", "R"), ("Q", "W"))]
    assert factors == ["Xᵀ ·", "· Wᵀ", "· 1", "· 2W"]
