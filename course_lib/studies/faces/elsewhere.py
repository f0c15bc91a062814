"""Photographs from elsewhere: why a threshold does not travel, and what can be done about it without names.

All photographs of one collection (one camera, one way of cutting) share something, an offset m of their vectors, and m
raises the similarity of any two of them by |m|². ``centred`` takes it away; ``calibrate`` does so for new photographs,
and gives the threshold to use there. Lesson 11, section 8, derives both.
"""

from typing import NamedTuple

import numpy as np

from course_lib.data.files import read_bytes
from course_lib.experiments import say
from course_lib.layers import need_generator
from course_lib.rules.functions import l2_normalize
from course_lib.studies.faces.classifier import ONE_VIEW, descriptors
from course_lib.studies.faces.images import check_images, resized
from course_lib.studies.faces.verification import Pairs, all_pairs, equal_error_rate, pair_distances
from course_lib.studies.reports import Row, recognition_report, report_of, said, share_interval, two_errors

FEWEST, PEOPLE = 10, 5          # photographs to calibrate with; people, where it is known who they are


# ---- centring and calibrating ---------------------------------------------------------------------------------------

def centred(y, mean=None):
    """Vectors without what their collection shares: y − mean, at length 1. ``mean`` is that of y if not given.

    Shapes: y (N, L)  ->  (N, L), unit vectors
    Source: lesson 11, section 8, equation (11.9).
    """
    y = np.asarray(y)
    return l2_normalize(y - (y.mean(axis=0) if mean is None else mean))[0]


def threshold_of(y, people):
    """The threshold of equal errors of all pairs."""
    pairs = all_pairs(people)
    return equal_error_rate(pair_distances(y, pairs), pairs.same)[1]


class TooFew(ValueError):
    """Too few photographs to calibrate with, or too few that are no copies of others."""


class Calibration(NamedTuple):
    """What new photographs share, the threshold for them, and how many there were."""

    mean: np.ndarray
    threshold: float
    photographs: int

    def vectors(self, y):
        """Vectors of photographs of this kind, ``centred``: for distances that ``threshold`` may judge."""
        return centred(y, self.mean)


def calibrate(y, known, people):
    """A ``Calibration`` for new photographs of which nobody knows whom they show: y = embed(photographs).

    known, people   vectors of other photographs of the same network, and whom these show: people that it did not learn
                    from. ``centred``, too, they give the threshold, that of their equal errors

    Where pairs of the new photographs are more alike than those of the known ones, the threshold is lowered: it stands
    as many spreads from the middle there as here. The spread is that of the less similar half, in which hardly a pair
    shows one person, so that no names are needed. It is never raised.

    The new photographs should show many people: of few, the mean is these people, and centring takes away what should
    be compared. Fewer than ten photographs are refused; a photograph and its copies count once.

    Shapes: y (N, L), known (M, L), people (M,)
    Source: lesson 11, section 8, equations (11.9) and (11.10).
    """
    y = np.asarray(y)
    if y.ndim != 2 or not np.isfinite(y).all():
        raise ValueError(f"calibrate: y must hold finite vectors (N, L), got {y.dtype} of shape {y.shape}")
    if len(y) < FEWEST:
        raise TooFew(f"calibrate: give at least {FEWEST} photographs, of as many people as can be had, got {len(y)}")
    unit = l2_normalize(y)[0]
    copies = np.tril(unit @ unit.T, -1) > 1 - 5e-6              # of an earlier one
    if (distinct := int((~copies.any(axis=1)).sum())) < FEWEST:
        raise TooFew(f"calibrate: only {distinct} of the {len(y)} photographs differ; give at least {FEWEST} "
                     "photographs that are no copies of each other")
    known, mean = centred(known), y.mean(axis=0)
    (middle, spread), (new_middle, new_spread) = _unlike(known), _unlike(centred(y, mean))
    here = 1 - threshold_of(known, people) ** 2 / 2             # the threshold as a similarity
    there = new_middle + (here - middle) * new_spread / spread                                      # (11.10)
    return Calibration(mean, float(np.sqrt(2 - 2 * np.clip(max(here, there), -1, 1))), len(y))


def _unlike(y):
    """The middle of the similarities of all pairs, and how far below it the lowest twentieth begins."""
    middle, low = np.quantile((y @ y.T)[np.triu_indices(len(y), 1)], (0.5, 0.05))
    return middle, middle - low


