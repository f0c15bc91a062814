"""The explorers of lesson 15: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib import unroll
from course_lib.studies import blind_spots
from course_lib.widgets import lesson15 as w

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

def chaos(**changes):
    return w.chaos_explorer().shown({"T": 5.0, "kind": "chaotic", "start": 1} | changes)


@pytest.mark.parametrize("kind, T, start", [("chaotic", 2.0, 3), ("settles", 4.5, 8)])
def test_the_gradient_and_the_mean_are_those_of_the_trajectory(kind, T, start):
    line = chaos(kind=kind, T=T, start=start).readout
    steps, rho = round(T / blind_spots.DT), np.array([blind_spots.BOTH[kind]])
    first = blind_spots.on_the_attractor(blind_spots.STARTS, 7)[start - 1:start]
    states, backward = unroll(blind_spots.lorenz_step, steps, first, rho)
    dstates = np.zeros_like(states)
    dstates[:, :, 2] = 1 / steps
    mean, slope = (float(n.replace("−", "-")) for n in re.search(r"mean of z is (\S+), its gradient by ρ (\S+)\. ",
                                                                 line).groups())
    assert mean == pytest.approx(states[:, 0, 2].mean(), abs=0.006)
    assert slope == pytest.approx(backward(dstates)[1][0], rel=0.01)


def test_two_runs_part_in_chaos_and_meet_where_they_settle():
    apart = {kind: float(re.search(r"runs are (\S+) apart", chaos(kind=kind, T=20.0).readout)[1].replace("−", "-"))
             for kind in blind_spots.BOTH}
    assert apart["settles"] < blind_spots.NUDGE < 0.1 < apart["chaotic"]


def test_what_is_true_is_told_for_each_parameter():
    assert "comes to rest at ρ − 1" in chaos(kind="settles").readout and "ρ = 14" in chaos(kind="settles").picture
    assert "near 1" in chaos().readout and "long means" in chaos().picture
