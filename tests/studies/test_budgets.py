"""Networks side by side learn what each would learn alone; budgets share their runs; shut units open through a leak."""

import numpy as np
import pytest

from course_lib import Batches, check_gradients, load_digits, predict, softmax_cross_entropy, training
from course_lib.initializers import glorot, he
from course_lib.layers import Dense, ReLU, Residual, Sequential, Sigmoid
from course_lib.optim.first_order import SGD
from course_lib.rules.functions import affine
from course_lib.studies import budgets

F32 = np.float32
KINDS = {"plain": (4, lambda dense: [dense, ReLU()], ReLU, he),
         "sigmoid": (3, lambda dense: [dense, Sigmoid()], Sigmoid, glorot),
         "batch norm": (4, lambda dense: [dense, dense.norm(), ReLU()], ReLU, he),
         "residual": (4, lambda dense: [Residual(ReLU(), dense)], ReLU, he),
         "shallow": (2, None, ReLU, he)}


@pytest.fixture(scope="module")
def data():
    digits = load_digits(dtype=F32)
    return (digits.x_train[:256], digits.t_train[:256]), (digits.x_test, digits.t_test)


def test_each_network_has_its_own_columns():
    rng = np.random.default_rng(0)
    layer = budgets.SideBySide(3, 2, rngs=[np.random.default_rng(s) for s in range(4)], dtype=np.float64)
    layer.b.data[:] = rng.normal(size=layer.b.data.shape)
    x, dy = rng.normal(size=(5, 12)), rng.normal(size=(5, 8))
    y, backward = layer.rule(x, layer.W.data, layer.b.data)
    dx, dW, db = backward(dy)
    for i in range(4):
        mine, its = slice(3 * i, 3 * i + 3), slice(2 * i, 2 * i + 2)
        y_one, back_one = affine(x[:, mine], layer.W.data[i], layer.b.data[i, 0])
        for got, wanted in zip((y[:, its], dx[:, mine], dW[i], db[i, 0]), (y_one, *back_one(dy[:, its]))):
            np.testing.assert_allclose(got, wanted, atol=1e-12)
    check_gradients(layer.rule, x, layer.W.data, layer.b.data)
    assert len(layer.norm().params[0].data) == 8 and backward(dy, input_grad=False)[0] is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_learns_side_by_side_what_it_learns_alone(kind, data):
    fit, judged = data
    runs = [(0.01, 1), (0.05, 1), (0.01, 2)]
    together = budgets.side_by_side(KINDS[kind], runs, fit, judged, (1, 3), size=32)
    assert together.shape == (3, 2)
    for run, wrong in zip(runs, together):
        alone = budgets.side_by_side(KINDS[kind], [run], fit, judged, (1, 3), size=32)[0]
        np.testing.assert_allclose(alone, wrong, atol=1.0)          # float32 sums in another order


def test_alone_it_is_the_training_of_the_course(data):
    """The same weights in the course's own layers, the same batches, loss, rate and momentum."""
    (x, t), judged = data
    depth, _, _, start = KINDS["plain"]
    rng = np.random.default_rng(3)
    net = budgets.deep(KINDS["plain"], [np.random.default_rng(3)])
    layers = [Dense(32, 32, rng=rng, init=start, dtype=F32) for _ in range(depth - 2)]
    first, last = Dense(64, 32, rng=rng, dtype=F32), Dense(32, 10, rng=rng, dtype=F32)
    mine = Sequential(first, ReLU(), *[part for layer in layers for part in (layer, ReLU())], last)
    for p, q in zip(mine.params, net.params):
        np.testing.assert_allclose(p.data, q.data.reshape(p.data.shape), rtol=1e-6)
    optimizer = SGD(mine.params, lr=0.02, momentum=0.9)
    for _ in training(mine, softmax_cross_entropy, optimizer, Batches(x, t, 32, rng=rng), 2):
        pass
    wrong = 100 * (predict(mine, judged[0]).argmax(axis=1) != judged[1]).mean()
    assert budgets.side_by_side(KINDS["plain"], [(0.02, 3)], (x, t), judged, (2,), size=32)[0, 0] == pytest.approx(
        wrong, abs=1.0)


def test_outputs_that_are_no_numbers_are_told(data):
    with np.errstate(all="ignore"):
        found = budgets.side_by_side(KINDS["residual"], [(1e6, 0), (0.01, 0)], *data, (1,))
    assert np.isnan(found[0, 0]) and np.isfinite(found[1, 0])       # the other one does not suffer


def test_two_budgets_share_their_runs(data, monkeypatch):
    asked = []
    monkeypatch.setattr(budgets, "side_by_side", lambda kind, runs, fit, judged, epochs: asked.append(runs) or
                        np.array([[lr + seed + epoch for epoch in epochs] for lr, seed in runs]))
    trial = budgets.budget_trial((1, 2, 4), (2, 4), (0.1, 0.2), (0, 1), (5, 6))
    found = trial("kind", 0.2, 1, *data)
    assert list(found) == [2, 4] and found[2].tolist() == [2.2, 3.2] and found[4].tolist() == [2.2, 3.2, 5.2]
    trial("kind", 0.1, 0, *data)
    assert asked == [[(0.1, 0), (0.1, 1), (0.2, 0), (0.2, 1)]]      # the whole search, once
    trial("kind", 0.2, 5, *data)
    trial("kind", 0.2, 6, *data)
    assert asked[1:] == [[(0.2, 5), (0.2, 6)]]


def test_a_leak_opens_what_is_shut_and_none_does_not():
    assert np.isnan(budgets.opened(0.0, 0.1, 0, limit=2)[0]) and budgets.opened(0.0, 0.1, 0, limit=2)[1] == 100
    epochs, shut = budgets.opened(0.3, 0.3, 0, limit=10)
    assert epochs <= 10 and shut < 100
