"""Learning without the transpose: the way back through fixed random numbers (lesson 15, section 3).

- ``sent_back``: what a layer tells the one below, by backpropagation and by its two rivals
- ``Network``: any of them, dense or with convolutions, built on the rules; ``angles`` to the true gradient on the way
- ``overlaps``: why it aligns, equations (15.10) to (15.12)
- ``asymmetry``: is a field the gradient of anything? Then its Jacobian is symmetric

``python -m course_lib.studies.feedback`` compares them (about fifteen minutes) and writes
``data/feedback_figures.csv``, which the functions of the last part read.

Source: Lillicrap, Cownden, Tweed, Akerman (2016), Nature Communications 7; Nøkland (2016), NeurIPS.
"""

from functools import cache, partial

import numpy as np

from course_lib import initializers
from course_lib.data import Batches, load_digits, load_new_writers
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import Split, compare, say, unseen
from course_lib.layers import Conv2D, Dense, Layer
from course_lib.optim.first_order import SGD, Adam, Diverged
from course_lib.rules.convolution import conv2d
from course_lib.rules.functions import identity, relu, sigmoid, tanh
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import evaluate, train_step

BACKPROP, ALIGNMENT, DIRECT, FROZEN = WAYS = ("backprop", "feedback alignment", "direct feedback", "frozen")
BATCH, EPOCHS, MOMENTUM = 32, 30, 0.9
SIDE = 8                                                # pixels of a digit's side


# ---- the way back ---------------------------------------------------------------------------------------------------

def sent_back(way, da, dy, W, B):
    """What a layer with a = h W + b tells the layer below, (15.9): dh.

    Shapes:   da (N, K) what this layer was told, dy (N, C) the loss's own gradient, W (D, K)  ->  (N, D)
              B fixed and random: (D, K) for feedback alignment, (D, C) for direct feedback
    Source:   Lillicrap et al. (2016), Nature Communications 7; Nøkland (2016), NeurIPS.
    """
    if way == "backprop":
        return da @ W.T
    if way == "feedback alignment":
        return da @ B.T
    if way == "direct feedback":
        return dy @ B.T
    raise ValueError(f"sent_back: way must be one of {', '.join(WAYS[:3])}, got {way!r}")


class Network(Layer):
    """Layers with an activation between them, whose hidden layers learn in one of four ways.

    layers       ``Dense`` and ``Conv2D``, the last one Dense; rows of 64 pixels enter a Conv2D as 8 × 8 images, a
                 kernel moves by 1 and nothing is padded
    way          one of ``WAYS``; "frozen": the hidden layers keep their random weights, the last layer learns
    rng          draws the fixed matrices, one for each layer but the first, by the same ``init`` as the weights
    activation   a rule of one array, such as ``tanh``

    Shapes: x (N, D)  ->  y (N, C)
    The forward is the same in every way. ``net(x, way="backprop")`` sends back the true gradient, whatever the net's
    own way is. What the other ways add to ``grad`` is no gradient, and the dx they return is not one either.
    """

    def __init__(self, layers, way, rng, *, activation=tanh, init=initializers.glorot):
        if way not in WAYS:
            raise ValueError(f"Network: way must be one of {', '.join(WAYS)}, got {way!r}")
        if not layers or not isinstance(layers[-1], Dense):
            raise ValueError(f"Network: the last of the layers must be Dense, got {layers!r}")
        self.layers, self.way, self.activation = list(layers), way, activation
        C, side, self.feedback = self.layers[-1].b.data.size, SIDE, []
        for layer in self.layers:
            shape = layer.params[0].data.shape          # of feedback alignment: that of the weights
            if way == DIRECT:
                shape = (shape[0] if isinstance(layer, Dense) else shape[1] * side ** 2, C)
            self.feedback.append(init(rng, shape) if self.feedback else None)       # nothing is told to the pixels
            side -= layer.params[0].data.shape[-1] - 1 if isinstance(layer, Conv2D) else 0
        if way == FROZEN:
            for layer in self.layers[:-1]:
                for p in layer.params:
                    p.requires_grad = False

    def __call__(self, x, way=None):
        way, last, passes, h = way or self.way, len(self.layers) - 1, [], x
        for l, layer in enumerate(self.layers):
            entered = _entering(layer, h)
            a, through = layer(entered)
            y, bend = (self.activation if l < last else identity)(a)
            passes.append((h.shape, entered, through, bend))
            h = y

        def backward(dy, input_grad=True):
            dh = dy
            for l in range(last, -1, -1):
                shape, entered, through, bend = passes[l]
                da = bend(dh)
                dh = through(da, input_grad=input_grad or l > 0)    # adds dW and db, and tells the true dh
                if way == FROZEN and not input_grad:
                    return None
                if l and way in (ALIGNMENT, DIRECT):
                    dh = self._sent(way, l, da, dy, entered)
                if dh is not None:
                    dh = dh.reshape(shape)
            return dh
        return h, backward

    def _sent(self, way, l, da, dy, entered):
        layer, B = self.layers[l], self.feedback[l]
        if isinstance(layer, Dense):
            return sent_back(way, da, dy, layer.W.data, B)
        if way == ALIGNMENT:                            # the backward of the same rule, at other kernels
            return conv2d(entered, B, layer.b.data, layer.stride, layer.padding)[1](da)[0]
        return (dy @ B.T).reshape(entered.shape)


