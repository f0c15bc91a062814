"""The explorers of lesson 07: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.layers import BatchNorm, Dense, LayerNorm, ReLU, Residual, Sequential, Tanh
from course_lib.metrics import error_signals
from course_lib.rules.functions import affine, leaky_relu, relu
from course_lib.rules.losses import binary_cross_entropy, softmax_cross_entropy
from course_lib.widgets import lesson07 as w

# ---- error signals ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("wiring", w.WIRINGS)
@pytest.mark.parametrize("activation, layer", [("tanh", Tanh), ("ReLU", ReLU)])
def test_the_signals_are_those_of_the_same_network_made_of_layers(wiring, activation, layer):
    depth, rng = 5, np.random.default_rng(4)
    h, dh = rng.normal(size=(2, w.ROWS, w.WIDTH))
    dense = [Dense(w.WIDTH, w.WIDTH, rng=rng, init=w.STARTS["He"]) for _ in range(depth)]
    if wiring == "residual":
        for d in dense:
            d.W.data = d.W.data / np.sqrt(depth)
        parts = [[Residual(layer(), d)] for d in dense]
    else:
        norm = {"batch norm": [BatchNorm(w.WIDTH)], "layer norm": [LayerNorm(w.WIDTH)], "plain": []}[wiring]
        parts = [[d, *norm, layer()] for d in dense]
    deltas, grads, sizes = w.signals(depth, activation, "He", wiring)
    signals = error_signals(Sequential(*[layer for part in parts for layer in part]), h, dh)
    np.testing.assert_allclose(signals[1], grads, rtol=1e-9)
    np.testing.assert_allclose(signals[0], deltas, rtol=1e-9)
    for part, size in zip(parts, sizes):
        h, _ = Sequential(*part)(h)
        assert np.sqrt((h ** 2).mean()) == pytest.approx(size, rel=1e-9)


def test_vanishing_and_its_cure_stand_in_the_readout():
    explorer = w.delta_explorer()
    assert "vanishes" in explorer.shown().readout
    explorer.set(activation="ReLU", start="He")
    deltas, _, _ = w.signals(20, "ReLU", "He", "plain")
    line = explorer.shown().readout
    assert "within a factor of ten" in line
    assert float(re.search(r"= ([\d.e+−]+):", line)[1].replace("−", "-")) == pytest.approx(deltas[0] / deltas[-1], rel=5e-3)


# ---- dead units ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", w.LEAKS)
def test_the_gradients_of_the_small_network_are_right(kind):
    rng, slope = np.random.default_rng(4), w.LEAKS[kind]
    x, t = rng.normal(size=(5, 4)), rng.integers(3, size=5)
    weights = [rng.normal(size=s) for s in ((4, 6), (6,), (6, 3), (3,))]

    def loss(*weights):
        z = affine(x.astype(complex), weights[0], weights[1])[0]
        h = leaky_relu(z, slope)[0] if slope else z * relu(z.real)[1](np.ones(z.shape))
        return softmax_cross_entropy(affine(h, *weights[2:])[0], t)[0]
    _, _, grads = w._gradients(x, t, weights, slope)
    for i, g in enumerate(grads):
        place = (1,) * weights[i].ndim
        moved = [a.astype(complex) for a in weights]
        moved[i][place] += 1e-30j
        assert g[place] == pytest.approx(loss(*moved).imag / 1e-30, rel=1e-9)


def test_dead_units_get_no_gradient_and_large_steps_make_more_of_them():
    few, many = (w.trained_units(lr, 0.0, "ReLU") for lr in (0.1, 3.0))
    assert (few[0] == 0).sum() < 10 < 40 < (many[0] == 0).sum()
    assert few[2] == many[2] == 0.0 < few[3]
    assert w.trained_units(0.1, -4.0, "leaky 0.1")[2] > 0
    explorer = w.dead_explorer()
    explorer.set(lr=3.0)
    assert f"{(w.trained_units(explorer.state['lr'], 0.0, 'ReLU')[0] == 0).sum()} of 60 units" in explorer.shown().readout


# ---- a boundary ------------------------------------------------------------------------------------------------

def test_the_prepared_networks_really_descend():
    """One step of the prepared training, without remedy, against a difference of the loss."""
    x, t, wrong, _, _ = w.synthetic()
    assert wrong.sum() == w.WRONG and ((x[:, 1] > w.true_boundary(x[:, 0])) != (t == 1)).sum() == w.WRONG
    losses = [binary_cross_entropy(w.logits(x, w.trained_networks()["early stopping", i])[2], t)[0] for i in range(len(w.STOPS))]
    assert losses == sorted(losses) and losses[0] < 0.1 < 0.5 < losses[-1]


def test_no_remedy_learns_the_wrong_labels_and_a_middling_one_does_not():
    for remedy in w.REMEDIES:
        _, fitted, learnt, right, length = w.outcome(remedy, 0)
        assert fitted > 0.95 and learnt >= 10 and right < 0.8
        assert max(w.outcome(remedy, i)[3] for i in range(8)) > right + 0.1
    lengths = [w.outcome("weight decay", i)[4] for i in range(8)]
    assert lengths == sorted(lengths, reverse=True)
    assert w.outcome("weight decay", 7)[3] < 0.6            # too much of it
