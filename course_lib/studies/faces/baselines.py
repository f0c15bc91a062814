"""What the networks are compared with: pixels, eigenfaces, Fisherfaces."""

import numpy as np

from course_lib.rules.functions import l2_normalize
from course_lib.studies.faces.images import check_images, prepare, resized


def pixels(images):
    """The grey values themselves, at the network's size. Shapes: images (N, h, w)  ->  (N, HEIGHT · WIDTH)"""
    return resized(check_images("pixels", images)).reshape(len(images), -1)


def standardised_pixels(images):
    """The grey values of each image at mean 0 and deviation 1. Shapes: images (N, h, w)  ->  (N, HEIGHT · WIDTH)"""
    return prepare(images).reshape(len(images), -1)


def eigenfaces(images, components=60):
    """A function ``embed(images)``: standardised pixels projected on the ``components`` directions in which ``images``
    differ most.

    The result has length 1, as that of the networks: angles judge better than distances here.

    Source: Turk, Pentland (1991), Eigenfaces for recognition, Journal of Cognitive Neuroscience 3.
    """
    mean, V = principal_directions(standardised_pixels(images), components)
    return lambda new: l2_normalize((standardised_pixels(new) - mean) @ V)[0]


def principal_directions(x, n):
    """The mean of the rows of x and the n orthogonal directions of largest variance: x (N, D)  ->  (D,), (D, n)"""
    mean = x.mean(axis=0)
    return mean, np.linalg.svd(x - mean, full_matrices=False)[2][:n].T


def fisherfaces(images, people, components=100, shrinkage=0.3):
    """A function ``embed(images)``: eigenfaces, then the directions in which people differ most for how much one person
    varies.

    Linear discriminant analysis: the covariance within people, drawn by ``shrinkage`` towards a multiple of the unit
    matrix, is made the unit matrix; of what is left the directions between the people's means are kept.

    Source: Belhumeur, Hespanha, Kriegman (1997), Eigenfaces vs. Fisherfaces, IEEE PAMI 19.
    """
    mean, V = principal_directions(standardised_pixels(images), components)
    W = V @ discriminant((standardised_pixels(images) - mean) @ V, people, shrinkage)
    return lambda new: l2_normalize((standardised_pixels(new) - mean) @ W)[0]


def discriminant(x, people, shrinkage):
    """The matrix of linear discriminant analysis. Shapes: x (N, D), people (N,)  ->  (D, number of people − 1)"""
    names, labels = np.unique(people, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"discriminant: {len(names)} person cannot be told from others; give "
                         "images of at least two people")
    means = np.stack([x[labels == i].mean(axis=0) for i in range(len(names))])
    centred = x - means[labels]
    within = centred.T @ centred / (len(x) - len(names))
    within = (1 - shrinkage) * within + shrinkage * np.trace(within) / len(within) * np.eye(len(within), dtype=x.dtype)
    values, Q = np.linalg.eigh(within)
    whiten = Q / np.sqrt(values)                                    # within people: covariance 1 in every direction
    V = np.linalg.svd((means - means.mean(axis=0)) @ whiten, full_matrices=False)[2]
    return whiten @ V[:len(names) - 1].T
