"""The descents of lessons 01 and 05: a neuron on the zeros and ones of the digits, its bowl,
schedules against noise."""

from functools import cache, lru_cache

import numpy as np

from course_lib.data import load_digits
from course_lib.data.batches import batch_slices
from course_lib.optim.schedules import constant_schedule, cosine_schedule, step_schedule
from course_lib.rules.functions import sigmoid

# ---- one neuron ----------------------------------------------------------------------------------------------

def zeros_and_ones():
    """Ink in the middle four pixels of real zeros and ones, from 0 to 1, and t = 1 for the ones."""
    digits = load_digits()
    two = digits.t_train < 2
    images = digits.x_train[two].reshape(-1, 8, 8)
    x = images[:, 3:5, 3:5].mean(axis=(1, 2))
    t = (digits.t_train[two] == 1).astype(float)
    return x, t


@cache
def _examples():
    return zeros_and_ones()


def loss_and_slope(w, b):
    """The mean squared error of the neuron y = s(wx + b) on the zeros and ones, and its derivatives by w and b."""
    x, t = _examples()
    y, _ = sigmoid(w * x + b)
    error = y - t
    delta = 2 * error * y * (1 - y)
    return (error * error).mean(), (delta * x).mean(), delta.mean()


# ---- a neuron without its sigmoid: a bowl --------------------------------------------------------------------

START = np.array([-0.5, -0.5])


@cache
def bowl():
    """Rows (ink, 1) of the zeros and ones, their targets, and the (w, b) with the least mean squared error."""
    ink, t = _examples()
    X = np.stack([ink, np.ones_like(ink)], axis=1)
    return X, t, np.linalg.lstsq(X, t, rcond=None)[0]


def excess(points):
    """The loss above its least value, for points of shape (..., 2): one (w, b) in each row.

    It is the mean of (X (p − best))², because at the lowest point the errors are at right angles to the columns of X.
    """
    X, _, best = bowl()
    away = points - best
    return (away @ (X.T @ X / len(X)) * away).sum(axis=-1)


def descents(B, lr, steps, rng, runs=1, start=START):
    """Several descents, each with its own random batches of B rows: points (steps + 1, runs, 2)."""
    X, t, _ = bowl()
    points = [np.tile(start, (runs, 1))]
    for k in range(1, steps + 1):
        rows = rng.integers(len(X), size=(runs, B))
        if B == len(X):
            rows[:] = np.arange(B)                      # all of them, once
        y = (X[rows] * points[-1][:, np.newaxis]).sum(axis=2)                   # (runs, B)
        g_B = 2 / B * ((y - t[rows])[:, :, np.newaxis] * X[rows]).sum(axis=1)   # (runs, 2)
        points.append(points[-1] - (lr(k) if callable(lr) else lr) * g_B)
    return np.array(points)


def shuffled_descents(size, lr, updates, rng, runs=1, start=START):
    """Descents with batches of ``size`` from shuffled data, each with its own order: points (updates + 1, runs, 2).

    Rows left over join the batch before them, as in ``Batches``: an end after a step on one image would say more about
    that image than about the size. Who gets further out than 1e6 stays there.
    """
    X, t, _ = bowl()
    points, parts = [np.tile(start, (runs, 1))], []
    for _ in range(updates):
        if not parts:
            orders = np.tile(np.arange(len(X)), (runs, 1))
            orders = rng.permuted(orders, axis=1) if size < len(X) else orders
            parts = batch_slices(len(X), size, "merge")
        rows, p = orders[:, parts.pop(0)], points[-1]
        x = X[rows]                                                             # (runs, B, 2)
        error = (x * p[:, np.newaxis]).sum(axis=2) - t[rows]
        moved = p - lr * 2 * (error[:, :, np.newaxis] * x).mean(axis=1)
        points.append(np.where(left_the_bowl(p)[:, np.newaxis], p, moved))
    return np.array(points)


def floor(lr, B):
    """The noise floor (5.7) of batches of B independent draws: summed over both directions of the bowl, and short."""
    X, t, best = bowl()
    pulls = 2 * (X @ best - t)[:, np.newaxis] * X               # gradients at the lowest point
    curvatures, directions = np.linalg.eigh(2 * X.T @ X / len(X))
    scatter = ((pulls @ directions) ** 2).mean(axis=0)          # σ² along each direction
    return (lr * scatter / (2 * B * (2 - lr * curvatures))).sum(), lr * scatter.sum() / (4 * B)


def left_the_bowl(points):
    """For points (..., 2): is it so far out that it will not come back?"""
    return np.abs(points).sum(axis=-1) > 1e6


# ---- schedules against noise ---------------------------------------------------------------------------------

STEPS, RUNS = 300, 400
W0 = 4.0                                # where all descents start


def scheduled_rates(name, lr, warmup):
    """The rates of updates 1 … STEPS: a straight rise over ``warmup`` updates, then the one of ``schedules``."""
    if name == "cosine":                                # which comes down to 0 at STEPS all the same
        schedule = cosine_schedule(lr, STEPS, warmup=warmup)
    else:
        after = schedules(lr)[name]

        def schedule(k):
            return lr * k / warmup if k <= warmup else after(k - warmup)
    return np.array([schedule(k) for k in range(1, STEPS + 1)])


def one_over(lr, s):
    """The schedule that is halved after s updates, to a third after 2s, ..."""
    return lambda k: lr / (1 + (k - 1) / s)             # (5.11)


def schedules(lr):
    """The four schedules of lesson 05, all from the rate ``lr``."""
    return {"constant": constant_schedule(lr), "step": step_schedule(lr, 100),
            "cosine": cosine_schedule(lr, 300), "one over k": one_over(lr, 30)}


@lru_cache(maxsize=4)
def _noise(draw):
    return np.random.default_rng(draw).normal(size=(STEPS, RUNS))


def loss_of(w, walls):
    """½ w², plus ¼ w⁴ if there are steep walls."""
    return 0.5 * w * w + (0.25 * w ** 4 if walls else 0)


def noisy_descents(rates, walls, draw=4):
    """Losses (STEPS + 1, RUNS) of descents on ``loss_of`` with these rates and noisy gradients;
    infinite from where one is thrown out."""
    w, losses = np.full(RUNS, W0), np.empty((STEPS + 1, RUNS))
    losses[0] = loss_of(w, walls)
    for k, (lr_k, noise) in enumerate(zip(rates, _noise(draw)), start=1):
        out = np.abs(w) > 100
        slope = w + w * w * w if walls else w
        w = np.where(out, w, w - lr_k * (slope + noise))            # who is out stays out
        losses[k] = np.where(np.abs(w) > 100, np.inf, loss_of(w, walls))
    return losses
