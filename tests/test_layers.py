"""Layers and Sequential: a rule plus its parameters, the chain rule as a reversed list, layers of layers."""

import inspect

import numpy as np
import pytest

from course_lib import (
    GELU,
    LSTM,
    RNN,
    Adam,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    EachStep,
    Embedding,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
    Tensor,
    affine,
    check_gradients,
    frozen,
    inference,
    initializers,
    predict,
    relu,
    softmax_cross_entropy,
    train_step,
)
from course_lib.rules import functions


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("layer, rule", [
    (Sigmoid(), functions.sigmoid), (Tanh(), functions.tanh), (ReLU(), functions.relu), (GELU(), functions.gelu),
    (LeakyReLU(0.2), lambda x: functions.leaky_relu(x, 0.2)),
    (Flatten(), lambda x: functions.reshape(x, (len(x), -1)))])
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
    arrays = [y, dx, *(p.data for p in net.params), *(p.grad for p in net.params)]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


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
    return Sequential(Dense(4, 6, rng=r), BatchNorm(6), ReLU(),
                      Residual(Dense(6, 6, rng=r), Dropout(0.5, rng=r), LayerNorm(6)), Dense(6, 2, rng=r))


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
    (lambda: Residual(Dense(3, 2, rng=rng()))(np.ones((4, 3))),
     r"must keep the shape \(4, 3\), but they give \(4, 2\)")])
def test_bad_settings_of_the_new_layers_are_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_dropout_needs_a_generator():
    with pytest.raises(TypeError, match="Dropout: rng must be a numpy.random.Generator"):
        Dropout(0.5, rng=0)


def test_reprs_of_the_new_layers():
    assert repr(deep()) == ("Sequential(Dense(4, 6), BatchNorm(6), ReLU(), "
                            "Residual(Dense(6, 6), Dropout(0.5), LayerNorm(6)), Dense(6, 2))")


# ---- layers that hold layers ------------------------------------------------------------------------------------

class Block(Layer):
    """As people write it: an attribute, a list, a tuple and a dict of layers, a Parameter between them, no rule."""

    def __init__(self, r):
        self.first = Dense(4, 6, rng=r)
        self.scale = Parameter(np.array([1.5]), "scale")
        self.inner = [Dense(6, 6, rng=r), BatchNorm(6)]
        self.ends = {"drop": Dropout(0.5, rng=r), "last": (Dense(6, 2, rng=r), None)}
        self.activation, self.note = relu, "any other attribute"

    def __call__(self, x):
        backwards = []
        for layer in (self.first, *self.inner, ReLU(), self.ends["drop"], self.ends["last"][0]):
            x, backward = layer(x)
            backwards.append(backward)

        def backward_of_all(dy):                        # no input_grad, as a learner writes it
            self.scale.add_grad((dy * x).sum(keepdims=True)[0])
            dy = dy * self.scale.data
            for backward in reversed(backwards):
                dy = backward(dy)
            return dy
        return x * self.scale.data, backward_of_all


def parts(block):
    first, (second, norm), last = block.first, block.inner, block.ends["last"][0]
    return [first.W, first.b, block.scale, second.W, second.b, norm.gamma, norm.beta, last.W, last.b]


def test_params_and_walk_find_what_attributes_hold_in_their_order():
    block = Block(rng())
    assert block.params == parts(block)
    assert list(block.walk()) == [block, block.first, *block.inner, block.ends["drop"], block.ends["last"][0]]
    net = Sequential(block, ReLU(), Residual(block.ends["last"][0]))        # the last layer is shared
    assert net.params == parts(block) and len(list(net.walk())) == len({*net.walk()}) == 9
    assert EachStep(block).params == parts(block)


def test_inference_reaches_the_layers_inside():
    block, x = Block(rng()), rng().normal(size=(8, 4))
    block(x)
    with inference(block):
        assert not any(layer.training for layer in block.walk())
        np.testing.assert_array_equal(block(x)[0], block(x)[0])
    assert all(layer.training for layer in block.walk())
    np.testing.assert_array_equal(predict(block, x), predict(Sequential(block), x))


