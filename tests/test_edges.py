"""Corners of the core that the other tests leave open."""

import numpy as np
import pytest

from course_lib import Dense, Dropout, Sequential, Tensor, embedding, inference


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
