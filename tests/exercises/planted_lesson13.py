"""Answers to the tasks of lesson 13, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import numpy as np
from answers import edited

# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

def rounding_recorded(y, c, steps):
    tape, y, c = [], np.float32(y), np.float32(c)
    for _ in range(steps):
        s = np.multiply(y, y)
        z = np.add(s, c)
        tape.append((y, s, z))
        y = z
    grad, total = 1.0, 0.0
    for y0, s, z in reversed(tape):
        e_sum = float(z) - (float(s) + float(c))
        e_square = float(s) - float(y0) ** 2
        total = total + grad * e_sum + grad * e_square
        grad = grad * 2.0 * float(y0)
    return y, total


def rounding_by_recursion(y, c, steps):
    y, c = np.float32(y), np.float32(c)
    if steps == 0:
        return y, 0.0

    def run(y, left):
        if not left:
            return y, 0.0, 1.0
        s = y * y
        last, estimate, grad = run(s + c, left - 1)
        own = (s - np.square(np.float64(y))) + (s + c - np.add(s, c, dtype=np.float64))
        return last, estimate + grad * own, grad * 2 * np.float64(y)
    return run(y, steps)[:2]


def rounding_carried_forwards(y, c, steps):
    single, drift = np.float32(y), 0.0
    for _ in range(steps):
        y = float(single)
        square = single * single
        single = square + np.float32(c)
        drift = 2 * y * drift + (float(square) - y * y) + (float(single) - float(square) - float(c))
    return [single, np.float64(drift)]


def rounding_with_arrays(y, c, steps):
    ys = np.zeros(steps + 1, np.float32)
    ys[0] = y
    for t in range(steps):
        ys[t + 1] = ys[t] * ys[t] + np.float32(c)
    x = ys[:-1].astype(float)
    squares = (ys[:-1] * ys[:-1]).astype(float)
    eps = squares - x * x + ys[1:].astype(float) - (squares + np.float64(np.float32(c)))
    after = np.append(np.cumprod((2 * x)[::-1])[::-1], 1.0)[1:]
    return float(ys[-1]), eps @ after

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


WRONG = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    "13-3": [
        ("bound, not estimate", edited(rounding_recorded, ("total + grad * e_sum + grad * e_square",
                                                           "total + abs(grad * (e_sum + e_square))"))),
        ("bound, not estimate", edited(rounding_with_arrays, ("eps @ after", "np.abs(eps) @ np.abs(after)"))),
        ("sign of the local error", edited(rounding_recorded, ("float(z) - (float(s) + float(c))",
                                                               "float(s) + float(c) - float(z)"),
                                           ("float(s) - float(y0) ** 2", "float(y0) ** 2 - float(s)"))),
        ("relative for absolute", edited(rounding_with_arrays, ("eps @ after", "(eps / ys[1:]) @ after"))),
        ("adjoint of the wrong node", edited(rounding_with_arrays, (", 1.0)[1:]", ", 1.0)[:-1]"))),
        ("local error in float32", edited(rounding_recorded, ("float(y0) ** 2\n", "float(y0 * y0)\n"),
                                          ("(float(s) + float(c))", "float(s + c)"))),
        ("factor 2 of the slope", edited(rounding_carried_forwards, ("2 * y * drift", "y * drift"))),
        ("adjoint forgotten", edited(rounding_with_arrays, ("eps @ after", "eps.sum()"))),
        ("forwards instead of backwards", edited(rounding_recorded, ("reversed(tape)", "tape"))),
        ("error of the square forgotten", edited(rounding_recorded, (" + grad * e_square", ""))),
        ("error of the sum forgotten", edited(rounding_recorded, (" + grad * e_sum", ""))),
        ("slope at the wrong y", edited(rounding_recorded, ("2.0 * float(y0)", "2.0 * float(z)")))],
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}

RIGHT = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    "13-3": [rounding_recorded, rounding_by_recursion, rounding_carried_forwards, rounding_with_arrays],
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
