"""Losses take what people give them: labels in every plain form, integers and lists; the rest is refused."""

import numpy as np
import pytest

from course_lib import (
    Tensor,
    binary_cross_entropy,
    hinge,
    mean_squared_error,
    softmax_cross_entropy,
    triplet_loss,
)
from course_lib.rules.labels import labels
from course_lib.studies.faces.classifier import margin_loss

Z = np.random.default_rng(0).normal(size=(4, 3))
T = np.array([0, 1, 2, 1])
B = np.array([1, 0, 1, 1])

PLAIN = {
    "a column": T[:, np.newaxis], "one-hot rows": np.eye(3)[T], "one-hot bytes": np.eye(3, dtype=np.uint8)[T],
    "one-hot truth values": np.eye(3, dtype=bool)[T], "uint8": T.astype(np.uint8), "uint64": T.astype(np.uint64),
    "int8": T.astype(np.int8), "whole floats": T * 1.0, "whole halves": T.astype(np.float16), "a list": T.tolist(),
    "a list of lists": np.eye(3)[T].tolist(), "a tuple": tuple(T.tolist()), "bytes": bytes(T.tolist()),
    "a bytearray": bytearray(T.tolist()), "Python's numbers": T.astype(object),
}
REFUSED = {
    "halves": (T + 0.5, ValueError, "whole numbers, got 0.5"),
    "NaN": (np.array([0, 1, np.nan, 1]), ValueError, "whole numbers, got nan"),
    "infinity": ([0, 1, np.inf, 1], ValueError, "whole numbers, got inf"),
    "a row": (T[np.newaxis], ValueError, r"\(4,\).*got \(1, 4\); turn it: t.T"),
    "one-hot columns": (np.eye(3)[T].T, ValueError, r"got \(3, 4\); turn it: t.T"),
    "shares": (np.full((4, 3), 1 / 3), ValueError, "one-hot rows.*argmax"),
    "two ones in a row": (np.eye(3, dtype=int)[T] + np.eye(3, dtype=int)[T - 1], ValueError, "one-hot rows"),
    "rows of zeros": (np.zeros((4, 3)), ValueError, "one-hot rows"),
    "one-hot of another width": (np.eye(4)[T], ValueError, r"one-hot rows \(4, 3\)\), got \(4, 4\)"),
    "one label": (1, ValueError, r"\(4,\).*got \(\)"),
    "too few": (T[:3], ValueError, "does every row have its label"),
    "none": ([], ValueError, r"got \(0,\)"),
    "too large": (T + 1, ValueError, "0 … 2, got 1 … 3"),
    "negative": (T - 1, ValueError, "0 … 2, got -1 … 1"),
    "beyond 64 bits": (np.array([2 ** 64 - 1] * 4, np.uint64), ValueError, "0 … 2"),
    "a text of digits": (b"0121", ValueError, "0 … 2, got 48 … 50"),
    "names": (list("abca"), TypeError, "np.unique"),
    "nothing": (None, TypeError, "must be numbers, got NoneType"),
    "a tensor": (Tensor(T * 1.0), TypeError, "must be numbers, got Tensor"),
    "a gap": ([0, 1, None, 1], TypeError, "must be numbers, got object"),
    "ragged lists": ([[0], [1, 2], [2], [1]], ValueError, "different shapes"),
    "complex numbers": (T + 0j, TypeError, "complex128"),
}


def gradient(loss, *arguments):
    value, backward = loss(*arguments)
    return [value, *np.ravel(backward())]


@pytest.mark.parametrize("form", PLAIN)
@pytest.mark.parametrize("loss", [softmax_cross_entropy, hinge, margin_loss])
def test_plain_labels_give_what_integers_give_bit_by_bit(loss, form):
    assert gradient(loss, Z, PLAIN[form]) == gradient(loss, Z, T)


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("loss", [softmax_cross_entropy, hinge])
def test_other_labels_are_refused_with_the_remedy(loss, case):
    t, kind, text = REFUSED[case]
    with pytest.raises(kind, match=f"{loss.__name__}: .*{text}") as caught:
        loss(Z, t)
    assert type(caught.value) is kind


