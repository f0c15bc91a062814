"""Typical wrong answers to the tasks of lesson 10."""

import math

import numpy as np

# ---- 10-1 relaxing -----------------------------------------------------------------------------------------------


def settle(z, U, c, tolerance, limit, fault=None):
    begin = z
    steps = 0
    while steps < limit:
        if fault == "transpose":
            new = np.tanh(z @ U.T + c)
        elif fault == "input":
            new = np.tanh(z @ U)
        elif fault == "tanh":
            new = z @ U + c
        else:
            new = np.tanh(z @ U + c)
        if fault == "in place":
            change = np.abs(new - z).max()
            z[:] = new
        elif fault == "abs":
            change = (new - z).max()
        elif fault == "mean":
            change = np.abs(new - z).mean()
        elif fault == "start":
            change = np.abs(new - begin).max()
        else:
            change = np.abs(new - z).max()
        if change <= tolerance and fault != "all steps":
            if fault == "old":
                return z, steps + 1
            return new, steps if fault == "from zero" else steps + 1
        z, steps = new, steps + 1
        if fault == "too early" and steps >= limit - 1:
            break
    if fault in ("all steps", "no error"):
        return z, steps
    raise ArithmeticError("it did not settle" if fault == "mute" else f"not settled after {limit} steps")


def settle_with(fault):
    return lambda *arguments: settle(*arguments, fault=fault)


def settle_doubles_in_float64(z, U, c, tolerance, limit):
    z, steps = settle(z.astype(float), U.astype(float), c.astype(float), tolerance, limit)
    return z, steps


def settle_prints_only(z, U, c, tolerance, limit):
    settle(z, U, c, tolerance, limit)


# ---- 10-2 the adjoint --------------------------------------------------------------------------------------------


def adjoint(dz, z, U, steps, fault=None):
    slope = 1 - z ** 2
    if fault == "square":
        slope = 1 - z
    if fault == "twice":
        slope = 1 - np.tanh(z) ** 2
    v = np.zeros(dz.shape) if fault == "double" else np.zeros_like(dz)
    for _ in range(steps if fault == "from zero" else steps + 1):
        if fault == "transpose":
            v = dz + (slope * v) @ U
        elif fault == "no slope":
            v = dz + v @ U.T
        elif fault == "late slope":
            v = dz + slope * (v @ U.T)
        elif fault == "minus":
            v = dz - (slope * v) @ U.T
        else:
            v = dz + (slope * v) @ U.T
    return -v if fault == "sign" else v


def adjoint_with(fault):
    return lambda *arguments: adjoint(*arguments, fault=fault)


def adjoint_without_dz(dz, z, U, steps):
    v = dz
    for _ in range(steps):
        v = (v * (1 - z * z)) @ U.T
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


# ---- 10-3 gradients ------------------------------------------------------------------------------------------------


def gradients(v, x, z, W, fault=None):
    slope = {"square": 1 - z, "twice": 1 - np.tanh(z) ** 2, "sigmoid": z * (1 - z), "none": 1.0}.get(fault, 1 - z ** 2)
    if fault == "in place":
        v *= slope
        da = v
    else:
        da = v * slope
    dx = da @ (W if fault == "dx" else W.T)
    dW = (x @ da) if fault == "dW" else x.T @ da
    dU = da.T @ z if fault == "dU" else z.T @ v if fault == "adjoint" else z.T @ da
    db = (da if fault == "bias" else da.mean(axis=0) if fault == "mean" else da.sum(axis=1) if fault == "axis"
          else da.sum(axis=0))
    if fault == "order":
        return dW, dU, db, dx
    if fault == "sign":
        return -dx, -dW, -dU, -db
    if fault == "three":
        return dW, dU, db
    return dx, dW, dU, db


def gradients_with(fault):
    return lambda *arguments: gradients(*arguments, fault=fault)


# ---- 10-4 the layer --------------------------------------------------------------------------------------------------


_kept = {}


