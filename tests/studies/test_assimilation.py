"""Assimilation: the model and its gradient, the methods, and what is stored."""

import numpy as np
import pytest

from course_lib.checks import check_gradients, complex_step_gradient, relative_error
from course_lib.data import origins
from course_lib.studies import assimilation as a


@pytest.fixture(scope="module")
def world():
    return a.world(3, 60)


@pytest.mark.parametrize("shape", [(4,), (7,), (3, 5), (2, 3, 40)])
def test_the_gradients_of_the_model_are_exact(shape):
    x = np.random.default_rng(0).normal(size=shape)
    check_gradients(a.tendency, x)
    check_gradients(a.model_step, x)


def test_the_tendency_is_that_of_lorenz():
    x = np.random.default_rng(1).normal(size=9)
    expected = [(x[(j + 1) % 9] - x[j - 2]) * x[j - 1] - x[j] + 8 for j in range(9)]
    np.testing.assert_allclose(a.tendency(x)[0], expected, rtol=1e-14)
    np.testing.assert_array_equal(a.tendency(np.full(6, 8.0))[0], 0)         # the steady state
    with pytest.raises(ValueError, match="at least 4"):
        a.tendency(np.zeros(3))


def test_a_step_is_of_fourth_order(monkeypatch):
    x, ends = a.settled(np.random.default_rng(2)), []
    for steps in (4, 8, 64):
        monkeypatch.setattr(a, "H", 0.2 / steps)
        ends.append(a.run(x, steps)[-1])
    wide, narrow = (np.max(np.abs(end - ends[-1])) for end in ends[:2])
    assert 10 < wide / narrow < 26


def test_a_world_is_observed_at_every_second_place(world):
    assert world.truth.shape == world.observed.shape == (61, 40)
    assert np.isnan(world.observed[:, 1::2]).all() and np.isnan(world.observed[0]).all()
    errors = (world.observed - world.truth)[1:, ::2]
    assert np.isfinite(errors).all() and abs(errors.std() - 1) < 0.1 and abs(errors.mean()) < 0.1
    np.testing.assert_allclose(a.run(world.truth[0], 60), world.truth[1:], rtol=1e-12)
    quiet = a.world(3, 60, noise=0.25)
    np.testing.assert_allclose((quiet.observed - quiet.truth)[1:, ::2], errors / 4, atol=1e-12)
    with pytest.raises(ValueError, match="noise must be above 0"):
        a.world(3, 5, noise=0)


@pytest.mark.parametrize("steps", [1, 10, 40])
def test_the_gradient_of_the_cost_is_exact(world, steps):
    rng = np.random.default_rng(5)
    x, background = world.truth[0] + rng.normal(size=40), rng.normal(size=40)
    observed = world.observed[1:steps + 1]
    seen = ~np.isnan(observed)

    def value(x):
        states = a.run(x, steps)
        return (np.sum(((x - background) / 1.5) ** 2) + np.sum(((states - observed)[seen] / 0.7) ** 2)) / 2
    got, gradient = a.cost(x, background, observed, 0.7, 1.5)
    assert got == pytest.approx(value(x), rel=1e-12)
    assert relative_error(gradient, complex_step_gradient(value, x)) < 1e-12


def test_without_observations_the_background_is_kept(world):
    x, runs = a.four_d_var(world.guess, np.full((4, 40), np.nan), 1.0, 0.5)
    np.testing.assert_array_equal(x, world.guess)
    assert runs == 2                                                    # one call of the cost
    with pytest.raises(ValueError, match="no row"):
        a.four_d_var(world.guess, world.observed[1:1], 1.0, 0.5)


@pytest.fixture
def tendencies(monkeypatch):
    """How many were asked for, forward and back."""
    asked, tendency = {"forward": 0, "back": 0}, a.tendency

    def counted(x):
        y, backward = tendency(x)
        asked["forward"] += 1

        def back(dy):
            asked["back"] += 1
            return backward(dy)
        return y, back
    monkeypatch.setattr(a, "tendency", counted)
    return asked


def test_a_call_of_the_cost_is_a_run_forward_and_one_back(world, tendencies):
    a.run(world.truth[0], 7)
    assert tendencies == {"forward": 28, "back": 0}
    a.cost(world.truth[0], world.guess, world.observed[1:8], 1.0, 1.0)
    assert tendencies == {"forward": 56, "back": 28}


@pytest.mark.parametrize("first", [None, 5, 4])
def test_the_runs_are_those_that_were_made(world, tendencies, first):
    _, runs = a.four_d_var(world.truth[0], world.observed[1:11], 1.0, 1.0, first=first)
    assert tendencies["forward"] == tendencies["back"] and runs == pytest.approx(sum(tendencies.values()) / 40)
    tendencies.update(forward=0, back=0)
    _, mean = a.cycled(world, 10, 1.0, 30, first=first)
    assert mean == pytest.approx(sum(tendencies.values()) / 120)