def _entering(layer, h):
    """Rows for a Dense layer, images for a convolution."""
    if isinstance(layer, Dense):
        return h.reshape(len(h), -1)
    side = int(np.sqrt(h[0].size / layer.K.data.shape[1]))
    return h.reshape(len(h), -1, side, side)


def dense(sizes, way, seed, *, activation=tanh, init=initializers.glorot):
    """A ``Network`` of Dense layers: ``dense((64, 32, 32, 10), "backprop", seed=4)``. A seed draws the same weights in
    every way."""
    rng = np.random.default_rng(seed)
    layers = [Dense(n_in, n_out, rng=rng, init=init) for n_in, n_out in zip(sizes, sizes[1:])]
    return Network(layers, way, rng, activation=activation, init=init)


def convolutional(way, seed, *, C=10, activation=tanh, init=initializers.glorot):
    """Two convolutions of 3 × 3, 8 and 16 channels, and a Dense layer, for 8 × 8 digits."""
    rng = np.random.default_rng(seed)
    layers = [Conv2D(1, 8, 3, rng=rng, init=init), Conv2D(8, 16, 3, rng=rng, init=init),
              Dense(16 * 16, C, rng=rng, init=init)]
    return Network(layers, way, rng, activation=activation, init=init)


# ---- the angle ------------------------------------------------------------------------------------------------------

def gradients(net, x, t, way=None):
    """What each layer is told to change, as one vector a layer: the true gradient with ``way="backprop"``.

    Shapes: x (N, D), t (N,)  ->  a list of arrays, one for each layer; the nets' own ``grad`` stays as it was
    """
    kept = [(p, p.grad, p.requires_grad) for p in net.params]
    try:
        for p, *_ in kept:
            p.grad, p.requires_grad = None, True
        y, backward = net(x, way=way)
        backward(softmax_cross_entropy(y, t)[1](), input_grad=False)
        told = [[np.zeros(p.data.size) if p.grad is None else p.grad.ravel() for p in layer.params]
                for layer in net.layers]                # a frozen layer is told nothing
        return [np.concatenate(parts) for parts in told]
    finally:
        for p, grad, requires_grad in kept:
            p.grad, p.requires_grad = grad, requires_grad


