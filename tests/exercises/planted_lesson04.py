"""Wrong answers to the tasks of lesson 04, as learners write them, and the name each must be called by."""

import numpy as np

# ---- 04-1 affine ---------------------------------------------------------------------------------------------


def affine_bias_not_summed(dy, x, W):
    dx = np.dot(dy, W.T)
    dW = np.dot(x.T, dy)
    db = dy
    return dx, dW, db


def affine_forgot_to_transpose_weights(dy, x, W):
    dx = np.dot(dy, W)
    dW = np.dot(x.T, dy)
    return dx, dW, np.sum(dy, axis=0)


def affine_weights_gradient_lying_on_its_side(dy, x, W):
    return dy @ W.T, dy.T @ x, dy.sum(0)


def affine_input_not_transposed(dy, x, W):
    dW = x @ dy
    return dy @ W.T, dW, dy.sum(0)


def affine_divides_again(dy, x, W):
    N = x.shape[0]
    return dy @ W.T, x.T @ dy / N, dy.sum(axis=0) / N


def affine_negative(dy, x, W):
    return -(dy @ W.T), -(x.T @ dy), -dy.sum(axis=0)


def affine_sums_rows(dy, x, W):
    return dy @ W.T, x.T @ dy, dy.sum(axis=1)


def affine_sums_all(dy, x, W):
    return dy @ W.T, x.T @ dy, dy.sum()


def affine_keeps_an_axis(dy, x, W):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0, keepdims=True)


def affine_weights_first(dy, x, W):
    return x.T @ dy, dy.sum(axis=0), dy @ W.T


def affine_spoils_dy(dy, x, W):
    dx = dy @ W.T
    dW = x.T @ dy
    for n in range(1, len(dy)):
        dy[0] += dy[n]
    return dx, dW, dy[0].copy()


def affine_mean_bias(dy, x, W):
    return dy @ W.T, x.T @ dy, np.mean(dy, axis=0)


def affine_in_double(dy, x, W):
    db = np.zeros(dy.shape[1])
    for row in dy:
        db += row
    return dy @ W.T, x.T @ dy, db


_sums = {}


def affine_adds_to_the_last_call(dy, x, W):
    db = _sums[dy.shape] = _sums.get(dy.shape, 0) + dy.sum(axis=0)
    return dy @ W.T, x.T @ dy, db


# ---- 04-2 relu -----------------------------------------------------------------------------------------------

def relu_spoils_dy(dy, x):
    dy[x <= 0] = 0
    return dy


def relu_open_at_zero(dy, x):
    dx = dy.copy()
    dx[x < 0] = 0
    return dx


def relu_looks_at_dy(dy, x):
    dx = dy.copy()
    dx[dy <= 0] = 0
    return dx


def relu_slope_only(dy, x):
    return np.where(x > 0, 1.0, 0.0)


def relu_kink_at_one(dy, x):
    return np.where(x > 1, dy, 0)


def relu_again(dy, x):
    return dy * np.maximum(0, x)


def relu_in_double(dy, x):
    return dy * np.where(x > 0, 1.0, 0.0)


def relu_negative(dy, x):
    return -dy * (x > 0)


def relu_inverted(dy, x):
    return np.where(x > 0, 0, dy)


def relu_summed(dy, x):
    return (dy * (x > 0)).sum(axis=0)


# ---- 04-3 softmax with cross-entropy -------------------------------------------------------------------------

