"""Training: one step by hand, the generator, batches, evaluation, the history, metrics."""

import numpy as np
import pytest

from course_lib import (
    SGD,
    Batches,
    Dense,
    History,
    ReLU,
    Sequential,
    Tanh,
    accuracy,
    affine,
    confusion_matrix,
    evaluate,
    metrics,
    predict,
    softmax_cross_entropy,
    standardise,
    train_step,
    training,
)
from course_lib.rules import functions


def network(dtype=np.float64):
    rng = np.random.default_rng(0)
    return Sequential(Dense(2, 6, rng=rng, dtype=dtype), ReLU(), Dense(6, 3, rng=rng, dtype=dtype))


def data(n=30):
    rng = np.random.default_rng(1)
    t = np.arange(n) % 3
    return np.array([[0, 2], [2, -1], [-2, -1]])[t] + 0.5 * rng.normal(size=(n, 2)), t


def test_train_step_equals_the_step_by_hand():
    net, (x, t) = network(), data()
    W1, b1, W2, b2 = (p.data.copy() for p in net.params)
    h, back_1 = affine(x, W1, b1)
    a, back_2 = functions.relu(h)
    z, back_3 = affine(a, W2, b2)
    value, back_4 = softmax_cross_entropy(z, t)
    da, dW2, db2 = back_3(back_4())
    _, dW1, db1 = back_1(back_2(da))
    for p in net.params:
        p.grad = np.full_like(p.data, 99.0)             # what an earlier step left behind must not count
    assert train_step(net, softmax_cross_entropy, SGD(net.params, lr=0.3), x, t) == value   # the loss before the update
    for p, start, grad in zip(net.params, (W1, b1, W2, b2), (dW1, db1, dW2, db2), strict=True):
        np.testing.assert_array_equal(p.data, start - 0.3 * grad)


def test_a_step_lowers_the_loss_on_its_own_batch():
    net, (x, t) = network(), data()
    optimizer = SGD(net.params, lr=0.05)
    losses = [train_step(net, softmax_cross_entropy, optimizer, x, t) for _ in range(50)]
    assert all(a > b for a, b in zip(losses, losses[1:]))


def test_training_yields_epoch_step_and_loss_after_each_update():
    net, (x, t) = network(), data()
    batches = Batches(x, t, 8, rng=np.random.default_rng(2))
    seen = list(training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), batches, 3))
    assert [(epoch, step) for epoch, step, _ in seen] == [(1 + i // 4, 1 + i) for i in range(12)]
    assert evaluate(net, x, t) > 0.9
    again = network()
    repeated = [train_step(again, softmax_cross_entropy, optimizer, *batch)
                for batches, optimizer in [(Batches(x, t, 8, rng=np.random.default_rng(2)), SGD(again.params, lr=0.1))]
                for _ in range(3) for batch in batches]
    assert [loss for _, _, loss in seen] == repeated    # a generator around train_step, nothing else


def test_nothing_happens_before_the_loop_and_leaving_it_keeps_what_was_learnt():
    net, (x, t) = network(), data()
    start = [p.data.copy() for p in net.params]
    steps = training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), Batches(x, t, 8), 100)
    np.testing.assert_array_equal(net.params[0].data, start[0])
    for epoch, step, loss in steps:
        if step == 5:
            kept = [p.data.copy() for p in net.params]
            break
    steps.close()
    for p, now, before in zip(net.params, kept, start, strict=True):
        np.testing.assert_array_equal(p.data, now)
        assert not np.array_equal(now, before)


def test_progress_passes_steps_on_and_survives_an_interrupt(capsys):
    from course_lib.page.notebook import progress
    net, (x, t) = network(), data()

    def steps():
        for item in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), Batches(x, t, 8), 2):
            yield item
            if item[1] == 6:
                raise KeyboardInterrupt                 # what the stop button does
    assert [step for _, step, _ in progress(steps(), 8)] == [1, 2, 3, 4, 5, 6]
    assert "stopped after 6 of 8 steps" in capsys.readouterr().out


def test_mixed_dtypes_are_refused_by_name():
    net, (x, t) = network(np.float32), data()
    with pytest.raises(ValueError, match="x is float64, but the parameters are float32"):
        next(training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), Batches(x, t, 8), 1))
    for epoch, step, loss in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1),
                                      Batches(x.astype(np.float32), t, 8), 1):
        assert loss.dtype == np.float32
    assert {p.data.dtype for p in net.params} == {np.dtype(np.float32)}


