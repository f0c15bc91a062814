"""Explorers of lesson 07: error signals through many layers, dead units, a decision boundary under regularisation."""

from functools import cache

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import minus
from course_lib.page.drawing.svg import Chart, circle, drawing, text
from course_lib.studies.depth import (
    ACTIVATIONS,
    DECAYS,
    HIDDEN,
    LEAKS,
    POINTS,
    REMEDIES,
    STARTS,
    STEPS,
    WIRINGS,
    WRONG,
    outcome,
    signals,
    synthetic,
    trained_networks,
    trained_units,
    true_boundary,
)
from course_lib.widgets.base import Explorer, choice, slider, toggle

SEEDS = range(4, 9)                     # five networks wherever chance has a part: one may be lucky


# ---- error signals through many layers -------------------------------------------------------------------------

def relative_sizes(state):
    """δ and dW relative to the last layer, h relative to the first: one row for each draw of the weights."""
    found = []
    for seed in SEEDS:
        deltas, grads, sizes = signals(state["depth"], state["activation"], state["start"], state["wiring"], seed)
        found.append((deltas / deltas[-1], grads / grads[-1], sizes / sizes[0]))
    return tuple(np.array(found).swapaxes(0, 1))


def delta_picture(state, found):
    """Sizes against the layer, on a log axis: the median of the draws, and for δ their range."""
    draws = np.atleast_2d(found[0])
    deltas, grads, sizes = (np.median(np.atleast_2d(a), axis=0) for a in found)
    layers = np.arange(1, state["depth"] + 1)
    chart = Chart((0.5, 30.5), (1e-26, 1e6), width=720, height=380, log_y=True, x_label="layer",
                  y_label="relative size",
                  title=f"{state['depth']} layers, {state['activation']}, start {state['start']}, {state['wiring']}")
    chart.rule(y=1.0, colour=palette.FAINT)
    if state["weights"]:
        chart.line(layers, grads, colour=palette.PARAMETER, dash="8 4", title="size of dW, last layer = 1")
        chart.line(layers, sizes, colour=palette.FORWARD, dash="2 3", title="size of h, first layer = 1")
    for layer, low, high in zip(layers, draws.min(axis=0), draws.max(axis=0)):
        chart.line([layer, layer], [low, high], colour=palette.GRADIENT, width=7 / np.sqrt(state["depth"] / 20),
                   title=f"layer {layer}: {low:.2e} to {high:.2e}")
    chart.line(layers, deltas, colour=palette.GRADIENT, width=2.4, title="size of the error signal, last layer = 1")
    chart.points(layers, deltas, colour=palette.GRADIENT, radius=3,
                 titles=[f"layer {n}: {d:.2e}" for n, d in zip(layers, deltas)])
    chart.note(15.5, 3e-22, "solid, dots: error signal |δ|, last layer = 1; bars: five draws", colour=palette.GRADIENT)
    if state["weights"]:
        chart.note(15.5, 3e-24, "dashed: weight gradient |dW|, last layer = 1", colour=palette.PARAMETER)
        chart.note(15.5, 3e-26, "dotted: activations h, first layer = 1", colour=palette.FORWARD)
    return drawing(720, 380, str(chart), title=minus(delta_readout(state, found)))


def delta_readout(state, found):
    """The ratio of the first to the last layer, the factor a layer, and the same for dW and h."""
    draws = np.atleast_2d(found[0])
    deltas, grads, sizes = (np.median(np.atleast_2d(a), axis=0) for a in found)
    ratio = deltas[0]
    factor = ratio ** (1 / (state["depth"] - 1))
    word = ("vanishes" if ratio < 1e-3 else "shrinks" if ratio < 0.1 else "keeps its size within a factor of ten"
            if ratio <= 10
            else "grows" if ratio < 1e3 else "explodes")
    return (f"|δ| of layer 1 / |δ| of layer {state['depth']} = {ratio:.3g}: the signal {word} "
            f"({len(draws)} draws: {draws[:, 0].min():.2g} to {draws[:, 0].max():.2g}). A factor of "
            f"{factor:.3f} a layer. "
            f"The same ratio for dW: {grads[0]:.3g}. Activations, last / first: {sizes[-1]:.3g}.")


