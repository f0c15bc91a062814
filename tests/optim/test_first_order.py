"""Optimizers: formulas, gradients that no step may change, settings that are refused; schedules, curvature, clipping.

That their paths are PyTorch's is in test_parity.py.
"""

import numpy as np
import pytest

from course_lib import (
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    BatchNorm,
    Dense,
    Diverged,
    Muon,
    Optimizer,
    Parameter,
    ReLU,
    RMSprop,
    Sequential,
    Sophia,
    Tanh,
    Together,
    clip_grad_norm,
    constant_schedule,
    cosine_schedule,
    gauss_newton_bartlett,
    hessian_vector_product,
    hutchinson,
    newton_schulz,
    numerical_gradient,
    softmax,
    softmax_cross_entropy,
    step_schedule,
)


def parameters():
    rng = np.random.default_rng(0)
    return [Parameter(rng.normal(size=(3, 2)), "W"), Parameter(rng.normal(size=2), "b")]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_sgd_follows_its_formula_for_two_parameters(momentum, decay):
    params, rng = parameters(), np.random.default_rng(1)
    optimizer = SGD(params, lr=0.05, momentum=momentum, weight_decay=decay)
    values, velocities = [p.data.copy() for p in params], [None, None]
    for _ in range(50):
        grads = [rng.normal(size=p.data.shape) for p in params]
        for p, grad in zip(params, grads):
            p.grad = grad.copy()
        optimizer.step()
        for i, grad in enumerate(grads):
            g = grad + decay * values[i]
            velocities[i] = g if velocities[i] is None else momentum * velocities[i] + g
            values[i] = values[i] - 0.05 * velocities[i]
            np.testing.assert_allclose(params[i].data, values[i], rtol=1e-13)
            np.testing.assert_array_equal(params[i].grad, grad)             # a step never writes to a gradient


def test_momentum_does_not_hold_on_to_a_gradient():
    p = Parameter(np.zeros(2))
    optimizer = SGD([p], lr=1.0, momentum=0.5)
    p.grad = np.ones(2)
    optimizer.step()
    optimizer.step()                                    # the same gradient again: v = 1.5, not a changed gradient
    np.testing.assert_array_equal(p.grad, [1, 1])
    np.testing.assert_array_equal(p.data, [-2.5, -2.5])


def test_a_parameter_without_a_gradient_stays():
    params = parameters()
    before = [p.data.copy() for p in params]
    params[1].grad = np.ones(2)
    SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1).step()
    np.testing.assert_array_equal(params[0].data, before[0])
    assert not np.array_equal(params[1].data, before[1])


def test_zero_grad_forgets():
    params = parameters()
    for p in params:
        p.grad = np.ones_like(p.data)
    SGD(params, lr=0.1).zero_grad()
    assert [p.grad for p in params] == [None, None]


ALL = [(SGD, {}), (SGD, {"momentum": 0.9}), (SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
       (AdaGrad, {}), (AdaDelta, {}), (RMSprop, {}), (RMSprop, {"momentum": 0.9, "centered": True}),
       (Adam, {"weight_decay": 0.1}), (AMSGrad, {}), (AdamW, {}), (Sophia, {}), (Muon, {})]
every_optimizer = pytest.mark.parametrize("make, settings", ALL, ids=lambda v: getattr(v, "__name__", str(v)))


@every_optimizer
@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), constant_schedule(np.float64(0.1))],
                         ids=["number", "NumPy's", "schedule"])
def test_float32_stays_float32(make, settings, lr):
    p = Parameter(np.ones((3, 2), np.float32))
    optimizer = make([p], lr=lr, **settings)
    for _ in range(3):
        p.grad = np.ones((3, 2), np.float32)
        optimizer.step()
    assert p.data.dtype == np.float32
    assert all(array.dtype == np.float32 for state in optimizer.state for array in state.values() if np.ndim(array))


