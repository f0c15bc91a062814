"""Numbers at the edge: empty batches, whole numbers, zeros and roots, tails, large and small sizes, ties."""

import math
import warnings

import numpy as np
import pytest
from rule_table import LOSSES, RULES, as_tuple

from course_lib import (
    Tensor,
    apply,
    check_gradients,
    complex_step_gradient,
    conv2d,
    gru,
    gru_cell,
    hinge,
    layer_norm,
    leaky_relu,
    log_mel,
    lstm,
    lstm_cell,
    max_pool2d,
    maximum,
    mel_filters,
    pad2d,
    power,
    rnn,
    rnn_cell,
    roll,
    sigmoid,
    sqrt,
    take,
    unroll,
)
from course_lib.rules import functions
from course_lib.rules.functions import LEFT, batch_norm, gelu, l2_normalize

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# ---- empty batches -------------------------------------------------------------------------------------------------

def emptied(name):
    """The arguments of a rule with no example in the batch; the weights stay."""
    first, *others = RULES[name][1](np.random.default_rng(1))
    if name in ("rnn", "gru"):
        return first[:, :0], others[0][:0], *others[1:]
    if name == "lstm":
        return first[:, :0], others[0][:, :0], *others[1:]
    if name == "lstm_cell":
        return first[:0], others[0][:, :0], *others[1:]
    if name in ("rnn_cell", "gru_cell"):
        return first[:0], others[0][:0], *others[1:]
    if name in ("add", "subtract", "multiply", "divide", "maximum"):
        return np.ones((0, 3)), np.ones(3)
    return first[:0], *others


REFUSED = {"mean": "nothing to average", "batch_norm": "an empty batch has no variance",
           "embedding": "indices must lie in"}


