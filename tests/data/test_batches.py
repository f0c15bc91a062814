"""Batches cut rows, never time, and say what becomes of a short one; constant columns are only centred."""

import numpy as np
import pytest

from course_lib import Batches, standardise
from course_lib.data import adding_problem
from course_lib.data.batches import batch_slices

SHORT = {
    (10, 3): {"merge": [3, 3, 4], "keep": [3, 3, 3, 1], "drop": [3, 3, 3]},
    (11, 3): {"merge": [3, 3, 5], "keep": [3, 3, 3, 2], "drop": [3, 3, 3]},
    (10, 5): {"merge": [5, 5], "keep": [5, 5], "drop": [5, 5]},
    (7, 7): {"merge": [7], "keep": [7], "drop": [7]},
    (5, 8): {"merge": [5], "keep": [5]},
    (4, 1): {"merge": [1] * 4, "keep": [1] * 4, "drop": [1] * 4},
    (1, 1): {"merge": [1], "keep": [1], "drop": [1]},
    (1, 9): {"merge": [1], "keep": [1]},
}


@pytest.mark.parametrize("n, size", SHORT)
def test_each_epoch_covers_every_row_once_and_keeps_pairs_together(n, size):
    x = np.arange(n)[:, np.newaxis] * 1.0
    for last, sizes in SHORT[n, size].items():
        batches = Batches(x, 10 * np.arange(n), size, rng=np.random.default_rng(3), last=last)
        for _ in range(3):
            found = list(batches)
            assert len(found) == len(batches) and [len(t) for _, t in found] == sizes
            rows = np.concatenate([t for _, t in found])
            assert len(set(rows)) == len(rows) == (n if last != "drop" else n // size * size)
            assert all(np.array_equal(10 * xs[:, 0], ts) for xs, ts in found)


def test_rows_are_shuffled_and_not_only_the_batches():
    x = np.arange(12)[:, np.newaxis]
    batches = Batches(x, np.arange(12), 4, rng=np.random.default_rng(4))
    blocks = [{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}]
    first, second = ([t.tolist() for _, t in batches] for _ in range(2))
    assert first != second                              # a fresh order each epoch
    assert any(set(t) not in blocks for t in first)
    same = Batches(x, np.arange(12), 4, rng=np.random.default_rng(4))
    assert first == [t.tolist() for _, t in same]       # the generator alone decides
    assert [t.tolist() for _, t in Batches(x, np.arange(12), 5)] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11]]


def test_a_batch_is_a_copy():
    x = np.zeros((4, 2))
    for xs, _ in Batches(x, np.zeros(4, int), 2):
        xs += 1
    assert not x.any()


def test_a_merged_batch_spares_batch_norm_a_single_row():
    from course_lib import SGD, BatchNorm, Dense, Sequential, softmax_cross_entropy, training
    rng = np.random.default_rng(0)
    net = Sequential(Dense(2, 3, rng=rng), BatchNorm(3))
    batches = Batches(rng.normal(size=(9, 2)), np.arange(9) % 3, 4, rng=rng)
    losses = [loss for _, _, loss in training(net, softmax_cross_entropy, SGD(net.params, lr=0.1), batches, 2)]
    assert len(losses) == 4 and np.all(np.isfinite(losses))


