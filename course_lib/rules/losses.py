"""The losses: rules whose output is one number, averaged over the batch.

``value, backward = loss(y, t)`` and ``dy = backward()``: the derivative of a loss with respect to itself is 1,
so the upstream gradient has that default. Targets ``t`` are data; no gradient is returned for them. Labels may be given
in every form that ``labels`` reads: whole numbers of any kind, a column, one-hot rows.
"""

import numpy as np

from course_lib.rules.functions import sigmoid
from course_lib.rules.labels import as_floats, as_numbers, labels
from course_lib.rules.protocol import rule


@rule
def mean_squared_error(y, t):
    """Mean squared error L = Σ (y − t)² / n over all n entries.

    Shapes:   y (any), t (the same)  ->  L (a number)
    Backward: dy = 2 (y − t) / n
    Source:   Rumelhart, Hinton, Williams (1986), Nature 323, eq. (3), there ½ Σ; derived in lesson 04,
              section 4, equation (4.16).
    """
    y = as_floats("mean_squared_error", "y", y)
    t = as_floats("mean_squared_error", "t", t, getattr(y, "dtype", float))
    if np.shape(y) != np.shape(t):
        raise ValueError(f"mean_squared_error: y and t must have the same shape, got {np.shape(y)} and {np.shape(t)}; "
                         "NumPy would broadcast them in silence: reshape one of them")
    error = y - t
    n = _count("mean_squared_error", error)
    def backward(dloss=1.0):
        return (2 / n * dloss) * error
    return _told("mean_squared_error", np.sum(error * error) / n, t), backward


@rule
def binary_cross_entropy(z, t):
    """Binary cross-entropy from logits, L = mean of ln(1 + e^z) − t z, with t between 0 and 1.

    It equals −t ln p − (1 − t) ln(1 − p) with p = sigmoid(z), and stays finite where p rounds to 0 or 1.

    Shapes:   z (any), t (the same)  ->  L (a number, in nats)
    Backward: dz = (sigmoid(z) − t) / n
    Source:   Bishop (2006), section 4.3.2; derived in lesson 02, section 6, and lesson 04, section 4.
    """
    z = np.asarray(as_floats("binary_cross_entropy", "z", z))
    t = as_numbers("binary_cross_entropy", "t", t)
    if t.shape != z.shape and z.shape[1:] in ((), (1,)) and t.shape[:1] == z.shape[:1]:      # one logit for each row
        t = (t if t.size == z.size else labels("binary_cross_entropy", t, z.shape[:1], 2)).reshape(z.shape)
    if t.shape != z.shape:
        raise ValueError(f"binary_cross_entropy: z and t must have the same shape, got {z.shape} and {t.shape}; "
                         "reshape one of them")
    n, t = _count("binary_cross_entropy", t), t.astype(z.dtype)
    if not (t.real.min() >= 0 and t.real.max() <= 1):
        raise ValueError(f"binary_cross_entropy: targets must lie between 0 and 1, got {t.real.min():g} to "
                         f"{t.real.max():g}; z are the logits, t the targets; for labels −1 and 1: (t + 1) / 2")
    size = np.where(z.real > 0, z, -z)                      # |z|, in a form that complex steps can pass
    softplus = np.where(z.real > 0, z, 0) + np.log1p(np.exp(-size))
    def backward(dloss=1.0):
        return (sigmoid(z)[0] - t) * (dloss / n)
    return (softplus - t * z).sum() / n, backward


@rule
def softmax_cross_entropy(z, t):
    """Cross-entropy of the softmax of logits z with integer labels t, averaged over the batch.

    L = mean over n of  ln Σⱼ e^{zₙⱼ} − zₙₜ, in nats. The probabilities are never formed on the way forward.

    Shapes:   z (N, K), t (N,) with values 0 … K − 1  ->  L (a number)
    Backward: dz = (softmax(z) − onehot(t)) / N
    Source:   Bridle (1990), NIPS 2; derived in lesson 02, section 6, and lesson 04, section 4, equation (4.14).
    """
    z, t, rows = labelled_rows("softmax_cross_entropy", z, t)
    shifted = z - z.real.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    value = (np.log(total[:, 0]) - shifted[rows, t]).sum() / len(z)
    def backward(dloss=1.0):
        dz = e / total
        dz[rows, t] -= 1
        dz *= dloss / len(z)
        return dz
    return value, backward