def angle(a, b):
    """The angle between two vectors in degrees, 0 to 180; NaN if one of them is zero."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.degrees(np.arccos(np.clip(a @ b / lengths, -1, 1)))) if lengths else np.nan


def angles(net, x, t):
    """For each hidden layer the angle between what it is told and the true gradient on (x, t), in degrees."""
    pairs = zip(gradients(net, x, t), gradients(net, x, t, way=BACKPROP))
    return [angle(told, true) for told, true in pairs][:-1]


# ---- a training, watched --------------------------------------------------------------------------------------------

def learning(net, lr, seed, x, t, *, epochs=EPOCHS, momentum=MOMENTUM, adam=False):
    """Train by descent with momentum, or with ``adam``; yields the number of each step, from 0 before the first."""
    optimizer = Adam(net.params, lr=lr) if adam else SGD(net.params, lr=lr, momentum=momentum)
    batches = Batches(x, t, BATCH, rng=np.random.default_rng(seed))
    yield 0
    step = 0
    for _ in range(epochs):
        for xs, ts in batches:
            train_step(net, softmax_cross_entropy, optimizer, xs, ts)
            step += 1
            yield step


def watch(net, lr, seed, fit, judged, steps):
    """Train, and look at certain steps: rows of step, right answers in per cent on ``judged``, and the angle of each
    hidden layer in degrees on all of ``fit``.

    Shapes: steps (K,), fit and judged pairs (x, t)  ->  (K, 2 + hidden layers)
    """
    return np.array([[step, right(net, *judged), *angles(net, *fit)] for step in learning(net, lr, seed, *fit)
                     if step in steps])


def right(net, x, t):
    """Right answers in per cent; none where the net overflowed."""
    try:
        return 100 * evaluate(net, x, t)
    except ValueError:
        return 0.0


# ---- why it aligns --------------------------------------------------------------------------------------------------

def overlaps(net):
    """For each layer but the last: half the sum of squares of its W and b, and W · B of the layer above it.

    In a net of dense linear or ReLU layers both change at the same rate under feedback alignment, (15.12).

    Shapes: two arrays, one number for each hidden layer
    """
    squares = [0.5 * sum(np.sum(p.data ** 2) for p in layer.params) for layer in net.layers[:-1]]
    along = [np.sum(layer.params[0].data * B) for layer, B in zip(net.layers[1:], net.feedback[1:])]
    return np.array(squares), np.array(along)


def grown(units, lr, seed=4):
    """Train 64-32-32-10 of linear, ReLU or tanh units by feedback alignment and plain descent, and measure by how much
    both sides of (15.12) have grown: squares and overlap of the first hidden layer, then of the second.

    The smaller the rate, the more steps: lr times the number of epochs is 0.2.
    """
    net = dense((64, 32, 32, 10), ALIGNMENT, seed, activation=units)
    before = overlaps(net)
    for _ in learning(net, lr, seed, *split().fit, epochs=round(0.2 / lr), momentum=0.0):
        pass
    return np.subtract(overlaps(net), before).T.ravel()


SIDES = ["units", "η", "Δ ½‖W₁‖²", "Δ W₂·B₂", "Δ ½‖W₂‖²", "Δ W₃·B₃"]


def side_rows(sides):
    """Rows under ``SIDES`` of ``{(units, rate): grown(units, rate)}``."""
    return [[units.__name__, lr, *(f"{v:.3f}" for v in found)] for (units, lr), found in sides.items()]


def asymmetry(field, point, h=1e-5):
    """How far a field is from being the gradient of anything: ‖J − Jᵀ‖ / ‖J‖ of its Jacobian at the point.

    A gradient's Jacobian holds the second derivatives of one function, and these do not ask in which order they are
    taken: it is symmetric.

    Shapes: field (P,) -> (P,), point (P,)  ->  a number, 0 for a gradient (to the error of central differences)
    """
    J = np.array([(field(point + h * e) - field(point - h * e)) / (2 * h) for e in np.eye(len(point))])
    return float(np.linalg.norm(J - J.T) / np.linalg.norm(J))


def field_of(net, x, t):
    """What the net is told to change as a function of all its parameters in one vector: ``(field, point)``."""
    ends = np.cumsum([p.data.size for p in net.params])[:-1]

    def field(point):
        kept = [p.data for p in net.params]
        try:
            for p, values in zip(net.params, np.split(point, ends)):
                p.data = values.reshape(p.data.shape)
            return np.concatenate(gradients(net, x, t))
        finally:
            for p, data in zip(net.params, kept):
                p.data = data
    return field, np.concatenate([p.data.ravel() for p in net.params])


# ---- the experiments: rows (what, question, network, rival, at, judged on, values) -----------------------------------

WHICH, EVEN = QUESTIONS = ("which digit", "even or odd")
TWO, SIX, RECTIFIED = "two hidden layers", "six hidden layers", "six hidden layers, ReLU"
SIGMOID, CONVOLUTION, KINKED = "lesson 04's sigmoid units", "two convolutions", "two convolutions, ReLU"
NETWORKS = TWO, SIX, RECTIFIED, SIGMOID, CONVOLUTION, KINKED
BY_ADAM = TWO, SIX, RECTIFIED                           # these learn to tell even from odd by Adam, too
NO_HIDDEN, WIDE = "no hidden layer", "frozen, ten times as wide"
GRID = tuple(np.geomspace(0.003, 0.3, 5))
SEARCH, SEEDS, WATCHED = range(100, 103), range(4, 14), range(4, 9)
STEPS = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1080)
FILE = "feedback_figures.csv"
STRONG = partial(initializers.glorot, gain=4)           # lesson 04's sigmoid units
HEADER = ["rival", *(f"{side}, {question}" for question in QUESTIONS for side in ("held out", "new writers"))]


def asked(question, t):
    """The labels of a question: the digit itself, or 0 for an even one and 1 for an odd one."""
    if question not in QUESTIONS:
        raise ValueError(f"asked: the question must be one of {', '.join(QUESTIONS)}, got {question!r}")
    return t if question == WHICH else t % 2


def made(network, question, way, seed):
    """A network by its name, untrained."""
    if network not in (*NETWORKS, NO_HIDDEN, WIDE):
        raise ValueError(f"made: network must be one of {', '.join((*NETWORKS, NO_HIDDEN, WIDE))}, got {network!r}")
    C = 10 if question == WHICH else 2
    if network == CONVOLUTION:
        return convolutional(way, seed, C=C)
    if network == KINKED:
        return convolutional(way, seed, C=C, activation=relu, init=initializers.he)
    hidden = {TWO: (32, 32), SIX: (32,) * 6, RECTIFIED: (32,) * 6, SIGMOID: (32, 24, 16), NO_HIDDEN: (),
              WIDE: (320, 320)}[network]
    units = {RECTIFIED: dict(activation=relu, init=initializers.he), SIGMOID: dict(activation=sigmoid, init=STRONG)}
    return dense((64, *hidden, C), way, seed, **units.get(network, {}))


def rivals(network, question):
    """``{rival: function(seed)}``: the four ways, and for two hidden layers two rivals that hand no error down: no
    hidden layer, and frozen ones that are ten times as wide."""
    found = {way: partial(made, network, question, way) for way in WAYS}
    if network == TWO:
        found[WIDE] = partial(made, WIDE, question, FROZEN)
        found[NO_HIDDEN] = partial(made, NO_HIDDEN, question, BACKPROP)
    return found


@cache
def split(question=WHICH):
    """1,154 digits to fit, 288 to choose on, 355 to judge on; a ``Split``."""
    digits = load_digits()
    order = np.random.default_rng(15).permutation(len(digits.x_train))
    parts = [(digits.x_train[rows], digits.t_train[rows]) for rows in (order[288:], order[:288])]
    return Split(*((x, asked(question, t)) for x, t in (*parts, (digits.x_test, digits.t_test))))


def trained(net, lr, seed, fit, *, adam=False):
    """The net after ``learning``; as far as it came if it diverges."""
    with np.errstate(all="ignore"):
        try:
            for _ in learning(net, lr, seed, *fit, adam=adam):
                pass
        except Diverged:
            pass
    return net


def trial(rival, lr, seed, fit, judged, question=WHICH, adam=False):
    """One training for ``compare``: right answers in per cent on what is judged, and on new writers' digits."""
    new = load_new_writers()
    net = trained(rival(seed), lr, seed, fit, adam=adam)
    return {"score": right(net, *judged), "new writers": right(net, unseen(new.x, fit[0]), asked(question, new.t))}


