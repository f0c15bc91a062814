"""Ratings of films by people: who, which film, how many stars, when."""

import io
from collections import namedtuple

import numpy as np

from course_lib.data.files import read_bytes

Ratings = namedtuple("Ratings", "users films stars times titles")
Ratings.__doc__ = """Ratings of films, one in each entry of four arrays (N,), sorted by user, time, and film.

users and films are numbers from 0, stars 0.5 to 5 in halves, times seconds since 1970 (UTC). titles (F,) has the name
and the year of each film."""


def load_ratings():
    """MovieLens latest-small of October 2016: 100,004 ratings of 9,066 films by 671 people, as ``Ratings``.

    For research and teaching, not commercial; to be passed on under the same conditions only. The course's MIT licence
    does not hold for this file.

    Source: Harper and Konstan (2015), ACM Transactions on Interactive Intelligent Systems 5 (4), 19; GroupLens; see
    data/SOURCES.md.
    """
    with np.load(io.BytesIO(read_bytes("ratings.npz")), allow_pickle=False) as file:
        titles = np.array(file["titles"].tobytes().decode("utf-8").split("\n"))
        return Ratings(file["users"].astype(np.int64), file["films"].astype(np.int64), file["half_stars"] / 2.0,
                       file["times"].astype(np.int64), titles)
