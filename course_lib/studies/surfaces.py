"""Four surfaces over the plane and eight optimizers that race on them: lesson 06."""

import math

import numpy as np

from course_lib.graph import Parameter
from course_lib.optim.first_order import SGD, AdaDelta, AdaGrad, Adam, RMSprop, Sophia

STEPS = 240                             # of a race
NAMES = ("descent", "momentum", "Nesterov", "AdaGrad", "RMSprop", "AdaDelta", "Adam", "Sophia")


def _valley(x, y):
    u = y - x * x
    return (1 - x) ** 2 + 10 * u * u, (-2 * (1 - x) - 40 * x * u, 20 * u), (2 - 40 * u + 80 * x * x, 20.0)


def _saddle(x, y):
    return 0.5 * x * x - 0.5 * y * y + 0.25 * y ** 4 + 0.25, (x, y ** 3 - y), (1.0, 3 * y * y - 1)


def _plateau(x, y):
    e = math.exp(-1.5 * (x * x + y * y))
    return 1 - e, (3 * x * e, 3 * y * e), (3 * e * (1 - 3 * x * x), 3 * e * (1 - 3 * y * y))


def _basins(x, y):
    value = 0.3 * (x * x + y * y) + 0.4 * (2 - math.cos(5 * x) - math.cos(5 * y))
    return (value, (0.6 * x + 2 * math.sin(5 * x), 0.6 * y + 2 * math.sin(5 * y)),
            (0.6 + 10 * math.cos(5 * x), 0.6 + 10 * math.cos(5 * y)))


# name: function (value, gradient, diagonal of the Hessian), suggested start, minima, learning rates in the order of
# NAMES
SURFACES = {
    "valley": (_valley, (-1.5, 1.0), ((1, 1),), (0.005, 0.005, 0.005, 0.5, 0.05, 10.0, 0.3, 0.2)),
    "saddle": (_saddle, (1.5, 0.1), ((0, -1), (0, 1)), (0.1, 0.1, 0.1, 0.3, 0.02, 5.0, 0.1, 0.1)),
    "plateau": (_plateau, (1.7, -1.2), ((0, 0),), (0.3, 0.3, 0.3, 0.2, 0.02, 2.0, 0.05, 0.05)),
    "many basins": (_basins, (1.7, -1.4), ((0, 0),), (0.03, 0.03, 0.03, 0.3, 0.02, 5.0, 0.1, 0.1)),
}
MAKERS = {
    "descent": SGD, "momentum": lambda p, lr: SGD(p, lr=lr, momentum=0.9),
    "Nesterov": lambda p, lr: SGD(p, lr=lr, momentum=0.9, nesterov=True), "AdaGrad": AdaGrad, "RMSprop": RMSprop,
    "AdaDelta": AdaDelta, "Adam": Adam,
    "Sophia": lambda p, lr: Sophia(p, lr=lr, betas=(0.9, 0.9), gamma=0.1, weight_decay=0.0),
}


def rate(surface, name):
    """The learning rate with which an optimizer runs on a surface."""
    return SURFACES[surface][3][NAMES.index(name)]


def race(surface, x, y, name):
    """The path of the library's own optimizer: STEPS + 1 points (x, y) and their losses."""
    function = SURFACES[surface][0]
    p = Parameter(np.array([x, y]))
    optimizer = MAKERS[name]([p], lr=rate(surface, name))
    points, losses = [], []
    for _ in range(STEPS + 1):
        a, b = p.data.tolist()
        if not abs(a) + abs(b) < 1e3:                   # it has run away: nothing to see any more
            break
        value, gradient, diagonal = function(a, b)
        points.append((a, b))
        losses.append(value)
        p.grad = np.array(gradient)
        if name == "Sophia":
            optimizer.update_curvature([np.array(diagonal)])
        optimizer.step()
    return points, losses
