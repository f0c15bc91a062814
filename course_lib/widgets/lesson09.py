"""Explorers of lesson 09: a neuron unrolled in time, a gradient against the time lag, the gates of an LSTM unit."""

import math
from typing import NamedTuple

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import decimals, written
from course_lib.page.drawing.svg import Chart, drawing, image, line, rect, text
from course_lib.studies.recurrence import (
    ACTIVATIONS,
    BIAS,
    INPUT_WEIGHT,
    LAGS,
    TARGET,
    XS,
    T,
    bracket_unit,
    lag_curve,
    memory_gradient,
    neuron_through_time,
)
from course_lib.widgets.base import Explorer, choice, play, slider


def _e(value):
    """A number in powers of ten, or plain near 1."""
    return written(value, ".3f" if 0.01 <= abs(value) < 1000 or value == 0 else ".1e")


# ---- one neuron, unrolled ------------------------------------------------------------------------------------

LAST = 2 * T + 1                        # 1 to T forward, T + 1 the loss, then T steps back


def passes(state):
    """Forward and back: ``neuron_through_time`` with the weight and the loss that the state describes."""
    return neuron_through_time(state["u"], state["every"])


def place_of(step):
    """What a step of the explorer does: ("forward", t), ("loss", None), ("back", t) or ("start", None)."""
    if step == 0:
        return "start", None
    if step <= T:
        return "forward", step
    return ("loss", None) if step == T + 1 else ("back", LAST + 1 - step)


def received(state, found):
    """dh of each state as far as it is known at this step, or None. A state's own loss pays when the loss is
    reached."""
    if state["step"] <= T:
        return [None] * (T + 1)
    reached = LAST - state["step"]                                  # the states below have only what the loss pays them
    own = [2 * (found.h[t] - TARGET) if t and (state["every"] or t == T) else None for t in range(T + 1)]
    return [found.dh[t] if t >= reached else own[t] for t in range(T + 1)]


def product(state, found):
    """The product of the local Jacobians from the last step back to the present one."""
    return math.prod(found.jacobians[t] for t in range(T, LAST - state["step"], -1)) if state["step"] > T + 1 else 1.0


COLUMN, SIDE, ROW = 134, 92, 84


def unroll_picture(state, found):
    """The copies of the neuron in a row, the inputs below, the shared leaves at the bottom, their gradients growing."""
    now, (kind, at) = state["step"], place_of(state["step"])
    h, jacobians, _, payments, loss = found
    grads = received(state, found)
    parts = [text(12, 20, "states, forward in time", anchor="start", bold=True, fill=palette.FORWARD),
             text(190, 20, "gradients, back through time", anchor="start", bold=True, fill=palette.GRADIENT)]
    for t in range(T + 1):
        x, known = 14 + COLUMN * t, t == 0 or now >= t
        active = ((kind == "forward" and at == t) or (kind == "back" and at - 1 == t)
                  or (kind == "loss" and grads[t] is not None))
        parts.append(rect(x, ROW, SIDE, 66, fill="#FFFFFF", stroke=palette.INK if known else palette.FAINT, rx=12,
                          stroke_width=3.2 if active else 1.4))
        parts.append(text(x + SIDE / 2, ROW + 18, f"h{t}", bold=True, fill=palette.INK if known else palette.FAINT))
        if known:
            parts.append(text(x + SIDE / 2, ROW + 37, decimals(h[t]), fill=palette.FORWARD))
        if grads[t] is not None:
            parts.append(text(x + SIDE / 2, ROW + 56, f"dh{t} {decimals(grads[t])}", fill=palette.GRADIENT))
        if t:
            parts += _step(t, x, known, kind == "back" and at == t, now > T + 1 and t > LAST - now, jacobians[t],
                           payments[t])
    parts += _loss(state, loss, now > T) + _leaves(state, found)
    return drawing(14 + COLUMN * T + SIDE + 14, 344, *parts, title=f"step {now} of {LAST}: {sentence(state, found)}")


