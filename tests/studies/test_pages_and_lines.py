"""Corners of the studies that other tests leave open: the frame of 1989, fine lines in photographs made smaller."""

import numpy as np

from course_lib.studies.faces import resized
from course_lib.studies.lecun1989 import lecun1989


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
