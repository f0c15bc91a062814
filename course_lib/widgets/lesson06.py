"""Explorers of lesson 06: a race of optimizers, the start of Adam, and the two conditions of a line search."""

import math
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.contours import contours
from course_lib.page.drawing.svg import Chart, circle, drawing, element, line, number, rect, text
from course_lib.studies.digit_networks import loss_along_a_line
from course_lib.studies.surfaces import NAMES, STEPS, SURFACES, race, rate
from course_lib.widgets.base import Explorer, choice, play, slider, ticks, toggle

# ---- the race ------------------------------------------------------------------------------------------------

EVERY = 4                               # the slider moves by so many steps
SIDE = 2.0                              # the map shows −SIDE to SIDE in both directions


LOOKS = dict(zip(NAMES, (   # colour, dash; the number at the end of each path tells them apart too
    (palette.FORWARD, None), (palette.GRADIENT, "7 3"), (palette.PARAMETER, "2 2.5"), (palette.FOURTH, None),
                         (palette.FIFTH, "7 3"),
    (palette.DATA, "2 2.5"), ("#56B4E9", None), (palette.INK, "9 3 2 3"))))


MAP = dict(width=470, height=446)       # a square of 396 by 368, in one drawing with the chart of the losses
_frame = Chart((-SIDE, SIDE), (-SIDE, SIDE), x_label="x", y_label="y", **MAP)


@cache
def _background(surface):
    """Contour lines of a surface, from dark (low) to light (high), and a cross on each minimum."""
    function, _, minima = SURFACES[surface]
    axis = np.linspace(-SIDE, SIDE, 61)
    step = axis[1] - axis[0]
    values = np.array([[function(x, y)[0] for x in axis.tolist()] for y in axis.tolist()])
    low, high = values.min(), values.max()
    # Equal steps in the cube root: narrow valleys get lines as well as the slopes above them.
    levels = (low + (np.linspace(0.06, 0.97, 13) ** 3) * (high - low) if surface == "valley"
              else np.linspace(low, high, 14)[1:-1])
    parts = []
    for k, level in enumerate(levels):
        paths = []
        for points in contours(values, level):
            pixels = [f"{number(_frame.x(axis[0] + column * step))},{number(_frame.y(axis[0] + row * step))}"
                      for column, row in points]
            paths.append("M" + "L".join(pixels))
        parts.append(element("path", d="".join(paths) or "M0,0", fill="none", stroke_width=1.0,
                             stroke=palette.sequential(0.25 + 0.6 * k / len(levels)), opacity="0.55"))
    for x, y in minima:
        u, v = _frame.x(x), _frame.y(y)
        parts.append(element("path", d=f"M{number(u - 6)},{number(v)}h12M{number(u)},{number(v - 6)}v12",
                             stroke=palette.INK,
                             stroke_width=2, title=f"a minimum at ({x}, {y})"))
    return "".join(parts)


# runs: the step slider moves along them, and only picks how much of each is shown
@lru_cache(maxsize=64)
def runner(surface, x, y, name, lr):
    """``race``, and the path and the losses in pixels."""
    points, losses = race(surface, x, y, name, lr)
    return points, losses, *_traces(surface, x, y, points, losses)


def _traces(surface, x, y, points, losses):
    """The path and the losses in pixels: a list of "x,y" for each, None where they leave the frame."""
    chart = _losses_chart(surface, x, y)
    low, high = chart.y_range
    path = [f"{number(_frame.x(a))},{number(_frame.y(b))}" if max(abs(a), abs(b)) <= SIDE * 1.001 else None for a,
            b in points]
    curve = [f"{number(chart.x(i))},{number(chart.y(min(max(value, low), high)))}" for i, value in enumerate(losses)]
    return path, curve


def _losses_chart(surface, x, y):
    top = 10.0 ** math.ceil(math.log10(max(SURFACES[surface][0](x, y)[0], 0.1)) + 0.3)
    low = 1e-2 if surface == "many basins" else 1e-6
    return Chart((0, STEPS), (low, top), width=440, height=300, left=474, title="Height above the lowest point",
                 x_label="step",
                 y_label="loss", log_y=True)


def _polyline(pixels, colour, dash, title):
    """A line through pixels already written out; None breaks it."""
    runs, run = [], []
    for pixel in [*pixels, None]:
        if pixel is not None:
            run.append(pixel)
        elif run:
            runs.append(run)
            run = []
    return "".join(element("polyline", points=" ".join(run), fill="none", stroke=colour, stroke_width=2,
                           stroke_dasharray=dash,
                           stroke_linejoin="round", title=title) for run in runs if len(run) > 1)


