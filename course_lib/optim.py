"""Optimizers: given the gradients, which step? Each holds its parameters and changes ``p.data``, never ``p.grad``."""

import numpy as np

from course_lib.graph import Parameter


class Optimizer:
    """What all optimizers share: the list of parameters, checked once, and ``zero_grad``."""

    def __init__(self, params, *, lr):
        self.params = list(params)
        name = type(self).__name__
        for p in self.params:
            if not isinstance(p, Parameter):
                raise TypeError(f"{name}: expected Parameters, got {type(p).__name__}; pass net.params")
        if not self.params:
            raise ValueError(f"{name}: there are no parameters to train; pass net.params")
        if len({id(p) for p in self.params}) != len(self.params):
            raise ValueError(f"{name}: a parameter was given twice; it would take two steps at once")
        if not lr >= 0:
            raise ValueError(f"{name}: lr must not be negative, got {lr}; the minus sign is part of the step")
        self.lr = lr

    def zero_grad(self):
        """Forget the gradients of the last step, before new ones are added."""
        for p in self.params:
            p.grad = None

    def step(self):
        """Change every parameter that has a gradient."""
        raise NotImplementedError(f"{type(self).__name__}.step")


class SGD(Optimizer):
    """Gradient descent with momentum (the heavy ball), in PyTorch's form.

    g = ∂L/∂θ + weight_decay θ,   v ← momentum v + g   (v starts as the first g),   θ ← θ − lr v.

    Source: Polyak (1964); Rumelhart, Hinton, Williams (1986), Nature 323, eq. (9); derived in lesson 04, section 7,
    equation (4.23).
    """

    def __init__(self, params, *, lr, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr=lr)
        if not 0 <= momentum < 1:
            raise ValueError(f"SGD: momentum must lie in [0, 1), got {momentum}")
        if not weight_decay >= 0:
            raise ValueError(f"SGD: weight_decay must not be negative, got {weight_decay}")
        self.momentum, self.weight_decay = momentum, weight_decay
        self.velocity = [None] * len(self.params)

    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = p.grad + self.weight_decay * p.data if self.weight_decay else p.grad
            if self.momentum:
                if self.velocity[i] is None:
                    self.velocity[i] = np.array(g)
                else:
                    self.velocity[i] *= self.momentum
                    self.velocity[i] += g
                g = self.velocity[i]
            p.data -= self.lr * g
