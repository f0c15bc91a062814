"""Answers to the tasks of lesson 15, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import math

import numpy as np
from answers import edited

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

# TODO feedback

# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

# TODO explaining

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

# TODO attacks

# ---- 15-5 blind ------------------------------------------------------------------------------------------------------


def score_row_by_row(x, W, b, losses):
    dW = np.zeros(W.shape)
    for n in range(len(x)):
        chance = 1 / (1 + np.exp(-x[n] @ W))
        others = np.delete(losses, n).mean()
        dW += np.outer(x[n], (losses[n] - others) * (b[n] - chance))
    return dW / len(x)


def score_by_the_mean(x, W, b, losses):
    # loss − mean of the others is N/(N − 1) times loss − mean of all
    advantage = (losses - losses.mean()) / (len(losses) - 1)
    return np.einsum("nd,n,nh->dh", x, advantage, b - 0.5 * (1 + np.tanh(0.5 * np.dot(x, W))))


def score_with_loops(x, W, b, losses):
    (N, D), H, total = x.shape, W.shape[1], sum(losses)
    dW = [[0.0] * H for _ in range(D)]
    for n in range(N):
        for h in range(H):
            z = sum(x[n, d] * W[d, h] for d in range(D))
            push = (losses[n] - (total - losses[n]) / (N - 1)) * (b[n, h] - 1 / (1 + math.exp(-z))) / N
            for d in range(D):
                dW[d][h] += x[n, d] * push
    return np.array(dW)


def score_in_columns(x, W, b, losses):
    m = losses.reshape(-1, 1)
    p = np.reciprocal(1 + np.exp(-np.matmul(x, W)))
    m = m - (m.sum() - m) / (m.size - 1)
    return ((b - p) * m / m.size).T.dot(x).T


_LEFT_OUT = "np.delete(losses, n).mean()"


PLANTED = {
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    "15-5": [
        ("no baseline", edited(score_row_by_row, (_LEFT_OUT, "0.0"))),
        ("own loss in the baseline", edited(score_row_by_row, (_LEFT_OUT, "losses.mean()"))),
        ("baseline added", edited(score_row_by_row, ("losses[n] - others", "losses[n] + others"))),
        ("sign", edited(score_row_by_row, ("losses[n] - others", "others - losses[n]"))),
        ("sign", edited(score_row_by_row, ("b[n] - chance", "chance - b[n]"))),
        ("probability forgotten", edited(score_row_by_row, ("(b[n] - chance)", "b[n]"))),
        ("no draw", edited(score_row_by_row, ("(b[n] - chance)", "chance"))),
        ("division by N forgotten", edited(score_row_by_row, ("dW / len(x)", "dW"))),
        ("divided twice", edited(score_row_by_row, ("dW / len(x)", "dW / len(x) ** 2"))),
        ("transpose", edited(score_row_by_row, ("return dW / len(x)", "return (dW / len(x)).T"))),
        ("scores instead of probabilities", edited(score_row_by_row, ("1 / (1 + np.exp(-x[n] @ W))", "x[n] @ W"))),
        ("sign inside the sigmoid", edited(score_row_by_row, ("np.exp(-x[n] @ W)", "np.exp(x[n] @ W)"))),
        ("slope of the sigmoid too many",
         edited(score_row_by_row, ("(b[n] - chance)", "(b[n] - chance) * chance * (1 - chance)"))),
        ("one loss for all rows", edited(score_row_by_row, ("(losses[n] - others)", "losses.mean()"))),
        ("own loss in the baseline", edited(score_by_the_mean, ("(len(losses) - 1)", "len(losses)"))),
        ("divided by the wrong number", edited(score_with_loops, ("(N - 1)", "N"))),
        ("derivative by p instead of a", edited(score_in_columns, ("(b - p) * m", "(b - p) / p / (1 - p) * m")))],
    # ---- blind
}

RIGHT = {
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    "15-5": [score_row_by_row, score_by_the_mean, score_with_loops, score_in_columns],
    # ---- blind
}