def _step(t, x, known, active, paid, jacobian, payment):
    """Arrows into h_t: from the state before it, from its input, from the shared leaves, and what was paid back along
    them."""
    colour = palette.GRADIENT if active else palette.INK if known else palette.FAINT
    wide = 3.0 if active else 1.4
    gap, y = COLUMN - SIDE, ROW + 33
    start, end = (x - 2, x - gap + 2) if paid else (x - gap + 2, x - 2)
    parts = [line(start, y, end, y, stroke=palette.GRADIENT if paid else colour, width=wide, arrow=True),
             rect(x + 16, 184, 60, 26, stroke=palette.DATA if known else palette.FAINT, rx=3),
             text(x + 46, 202, f"x{t} {decimals(XS[t - 1], 1)}", fill=palette.DATA if known else palette.FAINT),
             line(x + 46, 184, x + 46, ROW + 68, stroke=palette.DATA if known else palette.FAINT, arrow=True),
             line(x + 8, 262, x + 8, ROW + 68, stroke=palette.PARAMETER if known else palette.FAINT,
                  width=wide if active else 1.2,
                  arrow=True)]
    if paid:
        parts += [text(x - gap / 2, y - 22, "×", fill=palette.GRADIENT, bold=True),
                  text(x - gap / 2, y - 8, decimals(jacobian, 2), fill=palette.GRADIENT, bold=True),
                  text(x + 14, 238, f"pays du {decimals(payment[1])}", anchor="start", size=11, fill=palette.GRADIENT)]
    return parts


def _loss(state, loss, reached):
    every, right = state["every"], 14 + COLUMN * T + SIDE
    what = "L = Σ (h − 1)² over all steps" if every else f"L = (h{T} − 1)²"
    parts = [text(right, 20, f"{what}{f' = {decimals(loss)}' if reached else ''}", anchor="end", bold=True,
                  fill=palette.INK if reached else palette.DATA)]
    for t in range(1, T + 1):
        if every or t == T:
            x = 14 + COLUMN * t + SIDE / 2
            parts.append(line(x, ROW - 2, x, 44, stroke=palette.INK if reached else palette.FAINT, arrow=True)
                         + text(x, 38, "loss", size=11, fill=palette.INK if reached else palette.DATA))
    return parts


def so_far(state, found):
    """The sums (dw, du, db) of what has been paid until this step."""
    first = LAST - state["step"]
    paid = [found.payments[t] for t in range(max(first, 0) + 1, T + 1)] if state["step"] > T + 1 else []
    return tuple(sum(p[k] for p in paid) for k in range(3))


def _leaves(state, found):
    values = (INPUT_WEIGHT, state["u"], BIAS)
    parts = [rect(14 + COLUMN, 262, COLUMN * (T - 1) + SIDE, 66, stroke=palette.PARAMETER, stroke_width=2.0, rx=4,
                  fill="#FFFFFF"),
             text(24 + COLUMN, 282, "shared leaves: the same three numbers at every step", anchor="start",
                  fill=palette.PARAMETER, bold=True)]
    for k, (name, value, grad) in enumerate(zip("wub", values, so_far(state, found))):
        x = 24 + COLUMN + k * 240
        parts.append(text(x, 308, f"{name} {decimals(value, 2)}", anchor="start", fill=palette.PARAMETER, bold=True,
                          size=13))
        if state["step"] > T + 1:
            parts.append(text(x + 66, 308, f"d{name} so far {decimals(grad)}", anchor="start", fill=palette.GRADIENT,
                              size=13))
    return parts


def sentence(state, found):
    """What the present step does, in words."""
    u, (kind, t) = state["u"], place_of(state["step"])
    h, jacobians, dh, payments, loss = found
    if kind == "start":
        return "nothing has been read"
    if kind == "forward":
        return (f"forward, h{t} = tanh({decimals(INPUT_WEIGHT, 1)} · {decimals(XS[t - 1], 1)} + {decimals(u, 2)} · "
                f"{decimals(h[t - 1])} + {decimals(BIAS, 1)}) = {decimals(h[t])}")
    if kind == "loss":
        return f"the loss is {decimals(loss)}; it pays {'every state' if state['every'] else f'h{T} only'}"
    return (f"back through step {t}, local Jacobian u (1 − h{t}²) = {decimals(jacobians[t])}: dh{t - 1} = "
            f"{decimals(dh[t - 1])}, "
            f"and this copy pays dw {decimals(payments[t][0])}, du {decimals(payments[t][1])}, db "
            f"{decimals(payments[t][2])}")


def unroll_readout(state, found):
    """The step, the product of the Jacobians and the sums so far."""
    now = state["step"]
    rest = ""
    if now > T + 1:
        dw, du, db = so_far(state, found)
        rest = (f" Product of the {now - T - 1} local Jacobians so far: {_e(product(state, found))}. "
                f"Sums: dw {decimals(dw)}, du {decimals(du)}, db {decimals(db)}.")
    return f"Step {now} of {LAST}, u = {decimals(state['u'], 2)}: {sentence(state, found)}.{rest}"


