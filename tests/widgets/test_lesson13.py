"""The explorers of lesson 13: the numbers shown are the right ones."""

import re

import pytest

from course_lib.studies import assimilation
from course_lib.widgets import lesson13 as w

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

def assimilated(**changes):
    return w.assimilation_explorer().shown({"length": 0.5, "noise": 1.0, "way": "at once"} | changes)


def errors_of(line):
    """Now, nudging's, one observation's, and those of the forecast at 1, 2 and 3 units."""
    return [float(n) for n in re.findall(r"(?:now|alone|observation|by|unit,|2,) (\d+\.\d\d)", line)]


def test_the_errors_are_those_of_a_run_from_the_stored_state():
    world, starts = assimilation.example(0.5), assimilation.stored_starts()
    states = assimilation.run(starts[1, 2, 1], 80)
    expected = [assimilation.rmse(states[k - 1], world.truth[assimilation.NOW + k - 20]) for k in (20, 40, 60, 80)]
    now, nudged, noise, *later = errors_of(assimilated(length=1.0, noise=0.5, way="growing").readout)
    assert [now, *later] == pytest.approx(expected, abs=0.006) and noise == 0.5
    before = assimilation.sequential(world, assimilation.nudging_gain(assimilation.NUDGED), assimilation.NOW)[-1]
    assert nudged == pytest.approx(assimilation.rmse(before, world.truth[assimilation.NOW]), abs=0.006)


def test_a_window_that_is_too_long_is_lost_at_once_and_found_by_growing():
    now = {way: [errors_of(assimilated(length=length, way=way).readout)[0] for length in assimilation.WINDOWS]
           for way in assimilation.WAYS}
    assert max(now["at once"][3:]) > 3 and max(now["growing"][1:]) < 0.7
    assert now["at once"][:2] == now["growing"][:2]                     # one minimisation in both


def test_the_observations_stand_up_to_now_and_only_where_they_were_made():
    picture = assimilated().picture
    assert 50 < picture.count("<circle") <= 61                          # one place, after each step of three units
    assert "Place 10, observed" in picture and "Place 11, never observed" in picture


# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

