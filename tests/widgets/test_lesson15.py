"""The explorers of lesson 15: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib import Checkpoint, Layer, Sequential, tanh
from course_lib.studies import memory
from course_lib.widgets import lesson15 as w

# ---- memory ----------------------------------------------------------------------------------------------------------

def kept(**changes):
    return {"plan": "revolve", "n": 20, "slots": 3} | changes


@pytest.mark.parametrize("n, slots", [(20, 3), (40, 2), (33, 5), (2, 10)])
def test_revolve_is_told_with_the_fewest_runs_there_are(n, slots):
    line = w.memory_explorer().shown(kept(n=n, slots=slots)).readout
    found = [float(v) if "." in v else int(v) for v in re.findall(r"[\d.]*\d", line)]
    runs = n + memory.fewest_runs(n, slots)
    assert found[0] == slots and found[1] == memory.repetitions(n, slots) and found[2] == memory.reach(*found[:2])
    assert found[4] == min(slots + 1, n) and found[6] == runs
    assert found[8] == pytest.approx((runs + 2 * n) / (3 * n), abs=0.005)


def test_segments_are_told_as_checkpoints_run_them():
    """The runs are counted in a real network: the last segment is remembered at once, all others are Checkpoints."""
    runs = []

    class Counted(Layer):
        def rule(self, x):
            runs.append(1)
            return tanh(x)
    line = w.memory_explorer().shown(kept(plan="every", n=20, slots=4)).readout
    steps, k = [Counted() for _ in range(20)], int(re.search(r"segment (\d+), states held 4", line)[1])
    starts = range(0, 20, k)
    net = Sequential(*[Checkpoint(*steps[i:i + k]) for i in starts[:-1]], *steps[starts[-1]:])
    _, backward = net(np.ones(2))
    backward(np.ones(2))
    assert f"{len(runs)} runs of single steps instead of 20" in line


def test_no_more_bars_are_drawn_at_a_time_than_are_told():
    for state in (kept(), kept(plan="every", n=31, slots=4), kept(n=40, slots=2)):
        moves, bars, end, cost = w.held_when(state)
        alive = [len({i for _, i, start, stop in bars if start <= t + 0.5 < stop}) for t in range(end)]
        assert max(alive) <= cost["alive"] and end == cost["runs"] + 2 * state["n"]
        assert [i for what, i, *_ in moves if what == "back"] == list(range(state["n"]))[::-1]

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
