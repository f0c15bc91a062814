"""Answers to the tasks of lesson 03 as learners write them: wrong ones with the name that the check must give, right
ones written as nobody would expect."""

import cmath
import math
from collections import defaultdict
from functools import partial
from graphlib import TopologicalSorter

import numpy as np
from answers import edited

# ---- 03-0 ----------------------------------------------------------------------------------------------------------


def two_uses():
    return {
        "slope of a by w": lambda w, x, a, b: x,
        "slope of L by a": lambda w, x, a, b: b,
        "paths from a to L": "aL and abL",
        "along abL": lambda w, x, a, b: a,
        "da": lambda w, x, a, b: sum([b, a]),
        "reverse order": "L b a w",
        "paths from w to L": 3,
        "dw": lambda w, x, a, b: b * x + a * x + a,
    }


def two_uses_without_a_and_b():
    """The same numbers, written with w and x alone; blanks and kinds of numbers do not matter."""
    def slope_of_a(w, x, a, b):
        return x
    return dict(two_uses(), **{"slope of a by w": slope_of_a, "slope of L by a": lambda w, x, a, b: w * (x + 1),
                               "paths from a to L": "aL  and  abL", "da": lambda *n: n[2] + n[3],
                               "reverse order": "LBAW", "paths from w to L": np.int64(3),
                               "dw": lambda w, x, *_: 2 * w * x * (x + 1)})


def two_uses_by_what_b_is():
    """∂L/∂a with a + w for b."""
    return two_uses() | {"slope of L by a": lambda w, x, a, b: a + w, "da": lambda w, x, a, b: a + w + a}


class Steps:
    def __call__(self):
        return {**two_uses(), "along abL": partial(lambda one, w, x, a, b: one * a, 1.0), "note": "one step more"}

    __name__ = "Steps"


# ---- 03-1 ----------------------------------------------------------------------------------------------------------

def binary(op, a, b, dy):
    if op == "+":
        da = db = dy
    elif op == "*":
        da, db = b * dy, a * dy
    elif a >= b:
        da, db = dy, 0
    else:
        da, db = 0, dy
    return da, db


def only_da(op, a, b, dy):
    return binary(op, a, b, dy)[0]


def binary_db_first(op, a, b, dy):
    return binary(op, a, b, dy)[::-1]


def binary_forward(op, a, b, dy):
    return a + b if op == "+" else a * b if op == "*" else max(a, b)


def binary_without_max(op, a, b, dy):
    if op == "+":
        return [dy, dy]
    if op == "*":
        return [b * dy, a * dy]


def binary_by_table(op, a, b, dy):
    """Local derivatives in a table; a list of NumPy's numbers."""
    slopes = {"+": (1, 1), "*": (b, a), "max": (a >= b, a < b)}[op]
    return list(np.multiply(dy, slopes))


def binary_as_array(op, a, b, dy):
    first = float(a >= b)
    return np.array({"+": [1.0, 1.0], "*": [b, a]}.get(op, [first, 1 - first])) * dy


def binary_in_single(op, a, b, dy):
    return tuple(np.float32(v) for v in binary(op, a, b, dy))


def binary_by_closeness(op, a, b, dy, near=1e-12):
    return (dy, 0.0) if op == "max" and abs(a - b) < near else binary(op, a, b, dy)


def binary_compared_in_single(op, a, b, dy):
    return binary(op, np.float32(a), np.float32(b), dy) if op == "max" else binary(op, a, b, dy)


binary_one_line = lambda op, a, b, dy: {"+": (dy, dy), "*": (dy * b, dy * a)}.get(  # noqa: E731
    op, (dy if a >= b else 0, dy if b > a else 0))


# ---- 03-2 ----------------------------------------------------------------------------------------------------------

def unary(op, x):
    if op == "exp":
        e = math.exp(x)
        return e, lambda dy: e * dy
    t = math.tanh(x)
    return t, lambda dy: dy * (1 - t ** 2)


