"""Experiments on what is said of cost, memory, tuning and descent: lesson 16, sections 5 and 6."""

from functools import partial
from typing import NamedTuple

import numpy as np

from course_lib import initializers
from course_lib.data import Batches, load_digits
from course_lib.graph import Parameter
from course_lib.layers import Dense, ReLU, Sequential
from course_lib.optim.first_order import SGD
from course_lib.optim.full_batch import full_batch, lbfgs, loss_and_gradient, parameters_to_vector
from course_lib.rules.functions import affine, sigmoid, tanh
from course_lib.rules.losses import binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy
from course_lib.studies.digit_networks import loss_on, network
from course_lib.studies.sweeps1986 import XOR, descend, gradients
from course_lib.training import evaluate, train_step, training

# ---- cost ------------------------------------------------------------------------------------------------------------


class Counted(np.ndarray):
    """An array that counts: each matrix product of which it is a factor adds its multiply-adds to ``Counted.done``.
    What is computed from a counted array is counted, too."""

    done = 0

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        inputs = [np.asarray(a) for a in inputs]
        if out is not None:
            options["out"] = tuple(np.asarray(a) for a in out)
        if ufunc is np.matmul:
            Counted.done += inputs[0].size * inputs[1].shape[-1]        # (N, D) @ (D, K): N D K
        found = getattr(ufunc, method)(*inputs, **options)
        return found.view(Counted) if isinstance(found, np.ndarray) else found


def multiply_adds(net, x):
    """How many multiply-adds the matrix products of one forward and one backward pass need, counted as they run.

    Shapes: x (N, D)  ->  a whole number
    Elementwise work is left out: it grows with the units, not with the weights. The gradients stay in ``net``.
    """
    if np.ndim(x) != 2:
        raise ValueError(f"multiply_adds: x must have shape (N, D), got {np.shape(x)}; one example is x[np.newaxis]")
    before = Counted.done
    y, backward = net(np.asarray(x).view(Counted))
    backward(y, input_grad=False)                       # any dy: the work is the same
    return Counted.done - before


def growing(what, n, rng):
    """A network with n units in "one layer" or in all, and its batch: 32 examples, or n if the batch grows, too."""
    sizes = [64, n, 10] if what == "one layer" else [n] * 4
    net = Sequential(*[Dense(a, b, rng=rng) for a, b in zip(sizes, sizes[1:])])
    return net, rng.normal(size=(n if "batch" in what else 32, sizes[0]))


def twice_as_wide(what, rng):
    """Multiply-adds before and after doubling: of ``growing(what, …)`` with 64 and with 128 units."""
    return tuple(multiply_adds(*growing(what, n, rng)) for n in (64, 128))


# ---- memory ----------------------------------------------------------------------------------------------------------

def tower(rng, width, depth=20):
    """Square layers, one on the other."""
    return [Dense(width, width, rng=rng) for _ in range(depth)]


def backpropagate(x, rng):
    """A network, a forward and a backward pass. Square layers, as wide as x (N, n)."""
    y, backward = Sequential(*tower(rng, x.shape[1]))(x)
    backward(y, input_grad=False)                       # any dy: the memory is the same


def generation(x, people, rng):
    """A population of such networks, and a forward pass of each."""
    for layers in [tower(rng, x.shape[1]) for _ in range(people)]:
        y = x
        for layer in layers:
            y = layer(y)[0]                             # each backward is forgotten at once


# ---- tuning ----------------------------------------------------------------------------------------------------------

