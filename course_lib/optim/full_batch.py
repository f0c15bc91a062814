"""Minimising over the whole batch: conjugate gradients and L-BFGS, with a line search for the strong Wolfe conditions.

They compare gradients of successive points, so they need the same batch every time, and all of it. Both take a function
of one flat vector, ``function(x) -> (value, gradient)``; ``full_batch`` makes one of a network, a loss and data.
Derived in lesson 06, section 4.
"""

from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np

from course_lib.optim.settings import check, check_whole

Point = namedtuple("Point", "step value gradient slope")
Point.__doc__ = "A point on a line: how far along, the function's value and gradient there, and the slope on the line."


@dataclass
class Result:
    """Where a minimisation ended, with SciPy's names.

    x, fun, jac      the best point, its value, its gradient
    nit, nfev        steps made, and how often the function was called
    success          whether max|gradient| came down to the tolerance; ``message`` says why it stopped
    values, calls    the value after each step (the start first), and the calls up to there
    """

    x: np.ndarray
    fun: float
    jac: np.ndarray
    nit: int = 0
    nfev: int = 1
    success: bool = False
    message: str = ""
    values: list = field(default_factory=list, repr=False)
    calls: list = field(default_factory=list, repr=False)


# ---- the two methods ----------------------------------------------------------------------------------------

def conjugate_gradient(function, x0, *, steps=200, tolerance=1e-10, relative_tolerance=0.0, c1=1e-4, c2=0.1,
                       callback=None):
    """Nonlinear conjugate gradients: d ← −g + β d, with β = max(0, gᵀ(g − g₋) / g₋ᵀg₋), restarted after n steps.

    function  function(x) -> (value, gradient of x's shape); x0 a vector (n,)
    steps     the most that are made
    tolerance stop when max|gradient| is not larger, or not larger than ``relative_tolerance`` times what it is at x0
    callback  called as callback(result so far) after each step

    Returns a ``Result``. Interrupting the kernel ends it early with the best point so far.
    Source: Polak, Ribière (1969); Nocedal, Wright (2006), section 5.2; derived in lesson 06, equation (6.17).
    """
    return _minimise("conjugate_gradient", function, x0, _ConjugateDirections(np.size(x0)), steps,
                     (tolerance, relative_tolerance), c1, c2, callback)


def lbfgs(function, x0, *, memory=10, steps=200, tolerance=1e-10, relative_tolerance=0.0, c1=1e-4, c2=0.9,
          callback=None):
    """L-BFGS: the Newton step of a curvature that is told by the last ``memory`` pairs of moves and gradient changes.

    The other arguments, the result and interrupting: as ``conjugate_gradient``.
    Source: Liu, Nocedal (1989), Mathematical Programming 45; Nocedal, Wright (2006), algorithm 7.4; derived in
    lesson 06, equation (6.18).
    """
    check_whole("lbfgs", memory=memory)
    return _minimise("lbfgs", function, x0, _QuasiNewtonDirections(memory), steps, (tolerance, relative_tolerance),
                     c1, c2, callback)


class _ConjugateDirections:
    def __init__(self, n):
        self.n = n
        self.restart()

    def restart(self):
        self.gradient = self.direction = None
        self.since = 0

    def __call__(self, g):
        self.since += 1
        if self.direction is None or self.since > self.n:
            self.since = 1
            self.direction = -g
        else:
            beta = max(0.0, g @ (g - self.gradient) / (self.gradient @ self.gradient))      # (6.17)
            self.direction = -g + beta * self.direction
        self.gradient = g
        return self.direction

    def learn(self, s, y):
        """Nothing: the last gradient and direction are all it remembers."""

    def first_step(self, slope, last):
        # As far, to first order, as the last step went down.
        return last.step * last.slope / slope


class _QuasiNewtonDirections:
    def __init__(self, memory):
        self.memory = memory
        self.restart()

    def restart(self):
        self.pairs = []

    def __call__(self, g):
        q, coefficients = g.copy(), []
        for s, y, rho in reversed(self.pairs):              # (6.18): newest to oldest
            a = rho * (s @ q)
            q -= a * y
            coefficients.append(a)
        if self.pairs:
            s, y, _ = self.pairs[-1]
            q *= (s @ y) / (y @ y)
        for (s, y, rho), a in zip(self.pairs, reversed(coefficients)):
            q += s * (a - rho * (y @ q))
        return -q

    def learn(self, s, y):
        if s @ y > 1e-14 * np.sqrt((s @ s) * (y @ y)):      # by the strong Wolfe conditions, up to rounding
            self.pairs = [*self.pairs, (s, y, 1 / (s @ y))][-self.memory:]

    def first_step(self, slope, last):
        return 1.0                                          # the Newton step


