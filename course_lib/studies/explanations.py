"""Which pixels made a network say so? Answers by the gradient of one score, and how each of them can be tried.

- ``input_gradient``: the gradient at the pixels, by one backward that leaves the parameters' gradients alone
- maps: the gradient, times the input, integrated from a baseline, guided; and without any gradient: the ink, and what
  is lost when a pixel is taken away
- trials: does a map add up to the score, do its first pixels carry the answer, does it notice that all weights were
  drawn anew

Lesson 15, section 4; ``attacks`` uses the same gradient in section 5.
"""

from functools import cache

import numpy as np

from course_lib.data import Batches, load_digits
from course_lib.experiments import say, told
from course_lib.layers import Dense, ReLU, Sequential, Tanh, frozen, inference
from course_lib.optim.first_order import Adam
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import predict, training

SIZES = (64, 64, 64, 10)
RATE, EPOCHS, BATCH = 3e-3, 20, 32
ACTIVATIONS = {"ReLU": ReLU, "tanh": Tanh}


# ---- the network ----------------------------------------------------------------------------------------------------

def network(rng, activation="ReLU"):
    """64 pixels, two hidden layers of 64, ten scores; the weights are drawn with rng."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"network: activation must be one of {list(ACTIVATIONS)}, got {activation!r}")
    layers = []
    for n_in, n_out in zip(SIZES, SIZES[1:]):
        layers += [Dense(n_in, n_out, rng=rng), ACTIVATIONS[activation]()]
    return Sequential(*layers[:-1])


def learn(net, x, t, rng, *, lr=RATE, epochs=EPOCHS):
    """Train a network to tell digits apart, by Adam with a rate that falls to 0. Yields as ``training`` does."""
    batches = Batches(x, t, BATCH, rng=rng)
    optimizer = Adam(net.params, lr=cosine_schedule(lr, steps=epochs * len(batches)))
    return training(net, softmax_cross_entropy, optimizer, batches, epochs)


def learnt(seed, activation="ReLU"):
    """A ``network`` trained on the training digits; the seed draws its weights and the order."""
    rng, digits = np.random.default_rng(seed), load_digits()
    net = network(rng, activation)
    for _ in learn(net, digits.x_train, digits.t_train, rng):
        pass
    return net


def untrained(seed, activation="ReLU"):
    """The network with which ``learnt`` begins."""
    return network(np.random.default_rng(seed), activation)


@cache
def shown_network():
    """The network that the explorers ask; trained when it is first wanted."""
    return learnt(0)


# ---- the gradient at the input --------------------------------------------------------------------------------------

def input_gradient(net, x, loss, t):
    """The value of a loss, or of a score, and its gradient at the input: one forward, one backward.

    ``loss(y, t)`` is a loss as the library writes it, ``(value, backward)``; ``class_score`` is one, too. The network
    is asked as it is used (``inference``), and the gradients of its parameters are neither computed nor touched
    (``frozen``).

    Shapes: x (N, ...), t as the loss reads it  ->  a number, dx (N, ...)
    Backward: dx = Jᵀ dy, with J the Jacobian of the network's outputs by its inputs, lesson 15, equation (15.13).
    Source: Simonyan, Vedaldi, Zisserman (2014), Deep inside convolutional networks, ICLR workshop.
    """
    with inference(net), frozen(net):
        y, backward = net(x)
        value, loss_backward = loss(y, t)
        return value, backward(loss_backward())


def class_score(y, k):
    """The score of class k of each row, added up over the rows: a rule with one number.

    Shapes: y (N, K), k (N,) whole numbers  ->  a number; backward() gives dy (N, K): 1 at each row's class, else 0
    """
    rows, k = np.arange(len(y)), _classes("class_score", y, k)

    def backward():
        dy = np.zeros_like(y)
        dy[rows, k] = 1.0
        return dy
    return y[rows, k].sum(), backward


def _classes(name, y, k):
    k = np.asarray(k)
    if k.shape != (len(y),) or k.dtype.kind not in "iu" or (len(k) and not 0 <= k.min() <= k.max() < y.shape[1]):
        raise ValueError(f"{name}: k must hold one class for each of {len(y)} rows, whole numbers from 0 to "
                         f"{y.shape[1] - 1}, got {k.dtype} {k.shape}")
    return k


def gradient(net, x, k):
    """The gradient of the score of class k at each pixel.

    Shapes: x (N, D), k (N,)  ->  (N, D), in units of score per unit of ink
    """
    return input_gradient(net, x, class_score, k)[1]


# ---- maps: one number a pixel ---------------------------------------------------------------------------------------

def gauss_nodes(count):
    """``count`` nodes and weights of Gauss and Legendre, moved from (−1, 1) to (0, 1): exact for polynomials of degree
    2 count − 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def left_nodes(count):
    """A sum of rectangles, each as high as its left edge."""
    return np.arange(count) / count, np.full(count, 1 / count)


def middle_nodes(count):
    """A sum of rectangles, each as high as its middle."""
    return (np.arange(count) + 0.5) / count, np.full(count, 1 / count)


