"""Tasks of lesson 03: rules on single numbers, the order of a graph, forward mode, and a backward pass over a graph."""

import math
import time

from course_lib.checks import Fault
from course_lib.exercises.guard import AnswerFault
from course_lib.exercises.task import Slip, Step, Task

SHEET = "03_chain_rule_on_a_graph"

# ---- 03-0 the chain rule on a small graph, in steps ------------------------------------------------------------

def derive_two_uses():
    """The gradient of w in a = w x, b = a + w, L = a b, in steps.

    A step is a function of the four numbers, or one of the answers offered.
    """
    return {
        "slope of a by w": lambda w, x, a, b: x,
        "slope of L by a": lambda w, x, a, b: b,
        "paths from a to L": "aL and abL",
        "along abL": lambda w, x, a, b: 1 * a,
        "da": lambda w, x, a, b: b + 1 * a,
        "reverse order": "L b a w",
        "paths from w to L": 3,
        "dw": lambda w, x, a, b: (b + a) * x + a * 1,
    }


def _four_numbers(rng):
    w, x = rng.normal(size=2).tolist()
    return w, x, w * x, w * x + w


_FUNCTION = dict(small=(2.0, 3.0, 6.0, 8.0), cases=_four_numbers)
_ONE_PATH = "each path counts, the direct one and the one through b: add the products of both"

TWO_USES = Task(
    id="03-0", title="the chain rule on a small graph, derived", level="derive", difficulty=1, importance=3, minutes=15,
    reference=derive_two_uses, shown="multiply along a path, add over all paths (3.6): dw = (b + a) x + a",
    steps=(
        Step("slope of a by w", "of a = w x, as lambda w, x, a, b: …", **_FUNCTION),
        Step("slope of L by a", "of L = a b, with b held still", **_FUNCTION),
        Step("paths from a to L", '"aL", "abL" or "aL and abL"?', ("aL", "abL", "aL and abL")),
        Step("along abL", "the slopes on this path, multiplied", **_FUNCTION),
        Step("da", "∂L/∂a, by all paths from a to L", **_FUNCTION),
        Step("reverse order", '"L a b w", "L b a w" or "w a b L"?', ("L a b w", "L b a w", "w a b L")),
        Step("paths from w to L", "1, 2, 3 or 4 of them?", (1, 2, 3, 4)),
        Step("dw", "∂L/∂w, by all paths from w to L", **_FUNCTION)),
    suspects=(
        Slip("factors exchanged", "the slope of w x with respect to w is x, the *other* factor",
             ('a by w": lambda w, x, a, b: x', 'a by w": lambda w, x, a, b: w')),
        Slip("value instead of slope", "this is the value of a; its slope says how fast it changes with w",
             ('a by w": lambda w, x, a, b: x', 'a by w": lambda w, x, a, b: w * x')),
        Slip("slope of a sum", "a = w x is a product: when w grows by 1, it grows by x",
             ('a by w": lambda w, x, a, b: x', 'a by w": lambda w, x, a, b: 1')),
        Slip("factors exchanged", "the slope of a b with respect to a is b, the *other* factor",
             ('L by a": lambda w, x, a, b: b', 'L by a": lambda w, x, a, b: a')),
        Slip("not local", "a local slope holds the other input still: that b depends on a comes later, as a path",
             ('L by a": lambda w, x, a, b: b', 'L by a": lambda w, x, a, b: b + a')),
        Slip("a path forgotten", "a is used twice: in b as well", ('"aL and abL"', '"aL"')),
        Slip("a path forgotten", "a is used twice: in the product L directly as well", ('"aL and abL"', '"abL"')),
        Slip("added along a path", "along a path slopes are multiplied: those of b = a + w and of L = a b",
             ('abL": lambda w, x, a, b: 1 * a', 'abL": lambda w, x, a, b: 1 + a')),
        Slip("the wrong slope", "the path ends with the step from b to L = a b, whose slope by b is a",
             ('abL": lambda w, x, a, b: 1 * a', 'abL": lambda w, x, a, b: b')),
        Slip("the last step forgotten", "the path has two steps, from a to b and from b to L",
             ('abL": lambda w, x, a, b: 1 * a', 'abL": lambda w, x, a, b: 1')),
        Slip("a path forgotten", _ONE_PATH, ("b + 1 * a", "b")),
        Slip("a path forgotten", _ONE_PATH, ("b + 1 * a", "a")),
        Slip("paths multiplied", "where paths meet, their products are added", ("b + 1 * a", "b * a")),
        Slip("mean of the paths", "the paths are added; nothing is divided", ("b + 1 * a", "(b + a) / 2")),
        Slip("visited too early", "a may hand on its gradient only when b, which uses a, has paid",
             ("L b a w", "L a b w")),
        Slip("order not reversed", "this is the order of the forward pass; gradients start at L",
             ("L b a w", "w a b L")),
        Slip("paths missed", "w is used in a and in b, and a again in b and in L", ('w to L": 3', 'w to L": 1')),
        Slip("paths missed", "two steps lead away from w; from a, two ways lead on", ('w to L": 3', 'w to L": 2')),
        Slip("a path too many", "from b there is one way to L; two paths lead through a, one through b alone",
             ('w to L": 3', 'w to L": 4')),
        Slip("a use forgotten", "w is used in b = a + w too: db times the slope 1 is added",
             ("(b + a) * x + a * 1", "(b + a) * x")),
        Slip("a use forgotten", "w is used in a = w x too: da times the slope x is added",
             ("(b + a) * x + a * 1", "a * 1")),
        Slip("a path forgotten", "da has two parts, b and a: both reach w, each times x",
             ("(b + a) * x + a * 1", "b * x + a")),
        Slip("upstream gradient ignored", "each local slope is multiplied by the gradient that arrives, da or db",
             ("(b + a) * x + a * 1", "x + 1")),
    ))


