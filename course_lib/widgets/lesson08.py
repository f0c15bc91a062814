"""Explorers of lesson 08: a kernel sliding over a digit, pooling and its gradient, the pixels that a unit sees."""

from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.data import load_digits, load_mnist
from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import decimals
from course_lib.page.drawing.svg import circle, drawing, image, line, rect, text
from course_lib.rules.convolution import im2col, output_size
from course_lib.studies.digit_networks import learnt_kernel
from course_lib.widgets.base import Explorer, choice, play, slider, toggle


def _cells(x, y, side, values, *, colour, top=1.0, known=None, numbers=False, digits=1, title=None):
    """A matrix as coloured cells of ``side`` pixels; unknown cells stay empty; ``numbers`` writes the values in."""
    rows, columns = values.shape
    known = np.ones(values.shape, bool) if known is None else known
    scaled = np.where(known, values / top, 0.0)
    parts = [image(x, y, columns * side, rows * side, scaled, colour=colour, title=title, frame=palette.INK)]
    for (i, j), value in np.ndenumerate(values):
        left, up = x + j * side, y + i * side
        if not known[i, j]:
            parts.append(rect(left + 1, up + 1, side - 2, side - 2, stroke=palette.FAINT, dash="2 2"))
        elif numbers:
            dark = abs(scaled[i, j]) > 0.55
            parts.append(text(left + side / 2, up + side / 2 + 4, decimals(value, digits), size=min(12, 0.37 * side),
                              fill="#FFFFFF" if dark else palette.INK))
    return "".join(parts)


def _frame(x, y, side, row, column, rows, columns, colour):
    """A bold frame round some cells."""
    return rect(x + column * side - 1, y + row * side - 1, columns * side + 2, rows * side + 2, stroke=colour,
                stroke_width=3)


# ---- a sliding kernel ----------------------------------------------------------------------------------------

UPRIGHT = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
FORWARD, BACKWARD = "forward", "backward"


def kernel_of(name):
    """The kernel behind a button."""
    if name == "learnt":
        return learnt_kernel()
    return {"upright edges": UPRIGHT, "level edges": UPRIGHT.T, "blur": np.full((3, 3), 1 / 9)}[name]


@cache
def picture_of_a_digit():
    """One 8 × 8 digit, a 3."""
    digits = load_digits()
    return digits.x_test[np.flatnonzero(digits.t_test == 3)[4]].reshape(8, 8)


def slid(kernel, stride, padding):
    """Everything about one setting: padded x, K, the windows R, the map y, a made-up dy, and the side of the map."""
    x, K = picture_of_a_digit(), kernel_of(kernel)
    padded = np.pad(x, padding)
    size = output_size(8, 3, stride, padding)
    rows = im2col(x[np.newaxis, np.newaxis], 3, 3, stride, padding)
    y = (rows @ K.ravel()).reshape(size, size)
    dy = np.round(np.random.default_rng(8).normal(size=(size, size)), 1)
    return padded, K, rows, y, dy, size


