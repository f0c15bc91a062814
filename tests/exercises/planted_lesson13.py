"""Answers to the tasks of lesson 13, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import numpy as np

from course_lib import affine, tanh

# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

def tied(x, W, b, c):
    N, D = x.shape
    a = np.matmul(x, W)
    a = a + b
    z = (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)
    y = np.einsum("nk,dk->nd", z, W) + c[None, :]

    def backward(dy):
        da = np.einsum("nd,dk->nk", dy, W) / np.cosh(a) ** 2
        dW = np.zeros(W.shape)
        for n in range(N):
            dW += np.outer(x[n], da[n])
            dW += np.outer(dy[n], z[n])
        return np.dot(da, W.T), dW, np.ones(N) @ da, np.ones(N) @ dy
    return y, backward


def tied_in_two_layers(x, W, b, c):
    """Two ordinary layers; the second matrix's gradient is turned round and added."""
    h, first = affine(x, W, b)
    z, bend = tanh(h)
    y, second = affine(z, W.T, c)

    def backward(dy):
        dz, dV, dc = second(dy)
        dx, dW, db = first(bend(dz))
        return [dx, dW + dV.T, db, dc]
    return y, backward


def tied_by_stacking(x, W, b, c):
    z = np.tanh(x @ W + b)

    def backward(dy):
        da = (1 - z) * (1 + z) * (dy @ W)
        return da @ W.T, np.vstack([x, dy]).T @ np.vstack([da, z]), np.sum(da, 0), np.sum(dy, 0)
    return z @ W.T + c, backward


def tied_first_layer_only(x, W, b, c):
    h, first = affine(x, W, b)
    z, bend = tanh(h)
    y, second = affine(z, W.T, c)

    def backward(dy):
        dz, _, dc = second(dy)
        return *first(bend(dz)), dc
    return y, backward


def tied_overwritten(x, W, b, c):
    h, first = affine(x, W, b)
    z, bend = tanh(h)
    y, second = affine(z, W.T, c)

    def backward(dy):
        dz, dW, dc = second(dy)
        dx, _, db = first(bend(dz))
        return dx, dW.T, db, dc
    return y, backward


def tied_code_detached(x, W, b, c):
    z = np.tanh(x @ W + b)

    def backward(dy):
        return np.zeros_like(x), dy.T @ z, np.zeros_like(b), dy.sum(axis=0)
    return z @ W.T + c, backward


def tied_halved(x, W, b, c):
    y, right = tied_by_stacking(x, W, b, c)

    def backward(dy):
        dx, dW, db, dc = right(dy)
        return dx, 0.5 * dW, db, dc
    return y, backward


def tied_mean(x, W, b, c):
    y, right = tied_by_stacking(x, W, b, c)

    def backward(dy):
        dx, dW, db, dc = right(dy)
        return dx, dW / x.shape[0], db, dc
    return y, backward


def tied_without_slope(x, W, b, c):
    z = np.tanh(np.dot(x, W) + b)

    def backward(dy):
        back = np.dot(dy, W)
        return back @ W.T, np.dot(x.T, back) + np.dot(dy.T, z), back.sum(0), dy.sum(0)
    return np.dot(z, W.T) + c, backward


def tied_linear(x, W, b, c):
    z = x.dot(W) + b

    def backward(dy):
        dz = dy.dot(W) * (1 - z ** 2)
        return dz @ W.T, x.T @ dz + dy.T @ z, dz.sum(0), dy.sum(0)
    return z.dot(W.T) + c, backward


def tied_output_mean(x, W, b, c):
    y, right = tied_by_stacking(x, W, b, c)

    def backward(dy):
        return *right(dy)[:3], dy.mean(0)
    return y, backward

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


PLANTED = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    "13-5": [
        ("decoder's payment forgotten", tied_first_layer_only), ("encoder's payment forgotten", tied_overwritten),
        ("code not differentiated", tied_code_detached), ("mean of the two payments", tied_halved),
        ("mean over the rows", tied_mean), ("slope of tanh forgotten", tied_without_slope),
        ("code without a tanh", tied_linear), ("dc as a mean", tied_output_mean)],
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}

RIGHT = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    "13-5": [tied, tied_in_two_layers, tied_by_stacking],
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