# ---- 03-1 the backward of +, × and max -------------------------------------------------------------------------

def binary_backward(op, a, b, dy):
    """The gradients (da, db) of y = a + b, a * b or max(a, b), for op "+", "*", "max".

    a, b, dy: floats  ->  da, db: floats
    """
    if op == "+":
        return dy, dy
    if op == "*":
        return dy * b, dy * a
    return (dy, 0.0) if a >= b else (0.0, dy)


def _drawn(*ops):
    """A case that draws one of the operations and three numbers."""
    return lambda rng: (str(rng.choice(ops)), *rng.normal(size=3).tolist())


_TIE = "at a tie, a = b, the whole gradient goes to a"
_PRODUCT, _MAX = "return dy * b, dy * a", "return (dy, 0.0) if a >= b else (0.0, dy)"

BINARY = Task(
    id="03-1", title="the backward of +, × and max", level="fill in", difficulty=1, importance=3, minutes=10,
    reference=binary_backward, outputs=("da", "db"), cases=_drawn("+", "*", "max"), count=9,
    small=("*", 2.0, 3.0, 10.0),
    edges={"a sum": ("+", 2.0, 5.0, -3.0), "another sum": _drawn("+"), "a product with 0": ("*", 0.0, 4.0, 2.0),
           "the first is the larger": ("max", 4.0, 1.0, 7.0), "the second is the larger": ("max", 1.0, 4.0, 7.0),
           "both negative": ("max", -1.0, -4.0, 7.0), "a tie": ("max", 3.0, 3.0, 8.0),
           "a tie but for 1e-13": ("max", 1.0, 1 + 1e-13, 8.0)},
    suspects=(
        Slip("factors exchanged", "the slope of a b with respect to a is b, the *other* factor",
             (_PRODUCT, "return dy * a, dy * b")),
        Slip("upstream gradient ignored",
             "these are the local derivatives only: multiply each by dy, which has come from above",
             ("return dy, dy", "return 1.0, 1.0"), (_PRODUCT, "return b, a"),
             (_MAX, "return (1.0, 0.0) if a >= b else (0.0, 1.0)")),
        Slip("upstream gradient ignored", "in the product, multiply the local derivative by dy",
             (_PRODUCT, "return b, a")),
        Slip("upstream gradient ignored", "in the sum, each input receives dy, not 1",
             ("return dy, dy", "return 1.0, 1.0")),
        Slip("upstream gradient ignored", "the larger input of max receives dy, not 1",
             (_MAX, "return (1.0, 0.0) if a >= b else (0.0, 1.0)")),
        Slip("gradient split", "+ does not divide the gradient: a change of a changes the sum by just as much, da = dy",
             ("return dy, dy", "return dy / 2, dy / 2")),
        Slip("minus for plus", "in a + b both slopes are 1; −1 belongs to a − b", ("return dy, dy", "return dy, -dy")),
        Slip("minus for plus", "in a + b both slopes are 1; −1 belongs to b − a", ("return dy, dy", "return -dy, dy")),
        Slip("value instead of slope", "the slope of a + b is 1; the values a and b have no place here",
             ("return dy, dy", "return dy * a, dy * b")),
        Slip("value instead of slope", "the slope of a b with respect to a is b; the value a b has no place here",
             (_PRODUCT, "return dy * a * b, dy * a * b")),
        Slip("divided by the factor", "(a b) / a is b, but not at a = 0: write dy * b", (_PRODUCT, "y = a * b\n"
             "        return dy * y / a, dy * y / b")),
        Slip("both inputs of max", "a small change of the smaller input does not change the maximum: its gradient is 0",
             (_MAX, "return dy, dy")),
        Slip("max passed to the smaller", "the gradient goes to the larger input: that one was passed on",
             ("a >= b", "a < b")),
        Slip("max by size", "the larger of the two is meant, not the one farther from 0",
             ("a >= b", "abs(a) >= abs(b)")),
        Slip("value instead of slope", "max hands dy to the larger input; the input's value is not multiplied in",
             (_MAX, "return (dy * a, 0.0) if a >= b else (0.0, dy * b)")),
        Slip("tie", _TIE, ("a >= b", "a > b")),
        Slip("almost a tie", "1 and 1 + 1e-13 are no tie: compare a and b as they are, with >=",
             ("a >= b", "a >= b or math.isclose(a, b)")),
        Slip("tie", _TIE + ", not half of it", (_MAX, "return (dy, 0.0) if a > b else (0.0, dy) if a < b else "
             "(dy / 2, dy / 2)")),
        Slip("tie", _TIE + ", and nothing to b", (_MAX, "return dy * (a >= b), dy * (b >= a)")),
        Slip("tie", _TIE + "; here nobody receives it", (_MAX, "return dy * (a > b), dy * (b > a)")),
    ))


