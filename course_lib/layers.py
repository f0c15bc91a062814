"""Layers: a rule plus its parameters. ``y, backward = layer(x)``, the same protocol as a rule.

Nothing is kept on the layer between forward and backward: each call has its own closure, so a layer may be
called twice, or shared, and every backward still belongs to its own forward. (Two layers know whether they are in
training: Dropout, and BatchNorm, which also keeps running averages. ``with inference(net)`` is the switch.)
"""

import functools
import inspect
from contextlib import contextmanager

import numpy as np

from course_lib import initializers
from course_lib.graph import Parameter, apply
from course_lib.rules import convolution, fixed_point, functions, recurrent, sequences
from course_lib.rules.checkpoint import checkpoint


class Layer:
    """A rule and its parameters, or layers put together.

    ``y, backward = layer(x)``; ``backward(dy)`` returns dx and adds to each parameter's ``grad``.
    A subclass defines one of two: ``rule(x, *own)``, whose further inputs are its own Parameters in the order of the
    attributes; or ``__call__(x)``, which calls the layers that it holds and returns ``(y, backward)``.
    Parameters and layers are found wherever an attribute holds them: by itself, in a list, a tuple or a dict.
    """

    training = True                                     # False inside ``with inference(net)``
    time_first = None                                   # True: reads sequences (T, N, ...); False: (N, ...); None: any
    symbols = False                                     # True: reads whole numbers that stand for symbols
    running = ()                                        # arrays that training keeps up to date, without gradients
    _sizes = ()                                         # what a repr begins with

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        if "__call__" in vars(cls):                     # its backward need not offer input_grad=False
            cls.__call__ = _with_input_grad(cls.__call__)

    @property
    def params(self):
        """All Parameters of this layer and of the layers inside, in the order of the attributes; a shared one once."""
        return [part for part in inside(vars(self).values(), {id(self)}) if isinstance(part, Parameter)]

    def walk(self):
        """This layer, and all layers inside it, each once."""
        yield self
        yield from (part for part in inside(vars(self).values(), {id(self)}) if not isinstance(part, Parameter))

    def _own_params(self):
        """The Parameters that the rule is given: not those of layers inside; what two attributes hold, twice."""
        return _parameters(vars(self).values()) if type(self).params is Layer.params else self.params

    def __call__(self, x):
        params = self._own_params()
        y, rule_backward = self.rule(x, *[p.data for p in params])

        def backward(dy, input_grad=True):
            skip = {} if input_grad or not _offers(rule_backward, "input_grad") else {"input_grad": False}
            if params and not _learns(params) and _offers(rule_backward, "param_grad"):
                skip["param_grad"] = False
            grads = rule_backward(dy, **skip)
            dx, *dparams = grads if params else (grads,)
            for p, grad in zip(params, dparams, strict=True):
                p.add_grad(grad)                        # a layer used twice: gradients add up
            return dx if input_grad else None
        return y, backward

    def rule(self, x, *arrays):
        """What ``__call__`` computes, as a rule of x and of all parameters."""
        if type(self).__call__ is Layer.__call__ and type(self).rule is Layer.rule:
            raise TypeError(f"{type(self).__name__}: a layer defines rule(self, x, ...) or __call__(self, x), "
                            "either returns (y, backward)")
        params = self.params
        kept = [p.data for p in params]
        try:
            for p, array in zip(params, arrays, strict=True):
                p.data = array
            y, call_backward = self(x)
        finally:
            for p, data in zip(params, kept):
                p.data = data

        def backward(dy):
            before = [p.grad for p in params]
            try:
                for p in params:
                    p.grad = None
                dx = call_backward(dy)
                dparams = [np.zeros_like(p.data) if p.grad is None else p.grad for p in params]
            finally:
                for p, grad in zip(params, before):
                    p.grad = grad
            return (dx, *dparams) if params else dx
        return y, backward

    def trace(self, x):
        """The same layer on the graph: a Tensor in, a Tensor out. One node, named as the layer."""
        if isinstance(x, np.ndarray) and x.dtype.kind in "iu":              # labels are no nodes, and come last
            return apply(self._rule_of_labels, *self.params, x) if self.params else self(x)[0]
        latest = next(cls for cls in type(self).__mro__ if "rule" in vars(cls) or "__call__" in vars(cls))
        rule, params = self.rule, self._own_params()
        if "rule" not in {*vars(self), *vars(latest)} or set(self.params) - set(params):
            rule, params = Layer.rule.__get__(self), self.params    # __call__ counts, or layers inside have parameters
        return apply(rule, x, *params)

    def _rule_of_labels(self, *arrays):
        *arrays, x = arrays
        y, backward = Layer.rule(self, x, *arrays)
        return y, lambda dy: backward(dy)[1:]

    def __repr__(self):
        inner = inside(vars(self).values(), {id(self)}, deep=False)
        shown = [*map(str, self._sizes), *(repr(part) for part in inner if not isinstance(part, Parameter))]
        named = _constructor(self)
        for name, value in set_options(self).items():
            argument = named[name]
            by_name = argument.default is not argument.empty or argument.kind is argument.KEYWORD_ONLY
            shown.append(f"{name}={_shown(value)}" if by_name else _shown(value))
        return f"{type(self).__name__}({', '.join(shown)})"


