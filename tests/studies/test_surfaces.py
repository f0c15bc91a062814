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
    function, _, minima, _ = surfaces.SURFACES[surface]
    for x, y in minima:
        value, gradient, diagonal = function(x, y)
        assert value == pytest.approx(0, abs=1e-12) and gradient == pytest.approx((0, 0), abs=1e-12)
        assert min(diagonal) > 0


def test_the_runners_are_the_librarys_optimizers():
    points, losses = surfaces.race("valley", -1.5, 1.0, "momentum")
    x, v = np.array([-1.5, 1.0]), 0.0
    for k in range(50):                                 # the heavy ball, written out
        assert points[k] == pytest.approx(tuple(x), rel=1e-9)
        value, gradient, _ = surfaces._valley(*x)
        assert losses[k] == pytest.approx(value, rel=1e-9)
        v = 0.9 * v + np.array(gradient)
        x = x - surfaces.rate("valley", "momentum") * v


def test_every_runner_comes_down_on_the_valley_and_nobody_leaves_a_saddle_by_itself():
    for name in surfaces.NAMES:
        _, losses = surfaces.race("valley", -1.5, 1.0, name)
        assert len(losses) == surfaces.STEPS + 1 and losses[-1] < 0.1 * losses[0], name
        points, _ = surfaces.race("saddle", 1.5, 0.0, name)
        assert abs(points[-1][1]) < 1e-12, name         # started on the ridge: nothing pushes it off
        points, _ = surfaces.race("saddle", 1.5, 0.1, name)
        assert points[-1][1] == pytest.approx(1, abs=0.1), name
