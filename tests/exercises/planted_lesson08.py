"""Wrong answers to the tasks of lesson 08, as learners write them, and the name each must be called by."""

import numpy as np

# ---- 08-1 output size ----------------------------------------------------------------------------------------


def size_without_the_first(n, k, stride, padding):
    return (n + 2 * padding - k) // stride


def size_one_sided(n, k, stride, padding):
    n = n + padding
    return (n - k) // stride + 1


def size_without_padding(n, k, stride, padding):
    return (n - k) // stride + 1


def size_with_halves(n, k, stride, padding):
    return (n - k + 2 * padding) / stride + 1


def size_rounded_up(n, k, stride, padding):
    return int(np.ceil((n + 2 * padding - k) / stride)) + 1


def size_one_too_early(n, k, stride, padding):
    return (n + 2 * padding - k + 1) // stride


def size_frame_subtracted(n, k, stride, padding):
    return (n - 2 * padding - k) // stride + 1


def size_without_stride(n, k, stride, padding):
    return n + 2 * padding - k + 1


def size_without_kernel(n, k, stride, padding):
    return (n + 2 * padding) // stride + 1


def size_returns_nothing(n, k, stride, padding):
    size = (n + 2 * padding - k) // stride + 1      # noqa: F841


# ---- 08-2 forward --------------------------------------------------------------------------------------------

