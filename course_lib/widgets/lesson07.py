"""Explorers of lesson 07: error signals through many layers, dead units, a decision boundary under regularisation."""

from functools import cache, lru_cache

import numpy as np

from course_lib import initializers
from course_lib.data import load_digits
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, circle, drawing, text
from course_lib.rules.functions import affine, batch_norm, layer_norm, leaky_relu, relu, sigmoid, tanh
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.widgets.base import Explorer, choice, slider, toggle

# ---- error signals through many layers -------------------------------------------------------------------------

WIDTH, ROWS = 60, 32                    # units a layer, examples
ACTIVATIONS = {"sigmoid": sigmoid, "tanh": tanh, "ReLU": relu}
NORMS = {"batch norm": batch_norm, "layer norm": layer_norm}


def old_habit(rng, shape, dtype=np.float64):
    """Uniform in ±1/√n_in, the start of the 1990s."""
    bound = 1 / np.sqrt(shape[0])
    return rng.uniform(-bound, bound, size=shape).astype(dtype, copy=False)


STARTS = {"±1/√n": old_habit, "Glorot": initializers.glorot, "He": initializers.he}
WIRINGS = ("plain", *NORMS, "residual")


@lru_cache(maxsize=256)
def signals(depth, activation, start, wiring):
    """Sizes at each layer, three arrays of ``depth`` numbers: |δ|, |dW|, and the root mean square of h.

    δ belongs to the output of the layer's affine map (for a residual block: of the block). The inputs and the gradient at
    the end are random. A residual block is h + f(h) W / √depth.
    """
    rng, f = np.random.default_rng(4), ACTIVATIONS[activation]
    h, end = rng.normal(size=(2, ROWS, WIDTH))
    weights = [STARTS[start](rng, (WIDTH, WIDTH)) for _ in range(depth)]
    ones, zeros, steps, sizes = np.ones(WIDTH), np.zeros(WIDTH), [], []
    for W in weights:
        if wiring == "residual":
            active, through = f(h)
            z, back = affine(active, W / np.sqrt(depth), zeros)
            h = h + z
            steps.append((through, back, None))
        else:
            z, back = affine(h, W, zeros)
            z, unscale = NORMS[wiring](z, ones, zeros) if wiring in NORMS else (z, None)
            h, through = f(z)
            steps.append((through, back, unscale))
        sizes.append(np.sqrt((h * h).mean()))
    deltas, grads, dh = [], [], end
    for through, back, unscale in reversed(steps):
        if wiring == "residual":
            deltas.append(np.linalg.norm(dh))
            da, dW, _ = back(dh)
            dh = dh + through(da)
        else:
            dz = through(dh)
            dz = unscale(dz)[0] if unscale else dz
            deltas.append(np.linalg.norm(dz))
            dh, dW, _ = back(dz)
        grads.append(np.linalg.norm(dW))
    return np.array(deltas[::-1]), np.array(grads[::-1]), np.array(sizes)


def _relative(state):
    """δ and dW relative to the last layer, h relative to the first."""
    deltas, grads, sizes = signals(state["depth"], state["activation"], state["start"], state["wiring"])
    return deltas / deltas[-1], grads / grads[-1], sizes / sizes[0]


def delta_picture(state):
    """Sizes against the layer, on a log axis."""
    deltas, grads, sizes = _relative(state)
    layers = np.arange(1, state["depth"] + 1)
    chart = Chart((0.5, 30.5), (1e-26, 1e6), width=720, height=380, log_y=True, x_label="layer", y_label="relative size",
                  title=f"{state['depth']} layers, {state['activation']}, start {state['start']}, {state['wiring']}")
    chart.rule(y=1.0, colour=palette.FAINT)
    if state["weights"]:
        chart.line(layers, grads, colour=palette.PARAMETER, dash="8 4", title="size of dW, last layer = 1")
        chart.line(layers, sizes, colour=palette.FORWARD, dash="2 3", title="size of h, first layer = 1")
    chart.line(layers, deltas, colour=palette.GRADIENT, width=2.4, title="size of the error signal, last layer = 1")
    chart.points(layers, deltas, colour=palette.GRADIENT, radius=3,
                 titles=[f"layer {n}: {d:.2e}" for n, d in zip(layers, deltas)])
    chart.note(15.5, 3e-22, "solid, dots: error signal |δ|, last layer = 1", colour=palette.GRADIENT)
    if state["weights"]:
        chart.note(15.5, 3e-24, "dashed: weight gradient |dW|, last layer = 1", colour=palette.PARAMETER)
        chart.note(15.5, 3e-26, "dotted: activations h, first layer = 1", colour=palette.FORWARD)
    return drawing(720, 380, str(chart), title=delta_readout(state))


