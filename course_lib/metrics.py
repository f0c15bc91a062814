"""Figures of merit, computed from labels and predictions; and the sizes of error signals in a deep network."""

import numpy as np


def accuracy(predicted, t):
    """The share of equal labels, between 0 and 1."""
    predicted, t = np.asarray(predicted), np.asarray(t)
    if predicted.shape != t.shape or t.size == 0:
        raise ValueError(f"accuracy: predicted and t must have the same shape and not be empty, "
                         f"got {predicted.shape} and {t.shape}; take the label first: y.argmax(axis=1)")
    return float((predicted == t).mean())


def confusion_matrix(predicted, t, classes):
    """Counts (classes, classes): row = true label, column = predicted label."""
    predicted, t = np.asarray(predicted), np.asarray(t)
    if predicted.shape != t.shape:
        raise ValueError(f"confusion_matrix: predicted and t must have the same shape, got {predicted.shape} and {t.shape}")
    for name, labels in (("predicted", predicted), ("t", t)):
        if labels.size and (labels.min() < 0 or labels.max() >= classes):
            raise ValueError(f"confusion_matrix: {name} must lie in 0 … {classes - 1}, "
                             f"got {labels.min()} … {labels.max()}")
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (t, predicted), 1)
    return counts


def error_signals(net, x, dy):
    """The size of the error signal δ and of the weight gradient dW at each layer of ``net`` that has a weight matrix.

    Shapes: x (N, n_in), dy (shape of the output of ``net``, a Sequential)  ->  |δ|, |dW|: two arrays, from first layer to last
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