# ---- 03-2 rules for exp and tanh -------------------------------------------------------------------------------

def unary_rule(op, x):
    """The rule exp (op "exp") or tanh (op "tanh"): y and its backward.

    x: float  ->  y: float, backward: a function dy -> dx
    """
    y = math.exp(x) if op == "exp" else math.tanh(x)

    def backward(dy):
        slope = y if op == "exp" else 1 - y * y
        return dy * slope
    return y, backward


def _op_x_dy(op):
    return lambda rng: (op, *rng.normal(size=2).tolist())


_EXP, _TANH = "slope = y if op", "else 1 - y * y"
_OVERFLOW = "e to the 1000 is too large for a float: math.tanh takes any x"
_COSH = "cosh 1000 is too large for a float: write the slope as 1 − y², with the output y"
_BY_EXP = ("(math.exp({0}) - math.exp(-{0})) / (math.exp({0}) + math.exp(-{0}))",
           "(math.exp(2 * {0}) - 1) / (math.exp(2 * {0}) + 1)", "2 / (1 + math.exp(-2 * {0})) - 1")


def _overflows(x):
    """tanh written with exponentials, which overflow."""
    return (Slip("overflow", _OVERFLOW, (f"math.tanh({x})", form.format(x))) for form in _BY_EXP)


_FORWARD = "backward must return dy times the slope; it applies the function itself to dy"

UNARY = Task(
    id="03-2", title="rules for exp and tanh", level="write", difficulty=2, importance=3, minutes=15,
    reference=unary_rule, rule=True, tolerance=1e-11, outputs=("y", "dx"), cases=_op_x_dy("tanh"),
    small=("exp", math.log(2), 5.0), names=("op", "x (0.6931 is ln 2)", "dy"),
    edges={"exp": _op_x_dy("exp"), "exp again": _op_x_dy("exp"), "exp of a negative number": ("exp", -2.0, 3.0),
           "exp of 5": ("exp", 5.0, 3.0), "tanh of 0": ("tanh", 0.0, 4.0),
           "tanh of a negative number": ("tanh", -2.0, 3.0), "tanh of 5": ("tanh", 5.0, 3.0),
           "tanh of 1000": ("tanh", 1000.0, 3.0), "tanh of −1000": ("tanh", -1000.0, 3.0)},
    suspects=(
        Slip("slope forgotten", "backward of exp must multiply dy by the slope of exp, which is exp(x) itself: y",
             (_EXP, "slope = 1 if op")),
        Slip("slope forgotten", "backward of tanh must multiply dy by the slope of tanh, 1 − y²", (_TANH, "else 1")),
        Slip("upstream gradient ignored", "these are the slopes alone: multiply them by dy",
             ("return dy * slope", "return slope")),
        Slip("upstream gradient ignored", "this is the slope of exp alone: multiply it by dy",
             ("dy * slope", '(1 if op == "exp" else dy) * slope')),
        Slip("upstream gradient ignored", "this is the slope of tanh alone: multiply it by dy",
             ("dy * slope", '(1 if op == "tanh" else dy) * slope')),
        Slip("power rule for exp", "x is in the exponent, not in the base: the slope of exp is exp itself",
             (_EXP, "slope = x * math.exp(x - 1) if op")),
        Slip("input instead of output", "the slope of exp is exp(x), which is y, and not x", (_EXP, "slope = x if op")),
        Slip("square forgotten", "the slope of tanh is 1 − y², not 1 − y", (_TANH, "else 1 - y")),
        Slip("input instead of output",
             "the slope of tanh is 1 − y² with y = tanh(x), the output; here it was taken of x",
             (_TANH, "else 1 - x * x")),
        Slip("slope of the sigmoid", "y (1 − y) belongs to the sigmoid; for tanh it is 1 − y²",
             (_TANH, "else y * (1 - y)")),
        Slip("sign", "the slope of tanh is 1 − y², which is never negative", (_TANH, "else y * y - 1")),
        Slip("forward instead of backward", _FORWARD,
             ("dy * slope", 'math.exp(dy) if op == "exp" else dy * slope')),
        Slip("forward instead of backward", _FORWARD,
             ("dy * slope", 'math.tanh(dy) if op == "tanh" else dy * slope')),
        *_overflows("x"), Slip("overflow", _COSH, (_TANH, "else 1 / math.cosh(x) ** 2")),
    ))


