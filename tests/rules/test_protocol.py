"""A ``dy`` of the wrong shape: every rule's backward refuses it by name, in one place, at a small cost."""

import gc
import inspect
import timeit
import weakref

import numpy as np
import pytest
from rule_table import LOSSES, RULES, public_rules, upstream

from course_lib import (
    LSTM,
    BatchNorm,
    Dense,
    EachStep,
    ReLU,
    Sequential,
    Tensor,
    fixed_point,
    remembered,
    rnn_cell,
    unroll,
)
from course_lib.rules import convolution, functions, losses, recurrent
from course_lib.rules.protocol import Backward, rule
from course_lib.studies.commands.sound import front_end
from course_lib.studies.faces.classifier import margin_loss
from course_lib.studies.faces.triplets import batch_triplet_loss, mined_triplet_loss
from course_lib.studies.lecun1989 import partial_conv2d, scaled_tanh

every_rule = pytest.mark.parametrize("name", RULES)


def made(name, seed=0):
    function, arguments, options = RULES[name]
    rng = np.random.default_rng(seed)
    y, backward = function(*arguments(rng), **options)
    return function, y, backward, upstream(rng, y)


def wrong_shapes(y):
    """Shapes that NumPy would broadcast, transpose or sum in silence."""
    shape = np.shape(y)
    yield (1, *shape)
    yield (*shape, 2)
    if shape != ():
        yield ()
        yield shape[1:]
    if shape != shape[::-1]:
        yield shape[::-1]
    if np.size(y) != len(shape):
        yield (np.size(y) + 1,)


@every_rule
def test_a_dy_of_another_shape_is_refused_by_name(name):
    function, y, backward, dy = made(name)
    for shape in wrong_shapes(y):
        with pytest.raises(ValueError) as error:
            backward(np.ones(shape))
        assert str(error.value) == (f"{function.__name__}: dy must have the shape of the output, {np.shape(y)}, "
                                    f"got {shape}")
    backward(dy)
    if name in LOSSES:
        backward()


def test_the_case_that_was_measured():
    rng = np.random.default_rng(0)
    y, backward = convolution.conv2d(rng.normal(size=(2, 3, 5, 5)), rng.normal(size=(4, 3, 3, 3)), np.zeros(4))
    with pytest.raises(ValueError, match=r"conv2d: .*\(2, 4, 3, 3\), got \(4, 2, 3, 3\)"):
        backward(rng.normal(size=(4, 2, 3, 3)))
    with pytest.raises(ValueError, match=r"conv2d: .*\(2, 4, 3, 3\), got \(4, 2, 3, 3\)"):
        backward(rng.normal(size=(4, 2, 3, 3)), input_grad=False)


@pytest.mark.parametrize("readable", ["conv2d", "max_pool2d", "avg_pool2d"])
def test_the_readable_forms_too(readable):
    x = np.ones((2, 3, 4, 4))
    more = (np.ones((5, 3, 2, 2)), np.ones(5)) if readable == "conv2d" else (2,)
    y, backward = getattr(convolution, f"{readable}_readable")(x, *more)
    with pytest.raises(ValueError, match=f"{readable}_readable: dy must have the shape of the output"):
        backward(y[:1])


def test_rules_of_rules_and_of_the_studies_too():
    rng = np.random.default_rng(0)
    W, U, b = 0.1 * rng.normal(size=(3, 4)), 0.1 * rng.normal(size=(4, 4)), np.zeros(4)
    h, t, people = np.zeros((2, 4)), np.array([0, 1]), np.array([0, 0, 1])
    for title, (y, backward) in {
            "unroll": unroll(rnn_cell, rng.normal(size=(5, 2, 3)), h, W, U, b),
            "fixed_point": fixed_point(rnn_cell, rng.normal(size=(2, 3)), h, W, U, b),
            "batch_norm": functions.batch_norm_with_moments(rng.normal(size=(4, 3)), np.ones(3), np.zeros(3))[:2],
            "scaled_tanh": scaled_tanh(h),
            "partial_conv2d": partial_conv2d(np.ones((2, 4, 5, 5)), np.ones((3, 2, 3, 3)), np.zeros((3, 2), int)),
            "front_end": front_end(rng.normal(size=(2, 8000))),
            "margin_loss": margin_loss(rng.normal(size=(2, 3)), t),
            "batch_triplet_loss": batch_triplet_loss(rng.normal(size=(3, 4)), [(0, 1, 2)]),
            "mined_triplet_loss": mined_triplet_loss(rng.normal(size=(3, 4)), people, kind="random", rng=rng)}.items():
        with pytest.raises(ValueError, match=rf"{title}: dy must have the shape of the output, .*, got \(7, 7\)"):
            backward(np.ones((7, 7)))


