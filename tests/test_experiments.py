"""Fair comparisons: what the harness refuses, widens and says."""

from functools import partial

import numpy as np
import pytest

from course_lib import SGD, Batches, Dense, Diverged, Sequential, clip_grad_norm, mean_squared_error
from course_lib.experiments import (
    Comparison,
    Split,
    compare,
    curve,
    first_below,
    interval,
    say,
    split_units,
    told,
    unseen,
)

# ---- numbers ----------------------------------------------------------------------------------------------------

def test_an_interval_is_student_s():
    values = [1.0, 2.0, 3.0, 4.0, 5.0]                  # s = √2.5, t(4) = 2.776
    mean, half = interval(values)
    assert mean == 3 and half == pytest.approx(2.776 * 2.5 ** 0.5 / 5 ** 0.5)
    assert say(values, "{:.2f}") == "3.00 ± 1.96"
    assert interval([1.0, np.nan, 3.0])[0] == 2         # what is missing is left out
    assert say([4.0]) == "4" and say([]) == "nan"


def test_an_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    for n in (3, 5, 40):
        inside = [abs(m) <= half for m, half in (interval(rng.normal(size=n)) for _ in range(2000))]
        assert 0.93 < np.mean(inside) < 0.97, n


def test_first_below():
    steps = [10, 20, 40]
    assert first_below(steps, [3.0, 0.5, 0.4], 1.0) == 20
    assert np.isnan(first_below(steps, [3.0, 2.0, np.nan], 1.0))
    np.testing.assert_array_equal(first_below(steps, [[0, 0, 0], [5, 5, 0], [9, 9, 9]], 1), [10, 40, np.nan])


def test_three_verdicts():
    above = [0.1, 0.12, 0.09]
    assert [told(above), told(np.negative(above)), told([0.1, -0.12, 0.09])] == ["yes", "no", "not told apart"]
    assert told(above, "higher", "lower") == "higher" and told(np.negative(above), "higher", "lower") == "lower"
    mean, half = interval([0.0, 1.0, 2.0])
    assert told(np.array([0.0, 1.0, 2.0]) - mean + half * 1.001) == "yes"
    assert told(np.array([0.0, 1.0, 2.0]) - mean + half * 0.999) == "not told apart"
    assert told([]) == told([3.0]) == told([0.0, 0.0]) == "not told apart"      # one difference has no interval


def test_missing_pairs_are_told():
    assert told([0.1, np.nan, 0.12, 0.09]) == "yes (incomplete)"
    assert told([0.1, np.nan], "a", "b") == told([np.nan] * 3) == "not told apart (incomplete)"


@pytest.mark.parametrize("differences", [[np.inf] * 3, [np.inf] * 4 + [0.1], [np.inf] * 3 + [-0.1, 0.1],
                                         [-np.inf] * 8 + [5.0, 0.0], [np.inf, -np.inf], [0.1, 0.12, np.inf]])
def test_a_run_that_diverged_counts_as_one_that_is_far_off(differences, recwarn):
    far = np.clip(differences, -1e30, 1e30)
    assert told(differences) == told(far) and told([*differences, np.nan]) == told([*far, np.nan])
    assert not recwarn.list


# ---- splits -----------------------------------------------------------------------------------------------------

def parts(*rows):
    return [(np.asarray(r, dtype=float)[:, np.newaxis], np.zeros(len(r), dtype=int)) for r in rows]


def test_a_split_refuses_a_row_on_two_sides():
    Split(*parts([1, 2], [3], [4]))
    for rows, message in ((([1, 2], [2], [4]), "1 rows of choose are in fit too"),
                          (([1, 2], [3], [2, 1]), "2 rows of judge are in fit too"),
                          (([1, 2], [3], [3]), "judge are in choose too")):
        with pytest.raises(ValueError, match=message):
            Split(*parts(*rows))


def test_a_split_refuses_a_unit_on_two_sides():
    Split(*parts([1, 2], [3], [4]), units=(["a", "b"], ["c"], ["d"]))
    with pytest.raises(ValueError, match="1 units are on two sides, in fit and in judge, such as b"):
        Split(*parts([1, 2], [3], [4]), units=(["a", "b"], ["c"], ["b"]))


@pytest.mark.parametrize("units", [(["a"], ["c"], ["d"]), (["a", "b"], ["c"], []), (["a", "b"], ["c"]),
                                   (["a", "b", "e"], ["c"], ["d"])])
