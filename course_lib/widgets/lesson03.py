"""Explorers of lesson 03: a loss stepped forward and backward, node by node; a ladder's paths against its nodes."""

from collections import namedtuple
from functools import cache

from course_lib.drawing import palette
from course_lib.drawing.graphs import arrange, graph_svg, short
from course_lib.drawing.svg import Chart, circle, drawing, line, text
from course_lib.graph import Tensor, apply, local_derivatives, topological_order
from course_lib.widgets.base import Explorer, play, slider

# ---- the loss: three scores, hinge loss, and a price on large weights ------------------------------------------


def score(x, w):
    """The score of one class for one input feature."""
    def backward(dy):
        return dy * w, dy * x
    return x * w, backward


def gap(s, right):
    """What one wrong class pays: max(0, s − right + 1)."""
    paid = max(0.0, s - right + 1)

    def backward(dy):
        return (dy, -dy) if paid > 0 else (0.0 * dy, 0.0 * dy)
    return paid, backward


def squares(*weights):
    """w0² + w1² + …"""
    def backward(dy):
        return tuple(2 * w * dy for w in weights)
    return sum(w * w for w in weights), backward


HOW = {"s0": "x × w0", "s1": "x × w1", "s2": "x × w2", "h1": "max(0, s1 − s0 + 1)", "h2": "max(0, s2 − s0 + 1)",
       "H": "h1 + h2", "R": "w0² + w1² + w2²", "P": "λ × R", "L": "H + P"}
INPUT, WRONG, PRICE = 2.0, (0.75, -0.25), 0.1           # x, the weights of the two wrong classes, λ
WEIGHTS = [-0.5, 0.0, 0.5, 0.75, 1.0, 1.25, 1.5]        # choices for the weight of the right class

Loss = namedtuple("Loss", "nodes made plan slopes")


def loss_graph(w0=0.5):
    """The graph's last node, L: one example x, three weights (class 0 is right), hinge loss and λ Σ w²."""
    x, *weights = [Tensor(v, n) for v, n in zip((INPUT, w0, *WRONG), ("x", "w0", "w1", "w2"))]
    named = {}

    def note(name, node):
        node.name = name
        named[name] = node
        return node
    scores = [note(f"s{k}", apply(score, x, w)) for k, w in enumerate(weights)]
    h1, h2 = (note(f"h{k}", apply(gap, scores[k], scores[0])) for k in (1, 2))
    data = note("H", h1 + h2)
    size = note("R", apply(squares, *weights))
    price = note("P", Tensor(PRICE, "λ") * size)
    return note("L", data + price)


@cache
def _loss(w0):
    """The graph for one weight, planned: all values and local derivatives, and where each box goes."""
    nodes = topological_order(loss_graph(w0))
    made = [n for n in nodes if n.rule]
    slopes = {id(n): local_derivatives(n) for n in made}
    plan = arrange(nodes, lambda n: (_name(n), short(n.data), "grad −0.25 + …"), gap=96)
    return Loss(nodes, made, plan, slopes)


def _name(node):
    return f"{node.name} = {_SYMBOL[node.name[0]]}" if node.rule else node.name


_SYMBOL = {"s": "x w", "h": "max", "H": "+", "R": "Σ w²", "P": "λ R", "L": "H + P"}
STEPS = 2 * len(HOW) + 1                                # each node forward, the 1 that starts, each node backward


def progress_at(state):
    """Where a state stands: values known, gradients so far, nodes visited, and the node of this very step.

    Returns ``(known, grads, visited, node)``: sets of ids, a dict ``{id: gradient}``, and a node or None.
    """
    loss, step, n = _loss(state["weight"]), state["step"], len(HOW)
    known = {id(node) for node in loss.nodes if not node.rule} | {id(node) for node in loss.made[:step]}
    grads = {id(loss.made[-1]): 1.0} if step > n else {}
    visits = loss.made[::-1][:max(step - n - 1, 0)]
    for node in visits:
        for x, slope in zip(node.inputs, loss.slopes[id(node)]):
            grads[id(x)] = grads.get(id(x), 0.0) + grads[id(node)] * slope
    at = None if step == 0 else loss.made[step - 1] if step <= n else loss.made[-1] if step == n + 1 else visits[-1]
    return known, grads, {id(v) for v in visits}, at


