"""The numbers that the explorers of lesson 02 show."""

import re

import numpy as np
import pytest

from course_lib import check_gradients, load_digits, numerical_gradient, predict
from course_lib.rules import functions, losses
from course_lib.studies.digit_networks import SIZES, activations, before_and_after
from course_lib.widgets import lesson02


def test_shown_activations_are_those_of_the_network():
    net, x = before_and_after()[1], load_digits().x_test[:3]
    columns = [activations(net, row) for row in x]
    assert [len(c) for c in columns[0]] == list(SIZES)
    np.testing.assert_allclose([c[-1] for c in columns], functions.softmax(predict(net, x))[0])


def test_training_makes_the_difference_that_the_explorer_shows():
    digits, (before, after) = load_digits(), before_and_after()
    right = [(predict(net, digits.x_test).argmax(axis=1) == digits.t_test).mean() for net in (before, after)]
    assert right[0] < 0.3 and right[1] > 0.9


@pytest.mark.parametrize("layer, unit", [(0, 5), (1, 7), (2, 3), (3, 9)])
def test_the_parts_of_a_weighted_sum_add_up(layer, unit):
    net, x = before_and_after()[1], load_digits().x_test[4]
    parts = lesson02.weighted_sum(net, x, layer, unit)
    np.testing.assert_allclose(parts["products"].sum() + parts["bias"], parts["z"])
    z = x[np.newaxis]
    for before in net.layers[:2 * layer + 1]:
        z, _ = before(z)
    np.testing.assert_allclose(parts["z"], z[0, unit])
    value = functions.softmax(z)[0] if layer == 3 else functions.sigmoid(z)[0]
    np.testing.assert_allclose(parts["value"], value[0, unit])


@pytest.mark.parametrize("t", [0, 1])
@pytest.mark.parametrize("z", [-7.0, -0.5, 0.25, 3.0, 9.5])
def test_the_losses_of_one_logit_and_their_slopes(z, t):
    found = lesson02.losses(z, t)
    for name in found:
        slope = numerical_gradient(lambda v, name=name: lesson02.losses(float(v[0]), t)[name][0], np.array([z]))[0]
        np.testing.assert_allclose(found[name][1], slope, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found["cross-entropy"][0], losses.binary_cross_entropy(np.array([z]), np.array([t]))[0])
    # One logit z against 0 is the two-class hinge loss.
    np.testing.assert_allclose(found["hinge"][0], losses.hinge(np.array([[0.0, z]]), np.array([t]))[0])


def test_painting_changes_one_pixel_and_moves_round_the_edge():
    state = {"grid": (0.0,) * 64, "row": 7, "column": 7, "ink": 0.5}
    changes = lesson02.painted(state, down=1)
    assert changes["grid"][63] == 0.5 and sum(changes["grid"]) == 0.5 and state["grid"] == (0.0,) * 64
    assert (changes["row"], changes["column"]) == (0, 7)
    assert (lesson02.painted(state, right=1)["row"], lesson02.painted(state, right=1)["column"]) == (7, 0)


def test_the_unit_slider_ends_at_the_last_unit_of_the_layer():
    explorer = lesson02.unit_explorer()
    explorer.set(unit=31)
    explorer.set(layer=3)
    assert explorer.controls["unit"].max == 9 and "output, unit 9" in explorer._line.value
    explorer.buttons["Reset"].click()
    assert explorer.controls["unit"].max == 31 and explorer.state["layer"] == 0 and explorer.state["unit"] == 0


def test_ten_probabilities_in_the_readout_add_up_to_one():
    text = lesson02.network_explorer()._line.value
    shown = [float(v) for v in re.findall(r"\d: (0\.\d+|1\.0+)", text)]
    assert len(shown) == 10 and abs(sum(shown) - 1) < 0.006


def test_the_gradients_of_the_shown_network_are_right(capsys):
    digits = load_digits()
    check_gradients(before_and_after()[1], digits.x_test[:2])
    assert "right" in capsys.readouterr().out


def words_of(explorer):
    return re.findall(r"<text[^>]*>([^<]*)<", explorer.shown().picture)


def test_a_unit_of_the_output_gives_a_probability_and_one_below_an_activation():
    explorer = lesson02.unit_explorer()
    for layer, kind, formula, below, scale in ((0, "activation", "y = s(z) = ", "pixel row", "0 to 1"),
                                               (2, "activation", "y = s(z) = ", "unit", ""),
                                               (3, "probability after softmax", "p = softmax(z) = ", "unit", "")):
        explorer.set(layer=layer)
        _, line, _ = explorer.shown()
        assert f"; {kind} " in line and f", from {below} " in line
        assert any(word.startswith(formula) for word in words_of(explorer))
        assert [word for word in words_of(explorer) if word == "0 to 1"] == [scale] * bool(scale)


def test_the_label_is_marked_once_beside_its_own_bar():
    explorer = lesson02.network_explorer()
    bars = [word for word in words_of(explorer) if re.fullmatch(r"[01]\.\d\d(  label)?", word)]
    assert [k for k, word in enumerate(bars) if word.endswith("label")] == [load_digits().t_test[0]] and len(bars) == 10
