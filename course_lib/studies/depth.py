"""What deep networks suffer from, measured for lesson 07: error signals that vanish, units that die,
wrong labels learnt by heart."""

from functools import cache, lru_cache

import numpy as np

from course_lib import initializers
from course_lib.data import load_digits
from course_lib.layers import BatchNorm, Dense, LayerNorm, LeakyReLU, ReLU, Residual, Sequential, Sigmoid, Tanh
from course_lib.metrics import error_signals
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import predict

# ---- error signals through many layers ------------------------------------------------------------------------

WIDTH, ROWS = 60, 32                    # units a layer, examples
ACTIVATIONS = {"sigmoid": Sigmoid, "tanh": Tanh, "ReLU": ReLU}
NORMS = {"batch norm": BatchNorm, "layer norm": LayerNorm}


def old_habit(rng, shape, dtype=np.float64):
    """Uniform in ±1/√n_in, the start of the 1990s."""
    bound = 1 / np.sqrt(shape[0])
    return rng.uniform(-bound, bound, size=shape).astype(dtype, copy=False)


STARTS = {"±1/√n": old_habit, "Glorot": initializers.glorot, "He": initializers.he}
WIRINGS = ("plain", *NORMS, "residual")


def signals(depth, activation, start, wiring, seed=4):
    """Sizes at each layer, three arrays of ``depth`` numbers: |δ|, |dW|, and the root mean square of h.

    δ belongs to the output of the layer's affine map (for a residual block: of the block). The inputs and the gradient
    at the end are random. A residual block is h + f(h) W / √depth.
    """
    rng, layers, sizes = np.random.default_rng(seed), [], []
    x, dy = rng.normal(size=(2, ROWS, WIDTH))
    h = x
    for _ in range(depth):
        f, dense = ACTIVATIONS[activation](), Dense(WIDTH, WIDTH, rng=rng, init=STARTS[start])
        if wiring == "residual":
            dense.W.data /= np.sqrt(depth)
            part = [Residual(f, dense)]
        else:
            part = [dense, *([NORMS[wiring](WIDTH)] if wiring in NORMS else []), f]
        h, _ = Sequential(*part)(h)
        sizes.append(np.sqrt((h * h).mean()))
        layers += part
    return *error_signals(Sequential(*layers), x, dy), np.array(sizes)


# ---- dead units -----------------------------------------------------------------------------------------------

HIDDEN, STEPS, BATCH = 60, 30, 64
LEAKS = {"ReLU": 0.0, "leaky 0.01": 0.01, "leaky 0.1": 0.1}


@lru_cache(maxsize=1024)                # networks, each trained once: sliders come back to them
def trained_units(lr, bias, kind, seed=4):
    """A network 64-60-10 after 30 steps on digits: (share of training images that switch each unit on, loss, largest
    |dW| into dead units, into the others, held-out accuracy). Loss None: no longer a number."""
    digits, slope, rng = load_digits(), LEAKS[kind], np.random.default_rng(seed)
    hidden = Dense(64, HIDDEN, rng=rng, init=initializers.he)
    hidden.b.data[:] = bias
    net = Sequential(hidden, LeakyReLU(slope) if slope else ReLU(), Dense(HIDDEN, 10, rng=rng, init=initializers.he))
    optimizer, order = SGD(net.params, lr=lr), rng.permutation(len(digits.x_train))

    def backpropagate(x, t):
        y, backward = net(x)
        loss, loss_backward = softmax_cross_entropy(y, t)
        optimizer.zero_grad()
        backward(loss_backward(), input_grad=False)
        return loss
    with np.errstate(all="ignore"):                     # with long steps the loss is soon no number, and that is shown
        for k in range(STEPS):
            rows = np.take(order, np.arange(k * BATCH, (k + 1) * BATCH), mode="wrap")
            backpropagate(digits.x_train[rows], digits.t_train[rows])
            optimizer.step()
        loss, dW = backpropagate(digits.x_train, digits.t_train), hidden.W.grad
        right = float((predict(net, digits.x_test).argmax(axis=1) == digits.t_test).mean())
        on = (hidden(digits.x_train)[0] > 0).mean(axis=0)
    largest = [float(np.abs(dW[:, units]).max()) if units.any() else 0.0 for units in (on == 0, on > 0)]
    return on, (float(loss) if np.isfinite(loss) else None), *largest, right


# ---- regularisation against wrong labels ----------------------------------------------------------------------

POINTS, WRONG, LAYER, DESCENT = 60, 12, 30, 500
DECAYS = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
RATES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
STOPS = (500, 300, 150, 80, 50, 25, 12, 6)
REMEDIES = {"weight decay": DECAYS, "dropout": RATES, "early stopping": STOPS}
GRID = 61