def delta_readout(state):
    """The ratio of the first to the last layer, the factor a layer, and the same for dW and h."""
    deltas, grads, sizes = _relative(state)
    ratio = deltas[0]
    factor = ratio ** (1 / (state["depth"] - 1))
    word = ("vanishes" if ratio < 1e-3 else "shrinks" if ratio < 0.1 else "keeps its size within a factor of ten" if ratio <= 10
            else "grows" if ratio < 1e3 else "explodes")
    return (f"|δ| of layer 1 / |δ| of layer {state['depth']} = {ratio:.3g}: the signal {word}. A factor of {factor:.3f} a layer. "
            f"The same ratio for dW: {grads[0]:.3g}. Activations, last / first: {sizes[-1]:.3g}.").replace("e-", "e−")


def delta_explorer():
    """The error signal at each layer while depth, activation, start and wiring change."""
    return Explorer(
        alt="The size of the error signal at each layer of a deep network, on a logarithmic axis: a falling line means that it vanishes "
            "on its way to layer 1. Move the depth, or choose another activation or other starting weights.",
        picture=delta_picture, readout=delta_readout,
        controls={"depth": slider("Depth in layers", 20, 2, 30, tooltip="How many layers of 60 units"),
                  "activation": choice("Activation", list(ACTIVATIONS), "sigmoid", tooltip="The same in all layers"),
                  "start": choice("Starting weights", list(STARTS), "±1/√n", tooltip="The scale of the random weights"),
                  "wiring": choice("Wiring", list(WIRINGS), "plain", tooltip="Sections 4 and 5: normalisation, residual blocks")},
        memory={"weights": False}, actions={"Show or hide dW and h": lambda state: {"weights": not state["weights"]}})


# ---- dead units -----------------------------------------------------------------------------------------------

HIDDEN, STEPS, BATCH = 60, 30, 64
LEAKS = {"ReLU": 0.0, "leaky 0.01": 0.01, "leaky 0.1": 0.1}


def _forward(x, weights, slope):
    W1, b1, W2, b2 = weights
    z, back_z = affine(x, W1, b1)
    h, back_h = leaky_relu(z, slope) if slope else relu(z)
    y, back_y = affine(h, W2, b2)
    return z, y, (back_z, back_h, back_y)


def _gradients(x, t, weights, slope):
    z, y, (back_z, back_h, back_y) = _forward(x, weights, slope)
    loss, back = softmax_cross_entropy(y, t)
    dh, dW2, db2 = back_y(back())
    _, dW1, db1 = back_z(back_h(dh), input_grad=False)
    return loss, z, (dW1, db1, dW2, db2)


@lru_cache(maxsize=256)
def trained_units(lr, bias, kind):
    """A network 64-60-10 after 30 steps on digits: (share of training images that switch each unit on, loss, largest |dW|
    into dead units, into the others, held-out accuracy). Loss None: no longer a number."""
    digits, slope, rng = load_digits(), LEAKS[kind], np.random.default_rng(4)
    weights = [initializers.he(rng, (64, HIDDEN)), np.full(HIDDEN, bias), initializers.he(rng, (HIDDEN, 10)), np.zeros(10)]
    order = rng.permutation(len(digits.x_train))
    with np.errstate(all="ignore"):
        for k in range(STEPS):
            rows = np.take(order, np.arange(k * BATCH, (k + 1) * BATCH), mode="wrap")
            _, _, grads = _gradients(digits.x_train[rows], digits.t_train[rows], weights, slope)
            weights = [w - lr * g for w, g in zip(weights, grads)]
        loss, z, grads = _gradients(digits.x_train, digits.t_train, weights, slope)
        right = float((_forward(digits.x_test, weights, slope)[1].argmax(axis=1) == digits.t_test).mean())
    on = (z > 0).mean(axis=0)
    largest = [float(np.abs(grads[0][:, mask]).max()) if mask.any() else 0.0 for mask in (on == 0, on > 0)]
    return on, (float(loss) if np.isfinite(loss) else None), *largest, right


