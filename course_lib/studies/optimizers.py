"""Lesson 06: the path an optimizer takes, exact curvatures to compare estimates with, a genetic algorithm; and what
methods for the whole batch, and methods without gradients, need on 200 digits."""

from functools import partial

import numpy as np

from course_lib.data import load_digits
from course_lib.experiments import first_below
from course_lib.graph import Parameter
from course_lib.layers import Dense, Sequential, Tanh
from course_lib.optim.curvature import gauss_newton_bartlett, hutchinson
from course_lib.optim.first_order import SGD, Adam
from course_lib.optim.full_batch import (
    conjugate_gradient,
    full_batch,
    lbfgs,
    parameters_to_vector,
    vector_to_parameters,
)
from course_lib.rules.functions import softmax
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.landscape import hessian


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


def step_in_metres(make, factor=1.0, unit=1.0, earlier=0.01):
    """The first step on ½ ``factor`` x² from 2 metres, with x measured in units of 1/``unit`` metres: in metres.

    earlier   what AdaDelta is told: that its steps so far were so many metres
    Used in lesson 06, section 2.
    """
    x = Parameter(np.array([2 * unit]))                 # 2 m, written in the unit
    optimizer = make([x])
    if "d" in optimizer.state[0]:                       # AdaDelta: as if earlier steps were 1 cm
        optimizer.state[0]["d"] += (earlier * unit) ** 2
    x.grad = factor * x.data / unit ** 2                # of factor (x / unit)² / 2
    optimizer.step()
    return x.data[0] / unit - 2


def on_a_line(amsgrad, steps, beta2=0.1, C=3.0):
    """Where Adam, or AMSGrad, stands between −1 and 1 if the gradient is C at every third step, else −1.

    Reddi, Kale, Kumar (2018), theorem 1, where β₂ is 1/(1 + C²) and the rate is α/√t with α below √(1 − β₂).
    Used in lesson 06, section 2.
    """
    x, v, v_max = 0.0, 0.0, 0.0
    for t in range(1, steps + 1):
        g = C if t % 3 == 1 else -1.0
        v = beta2 * v + (1 - beta2) * g * g
        v_max = max(v_max, v)                                       # (6.10)
        x -= 0.9 / t ** 0.5 * g / (v_max if amsgrad else v) ** 0.5
        x = min(1.0, max(-1.0, x))                                  # back to [-1, 1]
    return x


def both_estimates(seed, times, watch):
    """``{name: (exact diagonal (P,), draws (times, P))}`` of Hutchinson and Bartlett, on a net of 31 parameters.

    watch     ``watch(range, label=...)`` passes on, with a bar: ``page.running.watched``
    Used in lesson 06, section 3.
    """
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 3, rng=rng))
    x, t = rng.normal(size=(8, 3)), rng.integers(3, size=8)
    estimates = {"Hutchinson": lambda: hutchinson(net, softmax_cross_entropy, x, t, rng),
                 "Gauss-Newton-Bartlett": lambda: gauss_newton_bartlett(net, x, rng)}
    found = {}
    for (name, estimate), exact in zip(estimates.items(), exact_diagonals(net, x, t)):
        draws = [np.concatenate([a.ravel() for a in estimate()]) for _ in watch(range(times), label=name)]
        found[name] = exact, np.reshape(draws, (-1, len(exact)))
    return found


def exact_diagonals(net, x, t):
    """The diagonals of the Hessian and of the Gauss-Newton matrix of softmax cross-entropy, for very small networks.

    H: the diagonal of ``landscape.hessian``. G: the mean over examples of the squared gradient for each label,
    weighted by the network's own probability of that label. Both as flat vectors.
    Used in lesson 06, section 3, to check ``hutchinson`` and ``gauss_newton_bartlett``.
    """
    function, start = full_batch(net, softmax_cross_entropy, x, t)
    H = np.diag(hessian(function, start))
    vector_to_parameters(start, net.params)             # the differences have left the network a little aside
    G = np.zeros(len(start))
    for row in x[:, np.newaxis]:                        # one example, a batch of one
        for k, probability in enumerate(softmax(net(row)[0])[0][0]):
            one_label, _ = full_batch(net, softmax_cross_entropy, row, np.array([k]))
            G += probability * one_label(start)[1] ** 2 / len(x)
    return H, G


