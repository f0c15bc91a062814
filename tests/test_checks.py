"""The checker is checked: every planted fault is reported and named, right gradients pass, nothing is changed."""

import re

import numpy as np
import pytest
from rule_table import RULES

from course_lib import (
    GRU,
    Dense,
    Dropout,
    EachStep,
    Embedding,
    Flatten,
    Parameter,
    ReLU,
    Sequential,
    Tanh,
    affine,
    check_gradients,
    complex_step_gradient,
    diagnose,
    hinge,
    inference,
    leaky_relu,
    max_pool2d,
    numerical_gradient,
    relative_error,
    relu,
    remembered,
    softmax,
    softmax_cross_entropy,
)
from course_lib.checks import GradientError
from course_lib.rules import functions


def rng():
    return np.random.default_rng(0)


def case():
    """N, D, K all different, so that faults can be told apart."""
    r = rng()
    return r.normal(size=(5, 4)), r.normal(size=(4, 3)), r.normal(size=3)


def faulty_affine(change):
    """affine with a fault: ``change(dx, dW, db, x, W, dy)`` returns the gradients."""
    def rule(x, W, b):
        y = x @ W + b

        def backward(dy):
            return change(dy @ W.T, x.T @ dy, dy.sum(axis=0), x, W, dy)
        return y, backward
    return rule


def with_entry(a, value):
    a = a.copy()
    a[1, 2] = value
    return a


