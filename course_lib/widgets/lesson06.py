"""Explorers of lesson 06: a race of optimizers, the start of Adam, and the two conditions of a line search."""

import math
from functools import cache, lru_cache

import numpy as np

from course_lib.data import load_digits
from course_lib.graph import Parameter
from course_lib.layers import Dense, Sequential, Tanh
from course_lib.optim.first_order import SGD, AdaDelta, AdaGrad, Adam, RMSprop, Sophia
from course_lib.optim.full_batch import full_batch
from course_lib.page.drawing import palette
from course_lib.page.drawing.contours import contours
from course_lib.page.drawing.svg import Chart, circle, drawing, element, line, number, rect, text
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.widgets.base import Explorer, choice, play, slider, ticks, toggle

# ---- the race ------------------------------------------------------------------------------------------------

STEPS, EVERY = 240, 4                   # steps that are run; the slider moves by EVERY
SIDE = 2.0                              # the map shows −SIDE to SIDE in both directions
NAMES = ("descent", "momentum", "Nesterov", "AdaGrad", "RMSprop", "AdaDelta", "Adam", "Sophia")


def _valley(x, y):
    u = y - x * x
    return (1 - x) ** 2 + 10 * u * u, (-2 * (1 - x) - 40 * x * u, 20 * u), (2 - 40 * u + 80 * x * x, 20.0)


def _saddle(x, y):
    return 0.5 * x * x - 0.5 * y * y + 0.25 * y ** 4 + 0.25, (x, y ** 3 - y), (1.0, 3 * y * y - 1)


def _plateau(x, y):
    e = math.exp(-1.5 * (x * x + y * y))
    return 1 - e, (3 * x * e, 3 * y * e), (3 * e * (1 - 3 * x * x), 3 * e * (1 - 3 * y * y))


def _basins(x, y):
    value = 0.3 * (x * x + y * y) + 0.4 * (2 - math.cos(5 * x) - math.cos(5 * y))
    return (value, (0.6 * x + 2 * math.sin(5 * x), 0.6 * y + 2 * math.sin(5 * y)),
            (0.6 + 10 * math.cos(5 * x), 0.6 + 10 * math.cos(5 * y)))


# name: function (value, gradient, diagonal of the Hessian), suggested start, minima, learning rates in the order of NAMES
SURFACES = {
    "valley": (_valley, (-1.5, 1.0), ((1, 1),), (0.005, 0.005, 0.005, 0.5, 0.05, 10.0, 0.3, 0.2)),
    "saddle": (_saddle, (1.5, 0.1), ((0, -1), (0, 1)), (0.1, 0.1, 0.1, 0.3, 0.02, 5.0, 0.1, 0.1)),
    "plateau": (_plateau, (1.7, -1.2), ((0, 0),), (0.3, 0.3, 0.3, 0.2, 0.02, 2.0, 0.05, 0.05)),
    "many basins": (_basins, (1.7, -1.4), ((0, 0),), (0.03, 0.03, 0.03, 0.3, 0.02, 5.0, 0.1, 0.1)),
}
MAKERS = {
    "descent": SGD, "momentum": lambda p, lr: SGD(p, lr=lr, momentum=0.9),
    "Nesterov": lambda p, lr: SGD(p, lr=lr, momentum=0.9, nesterov=True), "AdaGrad": AdaGrad, "RMSprop": RMSprop,
    "AdaDelta": AdaDelta, "Adam": Adam,
    "Sophia": lambda p, lr: Sophia(p, lr=lr, betas=(0.9, 0.9), gamma=0.1, weight_decay=0.0),
}
LOOKS = dict(zip(NAMES, (   # colour, dash; the number at the end of each path tells them apart too
    (palette.FORWARD, None), (palette.GRADIENT, "7 3"), (palette.PARAMETER, "2 2.5"), (palette.FOURTH, None), (palette.FIFTH, "7 3"),
    (palette.DATA, "2 2.5"), ("#56B4E9", None), (palette.INK, "9 3 2 3"))))


