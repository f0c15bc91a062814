"""A map of embeddings: places in the plane whose distances resemble those in the space of vectors."""

from collections import namedtuple

import numpy as np

from course_lib.studies.faces.verification import judged


def flat_map(y, steps=300):
    """Points in the plane whose distances resemble those of the rows of y: multidimensional scaling,
    from the two main directions.

    Each step can only lower the sum of the squared differences of distances (de Leeuw 1977, SMACOF); the result is
    centred, and its largest coordinate is 1.

    Shapes: y (N, D)  ->  (N, 2)
    """
    y = y - y.mean(axis=0)
    wanted = all_distances(y)
    U, s, V = np.linalg.svd(y, full_matrices=False)
    signs = np.sign(V[:2][[0, 1], np.abs(V[:2]).argmax(axis=1)])        # a direction and its opposite are equally good
    z = U[:, :2] * s[:2] * signs
    for _ in range(steps):
        place = z[:, 0] + 1j * z[:, 1]
        present = np.abs(place[:, np.newaxis] - place)                  # the distances on the map
        B = -wanted / np.maximum(present, 1e-12)                        # 0 on the diagonal, where wanted is 0
        np.fill_diagonal(B, -B.sum(axis=1))
        z = B @ z / len(z)
    return z / np.abs(z).max()


def all_distances(y):
    """The distance of every row of y from every other. Shapes: y (N, D)  ->  (N, N)"""
    return np.stack([np.linalg.norm(y - row, axis=1) for row in y])


Mapped = namedtuple("Mapped", "points distances first error")
Mapped.__doc__ = ("Places on the map, all distances, the share of photographs whose nearest one shows the same person, "
                  "the equal error rate.")


def mapped(y, people):
    """``Mapped`` for embeddings y (N, D) of photographs of ``people`` (N,)."""
    distances = all_distances(y)
    np.fill_diagonal(distances, np.inf)
    return Mapped(flat_map(y), distances, float((people[distances.argmin(axis=1)] == people).mean()),
                  judged(y, people).error)
