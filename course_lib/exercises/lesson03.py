"""Tasks of lesson 03: rules on single numbers, the order of a graph, forward mode, and a backward pass over a graph.

The answers work on plain floats. To tell one mistake from another a check looks at several numbers at once, so each
task has an ``adapt`` that calls the answer once for each number and returns arrays.
"""

import math

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.engine import Suspect, Task

# ---- 03-1 the backward of +, × and max -----------------------------------------------------------------------

def _binary_backward(op, a, b, dy):
    if op == "+":
        return dy, dy
    if op == "*":
        return dy * b, dy * a
    return (dy, 0.0) if a >= b else (0.0, dy)


def _each_binary(answer):
    """The answer, asked for each of the three operations and each entry of the arrays a, b, dy."""
    def function(a, b, dy):
        columns = []
        for op in ("+", "*", "max"):
            pairs = [answer(op, float(p), float(q), float(r)) for p, q, r in zip(a, b, dy)]
            for pair in pairs:
                if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                    return Fault("number of results", f"for {op!r} two numbers were expected, da and db, got {pair!r}")
            columns += [np.array(column) for column in zip(*pairs)]
        return tuple(columns)
    return function


def _binary(**changes):
    """The reference with some operations done in another way."""
    def backward(op, a, b, dy):
        return changes[op](a, b, dy) if op in changes else _binary_backward(op, a, b, dy)
    return backward


def _numbers(rng, count):
    return tuple(rng.normal(size=7) for _ in range(count))


def _product(change):
    return _binary(**{"*": change})


def _plus(change):
    return _binary(**{"+": change})


def _all_local(op, a, b, dy):
    return _binary_backward(op, a, b, 1.0)


BINARY = Task(
    id="03-1", title="the backward of +, × and max", signature="binary_backward(op, a, b, dy)", level="fill in",
    difficulty=1, importance=3, minutes=10, adapt=_each_binary, reference=_binary_backward,
    outputs=("da of +", "db of +", "da of *", "db of *", "da of max", "db of max"), cases=lambda rng: _numbers(rng, 3),
    small=(np.array([2.0, 5.0, -1.0]), np.array([3.0, 4.0, -2.0]), np.array([10.0, 1.0, -3.0])),
    suspects=(
        Suspect("factors exchanged", "the slope of a b with respect to a is b, the *other* factor",
                _product(lambda a, b, dy: (dy * a, dy * b))),
        Suspect("upstream gradient ignored",
                "these are the local derivatives only: multiply each by dy, which has come from above",
                _all_local),
        Suspect("upstream gradient ignored",
                "in the product, multiply the local derivative by dy, which has come from above",
                _product(lambda a, b, dy: (b, a))),
        Suspect("upstream gradient ignored", "in the sum, each input receives dy, not 1",
                _plus(lambda a, b, dy: (1.0, 1.0))),
        Suspect("gradient split",
                "+ does not divide the gradient: a change of a changes the sum by just as much, so da = dy",
                _plus(lambda a, b, dy: (dy / 2, dy / 2))),
        Suspect("value instead of slope", "the slope of a b with respect to a is b; the value a b has no place here",
                _product(lambda a, b, dy: (dy * a * b, dy * a * b))),
        Suspect("both inputs of max",
                "a small change of the smaller input does not change the maximum: its gradient is 0",
                _binary(max=lambda a, b, dy: (dy, dy))),
        Suspect("max passed to the smaller", "the gradient goes to the larger input: that one was passed on",
                _binary(max=lambda a, b, dy: (0.0, dy) if a >= b else (dy, 0.0))),
        Suspect("value instead of slope",
                "max hands dy to the larger input; the value of the input is not multiplied in",
                _binary(max=lambda a, b, dy: (dy * a, 0.0) if a >= b else (0.0, dy * b))),
    ))


# ---- 03-2 rules for exp and tanh -----------------------------------------------------------------------------

def _unary_rule(op, x):
    y = math.exp(x) if op == "exp" else math.tanh(x)

    def backward(dy):
        return dy * y if op == "exp" else dy * (1 - y * y)
    return y, backward