def rate(surface, name):
    """The learning rate with which an optimizer runs on a surface."""
    return SURFACES[surface][3][NAMES.index(name)]


@lru_cache(maxsize=4096)
def race(surface, x, y, name):
    """The path of the library's own optimizer: STEPS + 1 points (x, y) and their losses."""
    function = SURFACES[surface][0]
    p = Parameter(np.array([x, y]))
    optimizer = MAKERS[name]([p], lr=rate(surface, name))
    points, losses = [], []
    for _ in range(STEPS + 1):
        a, b = p.data.tolist()
        if not abs(a) + abs(b) < 1e3:                   # it has run away: nothing to see any more
            break
        value, gradient, diagonal = function(a, b)
        points.append((a, b))
        losses.append(value)
        p.grad = np.array(gradient)
        if name == "Sophia":
            optimizer.update_curvature([np.array(diagonal)])
        optimizer.step()
    return points, losses


MAP = dict(width=470, height=446)       # a square of 396 by 368, in one drawing with the chart of the losses
_frame = Chart((-SIDE, SIDE), (-SIDE, SIDE), x_label="x", y_label="y", **MAP)


@cache
def _background(surface):
    """Contour lines of a surface, from dark (low) to light (high), and a cross on each minimum."""
    function, _, minima, _ = SURFACES[surface]
    axis = np.linspace(-SIDE, SIDE, 61)
    values = np.array([[function(x, y)[0] for x in axis.tolist()] for y in axis.tolist()])
    low, high = values.min(), values.max()
    # Equal steps in the cube root: narrow valleys get lines as well as the slopes above them.
    levels = low + (np.linspace(0.06, 0.97, 13) ** 3) * (high - low) if surface == "valley" else np.linspace(low, high, 14)[1:-1]
    parts = []
    for k, level in enumerate(levels):
        paths = []
        for points in contours(values, level):
            pixels = [f"{number(_frame.x(axis[0] + column * (axis[1] - axis[0])))},{number(_frame.y(axis[0] + row * (axis[1] - axis[0])))}"
                      for column, row in points]
            paths.append("M" + "L".join(pixels))
        parts.append(element("path", d="".join(paths) or "M0,0", fill="none", stroke_width=1.0,
                             stroke=palette.sequential(0.25 + 0.6 * k / len(levels)), opacity="0.55"))
    for x, y in minima:
        u, v = _frame.x(x), _frame.y(y)
        parts.append(element("path", d=f"M{number(u - 6)},{number(v)}h12M{number(u)},{number(v - 6)}v12", stroke=palette.INK,
                             stroke_width=2, title=f"a minimum at ({x}, {y})"))
    return "".join(parts)


@lru_cache(maxsize=4096)
def _traces(surface, x, y, name):
    """The path and the losses in pixels: a list of "x,y" for each, None where they leave the frame."""
    points, losses = race(surface, x, y, name)
    chart = _losses_chart(surface, x, y)
    low, high = chart.y_range
    path = [f"{number(_frame.x(a))},{number(_frame.y(b))}" if max(abs(a), abs(b)) <= SIDE * 1.001 else None for a, b in points]
    curve = [f"{number(chart.x(i))},{number(chart.y(min(max(value, low), high)))}" for i, value in enumerate(losses)]
    return path, curve


