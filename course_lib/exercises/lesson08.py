"""Tasks of lesson 08: output sizes, convolution forward and backward, pooling, receptive fields."""

import numpy as np

from course_lib.exercises.task import Slip, Step, Suspect, Task

SHEET = "08_convolution"


def _arrays(names, indices=()):
    """``case(rng, N, C, F, H, W, k, stride)``: arguments of these names, and indices below these limits."""
    def case(rng, *sizes):
        small = (*rng.permutation([3, 4, 5]), *rng.integers([7, 10], [9, 12]), 3, 2)      # N, C, F differ
        N, C, F, H, W, k, stride = sizes or (int(n) for n in small)
        drawn = {"x": rng.normal(size=(N, C, H, W)), "K": rng.normal(size=(F, C, k, k)), "b": rng.normal(size=F),
                 "dy": rng.normal(size=(N, F, (H - k) // stride + 1, (W - k) // stride + 1)), "k": k,
                 "stride": stride, "shape": (N, C, H, W), "image": rng.normal(size=(C, H, W))}
        return (*(drawn[name] for name in names.split()), *(int(rng.integers(n)) for n in indices))
    return case


def _wide(names, *indices):
    """A case of larger kernels and a wider stride, with these indices."""
    return lambda rng: (*_arrays(names)(rng, 3, 4, 5, 10, 13, 4, 3), *indices)


def _cases(names, **more):
    """Random and special cases of a task whose arguments these are; ``more`` are further special ones."""
    sizes = {"one image and one map": (1, 1, 1, 5, 4, 2, 1), "stride 1": (2, 3, 4, 5, 6, 3, 1),
             "one window": (3, 2, 4, 3, 3, 3, 1), "kernels of 1 × 1": (2, 3, 4, 5, 6, 1, 2),
             "a stride above k": (3, 2, 4, 9, 12, 2, 3), "equal sizes": (3, 3, 3, 7, 7, 3, 2),
             "one row of windows": (2, 3, 1, 3, 8, 3, 2), "kernels of 5 × 5": (2, 1, 3, 13, 9, 5, 4)}
    case = _arrays(names)
    edges = {name: lambda rng, given=given: case(rng, *given) for name, given in sizes.items()}
    edges |= {name.replace("_", " "): arguments for name, arguments in more.items()}
    return {"cases": case, "edges": edges, "batch": lambda first, *_: len(first)}


_X = np.array([[[[1.0, 2, 0], [0, 1, 3], [2, 0, 1]]]])
_K = np.array([[[[1.0, 0], [2, -1]]]])
_DY = np.array([[[[1.0, 2], [0, -1]]]])


# ---- 08-0 the gradients, derived ---------------------------------------------------------------------------------
def derive_convolution():
    """From one output to the gradients of the kernel and of the input, in steps.

    x (N, C, H, W), K (F, C, k, k), b (F,), y and dy (N, F, H', W'); s is the stride
    """
    return {
        "y[n, f, i, j]": lambda x, K, b, s, n, f, i, j: b[f] + sum(
            x[n, c, i * s + u, j * s + v] * K[f, c, u, v]
            for c, u, v in np.ndindex(K[f].shape)),
        "K is used for all": "n, i, j",
        "dK[f, c, u, v]": lambda dy, x, s, f, c, u, v: sum(
            dy[n, f, i, j] * x[n, c, i * s + u, j * s + v]
            for n, i, j in np.ndindex(dy[:, f].shape)),
        "u": lambda q, i, s: q - i * s,
        "x is used for all": "f, i, j",
        "dx[n, c, q, r]": lambda dy, K, s, n, c, q, r: sum(
            dy[n, f, i, j] * K[f, c, q - i * s, r - j * s]
            for f, i, j in np.ndindex(dy[n].shape)
            if 0 <= q - i * s < K.shape[2] and 0 <= r - j * s < K.shape[3]),
    }

_SUMS = ("i, j", "n, i, j", "f, i, j", "n, f, i, j")
_ALL, _MAP, _IMAGE = "each image n uses the kernel", "K[f] makes map f alone: f stays", "x[n] is one image: n stays"
_TURNED, _SOLVED = "nothing is turned round: x[i s + u, j s + v] meets K[u, v]", "q = i s + u, solved for u"
_UPSTREAM = "each use is paid with dy[n, f, i, j] times the other factor"

CONV_STEPS = Task(
    id="08-0", title="the gradients of a convolution, derived", level="derive", difficulty=2, importance=3, minutes=20,
    reference=derive_convolution,
    shown="dK[f,c,u,v] = Σ dy[n,f,i,j] x[n,c,is+u,js+v] over n, i, j: (8.5)\n"
          "  dx[n,c,q,r] = Σ dy[n,f,i,j] K[f,c,q−is,r−js] over f, i, j: (8.6)",
    steps=(
        Step("y[n, f, i, j]", "one output: a function of (x, K, b, s, n, f, i, j)",
             small=(_X, _K, np.array([1.0]), 1, 0, 0, 1, 0), cases=_arrays("x K b stride", (3, 3, 3, 4)),
             edges={"a wide stride": _wide("x K b stride", 2, 4, 2, 3)}),
        Step("K is used for all", '"i, j", "n, i, j", "f, i, j" or "n, f, i, j"?', choices=_SUMS),
        Step("dK[f, c, u, v]", "one entry: a function of (dy, x, s, f, c, u, v)", small=(_DY, _X, 1, 0, 0, 0, 1),
             cases=_arrays("dy x stride", (3, 3, 3, 3)), edges={"a wide stride": _wide("dy x stride", 4, 3, 3, 2)}),
        Step("u", "the row of K that q met: a function of (q, i, s)", small=(4, 1, 3),
             cases=lambda rng: tuple(int(n) for n in rng.integers([20, 1, 2], [30, 6, 4])),
             edges={"a window below the pixel": (2, 1, 3)}),
        Step("x is used for all", "the same choices, where a window holds the pixel", choices=_SUMS),
        Step("dx[n, c, q, r]", "one entry: a function of (dy, K, s, n, c, q, r)", small=(_DY, _K, 1, 0, 0, 1, 1),
             cases=_arrays("dy K stride", (3, 3, 7, 10)), edges={
                 "a wide stride": _wide("dy K stride", 2, 3, 6, 9), "a corner": _arrays("dy K stride", (3, 3, 1, 1)),
                 "a pixel that no window holds": (_DY, _K[:, :, :1, :1], 2, 0, 0, 1, 1)})),
    suspects=(
        Slip("bias forgotten", "each map has a bias b[f], added at every place", ("b[f] + sum", "sum")),
        Slip("windows not moved by the stride", "window (i, j) starts at row i s and column j s",
             ("x[n, c, i * s + u, j * s + v] * K", "x[n, c, i + u, j + v] * K")),
        Slip("kernel flipped", _TURNED, ("* K[f, c, u, v]", "* K[f, c, -1 - u, -1 - v]")),
        Slip("only one channel", "sum over the channels too", ("ndindex(K[f].shape)", "ndindex(1, *K.shape[2:])")),
        Slip("missing sum over the batch", _ALL, ('"n, i, j"', '"i, j"')),
        Slip("sum over the maps", _MAP, ('"n, i, j"', '"f, i, j"')),
        Slip("sum over the maps", _MAP, ('"n, i, j"', '"n, f, i, j"')),
        Slip("missing sum over the batch", _ALL, ("dy[:, f].shape", "dy[:1, f].shape")),
        *(Slip("only one use", "all outputs of map f used the weight", ("np.ndindex(dy[:, f].shape)", use))
          for use in ("[(0, 0, 0)]", "list(np.ndindex(dy[:, f].shape))[-1:]")),
        Slip("upstream gradient ignored", _UPSTREAM, ("dy[n, f, i, j] * x", "x")),
        Slip("windows not moved by the stride", "the weight met x[n, c, i s + u, j s + v]",
             ("dy[n, f, i, j] * x[n, c, i * s + u, j * s + v]", "dy[n, f, i, j] * x[n, c, i + u, j + v]")),
        Slip("stride forgotten", "window row i starts at i s", ("s: q - i * s", "s: q - i")),
        Slip("the wrong way round", _SOLVED, ("s: q - i * s", "s: i * s - q")),
        Slip("the wrong way round", _SOLVED, ("s: q - i * s", "s: q + i * s")),
        *(Slip("negative rows hidden", "below 0, u says that this window does not hold the pixel: leave it so", edit)
          for edit in (("s: q - i * s", "s: abs(q - i * s)"), ("s: q - i * s", "s: max(0, q - i * s)"))),
        Slip("only one filter", "every map f uses the pixel", ('"f, i, j"', '"i, j"')),
        Slip("sum over the images", _IMAGE, ('"f, i, j"', '"n, i, j"')),
        Slip("sum over the images", _IMAGE, ('"f, i, j"', '"n, f, i, j"')),
        Slip("negative indices", "K has no rows below 0 (K[-1] is its last): leave these terms out",
             ("if 0 <= q - i", "if -K.shape[2] <= q - i"), ("and 0 <=", "and -K.shape[3] <=")),
        Slip("kernel flipped", _TURNED, ("K[f, c, q - i * s, r - j * s]", "K[f, c, i * s - q - 1, j * s - r - 1]")),
        Slip("only one filter", "every map f uses the pixel: sum over f", ("dy[n].shape", "dy[n, :1].shape")),
        Slip("upstream gradient ignored", _UPSTREAM, ("dy[n, f, i, j] * K", "K"))))


# ---- 08-1 output size --------------------------------------------------------------------------------------------
def output_size(n, k, stride, padding):
    """The number of windows along one side, a whole number (8.2)."""
    last_start = n + 2 * padding - k
    return last_start // stride + 1

_DOWN = "a window that does not fit whole is left out: // divides and rounds down"

SIZE = Task(
    id="08-1", title="the size of a map", level="fill in", difficulty=1, importance=3, minutes=5, reference=output_size,
    outputs=("the size",), small=(16, 5, 2, 2), count=8,
    cases=lambda rng: tuple(int(n) for n in rng.integers([20, 3, 3, 1], [50, 10, 7, 8])),
    edges={"one window": (5, 5, 1, 0), "a large stride": (7, 5, 9, 1), "a kernel of one": (9, 1, 1, 0),
           "a wide frame": (4, 3, 1, 6), "last pixels left out": (12, 3, 5, 0), "an exact fit": (8, 5, 3, 0),
           "one large step": (50, 1, 49, 0)},
    suspects=(
        Slip("last window forgotten", "windows are counted like fence posts: steps + 1", ("stride + 1", "stride")),
        Slip("last window forgotten", "the 1 counts the first window: it is added after the division",
             ("last_start // stride + 1", "(last_start + 1) // stride")),
        Slip("padding on one side", "the frame adds p at both ends: n + 2 p", ("2 * padding", "padding")),
        Slip("padding forgotten", "the padded side is n + 2 p pixels long", (" + 2 * padding", "")),
        Slip("padding subtracted", "the frame makes the image larger: n + 2 p", ("n + 2", "n - 2")),
        Slip("stride forgotten", "the window moves by the stride: divide by it", (" // stride", "")),
        Slip("kernel forgotten", "the last window must end inside: subtract k before dividing", (" - k", "")),
        Slip("rounded up", _DOWN, ("last_start // stride", "-(-last_start // stride)")),
        Slip("rounded up", _DOWN, ("last_start // stride", "round(last_start / stride)")),
        Slip("not a whole number", _DOWN, ("//", "/"))))


# ---- 08-2 forward ------------------------------------------------------------------------------------------------
def conv_forward(x, K, b, stride):
    """The maps of x under the kernels K (8.3).

    x (N, C, H, W), K (F, C, k, k), b (F,)  ->  y (N, F, H', W')
    """
    (N, _, H, W), (F, _, k, _) = x.shape, K.shape
    rows, columns = (H - k) // stride + 1, (W - k) // stride + 1
    y = np.zeros((N, F, rows, columns), K.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        r, c = i * stride, j * stride
        window = x[n, :, r:r + k, c:c + k]
        y[n, f, i, j] = (window * K[f]).sum() + b[f]
    return y

_MOVED = Slip("windows not moved by the stride", "window (i, j) starts at row i · stride and column j · stride",
              ("i * stride, j * stride", "i, j"))
_FLIPPED = Slip("kernel flipped", "K[u, v] belongs to x[i + u, j + v]: nothing is turned round. (The turned kernel "
                "belongs to another way of writing the backward.)", ("* K[f]", "* K[f, :, ::-1, ::-1]"))
_TRANSPOSED = Slip("kernel transposed", "row u of the kernel belongs to row u of the window",
                   ("* K[f]", "* K[f].transpose(0, 2, 1)"))
_OWN = "each map has its own bias b[f], added once at every place"

CONV = Task(
    id="08-2", title="convolution forward", level="write", difficulty=2, importance=3, minutes=20,
    reference=conv_forward, outputs=("y",), **_cases("x K b stride"), small=(_X, _K, np.array([1.0]), 1),
    suspects=(
        _FLIPPED, _TRANSPOSED, _MOVED,
        Slip("bias forgotten", _OWN, (" + b[f]", "")),
        Slip("bias of the first map", _OWN, ("b[f]", "b[0]")),
        Slip("all biases added", _OWN, ("b[f]", "b.sum()")),
        Slip("bias added to every product", _OWN, ("K[f]).sum() + b[f]", "K[f] + b[f]).sum()")),
        Slip("bias for every channel", _OWN, ("+ b[f]", "+ len(window) * b[f]")),
        Slip("only one channel", "a filter has a kernel for every channel; their products are added up",
             ("window * K[f]", "window[0] * K[f, 0]")),
        Slip("only one channel", "the loop over channels overwrites instead of adding: use +=",
             ("window * K[f]", "window[-1] * K[f, -1]")),
        Slip("mean instead of sum", "(8.3) is a sum over the window", (".sum()", ".mean()")),
        Slip("stride forgotten", "the window moves by the stride: the map is smaller than with stride 1",
             ("rows, columns =", "stride = 1\n    rows, columns =")),
        Slip("last window forgotten", "windows are counted like fence posts: steps + 1",
             ("(H - k) // stride + 1, (W - k) // stride + 1", "(H - k) // stride, (W - k) // stride"))))


# ---- 08-3 windows as rows ----------------------------------------------------------------------------------------
def image_to_rows(x, k, stride):
    """All windows of one image.

    x (C, H, W)  ->  rows (H' W', C k k)
    """
    C, H, W = x.shape
    return np.array([x[:, r:r + k, c:c + k].ravel()
                     for r in range(0, H - k + 1, stride)
                     for c in range(0, W - k + 1, stride)])

_SLOWEST = "in a row the channel is the slowest index, the column of the window the fastest, as in K.reshape(F, -1)"

WINDOWS = Task(
    id="08-3", title="the windows of one image as rows", level="write", difficulty=2, importance=2, minutes=15,
    reference=image_to_rows, outputs=("the rows",), **_cases("image k stride", equal_pixels=(np.ones((2, 3, 4)), 2, 1)),
    small=(np.array([[[1.0, 2, 3], [4, 5, 6]], [[0, -1, -2], [-3, -4, -5]]]), 2, 1),
    suspects=(
        Slip("transpose", "the windows are the rows of R, not its columns", ("stride)])", "stride)]).T")),
        Slip("channels last", _SLOWEST, (".ravel()", ".transpose(1, 2, 0).ravel()")),
        Slip("channels last", _SLOWEST, (".ravel()", '.ravel("F")')),
        Slip("windows down the columns", "windows come in reading order: the first row of the map, then the second",
             (" for r in range(0, H - k + 1, stride)\n", "\n"),
             ("stride)])", "stride) for r in range(0, H - k + 1, stride)])")),
        Slip("window transposed", "each window is read row by row", (".ravel()", ".transpose(0, 2, 1).ravel()")),
        Slip(_MOVED.name, _MOVED.hint,
             ("r:r + k, c:c + k", "r // stride:r // stride + k, c // stride:c // stride + k")),
        Slip("stride forgotten", "the window moves by the stride, so there are fewer windows",
             ("H - k + 1, stride", "H - k + 1"), ("W - k + 1, stride", "W - k + 1")),
        Slip("last window forgotten", "the last window starts at H − k, and range ends before its second number",
             ("H - k + 1", "H - k"), ("W - k + 1", "W - k")),
        Slip("only one channel", "a row holds the window in every channel", ("x[:, r", "x[:1, r")),
        Slip("not flattened", "each row is a list of C k k numbers: ravel() the window", (".ravel()", ""))))


# ---- 08-4 kernel and bias ----------------------------------------------------------------------------------------
def kernel_backward(dy, x, k, stride):
    """The gradients of the kernels and the biases (8.5), (8.7).

    dy (N, F, H', W'), x (N, C, H, W)  ->  dK (F, C, k, k), db (F,)
    """
    dK = np.zeros((dy.shape[1], x.shape[1], k, k), dy.dtype)
    for n, f, i, j in np.ndindex(dy.shape):
        r, c = i * stride, j * stride
        dK[f] += dy[n, f, i, j] * x[n, :, r:r + k, c:c + k]
    db = dy.sum(axis=(0, 2, 3))
    return dK, db

_AXES, _PLACES = "axis=(0, 2, 3)", "b[f] was added at every place of every image: db sums over axes 0, 2 and 3"
_SHARED = "a weight and a bias were used at every place of every image: their payments are added, not averaged"

KERNEL = Task(
    id="08-4", title="the gradients of kernel and bias", level="write", difficulty=2, importance=3, minutes=20,
    reference=kernel_backward, outputs=("dK", "db"), **_cases("dy x k stride"), small=(_DY, _X, 2, 1),
    suspects=(
        Slip("= for +=", "the kernel was used at every place of every image: its payments add up", ("+= dy", "= dy")),
        Slip("missing sum over the batch", _SHARED, ("np.ndindex(dy.shape)", "np.ndindex(1, *dy.shape[1:])")),
        Slip("missing sum over the batch", _PLACES, (_AXES, "axis=(2, 3)")),
        Slip("missing sum over places", _PLACES, (_AXES, "axis=0")),
        Slip("missing sum over places", _PLACES, (_AXES + ")", "axis=0)[:, 0, 0]")),
        Slip("wrong axis", "axis 1 of dy counts the maps; db keeps it", (_AXES, "axis=(1, 2, 3)")),
        Slip("summed over everything", "each map has its own bias: do not sum over axis 1", (_AXES, "")),
        Slip("mean instead of sum", _SHARED, ("dy.sum(axis", "dy.mean(axis")),
        Slip("mean over places", _SHARED, (_AXES + ")", "axis=0).mean(axis=(1, 2))")),
        Slip("mean over places", _SHARED, ("dy[n, f, i, j] *", "dy[n, f, i, j] / dy[0, 0].size *")),
        Slip("kernel flipped", _FLIPPED.hint, ("c:c + k]", "c:c + k][:, ::-1, ::-1]")),
        Slip("kernel transposed", _TRANSPOSED.hint, ("c:c + k]", "c:c + k].transpose(0, 2, 1)")),
        Slip("only one channel", "each channel of the kernel met its own of the window", ("x[n, :, r", "x[n, :1, r")),
        Slip("every kernel paid", "dy[n, f] belongs to map f: pay dK[f] alone", ("dK[f] +=", "dK +=")),
        Slip("upstream gradient ignored", _UPSTREAM, ("dy[n, f, i, j] * x", "x")), _MOVED))


# ---- 08-5 input --------------------------------------------------------------------------------------------------
def input_backward(dy, K, shape, stride):
    """The gradient of the images (8.6).

    dy (N, F, H', W'), K (F, C, k, k), shape (N, C, H, W)  ->  dx of this shape
    """
    dx, k = np.zeros(shape, dy.dtype), K.shape[-1]
    for n, f, i, j in np.ndindex(dy.shape):
        r, c = i * stride, j * stride
        dx[n, :, r:r + k, c:c + k] += dy[n, f, i, j] * K[f]
    return dx


def _negative_indices(dy, K, shape, stride):
    dx, k = np.zeros(shape), K.shape[-1]
    for i, j, q, r in np.ndindex(*dy.shape[2:], *shape[2:]):
        if q - i * stride in range(-k, k) and r - j * stride in range(-k, k):
            dx[:, :, q, r] += dy[:, :, i, j] @ K[:, :, q - i * stride, r - j * stride]
    return dx

_CHANNEL = "each channel was multiplied by its own kernel K[f, c]"

INPUT = Task(
    id="08-5", title="the gradient of the input", level="write", difficulty=3, importance=3, minutes=20,
    reference=input_backward, outputs=("dx",), small=(_DY, _K, (1, 1, 3, 3), 1),
    **_cases("dy K shape stride", dy_of_zeros=(0 * _DY, _K, (1, 1, 4, 4), 1)),
    suspects=(
        Slip("= for +=", "a pixel lies in several windows and feeds several maps: payments add up", ("+= dy", "= dy")),
        Slip("only one filter", "every map used the pixel: add up the payments of all filters",
             ("np.ndindex(dy.shape)", "np.ndindex(len(dy), 1, *dy.shape[2:])")),
        _FLIPPED, _TRANSPOSED, _MOVED,
        Slip("paid to every image", "dy[n] belongs to image n alone: pay dx[n]", ("dx[n, :, r", "dx[:, :, r")),
        Slip("only one channel", _CHANNEL, ("* K[f]", "* K[f, :1]")),
        Slip("only one channel", _CHANNEL, ("dx[n, :, r", "dx[n, :1, r"), ("* K[f]", "* K[f, :1]")),
        Slip("channels added up", _CHANNEL, ("* K[f]", "* K[f].sum(axis=0)")),
        Slip("upstream gradient ignored", _UPSTREAM, ("dy[n, f, i, j] * K", "K")),
        Suspect("negative indices", "K has no rows below 0 (K[-1] is its last): leave them out", _negative_indices)))


# ---- 08-6 max pooling --------------------------------------------------------------------------------------------
def max_pool_backward(dy, x, k):
    """The gradient of the input of max pooling with windows of k x k and stride k.

    dy (N, C, H/k, W/k), x (N, C, H, W)  ->  dx (N, C, H, W)
    """
    dx = np.zeros(x.shape, dy.dtype)
    for n, c, i, j in np.ndindex(dy.shape):
        window = x[n, c, i * k:(i + 1) * k, j * k:(j + 1) * k]
        u, v = divmod(window.argmax(), k)
        dx[n, c, i * k + u, j * k + v] = dy[n, c, i, j]
    return dx


def _pooled(rng, N, C, rows, columns, k, low=-2, high=3, scale=1.0):
    """Few values, so that there are many ties."""
    x = scale * rng.integers(low, high, size=(N, C, k * rows, k * columns))
    return rng.normal(size=(N, C, rows, columns)), x, k

_FIND, _PAY, _FIRST = "divmod(window.argmax(), k)", "= dy[n, c, i, j]", "at a tie the first in reading order takes all"
_WINNERS, _AT = (_FIND, "np.nonzero(window == window.max())"), "window.argmax"
_SLOPE = "the winner receives dy, whatever its value: the slope of a maximum is 1 at the winner"

POOL = Task(
    id="08-6", title="the backward of max pooling", level="write", difficulty=2, importance=2, minutes=15,
    reference=max_pool_backward, outputs=("dx",), batch=lambda dy, *_: len(dy),
    cases=lambda rng: _pooled(rng, *(int(n) for n in rng.permutation([3, 4, 5])[:2]), 2, 3, int(rng.integers(2, 4))),
    small=(np.array([[[[3.0, -1]]]]), np.array([[[[1.0, 5, 2, 2], [0, 3, 2, 0]]]]), 2),
    edges={"equal numbers": lambda rng: _pooled(rng, 1, 2, 2, 2, 3, 0, 1),
           "numbers far below 0": lambda rng: _pooled(rng, 2, 1, 3, 2, 2, -9, -4, 1e30),
           "tiny numbers": lambda rng: _pooled(rng, 1, 2, 2, 3, 2, scale=1e-9),
           "integers": (np.array([[[[0.5, -1.5]]]]), np.array([[[[1, 5, 2, 2], [0, 3, 2, 0]]]]), 2),
           "windows of one pixel": lambda rng: _pooled(rng, 2, 3, 2, 4, 1),
           "one window": lambda rng: _pooled(rng, 1, 1, 1, 1, 6),
           "winners by a hair": (np.array([[[[2.0]]]]), np.array([[[[1, 1], [1 + 1e-6, 1 - 1e-6]]]]), 2)},
    suspects=(
        Slip("gradient cut to integers", "x may hold integers, and zeros_like(x) then does too: make zeros of floats",
             ("np.zeros(x.shape, dy.dtype)", "np.zeros_like(x)")),
        Slip("all winners paid", _FIRST, _WINNERS),
        Slip("shared at a tie", _FIRST, _WINNERS, (_PAY, _PAY + " / len(u)")),
        Slip("the last winner", _FIRST, (_AT + "()", "k * k - 1 - window[::-1, ::-1].argmax()")),
        Slip("first down the columns", _FIRST, ("u, v = " + _FIND, "v, u = divmod(window.T.argmax(), k)")),
        Slip("shared by all", "max pooling pays the winner alone; sharing equally is average pooling",
             (_FIND, "np.indices((k, k))"), (_PAY, _PAY + " / k ** 2")),
        Slip("everybody paid in full", "only the winner of a window fed the output", (_FIND, "np.indices((k, k))")),
        Slip("value instead of gradient", _SLOPE, (_PAY, "= window.max()")),
        Slip("multiplied by the value", _SLOPE, (_PAY, _PAY + " * window.max()")),
        Slip("upstream gradient ignored", "the winner receives dy, not 1", (_PAY, "= 1.0")),
        Slip("the smallest paid", "the largest entry of the window won: argmax, not argmin", ("argmax", "argmin")),
        Slip("always the first corner", "who won depends on the window: find its maximum", (_AT + "()", "0")),
        Slip("largest by size", "the maximum is meant with its sign: −3 is less than 1", (_AT, "abs(window).argmax")),
        Slip("nearly the largest", "only equal numbers are tied", (_AT, "np.isclose(window, window.max()).argmax")),
        Slip("row and column swapped", "divmod gives the row first: number = row · k + column", ("u, v =", "v, u =")),
        Slip("place in the window", "window (i, j) starts at row i k, column j k", ("i * k + u, j * k + v", "u, v"))))


# ---- 08-7 receptive field ----------------------------------------------------------------------------------------
def receptive_field(layers):
    """The number of pixels along one side that a unit of the last layer sees (8.11)."""
    r = g = 1
    for k, s in layers:
        r = r + (k - 1) * g
        g = g * s
    return r


def _stack(rng, count):
    return ([(int(k), int(s)) for k, s in zip(rng.integers(2, 8, count), rng.integers(1, 4, count))],)

_OVERLAP = "windows of neighbouring units overlap: each layer adds (k − 1) g pixels"
_START = ("r = g = 1", "r, g = 0, 1")

FIELD = Task(
    id="08-7", title="the receptive field of a stack", level="fill in", difficulty=2, importance=2, minutes=10,
    reference=receptive_field, outputs=("the receptive field",), small=([(5, 2), (3, 1), (2, 2)],), count=8,
    cases=lambda rng: _stack(rng, int(rng.integers(3, 6))),
    edges={"no layers": ([],), "one layer": ([(3, 2)],), "kernels of one": ([(1, 2), (3, 1), (2, 1), (1, 3)],),
           "large kernels and strides": ([(11, 4), (9, 5), (12, 6)],),
           "a long stack": lambda rng: _stack(rng, 12)},
    suspects=(
        Slip("the layer's own stride", "units below lie g apart; a layer's own stride counts for the next layer",
             ("        r = r + (k - 1) * g\n", ""), ("g * s\n", "g * s\n        r = r + (k - 1) * g\n")),
        Slip("strides forgotten", "the k − 1 further units lie g pixels apart", (" * g\n", "\n")),
        Slip("only the last stride", "distances multiply: g = g · s, not g = s", ("g * s", "s")),
        Slip("strides added", "distances multiply: g = g · s", ("g * s", "g + s")),
        Slip("k instead of k − 1", "the first of the k units is counted already: k − 1 further ones", ("(k - 1)", "k")),
        Slip("sum of the kernels", _OVERLAP, _START, ("(k - 1) * g", "k")),
        Slip("product of the kernels", _OVERLAP, ("r + (k - 1) * g", "r * k")),
        Slip("started at nothing", "r starts at 1: below the first layer is one pixel", _START),
        Slip("from the last layer", "start at the pixels: first layer first", ("layers:", "layers[::-1]:")),
        Slip("the distance instead of the field", "g is a distance; asked is r", ("return r", "return g"))))

TASKS = [CONV_STEPS, SIZE, CONV, WINDOWS, KERNEL, INPUT, POOL, FIELD]