# ---- 03-3 the topological order: any right order passes, so the answer is judged, not compared -----------------

def topological_order(inputs, output):
    """The nodes that output depends on, each after its inputs, output last.

    inputs: dict {node: tuple of nodes}, output: a node  ->  list of nodes
    """
    order, done, todo = [], set(), [output]
    while todo:
        node = todo[-1]
        waiting = [x for x in inputs[node] if x not in done]
        if waiting:
            todo.extend(waiting)        # first these, then node once more
        else:
            todo.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return order


def _judged_order(answer):
    def judged(inputs, output):
        graph = dict(inputs)
        try:
            order = answer(inputs, output)
        except AnswerFault as error:
            if error.fault.name != "recursion":
                raise
            return Fault("recursion",
                         f"in a chain of {len(inputs):,} nodes a function that calls itself goes too deep: keep "
                         "a list of what is to be done instead")
        return _order_fault(order, graph, output) or "each node after its inputs"
    return judged


def _order_fault(order, inputs, output):
    """What is wrong with an order, or None."""
    if order is None:
        return Fault("nothing returned", "nothing was returned (None); is there a return statement?")
    if isinstance(order, (str, bytes, dict, set)) or not hasattr(order, "__len__"):
        return Fault("not a list", f"a list of nodes was expected, got {type(order).__name__}")
    order, wanted = list(order), topological_order(inputs, output)
    needed = set(wanted)
    graph = f"in the graph {inputs}" if len(inputs) < 10 else f"in a graph of {len(inputs):,} nodes"
    place = {node: i for i, node in enumerate(order)}
    shown = order if len(order) < 10 else [*order[:3], "…", *order[-3:]]
    if len(order) != len(place):
        twice = next(node for i, node in enumerate(order) if place[node] != i)
        return Fault("node twice", f"{graph}, {twice!r} stands more than once in the order; its backward would "
                     "run twice")
    if extra := [node for node in order if node not in needed]:
        return Fault("unneeded node", f"{graph}, {output!r} does not depend on {extra[0]!r}; start from {output!r} and "
                     "follow the inputs")
    if missing := [node for node in wanted if node not in place]:
        return Fault("node missing", f"{graph}, {missing[0]!r} is missing, though {output!r} depends on it")
    late = [(x, node) for node in order for x in inputs[node] if place[x] > place[node]]
    if late and len(late) == sum(len(inputs[node]) for node in order):
        return Fault("reversed", f"{graph}, the order {shown} runs from the output to the inputs; it is right when "
                     "turned round")
    if late:
        return Fault("input after its user", f"{graph}, the order {shown} has {late[0][0]!r} after {late[0][1]!r}, "
                     "which needs it: a node may come only when all its inputs have come")
    return None


def _random_graph(rng):
    """Nine nodes, two of them without a use; the dictionary is not in the order of a forward pass."""
    names = [f"n{i}" for i in rng.permutation(9)]
    graph = {n: tuple(names[j] for j in rng.integers(0, i, size=min(i, 3))) for i, n in enumerate(names)}
    graph[names[6]] = (names[5], names[0])              # a long way and a short one
    return {n: graph[n] for n in sorted(graph)}, names[6]


