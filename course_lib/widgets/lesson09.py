"""Explorers of lesson 09: a neuron unrolled in time, a gradient against the time lag, the gates of an LSTM unit."""

import math
from functools import cache

import numpy as np

from course_lib import initializers
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, image, line, rect, text
from course_lib.rules.functions import identity, relu, tanh
from course_lib.rules.recurrent import lstm
from course_lib.widgets.base import Explorer, choice, play, slider


def _n(value, digits=3):
    """A number, short, with a true minus sign."""
    shown = f"{float(value):.{digits}f}"
    return (shown if float(shown) else shown.lstrip("-")).replace("-", "−")


def _e(value):
    """A number in powers of ten, or plain near 1."""
    return (f"{value:.3f}" if 0.01 <= abs(value) < 1000 or value == 0 else f"{value:.1e}").replace("-", "−")


# ---- one neuron, unrolled ------------------------------------------------------------------------------------

XS = (0.5, -1.0, 0.8, 0.3, -0.6, 1.0)
T = len(XS)
LAST = 2 * T + 1                        # 1 to T forward, T + 1 the loss, then T steps back
INPUT_WEIGHT, BIAS, TARGET = 0.9, 0.1, 1.0


@cache
def passes(u, every):
    """Forward and back through all steps: states h0 … hT, local Jacobians, dh0 … dhT, the payments (dw, du, db) of each step,
    the loss. Jacobians and payments belong to steps 1 … T and stand at those places, place 0 is empty."""
    h, slopes = [0.0], [None]
    for x in XS:
        y, backward = tanh(INPUT_WEIGHT * x + u * h[-1] + BIAS)
        h.append(y)
        slopes.append(backward(1.0))
    heard = range(1, T + 1) if every else (T,)                      # the steps that the loss looks at
    loss = sum((h[t] - TARGET) ** 2 for t in heard)
    dh, payments = [2 * (h[t] - TARGET) if t in heard else 0.0 for t in range(T + 1)], [None] * (T + 1)
    for t in range(T, 0, -1):
        da = dh[t] * slopes[t]
        payments[t] = (da * XS[t - 1], da * h[t - 1], da)
        dh[t - 1] += da * u
    return h, [s and s * u for s in slopes], dh, payments, loss


def place_of(step):
    """What a step of the explorer does: ("forward", t), ("loss", None), ("back", t) or ("start", None)."""
    if step == 0:
        return "start", None
    if step <= T:
        return "forward", step
    return ("loss", None) if step == T + 1 else ("back", LAST + 1 - step)


def received(state):
    """dh of each state as far as it is known at this step, or None. A state's own loss pays when the loss is reached."""
    _, jacobians, dh, _, _ = passes(state["u"], state["every"])
    if state["step"] <= T:
        return [None] * (T + 1)
    reached = LAST - state["step"]                                  # the states below have only what the loss pays them
    h = passes(state["u"], state["every"])[0]
    own = [2 * (h[t] - TARGET) if t and (state["every"] or t == T) else None for t in range(T + 1)]
    return [dh[t] if t >= reached else own[t] for t in range(T + 1)]


def product(state):
    """The product of the local Jacobians from the last step back to the present one."""
    _, jacobians, _, _, _ = passes(state["u"], state["every"])
    return math.prod(jacobians[t] for t in range(T, LAST - state["step"], -1)) if state["step"] > T + 1 else 1.0


COLUMN, SIDE, ROW = 134, 92, 84


def unroll_picture(state):
    """The copies of the neuron in a row, the inputs below, the shared leaves at the bottom, their gradients growing."""
    u, now, (kind, at) = state["u"], state["step"], place_of(state["step"])
    h, jacobians, dh, payments, loss = passes(u, state["every"])
    grads = received(state)
    parts = [text(12, 20, "states, forward in time", anchor="start", bold=True, fill=palette.FORWARD),
             text(190, 20, "gradients, back through time", anchor="start", bold=True, fill=palette.GRADIENT)]
    for t in range(T + 1):
        x, known = 14 + COLUMN * t, t == 0 or now >= t
        active = (kind == "forward" and at == t) or (kind == "back" and at - 1 == t) or (kind == "loss" and grads[t] is not None)
        parts.append(rect(x, ROW, SIDE, 66, fill="#FFFFFF", stroke=palette.INK if known else palette.FAINT, rx=12,
                          stroke_width=3.2 if active else 1.4))
        parts.append(text(x + SIDE / 2, ROW + 18, f"h{t}", bold=True, fill=palette.INK if known else palette.FAINT))
        if known:
            parts.append(text(x + SIDE / 2, ROW + 37, _n(h[t]), fill=palette.FORWARD))
        if grads[t] is not None:
            parts.append(text(x + SIDE / 2, ROW + 56, f"dh{t} {_n(grads[t])}", fill=palette.GRADIENT))
        if t:
            parts += _step(t, x, known, kind == "back" and at == t, now > T + 1 and t > LAST - now, jacobians[t], payments[t])
    parts += _loss(state, loss, now > T) + _leaves(state, payments)
    return drawing(14 + COLUMN * T + SIDE + 14, 344, *parts, title=f"step {now} of {LAST}: {sentence(state)}")