def unroll_explorer():
    """How much of the last error arrives at the first step?"""
    return Explorer(
        alt="One recurrent neuron unrolled over six time steps, with shared weights below: states appear going "
            "forward, gradients "
            "going back, each arrow shows the local Jacobian it multiplies by. Move the step to walk.",
        picture=unroll_picture, readout=unroll_readout, compute=passes,
        controls={"step": play(slider("Step", 10, 0, LAST,
                                      tooltip="0 to 6 forward, 7 the loss, 8 to 13 back through time"), interval=1300),
                  "u": slider("Recurrent weight u", 0.6, -2.0, 3.0, 0.1, tooltip="How strongly the state feeds itself"),
                  "every": choice("The loss looks at", [("the last state", False), ("every state", True)], False,
                                  tooltip="Which states pay into the loss")},
        actions={"Back": lambda state: {"step": max(0, state["step"] - 1)},
                 "Next": lambda state: {"step": min(LAST, state["step"] + 1)}})


# ---- a gradient against the time lag -------------------------------------------------------------------------

LOW, HIGH = 1e-18, 1e18


def lag_curves(state):
    """``{activation: lag_curve}`` for the matrix that the state describes."""
    return {activation: lag_curve(state["start"], activation, state["radius"]) for activation in ACTIVATIONS}


def lag_picture(state, found):
    """The norm of the product against the lag, on a logarithmic axis, beside the pure power of the radius."""
    radius, (norms, _) = state["radius"], found[state["activation"]]
    lags = np.arange(1, LAGS + 1)
    chart = Chart((0, LAGS), (LOW, HIGH), width=720, height=380, log_y=True, x_label="time lag (steps)",
                  y_label="norm of the product",
                  title="How much of a gradient is left?")
    chart.rule(y=1.0, colour=palette.DATA, dash="2 4")
    chart.note(2, 1e15, "explodes", colour=palette.DATA)
    chart.note(2, 1e-16, "vanishes", colour=palette.DATA)
    chart.line(lags, radius ** lags.astype(float), colour=palette.DATA, dash="6 4",
               title="the radius to the power of the lag")
    for other in ACTIVATIONS:
        if other != state["activation"]:
            chart.line(lags, found[other][0], colour=palette.FAINT, width=1.2, title=other)
    chart.line(lags, norms, colour=palette.GRADIENT, width=2.6, title=state["activation"])
    for k in (10, 50, 100):
        if LOW < norms[k - 1] < HIGH:
            chart.points([k], [norms[k - 1]], colour=palette.GRADIENT, radius=4.5)
    legend = ((state["activation"], palette.GRADIENT, None, 2.6), ("ρ to the lag", palette.DATA, "6 4", 1.8),
              ("other activations", palette.FAINT, None, 1.2))
    for i, (name, colour, dash, wide) in enumerate(legend):
        x = (300, 408, 552)[i]
        chart.parts += [line(x, 13, x + 26, 13, stroke=colour, width=wide, dash=dash),
                        text(x + 31, 17, name, anchor="start", fill=palette.INK if colour == palette.FAINT else colour,
                             bold=True)]
    return drawing(720, 380, str(chart), title=f"norm of the product after 100 steps: {_e(norms[-1])}")


def lag_readout(state, found):
    """Radius, norms at three lags, the factor per step and the verdict."""
    norms, slope = found[state["activation"]]
    pace = (norms[-1] / norms[49]) ** (1 / 50) if norms[49] > 0 else 0.0
    verdict = "vanishes" if norms[-1] < 0.01 else "explodes" if norms[-1] > 100 else "is neither lost nor huge"
    return (f"Start {state['start']}, spectral radius {decimals(state['radius'], 2)}, {state['activation']}: after 10, "
            "50, 100 steps the norm is "
            f"{', '.join(_e(norms[k - 1]) for k in (10, 50, 100))}; it {verdict}. Mean slope {decimals(slope)}; over "
            "the last fifty steps "
            f"each step multiplies by {decimals(pace)}.")


def lag_explorer():
    """At which radius is the gradient still there after a hundred steps?"""
    return Explorer(
        alt="The norm of a product of Jacobians against the time lag on a logarithmic axis, beside the powers of the "
            "spectral radius. "
            "Move the spectral radius through 1 and change the activation.",
        picture=lag_picture, readout=lag_readout, compute=lag_curves,
        controls={"radius": slider("Spectral radius of U", 1.0, 0.5, 2.0, 0.05,
                                   tooltip="The largest eigenvalue of U, in size"),
                  "activation": choice("Activation", list(ACTIVATIONS), "tanh",
                                       tooltip="What stands between two steps"),
                  "start": choice("U is", ["random", "orthogonal", "identity"], "random",
                                  tooltip="Which kind of matrix is scaled")})


# ---- gates ---------------------------------------------------------------------------------------------------