def layer(x, W, U, b, fault=None):
    z = np.zeros((len(x), len(b)))
    for _ in range(1 if fault == "one step" else 40 if fault == "forty steps" else 3000):
        before, z = z, np.tanh(z @ (U.T if fault == "U.T" else U) + x @ W + (0 if fault == "bias" else b))
        if np.abs(before - z).max() < 1e-14:
            break

    def backward(dz):
        slope, v = 1 - z ** 2, dz
        for _ in range(0 if fault == "no adjoint" else 40 if fault == "forty steps" else 1000):
            if fault == "transpose":
                v = dz + (v * slope) @ U
            elif fault == "no slope":
                v = dz + v @ U.T
            elif fault == "late slope":
                v = dz + (v @ U.T) * slope
            elif fault == "minus":
                v = dz - (v * slope) @ U.T
            else:
                v = dz + (v * slope) @ U.T
        if fault == "in place":
            dz *= 0
        return gradients(v, x, z, W, {"adjoint": "none", "order": "order"}.get(fault))
    return z, backward


def layer_with(fault):
    return lambda *arguments: layer(*arguments, fault=fault)


def layer_forgets_the_sum(x, W, U, b):
    z, backward = layer(x, W, U, b)

    def without_sum(dz):
        dx, dW, dU, _ = backward(dz)
        return dx, dW, dU, _da(z, U, dz)
    return z, without_sum


def _da(z, U, dz):
    v = dz
    for _ in range(1000):
        v = dz + (v * (1 - z ** 2)) @ U.T
    return v * (1 - z ** 2)


def layer_with_a_total(x, W, U, b):
    z, backward = layer(x, W, U, b)
    _kept["calls"] = _kept.get("calls", 0) + 1
    return z, lambda dz: tuple(g * _kept["calls"] for g in backward(dz))


def layer_gives_only_z(x, W, U, b):
    z, _ = layer(x, W, U, b)
    return z, lambda dz: (dz, dz, dz)


# ---- 10-5 spectral radius -------------------------------------------------------------------------------------------


def rescale_by(measure):
    return lambda U, radius: U / measure(U) * radius


def rescale_in_place(U, radius):
    U *= radius / np.abs(np.linalg.eigvals(U)).max()
    return U


def rescale_in_double(U, radius):
    U = U.astype(np.float64)
    return radius * U / np.abs(np.linalg.eigvals(U)).max()


# ---- 10-6 a forecast ------------------------------------------------------------------------------------------------


def forecast(changes, tolerance, rate=lambda c: (c[-1] / c[-11]) ** (1 / 10), rounded=math.ceil, fault=None):
    r = float(rate(changes))
    if changes[-1] <= tolerance and fault != "negative":
        return r, 0
    if r >= 1 and fault != "endless":
        return r, math.inf
    begin = 1.0 if fault == "from one" else changes[-1]
    steps = rounded(math.log(tolerance / begin) / math.log(r))
    if fault == "total":
        steps += len(changes)
    return r, -steps if fault == "sign" else steps


def forecast_with(**options):
    return lambda changes, tolerance: forecast(changes, tolerance, **options)


