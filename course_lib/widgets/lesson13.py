"""Explorers of lesson 13, one for each study: TODO."""

from functools import cache

import numpy as np

from course_lib.data.ratings import load_ratings
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import drawing, rect, text
from course_lib.studies import recommendation
from course_lib.widgets.base import Explorer, choice, slider

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

FILMS = ("Star Wars: Episode IV - A New Hope (1977)", "Toy Story (1995)", "Pulp Fiction (1994)", "Matrix, The (1999)",
         "Titanic (1997)", "Casablanca (1942)", "Alien (1979)", "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)",
         "Psycho (1960)", "Shrek (2001)", "Godfather, The (1972)", "Lion King, The (1994)",
         "Lord of the Rings: The Fellowship of the Ring, The (2001)", "Fargo (1996)", "Pretty Woman (1990)",
         "Finding Nemo (2003)", "Memento (2000)", "Jaws (1975)", "Annie Hall (1977)", "Dark Knight, The (2008)")
NEAR = 8                                # films in each list


def _short(title, letters=44):
    """"Matrix, The (1999)" as "The Matrix (1999)"; what is too long is cut before the year."""
    name, _, year = title.rpartition(" (")
    begin, comma, article = name.rpartition(", ")
    if comma and article in ("The", "A", "An"):
        name = f"{article} {begin}"
    return f"{name if len(name) <= letters else name[:letters - 1] + '…'} ({year}"


@cache
def _films():
    """Titles, number of ratings, and the table of who rated what, turned: one row a film."""
    ratings = load_ratings()
    shape = ratings.users.max() + 1, len(ratings.titles)
    table, known, _ = recommendation.rating_table(ratings.users, ratings.films, ratings.stars, shape)
    return ratings.titles, known.sum(axis=0), table, known, np.ascontiguousarray(known.T)


@cache
def _first_factors():
    """Factors of all ratings after 25 updates, for an explorer that is given none."""
    _, _, table, known, _ = _films()
    model = recommendation.Factorisation(table, known, l2=16.0, rng=np.random.default_rng(0))
    for _ in model.learn(25):
        pass
    return model.Q.data


def near(state, columns):
    """Both lists of neighbours: titles with cosines, by the factors and by who rated what."""
    titles, count, *_, who = _films()
    film, allowed = int(np.flatnonzero(titles == state["film"])[0]), count >= state["least"]
    lists = []
    for rows in (columns, who):
        films, cosines = recommendation.neighbours(rows, film, NEAR, allowed)
        lists.append([(_short(titles[f]), float(c)) for f, c in zip(films, cosines) if np.isfinite(c)])
    return int(count[film]), lists


def near_picture(state, found):
    """Two lists of films with bars as long as their cosines."""
    parts = []
    for i, (name, films, colour) in enumerate(zip(("near by the factors", "rated by the same people"), found[1],
                                                  (palette.PARAMETER, palette.DATA))):
        left = 10 + 445 * i
        parts.append(text(left, 20, name, anchor="start", size=13, bold=True))
        for j, (title, cosine) in enumerate(films):
            y = 32 + 31 * j
            parts += [rect(left, y + 17, max(380 * cosine, 1.0), 7, fill=colour, title=f"cosine {cosine:.3f}"),
                      text(left, y + 13, title, anchor="start", size=12),
                      text(left + 425, y + 25, f"{cosine:.2f}", anchor="end", size=11)]
    return drawing(890, 290, *parts, title=f"films near {_short(state['film'])}")


def near_readout(state, found):
    """The film, its number of ratings, the nearest films of both lists, how many are in both."""
    count, (by_factors, by_people) = found
    both = len({title for title, _ in by_factors} & {title for title, _ in by_people})
    told = "; ".join(f"{name} {films[0][0]}, cosine {films[0][1]:.2f}" for name, films in
                     (("nearest by the factors", by_factors), ("by the people who rated them", by_people)))
    return (f"{_short(state['film'])}, {count} ratings; neighbours of at least {state['least']} ratings: {told}. "
            f"{both} of {NEAR} films are in both lists.")


def film_explorer(columns=None):
    """Which films are near a film? ``columns`` (F, K): the factors of the films, such as ``model.Q.data``."""
    columns = _first_factors() if columns is None else np.asarray(columns)
    if columns.ndim != 2 or len(columns) != len(_films()[0]):
        raise ValueError(f"film_explorer: columns must hold one row for each of {len(_films()[0])} films, got shape "
                         f"{columns.shape}; give model.Q.data")
    return Explorer(
        alt="Two lists of films near a film: by the cosine of learnt factors, and by the people who rated both. "
            "Choose the film, and how often a neighbour must have been rated.",
        picture=near_picture, readout=near_readout, compute=lambda state: near(state, columns),
        controls={"film": choice("Film", [(_short(title, 24), title) for title in FILMS], FILMS[0],
                                 tooltip="The film whose neighbours are looked for"),
                  "least": slider("Least number of ratings of a neighbour", 50, 1, 150, 1, live=False,
                                  tooltip="Films rated less often are left out")})


EXPLORERS = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    "films": film_explorer,
    # ---- recommendation
}
