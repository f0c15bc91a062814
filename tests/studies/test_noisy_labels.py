"""Wrong labels, few examples: the noise, its gradient in the mean, the draws, what was stored."""

import numpy as np
import pytest

from course_lib.data import load_digits
from course_lib.data.origins import origin
from course_lib.experiments import told
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import noisy_labels as study


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_the_labels_is_drawn_anew(share):
    t = np.arange(10).repeat(2000)
    given = study.noisy(t, share, np.random.default_rng(0))
    assert (given == t).mean() == pytest.approx(1 - 0.9 * share, abs=0.01) and (t == np.arange(10).repeat(2000)).all()
    wrong = given[given != t]
    assert not len(wrong) or np.allclose(np.bincount(wrong, minlength=10) / len(wrong), 0.1, atol=0.02)


def test_by_the_rule_it_is_the_next_digit():
    t = np.arange(10).repeat(50)
    given = study.noisy(t, 0.4, np.random.default_rng(0), ruled=True)
    assert ((given - t) % 10).sum() == 200 and set((given - t) % 10) == {0, 1}


def test_a_share_beyond_all_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1, got 20"):
        study.noisy([1, 2], 20, np.random.default_rng(0))


def test_the_expected_gradient_is_the_mean_over_many_draws():
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(3, 10)), np.array([2, 7, 7])
    p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(study.mean_slope(y, t, 0.4, 60_000, rng), study.expected_gradient(p, t, 0.4), atol=0.01)
    np.testing.assert_allclose(study.mean_slope(y, t, 0.0, 1, rng), 3 * softmax_cross_entropy(y, t)[1]())
    best = 0.6 * np.eye(10)[t] + 0.04
    np.testing.assert_allclose(study.expected_gradient(best, t, 0.4), 0, atol=1e-15)


@pytest.mark.parametrize("number", [10, 25, 300])
def test_few_are_spread_over_the_digits(number):
    digits = load_digits()
    x, t = study.few(digits.x_train, digits.t_train, number, np.random.default_rng(0))
    counts = np.bincount(t, minlength=10)
    assert len(x) == number and counts.max() - counts.min() <= 1 and len(np.unique(x, axis=0)) == number
    other = study.few(digits.x_train, digits.t_train, number, np.random.default_rng(1))[0]
    assert (x != other).any()


def test_the_nearest_example_answers():
    rng = np.random.default_rng(0)
    x, t, judged = rng.random((30, 5)), rng.integers(10, size=30), rng.random((7, 5))
    expected = [t[np.argmin([np.linalg.norm(a - b) for b in x])] for a in judged]
    assert study.nearest(x, t, judged).tolist() == expected


def test_digits_set_aside_are_not_fitted():
    fit, choose, held_out = study.aside()
    assert [len(part[1]) for part in (fit, choose, held_out)] == [1154, 288, 355]
    rows = {row.tobytes() for row in fit[0]}
    assert not any(row.tobytes() in rows for part in (choose, held_out) for row in part[0])


def test_a_short_run_gives_the_rows_that_the_tables_read():
    rows = list(study.noises(seeds=(4, 5), settings={"0.2": {"share": 0.2}}, stops=(1, 2)))
    assert len(rows) == 2 * 2 * 3 and {row[4] for row in rows} == {"given", "set aside", "held out"}
    found = study.curves_of("0.2", [[str(cell) for cell in row] for row in rows])
    assert found["held out"].shape == (2, 2) and (found["held out"][:, 1] > found["given"][:, 1]).all()


def test_one_start_made_now_is_the_stored_one(monkeypatch):
    monkeypatch.setattr(study, "STOPS", study.STOPS[:3])
    monkeypatch.setattr(study.noises, "__defaults__", (study.SEEDS, study.NOISES, study.STOPS))
    found, stored = study.learnt(0.2), study.curves_of("0.2")
    for judged, curve in found.items():
        assert curve.shape == (1, 3) and np.allclose(curve[0], stored[judged][0, :3], atol=2)


def test_stopping_looks_at_labels_set_aside_only():
    aside = np.zeros((2, len(study.STOPS)))
    aside[0, 3] = aside[1, 5] = 80
    held_out = np.arange(aside.size, dtype=float).reshape(aside.shape)
    values, epochs = study.stopped({"set aside": aside, "held out": held_out})
    assert values.tolist() == [3, len(study.STOPS) + 5] and epochs.tolist() == [study.STOPS[3], study.STOPS[5]]


# ---- what was stored ------------------------------------------------------------------------------------------------

def test_the_file_holds_all_noises_and_amounts():
    for name in study.NOISES:
        found = study.curves_of(name)
        assert all(curve.shape == (5, len(study.STOPS)) for curve in found.values()) and len(found) == 3
    amounts = study.amounts_measured()
    assert len(amounts) == 4 * len(study.AMOUNTS) and all(len(values) == 10 for values in amounts.values())
    assert "studies.noisy_labels" in origin(study.FILE)["command"]


def test_a_stored_run_can_be_repeated():
    *_, last = study.noises(seeds=(4,), settings={"0.2": {"share": 0.2}}, stops=study.STOPS[:5])
    assert last[5] == pytest.approx(study.curves_of("0.2")["held out"][0, 4], abs=2)


def test_what_the_tables_tell():
    rows, found = study.amount_rows(), study.amounts_measured()
    assert [row[0] for row in rows] == ["10", "30", "100", "300", "1,000", "1,442"]
    assert len(rows[0]) == len(study.AMOUNT)
    assert rows[-1][-1] == told(found["network", 1442, "new writers"] - found["nearest", 1442, "new writers"])
    assert len(study.noise_rows(("0.2",))[0]) == len(study.NOISE)
    assert study.ahead_from() == study.ahead_from("new writers") == "never"
    assert study.nothing().keys() == study.curves_of("0").keys()


def test_ahead_from_is_where_it_stays_ahead(monkeypatch):
    def found(ahead):
        return {(rival, n, "held out"): np.array([50.0, 51, 49]) + 20 * (yes if rival == "network" else 0)
                for n, yes in zip(study.AMOUNTS, ahead) for rival in ("network", "nearest")}
    for ahead, answer in (((0, 1, 0, 1, 1, 1), "300"), ((1,) * 6, "10"), ((1, 1, 1, 1, 1, -1), "never")):
        monkeypatch.setattr(study, "amounts_measured", lambda ahead=ahead: found(ahead))
        assert study.ahead_from() == answer


def test_people_are_read_from_what_the_lessons_stored():
    rows = study.people_rows()
    assert all(len(row) == len(study.PEOPLE) for row in rows)
    told_of = {(row[0], row[-1]): row[2] for row in rows}
    assert told_of["12: words, the stored networks", "six people, no program"] == "15.3 (8.2 to 22.4)"
    assert told_of["11: faces, equal error rate", "people of five sets of photographs from elsewhere"] == "3.3 to 18.6"
