"""Answers to the tasks of lesson 02, wrong and right, as learners write them; each wrong one has its name."""

import itertools
import math
from functools import partial

import numpy as np
from answers import edited

# ---- 02-0 ----------------------------------------------------------------------------------------------------


def indices():
    return {
        "sum over": "d",
        "y[n, k]": lambda x, W, b, n, k: b[k] + x[n] @ W[:, k],
        "shape of W": "D, K",
        "shape of y": "N, K",
        "axis": 1,
        "b goes to": "every row",
        "factor": lambda m: 1 / np.exp(m),
        "sum": lambda z, m: np.sum(np.exp(z)) / np.exp(m),
        "share": "stays",
        "largest": lambda z: (z - z.max()).max(),
        "subtract": "row max",
    }


def indices_of_lists():
    def entry(x, W, b, n, k):
        total = b[k]
        for d, value in enumerate(x[n]):
            total += value * W[d][k]
        return total
    return {**indices(), "y[n, k]": entry, "factor": lambda m: math.e ** -m, "axis": np.int64(1), "shape of W": "D,K",
            "sum": lambda z, m: math.fsum(math.exp(v - m) for v in z), "largest": lambda z: 0.0}


def indices_of_arrays():
    def y(x, W, b, n, k):
        return (x[:, :, None] * W + b / len(W)).sum(axis=1)[n, k]
    steps = indices()
    steps.update(zip(("y[n, k]", "factor"), (y, lambda m: np.float32(np.exp(-m)))))
    return dict(reversed(list(steps.items())))


def indices_without_shapes():
    return {key: step for key, step in indices().items() if "shape" not in key}


def indices_printed():
    print(list(indices()))


# ---- 02-1 ----------------------------------------------------------------------------------------------------


def affine_right(x, W, b):
    return np.dot(x, W) + b


def affine_loop(x, W, b):
    y = np.zeros((len(x), len(b)))
    for n in range(len(x)):
        for k in range(len(b)):
            y[n, k] = np.sum(x[n] * W[:, k]) + b[k]
    return y


def affine_columns(x, W, b):
    return W.T @ x.T + b[:, None]


def affine_no_sum(x, W, b):
    return np.array([[x[n, :, None] * W + b] for n in range(len(x))])[:, 0]


def affine_mean(x, W, b):
    return np.mean(x[:, :, None] * W[None], axis=1) + b


def affine_weights_first(x, W, b):
    return W @ x + b


def affine_forgets_return(x, W, b):
    y = x @ W
    y += b


def affine_adds_to_the_bias(x, W, b):
    b += 0
    b[:] = b[::-1]
    return x @ W + b[::-1]


def affine_squeezed(x, W, b):
    return np.squeeze(x @ W + b)


def affine_square_turned(x, W, b):
    return x @ (W.T if W.shape[0] == W.shape[1] else W) + b


def affine_einsum(x, W, b):
    return np.einsum("nd,dk->nk", x, W) + b


def affine_rows(x, W, b):
    return [list(row @ W + b) for row in x]


def affine_homogeneous(x, W, b):
    return np.c_[x, np.ones(len(x))] @ np.r_[W, b[None]]


def affine_in_float32(x, W, b):
    return x.astype(np.float32) @ W.astype(np.float32) + b.astype(np.float32)


class Affine:
    """A layer that can be called."""

    __name__ = "affine_of_a_class"

    def __call__(self, x, W, b):
        y = np.add(np.matmul(x, W), b)
        y.setflags(write=False)
        return y


# ---- 02-2 ----------------------------------------------------------------------------------------------------