def test_logits_may_be_lists_and_integers_and_bytes_do_not_wrap_around():
    z = np.array([[0, 200, 250], [3, 1, 2]])
    for loss in (softmax_cross_entropy, hinge):
        right = gradient(loss, z * 1.0, [0, 2])
        assert gradient(loss, z.astype(np.uint8), [0, 2]) == gradient(loss, z, [0, 2]) == right
        assert gradient(loss, z.tolist(), [0, 2]) == right
        with pytest.raises(ValueError, match="the batch is empty"):
            loss(np.zeros((0, 3)), [])
        with pytest.raises(ValueError, match=r"\(2, 5, 3\) and \(2, 5\); of sequences make one batch: z.reshape"):
            loss(np.zeros((2, 5, 3)), np.zeros((2, 5), int))
    assert mean_squared_error(np.uint8([0, 3]), np.uint8([1, 1]))[0] == mean_squared_error([0, 3], [1, 1])[0] == 2.5
    assert mean_squared_error(np.array([True, False]), [True, True])[0] == 0.5
    a, p, n = np.uint8([[0], [9]]), np.uint8([[1], [8]]), np.uint8([[3], [7]])
    assert gradient_of_triplets(a, p, n) == gradient_of_triplets(a * 1.0, p * 1.0, n * 1.0)


def gradient_of_triplets(*arguments):
    value, backward = triplet_loss(*arguments, margin=9.0)
    return [value, *np.concatenate(backward()).ravel()]


def test_one_logit_takes_a_row_a_column_or_two_classes():
    z = np.array([0.5, -2.0, 1.0, -0.3])
    right = gradient(binary_cross_entropy, z, B * 1.0)
    for t in (B, B[:, np.newaxis], B > 0, B.tolist(), bytes(B.tolist()), B.astype(np.uint8), np.eye(2)[B]):
        assert gradient(binary_cross_entropy, z, t) == gradient(binary_cross_entropy, z[:, np.newaxis], t) == right
    assert binary_cross_entropy(z[:, np.newaxis], B)[1]().shape == (4, 1)
    soft = gradient(binary_cross_entropy, z, 0.9 * B)
    assert gradient(binary_cross_entropy, z[:, np.newaxis], 0.9 * B) == soft != right
    assert binary_cross_entropy(0.5, 1)[0] == binary_cross_entropy(np.array([0.5]), [1])[0]
    for t, text in ((2 * B - 1, r"\(t \+ 1\) / 2"), (np.where(B, np.nan, 0), "nan"), (B + 1, "1 to 2"),
                    (B[:3], "same shape"), (B[np.newaxis], "same shape"), ([], "same shape")):
        with pytest.raises(ValueError, match=text):
            binary_cross_entropy(z, t)
    with pytest.raises(ValueError, match="the batch is empty"):
        binary_cross_entropy([], [])
    with pytest.raises(ValueError, match="binary_cross_entropy"):       # a softmax of one is always 1
        softmax_cross_entropy(z[:, np.newaxis], B)


def test_targets_keep_the_dtype_of_the_outputs():
    y = np.array([1, 2], np.float32)
    for t in (np.array([0, 1]), np.uint8([0, 1]), [True, False]):
        for loss in (mean_squared_error, binary_cross_entropy):
            value, backward = loss(y, t)
            assert value.dtype == backward().dtype == np.float32


def test_missing_targets_are_told_and_a_training_that_diverged_is_not_blamed_on_them():
    y = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="t holds NaN"):
        mean_squared_error(y, [1, np.nan])
    assert np.isnan(mean_squared_error(np.array([np.nan, 1]), y)[0])
    assert np.isnan(softmax_cross_entropy(np.full((1, 2), np.nan), [0])[0])
    with pytest.raises(ValueError, match="the batch is empty"):
        mean_squared_error([], [])
    with pytest.raises(TypeError, match="t must be numbers"):
        mean_squared_error(y, ["a", "b"])


def test_labels_at_each_time_of_a_sequence_and_any_labels_without_a_number_of_classes():
    t = np.arange(6).reshape(3, 2) % 4
    for given in (t, t[..., np.newaxis], np.eye(4)[t], t * 1.0):
        np.testing.assert_array_equal(labels("here", given, (3, 2), 4), t)
    assert labels("here", [-1, 1]).tolist() == [-1, 1]
    assert labels("here", 3).tolist() == [3] and labels("here", []).shape == (0,)
    kept = np.array([0, 1], np.uint8)
    assert labels("here", kept, (2,), 2) is kept
    with pytest.raises(ValueError, match=r"\(t \+ 1\) // 2"):
        labels("here", [-1, 1], (2,), 2)