PLANTED = {
    "10-1": [
        ("transpose", settle_with("transpose")), ("input forgotten", settle_with("input")),
        ("activation forgotten", settle_with("tanh")), ("mutated input", settle_with("in place")),
        ("change without absolute value", settle_with("abs")), ("mean instead of the largest", settle_with("mean")),
        ("compared with the start", settle_with("start")), ("tolerance ignored", settle_with("all steps")),
        ("the state before the last step", settle_with("old")), ("steps off by one", settle_with("from zero")),
        ("limit off by one", settle_with("too early")), ("no error", settle_with("no error")),
        ("error without numbers", settle_with("mute")), ("dtype", settle_doubles_in_float64),
        ("number of results", settle_prints_only)],
    "10-2": [
        ("transpose", adjoint_with("transpose")), ("slope forgotten", adjoint_with("no slope")),
        ("slope at the wrong end", adjoint_with("late slope")), ("sign of the second term", adjoint_with("minus")),
        ("square forgotten", adjoint_with("square")), ("tanh taken twice", adjoint_with("twice")),
        ("steps off by one", adjoint_with("from zero")), ("dz forgotten", adjoint_without_dz),
        ("v added instead of dz", adjoint_grows), ("mutated input", adjoint_spoils_dz),
        ("dtype", adjoint_with("double")), ("sign", adjoint_with("sign"))],
    "10-3": [
        ("slope forgotten", gradients_with("none")), ("square forgotten", gradients_with("square")),
        ("tanh taken twice", gradients_with("twice")), ("slope of the sigmoid", gradients_with("sigmoid")),
        ("adjoint instead of da", gradients_with("adjoint")), ("transpose", gradients_with("dx")),
        ("transpose", gradients_with("dW")), ("transpose", gradients_with("dU")),
        ("missing sum over the batch", gradients_with("bias")), ("extra 1/N", gradients_with("mean")),
        ("wrong axis", gradients_with("axis")), ("wrong order", gradients_with("order")),
        ("sign", gradients_with("sign")), ("number of results", gradients_with("three")),
        ("mutated input", gradients_with("in place"))],
    "10-4": [
        ("adjoint not relaxed", layer_with("no adjoint")), ("state not relaxed", layer_with("one step")),
        ("transpose", layer_with("transpose")), ("transpose", layer_with("U.T")),
        ("slope forgotten", layer_with("no slope")), ("slope at the wrong end", layer_with("late slope")),
        ("sign of the second term", layer_with("minus")), ("adjoint instead of da", layer_with("adjoint")),
        ("bias forgotten", layer_with("bias")), ("too few steps", layer_with("forty steps")),
        ("mutated input", layer_with("in place")), ("wrong order", layer_with("order")),
        ("stale state", layer_with_a_total), ("missing sum over the batch", layer_forgets_the_sum),
        ("number of results", layer_gives_only_z)],
    "10-5": [
        ("norm instead of radius", rescale_by(lambda U: np.linalg.norm(U, 2))),
        ("norm instead of radius", rescale_by(np.linalg.norm)),
        ("absolute value forgotten", rescale_by(lambda U: np.linalg.eigvals(U).max())),
        ("real part only", rescale_by(lambda U: np.linalg.eigvals(U).real.max())),
        ("real part only", rescale_by(lambda U: np.abs(np.linalg.eigvals(U).real).max())),
        ("first eigenvalue", rescale_by(lambda U: np.abs(np.linalg.eigvals(U))[0])),
        ("smallest instead of largest", rescale_by(lambda U: np.abs(np.linalg.eigvals(U)).min())),
        ("largest entry", rescale_by(lambda U: np.abs(U).max())),
        ("routine for symmetric matrices", rescale_by(lambda U: np.abs(np.linalg.eigvalsh(U)).max())),
        ("radius forgotten", lambda U, radius: U / np.abs(np.linalg.eigvals(U)).max()),
        ("upside down", lambda U, radius: U * np.abs(np.linalg.eigvals(U)).max() / radius),
        ("not divided by its own radius", lambda U, radius: radius * U), ("mutated input", rescale_in_place),
        ("dtype", rescale_in_double)],
    "10-6": [
        ("root forgotten", forecast_with(rate=lambda c: c[-1] / c[-11])),
        ("ten changes, nine steps", forecast_with(rate=lambda c: (c[-1] / c[-10]) ** 0.1)),
        ("upside down", forecast_with(rate=lambda c: (c[-11] / c[-1]) ** 0.1, fault="endless")),
        ("last ratio only", forecast_with(rate=lambda c: c[-1] / c[-2])),
        ("mean of the ratios", forecast_with(rate=lambda c: (c[1:] / c[:-1])[-10:].mean())),
        ("rounded down", forecast_with(rounded=int)), ("rounded down", forecast_with(rounded=round)),
        ("a number that is not whole", forecast_with(rounded=float)),
        ("counted from a change of 1", forecast_with(fault="from one")),
        ("counted from the beginning", forecast_with(fault="total")), ("sign", forecast_with(fault="sign")),
        ("no end to be seen", forecast_with(fault="endless")), ("already settled", forecast_with(fault="negative"))],
}