def test_a_layer_of_layers_has_the_right_gradients_and_trains(capsys):
    block, x = Block(rng()), rng().normal(size=(8, 4))
    with inference(block):
        check_gradients(block, x)
        check_gradients(block.rule, x, *[p.data for p in block.params])
    assert capsys.readouterr().out.count("right") == 2
    for net in (block, Sequential(block, Tanh()), Sequential(Dense(4, 4, rng=rng()), block)):
        adam, t = Adam(net.params, lr=0.01), np.arange(8) % 2
        losses = [train_step(net, softmax_cross_entropy, adam, x, t) for _ in range(60)]
        assert np.mean(losses[-10:]) < np.mean(losses[:10]) and all(p.grad is not None for p in net.params)
        adam.zero_grad()
        assert all(p.grad is None for p in net.params)


def test_a_layer_of_layers_on_the_graph():
    from course_lib.graph import rule_name
    block, x, dy = Block(rng()), rng().normal(size=(8, 4)), rng().normal(size=(8, 2))
    with inference(block):
        y, backward = block(x)
        dx = backward(dy)
        by_layers = [p.grad for p in block.params]
        leaf = Tensor(x)
        for _ in range(2):                              # a cell run twice
            node = block.trace(leaf)
            (node * dy).sum().backward()
    assert rule_name(node.rule) == "Block" and node.inputs == (leaf, *block.params)
    np.testing.assert_array_equal(node.data, y)
    for got, wanted in zip([leaf.grad, *(p.grad for p in block.params)], [dx, *by_layers], strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_what_counts_is_the_later_of_rule_and_call():
    class Twice(Dense):
        def __call__(self, x):
            y, backward = super().__call__(x)
            return 2 * y, lambda dy: backward(2 * dy)
    layer, x = Twice(3, 2, rng=rng()), rng().normal(size=(4, 3))
    y, backward = layer(x)
    assert backward(np.ones((4, 2)), input_grad=False) is None
    traced = layer.trace(Tensor(x))
    np.testing.assert_array_equal(traced.data, y)
    traced.sum().backward()
    np.testing.assert_array_equal(layer.W.grad, np.repeat(2 * x.sum(axis=0)[:, np.newaxis], 2, axis=1))


def test_a_rule_may_use_layers_inside():
    class Scaled(Layer):
        def __init__(self, layer):
            self.layer, self.scale = layer, Parameter(np.array(3.0), "scale")

        def rule(self, x, scale):
            y, through = self.layer(x)
            return scale * y, lambda dy: (through(scale * dy), np.array((dy * y).sum()))
    net, x = Scaled(Dense(3, 2, rng=rng())), rng().normal(size=(4, 3))
    assert net.params == [net.layer.W, net.layer.b, net.scale]
    y, backward = net(x)
    backward(np.ones_like(y))
    by_layers = [p.grad for p in net.params]
    for _ in range(2):
        net.trace(Tensor(x)).sum().backward()
        for p, grad in zip(net.params, by_layers, strict=True):
            np.testing.assert_allclose(p.grad, grad, rtol=1e-12)


def test_one_parameter_under_two_names():
    class Tied(Layer):
        def __init__(self, W):
            self.W, self.V = W, W

        def rule(self, x, W, V):
            h, y = x @ W, x @ W @ V
            return y, lambda dy: (dy @ V.T @ W.T, x.T @ dy @ V.T, h.T @ dy)
    layer, x = Tied(Parameter(rng().normal(size=(3, 3)), "W")), rng().normal(size=(4, 3))
    assert layer.params == [layer.W]
    y, backward = layer(x)
    backward(np.ones_like(y))
    by_layer = layer.W.grad
    layer.trace(Tensor(x)).sum().backward()
    np.testing.assert_allclose(layer.W.grad, by_layer, rtol=1e-12)


def test_parameters_in_a_list_reach_the_rule():
    class Sum(Layer):
        def __init__(self):
            self.parts = [Parameter(np.full(2, float(k)), f"b{k}") for k in range(3)]

        def rule(self, x, *parts):
            return x + sum(parts), lambda dy: (dy, *[dy.sum(axis=0)] * len(parts))
    layer = Sum()
    y, backward = layer(np.ones((4, 2)))
    backward(np.ones((4, 2)))
    assert y.tolist() == [[4, 4]] * 4 and [p.grad.tolist() for p in layer.params] == [[4, 4]] * 3


def test_an_inner_layer_may_say_itself_which_parameters_it_has():
    class Half(Dense):
        @property
        def params(self):
            return super().params[:1]
    net = Sequential(Half(3, 2, rng=rng()), ReLU())
    assert net.params == [net.layers[0].W] and len(list(net.walk())) == 3


def test_layers_in_a_set_are_refused():
    net = Sequential()
    net.others, net.names = {Dense(2, 2, rng=rng())}, {"a", "b"}
    with pytest.raises(TypeError, match="in a set have no order; hold them in a list"):
        net.params
    net.others = {1, 2}
    assert net.params == []


def test_a_circle_of_layers_is_walked_once():
    inner = Dense(2, 2, rng=rng())
    net = Sequential(inner)
    inner.parent = net
    assert net.params == [inner.W, inner.b] and list(net.walk()) == [net, inner]


class Learners:
    """A layer that is no Layer: it can be called and has params."""

    def __init__(self):
        self.inside, self.params = Dropout(0.5, rng=rng()), []

    def __call__(self, x):
        return self.inside(x)


def test_a_layer_that_is_no_layer():
    net, x = Sequential(Dense(3, 3, rng=rng()), Learners()), np.ones((4, 3))
    with inference(net):
        np.testing.assert_array_equal(net(x)[0], net.layers[0](x)[0])
    with pytest.raises(TypeError, match=r"Sequential: .*Learners.* has no trace\(x\); derive it from Layer"):
        net.trace(Tensor(x))


@pytest.mark.parametrize("attributes, text", [
    ({}, r"Wrong: a layer defines rule\(self, x, ...\) or __call__\(self, x\), either returns \(y, backward\)"),
    ({"__call__": lambda self, x: x}, r"Wrong: __call__ must return \(y, backward\), got ndarray"),
    ({"__call__": lambda self, x: (x, x)}, r"Wrong: __call__ must return \(y, backward\)")])
def test_a_layer_that_does_not_follow_the_protocol(attributes, text):
    layer = type("Wrong", (Layer,), attributes)()
    for run in (lambda: layer(np.ones(2)), lambda: layer.trace(Tensor(np.ones(2)))):
        with pytest.raises(TypeError, match=text):
            run()


def test_a_backward_behind_a_wrapper_still_offers_to_skip():
    """What decorates a rule leads to it by ``__wrapped__``."""
    ran = []

    class Wrapper:
        def __init__(self, backward):
            self.__wrapped__ = backward

        def __call__(self, dy, **options):
            ran.append(options)
            return self.__wrapped__(dy, **options)
    net = Dense(3, 2, rng=rng())
    net.rule = lambda x, W, b: (lambda y, backward: (y, Wrapper(backward)))(*affine(x, W, b))
    y, backward = net(np.ones((4, 3)))
    backward(y, input_grad=False)
    with frozen(net):
        backward(y)
    assert ran == [{"input_grad": False}, {"param_grad": False}]


# ---- frozen layers ----------------------------------------------------------------------------------------------

def pictures():
    r = rng()
    return Sequential(Conv2D(1, 3, 3, rng=r), BatchNorm(3), ReLU(), Flatten(), Dense(3 * 16, 2, rng=r))


@pytest.mark.parametrize("make, shape", [(pictures, (4, 1, 6, 6)), (lambda: Block(rng()), (4, 4))])
def test_frozen_gives_dx_and_no_parameter_gradients(make, shape):
    net, x = make(), rng().normal(size=shape)
    with inference(net):
        y, backward = net(x)
        dx = backward(np.ones_like(y))
        for p in net.params:
            p.zero_grad()
        with frozen(net) as same:
            np.testing.assert_array_equal(backward(np.ones_like(y)), dx)
            leaf = Tensor(x)
            net.trace(leaf).sum().backward()
            np.testing.assert_allclose(leaf.grad, dx, rtol=1e-12)
        assert same is net and all(p.grad is None for p in net.params)
        backward(np.ones_like(y))
    assert all(p.grad is not None for p in net.params)


def test_frozen_leaves_old_gradients_and_ends_after_an_error():
    net = Dense(3, 2, rng=rng())
    y, backward = net(np.ones((4, 3)))
    backward(y)
    before, net.b.requires_grad = net.W.grad, False
    with pytest.raises(RuntimeError), frozen(net):
        backward(y)
        assert net.W.grad is before
        raise RuntimeError
    assert net.W.requires_grad and not net.b.requires_grad      # as they were


def test_frozen_takes_layers_in_a_list_and_nothing_else():
    one, two = Dense(3, 2, rng=rng()), Dense(2, 2, rng=rng())
    with frozen([one, two]):
        assert not any(p.requires_grad for p in one.params + two.params)
    with pytest.raises(TypeError, match="frozen: expected a network or layers, got function"), frozen(lambda x: one(x)):
        pass


def test_a_frozen_trunk_is_not_run_backward_and_its_head_learns():
    ran = []

    class Watched(Dense):
        def __call__(self, x):
            y, backward = super().__call__(x)
            return y, lambda dy: ran.append(self) or backward(dy)
    trunk, head = Sequential(Watched(3, 4, rng=rng()), ReLU()), Dense(4, 2, rng=rng())
    net = Sequential(trunk, head)
    before, adam = [p.data.copy() for p in net.params], Adam(net.params)
    with frozen(trunk):
        train_step(net, softmax_cross_entropy, adam, rng().normal(size=(5, 3)), np.arange(5) % 2)
    changed = [not np.array_equal(p.data, old) for p, old in zip(net.params, before)]
    assert changed == [False, False, True, True] and not ran
    train_step(net, softmax_cross_entropy, adam, rng().normal(size=(5, 3)), np.arange(5) % 2)
    assert ran == [trunk.layers[0]]


def test_what_nobody_wants_is_not_computed():
    net = pictures()
    offered = [layer.rule(*arguments)[1] for layer, *arguments in [
        (net.layers[0], np.ones((1, 1, 3, 3)), *[p.data for p in net.layers[0].params]),
        (net.layers[4], np.ones((1, 48)), *[p.data for p in net.layers[4].params])]]
    for backward, dy in zip(offered, (np.ones((1, 3, 1, 1)), np.ones((1, 2)))):
        dx, *others = backward(dy, param_grad=False)
        np.testing.assert_array_equal(dx, backward(dy)[0])
        assert others == [None, None] and backward(dy, input_grad=False, param_grad=False) == (None, None, None)


# ---- starts and reprs -------------------------------------------------------------------------------------------

def test_embeddings_start_at_the_scale_that_is_asked_for():
    usual, small = Embedding(50, 4, rng=rng()).table.data, Embedding(50, 4, rng=rng(), scale=0.1).table.data
    np.testing.assert_array_equal(usual, rng().normal(size=(50, 4)))            # the lessons' numbers
    np.testing.assert_allclose(small, 0.1 * usual, rtol=1e-15)
    for scale in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="Embedding: scale must be a number, 0 or more, got"):
            Embedding(5, 2, rng=rng(), scale=scale)