def _each_unary(answer):
    """All rules are run first, then all backwards, as on a graph: a rule must not mix up its calls."""
    def function(x, dy):
        columns = []
        for op in ("exp", "tanh"):
            results = [answer(op, float(p)) for p in x]
            for result in results:
                if not isinstance(result, (tuple, list)) or len(result) != 2:
                    return Fault("number of results", f"for {op!r} a pair (y, backward) was expected, got {result!r}")
                if not callable(result[1]):
                    return Fault("no backward", "the second result must be a function, backward, which can be called "
                                 f"later with dy; got {type(result[1]).__name__}")
            dx = [backward(float(r)) for (_, backward), r in zip(results, dy)]
            if any(d is None for d in dx):
                return Fault("nothing returned",
                             f"backward of {op} returned nothing (None); is there a return statement?")
            alone = [answer(op, float(p))[1](float(r)) for p, r in zip(x, dy)]
            if not np.allclose(dx, alone):
                return Fault("stale state", f"the backward of {op} gave another gradient after the rule had been "
                             "called with other inputs: what it needs must be remembered by the closure, not in "
                             "a place that all calls share")
            columns += [np.array([y for y, _ in results]), np.array(dx)]
        return tuple(columns)
    return function


def _slopes(exp=lambda x, y, dy: dy * y, tanh=lambda x, y, dy: dy * (1 - y * y)):
    def rule(op, x):
        y = math.exp(x) if op == "exp" else math.tanh(x)
        return y, lambda dy: (exp if op == "exp" else tanh)(x, y, dy)
    return rule


UNARY = Task(
    id="03-2", title="rules for exp and tanh", signature="unary_rule(op, x)", level="write", difficulty=2, importance=3,
    minutes=15, adapt=_each_unary, reference=_unary_rule, outputs=("y of exp", "dx of exp", "y of tanh", "dx of tanh"),
    cases=lambda rng: _numbers(rng, 2), small=(np.array([0.0, 1.0, -2.0]), np.array([5.0, 2.0, 3.0])),
    suspects=(
        Suspect("slope forgotten", "backward of exp must multiply dy by the slope of exp, which is exp(x) itself: y",
                _slopes(exp=lambda x, y, dy: dy)),
        Suspect("upstream gradient ignored", "this is the slope alone: multiply it by dy",
                _slopes(exp=lambda x, y, dy: y)),
        Suspect("upstream gradient ignored", "this is the slope alone: multiply it by dy",
                _slopes(tanh=lambda x, y, dy: 1 - y * y)),
        Suspect("upstream gradient ignored", "these are the slopes alone: multiply them by dy",
                _slopes(lambda x, y, dy: y, lambda x, y, dy: 1 - y * y)),
        Suspect("power rule for exp", "x is in the exponent, not in the base: the slope of exp is exp itself",
                _slopes(exp=lambda x, y, dy: dy * x * math.exp(x - 1))),
        Suspect("square forgotten", "the slope of tanh is 1 − y², not 1 − y",
                _slopes(tanh=lambda x, y, dy: dy * (1 - y))),
        Suspect("input instead of output",
                "the slope of tanh is 1 − y² with y = tanh(x), the output; here it was taken of x",
                _slopes(tanh=lambda x, y, dy: dy * (1 - x * x))),
        Suspect("slope of the sigmoid", "y (1 − y) belongs to the sigmoid; for tanh it is 1 − y²",
                _slopes(tanh=lambda x, y, dy: dy * y * (1 - y))),
        Suspect("forward instead of backward",
                "backward must return dy times the slope; it applies the function itself to dy",
                _slopes(exp=lambda x, y, dy: math.exp(dy))),
        Suspect("forward instead of backward",
                "backward must return dy times the slope; it applies the function itself to dy",
                _slopes(tanh=lambda x, y, dy: math.tanh(dy))),
    ))


# ---- 03-3 the topological order ------------------------------------------------------------------------------

def _topological_order(inputs, output):
    order, done, stack = [], set(), [output]
    while stack:
        node = stack[-1]
        waiting = [x for x in inputs[node] if x not in done]
        if waiting and node not in done:
            stack.extend(waiting)
        else:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return order


_DIAMOND = {"x": (), "a": ("x",), "b": ("x", "a"), "L": ("a", "b")}
_LADDER = {"x": (), "a": ("x",), "b": ("x", "a"), "c": ("a", "b"), "d": ("b", "c"), "L": ("x", "d"),
           "unused": ("x", "c")}


