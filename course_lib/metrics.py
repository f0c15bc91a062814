"""Figures of merit, computed from labels and predictions; and the sizes of error signals in a deep network."""

import numpy as np

from course_lib.rules.labels import as_numbers, labels


def accuracy(predicted, t):
    """The share of equal labels, between 0 and 1. Both are labels as ``labels`` reads them, or names (strings).

    Shapes: predicted (N,), t (N,), or a column (N, 1), or one-hot rows (N, K)  ->  a number
    """
    if _names(predicted) and _names(t):
        predicted, t = np.asarray(predicted), np.asarray(t)
    else:
        predicted, t = labels("accuracy", predicted, what="predicted"), labels("accuracy", t)
    if predicted.shape != t.shape or t.size == 0:
        raise ValueError(f"accuracy: predicted and t must have the same shape and not be empty, "
                         f"got {predicted.shape} and {t.shape}; take the label first: y.argmax(axis=1)")
    return float((predicted == t).mean())


def _names(a):
    """Is it a list or an array of strings?"""
    return isinstance(a, (list, tuple, np.ndarray)) and len(a) > 0 and all(isinstance(name, str) for name in a)


def confusion_matrix(predicted, t, classes):
    """Counts (classes, classes): row = true label, column = predicted label. Both are read by ``labels``."""
    if isinstance(classes, bool) or not isinstance(classes, (int, np.integer)) or classes < 1:
        raise ValueError(f"confusion_matrix: classes must be a positive whole number, got {classes!r}")
    predicted = labels("confusion_matrix", predicted, classes=classes, what="predicted")
    t = labels("confusion_matrix", t, classes=classes)
    if predicted.shape != t.shape:
        raise ValueError("confusion_matrix: predicted and t must have the same shape, "
                         f"got {predicted.shape} and {t.shape}")
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (t, predicted), 1)
    return counts


def root_mean_squared_error(predicted, t):
    """√(mean of (predicted − t)²), in the units of t.

    Shapes: predicted, t (N,) or (N, 1), or any other shape that both have  ->  a number
    """
    predicted, t = _two_alike("root_mean_squared_error", predicted, t)
    return float(np.sqrt(np.mean((predicted - t) ** 2)))


def r_squared(predicted, t):
    """R² = 1 − Σ (t − predicted)² / Σ (t − mean of t)²: 1 is perfect, 0 no better than the mean; it may be negative.

    Shapes: predicted, t (N,) or (N, 1)  ->  a number
    Raises ValueError where t is constant (up to rounding): there is no variation to explain, the denominator is 0.
    """
    predicted, t = _two_alike("r_squared", predicted, t)
    if t.ndim != 1:
        raise ValueError(f"r_squared: targets must have shape (N,) or (N, 1), got {t.shape}; take one column at a time")
    if np.ptp(t) <= 1e-14 * np.max(np.abs(t)):
        raise ValueError(f"r_squared: the targets are all {t[0]:g}, so their variance, by which R² divides, is 0; "
                         "root_mean_squared_error needs none")
    return float(1 - np.sum((t - predicted) ** 2) / np.sum((t - t.mean()) ** 2))


def _two_alike(name, *given):
    """Predictions and targets as floats of one shape, columns (N, 1) as (N,)."""
    predicted, t = (as_numbers(name, what, a) for what, a in zip(("predicted", "t"), given))
    predicted, t = (a[:, 0] if a.ndim == 2 and a.shape[1] == 1 else a for a in (predicted, t))
    if predicted.shape != t.shape or t.size == 0:
        raise ValueError(f"{name}: predicted and t must have the same shape and not be empty, got {predicted.shape} "
                         f"and {t.shape}; NumPy would broadcast them in silence: reshape one of them")
    if "c" in predicted.dtype.kind + t.dtype.kind or not np.isfinite([predicted, t]).all():
        raise ValueError(f"{name}: predicted and t must be real and finite; leave out the rows that are not")
    return predicted.astype(float), t.astype(float)


def error_signals(net, x, dy):
    """The size of the error signal δ and of the weight gradient dW at each layer of ``net`` that has a weight matrix.

    Shapes: x (N, n_in), dy (shape of the output of ``net``, a Sequential)  ->  |δ|, |dW|: two arrays, first layer first
    δ is the gradient that arrives at the output of the layer; lesson 07, section 1, equation (7.1).
    """
    backwards, deltas, weights = [], [], []
    for layer in net.layers:
        x, backward = layer(x)
        backwards.append(backward)
    for layer, backward in zip(reversed(net.layers), reversed(backwards)):
        matrices = [p for p in layer.params if p.data.ndim > 1]
        for p in matrices:
            p.zero_grad()
            deltas.append(np.linalg.norm(dy))
        dy = backward(dy)
        weights += [np.linalg.norm(p.grad) for p in matrices]
    return np.array(deltas[::-1]), np.array(weights[::-1])
