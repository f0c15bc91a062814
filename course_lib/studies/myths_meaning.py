"""What lesson 16 runs to test sentences on the meaning of backpropagation, loops, networks, sound and history.

Each function makes one experiment for one seed; the lesson repeats it, and says what follows.
"""

from functools import partial
from itertools import combinations

import numpy as np

from course_lib import initializers
from course_lib.checks import complex_step_gradient, numerical_gradient, relative_error
from course_lib.data import Batches, load_commands, load_digits
from course_lib.graph import Parameter, Tensor, apply
from course_lib.layers import Dense, ReLU, Sequential, Tanh
from course_lib.optim.first_order import SGD, Adam
from course_lib.rules.fixed_point import fixed_point
from course_lib.rules.functions import affine, relu, softmax, tanh
from course_lib.rules.losses import mean_squared_error, softmax_cross_entropy
from course_lib.rules.recurrent import rnn_cell, unroll
from course_lib.rules.spectra import frames
from course_lib.studies.faces import vgg_face
from course_lib.studies.recurrence import jacobian_norms
from course_lib.training import evaluate, predict, training


def cosine(a, b):
    """Of the angle between two arrays of one shape: 1 for the same direction, 0 for unrelated ones."""
    return np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)


def differs(got, expected):
    """The largest difference of two numbers or arrays, over the largest entry of the second."""
    return np.max(np.abs(got - expected)) / np.max(np.abs(expected))


# ---- with labels and without (section 3) -----------------------------------------------------------------------------

def reader(seed, units=32):
    """A network 64-units-10 that has learnt nothing yet, and the generator that drew it."""
    rng = np.random.default_rng(seed)
    return Sequential(Dense(64, units, rng=rng), ReLU(), Dense(units, 10, rng=rng)), rng


def first_slopes(seed, wanted):
    """All gradients before the first step, as one vector. ``wanted`` (N, 10): how much of each answer is wanted."""
    net, _ = reader(seed)
    z, backward = net(load_digits().x_train)
    backward((softmax(z)[0] - wanted) / len(z))
    return np.concatenate([p.grad.ravel() for p in net.params])


def shuffled_labels(seed):
    """The labels of the training digits, in a random order."""
    return np.random.default_rng(seed).permutation(load_digits().t_train)


def read_after(seed, t, epochs=20):
    """The share of new digits that is read after learning the labels t of the training digits."""
    net, rng = reader(seed)
    digits = load_digits()
    batches = Batches(digits.x_train, t, 32, rng=rng)
    for _ in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), batches, epochs):
        pass
    return evaluate(net, digits.x_test, digits.t_test)


SHUFFLING = "cosine, true and shuffled", "shuffled and a tenth each", "new digits read", "after shuffled labels"


def shuffling(seed):
    """Cosines of first gradients: with true and with shuffled labels, with shuffled ones and a tenth of every label.
    Then the share of new digits that is read after learning true labels, and after learning shuffled ones."""
    true, shuffled = load_digits().t_train, shuffled_labels(seed)
    a, b, c = (first_slopes(seed, wanted) for wanted in (
        np.eye(10)[true], np.eye(10)[shuffled], np.full((len(true), 10), 0.1)))
    return cosine(a, b), cosine(b, c), read_after(seed, true), read_after(seed, shuffled)


def centred():
    """The digits less the mean of those to learn from: to learn from, and new ones."""
    digits = load_digits()
    return [part - digits.x_train.mean(axis=0) for part in (digits.x_train, digits.x_test)]


def error_left(seed, units=8, epochs=10):
    """An autoencoder through 8 units: its squared error on new digits, over that of answering with the mean."""
    rng, (x, new) = np.random.default_rng(seed), centred()
    net = Sequential(Dense(64, units, rng=rng), Tanh(), Dense(units, 64, rng=rng))
    for _ in training(net, mean_squared_error, Adam(net.params, lr=0.01), Batches(x, x, 32, rng=rng), epochs):
        pass
    return np.mean((predict(net, new) - new) ** 2) / np.mean(new ** 2)


