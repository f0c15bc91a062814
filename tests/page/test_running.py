"""Long work on a page: bars, and what an interrupt leaves."""

import os
import signal
import time

import numpy as np
import pytest
from tqdm import tqdm

from course_lib.page import running
from course_lib.page.running import Each, each, progress, watched


def press_stop():
    """What the stop button of JupyterLab does."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)                                    # the signal is handled between two operations of Python


def steps(n, stop_at=None):
    for k in range(1, n + 1):
        if k == stop_at:
            press_stop()
        yield 1, k, 1.0 / k


@pytest.fixture
def kernel(monkeypatch):
    """``kernel(7)`` begins cell 7 as a kernel does: Python's own handler is set before each cell, and after it."""
    before = signal.getsignal(signal.SIGINT)

    def begin(cell):
        signal.signal(signal.SIGINT, before)
        monkeypatch.setattr(running, "_cell", lambda: cell)
    yield begin
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def the_handler_stays():
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_between_steps_ends_the_loop(capsys):
    seen = []
    for step in progress(steps(10), 10):
        seen.append(step)
        if len(seen) == 3:
            press_stop()                                # in the body of the page's own loop
    assert len(seen) == 3 and "stopped after 3 of 10 steps" in capsys.readouterr().out


def test_an_interrupt_within_a_step_ends_the_loop_after_it(capsys):
    assert len(list(progress(steps(10, stop_at=4), 10))) == 4
    assert "stopped after 4 of 10 steps" in capsys.readouterr().out


def test_an_interrupt_before_the_first_step(capsys):
    def slow():
        raise KeyboardInterrupt
        yield
    assert list(progress(slow(), 10)) == [] and "before the first step" in capsys.readouterr().out


def test_a_second_interrupt_stops_the_cell():
    with pytest.raises(KeyboardInterrupt):
        for _ in progress(steps(10), 10):
            press_stop()
            press_stop()


def test_a_second_interrupt_within_a_step_stops_the_cell():
    def slow():
        press_stop()
        press_stop()
        yield 1, 1, 0.5
    with pytest.raises(KeyboardInterrupt):
        list(progress(slow(), 10))

    def work(key):
        list(progress(slow(), 10))
    with pytest.raises(KeyboardInterrupt):
        each("ab", work, label="networks", missing=None)


def test_the_loops_that_follow_in_the_same_cell_end_at_once(kernel):
    kernel(7)
    for _ in watched("abc", label="first"):
        press_stop()
    assert list(watched("abc", label="second")) == ["a"] and len(list(progress(steps(9), 9))) == 1
    assert each("ab", str.upper, label="third", missing=None) == {"a": None, "b": None}
    kernel(8)
    assert list(watched("abc", label="another cell")) == list("abc")


def test_an_interrupt_right_after_a_loop_lets_the_rest_of_the_cell_follow_and_a_second_one_stops_it(kernel):
    kernel(7)
    assert list(watched("ab", label="letters")) == ["a", "b"]
    press_stop()                                        # meant for the loop, which has just ended
    with pytest.raises(KeyboardInterrupt):
        press_stop()
    kernel(8)
    with pytest.raises(KeyboardInterrupt):              # a cell without a loop: as ever
        press_stop()


def test_a_kernel_that_leaves_the_handler_in_place_is_no_trap_for_later_cells(kernel, monkeypatch):
    kernel(7)
    assert len(list(watched("abc", label="letters"))) == 3
    monkeypatch.setattr(running, "_cell", lambda: 8)    # the next cell, and nobody has taken the signal back
    with pytest.raises(KeyboardInterrupt):
        press_stop()
    assert list(watched("abc", label="letters")) == ["a", "b", "c"]


def test_a_generator_left_unfinished_does_no_harm_to_later_cells(kernel):
    kernel(1)
    left = progress(steps(10), 10)
    next(left)
    press_stop()
    kernel(2)
    assert each("ab", str.upper, label="letters", missing=None) == {"a": "A", "b": "B"}
    left.close()                                        # the old one ends, and touches nothing
    assert list(watched("ab", label="letters")) == ["a", "b"]


def test_a_generator_left_unfinished_in_a_terminal_does_not_keep_the_handler(kernel):
    kernel(None)
    before, left = signal.getsignal(signal.SIGINT), progress(steps(10), 10)
    next(left)
    kernel(None)                                        # somebody else sets the handler, such as a debugger
    assert list(watched("ab", label="letters")) == ["a", "b"] and signal.getsignal(signal.SIGINT) is before
    left.close()


def test_an_interrupt_in_the_last_item_misses_nothing(capsys):
    for item in watched("ab", label="letters"):
        if item == "b":
            press_stop()
    assert "stopped" not in capsys.readouterr().out


