"""What five popular articles say about backpropagation, with a verdict on each sentence: ``claims.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

VERDICTS = {"right": "right", "condition": "needs a condition", "muddled": "mixes two things", "false": "false"}


class Claim(NamedTuple):
    """One sentence.

    id        as in ``claims.toml``, "A8"
    starred   is there an experiment in lesson 16 whose output decides?
    where     articles and lines of their texts: ("A 5", "B 9")
    quote     at most 15 words
    verdict   a key of ``VERDICTS``
    topic     a letter
    truth     what is true, in one or two sentences
    sources   keys of the bibliography
    shown     the lesson and section that show it: "04.7" for section 7 of lesson 04
    """

    id: str
    starred: bool
    where: tuple
    quote: str
    verdict: str
    topic: str
    truth: str
    sources: tuple
    shown: str

    @property
    def articles(self):
        """The letters of the articles that say it, each once."""
        return tuple(dict.fromkeys(place.split()[0] for place in self.where))


@cache
def load_claims():
    """All claims in the order of the file: ``{id: Claim}``."""
    found = tomllib.loads((resources.files("course_lib.data") / "claims.toml").read_text(encoding="utf-8"))["claim"]
    return {entry["id"]: Claim(**{key: tuple(value) if isinstance(value, list) else value
                                  for key, value in entry.items()}) for entry in found}
