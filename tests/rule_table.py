"""ONE table of every rule and loss, which drives the generic tests: {name: (rule, arguments(rng), options)}."""

import inspect

import numpy as np

from course_lib.rules import convolution, functions, losses, recurrent, spectra


def shape(rng, dimensions=None):
    """A random shape; sizes of 1 are as likely as others."""
    return tuple(int(n) for n in rng.integers(1, 5, size=rng.integers(1, 4) if dimensions is None else dimensions))


def any_array(rng):
    return (rng.normal(size=shape(rng)),)


def positive_array(rng):
    return (rng.uniform(0.3, 2.0, size=shape(rng)),)


def boxes(rng):
    return (rng.normal(size=shape(rng, 3)),)


def broadcastable(rng):
    """Two arrays, one of them with axes of length 1 or without leading axes; away from 0, so that they can divide."""
    full = shape(rng)
    part = tuple(1 if rng.random() < 0.3 else n for n in full)[rng.integers(0, len(full) + 1):]
    pair = [np.array(rng.uniform(0.3, 2.0, size=s) * rng.choice([-1.0, 1.0], size=s)) for s in (full, part)]
    return tuple(pair if rng.random() < 0.5 else reversed(pair))


def two_matrices(rng):
    n, d, k = shape(rng, 3)
    return rng.normal(size=(n, d)), rng.normal(size=(d, k))


def row_times_matrix(rng):
    n, d, k = shape(rng, 3)
    return rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k)


def two_alike(rng):
    both = shape(rng)
    return rng.normal(size=both), rng.normal(size=both)


def three_alike(rng):
    return tuple(rng.normal(size=(3, *shape(rng, 2))))


def logits_and_shares(rng):
    both = shape(rng)
    return 3 * rng.normal(size=both), rng.uniform(size=both)


def logits_and_labels(rng):
    n, k = shape(rng, 2)
    return 2 * rng.normal(size=(n, k)), rng.integers(0, k, size=n)


def rows_and_scales(rng):
    n, d = shape(rng, 2)
    return 2 * rng.normal(size=(n + 1, d + 1)), rng.normal(size=d + 1), rng.normal(size=d + 1)


def pictures_and_scales(rng):
    n, c, h, w = rng.integers(2, 4, size=4)
    return 2 * rng.normal(size=(n, c, h, w)), rng.normal(size=c), rng.normal(size=c)


def five_by_three(rng):
    return (rng.normal(size=(5, 3)),)


def pictures_and_kernels(rng, kernel=(2, 3)):
    """Pictures a little larger than the kernels; strides of 2 and 3 then leave rows and columns over, or not."""
    (n, c), (h, w), f = rng.integers(1, 3, size=2), kernel + rng.integers(1, 4, size=2), rng.integers(2, 4)
    return rng.normal(size=(n, c, h, w)), rng.normal(size=(f, c, *kernel)), rng.normal(size=f)


def pictures_and_points(rng):
    return pictures_and_kernels(rng, (1, 1))


def pictures(rng):
    (n, c), (h, w) = rng.integers(1, 3, size=2), rng.integers(3, 6, size=2)
    return (rng.normal(size=(n, c, h, w)),)


def one_step(gates, stacked=False, last=False):
    """Arguments of a cell: x, state, W, U, b and, for the GRU, c."""
    def arguments(rng):
        n, d, h = shape(rng, 3)
        state = rng.normal(size=(2, n, h) if stacked else (n, h))
        weights = rng.normal(size=(d, gates * h)), rng.normal(size=(h, gates * h)), rng.normal(size=gates * h)
        return rng.normal(size=(n, d)), state, *weights, *([rng.normal(size=h)] if last else [])
    return arguments


def sequence(*settings):
    """The same for a sequence: x becomes (T, N, D)."""
    def arguments(rng):
        x, *others = one_step(*settings)(rng)
        return rng.normal(size=(rng.integers(1, 5), *x.shape)), *others
    return arguments


def sounds(rng):
    """Rows of samples, an even or odd number of them."""
    return (rng.normal(size=(*shape(rng, 2), rng.integers(5, 12))),)


