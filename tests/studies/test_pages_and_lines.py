"""Corners of the studies that other tests leave open: the frame of 1989, fine lines in small photographs, loops."""

import numpy as np

from course_lib.studies.depth import WRONG, outcome
from course_lib.studies.descents import bowl, shuffled_descents
from course_lib.studies.faces import resized
from course_lib.studies.faces.verification import verification_accuracy
from course_lib.studies.lecun1989 import lecun1989
from course_lib.studies.recurrence import memory_gradient
from course_lib.studies.relaxation import network_with, relaxations


def test_on_an_empty_page_all_units_of_a_map_see_the_same():
    """The frame is background too: −1, as the page."""
    net = lecun1989(rng=np.random.default_rng(0))
    y = np.full((1, 1, 16, 16), -1.0)
    for layer in net.layers[:2]:
        y, _ = layer(y)
    assert y.shape == (1, 12, 8, 8) and np.ptp(y, axis=(2, 3)).max() < 1e-12 < np.ptp(y)


def test_lines_three_pixels_apart_become_an_even_grey_and_are_not_met_or_missed_by_chance():
    lines = np.zeros((1, 36, 36))
    lines[:, 1::3] = 1
    np.testing.assert_allclose(resized(lines, 12, 12)[:, 1:-1], 1 / 3)


def test_the_memory_is_passed_on_by_the_forget_gates_after_the_time_and_up_to_now():
    gates = np.array([0.1, 0.2, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(memory_gradient(gates, 3), [0.2 * 0.5 * 0.7, 0.5 * 0.7, 0.7, 1, 0])


def test_the_rows_left_over_join_the_batch_before_them():
    X, t, _ = bowl()
    points = shuffled_descents(100, 1e-9, 2, np.random.default_rng(0))[:, 0]       # 100 rows, then 189
    first, second = np.diff(points, axis=0) / 1e-9
    np.testing.assert_allclose(100 * first + (len(X) - 100) * second, -2 * X.T @ (X @ points[0] - t), rtol=1e-4)


def test_no_more_wrong_labels_are_learnt_than_there_are():
    for strength in (0, 7):
        assert 0 <= outcome("weight decay", strength)[2] <= WRONG


def test_the_adjoint_is_relaxed_with_the_transposed_jacobian():
    _, adjoint, J, _ = relaxations(0.7, "pair", 1.0)
    dz = network_with("pair")[3]
    assert adjoint[0] == np.abs(J.T @ dz).max() != np.abs(J @ dz).max()


def test_a_pair_at_the_threshold_itself_is_accepted():
    distances, same = np.array([1.0] * 9 + [2.0] + [3.0] * 10), np.repeat([True, False], 10)
    assert verification_accuracy(distances, same, folds=10, rng=np.random.default_rng(0)) == 1      # 2, half-way to 3
