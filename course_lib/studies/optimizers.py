"""Lesson 06: the path an optimizer takes, exact curvatures to compare estimates with, a genetic algorithm."""

import numpy as np

from course_lib.graph import Parameter
from course_lib.optim.full_batch import full_batch, vector_to_parameters
from course_lib.rules.functions import softmax
from course_lib.rules.losses import softmax_cross_entropy


def walk(make, start, gradient, steps):
    """The points that an optimizer visits: a row for the start and one for each step.

    make      ``make(params) -> optimizer``, for example ``functools.partial(SGD, lr=0.1)``
    gradient  ``gradient(x, step) -> array`` of the shape of x, with steps counted from 0
    Used in lesson 06, section 1.
    """
    p = Parameter(np.array(start, dtype=float))
    optimizer, path = make([p]), [p.data.copy()]
    for step in range(steps):
        p.grad = np.asarray(gradient(p.data, step), dtype=float)
        optimizer.step()
        path.append(p.data.copy())
    return np.array(path)


def descent_values(make, function, start, steps):
    """The values of ``function(x) -> (value, gradient)`` on an optimizer's way, before each step and at the end.

    Used in lesson 06, section 4, beside ``conjugate_gradient`` and ``lbfgs``.
    """
    values = []

    def gradient(x, step):
        value, g = function(x)
        values.append(value)
        return g
    last = walk(make, start, gradient, steps)[-1]
    return np.array([*values, function(last)[0]])


def exact_diagonals(net, x, t):
    """The diagonals of the Hessian and of the Gauss-Newton matrix of softmax cross-entropy, for very small networks.

    H: central differences of the gradient, one entry at a time. G: the mean over examples of the squared gradient for
    each label, weighted by the network's own probability of that label. Both as flat vectors.
    Used in lesson 06, section 3, to check ``hutchinson`` and ``gauss_newton_bartlett``.
    """
    function, start = full_batch(net, softmax_cross_entropy, x, t)
    steps = 1e-5 * np.eye(len(start))
    H = np.array([(function(start + h)[1] - function(start - h)[1]) @ h for h in steps]) / 2e-10
    vector_to_parameters(start, net.params)             # the differences have left the network a little aside
    G = np.zeros(len(start))
    for row in x[:, np.newaxis]:                        # one example, a batch of one
        for k, probability in enumerate(softmax(net(row)[0])[0][0]):
            one_label, _ = full_batch(net, softmax_cross_entropy, row, np.array([k]))
            G += probability * one_label(start)[1] ** 2 / len(x)
    return H, G


def genetic(loss, people, generations, *, rng, best=10, noise=0.05):
    """A genetic algorithm: the lowest loss in each generation. It calls ``loss(vector)`` and never a gradient.

    The ``best`` survive; each child takes every entry from one of two parents at random, and some noise.
    Used in lesson 06, section 7.
    """
    lowest = []
    for generation in range(generations):
        losses = [loss(person) for person in people]
        lowest.append(min(losses))
        parents = people[np.argsort(losses)[:best]]
        mother, father = parents[rng.integers(best, size=(2, len(people) - best))]
        children = np.where(rng.random(mother.shape) < 0.5, mother, father)
        people = np.concatenate([parents, children + noise * rng.normal(size=children.shape)])
    return np.array(lowest)
