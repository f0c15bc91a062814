"""Bad input: the message tells what was given, what was expected, and the remedy where there is a usual cause."""

import numpy as np
import pytest

import course_lib
from course_lib import (
    SGD,
    Batches,
    Dense,
    ReLU,
    Sequential,
    Tensor,
    accuracy,
    affine,
    binary_cross_entropy,
    check_gradients,
    confusion_matrix,
    evaluate,
    hinge,
    mean_squared_error,
    sigmoid,
    softmax_cross_entropy,
    training,
)
from course_lib.exercises import check
from course_lib.page.drawing import draw_graph
from course_lib.rules import functions

RNG = np.random.default_rng(0)
Z, T = np.zeros((4, 3)), np.array([0, 1, 2, 1])

# what is done, which error, and the parts of its message: given, expected, remedy
BAD_INPUT = {
    "images that were not flattened": (lambda: affine(np.ones((32, 28, 28)), np.ones((784, 10)), np.ones(10)),
                                       ValueError,
                                       ["(32, 28, 28)", "(N, 784)", "x.reshape(len(x), -1)"]),
    "one example without its batch": (lambda: affine(np.ones(3), np.ones((3, 2)), np.ones(2)), ValueError,
                                      ["(3,)", "(N, 3)", "x[np.newaxis, :]"]),
    "a transposed batch": (lambda: affine(np.ones((3, 5)), np.ones((3, 2)), np.ones(2)), ValueError,
                           ["(3, 5)", "(N, 3)", "x.T"]),
    "a batch of another width": (lambda: affine(np.ones((5, 4)), np.ones((3, 2)), np.ones(2)), ValueError,
                                 ["(5, 4)", "(N, 3)", "rows of W"]),
    "a bias that would broadcast": (lambda: affine(np.ones((5, 3)), np.ones((3, 2)), np.ones(1)), ValueError,
                                    ["(3, 2) and (1,)", "b (K,)"]),
    "a bias of rank 2": (lambda: affine(np.ones((5, 3)), np.ones((3, 2)), np.ones((1, 2))), ValueError,
                         ["(3, 2) and (1, 2)", "b (K,)"]),
    "matrices that do not fit": (lambda: functions.matmul(np.ones((2, 3)), np.ones((4, 5))), ValueError,
                                 ["(2, 3) and (4, 5)", "A must have shape (N, D) and B (D, K)", "columns of A"]),
    "mse of a column and a row": (lambda: mean_squared_error(np.ones((3, 1)), np.ones(3)), ValueError,
                                  ["(3, 1) and (3,)", "same shape", "reshape"]),
    "bce of two columns and a row": (lambda: binary_cross_entropy(np.ones((3, 2)), np.ones(3)), ValueError,
                                     ["(3, 2) and (3,)", "same shape", "reshape"]),
    "bce with labels −1 and 1": (lambda: binary_cross_entropy(np.ones(2), np.array([-1, 1])), ValueError,
                                 ["-1 to 1", "between 0 and 1", "targets"]),
    "rows of shares": (lambda: softmax_cross_entropy(Z, np.full((4, 3), 1 / 3)), ValueError,
                       ["(4, 3)", "one-hot rows", "t.argmax(axis=1)"]),
    "halves as labels": (lambda: softmax_cross_entropy(Z, T + 0.5), ValueError, ["0.5", "whole numbers"]),
    "a label too large": (lambda: softmax_cross_entropy(Z, T + 1), ValueError,
                          ["1 … 3", "0 … 2", "one output per class"]),
    "a negative label": (lambda: hinge(Z, T - 1), ValueError, ["-1 … 1", "0 … 2", "one output per class"]),
    "labels of another length": (lambda: hinge(Z, T[:3]), ValueError, ["(4,)", "(4, 3)", "got (3,)"]),
    "logits of one example": (lambda: softmax_cross_entropy(Z[0], np.array(1)), ValueError, ["(3,) and ()", "(N, K)"]),
    "an empty batch": (lambda: softmax_cross_entropy(Z[:0], T[:0]), ValueError, ["empty"]),
    "a layer of size 0": (lambda: Dense(3, 0, rng=RNG), ValueError, ["n_out", "0", "positive whole number"]),
    "a layer of size 2.5": (lambda: Dense(2.5, 3, rng=RNG), ValueError, ["n_in", "2.5", "positive whole number"]),
    "a seed in place of a generator": (lambda: Dense(3, 2, rng=0), TypeError, ["int", "Generator", "default_rng(0)"]),
    "no generator": (lambda: Dense(3, 2), TypeError, ["rng"]),
    "a list of layers": (lambda: Sequential([ReLU()]), TypeError, ["[ReLU()]", "one by one"]),
    "a layer's class": (lambda: Sequential(Dense(3, 2, rng=RNG), ReLU), TypeError,
                        ["ReLU", "must be a layer", "ReLU()"]),
    "a rule as a layer": (lambda: Sequential(sigmoid), TypeError, ["sigmoid", "must be a layer"]),
    "batches of unequal lengths": (lambda: Batches(np.ones((5, 2)), np.ones(4), 2), ValueError,
                                   ["5 and 4", "same length"]),
    "batches of size 0": (lambda: Batches(np.ones((5, 2)), np.ones(5), 0), ValueError, ["0", "positive whole number"]),
    "batches with a seed": (lambda: Batches(np.ones((5, 2)), np.ones(5), 2, rng=4), TypeError,
                            ["int", "default_rng(0)"]),
    "no data": (lambda: Batches(np.ones((0, 2)), np.ones(0), 2), ValueError, ["0 and 0", "at least 1"]),
    "evaluate on unequal lengths": (lambda: evaluate(Dense(3, 2, rng=RNG), np.ones((5, 3)), T), ValueError,
                                    ["(5,)", "got (4,)"]),
    "accuracy of outputs": (lambda: accuracy(Z, T), ValueError, ["(4, 3)", "one-hot", "predicted.argmax(axis=1)"]),
    "confusion of labels out of range": (lambda: confusion_matrix(T, T + 1, 3), ValueError, ["1 … 3", "0 … 2"]),
    "half an epoch": (lambda: next(training(Dense(3, 2, rng=RNG), hinge, None, [], 0.5)), ValueError,
                      ["0.5", "whole number"]),
    "a negative step": (lambda: SGD(Dense(3, 2, rng=RNG).params, lr=-1), ValueError, ["-1", "negative", "minus sign"]),
    "an array in place of a tensor": (lambda: draw_graph(np.ones(3)), TypeError, ["ndarray", "Tensor"]),
    "a text in a tensor": (lambda: Tensor("3"), TypeError, ["str", "a number or an array of numbers"]),
    "backward of an array": (lambda: Tensor(np.ones((2, 3))).backward(), ValueError,
                             ["(2, 3)", "single number", ".sum()"]),
    "a check on integers": (lambda: check_gradients(sigmoid, np.arange(3)), TypeError,
                            ["array of floats", "x.astype(float)"]),
    "a check with labels first": (lambda: check_gradients(affine, np.ones((2, 3), int), np.ones((3, 2)), np.ones(2)),
                                  TypeError,
                                  ["int64", "floats come first", "x.astype(float)"]),
    "an unknown method": (lambda: check_gradients(sigmoid, np.ones(2), method="forward"), ValueError,
                          ["'forward'", '"complex" or "central"']),
    "an unknown task": (lambda: check("99-1", abs), ValueError, ["'99-1'", "there are"]),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_the_message_says_what_was_given_what_was_expected_and_the_remedy(case):
    action, kind, parts = BAD_INPUT[case]
    with pytest.raises(kind) as caught:
        action()
    assert type(caught.value) is kind
    missing = [part for part in parts if part not in str(caught.value)]
    assert not missing, f"{missing} not in: {caught.value}"


def test_a_graph_too_large_to_draw():
    y = Tensor(1.0)
    for _ in range(200):
        y = y * 1.1
    with pytest.raises(ValueError, match="401 nodes are too many.*200.*smaller"):
        draw_graph(y)


def test_a_misspelt_name_is_an_attribute_error():
    with pytest.raises(AttributeError):
        course_lib.sotfmax
    with pytest.raises(AttributeError):
        Tensor(1.0).gard = 2.0                          # slots: a misspelt attribute does not pass in silence
