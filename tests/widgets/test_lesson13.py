"""The explorers of lesson 13: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.data import load_ratings
from course_lib.widgets import lesson13 as w

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

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