def _step(t, x, known, active, paid, jacobian, payment):
    """Arrows into h_t: from the state before it, from its input, from the shared leaves, and what was paid back along them."""
    colour = palette.GRADIENT if active else palette.INK if known else palette.FAINT
    wide = 3.0 if active else 1.4
    gap, y = COLUMN - SIDE, ROW + 33
    start, end = (x - 2, x - gap + 2) if paid else (x - gap + 2, x - 2)
    parts = [line(start, y, end, y, stroke=palette.GRADIENT if paid else colour, width=wide, arrow=True),
             rect(x + 16, 184, 60, 26, stroke=palette.DATA if known else palette.FAINT, rx=3),
             text(x + 46, 202, f"x{t} {_n(XS[t - 1], 1)}", fill=palette.DATA if known else palette.FAINT),
             line(x + 46, 184, x + 46, ROW + 68, stroke=palette.DATA if known else palette.FAINT, arrow=True),
             line(x + 8, 262, x + 8, ROW + 68, stroke=palette.PARAMETER if known else palette.FAINT, width=wide if active else 1.2,
                  arrow=True)]
    if paid:
        parts += [text(x - gap / 2, y - 22, "×", fill=palette.GRADIENT, bold=True),
                  text(x - gap / 2, y - 8, _n(jacobian, 2), fill=palette.GRADIENT, bold=True),
                  text(x + 14, 238, f"pays du {_n(payment[1])}", anchor="start", size=11, fill=palette.GRADIENT)]
    return parts


def _loss(state, loss, reached):
    every, right = state["every"], 14 + COLUMN * T + SIDE
    what = "L = Σ (h − 1)² over all steps" if every else f"L = (h{T} − 1)²"
    parts = [text(right, 20, f"{what}{f' = {_n(loss)}' if reached else ''}", anchor="end", bold=True,
                  fill=palette.INK if reached else palette.DATA)]
    for t in range(1, T + 1):
        if every or t == T:
            x = 14 + COLUMN * t + SIDE / 2
            parts.append(line(x, ROW - 2, x, 44, stroke=palette.INK if reached else palette.FAINT, arrow=True)
                         + text(x, 38, "loss", size=11, fill=palette.INK if reached else palette.DATA))
    return parts


def so_far(state):
    """The sums (dw, du, db) of what has been paid until this step."""
    payments, first = passes(state["u"], state["every"])[3], LAST - state["step"]
    paid = [payments[t] for t in range(max(first, 0) + 1, T + 1)] if state["step"] > T + 1 else []
    return tuple(sum(p[k] for p in paid) for k in range(3))


def _leaves(state, payments):
    values = (INPUT_WEIGHT, state["u"], BIAS)
    parts = [rect(14 + COLUMN, 262, COLUMN * (T - 1) + SIDE, 66, stroke=palette.PARAMETER, stroke_width=2.0, rx=4, fill="#FFFFFF"),
             text(24 + COLUMN, 282, "shared leaves: the same three numbers at every step", anchor="start", fill=palette.PARAMETER, bold=True)]
    for k, (name, value, grad) in enumerate(zip("wub", values, so_far(state))):
        x = 24 + COLUMN + k * 240
        parts.append(text(x, 308, f"{name} {_n(value, 2)}", anchor="start", fill=palette.PARAMETER, bold=True, size=13))
        if state["step"] > T + 1:
            parts.append(text(x + 66, 308, f"d{name} so far {_n(grad)}", anchor="start", fill=palette.GRADIENT, size=13))
    return parts