@lru_cache(maxsize=64)
def _losses_chart(surface, x, y):
    top = 10.0 ** math.ceil(math.log10(max(SURFACES[surface][0](x, y)[0], 0.1)) + 0.3)
    low = 1e-2 if surface == "many basins" else 1e-6
    return Chart((0, STEPS), (low, top), width=440, height=300, left=474, title="Height above the lowest point", x_label="step",
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
    return "".join(element("polyline", points=" ".join(run), fill="none", stroke=colour, stroke_width=2, stroke_dasharray=dash,
                           stroke_linejoin="round", title=title) for run in runs if len(run) > 1)


def race_picture(state):
    """The surface with the paths so far; beside it the losses and the legend."""
    surface, x, y, step = state["surface"], state["x"], state["y"], state["step"]
    chart = _losses_chart(surface, x, y)
    map_parts, loss_parts, heads, legend = [], [], [], []
    for k, name in enumerate(NAMES):
        if name not in state["runners"]:
            continue
        colour, dash = LOOKS[name]
        path, curve = _traces(surface, x, y, name)
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
                      + text(left + 42, top + 4, f"{name}, lr {rate(surface, name):g}", anchor="start", size=12))
    start = circle(_frame.x(x), _frame.y(y), 4.5, fill=palette.INK, title=f"start ({x:.1f}, {y:.1f})")
    left, top, width, height = _frame.box
    title = text(58, 17, f"The {surface} from above" if surface != "many basins" else "Many basins from above", anchor="start",
                 size=13, bold=True)
    chart_svg = str(chart)
    return drawing(914, 450, rect(left, top, width, height, stroke=palette.FAINT), _background(surface), str(_frame), title,
                   *map_parts, start, *heads, chart_svg, *loss_parts, *legend,
                   title=f"race on the {surface} at step {step}: paths seen from above, and losses against steps")


def race_readout(state):
    """Step, and the loss of every runner, the lowest first."""
    surface, x, y, step = state["surface"], state["x"], state["y"], state["step"]
    found = []
    for name in NAMES:
        if name in state["runners"]:
            points, losses = race(surface, x, y, name)
            found.append((losses[step] if step < len(losses) else math.inf, name, points[min(step, len(points) - 1)]))
    found.sort(key=lambda item: item[0])
    shown = "; ".join(f"{name} {value:.3g} at ({a:.2f}, {b:.2f})" if math.isfinite(value) else f"{name} has run away"
                      for value, name, (a, b) in found)
    return (f"Surface: {surface}. Start ({x:.1f}, {y:.1f}), height {SURFACES[surface][0](x, y)[0]:.3g}. Step {step} of {STEPS}. "
            + (f"Heights, lowest first: {shown}." if found else "No optimizer is ticked.")).replace("-", "−")


def suggested_start(state):
    """The surface's own start."""
    x, y = SURFACES[state["surface"]][1]
    return {"x": x, "y": y}


def race_explorer():
    """Eight optimizers on four surfaces, from any start, played step by step."""
    return Explorer(
        alt="A surface seen from above with the paths of several optimizers, beside it their losses against the step. Choose the "
            "surface and the optimizers, move the start with the two sliders, play the steps.",
        picture=race_picture, readout=race_readout,
        controls={"surface": choice("Surface", list(SURFACES), "valley", tooltip="The function that is minimised"),
                  "runners": ticks("Optimizers", NAMES, ("descent", "momentum", "RMSprop", "Adam"), tooltip="Let it run"),
                  "x": slider("Start x", -1.5, -2.0, 2.0, 0.1, tooltip="Where all start, from left to right"),
                  "y": slider("Start y", 1.0, -2.0, 2.0, 0.1, tooltip="Where all start, from bottom to top"),
                  "step": play(slider("Step", 60, 0, STEPS, EVERY, tooltip="How many steps are shown"), interval=120)},
        actions={"The surface's own start": suggested_start})


# ---- the start of Adam ---------------------------------------------------------------------------------------

LAST = 10_000                           # steps
_steps = np.unique(np.round(np.geomspace(1, LAST, 240)).astype(int))


def first_steps(beta1, beta2, t):
    """The step's length over lr at step t for a constant gradient: corrected, nothing corrected, only v corrected."""
    m, v = 1 - beta1 ** t, 1 - beta2 ** t
    return 1.0, m / math.sqrt(v), m


