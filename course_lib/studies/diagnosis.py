"""Trainings with faults, to be told from a few measurements (lesson 07): five real ones, and made-up ones.

A training is ``(delta_ratio, dead_share, train, valid)``: |δ| of the first layer by that of the last, the share of the
first layer's units that are dead, both before the training; the losses after each epoch.
"""

from functools import cache

import numpy as np

from course_lib import initializers
from course_lib.data import Batches, load_digits
from course_lib.layers import Dense, ReLU, Sequential, Sigmoid
from course_lib.metrics import error_signals
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.training import predict, training

FAULTS = ("exploding", "dead units", "vanishing", "overfitting", "too slow", "healthy")         # the first one counts
FIVE = {"A": "dead units", "B": "overfitting", "C": "vanishing", "D": "too slow", "E": "exploding"}
ROWS = 200                              # digits to train with, and as many to validate


def _measured(net, seed, lr, x, t, valid, *, epochs=20, momentum=0.9):
    deltas, _ = error_signals(net, x, softmax_cross_entropy(net(x)[0], t)[1]())
    first, activation = net.layers[:2]
    dead = float((first(x)[0] <= 0).all(axis=0).mean()) if isinstance(activation, ReLU) else 0.0
    batches, losses = Batches(x, t, 50, rng=np.random.default_rng(seed)), []
    optimizer, both = SGD(net.params, lr=lr, momentum=momentum), np.concatenate([x, valid[0]])
    for _, step, _ in training(net, softmax_cross_entropy, optimizer, batches, epochs):
        if step % len(batches) == 0:
            outputs = np.split(predict(net, both), [len(x)])
            losses.append([softmax_cross_entropy(y, labels)[0] for y, labels in zip(outputs, (t, valid[1]))])
    return float(deltas[0] / deltas[-1]), dead, *np.array(losses, float).T


@cache
def five_trainings():
    """``{"A": training, ...}``, each with the fault that ``FIVE`` names."""
    digits, rng, found = load_digits(dtype=np.float32), np.random.default_rng(4), {}
    (x, valid), (t, valid_t) = (np.split(a[:2 * ROWS], 2) for a in (digits.x_train, digits.t_train))
    valid = valid, valid_t

    def net(depth, width, activation, init, scale=1.0):
        sizes, options = [64] + [width] * depth, {"rng": rng, "dtype": np.float32}
        layers = [part for a, b in zip(sizes, sizes[1:]) for part in (Dense(a, b, init=init, **options), activation())]
        for layer in layers[::2]:
            layer.W.data *= np.float32(scale)
        return Sequential(*layers, Dense(width, 10, **options))
    with np.errstate(all="ignore"):
        shut = net(1, 60, ReLU, initializers.he)
        shut.layers[0].b.data[:] = -5.0
        found["A"] = _measured(shut, 1, 0.1, x, t, valid)
        wrong = np.where(rng.random(ROWS) < 0.2, rng.integers(10, size=ROWS), t)
        found["B"] = _measured(net(1, 200, ReLU, initializers.he), 2, 0.1, x, wrong, valid, epochs=40)
        found["C"] = _measured(net(12, 30, Sigmoid, initializers.glorot), 3, 0.1, x, t, valid)
        found["D"] = _measured(net(1, 60, ReLU, initializers.he), 4, 0.0005, x, t, valid, momentum=0.0)
        found["E"] = _measured(net(12, 30, ReLU, initializers.he, scale=2.5), 5, 1e-4, x, t, valid)
    return found


# start of the losses, |δ| of the first layer by that of the last: usual, growing, vanishing; dead units: few, most
LEVELS = ((2.3, 1.0, 1e5, 1e-7, 0.1, 0.9), (0.5, 60.0, 3e3, 1e-14, 0.3, 0.7), (10.0, 0.02, 1e9, 3e-4, 0.0, 1.0))


def made_up(fault, rng):
    """Trainings with this fault: all signs it may have, beside signs of faults that come later in ``FAULTS``, and
    beside what is no sign at all, such as a wide gap between the losses, or a low start."""
    for start, usual, growing, vanishing, few, most in LEVELS:
        k = np.linspace(0, 1, int(rng.integers(15, 30)))
        low, turn, late = rng.uniform(0.25, 0.35), rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.9)
        flat, fall = 1 - rng.uniform(0.05, 0.07) * k, 0.9 * np.exp(-k / 0.15) + 0.1
        since = np.maximum(k - turn, 0) / (1 - turn)    # the turn, from 0 to 1
        nan, inf = (np.where(k < late, flat, odd) for odd in (np.nan, np.inf))
        slow, good, near = (flat, flat), (fall, fall * (1 - low) + low), (fall, fall + 0.1)
        wide = fall, (fall / 3 + 0.65) * (1 + 0.03 * since)
        bump = fall, fall ** 3 + low + 0.01 * k + np.exp(-((k - 0.7) / 0.08) ** 2)
        blind, worse, up = (fall ** 2, flat), (flat, 1 + 0.5 * k), (1 + 2 * k, 1 + 3 * k)
        rise, soar = ((fall, np.exp(-k / 0.08) * (1 - low) + low * (1 + height * since)) for height in (0.5, 3.0))
        kinds = {
            "exploding": [(growing, few, slow), (usual, few, (nan, nan)), (usual, few, (fall, nan)),
                          (usual, few, (fall, inf)), (usual, most, (inf, flat)),
                          (vanishing, few, (inf, inf)), (growing, most, good), (np.inf, few, good)],
            "dead units": [(usual, most, slow), (0.0, most, slow), (vanishing, most, soar), (usual, most, good)],
            "vanishing": [(vanishing, few, slow), (vanishing, few, soar), (vanishing, few, good),
                          (0.0, few, slow)],
            "overfitting": [(usual, few, rise), (usual, few, soar)],
            "too slow": [(usual, few, slow), (usual, few, worse), (usual, few, up)],
            "healthy": [(usual, few, curves) for curves in (good, wide, near, bump, blind)]}[fault]
        for ratio, dead, curves in kinds:
            yield ratio, dead, *(start * np.array(curves) * np.exp(0.005 * rng.normal(size=(2, len(k)))))
