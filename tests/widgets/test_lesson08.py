"""The explorers of lesson 08: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib.rules.convolution import avg_pool2d, conv2d, max_pool2d, pad2d
from course_lib.widgets import lesson08 as w

SETTINGS = [(kernel, stride, padding) for kernel in ("upright edges", "learnt") for stride in (1, 2, 3)
            for padding in (0, 1)]


@pytest.mark.parametrize("kernel, stride, padding", SETTINGS)
def test_the_map_and_the_payments_are_those_of_conv2d(kernel, stride, padding):
    padded, K, rows, y, dy, size = w.slid(kernel, stride, padding)
    x = w.picture_of_a_digit()[np.newaxis, np.newaxis]
    expected, backward = conv2d(x, K[np.newaxis, np.newaxis], np.zeros(1), stride, padding)
    np.testing.assert_allclose(y, expected[0, 0], atol=1e-12)
    np.testing.assert_array_equal(padded, pad2d(x, padding)[0][0, 0])
    dx, dK, _ = backward(dy[np.newaxis, np.newaxis])
    paid_dx, paid_dK, times = w.paid(padded, K, rows, dy, stride, size * size)
    np.testing.assert_allclose(paid_dK, dK[0, 0], atol=1e-12)
    np.testing.assert_allclose(paid_dx[padding:padding + 8, padding:padding + 8], dx[0, 0], atol=1e-12)
    assert times.sum() == 9 * size * size and rows.shape == (size * size, 9)


def test_the_window_wraps_round_and_the_readout_multiplies_right():
    explorer = w.kernel_explorer()
    for window in (1, 22, 36):
        explorer.set(window=window)
        line = explorer.shown().readout.replace("−", "-")
        assert f"Window {window} of 36" in line
        terms = re.findall(r"(-?[\d.]+)·\(?(-?[\d.]+)\)?", line)
        shown = float(re.search(r"= (-?[\d.]+)\.$", line)[1])
        assert sum(float(a) * float(k) for a, k in terms) == pytest.approx(shown, abs=0.03)
    explorer.set(window=37)
    assert "Window 1 of 36" in explorer.shown().readout


def test_payments_grow_with_the_window_in_the_backward_mode():
    explorer = w.kernel_explorer()
    explorer.buttons["Swap forward and backward"].click()
    explorer.set(window=36)
    line = explorer.shown().readout
    assert "corner pixel was paid 1 times, the busiest pixel 9 times, every weight 36 times" in line
    explorer.buttons["Swap forward and backward"].click()
    assert "y = " in explorer.shown().readout


@pytest.mark.parametrize("kind, rule", [("max", max_pool2d), ("average", avg_pool2d)])
def test_pooling_is_the_librarys(kind, rule):
    x = w.pooling_input()[np.newaxis, np.newaxis]
    for size in (2, 3):
        for stride in (1, 2, 3):
            y, dy, shares, dx = w.pooled(kind, size, stride)
            expected, backward = rule(x, size, stride)
            np.testing.assert_allclose(y, expected[0, 0])
            np.testing.assert_allclose(dx, backward(dy[np.newaxis, np.newaxis])[0, 0])
            np.testing.assert_allclose(shares.sum(axis=(1, 2)), 1)


def test_receptive_fields_are_what_a_gradient_reaches():
    for layers in ([(3, 1)] * 3, [(5, 2), (5, 2)], [(3, 1), (2, 2), (3, 1), (2, 2)]):
        x, backwards = np.zeros((1, 1, 61, 61)), []
        for k, s in layers:
            x, backward = conv2d(x, np.ones((1, 1, k, k)), np.zeros(1), s)
            backwards.append(backward)
        one = np.zeros_like(x)
        one[0, 0, 3, 3] = 1
        for backward in reversed(backwards):
            one = backward(one)[0]
        r, g = w.fields(layers)[-1]
        assert (one[0, 0] != 0).any(axis=0).sum() == r and np.flatnonzero(one[0, 0].any(axis=0))[0] == 3 * g


def test_the_readout_tells_fields_and_weights():
    explorer = w.field_explorer()
    explorer.set(layers=3, kernel=3)
    line = explorer.shown().readout
    assert "sees 7 × 7" in line and "27 weights in all; a single 7 × 7 kernel would need 49" in line
    explorer.set(layers=4, kernel=5, stride=2)
    assert "more than the image has" in explorer.shown().readout


def test_names_follow_what_is_shown():
    pooling, field, kernel = w.pool_explorer(), w.field_explorer(), w.kernel_explorer()
    for kind, word in (("max", "largest"), ("average", "mean")):
        picture, line, _ = pooling.shown(pooling.state | {"kind": kind})
        assert f"y: {word} of each window" in picture and ("the winner at row" in line) == (kind == "max")
    for pool in (False, True):
        words = re.findall(r"<text[^>]*>([^<]*)<", field.shown(field.state | {"pool": pool, "layers": 2}).picture)
        assert [n for n in words if n.startswith(("pooling ", "layer "))] == (
            ["pooling 2", "layer 2", "pooling 1", "layer 1"] if pool else ["layer 2", "layer 1"]) and "pixels" in words
    assert "more than the image has" not in field.shown().readout
    for mode, name in ((w.FORWARD, "row 22 of R"), (w.BACKWARD, "row 22 of dR = dy K")):
        assert f">{name}</text>" in kernel.shown(kernel.state | {"mode": mode}).picture
    assert re.search(r"·\(−\d", kernel.shown().readout) and not re.search(r"·−", kernel.shown().readout)
