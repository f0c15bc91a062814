"""Training: one step by hand, the generator, penalties, sequences, evaluation, the history."""

import numpy as np
import pytest

import course_lib
from course_lib import (
    GRU,
    SGD,
    Batches,
    Dense,
    EachStep,
    Embedding,
    History,
    Layer,
    ReLU,
    Sequential,
    accuracy,
    affine,
    binary_cross_entropy,
    evaluate,
    predict,
    softmax_cross_entropy,
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

    def batches_of(x, t):
        return Batches(x, t, 8, rng=np.random.default_rng(2), last="keep")
    batches = batches_of(x, t)
    seen = list(training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), batches, 3))
    assert [(epoch, step) for epoch, step, _ in seen] == [(1 + i // 4, 1 + i) for i in range(12)]
    assert evaluate(net, x, t) > 0.9
    again = network()
    repeated = [train_step(again, softmax_cross_entropy, optimizer, *batch)
                for batches, optimizer in [(batches_of(x, t), SGD(again.params, lr=0.1))]
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
    from course_lib.page.running import progress
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


def test_a_penalty_adds_its_gradient_and_its_value():
    """½ λ Σ p² is what weight decay subtracts."""
    (x, t), nets, strength = data(), (network(), network(), network()), 0.1

    def penalty(net):
        for p in net.params:
            p.add_grad(strength * p.data)
        return 0.5 * strength * sum((p.data ** 2).sum() for p in net.params)
    plain, decayed, penalised = nets
    size = sum((p.data ** 2).sum() for p in plain.params)
    value = train_step(plain, softmax_cross_entropy, SGD(plain.params, lr=0.3), x, t)
    train_step(decayed, softmax_cross_entropy, SGD(decayed.params, lr=0.3, weight_decay=strength), x, t)
    optimizer = SGD(penalised.params, lr=0.3)
    total = train_step(penalised, softmax_cross_entropy, optimizer, x, t, penalty=penalty)
    assert total == pytest.approx(value + 0.05 * size, rel=1e-14)
    for a, b in zip(decayed.params, penalised.params, strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-13)
    again = train_step(penalised, softmax_cross_entropy, optimizer, x, t, penalty=penalty)
    other = network()
    steps = course_lib.training(other, softmax_cross_entropy, SGD(other.params, lr=0.3), [(x, t)], 2, penalty=penalty)
    assert [loss for _, _, loss in steps] == [total, again]


@pytest.mark.parametrize("value", [None, "1", np.ones(2)])
def test_a_penalty_without_a_number_is_told_before_the_update(value):
    net, (x, t) = network(), data()
    start = net.params[0].data.copy()
    with pytest.raises(TypeError, match="must add its gradient to the parameters' and return its value"):
        train_step(net, softmax_cross_entropy, SGD(net.params, lr=0.1), x, t, penalty=lambda net: value)
    np.testing.assert_array_equal(net.params[0].data, start)


def test_whole_numbers_train_an_embedding_and_are_told_elsewhere():
    rng, t = np.random.default_rng(0), np.arange(6) % 3
    net = Sequential(Embedding(6, 4, rng=rng, dtype=np.float32), Dense(4, 3, rng=rng, dtype=np.float32))
    for x in (np.arange(6), np.arange(6, dtype=np.uint8), list(range(6))):
        losses = [loss for _, _, loss in training(net, softmax_cross_entropy, SGD(net.params, lr=0.5), [(x, t)], 3)]
        assert losses[2] < losses[0] and losses[0].dtype == np.float32
    assert evaluate(net, list(range(6)), t) == (net(np.arange(6))[0].argmax(axis=1) == t).mean()
    with pytest.raises(TypeError, match="indices must be integers, got float32"):
        next(training(net, softmax_cross_entropy, SGD(net.params, lr=0.5), [(np.arange(6, dtype=np.float32), t)], 1))
    with pytest.raises(ValueError, match=r"x is uint8, but the parameters are float64.*x.astype\(np.float64\)"):
        next(training(network(), softmax_cross_entropy, None, [(np.ones((3, 2), np.uint8), t[:3])], 1))


# ---- sequences, time first --------------------------------------------------------------------------------------

class LastStep(Layer):
    def rule(self, hs):
        def backward(dy):
            dhs = np.zeros_like(hs)
            dhs[-1] = dy
            return dhs
        return hs[-1], backward


class Swap(Layer):
    """Sequences (N, T, D) to (T, N, D)."""

    time_first = False

    def rule(self, x):
        return x.swapaxes(0, 1), lambda dy: dy.swapaxes(0, 1)


def sequences(*layers):
    rng = np.random.default_rng(0)
    return Sequential(GRU(2, 3, rng=rng), *layers)


def test_predict_and_evaluate_never_cut_time():
    rng = np.random.default_rng(1)
    each = sequences(EachStep(Dense(3, 4, rng=rng)))
    last = sequences(LastStep(), Dense(3, 4, rng=rng))
    xs = rng.normal(size=(1500, 5, 2))                  # more steps than a batch of predict has rows
    for net in (each, last):
        y, _ = net(xs)
        for batch_size in (1024, 5, 2, 1):
            np.testing.assert_allclose(predict(net, xs, batch_size), y, rtol=1e-12, atol=1e-14)
        t = y.argmax(axis=-1)
        wrong = (t + 1) % 4
        assert evaluate(net, xs, t) == 1 and evaluate(net, xs, wrong) == 0
        assert evaluate(net, xs, np.eye(4)[t]) == evaluate(net, xs, t[..., np.newaxis]) == 1
    t = each(xs)[0].argmax(axis=-1)
    mixed = np.where(np.arange(5) < 2, t, (t + 1) % 4)
    assert evaluate(each, xs, mixed) == pytest.approx(0.4)
    with pytest.raises(ValueError, match=r"t must have shape \(1500, 5\)"):
        evaluate(each, xs, t[0])
    with pytest.raises(ValueError, match="hold at least one row"):
        predict(each, xs[:, :0])


def test_symbols_are_read_along_time_too():
    rng = np.random.default_rng(1)
    net = Sequential(Embedding(5, 2, rng=rng), *sequences(EachStep(Dense(3, 5, rng=rng))).layers)
    symbols = rng.integers(5, size=(1100, 4))
    np.testing.assert_array_equal(predict(net, symbols, 3), net(symbols)[0])
    np.testing.assert_array_equal(predict(net, symbols.astype(np.uint8)), net(symbols)[0])


def test_the_batch_axis_is_what_the_first_layer_says_that_cares_or_what_is_said():
    rng = np.random.default_rng(1)
    net = Sequential(Swap(), *sequences(LastStep()).layers)
    x = rng.normal(size=(7, 9, 2))
    np.testing.assert_allclose(predict(net, x, 2), net(x)[0], rtol=1e-13)
    def unknown(xs):
        return np.cumsum(xs, axis=0), None              # runs along time, and cannot say so
    np.testing.assert_array_equal(predict(unknown, x, 1, axis=1), unknown(x)[0])
    with pytest.raises(ValueError, match="no batch axis 0; say axis=0 or axis=1"):
        predict(lambda x: (x.swapaxes(0, 1), None), x, 2)
    with pytest.raises(ValueError, match=r"got \(7, 9, 2\) and axis 2"):
        predict(net, x, axis=2)


def test_training_refuses_batches_that_cut_time():
    rng = np.random.default_rng(1)
    net, xs, t = sequences(LastStep(), Dense(3, 4, rng=rng)), rng.normal(size=(6, 6, 2)), np.arange(6) % 4
    sgd = SGD(net.params, lr=0.1)
    with pytest.raises(ValueError, match="cut along time; say Batches.*axis=1"):
        next(training(net, softmax_cross_entropy, sgd, Batches(xs, t, 2), 1))
    assert len(list(training(net, softmax_cross_entropy, sgd, Batches(xs, t, 2, axis=1), 1))) == 3
    assert len(list(training(net, softmax_cross_entropy, sgd, [(xs, t)], 1))) == 1


# ---- evaluation and history -------------------------------------------------------------------------------------

FORMS = {"a column": lambda t: t[:, np.newaxis], "one-hot rows": lambda t: np.eye(3)[t],
         "bytes": lambda t: bytes(t.tolist()), "uint8": lambda t: t.astype(np.uint8), "a list": lambda t: t.tolist(),
         "whole floats": lambda t: t * 1.0, "one-hot truth values": lambda t: np.eye(3, dtype=bool)[t]}


@pytest.mark.parametrize("form", FORMS)
def test_evaluate_reads_labels_in_every_plain_form(form):
    net, (x, t) = network(), data()
    t[::4] = (t[::4] + 1) % 3
    assert evaluate(net, x, FORMS[form](t)) == evaluate(net, x, t) == (net(x)[0].argmax(axis=1) == t).mean()


def test_one_output_says_1_where_it_is_above_0():
    rng = np.random.default_rng(0)
    net, x = Sequential(Dense(2, 1, rng=rng)), rng.normal(size=(40, 2))
    t = (net(x)[0][:, 0] > 0).astype(int)
    t[:10] = 1 - t[:10]
    for given in (t, t[:, np.newaxis], t > 0, t.tolist(), np.eye(2)[t], bytes(t.tolist())):
        assert evaluate(net, x, given) == 0.75
    flat = Sequential(*net.layers, Row())
    assert evaluate(flat, x, t) == 0.75
    with pytest.raises(ValueError, match=r"0 … 1, got -1 … 1; for labels −1 and 1: \(t \+ 1\) // 2"):
        evaluate(net, x, 2 * t - 1)
    sgd = SGD(net.params, lr=1.0)                       # the loss reads the same labels
    for _ in range(20):
        train_step(net, binary_cross_entropy, sgd, x, t)
    assert evaluate(net, x, t) > 0.5


class Row(Layer):
    def rule(self, x):
        return x[:, 0], lambda dy: dy[:, np.newaxis]


def test_nan_is_no_answer():
    net, (x, t) = network(), data()
    x[3] = np.nan
    with pytest.raises(ValueError, match="1 of 30 examples hold NaN.*diverge"):
        evaluate(net, x, t)
    net.params[0].data[:] = np.nan
    with pytest.raises(ValueError, match="30 of 30 examples hold NaN"):
        evaluate(net, np.ones((30, 2)), t)


BAD_EVALUATION = {
    "no rows": (lambda net, x, t: predict(net, x[:0]), ValueError, r"at least one row, got \(0, 2\)"),
    "a number": (lambda net, x, t: predict(net, 1.0), ValueError, r"got \(\)"),
    "a batch of none": (lambda net, x, t: predict(net, x, 0), ValueError, "batch_size must be a positive.*, got 0"),
    "half a row": (lambda net, x, t: predict(net, x, 2.5), ValueError, "got 2.5"),
    "names": (lambda net, x, t: predict(net, ["a"]), TypeError, "x must be numbers"),
    "ragged rows": (lambda net, x, t: predict(net, [[1, 2], [3]]), ValueError, "different shapes"),
    "labels of others": (lambda net, x, t: evaluate(net, x, t[:7]), ValueError, r"\(30,\).*got \(7,\)"),
    "labels as a row": (lambda net, x, t: evaluate(net, x, t[np.newaxis]), ValueError, "t.T"),
    "a class too many": (lambda net, x, t: evaluate(net, x, t + 1), ValueError, "0 … 2, got 1 … 3"),
    "outputs of three axes": (lambda net, x, t: evaluate(lambda x: (x[:, :, np.newaxis], None), x, t), ValueError,
                              "Flatten"),
}


@pytest.mark.parametrize("case", BAD_EVALUATION)
def test_what_cannot_be_evaluated_is_told(case):
    action, kind, text = BAD_EVALUATION[case]
    with pytest.raises(kind, match=text):
        action(network(), *data())


def test_predict_takes_lists_and_whole_numbers_and_bytes_do_not_wrap_around():
    net, x = Sequential(ReLU(), *network(np.float32).layers), np.array([[0, 200], [3, 250]])
    right = predict(net, x.astype(np.float32))
    for given in (x, x.tolist(), x.astype(np.uint8)):
        y = predict(net, given)
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y, right)

    def square(x):
        return x * x, None
    np.testing.assert_array_equal(predict(square, np.uint8([[20]])), [[400]])



def test_evaluate_and_predict_do_not_depend_on_the_batch_size():
    net, (x, t) = network(), data()
    np.testing.assert_allclose(predict(net, x, batch_size=7), net(x)[0], rtol=1e-13)
    assert evaluate(net, x, t) == (net(x)[0].argmax(axis=1) == t).mean() == accuracy(predict(net, x).argmax(axis=1), t)


def test_history_keeps_columns():
    history = History()
    assert history["loss"].tolist() == []               # stopped before the first entry
    for step in range(3):
        history.add(step=step, loss=1 / (1 + step))
    assert len(history) == 3 and history["loss"].tolist() == [1, 1 / 2, 1 / 3]
    assert repr(history) == "History(step, loss; 3 entries)"
    history.add(loss=0.0)                               # columns may be of different lengths: the longest counts
    assert len(history) == 4 and len(history["step"]) == 3
    with pytest.raises(KeyError, match="'acuracy'.*'loss', 'step'"):
        history["acuracy"]
