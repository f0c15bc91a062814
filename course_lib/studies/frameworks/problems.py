"""What lesson 14 measures in all three frameworks: two problems of earlier lessons, errors beside our gradients, times.

The losses and the ways to a gradient stand on the page; the functions here get them.
"""

import numpy as np

from course_lib.data import load_digits
from course_lib.data.origins import read_table
from course_lib.graph import apply
from course_lib.layers import RNN, Dense, Sequential, Sigmoid
from course_lib.rules.functions import tanh
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.frameworks import NAMES, array, jnp, loaded, our_side, side, tf, torch

SIZES, WIDE = (64, 96, 72, 48, 10), (64, 512, 512, 10)


def network(seed, sizes=SIZES):
    """The network of lesson 04: dense layers, a sigmoid after all but the last."""
    rng = np.random.default_rng(seed)
    layers = [[Dense(*both, rng=rng), Sigmoid()] for both in zip(sizes, sizes[1:])]
    return Sequential(*sum(layers, [])[:-1])


def of_network(seed, N=32, sizes=SIZES):
    """Its parameters, and N digits with their labels."""
    digits, rows = load_digits(), np.arange(N) + N * seed
    params = [p.data for p in network(seed, sizes).params]
    return params, digits.x_train[rows], digits.t_train[rows].astype(np.int64)


def of_loop(seed):
    """The parameters of a recurrent layer of 20 units, 50 steps of 8 sequences, a start and a goal."""
    draw = np.random.default_rng(seed).normal
    params = [p.data for p in RNN(3, 20, rng=np.random.default_rng(seed)).params]
    return params, draw(size=(50, 8, 3)), np.zeros((8, 20)), draw(size=(8, 20))


def squared_errors(last_state):
    """The mean of (h_T − t)² in everybody's words, ``{name: loss(params, xs, h, t)}``."""
    def loss(squash, mean):
        return lambda params, xs, h, t: mean((last_state(params, xs, h, squash()) - t) ** 2)
    return {"ours": loss(lambda: lambda a: apply(tanh, a), lambda e: e.mean()),
            "torch": loss(lambda: torch.tanh, lambda e: e.mean()),
            "tensorflow": loss(lambda: tf.tanh, lambda e: tf.reduce_mean(e)),
            "jax": loss(lambda: jnp.tanh, lambda e: e.mean())}


def error(found, ours):
    """The largest difference of any gradient to ours, relative to the largest entry of that gradient; infinite where
    one is not a number."""
    errors = []
    for g, o in zip(map(array, found), ours, strict=True):
        if g.shape != np.shape(o):
            raise ValueError(f"error: a gradient has shape {g.shape}, and ours {np.shape(o)}")
        errors.append(np.max(np.abs(g - o)) / np.max(np.abs(o)))
    return float(np.nan_to_num(np.max(errors), nan=np.inf))


def worst(draw, theirs, ours, seeds=range(5)):
    """The largest error over some draws; theirs and ours: a way to a gradient, and a loss."""
    (gradients, loss), (our_gradients, our_loss) = theirs, ours
    return max(error(gradients(loss, *draw(seed)), our_gradients(our_loss, *draw(seed))) for seed in seeds)  # no NaN


def in_float32(theirs, ours):
    """The error of their gradients with every array in float32, beside ours in float64."""
    params, x, t = of_network(0)
    single = [p.astype(np.float32) for p in params], x.astype(np.float32), t
    return error(theirs[0](theirs[1], *single), ours[0](ours[1], params, x, t))


def round_trip(name, net, layer, x, xs):
    """A network and a recurrent layer in a framework and back: the largest relative error of the outputs there, and
    the largest change of a weight."""
    (y, net_back), (hs, layer_back) = side(name).there_and_back(net, x), side(name).loop_there_and_back(layer, xs)
    outputs = error((y, hs), (net(x)[0], layer(xs)[0]))
    pairs = [pair for a, b in ((net, net_back), (layer, layer_back)) for pair in zip(a.params, b.params)]
    return outputs, float(np.max([np.max(np.abs(p.data - q.data)) for p, q in pairs]))


# ---- time -----------------------------------------------------------------------------------------------------------

TIMED = "network", "loop", "wide network"
FILE = "frameworks_figures.csv"             # of ``python -m course_lib.studies.frameworks``
OVER = ["over course_lib", *TIMED]
STORED = ["measured before", *(f"{problem}, {what}" for what in ("first call (s)", "later, over ours")
                               for problem in TIMED)]


def rivals(losses, loops, *, compiled=False):
    """``{how: [a function for each of TIMED that computes the gradients once]}``, our layers first.

    losses, loops   ``{name: loss}``, for the networks and for the loop; "ours" is for our graph, and a framework that
                    is not loaded is left out
    compiled        ``torch.compile`` too: it calls a compiler at its first call, for most of a minute
    """
    drawn = of_network(0), of_loop(0), of_network(0, 512, WIDE)
    nets = network(0), RNN(3, 20, rng=np.random.default_rng(0)), network(0, WIDE)
    own = softmax_cross_entropy, our_side.at_the_end, softmax_cross_entropy
    found = {"course_lib": [our_side.step(net, loss, problem[1], problem[-1])
                            for net, loss, problem in zip(nets, own, drawn)]}
    def all_three(name):
        return zip((losses[name], loops[name], losses[name]), drawn)
    found["course_lib, graph"] = [our_side.graph_step(loss, *problem) for loss, problem in all_three("ours")]
    for name in filter(loaded, NAMES):
        asked = {"compiled": True} if compiled and name == "torch" else {}
        ways = [side(name).steps(loss, *problem, **asked) for loss, problem in all_three(name)]
        found |= {how: [way[how] for way in ways] for how in ways[0]}
    return found


def shares(names, rounds):
    """Rows for a table: each rival's time over that of the first in the same round, from the lowest to the highest."""
    over = np.asarray(rounds) / np.asarray(rounds)[:, :1]
    return [[name, *(f"{low:.3g} to {high:.3g}" for low, high in zip(over[:, i].min(axis=0), over[:, i].max(axis=0)))]
            for i, name in enumerate(names)]


def median_share(name, problem, names, rounds):
    """The median over the rounds of a rival's time over that of the first; NaN where the rival is not there."""
    if name not in names:
        return np.nan
    seconds = np.asarray(rounds)[:, :, TIMED.index(problem)]
    return np.median(seconds[:, list(names).index(name)] / seconds[:, 0])


def stored():
    """``{how: {problem: (seconds of the first call; lowest, median, highest share of later ones)}}`` from the file."""
    found = {}
    for how, problem, *numbers in read_table(FILE)[1]:
        found.setdefault(how, {})[problem] = tuple(map(float, numbers))
    return found


def stored_rows():
    """Rows for a table of what was stored: first calls in seconds, and the shares of later ones, lowest to highest."""
    return [[how, *(f"{of[problem][0]:.2g}" if problem in of else "" for problem in TIMED),
             *(f"{of[problem][1]:.3g} to {of[problem][3]:.3g}" if problem in of else "" for problem in TIMED)]
            for how, of in stored().items()]