def test_batches_that_can_be_read_only_once_are_told():
    net, (x, t) = network(), data()
    steps = training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), iter([(x, t)]), 3)
    assert next(steps)[:2] == (1, 1)
    with pytest.raises(ValueError, match="no batches in epoch 2; a generator can be read only once: pass Batches"):
        next(steps)


def test_parameters_keep_their_identity():
    """The optimizer, the layer and the graph hold the same objects; a step changes the data, not the Parameter."""
    net, (x, t) = network(), data()
    params = list(net.params)
    train_step(net, softmax_cross_entropy, SGD(net.params, lr=0.1), x, t)
    assert all(a is b for a, b in zip(params, net.params, strict=True))


# ---- batches ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("n, size", [(10, 3), (10, 5), (7, 7), (5, 8), (4, 1)])
def test_each_epoch_covers_every_row_once_and_keeps_pairs_together(n, size):
    x = np.arange(n)[:, np.newaxis] * 1.0
    batches = Batches(x, 10 * np.arange(n), size, rng=np.random.default_rng(3))
    for _ in range(3):
        found = list(batches)
        assert len(found) == len(batches) == -(-n // size)
        assert [len(t) for _, t in found][:-1] == [size] * (len(found) - 1)
        assert sorted(np.concatenate([t for _, t in found])) == list(10 * np.arange(n))
        assert all(np.array_equal(10 * xs[:, 0], ts) for xs, ts in found)


def test_rows_are_shuffled_and_not_only_the_batches():
    x = np.arange(12)[:, np.newaxis]
    batches = Batches(x, np.arange(12), 4, rng=np.random.default_rng(4))
    blocks = [{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}]
    first, second = ([t.tolist() for _, t in batches] for _ in range(2))
    assert first != second                              # a fresh order each epoch
    assert any(set(t) not in blocks for t in first)
    same = Batches(x, np.arange(12), 4, rng=np.random.default_rng(4))
    assert first == [t.tolist() for _, t in same]       # the generator alone decides
    assert [t.tolist() for _, t in Batches(x, np.arange(12), 5)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]


def test_a_batch_is_a_copy():
    x = np.zeros((4, 2))
    for xs, _ in Batches(x, np.zeros(4, int), 2):
        xs += 1
    assert not x.any()


# ---- evaluation and history -------------------------------------------------------------------------------------

def test_evaluate_and_predict_do_not_depend_on_the_batch_size():
    net, (x, t) = network(), data()
    np.testing.assert_allclose(predict(net, x, batch_size=7), net(x)[0], rtol=1e-13)
    assert evaluate(net, x, t) == (net(x)[0].argmax(axis=1) == t).mean() == accuracy(predict(net, x).argmax(axis=1), t)


def test_history_keeps_columns():
    history = History()
    for step in range(3):
        history.add(step=step, loss=1 / (1 + step))
    assert len(history) == 3 and history["loss"].tolist() == [1, 1 / 2, 1 / 3]
    assert repr(history) == "History(step, loss; 3 entries)"
    history.add(loss=0.0)                               # columns may be of different lengths: the longest counts
    assert len(history) == 4 and len(history["step"]) == 3
    with pytest.raises(KeyError, match="'acuracy'.*'loss', 'step'"):
        history["acuracy"]


def test_the_accuracy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="must have the same shape and not be empty"):
        accuracy([], [])


def test_confusion_matrix_counts_true_rows_and_predicted_columns():
    counts = confusion_matrix([0, 1, 1, 2, 2, 2], [0, 0, 1, 2, 2, 1], 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 2]]


def test_standardise():
    x = np.random.default_rng(5).normal(3, 2, size=(50, 4))
    x[:, 2] = 7.0                                       # a constant column is only centred
    y = standardise(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), [1, 1, 0, 1], rtol=1e-12)
    np.testing.assert_allclose(standardise(x[:5], like=x), y[:5], rtol=1e-13, atol=1e-13)
    assert standardise(x.astype(np.float32)).dtype == np.float32


def test_error_signals_are_the_norms_that_pass_through_the_network():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 2, rng=rng))
    x, dy = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    deltas, weights = metrics.error_signals(net, x, dy)
    (W1, b1, W2, b2) = [p.data for p in net.params]
    h = np.tanh(x @ W1 + b1)
    dz = (dy @ W2.T) * (1 - h * h)
    np.testing.assert_allclose(deltas, [np.linalg.norm(dz), np.linalg.norm(dy)])
    np.testing.assert_allclose(weights, [np.linalg.norm(x.T @ dz), np.linalg.norm(h.T @ dy)])
