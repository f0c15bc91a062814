"""Tasks of lesson 08: output sizes, convolution forward and backward, pooling, receptive fields."""

from functools import cache
from itertools import product

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.engine import Suspect, Task


def _rows(*arguments):
    """The number of images, for tasks whose first argument is an array of images or gradients."""
    return len(arguments[0])


# ---- 08-1 output size ----------------------------------------------------------------------------------------

def _output_size(n, k, stride, padding):
    return (n + 2 * padding - k) // stride + 1


@cache
def _telling_sizes():
    """All small numbers for which every typical mistake gives another size."""
    found = []
    for n, k, stride, padding in product(range(17, 50, 2), range(3, 10), range(3, 7), range(3, 10)):
        numbers = n, k, stride, padding
        sizes = [_output_size(*numbers),
                 *(f(*numbers) for f in (_no_first, _one_frame, _no_frame, _frame_inside, _no_stride,
                                         _no_kernel, _rounded_up))]
        rest = (n + 2 * padding - k) % stride               # not stride − 1, where a 1 added too early would do no harm
        if len(set(sizes)) == len(sizes) and rest < stride - 1 and min(sizes) > 0:
            found.append(numbers)
    return found


def _size_case(rng):
    return _telling_sizes()[rng.integers(len(_telling_sizes()))]


def _no_first(n, k, stride, padding):
    return (n + 2 * padding - k) // stride


def _one_frame(n, k, stride, padding):
    return (n + padding - k) // stride + 1


def _no_frame(n, k, stride, padding):
    return (n - k) // stride + 1


def _frame_inside(n, k, stride, padding):
    return (n - 2 * padding - k) // stride + 1


def _no_stride(n, k, stride, padding):
    return n + 2 * padding - k + 1


def _no_kernel(n, k, stride, padding):
    return (n + 2 * padding) // stride + 1


