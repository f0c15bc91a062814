"""The descents of lessons 01 and 05 are those of the library, step by step."""

import numpy as np
import pytest

from course_lib import SGD, Dense, Sequential, mean_squared_error, train_step
from course_lib.studies import descents


def test_the_bowl_is_the_mean_squared_error_and_best_is_its_lowest_point():
    X, t, best = descents.bowl()
    points = np.random.default_rng(4).normal(size=(7, 2))
    least = mean_squared_error(X @ best, t)[0]
    for point, height in zip(points, descents.excess(points)):
        value, backward = mean_squared_error(X @ point, t)
        assert height == pytest.approx(value - least)
    value, backward = mean_squared_error(X @ best, t)
    np.testing.assert_allclose(X.T @ backward(), 0, atol=1e-12)


def test_a_descent_is_what_the_library_does_step_by_step():
    """One descent with its own batches, replayed by a Dense layer, the library's loss and its optimizer."""
    X, t, _ = descents.bowl()
    lr, net = lambda k: 0.1 / k, Sequential(Dense(1, 1, rng=np.random.default_rng(0)))
    points = descents.descents(3, lr, 5, np.random.default_rng(4))[:, 0]
    net.layers[0].W.data[:], net.layers[0].b.data[:] = descents.START[0], descents.START[1]
    rng, optimizer = np.random.default_rng(4), SGD(net.params, lr=lr)
    for point in points[1:]:
        rows = rng.integers(len(X), size=(1, 3))[0]
        train_step(net, mean_squared_error, optimizer, X[rows, :1], t[rows, np.newaxis])
        np.testing.assert_allclose([net.layers[0].W.data[0, 0], net.layers[0].b.data[0]], point, atol=1e-14)


def test_the_full_batch_takes_all_rows_and_does_not_depend_on_the_draw():
    N = len(descents.bowl()[0])
    one, two = (descents.descents(N, 0.1, 4, np.random.default_rng(seed)) for seed in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(shuffled(N, 0.1, 4, seed=0), shuffled(N, 0.1, 4, seed=1), rtol=1e-12)
    np.testing.assert_allclose(shuffled(N, 0.1, 4), one[:, 0], atol=1e-14)


def shuffled(size, lr, updates, seed=4):
    return descents.shuffled_descents(size, lr, updates, np.random.default_rng(seed))[:, 0]


def test_an_epoch_of_the_explorer_reads_every_row_once():
    """With a rate of nearly 0 the steps of an epoch of single examples add up to N full steps."""
    X, t, _ = descents.bowl()
    lr, start = 1e-9, descents.START
    moved = (shuffled(1, lr, len(X))[-1] - start) / lr
    np.testing.assert_allclose(moved, -2 * X.T @ (X @ start - t), rtol=1e-4)
    again = (shuffled(1, lr, 2 * len(X))[-1] - start) / lr
    np.testing.assert_allclose(again, 2 * moved, rtol=1e-4)


def test_each_run_has_its_own_order_and_is_a_descent_of_the_library():
    """Two runs, replayed by a Dense layer with the orders drawn in the same way."""
    X, t, _ = descents.bowl()
    points = descents.shuffled_descents(90, 0.1, 4, np.random.default_rng(7), runs=2)
    rng = np.random.default_rng(7)
    orders = np.concatenate([rng.permuted(np.tile(np.arange(len(X)), (2, 1)), axis=1) for _ in range(2)], axis=1)
    cuts = [(0, 90), (90, 180), (180, 289), (289, 379)]                 # 90, 90, 109 rows, and the next epoch
    for run in (0, 1):
        net = Sequential(Dense(1, 1, rng=rng))
        net.layers[0].W.data[:], net.layers[0].b.data[:] = descents.START[0], descents.START[1]
        optimizer = SGD(net.params, lr=0.1)
        for point, (a, b) in zip(points[1:, run], cuts):
            rows = orders[run, a:b]
            train_step(net, mean_squared_error, optimizer, X[rows, :1], t[rows, np.newaxis])
            np.testing.assert_allclose([net.layers[0].W.data[0, 0], net.layers[0].b.data[0]], point, atol=1e-14)
    assert not np.allclose(points[1, 0], points[1, 1])


def test_a_rate_beyond_the_limit_throws_the_full_batch_out():
    X = descents.bowl()[0]
    limit = 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X)).max()
    assert 0.8 < limit < 0.85
    ends = [descents.excess(shuffled(len(X), lr, 200)[-1]) for lr in (0.8, 0.85)]
    assert ends[0] < 1 < ends[1]
    far = shuffled(len(X), 0.85, 600)
    assert descents.left_the_bowl(far[-1]) and not descents.left_the_bowl(far[0])
    np.testing.assert_array_equal(far[-1], far[-2])                     # it stays where it left


def test_another_draw_is_other_noise_of_the_same_kind():
    rates = descents.scheduled_rates("constant", 0.2, 0)
    one, same, two = (descents.noisy_descents(rates, False, draw) for draw in (4, 4, 5))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one[-1], two[-1]) and one[100:].mean() == pytest.approx(two[100:].mean(), rel=0.1)


def test_the_warm_up_rises_to_the_highest_rate_and_the_schedule_follows():
    for name in ("constant", "step", "cosine", "one over k"):
        rates = descents.scheduled_rates(name, 0.5, 50)
        np.testing.assert_allclose(rates[:50], 0.5 * np.arange(1, 51) / 50)
        np.testing.assert_allclose(rates[50:], descents.scheduled_rates(name, 0.5, 0)[:250] if name != "cosine" else
                                   0.25 * (1 + np.cos(np.pi * np.arange(1, 251) / 250)), atol=1e-15)


def test_the_schedules_of_the_page_are_those_of_the_explorer():
    for name, schedule in descents.schedules(0.3).items():
        np.testing.assert_array_equal([schedule(k) for k in range(1, 301)], descents.scheduled_rates(name, 0.3, 0))
    one_over = descents.scheduled_rates("one over k", 0.3, 0)
    np.testing.assert_allclose(one_over[[0, 30, 60]], [0.3, 0.15, 0.1])


def test_the_floor_is_where_independent_batches_end_and_shuffled_epochs_end_lower():
    X, t, best = descents.bowl()
    pulls = 2 * (X @ best - t)[:, np.newaxis] * X
    for lr, B in ((0.04, 4), (0.16, 16)):
        long, short = descents.floor(lr, B)
        np.testing.assert_allclose(short, lr * (pulls ** 2).sum(axis=1).mean() / (4 * B))
        measured = descents.excess(descents.descents(B, lr, 400, np.random.default_rng(4), 300, best)[200:]).mean()
        assert short < long and abs(measured / long - 1) < 0.06
        epochs = descents.shuffled_descents(B, lr, 400, np.random.default_rng(4), 100, start=best)
        np.testing.assert_array_equal(epochs[0, 0], best)
        assert descents.excess(epochs[200:]).mean() < 0.9 * long