def bias_picture(state):
    """Length of the step against its number."""
    beta1, beta2, now = state["beta1"], state["beta2"], state["t"]
    lengths = np.array([first_steps(beta1, beta2, int(t)) for t in _steps])
    chart = Chart((1, LAST), (0.0, 10.0), width=720, height=340, log_x=True, x_label="step t", y_label="length of the step / lr",
                  title="The gradient is the same at every step")
    series = ((0, "both corrected", palette.FORWARD, None), (1, "nothing corrected", palette.GRADIENT, "7 3"),
              (2, "only v corrected", palette.PARAMETER, "2 2.5"))
    chart.rule(x=now, colour=palette.INK)
    for k, (i, name, colour, dash) in enumerate(series):
        if i == 2 and not state["half"]:
            continue
        chart.line(_steps, lengths[:, i], colour=colour, dash=dash, width=2.2, title=name)
        chart.points([now], [first_steps(beta1, beta2, now)[i]], colour=colour, radius=5.5, hollow=i == 2)
        left = 480
        chart.parts += [line(left, 44 + 18 * k, left + 30, 44 + 18 * k, stroke=colour, width=2.2, dash=dash),
                        text(left + 37, 48 + 18 * k, name, anchor="start", fill=colour, bold=True)]
    return drawing(720, 340, str(chart), title=f"Adam's first steps with beta1 {beta1}, beta2 {beta2}, at step {now}")


def bias_readout(state):
    """The three lengths at the present step, and the largest of the uncorrected ones."""
    beta1, beta2, now = state["beta1"], state["beta2"], state["t"]
    _, none, half = first_steps(beta1, beta2, now)
    top = max(range(len(_steps)), key=lambda i: first_steps(beta1, beta2, int(_steps[i]))[1])
    largest = first_steps(beta1, beta2, int(_steps[top]))[1]
    return (f"β₁ = {beta1:g}, β₂ = {beta2:g}, step {now}: length over lr with both corrections 1, without any {none:.3g}"
            + (f", with v corrected only {half:.3g}" if state["half"] else "")
            + f". Without correction the longest step is {largest:.3g} lr, near step {int(_steps[top])}.")