@pytest.mark.parametrize("make, kind, text", [
    (lambda p: SGD(p, lr=-0.1), ValueError, r"lr must not be negative, got -0\.1"),
    (lambda p: SGD(p, lr=float("nan")), ValueError, "lr"),
    (lambda p: SGD(p, lr=0.1, momentum=1.0), ValueError, r"momentum must lie in \[0, 1\), got 1\.0"),
    (lambda p: SGD(p, lr=0.1, momentum=-0.5), ValueError, r"momentum.*got -0\.5"),
    (lambda p: SGD(p, lr=0.1, weight_decay=-1.0), ValueError, r"weight_decay.*got -1\.0"),
    (lambda p: SGD([], lr=0.1), ValueError, "no parameters.*net.params"),
    (lambda p: SGD([*p, p[0]], lr=0.1), ValueError, "twice"),
    (lambda p: SGD([p[0].data], lr=0.1), TypeError, "ndarray; pass net.params"),
    (lambda p: SGD(p, 0.1), TypeError, "positional"),             # settings are given by name
    (lambda p: SGD(p, lr=0.1, nesterov=True), ValueError, "nesterov needs momentum"),
    (lambda p: SGD(p, lr=0.1, momentum=0.9, dampening=0.5, nesterov=True), ValueError, "no dampening"),
    (lambda p: Adam(p, lr=-1e-3), ValueError, r"Adam: lr must not be negative, got -0\.001"),
    (lambda p: Adam(p, betas=(0.9, 1.0)), ValueError, r"betas must lie in \[0, 1\), got β₂ = 1\.0"),
    (lambda p: AMSGrad(p, betas=(-0.1, 0.9)), ValueError, "AMSGrad: betas.*β₁ = -0.1"),
    (lambda p: AdamW(p, betas=0.9), ValueError, "two numbers"),
    (lambda p: Adam(p, eps=-1.0), ValueError, "eps must not be negative"),
    (lambda p: AdamW([*p, p[0]]), ValueError, "AdamW: a parameter was given twice"),
    (lambda p: AdaGrad(p, eps=float("nan")), ValueError, "AdaGrad: eps"),
    (lambda p: RMSprop(p, alpha=1.0), ValueError, r"alpha must lie in \[0, 1\)"),
    (lambda p: AdaDelta(p, rho=-0.5), ValueError, "rho"),
    (lambda p: Sophia(p, lr=0.1, gamma=0.0), ValueError, "gamma and eps must be above 0"),
    (lambda p: Sophia(p, lr=0.1).update_curvature([np.ones((3, 2))]), ValueError, "shapes of the parameters"),
    (lambda p: Muon(p), ValueError, r"matrix, got shape \(2,\).*AdamW"),
    (lambda p: Muon(p[:1], adjust_lr_fn="none"), ValueError, "adjust_lr_fn"),
    (lambda p: Together(SGD(p, lr=0.1), SGD(p[1:], lr=0.1)), ValueError, "two optimizers"),
    (lambda p: clip_grad_norm(p, -1.0), ValueError, "max_norm must not be negative"),
    (lambda p: step_schedule(0.1, every=0), ValueError, "every must be at least 1"),
    (lambda p: cosine_schedule(0.1, steps=10, warmup=10), ValueError, "warmup must lie in"),
    (lambda p: cosine_schedule(-0.1, steps=10), ValueError, "lr must not be negative"),
])
def test_bad_settings_are_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make(parameters())


def test_settings_may_change_during_training():
    p = Parameter(np.zeros(1))
    optimizer = SGD([p], lr=0.1)
    for lr in (0.1, 0.01):
        optimizer.lr = lr
        p.grad = np.ones(1)
        optimizer.step()
    assert p.data[0] == pytest.approx(-0.11)


def test_an_optimizer_without_a_rule_says_so():
    p = Parameter(np.zeros(2))
    p.grad = np.ones(2)
    with pytest.raises(NotImplementedError, match="Optimizer.update"):
        Optimizer([p], lr=0.1).step()


def test_a_gradient_of_another_shape_is_refused():
    p = Parameter(np.zeros((3, 2)), "W")
    p.grad = np.ones(2)
    with pytest.raises(ValueError, match=r"gradient of W has shape \(2,\), the parameter \(3, 2\)"):
        SGD([p], lr=0.1).step()