def spread(seed, lr=30, steps=300):
    """The mean square of x w after learning a direction w without any target, over the largest that there is."""
    w, (x, _) = Parameter(np.random.default_rng(seed).normal(size=(64, 1))), centred()
    for _ in range(steps):
        L = -((Tensor(x) @ w) ** 2).sum() / (w ** 2).sum() / len(x)
        w.grad = None
        L.backward()
        w.data = w.data - lr * w.grad
    return -L.data / np.linalg.eigvalsh(x.T @ x / len(x))[-1]


# ---- one sweep back (section 3) --------------------------------------------------------------------------------------

def weights(seed, sizes):
    """Matrices of a network of ReLU layers, each (n_in, n_out), at He's scale."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size) * np.sqrt(2 / size[0]) for size in zip(sizes, sizes[1:])]


def sweep(W, x, t, early=0.0):
    """Yield (layer, dW, dh) as soon as they are known. Layers count from 1; dh is the error below the layer.

    early     a learning rate: each matrix is changed *before* the error passes through it, which is a mistake

    Shapes:   W a list of (n_in, n_out), x (N, n_in of the first), t (N,) labels
    Backward: dW = hᵀ da,  dh = da Wᵀ,  and da of the layer below is dh where its ReLU is on
    """
    h = [x]
    for w in W[:-1]:
        h.append(np.maximum(h[-1] @ w, 0))
    da = softmax_cross_entropy(h[-1] @ W[-1], t)[1]()
    for k in reversed(range(len(W))):
        dW = h[k].T @ da
        dh = da @ (W[k] - early * dW).T
        yield k + 1, dW, dh
        da = dh * (h[k] > 0)


ORDERS = {"output first": list, "input first": lambda ready: reversed([*ready]),
          "each when the error has passed": iter}


def updated(seed, order, lr=0.5, sizes=(64, 32, 32, 10)):
    """All weights after one step. ``order`` takes what ``sweep`` yields, and says which layer is changed next."""
    W, digits = weights(seed, sizes), load_digits()
    for layer, dW, _ in order(sweep(W, digits.x_train, digits.t_train)):
        W[layer - 1] = W[layer - 1] - lr * dW
    return np.concatenate([w.ravel() for w in W])


def wrong_by(seed, early, sizes=(64, 32, 32, 10)):
    """The error of dW of layer 1, as a share of its length, if each matrix is changed before the error passes."""
    digits = load_digits()
    right, spoilt = ([dW for _, dW, _ in sweep(weights(seed, sizes), digits.x_train, digits.t_train, lr)][-1]
                     for lr in (0.0, early))
    return np.linalg.norm(spoilt - right) / np.linalg.norm(right)


def skipped(seed, layers=18):
    """The layers in the order in which their gradients are ready; and the cosine of the true dW of layer 1 and of the
    one made from what leaves the last layer, with nothing between."""
    W, digits = weights(seed, (64, *[32] * (layers - 1), 10)), load_digits()
    ready = {layer: (dW, dh) for layer, dW, dh in sweep(W, digits.x_train, digits.t_train)}
    da = ready[layers][1] * (digits.x_train @ W[0] > 0)
    return [*ready], cosine(digits.x_train.T @ da, ready[1][0])


# ---- errors fed forward (section 3) ----------------------------------------------------------------------------------

def mixtures(seed):
    """Ten random mixtures of the pixels of 200 digits, their labels, and three matrices (10, 10): ``(W, x, t)``."""
    rng, digits = np.random.default_rng(seed), load_digits()
    x, W = digits.x_train[:200] @ rng.normal(size=(64, 10)) / 8, rng.normal(size=(3, 10, 10)) / np.sqrt(10)
    return W, x, digits.t_train[:200]


def fed(W, x, t, forward=False):
    """The loss of a network of tanh layers, and what each matrix is told to change by.

    The errors at the output go back through the transposed matrices; or, ``forward``, they go in at the input and up
    through the matrices, as the values did.

    Shapes: W three matrices (K, K), x (N, K), t (N,)  ->  a number, three arrays (K, K)
    """
    h = [x, np.tanh(x @ W[0])]
    h.append(np.tanh(h[1] @ W[1]))
    L, dL = softmax_cross_entropy(h[2] @ W[2], t)
    first, second = 1 - h[1] ** 2, 1 - h[2] ** 2            # the slopes of tanh
    if forward:
        d1 = dL() * first
        d2 = (d1 @ W[1]) * second
        d3 = d2 @ W[2]
    else:
        d3 = dL()
        d2 = (d3 @ W[2].T) * second
        d1 = (d2 @ W[1].T) * first
    return L, [value.T @ d for value, d in zip(h, (d1, d2, d3))]


def lowest(seed, forward, lr, steps=200):
    """Adjust the matrices by what ``fed`` tells: the lowest loss on the way, as a share of the first."""
    (W, x, t), losses = mixtures(seed), []
    for _ in range(steps):
        L, changes = fed(W, x, t, forward)
        losses.append(L)
        W = W - lr * np.array(changes)
    return min(losses) / losses[0]


def fallen(seed, rates=(0.03, 0.1, 0.3)):
    """``lowest`` with errors fed back and fed forward, each at the best of these rates."""
    return [min(lowest(seed, forward, lr) for lr in rates) for forward in (False, True)]


def carried(seed):
    """Every slope carried forward, as the imaginary part of one weight after the other: passes, weights, error."""
    (W, x, t), passes, slopes = mixtures(seed), 0, np.zeros((3, 10, 10))
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1e-30j
        slopes[place], passes = fed(nudged, x, t)[0].imag / 1e-30, passes + 1
    return passes, W.size, differs(slopes, np.array(fed(W, x, t)[1]))


# ---- trial and error (section 3) -------------------------------------------------------------------------------------

def by_trial(net, loss, goal, rng, size=0.1, limit=20_000):
    """Change all weights at random, keep the change if the loss falls. Returns forward passes, and changes taken back.

    The size of the changes follows its luck, so that about one in five is kept. ``loss()`` runs the network.
    """
    lowest, passes, undone = loss(), 1, 0
    while lowest > goal and passes < limit:
        before = [p.data for p in net.params]
        for p in net.params:
            p.data = p.data + size * rng.normal(size=p.data.shape)
        now, passes = loss(), passes + 1
        if now < lowest:
            lowest, size = now, size * 1.5
        else:
            undone, size = undone + 1, size * 1.5 ** -0.25
            for p, data in zip(net.params, before):
                p.data = data
    return passes, undone


def by_gradient(net, x, t, goal, lr=0.5, limit=6_000):
    """Descend to the same loss. Returns forward passes, a backward counted as two, and steps that raised the loss."""
    passes, raised, last = 0, 0, np.inf
    while passes < limit:
        z, backward = net(x)
        L, dL = softmax_cross_entropy(z, t)
        passes, raised, last = passes + 1, raised + int(L > last), L
        if L <= goal:
            break
        for p in net.params:
            p.grad = None
        backward(dL())
        for p in net.params:
            p.data = p.data - lr * p.grad
        passes += 2
    return passes, raised


RATES = 0.05, 0.2, 0.5


def race(seed, units, goal=1.0, rates=RATES):
    """From the same weights to the same loss on 200 digits: the passes by trial, then by gradient at each rate; and the
    shares of changes that trial took back, and of steps that raised the loss, at each rate."""
    digits, found = load_digits(), []
    x, t = digits.x_train[:200], digits.t_train[:200]
    net, rng = reader(seed, units)
    tries, undone = by_trial(net, lambda: softmax_cross_entropy(net(x)[0], t)[0], goal, rng)
    for lr in rates:
        passes, raised = by_gradient(reader(seed, units)[0], x, t, goal, lr)
        found.append((passes, raised / max(passes // 3, 1)))
    passes, raised = zip(*found)
    return [tries, *passes], [undone / tries, *raised]


SIZES = 4, 16, 64                               # units of the networks that race


def raced(seed):
    """``race`` for each number of units: (sizes, 2, 1 + rates)."""
    return np.array([race(seed, units) for units in SIZES])


def weights_of(units):
    """How many weights and biases the network 64-units-10 has."""
    return 75 * units + 10


def foretold(seed, size=0.01, changes=100):
    """The share of random changes of all weights of which the gradient tells, before they are tried, whether the loss
    will fall: it does if g · δ < 0, as far as the change δ is small."""
    net, rng = reader(seed)
    digits, right = load_digits(), 0
    x, t = digits.x_train[:200], digits.t_train[:200]
    z, backward = net(x)
    L, dL = softmax_cross_entropy(z, t)
    backward(dL())
    here = [p.data for p in net.params]
    for _ in range(changes):
        deltas = [size * rng.normal(size=data.shape) for data in here]
        told = sum(np.sum(p.grad * delta) for p, delta in zip(net.params, deltas))
        for p, data, delta in zip(net.params, here, deltas):
            p.data = data + delta
        right += (softmax_cross_entropy(net(x)[0], t)[0] < L) == (told < 0)
    return right / changes


# ---- cycles (section 4) ----------------------------------------------------------------------------------------------

def in_circles(seed, radius=0.7):
    """Twenty units that all feed each other: ``rng, x, start, W, U, b`` for ``rnn_cell``, U of this spectral radius."""
    rng = np.random.default_rng(seed)
    U = rng.normal(size=(20, 20))
    U *= radius / np.abs(np.linalg.eigvals(U)).max()
    return rng, rng.normal(size=(1, 3)), np.zeros((1, 20)), rng.normal(size=(3, 20)), U, np.zeros(20)


def settled_slope(seed):
    """How far is the slope of L = ½ |z|² at the settled state z, along a random direction of U, from a complex step
    that lets the network settle once more?"""
    rng, x, start, W, U, b = in_circles(seed)
    z, backward = fixed_point(rnn_cell, x, start, W, U, b)
    direction = rng.normal(size=U.shape)
    nudged, _ = fixed_point(rnn_cell, x, start + 0j, W, U + 1e-30j * direction, b)
    return differs(np.sum(backward(z)[3] * direction), np.imag(np.sum(nudged ** 2) / 2) / 1e-30)


def root(seed):
    """√a by Heron's rule on the graph: a, √a, how often the loop turned, and the error of the slope, 1 / (2 √a)."""
    a = Tensor(10 ** np.random.default_rng(seed).uniform(-2, 4))
    y, turns = a, 0
    while abs(y.data ** 2 - a.data) > 1e-12 * a.data:
        y, turns = (y + a / y) * 0.5, turns + 1
    y.backward()
    return a.data, y.data, turns, differs(a.grad, 0.5 / np.sqrt(a.data))