def delta_explorer():
    """The error signal at each layer while depth, activation, start and wiring change."""
    return Explorer(
        alt="The size of the error signal at each layer of a deep network, on a logarithmic axis: a falling line means "
            "that it vanishes "
            "on its way to layer 1. Move the depth, or choose another activation or other starting weights.",
        picture=delta_picture, readout=delta_readout, compute=relative_sizes,
        controls={"depth": slider("Depth in layers", 20, 2, 30, tooltip="How many layers of 60 units"),
                  "activation": choice("Activation", list(ACTIVATIONS), "sigmoid", tooltip="The same in all layers"),
                  "start": choice("Starting weights", list(STARTS), "±1/√n", tooltip="The scale of the random weights"),
                  "wiring": choice("Wiring", list(WIRINGS), "plain",
                                   tooltip="Sections 4 and 5: normalisation, residual blocks")},
        memory={"weights": False}, actions={"Show or hide dW and h": lambda state: {"weights": not state["weights"]}})


# ---- dead units -----------------------------------------------------------------------------------------------

def trained(state):
    """``trained_units`` of five networks such as the state describes: each of its five numbers for all of them."""
    found = [trained_units(state["lr"], state["bias"], state["kind"], seed) for seed in SEEDS]
    return tuple(zip(*found))


def dead_picture(state, found):
    """How many units, a network, are on for which share of the images; the bar at 0 counts the dead."""
    on = np.array(found[0])
    edges = np.linspace(0, 1, 11)
    counts = np.array([((on > low) & (on <= high)).sum() for low, high in zip(edges, edges[1:])]) / len(on)
    each = (on == 0).sum(axis=1)
    dead, low, high = float(each.mean()), int(each.min()), int(each.max())
    chart = Chart((-0.12, 1.02), (0, HIDDEN), width=720, height=340,
                  x_label="share of the training images that switch a unit on",
                  y_label=f"units, of {HIDDEN}",
                  title=f"{state['kind']} after {STEPS} steps, mean of {len(on)} networks: {dead:.1f} units never on")
    chart.bars([-0.05], [dead], width=0.08, colour=palette.GRADIENT,
               titles=[f"{dead:.1f} units are never on, {low} to {high}"])
    chart.line([-0.05, -0.05], [low, high], colour=palette.INK, width=2, title=f"{low} to {high} units")
    chart.bars((edges[:-1] + edges[1:]) / 2, counts, width=0.09, colour=palette.FORWARD,
               titles=[f"{n:.1f} units are on for {a:.0%} to {b:.0%}" for n, a, b in zip(counts, edges, edges[1:])])
    chart.note(-0.05, max(dead, high) + 1.5, f"{dead:.1f}", colour=palette.GRADIENT, anchor="middle")
    for middle, n in zip((edges[:-1] + edges[1:]) / 2, counts):
        if n:
            chart.note(middle, n + 1.5, f"{n:.1f}", colour=palette.FORWARD, anchor="middle", size=11)
    chart.note(-0.1, HIDDEN * 0.93, "leftmost bar: never on; line: fewest to most", colour=palette.GRADIENT)
    return drawing(720, 340, str(chart), title=minus(dead_readout(state, found)))


def dead_readout(state, found):
    """Counts, gradients, losses and accuracies of the five networks."""
    on, losses, dead, others, right = found
    counts = [int((units == 0).sum()) for units in on]
    lost = sum(loss is None for loss in losses)
    finite = [loss for loss in losses if loss is not None]
    told = f"loss {min(finite):.3g} to {max(finite):.3g} nats" if finite else ""
    told += (", " if told and lost else "") + (f"{lost} of {len(losses)} losses no longer a number" if lost else "")
    into = (f"largest |dW| into them {max(dead):.2g}, into the others {max(others):.2g}"
            if np.isfinite([*dead, *others]).all() else "gradients not finite")
    return (f"Learning rate {state['lr']:.3g}, starting bias {state['bias']:.1f}, {state['kind']}: {min(counts)} to "
            f"{max(counts)} of {HIDDEN} units are on for no training image, in {len(on)} networks; {into}; {told}, "
            f"held-out accuracy {min(right):.3f} to {max(right):.3f}.")


