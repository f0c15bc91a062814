"""The lines of text below the explorers tell the numbers that they name. (More of them: test_lesson01.py and so on.)"""

import math
import re
from html import unescape

import numpy as np
import pytest

from course_lib import Dense, Sequential, Sigmoid, inference, load_digits
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
    lesson11,
    lesson12,
)


def line_of(explorer):
    """The line of text that is shown, with plain minus signs."""
    return unescape(re.sub(r"<[^<>]*>", "", explorer._line.value)).replace("−", "-")


def told(explorer, pattern, **changes):
    """The numbers that the line tells in the places marked # of the pattern."""
    explorer.set(**changes)
    line = line_of(explorer)
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
        assert f"steps {word} the loss" in line_of(explorer)


def test_the_largest_stable_learning_rate_and_the_factor_of_a_step():
    explorer = lesson01.parabola_explorer()
    lr = explorer.state["lr"]
    for curvature in (0.5, 2.0, 4.0):
        assert told(explorer, "learning rate is 2/λ = #.", curvature=curvature) == [2 / curvature]
        factor, one, two = told(explorer, "multiplies w by 1 - lr · λ = #: from 1 to #, #,")
        assert [factor, one, two] == pytest.approx([1 - lr * curvature, factor, factor ** 2], abs=6e-4)


def test_the_largest_product_of_a_unit_is_the_largest():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(64, 6, rng=rng), Sigmoid(), Dense(6, 10, rng=rng))
    explorer, x = lesson02.unit_explorer(net), load_digits().x_test[3]
    for unit in range(6):
        value, row, column = told(explorer, "Largest product #, from pixel row #, column #.", unit=unit, image=3)
        products = x * net.layers[0].W.data[:, unit]
        best = np.abs(products).argmax()
        assert (value, 8 * row + column) == (pytest.approx(products[best], abs=5.1e-4), best)


def test_the_slopes_of_the_losses_of_one_logit():
    pattern = "squared error # (slope #); cross-entropy # (slope #); hinge # (slope #)."
    for z, t in ((7.0, 0), (-1.5, 1), (0.25, 1)):
        slopes = told(lesson02.loss_explorer(), pattern, z=z, t=t)[1::2]
        p, sign = 1 / (1 + math.exp(-z)), 2 * t - 1
        assert slopes == pytest.approx([2 * (p - t) * p * (1 - p), p - t, -sign if sign * z < 1 else 0], abs=5.1e-6)


def test_the_walk_along_all_paths_takes_as_long_as_there_are_paths():
    explorer = lesson03.ladder_explorer()
    explorer.set(rungs=30, arrows=3)
    assert 3 ** 30 / 1e9 / 86400 == pytest.approx(2.4, abs=0.05) and line_of(explorer).endswith("would take 2 days.")


def test_the_gradient_of_one_example_is_what_its_digit_lacks_in_probability():
    explorer = lesson04.flow_explorer()
    for epochs in (lesson04.STAGES[0], lesson04.STAGES[-1]):
        for digit in (2, 7):
            explorer.set(digit=digit, size=1, epochs=epochs, step=lesson04.CALLS + 1)
            p, = told(explorer, f"the first example's digit {digit}: #")
            loss, largest = told(explorer, "loss # nats") + told(explorer, "dz4 has shape (1, 10), largest entry #.")
            assert p == pytest.approx(math.exp(-loss), abs=1e-4)
            assert largest == pytest.approx(1 - math.exp(-loss), rel=0.01, abs=1e-4)


def test_the_rates_told_are_those_of_the_updates_named():
    explorer, pattern = lesson05.schedules_explorer(), "Rate at updates 1, 100, 200, 300: #, #, #, #"
    k = np.array([1, 100, 200, 300])
    assert told(explorer, pattern, name="constant", lr=0.2, warmup=50) == [0.004, 0.2, 0.2, 0.2]
    assert told(explorer, pattern, name="one over k", warmup=0) == pytest.approx(0.2 / (1 + (k - 1) / 30), rel=0.02)


def test_the_slope_that_is_allowed_is_the_share_of_the_first_one():
    explorer = lesson06.wolfe_explorer()
    for c2 in (0.3, 0.9):
        slope, allowed = told(explorer, "Slope #, allowed size #:", a=0.0, c2=c2)
        assert allowed == pytest.approx(c2 * abs(slope), abs=1e-4)


def test_ratios_and_counts_of_lesson_07():
    explorer = lesson07.delta_explorer()
    explorer.set(depth=6)
    draws = [lesson07.signals(6, explorer.state["activation"], explorer.state["start"], "plain", seed)
             for seed in lesson07.SEEDS]
    found = told(explorer, "The same ratio for dW: #. Activations, last / first: #.")
    medians = np.median([[grads[0] / grads[-1], sizes[-1] / sizes[0]] for _, grads, sizes in draws], axis=0)
    assert found == pytest.approx(medians, rel=5.1e-3)
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


def test_where_the_state_begins_plays_no_part_in_the_steps_of_the_adjoint():
    explorer, steps = lesson10.relaxation_explorer(), []
    for start in (1.0, 0.1):
        steps.append(told(explorer, "The state settles in # steps", start=start, radius=0.7)
                     + told(explorer, "The adjoint settles in # steps"))
    assert steps[0][0] != steps[1][0] and steps[0][1] == pytest.approx(steps[1][1], abs=1) != steps[0][0]


def test_similarity_and_distance_of_a_pair_tell_the_same():
    similarity, distance = told(lesson11.saliency_explorer(), "similarity (cosine) #, distance #.")
    assert distance ** 2 == pytest.approx(2 - 2 * similarity, abs=2e-3)


def test_the_verdicts_on_an_own_picture_are_the_same_in_the_picture_and_in_the_line():
    explorer, seen = lesson11.own_picture_explorer(), set()
    for size in (100, 50, 30):                          # a small part of a face resembles nobody
        explorer.set(size=size)
        threshold, = told(explorer, "The threshold is #;")
        verdicts = [(float(d), word) for d, word in re.findall(r"at ([\d.]+) \((\w+)\)", line_of(explorer))]
        assert len(verdicts) == 5 and all((word == "accepted") == (d <= threshold) for d, word in verdicts)
        assert re.findall(r"[✓✗] (accepted|rejected)<", explorer._canvas.value) == [word for _, word in verdicts]
        seen |= {word for _, word in verdicts}
    assert seen == {"accepted", "rejected"}


def test_a_word_heard_with_less_than_one_half_is_told_with_a_doubt():
    for probability in (0.45, 0.55):
        explorer = lesson12.microphone_explorer(lambda waveform, rate, vocabulary="digits": ("four", probability))
        doubted = "so not sure" in line_of(explorer), "not sure" in explorer._canvas.value
        assert doubted == (probability < 0.5,) * 2


def test_half_of_the_gradient_lies_in_the_share_of_cells_that_is_told():
    explorer = lesson12.looked_at_explorer()
    share, cells = told(explorer, "Half of all |gradient| lies in # % of the # cells.")
    label = explorer.state["spoken"]
    row = int(lesson12.said("digits", label)[explorer.state["voice"] - 1])
    [net] = commands.load_networks("digits", held_out=True)
    x = commands.features([lesson12.heard("digits").waveforms[row]])
    with inference(net):
        z, backward = net(x)
        gradient = backward(np.eye(11, dtype=z.dtype)[[label]])
    sizes = np.sort(np.abs(gradient).ravel())
    few = round(share / 100 * cells)
    assert cells == sizes.size == commands.BANDS * commands.COLUMNS
    assert sizes[-few:].sum() == pytest.approx(sizes.sum() / 2, rel=0.1)
