"""Training: five lines for one step, and a generator for many.

``training`` yields after every step, so that a plot, a progress bar, a stop button or early stopping are an
ordinary ``for`` loop around it; leave the loop, and the network keeps what it has learnt.
"""

import sys
from types import ModuleType

import numpy as np


def train_step(net, loss, optimizer, x, t):
    """One step: forward, loss, backward, update. Returns the loss before the update.

    A function, so that the backward (which keeps every activation alive) is gone when it returns.
    """
    y, backward = net(x)
    value, loss_backward = loss(y, t)
    optimizer.zero_grad()
    backward(loss_backward(), input_grad=False)         # x is data: nobody needs its gradient
    optimizer.step()
    return value


def training(net, loss, optimizer, batches, epochs):
    """Yield ``(epoch, step, loss)`` after each update, counting epochs and steps from 1.

    ``batches`` is anything that can be read once an epoch and gives pairs (x, t), such as ``Batches``.
    """
    if not isinstance(epochs, (int, np.integer)) or epochs < 0:
        raise ValueError(f"training: epochs must be a whole number, 0 or more, got {epochs!r}")
    step = 0
    for epoch in range(1, epochs + 1):
        before = step
        for x, t in batches:
            if step == 0:
                _check_dtype(net, x)
            step += 1
            yield epoch, step, train_step(net, loss, optimizer, x, t)
        if step == before:
            raise ValueError(f"training: there were no batches in epoch {epoch}; a generator can be read only once: "
                             "pass Batches(x, t, size, rng=rng), or a list")


def _check_dtype(net, x):
    """float32 times float64 computes in float64 without a word, at half the speed."""
    dtype = next((p.data.dtype for p in net.params), x.dtype)
    if x.dtype != dtype:
        raise ValueError(f"training: x is {x.dtype}, but the parameters are {dtype}; "
                         f"give both the same dtype, for example load_digits(dtype=np.{dtype})")


def predict(net, x, batch_size=1024):
    """The network's outputs for all rows of x, in inference mode and in batches, so that memory stays bounded."""
    from course_lib.layers import inference  # here: import course_lib loads no layers
    with inference(net):
        return np.concatenate([net(x[i:i + batch_size])[0] for i in range(0, len(x), batch_size)])


def evaluate(net, x, t):
    """The share of rows of x whose largest output is at the label t, between 0 and 1."""
    if len(x) != len(t) or len(x) == 0:
        raise ValueError(f"evaluate: x and t must have the same length, at least 1, got {len(x)} and {len(t)}")
    return float((predict(net, x).argmax(axis=1) == t).mean())


class History:
    """What happened in a training: ``history.add(step=…, loss=…)``, then ``history["loss"]`` as an array."""

    def __init__(self):
        self.columns = {}

    def add(self, **values):
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)

    def __getitem__(self, name):
        if name not in self.columns:
            raise KeyError(f"History: nothing called {name!r} was added; there are {sorted(self.columns)}")
        return np.array(self.columns[name])

    def __len__(self):
        return max(map(len, self.columns.values()), default=0)

    def __repr__(self):
        return f"History({', '.join(self.columns)}; {len(self)} entries)"


class _Module(ModuleType):
    """This module, which can also be called as its function ``training``.

    ``course_lib.training`` must be two things: a module, since this file has that name, and the function that every lesson
    imports from the package. ``__wrapped__`` leads ``inspect``, and so ``show_source``, to the function.
    """

    __wrapped__ = staticmethod(training)

    def __call__(self, net, loss, optimizer, batches, epochs):
        return training(net, loss, optimizer, batches, epochs)


sys.modules[__name__].__class__ = _Module
