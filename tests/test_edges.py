"""Corners of the core that the other tests leave open."""

import numpy as np
import pytest

from course_lib import Dense, Dropout, Sequential, Tensor, embedding, inference, max_pool2d, relax


def test_a_truth_value_is_no_number():
    with pytest.raises(TypeError, match="Tensor: data must be a number or an array of numbers, got bool"):
        Tensor(True)


def test_inference_inside_inference_ends_with_the_outer_block():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(2, 3, rng=rng), Dropout(0.5, rng=rng))
    with inference(net):
        with inference(net):
            pass
        assert not any(layer.training for layer in net.walk())
    assert all(layer.training for layer in net.walk())


def test_a_negative_symbol_is_refused_and_not_counted_from_the_end():
    with pytest.raises(ValueError, match=r"embedding: indices must lie in 0 … 2, got -1 … 1"):
        embedding(np.ones((3, 2)), np.array([1, -1]))


@pytest.mark.parametrize("window", [(3, 1), (1, 3)])
def test_a_window_larger_than_the_image_in_one_direction_is_refused(window):
    with pytest.raises(ValueError, match=r"the window \(., .\) is larger than the image \(2, 2\)"):
        max_pool2d(np.ones((1, 1, 2, 2)), window)


def test_a_relaxation_ends_at_64_roundings_and_counts_changes_relative_to_the_state():
    z, changes = relax(lambda z: 0.5 * z + 0.5, np.zeros(3))            # each change is half of the one before
    assert changes[-1] <= 64 * np.finfo(float).eps < changes[-2]
    z, changes = relax(lambda z: 0.5 * z + 5e6, np.zeros(3))            # 0, 5e6, 7.5e6, ...
    assert changes[:2] == [1, pytest.approx(1 / 3)] and z == pytest.approx(np.full(3, 1e7))