def _complete(loss, node, visited):
    """Has every node that uses this one been visited?"""
    return all(id(user) in visited for user in loss.made if any(x is node for x in user.inputs))


def loss_picture(state):
    loss, step, n = _loss(state["weight"]), state["step"], len(HOW)
    known, grads, visited, at = progress_at(state)

    def lines(node):
        value = short(node.data) if id(node) in known else "?"
        grad = f"grad {short(grads[id(node)])}" if id(node) in grads else ""
        return _name(node), value, grad + (" + …" if grad and not _complete(loss, node, visited) else "")
    backward = step > n + 1
    strokes = {} if at is None or step == n + 1 else {
        (id(at), k): palette.GRADIENT if backward else palette.FORWARD for k in range(len(at.inputs))}
    labels = {(id(v), k): f"×{short(slope)}" for v in loss.made if id(v) in visited
              for k, slope in enumerate(loss.slopes[id(v)])}
    title = f"hinge loss with a price on large weights, step {step} of {STEPS}"
    return graph_svg(loss.nodes, loss.plan, lines=lines, marked={id(at)}, labels=labels, strokes=strokes, title=title)


def loss_readout(state):
    loss, step, n = _loss(state["weight"]), state["step"], len(HOW)
    _, grads, visited, at = progress_at(state)
    if step == 0:
        given = ", ".join(f"{x.name} = {short(x.data)}" for x in loss.nodes if not x.rule)
        return f"Step 0 of {STEPS}: only the leaves are known, {given}. Class 0 is right."
    if step <= n:
        used = ", ".join(f"{x.name} = {short(x.data)}" for x in dict.fromkeys(at.inputs))
        return f"Step {step} of {STEPS}, forward: {at.name} = {HOW[at.name]} = {short(at.data)}, from {used}."
    if step == n + 1:
        return (f"Step {step} of {STEPS}, turn round: L = {short(at.data)}. If L grows by a little, L grows by as much: "
                "∂L/∂L = 1. This 1 goes back.")
    passed = []
    for x, slope in zip(at.inputs, loss.slopes[id(at)]):
        now, share = grads[id(x)], grads[id(at)] * slope
        text_ = f"{x.name} receives {short(grads[id(at)])} × {_signed(slope)} = {short(share)}"
        text_ += f", together {short(now)}" if abs(now - share) > 1e-12 or _others(loss, x, at, visited) else ""
        passed.append(text_ + ("" if _complete(loss, x, visited) else " (more to come)"))
    closed = " The margin is kept, so nothing passes." if at.rule is gap and at.data == 0 else ""
    return (f"Step {step} of {STEPS}, backward: visit {at.name}. All its users have paid, so ∂L/∂{at.name} = "
            f"{short(grads[id(at)])} is complete. Local derivative times gradient: {'; '.join(passed)}.{closed}")


def _signed(value):
    return f"({short(value)})" if value < 0 else short(value)


def _others(loss, x, at, visited):
    """Did another node, visited before, already contribute to x?"""
    return any(user is not at and id(user) in visited and any(i is x for i in user.inputs) for user in loss.made)


def loss_explorer():
    """How does one loss reach three weights? Step through the graph, forward and backward."""
    step = slider("Step", 0, 0, STEPS, tooltip="forward through the graph, then backward; arrow keys move by one node")
    return Explorer(
        alt="The graph of a hinge loss with a price on large weights: three scores, two margins, a sum. "
            "Press Next to compute it node by node, and then to pass the gradient back node by node.",
        picture=loss_picture, readout=loss_readout,
        controls={"step": play(step, interval=1500),
                  "weight": slider("Weight of the right class, w0", 0.5, 0, 0, options=WEIGHTS,
                                   tooltip="a larger w0 raises the right score until the margins are kept")},
        actions={"Next": lambda s: {"step": min(s["step"] + 1, STEPS)}, "Back": lambda s: {"step": max(s["step"] - 1, 0)},
                 "Turn round": lambda s: {"step": len(HOW) + 1}})


