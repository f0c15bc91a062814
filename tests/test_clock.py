"""The clock: the fastest of several runs, not charged for what others do, and never one that ticks too coarsely."""

import time

from course_lib import clock
from course_lib.page import notebook


def test_the_fastest_of_several_runs_counts(monkeypatch):
    ticks = iter([0.0, 3.0, 10.0, 11.0, 20.0, 22.0])
    monkeypatch.setattr(clock, "_clock", lambda: lambda: next(ticks))
    assert clock.fastest(lambda: None, 3) == 1.0


def test_a_run_is_not_charged_for_what_others_do_meanwhile():
    assert clock.fastest(lambda: time.sleep(0.05), 1) < 0.04


def test_a_clock_that_ticks_coarsely_is_not_used(monkeypatch):
    """On Windows the processor time moves 64 times a second: short work would take no time at all."""
    monkeypatch.setattr(time, "process_time", lambda: time.perf_counter() * 64 // 1 / 64)
    assert clock._clock.__wrapped__() is time.perf_counter


def test_pages_have_the_same_clock():
    assert notebook.fastest is clock.fastest
