"""The network of 2015: layers and parameters counted, and its gradient checked, layer by layer, at a reduced input."""

import numpy as np
import pytest

from course_lib import inference, initializers, softmax_cross_entropy
from course_lib.studies.faces.vgg_face import described, vgg_face


def test_parameters_of_the_full_network():
    rows = described(vgg_face(rng=np.random.default_rng(0), init=initializers.zeros), (3, 224, 224))
    weighty = [row for row in rows if row.parameters]
    assert [row.name for row in weighty] == ["conv1_1", "conv1_2", "conv2_1", "conv2_2",
                                             *(f"conv{b}_{i}" for b in (3, 4, 5)
 for i in (1, 2, 3)), "fc6", "fc7", "fc8"]
    # By hand: 3·3·(inputs)·(outputs) + (outputs) for convolutions, (inputs + 1)·(outputs) for dense layers.
    pairs = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256), (256, 512),
             *[(512, 512)] * 5]
    by_hand = [9 * n * m + m for n, m in pairs] + [(25088 + 1) * 4096, 4097 * 4096, 4097 * 2622]
    assert [row.parameters for row in weighty] == by_hand
    assert sum(by_hand) == 145_002_878 and sum(by_hand[:-1]) == 134_260_544
    assert [row.shape for row in rows if row.name.startswith("pool")] == [
        (64, 112, 112), (128, 56, 56), (256, 28, 28), (512, 14, 14), (512, 7, 7)]


def narrow(rng):
    return vgg_face(rng=rng, side=32, people=5, dense=12, channels=((3, 3), (4, 4), (5, 5, 5), (6, 6, 6), (6, 6, 6)),
                    dtype=np.float64)


def test_the_shapes_told_are_the_shapes_found():
    net = narrow(np.random.default_rng(1))
    x = np.random.default_rng(2).normal(size=(2, 3, 32, 32))
    for layer, row in zip(net.layers, described(net, (3, 32, 32)), strict=True):
        x = layer(x)[0]
        assert x.shape == (2, *row.shape)


def test_the_gradient_of_every_layer_with_weights():
    rng = np.random.default_rng(3)
    net, x, t = narrow(rng), rng.normal(size=(4, 3, 32, 32)), np.array([0, 3, 4, 1])

    def loss():
        return softmax_cross_entropy(net(x)[0], t)[0]
    with inference(net):                                # dropout would draw another mask each time
        z, backward = net(x)
        backward(softmax_cross_entropy(z, t)[1]())
        for p in net.params:
            direction, h = rng.normal(size=p.data.shape), 1e-6
            before = p.data.copy()
            p.data = before + h * direction
            above = loss()
            p.data = before - h * direction
            below = loss()
            p.data = before
            assert (above - below) / (2 * h) == pytest.approx((p.grad * direction).sum(), rel=1e-5, abs=1e-9), p


@pytest.mark.parametrize("side", [0, 48, 33])
def test_a_side_that_cannot_be_halved_five_times(side):
    with pytest.raises(ValueError, match="multiple of 32"):
        vgg_face(rng=np.random.default_rng(0), side=side)
