"""SVG as strings: elements, a ``Chart`` with axes, and the ``Picture`` that a notebook shows.

Numbers are rounded to a tenth of a pixel, so that the same state gives the same text on every machine.
"""

import base64
import math
import struct
import zlib
from functools import lru_cache
from html import escape

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import written

FONT = "font-family:system-ui,'Segoe UI','DejaVu Sans',Arial,sans-serif"


# ---- elements ------------------------------------------------------------------------------------------------

def number(value):
    """A coordinate: at most one decimal, and never "-0"."""
    text = f"{float(value):.1f}"
    text = text[:-2] if text.endswith(".0") else text
    return "0" if text == "-0" else text


def element(name, *children, title=None, **attributes):
    """``<name …>children</name>``; attribute ``stroke_width`` becomes ``stroke-width``; numbers are rounded."""
    parts = []
    for key, value in attributes.items():
        if value is not None:
            value = number(value) if isinstance(value, (int, float, np.number)) else escape(str(value), quote=True)
            parts.append(f' {key.rstrip("_").replace("_", "-")}="{value}"')
    body = "".join(([f"<title>{escape(title)}</title>"] if title else []) + [c for c in children if c])
    return f"<{name}{''.join(parts)}>{body}</{name}>" if body else f"<{name}{''.join(parts)}/>"


def text(x, y, content, *, size=12, anchor="middle", fill=palette.INK, bold=False, title=None, rotate=None):
    """A line of text whose baseline is at y; ``anchor`` is start, middle or end."""
    turn = f"rotate({rotate} {number(x)} {number(y)})" if rotate else None
    return element("text", escape(str(content)), title=title, x=x, y=y, font_size=size, text_anchor=anchor, fill=fill,
                   font_weight="bold" if bold else None, transform=turn)


def line(x1, y1, x2, y2, *, stroke=palette.INK, width=1.0, dash=None, title=None, arrow=False):
    """A straight line; ``arrow=True`` puts a head at (x2, y2)."""
    shaft = element("line", title=title, x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width,
                    stroke_dasharray=dash)
    return shaft + _head(x1, y1, x2, y2, stroke, width) if arrow else shaft


def _head(x1, y1, x2, y2, fill, width):
    length = math.hypot(x2 - x1, y2 - y1)
    if length < 1e-9:
        return ""
    ux, uy, size = (x2 - x1) / length, (y2 - y1) / length, 4 + 2 * width
    corners = [(x2, y2), (x2 - size * ux + 0.5 * size * uy, y2 - size * uy - 0.5 * size * ux),
               (x2 - size * ux - 0.5 * size * uy, y2 - size * uy + 0.5 * size * ux)]
    return element("polygon", points=" ".join(f"{number(x)},{number(y)}" for x, y in corners), fill=fill)


def polyline(points, *, stroke, width=1.8, dash=None, title=None):
    """A line through points; a point that is not finite breaks it in two."""
    runs, run = [], []
    for x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            run.append(f"{number(x)},{number(y)}")
        elif run:
            runs.append(run)
            run = []
    runs.append(run)
    return "".join(element("polyline", title=title, points=" ".join(run), fill="none", stroke=stroke,
                           stroke_width=width, stroke_dasharray=dash, stroke_linejoin="round")
                   for run in runs if len(run) > 1)


def rect(x, y, width, height, *, fill="none", stroke=None, stroke_width=1.0, rx=None, title=None, dash=None):
    """A rectangle whose upper left corner is (x, y); ``rx`` rounds its corners."""
    return element("rect", title=title, x=x, y=y, width=width, height=height, fill=fill, stroke=stroke,
                   stroke_width=stroke_width if stroke else None, rx=rx, stroke_dasharray=dash)


def circle(x, y, r, *, fill="none", stroke=None, stroke_width=1.0, title=None):
    """A circle of radius r around (x, y)."""
    return element("circle", title=title, cx=x, cy=y, r=r, fill=fill, stroke=stroke,
                   stroke_width=stroke_width if stroke else None)