TEXTS = {"one bracket": "the whale (white and old) sank the ship.",
         "two brackets": "he (the mate) knew (so they say) enough.",
         "nested": "he (mate (and cook) of ours) saw it all."}
LENGTH = 40
GATES = ("input i", "forget f", "candidate g", "output o")


def inside(content, now):
    """Is the character ``now`` inside brackets? (An opening bracket counts as inside, a closing one as outside.)"""
    return content[:now + 1].count("(") > content[:now + 1].count(")")


class Read(NamedTuple):
    """A text read by the unit: ``bracket_unit``, and the ``memory_gradient`` from the present character back."""

    gates: np.ndarray
    c: np.ndarray
    h: np.ndarray
    gradient: np.ndarray


def read(state):
    """The text that the state names, read."""
    gates, c, h = bracket_unit(TEXTS[state["text"]], state["forget"])
    return Read(gates, c, h, memory_gradient(gates[:, 1], state["now"]))


def gate_picture(state, found):
    """The text, and below each character the four gates, memory, output, and the gradient of the present memory."""
    name, now = state["text"], state["now"]
    gates, c, h, gradient = found
    rows = [(label, gates[:, k], palette.sequential, 1.0) for k, label in enumerate(GATES)]
    rows += [("memory c", c, palette.sequential, max(1.0, float(c.max()))), ("shown h", h, palette.sequential, 1.0),
             ("∂c now / ∂c then", gradient, palette.sequential, 1.0)]
    left, cell, top = 130, 18, 46
    parts = [text(8, 20, "dark 0, yellow 1; later characters have not been read yet", anchor="start", size=12,
                  fill=palette.DATA)]
    for t, symbol in enumerate(TEXTS[name]):
        parts.append(text(left + cell * (t + 0.5), top - 6, symbol, size=15,
                          bold=inside(TEXTS[name], t) or symbol == ")",
                          fill=palette.INK if t <= now else palette.FAINT))
    for r, (label, values, colour, scale) in enumerate(rows):
        y = top + 32 * r + (10 if r > 3 else 0) + (10 if r > 5 else 0)
        last = r == len(rows) - 1
        parts.append(text(left - 8, y + 17, label, anchor="end", size=12, bold=True,
                          fill=palette.GRADIENT if last else palette.INK if r < 4 else palette.FORWARD))
        parts.append(image(left, y, cell * (now + 1), 24, np.clip(values[:now + 1] / scale, 0, 1), colour=colour,
                           title=f"{label}, now {decimals(values[now])}"))
        parts.append(text(left + cell * LENGTH + 8, y + 17, decimals(values[now], 2), anchor="start", size=12))
    high = top + 32 * len(rows) + 20
    parts.append(rect(left + cell * now, top - 24, cell, high - top + 20, stroke=palette.GRADIENT, stroke_width=2))
    return drawing(left + cell * LENGTH + 56, high + 8, *parts,
                   title=f"character {now + 1} of {LENGTH}, memory {decimals(c[now])}")


def gate_readout(state, found):
    """The present character, gates, memory, whether the unit is right, how much of the gradient is left."""
    content, now = TEXTS[state["text"]], state["now"]
    gates, c, h, gradient = found
    told = ", ".join(f"{label} {decimals(value, 2)}" for label, value in zip(GATES, gates[now]))
    says, truth = c[now] > 0.5, inside(content, now)
    opened = content.rfind("(", 0, now)
    back = (f" Of a gradient that arrives here, {decimals(gradient[opened])} is left at the bracket {now - opened} "
            f"characters ago." if opened >= 0 else "")
    return (f"Character {now + 1} of {LENGTH}, '{content[now]}': {told}; memory c {decimals(c[now], 2)}, shown h "
            f"{decimals(h[now], 2)}. The unit says "
            f"{'inside' if says else 'outside'}, the truth is {'inside' if truth else 'outside'}.{back}")


def gate_explorer():
    """Which gate opens at a bracket, and which holds the value?"""
    return Explorer(
        alt="The gates, the memory and the output of one LSTM unit with weights set by hand, as rows of shaded cells "
            "below a text with "
            "brackets. Move along the text and change how firmly the unit remembers.",
        picture=gate_picture, readout=gate_readout, compute=read,
        controls={"now": play(slider("Character", 18, 0, LENGTH - 1, tooltip="How far the text has been read"),
                              interval=400),
                  "forget": slider("Bias of the forget gate", 6.0, 0.0, 8.0, 0.5,
                                   tooltip="0: half is forgotten at each step; 8: nearly nothing"),
                  "text": choice("Text", list(TEXTS), "one bracket", tooltip="What the unit reads")})


EXPLORERS = {"unroll": unroll_explorer, "lag": lag_explorer, "gates": gate_explorer}