def apart(seed, T, changing=False):
    """How far is dU of recurrent backpropagation from dU through T unrolled steps, for L = ½ |z|² at the last state?

    The steps begin at the settled state, all with one input; or, ``changing``, at zero, each with an input of its own,
    and recurrent backpropagation settles with the last.
    """
    rng, x, start, W, U, b = in_circles(seed)
    xs = rng.normal(size=(T, 1, 3)) if changing else np.stack([x] * T)
    z, settled = fixed_point(rnn_cell, xs[-1], start, W, U, b)
    states, through_time = unroll(rnn_cell, xs, start if changing else z, W, U, b)
    dstates = np.zeros_like(states)
    dstates[-1] = states[-1]
    return differs(settled(z)[3], through_time(dstates)[3])


STEPS = 1, 2, 5, 10, 20, 40


def meetings(seed):
    """``apart`` for each number of ``STEPS`` at rest; last, for the largest with inputs that change."""
    return [apart(seed, T) for T in STEPS] + [apart(seed, STEPS[-1], changing=True)]


def far_back(seed, scale, start="He"):
    """The norm of ∂h₁₀₀/∂h₀ of fifty ReLU units, their weights ``scale`` times He's start or the "identity" (lesson 09,
    section 3)."""
    rng = np.random.default_rng(seed)
    U = np.eye(50) if start == "identity" else initializers.he(rng, (50, 50))
    return jacobian_norms(scale * U, relu, 0.1 * rng.normal(size=(100, 50)), (100,))[0][0]