def forward(x, K, b, stride, fault=None):
    N, C, H, W = x.shape
    F, _, k, _ = K.shape
    if fault == "no stride":
        stride = 1
    rows, columns = (H - k) // stride + 1, (W - k) // stride + 1
    y = np.zeros((N, F, rows, columns), dtype=float if fault == "double" else x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(columns):
                    r, c = (i, j) if fault == "not moved" else (i * stride, j * stride)
                    total = 0
                    for channel in range(C):
                        window = x[n, channel, r:r + k, c:c + k]
                        kernel = K[f, channel]
                        if fault == "flip":
                            kernel = np.flip(kernel)
                        if fault == "transpose":
                            kernel = kernel.T
                        product = np.sum(window * kernel)
                        total = product if fault == "last channel" else total + product
                    if fault == "mean":
                        total = total / (C * k * k)
                    y[n, f, i, j] = total
                    if fault == "bias 0":
                        y[n, f, i, j] += b[0]
                    elif fault == "all biases":
                        y[n, f, i, j] += np.sum(b)
                    elif fault != "no bias":
                        y[n, f, i, j] += b[f]
    if fault == "spoil":
        K *= 0
    if fault == "sign":
        return -y
    return np.moveaxis(y, 1, -1) if fault == "last axis" else y


def forward_with(fault):
    return lambda *arguments: forward(*arguments, fault=fault)


# ---- 08-3 windows as rows ------------------------------------------------------------------------------------

def windows(x, k, stride, fault=None):
    C, H, W = x.shape
    if fault == "no stride":
        stride = 1
    found = []
    if fault == "columns first":
        for c in range(0, W - k + 1, stride):
            for r in range(0, H - k + 1, stride):
                found.append(x[:, r:r + k, c:c + k].flatten())
        return np.array(found)
    for i in range((H - k) // stride + 1):
        for j in range((W - k) // stride + 1):
            r, c = (i, j) if fault == "not moved" else (i * stride, j * stride)
            window = x[:, r:r + k, c:c + k]
            if fault == "channels last":
                window = np.moveaxis(window, 0, -1)
            if fault == "turned":
                window = np.swapaxes(window, 1, 2)
            if fault == "one channel":
                window = window[0]
            found.append(window if fault == "not flat" else window.reshape(-1))
    rows = np.array(found, dtype=float if fault == "double" else x.dtype)
    return rows.T if fault == "transpose" else rows


def windows_with(fault):
    return lambda x, k, stride: windows(x, k, stride, fault)


def windows_spoil(x, k, stride):
    rows = windows(x, k, stride)
    x[:] = 0
    return rows


# ---- 08-4 kernel and bias ------------------------------------------------------------------------------------

def kernel_gradients(dy, x, k, stride, fault=None):
    N, F, rows, columns = dy.shape
    dK = np.zeros((F, x.shape[1], k, k), dtype=float if fault == "double" else x.dtype)
    db = np.zeros(F, x.dtype)
    for n in range(1 if fault == "first image" else N):
        for i in range(rows):
            for j in range(columns):
                r, c = (i, j) if fault == "not moved" else (stride * i, stride * j)
                window = x[n, :, r:r + k, c:c + k]
                if fault == "flip":
                    window = window[:, ::-1, ::-1]
                if fault == "turned":
                    window = np.swapaxes(window, 1, 2)
                for f in range(F):
                    if fault == "overwrite":
                        dK[f] = dy[n, f, i, j] * window
                    else:
                        dK[f] += dy[n, f, i, j] * window
    db += dy.sum(axis=(0, 2, 3))
    if fault == "bias not over places":
        db = dy.sum(axis=0)
    if fault == "bias not over images":
        db = dy.sum(axis=(2, 3))
    if fault == "bias wrong axes":
        db = dy.sum(axis=(1, 2, 3))
    if fault == "bias everything":
        db = dy.sum()
    if fault == "bias mean":
        db = dy.mean(axis=(0, 2, 3))
    if fault == "order":
        return db, dK
    if fault == "sign":
        return -dK, -db
    if fault == "batch mean":
        return dK / N, db / N
    if fault == "spoil":
        dy *= 0
    return dK, db


def kernel_with(fault):
    return lambda *arguments: kernel_gradients(*arguments, fault=fault)


# ---- 08-5 input ----------------------------------------------------------------------------------------------

def input_gradient(dy, K, shape, stride, fault=None):
    dx = np.zeros(shape, dtype=float if fault == "double" else dy.dtype)
    k = K.shape[2]
    N, F, rows, columns = dy.shape
    for n in range(N):
        for f in range(1 if fault == "first filter" else F):
            kernel = K[f]
            if fault == "flip":
                kernel = kernel[:, ::-1, ::-1]
            if fault == "turned":
                kernel = kernel.transpose(0, 2, 1)
            for i in range(rows):
                for j in range(columns):
                    r, c = (i, j) if fault == "not moved" else (i * stride, j * stride)
                    if fault == "overwrite":
                        dx[n, :, r:r + k, c:c + k] = dy[n, f, i, j] * kernel
                    elif fault == "every image":
                        dx[:, :, r:r + k, c:c + k] += dy[n, f, i, j] * kernel
                    else:
                        dx[n, :, r:r + k, c:c + k] += dy[n, f, i, j] * kernel
    if fault == "spoil":
        dy *= 2
    if fault == "sign":
        return -dx
    if fault == "mean":
        return dx / N
    return dx


def input_with(fault):
    return lambda *arguments: input_gradient(*arguments, fault=fault)


_kept = {}


def input_accumulates_for_ever(dy, K, shape, stride):
    _kept[shape] = _kept.get(shape, 0) + input_gradient(dy, K, shape, stride)
    return _kept[shape].copy()


# ---- 08-6 max pooling ----------------------------------------------------------------------------------------

def pool(dy, x, k, fault=None):
    dx = np.zeros(x.shape, dtype=float if fault == "double" else x.dtype)
    N, C, rows, columns = dy.shape
    for n in range(N):
        for c in range(C):
            for i in range(rows):
                for j in range(columns):
                    window = x[n, c, i * k:i * k + k, j * k:j * k + k]
                    out = dx[n, c, i * k:i * k + k, j * k:j * k + k]
                    d = dy[n, c, i, j]
                    u, v = np.unravel_index(np.argmax(window), window.shape)
                    if fault == "all":
                        out[window == window.max()] = d
                    elif fault == "share":
                        out[window == window.max()] = d / np.sum(window == window.max())
                    elif fault == "average":
                        out[:] = d / k ** 2
                    elif fault == "everybody":
                        out[:] = d
                    elif fault == "value":
                        out[u, v] = window.max()
                    elif fault == "times value":
                        out[u, v] = d * window[u, v]
                    elif fault == "one":
                        out[u, v] = 1
                    elif fault == "smallest":
                        out[np.unravel_index(np.argmin(window), window.shape)] = d
                    elif fault == "corner":
                        out[0, 0] = d
                    elif fault == "last":
                        out[tuple(np.argwhere(window == window.max())[-1])] = d
                    elif fault == "sign":
                        out[u, v] = -d
                    else:
                        out[u, v] = d
    if fault == "spoil":
        x -= 1
    return dx


def pool_with(fault):
    return lambda *arguments: pool(*arguments, fault=fault)


# ---- 08-7 receptive field ------------------------------------------------------------------------------------

def field_own_stride(layers):
    r, g = 1, 1
    for k, s in layers:
        g = g * s
        r = r + (k - 1) * g
    return r


def field_without_strides(layers):
    r = 1
    for k, s in layers:
        r += k - 1
    return r


def field_last_stride(layers):
    r, g = 1, 1
    for k, s in layers:
        r += (k - 1) * g
        g = s
    return r


def field_whole_kernels(layers):
    r, g = 1, 1
    for k, s in layers:
        r += k * g
        g *= s
    return r


def field_sum(layers):
    return sum(k for k, s in layers)


def field_from_zero(layers):
    r, g = 0, 1
    for k, s in layers:
        r += (k - 1) * g
        g *= s
    return r


def field_backwards(layers):
    r, g = 1, 1
    for k, s in reversed(layers):
        r += (k - 1) * g
        g *= s
    return r


def field_distance(layers):
    g = 1
    for k, s in layers:
        g *= s
    return g


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


PLANTED = {
    "08-1": [
        ("last window forgotten", size_without_the_first), ("padding on one side", size_one_sided),
        ("padding forgotten", size_without_padding), ("not a whole number", size_with_halves),
        ("rounded up", size_rounded_up), ("last window forgotten", size_one_too_early),
        ("stride forgotten", size_without_stride), ("padding subtracted", size_frame_subtracted),
        ("kernel forgotten", size_without_kernel), ("nothing returned", size_returns_nothing)],
    "08-2": [
        ("kernel flipped", forward_with("flip")), ("kernel transposed", forward_with("transpose")),
        ("bias forgotten", forward_with("no bias")), ("bias of the first map", forward_with("bias 0")),
        ("all biases added", forward_with("all biases")), ("only one channel", forward_with("last channel")),
        ("windows not moved by the stride", forward_with("not moved")), ("stride forgotten", forward_with("no stride")),
        ("mutated input", forward_with("spoil")), ("dtype", forward_with("double")), ("sign", forward_with("sign")),
        ("mean instead of sum", forward_with("mean"))],
    "08-3": [
        ("transpose", windows_with("transpose")), ("channels last", windows_with("channels last")),
        ("windows down the columns", windows_with("columns first")), ("window transposed", windows_with("turned")),
        ("windows not moved by the stride", windows_with("not moved")), ("stride forgotten", windows_with("no stride")),
        ("only one channel", windows_with("one channel")), ("not flattened", windows_with("not flat")),
        ("dtype", windows_with("double")), ("mutated input", windows_spoil)],
    "08-4": [
        ("= for +=", kernel_with("overwrite")), ("missing sum over the batch", kernel_with("first image")),
        ("missing sum over places", kernel_with("bias not over places")),
        ("missing sum over the batch", kernel_with("bias not over images")),
        ("wrong axis", kernel_with("bias wrong axes")), ("summed over everything", kernel_with("bias everything")),
        ("mean instead of sum", kernel_with("bias mean")), ("wrong order", kernel_with("order")),
        ("sign", kernel_with("sign")), ("windows not moved by the stride", kernel_with("not moved")),
        ("kernel flipped", kernel_with("flip")), ("kernel transposed", kernel_with("turned")),
        ("mutated input", kernel_with("spoil")), ("dtype", kernel_with("double")),
        ("extra 1/N", kernel_with("batch mean"))],
    "08-5": [
        ("= for +=", input_with("overwrite")), ("only one filter", input_with("first filter")),
        ("kernel flipped", input_with("flip")), ("kernel transposed", input_with("turned")),
        ("windows not moved by the stride", input_with("not moved")),
        ("paid to every image", input_with("every image")), ("mutated input", input_with("spoil")),
        ("dtype", input_with("double")), ("sign", input_with("sign")), ("extra 1/N", input_with("mean")),
        ("stale state", input_accumulates_for_ever)],
    "08-6": [
        ("all winners paid", pool_with("all")), ("shared at a tie", pool_with("share")),
        ("shared by all", pool_with("average")), ("everybody paid in full", pool_with("everybody")),
        ("value instead of gradient", pool_with("value")), ("multiplied by the value", pool_with("times value")),
        ("upstream gradient ignored", pool_with("one")), ("the smallest paid", pool_with("smallest")),
        ("always the first corner", pool_with("corner")), ("the last winner", pool_with("last")),
        ("sign", pool_with("sign")), ("mutated input", pool_with("spoil")), ("dtype", pool_with("double"))],
    "08-7": [
        ("the layer's own stride", field_own_stride), ("strides forgotten", field_without_strides),
        ("only the last stride", field_last_stride), ("k instead of k − 1", field_whole_kernels),
        ("sum of the kernels", field_sum), ("started at nothing", field_from_zero),
        ("from the last layer", field_backwards), ("the distance instead of the field", field_distance),
        ("mutated input", field_empties_the_list), ("error", field_needs_a_layer)],
}