def test_slices_follow_each_other():
    for n in range(1, 12):
        for size in range(1, 14):
            for last in ("merge", "keep", "drop")[:2 if n < size else 3]:
                parts = batch_slices(n, size, last)
                rows = [i for part in parts for i in range(n)[part]]
                assert rows == list(range(n // size * size if last == "drop" else n))
                assert all(part.stop > part.start for part in parts)


def test_lists_bytes_and_python_numbers_are_rows():
    batches = Batches([[1, 2], [3, 4]], b"\x00\x07", 1)
    assert [(x.tolist(), t.tolist()) for x, t in batches] == [([[1, 2]], [0]), ([[3, 4]], [7])]


def test_sequences_are_cut_along_the_batch_and_never_along_time():
    xs, t = adding_problem(np.random.default_rng(0), T=10, N=7)
    per_step = xs[..., 0]
    batches = Batches(xs, t, 3, axis=1)
    assert [(a.shape, b.shape) for a, b in batches] == [((10, 3, 2), (3, 1)), ((10, 4, 2), (4, 1))]
    assert len(batches) == 2
    for targets in (per_step, xs):                      # something at each time
        parts = list(Batches(xs, targets, 2, axis=1, last="keep"))
        np.testing.assert_array_equal(np.concatenate([a for a, _ in parts], axis=1), xs)
        np.testing.assert_array_equal(np.concatenate([b for _, b in parts], axis=1), targets)
    shuffled = Batches(xs, t, 7, axis=1, rng=np.random.default_rng(1))
    (a, b), = shuffled
    assert not np.array_equal(a, xs)
    np.testing.assert_allclose((a[..., 0] * a[..., 1]).sum(axis=0), b[:, 0])        # each sum with its sequence
    rows = Batches(xs, per_step, 4, axis=0)             # said: each row is an example
    assert [a.shape for a, _ in rows] == [(4, 7, 2), (6, 7, 2)]


X = np.ones((6, 2))
BAD_BATCHES = {
    "sequences of numbers": ((np.ones((5, 3, 2)), np.ones((5, 3)), 2), {}, ValueError,
                             r"\(5, 3, 2\).*axis=1, or axis=0"),
    "sequences of symbols": ((np.ones((5, 3), int), np.ones((5, 3), int), 2), {}, ValueError, "axis=1, or axis=0"),
    "a label a sequence": ((np.ones((5, 3, 2)), np.ones(3), 2), {}, ValueError,
                           "5 and 3; for sequences, time first, say axis=1"),
    "no batch axis": ((np.ones(6), np.ones(6), 2), {"axis": 1}, ValueError, r"\(T, N, ...\).*got \(6,\)"),
    "an axis too far": ((X, np.ones(6), 2), {"axis": 2}, ValueError, "0 .rows. or 1 .sequences.*got 2"),
    "another word": ((X, np.ones(6), 2), {"last": "short"}, ValueError, '"merge", "keep" or "drop", got \'short\''),
    "nothing left": ((X, np.ones(6), 7), {"last": "drop"}, ValueError, "6 rows do not fill a batch of 7"),
    "a truth value": ((X, np.ones(6), True), {}, ValueError, "size must be a positive whole number, got True"),
    "NaN": ((X, np.ones(6), np.nan), {}, ValueError, "size must be a positive whole number, got nan"),
    "a number": ((1.0, 1.0, 2), {}, ValueError, r"got \(\) and \(\)"),
    "ragged": (([[1], [1, 2]], [0, 1], 2), {}, ValueError, "x must be an array"),
    "names": ((X, list("abcdef"), 2), {}, TypeError, "np.unique"),
    "nothing": (([], [], 2), {}, ValueError, "at least 1, got 0 and 0"),
}


@pytest.mark.parametrize("case", BAD_BATCHES)
def test_what_is_not_plain_is_refused(case):
    arguments, options, kind, text = BAD_BATCHES[case]
    with pytest.raises(kind, match=text):
        Batches(*arguments, **options)


def test_rows_that_only_resemble_sequences_need_no_axis():
    images, column = np.ones((6, 1, 4, 4)), np.ones((6, 1), int)
    for x, t in ((images, images), (X, X), (column, column), (images, column), (X, np.eye(2, dtype=int)[[0] * 6])):
        assert len(Batches(x, t, 2)) == 3


# ---- columns ----------------------------------------------------------------------------------------------------

def test_standardise():
    x = np.random.default_rng(5).normal(3, 2, size=(50, 4))
    x[:, 2] = 7.0                                       # a constant column is only centred
    y = standardise(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), [1, 1, 0, 1], rtol=1e-12)
    np.testing.assert_allclose(standardise(x[:5], like=x), y[:5], rtol=1e-13, atol=1e-13)
    assert standardise(x.astype(np.float32)).dtype == np.float32
    varied = x[:, [0, 1, 3]]
    np.testing.assert_array_equal(standardise(varied), (varied - varied.mean(axis=0)) / varied.std(axis=0))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [0.7, 0.1, -1e6, 1e-8, 0.0, 1 / 3])
