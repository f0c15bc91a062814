"""The landscape: known curvatures are found, and each kind of place gets its name."""

import numpy as np
import pytest

from course_lib.layers import Dense, Sequential, Sigmoid
from course_lib.optim.curvature import hessian_vector_product
from course_lib.optim.full_batch import lbfgs, vector_to_parameters
from course_lib.rules.losses import mean_squared_error
from course_lib.studies import landscape
from course_lib.studies.landscape import Place, at_rest, going_on, hessian, one_unit, place, row, xor, xor_end


def quadratic(A, b):
    return lambda x: (0.5 * x @ A @ x - b @ x, A @ x - b)


def test_a_parabola():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(4, 4))
    A = A + A.T
    b, x = rng.normal(size=(2, 4))
    function = quadratic(A, b)
    np.testing.assert_allclose(hessian(function, x), A, atol=1e-10)
    here, curvatures = place(function, x), np.linalg.eigvalsh(A)
    assert here == pytest.approx((function(x)[0], np.linalg.norm(A @ x - b), curvatures[0], curvatures[-1],
                                  np.linalg.norm(x)), abs=1e-9)
    np.testing.assert_allclose(at_rest(function, x), np.linalg.solve(A, b), atol=1e-8)


def test_the_fourth_power_of_the_step():
    def function(x):
        return float(np.sum(np.sin(x))), np.cos(x)
    x = np.array([0.3, -1.1])
    errors = [abs(hessian(function, x, step) - np.diag(-np.sin(x))).max() for step in (0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.05)


def test_the_hessian_of_a_network_is_that_of_the_complex_step():
    function, start = xor(5)
    end = lbfgs(function, start, steps=500, tolerance=1e-6).x
    net = Sequential(Dense(2, 2, rng=np.random.default_rng(0)), Sigmoid(), Dense(2, 1, rng=np.random.default_rng(0)),
                     Sigmoid())
    for x in (start, end):
        vector_to_parameters(x, net.params)
        exact = []
        for unit in np.eye(9):
            direction = [unit[:4].reshape(2, 2), unit[4:6], unit[6:8].reshape(2, 1), unit[8:]]
            product = hessian_vector_product(net, mean_squared_error, *landscape.XOR, direction)
            exact.append(np.concatenate([part.ravel() for part in product]))
        np.testing.assert_allclose(hessian(function, x), exact, atol=1e-11)


@pytest.mark.parametrize("changes, kind", [
    ({}, "minimum"), ({"gradient": 1e-3}, "slope"), ({"lowest": -1e-3}, "saddle"), ({"lowest": 1e-9}, "flat"),
    ({"lowest": -1e-9}, "flat"), ({"gradient": np.nan}, "slope"), ({"lowest": -1e-3, "gradient": 1e-3}, "slope")])
def test_every_kind_has_its_name(changes, kind):
    assert Place(0.1, 0.0, 0.5, 2.0, 1.0)._replace(**changes).kind() == kind


def test_the_level_is_the_callers():
    here = Place(0.1, 1e-4, 1e-2, 2.0, 1.0)
    assert [here.kind(level) for level in (1e-6, 1e-3, 0.1)] == ["slope", "minimum", "flat"]


def test_one_unit_has_the_gradient_of_its_value_and_four_minima():
    w, h = np.array([0.4, -1.3]), 1e-6
    slopes = [(one_unit(w + h * e)[0] - one_unit(w - h * e)[0]) / (2 * h) for e in np.eye(2)]
    np.testing.assert_allclose(one_unit(w)[1], slopes, rtol=1e-7)
    starts = [(a, b) for a in (-0.1, 2.2) for b in (-0.1, 2.2)]
    minima = [at_rest(one_unit, start) for start in starts]
    assert {place(one_unit, w).kind() for w in minima} == {"minimum"}
    assert all(np.linalg.norm(w - start) < 0.1 for w, start in zip(minima, starts))
    heights = sorted(one_unit(w)[0] for w in minima)
    assert heights[1] == pytest.approx(heights[2])
    assert heights[0] < 0.1 < 0.2 < heights[1] < 0.3 < heights[3]


def test_going_on_leaves_a_minimum_where_it_is_and_between_two_lies_a_saddle():
    for start in ((-0.1, 2.2), (2.2, 2.2)):
        minimum = at_rest(one_unit, start)
        np.testing.assert_allclose(going_on(one_unit, minimum), minimum, atol=1e-9)
    assert place(one_unit, at_rest(one_unit, (0.5, -0.1))).kind() == "saddle"


def test_an_end_on_xor_looks_at_rest_and_is_none():
    """Seeds 4 and 12 of lesson 06: both stop high, the first goes down to 0, the other runs away at its height."""
    found = {}
    for seed in (4, 12):
        function, start = xor(seed)
        end = lbfgs(function, start, steps=500, tolerance=1e-6)
        assert end.success and end.fun > 0.12
        here = place(function, end.x)
        assert here.gradient < 3e-6 and here.lowest < 1e-6 < here.highest
        found[seed] = here, place(function, going_on(function, end.x))
    assert found[4][1].loss < 1e-6 and found[12][1].loss == pytest.approx(1 / 6, abs=1e-4)
    assert all(after.weights > before.weights for before, after in found.values())


def test_the_end_of_xor_tells_what_was_reported_and_what_going_on_does():
    success, here, after = xor_end(12)
    function, start = xor(12)
    end = lbfgs(function, start, steps=500, tolerance=1e-6)
    assert success and here == place(function, end.x) and after == place(function, going_on(function, end.x))
    success, here, after = xor_end(0)                   # this one comes down to 0
    assert success and here.loss < 1e-5 and after is None


def test_a_row_for_a_page():
    minimum = at_rest(one_unit, (2.2, 2.2))
    cells = row(one_unit, minimum)
    assert len(cells) == len(landscape.HEADER) and cells[0] == "(2.197, 2.197)" and cells[-1] == "minimum"
    assert cells[1] == cells[-3] == f"{one_unit(minimum)[0]:.4f}" and float(cells[3]) > 0
    assert landscape.cells(Place(0.1, 2e-6, -1e-8, 1.0, 50.0), Place(0.0, 0, 0, 0, 90.0)) == [
        "0.1000", "2e-06", "-1e-08", "1", "50", "0.0000", "90", "flat"]
