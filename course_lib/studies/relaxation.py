"""What the explorers of lesson 10 run: a network and its adjoint, relaxing, and one unit that feeds itself.

``course_lib.relax`` does the same and stops with an error when nothing settles; here that is what is looked at.
"""

from functools import cache

import numpy as np

LIMIT, TOLERANCE = 200, 1e-10           # steps, and the change that counts as rest


@cache
def network_with(kind):
    """U of spectral radius 1 with the kind of leading eigenvalue, the input c, the start's direction, and dz."""
    rng = np.random.default_rng(10)
    Q = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    blocks = np.diag([0.0, 0.0, 0.45, -0.4, 0.2, -0.1])
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])              # a turn by 37 degrees, of radius 1
    blocks[:2, :2] = turn if kind == "pair" else np.diag([1.0 if kind == "positive" else -1.0,
                                                          0.6 if kind == "positive" else 0.5])
    return Q @ blocks @ Q.T, 0.15 * rng.normal(size=6), Q[:, 0] + 0.5 * Q[:, 1] + 0.3 * Q[:, 2], rng.normal(size=6)


def relaxing(step, z):
    """The last state, and the largest change at each step, until it is at most TOLERANCE or LIMIT steps are made."""
    changes = []
    while len(changes) < LIMIT and not (changes and (changes[-1] <= TOLERANCE or changes[-1] > 1e6)):
        new = step(z)
        changes.append(float(np.max(np.abs(new - z))))
        z = new
    return z, changes


def fitted(changes):
    """What a step leaves of the change, fitted to the later half; nan for fewer than six steps."""
    late = [(t, np.log(c)) for t, c in enumerate(changes) if t >= len(changes) // 2 and c > 0]
    return float(np.exp(np.polyfit(*zip(*late), 1)[0])) if len(late) > 2 else float("nan")


def relaxations(radius, kind, start):
    """Both relaxations: ``(state's changes, adjoint's changes or [], J at the last state, verdict)``."""
    U, c, direction, dz = network_with(kind)
    z, changes = relaxing(lambda z: np.tanh(z @ (radius * U) + c), start * direction)
    J = (1 - z * z)[:, np.newaxis] * (radius * U.T)
    quarter = LIMIT // 4
    if changes[-1] <= TOLERANCE:
        verdict = "settles"
    elif max(changes[-quarter:]) < 0.97 * max(changes[-2 * quarter:-quarter]):
        verdict = "slow"
    else:
        verdict = "never"
    adjoint = relaxing(lambda v: dz + J.T @ v, dz)[1] if verdict != "never" else []
    return changes, adjoint, J, verdict


def spectral_radius(A):
    """The size of the largest eigenvalue."""
    return float(np.max(np.abs(np.linalg.eigvals(A))))


def fixed_points(w, x):
    """All z with z = tanh(w z + x), with the slope w (1 − z²) of the curve at each."""
    grid = np.linspace(-1.02, 1.02, 4001)

    def gap(z):
        return np.tanh(w * z + x) - z
    values, found = gap(grid), []
    for i in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) <= 0):
        low, high = grid[i], grid[i + 1]
        for _ in range(45):
            middle = (low + high) / 2
            low, high = (middle, high) if gap(low) * gap(middle) > 0 else (low, middle)
        if not found or (low + high) / 2 - found[-1][0] > 1e-3:
            z = round((low + high) / 2, 12) + 0.0           # never −0
            found.append((z, w * (1 - z * z)))
    return found


def states(w, x, start, steps):
    """The start and the states after each step."""
    zs = [float(start)]
    for _ in range(steps):
        zs.append(float(np.tanh(w * zs[-1] + x)))
    return zs
