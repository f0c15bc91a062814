"""Explorers of lesson 02: a network at work on a digit, a drawing board, one unit laid open, three losses."""

import math
from functools import cache, partial

import numpy as np

from course_lib.data import load_digits
from course_lib.layers import Dense
from course_lib.page.drawing import palette
from course_lib.page.drawing.graphs import short
from course_lib.page.drawing.numbers import decimals
from course_lib.page.drawing.svg import Chart, circle, drawing, element, image, line, rect, text
from course_lib.studies.digit_networks import activations, before_and_after
from course_lib.widgets.base import Explorer, choice, slider


@cache
def _digits():
    return load_digits()


def _dense(net):
    return [layer for layer in net.layers if isinstance(layer, Dense)]


# ---- the network as a picture --------------------------------------------------------------------------------

WIDTH, HEIGHT, TOP = 760, 400, 66


def network_svg(net, columns, *, label=None, cursor=None, title="network"):
    """The image, every hidden unit shaded by its activation, and ten bars of probability;
    ``columns`` are the ``activations``.

    Lines are the strongest signals (activation times weight): purple speaks for the unit it enters, orange against.
    ``cursor``: (row, column, ink) of a pen over the image.
    """
    matrices = [layer.W.data for layer in _dense(net)]
    hidden = columns[1:-1]
    lefts = np.linspace(290, 500, len(hidden))
    spots = [_places(len(a), left) for a, left in zip(hidden, lefts)]
    bars = [(576.0, TOP + 16 + 28.0 * k) for k in range(len(columns[-1]))]
    parts = [_board(columns[0], cursor), line(206, 210, lefts[0] - 40, 210, stroke=palette.DATA, width=1.2, arrow=True)]
    for a, W, starts, ends in zip(hidden, matrices[1:], spots, [*spots[1:], bars]):
        parts.append(_signals(a, W, starts, ends))
    for i, (a, places) in enumerate(zip(hidden, spots)):
        parts += [text(lefts[i], 24, f"hidden {i + 1}", bold=True), text(lefts[i], 41, f"{len(a)} units", size=11)]
        parts += [circle(*spot, 8.5, fill=palette.sequential(value), stroke=palette.INK, stroke_width=0.7,
                         title=f"hidden {i + 1}, unit {j}: {value:.3f}") for j,
                  (spot, value) in enumerate(zip(places, a))]
    parts += [_probabilities(columns[-1], bars, label), _scale()]
    return drawing(WIDTH, HEIGHT, *parts, title=title)


