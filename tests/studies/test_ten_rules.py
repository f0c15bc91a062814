"""Ten rules on digits: the parts do not overlap, no batch is small, a trial is what it says; the unfair report is."""

from functools import partial

import numpy as np
import pytest

from course_lib.data import Batches
from course_lib.experiments import Comparison, compare
from course_lib.optim.first_order import SGD, Adam, Sophia
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import ten_rules
from course_lib.training import train_step


def test_the_parts():
    split = ten_rules.parts()                           # Split refuses rows on two sides
    assert [len(t) for _, t in (split.fit, split.choose, split.judge)] == [1154, 288, 355]
    batches = Batches(*split.fit, 64)
    assert len(batches) == ten_rules.EPOCHS[0] == 18 and min(s.stop - s.start for s in batches.slices) == 64


def test_a_trial_is_ten_epochs_of_the_rule():
    split = ten_rules.parts()
    found = ten_rules.trial(partial(SGD, momentum=0.9), 0.1, 3, split.fit, split.judge)
    rng = np.random.default_rng(3)
    net = ten_rules.network(rng)
    optimizer, batches = SGD(net.params, lr=0.1, momentum=0.9), Batches(*split.fit, 64, rng=rng)
    losses = []
    for _ in range(10):
        for x, t in batches:
            train_step(net, ten_rules.softmax_cross_entropy, optimizer, x, t)
        losses.append(ten_rules.loss_on(net, *split.judge))
    np.testing.assert_allclose(found["loss"], losses, rtol=1e-12)
    assert found["first"] == found["loss"][0] and 0.9 < found["right"] < 1


def test_sophia_is_told_the_curvature_every_ten_updates(monkeypatch):
    asked = []
    monkeypatch.setattr(Sophia, "update_curvature", lambda self, estimates: asked.append(self.state[0]["t"]))
    split = ten_rules.parts()
    ten_rules.trial(Sophia, 1e-3, 0, split.fit, split.choose)
    assert asked == list(range(0, 180, 10))


def test_a_rate_that_is_too_large_is_told():
    split = ten_rules.parts()
    with np.errstate(all="ignore"):
        found = ten_rules.trial(SGD, 1e6, 0, split.fit, split.choose)
    assert found["loss"][-1] > 10 and (np.isnan(found["right"]) or found["right"] < 0.5)


def test_muon_gets_the_matrices_and_adamw_the_biases():
    net = ten_rules.network(np.random.default_rng(0))
    matrices, biases = ten_rules.muon(net.params, 0.02).optimizers
    assert {p.data.ndim for p in matrices.params} == {2} and {p.data.ndim for p in biases.params} == {1}


def test_the_report_is_unfair_in_the_way_the_lesson_tells():
    split = ten_rules.parts()
    last = [len(x) for x, _ in Batches(*split.fit, 64, last="keep")][-1]
    assert last == 2
    alone = [ten_rules.report(SGD, split, rates=(lr,), epochs=2) for lr in (0.001, 0.01, 0.1)]
    assert ten_rules.report(SGD, split, epochs=2) == min(alone) == alone[-1]    # the best rate is the last one tried
    assert alone[-1][1] == 0.1
    assert ten_rules.report(Adam, split, epochs=2) < min(alone)
    dropped = ten_rules.report(SGD, split, rates=(0.1,), epochs=2, last="drop")
    assert dropped[0] != alone[-1][0] and dropped[1] == 0.1


def test_one_thing_at_a_time_is_changed_in_the_report():
    split, rows = ten_rules.parts(), {words: cells for words, *cells in ten_rules.report_changed()}
    assert rows["nothing"] == ["%.3f at %s" % ten_rules.report(make, split) for make in (SGD, Adam)]
    assert rows["the rate 1 tried, too"][0].endswith(" at 1")
    assert rows["the batch of two left out"][1].endswith(" at 0.01")
    loss, rate = rows["judged on test images"][0].split(" at ")
    rng = np.random.default_rng(0)
    net = ten_rules.network(rng)
    optimizer, batches = SGD(net.params, lr=0.1), Batches(*split.fit, 64, rng=rng, last="keep")
    for _ in range(10):
        for x, t in batches:
            train_step(net, softmax_cross_entropy, optimizer, x, t)
    found = softmax_cross_entropy(net(split.judge[0])[0], split.judge[1])[0]
    assert rate == "0.1" and loss == f"{found:.3f}" and len(rows) == 4


@pytest.fixture
def result():
    """A comparison that is made up: the rule is below descent by 0.1, give or take, the other by more, once."""
    made = Comparison(["descent", "rule", "other"], [0.1, 1.0], [9], list(range(8)), "loss", False)
    noise = np.random.default_rng(0).normal(size=(3, 8))
    for k in range(8):
        for name, mean, row in zip(made.names, (0.5, 0.4, 0.48), noise):
            made._final[name, k] = {"loss": np.full(10, mean + 0.02 * row[k]), "first": mean + row[k]}
    return made


def test_fewer_seeds_tell_less(result):
    assert result.beats("descent", "descent") == ""
    assert result.beats("rule", "descent", seeds=8) == result.beats("rule", "descent") == "yes"
    assert result.beats("rule", "descent", seeds=1) == "not told apart"


def test_the_curves_of_an_interrupted_comparison_have_their_shape_and_say_so(result):
    assert ten_rules.curves(result, ["rule"])["rule"].shape == (8, 10)

    def stopped(jobs):
        yield next(iter(jobs))
        raise KeyboardInterrupt
    nothing = compare({"descent": SGD}, lambda *given: {"loss": np.ones(10)}, values=[0.1, 1], split=ten_rules.parts(),
                      search_seeds=[1], seeds=[2, 3], by="loss", watch=stopped)
    (name, runs), = ten_rules.curves(nothing, ["descent"]).items()
    assert name == "descent (incomplete)" and runs.shape == (2, 10) and np.isnan(runs).all()
    assert ten_rules.GROUPS[0][0] == ten_rules.GROUPS[1][0] == "descent"
    assert set(ten_rules.GROUPS[0] + ten_rules.GROUPS[1]) == set(ten_rules.FIELD) - {"AdamW"}
