"""The questions of the self-test of lesson 16: ``selftest.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np


class Question(NamedTuple):
    """A question: its number from 1, the lesson and section that explains it ("04.3"), the question, the options in
    the order in which they are shown, the right one, and why it is right."""

    number: int
    section: str
    ask: str
    options: tuple
    right: str
    because: str


@cache
def load_selftest():
    """All questions in the order of the lessons: a tuple. Options are mixed, the same way every time."""
    found = tomllib.loads((resources.files("course_lib.data") / "selftest.toml").read_text(encoding="utf-8"))
    questions = []
    for number, entry in enumerate(found["question"], 1):
        options = [entry["right"], *entry["wrong"]]
        options = [options[i] for i in np.random.default_rng(number).permutation(len(options))]
        questions.append(Question(number, entry["section"], entry["ask"], tuple(options), entry["right"],
                                  entry["because"]))
    return tuple(questions)