def unary_by_two_exponentials(op, x):
    e, f = math.exp(x), math.exp(-x)
    y = e if op == "exp" else (e - f) / (e + f)
    return y, lambda dy: dy * (y if op == "exp" else 1 - y * y)


def unary_by_the_square(op, x):
    y = math.exp(x) if op == "exp" else 1 - 2 / (1 + math.exp(2 * x))
    return y, lambda dy: dy * (y if op == "exp" else 1 - y * y)


def unary_by_numpy_s_exponentials(op, x):
    y = np.exp(x) if op == "exp" else (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1)
    return y, lambda dy: dy * (y if op == "exp" else 1 - y * y)


def unary_clipped(op, x):
    y = math.exp(min(x, 2.0)) if op == "exp" else math.tanh(x)
    return y, lambda dy: dy * (y if op == "exp" else 1 - y * y)


def unary_slope_never_0(op, x):
    y = math.exp(x) if op == "exp" else math.tanh(x)
    return y, lambda dy: dy * (y if op == "exp" else max(1 - y * y, 1e-3))


remembered = {}


def shared_memory(op, x):
    """Keeps y in one place for all calls, as a layer object with self.y does."""
    remembered[op] = math.exp(x) if op == "exp" else math.tanh(x)

    def backward(dy):
        y = remembered[op]
        return dy * y if op == "exp" else dy * (1 - y ** 2)
    return remembered[op], backward


def used_up(op, x):
    """The second backward has nothing left."""
    slopes = [math.exp(x) if op == "exp" else 1 - math.tanh(x) ** 2]
    return unary(op, x)[0], lambda dy: dy * (slopes.pop() if slopes else 0.0)


def unary_by_differences(op, x):
    function = getattr(math, op)
    return function(x), lambda dy: dy * (function(x + 1e-6) - function(x - 1e-6)) / 2e-6


def gradient_at_once(op, x):
    y = math.exp(x) if op == "exp" else math.tanh(x)
    return y, y if op == "exp" else 1 - y ** 2


def only_the_value(op, x):
    return math.exp(x) if op == "exp" else math.tanh(x)


def only_the_backward(op, x):
    return unary(op, x)[1]


def three_results(op, x):
    return *unary(op, x), op


def backward_without_return(op, x):
    y = math.exp(x) if op == "exp" else math.tanh(x)

    def backward(dy):
        dx = dy * y if op == "exp" else dy * (1 - y * y)     # noqa: F841
    return y, backward


def unary_by_numpy(op, x):
    y = getattr(np, op)(x)
    return y, lambda dy, y=y: np.multiply(dy, y if op == "exp" else (1 - y) * (1 + y))


class Slope:
    def __init__(self, slope):
        self.slope = slope

    def __call__(self, dy):
        return dy * self.slope,


def unary_with_objects(op, x):
    e = math.exp(x if op == "exp" else -2 * abs(x))         # never above 1 for tanh
    y = e if op == "exp" else math.copysign((1 - e) / (1 + e), x)
    return [y, Slope(y if op == "exp" else 1 - y ** 2)]


def unary_by_partial(op, x):
    y = float(np.tanh(x)) if op == "tanh" else math.e ** x
    return y, partial(lambda slope, dy: slope * dy, {"exp": y, "tanh": 1 - y * y}[op])


# ---- 03-3 ----------------------------------------------------------------------------------------------------------

def order_by_marks(inputs, output):
    """Two visits for each node: the first lays its inputs on the stack, the second puts it down."""
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((x, False) for x in inputs[node])]
    return order


def recursive(inputs, output):
    order = []

    def visit(node):
        if node not in order:
            for x in inputs[node]:
                visit(x)
            order.append(node)
    visit(output)
    return order


def reached(inputs, output):
    nodes, seen = [output], {output}
    for n in nodes:
        new = [x for x in dict.fromkeys(inputs[n]) if x not in seen]
        nodes += new
        seen.update(new)
    return nodes