def test_the_growing_window_finds_the_same_minimum_where_there_is_one(world):
    whole, _ = a.four_d_var(world.truth[0], world.observed[1:11], 1.0, 1.0)
    grown, _ = a.four_d_var(world.truth[0], world.observed[1:11], 1.0, 1.0, first=5)
    assert a.rmse(whole, grown) < 0.2
    odd, _ = a.four_d_var(world.truth[0], world.observed[1:11], 1.0, 1.0, first=7)
    assert a.rmse(whole, odd) < 0.2
    with pytest.raises(ValueError, match="1 or more"):
        a.four_d_var(world.truth[0], world.observed[1:11], 1.0, 1.0, first=0)


def test_a_correction_of_3d_var_is_the_least_of_its_cost():
    rng = np.random.default_rng(6)
    A = rng.normal(size=(40, 40))
    B, miss = A @ A.T / 40 + np.eye(40), rng.normal(size=20)
    c = a.variational_gain(B, 0.8) @ miss
    slope = np.linalg.solve(B, c)
    slope[a.OBSERVED] += (c[a.OBSERVED] - miss) / 0.8 ** 2
    assert np.max(np.abs(slope)) < 1e-9
    np.testing.assert_allclose(a.variational_gain(np.eye(40), 1.0), np.eye(40)[:, ::2] / 2)


def test_nudging_moves_what_is_observed_and_nothing_else(world):
    states = a.sequential(world, a.nudging_gain(6.0), 1)
    free, _ = a.model_step(world.guess)
    moved = states[1] - free
    np.testing.assert_allclose(moved[::2], 0.3 * (world.observed[1] - free)[::2])
    np.testing.assert_array_equal(moved[1::2], 0)


def test_the_ensemble_filter_is_that_of_kalman_in_one_step(monkeypatch):
    """With more members than variables the correction is the one that the members' covariance gives."""
    w = a.world(4, 1)
    means = a.ensemble(w, 1.0, 1, members=60)
    x, _ = a.model_step(a.run(a.F + np.random.default_rng(0).normal(size=(60, 40)), 400)[-1])
    gain = a.variational_gain(np.cov(x.T), 1.0)
    expected = x.mean(axis=0) + gain @ (w.observed[1] - x.mean(axis=0))[::2]
    np.testing.assert_allclose(means[1], expected, rtol=1e-8, atol=1e-8)


def test_the_members_of_an_ensemble_are_drawn_with_the_seed(world):
    one, again, other = (a.ensemble(world, 1.03, 40, seed=seed) for seed in ((10, 0), (10, 0), (10, 1)))
    np.testing.assert_array_equal(one, again)
    assert np.max(np.abs(one[0] - other[0])) > 0.1
    for bad in ({"members": 1}, {"inflation": 0.0}):
        with pytest.raises(ValueError, match="2 members or more"):
            a.ensemble(world, **{"inflation": 1.03, "steps": 5} | bad)


def test_an_ensemble_is_judged_by_the_mean_of_its_draws(monkeypatch):
    starts = a._starts(a.SEEDS)
    unit, draws, _ = a.rivals()["ensemble filter"]
    assert draws == a.DRAWS and a.rivals()["4D-Var, window 2"][1] == 1

    def off(w, value, B, seed):                                         # wrong by a draw's number, in each variable
        return w.truth + seed[1] * value, 40
    found = a.trial((unit, 4, off), unit, 12, (None, [None]), starts)
    assert [found["error"], found["error at 0"], found[a.WORST]] == pytest.approx(
        [1.5 * unit ** 2, 1.5 * unit ** 2, 3 * unit ** 2])


def test_a_stretch_that_was_not_observed_is_refused(world):
    for steps in (-1, 61):
        with pytest.raises(ValueError, match="steps must be 0 to 60"):
            a.sequential(world, a.nudging_gain(6.0), steps)
        with pytest.raises(ValueError, match="steps must be 0 to 60"):
            a.ensemble(world, 1.03, steps)
    with pytest.raises(ValueError, match="0 or more"):
        a.run(world.truth[0], -1)


def test_a_single_window_ends_now(world):
    start, before = a.single(world, 50, 10)
    np.testing.assert_array_equal(before, a.sequential(world, a.nudging_gain(a.NUDGED), 40)[-1])
    assert a.rmse(a.run(start, 10)[-1], world.truth[50]) < a.rmse(a.run(before, 10)[-1], world.truth[50])
    for window in (10, 0):
        with pytest.raises(ValueError, match="does not fit"):
            a.single(world, 5, window)