def genetic(loss, people, generations, *, rng, best=10, noise=0.05):
    """A genetic algorithm: the lowest loss in each generation. It calls ``loss(vector)`` and never a gradient.

    The ``best`` survive, with the losses they have; each child takes every entry from one of two parents at random, and
    some noise. Used in lesson 06, section 7.
    """
    losses = np.array([loss(person) for person in people])
    lowest = [losses.min()]
    for generation in range(1, generations):
        order = np.argsort(losses)[:best]
        mother, father = people[order][rng.integers(best, size=(2, len(people) - best))]
        children = np.where(rng.random(mother.shape) < 0.5, mother, father)
        children = children + noise * rng.normal(size=children.shape)
        people = np.concatenate([people[order], children])
        losses = np.concatenate([losses[order], [loss(child) for child in children]])
        lowest.append(losses.min())
    return np.array(lowest)


# ---- on 200 digits -------------------------------------------------------------------------------------------

COUNT = 200


def whole_batch(seed, hidden):
    """The loss of a 64-hidden-10 network on 200 digits as a function of one vector, its start, and the network."""
    rng, digits = np.random.default_rng(seed), load_digits()
    net = Sequential(Dense(64, hidden, rng=rng), Tanh(), Dense(hidden, 10, rng=rng))
    return *full_batch(net, softmax_cross_entropy, digits.x_train[:COUNT], digits.t_train[:COUNT]), net


def evaluations_until(goal, seed, rates=(1, 1.4, 2, 2.8), budget=240):
    """How many evaluations of loss and gradient until the loss is below the goal; NaN where it is not, within budget.

    ``{"descent": array (rates,), "momentum": array (rates,), "conjugate gradients": array (1,), "L-BFGS": array (1,)}``
    Used in lesson 06, section 4.
    """
    function, start, _ = whole_batch(seed, 16)
    found = {}
    for name, momentum in (("descent", 0.0), ("momentum", 0.9)):
        ways = [descent_values(partial(SGD, lr=lr, momentum=momentum), function, start, budget) for lr in rates]
        found[name] = np.array([first_below(range(1, budget + 2), way, goal) for way in ways])
    for name, method in (("conjugate gradients", conjugate_gradient), ("L-BFGS", lbfgs)):
        way = method(function, start, steps=100)
        found[name] = np.array([first_below(way.calls, way.values, goal)])
    return found


def evolved(people, best, noise, *, seed, passes):
    """``genetic`` on 200 digits: ``(forward passes, lowest losses)`` after each generation.

    Used in lesson 06, section 7.
    """
    rng, digits = np.random.default_rng(seed), load_digits()
    starts = np.array([parameters_to_vector(whole_batch(rng, 32)[2].params) for _ in range(people)])
    net = whole_batch(rng, 32)[2]

    def loss(vector):
        vector_to_parameters(vector, net.params)
        return softmax_cross_entropy(net(digits.x_train[:COUNT])[0], digits.t_train[:COUNT])[0]
    children = people - best                            # only they are tried anew in each further generation
    lowest = genetic(loss, starts, 1 + (passes - people) // children, rng=rng, best=best, noise=noise)
    return people + children * np.arange(len(lowest)), lowest


def with_gradients(method, seed, *, passes):
    """Adam (rate 0.03) or L-BFGS on the same: ``(forward passes, losses)``; forward and backward count as three.

    Used in lesson 06, section 7.
    """
    function, start, _ = whole_batch(seed, 32)
    if method == "Adam":
        values = descent_values(partial(Adam, lr=0.03), function, start, passes // 3 - 1)
        return 3 * np.arange(1, len(values) + 1), values
    way = lbfgs(function, start)
    calls, values = 3 * np.array(way.calls), np.array(way.values)
    return calls[calls <= passes], values[calls <= passes]


# ---- memory --------------------------------------------------------------------------------------------------

def _layers(seed):
    rng = np.random.default_rng(seed)
    return [Dense(64, 8, rng=rng), *(Dense(8, 8, rng=rng) for _ in range(20))]


def backpropagation(x):
    """Forward and backward through 21 layers. Used in lesson 06, section 7."""
    y, backward = Sequential(*_layers(0))(x)
    backward(y, input_grad=False)                       # any dy: the memory is the same


def generation(x, people):
    """A forward pass of each of several networks of 21 layers. Used in lesson 06, section 7."""
    for net in [_layers(seed) for seed in range(people)]:
        y = x
        for layer in net:
            y = layer(y)[0]                             # each backward is forgotten at once
