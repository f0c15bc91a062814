"""Triplets of anchor, positive and negative, found in a batch of embeddings: random, violating, semi-hard or hard.

A batch of N images goes through the network once; every triplet is three row numbers of the batch, so that one
embedding serves in many triplets, and its gradients add up.
"""

import numpy as np

from course_lib.rules.functions import embedding
from course_lib.rules.losses import triplet_loss
from course_lib.rules.protocol import rule

KINDS = ("random", "violating", "semi-hard", "hard")


def squared_distances(y):
    """All |yᵢ − yⱼ|² of the rows of y, as |yᵢ|² + |yⱼ|² − 2 yᵢ·yⱼ: one matrix product.

    Shapes: y (N, D)  ->  (N, N)
    """
    squares = (y * y).sum(axis=1)
    return np.maximum(squares[:, np.newaxis] + squares - 2 * (y @ y.T), 0)      # rounding can make a zero negative


def mine_triplets(y, people, *, kind="semi-hard", margin=0.2, rng):
    """For every pair of two images of one person (anchor, positive), one negative, chosen from the batch.

    kind    "random": any image of another person
            "violating": one at random of those that violate the margin, |a − n|² < |a − p|² + margin
            "semi-hard": one at random of those that violate it and are still farther away than the positive
            "hard": the nearest image of another person
    Pairs for which no such negative exists are left out.

    Shapes: y (N, D) embeddings, people (N,) whole numbers  ->  triplets (M, 3), the rows of anchor, positive and
            negative

    Source: violating negatives: Parkhi, Vedaldi, Zisserman (2015), BMVC, section 4; semi-hard ones: Schroff,
            Kalenichenko, Philbin (2015), CVPR, section 3.2; lesson 11, section 5, equation (11.7).
    """
    if kind not in KINDS:
        raise ValueError(f"mine_triplets: kind must be one of {', '.join(KINDS)}, got {kind!r}")
    people = check_people("mine_triplets", y, people)
    same = people[:, np.newaxis] == people
    anchor, positive = np.nonzero(same & ~np.eye(len(people), dtype=bool))
    if same.all():
        raise ValueError(f"mine_triplets: all {len(people)} images show one person, and a triplet needs a negative; "
                         "put images of at least two people into the batch")
    if len(anchor) == 0:
        raise ValueError("mine_triplets: each person has a single image, and a triplet needs a positive; "
                         "put at least two images of some person into the batch")
    distances = squared_distances(y)
    to_positive, to_others = distances[anchor, positive][:, np.newaxis], distances[anchor]      # (M, 1), (M, N)
    possible = ~same[anchor]
    if kind in ("violating", "semi-hard"):
        possible &= to_others < to_positive + margin
    if kind == "semi-hard":
        possible &= to_others > to_positive
    score = -to_others if kind == "hard" else rng.random(to_others.shape)
    negative = np.where(possible, score, -np.inf).argmax(axis=1)
    found = possible.any(axis=1)
    return np.stack([anchor, positive, negative], axis=1)[found]


def triplet_kind(to_positive, to_negative, margin):
    """What mining calls a triplet with these squared distances, (11.7): "satisfied", "semi-hard" or "hard"."""
    if to_negative >= to_positive + margin:
        return "satisfied"
    return "semi-hard" if to_negative > to_positive else "hard"


def active_share(y, triplets, margin=0.2):
    """The share of triplets that violate the margin and so have a gradient, between 0 and 1 (0 without triplets)."""
    if len(triplets) == 0:
        return 0.0
    a, p, n = (y[rows] for rows in np.asarray(triplets).T)
    gap = ((a - p) ** 2 - (a - n) ** 2).sum(axis=1) + margin
    return float((gap > 0).mean())


@rule
def batch_triplet_loss(y, triplets, margin=0.2):
    """``triplet_loss`` of triplets that are rows of one batch. Without triplets the loss and its gradient are 0.

    Shapes:   y (N, D) embeddings, triplets (M, 3) row numbers  ->  L (a number)
    Backward: dy = for each embedding the sum over the triplets in which it stands, by equation (11.6)
    """
    if len(triplets) == 0:
        return y.dtype.type(0), lambda dloss=1.0: np.zeros_like(y)
    rows, rows_backward = embedding(y, np.transpose(triplets))      # (3, M, D): looked up, as symbols are
    value, loss_backward = triplet_loss(*rows, margin=margin)
    def backward(dloss=1.0):
        return rows_backward(np.stack(loss_backward(dloss)))
    return value, backward


@rule
def mined_triplet_loss(y, people, *, kind="semi-hard", margin=0.2, rng):
    """``batch_triplet_loss`` of the triplets that ``mine_triplets`` finds: a loss (y, t) like the others.

    Which triplets are chosen depends on y, but is held fixed in the derivative.

    Shapes: y (N, D) embeddings, people (N,)  ->  L (a number)
    """
    return batch_triplet_loss(y, mine_triplets(y, people, kind=kind, margin=margin, rng=rng), margin)


def check_people(caller, y, people):
    """``people`` as an array of whole numbers, one for each row of y; a clear error if it is not that."""
    people = np.asarray(people)
    if np.ndim(y) != 2 or people.shape != np.shape(y)[:1]:
        raise ValueError(f"{caller}: embeddings must have shape (N, D) and people (N,), "
                         f"got {np.shape(y)} and {people.shape}")
    if len(people) == 0:
        raise ValueError(f"{caller}: the batch is empty")
    if people.dtype.kind not in "iu":
        raise TypeError(f"{caller}: people must be whole numbers, got {people.dtype}; "
                        "number them: np.unique(names, return_inverse=True)[1]")
    return people