def derivative_errors(rng, widths=10.0 ** -np.arange(1, 14)):
    """The relative error of a slope by the library's backward, and by central differences of each of the widths."""
    x, W, direction = rng.normal(size=(20, 5)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    t = rng.integers(3, size=20)

    def cost(W):
        return softmax_cross_entropy(np.tanh(x @ W), t)[0]

    exact = cost(W + 1e-200j * direction).imag / 1e-200             # a complex step: no difference is taken
    z, affine_backward = affine(x, W, np.zeros(3))
    y, tanh_backward = tanh(z)
    dW = affine_backward(tanh_backward(softmax_cross_entropy(y, t)[1]()))[1]
    slopes = [(cost(W + h * direction) - cost(W - h * direction)) / (2 * h) for h in widths]
    return abs((dW * direction).sum() / exact - 1), abs(np.array(slopes) / exact - 1)


def digits_right(lr, seed):
    """The share of held-out digits that are right after five epochs at a rate."""
    rng, digits = np.random.default_rng(seed), load_digits()
    net, batches = network(rng), Batches(digits.x_train, digits.t_train, 32, rng=rng)
    for _ in training(net, softmax_cross_entropy, SGD(net.params, lr=lr), batches, 5):
        pass
    return evaluate(net, digits.x_test, digits.t_test)


# ---- costs, optimizers, gradients ------------------------------------------------------------------------------------

class End(NamedTuple):
    """What is left of the cost, as a share; the weights at the start, after the cost was computed, at the end."""

    share: float
    start: np.ndarray
    computed: np.ndarray
    weights: np.ndarray


def squares(y, t):
    """The mean squared error from labels."""
    return mean_squared_error(y, np.eye(10)[t])


def descended(cost, make, seed):
    """30 updates on 300 digits: an ``End``. ``make(params)`` gives the optimizer."""
    net, (x, t) = network(np.random.default_rng(seed)), _first(300)
    start = parameters_to_vector(net.params)
    before = cost(net(x)[0], t)[0]
    computed = parameters_to_vector(net.params)
    optimizer = make(net.params)
    for _ in range(30):
        train_step(net, cost, optimizer, x, t)
    return End(cost(net(x)[0], t)[0] / before, start, computed, parameters_to_vector(net.params))


def halfway(hidden, rng):
    """The cost of a trained network, halfway, and of another: its mirror image, which computes the same; or, without
    hidden units, a new one."""
    net = network(rng) if hidden else Sequential(Dense(64, 10, rng=rng))
    function, start = full_batch(net, softmax_cross_entropy, *load_digits()[:2])
    one = lbfgs(function, start, steps=25).x                        # trained
    other = np.append(-one[:-10], one[-10:]) if hidden else rng.normal(size=len(one))
    return [function(share * one + (1 - share) * other)[0] for share in (1, 0.5, 0)]


# What a difference d between 0 and 1 costs: of an output and 0, of a probability and 0, of a score and its margin.
COSTS = {"mean squared error": lambda d: mean_squared_error(np.array([d]), np.array([0.0]))[0],
         "cross-entropy": lambda d: binary_cross_entropy(np.log([d / (1 - d)]), np.array([0]))[0],
         "hinge loss": lambda d: hinge(np.array([[0, d - 1]]), np.array([0]))[0]}


def slopes_at_the_logit(z):
    """The answers p = sigmoid(z), where 0 is right, and the slope of two costs of each by z: ``p, {cost: slopes}``."""
    p, sigmoid_backward = sigmoid(z)
    zero, N = np.zeros_like(z), len(z)                              # the costs are means, each slope is of one answer
    return p, {"square": sigmoid_backward(mean_squared_error(p, zero)[1](N)),
               "cross-entropy": binary_cross_entropy(z, zero)[1](N)}


def updates_needed(make, steep, seed, limit=300):
    """Updates until the cost of 300 digits is below 0.5, with every gradient ``steep`` times as high."""
    net, (x, t) = network(np.random.default_rng(seed)), _first(300)
    optimizer = make(net.params)
    for update in range(limit):
        if loss_and_gradient(net, softmax_cross_entropy, x, t)[0] < 0.5:
            return update
        for p in net.params:
            p.grad *= steep
        optimizer.step()
    return np.inf


def scatter(B, seed):
    """The variance of updates from B digits, over the square of their mean; updates that raise the cost of all, %."""
    rng, (x, t) = np.random.default_rng(seed), load_digits()[:2]
    net = network(rng)

    def gradient(rows):
        return loss_and_gradient(net, softmax_cross_entropy, x[rows], t[rows])[1]

    def draw():
        return rng.permutation(len(x))[:B]

    g, sgd, costs = gradient(slice(None)), SGD(net.params, lr=0.1), [loss_on(net, x, t)]
    variance = np.mean([((gradient(draw()) - g) ** 2).sum() for _ in range(30)]) / (g @ g)
    for _ in range(100):
        rows = draw()
        train_step(net, softmax_cross_entropy, sgd, x[rows], t[rows])
        costs.append(loss_on(net, x, t))
    return variance, 100 * np.mean(np.diff(costs) > 0)


def by_heart(share, seed):
    """Learn 500 digits by heart, a share of the labels from a die: cost, % of them right, % of unseen digits right."""
    rng, digits = np.random.default_rng(seed), load_digits()
    rows = rng.permutation(len(digits.x_train))[:500]
    x, dealt = digits.x_train[rows], rng.integers(10, size=500)
    t = np.where(rng.random(500) < share, dealt, digits.t_train[rows])
    net = Sequential(Dense(64, 200, rng=rng, init=initializers.he), ReLU(), Dense(200, 10, rng=rng))
    for _ in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1, momentum=0.9),
                      Batches(x, t, 50, rng=rng), 100):
        pass
    return loss_on(net, x, t), 100 * evaluate(net, x, t), 100 * evaluate(net, digits.x_test, digits.t_test)