def test_layers_and_networks_hand_it_on():
    rng = np.random.default_rng(0)
    for net, x in ((Sequential(Dense(3, 4, rng=rng), BatchNorm(4), ReLU()), rng.normal(size=(5, 3))),
                   (EachStep(Dense(3, 4, rng=rng)), rng.normal(size=(5, 2, 3))),
                   (LSTM(3, 4, rng=rng), rng.normal(size=(5, 2, 3)))):
        y, backward = net(x)
        with pytest.raises(ValueError, match="dy must have the shape of the output"):
            backward(np.ones((*y.shape[:-2], *y.shape[:-3:-1])))
        assert backward(np.ones(y.shape)).shape == x.shape


def test_numbers_and_lists_have_a_shape_too():
    y, backward = functions.sum(np.ones(3))
    np.testing.assert_array_equal(backward(2.0), [2, 2, 2])
    y, backward = functions.exp(np.zeros(3))
    np.testing.assert_array_equal(backward([1.0, 2.0, 3.0]), [1, 2, 3])
    with pytest.raises(ValueError, match=r"exp: .*\(3,\), got \(\)"):
        backward(1.0)                                           # NumPy would broadcast it
    with pytest.raises(ValueError, match=r"exp: .*\(3,\), got \(2,\)"):
        backward([1.0, 2.0])


def test_what_stands_behind_a_rule_can_be_read():
    assert functions.affine.__name__ == "affine"
    assert inspect.getsource(functions.affine).startswith("@rule\ndef affine(x, W, b):")
    assert list(inspect.signature(functions.affine).parameters) == ["x", "W", "b"]
    x, W = np.ones((2, 3)), np.ones((3, 4))
    y, backward = functions.affine(x, W, np.zeros(4))
    assert list(inspect.signature(backward).parameters) == ["dy", "input_grad", "param_grad"]
    assert repr(backward) == "<backward of affine>"
    kept = remembered(backward)
    assert set(kept) == {"x", "W"} and kept["x"] is x and kept["W"] is W


def test_every_public_rule_of_the_library_looks_at_dy():
    assert all(hasattr(f, "__wrapped__") or f is functions.batch_norm for f in public_rules())


def test_the_output_is_not_kept_alive():
    """multiply needs a and b; its y, as large, must be free to go."""
    y, backward = functions.multiply(np.ones(1000), np.ones(1000))
    assert isinstance(backward, Backward)
    gone = weakref.ref(y)
    del y
    gc.collect()
    assert gone() is None
    backward(np.ones(1000))


@pytest.mark.parametrize("a, b", [(2.0, 3.0), (2, 3), (2 + 1j, 3.0)])
def test_plain_numbers_get_the_closure_itself(a, b):
    y, backward = functions.multiply(a, b)
    assert inspect.isfunction(backward) and y == a * b
    assert not isinstance(a, float) or backward(1.0) == (3, 2)
    assert (Tensor(a) * Tensor(b)).data == a * b


def test_it_costs_less_than_a_microsecond():
    """The rule, called forward and backward, beside the same function without the look."""
    x = np.ones(3)
    looked, plain = functions.negative, functions.negative.__wrapped__

    def seconds(function):
        return timeit.timeit(lambda: function(x)[1](x), number=200) / 200
    cost = min(seconds(looked) for _ in range(300)) - min(seconds(plain) for _ in range(300))
    assert cost < 2e-6                          # 0.6 µs on an idle machine; the bound is for a loaded one


def test_the_graph_runs_rules_on_arrays_with_the_look_and_on_floats_without():
    a, b = Tensor(np.ones(3)), Tensor(np.ones(3))
    y = a * b
    assert y.rule is functions.multiply and isinstance(y._backward, Backward)
    a, b = Tensor(2.0), Tensor(3.0)
    y = a * b
    y.backward()
    assert y.rule is functions.multiply and (a.grad, b.grad) == (3, 2)


def test_a_rule_of_ones_own():
    @rule
    def double(x):
        """y = 2 x."""
        def backward(dy):
            return 2 * dy
        return 2 * x, backward
    y, backward = double(np.ones((2, 3)))
    np.testing.assert_array_equal(backward(np.ones((2, 3))), 2)
    with pytest.raises(ValueError, match=r"double: dy must have the shape of the output, \(2, 3\), got \(3, 2\)"):
        backward(np.ones((3, 2)))
    assert double.__doc__ == "y = 2 x."


def test_the_fast_recurrent_rules_and_losses_keep_their_options():
    xs, h = np.ones((4, 2, 3)), np.zeros((2, 5))
    hs, backward = recurrent.rnn(xs, h, np.ones((3, 5)), np.ones((5, 5)), np.zeros(5))
    assert backward(np.ones_like(hs), False)[0] is None and backward(np.ones_like(hs), input_grad=False)[0] is None
    _, backward = losses.mean_squared_error(np.ones(2), np.zeros(2))
    np.testing.assert_array_equal(backward(dloss=2.0), 2 * backward())
