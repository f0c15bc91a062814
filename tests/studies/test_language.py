"""Reading and writing text: the training step, the measure, the sampler; and the adding problem."""

import numpy as np
import pytest

from course_lib import GRU, LSTM, RNN, SGD, Adam, Dense, EachStep, Embedding, Sequential, softmax_cross_entropy
from course_lib.data import TextWindows, adding_problem
from course_lib.studies.language import (
    bits_per_symbol,
    shares,
    text_step,
    text_training,
    words,
    write_pairs,
    write_text,
)

every_layer = pytest.mark.parametrize("kind", [RNN, GRU, LSTM], ids=lambda k: k.__name__)


def model(kind, rng):
    return Sequential(Embedding(5, 4, rng=rng), kind(4, 7, rng=rng), EachStep(Dense(7, 5, rng=rng)))


@every_layer
def test_a_step_from_zero_has_the_gradients_of_the_network(kind):
    rng = np.random.default_rng(0)
    net, x, t = model(kind, rng), rng.integers(0, 5, size=(6, 3)), rng.integers(0, 5, size=(6, 3))
    z, backward = net(x)
    loss, loss_backward = softmax_cross_entropy(z.reshape(-1, 5), t.reshape(-1))
    backward(loss_backward().reshape(z.shape), input_grad=False)
    wanted = [p.grad for p in net.params]
    got, state = text_step(net, SGD(net.params, lr=0.0), net.layers[1].zero_state(3), x, t, max_norm=1e9)
    assert got == pytest.approx(loss, rel=1e-12) and state.shape == net.layers[1].zero_state(3).shape
    for p, gradient in zip(net.params, wanted, strict=True):
        np.testing.assert_allclose(p.grad, gradient, rtol=1e-9, atol=1e-14)


@every_layer
def test_the_state_passes_from_window_to_window(kind):
    rng = np.random.default_rng(1)
    net, x, t = model(kind, rng), rng.integers(0, 5, size=(8, 2)), rng.integers(0, 5, size=(8, 2))
    still = SGD(net.params, lr=0.0)
    zero = net.layers[1].zero_state(2)
    whole, end = text_step(net, still, zero, x, t)
    first, state = text_step(net, still, zero, x[:3], t[:3])
    second, last = text_step(net, still, state, x[3:], t[3:])
    assert (3 * first + 5 * second) / 8 == pytest.approx(whole, rel=1e-12)
    np.testing.assert_allclose(last, end, rtol=1e-12)


@every_layer
def test_a_rhythm_is_learnt_measured_and_written(kind):
    rng = np.random.default_rng(2)
    codes = np.tile([0, 1, 2, 1, 3], 120)               # after a 1 comes 2 or 3: one symbol back is not enough
    net = model(kind, rng)
    before = bits_per_symbol(net, codes)
    steps = [step for _, step, _ in text_training(net, Adam(net.params, lr=0.03), TextWindows(codes, 4, 12), 12)]
    assert steps == list(range(1, 12 * 12 + 1))
    assert bits_per_symbol(net, codes) < 0.2 < 2 < before
    written = write_text(net, [0, 1], 48, 0.2, rng)
    assert written.shape == (50,) and np.mean(written == np.tile([0, 1, 2, 1, 3], 10)) > 0.9


def test_words():
    assert words('"The whale, a WHITE one, sank-it."') == ["the", "whale", "white", "one", "sankit"]


def test_the_adding_problem():
    xs, t = adding_problem(np.random.default_rng(0), 7, 20000)
    assert xs.shape == (7, 20000, 2) and t.shape == (20000, 1)
    assert set(np.unique(xs[..., 1])) == {0, 1}
    assert np.all(xs[:3, :, 1].sum(axis=0) == 1) and np.all(xs[3:, :, 1].sum(axis=0) == 1)
    np.testing.assert_allclose((xs[..., 0] * xs[..., 1]).sum(axis=0), t[:, 0])
    assert np.mean((t - 1) ** 2) == pytest.approx(1 / 6, rel=0.03)
    assert adding_problem(np.random.default_rng(0), 4, 3, dtype=np.float32)[0].dtype == np.float32
    with pytest.raises(ValueError, match="T must be at least 2"):
        adding_problem(np.random.default_rng(0), 1, 3)


def test_pairs_are_drawn_from_the_row_of_the_one_before():
    pairs = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    assert write_pairs(pairs, 0, 5, np.random.default_rng(0)).tolist() == [1, 2, 0, 1, 2]


def test_shares_of_known_and_of_different_words():
    assert shares("the whale the xyzzy", {"the", "whale"}).tolist() == [75, 75]
