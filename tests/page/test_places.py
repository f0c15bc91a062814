"""Pictures: what lies where. Rows and columns, colours with a meaning, contour lines at a saddle."""

import base64
import re
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np

from course_lib import Dense, Sequential, Tensor
from course_lib.page.drawing import Chart, draw_graph, draw_network, palette
from course_lib.page.drawing.contours import contours
from course_lib.page.plotting import confusion, photographs

SVG = "{http://www.w3.org/2000/svg}"


def parts(svg, kind):
    return list(ET.fromstring(svg).iter(SVG + kind))


def test_row_0_of_a_heat_map_lies_at_the_bottom():
    chart = Chart((0, 1), (0, 1)).heat([[0.0], [1.0]], colour=palette.grey)
    png = base64.b64decode(re.search(r'base64,([^"]*)', str(chart)).group(1))
    assert b"\0\0\0\0\0\xff\xff\xff" in png             # black, which is 1, and white below; each row begins with a 0


def test_parameters_have_their_colour_and_two_arrows_between_two_boxes_lie_apart():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(3, 4, rng=rng), Dense(4, 1, rng=rng))
    boxes = parts(draw_graph(net.trace(Tensor(np.ones((5, 3))))).svg, "rect")
    assert [box.get("stroke") for box in boxes].count(palette.PARAMETER) == 4
    a = Tensor(2.0, "a")
    heights = [arrow.get("y1") for arrow in parts(draw_graph(a + a).svg, "line")]
    assert len(heights) == len(set(heights)) == 2


def test_a_network_counts_the_units_it_leaves_out_and_tells_signs_by_colour():
    assert "and 4 more" in [t.text for t in parts(draw_network([np.ones(3), np.ones(20)]).svg, "text")]
    lines = parts(draw_network([np.ones(1), np.ones(2)], weights=[np.array([[1.0, -1.0]])]).svg, "line")
    assert [e.get("stroke") for e in lines] == [palette.signed(0.6), palette.signed(-0.6)]


def test_at_a_saddle_the_middle_decides_which_corners_belong_together():
    """The middle is ½. Below that level the lines cut off the two low corners, above it the two high ones."""
    for level, lines in ((0.4, [[(0, 0.6), (0.4, 1)], [(0.6, 0), (1, 0.4)]]),
                         (0.6, [[(0, 0.4), (0.4, 0)], [(0.6, 1), (1, 0.6)]])):
        np.testing.assert_allclose(sorted(sorted(line) for line in contours([[1, 0], [0, 1]], level)), lines)


def test_counts_and_photographs_stand_in_their_rows_and_columns():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, (left, right) = plt.subplots(1, 2)
    confusion(left, np.array([[5, 1], [0, 7]]))
    assert {t.get_position(): t.get_text() for t in left.texts} == {(0, 0): "5", (1, 0): "1", (1, 1): "7"}
    grid = np.arange(24.0).reshape(2, 2, 2, 3)
    photographs(right, grid)
    side_by_side = np.block([[grid[0, 0], grid[0, 1]], [grid[1, 0], grid[1, 1]]])
    np.testing.assert_array_equal(right.images[0].get_array(), side_by_side)
    plt.close(figure)