def test_a_split_refuses_units_that_are_not_one_a_row(units):
    with pytest.raises(ValueError, match=r"the parts have \[2, 1, 1\] rows, units \[.*give one unit for each row"):
        Split(*parts([1, 2], [3], [4]), units=units)


def test_unseen_refuses_rows_that_were_fitted():
    fitted = np.arange(6.0).reshape(3, 2)
    assert unseen(fitted + 100, fitted).shape == (3, 2)
    with pytest.raises(ValueError, match="1 of 2 rows to be judged were seen"):
        unseen(np.array([[2.0, 3.0], [9.0, 9.0]]), fitted)


def test_units_stay_on_one_side():
    rng = np.random.default_rng(3)
    units = rng.integers(10, size=200)
    found = split_units(units, (0.6, 0.2, 0.2), rng)
    assert sorted(np.concatenate(found)) == list(range(200))
    sides = [set(units[rows]) for rows in found]
    assert [len(s) for s in sides] == [6, 2, 2] and not sides[0] & sides[1] and not sides[1] & sides[2]
    for shares, counts in (((0.01, 0.01, 0.98), [1, 1, 8]), ((0.7, 0.1, 0.2), [7, 1, 2]), ((0.29, 0.71), [2, 8])):
        assert [len(set(units[rows])) for rows in split_units(units, shares, rng)] == counts
    with pytest.raises(ValueError, match="2 units cannot be dealt to 3 parts, one to each at least; ask for fewer"):
        split_units(["a", "b"], (0.5, 0.3, 0.2), rng)
    with pytest.raises(ValueError, match="add up to 1, got .* divided by their sum"):
        split_units(units, (0.5, 0.6), rng)


# ---- one training -----------------------------------------------------------------------------------------------