def _ladder(rungs):
    """Each rung uses the one below twice: 2 to the power of ``rungs`` paths."""
    return {0: (), **{i: (i - 1, i - 1) for i in range(1, rungs + 1)}}


ORDER = Task(
    id="03-3", title="the topological order", level="write", difficulty=2, importance=3, minutes=20,
    reference=topological_order, adapt=_judged_order, outputs=("the order",), cases=_random_graph,
    small=({"L": ("a", "b"), "x": (), "b": ("x", "a"), "a": ("x",)}, "L"),
    edges={"a single node": ({"L": ()}, "L"), "the node 0 as the output": ({1: (0,), 0: ()}, 0),
           "an input used twice": ({"x": (), "a": ("x", "x"), "L": ("a", "a")}, "L"),
           "a short arm and a long one": ({"L": ("a", "d"), "d": ("c", "x"), "c": ("b",), "b": ("a",), "a": ("x",),
                                           "x": ()}, "L"),
           "nodes that are not needed": ({"x": (), "a": ("x",), "b": ("x", "a"), "later": ("b",), "other": ()}, "b"),
           "nodes that are numbers": ({2: (0, 1), 1: (0,), 0: ()}, 2),
           "a ladder of 2¹⁰⁰ paths": (_ladder(100), 100),
           "a chain of 4,000 nodes": ({i: (i - 1,) if i else () for i in range(4_000)}, 3_999)},
    suspects=(
        Slip("reversed", "the order runs from the output to the inputs; turn it round",
             ("return order", "return order[::-1]")),
        Slip("node twice", "a node with two users was put on the list twice: let it join the order only once",
             ("if node not in done:", "if True:")),
        Slip("node missing", "the output itself belongs to the order, as its last node",
             ("return order", "return order[:-1]")),
        Slip("node missing", "nodes without inputs belong to the order as well, before their users",
             ("return order", "return [n for n in order if inputs[n]]")),
        Slip("unneeded node", "start from the output and follow the inputs: other nodes of the graph are not asked for",
             ("[output]", "list(inputs)")),
    ))


# ---- 03-4 forward mode with dual numbers -----------------------------------------------------------------------

def dual(op, a, b=None):
    """One operation on dual numbers.

    op "+", "*" or "tanh"; a, b: pairs (value, derivative)  ->  a pair
    """
    if op == "+":
        return a[0] + b[0], a[1] + b[1]
    if op == "*":
        return a[0] * b[0], a[1] * b[0] + a[0] * b[1]
    y = math.tanh(a[0])
    return y, (1 - y * y) * a[1]


def _two_duals(*ops):
    return lambda rng: (str(rng.choice(ops)), *map(tuple, rng.normal(size=(2, 2)).tolist()))


def _one_dual(rng):
    return "tanh", tuple(rng.normal(size=2).tolist())


_TERMS, _SLOPE = "a[1] * b[0] + a[0] * b[1]", "(1 - y * y) * a[1]"
_RULE = "(a b)' = a' b + a b': "

