"""Tasks of lesson 13: TODO."""

import numpy as np

from course_lib.exercises.task import Slip, Suspect, Task, forms, slips

SHEET = "13_beyond_perception"


# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

def rounding_estimate(y, c, steps):
    """Steps of y <- y² + c in float32, and the estimated error of the last y (13.11).

    y, c float32, taken as exact; steps a whole number
    Returns  the last y (float32), the estimate (float64)
    """
    y, c, befores, errors = np.float32(y), np.float32(c), [], []
    for _ in range(steps):
        square = y * y
        new = square + c
        of_square = square - np.float64(y) * np.float64(y)
        of_sum = new - (np.float64(square) + np.float64(c))
        befores.append(np.float64(y))
        errors.append(of_square + of_sum)
        y = new
    adjoint, estimate = 1.0, 0.0
    for before, error in zip(befores[::-1], errors[::-1]):
        estimate += adjoint * error
        adjoint *= 2 * before
    return y, estimate


def _map_case(rng):
    """Values from -2 to 2: the y² that come are of both sides of 1, and most errors of either sign."""
    return np.float32(rng.uniform(0.2, 1.6)), np.float32(rng.uniform(-1.9, -1.4)), int(rng.integers(5, 13))


def _run_again(y, c, steps):
    """What was observed: the whole run against one in float64."""
    single, double = np.float32(y), np.float64(y)
    for _ in range(steps):
        single, double = single * single + np.float32(c), double * double + np.float64(c)
    return single, single - double


def _gaps(y, c, steps):
    """As if the distance to a run in float64 were the error that a step makes itself."""
    single, double, befores, errors = np.float32(y), np.float64(y), [], []
    for _ in range(steps):
        befores.append(np.float64(single))
        single, double = single * single + np.float32(c), double * double + np.float64(c)
        errors.append(single - double)
    adjoint, estimate = 1.0, 0.0
    for before, error in zip(befores[::-1], errors[::-1]):
        estimate, adjoint = estimate + adjoint * error, adjoint * 2 * before
    return single, estimate


_TIMES, _SUM = "adjoint *= 2 * before", "estimate += adjoint * error"
_OWN = "an error made in a step has the adjoint of that step's result: use it first, then multiply by 2 y"
_SLOPE = "the slope of y² + c is 2 y, at the y that the step was given"
_WIDE = ("both numbers have to be np.float64 before they are multiplied or added; in float32 the same rounding happens "
         "again, and the difference is 0")
ROUNDING = Task(
    id="13-3", title="who is to blame for the rounding", level="write", difficulty=2, importance=2, minutes=20,
    reference=rounding_estimate, outputs=("y", "the estimate"), cases=_map_case, tolerance=1e-4,
    small=(np.float32(1 + 2.0 ** -12), np.float32(1), 2),
    edges={"one step": lambda rng: (*_map_case(rng)[:2], 1), "no step": (np.float32(0.7), np.float32(-1.5), 0),
           "nothing to round": (np.float32(1), np.float32(-1), 4),
           "a negative start": (np.float32(-1.3), np.float32(-1.7), 6),
           "a large c": (np.float32(0.1), np.float32(30.1), 3),
           "a long chaotic run": (np.float32(0.3), np.float32(-1.9), 22)},
    suspects=(
        *slips(_SUM,
            ("bound, not estimate", "errors have signs and may cancel: no absolute values in (13.11)",
             "estimate += abs(adjoint * error)"),
            ("sign of the local error", "float32 minus float64: the error is what was added to the right value",
             "estimate -= adjoint * error"),
            ("adjoint of the wrong node", _OWN, "estimate += 2 * before * adjoint * error"),
            ("adjoint forgotten", "each error is multiplied by the adjoint of the place where it was made",
             "estimate += error"),
            ("only the last error", "all steps contribute: add them up", "estimate = estimate or adjoint * error"),
            ("only the first error", "all steps contribute: +=", "estimate = adjoint * error")),
        *slips(_TIMES, ("factor 2 of the slope", _SLOPE, "adjoint *= before"),
            ("slopes added", "slopes along a path are multiplied", "adjoint += 2 * before"),
            ("only the last slope", "slopes along a path are multiplied: *=", "adjoint = 2 * before"),
            ("square for its slope", _SLOPE, "adjoint *= before * before")),
        Slip("slope at the wrong y", _SLOPE, ("befores.append(np.float64(y))", "befores.append(np.float64(new))")),
        *forms("forwards instead of backwards", "the adjoint is known at the end: begin with the last step",
               (("befores[::-1], errors[::-1]", "befores, errors"),), (("errors[::-1]", "errors"),)),
        *slips("errors.append(of_square + of_sum)",
            ("error of the sum forgotten", "two operations in a step round: the square and the sum",
             "errors.append(of_square)"),
            ("error of the square forgotten", "two operations in a step round: the square and the sum",
             "errors.append(of_sum)"),
            ("relative for absolute", "ε is a difference: do not divide by the value",
             "errors.append((of_square + of_sum) / new)"),
            ("one of two signs", "both errors are float32 minus float64", "errors.append(of_square - of_sum)")),
        *forms("local error in float32", _WIDE,
               (("np.float64(y) * np.float64(y)", "y * y"), ("(np.float64(square) + np.float64(c))", "(square + c)")),
               (("np.float64(y) * np.float64(y)", "np.float64(y * y)"),
                ("(np.float64(square) + np.float64(c))", "np.float64(square + c)"))),
        Suspect("observed, not estimated", "this runs everything again in float64; wanted is the sum of (13.11), which "
                "needs no such run, and differs from it where first order fails", _run_again),
        Suspect("distance for local error", "each step is run in float64 on what it was given in float32, not on "
                "the results of a run in float64: else early errors count again and again", _gaps),
    ))

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


TASKS = [
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    ROUNDING,
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
]