def _minimise(name, function, x0, directions, steps, tolerances, c1, c2, callback):
    """The loop both methods share: direction, line search, learn, until the gradient is small."""
    check(name, **dict(zip(("tolerance", "relative_tolerance"), tolerances)), c1=c1, c2=c2)
    check_whole(name, 0, steps=steps)
    if not 0 < c1 < c2 < 1:
        raise ValueError(f"{name}: c1 and c2 must satisfy 0 < c1 < c2 < 1, got {c1} and {c2}")
    x = np.array(x0, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"{name}: x0 must be a vector, got shape {x.shape}; "
                         "parameters_to_vector(net.params) makes one")
    value, gradient = _checked(name, function, x)
    best = Result(x, value, gradient, values=[value], calls=[1])
    tolerance = max(tolerances[0], tolerances[1] * float(np.max(np.abs(gradient), initial=0)))
    calls = [1]

    def counted(x):
        calls[0] += 1
        return function(x)

    last = None
    try:
        while best.nit < steps:
            if np.max(np.abs(best.jac), initial=0) <= tolerance:
                best.success, best.message = True, f"the largest entry of the gradient is at most {tolerance:g}"
                break
            direction = directions(best.jac)
            slope = best.jac @ direction
            if not slope < 0:                               # rounding, or a function that is not smooth: begin anew
                directions.restart()
                direction, last = directions(best.jac), None
                slope = best.jac @ direction
            first = directions.first_step(slope, last) if last else min(1.0, 1 / np.sum(np.abs(best.jac)))
            point, end = _search(counted, best.x, direction, best.fun, best.jac, slope, first, c1, c2)
            if point is None and last:
                directions.restart()
                last = None
                continue
            if point is None and end:
                best.message = ("the function seems to be unbounded below: along the last line it falls to "
                                f"{end.value:.3g}, without flattening; is its sign right? "
                                "A penalty (weight_decay) would bound it")
                break
            if point is None:
                best.message = "the line search finds no better point: as far as rounding, or the function, allows"
                break
            new = best.x + point.step * direction
            directions.learn(new - best.x, point.gradient - best.jac)
            last = Point(point.step, best.fun, best.jac, slope)
            best.x, best.fun, best.jac, best.nit = new, point.value, point.gradient, best.nit + 1
            best.nfev = calls[0]
            best.values.append(best.fun)
            best.calls.append(best.nfev)
            if callback:
                callback(best)
        else:
            best.success = bool(np.max(np.abs(best.jac), initial=0) <= tolerance)
            best.message = f"all {steps} steps are made"
    except KeyboardInterrupt:
        best.message = f"interrupted after {best.nit} steps; x is the best point so far"
    best.nfev = calls[0]
    return best


def _checked(name, function, x):
    """The first call of the function, whose answer is looked at closely."""
    try:
        value, gradient = function(x.copy())
    except TypeError as error:
        raise TypeError(f"{name}: function(x) must return (value, gradient)") from error
    if np.shape(gradient) != x.shape or np.ndim(value) != 0:
        raise ValueError(f"{name}: function(x) must return a number and a gradient of shape {x.shape}, "
                         f"got shapes {np.shape(value)} and {np.shape(gradient)}")
    if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
        raise ValueError(f"{name}: the function is not finite at the start: {value}; start elsewhere")
    return float(value), np.asarray(gradient, dtype=float)


# ---- the line search ----------------------------------------------------------------------------------------

def strong_wolfe(function, x, direction, value, gradient, *, first=1.0, c1=1e-4, c2=0.9, calls=30):
    """A step a along ``direction`` that satisfies the strong Wolfe conditions, as a ``Point``; None if none was found.

    f(x + a d) ≤ f(x) + c1 a gᵀd     the value falls enough,
    |∇f(x + a d)ᵀd| ≤ c2 |gᵀd|       and the slope along the line has flattened enough.

    function          function(x) -> (value, gradient); value, gradient: what it gives at x
    first             the step that is tried first; calls: how many may be tried
    Where the change of the value is below rounding, the slope alone decides (Hager, Zhang 2005, SIAM J. Optimization
    16).
    Source: Nocedal, Wright (2006), algorithms 3.5 and 3.6; derived in lesson 06, equation (6.19).
    """
    slope = float(gradient @ direction)
    if not slope < 0:
        raise ValueError(f"strong_wolfe: the direction must lead downhill, but its slope is {slope:g}; turn it round")
    return _search(function, x, direction, value, gradient, slope, first, c1, c2, calls)[0]


