"""Wrong answers to the tasks of lesson 03, as learners write them, each with the name that the check must give it."""

import math

# ---- 03-1 ----------------------------------------------------------------------------------------------------


def own_factor(op, a, b, dy):
    if op == "+":
        return dy, dy
    if op == "*":
        da = a * dy
        db = b * dy
        return da, db
    if a > b:
        return dy, 0
    return 0, dy


def no_upstream(op, a, b, dy):
    if op == "+":
        return 1, 1
    elif op == "*":
        return b, a
    else:
        return (1, 0) if a >= b else (0, 1)


def no_upstream_in_product(op, a, b, dy):
    if op == "*":
        return b, a
    if op == "+":
        return dy, dy
    return (dy, 0) if a >= b else (0, dy)


def half_each(op, a, b, dy):
    if op == "+":
        return 0.5 * dy, 0.5 * dy
    if op == "*":
        return b * dy, a * dy
    return (dy, 0) if a >= b else (0, dy)


def both_of_max(op, a, b, dy):
    if op == "*":
        return b * dy, a * dy
    return dy, dy


def the_smaller(op, a, b, dy):
    if op == "+":
        return dy, dy
    if op == "*":
        return b * dy, a * dy
    return (dy, 0) if a < b else (0, dy)


def value_of_product(op, a, b, dy):
    y = a * b
    if op == "+":
        return dy, dy
    if op == "*":
        return dy * y, dy * y
    return (dy, 0) if a >= b else (0, dy)


def negative_sum(op, a, b, dy):
    if op == "+":
        return -dy, dy
    if op == "*":
        return b * dy, a * dy
    return (dy, 0) if a >= b else (0, dy)


def only_da(op, a, b, dy):
    if op == "+":
        return dy
    if op == "*":
        return dy * b
    return dy if a >= b else 0


# ---- 03-2 ----------------------------------------------------------------------------------------------------

def rule_with(exp_slope=None, tanh_slope=None):
    def rule(op, x):
        y = math.exp(x) if op == "exp" else math.tanh(x)
        def backward(dy):
            if op == "exp":
                return exp_slope(x, y, dy) if exp_slope else y * dy
            return tanh_slope(x, y, dy) if tanh_slope else dy - dy * y ** 2
        return y, backward
    return rule


remembered = {}


def shared_memory(op, x):
    """Keeps y in one place for all calls, as a layer object with self.y does."""
    remembered[op] = math.exp(x) if op == "exp" else math.tanh(x)
    def backward(dy):
        y = remembered[op]
        return dy * y if op == "exp" else dy * (1 - y ** 2)
    return remembered[op], backward


def gradient_at_once(op, x):
    y = math.exp(x) if op == "exp" else math.tanh(x)
    return y, y if op == "exp" else 1 - y ** 2


def only_the_value(op, x):
    return math.exp(x) if op == "exp" else math.tanh(x)


def backward_without_return(op, x):
    y = math.exp(x) if op == "exp" else math.tanh(x)
    def backward(dy):
        dx = dy * y if op == "exp" else dy * (1 - y * y)     # noqa: F841
    return y, backward


# ---- 03-3 ----------------------------------------------------------------------------------------------------

def recursive(inputs, output):
    order = []
    def visit(node):
        if node not in order:
            for x in inputs[node]:
                visit(x)
            order.append(node)
    visit(output)
    return order


def breadth_first(inputs, output):
    order = [output]
    for node in order:
        for x in inputs[node]:
            if x not in order:
                order.append(x)
    return order[::-1]


def children_first(inputs, output):
    return _sorted(inputs, output)[::-1]


def _sorted(inputs, output):
    order, waiting = [], set(_reached(inputs, output))
    while waiting:
        ready = sorted(n for n in waiting if not any(x in waiting for x in inputs[n]))
        order += ready
        waiting -= set(ready)
    return order


def _reached(inputs, output):
    nodes = [output]
    for n in nodes:
        nodes += [x for x in inputs[n] if x not in nodes]
    return nodes