def sentence(state):
    """What the present step does, in words."""
    u, (kind, t) = state["u"], place_of(state["step"])
    h, jacobians, dh, payments, loss = passes(u, state["every"])
    if kind == "start":
        return "nothing has been read"
    if kind == "forward":
        return f"forward, h{t} = tanh({_n(INPUT_WEIGHT, 1)} · {_n(XS[t - 1], 1)} + {_n(u, 2)} · {_n(h[t - 1])} + {_n(BIAS, 1)}) = {_n(h[t])}"
    if kind == "loss":
        return f"the loss is {_n(loss)}; it pays {'every state' if state['every'] else f'h{T} only'}"
    return (f"back through step {t}, local Jacobian u (1 − h{t}²) = {_n(jacobians[t])}: dh{t - 1} = {_n(dh[t - 1])}, "
            f"and this copy pays dw {_n(payments[t][0])}, du {_n(payments[t][1])}, db {_n(payments[t][2])}")


def unroll_readout(state):
    """The step, the product of the Jacobians and the sums so far."""
    now = state["step"]
    rest = ""
    if now > T + 1:
        dw, du, db = so_far(state)
        rest = (f" Product of the {now - T - 1} local Jacobians so far: {_e(product(state))}. "
                f"Sums: dw {_n(dw)}, du {_n(du)}, db {_n(db)}.")
    return f"Step {now} of {LAST}, u = {_n(state['u'], 2)}: {sentence(state)}.{rest}"


def unroll_explorer():
    """How much of the last error arrives at the first step?"""
    return Explorer(
        alt="One recurrent neuron unrolled over six time steps, with shared weights below: states appear going forward, gradients "
            "going back, each arrow shows the local Jacobian it multiplies by. Move the step to walk.",
        picture=unroll_picture, readout=unroll_readout,
        controls={"step": play(slider("Step", 10, 0, LAST, tooltip="0 to 6 forward, 7 the loss, 8 to 13 back through time"), interval=1300),
                  "u": slider("Recurrent weight u", 0.6, -2.0, 3.0, 0.1, tooltip="How strongly the state feeds itself"),
                  "every": choice("The loss looks at", [("the last state", False), ("every state", True)], False,
                                  tooltip="Which states pay into the loss")},
        actions={"Back": lambda state: {"step": max(0, state["step"] - 1)},
                 "Next": lambda state: {"step": min(LAST, state["step"] + 1)}})


# ---- a gradient against the time lag -------------------------------------------------------------------------

UNITS, LAGS = 32, 100
ACTIVATIONS = {"no tanh": identity, "tanh": tanh, "ReLU": relu}


@cache
def recurrence(start):
    """A matrix with spectral radius 1: random, orthogonal or the identity."""
    rng = np.random.default_rng(9)
    if start == "identity":
        return np.eye(UNITS)
    if start == "orthogonal":
        return initializers.orthogonal(rng, (UNITS, UNITS))
    U = rng.normal(size=(UNITS, UNITS))
    return U / np.abs(np.linalg.eigvals(U)).max()


def jacobian_norms(U, activation, inputs):
    """Run h ← f(x + h U) over all inputs (T, H), then multiply its Jacobians from the last step back.

    Returns the norms of the products over 1, 2, … T steps, and the slopes f′ (T, H) on the way: lesson 09, equation (9.7).
    """
    h, slopes = np.zeros(len(U)), np.empty_like(inputs)
    for t, x in enumerate(inputs):
        h, backward = activation(x + h @ U)
        slopes[t] = backward(np.ones_like(h))
    J, products = np.eye(len(U)), []
    for s in slopes[::-1]:
        J = (J * s) @ U.T
        products.append(J)
    return np.linalg.norm(np.array(products), 2, axis=(1, 2)), slopes


@cache
def lag_curve(start, activation, radius):
    """Norms of the products of 1, 2, … LAGS Jacobians, and the mean slope on the way."""
    inputs = 0.1 * np.random.default_rng(9).normal(size=(LAGS, UNITS))
    norms, slopes = jacobian_norms(radius * recurrence(start), ACTIVATIONS[activation], inputs)
    return norms, float(slopes.mean())


LOW, HIGH = 1e-18, 1e18