@pytest.mark.parametrize("name", [n for n in RULES if n not in LOSSES and not n.startswith("take")])
def test_an_empty_batch_gives_empty_results_or_one_clear_error(name):
    rule, _, options = RULES[name]
    options = {k: v[:0] if k in ("kept", "loud") else v for k, v in options.items()}
    inputs = emptied(name)
    text = next((t for start, t in REFUSED.items() if name.startswith(start) and name != "batch_norm fixed"), None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if text:
            with pytest.raises(ValueError, match=text):
                rule(*inputs, **options)
            return
        y, backward = rule(*inputs, **options)
        grads = as_tuple(backward(np.zeros(np.shape(y))))
    assert [np.shape(g) for g in grads] == [np.shape(x) for x in inputs]
    assert not any(np.any(g) for g in grads)


def test_nothing_is_looked_up():
    y, backward = functions.embedding(np.ones((4, 3)), np.zeros((0, 2), int))
    assert y.shape == (0, 2, 3) and backward(y).shape == (4, 3)


def test_a_mean_along_another_axis_of_nothing_is_nothing():
    y, backward = functions.mean(np.zeros((0, 3)), axis=1)
    assert y.shape == (0,) and backward(y).shape == (0, 3)


def test_kernels_without_a_side_are_refused():
    with pytest.raises(ValueError, match=r"conv2d: K must have shape .*\(2, 3, 0, 3\).*no side may be 0"):
        conv2d(np.ones((1, 3, 4, 4)), np.ones((2, 3, 0, 3)), np.ones(2))


# ---- whole numbers -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [n for n in RULES if n not in LOSSES])
def test_whole_numbers_give_what_the_same_floats_give(name):
    rule, arguments, options = RULES[name]
    away = 7 if name in ("log", "sqrt", "power -1/2", "divide") else 0          # away from 0
    floats = [np.round(3 * a) + away if a.dtype.kind == "f" else a for a in arguments(np.random.default_rng(1))]
    if name == "log_mel":
        floats[0] += 1
    y, backward = rule(*floats, **options)
    whole, whole_backward = rule(*[a.astype(int) for a in floats], **options)
    dy = np.random.default_rng(2).normal(size=np.shape(y))
    np.testing.assert_allclose(whole, y, rtol=1e-13)
    for a, b in zip(as_tuple(whole_backward(dy)), as_tuple(backward(dy)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_whole_numbers_are_not_cut_off():
    np.testing.assert_array_equal(leaky_relu(np.array([-2, 3]), 0.1)[0], [-0.2, 3])
    np.testing.assert_array_equal(functions.mean(np.array([1, 2, 4, 5]))[1](1.0), 0.25)
    np.testing.assert_array_equal(pad2d(np.zeros((1, 1, 1, 1), np.uint8), 1, value=-0.5)[0][0, 0, 0], -0.5)
    assert np.isfinite(log_mel(np.zeros((1, 9), int), mel_filters(4, 16, 8000))[0]).all()


@pytest.mark.parametrize("fused", [rnn, lstm, gru], ids=lambda f: f.__name__)
def test_recurrent_rules_on_whole_numbers_are_their_cells_unrolled(fused):
    rng = np.random.default_rng(0)
    gates, last = {rnn: (1, []), lstm: (4, []), gru: (3, [rng.integers(-2, 3, 4)])}[fused]
    cell = {rnn: rnn_cell, lstm: lstm_cell, gru: gru_cell}[fused]
    state = rng.integers(-1, 2, (2, 3, 4) if fused is lstm else (3, 4))
    weights = [rng.integers(-1, 2, (*n, 4 * gates)) for n in ((2,), (4,), ())]
    args = (rng.integers(-1, 2, (5, 3, 2)), state, *weights, *last)
    y, backward = fused(*args)
    np.testing.assert_allclose(y, unroll(cell, *args)[0], atol=1e-14)
    dy = rng.normal(size=y.shape)
    floats = [np.asarray(a, float) for a in args]
    for a, b in zip(backward(dy), unroll(cell, *floats)[1](dy), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


# ---- powers and roots ----------------------------------------------------------------------------------------------

def test_the_power_of_zero_is_flat():
    x = Tensor(0.0)
    y = x ** 0
    y.backward()
    assert y.data == 1 and x.grad == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(power(np.array([0.0, 2.0, -1.0]), 0)[1](np.ones(3)), 0)
        np.testing.assert_array_equal(power(np.array([0.0, 2.0]), 0.0)[1](np.ones(2)), 0)
        np.testing.assert_array_equal(power(np.zeros(2, np.float32), 0)[1](np.ones(2, np.float32)), np.zeros(2))


@pytest.mark.parametrize("x, exponent, slope", [
    (0.0, 1, 1), (0.0, 2, 0), (0.0, 1.5, 0), (-2.0, 3, 12), (-2.0, 2, -4), (-2.0, -1, -0.25), (-2.0, 0, 0),
    (-2.0, 1, 1), (4.0, 0.5, 0.25), (0.0, 0.5, math.inf), (0.0, 0.1, math.inf)])
def test_slopes_of_powers_at_zero_and_of_negative_bases(x, exponent, slope):
    assert power(x, exponent)[1](1.0) == pytest.approx(slope)
    with np.errstate(divide="ignore"):
        assert power(np.array([x]), exponent)[1](np.ones(1))[0] == pytest.approx(slope)


def test_powers_keep_their_ordinary_bits():
    x = np.random.default_rng(0).normal(size=1000)
    for exponent in (1, 2, 3, -1, -2):
        np.testing.assert_array_equal(power(x, exponent)[1](x), x * (exponent * x ** (exponent - 1)))


def test_a_root_of_a_negative_number_is_refused():
    with pytest.raises(ValueError, match=r"power: -2.0 has no real power 0.5"):
        Tensor(-2.0) ** 0.5
    with pytest.raises(ValueError):
        sqrt(-2.0)


def test_the_square_root():
    assert sqrt(9.0)[0] == 3 and sqrt(9.0)[1](1.0) == pytest.approx(1 / 6)
    assert sqrt(0.0)[1](1.0) == math.inf and math.isnan(sqrt(0.0)[1](0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        dx = sqrt(np.zeros(2))[1](np.array([1.0, 0.0]))
    assert dx[0] == np.inf and np.isnan(dx[1])
    x = Tensor(16.0)
    apply(sqrt, x).backward()
    assert x.grad == 0.125


# ---- entries moved and taken ---------------------------------------------------------------------------------------

def test_roll_moves_and_moves_back(capsys):
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(roll(x, 1, axis=1)[0], [[2, 0, 1], [5, 3, 4]])
    np.testing.assert_array_equal(roll(x, 1)[0], [[5, 0, 1], [2, 3, 4]])
    for shift, axis in ((1, 1), (-2, 0), (4, None), ((1, 2), (0, 1))):
        y, backward = roll(x, shift, axis)
        np.testing.assert_array_equal(backward(y), x)


def test_what_is_taken_twice_is_paid_twice(capsys):
    x = np.array([1.0, 2.0, 3.0])
    y, backward = take(x, np.array([0, 2, 0]))
    np.testing.assert_array_equal(y, [1, 3, 1])
    np.testing.assert_array_equal(backward(np.array([10.0, 20.0, 30.0])), [40, 0, 20])
    y, backward = take(x, -1)
    assert y == 3
    np.testing.assert_array_equal(backward(5.0), [0, 0, 5])
    y, backward = take(x, np.array([True, False, True]))
    np.testing.assert_array_equal(backward(np.ones(2)), [1, 0, 1])
    check_gradients(take, np.random.default_rng(0).normal(size=(4, 3)), index=(slice(1, 3), [0, 0, 2]))
    leaf = Tensor(x)
    apply(functions.sum, apply(take, leaf, index=np.array([1, 1]))).backward()
    np.testing.assert_array_equal(leaf.grad, [0, 2, 0])


# ---- tails ---------------------------------------------------------------------------------------------------------

def exact_sigmoid(x):
    x = np.asarray(x, np.longdouble)
    return np.where(x < 0, np.exp(x) / (1 + np.exp(x)), 1 / (1 + np.exp(-x)))


def exact_gelu(x):
    x = np.asarray(x, np.longdouble)
    return x * exact_sigmoid(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3))


@DTYPES
@pytest.mark.parametrize("rule, exact, low", [(sigmoid, exact_sigmoid, -80), (gelu, exact_gelu, -9)],
                         ids=["sigmoid", "gelu"])
def test_tails_keep_their_digits(rule, exact, low, dtype):
    x = np.linspace(low, 20, 2001).astype(dtype)
    y, backward = rule(x)
    assert y.dtype == dtype
    unit = np.finfo(dtype).eps * (1 if rule is sigmoid else 40)         # eᵘ has the error of u, more with larger |u|
    np.testing.assert_allclose(y, exact(x).astype(dtype), rtol=20 * unit, atol=0)
    left = x < -5
    h = np.longdouble(1e-6)
    wide = x.astype(np.longdouble)
    slope = (exact(wide + h) - exact(wide - h)) / (2 * h)
    np.testing.assert_allclose(backward(np.ones_like(x))[left], slope[left].astype(dtype), rtol=1e-3)


def test_the_tails_that_were_measured():
    assert gelu(np.array([-6.0], np.float32))[0][0] == pytest.approx(-8.4e-11, rel=0.01)
    assert gelu(-6.0)[0] == pytest.approx(float(exact_gelu(-6.0)), rel=1e-12)
    assert sigmoid(np.array([-18.0], np.float32))[0][0] == pytest.approx(math.exp(-18), rel=1e-6)
    assert sigmoid(-800.0)[0] == 0 and sigmoid(800.0)[0] == 1


@pytest.mark.parametrize("rule", [sigmoid, gelu], ids=lambda f: f.__name__)
def test_complex_steps_pass_the_tails(rule):
    """Entry by entry: beside an ordinary entry the error of one in the tail would not show."""
    for x in (-3.9, -4.1, -7.0, -30.0):
        slope = complex_step_gradient(lambda z: rule(z)[0].sum(), np.array([x]))
        assert rule(np.array([x]))[1](np.ones(1)) == pytest.approx(slope, rel=1e-11, abs=1e-300)


def test_ordinary_values_keep_their_bits():
    x = np.linspace(LEFT, 9, 1001)
    np.testing.assert_array_equal(sigmoid(x)[0], 0.5 * np.tanh(0.5 * x) + 0.5)
    x = np.linspace(-1.9, 9, 1001)
    u = math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))
    np.testing.assert_array_equal(gelu(x)[0], 0.5 * x * (1 + np.tanh(u)))


def test_the_order_in_memory_is_kept_in_the_tail():
    """Images lie batch innermost; what follows copies them only if they lie otherwise."""
    x = np.full((3, 4, 5, 6), -9.0, np.float32).transpose(3, 1, 0, 2)
    assert sigmoid(x)[0].strides == x.strides and type(sigmoid(np.float64(-9.0))[0]) is np.float64


@DTYPES
def test_the_slope_of_tanh_is_exact_to_the_rounding_of_one(dtype):
    x = np.linspace(-25, 25, 1001).astype(dtype)
    slope = functions.tanh(x)[1](np.ones_like(x))
    np.testing.assert_allclose(slope, 1 / np.cosh(x.astype(float)) ** 2, rtol=0, atol=2 * np.finfo(dtype).eps)
    assert slope[0] == slope[-1] == 0


# ---- large and small sizes -----------------------------------------------------------------------------------------

@DTYPES
def test_rows_of_any_length_are_normalised(dtype):
    large = {np.float32: 1e30, np.float64: 1e250}[dtype]
    x = np.array([[3, 4], [3e-6, -4e-6], [0, 0], [3 * large, -4 * large]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, backward = l2_normalize(x)
        dx = backward(np.ones_like(x))
    np.testing.assert_allclose(y, [[0.6, 0.8], [0.6, -0.8], [0, 0], [0.6, -0.8]], rtol=1e-6)
    assert y.dtype == dx.dtype == dtype and np.isfinite(dx).all()
    ordinary = l2_normalize(np.array([[3.0, -4.0]]))[1](np.ones((1, 2)))[0]
    np.testing.assert_allclose(dx[3].astype(float) * large, ordinary, rtol=1e-5)


def test_a_row_within_range_keeps_its_bits_beside_one_that_is_not():
    x = np.random.default_rng(0).normal(size=(1, 5))
    together = l2_normalize(np.concatenate([x, np.full((1, 5), 1e300)]))[0]
    np.testing.assert_array_equal(together[:1], l2_normalize(x)[0])


@DTYPES
@pytest.mark.parametrize("offset", [0.1, 1000.3, 1e6 + 0.3, 1e8])
@pytest.mark.parametrize("n", [10, 1000, 100000])
def test_what_is_constant_is_normalised_to_zero_whatever_its_size(n, offset, dtype):
    one, none = np.ones(2, dtype), np.zeros(2, dtype)
    y, backward = batch_norm(np.full((n, 2), offset, dtype), one, none)
    assert np.abs(y).max() < 0.02 and np.abs(backward(np.ones_like(y))[0]).max() < 0.02
    images, _ = batch_norm(np.full((n // 10 + 1, 2, 5, 5), offset, dtype), one, none)
    assert np.abs(images).max() < 0.02
    rows, _ = layer_norm(np.full((2, n), offset, dtype), np.ones(n, dtype), np.zeros(n, dtype))
    assert np.abs(rows).max() < 0.02


def test_a_spread_on_a_large_offset_is_kept():
    spread = np.random.default_rng(0).choice([-1.0, 1.0], size=(1000, 3)).astype(np.float32)
    x = spread * 64 + np.array([0, 1e6, 1e8], np.float32)
    for y in (batch_norm(x, np.ones(3, np.float32), np.zeros(3, np.float32))[0],
              layer_norm(x.T.copy(), np.ones(1000, np.float32), np.zeros(1000, np.float32))[0].T):
        np.testing.assert_allclose(np.sign(y), spread)
        np.testing.assert_allclose(np.abs(y), 1, atol=0.1)


def test_normalisation_keeps_its_ordinary_bits():
    """Means of the size of the spread: nothing is centred twice."""
    x = np.random.default_rng(0).normal(size=(32, 8)) + np.linspace(-3, 3, 8)
    ones, zeros = np.ones(8), np.zeros(8)
    mean = np.einsum("nc->c", x) / 32
    centred = x - mean
    expected = centred * (ones / np.sqrt(np.einsum("nc,nc->c", centred, centred) / 32 + 1e-5)) + zeros
    np.testing.assert_array_equal(batch_norm(x, ones, zeros)[0], expected)
    centred = x - x.mean(axis=-1, keepdims=True)
    expected = ones * (centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-5)) + zeros
    np.testing.assert_array_equal(layer_norm(x, ones, zeros)[0], expected)


# ---- ties ----------------------------------------------------------------------------------------------------------

def test_who_gets_the_gradient_at_a_tie():
    """maximum: the first. A pool: the first in reading order. hinge: a class exactly at the margin costs nothing."""
    da, db = maximum(np.zeros(3), np.zeros(3))[1](np.ones(3))
    np.testing.assert_array_equal([da, db], [[1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(max_pool2d(np.zeros((1, 1, 2, 4)), 2)[1](np.ones((1, 1, 1, 2)))[0, 0],
                                  [[1, 0, 1, 0], [0, 0, 0, 0]])
    x = np.array([[[[1.0, 5.0], [5.0, 5.0]]]])
    np.testing.assert_array_equal(max_pool2d(x, 2)[1](np.ones((1, 1, 1, 1)))[0, 0], [[0, 1], [0, 0]])
    value, backward = hinge(np.array([[2.0, 1.0, 1.5]]), np.array([0]), margin=1.0)
    np.testing.assert_array_equal(backward(), [[-1, 0, 1]])
    assert value == 0.5
    value, backward = hinge(np.zeros((1, 3)), np.array([1]))
    assert value == 2
    np.testing.assert_array_equal(backward(), [[1, -2, 1]])


# ---- bands and cells -----------------------------------------------------------------------------------------------

def test_bands_without_a_frequency_are_refused():
    with pytest.raises(ValueError, match=r"mel_filters: 6 of 128 bands hold none of the frequencies of 256 samples.*"
                                         "31.25 Hz apart; take fewer bands, or longer frames"):
        mel_filters(128, 256, 8000)
    for settings in ((32, 256, 8000), (32, 256, 8000, 100, 3800), (20, 256, 8000), (128, 1024, 8000), (1, 16, 8000)):
        assert mel_filters(*settings).any(axis=0).all()
    assert mel_filters(8, 64, 8000, warp=1.5).shape == (33, 8)        # what a warp lifts above half the rate is silent


@pytest.mark.parametrize("window", [None, 2])
def test_a_cell_without_inputs_is_unrolled_by_a_number_of_steps(window):
    rng = np.random.default_rng(0)
    state, A = rng.normal(size=(3, 2)), 0.7 * rng.normal(size=(2, 2))

    def alone(z, A):
        y, backward = functions.tanh(z @ A)
        return y, lambda dy: (backward(dy) @ A.T, z.T @ backward(dy))

    def driven(x, z, A):
        y, backward = alone(z, A)
        return y, lambda dy: (0 * x, *backward(dy))
    states, backward = unroll(alone, 5, state, A, window=window)
    others, other_backward = unroll(driven, np.zeros((5, 3, 1)), state, A, window=window)
    np.testing.assert_array_equal(states, others)
    dy = rng.normal(size=states.shape)
    for ours, theirs in zip(backward(dy), other_backward(dy)[1:], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    if window is None:
        check_gradients(lambda z, A: unroll(alone, np.int64(4), z, A), state, A)


def test_a_cell_without_inputs_and_parameters():
    states, backward = unroll(lambda z: (2 * z, lambda dy: 2 * dy), 3, np.ones(2))
    np.testing.assert_array_equal(states, [[2, 2], [4, 4], [8, 8]])
    np.testing.assert_array_equal(backward(np.ones((3, 2))), [14, 14])