def runners(state):
    """``{name: runner}`` of those that are ticked."""
    return {name: runner(state["surface"], state["x"], state["y"], name, own_rate(state, name)) for name in NAMES
            if name in state["runners"]}


def own_rate(state, name):
    """The learning rate of a rule: its best one on this surface, or, where the slider is for it or for all, that of
    the slider."""
    return state["lr"] if state["rates"] in ("all", name) else rate(state["surface"], name)


def race_picture(state, found):
    """The surface with the paths so far; beside it the losses and the legend."""
    surface, x, y, step = state["surface"], state["x"], state["y"], state["step"]
    chart = _losses_chart(surface, x, y)
    map_parts, loss_parts, heads, legend = [], [], [], []
    for k, name in enumerate(NAMES):
        if name not in found:
            continue
        colour, dash = LOOKS[name]
        *_, path, curve = found[name]
        map_parts.append(_polyline(path[:step + 1], colour, dash, name))
        loss_parts.append(_polyline(curve[:step + 1], colour, dash, name))
        if step < len(path) and path[step]:
            u, v = map(float, path[step].split(","))
            heads += [circle(u, v, 7.5, fill="#FFFFFF", stroke=colour, stroke_width=2, title=f"{name}, step {step}"),
                      text(u, v + 4, k + 1, size=11, bold=True)]
        column, row = len(legend) % 2, len(legend) // 2
        left, top = 536 + 190 * column, 322 + 30 * row
        legend.append(line(left, top, left + 34, top, stroke=colour, width=2.4, dash=dash)
                      + circle(left + 17, top, 8, fill="#FFFFFF", stroke=colour, stroke_width=2)
                      + text(left + 17, top + 4, k + 1, size=11, bold=True)
                      + text(left + 42, top + 4, f"{name}, lr {own_rate(state, name):.3g}", anchor="start", size=12))
    start = circle(_frame.x(x), _frame.y(y), 4.5, fill=palette.INK, title=f"start ({x:.1f}, {y:.1f})")
    left, top, width, height = _frame.box
    title = text(58, 17, f"The {surface} from above" if surface != "many basins" else "Many basins from above",
                 anchor="start",
                 size=13, bold=True)
    chart_svg = str(chart)
    return drawing(914, 450, rect(left, top, width, height, stroke=palette.FAINT), _background(surface), str(_frame),
                   title,
                   *map_parts, start, *heads, chart_svg, *loss_parts, *legend,
                   title=f"race on the {surface} at step {step}: paths seen from above, and losses against steps")


def race_readout(state, found):
    """Step, and the loss of every runner, the lowest first."""
    surface, x, y, step = state["surface"], state["x"], state["y"], state["step"]
    heights = [(losses[step] if step < len(losses) else math.inf, name, points[min(step, len(points) - 1)])
               for name, (points, losses, *_) in found.items()]
    heights.sort(key=lambda item: item[0])
    shown = "; ".join(f"{name} {value:.3g} at ({a:.2f}, {b:.2f})" if math.isfinite(value) else f"{name} has run away"
                      for value, name, (a, b) in heights)
    height = SURFACES[surface][0](x, y)[0]
    return (f"Surface: {surface}. Rates: {_rates(state)}. Start ({x:.1f}, {y:.1f}), height {height:.3g}. "
            f"Step {step} of {STEPS}. "
            + (f"Heights, lowest first: {shown}." if found else "No optimizer is ticked."))


def _rates(state):
    """Whose rates they are, in words."""
    if state["rates"] == "all":
        return f"the same for all, {state['lr']:.3g}"
    return "each its best" + (f", but {state['rates']} {state['lr']:.3g}" if state["rates"] != "best" else "")


def moved(right, up):
    """An action that moves the start by so many tenths, within the map."""
    def move(state):
        x, y = (min(max(round(state[k] + by / 10, 1), -SIDE), SIDE) for k, by in (("x", right), ("y", up)))
        return {"x": x, "y": y}
    return move


def suggested_start(state):
    """The surface's own start."""
    x, y = SURFACES[state["surface"]][1]
    return {"x": x, "y": y}


