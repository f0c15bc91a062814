"""The five sentences of the protocol (protocol.py), enforced for every rule of the table in rule_table.py."""

import inspect
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_table import (
    ELEMENTWISE,
    LOSSES,
    PAIRWISE,
    ROWWISE,
    RULES,
    as_tuple,
    complex_step,
    differentiable,
    public_rules,
    upstream,
)

from course_lib.rules import functions, losses

every_rule = pytest.mark.parametrize("name", RULES)
few = settings(derandomize=True, deadline=None, max_examples=10, database=None)
seeds = st.integers(0, 2**32 - 1)


def run(name, seed, dtype=None):
    """Arguments, output, backward and a random upstream gradient."""
    rule, arguments, options = RULES[name]
    rng = np.random.default_rng(seed)
    inputs = arguments(rng)
    if dtype:
        inputs = tuple(np.array(a, dtype) if a.dtype.kind == "f" else a for a in inputs)
    y, backward = rule(*inputs, **options)
    return inputs, y, backward, upstream(rng, y)


def test_the_table_holds_every_public_rule():
    tested = {rule for rule, _, _ in RULES.values()}
    assert not [rule.__name__ for rule in public_rules() if rule not in tested]
    assert len(public_rules()) >= 25


# ---- 1 and 2: one gradient per differentiable input, in order, right, and in its shape ------------------------

@every_rule
@few
@given(seed=seeds)
def test_gradients_are_right_and_have_the_shapes_of_the_inputs(name, seed):
    inputs, y, backward, dy = run(name, seed)
    grads = backward(dy)
    assert isinstance(grads, tuple) == (differentiable(name) > 1)
    assert len(as_tuple(grads)) == differentiable(name)
    for k, (x, dx) in enumerate(zip(inputs, as_tuple(grads))):
        assert np.shape(dx) == x.shape
        expected = complex_step(name, inputs, dy, k)
        error = np.max(np.abs(dx - expected)) / max(np.max(np.abs(expected)), 1e-3)
        assert error < 1e-12, f"d{k}: {error}"


# ---- 3: nothing is changed, and backward may be called again --------------------------------------------------

@every_rule
def test_inputs_and_dy_stay_and_a_second_backward_is_bit_identical(name):
    for seed in range(5):
        inputs, y, backward, dy = run(name, seed)
        rule, _, options = RULES[name]
        kept = [a.copy() for a in (*inputs, np.asarray(dy), np.asarray(y))]
        y, backward = rule(*inputs, **options)
        first = [np.array(g) for g in as_tuple(backward(dy))]
        backward(2 * dy)                                # another upstream in between must leave no trace
        second = as_tuple(backward(dy))
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)
        for before, after in zip(kept, (*inputs, dy, y), strict=True):
            np.testing.assert_array_equal(before, after)


@every_rule
def test_rules_and_backwards_work_on_read_only_arrays(name):
    rule, arguments, options = RULES[name]
    rng = np.random.default_rng(3)
    inputs = arguments(rng)
    for a in inputs:
        a.flags.writeable = False
    y, backward = rule(*inputs, **options)
    dy = np.array(upstream(rng, y))
    dy.flags.writeable = False
    backward(dy)


@every_rule
def test_gradients_are_arrays_that_may_be_written_to(name):
    for grad in as_tuple(run(name, 5)[2](run(name, 5)[3])):
        assert not isinstance(grad, np.ndarray) or grad.flags.writeable


@every_rule
def test_two_forwards_then_both_backwards(name):
    first, second = run(name, 1), run(name, 2)
    rule, _, options = RULES[name]
    for inputs, _, backward, dy in (first, second):     # the first backward after the second forward
        fresh = rule(*inputs, **options)[1]
        for a, b in zip(as_tuple(backward(dy)), as_tuple(fresh(dy)), strict=True):
            np.testing.assert_array_equal(a, b)


@every_rule
@few
@given(seed=seeds, alpha=st.floats(-3, 3), beta=st.floats(-3, 3))
def test_backward_is_linear(name, seed, alpha, beta):
    _, y, backward, u = run(name, seed)
    v = upstream(np.random.default_rng(seed + 1), y)
    together, from_u, from_v = as_tuple(backward(alpha * u + beta * v)), as_tuple(backward(u)), as_tuple(backward(v))
    for both, du, dv in zip(together, from_u, from_v, strict=True):
        np.testing.assert_allclose(both, alpha * du + beta * dv, rtol=1e-10, atol=1e-12)


# ---- 4: dtype in = dtype out ----------------------------------------------------------------------------------

@every_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(name, dtype):
    for seed in range(5):
        inputs, y, backward, dy = run(name, seed, dtype)
        assert y.dtype == dtype
        assert [g.dtype for g in as_tuple(backward(dy))] == [dtype] * differentiable(name)
        if name in LOSSES:
            assert all(g.dtype == dtype for g in as_tuple(backward()))      # the default upstream gradient