def softmax_right(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_naive(z):
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_in_place(z):
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_logits_cut(z):
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum(axis=1, keepdims=True)


def softmax_nan_to_zero(z):
    e = np.exp(z)
    return np.nan_to_num(e / e.sum(axis=1, keepdims=True))


def softmax_of_long_numbers(z):
    e = np.exp(z.astype(np.longdouble))
    return (e / e.sum(axis=1, keepdims=True)).astype(float)


def softmax_loop(z):
    p = np.zeros(z.shape)
    for n, row in enumerate(z):
        e = np.exp(row - row.max())
        p[n] = e / e.sum()
    return p


def softmax_of_differences(z):
    return 1 / np.exp(np.clip(z[:, None, :] - z[:, :, None], None, 700)).sum(axis=2)


def softmax_by_logarithm(z):
    m = z.max(axis=1)
    return np.exp(z - (m + np.log(np.exp(z.T - m).sum(axis=0)))[:, None])


def softmax_lists(z):
    rows = []
    for row in z.tolist():
        e = [math.exp(v - max(row)) for v in row]
        rows.append([v / sum(e) for v in e])
    return rows


def softmax_transposed(z):
    e = np.exp(z.T - z.max(axis=1))
    return (e / e.sum(axis=0)).T


def softmax_in_float32(z):
    return softmax_right(z.astype("float32"))


# ---- 02-3 ----------------------------------------------------------------------------------------------------


def _probabilities(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def ce_of_softmax(z, t):
    return -np.mean(np.log(_probabilities(z)[np.arange(len(t)), t]))


def ce_naive(z, t):
    e = np.exp(z)
    return -np.log(e[np.arange(len(t)), t] / e.sum(axis=1)).mean()


def ce_one_hot_mean(z, t):
    target = np.eye(z.shape[1])[t]
    return -np.mean(target * np.log(_probabilities(z)))


def ce_all_columns(z, t):
    return -np.mean(np.log(_probabilities(z))[:, t])


def ce_epsilon(z, t):
    p = _probabilities(z)[np.arange(len(t)), t]
    return -np.mean(np.log(np.maximum(p, 1e-12)))


def ce_probability(z, t):
    return np.mean(1 - _probabilities(z)[np.arange(len(t)), t])


def ce_label_logit(z, t):
    return -np.mean([z[n, t[n]] for n in range(len(t))])


def ce_in_place(z, t):
    z -= z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(t)), t])


def ce_right(z, t):
    m = z.max(axis=1)
    losses = m + np.log(np.exp(z - m[:, None]).sum(axis=1)) - z[np.arange(len(t)), t]
    return losses.mean()


def ce_shifted(z, t):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - np.take_along_axis(z, t[:, None], axis=1)[:, 0])


def ce_from_the_label(z, t):
    gaps = z - z[np.arange(len(z)), t][:, None]
    return sum(np.logaddexp.reduce(row) for row in gaps) / len(gaps)


def ce_one_hot(z, t):
    one_hot = np.eye(z.shape[1], dtype=bool)[t]
    m = z.max(axis=1, keepdims=True)
    return np.array((m + np.log(np.exp(z - m).sum(axis=1, keepdims=True)) - z)[one_hot].mean())


def ce_loop(z, t):
    losses = []
    for row, label in zip(z.tolist(), t.tolist()):
        top = max(row)
        losses.append(top - row[label] + math.log(math.fsum(math.exp(v - top) for v in row)))
    return math.fsum(losses) / len(losses)


def ce_mean_of_all_pairs(z, t):
    lse = np.logaddexp.reduce(z, axis=1, keepdims=True)
    return (lse - z[np.arange(len(t)), t]).mean()           # the mean of N × N differences is the same


def ce_switches(z, t):
    p = _probabilities(z)[np.arange(len(t)), t]
    return np.where(p > 0, -np.log(p), z.max(axis=1) - z[np.arange(len(t)), t]).mean()


def ce_in_float32(z, t):
    return ce_right(z.astype(np.float32), t)


# ---- 02-4 ----------------------------------------------------------------------------------------------------


def hinge_loop(z, t):
    loss = 0.0
    for n in range(len(z)):
        for k in range(z.shape[1]):
            if k != t[n]:
                loss += max(0.0, z[n, k] - z[n, t[n]] + 1)
    return loss / len(z)


def hinge_with_true_class(z, t):
    right = z[np.arange(len(t)), t]
    return np.sum(np.maximum(0, z - right[:, None] + 1)) / len(z)


