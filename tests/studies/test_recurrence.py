"""What the explorers of lesson 09 run has the gradients of the library's rules."""

import math

import numpy as np
import pytest

from course_lib import lstm, lstm_cell, rnn, tanh, unroll
from course_lib.studies import recurrence as r
from course_lib.widgets.lesson09 import LENGTH, TEXTS


@pytest.mark.parametrize("u", [-1.3, 0.0, 0.6, 2.4])
@pytest.mark.parametrize("every", [False, True])
def test_the_unrolled_neuron_has_the_gradients_of_rnn(u, every):
    h, jacobians, dh, payments, loss = r.neuron_through_time(u, every)
    args = [np.array(a, float) for a in (np.reshape(r.XS, (-1, 1, 1)), [[0.0]], [[r.INPUT_WEIGHT]], [[u]], [r.BIAS])]
    hs, backward = rnn(*args)
    np.testing.assert_allclose(h[1:], hs[:, 0, 0], rtol=1e-12)
    dhs = 2 * (hs - r.TARGET)
    if not every:
        dhs[:-1] = 0
    dxs, dh0, dW, dU, db = backward(dhs)
    np.testing.assert_allclose([sum(p[k] for p in payments[1:]) for k in range(3)], [dW[0, 0], dU[0, 0], db[0]],
                               atol=1e-14)
    assert dh[0] == pytest.approx(dh0[0, 0], abs=1e-14)
    if not every:
        assert dh[0] == pytest.approx(dh[-1] * math.prod(jacobians[1:]), abs=1e-14)
    assert loss == pytest.approx(sum((x - r.TARGET) ** 2 for x in (h[1:] if every else h[-1:])))


def test_without_tanh_the_product_is_a_power():
    norms, slope = r.lag_curve("orthogonal", "no tanh", 1.1)
    np.testing.assert_allclose(norms, 1.1 ** np.arange(1, r.LAGS + 1), rtol=1e-9)
    assert slope == 1.0
    assert r.lag_curve("random", "no tanh", 0.8)[0][-1] < 1e-8 and r.lag_curve("random", "no tanh", 1.25)[0][-1] > 1e8
    assert np.abs(np.linalg.eigvals(r.recurrence("random"))).max() == pytest.approx(1)


def test_the_product_is_the_gradient_that_rnn_sends_back():
    rng = np.random.default_rng(3)
    U, inputs, n = 0.4 * rng.normal(size=(6, 6)), rng.normal(size=(9, 6)), 6
    norms, _ = r.jacobian_norms(U, tanh, inputs)
    hs, backward = rnn(np.repeat(inputs[:, None], n, axis=1), np.zeros((n, n)), np.eye(n), U, np.zeros(n))
    dhs = np.zeros_like(hs)
    dhs[-1] = np.eye(n)                                     # one unit gradient in each row of the batch
    assert norms[-1] == pytest.approx(np.linalg.norm(backward(dhs)[1], 2), rel=1e-12)


@pytest.mark.parametrize("name", TEXTS)
def test_the_gates_are_those_of_the_library_and_the_memory_gradient_too(name):
    xs, (W, U, b), now = r.symbols_as_rows(TEXTS[name])[:, None], r.bracket_weights(2.0), 30
    assert len(TEXTS[name]) == LENGTH
    gates, c, h = r.bracket_unit(TEXTS[name], 2.0)
    states, _ = lstm(xs, np.zeros((2, 1, 1)), W, U, b)
    np.testing.assert_allclose(np.stack([h, c], axis=1), states[:, :, 0, 0])
    i, f, g, o = gates.T
    np.testing.assert_allclose(c[1:], f[1:] * c[:-1] + i[1:] * g[1:], rtol=1e-12)
    np.testing.assert_allclose(h, o * np.tanh(c), rtol=1e-12)
    for then in (5, 20, 29):                                # the library's way back, from now to then
        _, backward = unroll(lstm_cell, xs[then + 1:now + 1], states[then], W, U, b)
        dstates = np.zeros((now - then, 2, 1, 1))
        dstates[-1, 1] = 1.0
        assert backward(dstates)[1][1, 0, 0] == pytest.approx(r.memory_gradient(f, now)[then], rel=1e-12)


def test_norms_at_some_lags_are_those_of_all():
    rng = np.random.default_rng(0)
    U, inputs = r.gaussian(1.2, 6)(rng), rng.normal(size=(12, 6))
    whole, _ = r.jacobian_norms(U, tanh, inputs)
    some, _ = r.jacobian_norms(U, tanh, inputs, (2, 12))
    np.testing.assert_array_equal(some, whole[[1, 11]])
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(U)).max(), 1.2)


def test_a_window_as_long_as_the_sequence_cuts_nothing():
    errors = r.truncation_errors(0.9, (1, 4, 12), draws=2, T=12, N=2, D=2, H=4)
    assert errors.shape == (2, 3) and (errors[:, 2] < 1e-12).all() and (errors[:, 0] > errors[:, 1]).all()
