"""The explorers of lesson 10: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib import numerical_gradient, relax
from course_lib.studies.relaxation import network_with
from course_lib.widgets import lesson10 as w


def state(**changes):
    return {"radius": 0.8, "kind": "positive", "start": 1.0} | changes


def test_the_fitted_rate_is_the_radius_of_the_jacobian_that_is_shown():
    for kind in ("positive", "negative"):
        line = w.relaxation_explorer().shown(state(kind=kind, radius=0.7)).readout
        rho = float(re.search(r"of J (\d\.\d+)", line)[1])
        rates = [float(r) for r in re.findall(r"leaves ([\d.]+) of", line)]
        assert len(rates) == 2 and rates == pytest.approx([rho, rho], abs=0.01)


def test_past_one_the_turning_networks_never_settle_and_the_other_finds_two_fixed_points():
    for kind in ("negative", "pair"):
        line = w.relaxation_explorer().shown(state(kind=kind, radius=1.3)).readout
        assert "does not settle" in line and "no gradient" in line
        assert "adjoint" not in w.relaxation_explorer().shown(state(kind=kind, radius=1.3)).picture
    U, c, direction, _ = network_with("positive")
    ends = [relax(lambda z: np.tanh(z @ (1.3 * U) + c), s * direction)[0] for s in (1.0, -1.0)]
    assert np.max(np.abs(ends[0] - ends[1])) > 0.5
    assert all("The state settles in" in w.relaxation_explorer().shown(state(radius=1.3, start=s)).readout
               for s in (1.0, -1.0))


def test_the_gradient_of_one_unit_is_that_of_finite_differences():
    line = w.cobweb_explorer().shown({"w": 0.7, "x": 0.2, "start": -1.2}).readout

    def settled(x):
        return float(relax(lambda z: np.tanh(0.7 * z + x), np.zeros(1))[0][0])
    assert float(re.search(r"settles at ([\d.]+)", line)[1]) == pytest.approx(settled(0.2), abs=1e-4)
    assert float(re.search(r"∂x = ([\d.]+)", line)[1]) == pytest.approx(float(numerical_gradient(settled, 0.2)),
                                                                        abs=1e-4)


def test_the_start_decides_beyond_one():
    ends = [re.search(r"settles at (−?[\d.]+)", w.cobweb_explorer().shown({"w": 2.0, "x": 0.0, "start": s}).readout)[1]
            for s in (-0.5, 0.5)]
    assert ends[0] == "−" + ends[1]
    assert "jumps back and forth" in w.cobweb_explorer().shown({"w": -1.8, "x": 0.0, "start": 0.5}).readout


@pytest.mark.parametrize("radius, kind, verdict, title", [
    (0.8, "positive", "settles", "it settles"), (1.0, "negative", "slow", "it settles slowly"),
                                                          (1.3, "pair", "never", "it does not settle")])
def test_what_settles_is_told_in_text_and_title(radius, kind, verdict, title):
    explorer = w.relaxation_explorer()
    now = state(radius=radius, kind=kind)
    changes, *_, found = w.relaxed(now)
    picture, line, _ = explorer.shown(now)
    assert found == verdict and f": {title}</title>" in picture
    assert ("The state settles in" in line) == (changes[-1] <= w.TOLERANCE) != ("The state does not settle" in line)
    assert ("(at the last state)" in line) == (verdict != "settles")
    assert ("no gradient to be found" in line) == (verdict == "never")


@pytest.mark.parametrize("weight, x", [(0.7, 0.2), (2.0, 0.0), (2.0, 0.3), (-1.8, 0.0)])
def test_a_fixed_point_attracts_if_the_curve_is_flatter_than_the_diagonal(weight, x):
    picture, line, _ = w.cobweb_explorer().shown({"w": weight, "x": x, "start": 0.5})
    told = re.findall(r"z = (−?[\d.]+) with slope (−?[\d.]+) (attracts|repels)", line)
    assert told and f"{len(told)} fixed point{'s' if len(told) > 1 else ''}:" in line
    for z, slope, word in told:
        z = float(z.replace("−", "-"))
        near = [abs(np.tanh(weight * (z + d) + x) - z) for d in (-1e-3, 1e-3)]
        assert word == ("attracts" if max(near) < 1e-3 else "repels")
    assert re.findall(r": (attracts|repels)</title>", picture) == [word for *_, word in told]


def test_what_does_not_settle_jumps_or_creeps():
    explorer = w.cobweb_explorer()
    for weight, word, other in ((-1.8, "jumps back and forth", "creeps"), (1.0, "creeps", "jumps")):
        line = explorer.shown({"w": weight, "x": 0.0, "start": 0.5}).readout
        assert f"does not settle: it {word}" in line and other not in line and "settles at" not in line
