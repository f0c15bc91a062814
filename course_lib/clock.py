"""How long does something take? A clock that does not charge a run for what other programs do meanwhile."""

import time
from functools import cache


def fastest(function, times=5):
    """The shortest of several runs of ``function()``, in seconds: the longer ones were disturbed by something else.

    Counted is processor time, so that a run is not charged for what other programs did meanwhile; the time on the
    wall after ``on_the_wall``.
    """
    clock, seconds = time.perf_counter if _wall else _clock(), []
    for _ in range(times):
        start = clock()
        function()
        seconds.append(clock() - start)
    return min(seconds)


_wall = False


def on_the_wall(now=True):
    """Count the time on the wall from now on: an accelerator computes while the processor waits, or does other work."""
    global _wall
    _wall = now


@cache
def _clock():
    """The processor's clock; the one on the wall where that one ticks too coarsely (on Windows, 64 times a second)."""
    began, start = time.perf_counter(), time.process_time()
    while time.process_time() == start and time.perf_counter() - began < 0.1:
        pass
    return time.process_time if time.process_time() - start < 1e-4 else time.perf_counter
