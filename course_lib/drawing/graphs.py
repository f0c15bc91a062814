"""Computational graphs: every node a box, every edge an arrow from what was used to what was made."""

from collections import namedtuple

import numpy as np

from course_lib.drawing import palette
from course_lib.drawing.svg import Picture, drawing, element, line, number, rect, text
from course_lib.graph import Parameter, Tensor, local_derivatives, rule_name, topological_order

SYMBOLS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "negative": "−", "matmul": "@", "power": "xⁿ"}
BOX, SPACE, GAP = 54.0, 20.0, 46.0      # height of a box, room between boxes, room for arrows between columns

Plan = namedtuple("Plan", "places routes width height")
Plan.__doc__ = "Boxes ``{id: (x, y, width, height)}``, and for each edge ``(id, which input)`` the points it runs through."


def draw_graph(tensor, *, highlight=(), slopes=False, repeat_leaves=False, title="computational graph"):
    """The graph that made ``tensor``, inputs on the left, as a ``Picture``.

    Each box shows the name or the rule, the value (blue) and, after ``backward``, the gradient (vermillion); arrays
    show their shape. At most 200 nodes.

    highlight       tensors to frame boldly
    slopes          write on every edge the local derivative, ∂output/∂input, where the output is a number
    repeat_leaves   draw a leaf that is used several times beside each of its uses, dashed from the second on
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"draw_graph: expected a Tensor, got {type(tensor).__name__}")
    nodes = topological_order(tensor)
    if len(nodes) > 200:
        raise ValueError(f"draw_graph: {len(nodes)} nodes are too many to draw (at most 200); "
                         "draw a smaller example, or a layer network with net.trace")
    count = f"{len(nodes)} nodes, {sum(len(n.inputs) for n in nodes)} edges"
    views = _views(nodes, repeat_leaves)
    marked = {id(v) for v in views if any(v.node is t for t in highlight)}
    labels = {}
    if slopes:
        labels = {(id(v), k): short(slope) for v in views if v.node.rule and np.ndim(v.node.data) == 0
                  for k, slope in enumerate(local_derivatives(v.node)) if slope is not None}
    svg = graph_svg(views, arrange(views, gap=GAP + 9 * max(map(len, labels.values()), default=0)),
                    marked=marked, labels=labels, title=f"{title}: {count}")
    return Picture(svg, f"{title}, {count}: {_sentence(nodes)}")


def graph_svg(nodes, plan, *, lines=None, marked=(), labels=None, strokes=None, title):
    """The drawing of a planned graph.

    lines     ``lines(node)``: the three lines in its box (``caption``)
    marked    ids of the nodes to frame boldly
    labels    ``{(id, which input): text}`` to write on edges
    strokes   ``{(id, which input): colour}``: edges to draw boldly
    """
    lines, labels, strokes = lines or caption, labels or {}, strokes or {}
    edges = "".join(_edge(route, strokes.get(edge)) for edge, route in plan.routes.items())
    texts = "".join(_edge_text(plan.routes[edge], label, strokes.get(edge, palette.INK))
                    for edge, label in labels.items() if label)
    boxes = "".join(_box(node, plan.places[id(node)], lines(node), id(node) in marked) for node in nodes)
    return drawing(plan.width, plan.height, edges, boxes, texts, title=title)


def caption(node):
    """The three lines of a box: what it is, its value, its gradient."""
    rule = SYMBOLS.get(rule_name(node.rule), rule_name(node.rule)) if node.rule else ""
    name = f"{node.name} = {rule}" if node.name and rule else node.name or rule or "constant"
    grad = "" if node.grad is None else f"grad {short(node.grad)}"
    return name, short(node.data), grad


def short(value):
    """A number with four digits, or the shape of an array."""
    shape = getattr(value, "shape", ())
    return "×".join(map(str, shape)) if shape else f"{float(np.real(value)) + 0.0:.4g}".replace("-", "−")


# ---- where everything goes -----------------------------------------------------------------------------------

def layout(nodes, label=None):
    """Places ``{id: (x, y, width, height)}`` and the size of the drawing. ``nodes`` are in topological order."""
    plan = arrange(nodes, label)
    return plan.places, plan.width, plan.height


def arrange(nodes, label=None, gap=GAP):
    """A ``Plan`` for ``nodes``, which are in topological order.

    A node's column is the longest path to it, but a leaf stands just left of its first use. An edge that crosses a
    column gets a place there, as if it were a node, so that it passes between the boxes; the rows of a column are
    ordered by the mean row of their neighbours, swept to and fro (Sugiyama, Tagawa, Toda 1981).
    """
    label = label or caption
    column = _columns(nodes)
    wide = [0.0] * (1 + max(column.values()))
    boxes = {id(n): 22 + 7.2 * max(len(part) for part in label(n)) for n in nodes}
    for key, width in boxes.items():
        wide[column[key]] = max(wide[column[key]], width)
    before, after, rows = _with_crossings(nodes, column)
    _order(rows, before, after)
    y = _heights(rows, before, after)
    left = [12.0]
    for width in wide:
        left.append(left[-1] + width + gap)
    places = {k: (left[column[k]] + (wide[column[k]] - boxes[k]) / 2, y[k] - BOX / 2, boxes[k], BOX) for k in boxes}
    routes = {}
    for node in nodes:
        routes.update(_routes(node, column, places, left, wide, y))
    return Plan(places, routes, left[-1] - gap + 12, max(y[k] for keys in rows for k in keys) + BOX / 2 + 12)


def _columns(nodes):
    column, first = {}, {}
    for node in nodes:
        column[id(node)] = 1 + max((column[id(x)] for x in node.inputs), default=-1)
        for x in node.inputs:
            first[id(x)] = min(first.get(id(x), column[id(node)]), column[id(node)])
    for node in nodes:
        if not node.inputs and id(node) in first:
            column[id(node)] = first[id(node)] - 1
    return column


def _with_crossings(nodes, column):
    """Neighbours to the left and right of everything that takes a place in a column, and the columns themselves.

    Edges of one node share their places in the columns that they cross.
    """
    before, after = {id(n): [] for n in nodes}, {id(n): [] for n in nodes}
    rows = [[] for _ in range(1 + max(column.values()))]
    for node in nodes:
        rows[column[id(node)]].append(id(node))
    for node in nodes:
        for x in node.inputs:
            last = id(x)
            for c in range(column[id(x)] + 1, column[id(node)]):
                if (id(x), c) not in before:
                    before[id(x), c], after[id(x), c] = [], []
                    rows[c].append((id(x), c))
                    before[id(x), c].append(last)
                    after[last].append((id(x), c))
                last = (id(x), c)
            before[id(node)].append(last)
            after[last].append(id(node))
    return before, after, rows


def _order(rows, before, after):
    """Sort every column by the mean row of its neighbours, to and fro; keep the order with the fewest crossings."""
    best, fewest = [list(keys) for keys in rows], _crossings(rows, after)
    for sweep in range(8):
        forth = sweep % 2 == 0
        neighbours = before if forth else after
        row = {k: i - len(keys) / 2 for keys in rows for i, k in enumerate(keys)}
        for keys in rows if forth else rows[::-1]:
            mean = {k: sum(row[n] for n in neighbours[k]) / len(neighbours[k]) if neighbours[k] else row[k] for k in keys}
            keys.sort(key=mean.__getitem__)
            row.update({k: i - len(keys) / 2 for i, k in enumerate(keys)})
        count = _crossings(rows, after)
        if count < fewest:
            best, fewest = [list(keys) for keys in rows], count
    for keys, kept in zip(rows, best):
        keys[:] = kept


def _crossings(rows, after):
    count = 0
    for keys, following in zip(rows, rows[1:]):
        place = {k: i for i, k in enumerate(following)}
        ends = [sorted(place[n] for n in after[k]) for k in keys]
        for i, mine in enumerate(ends):
            for theirs in ends[i + 1:]:
                count += sum(a > b for a in mine for b in theirs)
    return count


def _heights(rows, before, after):
    """The y of every row: as near to the neighbours' mean as order and room allow."""
    room = {k: 14.0 if isinstance(k, tuple) else BOX for keys in rows for k in keys}
    y = {}
    for keys in rows:
        at = 0.0
        for k in keys:
            y[k] = at + room[k] / 2
            at += room[k] + SPACE
        y.update({k: y[k] - at / 2 for k in keys})
    for sweep in range(12):
        last = sweep >= 10
        for keys in rows if sweep % 2 == 0 else rows[::-1]:
            wish = []
            for k in keys:
                near = before[k] + after[k] if last else (before[k] if sweep % 2 == 0 else after[k]) or [k]
                wish.append(sum(y[n] for n in near) / len(near) if near else y[k])
            y.update(zip(keys, _apart(wish, [room[k] for k in keys])))
    top = min(y[k] - room[k] / 2 for k in y) - 12
    return {k: value - top for k, value in y.items()}