def paid(padded, K, rows, dy, stride, count):
    """dx (padded), dK and the number of payments to each pixel, after the first ``count`` windows have paid."""
    dx, dK, times, size = np.zeros_like(padded), np.zeros_like(K), np.zeros(padded.shape, int), len(dy)
    for n in range(count):
        r, c = stride * (n // size), stride * (n % size)
        dx[r:r + 3, c:c + 3] += dy.flat[n] * K
        dK += dy.flat[n] * rows[n].reshape(3, 3)
        times[r:r + 3, c:c + 3] += 1
    return dx, dK, times


class Sliding(NamedTuple):
    """A kernel at one window: what ``slid`` gives; the window's number from 0; ``paid`` up to it, and at the end."""

    padded: np.ndarray
    K: np.ndarray
    rows: np.ndarray
    y: np.ndarray
    dy: np.ndarray
    size: int
    n: int
    so_far: tuple
    in_the_end: tuple


def sliding(state):
    """The window that the state describes; after the last one comes the first again."""
    padded, K, rows, y, dy, size = slid(state["kernel"], state["stride"], state["padding"])
    n = (state["window"] - 1) % (size * size)
    so_far, in_the_end = (paid(padded, K, rows, dy, state["stride"], count) for count in (n + 1, size * size))
    return Sliding(padded, K, rows, y, dy, size, n, so_far, in_the_end)


def kernel_picture(state, found):
    """Image, kernel and map in a row, the table of windows at the right; or their gradients."""
    padded, K, rows, y, dy, size, n, so_far, in_the_end = found
    i, j = n // size, n % size
    s, back = state["stride"], state["mode"] == BACKWARD
    side, low = 26, 78
    known = np.arange(size * size).reshape(size, size) <= n
    if back:
        dx, dK, _ = so_far
        accent, names = palette.GRADIENT, ("dx so far", "dK so far", "dy, made up", "rows dR so far")
        left, middle, right, table_ = dx, dK, dy, dy.reshape(-1, 1) * K.ravel()
        left_colour, left_top = palette.signed, np.abs(in_the_end[0]).max()
        middle_top = np.abs(in_the_end[1]).max()
        right_known, right_top = None, np.abs(dy).max()
    else:
        accent, names = palette.FORWARD, ("x, the image", "K, the kernel", "y, the map", "R, all windows")
        left, middle, right, table_ = padded, K, y, rows
        left_colour, left_top, middle_top = palette.grey, 1.0, np.abs(K).max()
        right_known, right_top = known, np.abs(y).max()
    x0 = 14 + side * (1 - state["padding"])                 # the image stays where it is when a frame is added
    y0 = low + side * (1 - state["padding"])
    kx, ky, kside = 316, low + side, 44
    mx, my = 490, low + side
    tx, cell, height = 748, 22, min(9.0, 300 / (size * size))
    parts = [text(14, 24, f"window {n + 1} of {size * size}", anchor="start", size=14, bold=True, fill=accent),
             text(14 + 130, 58, names[0], bold=True), text(kx + 66, 58, names[1], bold=True),
             text(mx + 104, 58, names[2], bold=True), text(tx + 4.5 * cell, 58, names[3], bold=True)]
    parts += [_cells(x0, y0, side, left, colour=left_colour, top=left_top or 1.0, title=names[0]),
              _cells(kx, ky, kside, middle, colour=palette.signed, top=middle_top or 1.0, numbers=True, digits=2,
                     title=names[1]),
              _cells(mx, my, side, right, colour=palette.signed, top=right_top or 1.0, known=right_known, numbers=True,
                     title=names[2])]
    if state["padding"]:
        parts.append(rect(x0 + side, y0 + side, 8 * side, 8 * side, stroke=palette.DATA, dash="4 3"))
    parts += [_frame(x0, y0, side, s * i, s * j, 3, 3, accent), _frame(mx, my, side, i, j, 1, 1, accent),
              rect(kx - 1, ky - 1, 3 * kside + 2, 3 * kside + 2, stroke=accent, stroke_width=3)]
    arrow = dict(stroke=accent, width=2.2, arrow=True)
    if back:
        parts += [line(mx - 8, my + 66, kx + 3 * kside + 8, my + 66, **arrow),
                  line(kx - 8, ky + 66, 290, ky + 66, **arrow)]
    else:
        parts += [line(290, ky + 66, kx - 8, ky + 66, **arrow),
                  line(kx + 3 * kside + 8, my + 66, mx - 8, my + 66, **arrow)]
    parts += _table(tx, low, cell, height, table_, n, back, accent)
    parts += _row(150, 356, rows[n] if not back else dy.flat[n] * K.ravel(), state, n, accent)
    return drawing(960, 404, *parts, title=f"{names[0]}, {names[1]}, {names[2]}: window {n + 1} of {size * size}")


def _table(x, y, cell, height, table_, n, back, accent):
    """All windows (or their gradients) as rows; those of later windows are still empty; the present row is framed."""
    shown = np.where(np.arange(len(table_))[:, np.newaxis] <= n, table_, 0.0)
    top = np.abs(table_).max() or 1.0
    colour = palette.signed if back else palette.grey
    return [image(x, y, 9 * cell, len(table_) * height, shown / top, colour=colour, title="one window in each row",
                  frame=palette.INK),
            rect(x - 2, y + n * height - 1, 9 * cell + 4, height + 2, stroke=accent, stroke_width=2.5),
            text(x - 6, y + n * height + height / 2 + 4, n + 1, anchor="end", size=11, fill=accent, bold=True)]


def _row(x, y, values, state, n, accent):
    """The nine numbers of the present row, below everything."""
    top = np.abs(values).max() or 1.0
    colour = palette.signed if state["mode"] == BACKWARD else palette.grey
    name = f"row {n + 1} of " + ("dR = dy K" if state["mode"] == BACKWARD else "R")
    return [text(x - 8, y + 23, name, anchor="end", size=12, fill=accent, bold=True),
            _cells(x, y, 38, values.reshape(1, 9), colour=colour, top=top, numbers=True, digits=2, title=name)]


def kernel_readout(state, found):
    """The present window, its sum, and what has been paid back so far."""
    _, K, rows, y, dy, size, n, so_far, _ = found
    i, j = n // size, n % size
    start = f"Window {n + 1} of {size * size} (row {i}, column {j} of a map of {size} × {size}): "
    if state["mode"] == FORWARD:
        terms = " + ".join(f"{decimals(a, 2)}·({decimals(k, 2)})" if k < 0 else f"{decimals(a, 2)}·{decimals(k, 2)}"
                           for a, k in zip(rows[n], K.ravel()) if a and k)
        return start + f"y = {terms or '0, no ink under a weight'} = {decimals(y[i, j], 3)}."
    dx, dK, times = so_far
    p = state["padding"]
    inner = times[p:p + 8, p:p + 8]
    return start + (f"dy = {decimals(dy[i, j], 1)} pays dy·K to the nine pixels of its window and dy·window to K. "
                    f"After {n + 1} "
                    f"payments the corner pixel was paid {inner[0, 0]} times, the busiest pixel {inner.max()} times, "
                    f"every weight {n + 1} times; "
                    f"dK has the largest entry {decimals(dK.flat[np.abs(dK).argmax()], 3)}, dx "
                    f"{decimals(dx.flat[np.abs(dx).argmax()], 3)}.")


def swap_mode(state):
    """Forward becomes backward and the other way round."""
    return {"mode": BACKWARD if state["mode"] == FORWARD else FORWARD}


def kernel_explorer():
    """A 3 × 3 kernel slides over a digit: window, output, row of the matrix and gradients together."""
    learnt_kernel()                                         # trained now, so that no later picture waits for it
    return Explorer(
        alt="A digit with a window, a kernel, the map it makes, and all windows as rows of a table. Move the window, "
            "or change the kernel, "
            "the stride and the padding.",
        picture=kernel_picture, readout=kernel_readout, compute=sliding,
        controls={"window": play(slider("Window", 22, 1, 64,
                                        tooltip="The number of the window; after the last one the first follows"),
                                 interval=400),
                  "kernel": choice("Kernel", ["upright edges", "level edges", "blur", "learnt"], "upright edges",
                                   tooltip="The nine weights; the learnt one comes from a small network trained on "
                                           "digits"),
                  "stride": slider("Stride", 1, 1, 3, tooltip="How many pixels the window moves"),
                  "padding": slider("Padding", 0, 0, 1, tooltip="Rows and columns of zeros round the image")},
        memory={"mode": FORWARD}, actions={"Swap forward and backward": swap_mode})


# ---- pooling -------------------------------------------------------------------------------------------------

@cache
def pooling_input():
    """A map of 6 × 6 numbers: the upright edges of the digit."""
    return np.round(slid("upright edges", 1, 0)[3], 1)


def pooled(kind, size, stride):
    """y, dy, the share each pixel of each window receives (places, size, size), and dx."""
    x = pooling_input()
    count = output_size(6, size, stride)
    y, dy = np.zeros((count, count)), np.arange(1.0, count * count + 1).reshape(count, count)
    dx, shares = np.zeros_like(x), np.zeros((count * count, size, size))
    for n in range(count * count):
        i, j = stride * (n // count), stride * (n % count)
        window = x[i:i + size, j:j + size]
        if kind == "max":
            y.flat[n] = window.max()
            shares[n].flat[window.argmax()] = 1
        else:
            y.flat[n] = window.mean()
            shares[n] = 1 / size ** 2
        dx[i:i + size, j:j + size] += dy.flat[n] * shares[n]
    return y, dy, shares, dx


def pooling_picture(state, found):
    """The map, what pooling keeps, the gradient that arrives, and where it goes."""
    y, dy, shares, dx = found
    x, count, k, s = pooling_input(), len(y), state["size"], state["stride"]
    n = (state["window"] - 1) % (count * count)
    i, j = n // count, n % count
    side, low, xs = 36, 60, (14, 262, 474, 694)
    tops = np.abs(x).max(), np.abs(x).max(), dy.max(), np.abs(dx).max()
    names = ("x", f"y: {'largest' if state['kind'] == 'max' else 'mean'} of each window", "dy, coming back",
             "dx, all paid")
    parts = [text(xs[c], 44, names[c], anchor="start", bold=True, fill=palette.FORWARD if c < 2 else palette.GRADIENT)
             for c in range(4)]
    parts += [_cells(xs[c], low, side, values, colour=palette.signed, top=tops[c] or 1.0, numbers=True, title=names[c],
                     digits=0 if c == 2 else 1)
              for c, values in enumerate((x, y, dy, dx))]
    parts += [_frame(xs[0], low, side, s * i, s * j, k, k, palette.FORWARD),
              _frame(xs[1], low, side, i, j, 1, 1, palette.FORWARD),
              _frame(xs[2], low, side, i, j, 1, 1, palette.GRADIENT),
              _frame(xs[3], low, side, s * i, s * j, k, k, palette.GRADIENT)]
    for u, v in np.argwhere(shares[n] > 0):
        for c, colour in ((0, palette.FORWARD), (3, palette.GRADIENT)):
            parts.append(circle(xs[c] + (s * j + v + 0.5) * side, low + (s * i + u + 0.5) * side, side / 2 - 3,
                                stroke=colour,
                                stroke_width=2))
    parts.append(text(14, low + 6 * side + 28, f"window {n + 1} of {count * count}: circles mark who is paid",
                      anchor="start", size=12))
    return drawing(924, low + 6 * side + 44, *parts,
                   title=f"{state['kind']} pooling {k} × {k}, stride {s}, window {n + 1} of {count * count}")


def pooling_readout(state, found):
    """What the present window gives and pays, and how much of the map receives anything."""
    y, dy, shares, dx = found
    count = len(y)
    n = (state["window"] - 1) % (count * count)
    if state["kind"] == "max":
        u, v = np.argwhere(shares[n] > 0)[0]
        row, column = state["stride"] * (n // count) + u, state["stride"] * (n % count) + v
        how = f"the winner at row {row}, column {column} receives all of dy = {dy.flat[n]:.0f}"
    else:
        how = (f"each of the {state['size'] ** 2} pixels receives {dy.flat[n]:.0f}/{state['size'] ** 2} = "
               f"{dy.flat[n] / state['size'] ** 2:.2f}")
    return (f"Window {n + 1} of {count * count}: y = {decimals(y.flat[n], 2)}; {how}. In the end "
            f"{np.count_nonzero(dx)} of 36 pixels "
            f"have a gradient; dy sums to {dy.sum():.0f}, dx to {dx.sum():.0f}.")


def pool_explorer():
    """Max and average pooling of a small map, forward and backward."""
    return Explorer(
        alt="A map of 6 by 6 numbers, its pooled version, a gradient and where it goes. Move the window, or change the "
            "kind, the size and the stride.",
        picture=pooling_picture, readout=pooling_readout,
        compute=lambda state: pooled(state["kind"], state["size"], state["stride"]),
        controls={"window": slider("Window", 5, 1, 25,
                                   tooltip="The number of the window; after the last one the first follows"),
                  "kind": choice("Pooling", ["max", "average"], "max", tooltip="Keep the largest number, or the mean"),
                  "size": slider("Size of the window", 2, 2, 3, tooltip="k, the side of the window"),
                  "stride": slider("Stride", 2, 1, 3, tooltip="How far the window moves")})


# ---- receptive fields ----------------------------------------------------------------------------------------

SIDE = 28                                                   # pixels of the digit


def stack(state):
    """The (kernel, stride) of every layer, pooling included, from the first to the last."""
    layer = [(state["kernel"], state["stride"])] + ([(2, 2)] if state["pool"] else [])
    return layer * state["layers"]


def fields(layers):
    """[(receptive field, distance of neighbours in pixels)] from the pixels up, equation (8.11)."""
    found = [(1, 1)]
    for k, s in layers:
        r, g = found[-1]
        found.append((r + (k - 1) * g, g * s))
    return found


@cache
def _digit(x, y, side):
    """The drawing of one digit; made once, because 784 pixels take longer than all the rest."""
    return image(x, y, side, side, load_mnist().x_test[350, 0], title="a digit of 28 × 28 pixels")


def field_picture(state, found):
    """Left the digit with the pixels that one unit of each layer sees, right a cut through the stack."""
    layers = stack(state)
    scale, left, low = 10, 20, 44
    middle = left + scale * SIDE / 2, low + scale * SIDE / 2
    parts = [text(left, 26, "the pixels that one unit sees", anchor="start", bold=True),
             _digit(left, low, scale * SIDE)]
    colours = (palette.FORWARD, palette.FOURTH, palette.PARAMETER, palette.FIFTH, palette.GRADIENT)
    for number in range(1, state["layers"] + 1):
        r = found[number * len(layers) // state["layers"]][0]
        side = min(r, SIDE) * scale
        parts.append(rect(middle[0] - side / 2, middle[1] - side / 2, side, side, stroke=colours[number - 1],
                          stroke_width=3,
                          dash="6 4" if r > SIDE else None, title=f"layer {number} sees {r} × {r}"))
    parts += _cut(layers, found, state, colours, 360, low, 520, scale * SIDE)
    return drawing(900, low + scale * SIDE + 40, *parts,
                   title=f"{state['layers']} layers see {found[-1][0]} pixels along each side")


def _cut(layers, found, state, colours, x, y, width, height):
    """One row of units for each layer; lines lead from the topmost unit down to the pixels that it sees."""
    rows = len(layers) + 1
    shown = max(found[-1][0], 9)
    step = width / shown
    levels = [y + height - 12 - (height - 24) * l / (rows - 1) for l in range(rows)]
    parts, units = [text(x, 26, "a cut: who feeds whom", anchor="start", bold=True)], [0]
    centre = x + width / 2 - (found[-1][0] - 1) / 2 * step
    for l in range(rows - 1, -1, -1):
        r, g = found[l]
        at = {i: centre + (i * g + (r - 1) / 2) * step for i in units}
        number = -(-l * state["layers"] // len(layers)) if l else 0
        colour = colours[number - 1] if l else palette.DATA
        if l:
            k, s = layers[l - 1]
            r_, g_ = found[l - 1]
            below = sorted({i * s + u for i in units for u in range(k)})
            pairs = [(i, u) for i in units for u in range(k)]
            if len(pairs) > 150:                            # too dense to be told apart: the outermost lines only
                pairs = [pairs[0], pairs[-1]]
            parts += [line(at[i], levels[l], centre + ((i * s + u) * g_ + (r_ - 1) / 2) * step, levels[l - 1],
                           stroke=palette.FAINT, width=0.8)
                      for i, u in pairs]
        if len(units) > 80:
            parts.append(line(at[units[0]], levels[l], at[units[-1]], levels[l], stroke=colour, width=3))
        else:
            parts += [circle(at[i], levels[l], max(min(5.0, 0.42 * step * g), 1.2), fill=colour) for i in units]
        name = "pixels" if l == 0 else f"pooling {number}" if state["pool"] and l % 2 == 0 else f"layer {number}"
        parts.append(text(x - 8, levels[l] + 4, name, anchor="end", size=10, fill=palette.INK))
        if l:
            units = below
    parts.append(text(x + width / 2, y + height + 16, f"{found[-1][0]} pixels", size=12, bold=True))
    return parts


def field_readout(state, found):
    """The receptive field after each layer, and the weights per map against one large kernel."""
    layers = stack(state)
    per = len(layers) // state["layers"]
    sees = ", ".join(f"layer {n} {found[n * per][0]} (units {found[n * per][1]} apart)"
                     for n in range(1, state["layers"] + 1))
    r, weights = found[-1][0], state["layers"] * state["kernel"] ** 2
    beyond = " That is more than the image has." if r > SIDE else ""
    return (f"Pixels seen along one side: {sees}. The last unit sees {r} × {r} of {SIDE} × {SIDE} pixels.{beyond} "
            f"One map from one map: {weights} weights in all; a single {r} × {r} kernel would need {r * r}.")


def field_explorer():
    """How far a unit sees, for stacks of equal layers."""
    return Explorer(
        alt="A digit with nested squares, the pixels that one unit of each layer sees, and a cut through the layers. "
            "Move the number of layers, "
            "the kernel and the stride.",
        picture=field_picture, readout=field_readout, compute=lambda state: fields(stack(state)),
        controls={"layers": slider("Layers", 2, 1, 4, tooltip="How many convolutions lie on one another"),
                  "kernel": slider("Side of the kernel", 3, 2, 7, tooltip="k, in units of the layer below"),
                  "stride": slider("Stride", 1, 1, 2, tooltip="How far the window moves, in units of the layer below"),
                  "pool": toggle("Pooling 2 × 2 after each layer",
                                 tooltip="Adds a pooling layer with stride 2 after each convolution")})


EXPLORERS = {"kernel": kernel_explorer, "pooling": pool_explorer, "field": field_explorer}
