"""Mining: every triplet is what its kind promises; the loss over a batch has the gradient of the batch."""

import numpy as np
import pytest

from course_lib import (
    active_share,
    check_gradients,
    l2_normalize,
    mine_triplets,
    mined_triplet_loss,
    numerical_gradient,
    triplet_loss,
)
from course_lib.studies.faces.triplets import KINDS, squared_distances

PEOPLE = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])


def embeddings(seed=0, dtype=np.float64):
    return l2_normalize(np.random.default_rng(seed).normal(size=(len(PEOPLE), 4)).astype(dtype))[0]


def mined(kind, seed=0, margin=0.2):
    return mine_triplets(embeddings(seed), PEOPLE, kind=kind, margin=margin, rng=np.random.default_rng(seed))


def test_distances():
    y = embeddings()
    np.testing.assert_allclose(squared_distances(y), ((y[:, np.newaxis] - y) ** 2).sum(axis=2), atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_a_triplet_is_two_of_one_and_one_of_another(kind, seed):
    a, p, n = mined(kind, seed).T
    assert len(a) and np.all(PEOPLE[a] == PEOPLE[p]) and np.all(a != p) and np.all(PEOPLE[a] != PEOPLE[n])
    pairs = list(zip(a, p))
    assert len(set(pairs)) == len(pairs)                # one negative a pair
    if kind in ("random", "hard"):
        assert len(pairs) == 6 + 2 + 6                  # every ordered pair has one


def test_kinds_keep_their_promise_and_miss_no_pair():
    for seed in range(10):
        y, margin = embeddings(seed), 0.3
        d = squared_distances(y)
        others = PEOPLE[:, np.newaxis] != PEOPLE
        for kind, allowed in (("violating", lambda a, p: d[a] < d[a, p] + margin),
                              ("semi-hard", lambda a, p: (d[a] < d[a, p] + margin) & (d[a] > d[a, p])),
                              ("hard", lambda a, p: d[a] == d[a][others[a]].min())):
            found = {(a, p): n for a, p, n in mined(kind, seed, margin)}
            for a, p in [(a, p) for a in range(9) for p in range(9) if a != p and PEOPLE[a] == PEOPLE[p]]:
                right = np.flatnonzero(allowed(a, p) & others[a])
                assert found[a, p] in right if len(right) else (a, p) not in found


def test_choices_depend_on_the_generator_alone():
    np.testing.assert_array_equal(mined("semi-hard", 3), mined("semi-hard", 3))
    y = embeddings()
    negatives = {tuple(mine_triplets(y, PEOPLE, kind="random", rng=np.random.default_rng(s))[:, 2]) for s in range(20)}
    assert len(negatives) > 15


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_the_mined_loss(kind):
    y = embeddings(4)

    def loss(y):
        return mined_triplet_loss(y, PEOPLE, kind=kind, margin=0.3, rng=np.random.default_rng(1))
    value, backward = loss(y)
    triplets = mine_triplets(y, PEOPLE, kind=kind, margin=0.3, rng=np.random.default_rng(1))
    assert value == triplet_loss(*y[triplets.T], margin=0.3)[0] > 0
    # The choice is held fixed in the derivative: so it is here.
    expected = numerical_gradient(lambda y: triplet_loss(*y[triplets.T], margin=0.3)[0], y)
    np.testing.assert_allclose(backward(), expected, atol=1e-8)
    np.testing.assert_allclose(backward(2.0), 2 * backward(), rtol=1e-12)


def test_gradients_of_the_rule_are_checked_also_where_some_triplets_are_satisfied():
    a, p, n = np.random.default_rng(2).normal(size=(3, 6, 3))
    gaps = ((a - p) ** 2 - (a - n) ** 2).sum(axis=1) + 0.2
    assert (gaps > 0).any() and (gaps < 0).any()
    check_gradients(triplet_loss, a, p, n)
    da, dp, dn = triplet_loss(a, p, n)[1]()
    for grad in (da, dp, dn):
        np.testing.assert_array_equal((grad != 0).any(axis=1), gaps > 0)
    np.testing.assert_allclose(da + dp + dn, 0, atol=1e-15)         # moving all three together changes nothing


def test_satisfied_triplets_have_no_gradient():
    y = np.array([[1.0, 0], [1, 0], [-1, 0], [-1, 0]])
    people = np.array([0, 0, 1, 1])
    for kind in KINDS:
        value, backward = mined_triplet_loss(y, people, kind=kind, rng=np.random.default_rng(0))
        assert value == 0 and not backward().any()
    triplets = mine_triplets(y, people, kind="random", rng=np.random.default_rng(0))
    assert active_share(y, triplets) == 0 and active_share(y, triplets, margin=4.5) == 1
    assert active_share(y, np.empty((0, 3), int)) == 0


def test_float32_stays_float32():
    y = embeddings(1, np.float32)
    for kind in KINDS:
        value, backward = mined_triplet_loss(y, PEOPLE, kind=kind, rng=np.random.default_rng(0))
        assert value.dtype == backward().dtype == np.float32


Y, RNG = embeddings(), np.random.default_rng(0)
BAD = {
    "one person only": (lambda: mine_triplets(Y, 0 * PEOPLE, rng=RNG), ValueError, ["one person", "negative"]),
    "one image each": (lambda: mine_triplets(Y, np.arange(9), rng=RNG), ValueError, ["single image", "positive"]),
    "an empty batch": (lambda: mine_triplets(Y[:0], PEOPLE[:0], rng=RNG), ValueError, ["empty"]),
    "labels that do not match": (lambda: mine_triplets(Y, PEOPLE[:5], rng=RNG), ValueError, ["(9, 4)", "(5,)"]),
    "images instead of embeddings": (lambda: mine_triplets(np.zeros((9, 4, 4)), PEOPLE, rng=RNG), ValueError,
                                     ["(N, D)"]),
    "names": (lambda: mine_triplets(Y, np.array(list("aaabbcccd")), rng=RNG), TypeError,
              ["whole numbers", "np.unique"]),
    "an unknown kind": (lambda: mine_triplets(Y, PEOPLE, kind="soft", rng=RNG), ValueError, ["semi-hard", "'soft'"]),
    "no triplet": (lambda: triplet_loss(Y[:0], Y[:0], Y[:0]), ValueError, ["no triplet"]),
    "a triplet without a negative": (lambda: triplet_loss(Y[:2], Y[2:4], Y[:0]), ValueError, ["same shape", "(0, 4)"]),
    "one triplet without its batch": (lambda: triplet_loss(Y[0], Y[1], Y[3]), ValueError, ["(N, D)", "(4,)"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, parts = BAD[case]
    with pytest.raises(error) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


def test_the_active_share_of_no_triplets_is_nothing():
    assert active_share(np.ones((3, 2)), []) == 0 == active_share(np.ones((3, 2)), np.zeros((0, 3), int))
