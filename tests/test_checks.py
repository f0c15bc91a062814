"""The checker is checked: every planted fault is reported and named, right gradients pass, nothing is changed."""

import numpy as np
import pytest
from rule_table import RULES

from course_lib import (
    Dense,
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
    numerical_gradient,
    relative_error,
    remembered,
    softmax,
    softmax_cross_entropy,
)
from course_lib.checks import GradientError


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
        check_gradients(faulty_affine(FAULTS["transpose"][0]), r.normal(size=(5, 3)), r.normal(size=(3, 3)), r.normal(size=3))
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
    """An upstream gradient of ones would be blind here: the right answer would be zero and so would be many wrong ones."""
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
    net = Sequential(Flatten(), Dense(6, 4, rng=r), Tanh(), shared, ReLU(), shared, Dense(4, 2, rng=r, dtype=np.float32))
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
