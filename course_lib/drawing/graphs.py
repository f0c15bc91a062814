"""Computational graphs: every node a box, every edge an arrow from what was used to what was made."""

import numpy as np

from course_lib.drawing import palette
from course_lib.drawing.svg import Picture, drawing, element, line, number, rect, text
from course_lib.graph import Parameter, Tensor, rule_name, topological_order

SYMBOLS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "negative": "−", "matmul": "@", "power": "xⁿ"}
ROW, GAP = 74, 46           # vertical distance between boxes, horizontal room for arrows


def draw_graph(tensor, *, highlight=(), title="computational graph"):
    """The graph that made ``tensor``, inputs on the left, as a ``Picture``.

    Each box shows the name or the rule, the value (blue) and, after ``backward``, the gradient (vermillion); arrays
    show their shape. ``highlight``: tensors to frame boldly. At most 200 nodes.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"draw_graph: expected a Tensor, got {type(tensor).__name__}")
    nodes = topological_order(tensor)
    if len(nodes) > 200:
        raise ValueError(f"draw_graph: {len(nodes)} nodes are too many to draw (at most 200); "
                         "draw a smaller example, or a layer network with net.trace")
    places, width, height = layout(nodes)
    marked = {id(t) for t in highlight}
    edges = "".join(_edge(places[id(x)], places[id(node)]) for node in nodes for x in node.inputs)
    boxes = "".join(_box(node, places[id(node)], id(node) in marked) for node in nodes)
    count = f"{len(nodes)} nodes, {sum(len(n.inputs) for n in nodes)} edges"
    return Picture(drawing(width, height, edges, boxes, title=f"{title}: {count}"), f"{title}, {count}: {_sentence(nodes)}")


def layout(nodes, label=None):
    """Places ``{id: (x, y, width, height)}`` and the size of the drawing. ``nodes`` are in topological order.

    A node's column is the longest path to it, but a leaf stands just left of its first use; the rows of a column
    are ordered by the mean row of their neighbours, swept to and fro (Sugiyama, Tagawa, Toda 1981).
    """
    label = label or caption
    column = {}
    users = {id(n): [] for n in nodes}
    for node in nodes:
        column[id(node)] = 1 + max((column[id(x)] for x in node.inputs), default=-1)
        for x in node.inputs:
            users[id(x)].append(id(node))
    for node in nodes:
        if not node.inputs and users[id(node)]:
            column[id(node)] = min(column[u] for u in users[id(node)]) - 1
    columns = [[id(n) for n in nodes if column[id(n)] == c] for c in range(max(column.values()) + 1)]
    inputs = {id(n): [id(x) for x in n.inputs] for n in nodes}
    for sweep in range(6):
        neighbours = inputs if sweep % 2 == 0 else users
        row = {k: i - len(keys) / 2 for keys in columns for i, k in enumerate(keys)}
        for keys in columns:
            keys.sort(key=lambda k: (np.mean([row[n] for n in neighbours[k]]) if neighbours[k] else row[k]))
            row.update({k: i - len(keys) / 2 for i, k in enumerate(keys)})
    widths = {id(n): 22 + 7.2 * max(len(part) for part in label(n)) for n in nodes}
    tallest, x, places = max(map(len, columns)), 12.0, {}
    for keys in columns:
        wide = max((widths[k] for k in keys), default=0)
        for i, k in enumerate(keys):
            y = 12 + (tallest - len(keys)) * ROW / 2 + i * ROW
            places[k] = (x + (wide - widths[k]) / 2, y, widths[k], 54.0)
        x += wide + GAP
    return places, x - GAP + 12, 12 + tallest * ROW - 8


def caption(node):
    """The three lines of a box: what it is, its value, its gradient."""
    rule = SYMBOLS.get(rule_name(node.rule), rule_name(node.rule)) if node.rule else ""
    name = f"{node.name} = {rule}" if node.name and rule else node.name or rule or "constant"
    grad = "" if node.grad is None else f"grad {short(node.grad)}"
    return name, short(node.data), grad


def short(value):
    """A number with four digits, or the shape of an array."""
    shape = getattr(value, "shape", ())
    return "×".join(map(str, shape)) if shape else f"{float(np.real(value)):.4g}".replace("-", "−")


def _box(node, place, bold):
    x, y, width, height = place
    name, value, grad = caption(node)
    edge = palette.PARAMETER if isinstance(node, Parameter) else palette.INK if node.rule else palette.DATA
    return element("g", rect(x, y, width, height, fill="#FFFFFF", stroke=edge, stroke_width=3 if bold else 1.4,
                             rx=4 if node.rule is None else 14),
                   text(x + width / 2, y + 16, name, size=12, bold=True),
                   text(x + width / 2, y + 32, value, size=12, fill=palette.FORWARD),
                   text(x + width / 2, y + 47, grad, size=12, fill=palette.GRADIENT) if grad else "",
                   title=", ".join(part for part in (name, f"value {value}", grad) if part))


def _edge(start, end):
    x1, y1 = start[0] + start[2], start[1] + start[3] / 2
    x2, y2 = end[0], end[1] + end[3] / 2
    if x2 - x1 < 1.6 * GAP:
        return line(x1, y1, x2, y2, stroke=palette.DATA, width=1.2, arrow=True)
    bend = (x2 - x1) / 2                # a long edge leaves and arrives level, to pass between the boxes
    path = f"M{number(x1)} {number(y1)}C{number(x1 + bend)} {number(y1)} {number(x2 - bend)} {number(y2)} {number(x2 - 8)} {number(y2)}"
    return (element("path", d=path, fill="none", stroke=palette.DATA, stroke_width=1.2)
            + line(x2 - 9, y2, x2, y2, stroke=palette.DATA, width=1.2, arrow=True))


def _sentence(nodes):
    made = [f"{caption(n)[0]} is {short(n.data)}" for n in nodes if n.rule]
    return "; ".join(made[-6:]) if made else "a single value"
