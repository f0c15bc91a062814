"""Corners of the core that the other tests leave open."""

import numpy as np
import pytest

from course_lib import (
    LSTM,
    RNN,
    Dense,
    Dropout,
    FixedPoint,
    Sequential,
    Tensor,
    accuracy,
    diagnose,
    embedding,
    inference,
    initializers,
    max_pool2d,
    relax,
    relu,
    save,
)

RNG = np.random.default_rng


def test_a_truth_value_is_no_number():
    with pytest.raises(TypeError, match="Tensor: data must be a number or an array of numbers, got bool"):
        Tensor(True)


def test_inference_inside_inference_ends_with_the_outer_block():
    net = Sequential(Dense(2, 3, rng=RNG(0)), Dropout(0.5, rng=RNG(0)))
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


def test_every_orthogonal_matrix_is_equally_likely():
    """A decomposition alone gives the first entry always the same sign."""
    first = [initializers.orthogonal(rng, (3, 3))[0, 0] for rng in RNG(0).spawn(200)]
    assert 70 < np.sum(np.array(first) > 0) < 130


def test_only_the_forget_gate_of_an_lstm_begins_open():
    np.testing.assert_array_equal(LSTM(2, 3, rng=RNG(0)).b.data.reshape(4, 3), np.outer([0, 1, 0, 0], np.ones(3)))


def test_a_recurrent_layer_uses_the_activation_it_was_given():
    hs, _ = RNN(2, 5, rng=RNG(0), activation=relu)(RNG(1).normal(size=(4, 3, 2)))
    assert hs.min() == 0 and hs.max() > 0


def test_a_fixed_point_layer_contracts_to_nine_tenths():
    layer = FixedPoint(3, 6, rng=RNG(0))
    layer.U.data *= 4
    layer.contract()
    assert layer.norm() == pytest.approx(0.9)


def test_half_of_the_right_gradient_is_told_as_a_factor_2():
    g = np.array([1.0, -3.0, 0.5])
    assert [diagnose(factor * g, g, batch=7).name for factor in (0.5, 2.0)] == ["factor 2", "factor 2"]


def test_the_accuracy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="accuracy: predicted and t must have the same shape and not be empty"):
        accuracy([], [])


def test_who_is_reading_a_saved_network_while_another_is_saved_reads_the_whole_old_one(tmp_path):
    path = tmp_path / "net.npz"
    save(Dense(2, 3, rng=RNG(0)), path)
    before = path.read_bytes()
    with open(path, "rb") as file:
        save(Dense(20, 30, rng=RNG(1)), path)
        assert file.read() == before != path.read_bytes()