def breadth_first(inputs, output):
    return reached(inputs, output)[::-1]


def as_in_the_dictionary(inputs, output):
    needed = set(reached(inputs, output))
    return [n for n in inputs if n in needed]


def by_name(inputs, output):
    return sorted(reached(inputs, output), key=str)


def preorder_turned_round(inputs, output):
    """Each node joins when it is first seen, depth first; then the list is turned round."""
    order, stack = [], [output]
    while stack:
        node = stack.pop()
        if node not in order:
            order.append(node)
            stack += inputs[node]
    return order[::-1]


def children_first(inputs, output):
    return order_by_marks(inputs, output)[::-1]


def every_path(inputs, output):
    order, stack = [], [output]
    for _ in range(40):
        if stack:
            node = stack.pop()
            order.append(node)
            stack += inputs[node]
    return order[::-1]


def whole_graph(inputs, output):
    return list(TopologicalSorter(inputs).static_order())


def no_leaves(inputs, output):
    return [n for n in order_by_marks(inputs, output) if inputs[n] or n == output]


def consumes_the_graph(inputs, output):
    order = order_by_marks(inputs, output)
    for n in order:
        inputs.pop(n)
    return order


def a_set(inputs, output):
    return set(order_by_marks(inputs, output))


def forgets_to_return(inputs, output):
    order_by_marks(inputs, output)


def skips_what_counts_as_false(inputs, output):
    """The node 0 is false in an ``if``."""
    return [n for n in order_by_marks(inputs, output) if n]


def order_by_waiting_counts(inputs, output):
    """Kahn: count what each node waits for, with repeated inputs; a tuple is returned."""
    waits, users, ready, order = {}, defaultdict(list), [], []
    for n in reached(inputs, output):
        waits[n] = len(inputs[n])
        for x in inputs[n]:
            users[x].append(n)
        if not inputs[n]:
            ready.append(n)
    while ready:
        order.append(ready.pop(0))
        for user in users[order[-1]]:
            waits[user] -= 1
            if not waits[user]:
                ready.append(user)
    return tuple(order)


def order_by_depth(inputs, output):
    """The longest way to a leaf decides; an array of NumPy is returned."""
    depth = {}
    for n in order_by_marks(inputs, output):
        depth[n] = 1 + max((depth[x] for x in inputs[n]), default=-1)
    return np.array(sorted(depth, key=depth.get))


def order_by_the_library(inputs, output):
    needed = set(reached(inputs, output))
    return [n for n in TopologicalSorter(inputs).static_order() if n in needed]


# ---- 03-4 ----------------------------------------------------------------------------------------------------------

def pair(op, a, b=None):
    u, du = a
    if op == "tanh":
        return math.tanh(u), du * (1 - math.tanh(u) ** 2)
    v, dv = b
    if op == "*":
        return u * v, u * dv + v * du
    return u + v, du + dv


def only_derivatives(op, a, b=None):
    return pair(op, a, b)[1]


def derivative_first(op, a, b=None):
    return pair(op, a, b)[::-1]


def pair_as_array(op, a, b=None):
    if op == "tanh":
        y = np.tanh(a[0])
        return np.array([y, a[1] - a[1] * y ** 2])
    matrices = [np.array([[v[0], v[1]], [0.0, v[0]]]) for v in (a, b)]      # dual numbers as matrices
    return (matrices[0] + matrices[1] if op == "+" else matrices[0] @ matrices[1])[0]


def pair_by_complex_step(op, a, b=None):
    a, b = complex(a[0], 1e-30 * a[1]), complex(b[0], 1e-30 * b[1]) if b else 0
    y = a + b if op == "+" else a * b if op == "*" else cmath.tanh(a)
    return [y.real, y.imag / 1e-30]