def race_explorer():
    """Eight optimizers on four surfaces, from any start and with any rates, played step by step."""
    return Explorer(
        alt="A surface seen from above with the paths of several optimizers, beside it their losses against the step. "
            "Choose the surface, the optimizers and whose learning rate the slider sets, move the start with the "
            "buttons, play the steps.",
        picture=race_picture, readout=race_readout, compute=runners,
        controls={"surface": choice("Surface", list(SURFACES), "valley", tooltip="The function that is minimised"),
                  "runners": ticks("Optimizers", NAMES, ("descent", "momentum", "RMSprop", "Adam"),
                                   tooltip="Let it run"),
                  "rates": choice("The slider's rate is for", [("nobody: each its best", "best"),
                                                               ("all: the same", "all"),
                                                               *((name, name) for name in NAMES)], "best",
                                  tooltip="All others have their best rate"),
                  "lr": slider("Learning rate", 0.1, -4, 2, 0.1, log=True, tooltip="The rate to try"),
                  "step": play(slider("Step", 60, 0, STEPS, EVERY, tooltip="How many steps are shown"), interval=120)},
        memory=dict(zip("xy", SURFACES["valley"][1])),
        actions={"Start left": moved(-1, 0), "Start right": moved(1, 0), "Start down": moved(0, -1),
                 "Start up": moved(0, 1), "The surface's own start": suggested_start})


# ---- the start of Adam ---------------------------------------------------------------------------------------

LAST = 10_000                           # steps
_steps = np.unique(np.round(np.geomspace(1, LAST, 240)).astype(int))


def first_steps(beta1, beta2, t):
    """The step's length over lr at step t for a constant gradient: corrected, nothing corrected, only v corrected."""
    m, v = 1 - beta1 ** t, 1 - beta2 ** t
    return 1.0, m / math.sqrt(v), m


def all_first_steps(state):
    """``first_steps`` for each of ``_steps``, (240, 3), and at the present one."""
    beta1, beta2 = state["beta1"], state["beta2"]
    return np.array([first_steps(beta1, beta2, int(t)) for t in _steps]), first_steps(beta1, beta2, state["t"])


def bias_picture(state, found):
    """Length of the step against its number."""
    beta1, beta2, now = state["beta1"], state["beta2"], state["t"]
    lengths, present = found
    chart = Chart((1, LAST), (0.0, 10.0), width=720, height=340, log_x=True, x_label="step t",
                  y_label="length of the step / lr",
                  title="The gradient is the same at every step")
    series = ((0, "both corrected", palette.FORWARD, None), (1, "nothing corrected", palette.GRADIENT, "7 3"),
              (2, "only v corrected", palette.PARAMETER, "2 2.5"))
    chart.rule(x=now, colour=palette.INK)
    for k, (i, name, colour, dash) in enumerate(series):
        if i == 2 and not state["half"]:
            continue
        chart.line(_steps, lengths[:, i], colour=colour, dash=dash, width=2.2, title=name)
        chart.points([now], [present[i]], colour=colour, radius=5.5, hollow=i == 2)
        left = 480
        chart.parts += [line(left, 44 + 18 * k, left + 30, 44 + 18 * k, stroke=colour, width=2.2, dash=dash),
                        text(left + 37, 48 + 18 * k, name, anchor="start", fill=colour, bold=True)]
    return drawing(720, 340, str(chart), title=f"Adam's first steps with beta1 {beta1}, beta2 {beta2}, at step {now}")


def bias_readout(state, found):
    """The three lengths at the present step, and the largest of the uncorrected ones."""
    beta1, beta2, now = state["beta1"], state["beta2"], state["t"]
    lengths, (_, none, half) = found
    top = int(lengths[:, 1].argmax())
    largest = lengths[top, 1]
    return (f"β₁ = {beta1:g}, β₂ = {beta2:g}, step {now}: length over lr with both corrections 1, without any "
            f"{none:.3g}"
            + (f", with v corrected only {half:.3g}" if state["half"] else "")
            + f". Without correction the longest step is {largest:.3g} lr, near step {int(_steps[top])}.")


def bias_explorer():
    """How long are Adam's first steps with and without bias correction?"""
    return Explorer(
        alt="The length of Adam's step over the learning rate against the number of the step, for a constant gradient: "
            "a flat line "
            "with bias correction, a hump without. Move beta 2.",
        picture=bias_picture, readout=bias_readout, compute=all_first_steps,
        controls={"beta1": slider("β₁, memory of m", 0.9, 0, 0, options=[0.0, 0.5, 0.8, 0.9, 0.95, 0.99],
                                  tooltip="Weight of the old m"),
                  "beta2": slider("β₂, memory of v", 0.999, 0, 0, options=[0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999],
                                  tooltip="Weight of the old v"),
                  "t": slider("Step t", 1, 0, 0, options=[1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000,
                                                          10000],
                              tooltip="The step whose numbers are read out"),
                  "half": toggle("Show: only v corrected", False, tooltip="Leave m uncorrected")})


