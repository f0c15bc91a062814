"""Wrong answers of lesson 02, written as a learner would write them."""

import numpy as np

# ---- 02-1 ----------------------------------------------------------------------------------------------------


def affine_without_bias(x, W, b):
    y = np.zeros((x.shape[0], W.shape[1]))
    for n in range(x.shape[0]):
        y[n] = x[n] @ W
    return y


def affine_columns(x, W, b):
    return W.T @ x.T + b[:, None]


def affine_elementwise(x, W, b):
    return x * W + b


def affine_torch_habit(x, W, b):
    return x @ W.T + b


def affine_minus(x, W, b):
    return np.dot(x, W) - b


def affine_no_sum(x, W, b):
    return np.array([[x[n, :, None] * W + b] for n in range(len(x))])[:, 0]


def affine_mean(x, W, b):
    return np.mean(x[:, :, None] * W[None], axis=1) + b


def affine_float64(x, W, b):
    y = np.zeros((len(x), len(b)))
    for n in range(len(x)):
        for k in range(len(b)):
            y[n, k] = np.sum(x[n] * W[:, k]) + b[k]
    return y


def affine_weights_first(x, W, b):
    return W @ x + b


def affine_forgets_return(x, W, b):
    y = x @ W
    y += b


# ---- 02-2 ----------------------------------------------------------------------------------------------------


def softmax_naive(z):
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)


def softmax_columns(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e, axis=0, keepdims=True)


def softmax_everything(z):
    z = z - z.max()
    return np.exp(z) / np.sum(np.exp(z))


def softmax_no_keepdims(z):
    e = np.exp(z)
    return e / np.sum(e, axis=1)


def softmax_in_place(z):
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_one_maximum(z):
    e = np.exp(z - np.max(z))
    return e / e.sum(axis=1, keepdims=True)


def softmax_shares(z):
    return z / z.sum(axis=1, keepdims=True)


def softmax_minus(z):
    e = np.exp(-z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_no_sum(z):
    return np.exp(z - z.max(axis=1, keepdims=True))


def softmax_float64(z):
    p = np.zeros(z.shape)
    for n, row in enumerate(z):
        e = np.exp(row - row.max())
        p[n] = e / e.sum()
    return p


# ---- 02-3 ----------------------------------------------------------------------------------------------------


def _probabilities(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def ce_log_of_softmax(z, t):
    return -np.mean(np.log(_probabilities(z)[np.arange(len(t)), t]))


def ce_naive(z, t):
    e = np.exp(z)
    return -np.log(e[np.arange(len(t)), t] / e.sum(axis=1)).mean()


def ce_plus(z, t):
    return np.log(_probabilities(z)[np.arange(len(t)), t]).mean()


def ce_sum(z, t):
    return -np.log(_probabilities(z)[np.arange(len(t)), t]).sum()


def ce_one_hot_mean(z, t):
    target = np.eye(z.shape[1])[t]
    return -np.mean(target * np.log(_probabilities(z)))


def ce_all_columns(z, t):
    return -np.mean(np.log(_probabilities(z))[:, t])


def ce_bits(z, t):
    return -np.mean(np.log2(_probabilities(z)[np.arange(len(t)), t]))


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


def ce_per_row(z, t):
    m = z.max(axis=1)
    return m + np.log(np.exp(z - m[:, None]).sum(axis=1)) - z[np.arange(len(t)), t]


# ---- 02-4 ----------------------------------------------------------------------------------------------------


def hinge_sum(z, t):
    loss = 0.0
    for n in range(len(z)):
        for k in range(z.shape[1]):
            if k != t[n]:
                loss += max(0.0, z[n, k] - z[n, t[n]] + 1)
    return loss


def hinge_with_true_class(z, t):
    right = z[np.arange(len(t)), t]
    return np.sum(np.maximum(0, z - right[:, None] + 1)) / len(z)


def hinge_reversed(z, t):
    loss = 0.0
    for n in range(len(z)):
        for k in range(z.shape[1]):
            if k != t[n]:
                loss += max(0.0, z[n, t[n]] - z[n, k] + 1)
    return loss / len(z)


def hinge_no_margin(z, t):
    right = z[np.arange(len(t)), t]
    return np.sum(np.maximum(0, z - right[:, None])) / len(z)


def hinge_linear(z, t):
    gap = z - z[np.arange(len(t)), t][:, None] + 1
    gap[np.arange(len(t)), t] = 0
    return gap.sum() / len(z)


def hinge_worst(z, t):
    loss = []
    for row, label in zip(z, t):
        others = np.delete(row, label)
        loss.append(max(0, others.max() - row[label] + 1))
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


def hinge_square(z, t):
    gap = np.maximum(0, z - z[np.arange(len(t)), t][:, None] + 1)
    gap[np.arange(len(t)), t] = 0
    return (gap ** 2).sum(axis=1).mean()


# ---- 02-5 ----------------------------------------------------------------------------------------------------


def count_weights_only(sizes):
    weights = 0
    for i in range(len(sizes) - 1):
        weights += sizes[i] * sizes[i + 1]
    return weights, weights


def count_bias_as_product(sizes):
    total = sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))
    return total, total


def count_swapped(sizes):
    weights = sum(a * b for a, b in zip(sizes, sizes[1:]))
    return weights, weights + sum(sizes[1:])