# ---- networks and sound (section 7) ----------------------------------------------------------------------------------

def curve(seed, *between):
    """A network 1-3-1 with these layers in the middle, fitted to u² on −1 … 1: its squared error over that of the best
    straight line, and the largest bend of its curve."""
    rng, u = np.random.default_rng(seed), np.linspace(-1, 1, 41)[:, np.newaxis]
    net = Sequential(Dense(1, 3, rng=rng), *between, Dense(3, 1, rng=rng))
    for _ in training(net, mean_squared_error, Adam(net.params, lr=0.03), Batches(u, u ** 2, 41, rng=rng), 1000):
        pass
    y, line = predict(net, u), np.mean(u ** 2)              # by symmetry the best line is level
    return np.mean((y - u ** 2) ** 2) / np.mean((line - u ** 2) ** 2), np.abs(np.diff(y[:, 0], 2)).max()


NETS = {"A": ((64,), (128,), (256, 256), (512, 512), (512, 512)),
        "B": ((64, 64), (128, 128), (256, 256), (512, 512), (512, 512)), "D": vgg_face.CHANNELS}
KINDS = {"convolution": "Conv2D", "dense": "Dense", "pooling": "MaxPool2D", "ReLU": "ReLU"}


def layers_of(name):
    """How many layers of each kind has a network of Parkhi, Vedaldi and Zisserman (2015)? ``{kind: number}``.

    name  "A", "B" or "D"; softmax and input count as one each. Dropout is left out.
    """
    if name not in NETS:
        raise ValueError(f"layers_of: the paper's networks are {', '.join(NETS)}, got {name!r}")
    net = vgg_face.vgg_face(side=32, channels=NETS[name], dense=8, people=8, rng=np.random.default_rng(0),
                            init=initializers.zeros)
    found = [type(layer).__name__ for layer in net.layers]
    return {**{kind: found.count(layer) for kind, layer in KINDS.items()}, "softmax": 1, "input": 1}


