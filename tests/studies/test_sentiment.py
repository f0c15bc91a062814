"""Sentiment: words and numbers, the networks that read, the linear rivals, what a word adds, and what is stored."""

import numpy as np
import pytest

from course_lib import check_gradients, load_sentiment
from course_lib.checks import complex_step_gradient
from course_lib.layers import frozen, inference
from course_lib.studies import sentiment, sentiment_pack
from course_lib.studies.sentiment import Features, Learnt, Reader, Ridge, SentenceBatches, Vocabulary, filled


def test_words_are_small_letters_and_keep_their_apostrophes():
    assert sentiment.words_in("Isn\u2019t it good? (Amélie 2!)") == ["isn't", "it", "good", "?", "amélie", "2", "!"]
    assert sentiment.words_in(" ... ") == []
    assert sentiment.negates("It isn't") and sentiment.negates("Never!") and not sentiment.negates("a knot of nobles")


def test_a_vocabulary_knows_what_stands_often_enough():
    words = Vocabulary(["good film", "good plot", "bad film ?"])
    assert words.word == ["", "(unknown)", "film", "good"] and len(words) == 4
    assert words.numbers("a good, good film").tolist() == [1, 3, 3, 2] and words.numbers("...").tolist() == [1]
    assert filled([np.array([2, 3]), np.array([1])]).tolist() == [[2, 1], [3, 0]]


def test_batches_hold_every_sentence_once_and_little_is_filled_up():
    rng = np.random.default_rng(0)
    numbers = [np.full(rng.integers(1, 40), n + 1) for n in range(1000)]
    batches = SentenceBatches(numbers, np.arange(1000), 64, rng=rng)
    read = [(x, t) for x, t in batches]
    assert sorted(x[0, n] - 1 for x, _ in read for n in range(x.shape[1])) == list(range(1000))
    assert all((x[0] - 1 == t[:, 0]).all() for x, t in read) and len(read) == len(batches)
    assert min(x.shape[1] for x, _ in read) >= 60
    assert sum((x == 0).sum() for x, _ in read) < 0.15 * sum(x.size for x, _ in read)


@pytest.mark.parametrize("kind", ["bag", "mean", "GRU", "LSTM"])
def test_a_reader_has_the_right_gradients_and_does_not_see_what_is_filled_up(kind):
    rng = np.random.default_rng(1)
    net = Reader(6, kind=kind, width=3, hidden=4, rng=rng, dtype=np.float64)
    for p in net.params:
        p.data = rng.normal(size=p.data.shape)
    x = filled([np.array([2, 3, 2, 5]), np.array([4]), np.array([3, 1])])
    with inference(net):
        check_gradients(lambda e: judged(net, e, (x != 0).sum(axis=0)), net.embedding(x)[0])
        y = net(x)[0]
        np.testing.assert_allclose(y[1], net(filled([np.array([4])]))[0][0], rtol=1e-12)
        _, backward = net(x)
        backward(np.ones_like(y))
        assert np.all(net.embedding.table.grad[0] == 0)
        table = net.embedding.table
        def total(E):
            e = E[x]
            return net.judge(e, (x != 0).sum(axis=0))[0].sum()
        np.testing.assert_allclose(table.grad, complex_step_gradient(total, table.data), rtol=1e-9, atol=1e-12)


def judged(net, e, lengths):
    y, backward = net.judge(e, lengths)
    def only_words(dy):
        with frozen(net):
            return backward(dy)
    return y, only_words


def test_a_kind_that_is_none_is_told():
    with pytest.raises(ValueError, match='kind must be "bag", "mean", "GRU" or "LSTM", got'):
        Reader(5, kind="gru", rng=np.random.default_rng(0))