FAULTS = {
    "sign": (lambda dx, dW, db, x, W, dy: (-dx, dW, db), "dx"),
    "factor 2": (lambda dx, dW, db, x, W, dy: (dx, 2 * dW, db), "dW"),
    "constant factor": (lambda dx, dW, db, x, W, dy: (dx, 0.7 * dW, db), "dW"),
    "missing 1/N": (lambda dx, dW, db, x, W, dy: (dx, len(x) * dW, db), "dW"),
    "extra 1/N": (lambda dx, dW, db, x, W, dy: (dx, dW, dy.mean(axis=0)), "db"),
    "transpose": (lambda dx, dW, db, x, W, dy: (dx, dy.T @ x, db), "dW"),
    "missing sum over the batch": (lambda dx, dW, db, x, W, dy: (dx, dW, dy), "db"),
    "zero": (lambda dx, dW, db, x, W, dy: (dx, 0 * dW, db), "dW"),
    "wrong order": (lambda dx, dW, db, x, W, dy: (dx, db, dW), "dW"),
    "values": (lambda dx, dW, db, x, W, dy: (dx, with_entry(dW, 7.0), db), "dW"),
    "not finite": (lambda dx, dW, db, x, W, dy: (dx, with_entry(dW, np.nan), db), "dW"),
    "wrong axis": (lambda dx, dW, db, x, W, dy: (dx, dW, dy.sum(axis=1)), "db"),
    "summed over everything": (lambda dx, dW, db, x, W, dy: (dx, dW, dy.sum()), "db"),
    "extra axis": (lambda dx, dW, db, x, W, dy: (dx, dW, dy.sum(axis=0, keepdims=True)), "db"),
    "constant offset": (lambda dx, dW, db, x, W, dy: (dx, dW + 0.3, db), "dW"),
    "nothing returned": (lambda dx, dW, db, x, W, dy: None, "dx"),
    "number of gradients": (lambda dx, dW, db, x, W, dy: (dx, dW), "2 gradients for 3 inputs"),
    "dy not used": (lambda dx, dW, db, x, W, dy: (np.ones_like(dy) @ W.T, dW, db), "dy"),
    "shape": (lambda dx, dW, db, x, W, dy: (dx[:2, :3], dW, db), "dx"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_reported_and_named(name):
    change, where = FAULTS[name]
    with pytest.raises(GradientError) as caught:
        check_gradients(faulty_affine(change), *case())
    assert caught.value.fault.name == name, caught.value
    assert where in str(caught.value) and str(caught.value).startswith("rule: ")


def test_messages_carry_the_numbers():
    def message(name):
        with pytest.raises(GradientError) as caught:
            check_gradients(faulty_affine(FAULTS[name][0]), *case())
        return str(caught.value)
    assert "N = 5" in message("missing 1/N") and "N = 5" in message("extra 1/N")
    assert "(3, 4)" in message("transpose") and "(4, 3)" in message("transpose")
    assert "1 of 12 entries are wrong; the first at [1, 2] is 7, but should be" in message("values")
    assert "[1, 2] is nan" in message("not finite") and "0.7 times" in message("constant factor")


@pytest.mark.parametrize("small", [1e-6, 1e-4, 1e-2])
def test_a_small_error_in_one_entry_is_not_drowned(small):
    def change(dx, dW, db, x, W, dy):
        return dx, dW + small * np.max(np.abs(dW)) * (np.arange(12).reshape(4, 3) == 5), db
    with pytest.raises(GradientError, match=r"1 of 12.*\[1, 2\]"):
        check_gradients(faulty_affine(change), *case())


def test_errors_are_relative_so_that_small_gradients_are_checked_too():
    x, W, b = case()
    with pytest.raises(GradientError, match="0.7 times"):
        check_gradients(faulty_affine(FAULTS["constant factor"][0]), 1e-6 * x, W, b, tolerance=1e-4)


def test_the_factor_n_minus_1_over_n_is_seen():
    def change(dx, dW, db, x, W, dy):
        return dx, dW * 99 / 100, db
    with pytest.raises(GradientError, match="0.99 times"):
        check_gradients(faulty_affine(change), *case())


def test_a_square_matrix_that_was_transposed():
    r = rng()
    with pytest.raises(GradientError) as caught:
        check_gradients(faulty_affine(FAULTS["transpose"][0]), *(r.normal(size=s) for s in ((5, 3), (3, 3), 3)))
    assert caught.value.fault.name == "transpose"


# ---- faults that need more than one call ------------------------------------------------------------------------

def overwrites_dy(x):
    mask = x <= 0

    def backward(dy):
        dy[mask] = 0
        return dy
    return np.where(mask, 0, x), backward


def overwrites_its_input(x):
    x -= 1
    return x * x, lambda dy: 2 * dy * x


def overwrites_its_cache(x):
    y = 2 * x

    def backward(dy):
        y.__imul__(dy)
        return y * x / x
    return x * x, backward


CACHE = {}


def remembers_outside(x):
    CACHE["x"] = x.real.copy()
    return x * x, lambda dy: 2 * dy * CACHE["x"]


@pytest.mark.parametrize("rule, name", [(overwrites_dy, "mutated input"), (overwrites_its_input, "mutated input"),
                                        (overwrites_its_cache, "stale state"), (remembers_outside, "stale state")])
def test_hidden_state_and_mutation_are_named(rule, name):
    with pytest.raises(GradientError) as caught:
        check_gradients(rule, rng().normal(size=(4, 3)))
    assert caught.value.fault.name == name


def test_an_overwritten_gradient_instead_of_a_sum():
    """``=`` for ``+=`` where a layer is used twice."""
    class Overwriting(Parameter):
        __slots__ = ()

        def add_grad(self, grad):
            self.grad = grad
    shared = Dense(3, 3, rng=rng())
    shared.W = Overwriting(shared.W.data, "W")
    with pytest.raises(GradientError, match="dW"):
        check_gradients(Sequential(shared, Tanh(), shared), rng().normal(size=(4, 3)))


def test_faults_of_plain_numbers_are_found():
    def product(a, b):
        return a * b, lambda dy: (dy * b, dy * b)
    with pytest.raises(GradientError, match="db is wrong"):
        check_gradients(product, 2.0, 3.0)

    def forgets_dy(x):
        return x * x, lambda dy: 2 * x
    with pytest.raises(GradientError) as caught:
        check_gradients(forgets_dy, 3.0)
    assert caught.value.fault.name == "dy not used"


def test_softmax_without_its_sum_is_found():
    """An upstream gradient of ones would be blind here: the right answer would be zero, and so many wrong ones."""
    def wrong(z):
        y, _ = softmax(z)
        return y, lambda dy: y * (1 - y) * dy
    with pytest.raises(GradientError):
        check_gradients(wrong, rng().normal(size=(3, 4)))


# ---- functions that complex numbers cannot pass ------------------------------------------------------------------

def casts(x):
    y = np.zeros(x.shape)
    y[...] = x.real
    return y * y, lambda dy: 2 * dy * y


def half_absolute(x):
    size = np.abs(x)                                    # x·|x|: only one factor loses its imaginary part
    return x * size, lambda dy: 2 * dy * size


def half_absolute_and_wrong(x):
    size = np.abs(x)
    return x * size, lambda dy: dy * size


@pytest.mark.parametrize("rule", [casts, half_absolute, half_absolute_and_wrong])
def test_a_lost_imaginary_part_is_told_and_neither_passed_nor_blamed_on_the_gradient(rule, capsys):
    x = rng().normal(size=(3, 2))
    with pytest.raises(TypeError, match='cannot be run on complex numbers.*method="central"'):
        check_gradients(rule, x)
    if rule is half_absolute_and_wrong:
        with pytest.raises(GradientError, match="0.5 times"):
            check_gradients(rule, x, method="central", tolerance=1e-6)
    else:
        check_gradients(rule, x, method="central", tolerance=1e-6)
        assert "is right" in capsys.readouterr().out


# ---- what is right passes, and nothing is changed ----------------------------------------------------------------

@pytest.mark.parametrize("method, tolerance", [("complex", 1e-12), ("central", 1e-6)])
@pytest.mark.parametrize("name", RULES)
def test_right_rules_pass(name, method, tolerance, capsys):
    rule, arguments, options = RULES[name]
    for seed in range(3):
        check_gradients(rule, *arguments(np.random.default_rng(seed)), method=method, tolerance=tolerance, **options)
    assert capsys.readouterr().out.count("right") == 3


def test_the_printed_line_is_a_bound_and_names_every_gradient(capsys):
    check_gradients(affine, *case())
    check_gradients(hinge, rng().normal(size=(4, 3)), np.array([0, 2, 1, 1]))
    check_gradients(Sequential(Dense(3, 2, rng=rng()), Tanh()), rng().normal(size=(4, 3)))
    assert capsys.readouterr().out.splitlines() == [
        "affine: dx, dW, db are right (largest relative error below 1e-12)",
        "hinge: dz is right (largest relative error below 1e-12)",
        "Sequential(Dense(3, 2), Tanh()): dx, dW0, db1 are right (largest relative error below 1e-12)"]


def test_networks_pass_and_inputs_parameters_and_gradients_are_left_alone():
    r = rng()
    shared = Dense(4, 4, rng=r)
    last = Dense(4, 2, rng=r, dtype=np.float32)
    net = Sequential(Flatten(), Dense(6, 4, rng=r), Tanh(), shared, ReLU(), shared, last)
    x = r.normal(size=(3, 2, 3))
    for i, p in enumerate(net.params):
        p.grad = None if i == 0 else np.full_like(p.data, i)
    data, grads = [p.data for p in net.params], [p.grad for p in net.params]
    kept = [a if a is None else a.copy() for a in (x, *data, *grads)]
    x.flags.writeable = False
    check_gradients(net, x)
    assert all(p.data is d and p.grad is g for p, d, g in zip(net.params, data, grads, strict=True))
    for now, before in zip((x, *data, *grads), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_a_failed_check_leaves_parameters_and_gradients_too():
    net = Sequential(Dense(3, 2, rng=rng()))
    net.layers[0].rule = faulty_affine(FAULTS["sign"][0])
    data, kept = [p.data for p in net.params], [p.data.copy() for p in net.params]
    with pytest.raises(GradientError):
        check_gradients(net, np.ones((4, 3)))
    assert all(p.data is d and p.grad is None for p, d in zip(net.params, data, strict=True))
    for now, before in zip(data, kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_inputs_given_in_float32_are_checked_in_float64():
    check_gradients(affine, *(a.astype(np.float32) for a in case()), tolerance=1e-12)


def test_the_check_is_the_same_every_time(capsys):
    for _ in range(2):
        with pytest.raises(GradientError) as caught:
            check_gradients(faulty_affine(FAULTS["values"][0]), *case())
        print(caught.value)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


# ---- derivatives without backpropagation -------------------------------------------------------------------------

def smooth(x):
    return (np.sin(x) * np.exp(0.3 * x)).sum()


def test_numerical_and_complex_step_gradients_are_as_exact_as_they_promise():
    x = rng().normal(size=(3, 4))
    kept = x.copy()
    exact = np.exp(0.3 * x) * (np.cos(x) + 0.3 * np.sin(x))
    assert relative_error(numerical_gradient(smooth, x), exact) < 1e-9
    assert relative_error(complex_step_gradient(smooth, x), exact) < 1e-14
    np.testing.assert_array_equal(x, kept)
    assert numerical_gradient(lambda v: v * v, 3.0) == pytest.approx(6, rel=1e-9)       # a plain number
    assert relative_error(numerical_gradient(smooth, x, h=1e-1), exact) > 1e-5          # truncation


def test_central_differences_and_not_one_sided_ones():
    """The error falls with the square of h."""
    x = np.array([0.7])
    errors = [abs(numerical_gradient(lambda v: np.exp(v).sum(), x, h=h)[0] - np.exp(0.7)) for h in (1e-1, 1e-2)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)


def test_complex_step_tells_when_the_imaginary_part_is_lost():
    with pytest.raises(TypeError, match="imaginary part.*numerical_gradient"):
        complex_step_gradient(lambda v: np.abs(v).sum(), np.ones(2))


# ---- diagnose and remembered -------------------------------------------------------------------------------------

def test_diagnose_accepts_what_is_right_and_refuses_what_is_no_number():
    right = rng().normal(size=(3, 2))
    assert diagnose(right, right) is None and diagnose(right.tolist(), right) is None and diagnose(2.0, 2.0) is None
    assert diagnose(right * (1 + 1e-12), right) is None
    assert diagnose("text", right).name == diagnose([[1, 2], [3]], right).name == "not numbers"
    assert diagnose(None, right).name == "nothing returned"
    assert diagnose(np.zeros(0), np.zeros(0)) is None


def test_relative_error_is_the_largest_and_symmetric_in_size():
    expected = np.array([1.0, 100.0])
    assert relative_error(expected + [0, 1], expected) == pytest.approx(0.01)
    assert relative_error(np.zeros(2), np.zeros(2)) == 0


def test_remembered_tells_what_a_backward_keeps():
    x, W, b = case()
    kept = remembered(affine(x, W, b)[1])
    assert set(kept) == {"x", "W"} and kept["x"] is x and kept["W"] is W
    z, t = rng().normal(size=(4, 3)), np.array([0, 1, 2, 0])
    assert {"e", "total"} <= set(remembered(softmax_cross_entropy(z, t)[1]))
    assert remembered(lambda dy: dy) == {}


# ---- where there is no derivative to compare with ----------------------------------------------------------------

def pool(x):
    return max_pool2d(x, size=2)


KINKS = {
    "relu at 0": (relu, [np.zeros((2, 2))], r"relu has a kink at x\[0, 0\] = 0"),
    "relu at one 0": (relu, [np.array([1.0, -2.0, 0.0])], r"x\[2\] = 0"),
    "relu of a number": (relu, [0.0], "x = 0 "),
    "a leaky relu": (leaky_relu, [np.array([0.0, 1.0])], r"x\[0\] = 0"),
    "a tie of maximum": (functions.maximum, [np.array([1.0, 2.0]), np.array([0.0, 2.0])], r"a\[1\] = 2"),
    "a tie in a pool": (pool, [np.ones((1, 1, 4, 4))], r"x\[0, 0, 0, 0\] = 1"),
    "a margin that is just met": (lambda z: hinge(z, [0], margin=1.0), [np.array([[2.0, 1.0, 0.0]])], r"z\[0, 0\] = 2"),
    "a jump": (lambda x: (np.floor(x.real) * x, lambda dy: dy * np.floor(x)), [np.array([0.5, 1.0])], r"x\[1\] = 1"),
    "a norm of 0": (functions.l2_normalize, [np.zeros((1, 3))], r"x\[0, 0\] = 0"),
    "a hidden unit at 0": (Sequential(Dense(3, 4, rng=rng()), ReLU()), [np.zeros((2, 3))], r"x\[0, 0\] = 0"),
}


@pytest.mark.parametrize("method, tolerance", [("complex", 1e-9), ("central", 1e-6)])
@pytest.mark.parametrize("case", KINKS)
def test_a_kink_is_named_and_the_right_rule_is_not_accused(case, method, tolerance):
    rule, inputs, text = KINKS[case]
    with pytest.raises(ValueError, match=f"{text}.*slopes on its two sides differ.*move the inputs off it") as caught:
        check_gradients(rule, *inputs, method=method, tolerance=tolerance)
    assert "central" not in str(caught.value)


def test_beside_a_kink_a_wrong_gradient_is_accused_and_a_right_one_passes(capsys):
    x = np.array([1.0, 1e-4, -1e-4, -2.0])

    def wrong(x):
        return relu(x)[0], lambda dy: 2 * relu(x)[1](dy)
    for method in ("complex", "central"):
        check_gradients(relu, x, method=method, tolerance=1e-6)
        with pytest.raises(GradientError, match="2 times the right answer"):
            check_gradients(wrong, x, method=method, tolerance=1e-6)
    for close in (3e-6, 5e-6, -8e-6):                   # within the step of the central difference
        with pytest.raises(ValueError, match=r"kink at x\[1\]"):
            check_gradients(relu, np.array([1.0, close]), method="central", tolerance=1e-6)
        check_gradients(relu, np.array([1.0, close]))   # the complex step needs none
    assert "is right" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["complex", "central"])
def test_a_flat_place_and_a_steep_one_are_no_kinks(method, capsys):
    check_gradients(lambda x: (x ** 3, lambda dy: 3 * x ** 2 * dy), np.zeros(3), method=method, tolerance=1e-4)
    check_gradients(lambda x: (x * x, lambda dy: 2 * x * dy), np.array([0.0, 1.0]), method=method, tolerance=1e-6)
    with pytest.raises(GradientError, match="2(.00334)? times"):
        check_gradients(lambda x: (np.sin(1e4 * x), lambda dy: 2e4 * np.cos(1e4 * x) * dy), np.ones(3), method=method,
                        tolerance=1e-2)
    assert capsys.readouterr().out.count("is right") == 2


def test_random_numbers_are_named_and_inference_is_the_remedy(capsys):
    r = rng()
    net, x = Sequential(Dense(3, 8, rng=r), Dropout(0.5, rng=r), Dense(8, 2, rng=r)), r.normal(size=(4, 3))
    for method in ("complex", "central"):
        with pytest.raises(ValueError, match=r"two forwards with the same inputs differ.*Dropout.*inference\(net\)"):
            check_gradients(net, x, method=method)
    with inference(net):
        check_gradients(net, x)
    assert "dx, dW0, db1, dW2, db3 are right" in capsys.readouterr().out


def test_what_is_not_finite_is_told_of_inputs_and_of_derivatives():
    for x in (np.array([np.nan, 1.0]), np.array([np.inf]), np.zeros((0, 3))):
        with pytest.raises(ValueError, match="inputs must hold numbers, none of them NaN or inf"):
            check_gradients(relu, x)

    def root(x):
        y = np.sqrt(x)
        return y, lambda dy: dy / (2 * y)
    with np.errstate(all="ignore"):
        with pytest.raises(ValueError, match="root is not finite: .*outside of where it is defined"):
            check_gradients(root, np.array([1.0, -1.0]), method="central")
        with pytest.raises(ValueError, match=r"no finite derivative at x\[1\] = 0"):
            check_gradients(root, np.array([1.0, 0.0]), method="central")


# ---- networks of symbols, and targets ----------------------------------------------------------------------------

def test_a_network_of_symbols_is_checked_by_its_parameters(capsys):
    r = rng()
    net = Sequential(Embedding(5, 3, rng=r), GRU(3, 4, rng=r), EachStep(Dense(4, 2, rng=r)))
    for symbols in (r.integers(5, size=(4, 2)), r.integers(5, size=(4, 2)).astype(np.uint8), [[0, 1], [2, 2]]):
        check_gradients(net, symbols)
    assert capsys.readouterr().out.count(": dtable0, dW1, dU2, db3, dc4, dW5, db6 are right") == 3

    def wrong(indices, table):
        y, backward = functions.embedding(table, indices)
        return y, lambda dy: (None, 3 * backward(dy))
    layer = Embedding(5, 3, rng=r)
    layer.rule = wrong
    with pytest.raises(GradientError, match="dtable0 is wrong: it is 3 times"):
        check_gradients(layer, np.array([0, 1, 1, 4]))
    with pytest.raises(GradientError, match="3 times too large: .*N = 3 missing"):
        check_gradients(layer, np.array([0, 1, 1]))
    with pytest.raises(TypeError, match="at least one input must be an array of floats"):
        check_gradients(relu, np.arange(3))


def test_targets_may_be_whole_floats_and_one_hot_rows(capsys):
    z = rng().normal(size=(2, 3))
    for t in (np.array([0, 2]), np.array([0.0, 2.0]), np.eye(3)[[0, 2]], [0, 2]):
        check_gradients(softmax_cross_entropy, z, t)
    assert capsys.readouterr().out.count("dz is right") == 4


# ---- diagnoses of strange answers --------------------------------------------------------------------------------

STRANGE = {                                             # got, expected, the name of the fault and a part of its text
    "NaN was expected": (np.array([1.0]), np.array([np.nan]), "values", r"\[0\] is 1, but should be nan"),
    "NaN, a number": (1.0, np.nan, "values", "it is 1, but should be nan"),
    "infinity was expected": ([1.0, -np.inf], [1.0, np.inf], "values", r"\[1\] is -inf, but should be inf"),
    "the rest is wrong": ([np.inf, 2.0], [np.inf, 1.0], "factor 2", "2 times"),
    "NaN": (np.nan, 1.0, "not finite", "it is nan"),
    "objects": (np.array([2, 4], dtype=object), [1.0, 2.0], "factor 2", "2 times"),
    "a gap": ([None, 1], [1.0, 2.0], "not numbers", "object"),
    "digits": (np.array(["1", "2"], dtype=object), [1.0, 2.0], "not numbers", "object"),
    "large whole numbers": ([2 ** 70, 1], [1.0, 1.0], "values", "1.18059e\\+21, but should be 1"),
    "huge whole numbers": ([10 ** 400, 1], [1.0, 1.0], "not finite", "too large"),
    "large floats": (1e200 * np.array([1.0, 2]), 1e200 * np.array([2.0, 4]), "factor 2", "0.5 times"),
    "blocks of two shapes": ([np.ones((2, 3)), np.ones((2, 4))], 1.0, "not numbers", "different shapes"),
    "empty": ([], [1.0, 2.0], "wrong axis", r"\(0,\)"),
    "empty of another width": (np.zeros((0, 3)), np.zeros((0, 4)), "shape", r"\(0, 3\)"),
    "empty, a number": ([], 1.0, "shape", r"\(0,\)"),
    "a dictionary": ({1: 2}, 1.0, "not numbers", "object"),
    "float32": (np.float32([0.1, 0.3]), np.array([0.1, 0.3]), "precision",
                "is 0.100000001, but should be 0.1:.*it is float32"),
    "float32, a number": (np.float32(0.1), 0.1, "precision", "it is 0.100000001, but should be 0.1:.*float32"),
    "float16": (np.float16([0.1, 0.3]), np.array([0.1, 0.3]), "precision", "it is float16"),
    "a little off": (0.125 * (1 + 1e-8), 0.125, "precision", "it is 0.125000001, but should be 0.125:.*eps"),
    "all a little off": (np.ones(3) * (1 + 1e-8), np.ones(3), "precision",
                         "3 of 3 entries.*is 1.00000001, but should be 1:"),
    "one a little off": ([0.125 * (1 + 1e-6), 3], [0.125, 3], "precision",
                         r"1 of 2.*\[0\] is 0.1250001, but should be 0.125:"),
    "nearly the factor 1": (1.00001, 1.0, "precision", "close, but not exact: relative error 1e-05"),
    "nearer to the factor 1": (np.ones(2) * 1.000002, np.ones(2), "precision", "relative error 2e-06"),
    "an unlikely factor, a number": (3.77903, 1.0, "values", "it is 3.77903, but should be 1"),
    "an unlikely factor, an array": (np.arange(3.0) * 3.77903, np.arange(3.0), "constant factor", "3.77903 times"),
    "one entry wrong by little": ([1.0, 0.0], [1.0, 0.0005], "values", r"\[1\] is 0, but should be 0.0005"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_strange_answer_is_diagnosed(case):
    got, expected, name, text = STRANGE[case]
    fault = diagnose(got, expected)
    assert fault.name == name and re.search(text, fault.text), fault
    assert not re.search(r"is ([\d.]+), but should be \1(?![\d.])", fault.text) and "is 1 times" not in fault.text


def test_infinity_where_it_belongs_numbers_of_python_and_long_lists_are_right():
    assert diagnose([np.inf, np.nan, 1.0], [np.inf, np.nan, 1.0]) is None
    assert diagnose(np.array([1, True, 2.0], dtype=object), [1.0, 1.0, 2.0]) is None
    assert diagnose(list(range(100000)), np.arange(100000)) is None
    with pytest.raises(TypeError, match="expected must be numbers"):
        diagnose(1.0, None)
    assert relative_error(np.nan, 1.0) == relative_error([1.0, np.nan], [1.0, 2.0]) == np.inf   # whatever the tolerance


def test_a_fault_in_a_network_of_many_parameters_is_told_at_once(monkeypatch):
    """Not all orders of 14 gradients are tried."""
    monkeypatch.setattr("course_lib.checks.permutations", lambda grads: pytest.fail("orders were tried"))
    net = Sequential(*(Dense(3, 3, rng=np.random.default_rng(i)) for i in range(7)))
    net.layers[3].rule = lambda x, W, b: (affine(x, W, b)[0], lambda dy: affine(x, W, b)[1](2 * dy))
    with pytest.raises(GradientError, match="2 times"):
        check_gradients(net, np.random.default_rng(9).normal(size=(4, 3)))
