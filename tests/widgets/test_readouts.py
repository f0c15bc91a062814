"""The lines of text below the explorers tell the numbers that they name. (More of them: test_lesson01.py and so on.)"""

import re

import numpy as np
import pytest

from course_lib.rules.functions import softmax
from course_lib.studies import commands
from course_lib.widgets import (
    lesson01,
    lesson02,
    lesson03,
    lesson04,
    lesson05,
    lesson06,
    lesson07,
    lesson08,
    lesson09,
    lesson10,
    lesson12,
)


def told(explorer, pattern, **changes):
    """The numbers that the line tells in the places marked # of the pattern."""
    explorer.set(**changes)
    line = explorer.readout(explorer.state).replace("−", "-")
    found = re.search(re.escape(pattern).replace(r"\#", r"([+-]?[\d.]+(?:e[+-]?\d+)?)"), line)
    assert found, f"{pattern!r} is not in {line!r}"
    return [float(number.rstrip(".")) for number in found.groups()]


def test_the_next_step_that_is_announced_is_the_one_that_is_made():
    explorer = lesson01.neuron_explorer()
    for lr, word in ((15, "lowered"), (1000, "raised")):
        before = explorer.state["w"], explorer.state["b"]
        announced = told(explorer, f"learning rate {lr} changes w by # and b by #.", lr=lr)
        explorer.buttons["Step downhill"].click()
        w, b = explorer.state["path"][-1]
        assert announced == pytest.approx([w - before[0], b - before[1]], abs=5.1e-4)
        assert f"steps {word} the loss" in explorer.readout(explorer.state)


def test_the_largest_stable_learning_rate_is_where_the_regime_changes():
    explorer = lesson01.parabola_explorer()
    for curvature in (0.5, 2.0, 4.0):
        limit, = told(explorer, "learning rate is 2/λ = #.", curvature=curvature)
        assert "converges" in lesson01.regime(0.99 * limit * curvature)
        assert "diverging" in lesson01.regime(1.01 * limit * curvature)
        lr = explorer.state["lr"]
        factor, one, two = told(explorer, "multiplies w by 1 - lr · λ = #: from 1 to #, #,")
        assert [factor, one, two] == pytest.approx([1 - lr * curvature, factor, factor ** 2], abs=6e-4)


def test_the_largest_product_of_a_unit_is_the_largest_and_the_slopes_are_those_of_the_losses():
    explorer, net = lesson02.unit_explorer(), lesson02.networks()[1]
    for unit in (0, 5, 30):
        value, row, column = told(explorer, "Largest product #, from pixel row #, column #.", unit=unit, image=3)
        products = lesson02.weighted_sum(net, lesson02.load_digits().x_test[3], 0, unit)["products"]
        best = np.abs(products).argmax()
        assert (value, 8 * row + column) == (pytest.approx(products[best], abs=5.1e-4), best)
    explorer = lesson02.loss_explorer()
    for z, t in ((7.0, 0), (-1.5, 1), (0.25, 1)):
        found = told(explorer, "squared error # (slope #); cross-entropy # (slope #); hinge # (slope #).", z=z, t=t)
        assert found == pytest.approx([n for pair in lesson02.losses(z, t).values() for n in pair], abs=5.1e-5)


def test_the_walk_along_all_paths_takes_as_long_as_there_are_paths():
    line = lesson03.ladder_readout({"rungs": 30, "arrows": 3})
    assert line.endswith(f"would take {lesson03.duration(3 ** 30 / 1e9)}.") and "2 days" in line


def test_the_probability_told_is_that_of_the_chosen_digit_and_the_largest_entry_has_no_sign():
    explorer = lesson04.flow_explorer()
    for digit in (2, 7):
        p, = told(explorer, f"the first example's digit {digit}: #", digit=digit)
        values, grads, _, _ = lesson04.passes(digit, explorer.state["size"], explorer.state["epochs"])
        assert p == pytest.approx(softmax(values[-1])[0][0, digit], abs=5.1e-5)
        for step in range(lesson04.CALLS + 1, lesson04.LAST + 1):
            largest, = told(explorer, ", largest entry #.", step=step)
            assert largest == pytest.approx(np.abs(grads[lesson04.LAST - step]).max(), rel=5.1e-3)