@every_optimizer
def test_no_step_changes_a_gradient_or_keeps_it(make, settings):
    p, rng = Parameter(np.ones((3, 2))), np.random.default_rng(0)
    optimizer = make([p], lr=0.1, **settings)
    for _ in range(3):
        grad = rng.normal(size=(3, 2))
        p.grad = grad.copy()
        optimizer.step()
        np.testing.assert_array_equal(p.grad, grad)
        assert not any(array is p.grad for array in optimizer.state[0].values())


@every_optimizer
def test_the_memory_is_what_is_kept(make, settings):
    p = Parameter(np.ones((3, 2)))
    optimizer = make([p], lr=0.1, **settings)
    p.grad = np.ones((3, 2))
    optimizer.step()
    assert {key for key, value in optimizer.state[0].items() if np.ndim(value)} == set(optimizer.memory)


@every_optimizer
def test_every_optimizer_goes_down_a_bowl(make, settings):
    p = Parameter(np.array([[3.0, -2.0], [1.0, 4.0]]))
    optimizer = make([p], lr=1.0 if make is AdaDelta else 0.05, **settings)
    before = np.sum(p.data ** 2)
    for _ in range(100):
        p.grad = 2 * p.data
        optimizer.step()
    assert np.sum(p.data ** 2) < 0.9 * before


# ---- Sophia: the published algorithm, line by line ---------------------------------------------------------------

def test_sophia_follows_the_published_algorithm():
    params, rng = parameters(), np.random.default_rng(1)
    lr, beta1, beta2, gamma, eps, decay = 0.03, 0.9, 0.8, 0.5, 1e-2, 0.3
    optimizer = Sophia(params, lr=lr, betas=(beta1, beta2), gamma=gamma, eps=eps, weight_decay=decay)
    theta = [p.data.copy() for p in params]
    m, h = [np.zeros_like(v) for v in theta], [np.zeros_like(v) for v in theta]
    for step in range(50):
        grads = [rng.normal(size=v.shape) for v in theta]
        if step % 10 == 0:
            estimates = [rng.normal(size=v.shape) for v in theta]       # of either sign
            optimizer.update_curvature(estimates)
        for p, grad in zip(params, grads):
            p.grad = grad.copy()
        optimizer.step()
        for i, grad in enumerate(grads):
            m[i] = beta1 * m[i] + (1 - beta1) * grad
            if step % 10 == 0:
                h[i] = beta2 * h[i] + (1 - beta2) * estimates[i]
            theta[i] = theta[i] - lr * decay * theta[i]
            ratio = m[i] / np.where(gamma * h[i] > eps, gamma * h[i], eps)
            theta[i] = theta[i] - lr * np.where(ratio > 1, 1, np.where(ratio < -1, -1, ratio))
            np.testing.assert_allclose(params[i].data, theta[i], rtol=0, atol=1e-12)


def small_network():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 3, rng=rng), ReLU(), Dense(3, 3, rng=rng))
    return net, rng.normal(size=(6, 3)), rng.integers(3, size=6)


def gradient_at(net, x, t):
    for p in net.params:
        p.grad = None
    y, backward = net(x)
    backward(softmax_cross_entropy(y, t)[1]())
    return [p.grad for p in net.params]


def test_hessian_vector_product_is_the_change_of_the_gradient():
    net, x, t = small_network()
    rng = np.random.default_rng(1)
    direction = [rng.normal(size=p.data.shape) for p in net.params]
    before = [p.data.copy() for p in net.params]
    gradient_at(net, x, t)
    grads = [p.grad.copy() for p in net.params]
    product = hessian_vector_product(net, softmax_cross_entropy, x, t, direction)
    for p, data, grad in zip(net.params, before, grads):            # all is as it was
        np.testing.assert_array_equal(p.data, data)
        np.testing.assert_array_equal(p.grad, grad)
    ends = []
    for sign in (1, -1):
        for p, data, u in zip(net.params, before, direction):
            p.data = data + sign * 1e-6 * u
        ends.append(gradient_at(net, x, t))
    for got, plus, minus in zip(product, *ends):
        np.testing.assert_allclose(got, (plus - minus) / 2e-6, atol=1e-8)
    with pytest.raises(ValueError, match="direction must have the shapes"):
        hessian_vector_product(net, softmax_cross_entropy, x, t, direction[:2])