@pytest.mark.parametrize("shape", [(3, 3), (2, 6)])
def test_every_orthogonal_matrix_is_equally_likely(shape):
    """QR alone prefers one sign of each diagonal entry of R: Q then is mirrored far more often one way."""
    H, r, draws = shape[0], rng(), 400
    blocks = np.concatenate([np.split(initializers.orthogonal(r, shape), shape[1] // H, axis=1) for _ in range(draws)])
    np.testing.assert_allclose(blocks @ blocks.swapaxes(1, 2), np.broadcast_to(np.eye(H), blocks.shape), atol=1e-12)
    bound = 4 * 0.5 / np.sqrt(len(blocks))              # four standard deviations of a share
    assert np.all(np.abs((blocks > 0).mean(axis=0) - 0.5) < bound)              # each entry, the diagonal too
    assert abs((np.linalg.det(blocks) > 0).mean() - 0.5) < bound


@pytest.mark.parametrize("make, text", [
    (lambda: initializers.glorot(rng(), (3,)), r"\(n_in, n_out\), or \(F, C, kh, kw\) of kernels, got \(3,\)"),
    (lambda: initializers.orthogonal(rng(), (3,)), r"square blocks side by side, got \(3,\)"),
    (lambda: initializers.orthogonal(rng(), (2, 3)), r"got \(2, 3\)"),
    (lambda: RNN(0, 3, rng=rng()), "RNN: n_in must be a positive whole number, got 0"),
    (lambda: Embedding(5, 2.5, rng=rng()), "Embedding: d must be a positive whole number, got 2.5"),
    (lambda: BatchNorm(0), "BatchNorm: n must be a positive whole number, got 0"),
    (lambda: LayerNorm("3"), "LayerNorm: n must be a positive whole number, got '3'")])
def test_sizes_and_shapes_are_checked(make, text):
    with pytest.raises(ValueError, match=text):
        make()


class MyDense(Dense):
    """A learner's own."""


@pytest.mark.parametrize("layer, text", [
    (MyDense(3, 2, rng=rng()), "MyDense(3, 2)"),
    (type("MyNorm", (BatchNorm,), {})(3, eps=0.01), "MyNorm(3, eps=0.01)"),
    (type("MyNet", (Sequential,), {})(ReLU(), Tanh()), "MyNet(ReLU(), Tanh())"),
    (BatchNorm(3), "BatchNorm(3)"), (BatchNorm(3, momentum=0.2), "BatchNorm(3, momentum=0.2)"),
    (LeakyReLU(), "LeakyReLU()"), (LeakyReLU(0.2), "LeakyReLU(slope=0.2)"), (Dropout(0.5, rng=rng()), "Dropout(0.5)"),
    (MaxPool2D(2), "MaxPool2D(2)"), (MaxPool2D((1, 2), stride=1), "MaxPool2D((1, 2), stride=1)"),
    (Conv2D(1, 4, (7, 5), padding=(3, 2), rng=rng()), "Conv2D(1, 4, (7, 5), padding=(3, 2))"),
    (Conv2D(1, 4, 3, stride=2, rng=rng()), "Conv2D(1, 4, 3, stride=2)"),
    (RNN(2, 3, rng=rng()), "RNN(2, 3)"), (RNN(2, 3, activation=relu, rng=rng()), "RNN(2, 3, activation=relu)"),
    (LSTM(2, 3, rng=rng()), "LSTM(2, 3)"), (Embedding(5, 2, rng=rng()), "Embedding(5, 2)"),
    (EachStep(Dense(2, 3, rng=rng())), "EachStep(Dense(2, 3))"),
    (Residual(Dense(2, 2, rng=rng()), ReLU()), "Residual(Dense(2, 2), ReLU())"),
    (Block(rng()), "Block(Dense(4, 6), Dense(6, 6), BatchNorm(6), Dropout(0.5), Dense(6, 2))")])
def test_a_repr_names_the_class_its_sizes_and_the_options_that_are_set(layer, text):
    assert repr(layer) == text