def _order_fault(answer, inputs, output):
    """What is wrong with the order that the answer gives for one graph, or None."""
    given = dict(inputs)
    try:
        order = answer(given, output)
    except RecursionError:
        return Fault("recursion", f"a graph with {len(inputs)} nodes in a chain is too deep for a function that calls "
                     "itself: Python's stack ends at about a thousand calls; keep a list of what is to be done instead")
    if given != inputs:
        return Fault("mutated input", "the graph was changed: work on a copy, and take nothing out of the dictionary")
    if order is None:
        return Fault("nothing returned", "nothing was returned (None); is there a return statement?")
    if not isinstance(order, (list, tuple)):
        return Fault("not a list", f"a list of nodes was expected, got {type(order).__name__}")
    order, graph = list(order), f"in the graph {inputs}" if len(inputs) < 10 else f"in a chain of {len(inputs)} nodes"
    wanted = _topological_order(inputs, output)
    if len(order) != len(set(order)):
        twice = next(n for n in order if order.count(n) > 1)
        return Fault("node twice",
                     f"{graph}, {twice!r} stands more than once in the order; its backward would run twice")
    if set(order) - set(wanted):
        extra = sorted(set(order) - set(wanted))[0]
        return Fault("unneeded node",
                     f"{graph}, {output!r} does not depend on {extra!r}; start from {output!r} and follow the inputs")
    if set(wanted) - set(order):
        missing = sorted(set(wanted) - set(order))[0]
        return Fault("node missing", f"{graph}, {missing!r} is missing, though {output!r} depends on it")
    place = {n: i for i, n in enumerate(order)}
    late = [(x, n) for n in order for x in inputs[n] if place[x] > place[n]]
    if late and not [(x, n) for n in order for x in inputs[n] if place[x] < place[n]]:
        return Fault("reversed", f"{graph}, the order {_shown(order)} runs from the output to the inputs; "
                     "it is right when turned round")
    if late:
        return Fault("input after its user", f"{graph}, the order {_shown(order)} has {late[0][0]!r} after "
                     f"{late[0][1]!r}, which needs it: a node may come only when all its inputs have come")
    return None


def _shown(order):
    return order if len(order) < 10 else [*order[:3], "…", *order[-3:]]


def _small_graphs(answer, rng):
    return _order_fault(answer, _DIAMOND, "L") or _order_fault(answer, {"L": ()}, "L")


def _larger_graphs(answer, rng):
    fault = _order_fault(answer, _LADDER, "L")
    for _ in range(3):
        names = [f"n{i}" for i in rng.permutation(9)]
        graph = {n: tuple(names[j] for j in sorted(set(rng.integers(0, i, size=3).tolist()))) if i else ()
                 for i, n in enumerate(names)}
        fault = fault or _order_fault(answer, {n: graph[n] for n in sorted(graph)}, names[-1])
    return fault


def _deep_chain(answer, rng):
    chain = {f"n{i}": (f"n{i - 1}",) if i else () for i in range(10_000)}
    return _order_fault(answer, chain, "n9999")


ORDER = Task(
    id="03-3", title="the topological order", signature="topological_order(inputs, output)", level="write",
    difficulty=2, importance=3, minutes=20, reference=_topological_order,
    probes=(("a diamond", _small_graphs), ("graphs with several paths, and a node that is not needed", _larger_graphs),
            ("a chain of 10,000 nodes", _deep_chain)))


# ---- 03-4 forward mode with dual numbers ---------------------------------------------------------------------

def _dual(op, a, b=None):
    if op == "+":
        return a[0] + b[0], a[1] + b[1]
    if op == "*":
        return a[0] * b[0], a[1] * b[0] + a[0] * b[1]
    y = math.tanh(a[0])
    return y, (1 - y * y) * a[1]


def _each_dual(answer):
    """The answer for each operation, on pairs (value, derivative) taken from arrays."""
    def function(a, da, b, db):
        columns = []
        for op in ("+", "*", "tanh"):
            pairs = [answer(op, (float(p), float(dp)), *([] if op == "tanh" else [(float(q), float(dq))]))
                     for p, dp, q, dq in zip(a, da, b, db)]
            for pair in pairs:
                if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                    return Fault("number of results",
                                 f"for {op!r} a pair (value, derivative) was expected, got {pair!r}")
            columns += [np.array(column) for column in zip(*pairs)]
        return tuple(columns)
    return function


def _duals(**changes):
    def dual(op, a, b=None):
        return changes[op](a, b) if op in changes else _dual(op, a, b)
    return dual


def _product_of_duals(derivative):
    return _duals(**{"*": lambda a, b: (a[0] * b[0], derivative(*a, *b))})


def _tanh_of_dual(derivative):
    return _duals(tanh=lambda a, b: (math.tanh(a[0]), derivative(*a)))