def among(rate, n):
    """The chance of at least one false accept in n comparisons, 1 − (1 − rate)^n: each wrong by itself at ``rate``.

    Comparisons of one picture with n others are not independent: then it is less (``strangers_named`` measures it).
    Source: lesson 11, section 8, equation (11.11).
    """
    return 1 - (1 - rate) ** n


def strangers_named(pairs, distances, threshold):
    """Of each photograph, as if its person were a stranger: is a photograph of somebody else accepted?

    Shapes: ``all_pairs`` of N photographs, the distance of each pair  ->  truth values (N,)
    """
    wrong, named = ~pairs.same & (distances <= threshold), np.zeros(pairs.second.max() + 1, bool)
    named[pairs.first[wrong]] = named[pairs.second[wrong]] = True
    return named


def naming_threshold(y, gallery):
    """The largest distance up to which none of these strangers is taken for anybody of the gallery: just below the
    nearest. The next stranger of their kind is named with a chance of 1 in N + 1, if the N show different people.

    Shapes: y (N, L), gallery (M, L), unit vectors, both centred each by itself
    Source: Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world, section 2.
    """
    nearest = np.sqrt(np.maximum(2 - 2 * (y @ gallery.T).max(axis=1), 0))
    return float(np.nextafter(nearest.min(), 0))


# ---- a simulated elsewhere ------------------------------------------------------------------------------------------

def other_camera(images, rng):
    """The same photographs as another camera might have taken all of them: cut and moved alike, less sharp, light from
    above. One draw for all. **Simulated**: real collections differ in more ways.

    Shapes: images (N, h, w), grey values from 0 to 1  ->  the same
    """
    need_generator("other_camera", rng)
    images = check_images("other_camera", images)
    zoom, down, right, width, light = rng.uniform((0.75, -0.06, -0.06, 1.0, 0.3), (1.1, 0.06, 0.06, 2.5, 0.9))
    h, w = images.shape[1:]
    moved = resized(images, h, w, zoom=zoom, down=down, right=right)
    A, B = (_blur(n, width).astype(images.dtype) for n in (h, w))
    slope = np.exp(-light * np.linspace(-1, 1, h))[:, np.newaxis].astype(images.dtype)
    return np.clip(A @ moved @ B.T * slope, 0, 1)


def own_light(images, rng):
    """Each photograph lit from the left or from below, by chance. (Left or right would not do: the network averages the
    mirror image.) **Simulated.**

    Shapes: images (N, h, w), grey values from 0 to 1  ->  the same
    """
    need_generator("own_light", rng)
    images = check_images("own_light", images)
    strength, below = rng.uniform(0.8, 1.6, (len(images), 1, 1)), rng.random((len(images), 1, 1)) < 0.5
    down, across = (np.linspace(-1, 1, n) for n in images.shape[1:])
    slope = np.exp(strength * np.where(below, down[:, np.newaxis], -across))
    return np.clip(np.maximum(images, 1e-3) * slope, 0, 1).astype(images.dtype)


CAMERAS = {"as they are": lambda images, rng: images, "another camera": other_camera, "own light": own_light}


def one_view(trunk, projection):
    """``embed(images) -> (N, L)`` that looks at a photograph and its mirror image only: five times as fast as ten."""
    return lambda images: projection(descriptors(trunk, images, ONE_VIEW))[0]


def as_taken(kind, k, splits, trunks, projections):
    """Vectors of every second photograph of the strangers of split k, changed as ``CAMERAS`` says; its rng is k."""
    images = CAMERAS[kind](splits[k].judge[0][::2], np.random.default_rng(k))
    return one_view(trunks[k], projections[k])(images)


def known_and_example(photographs, seed):
    """Two collections of (images, people): every second photograph as it is, and the others by ``other_camera``."""
    images, people = photographs
    return (images[::2], people[::2]), (other_camera(images[1::2], np.random.default_rng(seed)), people[1::2])


def _blur(n, width):
    near = np.exp(-0.5 * ((np.arange(n)[:, np.newaxis] - np.arange(n)) / width) ** 2)
    return near / near.sum(axis=1, keepdims=True)


# ---- both, measured -------------------------------------------------------------------------------------------------

SHIFTED = ("photographs", "|m|²", "false accepts before", "accepts after", "false rejects before", "rejects after",
           "EER before", "EER after")
MANY = ("threshold", "a comparison", "90, one by one", "counted", "own people rejected")