def hinge_linear(z, t):
    gap = z - z[np.arange(len(t)), t][:, None] + 1
    gap[np.arange(len(t)), t] = 0
    return gap.sum() / len(z)


def hinge_worst(z, t):
    loss = []
    for row, label in zip(z, t):
        others = np.delete(row, label)
        loss.append(max(0, others.max(initial=-np.inf) - row[label] + 1))
    return np.mean(loss)


def hinge_in_place(z, t):
    rows = np.arange(len(t))
    z -= z[rows, t][:, None] - 1
    z[rows, t] = 0
    return np.maximum(z, 0).sum() / len(z)


def hinge_over_all(z, t):
    gap = np.maximum(0, z - z[np.arange(len(t)), t][:, None] + 1)
    gap[np.arange(len(t)), t] = 0
    return gap.mean()


def hinge_all_columns(z, t):
    gap = np.maximum(0, z - z[:, t] + 1)
    return gap.sum() / len(z)


def hinge_without_one(z, t):
    right = z[np.arange(len(t)), t]
    return np.maximum(0, z - right[:, None] + 1).sum() / len(z) - 1


def hinge_of_eight(z, t):
    return hinge_loop(z[:8], t[:8])


def hinge_minus_infinity(z, t):
    gap = z - np.choose(t, z.T)[:, None]
    gap[np.arange(len(t)), t] = -np.inf
    return np.clip(gap + 1, 0, None).sum(axis=1).mean()


def hinge_masked(z, t):
    wrong = np.arange(z.shape[1]) != t[:, np.newaxis]
    right = (z * ~wrong).sum(axis=1, keepdims=True)
    return np.where(wrong & (z > right - 1), z - right + 1, 0).sum() / len(t)


def hinge_deleted(z, t):
    return float(np.mean([sum(max(0, v - row[k] + 1) for v in np.delete(row, k)) for row, k in zip(z, t)]))


# ---- 02-5 ----------------------------------------------------------------------------------------------------


def count_pairs(sizes):
    weights = sum(a * b for a, b in zip(sizes, sizes[1:]))
    return weights + sum(sizes[1:]), weights


def count_loop(sizes):
    parameters = products = 0
    for i in range(len(sizes) - 1):
        products += sizes[i] * sizes[i + 1]
        parameters += sizes[i] * sizes[i + 1] + sizes[i + 1]
    return parameters, products


