"""Twenty layers, many networks and two budgets (lesson 07, sections 3 and 5): what a verdict owes to when one stops.

Small arrays cost Python more than arithmetic, so the networks of several seeds and rates are trained side by side.
"""

import numpy as np

from course_lib import initializers
from course_lib.data import Batches, load_digits
from course_lib.graph import Parameter
from course_lib.layers import BatchNorm, Dense, Layer, LeakyReLU, ReLU, Sequential
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import evaluate, predict, train_step, training

# ---- shut units and a leak -------------------------------------------------------------------------------------

def dead_units(net, x):
    """Which units of the first layer no row of x switches on: (H,) of truth values."""
    return (net.layers[0](x)[0] <= 0).all(axis=0)


def opened(slope, lr, seed, *, level=0.8, limit=60):
    """A network of 100 hidden units, all shut at first, on the digits: ``(epochs, shut)``, the epochs until the share
    ``level`` of held-out digits is right (NaN: not within ``limit``), and how many units are shut then."""
    digits, rng = load_digits(), np.random.default_rng(seed)
    first, last = Dense(64, 100, rng=rng, init=initializers.he), Dense(100, 10, rng=rng)
    first.b.data[:] = -4.0
    net = Sequential(first, LeakyReLU(slope) if slope else ReLU(), last)
    batches = Batches(digits.x_train, digits.t_train, 64, rng=rng)
    optimizer = SGD(net.params, lr=lr, momentum=0.9)
    for epoch, step, _ in training(net, softmax_cross_entropy, optimizer, batches, limit):
        if step % len(batches) == 0 and evaluate(net, digits.x_test, digits.t_test) > level:
            return epoch, int(dead_units(net, digits.x_train).sum())
    return np.nan, int(dead_units(net, digits.x_train).sum())


# ---- deep networks side by side --------------------------------------------------------------------------------

class SideBySide(Layer):
    """The dense layers of several networks, which know nothing of each other: each has its own columns of x and of y.

    Small arrays cost Python more than arithmetic, so ten networks side by side take hardly longer than three.

    Shapes: x (N, runs n_in), W (runs, n_in, n_out), b (runs, 1, n_out)  ->  y (N, runs n_out)
    """

    def __init__(self, n_in, n_out, *, rngs, init=initializers.glorot, dtype=np.float32):
        self.W = Parameter(np.stack([init(rng, (n_in, n_out)) for rng in rngs]).astype(dtype), "W")
        self.b = Parameter(np.zeros((len(rngs), 1, n_out), dtype), "b")
        self.dtype = dtype

    def norm(self):
        """A BatchNorm for what comes out: it takes each column by itself, so the networks stay apart."""
        runs, _, n_out = self.W.data.shape
        return BatchNorm(runs * n_out, dtype=self.dtype)

    def rule(self, x, W, b):
        """y = x W + b, network by network."""
        runs, _, n_out = W.shape

        def apart(a):                                   # a view: (N, runs width) -> (runs, N, width)
            return a.reshape(len(a), runs, -1).transpose(1, 0, 2)

        def times(a, matrices):
            y = np.empty((len(x), runs * matrices.shape[2]), np.result_type(a, matrices))
            np.matmul(apart(a), matrices, out=apart(y))
            return y

        def backward(dy, input_grad=True):
            dW = np.matmul(apart(x).swapaxes(1, 2), apart(dy))
            db = dy.sum(axis=0).reshape(runs, 1, n_out)
            return times(dy, W.swapaxes(1, 2)) if input_grad else None, dW, db
        y = times(x, W)
        y += b.ravel()
        return y, backward


def deep(kind, rngs, *, width=32):
    """Networks for the digits, one for each of ``rngs``. ``kind`` is ``(depth, block, activation, start)``: how many
    dense layers; ``block(dense)``, the layers that go with one; what follows the first one; how the inner ones start.
    """
    depth, block, activation, start = kind
    inner = [SideBySide(width, width, rngs=rngs, init=start) for _ in range(depth - 2)]
    first, last = SideBySide(64, width, rngs=rngs), SideBySide(width, 10, rngs=rngs)
    return Sequential(first, activation(), *[layer for dense in inner for layer in block(dense)], last)


def side_by_side(kind, runs, fit, judged, epochs, *, size=64, momentum=0.9):
    """Train one network for each of ``runs``, pairs (learning rate, seed), and count its wrong answers on ``judged``,
    in per cent, after each of ``epochs``, rising: an array (runs, epochs). NaN: its outputs are no longer numbers.

    Each draws its weights and the order of its batches with its own seed, as if it were alone, but for rounding, which
    moves single runs by several points. Descent with momentum is
    linear in the gradient, so the rates stand in the loss, and the optimizer has the rate 1.
    """
    rates = np.array([lr for lr, _ in runs], np.float32)
    rngs = [np.random.default_rng(seed) for _, seed in runs]
    net = deep(kind, rngs)
    batches = [Batches(*fit, size, rng=rng) for rng in rngs]
    optimizer, found = SGD(net.params, lr=1.0, momentum=momentum), []

    def loss(y, t):
        value, backward = softmax_cross_entropy(y.reshape(-1, 10), t.ravel())
        return value, lambda: (backward().reshape(len(y), len(runs), 10)
                               * (len(runs) * rates)[:, np.newaxis]).reshape(y.shape)
    x = np.tile(judged[0], len(runs))
    with np.errstate(all="ignore"):                     # some rates are too large, and that is seen
        for epoch in range(1, max(epochs) + 1):
            for parts in zip(*batches):
                train_step(net, loss, optimizer, np.hstack([x for x, _ in parts]), np.stack([t for _, t in parts], 1))
            if epoch in epochs:
                y = predict(net, x).reshape(len(x), len(runs), 10)
                wrong = (y.argmax(axis=2) != judged[1][:, np.newaxis]).mean(axis=0)
                found.append(np.where(np.isnan(y).any(axis=(0, 2)), np.nan, 100 * wrong))
    return np.array(found).T


def budget_trial(epochs, budgets, rates, search, seeds):
    """A trial for ``compare``: wrong answers in per cent after each of ``epochs``, ``{budget: curve up to it}``.

    All runs of the search (every rate with every seed of ``search``), and all final runs of a rate, are trained side by
    side when the first of them is asked for, and kept: two budgets share what they can.
    """
    kept = {}

    def trial(kind, lr, seed, fit, judged):
        if (kind, lr, seed) not in kept:
            runs = [(rate, s) for rate in rates for s in search] if seed in search else [(lr, s) for s in seeds]
            for run, wrong in zip(runs, side_by_side(kind, runs, fit, judged, epochs)):
                kept[kind, *run] = wrong
        return {budget: kept[kind, lr, seed][:epochs.index(budget) + 1] for budget in budgets}
    return trial