def dead_picture(state):
    """How many units are on for which share of the images; the bar at 0 counts the dead."""
    on, *_ = trained_units(state["lr"], state["bias"], state["kind"])
    edges = np.linspace(0, 1, 11)
    counts = np.array([((on > low) & (on <= high)).sum() for low, high in zip(edges, edges[1:])])
    dead = int((on == 0).sum())
    chart = Chart((-0.12, 1.02), (0, HIDDEN), width=720, height=340, x_label="share of the training images that switch a unit on",
                  y_label=f"units, of {HIDDEN}", title=f"{state['kind']} after {STEPS} steps: {dead} units never on")
    chart.bars([-0.05], [dead], width=0.08, colour=palette.GRADIENT, titles=[f"{dead} units are never on"])
    chart.bars((edges[:-1] + edges[1:]) / 2, counts, width=0.09, colour=palette.FORWARD,
               titles=[f"{n} units are on for {low:.0%} to {high:.0%}" for n, low, high in zip(counts, edges, edges[1:])])
    chart.note(-0.05, dead + 1.5, str(dead), colour=palette.GRADIENT, anchor="middle")
    for middle, n in zip((edges[:-1] + edges[1:]) / 2, counts):
        if n:
            chart.note(middle, n + 1.5, str(n), colour=palette.FORWARD, anchor="middle", size=11)
    chart.note(-0.1, HIDDEN * 0.93, "leftmost bar: never on", colour=palette.GRADIENT)
    return drawing(720, 340, str(chart), title=dead_readout(state))


def dead_readout(state):
    """Counts, gradients, loss and accuracy."""
    on, loss, dead, others, right = trained_units(state["lr"], state["bias"], state["kind"])
    count = int((on == 0).sum())
    finite = f"loss {loss:.3g} nats" if loss is not None else "the loss is no longer a number"
    into = f"largest |dW| into them {dead:.2g}, into the others {others:.2g}" if np.isfinite(dead + others) else "gradients not finite"
    return (f"Learning rate {state['lr']:.3g}, starting bias {state['bias']:.1f}, {state['kind']}: {count} of {HIDDEN} units are on for no "
            f"training image; {into}; {finite}, held-out accuracy {right:.3f}.").replace("e-", "e−").replace(" -", " −")


def dead_explorer():
    """How large steps and negative biases kill units."""
    return Explorer(
        alt="A histogram of hidden units: for which share of the training images each unit is switched on, after 30 training steps. "
            "The leftmost bar counts the dead units. Move the learning rate.",
        picture=dead_picture, readout=dead_readout,
        controls={"lr": slider("Learning rate", 0.1, -2, 1.5, 0.125, log=True, tooltip="Of plain descent, 30 steps with 64 digits"),
                  "bias": slider("Starting bias", 0.0, -4.0, 1.0, 0.5, tooltip="Of all hidden units"),
                  "kind": choice("Activation", list(LEAKS), "ReLU", tooltip="The slope below zero: 0, 0.01 or 0.1")})


# ---- a boundary under regularisation --------------------------------------------------------------------------

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
    """``{(remedy, strength): weights}``, all trained at once by full-batch descent with momentum, from the same start."""
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