def true_boundary(x1):
    """Points above this curve belong to class 1."""
    return 0.6 * np.sin(2.5 * x1)


@cache
def synthetic():
    """Training points, their labels, which labels are wrong; new points with right labels."""
    rng = np.random.default_rng(4)
    x, new = rng.uniform(-1.5, 1.5, (POINTS, 2)), rng.uniform(-1.5, 1.5, (1000, 2))
    truth, new_truth = (a[:, 1] > true_boundary(a[:, 0]) for a in (x, new))
    wrong = np.zeros(POINTS, bool)
    wrong[rng.permutation(POINTS)[:WRONG]] = True
    return x, (truth ^ wrong).astype(float), wrong, new, new_truth.astype(float)


def logits(x, weights, masks=(1.0, 1.0)):
    """Logits of networks 2-30-30-1 with tanh, for several networks at once: the first axis of each weight."""
    W1, b1, W2, b2, W3, b3 = weights
    h1 = np.tanh(x @ W1 + b1) * masks[0]
    h2 = np.tanh(h1 @ W2 + b2) * masks[1]
    return h1, h2, (h2 @ W3 + b3)[..., 0]


@cache
def trained_networks():
    """``{(remedy, strength): weights}``, all trained at once by full-batch descent with momentum,
    from the same start."""
    x, t, _, _, _ = synthetic()
    decay = np.array([*DECAYS, *[0.0] * (len(RATES) - 1)])[:, np.newaxis, np.newaxis]
    rate = np.array([0.0] * len(DECAYS) + list(RATES[1:]))[:, np.newaxis, np.newaxis]
    runs, rng = len(decay), np.random.default_rng(4)
    shapes = ((2, LAYER), (1, LAYER), (LAYER, LAYER), (1, LAYER), (LAYER, 1), (1, 1))
    start = [rng.normal(size=s) * np.sqrt((4.0 if s[0] == 2 else 1.0) / s[0]) * (s[0] > 1) for s in shapes]
    weights = [np.repeat(a[np.newaxis], runs, axis=0) for a in start]
    speed, kept, found = [np.zeros_like(w) for w in weights], 1 - rate, {}
    for step in range(1, DESCENT + 1):
        masks = [(rng.random((1, POINTS, LAYER)) < kept) / kept for _ in range(2)]
        h1, h2, z = logits(x, weights, masks)
        dz = ((0.5 * np.tanh(0.5 * z) + 0.5 - t) / POINTS)[..., np.newaxis]
        W2, W3 = weights[2], weights[4]
        d2 = (dz @ W3.swapaxes(1, 2)) * masks[1] * (1 - (h2 / np.where(masks[1] > 0, masks[1], 1)) ** 2)
        d1 = (d2 @ W2.swapaxes(1, 2)) * masks[0] * (1 - (h1 / np.where(masks[0] > 0, masks[0], 1)) ** 2)
        grads = [x.T @ d1, d1.sum(1, keepdims=True), h1.swapaxes(1, 2) @ d2, d2.sum(1, keepdims=True),
                 h2.swapaxes(1, 2) @ dz, dz.sum(1, keepdims=True)]
        for i, (w, g) in enumerate(zip(weights, grads)):
            g = g + decay * w if shapes[i][0] > 1 else g
            speed[i] = 0.9 * speed[i] + g
            weights[i] = w - 0.3 * speed[i]
        if step in STOPS:
            found["early stopping", STOPS.index(step)] = [w[0].copy() for w in weights]
    for i in range(len(DECAYS)):
        found["weight decay", i] = [w[i] for w in weights]
    for i in range(len(RATES)):
        found["dropout", i] = [w[len(DECAYS) + i - 1 if i else 0] for w in weights]
    return found


def outcome(remedy, strength):
    """Probabilities on the grid, share of given labels fitted, wrong labels learnt, new points right,
    length of the weights."""
    x, t, wrong, new, truth = synthetic()
    weights = trained_networks()[remedy, strength]
    axis = np.linspace(-1.5, 1.5, GRID)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    p = (0.5 * np.tanh(0.5 * logits(grid, weights)[2]) + 0.5).reshape(GRID, GRID)
    fitted = (logits(x, weights)[2] > 0) == t
    right = float(((logits(new, weights)[2] > 0) == truth).mean())
    length = float(np.sqrt(sum((w * w).sum() for w in weights[::2])))
    return p, float(fitted.mean()), int(fitted[wrong].sum()), right, length
