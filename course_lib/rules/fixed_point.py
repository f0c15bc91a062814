"""Recurrent backpropagation (Almeida 1987, Pineda 1987): networks with cycles, run until they settle.

The state is relaxed to a fixed point z = cell(x, z), and the gradient is found by relaxing a second, linear system to
its own fixed point. Nothing is unrolled, and the memory does not depend on how long the network took to settle.
"""

import numpy as np

from course_lib.rules.protocol import rule


class NotSettled(ArithmeticError):
    """A relaxation that did not come to rest. ``steps``: how many were made; ``changes``: the change at each."""

    def __init__(self, text, changes):
        super().__init__(text)
        self.steps, self.changes = len(changes), changes


def relax(step, z, *, tolerance=None, steps=1000, what="the state", caller="relax"):
    """Repeat z ← step(z) until it changes no more. Returns ``(z, changes)``.

    tolerance  the largest change that counts as none, relative to the largest entry of z (and to 1);
               64 units of rounding of z's dtype by default
    steps      the most that are made
    changes    the relative change at each step: their ratio tells the rate of convergence
    what       is relaxed, and for which ``caller``: the words of the errors

    Raises NotSettled, with the rate and how far it got, when the steps are used up, or at once when z is not finite.
    Source: lesson 10, section 2, equation (10.2).
    """
    if not steps >= 1:
        raise ValueError(f"{caller}: steps must be at least 1, got {steps}")
    z = np.asarray(z)
    if z.dtype.kind not in "fc":
        raise TypeError(f"{caller}: {what} must begin as an array of floats, got {z.dtype}; "
                        "convert it: z.astype(float)")
    if not np.isfinite(z).all():
        raise ValueError(f"{caller}: {what} is not finite at the start")
    tolerance = 64 * np.finfo(z.dtype).eps if tolerance is None else tolerance
    if not tolerance >= 0:
        raise ValueError(f"{caller}: tolerance must not be negative, got {tolerance}")
    changes = []
    while len(changes) < steps:
        new, old = step(z), z
        if np.shape(new) != z.shape:
            raise ValueError(f"{caller}: {what} began with shape {z.shape}, and after a step has shape "
                             f"{np.shape(new)}; begin with the shape that a step gives")
        changes.append(_change(new, old))
        z = new
        if np.isnan(z).any():
            raise NotSettled(f"{caller}: {what} is not a number after {len(changes)} steps; its largest entry was "
                             f"{np.max(np.abs(old)):.3g} before: the step has no value there (0/0, ∞ − ∞, the "
                             "logarithm or root of a negative number)", changes)
        if not np.isfinite(changes[-1]):
            raise NotSettled(f"{caller}: {what} is not finite after {len(changes)} steps: it grows without limit; "
                             "make the recurrent weights smaller", changes)
        if changes[-1] <= tolerance:
            return z, changes
    # The last quarter beside the one before: single changes go up and down.
    late = max(len(changes) // 4, 1)
    left = max(changes[-late:]) / max(changes[-2 * late:-late] or changes)
    way = (f"It converges slowly, a step leaves {left ** (1 / late):.3g} of the change: give more steps, or a larger "
           "tolerance" if left < 0.97 else
           "It does not converge: it is driven in a circle, or apart; make the recurrent weights smaller, "
           "until the spectral radius of the Jacobian is below 1")
    raise NotSettled(f"{caller}: {what} has not settled after {len(changes)} steps; the last changed it by "
                     f"{changes[-1]:.2g}, {tolerance:.2g} is wanted. {way}", changes)


@rule
def fixed_point(cell, x, start, *params, tolerance=None, steps=1000):
    """The state z at which z = cell(x, z, *params): a layer that is its own input.

    ``cell`` is a rule ``z_next, backward = cell(x, z, *params)``, such as ``rnn_cell``.

    Shapes:   x (N, D), start (N, H), params those of the cell  ->  z (N, H)
    Backward: v = dz + Jᵀ v, J = ∂cell/∂z at the fixed point    relaxed in the same way, with the cell's own backward
              dx, dparams = those of the cell for the upstream gradient v
              dstart = 0                                        where it settles does not depend on where it began
    Raises ``NotSettled`` when the state, or on the way back the adjoint v, does not come to rest within ``steps``.
    Source:   Almeida (1987), ICNN; Pineda (1987), Physical Review Letters 59; derived in lesson 10, section 3,
              equations (10.2), (10.5) and (10.6).
    """
    z, _ = relax(lambda z: cell(x, z, *params)[0], start, tolerance=tolerance, steps=steps, caller="fixed_point")
    _, cell_backward = cell(x, z, *params)

    def backward(dz):
        v, _ = relax(lambda v: dz + cell_backward(v)[1], dz, tolerance=tolerance, steps=steps, what="the adjoint",
                     caller="fixed_point")
        dx, _, *dparams = cell_backward(v)
        return dx, np.zeros_like(start), *dparams
    return z, backward


def _change(new, old):
    """The largest change relative to the largest entry, and to 1; of complex numbers, part by part (see ``checks``)."""
    if np.iscomplexobj(new):
        scale = np.max(np.abs(new.imag), initial=1e-300)
        return max(_change(new.real, old.real), float(np.max(np.abs(new.imag - old.imag), initial=0)) / scale)
    return float(np.max(np.abs(new - old), initial=0)) / max(1.0, float(np.max(np.abs(new), initial=0)))
