"""The numbers that the explorers of lesson 05 show are right."""

import re

import numpy as np
import pytest

from course_lib.studies.descents import excess, noisy_descents, scheduled_rates, shuffled_descent
from course_lib.widgets import lesson05


def paths(**changes):
    return {"size": 16, "lr": 0.1, "equal": "updates", "draw": 4} | changes


def schedules(**changes):
    return {"name": "constant", "lr": 0.2, "warmup": 0, "walls": False} | changes


@pytest.mark.parametrize("equal, counts", [("updates", ["60 updates, 60 ", "60 updates, 960 ", "60 updates, 17,340 "]),
                                           ("epochs", ["867 updates, 867 ", "57 updates, 867 ", "3 updates, 867 "])])
def test_the_readout_counts_updates_and_examples(equal, counts):
    line = lesson05.paths_explorer().shown(paths(equal=equal)).readout
    assert [c for c in counts if c + "examples" in line] == counts
    shown = [float(v) for v in re.findall(r"([\d.e-]+) above the least", line.replace("−", "-"))]
    updates = [int(c.split()[0]) for c in counts]
    for value, size, steps in zip(shown, (1, 16, 289), updates):
        assert value == pytest.approx(excess(shuffled_descent(size, 0.1, steps, 4)[-1]), rel=0.06)


def test_the_floor_shown_is_where_the_constant_rate_ends():
    losses = noisy_descents(scheduled_rates("constant", 0.2, 0), False)
    floor = 0.2 / (2 * (2 - 0.2))                       # (5.7) with σ²/B = 1 and λ = 1
    assert losses[100:].mean() == pytest.approx(floor, rel=0.1)
    assert f"{floor:.2g}." in lesson05.schedules_explorer().shown(schedules()).readout


def test_steep_walls_need_a_warm_up():
    assert "Thrown out: 100 of 100" in lesson05.schedules_explorer().shown(schedules(walls=True)).readout
    assert "Thrown out: 0 of 100" in lesson05.schedules_explorer().shown(schedules(walls=True, warmup=50)).readout
    assert np.isinf(noisy_descents(scheduled_rates("constant", 0.2, 0), True)[-1]).all()


def test_who_leaves_the_bowl_is_told_and_who_converges_too():
    explorer, seen = lesson05.paths_explorer(), set()
    for lr in (0.1, 0.6, 0.85):
        for equal in ("updates", "epochs"):
            explorer.set(lr=lr, equal=equal)
            line = explorer.shown().readout
            for path in lesson05.three_paths(explorer.state):
                made = len(path.points) - 1
                out = abs(path.points[-1]).sum() > 1e6
                [told] = re.findall(rf"{path.name}: [\d,]+ updates, [\d,]+ examples, ([^;]*?)(?:;|\.$)", line)
                assert told == (f"left the bowl after {made} updates" if out else told) and out == (made < path.updates)
                assert ("above the least loss" in told) == (not out) != ("left the bowl" in told)
                seen.add(bool(out))
    assert seen == {True, False}


def test_the_mean_is_told_as_long_as_anyone_is_left():
    explorer = lesson05.schedules_explorer()
    assert "updates: none left. Thrown out: 100 of 100" in explorer.shown(schedules(walls=True)).readout
    assert re.search(r"updates: [\d.]+\. Thrown out: 0 of 100", explorer.shown(schedules()).readout)
    assert "100 of 100 thrown out" in explorer.shown(schedules(walls=True)).picture
    assert "0 of 100 thrown out" not in explorer.shown(schedules()).picture
