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
        assert fa == pytest.approx((distances[~same] <= T).mean()) and ta == pytest.approx((distances[same] <= T).mean())
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
    "NaN": (lambda: equal_error_rate(np.array([np.nan, 1]), np.array([True, False])), ValueError, ["1 distances are not finite"]),
    "only same pairs": (lambda: equal_error_rate(np.ones(2), np.array([True, True])), ValueError, ["2 pairs of one person and 0"]),
    "too many folds": (lambda: verification_accuracy(np.ones(4), np.array([1, 1, 0, 0], bool), rng=np.random.default_rng(0)),
                       ValueError, ["between 2", "2, got 10"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, parts = BAD[case]
    with pytest.raises(error) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)
