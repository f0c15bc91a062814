"""Convolution and pooling: the fast forms equal the readable ones over random shapes and memory orders; the layers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_table import as_tuple

from course_lib import (
    SGD,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    ReLU,
    Sequential,
    Tanh,
    Tensor,
    avg_pool2d,
    check_gradients,
    col2im,
    complex_step_gradient,
    conv2d,
    im2col,
    initializers,
    load,
    max_pool2d,
    output_size,
    pad2d,
    relu,
    remembered,
    save,
    softmax_cross_entropy,
    train_step,
)
from course_lib.rules import convolution
from course_lib.rules.convolution import _in_memory, avg_pool2d_readable, conv2d_readable, max_pool2d_readable

many = settings(derandomize=True, deadline=None, max_examples=120, database=None)
sizes, kernels = st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4))
strides, paddings = st.tuples(st.integers(1, 3), st.integers(1, 3)), st.tuples(st.integers(0, 3), st.integers(0, 3))
extra = st.tuples(st.integers(0, 5), st.integers(0, 5))         # how much larger than its kernel an image is
seeds = st.integers(0, 2**32 - 1)

# The same numbers in other places: contiguous, as the fast forms like them, reversed views, every second entry,
# read-only.
LAYOUTS = {
    "contiguous": lambda a: a,
    "batch innermost": lambda a: np.ascontiguousarray(a.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2),
    "channels last": lambda a: np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
    "backwards": lambda a: np.ascontiguousarray(a[::-1, :, ::-1])[::-1, :, ::-1],
    "every second": lambda a: np.repeat(np.repeat(a, 2, axis=0), 2, axis=3)[::2, :, :, ::2],
}
layouts = st.sampled_from(list(LAYOUTS.values()))


def images(rng, n, c, kernel, padding, more):
    """Random images of which the smallest just hold the kernel once they are padded."""
    h, w = (max(k - 2 * p, 1) + m for k, p, m in zip(kernel, padding, more))
    return rng.normal(size=(n, c, h, w))


def same(a, b, tolerance=1e-12):
    assert a.shape == b.shape and a.dtype == b.dtype
    assert np.max(np.abs(a - b), initial=0) <= tolerance * max(1, np.max(np.abs(b), initial=0))


def same_rules(fast, readable, inputs, options, dy_of, layout):
    """Output and every gradient; nothing given is changed; a second backward is bit-identical."""
    inputs = [layout(a) if a.ndim == 4 else a for a in inputs]
    kept = [a.copy() for a in inputs]
    (y, backward), (y_readable, backward_readable) = fast(*inputs, **options), readable(*inputs, **options)
    same(y, y_readable)
    dy = layout(dy_of(y))
    dy_kept = dy.copy()
    grads, expected = as_tuple(backward(dy)), as_tuple(backward_readable(dy))
    for grad, other, x in zip(grads, expected, inputs, strict=True):
        same(grad, other)
        assert grad.shape == x.shape
    for first, second in zip((*grads, *expected), (*as_tuple(backward(dy)), *as_tuple(backward_readable(dy)))):
        np.testing.assert_array_equal(first, second)
    for now, before in zip((*inputs, dy), (*kept, dy_kept), strict=True):
        np.testing.assert_array_equal(now, before)


# ---- fast = readable --------------------------------------------------------------------------------------------

@many
@given(n=sizes, c=sizes, f=sizes, kernel=kernels, stride=strides, padding=paddings, more=extra, seed=seeds,
       layout=layouts)
@pytest.mark.parametrize("few", [0, 10**6])
def test_the_fast_convolution_equals_the_readable_one(few, n, c, f, kernel, stride, padding, more, seed, layout):
    """Whichever products it chooses: row by row of the images (few = 0), or window by window."""
    rng = np.random.default_rng(seed)
    inputs = images(rng, n, c, kernel, padding, more), rng.normal(size=(f, c, *kernel)), rng.normal(size=f)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "FEW", few)
        same_rules(conv2d, conv2d_readable, inputs, {"stride": stride, "padding": padding},
                   lambda y: rng.normal(size=y.shape), layout)


@pytest.mark.parametrize("c", [convolution.FEW // 3, convolution.FEW // 3 + 1])
def test_the_products_change_with_the_channels_and_the_numbers_do_not(c):
    rng = np.random.default_rng(c)
    inputs = rng.normal(size=(3, c, 6, 7)), rng.normal(size=(4, c, 3, 3)), rng.normal(size=4)
    same_rules(conv2d, conv2d_readable, inputs, {"padding": 1}, lambda y: rng.normal(size=y.shape),
               LAYOUTS["contiguous"])


@pytest.mark.parametrize("fast, readable", [(max_pool2d, max_pool2d_readable), (avg_pool2d, avg_pool2d_readable)])
@many
@given(n=sizes, c=sizes, size=kernels, stride=st.none() | strides, more=extra, ties=st.booleans(), seed=seeds,
       layout=layouts)
def test_the_fast_pools_equal_the_readable_ones(fast, readable, n, c, size, stride, more, ties, seed, layout):
    rng = np.random.default_rng(seed)
    x = images(rng, n, c, size, (0, 0), more)
    same_rules(fast, readable, [np.round(x) if ties else x], {"size": size, "stride": stride},
               lambda y: rng.normal(size=y.shape), layout)


def test_blocks_of_rows_do_not_show():
    """The backward works on some rows at a time: many rows a block, one row, and a last block that is shorter."""
    for n, c, h in ((1, 1, 70), (40, 5, 30), (400, 3, 12)):
        rng = np.random.default_rng(n)
        inputs = rng.normal(size=(n, c, h, 12)), rng.normal(size=(4, c, 5, 5)), rng.normal(size=4)
        for stride in (1, 2):
            same_rules(conv2d, conv2d_readable, inputs, {"stride": stride, "padding": 2},
                       lambda y: rng.normal(size=y.shape), LAYOUTS["contiguous"])


def test_numbers_and_pairs_say_the_same():
    rng = np.random.default_rng(0)
    x, K, b = rng.normal(size=(2, 3, 7, 6)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    same(conv2d(x, K, b, 2, 1)[0], conv2d(x, K, b, stride=(2, 2), padding=[1, 1])[0], 0)
    same(max_pool2d(x, 2)[0], max_pool2d(x, (2, 2), (2, 2))[0], 0)
    same(avg_pool2d(x, 3, 1)[0], avg_pool2d(x, (3, 3), 1)[0], 0)
    same(pad2d(x, 2)[0], pad2d(x, (2, 2), 0.0)[0], 0)


# ---- against the definitions ------------------------------------------------------------------------------------

def test_the_convolution_is_the_sum_of_its_definition():
    rng = np.random.default_rng(1)
    x, K, b = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 2, 3)), rng.normal(size=4)
    stride, padding = (2, 1), (1, 2)
    for rule in (conv2d, conv2d_readable):
        y, _ = rule(x, K, b, stride, padding)
        assert y.shape == (2, 4, 4, 9)
        for n, f, i, j in np.ndindex(y.shape):
            total = b[f]
            for c, u, v in np.ndindex(K.shape[1:]):
                row, column = i * stride[0] + u - padding[0], j * stride[1] + v - padding[1]
                if 0 <= row < 6 and 0 <= column < 7:
                    total += x[n, c, row, column] * K[f, c, u, v]
            assert y[n, f, i, j] == pytest.approx(total, rel=1e-13)


def test_a_convolution_that_can_be_done_by_hand():
    x, K, b = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), np.array([0.5])
    y, backward = conv2d(x, K, b)
    np.testing.assert_array_equal(y[0, 0], [[-3.5, -3.5], [-3.5, -3.5]])        # each entry minus its lower right one
    dx, dK, db = backward(np.array([[[[1.0, 0.0], [0.0, 2.0]]]]))
    np.testing.assert_array_equal(dx[0, 0], [[1, 0, 0], [0, 1, 0], [0, 0, -2]])
    np.testing.assert_array_equal(dK[0, 0], [[0 + 8, 1 + 10], [3 + 14, 4 + 16]])
    np.testing.assert_array_equal(db, [3])


def test_pools_that_can_be_done_by_hand():
    x = np.array([[[[1.0, 5.0, 2.0], [3.0, 4.0, 9.0]]]])
    y, backward = max_pool2d(x, 2, 1)                                           # overlapping windows share a column
    np.testing.assert_array_equal(y[0, 0], [[5, 9]])
    np.testing.assert_array_equal(backward(np.array([[[[10.0, 1.0]]]]))[0, 0], [[0, 10, 0], [0, 0, 1]])
    y, backward = avg_pool2d(x, 2, 1)
    np.testing.assert_array_equal(y[0, 0], [[13 / 4, 20 / 4]])
    np.testing.assert_array_equal(backward(np.array([[[[4.0, 8.0]]]]))[0, 0], [[1, 3, 2], [1, 3, 2]])


def test_at_a_tie_the_first_in_reading_order_wins():
    for rule in (max_pool2d, max_pool2d_readable):
        dx = rule(np.zeros((1, 1, 4, 4)), 2)[1](np.ones((1, 1, 2, 2)))
        np.testing.assert_array_equal(dx[0, 0], [[1, 0, 1, 0], [0, 0, 0, 0]] * 2)
        x = np.array([[[[0.0, 7.0], [7.0, 7.0]]]])                              # upper right before lower left
        np.testing.assert_array_equal(rule(x, 2)[1](np.ones((1, 1, 1, 1)))[0, 0], [[0, 1], [0, 0]])


def test_what_fills_no_window_is_left_out_and_gets_no_gradient():
    x = np.random.default_rng(2).normal(size=(2, 2, 5, 7))
    for rule in (max_pool2d, avg_pool2d):
        y, backward = rule(x, 2)
        assert y.shape == (2, 2, 2, 3)
        dx = backward(np.ones_like(y))
        assert not dx[:, :, 4].any() and not dx[:, :, :, 6].any() and dx.sum() == pytest.approx(y.size)


@given(n=st.integers(1, 12), k=st.integers(1, 6), stride=st.integers(1, 4), padding=st.integers(0, 3))
@many
def test_output_size_counts_the_windows_that_fit(n, k, stride, padding):
    starts = [s for s in range(-padding, n + padding) if (s + padding) % stride == 0 and s + k <= n + padding]
    assert max(output_size(n, k, stride, padding), 0) == len(starts)


@many
@given(n=sizes, c=sizes, kernel=kernels, stride=strides, padding=paddings, more=extra, seed=seeds)
def test_col2im_is_the_adjoint_of_im2col(n, c, kernel, stride, padding, more, seed):
    rng = np.random.default_rng(seed)
    x = images(rng, n, c, kernel, padding, more)
    rows = im2col(x, *kernel, stride, padding)
    windows = [output_size(m, k, s, p) for m, k, s, p in zip(x.shape[2:], kernel, stride, padding)]
    assert rows.shape == (n * np.prod(windows), c * np.prod(kernel))
    other = rng.normal(size=rows.shape)
    assert (rows * other).sum() == pytest.approx((x * col2im(other, x.shape, *kernel, stride, padding)).sum(), rel=1e-9,
                                                 abs=1e-11)


def test_im2col_lays_each_window_in_a_row():
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    np.testing.assert_array_equal(im2col(x, 2, 2, stride=(1, 2)),
                                  [[0, 1, 4, 5], [2, 3, 6, 7], [4, 5, 8, 9], [6, 7, 10, 11]])


def test_padding_with_the_background_before_a_convolution():
    """LeCun et al. (1989) pad with −1: pad2d and then no padding; with 0 it is the padding of conv2d."""
    rng = np.random.default_rng(3)
    x, K, b = rng.normal(size=(2, 1, 5, 5)), rng.normal(size=(3, 1, 3, 3)), np.zeros(3)
    same(conv2d(pad2d(x, 1)[0], K, b)[0], conv2d(x, K, b, padding=1)[0], 1e-14)
    assert np.all(pad2d(x, 2, -1.0)[0][:, :, :2] == -1)


# ---- batches ----------------------------------------------------------------------------------------------------

def test_the_gradients_of_a_batch_are_the_sums_over_its_images():
    rng = np.random.default_rng(4)
    x, K, b = rng.normal(size=(5, 2, 6, 6)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)
    y, backward = conv2d(x, K, b, 2, 1)
    dy = rng.normal(size=y.shape)
    dx, dK, db = backward(dy)
    ones = [conv2d(x[i:i + 1], K, b, 2, 1)[1](dy[i:i + 1]) for i in range(5)]
    same(dx, np.concatenate([one[0] for one in ones]))
    same(dK, sum(one[1] for one in ones))
    same(db, sum(one[2] for one in ones))


# ---- the order in memory ----------------------------------------------------------------------------------------

def test_nothing_is_transposed_between_two_layers():
    """What a convolution hands on, the next fast rule takes without a copy: forwards and backwards."""
    rng = np.random.default_rng(5)
    x, K = rng.normal(size=(6, 2, 8, 9)), rng.normal(size=(3, 2, 3, 3))
    y, conv_backward = conv2d(x, K, np.zeros(3))
    h, relu_backward = relu(y)
    p, pool_backward = max_pool2d(h, 2)
    q, average_backward = avg_pool2d(h, 2)
    for array in (y, h, p, q, pad2d(p, 1)[0], pool_backward(p), average_backward(q), relu_backward(pool_backward(p)),
                  conv_backward(y)[0]):
        assert np.shares_memory(array, _in_memory(array))
    assert not np.shares_memory(x, _in_memory(x))


def test_no_more_is_remembered_than_needed():
    rng = np.random.default_rng(6)
    x, K = rng.normal(size=(4, 2, 8, 8)), rng.normal(size=(3, 2, 3, 3))
    kept = remembered(conv2d(x, K, np.zeros(3))[1])
    assert set(kept) == {"cols", "K"} and kept["cols"].size == 8 * 2 * 3 * 6 * 4     # H C kw Wout N: no kh, no Hout
    winners = remembered(max_pool2d(x, 2)[1])["winners"]
    assert winners.dtype == bool and winners.size == x.size and np.all(winners.sum(axis=0) == 1)
    assert not remembered(avg_pool2d(x, 2)[1]) and not remembered(pad2d(x, 2)[1])


# ---- errors -----------------------------------------------------------------------------------------------------

X, K, B = np.zeros((2, 3, 8, 8)), np.zeros((4, 3, 5, 5)), np.zeros(4)


@pytest.mark.parametrize("call, words", [
    (lambda rule: rule(np.zeros((2, 784)), K, B), r"got \(2, 784\).*x\.reshape\(-1, 1, 28, 28\)"),
    (lambda rule: rule(np.zeros((2, 10)), K, B), r"got \(2, 10\).*x\.reshape\(N, C, H, W\)"),
    (lambda rule: rule(np.zeros((2, 28, 28)), K, B), r"got \(2, 28, 28\).*np\.newaxis"),
    (lambda rule: rule(np.zeros((2, 8, 8, 3)), K, B), r"8 channels.*have 3.*transpose\(0, 3, 1, 2\)"),
    (lambda rule: rule(np.zeros((2, 1, 8, 8)), K, B), r"1 channels.*have 3.*\(N, 3, H, W\)"),
    (lambda rule: rule(X, np.zeros((4, 75)), B), r"K must have shape \(F, C, kh, kw\).*\(4, 75\)"),
    (lambda rule: rule(X, K, np.zeros(3)), r"b \(F,\), got \(4, 3, 5, 5\) and \(3,\)"),
    (lambda rule: rule(X[:, :, :3], K, B), r"kernel \(5, 5\) is larger than the padded image \(3, 8\)"),
    (lambda rule: rule(X, K, B, 0), "stride must be a whole number of at least 1.*got 0"),
    (lambda rule: rule(X, K, B, (1, 2, 3)), "stride must be .*a pair"),
    (lambda rule: rule(X, K, B, 1.5), "stride must be a whole number.*got 1.5"),
    (lambda rule: rule(X, K, B, 1, -1), "padding must be a whole number of at least 0.*got -1"),
])
@pytest.mark.parametrize("rule", [conv2d, conv2d_readable])
def test_what_a_convolution_cannot_do_it_says(rule, call, words):
    with pytest.raises(ValueError, match="^conv2d: .*" + words):
        call(rule)


@pytest.mark.parametrize("fast, readable", [(max_pool2d, max_pool2d_readable), (avg_pool2d, avg_pool2d_readable)])
@pytest.mark.parametrize("arguments, words", [
    ((np.zeros((2, 64)), 2), r"got \(2, 64\).*x\.reshape\(-1, 1, 8, 8\)"),
    ((X, 0), "size must be a whole number of at least 1"),
    ((X, 2, 0), "stride must be a whole number of at least 1"),
    ((X, 9), r"window \(9, 9\) is larger than the image \(8, 8\)"),
])
def test_what_a_pool_cannot_do_it_says(fast, readable, arguments, words):
    for rule in (fast, readable):
        with pytest.raises(ValueError, match=f"^{fast.__name__}: .*{words}"):
            rule(*arguments)


def test_what_pad2d_cannot_do_it_says():
    with pytest.raises(ValueError, match="^pad2d: padding must be .*at least 0"):
        pad2d(X, -1)
    with pytest.raises(ValueError, match=r"^pad2d: x must have shape \(N, C, H, W\)"):
        pad2d(X[0], 1)


@pytest.mark.parametrize("arguments, words", [((0, 4, 3), "n_in"), ((1, 0, 3), "n_out"), ((1, 4, 0), "size"),
                                              ((1, 4, (3, 2.5)), "size")])
def test_a_layer_of_no_size_is_refused(arguments, words):
    with pytest.raises(ValueError, match=f"^Conv2D: {words} must be a positive whole number"):
        Conv2D(*arguments, rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match="^Conv2D: rng must be a numpy.random.Generator"):
        Conv2D(1, 4, 3, rng=0)


# ---- layers -----------------------------------------------------------------------------------------------------

def small_net(rng, dtype=np.float64, pool=MaxPool2D):
    return Sequential(Conv2D(2, 3, 3, padding=1, rng=rng, dtype=dtype), ReLU(), pool(2),
                      Conv2D(3, 4, (2, 3), stride=(1, 2), rng=rng, dtype=dtype), Tanh(), Flatten(),
                      Dense(16, 3, rng=rng, dtype=dtype))


def test_parameters_and_names_of_the_layers():
    rng = np.random.default_rng(0)
    layer = Conv2D(3, 8, 5, stride=2, padding=2, rng=rng)
    assert [p.data.shape for p in layer.params] == [(8, 3, 5, 5), (8,)] and [p.name for p in layer.params] == ["K", "b"]
    assert sum(p.data.size for p in layer.params) == 8 * (3 * 5 * 5 + 1)
    assert repr(layer) == "Conv2D(3, 8, 5, stride=2, padding=2)"
    assert repr(Conv2D(1, 2, (3, 4), rng=rng)) == "Conv2D(1, 2, (3, 4))"
    assert (repr(MaxPool2D(2)), repr(AvgPool2D(3, 1))) == ("MaxPool2D(2)", "AvgPool2D(3, stride=1)")
    assert not MaxPool2D(2).params and not AvgPool2D(2).params
    assert layer(rng.normal(size=(4, 3, 9, 7)))[0].shape == (4, 8, 5, 4)


@pytest.mark.parametrize("pool", [MaxPool2D, AvgPool2D])
def test_every_gradient_of_a_small_net_is_right(pool, capsys):
    rng = np.random.default_rng(1)
    check_gradients(small_net(rng, pool=pool), rng.normal(size=(3, 2, 6, 10)))
    assert "dx, dK0, db1, dK2, db3, dW4, db5 are right" in capsys.readouterr().out


def test_the_graph_runs_the_same_rules():
    rng = np.random.default_rng(2)
    net, x, t = small_net(rng), rng.normal(size=(3, 2, 6, 10)), np.array([0, 2, 1])
    y, backward = net(x)
    value, loss_backward = softmax_cross_entropy(y, t)
    backward(loss_backward())
    direct = [p.grad for p in net.params]
    y_graph = net.trace(Tensor(x))
    np.testing.assert_array_equal(y_graph.data, y)
    (y_graph * loss_backward()).sum().backward()
    for p, grad in zip(net.params, direct, strict=True):
        same(p.grad, grad)


def test_float32_stays_float32_and_a_net_learns():
    rng = np.random.default_rng(3)
    net = small_net(rng, np.float32)
    x, t = rng.normal(size=(12, 2, 6, 10)).astype(np.float32), rng.integers(0, 3, size=12)
    optimizer = SGD(net.params, lr=0.05, momentum=0.9)
    values = [train_step(net, softmax_cross_entropy, optimizer, x, t) for _ in range(120)]
    assert net(x)[0].dtype == np.float32 and {p.data.dtype for p in net.params} == {np.dtype(np.float32)}
    assert {p.grad.dtype for p in net.params} == {np.dtype(np.float32)}
    assert values[-1] < 0.05 < values[0]


def test_kernels_survive_saving_and_loading(tmp_path):
    net, other = small_net(np.random.default_rng(4)), small_net(np.random.default_rng(5))
    save(net, tmp_path / "net.npz")
    load(other, tmp_path / "net.npz")
    x = np.random.default_rng(6).normal(size=(2, 2, 6, 10))
    np.testing.assert_array_equal(net(x)[0], other(x)[0])


def test_the_first_layers_dx_is_never_computed():
    """Structure, not time: in a training step the first convolution is told that nobody needs dx, the second is not."""
    rng = np.random.default_rng(7)
    net, asked = small_net(rng), []

    def watched(layer):
        rule = layer.rule

        def watched_rule(x, K, b):
            y, backward = rule(x, K, b)

            def watched_backward(dy, input_grad=True):
                grads = backward(dy, input_grad=input_grad)
                asked.append((layer, input_grad, grads[0] is None))
                return grads
            return y, watched_backward
        layer.rule = watched_rule
    first, second = (layer for layer in net.layers if isinstance(layer, Conv2D))
    watched(first)
    watched(second)
    train_step(net, softmax_cross_entropy, SGD(net.params, lr=0.1), rng.normal(size=(3, 2, 6, 10)), np.array([0, 1, 2]))
    assert asked == [(second, True, False), (first, False, True)]


def test_without_dx_the_kernels_are_not_even_looked_at():
    """dK and db do not depend on K: with kernels that are not numbers they come out right, and quickly."""
    x, dy = np.random.default_rng(8).normal(size=(2, 1, 4, 4)), np.ones((2, 1, 3, 3))
    spoilt = np.full((1, 1, 2, 2), np.nan)
    dx, dK, db = conv2d(x, spoilt, np.zeros(1))[1](dy, input_grad=False)
    assert dx is None and np.all(np.isfinite(dK)) and db == 18
    assert np.all(np.isnan(conv2d(x, spoilt, np.zeros(1))[1](dy)[0]))


# ---- starting weights -------------------------------------------------------------------------------------------

def test_fans_of_matrices_and_kernels():
    assert initializers.fans((7, 3)) == (7, 3)
    assert initializers.fans((8, 3, 5, 4)) == (3 * 5 * 4, 8 * 5 * 4)


@pytest.mark.parametrize("init, variance", [(initializers.he, 2 / 75), (initializers.lecun, 1 / 75),
                                            (initializers.glorot, 2 / (75 + 1000))])
def test_the_variance_of_kernels_counts_what_an_output_sees(init, variance):
    K = init(np.random.default_rng(9), (40, 3, 5, 5))
    assert K.var() == pytest.approx(variance, rel=0.1) and K.dtype == np.float64


def test_the_derivative_of_a_pool_by_a_complex_step():
    x = np.random.default_rng(10).normal(size=(1, 2, 4, 5))
    for rule in (max_pool2d, avg_pool2d, max_pool2d_readable, avg_pool2d_readable):
        expected = complex_step_gradient(lambda z: (rule(z, 2)[0] ** 2).sum(), x)
        y, backward = rule(x, 2)
        same(backward(2 * y), expected)
