"""The numbers that the explorers of lesson 05 show are right, and so are the helpers that the lesson itself uses."""

import re

import numpy as np
import pytest

from course_lib import SGD, Dense, Sequential, mean_squared_error, train_step
from course_lib.widgets import lesson05


def paths(**changes):
    return {"size": 16, "lr": 0.1, "equal": "updates", "draw": 4} | changes


def schedules(**changes):
    return {"name": "constant", "lr": 0.2, "warmup": 0, "walls": False} | changes


def test_the_bowl_is_the_mean_squared_error_and_best_is_its_lowest_point():
    X, t, best = lesson05.bowl()
    points = np.random.default_rng(4).normal(size=(7, 2))
    least = mean_squared_error(X @ best, t)[0]
    for point, height in zip(points, lesson05.excess(points)):
        value, backward = mean_squared_error(X @ point, t)
        assert height == pytest.approx(value - least)
    value, backward = mean_squared_error(X @ best, t)
    np.testing.assert_allclose(X.T @ backward(), 0, atol=1e-12)


def test_a_descent_is_what_the_library_does_step_by_step():
    """One descent with its own batches, replayed by a Dense layer, the library's loss and its optimizer."""
    X, t, _ = lesson05.bowl()
    lr, net = lambda k: 0.1 / k, Sequential(Dense(1, 1, rng=np.random.default_rng(0)))
    points = lesson05.descents(3, lr, 5, np.random.default_rng(4))[:, 0]
    net.layers[0].W.data[:], net.layers[0].b.data[:] = lesson05.START[0], lesson05.START[1]
    rng, optimizer = np.random.default_rng(4), SGD(net.params, lr=lr)
    for point in points[1:]:
        rows = rng.integers(len(X), size=(1, 3))[0]
        train_step(net, mean_squared_error, optimizer, X[rows, :1], t[rows, np.newaxis])
        np.testing.assert_allclose([net.layers[0].W.data[0, 0], net.layers[0].b.data[0]], point, atol=1e-14)


def test_the_full_batch_takes_all_rows_and_does_not_depend_on_the_draw():
    N = len(lesson05.bowl()[0])
    one, two = (lesson05.descents(N, 0.1, 4, np.random.default_rng(seed)) for seed in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(lesson05.descent(N, 0.1, 4, 0), lesson05.descent(N, 0.1, 4, 1))
    np.testing.assert_allclose(lesson05.descent(N, 0.1, 4, 0), one[:, 0], atol=1e-14)


def test_an_epoch_of_the_explorer_reads_every_row_once():
    """With a rate of nearly 0 the steps of an epoch add up to N/B full steps, up to the smaller last batch."""
    X, t, _ = lesson05.bowl()
    lr, start = 1e-9, lesson05.START
    moved = (lesson05.descent(1, lr, len(X), 4)[-1] - start) / lr
    full = -2 * X.T @ (X @ start - t)
    np.testing.assert_allclose(moved, full, rtol=1e-4)


@pytest.mark.parametrize("equal, counts", [("updates", ["60 updates, 60 ", "60 updates, 960 ", "60 updates, 17,340 "]),
                                           ("epochs", ["867 updates, 867 ", "57 updates, 867 ", "3 updates, 867 "])])
def test_the_readout_counts_updates_and_examples(equal, counts):
    line = lesson05.paths_readout(paths(equal=equal))
    assert [c for c in counts if c + "examples" in line] == counts
    shown = [float(v) for v in re.findall(r"([\d.e-]+) above the least", line)]
    updates = [int(c.split()[0]) for c in counts]
    for value, size, steps in zip(shown, (1, 16, 289), updates):
        assert value == pytest.approx(lesson05.excess(lesson05.descent(size, 0.1, steps, 4)[-1]), rel=0.06)


def test_a_rate_beyond_the_limit_throws_the_full_batch_out():
    X = lesson05.bowl()[0]
    limit = 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X)).max()
    assert 0.8 < limit < 0.85
    ends = [lesson05.excess(lesson05.descent(len(X), lr, 200, 4)[-1]) for lr in (0.8, 0.85)]
    assert ends[0] < 1 < ends[1]


def test_the_warm_up_rises_to_the_highest_rate_and_the_schedule_follows():
    for name in lesson05.NAMES:
        rates = lesson05.rates(name, 0.5, 50)
        np.testing.assert_allclose(rates[:50], 0.5 * np.arange(1, 51) / 50)
        np.testing.assert_allclose(rates[50:], lesson05.rates(name, 0.5, 0)[:250] if name != "cosine" else
                                   0.25 * (1 + np.cos(np.pi * np.arange(1, 251) / 250)), atol=1e-15)


def test_the_floor_shown_is_where_the_constant_rate_ends():
    losses = lesson05.run("constant", 0.2, 0, False)
    floor = 0.2 / (2 * (2 - 0.2))                       # (5.7) with σ²/B = 1 and λ = 1
    assert losses[100:].mean() == pytest.approx(floor, rel=0.1)
    assert f"{floor:.2g}." in lesson05.schedules_readout(schedules())


def test_steep_walls_need_a_warm_up():
    assert "Thrown out: 100 of 100" in lesson05.schedules_readout(schedules(walls=True))
    assert "Thrown out: 0 of 100" in lesson05.schedules_readout(schedules(walls=True, warmup=50))
    assert np.isinf(lesson05.run("constant", 0.2, 0, True)[-1]).all()