class Shifted(NamedTuple):
    """A row of the table of ``SHIFTED``, before and after centring: errors are (share, low, high), ``eer_`` numbers
    are shares. NaN is what is not known; ``size`` is |m|²."""

    name: str
    size: float
    accepts_before: tuple
    accepts_after: tuple
    rejects_before: tuple
    rejects_after: tuple
    eer_before: float
    eer_after: float


def shifted_row(name, known, vectors, people, *, few=None):
    """``Shifted``: one threshold for each split, before and after centring.

    known, vectors   for each split vectors of the strangers as they are, and of other photographs of them
    people           for each split whom they show
    few              how many people at a time are centred on their own mean, and judged; all of a split if not given
    Before: the threshold of equal errors of ``known``; after: that of ``calibrate`` for the whole split. Pairs of all
    splits are put together; the interval of a share is over people, who may stand in two splits. The equal error rates
    (EER), each at a threshold of its own, are means over splits.
    """
    splits = [[*_judged_parts(*split, few)] for split in zip(known, vectors, people) if np.isfinite(split[1]).all()]
    found = [part for split in splits for part in split]
    if not found:
        return Shifted(name + " (incomplete)", np.nan, *[(np.nan,) * 3] * 4, np.nan, np.nan)
    same, before, after, units = (np.concatenate([part[k] for part in found]) for k in range(4))
    rates = [share_interval(hits[kind], units[kind]) for kind, hit in ((~same, True), (same, False))
             for hits in (before == hit, after == hit)]
    size = float(np.mean([part[4] for part in found]))
    return Shifted(name, size, *rates, *(_equal_errors(splits, column) for column in (5, 6)))


def shifted_rows(taken, people):
    """``Shifted`` of every camera, then of the other camera centred on two people, and on one.

    taken    {(camera, split): vectors}, such as ``as_taken`` gives; people: for each split whom they show
    """
    of = {kind: [taken[kind, k] for k in range(len(people))] for kind, _ in taken}
    known, new = of["as they are"], of["another camera"]
    return [*(shifted_row(kind, known, y, people) for kind, y in of.items()),
            *(shifted_row(f"camera, mean of {few}", known, new, people, few=few) for few in (2, 1))]


def shifted_table(rows):
    """Rows of ``Shifted`` as text, and the header ``SHIFTED``; what is not known is empty."""
    return [[row.name, "" if np.isnan(row.size) else f"{row.size:.2f}", *map(_with_limits, row[2:6]),
             *map(said, row[6:])] for row in rows], SHIFTED


