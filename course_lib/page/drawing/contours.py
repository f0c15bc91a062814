"""Contour lines of a function on a grid."""

import numpy as np


def contours(values, level):
    """The lines along which a grid of values passes ``level``, each a list of points (column, row) in units of cells.

    Between neighbouring grid points the value is taken to run in a straight line. A line that returns to its start is
    closed: its first point is repeated at the end.
    """
    values = np.asarray(values, dtype=float)
    links = {}                                          # crossing -> the crossings it is joined to, two at most
    above = values > level
    mixed = above[:-1, :-1] | above[1:, :-1] | above[:-1, 1:] | above[1:, 1:]
    mixed &= ~(above[:-1, :-1] & above[1:, :-1] & above[:-1, 1:] & above[1:, 1:])
    for i, j in zip(*map(list, np.nonzero(mixed))):
        # The four sides of the cell, in the order in which one walks round it; each named by its two corners.
        corners = (i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)
        sides = [tuple(sorted(pair)) for pair in zip(corners, corners[1:] + corners[:1])]
        crossed = [side for side in sides if above[side[0]] != above[side[1]]]
        if len(crossed) == 4 and (values[i:i + 2, j:j + 2].mean() > level) != above[i, j]:
            crossed = crossed[1:] + crossed[:1]         # a saddle: the middle decides which corners belong together
        for a, b in zip(crossed[::2], crossed[1::2]):
            links.setdefault(a, []).append(b)
            links.setdefault(b, []).append(a)
    lines = []
    for start in sorted(links, key=lambda side: len(links[side])):      # ends of open lines first
        if start not in links:
            continue
        line = [start]
        while line[-1] in links:
            near = links.pop(line[-1])
            following = [side for side in near if side in links]
            if following:
                line.append(following[0])
            elif len(line) > 2 and start in near:
                line.append(start)
        lines.append([_crossing(values, level, *side) for side in line])
    return lines


def _crossing(values, level, a, b):
    share = (level - values[a]) / (values[b] - values[a])
    return float(a[1] + share * (b[1] - a[1])), float(a[0] + share * (b[0] - a[0]))
