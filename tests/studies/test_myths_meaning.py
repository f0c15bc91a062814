"""The experiments of lesson 16 on the meaning of backpropagation, loops and networks: they are what they say, and with
other seeds they decide the same."""

import ast
from pathlib import Path

import numpy as np
import pytest

from course_lib.checks import numerical_gradient, relative_error
from course_lib.data import load_digits
from course_lib.layers import Tanh
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import myths_meaning as meaning

PAGE = Path(__file__).resolve().parents[2] / "notebooks/source/16_myths_tested.py"
CLAIMS = "A1 A3 A8 F3 A9 A12 B1 B3 B8 E3 F1 G1 H5".split()

# ---- the page, with other seeds --------------------------------------------------------------------------------------


def cells():
    """The code cells of the lesson."""
    text = PAGE.read_text(encoding="utf-8")
    return [cell.partition("\n")[2] for cell in ("\n" + text).split("\n# %%") if not cell.startswith(" [markdown]")][1:]


@pytest.mark.parametrize("first", [100, 7000])
@pytest.mark.parametrize("claim", CLAIMS)
def test_other_seeds_decide_the_same(claim, first):
    imports, *others = cells()
    [cell] = [cell for cell in others if f'decide("{claim}"' in cell]
    assert ("range(5)" in cell) + ("range(20)" in cell) == (claim != "F1")
    for n in (5, 20):
        cell = cell.replace(f"range({n})", f"range({first}, {first + n})")
    decisions, page = [], {}
    exec(imports, page)
    decide = page["decide"]
    page.update(decide=lambda *args: decisions.append(decide(*args)), display=lambda *shown: None,
                answer=lambda *args, **options: None, show_source=lambda *things: None)
    exec(compile(ast.parse(cell), claim, "exec"), page)
    [decision] = decisions
    assert decision.claim.id == claim
    assert decision.verdict == ("condition" if claim == "B8" else "false") and decision.agrees


# ---- section 3 -------------------------------------------------------------------------------------------------------

def test_the_first_slopes_are_those_of_the_loss():
    digits = load_digits()
    net, _ = meaning.reader(3)
    z, backward = net(digits.x_train)
    backward(softmax_cross_entropy(z, digits.t_train)[1]())
    wanted = np.concatenate([p.grad.ravel() for p in net.params])
    np.testing.assert_allclose(meaning.first_slopes(3, np.eye(10)[digits.t_train]), wanted, rtol=1e-9, atol=1e-15)


def test_shuffled_labels_are_the_same_labels():
    t = load_digits().t_train
    shuffled = meaning.shuffled_labels(2)
    assert np.array_equal(np.sort(t), np.sort(shuffled)) and np.mean(t == shuffled) < 0.2


def test_shuffled_labels_begin_like_no_labels_in_many_networks():
    digits, cosines = load_digits(), []
    for seed in range(30):
        a, b, c = (meaning.first_slopes(seed, wanted) for wanted in (
            np.eye(10)[digits.t_train], np.eye(10)[meaning.shuffled_labels(seed)], np.full((1442, 10), 0.1)))
        cosines.append([meaning.cosine(a, b), meaning.cosine(b, c)])
    true, tenths = np.transpose(cosines)
    assert 0.6 < true.mean() < 0.8 and true.max() < 0.97 and tenths.mean() > 0.95


def test_the_sweep_gives_the_gradient():
    rng = np.random.default_rng(0)
    x, t, W = rng.normal(size=(7, 4)), rng.integers(3, size=7), meaning.weights(1, (4, 6, 5, 3))
    found = {layer: dW for layer, dW, _ in meaning.sweep(W, x, t)}
    assert [*found] == [3, 2, 1]

    def loss(w, k):
        h = x
        for n, v in enumerate(W):
            h = h @ (w if n == k else v)
            h = np.maximum(h, 0) if n < 2 else h
        return softmax_cross_entropy(h, t)[0]
    for k, w in enumerate(W):
        assert relative_error(found[k + 1], numerical_gradient(lambda w: loss(w, k), w)) < 1e-7


