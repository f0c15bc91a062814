"""Explorers of lesson 01: one neuron on its loss surface, and gradient descent on a parabola."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, line, text
from course_lib.rules.functions import sigmoid
from course_lib.studies.descents import loss_and_slope, zeros_and_ones
from course_lib.widgets.base import Explorer, slider

# ---- one neuron ----------------------------------------------------------------------------------------------

W_RANGE, B_RANGE = (-5.0, 20.0), (-15.0, 5.0)
CELLS = 64                          # the map is a grid of CELLS × CELLS losses
NEAR = 0.051                        # a slider shows the point rounded to a tenth
LEARNING_RATES = (1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 300, 500, 1000)


def place(state):
    """The neuron's (w, b), and the path that led there (empty if a slider was moved since).

    A step may leave the map, where the sliders end: the path keeps the true numbers.
    """
    path = state["path"]
    if path:
        w, b = path[-1]
        shown = np.clip(w, *W_RANGE), np.clip(b, *B_RANGE)
        if abs(shown[0] - state["w"]) < NEAR and abs(shown[1] - state["b"]) < NEAR:
            return w, b, path
    return state["w"], state["b"], ()


def step_downhill(state, steps=1):
    """The state after one step, or several, against the slope."""
    w, b, path = place(state)
    path = path or ((w, b),)
    for _ in range(steps):
        _, dw, db = loss_and_slope(w, b)
        w, b = float(w - state["lr"] * dw), float(b - state["lr"] * db)
        path = (*path, (w, b))
    return {"path": path[-101:], "w": float(np.clip(w, *W_RANGE)), "b": float(np.clip(b, *B_RANGE))}


class Neuron(NamedTuple):
    """A neuron at its place: w, b, the path that led there, the loss and its slopes."""

    w: float
    b: float
    path: tuple
    loss: float
    dw: float
    db: float


def neuron(state):
    """The neuron that the state describes."""
    w, b, path = place(state)
    return Neuron(w, b, path, *loss_and_slope(w, b))


def neuron_picture(state, found):
    w, b, path, _, dw, db = found
    xs = np.linspace(0, 1, 101)
    left = Chart((0, 1), (-0.08, 1.08), width=330, height=330, title="What the neuron answers",
                 x_label="x, ink in the middle", y_label="y, between zero and one")
    left.parts.append(_data_points(left))
    left.line(xs, sigmoid(w * xs + b)[0], colour=palette.FORWARD, title="y = s(wx + b)")
    chart = _map()
    chart.parts = list(chart.parts)
    steps = [(chart.x(a), chart.y(c)) for a, c in path]
    for start, end in zip(steps, steps[1:]):
        chart.parts += [_inside(chart, start, end, palette.INK, 3.4), _inside(chart, start, end, "#FFFFFF", 1.8)]
    here = chart.x(w), chart.y(b)
    there = chart.x(w - state["lr"] * dw), chart.y(b - state["lr"] * db)
    chart.parts.append(_inside(chart, here, there, palette.GRADIENT, 2.4, arrow=True, title="the next step"))
    if W_RANGE[0] <= w <= W_RANGE[1] and B_RANGE[0] <= b <= B_RANGE[1]:
        chart.points([w], [b], colour=palette.PARAMETER, radius=4.5, titles=[f"w = {w:.2f}, b = {b:.2f}"], hollow=True)
    else:
        chart.note(W_RANGE[0] + 0.6, B_RANGE[0] + 0.6, "the neuron has left the map", colour="#FFFFFF")
    return drawing(760, 360, str(left), str(chart),
                   text(730, 350, "dark: small loss, bright: large loss. Circle: the neuron, arrow: its next step, "
                                  "white line: its path",
                        size=12, anchor="end", fill=palette.DATA),
                   title="One neuron and its loss surface")


def neuron_readout(state, found):
    w, b, path, loss, dw, db = found
    words = (f"w = {w:.2f}, b = {b:.2f}, loss = {loss:.4f}. Slope: ∂L/∂w = {dw:.5f}, ∂L/∂b = {db:.5f}. "
             f"The next step with learning rate {state['lr']:g} changes w by {-state['lr'] * dw:+.3f} "
             f"and b by {-state['lr'] * db:+.3f}.")
    if len(path) > 1:
        before = loss_and_slope(*path[-2])[0]
        moved = "raised the loss: too long a step" if loss > before else "lowered the loss"
        words += f" The last of {len(path) - 1} steps {moved} (from {before:.4f} to {loss:.4f})."
    return words


def neuron_explorer():
    """One neuron with sliders for w, b and the learning rate, beside its loss surface; buttons walk downhill."""
    return Explorer(
        alt="Left: the answers of one neuron to the ink in the middle of zeros and ones. Right: its loss for every "
            "w and b. Move w and b by hand, then press Step downhill; a learning rate of 100 leaps about.",
        picture=neuron_picture, readout=neuron_readout, compute=neuron, memory={"path": ()},
        controls={
            "w": slider("Weight w", 0.0, *W_RANGE, 0.1, tooltip="how steeply the answer rises with the ink"),
            "b": slider("Bias b", 0.0, *B_RANGE, 0.1, tooltip="where the answer passes one half: at x = −b/w"),
            "lr": slider("Learning rate", 15, 1, 1000, options=LEARNING_RATES,
                         tooltip="length of a step where the slope is 1"),
        },
        actions={"Step downhill": step_downhill, "10 steps downhill": lambda state: step_downhill(state, 10)})


@cache
def _map_parts():
    """The loss surface: always the same, so drawn once. Bands, like the contour lines of a map."""
    ws = np.linspace(*W_RANGE, CELLS + 1)
    bs = np.linspace(*B_RANGE, CELLS + 1)
    ws, bs = (ws[1:] + ws[:-1]) / 2, (bs[1:] + bs[:-1]) / 2
    x, t = zeros_and_ones()
    y = sigmoid(ws[np.newaxis, :, np.newaxis] * x + bs[:, np.newaxis, np.newaxis])[0]
    losses = ((y - t) ** 2).mean(axis=2)
    level = np.sqrt(losses / losses.max())                      # the root shows the flat bottom of the valley
    chart = Chart(W_RANGE, B_RANGE, width=400, height=330, left=346, title="Loss for every w and b",
                  x_label="weight w", y_label="bias b")
    chart.heat(np.floor(16 * level) / 16, title=f"loss from {losses.min():.3f} to {losses.max():.3f}")
    return tuple(chart.parts)


def _map():
    chart = Chart(W_RANGE, B_RANGE, width=400, height=330, left=346, ticks=False)
    chart.parts = list(_map_parts())
    return chart


def _data_points(chart):
    return _point_parts(chart.box, chart.x_range, chart.y_range)


@cache
def _point_parts(box, x_range, y_range):
    """The examples as circles, as large as they are many: zeros at the bottom, ones on top."""
    chart = Chart(x_range, y_range)
    chart.box, chart.parts = box, []
    x, t = zeros_and_ones()
    for value in (0, 1):
        inks, counts = np.unique(x[t == value], return_counts=True)
        name = ("zeros", "ones")[value]
        for ink, count in zip(inks, counts):
            chart.points([ink], [value], colour=palette.DATA, radius=2 + math.sqrt(count) / 1.5, hollow=True,
                         titles=[f"{count} {name} with ink {ink:.2f}"])
    chart.note(0.99, -0.06, "real zeros: t = 0", colour=palette.DATA, anchor="end")
    chart.note(0.01, 1.04, "real ones: t = 1", colour=palette.DATA)
    return "".join(chart.parts)


def _inside(chart, start, end, colour, width, arrow=False, title=None):
    """A line from start to end in pixels, cut off where it leaves the frame."""
    cut = _clip(start, end, chart.box)
    if cut is None:
        return ""
    (x1, y1), (x2, y2), whole = cut
    return line(x1, y1, x2, y2, stroke=colour, width=width, arrow=arrow and whole, title=title)


def _clip(start, end, box):
    """Liang and Barsky's clipping: the part of the line inside the box and whether its end is, or None."""
    (x0, y0), (x1, y1) = start, end
    left, top, width, height = box
    enter, leave = 0.0, 1.0
    for delta, low, high in ((x1 - x0, left - x0, left + width - x0), (y1 - y0, top - y0, top + height - y0)):
        if abs(delta) < 1e-12:
            if low > 0 or high < 0:
                return None
            continue
        a, b = sorted((low / delta, high / delta))
        enter, leave = max(enter, a), min(leave, b)
    if enter > leave:
        return None
    return ((x0 + enter * (x1 - x0), y0 + enter * (y1 - y0)), (x0 + leave * (x1 - x0), y0 + leave * (y1 - y0)),
            leave >= 1.0)


