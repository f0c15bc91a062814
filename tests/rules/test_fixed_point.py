"""Recurrent backpropagation: the gradient at a fixed point, and networks that do not settle."""

import tracemalloc

import numpy as np
import pytest

from course_lib import NotSettled, check_gradients, fixed_point, numerical_gradient, relax, rnn_cell, unroll
from course_lib.graph import Tensor
from course_lib.layers import Dense, FixedPoint, Sequential


def cyclic(N=3, D=2, H=6, scale=0.7, seed=0):
    """A tanh network with a full matrix of recurrent weights of the given spectral radius."""
    rng = np.random.default_rng(seed)
    U = rng.normal(size=(H, H))
    U *= scale / np.max(np.abs(np.linalg.eigvals(U)))
    return rng.normal(size=(N, D)), np.zeros((N, H)), rng.normal(size=(D, H)), U, rng.normal(size=H)


def test_it_settles():
    x, start, W, U, b = cyclic()
    z, _ = fixed_point(rnn_cell, x, start, W, U, b)
    np.testing.assert_allclose(z, np.tanh(x @ W + z @ U + b), atol=1e-13)


def test_the_gradient_is_that_of_finite_differences():
    x, start, W, U, b = cyclic()
    weights = np.random.default_rng(1).normal(size=start.shape)
    _, backward = fixed_point(rnn_cell, x, start, W, U, b)
    arguments = [x, start, W, U, b]
    for k, gradient in enumerate(backward(weights)):
        def loss(value, k=k):
            return np.sum(weights * fixed_point(rnn_cell, *arguments[:k], value, *arguments[k + 1:])[0])
        np.testing.assert_allclose(gradient, numerical_gradient(loss, arguments[k]), atol=1e-8)


def test_it_is_backpropagation_through_time_run_to_convergence():
    x, start, W, U, b = cyclic()
    z, backward = fixed_point(rnn_cell, x, start, W, U, b)
    dz = np.random.default_rng(1).normal(size=z.shape)
    wanted, errors = backward(dz)[3], []
    for T in (1, 2, 5, 10, 20, 60):
        states, through = unroll(rnn_cell, np.stack([x] * T), z, W, U, b)
        dstates = np.zeros_like(states)
        dstates[-1] = dz
        errors.append(np.linalg.norm(through(dstates)[3] - wanted) / np.linalg.norm(wanted))
    assert all(later < earlier for earlier, later in zip(errors, errors[1:])) and errors[0] > 0.01 and errors[-1] < 1e-10


def test_the_memory_does_not_grow_with_the_number_of_steps():
    x, start, W, U, b = cyclic(N=50, H=40, scale=0.97)
    U = (U + U.T) / 2
    U *= 0.97 / np.max(np.abs(np.linalg.eigvals(U)))

    def peak(tolerance):
        tracemalloc.start()
        z, backward = fixed_point(rnn_cell, 0 * x, start + 0.1, W, U, 0 * b, tolerance=tolerance)
        backward(z)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest
    peak(1e-2)
    assert peak(1e-8) < 1.2 * peak(1e-3)


def test_float32_settles_to_its_own_precision():
    arguments = [a.astype(np.float32) for a in cyclic()]
    z, backward = fixed_point(rnn_cell, *arguments)
    assert z.dtype == np.float32 and all(g.dtype == np.float32 for g in backward(z))


def test_a_network_that_does_not_settle_says_how_far_it_got():
    x, start, W, _, b = cyclic(H=2)
    U = 3 * np.array([[0.0, 1.0], [-1.0, 0.0]])             # the two units chase each other
    with pytest.raises(NotSettled, match=r"the state has not settled after 50 steps.*spectral radius") as error:
        fixed_point(rnn_cell, 0 * x, start + 0.1, W, U, 0 * b, steps=50)
    assert error.value.steps == 50 and len(error.value.changes) == 50 and error.value.changes[-1] > 1e-3


def test_a_slow_network_is_told_from_one_that_never_settles():
    x, start, W, U, b = cyclic(scale=0.99)
    with pytest.raises(NotSettled, match="converges slowly"):
        fixed_point(rnn_cell, 0 * x, start + 0.01, W, U, 0 * b, steps=20)


def test_growth_without_limit_stops_at_once():
    def doubling(x, z):
        return 2 * z + x, lambda dz: (dz, 2 * dz)
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(NotSettled, match="grows without limit") as error:
        fixed_point(doubling, np.ones((1, 1)), np.zeros((1, 1)), steps=10 ** 6)
    assert error.value.steps < 2000


def test_an_adjoint_that_does_not_settle_is_an_error_too():
    """At the unstable fixed point 0 of z = 2 z the state rests, but the adjoint grows."""
    def doubling(x, z):
        return 2 * z, lambda dz: (0 * x, 2 * dz)
    z, backward = fixed_point(doubling, np.zeros((1, 1)), np.zeros((1, 1)))
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(NotSettled, match="the adjoint"):
        backward(np.ones_like(z))


def test_at_least_one_step_is_needed():
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        relax(lambda z: z, np.zeros(3), steps=0)


def test_relax_tells_its_rate():
    z, changes = relax(lambda z: 0.5 * z + 1, np.zeros(3))
    np.testing.assert_allclose(z, 2)
    ratios = np.divide(changes[5:20], changes[4:19])
    np.testing.assert_allclose(ratios, 0.5, atol=0.01)


# ---- the layer ---------------------------------------------------------------------------------------------------

def test_the_layer_has_the_gradients_of_its_own_forward(capsys):
    rng = np.random.default_rng(0)
    net = Sequential(FixedPoint(4, 7, rng=rng, tolerance=1e-14), Dense(7, 3, rng=rng))
    x = rng.normal(size=(5, 4))
    check_gradients(net, x)
    assert "are right" in capsys.readouterr().out
    np.testing.assert_allclose(net.trace(Tensor(x)).data, net(x)[0])


def test_contract_scales_back_to_the_limit_and_no_further():
    layer = FixedPoint(3, 6, rng=np.random.default_rng(0))
    before = layer.U.data.copy()
    layer.contract(0.9)
    assert np.array_equal(layer.U.data, before)             # 0.5 was small enough
    layer.U.data *= 4
    with pytest.raises(NotSettled):
        layer(10 * np.ones((2, 3)) @ np.zeros((3, 3)) + [[0.01, 0, 0], [0, 0.01, 0]])
    layer.contract(0.9)
    assert layer.norm() == pytest.approx(0.9) and np.allclose(layer.U.data / 0.9, before / 0.5)


def test_the_layer_keeps_float32_and_asks_for_a_generator():
    layer = FixedPoint(3, 6, rng=np.random.default_rng(0), tolerance=None, dtype=np.float32)
    z, backward = layer(np.ones((2, 3), np.float32))
    assert z.dtype == np.float32 and backward(z).dtype == np.float32 and layer.U.grad.dtype == np.float32
    with pytest.raises(TypeError, match="numpy.random.Generator"):
        FixedPoint(3, 6, rng=0)


def test_an_orbit_that_is_not_periodic_is_not_called_slow():
    """Single changes go up and down; their ratio tells nothing."""
    rng = np.random.default_rng(2)
    U = 3 * rng.normal(size=(20, 20)) / np.sqrt(20)
    with pytest.raises(NotSettled, match="It does not converge"):
        relax(lambda z: np.tanh(z @ U), 0.1 * rng.normal(size=(1, 20)), steps=400)
