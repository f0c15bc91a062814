"""Explorers of lesson 15: TODO."""

from functools import cache

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, line, rect, text
from course_lib.studies import memory
from course_lib.widgets.base import Explorer, choice, slider

# ---- memory ----------------------------------------------------------------------------------------------------------

SLOTS = range(2, 11)
TOLD = {"revolve": "Revolve", "every": "every k-th"}


def _plan(kind, n, slots):
    """A plan that holds at most so many states: segments as equal as can be, or Revolve."""
    return memory.revolve(n, slots) if kind == "revolve" else memory.keep_every(n, _segment(n, slots))


def _segment(n, slots):
    """The steps between two states that are held: the last segment needs none."""
    return -(-n // (slots + 1))


@cache
def _costs(kind, n):
    """What the plan costs for each number of slots."""
    return [memory.cost(_plan(kind, n, slots)) for slots in SLOTS]


def held_when(state):
    """The plan with its clock: ``(moves, bars, end, cost)``. A move is (what, step, from, to), a bar (kind, state,
    from, to): a run of one step takes a time of 1, a backward of 2."""
    plan, clock, since, moves, bars = _plan(state["plan"], state["n"], state["slots"]), 0, {}, [], []
    for what, i in plan:
        if what in ("run", "record", "back"):
            later = clock + (2 if what == "back" else 1)
            moves.append((what, i, clock, later))
            clock = later
        if what in ("keep", "record"):
            since[what, i] = clock - (what == "record")
        elif what in ("drop", "back"):
            kind = "keep" if what == "drop" else "record"
            bars.append((kind, i, since.pop((kind, i)), clock))
    return moves, bars, clock, memory.cost(plan)


def held_picture(state, found):
    """Steps against time: the way of the present state, what is held, and the backward; beside it time against
    memory for both plans."""
    (moves, bars, end, now), n = found, state["n"]
    chart = Chart((0, end), (-0.5, n + 0.5), width=590, height=390, x_label="time (1 for a run, 2 for a backward)",
                  y_label="step", title="Which state is held when?")
    thick = min(5.0, 0.55 * chart.box[3] / (n + 1))
    for kind, i, start, stop in bars:
        x, width, y = chart.x(start), chart.x(stop) - chart.x(start), chart.y(i)
        if kind == "keep":
            chart.parts.append(rect(x, y - thick / 2, width, thick, fill=palette.FORWARD, title=f"state {i} is held"))
        else:
            chart.parts.append(line(x, y, x + width, y, stroke=palette.FORWARD, width=thick / 3,
                                    title=f"step {i} is remembered"))
    for goes, colour, dash in (("forward", palette.DATA, None), ("back", palette.GRADIENT, "4 2")):
        xs, ys, last = [], [], None
        for what, i, start, stop in moves:
            if (what == "back") == (goes == "back"):
                a, b = (i + 1, i) if what == "back" else (i, i + 1)
                if last != (start, a):                      # the pencil is lifted
                    xs, ys = [*xs, float("nan"), start], [*ys, float("nan"), a]
                xs, ys, last = [*xs, stop], [*ys, b], (stop, b)
        chart.line(xs, ys, colour=colour, width=1.6, dash=dash, title=f"the way {goes}")
    for i, (name, colour, width, dash) in enumerate((
            ("state held", palette.FORWARD, 5, None), ("remembered", palette.FORWARD, 1.6, None),
            ("run", palette.DATA, 1.6, None), ("backward", palette.GRADIENT, 1.6, "4 2"))):
        y = 46 + 17 * i
        chart.parts += [line(462, y - 4, 486, y - 4, stroke=colour, width=width, dash=dash),
                        text(492, y, name, anchor="start", fill=colour)]
    both = {kind: _costs(kind, n) for kind in TOLD}
    top = max(c["times"] for costs in both.values() for c in costs)
    side = Chart((0, n + 1), (1, top + 0.1), width=330, height=390, left=590, x_label="most states alive",
                 y_label="time / time of keeping all", title="Time against memory")
    for kind, colour, hollow in (("revolve", palette.PARAMETER, False), ("every", palette.FOURTH, True)):
        side.points([c["alive"] for c in both[kind]], [c["times"] for c in both[kind]], colour=colour, hollow=hollow,
                    titles=[f"{TOLD[kind]}, {slots} held: {c['alive']} alive, {c['times']:.2f} times"
                            for slots, c in zip(SLOTS, both[kind])])
        side.note(0.97 * (n + 1), 1 + (0.97 - 0.07 * hollow) * (top - 0.9), f"{'○' if hollow else '●'} {TOLD[kind]}",
                  colour=colour, anchor="end")
    side.points([n], [1.0], colour=palette.DATA, titles=["all kept"])
    side.note(n, 1 + 0.04 * top, "all", colour=palette.DATA, anchor="end")
    side.points([now["alive"]], [now["times"]], colour=palette.GRADIENT, hollow=True, radius=8, titles=["this plan"])
    return drawing(922, 392, str(chart), str(side),
                   title=f"{TOLD[state['plan']]}: {n} steps with at most {now['held']} states held")


def held_readout(state, found):
    """Memory, runs and time of the plan, and how far so many states reach."""
    (*_, now), n, slots = found, state["n"], state["slots"]
    if state["plan"] == "revolve":
        r = memory.repetitions(n, slots)
        how = (f"Revolve with {slots} slots: no step is run more than {r} time{'s' * (r != 1)} before "
               f"it is remembered, which reaches {memory.reach(slots, r)} steps.")
    else:
        how = f"Length of a segment {_segment(n, slots)}, states held {now['held']}."
    return (f"{how} Of {n} steps at most {now['alive']} states are alive instead of {n}; {now['runs']} runs of single "
            f"steps instead of {n}; {now['times']:.2f} times the time.")


def memory_explorer():
    """How much time buys how much memory?"""
    return Explorer(
        alt="Steps against time: the way forward, its repetitions, the states that are held meanwhile as bars, and the "
            "backward; beside it time against memory. Move the number of states that may be held.",
        picture=held_picture, readout=held_readout, compute=held_when,
        controls={"plan": choice("Plan", [(text_, kind) for kind, text_ in TOLD.items()], "revolve",
                                 tooltip="How the states that are held are chosen"),
                  "n": slider("Steps", 20, 2, 40, tooltip="The length of the chain"),
                  "slots": slider("States held", 3, 2, 10, tooltip="How many may be held at once")})


# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind


EXPLORERS = {
    "memory": memory_explorer,
    # ---- memory
    # TODO forgetting
    # ---- forgetting
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    # TODO labels
    # ---- labels
    # TODO blind
    # ---- blind
}
