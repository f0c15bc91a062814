"""Tasks of lesson 13: TODO."""

import numpy as np

from course_lib.exercises.task import Slip, Task, forms

SHEET = "13_beyond_perception"


# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

def rating_gradients(users, films, stars, P, Q, l2):
    """The gradients of ½ Σ_n [(p · q - r)² + l2 (|p|² + |q|²)] / N.

    p = P[users[n]], q = Q[films[n]], r = stars[n]

    users, films (N,) whole numbers, stars (N,), P (U, K), Q (F, K), l2 a number
    Returns  dP (U, K), dQ (F, K)
    """
    p, q = P[users], Q[films]
    error = (p * q).sum(axis=1, keepdims=True) - stars[:, np.newaxis]
    dP, dQ = np.zeros_like(P), np.zeros_like(Q)
    np.add.at(dP, users, (error * q + l2 * p) / len(users))
    np.add.at(dQ, films, (error * p + l2 * q) / len(users))
    return dP, dQ


def _ratings_case(rng, users=None, films=None, N=17, l2=0.3):
    """More ratings than people, more than films: rows come several times; the last row of each table never."""
    U, F, K = 5, 7, 3
    users = rng.integers(0, U - 1, size=N) if users is None else users
    films = rng.integers(0, F - 1, size=N) if films is None else films
    return users, films, rng.integers(1, 11, size=N) / 2, rng.normal(size=(U, K)), rng.normal(size=(F, K)), l2


_ADD_P, _ADD_Q = "np.add.at(dP, users, (", "np.add.at(dQ, films, ("
_REPEATS = "dP[users] += … writes a repeated row once only; np.add.at adds all that belongs to it"
_EVERY = "the penalty stands inside the sum: a row pays for each of its ratings in the batch, and a row without none"

RATING_GRADIENTS = Task(
    id="13-6", title="the gradients of repeated rows", level="write", difficulty=2, importance=3, minutes=15,
    reference=rating_gradients, outputs=("dP", "dQ"), cases=_ratings_case, batch=lambda users, *_: len(users),
    fresh=True,
    small=(np.array([0, 0]), np.array([0, 1]), np.array([4.0, 1.0]), np.array([[1.0, 2.0], [0.0, 1.0]]),
           np.array([[1.0, 1.0], [2.0, 0.0]]), 0.0),
    edges={"a penalty": lambda rng: _ratings_case(rng, l2=1.0),
           "one rating": lambda rng: _ratings_case(rng, N=1),
           "one person rates all": lambda rng: _ratings_case(rng, np.full(6, 2), np.arange(6), 6),
           "one film is rated by all": lambda rng: _ratings_case(rng, np.arange(4), np.full(4, 3), 4),
           "no row twice": lambda rng: _ratings_case(rng, np.arange(4)[::-1], np.arange(4), 4),
           "the same rating twice": lambda rng: _ratings_case(rng, np.array([1, 1]), np.array([2, 2]), 2)},
    suspects=(
        *forms("repeats lost", _REPEATS, ((_ADD_P, "dP[users] += (("), (_ADD_Q, "dQ[films] += ((")),
               ((_ADD_P, "dP[users] += (("),), ((_ADD_Q, "dQ[films] += (("),)),
        Slip("penalty on all rows", _EVERY, ("error * q + l2 * p)", "error * q)"),
             ("error * p + l2 * q)", "error * p)"), ("return dP, dQ", "return dP + l2 * P, dQ + l2 * Q")),
        Slip("penalty on all rows, divided by N", _EVERY, ("error * q + l2 * p)", "error * q)"),
             ("error * p + l2 * q)", "error * p)"),
             ("return dP, dQ", "return dP + l2 * P / len(users), dQ + l2 * Q / len(users)")),
        Slip("penalty once a row", _EVERY, ("error * q + l2 * p)", "error * q)"), ("error * p + l2 * q)", "error * p)"),
             ("return dP, dQ", """dP[np.unique(users)] += l2 * P[np.unique(users)] / len(users)
    dQ[np.unique(films)] += l2 * Q[np.unique(films)] / len(users)
    return dP, dQ""")),
        Slip("penalty forgotten", "½ l2 |p|² has the gradient l2 p, in both tables",
             ("error * q + l2 * p)", "error * q)"), ("error * p + l2 * q)", "error * p)")),
        *forms("penalty forgotten in one table", "both rows pay: l2 p in dP, l2 q in dQ",
               (("error * q + l2 * p)", "error * q)"),), (("error * p + l2 * q)", "error * p)"),)),
        Slip("sign", "the error is what was predicted less what was given", ("- stars", "+ stars"),
             ("(p * q)", "-(p * q)")),
        Slip("sign of the penalty", "it is added to the loss: plus l2 p", ("q + l2 * p", "q - l2 * p"),
             ("p + l2 * q", "p - l2 * q")),
        Slip("2 too many", "the half in front of the square takes the 2 away", ("(error * q", "2 * (error * q"),
             ("(error * p", "2 * (error * p")),
        Slip("2 too many in the error", "the half takes the 2 away, in the error as in the penalty",
             ("(error * q", "(2 * error * q"), ("(error * p", "(2 * error * p")),
        Slip("N forgotten", "the loss is a mean over the batch: divide by N", ("l2 * p) / len(users)", "l2 * p)"),
             ("l2 * q) / len(users)", "l2 * q)")),
        Slip("divided by the ratings of the row", "divide by the N of the batch, not by how often a row occurs",
             ("l2 * p) / len(users)", "l2 * p) / np.bincount(users)[users][:, np.newaxis]"),
             ("l2 * q) / len(users)", "l2 * q) / np.bincount(films)[films][:, np.newaxis]")),
        Slip("own row instead of the other", "a person's row moves along the film's, error · q, and a film's along p",
             ("error * q", "error * P[users]"), ("error * p +", "error * q +")),
        Slip("error forgotten", "each rating pulls with its error: error · q", ("error * q", "q"), ("error * p", "p")),
        Slip("tables swapped", "first dP, for the people, then dQ", ("return dP, dQ", "return dQ, dP")),
    ))


TASKS = [
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
    RATING_GRADIENTS,
    # ---- recommendation
]
