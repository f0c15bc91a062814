"""Answers to the tasks of lesson 15, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import numpy as np
from answers import edited

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

def told_example_by_example(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    totals = [np.zeros_like(p, dtype=float) for p in (W1, b1, W2, b2, W3, b3)]
    for pixels, label in zip(x, labels):
        first = pixels.dot(W1) + b1
        first_on = first > 0
        second = (first * first_on).dot(W2) + b2
        second_on = second > 0
        scores = (second * second_on).dot(W3) + b3
        e = np.exp(scores - scores.max())
        e = e / e.sum()
        e[label] -= 1
        down = second_on * B3.dot(e)
        further = first_on * B2.dot(down)
        parts = (np.outer(pixels, further), further, np.outer(first * first_on, down), down,
                 np.outer(second * second_on, e), e)
        for total, part in zip(totals, parts):
            total += part / len(x)
    return tuple(totals)


def told_by_a_loop_of_layers(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    layers, feedback = [(W1, b1), (W2, b2), (W3, b3)], [None, B2, B3]
    entered, sums = [x], []
    for W, b in layers:
        sums.append(np.einsum("nd,dk->nk", entered[-1], W) + b)
        entered.append(np.where(sums[-1] > 0, sums[-1], 0.0))
    logits = sums[-1]
    top = logits.max(1)[:, None]
    d = np.exp(logits - top - np.log(np.exp(logits - top).sum(1))[:, None])
    d[np.arange(len(x)), labels] -= 1
    d, found = d / len(labels), []
    for l in (2, 1, 0):
        found = [np.einsum("nd,nk->dk", entered[l], d), d.sum(0)] + found
        if l:
            d = np.einsum("nk,dk->nd", d, feedback[l]) * np.heaviside(sums[l - 1], 0)
    return found


def told_through_the_weights(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    return told_by_a_loop_of_layers(x, labels, W1, b1, W2, b2, W3, b3, W2, W3)


def told_through_the_last_weights(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    return told_example_by_example(x, labels, W1, b1, W2, b2, W3, b3, B2, W3)


def told_all_the_way_at_once(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    on1 = x @ W1 + b1 > 0
    h1 = np.maximum(x @ W1 + b1, 0)
    on2 = h1 @ W2 + b2 > 0
    h2 = np.maximum(h1 @ W2 + b2, 0)
    z = h2 @ W3 + b3
    z = np.exp(z - z.max(1, keepdims=True))
    e = z / z.sum(1, keepdims=True)
    e[np.arange(len(e)), labels] -= 1
    e /= len(e)
    d1, d2 = on1 * (e @ (B2 @ B3).T), on2 * (e @ B3.T)
    return x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ e, e.sum(0)


def told_without_slopes(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    h1 = (x @ W1 + b1).clip(0)
    h2 = (h1 @ W2 + b2).clip(0)
    z = h2 @ W3 + b3
    z -= z.max(1, keepdims=True)
    e = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    e[range(len(e)), labels] -= 1
    e /= len(e)
    d2 = e @ B3.T
    d1 = d2 @ B2.T
    return x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ e, e.sum(0)


def told_with_sums(*arguments):
    return tuple(len(arguments[0]) * d for d in told_by_a_loop_of_layers(*arguments))


def told_with_means_of_biases(*arguments):
    dW1, db1, dW2, db2, dW3, db3 = told_by_a_loop_of_layers(*arguments)
    return dW1, db1 / len(arguments[0]), dW2, db2 / len(arguments[0]), dW3, db3 / len(arguments[0])


def told_uphill(*arguments):
    return [-d for d in told_example_by_example(*arguments)]


# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

# TODO explaining

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

# TODO attacks


PLANTED = {
    # TODO memory
    # ---- memory
    "15-2": [("weights transported", told_through_the_weights), ("weights transported", told_through_the_last_weights),
             ("direct feedback", told_all_the_way_at_once), ("slope forgotten", told_without_slopes),
             ("slope forgotten", edited(told_example_by_example, ("first_on * B2.dot(down)", "B2.dot(down)"))),
             ("mean forgotten", told_with_sums), ("bias averaged", told_with_means_of_biases),
             ("sign", told_uphill),
             ("labels forgotten", edited(told_by_a_loop_of_layers, ("labels] -= 1", "labels] -= 0"))),
             ("what entered is wrong", edited(told_example_by_example, ("np.outer(second * second_on, e)",
                                                                        "np.outer(second, e)"))),
             ("overflow", edited(told_example_by_example, ("np.exp(scores - scores.max())", "np.exp(scores)")))],
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
}

RIGHT = {
    # TODO memory
    # ---- memory
    "15-2": [told_example_by_example, told_by_a_loop_of_layers],
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
}
