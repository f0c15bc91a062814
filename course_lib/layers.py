"""Layers: a rule plus its parameters. ``y, backward = layer(x)``, the same protocol as a rule.

Nothing is kept on the layer between forward and backward: each call has its own closure, so a layer may be
called twice, or shared, and every backward still belongs to its own forward. (Two layers know whether they are in
training: Dropout, and BatchNorm, which also keeps running averages. ``with inference(net)`` is the switch.)
"""

import inspect
from contextlib import contextmanager

import numpy as np

from course_lib import initializers
from course_lib.graph import Parameter, apply
from course_lib.rules import convolution, fixed_point, functions, recurrent


class Layer:
    """A rule and its parameters.

    ``y, backward = layer(x)``; ``backward(dy)`` returns dx and adds to each parameter's ``grad``.
    A subclass sets ``rule`` (inputs: x, then the parameters in the order of the attributes).
    """

    rule = None
    training = True                                     # False inside ``with inference(net)``
    running = ()                                        # arrays that training keeps up to date, without gradients

    @property
    def params(self):
        """The attributes that are Parameters, in the order in which they were set."""
        return [p for p in vars(self).values() if isinstance(p, Parameter)]

    def walk(self):
        """This layer, and all layers inside it."""
        yield self

    def __call__(self, x):
        params = self.params
        y, rule_backward = self.rule(x, *[p.data for p in params])

        def backward(dy, input_grad=True):
            skip = not input_grad and _can_skip(rule_backward)
            grads = rule_backward(dy, input_grad=False) if skip else rule_backward(dy)
            dx, *dparams = grads if params else (grads,)
            for p, grad in zip(params, dparams, strict=True):
                p.add_grad(grad)                        # a layer used twice: gradients add up
            return dx if input_grad else None
        return y, backward

    def trace(self, x):
        """The same layer on the graph: a Tensor in, a Tensor out."""
        return apply(self.rule, x, *self.params)

    def __repr__(self):
        return f"{type(self).__name__}()"


def _can_skip(backward):
    """Does this backward offer ``input_grad=False`` (the fifth sentence of the protocol)?"""
    code = getattr(getattr(backward, "__wrapped__", backward), "__code__", None)
    if code is None:                                    # another callable object or a partial: ask slowly
        return "input_grad" in inspect.signature(backward).parameters
    return "input_grad" in code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]