DUAL = Task(
    id="03-4", title="forward mode with dual numbers", level="write", difficulty=2, importance=2, minutes=15,
    reference=dual, outputs=("the value", "the derivative"), tolerance=1e-11, cases=_two_duals("+", "*"), count=6,
    small=("*", (2.0, 1.0), (3.0, 5.0)),
    edges={"a sum": ("+", (2.0, 1.0), (3.0, 5.0)), "another sum": _two_duals("+"),
           "a constant factor": ("*", (4.0, 0.0), (3.0, 2.0)), "a product with 0": ("*", (0.0, 2.0), (3.0, 1.0)),
           "tanh of 0": ("tanh", (0.0, 2.0)), "tanh": _one_dual, "tanh again": _one_dual,
           "tanh of a constant": ("tanh", (0.5, 0.0)), "tanh of 5": ("tanh", (5.0, 2.0)),
           "tanh of 1000": ("tanh", (1000.0, 2.0)), "tanh of −1000": ("tanh", (-1000.0, 2.0))},
    suspects=(
        Slip("product of derivatives", "the derivative of a product is not the product of the derivatives: "
             "(a b)' = a' b + a b'", (_TERMS, "a[1] * b[1]")),
        Slip("half of the product rule", _RULE + "one of the two terms is missing", (_TERMS, "a[1] * b[0]")),
        Slip("half of the product rule", _RULE + "one of the two terms is missing", (_TERMS, "a[0] * b[1]")),
        Slip("factors exchanged", _RULE + "each derivative is multiplied by the *other* value",
             (_TERMS, "a[0] * a[1] + b[0] * b[1]")),
        Slip("minus for plus", _RULE + "the minus belongs to the quotient rule", (_TERMS, "a[1] * b[0] - a[0] * b[1]")),
        Slip("ε squared was kept", "ε² is dropped: the product of the two derivatives has no place here",
             (_TERMS, _TERMS + " + a[1] * b[1]")),
        Slip("sum rule", "the derivative of a product is not the sum of the derivatives: (a b)' = a' b + a b'",
             (_TERMS, "a[1] + b[1]")),
        Slip("mean instead of sum", "(a + b)' = a' + b': nothing is divided", ("a[1] + b[1]", "(a[1] + b[1]) / 2")),
        Slip("chain rule forgotten", "the slope of tanh must be multiplied by the derivative of what is inside it",
             (_SLOPE, "1 - y * y")),
        Slip("function of the derivative", "the derivative of tanh(a) is (1 − tanh² a) a', not tanh(a')",
             (_SLOPE, "math.tanh(a[1])")),
        Slip("slope forgotten", "the derivative inside is multiplied by the slope of tanh, 1 − y²", (_SLOPE, "a[1]")),
        Slip("input instead of output", "the slope of tanh is 1 − y² with y = tanh(a), not 1 − a²",
             (_SLOPE, "(1 - a[0] ** 2) * a[1]")),
        Slip("square forgotten", "the slope of tanh is 1 − y², not 1 − y", (_SLOPE, "(1 - y) * a[1]")),
        Slip("sign", "the slope of tanh is 1 − y², which is never negative", (_SLOPE, "(y * y - 1) * a[1]")),
        *_overflows("a[0]"), Slip("overflow", _COSH, (_SLOPE, "a[1] / math.cosh(a[0]) ** 2")),
    ))


# ---- 03-5 bug hunt: a backward pass over a graph ---------------------------------------------------------------

def backward_pass(order, inputs, local):
    """The gradient of the last node with respect to every node.

    order: list of nodes, inputs: {node: tuple of nodes},
    local: {node: tuple of floats}  ->  {node: float}
    """
    grads = {node: 0.0 for node in order}
    grads[order[-1]] = 1.0
    for node in reversed(order):
        for x, slope in zip(inputs[node], local[node]):
            grads[x] += grads[node] * slope     # a node used twice is paid twice
    return grads


def _graph_case(rng):
    """A random graph of ten nodes in which many are used twice, with random local derivatives."""
    order = [f"n{i}" for i in range(10)]
    inputs = {n: tuple(order[j] for j in sorted({i - 1, int(rng.integers(0, i))})) if i else ()
              for i, n in enumerate(order)}
    inputs["n2"], inputs["n9"] = ("n0", "n1"), ("n4", "n8")         # at least two diamonds
    return order, inputs, {n: tuple(rng.normal(size=len(inputs[n])).tolist()) for n in order}


def _diamond(by_a, by_b):
    """x is used by a and by b, L by both."""
    return (["x", "a", "b", "L"], {"x": (), "a": ("x",), "b": ("x",), "L": ("a", "b")},
            {"x": (), "a": (by_a,), "b": (by_b,), "L": (1.0, 1.0)})


_PAY = "grads[x] += grads[node] * slope"
_CONTRIBUTION = "each contribution is the gradient of the node times its local derivative"

