"""Explanations: the gradient at the pixels is right and leaves the parameters alone; maps and trials are what they are
called."""

from functools import cache

import numpy as np
import pytest

from course_lib import load_digits, numerical_gradient, predict
from course_lib.layers import BatchNorm, Dense, Dropout, Sequential, Tanh
from course_lib.studies import explanations as study

X = load_digits().x_test[:6]


@cache
def net(activation="ReLU"):
    rng = np.random.default_rng(3)
    made = study.network(rng, activation)
    for p in made.params:
        p.data += 0.1 * rng.normal(size=p.data.shape)           # biases, too
    return made


def answers(network):
    return predict(network, X).argmax(axis=1)


@pytest.mark.parametrize("activation", ["ReLU", "tanh"])
def test_the_gradient_is_that_of_differences_and_no_parameter_notices(activation):
    network, k = net(activation), answers(net(activation))
    kept = np.ones_like(network.params[0].data)
    network.params[0].grad = kept
    found = study.gradient(network, X, k)
    assert network.params[0].grad is kept and (kept == 1).all() and network.params[1].grad is None
    network.params[0].grad = None
    for row in range(2):
        wanted = numerical_gradient(lambda x: network(x[np.newaxis])[0][0, k[row]], X[row])
        np.testing.assert_allclose(found[row], wanted, atol=1e-6)


def test_the_network_is_asked_as_it_is_used():
    rng = np.random.default_rng(0)
    network = Sequential(Dense(64, 8, rng=rng), BatchNorm(8), Tanh(), Dropout(0.5, rng=rng), Dense(8, 10, rng=rng))
    before = [kept.copy() for kept in network.layers[1].running]
    k = np.arange(6)
    np.testing.assert_array_equal(study.gradient(network, X, k), study.gradient(network, X, k))
    np.testing.assert_allclose(study.gradient(network, X, k)[:1], study.gradient(network, X[:1], k[:1]))
    for kept, now in zip(before, network.layers[1].running):
        np.testing.assert_array_equal(kept, now)
    assert all(layer.training for layer in network.layers) and all(p.requires_grad for p in network.params)


@pytest.mark.parametrize("k", [np.array([0, 10]), np.array([-1, 0]), np.array([0.0, 1.0]), np.array([0])])
def test_classes_that_do_not_exist_are_refused(k):
    with pytest.raises(ValueError, match="one class for each of 2 rows"):
        study.class_score(np.zeros((2, 10)), k)


def test_gauss_is_exact_for_polynomials_and_the_rectangles_are_not():
    for count in (1, 3, 8):
        nodes, weights = study.gauss_nodes(count)
        for power in range(2 * count):
            assert weights @ nodes ** power == pytest.approx(1 / (power + 1))
    nodes, weights = study.left_nodes(4)
    assert weights @ nodes == pytest.approx(3 / 8)
    nodes, weights = study.middle_nodes(4)
    assert weights @ nodes == pytest.approx(1 / 2) and weights @ nodes ** 2 != pytest.approx(1 / 3)


@pytest.mark.parametrize("baseline", [0.0, 1.0, np.linspace(0, 1, 64)])
def test_the_integrated_gradient_adds_up(baseline):
    assert study.completeness_gap(net("tanh"), X, answers(net("tanh")), 40, baseline=baseline) < 1e-9
    assert study.completeness_gap(net(), X, answers(net()), 400, baseline=baseline) < 0.02


def test_of_a_linear_network_every_map_with_the_input_is_the_same():
    linear = Sequential(Dense(64, 10, rng=np.random.default_rng(1)))
    k = answers(linear)
    wanted = X * linear.params[0].data[:, k].T
    for name in ("gradient × input", "integrated", "one pixel away"):
        np.testing.assert_allclose(study.MAPS[name](linear, X, k), wanted, atol=1e-12)


def test_occlusion_is_the_difference_of_two_answers():
    k, baseline = answers(net()), np.linspace(0, 1, 64)
    found = study.occlusion(net(), X, k, baseline)
    changed = X[2].copy()
    changed[19] = baseline[19]
    assert found[2, 19] == pytest.approx(predict(net(), X)[2, k[2]] - predict(net(), changed[np.newaxis])[0, k[2]])