def probabilities(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def loss_not_averaged(z, t):
    dz = probabilities(z)
    dz[np.arange(len(t)), t] -= 1
    return dz


def loss_target_minus_prediction(z, t):
    dz = -probabilities(z)
    dz[np.arange(len(t)), t] += 1
    return dz / len(t)


def loss_overflows(z, t):
    e = np.exp(z)
    dz = e / e.sum(axis=1, keepdims=True)
    dz[range(len(t)), t] -= 1
    return dz / len(t)


def loss_down_the_columns(z, t):
    e = np.exp(z - z.max(axis=0))
    dz = e / e.sum(axis=0)
    dz[range(len(t)), t] -= 1
    return dz / len(t)


def loss_one_sum(z, t):
    e = np.exp(z - z.max())
    dz = e / e.sum()
    dz[range(len(t)), t] -= 1
    return dz / len(t)


def loss_all_label_columns(z, t):
    dz = probabilities(z)
    dz[:, t] -= 1
    return dz / len(z)


def loss_forgets_the_label(z, t):
    return probabilities(z) / z.shape[0]


def loss_spoils_z(z, t):
    z -= z.max(axis=1, keepdims=True)
    dz = probabilities(z)
    dz[np.arange(len(t)), t] -= 1
    return dz / len(t)


def loss_in_double(z, t):
    return (probabilities(z) - np.eye(z.shape[1])[t]) / len(z)


def loss_by_all_entries(z, t):
    dz = probabilities(z)
    dz[np.arange(len(t)), t] -= 1
    return dz / dz.size


def loss_twice_averaged(z, t):
    dz = probabilities(z)
    dz[np.arange(len(t)), t] -= 1
    dz = dz / len(t)
    return dz / len(t)


# ---- 04-4 broadcasting ---------------------------------------------------------------------------------------

def broadcast_front_axes_only(dy, shape):
    while dy.ndim > len(shape):
        dy = dy.sum(axis=0)
    return dy


def broadcast_front_axes_forgotten(dy, shape):
    extra = dy.ndim - len(shape)
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.sum(axis=extra + i, keepdims=True)
    return dy


def broadcast_axes_vanish(dy, shape):
    dy = dy.sum(axis=tuple(range(dy.ndim - len(shape))))
    for i in reversed(range(len(shape))):
        if shape[i] == 1:
            dy = dy.sum(axis=i)
    return dy


def broadcast_averages(dy, shape):
    dy = dy.mean(axis=tuple(range(dy.ndim - len(shape))))
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.mean(axis=i, keepdims=True)
    return dy


def broadcast_first_copy(dy, shape):
    while dy.ndim > len(shape):
        dy = dy[0]
    for i, n in enumerate(shape):
        if n == 1:
            dy = np.take(dy, [0], axis=i)
    return dy


def broadcast_from_the_end(dy, shape):
    while dy.ndim > len(shape):
        dy = dy.sum(axis=-1)
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.sum(axis=i, keepdims=True)
    return dy


def broadcast_everything(dy, shape):
    return np.ones(shape) * dy.sum()


def broadcast_keeps_front(dy, shape):
    while len(shape) < dy.ndim:
        shape = (1, *shape)
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.sum(axis=i, keepdims=True)
    return dy


def broadcast_negative(dy, shape):
    dy = -dy.sum(axis=tuple(range(dy.ndim - len(shape))))
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.sum(axis=i, keepdims=True)
    return dy


def broadcast_needs_a_repeat(dy, shape):
    axes = [0] + [i for i in range(1, dy.ndim) if shape[i - dy.ndim] == 1]
    return dy.sum(axis=tuple(axes), keepdims=True).reshape(shape)


# ---- 04-5 a gradient checker ---------------------------------------------------------------------------------

def checker_one_sided(f, x):
    x, h = np.array(x, dtype=float), 1e-6
    gradient, here = np.zeros(x.shape), f(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        gradient[i] = (f(moved) - here) / h
    return gradient


def checker_without_two(f, x):
    gradient, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / h
    return gradient


def checker_spoils_x(f, x):
    gradient, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        gradient[i] = (above - f(x)) / (2 * h)
    return gradient


def checker_with_whole_numbers(f, x):
    x, h = x.copy(), 1e-5
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        gradient[i] = (above - f(x)) / (2 * h)
        x[i] = kept
    return gradient


def checker_all_at_once(f, x):
    h = 1e-4
    return np.ones(x.shape) * (f(x + h) - f(x - h)) / (2 * h)


def checker_below_minus_above(f, x):
    gradient, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x - step) - f(x + step)) / (2 * h)
    return gradient


def checker_flat(f, x):
    gradient, h = [], 1e-5
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        gradient.append((f(x + step) - f(x - step)) / (2 * h))
    return np.array(gradient)


def checker_large_step(f, x):
    gradient, h = np.zeros(x.shape), 0.015
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def checker_returns_nothing(f, x):
    gradient, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)


# ---- 04-6 a two-layer network --------------------------------------------------------------------------------

def network(x, t, W1, b1, W2, b2, fault=None):
    N = len(x)
    a = x @ W1 + b1
    h = np.where(a > 0, a, 0)
    p = probabilities(h @ W2 + b2)
    loss = -np.log(p[np.arange(N), t]).sum()
    loss = loss if fault == "sum" else loss / N
    dz = p.copy()
    if fault != "label":
        dz[np.arange(N), t] -= 1
    dz = dz if fault == "sum" else dz / N
    dW2 = (a if fault == "a" else h).T @ dz
    db2 = dz if fault == "bias" else dz.sum(axis=0)
    dh = dz @ W2 if fault == "transpose" else dz @ W2.T
    if fault == "mask":
        da = dh
    elif fault == "wrong mask":
        da = np.where(dh > 0, dh, 0)
    else:
        da = np.where(h > 0, dh, 0)
    dW1, db1 = x.T @ da, da.sum(axis=0)
    if fault == "extra":
        dW1, dW2 = dW1 / N, dW2 / N
    if fault == "sign":
        dW1, db1, dW2, db2 = -dW1, -db1, -dW2, -db2
    if fault == "order":
        return loss, dW2, db2, dW1, db1
    if fault == "spoil":
        W2 -= 0.1 * dW2
    return loss, dW1, db1, dW2, db2


