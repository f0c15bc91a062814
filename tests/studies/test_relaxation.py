"""What the explorers of lesson 10 run settles where the library's ``fixed_point`` does."""

import numpy as np
import pytest

from course_lib import fixed_point, relax, rnn_cell
from course_lib.studies import relaxation

KINDS = ("positive", "negative", "pair")


def parameters(kind, radius):
    U, c, direction, dz = relaxation.network_with(kind)
    return np.zeros((1, 1)), direction[np.newaxis], np.zeros((1, 6)), radius * U, c, dz[np.newaxis]


@pytest.mark.parametrize("kind", KINDS)
def test_the_matrix_has_radius_one_and_the_eigenvalue_that_is_announced(kind):
    values = np.linalg.eigvals(relaxation.network_with(kind)[0])
    leading = values[np.abs(values) > 0.999]
    assert np.max(np.abs(values)) == pytest.approx(1)
    assert {"positive": len(leading) == 1 and leading[0].real > 0,
            "negative": len(leading) == 1 and leading[0].real < 0,
            "pair": len(leading) == 2 and abs(leading[0].imag) > 0.1}[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("radius", [0.4, 0.8])
def test_both_relaxations_are_those_of_the_library(kind, radius):
    x, start, W, U, b, dz = parameters(kind, radius)
    z, backward = fixed_point(rnn_cell, x, start, W, U, b)
    changes, adjoint, J, verdict = relaxation.relaxations(radius, kind, 1.0)
    assert verdict == "settles"
    np.testing.assert_allclose(J, (1 - z[0] ** 2)[:, np.newaxis] * U.T, atol=1e-8)
    v = np.linalg.solve(np.eye(6) - J.T, dz[0])
    np.testing.assert_allclose(backward(dz)[4], v * (1 - z[0] ** 2), atol=1e-7)
    _, library = relax(lambda z: rnn_cell(x, z, W, U, b)[0], start)
    for ours, theirs in zip(changes[:20], library):
        assert ours == pytest.approx(theirs * max(1.0, np.max(np.abs(z))), rel=0.2)
    assert adjoint[-1] <= relaxation.TOLERANCE


@pytest.mark.parametrize("weight, x, count", [(0.5, 0.2, 1), (2.0, 0.0, 3), (2.0, 0.3, 3), (2.0, 0.9, 1),
                                              (-1.5, 0.2, 1), (1.0, 0.0, 1)])
def test_all_fixed_points_are_found(weight, x, count):
    found = relaxation.fixed_points(weight, x)
    assert len(found) == count
    for z, slope in found:
        assert np.tanh(weight * z + x) == pytest.approx(z, abs=1e-6)
        assert slope == pytest.approx(weight * (1 - z * z))
