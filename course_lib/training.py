"""Training: five lines for one step, and a generator for many.

``training`` yields after every step, so that a plot, a progress bar, a stop button or early stopping are an
ordinary ``for`` loop around it; leave the loop, and the network keeps what it has learnt.
"""

import sys
from types import ModuleType

import numpy as np

from course_lib.rules.labels import as_numbers, labels


def train_step(net, loss, optimizer, x, t, *, penalty=None):
    """One step: forward, loss, backward, update. Returns the loss before the update, with the penalty (``training``).

    A function, so that the backward (which keeps every activation alive) is gone when it returns.
    """
    y, backward = net(x)
    value, loss_backward = loss(y, t)
    optimizer.zero_grad()
    backward(loss_backward(), input_grad=False)         # x is data: nobody needs its gradient
    if penalty is not None:
        value = value + _number(penalty(net))
    optimizer.step()
    return value


def _number(value):
    if value is None or np.ndim(value) or np.asarray(value).dtype.kind not in "biuf":
        raise TypeError("train_step: penalty(net) must add its gradient to the parameters' and return its value, a "
                        f"number, got {value!r}")
    return value


def training(net, loss, optimizer, batches, epochs, *, penalty=None):
    """Yield ``(epoch, step, loss)`` after each update, counting epochs and steps from 1.

    ``batches`` is anything that can be read once an epoch and gives pairs (x, t), such as ``Batches``. x has the dtype
    of the parameters; a network that begins with an Embedding reads whole numbers.

    ``penalty(net)`` is called after each backward: it adds its gradient to the parameters' (``p.add_grad``) and returns
    its value, a number that is added to the loss. ½ λ Σ p², for example, whose gradient is λ p:

        def penalty(net):
            for p in net.params:
                p.add_grad(strength * p.data)
            return 0.5 * strength * sum((p.data ** 2).sum() for p in net.params)
    """
    if not isinstance(epochs, (int, np.integer)) or epochs < 0:
        raise ValueError(f"training: epochs must be a whole number, 0 or more, got {epochs!r}")
    if _time_first(net) and getattr(batches, "axis", 1) == 0:
        raise ValueError("training: the network reads sequences, time first (T, N, ...), and these batches are cut "
                         "along time; say Batches(x, t, size, axis=1, rng=rng)")
    step = 0
    for epoch in range(1, epochs + 1):
        before = step
        for x, t in batches:
            x = as_numbers("training", "x", x)
            if step == 0:
                _check_dtype(net, x)
            step += 1
            yield epoch, step, train_step(net, loss, optimizer, x, t, penalty=penalty)
        if step == before:
            raise ValueError(f"training: there were no batches in epoch {epoch}; a generator can be read only once: "
                             "pass Batches(x, t, size, rng=rng), or a list")


def _check_dtype(net, x):
    """float32 times float64 computes in float64 without a word, at half the speed. Symbols are only looked up."""
    dtype = _dtype(net, x.dtype)
    if x.dtype != dtype and not (x.dtype.kind in "iu" and _reads_symbols(net)):
        raise ValueError(f"training: x is {x.dtype}, but the parameters are {dtype}; give both the same dtype, for "
                         f"example load_digits(dtype=np.{dtype}), or x.astype(np.{dtype})")