class DualNumber:
    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __add__(self, other):
        return DualNumber(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        return DualNumber(self.value * other.value, self.value * other.slope + other.value * self.slope)

    def tanh(self):
        return DualNumber(math.tanh(self.value), self.slope * (1 - math.tanh(self.value) ** 2))


def pair_by_a_class(op, a, b=None):
    a = DualNumber(*a)
    y = a.tanh() if op == "tanh" else a + DualNumber(*b) if op == "+" else a * DualNumber(*b)
    return y.value, y.slope


def pair_in_single(op, a, b=None):
    return tuple(np.asarray(pair(op, a, b), np.float32))


# ---- 03-5 ----------------------------------------------------------------------------------------------------------

def walk(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order[::-1]:
        for i in range(len(inputs[node])):
            x = inputs[node][i]
            grads[x] = grads[x] + grads[node] * local[node][i]
    return grads


def reverses_in_place(order, inputs, local):
    order.reverse()
    return walk(order[::-1], inputs, local)


def starts_at_the_first(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[0]] = 1.0
    for node in order:
        for x, d in zip(inputs[node], local[node]):
            grads[node] += grads[x] * d
    return grads


def a_list_of_gradients(order, inputs, local):
    return [walk(order, inputs, local)[n] for n in order]


kept = {}


def never_cleared(order, inputs, local):
    """The gradients of the last call are still there."""
    kept.update({n: kept.get(n, 0.0) for n in order})
    kept[order[-1]] = 1.0
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            kept[x] += kept[node] * d
    return {n: kept[n] for n in order}


def pulls_from_the_users(order, inputs, local):
    """Each node asks all its users, instead of being paid by them."""
    grads = {order[-1]: 1.0}
    for node in order[-2::-1]:
        grads[node] = sum(grads[user] * slope for user in grads
                          for x, slope in zip(inputs[user], local[user]) if x == node)
    return grads


def walk_with_defaults(order, inputs, local):
    grads = defaultdict(float, {order[-1]: np.float64(1)})
    for node in sorted(order, key=order.index, reverse=True):
        for x, d in zip(inputs[node], local[node]):
            grads[x] += grads[node] * d
    return grads


def by_a_linear_system(order, inputs, local):
    """(1 - A) g = e, where A holds the local derivatives."""
    place, A = {n: i for i, n in enumerate(order)}, np.zeros((len(order), len(order)))
    for n in order:
        for x, d in zip(inputs[n], local[n]):
            A[place[x], place[n]] += d
    g = np.linalg.solve(np.eye(len(order)) - A, np.eye(len(order))[-1])
    return dict(zip(order, g.astype(np.float32)))


# ---- 03-6 ----------------------------------------------------------------------------------------------------------

def tape_backward(tape, x):
    v = list(x)
    for op, i, j in tape:
        v.append(v[i] + v[j] if op == "+" else v[i] * v[j] if op == "*" else math.tanh(v[i]))
    g = [0.0] * len(v)
    g[-1] = 1.0
    for k, (op, i, j) in reversed(list(enumerate(tape, start=len(x)))):
        if op == "tanh":
            slopes = [(i, 1 - v[k] * v[k])]
        elif op == "+":
            slopes = [(i, 1.0), (j, 1.0)]
        else:
            slopes = [(i, v[j]), (j, v[i])]
        for m, s in slopes:
            g[m] += g[k] * s
    return g[:len(x)]


def last_value(tape, x):
    v = list(x)
    for op, i, j in tape:
        v.append(v[i] + v[j] if op == "+" else v[i] * v[j] if op == "*" else cmath.tanh(v[i]))
    return v[-1]


def central_differences(tape, x, h=1e-6):
    grads = []
    for i in range(len(x)):
        above, below = [*x[:i], x[i] + h, *x[i + 1:]], [*x[:i], x[i] - h, *x[i + 1:]]
        grads.append((last_value(tape, above).real - last_value(tape, below).real) / (2 * h))
    return grads


def complex_steps(tape, x):
    return [complex(last_value(tape, [*x[:i], complex(x[i], 1e-30), *x[i + 1:]])).imag / 1e-30 for i in range(len(x))]


def dual_for_each(tape, x):
    """Forward mode: once through the tape for each number."""
    grads = []
    for one in range(len(x)):
        v = [(u, float(i == one)) for i, u in enumerate(x)]
        for op, i, j in tape:
            v.append(pair(op, v[i], None if j is None else v[j]))
        grads.append(v[-1][1])
    return grads


def appends_to_x(tape, x):
    grads, size = tape_backward(tape, x), len(x)
    for op, i, j in tape:
        x.append(x[i] + x[j] if op == "+" else x[i] * x[j] if op == "*" else math.tanh(x[i]))
    return grads[:size]


def calls_itself(tape, x):
    """The gradient of the tape without its last line, by the function itself, with that line's payments."""
    v = list(x)
    for op, i, j in tape:
        v.append(v[i] + v[j] if op == "+" else v[i] * v[j] if op == "*" else math.tanh(v[i]))

    def back(k, g):
        if k < len(x):
            return g[:len(x)]
        op, i, j = tape[k - len(x)]
        g[i] += g[k] * (1 if op == "+" else v[j] if op == "*" else 1 - v[k] ** 2)
        if j is not None:
            g[j] += g[k] * (1 if op == "+" else v[i])
        return back(k - 1, g)
    return back(len(v) - 1, [0.0] * (len(v) - 1) + [1.0])


def tape_with_closures(tape, x):
    """Each line leaves a backward, as in the lesson; a tuple of NumPy's numbers is returned."""
    v, backs = list(x), []
    for op, i, j in tape:
        a, b = v[i], v[j] if j is not None else None
        if op == "tanh":
            v.append(np.tanh(a))
            backs.append(lambda dy, a=a: [dy / np.cosh(a) ** 2])
        else:
            v.append(a + b if op == "+" else a * b)
            backs.append(lambda dy, op=op, a=a, b=b: [dy, dy] if op == "+" else [dy * b, dy * a])
    g = dict.fromkeys(range(len(v)), 0.0)
    g[len(v) - 1] = 1.0
    while backs:
        k = len(x) + len(backs) - 1
        for m, d in zip(tape[len(backs) - 1][1:], backs.pop()(g[k])):
            g[m] += d
    return tuple(g[i] for i in range(len(x)))


def tape_into_an_array(tape, x):
    v = np.concatenate([x, np.zeros(len(tape))])
    for k, (op, i, j) in enumerate(tape, len(x)):
        v[k] = np.tanh(v[i]) if op == "tanh" else {"+": np.add, "*": np.multiply}[op](v[i], v[j])
    g = np.eye(len(v))[-1]
    for k in range(len(v) - 1, len(x) - 1, -1):
        op, i, j = tape[k - len(x)]
        slopes = [1 - v[k] ** 2] if op == "tanh" else [1, 1] if op == "+" else [v[j], v[i]]
        np.add.at(g, [i, j][:len(slopes)], g[k] * np.array(slopes))
    return g[:len(x)]


def tape_as_one_number_each(tape, x):
    return np.float32(tape_backward(tuple(map(tuple, tape)), tuple(x)))


def tape_read_from_behind(tape, x):
    values = [*x]
    for line in tape:
        op, i, j = line
        values += [math.tanh(values[i])] if op == "tanh" else [sum([values[i], values[j]])] if op == "+" else [
            math.prod([values[i], values[j]])]
    grads, lines = [0] * len(values), list(tape)
    grads[-1] = 1
    while lines:
        op, i, j = lines.pop()
        dy, y = grads.pop(), values.pop()
        if op == "+":
            grads[i], grads[j] = (grads[i] + 2 * dy,) * 2 if i == j else (grads[i] + dy, grads[j] + dy)
        elif op == "*":
            grads[i] += dy * values[j]
            grads[j] += dy * values[i]
        else:
            grads[i] += dy * (1 + y) * (1 - y)
    return grads


PLANTED = {
    "03-0": [
        ("factors exchanged", edited(two_uses, ('w": lambda w, x, a, b: x', 'w": lambda w, x, a, b: w'))),
        ("slope of a sum", edited(two_uses, ('w": lambda w, x, a, b: x', 'w": lambda w, x, a, b: 1.0'))),
        ("not local", edited(two_uses, ('a": lambda w, x, a, b: b', 'a": lambda w, x, a, b: a + b'))),
        ("a path forgotten", edited(two_uses, ('"aL and abL"', '"abL"'))),
        ("not a choice", edited(two_uses, ('"aL and abL"', '"both"'))),
        ("added along a path", edited(two_uses, ('abL": lambda w, x, a, b: a', 'abL": lambda w, x, a, b: a + 1'))),
        ("paths multiplied", edited(two_uses, ("sum([b, a])", "a * b"))),
        ("a path forgotten", edited(two_uses, ("sum([b, a])", "b"))),
        ("visited too early", edited(two_uses, ("L b a w", "L a b w"))),
        ("order not reversed", edited(two_uses, ("L b a w", "w a b L"))),
        ("paths missed", edited(two_uses, (": 3", ": 2"))),
        ("a path too many", edited(two_uses, (": 3", ": 4"))),
        ("a use forgotten", edited(two_uses, ("b * x + a * x + a", "b * x + a * x"))),
        ("upstream gradient ignored", edited(two_uses, ("b * x + a * x + a", "1 + x"))),
        ("not a function", edited(two_uses, ("lambda w, x, a, b: sum([b, a])", "'b + a'"))),
        ("missing step", edited(two_uses, ('"da"', '"ad"'))),
        ("not a dict", lambda: list(two_uses().values())),
    ],
    "03-1": [
        ("factors exchanged", edited(binary, ("b * dy, a * dy", "a * dy, b * dy"))),
        ("upstream gradient ignored", edited(binary, ("da = db = dy", "da = db = 1"), ("b * dy, a * dy", "b, a"),
                                             ("dy, 0", "1, 0"), ("0, dy", "0, 1"))),
        ("upstream gradient ignored", edited(binary, ("b * dy, a * dy", "b, a"))),
        ("upstream gradient ignored", edited(binary, ("dy, 0", "1, 0"), ("0, dy", "0, 1"))),
        ("gradient split", edited(binary, ("da = db = dy", "da = db = 0.5 * dy"))),
        ("both inputs of max", edited(binary, ("dy, 0", "dy, dy"), ("0, dy", "dy, dy"))),
        ("max passed to the smaller", edited(binary, (">=", "<"))),
        ("max by size", edited(binary, ("a >= b", "a ** 2 >= b ** 2"))),
        ("value instead of slope", edited(binary, ("b * dy, a * dy", "a * b * dy, a * b * dy"))),
        ("minus for plus", edited(binary, ("da = db = dy", "da, db = -dy, dy"))),
        ("minus for plus", edited(binary, ("da = db = dy", "da, db = dy, -dy"))),
        ("divided by the factor", edited(binary, ("b * dy, a * dy", "dy * (a * b) / a, dy * (a * b) / b"))),
        ("tie", edited(binary, (">=", ">"))),
        ("tie", edited(binary, ("a >= b", "a == b:\n        da = db = dy / 2\n    elif a > b"))),
        ("tie", edited(binary, ("0, dy", "0, dy\n    if op == 'max' and a == b:\n        db = dy"))),
        ("number of results", only_da), ("wrong order", binary_db_first), ("number of results", binary_forward),
        ("number of results", binary_without_max), ("almost a tie", binary_by_closeness),
        ("almost a tie", binary_compared_in_single),
    ],
    "03-2": [
        ("slope forgotten", edited(unary, ("e * dy", "dy"))),
        ("slope forgotten", edited(unary, ("dy * (1 - t ** 2)", "dy"))),
        ("upstream gradient ignored", edited(unary, ("e * dy", "e"))),
        ("upstream gradient ignored", edited(unary, ("dy * (1", "(1"))),
        ("upstream gradient ignored", edited(unary, ("e * dy", "e"), ("dy * (1", "(1"))),
        ("power rule for exp", edited(unary, ("e * dy", "x * math.exp(x - 1) * dy"))),
        ("square forgotten", edited(unary, ("dy * (1 - t ** 2)", "dy * (1 - t)"))),
        ("input instead of output", edited(unary, ("dy * (1 - t ** 2)", "dy * (1 - x ** 2)"))),
        ("slope of the sigmoid", edited(unary, ("dy * (1 - t ** 2)", "dy * math.tanh(x) * (1 - math.tanh(x))"))),
        ("forward instead of backward", edited(unary, ("e * dy", "math.exp(dy)"))),
        ("sign", edited(unary, ("dy * (1", "-dy * (1"))),
        ("stale state", shared_memory), ("stale state", used_up), ("no backward", gradient_at_once),
        ("no backward", only_the_value), ("precision", unary_by_differences), ("no forward", only_the_backward),
        ("number of results", three_results),
        ("nothing returned", backward_without_return),
        ("overflow", unary_by_two_exponentials), ("overflow", unary_by_the_square), ("values", unary_clipped),
        ("overflow", edited(unary, ("dy * (1 - t ** 2)", "dy / math.cosh(x) ** 2"))),
        ("not finite", unary_by_numpy_s_exponentials), ("values", unary_slope_never_0),
    ],
    "03-3": [
        ("recursion", recursive), ("input after its user", breadth_first),
        ("input after its user", as_in_the_dictionary), ("input after its user", preorder_turned_round),
        ("input after its user", by_name), ("reversed", children_first), ("node twice", every_path),
        ("unneeded node", whole_graph), ("node missing", no_leaves), ("node missing", skips_what_counts_as_false),
        ("mutated input", consumes_the_graph), ("not a list", a_set), ("nothing returned", forgets_to_return),
        ("node missing", lambda inputs, output: order_by_marks(inputs, output) if output else []),
    ],
    "03-4": [
        ("product of derivatives", edited(pair, ("u * dv + v * du", "du * dv"))),
        ("half of the product rule", edited(pair, ("u * dv + v * du", "v * du"))),
        ("factors exchanged", edited(pair, ("u * dv + v * du", "u * du + v * dv"))),
        ("minus for plus", edited(pair, ("u * dv + v * du", "v * du - u * dv"))),
        ("ε squared was kept", edited(pair, ("u * dv + v * du", "u * dv + v * du + du * dv"))),
        ("chain rule forgotten", edited(pair, ("du * (1", "(1"))),
        ("slope forgotten", edited(pair, (" * (1 - math.tanh(u) ** 2)", ""))),
        ("input instead of output", edited(pair, ("math.tanh(u) ** 2", "u ** 2"))),
        ("square forgotten", edited(pair, ("math.tanh(u) ** 2", "math.tanh(u)"))),
        ("function of the derivative", edited(pair, ("du * (1 - math.tanh(u) ** 2)", "math.tanh(du)"))),
        ("sign", edited(pair, ("du * (1", "-du * (1"))),
        ("mean instead of sum", edited(pair, ("du + dv", "(du + dv) / 2"))),
        ("number of results", only_derivatives), ("wrong order", derivative_first),
        ("overflow", edited(pair, ("du * (1 - math.tanh(u) ** 2)", "du / math.cosh(u) ** 2"))),
        ("overflow", edited(pair, ("return math.tanh(u),", "return (math.exp(2 * u) - 1) / (math.exp(2 * u) + 1),"))),
    ],
    "03-5": [
        ("= for +=", edited(walk, ("= grads[x] + ", "= "))),
        ("upstream gradient ignored", edited(walk, ("grads[node] * local[node][i]", "local[node][i]"))),
        ("local derivative ignored", edited(walk, (" * local[node][i]", ""))),
        ("order not reversed", edited(walk, ("order[::-1]", "order"))),
        ("the first gradient is missing", edited(walk, ("    grads[order[-1]] = 1.0\n", ""))),
        ("sign", edited(walk, ("grads[x] + ", "grads[x] - "))),
        ("only the leaves", edited(walk, ("return grads", "return {n: grads[n] for n in order if inputs[n] == ()}"))),
        ("the largest contribution", edited(
            walk, ("grads[x] + grads[node] * local[node][i]", "max(grads[x], grads[node] * local[node][i], key=abs)"))),
        ("a node used twice counted once", edited(
            walk, ("range(len(inputs[node])):", "map(inputs[node].index, set(inputs[node])):"))),
        ("mutated input", reverses_in_place), ("stale state", never_cleared), ("values", starts_at_the_first),
        ("values", a_list_of_gradients),
    ],
    "03-6": [
        ("= for +=", edited(tape_backward, ("g[m] += ", "g[m] = "))),
        ("= for +=", edited(tape_backward, ("g[m] += ", "g[m] = (g[m] if op == 'tanh' else 0) + "))),
        ("x · x paid once", edited(tape_backward, ("in slopes:", "in dict(slopes).items():"))),
        ("order not reversed", edited(tape_backward, ("reversed(list(enumerate(tape, start=len(x))))",
                                                      "enumerate(tape, start=len(x))"))),
        ("factors exchanged", edited(tape_backward, ("(i, v[j]), (j, v[i])", "(i, v[i]), (j, v[j])"))),
        ("upstream gradient ignored", edited(tape_backward, ("g[k] * s", "(s if op == '*' else g[k] * s)"))),
        ("upstream gradient ignored", edited(tape_backward, ("g[k] * s", "(s if op == '+' else g[k] * s)"))),
        ("upstream gradient ignored", edited(tape_backward, ("g[k] * s", "(s if op == 'tanh' else g[k] * s)"))),
        ("input instead of output", edited(tape_backward, ("v[k] * v[k]", "v[i] ** 2"))),
        ("square forgotten", edited(tape_backward, ("v[k] * v[k]", "v[k]"))),
        ("slope forgotten", edited(tape_backward, ("1 - v[k] * v[k]", "1.0"))),
        ("the first gradient is missing", edited(tape_backward, ("g[-1] = 1.0", "g[-1] = 0.0"))),
        ("sign", edited(tape_backward, ("g[-1] = 1.0", "g[-1] = -1.0"))),
        ("more than the inputs", edited(tape_backward, ("g[:len(x)]", "g"))),
        ("precision", central_differences), ("precision", partial(central_differences, h=1e-5)),
        ("precision", partial(central_differences, h=1e-4)), ("a pass for each number", complex_steps),
        ("a pass for each number", dual_for_each), ("mutated input", appends_to_x), ("recursion", calls_itself),
        ("overflow", edited(tape_backward, ("math.tanh(v[i])", "2 / (1 + math.exp(-2 * v[i])) - 1"))),
    ],
}

RIGHT = {
    "03-0": [two_uses, two_uses_without_a_and_b, two_uses_by_what_b_is, Steps()],
    "03-1": [binary, binary_by_table, binary_as_array, binary_in_single, binary_one_line],
    "03-2": [unary, unary_by_numpy, unary_with_objects, unary_by_partial],
    "03-3": [order_by_marks, order_by_waiting_counts, order_by_depth, order_by_the_library],
    "03-4": [pair, pair_as_array, pair_by_complex_step, pair_by_a_class, pair_in_single],
    "03-5": [walk, pulls_from_the_users, walk_with_defaults, by_a_linear_system],
    "03-6": [tape_backward, tape_with_closures, tape_into_an_array, tape_as_one_number_each, tape_read_from_behind],
}