def _first(count):
    return tuple(a[:count] for a in load_digits()[:2])


# ---- XOR -------------------------------------------------------------------------------------------------------------

def stuck_networks(hidden, seed, sweeps=3000):
    """W1, W2 of those of 200 XOR networks that were never right: η = 0.25, momentum 0.9, as in 1986."""
    first, W1, W2 = descend("XOR", hidden, partial(SGD, lr=0.25, momentum=0.9), sweeps, seed=seed)
    return W1[first == np.inf], W2[first == np.inf]


def add_units(W1, W2, count, rng, spread=0.5):
    """The same networks with further hidden units, whose weights are uniform in ± ``spread``.

    Shapes: W1 (n, D + 1, H), W2 (n, H + 1, K)  ->  (n, D + 1, H + count), (n, H + count + 1, K); the last row of each
    matrix is the bias, as in ``sweeps1986``
    """
    n, inputs, _ = W1.shape
    into = rng.uniform(-spread, spread, (n, inputs, count))
    out = rng.uniform(-spread, spread, (n, count, W2.shape[2]))
    return np.concatenate([W1, into], axis=2), np.concatenate([W2[:, :-1], out, W2[:, -1:]], axis=1)


def kick(W1, W2, size, rng):
    """The same networks, each weight moved by a draw uniform in ± ``size``."""
    return W1 + rng.uniform(-size, size, W1.shape), W2 + rng.uniform(-size, size, W2.shape)


def redraw(W1, W2, unit, rng, spread=0.5):
    """The same networks, one hidden unit's weights into and out of it drawn anew, uniform in ± ``spread``."""
    W1, W2 = W1.copy(), W2.copy()
    W1[:, :, unit] = rng.uniform(-spread, spread, W1[:, :, unit].shape)
    W2[:, unit] = rng.uniform(-spread, spread, W2[:, unit].shape)
    return W1, W2


def go_on(W1, W2, sweeps=2000, lr=0.25, momentum=0.9):
    """Train XOR networks further, from these weights and without velocity: which have all four patterns right at the
    end, and their errors E.

    Shapes: W1 (n, 3, H), W2 (n, H + 1, 1)  ->  (n,) of bool, (n,)
    """
    if W1.shape[0] != W2.shape[0] or W1.shape[2] + 1 != W2.shape[1]:
        raise ValueError(f"go_on: W1 {W1.shape} and W2 {W2.shape} do not fit; W1 is (n, 3, H), W2 (n, H + 1, 1)")
    x, t = XOR
    x1, W1, W2 = np.column_stack([x, np.ones(4)]), Parameter(W1.copy()), Parameter(W2.copy())
    sgd = SGD([W1, W2], lr=lr, momentum=momentum)
    for _ in range(sweeps):
        _, W1.grad, W2.grad = gradients(x1, t, W1.data, W2.data)
        sgd.step()
    y = gradients(x1, t, W1.data, W2.data)[0]
    return (abs(y - t) < 0.5).all(axis=(1, 2)), 0.5 * ((y - t) ** 2).sum(axis=(1, 2))


def ways_out(W1, W2, rng):
    """What sets stuck XOR networks free? ``{what they get: go_on(...)}``."""
    return {"nothing": go_on(W1, W2),
            "a kick of up to 2 to all weights": go_on(*kick(W1, W2, 2, rng)),
            "a fresh unit for the first": go_on(*redraw(W1, W2, 0, rng)),
            "one unit more": go_on(*add_units(W1, W2, 1, rng))}