PASS = Task(
    id="03-5", title="bug hunt: a backward pass over a graph", level="fill in", difficulty=2, importance=3, minutes=10,
    reference=backward_pass, cases=_graph_case, outputs=("the gradients",), hunt="= for +=",
    small=(["x", "a", "b", "L"], {"x": (), "a": ("x",), "b": ("x", "a"), "L": ("a", "b")},
           {"x": (), "a": (2.0,), "b": (3.0, 5.0), "L": (7.0, 1.0)}),
    edges={"a single node": (["L"], {"L": ()}, {"L": ()}),
           "a node used twice by one other": (["x", "L"], {"x": (), "L": ("x", "x")}, {"x": (), "L": (3.0, 4.0)}),
           "contributions that cancel": _diamond(2.0, -2.0), "a slope of 0": _diamond(0.0, 5.0),
           "two equal contributions": _diamond(3.0, 3.0),
           "dictionaries in another order": (["x", "a", "b", "L"],
                                             {"b": ("x", "a"), "L": ("b", "b"), "a": ("x",), "x": ()},
                                             {"L": (1.0, 2.0), "x": (), "a": (2.0,), "b": (3.0, 5.0)})},
    suspects=(
        Slip("= for +=", "a node that is used twice receives two contributions, and they add up: +=, not =",
             (_PAY + "     # a node used twice is paid twice", "grads[x] = grads[node] * slope")),
        Slip("upstream gradient ignored", _CONTRIBUTION, (_PAY, "grads[x] += slope")),
        Slip("local derivative ignored", _CONTRIBUTION, (_PAY, "grads[x] += grads[node]")),
        Slip("order not reversed", "a node may hand on its gradient only when all its users have contributed: from the "
             "output back", ("reversed(order)", "order")),
        Slip("the first gradient is missing", "dL/dL = 1: without it every other gradient is zero", ("= 1.0", "= 0.0")),
        Slip("sign", "contributions are added, not taken away", (_PAY, "grads[x] -= grads[node] * slope")),
        Slip("only the leaves", "the gradients of all nodes are asked for, not only those of the leaves",
             ("return grads", "return {n: grads[n] for n in order if not inputs[n]}")),
        Slip("product of the contributions", "along a path derivatives are multiplied, where paths meet they are added",
             (_PAY, "grads[x] = (grads[x] or 1.0) * grads[node] * slope")),
        Slip("the largest contribution", "where paths meet, their contributions are added",
             (_PAY, "grads[x] = max(grads[x], grads[node] * slope, key=abs)")),
        Slip("equal contributions counted once", "each use pays, also when two pay the same",
             (_PAY, "new = grads[node] * slope\n            grads[x] += new if grads[x] != new else 0.0")),
        Slip("a node used twice counted once", "an input that stands twice is paid twice, with both local derivatives",
             ("zip(inputs[node], local[node])", "dict(zip(inputs[node], local[node])).items()")),
        Slip("a node used twice counted once", "an input that stands twice is paid twice, with both local derivatives",
             ("zip(inputs[node], local[node])", "dict(zip(inputs[node][::-1], local[node][::-1])).items()")),
    ))


# ---- 03-6 a gradient from a tape -------------------------------------------------------------------------------

def tape_gradient(tape, x):
    """The gradient of the tape's last value with respect to x.

    tape: list of (op, i, j), op "+", "*" or "tanh"; x: list of floats
    ->  list of floats
    """
    values = list(x)
    for op, i, j in tape:
        values.append(values[i] + values[j] if op == "+" else
                      values[i] * values[j] if op == "*" else math.tanh(values[i]))
    grads = [0.0] * (len(values) - 1) + [1.0]
    for k in reversed(range(len(x), len(values))):
        op, i, j = tape[k - len(x)]
        if op == "tanh":
            grads[i] += grads[k] * (1 - values[k] ** 2)
        else:
            grads[i] += grads[k] * (1.0 if op == "+" else values[j])
            grads[j] += grads[k] * (1.0 if op == "+" else values[i])
    return grads[:len(x)]


def _tape_case(rng):
    """Eight operations on three numbers: everything is used, several values twice, one value multiplied by itself."""
    tape = [("*", 0, 1), ("tanh", 3, None), ("+", 4, 2), ("*", 5, 5), ("*", 6, 0), ("+", 7, 3), ("tanh", 8, None),
            ("*", 9, 0)]
    order = rng.permutation(3)
    renamed = [(op, int(order[i]) if i < 3 else i, None if j is None else int(order[j]) if j < 3 else j)
               for op, i, j in tape]
    return renamed, (0.7 * rng.normal(size=3)).tolist()


def _long_tape(lines, size):
    """Each line takes one of the ``size`` numbers to the last value; the values stay between −1 and 1."""
    tape = [("*", 0, 0)]
    for k in range(size, size + lines - 1):
        tape.append([("+", k, k % size), ("tanh", k, None), ("*", k, k % size)][k % 3])
    return tape, [0.9 - 0.5 * i / size for i in range(size)]


def _one_walk(answer, rng):
    """Reverse mode takes as long for 500 numbers as for 2; a pass for each number takes 250 times as long."""
    def seconds(arguments):
        start = time.perf_counter()
        answer(*arguments)
        return time.perf_counter() - start
    few, many = _long_tape(2000, 2), _long_tape(2000, 500)
    allowed = 0.02 + 12 * min(seconds(few) for _ in range(4))     # 0.02: a coarse clock
    if any(seconds(many) < allowed for _ in range(3)):  # a busy machine is given three tries
        return None
    return Fault("a pass for each number", "a tape of the same length takes many times as long with 500 numbers as "
                 "with 2: the tape is run again for each number; one walk backward gives all gradients at once")


