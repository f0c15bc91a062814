"""Curvature: products with the Hessian of the loss, and two estimates of its diagonal, for ``Sophia``.

No second backward is needed. Along a direction u the gradient changes by H u, and a complex step through the ordinary
backward gives that change without subtraction: H u = Im ∇L(θ + i ε u) / ε (lesson 04, section 6, used once more).
"""

from contextlib import contextmanager

import numpy as np

from course_lib.rules import functions, losses

STEP = 1e-30


def hessian_vector_product(net, loss, x, t, direction):
    """H u, the Hessian of ``loss(net(x), t)`` times a direction u: one forward and one backward, in complex numbers.

    Shapes: direction: one array for each of net.params, of its shape  ->  the same
    Parameters, gradients and running averages are left as they were. Exact to rounding, where the rules are analytic (a
    ReLU counts as straight on both sides).
    Source: Pearlmutter (1994), Neural Computation 6; lesson 06, section 3, equation (6.12).
    """
    shapes, wanted = [np.shape(u) for u in direction], [p.data.shape for p in net.params]
    if shapes != wanted:
        raise ValueError("hessian_vector_product: the direction must have the shapes of the parameters "
                         f"{wanted}, got {shapes}")
    with _borrowed(net):
        for p, u in zip(net.params, direction):
            p.data = p.data + 1j * STEP * np.asarray(u)
        y, backward = net(x)
        backward(loss(y, t)[1](), input_grad=False)
        return [np.imag(p.grad) / STEP for p in net.params]


def hutchinson(net, loss, x, t, rng):
    """An unbiased estimate of the Hessian's diagonal, u ∘ (H u) with u drawn from a normal distribution.

    Shapes: x, t a batch  ->  one array for each of net.params, of its shape. Entries may be negative.
    Source: Hutchinson (1989); Liu et al. (2024), ICLR, algorithm 1; derived in lesson 06, equation (6.12).
    """
    u = [rng.normal(size=p.data.shape) for p in net.params]
    return [a * b for a, b in zip(u, hessian_vector_product(net, loss, x, t, u))]


def gauss_newton_bartlett(net, x, rng):
    """An unbiased estimate of the diagonal of the Gauss-Newton matrix of the softmax cross-entropy: B ĝ ∘ ĝ.

    ĝ is the gradient of the mean loss over the B examples of x, with labels drawn from the network's own softmax (not
    the true ones). It is never negative, which the Hessian's diagonal may be.

    Shapes: x (B, ...)  ->  one array for each of net.params, of its shape
    Source: Liu et al. (2024), ICLR, algorithm 2; derived in lesson 06, equation (6.13).
    """
    with _borrowed(net):
        z, backward = net(x)
        p, _ = functions.softmax(z)
        drawn = (p.cumsum(axis=1) < rng.random((len(z), 1))).sum(axis=1)
        labels = np.minimum(drawn, z.shape[1] - 1)              # the shares may sum to a little less than 1
        backward(losses.softmax_cross_entropy(z, labels)[1](), input_grad=False)
        return [len(x) * p.grad * p.grad for p in net.params]


@contextmanager
def _borrowed(net):
    """The network, to be given back with its parameters, gradients and running averages as they were."""
    kept = [(p, p.data, p.grad) for p in net.params]
    averages = [(a, a.copy()) for layer in net.walk() for a in layer.running]
    try:
        for p, _, _ in kept:
            p.grad = None
        yield
    finally:
        for p, data, grad in kept:
            p.data, p.grad = data, grad
        for a, before in averages:
            a[...] = before
