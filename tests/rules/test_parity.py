"""Parity with PyTorch (and SciPy) in float64: with frozen results always, with PyTorch itself where it is installed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from rule_table import RULES, as_tuple, differentiable

import course_lib
from course_lib import Dense, Parameter, ReLU, Sequential, Tanh, matmul, mean_squared_error, softmax_cross_entropy

HERE = Path(__file__).resolve().parent / "references"
sys.path.insert(0, str(HERE))
from make_references import (  # noqa: E402
    OPTIMIZERS,
    SHOWN,
    SIZES,
    arguments_of,
    in_course_lib,
    in_torch,
    network_in_torch,
    network_inputs,
    path_inputs,
    paths_in_torch,
)

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
RULES_FILE = dict(np.load(HERE / "rules.npz"))


def close(ours, theirs, tolerance=1e-10):
    """The same shape, and a relative error (of the largest entry) below the tolerance."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == np.float64 and ours.shape == theirs.shape
    assert np.max(np.abs(ours - theirs), initial=0) <= tolerance * max(1.0, np.max(np.abs(theirs), initial=0))


def frozen(name):
    i = list(RULES_FILE["names"]).index(name)
    return {key.split("_")[1]: value for key, value in RULES_FILE.items() if key.split("_")[0] == str(i)}


# ---- rules ----------------------------------------------------------------------------------------------------

def compare_rule(name, case, theirs):
    ours = in_course_lib(name, case)
    assert set(ours) == {"y"} | {f"g{i}" for i in range(differentiable(name))}
    for key, value in ours.items():
        close(value, theirs[key])


@pytest.mark.parametrize("name", RULES)
def test_rule_equals_the_frozen_reference(name):
    compare_rule(name, frozen(name), frozen(name))


@needs_torch
@pytest.mark.parametrize("name", RULES)
def test_rule_equals_pytorch(name):
    for seed in range(1, 6):
        case = arguments_of(name, seed)
        compare_rule(name, case, in_torch(name, case))


@needs_torch
@pytest.mark.parametrize("name", RULES)
def test_the_frozen_reference_is_what_pytorch_says(name):
    case = frozen(name)
    for key, value in in_torch(name, case).items():
        close(value, case[key], 1e-12)


# ---- convolution and pooling over random shapes ------------------------------------------------------------------

@needs_torch
def test_convolution_and_pooling_equal_pytorch_over_random_shapes():
    import torch
    from torch.nn import functional as F

    def compare(ours, theirs, arrays, rng):
        y, backward = ours(*arrays)
        tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
        y_torch, dy = theirs(*tensors), rng.normal(size=y.shape)
        close(y, y_torch.detach().numpy())
        y_torch.backward(torch.tensor(dy))
        for grad, tensor in zip(as_tuple(backward(dy)), tensors, strict=True):
            close(grad, tensor.grad.numpy())

    for seed in range(60):
        rng = np.random.default_rng(seed)
        (n, c, f), kernel = rng.integers(1, 5, size=3), tuple(int(k) for k in rng.integers(1, 5, size=2))
        stride, padding = ([int(k) for k in rng.integers(low, 4, size=2)] for low in (1, 0))
        x = rng.normal(size=(n, c, *(k + rng.integers(0, 6) for k in kernel)))
        arrays = x, rng.normal(size=(f, c, *kernel)), rng.normal(size=f)
        compare(lambda *a: course_lib.conv2d(*a, stride, padding),
                lambda *a: F.conv2d(*a, stride=stride, padding=padding),
                arrays, rng)
        for entries in (x, np.round(x)):                # rounded, many windows have several largest entries
            for step in (None, stride):
                for pool in ("max_pool2d", "avg_pool2d"):
                    compare(lambda a: getattr(course_lib, pool)(a, kernel, step),
                            lambda a: getattr(F, pool)(a, kernel, step), [entries], rng)


# ---- a network ------------------------------------------------------------------------------------------------

def compare_network(case, theirs):
    rng = np.random.default_rng(0)
    dense = [Dense(*pair, rng=rng) for pair in zip(SIZES, SIZES[1:])]
    net = Sequential(dense[0], Tanh(), dense[1], ReLU(), dense[2])
    for i, layer in enumerate(dense):
        layer.W.data, layer.b.data = case[f"W{i}"].copy(), case[f"b{i}"].copy()
    z, backward = net(case["x"])
    loss, loss_backward = softmax_cross_entropy(z, case["t"])
    close(z, theirs["z"])
    close(loss, theirs["loss"])
    close(backward(loss_backward()), theirs["dx"])
    for i, layer in enumerate(dense):
        close(layer.W.grad, theirs[f"dW{i}"])
        close(layer.b.grad, theirs[f"db{i}"])


