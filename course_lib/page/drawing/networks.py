"""Networks: units as circles, or layers as blocks."""

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import written
from course_lib.page.drawing.svg import Picture, circle, drawing, element, line, rect, text


def draw_network(activations, *, weights=None, labels=None, highlight=None, most=16, title="network", width=720,
                 height=360):
    """Columns of circles, one for each layer, shaded by activation, as a ``Picture``.

    activations   a list of 1-D arrays, one for each layer (values are shaded between the layer's own 0 and maximum)
    weights       a list of matrices (n_in, n_out) to draw as lines: purple positive, orange negative, wide large
    labels        a list of names for the columns
    highlight     (layer, unit): draw only the lines into this unit, boldly
    most          units drawn in a column; of wider layers the first ``most`` are shown and the rest counted
    """
    svg = network_svg(activations, weights=weights, labels=labels, highlight=highlight, most=most, title=title,
                      width=width, height=height)
    sizes = " – ".join(str(len(a)) for a in activations)
    return Picture(svg, f"{title}: layers of {sizes} units, shaded by activation")


def network_svg(activations, *, weights=None, labels=None, highlight=None, most=16, title="network", width=720,
                height=360):
    """The SVG of ``draw_network``."""
    columns = len(activations)
    shown = [min(len(a), most) for a in activations]
    xs = np.linspace(60, width - 60, columns)
    spot = [[(xs[c], 44 + (height - 84) * (i + 0.5) / n) for i in range(n)] for c, n in enumerate(shown)]
    parts = []
    for c, W in enumerate(weights or []):
        scale = np.max(np.abs(W)) or 1.0
        for j in range(shown[c + 1]):
            if highlight is not None and highlight != (c + 1, j):
                continue
            for i in range(shown[c]):
                w = W[i, j] / scale
                if abs(w) > 0.15 or highlight is not None:
                    parts.append(line(*spot[c][i], *spot[c + 1][j], stroke=palette.signed(np.sign(w) * 0.6),
                                      width=0.3 + 2.2 * abs(w)))
    for c, a in enumerate(activations):
        top = max(np.max(np.abs(a)), 1e-12)
        radius = min(11.0, 0.42 * (height - 84) / shown[c])
        for i in range(shown[c]):
            value = float(a[i])
            bold = highlight == (c, i)
            parts.append(circle(*spot[c][i], radius, fill=palette.sequential(max(value, 0) / top),
                                stroke=palette.GRADIENT if bold else palette.INK, stroke_width=3 if bold else 0.8,
                                title=f"layer {c}, unit {i}: {value:.4f}"))
        parts.append(text(xs[c], 24, labels[c] if labels else f"layer {c}", size=12, bold=True))
        rest = len(a) - shown[c]
        if rest:
            parts.append(text(xs[c], height - 14, f"and {rest} more", size=11, fill=palette.DATA))
    return drawing(width, height, *parts, title=title)


def draw_loop(U, *, inputs=None, title="a network with cycles", width=460, height=260):
    """Units on a circle that feed each other, as a ``Picture``: ``U[j, k]`` is the weight from unit j to unit k.

    ``inputs`` names what enters each unit from outside (None: nothing). Purple is positive, orange negative, wide
    large; the weight stands beside its arrow. A unit that feeds itself has a small loop.
    """
    n, middle, far, r = len(U), np.array([width / 2, height / 2 + 8]), height / 2 - 62, 20.0
    at = [2 * np.pi * k / n - np.pi / 2 for k in range(n)]
    spots = [middle + far * np.array([1.5 * np.cos(a), np.sin(a)]) for a in at]
    drop = np.array([0, middle[1] + 12 - (min(s[1] for s in spots) + max(s[1] for s in spots)) / 2])
    spots, middle = [s + drop for s in spots], middle + drop
    parts = [text(12, 20, title, anchor="start", bold=True)]
    for j, k in zip(*np.nonzero(U)):
        w, colour = float(U[j, k]), palette.signed(0.8 * np.sign(U[j, k]))
        wide = 1.2 + 2.4 * abs(w) / np.max(np.abs(U))
        if j == k:
            away = (spots[k] - middle) / np.hypot(*(spots[k] - middle))
            parts += [circle(*(spots[k] + 1.25 * r * away), 0.8 * r, stroke=colour, stroke_width=wide),
                      text(*(spots[k] + 2.3 * r * away + [24, 4]), written(w, ".2g"), size=12, bold=True)]
            continue
        along = (spots[k] - spots[j]) / np.hypot(*(spots[k] - spots[j]))
        aside = 5 * np.array([-along[1], along[0]]) if U[k, j] else np.zeros(2)         # two arrows, side by side
        start, end = spots[j] + r * along + aside, spots[k] - (r + 2) * along + aside
        label = (start + end) / 2 + 16 * np.array([along[1], -along[0]]) + [0, 4]
        parts += [line(*start, *end, stroke=colour, width=wide, arrow=True),
                  text(*label, written(w, ".2g"), size=12, bold=True)]
    for k, spot in enumerate(spots):
        parts += [circle(*spot, r, fill="#FFFFFF", stroke=palette.INK, stroke_width=1.6, title=f"unit {k + 1}"),
                  text(spot[0], spot[1] + 5, f"z{k + 1}", fill=palette.FORWARD, bold=True)]
        if inputs and inputs[k]:
            parts += [line(spot[0] - 82, spot[1], spot[0] - r - 2, spot[1], stroke=palette.DATA, width=1.4, arrow=True),
                      text(spot[0] - 88, spot[1] + 4, inputs[k], anchor="end")]
    told = "; ".join(f"unit {j + 1} to unit {k + 1}: {U[j, k]:.2g}" for j, k in zip(*np.nonzero(U)))
    return Picture(drawing(width, height, *parts, title=title), f"{title}, {n} units. {told}")


def draw_blocks(blocks, *, title="layers as blocks", width=720):
    """Layers as a row of boxes with arrows: ``blocks`` is a list of (name, shape text, note), as a ``Picture``."""
    n = len(blocks)
    step = (width - 20) / n
    wide = step - 26
    parts = []
    for i, (name, shape, note) in enumerate(blocks):
        x = 10 + i * step
        parts.append(element("g", rect(x, 30, wide, 56, fill="#FFFFFF", stroke=palette.INK, rx=6),
                             text(x + wide / 2, 54, name, size=12, bold=True),
                             text(x + wide / 2, 73, note, size=11, fill=palette.PARAMETER), title=f"{name}: {note}"))
        parts.append(text(x + wide + 13, 24, shape, size=11, fill=palette.FORWARD))
        if i < n - 1:
            parts.append(line(x + wide, 58, x + step, 58, stroke=palette.DATA, width=1.2, arrow=True))
    alt = f"{title}: " + ", then ".join(f"{name} with output {shape}" for name, shape, _ in blocks)
    return Picture(drawing(width, 104, *parts, title=title), alt)
