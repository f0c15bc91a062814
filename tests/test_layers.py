"""Layers and Sequential: a rule plus its parameters, the chain rule as a reversed list, saving and loading."""

import inspect

import numpy as np
import pytest

from course_lib import (
    GELU,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
    Tensor,
    affine,
    check_gradients,
    inference,
    initializers,
    load,
    predict,
    save,
)
from course_lib.rules import functions


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("layer, rule", [
    (Sigmoid(), functions.sigmoid), (Tanh(), functions.tanh), (ReLU(), functions.relu), (GELU(), functions.gelu),
    (LeakyReLU(0.2), lambda x: functions.leaky_relu(x, 0.2)), (Flatten(), lambda x: functions.reshape(x, (len(x), -1)))])
def test_a_layer_without_parameters_is_its_rule(layer, rule):
    x = rng().normal(size=(3, 2, 4))
    y, backward = layer(x)
    y_rule, backward_rule = rule(x)
    dy = rng().normal(size=y.shape)
    np.testing.assert_array_equal(y, y_rule)
    np.testing.assert_array_equal(backward(dy), backward_rule(dy))
    assert layer.params == [] and backward(dy, input_grad=False) is None


def test_dense_is_affine_and_adds_to_its_gradients():
    layer = Dense(4, 3, rng=rng())
    x, dy = rng().normal(size=(5, 4)), rng().normal(size=(5, 3))
    y, backward = layer(x)
    y_rule, backward_rule = affine(x, layer.W.data, layer.b.data)
    dx, dW, db = backward_rule(dy)
    np.testing.assert_array_equal(y, y_rule)
    np.testing.assert_array_equal(backward(dy), dx)
    np.testing.assert_array_equal(layer.W.grad, dW)
    np.testing.assert_array_equal(layer.b.grad, db)
    backward(dy)
    np.testing.assert_array_equal(layer.W.grad, 2 * dW)
    assert layer.params == [layer.W, layer.b] and [p.name for p in layer.params] == ["W", "b"]


def test_sequential_is_the_chain_rule():
    net = Sequential(Dense(4, 6, rng=rng()), Tanh(), Dense(6, 2, rng=rng()))
    x, dy = rng().normal(size=(5, 4)), rng().normal(size=(5, 2))
    y, backward = net(x)
    h, b1 = affine(x, *(p.data for p in net.params[:2]))
    a, b2 = functions.tanh(h)
    z, b3 = affine(a, *(p.data for p in net.params[2:]))
    da, dW2, db2 = b3(dy)
    dx, dW1, db1 = b1(b2(da))
    np.testing.assert_array_equal(y, z)
    np.testing.assert_array_equal(backward(dy), dx)
    for p, grad in zip(net.params, (dW1, db1, dW2, db2), strict=True):
        np.testing.assert_array_equal(p.grad, grad)