def image(x, y, width, height, values, *, colour=palette.grey, title=None, frame=palette.FAINT):
    """A matrix as coloured cells in a frame, row 0 on top, each entry already in the range of ``colour``."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    pixels = bytes(channel for row in values for value in row for channel in bytes.fromhex(colour(value)[1:]))
    code = base64.b64encode(_png(pixels, values.shape[1], values.shape[0])).decode()
    picture = element("image", title=title, x=x, y=y, width=width, height=height, preserveAspectRatio="none",
                      style="image-rendering:pixelated", href="data:image/png;base64," + code)
    return picture + (rect(x, y, width, height, stroke=frame) if frame else "")


def photograph(x, y, width, height, values, *, title=None, frame=palette.FAINT):
    """Grey values (0 black, 1 white) as a picture in a frame, row 0 on top, smoothed where it is enlarged."""
    values = np.asarray(values)
    # means of pixels are often halves: noise must not decide
    grey = (255 * np.clip(values, 0, 1) + 0.500001).astype(np.uint8)
    picture = element("image", title=title, x=x, y=y, width=width, height=height, preserveAspectRatio="none",
                      href="data:image/png;base64," + _grey_png(grey.tobytes(), values.shape[1], values.shape[0]))
    return picture + (rect(x, y, width, height, stroke=frame) if frame else "")


def heat_image(x, y, width, height, values, *, colour=palette.sequential, low=0.0, high=1.0, title=None,
               frame=palette.FAINT):
    """``image`` for large matrices: the values from ``low`` to ``high`` in 256 colours, one byte a cell."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    levels = np.rint(255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
    code = base64.b64encode(_png(levels.tobytes(), values.shape[1], values.shape[0], channels=1,
                                 table=_table(colour))).decode()
    picture = element("image", title=title, x=x, y=y, width=width, height=height, preserveAspectRatio="none",
                      style="image-rendering:pixelated", href="data:image/png;base64," + code)
    return picture + (rect(x, y, width, height, stroke=frame) if frame else "")


@lru_cache(maxsize=8)
def _table(colour):
    """256 colours of a map, three bytes each, from its low end to its high one."""
    start = -1.0 if colour is palette.signed else 0.0
    return bytes.fromhex("".join(colour(start + (1 - start) * i / 255)[1:] for i in range(256)))


@lru_cache(maxsize=1024)
def _grey_png(pixels, width, height):
    return base64.b64encode(_png(pixels, width, height, channels=1)).decode()


def _png(pixels, width, height, channels=3, table=b""):
    """Bytes (RGB, or with one channel grey or a place in a table of colours) as a PNG, stored without compression:
    zlib's builds compress differently, this is always the same."""
    step = channels * width
    rows = b"".join(b"\0" + pixels[i:i + step] for i in range(0, len(pixels), step))
    blocks = [rows[i:i + 65535] for i in range(0, len(rows), 65535)]
    stored = b"".join(struct.pack("<BHH", i == len(blocks) - 1, len(b), 65535 - len(b)) + b for i,
                      b in enumerate(blocks))
    body = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 3 if table else 0, 0, 0, 0)
    colours = chunk(b"PLTE", table) if table else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + colours + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def drawing(width, height, *children, title, description=None):
    """The outermost ``<svg>``: white paper, a role, and the title that a screen reader speaks."""
    return ('<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}" '
            f'style="max-width:100%;height:auto;{FONT}">'
            f"<title>{escape(title)}</title>" + (f"<desc>{escape(description)}</desc>" if description else "")
            + rect(0, 0, width, height, fill="#FFFFFF") + "".join(children) + "</svg>")


# ---- a chart -------------------------------------------------------------------------------------------------