def predict(net, x, batch_size=1024, *, axis=None):
    """The network's outputs for all of x, in inference mode and in batches, so that memory stays bounded.

    ``axis`` is the batch axis of x: 0 for rows, 1 for sequences, time first, whose time is never cut. By default it is
    what the network's layers read (``Layer.time_first``).

    Shapes: x (N, ...)  ->  (N, ...); axis 1: x (T, N, ...)  ->  (T, N, ...), or (N, K) where a sequence has one answer
    """
    from course_lib.layers import inference  # here: import course_lib loads no layers
    x, axis = as_numbers("predict", "x", x), int(bool(_time_first(net))) if axis is None else axis
    if axis not in (0, 1) or x.ndim <= axis or 0 in x.shape[:axis + 1]:
        raise ValueError("predict: x must have shape (N, ...) with axis 0, (T, N, ...) with axis 1, and hold at least "
                         f"one row, got {x.shape} and axis {axis!r}")
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"predict: batch_size must be a positive whole number, got {batch_size!r}")
    if x.dtype.kind in "biu" and not _reads_symbols(net):
        x = x.astype(_dtype(net, float))                # bytes would wrap around
    n = x.shape[axis]
    parts = [slice(i, i + batch_size) for i in range(0, n, batch_size)]
    with inference(net):
        ys = [net(x[(slice(None),) * axis + (part,)])[0] for part in parts]
    axis = axis if np.ndim(ys[0]) > 2 else 0            # one answer for each sequence
    if len(ys) > 1 and any(np.shape(y)[axis:axis + 1] != (len(range(n)[part]),) for part, y in zip(parts, ys)):
        raise ValueError(f"predict: the network's outputs {np.shape(ys[0])} have no batch axis {axis}; say axis=0 or "
                         "axis=1, the batch axis of x")
    return np.concatenate(ys, axis=axis) if len(ys) > 1 else ys[0]


def evaluate(net, x, t, *, axis=None):
    """The share of right answers, between 0 and 1: the largest output stands at the label, or, where the network has
    one output, it is above 0 for label 1 and not for label 0.

    Shapes: x (N, ...), t (N,), or all else that ``labels`` reads: a column (N, 1), one-hot rows; with sequences, time
    first, x (T, N, ...) and t (T, N), or (N,) where a sequence has one answer. ``axis`` is that of ``predict``.
    """
    y = predict(net, x, axis=axis)
    y = y[:, np.newaxis] if y.ndim == 1 else y
    if y.ndim > 3 or y.ndim == 3 and not (_time_first(net) if axis is None else axis):
        raise ValueError(f"evaluate: the network must give one row of outputs for each example, (N, K), got {y.shape}; "
                         "a Flatten before the last layer, or axis=1 for sequences, time first")
    t = labels("evaluate", t, y.shape[:-1], max(y.shape[-1], 2))
    broken = np.isnan(y).any(axis=-1)
    if broken.any():
        raise ValueError(f"evaluate: the outputs of {broken.sum()} of {broken.size} examples hold NaN, which is no "
                         "answer; did the training diverge (a smaller learning rate), or does x hold NaN?")
    return float(((y.argmax(axis=-1) if y.shape[-1] > 1 else y[..., 0] > 0) == t).mean())


def _walk(net):
    """All layers of a network; of any other function, nothing is known."""
    return net.walk() if hasattr(net, "walk") else ()


def _time_first(net):
    """What the first layer that cares says: True for sequences (T, N, ...), False for rows, None if none does."""
    return next((told for layer in _walk(net) if (told := getattr(layer, "time_first", None)) is not None), None)


def _reads_symbols(net):
    return any(getattr(layer, "symbols", False) for layer in _walk(net))


def _dtype(net, default):
    return next((p.data.dtype for p in getattr(net, "params", ())), default)


class History:
    """What happened in a training: ``history.add(step=…, loss=…)``, then ``history["loss"]`` as an array.

    Before the first entry each column is empty: a training may be stopped before it.
    """

    def __init__(self):
        self.columns = {}

    def add(self, **values):
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)

    def __getitem__(self, name):
        if not self.columns:
            return np.array([])
        if name not in self.columns:
            raise KeyError(f"History: nothing called {name!r} was added; there are {sorted(self.columns)}")
        return np.array(self.columns[name])

    def __len__(self):
        return max(map(len, self.columns.values()), default=0)

    def __repr__(self):
        return f"History({', '.join(self.columns)}; {len(self)} entries)"


class _Module(ModuleType):
    """This module, which can also be called as its function ``training``.

    ``course_lib.training`` must be two things: a module, since this file has that name, and the function that every
    lesson imports from the package. ``__wrapped__`` leads ``inspect``, and so ``show_source``, to the function.
    """

    __wrapped__ = staticmethod(training)

    def __call__(self, net, loss, optimizer, batches, epochs, *, penalty=None):
        return training(net, loss, optimizer, batches, epochs, penalty=penalty)


sys.modules[__name__].__class__ = _Module
