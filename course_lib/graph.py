"""The graph: a ``Tensor`` remembers which rule made it from which inputs, so that derivatives can flow back.

``apply(rule, *inputs)`` runs a rule and records it; the operators ``+ - * / ** @`` call ``apply`` with the rules
of ``functions``. ``loss.backward()`` visits every recorded node once, each after all nodes that it fed.
One class serves plain floats and arrays alike. Built step by step in lesson 03.
"""

from itertools import count
from operator import attrgetter

import numpy as np

from course_lib.rules import functions

_next_number = count().__next__     # every node gets the next one: the order of creation is a topological order
_number = attrgetter("number")
_new = object.__new__


class Tensor:
    """A value on the graph: a float or an array, what made it, and (after ``backward``) its gradient.

    data      the value, a float or a NumPy array of floats
    grad      ∂L/∂data, the same shape, or None before ``backward`` has reached this node
    name      a label for drawings
    rule      the rule that computed ``data``, or None for a leaf
    inputs    the tensors that the rule was given; ``labels`` and ``options``: what else it was given
    """

    # The first two inputs have slots of their own, further ones share a tuple: nearly all nodes of a scalar graph
    # have one or two, and every object less is one less for the garbage collector to visit (half of the time).
    __slots__ = ("data", "grad", "name", "rule", "number", "_a", "_b", "_rest", "_backward", "__weakref__")
    __array_ufunc__ = None                       # array + tensor: let the tensor's operator answer

    def __init__(self, data, name=""):
        self.data = _checked(data)
        self.grad = None
        self.name = name
        self.rule = None
        self._a = self._b = self._backward = None
        self._rest = ()
        self.number = _next_number()

    def __repr__(self):
        name = f", name={self.name!r}" if self.name else ""
        made = f", rule={rule_name(self.rule)}" if self.rule else ""
        shape = getattr(self.data, "shape", ())
        what = f"array of shape {shape}" if shape else f"{float(np.real(self.data)):.6g}"
        return f"{type(self).__name__}({what}{name}{made})"

    @property
    def inputs(self):
        """The tensors that the rule was given; () for a leaf."""
        if self._b is None:
            return () if self._a is None else (self._a,)
        return (self._a, self._b, *self._rest[0]) if self._rest else (self._a, self._b)

    @property
    def labels(self):
        """The arrays of whole numbers that the rule was given after its inputs."""
        return self._rest[1] if self._rest else ()

    @property
    def options(self):
        """The options that the rule was given, such as the exponent of ``power``."""
        return dict(self._rest[2]) if self._rest else {}

    def run(self, *data):
        """``y, backward``: the rule of this node once more, with its labels and options, on other data for its inputs.

        In another precision: ``node.run(*[np.float64(x.data) for x in node.inputs])``.
        """
        if self.rule is None:
            raise ValueError(f"run: {self!r} is a leaf; no rule made it")
        if len(data) != len(self.inputs):
            raise ValueError(f"run: {rule_name(self.rule)} has {len(self.inputs)} inputs, got data for {len(data)}")
        return self.rule(*data, *self.labels, **self.options)

    def __neg__(self):
        return apply(functions.negative, self)

    def __pow__(self, exponent):
        if not isinstance(exponent, (int, float, np.number)):
            raise TypeError(f"Tensor ** {type(exponent).__name__}: the exponent must be a constant number; "
                            "write exp(exponent * log(base)) with the rules exp and log")
        return apply(functions.power, self, exponent=exponent)

    def __rpow__(self, base):
        raise TypeError(f"{type(base).__name__} ** Tensor: the exponent must be a constant number; "
                        "write exp(exponent * log(base)) with the rules exp and log")

    def _compared(self, other):
        raise TypeError("a Tensor is not compared, since a comparison has no derivative: compare the values, x.data; "
                        "the larger of two is the rule maximum")

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def sum(self, axis=None):
        """The sum over ``axis`` (over all entries by default). A plain number is its own sum."""
        return self._reduced(functions.sum, axis)

    def mean(self, axis=None):
        """The mean over ``axis`` (over all entries by default). A plain number is its own mean."""
        return self._reduced(functions.mean, axis)

    def _reduced(self, rule, axis):
        if hasattr(self.data, "shape"):
            return apply(rule, self, axis=axis)
        if axis not in (None, ()):
            raise ValueError(f"{rule_name(rule)}: a plain number has no axis {axis}")
        return self

    def backward(self):
        """Set ``grad`` of every node that this one depends on: d(self)/d(node).

        Clears old gradients first, so that running it twice gives the same numbers; then adds, so that a node
        used twice receives both contributions. Works on chains of any length (no recursion).
        """
        if getattr(self.data, "size", 1) != 1:
            raise ValueError(f"backward: start from a single number, got shape {self.data.shape}; "
                             "take .sum() or .mean() first, or apply a loss")
        order = topological_order(self)
        for node in order:
            node.grad = None
        self.grad = 1.0 if type(self.data) is float else np.ones_like(self.data)
        for node in reversed(order):
            a, b, backward, dy = node._a, node._b, node._backward, node.grad
            if a is None or dy is None:                             # a leaf, or only targets of a loss depend on it
                if isinstance(node, Parameter) and not node.requires_grad:
                    node.grad = None
                continue
            # Not += below: add hands the same dy to both inputs, and one must not change the other's.
            if backward is None and b is not None:                  # two plain floats, spelled out for speed
                grads = getattr(node.rule, "__wrapped__", node.rule)(a.data, b.data)[1](dy)
                if type(grads) is tuple:
                    da, db = grads
                    a.grad = da if a.grad is None else a.grad + da
                    b.grad = db if b.grad is None else b.grad + db
                    continue
            else:
                grads = (backward or node.rule(a.data)[1])(dy)
            # A loss returns one gradient, for y; its targets are data and receive none.
            for x, dx in zip(node.inputs, grads if type(grads) is tuple else (grads,)):
                x.grad = dx if x.grad is None else x.grad + dx


