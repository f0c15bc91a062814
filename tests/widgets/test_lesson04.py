"""The explorers of lesson 04: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.checks import relative_error
from course_lib.rules.functions import affine, sigmoid
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.digit_networks import network_after
from course_lib.widgets import lesson04 as w


def passes(digit, size, epochs):
    return w.passes({"digit": digit, "size": size, "epochs": epochs})


def loss_of(x, t, weights):
    for i in range(0, 6, 2):
        x = sigmoid(affine(x, *weights[i:i + 2])[0])[0]
    return softmax_cross_entropy(affine(x, *weights[6:])[0], t)[0]


@pytest.mark.parametrize("epochs", w.STAGES)
def test_the_gradients_shown_are_those_of_the_loss(epochs):
    x, t = w.examples(7, 3)
    weights = [p.data for p in network_after(w.STAGES)[epochs].params]
    values, grads, params, loss = passes(7, 3, epochs)
    assert loss == pytest.approx(loss_of(x, t, weights), rel=1e-12)
    assert [g.shape for g in grads] == [v.shape for v in values]
    for number, i in enumerate((0, 2, 4, 6)):               # one entry of each W and b, by a complex step
        for which in (0, 1):
            place = (1,) * (2 - which)
            moved = [a.astype(complex) for a in weights]
            moved[2 * number + which][place] += 1e-30j
            expected = loss_of(x.astype(complex), t, moved).imag / 1e-30
            assert params[i][which][place] == pytest.approx(expected, rel=1e-9, abs=1e-16)
    moved = x.astype(complex)
    moved[0, 20] += 1e-30j
    assert grads[0][0, 20] == pytest.approx(loss_of(moved, t, [a.astype(complex) for a in weights]).imag / 1e-30,
                                            rel=1e-9)


def test_the_first_example_is_the_chosen_digit_and_no_example_comes_twice():
    for digit in range(10):
        x, t = w.examples(digit, 16)
        assert t[0] == digit and x.shape == (16, 64) and len(np.unique(x, axis=0)) == 16


def test_each_step_adds_what_it_computed():
    explorer = w.flow_explorer()
    counts = []
    for step in range(w.LAST + 1):
        explorer.set(step=step)
        counts.append(explorer.shown().picture.count("<image"))
    # the digit and x; seven values; the loss is a number; then dz4, and two more for each affine, one for each sigmoid
    assert counts == [2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 12, 13, 15, 16, 18, 19, 21]


def test_the_readout_carries_shapes_and_sizes():
    explorer = w.flow_explorer()
    explorer.set(step=14, size=5, digit=2)
    _, grads, params, loss = passes(2, 5, 0)
    line = explorer.shown().readout.replace("−", "-")
    assert "dh1 = dz2 W2ᵀ" in line and "dh1 has shape (5, 32)" in line and "dW2 has shape (32, 24)" in line
    shown = [float(n) for n in re.findall(r"largest entry (\d\.\d+e[+-]\d+)", line)]
    assert shown == pytest.approx([np.abs(grads[2]).max(), np.abs(params[2][0]).max()], rel=5e-3)
    assert f"loss {loss:.4f}" in line


def test_training_makes_the_loss_fall_and_the_button_stops_at_the_last_stage():
    explorer = w.flow_explorer()
    losses = []
    for _ in w.STAGES:
        losses.append(w.passes(explorer.state)[3])
        explorer.buttons["Train for some more epochs"].click()
    assert losses == sorted(losses, reverse=True) and explorer.state["epochs"] == w.STAGES[-1]


@pytest.mark.parametrize("case", w.CASES)
def test_the_v_curve(case):
    hs, errors = w._curves(case)
    one_sided, central, complex_step = errors.T
    best = hs[central.argmin()]
    assert best / 30 < w.best_step(case) < best * 30
    assert central.min() < 1e-9 < one_sided.min() and complex_step[0] == w.FLOOR
    assert central[0] > 1e-4 and one_sided[-1] > 1e-3       # both ends of the V are bad


def test_the_errors_of_the_cube_are_those_of_the_formula():
    x, h = 1.3, 0.01
    one_sided, central, complex_step = w.check_errors("cube", h)
    assert one_sided == pytest.approx((3 * x * h + h * h) / (3 * x * x), rel=1e-9)
    assert central == pytest.approx(h * h / (3 * x * x), rel=1e-9)
    assert complex_step == pytest.approx(h * h / (3 * x * x), rel=1e-9)
    line = w.check_explorer().shown({"case": "cube", "h": h, "estimates": True}).readout.replace("−", "-")
    assert f"one-sided {one_sided:.1e}" in line and f"central {central:.1e}" in line and "make h smaller" in line


def test_f_prime_and_the_third_derivative_are_right():
    f, x, value, exact, third = w.facts("logistic")
    s = 1 / (1 + np.exp(-2.0))
    assert relative_error(exact, s * (1 - s)) < 1e-12 and value == pytest.approx(s)
    assert third == pytest.approx(s * (1 - s) * (1 - 6 * s + 6 * s * s), rel=1e-4)


def test_the_loss_and_its_gradient_appear_in_their_step_and_shapes_are_named():
    explorer = w.flow_explorer()
    words = {}
    for step in (7, 8):
        explorer.set(step=step)
        words[step] = re.findall(r"<text[^>]*>([^<]*)<", explorer.shown().picture)
    loss = f"{w.passes(explorer.state)[3]:.4f}"
    assert loss not in words[7] and "1" not in words[7] and loss in words[8] and "1" in words[8]
    assert {"8×64", "dx 8×64", "dW1 64×32"} <= set(words[8])


def test_a_batch_of_one_is_one_example():
    told = [w.flow_explorer().shown({"step": 3, "digit": 3, "size": size, "epochs": 0}).readout for size in (1, 2)]
    assert "Batch of 1 example," in told[0] and "Batch of 2 examples," in told[1]


def test_the_larger_error_decides_which_way_h_should_go():
    explorer = w.check_explorer()
    for h, word in ((1e-2, "make h smaller"), (1e-12, "make h larger")):
        assert word in explorer.shown({"case": "cube", "h": h, "estimates": True}).readout
        assert "Estimates" not in explorer.shown({"case": "cube", "h": h, "estimates": False}).readout
