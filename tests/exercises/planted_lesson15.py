"""Answers to the tasks of lesson 15, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

from math import isqrt

import numpy as np

from course_lib import checkpoint

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

def back_with_all_backwards(steps, x, dy, every):
    backs = []
    for f in steps:
        x, back = f(x)
        backs.append(back)
    for back in backs[::-1]:
        dy = back(dy)
    return dy


def back_with_copies_of_all(steps, x, dy, every):
    states = []
    for f in steps:
        states.append(np.array(x))
        x, _ = f(x)
    for f, state in zip(reversed(steps), reversed(states)):
        dy = f(state)[1](dy)
    return dy


def back_from_the_start(steps, x, dy, every):
    for n in range(len(steps), 0, -1):
        h = x
        for f in steps[:n]:
            h, back = f(h)
        dy = back(dy)
    return dy


def back_step_by_step_within_segments(steps, x, dy, every):
    marks, h = {}, x
    for i, f in enumerate(steps):
        if i % every == 0:
            marks[i] = h
        h = f(h)[0]
    for i in range(len(steps) - 1, -1, -1):
        start = i - i % every
        h = marks[start]
        for j in range(start, i):
            h = steps[j](h)[0]
        dy = steps[i](h)[1](dy)
    return dy


def back_with_the_root(steps, x, dy, every):
    return back_in_pieces(steps, x, dy, max(1, isqrt(len(steps))))


def back_from_front_to_end(steps, x, dy, every):
    for start in range(0, len(steps), every):
        backs = []
        for f in steps[start:start + every]:
            x, back = f(x)
            backs.append(back)
        for back in reversed(backs):
            dy = back(dy)
    return dy


def back_without_the_rest(steps, x, dy, every):
    kept = {}
    for i, f in enumerate(steps):
        kept[i] = x
        x, _ = f(x)
    for s in range(len(steps) // every - 1, -1, -1):
        h, backs = kept[s * every], []
        for f in steps[s * every:(s + 1) * every]:
            h, back = f(h)
            backs.insert(0, back)
        for back in backs:
            dy = back(dy)
    return dy


def back_with_dy_anew(steps, x, dy, every):
    states = [x]
    for i, f in enumerate(steps, 1):
        x = f(x)[0]
        if i % every == 0 and i < len(steps):
            states.append(x)
    for s in range(len(states) - 1, -1, -1):
        h, backs, d = states[s], [], dy
        for f in steps[s * every:s * every + every]:
            h, back = f(h)
            backs.append(back)
        for back in backs[::-1]:
            d = back(d)
    return d


def back_upside_down(steps, x, dy, every):
    states = [x]
    for i, f in enumerate(steps, 1):
        x = f(x)[0]
        if i % every == 0 and i < len(steps):
            states.append(x)
    for s in range(len(states) - 1, -1, -1):
        h, backs = states[s], []
        for f in steps[s * every:s * every + every]:
            h, back = f(h)
            backs.append(back)
        for back in backs:
            dy = back(dy)
    return dy


def back_in_pieces(steps, x, dy, every):
    """The last segment is remembered at once."""
    n = len(steps)
    last = (n - 1) // every * every
    states = {0: x}
    for i in range(last):
        x = steps[i](x)[0]
        if (i + 1) % every == 0:
            states[i + 1] = x
    for start in range(last, -1, -every):
        h, backs = states.pop(start), []
        for i in range(start, min(start + every, n)):
            h, back = steps[i](h)
            backs.append(back)
        while backs:
            dy = backs.pop()(dy)
    return dy.tolist()


def back_by_recursion(steps, x, dy, every):
    if not steps:
        return dy
    segment, rest = steps[:every], steps[every:]
    if rest:
        y = x
        for f in segment:
            y = f(y)[0]
        dy = back_by_recursion(rest, y, dy, every)
        del y
    backs = []
    for f in segment:
        x, back = f(x)
        backs = [back, *backs]
    for back in backs:
        dy = back(dy)
    return dy


def back_by_the_rule(steps, x, dy, every):
    def one_after_another(rules):
        def run(h):
            backs = []
            for f in rules:
                h, back = f(h)
                backs.append(back)

            def through(d):
                for back in reversed(backs):
                    d = back(d)
                return d
            return h, through
        return run
    ways = []
    for i in range(0, len(steps), every):
        x, way = checkpoint(one_after_another(steps[i:i + every]), x)
        ways.append(way)
    return one_after_another([lambda h, way=way: (h, way) for way in ways])(None)[1](dy)


# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

# TODO feedback

# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

# TODO explaining

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

# TODO attacks


PLANTED = {
    "15-1": [
        ("too much kept", back_with_all_backwards),
        ("too much kept", back_with_copies_of_all),
        ("run too often", back_from_the_start),
        ("run too often", back_step_by_step_within_segments),
        ("other states kept", back_with_the_root),
        ("segments from the front", back_from_front_to_end),
        ("rest forgotten", back_without_the_rest),
        ("dy begins anew", back_with_dy_anew),
        ("backwards from the front", back_upside_down)],
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
}

RIGHT = {
    "15-1": [back_in_pieces, back_by_recursion, back_by_the_rule],
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
}
