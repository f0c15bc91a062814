"""Answers to the tasks of lesson 04 as learners write them: wrong ones with the name that the check must give, right
ones written as nobody would expect."""

from functools import partial

import numpy as np
from answers import edited

# ---- 04-0 ----------------------------------------------------------------------------------------------------------


def affine_steps():
    return {
        "y[n, k]": lambda x, W, b, n, k: x[n] @ W[:, k] + b[k],
        "W[d, k] acts on": "every n",
        "slope": lambda x, n, d: x[n][d],
        "dW sums over": "n",
        "dW[d, k]": lambda dy, x, d, k: sum(x[n, d] * dy[n, k] for n in range(len(dy))),
        "dW": "x.T @ dy",
        "x[n, d] acts on": "every k",
        "dx[n, d]": lambda dy, W, n, d: np.dot(dy[n], W[d]),
        "dx": "dy @ W.T",
        "db[k]": lambda dy, k: dy[:, k].sum(),
    }


def affine_steps_by_whole_arrays():
    """Every entry is taken out of the whole result; blanks do not matter."""
    steps = {"y[n, k]": lambda x, W, b, n, k: (x @ W + b)[n, k], "slope": lambda *a: a[0][a[1:]],
             "dW[d, k]": lambda dy, x, d, k: np.einsum("nd,nk->dk", x, dy)[d, k], "dW": "x.T@dy", "dx": " dy @ W.T ",
             "dx[n, d]": lambda dy, W, n, d: (dy @ W.T)[n, d], "db[k]": lambda dy, k: list(dy.sum(0))[k]}
    return affine_steps() | steps


def affine_steps_by_loops():
    def total(dy, k):
        s = 0.0
        for row in dy.tolist():
            s += row[k]
        return np.float32(s)

    def entry(dy, x, d, k, s=0):
        for one, other in zip(dy, x):
            s = s + one[k] * other[d]
        return s
    return {**affine_steps(), "db[k]": total, "dW[d, k]": entry}


# ---- 04-1 ----------------------------------------------------------------------------------------------------------

def affine(dy, x, W):
    dx = np.dot(dy, W.T)
    dW = np.dot(x.T, dy)
    db = np.sum(dy, axis=0)
    return dx, dW, db


def affine_spoils_dy(dy, x, W):
    dx, dW = dy @ W.T, x.T @ dy
    for n in range(1, len(dy)):
        dy[0] += dy[n]
    return dx, dW, dy[0].copy()


_sums = {}


def affine_adds_to_the_last_call(dy, x, W):
    db = _sums[dy.shape] = _sums.get(dy.shape, 0) + dy.sum(axis=0)
    return dy @ W.T, x.T @ dy, db


def affine_squeezes(dy, x, W):
    """Right, until there is one output."""
    return dy @ W.T, x.T @ dy, np.ones((1, len(dy))) @ dy.squeeze()


def affine_in_double(dy, x, W):
    db = np.zeros(dy.shape[1])
    for row in dy:
        db += row
    return [dy @ W.T, x.T @ dy, db]


def affine_by_einsum(dy, x, W):
    return (np.einsum("nk,dk->nd", dy, W), np.einsum("nd,nk->dk", x, dy), np.einsum("nk->k", dy))


def affine_by_loops(dy, x, W):
    (N, K), D = dy.shape, len(W)
    dx = [[sum(dy[n, k] * W[d, k] for k in range(K)) for d in range(D)] for n in range(N)]
    dW = [[sum(dy[n, k] * x[n, d] for n in range(N)) for k in range(K)] for d in range(D)]
    return dx, dW, [sum(dy[n, k] for n in range(N)) for k in range(K)]


def affine_in_single(dy, x, W):
    dy, x, W = (np.array(a, np.float32) for a in (dy, x, W))
    results = {"dx": dy @ W.T, "dW": (dy.T @ x).T, "db": np.ones(len(dy), np.float32) @ dy}
    for a in results.values():
        a.setflags(write=False)
    return tuple(results.values())


# ---- 04-2 ----------------------------------------------------------------------------------------------------------

def gate(dy, x):
    dx = dy.copy()
    dx[x <= 0] = 0
    return dx