def inside(items, seen=None, deep=True):
    """The Parameters and the layers among ``items``, in lists, tuples and dicts too, and (deep) in these layers: depth
    first, in order, each once. The one place that knows what a network is made of."""
    seen = set() if seen is None else seen
    for x in items:
        if id(x) in seen:
            continue
        if isinstance(x, Parameter):
            seen.add(id(x))
            yield x
        elif isinstance(x, (list, tuple, dict)):
            seen.add(id(x))
            yield from inside(x.values() if isinstance(x, dict) else x, seen, deep)
        elif isinstance(x, (set, frozenset)) and list(inside(list(x))):
            raise TypeError("layers and Parameters in a set have no order; hold them in a list")
        elif is_layer(x):
            seen.add(id(x))
            yield x
            held = getattr(x, "__dict__", {}).values()
            if deep and getattr(type(x), "params", None) is Layer.params:
                yield from inside(held, seen)
            elif deep:                                  # it says itself which parameters it has
                yield from inside(x.params, seen)
                yield from (part for part in inside(held, seen) if not isinstance(part, Parameter))


def _parameters(items):
    found = []
    for x in items:
        if isinstance(x, Parameter):
            found.append(x)
        elif isinstance(x, (list, tuple, dict)):
            found += _parameters(x.values() if isinstance(x, dict) else x)
    return found


def is_layer(x):
    """A Layer, or anything that can be called and has ``params``, as a learner may write it."""
    return isinstance(x, Layer) or callable(x) and hasattr(x, "params") and not isinstance(x, type)


def set_options(layer):
    """``{name: value}`` of the attributes that are named as arguments of the constructor and differ from the default
    there, but for layers, Parameters and generators: what the layer's numbers depend on beside its parameters."""
    held = getattr(layer, "__dict__", {})
    return {name: held[name] for name, argument in _constructor(layer).items() if name in held
            and not (held[name] is argument.default or np.array_equal(held[name], argument.default))
            and not isinstance(held[name], np.random.Generator) and not list(inside([held[name]]))}


def _constructor(layer):
    """The arguments of the constructor, also of those of its base classes."""
    constructors = [vars(cls)["__init__"] for cls in type(layer).__mro__[-2::-1] if "__init__" in vars(cls)]
    return {name: argument for init in constructors for name, argument in inspect.signature(init).parameters.items()}


def _shown(value):
    return getattr(value, "__name__", None) or (f"array{value.shape}" if isinstance(value, np.ndarray) else repr(value))


def _learns(params):
    return any(p.requires_grad for p in params)


def _offers(backward, option):
    """Does this backward offer ``input_grad=False`` (the fifth sentence of the protocol)?"""
    code = getattr(inspect.unwrap(backward), "__code__", None)
    if code is None:                                    # a callable object or a partial: ask slowly
        return option in inspect.signature(backward).parameters
    return option in code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]


def _with_input_grad(call):
    """A layer's ``__call__`` whose backward takes ``input_grad=False``, also if the one written does not."""
    @functools.wraps(call)
    def with_input_grad(self, *args, **settings):
        result = call(self, *args, **settings)
        if not (isinstance(result, tuple) and len(result) == 2 and callable(result[1])):
            raise TypeError(f"{type(self).__name__}: __call__ must return (y, backward), "
                            f"got {type(result).__name__}; a layer inside returns both too")
        y, backward = result
        if _offers(backward, "input_grad"):
            return y, backward

        def all_or_nothing(dy, input_grad=True):
            dx = backward(dy)
            return dx if input_grad else None
        return y, all_or_nothing
    return with_input_grad


