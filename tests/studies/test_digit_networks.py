"""What the trainings of lessons 05 to 07 share: one network, and its loss."""

import numpy as np

from course_lib import Dense, Dropout, Sequential, softmax_cross_entropy
from course_lib.studies import batch_sizes, digit_networks, remedies, ten_rules


def test_the_network_is_the_same_in_lessons_05_and_06():
    assert batch_sizes.network is ten_rules.network is digit_networks.network
    net = digit_networks.network(np.random.default_rng(0))
    assert [p.data.shape for p in net.params] == [(64, 32), (32,), (32, 10), (10,)]
    x = np.random.default_rng(1).normal(size=(5, 64))
    W, b, V, c = (p.data for p in net.params)
    np.testing.assert_allclose(net(x)[0], np.tanh(x @ W + b) @ V + c)
    trained = digit_networks.tanh_network()
    assert [p.data.shape for p in trained.params] == [p.data.shape for p in net.params]


def test_the_loss_is_that_of_all_rows_without_dropout():
    assert batch_sizes.loss_on is ten_rules.loss_on is remedies.loss_on is digit_networks.loss_on
    rng = np.random.default_rng(0)
    net = Sequential(Dropout(0.5, rng=rng), Dense(4, 3, rng=rng))
    x, t = rng.normal(size=(9, 4)), rng.integers(3, size=9)
    loss = digit_networks.loss_on(net, x, t)
    assert isinstance(loss, float) and loss == softmax_cross_entropy(net.layers[1](x)[0], t)[0]
    assert net.layers[0].training                       # as it was