# ---- 5: input_grad=False --------------------------------------------------------------------------------------

@every_rule
def test_input_grad_false_returns_none_for_dx_and_the_rest_unchanged(name):
    _, y, backward, dy = run(name, 4)
    if "input_grad" not in inspect.signature(backward).parameters:
        assert not name.startswith(("affine", "conv2d"))        # these must offer it
        return
    all_grads, skipped = backward(dy), backward(dy, input_grad=False)
    assert skipped[0] is None and all_grads[0] is not None
    for a, b in zip(all_grads[1:], skipped[1:], strict=True):
        np.testing.assert_array_equal(a, b)


# ---- what follows for batches ---------------------------------------------------------------------------------

def batch(name, seed=7, n=5):
    """A rule's arguments with a batch of n rows, and how many leading arguments are batched."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.3, 2.0, size=(n, 4))
    if name in ("softmax_cross_entropy", "hinge"):
        return (x, rng.integers(0, 4, size=n)), 2
    if name == "triplet_loss":
        return (x, *rng.normal(size=(2, n, 4))), 3
    if name in LOSSES:
        return (x, rng.uniform(size=(n, 4))), 2
    if name in PAIRWISE:
        return (x, rng.uniform(0.3, 2.0, size=4)), 1    # the second is used by every row
    weights = {"matmul": (rng.normal(size=(4, 3)),), "affine": (rng.normal(size=(4, 3)), rng.normal(size=3))}
    return (x, *weights.get(name, ())), 1


BATCHED = [*ELEMENTWISE, *PAIRWISE, *ROWWISE, *LOSSES]


@pytest.mark.parametrize("name", BATCHED)
def test_the_gradient_of_a_batch_is_the_sum_over_its_examples(name):
    rule, _, options = RULES[name]
    inputs, rows = batch(name)
    n = len(inputs[0])
    y, backward = rule(*inputs, **options)
    dy = upstream(np.random.default_rng(8), y)
    whole = as_tuple(backward(dy))
    sums = [np.zeros_like(g) for g in whole]
    for i in range(n):
        one = [a[i:i + 1] if k < rows else a for k, a in enumerate(inputs)]
        grads = as_tuple(rule(*one, **options)[1](dy / n if name in LOSSES else dy[i:i + 1]))
        for k, (total, grad) in enumerate(zip(sums, grads)):
            part = total[i:i + 1] if k < rows else total        # each row's own input, or what all rows share
            part += grad
    for a, b in zip(whole, sums, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", BATCHED)
def test_permuting_the_batch_permutes_dx_and_nothing_else(name):
    rule, _, options = RULES[name]
    inputs, rows = batch(name)
    order = np.random.default_rng(9).permutation(len(inputs[0]))
    y, backward = rule(*inputs, **options)
    dy = upstream(np.random.default_rng(10), y)
    mixed = [a[order] if k < rows else a for k, a in enumerate(inputs)]
    y_mixed, backward_mixed = rule(*mixed, **options)
    np.testing.assert_allclose(y_mixed, y if name in LOSSES else y[order], rtol=1e-12)
    grads, grads_mixed = as_tuple(backward(dy)), as_tuple(backward_mixed(dy if name in LOSSES else dy[order]))
    for k, (a, b) in enumerate(zip(grads, grads_mixed, strict=True)):
        np.testing.assert_allclose(b, a[order] if k < rows else a, rtol=1e-12, atol=1e-14)


# ---- plain floats ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [*ELEMENTWISE, *PAIRWISE])
def test_plain_floats_give_the_same_as_arrays_of_size_one(name):
    rule, _, options = RULES[name]
    values = [(0.7, 1.3), (1.9, 0.4), (0.5, 0.5)]
    if name not in ("log", "sqrt", "power -1/2"):
        values += [(-0.7, 1.3), (-1.2, -2.5)]
    if name not in ("log", "sqrt", "power -1/2", "divide"):
        values += [(0.0, 0.0)]
    for value in values:
        numbers = value if name in PAIRWISE else value[:1]
        y, backward = rule(*numbers, **options)
        y_array, backward_array = rule(*(np.array([v]) for v in numbers), **options)
        assert type(y) is float and y == pytest.approx(y_array[0], rel=1e-14, abs=0)
        for g, g_array in zip(as_tuple(backward(0.6)), as_tuple(backward_array(np.array([0.6]))), strict=True):
            assert type(g) is float and g == pytest.approx(g_array[0], rel=1e-14, abs=0)


# ---- corners --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "softmax", "log_softmax",
                                  "binary_cross_entropy", "softmax_cross_entropy", "hinge"])
def test_extreme_inputs_stay_finite_and_warn_of_nothing(name, dtype):
    rule, _, options = RULES[name]
    z = np.array([[1000, -1000, 0], [-1000, -1000, -1000], [1000, 1000, 999], [-1000, 0, 1000]], dtype)
    t = {"binary_cross_entropy": np.tile([0, 1, 0.5], (4, 1)).astype(dtype)}.get(name, np.array([1, 0, 2, 0]))
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        y, backward = rule(*((z, t) if name in LOSSES else (z,)), **options)
        dx = backward(np.ones_like(y))
    assert np.all(np.isfinite(y)) and np.all(np.isfinite(dx))


def test_extreme_values_are_the_right_ones():
    np.testing.assert_array_equal(functions.sigmoid(np.array([-1000.0, 0.0, 1000.0]))[0], [0, 0.5, 1])
    np.testing.assert_allclose(functions.softmax(np.array([1000.0, 1000.0, -1000.0]))[0], [0.5, 0.5, 0])
    np.testing.assert_allclose(functions.log_softmax(np.array([1000.0, -1000.0]))[0], [0, -2000])
    # A confident and wrong classifier: the loss is the gap of the logits, not ln(1e-7) (fault 24 of other libraries).
    assert losses.softmax_cross_entropy(np.array([[0.0, 1000.0]]), np.array([0]))[0] == 1000
    assert losses.binary_cross_entropy(np.array([-1000.0]), np.array([1.0]))[0] == 1000


def test_the_sigmoid_is_the_logistic_function_and_not_that_of_2x():
    for x in (-3.0, -0.5, 0.0, 0.5, 3.0):
        assert functions.sigmoid(x)[0] == pytest.approx(1 / (1 + math.exp(-x)), rel=1e-14)


def test_one_convention_at_the_kinks_for_floats_and_arrays():
    assert functions.relu(0.0)[1](1.0) == functions.relu(np.zeros(1))[1](np.ones(1))[0] == 0
    assert functions.leaky_relu(0.0, 0.1)[1](1.0) == functions.leaky_relu(np.zeros(1), 0.1)[1](np.ones(1))[0] == 0.1
    da, db = functions.maximum(np.ones(2), np.ones(2))[1](np.ones(2))
    np.testing.assert_array_equal([da, db], [[1, 1], [0, 0]])           # a tie: all of it to the first
    assert functions.maximum(1.0, 1.0)[1](1.0) == (1, 0)


def test_the_value_of_a_loss_belongs_to_its_gradient():
    """The value falls along −gradient by as much as the gradient promises (value and gradient of one function)."""
    rng = np.random.default_rng(11)
    for name in LOSSES:
        rule, arguments, options = RULES[name]
        y, *others = arguments(rng)
        value, backward = rule(y, *others, **options)
        dy, step = as_tuple(backward())[0], 1e-7
        promised = step * (dy * dy).sum()
        assert value - rule(y - step * dy, *others, **options)[0] == pytest.approx(promised, rel=1e-4, abs=1e-15)


def test_values_that_can_be_checked_by_hand():
    assert losses.mean_squared_error(np.array([1.0, 2.0]), np.array([0.0, 4.0]))[0] == 2.5
    assert losses.hinge(np.array([[2.0, 1.5, 0.0]]), np.array([0]))[0] == 0.5
    assert losses.softmax_cross_entropy(np.zeros((3, 4)), np.array([0, 1, 2]))[0] == pytest.approx(math.log(4))
    assert losses.binary_cross_entropy(np.zeros(3), np.array([0, 1, 1]))[0] == pytest.approx(math.log(2))
    y, backward = functions.affine(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([5.0]))
    dx, dW, db = backward(np.array([[10.0]]))
    assert y == 16 and dx.tolist() == [[30, 40]] and dW.tolist() == [[10], [20]] and db.tolist() == [10]


def test_settings_that_are_left_out_are_those_of_the_sources():
    same = np.zeros((1, 2))
    assert losses.triplet_loss(same, same, same)[0] == 0.2              # the margin of FaceNet
    assert losses.hinge(same, np.array([0]))[0] == 1
    assert functions.leaky_relu(-1.0)[0] == -0.01


@given(full=st.lists(st.integers(1, 4), min_size=0, max_size=4), drop=st.integers(0, 4), ones=st.integers(0, 15))
@settings(derandomize=True, deadline=None, max_examples=60, database=None)
def test_unbroadcast_undoes_broadcasting(full, drop, ones):
    part = [1 if ones >> i & 1 else n for i, n in enumerate(full)][drop:]
    x, dy = np.ones(part), np.random.default_rng(0).normal(size=full)
    dx = functions.unbroadcast(dy, x)
    assert np.shape(dx) == x.shape
    # The adjoint of repeating: <dy, repeat(x)> = <unbroadcast(dy), x> for every x.
    x = np.random.default_rng(1).normal(size=part)
    assert (dy * np.broadcast_to(x, full)).sum() == pytest.approx((dx * x).sum(), rel=1e-10, abs=1e-12)