# ---- the parabola --------------------------------------------------------------------------------------------

START, STEPS = 1.0, 30


def regime(product):
    """What gradient descent does on a parabola, by the product of learning rate and curvature."""
    if abs(product - 1) < 1e-9:
        return "it arrives in one step"
    if abs(product - 2) < 1e-9:
        return "it jumps to and fro for ever, exactly on the threshold"
    if product > 2:
        return "diverging: every step is longer than the one before"
    if product > 1:
        return "oscillating: it changes sides at every step, and still converges"
    return "crawling: in the right direction, in tiny steps" if product < 0.1 else "converging, from one side"


def walk(lr, curvature, steps=STEPS, start=START):
    """The points w₀, w₁, … of gradient descent on L(w) = λ w² / 2."""
    return start * (1 - lr * curvature) ** np.arange(steps + 1)


def parabola_picture(state, ws):
    lr, curvature = state["lr"], state["curvature"]
    wide, high = 1.6, 3.2
    left = Chart((-wide, wide), (0, high), width=370, height=320, title="Steps on the parabola", x_label="w",
                 y_label="L(w) = λ w² / 2")
    grid = np.linspace(-wide, wide, 241)
    left.line(grid, curvature * grid ** 2 / 2, colour=palette.FORWARD)
    points = [(left.x(w), left.y(curvature * w * w / 2)) for w in ws[:13] if abs(w) < 1e3]
    for start, end in zip(points, points[1:]):
        left.parts.append(_inside(left, start, end, palette.GRADIENT, 1.5))
    seen = [w for w in ws[:13] if abs(w) <= wide and curvature * w * w / 2 <= high]
    left.points(seen, [curvature * w * w / 2 for w in seen], colour=palette.PARAMETER,
                titles=[f"w = {w:.4g}" for w in seen])
    right = Chart((0, STEPS), (1e-6, 1e4), width=370, height=320, left=380, title="Distance from the bottom",
                  log_y=True,
                  x_label="step", y_label="|w|")
    right.rule(y=1.0, label="start")
    kept = [(k, abs(w)) for k, w in enumerate(ws) if 1e-6 <= abs(w) <= 1e4]
    right.line([k for k, _ in kept], [w for _, w in kept], colour=palette.PARAMETER, width=1.2)
    right.points([k for k, _ in kept], [w for _, w in kept], colour=palette.PARAMETER, radius=2.5)
    name = regime(lr * curvature).split(":")[0]
    return drawing(760, 340, str(left), str(right),
                   text(380, 334, f"lr · λ = {lr * curvature:.3g}: {name}", size=13, bold=True),
                   title="Gradient descent on a parabola")


