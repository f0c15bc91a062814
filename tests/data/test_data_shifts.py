"""``shifted``: moved images, checked pixel by pixel."""

import numpy as np
import pytest

from course_lib.data import load_digits, shifted


def test_every_pixel_lands_where_it_should():
    x = np.random.default_rng(0).random((3, 25))
    for down, right in ((0, 0), (1, 0), (-1, 0), (0, 2), (0, -2), (3, -1), (5, 0)):
        moved = shifted(x, down, right, side=5)
        for n in range(3):
            for row in range(5):
                for column in range(5):
                    r, c = row - down, column - right
                    inside = 0 <= r < 5 and 0 <= c < 5
                    assert moved[n, 5 * row + column] == (x[n, 5 * r + c] if inside else 0)


def test_it_is_a_new_array_of_the_same_dtype_and_there_and_back_keeps_the_middle():
    x = load_digits(dtype=np.float32).x_train
    kept = x.copy()
    moved = shifted(x, 1, -1)
    moved[:] += 1
    np.testing.assert_array_equal(x, kept)
    assert moved.dtype == np.float32 and not np.shares_memory(shifted(x), x)
    back = shifted(shifted(x, 0, 1), 0, -1).reshape(-1, 8, 8)
    np.testing.assert_array_equal(back[:, :, :-1], x.reshape(-1, 8, 8)[:, :, :-1])


@pytest.mark.parametrize("arguments", [(np.zeros((2, 63)),), (np.zeros(64),), (np.zeros((2, 64)), 9, 0)])
def test_what_cannot_be_an_image_is_refused(arguments):
    with pytest.raises(ValueError, match="shifted"):
        shifted(*arguments)


@pytest.mark.parametrize("move", [(0.5, 0), (0, 1.0), ("1", 0), (None, 0)])
def test_a_move_is_a_whole_number_of_pixels(move):
    with pytest.raises(TypeError, match="moved by whole pixels"):
        shifted(np.zeros((2, 64)), *move)


def test_a_list_of_rows_is_moved_too():
    np.testing.assert_array_equal(shifted([[1, 2, 3, 4]], 1, 0, side=2), [[0, 0, 1, 2]])
