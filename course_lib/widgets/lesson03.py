"""Explorers of lesson 03: a graph walked forward and backward, and a ladder on which paths explode."""

from typing import NamedTuple

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import decimals
from course_lib.page.drawing.svg import Chart, drawing, element, line, number, rect, text
from course_lib.rules import functions, losses
from course_lib.widgets.base import Explorer, choice, play, slider

# ---- hinge loss and penalty, one node at a time --------------------------------------------------------------

X = np.array([[1.0, 2.0]])
W = np.array([[0.5, -0.4, 0.1], [0.2, 0.6, -0.3]])
FORWARD_STEPS = ("z", "H", "Q", "R", "L")                   # the order of creation; backward runs it in reverse
INPUTS = {"z": ("X", "W"), "H": ("z",), "Q": ("W",), "R": ("Q",), "L": ("H", "R")}
LAST = 2 * len(FORWARD_STEPS) + 1                           # 0 leaves, 1 to 5 forward, 6 dL = 1, 7 to 11 backward


def rules(label, lam):
    """The rule of each node, as a function of its inputs."""
    return {"z": functions.matmul, "H": lambda z: losses.hinge(z, np.array([label])),
            "Q": lambda W: ((W * W).sum(), lambda dy: dy * 2 * W), "R": lambda Q: (lam * Q, lambda dy: dy * lam),
            "L": functions.add}


def walk(label, lam):
    """All steps at once: values by name, and for each backward step the payments ``{input: gradient}`` of its node."""
    values, backwards, rule = {"X": X, "W": W}, {}, rules(label, lam)
    for name in FORWARD_STEPS:
        y, backward = rule[name](*[values[x] for x in INPUTS[name]])
        values[name], backwards[name] = y if isinstance(y, np.ndarray) and y.ndim else float(y), backward
    grads, payments = {"L": 1.0}, {}
    for name in reversed(FORWARD_STEPS):
        paid = backwards[name](grads[name])
        payments[name] = dict(zip(INPUTS[name], paid if isinstance(paid, tuple) else (paid,)))
        for x, dx in payments[name].items():
            grads[x] = grads[x] + dx if x in grads else dx
    return values, payments


class Known(NamedTuple):
    """What is known at a step: values, gradients, the node at work, the nodes that have handed on,
    what every node hands on."""

    values: dict
    grads: dict
    at: str | None
    done: tuple
    payments: dict


def so_far(state):
    """What is ``Known`` at this step."""
    now, n = state["step"], len(FORWARD_STEPS)
    values, payments = walk(state["label"], state["lam"])
    known = {"X", "W", *FORWARD_STEPS[:now]}
    done = FORWARD_STEPS[::-1][:max(0, now - n - 1)]
    grads = {"L": 1.0} if now > n else {}
    for name in done:
        for x, dx in payments[name].items():
            grads[x] = grads[x] + dx if x in grads else dx
    at = None if now == 0 else FORWARD_STEPS[now - 1] if now <= n else "L" if now == n + 1 else done[-1]
    return Known({k: v for k, v in values.items() if k in known}, grads, at, done, payments)


def local_derivative(name, x, values, state):
    """The factor on the arrow from x to the node ``name``, as text."""
    if name == "L":
        return "· 1"
    if name == "R":
        return f"· {_n(state['lam'])}"
    if name == "Q":
        return "· 2W"
    if name == "H":
        return "· " + _row(losses.hinge(values["z"], np.array([state["label"]]))[1]()[0])
    return "Xᵀ ·" if x == "W" else "· Wᵀ"


def _n(value):
    """A number, short: at most three decimals."""
    return decimals(value).rstrip("0").rstrip(".")


def _row(values):
    return "(" + ", ".join(_n(v) for v in values) + ")"


def _all(value):
    """A number or a small matrix as one line of text."""
    return "[" + ", ".join(_row(row) for row in value) + "]" if isinstance(value, np.ndarray) else _n(value)


TITLES = {"X": "X, inputs", "W": "W, weights", "z": "z = X W, scores", "H": "H, hinge loss", "Q": "Q, sum of W²",
          "R": "R = λ Q",
          "L": "L = H + R"}
PLACES = {"X": (12, 40, 150, 96), "W": (12, 214, 178, 132), "z": (312, 40, 176, 96), "H": (606, 52, 120, 72),
          "Q": (312, 244, 130, 72), "R": (606, 244, 120, 72), "L": (806, 148, 116, 72)}
