"""Answers to the tasks of lesson 08, as learners write them: wrong ones with the name of each, and right ones."""

from functools import partial, update_wrapper
from math import floor

import numpy as np
from answers import edited

# ---- 08-0 derivation -----------------------------------------------------------------------------------------


def derived():
    def y(x, K, b, s, n, f, i, j):
        k = K.shape[-1]
        return np.sum(x[n, :, i * s:i * s + k, j * s:j * s + k] * K[f]) + b[f]

    def dK(dy, x, s, f, c, u, v):
        total = 0
        for n in range(dy.shape[0]):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    total += dy[n, f, i, j] * x[n, c, s * i + u, s * j + v]
        return total

    def dx(dy, K, s, n, c, q, r):
        total = 0
        for f in range(dy.shape[1]):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    u, v = q - s * i, r - s * j
                    if u in range(K.shape[2]) and v in range(K.shape[3]):
                        total += dy[n, f, i, j] * K[f, c, u, v]
        return total

    def row(q, i, s):
        return q - s * i
    return {"y[n, f, i, j]": y, "K is used for all": "n, i, j", "dK[f, c, u, v]": dK, "u": row,
            "x is used for all": "f, i, j", "dx[n, c, q, r]": dx}


def derived_with_arrays():
    def dK(dy, x, s, f, c, u, v):
        H, W = dy.shape[2:]
        return np.vdot(dy[:, f], x[:, c, u:u + s * H:s, v:v + s * W:s])

    def dx(dy, K, s, n, c, q, r):
        terms = [dy[n, :, i, j] @ K[:, c, q - i * s, r - j * s] for i in range(dy.shape[2]) for j in range(dy.shape[3])
                 if K.shape[2] > q - i * s >= 0 <= r - j * s < K.shape[3]]
        return np.float32(sum(terms))
    return derived() | {"dK[f, c, u, v]": dK, "dx[n, c, q, r]": dx, "K is used for all": "n,i,j"}


# ---- 08-1 output size ----------------------------------------------------------------------------------------

def size(n, k, stride, padding):
    n = n + 2 * padding
    return (n - k) // stride + 1


def size_counted(n, k, stride, padding):
    return len(range(0, n + 2 * padding - k + 1, stride))


def size_counted_one_by_one(n, k, stride, padding):
    windows, start = 0, -padding
    while start + k <= n + padding:
        windows, start = windows + 1, start + stride
    return windows


def size_of_a_convolution(n, k, stride, padding):
    return np.convolve(np.ones(n + 2 * padding), np.ones(k), "valid")[::stride].shape[0]


def size_returns_nothing(n, k, stride, padding):
    size = (n + 2 * padding - k) // stride + 1      # noqa: F841


# ---- 08-2 forward --------------------------------------------------------------------------------------------

def forward(x, K, b, stride):
    N, C, H, W = x.shape
    F, _, k, _ = K.shape
    rows, columns = (H - k) // stride + 1, (W - k) // stride + 1
    y = np.zeros((N, F, rows, columns))
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(columns):
                    r, c = i * stride, j * stride
                    total = 0
                    for channel in range(C):
                        window = x[n, channel, r:r + k, c:c + k]
                        product = np.sum(window * K[f, channel])
                        total = total + product
                    y[n, f, i, j] = total + b[f]
    return y