def lag_picture(state):
    """The norm of the product against the lag, on a logarithmic axis, beside the pure power of the radius."""
    radius = state["radius"]
    norms, _ = lag_curve(state["start"], state["activation"], radius)
    lags = np.arange(1, LAGS + 1)
    chart = Chart((0, LAGS), (LOW, HIGH), width=720, height=380, log_y=True, x_label="time lag (steps)", y_label="norm of the product",
                  title="How much of a gradient is left?")
    chart.rule(y=1.0, colour=palette.DATA, dash="2 4")
    chart.note(2, 1e15, "explodes", colour=palette.DATA)
    chart.note(2, 1e-16, "vanishes", colour=palette.DATA)
    chart.line(lags, radius ** lags.astype(float), colour=palette.DATA, dash="6 4", title="the radius to the power of the lag")
    for other in ACTIVATIONS:
        if other != state["activation"]:
            chart.line(lags, lag_curve(state["start"], other, radius)[0], colour=palette.FAINT, width=1.2, title=other)
    chart.line(lags, norms, colour=palette.GRADIENT, width=2.6, title=state["activation"])
    for k in (10, 50, 100):
        if LOW < norms[k - 1] < HIGH:
            chart.points([k], [norms[k - 1]], colour=palette.GRADIENT, radius=4.5)
    legend = ((state["activation"], palette.GRADIENT, None, 2.6), ("ρ to the lag", palette.DATA, "6 4", 1.8),
              ("other activations", palette.FAINT, None, 1.2))
    for i, (name, colour, dash, wide) in enumerate(legend):
        x = (300, 408, 552)[i]
        chart.parts += [line(x, 13, x + 26, 13, stroke=colour, width=wide, dash=dash),
                        text(x + 31, 17, name, anchor="start", fill=palette.INK if colour == palette.FAINT else colour, bold=True)]
    return drawing(720, 380, str(chart), title=f"norm of the product after 100 steps: {_e(norms[-1])}")


def lag_readout(state):
    """Radius, norms at three lags, the factor per step and the verdict."""
    norms, slope = lag_curve(state["start"], state["activation"], state["radius"])
    pace = (norms[-1] / norms[49]) ** (1 / 50) if norms[49] > 0 else 0.0
    verdict = "vanishes" if norms[-1] < 0.01 else "explodes" if norms[-1] > 100 else "is neither lost nor huge"
    return (f"Start {state['start']}, spectral radius {_n(state['radius'], 2)}, {state['activation']}: after 10, 50, 100 steps the norm is "
            f"{', '.join(_e(norms[k - 1]) for k in (10, 50, 100))}; it {verdict}. Mean slope {_n(slope)}; over the last fifty steps "
            f"each step multiplies by {_n(pace)}.")


def lag_explorer():
    """At which radius is the gradient still there after a hundred steps?"""
    return Explorer(
        alt="The norm of a product of Jacobians against the time lag on a logarithmic axis, beside the powers of the spectral radius. "
            "Move the spectral radius through 1 and change the activation.",
        picture=lag_picture, readout=lag_readout,
        controls={"radius": slider("Spectral radius of U", 1.0, 0.5, 2.0, 0.05, tooltip="The largest eigenvalue of U, in size"),
                  "activation": choice("Activation", list(ACTIVATIONS), "tanh", tooltip="What stands between two steps"),
                  "start": choice("U is", ["random", "orthogonal", "identity"], "random", tooltip="Which kind of matrix is scaled")})


# ---- gates ---------------------------------------------------------------------------------------------------

TEXTS = {"one bracket": "the whale (white and old) sank the ship.",
         "two brackets": "he (the mate) knew (so they say) enough.",
         "nested": "he (mate (and cook) of ours) saw it all."}
LENGTH = 40
GATES = ("input i", "forget f", "candidate g", "output o")


def symbols_as_rows(content):
    """Each character as one of four kinds: opening bracket, closing bracket, letter, anything else."""
    kinds = [0 if c == "(" else 1 if c == ")" else 2 if c.isalpha() else 3 for c in content]
    return np.eye(4)[kinds]


def weights(forget):
    """One LSTM unit, set by hand. Rows: ( ) letter other; columns: i, f, g, o. It does not look at its own state."""
    W = np.array([[6.0, 0.0, 4.0, -6.0],            # ( writes 1, and nothing is shown
                  [-6.0, -6.0 - forget, 0.0, -6.0],     # ) closes the forget gate: the memory is emptied
                  [-6.0, 0.0, 0.0, 6.0],            # a letter writes nothing, and lets the memory be shown
                  [-6.0, 0.0, 0.0, -6.0]])
    return W, np.zeros((1, 4)), np.array([0.0, forget, 0.0, 0.0])


@cache
def gate_run(name, forget):
    """Gates (LENGTH, 4), memory c, output h, all along the text."""
    xs = symbols_as_rows(TEXTS[name])[:, np.newaxis]
    W, U, b = weights(forget)
    states, _ = lstm(xs, np.zeros((2, 1, 1)), W, U, b)
    z = xs[:, 0] @ W + b
    gates = 0.5 * np.tanh(0.5 * z) + 0.5
    gates[:, 2] = np.tanh(z[:, 2])
    return gates, states[:, 1, 0, 0], states[:, 0, 0, 0]


