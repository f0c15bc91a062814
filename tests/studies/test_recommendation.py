"""Factors of ratings: their gradients, the measures, the splits, and what is stored."""

import numpy as np
import pytest

from course_lib import Tensor, apply, complex_step_gradient, embedding
from course_lib.data import load_ratings
from course_lib.data.ratings import Ratings
from course_lib.studies import recommendation as study


def small(seed=0, U=6, F=9, N=30):
    """A few ratings, each pair once, sorted by person."""
    rng = np.random.default_rng(seed)
    users, films = np.divmod(np.sort(rng.choice(U * F, N, replace=False)), F)
    return Ratings(users, films, rng.integers(1, 11, N) / 2, np.arange(N), np.array([f"film {f}" for f in range(F)]))


def test_the_gradients_are_those_of_embedding_multiply_and_sum():
    r, rng = small(), np.random.default_rng(1)
    P, Q = Tensor(rng.normal(size=(6, 4))), Tensor(rng.normal(size=(9, 4)))
    error = (apply(embedding, P, indices=r.users) * apply(embedding, Q, indices=r.films)).sum(axis=1) - Tensor(r.stars)
    ((error * error).sum() * 0.5 + ((P * P).sum() + (Q * Q).sum()) * 0.35).backward()
    table = np.zeros((6, 9))
    table[r.users, r.films] = error.data
    for got, right in zip(study.factor_gradients(table, P.data, Q.data, 0.7), (P.grad, Q.grad)):
        np.testing.assert_allclose(got, right, rtol=1e-12)


@pytest.mark.parametrize("biased", [True, False])
def test_one_step_has_the_gradient_of_its_loss(biased):
    r = small()
    table, known, mean = study.rating_table(r.users, r.films, r.stars, (6, 9), dtype=np.float64)
    model = study.Factorisation(table, known, l2=0.7, rng=np.random.default_rng(2), width=3, damping=2.0, biased=biased)
    before = [p.data.copy() for p in model.params]

    def loss(P, Q, b=model.b.data, c=model.c.data):
        error = known * (P @ Q.T + b + c - table)
        return 0.5 * (error ** 2).sum() + 0.35 * ((P ** 2).sum() + (Q ** 2).sum()) + (b ** 2).sum() + (c ** 2).sum()
    model.step()
    for i, p in enumerate(model.params):
        right = complex_step_gradient(lambda x, i=i: loss(*before[:i], x, *before[i + 1:]), before[i])
        np.testing.assert_allclose(p.grad, right, rtol=1e-9, atol=1e-12)


def test_implicit_factors_have_the_gradient_of_the_cross_entropy():
    r = small()
    known = study.rating_table(r.users, r.films, r.stars, (6, 9), dtype=np.float64)[1]
    model = study.Implicit(known, l2=0.7, rng=np.random.default_rng(2), width=3)
    P, Q, c = (p.data.copy() for p in model.params)
    np.testing.assert_allclose((model.weight * (1 - known)).sum(axis=1), 4 * known.sum(axis=1))     # four for each

    def loss(P):
        s = P @ Q.T + c
        return (model.weight * (np.log(1 + np.exp(s)) - known * s)).sum() + 0.35 * (P ** 2).sum()
    model.step()
    np.testing.assert_allclose(model.P.grad, complex_step_gradient(loss, P), rtol=1e-9)


def test_damped_biases_are_the_minimum_of_their_penalised_error():
    r = small()
    table, known, _ = study.rating_table(r.users, r.films, r.stars, (6, 9), dtype=np.float64)
    b, c = study.damped_biases(table, known, 3.0, rounds=200)
    error = known * (b + c - table)
    np.testing.assert_allclose(error.sum(axis=1, keepdims=True) + 3 * b, 0, atol=1e-9)
    np.testing.assert_allclose(error.sum(axis=0, keepdims=True) + 3 * c, 0, atol=1e-9)
    means = study.damped_biases(table, known, 0.0, people=False)[1]
    np.testing.assert_allclose(means, table.sum(axis=0, keepdims=True) / known.sum(axis=0, keepdims=True))


def test_factors_learn_what_factors_made():
    rng = np.random.default_rng(3)
    table = rng.normal(size=(20, 2)) @ rng.normal(size=(2, 30))
    known = (rng.random((20, 30)) < 0.7).astype(float)
    model = study.Factorisation(known * table, known, l2=0.05, rng=rng, width=2)
    errors = [error for _, _, error in model.learn(300)]
    missing = known == 0
    assert errors[-1] < 0.1 * errors[0]
    assert np.std((model.scores() - table)[missing]) < 0.3 * np.std(table[missing])


def test_the_last_fifth_is_that_of_each_person():
    np.testing.assert_array_equal(np.flatnonzero(study.last_fifth([0] * 10 + [1] * 3 + [5] * 5)), [8, 9, 12, 17])
    with pytest.raises(ValueError, match="sort"):
        study.last_fifth([1, 0])
    ratings = load_ratings()
    parts = study.split_by_time(ratings)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(ratings.users)))
    fit, choose, judge = parts
    for earlier, later in ((fit, choose), (choose, judge)):
        latest, first = np.zeros(671, int), np.full(671, 2 ** 40)
        np.maximum.at(latest, ratings.users[earlier], ratings.times[earlier])
        np.minimum.at(first, ratings.users[later], ratings.times[later])
        assert np.all(latest <= first)
    mixed = study.split_at_random(ratings, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(np.concatenate(mixed)), np.arange(len(ratings.users)))
    for a, b in zip(parts, mixed):
        np.testing.assert_array_equal(np.bincount(ratings.users[a]), np.bincount(ratings.users[b]))