WIDTH, HEIGHT = 934, 372
PALE = "#C9C9C9"


def graph_picture(state, found):
    """The graph: known values in blue, gradients in vermillion, the factor on every arrow that has been used."""
    values, grads, at, done, _ = found
    backward = state["step"] > len(FORWARD_STEPS)
    parts = []
    for name, inputs in INPUTS.items():
        for x in inputs:
            parts.append(_arrow(name, x, name in values, name in done, name == at, backward, values, state))
    for name in PLACES:
        parts.append(_node(name, values.get(name), grads.get(name), name == at))
    parts += [text(12, 20, "values, forward", anchor="start", bold=True, fill=palette.FORWARD),
              text(128, 20, "gradients, backward", anchor="start", bold=True, fill=palette.GRADIENT),
              text(WIDTH - 12, 20, f"true class {state['label']}, λ = {_n(state['lam'])}", anchor="end")]
    return drawing(WIDTH, HEIGHT, *parts, title=f"step {state['step']} of {LAST}: {sentence(state, found)}")


def _node(name, value, grad, active):
    x, y, width, height = PLACES[name]
    reached = value is not None
    edge = PALE if not reached else palette.PARAMETER if name == "W" else palette.INK
    parts = [rect(x, y, width, height, fill="#FFFFFF", stroke=edge, stroke_width=3.4 if active else 1.4,
                  rx=4 if name in "XW" else 14),
             text(x + width / 2, y + 17, TITLES[name], bold=True, size=12, fill=palette.INK if reached else PALE)]
    top = y + 36
    if reached:
        parts += _block(x, top, width, value, palette.FORWARD, "")
        top += 18 * (len(value) if isinstance(value, np.ndarray) else 1)
    if grad is not None:
        many = isinstance(grad, np.ndarray)
        parts += _block(x, top + (4 if many else 2), width, grad, palette.GRADIENT,
                        f"d{name} = " if not many else f"d{name}:")
    told = ", ".join([TITLES[name]] + ([f"value {_all(value)}"] if reached else ["not reached yet"])
                     + ([f"gradient {_all(grad)}"] if grad is not None else []))
    return element("g", *parts, title=told)


def _block(x, top, width, value, colour, label):
    """A number, or the rows of a matrix in columns, with a label on the left."""
    if not isinstance(value, np.ndarray):
        return [text(x + width / 2, top, label + _n(value), fill=colour, size=13)]
    left = x + 30
    cell = (width - 40) / value.shape[1]
    parts = [text(x + 8, top, label, anchor="start", fill=colour, size=12)] if label else []
    for i, j in np.ndindex(value.shape):
        parts.append(text(left + cell * (j + 0.92), top + 18 * i, _n(value[i, j]), fill=colour, size=12, anchor="end"))
    return parts


def _arrow(name, x, reached, used, active, backward, values, state):
    """The edge from x to name: pale before its value flows, vermillion and reversed once a gradient has come back."""
    x1, y1 = PLACES[x][0] + PLACES[x][2], PLACES[x][1] + PLACES[x][3] / 2
    x2, y2 = PLACES[name][0], PLACES[name][1] + PLACES[name][3] / 2
    if (name, x) == ("z", "W"):
        y1, y2 = y1 - 34, y2 + 22
    if name == "L":
        y2 += -14 if x == "H" else 14
    now = active and (used or not backward)
    colour = palette.GRADIENT if used else palette.FORWARD if now else palette.DATA if reached else PALE
    width = 3.0 if now else 1.4
    ends = (x2, y2, x1, y1) if used else (x1, y1, x2, y2)
    arrow = line(*ends, stroke=colour, width=width, arrow=True)
    if not used:
        return arrow
    content = local_derivative(name, x, values, state)
    wide, at = 8 + 6.8 * len(content), 0.5
    mx, my = x1 + (x2 - x1) * at, y1 + (y2 - y1) * at
    if (name, x) == ("Q", "W"):         # two arrows pay W: say which was first
        arrow += text(mx, my + 24, "1st payment", size=11, fill=palette.GRADIENT)
    if (name, x) == ("z", "W"):
        arrow += text(mx - wide / 2 - 6, my + 4, "2nd payment", size=11, fill=palette.GRADIENT, anchor="end")
    return (arrow + rect(mx - wide / 2, my - 11, wide, 20, fill="#FFFFFF", stroke=colour if now else PALE, rx=3)
            + text(mx, my + 4, content, size=12, fill=palette.GRADIENT, bold=now))