def count_input_biases(sizes):
    weights = sum(a * b for a, b in zip(sizes, sizes[1:]))
    return weights + sum(sizes), weights


def count_overwrites(sizes):
    for a, b in zip(sizes, sizes[1:]):
        parameters = a * b + b
        products = a * b
    return parameters, products


def count_short_range(sizes):
    parameters = products = 0
    for i in range(len(sizes) - 2):
        products += sizes[i] * sizes[i + 1]
        parameters += sizes[i] * sizes[i + 1] + sizes[i + 1]
    return parameters, products


def count_one(sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def count_everything_connected(sizes):
    links = sum(sizes[i] * sizes[j] for i in range(len(sizes)) for j in range(i + 1, len(sizes)))
    return links + sum(sizes[1:]), links


def count_layer_bias(sizes):
    weights = sum(a * b for a, b in zip(sizes, sizes[1:]))
    return weights + len(sizes) - 1, weights


def count_eats_its_input(sizes):
    parameters = products = 0
    while len(sizes) > 1:
        n_in = sizes.pop(0)
        products += n_in * sizes[0]
        parameters += (n_in + 1) * sizes[0]
    return parameters, products


# ---- 02-6 ----------------------------------------------------------------------------------------------------


def _right(z):
    s = 1 / (1 + np.exp(-z))
    return [s * (1 - s), 1 - np.tanh(z) ** 2, (z > 0) * 1.0, np.where(z > 0, 1.0, 0.01)]


def slopes_overflow(z):
    e = np.exp(-z)
    return e / (1 + e) ** 2, 1 - np.tanh(z) ** 2, (z > 0) * 1.0, np.where(z > 0, 1.0, 0.01)


def slopes_of_the_input(z):
    return z * (1 - z), *_right(z)[1:]


def slopes_tanh_no_square(z):
    return _right(z)[0], 1 - np.tanh(z), *_right(z)[2:]


def slopes_relu_itself(z):
    return (*_right(z)[:2], np.maximum(0, z), _right(z)[3])


def slopes_at_zero(z):
    return (*_right(z)[:2], (z >= 0) * 1.0, _right(z)[3])


def slopes_no_leak(z):
    return (*_right(z)[:3], np.where(z > 0, 1.0, 0.0))


def slopes_minus(z):
    s = 1 / (1 + np.exp(-z))
    return s * (s - 1), *_right(z)[1:]


def slopes_swapped(z):
    a, b, c, d = _right(z)
    return b, a, c, d


def slopes_in_place(z):
    s, th, _, leaky = _right(z)
    z[z <= 0] = 0
    z[z > 0] = 1
    return s, th, z, leaky


def slopes_three(z):
    return tuple(_right(z)[:3])


PLANTED = {
    "02-1": [("missing bias", affine_without_bias), ("transpose", affine_columns),
             ("elementwise product", affine_elementwise),
             ("weights transposed", affine_torch_habit), ("bias subtracted", affine_minus),
             ("missing sum over the inputs", affine_no_sum), ("mean instead of sum", affine_mean),
             ("dtype", affine_float64), ("wrong order of the product", affine_weights_first),
             ("nothing returned", affine_forgets_return)],
    "02-2": [("overflow", softmax_naive), ("wrong axis", softmax_columns),
             ("summed over everything", softmax_everything),
             ("missing keepdims", softmax_no_keepdims), ("mutated input", softmax_in_place),
             ("one maximum for all rows", softmax_one_maximum), ("missing exponential", softmax_shares),
             ("sign", softmax_minus), ("missing normalisation", softmax_no_sum), ("dtype", softmax_float64)],
    "02-3": [("logarithm of zero", ce_log_of_softmax), ("overflow", ce_naive), ("sign", ce_plus),
             ("missing 1/N", ce_sum),
             ("divided by all entries", ce_one_hot_mean), ("all pairs of rows and labels", ce_all_columns),
             ("logarithm to base 2", ce_bits), ("large logits", ce_epsilon), ("missing logarithm", ce_probability),
             ("missing log-sum-exp", ce_label_logit), ("mutated input", ce_in_place), ("missing mean", ce_per_row)],
    "02-4": [("missing 1/N", hinge_sum), ("true class counted", hinge_with_true_class), ("sign", hinge_reversed),
             ("missing margin", hinge_no_margin), ("missing maximum with 0", hinge_linear),
             ("only the worst class", hinge_worst), ("mutated input", hinge_in_place),
             ("divided by all entries", hinge_over_all), ("squared", hinge_square),
             ("all pairs of rows and labels", hinge_all_columns)],
    "02-5": [("missing biases", count_weights_only), ("biases counted as products", count_bias_as_product),
             ("wrong order", count_swapped), ("biases on the inputs", count_input_biases),
             ("overwrites instead of adding", count_overwrites), ("a layer is left out", count_short_range),
             ("number of results", count_one), ("all pairs connected", count_everything_connected),
             ("one bias per layer", count_layer_bias), ("mutated input", count_eats_its_input)],
    "02-6": [("overflow", slopes_overflow), ("z in place of s", slopes_of_the_input),
             ("square missing", slopes_tanh_no_square),
             ("function instead of slope", slopes_relu_itself), ("slope at 0", slopes_at_zero),
             ("leak forgotten", slopes_no_leak), ("sign", slopes_minus), ("wrong order", slopes_swapped),
             ("mutated input", slopes_in_place), ("number of results", slopes_three)],
}