# ---- the strong Wolfe conditions -----------------------------------------------------------------------------

FAR = 4.0                               # the longest step that is shown


@cache
def _cut():
    """The cut through a loss that the picture shows: steps, values and slopes, and the function itself."""
    steps, loss = np.linspace(0, FAR, 161), loss_along_a_line()
    return steps, *map(np.array, zip(*(loss(float(a)) for a in steps))), loss


class Wolfe(NamedTuple):
    """A step along the line: value and slope at its start and at its end; do the two conditions (6.19) hold there?"""

    start: float
    slope0: float
    value: float
    slope: float
    enough: bool
    flat: bool


def wolfe(state):
    """The step that the state describes."""
    a, c1, c2 = state["a"], state["c1"], state["c2"]
    _, values, slopes, loss = _cut()
    start, slope0, (value, slope) = values[0], slopes[0], loss(a)
    return Wolfe(start, slope0, value, slope, value <= start + c1 * a * slope0, abs(slope) <= c2 * abs(slope0))


def _runs(steps, holds):
    """The intervals on which a condition holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(int), [0]])))
    return [(steps[i], steps[j - 1]) for i, j in zip(edges[::2], edges[1::2])]


def wolfe_picture(state, found):
    """The cut, the line that must be undercut, the slope at the present step, and where each condition holds."""
    a, c1, c2 = state["a"], state["c1"], state["c2"]
    steps, values, slopes, _ = _cut()
    _, _, value, slope, enough, flat = found
    low, high = float(values.min()) - 0.2, float(values.max()) + 0.1
    chart = Chart((0, FAR), (low, high), width=720, height=380, x_label="step length a", y_label="loss (nats)",
                  title="One line through the loss of a network on digits")
    chart.line(steps, values, colour=palette.FORWARD, width=2.4, title="the loss along the line")
    chart.line(steps, values[0] + c1 * steps * slopes[0], colour=palette.GRADIENT, dash="7 3",
               title="the line that must be undercut")
    reach = np.array([max(a - 0.35, 0.0), min(a + 0.35, FAR)])
    chart.line(reach, value + slope * (reach - a), colour=palette.INK, width=1.6, title=f"slope {slope:.3f}")
    chart.points([a], [value], colour=palette.INK, radius=6, hollow=not (enough and flat))
    for k, (name, holds, colour) in enumerate((("here it falls enough", values <= values[0] + c1 * steps * slopes[0],
                                                palette.GRADIENT),
                                               ("here it is flat enough", np.abs(slopes) <= c2 * abs(slopes[0]),
                                                palette.PARAMETER))):
        top = chart.box[1] + chart.box[3] - 46 + 26 * k
        for first, last in _runs(steps, holds):
            chart.parts.append(rect(chart.x(first), top, max(chart.x(last) - chart.x(first), 2), 9, fill=colour,
                                    title=name))
        chart.parts.append(text(chart.box[0] + 5, top - 4, name, anchor="start", fill=colour, bold=True))
    return drawing(720, 380, str(chart), title=f"a line search at step length {a:.2f}: "
                   f"{'both conditions hold' if enough and flat else 'a condition fails'}")


def wolfe_readout(state, found):
    """Value, bound, slopes, and which condition holds."""
    a, c1, c2 = state["a"], state["c1"], state["c2"]
    start, slope0, value, slope, enough, flat = found
    return (f"a = {a:.2f}: loss {value:.4f}, bound {start + c1 * a * slope0:.4f}: "
            f"{'falls enough' if enough else 'too high'}. "
            f"Slope {slope:.4f}, allowed size {c2 * abs(slope0):.4f}: {'flat enough' if flat else 'too steep'}. "
            f"{'The search would stop here.' if enough and flat else 'The search goes on.'}")


def wolfe_explorer():
    """Which steps along a line are good enough?"""
    return Explorer(
        alt="The loss of a network along a line, the sloping line that it must undercut, and two bars that show where "
            "it falls enough "
            "and where it is flat enough. Move the step length.",
        picture=wolfe_picture, readout=wolfe_readout, compute=wolfe,
        controls={"a": slider("Step length a", 0.4, 0.0, FAR, 0.05, tooltip="How far along the line"),
                  "c1": slider("c₁, how much to fall", 0.1, 0.0, 0.9, 0.05,
                               tooltip="Share of the first slope that must be achieved"),
                  "c2": slider("c₂, how flat", 0.5, 0.05, 1.0, 0.05,
                               tooltip="Share of the first slope that may remain")})


EXPLORERS = {"race": race_explorer, "bias": bias_explorer, "wolfe": wolfe_explorer}
