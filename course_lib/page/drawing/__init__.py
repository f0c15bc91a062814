"""Drawings as SVG strings: the same picture every run, no external program, a title on every part."""

from course_lib.page.drawing.graphs import draw_graph
from course_lib.page.drawing.networks import draw_blocks, draw_loop, draw_network
from course_lib.page.drawing.svg import Chart, Picture

__all__ = ["draw_graph", "draw_network", "draw_blocks", "draw_loop", "Chart", "Picture"]
