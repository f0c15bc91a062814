"""The surfaces of lesson 06 have the slopes they say, and the library's optimizers race on them."""

import numpy as np
import pytest

from course_lib.studies import surfaces


@pytest.mark.parametrize("surface", surfaces.SURFACES)
def test_gradients_and_curvatures_are_those_of_the_surface(surface):
    function, h = surfaces.SURFACES[surface][0], 1e-5
    for x, y in ((-1.3, 0.7), (0.4, -1.1), (1.9, 1.2)):
        value, gradient, diagonal = function(x, y)
        for i, (dx, dy) in enumerate(((h, 0), (0, h))):
            above, below = function(x + dx, y + dy), function(x - dx, y - dy)
            assert gradient[i] == pytest.approx((above[0] - below[0]) / (2 * h), rel=1e-6, abs=1e-8)
            assert diagonal[i] == pytest.approx((above[1][i] - below[1][i]) / (2 * h), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("surface", surfaces.SURFACES)
def test_the_crosses_are_minima_of_height_zero(surface):
    function, _, minima = surfaces.SURFACES[surface]
    for x, y in minima:
        value, gradient, diagonal = function(x, y)
        assert value == pytest.approx(0, abs=1e-12) and gradient == pytest.approx((0, 0), abs=1e-12)
        assert min(diagonal) > 0


def test_the_runners_are_the_librarys_optimizers():
    lr = 0.005
    points, losses = surfaces.race("valley", -1.5, 1.0, "momentum", lr)
    x, v = np.array([-1.5, 1.0]), 0.0
    for k in range(50):                                 # the heavy ball, written out
        assert points[k] == pytest.approx(tuple(x), rel=1e-9)
        value, gradient, _ = surfaces._valley(*x)
        assert losses[k] == pytest.approx(value, rel=1e-9)
        v = 0.9 * v + np.array(gradient)
        x = x - lr * v


def test_every_runner_comes_down_on_the_valley_and_nobody_leaves_a_saddle_by_itself():
    for name in surfaces.NAMES:
        _, losses = surfaces.race("valley", -1.5, 1.0, name, surfaces.rate("valley", name))
        assert len(losses) == surfaces.STEPS + 1 and losses[-1] < 0.1 * losses[0], name
        lr = surfaces.rate("saddle", name)
        points, _ = surfaces.race("saddle", 1.5, 0.0, name, lr)
        assert abs(points[-1][1]) < 1e-12, name         # started on the ridge: nothing pushes it off
        points, _ = surfaces.race("saddle", 1.5, 0.1, name, lr)
        assert abs(points[-1][1]) == pytest.approx(1, abs=0.1), name


def test_who_runs_away_has_a_shorter_race_and_an_infinite_height():
    points, losses = surfaces.race("valley", -1.5, 1.0, "descent", 1.0)
    assert len(points) == len(losses) < 20 and all(abs(x) + abs(y) < 1e3 for x, y in points)
    assert surfaces.mean_height("valley", "descent", 1.0) == np.inf


@pytest.mark.parametrize("surface", surfaces.SURFACES)
@pytest.mark.parametrize("name", surfaces.NAMES)
def test_the_best_rates_are_better_than_their_neighbours(surface, name):
    lr = surfaces.rate(surface, name)
    k = int(np.argmin(np.abs(np.log(np.array(surfaces.RATES) / lr))))
    assert lr == pytest.approx(surfaces.RATES[k], rel=5e-3) and 0 < k < len(surfaces.RATES) - 1
    heights = [surfaces.mean_height(surface, name, surfaces.RATES[i]) for i in (k - 1, k, k + 1)]
    assert heights[1] == min(heights)


def test_one_best_rate_is_searched_again():
    assert surfaces.best_rate("saddle", "Adam") == pytest.approx(surfaces.rate("saddle", "Adam"), rel=5e-3)


@pytest.mark.parametrize("name", surfaces.NAMES)
def test_many_starts_at_once_are_the_single_races(name):
    starts = np.random.default_rng(6).uniform(-2, 2, size=(2, surfaces.STARTS)).T.tolist()
    ends = [surfaces.race("saddle", x, y, name, 0.05)[1][-1] for x, y in starts]
    assert surfaces.mean_height("saddle", name, 0.05) == pytest.approx(np.mean(ends), rel=1e-6, abs=1e-12)


def test_a_row_among_basins_and_the_ridge():
    cells = surfaces.among_basins("AdaGrad", seed=7)
    heights = [surfaces.mean_height("many basins", "AdaGrad", lr, seed=7) for lr in (0.1, 2.51)]
    assert cells == ["AdaGrad", *(f"{height:.2f}" for height in heights), "2.51"]
    assert not any(map(surfaces.leaves_the_ridge, surfaces.NAMES))