def _search(function, x, direction, value, gradient, slope, first, c1, c2, calls=30):
    """``strong_wolfe``, and, where the value falls without end (to the last call, or to −∞), the ``Point`` there."""
    rounding = 1e-14 * abs(value)

    def at(step):
        v, g = function(x + step * direction)
        return Point(step, float(v), g, float(g @ direction))

    def too_high(point):
        return not (point.value <= value + c1 * point.step * slope
                    or point.value <= value + rounding and abs(point.slope) <= c2 * -slope)

    low, high, step = Point(0.0, value, gradient, slope), None, first
    for _ in range(calls):
        point = at(step)
        if too_high(point) or high is None and low.step > 0 and point.value > low.value + rounding:
            high = point                                    # gone too far: the step lies between
        elif abs(point.slope) <= c2 * -slope:
            return point, None
        else:
            if point.slope * ((high.step if high else np.inf) - low.step) >= 0:
                high = low                                  # the valley's floor lies behind us
            low = point
        if high is None:
            step = 2.0 * step
        else:
            step = _between(low, high, rounding)
            if step in (low.step, high.step):               # the interval is used up
                break
    return None, low if high is None or low.value == -np.inf else None


def _between(low, high, rounding):
    """Where to look next: the minimum of the cubic through two points and their slopes, kept off the interval's ends.

    Where the values differ by rounding only, they tell nothing, and the zero of the straight line through the slopes
    serves.
    """
    width, rise = high.step - low.step, high.slope - low.slope
    with np.errstate(all="ignore"):
        if abs(high.value - low.value) <= rounding:
            share = -low.slope / np.float64(rise)
        else:
            a = low.slope + high.slope - 3 * (high.value - low.value) / width
            root = np.sqrt(a * a - low.slope * high.slope) * np.sign(width)
            share = 1 - (high.slope + root - a) / (rise + 2 * root)
    if not np.isfinite(share):
        share = 0.5
    return float(low.step + width * min(max(share, 0.05), 0.95))


# ---- networks as functions of one vector --------------------------------------------------------------------

def parameters_to_vector(params):
    """All entries of the parameters' data in one new vector, in order."""
    return np.concatenate([np.ravel(p.data) for p in params])


def vector_to_parameters(vector, params):
    """The reverse: cut a vector into pieces and put them in the parameters' data (as copies, in their dtype)."""
    params = list(params)
    if np.shape(vector) != (sum(p.data.size for p in params),):
        raise ValueError(f"vector_to_parameters: the parameters have {sum(p.data.size for p in params)} entries, "
                         f"the vector has shape {np.shape(vector)}")
    start = 0
    for p in params:
        piece = vector[start:start + p.data.size]
        p.data = np.array(piece, dtype=p.data.dtype).reshape(p.data.shape)
        start += p.data.size


def loss_and_gradient(net, loss, x, t, params=None):
    """The loss over all of x, t, and its gradient by all parameters (or ``params``) in one vector, in order."""
    params = net.params if params is None else params
    y, backward = net(x)
    value, loss_backward = loss(y, t)
    for p in params:
        p.zero_grad()
    backward(loss_backward(), input_grad=False)
    return float(value), np.concatenate([np.ravel(p.grad) for p in params])


def full_batch(net, loss, x, t, *, weight_decay=0.0):
    """``(function, start)``: the loss over all of x, t as a function of one vector, and the parameters' vector now.

    function(vector) -> (value, gradient) puts the vector into the network and runs forward and backward.
    weight_decay: λ, which adds ½ λ θ² to the loss and λ θ to its gradient, for all parameters, as in ``Optimizer``.
    Afterwards put the answer in: ``vector_to_parameters(result.x, net.params)``.
    """
    check("full_batch", weight_decay=weight_decay)
    params = list(net.params)

    def function(vector):
        vector_to_parameters(vector, params)
        value, gradient = loss_and_gradient(net, loss, x, t, params)     # found once: a walk takes time
        if weight_decay:
            value, gradient = value + 0.5 * weight_decay * float(vector @ vector), gradient + weight_decay * vector
        return value, gradient
    return function, parameters_to_vector(params)