def integrated_gradient(net, x, k, baseline=0.0, nodes=20, rule=gauss_nodes):
    """The integrated gradient: the mean gradient on the straight way from the baseline to x, times x − baseline.

    baseline   a number, or a picture (D,): what counts as "nothing"
    nodes      how many places on the way are asked, chosen and weighted by ``rule(nodes)``

    Shapes: x (N, D), k (N,)  ->  (N, D), in units of the score; a row adds up to score(x) − score(baseline)
    Source: Sundararajan, Taly, Yan (2017), Axiomatic attribution for deep networks, ICML; lesson 15, equation (15.14).
    """
    difference, mean = x - baseline, 0.0
    for alpha, w in zip(*rule(nodes)):
        mean = mean + w * gradient(net, baseline + alpha * difference, k)      # (15.16)
    return difference * mean


def guided_gradient(net, x, k):
    """The gradient, with everything below 0 set to 0 at each ReLU on the way back.

    Shapes: x (N, D), k (N,)  ->  (N, D)
    It is the gradient of nothing: each ReLU passes on dy only where dy > 0, beside where its input was above 0.
    Source: Springenberg, Dosovitskiy, Brox, Riedmiller (2015), Striving for simplicity, ICLR workshop.
    """
    backwards, y = [], x
    with inference(net), frozen(net):
        for layer in net.layers:
            y, backward = layer(y)
            backwards.append((layer, backward))
        dy = class_score(y, k)[1]()
        for layer, backward in reversed(backwards):
            dy = backward(np.maximum(dy, 0) if isinstance(layer, ReLU) else dy)
    return dy


def occlusion(net, x, k, baseline=0.0):
    """What the score loses when one pixel alone is set to the baseline: D + 1 forward passes, no backward.

    Shapes: x (N, D), k (N,)  ->  (N, D), in units of the score
    """
    (N, D), places = x.shape, np.arange(x.shape[1])
    without = np.repeat(x[:, np.newaxis], D, axis=1)
    without[:, places, places] = np.broadcast_to(baseline, D)
    rows = np.repeat(_classes("occlusion", predict(net, x), k), D)
    left = predict(net, without.reshape(N * D, D))[np.arange(N * D), rows].reshape(N, D)
    return predict(net, x)[np.arange(N), k][:, np.newaxis] - left


MAPS = {"gradient": gradient, "gradient × input": lambda net, x, k: x * gradient(net, x, k),
        "integrated": integrated_gradient, "guided": guided_gradient, "one pixel away": occlusion,
        "ink": lambda net, x, k: x.copy()}


# ---- trials ---------------------------------------------------------------------------------------------------------

def completeness_gap(net, x, k, nodes, rule=gauss_nodes, baseline=0.0):
    """By how much does the sum of a map miss the difference of the scores? The largest over the pictures."""
    found = integrated_gradient(net, x, k, baseline, nodes, rule).sum(axis=1)
    rows, empty = np.arange(len(x)), np.broadcast_to(baseline, x.shape)
    return float(np.max(np.abs(found - (predict(net, x)[rows, k] - predict(net, empty)[rows, k]))))


RULES = {"left edges": left_nodes, "middles": middle_nodes, "Gauss": gauss_nodes}


def gaps(nets, x, counts):
    """``completeness_gap`` of several networks for their own answers: ``{name of RULES: (networks, counts)}``."""
    return {name: np.array([[completeness_gap(net, x, predict(net, x).argmax(axis=1), count, rule) for count in counts]
                            for net in nets]) for name, rule in RULES.items()}


def deleted(x, maps, baseline=0.0):
    """Pictures with their pixels set to the baseline one after the other, the largest of the map first.

    Shapes: x, maps (N, D)  ->  (D + 1, N, D); entry m has lost m pixels
    """
    N, D = x.shape
    rank = np.argsort(np.argsort(-maps, axis=1, kind="stable"), axis=1)
    gone = rank < np.arange(D + 1)[:, np.newaxis, np.newaxis]
    return np.where(gone, baseline, x)


def until_changed(net, x, maps, baseline=0.0):
    """How many pixels go, in the order of the map, before the network's answer changes: D where it never does.

    Shapes: x, maps (N, D)  ->  (N,)
    """
    steps = deleted(x, maps, baseline)
    answers = predict(net, steps.reshape(-1, x.shape[1])).argmax(axis=1).reshape(len(steps), -1)
    other = answers != answers[0]
    return np.where(other.any(axis=0), other.argmax(axis=0), x.shape[1])


ORDERS = {"random": "none", "largest change first": "none", "size of the gradient": "1 forward, 1 backward",
          "gradient": "1 forward, 1 backward", "gradient, sign turned": "1 forward, 1 backward",
          "gradient × way": "1 forward, 1 backward",
          "integrated": "20 forward, 20 backward", "one pixel away": "65 forward"}       # and what a picture costs
ASKED = ("random", "largest change first", "gradient", "gradient × way")


