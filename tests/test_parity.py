"""Parity with PyTorch in float64: against frozen results always, against PyTorch itself where it is installed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from course_lib import SGD, Dense, Parameter, ReLU, Sequential, Tanh, affine, mean_squared_error, softmax_cross_entropy
from rules import RULES, differentiable

HERE = Path(__file__).resolve().parent / "references"
sys.path.insert(0, str(HERE))
from make_references import (SETTINGS, SIZES, arguments_of, in_course_lib, in_torch, network_in_torch,  # noqa: E402
                             network_inputs, sgd_in_torch, sgd_inputs)

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


# ---- SGD, 50 steps, two parameters ----------------------------------------------------------------------------

def compare_sgd(case, theirs):
    for name, settings in SETTINGS.items():
        W, b = Parameter(case["W"].copy(), "W"), Parameter(case["b"].copy(), "b")
        optimizer = SGD([W, b], lr=0.05, **settings)
        for step in range(50):
            y, backward = affine(case["x"], W.data, b.data)
            _, W.grad, b.grad = backward(mean_squared_error(y, case["t"])[1]())
            optimizer.step()
            close(W.data, theirs[f"W_{name}"][step], 1e-12)
            close(b.data, theirs[f"b_{name}"][step], 1e-12)


def test_sgd_equals_the_frozen_reference():
    file = dict(np.load(HERE / "sgd.npz"))
    compare_sgd(file, file)


@needs_torch
def test_sgd_equals_pytorch():
    case = sgd_inputs()
    compare_sgd(case, sgd_in_torch(case))


def test_the_references_are_small():
    assert sum(f.stat().st_size for f in HERE.glob("*.npz")) < 100_000
