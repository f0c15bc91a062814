"""Colours with one meaning each, safe for the colour-blind (Okabe, Ito 2008, Color Universal Design)."""

FORWARD = "#0072B2"         # values on the way forward: blue
GRADIENT = "#D55E00"        # gradients: vermillion
PARAMETER = "#009E73"       # parameters: bluish green
DATA = "#555555"            # data: grey
FOURTH = "#E69F00"          # further series: orange
FIFTH = "#CC79A7"           # and purple
INK = "#222222"             # text and axes
WRONG = "#A84600"           # ✗ in text: vermillion, dark enough to be read on white
FAINT = "#BBBBBB"           # grids and frames

# Anchors of the maps, from low to high; between two anchors colours are mixed in a straight line.
_SEQUENTIAL = ("#00224E", "#35456C", "#666970", "#948E77", "#C8B866", "#FEE838")           # cividis
_SIGNED = ("#7F3B08", "#E08214", "#FDB863", "#F7F7F7", "#B2ABD2", "#8073AC", "#2D004B")    # PuOr
_GREY = ("#FFFFFF", "#000000")


def sequential(value):
    """cividis, for value in [0, 1]: dark blue to yellow."""
    return _mix(_SEQUENTIAL, value)


def signed(value):
    """PuOr, for value in [−1, 1]: orange below zero, white at zero, purple above."""
    return _mix(_SIGNED, (value + 1) / 2)


def grey(value):
    """Paper to ink, for value in [0, 1]."""
    return _mix(_GREY, value)


def _channels(colour):
    return [int(colour[i:i + 2], 16) for i in (1, 3, 5)]


def _mix(anchors, value):
    place = min(max(float(value), 0.0), 1.0) * (len(anchors) - 1)
    i = min(int(place), len(anchors) - 2)
    low, high = _channels(anchors[i]), _channels(anchors[i + 1])
    return "#" + "".join(f"{round(a + (b - a) * (place - i)):02X}" for a, b in zip(low, high))
