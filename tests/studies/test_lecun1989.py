"""The network of 1989: its counts are the paper's, its rules are right."""

import numpy as np
import pytest

from course_lib.checks import check_gradients
from course_lib.data import load_mnist
from course_lib.rules.convolution import conv2d_readable
from course_lib.rules.losses import mean_squared_error
from course_lib.studies.lecun1989 import SOURCES, LocalBias, lecun1989, partial_conv2d, scaled_tanh


def test_the_parameters_of_the_paper():
    net = lecun1989(rng=np.random.default_rng(0))
    sizes = [p.data.size for p in net.params]
    assert sizes == [300, 768, 2400, 192, 5760, 30, 300, 10] and sum(sizes) == 9760
    assert [sum(sizes[i:i + 2]) for i in range(0, 8, 2)] == [1068, 2592, 5790, 310]


def test_the_units_and_connections_of_the_paper():
    net, x = lecun1989(rng=np.random.default_rng(0)), np.zeros((1, 1, 16, 16))
    units, connections, fan_in = [x.size], [], 0
    for layer in net.layers:
        x, _ = layer(x)
        if type(layer).__name__ == "LocalBias":
            connections.append(x.size * (fan_in + 1))               # each unit: its kernel, and its bias
        if type(layer).__name__ == "SharedKernels":
            fan_in = layer.K.data[0].size
        if type(layer).__name__ == "Dense":
            connections.append(layer.W.data.size + layer.b.data.size)
        if type(layer).__name__ == "ScaledTanh":
            units.append(x.size)
    assert units == [256, 768, 192, 30, 10] and sum(units) == 1256
    assert connections == [19968, 38592, 5790, 310] and sum(connections) == 64660


def test_each_map_of_h2_sees_eight_maps_and_each_map_of_h1_is_seen_by_eight():
    assert SOURCES.shape == (12, 8) and all(len(set(row)) == 8 for row in SOURCES)
    assert np.all(np.bincount(SOURCES.ravel()) == 8)


def test_starting_weights_and_biases():
    net = lecun1989(rng=np.random.default_rng(0))
    for p, fan_in in zip(net.params[::2], (25, 200, 192, 30)):
        assert 0.8 * 2.4 / fan_in < np.abs(p.data).max() <= 2.4 / fan_in
    assert not any(p.data.any() for p in net.params[1::2])


def test_unconnected_maps_have_no_influence_and_connected_ones_do():
    rng = np.random.default_rng(0)
    x, K = rng.normal(size=(2, 12, 12, 12)), rng.normal(size=(12, 8, 5, 5))
    y, _ = partial_conv2d(x, K, SOURCES, stride=2)
    for c in range(12):
        moved = x.copy()
        moved[:, c] += 1
        changed = np.any(partial_conv2d(moved, K, SOURCES, stride=2)[0] != y, axis=(0, 2, 3))
        assert np.array_equal(changed, (SOURCES == c).any(axis=1))
    one, _ = conv2d_readable(x[:, SOURCES[5]], K[5:6], np.zeros(1), stride=2)
    np.testing.assert_allclose(y[:, 5:6], one)


def test_gradients(capsys):
    rng = np.random.default_rng(0)
    check_gradients(scaled_tanh, rng.normal(size=(3, 4)))
    sources = np.array([[0, 2], [1, 2], [0, 1], [2, 0]])
    check_gradients(lambda x, K: partial_conv2d(x, K, sources, 2), rng.normal(size=(2, 3, 5, 6)),
                    rng.normal(size=(4, 2, 3, 3)))
    check_gradients(LocalBias((3, 4, 5)), rng.normal(size=(2, 3, 4, 5)))
    net = lecun1989(rng=rng)
    for p in net.params[1::2]:
        p.data += rng.normal(size=p.data.shape) * 0.1
    x = rng.uniform(-1, 1, size=(2, 1, 16, 16))
    y, backward = net(x)
    value, loss_backward = mean_squared_error(y, -np.ones_like(y))
    backward(loss_backward(), input_grad=False)
    for p in net.params:                                            # a few entries of each, by a complex step
        for i in rng.integers(p.data.size, size=2):
            kept = p.data
            p.data = kept.astype(complex)
            p.data.ravel()[i] += 1e-30j
            slope = mean_squared_error(net(x.astype(complex))[0], -np.ones(y.shape))[0].imag / 1e-30
            p.data = kept
            assert p.grad.ravel()[i] == pytest.approx(slope, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    net = lecun1989(rng=np.random.default_rng(0), dtype=dtype)
    y, backward = net(2 * load_mnist(size=16, dtype=dtype).x_test[:3] - 1)
    backward(y, input_grad=False)
    assert y.dtype == dtype and y.shape == (3, 10) and {p.grad.dtype for p in net.params} == {np.dtype(dtype)}
