"""A few lines that behave as PyTorch does where it surprises: gradients are added to, until they are set to zero."""

import numpy as np


class Weights:
    """Weights as PyTorch keeps them: ``data`` (D,), and ``grad``, to which every ``backward`` adds."""

    def __init__(self, data):
        self.data, self.grad = np.array(data, dtype=float), np.zeros(len(data))

    def squared_error(self, x, t):
        """The loss of a linear model, the mean of (x w − t)²; x (N, D), t (N,)."""
        error = x @ self.data - t
        return Loss(np.mean(error ** 2), self, 2 / len(t) * (x.T @ error))


class Loss:
    """A number with its way back: ``backward`` adds its gradient to that of the weights; it may be divided."""

    def __init__(self, value, weights, gradient):
        self.value, self.weights, self.gradient = value, weights, gradient

    def __truediv__(self, number):
        return Loss(self.value / number, self.weights, self.gradient / number)

    def backward(self):
        """Add to the gradient: nothing is replaced."""
        self.weights.grad = self.weights.grad + self.gradient


class Descent:
    """Plain descent as an optimizer of PyTorch: ``zero_grad``, then backward, then ``step``."""

    def __init__(self, weights, lr):
        self.weights, self.lr = weights, lr

    def zero_grad(self):
        """Forget the gradient."""
        self.weights.grad = np.zeros_like(self.weights.grad)

    def step(self):
        """One step down."""
        self.weights.data = self.weights.data - self.lr * self.weights.grad