def test_hutchinson_is_right_on_average():
    net, x, t = small_network()
    rng = np.random.default_rng(2)
    b, which = net.params[-1], 1                                    # one bias: its second derivative by differences

    def slope(value):
        kept, b.data = b.data, b.data.copy()
        b.data[which] = value
        grad = gradient_at(net, x, t)[-1][which]
        b.data = kept
        return grad
    exact = numerical_gradient(slope, b.data[which])
    draws = [hutchinson(net, softmax_cross_entropy, x, t, rng)[-1][which] for _ in range(2000)]
    assert np.mean(draws) == pytest.approx(exact, abs=4 * np.std(draws) / 2000 ** 0.5)


def test_gauss_newton_bartlett_is_right_on_average():
    net, x, _ = small_network()
    rng = np.random.default_rng(3)
    z, _ = net(x)
    p, _ = softmax(z)
    # For the last bias the Gauss-Newton matrix is the mean over the batch of diag(p) − p pᵀ.
    exact = (p * (1 - p)).mean(axis=0)
    draws = np.array([gauss_newton_bartlett(net, x, rng)[-1] for _ in range(4000)])
    np.testing.assert_allclose(draws.mean(axis=0), exact, atol=4 * draws.std(axis=0).max() / 4000 ** 0.5)
    assert all((d >= 0).all() for d in gauss_newton_bartlett(net, x, rng))


# ---- Muon, clipping, schedules ------------------------------------------------------------------------------------

@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (1, 5)])
def test_newton_schulz_keeps_the_vectors_and_levels_the_values(shape):
    G = np.random.default_rng(0).normal(size=shape)
    U, _, V = np.linalg.svd(G, full_matrices=False)
    values = np.diag(U.T @ newton_schulz(G) @ V.T)
    assert np.all((values > 0.3) & (values < 1.2))
    off = U.T @ newton_schulz(G) @ V.T - np.diag(values)
    np.testing.assert_allclose(off, 0, atol=1e-12)
    assert np.all(newton_schulz(np.zeros(shape)) == 0)


def test_together_steps_each():
    W, b = parameters()
    both = Together(Muon([W], lr=0.1), SGD([b], lr=0.5))
    W.grad, b.grad = np.ones((3, 2)), np.ones(2)
    before = W.data.copy(), b.data.copy()
    both.step()
    assert not np.array_equal(W.data, before[0])
    np.testing.assert_allclose(b.data, before[1] - 0.5)
    both.zero_grad()
    assert W.grad is None and b.grad is None


def test_clipping_keeps_the_direction():
    params = parameters()
    params[0].grad, params[1].grad = np.full((3, 2), 3.0), np.full(2, -3.0)
    assert clip_grad_norm(params, 2.0) == pytest.approx(3 * 8 ** 0.5)
    grads = np.concatenate([p.grad.ravel() for p in params])
    assert np.linalg.norm(grads) == pytest.approx(2.0, abs=1e-5)
    np.testing.assert_allclose(grads / grads[0], [1] * 6 + [-1] * 2)
    assert clip_grad_norm(params, 5.0) == pytest.approx(2.0, abs=1e-5)      # short enough: nothing changes
    np.testing.assert_array_equal(np.concatenate([p.grad.ravel() for p in params]), grads)
    params[0].grad[0, 0] = np.nan
    with pytest.raises(Diverged, match="norm is nan"):
        clip_grad_norm(params, 1.0)


def test_schedules():
    assert [constant_schedule(0.3)(s) for s in (1, 100)] == [0.3, 0.3]
    halved = step_schedule(0.8, every=3, factor=0.5)
    assert [halved(s) for s in range(1, 8)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]
    cosine = cosine_schedule(1.0, steps=12, warmup=4, final=0.2)
    np.testing.assert_allclose([cosine(s) for s in (1, 2, 4, 8, 12, 20)], [0.25, 0.5, 1.0, 0.6, 0.2, 0.2])


def test_an_optimizer_asks_its_schedule_once_a_step():
    p, asked = Parameter(np.zeros(1)), []

    def schedule(step):
        asked.append(step)
        return 1.0 / step
    optimizer = SGD([p], lr=schedule)
    for _ in range(3):
        p.grad = np.ones(1)
        optimizer.step()
    assert asked == [1, 2, 3] and p.data[0] == pytest.approx(-(1 + 1 / 2 + 1 / 3))