def sentence(state, found):
    """What this step does, in words, with its numbers."""
    values, grads, at, _, payments = found
    now, label, lam = state["step"], state["label"], state["lam"]
    if now == 0:
        return "the leaves X and W are given, nothing is computed yet"
    if now <= len(FORWARD_STEPS):
        return "forward, " + {
            "z": lambda: f"the scores z = X W = {_row(values['z'][0])}",
            "H": lambda: f"the hinge loss H = {_margins(values['z'][0], label)} = {_n(values['H'])}",
            "Q": lambda: f"the sum of the six squared weights Q = {_n(values['Q'])}",
            "R": lambda: f"the penalty R = λ Q = {_n(lam)} · {_n(values['Q'])} = {_n(values['R'])}",
            "L": lambda: f"the loss L = H + R = {_n(values['H'])} + {_n(values['R'])} = {_n(values['L'])}"}[at]()
    if now == len(FORWARD_STEPS) + 1:
        return "backward begins, dL = 1: the derivative of L by itself"
    paid = payments[at]
    return "backward, " + {
        "L": lambda: f"the sum hands dL = 1 on to both inputs, each local derivative is 1: dH = {_n(grads['H'])}, dR = "
                     f"{_n(grads['R'])}",
        "R": lambda: f"the local derivative of R = λ Q is λ: dQ = dR · λ = 1 · {_n(lam)} = {_n(grads['Q'])}",
        "Q": lambda: f"each square has the local derivative 2W: W receives dQ · 2W = {_all(paid['W'])}, its first "
                     "payment",
        "H": lambda: f"each violated margin pays 1 to its class and −1 to class {label}: dz = {_row(grads['z'][0])}",
        "z": lambda: (f"the product hands on Xᵀ dz = {_all(paid['W'])} to W, its second payment, and both are added: "
                      f"dW = {_all(grads['W'])}; and dX = dz Wᵀ = {_all(grads['X'])}")}[at]()


def _margins(z, label):
    """The sum of the hinge loss with its numbers."""
    return " + ".join(f"max(0, {_n(z[k])} − {_bracket(z[label])} + 1)" for k in range(len(z)) if k != label)


def _bracket(value):
    return f"({_n(value)})" if value < 0 else _n(value)


def graph_readout(state, found):
    """The step, in words and numbers."""
    values, grads, *_ = found
    waiting = [name for name in PLACES if name not in values]
    rest = f" Not reached yet: {', '.join(waiting)}." if waiting else ""
    known = f" Gradients so far: {', '.join('d' + name for name in PLACES if name in grads)}." if grads else ""
    return f"Step {state['step']} of {LAST}: {sentence(state, found)}.{rest}{known}"


def graph_explorer():
    """Eleven steps: five forward, one to begin, five back."""
    return Explorer(
        alt="The graph of a hinge loss plus a penalty on the weights, with all numbers: values appear going forward, "
            "gradients "
            "going back, each arrow shows what it multiplies by. Move the step to walk.",
        picture=graph_picture, readout=graph_readout, compute=so_far,
        controls={"step": play(slider("Step", 9, 0, LAST, tooltip="0 to 5 forward, 6 to 11 backward"), interval=1500),
                  "label": choice("True class", [0, 1, 2], 0, tooltip="The label of the example"),
                  "lam": slider("Strength of the penalty, λ", 0.1, 0.0, 1.0, 0.05,
                                tooltip="How much large weights cost")},
        actions={"Back": lambda state: {"step": max(0, state["step"] - 1)},
                 "Next": lambda state: {"step": min(LAST, state["step"] + 1)}})


# ---- the ladder ----------------------------------------------------------------------------------------------

MOST = 60                       # rungs of the slider
PER_SECOND = 1e9                # paths that a fast program might walk
SHOWN = 5                       # rungs that are drawn


def paths(rungs, arrows):
    """The number of paths through the ladder."""
    return arrows ** rungs


def operations(rungs, arrows):
    """The number of backward multiplications: one for each arrow."""
    return arrows * rungs


def duration(seconds):
    """A time in words."""
    for unit, size in (("years", 31557600.0), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0),
                       ("seconds", 1.0)):
        if seconds >= size:
            return f"{_large(seconds / size)} {unit}"
    return "less than a second"


def _large(value):
    """1,234 in full, larger numbers in powers of ten."""
    return f"{value:,.0f}" if value < 1e10 else f"{value:.3g}".replace("e+", "e")


