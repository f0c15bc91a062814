"""What five popular articles say about backpropagation, with a verdict on each sentence: ``claims.toml``."""

import re
import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import NamedTuple

from course_lib.data.sections import section

VERDICTS = {"right": "right", "condition": "needs a condition", "muddled": "mixes two things", "false": "false"}
ARTICLES = {        # titles and places as lesson 00 lists them
    "A": "opens “Backpropagation (or backward propagation) is a computed aided mathematical method”, unsigned",
    "B": "“Backpropagation”, Deepchecks glossary",
    "C": "opens “Backpropagation, short for ‘backward propagation of errors,’”, unsigned",
    "D": "opens “Backpropagation is a fundamental component of deep learning for neural networks”, unsigned",
    "E": "“Backpropagation in Machine Learning – Complete Guide”, unsigned",
}
TOPICS = {"A": "what it is", "B": "graphs and loops", "C": "cost and tuning", "D": "descent and statistics",
          "E": "networks", "F": "faces", "G": "sound", "H": "history and uses", "L": "limits"}
MOST_WORDS = 15     # of an article, in one quotation


class Claim(NamedTuple):
    """One sentence.

    id        as in ``claims.toml``, "A8"
    starred   is there an experiment in lesson 16 whose output decides?
    where     articles and lines of their texts: ("B 5", "A 1"); the first is the one that is quoted
    quote     at most 15 words
    verdict   a key of ``VERDICTS``
    topic     a key of ``TOPICS``
    truth     what is true, in one or two sentences
    sources   keys of the bibliography: the first author's surname and the year, "rumelhart1986"
    shown     the lesson and section that show it, as in ``sections``: "04.7"
    others    how the other articles of ``where`` say it, in the same order
    figure    a number of that section, as its outputs carry it; "" without one
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
    others: tuple = ()
    figure: str = ""

    @property
    def articles(self):
        """The letters of the articles that say it, each once, the quoted one first."""
        return tuple(dict.fromkeys(place.split()[0] for place in self.where))

    @property
    def section(self):
        """The section that shows it, with its link."""
        return section(self.shown)

    @property
    def said(self):
        """All quotations: ``{article: its words}``."""
        return dict(zip(self.articles, (self.quote, *self.others)))

    def line(self, article):
        """The first line of an article's text that says it."""
        return next(int(place.split()[1].split("-")[0]) for place in self.where if place.split()[0] == article)


@cache
def load_claims():
    """All claims in the order of the file: ``{id: Claim}``."""
    found = tomllib.loads((resources.files("course_lib.data") / "claims.toml").read_text(encoding="utf-8"))["claim"]
    return {entry["id"]: Claim(**{key: tuple(value) if isinstance(value, list) else value
                                  for key, value in entry.items()}) for entry in found}


def ordered():
    """All claims by topic, then as they come in the articles; an id, which hints at the verdict, is never shown."""
    return sorted(load_claims().values(), key=lambda c: (c.topic, c.articles[0], c.line(c.articles[0]), c.quote))


def verdict_rows():
    """How many sentences have which verdict, by article and in all: rows (said by, one count a verdict, their sum). A
    sentence that two articles share counts for both."""
    claims = list(load_claims().values())
    heard = {f"article {a}": [c for c in claims if a in c.articles] for a in ARTICLES} | {"all five": claims}
    return [[name, *(sum(c.verdict == v for c in said) for v in VERDICTS), len(said)] for name, said in heard.items()]


def words(text):
    """The words of a quotation, in small letters: ["can't", "be", "used"]."""
    return re.findall(r"\w[\w'-]*", text.lower().replace("’", "'").replace("‘", ""))


def common(one, other):
    """How alike are two quotations? The share of the words of the shorter one that stand in the other too, and how
    many words of the longest run that both have."""
    one, other = sorted((words(one), words(other)), key=len)
    shared = sum((Counter(one) & Counter(other)).values())
    runs = [n for n in range(1, len(one) + 1) for i in range(len(one) - n + 1) for j in range(len(other) - n + 1)
            if one[i:i + n] == other[j:j + n]]
    return shared / max(len(one), 1), max(runs, default=0)


def lineage(one="A", other="B"):
    """The sentences that two articles share, each told by the words that ``claims.toml`` quotes of both.

    Returns a list of (claim, words of the first, words of the second), in the order of the first article. Two entries
    for one pair of quotations are told once.
    """
    found, seen = [], set()
    for claim in load_claims().values():
        if one in claim.articles and other in claim.articles:
            pair = claim.said[one], claim.said[other]
            if pair not in seen:
                seen.add(pair)
                found.append((claim, *pair))
    return sorted(found, key=lambda row: row[0].line(one))


def in_order(rows, one="A", other="B"):
    """Of all pairs of shared sentences that stand on different lines in both articles: in how many is the order the
    same, and how many are there?"""
    lines = [(claim.line(one), claim.line(other)) for claim, *_ in rows]
    pairs = [(a, b) for i, a in enumerate(lines) for b in lines[:i] if a[0] != b[0] and a[1] != b[1]]
    return sum((a[0] < b[0]) == (a[1] < b[1]) for a, b in pairs), len(pairs)


LIKENESS = ("shared", "words in common", "four in a row", "crossed: in common", "crossed: in a row", "same order")


def likeness(one, other):
    """How alike two articles are in what both say, as the texts of a row under ``LIKENESS``: how many sentences; the
    mean share of words in common, and how many of these pairs have four words in a row; the same of *crossed* pairs,
    a quotation of one article beside the other's of another sentence; in how many pairs of sentences the order is one.
    """
    rows = lineage(one, other)
    crossed = [(a, b) for i, (_, a, _) in enumerate(rows) for j, (_, _, b) in enumerate(rows) if i != j]

    def told(pairs):
        found = [common(*pair) for pair in pairs]
        mean = sum(share for share, _ in found) / len(found)
        return f"{mean:.2f}", f"{sum(run >= 4 for _, run in found)} of {len(found)}"
    same, pairs = in_order(rows, one, other)
    return [str(len(rows)), *told([row[1:] for row in rows]), *told(crossed), f"{same} of {pairs}"]
