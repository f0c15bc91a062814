"""The explorers of lesson 07: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.widgets import lesson07 as w

# ---- error signals ---------------------------------------------------------------------------------------------

def test_vanishing_and_its_cure_stand_in_the_readout():
    explorer = w.delta_explorer()
    assert "vanishes" in explorer.shown().readout
    explorer.set(activation="ReLU", start="He")
    ratios = [deltas[0] / deltas[-1] for deltas, _, _ in (w.signals(20, "ReLU", "He", "plain", s) for s in w.SEEDS)]
    line = explorer.shown().readout
    assert "within a factor of ten" in line
    ratio = float(re.search(r"= ([\d.e+−]+):", line)[1].replace("−", "-"))
    assert ratio == pytest.approx(np.median(ratios), rel=5e-3)
    low, high = map(float, re.search(r"\(5 draws: (\S+) to (\S+)\)", line).groups())
    assert (low, high) == pytest.approx((min(ratios), max(ratios)), rel=5e-2) and low < high


# ---- dead units ------------------------------------------------------------------------------------------------

def test_dead_units_get_no_gradient_and_large_steps_make_more_of_them():
    few, many = (w.trained_units(lr, 0.0, "ReLU") for lr in (0.1, 3.0))
    assert (few[0] == 0).sum() < 10 < 40 < (many[0] == 0).sum()
    assert few[2] == many[2] == 0.0 < few[3]
    assert w.trained_units(0.1, -4.0, "leaky 0.1")[2] > 0
    explorer = w.dead_explorer()
    explorer.set(lr=3.0)
    dead = [(w.trained_units(explorer.state["lr"], 0.0, "ReLU", seed)[0] == 0).sum() for seed in w.SEEDS]
    assert f"{min(dead)} to {max(dead)} of 60 units" in explorer.shown().readout


# ---- the words -------------------------------------------------------------------------------------------------

WORDS = ((0.0, "vanishes"), (1e-3, "shrinks"), (0.1, "keeps its size within a factor of ten"), (10.0, "grows"),
         (1e3, "explodes"))


def test_the_word_for_the_signal_is_that_of_its_ratio():
    """The measured ratios, and one made up between each two limits."""
    explorer, seen = w.delta_explorer(), set()
    state = explorer.state
    for deltas in ([1e-4, 1.0], [0.01, 1.0], [0.5, 1.0], [5.0, 1.0], [50.0, 1.0], [1e4, 1.0]):
        line = w.delta_readout(state, (deltas, [1.0, 1.0], [1.0, 1.0]))
        [word] = [word for _, word in WORDS if f"the signal {word} (" in line]
        assert word == [word for low, word in WORDS if deltas[0] >= low][-1]
        seen.add(word)
    assert len(seen) == len(WORDS)
    for activation, start, wiring in (("sigmoid", "±1/√n", "plain"), ("ReLU", "He", "plain"),
                                      ("tanh", "Glorot", "residual")):
        state = state | {"activation": activation, "start": start, "wiring": wiring}
        ratio = np.median(w.relative_sizes(state)[0][:, 0])
        assert f"the signal {[word for low, word in WORDS if ratio >= low][-1]} (" in explorer.shown(state).readout


def test_dead_units_are_counted_apart_from_those_alive_and_a_lost_loss_is_told():
    explorer = w.dead_explorer()
    for lr in (0.1, 3.0):
        explorer.set(lr=lr)
        found = on, losses, dead, others, right = w.trained(explorer.state)
        counts = (np.array(on) == 0).sum(axis=1)
        picture, line, _ = explorer.shown()
        assert f"{min(counts)} to {max(counts)} of 60 units are on for no" in line
        assert f"into them {max(dead):.2g}, into the others {max(others):.2g};" in line
        assert f"<title>{counts.mean():.1f} units are never on, {min(counts)} to {max(counts)}</title>" in picture
        assert f": {counts.mean():.1f} units never on</text>" in picture
        bars = [float(n) for n in re.findall(r"<title>([\d.]+) units are on for", picture)]
        assert sum(bars) == pytest.approx(60 - counts.mean(), abs=0.5)
        assert f"loss {min(losses):.3g} to {max(losses):.3g} nats" in line
        assert f"accuracy {min(right):.3f} to {max(right):.3f}." in line
    some = w.dead_readout(explorer.state, (on, (None, *losses[1:]), dead, others, right))
    assert "nats, 1 of 5 losses no longer a number" in some
    lost = w.dead_readout(explorer.state, (on, (None,) * 5, (float("nan"),) * 5, others, right))
    assert "; 5 of 5 losses no longer a number," in lost and "gradients not finite" in lost and "nats" not in lost
    assert len(found[0]) == len(w.SEEDS) == 5


def test_the_wrong_labels_are_ringed_and_named():
    explorer = w.boundary_explorer()
    picture = explorer.shown().picture
    wrong = w.synthetic()[2]
    named = [title.endswith(", a wrong label") for title in re.findall(r"<title>(class \d[^<]*)</title>", picture)]
    assert named == wrong.tolist()
    assert "ringed: 12 wrong labels" in picture
    assert "ringed" not in explorer.shown(explorer.state | {"mark": False}).picture