def compared(network, question, *, adam=False):
    """Every rival with its own learning rate, from the same grid: a ``Comparison``. Adam's grid lies ten times lower.
    """
    return compare(rivals(network, question), partial(trial, question=question, adam=adam),
                   values=np.array(GRID) / (10 if adam else 1), split=split(question), search_seeds=SEARCH, seeds=SEEDS,
                   widen=4, by="score", higher=True)


def final_rows(what, result, question, network):
    """Rows of a ``Comparison``: the search, and the final runs, called ``what``, on both sides."""
    for rival in result.names:
        for lr, mean in zip(result.values, result.search[rival]):
            yield f"search of {what}", question, network, rival, lr, "set aside", [mean]
        for side, entry in (("held out", "score"), ("new writers", "new writers")):
            yield what, question, network, rival, result.chosen[rival], side, result.measured(entry)[rival]


def watched_rows(network, question, rates, seeds=WATCHED):
    """Right answers and angles on the way, of each way with its own rate: rows."""
    fit, judged = split(question).fit, split(question).judge
    for way in WAYS:
        found = np.array([watch(made(network, question, way, seed), rates[way], seed, fit, judged, STEPS)
                          for seed in seeds])
        count = found.shape[2] - 2 if way in (ALIGNMENT, DIRECT) else 0
        for k, what in enumerate(["right", *(f"angle {l + 1}" for l in range(count))], start=1):
            for at, step in enumerate(STEPS):
                yield "watched", question, network, way, step, what, found[:, at, k]


# ---- what was stored ------------------------------------------------------------------------------------------------