def test_what_leaks_is_counted():
    r = Ratings(np.array([0, 0, 0, 1, 1]), np.arange(5), np.ones(5), np.array([1, 1, 5, 4, 9]), None)
    later, shared = study.leaks(r, np.array([0, 1, 3]), np.array([2, 4]))
    assert (later, shared) == (0, 0.4)
    later, _ = study.leaks(r, np.array([1, 2, 4]), np.array([0, 3]))
    assert later == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_ndcg_is_one_for_the_best_order_and_falls_with_the_place():
    scores = np.array([[5.0, 4, 3, 2, 1]] * 4)
    seen = np.zeros((4, 5), bool)
    liked = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]], bool)
    np.testing.assert_allclose(study.ndcg(scores, seen, liked, k=3), [1, 1 / np.log2(3), 0, np.nan])
    seen[1, 0] = True                                           # what was seen makes room
    assert study.ndcg(scores, seen, liked, k=3)[1] == 1
    many = study.ndcg(scores, np.zeros((4, 5), bool), np.ones((4, 5), bool), k=3)
    np.testing.assert_allclose(many, 1)                         # more liked than places


def test_a_list_is_judged_by_what_was_rated_four_stars_or_more():
    ratings = Ratings(np.array([0, 0, 0, 0]), np.array([0, 1, 2, 3]), np.array([3.0, 3.5, 4.0, 6.0 - 1]), None,
                      np.array(list("abcdefghijkl")))
    scores = np.array([[9.0, 8, -1, -2, *[-9.0] * 8]])
    found = study.judged(scores, 3.0, ratings, np.array([0, 1]), np.array([2, 3]))
    assert found["ndcg"] == 1 and found["rmse"] == pytest.approx(np.sqrt((2 ** 2 + 4 ** 2) / 2))
    assert found["counts"] == [2]


def test_the_bootstrap_tells_a_difference_of_all_people_from_one_of_chance():
    rng = np.random.default_rng(0)
    a = {"squares": rng.gamma(2, size=200), "counts": np.ones(200), "each": rng.random(200)}
    b = a | {"squares": a["squares"] + 0.5, "each": a["each"] + rng.normal(size=200)}
    mean, low, high = study.bootstrap([a], [b], "rmse", rng)
    assert low < mean < high < 0
    assert mean == pytest.approx(np.sqrt(a["squares"].mean()) - np.sqrt(b["squares"].mean()))
    _, low, high = study.bootstrap([a], [b], "ndcg", rng)
    assert low < 0 < high


def test_neighbours_are_the_rows_of_the_largest_cosine():
    rows = np.array([[1.0, 0], [2, 0.1], [0, 1], [-1, 0], [0, 0]])
    films, cosines = study.neighbours(rows, 0, count=2)
    assert films.tolist() == [1, 2] and cosines == pytest.approx([2 / np.hypot(2, 0.1), 0])
    films, _ = study.neighbours(rows, 0, count=1, allowed=np.array([1, 0, 1, 1, 1], bool))
    assert films.tolist() == [2]


def test_films_rated_by_the_same_people_are_recommended():
    known = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]])
    scores = study.rated_together(known, 0.0)
    assert scores[2, 1] > scores[2, 2] == 0
    np.testing.assert_allclose(scores[2, 1], known[:, 0] @ known[:, 1] / np.sqrt(3 * 2))


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="rating_table"):
        study.Factorisation(np.zeros((2, 3)), np.zeros((3, 2)), l2=1.0, rng=np.random.default_rng(0))


def test_what_is_stored_has_every_rival_and_seed():
    found = study.stored()
    assert {name for split, by, name in found if (split, by) == ("by time", "rmse")} == set(study.RATERS)
    assert {name for split, by, name in found if by == "ndcg"} == set(study.RANKERS)
    for entry in found.values():
        assert len(entry["rmse"]) == len(entry["ndcg"]) == len(study.SEEDS) and len(entry["difference"]) == 3
        mean, low, high = entry["difference"]
        assert low <= mean <= high and entry["edge"] in ("yes", "no")
    assert study.best_lists() == "the last two, not told apart"


def test_what_is_stored_comes_out_again():
    ratings = load_ratings()
    fit, choose, judge = study.split_by_time(ratings)
    past = np.concatenate([fit, choose])
    table, known, mean = study.rating_table(ratings.users[past], ratings.films[past], ratings.stars[past], (671, 9066))
    found = study.stored()
    for by, name, rival in (("rmse", "biases", study.RATERS), ("ndcg", "rated together", study.RANKERS)):
        entry = found["by time", by, name]
        scores = rival[name](table, known, entry["chosen"], None)
        again = study.judged(scores, mean, ratings, past, judge)
        assert again[by] == pytest.approx(entry[by][0], abs=2e-5)