def test_an_early_change_spoils_all_layers_but_the_last():
    digits = load_digits()
    x, t, W = digits.x_train, digits.t_train, meaning.weights(0, (64, 32, 32, 10))
    right, early = ({layer: dW for layer, dW, _ in meaning.sweep(W, x, t, lr)} for lr in (0.0, 0.5))
    assert np.array_equal(right[3], early[3])
    assert all(relative_error(early[layer], right[layer]) > 0.01 for layer in (1, 2))
    assert np.array_equal(W[0], meaning.weights(0, (64, 32, 32, 10))[0])


def test_an_update_in_any_order_is_the_step_of_descent():
    digits, W = load_digits(), meaning.weights(4, (64, 32, 32, 10))
    known = {layer: dW for layer, dW, _ in meaning.sweep(W, digits.x_train, digits.t_train)}
    wanted = np.concatenate([(w - 0.5 * known[k + 1]).ravel() for k, w in enumerate(W)])
    for order in (list, iter, lambda ready: reversed([*ready]), lambda ready: np.random.default_rng(0).permutation(
            np.array([*ready], dtype=object))):
        assert np.array_equal(meaning.updated(4, order), wanted)


def test_errors_fed_back_are_the_gradient_and_forward_they_are_not():
    W, x, t = meaning.mixtures(3)
    true = numerical_gradient(lambda W: meaning.fed(W, x, t)[0], W)
    assert relative_error(np.array(meaning.fed(W, x, t)[1]), true) < 1e-7
    assert relative_error(np.array(meaning.fed(W, x, t, forward=True)[1]), true) > 0.5


def test_errors_fed_forward_halve_the_loss_at_no_rate():
    rates = 0.003, 0.01, 0.03, 0.1, 0.3, 1.0
    forward = [[meaning.lowest(seed, True, lr) for lr in rates] for seed in range(20, 26)]
    back = [min(meaning.lowest(seed, False, lr) for lr in rates) for seed in range(20, 25)]
    assert np.min(forward) > 0.8 and np.max(back) < 0.4


def test_slopes_carried_forward_are_right_at_one_pass_a_weight():
    passes, weights, error = meaning.carried(9)
    assert passes == weights == 300 and error < 1e-12


def test_trying_keeps_what_helps_and_counts():
    net, rng = meaning.reader(0, 4)
    digits, losses = load_digits(), []

    def loss():
        losses.append(softmax_cross_entropy(net(digits.x_train[:50])[0], digits.t_train[:50])[0])
        return losses[-1]
    passes, undone = meaning.by_trial(net, loss, goal=2.0, rng=rng)
    assert passes == len(losses) and losses[-1] <= 2.0 < min(losses[:-1])
    kept = sum(now < before for now, before in zip(losses[1:], np.minimum.accumulate(losses)))
    assert undone == passes - 1 - kept
    assert loss() == min(losses)                                # what was taken back is gone
    assert meaning.by_trial(net, loss, goal=0.0, rng=rng, limit=30)[0] == 30


def test_descent_counts_three_passes_a_step():
    net, _ = meaning.reader(0)
    digits = load_digits()
    passes, raised = meaning.by_gradient(net, digits.x_train[:200], digits.t_train[:200], goal=1.0)
    assert passes % 3 == 1 and raised == 0
    assert softmax_cross_entropy(net(digits.x_train[:200])[0], digits.t_train[:200])[0] <= 1.0
    assert meaning.by_gradient(net, digits.x_train[:200], digits.t_train[:200], goal=0, limit=30)[0] >= 30


def test_a_gradient_foretells_small_changes_and_chance_does_not():
    assert min(meaning.foretold(seed) for seed in range(50, 70)) > 0.85
    assert np.mean([meaning.foretold(seed, size=1.0) for seed in range(50, 60)]) < 0.75     # too large to foretell


