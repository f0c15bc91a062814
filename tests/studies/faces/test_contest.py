"""The contest on strangers: nothing on two sides, what is known and what is judged, who carries the errors."""

import numpy as np
import pytest

from course_lib import all_pairs, equal_error_rate, load_faces, pair_distances
from course_lib.experiments import unseen
from course_lib.page.running import each
from course_lib.studies import faces
from course_lib.studies.faces import Contest, carried, errors_by_person, known_rows, strangers_split, vgg_face

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def photographs():
    return load_faces(dtype=np.float32)


def test_the_splits_are_by_person_and_refuse_a_photograph_on_two_sides(photographs):
    split = strangers_split(*photographs, 2)
    assert len(split.fit[0]) == 300 and len(split.judge[0]) == 100 and len(split.choose[0]) == 0
    assert set(split.judge[1]) == set(faces.split_people(2)[1]) and not set(split.judge[1]) & set(split.fit[1])
    images = photographs.images.copy()
    images[:40] = images[10]                            # one photograph again and again, of people 0 to 3
    with pytest.raises(ValueError, match="rows of judge are in fit"):
        strangers_split(images, photographs.people, 0)


def entered(photographs, **vectors):
    contest = Contest(*photographs)
    for name, make in vectors.items():
        contest.enter(name, make, watch=each)
    return contest


def test_rates_rows_and_verdicts(photographs, capsys):
    def noisy(size):
        return lambda k: np.repeat(np.eye(10), 10, axis=0) + size * RNG(k).normal(size=(100, 10))
    contest = entered(photographs, good=noisy(0.3), bad=noisy(0.6), again=noisy(0.3))
    assert contest.rates["good"].shape == (5, 2) and contest.best("bad", "good") == "good"
    y, pairs = noisy(0.3)(1), all_pairs(contest.splits[1].judge[1])
    assert contest.rates["good"][1, 0] == equal_error_rate(pair_distances(y, pairs), pairs.same)[0]
    assert [row[2] for row in contest.verdicts(("good", "bad"), ("bad", "good"), ("good", "again"))] == [
        "lower", "higher", "not told apart"]
    (name, rate, accuracy, five), = contest.rows("good")
    assert name == "good" and "±" in rate and "±" in accuracy and len(five.split()) == 5


def test_what_is_missing_is_marked_and_nothing_is_concluded(photographs, capsys):
    missing = lambda k: np.full((100, 3), np.nan) if k > 2 else RNG(k).normal(size=(100, 3))
    contest = entered(photographs, whole=lambda k: RNG(k + 9).normal(size=(100, 3)), partial=missing)
    assert np.isnan(contest.rates["partial"][3:]).all() and contest.rows("partial")[0][0] == "partial (incomplete)"
    assert contest.best("whole", "partial") is None
    nothing = entered(photographs, a=lambda k: np.full((100, 3), np.nan), b=lambda k: RNG(k).normal(size=(100, 3)))
    assert nothing.verdicts(("a", "b"))[0][2] == "not told apart (incomplete)"


def test_a_method_that_was_not_judged_is_asked_for_by_name(photographs):
    contest = Contest(*photographs)
    for ask in (contest.rows, contest.best, lambda name: contest.verdicts((name, name))):
        with pytest.raises(ValueError, match="'eigenfaces' was not judged yet"):
            ask("eigenfaces")


@pytest.mark.parametrize("k", range(5))
def test_what_is_known_of_those_who_are_judged(photographs, k):
    images, people = photographs
    for kind in faces.KNOWN:
        rows, judged = known_rows(people, k, kind)
        assert len(set(rows)) == 300 and set(np.bincount(people[judged])) == {0, 5}
        assert set(people[judged]) == set(faces.split_people(k)[1])
        both, met = set(rows) & set(judged), set(people[rows]) & set(people[judged])
        assert len(both) == (50 if kind == "the same photographs" else 0)
        assert (not met) if kind == "strangers" else met
        if both:
            with pytest.raises(ValueError, match="50 of 50 rows"):
                unseen(images[judged], images[rows])
        else:
            unseen(images[judged], images[rows])


def test_errors_are_counted_for_both_people_of_a_pair():
    people = np.array([0, 0, 2, 2])                                 # on a line: the two of person 2 are far apart
    y = np.array([[0.0], [1.0], [1.5], [9.0]])
    pairs = all_pairs(people)
    threshold = equal_error_rate(pair_distances(y, pairs), pairs.same)[1]
    wrong = (pair_distances(y, pairs) <= threshold) != pairs.same
    errors, judged = errors_by_person(y, people, 4)
    assert errors.sum() == 2 * wrong.sum() and judged.sum() == 2 * len(pairs.same)
    assert np.array_equal(judged, [[2, 0, 2, 0], [4, 0, 4, 0]]) and not errors[:, [1, 3]].any()


def test_who_carries_the_errors_and_what_chance_deals(photographs):
    people = np.repeat(np.arange(10), 10)
    y = np.repeat(np.eye(10), 10, axis=0) + 0.2 * RNG(0).normal(size=(100, 10))
    y[:20] = RNG(1).normal(size=(20, 10))                           # two people at random, eight apart
    shares = carried([y, y], [people, people], 12)
    assert shares.shape == (2, 12) and np.allclose(shares[:, -1], 1) and (np.diff(shares, axis=1) >= -1e-12).all()
    dealt = carried([y], [people], 12, dealt=RNG(2))
    assert shares[0, 1] > 0.9 and shares[0, 1] > dealt[0, 1] + 0.2
    errors, again = errors_by_person(y, people, 10), errors_by_person(y, people, 10, dealt=RNG(0))
    assert np.array_equal(errors[0].sum(axis=1), again[0].sum(axis=1)) and np.array_equal(errors[1], again[1])
    assert not carried([], [], 5).any()


def test_a_wrong_gradient_has_a_mismatch():
    net = vgg_face.vgg_face(people=3, side=8, channels=((4,), (6,)), dense=5, rng=RNG(0), dtype=np.float64)
    x, t = RNG(1).normal(size=(2, 3, 8, 8)), np.array([0, 2])
    from course_lib.layers import inference
    from course_lib.rules.losses import softmax_cross_entropy
    with inference(net):
        z, backward = net(x)
    backward(softmax_cross_entropy(z, t)[1]())
    weights = net.layers[0].K
    before = weights.data.copy()
    assert vgg_face.mismatch(net, weights, x, t, rng=RNG(2)) < 1e-4
    np.testing.assert_array_equal(weights.data, before)
    weights.grad = 1.1 * weights.grad
    assert vgg_face.mismatch(net, weights, x, t, rng=RNG(2)) == pytest.approx(1 - 1 / 1.1, rel=1e-2)
