"""What lesson 07 measures: error signals by the rules alone, the step of the small network, the prepared boundaries."""

import numpy as np
import pytest

from course_lib.rules.functions import affine, batch_norm, layer_norm, relu, tanh
from course_lib.rules.losses import binary_cross_entropy
from course_lib.studies import depth


@pytest.mark.parametrize("wiring", depth.WIRINGS)
@pytest.mark.parametrize("activation, f", [("tanh", tanh), ("ReLU", relu)])
def test_the_signals_are_those_of_the_rules_one_after_another(wiring, activation, f):
    layers, rng, width, steps = 5, np.random.default_rng(4), depth.WIDTH, []
    h, dh = rng.normal(size=(2, depth.ROWS, width))
    deltas, grads, sizes = depth.signals(layers, activation, "He", wiring)
    zeros, ones = np.zeros(width), np.ones(width)
    for W, size in zip([depth.STARTS["He"](rng, (width, width)) for _ in range(layers)], sizes):
        if wiring == "residual":
            (a, back_f), norm = f(h), None
            z, back = affine(a, W / np.sqrt(layers), zeros)
            h = h + z
        else:
            z, back = affine(h, W, zeros)
            z, norm = {"batch norm": batch_norm,
                       "layer norm": layer_norm}[wiring](z, ones, zeros) if "norm" in wiring else (z, None)
            h, back_f = f(z)
        steps.append((back, back_f, norm))
        assert np.sqrt((h ** 2).mean()) == pytest.approx(size, rel=1e-12)
    for (back, back_f, norm), delta, grad in zip(reversed(steps), reversed(deltas), reversed(grads)):
        dz = dh if wiring == "residual" else norm(back_f(dh))[0] if norm else back_f(dh)
        dx, dW, _ = back(dz)
        assert (np.linalg.norm(dz), np.linalg.norm(dW)) == pytest.approx((delta, grad), rel=1e-9)
        dh = dh + back_f(dx) if wiring == "residual" else dx


def test_the_prepared_networks_really_descend():
    """One step of the prepared training, without remedy, against a difference of the loss."""
    x, t, wrong, _, _ = depth.synthetic()
    assert wrong.sum() == depth.WRONG and ((x[:, 1] > depth.true_boundary(x[:, 0])) != (t == 1)).sum() == depth.WRONG
    losses = [binary_cross_entropy(depth.logits(x, depth.trained_networks()["early stopping", i])[2], t)[0]
              for i in range(len(depth.STOPS))]
    assert losses == sorted(losses) and losses[0] < 0.1 < 0.5 < losses[-1]


def test_no_remedy_learns_the_wrong_labels_and_a_middling_one_does_not():
    for remedy in depth.REMEDIES:
        _, fitted, learnt, right, length = depth.outcome(remedy, 0)
        assert fitted > 0.95 and learnt >= 10 and right < 0.8
        assert max(depth.outcome(remedy, i)[3] for i in range(8)) > right + 0.1
    lengths = [depth.outcome("weight decay", i)[4] for i in range(8)]
    assert lengths == sorted(lengths, reverse=True)
    assert depth.outcome("weight decay", 7)[3] < 0.6            # too much of it
