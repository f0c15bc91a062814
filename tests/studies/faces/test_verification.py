"""Pairs, ROC, equal error rate and accuracy, against counting by hand."""

import numpy as np
import pytest

from course_lib import all_pairs, equal_error_rate, pair_distances, roc, verification_accuracy


def test_all_pairs():
    pairs = all_pairs([5, 5, 7])
    assert list(zip(*pairs)) == [(0, 1, True), (0, 2, False), (1, 2, False)]
    pairs = all_pairs(np.repeat(np.arange(10), 10))
    assert pairs.same.sum() == 450 and (~pairs.same).sum() == 4500
    y = np.random.default_rng(0).normal(size=(100, 3))
    np.testing.assert_allclose(pair_distances(y, pairs)[7], np.sqrt(((y[0] - y[8]) ** 2).sum()))


def test_roc_counts_what_each_threshold_accepts():
    rng = np.random.default_rng(1)
    same = rng.random(60) < 0.3
    distances = np.round(rng.normal(1 - 0.5 * same, 0.4), 1)            # with ties
    thresholds, false_accept, true_accept = roc(distances, same)
    assert np.all(np.diff(thresholds) > 0) and len(thresholds) == len(set(distances)) + 1
    for T, fa, ta in zip(thresholds, false_accept, true_accept):
        assert fa == pytest.approx((distances[~same] <= T).mean())
        assert ta == pytest.approx((distances[same] <= T).mean())
    assert (false_accept[0], true_accept[0], false_accept[-1], true_accept[-1]) == (0, 0, 1, 1)


@pytest.mark.parametrize("distances, same, rate", [
    ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 0.0),                          # a threshold separates them
    ([0.8, 0.9, 0.1, 0.2], [1, 1, 0, 0], 1.0),                          # wrong way round
    ([0.1, 0.6, 0.5, 0.9], [1, 1, 0, 0], 0.5),                          # one of two wrong on either side
    ([0.5, 0.5, 0.5, 0.5], [1, 0, 1, 0], 0.5),                          # nothing but ties
    ([0.1, 0.2, 0.3, 0.7, 0.4, 0.8, 0.9, 1.0], [1, 1, 1, 1, 0, 0, 0, 0], 0.25)])
def test_equal_error_rate_by_hand(distances, same, rate):
    found, threshold = equal_error_rate(np.array(distances), np.array(same, bool))
    assert found == pytest.approx(rate)
    assert np.isfinite(threshold)


def test_equal_error_rate_depends_on_the_order_alone_and_both_errors_are_equal_there():
    rng = np.random.default_rng(2)
    same = np.repeat([True, False], [450, 4500])
    distances = rng.normal(1 - 0.6 * same, 0.2)
    rate, threshold = equal_error_rate(distances, same)
    assert rate == pytest.approx(equal_error_rate(np.exp(distances), same)[0])
    assert (distances[~same] <= threshold).mean() == pytest.approx(rate, abs=0.003)
    assert (distances[same] > threshold).mean() == pytest.approx(rate, abs=0.003)
    # For two normal distributions of equal width the rate is known: Φ(−0.3 / 0.2) = 0.0668.
    same = np.arange(400_000) % 2 == 1
    assert equal_error_rate(rng.normal(1 - 0.6 * same, 0.2), same)[0] == pytest.approx(0.0668, abs=0.002)


def test_accuracy():
    rng = np.random.default_rng(3)
    same = np.repeat([True, False], [100, 900])
    apart = np.where(same, 0.2, 0.8)
    assert verification_accuracy(apart, same, rng=rng) == 1
    chance = verification_accuracy(rng.normal(size=1000), same, rng=rng)
    assert 0.4 < chance < 0.6                                           # balanced: 0.9 would be "always different"
    blurred = rng.normal(1 - 0.6 * same, 0.2)
    assert verification_accuracy(blurred, same, rng=np.random.default_rng(4)) == pytest.approx(0.93, abs=0.04)
    assert (verification_accuracy(blurred, same, rng=np.random.default_rng(4))
            == verification_accuracy(blurred, same, rng=np.random.default_rng(4)))


BAD = {
    "one person": (lambda: all_pairs([3, 3, 3]), ValueError, ["3 images of 1 people", "two people"]),
    "one image each": (lambda: all_pairs([1, 2, 3]), ValueError, ["two images of one"]),
    "one image": (lambda: all_pairs([1]), ValueError, ["at least two"]),
    "lengths": (lambda: roc(np.ones(3), np.ones(2, bool)), ValueError, ["(3,) and (2,)"]),
    "numbers for truth values": (lambda: roc(np.ones(2), np.array([0, 1])), TypeError, ["int64", "same == 1"]),
    "NaN": (lambda: equal_error_rate(np.array([np.nan, 1]), np.array([True, False])), ValueError,
            ["1 distances are not finite"]),
    "only same pairs": (lambda: equal_error_rate(np.ones(2), np.array([True, True])), ValueError,
                        ["2 pairs of one person and 0"]),
    "too many folds": (lambda: verification_accuracy(np.ones(4), np.array([1, 1, 0, 0], bool),
                                                     rng=np.random.default_rng(0)),
                       ValueError, ["between 2", "2, got 10"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, parts = BAD[case]
    with pytest.raises(error) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


# ---- ties, and pairs that are apart ------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(5))
def test_pairs_that_are_apart_are_all_decided_rightly(seed):
    """A threshold at the largest distance of the other same pairs rejects the one that is a little larger."""
    rng = np.random.default_rng(seed)
    same = np.arange(400) < 200
    distances = np.where(same, rng.uniform(0.0, 1.0, 400), rng.uniform(3.0, 4.0, 400))
    assert verification_accuracy(distances, same, rng=rng) == 1
    assert verification_accuracy((100 * distances).astype(int), same, rng=rng) == 1
    assert equal_error_rate(distances, same)[0] == 0


def test_a_threshold_beyond_the_last_distance_accepts_everything():
    """Half of the kinds at one distance: the best that a threshold can do is to be wrong about the others."""
    same = np.arange(40) < 20
    assert verification_accuracy(np.ones(40), same, rng=np.random.default_rng(0)) == 0.5


def test_tied_distances_are_one_step():
    distances, same = np.array([1.0, 2, 2, 2, 3]), np.array([True, True, False, True, False])
    thresholds, false_accept, true_accept = roc(distances, same)
    np.testing.assert_array_equal(thresholds, [-np.inf, 1, 2, 3])
    np.testing.assert_allclose(true_accept, [0, 1 / 3, 1, 1])
    np.testing.assert_allclose(false_accept, [0, 0, 0.5, 1])
    for order in np.random.default_rng(0).permuted(np.tile(np.arange(5), (10, 1)), axis=1):
        for ours, theirs in zip(roc(distances[order], same[order]), (thresholds, false_accept, true_accept)):
            np.testing.assert_array_equal(ours, theirs)
    # False accepts 0, ½ and false rejects ⅔, 0 at the thresholds 1 and 2: equal where the lines between them meet.
    rate, threshold = equal_error_rate(distances, same)
    assert rate == pytest.approx(2 / 7) and threshold == pytest.approx(1 + 4 / 7)


def test_where_all_distances_are_equal_nothing_can_be_told():
    rate, threshold = equal_error_rate(np.full(6, 0.7), np.array([True, False] * 3))
    assert rate == 0.5 and threshold == 0.7


def test_errors_of_every_pair():
    """Different pairs nearer than same ones: every threshold is wrong about as many."""
    rate, _ = equal_error_rate(np.array([3.0, 4, 1, 2]), np.array([True, True, False, False]))
    assert rate == 1
