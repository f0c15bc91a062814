"""The explorers of lesson 13: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.data import load_digits, load_ratings
from course_lib.studies import assimilation, autoencoder, reentry, sentiment
from course_lib.studies.rounding import ORDERS, rounding_errors, total
from course_lib.training import predict
from course_lib.widgets import lesson13 as w

# ---- reentry --------------------------------------------------------------------------------------------------------

def reentry_state(**changes):
    return {"Q": 15.0, "b": 0.05, "noise": 0.0} | changes


def test_the_reentry_explorer_tells_the_law_and_how_far_each_answer_is_from_it():
    for state in (reentry_state(), reentry_state(Q=5.0, b=0.12, noise=0.05)):
        readout = w.reentry_explorer().shown(state).readout
        x = np.array([[state["Q"], 50.0, state["b"], 400.0]])
        exact = float(reentry.law(x)[0])
        assert float(re.search(r"The law (\d+) s", readout)[1]) == pytest.approx(exact, abs=0.5)
        for name, answer in reentry.learnt(state["noise"]).items():
            time, percent = re.search(rf"{name} (\d+) s \((.\d+) %\)", readout).groups()
            assert float(time) == pytest.approx(float(answer(x)[0]), abs=0.51)
            assert float(percent.replace("−", "-")) == pytest.approx(100 * (float(answer(x)[0]) / exact - 1), abs=0.51)


def test_the_reentry_explorer_says_what_is_outside_the_sampled_ranges():
    told = [w.reentry_explorer().shown(reentry_state(**s)).readout for s in ({}, {"Q": 5.0}, {"Q": 5.0, "b": 0.1})]
    assert ["inside the sampled" in told[0], "one input outside" in told[1], "both outside" in told[2]] == [True] * 3


def test_the_network_that_sees_the_numbers_leaves_the_law_outside():
    state = reentry_state(Q=5.0, b=0.12)
    _, _, here = w.reentry_found(state)
    assert abs(here["network 4-6-1"] / here["the law"] - 1) > 0.1

# ---- assimilation ---------------------------------------------------------------------------------------------------

def assimilated(**changes):
    return w.assimilation_explorer().shown({"length": 0.5, "noise": 1.0, "way": "at once"} | changes)


def errors_of(line):
    """Now, nudging's, one observation's, and those of the forecast at 1, 2 and 3 units."""
    return [float(n) for n in re.findall(r"(?:now|alone|observation|by|unit,|2,) (\d+\.\d\d)", line)]


def test_the_errors_are_those_of_a_run_from_the_stored_state():
    world, starts = assimilation.example(0.5), assimilation.stored_starts()
    states = assimilation.run(starts[1, 2, 1], 80)
    expected = [assimilation.rmse(states[k - 1], world.truth[assimilation.NOW + k - 20]) for k in (20, 40, 60, 80)]
    now, nudged, noise, *later = errors_of(assimilated(length=1.0, noise=0.5, way="growing").readout)
    assert [now, *later] == pytest.approx(expected, abs=0.006) and noise == 0.5
    before = assimilation.sequential(world, assimilation.nudging_gain(assimilation.NUDGED), assimilation.NOW)[-1]
    assert nudged == pytest.approx(assimilation.rmse(before, world.truth[assimilation.NOW]), abs=0.006)


def test_a_window_that_is_too_long_is_lost_at_once_and_found_by_growing():
    now = {way: [errors_of(assimilated(length=length, way=way).readout)[0] for length in assimilation.WINDOWS]
           for way in assimilation.WAYS}
    assert max(now["at once"][3:]) > 3 and max(now["growing"][1:]) < 0.7
    assert now["at once"][:2] == now["growing"][:2]                     # one minimisation in both


def test_the_observations_stand_up_to_now_and_only_where_they_were_made():
    picture = assimilated().picture
    assert 50 < picture.count("<circle") <= 61                          # one place, after each step of three units
    assert "Place 10, observed" in picture and "Place 11, never observed" in picture


# ---- rounding -------------------------------------------------------------------------------------------------------

def summing(order, terms):
    return w.summing_explorer().shown({"order": order, "terms": terms})


def number(pattern, line):
    return float(re.search(pattern, line)[1].replace("\N{MINUS SIGN}", "-"))


def test_the_sum_shown_is_that_of_a_graph():
    y = total(range(1, 1001))
    _, shares, bound = rounding_errors(y)
    line = summing("large first", 1000).readout
    assert number(r"first: (\S+) in float32", line) == pytest.approx(float(y.data), abs=1e-7)
    assert number(r"estimated ([^\s:]+):", line) == pytest.approx(sum(shares), rel=1e-3)
    assert number(r"Bound (\S+),", line) == pytest.approx(bound, rel=0.05)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("terms", [10, 1000, 100_000])
def test_the_estimate_shown_is_the_error_observed(order, terms):
    line = summing(order, terms).readout
    assert number(r"observed ([^\s,]+),", line) == pytest.approx(number(r"estimated ([^\s:]+):", line), rel=1e-3)


def test_the_bars_add_up_to_the_estimate():
    picture = summing("large first", 10_000).picture
    heights = [float(h.replace("\N{MINUS SIGN}", "-")) for h in re.findall(
        r"<title>(?:the terms|additions \d+ to \d+): (\S+)</title>", picture)]
    assert len(heights) == 21
    assert sum(heights) == pytest.approx(number(r"estimated ([^\s:]+):", summing("large first", 10_000).readout),
                                         rel=0.01)


def test_the_order_matters():
    error = {order: number(r"Relative error (\S+)\. ", summing(order, 10_000).readout) for order in ORDERS}
    assert error["large first"] > 1000 * max(error["small first"], error["pairwise"])
    assert error["shuffled"] > 100 * error["pairwise"]

# ---- sentiment ------------------------------------------------------------------------------------------------------

def test_the_words_of_a_sentence_are_told_by_three_models_and_unknown_ones_are_said():
    explorer = w.sentiment_explorer()
    explorer.controls["sentence"].value = "A good, good zyxwvut <film>"
    found = w.read_sentence(explorer.state, sentiment.quick_models())
    assert found.words == ["a", "good", "good", "zyxwvut", "film"]
    assert found.known.tolist() == [True] * 3 + [False, True]
    (_, c, _, score), (_, straight, _, line), (_, valences, _, short) = found.rows
    learnt, ridge = sentiment.quick_models()
    assert score == pytest.approx(learnt.predict(["A good, good zyxwvut film"])[0], abs=1e-5)
    assert straight.sum() + ridge.b == pytest.approx(line) and straight[1] == straight[2] > 0
    assert valences.tolist() == [0, 1.9, 1.9, 0, 0] and short == pytest.approx(3.8 / np.sqrt(3.8 ** 2 + 15))
    picture, line, _ = explorer.shown()
    assert "zyxwvut ?" in picture and "read as one and the same unknown word: zyxwvut" in line


def test_what_a_word_adds_is_told_by_its_absence_too():
    explorer = w.sentiment_explorer()
    before = explorer.shown()
    explorer.controls["by"].value = "left out"
    assert explorer.shown() != before
    learnt, _ = sentiment.quick_models()
    words = sentiment.words_in(explorer.state["sentence"])
    gone = learnt.predict([" ".join(words)])[0] - learnt.predict([" ".join(words[1:])])[0]
    found = w.read_sentence(explorer.state, sentiment.quick_models())
    assert found.rows[0][1][0] == pytest.approx(gone, abs=1e-5)


def test_a_line_without_words_and_a_long_one_are_shown():
    explorer = w.sentiment_explorer()
    explorer.controls["sentence"].value = "..."
    assert "(no word)" in explorer.shown().picture
    assert explorer.shown().readout == "No word was typed: 0 words are read."
    explorer.controls["sentence"].value = "good " * 200
    assert explorer.shown().picture.count(">good<") == 60
    assert explorer.shown().readout.endswith("Only the first 60 words are read.")
    explorer.controls["sentence"].value = "good " * 60
    assert "Only the first" not in explorer.shown().readout

# ---- autoencoder ----------------------------------------------------------------------------------------------------

def test_the_plane_of_codes_tells_the_nearest_held_out_digits():
    net, digits = autoencoder.network(2, np.random.default_rng(4)), load_digits()
    shown = w.code_plane_explorer(net).shown({"first": 0.5, "second": -1.0})
    for name, encode in {"autoencoder": lambda x: predict(net.layers[0], x),
                         "PCA": lambda x: autoencoder.Principal(digits.x_train).code(x, 2)}.items():
        codes, fitted = encode(digits.x_test), encode(digits.x_train)
        away = np.linalg.norm((codes - fitted.mean(axis=0)) / fitted.std(axis=0) - [0.5, -1.0], axis=1)
        near = np.argsort(away, kind="stable")[:5]
        labels = ", ".join(map(str, digits.t_test[near]))
        told = f"{name}: the five nearest held-out digits are {labels}, the nearest {away[near[0]]:.2f} s.d."
        assert told in shown.readout


def test_a_place_is_told_in_standard_deviations_of_the_codes():
    digits, principal = load_digits(), autoencoder.Principal(load_digits().x_train)
    plane = w._Plane(lambda x: principal.code(x, 2), principal.decoded, digits)
    for place in ((0.0, 0.0), (1.0, -2.0)):
        code = np.array(place) * np.sqrt(principal.variances[:2])
        expected = autoencoder.inked(principal.mean + code @ principal.P[:, :2].T)
        np.testing.assert_allclose(plane.at(place)[0].ravel(), expected, atol=1e-12)

# ---- recommendation -------------------------------------------------------------------------------------------------

def test_the_films_shown_are_the_nearest_by_both_measures():
    ratings, rng = load_ratings(), np.random.default_rng(0)
    rows = rng.normal(size=(9066, 3))
    film = np.flatnonzero(ratings.titles == w.FILMS[0])[0]
    rows[[100, 7000]] = rows[film] * 2 + 1e-3, rows[film] * 3 + 1e-2
    explorer = w.film_explorer(rows)
    count, (near, together) = w.near({"film": w.FILMS[0], "least": 1}, rows)
    assert count == 291 and [title for title, _ in near[:2]] == [w._short(ratings.titles[f]) for f in (100, 7000)]
    title, cosine = together[0]
    who = [set(ratings.users[ratings.films == f]) for f in (film, np.flatnonzero([w._short(t) == title
                                                                                 for t in ratings.titles])[0])]
    assert cosine == pytest.approx(len(who[0] & who[1]) / np.sqrt(len(who[0]) * len(who[1])), abs=1e-5)
    line = explorer.shown({"film": w.FILMS[0], "least": 1}).readout
    assert "291 ratings" in line and near[0][0] in line and f"cosine {cosine:.2f}" in line


def test_a_neighbour_has_been_rated_often_enough_and_is_another_film():
    ratings = load_ratings()
    count = dict(zip([w._short(t) for t in ratings.titles], np.bincount(ratings.films)))
    for film in w.FILMS:
        _, lists = w.near({"film": film, "least": 100}, np.random.default_rng(1).normal(size=(9066, 2)))
        assert all(count[title] >= 100 and title != w._short(film) for films in lists for title, _ in films)
        assert all(len(films) == w.NEAR for films in lists)
    picture = w.film_explorer().shown().picture
    assert len(re.findall("<title>cosine", picture)) == 2 * w.NEAR


def test_factors_of_another_size_are_refused():
    with pytest.raises(ValueError, match="model.Q.data"):
        w.film_explorer(np.zeros((5, 2)))

