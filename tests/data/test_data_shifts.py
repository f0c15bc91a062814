"""``shifted`` and ``moved``: images checked pixel by pixel."""

import numpy as np
import pytest

from course_lib.data import load_digits, moved, shifted


def test_every_pixel_lands_where_it_should():
    x = np.random.default_rng(0).random((3, 25))
    for down, right in ((0, 0), (1, 0), (-1, 0), (0, 2), (0, -2), (3, -1), (5, 0)):
        there = shifted(x, down, right, side=5)
        for n in range(3):
            for row in range(5):
                for column in range(5):
                    r, c = row - down, column - right
                    inside = 0 <= r < 5 and 0 <= c < 5
                    assert there[n, 5 * row + column] == (x[n, 5 * r + c] if inside else 0)


def test_it_is_a_new_array_of_the_same_dtype_and_there_and_back_keeps_the_middle():
    x = load_digits(dtype=np.float32).x_train
    kept = x.copy()
    there = shifted(x, 1, -1)
    there[:] += 1
    np.testing.assert_array_equal(x, kept)
    assert there.dtype == np.float32 and not np.shares_memory(shifted(x), x)
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


# ---- moved: turned, made larger, by parts of a pixel ----------------------------------------------------------------

@pytest.mark.parametrize("down, right", [(0, 0), (1, 0), (-2, 3), (0, -1), (8, 0), (0, 20)])
def test_whole_pixels_are_moved_as_by_shifted(down, right):
    x = np.random.default_rng(0).random((4, 64))
    there = shifted(x, max(-8, min(8, down)), max(-8, min(8, right)))
    np.testing.assert_allclose(moved(x, 0, 1, down, right), there, atol=1e-12)


def test_a_quarter_turn_goes_to_the_right_and_half_a_pixel_is_shared():
    x = np.random.default_rng(0).random((2, 64))
    quarter = moved(x, np.pi / 2, 1, 0, 0).reshape(-1, 8, 8)
    np.testing.assert_allclose(quarter, np.rot90(x.reshape(-1, 8, 8), -1, axes=(1, 2)), atol=1e-12)
    np.testing.assert_allclose(moved(x, 0, 1, 0, 0.5), (x + shifted(x, 0, 1)) / 2, atol=1e-12)


def test_twice_the_size_shows_the_middle_and_half_the_size_leaves_paper():
    x = np.arange(64.0)[np.newaxis]                             # a plane, which bilinear interpolation keeps
    larger = moved(x, 0, 2, 0, 0).reshape(8, 8)
    row, column = (np.indices((8, 8)) - 3.5) / 2 + 3.5
    np.testing.assert_allclose(larger, 8 * row + column)
    smaller = moved(x, 0, 0.5, 0, 0).reshape(8, 8)
    assert smaller[[0, -1]].max() == 0 and smaller[3:5, 3:5].min() > 0


def test_every_image_has_amounts_of_its_own_and_nothing_is_changed():
    x = np.random.default_rng(0).random((3, 64)).astype(np.float32)
    kept, rng = x.copy(), np.random.default_rng(1)
    turn, size, down, right = rng.normal(size=3), rng.uniform(0.5, 2, 3), rng.normal(size=3), rng.normal(size=3)
    all_three = moved(x, turn, size, down, right)
    for i in range(3):
        np.testing.assert_allclose(all_three[i], moved(x[i:i + 1], turn[i], size[i], down[i], right[i])[0], rtol=1e-6)
    np.testing.assert_array_equal(x, kept)
    assert all_three.dtype == np.float32 and 0 <= all_three.min() and all_three.max() <= 1
    with pytest.raises(ValueError, match=r"moved: x must have shape \(N, 64\)"):
        moved(x[:, :63], 0, 1, 0, 0)
    with pytest.raises(ValueError, match="moved: sizes are factors above 0"):
        moved(x, 0, 0, 0, 0)


def test_whole_pixels_cannot_be_mixed():
    with pytest.raises(TypeError, match="moved: x must be floats.*got int64; x / 16"):
        moved(np.ones((1, 64), np.int64), 0.1, 1, 0, 0)