def _judged_parts(known, y, people, few):
    """For all people, or some at a time: same, accepted before and after, units, |m|², distances before and after."""
    names, threshold, own = np.unique(people), threshold_of(known, people), calibrate(y, known, people)
    for some in np.split(names, len(names) // (few or len(names))):
        rows = np.isin(people, some)
        z, who, mean = y[rows], people[rows], y[rows].mean(axis=0)
        i, j = np.triu_indices(len(z), 1)
        pairs = Pairs(i, j, who[i] == who[j])                   # of one person all are the same: not for ``all_pairs``
        before, after = pair_distances(z, pairs), pair_distances(centred(z, mean), pairs)
        yield (pairs.same, before <= threshold, after <= own.threshold, np.stack([who[i], who[j]], axis=1),
               mean @ mean, before, after)


def _equal_errors(splits, column):
    """The mean over splits of the equal error rate of these distances; NaN if no pair is of two people."""
    together = [[np.concatenate([part[k] for part in split]) for k in (column, 0)] for split in splits]
    if any(same.all() for _, same in together):
        return np.nan
    return float(np.mean([equal_error_rate(*split)[0] for split in together]))


def _with_limits(rate):
    share, low, high = rate
    return "" if np.isnan(share) else f"{said(share)} ({100 * low:.1f} to {100 * high:.1f})"


def against_many(y, people, most=None):
    """At the threshold of equal errors, or where the share ``most`` of the pairs of two people is accepted: the false
    acceptance of a comparison, (11.11) for all comparisons of a photograph with those of other people, what is counted
    (``strangers_named``), and the share of the pairs of one person that is rejected: four shares."""
    pairs = all_pairs(people)
    distances = pair_distances(y, pairs)
    threshold = equal_error_rate(distances, pairs.same)[1]
    if most is not None:
        threshold = np.quantile(distances[~pairs.same], most)
    rate = (distances <= threshold)[~pairs.same].mean()
    others = np.mean([(people != who).sum() for who in people])
    named, rejected = strangers_named(pairs, distances, threshold), (distances > threshold)[pairs.same]
    return rate, among(rate, others), named.mean(), rejected.mean()


def gate(vectors, people, most=1e-3):
    """``against_many`` for several splits: rows of a table, ``MANY`` names its columns; then, in percent, what is
    counted at the threshold of equal errors, and by how many points it is less than (11.11). Splits that
    are not whole are left out; None and "" if any is.

    Shapes: vectors, people: lists, for each split y (N, L) and people (N,)
    """
    whole = [(y, who) for y, who in zip(vectors, people) if np.isfinite(y).all()]
    found = {name: 100 * np.reshape([against_many(y, who, limit) for y, who in whole], (-1, 4))
             for name, limit in (("equal errors", None), (f"1 in {1 / most:,.0f}", most))}
    rows = [[name, *(say(column, "{:.1f} %") for column in of.T)] for name, of in found.items()]
    _, promised, counted, _ = found["equal errors"].T
    complete = len(whole) == len(vectors)
    return rows, counted.mean() if complete else None, say(promised - counted, "{:.0f}") if complete else ""


# ---- a folder of one's own ------------------------------------------------------------------------------------------

def judge_photographs(photographs, embed, known, *, calibration=None, facts=None):
    """How well faces are told apart on photographs of one's own: a ``Report``.

    photographs   images (N, h, w) and people (N,), such as ``page.pictures.load_photographs(folder)`` reads
    embed         ``embed(images) -> (N, L)``, unit vectors
    known         images and people of the same kind that the network did not learn from, for the threshold
    calibration   a ``Calibration`` by other photographs; by default by these, whose names it does not use

    Every photograph is looked up among the others: the nearest tells who it is, if it lies within the threshold; else
    there is no answer. Each person needs two photographs. The threshold's two errors are counted over all pairs.
    """
    images, people = photographs[0], np.asarray(photographs[1])
    names, counts = np.unique(people, return_counts=True)
    if len(names) < 2 or counts.min() < 2:
        alone = ", ".join(map(str, names[counts < 2][:5]))
        raise ValueError(f"judge_photographs: there must be two people or more, with two photographs each, got "
                         f"{len(names)} people{f'; one photograph only of {alone}' if alone else ''}")
    if calibration is None and len(names) < PEOPLE:
        raise ValueError(f"judge_photographs: the mean of photographs of {len(names)} people is these people; "
                         f"calibrate(embed(photographs), …) on photographs of {PEOPLE} people or more, taken alike, "
                         "and pass it on")
    y = embed(images)
    own = calibration or calibrate(y, embed(known[0]), known[1])
    y, pairs = own.vectors(y), all_pairs(people)
    near, distances = pair_distances(y, pairs), np.full((len(y), len(y)), np.inf)       # inf: of itself
    distances[pairs.first, pairs.second] = distances[pairs.second, pairs.first] = near
    found = distances.min(axis=1) <= own.threshold
    answers = [people[k] if ok else None for k, ok in zip(distances.argmin(axis=1), found)]
    units = np.stack([people[pairs.first], people[pairs.second]], axis=1)
    errors = two_errors(near <= own.threshold, pairs.same, units, f"distance up to {own.threshold:.3f}")
    error = equal_error_rate(near, pairs.same)[0]
    rows = [*errors, Row("equal error rate", "all pairs", "", len(pairs.same), len(names), error, np.nan, np.nan)]
    return recognition_report(people, answers, people, errors=rows, facts={
        "command": "course_lib.studies.faces.judge_photographs", "data": "photographs of the reader's own",
        "calibration": f"the mean and all pairs of {own.photographs} photographs, without names", **(facts or {})})


def elsewhere_figures():
    """The stored figures of other collections of faces: a ``Report``; no photographs."""
    return report_of(read_bytes("faces_elsewhere_figures.csv"))


def elsewhere_tables():
    """All stored figures as tables: rows and header of each."""
    figures = elsewhere_figures()
    return [elsewhere_rows(), *(figures.lines(part) for part in figures.parts[1:])]


def elsewhere_rows():
    """Rows and header of a table of the equal error rates: a collection a row, a method a column."""
    rows = elsewhere_figures().part("equal error rate")
    methods, places = (list(dict.fromkeys(row[k] for row in rows)) for k in (2, 1))
    rate = {(row.name, row.answer): said(row.share) for row in rows}
    return [[place, *(rate[place, method] for method in methods)] for place in places], ["equal error rate", *methods]
