"""Answers to the tasks of lesson 10, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import math

import numpy as np
from answers import edited

# ---- 10-1 relaxing -----------------------------------------------------------------------------------------------


def settle_in_a_while_loop(z, U, c, tolerance, limit):
    steps = 0
    while steps < limit:
        before, z = z, np.tanh(c + np.dot(z, U))
        steps += 1
        if np.abs(z - before).max() <= tolerance:
            return z, steps
    raise ArithmeticError(f"not settled after {limit} steps")


def settle_unit_by_unit(z, U, c, tolerance, limit):
    z, n = z.tolist(), 0
    while True:
        new = [[math.tanh(sum(z_row[j] * U[j, k] for j in range(len(U))) + c_row[k]) for k in range(len(U))]
               for z_row, c_row in zip(z, c)]
        small = all(abs(a - b) <= tolerance for r, s in zip(new, z) for a, b in zip(r, s))
        z, n = new, n + 1
        if small:
            return [z, n]
        if n >= limit:
            raise FloatingPointError("no rest within %d steps" % n)


def settle_by_recursion(z, U, c, tolerance, limit, done=0):
    if done == limit:
        raise ArithmeticError("steps made: " + str(done))
    new = np.tanh(np.einsum("nj,jk->nk", z, U) + c)
    if not (np.abs(new - z) > tolerance).any():
        return new.astype(np.float32), done + 1
    return settle_by_recursion(new, U, c, tolerance, limit, done + 1)


def settle_with_allclose(z, U, c, tolerance, limit):
    for n in range(limit):
        old, z = z, np.tanh(z @ U + c)
        if np.max(np.absolute(np.subtract(z, old))) <= tolerance:
            break
    else:
        raise ArithmeticError(f"{limit} steps were not enough")
    return z, np.int64(n + 1)


# ---- 10-2 the adjoint --------------------------------------------------------------------------------------------

def adjoint_from_zero(dz, z, U, steps):
    slope, v = 1 - z ** 2, np.zeros(dz.shape)
    for _ in range(steps + 1):
        v = dz + (slope * v) @ U.T
    return v


def adjoint_without_dz(dz, z, U, steps):
    v = dz
    for _ in range(steps):
        v = (v * (1 - z * z)) @ U.T
    return v


def adjoint_that_stops(dz, z, U, steps):
    v = dz
    for _ in range(steps):
        before, v = v, dz + (v * (1 - z ** 2)) @ U.T
        if np.allclose(v, before, rtol=0, atol=1e-8):
            break
    return v


def adjoint_grows(dz, z, U, steps):
    v = dz.copy()
    for _ in range(steps):
        v += (v * (1 - z * z)) @ U.T
    return v


def adjoint_spoils_dz(dz, z, U, steps):
    first, v = dz.copy(), dz
    for _ in range(steps):
        v[:] = first + (v * (1 - z * z)) @ U.T
    return v


def adjoint_by_matrices(dz, z, U, steps):
    rows = []
    for d, state in zip(dz, z):
        J = (U * (1 - state ** 2)).T                        # J[k, j] = ∂z_k/∂z_j
        rows.append(sum((np.linalg.matrix_power(J.T, n) @ d for n in range(1, steps + 1)), d))
    return np.array(rows)


def adjoint_by_recursion(dz, z, U, steps):
    if not steps:
        return dz.astype(np.float32).astype(float) * 0 + dz
    return dz + np.einsum("nk,nk,jk->nj", adjoint_by_recursion(dz, z, U, steps - 1), 1 - z * z, U)


def adjoint_by_terms(dz, z, U, steps):
    term, v = dz, dz.copy()
    for _ in range(steps):
        term = np.dot(term * (1 + z) * (1 - z), np.transpose(U))
        v += term
    return v.tolist()


# ---- 10-3 gradients ------------------------------------------------------------------------------------------------

def gradients_in_steps(v, x, z, W):
    da = np.multiply(v, 1 - z ** 2)
    dx = da @ W.T
    dW, dU = x.T @ da, z.T @ da
    db = np.sum(da, axis=0)
    return dx, dW, dU, db


def gradients_by_einsum(v, x, z, W):
    da = v - v * z * z
    return [np.einsum("nh,dh->nd", da, W), np.einsum("nd,nh->dh", x, da), np.einsum("nj,nk->jk", z, da),
            np.einsum("nh->h", da)]


def gradients_row_by_row(v, x, z, W):
    D, H = W.shape
    dx, dW, dU, db = [], np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for n in range(len(x)):
        da = v[n] * (1 - z[n] ** 2)
        dx.append(W @ da)
        dW += np.outer(x[n], da)
        dU += np.outer(z[n], da)
        db += da
    return dx, dW, dU, db


def gradients_in_single_precision(v, x, z, W):
    return tuple(np.asarray(g, dtype=np.float32) for g in gradients_by_einsum(v, x, z, W))


# ---- 10-4 the layer --------------------------------------------------------------------------------------------------

def layer_with_loops(x, W, U, b):
    z = np.zeros((len(x), len(b)))
    for _ in range(30_000):
        before, z = z, np.tanh(z @ U + x @ W + b)
        if np.abs(before - z).max() < 1e-14:
            break

    def backward(dz):
        slope, v = 1 - z ** 2, dz
        for _ in range(20_000):
            last, v = v, dz + (v * slope) @ U.T
            if np.abs(last - v).max() < 1e-14:
                break
        return gradients_in_steps(v, x, z, W)
    return z, backward


_kept = {}


def layer_with_a_global_state(x, W, U, b):
    _kept["z"], backward = layer_with_loops(x, W, U, b)

    def later(dz):
        v = dz
        for _ in range(60):
            v = dz + (v * (1 - _kept["z"] ** 2)) @ U.T
        return gradients_in_steps(v, x, _kept["z"], W)
    return _kept["z"], later


def layer_that_counts_its_backwards(x, W, U, b):
    z, backward = layer_with_loops(x, W, U, b)
    total = [0, 0, 0, 0]

    def adds(dz):
        total[:] = [t + g for t, g in zip(total, backward(dz))]
        return tuple(total)
    return z, adds


def layer_that_forgets_the_sum(x, W, U, b):
    z, backward = layer_with_loops(x, W, U, b)

    def without_sum(dz):
        v = dz
        for _ in range(60):
            v = dz + (v * (1 - z ** 2)) @ U.T
        return *backward(dz)[:3], v * (1 - z ** 2)
    return z, without_sum


def layer_by_solving(x, W, U, b):
    z = np.zeros((len(x), len(b)))
    for _ in range(12_000):
        z = np.tanh(z @ U + x @ W + b)

    def backward(dz):
        v = [np.linalg.solve(np.eye(len(U)) - U * (1 - s ** 2), d) for d, s in zip(dz, z)]
        return gradients_by_einsum(np.array(v), x, z, W)
    return z, backward


class LayerOfAnObject:
    __name__ = "layer_of_an_object"

    class Backward:
        def __init__(self, *values):
            self.x, self.z, self.W, self.U = values

        def __call__(self, dz):
            v, change = dz.copy(), math.inf
            while change >= 1e-13:
                new = dz + np.dot((1 - self.z ** 2) * v, self.U.transpose())
                v, change = new, np.max(np.abs(new - v))
            return gradients_row_by_row(v, self.x, self.z, self.W)

    def __call__(self, x, W, U, b):
        z, _ = settle_in_a_while_loop(np.zeros((len(x), len(b))), U, x @ W + b, 1e-13, 9999)
        z.flags.writeable = False
        return [z, self.Backward(x, z, W, U)]


def layer_of_a_lambda(x, W, U, b):
    z, backward = layer_with_loops(x, W, U, b)
    return z, lambda dz, rest=backward: list(rest(dz))


# ---- 10-5 spectral radius -------------------------------------------------------------------------------------------

def rescale_by_division(U, radius):
    sizes = np.abs(np.linalg.eigvals(U))
    return U / max(sizes) * radius


def rescale_in_place(U, radius):
    U *= radius / np.abs(np.linalg.eigvals(U)).max()
    return U


def rescale_row_by_row(U, radius):
    values, _ = np.linalg.eig(U)
    own = max(math.hypot(value.real, value.imag) for value in values)
    return [[u * radius / own for u in row] for row in U]


def rescale_by_sorting(U, radius):
    own = np.sort(np.abs(np.linalg.eigvals(U.T)))[-1]
    return (np.divide(U, own) * radius).astype(np.float32)


def rescale_by_the_real_and_imaginary_part(U, radius):
    values = np.linalg.eigvals(U)
    return np.multiply(U, radius) / np.sqrt(max(values.real ** 2 + values.imag ** 2))


# ---- 10-6 a forecast ------------------------------------------------------------------------------------------------

def forecast_by_logarithms(changes, tolerance):
    c, r = changes[-1], (changes[-1] / changes[-11]) ** (1 / 10)
    if c <= tolerance:
        return r, 0
    if r >= 1:
        return r, math.inf
    return r, math.ceil((math.log(tolerance) - math.log(c)) / math.log(r))


def forecast_step_by_step(changes, tolerance):
    c, r, k = changes[-1], np.exp(np.log(changes[-1] / changes[-11]) / 10), 0
    while c > tolerance and r < 1:
        c, k = c * r, k + 1
    return [r, np.inf if c > tolerance else k]


def forecast_in_numpy(changes, tolerance):
    r = np.prod(changes[-10:] / changes[-11:-1]) ** 0.1
    k = np.ceil(np.log(changes[-1] / tolerance) / -np.log(r)) if r < 1 else np.inf
    return np.array([r, 0.0 if changes[-1] <= tolerance else k])


def forecast_with_a_floor(changes, tolerance):
    changes = [float(c) for c in changes]
    r = math.pow(changes[-1] / changes[len(changes) - 11], 0.1)
    if changes[-1] <= tolerance or r >= 1:
        return r, 0 if changes[-1] <= tolerance else float("inf")
    return r, -math.floor(math.log(changes[-1] / tolerance, r))


_STEP, _CHANGE = "np.tanh(c + np.dot(z, U))", "np.abs(z - before).max()"
_SMALL, _RAISE = f"{_CHANGE} <= tolerance", 'raise ArithmeticError(f"not settled after {limit} steps")'
_BACK = "(slope * v) @ U.T"
_SIZES = "np.abs(np.linalg.eigvals(U))"
_RATE, _CEIL = "(changes[-1] / changes[-11]) ** (1 / 10)", "math.ceil("

PLANTED = {
    "10-1": [
        ("transpose", edited(settle_in_a_while_loop, ("np.dot(z, U)", "np.dot(z, U.T)"))),
        ("transpose", edited(settle_in_a_while_loop, ("np.dot(z, U)", "np.dot(U, z.T).T"))),
        ("input forgotten", edited(settle_in_a_while_loop, ("c + ", ""))),
        ("activation forgotten", edited(settle_in_a_while_loop, ("np.tanh(", "("))),
        ("change without absolute value", edited(settle_in_a_while_loop, (_CHANGE, "(z - before).max()"))),
        ("change without absolute value", edited(settle_in_a_while_loop, (_CHANGE, "(before - z).max()"))),
        ("mean instead of the largest", edited(settle_in_a_while_loop, (_CHANGE, "np.abs(z - before).mean()"))),
        ("smallest instead of the largest", edited(
            settle_in_a_while_loop, (_SMALL, "(np.abs(z - before) <= tolerance).any()"))),
        ("norm instead of the largest", edited(
            settle_in_a_while_loop, (_CHANGE, "np.sqrt(np.sum((z - before) ** 2))"))),
        ("error", edited(                                   # compared with the start: it never settles
            settle_in_a_while_loop, ("steps = 0", "steps, start = 0, z"), ("z - before", "z - start"))),
        ("relative tolerance", edited(settle_in_a_while_loop, (_CHANGE, f"{_CHANGE} / np.abs(z).max()"))),
        ("relative tolerance", edited(settle_in_a_while_loop, (_CHANGE, "np.abs((z - before) / z).max()"))),
        ("relative tolerance", edited(settle_in_a_while_loop, (_SMALL, "np.allclose(z, before, atol=tolerance)"))),
        ("< for <=", edited(settle_in_a_while_loop, ("<= tolerance", "< tolerance"))),
        ("tolerance ignored", edited(settle_in_a_while_loop, (_SMALL, "steps == limit"))),
        ("the state before the last step", edited(settle_in_a_while_loop, ("return z", "return before"))),
        ("steps off by one", edited(settle_in_a_while_loop, ("return z, steps", "return z, steps - 1"))),
        ("limit off by one", edited(settle_in_a_while_loop, ("steps < limit", "steps < limit - 1"))),
        ("no error", edited(settle_in_a_while_loop, (_RAISE, "return z, steps"))),
        ("limit off by one", edited(settle_in_a_while_loop, ("steps < limit", "steps <= limit"))),
        ("error", edited(settle_in_a_while_loop, ("    steps = 0", "    steps, limit = 0, min(limit, 200)"))),
        ("values", edited(settle_in_a_while_loop, ("steps = 0", "steps, tolerance = 0, max(tolerance, 1e-10)"))),
        ("z ignored", edited(settle_in_a_while_loop, ("    steps = 0", "    steps, z = 0, 0 * c"))),
        ("error without numbers", edited(settle_in_a_while_loop, ("{limit} steps", "step number 1{limit}"))),
        ("error without numbers", edited(settle_in_a_while_loop, ("after {limit} steps", "yet"))),
        ("error", edited(settle_in_a_while_loop, ("ArithmeticError", "ValueError"))),
        ("mutated input", edited(
            settle_in_a_while_loop, ("before, z = z, np", "before = z.copy()\n        z[:] = np"))),
        ("number of results", edited(settle_in_a_while_loop, ("return z, steps", "return z")))],
    "10-2": [
        ("transpose", edited(adjoint_from_zero, ("U.T", "U"))),
        ("slope forgotten", edited(adjoint_from_zero, (_BACK, "v @ U.T"))),
        ("slope at the wrong end", edited(adjoint_from_zero, (_BACK, "slope * (v @ U.T)"))),
        ("slope at the wrong end", edited(adjoint_from_zero, (_BACK, "slope * (v @ U)"))),
        ("sign of the second term", edited(adjoint_from_zero, ("dz + (", "dz - ("))),
        ("square forgotten", edited(adjoint_from_zero, ("z ** 2", "z"))),
        ("tanh taken twice", edited(adjoint_from_zero, ("z ** 2", "np.tanh(z) ** 2"))),
        ("slope of the sigmoid", edited(adjoint_from_zero, ("1 - z ** 2", "z - z ** 2"))),
        ("steps off by one", edited(adjoint_from_zero, ("steps + 1", "steps"))),
        ("steps off by one", edited(adjoint_from_zero, ("steps + 1", "steps + 2"))),
        ("values", edited(adjoint_from_zero, ("steps + 1", "min(steps, 25) + 1"))),
        ("values", edited(adjoint_from_zero, ("1 - z ** 2", "np.maximum(1 - z ** 2, 1e-3)"))),
        ("stopped before the last step", adjoint_that_stops), ("dz forgotten", adjoint_without_dz),
        ("v added instead of dz", adjoint_grows),
        ("mutated input", adjoint_spoils_dz), ("sign", edited(adjoint_from_zero, ("return v", "return -v")))],
    "10-3": [
        ("slope forgotten", edited(gradients_in_steps, ("1 - z ** 2", "1"))),
        ("values", edited(gradients_in_steps, ("1 - z ** 2", "np.maximum(1 - z ** 2, 1e-3)"))),
        ("square forgotten", edited(gradients_in_steps, ("z ** 2", "z"))),
        ("tanh taken twice", edited(gradients_in_steps, ("z ** 2", "np.tanh(z) ** 2"))),
        ("slope of the sigmoid", edited(gradients_in_steps, ("1 - z ** 2", "z - z ** 2"))),
        ("adjoint instead of da", edited(gradients_in_steps, ("z.T @ da", "z.T @ v"))),
        ("transpose", edited(gradients_in_steps, ("da @ W.T", "da @ W"))),
        ("transpose", edited(gradients_in_steps, ("x.T @ da", "x @ da"))),
        ("transpose", edited(gradients_in_steps, ("z.T @ da", "da.T @ z"))),
        ("missing sum over the batch", edited(gradients_in_steps, ("np.sum(da, axis=0)", "da"))),
        ("extra 1/N", edited(gradients_in_steps, ("np.sum", "np.mean"))),
        ("wrong axis", edited(gradients_in_steps, ("axis=0", "axis=1"))),
        ("wrong order", edited(gradients_in_steps, ("return dx, dW, dU, db", "return dW, dU, db, dx"))),
        ("sign", edited(gradients_in_steps, ("np.multiply(v", "np.multiply(-v"))),
        ("number of results", edited(gradients_in_steps, ("return dx, ", "return "))),
        ("mutated input", edited(gradients_in_steps, ("1 - z ** 2)", "1 - z ** 2, out=v)")))],
    "10-4": [
        ("adjoint not relaxed", edited(layer_with_loops, ("range(20_000)", "range(0)"))),
        ("adjoint not relaxed", edited(layer_with_loops, ("range(20_000)", "range(1)"))),
        ("state not relaxed", edited(layer_with_loops, ("range(30_000)", "range(1)"))),
        ("transpose", edited(layer_with_loops, ("@ U.T", "@ U"))),
        ("transpose", edited(layer_with_loops, ("z @ U +", "z @ U.T +"))),
        ("transpose", edited(layer_with_loops, ("@ U.T", "@ U"), ("z @ U +", "z @ U.T +"))),
        ("slope forgotten", edited(layer_with_loops, ("(v * slope)", "v"))),
        ("slope at the wrong end", edited(layer_with_loops, ("(v * slope) @ U.T", "(v @ U.T) * slope"))),
        ("sign of the second term", edited(layer_with_loops, ("dz + (", "dz - ("))),
        ("adjoint instead of da", edited(
            layer_with_loops, ("gradients_in_steps(v, x, z, W)", "v @ W.T, x.T @ v, z.T @ v, v.sum(0)"))),
        ("not begun at zero", edited(layer_with_loops, ("np.zeros(", "np.ones("))),
        ("not begun at zero", edited(layer_with_loops, ("np.zeros(", "-np.ones("))),
        ("change without absolute value", edited(
            layer_with_loops, ("np.abs(last - v).max()", "np.max(v - last)"))),
        ("change without absolute value", edited(
            layer_with_loops, ("np.abs(last - v).max()", "np.max(last - v)"))),
        ("too few steps", edited(layer_with_loops, ("range(20_000)", "range(5000)"))),
        ("too few steps", edited(layer_with_loops, ("range(30_000)", "range(5000)"))),
        ("bias forgotten", edited(layer_with_loops, (" + b)", ")"))),
        ("too few steps", edited(layer_with_loops, ("range(30_000)", "range(40)"), ("range(20_000)", "range(40)"))),
        ("too few steps", edited(layer_with_loops, ("range(20_000)", "range(100)"))),
        ("too few steps", edited(layer_with_loops, ("before - z).max() < 1e-14", "before - z).max() < 1e-6"))),
        ("too few steps", edited(layer_with_loops, ("last - v).max() < 1e-14", "last - v).max() < 1e-8"))),
        ("mutated input", edited(layer_with_loops, ("        return grad", "        dz *= 0\n        return grad"))),
        ("wrong order", edited(layer_with_loops, ("return gradients_in_steps(v, x, z, W)",
                                                  "return gradients_in_steps(v, x, z, W)[::-1]"))),
        ("stale state", layer_with_a_global_state), ("stale state", layer_that_counts_its_backwards),
        ("missing sum over the batch", layer_that_forgets_the_sum),
        ("number of results", edited(layer_with_loops, ("z, W)\n", "z, W)[1:]\n"))),
        ("no backward", edited(layer_with_loops, ("return z, backward", "return z")))],
    "10-5": [
        ("never enlarges", edited(rescale_by_division, ("U / max(sizes) * radius", "U * min(1, radius / max(sizes))"))),
        ("norm instead of radius", edited(rescale_by_division, (_SIZES, "np.linalg.svd(U)[1]"))),
        ("norm instead of radius", edited(rescale_by_division, (_SIZES, "[np.linalg.norm(U)]"))),
        ("absolute value forgotten", edited(rescale_by_division, ("max(sizes)", "np.max(sizes)"), ("np.abs(", "("))),
        ("absolute value forgotten", edited(
            rescale_by_division, (_SIZES, "[abs(np.max(np.linalg.eigvals(U)))]"))),
        ("real part only", edited(rescale_by_division, (_SIZES, "np.linalg.eigvals(U).real"))),
        ("real part only", edited(rescale_by_division, (_SIZES, "np.abs(np.real(np.linalg.eigvals(U)))"))),
        ("absolute value forgotten", edited(
            rescale_by_division, (_SIZES, "np.abs([np.linalg.eigvals(U).max(), np.linalg.eigvals(U).min()])"))),
        ("values", edited(rescale_by_division, ("max(sizes)", "max(*sizes, 1e-3)"))),
        ("values", edited(rescale_by_division, ("/ max(sizes) * radius", "/ max(sizes) * (radius or max(sizes))"))),
        ("first eigenvalue", edited(rescale_by_division, ("max(sizes)", "sizes[0]"))),
        ("last eigenvalue", edited(rescale_by_division, ("max(sizes)", "sizes[-1]"))),
        ("smallest instead of largest", edited(rescale_by_division, ("max(sizes)", "min(sizes)"))),
        ("largest entry", edited(rescale_by_division, (_SIZES, "np.abs(U).ravel()"))),
        ("routine for symmetric matrices", edited(rescale_by_division, ("eigvals(", "eigvalsh("))),
        ("radius forgotten", edited(rescale_by_division, (" * radius", ""))),
        ("upside down", edited(rescale_by_division, ("/ max(sizes) * radius", "* max(sizes) / radius"))),
        ("not divided by its own radius", edited(rescale_by_division, (" / max(sizes)", ""))),
        ("mutated input", rescale_in_place)],
    "10-6": [
        ("root forgotten", edited(forecast_by_logarithms, (" ** (1 / 10)", ""))),
        ("ten changes, nine steps", edited(forecast_by_logarithms, ("[-11]", "[-10]"))),
        ("upside down", edited(forecast_by_logarithms, (_RATE, "(changes[-11] / changes[-1]) ** 0.1"))),
        ("upside down", edited(forecast_by_logarithms, (_RATE, "(changes[-11] / changes[-1]) ** 0.1"),
                               ("    if r >= 1:\n        return r, math.inf\n", ""))),
        ("last ratio only", edited(forecast_by_logarithms, (_RATE, "changes[-1] / changes[-2]"))),
        ("mean of the ratios", edited(forecast_by_logarithms, (_RATE, "(changes[1:] / changes[:-1])[-10:].mean()"))),
        ("rounded down", edited(forecast_by_logarithms, (_CEIL, "int("))),
        ("rounded down", edited(forecast_by_logarithms, (_CEIL, "round("))),
        ("one step more", edited(forecast_by_logarithms, (_CEIL, "1 + int("))),
        ("values", edited(forecast_by_logarithms, (_CEIL, "math.ceil(-0.05 + "))),
        ("values", edited(forecast_by_logarithms, (_CEIL, "max(4, "), ("/ math.log(r))", "/ math.log(r) // 1 + 1)"))),
        ("no number", edited(forecast_by_logarithms, ("math.inf", "None"))),
        ("< for <=", edited(forecast_by_logarithms, ("<= tolerance", "< tolerance"))),
        ("an earlier change", edited(forecast_by_logarithms, ("if c <=", "if changes.min() <="))),
        ("an end beyond 0.99", edited(forecast_by_logarithms, ("r >= 1", "r > 0.99"))),
        ("a number that is not whole", edited(forecast_by_logarithms, (_CEIL, "float("))),
        ("counted from a change of 1", edited(forecast_by_logarithms, (" - math.log(c)", ""))),
        ("counted from the beginning", edited(forecast_by_logarithms, (_CEIL, "len(changes) + math.ceil("))),
        ("sign", edited(forecast_by_logarithms, (_CEIL, "-math.ceil("))),
        ("no end to be seen", edited(forecast_by_logarithms, ("r >= 1", "r > 1"))),
        ("already settled", edited(forecast_by_logarithms, ("    if c <= tolerance:\n        return r, 0\n", "")))],
}

RIGHT = {
    "10-1": [settle_in_a_while_loop, settle_unit_by_unit, settle_by_recursion, settle_with_allclose],
    "10-2": [adjoint_from_zero, adjoint_by_matrices, adjoint_by_recursion, adjoint_by_terms],
    "10-3": [gradients_in_steps, gradients_by_einsum, gradients_row_by_row, gradients_in_single_precision],
    "10-4": [layer_with_loops, layer_by_solving, LayerOfAnObject(), layer_of_a_lambda],
    "10-5": [rescale_by_division, rescale_row_by_row, rescale_by_sorting, rescale_by_the_real_and_imaginary_part],
    "10-6": [forecast_by_logarithms, forecast_step_by_step, forecast_in_numpy, forecast_with_a_floor],
}
