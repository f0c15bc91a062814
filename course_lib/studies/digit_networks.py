"""Small networks on the 8 × 8 digits, trained in a moment: those that the explorers of lessons 00, 02, 04,
06 and 08 show; and what the trainings of lessons 05 to 07 share."""

from copy import deepcopy
from functools import cache, partial

import numpy as np

from course_lib import initializers
from course_lib.data import Batches, load_digits
from course_lib.layers import Conv2D, Dense, Flatten, ReLU, Sequential, Sigmoid, Tanh, inference
from course_lib.optim.first_order import SGD
from course_lib.optim.full_batch import full_batch
from course_lib.rules.functions import softmax
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import training

SIZES = (64, 32, 24, 16, 10)            # pixels, three hidden layers, ten digits


def network(rng):
    """64 pixels, 32 tanh units, ten digits."""
    return Sequential(Dense(64, 32, rng=rng), Tanh(), Dense(32, 10, rng=rng))


def loss_on(net, x, t):
    """The mean loss on all of (x, t), in nats, in inference mode."""
    with inference(net):
        return float(softmax_cross_entropy(net(x)[0], t)[0])


def sigmoid_network(rng, sizes=SIZES):
    """A network of sigmoid units with fresh weights, and logits at the end."""
    init = partial(initializers.glorot, gain=4)
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng, init=init), Sigmoid()]
    return Sequential(*layers[:-1])


@cache
def before_and_after():
    """A ``sigmoid_network`` untrained, and trained for six epochs."""
    before, rng = sigmoid_network(np.random.default_rng(2)), np.random.default_rng(2)
    after = sigmoid_network(rng)
    _train(after, SGD(after.params, lr=0.2, momentum=0.9), 6, rng)
    return before, after


@cache
def network_after(stages):
    """``{epochs: net}``: a ``sigmoid_network`` after each of several numbers of epochs, the first of them 0."""
    rng, digits = np.random.default_rng(4), load_digits()
    net = sigmoid_network(rng)
    optimizer = SGD(net.params, lr=0.2, momentum=0.9)
    batches = Batches(digits.x_train, digits.t_train, 32, rng=rng)
    found = {0: deepcopy(net)}
    for before, after in zip(stages, stages[1:]):
        for _ in training(net, softmax_cross_entropy, optimizer, batches, after - before):
            pass
        found[after] = deepcopy(net)
    return found


@cache
def tanh_network():
    """The ``network``, trained for five epochs."""
    rng = np.random.default_rng(0)
    net = network(rng)
    _train(net, SGD(net.params, lr=0.1, momentum=0.9), 5, rng)
    return net


@cache
def learnt_kernel():
    """A 3 × 3 kernel of a small convolutional network, after 100 steps of training."""
    digits, rng = load_digits(), np.random.default_rng(8)
    net = Sequential(Conv2D(1, 4, 3, rng=rng), ReLU(), Flatten(), Dense(4 * 36, 10, rng=rng))
    batches = Batches(digits.x_train.reshape(-1, 1, 8, 8), digits.t_train, 32, rng=rng)
    for _, step, _ in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1, momentum=0.9), batches, 3):
        if step == 100:
            break
    return net.params[0].data[0, 0]


@cache
def loss_along_a_line():
    """A cut through a real loss, that of a small network on 200 digits: ``loss(a) -> (value, slope)`` at step a
    downhill."""
    digits, rng = load_digits(), np.random.default_rng(6)
    net = Sequential(Dense(64, 16, rng=rng), Tanh(), Dense(16, 10, rng=rng))
    function, start = full_batch(net, softmax_cross_entropy, digits.x_train[:200], digits.t_train[:200])
    direction = -function(start)[1]

    def loss(a):
        value, gradient = function(start + a * direction)
        return value, float(gradient @ direction)
    return loss


def _train(net, optimizer, epochs, rng):
    digits = load_digits()
    batches = Batches(digits.x_train, digits.t_train, 32, rng=rng)
    for _ in training(net, softmax_cross_entropy, optimizer, batches, epochs):
        pass


# ---- what its layers hold ------------------------------------------------------------------------------------

def activations(net, x):
    """What each column of units holds for one image x (64,): pixels, each hidden layer, the ten probabilities."""
    columns, row = [x], x[np.newaxis]
    for layer in net.layers:
        row, _ = layer(row)
        if not isinstance(layer, Dense):
            columns.append(row[0])
    return [*columns, softmax(row)[0][0]]


def all_passes(net, x, t):
    """A forward and a backward pass, call by call: what goes into the first layer and out of each, the gradients of
    the same, ``{place of a layer: gradients of its parameters}``, and the loss."""
    values, backwards = [x], []
    for layer in net.layers:
        y, backward = layer.rule(values[-1], *[p.data for p in layer.params])
        values.append(y)
        backwards.append(backward)
    loss, loss_backward = softmax_cross_entropy(values[-1], t)
    grads, params = [loss_backward()], {}
    for i in reversed(range(len(backwards))):
        dx = backwards[i](grads[0])
        if isinstance(dx, tuple):
            dx, *params[i] = dx
        grads.insert(0, dx)
    return values, grads, params, loss