def test_a_network_is_a_layer_of_a_network():
    inner = Sequential(Dense(3, 4, rng=rng()), ReLU())
    net = Sequential(inner, Dense(4, 2, rng=rng()))
    flat = Sequential(*inner.layers, net.layers[1])
    x, dy = rng().normal(size=(5, 3)), rng().normal(size=(5, 2))
    results = []
    for model in (net, flat):
        for p in model.params:
            p.zero_grad()
        y, backward = model(x)
        results.append([y, backward(dy), *(p.grad for p in model.params)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("front", [(), (Flatten(),), (Flatten(), Tanh())])
def test_the_first_layers_dx_is_never_computed(front):
    """Structure instead of a stop-watch: with input_grad=False nothing below the first parameters is run."""
    ran = []

    class Watched(Layer):
        def __init__(self, layer):
            self.layer, self.watched = layer, layer.params

        @property
        def params(self):
            return self.watched

        def __call__(self, x):
            y, backward = self.layer(x)

            def watched(dy, input_grad=True):
                ran.append((type(self.layer).__name__, input_grad))
                return backward(dy, input_grad=input_grad)
            return y, watched
    layers = [*front, Dense(6, 4, rng=rng()), ReLU(), Dense(4, 3, rng=rng())]
    net, x = Sequential(*map(Watched, layers)), rng().normal(size=(5, 2, 3) if front else (5, 6))
    y, backward = net(x)
    assert backward(np.ones_like(y), input_grad=False) is None
    assert ran == [("Dense", True), ("ReLU", True), ("Dense", False)]
    skipped = [p.grad for p in net.params]
    for p in net.params:
        p.zero_grad()
    assert backward(np.ones_like(y)).shape == x.shape
    for p, grad in zip(net.params, skipped, strict=True):
        np.testing.assert_array_equal(p.grad, grad)


def test_a_learners_rule_can_replace_a_layers_rule():
    def my_affine(x, W, b):                             # without input_grad, as a learner writes it
        return x @ W + b, lambda dy: (dy @ W.T, x.T @ dy, dy.sum(axis=0))
    net = Sequential(Dense(3, 2, rng=rng()))
    x, dy = rng().normal(size=(4, 3)), rng().normal(size=(4, 2))
    net(x)[1](dy)
    right = [p.grad for p in net.params]
    for p in net.params:
        p.zero_grad()
    net.layers[0].rule = my_affine
    assert net(x)[1](dy, input_grad=False) is None
    for p, grad in zip(net.params, right, strict=True):
        np.testing.assert_allclose(p.grad, grad, rtol=1e-14)


def test_a_wrong_gradient_shape_names_the_parameter():
    net = Dense(3, 2, rng=rng())
    net.rule = lambda x, W, b: (x @ W + b, lambda dy: (dy @ W.T, dy.T @ x, dy.sum(axis=0)))
    with pytest.raises(ValueError, match=r"gradient of W has shape \(2, 3\).*has shape \(3, 2\)"):
        net(np.ones((4, 3)))[1](np.ones((4, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_a_network(dtype):
    net = Sequential(Dense(3, 4, rng=rng(), dtype=dtype), LeakyReLU(), Dense(4, 2, rng=rng(), dtype=dtype), GELU())
    y, backward = net(np.ones((5, 3), dtype))
    dx = backward(np.ones_like(y))
    assert {y.dtype, dx.dtype, *(p.data.dtype for p in net.params), *(p.grad.dtype for p in net.params)} == {np.dtype(dtype)}


@pytest.mark.parametrize("name, variance", [
    ("lecun", 1 / 400), ("he", 2 / 400), ("glorot", 2 / 600), ("zeros", 0.0)])
def test_initializers_have_the_variance_they_promise(name, variance):
    make = getattr(initializers, name)
    w = make(rng(), (400, 200))
    assert w.shape == (400, 200) and w.dtype == np.float64
    assert w.var() == pytest.approx(variance, rel=0.02) and abs(w.mean()) < 1e-3
    assert make(rng(), (4, 2), np.float32).dtype == np.float32
    np.testing.assert_array_equal(make(rng(), (4, 2)), make(rng(), (4, 2)))


def test_parameters_are_found_in_the_order_they_were_set():
    class Three(Layer):
        def __init__(self):
            for name in ("gamma", "beta", "alpha"):
                setattr(self, name, Parameter(np.ones(1), name))
    assert [p.name for p in Three().params] == ["gamma", "beta", "alpha"]
    with pytest.raises(AttributeError):
        Three().no_such_layer


def test_save_and_load(tmp_path):
    one = Sequential(Dense(3, 4, rng=rng()), ReLU(), Dense(4, 2, rng=rng()))
    two = Sequential(Dense(3, 4, rng=np.random.default_rng(1)), ReLU(), Dense(4, 2, rng=np.random.default_rng(2)))
    save(one, tmp_path / "net.npz")
    load(two, tmp_path / "net.npz")
    for p, q in zip(one.params, two.params, strict=True):
        np.testing.assert_array_equal(p.data, q.data)
        assert p.data is not q.data
    other = Sequential(Dense(3, 5, rng=rng()))
    before = [p.data.copy() for p in other.params]
    with pytest.raises(ValueError, match=r"\(3, 4\).*\(3, 5\)"):
        load(other, tmp_path / "net.npz")
    for p, kept in zip(other.params, before, strict=True):
        np.testing.assert_array_equal(p.data, kept)
    single = Sequential(Dense(3, 4, rng=rng(), dtype=np.float32), ReLU(), Dense(4, 2, rng=rng(), dtype=np.float32))
    load(single, tmp_path / "net.npz")
    assert {p.data.dtype for p in single.params} == {np.dtype(np.float32)}


def test_reprs_tell_what_a_network_is_made_of():
    net = Sequential(Dense(3, 4, rng=rng()), ReLU(), Flatten())
    assert repr(net) == "Sequential(Dense(3, 4), ReLU(), Flatten())"


def test_trace_labels_a_layers_own_method_with_the_class_name():
    from course_lib.graph import rule_name
    y = Sequential(Flatten(), LeakyReLU()).trace(Tensor(np.ones((2, 2, 2))))
    assert [rule_name(n.rule) for n in (y, y.inputs[0])] == ["LeakyReLU", "Flatten"]


def test_the_page_that_shows_the_chain_rule_is_short():
    assert len(inspect.getsource(Sequential.__call__).splitlines()) <= 16


# ---- normalisation, dropout, residual connections ----------------------------------------------------------------

def deep():
    r = rng()
    return Sequential(Dense(4, 6, rng=r), BatchNorm(6), ReLU(), Residual(Dense(6, 6, rng=r), Dropout(0.5, rng=r), LayerNorm(6)),
                      Dense(6, 2, rng=r))


def test_batch_norm_levels_each_feature_and_remembers():
    layer, x = BatchNorm(3, momentum=0.25), 5 + 2 * rng().normal(size=(40, 3))
    y, _ = layer(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(layer.running[0], 0.25 * x.mean(axis=0))
    np.testing.assert_allclose(layer.running[1], 0.75 + 0.25 * x.var(axis=0, ddof=1))
    kept = [array.copy() for array in layer.running]
    with inference(layer):
        z, _ = layer(x)
    np.testing.assert_allclose(z, (x - kept[0]) / np.sqrt(kept[1] + 1e-5))
    np.testing.assert_array_equal(layer.running, kept)


def test_batch_norm_of_images_has_one_scale_a_channel():
    x = rng().normal(size=(4, 3, 5, 2)) * np.array([1, 10, 100])[:, np.newaxis, np.newaxis]
    y, _ = BatchNorm(3)(x)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1, atol=1e-4)


def test_in_inference_an_answer_does_not_depend_on_its_neighbours():
    net, x = deep(), rng().normal(size=(8, 4))
    for _ in range(3):
        net(x)
    together = predict(net, x)
    np.testing.assert_allclose(together, np.concatenate([predict(net, x[i:i + 1]) for i in range(8)]), atol=1e-12)
    np.testing.assert_array_equal(together, predict(net, x))           # and dropout draws nothing
    assert not np.array_equal(net(x)[0], net(x)[0])


def test_inference_ends_with_its_block_also_after_an_error():
    net = deep()
    with pytest.raises(RuntimeError), inference(net):
        assert not any(layer.training for layer in net.walk())
        raise RuntimeError
    assert all(layer.training for layer in net.walk()) and len(list(net.walk())) == 9
    with inference(net), inference(net):
        pass
    assert all(layer.training for layer in net.walk())


def test_dropout_keeps_the_mean():
    layer, x = Dropout(0.25, rng=rng()), np.ones((400, 100))
    y, backward = layer(x)
    assert set(np.unique(y)) == {0, 1 / 0.75} and abs((y == 0).mean() - 0.25) < 0.01 and abs(y.mean() - 1) < 0.01
    np.testing.assert_array_equal(backward(np.ones_like(x)), y)        # what was dropped gets no gradient
    with inference(layer):
        np.testing.assert_array_equal(layer(x)[0], x)


def test_a_residual_adds_its_input():
    inner = Dense(3, 3, rng=rng())
    layer, x, dy = Residual(inner), rng().normal(size=(5, 3)), rng().normal(size=(5, 3))
    y, backward = layer(x)
    z, inner_backward = inner(x)
    np.testing.assert_array_equal(y, x + z)
    dx = backward(dy)
    grad = inner.W.grad.copy()
    inner.W.grad = inner.b.grad = None
    np.testing.assert_array_equal(dx, dy + inner_backward(dy))
    np.testing.assert_array_equal(inner.W.grad, grad)
    assert backward(dy, input_grad=False) is None and layer.params == [inner.W, inner.b]
    traced = layer.trace(Tensor(x))
    np.testing.assert_array_equal(traced.data, y)


@pytest.mark.parametrize("net, shape", [
    (lambda r: Sequential(Dense(3, 4, rng=r), BatchNorm(4), Tanh(), Dense(4, 2, rng=r)), (6, 3)),
    (lambda r: Sequential(LayerNorm(3), Residual(Dense(3, 3, rng=r), Tanh()), Residual(Dense(3, 3, rng=r))), (5, 3)),
    (lambda r: Sequential(BatchNorm(2), Flatten(), Dense(12, 2, rng=r)), (3, 2, 3, 2))])
def test_networks_with_the_new_layers_have_the_right_gradients(net, shape, capsys):
    check_gradients(net(rng()), rng().normal(size=shape))
    assert "right" in capsys.readouterr().out


def test_running_averages_are_saved(tmp_path):
    net, other = deep(), deep()
    for _ in range(3):
        net(5 + rng().normal(size=(8, 4)))
    save(net, tmp_path / "net.npz")
    load(other, tmp_path / "net.npz")
    np.testing.assert_array_equal(predict(other, np.ones((2, 4))), predict(net, np.ones((2, 4))))
    with pytest.raises(ValueError, match="running averages"):
        plain = Sequential(*[layer for layer in deep().layers])
        plain.layers[1].running = ()
        load(plain, tmp_path / "net.npz")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_new_layers_keep_the_dtype(dtype):
    r = rng()
    net = Sequential(Dense(4, 4, rng=r, dtype=dtype), BatchNorm(4, dtype=dtype), Residual(LayerNorm(4, dtype=dtype)),
                     Dropout(0.5, rng=r))
    y, backward = net(rng().normal(size=(6, 4)).astype(dtype))
    assert y.dtype == dtype and backward(y).dtype == dtype and all(p.grad.dtype == dtype for p in net.params)
    assert predict(net, np.ones((2, 4), dtype)).dtype == dtype


@pytest.mark.parametrize("make, text", [
    (lambda: Dropout(1.0, rng=rng()), r"rate must lie in \[0, 1\), got 1\.0"),
    (lambda: BatchNorm(3, momentum=2), "momentum must lie in"),
    (lambda: BatchNorm(3)(np.ones((1, 3))), "one example has no variance"),
    (lambda: BatchNorm(3)(np.ones((4, 2))), r"got \(4, 2\)"),
    (lambda: LayerNorm(3)(np.ones((4, 2))), "layer_norm: x must have shape"),
    (lambda: functions.dropout(np.ones(3), np.ones(2, bool), 0.5), "same shape"),
    (lambda: Residual(Dense(3, 2, rng=rng()))(np.ones((4, 3))), r"must keep the shape \(4, 3\), but they give \(4, 2\)")])
def test_bad_settings_of_the_new_layers_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_dropout_needs_a_generator():
    with pytest.raises(TypeError, match="Dropout: rng must be a numpy.random.Generator"):
        Dropout(0.5, rng=0)


def test_reprs_of_the_new_layers():
    assert repr(deep()) == ("Sequential(Dense(4, 6), BatchNorm(6), ReLU(), Residual(Dense(6, 6), Dropout(0.5), LayerNorm(6)), "
                            "Dense(6, 2))")