def _apart(wish, room):
    """The positions nearest to ``wish`` (least squares) that keep the order and SPACE between neighbours."""
    offset, at = [], 0.0
    for size in room:
        offset.append(at + size / 2)
        at += size + SPACE
    blocks = []                                         # pool adjacent violators: (sum, number) of each block
    for w, o in zip(wish, offset):
        blocks.append((w - o, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [(a + b, n + m)]
    level = [total / n for total, n in blocks for _ in range(n)]
    return [a + o for a, o in zip(level, offset)]


def _routes(node, column, places, left, wide, y):
    """The points of each edge into ``node``: out of the input's box, level through every column, into the node's."""
    inputs = node.inputs
    step = min(20.0, 40.0 / max(len(inputs) - 1, 1))
    last = [y[id(x), column[id(node)] - 1] if column[id(node)] - column[id(x)] > 1 else y[id(x)] for x in inputs]
    slot = {k: i - (len(inputs) - 1) / 2 for i, k in enumerate(sorted(range(len(inputs)), key=last.__getitem__))}
    routes = {}
    for k, x in enumerate(inputs):
        twins = [j for j, other in enumerate(inputs) if other is x]
        apart = step * (twins.index(k) - (len(twins) - 1) / 2)              # a + a: two arrows beside each other
        box = places[id(x)]
        points = [(box[0] + box[2], y[id(x)] + apart)]
        for c in range(column[id(x)] + 1, column[id(node)]):
            points += [(left[c], y[id(x), c]), (left[c] + wide[c], y[id(x), c])]
        points.append((places[id(node)][0], y[id(node)] + step * slot[k]))
        routes[id(node), k] = points
    return routes


# ---- boxes and arrows ----------------------------------------------------------------------------------------

class _View:
    """A node as drawn: a leaf may be drawn several times."""

    __slots__ = ("node", "inputs", "again")

    def __init__(self, node, inputs=(), again=False):
        self.node, self.inputs, self.again = node, inputs, again

    def __getattr__(self, name):
        return getattr(self.node, name)


def _views(nodes, repeat_leaves):
    views, view = [], {}
    for node in nodes:
        if node.rule is None and repeat_leaves:
            continue
        inputs = []
        for x in node.inputs:
            if x.rule is None and repeat_leaves:
                views.append(_View(x, again=id(x) in view))
                view[id(x)] = views[-1]
            inputs.append(view[id(x)])
        view[id(node)] = _View(node, tuple(inputs))
        views.append(view[id(node)])
    return views or [_View(node) for node in nodes]


def _box(node, place, lines, bold):
    x, y, width, height = place
    name, value, grad = lines
    parameter = isinstance(getattr(node, "node", node), Parameter)
    edge = palette.PARAMETER if parameter else palette.INK if node.rule else palette.DATA
    again = getattr(node, "again", False)
    return element("g", rect(x, y, width, height, fill="#FFFFFF", stroke=edge, stroke_width=3 if bold else 1.4,
                             rx=4 if node.rule is None else 14, dash="5 3" if again else None),
                   text(x + width / 2, y + 16, name, size=12, bold=True),
                   text(x + width / 2, y + 32, value, size=12, fill=palette.FORWARD) if value else "",
                   text(x + width / 2, y + 47, grad, size=12, fill=palette.GRADIENT) if grad else "",
                   title=", ".join(part for part in (name + (" (the same again)" if again else ""),
                                                     value and f"value {value}", grad) if part))


def _edge(points, colour):
    """A curve that leaves and arrives level, with a head."""
    (x, y), (x_end, y_end) = points[0], points[-1]
    path = f"M{number(x)} {number(y)}"
    for i, (x2, y2) in enumerate(points[1:], start=1):
        x2 = x2 - 5 if i == len(points) - 1 else x2
        if abs(y2 - y) < 0.05:
            path += f"L{number(x2)} {number(y2)}"
        else:
            bend = number((x + x2) / 2)
            path += f"C{bend} {number(y)} {bend} {number(y2)} {number(x2)} {number(y2)}"
        x, y = x2, y2
    stroke, width = colour or palette.DATA, 2.6 if colour else 1.2
    return (element("path", d=path, fill="none", stroke=stroke, stroke_width=width)
            + line(x_end - 6, y_end, x_end, y_end, stroke=stroke, width=width, arrow=True))


def _edge_text(points, label, colour):
    """The label of an edge, just before its head, where edges into one box lie apart."""
    (x1, y1), (x2, y2) = points[-2:]
    wide = 7 * len(label) + 3
    x = max(x2 - 13 - wide / 2, (x1 + x2) / 2)
    share, t = (x - x1) / max(x2 - 5 - x1, 1.0), 0.5
    for _ in range(8):                                  # where the curve, 1.5 t (1 − t) + t³ wide, passes x
        t += (share - (1.5 * t * (1 - t) + t ** 3)) / max(1.5 - 3 * t + 3 * t * t, 0.1)
    y = y1 + (y2 - y1) * (3 * t * t - 2 * t ** 3)
    return (rect(x - wide / 2, y - 8, wide, 15, fill="#FFFFFF", rx=3)
            + text(x, y + 4, label, size=11, fill=colour, bold=True))


def _sentence(nodes):
    made = [f"{caption(n)[0]} is {short(n.data)}" for n in nodes if n.rule]
    return "; ".join(made[-6:]) if made else "a single value"
