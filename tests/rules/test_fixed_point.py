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
    assert all(later < earlier for earlier, later in zip(errors, errors[1:]))
    assert errors[0] > 0.01 and errors[-1] < 1e-10


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


# ---- when it is over, and whose fault it is ----------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_stops_at_the_first_change_within_the_tolerance(dtype):
    """64 units of rounding by default: neither a step more nor, with ten times that, some less."""
    for tolerance in (None, 1e-3):
        limit = 64 * np.finfo(dtype).eps if tolerance is None else tolerance
        z, changes = relax(lambda z: z / 2 + 1, np.zeros(3, dtype), tolerance=tolerance)
        assert changes[-1] <= limit < changes[-2]
        assert z.dtype == dtype


@pytest.mark.parametrize("tolerance", [None, 1e-3])
def test_state_and_adjoint_are_relaxed_to_the_same_tolerance(tolerance):
    """z = z/2 + x: the k-th change of the state and of the adjoint, from 0 to 2 and from 1 to 2, is known."""
    calls = {"forward": 0, "backward": 0}

    def halving(x, z):
        calls["forward"] += 1

        def backward(dz):
            calls["backward"] += 1
            return dz, dz / 2
        return z / 2 + x, backward
    limit = 64 * np.finfo(float).eps if tolerance is None else tolerance
    _, backward = fixed_point(halving, np.ones((1, 1)), np.zeros((1, 1)), tolerance=tolerance)
    backward(np.ones((1, 1)))
    # The k-th change of the state is 2 / 2ᵏ and that of the adjoint 1 / 2ᵏ, both relative to nearly 2.
    wanted = next(k for k in range(1, 99) if 2 / 2 ** k / (2 - 2 / 2 ** k) <= limit)
    assert calls["forward"] == wanted + 1                       # one more for the backward at the fixed point
    wanted = next(k for k in range(1, 99) if 1 / 2 ** k / (2 - 1 / 2 ** k) <= limit)
    assert calls["backward"] == wanted + 1                      # one more for the gradients


def test_relax_speaks_of_itself_and_fixed_point_of_itself():
    with pytest.raises(NotSettled, match="^relax: the state has not settled after 5 steps"):
        relax(lambda z: -z, np.ones(3), steps=5)
    with np.errstate(over="ignore", invalid="ignore"):
        with pytest.raises(NotSettled, match="^relax: the temperature is not finite.*grows without limit"):
            relax(lambda z: 3 * z, np.ones(3), what="the temperature")
        with pytest.raises(NotSettled, match="^fixed_point: the state is not finite"):
            fixed_point(lambda x, z: (3 * z + x, None), np.ones((1, 1)), np.ones((1, 1)), steps=10 ** 4)
    with pytest.raises(ValueError, match="^fixed_point: steps must be at least 1"):
        fixed_point(rnn_cell, np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), np.ones(1), steps=0)


def test_what_is_not_a_number_does_not_grow():
    with np.errstate(invalid="ignore"), pytest.raises(NotSettled) as error:
        relax(lambda z: np.sqrt(z) - 0.5, np.full(2, 0.1))
    assert "is not a number after" in str(error.value) and "root of a negative number" in str(error.value)
    assert "grows" not in str(error.value) and error.value.steps == len(error.value.changes) < 5


@pytest.mark.parametrize("make, kind, text", [
    (lambda: relax(lambda z: z / 2, np.ones(3, int)), TypeError,
     r"relax: .*array of floats, got int64.*z.astype\(float\)"),
    (lambda: relax(lambda z: z / 2, np.ones(3, bool)), TypeError, "got bool"),
    (lambda: relax(lambda z: z / 2, np.array([1.0, np.nan])), ValueError,
     "relax: the state is not finite at the start"),
    (lambda: relax(lambda z: np.ones((2, 3)), np.ones(3)), ValueError,
     r"shape \(3,\), and after a step has .*\(2, 3\)"),
    (lambda: relax(lambda z: z, np.ones(3), tolerance=-1.0), ValueError, "tolerance must not be negative, got -1.0"),
    (lambda: relax(lambda z: z, np.ones(3), tolerance=np.nan), ValueError, "tolerance must not be negative, got nan"),
    (lambda: fixed_point(lambda x, z: (z / 2 + x, None), np.ones((2, 3)), np.ones(3)), ValueError,
     r"fixed_point: the state began with shape \(3,\).*begin with the shape that a step gives"),
    (lambda: fixed_point(rnn_cell, np.ones((1, 2)), np.ones((1, 3), int), np.ones((2, 3)), np.ones((3, 3)), np.ones(3)),
     TypeError, "fixed_point: the state must begin as an array of floats"),
])
def test_a_start_that_cannot_be_relaxed_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_a_list_may_be_relaxed():
    np.testing.assert_allclose(relax(lambda z: z / 2 + 1, [0.0, 5.0])[0], 2)
