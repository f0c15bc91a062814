"""The protocol: what a *rule* is, and the one place where the upstream gradient given to any backward is looked at.

A *rule* is a function from arrays to ``(y, backward)``. Five sentences define it, and tests enforce each:

1. ``y, backward = rule(*inputs, **options)``: differentiable inputs first, in order; labels, indices and
   options after them.
2. ``backward(dy)`` returns one gradient per differentiable input, in the same order (a bare array when there
   is one), each with the shape of its input.
3. A rule never changes its inputs; ``backward`` never changes ``dy``, and may be called again.
4. dtype in = dtype out. No casts inside. (Whole numbers count as float64 where a result is no whole number.)
5. A rule whose ``dx`` is expensive may offer ``backward(dy, input_grad=False)``, which returns ``None`` for it.
   Likewise ``param_grad=False`` for all inputs but the first (``affine`` and ``conv2d``: for attacks and saliency).

``dy`` is short for ∂L/∂y, the derivative of the loss with respect to this rule's output; it always has the
shape of ``y``. NumPy would broadcast another shape, or sum over a wrong axis, in silence: ``@rule`` refuses it.
"""

import functools

import numpy as np


class Backward:
    """A rule's backward that first compares the shape of ``dy`` with that of ``y``. The closure is ``__wrapped__``.

    It keeps the shape of y and not y: what a backward keeps alive stays the rule's own choice.
    """

    __slots__ = ("__wrapped__", "shape", "name")

    def __init__(self, backward, shape, name):
        self.__wrapped__, self.shape, self.name = backward, shape, name

    def __call__(self, *dy, **options):
        # A loss needs no dy. np.shape, the slow way, is for what has no shape of its own: numbers and lists.
        if dy and getattr(dy[0], "shape", None) != self.shape and np.shape(dy[0]) != self.shape:
            raise ValueError(f"{self.name}: dy must have the shape of the output, {self.shape}, got {np.shape(dy[0])}")
        return self.__wrapped__(*dy, **options)

    def __repr__(self):
        return f"<backward of {self.name}>"


def rule(function):
    """Make a function a rule: its backward refuses a ``dy`` of another shape than y, with the rule's name.

    Plain numbers, as in the scalar graphs of lesson 03, have no shape: their backward is the closure itself.
    """
    name = function.__name__

    @functools.wraps(function)
    def ruled(*inputs, **options):
        y, backward = function(*inputs, **options)
        if type(y) is float or not hasattr(y, "shape"):     # the first is the quick way to know most of them
            return y, backward
        return y, Backward(backward, y.shape, name)
    return ruled


def floats(x):
    """The dtype of results that are no whole numbers: x's own, or float64 for whole numbers."""
    return x.dtype if x.dtype.kind in "fc" else np.dtype(float)