def forward_by_einsum(x, K, b, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, K.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijuv,fcuv->nfij", windows, K) + b[None, :, None, None]


def forward_over_the_kernel(x, K, b, stride):
    k = K.shape[-1]
    rows, columns = (x.shape[2] - k) // stride + 1, (x.shape[3] - k) // stride + 1
    y = b.reshape(1, -1, 1, 1) + np.zeros((len(x), len(K), rows, columns))
    for u in range(k):
        for v in range(k):
            part = x[:, :, u:u + rows * stride:stride, v:v + columns * stride:stride][:, :, :rows, :columns]
            y += np.tensordot(K[:, :, u, v], part, (1, 1)).transpose(1, 0, 2, 3)
    return y


def forward_in_single(x, K, b, stride):
    return forward(x.astype(np.float32), K.astype(np.float32), b.astype(np.float32), stride).astype(np.float32)


def forward_as_lists(x, K, b, stride):
    return forward_by_einsum(x, K, b, stride).tolist()


def forward_without_the_axes_of_one(x, K, b, stride):
    return forward(x, K, b, stride).squeeze()


def forward_of_square_images(x, K, b, stride):
    y = forward(x, K, b, stride)
    return y[:, :, :, :y.shape[2]]


# ---- 08-3 windows as rows ------------------------------------------------------------------------------------

def windows(x, k, stride):
    C, H, W = x.shape
    found = []
    for i in range((H - k) // stride + 1):
        for j in range((W - k) // stride + 1):
            r, c = i * stride, j * stride
            window = x[:, r:r + k, c:c + k]
            found.append(window.reshape(-1))
    rows = np.array(found)
    return rows


def windows_columns_first(x, k, stride):
    return np.array([x[:, r:r + k, c:c + k].flatten()
                     for c in range(0, x.shape[2] - k + 1, stride) for r in range(0, x.shape[1] - k + 1, stride)])


def windows_by_view(x, k, stride):
    view = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    return view.transpose(1, 2, 0, 3, 4).reshape(-1, len(x) * k * k)


def windows_by_pixels(x, k, stride):
    H, W = x.shape[1:]
    return [[float(x[c, r + u, q + v]) for c in range(len(x)) for u in range(k) for v in range(k)]
            for r in range(0, H - k + 1, stride) for q in range(0, W - k + 1, stride)]


def windows_by_index(x, k, stride):
    C, H, W = x.shape
    corner = np.arange(0, H - k + 1, stride)[:, None] * W + np.arange(0, W - k + 1, stride)
    inside = np.arange(C)[:, None, None] * H * W + np.arange(k)[:, None] * W + np.arange(k)
    return np.take(x, corner.reshape(-1, 1) + inside.reshape(1, -1))


def windows_spoil(x, k, stride):
    rows = windows(x, k, stride)
    x[:] = 0
    return rows


# ---- 08-4 kernel and bias ------------------------------------------------------------------------------------

def kernel_gradients(dy, x, k, stride):
    N, F, rows, columns = dy.shape
    dK = np.zeros((F, x.shape[1], k, k))
    for n in range(N):
        for i in range(rows):
            for j in range(columns):
                r, c = stride * i, stride * j
                window = x[n, :, r:r + k, c:c + k]
                for f in range(F):
                    dK[f] += dy[n, f, i, j] * window
    db = dy.sum(axis=(0, 2, 3))
    return dK, db


def kernel_by_offsets(dy, x, k, stride):
    rows, columns = dy.shape[2:]
    dK = np.empty((dy.shape[1], x.shape[1], k, k))
    for u, v in np.ndindex(k, k):
        met = x[:, :, u:u + (rows - 1) * stride + 1:stride, v:v + (columns - 1) * stride + 1:stride]
        dK[:, :, u, v] = np.einsum("nfij,ncij->fc", dy, met)
    return [dK, np.einsum("nfij->f", dy)]


def kernel_by_rows(dy, x, k, stride):
    rows = np.concatenate([windows(image, k, stride) for image in x])
    flat = dy.transpose(0, 2, 3, 1).reshape(-1, dy.shape[1])
    return (flat.T @ rows).reshape(-1, x.shape[1], k, k), flat.sum(0)


def kernel_in_single(dy, x, k, stride):
    return tuple(g.astype(np.float32) for g in kernel_gradients(dy, x, k, stride))


# ---- 08-5 input ----------------------------------------------------------------------------------------------

def input_gradient(dy, K, shape, stride):
    dx = np.zeros(shape)
    k = K.shape[2]
    N, F, rows, columns = dy.shape
    for n in range(N):
        for f in range(F):
            kernel = K[f]
            for i in range(rows):
                for j in range(columns):
                    r, c = i * stride, j * stride
                    dx[n, :, r:r + k, c:c + k] += dy[n, f, i, j] * kernel
    return dx


def input_by_pixels(dy, K, shape, stride):
    dx, k = np.zeros(shape), K.shape[-1]
    for q in range(shape[2]):
        for r in range(shape[3]):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    u, v = q - i * stride, r - j * stride
                    if 0 <= u < k and 0 <= v < k:
                        dx[:, :, q, r] += np.dot(dy[:, :, i, j], K[:, :, u, v])
    return dx


def input_by_the_turned_kernel(dy, K, shape, stride):
    (N, F, rows, columns), k = dy.shape, K.shape[-1]
    spread = np.zeros((N, F, shape[2] + k - 1, shape[3] + k - 1))
    spread[:, :, k - 1:k - 1 + rows * stride:stride, k - 1:k - 1 + columns * stride:stride] = dy
    turned = K[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return forward_by_einsum(spread, turned, np.zeros(shape[1]), 1)


def input_read_only(dy, K, shape, stride):
    dx = input_gradient(dy, K, shape, stride)
    dx.setflags(write=False)
    return dx


_kept = {}


def input_accumulates_for_ever(dy, K, shape, stride):
    _kept[shape] = _kept.get(shape, 0) + input_gradient(dy, K, shape, stride)
    return _kept[shape].copy()


def input_with_negative_indices(dy, K, shape, stride):
    dx = np.zeros(shape)
    for q, r, i, j in np.ndindex(*shape[2:], *dy.shape[2:]):
        try:
            dx[:, :, q, r] += dy[:, :, i, j] @ K[:, :, q - i * stride, r - j * stride]
        except IndexError:
            pass
    return dx


# ---- 08-6 max pooling ----------------------------------------------------------------------------------------

def pool(dy, x, k):
    dx = np.zeros(x.shape)
    N, C, rows, columns = dy.shape
    for n in range(N):
        for c in range(C):
            for i in range(rows):
                for j in range(columns):
                    window = x[n, c, i * k:i * k + k, j * k:j * k + k]
                    out = dx[n, c, i * k:i * k + k, j * k:j * k + k]
                    d = dy[n, c, i, j]
                    u, v = np.unravel_index(np.argmax(window), window.shape)
                    out[u, v] = d
    return dx


def pool_by_blocks(dy, x, k):
    N, C, rows, columns = dy.shape
    blocks = x.reshape(N, C, rows, k, columns, k).transpose(0, 1, 2, 4, 3, 5).reshape(N, C, rows, columns, k * k)
    won = np.arange(k * k) == blocks.argmax(-1)[..., None]
    return (won * dy[..., None]).reshape(N, C, rows, columns, k, k).transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)


def pool_without_argmax(dy, x, k):
    dx = np.zeros_like(dy, shape=x.shape)
    for (n, c, i, j), d in np.ndenumerate(dy):
        best = None
        for u in range(k):
            for v in range(k):
                here = n, c, i * k + u, j * k + v
                if best is None or x[here] > x[best]:
                    best = here
        dx[best] = d
    return dx


class Pooling:
    """An answer may be an object that can be called."""

    __name__ = "pooling"

    def __call__(self, dy, x, k):
        return pool(dy, x, k).astype(np.float32)


def pool_starting_at_zero(dy, x, k):
    dx = np.zeros_like(x)
    for (n, c, i, j), d in np.ndenumerate(dy):
        best, largest = (n, c, i * k, j * k), 0
        for u in range(k):
            for v in range(k):
                if x[n, c, i * k + u, j * k + v] > largest:
                    best = n, c, i * k + u, j * k + v
                    largest = x[best]
        dx[best] = d
    return dx


# ---- 08-7 receptive field ------------------------------------------------------------------------------------

def field(layers):
    r, g = 1, 1
    for k, s in layers:
        r += (k - 1) * g
        g *= s
    return r


def field_by_recursion(layers):
    return 1 if not layers else (field_by_recursion(layers[1:]) - 1) * layers[0][1] + layers[0][0]


def field_from_above(layers):
    seen = 1
    for k, s in reversed(layers):
        seen = (seen - 1) * s + k
    return seen


def field_by_products(layers):
    strides = [s for _, s in layers]
    return 1 + sum((k - 1) * int(np.prod(strides[:i], dtype=int)) for i, (k, _) in enumerate(layers))


def field_in_floats(layers):
    ks, ss = np.array(layers).reshape(-1, 2).T
    return 1.0 + (ks - 1) @ np.cumprod([1, *ss[:-1]])[:len(ks)]


def field_sum(layers):
    return sum(k for k, s in layers)


def field_backwards(layers):
    r, g = 1, 1
    for k, s in reversed(layers):
        r += (k - 1) * g
        g *= s
    return r


def field_empties_the_list(layers):
    r, g = 1, 1
    while layers:
        k, s = layers.pop(0)
        r += (k - 1) * g
        g *= s
    return r


def field_needs_a_layer(layers):
    r, g = layers[0]
    for k, s in layers[1:]:
        r += (k - 1) * g
        g *= s
    return r


_WINDOW = "window * K[f, channel]"
_BIAS = "total + b[f]"
_DB = "dy.sum(axis=(0, 2, 3))"
_KERNEL = "kernel = K[f]"
_ONE = "out[u, v] = d"

PLANTED = {
    "08-0": [
        ("bias forgotten", edited(derived, (" + b[f]", ""))),
        ("windows not moved by the stride", edited(derived, ("i * s:i * s + k, j * s:j * s + k", "i:i + k, j:j + k"))),
        ("kernel flipped", edited(derived, ("* K[f])", "* K[f, :, ::-1, ::-1])"))),
        ("only one channel", edited(derived, ("x[n, :, i * s:i * s + k, j * s:j * s + k] * K[f]",
                                              "x[n, 0, i * s:i * s + k, j * s:j * s + k] * K[f, 0]"))),
        ("missing sum over the batch", edited(derived, ('"n, i, j"', '"i, j"'))),
        ("sum over the maps", edited(derived, ('"n, i, j"', '"n, f, i, j"'))),
        ("sum over the maps", edited(derived, ('"n, i, j"', '"f, i, j"'))),
        ("not a choice", edited(derived, ('"n, i, j"', '"n"'))),
        ("missing sum over the batch", edited(derived, ("for n in range(dy.shape[0])", "for n in [0]"))),
        ("only one use", edited(derived, ("total += dy[n, f, i, j] * x", "total = dy[n, f, i, j] * x"))),
        ("upstream gradient ignored", edited(derived, ("dy[n, f, i, j] * x", "x"))),
        ("stride forgotten", edited(derived, ("return q - s * i", "return q - i"))),
        ("the wrong way round", edited(derived, ("return q - s * i", "return s * i - q"))),
        ("only one filter", edited(derived, ('"f, i, j"', '"i, j"'))),
        ("sum over the images", edited(derived, ('"f, i, j"', '"n, i, j"'))),
        ("negative indices", edited(derived, ("u in range(K.shape[2])", "u in range(-K.shape[2], K.shape[2])"),
                                    ("v in range(K.shape[3])", "v in range(-K.shape[3], K.shape[3])"))),
        ("only one filter", edited(derived, ("for f in range(dy.shape[1])", "for f in range(1)"))),
        ("upstream gradient ignored", edited(derived, ("dy[n, f, i, j] * K", "K"))),
        ("values", edited(derived, ("j * s:j * s + k", "j * 2:j * 2 + k"))),
        ("negative rows hidden", edited(derived, ("return q - s * i", "return abs(q - s * i)"))),
        ("negative rows hidden", edited(derived, ("return q - s * i", "return max(0, q - s * i)"))),
        ("values", edited(derived, ("u in range(K.shape[2])", "u in range(min(3, K.shape[2]))"))),
        ("values", edited(derived, ("v in range(K.shape[3])", "v in range(min(3, K.shape[3]))"))),
        ("not a dict", lambda: (1, 2)), ("missing step", lambda: {"u": 1})],
    "08-1": [
        ("last window forgotten", edited(size, (" + 1", ""))), ("padding on one side", edited(size, ("2 * ", ""))),
        ("padding forgotten", edited(size, (" + 2 * padding", ""))), ("not a whole number", edited(size, ("//", "/"))),
        ("rounded up", edited(size, ("(n - k) // stride", "int(np.ceil((n - k) / stride))"))),
        ("rounded up", edited(size, ("(n - k) // stride", "round((n - k) / stride)"))),
        ("last window forgotten", edited(size, ("(n - k) // stride + 1", "(n - k + 1) // stride"))),
        ("values", lambda n, k, s, p: int((n + 2 * p) / s - k / s) + 1),         # 8/3 − 5/3 is less than 1 in floats
        ("values", edited(size, ("(n - k) // stride", "int((n - k) * (1 / stride))"))),
        ("values", edited(size, ("// stride", "// min(stride, 9)"))),
        ("values", edited(size, ("(n - k) // stride + 1", "max(2, (n - k) // stride + 1)"))),
        ("stride forgotten", edited(size, (" // stride", ""))),
        ("padding subtracted", edited(size, ("n + 2", "n - 2"))),
        ("kernel forgotten", edited(size, ("n - k", "n"))), ("nothing returned", size_returns_nothing)],
    "08-2": [
        ("kernel flipped", edited(forward, (_WINDOW, "window * np.flip(K[f, channel])"))),
        ("kernel transposed", edited(forward, (_WINDOW, "window * K[f, channel].T"))),
        ("bias forgotten", edited(forward, (_BIAS, "total"))),
        ("bias of the first map", edited(forward, (_BIAS, "total + b[0]"))),
        ("all biases added", edited(forward, (_BIAS, "total + sum(b)"))),
        ("bias for every channel", edited(forward, ("np.sum(window * K[f, channel])",
                                                    "np.sum(window * K[f, channel]) + b[f]"), (_BIAS, "total"))),
        ("bias added to every product", edited(forward, (_WINDOW, _WINDOW + " + b[f]"), (_BIAS, "total"))),
        ("only one channel", edited(forward, ("total = total + product", "total = product"))),
        ("only one channel", edited(forward, ("range(C)", "range(1)"))),
        ("windows not moved by the stride", edited(forward, ("i * stride, j * stride", "i, j"))),
        ("stride forgotten", edited(forward, ("    N, C, H, W", "    stride = 1\n    N, C, H, W"))),
        ("last window forgotten", edited(forward, ("(H - k) // stride + 1, (W - k) // stride + 1",
                                                   "(H - k) // stride, (W - k) // stride"))),
        ("mutated input", edited(forward, ("    return y", "    K *= 0\n    return y"))),
        ("sign", edited(forward, ("return y", "return -y"))),
        ("extra axis", edited(forward, ("return y", "return y[None]"))),
        ("mean instead of sum", edited(forward, (_BIAS, "total / (C * k * k) + b[f]"))),
        ("extra axis", forward_without_the_axes_of_one), ("shape", forward_of_square_images),
        ("shape", edited(forward, ("return y", "return y[..., :1] if H == k else y"))),
        ("values", edited(forward, ("i * stride, j * stride", "i * min(stride, 3), j * min(stride, 3)")))],
    "08-3": [
        ("transpose", edited(windows, ("return rows", "return rows.T"))),
        ("channels last", edited(windows, ("window.reshape", "np.moveaxis(window, 0, -1).reshape"))),
        ("channels last", edited(windows, ("window.reshape(-1)", 'window.flatten("F")'))),
        ("windows down the columns", windows_columns_first),
        ("window transposed", edited(windows, ("window.reshape", "window.swapaxes(1, 2).reshape"))),
        ("windows not moved by the stride", edited(windows, ("i * stride, j * stride", "i, j"))),
        ("stride forgotten", edited(windows, ("    found = []", "    found, stride = [], 1"))),
        ("last window forgotten", edited(windows, ("(H - k) // stride + 1", "-(-(H - k) // stride)"),
                                         ("(W - k) // stride + 1", "-(-(W - k) // stride)"))),
        ("only one channel", edited(windows, ("window.reshape", "window[0].reshape"))),
        ("not flattened", edited(windows, ("window.reshape(-1)", "window"))),
        ("shape", edited(windows, ("return rows", "where = np.unique(rows, axis=0, return_index=True)[1]\n"
                                                   "    return rows[np.sort(where)]"))),
        ("mutated input", windows_spoil)],
    "08-4": [
        ("= for +=", edited(kernel_gradients, ("dK[f] +=", "dK[f] ="))),
        ("missing sum over the batch", edited(kernel_gradients, ("range(N)", "range(1)"))),
        ("missing sum over places", edited(kernel_gradients, (_DB, "dy.sum(axis=0)"))),
        ("missing sum over places", edited(kernel_gradients, (_DB, "dy[:, :, 0, 0].sum(0)"))),
        ("missing sum over the batch", edited(kernel_gradients, (_DB, "dy.sum(axis=(2, 3))"))),
        ("wrong axis", edited(kernel_gradients, (_DB, "dy.sum(axis=(1, 2, 3))"))),
        ("summed over everything", edited(kernel_gradients, (_DB, "dy.sum()"))),
        ("mean instead of sum", edited(kernel_gradients, (_DB, "dy.mean(axis=(0, 2, 3))"))),
        ("mean over places", edited(kernel_gradients, (_DB, "dy.mean(axis=(2, 3)).sum(0)"))),
        ("mean over places", edited(kernel_gradients, ("* window", "* window / (rows * columns)"))),
        ("wrong order", edited(kernel_gradients, ("return dK, db", "return db, dK"))),
        ("sign", edited(kernel_gradients, ("return dK, db", "return -dK, -db"))),
        ("windows not moved by the stride", edited(kernel_gradients, ("stride * i, stride * j", "i, j"))),
        ("kernel flipped", edited(kernel_gradients, ("* window", "* window[:, ::-1, ::-1]"))),
        ("kernel transposed", edited(kernel_gradients, ("* window", "* window.swapaxes(1, 2)"))),
        ("only one channel", edited(kernel_gradients, ("* window", "* window[0]"))),
        ("every kernel paid", edited(kernel_gradients, ("dK[f] +=", "dK +="))),
        ("upstream gradient ignored", edited(kernel_gradients, ("dy[n, f, i, j] * ", ""))),
        ("mutated input", edited(kernel_gradients, ("    return", "    dy *= 0\n    return"))),
        ("extra 1/N", edited(kernel_gradients, ("return dK, db", "return dK / N, db / N"))),
        ("values", edited(kernel_gradients, ("stride * i, stride * j", "min(stride, 3) * i, min(stride, 3) * j"))),
        ("number of results", edited(kernel_gradients, ("return dK, db", "return dK")))],
    "08-5": [
        ("= for +=", edited(input_gradient, ("+= dy", "= dy"))),
        ("only one filter", edited(input_gradient, ("range(F)", "range(1)"))),
        ("kernel flipped", edited(input_gradient, (_KERNEL, "kernel = K[f, :, ::-1, ::-1]"))),
        ("kernel transposed", edited(input_gradient, (_KERNEL, "kernel = K[f].transpose(0, 2, 1)"))),
        ("windows not moved by the stride", edited(input_gradient, ("i * stride, j * stride", "i, j"))),
        ("paid to every image", edited(input_gradient, ("dx[n, ", "dx[:, "))),
        ("only one channel", edited(input_gradient, (_KERNEL, "kernel = K[f, 0]"))),
        ("channels added up", edited(input_gradient, (_KERNEL, "kernel = K[f].sum(0)"))),
        ("upstream gradient ignored", edited(input_gradient, ("dy[n, f, i, j] * ", ""))),
        ("mutated input", edited(input_gradient, ("    return", "    dy *= 2\n    return"))),
        ("sign", edited(input_gradient, ("return dx", "return -dx"))),
        ("extra 1/N", edited(input_gradient, ("return dx", "return dx / N"))),
        ("values", edited(input_gradient, ("np.zeros(shape)", "np.full(shape, 1e-9)"))),
        ("values", edited(input_by_pixels, ("0 <= u < k", "0 <= u < min(k, 3)"))),
        ("stale state", input_accumulates_for_ever), ("negative indices", input_with_negative_indices)],
    "08-6": [
        ("all winners paid", edited(pool, (_ONE, "out[window == window.max()] = d"))),
        ("shared at a tie", edited(pool, (_ONE, "out[window == window.max()] = d / (window == window.max()).sum()"))),
        ("shared by all", edited(pool, (_ONE, "out[:] = d / k ** 2"))),
        ("everybody paid in full", edited(pool, (_ONE, "out[:] = d"))),
        ("value instead of gradient", edited(pool, (_ONE, "out[u, v] = window[u, v]"))),
        ("multiplied by the value", edited(pool, (_ONE, "out[u, v] = d * window[u, v]"))),
        ("upstream gradient ignored", edited(pool, (_ONE, "out[u, v] = 1"))),
        ("the smallest paid", edited(pool, ("argmax", "argmin"))),
        ("always the first corner", edited(pool, (_ONE, "out[0, 0] = d"))),
        ("the last winner", edited(pool, (_ONE, "out[tuple(np.argwhere(window == window.max())[-1])] = d"))),
        ("first down the columns", edited(pool, ("np.argmax(window)", "np.argmax(window.T)"), ("u, v =", "v, u ="))),
        ("largest by size", edited(pool, ("np.argmax(window)", "np.argmax(np.abs(window))"))),
        ("nearly the largest", edited(pool, ("argmax(window)", "argmax(np.isclose(window, window.max()))"))),
        ("row and column swapped", edited(pool, ("u, v =", "v, u ="))),
        ("place in the window", edited(pool, (_ONE, "dx[n, c, u, v] = d"))),
        ("gradient cut to integers", edited(pool, ("np.zeros(x.shape)", "np.zeros_like(x)"))),
        ("values", edited(pool, ("argmax(window)", "argmax(np.round(window, 8))"))),
        ("values", edited(pool, ("argmax(window)", "argmax(np.maximum(window, -1e9))"))),
        ("values", pool_starting_at_zero),
        ("sign", edited(pool, (_ONE, "out[u, v] = -d"))),
        ("mutated input", edited(pool, ("    return", "    x -= 1\n    return")))],
    "08-7": [
        ("the layer's own stride", edited(field, ("for k, s in layers:", "for k, s in layers:\n        g *= s"),
                                          ("* g\n        g *= s", "* g"))),
        ("strides forgotten", edited(field, ("(k - 1) * g", "k - 1"))),
        ("only the last stride", edited(field, ("g *= s", "g = s"))),
        ("strides added", edited(field, ("g *= s", "g += s"))),
        ("k instead of k − 1", edited(field, ("(k - 1)", "k"))), ("sum of the kernels", field_sum),
        ("product of the kernels", edited(field, ("r += (k - 1) * g", "r *= k"))),
        ("started at nothing", edited(field, ("r, g = 1, 1", "r, g = 0, 1"))), ("from the last layer", field_backwards),
        ("the distance instead of the field", edited(field, ("return r", "return g"))),
        ("values", edited(field, ("return r", "return r * s if layers and k == 1 else r"))),
        ("values", edited(field, ("(k - 1)", "(min(k, 7) - 1)"))), ("values", edited(field, ("*= s", "*= min(s, 3)"))),
        ("mutated input", field_empties_the_list), ("error", field_needs_a_layer)],
}

RIGHT = {
    "08-0": [derived, derived_with_arrays],
    "08-1": [size, size_counted, size_counted_one_by_one, size_of_a_convolution,
             lambda n, k, stride, padding: floor((n + 2 * padding - k) / stride) + 1,
             lambda n, k, s, p: np.int32((n - k + 2 * p + s) // s), lambda *numbers: float(size(*numbers))],
    "08-2": [forward, forward_by_einsum, forward_over_the_kernel, forward_in_single, forward_as_lists],
    "08-3": [windows, windows_by_view, windows_by_pixels, windows_by_index],
    "08-4": [kernel_gradients, kernel_by_offsets, kernel_by_rows, kernel_in_single],
    "08-5": [input_gradient, input_by_pixels, input_by_the_turned_kernel, input_read_only],
    "08-6": [pool, pool_by_blocks, pool_without_argmax, Pooling(),
             lambda dy, x, k: pool(dy, x.astype(np.float32), k)],
    "08-7": [field, field_by_recursion, field_from_above, field_by_products, field_in_floats,
              update_wrapper(partial(field), field)],
}
