"""Training on words: all layers, the last one alone, and as the stored networks were trained."""

import numpy as np

from course_lib.optim.first_order import AdamW
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.commands.augmentation import AugmentedBatches
from course_lib.studies.commands.networks import sliding_network
from course_lib.training import training


def command_training(net, batches, epochs, lr=3e-3, weight_decay=0.02):
    """Train ``net`` with AdamW and a cosine: a generator of (epoch, step, loss), of ``epochs * len(batches)`` steps."""
    optimizer = AdamW(net.params,
                      lr=cosine_schedule(lr, epochs * len(batches), warmup=min(20, epochs * len(batches) // 10)),
                      weight_decay=weight_decay)
    return training(net, softmax_cross_entropy, optimizer, batches, epochs)


def take_steps(net, batches, steps, *, lr=3e-3, params=None, weight_decay=0.02):
    """Exactly ``steps`` updates with AdamW and a cosine: a generator of (epoch, step, loss), whatever the number of
    batches. ``params`` are those to train, all if not given."""
    schedule = cosine_schedule(lr, steps, warmup=min(20, steps // 10))
    optimizer = AdamW(net.params if params is None else params, lr=schedule, weight_decay=weight_decay)
    for done in training(net, softmax_cross_entropy, optimizer, batches, -(-steps // len(batches))):
        yield done
        if done[1] == steps:
            return


def few_of_each(t, k, rng):
    """Rows of k examples of each label, drawn at random (all where there are fewer)."""
    return np.concatenate([rng.permutation(np.flatnonzero(t == label))[:k] for label in np.unique(t)])


def trained_network(x, t, classes, seed, *, none=None, steps=1200, copies=8, maps=64):
    """A ``sliding_network`` trained on augmented copies of prepared words x with labels t.

    With sounds ``none`` that are no word, prepared too, it has one output more, the last: "no word".
    """
    rng = np.random.default_rng(seed)
    if none is not None:
        x, t = np.concatenate([x, none]), np.concatenate([t, np.full(len(none), classes)])
    batches = AugmentedBatches(x, t, copies=copies, last="merge", rng=rng)
    net = sliding_network(classes + (none is not None), rng=rng, maps=maps)
    for _ in command_training(net, batches, max(1, round(steps / len(batches)))):
        pass
    return net