def test_who_wins_the_race_depends_on_the_rate_and_the_network():
    """The passes alone decide nothing: at a small rate a small network is learnt faster by trying."""
    for units, rate, low, high in ((4, 1, 0.0, 1.0), (64, 3, 5.0, 50.0)):
        passes, shares = np.swapaxes([meaning.race(seed, units) for seed in range(60, 70)], 0, 1)
        assert low < np.median(passes[:, 0] / passes[:, rate]) < high
        assert shares[:, 0].min() > 0.6 and shares[:, 1:].mean(axis=0).max() < 0.3


# ---- section 4 -------------------------------------------------------------------------------------------------------

def test_heron():
    for seed in range(60, 80):
        a, y, turns, miss = meaning.root(seed)
        assert 0.01 <= a <= 1e4 and y == pytest.approx(np.sqrt(a), rel=1e-12) and turns > 0 and miss < 1e-6


def test_slopes_of_settled_networks():
    assert max(map(meaning.settled_slope, range(60, 80))) < 1e-9


def test_both_algorithms_meet_at_rest_and_nowhere_else():
    for seed in range(60, 70):
        at_rest = [meaning.apart(seed, T) for T in (1, 5, 20, 60)]
        assert at_rest == sorted(at_rest, reverse=True) and at_rest[0] > 0.05 and at_rest[-1] < 1e-9
        assert meaning.apart(seed, 40, changing=True) > 0.1


def test_no_scale_of_the_weights_solves_it():
    for scale in np.arange(0.7, 1.3, 0.04):
        norms = np.array([meaning.far_back(seed, scale) for seed in range(30)])
        assert np.mean((norms > 0.01) & (norms < 100)) < 0.7
    copies = [meaning.far_back(seed, 1.0, "identity") for seed in range(30)]
    assert np.mean(np.array(copies) > 0.01) > 0.8


# ---- section 7 -------------------------------------------------------------------------------------------------------

def test_only_with_a_bend_between_is_a_curve_bent():
    missed, bend = meaning.curve(60)
    assert missed == pytest.approx(1, abs=1e-3) and missed >= 1 - 1e-9 and bend < 1e-12
    missed, bend = meaning.curve(60, Tanh())
    assert missed < 0.05 and bend > 1e-4


@pytest.mark.parametrize("name, weighted", [("A", 11), ("B", 13), ("D", 16)])
def test_layers_of_the_face_networks(name, weighted):
    layers = meaning.layers_of(name)
    assert layers["convolution"] + layers["dense"] == weighted
    assert layers["dense"] == 3 and layers["pooling"] == 5 and layers["ReLU"] == weighted - 1
    assert layers["softmax"] == layers["input"] == 1


def test_ways_of_counting():
    assert meaning.counted("D") == [16, 21, 36, 37, 38] and meaning.counted("B")[1] == 18
    assert len(meaning.WAYS) == 5 and meaning.selections("D", 38) == [
        "convolution + dense + pooling + ReLU + softmax + input"]
    assert meaning.selections("D", 18) == ["convolution + pooling", "dense + ReLU",
                                           "convolution + dense + softmax + input"]


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match="A, B, D"):
        meaning.layers_of("C")


def test_one_transform_is_deaf_to_time():
    for seed in range(60, 70):
        whole, framed, exchanged = meaning.heard(seed)
        assert whole < 1e-9 and framed > 0.1 and exchanged < 1e-12


def test_one_way_back_finds_every_slope():
    found = [meaning.in_one_way(seed) for seed in range(200)]
    assert max(miss for *_, miss in found) < 1e-9
    assert min(crowd for _, crowd, _ in found) > 1 and min(count for count, *_ in found) > 15


def test_a_result_used_twice_by_one_operation_is_paid_twice():
    made = [None, ("multiply", 0, 0), ("add", 1, 0), ("tanh", 2, 2)]
    v, ends = meaning.run(made, [0.3])
    h = 0.3 + 0.3 ** 2
    assert ends == [3] and v[3] == pytest.approx(np.tanh(2 * h))
    slope = 2 * (1 - np.tanh(2 * h) ** 2)
    np.testing.assert_allclose(meaning.way_back(made, v, ends), [slope * 1.6, slope, slope, 1])
    assert meaning.levels(made).tolist() == [0, 1, 2, 3]