DUAL = Task(
    id="03-4", title="forward mode with dual numbers", signature="dual(op, a, b=None)", level="write", difficulty=2,
    importance=2, minutes=15, adapt=_each_dual, reference=_dual, cases=lambda rng: _numbers(rng, 4),
    outputs=("the value of +", "the derivative of +", "the value of *", "the derivative of *", "the value of tanh",
             "the derivative of tanh"),
    small=(np.array([2.0, 1.0, 0.0]), np.array([1.0, 0.0, 2.0]), np.array([3.0, -1.0, 4.0]), np.array([0.0, 1.0, 5.0])),
    suspects=(
        Suspect("product of derivatives",
                "the derivative of a product is not the product of the derivatives: (a b)' = a' b + a b'",
                _product_of_duals(lambda a, da, b, db: da * db)),
        Suspect("half of the product rule", "(a b)' = a' b + a b': one of the two terms is missing",
                _product_of_duals(lambda a, da, b, db: da * b)),
        Suspect("half of the product rule", "(a b)' = a' b + a b': one of the two terms is missing",
                _product_of_duals(lambda a, da, b, db: a * db)),
        Suspect("factors exchanged", "(a b)' = a' b + a b': each derivative is multiplied by the *other* value",
                _product_of_duals(lambda a, da, b, db: a * da + b * db)),
        Suspect("minus for plus", "(a b)' = a' b + a b': the minus belongs to the quotient rule",
                _product_of_duals(lambda a, da, b, db: da * b - a * db)),
        Suspect("chain rule forgotten", "the slope of tanh must be multiplied by the derivative of what is inside it",
                _tanh_of_dual(lambda a, da: 1 - math.tanh(a) ** 2)),
        Suspect("function of the derivative", "the derivative of tanh(a) is (1 − tanh² a) a', not tanh(a')",
                _tanh_of_dual(lambda a, da: math.tanh(da))),
        Suspect("slope forgotten", "the derivative inside is multiplied by the slope of tanh, 1 − y²",
                _tanh_of_dual(lambda a, da: da)),
        Suspect("input instead of output", "the slope of tanh is 1 − y² with y = tanh(a), not 1 − a²",
                _tanh_of_dual(lambda a, da: (1 - a * a) * da)),
        Suspect("square forgotten", "the slope of tanh is 1 − y², not 1 − y",
                _tanh_of_dual(lambda a, da: (1 - math.tanh(a)) * da)),
    ))


# ---- 03-5 bug hunt: a backward pass over a graph -------------------------------------------------------------

def _backward_pass(order, inputs, local):
    grads = {node: 0.0 for node in order}
    grads[order[-1]] = 1.0
    for node in reversed(order):
        for x, slope in zip(inputs[node], local[node]):
            grads[x] += grads[node] * slope
    return grads


def _graph_case(rng):
    """A random graph of ten nodes in which many are used twice, with random local derivatives."""
    order = [f"n{i}" for i in range(10)]
    inputs = {n: tuple(order[j] for j in sorted({i - 1, int(rng.integers(0, i))})) if i else ()
              for i, n in enumerate(order)}
    inputs["n2"], inputs["n9"] = ("n0", "n1"), ("n4", "n8")         # at least two diamonds
    return order, inputs, {n: tuple(rng.normal(size=len(inputs[n])).tolist()) for n in order}


def _pass_with(update, seed=1.0, turned=reversed, kept=lambda grads, order, inputs: grads):
    def backward_pass(order, inputs, local):
        grads = {node: 0.0 for node in order}
        grads[order[-1]] = seed
        for node in turned(order):
            for x, slope in zip(inputs[node], local[node]):
                grads[x] = update(grads[x], grads[node], slope)
        return kept(grads, order, inputs)
    return backward_pass


def _add(old, dy, slope):
    return old + dy * slope


PASS = Task(
    id="03-5", title="bug hunt: a backward pass over a graph", signature="backward_pass(order, inputs, local)",
    level="fill in", difficulty=2, importance=3, minutes=10, reference=_backward_pass, cases=_graph_case,
    outputs=("the gradients",),
    small=(["x", "a", "b", "L"], {"x": (), "a": ("x",), "b": ("x", "a"), "L": ("a", "b")},
           {"x": (), "a": (2.0,), "b": (3.0, 5.0), "L": (7.0, 1.0)}),
    suspects=(
        Suspect("= for +=", "a node that is used twice receives two contributions, and they add up: +=, not =",
                _pass_with(lambda old, dy, slope: dy * slope)),
        Suspect("upstream gradient ignored", "each contribution is the gradient of the node times its local derivative",
                _pass_with(lambda old, dy, slope: old + slope)),
        Suspect("local derivative ignored", "each contribution is the gradient of the node times its local derivative",
                _pass_with(lambda old, dy, slope: old + dy)),
        Suspect("order not reversed",
                "a node may hand on its gradient only when all its users have contributed: from the output back",
                _pass_with(_add, turned=list)),
        Suspect("the first gradient is missing", "dL/dL = 1: without it every other gradient is zero",
                _pass_with(_add, seed=0.0)),
        Suspect("sign", "the sign is wrong: contributions are added",
                _pass_with(lambda old, dy, slope: old - dy * slope)),
        Suspect("only the leaves", "the gradients of all nodes are asked for, not only those of the leaves",
                _pass_with(_add, kept=lambda grads, order, inputs: {n: grads[n] for n in order if not inputs[n]})),
        Suspect("product of the contributions",
                "along a path derivatives are multiplied, where paths meet they are added",
                _pass_with(lambda old, dy, slope: dy * slope if old == 0 else old * dy * slope)),
    ))