def relu_spoils_dy(dy, x):
    dy[x <= 0] = 0
    return dy


def relu_summed(dy, x):
    return gate(dy, x).sum(axis=0)


def relu_by_absolute_value(dy, x):
    return dy * (x + np.abs(x)) / (2 * np.abs(x))


def gate_as_numbers(dy, x):
    return dy * np.where(x > 0, 1, 0).astype(np.float64)


def gate_by_step(dy, x):
    return np.heaviside(x, 0) * dy


def gate_by_lists(dy, x):
    return [[g if v > 0 else 0 for g, v in zip(*rows)] for rows in zip(dy, x)]


class Gate:
    __name__ = "Gate"

    def __call__(self, dy, x, out=None):
        return np.multiply(dy, np.sign(np.maximum(x, 0)), out)


# ---- 04-3 ----------------------------------------------------------------------------------------------------------

def probabilities(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def loss_gradient(z, t):
    dz = probabilities(z)
    dz[np.arange(len(z)), t] -= 1
    return dz / len(z)


def loss_with(z, t, softmax):
    return (softmax(z) - np.eye(z.shape[1])[t]) / len(z)


def loss_without_shift(z, t):
    return loss_with(z, t, lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def loss_shifted_by(function, z, t):
    return loss_with(z, t, lambda z: np.exp(z - function(z)) / np.exp(z - function(z)).sum(axis=1, keepdims=True))


def loss_shifted_where_large(z, t):
    return loss_shifted_by(lambda z: z.max(axis=1, keepdims=True) if z.max() > 100 else 0, z, t)


def loss_spoils_z(z, t):
    z -= z.max(axis=1, keepdims=True)
    return loss_gradient(z, t)


def loss_clipped(z, t):
    return loss_without_shift(np.clip(z, -500, 500), t)


def loss_row_after_row(z, t):
    rows = []
    for logits, label in zip(z, t):
        p = probabilities(logits[None])[0]
        rows.append([(p[k] - (k == label)) / len(z) for k in range(len(p))])
    return rows


def loss_by_logarithms(z, t):
    """exp(z − ln Σ e^z), with the logarithm of NumPy's own sum; float32 is returned."""
    p = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
    return np.subtract(p, t[:, None] == np.arange(z.shape[1]), dtype=np.float32) / np.float32(len(z))


def loss_by_differences(z, t):
    """1 / Σ_j e^(z_j − z_k) needs no largest logit: what overflows becomes 1 / inf = 0."""
    p = 1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2)
    p[range(len(t)), list(t)] -= 1
    return p * (1 / len(t))


# ---- 04-4 ----------------------------------------------------------------------------------------------------------

def unrepeat(dy, shape):
    while dy.ndim > len(shape):
        dy = dy.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.sum(axis=i, keepdims=True)
    return dy


def broadcast_front_axes_forgotten(dy, shape):
    extra = dy.ndim - len(shape)
    for i, n in enumerate(shape):
        if n == 1:
            dy = dy.sum(axis=extra + i, keepdims=True)
    return dy


def broadcast_first_copy(dy, shape):
    while dy.ndim > len(shape):
        dy = dy[0]
    for i, n in enumerate(shape):
        if n == 1:
            dy = np.take(dy, [0], axis=i)
    return dy


def broadcast_keeps_front(dy, shape):
    while len(shape) < dy.ndim:
        shape = (1, *shape)
    return unrepeat(dy, shape)


def broadcast_needs_a_repeat(dy, shape):
    axes = [0] + [i for i in range(1, dy.ndim) if shape[i - dy.ndim] == 1]
    return dy.sum(axis=tuple(axes), keepdims=True).reshape(shape)


def broadcast_by_lengths(dy, shape):
    """Looks for the lengths of the shape among those of dy, from the left."""
    left, axes = list(shape), []
    for i, n in enumerate(dy.shape):
        if left and n == left[0]:
            left.pop(0)
        else:
            axes.append(i)
    return dy.sum(axis=tuple(axes)).reshape(shape)


def unrepeat_in_one(dy, shape):
    full = (1,) * (dy.ndim - len(shape)) + shape
    return np.reshape(dy.sum(axis=tuple(i for i, n in enumerate(full) if n == 1), keepdims=True), shape)


def unrepeat_by_counting(dy, shape):
    """Adds every entry of dy to the entry that it was copied from."""
    dx = np.zeros(shape)
    places = np.broadcast_to(np.arange(dx.size).reshape(shape), dy.shape)
    return np.bincount(places.ravel(), dy.ravel(), minlength=dx.size).reshape(shape)


def unrepeat_as_a_list(dy, shape):
    return np.asarray(unrepeat(dy, list(shape))).tolist()


# ---- 04-5 ----------------------------------------------------------------------------------------------------------

def differences(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def checker_one_sided(f, x):
    x, h = np.array(x, dtype=float), 1e-6
    gradient, here = np.zeros(x.shape), f(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        gradient[i] = (f(moved) - here) / h
    return gradient


def checker_spoils_x(f, x):
    x = np.asarray(x, dtype=float)          # no copy, where x holds floats already
    gradient, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        gradient[i] = (above - f(x)) / (2 * h)
    return gradient


def checker_never_puts_back(f, x):
    return checker_spoils_x(f, np.array(x, dtype=float))


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
    h = 1e-5
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def checker_flat(f, x):
    return differences(f, x).ravel()


def checker_returns_nothing(f, x):
    differences(f, x)


def checker_two_axes_only(f, x):
    gradient, h = np.zeros(x.shape), 1e-5
    for i in range(len(x)):
        for j in range(x.shape[1] if x.ndim > 1 else 1):
            step = np.zeros(x.shape)
            step[(i, j)[:x.ndim]] = h
            gradient[(i, j)[:x.ndim]] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def checker_keeps_the_kind(f, x, h=1e-5):
    """The gradient of whole numbers is cut to whole numbers."""
    gradient = np.empty_like(x)
    for i in np.ndindex(gradient.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def checker_rounds(f, x):
    return differences(f, x).round(4)


def checker_drops_what_is_small(f, x):
    g = differences(f, x)
    return np.where(np.abs(g) < 1e-4, 0, g)


def differences_along_the_line(f, x):
    x, found = np.array(x, dtype=np.float64), []
    for e in np.eye(x.size) * 2e-6:
        found.append(f(x + e.reshape(x.shape)) / 4e-6 - f(x - e.reshape(x.shape)) / 4e-6)
    return np.array(found).reshape(x.shape)


def differences_of_fourth_order(f, x):
    far, near = differences(f, x, 2e-4), differences(f, x, 1e-4)
    return (4 * near - far) / 3


def differences_in_place(f, x):
    """In the array's own memory; a list of lists is returned."""
    x = np.array(x, float)
    flat, gradient = x.reshape(-1), []
    for i, kept in enumerate(flat.tolist()):
        values = []
        for h in (1e-6, -1e-6):
            flat[i] = kept + h
            values.append(f(x))
        flat[i] = kept
        gradient.append((values[0] - values[1]) / 2e-6)
    return np.reshape(gradient, x.shape).tolist()


# ---- 04-6 ----------------------------------------------------------------------------------------------------------

def network(x, t, W1, b1, W2, b2):
    N = len(x)
    a = x @ W1 + b1
    h = np.where(a > 0, a, 0)
    z = h @ W2 + b2
    s = z - z.max(axis=1)[:, None]
    loss = (np.log(np.exp(s).sum(axis=1)) - s[np.arange(N), t]).mean()
    dz = probabilities(z)
    dz[np.arange(N), t] -= 1
    dz = dz / N
    dW2, db2 = h.T @ dz, dz.sum(axis=0)
    dh = dz @ W2.T
    da = np.where(a > 0, dh, 0)
    return loss, x.T @ da, da.sum(axis=0), dW2, db2


def network_in_another_order(*arguments):
    loss, dW1, db1, dW2, db2 = network(*arguments)
    return loss, dW2, db2, dW1, db1


def network_divides_again(*arguments):
    loss, *gradients = network(*arguments)
    return loss, *(g / len(arguments[0]) for g in gradients)


def network_uphill(*arguments):
    loss, *gradients = network(*arguments)
    return loss, *(-g for g in gradients)


def network_without_loss(*arguments):
    return network(*arguments)[1:]


def network_takes_a_step(x, t, W1, b1, W2, b2):
    results = network(x, t, W1, b1, W2, b2)
    W2 -= 0.1 * results[3]
    return results


def network_row_after_row(x, t, *params):
    """The mean of what each example gives alone; a list is returned."""
    each = [network(x[n:n + 1], t[n:n + 1], *params) for n in range(len(x))]
    return [sum(parts) / len(x) for parts in zip(*each)]


def network_with_a_column_of_ones(x, t, W1, b1, W2, b2):
    """Biases as one more row of the weights."""
    x1 = np.column_stack([x, np.ones(len(x))])
    a = x1 @ np.vstack([W1, b1])
    h1 = np.column_stack([np.clip(a, 0, None), np.ones(len(x))])
    z = h1 @ np.vstack([W2, b2])
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    dz = (np.exp(log_p) - (np.arange(z.shape[1]) == t[:, None])) / len(t)
    g2 = np.einsum("nh,nk->hk", h1, dz)
    g1 = np.einsum("nd,nh->dh", x1, np.einsum("nk,hk->nh", dz, W2) * np.heaviside(a, 0))
    return -np.take_along_axis(log_p, t[:, None], 1).sum() / len(t), g1[:-1], g1[-1], g2[:-1], g2[-1]


def network_in_single(*arguments):
    return tuple(np.float32(v) for v in network(*arguments))


# ---- 04-7 ----------------------------------------------------------------------------------------------------------

def gain(dy, x, g):
    dx = g * dy
    dg = np.sum(x * dy, axis=0)
    db = np.sum(dy, axis=0)
    return dx, dg, db


def gain_spoils_dy(dy, x, g):
    dg, db = (dy * x).sum(axis=0), dy.sum(axis=0)
    dy *= g
    return dy, dg, db


def gain_squeezes(dy, x, g):
    return dy * g, np.diag(np.atleast_2d(dy.T @ x)).squeeze(), dy.sum(axis=0)


def gain_divides(dy, x, g):
    dx = dy * g
    return dx, np.sum(dx * x, axis=0) / g, dy.sum(axis=0)


def gain_by_einsum(dy, x, g):
    return [np.einsum("nd,d->nd", dy, g), np.einsum("nd,nd->d", dy, x), np.ones(len(dy)) @ dy]


def gain_by_a_diagonal(dy, x, g):
    return dy @ np.diag(g), np.diag(x.T @ dy), dy.T @ np.ones(len(dy))


def gain_row_after_row(dy, x, g):
    dg, db = np.zeros(len(g)), np.zeros(len(g))
    for one, row in zip(dy, x):
        dg += one * row
        db += one
    return (dy * g).tolist(), dg.astype(np.float32), tuple(db)


# ---- 04-8 ----------------------------------------------------------------------------------------------------------

def tied(x, W):
    z = x @ W
    h = z * (z > 0)
    dy = (h @ W.T - x) * 2 / x.size
    decoder = dy.T @ h
    dz = np.where(z > 0, dy @ W, 0)
    encoder = x.T @ dz
    return encoder + decoder


_total = {}


def tied_accumulates_for_ever(x, W):
    before = _total.get(W.shape, 0)
    _total[W.shape] = before + tied(x, W)
    return _total[W.shape].copy()


def tied_by_einsum(x, W):
    h = np.maximum(np.einsum("nd,dh->nh", x, W), 0)
    dy = np.einsum("nh,dh->nd", h, W)
    dy = (dy - x) / (x.shape[0] * x.shape[1] / 2)
    return np.einsum("nd,nh->dh", dy, h) + np.einsum("nd,ne,eh,nh->dh", x, dy, W, (h > 0) * 1.0, optimize=True)


def tied_row_after_row(x, W):
    dW = np.zeros(W.shape)
    for row in x:
        h = np.maximum(row @ W, 0)
        dy = 2 * (W @ h - row) / x.size
        dW += np.outer(dy, h) + np.outer(row, (W.T @ dy) * (h > 0))
    return dW


def tied_transposed(x, W):
    V, X = W.T, x.T
    h = np.maximum(V @ X, 0)
    dy = (V.T @ h - X) * (2 / x.size)
    return np.float32((h @ dy.T + ((V @ dy) * np.sign(h)) @ x).T)


# ---- 04-9 ----------------------------------------------------------------------------------------------------------

def one_step(x, t, W1, W2, lr):
    h = np.tanh(x @ W1)
    y = h @ W2
    dy = 2 * (y - t) / y.size
    dW2 = h.T @ dy
    da = dy @ W2.T
    da = da * (1 - h ** 2)
    dW1 = x.T @ da
    return W1 - lr * dW1, W2 - lr * dW2


def step_other_layer_first(*arguments):
    return one_step(*arguments)[::-1]


def step_in_place(x, t, W1, W2, lr):
    new = one_step(x, t, W1, W2, lr)
    W1[...], W2[...] = new
    return W1, W2


def step_stays_without_a_rate(x, t, W1, W2, lr):
    return one_step(x, t, W1, W2, lr) if lr else (W1, W2)


def step_by_averages(x, t, W1, W2, lr):
    """The mean over the rows of the steps that each alone would take."""
    each = [one_step(x[n:n + 1], t[n:n + 1], W1, W2, lr) for n in range(len(x))]
    return [np.mean(layer, axis=0) for layer in zip(*each)]


def step_with_cosh(x, t, W1, W2, lr):
    a = x @ W1
    slope, error = np.cosh(a) ** -2.0, np.tanh(a) @ W2 - t
    rate = lr * 2 / error.size
    return (W1 - np.linalg.multi_dot([x.T, slope * (error @ W2.T)]) * rate,
            (W2.T - error.T @ np.tanh(a) * rate).T)


def step_in_single(*arguments):
    return tuple(a.astype(np.float32) for a in one_step(*arguments))


PLANTED = {
    "04-0": [
        ("bias forgotten", edited(affine_steps, (" + b[k]", ""))),
        ("one term only", edited(affine_steps, ("x[n] @ W[:, k]", "x[n, 0] * W[0, k]"))),
        ("wrong index", edited(affine_steps, ('W[d, k] acts on": "every n"', 'W[d, k] acts on": "every k"'))),
        ("value instead of slope", edited(affine_steps, ("x[n][d]", "1"))),
        ("wrong sum", edited(affine_steps, ('over": "n"', 'over": "D"'))),
        ("not a choice", edited(affine_steps, ('over": "n"', 'over": "rows"'))),
        ("one row only", edited(affine_steps, ("range(len(dy))", "[0]"))),
        ("mean instead of sum", edited(affine_steps, ("range(len(dy)))", "range(len(dy))) / len(dy)"))),
        ("local derivative ignored", edited(affine_steps, ("x[n, d] * dy", "dy"))),
        ("transpose", edited(affine_steps, ("x.T @ dy", "dy.T @ x"))),
        ("wrong order", edited(affine_steps, ("x.T @ dy", "dy @ x.T"))),
        ("wrong index", edited(affine_steps, ("every k", "both"))),
        ("upstream gradient ignored", edited(affine_steps, ("np.dot(dy[n], W[d])", "np.sum(W[d])"))),
        ("transpose forgotten", edited(affine_steps, ("dy @ W.T", "dy @ W"))),
        ("summed over everything", edited(affine_steps, ("dy[:, k].sum()", "np.sum(dy)"))),
        ("not a function", edited(affine_steps, ("lambda dy, k: dy[:, k].sum()", "'sum of dy'"))),
    ],
    "04-1": [
        ("missing sum over the batch", edited(affine, ("np.sum(dy, axis=0)", "dy"))),
        ("transpose", edited(affine, ("W.T", "W"))), ("transpose", edited(affine, ("x.T", "x"))),
        ("transpose", edited(affine, ("np.dot(x.T, dy)", "dy.T @ x"))),
        ("transpose", edited(affine, ("np.dot(dy, W.T)", "(dy @ W.T).T"))),
        ("extra 1/N", edited(affine, ("np.dot(x.T, dy)", "np.dot(x.T, dy) / len(x)"),
                             ("np.sum(dy, axis=0)", "np.sum(dy, axis=0) / len(x)"))),
        ("sign", edited(affine, ("np.dot(dy, W.T)", "-np.dot(dy, W.T)"), ("np.dot(x.T, dy)", "-np.dot(x.T, dy)"),
                        ("np.sum(dy, axis=0)", "-np.sum(dy, axis=0)"))),
        ("wrong axis", edited(affine, ("axis=0", "axis=1"))),
        ("summed over everything", edited(affine, (", axis=0", ""))),
        ("extra axis", edited(affine, ("axis=0", "axis=0, keepdims=True"))),
        ("wrong order", edited(affine, ("return dx, dW, db", "return dW, db, dx"))),
        ("mean instead of sum", edited(affine, ("np.sum", "np.mean"))),
        ("number of results", edited(affine, ("return dx, dW, db", "return dx, dW"))),
        ("mutated input", affine_spoils_dy), ("stale state", affine_adds_to_the_last_call),
        ("extra axis", affine_squeezes),
    ],
    "04-2": [
        ("the value at zero", edited(gate, ("x <= 0", "x < 0"))),
        ("mask of the wrong array", edited(gate, ("x <= 0", "dy <= 0"))),
        ("upstream gradient ignored", edited(gate, ("dy.copy()", "np.ones(dy.shape)"))),
        ("threshold at one", edited(gate, ("x <= 0", "x <= 1"))),
        ("a threshold above zero", edited(gate, ("<= 0", "<= 1e-6"))),
        ("value instead of slope", edited(gate, ("dy.copy()", "dy * x"))),
        ("forward instead of backward", edited(gate, ("dy.copy()", "x.copy()"))),
        ("sign", edited(gate, ("dy.copy()", "-dy"))), ("the gate inverted", edited(gate, ("x <= 0", "x > 0"))),
        ("relu of the gradient", edited(gate, ("x <= 0", "(x <= 0) | (dy < 0)"))),
        ("division by zero", relu_by_absolute_value), ("mutated input", relu_spoils_dy), ("shape", relu_summed),
    ],
    "04-3": [
        ("missing 1/N", edited(loss_gradient, (" / len(z)", ""))),
        ("sign", edited(loss_gradient, ("return dz", "return -dz"))),
        ("extra 1/N", edited(loss_gradient, ("dz / len(z)", "dz / len(z) ** 2"))),
        ("label of every row", edited(loss_gradient, ("np.arange(len(z))", ":"))),
        ("label not subtracted", edited(loss_gradient, ("-= 1", "-= 0"))),
        ("label not divided", edited(loss_gradient, ("-= 1", "-= len(z)"))),
        ("divided by all entries", edited(loss_gradient, ("dz / len(z)", "dz / z.size"))),
        ("divided by the classes", edited(loss_gradient, ("dz / len(z)", "dz / z.shape[1]"))),
        ("logits instead of probabilities", edited(loss_gradient, ("probabilities(z)", "z.copy()"))),
        ("slope of the softmax twice",
         edited(loss_gradient, ("return dz", "p = probabilities(z)\n    return p * (1 - p) * dz"))),
        ("wrong axis", partial(loss_with, softmax=lambda z: probabilities(z.T).T)),
        ("summed over everything",
         partial(loss_with, softmax=lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum())),
        ("overflow", loss_without_shift), ("overflow", loss_clipped), ("overflow", loss_shifted_where_large),
        ("overflow", partial(loss_shifted_by, lambda z: np.maximum(z.max(axis=1, keepdims=True), 0))),
        ("overflow", lambda z, t: loss_without_shift(np.clip(z, -700, 700), t)),
        ("overflow", partial(loss_shifted_by, lambda z: z.min(axis=1, keepdims=True))),
        ("overflow", partial(loss_shifted_by, lambda z: z.mean(axis=1, keepdims=True))),
        ("overflow", partial(loss_shifted_by, np.max)), ("overflow", partial(loss_shifted_by, lambda z: z.max(axis=0))),
        ("mutated input", loss_spoils_z),
    ],
    "04-4": [
        ("axis of length 1 forgotten", edited(unrepeat, ("if n == 1", "if n == 0"))),
        ("axis of length 1 dropped",
         edited(unrepeat, ("enumerate(shape)", "reversed([*enumerate(shape)])"), (", keepdims=True", ""))),
        ("mean instead of sum",
         edited(unrepeat, ("dy.sum(axis=0)", "dy.mean(axis=0)"), ("dy.sum(axis=i", "dy.mean(axis=i"))),
        ("mean instead of sum", edited(unrepeat, ("dy.sum(axis=i", "dy.mean(axis=i"))),
        ("wrong axis", edited(unrepeat, ("dy.sum(axis=0)", "dy.sum(axis=-1)"))),
        ("one axis only", edited(unrepeat, ("while", "if"))),
        ("one axis only", edited(unrepeat, ("keepdims=True)", "keepdims=True)\n            break"))),
        ("sign", edited(unrepeat, ("return dy", "return -dy"))),
        ("summed over everything", edited(unrepeat, ("return dy", "return np.ones(shape) * dy.sum()"))),
        ("missing sum over the batch", broadcast_front_axes_forgotten), ("only one copy", broadcast_first_copy),
        ("axes kept in front", broadcast_keeps_front), ("error", broadcast_needs_a_repeat),
        ("values", broadcast_by_lengths),
    ],
    "04-5": [
        ("factor 2", edited(differences, ("(2 * h)", "h"))),
        ("sign", edited(differences, ("(f(x + step) - f(x - step))",
                                                                              "(f(x - step) - f(x + step))"))),
        ("step size", edited(differences, ("1e-5", "0.015"))), ("step size", edited(differences, ("1e-5", "1e-8"))),
        ("step size", edited(differences, ("1e-5", "0.1"))), ("one-sided", checker_one_sided),
        ("mutated input", checker_spoils_x), ("entry not put back", checker_never_puts_back),
        ("integer x", checker_with_whole_numbers), ("all entries at once", checker_all_at_once),
        ("extra axis", checker_flat),
        ("nothing returned", checker_returns_nothing), ("whole-number gradient", checker_keeps_the_kind),
        ("values", checker_rounds), ("values", checker_drops_what_is_small), ("values", checker_two_axes_only),
        ("step relative to the entry", edited(differences, ("step[i] = h", "step[i] = h = 1e-5 * abs(x[i])"))),
    ],
    "04-6": [
        ("missing 1/N", edited(network, (".mean()", ".sum()"), ("dz / N", "dz"))),
        ("missing 1/N", edited(network, ("dz / N", "dz"))),
        ("label not subtracted", edited(network, ("-= 1", "-= 0"))),
        ("pre-activation instead of activation", edited(network, ("h.T @ dz", "a.T @ dz"))),
        ("missing sum over the batch", edited(network, ("dz.sum(axis=0)", "dz"))),
        ("transpose", edited(network, ("dz @ W2.T", "dz @ W2"))),
        ("relu forgotten", edited(network, ("np.where(a > 0, dh, 0)", "dh"))),
        ("mask of the wrong array", edited(network, ("a > 0, dh", "dh > 0, dh"))),
        ("the value at zero", edited(network, ("a > 0, dh", "a >= 0, dh"))),
        ("value instead of slope", edited(network, ("np.where(a > 0, dh, 0)", "dh * h"))),
        ("no relu", edited(network, ("np.where(a > 0, a, 0)", "a"))),
        ("bias forgotten", edited(network, ("x @ W1 + b1", "x @ W1"))),
        ("overflow", edited(network, ("z - z.max(axis=1)[:, None]", "z"))),
        ("log of 0", edited(network, ("(np.log(np.exp(s).sum(axis=1)) - s[np.arange(N), t])",
                                      "-np.log(probabilities(z)[np.arange(N), t])"))),
        ("extra 1/N", network_divides_again), ("sign", network_uphill), ("wrong order", network_in_another_order),
        ("number of results", network_without_loss), ("mutated input", network_takes_a_step),
    ],
    "04-7": [
        ("sum taken too early", edited(gain, ("np.sum(x * dy, axis=0)", "dy.sum(axis=0) * x.sum(axis=0)"))),
        ("sum taken too early", edited(gain, ("np.sum(x * dy, axis=0)", "dy.sum(axis=0) * x.sum(axis=0) / len(x)"))),
        ("missing sum over the batch", edited(gain, ("np.sum(x * dy, axis=0)", "x * dy"))),
        ("wrong axis", edited(gain, ("x * dy, axis=0", "x * dy, axis=1"))),
        ("gain forgotten", edited(gain, ("g * dy", "dy.copy()"))),
        ("input forgotten", edited(gain, ("x * dy, axis", "dy, axis"))),
        ("gain in its own gradient", edited(gain, ("x * dy", "x * dy * g"))),
        ("mean instead of sum", edited(gain, ("np.sum(x", "np.mean(x"))),
        ("mean instead of sum", edited(gain, ("np.sum(dy", "np.mean(dy"))),
        ("sign", edited(gain, ("np.sum(dy", "-np.sum(dy"))), ("mutated input", gain_spoils_dy),
        ("extra axis", gain_squeezes), ("not finite", gain_divides),
    ],
    "04-8": [
        ("= for +=", edited(tied, ("return encoder + decoder", "return encoder"))),
        ("= for +=", edited(tied, ("return encoder + decoder", "return decoder"))),
        ("factor 2", edited(tied, ("encoder + decoder", "(encoder + decoder) / 2"))),
        ("factor 2", edited(tied, (" * 2 / x.size", " / x.size"))),
        ("sign", edited(tied, ("(h @ W.T - x)", "(x - h @ W.T)"))),
        ("divided by the rows", edited(tied, ("x.size", "len(x)"))),
        ("transpose", edited(tied, ("dy.T @ h", "h.T @ dy"))),
        ("relu forgotten", edited(tied, ("np.where(z > 0, dy @ W, 0)", "dy @ W"))),
        ("the value at zero", edited(tied, ("where(z > 0", "where(z >= 0"))),
        ("one use counted twice", edited(tied, ("encoder + decoder", "2 * encoder"))),
        ("one use counted twice", edited(tied, ("encoder + decoder", "decoder + decoder"))),
        ("wrong sign between the two", edited(tied, ("encoder + decoder", "encoder - decoder"))),
        ("stale state", tied_accumulates_for_ever),
    ],
    "04-9": [
        ("updated too early", edited(one_step, ("dy @ W2.T", "dy @ (W2 - lr * dW2).T"))),
        ("missing 1/N", edited(one_step, (" / y.size", ""))), ("factor 2", edited(one_step, ("2 * (y", "(y"))),
        ("divided by the rows", edited(one_step, ("y.size", "len(x)"))),
        ("slope of tanh forgotten", edited(one_step, (" * (1 - h ** 2)", ""))),
        ("square forgotten", edited(one_step, ("1 - h ** 2", "1 - h"))),
        ("gradients instead of weights", edited(one_step, ("W1 - lr * dW1, W2 - lr * dW2", "dW1, dW2"))),
        ("uphill", edited(one_step, ("W1 - lr", "W1 + lr"), ("W2 - lr", "W2 + lr"))),
        ("learning rate forgotten", edited(one_step, ("W1 - lr * ", "W1 - "), ("W2 - lr * ", "W2 - "))),
        ("W1 not updated", edited(one_step, ("W1 - lr * dW1", "W1"))),
        ("W2 not updated", edited(one_step, ("W2 - lr * dW2", "W2"))),
        ("wrong order", step_other_layer_first), ("mutated input", step_in_place),
        ("same array", step_stays_without_a_rate),
    ],
}

RIGHT = {
    "04-0": [affine_steps, affine_steps_by_whole_arrays, affine_steps_by_loops],
    "04-1": [affine, affine_in_double, affine_by_einsum, affine_by_loops, affine_in_single],
    "04-2": [gate, gate_as_numbers, gate_by_step, gate_by_lists, Gate()],
    "04-3": [loss_gradient, loss_row_after_row, loss_by_logarithms, loss_by_differences],
    "04-4": [unrepeat, unrepeat_in_one, unrepeat_by_counting, unrepeat_as_a_list],
    "04-5": [differences, differences_along_the_line, differences_of_fourth_order, differences_in_place],
    "04-6": [network, network_row_after_row, network_with_a_column_of_ones, network_in_single],
    "04-7": [gain, gain_by_einsum, gain_by_a_diagonal, gain_row_after_row],
    "04-8": [tied, tied_by_einsum, tied_row_after_row, tied_transposed],
    "04-9": [one_step, step_by_averages, step_with_cosh, step_in_single],
}
