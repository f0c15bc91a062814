"""Verification: do two images show the same person? Pairs, distances, and what a threshold on the distance gets wrong.

A pair is accepted as the same person if its distance is at most the threshold. Two errors are possible: two people are
accepted as one (false accept), or two images of one person are rejected (false reject).
"""

from collections import namedtuple

import numpy as np

Pairs = namedtuple("Pairs", "first second same")
Pairs.__doc__ = "Pairs of images: the rows of the first and of the second, and whether they show the same person."

ROC = namedtuple("ROC", "thresholds false_accept true_accept")
ROC.__doc__ = "For each threshold, from strict to generous: the shares of different and of same pairs accepted."


def all_pairs(people):
    """Every pair of two images, once: ``Pairs(first, second, same)``.

    Shapes: people (N,)  ->  three arrays (N (N − 1) / 2,)
    """
    people = np.asarray(people)
    if people.ndim != 1 or len(people) < 2:
        raise ValueError(f"all_pairs: people must have shape (N,) with at least two images, got {people.shape}")
    first, second = np.triu_indices(len(people), 1)
    same = people[first] == people[second]
    if same.all() or not same.any():
        raise ValueError(f"all_pairs: {len(people)} images of {len(np.unique(people))} people give only one kind "
                         "of pair; there must be at least two people, and two images of one of them")
    return Pairs(first, second, same)


def pair_distances(y, pairs):
    """The Euclidean distance |a − b| of each pair of rows of y.

    Shapes: y (N, D)  ->  (number of pairs,)
    """
    return np.linalg.norm(y[pairs.first] - y[pairs.second], axis=1)


def roc(distances, same):
    """The receiver operating characteristic, ``ROC(thresholds, false_accept, true_accept)``: what each accepts.

    The first threshold is −∞, which accepts nothing; then follows every distance that occurs, and the last accepts all
    pairs.

    Shapes: distances, same (M,)  ->  three arrays, from (0, 0) to (1, 1)
    Source: Fawcett (2006), Pattern Recognition Letters 27; lesson 11, section 2, equations (11.1) and (11.2).
    """
    distances, same = _check_pairs("roc", distances, same)
    order = np.argsort(distances, kind="stable")
    sorted_distances, sorted_same = distances[order], same[order]
    last = np.append(sorted_distances[1:] > sorted_distances[:-1], True)        # of equal distances: a tie is one step
    accepted_same = np.cumsum(sorted_same)[last]
    accepted_different = np.cumsum(~sorted_same)[last]
    return ROC(np.append(-np.inf, sorted_distances[last]),
               np.append(0, accepted_different) / (~same).sum(), np.append(0, accepted_same) / same.sum())


def equal_error_rate(distances, same):
    """The rate at which false accepts and false rejects are equally frequent, and the threshold there.

    Between two thresholds of the ROC both rates are interpolated.

    Shapes: distances, same (M,)  ->  rate between 0 and 1, threshold
    Source: lesson 11, section 2, equation (11.2).
    """
    thresholds, false_accept, true_accept = roc(distances, same)
    gap = false_accept - (1 - true_accept)                      # from −1 to 1, never falling
    i = int(np.argmax(gap >= 0))                                # the first threshold that accepts too much, i ≥ 1
    share = -gap[i - 1] / (gap[i] - gap[i - 1])                 # where the gap is 0 between the two
    rate = false_accept[i - 1] + share * (false_accept[i] - false_accept[i - 1])
    low = thresholds[i - 1] if i > 1 else thresholds[i]         # before the first distance is no number
    return float(rate), float(low + share * (thresholds[i] - low))


Judged = namedtuple("Judged", "pairs distances unit curve error threshold")
Judged.__doc__ = ("All pairs, their distances divided by ``unit``, the ROC, the equal error "
                  "rate and the threshold there.")


def judged(y, people, unit=None):
    """How well embeddings tell people apart: ``Judged``. By default the unit is the mean distance between two people.

    Shapes: y (N, D), people (N,)
    """
    pairs = all_pairs(people)
    distances = pair_distances(y, pairs)
    unit = distances[~pairs.same].mean() if unit is None else unit
    distances = distances / unit
    return Judged(pairs, distances, unit, roc(distances, pairs.same), *equal_error_rate(distances, pairs.same))


def verification_accuracy(distances, same, *, folds=10, rng):
    """The share of right decisions, as on Labeled Faces in the Wild: mean over ``folds`` of balanced pairs.

    As many different pairs as there are same ones are drawn, and dealt out into folds. The threshold that decides a
    fold is the best one on the other folds, so that no pair takes part in choosing the threshold it is judged by. It
    lies half-way to the next distance there, and not at a distance itself, which a new pair of the same kind may just
    exceed.

    Shapes: distances, same (M,)  ->  a number between 0 and 1
    Source: Huang, Ramesh, Berg, Learned-Miller (2007), Labeled Faces in the Wild, technical report 07-49, Amherst.
    """
    distances, same = _check_pairs("verification_accuracy", distances, same)
    same_pairs, different_pairs = rng.permutation(np.flatnonzero(same)), rng.permutation(np.flatnonzero(~same))
    n = min(len(same_pairs), len(different_pairs))
    if not 2 <= folds <= n:
        raise ValueError("verification_accuracy: folds must lie between 2 and the number of pairs of each kind, "
                         f"{n}, got {folds}")
    fold = np.arange(n) % folds
    right = []
    for k in range(folds):
        others = np.concatenate([same_pairs[:n][fold != k], different_pairs[:n][fold != k]])
        thresholds, false_accept, true_accept = roc(distances[others], same[others])
        best = np.argmax(true_accept - false_accept)                # some distance, or −∞; beyond the last one is ∞
        threshold = np.mean(np.append(thresholds, np.inf)[best:best + 2])
        judged = np.concatenate([same_pairs[:n][fold == k], different_pairs[:n][fold == k]])
        right.append(((distances[judged] <= threshold) == same[judged]).mean())
    return float(np.mean(right))


def _check_pairs(caller, distances, same):
    distances, same = np.asarray(distances), np.asarray(same)
    if distances.ndim != 1 or same.shape != distances.shape:
        raise ValueError(f"{caller}: distances and same must have the same shape (M,), "
                         f"got {distances.shape} and {same.shape}")
    if same.dtype != bool:
        raise TypeError(f"{caller}: same must hold truth values, got {same.dtype}; write same == 1")
    if not np.isfinite(distances).all():
        raise ValueError(f"{caller}: {np.count_nonzero(~np.isfinite(distances))} distances are not finite")
    if same.all() or not same.any():
        raise ValueError(f"{caller}: {same.sum()} pairs of one person and {(~same).sum()} of two; "
                         "both kinds are needed")
    return distances, same