def test_signs_and_correlation():
    assert sentiment.sign_accuracy([1, -1, 0, 2, 5], [2, 1, -1, 3, 0]) == (1 + 0 + 0.5 + 1) / 4    # 0 by people: out
    assert sentiment.correlation([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert sentiment.correlation([1, 1, 1], [2, 4, 6]) == 0


SMALL = ["a good good film", "a bad film", "good plot", "bad bad plot", "a film", "plot"], np.array(
    [2, -2, 1.5, -3, 0, 0])


@pytest.mark.parametrize("tfidf", [False, True])
def test_ridge_is_the_closed_form(tfidf):
    features = Features(SMALL[0], tfidf=tfidf)
    row, column, value = features.rows(SMALL[0])
    X = np.zeros((6, len(features.column)))
    np.add.at(X, (row, column), value)
    if tfidf:
        np.testing.assert_allclose((X ** 2).sum(axis=1), 1)
    line, centred, t = Ridge(features, 0.7).fit(*SMALL), X - X.mean(axis=0), SMALL[1] - SMALL[1].mean()
    np.testing.assert_allclose(line.w, np.linalg.solve(centred.T @ centred + 0.7 * np.eye(X.shape[1]), centred.T @ t),
                               atol=1e-7)
    np.testing.assert_allclose(line.predict(SMALL[0]), X @ line.w + line.b)
    each, score = line.contributions("good good zyx film")
    assert each.sum() + line.b == pytest.approx(score) and each[0] == each[1] and each[2] == 0


def test_a_bag_is_the_sum_of_its_contributions_exactly():
    words = Vocabulary(SMALL[0])
    net = Reader(len(words), kind="bag", rng=np.random.default_rng(0), dtype=np.float64)
    net.embedding.table.data[:] = np.random.default_rng(1).normal(size=(len(words), 1))
    net.b.data[:] = 0.3
    learnt = Learnt(words, net)
    said, known, c, y = sentiment.contributions(learnt, "A good film, a zyx.")
    assert said == ["a", "good", "film", "a", "zyx"] and known.tolist() == [True] * 4 + [False]
    assert c.sum() + 0.3 == pytest.approx(y) and net.b.grad is None
    np.testing.assert_allclose(sentiment.without_each(learnt, "A good film, a zyx."), c)
    assert sentiment.agreement(learnt, ["a good film", "bad plot"]) == (pytest.approx(1), 1)


def test_a_split_keeps_doubles_on_one_side():
    split = sentiment.parts(10)
    assert [len(t) for _, t in (split.fit, split.choose, split.judge)] == [7423, 1060, 2122]
    assert not set(split.fit[0]) & set(split.judge[0])


def test_the_lexicon_in_short_is_near_to_the_program():
    data = load_sentiment()
    short = [sentiment.lexicon_reading(s)[1] for s in data.sentences[::10]]
    assert sentiment.correlation(short, data.lexicon[::10]) > 0.94
    valences, score = sentiment.lexicon_reading("It is not bad at all")
    assert valences.tolist() == pytest.approx([0, 0, 0, 0.74 * 2.5, 0, 0]) and 0.4 < score < 0.5


def test_people_agree_as_the_ratings_say():
    found = sentiment.people(0)
    half, one = found.values()
    assert 0.97 < half["sign"] < 0.99 and 0.91 < one["sign"] < 0.94 and one["r"] < half["r"] < 0.98


def test_the_stored_comparison_holds_every_model_on_every_split():
    results = sentiment.stored()
    assert {len(m["sign"]) for m in results.values()} == {len(sentiment.SPLITS)}
    assert set(results) >= {"VADER", *sentiment.RIDGES, *sentiment.NETWORKS}
    split = sentiment.parts(10)
    line = Ridge(Features(split.fit[0], tfidf=True), 1.0).fit(*split.fit)     # one row is made again
    again = sentiment.measured(line.predict(split.judge[0]), split.judge[1])
    assert results["ridge on tf-idf"]["sign"][0] == pytest.approx(again["sign"], abs=1e-4)
    known = sentiment.known_scores()
    vader = sentiment.measured([known[s] for s in split.judge[0]], split.judge[1])
    assert results["VADER"]["r"][0] == pytest.approx(vader["r"], abs=1e-4)


def test_faults_of_the_source_are_repaired():
    assert sentiment_pack.repaired(" PB&amp;J    ''9 ½ Weeks''  ") == 'PB&J "9 ½ Weeks"'


def test_shuffled_sentences_keep_their_words():
    [mixed] = sentiment.shuffled(["Not a good film, is it?"], np.random.default_rng(0))
    assert sorted(sentiment.words_in(mixed)) == sorted(sentiment.words_in("Not a good film, is it?"))


@pytest.mark.parametrize("n", (1, 63, 64, 129, 1000, 7423))
def test_the_number_of_batches_is_told_before(n):
    batches = SentenceBatches([np.arange(1 + k % 7) for k in range(n)], np.zeros(n), 64, rng=np.random.default_rng(0))
    assert len(batches) == len(list(batches))