def bias_explorer():
    """How long are Adam's first steps with and without bias correction?"""
    return Explorer(
        alt="The length of Adam's step over the learning rate against the number of the step, for a constant gradient: a flat line "
            "with bias correction, a hump without. Move beta 2.",
        picture=bias_picture, readout=bias_readout,
        controls={"beta1": slider("β₁, memory of m", 0.9, 0, 0, options=[0.0, 0.5, 0.8, 0.9, 0.95, 0.99], tooltip="Weight of the old m"),
                  "beta2": slider("β₂, memory of v", 0.999, 0, 0, options=[0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999],
                                  tooltip="Weight of the old v"),
                  "t": slider("Step t", 1, 0, 0, options=[1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
                              tooltip="The step whose numbers are read out"),
                  "half": toggle("Show: only v corrected", False, tooltip="Leave m uncorrected")})


# ---- the strong Wolfe conditions -----------------------------------------------------------------------------

FAR = 4.0                               # the longest step that is shown


@cache
def digits_line():
    """A cut through a real loss: ``(function, start, direction)`` for a small network on 200 digits."""
    digits, rng = load_digits(), np.random.default_rng(6)
    net = Sequential(Dense(64, 16, rng=rng), Tanh(), Dense(16, 10, rng=rng))
    function, start = full_batch(net, softmax_cross_entropy, digits.x_train[:200], digits.t_train[:200])
    return function, start, -function(start)[1]


@lru_cache(maxsize=4096)
def on_the_line(a):
    """Value and slope of the loss at step a along the line."""
    function, start, direction = digits_line()
    value, gradient = function(start + a * direction)
    return value, float(gradient @ direction)


@cache
def _cut():
    steps = np.linspace(0, FAR, 161)
    return steps, *map(np.array, zip(*(on_the_line(float(a)) for a in steps)))


def wolfe(a, c1, c2):
    """Do the two conditions of equation (6.19) hold at step a?"""
    (start, slope0), (value, slope) = on_the_line(0.0), on_the_line(a)
    return value <= start + c1 * a * slope0, abs(slope) <= c2 * abs(slope0)


def _runs(steps, holds):
    """The intervals on which a condition holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(int), [0]])))
    return [(steps[i], steps[j - 1]) for i, j in zip(edges[::2], edges[1::2])]


def wolfe_picture(state):
    """The cut, the line that must be undercut, the slope at the present step, and where each condition holds."""
    a, c1, c2 = state["a"], state["c1"], state["c2"]
    steps, values, slopes = _cut()
    value, slope = on_the_line(a)
    enough, flat = wolfe(a, c1, c2)
    low, high = float(values.min()) - 0.2, float(values.max()) + 0.1
    chart = Chart((0, FAR), (low, high), width=720, height=380, x_label="step length a", y_label="loss (nats)",
                  title="One line through the loss of a network on digits")
    chart.line(steps, values, colour=palette.FORWARD, width=2.4, title="the loss along the line")
    chart.line(steps, values[0] + c1 * steps * slopes[0], colour=palette.GRADIENT, dash="7 3", title="the line that must be undercut")
    reach = np.array([max(a - 0.35, 0.0), min(a + 0.35, FAR)])
    chart.line(reach, value + slope * (reach - a), colour=palette.INK, width=1.6, title=f"slope {slope:.3f}")
    chart.points([a], [value], colour=palette.INK, radius=6, hollow=not (enough and flat))
    for k, (name, holds, colour) in enumerate((("here it falls enough", values <= values[0] + c1 * steps * slopes[0], palette.GRADIENT),
                                               ("here it is flat enough", np.abs(slopes) <= c2 * abs(slopes[0]), palette.PARAMETER))):
        top = chart.box[1] + chart.box[3] - 46 + 26 * k
        for first, last in _runs(steps, holds):
            chart.parts.append(rect(chart.x(first), top, max(chart.x(last) - chart.x(first), 2), 9, fill=colour, title=name))
        chart.parts.append(text(chart.box[0] + 5, top - 4, name, anchor="start", fill=colour, bold=True))
    return drawing(720, 380, str(chart), title=f"a line search at step length {a:.2f}: "
                   f"{'both conditions hold' if enough and flat else 'a condition fails'}")


def wolfe_readout(state):
    """Value, bound, slopes, and which condition holds."""
    a, c1, c2 = state["a"], state["c1"], state["c2"]
    (start, slope0), (value, slope) = on_the_line(0.0), on_the_line(a)
    enough, flat = wolfe(a, c1, c2)
    return (f"a = {a:.2f}: loss {value:.4f}, bound {start + c1 * a * slope0:.4f}: {'falls enough' if enough else 'too high'}. "
            f"Slope {slope:.4f}, allowed size {c2 * abs(slope0):.4f}: {'flat enough' if flat else 'too steep'}. "
            f"{'The search would stop here.' if enough and flat else 'The search goes on.'}").replace("-", "−")


def wolfe_explorer():
    """Which steps along a line are good enough?"""
    return Explorer(
        alt="The loss of a network along a line, the sloping line that it must undercut, and two bars that show where it falls enough "
            "and where it is flat enough. Move the step length.",
        picture=wolfe_picture, readout=wolfe_readout,
        controls={"a": slider("Step length a", 0.4, 0.0, FAR, 0.05, tooltip="How far along the line"),
                  "c1": slider("c₁, how much to fall", 0.1, 0.0, 0.9, 0.05, tooltip="Share of the first slope that must be achieved"),
                  "c2": slider("c₂, how flat", 0.5, 0.05, 1.0, 0.05, tooltip="Share of the first slope that may remain")})


EXPLORERS = {"race": race_explorer, "bias": bias_explorer, "wolfe": wolfe_explorer}