def powers(rng):
    return (rng.uniform(size=(*shape(rng, 2), 9)),)


def three_by_four_by_two(rng):
    return (rng.normal(size=(3, 4, 2)),)


LOUD = np.array([[True, True, False, True], [False, False, True, False], [True, True, True, True]])
FIXED = (np.array([0.3, -0.2, 0.1]), np.array([0.5, 2.0, 1.5]))        # mean and variance of three features


RULES = {
    "add": (functions.add, broadcastable, {}),
    "subtract": (functions.subtract, broadcastable, {}),
    "multiply": (functions.multiply, broadcastable, {}),
    "divide": (functions.divide, broadcastable, {}),
    "negative": (functions.negative, any_array, {}),
    "power": (functions.power, any_array, {"exponent": 3}),
    "power -1/2": (functions.power, positive_array, {"exponent": -0.5}),
    "maximum": (functions.maximum, broadcastable, {}),
    "exp": (functions.exp, any_array, {}),
    "log": (functions.log, positive_array, {}),
    "sqrt": (functions.sqrt, positive_array, {}),
    "identity": (functions.identity, any_array, {}),
    "sigmoid": (functions.sigmoid, any_array, {}),
    "tanh": (functions.tanh, any_array, {}),
    "relu": (functions.relu, any_array, {}),
    "leaky_relu": (functions.leaky_relu, any_array, {"slope": 0.1}),
    "gelu": (functions.gelu, any_array, {}),
    "matmul": (functions.matmul, two_matrices, {}),
    "affine": (functions.affine, row_times_matrix, {}),
    "sum": (functions.sum, any_array, {}),
    "sum axis 0": (functions.sum, any_array, {"axis": 0}),
    "sum axes -1, 0": (functions.sum, boxes, {"axis": (-1, 0)}),
    "mean": (functions.mean, any_array, {}),
    "mean axis 0": (functions.mean, any_array, {"axis": 0}),
    "mean axes -1, 0": (functions.mean, boxes, {"axis": (-1, 0)}),
    "reshape": (functions.reshape, boxes, {"shape": (-1,)}),
    "roll": (functions.roll, boxes, {"shift": 2}),
    "roll axes 2, 0": (functions.roll, boxes, {"shift": (1, -2), "axis": (2, 0)}),
    "take": (functions.take, five_by_three, {"index": np.array([[4, 0, 4], [1, 1, 1]])}),
    "take of a column": (functions.take, five_by_three, {"index": (slice(None, None, 2), -1)}),
    "take of pairs": (functions.take, five_by_three, {"index": ([4, 0, 4], [1, 2, 1])}),
    "softmax": (functions.softmax, any_array, {}),
    "log_softmax": (functions.log_softmax, any_array, {}),
    "batch_norm": (functions.batch_norm, rows_and_scales, {"eps": 0.01}),
    "batch_norm of images": (functions.batch_norm, pictures_and_scales, {}),
    "batch_norm fixed": (functions.batch_norm, lambda rng: (*five_by_three(rng), *rng.normal(size=(2, 3))),
                         {"statistics": FIXED}),
    "layer_norm": (functions.layer_norm, rows_and_scales, {"eps": 0.01}),
    "l2_normalize": (functions.l2_normalize, any_array, {}),
    "dropout": (functions.dropout, five_by_three, {"kept": np.arange(15).reshape(5, 3) % 4 > 0, "rate": 0.25}),
    "conv2d": (convolution.conv2d, pictures_and_kernels, {}),
    "conv2d stride 2, padding 1": (convolution.conv2d, pictures_and_kernels, {"stride": 2, "padding": 1}),
    "conv2d stride 3, padding 0, 2": (convolution.conv2d, pictures_and_kernels, {"stride": (1, 3), "padding": (0, 2)}),
    "conv2d 1x1": (convolution.conv2d, pictures_and_points, {}),
    "max_pool2d": (convolution.max_pool2d, pictures, {"size": 2}),
    "max_pool2d overlapping": (convolution.max_pool2d, pictures, {"size": 3, "stride": (1, 2)}),
    "avg_pool2d": (convolution.avg_pool2d, pictures, {"size": 2}),
    "avg_pool2d overlapping": (convolution.avg_pool2d, pictures, {"size": (2, 3), "stride": 1}),
    "pad2d": (convolution.pad2d, pictures, {"padding": (1, 2), "value": -1.0}),
    "embedding": (functions.embedding, five_by_three, {"indices": np.array([[4, 0, 4], [1, 1, 1]])}),
    "rnn_cell": (recurrent.rnn_cell, one_step(1), {}),
    "lstm_cell": (recurrent.lstm_cell, one_step(4, True), {}),
    "gru_cell": (recurrent.gru_cell, one_step(3, False, True), {}),
    "rnn": (recurrent.rnn, sequence(1), {}),
    "lstm": (recurrent.lstm, sequence(4, True), {}),
    "gru": (recurrent.gru, sequence(3, False, True), {}),
    "frames": (spectra.frames, sounds, {"size": 4, "hop": 2}),
    "frames apart": (spectra.frames, sounds, {"size": 2, "hop": 3}),
    "power_spectrum": (spectra.power_spectrum, sounds, {}),
    "log_mel": (spectra.log_mel, powers, {"filters": spectra.mel_filters(4, 16, 8000), "floor": 0.1}),
    "normalise_bands": (spectra.normalise_bands, three_by_four_by_two, {"loud": LOUD, "lowest": -0.7}),
    "mean_squared_error": (losses.mean_squared_error, two_alike, {}),
    "binary_cross_entropy": (losses.binary_cross_entropy, logits_and_shares, {}),
    "softmax_cross_entropy": (losses.softmax_cross_entropy, logits_and_labels, {}),
    "triplet_loss": (losses.triplet_loss, three_alike, {"margin": 1.0}),
    "hinge": (losses.hinge, logits_and_labels, {"margin": 1.5}),
}
NOT_RULES = {functions.unbroadcast, functions.batch_norm_with_moments, losses.labelled_rows, convolution.output_size,
             convolution.im2col, convolution.col2im, recurrent.unroll, recurrent.real_time_recurrent_learning,
             spectra.hann, spectra.hamming, spectra.dft_matrices, spectra.mel, spectra.mel_filters}