def test_network_equals_the_frozen_reference():
    file = dict(np.load(HERE / "network.npz"))
    compare_network(file, file)


@needs_torch
def test_network_equals_pytorch():
    case = network_inputs()
    compare_network(case, network_in_torch(case))


# ---- optimizers, 50 steps, two parameters ---------------------------------------------------------------------

def compare_paths(name, case, theirs):
    ours, _, settings, _ = OPTIMIZERS[name]
    V, W = Parameter(case["V"].copy(), "V"), Parameter(case["W"].copy(), "W")
    optimizer = getattr(course_lib, ours)([V, W], **settings)
    path = {"V": [], "W": []}
    for _ in range(50):
        h, first = matmul(case["x"], V.data)
        y, second = matmul(h, W.data)
        dh, W.grad = second(mean_squared_error(y, case["t"])[1]())
        _, V.grad = first(dh)
        optimizer.step()
        path["V"].append(V.data.copy())
        path["W"].append(W.data.copy())
    for key, values in path.items():
        # Muon's chains of products enlarge differences in rounding.
        close(np.array(values)[SHOWN], theirs[f"{key} {name}"], 1e-10 if "muon" in name else 1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_follows_the_frozen_reference(name):
    file = dict(np.load(HERE / "optimizers.npz"))
    compare_paths(name, file, file)


@needs_torch
def test_optimizers_follow_pytorch():
    case = path_inputs()
    theirs = paths_in_torch(case)
    for name in OPTIMIZERS:
        compare_paths(name, case, theirs)


@needs_torch
def test_schedules_follow_pytorch():
    import torch
    # PyTorch counts from 0. Our cosine reaches its end with the last step, so its step 1 is PyTorch's second.
    for ours, first, make in [(course_lib.step_schedule(0.3, every=4, factor=0.5), 1,
                               lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=4, gamma=0.5)),
                              (course_lib.cosine_schedule(0.3, steps=20, final=0.01), 0,
                               lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=20, eta_min=0.01))]:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
        scheduler = make(optimizer)
        for step in range(20):
            assert ours(step + first) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
            optimizer.step()
            scheduler.step()


@needs_torch
def test_clipping_equals_pytorch():
    import torch
    rng = np.random.default_rng(0)
    for max_norm in (0.5, 3.0, 100.0):
        grads = [rng.normal(size=(4, 3)), rng.normal(size=5)]
        params = [Parameter(np.zeros(g.shape)) for g in grads]
        tensors = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in grads]
        for p, tensor, g in zip(params, tensors, grads):
            p.grad, tensor.grad = g.copy(), torch.tensor(g)
        close(course_lib.clip_grad_norm(params, max_norm), torch.nn.utils.clip_grad_norm_(tensors, max_norm).numpy())
        for p, tensor in zip(params, tensors):
            close(p.grad, tensor.grad.numpy())


# ---- minimisation over the whole batch, beside SciPy ------------------------------------------------------------

@pytest.mark.skipif(importlib.util.find_spec("scipy") is None, reason="SciPy is not installed")
@pytest.mark.parametrize("method", ["conjugate_gradient", "lbfgs"])
def test_the_minimum_is_scipys(method):
    from scipy.optimize import minimize
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(60, 4)), rng.integers(3, size=60)

    def function(v):                                    # softmax regression with a penalty: one minimum
        z, backward = course_lib.affine(x, v[:12].reshape(4, 3), v[12:])
        loss, loss_backward = softmax_cross_entropy(z, t)
        _, dW, db = backward(loss_backward())
        return loss + 0.05 * v @ v, np.concatenate([dW.ravel(), db]) + 0.1 * v
    theirs = minimize(function, np.zeros(15), jac=True, method="BFGS", options={"gtol": 1e-12})
    ours = getattr(course_lib, method)(function, np.zeros(15), steps=50)
    assert ours.success and np.max(np.abs(function(ours.x)[1])) <= 1e-10
    close(ours.fun, theirs.fun, 1e-12)
    close(ours.x, theirs.x, 1e-7)                       # SciPy stops short: its line search is at the end of its digits


def test_the_references_are_small():
    assert sum(f.stat().st_size for f in HERE.glob("*.npz")) < 200_000
