"""The trainings of lesson 05: a small network on the digits, with batches of every size."""

from functools import cache

import numpy as np

from course_lib.clock import fastest
from course_lib.data import Batches, load_digits
from course_lib.experiments import Split, curve, first_below, say
from course_lib.optim.first_order import SGD
from course_lib.optim.full_batch import loss_and_gradient
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.digit_networks import loss_on, network
from course_lib.training import evaluate, train_step, training


@cache
def _digits():
    return load_digits()


def gradient(net, x, t):
    """The gradient of the mean loss by all parameters, in one row."""
    return loss_and_gradient(net, softmax_cross_entropy, x, t)[1]


def accumulated(net, x, t, chunk):
    """The gradient of the mean loss over all rows, at most ``chunk`` rows at a time."""
    for p in net.params:
        p.zero_grad()                                   # once, before the first chunk
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        y, backward = net(x[rows])
        _, loss_backward = softmax_cross_entropy(y, t[rows])
        backward(loss_backward(len(y) / len(x)), input_grad=False)      # (5.8)
    return np.concatenate([p.grad.ravel() for p in net.params])


def plain_mean(net, x, t, chunk):
    """The mean of the gradients of all chunks, whatever their sizes: wrong if the last is smaller."""
    return np.mean([gradient(net, x[a:a + chunk], t[a:a + chunk]) for a in range(0, len(x), chunk)], axis=0)


def drawn_gradients(net, B, rng, entries, draws=300):
    """Some entries of the gradients of random batches of B digits, drawn with replacement: (draws, entries)."""
    x, t = _digits()[:2]
    rows = (rng.integers(len(x), size=B) for _ in range(draws))
    return np.array([gradient(net, x[r], t[r])[entries] for r in rows])


def digits_split():
    """A ``Split`` of the digits: the training images, and the held-out ones in two halves."""
    digits = _digits()
    half = len(digits.x_test) // 2
    return Split((digits.x_train, digits.t_train), (digits.x_test[:half], digits.t_test[:half]),
                 (digits.x_test[half:], digits.t_test[half:]))


def update_ms(B, times=40):
    """The processor time of an update with B digits, in ms: the ``fastest`` of five times ``times`` updates."""
    x, t = _digits()[:2]
    net = network(np.random.default_rng(4))
    step = net, softmax_cross_entropy, SGD(net.params, lr=0.1), x[:B], t[:B]

    def updates():
        for _ in range(times):
            train_step(*step)
    return 1e3 * fastest(updates) / times


def three_epochs(order, seed):
    """Three epochs on digits "sorted" by label or "shuffled": rows (loss of the batch, accuracy on held-out digits)."""
    digits, rng = _digits(), np.random.default_rng(seed)
    by_label = np.argsort(digits.t_train, kind="stable")
    net, log = network(rng), []
    batches = Batches(digits.x_train[by_label], digits.t_train[by_label], 16,
                      rng=rng if order == "shuffled" else None)
    for _, _, loss in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), batches, 3):
        log.append((loss, evaluate(net, digits.x_test, digits.t_test)))
    return np.transpose(log)


def by_epoch(runs):
    """Cells of a table, each over all runs of ``three_epochs``: the mean loss of the batches in each epoch, and the
    share of held-out digits that are right, in %, as the mean of the last epoch and at its end."""
    losses, right = np.swapaxes(runs, 0, 1)
    losses, right = losses.reshape(len(runs), 3, -1), right.reshape(len(runs), 3, -1)
    return [*(say(epoch, "{:.2f}") for epoch in losses.mean(axis=2).T),
            say(100 * right[:, 2].mean(axis=1), "{:.0f}"), say(100 * right[:, 2, -1], "{:.0f}")]


# ---- the rows left over at the end of an epoch ---------------------------------------------------------------

def weighted(size):
    """Softmax cross-entropy of which a batch shorter than ``size`` counts by its rows."""
    def loss(y, t):
        value, backward = softmax_cross_entropy(y, t)
        return value, lambda: backward(len(y) / size)
    return loss


def end_of_epoch(last, lr, seed, size=16):
    """The loss of all digits after each of the last ten updates of one epoch; ``last``: what is done with the rows
    left over, "keep", "merge", "drop", or "weight": kept, with the weight of two rows for two rows."""
    x, t = _digits()[:2]
    rng, losses = np.random.default_rng(seed), []
    net, batches = network(rng), Batches(x, t, size, rng=rng, last="keep" if last == "weight" else last)
    loss = weighted(size) if last == "weight" else softmax_cross_entropy
    for _, k, _ in training(net, loss, SGD(net.params, lr=lr), batches, 1):
        if k > len(batches) - 10:
            losses.append(loss_on(net, x, t))
    return np.array(losses)


# ---- a warm-up, and a race -----------------------------------------------------------------------------------

def eased_in(lr, warmup, seed):
    """The loss of all digits after every tenth of 300 updates with batches of 64 and a cosine after a warm-up."""
    x, t = _digits()[:2]
    rng = np.random.default_rng(seed)
    net, batches = network(rng), Batches(x, t, 64, rng=rng)
    sgd = SGD(net.params, lr=cosine_schedule(lr, 300, warmup=warmup))
    return curve(net, softmax_cross_entropy, sgd, batches, at=np.arange(0, 301, 10),
                 measure=lambda net: loss_on(net, x, t))


BUDGET = {1: 4000, 16: 480, 64: 280, 256: 240, 1442: 240}           # updates, by batch size
MARK = 0.1


def places(B):
    """Forty update numbers, evenly spread over the budget."""
    return BUDGET[B] // 40 * np.arange(1, 41)


def race(B, lr, seed, fit, judged):
    """Train with batches of B up to the budget. Losses of all of ``fit`` at the forty places; updates and epochs until
    they are below the mark, 0.1; how many of ``judged`` are right there, in %."""
    rng, right = np.random.default_rng(seed), []
    net, batches = network(rng), Batches(*fit, B, rng=rng)

    def measure(net):
        loss = loss_on(net, *fit)
        if loss < MARK and not right:
            right.append(100 * evaluate(net, *judged))
        return loss

    losses = curve(net, softmax_cross_entropy, SGD(net.params, lr=lr), batches, at=places(B), measure=measure)
    updates = first_below(places(B), losses, MARK)
    return {"loss": losses, "updates": updates, "epochs": updates / len(batches), "right": (right or [np.nan])[0]}


# ---- redundant data ------------------------------------------------------------------------------------------

def epochs_needed(copies, B, lr, seed):
    """Readings of 144 digits, copied, until their loss is below the mark; looked at after every 144 examples.
    B = 0: all of them in one batch."""
    x, t = (array[:144] for array in _digits()[:2])
    rng, B = np.random.default_rng(seed), B or 144 * copies
    net, batches = network(rng), Batches(np.tile(x, (copies, 1)), np.tile(t, copies), B, rng=rng)
    for _, k, _ in training(net, softmax_cross_entropy, SGD(net.params, lr=lr), batches, 99):
        if k * B % 144 == 0 and loss_on(net, x, t) < MARK:
            return k / len(batches)
    return np.nan
