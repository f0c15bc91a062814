"""The explorers of lesson 09: the numbers shown are the right ones."""

import math
import re

import numpy as np
import pytest

from course_lib import lstm, lstm_cell, rnn, tanh, unroll
from course_lib.widgets import lesson09 as w


@pytest.mark.parametrize("u", [-1.3, 0.0, 0.6, 2.4])
@pytest.mark.parametrize("every", [False, True])
def test_the_unrolled_neuron_has_the_gradients_of_rnn(u, every):
    h, jacobians, dh, payments, loss = w.passes(u, every)
    args = [np.array(a, float) for a in (np.reshape(w.XS, (-1, 1, 1)), [[0.0]], [[w.INPUT_WEIGHT]], [[u]], [w.BIAS])]
    hs, backward = rnn(*args)
    np.testing.assert_allclose(h[1:], hs[:, 0, 0], rtol=1e-12)
    dhs = 2 * (hs - w.TARGET)
    if not every:
        dhs[:-1] = 0
    dxs, dh0, dW, dU, db = backward(dhs)
    np.testing.assert_allclose([sum(p[k] for p in payments[1:]) for k in range(3)], [dW[0, 0], dU[0, 0], db[0]], atol=1e-14)
    assert dh[0] == pytest.approx(dh0[0, 0], abs=1e-14)
    if not every:
        assert dh[0] == pytest.approx(dh[-1] * math.prod(jacobians[1:]), abs=1e-14)
    assert loss == pytest.approx(sum((x - w.TARGET) ** 2 for x in (h[1:] if every else h[-1:])))


def test_the_steps_make_one_state_after_another_and_then_one_payment_after_another():
    explorer = w.unroll_explorer()
    blue, paid = [], []
    for step in range(w.LAST + 1):
        explorer.set(step=step)
        picture = explorer.shown().picture
        blue.append(len(re.findall(rf'fill="{w.palette.FORWARD}"', picture)) - 1)
        paid.append(picture.count("pays du"))
    assert blue == [1, 2, 3, 4, 5, 6] + [7] * 8 and paid == [0] * 8 + [1, 2, 3, 4, 5, 6]
    assert w.so_far(explorer.state) == pytest.approx(tuple(sum(p[k] for p in w.passes(0.6, False)[3][1:]) for k in range(3)))
    assert w.received({"step": w.T + 1, "u": 0.6, "every": False})[:-1] == [None] * w.T


def test_the_readout_carries_the_product():
    explorer = w.unroll_explorer()
    explorer.set(step=w.LAST, u=1.5)
    jacobians = w.passes(1.5, False)[1]
    line = explorer.shown().readout.replace("−", "-")
    shown = float(re.search(r"local Jacobians so far: (-?[\d.e-]+)\.", line)[1])
    assert shown == pytest.approx(math.prod(jacobians[1:]), rel=2e-2)


def test_without_tanh_the_product_is_a_power():
    norms, slope = w.lag_curve("orthogonal", "no tanh", 1.1)
    np.testing.assert_allclose(norms, 1.1 ** np.arange(1, w.LAGS + 1), rtol=1e-9)
    assert slope == 1.0
    assert w.lag_curve("random", "no tanh", 0.8)[0][-1] < 1e-8 and w.lag_curve("random", "no tanh", 1.25)[0][-1] > 1e8
    assert np.abs(np.linalg.eigvals(w.recurrence("random"))).max() == pytest.approx(1)


def test_the_product_is_the_gradient_that_rnn_sends_back():
    rng = np.random.default_rng(3)
    U, inputs, n = 0.4 * rng.normal(size=(6, 6)), rng.normal(size=(9, 6)), 6
    norms, _ = w.jacobian_norms(U, tanh, inputs)
    hs, backward = rnn(np.repeat(inputs[:, None], n, axis=1), np.zeros((n, n)), np.eye(n), U, np.zeros(n))
    dhs = np.zeros_like(hs)
    dhs[-1] = np.eye(n)                                     # one unit gradient in each row of the batch
    assert norms[-1] == pytest.approx(np.linalg.norm(backward(dhs)[1], 2), rel=1e-12)


def test_the_verdicts():
    explorer = w.lag_explorer()
    for radius, activation, word in ((0.6, "tanh", "vanishes"), (1.0, "ReLU", "vanishes"), (1.5, "no tanh", "explodes"), (2.0, "ReLU", "explodes")):
        explorer.set(radius=radius, activation=activation)
        assert word in explorer.shown().readout
    explorer.set(radius=1.0, activation="ReLU", start="identity")
    assert "neither" in explorer.shown().readout


@pytest.mark.parametrize("name", w.TEXTS)
def test_the_gates_are_those_of_the_library_and_the_memory_gradient_too(name):
    xs, (W, U, b), now = w.symbols_as_rows(w.TEXTS[name])[:, None], w.weights(2.0), 30
    assert len(w.TEXTS[name]) == w.LENGTH
    gates, c, h = w.gate_run(name, 2.0)
    states, _ = lstm(xs, np.zeros((2, 1, 1)), W, U, b)
    np.testing.assert_allclose(np.stack([h, c], axis=1), states[:, :, 0, 0])
    i, f, g, o = gates.T
    np.testing.assert_allclose(c[1:], f[1:] * c[:-1] + i[1:] * g[1:], rtol=1e-12)
    np.testing.assert_allclose(h, o * np.tanh(c), rtol=1e-12)
    for then in (5, 20, 29):                                # the library's way back, from now to then
        _, backward = unroll(lstm_cell, xs[then + 1:now + 1], states[then], W, U, b)
        dstates = np.zeros((now - then, 2, 1, 1))
        dstates[-1, 1] = 1.0
        assert backward(dstates)[1][1, 0, 0] == pytest.approx(w.memory_gradient(name, 2.0, now)[then], rel=1e-12)


def test_the_unit_is_right_about_simple_brackets_and_wrong_about_nested_ones():
    def mistakes(name):
        c = w.gate_run(name, 6.0)[1]
        return sum((c[t] > 0.5) != w.inside(w.TEXTS[name], t) for t in range(w.LENGTH))
    assert mistakes("one bracket") == mistakes("two brackets") == 0 < mistakes("nested")
    line = w.gate_readout({"text": "nested", "forget": 6.0, "now": 25})
    assert "says outside, the truth is inside" in line
