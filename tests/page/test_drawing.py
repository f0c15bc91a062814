"""Drawings: well-formed, the same bytes every time, told in words, boxes apart, data where the axes say."""

import base64
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest

from course_lib import Dense, ReLU, Sequential, Tensor, apply, mean_squared_error, sigmoid, softmax_cross_entropy
from course_lib.graph import topological_order
from course_lib.page.drawing import Chart, draw_blocks, draw_graph, draw_loop, draw_network, palette, svg
from course_lib.page.drawing.graphs import caption, layout

SVG = "{http://www.w3.org/2000/svg}"


def neuron():
    w, x, b, t = (Tensor(v, n) for v, n in ((0.5, "w"), (2.0, "x"), (-0.3, "b"), (1.0, "t")))
    loss = (apply(sigmoid, w * x + b) - t) ** 2
    loss.backward()
    return loss


def diamond():
    a = Tensor(2.0, "a <&>\"")
    b = a + a
    return b * b + b * a


def layers():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 2, rng=rng))
    return apply(softmax_cross_entropy, net.trace(Tensor(np.ones((5, 3)), "x")), np.array([0, 1, 0, 1, 1]))


def unrolled():
    h, w = Tensor(0.1, "h"), Tensor(0.9, "w")
    for i in range(6):
        h = apply(sigmoid, h * w + 0.1)
    return h