@lru_cache(maxsize=32)
def outcome(remedy, strength):
    """Probabilities on the grid, share of given labels fitted, wrong labels learnt, new points right, length of the weights."""
    x, t, wrong, new, truth = synthetic()
    weights = trained_networks()[remedy, strength]
    axis = np.linspace(-1.5, 1.5, GRID)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    p = (0.5 * np.tanh(0.5 * logits(grid, weights)[2]) + 0.5).reshape(GRID, GRID)
    fitted = (logits(x, weights)[2] > 0) == t
    right = float(((logits(new, weights)[2] > 0) == truth).mean())
    return p, float(fitted.mean()), int(fitted[wrong].sum()), right, float(np.sqrt(sum((w * w).sum() for w in weights[::2])))


@cache
def _levels(count=41):
    return [palette.signed(v) for v in np.linspace(-0.75, 0.75, count)]


def boundary_picture(state):
    """The plane in the colours of the answer, the points in the colours of their labels."""
    p, fitted, learnt, right, _ = outcome(state["remedy"], state["strength"])
    x, t, wrong, _, _ = synthetic()
    shades = _levels()
    chart = Chart((-1.5, 1.5), (-1.5, 1.5), width=470, height=440, x_label="x₁", y_label="x₂",
                  title=f"{state['remedy']} {_value(state)}: {right:.1%} of new points right")
    chart.heat((p * (len(shades) - 1)).round(), colour=lambda v: shades[int(v)], title="the network's answer: purple class 1, orange class 0")
    xs = np.linspace(-1.5, 1.5, 61)
    chart.line(xs, true_boundary(xs), colour=palette.INK, dash="6 4", title="the true boundary")
    for (a, b), label, bad in zip(x, t, wrong):
        colour = palette.signed(1.0 if label else -1.0)
        shown = bad and state["mark"]
        chart.parts.append(circle(chart.x(a), chart.y(b), 5, fill=colour, stroke="#FFFFFF", stroke_width=1.2,
                                  title=f"class {label:.0f}{', a wrong label' if bad else ''}"))
        if shown:
            chart.parts.append(circle(chart.x(a), chart.y(b), 9, stroke=palette.INK, stroke_width=1.6))
    lines = ("colour of the plane: the answer", "purple: class 1, orange: class 0", "white: undecided", "",
             "dots: 60 training points", *(("ringed: 12 wrong labels",) if state["mark"] else ()), "dashed: the true boundary")
    return drawing(720, 440, str(chart), *[text(490, 60 + 22 * i, line_, anchor="start") for i, line_ in enumerate(lines)],
                   title=boundary_readout(state))


def _value(state):
    value = REMEDIES[state["remedy"]][state["strength"]]
    return {"weight decay": f"λ = {value:g}", "dropout": f"r = {value:g}", "early stopping": f"after {value} steps"}[state["remedy"]]


def boundary_readout(state):
    """What was learnt, of what is right and of what is wrong."""
    _, fitted, learnt, right, length = outcome(state["remedy"], state["strength"])
    return (f"Synthetic data. {state['remedy'].capitalize()}, {_value(state)}: {fitted:.3f} of the {POINTS} given labels fitted, {learnt} of the {WRONG} wrong "
            f"labels learnt; {right:.3f} of 1000 new points right; length of all weights {length:.1f}.").replace("e-", "e−")


def boundary_explorer():
    """A decision boundary from twisted to smooth, under three remedies."""
    trained_networks()
    return Explorer(
        alt="Synthetic points in the plane, a fifth with the wrong label, and the answer of a network as colour: without a remedy it bends round "
            "single points, with too much it forgets the curve. Move the strength of the remedy.",
        picture=boundary_picture, readout=boundary_readout,
        controls={"strength": slider("Strength of the remedy", 0, 0, len(DECAYS) - 1, tooltip="0: none. The value stands in the title"),
                  "remedy": choice("Remedy", list(REMEDIES), "weight decay", tooltip="What keeps the network from learning wrong labels"),
                  "mark": toggle("Ring the wrong labels", True, tooltip="The network does not know which they are")})


EXPLORERS = {"delta": delta_explorer, "dead": dead_explorer, "boundary": boundary_explorer}