def test_each_keeps_its_results_when_the_interrupt_comes_between_two(monkeypatch):
    class Bar(tqdm):
        def update(self, n=1):
            super().update(n)
            press_stop()
    monkeypatch.setattr(running, "_bar", lambda total, label: Bar(total=total))
    found = each("abc", str.upper, label="letters", missing=None)
    assert found == {"a": "A", "b": None, "c": None} and found.incomplete == {"b", "c"}


def test_leaving_the_loop_gives_the_handler_back():
    before = signal.getsignal(signal.SIGINT)
    for _ in progress(steps(10), 10):
        assert signal.getsignal(signal.SIGINT) is not before
        break
    with pytest.raises(ZeroDivisionError):
        for _ in watched([1], label="jobs"):
            1 / 0


def test_watched_ends_after_the_present_item(capsys):
    seen = []
    for item in watched("abcd", label="letters"):
        seen.append(item)
        if item == "b":
            press_stop()
    assert seen == ["a", "b"] and "letters: stopped after 2 of 4" in capsys.readouterr().out
    assert list(watched(iter("ab"), label="letters", total=2)) == ["a", "b"]


def test_each_gives_every_key_and_says_nothing_when_all_went_well(capsys):
    found = each((1, 2, 3), lambda k: k * k, label="squares", missing=np.nan)
    assert found == {1: 1, 2: 4, 3: 9} and found.complete and found.name(2) == "2"
    assert capsys.readouterr().out == ""


def test_each_breaks_off_its_work_and_marks_what_is_missing(capsys):
    def work(key):
        if key == "b":
            press_stop()
            return "never"
        return key.upper()
    found = each("abcd", work, label="letters", missing=lambda key: f"no {key}")
    assert found == {"a": "A", "b": "no b", "c": "no c", "d": "no d"}
    assert found.incomplete == set("bcd") and found.name("b") == "b (incomplete)" and found.name("a") == "a"
    assert "letters: stopped after 1 of 4" in capsys.readouterr().out
    assert found.map(len) == {"a": 1, "b": 4, "c": 4, "d": 4} and found.map(len).incomplete == set("bcd")


def test_an_interrupt_of_a_training_inside_each_ends_both(capsys):
    def work(key):
        return len(list(progress(steps(10, stop_at=2 if key == "b" else None), 10, label=key)))
    found = each("abc", work, label="networks", missing=-1)
    assert found == {"a": 10, "b": 2, "c": -1}          # b keeps the part that it has
    assert found.incomplete == {"b", "c"}


def test_work_that_catches_an_interrupt_itself_ends_each_too():
    def work(key):
        try:
            if key == 1:
                press_stop()
        except KeyboardInterrupt:
            pass                                        # lbfgs, for one, returns what it has
        return key
    found = each((0, 1, 2), work, label="descents", missing=None)
    assert found == {0: 0, 1: 1, 2: None} and found.incomplete == {1, 2}


def test_errors_of_the_work_are_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        each([1], lambda key: 1 / 0, label="jobs", missing=0)


def test_where_no_signal_can_be_taken_the_loops_run(monkeypatch):
    def refuse(*arguments):
        raise ValueError("signal only works in main thread")
    monkeypatch.setattr(signal, "signal", refuse)
    assert len(list(progress(steps(3), 3))) == 3
    assert each([1], lambda key: key, label="jobs", missing=0) == {1: 1}


def test_figures_mark_what_is_incomplete():
    plt = pytest.importorskip("matplotlib.pyplot")
    from course_lib.page.plotting import bands, curves, lines
    figure, axes = plt.subplots(1, 3)
    labels = {"x_label": "x", "y_label": "y"}
    curves(axes[0], [1, 2], Each({"a": [1, 2], "b": [np.nan, 2]}, incomplete=["b"]), **labels)
    lines(axes[1], Each({"a": ([1, 2], [1, 2])}, incomplete=["a"]), **labels)
    bands(axes[2], [1, 2], Each({"a": np.ones((3, 2))}, incomplete=["a"]), **labels)
    assert [t.get_text() for t in axes[0].texts] == ["a", "b (incomplete)"]
    assert axes[1].lines[0].get_label() == axes[2].lines[0].get_label() == "a (incomplete)"
    plt.close(figure)


def test_log_axes_without_a_number_can_be_drawn():
    plt = pytest.importorskip("matplotlib.pyplot")
    from course_lib.page.plotting import bands, figure
    with figure() as ax:
        bands(ax, [1, 2], {"a": np.full((3, 2), np.nan)}, x_label="x", y_label="y", log=True)
    ax.figure.canvas.draw()
    assert ax.get_yscale() == "log" and min(ax.get_ylim()) > 0
    plt.close(ax.figure)