def _rounded_up(n, k, stride, padding):
    return -(-(n + 2 * padding - k) // stride) + 1


def _whole_number(answer, rng):
    got = answer(16, 5, 2, 2)
    if not isinstance(got, (int, np.integer)):
        return Fault("not a whole number",
                     f"the size is {got!r}: no array can have that many rows; // divides and rounds down")
    return None


SIZE = Task(
    id="08-1", title="the size of a map", signature="output_size(n, k, stride, padding)", level="fill in", difficulty=1,
    importance=3, minutes=5, reference=_output_size, outputs=("the size",), cases=_size_case, small=(16, 5, 2, 2),
    probes=(("a whole number", _whole_number),),
    suspects=(
        Suspect("last window forgotten",
                "windows are counted like fence posts: steps + 1; with n = k there is one window, not none", _no_first),
        Suspect("last window forgotten", "the 1 is added after the division: it counts the first window, not a pixel",
                lambda n, k, stride, padding: (n + 2 * padding - k + 1) // stride),
        Suspect("padding on one side", "the frame adds p at both ends: n + 2 p", _one_frame),
        Suspect("padding forgotten", "the padded side is n + 2 p pixels long", _no_frame),
        Suspect("padding subtracted", "the frame makes the image larger: n + 2 p", _frame_inside),
        Suspect("stride forgotten", "the window moves by the stride: divide by it", _no_stride),
        Suspect("kernel forgotten", "the last window must end inside: subtract k before dividing", _no_kernel),
        Suspect("rounded up", "a window that does not fit whole is left out: round down", _rounded_up),
        Suspect("not a whole number", "half a window does not count; // divides and rounds down",
                lambda n, k, stride, padding: (n + 2 * padding - k) / stride + 1),
    ))


# ---- 08-2 forward --------------------------------------------------------------------------------------------

def _forward(x, K, b, stride, start=None, multiply=None, kernel=lambda K: K, bias=lambda b, f: b[f]):
    """The reference; the keyword arguments put in what suspects do differently."""
    start = start or (lambda i, j: (i * stride, j * stride))
    multiply = multiply or (lambda window, K: (window * K).sum())
    (N, _, H, W), (F, _, kh, kw) = x.shape, K.shape
    y = np.zeros((N, F, (H - kh) // stride + 1, (W - kw) // stride + 1), np.result_type(x, K, b))
    for n, f, i, j in np.ndindex(y.shape):
        r, c = start(i, j)
        y[n, f, i, j] = multiply(x[n, :, r:r + kh, c:c + kw], kernel(K[f])) + bias(b, f)
    return y


def _images(rng):
    """Shapes that are all different: N (3 or more), C, F, H, W, then k and the stride."""
    N = int(rng.integers(3, 6))
    C, F = (int(n) for n in rng.permutation([n for n in (2, 3, 4, 5) if n != N])[:2])
    k = int(rng.integers(2, 4))
    return N, C, F, 7 + int(rng.integers(2)), 10 + int(rng.integers(2)), k, 2


def _forward_case(rng):
    N, C, F, H, W, k, stride = _images(rng)
    return rng.normal(size=(N, C, H, W)), rng.normal(size=(F, C, k, k)), rng.normal(size=F), stride


def _with(**changes):
    return lambda x, K, b, stride: _forward(x, K, b, stride, **changes)


_SMALL_X = np.array([[[[1.0, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1]], [[0, 1, 1, 0], [1, 2, 0, 1], [1, 0, 2, 0]]]])
_SMALL_K = np.array([[[[1.0, 0], [2, -1]], [[0, 1], [1, 0]]], [[[0, 1], [1, 1]], [[2, 0], [0, -1]]],
                     [[[1, 1], [0, 0]], [[0, 0], [0, 1]]]])

CONV = Task(
    id="08-2", title="convolution forward", signature="conv_forward(x, K, b, stride)", level="write", difficulty=2,
    importance=3, minutes=20, reference=_forward, outputs=("y",), cases=_forward_case,
    small=(_SMALL_X, _SMALL_K, np.array([0.0, 1.0, -1.0]), 1), batch=_rows, keeps_dtype=True,
    suspects=(
        Suspect("kernel flipped", "the kernel is not turned round: x[i + u, j + v] meets K[u, v]",
                _with(kernel=lambda K: K[:, ::-1, ::-1])),
        Suspect("kernel transposed", "row u of the window meets row u of the kernel",
                _with(kernel=lambda K: K.transpose(0, 2, 1))),
        Suspect("bias forgotten", "each map has a bias b[f], added at every place", _with(bias=lambda b, f: 0)),
        Suspect("bias of the first map", "each map has its own bias b[f]", _with(bias=lambda b, f: b[0])),
        Suspect("all biases added", "only the bias of this map is added: b[f]", _with(bias=lambda b, f: b.sum())),
        Suspect("only one channel", "a filter has a kernel for every channel; their products are added up",
                _with(multiply=lambda window, K: (window[0] * K[0]).sum())),
        Suspect("only one channel", "the loop over channels overwrites instead of adding: use +=",
                _with(multiply=lambda window, K: (window[-1] * K[-1]).sum())),
        Suspect("mean instead of sum", "(8.3) is a sum over the window",
                _with(multiply=lambda window, K: (window * K).mean())),
        Suspect("windows not moved by the stride", "window (i, j) starts at row i · stride and column j · stride",
                _with(start=lambda i, j: (i, j))),
        Suspect("stride forgotten",
                "the window moves by the stride: the map is smaller, and window (i, j) starts at i · stride",
                lambda x, K, b, stride: _forward(x, K, b, 1)),
    ))


# ---- 08-3 windows as rows --------------------------------------------------------------------------------------

def _windows(x, k, stride, window=lambda w: w.ravel(), start=None, by_column=False):
    start = start or (lambda i, j: (i * stride, j * stride))
    _, H, W = x.shape
    size = (H - k) // stride + 1, (W - k) // stride + 1
    places = [(i, j) for j in range(size[1]) for i in range(size[0])] if by_column else list(np.ndindex(size))
    return np.array([window(x[:, r:r + k, c:c + k]) for r, c in (start(i, j) for i, j in places)])


def _windows_case(rng):
    _, C, _, H, W, k, stride = _images(rng)
    return rng.normal(size=(C, H, W)), k, stride


WINDOWS = Task(
    id="08-3", title="the windows of one image as rows", signature="image_to_rows(x, k, stride)", level="write",
    difficulty=2, importance=2, minutes=15, reference=_windows, outputs=("the rows",), cases=_windows_case,
    small=(_SMALL_X[0], 2, 1), keeps_dtype=True,
    suspects=(
        Suspect("transpose", "the windows are the rows of R, not its columns",
                lambda x, k, stride: _windows(x, k, stride).T),
        Suspect("channels last",
                "in a row, the channel is the slowest index: all of channel 0, then channel 1, as in K.reshape(F, -1)",
                lambda x, k, stride: _windows(x, k, stride, lambda w: w.transpose(1, 2, 0).ravel())),
        Suspect("windows down the columns",
                "windows come in reading order: along the first row of the map, then the second",
                lambda x, k, stride: _windows(x, k, stride, by_column=True)),
        Suspect("window transposed", "each window is read row by row",
                lambda x, k, stride: _windows(x, k, stride, lambda w: w.transpose(0, 2, 1).ravel())),
        Suspect("windows not moved by the stride", "window (i, j) starts at row i · stride and column j · stride",
                lambda x, k, stride: _windows(x, k, stride, start=lambda i, j: (i, j))),
        Suspect("stride forgotten", "the window moves by the stride, so there are fewer windows",
                lambda x, k, stride: _windows(x, k, 1)),
        Suspect("only one channel", "a row holds the window in every channel",
                lambda x, k, stride: _windows(x[:1], k, stride)),
        Suspect("not flattened", "each row is a list of C k k numbers: ravel() the window",
                lambda x, k, stride: _windows(x, k, stride, lambda w: w)),
    ))


# ---- 08-4 kernel and bias ------------------------------------------------------------------------------------

def _kernel_backward(dy, x, k, stride, start=None, keep=False, images=None, db=None, turn=lambda window: window):
    start = start or (lambda i, j: (i * stride, j * stride))
    F = dy.shape[1]
    dK = np.zeros((F, x.shape[1], k, k), np.result_type(dy, x))
    for n, f, i, j in np.ndindex(dy.shape):
        if images is None or n in images:
            r, c = start(i, j)
            payment = dy[n, f, i, j] * turn(x[n, :, r:r + k, c:c + k])
            dK[f] = payment if keep else dK[f] + payment
    return dK, dy.sum(axis=(0, 2, 3)) if db is None else db(dy)


def _kernel_case(rng):
    N, C, F, H, W, k, stride = _images(rng)
    return (rng.normal(size=(N, F, (H - k) // stride + 1, (W - k) // stride + 1)), rng.normal(size=(N, C, H, W)), k,
            stride)


def _paying(**changes):
    return lambda dy, x, k, stride: _kernel_backward(dy, x, k, stride, **changes)


_SMALL_DY = np.array([[[[1.0, 0, -1], [2, 1, 0]], [[0, 1, 0], [0, 0, 3]], [[1, -1, 0], [0, 2, 0]]]])

KERNEL = Task(
    id="08-4", title="the gradients of kernel and bias", signature="kernel_backward(dy, x, k, stride)", level="write",
    difficulty=2, importance=3, minutes=20, reference=_kernel_backward, outputs=("dK", "db"), cases=_kernel_case,
    small=(_SMALL_DY, _SMALL_X, 2, 1), batch=_rows, keeps_dtype=True,
    suspects=(
        Suspect("= for +=", "the kernel was used at every place of every image: its payments add up, so +=, not =",
                _paying(keep=True)),
        Suspect("missing sum over the batch", "the kernel was used for every image: add up the payments of all of them",
                _paying(images=(0,))),
        Suspect("missing sum over places",
                "b[f] was added at every place of the map: db sums over images, rows and columns",
                _paying(db=lambda dy: dy.sum(axis=0))),
        Suspect("missing sum over places",
                "b[f] was added at every place of the map: db sums over rows and columns too",
                _paying(db=lambda dy: dy.sum(axis=0)[:, 0, 0])),
        Suspect("missing sum over the batch", "b[f] was added for every image too: db sums over axes 0, 2 and 3",
                _paying(db=lambda dy: dy.sum(axis=(2, 3)))),
        Suspect("wrong axis", "axis 1 of dy counts the maps; db keeps it and sums over axes 0, 2 and 3",
                _paying(db=lambda dy: dy.sum(axis=(1, 2, 3)))),
        Suspect("summed over everything", "each map has its own bias: do not sum over axis 1",
                _paying(db=lambda dy: dy.sum())),
        Suspect("mean instead of sum", "every place used the same bias: payments are added, not averaged",
                _paying(db=lambda dy: dy.mean(axis=(0, 2, 3)))),
        Suspect("mean over places", "every place used the same bias: payments are added, not averaged",
                _paying(db=lambda dy: dy.sum(axis=0).mean(axis=(1, 2)))),
        Suspect("windows not moved by the stride", "window (i, j) starts at row i · stride and column j · stride",
                _paying(start=lambda i, j: (i, j))),
        Suspect("kernel flipped",
                "K[u, v] met x[i + u, j + v], so its payment comes from there: nothing is turned round",
                _paying(turn=lambda window: window[:, ::-1, ::-1])),
        Suspect("kernel transposed", "row u of the window pays to row u of the kernel",
                _paying(turn=lambda window: window.transpose(0, 2, 1))),
        Suspect("only one channel", "each channel of the kernel met its own channel of the window",
                _paying(turn=lambda window: window[:1] + 0 * window)),
    ))


# ---- 08-5 input ----------------------------------------------------------------------------------------------

def _input_backward(dy, K, shape, stride, start=None, keep=False, filters=None, turn=lambda K: K, images=False):
    start = start or (lambda i, j: (i * stride, j * stride))
    k = K.shape[-1]
    dx = np.zeros(shape, np.result_type(dy, K))
    for n, f, i, j in np.ndindex(dy.shape):
        if filters is None or f in filters:
            r, c = start(i, j)
            payment = dy[n, f, i, j] * turn(K[f])
            window = (slice(None) if images else n), slice(None), slice(r, r + k), slice(c, c + k)
            dx[window] = payment if keep else dx[window] + payment
    return dx


def _input_case(rng):
    N, C, F, H, W, k, stride = _images(rng)
    k = 3                                               # windows overlap
    return (rng.normal(size=(N, F, (H - k) // stride + 1, (W - k) // stride + 1)), rng.normal(size=(F, C, k, k)),
            (N, C, H, W), stride)


def _back(**changes):
    return lambda dy, K, shape, stride: _input_backward(dy, K, shape, stride, **changes)


INPUT = Task(
    id="08-5", title="the gradient of the input", signature="input_backward(dy, K, shape, stride)", level="write",
    difficulty=3, importance=3, minutes=20, reference=_input_backward, outputs=("dx",), cases=_input_case,
    small=(_SMALL_DY, _SMALL_K, (1, 2, 3, 4), 1), batch=_rows, keeps_dtype=True,
    suspects=(
        Suspect("= for +=", "a pixel lies in several windows and feeds several maps: its payments add up, so +=, not =",
                _back(keep=True)),
        Suspect("only one filter", "every map used the pixel: add up the payments of all filters", _back(filters=(0,))),
        Suspect("kernel flipped", "pixel (i + u, j + v) met K[u, v], and is paid with it. (The turned kernel belongs "
                "to the other way of writing it: one convolution of the framed dy.)",
                _back(turn=lambda K: K[:, ::-1, ::-1])),
        Suspect("kernel transposed", "row u of the kernel pays row u of the window",
                _back(turn=lambda K: K.transpose(0, 2, 1))),
        Suspect("windows not moved by the stride", "window (i, j) starts at row i · stride and column j · stride",
                _back(start=lambda i, j: (i, j))),
        Suspect("paid to every image", "dy[n] belongs to image n alone: pay dx[n]", _back(images=True)),
        Suspect("only one channel", "each channel was multiplied by its own kernel K[f, c]",
                _back(turn=lambda K: K[:1] + 0 * K)),
    ))


# ---- 08-6 max pooling ----------------------------------------------------------------------------------------

def _pool_backward(dy, x, k, pay=None):
    pay = pay or (lambda window, d: d * (np.arange(window.size) == window.argmax()).reshape(window.shape))
    dx = np.zeros(x.shape, np.result_type(dy, x))
    for n, c, i, j in np.ndindex(dy.shape):
        window = n, c, slice(i * k, (i + 1) * k), slice(j * k, (j + 1) * k)
        dx[window] = pay(x[window], dy[n, c, i, j])
    return dx


def _pool_case(rng):
    N, C, F, *_ = _images(rng)
    k = int(rng.integers(2, 4))
    H, W = 2 * k, 3 * k
    # few values: many ties
    return rng.normal(size=(N, C, 2, 3)), rng.integers(-2, 3, size=(N, C, H, W)).astype(float), k


def _pooling(pay):
    return lambda dy, x, k: _pool_backward(dy, x, k, pay)


def _last(window):
    return (np.arange(window.size) == window.size - 1 - window.ravel()[::-1].argmax()).reshape(window.shape)


POOL = Task(
    id="08-6", title="the backward of max pooling", signature="max_pool_backward(dy, x, k)", level="write",
    difficulty=2, importance=2, minutes=15, reference=_pool_backward, outputs=("dx",), cases=_pool_case, batch=_rows,
    keeps_dtype=True,
    small=(np.array([[[[1.0, 2.0], [3.0, -4.0]]]]),
           np.array([[[[1.0, 5, 2, 2], [0, 3, 1, 0], [-1, -2, 0, 4], [-3, -1, 6, 1]]]]), 2),
    suspects=(
        Suspect("all winners paid", "at a tie only the first in reading order is paid: argmax finds it",
                _pooling(lambda w, d: d * (w == w.max()))),
        Suspect("shared at a tie", "at a tie the first in reading order takes all",
                _pooling(lambda w, d: d * (w == w.max()) / (w == w.max()).sum())),
        Suspect("the last winner", "at a tie the first in reading order is paid, not the last",
                _pooling(lambda w, d: d * _last(w))),
        Suspect("shared by all", "max pooling pays the winner alone; sharing equally is average pooling",
                _pooling(lambda w, d: d / w.size + 0 * w)),
        Suspect("everybody paid in full", "only the winner of a window fed the output",
                _pooling(lambda w, d: d + 0 * w)),
        Suspect("value instead of gradient",
                "the winner receives dy, whatever its value: the slope of a maximum is 1 at the winner",
                _pooling(lambda w, d: w * (np.arange(w.size) == w.argmax()).reshape(w.shape))),
        Suspect("multiplied by the value",
                "the winner receives dy, whatever its value: the slope of a maximum is 1 at the winner",
                _pooling(lambda w, d: d * w * (np.arange(w.size) == w.argmax()).reshape(w.shape))),
        Suspect("upstream gradient ignored", "the winner receives dy, not 1",
                _pooling(lambda w, d: 1.0 * (np.arange(w.size) == w.argmax()).reshape(w.shape))),
        Suspect("the smallest paid", "the largest entry of the window won: argmax, not argmin",
                _pooling(lambda w, d: d * (np.arange(w.size) == w.argmin()).reshape(w.shape))),
        Suspect("always the first corner", "who won depends on the window: find the place of its maximum",
                _pooling(lambda w, d: d * (np.arange(w.size) == 0).reshape(w.shape))),
        Suspect("largest by size", "the maximum is meant with its sign: −3 is less than 1",
                _pooling(lambda w, d: d * (np.arange(w.size) == np.abs(w).argmax()).reshape(w.shape))),
    ))


# ---- 08-7 receptive field --------------------------------------------------------------------------------------

def _field(layers):
    r = g = 1
    for k, s in layers:
        r, g = r + (k - 1) * g, g * s
    return r


def _field_case(rng):
    count = int(rng.integers(3, 6))
    return ([(int(k), int(s)) for k, s in zip(rng.integers(2, 8, count), rng.permutation([1, 2, 3, 2, 3])[:count])],)


def _own_stride(layers):
    r = g = 1
    for k, s in layers:
        g *= s
        r += (k - 1) * g
    return r


def _whole_kernel(layers):
    r = g = 1
    for k, s in layers:
        r, g = r + k * g, g * s
    return r


def _from_nothing(layers):
    return _field(layers) - 1


def _last_stride_only(layers):
    r, g = 1, 1
    for k, s in layers:
        r, g = r + (k - 1) * g, s
    return r


def _empty_stack(answer, rng):
    got = answer([])
    if got != 1:
        return Fault("the empty stack", f"without any layer a unit is a pixel and sees 1 pixel; got {got!r}")
    return None


FIELD = Task(
    id="08-7", title="the receptive field of a stack", signature="receptive_field(layers)", level="fill in",
    difficulty=2, importance=2, minutes=10, reference=_field, outputs=("the receptive field",), cases=_field_case,
    small=([(5, 2), (3, 1), (2, 2)],),
    probes=(("the empty stack", _empty_stack),),
    suspects=(
        Suspect("the layer's own stride", "the units that a layer looks at lie g apart, with the strides of the layers "
                "below; its own stride matters for the next layer only", _own_stride),
        Suspect("strides forgotten", "k − 1 further units lie g pixels apart each, and g grows with every stride",
                lambda layers: 1 + sum(k - 1 for k, _ in layers)),
        Suspect("only the last stride", "distances multiply: g = g · s, not g = s", _last_stride_only),
        Suspect("k instead of k − 1", "the first of the k units is counted already: k − 1 further ones", _whole_kernel),
        Suspect("sum of the kernels", "windows of neighbouring units overlap: each layer adds (k − 1) g pixels",
                lambda layers: sum(k for k, _ in layers)),
        Suspect("product of the kernels", "windows of neighbouring units overlap: each layer adds (k − 1) g pixels",
                lambda layers: int(np.prod([k for k, _ in layers]))),
        Suspect("started at nothing", "r starts at 1: a unit below the first layer is one pixel", _from_nothing),
        Suspect("from the last layer", "start at the pixels: the first layer of the list comes first",
                lambda layers: _field(layers[::-1])),
        Suspect("the distance instead of the field",
                "g is how far apart neighbours lie; asked is r, how many pixels one unit sees",
                lambda layers: int(np.prod([s for _, s in layers]))),
    ))


TASKS = [SIZE, CONV, WINDOWS, KERNEL, INPUT, POOL, FIELD]