def faulty(fault):
    return lambda *arguments: network(*arguments, fault=fault)


# ---- 04-7 a gain ---------------------------------------------------------------------------------------------

def gain_as_found(dy, x, g):
    dx = dy * g
    dg = dy.sum(axis=0) * x.sum(axis=0)
    db = dy.sum(axis=0)
    return dx, dg, db


def gain_not_summed(dy, x, g):
    return dy * g, dy * x, dy.sum(axis=0)


def gain_summed_over_features(dy, x, g):
    return dy * g, (dy * x).sum(axis=1), dy.sum(axis=0)


def gain_lost(dy, x, g):
    return dy, (dy * x).sum(axis=0), dy.sum(axis=0)


def gain_without_x(dy, x, g):
    return dy * g, dy.sum(axis=0), dy.sum(axis=0)


def gain_averaged(dy, x, g):
    return dy * g, (dy * x).mean(axis=0), dy.sum(axis=0)


def gain_spoils_dy(dy, x, g):
    dg, db = (dy * x).sum(axis=0), dy.sum(axis=0)
    dy *= g
    return dy, dg, db


def gain_spoils_dy_first(dy, x, g):
    return g * dy, np.einsum("nd,nd->d", dy, x), -dy.sum(axis=0)


# ---- 04-8 a weight used twice --------------------------------------------------------------------------------

def tied(x, W, fault=None):
    z = x @ W
    h = np.maximum(z, 0)
    y = h @ W.T
    dy = (y - x) / x.size
    if fault != "two":
        dy = 2 * dy
    if fault == "rows":
        dy = dy * x.shape[1]
    if fault == "sign":
        dy = -dy
    decoder = h.T @ dy if fault == "transpose" else dy.T @ h
    dh = dy @ W
    if fault != "mask":
        dh = dh * (z > 0)
    encoder = x.T @ dh
    if fault == "decoder":
        return decoder
    if fault == "encoder":
        return encoder
    if fault == "doubled":
        return 2 * encoder
    if fault == "difference":
        return encoder - decoder
    return encoder + decoder


def tied_as_found(x, W):
    z = x @ W
    h = np.maximum(z, 0)
    y = h @ W.T
    dy = 2 * (y - x) / x.size
    dW = dy.T @ h
    dz = (dy @ W) * (z > 0)
    dW = x.T @ dz
    return dW


def tied_with(fault):
    return lambda x, W: tied(x, W, fault)


_total = {}


def tied_accumulates_for_ever(x, W):
    _total["dW"] = _total.get("dW", 0) * (np.shape(_total.get("dW", 0)) == W.shape) + tied(x, W)
    return _total["dW"].copy()


# ---- 04-9 an update too early --------------------------------------------------------------------------------

def step_as_found(x, t, W1, W2, lr):
    h = np.tanh(x @ W1)
    y = h @ W2
    dy = 2 * (y - t) / y.size
    W2 = W2 - lr * (h.T @ dy)
    dh = dy @ W2.T
    W1 = W1 - lr * (x.T @ (dh * (1 - h ** 2)))
    return W1, W2


def step(x, t, W1, W2, lr, fault=None):
    h = np.tanh(x @ W1)
    y = h @ W2
    dy = (y - t) if fault == "no mean" else (y - t) / y.size
    dy = dy if fault == "no two" else 2 * dy
    dW2 = h.T @ dy
    da = dy @ W2.T
    if fault != "no slope":
        da = da * (1 - h ** 2)
    dW1 = x.T @ da
    if fault == "gradients":
        return dW1, dW2
    if fault == "order":
        return W2 - lr * dW2, W1 - lr * dW1
    if fault == "spoil":
        W1 -= lr * dW1
        W2 -= lr * dW2
        return W1, W2
    if fault == "uphill":
        return W1 + lr * dW1, W2 + lr * dW2
    if fault == "no rate":
        return W1 - dW1, W2 - dW2
    if fault == "one layer":
        return W1, W2 - lr * dW2
    return W1 - lr * dW1, W2 - lr * dW2