def need_generator(name, rng):
    """A clear error if ``rng`` is not a generator of random numbers; ``name`` is who needs it."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{name}: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
                        "make one with np.random.default_rng(0)")


class Dense(Layer):
    """A fully connected layer, y = x W + b, with the rule ``affine``.

    Shapes: x (N, n_in), W (n_in, n_out), b (n_out,)  ->  y (N, n_out)
    ``init`` draws W (``initializers``); b starts at zero.
    """

    rule = staticmethod(functions.affine)

    def __init__(self, n_in, n_out, *, rng, init=initializers.glorot, dtype=np.float64):
        for name, n in (("n_in", n_in), ("n_out", n_out)):
            if not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"Dense: {name} must be a positive whole number, got {n!r}")
        need_generator("Dense", rng)
        self.W = Parameter(init(rng, (n_in, n_out), dtype), "W")
        self.b = Parameter(np.zeros(n_out, dtype), "b")

    def __repr__(self):
        return "Dense({}, {})".format(*self.W.data.shape)


class Activation(Layer):
    """A layer without parameters that applies one elementwise rule."""


class Sigmoid(Activation):
    """The logistic sigmoid as a layer."""
    rule = staticmethod(functions.sigmoid)


class Tanh(Activation):
    """The hyperbolic tangent as a layer."""
    rule = staticmethod(functions.tanh)


class ReLU(Activation):
    """The rectifier as a layer."""
    rule = staticmethod(functions.relu)


class LeakyReLU(Activation):
    """The leaky rectifier as a layer."""

    def __init__(self, slope=0.01):
        self.slope = slope

    def rule(self, x):
        return functions.leaky_relu(x, self.slope)


class GELU(Activation):
    """The Gaussian error linear unit as a layer."""
    rule = staticmethod(functions.gelu)


class Flatten(Layer):
    """Images (N, ...) to rows (N, D)."""

    def rule(self, x):
        return functions.reshape(x, (len(x), -1))


class BatchNorm(Layer):
    """Batch normalisation of n features (or channels), with the rule ``batch_norm``.

    Shapes: x (N, n) or (N, n, H, W), gamma (n,), beta (n,)  ->  y (shape of x)

    In training the batch's own mean and variance are used, and running averages are kept:
    running ← (1 − momentum) running + momentum (the batch's, the variance with n − 1), as in PyTorch.
    Inside ``with inference(net)`` the running averages are used, so that an answer does not depend on its neighbours.
    """

    def __init__(self, n, *, momentum=0.1, eps=1e-5, dtype=np.float64):
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm: momentum must lie in [0, 1], got {momentum}")
        self.gamma = Parameter(np.ones(n, dtype), "gamma")
        self.beta = Parameter(np.zeros(n, dtype), "beta")
        self.running = (np.zeros(n, dtype), np.ones(n, dtype))
        self.momentum, self.eps = momentum, eps

    def rule(self, x, gamma, beta):
        if not self.training:
            return functions.batch_norm(x, gamma, beta, self.eps, self.running)
        y, backward, (mean, variance) = functions.batch_norm_with_moments(x, gamma, beta, self.eps)
        n = x.size // len(gamma)
        for kept, new in zip(self.running, (mean.real, variance.real * (n / (n - 1)))):
            kept += self.momentum * (new - kept)
        return y, backward

    def __repr__(self):
        return f"BatchNorm({len(self.gamma.data)})"


class LayerNorm(Layer):
    """Layer normalisation over the last axis of n features, with the rule ``layer_norm``.

    Shapes: x (..., n), gamma (n,), beta (n,)  ->  y (..., n)
    """

    def __init__(self, n, *, eps=1e-5, dtype=np.float64):
        self.gamma = Parameter(np.ones(n, dtype), "gamma")
        self.beta = Parameter(np.zeros(n, dtype), "beta")
        self.eps = eps

    def rule(self, x, gamma, beta):
        return functions.layer_norm(x, gamma, beta, self.eps)

    def __repr__(self):
        return f"LayerNorm({len(self.gamma.data)})"


class Dropout(Layer):
    """Drops each entry with probability ``rate`` while training, with the rule ``dropout``; else passes x on."""

    def __init__(self, rate, *, rng):
        if not 0 <= rate < 1:
            raise ValueError(f"Dropout: rate must lie in [0, 1), got {rate}; it is the share that is dropped")
        need_generator("Dropout", rng)
        self.rate, self.rng = rate, rng

    def rule(self, x):
        if not self.training or self.rate == 0:
            return functions.identity(x)
        return functions.dropout(x, self.rng.random(x.shape, dtype=np.float32) >= self.rate, self.rate)

    def __repr__(self):
        return f"Dropout({self.rate})"


class Conv2D(Layer):
    """A convolution, y = x ⋆ K + b, with the rule ``conv2d``.

    Shapes: x (N, n_in, H, W), K (n_out, n_in, kh, kw), b (n_out,)  ->  y (N, n_out, Hout, Wout)
    ``size``, ``stride`` and ``padding`` are a number or a pair; ``init`` draws K; b starts at zero.
    """

    def __init__(self, n_in, n_out, size, *, stride=1, padding=0, rng, init=initializers.he, dtype=np.float64):
        kh, kw = size if isinstance(size, (tuple, list)) else (size, size)
        for name, n in (("n_in", n_in), ("n_out", n_out), ("size", kh), ("size", kw)):
            if not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"Conv2D: {name} must be a positive whole number, got {n!r}")
        need_generator("Conv2D", rng)
        self.stride, self.padding = stride, padding
        self.K = Parameter(init(rng, (n_out, n_in, kh, kw), dtype), "K")
        self.b = Parameter(np.zeros(n_out, dtype), "b")

    def rule(self, x, K, b):
        return convolution.conv2d(x, K, b, self.stride, self.padding)

    def __repr__(self):
        n_out, n_in, kh, kw = self.K.data.shape
        options = (f", stride={self.stride}" if self.stride != 1 else "") + (
            f", padding={self.padding}" if self.padding != 0 else "")
        return f"Conv2D({n_in}, {n_out}, {kh if kh == kw else (kh, kw)}{options})"


class MaxPool2D(Layer):
    """The maximum of each window, with the rule ``max_pool2d``; ``stride`` is the size of the window by default."""

    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride

    def rule(self, x):
        return convolution.max_pool2d(x, self.size, self.stride)

    def __repr__(self):
        return f"{type(self).__name__}({self.size}" + (f", stride={self.stride})" if self.stride is not None else ")")


class AvgPool2D(MaxPool2D):
    """The mean of each window, with the rule ``avg_pool2d``; ``stride`` is the size of the window by default."""

    def rule(self, x):
        return convolution.avg_pool2d(x, self.size, self.stride)


class Embedding(Layer):
    """A table of n rows of d numbers, one for each symbol, with the rule ``embedding``.

    Shapes: indices (any) of whole numbers 0 … n − 1  ->  y (any, d)
    """

    def __init__(self, n, d, *, rng, dtype=np.float64):
        need_generator("Embedding", rng)
        self.table = Parameter(rng.normal(size=(n, d)).astype(dtype, copy=False), "table")

    def rule(self, indices, table):
        y, table_backward = functions.embedding(table, indices)
        def backward(dy):
            return None, table_backward(dy)                 # whole numbers have no gradient
        return y, backward

    def trace(self, indices):
        return apply(functions.embedding, self.table, indices)

    def __repr__(self):
        return "Embedding({}, {})".format(*self.table.data.shape)


class Recurrent(Layer):
    """What RNN, LSTM and GRU share: a sequence (T, N, n_in), time first, to the states h (T, N, n_hidden).

    ``layer(xs)`` starts from zeros. ``layer.run(xs, state)`` starts from any state and returns all states, so that a
    long sequence can be read in pieces, or written symbol by symbol; ``layer.zero_state(N)`` is where to begin.
    """

    fused, gates = None, 1

    def __init__(self, n_in, n_hidden, *, rng, init=initializers.glorot, recurrent_init=initializers.orthogonal, dtype=np.float64):
        need_generator(type(self).__name__, rng)
        W = [init(rng, (n_in, n_hidden), dtype) for _ in range(self.gates)]         # each gate is a layer of its own
        self.W = Parameter(np.concatenate(W, axis=1), "W")
        self.U = Parameter(recurrent_init(rng, (n_hidden, self.gates * n_hidden), dtype), "U")
        self.b = Parameter(np.zeros(self.gates * n_hidden, dtype), "b")

    def zero_state(self, N):
        """The state before anything was read, for a batch of N sequences."""
        return np.zeros((N, len(self.U.data)), self.U.data.dtype)

    def run(self, xs, state):
        """``states, backward``: the rule of the layer from a given state; backward(dstates) gives dxs, dstate and the rest."""
        return self.fused(xs, state, *[p.data for p in self.params])

    def rule(self, xs, *params):
        if xs.ndim != 3:
            raise ValueError(f"{type(self).__name__}: xs must have shape (T, N, D), time first, got {xs.shape}")
        hs, through = self.fused(xs, self.zero_state(xs.shape[1]), *params)
        def backward(dhs, input_grad=True):
            dxs, _, *dparams = through(dhs, input_grad)
            return dxs, *dparams
        return hs, backward

    def __repr__(self):
        return f"{type(self).__name__}({self.W.data.shape[0]}, {len(self.U.data)})"


class RNN(Recurrent):
    """A plain recurrent layer, with the rule ``rnn``. ``activation`` is ``tanh`` or ``relu``."""

    def __init__(self, n_in, n_hidden, *, activation=functions.tanh, **settings):
        super().__init__(n_in, n_hidden, **settings)
        self.activation = activation

    def fused(self, xs, state, *params):
        return recurrent.rnn(xs, state, *params, activation=self.activation)


class LSTM(Recurrent):
    """A long short-term memory, with the rule ``lstm``. The forget gate's bias starts at 1: at first it remembers."""

    fused, gates = staticmethod(recurrent.lstm), 4

    def __init__(self, n_in, n_hidden, **settings):
        super().__init__(n_in, n_hidden, **settings)
        self.b.data[n_hidden:2 * n_hidden] = 1              # Jozefowicz, Zaremba, Sutskever (2015), ICML

    def zero_state(self, N):
        return np.stack([super().zero_state(N)] * 2)

    def rule(self, xs, *params):
        states, through = super().rule(xs, *params)
        def backward(dhs, input_grad=True):
            return through(np.stack([dhs, np.zeros_like(dhs)], axis=1), input_grad)
        return states[:, 0], backward


class GRU(Recurrent):
    """A gated recurrent unit, with the rule ``gru``."""

    fused, gates = staticmethod(recurrent.gru), 3

    def __init__(self, n_in, n_hidden, **settings):
        super().__init__(n_in, n_hidden, **settings)
        self.c = Parameter(np.zeros_like(self.b.data[:n_hidden]), "c")


class EachStep(Layer):
    """A layer for single examples, used at every time of a sequence: (T, N, ...) is read as a batch of T N examples."""

    def __init__(self, layer):
        self.layer = layer

    @property
    def params(self):
        """Those of the layer inside."""
        return self.layer.params

    def walk(self):
        yield self
        yield from self.layer.walk()

    def __call__(self, xs):
        T, N = xs.shape[:2]
        rows, through = self.layer(xs.reshape(T * N, *xs.shape[2:]))
        y, to_rows = functions.reshape(rows, (T, N, *rows.shape[1:]))

        def backward(dy, input_grad=True):
            dx = through(to_rows(dy), input_grad=input_grad)
            return dx.reshape(xs.shape) if input_grad else None
        return y, backward

    def trace(self, xs):
        T, N = xs.data.shape[:2]
        y = self.layer.trace(apply(functions.reshape, xs, shape=(T * N, *xs.data.shape[2:])))
        return apply(functions.reshape, y, shape=(T, N, *y.data.shape[1:]))

    def __repr__(self):
        return f"EachStep({self.layer!r})"


class FixedPoint(Layer):
    """A layer that is its own input: the z with z = tanh(z U + x W + b), with the rule ``fixed_point``.

    Shapes: x (N, n_in), W (n_in, n_hidden), U (n_hidden, n_hidden), b (n_hidden,)  ->  z (N, n_hidden)
    ``tolerance`` and ``steps`` limit the relaxation; raises NotSettled when it does not come to rest.
    ``contract()`` after each update keeps the norm of U below 1, so that it always does.

    Source: Almeida (1987), ICNN; Pineda (1987), Physical Review Letters 59; lesson 10, section 6.
    """

    def __init__(self, n_in, n_hidden, *, rng, tolerance=1e-6, steps=1000, init=initializers.glorot, dtype=np.float64):
        need_generator("FixedPoint", rng)
        self.W = Parameter(init(rng, (n_in, n_hidden), dtype), "W")
        self.U = Parameter(0.5 * initializers.orthogonal(rng, (n_hidden, n_hidden), dtype), "U")
        self.b = Parameter(np.zeros(n_hidden, dtype), "b")
        self.tolerance, self.steps = tolerance, steps

    def rule(self, x, W, U, b):
        z, through = fixed_point.fixed_point(recurrent.rnn_cell, x, np.zeros_like(x @ W), W, U, b,
                                            tolerance=self.tolerance, steps=self.steps)
        def backward(dz):
            dx, _, *dparams = through(dz)               # where it began has no gradient
            return dx, *dparams
        return z, backward

    def norm(self):
        """The norm of U: the most by which it can lengthen a vector."""
        return float(np.linalg.norm(self.U.data, 2))

    def contract(self, limit=0.9):
        """Scale U back to this norm if it is larger: below 1 any two states approach each other (10.9)."""
        norm = self.norm()
        if norm > limit:
            self.U.data *= limit / norm

    def __repr__(self):
        return "FixedPoint({}, {})".format(*self.W.data.shape)


class Sequential(Layer):
    """Layers one after another. Its backward is the chain rule: the same list, in reverse."""

    def __init__(self, *layers):
        for layer in layers:
            if isinstance(layer, type) or not (callable(layer) and hasattr(layer, "params")):
                raise TypeError(f"Sequential: every argument must be a layer, got {layer!r}; "
                                "give layers one by one, each made by a call: Sequential(Dense(2, 3, rng=rng), ReLU())")
        self.layers = list(layers)

    @property
    def params(self):
        """The parameters of all layers, in order; a shared one once."""
        return list({id(p): p for layer in self.layers for p in layer.params}.values())

    def walk(self):
        yield self
        for layer in self.layers:
            yield from layer.walk() if isinstance(layer, Layer) else (layer,)

    def __call__(self, x):
        backwards = []
        for layer in self.layers:
            x, backward = layer(x)
            backwards.append(backward)
        # Below the first layer with parameters, gradients are of use only to somebody who wants dx.
        first = next((i for i, layer in enumerate(self.layers) if layer.params), len(backwards))

        def backward(dy, input_grad=True):
            for i in reversed(range(0 if input_grad else first, len(backwards))):
                dy = backwards[i](dy) if input_grad or i > first else backwards[i](dy, input_grad=False)
            return dy if input_grad else None
        return x, backward

    def trace(self, x):
        for layer in self.layers:
            x = layer.trace(x)
        return x

    def __repr__(self):
        return "Sequential(" + ", ".join(map(repr, self.layers)) + ")"


class Residual(Sequential):
    """A detour: y = x + F(x), with F the layers given, one after another. F must keep the shape of x.

    Backward: dx = dy + (what comes back through F): whatever F does, dy itself always arrives.

    Source: He, Zhang, Ren, Sun (2016), CVPR; derived in lesson 07, section 5, equation (7.15).
    """

    def __call__(self, x):
        y, through = super().__call__(x)
        if y.shape != x.shape:
            raise ValueError(f"Residual: the layers must keep the shape {x.shape}, but they give {y.shape}")

        def backward(dy, input_grad=True):
            dx = through(dy, input_grad)
            return dy + dx if input_grad else None
        return x + y, backward

    def trace(self, x):
        return x + super().trace(x)

    def __repr__(self):
        return "Residual" + super().__repr__().removeprefix("Sequential")


@contextmanager
def inference(net):
    """``with inference(net): ...``: the network as it is used, not trained. Dropout is off, BatchNorm uses its running
    averages. Afterwards everything is as before. ``predict`` and ``evaluate`` do it by themselves."""
    layers = [layer for layer in net.walk() if isinstance(layer, Layer)] if hasattr(net, "walk") else []
    before = [layer.training for layer in layers]
    try:
        for layer in layers:
            layer.training = False
        yield net
    finally:
        for layer, training in zip(layers, before):
            layer.training = training


def save(net, path):
    """Write ``net`` to a ``.npz`` file: its parameters as p0, p1, … in the order of ``net.params``, and the running
    averages of its layers as r0, r1, …"""
    np.savez(path, **{f"p{i}": p.data for i, p in enumerate(net.params)},
             **{f"r{i}": array for i, array in enumerate(_running(net))})


def load(net, path):
    """Read what ``save`` wrote into a network of the same shapes; nothing changes if one differs."""
    with np.load(path) as file:
        params, running = ([file[k] for k in sorted(file.files, key=lambda k: int(k[1:])) if k[0] == kind] for kind in "pr")
    for kind, arrays, own in (("parameters", params, [p.data for p in net.params]), ("running averages", running, _running(net))):
        shapes, wanted = [a.shape for a in arrays], [a.shape for a in own]
        if shapes != wanted:
            raise ValueError(f"load: the file holds {kind} of shapes {shapes}, the network has {wanted}")
    for p, array in zip(net.params, params):
        p.data = array.astype(p.data.dtype)
    for own, array in zip(_running(net), running):
        own[...] = array


def _running(net):
    return [array for layer in net.walk() for array in getattr(layer, "running", ())]