def problem(n=64, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    return x, x @ np.array([[1.0], [-2.0], [0.5]])


def loss_on(x, t, net):
    return mean_squared_error(net(x)[0], t)[0]


def trained(at, lr=0.05, size=16, **options):
    x, t = problem()
    net = Sequential(Dense(3, 1, rng=np.random.default_rng(1)))
    batches = Batches(x, t, size, **options)
    return net, curve(net, mean_squared_error, SGD(net.params, lr=lr), batches, at=at, measure=partial(loss_on, x, t))


def test_a_curve_measures_after_the_updates_it_was_asked_for():
    net, found = trained([0, 1, 5, 9])
    for k, last in enumerate([0, 1, 5, 9]):
        again = trained([last] if last else [0, 1])[1]
        assert found[k] == again[0]
    assert np.all(np.diff(found) < 0) and found[-1] == loss_on(*problem(), net)


def test_a_curve_that_diverges_is_infinite_and_warns_of_nothing(recwarn):
    found = trained([1, 2000], lr=50.0)[1]
    assert np.isfinite(found[0]) and found[1] == np.inf and not recwarn.list


class Clipped(SGD):
    """Descent that shortens its gradients, and refuses those that are not finite."""

    def step(self):
        clip_grad_norm(self.params, 1e300)
        super().step()


@pytest.mark.parametrize("by", [clip_grad_norm, None])
def test_a_curve_that_is_broken_off_is_infinite_from_there_on(by, recwarn):
    x, t = problem()
    net = Sequential(Dense(3, 1, rng=np.random.default_rng(1)))
    stop = 7 if by is None else None

    def before(update, x, t):
        if update == stop:
            raise Diverged("too far")
    lr = 1e200 if by else 0.05
    at = [1, 5, 7, 8, 12]
    found = curve(net, mean_squared_error, Clipped(net.params, lr=lr), Batches(x, t, 16), at=at,
                  measure=partial(loss_on, x, t), before=before)
    assert np.isinf(found).tolist() == ([True] * 5 if by else [False, False, True, True, True])
    assert not np.isnan(found).any() and not recwarn.list


def test_other_errors_of_an_update_are_not_taken_for_a_divergence():
    def before(update, x, t):
        raise ValueError("something else")
    with pytest.raises(ValueError, match="something else"):
        x, t = problem()
        net = Sequential(Dense(3, 1, rng=np.random.default_rng(1)))
        curve(net, mean_squared_error, SGD(net.params, lr=0.1), Batches(x, t, 16), at=[3], measure=lambda net: 0.0,
              before=before)


def test_a_curve_refuses_a_small_last_batch():
    trained([3], size=24)                               # 24 + 40: merged
    trained([3], size=24, last="drop")
    with pytest.raises(ValueError, match="one batch has 16 rows, the others 24"):
        trained([3], size=24, last="keep")
    x, t = problem(20)
    net = Sequential(Dense(3, 1, rng=np.random.default_rng(1)))
    with pytest.raises(ValueError, match="one batch has 4 rows, the others 16"):
        curve(net, mean_squared_error, SGD(net.params, lr=0.1), [(x[:16], t[:16]), (x[16:], t[16:])], at=[2],
              measure=lambda net: 0.0)


@pytest.mark.parametrize("at", [[], [2, 2], [3, 1], [-1, 2], [0.5]])
def test_a_curve_needs_rising_update_numbers(at):
    with pytest.raises(ValueError, match="rising update numbers, .* np.unique"):
        trained(at)


def test_before_is_called_before_each_update():
    x, t = problem()
    net, seen = Sequential(Dense(3, 1, rng=np.random.default_rng(1))), []
    curve(net, mean_squared_error, SGD(net.params, lr=0.1), Batches(x, t, 16), at=[6], measure=lambda net: 0.0,
          before=lambda update, x, t: seen.append((update, len(x))))
    assert seen == [(k, 16) for k in range(1, 7)]


# ---- comparisons ------------------------------------------------------------------------------------------------

SPLIT = Split(*parts([1, 2], [3], [4]))


def parabola(best, value, seed, fit, judged):
    """A trial whose best value is known, with a little noise of its own for each seed."""
    noise = 1e-3 * np.random.default_rng([seed, int(judged[0][0, 0])]).normal()
    return np.array([9.0, np.log(value / best) ** 2 + noise])


def compared(rivals, **changes):
    options = dict(values=[0.1, 0.2, 0.4, 0.8], split=SPLIT, search_seeds=(10, 11), seeds=range(5))
    return compare(rivals, parabola, **(options | changes))


def test_compare_chooses_on_one_part_and_judges_on_the_other():
    seen = []

    def trial(rival, value, seed, fit, judged):
        seen.append((value, seed, judged[0][0, 0], fit[0].tolist()))
        return abs(value - 0.2) + 0.01 * seed
    found = compare({"a": None, "b": None}, trial, values=[0.1, 0.2, 0.4], split=SPLIT, search_seeds=[7], seeds=[1, 2])
    assert found.chosen == {"a": 0.2, "b": 0.2} and found.complete
    search = [job for job in seen if job[2] == 3]
    assert len(search) == 2 * 3 and {job[1] for job in search} == {7}
    final = [job for job in seen if job[2] == 4]
    assert [(job[0], job[1]) for job in final] == [(0.2, 1), (0.2, 2)] * 2
    assert all(job[3] == [[1], [2]] for job in seen)
    np.testing.assert_allclose(found.scores["a"], [0.01, 0.02])


def test_an_edge_is_widened_for_all_rivals_or_said():
    found = compared({"inside": 0.2, "beyond": 1.6})
    np.testing.assert_allclose(found.values, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
    assert found.chosen["beyond"] == pytest.approx(1.6) and not found.at_edge("beyond")
    assert np.isfinite(found.search["inside"]).all()    # the same number of trials
    below = compared({"beyond": 0.04}, widen=3)
    assert below.values[0] == pytest.approx(0.025) and not below.at_edge("beyond")
    far = compared({"far": 100.0})
    assert far.at_edge("far") and far.rows()[0][2] == "yes"
    assert not compared({"inside": 0.2}, widen=0).at_edge("inside")


def test_beats_tells_apart_only_what_differs_by_more_than_its_scatter():
    found = compared({"good": 0.2, "same": 0.2, "worse": 0.28})
    assert found.beats("good", "worse") == "yes" and found.beats("worse", "good") == "no"
    noisy = compare({"a": 0, "b": 1}, lambda rival, value, seed, fit, judged:
                    np.random.default_rng([rival, seed]).normal(), values=[1, 2], split=SPLIT, search_seeds=[90],
                    seeds=range(6), widen=0)
    assert noisy.beats("a", "b") == "not told apart"


def test_higher_may_be_better_and_a_trial_may_measure_several_things():
    def trial(rival, value, seed, fit, judged):
        return {"accuracy": rival - abs(value - 0.2) + 1e-3 * seed ** 2, "loss": [3.0, 2.0 - rival]}
    found = compare({"a": 0.5, "b": 0.9}, trial, values=[0.1, 0.2, 0.4], split=SPLIT, search_seeds=[5], seeds=range(3),
                    by="accuracy", higher=True)
    assert found.chosen == {"a": 0.2, "b": 0.2} and found.beats("b", "a") == "yes"
    assert found.measured("loss")["a"].shape == (3, 2)
    assert found.beats("b", "a", "loss", higher=False) == "yes" and found.beats("b", "a", "loss") == "no"
    assert found.rows(what=["loss"])[0] == ["a", "0.2", "no", "0.502 ± 0.00517", "1.5 ± 0"]
    assert len(Comparison.HEADER) == 4


def test_a_rival_that_always_diverges_is_not_chosen_by_chance():
    found = compare({"bad": 0, "good": 1}, lambda rival, value, seed, *data: value if rival else np.nan,
                    values=[1, 2], split=SPLIT, search_seeds=[9], seeds=[0, 1], widen=0)
    assert np.isinf(found.search["bad"]).all()
    assert found.beats("good", "bad") == "yes" and found.beats("bad", "good") == "no"
    assert found.beats("good", "bad", higher=True) == "yes"             # NaN is the worst either way


def test_where_both_diverge_none_is_better():
    worse = {0: (np.inf, np.inf), 1: (1.0, 2.0), 2: (np.nan, np.nan), 3: (1.0, 2.1), 4: (1.0, 2.2)}
    found = compare({"a": 0, "b": 1}, lambda rival, value, seed, *data: worse.get(seed, (1.0, 1.0))[rival],
                    values=[1, 2], split=SPLIT, search_seeds=[9], seeds=range(5), widen=0)
    differences = [0, 1, 0, 1.1, 1.2]
    assert told(differences) == "not told apart" and found.beats("a", "b") == "not told apart"
    assert [found.beats("a", "b", seeds=n) for n in (1, 5)] == ["not told apart"] * 2
    worse[0] = worse[2] = (1.0, 1.8)
    again = compare({"a": 0, "b": 1}, lambda rival, value, seed, *data: worse.get(seed, (1.0, 1.0))[rival],
                    values=[1, 2], split=SPLIT, search_seeds=[9], seeds=range(5), widen=0)
    assert again.beats("a", "b") == "yes" and again.beats("b", "a") == "no"


def test_search_and_final_runs_have_other_seeds():
    with pytest.raises(ValueError, match=r"seeds \[1\] are used in the search and in the final runs"):
        compared({"a": 0.2}, search_seeds=[1])


@pytest.mark.parametrize("values", [[0.1], [0.2, 0.1], [0.0, 1.0], [-1, 1]])
def test_compare_refuses_a_grid_that_is_none(values):
    with pytest.raises(ValueError, match="above 0 and rising, .* np.geomspace"):
        compared({"a": 0.2}, values=values)


@pytest.mark.parametrize("after", [0, 1, 9, 17, 19])
def test_an_interrupt_leaves_what_was_measured_and_marks_the_rest(after):
    count = []

    def trial(*arguments):
        if len(count) == after:
            raise KeyboardInterrupt
        count.append(1)
        return parabola(*arguments)
    found = compare({"a": 0.2, "b": 0.3}, trial, values=[0.1, 0.2, 0.4, 0.8], split=SPLIT, search_seeds=(10, 11),
                    seeds=range(5))
    assert not found.complete
    assert found.rows() and set(found.chosen) == {"a", "b"} and found.beats("a", "b") == "not told apart (incomplete)"
    assert found.name("b") == "b (incomplete)"
    assert found.name("a") == ("a (incomplete)" if after < 21 else "a")
    assert all(len(scores) == 5 for scores in found.scores.values())


def test_an_interrupt_between_search_and_final_runs_keeps_the_search():
    def watch(jobs):
        yield from jobs
        raise KeyboardInterrupt                 # the last job of the search is done, the final runs have not begun
    found = compared({"a": 0.2}, watch=watch)
    assert not found.complete and np.isfinite(found.search["a"]).any() and np.isnan(found.scores["a"]).all()


def test_a_watch_that_ends_early_is_an_interrupt():
    found = compared({"a": 0.2}, watch=lambda jobs: jobs[:3])
    assert not found.complete and np.isnan(found.scores["a"]).all()
    assert found.runs["a"].shape == (5, 2)              # as if the final runs had been made: figures can be drawn
