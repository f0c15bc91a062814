"""Sequences of different lengths in one batch: what was filled in does not count, forward or backward."""

import numpy as np
import pytest

from course_lib import (
    RNN,
    Dense,
    Embedding,
    LastStep,
    Layer,
    MeanOverTime,
    Sequential,
    SwapTime,
    Tensor,
    check_gradients,
)
from course_lib.rules.sequences import last_step, mean_over_time, swap_time

LENGTHS = np.array([3, 1, 4, 2])


def states(*shape):
    return np.random.default_rng(0).normal(size=(4, 4, *shape))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_each_sequence_is_read_to_its_own_end(shape):
    hs = states(*shape)
    last, mean = last_step(hs, LENGTHS)[0], mean_over_time(hs, LENGTHS)[0]
    for n, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(last[n], hs[length - 1, n])
        np.testing.assert_allclose(mean[n], hs[:length, n].mean(axis=0), rtol=1e-14)
    np.testing.assert_array_equal(last_step(hs)[0], hs[-1])
    np.testing.assert_allclose(mean_over_time(hs)[0], hs.mean(axis=0), rtol=1e-14)


def test_the_gradients_by_hand():
    hs, dy = states(), np.array([6.0, 1.0, 8.0, 2.0])
    assert last_step(hs, LENGTHS)[1](dy).T.tolist() == [[0, 0, 6, 0], [1, 0, 0, 0], [0, 0, 0, 8], [0, 2, 0, 0]]
    assert mean_over_time(hs, LENGTHS)[1](dy).T.tolist() == [[2, 2, 2, 0], [1, 0, 0, 0], [2, 2, 2, 2], [1, 1, 0, 0]]


@pytest.mark.parametrize("rule", [last_step, mean_over_time, swap_time])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_the_gradients_against_the_complex_step(rule, lengths, capsys):
    options = {} if lengths is None or rule is swap_time else {"lengths": lengths}
    for shape in ((), (3,), (1, 2)):
        check_gradients(rule, states(*shape), **options)
    assert capsys.readouterr().out.count("right") == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype):
    for rule in (last_step, mean_over_time, swap_time):
        y, backward = rule(states(3).astype(dtype))
        assert y.dtype == backward(y).dtype == dtype


@pytest.mark.parametrize("rule", [last_step, mean_over_time])
@pytest.mark.parametrize("hs, lengths, kind, text", [
    (np.ones((4, 4)), [1, 2, 3], ValueError, r"lengths must have shape \(4,\), one for each sequence, got \(3,\)"),
    (np.ones((4, 2)), [0, 1], ValueError, "lengths must lie in 1 … 4, got 0 … 1"),
    (np.ones((4, 2)), [5, 1], ValueError, "lengths must lie in 1 … 4, got 1 … 5"),
    (np.ones((4, 2)), [1.0, 2.0], TypeError, "whole numbers, got float64"),
    (np.ones(4), None, ValueError, r"time first, with T at least 1, got \(4,\)"),
    (np.ones((0, 4)), None, ValueError, r"got \(0, 4\)")])
def test_wrong_lengths_are_named(rule, hs, lengths, kind, text):
    with pytest.raises(kind, match=f"{rule.__name__}: .*{text}"):
        rule(hs, lengths)


class Reader(Layer):
    """Words to numbers, each sentence read to its own end; 0 fills up."""

    def __init__(self, rng):
        self.embedding, self.memory = Embedding(5, 3, rng=rng), RNN(3, 4, rng=rng)
        self.out = Dense(4, 2, rng=rng)

    def __call__(self, x):
        es, to_table = self.embedding(x)
        hs, to_es = self.memory(es)
        h, to_hs = last_step(hs, (x != 0).sum(axis=0))
        y, to_h = self.out(h)
        return y, lambda dy: to_table(to_es(to_hs(to_h(dy))))


def test_in_a_network_the_filling_plays_no_part():
    net = Reader(np.random.default_rng(1))
    x = np.array([[1, 4], [2, 3], [0, 1]])                      # sentences 1 2 and 4 3 1
    y, backward = net(x)
    np.testing.assert_allclose(y[:1], net(x[:2, :1])[0], rtol=1e-14)
    backward(np.array([[1.0, -1.0], [0.0, 0.0]]))
    padded = [p.grad for p in net.params]
    for p in net.params:
        p.zero_grad()
    net(x[:2, :1])[1](np.array([[1.0, -1.0]]))
    for p, grad in zip(net.params, padded, strict=True):
        np.testing.assert_allclose(grad, p.grad, rtol=1e-12, atol=1e-15)


def test_the_layers_in_a_sequence_and_on_the_graph():
    rng = np.random.default_rng(2)
    x = rng.integers(0, 5, size=(6, 4))                         # six sentences of four words, as Batches gives them
    for end in (LastStep(), MeanOverTime()):
        net = Sequential(SwapTime(), Embedding(5, 3, rng=rng), RNN(3, 4, rng=rng), end, Dense(4, 2, rng=rng))
        y, backward = net(x)
        assert y.shape == (6, 2) and backward(np.ones_like(y), input_grad=False) is None
        by_layers = [p.grad for p in net.params]
        traced = net.trace(x)
        np.testing.assert_allclose(traced.data, y)
        traced.sum().backward()
        for p, grad in zip(net.params, by_layers, strict=True):
            np.testing.assert_allclose(p.grad, grad, rtol=1e-12)
    np.testing.assert_array_equal(SwapTime().trace(Tensor(states(3))).data, states(3).swapaxes(0, 1))