def _places(n, left):
    """Where n units stand: columns of at most 16, centred on ``left``."""
    wide = -(-n // 16)
    tall = -(-n // wide)
    return [(left + 30 * (j // tall - (wide - 1) / 2), TOP + 144 + 18.5 * (j % tall - (tall - 1) / 2))
            for j in range(n)]


def _signals(a, W, starts, ends, most=40):
    """Lines for the ``most`` largest |activation × weight|; no line for a signal near zero."""
    signal = a[:, np.newaxis] * W
    top = np.max(np.abs(signal)) or 1.0
    strongest = np.argsort(-np.abs(signal), axis=None, kind="stable")[:most]
    return "".join(line(*starts[i], *ends[j], stroke=palette.signed(0.55 * np.sign(signal[i, j])),
                        width=0.4 + 2.2 * abs(signal[i, j]) / top)
                   for i, j in zip(*np.unravel_index(strongest, signal.shape)) if abs(signal[i, j]) > 0.02 * top)


def _board(x, cursor):
    """The 8 × 8 picture with a thin grid, so that pixels can be counted."""
    left, cell = 24, 22
    parts = [text(left + 4 * cell, 24, "pixels", bold=True), text(left + 4 * cell, 41, "8 × 8, ink 0 to 1", size=11),
             image(left, TOP + 56, 8 * cell, 8 * cell, np.clip(x, 0, 1).reshape(8, 8), title="the image")]
    for k in range(1, 8):
        parts += [line(left + k * cell, TOP + 56, left + k * cell, TOP + 56 + 8 * cell, stroke=palette.FAINT,
                       width=0.5),
                  line(left, TOP + 56 + k * cell, left + 8 * cell, TOP + 56 + k * cell, stroke=palette.FAINT,
                       width=0.5)]
    for k in range(8):
        parts += [text(left + (k + 0.5) * cell, TOP + 72 + 8 * cell, k, size=10, fill=palette.DATA),
                  text(left - 8, TOP + 71 + k * cell, k, size=10, fill=palette.DATA)]
    if cursor is not None:
        row, column, ink = cursor
        spot = left + column * cell, TOP + 56 + row * cell
        parts += [rect(*spot, cell, cell, stroke="#FFFFFF", stroke_width=5),
                  rect(*spot, cell, cell, stroke=palette.FOURTH, stroke_width=3,
                       title=f"pen at row {row}, column {column}"),
                  text(left, TOP + 94 + 8 * cell + 6, "pen", size=11, anchor="start"),
                  rect(left + 28, TOP + 84 + 8 * cell, 20, 20, fill=palette.grey(ink), stroke=palette.FOURTH,
                       stroke_width=3)]
    return "".join(parts)


def _probabilities(p, bars, label):
    best = int(np.argmax(p))
    parts = [text(636, 24, "outputs", bold=True), text(636, 41, "ten probabilities", size=11)]
    for k, ((x, y), value) in enumerate(zip(bars, p)):
        mark = "  label" if k == label else ""
        parts += [text(x + 8, y + 5, k, size=13, bold=k == best),
                  rect(x + 18, y - 9, 84, 18, stroke=palette.FAINT),
                  rect(x + 18, y - 9, 84 * value, 18, fill=palette.FORWARD, title=f"digit {k}: {value:.3f}"),
                  text(x + 106, y + 4, f"{value:.2f}{mark}", size=11, anchor="start", bold=k == best)]
    return "".join(parts)


def _scale():
    """What the shades of the hidden units mean."""
    steps = "".join(rect(330 + 12 * k, HEIGHT - 26, 12, 12, fill=palette.sequential(k / 9)) for k in range(10))
    return element("g", text(324, HEIGHT - 16, "activation 0", size=11, anchor="end"), steps,
                   text(456, HEIGHT - 16, "1", size=11, anchor="start"))


def _sentence(p):
    every = ", ".join(f"{k}: {value:.3f}" for k, value in enumerate(p))
    return f"Answer: {int(np.argmax(p))}, with probability {np.max(p):.3f}. All ten: {every}."


def network_explorer(untrained=None, trained=None):
    """What do the units of a network do with a digit, before and after training?"""
    before, after = (untrained, trained) if trained is not None else before_and_after()
    digits, nets = _digits(), {"untrained": before, "trained": after}

    def compute(state):
        return activations(nets[state["weights"]], digits.x_test[state["image"]])

    def picture(state, columns):
        return network_svg(nets[state["weights"]], columns, label=int(digits.t_test[state["image"]]),
                           title=f"{state['weights']} network")

    def readout(state, columns):
        k = state["image"]
        return f"Test image {k}, label {digits.t_test[k]}, {state['weights']} weights. {_sentence(columns[-1])}"
    return Explorer(
        alt="A network of three hidden layers at work on a digit, each unit shaded by its activation, with ten "
            "probabilities; choose an image and switch between untrained and trained weights.",
        picture=picture, readout=readout, compute=compute,
        controls={"weights": choice("weights", ["untrained", "trained"], "untrained",
                                    tooltip="random weights, or weights found by training"),
                  "image": slider("test image", 0, 0, len(digits.x_test) - 1,
                                  tooltip="which of the test images is shown")})


# ---- the drawing board ---------------------------------------------------------------------------------------

def painted(state, down=0, right=0):
    """The entries of the state after painting the pixel under the pen and moving on, round the edge of the paper."""
    grid = list(state["grid"])
    grid[8 * state["row"] + state["column"]] = state["ink"]
    row, column = state["row"] + down, state["column"] + right
    return {"grid": tuple(grid), "row": row % 8, "column": column % 8}


def copied_digit(state):
    """The next test image on the drawing board."""
    digits = _digits()
    k = (state["copied"] + 1) % len(digits.x_test)
    return {"copied": k, "grid": tuple(digits.x_test[k].tolist())}


def drawing_explorer(net=None):
    """What does the trained network make of a digit that you draw or change?"""
    net = before_and_after()[1] if net is None else net

    def picture(state, columns):
        return network_svg(net, columns, cursor=(state["row"], state["column"], state["ink"]),
                           title="trained network on a drawing")

    def readout(state, columns):
        here = state["grid"][8 * state["row"] + state["column"]]
        return (f"Pen at row {state['row']}, column {state['column']}, where the ink is {here:.2f}; the pen paints "
                f"{state['ink']:.2f}. {_sentence(columns[-1])}")
    start = copied_digit({"copied": 0})
    return Explorer(
        alt="A drawing board of 8 by 8 pixels and what the trained network answers; move the pen with the sliders for "
            "row and column, then press Paint.",
        picture=picture, readout=readout, compute=lambda state: activations(net, np.array(state["grid"])),
        controls={"row": slider("row of the pen", 3, 0, 7, tooltip="0 is the top row"),
                  "column": slider("column of the pen", 1, 0, 7, tooltip="0 is the left column"),
                  "ink": slider("ink of the pen", 1.0, 0.0, 1.0, 0.25, tooltip="0 is paper, 1 is full ink")},
        memory=start,
        actions={"Paint": painted, "Paint, go right": partial(painted, right=1),
                 "Paint, go down": partial(painted, down=1),
                 "Clear": lambda state: {"grid": (0.0,) * 64}, "Copy the next digit": copied_digit})


# ---- one unit laid open --------------------------------------------------------------------------------------

def weighted_sum(net, x, layer, unit):
    """A unit's sum taken apart: inputs, weights, products, their sum, bias, z and the unit's value."""
    columns, dense = activations(net, x), _dense(net)[layer]
    inputs, weights, bias = columns[layer], dense.W.data[:, unit], float(dense.b.data[unit])
    products = inputs * weights
    total = float(products.sum())
    return {"inputs": inputs, "weights": weights, "products": products, "sum": total, "bias": bias,
            "z": total + bias, "value": float(columns[layer + 1][unit])}


def unit_svg(parts, *, name, output):
    """Inputs × weights = products: as 8 × 8 pictures for 64 inputs, as bars otherwise; then the sum in words."""
    if len(parts["inputs"]) == 64:
        rows = _as_images(parts)
    else:
        rows = _as_bars(parts)
    after = "p = softmax(z)" if output else "y = s(z)"
    lines = [(f"sum of products {short(parts['sum'])}", palette.INK),
             (f"bias {short(parts['bias'])}", palette.PARAMETER),
             (f"z = {short(parts['z'])}", palette.FORWARD), (f"{after} = {short(parts['value'])}", palette.FORWARD)]
    words = [text(30 + 186 * k, 268, content, fill=colour, size=14, bold=k > 1, anchor="start")
             for k, (content, colour) in enumerate(lines)]
    return drawing(WIDTH, 290, rows, *words, title=name)


def _as_images(parts):
    tops = {"inputs": 1.0, "weights": np.max(np.abs(parts["weights"])) or 1.0,
            "products": np.max(np.abs(parts["products"])) or 1.0}
    out = []
    for k, (key, sign) in enumerate((("inputs", "×"), ("weights", "="), ("products", ""))):
        x = 30 + 245 * k
        colour = palette.grey if key == "inputs" else palette.signed
        scale = "0 to 1" if key == "inputs" else f"orange {short(-tops[key])}, white 0, purple {short(tops[key])}"
        out += [text(x + 96, 22, key, bold=True),
                image(x, 34, 192, 192, (parts[key] / tops[key]).reshape(8, 8), colour=colour, title=key),
                text(x + 96, 244, scale, size=11), text(x + 218, 140, sign, size=26)]
    return "".join(out)


def _as_bars(parts):
    out = []
    for k, key in enumerate(("inputs", "weights", "products")):
        values = parts[key]
        top = 1.0 if key == "inputs" else 1.1 * (np.max(np.abs(values)) or 1.0)
        colour = {"inputs": palette.FORWARD, "weights": palette.PARAMETER}.get(key)
        colours = colour or [palette.signed(0.7 * np.sign(v)) for v in values]
        chart = Chart((-1, len(values)), (0 if key == "inputs" else -top, top), left=8 + 248 * k, width=244, height=250,
                      title=key, x_label="unit below")
        chart.bars(np.arange(len(values)), values, width=0.8, colour=colours,
                   titles=[f"unit {i}: {decimals(v)}" for i, v in enumerate(values)]).rule(y=0, dash=None)
        out.append(str(chart))
    return "".join(out)


def unit_explorer(net=None):
    """What does one unit add up?"""
    net = before_and_after()[1] if net is None else net
    digits, dense = _digits(), _dense(net)
    names = [f"hidden {k + 1}" for k in range(len(dense) - 1)] + ["output"]

    def parts(state):
        width = len(dense[state["layer"]].b.data)
        unit = min(state["unit"], width - 1)
        return weighted_sum(net, digits.x_test[state["image"]], state["layer"], unit), unit

    def picture(state, parts):
        found, unit = parts
        return unit_svg(found, name=f"{names[state['layer']]}, unit {unit}", output=state["layer"] == len(dense) - 1)

    def readout(state, parts):
        found, unit = parts
        best = int(np.argmax(np.abs(found["products"])))
        where = f"pixel row {best // 8}, column {best % 8}" if state["layer"] == 0 else f"unit {best} below"
        last = state["layer"] == len(dense) - 1
        return (f"{names[state['layer']]}, unit {unit}, on test image {state['image']} (label "
                f"{digits.t_test[state['image']]}): {len(found['products'])} products add up to "
                f"{decimals(found['sum'])}; "
                f"with the bias {decimals(found['bias'])}, z = {decimals(found['z'])}; "
                f"{'probability after softmax' if last else 'activation'} {decimals(found['value'])}. "
                f"Largest product {decimals(found['products'][best])}, from {where}.")
    layer = choice("layer", [(name, k) for k, name in enumerate(names)], 0, tooltip="the layer of the unit")
    unit = slider("unit", 0, 0, len(dense[0].b.data) - 1, tooltip="which unit of the layer")
    # Registered before the explorer looks at its controls: the slider ends at the layer's last unit.
    layer.observe(lambda change: setattr(unit, "max", len(dense[change["new"]].b.data) - 1), names="value")
    return Explorer(
        alt="One unit's weighted sum: inputs times weights are products, which add up; choose the layer, the unit and "
            "the image.",
        picture=picture, readout=readout, compute=parts,
        controls={"layer": layer, "unit": unit,
                  "image": slider("test image", 0, 0, len(digits.x_test) - 1,
                                  tooltip="which of the test images is shown")})


# ---- three losses --------------------------------------------------------------------------------------------

def losses(z, t):
    """Loss and slope dL/dz of one logit z with target t (0 or 1), by name."""
    p = 0.5 * math.tanh(0.5 * z) + 0.5
    other = 0.5 * math.tanh(-0.5 * z) + 0.5                 # 1 − p, without cancellation
    wanted = 1 if t else -1
    error = -other if t else p                              # p − t
    return {"squared error": (error * error, 2 * error * p * other),
            "cross-entropy": (max(z, 0.0) + math.log1p(math.exp(-abs(z))) - t * z, error),
            "hinge": (max(0.0, 1 - wanted * z), -float(wanted) if wanted * z < 1 else 0.0)}


_LOOKS = {"squared error": (palette.FOURTH, None), "cross-entropy": (palette.FORWARD, "7 4"),
          "hinge": (palette.FIFTH, "2 3")}


def loss_svg(z, t, here):
    """Left: the losses against the logit. Right: the size of their slopes, on a logarithmic axis."""
    left = Chart((-10, 10), (0, 11), width=370, height=320, title=f"Loss when the target is {t}",
                 x_label="logit z", y_label="loss")
    right = Chart((-10, 10), (1e-5, 10), left=380, width=370, height=320, log_y=True, title="How hard it pushes",
                  x_label="logit z", y_label="size of the slope dL/dz")
    zs = np.linspace(-10, 10, 161)
    every = [losses(float(v), t) for v in zs]
    for name, (colour, dash) in _LOOKS.items():
        left.line(zs, [e[name][0] for e in every], colour=colour, dash=dash, title=name)
        right.line(zs, [abs(e[name][1]) or math.nan for e in every], colour=colour, dash=dash, title=name)
        left.points([z], [here[name][0]], colour=colour, radius=5, titles=[f"{name}: {here[name][0]:.4f}"])
        if here[name][1]:
            right.points([z], [abs(here[name][1])], colour=colour, radius=5, titles=[f"{name}: {here[name][1]:.4f}"])
    left.rule(x=z)
    right.rule(x=z)
    key = []
    for k, (name, (colour, dash)) in enumerate(_LOOKS.items()):
        key += [line(150 + 180 * k, 334, 190 + 180 * k, 334, stroke=colour, width=2.4, dash=dash),
                text(198 + 180 * k, 338, name, anchor="start", size=12)]
    return drawing(WIDTH, 350, str(left), str(right), *key, title=f"three losses at z = {decimals(z, 2)}, target {t}")


def loss_explorer():
    """How large is each loss when the answer is wrong, and how hard does it push?"""
    def readout(state, here):
        z, t = state["z"], state["t"]
        p = 0.5 * math.tanh(0.5 * z) + 0.5
        found = "; ".join(f"{name} {value:.4f} (slope {decimals(slope, 5)})"
                          for name, (value, slope) in here.items())
        return f"Logit z = {decimals(z, 2)}, probability s(z) = {p:.4f}, target {t}: {found}."
    return Explorer(
        alt="Squared error, cross-entropy and hinge loss of one logit, and the size of their slopes; move the logit.",
        picture=lambda state, here: loss_svg(state["z"], state["t"], here), readout=readout,
        compute=lambda state: losses(state["z"], state["t"]),
        controls={"t": choice("target", [("0", 0), ("1", 1)], 0, tooltip="the right answer"),
                  "z": slider("logit z", 7.0, -10.0, 10.0, 0.25, tooltip="the number before the sigmoid")})


EXPLORERS = {"network": network_explorer, "drawing": drawing_explorer, "unit": unit_explorer, "loss": loss_explorer}