class Parameter(Tensor):
    """A leaf that training changes. The same object serves the layer, the optimizer and the graph.

    requires_grad   False: it is frozen, and ``grad`` stays as it is (``with frozen(net)`` in ``layers`` sets it)
    """

    __slots__ = ("requires_grad",)

    def __init__(self, data, name=""):
        super().__init__(data, name)
        self.requires_grad = True
        if not isinstance(self.data, np.ndarray):
            raise TypeError(f"Parameter: data must be an array of floats, got {type(data).__name__}")

    def add_grad(self, grad):
        """Add ``grad`` to ``self.grad``: a parameter used twice receives both contributions; a frozen one none."""
        if not self.requires_grad:
            return
        if grad.shape != self.data.shape:
            raise ValueError(f"the gradient of {self.name or 'a parameter'} has shape {grad.shape}, "
                             f"but the parameter has shape {self.data.shape}; are gradients returned in the order "
                             "of the inputs?")
        self.grad = grad if self.grad is None else self.grad + grad

    def zero_grad(self):
        """Forget the gradient. ``None`` stands for "nothing has been added yet"."""
        self.grad = None


def apply(rule, *inputs, **options):
    """Run ``rule`` on the data of ``inputs`` and record it: tensors in, a tensor out.

    Plain numbers and arrays of floats become leaves. Labels (arrays of integers) and options are handed on to
    the rule as they are; they are not part of the graph.
    """
    tensors = tuple(x if isinstance(x, Tensor) else Tensor(x) for x in inputs if not _is_label(x))
    labels = [x for x in inputs if _is_label(x)]
    if not tensors:
        raise TypeError(f"apply: {rule_name(rule)} was given no tensor and no array of floats to differentiate")
    data, backward = rule(*[x.data for x in tensors], *labels, **options)
    a, b, *rest = tensors if len(tensors) > 1 else (*tensors, None)
    y = _record(data, backward, rule, a, b)
    if rest or labels or options:                       # more than a second run of rule(a, b) would know
        y._rest = tuple(rest), tuple(labels), options
        y._backward = backward
    return y