def every_path(inputs, output):
    order, stack = [], [output]
    for _ in range(40):
        if stack:
            node = stack.pop()
            order.append(node)
            stack += inputs[node]
    return order[::-1]


def whole_graph(inputs, output):
    order, waiting = [], dict(inputs)
    while waiting:
        ready = [n for n in waiting if all(x in order for x in waiting[n])]
        order += ready
        for n in ready:
            del waiting[n]
    return order


def no_leaves(inputs, output):
    return [n for n in _sorted(inputs, output) if inputs[n] or n == output]


def consumes_the_graph(inputs, output):
    order = _sorted(inputs, output)
    for n in order:
        inputs.pop(n)
    return order


def a_set(inputs, output):
    return set(_sorted(inputs, output))


def forgets_to_return(inputs, output):
    _sorted(inputs, output)


# ---- 03-4 ----------------------------------------------------------------------------------------------------

def dual_with(product=None, tanh=None, plus=None):
    def dual(op, a, b=None):
        if op == "+":
            return (a[0] + b[0], plus(a[1], b[1]) if plus else a[1] + b[1])
        if op == "*":
            (u, du), (v, dv) = a, b
            return u * v, product(u, du, v, dv) if product else u * dv + v * du
        u, du = a
        return math.tanh(u), tanh(u, du) if tanh else du / math.cosh(u) ** 2
    return dual


def only_derivatives(op, a, b=None):
    if op == "+":
        return a[1] + b[1]
    if op == "*":
        return a[1] * b[0] + a[0] * b[1]
    return (1 - math.tanh(a[0]) ** 2) * a[1]


# ---- 03-5 ----------------------------------------------------------------------------------------------------

def overwrites(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order[::-1]:
        for i in range(len(inputs[node])):
            grads[inputs[node][i]] = grads[node] * local[node][i]
    return grads


def forgets_the_upstream(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            grads[x] = grads[x] + d
    return grads


def forgets_the_local(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            grads[x] += grads[node]
    return grads


def walks_forward(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order:
        for x, d in zip(inputs[node], local[node]):
            grads[x] += grads[node] * d
    return grads


def no_seed(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            grads[x] += grads[node] * d
    return grads


def descends(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            grads[x] -= grads[node] * d
    return grads


def reverses_in_place(order, inputs, local):
    order.reverse()
    grads = dict.fromkeys(order, 0.0)
    grads[order[0]] = 1.0
    for node in order:
        for x, d in zip(inputs[node], local[node]):
            grads[x] += grads[node] * d
    return grads


def leaves(order, inputs, local):
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            grads[x] += grads[node] * d
    return {n: g for n, g in grads.items() if inputs[n] == ()}


kept = {}


def never_cleared(order, inputs, local):
    """The gradients of the last call are still there."""
    kept.update({n: kept.get(n, 0.0) for n in order})
    kept[order[-1]] = 1.0
    for node in order[::-1]:
        for x, d in zip(inputs[node], local[node]):
            kept[x] += kept[node] * d
    return {n: kept[n] for n in order}


# ---- 03-6 ----------------------------------------------------------------------------------------------------

def tape_with(put="+=", turn=True, other=True, upstream=True, slope="1-yy", seed=1.0, cut=True):
    def tape_gradient(tape, x):
        v = list(x)
        for op, i, j in tape:
            v.append(v[i] + v[j] if op == "+" else v[i] * v[j] if op == "*" else math.tanh(v[i]))
        g = [0.0] * len(v)
        g[-1] = seed
        steps = list(enumerate(tape, start=len(x)))
        for k, (op, i, j) in reversed(steps) if turn else steps:
            if op == "tanh":
                slopes = {i: {"1-yy": 1 - v[k] ** 2, "1-y": 1 - v[k], "1-xx": 1 - v[i] ** 2, "1": 1.0}[slope]}.items()
            elif op == "+":
                slopes = [(i, 1.0), (j, 1.0)]
            else:
                slopes = [(i, v[j] if other else v[i]), (j, v[i] if other else v[j])]
            for m, s in slopes:
                new = s if op == "*" and not upstream else g[k] * s
                g[m] = g[m] + new if put == "+=" else new
        return g[:len(x)] if cut else g
    return tape_gradient


PLANTED = {
    "03-1": [
        ("factors exchanged", own_factor),
        ("upstream gradient ignored", no_upstream),
        ("upstream gradient ignored", no_upstream_in_product),
        ("gradient split", half_each),
        ("both inputs of max", both_of_max),
        ("max passed to the smaller", the_smaller),
        ("value instead of slope", value_of_product),
        ("sign", negative_sum),
        ("number of results", only_da),
    ],
    "03-2": [
        ("slope forgotten", rule_with(exp_slope=lambda x, y, dy: dy)),
        ("upstream gradient ignored", rule_with(exp_slope=lambda x, y, dy: y)),
        ("upstream gradient ignored", rule_with(tanh_slope=lambda x, y, dy: 1 - y ** 2)),
        ("power rule for exp", rule_with(exp_slope=lambda x, y, dy: x * math.exp(x - 1) * dy)),
        ("square forgotten", rule_with(tanh_slope=lambda x, y, dy: (1 - y) * dy)),
        ("input instead of output", rule_with(tanh_slope=lambda x, y, dy: (1 - x ** 2) * dy)),
        ("slope of the sigmoid", rule_with(tanh_slope=lambda x, y, dy: y * (1 - y) * dy)),
        ("sign", rule_with(tanh_slope=lambda x, y, dy: (y ** 2 - 1) * dy)),
        ("stale state", shared_memory),
        ("no backward", gradient_at_once),
        ("number of results", only_the_value),
        ("nothing returned", backward_without_return),
    ],
    "03-3": [
        ("recursion", recursive),
        ("input after its user", breadth_first),
        ("reversed", children_first),
        ("node twice", every_path),
        ("unneeded node", whole_graph),
        ("node missing", no_leaves),
        ("mutated input", consumes_the_graph),
        ("not a list", a_set),
        ("nothing returned", forgets_to_return),
    ],
    "03-4": [
        ("product of derivatives", dual_with(product=lambda u, du, v, dv: du * dv)),
        ("half of the product rule", dual_with(product=lambda u, du, v, dv: v * du)),
        ("factors exchanged", dual_with(product=lambda u, du, v, dv: u * du + v * dv)),
        ("minus for plus", dual_with(product=lambda u, du, v, dv: v * du - u * dv)),
        ("chain rule forgotten", dual_with(tanh=lambda u, du: 1 - math.tanh(u) ** 2)),
        ("slope forgotten", dual_with(tanh=lambda u, du: du)),
        ("input instead of output", dual_with(tanh=lambda u, du: du * (1 - u ** 2))),
        ("square forgotten", dual_with(tanh=lambda u, du: du * (1 - math.tanh(u)))),
        ("sign", dual_with(tanh=lambda u, du: -du / math.cosh(u) ** 2)),
        ("factor 2", dual_with(plus=lambda da, db: (da + db) / 2)),
        ("number of results", only_derivatives),
    ],
    "03-5": [
        ("= for +=", overwrites),
        ("upstream gradient ignored", forgets_the_upstream),
        ("local derivative ignored", forgets_the_local),
        ("order not reversed", walks_forward),
        ("the first gradient is missing", no_seed),
        ("sign", descends),
        ("mutated input", reverses_in_place),
        ("only the leaves", leaves),
        ("stale state", never_cleared),
    ],
    "03-6": [
        ("= for +=", tape_with(put="=")),
        ("order not reversed", tape_with(turn=False)),
        ("factors exchanged", tape_with(other=False)),
        ("upstream gradient ignored", tape_with(upstream=False)),
        ("input instead of output", tape_with(slope="1-xx")),
        ("square forgotten", tape_with(slope="1-y")),
        ("slope forgotten", tape_with(slope="1")),
        ("the first gradient is missing", tape_with(seed=0.0)),
        ("sign", tape_with(seed=-1.0)),
        ("more than the inputs", tape_with(cut=False)),
    ],
}
