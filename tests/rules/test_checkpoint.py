"""The rule ``checkpoint`` and the layer ``Checkpoint``: run again, the same bits, and nothing moves twice."""

import copy
import tracemalloc

import numpy as np
import pytest
from rule_table import LOSSES, RULES, as_tuple, differentiable, upstream

from course_lib import (
    SGD,
    Adam,
    BatchNorm,
    Checkpoint,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    Residual,
    Sequential,
    Tanh,
    Tensor,
    affine,
    check_gradients,
    checkpoint,
    frozen,
    inference,
    load,
    save,
    softmax_cross_entropy,
    tanh,
    train_step,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def layers(seed=0, dtype=np.float64):
    r = rng(seed)
    return [Dense(5, 7, rng=r, dtype=dtype), BatchNorm(7, dtype=dtype), Tanh(), Dropout(0.4, rng=rng(7)),
            Residual(Dense(7, 7, rng=r, dtype=dtype), Dropout(0.3, rng=rng(8))), Dense(7, 3, rng=r, dtype=dtype)]


def same(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other):
        np.testing.assert_array_equal(a, b)
        assert np.asarray(a).dtype == np.asarray(b).dtype


def everything(net, x, dy, times=1):
    """Output, dx, all gradients, all running averages, and what the generators draw next."""
    for p in net.params:
        p.zero_grad()
    found = []
    for _ in range(times):
        y, backward = net(x)
        found += [y, backward(dy)]
    found += [p.grad for p in net.params] + [a.copy() for layer in net.walk() for a in getattr(layer, "running", ())]
    return found + [layer.rng.random(3) for layer in net.walk() if isinstance(layer, Dropout)]


# ---- the rule -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", RULES)
def test_every_rule_gives_the_same_bits_when_it_is_run_again(name):
    rule, arguments, options = RULES[name]
    args = arguments(rng(1))
    count = differentiable(name)
    segment = lambda *inputs: rule(*inputs, *args[count:], **options)
    y, backward = segment(*args[:count])
    again, through = checkpoint(segment, *args[:count])
    dy = () if name in LOSSES else (upstream(rng(2), y),)
    same([y], [again])
    for _ in range(2):
        same(as_tuple(backward(*dy)), as_tuple(through(*dy)))


def test_the_gradient_is_that_of_finite_differences():
    r = rng()
    x, W, b = r.normal(size=(4, 3)), r.normal(size=(3, 5)), r.normal(size=5)

    def segment(x, W, b):
        a, through_affine = affine(x, W, b)
        y, through_tanh = tanh(a)
        return y, lambda dy: through_affine(through_tanh(dy))
    check_gradients(lambda *inputs: checkpoint(segment, *inputs), x, W, b)


def test_the_segment_is_run_once_and_once_more_for_each_backward():
    runs = []

    def segment(x):
        runs.append(x)
        return tanh(x)
    x = np.ones(3)
    _, backward = checkpoint(segment, x)
    assert len(runs) == 1
    backward(x)
    backward(x)
    assert len(runs) == 3 and all(run is x for run in runs)


def test_dy_of_another_shape_is_refused_and_options_are_handed_on():
    layer = Dense(3, 2, rng=rng())
    _, backward = checkpoint(layer, np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"checkpoint: dy must have the shape of the output, \(4, 2\), got \(2,\)"):
        backward(np.ones(2))
    assert backward(np.ones((4, 2)), input_grad=False) is None and layer.W.grad.shape == (3, 2)


def test_what_is_no_segment_or_cannot_be_put_back_is_refused():
    with pytest.raises(TypeError, match="must be a rule or a layer, got ndarray"):
        checkpoint(np.ones(3), tanh)
    with pytest.raises(TypeError, match="moved must hold generators and arrays, got int"):
        checkpoint(tanh, np.ones(3), moved=[3])


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_a_generator_is_put_back_for_the_second_run_and_goes_on_afterwards(kind):
    source, twin = (np.random.Generator(kind(5)) for _ in range(2))
    plain, again = Dropout(0.5, rng=twin), Dropout(0.5, rng=source)
    x = np.ones((6, 50))
    y, backward = plain(x)
    y2, through = checkpoint(again, x, moved=[source])
    between = source.random(4)
    same([y, backward(x), twin.random(4)], [y2, through(x), between])
    same([backward(x), twin.random(4)], [through(x), source.random(4)])


def test_without_it_dropout_drops_other_entries():
    """The trap that ``moved`` is there for."""
    source = rng(5)
    y, through = checkpoint(Dropout(0.5, rng=source), np.ones((6, 50)))
    assert ((through(np.ones((6, 50))) != 0) != (y != 0)).mean() > 0.3


def test_an_error_in_the_second_run_leaves_generators_and_arrays_as_they_were():
    source, average, runs = rng(5), np.zeros(2), []

    def segment(x):
        average.__iadd__(1)
        source.random()
        runs.append(1)
        if len(runs) > 1:
            raise RuntimeError("the second time")
        return tanh(x)
    _, through = checkpoint(segment, np.ones(2), moved=[source, average])
    before = source.bit_generator.state
    with pytest.raises(RuntimeError):
        through(np.ones(2))
    assert source.bit_generator.state == before
    np.testing.assert_array_equal(average, 1)


# ---- the layer ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("mode", ["training", "inference"])
def test_a_checkpointed_network_is_the_network_bit_by_bit(dtype, times, mode):
    x, dy = rng(1).normal(size=(9, 5)).astype(dtype), rng(2).normal(size=(9, 3)).astype(dtype)
    plain, whole = Sequential(*layers(dtype=dtype)), Checkpoint(*layers(dtype=dtype))
    parts = layers(dtype=dtype)
    cut = Sequential(Checkpoint(*parts[:3]), Checkpoint(parts[3], Checkpoint(parts[4])), parts[5])
    if mode == "inference":
        for net in (plain, whole, cut):
            for layer in net.walk():
                layer.training = False
    wanted = everything(plain, x, dy, times)
    same(wanted, everything(whole, x, dy, times))
    same(wanted, everything(cut, x, dy, times))


def test_two_forwards_before_both_backwards():
    x, dy = rng(1).normal(size=(2, 9, 5)), rng(2).normal(size=(2, 9, 3))
    found = []
    for net in (Sequential(*layers()), Checkpoint(*layers())):
        (_, first), (_, second) = net(x[0]), net(x[1])
        found.append([first(dy[0]), second(dy[1]), first(dy[1]), *(p.grad for p in net.params)])
    same(*found)


def test_the_second_run_is_in_the_mode_of_the_first():
    x, dy = rng(1).normal(size=(9, 5)), rng(2).normal(size=(9, 3))
    found = []
    for net in (Sequential(*layers()), Checkpoint(*layers())):
        net(x)
        with inference(net):
            _, backward = net(x)
        found.append([backward(dy), *(a.copy() for layer in net.walk() for a in layer.running)])
        assert all(layer.training for layer in net.walk())
        _, backward = net(x)
        with inference(net):
            found[-1].append(backward(dy))
            assert not any(layer.training for layer in net.walk())
    same(*found)


def test_it_learns_the_same_in_a_training():
    x, t = rng(1).normal(size=(20, 5)), rng(2).integers(0, 3, size=20)
    parts = layers()
    nets = Sequential(*layers()), Sequential(Checkpoint(*parts[:4]), Checkpoint(*parts[4:]))
    losses = [[train_step(net, softmax_cross_entropy, optimizer, x, t) for _ in range(5)]
              for net in nets for optimizer in [Adam(net.params, lr=0.01)]]
    assert losses[0] == losses[1]
    same([p.data for p in nets[0].params], [p.data for p in nets[1].params])


def test_pictures_and_shared_layers():
    r = rng()
    conv, dense = Conv2D(2, 3, 3, rng=r), Dense(12, 12, rng=r)
    parts = conv, ReLU(), MaxPool2D(2), Flatten(), dense, Tanh(), dense
    x, dy = r.normal(size=(4, 2, 6, 6)), r.normal(size=(4, 12))
    same(everything(Sequential(*parts), x, dy), everything(Checkpoint(*parts), x, dy))
    check_gradients(Checkpoint(*parts), x)


def test_on_the_graph_it_is_one_node_and_gives_the_same():
    plain, whole = Sequential(*layers()), Sequential(Checkpoint(*layers()))
    x = rng(1).normal(size=(9, 5))
    found = []
    for net in (plain, whole):
        start = Tensor(x)
        L = (net.trace(start) ** 2).sum()
        L.backward()
        found.append([L.data, start.grad, *(p.grad for p in net.params)])
    same(*found)
    assert whole.trace(Tensor(x)).inputs[1:] == tuple(whole.params)


def test_it_can_be_frozen_and_skips_what_nobody_wants():
    net, x, dy = Checkpoint(*layers()), rng(1).normal(size=(9, 5)), rng(2).normal(size=(9, 3))
    _, backward = net(x)
    with frozen(net):
        backward(dy)
    assert all(p.grad is None for p in net.params)
    assert backward(dy, input_grad=False) is None and all(p.grad is not None for p in net.params)


def test_it_runs_again_with_the_parameters_that_the_rule_was_given():
    """As ``check_gradients`` asks: the arrays are put into the layers for one call only."""
    net, x = Checkpoint(Dense(3, 4, rng=rng()), Tanh()), rng(1).normal(size=(2, 3))
    arrays = [2 * p.data for p in net.params]
    y, backward = net.rule(x, *arrays)
    dy = rng(2).normal(size=y.shape)
    a, through_affine = affine(x, *arrays)
    same(backward(dy), through_affine(tanh(a)[1](dy)))
    check_gradients(net, x)


def test_a_layer_of_ones_own_with_a_generator():
    class Noise(Layer):
        def __init__(self, rng):
            self.rng = rng

        def rule(self, x):
            factor = self.rng.normal(size=x.shape)
            return factor * x, lambda dy: factor * dy
    x = np.ones((3, 4))
    y, backward = Checkpoint(Noise(rng()))(x)
    same([y], [backward(x)])


def test_it_is_saved_loaded_copied_and_told(tmp_path):
    net, other = Checkpoint(*layers()), Checkpoint(*layers(1))
    save(net, tmp_path / "net")
    load(other, tmp_path / "net")
    same([p.data for p in net.params], [p.data for p in other.params])
    assert repr(Checkpoint(Dense(2, 3, rng=rng()), Tanh())) == "Checkpoint(Dense(2, 3), Tanh())"
    assert copy.deepcopy(net).params[0] is not net.params[0]
    with pytest.raises(TypeError, match="Sequential: every argument must be a layer"):
        Checkpoint(tanh)


def test_the_memory_is_that_of_one_segment():
    r = rng()
    parts = [Sequential(Dense(64, 64, rng=r), Tanh()) for _ in range(36)]
    x = r.normal(size=(256, 64))

    def peak(net):
        with frozen(net):
            tracemalloc.start()
            _, backward = net(x)
            backward(x)
            top = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return top / x.nbytes
    assert 36 < peak(Sequential(*parts)) < 43
    assert 6 + 5 < peak(Sequential(*[Checkpoint(*parts[i:i + 6]) for i in range(0, 36, 6)])) < 6 + 6 + 6


def test_an_optimizer_does_not_see_the_difference():
    net = Checkpoint(Dense(2, 2, rng=rng()))
    before = net.params[0].data.copy()
    train_step(net, softmax_cross_entropy, SGD(net.params, lr=0.1), np.ones((3, 2)), np.array([0, 1, 1]))
    assert not np.array_equal(before, net.params[0].data)
