"""The explorers of lesson 10: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib import fixed_point, numerical_gradient, relax, rnn_cell
from course_lib.widgets import lesson10 as w


def state(**changes):
    return {"radius": 0.8, "kind": "positive", "start": 1.0} | changes


def parameters(kind, radius):
    U, c, direction, dz = w.network(kind)
    return np.zeros((1, 1)), direction[np.newaxis], np.zeros((1, 6)), radius * U, c, dz[np.newaxis]


@pytest.mark.parametrize("kind", w.KINDS)
def test_the_matrix_has_radius_one_and_the_eigenvalue_that_is_announced(kind):
    values = np.linalg.eigvals(w.network(kind)[0])
    leading = values[np.abs(values) > 0.999]
    assert np.max(np.abs(values)) == pytest.approx(1)
    assert {"positive": len(leading) == 1 and leading[0].real > 0, "negative": len(leading) == 1 and leading[0].real < 0,
            "pair": len(leading) == 2 and abs(leading[0].imag) > 0.1}[kind]


@pytest.mark.parametrize("kind", w.KINDS)
@pytest.mark.parametrize("radius", [0.4, 0.8])
def test_both_relaxations_are_those_of_the_library(kind, radius):
    x, start, W, U, b, dz = parameters(kind, radius)
    z, backward = fixed_point(rnn_cell, x, start, W, U, b)
    changes, adjoint, J, verdict = w.run(radius, kind, 1.0)
    assert verdict == "settles"
    np.testing.assert_allclose(J, (1 - z[0] ** 2)[:, np.newaxis] * U.T, atol=1e-8)
    v = np.linalg.solve(np.eye(6) - J.T, dz[0])
    np.testing.assert_allclose(backward(dz)[4], v * (1 - z[0] ** 2), atol=1e-7)
    _, library = relax(lambda z: rnn_cell(x, z, W, U, b)[0], start)
    for ours, theirs in zip(changes[:20], library):
        assert ours == pytest.approx(theirs * max(1.0, np.max(np.abs(z))), rel=0.2)
    assert adjoint[-1] <= w.TOLERANCE


def test_the_fitted_rate_is_the_radius_of_the_jacobian_that_is_shown():
    for kind in ("positive", "negative"):
        line = w.relaxation_readout(state(kind=kind, radius=0.7))
        rho = float(re.search(r"of J (\d\.\d+)", line)[1])
        rates = [float(r) for r in re.findall(r"leaves ([\d.]+) of", line)]
        assert len(rates) == 2 and rates == pytest.approx([rho, rho], abs=0.01)


def test_past_one_the_turning_networks_never_settle_and_the_other_finds_two_fixed_points():
    for kind in ("negative", "pair"):
        line = w.relaxation_readout(state(kind=kind, radius=1.3))
        assert "does not settle" in line and "no gradient" in line
        assert "adjoint" not in w.relaxation_picture(state(kind=kind, radius=1.3))
    U, c, direction, _ = w.network("positive")
    ends = [relax(lambda z: np.tanh(z @ (1.3 * U) + c), s * direction)[0] for s in (1.0, -1.0)]
    assert np.max(np.abs(ends[0] - ends[1])) > 0.5
    assert all("The state settles in" in w.relaxation_readout(state(radius=1.3, start=s)) for s in (1.0, -1.0))


@pytest.mark.parametrize("weight, x, count", [(0.5, 0.2, 1), (2.0, 0.0, 3), (2.0, 0.3, 3), (2.0, 0.9, 1), (-1.5, 0.2, 1), (1.0, 0.0, 1)])
def test_all_fixed_points_are_found(weight, x, count):
    found = w.fixed_points(weight, x)
    assert len(found) == count
    for z, slope in found:
        assert np.tanh(weight * z + x) == pytest.approx(z, abs=1e-6)
        assert slope == pytest.approx(weight * (1 - z * z))


def test_the_gradient_of_one_unit_is_that_of_finite_differences():
    line = w.cobweb_readout({"w": 0.7, "x": 0.2, "start": -1.2})

    def settled(x):
        return float(relax(lambda z: np.tanh(0.7 * z + x), np.zeros(1))[0][0])
    assert float(re.search(r"settles at ([\d.]+)", line)[1]) == pytest.approx(settled(0.2), abs=1e-4)
    assert float(re.search(r"∂x = ([\d.]+)", line)[1]) == pytest.approx(float(numerical_gradient(settled, 0.2)), abs=1e-4)


def test_the_start_decides_beyond_one():
    ends = [re.search(r"settles at (−?[\d.]+)", w.cobweb_readout({"w": 2.0, "x": 0.0, "start": s}))[1] for s in (-0.5, 0.5)]
    assert ends[0] == "−" + ends[1]
    assert "jumps back and forth" in w.cobweb_readout({"w": -1.8, "x": 0.0, "start": 0.5})
