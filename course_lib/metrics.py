"""Figures of merit, computed from labels and predictions."""

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
