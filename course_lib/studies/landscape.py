"""What kind of place did a descent end in? The slope, the curvatures and the length of the weights there, and what
happens on going on: lessons 06 and 07.

Everything takes a function of one vector, ``function(x) -> (value, gradient)``, such as ``full_batch`` makes.
"""

from typing import NamedTuple

import numpy as np

from course_lib.layers import Dense, Sequential, Sigmoid
from course_lib.optim.full_batch import full_batch, lbfgs
from course_lib.rules.functions import sigmoid
from course_lib.rules.losses import mean_squared_error

XOR = (np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]]))
PULLS = ((10.0, 0.2), (1.0, 0.9))       # input and target of the two examples that one weight of ``one_unit`` hears


class Place(NamedTuple):
    """A point of a landscape: its height, the norm of the gradient, the lowest and the highest eigenvalue of the
    Hessian, and the norm of the weights."""

    loss: float
    gradient: float
    lowest: float
    highest: float
    weights: float

    def kind(self, level=1e-6):
        """What slope and curvatures say, where ``level`` and less counts as nothing.

        "slope", "saddle" (a direction bends down), "minimum" (all bend up), or "flat": at rest, as far as can be
        seen, but some direction does not bend, so that slope and curvature do not tell whether it leads down.
        """
        if not self.gradient <= level:
            return "slope"
        if self.lowest < -level:
            return "saddle"
        return "minimum" if self.lowest > level else "flat"


def hessian(function, x, step=1e-3):
    """The Hessian at x (n,), from differences of the exact gradient at four points a direction: (n, n), symmetric.

    The error falls with the fourth power of ``step``, rounding grows with 1/step. In lesson 06's small networks both
    stay below 1e-11.
    """
    x = np.array(x, dtype=float)
    rows = []
    for move in step * np.eye(len(x)):
        near = function(x + move)[1] - function(x - move)[1]
        far = function(x + 2 * move)[1] - function(x - 2 * move)[1]
        rows.append((8 * near - far) / (12 * step))
    rows = np.array(rows)
    return (rows + rows.T) / 2


def place(function, x):
    """The ``Place`` at x (n,)."""
    value, gradient = function(x)
    curvatures = np.linalg.eigvalsh(hessian(function, x))
    return Place(float(value), float(np.linalg.norm(gradient)), float(curvatures[0]), float(curvatures[-1]),
                 float(np.linalg.norm(x)))


def going_on(function, x, tolerance=1e-14, steps=5000):
    """Where L-BFGS comes to from x (n,) if it stops only at a largest slope of ``tolerance``: (n,).

    It begins anew, without the pairs it had. The value is never higher than at x.
    """
    return lbfgs(function, x, steps=steps, tolerance=tolerance).x


def at_rest(function, x, steps=50):
    """The point without slope that Newton's method on the gradient comes to from x (n,): (n,).

    It goes to whatever is near: a minimum, a saddle or a maximum.
    """
    x = np.array(x, dtype=float)
    for _ in range(steps):
        x = x - np.linalg.solve(hessian(function, x), function(x)[1])
    return x


# ---- for a page ----------------------------------------------------------------------------------------------

HEADER = ("weights", "loss", "gradient", "lowest curvature", "highest", "weights' length", "going on: loss", "length",
          "kind")


def cells(here, after):
    """Two places, at an end and after going on, as texts: all columns of HEADER but the first."""
    forms = (".4f", ".0e", ".0e", ".2g", ".4g")
    return [*(f"{number:{form}}" for number, form in zip(here, forms)), f"{after.loss:.4f}", f"{after.weights:.4g}",
            here.kind(1e-5)]


def row(function, x):
    """A row for a table with HEADER: the weights x (n,), and what there is to be seen."""
    return [f"({', '.join(f'{w:.3f}' for w in x)})", *cells(place(function, x), place(function, going_on(function, x)))]


# ---- two landscapes ------------------------------------------------------------------------------------------

def xor(seed, hidden=2):
    """XOR for a network of sigmoid units, 2-hidden-1, mean squared error: ``function, start``.

    The weights in the vector's order: W₁ (2, hidden), b₁, W₂ (hidden, 1), b₂.
    """
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(2, hidden, rng=rng), Sigmoid(), Dense(hidden, 1, rng=rng), Sigmoid())
    return full_batch(net, mean_squared_error, *XOR)


def xor_end(seed, hidden=2):
    """Where L-BFGS ends on ``xor``, stopped as usual at a largest slope of 1e-6: what it reports (``success``), the
    ``Place``, and, if that is above 0.1, the ``Place`` after ``going_on``, else None."""
    function, start = xor(seed, hidden)
    end = lbfgs(function, start, steps=500, tolerance=1e-6)
    after = place(function, going_on(function, end.x)) if end.fun > 0.1 else None
    return end.success, place(function, end.x), after


def one_unit(w):
    """The mean squared error of one sigmoid unit with two weights and no bias on four examples, and its gradient.

    Each weight hears two of the examples, which pull it to different places; beyond each place the unit is saturated,
    and the pull weak. So there are 2 × 2 minima.
    Shapes: w (2,)  ->  a number, (2,)
    Source: Auer, Herbster, Warmuth (1996), Advances in Neural Information Processing Systems 8, whose example this
    follows: n weights, 2ⁿ minima.
    """
    inputs, targets = np.array(PULLS).T
    y, backward = sigmoid(np.outer(w, inputs))
    error = y - targets
    return float(np.mean(error ** 2)), backward(2 * error / error.size) @ inputs
