"""The explorers of lesson 09: the numbers shown are the right ones."""

import math
import re

import pytest

from course_lib.studies.recurrence import bracket_unit, neuron_through_time
from course_lib.widgets import lesson09 as w


def test_the_steps_make_one_state_after_another_and_then_one_payment_after_another():
    explorer = w.unroll_explorer()
    blue, paid = [], []
    for step in range(w.LAST + 1):
        explorer.set(step=step)
        picture = explorer.shown().picture
        blue.append(len(re.findall(rf'fill="{w.palette.FORWARD}"', picture)) - 1)
        paid.append(picture.count("pays du"))
    assert blue == [1, 2, 3, 4, 5, 6] + [7] * 8 and paid == [0] * 8 + [1, 2, 3, 4, 5, 6]
    found = neuron_through_time(0.6, False)
    assert w.so_far(explorer.state, found) == pytest.approx(tuple(sum(p[k] for p in found.payments[1:])
                                                                  for k in range(3)))
    assert w.received({"step": w.T + 1, "u": 0.6, "every": False}, found)[:-1] == [None] * w.T


def test_the_readout_carries_the_product():
    explorer = w.unroll_explorer()
    explorer.set(step=w.LAST, u=1.5)
    jacobians = neuron_through_time(1.5, False).jacobians
    line = explorer.shown().readout.replace("−", "-")
    shown = float(re.search(r"local Jacobians so far: (-?[\d.e-]+)\.", line)[1])
    assert shown == pytest.approx(math.prod(jacobians[1:]), rel=2e-2)


def test_the_verdicts():
    explorer = w.lag_explorer()
    for radius, activation, word in ((0.6, "tanh", "vanishes"), (1.0, "ReLU", "vanishes"), (1.5, "no tanh", "explodes"),
                                     (2.0, "ReLU", "explodes")):
        explorer.set(radius=radius, activation=activation)
        assert word in explorer.shown().readout
    explorer.set(radius=1.0, activation="ReLU", start="identity")
    assert "neither" in explorer.shown().readout


def test_the_unit_is_right_about_simple_brackets_and_wrong_about_nested_ones():
    def mistakes(name):
        c = bracket_unit(w.TEXTS[name], 6.0)[1]
        return sum((c[t] > 0.5) != w.inside(w.TEXTS[name], t) for t in range(w.LENGTH))
    assert mistakes("one bracket") == mistakes("two brackets") == 0 < mistakes("nested")
    line = w.gate_explorer().shown({"text": "nested", "forget": 6.0, "now": 25}).readout
    assert "says outside, the truth is inside" in line


def test_the_unit_says_what_its_memory_holds_and_the_truth_is_counted():
    explorer = w.gate_explorer()
    for name, content in w.TEXTS.items():
        c, seen = bracket_unit(content, 6.0)[1], set()
        for now in range(w.LENGTH):
            says, truth = c[now] > 0.5, content[:now + 1].count("(") > content[:now + 1].count(")")
            line = explorer.shown({"text": name, "forget": 6.0, "now": now}).readout
            said, true = ("inside" if answer else "outside" for answer in (says, truth))
            assert f"The unit says {said}, the truth is {true}." in line
            assert ("Of a gradient that arrives here" in line) == ("(" in content[:now])
            seen.add((bool(says), bool(truth)))
        assert len(seen) == (3 if name == "nested" else 2)


def test_the_loss_says_whom_it_pays():
    explorer = w.unroll_explorer()
    for every, payee, formula in ((False, "it pays h6 only", "L = (h6 − 1)²"),
                                  (True, "it pays every state", "L = Σ (h − 1)²")):
        picture, line, _ = explorer.shown({"step": w.T + 1, "u": 0.6, "every": every})
        assert payee in line and formula in picture
        assert f" = {neuron_through_time(0.6, every).loss:.3f}</text>" in picture
        assert "² =" not in explorer.shown({"step": w.T, "u": 0.6, "every": every}).picture