def test_the_rates_told_are_those_of_the_updates_named():
    explorer = lesson05.schedules_explorer()
    for name in lesson05.NAMES:
        found = told(explorer, "Rate at updates 1, 100, 200, 300: #, #, #, #", name=name, lr=0.2, warmup=50)
        assert found == pytest.approx(lesson05.rates(name, 0.2, 50)[[0, 99, 199, 299]], rel=0.051, abs=1e-12)
    assert lesson05.rates("one over k", 0.3, 0)[[0, 30, 60]] == pytest.approx([0.3, 0.15, 0.1])


def test_the_slope_that_is_allowed_is_the_share_of_the_first_one():
    for c2 in (0.3, 0.9):
        allowed, = told(lesson06.wolfe_explorer(), "allowed size #:", c2=c2)
        assert allowed == pytest.approx(c2 * abs(lesson06.on_the_line(0.0)[1]), abs=5.1e-5)


def test_ratios_and_counts_of_lesson_07():
    explorer = lesson07.delta_explorer()
    explorer.set(depth=6)
    _, grads, sizes = lesson07.signals(6, explorer.state["activation"], explorer.state["start"], "plain")
    found = told(explorer, "The same ratio for dW: #. Activations, last / first: #.")
    assert found == pytest.approx([grads[0] / grads[-1], sizes[-1] / sizes[0]], rel=5.1e-3)
    explorer = lesson07.boundary_explorer()
    for strength in (0, 5):
        found = told(explorer, "fitted, # of the 12 wrong labels learnt; # of 1000 new points right", strength=strength)
        outcome = lesson07.outcome(explorer.state["remedy"], strength)
        assert found == [outcome[2], pytest.approx(outcome[3], abs=5.1e-4)]


def test_what_pooling_shares_out():
    explorer = lesson08.pool_explorer()
    for size, stride in ((2, 2), (3, 1), (2, 3)):
        explorer.set(kind="average", size=size, stride=stride, window=3)
        dy, count, share = told(explorer, f"each of the {size * size} pixels receives #/# = #. In the end")
        _, _, _, dx = lesson08.pooled("average", size, stride)
        assert (dy, count, share) == (3, size * size, pytest.approx(3 / size ** 2, abs=5.1e-3))
        assert told(explorer, "In the end # of 36 pixels") == [np.count_nonzero(dx)]


def test_the_norms_told_are_those_after_the_steps_named():
    explorer = lesson09.lag_explorer()
    for radius in (0.8, 1.0):
        found = told(explorer, "after 10, 50, 100 steps the norm is #, #, #; it", radius=radius)
        norms, _ = lesson09.lag_curve(explorer.state["start"], explorer.state["activation"], radius)
        assert found == pytest.approx(norms[[9, 49, 99]], rel=0.05, abs=5.1e-4)


def test_the_adjoint_has_its_own_number_of_steps():
    explorer = lesson10.relaxation_explorer()
    for kind in lesson10.KINDS:
        explorer.set(kind=kind, radius=0.7)
        changes, adjoint, _, _ = lesson10.run(0.7, kind, 1.0)
        found = told(explorer, "The state settles in # steps") + told(explorer, "The adjoint settles in # steps")
        assert found == [len(changes), len(adjoint)]


def test_half_of_the_gradient_lies_in_the_share_of_cells_that_is_told():
    explorer = lesson12.looked_at_explorer()
    share, cells = told(explorer, "Half of all |gradient| lies in # % of the # cells.")
    label = explorer.state["spoken"]
    row = int(lesson12.said("digits", label)[explorer.state["voice"] - 1])
    picture = lesson12.seen(lesson12.heard("digits").waveforms[row])[np.newaxis]
    _, gradient = lesson12.looked_at(lesson12.precise_networks("digits"), picture, label)
    sizes = np.sort(np.abs(gradient).ravel())
    few = round(share / 100 * cells)
    assert cells == sizes.size == commands.BANDS * commands.COLUMNS
    assert sizes[-few:].sum() == pytest.approx(sizes.sum() / 2, rel=0.1)