def orders(net, x, k, baseline, rng):
    """The rivals of a deletion, each a map whose largest entries go first: ``{name of ORDERS: (N, D)}``.

    "largest change first" takes the darkest pixels where the baseline is paper, the lightest where it is ink.
    """
    slope = gradient(net, x, k)
    return {"random": rng.random(x.shape), "largest change first": np.abs(x - baseline),
            "size of the gradient": np.abs(slope), "gradient": slope, "gradient, sign turned": -slope,
            "gradient × way": (x - baseline) * slope,
            "integrated": integrated_gradient(net, x, k, baseline), "one pixel away": occlusion(net, x, k, baseline)}


def deletion(net, x, t, baseline=0.0, *, seed):
    """How many pixels go before the answer changes, in the mean over the digits that were named rightly: ``{order:
    number}``; the seed draws the random order."""
    right = predict(net, x).argmax(axis=1) == t
    x, t = x[right], np.asarray(t)[right]
    return {name: float(until_changed(net, x, maps, baseline).mean())
            for name, maps in orders(net, x, t, baseline, np.random.default_rng(seed)).items()}


SHEETS = {"paper": 0.0, "ink": 1.0}


def deletions(nets, x, t, seed=4):
    """``deletion`` of several networks, to paper and to ink: ``{(order, sheet): array, one number a network}``."""
    found = {sheet: [deletion(net, x, t, baseline, seed=seed) for net in nets] for sheet, baseline in SHEETS.items()}
    return {(order, sheet): np.array([row[order] for row in found[sheet]]) for order in ORDERS for sheet in SHEETS}


def order_rows(gone):
    """Rows of a table: order, its cost, and how many pixels ``deletions`` counted."""
    return [[order, cost, *(say(gone[order, sheet], "{:.2f}") for sheet in SHEETS)] for order, cost in ORDERS.items()]


def fewer_rows(gone, pairs=(("one pixel away", "integrated"), ("one pixel away", "gradient × way"),
                            ("integrated", "gradient × way"), ("integrated", "largest change first"))):
    """Rows of a table: does the first order of a pair need fewer pixels than the second? Network by network."""
    return [[a, b, *(told(gone[b, sheet] - gone[a, sheet]) for sheet in SHEETS)] for a, b in pairs]


def redrawn(net, rng, layers=None):
    """The same network with the weights of its last ``layers`` dense layers (all if None) drawn anew."""
    new = network(rng, "ReLU" if any(isinstance(layer, ReLU) for layer in net.layers) else "tanh")
    old, fresh = ([layer for layer in n.layers if isinstance(layer, Dense)] for n in (net, new))
    for kept, layer in list(zip(old, fresh))[:0 if layers is None else len(old) - layers]:
        layer.W.data, layer.b.data = kept.W.data.copy(), kept.b.data.copy()
    return new


def rank_correlation(a, b):
    """Spearman's: the correlation of the ranks, ties at their mean rank; NaN where one side is all equal.

    Shapes: a, b (D,)  ->  a number
    """
    a, b = (_ranks(values) for values in (a, b))
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size > 0 else np.nan


def _ranks(values):
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place.ravel()]


def alike(a, b, where=None):
    """The mean rank correlation of the maps a and b of many pictures; ``where``: only of these pixels.

    Shapes: a, b (N, D), where (N, D) or None  ->  a number
    """
    where = np.ones(np.shape(a), bool) if where is None else where
    return float(np.nanmean([rank_correlation(p[w], q[w]) for p, q, w in zip(a, b, where)]))


LIKE = ("sizes", "sizes on the ink", "with signs")


def likeness(net, other, x):
    """How alike are the maps of two networks, for the answers of the first? ``{map: three numbers, as LIKE says}``:
    mean rank correlations of the sizes of all pixels, of those with ink alone, and of the signed numbers."""
    k, found = predict(net, x).argmax(axis=1), {}
    for name in ("gradient", "guided", "gradient × input", "integrated"):
        a, b = MAPS[name](net, x, k), MAPS[name](other, x, k)
        found[name] = alike(np.abs(a), np.abs(b)), alike(np.abs(a), np.abs(b), x > 0), alike(a, b)
    return found


def against_random(nets, x):
    """The ``likeness`` of each network to itself with all weights drawn anew, and to the next of the networks: two
    dicts ``{map: array (networks, 3)}``."""
    nets = list(nets)
    pairs = ([(net, redrawn(net, np.random.default_rng(100 + i))) for i, net in enumerate(nets)],
             list(zip(nets, [*nets[1:], nets[0]])))
    both = [[likeness(net, other, x) for net, other in of] for of in pairs]
    return tuple({name: np.array([row[name] for row in rows]) for name in rows[0]} for rows in both)


def like_rows(random, second):
    """Rows of a table: map, and what ``against_random`` found, each with its interval."""
    return [[name, *(say(found[name][:, i], "{:.2f}") for found in (random, second) for i in range(3))]
            for name in random]


LIKE_HEADER = ("map", *(f"{whose}: {what}" for whose in ("random", "other") for what in LIKE))


def from_both_ends(net, x):
    """The rank correlation of the integrated maps from paper and from ink, for the network's own answers."""
    k = predict(net, x).argmax(axis=1)
    return alike(integrated_gradient(net, x, k, 0.0), integrated_gradient(net, x, k, 1.0))