def dead_explorer():
    """How large steps and negative biases kill units."""
    return Explorer(
        alt="A histogram of hidden units: for which share of the training images each unit is switched on, after 30 "
            "training steps. "
            "The leftmost bar counts the dead units. Move the learning rate.",
        picture=dead_picture, readout=dead_readout, compute=trained,
        controls={"lr": slider("Learning rate", 0.1, -2, 1.5, 0.125, log=True,
                               tooltip="Of plain descent, 30 steps with 64 digits"),
                  "bias": slider("Starting bias", 0.0, -4.0, 1.0, 0.5, tooltip="Of all hidden units"),
                  "kind": choice("Activation", list(LEAKS), "ReLU", tooltip="The slope below zero: 0, 0.01 or 0.1")})


# ---- a boundary under regularisation --------------------------------------------------------------------------

@cache
def _levels(count=41):
    return [palette.signed(v) for v in np.linspace(-0.75, 0.75, count)]


def boundary_picture(state, found):
    """The plane in the colours of the answer, the points in the colours of their labels."""
    p, _, _, right, _ = found
    x, t, wrong, _, _ = synthetic()
    shades = _levels()
    chart = Chart((-1.5, 1.5), (-1.5, 1.5), width=470, height=440, x_label="x₁", y_label="x₂",
                  title=f"{state['remedy']} {_value(state)}: {right:.1%} of new points right")
    chart.heat((p * (len(shades) - 1)).round(), colour=lambda v: shades[int(v)],
               title="the network's answer: purple class 1, orange class 0")
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
             "dots: 60 training points", *(("ringed: 12 wrong labels",) if state["mark"] else ()),
             "dashed: the true boundary")
    return drawing(720, 440, str(chart), *[text(490, 60 + 22 * i, line_, anchor="start") for i,
                                           line_ in enumerate(lines)],
                   title=minus(boundary_readout(state, found)))


def _value(state):
    value = REMEDIES[state["remedy"]][state["strength"]]
    return {"weight decay": f"λ = {value:g}", "dropout": f"r = {value:g}",
            "early stopping": f"after {value} steps"}[state["remedy"]]


def boundary_readout(state, found):
    """What was learnt, of what is right and of what is wrong."""
    _, fitted, learnt, right, length = found
    return (f"Synthetic data. {state['remedy'].capitalize()}, {_value(state)}: {fitted:.3f} of the {POINTS} given "
            f"labels fitted, {learnt} of the {WRONG} wrong "
            f"labels learnt; {right:.3f} of 1000 new points right; length of all weights {length:.1f}.")


def boundary_explorer():
    """A decision boundary from twisted to smooth, under three remedies."""
    trained_networks()
    return Explorer(
        alt="Synthetic points in the plane, a fifth with the wrong label, and the answer of a network as colour: "
            "without a remedy it bends round "
            "single points, with too much it forgets the curve. Move the strength of the remedy.",
        picture=boundary_picture, readout=boundary_readout,
        compute=lambda state: outcome(state["remedy"], state["strength"]),
        controls={"strength": slider("Strength of the remedy", 0, 0, len(DECAYS) - 1,
                                     tooltip="0: none. The value stands in the title"),
                  "remedy": choice("Remedy", list(REMEDIES), "weight decay",
                                   tooltip="What keeps the network from learning wrong labels"),
                  "mark": toggle("Ring the wrong labels", True, tooltip="The network does not know which they are")})


EXPLORERS = {"delta": delta_explorer, "dead": dead_explorer, "boundary": boundary_explorer}
