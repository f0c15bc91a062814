"""The explorers of lesson 06: the numbers shown are the right ones."""

import math
import re
import time

import numpy as np
import pytest

from course_lib.graph import Parameter
from course_lib.optim.first_order import Adam
from course_lib.page.drawing.contours import contours
from course_lib.studies.digit_networks import loss_along_a_line
from course_lib.widgets import lesson06 as w


def test_the_race_reads_out_the_heights_in_order():
    explorer = w.race_explorer()
    explorer.set(surface="many basins", runners=("descent", "Adam", "Sophia"), x=0.3, y=0.2, step=100, rates="all",
                 lr=0.03)
    line = explorer.shown().readout.replace("−", "-")
    heights = [float(h) for h in re.findall(r"(?:descent|Adam|Sophia) ([\d.e+-]+) at", line)]
    assert len(heights) == 3 and heights == sorted(heights)
    assert min(heights) == pytest.approx(min(w.race("many basins", 0.3, 0.2, n, 0.03)[1][100]
                                             for n in ("descent", "Adam", "Sophia")),
                                         rel=0.01, abs=1e-12)
    explorer.buttons["The surface's own start"].click()
    assert (explorer.state["x"], explorer.state["y"]) == w.SURFACES["many basins"][1]


def test_the_reader_sets_the_rates():
    explorer = w.race_explorer()
    state = explorer.state | {"surface": "plateau", "lr": 0.02, "runners": w.NAMES}
    best = {name: w.rate("plateau", name) for name in w.NAMES}
    for rates, told in (("best", "Rates: each its best. "), ("all", "Rates: the same for all, 0.02. "),
                        ("Adam", "Rates: each its best, but Adam 0.02. ")):
        used = {name: w.own_rate(state | {"rates": rates}, name) for name in w.NAMES}
        assert used == {name: 0.02 if rates in ("all", name) else lr for name, lr in best.items()}
        found = w.runners(state | {"rates": rates})
        assert found["Adam"][1] == w.race("plateau", -1.5, 1.0, "Adam", used["Adam"])[1]
        picture, line, _ = explorer.shown(state | {"rates": rates})
        assert told in line and all(f">{name}, lr {lr:.3g}</text>" in picture for name, lr in used.items())


def test_the_start_moves_by_a_tenth_and_stays_on_the_map():
    explorer = w.race_explorer()
    explorer.buttons["The surface's own start"].click()
    explorer.set(surface="saddle")
    explorer.buttons["The surface's own start"].click()
    for text, start in (("Start down", (1.5, 0.0)), ("Start left", (1.4, 0.0)), ("Start up", (1.4, 0.1)),
                        ("Start right", (1.5, 0.1))):
        explorer.buttons[text].click()
        assert (explorer.state["x"], explorer.state["y"]) == start
        assert f"Start ({start[0]}, {start[1]})" in explorer.shown().readout
    assert w.moved(1, -1)({"x": 2.0, "y": -2.0}) == {"x": 2.0, "y": -2.0}


def test_new_rates_are_drawn_at_once():
    explorer, times = w.race_explorer(), []
    explorer.set(runners=w.NAMES, rates="all")
    for k in range(5):
        start = time.process_time()
        explorer.set(lr=10 ** (-1 - k / 10))                # all eight run anew
        times.append(time.process_time() - start)
    assert min(times) < 0.1


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
    loss = loss_along_a_line()
    value, slope = loss(0.7)
    assert slope == pytest.approx((loss(0.7 + h)[0] - loss(0.7 - h)[0]) / (2 * h), rel=1e-6)
    explorer, seen = w.wolfe_explorer(), set()
    for a in (0.05, 1.0, 1.6, 4.0):
        explorer.set(a=a, c1=0.3, c2=0.4)
        (start, first), (value, slope) = loss(0.0), loss(a)
        enough, flat = value <= start + 0.3 * a * first, abs(slope) <= 0.4 * abs(first)
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


def test_a_runner_that_ran_away_is_told_last():
    explorer = w.race_explorer()
    state = explorer.state | {"runners": ("descent", "Adam"), "step": 8}
    found = w.runners(state) | {"descent": ([(0.0, 0.0), (50.0, 900.0)], [1.0, 9e9], ["1,1", None], ["1,1", "2,2"])}
    line = w.race_readout(state, found)
    assert line.endswith("descent has run away.") and "Adam has run away" not in line
    assert "lowest first: Adam" in line and "descent, step" not in w.race_picture(state, found)
    assert "No optimizer is ticked." in explorer.shown(state | {"runners": ()}).readout


def test_the_surface_and_the_verdict_are_in_the_picture():
    race = w.race_explorer()
    for surface, title in (("valley", "The valley from above"), ("many basins", "Many basins from above")):
        assert f">{title}</text>" in race.shown(race.state | {"surface": surface}).picture
    wolfe = w.wolfe_explorer()
    for a in (0.05, 1.0, 1.6, 4.0):
        found = w.wolfe({"a": a, "c1": 0.3, "c2": 0.4})
        picture, line, _ = wolfe.shown({"a": a, "c1": 0.3, "c2": 0.4})
        both = found.enough and found.flat
        assert ("both conditions hold" in picture) == both != ("a condition fails" in picture)
        assert ("too high" in line) == (not found.enough) and ("too steep" in line) == (not found.flat)
        assert ("The search goes on" in line) == (not both)
    bias = w.bias_explorer()
    for half in (True, False):
        assert ("with v corrected only" in bias.shown(bias.state | {"half": half}).readout) == half
