"""Corners of the steps that other tests leave open: settings left out, clipping, memory, a trial step too high."""

import numpy as np
import pytest

from course_lib import AdaDelta, Adam, AdamW, Parameter, RMSprop, clip_grad_norm, lbfgs, strong_wolfe


def test_settings_that_are_left_out_are_pytorchs():
    p = [Parameter(np.zeros(2))]
    for optimizer in (Adam(p), AdamW(p)):
        assert (optimizer.lr, optimizer.betas, optimizer.eps) == (1e-3, (0.9, 0.999), 1e-8)
    assert (Adam(p).weight_decay, AdamW(p).weight_decay) == (0, 1e-2)
    assert (RMSprop(p).alpha, RMSprop(p).eps, AdaDelta(p).rho, AdaDelta(p).eps) == (0.99, 1e-8, 0.9, 1e-6)


def test_a_gradient_shorter_than_the_limit_stays_as_it_is():
    p = Parameter(np.zeros(2))
    p.grad = np.array([0.6, 0.8])
    assert clip_grad_norm([p], 1.5) == pytest.approx(1)
    np.testing.assert_array_equal(p.grad, [0.6, 0.8])


def test_lbfgs_forgets_all_but_the_last_pairs():
    curvatures = np.arange(1.0, 21.0) ** 2
    bowl = lambda x: (0.5 * (curvatures * x * x).sum(), curvatures * x)
    few, many = (lbfgs(bowl, np.ones(20), memory=memory, tolerance=1e-8).nit for memory in (1, 50))
    assert many < few


def test_a_step_to_a_flat_place_that_lies_too_high_is_not_taken():
    """f(a) = −a + 2.15 a² − 1.1 a³ has at a = 1 the slope 0, but is higher there than at the start."""
    function = lambda x: (-x[0] + 2.15 * x[0] ** 2 - 1.1 * x[0] ** 3, -1 + 4.3 * x - 3.3 * x ** 2)
    point = strong_wolfe(function, np.zeros(1), np.ones(1), 0.0, -np.ones(1), first=1.0, c1=0.1, c2=0.9)
    assert point.step < 1 and point.value <= -0.1 * point.step