# ---- 03-6 a gradient from a tape -----------------------------------------------------------------------------

def _run_tape(tape, x):
    values = list(x)
    for op, i, j in tape:
        values.append(values[i] + values[j] if op == "+" else values[i] * values[j] if op == "*"
                      else math.tanh(values[i]))
    return values


def _tape_with(add=None, turned=reversed, product=lambda dy, a, b: (dy * b, dy * a),
               tanh=lambda dy, a, y: dy * (1 - y * y), seed=1.0, everything=False):
    add = add or (lambda old, new: old + new)

    def tape_gradient(tape, x):
        values = _run_tape(tape, x)
        grads = [0.0] * len(values)
        grads[-1] = seed
        for k in turned(range(len(tape))):
            op, i, j = tape[k]
            dy, y = grads[len(x) + k], values[len(x) + k]
            if op == "tanh":
                grads[i] = add(grads[i], tanh(dy, values[i], y))
            else:
                di, dj = (dy, dy) if op == "+" else product(dy, values[i], values[j])
                grads[i] = add(grads[i], di)
                grads[j] = add(grads[j], dj)
        return np.array(grads if everything else grads[:len(x)])
    return tape_gradient


def _tape_case(rng):
    """Six operations on three numbers: everything is used, several values twice, one value multiplied by itself."""
    tape = [("*", 0, 1), ("tanh", 3, None), ("+", 4, 2), ("*", 5, 5), ("*", 6, 0), ("+", 7, 3), ("tanh", 8, None),
            ("*", 9, 0)]
    order = rng.permutation(3)
    renamed = [(op, int(order[i]) if i < 3 else i, None if j is None else int(order[j]) if j < 3 else j)
               for op, i, j in tape]
    return renamed, (0.7 * rng.normal(size=3)).tolist()


TAPE = Task(
    id="03-6", title="a gradient from a tape", signature="tape_gradient(tape, x)", level="explore", difficulty=3,
    importance=3, minutes=30, reference=_tape_with(), cases=_tape_case, outputs=("the gradient",),
    small=([("*", 0, 1), ("+", 2, 0), ("*", 3, 0)], [2.0, 3.0]),
    suspects=(
        Suspect("= for +=", "a number that is used twice receives two contributions, and they add up; also in x · x",
                _tape_with(add=lambda old, new: new)),
        Suspect("order not reversed", "walk the tape from its last line to its first", _tape_with(turned=list)),
        Suspect("factors exchanged", "the slope of a b with respect to a is b, the *other* factor",
                _tape_with(product=lambda dy, a, b: (dy * a, dy * b))),
        Suspect("upstream gradient ignored",
                "in the product, multiply the local derivatives by the gradient of the product",
                _tape_with(product=lambda dy, a, b: (b, a))),
        Suspect("upstream gradient ignored", "for tanh, multiply the slope by the gradient of its result",
                _tape_with(tanh=lambda dy, a, y: 1 - y * y)),
        Suspect("input instead of output", "the slope of tanh is 1 − y² with y, the value that tanh gave",
                _tape_with(tanh=lambda dy, a, y: dy * (1 - a * a))),
        Suspect("square forgotten", "the slope of tanh is 1 − y², not 1 − y",
                _tape_with(tanh=lambda dy, a, y: dy * (1 - y))),
        Suspect("slope forgotten", "on the way back through tanh, multiply by its slope 1 − y²",
                _tape_with(tanh=lambda dy, a, y: dy)),
        Suspect("the first gradient is missing",
                "the gradient of the last value is 1; without it every other one is zero",
                _tape_with(seed=0.0)),
        Suspect("more than the inputs",
                "these are the gradients of all values; only those of the inputs x are asked for, the first "
                "len(x)", _tape_with(everything=True)),
    ))


TASKS = [BINARY, UNARY, ORDER, DUAL, PASS, TAPE]