def count_one(sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def count_everything_connected(sizes):
    links = sum(sizes[i] * sizes[j] for i in range(len(sizes)) for j in range(i + 1, len(sizes)))
    return links + sum(sizes[1:]), links


def count_eats_its_input(sizes):
    parameters = products = 0
    while len(sizes) > 1:
        n_in = sizes.pop(0)
        products += n_in * sizes[0]
        parameters += (n_in + 1) * sizes[0]
    return parameters, products


def count_looks_up(sizes):
    pairs = [(n, sizes[sizes.index(n) + 1]) for n in sizes[:-1]]
    weights = sum(a * b for a, b in pairs)
    return weights + sum(sizes[1:]), weights


def count_distinct_biases(sizes):
    weights = sum(a * b for a, b in zip(sizes, sizes[1:]))
    return weights + sum(set(sizes[1:])), weights


def count_arrays(sizes):
    n = np.array(sizes, dtype=np.int64)
    return np.array([(n[:-1] + 1) @ n[1:], n[:-1] @ n[1:]])


def count_recursive(sizes):
    if len(sizes) < 2:
        return [0, 0]
    parameters, products = count_recursive(sizes[1:])
    return [parameters + (sizes[0] + 1) * sizes[1], products + sizes[0] * sizes[1]]


def count_pairwise(sizes):
    weights = [float(a * b) for a, b in itertools.pairwise(sizes)]
    return math.fsum(weights) + sum(sizes) - sizes[0], math.fsum(weights)


def count_in_float32(sizes):
    return [np.float32(v) for v in count_pairs(sizes)]


def count_shapes(sizes):
    shapes = [s for a, b in zip(sizes[:-1], sizes[1:]) for s in ((a, b), (b,))]
    return tuple(int(sum(map(math.prod, some))) for some in (shapes, shapes[::2]))


# ---- 02-6 ----------------------------------------------------------------------------------------------------


def slopes_right(z):
    s = 1 / (1 + np.exp(-z))
    th = np.tanh(z)
    return s * (1 - s), 1 - th * th, (z > 0) * 1.0, np.where(z <= 0, 0.01, 1.0)


def slopes_in_place(z):
    s, th, _, leaky = slopes_right(z)
    z[z <= 0] = 0
    z[z > 0] = 1
    return s, th, z, leaky


def slopes_by_quotient(z):
    return ((np.tanh(0.5 * z + 1e-5) - np.tanh(0.5 * z - 1e-5)) / 8e-5, *slopes_right(z)[1:])


def slopes_flat_beyond_5(z):
    s, th, relu, leaky = slopes_right(z)
    return s * (abs(z) < 5), th, relu, leaky


def slopes_beside_zero(z):
    s, th, _, leaky = slopes_right(z)
    return s, th, (z > 1e-9) * 1.0, leaky


def slopes_stacked(z):
    e = np.exp(-np.abs(z))
    return np.stack([e / (1 + e) ** 2, 1 / np.cosh(z) ** 2, z > 0, np.maximum(z > 0, 0.01)])


def slopes_loop(z):
    found = [np.zeros(z.shape) for _ in range(4)]
    for place in np.ndindex(*z.shape):
        v = float(z[place])
        s = 0.5 + 0.5 * math.tanh(v / 2)
        for out, slope in zip(found, (s - s * s, (1 - math.tanh(v)) * (1 + math.tanh(v)), v > 0, 1 if v > 0 else 0.01)):
            out[place] = slope
    return found


def slopes_by_heaviside(z):
    step = np.heaviside(z, 0)
    s = 0.5 * (1 + np.tanh(0.5 * z))
    return s * (1 - s), 4 * (lambda q: q * (1 - q))(1 / (1 + np.exp(-2 * z))), step, 0.01 + 0.99 * step


def slopes_in_float32(z):
    return [v.astype(np.float32) for v in slopes_right(z)]


_ce = partial(lambda z, t, mean: mean([np.logaddexp.reduce(r) - r[k] for r, k in zip(z, t)]), mean=np.mean)
_ce.__name__ = "ce_partial"

_MAX = " - np.max(z, axis=1, keepdims=True)"
_GAP = "z[n, k] - z[n, t[n]] + 1"
_BIASES = "+ sum(sizes[1:])"

PLANTED = {
    "02-0": [("weight indices swapped",
              edited(indices, ("x[n] @ W[:, k]", "sum(v * W[k, d] for d, v in enumerate(x[n]))"))),
             ("example indices swapped",
              edited(indices, ("x[n] @ W[:, k]", "sum(x[d, n] * v for d, v in enumerate(W[:, k]))"))),
             ("an input is left out", edited(indices, ("x[n] @ W[:, k]", "x[n, 1:] @ W[1:, k]"))),
             ("summed over the examples", edited(indices, ('over": "d"', 'over": "n"'))),
             ("summed over the units", edited(indices, ('over": "d"', 'over": "k"'))),
             ("missing bias", edited(indices, ("b[k] + ", ""))),
             ("all biases", edited(indices, ("b[k] + ", "b + "))),
             ("mean instead of sum", edited(indices, ("x[n] @ W[:, k]", "np.mean(x[n] * W[:, k])"))),
             ("shape of W", edited(indices, ('"D, K"', '"K, D"'))),
             ("shape before the sum", edited(indices, ('"N, K"', '"N, D, K"'))),
             ("units in rows", edited(indices, ('"N, K"', '"K, N"'))),
             ("axis of the units", edited(indices, ('"axis": 1', '"axis": 2'))),
             ("bias to every column", edited(indices, ("every row", "every column"))),
             ("sign of the exponent", edited(indices, ("1 / np.exp(m),", "np.exp(m),"))),
             ("no exponential", edited(indices, ("1 / np.exp(m),", "-m,"))),
             ("factor forgotten", edited(indices, ("np.sum(np.exp(z)) / np.exp(m)", "sum(np.exp(z))"))),
             ("exponential of the sum", edited(indices, ("np.sum(np.exp(z)) / ", "np.exp(np.sum(z)) / "))),
             ("share grows", edited(indices, ('"stays"', '"grows"'))),
             ("largest logit", edited(indices, ("(z - z.max()).max()", "max(z)"))),
             ("smallest subtracted", edited(indices, ("row max", "row min"))),
             ("one for all rows", edited(indices, ("row max", "overall max"))),
             ("values", edited(indices, ("np.sum(np.exp(z)) / np.exp(m)", "np.sum(np.exp(z)) / np.exp(abs(m))"))),
             ("values", edited(indices, ("x[n] @ W[:, k]", "sum(set(x[n] * W[:, k]))"))),
             ("not a choice", edited(indices, ('"D, K"', '("D", "K")'))),
             ("missing step", indices_without_shapes), ("not a dict", indices_printed)],
    "02-1": [("missing bias", edited(affine_loop, (" + b[k]", ""))), ("units in rows", affine_columns),
             ("elementwise product", edited(affine_right, ("np.dot(x, W)", "x * W"))),
             ("weights transposed", edited(affine_right, ("np.dot(x, W)", "x @ W.T"))),
             ("bias subtracted", edited(affine_right, ("+ b", "- b"))),
             ("missing sum over the inputs", affine_no_sum), ("mean instead of sum", affine_mean),
             ("wrong order of the product", affine_weights_first), ("nothing returned", affine_forgets_return),
             ("bias added to columns", edited(affine_right, ("+ b", "+ b.reshape(-1, 1)"))),
             ("activation applied", edited(affine_right, ("np.dot(x, W) + b", "np.maximum(0, x @ W + b)"))),
             ("extra axis", affine_squeezed), ("values", affine_square_turned),
             ("values", edited(affine_right, ("np.dot(x, W) + b", "np.clip(x @ W + b, -1e4, 1e4)"))),
             ("values", edited(affine_loop, ("range(len(x))", "range(min(len(x), 8))"))),
             ("mutated input", affine_adds_to_the_bias)],
    "02-2": [("overflow", softmax_naive),
             ("wrong axis", edited(softmax_right, (_MAX, " - np.max(z)"), ("axis=1", "axis=0"))),
             ("summed over everything", edited(softmax_right, (_MAX, " - z.max()"), ("e, axis=1, keepdims=True", "e"))),
             ("missing keepdims", edited(softmax_naive, (", keepdims=True", ""))),
             ("missing keepdims", edited(softmax_right, (_MAX, " - np.max(z, axis=1)"))),
             ("mutated input", softmax_in_place),
             ("one maximum for all rows", edited(softmax_right, (_MAX, " - np.max(z)"))),
             ("maximum of the columns", edited(softmax_right, (_MAX, " - np.max(z, axis=0)"))),
             ("smallest logit subtracted", edited(softmax_right, (_MAX, " - np.min(z, axis=1)[:, None]"))),
             ("mean subtracted", edited(softmax_right, (_MAX, " - np.mean(z, axis=1)[:, None]"))),
             ("median subtracted", edited(softmax_right, ("np.max", "np.median"))),
             ("size instead of value", edited(softmax_right, ("np.max(z,", "np.max(abs(z),"))),
             ("first logit subtracted", edited(softmax_right, (_MAX, " - z[:, :1]"))),
             ("values", edited(softmax_naive, ("np.exp(z)", "np.exp(np.minimum(z - z.mean(axis=1)[:, None], 700))"))),
             ("not finite", edited(softmax_right, (_MAX, " - (z.max(axis=1) + z.min(axis=1))[:, None] / 2"))),
             ("values", edited(softmax_loop, ("e / e.sum()", "e / e.sum() * (np.arange(len(e)) < 8)"))),
             ("missing exponential", edited(softmax_naive, ("np.exp(z)", "z"))),
             ("sign", edited(softmax_naive, ("np.exp(z)", "np.exp(-z)"))),
             ("missing normalisation", edited(softmax_right, (" / np.sum(e, axis=1, keepdims=True)", ""))),
             ("logits cut off", softmax_logits_cut), ("zero", softmax_nan_to_zero),
             ("not finite", softmax_of_long_numbers),
             ("precision", edited(softmax_loop, ("e / e.sum()", "e / (e.sum() + 1e-8)")))],
    "02-3": [("logarithm of zero", ce_of_softmax), ("overflow", ce_naive),
             ("sign", edited(ce_of_softmax, ("-np.mean", "np.mean"))),
             ("missing 1/N", edited(ce_of_softmax, ("np.mean", "np.sum"))),
             ("divided by all entries", ce_one_hot_mean), ("all pairs of rows and labels", ce_all_columns),
             ("logarithm to base 2", edited(ce_of_softmax, ("np.log", "np.log2"))),
             ("small number added", ce_epsilon),
             ("small number added", edited(ce_epsilon, ("np.maximum(p, 1e-12)", "p + 1e-15"))),
             ("missing logarithm", ce_probability),
             ("missing log-sum-exp", ce_label_logit), ("mutated input", ce_in_place),
             ("missing mean", edited(ce_right, ("losses.mean()", "losses"))),
             ("one maximum for all rows", edited(ce_right, ("z.max(axis=1)", "z.max() * np.ones(len(z))"))),
             ("smallest logit subtracted", edited(ce_right, ("z.max", "z.min"))),
             ("mean subtracted", edited(ce_right, ("z.max", "z.mean"))),
             ("first logit subtracted", edited(ce_right, ("z.max(axis=1)", "z[:, 0]"))),
             ("overflow", edited(ce_right, ("z.max(axis=1)", "z[np.arange(len(t)), t]"))),
             ("not finite", edited(ce_right, ("z.max(axis=1)", "(z.max(axis=1) + z.min(axis=1)) / 2"))),
             ("maximum instead of log-sum-exp", ce_switches),
             ("values", edited(ce_right, ("losses.mean()", "np.mean(list(set(losses)))"))),
             ("values", edited(ce_right, ("losses.mean()", "np.where(losses < 1e-6, 0, losses).mean()"))),
             ("values", edited(ce_right, ("losses.mean()", "losses.mean() if z.shape[1] > 1 else np.log(2)"))),
             ("small number added", edited(ce_right, ("losses.mean()", "np.minimum(losses, 2000).mean()"))),
             ("maximum not added again", edited(ce_right, ("m + np.log", "np.log"))),
             ("logarithm of the mean", edited(ce_of_softmax, ("np.mean(np.log(", "np.log(np.mean(")))],
    "02-4": [("missing 1/N", edited(hinge_loop, (" / len(z)", ""))), ("true class counted", hinge_with_true_class),
             ("sign", edited(hinge_loop, (_GAP, "z[n, t[n]] - z[n, k] + 1"))),
             ("missing margin", edited(hinge_loop, (_GAP, "z[n, k] - z[n, t[n]]"))),
             ("missing maximum with 0", hinge_linear), ("only the worst class", hinge_worst),
             ("mutated input", hinge_in_place), ("divided by all entries", hinge_over_all),
             ("squared", edited(hinge_loop, (f"max(0.0, {_GAP})", f"max(0.0, {_GAP}) ** 2"))),
             ("all pairs of rows and labels", hinge_all_columns),
             ("left out by value", edited(hinge_loop, ("k != t[n]", "z[n, k] != z[n, t[n]]"))),
             ("margin only when wrong", edited(hinge_loop, ("k != t[n]", "z[n, k] > z[n, t[n]]"))),
             ("rows that are right left out", edited(hinge_loop, ("k != t[n]", "k != t[n] != np.argmax(z[n])"))),
             ("true class counted", edited(hinge_loop, ("k != t[n]", "True"))), ("values", hinge_of_eight),
             ("zero", edited(hinge_loop, (_GAP, f"({_GAP}) * ({_GAP} > 1e-6)"))),
             ("values", edited(hinge_loop, (f"max(0.0, {_GAP})", f"min(max(0.0, {_GAP}), 1e4)")))],
    "02-5": [("missing biases", edited(count_pairs, (f" {_BIASES}", ""))),
             ("biases counted as products", edited(count_pairs, ("]), weights", "]), weights + sum(sizes[1:])"))),
             ("wrong order", edited(count_pairs, ("return weights + sum(sizes[1:]), weights",
                                                  "return weights, weights + sum(sizes[1:])"))),
             ("biases on the inputs", edited(count_pairs, (_BIASES, "+ sum(sizes)"))),
             ("overwrites instead of adding", edited(count_loop, ("products +=", "products ="),
                                                     ("parameters +=", "parameters ="))),
             ("a layer is left out", edited(count_loop, ("len(sizes) - 1", "len(sizes) - 2"))),
             ("number of results", count_one), ("all pairs connected", count_everything_connected),
             ("one bias per layer", edited(count_pairs, (_BIASES, "+ len(sizes) - 1"))),
             ("mutated input", count_eats_its_input), ("equal sizes merged", count_looks_up),
             ("values", count_distinct_biases), ("precision", count_in_float32),
             ("values", edited(count_arrays, ("np.int64", "np.int32")))],
    "02-6": [("overflow", edited(slopes_right, ("return s * (1 - s)", "return np.exp(-z) / (1 + np.exp(-z)) ** 2"))),
             ("z in place of s", edited(slopes_right, ("return s * (1 - s)", "return z * (1 - z)"))),
             ("square missing", edited(slopes_right, ("th * th", "th"))),
             ("function instead of slope", edited(slopes_right, ("(z > 0) * 1.0", "np.maximum(0, z)"))),
             ("slope at 0", edited(slopes_right, ("(z > 0) * 1.0", "(z >= 0) * 1.0"))),
             ("slope at 0", edited(slopes_right, ("z <= 0", "z < 0"))),
             ("leak forgotten", edited(slopes_right, ("0.01", "0.0"))),
             ("sign", edited(slopes_right, ("return s * (1 - s)", "return s * (s - 1)"))),
             ("wrong order", edited(slopes_right, ("return s * (1 - s), 1 - th * th",
                                                   "return 1 - th * th, s * (1 - s)"))),
             ("mutated input", slopes_in_place),
             ("number of results", edited(slopes_right, (", np.where(z <= 0, 0.01, 1.0)", ""))),
             ("precision", slopes_by_quotient), ("zero", slopes_beside_zero),
             ("one number for all", edited(slopes_right, ("(z > 0) * 1.0", "1.0"))), ("values", slopes_flat_beyond_5)],
}

RIGHT = {
    "02-0": [indices, indices_of_lists, indices_of_arrays],
    "02-1": [affine_right, affine_loop, affine_einsum, affine_rows, affine_homogeneous, affine_in_float32, Affine()],
    "02-2": [softmax_right, softmax_loop, softmax_of_differences, softmax_by_logarithm, softmax_lists,
             softmax_transposed, softmax_in_float32],
    "02-3": [ce_right, ce_shifted, ce_from_the_label, ce_one_hot, ce_loop, ce_mean_of_all_pairs, ce_in_float32, _ce],
    "02-4": [hinge_loop, hinge_without_one, hinge_minus_infinity, hinge_masked, hinge_deleted],
    "02-5": [count_pairs, count_loop, count_arrays, count_recursive, count_pairwise, count_shapes],
    "02-6": [slopes_right, slopes_stacked, slopes_loop, slopes_by_heaviside, slopes_in_float32],
}
