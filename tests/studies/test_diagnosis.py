"""Trainings to diagnose: each shows the signs of its fault, and none of those that count more."""

import numpy as np
import pytest

from course_lib.studies.diagnosis import FAULTS, FIVE, five_trainings, made_up


def signs(delta_ratio, dead_share, train, valid):
    """Signs in the order of ``FAULTS``; what is no clear sign, and no clear absence of one, is None."""
    with np.errstate(invalid="ignore"):
        risen, left = valid[-1] / valid.min(), train[-1] / train[0]
    broken = not (np.isfinite(train).all() and np.isfinite(valid).all())
    return {"exploding": broken or delta_ratio > 1e3, "dead units": dead_share >= 0.7,
            "vanishing": delta_ratio < 1e-3, "overfitting": left < 0.2 and risen > 4 / 3, "too slow": left > 0.9,
            "healthy": left < 0.2 and risen < 1.06}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", range(5))
def test_a_made_up_training_is_a_clear_case(fault, seed):
    runs = list(made_up(fault, np.random.default_rng(seed)))
    assert len(runs) % 3 == 0
    for run in runs:
        assert next(name for name, sign in signs(*run).items() if sign) == fault


def test_no_threshold_on_a_gap_tells_overfitting_from_health():
    rng = np.random.default_rng(0)
    gaps = {fault: [valid[-1] - train[-1] for _, _, train, valid in made_up(fault, rng)] for fault in FAULTS[3:]}
    assert max(gaps["healthy"]) > 3 > 0.3 > min(gaps["overfitting"])


def test_the_five_trainings_are_what_they_are_said_to_be():
    assert list(five_trainings()) == list(FIVE) and set(FIVE.values()) == set(FAULTS) - {"healthy"}
    for name, run in five_trainings().items():
        assert next(fault for fault, sign in signs(*run).items() if sign) == FIVE[name]
        assert len(run[2]) == len(run[3]) == (40 if name == "B" else 20)