WAYS = "with weights", "and poolings", "and ReLUs", "and softmax", "and input"


def counted(name):
    """Convolutions and dense layers of a network, then one kind more each time: a number for each of ``WAYS``."""
    return np.cumsum([*layers_of(name).values()])[1:].tolist()


def selections(name, total):
    """Which of the 63 selections of kinds count so many layers? In words."""
    layers = layers_of(name)
    return [" + ".join(kinds) for n in range(1, 1 + len(layers)) for kinds in combinations(layers, n)
            if sum(layers[kind] for kind in kinds) == total]


def strengths(sound):
    """How strong is each frequency? Of a whole sound, or of each of its frames."""
    return np.abs(np.fft.rfft(sound))


def heard(seed, size=256):
    """A word of a synthetic voice, drawn from the English ones. By how much do the strengths differ

    - of the word and of the word played backward, by one transform;
    - of the same two, frame by frame;
    - of its frames, if they are put in another order before the transform in the place of after it?
    """
    rng, words = np.random.default_rng(seed), load_commands("en").waveforms
    word = words[rng.integers(len(words))].astype(float)
    pieces, backward = (frames(sound, size, size)[0] for sound in (word, word[::-1]))
    order = rng.permutation(len(pieces))
    return (differs(strengths(word[::-1]), strengths(word)),
            differs(strengths(backward), strengths(pieces)),
            differs(strengths(pieces[order]), strengths(pieces)[order]))