def test_the_guided_gradient_lets_nothing_below_zero_through():
    rng = np.random.default_rng(2)
    network = Sequential(Dense(5, 4, rng=rng), study.ReLU(), Dense(4, 3, rng=rng))
    x, k = rng.normal(size=(7, 5)), rng.integers(0, 3, size=7)
    (W, b, V, _) = (p.data for p in network.params)
    wanted = (np.maximum(V[:, k].T, 0) * (x @ W + b > 0)) @ W.T
    np.testing.assert_allclose(study.guided_gradient(network, x, k), wanted)
    plain = (V[:, k].T * (x @ W + b > 0)) @ W.T
    np.testing.assert_allclose(study.gradient(network, x, k), plain)


def test_the_largest_of_the_map_go_first():
    x, maps = np.array([[1.0, 2.0, 3.0]]), np.array([[0.2, 0.9, -1.0]])
    np.testing.assert_array_equal(study.deleted(x, maps)[:, 0], [[1, 2, 3], [1, 0, 3], [0, 0, 3], [0, 0, 0]])
    np.testing.assert_array_equal(study.deleted(x, maps, np.array([7.0, 8.0, 9.0]))[1, 0], [1, 8, 3])


def test_until_changed_counts_pixels_and_says_all_where_nothing_changes():
    network = Sequential(Dense(3, 2, rng=np.random.default_rng(0)))
    network.layers[0].W.data, network.layers[0].b.data = np.array([[2.0, 0], [2.0, 0], [0, 0]]), np.array([-1.0, 0])
    x = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(study.until_changed(network, x, np.array([[3.0, 2, 1], [3, 2, 1]])), [2, 3])
    np.testing.assert_array_equal(study.until_changed(network, x, np.array([[1.0, 2, 3], [3, 2, 1]])), [3, 3])


def test_redrawn_keeps_the_first_layers_and_the_old_network():
    old = net()
    before = [p.data.copy() for p in old.params]
    for layers, changed in ((1, [4]), (2, [2, 4]), (None, [0, 2, 4])):
        new = study.redrawn(old, np.random.default_rng(9), layers)
        assert [i for i in (0, 2, 4) if not np.array_equal(new.params[i].data, old.params[i].data)] == changed
        new.params[0].data += 1
    for kept, p in zip(before, old.params):
        np.testing.assert_array_equal(kept, p.data)


def test_rank_correlation_is_spearmans():
    assert study.rank_correlation([1, 2, 3], [10, 20, 1e9]) == pytest.approx(1)
    assert study.rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert study.rank_correlation([1, 1, 2, 3], [1, 2, 2, 3]) == pytest.approx(5 / 6)     # ranks 1½ 1½ 3 4, 1 2½ 2½ 4
    assert np.isnan(study.rank_correlation([1, 1], [1, 2]))
    a = np.array([[1.0, 2, 3, 9], [1, 2, 3, 9]])
    b = np.array([[1.0, 2, 3, 0], [3, 2, 1, 0]])
    assert study.alike(a, b, np.array([[True] * 3 + [False]] * 2)) == pytest.approx(0)
    assert study.alike(a, a) == pytest.approx(1)


def test_unknown_activations_are_refused():
    with pytest.raises(ValueError, match="one of"):
        study.network(np.random.default_rng(0), "sine")


def test_every_order_is_a_map_and_the_deletion_counts_the_right_answers_only():
    network, digits = net(), load_digits()
    x, k = digits.x_test[:50], predict(net(), digits.x_test[:50]).argmax(axis=1)
    maps = study.orders(network, x, k, 1.0, np.random.default_rng(0))
    assert list(maps) == list(study.ORDERS) and {m.shape for m in maps.values()} == {x.shape}
    np.testing.assert_array_equal(maps["largest change first"], 1 - x)
    np.testing.assert_allclose(maps["integrated"], study.integrated_gradient(network, x, k, 1.0))
    t = np.where(np.arange(50) < 20, k, (k + 1) % 10)
    found = study.deletion(network, x, t, 1.0, seed=0)
    wanted = study.until_changed(network, x[:20], maps["gradient × way"][:20], 1.0).mean()
    assert found["gradient × way"] == pytest.approx(wanted)


def test_a_network_is_like_itself():
    for found in study.likeness(net(), net(), X).values():
        assert found == pytest.approx((1, 1, 1))