def test_the_landscape_is_the_cost_of_the_window():
    w = a.world(a.EXAMPLE, a.NOW)
    at_truth, at_nudged = a.landscape(w, 1.0, np.array([0.0, 1.0]))
    _, before = a.single(w, a.NOW, 20)
    observed = w.observed[a.NOW - 19:]
    for share, x in ((at_truth, w.truth[a.NOW - 20]), (at_nudged, before)):
        assert share == pytest.approx(a.cost(x, x, observed, 1.0, 1.0)[0] / 400, rel=1e-9)
    assert 0.4 < at_truth < 0.6
    with pytest.raises(ValueError, match="does not fit"):
        a.landscape(w, 11, np.zeros(1))


def test_a_lost_window_costs_more_than_the_truth():
    assert a.beside_the_truth("window 0.5, at once", 32) < 1 < 5 < a.beside_the_truth("window 2, at once", 32)
    with pytest.raises(ValueError, match="must be one of window 0.5, at once"):
        a.beside_the_truth("window 3", 32)


def test_errors_double():
    assert 0.3 < a.doubling_time(a.world(5, 40).truth) < 0.6


def test_what_is_stored_has_every_method_and_world():
    found = a.stored()
    assert list(found) == [a.NONE, *a.rivals()]
    for name, one in found.items():
        assert one.errors.shape == (len(a.SEEDS), 4) and np.isfinite(one.errors).all() and one.edge in ("yes", "no")
        assert one.runs.shape == one.worst.shape == (len(a.SEEDS),)
        assert np.all(one.worst > one.errors[:, 0]) if "ensemble" in name else np.all(one.worst == one.errors[:, 0])
    assert {len(row) for row in a.summary()} == {len(a.SUMMARY)}
    assert {len(row) for row in a.verdicts()} == {len(a.VERDICTS)}
    assert found[a.LARGER].runs.mean() > found["4D-Var, growing to 2"].runs.mean()      # it has no less to spend
    error = {name: one.errors[:, 0].mean() for name, one in found.items()}
    assert error["4D-Var, window 0.5"] <= 0.40 and error["4D-Var, growing to 1"] <= 0.35 < error["nudging"]


@pytest.mark.parametrize("name", ["nudging", "3D-Var", "4D-Var, window 0.5", "ensemble filter"])
def test_a_stored_row_is_measured_again(name):
    known, rival = a.stored()[name], a.rivals()[name]
    value = float(known.chosen) / rival[0]
    once = a.trial(rival, value, a.SEEDS[0], (None, [a.background_covariance()]), a._starts(a.SEEDS))
    assert once["runs"] == pytest.approx(known.runs[0], rel=0.05)
    assert [once["error"], once["error at 1"]] == pytest.approx(known.errors[0, :2], rel=0.02)


def test_a_run_that_blows_up_counts_as_infinitely_wrong():
    found = a.trial(a.rivals()["nudging"], 1e3, 0, (None, [None]), a._starts([0]))
    assert found["error"] == np.inf


def test_a_stored_state_is_found_again():
    w, starts = a.example(1.0), a.stored_starts()
    assert starts.shape == (len(a.NOISES), len(a.WINDOWS), len(a.WAYS), a.N)
    for length, way, first in ((0.5, 0, None), (1.0, 1, 10)):
        start, _ = a.single(w, a.NOW, round(length * a.UNIT), first)
        np.testing.assert_allclose(start, starts[a.NOISES.index(1.0), a.WINDOWS.index(length), way], atol=1e-4)


def test_what_is_not_stored_is_refused():
    for wrong in ((3.0, 1.0, "growing"), (1.0, 0.7, "growing"), (1.0, 1.0, "slowly")):
        with pytest.raises(ValueError, match="must be one of"):
            a.estimate(*wrong)
    with pytest.raises(ValueError, match="noise must be above 0"):
        a.example(0)
    with pytest.raises(ValueError, match="a method must be one of"):
        a.better("3D-Var", "4D-Var")


def test_an_estimate_is_nudging_then_the_window_then_a_forecast():
    known = a.estimate(1.0, 1.0, "growing")
    assert known.shape == (121, 40)
    np.testing.assert_array_equal(known[:40], a.nudged_example(1.0)[a.NOW - 60:a.NOW - 20])
    np.testing.assert_allclose(a.run(known[40], 80), known[41:], rtol=1e-12)


def test_what_is_written_is_what_is_read(tmp_path, monkeypatch):
    header, rows = origins.read_table(a.FILE)
    assert header == a.HEADER
    monkeypatch.setattr(origins, "__file__", str(tmp_path / "origins.py"))
    monkeypatch.setattr(a.files, "__file__", str(tmp_path / "files.py"))
    a.write(rows[:2], {"starts": a.stored_starts()})
    text = (tmp_path / a.FILE).read_text(encoding="utf-8")
    assert text.startswith("# made: ") and origins.table_of(text.encode())[1] == rows[:2]
    assert "origin" in np.load(tmp_path / a.STATES).files
