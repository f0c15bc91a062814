"""Metrics: labels in every plain form, R² and its kin, the sizes of error signals."""

import numpy as np
import pytest

from course_lib import Dense, Sequential, Tanh, accuracy, confusion_matrix, metrics, r_squared, root_mean_squared_error

T, P = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 1, 2, 1, 1, 2])
FORMS = {
    "integers": lambda t: t, "a column": lambda t: t[:, np.newaxis], "one-hot rows": lambda t: np.eye(3)[t],
    "one-hot bytes": lambda t: np.eye(3, dtype=np.uint8)[t], "uint8": lambda t: t.astype(np.uint8),
    "uint64": lambda t: t.astype(np.uint64), "whole floats": lambda t: t * 1.0, "a list": lambda t: t.tolist(),
    "bytes": lambda t: bytes(t.tolist()), "Python's numbers": lambda t: t.astype(object),
}


@pytest.mark.parametrize("ours", FORMS)
@pytest.mark.parametrize("theirs", FORMS)
def test_labels_of_two_forms_can_be_compared(ours, theirs):
    assert accuracy(FORMS[ours](P), FORMS[theirs](T)) == pytest.approx(4 / 6)
    counts = confusion_matrix(FORMS[ours](P), FORMS[theirs](T), 3)
    assert counts.tolist() == [[1, 0, 1], [0, 2, 0], [0, 1, 1]]             # row = true, column = predicted


def test_truth_values_names_and_single_labels():
    assert accuracy([True, False], [1, 1]) == accuracy(np.array([True, False]), np.array([True, True])) == 0.5
    assert confusion_matrix(np.array([True, False]), np.array([True, True]), 2).tolist() == [[0, 0], [1, 1]]
    assert accuracy(["cat", "dog"], ["cat", "cat"]) == accuracy(np.array(["cat", "dog"]), ("cat", "cat")) == 0.5
    assert accuracy(3, 3) == 1 and accuracy([-1, 1], [1, 1]) == 0.5
    assert confusion_matrix([], [], 2).tolist() == [[0, 0], [0, 0]]


def test_one_hot_rows_are_compared_as_labels_and_not_entry_by_entry():
    assert accuracy(np.eye(10)[[1, 2]], np.eye(10)[[3, 4]]) == 0            # eight of ten entries are equal


BAD_LABELS = {
    "outputs": (np.full((6, 3), 0.3), ValueError, r"predicted.argmax\(axis=1\)"),
    "shares": (np.full(6, 0.5), ValueError, "whole numbers, got 0.5 in predicted"),
    "NaN": (np.full(6, np.nan), ValueError, "got nan"), "too few": (P[:5], ValueError, r"got \(5,\) and \(6,\)"),
    "names beside numbers": (list("abcdef"), TypeError, "predicted must be numbers"),
    "nothing": (None, TypeError, "NoneType"),
    "ragged": ([[1], [1, 2]], ValueError, "different shapes"), "one": (1, ValueError, r"\(1,\) and \(6,\)"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_what_is_no_label_is_refused(case):
    predicted, kind, text = BAD_LABELS[case]
    with pytest.raises(kind, match=f"accuracy.*{text}"):
        accuracy(predicted, T)
    with pytest.raises(kind, match="confusion_matrix"):
        confusion_matrix(predicted, T, 3)


def test_empty_labels_and_a_number_of_classes_that_is_none():
    with pytest.raises(ValueError, match="not be empty"):
        accuracy([], [])
    for classes in (0, 2.5, True, None):
        with pytest.raises(ValueError, match="classes must be a positive whole number"):
            confusion_matrix([0], [0], classes)
    with pytest.raises(ValueError, match="0 … 1, got 0 … 2"):
        confusion_matrix(P, T, 2)


# ---- regression -------------------------------------------------------------------------------------------------

def test_r_squared_and_the_root_mean_squared_error():
    t, y = np.array([1.0, 2, 3, 6]), np.array([1.0, 2, 5, 6])
    assert r_squared(t, t) == 1 and root_mean_squared_error(t, t) == 0
    assert r_squared(np.full(4, 3.0), t) == 0 and r_squared(-t, t) < 0     # the mean; worse than the mean
    assert r_squared(y, t) == pytest.approx(1 - 4 / 14) and root_mean_squared_error(y, t) == 1
    for a in (y, y[:, np.newaxis], y.tolist(), y.astype(np.uint8)):
        for b in (t, t[:, np.newaxis], t.tolist(), t.astype(np.uint8)):     # bytes would wrap around
            assert r_squared(a, b) == r_squared(y, t) and root_mean_squared_error(a, b) == 1
    assert root_mean_squared_error(np.ones((3, 2)), np.zeros((3, 2))) == 1
    assert type(r_squared(y, t)) is type(root_mean_squared_error(y, t)) is float


BAD_TARGETS = {
    "a column and a long row": ((np.ones((3, 1)), np.ones((1, 3))), "same shape.*broadcast"),
    "a number": ((1.0, np.arange(3.0)), "same shape"), "none": (([], []), "not be empty"),
    "NaN": (([1, np.nan], [1, 2]), "finite"), "infinity": (([1, 2], [1, np.inf]), "finite"),
    "ragged": (([[1], [1, 2]], [1, 2]), "array"),
}


@pytest.mark.parametrize("case", BAD_TARGETS)
@pytest.mark.parametrize("measure", [r_squared, root_mean_squared_error])
def test_what_would_be_broadcast_or_is_not_finite_is_refused(measure, case):
    arguments, text = BAD_TARGETS[case]
    with pytest.raises(ValueError, match=f"{measure.__name__}.*{text}"):
        measure(*arguments)


def test_constant_targets_have_no_r_squared():
    for t in (np.full(1442, 0.7), [3], np.array([0.1 * 3, 0.3]), np.zeros(4)):
        with pytest.raises(ValueError, match="variance, by which R² divides, is 0"):
            r_squared(np.arange(len(t)), t)
    with pytest.raises(ValueError, match=r"got \(3, 2\); take one column at a time"):
        r_squared(np.ones((3, 2)), np.ones((3, 2)))
    with pytest.raises(TypeError, match="predicted must be numbers"):
        r_squared(["a"], [1])


# ---- error signals ----------------------------------------------------------------------------------------------

def test_error_signals_are_the_norms_that_pass_through_the_network():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 2, rng=rng))
    x, dy = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    deltas, weights = metrics.error_signals(net, x, dy)
    (W1, b1, W2, b2) = [p.data for p in net.params]
    h = np.tanh(x @ W1 + b1)
    dz = (dy @ W2.T) * (1 - h * h)
    np.testing.assert_allclose(deltas, [np.linalg.norm(dz), np.linalg.norm(dy)])
    np.testing.assert_allclose(weights, [np.linalg.norm(x.T @ dz), np.linalg.norm(h.T @ dy)])
