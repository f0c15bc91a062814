"""What the explorers of lesson 09 run: a neuron unrolled in time, products of Jacobians against the lag,
a unit that knows brackets."""

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from course_lib import initializers
from course_lib.rules.functions import identity, relu, tanh
from course_lib.rules.recurrent import lstm, rnn, rnn_cell, unroll

# ---- one neuron, unrolled -------------------------------------------------------------------------------------

XS = (0.5, -1.0, 0.8, 0.3, -0.6, 1.0)
T = len(XS)
INPUT_WEIGHT, BIAS, TARGET = 0.9, 0.1, 1.0


class Unrolled(NamedTuple):
    """Forward and back through all steps: states h0 … hT, local Jacobians, dh0 … dhT,
    the payments (dw, du, db) of each step,
    the loss. Jacobians and payments belong to steps 1 … T and stand at those places, place 0 is empty."""

    h: list
    jacobians: list
    dh: list
    payments: list
    loss: float


def neuron_through_time(u, every):
    """``Unrolled`` for the recurrent weight u; the loss looks at every state, or at the last one only."""
    h, slopes = [0.0], [None]
    for x in XS:
        y, backward = tanh(INPUT_WEIGHT * x + u * h[-1] + BIAS)
        h.append(y)
        slopes.append(backward(1.0))
    heard = range(1, T + 1) if every else (T,)                      # the steps that the loss looks at
    loss = sum((h[t] - TARGET) ** 2 for t in heard)
    dh, payments = [2 * (h[t] - TARGET) if t in heard else 0.0 for t in range(T + 1)], [None] * (T + 1)
    for t in range(T, 0, -1):
        da = dh[t] * slopes[t]
        payments[t] = (da * XS[t - 1], da * h[t - 1], da)
        dh[t - 1] += da * u
    return Unrolled(h, [s and s * u for s in slopes], dh, payments, loss)


# ---- a gradient against the time lag --------------------------------------------------------------------------

UNITS, LAGS = 32, 100
ACTIVATIONS = {"no tanh": identity, "tanh": tanh, "ReLU": relu}


@cache
def recurrence(start):
    """A matrix with spectral radius 1: random, orthogonal or the identity."""
    rng = np.random.default_rng(9)
    if start == "identity":
        return np.eye(UNITS)
    if start == "orthogonal":
        return initializers.orthogonal(rng, (UNITS, UNITS))
    U = rng.normal(size=(UNITS, UNITS))
    return U / np.abs(np.linalg.eigvals(U)).max()


def jacobian_norms(U, activation, inputs, lags=None):
    """Run h ← f(x + h U) over all inputs (T, H), then multiply its Jacobians from the last step back.

    Returns the norms of the products over 1, 2, … T steps, or over those in ``lags`` only, and the slopes f′ (T, H) on
    the way: lesson 09, equation (9.7).
    """
    h, slopes = np.zeros(len(U)), np.empty_like(inputs)
    for t, x in enumerate(inputs):
        h, backward = activation(x + h @ U)
        slopes[t] = backward(np.ones_like(h))
    J, products = np.eye(len(U)), []
    for lag, s in enumerate(slopes[::-1], start=1):
        J = (J * s) @ U.T
        if lags is None or lag in lags:
            products.append(J)
    return np.linalg.norm(np.array(products), 2, axis=(1, 2)), slopes


def with_radius(U, radius):
    """U, scaled to a spectral radius."""
    return U * (radius / np.abs(np.linalg.eigvals(U)).max())


def gaussian(radius, n=50):
    """``make(rng)``: a random matrix (n, n), scaled to a spectral radius."""
    return lambda rng: with_radius(rng.normal(size=(n, n)), radius)


def drawn(make, activation, lags, draws=20):
    """The norms of ``jacobian_norms`` at these lags for many draws of U and of the inputs: (draws, lags)."""
    found = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        U, inputs = make(rng), 0.1 * rng.normal(size=(100, 50))      # T = 100 steps
        found.append(jacobian_norms(U, activation, inputs, lags)[0])
    return np.array(found)


def truncation_errors(radius, windows, draws=5, T=80, N=4, D=3, H=32):
    """The relative error of dU when the way back is cut into windows, for many draws: (draws, windows)."""
    errors = np.empty((draws, len(windows)))
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        W, b, U = rng.normal(size=(D, H)), np.zeros(H), rng.normal(size=(H, H))
        args = rng.normal(size=(T, N, D)), np.zeros((N, H)), W, with_radius(U, radius), b
        dhs = rng.normal(size=(T, N, H))                    # the loss looks at every state
        exact = rnn(*args)[1](dhs)[3]
        for i, window in enumerate(windows):
            dU = unroll(rnn_cell, *args, window=window)[1](dhs)[3]
            errors[seed, i] = np.linalg.norm(dU - exact) / np.linalg.norm(exact)
    return errors


@lru_cache(maxsize=512)                 # each takes a hundred norms: the curves of other activations are drawn along
def lag_curve(start, activation, radius):
    """Norms of the products of 1, 2, … LAGS Jacobians, and the mean slope on the way."""
    inputs = 0.1 * np.random.default_rng(9).normal(size=(LAGS, UNITS))
    norms, slopes = jacobian_norms(radius * recurrence(start), ACTIVATIONS[activation], inputs)
    return norms, float(slopes.mean())


# ---- one LSTM unit --------------------------------------------------------------------------------------------

def symbols_as_rows(content):
    """Each character as one of four kinds: opening bracket, closing bracket, letter, anything else."""
    kinds = [0 if c == "(" else 1 if c == ")" else 2 if c.isalpha() else 3 for c in content]
    return np.eye(4)[kinds]


def bracket_weights(forget):
    """One LSTM unit, set by hand. Rows: ( ) letter other; columns: i, f, g, o. It does not look at its own state."""
    W = np.array([[6.0, 0.0, 4.0, -6.0],            # ( writes 1, and nothing is shown
                  [-6.0, -6.0 - forget, 0.0, -6.0],     # ) closes the forget gate: the memory is emptied
                  [-6.0, 0.0, 0.0, 6.0],            # a letter writes nothing, and lets the memory be shown
                  [-6.0, 0.0, 0.0, -6.0]])
    return W, np.zeros((1, 4)), np.array([0.0, forget, 0.0, 0.0])


def bracket_unit(content, forget):
    """Gates (len(content), 4), memory c, output h, all along a text read by the unit with ``bracket_weights``."""
    xs = symbols_as_rows(content)[:, np.newaxis]
    W, U, b = bracket_weights(forget)
    states, _ = lstm(xs, np.zeros((2, 1, 1)), W, U, b)
    z = xs[:, 0] @ W + b
    gates = 0.5 * np.tanh(0.5 * z) + 0.5
    gates[:, 2] = np.tanh(z[:, 2])
    return gates, states[:, 1, 0, 0], states[:, 0, 0, 0]


def memory_gradient(f, now):
    """∂c(now)/∂c(then) for every earlier time: the product of the forget gates f in between; 0 later."""
    gradient = np.zeros(len(f))
    gradient[now] = 1.0
    for t in range(now, 0, -1):
        gradient[t - 1] = gradient[t] * f[t]
    return gradient