def _record(data, backward, rule, a, b):
    """A node for ``data = rule(a, b)``, or ``rule(a)`` if b is None.

    For a plain float the rule's ``backward`` is not kept but made again when needed: a product is cheaper to
    compute twice than a closure is to keep.
    """
    y = _new(Tensor)
    y.data = data
    y.grad = None
    y.name = ""
    y.rule = rule
    y._a = a
    y._b = b
    y._rest = ()
    y._backward = None if type(data) is float else backward
    y.number = _next_number()
    return y


def _operator(rule):
    """``apply`` for a rule of two inputs, without its loops: the scalar graphs of lesson 03 live on this."""
    plain = rule.__wrapped__                            # without the look at dy's shape: a float has none

    def operator(a, b):
        if not isinstance(b, Tensor):
            b = Tensor(b)
        y, backward = (plain if type(a.data) is float else rule)(a.data, b.data)
        return _record(y, backward, rule, a, b)

    def reflected(b, a):
        return operator(Tensor(a), b)
    return operator, reflected


Tensor.__add__, Tensor.__radd__ = _operator(functions.add)
Tensor.__sub__, Tensor.__rsub__ = _operator(functions.subtract)
Tensor.__mul__, Tensor.__rmul__ = _operator(functions.multiply)
Tensor.__truediv__, Tensor.__rtruediv__ = _operator(functions.divide)
Tensor.__matmul__, Tensor.__rmatmul__ = _operator(functions.matmul)


def topological_order(tensor):
    """All nodes that ``tensor`` depends on and itself, every node after its inputs.

    A node is created after its inputs, so the nodes sorted by their number of creation are in a topological
    order. Nodes are collected with a list, not with recursion: Python's stack ends at about a thousand calls.
    """
    seen, todo = {tensor}, [tensor]
    for node in todo:                                   # the list grows while it is read
        for x in node.inputs:
            if x not in seen:
                seen.add(x)
                todo.append(x)
    todo.sort(key=_number)
    return todo


def local_derivatives(node):
    """∂node/∂input for each input of a node that holds a single number; None where the input is an array."""
    if getattr(node.data, "shape", ()):
        return (None,) * len(node.inputs)
    backward = node._backward or node.run(*[x.data for x in node.inputs])[1]
    grads = backward(1.0)
    grads = grads if isinstance(grads, tuple) else (grads,)
    grads += (None,) * (len(node.inputs) - len(grads))              # a loss gives no gradient for its targets
    return tuple(None if g is None or getattr(g, "shape", ()) else float(np.real(g)) for g in grads)


def rule_name(rule):
    """The name of a rule for drawings: ``affine``, or the layer's class name for a layer's own method."""
    owner = getattr(rule, "__self__", None)
    return type(owner).__name__ if owner is not None else getattr(rule, "__name__", type(rule).__name__)


def _is_label(x):
    return isinstance(x, np.ndarray) and x.dtype.kind in "iub"


def _checked(data):
    """A float, or an array of floats; integers become floats, anything else is refused."""
    if type(data) is float:
        return data
    if isinstance(data, np.ndarray) and data.dtype.kind in "fc":
        return data
    if isinstance(data, (int, np.integer)) and not isinstance(data, bool):
        return float(data)
    if isinstance(data, (np.floating, np.complexfloating, complex)):
        return data
    if isinstance(data, np.ndarray) and data.dtype.kind in "iu":
        return data.astype(float)
    if isinstance(data, (list, tuple)):
        return _checked(np.asarray(data))
    raise TypeError(f"Tensor: data must be a number or an array of numbers, got {type(data).__name__}")