# ---- settings: one look for all ------------------------------------------------------------------------------------

NUMBERS = [(SGD, "lr"), (SGD, "momentum"), (SGD, "dampening"), (SGD, "weight_decay"), (AdaGrad, "lr"), (AdaGrad, "eps"),
           (AdaGrad, "initial_accumulator_value"), (RMSprop, "alpha"), (RMSprop, "momentum"), (AdaDelta, "rho"),
           (Adam, "eps"), (AdamW, "weight_decay"), (Sophia, "gamma"), (Sophia, "eps"), (Muon, "momentum"),
           (Muon, "eps")]


@pytest.mark.parametrize("make, name", NUMBERS, ids=lambda v: getattr(v, "__name__", v))
@pytest.mark.parametrize("value, kind, text", [
    ("0.1", TypeError, "must be a number, got '0.1'; write it without quotation marks"),
    (True, TypeError, "must be a number, got True"),
    (None, TypeError, "must be a number, got None"),
    ([0.1], TypeError, r"must be a number, got \[0.1\]"),
    (np.array([0.1, 0.2]), TypeError, "must be a number, got array"),
    (0.1j, TypeError, "must be a number, got 0.1j"),
    (float("nan"), ValueError, "must be a finite number, got nan"),
    (float("inf"), ValueError, "must be a finite number, got inf"),
    (-0.25, ValueError, "got -0.25"),
], ids=str)
def test_a_setting_is_a_plain_number_in_its_range(make, name, value, kind, text):
    with pytest.raises(kind, match=f"^{make.__name__}: {name} {text if kind is TypeError else f'must .*{text[-8:]}'}"):
        make(parameters()[:1], **{"lr": 0.1, name: value})


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5), 0, np.int64(0)],
                         ids=lambda v: type(v).__name__)
def test_all_kinds_of_real_numbers_are_settings(value):
    SGD(parameters(), lr=value, momentum=value, weight_decay=value)


@pytest.mark.parametrize("make, kind, text", [
    (lambda p: SGD(p), TypeError, r"SGD: lr must be a number, got None; give a number, such as lr=0.1, or a schedule"),
    (lambda p: Sophia(p), TypeError, "Sophia: lr must be a number, got None"),
    (lambda p: SGD(p[0], lr=0.1), TypeError, r"SGD: a list of Parameters is wanted, got a single Parameter.*\[p\]"),
    (lambda p: SGD(Dense(2, 3, rng=np.random.default_rng(0)), lr=0.1), TypeError, "a single Dense; pass net.params"),
    (lambda p: Adam(p, betas=("0.9", "0.99")), TypeError, "Adam: betas must be a number, got β₁ = '0.9'"),
    (lambda p: Adam(p, betas=(0.9, float("nan"))), ValueError, "Adam: betas must be a finite number, got β₂ = nan"),
    (lambda p: Muon(p[:1], ns_steps=2.5), ValueError, "Muon: ns_steps must be at least 0, and a whole number, got 2.5"),
    (lambda p: Muon(p[:1], ns_coefficients=(1, 2)), ValueError, "ns_coefficients must be three numbers"),
    (lambda p: clip_grad_norm(p, "1"), TypeError, "clip_grad_norm: max_norm must be a number, got '1'"),
    (lambda p: clip_grad_norm(p, float("nan")), ValueError, "max_norm must be a finite number, got nan"),
    (lambda p: clip_grad_norm(p[0], 1.0), TypeError, "clip_grad_norm: a list of Parameters is wanted"),
    (lambda p: constant_schedule("0.1"), TypeError, "constant_schedule: lr must be a number"),
    (lambda p: step_schedule(0.1, every="3"), TypeError, "step_schedule: every must be a number"),
    (lambda p: step_schedule(0.1, every=3, factor=float("nan")), ValueError, "factor must be a finite number"),
    (lambda p: cosine_schedule(float("inf"), steps=10), ValueError, "lr must be a finite number, got inf"),
    (lambda p: cosine_schedule(0.1, steps=float("nan")), ValueError, "cosine_schedule: steps must be a finite number"),
    (lambda p: cosine_schedule(0.1, steps=10, warmup="1"), TypeError, "cosine_schedule: warmup must be a number"),
    (lambda p: cosine_schedule(0.1, steps=10, final=True), TypeError, "cosine_schedule: final must be a number"),
])
def test_what_is_no_setting_is_refused_with_a_remedy(make, kind, text):
    with pytest.raises(kind, match=text):
        make(parameters())


