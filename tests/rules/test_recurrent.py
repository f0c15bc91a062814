"""Recurrent cells, backpropagation through time, the fast forms beside the plain ones, and the recurrent layers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import (
    GRU,
    LSTM,
    RNN,
    SGD,
    Dense,
    EachStep,
    Embedding,
    Sequential,
    Tensor,
    apply,
    check_gradients,
    gru,
    gru_cell,
    inference,
    initializers,
    lstm,
    lstm_cell,
    predict,
    real_time_recurrent_learning,
    relu,
    rnn,
    rnn_cell,
    softmax_cross_entropy,
    tanh,
    train_step,
    unroll,
)

KINDS = {"rnn": (rnn_cell, rnn, 1), "lstm": (lstm_cell, lstm, 4), "gru": (gru_cell, gru, 3)}
every_kind = pytest.mark.parametrize("kind", KINDS)
sizes = st.tuples(st.integers(1, 12), *[st.integers(1, 5)] * 3)


def arguments(kind, T, N, D, H, seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    g = KINDS[kind][2]
    arrays = [rng.normal(size=(T, N, D)), rng.normal(size=(2, N, H) if kind == "lstm" else (N, H)),
              rng.normal(size=(D, g * H)), rng.normal(size=(H, g * H)), rng.normal(size=g * H)]
    arrays += [rng.normal(size=H)] if kind == "gru" else []
    return [a.astype(dtype) for a in arrays]


def close(ours, theirs, tolerance=1e-12):
    assert ours.shape == theirs.shape
    assert np.max(np.abs(ours - theirs)) <= tolerance * max(1.0, np.max(np.abs(theirs)))


@every_kind
@settings(max_examples=40, deadline=None)
@given(sizes, st.integers(0, 1000))
def test_the_fast_form_is_the_unrolled_cell(kind, shape, seed):
    cell, fused, _ = KINDS[kind]
    args = arguments(kind, *shape, seed)
    plain, plain_backward = unroll(cell, *args)
    fast, fast_backward = fused(*args)
    close(fast, plain)
    dy = np.random.default_rng(seed + 1).normal(size=plain.shape)
    for ours, theirs in zip(fast_backward(dy), plain_backward(dy), strict=True):
        close(ours, theirs)
    assert fast_backward(dy, input_grad=False)[0] is None


@settings(max_examples=20, deadline=None)
@given(sizes, st.integers(0, 1000))
def test_the_same_with_relu(shape, seed):
    args = arguments("rnn", *shape, seed)
    plain, plain_backward = unroll(lambda *a: rnn_cell(*a, activation=relu), *args)
    fast, fast_backward = rnn(*args, activation=relu)
    close(fast, plain)
    dy = np.random.default_rng(seed + 1).normal(size=plain.shape)
    for ours, theirs in zip(fast_backward(dy), plain_backward(dy), strict=True):
        close(ours, theirs)


@every_kind
def test_long_sequences(kind):
    cell, fused, _ = KINDS[kind]
    args = arguments(kind, 400, 1, 2, 3)
    args[3] *= 0.3                                          # weights that neither blow up nor forget at once
    plain, plain_backward = unroll(cell, *args)
    dy = np.random.default_rng(1).normal(size=plain.shape)
    for ours, theirs in zip(fused(*args)[1](dy), plain_backward(dy), strict=True):
        close(ours, theirs)


def test_through_time_is_the_chain_rule_on_the_graph():
    """The unrolled network as a graph of cells with shared leaves gives the same gradients."""
    xs, h, W, U, b = arguments("rnn", 5, 2, 3, 4)
    hs, backward = unroll(rnn_cell, xs, h, W, U, b)
    dhs = np.zeros_like(hs)
    dhs[-1] = 1.0
    leaves = [Tensor(a) for a in (h, W, U, b)]
    state = leaves[0]
    for x in xs:
        state = apply(rnn_cell, Tensor(x), state, *leaves[1:])
    apply(lambda y: (y.sum(), lambda dy: dy * np.ones_like(y)), state).backward()
    for leaf, grad in zip(leaves, backward(dhs)[1:]):
        close(leaf.grad, grad)


# ---- truncation, and the gradient forward in time -----------------------------------------------------------------

def test_truncation_cuts_the_gradient_and_not_the_state():
    xs, h, W, U, b = arguments("rnn", 7, 2, 3, 4)
    whole, _ = unroll(rnn_cell, xs, h, W, U, b)
    states, backward = unroll(rnn_cell, xs, h, W, U, b, window=3)
    close(states, whole)
    dhs = np.random.default_rng(1).normal(size=states.shape)
    total, start = [0.0, 0.0, 0.0], h
    for first in (0, 3, 6):                                 # the same in three pieces, each from the state before it
        piece, piece_backward = unroll(rnn_cell, xs[first:first + 3], start, W, U, b)
        dxs, dh, *grads = piece_backward(dhs[first:first + 3])
        close(backward(dhs)[0][first:first + 3], dxs)
        total, start = [a + g for a, g in zip(total, grads)], piece[-1]
        if first == 0:
            close(backward(dhs)[1], dh)
    for ours, theirs in zip(backward(dhs)[2:], total):
        close(ours, theirs)


@pytest.mark.parametrize("window", [7, 100])
def test_a_window_as_long_as_the_sequence_truncates_nothing(window):
    args = arguments("lstm", 7, 2, 3, 4)
    dy = np.random.default_rng(1).normal(size=(7, 2, 2, 4))
    cut, whole = unroll(lstm_cell, *args, window=window)[1], unroll(lstm_cell, *args)[1]
    for ours, theirs in zip(cut(dy), whole(dy), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=20, deadline=None)
@given(sizes, st.integers(0, 1000))
def test_forward_in_time_gives_the_same_gradient(shape, seed):
    xs, h, W, U, b = arguments("rnn", *shape, seed)
    hs, backward = rnn(xs, h, W, U, b)
    dhs = np.random.default_rng(seed + 1).normal(size=hs.shape)
    for ours, theirs in zip(real_time_recurrent_learning(xs, h, W, U, b, dhs), backward(dhs)[2:], strict=True):
        close(ours, theirs)


# ---- layers ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_the_layers(kind, capsys):
    rng = np.random.default_rng(0)
    net = Sequential(kind(3, 4, rng=rng), EachStep(Dense(4, 2, rng=rng)))
    check_gradients(net, rng.normal(size=(5, 2, 3)))
    assert "are right" in capsys.readouterr().out
    layer, xs = net.layers[0], rng.normal(size=(6, 2, 3))
    hs, _ = layer(xs)
    states, _ = layer.run(xs[:4], layer.zero_state(2))
    more, _ = layer.run(xs[4:], states[-1])                 # in two pieces
    both = np.concatenate([states, more])
    close(both[:, 0] if kind is LSTM else both, hs)
    assert repr(net) == f"Sequential({kind.__name__}(3, 4), EachStep(Dense(4, 2)))"
    with pytest.raises(ValueError, match="time first"):
        layer(xs[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_a_sequence_network_learns_in_its_dtype(kind, dtype):
    rng = np.random.default_rng(0)
    net = Sequential(Embedding(5, 3, rng=rng, dtype=dtype), kind(3, 8, rng=rng, dtype=dtype),
                     EachStep(Dense(8, 5, rng=rng, dtype=dtype)))
    symbols = rng.integers(5, size=(6, 4))

    def loss(z, t):                                         # the next symbol is the same one
        value, backward = softmax_cross_entropy(z.reshape(-1, 5), t.reshape(-1))
        return value, lambda: backward().reshape(z.shape)
    optimizer = SGD(net.params, lr=1.0)
    values = [train_step(net, loss, optimizer, symbols, symbols) for _ in range(60)]
    assert values[-1] < 0.2 * values[0]
    assert all(p.data.dtype == p.grad.dtype == dtype for p in net.params)
    with inference(net):
        assert len(list(net.walk())) == 5 and not any(layer.training for layer in net.walk())
    assert net.trace(symbols).data.shape == predict(net, symbols).shape == (6, 4, 5)


def test_the_recurrent_initializers():
    rng = np.random.default_rng(0)
    U = initializers.orthogonal(rng, (4, 12), gain=2.0)
    for block in np.split(U, 3, axis=1):
        np.testing.assert_allclose(block @ block.T, 4 * np.eye(4), atol=1e-12)
    np.testing.assert_array_equal(initializers.scaled_identity(rng, (3, 3), np.float32, gain=0.5), 0.5 * np.eye(3))
    with pytest.raises(ValueError, match=r"\(H, kH\)"):
        initializers.orthogonal(rng, (4, 6))


# ---- complaints -----------------------------------------------------------------------------------------------------

def bad(kind="rnn", **changes):
    xs, h, W, U, b, *c = arguments(kind, 4, 2, 3, 5)
    return {**dict(xs=xs, h=h, W=W, U=U, b=b), **changes}


@pytest.mark.parametrize("make, text", [
    (lambda a: rnn(a["xs"][0], *[a[k] for k in "hWUb"]), r"xs must have shape \(T, N, D\), time first"),
    (lambda a: rnn(a["xs"][:0], *[a[k] for k in "hWUb"]), "T at least 1"),
    (lambda a: rnn(a["xs"], a["h"][:1], *[a[k] for k in "WUb"]), r"h must have shape \(2, 5\), got \(1, 5\)"),
    (lambda a: rnn(a["xs"], a["h"], a["W"].T, a["U"], a["b"]), r"W must have shape \(D, H\)"),
    (lambda a: rnn(a["xs"][:, :, :2], *[a[k] for k in "hWUb"]), r"input at one time must have shape \(N, 3\)"),
    (lambda a: rnn(*[a[k] for k in ("xs", *"hWUb")], activation=lambda x: x), "tanh or course_lib.relu"),
    (lambda a: lstm(*[a[k] for k in ("xs", *"hWUb")]), r"state must have shape \(2, N, H\)"),
    (lambda a: unroll(rnn_cell, a["xs"][:0], *[a[k] for k in "hWUb"]), "sequence is empty"),
    (lambda a: unroll(rnn_cell, *[a[k] for k in ("xs", *"hWUb")], window=0),
     "window must be at least 1, and a whole number, got 0"),
    (lambda a: unroll(rnn_cell, *[a[k] for k in ("xs", *"hWUb")], window=2.5),
     "window must be at least 1, and a whole number, got 2.5"),
    (lambda a: unroll(rnn_cell, 0, *[a[k] for k in "hWUb"]),
     "number of steps must be at least 1, and a whole number, got 0"),
    (lambda a: unroll(rnn_cell, 2.5, *[a[k] for k in "hWUb"]),
     "number of steps must be at least 1, and a whole number.*got 2.5"),
])
def test_wrong_shapes_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make(bad())


def test_symbols_outside_the_table_are_refused():
    layer = Embedding(5, 3, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"0 … 4, got 0 … 5"):
        layer(np.array([[0, 5]]))
    with pytest.raises(TypeError, match="integers"):
        layer(np.array([[0.0]]))
    assert tanh is not None
