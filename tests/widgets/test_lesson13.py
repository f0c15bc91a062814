"""The explorers of lesson 13: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.studies import reentry
from course_lib.widgets import lesson13 as w

# ---- reentry ------------------------------------------------------------------------------------------------------------

def reentry_state(**changes):
    return {"Q": 15.0, "b": 0.05, "noise": 0.0} | changes


def test_the_reentry_explorer_tells_the_law_and_how_far_each_answer_is_from_it():
    for state in (reentry_state(), reentry_state(Q=5.0, b=0.12, noise=0.05)):
        readout = w.reentry_explorer().shown(state).readout
        x = np.array([[state["Q"], 50.0, state["b"], 400.0]])
        exact = float(reentry.law(x)[0])
        assert float(re.search(r"The law (\d+) s", readout)[1]) == pytest.approx(exact, abs=0.5)
        for name, answer in reentry.learnt(state["noise"]).items():
            time, percent = re.search(rf"{name} (\d+) s \((.\d+) %\)", readout).groups()
            assert float(time) == pytest.approx(float(answer(x)[0]), abs=0.51)
            assert float(percent.replace("−", "-")) == pytest.approx(100 * (float(answer(x)[0]) / exact - 1), abs=0.51)


def test_the_reentry_explorer_says_what_is_outside_the_sampled_ranges():
    told = [w.reentry_explorer().shown(reentry_state(**s)).readout for s in ({}, {"Q": 5.0}, {"Q": 5.0, "b": 0.1})]
    assert ["inside the sampled" in told[0], "one input outside" in told[1], "both outside" in told[2]] == [True] * 3


def test_the_network_that_sees_the_numbers_leaves_the_law_outside():
    state = reentry_state(Q=5.0, b=0.12)
    _, _, here = w.reentry_found(state)
    assert abs(here["network 4-6-1"] / here["the law"] - 1) > 0.1

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