# ---- one way back along any operations (section 7) -------------------------------------------------------------------

def operations(seed, inputs=4, nodes=30):
    """A random computation without layers: for each result (kind, a, b), where a and b are the numbers of two earlier
    results; None for an input."""
    rng = np.random.default_rng(seed)
    kinds = "add", "multiply", "tanh"
    return [None] * inputs + [(kinds[rng.integers(3)], *rng.integers(max(0, k - 8), k, size=2).tolist())
                              for k in range(inputs, inputs + nodes)]


def run(made, x, nudge=None):
    """Every result v of the operations, with ``nudge[k]`` added to the k-th, and the ends: those that no other uses.
    What comes out is the sum of the ends."""
    v = []
    for k, operation in enumerate(made):
        kind, a, b = operation or ("input", None, None)
        value = (x[k] if kind == "input" else v[a] + v[b] if kind == "add" else
                 v[a] * v[b] if kind == "multiply" else np.tanh(v[a] + v[b]))
        v.append(value if nudge is None else value + nudge[k])
    used = {n for operation in made if operation for n in operation[1:]}
    return v, [k for k in range(len(made)) if k not in used]


def way_back(made, v, ends):
    """The slope of the sum of the ends by every result: one way back along the list of operations."""
    slopes = np.array([float(k in ends) for k in range(len(made))])
    for k in reversed(range(len(made))):
        if made[k]:
            kind, a, b = made[k]
            bend = 1 - v[k] ** 2                            # of tanh
            da, db = {"add": (1, 1), "multiply": (v[b], v[a]), "tanh": (bend, bend)}[kind]
            slopes[a] += slopes[k] * da
            slopes[b] += slopes[k] * db
    return slopes


def levels(made):
    """How many operations lie one upon the other below each result: the only layers that such a computation has."""
    depth = []
    for operation in made:
        depth.append(0 if operation is None else 1 + max(depth[n] for n in operation[1:]))
    return np.array(depth)


def in_one_way(seed):
    """For random operations: how many slopes one way back finds, the most of them at one level, and their error beside
    complex steps, one pass for each result."""
    made, x = operations(seed), np.random.default_rng(seed).normal(size=4)
    slopes = way_back(made, *run(made, x))
    passes = [run(made, x, nudge) for nudge in 1e-30j * np.eye(len(made))]
    judge = np.array([np.imag(sum(v[k] for k in ends)) / 1e-30 for v, ends in passes])
    return np.count_nonzero(slopes), np.bincount(levels(made)[slopes != 0]).max(), differs(slopes, judge)


# ---- R2: exact to rounding ------------------------------------------------------------------------------------------

LAYERS = {"1 layer": 1, "10 layers": 10, "50 layers, as in a loop": 50}


def tied_loss(W, steps, run=lambda rule, *inputs: rule(*inputs)[0]):
    """The cross-entropy after so many layers that share W (8, 8), on six examples; ``run`` applies a rule."""
    h, labels = np.random.default_rng(16).normal(size=(6, 8)) / 2, np.arange(6)
    for _ in range(steps):
        h = run(tanh, run(affine, h, W, np.zeros(8)))
    return run(softmax_cross_entropy, h, labels)


def missed(steps):
    """Relative errors, against the complex step, of backpropagation and of the best of ten central differences."""
    weights = Tensor(np.random.default_rng(steps).normal(size=(8, 8)) / 2)
    tied_loss(weights, steps, apply).backward()
    plain = partial(tied_loss, steps=steps)
    right = complex_step_gradient(plain, weights.data)
    nudged = [relative_error(numerical_gradient(plain, weights.data, h), right) for h in 10.0 ** -np.arange(1, 11)]
    return relative_error(weights.grad, right), min(nudged)