# ---- the ladder: paths against nodes -----------------------------------------------------------------------------

MOST = 40                                               # rungs


def ladder(rungs, x=0.25):
    """The ladder's last node and its first: ``rungs`` times x ← x − x x."""
    first = x = Tensor(x, "x")
    for _ in range(rungs):
        x = x - x * x
    return x, first


@cache
def ladder_counts(rungs):
    """``(paths, backward calls, derivative)`` of a ladder, counted on its graph.

    Paths into a node are the sum of the paths into its inputs: counting them is quick, walking them is not.
    """
    last, first = ladder(rungs)
    order = topological_order(last)
    paths = {id(first): 1}
    for node in order:
        if node.rule:
            paths[id(node)] = sum(paths[id(x)] for x in node.inputs)
    last.backward()
    return paths[id(last)], sum(node.rule is not None for node in order), first.grad


def ladder_picture(state):
    rungs = state["rungs"]
    paths, calls, _ = ladder_counts(rungs)
    chart = Chart((0, MOST), (1, 1e20), width=560, height=300, top=74, log_y=True, x_label="rungs", y_label="number of",
                  title="Paths multiply, backward calls add")
    counts = [ladder_counts(n) for n in range(1, MOST + 1)]
    xs = range(1, MOST + 1)
    chart.line(xs, [c[0] for c in counts], colour=palette.GRADIENT, label="paths")
    chart.line(xs, [c[1] for c in counts], colour=palette.FORWARD, dash="6 3", label="backward calls")
    chart.points([rungs, rungs], [paths, calls], radius=5, colour=palette.INK, titles=[f"{paths} paths", f"{calls} calls"])
    return drawing(560, 374, _rungs(rungs), str(chart), title=f"a ladder of {rungs} rungs: {paths} paths, {calls} backward calls")


def _rungs(rungs):
    """The first rungs as dots: three ways between neighbours."""
    shown = min(rungs, 6)
    parts = []
    for i in range(shown):
        x = 30 + 70 * i
        parts.append(f'<path d="M{x} 36Q{x + 35} 8 {x + 70} 36M{x} 36L{x + 70} 36M{x} 36Q{x + 35} 64 {x + 70} 36" '
                     f'fill="none" stroke="{palette.DATA}" stroke-width="1.4"/>')
    for i in range(shown + 1):
        parts.append(circle(30 + 70 * i, 36, 6, fill="#FFFFFF", stroke=palette.INK, stroke_width=1.6))
    if rungs > shown:
        parts += [line(30 + 70 * shown + 8, 36, 30 + 70 * shown + 24, 36, stroke=palette.DATA, dash="3 3"),
                  text(30 + 70 * shown + 28, 40, f"and {rungs - shown} more", anchor="start", size=11, fill=palette.DATA)]
    return "".join(parts)


def ladder_readout(state):
    paths, calls, slope = ladder_counts(state["rungs"])
    rungs = state["rungs"]
    return (f"{rungs} rung{'s' if rungs > 1 else ''}: {paths:,} paths, {calls} backward calls. Derivative {slope:.4g}. "
            f"Walking a million paths a second takes {_duration(paths / 1e6)}.")


def _duration(seconds):
    """A time in the largest fitting unit."""
    for size, unit in ((3.156e7, "years"), (86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return "less than two seconds"


def ladder_explorer():
    """How many paths does reverse mode never walk?"""
    return Explorer(
        alt="A ladder graph and, on a logarithmic axis, its number of paths beside the number of backward calls. "
            "Move the slider to add rungs: paths multiply by three, calls grow by two.",
        picture=ladder_picture, readout=ladder_readout,
        controls={"rungs": slider("Rungs", 20, 1, MOST, tooltip="how often x is replaced by x − x x")})


EXPLORERS = {"loss": loss_explorer, "ladder": ladder_explorer}
