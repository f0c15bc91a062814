"""The explorers of lesson 06: the numbers shown are the right ones."""

import math
import re

import numpy as np
import pytest

from course_lib.graph import Parameter
from course_lib.optim.first_order import Adam
from course_lib.page.drawing.contours import contours
from course_lib.widgets import lesson06 as w


@pytest.mark.parametrize("surface", w.SURFACES)
def test_gradients_and_curvatures_are_those_of_the_surface(surface):
    function, h = w.SURFACES[surface][0], 1e-5
    for x, y in ((-1.3, 0.7), (0.4, -1.1), (1.9, 1.2)):
        value, gradient, diagonal = function(x, y)
        for i, (dx, dy) in enumerate(((h, 0), (0, h))):
            above, below = function(x + dx, y + dy), function(x - dx, y - dy)
            assert gradient[i] == pytest.approx((above[0] - below[0]) / (2 * h), rel=1e-6, abs=1e-8)
            assert diagonal[i] == pytest.approx((above[1][i] - below[1][i]) / (2 * h), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("surface", w.SURFACES)
def test_the_crosses_are_minima_of_height_zero(surface):
    function, _, minima, _ = w.SURFACES[surface]
    for x, y in minima:
        value, gradient, diagonal = function(x, y)
        assert value == pytest.approx(0, abs=1e-12) and gradient == pytest.approx((0, 0), abs=1e-12)
        assert min(diagonal) > 0


def test_the_runners_are_the_librarys_optimizers():
    points, losses = w.race("valley", -1.5, 1.0, "momentum")
    x, v = np.array([-1.5, 1.0]), 0.0
    for k in range(50):                                 # the heavy ball, written out
        assert points[k] == pytest.approx(tuple(x), rel=1e-9)
        value, gradient, _ = w._valley(*x)
        assert losses[k] == pytest.approx(value, rel=1e-9)
        v = 0.9 * v + np.array(gradient)
        x = x - w.rate("valley", "momentum") * v


def test_every_runner_comes_down_on_the_valley_and_nobody_leaves_a_saddle_by_itself():
    for name in w.NAMES:
        _, losses = w.race("valley", -1.5, 1.0, name)
        assert len(losses) == w.STEPS + 1 and losses[-1] < 0.1 * losses[0], name
        points, _ = w.race("saddle", 1.5, 0.0, name)
        assert abs(points[-1][1]) < 1e-12, name         # started on the ridge: nothing pushes it off
        points, _ = w.race("saddle", 1.5, 0.1, name)
        assert points[-1][1] == pytest.approx(1, abs=0.1), name


def test_the_race_reads_out_the_heights_in_order():
    explorer = w.race_explorer()
    explorer.set(surface="many basins", runners=("descent", "Adam", "Sophia"), x=0.3, y=0.2, step=100)
    line = explorer.shown().readout.replace("−", "-")
    heights = [float(h) for h in re.findall(r"(?:descent|Adam|Sophia) ([\d.e+-]+) at", line)]
    assert len(heights) == 3 and heights == sorted(heights)
    assert min(heights) == pytest.approx(min(w.race("many basins", 0.3, 0.2, n)[1][100] for n in ("descent", "Adam", "Sophia")),
                                         rel=0.01, abs=1e-12)
    explorer.buttons["The surface's own start"].click()
    assert (explorer.state["x"], explorer.state["y"]) == w.SURFACES["many basins"][1]


def test_the_start_of_adam():
    g, beta1, beta2 = -0.3, 0.8, 0.99
    p = Parameter(np.zeros(1))
    optimizer, m, v = Adam([p], lr=1.0, betas=(beta1, beta2), eps=0.0), 0.0, 0.0
    for t in range(1, 20):
        before = p.data[0]
        p.grad = np.array([g])
        optimizer.step()
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        both, none, half = w.first_steps(beta1, beta2, t)
        assert abs(p.data[0] - before) == pytest.approx(both)
        assert abs(m) / math.sqrt(v) == pytest.approx(none)
        assert abs(m) / math.sqrt(v / (1 - beta2 ** t)) == pytest.approx(half)


def test_the_line_search_shows_value_slope_and_verdict():
    h = 1e-5
    value, slope = w.on_the_line(0.7)
    assert slope == pytest.approx((w.on_the_line(0.7 + h)[0] - w.on_the_line(0.7 - h)[0]) / (2 * h), rel=1e-6)
    explorer, seen = w.wolfe_explorer(), set()
    for a in (0.05, 1.0, 1.6, 4.0):
        explorer.set(a=a, c1=0.3, c2=0.4)
        enough, flat = w.wolfe(a, 0.3, 0.4)
        line = explorer.shown().readout
        assert ("falls enough" in line) == enough and ("flat enough" in line) == flat
        assert ("stop here" in line) == (enough and flat)
        seen.add((bool(enough), bool(flat)))
    assert len(seen) >= 3


def test_contours_lie_on_their_level():
    axis = np.linspace(-1, 1, 41)
    x, y = np.meshgrid(axis, axis)
    lines = contours(x * x + y * y, 0.25)
    assert len(lines) == 1 and lines[0][0] == lines[0][-1]          # one closed line: a circle of radius ½
    radii = [math.hypot(-1 + 0.05 * column, -1 + 0.05 * row) for column, row in lines[0]]
    assert max(abs(r - 0.5) for r in radii) < 2e-3 and len(radii) > 60
    assert len(contours(x * y, 0.1)) == 2                           # two branches of a hyperbola, both open
    assert contours(x * x, 5.0) == []
