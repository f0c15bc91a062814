"""Computational graphs: every node a box, every edge an arrow from what was used to what was made."""

import numpy as np

from course_lib.graph import Parameter, Tensor, local_derivatives, rule_name, topological_order
from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import written
from course_lib.page.drawing.svg import Picture, drawing, element, line, number, rect, text

SYMBOLS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "negative": "−", "matmul": "@", "power": "xⁿ"}
# vertical distance between boxes, horizontal room for arrows, and for labels on them
ROW, GAP, WIDE_GAP = 74, 46, 84


def draw_graph(tensor, *, highlight=(), local=False, names=None, title="computational graph"):
    """The graph that made ``tensor``, inputs on the left, as a ``Picture``.

    Each box shows the name or the rule, the value (blue) and, after ``backward``, the gradient (vermillion); arrays
    show their shape. ``highlight``: tensors to frame boldly. ``local``: write on each edge the derivative of the
    node on its right with respect to the node on its left (where both are single numbers). ``names``: further names,
    ``{name: tensor}``. At most 200 nodes.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"draw_graph: expected a Tensor, got {type(tensor).__name__}")
    nodes = topological_order(tensor)
    if len(nodes) > 200:
        raise ValueError(f"draw_graph: {len(nodes)} nodes are too many to draw (at most 200); "
                         "draw a smaller example, or a layer network with net.trace")
    given = {id(node): name for name, node in (names or {}).items()}

    def label(node):
        return caption(node, given.get(id(node)))
    places, ways, width, height = _arrange(nodes, label, WIDE_GAP if local else GAP)
    marked = {id(t) for t in highlight}
    edges = "".join(_edges(node, places, ways, local) for node in nodes)
    boxes = "".join(_box(node, places[id(node)], label(node), id(node) in marked) for node in nodes)
    count = f"{len(nodes)} nodes, {sum(len(n.inputs) for n in nodes)} edges"
    return Picture(drawing(width, height, edges, boxes, title=f"{title}: {count}"),
                   f"{title}, {count}: {_sentence(nodes, label)}")


def layout(nodes, label=None):
    """Places ``{id: (x, y, width, height)}`` and the size of the drawing. ``nodes`` are in topological order.

    A node's column is the longest path to it, but a leaf stands just left of its first use; the rows of a column
    are ordered by the mean row of their neighbours, swept to and fro (Sugiyama, Tagawa, Toda 1981).
    """
    places, _, width, height = _arrange(nodes, label or caption, GAP)
    return places, width, height


def _arrange(nodes, label, gap):
    """``layout``, and the ways ``{(id, column): place}`` that are kept free for edges longer than one column."""
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
    before = {id(n): [] for n in nodes}             # neighbours in the columns just left and just right
    after = {id(n): [] for n in nodes}
    for node in nodes:
        for x in node.inputs:
            stations = [id(x), *((id(x), c) for c in range(column[id(x)] + 1, column[id(node)])), id(node)]
            for left, right in zip(stations, stations[1:]):
                if right not in before:
                    before[right], after[right] = [], []
                    columns[right[1]].append(right)
                before[right].append(left)
                after[left].append(right)
    best, fewest = [list(keys) for keys in columns], _crossings(columns, after)
    for sweep in range(8):
        neighbours = before if sweep % 2 == 0 else after
        row = {k: i - len(keys) / 2 for keys in columns for i, k in enumerate(keys)}
        for keys in columns if sweep % 2 == 0 else reversed(columns):
            keys.sort(key=lambda k: (np.mean([row[n] for n in neighbours[k]]) if neighbours[k] else row[k]))
            row.update({k: i - len(keys) / 2 for i, k in enumerate(keys)})
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = [list(keys) for keys in columns], crossings
    columns = best
    widths = {id(n): 22 + 7.2 * max(len(part) for part in label(n)) for n in nodes}
    tallest, x, places, ways = max(map(len, columns)), 12.0, {}, {}
    for keys in columns:
        wide = max((widths[k] for k in keys if k in widths), default=0)
        for i, k in enumerate(keys):
            y = 12 + (tallest - len(keys)) * ROW / 2 + i * ROW
            if k in widths:
                places[k] = (x + (wide - widths[k]) / 2, y, widths[k], 54.0)
            else:
                ways[k] = (x, y, wide, 54.0)
        x += wide + gap
    return places, ways, x - gap + 12, 12 + tallest * ROW - 8


def _crossings(columns, after):
    """How many pairs of edges between neighbouring columns cross."""
    count = 0
    for left, right in zip(columns, columns[1:]):
        place = {k: i for i, k in enumerate(right)}
        ends = [place[n] for k in left for n in sorted(after[k], key=place.get)]
        count += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return count


def caption(node, given=None):
    """The three lines of a box: what it is (``given``: a name that it does not carry itself), its value,
    its gradient."""
    rule = SYMBOLS.get(rule_name(node.rule), rule_name(node.rule)) if node.rule else ""
    name = given or node.name
    name = f"{name} = {rule}" if name and rule else name or rule or "constant"
    grad = "" if node.grad is None else f"grad {short(node.grad)}"
    return name, short(node.data), grad


def short(value):
    """A number with four digits, or the shape of an array."""
    shape = getattr(value, "shape", ())
    return "×".join(map(str, shape)) if shape else written(np.real(value), ".4g")


def _box(node, place, lines, bold):
    x, y, width, height = place
    name, value, grad = lines
    edge = palette.PARAMETER if isinstance(node, Parameter) else palette.INK if node.rule else palette.DATA
    return element("g", rect(x, y, width, height, fill="#FFFFFF", stroke=edge, stroke_width=3 if bold else 1.4,
                             rx=4 if node.rule is None else 14),
                   text(x + width / 2, y + 16, name, size=12, bold=True),
                   text(x + width / 2, y + 32, value, size=12, fill=palette.FORWARD),
                   text(x + width / 2, y + 47, grad, size=12, fill=palette.GRADIENT) if grad else "",
                   title=", ".join(part for part in (name, f"value {value}", grad) if part))


def _edges(node, places, ways, local):
    """The arrows into a node; those from the same input run side by side."""
    inputs, end = node.inputs, places[id(node)]
    labels = local_derivatives(node) if local and inputs else (None,) * len(inputs)
    parts = []
    for i, (x, label) in enumerate(zip(inputs, labels)):
        copies = [k for k, other in enumerate(inputs) if other is x]
        shift = (copies.index(i) - (len(copies) - 1) / 2) * (18 if local else 12)
        via = [place for (key, _), place in ways.items() if key == id(x) and place[0] < end[0]]
        parts.append(_edge(places[id(x)], via, end, shift, label))
    return "".join(parts)


def _edge(start, via, end, shift, label):
    """A straight arrow to the next column; a longer one runs level through the ways kept free for it."""
    x1, y1 = start[0] + start[2], start[1] + start[3] / 2 + shift
    x2, y2 = end[0], end[1] + end[3] / 2 + shift
    path = f"M{number(x1)} {number(y1)}"
    for x, y, wide, high in via:
        y, bend = y + high / 2 + shift, (x1 + x) / 2
        path += f"C{number(bend)} {number(y1)} {number(bend)} {number(y)} {number(x)} {number(y)}H{number(x + wide)}"
        x1, y1 = x + wide, y
    shaft = element("path", d=path, fill="none", stroke=palette.DATA, stroke_width=1.2) if via else ""
    return (shaft + line(x1, y1, x2, y2, stroke=palette.DATA, width=1.2, arrow=True)
            + _label((x1 + x2) / 2, (y1 + y2) / 2, label))


def _label(x, y, value):
    """A local derivative on white paper in the middle of its edge."""
    if value is None:
        return ""
    content = f"· {short(value)}"
    wide = 4 + 6.2 * len(content)
    return (rect(x - wide / 2, y - 8, wide, 16, fill="#FFFFFF")
            + text(x, y + 4, content, size=11, fill=palette.GRADIENT, title=f"local derivative {short(value)}"))


def _sentence(nodes, label):
    made = [f"{label(n)[0]} is {short(n.data)}" for n in nodes if n.rule]
    return "; ".join(made[-6:]) if made else "a single value"
