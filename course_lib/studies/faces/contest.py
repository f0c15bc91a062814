"""A fair contest on strangers: every method learns from the same 30 people and is judged on the same ten others.

That for each of five splits; and what a random split, or one's own training photographs, would have told instead.
"""

import numpy as np

from course_lib.experiments import Split, say, told
from course_lib.studies.faces.baselines import eigenfaces, fisherfaces, pixels
from course_lib.studies.faces.images import SPLITS, split_people
from course_lib.studies.faces.verification import all_pairs, equal_error_rate, pair_distances, verification_accuracy


def strangers_split(photos, people, k):
    """Split k as a ``Split`` with the people as units: a photograph, or a person, on two sides is refused. Nothing is
    chosen, so that ``choose`` is empty."""
    ours = np.isin(people, split_people(k)[0])
    fit, judge = ((photos[rows], people[rows]) for rows in (ours, ~ours))
    return Split(fit, (photos[:0], people[:0]), judge, units=(fit[1], people[:0], judge[1]))


class Contest:
    """Equal error rates of several methods on the strangers of the five splits: ``rates[name]``, (5, 2), with the
    accuracy; NaN where an interrupt left something undone."""

    HEADER = ("strangers", "equal error rate", "accuracy", "the five error rates")
    VERDICTS = ("difference of the error rates", "mean of five", "the first is")

    def __init__(self, photos, people):
        self.splits = [strangers_split(photos, people, k) for k in range(SPLITS)]
        self.rates = {}

    def enter(self, name, vectors, *, watch):
        """Judge ``vectors(k) -> (100, L)``, one vector for each photograph of the strangers of split k.

        ``watch`` is ``page.running.each``: a bar, and nothing is lost when it is stopped.
        """
        found = watch(range(SPLITS), lambda k: self.judged(vectors(k), k), label=name, missing=(np.nan, np.nan))
        self.rates[name] = np.array([found[k] for k in range(SPLITS)])

    def judged(self, y, k):
        """(equal error rate, accuracy) of vectors of the strangers of split k; NaN for vectors that are not finite."""
        if not np.isfinite(y).all():
            return np.nan, np.nan
        pairs = all_pairs(self.splits[k].judge[1])
        distances = pair_distances(y, pairs)
        accuracy = verification_accuracy(distances, pairs.same, rng=np.random.default_rng(k))
        return equal_error_rate(distances, pairs.same)[0], accuracy

    def _of(self, name):
        """The rates of a method that was judged."""
        if name not in self.rates:
            raise ValueError(f"Contest: {name!r} was not judged yet; contest.enter({name!r}, vectors) does it, and so "
                             f"far there are {sorted(self.rates)}")
        return self.rates[name]

    def rows(self, *names):
        """Rows for a table: name, both numbers with their 95 % intervals, the five rates. ``HEADER`` names them."""
        return [[name + " (incomplete)" * bool(np.isnan(r).any()), say(r[:, 0], "{:.3f}"), say(r[:, 1], "{:.3f}"),
                 " ".join(f"{rate:.2f}" for rate in r[:, 0])] for name in names for r in [self._of(name)]]

    def best(self, *names):
        """The name with the lowest mean error rate; None where one is incomplete."""
        means = {name: self._of(name)[:, 0].mean() for name in names}
        return None if np.isnan(list(means.values())).any() else min(means, key=means.get)

    def verdicts(self, *pairs):
        """Rows for a table: of each pair of names the difference, split by split, and what it has ``told``: "lower",
        "higher" or "not told apart". ``VERDICTS`` names the columns."""
        rows = []
        for a, b in pairs:
            difference = self._of(a)[:, 0] - self._of(b)[:, 0]
            rows.append([f"{a} − {b}", say(difference, "{:.3f}"), told(difference, "higher", "lower")])
        return rows


# method(photographs, people) -> embed: what a network must beat
BASELINES = {"pixels": lambda images, people: pixels, "eigenfaces": lambda images, people: eigenfaces(images),
             "Fisherfaces": fisherfaces}

KNOWN = ("strangers", "other photographs", "the same photographs")


def known_rows(people, k, kind):
    """Which 300 photographs to learn from, and which 50 to judge, five of each stranger of split k: two arrays of rows.

    kind   "strangers": all photographs of the other 30 people
           "other photographs": 300 drawn from all that are not judged, as a random split deals them
           "the same photographs": the 50 themselves and 250 of the others: a fault
    """
    ours = np.isin(people, split_people(k)[0])
    judged = np.flatnonzero(~ours)[1::2]
    others = np.random.default_rng(k).permutation(np.setdiff1d(np.arange(len(people)), judged))
    return {"strangers": np.flatnonzero(ours), "other photographs": others[:300],
            "the same photographs": np.append(others[:250], judged)}[kind], judged


def known_rate(photos, people, k, kind):
    """The equal error rate of Fisherfaces learnt from, and judged on, the photographs of ``known_rows``."""
    rows, judged = known_rows(people, k, kind)
    pairs = all_pairs(people[judged])
    y = fisherfaces(photos[rows], people[rows])(photos[judged])
    return equal_error_rate(pair_distances(y, pairs), pairs.same)[0]


def errors_by_person(y, people, count, *, dealt=None):
    """At the threshold of equal errors: of each of ``count`` people the wrong pairs in which they stand, and all pairs.

    ``dealt``, a Generator, deals as many errors to the pairs of each kind at random instead: what chance alone does.

    Shapes: y (N, L), people (N,)  ->  errors, pairs (2, count): row 0 counts false rejects, row 1 false accepts
    """
    pairs = all_pairs(people)
    distances = pair_distances(y, pairs)
    wrong = (distances <= equal_error_rate(distances, pairs.same)[1]) != pairs.same
    if dealt is not None:
        for kind in (pairs.same, ~pairs.same):
            wrong[kind] = dealt.permutation(wrong[kind])
    errors, judged = np.zeros((2, 2, count))
    kind = 1 - pairs.same
    for one in (people[pairs.first], people[pairs.second]):
        np.add.at(judged, (kind, one), 1)
        np.add.at(errors, (kind[wrong], one[wrong]), 1)
    return errors, judged


def carried(vectors, people, count, *, dealt=None):
    """Which share of the errors the worst person carries, the worst two, and so on: (2, count), false rejects and
    false accepts. A person counts by the rate, for some are judged in two splits.

    Shapes: vectors, people: lists, for each split y (N, L) and people (N,)
    """
    found = [errors_by_person(y, who, count, dealt=dealt) for y, who in zip(vectors, people)]
    errors, judged = np.sum(found, axis=0) if found else np.zeros((2, 2, count))
    rates = np.sort(errors / np.maximum(judged, 1), axis=1)[:, ::-1]
    return rates.cumsum(axis=1) / np.maximum(rates.sum(axis=1, keepdims=True), 1e-12)
