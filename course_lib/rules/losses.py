"""The losses: rules whose output is one number, averaged over the batch.

``value, backward = loss(y, t)`` and ``dy = backward()``: the derivative of a loss with respect to itself is 1,
so the upstream gradient has that default. Targets ``t`` are data; no gradient is returned for them.
"""

import numpy as np

from course_lib.rules.protocol import rule


@rule
def mean_squared_error(y, t):
    """Mean squared error L = Σ (y − t)² / n over all n entries.

    Shapes:   y (any), t (the same)  ->  L (a number)
    Backward: dy = 2 (y − t) / n
    Source:   Rumelhart, Hinton, Williams (1986), Nature 323, eq. (3), there ½ Σ; derived in lesson 04,
              section 4, equation (4.16).
    """
    if np.shape(y) != np.shape(t):
        raise ValueError(f"mean_squared_error: y and t must have the same shape, got {np.shape(y)} and {np.shape(t)}; "
                         "NumPy would broadcast them in silence: reshape one of them")
    error = y - t
    n = np.size(error)
    def backward(dloss=1.0):
        return (2 / n * dloss) * error
    return np.sum(error * error) / n, backward


@rule
def binary_cross_entropy(z, t):
    """Binary cross-entropy from logits, L = mean of ln(1 + e^z) − t z, with t between 0 and 1.

    It equals −t ln p − (1 − t) ln(1 − p) with p = sigmoid(z), and stays finite where p rounds to 0 or 1.

    Shapes:   z (any), t (the same)  ->  L (a number, in nats)
    Backward: dz = (sigmoid(z) − t) / n
    Source:   Bishop (2006), section 4.3.2; derived in lesson 02, section 6, and lesson 04, section 4.
    """
    t = np.asarray(t)
    if np.shape(z) != t.shape:
        raise ValueError(f"binary_cross_entropy: z and t must have the same shape, got {np.shape(z)} and {t.shape}; "
                         "reshape one of them")
    if t.size and (t.min() < 0 or t.max() > 1):
        raise ValueError(f"binary_cross_entropy: targets must lie between 0 and 1, got {t.min()} to {t.max()}; "
                         "z are the logits, t the targets")
    n, t = t.size, t.astype(z.dtype)
    size = np.where(z.real > 0, z, -z)                      # |z|, in a form that complex steps can pass
    softplus = np.where(z.real > 0, z, 0) + np.log1p(np.exp(-size))
    def backward(dloss=1.0):
        p = 0.5 * np.tanh(0.5 * z) + 0.5
        return (p - t) * (dloss / n)
    return (softplus - t * z).sum() / n, backward


@rule
def softmax_cross_entropy(z, t):
    """Cross-entropy of the softmax of logits z with integer labels t, averaged over the batch.

    L = mean over n of  ln Σⱼ e^{zₙⱼ} − zₙₜ, in nats. The probabilities are never formed on the way forward.

    Shapes:   z (N, K), t (N,) with values 0 … K − 1  ->  L (a number)
    Backward: dz = (softmax(z) − onehot(t)) / N
    Source:   Bridle (1990), NIPS 2; derived in lesson 02, section 6, and lesson 04, section 4, equation (4.14).
    """
    rows = labelled_rows("softmax_cross_entropy", z, t)
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
    rows = labelled_rows("hinge", z, t)
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
    """Check logits and labels; return the row numbers that pick each row's own label."""
    t = np.asarray(t)
    if z.ndim != 2 or t.shape != z.shape[:1]:
        hint = "; labels, not one-hot rows, are wanted: t.argmax(axis=1)" if t.ndim == 2 else ""
        raise ValueError(f"{name}: z must have shape (N, K) and t (N,), got {z.shape} and {t.shape}{hint}")
    if t.dtype.kind not in "iu":
        raise TypeError(f"{name}: labels must be integers, got {t.dtype}; convert them: t.astype(int)")
    if len(t) == 0:
        raise ValueError(f"{name}: the batch is empty")
    if t.min() < 0 or t.max() >= z.shape[1]:
        raise ValueError(f"{name}: labels must lie in 0 … {z.shape[1] - 1}, got {t.min()} … {t.max()}; "
                         "does the last layer have one output per class?")
    return np.arange(len(t))