def memory_gradient(name, forget, now):
    """∂c(now)/∂c(then) for every earlier time: the product of the forget gates in between; 0 later."""
    f = gate_run(name, forget)[0][:, 1]
    gradient = np.zeros(LENGTH)
    gradient[now] = 1.0
    for t in range(now, 0, -1):
        gradient[t - 1] = gradient[t] * f[t]
    return gradient


def inside(content, now):
    """Is the character ``now`` inside brackets? (An opening bracket counts as inside, a closing one as outside.)"""
    return content[:now + 1].count("(") > content[:now + 1].count(")")


def gate_picture(state):
    """The text, and below each character the four gates, memory, output, and the gradient of the present memory."""
    name, forget, now = state["text"], state["forget"], state["now"]
    gates, c, h = gate_run(name, forget)
    rows = [(label, gates[:, k], palette.sequential, 1.0) for k, label in enumerate(GATES)]
    rows += [("memory c", c, palette.sequential, max(1.0, float(c.max()))), ("shown h", h, palette.sequential, 1.0),
             ("∂c now / ∂c then", memory_gradient(name, forget, now), palette.sequential, 1.0)]
    left, cell, top = 130, 18, 46
    parts = [text(8, 20, "dark 0, yellow 1; later characters have not been read yet", anchor="start", size=12, fill=palette.DATA)]
    for t, symbol in enumerate(TEXTS[name]):
        parts.append(text(left + cell * (t + 0.5), top - 6, symbol, size=15, bold=inside(TEXTS[name], t) or symbol == ")",
                          fill=palette.INK if t <= now else palette.FAINT))
    for r, (label, values, colour, scale) in enumerate(rows):
        y = top + 32 * r + (10 if r > 3 else 0) + (10 if r > 5 else 0)
        last = r == len(rows) - 1
        parts.append(text(left - 8, y + 17, label, anchor="end", size=12, bold=True,
                          fill=palette.GRADIENT if last else palette.INK if r < 4 else palette.FORWARD))
        parts.append(image(left, y, cell * (now + 1), 24, np.clip(values[:now + 1] / scale, 0, 1), colour=colour,
                           title=f"{label}, now {_n(values[now])}"))
        parts.append(text(left + cell * LENGTH + 8, y + 17, _n(values[now], 2), anchor="start", size=12))
    high = top + 32 * len(rows) + 20
    parts.append(rect(left + cell * now, top - 24, cell, high - top + 20, stroke=palette.GRADIENT, stroke_width=2))
    return drawing(left + cell * LENGTH + 56, high + 8, *parts, title=f"character {now + 1} of {LENGTH}, memory {_n(c[now])}")


def gate_readout(state):
    """The present character, gates, memory, whether the unit is right, how much of the gradient is left."""
    name, forget, now = state["text"], state["forget"], state["now"]
    gates, c, h = gate_run(name, forget)
    content = TEXTS[name]
    told = ", ".join(f"{label} {_n(value, 2)}" for label, value in zip(GATES, gates[now]))
    says, truth = c[now] > 0.5, inside(content, now)
    opened = content.rfind("(", 0, now)
    back = (f" Of a gradient that arrives here, {_n(memory_gradient(name, forget, now)[opened])} is left at the bracket {now - opened} "
            f"characters ago." if opened >= 0 else "")
    return (f"Character {now + 1} of {LENGTH}, '{content[now]}': {told}; memory c {_n(c[now], 2)}, shown h {_n(h[now], 2)}. The unit says "
            f"{'inside' if says else 'outside'}, the truth is {'inside' if truth else 'outside'}.{back}")


def gate_explorer():
    """Which gate opens at a bracket, and which holds the value?"""
    return Explorer(
        alt="The gates, the memory and the output of one LSTM unit with weights set by hand, as rows of shaded cells below a text with "
            "brackets. Move along the text and change how firmly the unit remembers.",
        picture=gate_picture, readout=gate_readout,
        controls={"now": play(slider("Character", 18, 0, LENGTH - 1, tooltip="How far the text has been read"), interval=400),
                  "forget": slider("Bias of the forget gate", 6.0, 0.0, 8.0, 0.5, tooltip="0: half is forgotten at each step; 8: nearly nothing"),
                  "text": choice("Text", list(TEXTS), "one bracket", tooltip="What the unit reads")})


EXPLORERS = {"unroll": unroll_explorer, "lag": lag_explorer, "gates": gate_explorer}
