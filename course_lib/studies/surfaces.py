"""Four surfaces over the plane and eight optimizers that race on them, each with any learning rate: lesson 06."""

import math

import numpy as np

from course_lib.graph import Parameter
from course_lib.optim.first_order import SGD, AdaDelta, AdaGrad, Adam, RMSprop, Sophia

STEPS = 240                             # of a race
NAMES = ("descent", "momentum", "Nesterov", "AdaGrad", "RMSprop", "AdaDelta", "Adam", "Sophia")


def _functions(x):
    """Where exp, sin and cos come from: a race goes through single points, the search for rates through many."""
    return math if isinstance(x, float) else np


def _valley(x, y):
    u = y - x * x
    return (1 - x) ** 2 + 10 * u * u, (-2 * (1 - x) - 40 * x * u, 20 * u), (2 - 40 * u + 80 * x * x, 20.0)


def _saddle(x, y):
    return 0.5 * x * x - 0.5 * y * y + 0.25 * y ** 4 + 0.25, (x, y ** 3 - y), (1.0, 3 * y * y - 1)


def _plateau(x, y):
    e = _functions(x).exp(-1.5 * (x * x + y * y))
    return 1 - e, (3 * x * e, 3 * y * e), (3 * e * (1 - 3 * x * x), 3 * e * (1 - 3 * y * y))


def _basins(x, y):
    f = _functions(x)
    value = 0.3 * (x * x + y * y) + 0.4 * (2 - f.cos(5 * x) - f.cos(5 * y))
    return (value, (0.6 * x + 2 * f.sin(5 * x), 0.6 * y + 2 * f.sin(5 * y)),
            (0.6 + 10 * f.cos(5 * x), 0.6 + 10 * f.cos(5 * y)))


# name: function (value, gradient, diagonal of the Hessian), suggested start, minima
SURFACES = {
    "valley": (_valley, (-1.5, 1.0), ((1, 1),)),
    "saddle": (_saddle, (1.5, 0.1), ((0, -1), (0, 1))),
    "plateau": (_plateau, (1.7, -1.2), ((0, 0),)),
    "many basins": (_basins, (1.7, -1.4), ((0, 0),)),
}
RATES = tuple(10.0 ** (k / 5) for k in range(-20, 11))      # 0.0001 to 100, five for each factor of ten
STARTS = 100                            # that a rate is judged by, anywhere on the map
# What ``best_rate`` finds, to three digits, in the order of NAMES. Kept, because the search takes half a minute.
BEST = {
    "valley": (0.00631, 0.00398, 0.00398, 1.0, 0.0398, 6.31, 1.58, 0.398),
    "saddle": (0.1, 0.251, 0.0631, 0.631, 0.0158, 3.98, 0.158, 0.398),
    "plateau": (0.631, 0.398, 0.398, 0.251, 0.00631, 3.98, 0.398, 0.631),
    "many basins": (0.0251, 0.0631, 0.1, 2.51, 0.158, 1.0, 0.631, 0.398),
}
MAKERS = {
    "descent": SGD, "momentum": lambda p, lr: SGD(p, lr=lr, momentum=0.9),
    "Nesterov": lambda p, lr: SGD(p, lr=lr, momentum=0.9, nesterov=True), "AdaGrad": AdaGrad, "RMSprop": RMSprop,
    "AdaDelta": AdaDelta, "Adam": Adam,
    "Sophia": lambda p, lr: Sophia(p, lr=lr, betas=(0.9, 0.9), gamma=0.1, weight_decay=0.0),
}


def best_rate(surface, name):
    """The best of RATES for an optimizer on a surface: the lowest mean height after STEPS steps from STARTS random
    points of the map, the same for all. Whoever leaves for good (beyond 1000) counts as infinitely high."""
    return RATES[int(np.argmin([mean_height(surface, name, lr) for lr in RATES]))]


def mean_height(surface, name, lr, seed=6):
    """What ``best_rate`` compares. All starts run at once: every rule works entry by entry."""
    function = SURFACES[surface][0]
    p = Parameter(np.random.default_rng(seed).uniform(-2, 2, size=(2, STARTS)))
    optimizer = MAKERS[name]([p], lr=lr)
    with np.errstate(over="ignore", invalid="ignore"):      # who runs away overflows
        for _ in range(STEPS):
            _, gradient, diagonal = function(*p.data)
            p.grad = np.array(gradient)
            if name == "Sophia":
                optimizer.update_curvature([np.array(np.broadcast_arrays(*diagonal))])
            optimizer.step()
        heights, away = function(*p.data)[0], ~(abs(p.data).sum(axis=0) < 1e3)
    return float(np.where(away, np.inf, heights).mean())


def rate(surface, name):
    """The best rate for an optimizer on a surface, as ``best_rate`` found it."""
    return BEST[surface][NAMES.index(name)]


def race(surface, x, y, name, lr):
    """The path of the library's own optimizer: up to STEPS + 1 points (x, y) and their heights; fewer if it runs
    away."""
    function = SURFACES[surface][0]
    p = Parameter(np.array([x, y]))
    optimizer = MAKERS[name]([p], lr=lr)
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


def leaves_the_ridge(name):
    """Does it get away from the ridge y = 0 of the saddle, started on it exactly?"""
    points, _ = race("saddle", 1.5, 0.0, name, rate("saddle", name))
    return abs(points[-1][1]) > 1e-6


def among_basins(name, seed):
    """A row for a table: the mean height after a race among many basins, with the rate 0.1 and with the best one, from
    starts that were not used to find it; and that rate."""
    rates = 0.1, rate("many basins", name)
    return [name, *(f"{mean_height('many basins', name, lr, seed):.2f}" for lr in rates), f"{rates[1]:.3g}"]