def wide():
    parts = [Tensor(float(i), f"x{i}") * Tensor(1.0 + i, f"w{i}") for i in range(8)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return apply(mean_squared_error, total, Tensor(1.0, "t"))


GRAPHS = [neuron, diamond, layers, unrolled, wide]


def pictures():
    """One of each kind of drawing."""
    rng = np.random.default_rng(1)
    activations = [rng.uniform(size=n) for n in (3, 20, 2)]
    weights = [rng.normal(size=(3, 20)), rng.normal(size=(20, 2))]
    chart = Chart((0, 10), (-1, 1), title="t & t", x_label="step", y_label="loss (nats)")
    chart.line(range(11), np.sin(range(11)), label="sine").points([1], [0.5], titles=["<p>"]).rule(x=3, y=0, label="r")
    chart.bars([2, 4], [0.5, -0.5], width=1).arrow(0, 0, 5, 0.5).note(1, 1, "a < b").heat(rng.uniform(size=(4, 6)))
    log = Chart((1e-4, 10), (1e-3, 1e3), log_x=True, log_y=True).line([1e-4, 1, 10], [1e-3, 1, 1e3])
    return {**{f.__name__: draw_graph(f()).svg for f in GRAPHS},
            "network": draw_network(activations, weights=weights, labels=["in", "hidden", "out"]).svg,
            "one unit": draw_network(activations, weights=weights, highlight=(1, 3)).svg,
            "blocks": draw_blocks([("affine", "N × 3", "W, b"), ("relu", "N × 3", ""), ("loss", "number", "t")]).svg,
            "chart": svg.drawing(420, 280, str(chart), title="chart"),
            "log": svg.drawing(420, 280, str(log), title="log")}


@pytest.mark.parametrize("name", pictures())
def test_every_drawing_is_well_formed_and_has_a_role_and_a_title(name):
    root = ET.fromstring(pictures()[name])
    assert root.tag == SVG + "svg" and root.get("role") == "img"
    assert root[0].tag == SVG + "title" and root[0].text.strip()
    x, y, width, height = map(float, root.get("viewBox").split())
    assert (x, y) == (0, 0) and width > 0 and height > 0
    assert "nan" not in pictures()[name].lower()
    assert "inf" not in re.sub(r"<title>.*?</title>", "", pictures()[name]).lower()


def test_the_same_bytes_whatever_the_hash_seed():
    outputs = set()
    for seed in ("1", "2"):
        code = "import sys; sys.path.insert(0, sys.argv[1]); import test_drawing as t; print(repr(t.pictures()))"
        run = subprocess.run([sys.executable, "-c", code, os.path.dirname(__file__)], capture_output=True, text=True,
                             check=True, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"})
        outputs.add(run.stdout)
    assert len(outputs) == 1 and repr(pictures()) == outputs.pop().rstrip("\n")


@pytest.mark.parametrize("make", GRAPHS)
def test_boxes_lie_apart_inside_the_paper_and_arrows_go_right(make):
    loss = make()
    nodes = topological_order(loss)
    places, width, height = layout(nodes)
    assert len(places) == len(nodes)
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(places.values(), 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    for node in nodes:
        longest = max(map(len, caption(node)))
        assert 6.5 * longest < places[id(node)][2] < 6.5 * longest + 60     # as wide as its text
    for x, y, w, h in places.values():
        assert 0 <= x and x + w <= width and 0 <= y and y + h <= height
    for node in nodes:
        for used in node.inputs:
            assert places[id(used)][0] + places[id(used)][2] < places[id(node)][0]


def test_a_graph_shows_names_values_and_gradients():
    loss = neuron()
    texts = [e.text for e in ET.fromstring(draw_graph(loss).svg).iter(SVG + "text")]
    w = next(n for n in topological_order(loss) if n.name == "w")
    assert {"w", "0.5", f"grad {w.grad:.4g}".replace("-", "−"), "×", "+", "sigmoid"} <= set(texts)
    assert "grad" not in draw_graph(unrolled()).svg     # no gradients before backward
    assert draw_graph(loss, highlight=[w]).svg != draw_graph(loss).svg


def test_drawing_changes_nothing():
    loss = neuron()
    before = [(n.data, n.grad) for n in topological_order(loss)]
    draw_graph(loss)
    assert before == [(n.data, n.grad) for n in topological_order(loss)]


def test_a_picture_is_shown_with_its_alternative_text():
    picture = draw_graph(neuron(), title='a "neuron" & its loss')
    bundle = picture._repr_mimebundle_()
    image = ET.fromstring(bundle["text/html"].replace('">', '"/>'))
    assert image.tag == "img" and image.get("alt") == picture.alt == bundle["text/plain"]
    assert base64.b64decode(image.get("src").split("base64,")[1]).decode() == picture.svg
    assert 'a "neuron" & its loss' in picture.alt and "0x" not in repr(picture)


# ---- charts -----------------------------------------------------------------------------------------------------

def test_a_chart_puts_data_where_its_axes_say():
    chart = Chart((-2, 6), (0, 50), width=400, height=300, left=10, top=20)
    left, top, width, height = chart.box
    assert 10 <= left and left + width <= 410 and 20 <= top and top + height <= 320
    assert (chart.x(-2), chart.x(6), chart.x(2)) == (left, left + width, left + width / 2)
    assert (chart.y(0), chart.y(50), chart.y(25)) == (top + height, top, top + height / 2)       # upwards
    log = Chart((1e-3, 10), (1, 100), log_x=True, log_y=True)
    left, top, width, height = log.box
    assert log.x(0.1) == pytest.approx(left + width / 2) and log.y(10) == pytest.approx(top + height / 2)


def test_points_bars_and_ticks_land_at_their_coordinates():
    chart = Chart((0, 10), (-5, 5)).points([4], [2.5]).bars([5, 7], [3, -2], width=2)
    root = ET.fromstring(svg.drawing(420, 280, str(chart), title="t"))
    circle = root.find(f".//{SVG}circle")
    assert float(circle.get("cx")) == pytest.approx(chart.x(4), abs=0.06)
    assert float(circle.get("cy")) == pytest.approx(chart.y(2.5), abs=0.06)
    up, down = [r for r in root.iter(SVG + "rect") if r.get("fill") == palette.FORWARD]
    for bar, x, low, high in ((up, 5, 0, 3), (down, 7, -2, 0)):
        assert float(bar.get("x")) == pytest.approx(chart.x(x - 1), abs=0.06)
        assert float(bar.get("width")) == pytest.approx(chart.x(2) - chart.x(0), abs=0.06)
        assert float(bar.get("y")) == pytest.approx(chart.y(high), abs=0.06)
        assert float(bar.get("height")) == pytest.approx(chart.y(low) - chart.y(high), abs=0.11)
    ticks = {t.text: t for t in root.iter(SVG + "text")}
    assert float(ticks["8"].get("x")) == pytest.approx(chart.x(8), abs=0.06)
    assert float(ticks["−4"].get("y")) == pytest.approx(chart.y(-4) + 4, abs=0.06)


def test_a_line_breaks_where_it_leaves_the_frame_or_is_not_finite():
    chart = Chart((0, 5), (0, 1)).line(range(6), [0.1, 0.2, 9.0, 0.4, np.nan, 0.5])
    lines = re.findall(r'<polyline points="([^"]*)"', str(chart))
    assert [len(points.split()) for points in lines] == [2] or [len(points.split()) for points in lines] == [2, 1]


def test_numbers_never_depend_on_noise():
    values = (1.04, 1.06, -0.01, 2.0, 1e-12, np.float32(3.14159))
    assert [svg.number(v) for v in values] == ["1", "1.1", "0", "2", "0", "3.1"]


def test_an_image_is_a_png_with_these_pixels():
    code = re.search(r'base64,([^"]*)', svg.image(0, 0, 20, 10, [[0.0, 1.0]])).group(1)
    png = base64.b64decode(code)
    assert png.startswith(b"\x89PNG") and b"\0\xff\xff\xff\0\0\0" in png        # a white pixel, then a black one


# ---- colours ----------------------------------------------------------------------------------------------------

def test_colour_maps_meet_their_ends_and_grow_brighter():
    assert palette.grey(0) == "#FFFFFF" and palette.grey(1) == "#000000" and palette.signed(0).upper() == "#F7F7F7"
    assert palette.sequential(-1) == palette.sequential(0) and palette.sequential(2) == palette.sequential(1)
    light = [sum(w * int(palette.sequential(v)[i:i + 2], 16) for w, i in ((0.3, 1), (0.59, 3), (0.11, 5)))
             for v in np.linspace(0, 1, 30)]
    assert all(a < b for a, b in zip(light, light[1:]))


# ---- a network with cycles --------------------------------------------------------------------------------------

def test_a_loop_shows_every_weight_once_and_no_other():
    U = np.array([[0.5, 1.25, 0.0], [0.75, 0.0, -2.5], [0.0, 0.0, 0.0]])
    picture = draw_loop(U, inputs=["x", None, None])
    root = ET.fromstring(picture.svg)
    shown = [t.text for t in root.iter(SVG + "text")]
    assert sorted(t for t in shown if t and t[-1].isdigit() and t[0] != "z") == sorted(["0.5", "1.2", "0.75", "−2.5"])
    assert len(list(root.iter(SVG + "polygon"))) == 4                   # three arrows between units, one from outside
    assert "unit 2 to unit 3: -2.5" in picture.alt and "unit 3 to" not in picture.alt
    places = [(float(c.get("cx")), float(c.get("cy"))) for c in root.iter(SVG + "circle")]
    assert all(15 < x < 445 and 15 < y < 245 for x, y in places)


@pytest.mark.parametrize("colour, low, end", [(palette.grey, 0.0, b"\xff\xff\xff"),
                                              (palette.signed, -1.0, bytes.fromhex(palette.signed(-1)[1:]))])
def test_a_heat_image_is_a_png_of_places_in_a_table_of_colours(colour, low, end):
    code = re.search(r'base64,([^"]*)', svg.heat_image(0, 0, 20, 10, [[low, 1.0], [2.0, (low + 1) / 2]], colour=colour,
                                                       low=low)).group(1)
    png = base64.b64decode(code)
    assert b"PLTE" + end in png and png[25] == 3        # the table begins with the low end; kind 3: places in a table
    assert b"\0\x00\xff\0\xff\x80" in png             # beyond the ends is cut off
    assert len(png) < 1000
