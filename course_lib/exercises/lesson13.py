"""Tasks of lesson 13: TODO."""

import numpy as np

from course_lib.exercises.cases import different_sizes
from course_lib.exercises.task import Slip, Task, slips

SHEET = "13_beyond_perception"


# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

def tied_autoencoder(x, W, b, c):
    """An autoencoder whose decoder is its encoder's matrix, transposed: z = tanh(x W + b), y = z Wᵀ + c.

    x (N, D), W (D, k), b (k,), c (D,)  ->  y (N, D), backward: dy (N, D) -> dx, dW, db, dc
    """
    z = np.tanh(x @ W + b)
    y = z @ W.T + c

    def backward(dy):
        dz = dy @ W
        da = dz * (1 - z * z)
        dW = x.T @ da + dy.T @ z
        return da @ W.T, dW, da.sum(axis=0), dy.sum(axis=0)
    return y, backward


def _tied(N, D, k, scale=1.0):
    return lambda rng: (rng.normal(size=(N, D)), scale * rng.normal(size=(D, k)), rng.normal(size=k),
                        rng.normal(size=D), rng.normal(size=(N, D)))


_TWICE = "W is used twice, so it is paid twice: x.T @ da from the encoder plus dy.T @ z from the decoder"
_SLOPE = "the code is a tanh: da = dz (1 − z²), with z the code, not its pre-activation"
_ROWS = "b and c were added to every row: their gradients are sums over the rows"
TIED = Task(
    id="13-5", title="an autoencoder with tied weights", level="write", difficulty=2, importance=3, minutes=15,
    reference=tied_autoencoder, rule=True, outputs=("y", "dx", "dW", "db", "dc"), batch=lambda x, *_: len(x),
    cases=lambda rng: _tied(*different_sizes(rng, 3))(rng),
    small=(np.array([[1.0, 2.0]]), np.array([[1.0], [-0.5]]), np.array([np.log(2)]), np.zeros(2),
           np.array([[1.0, 3.0]])),                                 # z = tanh(ln 2) = 0.6
    edges={"one example": _tied(1, 5, 3), "one number": _tied(4, 6, 1), "as many numbers as pixels": _tied(3, 4, 4),
           "all sizes the same": _tied(4, 4, 4), "more numbers than pixels": _tied(5, 2, 6),
           "small weights": _tied(4, 5, 3, 0.1), "one pixel": _tied(6, 1, 3)},
    suspects=(
        *slips("x.T @ da + dy.T @ z", ("decoder's payment forgotten", _TWICE, "x.T @ da"),
            ("encoder's payment forgotten", _TWICE, "dy.T @ z"),
            ("mean of the two payments", f"payments add up, without dividing: {_TWICE}", "(x.T @ da + dy.T @ z) / 2"),
            ("payments subtracted", f"payments add up: {_TWICE}", "x.T @ da - dy.T @ z"),
            ("dz instead of da", _SLOPE, "x.T @ dz + dy.T @ z"),
            ("x instead of the code", "the decoder multiplied the code z, so its payment is dy.T @ z",
             "x.T @ da + dy.T @ x @ W"),
            ("y instead of dy", "what comes back is dy, not y: dy.T @ z", "x.T @ da + y.T @ z"),
            ("mean over the rows", "the division by N, if any, is already in dy: sum over the rows, as @ does",
             "(x.T @ da + dy.T @ z) / len(x)")),
        Slip("code not differentiated", "dy comes back through the decoder first: dz = dy @ W, then the slope of tanh",
             ("dz = dy @ W", "dz = 0 * dy @ W")),
        *slips("(1 - z * z)", ("slope of tanh forgotten", _SLOPE, "1"), ("slope without the square", _SLOPE, "(1 - z)"),
            ("slope at the pre-activation", _SLOPE, "(1 - (x @ W + b) ** 2)")),
        Slip("dx is dz", "x was multiplied by W before the tanh: dx = da @ W.T", ("da @ W.T, dW", "dz @ W.T, dW")),
        Slip("input paid as target", "this function knows no loss: what x is paid as a target is the loss's business",
             ("da @ W.T, dW", "da @ W.T - dy, dW")),
        *slips("da.sum(axis=0)", ("db before the tanh", f"b was added before the tanh: {_ROWS}", "dz.sum(axis=0)"),
            ("db as a mean", _ROWS, "da.mean(axis=0)")),
        Slip("dc as a mean", _ROWS, ("dy.sum(axis=0)", "dy.mean(axis=0)")),
        Slip("bias of the output forgotten", "y = z Wᵀ + c", ("z @ W.T + c", "z @ W.T + 0 * c")),
        Slip("output bent too", "only the code passes the tanh: y = z Wᵀ + c", ("y = z @ W.T + c",
                                                                             "y = np.tanh(z @ W.T + c)")),
        Slip("code without a tanh", "z = tanh(x W + b)", ("z = np.tanh(x @ W + b)", "z = x @ W + b")),
        Slip("code without its bias", "z = tanh(x W + b)", ("np.tanh(x @ W + b)", "np.tanh(x @ W + 0 * b)")),
    ))

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


TASKS = [
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    TIED,
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
]