def need_generator(name, rng):
    """A clear error if ``rng`` is not a generator of random numbers; ``name`` is who needs it."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{name}: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
                        "make one with np.random.default_rng(0)")


def need_sizes(layer, **sizes):
    """A clear error if one of the sizes is not a positive whole number."""
    for name, n in sizes.items():
        if not isinstance(n, (int, np.integer)) or n < 1:
            raise ValueError(f"{type(layer).__name__}: {name} must be a positive whole number, got {n!r}")


class Dense(Layer):
    """A fully connected layer, y = x W + b, with the rule ``affine``.

    Shapes: x (N, n_in), W (n_in, n_out), b (n_out,)  ->  y (N, n_out)
    ``init`` draws W (``initializers``); b starts at zero.
    """

    rule = staticmethod(functions.affine)

    def __init__(self, n_in, n_out, *, rng, init=initializers.glorot, dtype=np.float64):
        need_sizes(self, n_in=n_in, n_out=n_out)
        need_generator(type(self).__name__, rng)
        self.W = Parameter(init(rng, (n_in, n_out), dtype), "W")
        self.b = Parameter(np.zeros(n_out, dtype), "b")

    @property
    def _sizes(self):
        return self.W.data.shape


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
        need_sizes(self, n=n)
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

    @property
    def _sizes(self):
        return self.gamma.data.shape


class LayerNorm(Layer):
    """Layer normalisation over the last axis of n features, with the rule ``layer_norm``.

    Shapes: x (..., n), gamma (n,), beta (n,)  ->  y (..., n)
    """

    def __init__(self, n, *, eps=1e-5, dtype=np.float64):
        need_sizes(self, n=n)
        self.gamma = Parameter(np.ones(n, dtype), "gamma")
        self.beta = Parameter(np.zeros(n, dtype), "beta")
        self.eps = eps

    def rule(self, x, gamma, beta):
        return functions.layer_norm(x, gamma, beta, self.eps)

    @property
    def _sizes(self):
        return self.gamma.data.shape


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


class Conv2D(Layer):
    """A convolution, y = x ⋆ K + b, with the rule ``conv2d``.

    Shapes: x (N, n_in, H, W), K (n_out, n_in, kh, kw), b (n_out,)  ->  y (N, n_out, Hout, Wout)
    ``size``, ``stride`` and ``padding`` are a number or a pair; ``init`` draws K; b starts at zero.
    """

    def __init__(self, n_in, n_out, size, *, stride=1, padding=0, rng, init=initializers.he, dtype=np.float64):
        kh, kw = size if isinstance(size, (tuple, list)) else (size, size)
        for side in (kh, kw):
            need_sizes(self, n_in=n_in, n_out=n_out, size=side)
        need_generator(type(self).__name__, rng)
        self.stride, self.padding = stride, padding
        self.K = Parameter(init(rng, (n_out, n_in, kh, kw), dtype), "K")
        self.b = Parameter(np.zeros(n_out, dtype), "b")

    def rule(self, x, K, b):
        return convolution.conv2d(x, K, b, self.stride, self.padding)

    @property
    def _sizes(self):
        n_out, n_in, kh, kw = self.K.data.shape
        return n_in, n_out, kh if kh == kw else (kh, kw)


class MaxPool2D(Layer):
    """The maximum of each window, with the rule ``max_pool2d``; ``stride`` is the size of the window by default."""

    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride

    def rule(self, x):
        return convolution.max_pool2d(x, self.size, self.stride)


class AvgPool2D(MaxPool2D):
    """The mean of each window, with the rule ``avg_pool2d``; ``stride`` is the size of the window by default."""

    def rule(self, x):
        return convolution.avg_pool2d(x, self.size, self.stride)


class Embedding(Layer):
    """A table of n rows of d numbers, one for each symbol, with the rule ``embedding``.

    Shapes: indices (any) of whole numbers 0 … n − 1  ->  y (any, d)
    The rows start normal with standard deviation ``scale``. 1 is PyTorch's start; where few examples are to say what a
    symbol means, as for the words of a sentence, 0.1 trains far better: what was drawn is soon outweighed.
    """

    symbols = True

    def __init__(self, n, d, *, rng, scale=1.0, dtype=np.float64):
        need_sizes(self, n=n, d=d)
        need_generator(type(self).__name__, rng)
        if not 0 <= scale < np.inf:
            raise ValueError(f"Embedding: scale must be a number, 0 or more, got {scale}")
        self.table = Parameter(rng.normal(scale=scale, size=(n, d)).astype(dtype, copy=False), "table")

    def rule(self, indices, table):
        y, table_backward = functions.embedding(table, indices)
        def backward(dy):
            return None, table_backward(dy)                 # whole numbers have no gradient
        return y, backward

    def trace(self, indices):
        return apply(functions.embedding, self.table, indices)

    @property
    def _sizes(self):
        return self.table.data.shape


class Recurrent(Layer):
    """What RNN, LSTM and GRU share: a sequence (T, N, n_in), time first, to the states h (T, N, n_hidden).

    ``layer(xs)`` starts from zeros. ``layer.run(xs, state)`` starts from any state and returns all states, so that a
    long sequence can be read in pieces, or written symbol by symbol; ``layer.zero_state(N)`` is where to begin.
    """

    fused, gates, time_first = None, 1, True

    def __init__(self, n_in, n_hidden, *, rng, init=initializers.glorot, recurrent_init=initializers.orthogonal,
                 dtype=np.float64):
        need_sizes(self, n_in=n_in, n_hidden=n_hidden)
        need_generator(type(self).__name__, rng)
        W = [init(rng, (n_in, n_hidden), dtype) for _ in range(self.gates)]         # each gate is a layer of its own
        self.W = Parameter(np.concatenate(W, axis=1), "W")
        self.U = Parameter(recurrent_init(rng, (n_hidden, self.gates * n_hidden), dtype), "U")
        self.b = Parameter(np.zeros(self.gates * n_hidden, dtype), "b")

    def zero_state(self, N):
        """The state before anything was read, for a batch of N sequences."""
        return np.zeros((N, len(self.U.data)), self.U.data.dtype)

    def run(self, xs, state):
        """``states, backward``: the rule from a given state; backward(dstates) gives dxs, dstate and the rest."""
        return self.fused(xs, state, *[p.data for p in self.params])

    def rule(self, xs, *params):
        if xs.ndim != 3:
            raise ValueError(f"{type(self).__name__}: xs must have shape (T, N, D), time first, got {xs.shape}")
        hs, through = self.fused(xs, self.zero_state(xs.shape[1]), *params)
        def backward(dhs, input_grad=True):
            dxs, _, *dparams = through(dhs, input_grad)
            return dxs, *dparams
        return hs, backward

    @property
    def _sizes(self):
        return len(self.W.data), len(self.U.data)


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

    time_first = True

    def __init__(self, layer):
        self.layer = layer

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


class SwapTime(Layer):
    """Batch first (N, T, ...), as ``Batches`` gives sequences, to time first (T, N, ...), or back."""
    rule = staticmethod(sequences.swap_time)


class LastStep(Layer):
    """The last state of each sequence, (T, N, ...) to (N, ...), with the rule ``last_step``.

    Where lengths differ, a layer of your own calls the rule in its ``__call__``: ``last_step(hs, lengths)``.
    """
    rule = staticmethod(sequences.last_step)


class MeanOverTime(Layer):
    """The mean over the steps of each sequence, (T, N, ...) to (N, ...), with the rule ``mean_over_time``.

    Where lengths differ, a layer of your own calls the rule in its ``__call__``: ``mean_over_time(hs, lengths)``.
    """
    rule = staticmethod(sequences.mean_over_time)


class FixedPoint(Layer):
    """A layer that is its own input: the z with z = tanh(z U + x W + b), with the rule ``fixed_point``.

    Shapes: x (N, n_in), W (n_in, n_hidden), U (n_hidden, n_hidden), b (n_hidden,)  ->  z (N, n_hidden)
    ``tolerance`` and ``steps`` limit the relaxation; raises NotSettled when it does not come to rest.
    ``contract()`` after each update keeps the norm of U below 1, so that it always does.

    Source: Almeida (1987), ICNN; Pineda (1987), Physical Review Letters 59; lesson 10, section 6.
    """

    def __init__(self, n_in, n_hidden, *, rng, tolerance=1e-6, steps=1000, init=initializers.glorot, dtype=np.float64):
        need_sizes(self, n_in=n_in, n_hidden=n_hidden)
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

    @property
    def _sizes(self):
        return self.W.data.shape


class Sequential(Layer):
    """Layers one after another. Its backward is the chain rule: the same list, in reverse."""

    def __init__(self, *layers):
        for layer in layers:
            if not is_layer(layer):
                raise TypeError(f"Sequential: every argument must be a layer, got {layer!r}; "
                                "give layers one by one, each made by a call: Sequential(Dense(2, 3, rng=rng), ReLU())")
        self.layers = list(layers)

    def __call__(self, x):
        layers, backwards = list(self.layers), []
        for layer in layers:
            x, backward = layer(x)
            backwards.append(backward)

        def backward(dy, input_grad=True):
            # Below the first layer that learns, gradients are of use only to somebody who wants dx.
            learning = (i for i, layer in enumerate(layers) if _learns(layer.params))
            first = 0 if input_grad else next(learning, len(layers))
            for i in reversed(range(first, len(layers))):
                dy = backwards[i](dy) if input_grad or i > first else backwards[i](dy, input_grad=False)
            return dy if input_grad else None
        return x, backward

    def trace(self, x):
        for layer in self.layers:
            if not hasattr(layer, "trace"):
                raise TypeError(f"{type(self).__name__}: {layer!r} has no trace(x); derive it from Layer")
            x = layer.trace(x)
        return x


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


class Checkpoint(Sequential):
    """Layers one after another that remember nothing but their input: on the way back they are run again.

    Output and gradients are those of ``Sequential(*layers)``, bit by bit; the memory of the segment is taken only while
    its own backward runs, and the time is that of one more forward. With the rule ``checkpoint``.
    The second run finds everything as the first did: Dropout drops the same entries, BatchNorm's running averages move
    once, training or inference is what it was. As for every layer, call backward before the optimizer's step.

    Source: Chen, Xu, Zhang, Guestrin (2016), arXiv 1604.06174; lesson 15, section 1.
    """

    def __call__(self, x):
        forward, layers = super().__call__, [layer for layer in self.walk() if isinstance(layer, Layer)]
        as_now = [(p, "data", p.data) for p in self.params] + [(layer, "training", layer.training) for layer in layers]

        def segment(x):
            with _having(as_now):
                return forward(x)
        y, through = checkpoint(segment, x, moved=[*generators(self), *running_averages(self)])

        def backward(dy, input_grad=True):
            return through(dy, input_grad=input_grad)
        return y, backward

    def trace(self, x):
        """One node: on a graph of its layers, everything would be remembered after all."""
        return Layer.trace(self, x)


@contextmanager
def _having(settings):
    """Inside the block each (thing, attribute, value) holds; afterwards things have again what they had before."""
    before = [(thing, name, getattr(thing, name)) for thing, name, _ in settings]
    try:
        for thing, name, value in settings:
            setattr(thing, name, value)
        yield
    finally:
        for thing, name, value in before:
            setattr(thing, name, value)


def generators(net):
    """The generators that the layers draw from, each once."""
    held = [x for layer in inside([net]) for x in getattr(layer, "__dict__", {}).values()]
    return list({id(x): x for x in held if isinstance(x, np.random.Generator)}.values())


def running_averages(net):
    """The arrays that training keeps up to date without gradients, layer by layer."""
    return [array for layer in inside([net]) for array in getattr(layer, "running", ())]


@contextmanager
def inference(net):
    """``with inference(net): ...``: the network as it is used, not trained. Dropout is off, BatchNorm uses its running
    averages. Afterwards everything is as before. ``predict`` and ``evaluate`` do it by themselves."""
    layers = [part for part in inside([net]) if isinstance(part, Layer)]
    before = [layer.training for layer in layers]
    try:
        for layer in layers:
            layer.training = False
        yield net
    finally:
        for layer, training in zip(layers, before):
            layer.training = training


@contextmanager
def frozen(net):
    """``with frozen(net): ...``: backward gives dx and leaves the parameters' ``grad`` as it is, for attacks and
    saliency, or for layers that are to stay while others are trained. Afterwards everything is as before.

    What counts is the moment when backward is called. Where the rule offers it, what nobody wants is not computed.
    This is not ``inference``: Dropout still drops; take both where a trained network is asked.
    """
    parts = list(inside([net]))
    if not parts:
        raise TypeError(f"frozen: expected a network or layers, got {type(net).__name__}")
    before = [(p, p.requires_grad) for p in parts if isinstance(p, Parameter)]
    try:
        for p, _ in before:
            p.requires_grad = False
        yield net
    finally:
        for p, requires_grad in before:
            p.requires_grad = requires_grad
