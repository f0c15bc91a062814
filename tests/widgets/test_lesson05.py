"""The numbers that the explorers of lesson 05 show are right."""

import re

import numpy as np
import pytest

from course_lib.experiments import interval
from course_lib.studies.descents import RUNS, excess, left_the_bowl, noisy_descents, scheduled_rates, shuffled_descents
from course_lib.widgets import lesson05


def paths(**changes):
    return {"size": 16, "lr": 0.1, "equal": "updates", "draw": 4} | changes


def schedules(**changes):
    return {"name": "constant", "lr": 0.2, "warmup": 0, "walls": False, "draw": 4} | changes


@pytest.mark.parametrize("equal, counts", [("updates", ["60 updates, 60 ", "60 updates, 960 ", "60 updates, 17,340 "]),
                                           ("epochs", ["867 updates, 867 ", "54 updates, 867 ", "3 updates, 867 "])])
def test_the_readout_counts_updates_and_examples(equal, counts):
    line = lesson05.paths_explorer().shown(paths(equal=equal)).readout
    assert [c for c in counts if c + "examples" in line] == counts
    shown = re.findall(r"([\d.e-]+) above the least loss(?: \(([\d.e-]+) to ([\d.e-]+)\))?", line.replace("−", "-"))
    for (middle, *ends), size, count in zip(shown, (1, 16, 289), counts, strict=True):
        runs = 1 if size == 289 else lesson05.DRAWN
        points = shuffled_descents(size, 0.1, int(count.split()[0]), np.random.default_rng([4, size]), runs)
        found = np.quantile(excess(points[-1]), (0.5, 0.05, 0.95))
        assert float(middle) == pytest.approx(found[0], rel=0.06)
        assert ends == ["", ""] if runs == 1 else list(map(float, ends)) == pytest.approx(found[1:], rel=0.06)


def test_what_is_shown_is_not_one_lucky_draw():
    """Medians of the draws shown, beside those of a thousand others."""
    for state in (paths(), paths(lr=0.2), paths(draw=9)):
        for size, path in zip((1, 16), lesson05.three_paths(state)):
            others = excess(shuffled_descents(size, state["lr"], 60, np.random.default_rng(99), 1000)[-1])
            assert np.quantile(others, 0.25) < np.median(path.heights[-1]) < np.quantile(others, 0.75)
            inside = np.quantile(path.heights[-1], lesson05.SPAN)
            assert 0.75 < np.mean((others > inside[0]) & (others < inside[1])) < 0.99


def test_the_band_in_the_picture_holds_nine_of_ten_descents():
    explorer = lesson05.paths_explorer()
    path = lesson05.three_paths(explorer.state)[0]
    [corners] = re.findall(r'<polygon points="([^"]*)"[^>]*fill="#E69F00"|<polygon[^>]*fill="#E69F00"[^>]*'
                           r'points="([^"]*)"', explorer.shown().picture)
    heights = [float(pair.split(",")[1]) for pair in "".join(corners).split()]
    low, high = np.quantile(path.heights[-1], lesson05.SPAN)
    share = [(np.log10(v) + 6) / 7 for v in (low, high)]                # of the chart from 1e-6 to 10
    n = len(heights) // 2
    assert [heights[n - 1], heights[n]] == pytest.approx([30 + 322 * (1 - s) for s in share], abs=0.06)


def test_the_floor_shown_is_where_the_constant_rate_ends():
    losses = noisy_descents(scheduled_rates("constant", 0.2, 0), False)
    floor = 0.2 / (2 * (2 - 0.2))                       # (5.7) with σ²/B = 1 and λ = 1
    assert losses[100:].mean() == pytest.approx(floor, rel=0.1)
    line = lesson05.schedules_explorer().shown(schedules()).readout
    mean, half = map(float, re.search(r"updates: ([\d.]+) ± ([\d.]+) ", line).groups())
    assert mean == pytest.approx(losses[-1].mean(), rel=0.05) and abs(mean - floor) < 2 * half
    assert f"± {interval(losses[-1])[1]:.1g} (" in line
    assert f"{floor:.2g}." in lesson05.schedules_explorer().shown(schedules()).readout


def test_steep_walls_need_a_warm_up():
    assert f"Thrown out: {RUNS} of {RUNS}" in lesson05.schedules_explorer().shown(schedules(walls=True)).readout
    assert f"Thrown out: 0 of {RUNS}" in lesson05.schedules_explorer().shown(schedules(walls=True, warmup=50)).readout
    assert np.isinf(noisy_descents(scheduled_rates("constant", 0.2, 0), True)[-1]).all()


def test_who_leaves_the_bowl_is_told_and_who_converges_too():
    explorer, seen = lesson05.paths_explorer(), set()
    for lr in (0.1, 0.6, 0.85):
        for equal in ("updates", "epochs"):
            explorer.set(lr=lr, equal=equal)
            line = explorer.shown().readout
            for path in lesson05.three_paths(explorer.state):
                out = left_the_bowl(path.points[-1])
                [told] = re.findall(rf"{path.name}: [\d,]+ updates, [\d,]+ examples, ([^;]*?)(?:;|\. \(Median)", line)
                assert ("above the least loss" in told) == (not out.any()) != ("left the bowl" in told)
                assert len(out) == 1 or not out.any() or f"{out.sum()} of {len(out)} left" in told
                seen.add(bool(out.any()))
    assert seen == {True, False}


def test_the_mean_is_told_as_long_as_anyone_is_left():
    explorer = lesson05.schedules_explorer()
    assert f"updates: none left. Thrown out: {RUNS} of {RUNS}" in explorer.shown(schedules(walls=True)).readout
    line = explorer.shown(schedules()).readout
    assert re.search(rf"updates: [\d.]+ ± [\d.]+ \(.*?\)\. Thrown out: 0 of {RUNS}", line)
    assert f"{RUNS} of {RUNS} thrown out" in explorer.shown(schedules(walls=True)).picture
    assert f"0 of {RUNS} thrown out" not in explorer.shown(schedules()).picture


def test_one_descent_that_is_left_has_a_mean_and_no_interval():
    r, losses = lesson05.scheduled(schedules())
    losses = losses.copy()
    losses[-1, 1:] = np.inf
    line = lesson05.schedules_readout(schedules(), (r, losses))
    assert f"updates: {losses[-1, 0]:.2g} (nine" in line and f"Thrown out: {RUNS - 1}" in line and "nan" not in line


def test_other_noise_gives_another_mean_within_its_interval():
    first, second = (lesson05.schedules_explorer().shown(schedules(draw=draw)).readout for draw in (4, 5))
    (a, da), (b, db) = (map(float, re.search(r"updates: ([\d.]+) ± ([\d.]+) ", line).groups())
                        for line in (first, second))
    assert first != second and abs(a - b) < 1.5 * (da + db)