def parabola_readout(state, ws):
    lr, curvature = state["lr"], state["curvature"]
    factor = 1 - lr * curvature
    return (f"Learning rate {lr:.2f}, curvature λ = {curvature:.1f}, so lr · λ = {lr * curvature:.3g}: "
            f"{regime(lr * curvature)}. "
             f"Every step multiplies w by 1 − lr · λ = {factor:.3g}: from 1 to {_plain(ws[1])}, {_plain(ws[2])}, "
             f"{_plain(ws[3])}; after {STEPS} steps {_plain(ws[-1])}. The largest stable learning rate is 2/λ = "
             f"{2 / curvature:.3g}.")


def _plain(value):
    return "0" if abs(value) < 1e-12 else f"{value:.3g}"


def parabola_explorer():
    """Gradient descent on a parabola: the learning rate decides between four regimes."""
    return Explorer(
        alt="Left: gradient descent as points on a parabola. Right: the distance from the bottom after each step. "
            "Move the learning rate past 2/λ, and the distance grows instead of shrinking.",
        picture=parabola_picture, readout=parabola_readout, compute=lambda state: walk(state["lr"], state["curvature"]),
        controls={
            "lr": slider("Learning rate", 0.3, 0.01, 1.5, 0.01, tooltip="length of a step for slope 1"),
            "curvature": slider("Curvature λ", 2.0, 0.5, 4.0, 0.1,
                                tooltip="how fast the slope changes: the second derivative"),
        })


EXPLORERS = {"neuron": neuron_explorer, "parabola": parabola_explorer}