@pytest.mark.parametrize("lr, kind, text", [
    (lambda step: float("nan"), ValueError, "SGD: lr must be a finite number, got nan"),
    (lambda step: "0.1", TypeError, "SGD: lr must be a number, got '0.1'"),
    (lambda step: -1.0, ValueError, "SGD: lr must not be negative")], ids=["nan", "text", "negative"])
def test_what_a_schedule_answers_is_looked_at_too(lr, kind, text):
    p = Parameter(np.ones(2))
    p.grad = np.ones(2)
    optimizer = SGD([p], lr=lr)
    with pytest.raises(kind, match=text):
        optimizer.step()
    np.testing.assert_array_equal(p.data, 1)


# ---- rounding and range --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("gradient", [0.1, 1.0, -3.3, 1e-3])
def test_centred_rmsprop_survives_a_constant_gradient(gradient):
    """The variance s − a² of a constant is 0, and by rounding less: at gradient 0.1 step 3,226 was NaN."""
    p = Parameter(np.zeros(1))
    optimizer = RMSprop([p], centered=True)
    for _ in range(4000):
        p.grad = np.full(1, gradient)
        optimizer.step()
    assert np.isfinite(p.data).all() and np.sign(p.data[0]) == -np.sign(gradient)


@pytest.mark.parametrize("dtype, size", [(np.float32, 1e20), (np.float32, 1e-25), (np.float64, 1e200),
                                         (np.float64, 1e-200)])
def test_clipping_where_squares_overflow_or_vanish(dtype, size):
    W, b = parameters()
    W.grad, b.grad = np.full((3, 2), 3 * size, dtype), np.full(2, -3 * size, dtype)
    norm = clip_grad_norm([W, b], max_norm=np.inf)
    assert norm == pytest.approx(3 * size * 8 ** 0.5, rel=1e-6)
    if size > 1:
        clip_grad_norm([W, b], 2.0)
        np.testing.assert_allclose(W.grad, 2 / 8 ** 0.5, rtol=1e-5)
        np.testing.assert_allclose(b.grad, -2 / 8 ** 0.5, rtol=1e-5)


def test_clipping_names_the_gradient_that_is_not_finite():
    W, b = parameters()
    W.grad, b.grad = np.ones((3, 2)), np.array([1.0, np.nan])
    with pytest.raises(Diverged, match=r"norm is nan, that of b is not finite; look for the step"):
        clip_grad_norm([W, b], 1.0)
    b.grad, unnamed = np.array([1.0, -np.inf]), Parameter(np.ones(1))
    unnamed.grad = np.array([np.inf])
    with pytest.raises(ValueError, match=r"norm is inf, that of b, parameter 2 is not finite"):
        clip_grad_norm([W, b, unnamed], 1.0)


@pytest.mark.parametrize("size", [1e20, 1e-4])
def test_newton_schulz_does_not_depend_on_the_scale(size):
    G = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    np.testing.assert_allclose(newton_schulz(np.float32(size) * G), newton_schulz(G), atol=1e-5)


def test_curvature_leaves_running_averages_alone():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(3, 4, rng=rng), BatchNorm(4), Tanh(), Dense(4, 3, rng=rng))
    x, t = rng.normal(size=(6, 3)), rng.integers(3, size=6)
    net(x)
    norm = net.layers[1]
    before, arrays = [a.copy() for a in norm.running], norm.running
    hessian_vector_product(net, softmax_cross_entropy, x, t, [np.ones_like(p.data) for p in net.params])
    gauss_newton_bartlett(net, x, rng)
    hutchinson(net, softmax_cross_entropy, x, t, rng)
    for a, b, kept in zip(norm.running, before, arrays):
        assert a is kept
        np.testing.assert_array_equal(a, b)