@pytest.mark.parametrize("n", [1, 2, 999, 1442])
def test_a_constant_column_is_only_centred_however_its_mean_rounds(n, value, dtype):
    column = np.full((n, 1), value, dtype)
    assert not standardise(column).any()
    other = column[:1] + dtype(1e-4)
    moved = standardise(other, column)
    assert moved.dtype == dtype and moved == pytest.approx(float(other[0, 0]) - float(column[0, 0]), rel=1e-12)


def test_a_column_that_is_constant_up_to_rounding_is_only_centred():
    rng = np.random.default_rng(0)
    assert standardise(np.array([[0.7001]]), np.full((1442, 1), 0.7)) == pytest.approx(1e-4)
    for column in (np.array([[0.1 * 3], [0.3]] * 50), 0.7 * (1 + 1e-15 * rng.normal(size=(99, 1))),
                   np.float32(0.7) * (1 + np.float32(1e-7) * rng.normal(size=(99, 1)).astype(np.float32))):
        assert np.abs(standardise(column)).max() < 1e-6
    for column in (1e8 + rng.normal(size=(99, 1)), 1 + 1e-9 * rng.normal(size=(99, 1)),
                   np.array([[10 ** 9], [10 ** 9 + 1]]), (1e6 + rng.normal(size=(1442, 1))).astype(np.float32)):
        assert standardise(column).std() == pytest.approx(1, rel=1e-5)              # small beside its mean, and real


def test_a_column_whose_deviation_is_too_small_for_a_float_is_only_centred():
    np.testing.assert_array_equal(standardise(np.array([[0.0], [2e-300]])), [[-1e-300], [1e-300]])


def test_integers_bytes_truth_values_and_lists_become_floats():
    column = np.array([[0], [200], [100]])
    right = standardise(column * 1.0)
    for given in (column, column.astype(np.uint8), column.tolist(), column.astype(object)):
        np.testing.assert_array_equal(standardise(given), right)
    np.testing.assert_array_equal(standardise(b"\x00\x02"), [-1, 1])
    np.testing.assert_array_equal(standardise([True, False]), [1, -1])
    np.testing.assert_array_equal(standardise(column.astype(np.uint8), column * 1.0), right)
    assert standardise(np.zeros((0, 2)), np.ones((3, 2))).shape == (0, 2)
    assert standardise(np.float32([[1], [2]]), np.array([[1.0], [3.0]])).dtype == np.float32


BAD_COLUMNS = {
    "no rows": ((np.zeros((0, 3)),), ValueError, "M at least 1"), "a number": ((1.0,), ValueError, r"got \(\)"),
    "NaN": ((np.array([[1.0], [np.nan]]),), ValueError, "NaN or inf.*isfinite"),
    "another width": ((np.ones((3, 2)), np.ones((3, 1))), ValueError, r"same columns.*\(3, 2\) and \(3, 1\)"),
    "names": (([["a"]],), TypeError, "x must be numbers"), "ragged": (([[1], [1, 2]],), ValueError, "different shapes"),
    "complex": ((np.ones((2, 1)) * 1j,), TypeError, "real numbers"),
}


@pytest.mark.parametrize("case", BAD_COLUMNS)
def test_what_has_no_standard_deviation_is_refused(case):
    arguments, kind, text = BAD_COLUMNS[case]
    with pytest.raises(kind, match=text):
        standardise(*arguments)