def ladder_picture(state):
    """The ladder itself, above the two counts on a logarithmic axis."""
    rungs, arrows = state["rungs"], state["arrows"]
    chart = Chart((0, MOST), (1, 1e37), width=720, height=320, top=110, log_y=True, x_label="rungs", y_label="count",
                  title="Paths explode, arrows do not")
    xs = range(1, MOST + 1)
    chart.line(xs, [paths(n, arrows) for n in xs], colour=palette.FOURTH, width=2.2, title="paths")
    chart.line(xs, [operations(n, arrows) for n in xs], colour=palette.GRADIENT, dash="6 4", width=2.2,
               title="backward operations")
    chart.rule(x=rungs, colour=palette.INK)
    chart.rule(y=PER_SECOND * 80 * 31557600, colour=palette.DATA, dash="2 4", label="paths walked in 80 years")
    chart.points([rungs], [paths(rungs, arrows)], colour=palette.FOURTH, radius=5.5)
    chart.points([rungs], [operations(rungs, arrows)], colour=palette.GRADIENT, radius=5.5, hollow=True)
    for i, (name, value, colour, dash) in enumerate((("paths", paths(rungs, arrows), palette.FOURTH, None),
                                                     ("operations", operations(rungs, arrows), palette.GRADIENT,
                                                      "6 4"))):
        left = 330 + 190 * i
        chart.parts += [line(left, 124, left + 28, 124, stroke=colour, width=2.2, dash=dash),
                        text(left + 34, 128, f"{name}: {_large(value)}", anchor="start", bold=True)]
    return drawing(720, 432, _ladder(rungs, arrows), str(chart),
                   title=f"{rungs} rungs of {arrows} arrows: {_large(paths(rungs, arrows))} paths, "
                         f"{operations(rungs, arrows)} operations")


def _ladder(rungs, arrows):
    """The first rungs and, if there are more, dots and the last one."""
    shown = rungs if rungs <= SHOWN else SHOWN - 1
    cut = rungs > SHOWN
    nodes = ["x"] + [f"y{k}" for k in range(1, shown + 1)] + (["…", f"y{rungs}"] if cut else [])
    step, y, parts = 100, 54, []
    for k, name in enumerate(nodes):
        x = 60 + step * k
        if name != "…":
            parts.append(rect(x - 22, y - 15, 44, 30, fill="#FFFFFF", stroke=palette.INK, stroke_width=1.4,
                              rx=4 if k == 0 else 14))
        parts.append(text(x, y + 5, name, bold=True))
        if k and name != "…" and nodes[k - 1] != "…":
            for i in range(arrows):
                bow = 22 * (i - (arrows - 1) / 2)
                start, end = x - step + 22, x - 23
                path = (f"M{number(start)} {number(y)}Q{number((start + end) / 2)} {number(y + 2 * bow)} "
                        f"{number(end - 7)} {number(y + bow * 0.12)}")
                parts += [element("path", d=path, fill="none", stroke=palette.DATA, stroke_width=1.6),
                          line(end - 9, y + bow * 0.2, end, y, stroke=palette.DATA, width=1.2, arrow=True)]
    return "".join(parts)


def ladder_readout(state):
    """Both counts, and how long it would take to walk all paths."""
    rungs, arrows = state["rungs"], state["arrows"]
    n, work = paths(rungs, arrows), operations(rungs, arrows)
    if arrows == 1:
        kind = "One arrow per rung: a chain, with a single path."
    else:
        kind = f"A program that walks a billion paths per second would take {duration(n / PER_SECOND)}."
    return (f"{rungs} {'rung' if rungs == 1 else 'rungs'} with {arrows} {'arrow' if arrows == 1 else 'arrows'} each: "
            f"{arrows}^{rungs} = {_large(n)} "
            f"{'path' if n == 1 else 'paths'}; {arrows} · {rungs} = {work} backward operations. {kind}")


def ladder_explorer():
    """How many paths, how many backward operations?"""
    return Explorer(
        alt="A ladder graph, and below it the number of its paths and of its backward operations against the number of "
            "rungs, on a "
            "logarithmic axis: a steep straight line and a nearly flat one. Move the number of rungs.",
        picture=ladder_picture, readout=ladder_readout,
        controls={"rungs": slider("Rungs", 20, 1, MOST, tooltip="How many times the graph branches and merges"),
                  "arrows": choice("Arrows per rung", [1, 2, 3, 4], 3,
                                   tooltip="How often each rung uses the one below")})


EXPLORERS = {"graph": graph_explorer, "ladder": ladder_explorer}