@cache
def stored():
    """``{(what, question, network, rival): {(at, judged on): array, one value a seed}}``."""
    found = {}
    for what, question, network, rival, at, judged, values in read_table(FILE)[1]:
        entry = found.setdefault((what, question, network, rival), {})
        entry[float(at), judged] = np.array([float(v) for v in values.split()])
    return found


def final(network, question, side="held out", what="final"):
    """``{rival: right answers in per cent, one a seed}``, each with its own learning rate; ``what="Adam"``: by Adam."""
    return {rival: values for (*of, rival), found in stored().items() if of == [what, question, network]
            for (_, judged), values in found.items() if judged == side}


def rate(network, question, rival):
    """The learning rate that was chosen for a rival."""
    return next(iter(stored()["final", question, network, rival]))[0]


def baseline_rows():
    """Rows of a table for two hidden layers: rival, right answers in per cent to each question, on held-out and on new
    writers' digits. ``HEADER`` names the columns."""
    sides = [final(TWO, question, side) for question in QUESTIONS for side in ("held out", "new writers")]
    return [[rival, *(say(found[rival], "{:.1f}") for found in sides)] for rival in sides[0]]


def compared_rows(question=EVEN):
    """Rows of a table: network, and the right answers of each way in per cent, on held-out digits; to "even or odd"
    those by Adam, too."""
    asked_of = [(network, "final", "") for network in NETWORKS]
    asked_of += [(network, "Adam", ", by Adam") for network in BY_ADAM if question == EVEN]
    return [[network + by, *(say(final(network, question, what=what)[way], "{:.1f}") for way in WAYS)]
            for network, what, by in asked_of]


def watched_values(network, way, what, question=EVEN):
    """Values on the way: steps (K,), values (K, seeds)."""
    found = stored()["watched", question, network, way]
    steps = [step for step, name in found if name == what]
    return np.array(steps, dtype=int), np.array([found[step, what] for step in steps])


def watched_angles(network, way, question=EVEN):
    """The angle of each hidden layer on the way, in degrees, in the mean over seeds: (K, layers); by backpropagation 0.
    """
    count = sum(what.startswith("angle") and step == 0
                for step, what in stored()["watched", question, network, DIRECT])
    if way == BACKPROP:
        return np.zeros((len(STEPS), count))
    return np.column_stack([watched_values(network, way, f"angle {l}", question)[1].mean(axis=1)
                            for l in range(1, count + 1)])


def example(way, seed=4):
    """Train two hidden layers to name digits, at the rate chosen for this way: rows steps, right answers in per cent,
    and the angle of each hidden layer in degrees; from step 1 on."""
    net = made(TWO, WHICH, way, seed)
    return watch(net, rate(TWO, WHICH, way), seed, split().fit, split().judge, STEPS[1:]).T


def main():
    """Make ``feedback_figures.csv``."""
    import sys
    rows = []

    def keep(found):
        rows.extend([*row[:4], f"{row[4]:.4g}", row[5], " ".join(f"{v:.4g}" for v in row[6])] for row in found)
        print(rows[-1], file=sys.stderr, flush=True)

    for question in QUESTIONS:
        for network in NETWORKS:
            result = compared(network, question)
            keep(final_rows("final", result, question, network))
            if network == TWO or (question == EVEN and network in (SIX, SIGMOID)):
                keep(watched_rows(network, question, result.chosen))
    for network in BY_ADAM:
        keep(final_rows("Adam", compared(network, EVEN, adam=True), EVEN, network))
    facts = made_now(
        command="python -m course_lib.studies.feedback",
        steps=f"{EPOCHS} epochs, {STEPS[-1]} steps of descent with momentum {MOMENTUM}, or where said of Adam, batches "
              f"of {BATCH}; the rate of each rival chosen from the same grid, widened where the best lay at its end",
        seeds="4 to 13, watched 4 to 8, search 100 to 102; a seed draws weights, feedback and the order of the digits",
        sizes="1,154 digits of 13 writers fitted, 288 chosen on, 355 others of the same and 3,823 of 30 new writers "
              "judged",
        averaging="none: one number a seed (search: their mean), right answers in per cent, or degrees on the 1,154 "
                  "fitted digits",
        data=with_checksum("digits.npz", "new_writers.npz"))
    write_table(FILE, ["what", "question", "network", "rival", "at", "judged on", "values, one a seed"], rows, facts)


if __name__ == "__main__":
    main()
