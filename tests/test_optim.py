"""SGD against its formula, gradients that no step may change, and settings that are refused."""

import numpy as np
import pytest

from course_lib import SGD, Optimizer, Parameter


def parameters():
    rng = np.random.default_rng(0)
    return [Parameter(rng.normal(size=(3, 2)), "W"), Parameter(rng.normal(size=2), "b")]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_sgd_follows_its_formula_for_two_parameters(momentum, decay):
    params, rng = parameters(), np.random.default_rng(1)
    optimizer = SGD(params, lr=0.05, momentum=momentum, weight_decay=decay)
    values, velocities = [p.data.copy() for p in params], [None, None]
    for _ in range(50):
        grads = [rng.normal(size=p.data.shape) for p in params]
        for p, grad in zip(params, grads):
            p.grad = grad.copy()
        optimizer.step()
        for i, grad in enumerate(grads):
            g = grad + decay * values[i]
            velocities[i] = g if velocities[i] is None else momentum * velocities[i] + g
            values[i] = values[i] - 0.05 * velocities[i]
            np.testing.assert_allclose(params[i].data, values[i], rtol=1e-13)
            np.testing.assert_array_equal(params[i].grad, grad)             # a step never writes to a gradient


def test_momentum_does_not_hold_on_to_a_gradient():
    p = Parameter(np.zeros(2))
    optimizer = SGD([p], lr=1.0, momentum=0.5)
    p.grad = np.ones(2)
    optimizer.step()
    optimizer.step()                                    # the same gradient again: v = 1.5, not a changed gradient
    np.testing.assert_array_equal(p.grad, [1, 1])
    np.testing.assert_array_equal(p.data, [-2.5, -2.5])


def test_a_parameter_without_a_gradient_stays():
    params = parameters()
    before = [p.data.copy() for p in params]
    params[1].grad = np.ones(2)
    SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1).step()
    np.testing.assert_array_equal(params[0].data, before[0])
    assert not np.array_equal(params[1].data, before[1])


def test_zero_grad_forgets():
    params = parameters()
    for p in params:
        p.grad = np.ones_like(p.data)
    SGD(params, lr=0.1).zero_grad()
    assert [p.grad for p in params] == [None, None]


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"momentum": 0.9, "weight_decay": 0.1}])
def test_float32_stays_float32(settings):
    p = Parameter(np.ones(3, np.float32))
    optimizer = SGD([p], lr=0.1, **settings)
    for _ in range(3):
        p.grad = np.ones(3, np.float32)
        optimizer.step()
    assert p.data.dtype == np.float32
    assert all(v is None or v.dtype == np.float32 for v in optimizer.velocity)


@pytest.mark.parametrize("make, kind, text", [
    (lambda p: SGD(p, lr=-0.1), ValueError, r"lr must not be negative, got -0\.1"),
    (lambda p: SGD(p, lr=float("nan")), ValueError, "lr"),
    (lambda p: SGD(p, lr=0.1, momentum=1.0), ValueError, r"momentum must lie in \[0, 1\), got 1\.0"),
    (lambda p: SGD(p, lr=0.1, momentum=-0.5), ValueError, r"momentum.*got -0\.5"),
    (lambda p: SGD(p, lr=0.1, weight_decay=-1.0), ValueError, r"weight_decay.*got -1\.0"),
    (lambda p: SGD([], lr=0.1), ValueError, "no parameters.*net.params"),
    (lambda p: SGD([*p, p[0]], lr=0.1), ValueError, "twice"),
    (lambda p: SGD([p[0].data], lr=0.1), TypeError, "ndarray; pass net.params"),
    (lambda p: SGD(p, 0.1), TypeError, "positional"),             # settings are given by name
    (lambda p: Optimizer(p, lr=0.1).step(), NotImplementedError, "Optimizer.step"),
])
def test_bad_settings_are_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make(parameters())


def test_settings_may_change_during_training():
    p = Parameter(np.zeros(1))
    optimizer = SGD([p], lr=0.1)
    for lr in (0.1, 0.01):
        optimizer.lr = lr
        p.grad = np.ones(1)
        optimizer.step()
    assert p.data[0] == pytest.approx(-0.11)
