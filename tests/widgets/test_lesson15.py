"""The explorers of lesson 15: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib import predict
from course_lib.studies import explanations
from course_lib.widgets import lesson15 as widgets

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

def _numbers(line):
    return [float(n) for n in re.findall(r"-?\d+\.\d+", line.replace("−", "-"))]


def test_the_shares_shown_add_up_for_the_integrated_gradient_and_not_for_the_gradient():
    explorer = widgets.explaining_explorer()
    for method, complete in (("integrated from paper", True), ("integrated from ink", True), ("gradient", False)):
        for digit in (0, 5):
            total, _, _, difference, *_ = _numbers(explorer.shown(
                explorer.state | {"method": method, "digit": digit}).readout)
            assert (abs(total - difference) < 0.3) == complete, (method, digit)


def test_the_map_is_for_the_answer_and_five_pixels_are_gone():
    for method, (_, baseline) in widgets.METHODS.items():
        x, values, without, net, k, _ = widgets.explained({"digit": 7, "method": method, "weights": "trained"})
        assert k == 7 == predict(net, x[np.newaxis]).argmax() and 1 <= np.sum(x != without) <= 5
        first = np.argsort(-values, kind="stable")[:5]
        assert (without[first] == baseline).all()
        assert np.array_equal(np.delete(without, first), np.delete(x, first))


def test_drawn_anew_the_sizes_stay_alike_and_the_signs_do_not():
    explorer = widgets.explaining_explorer()
    found = np.array([_numbers(explorer.shown(explorer.state | {"digit": d, "weights": "all drawn anew"}).readout)[-2:]
                      for d in range(10)])
    assert found[:, 0].mean() > 0.8 and abs(found[:, 1].mean()) < 0.2
    trained = widgets.explained({"digit": 3, "method": "gradient", "weights": "trained"})
    np.testing.assert_array_equal(trained[1], trained[-1])
    last, every = (widgets.explained({"digit": 3, "method": "gradient", "weights": w})[3].params
                   for w in ("last layer drawn anew", "all drawn anew"))
    kept = explanations.shown_network().params
    assert np.array_equal(last[0].data, kept[0].data) and not np.array_equal(last[4].data, kept[4].data)
    assert not np.array_equal(every[0].data, kept[0].data)

# ---- attacks ---------------------------------------------------------------------------------------------------------

def test_no_pixel_moves_further_than_the_slider_says():
    for eps in (0.0, 1.6, 6.4):
        for target in ("any other", 8):
            x, rows = widgets.deceived({"digit": 4, "eps": eps, "target": target})
            for z, p in rows:
                assert np.abs(z - x).max() <= eps / 16 + 1e-12 and z.min() >= 0 and z.max() <= 1
                assert p.shape == (2, 10) and p.sum(axis=1) == pytest.approx(1) and p[0].argmax() == 4
                assert eps > 0 or np.array_equal(p[0], p[1])


def test_a_wanted_answer_gains_and_the_digit_itself_is_no_target():
    ask = lambda **state: widgets.deceived({"digit": 4, "eps": 3.2, "target": "any other"} | state)[1]
    for k in (1, 8):
        assert all(p[1, k] > p[0, k] for _, p in ask(target=k))
    for (z, _), (same, _) in zip(ask(), ask(target=4)):
        np.testing.assert_array_equal(z, same)


def test_the_trained_network_is_harder_to_fool_and_the_readout_tells_both():
    explorer = widgets.deceiving_explorer()
    states = [{"digit": d, "eps": 2.4, "target": "any other"} for d in range(10)]
    fooled = np.array([[p[1].argmax() != state["digit"] for _, p in widgets.deceived(state)[1]]
                       for state in states]).sum(axis=0)
    assert fooled[1] < fooled[0]
    line = explorer.shown(explorer.state).readout
    assert line.startswith("eps = 0.100, 1.6 of 16") and "Plain: 4" in line and "Trained on attacked digits: 4" in line

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind
