"""Time against memory: which states of a chain of layers are kept for the way back, and which are run again.

A *plan* is a list of actions, one after another, each a pair (what, i). The present state is x at first, and step i
leads from state i to state i + 1:

    ("keep", i)     hold the present state, which is state i           ("drop", i)    hold it no longer
    ("load", i)     go back to state i, which is held                  ("run", i)     step i, and forget how
    ("record", i)   step i, and remember its backward                  ("back", i)    that backward, then forget it

``reverse`` carries out any plan on any layers; ``cost`` counts what it takes.
"""

import tracemalloc
from functools import cache
from math import comb

import numpy as np

from course_lib.clock import fastest
from course_lib.layers import Dense, Sequential, Tanh, frozen, generators, running_averages
from course_lib.rules.checkpoint import noted, put_back

# ---- plans ------------------------------------------------------------------------------------------------------


def keep_all(n):
    """The plan of ordinary backpropagation over n steps: every step is run once, and remembered."""
    _need_whole("keep_all", n=n)
    return [("record", i) for i in range(n)] + [("back", i) for i in reversed(range(n))]


def keep_every(n, k):
    """The plan that keeps every k-th state, and on the way back runs k steps again and remembers those.

    The last segment is remembered at once: its way back begins at the end of the forward pass.
    Source: Chen, Xu, Zhang, Guestrin (2016); lesson 15, section 1, equation (15.2).
    """
    _need_whole("keep_every", n=n, k=k)
    plan, starts = [], list(range(0, n, k))
    for start in starts[:-1]:
        plan += [("keep", start), *(("run", i) for i in range(start, start + k))]
    for start in reversed(starts):
        if start != starts[-1]:
            plan += [("load", start), ("drop", start)]
        ends = range(start, min(start + k, n))
        plan += [("record", i) for i in ends] + [("back", i) for i in reversed(ends)]
    return plan


def revolve(n, slots):
    """The plan with the fewest runs of single steps where ``slots`` states may be held at once, x among them, and one
    step is remembered at a time.

    The first state is held. Run m steps, hold that state, reverse what lies behind it with one slot less; then the
    first m steps in the same way, with that slot again.

    Source: Griewank, Walther (2000), ACM Transactions on Mathematical Software 26; lesson 15, section 1, (15.3).
    """
    _need_whole("revolve", n=n, slots=slots)
    plan, waiting = [("keep", 0)] if n > 1 else [], [("reverse", 0, n, slots)]
    while waiting:                                      # a list of our own: with one slot the pieces lie n deep
        what, a, b, s = waiting.pop()
        if what != "reverse":
            plan.append((what, a))
        elif b - a == 1:
            plan += [("record", a), ("back", a)]
        else:
            m = a + split(b - a, s)
            plan += [("run", i) for i in range(a, m)]
            last = b - m == 1                           # one step, from the present state: nothing to hold
            then = [] if last else [("keep", m, b, s)]
            then += [("reverse", m, b, s - 1), ("load", a, b, s)]
            then += [("drop", a, b, s)] if m - a == 1 else []
            waiting += [*then, ("reverse", a, m, s)][::-1]
    return plan


def reach(slots, repetitions):
    """How many steps can be reversed with so many states held, if none is run more than ``repetitions`` times before
    the run that is remembered: C(s + r, s), (15.3)."""
    return comb(slots + repetitions, slots)


TRIED = ["states s", "repetitions r", "steps, all places tried", "(15.3)", "runs t, all places tried", "(15.4)"]


def reach_rows(pairs):
    """Rows under ``TRIED`` for pairs (s, r): what all places of the kept states give, beside the two formulas."""
    return [[s, r, n := longest(s, r), reach(s, r), fewest_runs(n, s), extra_runs(n, s)] for s, r in pairs]


def repetitions(n, slots):
    """The smallest r with which ``slots`` states reach n steps."""
    _need_whole("repetitions", n=n, slots=slots)
    r = 0
    while reach(slots, r) < n:
        r += 1
    return r


def split(n, slots):
    """After how many of n steps ``revolve`` holds a state: each part lies within the reach of what is left to it."""
    r = repetitions(n, slots)
    return max(reach(slots, r - 2) if r > 1 else 0, n - reach(slots - 1, r), 1)


def extra_runs(n, slots):
    """The runs of ``revolve`` that are not remembered: r n − C(s + r, s + 1), (15.4). With the n that are, all."""
    r = repetitions(n, slots)
    return r * n - comb(slots + r, slots + 1)


@cache
def fewest_runs(n, slots):
    """The same by trying every place for the next state: the dynamic program of (15.4)."""
    if n == 1:
        return 0
    if slots == 0:
        return float("inf")
    return min(m + fewest_runs(n - m, slots - 1) + fewest_runs(m, slots) for m in range(1, n))


def longest(slots, most):
    """The longest chain of which no step need be run more than ``most`` times before it is remembered: found by trying
    every place for the next state, without (15.3)."""
    n = 1
    while _rounds(n + 1, slots) <= most:
        n += 1
    return n


@cache
def _rounds(n, slots):
    """The fewest runs of the step that is run most often."""
    if n == 1:
        return 0
    if slots == 0:
        return float("inf")
    return min(max(1 + _rounds(m, slots), _rounds(n - m, slots - 1)) for m in range(1, n))


def history(plan):
    """What is held after each action: a list of (what, i, held states, remembered steps)."""
    held, records, found = [], [], []
    for what, i in plan:
        if what == "keep":
            held = [*held, i]
        elif what == "drop":
            held = [j for j in held if j != i]
        elif what == "record":
            records = [*records, i]
        elif what == "back":
            records = [j for j in records if j != i]
        found.append((what, i, tuple(held), tuple(records)))
    return found


def cost(plan):
    """What a plan takes: ``{"runs", "held", "alive", "times"}``.

    runs    of single steps, remembered or not
    held    the most states held at once
    alive   the same, with the inputs of remembered steps: what is alive at the worst moment
    times   the time over that of ``keep_all``, if a backward takes as long as two runs
    """
    runs, n = (sum(what in kinds for what, _ in plan) for kinds in (("run", "record"), ("back",)))
    moments = history(plan)
    return {"runs": runs, "held": max(len(held) for *_, held, _ in moments),
            "alive": max(len({*held, *records}) for *_, held, records in moments),
            "times": round((runs + 2 * n) / (3 * n), 2)}


# ---- carried out ------------------------------------------------------------------------------------------------

def reverse(layers, x, dy, plan):
    """Forward and backward through a chain of layers as a plan says; adds to the parameters' gradients. Returns dx.

    ``dy(y)`` gives the gradient at the end, such as ``lambda y: loss(y, t)[1]()``. Whatever a layer draws or moves is
    the same in each of its runs, as in ``Checkpoint``.
    """
    held, records, first, state, grad = {}, {}, {}, x, None
    for what, i in plan:
        if what == "keep":
            held[i] = state
        elif what == "load":
            state = held[i]
        elif what == "drop":
            del held[i]
        elif what == "back":
            grad = dy(state) if grad is None else grad
            state = None
            grad = records.pop(i)(grad)
        else:
            y = _run(layers[i], state, first, i)
            state = y[0]
            if what == "record":
                records[i] = y[1]
            del y
    return grad


def _run(layer, x, first, i):
    """A layer, which may draw; its second run finds the generators and averages as the first did."""
    moved = [*generators(layer), *running_averages(layer)]
    if not moved:
        return layer(x)
    if i not in first:
        first[i] = noted(moved)
        return layer(x)
    with put_back(moved, first[i]):
        return layer(x)


def chain(n, width, *, rng):
    """n steps, each a Dense layer and tanh: every state is as large as every other."""
    _need_whole("chain", n=n, width=width)
    return [Sequential(Dense(width, width, rng=rng), Tanh()) for _ in range(n)]


# ---- measured ---------------------------------------------------------------------------------------------------

def forward_only(layers, x):
    """The last state; each is forgotten as soon as the next one is there."""
    for layer in layers:
        x = layer(x)[0]
    return x


def forward_and_back(layers, x, plan=None):
    """``[dx, gradient of each parameter, …]`` with the last state as its own upstream gradient (L = ½ Σ y²), by
    ordinary backpropagation or by a plan; the gradients begin at nothing."""
    for layer in layers:
        for p in layer.params:
            p.zero_grad()
    if plan is None:
        y, backward = Sequential(*layers)(x)
        dx = backward(y)
    else:
        dx = reverse(layers, x, lambda y: y, plan)
    return [dx, *(p.grad for layer in layers for p in layer.params)]


def states_taken(work, layers, x, *plan):
    """The highest mark of the memory that ``work(layers, x, *plan)`` takes, over that of x: in states. The parameters
    are frozen meanwhile: their gradients are as large for every plan, and do not grow with x."""
    with frozen(Sequential(*layers)):
        tracemalloc.start()
        try:
            work(layers, x, *plan)
            return tracemalloc.get_traced_memory()[1] / x.nbytes
        finally:
            tracemalloc.stop()


def to_answer_and_to_learn(layers, x):
    """``states_taken`` forward alone, and forward and back."""
    return tuple(states_taken(work, layers, x) for work in (forward_only, forward_and_back))


def bits(layers, x, plan=None):
    """All gradients as bytes: equal for two plans only if every bit is."""
    return b"".join(grad.tobytes() for grad in forward_and_back(layers, x, plan))


def seconds(layers, x, plan):
    """The time of forward and backward by a plan: the faster of two runs."""
    return fastest(lambda: forward_and_back(layers, x, plan), 2)


def _need_whole(name, **values):
    for key, value in values.items():
        if not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{name}: {key} must be a whole number, at least 1, got {value!r}")
