"""The explorers of lesson 07: the numbers shown are the right ones."""

import re

import pytest

from course_lib.widgets import lesson07 as w

# ---- error signals ---------------------------------------------------------------------------------------------

def test_vanishing_and_its_cure_stand_in_the_readout():
    explorer = w.delta_explorer()
    assert "vanishes" in explorer.shown().readout
    explorer.set(activation="ReLU", start="He")
    deltas, _, _ = w.signals(20, "ReLU", "He", "plain")
    line = explorer.shown().readout
    assert "within a factor of ten" in line
    assert float(re.search(r"= ([\d.e+−]+):", line)[1].replace("−", "-")) == pytest.approx(deltas[0] / deltas[-1], rel=5e-3)


# ---- dead units ------------------------------------------------------------------------------------------------

def test_dead_units_get_no_gradient_and_large_steps_make_more_of_them():
    few, many = (w.trained_units(lr, 0.0, "ReLU") for lr in (0.1, 3.0))
    assert (few[0] == 0).sum() < 10 < 40 < (many[0] == 0).sum()
    assert few[2] == many[2] == 0.0 < few[3]
    assert w.trained_units(0.1, -4.0, "leaky 0.1")[2] > 0
    explorer = w.dead_explorer()
    explorer.set(lr=3.0)
    assert f"{(w.trained_units(explorer.state['lr'], 0.0, 'ReLU')[0] == 0).sum()} of 60 units" in explorer.shown().readout
