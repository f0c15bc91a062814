"""XOR and the encoder of Rumelhart, Hinton and Williams (1986), many networks at once (lesson 07, section 7).

The first axis of each array of weights is the network; the last row of each matrix is the bias.
"""

import numpy as np

from course_lib.graph import Parameter
from course_lib.rules.functions import sigmoid
from course_lib.studies.landscape import XOR, xor

PATTERNS = {"XOR": XOR, "encoder": (np.eye(8), np.eye(8))}


def gradients(x1, t, W1, W2):
    """Outputs, and the slopes of E = ½ Σ (y − t)² by W1 and W2, for all networks at once."""
    h = sigmoid(x1 @ W1)[0]
    h1 = np.concatenate([h, np.ones_like(h[:, :, :1])], axis=2)
    y = sigmoid(h1 @ W2)[0]
    dz2 = (y - t) * y * (1 - y)
    dz1 = (dz2 @ W2[:, :-1].swapaxes(1, 2)) * h * (1 - h)
    return y, x1.T @ dz1, h1.swapaxes(1, 2) @ dz2


def descend(task, hidden, optimizer, sweeps, *, networks=200, spread=0.5, seed=4):
    """Train ``networks`` on all patterns of a task in every sweep: ``first, W1, W2``.

    first      for each network, the first sweep at which every output is on its side of ½; inf: none
    optimizer  ``optimizer(params)`` makes one
    spread     starting weights are uniform in ± this

    It ends early when all have been right.
    """
    x, t = PATTERNS[task]
    rng, x1 = np.random.default_rng(seed), np.column_stack([x, np.ones(len(x))])
    W1, W2 = (Parameter(rng.uniform(-spread, spread, (networks, *shape)))
              for shape in ((x1.shape[1], hidden), (hidden + 1, t.shape[1])))
    optimizer, first = optimizer([W1, W2]), np.full(networks, np.inf)
    for sweep in range(sweeps):
        y, W1.grad, W2.grad = gradients(x1, t, W1.data, W2.data)
        right = (abs(y - t) < 0.5).all(axis=(1, 2))
        first[right] = np.minimum(first[right], sweep)
        if np.isfinite(first).all():
            break
        optimizer.step()
    return first, W1.data, W2.data


def vectors(first, W1, W2):
    """The weights of the networks that were never right, each as one vector, in the order of ``landscape.xor``."""
    return [np.concatenate([W1[i, :-1].ravel(), W1[i, -1], W2[i, :-1].ravel(), W2[i, -1]])
            for i in np.flatnonzero(first == np.inf)]


def xor_error(v):
    """E and its gradient for XOR with two hidden units, at a vector of weights; ``xor`` has the mean, half of it."""
    value, gradient = xor(0)[0](v)
    return 2 * value, 2 * gradient


def product(w):
    """L = (a b − 1)² at w = (a, b), and its gradient, (7.18)."""
    a, b = w
    return (a * b - 1) ** 2, 2 * (a * b - 1) * np.array([b, a])