class Chart:
    """A pair of axes. ``chart.line(xs, ys, …)`` and its fellows add to ``chart.parts``; ``str(chart)`` is a group.

    Data coordinates go in; ``log_x`` and ``log_y`` take logarithms. Several charts may lie in one drawing, each
    at its own ``left``, ``top``.
    """

    def __init__(self, x_range, y_range, *, width=420, height=280, left=0, top=0, title="", x_label="", y_label="",
                 log_x=False, log_y=False, ticks=True):
        self.log_x, self.log_y = log_x, log_y
        self.x_range, self.y_range = x_range, y_range
        self.box = (left + 58, top + 30, width - 74, height - 78)          # x, y, width, height of the plot itself
        self.parts = [self._frame(left, top, height, title, x_label, y_label, ticks)]

    def x(self, value):
        return self.box[0] + self.box[2] * _share(value, self.x_range, self.log_x)

    def y(self, value):
        return self.box[1] + self.box[3] * (1 - _share(value, self.y_range, self.log_y))

    def line(self, xs, ys, *, colour=palette.FORWARD, width=1.8, dash=None, label=None, title=None):
        """A curve, cut off at the frame; ``label`` is written beside its last visible point."""
        low, high = sorted(self.y_range)
        points = [(self.x(a), self.y(b)) if _visible(b, low, high, self.log_y) else (math.nan, math.nan)
                  for a, b in zip(xs, ys)]
        self.parts.append(polyline(points, stroke=colour, width=width, dash=dash, title=title or label))
        seen = [p for p in points if math.isfinite(p[0])]
        if label and seen:
            self.parts.append(text(min(seen[-1][0] + 5, self.box[0] + self.box[2] - 2), seen[-1][1] - 6, label,
                                   fill=colour, anchor="end", size=12, bold=True))
        return self

    def points(self, xs, ys, *, colour=palette.DATA, radius=3.5, titles=None, hollow=False):
        titles = titles or [None] * len(xs)
        for a, b, t in zip(xs, ys, titles):
            if math.isfinite(a) and math.isfinite(b):
                self.parts.append(circle(self.x(a), self.y(b), radius, fill="#FFFFFF" if hollow else colour,
                                         stroke=colour, stroke_width=1.6, title=t))
        return self

    def bars(self, xs, heights, *, width, colour=palette.FORWARD, titles=None, base=0.0):
        """Upright bars of data width ``width``, centred on ``xs``; ``colour`` may be a list."""
        colours = [colour] * len(xs) if isinstance(colour, str) else colour
        for i, (a, h) in enumerate(zip(xs, heights)):
            x0, x1, y0, y1 = self.x(a - width / 2), self.x(a + width / 2), self.y(base), self.y(h)
            self.parts.append(rect(x0, min(y0, y1), x1 - x0, abs(y1 - y0), fill=colours[i],
                                   title=titles[i] if titles else None))
        return self

    def heat(self, values, *, colour=palette.sequential, title=None):
        """A grid of values over the whole frame, row 0 at the bottom, each already in the range of ``colour``."""
        self.parts.append(image(*self.box, np.asarray(values)[::-1], colour=colour, title=title, frame=palette.INK))
        return self

    def arrow(self, x1, y1, x2, y2, *, colour=palette.GRADIENT, width=2.0, title=None):
        self.parts.append(line(self.x(x1), self.y(y1), self.x(x2), self.y(y2), stroke=colour, width=width,
                               title=title, arrow=True))
        return self

    def rule(self, *, x=None, y=None, colour=palette.DATA, dash="5 4", label=None):
        """A dashed line right across at one x or one y."""
        left, top, width, height = self.box
        if x is not None:
            self.parts.append(line(self.x(x), top, self.x(x), top + height, stroke=colour, dash=dash))
            if label:
                self.parts.append(text(self.x(x) + 4, top + 12, label, anchor="start", fill=colour, size=11))
        if y is not None:
            self.parts.append(line(left, self.y(y), left + width, self.y(y), stroke=colour, dash=dash))
            if label:
                self.parts.append(text(left + width - 2, self.y(y) - 4, label, anchor="end", fill=colour, size=11))
        return self

    def note(self, x, y, content, *, colour=palette.INK, anchor="start", size=12):
        """Text at data coordinates."""
        self.parts.append(text(self.x(x), self.y(y), content, fill=colour, anchor=anchor, size=size))
        return self

    def __str__(self):
        return element("g", *self.parts)

    def _frame(self, left, top, height, title, x_label, y_label, ticks):
        x, y, w, h = self.box
        parts = [line(x, y, x, y + h), line(x, y + h, x + w, y + h),
                 text(x, top + 17, title, anchor="start", size=13, bold=True) if title else "",
                 text(x + w / 2, top + height - 8, x_label, size=12) if x_label else "",
                 text(left + 14, y + h / 2, y_label, size=12, rotate=-90) if y_label else ""]
        if ticks:
            for value in _ticks(self.x_range, self.log_x):
                parts += [line(self.x(value), y + h, self.x(value), y + h + 4),
                          text(self.x(value), y + h + 18, _tick_text(value, self.log_x), size=11)]
            for value in _ticks(self.y_range, self.log_y):
                parts += [line(x - 4, self.y(value), x, self.y(value)),
                          text(x - 7, self.y(value) + 4, _tick_text(value, self.log_y), size=11, anchor="end")]
        return "".join(parts)


def _share(value, limits, log):
    low, high = limits
    if log:
        value, low, high = math.log10(max(value, 1e-300)), math.log10(low), math.log10(high)
    return (value - low) / (high - low)


def _visible(value, low, high, log):
    if log:                             # a tiny share of the range is not tiny at its lower end
        return math.isfinite(value) and low * (1 - 1e-9) <= value <= high * (1 + 1e-9)
    slack = 1e-9 * (high - low)
    return math.isfinite(value) and low - slack <= value <= high + slack


def _ticks(limits, log):
    low, high = sorted(limits)
    if log:
        first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
        step = max(1, -(-(last - first) // 6))
        return [10.0 ** k for k in range(first, last + 1, step)]
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _tick_text(value, log):
    if log:
        power = round(math.log10(value))
        return f"{10 ** power}" if 0 <= power <= 3 else f"1e{power}"
    return written(value, ".6g")


# ---- what a notebook shows -----------------------------------------------------------------------------------

class Picture:
    """An SVG drawing that a notebook shows, with the sentence that tells it to those who cannot see it.

    It is handed over as ``<img>`` with the drawing inside: JupyterLab shows that before any cell has run and in
    notebooks that it does not trust yet, where it would strip a bare ``<svg>``.
    """

    def __init__(self, svg, alt):
        self.svg, self.alt = svg, alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": still(self.svg, self.alt), "text/plain": self.alt}

    def __repr__(self):
        return f"Picture: {self.alt}"


def still(svg, alt):
    """``<img>`` with the SVG inside it and ``alt`` beside it."""
    code = base64.b64encode(svg.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{code}" alt="{escape(alt, quote=True)}" style="max-width:100%">'
