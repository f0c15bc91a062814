"""Tasks of lesson 15: TODO."""

import numpy as np

from course_lib.exercises.cases import batch_size, different_sizes
from course_lib.exercises.task import Slip, Task

SHEET = "15_limits"

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

# TODO feedback

# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

# TODO explaining

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

# TODO attacks

# ---- 15-5 blind ------------------------------------------------------------------------------------------------------

def score_function_gradient(x, W, b, losses):
    """Estimate the gradient of the expected mean loss by W, from one draw of binary units.

    x (N, D) with N at least 2, W (D, H), b (N, H) the zeros and ones that were drawn, losses (N,) what they led to
    Returns  dW (D, H)
    """
    N, p = len(x), 1 / (1 + np.exp(-(x @ W)))
    baseline = (losses.sum() - losses) / (N - 1)
    da = (losses - baseline)[:, np.newaxis] * (b - p) / N
    return x.T @ da


def _score_case(rng, sizes=None):
    N, D, H = sizes or different_sizes(rng, 3)
    b = (rng.random((N, H)) < 0.5).astype(float)
    return rng.normal(size=(N, D)), 0.5 * rng.normal(size=(D, H)), b, rng.uniform(0.5, 3.0, size=N)


_OTHERS = "the baseline of a row is the mean of the losses of the other rows: (sum − its own) / (N − 1)"
_SCORE_IS = "the derivative of ln P(b) by a is b − p, (15.27)"
_ROW = "J is the mean loss of N rows: divide by N once"

SCORE = Task(
    id="15-5", title="the score-function gradient", level="write", difficulty=2, importance=2, minutes=15,
    reference=score_function_gradient, outputs=("dW",), cases=_score_case, batch=batch_size,
    small=(np.array([[2.0], [1.0]]), np.array([[0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([5.0, 1.0])),
    edges={"two rows": lambda rng: _score_case(rng, (2, 3, 4)),
           "one unit": lambda rng: _score_case(rng, (5, 3, 1)),
           "as many rows as inputs and units": lambda rng: _score_case(rng, (4, 4, 4)),
           "equal losses": lambda rng: (*_score_case(rng, (3, 2, 4))[:3], np.full(3, 2.0)),
           "nearly certain units": (np.array([[4.0], [-4.0], [1.0]]), np.array([[2.0, -3.0]]),
                                    np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]), np.array([1.0, 2.0, 4.0]))},
    suspects=(
        Slip("no baseline", _OTHERS, ("(losses - baseline)", "losses")),
        Slip("own loss in the baseline", _OTHERS, ("(losses.sum() - losses) / (N - 1)", "losses.mean()")),
        Slip("divided by the wrong number", _OTHERS, ("(N - 1)", "N")),
        Slip("baseline added", "what is better than the others' mean counts as below 0: loss − baseline",
             ("losses - baseline", "losses + baseline")),
        Slip("sign", _SCORE_IS + ": with p − b descent climbs", ("(b - p)", "(p - b)")),
        Slip("sign", "descent subtracts the gradient: a state that cost more than the others has to become rarer",
             ("losses - baseline", "baseline - losses")),
        Slip("probability forgotten", _SCORE_IS, ("(b - p)", "b")),
        Slip("no draw", _SCORE_IS + ": with p alone it does not matter what was drawn", ("(b - p)", "p")),
        Slip("slope of the sigmoid too many", "ln P already contains the sigmoid: " + _SCORE_IS + ", without p (1 − p)",
             ("(b - p)", "(b - p) * p * (1 - p)")),
        Slip("derivative by p instead of a", "W stands before the sigmoid: " + _SCORE_IS,
             ("(b - p)", "(b - p) / (p * (1 - p))")),
        Slip("scores instead of probabilities", "p = sigmoid(x W), a number between 0 and 1",
             ("1 / (1 + np.exp(-(x @ W)))", "x @ W")),
        Slip("sign inside the sigmoid", "p = 1 / (1 + exp(−a)): a large score makes a 1 likely",
             ("np.exp(-(x @ W))", "np.exp(x @ W)")),
        Slip("one loss for all rows", "each row's units are told by the loss of this row, not by the mean loss",
             ("(losses - baseline)[:, np.newaxis]", "losses.mean()")),
        Slip("division by N forgotten", _ROW, (" * (b - p) / N", " * (b - p)")),
        Slip("divided twice", _ROW, ("x.T @ da", "x.T @ da / N")),
        Slip("transpose", "dW = xᵀ da, as W has D rows and H columns", ("x.T @ da", "da.T @ x")),
    ))


TASKS = [
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    SCORE,
    # ---- blind
]
