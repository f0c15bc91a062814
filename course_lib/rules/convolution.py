"""Convolution and pooling of images (N, C, H, W), as rules: ``y, backward = conv2d(x, K, b)``.

Each operation is written twice. The *readable* form stands beside the equations of lesson 08: ``im2col`` lays every
window in a row, and a convolution is then one matrix product. The *fast* form gives the same numbers (a test compares
them) and differs in one thing, the order of the numbers in memory. ``conv2d``, ``max_pool2d`` and ``avg_pool2d`` are
the fast ones; the readable ones are called ``conv2d_readable``, ``max_pool2d_readable``, ``avg_pool2d_readable``.

As in PyTorch, "convolution" means cross-correlation: the kernel is not flipped.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from course_lib.rules.protocol import floats, rule


def output_size(n, k, stride=1, padding=0):
    """How often a window of ``k`` fits along ``n`` entries: ⌊(n + 2 padding − k) / stride⌋ + 1, equation (8.2)."""
    return (n + 2 * padding - k) // stride + 1


# ---- the readable forms -------------------------------------------------------------------------------------

def im2col(x, kh, kw, stride=1, padding=0):
    """Every window of the padded images as one row; the windows in reading order, image after image.

    Shapes: x (N, C, H, W)  ->  rows (N Hout Wout, C kh kw)
    """
    (sh, sw), (ph, pw) = _pair(stride), _pair(padding)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]      # (N, C, Hout, Wout, kh, kw)
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * kh * kw)


def col2im(rows, shape, kh, kw, stride=1, padding=0):
    """The adjoint of ``im2col``: every row is added back to where its window was taken from.

    Shapes: rows (N Hout Wout, C kh kw)  ->  x of the given shape (N, C, H, W)
    """
    (sh, sw), (ph, pw), (N, C, H, W) = _pair(stride), _pair(padding), shape
    Hout, Wout = output_size(H, kh, sh, ph), output_size(W, kw, sw, pw)
    windows = rows.reshape(N, Hout, Wout, C, kh, kw).transpose(0, 3, 1, 2, 4, 5)
    padded = np.zeros((N, C, H + 2 * ph, W + 2 * pw), rows.dtype)
    for i, j, height, width in _places((kh, kw), (sh, sw), (Hout, Wout)):
        padded[:, :, height, width] += windows[:, :, :, :, i, j]            # windows overlap: contributions add up
    return padded[:, :, ph:ph + H, pw:pw + W]


@rule
def conv2d_readable(x, K, b, stride=1, padding=0):
    """``conv2d`` as one matrix product of the windows with the kernels.

    Shapes:   x (N, C, H, W), K (F, C, kh, kw), b (F,)  ->  y (N, F, Hout, Wout)
    Backward: dx, dK, db: those of ``affine``, carried back by ``col2im``
    Source:   derived in lesson 08, section 3, equations (8.3) to (8.7).
    """
    _check_convolution(x, K, b, stride, padding)
    F, C, kh, kw = K.shape
    Hout, Wout = _output_sizes(x, (kh, kw), _pair(stride), _pair(padding))
    rows = im2col(x, kh, kw, stride, padding)
    y = rows @ K.reshape(F, -1).T + b
    def backward(dy, input_grad=True):
        dy = dy.transpose(0, 2, 3, 1).reshape(-1, F)            # one row per window
        dx = col2im(dy @ K.reshape(F, -1), x.shape, kh, kw, stride, padding) if input_grad else None
        dK = (dy.T @ rows).reshape(K.shape)
        db = dy.sum(axis=0)
        return dx, dK, db
    return y.reshape(len(x), Hout, Wout, F).transpose(0, 3, 1, 2), backward


@rule
def max_pool2d_readable(x, size, stride=None):
    """``max_pool2d`` with the position of each window's winner written down.

    Shapes:   x (N, C, H, W)  ->  y (N, C, Hout, Wout)
    Backward: dx = dy at the winner of each window, 0 elsewhere; contributions of overlapping windows add up
    Source:   derived in lesson 08, section 5, equation (8.9).
    """
    size, stride = _check_pooling("max_pool2d", x, size, stride)
    windows = _windows(x, size, stride)                         # (N, C, Hout, Wout, kh kw)
    winner = windows.real.argmax(axis=-1)                       # the first of equals (.real: see checks)
    y = np.take_along_axis(windows, winner[..., np.newaxis], axis=-1)[..., 0]
    def backward(dy):
        dx = np.zeros(x.shape, dy.dtype)
        for i, j, rows, columns in _places(size, stride, y.shape[2:]):
            dx[:, :, rows, columns] += dy * (winner == i * size[1] + j)
        return dx
    return y, backward


@rule
def avg_pool2d_readable(x, size, stride=None):
    """``avg_pool2d`` as the mean over an axis of windows.

    Shapes:   x (N, C, H, W)  ->  y (N, C, Hout, Wout)
    Backward: dx = dy / (kh kw) in every entry of the window; contributions of overlapping windows add up
    Source:   derived in lesson 08, section 5, equation (8.10).
    """
    size, stride = _check_pooling("avg_pool2d", x, size, stride)
    y = _windows(x, size, stride).mean(axis=-1)
    def backward(dy):
        dx = np.zeros(x.shape, dy.dtype)
        for _, _, rows, columns in _places(size, stride, y.shape[2:]):
            dx[:, :, rows, columns] += dy / math.prod(size)
        return dx
    return y, backward


def _windows(x, size, stride):
    """(N, C, Hout, Wout, kh kw): the windows of x, each in reading order."""
    windows = sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride[0], ::stride[1]]
    return windows.reshape(*windows.shape[:4], -1)


# ---- the fast forms -----------------------------------------------------------------------------------------
#
# All images have the shape (N, C, H, W), but they lie in memory as (H, C, W, N): "batch innermost". NumPy's elementwise
# functions keep the order of their input, so ReLU and pooling hand it on, and nothing is transposed between two layers.

BLOCK = 2 ** 16     # numbers worked on at a time in conv2d's backward: a quarter of a megabyte of float32
FEW = 24            # up to here, channels times kernel columns, one row of an image is too little for a good product

# The C library returns free memory to the system, and a training step then waits for it page by page, a fifth of its
# time with large images. How much it keeps depends on the largest array ever freed: here is one, never written to.
np.empty(31 * 2 ** 20, np.uint8)


@rule
def conv2d(x, K, b, stride=1, padding=0):
    """Convolution y = x ⋆ K + b: each output is the product of one window of x with one kernel.

    y[n, f, i, j] = b[f] + Σ_{c, u, v} x[n, c, i·stride + u − padding, j·stride + v − padding] K[f, c, u, v]

    Shapes:   x (N, C, H, W), K (F, C, kh, kw), b (F,)  ->  y (N, F, Hout, Wout), see ``output_size``
    Backward: dx = Σ_{f, u, v} dy K        over the outputs whose window held the entry: a kernel moved backwards
              dK = Σ_{n, i, j} dy x        each weight was used at every place of every image
              db = Σ_{n, i, j} dy          and so was each bias
    Source:   LeCun et al. (1989), Neural Computation 1; derived in lesson 08, section 2, (8.3), and section 3,
              equations (8.5), (8.6), (8.7).
    """
    _check_convolution(x, K, b, stride, padding)
    (N, C, H, W), (F, _, kh, kw), (sh, sw), (ph, pw) = x.shape, K.shape, _pair(stride), _pair(padding)
    Hout, Wout = _output_sizes(x, (kh, kw), (sh, sw), (ph, pw))
    shifts = _shifts(W, kw, sw, pw, Wout)
    # Only the kw horizontal shifts are copied: cols[h] is, for row h of the padded image, a matrix (C kw, Wout N).
    images, cols = _in_memory(x), np.zeros((H + 2 * ph, C, kw, Wout, N), x.dtype)
    for v, outputs, inputs in shifts:
        cols[ph:ph + H, :, v, outputs] = images[:, :, inputs]
    # Each row of the image meets up to kh rows of outputs, all in one product, with the kernel rows stacked (see
    # _visits). With few channels that would be a product of nearly nothing; then the kh rows of a window are stacked
    # instead.
    by_window = C * kw <= FEW
    visits = list(_visits(Hout, 1, 1, 0, Hout, F) if by_window else _visits(H, kh, sh, ph, Hout, F))
    y = np.empty((Hout * F, Wout * N), np.result_type(x, K, b))
    y.reshape(Hout, F, -1)[...] = b[:, np.newaxis]
    matrices, kernels = _matrices(cols, kh, sh, by_window), _kernels(K, sh, by_window)
    for h, r, seen, part in visits:
        y[seen] += kernels[r][part] @ matrices[h]               # (8.3), as y = x W + b for every row

    def backward(dy, input_grad=True, param_grad=True):
        dy = _in_memory(dy).reshape(Hout * F, Wout * N)
        if not param_grad:
            return _input_gradient(dy) if input_grad else None, None, None
        matrices = _matrices(cols, kh, sh, by_window)
        dkernels = [np.zeros(kernel.shape, np.result_type(cols, dy)) for kernel in kernels]
        for h, r, seen, part in visits:
            dkernels[r][part] += dy[seen] @ matrices[h].T       # (8.5), as dW = xᵀ dy
        db = (dy @ np.ones(Wout * N, dy.dtype)).reshape(Hout, F).sum(axis=0)        # (8.7); a product is a fast sum
        return _input_gradient(dy) if input_grad else None, _from_kernels(dkernels, K.shape, sh, by_window), db

    def _input_gradient(dy):
        dx = np.zeros((H, C, W, N), np.result_type(K, dy))
        transposed = [np.ascontiguousarray(kernel.T) for kernel in _kernels(K, sh)]
        visits = list(_visits(H, kh, sh, ph, Hout, F))
        block = min(H, BLOCK // max(1, C * kw * Wout * N) or 1)         # so many rows of dcols stay in the cache
        dcols = np.zeros((block, C, kw, Wout, N), dx.dtype)
        for start in range(0, H, block):
            done = dcols[:H - start]                            # the last block may be shorter
            for row, (h, r, seen, part) in zip(done.reshape(len(done), C * kw, Wout * N), visits[start:]):
                np.matmul(transposed[r][:, part], dy[seen], out=row)                # (8.6), as dx = dy Wᵀ
            for v, outputs, inputs in shifts:
                dx[start:start + block, :, inputs] += done[:, :, v, outputs]
        return _as_images(dx)
    return _as_images(y.reshape(Hout, F, Wout, N)), backward


@rule
def max_pool2d(x, size, stride=None):
    """The maximum of each window; a gradient goes to the winner alone, at a tie to the first in reading order.

    Shapes:   x (N, C, H, W)  ->  y (N, C, Hout, Wout); rows and columns that fill no window are left out
    Backward: dx = dy at the winner of each window, 0 elsewhere; contributions of overlapping windows add up
    Source:   Ranzato et al. (2007), CVPR; derived in lesson 08, section 5, equation (8.9).
    """
    size, stride = _check_pooling("max_pool2d", x, size, stride)
    shape, places = x.shape, _places(size, stride, _output_sizes(x, size, stride, (0, 0)))
    images = _in_memory(x)
    first, *others = [images[rows, :, columns] for _, _, rows, columns in places]
    y = first.copy()
    winners = np.ones((len(places), *y.shape), bool)            # for each place in a window: is the maximum there?
    for entry, wins in zip(others, winners[1:]):
        np.greater(entry.real, y.real, out=wins)                # it beats all before it (.real: see checks) ...
        y = np.where(wins, entry, y) if np.iscomplexobj(y) else np.maximum(entry, y, out=y)
    for wins in reversed(winners[1:]):                          # ... and is beaten by none after it
        wins &= winners[0]
        np.greater(winners[0], wins, out=winners[0])            # what is still to be won: winners[0] and not wins
    def backward(dy):
        return _to_places(dy, winners, places, shape, size, stride)
    return _as_images(y), backward


@rule
def avg_pool2d(x, size, stride=None):
    """The mean of each window; a gradient is shared out equally.

    Shapes:   x (N, C, H, W)  ->  y (N, C, Hout, Wout); rows and columns that fill no window are left out
    Backward: dx = dy / (kh kw) in every entry of the window; contributions of overlapping windows add up
    Source:   LeCun, Bottou, Bengio, Haffner (1998), Proc. IEEE 86; derived in lesson 08, section 5, equation (8.10).
    """
    size, stride = _check_pooling("avg_pool2d", x, size, stride)
    shape, places = x.shape, _places(size, stride, _output_sizes(x, size, stride, (0, 0)))
    images = _in_memory(x)
    first, *others = [images[rows, :, columns] for _, _, rows, columns in places]
    y = first.astype(floats(x), order="C")
    for entry in others:
        y += entry
    y /= len(places)
    def backward(dy):
        shares = [1 / len(places)] * len(places)
        return _to_places(dy, shares, places, shape, size, stride)
    return _as_images(y), backward


def _to_places(dy, shares, places, shape, size, stride):
    """dx of the given shape: at each place of every window, dy times the share of that place."""
    N, C, H, W = shape
    disjoint = stride[0] >= size[0] and stride[1] >= size[1]
    dy, dx = _in_memory(dy), np.zeros((H, C, W, N), dy.dtype)
    for share, (_, _, rows, columns) in zip(shares, places):
        if disjoint:                                            # each entry is in one window: no sum, no array between
            np.multiply(dy, share, out=dx[rows, :, columns])
        else:
            dx[rows, :, columns] += dy * share
    return _as_images(dx)


@rule
def pad2d(x, padding, value=0.0):
    """A frame of ``value`` around each image; LeCun et al. (1989) pad with −1, their background.

    Shapes:   x (N, C, H, W)  ->  y (N, C, H + 2 ph, W + 2 pw); ``padding`` is a number or the pair (ph, pw)
    Backward: dx = dy without the frame: the frame is constant
    Source:   derived in lesson 08, section 2, equation (8.3).
    """
    _check_images("pad2d", x)
    ph, pw = _check_pair("pad2d", "padding", padding, 0)
    N, C, H, W = x.shape
    y = np.empty_like(x, dtype=floats(x), shape=(N, C, H + 2 * ph, W + 2 * pw))
    y[...] = value
    y[:, :, ph:ph + H, pw:pw + W] = x
    def backward(dy):
        return dy[:, :, ph:ph + H, pw:pw + W].copy(order="K")
    return y, backward


# ---- helpers ------------------------------------------------------------------------------------------------

def _in_memory(x):
    """Images (N, C, H, W) as the fast forms want them in memory, (H, C, W, N); a copy only if they lie otherwise."""
    return np.ascontiguousarray(x.transpose(2, 1, 3, 0))


def _as_images(memory):
    """The way back: a view of (H, C, W, N) that has the shape (N, C, H, W)."""
    return memory.transpose(3, 1, 0, 2)


def _matrices(cols, kh, sh, by_window):
    """The rows of cols as matrices, (C kw, Wout N) each; or every kh rows as one matrix (kh C kw, Wout N).

    The latter overlap in memory and cost nothing.
    """
    H, C, kw, Wout, N = cols.shape
    if not by_window:
        return cols.reshape(H, C * kw, Wout * N)
    row, number = cols.strides[0], cols.itemsize
    return as_strided(cols, (output_size(H, kh, sh), kh * C * kw, Wout * N), (sh * row, Wout * N * number, number),
                      writeable=False)


def _kernels(K, sh, by_window=False):
    """The kernels as matrices, F rows for each kernel row, these upside down; a matrix for each remainder by sh."""
    F, C, kh, kw = K.shape
    if by_window:
        return [K.transpose(0, 2, 1, 3).reshape(F, kh * C * kw)]
    return [K[:, :, r::sh][:, :, ::-1].transpose(2, 0, 1, 3).reshape(-1, C * kw) for r in range(sh)]


def _from_kernels(kernels, shape, sh, by_window):
    """The way back from ``_kernels``."""
    F, C, kh, kw = shape
    if by_window:
        return kernels[0].reshape(F, kh, C, kw).transpose(0, 2, 1, 3)
    K = np.empty(shape, kernels[0].dtype)
    for r, kernel in enumerate(kernels):
        K[:, :, r::sh] = kernel.reshape(-1, F, C, kw)[::-1].transpose(1, 2, 0, 3)
    return K


def _visits(H, kh, sh, ph, Hout, F):
    """For each row h of the image, without its padding: the rows of y and of the kernel matrix that it meets.

    Row i of the outputs saw row h of the padded image through row u = h − i sh of the kernel. One i more is one stride
    less of u: with the kernel's rows upside down, all i of one h are neighbours in y and in the kernel matrix.
    """
    for h in range(ph, ph + H):
        q, r = divmod(h, sh)
        above = q - (kh - 1 - r) // sh                          # the first i, if there were no edge
        first, last = max(above, 0), min(q, Hout - 1)           # between two windows last is first - 1: empty slices
        yield h, r, slice(first * F, (last + 1) * F), slice((first - above) * F, (last + 1 - above) * F)


def _shifts(W, kw, sw, pw, Wout):
    """For each kernel column v: the outputs whose window has an entry of the image there, and those entries."""
    for_all = []
    for v in range(kw):
        first = max(-((v - pw) // sw), 0)                       # the first j with j·sw + v − pw ≥ 0
        last = min((W - 1 - v + pw) // sw, Wout - 1)
        if first <= last:
            start = first * sw + v - pw
            for_all.append((v, slice(first, last + 1), slice(start, start + (last - first) * sw + 1, sw)))
    return for_all


def _places(size, stride, outputs):
    """For each place (i, j) in a window, in reading order: the rows and columns of the image that stand there."""
    (kh, kw), (sh, sw), (Hout, Wout) = size, stride, outputs
    return [(i, j, slice(i, i + sh * (Hout - 1) + 1, sh), slice(j, j + sw * (Wout - 1) + 1, sw))
            for i in range(kh) for j in range(kw)]


def _output_sizes(x, size, stride, padding):
    return tuple(output_size(*numbers) for numbers in zip(x.shape[2:], size, stride, padding))


def _pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _check_pair(rule, name, value, least):
    pair = _pair(value)
    if len(pair) != 2 or not all(isinstance(n, (int, np.integer)) and n >= least for n in pair):
        raise ValueError(f"{rule}: {name} must be a whole number of at least {least}, or a pair of them, got {value!r}")
    return pair


def _check_images(rule, x, channels="C"):
    if x.ndim == 4:
        return
    text = f"{rule}: x must have shape (N, {channels}, H, W), got {x.shape}"
    if x.ndim == 3:
        text += "; add the axis of the channels: x[:, np.newaxis]"
    if x.ndim == 2:
        side = math.isqrt(x.shape[1])
        shape = f"-1, 1, {side}, {side}" if side * side == x.shape[1] else "N, C, H, W"
        text += f"; if they are flattened images, reshape them: x.reshape({shape})"
    raise ValueError(text)


def _check_convolution(x, K, b, stride, padding):
    if K.ndim != 4 or 0 in K.shape or b.shape != K.shape[:1]:
        hint = "; no side may be 0" if 0 in K.shape else ""
        raise ValueError(f"conv2d: K must have shape (F, C, kh, kw) and b (F,), got {K.shape} and {b.shape}{hint}")
    F, C, kh, kw = K.shape
    _check_images("conv2d", x, C)
    _check_pair("conv2d", "stride", stride, 1)
    ph, pw = _check_pair("conv2d", "padding", padding, 0)
    if x.shape[1] != C:
        hint = "; channels come before height and width: x.transpose(0, 3, 1, 2)" if x.shape[3] == C else ""
        raise ValueError(f"conv2d: x has {x.shape[1]} channels, but the kernels have {C}: "
                         f"x must have shape (N, {C}, H, W), got {x.shape}{hint}")
    H, W = x.shape[2] + 2 * ph, x.shape[3] + 2 * pw
    if kh > H or kw > W:
        raise ValueError(f"conv2d: the kernel ({kh}, {kw}) is larger than the padded image ({H}, {W})")


def _check_pooling(rule, x, size, stride):
    _check_images(rule, x)
    size = _check_pair(rule, "size", size, 1)
    stride = _check_pair(rule, "stride", size if stride is None else stride, 1)
    if size[0] > x.shape[2] or size[1] > x.shape[3]:
        raise ValueError(f"{rule}: the window {size} is larger than the image {x.shape[2:]}")
    return size, stride
