"""Layers: a rule plus its parameters. ``y, backward = layer(x)``, the same protocol as a rule.

Nothing is kept on the layer between forward and backward: each call has its own closure, so a layer may be
called twice, or shared, and every backward still belongs to its own forward.
"""

import inspect

import numpy as np

from course_lib import functions, initializers
from course_lib.graph import Parameter, apply


class Layer:
    """A rule and its parameters.

    ``y, backward = layer(x)``; ``backward(dy)`` returns dx and adds to each parameter's ``grad``.
    A subclass sets ``rule`` (inputs: x, then the parameters in the order of the attributes).
    """

    rule = None

    @property
    def params(self):
        """The attributes that are Parameters, in the order in which they were set."""
        return [p for p in vars(self).values() if isinstance(p, Parameter)]

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
    code = getattr(backward, "__code__", None)
    if code is None:                                    # a callable object or a partial: ask slowly
        return "input_grad" in inspect.signature(backward).parameters
    return "input_grad" in code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]


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
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"Dense: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
                            "make one with np.random.default_rng(0)")
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


def save(net, path):
    """Write the parameters of ``net`` to a ``.npz`` file, as p0, p1, … in the order of ``net.params``."""
    np.savez(path, **{f"p{i}": p.data for i, p in enumerate(net.params)})


def load(net, path):
    """Read parameters written by ``save`` into a network of the same shape; nothing changes if one differs."""
    with np.load(path) as file:
        arrays = [file[f"p{i}"] for i in range(len(file.files))]
    shapes, wanted = [a.shape for a in arrays], [p.data.shape for p in net.params]
    if shapes != wanted:
        raise ValueError(f"load: the file holds parameters of shapes {shapes}, the network has {wanted}")
    for p, array in zip(net.params, arrays):
        p.data = array.astype(p.data.dtype)
