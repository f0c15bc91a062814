"""Tasks of lesson 15: TODO."""

import numpy as np

from course_lib.exercises.cases import different_sizes
from course_lib.exercises.task import Slip, Task, forms

SHEET = "15_limits"

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

def feedback_alignment_gradients(x, labels, W1, b1, W2, b2, W3, b3, B2, B3):
    """What feedback alignment tells each parameter of a network with two hidden ReLU layers.

    x (N, D), labels (N,), W1 (D, H), W2 (H, K), W3 (K, C), biases (H,), (K,), (C,); the loss is the mean softmax
    cross-entropy
    B2 (H, K), B3 (K, C), fixed and random  ->  dW1, db1, dW2, db2, dW3, db3
    """
    a1 = x @ W1 + b1
    h1 = np.maximum(a1, 0)
    a2 = h1 @ W2 + b2
    h2 = np.maximum(a2, 0)
    y = h2 @ W3 + b3
    p = np.exp(y - y.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    dy = (p - np.eye(len(b3))[labels]) / len(x)
    da2 = dy @ B3.T * (a2 > 0)
    da1 = da2 @ B2.T * (a1 > 0)
    return x.T @ da1, da1.sum(axis=0), h1.T @ da2, da2.sum(axis=0), h2.T @ dy, dy.sum(axis=0)


def _feedback_case(rng, sizes=None, N=None, scale=1.0):
    D, H, K, C = sizes or different_sizes(rng, 4)
    N = N or int(rng.integers(9, 13))
    parts = [rng.normal(size=(N, D)), rng.integers(C, size=N)]
    for shape in ((D, H), (H, K), (K, C)):
        parts += [rng.normal(size=shape) * scale / np.sqrt(shape[0]), 0.3 * rng.normal(size=shape[1])]
    return *parts, rng.normal(size=(H, K)), rng.normal(size=(K, C))


_BACK2, _BACK1 = "dy @ B3.T * (a2 > 0)", "da2 @ B2.T * (a1 > 0)"
_TRANSPORT = "on the way back B3 stands in the place of W3, and B2 in that of W2; the forward keeps its weights"
_SLOPE = "the feedback replaces the weights only: the slope of ReLU, (a > 0), still multiplies what comes back"
_FORWARD = "the forward pass is the ordinary one, with W: B is used on the way back only"
_MEAN = "the loss is a mean over the N examples: dy is divided by N"

FEEDBACK = Task(
    id="15-2", title="feedback alignment", level="write", difficulty=2, importance=2, minutes=15,
    reference=feedback_alignment_gradients, outputs=("dW1", "db1", "dW2", "db2", "dW3", "db3"),
    cases=_feedback_case, batch=lambda x, *_: len(x),
    small=(np.array([[1.0]]), np.array([1]), np.array([[1.0, 0.0]]), np.array([0.0, -1.0]),
           np.array([[2.0], [1.0]]), np.array([0.0]), np.array([[0.0, 0.0]]), np.zeros(2),
           np.array([[3.0], [-2.0]]), np.array([[1.0, -1.0]])),
    edges={"one example": lambda rng: _feedback_case(rng, N=1),
           "layers of one width": lambda rng: _feedback_case(rng, sizes=(4, 4, 4, 4)),
           "two classes": lambda rng: _feedback_case(rng, sizes=(5, 4, 3, 2)),
           "large outputs": lambda rng: _feedback_case(rng, scale=30.0),
           "a silent layer": lambda rng: _silent(_feedback_case(rng))},
    suspects=(
        *forms("weights transported", _TRANSPORT, ((_BACK2, "dy @ W3.T * (a2 > 0)"),),
               ((_BACK1, "da2 @ W2.T * (a1 > 0)"),),
               ((_BACK2, "dy @ W3.T * (a2 > 0)"), (_BACK1, "da2 @ W2.T * (a1 > 0)"))),
        *forms("feedback not transposed", "B3 has the shape of W3, (K, C): dy (N, C) meets its transpose",
               ((_BACK2, "dy @ B3.reshape(B3.shape[::-1]) * (a2 > 0)"),),
               ((_BACK1, "da2 @ B2.reshape(B2.shape[::-1]) * (a1 > 0)"),),
               ((_BACK2, "dy @ B3.reshape(B3.shape[::-1]) * (a2 > 0)"),
                (_BACK1, "da2 @ B2.reshape(B2.shape[::-1]) * (a1 > 0)"))),
        *forms("slope forgotten", _SLOPE, ((_BACK2, "dy @ B3.T"),), ((_BACK1, "da2 @ B2.T"),),
               ((_BACK2, "dy @ B3.T"), (_BACK1, "da2 @ B2.T"))),
        Slip("direct feedback", "here each layer hears from the one above it, da2 @ B2.T; direct feedback would carry "
             "dy itself to the first layer, past the slope of the second", (_BACK1, "dy @ B3.T @ B2.T * (a1 > 0)")),
        *forms("slope is 0 or 1", "the slope of ReLU is 1 where a > 0, else 0: multiply by (a > 0), not by h",
               ((_BACK2, "dy @ B3.T * h2"),), ((_BACK1, "da2 @ B2.T * h1"),),
               ((_BACK2, "dy @ B3.T * h2"), (_BACK1, "da2 @ B2.T * h1"))),
        *forms("feedback in the forward pass", _FORWARD, (("h1 @ W2 + b2", "h1 @ B2 + b2"),),
               (("h2 @ W3 + b3", "h2 @ B3 + b3"),),
               (("h1 @ W2 + b2", "h1 @ B2 + b2"), ("h2 @ W3 + b3", "h2 @ B3 + b3"))),
        *forms("what entered is wrong", "dW2 = h1ᵀ da2 and dW3 = h2ᵀ dy: after the ReLU, not before it",
               (("h1.T @ da2", "a1.T @ da2"),), (("h2.T @ dy", "a2.T @ dy"),),
               (("h1.T @ da2", "a1.T @ da2"), ("h2.T @ dy", "a2.T @ dy"))),
        Slip("mean forgotten", _MEAN, (" / len(x)", "")),
        Slip("labels forgotten", "dy = (p − one-hot labels) / N", ("(p - np.eye(len(b3))[labels])", "p")),
        Slip("overflow", "subtract the largest entry of each row before exp: large outputs overflow",
             ("np.exp(y - y.max(axis=1, keepdims=True))", "np.exp(y)")),
        Slip("sign", "dy = (p − one-hot labels) / N, not the other way round",
             ("(p - np.eye(len(b3))[labels])", "(np.eye(len(b3))[labels] - p)")),
        *forms("bias averaged", "the bias was added to every row: a sum over the rows; the 1/N is already in dy",
               (("da1.sum(axis=0)", "da1.mean(axis=0)"),), (("da2.sum(axis=0)", "da2.mean(axis=0)"),),
               ((", dy.sum(axis=0)", ", dy.mean(axis=0)"),)),
        Slip("feedback at the last layer", "the last layer knows dy itself: dW3 = h2ᵀ dy is its true gradient",
             ("h2.T @ dy, dy", "h2.T @ (dy @ B3.T @ B3), dy")),
    ))


def _silent(case):
    """The same case with a first layer whose units are all off."""
    case = list(case)
    case[3] = np.full_like(case[3], -50.0)
    return tuple(case)


# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

# TODO explaining

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

# TODO attacks


TASKS = [
    # TODO memory
    # ---- memory
    FEEDBACK,
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
]