def step_with(fault):
    return lambda *arguments: step(*arguments, fault=fault)


PLANTED = {
    "04-1": [
        ("missing sum over the batch", affine_bias_not_summed), ("transpose", affine_forgot_to_transpose_weights),
        ("transpose", affine_weights_gradient_lying_on_its_side), ("transpose", affine_input_not_transposed),
        ("extra 1/N", affine_divides_again), ("sign", affine_negative), ("wrong axis", affine_sums_rows),
        ("summed over everything", affine_sums_all), ("extra axis", affine_keeps_an_axis),
        ("wrong order", affine_weights_first), ("mutated input", affine_spoils_dy),
        ("mean instead of sum", affine_mean_bias), ("dtype", affine_in_double),
        ("stale state", affine_adds_to_the_last_call)],
    "04-2": [
        ("mutated input", relu_spoils_dy), ("the value at zero", relu_open_at_zero),
        ("mask of the wrong array", relu_looks_at_dy), ("upstream gradient ignored", relu_slope_only),
        ("threshold at one", relu_kink_at_one), ("value instead of slope", relu_again), ("dtype", relu_in_double),
        ("sign", relu_negative), ("the gate inverted", relu_inverted)],
    "04-3": [
        ("missing 1/N", loss_not_averaged), ("sign", loss_target_minus_prediction), ("overflow", loss_overflows),
        ("wrong axis", loss_down_the_columns), ("summed over everything", loss_one_sum),
        ("label of every row", loss_all_label_columns), ("label not subtracted", loss_forgets_the_label),
        ("mutated input", loss_spoils_z), ("dtype", loss_in_double), ("divided by all entries", loss_by_all_entries),
        ("extra 1/N", loss_twice_averaged)],
    "04-4": [
        ("axis of length 1 forgotten", broadcast_front_axes_only),
        ("missing sum over the batch", broadcast_front_axes_forgotten), ("extra axis", broadcast_axes_vanish),
        ("mean instead of sum", broadcast_averages), ("only one copy", broadcast_first_copy),
        ("wrong axis", broadcast_from_the_end), ("summed over everything", broadcast_everything),
        ("axes kept in front", broadcast_keeps_front), ("sign", broadcast_negative),
        ("special shapes", broadcast_needs_a_repeat)],
    "04-5": [
        ("one-sided", checker_one_sided), ("factor 2", checker_without_two), ("mutated input", checker_spoils_x),
        ("integer x", checker_with_whole_numbers), ("all entries at once", checker_all_at_once),
        ("sign", checker_below_minus_above), ("extra axis", checker_flat), ("step size", checker_large_step),
        ("nothing returned", checker_returns_nothing)],
    "04-6": [
        ("missing 1/N", faulty("sum")), ("label not subtracted", faulty("label")),
        ("pre-activation instead of activation", faulty("a")), ("missing sum over the batch", faulty("bias")),
        ("transpose", faulty("transpose")), ("relu forgotten", faulty("mask")),
        ("mask of the wrong array", faulty("wrong mask")), ("extra 1/N", faulty("extra")), ("sign", faulty("sign")),
        ("wrong order", faulty("order")), ("mutated input", faulty("spoil"))],
    "04-7": [
        ("sum taken too early", gain_as_found), ("missing sum over the batch", gain_not_summed),
        ("wrong axis", gain_summed_over_features), ("gain forgotten", gain_lost), ("input forgotten", gain_without_x),
        ("mean instead of sum", gain_averaged), ("mutated input", gain_spoils_dy), ("sign", gain_spoils_dy_first)],
    "04-8": [
        ("= for +=", tied_as_found), ("= for +=", tied_with("decoder")), ("= for +=", tied_with("encoder")),
        ("factor 2", tied_with("two")), ("divided by the rows", tied_with("rows")), ("sign", tied_with("sign")),
        ("transpose", tied_with("transpose")), ("relu forgotten", tied_with("mask")),
        ("one use counted twice", tied_with("doubled")), ("wrong sign between the two", tied_with("difference")),
        ("stale state", tied_accumulates_for_ever)],
    "04-9": [
        ("updated too early", step_as_found), ("missing 1/N", step_with("no mean")), ("factor 2", step_with("no two")),
        ("slope of tanh forgotten", step_with("no slope")), ("gradients instead of weights", step_with("gradients")),
        ("wrong order", step_with("order")), ("mutated input", step_with("spoil")), ("uphill", step_with("uphill")),
        ("learning rate forgotten", step_with("no rate")), ("W1 not updated", step_with("one layer"))],
}
