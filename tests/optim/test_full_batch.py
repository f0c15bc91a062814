"""Conjugate gradients, L-BFGS and the line search: known minima, the Wolfe conditions, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import (
    Dense,
    Parameter,
    Sequential,
    Tanh,
    conjugate_gradient,
    full_batch,
    lbfgs,
    load_digits,
    numerical_gradient,
    parameters_to_vector,
    softmax_cross_entropy,
    strong_wolfe,
    vector_to_parameters,
)
from course_lib.optim.full_batch import loss_and_gradient

METHODS = [conjugate_gradient, lbfgs]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda m: m.__name__)


def rosenbrock(x):
    """A curved valley with its floor at (1, …, 1)."""
    gradient = np.zeros_like(x)
    gradient[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    gradient[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), gradient


def bowl(n, condition, seed=0):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A, b = Q @ np.diag(np.geomspace(1, condition, n)) @ Q.T, rng.normal(size=n)
    return lambda x: (0.5 * x @ A @ x - b @ x, A @ x - b), np.linalg.solve(A, b)


@every_method
def test_the_valley(method):
    result = method(rosenbrock, np.array([-1.2, 1.0]), steps=100)
    assert result.success and result.nit <= 60
    np.testing.assert_allclose(result.x, 1, atol=1e-9)


@every_method
def test_a_bowl_in_fifty_steps(method):
    function, floor = bowl(8, 50)
    result = method(function, np.zeros(8), steps=50)
    assert result.success
    np.testing.assert_allclose(result.x, floor, atol=1e-10)


@every_method
def test_the_record_of_the_way(method):
    seen, (function, _) = [], bowl(5, 30)
    result = method(function, np.ones(5), steps=7, tolerance=0, callback=lambda r: seen.append((r.nit, r.fun, r.nfev)))
    assert result.nit == 7 and not result.success and "all 7 steps" in result.message
    assert seen == list(zip(range(1, 8), result.values[1:], result.calls[1:]))
    assert result.calls[0] == 1 and result.nfev == result.calls[-1] and np.all(np.diff(result.calls) >= 1)
    assert np.all(np.diff(result.values) < 0)
    value, gradient = function(result.x)
    assert result.fun == value
    np.testing.assert_array_equal(result.jac, gradient)


@every_method
def test_at_the_minimum_nothing_is_to_do(method):
    result = method(lambda x: (x @ x, 2 * x), np.zeros(3))
    assert result.success and result.nit == 0 and result.nfev == 1


@every_method
def test_interrupting_keeps_the_best_point(method):
    def stop(result):
        if result.nit == 3:
            raise KeyboardInterrupt
    result = method(rosenbrock, np.array([-1.2, 1.0]), callback=stop)
    assert result.nit == 3 and "interrupted after 3 steps" in result.message
    assert result.fun == rosenbrock(result.x)[0] < rosenbrock(np.array([-1.2, 1.0]))[0]


@every_method
def test_a_wrong_gradient_does_not_hang(method):
    result = method(lambda x: (x @ x, -2 * x), np.ones(3))
    assert not result.success and "no better point" in result.message


@every_method
@pytest.mark.parametrize("function, x0, more, text", [
    (rosenbrock, np.ones((2, 2)), {}, "x0 must be a vector"),
    (lambda x: x @ x, np.ones(2), {}, "value, gradient"),
    (lambda x: (x @ x, 2 * x[:1]), np.ones(2), {}, r"gradient of shape \(2,\)"),
    (lambda x: (np.nan, x), np.ones(2), {}, "not finite at the start"),
    (rosenbrock, np.ones(2), {"c1": 0.5, "c2": 0.1}, "0 < c1 < c2 < 1"),
    (rosenbrock, np.ones(2), {"tolerance": -1.0}, "tolerance must not be negative"),
])
def test_bad_input_is_refused(method, function, x0, more, text):
    with pytest.raises((ValueError, TypeError), match=text):
        method(function, x0, **more)


def test_lbfgs_needs_memory():
    with pytest.raises(ValueError, match="memory must be at least 1"):
        lbfgs(rosenbrock, np.ones(2), memory=0)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10 ** 6), st.integers(2, 6), st.floats(-5, 1), st.sampled_from([0.1, 0.5, 0.9]))
def test_the_step_satisfies_the_strong_wolfe_conditions(seed, n, exponent, c2):
    rng = np.random.default_rng(seed)
    x = 2 * rng.normal(size=n)
    value, gradient = rosenbrock(x)
    direction = -gradient * rng.uniform(0.1, 3, size=n)
    point = strong_wolfe(rosenbrock, x, direction, value, gradient, first=10 ** exponent, c1=1e-4, c2=c2, calls=60)
    assert point is not None
    slope = gradient @ direction
    new_value, new_gradient = rosenbrock(x + point.step * direction)
    assert new_value <= value + 1e-4 * point.step * slope
    assert abs(new_gradient @ direction) <= c2 * abs(slope)
    assert point.value == new_value and point.step > 0


def test_the_line_search_refuses_to_go_uphill():
    value, gradient = rosenbrock(np.zeros(2))
    with pytest.raises(ValueError, match="downhill"):
        strong_wolfe(rosenbrock, np.zeros(2), gradient, value, gradient)


def test_the_line_search_survives_overflow():
    def steep(x):
        with np.errstate(over="ignore"):
            return float(np.exp(x[0] ** 2)), np.array([2 * x[0] * np.exp(x[0] ** 2)])
    value, gradient = steep(np.array([2.0]))
    point = strong_wolfe(steep, np.array([2.0]), -gradient, value, gradient, first=10.0, calls=60)
    assert point is not None and point.value < value


def test_vectors_and_parameters():
    net = Sequential(Dense(3, 2, rng=np.random.default_rng(0), dtype=np.float32), Tanh(),
                     Dense(2, 2, rng=np.random.default_rng(1)))
    vector = parameters_to_vector(net.params)
    assert vector.shape == (14,)
    vector_to_parameters(2 * vector, net.params)
    np.testing.assert_allclose(parameters_to_vector(net.params), 2 * vector, rtol=1e-6)
    assert [p.data.dtype for p in net.params] == [np.float32, np.float32, np.float64, np.float64]
    with pytest.raises(ValueError, match="14 entries"):
        vector_to_parameters(vector[1:], net.params)


@every_method
def test_a_network_is_trained(method):
    digits, rng = load_digits(), np.random.default_rng(0)
    x, t = digits.x_train[:300], digits.t_train[:300]
    net = Sequential(Dense(64, 8, rng=rng), Tanh(), Dense(8, 10, rng=rng))
    function, start = full_batch(net, softmax_cross_entropy, x, t)
    result = method(function, start, steps=40)
    assert result.fun < 0.05 * result.values[0]
    vector_to_parameters(result.x, net.params)
    assert softmax_cross_entropy(net(x)[0], t)[0] == pytest.approx(result.fun, rel=1e-12)


# ---- functions without a minimum, and other stops ------------------------------------------------------------------

UNBOUNDED = {"a line": lambda x: (float(x.sum()), np.ones_like(x)),
             "a hill": lambda x: (-float(x @ x), -2 * x),
             "a cubic": lambda x: (-float((x ** 3).sum()), -3 * x ** 2),
             "an exponential": lambda x: (-float(np.exp(x).sum()), -np.exp(x)),
             # −∞ first, and farther away ∞ − ∞
             "two exponentials": lambda x: (float((np.exp(x / 2) - np.exp(x)).sum()), np.exp(x / 2) / 2 - np.exp(x))}


@every_method
@pytest.mark.parametrize("name", UNBOUNDED)
def test_a_function_without_a_floor_is_said_to_have_none(method, name):
    with np.errstate(over="ignore", invalid="ignore"):
        result = method(UNBOUNDED[name], np.array([0.5, 1.0]))
    assert not result.success and "unbounded below" in result.message and "sign" in result.message
    assert np.isfinite(result.fun) and np.isfinite(result.x).all()


@every_method
def test_a_relative_stop(method):
    function, _ = bowl(8, 50)

    def large(x):
        value, gradient = function(x)
        return 1e9 * value, 1e9 * gradient
    start = np.abs(large(np.zeros(8))[1]).max()
    result = method(large, np.zeros(8), relative_tolerance=1e-6)
    assert result.success and 1e-10 < np.abs(result.jac).max() <= 1e-6 * start
    looser = method(large, np.zeros(8), relative_tolerance=1e-2)
    assert looser.success and looser.nit < result.nit
    both = method(large, np.zeros(8), tolerance=1e-2 * start, relative_tolerance=1e-6)     # the larger stops it
    assert both.nit == looser.nit


@every_method
def test_weight_decay_is_the_same_as_that_of_the_optimizers(method):
    rng = np.random.default_rng(0)
    net, x, t = Sequential(Dense(3, 2, rng=rng)), rng.normal(size=(20, 3)), rng.integers(2, size=20)
    plain, start = full_batch(net, softmax_cross_entropy, x, t)
    decayed, _ = full_batch(net, softmax_cross_entropy, x, t, weight_decay=0.3)
    (value, gradient), (more, steeper) = plain(start), decayed(start)
    assert more == pytest.approx(value + 0.15 * start @ start)
    np.testing.assert_allclose(steeper, gradient + 0.3 * start)
    np.testing.assert_allclose(steeper, numerical_gradient(lambda v: decayed(v)[0], start), atol=1e-8)
    result = method(decayed, start)
    assert result.success
    vector_to_parameters(result.x, net.params)
    for p in net.params:
        p.zero_grad()
    y, backward = net(x)
    backward(softmax_cross_entropy(y, t)[1]())
    gradient = parameters_to_vector([Parameter(p.grad) for p in net.params])
    np.testing.assert_allclose(gradient, -0.3 * result.x, atol=1e-9)


@every_method
@pytest.mark.parametrize("settings, kind, text", [
    ({"tolerance": "1e-3"}, TypeError, "tolerance must be a number"),
    ({"relative_tolerance": float("nan")}, ValueError, "relative_tolerance must be a finite number"),
    ({"steps": 2.5}, ValueError, "steps must be at least 0, and a whole number"),
    ({"c1": "a"}, TypeError, "c1 must be a number"),
])
def test_settings_are_looked_at(method, settings, kind, text):
    with pytest.raises(kind, match=f"{method.__name__}: {text}"):
        method(rosenbrock, np.ones(2), **settings)


def test_the_gradient_of_all_rows_in_one_vector():
    rng = np.random.default_rng(3)
    net, x, t = Sequential(Dense(3, 4, rng=rng), Dense(4, 2, rng=rng)), rng.normal(size=(6, 3)), rng.integers(2, size=6)
    function, start = full_batch(net, softmax_cross_entropy, x, t)
    for p in net.params:
        p.grad = np.ones_like(p.data)                   # left from another step: it must not count
    value, gradient = loss_and_gradient(net, softmax_cross_entropy, x, t)
    assert value == softmax_cross_entropy(net(x)[0], t)[0] == function(start)[0]
    np.testing.assert_array_equal(gradient, function(start)[1])
    np.testing.assert_allclose(gradient, numerical_gradient(lambda v: function(v)[0], start), atol=1e-9)
    vector_to_parameters(start, net.params)
    single = [loss_and_gradient(net, softmax_cross_entropy, x[n:n + 1], t[n:n + 1])[1] for n in range(6)]
    np.testing.assert_allclose(np.mean(single, axis=0), gradient, atol=1e-15)


def test_a_negative_weight_decay_is_refused():
    net = Sequential(Dense(3, 2, rng=np.random.default_rng(0)))
    with pytest.raises(ValueError, match="full_batch: weight_decay must not be negative"):
        full_batch(net, softmax_cross_entropy, np.ones((1, 3)), np.zeros(1, int), weight_decay=-1.0)