@rule
def hinge(z, t, margin=1.0):
    """Multi-class hinge loss L = mean over n of Σ_{k ≠ t} max(0, zₙₖ − zₙₜ + margin).

    A class exactly at the margin does not violate it: no cost, and no gradient.

    Shapes:   z (N, K), t (N,) with values 0 … K − 1  ->  L (a number)
    Backward: dzₙₖ = 1/N for each class k ≠ t that violates the margin,  dzₙₜ = −(their number)/N
    Source:   Weston, Watkins (1999), ESANN; derived in lesson 02, section 6, and lesson 04, section 4, equation (4.15).
    """
    z, t, rows = labelled_rows("hinge", z, t)
    gap = z - z[rows, t][:, np.newaxis] + margin
    gap[rows, t] = 0                                        # the true class does not compete with itself
    violated = (gap.real > 0).astype(z.dtype)
    def backward(dloss=1.0):
        dz = violated.copy()
        dz[rows, t] = -violated.sum(axis=1)
        dz *= dloss / len(z)
        return dz
    return (gap * violated).sum() / len(z), backward


@rule
def triplet_loss(anchor, positive, negative, margin=0.2):
    """Triplet loss L = mean over n of max(0, |aₙ − pₙ|² − |aₙ − nₙ|² + margin).

    Anchor and positive show the same person, the negative another one. A triplet whose negative is farther away than
    its positive by the margin (in squared distances) is satisfied and has no gradient; the others are *active*.

    Shapes:   anchor, positive, negative (N, D), embeddings  ->  L (a number)
    Backward: danchor = 2/N (nₙ − pₙ),  dpositive = 2/N (pₙ − aₙ),  dnegative = 2/N (aₙ − nₙ)  where active, else 0
    Source:   Schroff, Kalenichenko, Philbin (2015), CVPR, section 3.1, there a sum; derived in lesson 11, section 4,
              equations (11.5) and (11.6).
    """
    anchor, positive, negative = (as_floats("triplet_loss", name, a) for name, a in
                                  (("anchor", anchor), ("positive", positive), ("negative", negative)))
    shapes = np.shape(anchor), np.shape(positive), np.shape(negative)
    if len(shapes[0]) != 2 or len(set(shapes)) != 1:
        raise ValueError("triplet_loss: anchor, positive and negative must have the same shape (N, D), "
                         f"got {shapes[0]}, {shapes[1]} and {shapes[2]}")
    N = len(anchor)
    if N == 0:
        raise ValueError("triplet_loss: there is no triplet; a batch needs two images of one person and one of another")
    to_positive, to_negative = anchor - positive, anchor - negative
    gap = (to_positive * to_positive - to_negative * to_negative).sum(axis=1) + margin
    active = (gap.real > 0).astype(anchor.dtype)
    def backward(dloss=1.0):
        scale = ((2 / N * dloss) * active)[:, np.newaxis]
        danchor = scale * (negative - positive)
        return danchor, -scale * to_positive, scale * to_negative
    return (gap * active).sum() / N, backward


def labelled_rows(name, z, t):
    """Logits (N, K) as floats, their labels (N,), and the row numbers that pick each row's own label: z[rows, t]."""
    z = as_floats(name, "z", z)
    if np.ndim(z) != 2:
        hint = "; of sequences make one batch: z.reshape(-1, K) and t.reshape(-1)" if np.ndim(z) > 2 else ""
        raise ValueError(f"{name}: z must have shape (N, K) and t (N,), got {np.shape(z)} and "
                         f"{as_numbers(name, 't', t).shape}{hint}")
    N, K = z.shape
    if N == 0:
        raise ValueError(f"{name}: the batch is empty")
    return z, labels(name, t, (N,), K), np.arange(N)


def _count(name, a):
    """The number of entries, by which a loss divides; an empty batch has no mean."""
    n = np.size(a)
    if n == 0:
        raise ValueError(f"{name}: the batch is empty")
    return n


def _told(name, value, t):
    """The value of a loss; NaN that came from the targets, and not from a training, is told."""
    if value != value and np.isnan(t).any():
        raise ValueError(f"{name}: t holds NaN; leave these rows out: keep = ~np.isnan(t)")
    return value