# Rules that treat every entry alone, and rules that treat every row of their first input alone.
ELEMENTWISE = ("negative", "power", "power -1/2", "exp", "log", "sqrt", "identity", "sigmoid", "tanh", "relu",
               "leaky_relu", "gelu")
PAIRWISE = ("add", "subtract", "multiply", "divide", "maximum")
LOSSES = tuple(name for name, (rule, _, _) in RULES.items() if rule.__module__ == losses.__name__)
ROWWISE = ("softmax", "log_softmax", "matmul", "affine")


def public_rules():
    """Every public rule of the package; test_convolution.py compares the readable ones."""
    return [f for module in (functions, convolution, losses, recurrent, spectra)
            for name, f in inspect.getmembers(module, inspect.isfunction)
            if f.__module__ == module.__name__ and not name.startswith("_") and not name.endswith("_readable")
            and f not in NOT_RULES]


def differentiable(name):
    """How many of the arguments get a gradient: all of them, except that targets and labels of losses do not."""
    return 1 if name in LOSSES and name != "triplet_loss" else len(RULES[name][1](np.random.default_rng(0)))


def as_tuple(grads):
    return grads if isinstance(grads, tuple) else (grads,)


def upstream(rng, y):
    """A random gradient of the shape and dtype of y."""
    return np.asarray(rng.normal(size=np.shape(y))).astype(np.asarray(y).dtype)[()]


def complex_step(name, arguments, dy, k, h=1e-30):
    """The derivative of Σ dy·y by the k-th argument, entry by entry, without any backward."""
    rule, _, options = RULES[name]
    inputs = [np.array(a, complex) if i < differentiable(name) else a for i, a in enumerate(arguments)]
    gradient = np.empty(inputs[k].shape)
    for i in np.ndindex(inputs[k].shape):
        inputs[k][i] += 1j * h
        gradient[i] = np.sum(dy * rule(*inputs, **options)[0]).imag / h
        inputs[k][i] = inputs[k][i].real
    return gradient