_UP = 'grads[k] * (1.0 if op == "+" else values[{}])'
_UPSTREAM = "multiply the local derivative by the gradient of the result, grads[k]"
_ADD_UP = "a number that is used twice receives two contributions, and they add up; also in x · x"

TAPE = Task(
    id="03-6", title="a gradient from a tape", level="explore", difficulty=3, importance=3, minutes=30,
    reference=tape_gradient, cases=_tape_case, outputs=("the gradient",), tolerance=1e-11,
    small=([("*", 0, 1), ("+", 2, 0), ("*", 3, 3)], [2.0, 3.0]),
    edges={"an empty tape": ([], [4.0, 5.0]), "x + x": ([("+", 0, 0)], [3.0]), "x · x": ([("*", 0, 0)], [3.0]),
           "numbers that are not used": ([("*", 3, 1)], [1.0, 2.0, 3.0, 4.0]),
           "a line that is not used": ([("*", 0, 1), ("+", 0, 1)], [2.0, 3.0]),
           "a product with 0": ([("*", 0, 1)], [0.0, 3.0]), "tanh alone": ([("tanh", 0, None)], [0.5]),
           "tanh of 1000 and −1000": ([("tanh", 0, None), ("tanh", 1, None), ("*", 2, 1), ("*", 3, 0), ("+", 4, 5)],
                                      [1000.0, -1000.0]),
           "3,000 lines": _long_tape(3000, 5)},
    probes=(("one walk gives all gradients, for 500 numbers as quickly as for 2", _one_walk),),
    suspects=(
        Slip("= for +=", _ADD_UP, ("grads[i] += grads[k] * (1 -", "grads[i] = grads[k] * (1 -"),
             ("grads[i] += grads[k] * (1.0", "grads[i] = grads[k] * (1.0"), ("grads[j] +=", "grads[j] =")),
        Slip("= for +=", _ADD_UP, ("grads[i] += grads[k] * (1.0", "grads[i] = grads[k] * (1.0"),
             ("grads[j] +=", "grads[j] =")),
        Slip("= for +=", _ADD_UP, ("grads[j] +=", "grads[j] =")),
        Slip("= for +=", _ADD_UP, ("grads[i] += grads[k] * (1 -", "grads[i] = grads[k] * (1 -")),
        Slip("x · x paid once", "in x · x and in x + x both places hold the same number, and both are paid",
             ("            grads[j] +=", "            if j != i:\n                grads[j] +=")),
        Slip("order not reversed", "walk the tape from its last line to its first",
             ("reversed(range(len(x), len(values)))", "range(len(x), len(values))")),
        Slip("factors exchanged", "the slope of a b with respect to a is b, the *other* factor",
             ("else values[j])", "else (values[i]))"), ("else values[i])", "else (values[j]))")),
        Slip("upstream gradient ignored", "in the product, " + _UPSTREAM,
             (_UP.format("j"), '(grads[k] if op == "+" else values[j])'),
             (_UP.format("i"), '(grads[k] if op == "+" else values[i])')),
        Slip("upstream gradient ignored", "in the sum, each number receives the gradient of the result, not 1",
             (_UP.format("j"), '(1.0 if op == "+" else grads[k] * values[j])'),
             (_UP.format("i"), '(1.0 if op == "+" else grads[k] * values[i])')),
        Slip("upstream gradient ignored", "for tanh, " + _UPSTREAM,
             ("grads[k] * (1 - values[k] ** 2)", "1 - values[k] ** 2")),
        Slip("input instead of output", "the slope of tanh is 1 − y² with y, the value that tanh gave",
             ("values[k] ** 2", "values[i] ** 2")),
        Slip("square forgotten", "the slope of tanh is 1 − y², not 1 − y", ("values[k] ** 2", "values[k]")),
        Slip("slope forgotten", "on the way back through tanh, multiply by its slope 1 − y²",
             (" * (1 - values[k] ** 2)", "")),
        Slip("the first gradient is missing", "the gradient of the last value is 1; without it every other one is zero",
             ("[1.0]", "[0.0]")),
        Slip("more than the inputs", "these are the gradients of all values; only those of the inputs x are asked for, "
             "the first len(x)", ("grads[:len(x)]", "grads")),
        *_overflows("values[i]"),
        Slip("overflow", _COSH, ("* (1 - values[k] ** 2)", "/ math.cosh(values[i]) ** 2")),
    ))


TASKS = [TWO_USES, BINARY, UNARY, ORDER, DUAL, PASS, TAPE]
