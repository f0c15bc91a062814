"""Frozen results of PyTorch, so that the parity tests say the same where PyTorch is absent.

Run it where PyTorch is installed: ``python tests/rules/references/make_references.py``. It writes rules.npz,
network.npz and optimizers.npz beside itself (float64, inputs included). ``tests/rules/test_parity.py`` compares
course_lib with these files and, where PyTorch is there, these files with PyTorch.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from rule_table import RULES, as_tuple, differentiable, upstream  # noqa: E402

from course_lib.data.origins import made_now, with_origin  # noqa: E402


def torch_rules():
    """Each rule of the table in PyTorch's words."""
    import torch
    from torch.nn import functional as F

    def loop(cell, xs, state):
        states = []
        for x in xs:
            state = cell(x, state)
            states.append(state)
        return torch.stack(states)

    def last_gate(c):
        return torch.cat([0 * c, 0 * c, c])

    def batch_norm(x, gamma, beta, eps=1e-5, statistics=None):
        mean, variance = map(torch.from_numpy, statistics or (np.zeros(len(gamma)), np.ones(len(gamma))))
        return F.batch_norm(x, mean, variance, gamma, beta, training=statistics is None, eps=eps)

    def normalise_bands(x, loud, lowest):
        weight = torch.from_numpy(loud / loud.sum(axis=-1, keepdims=True))[..., None]
        return torch.clamp(x - (weight * x).sum(dim=-2, keepdim=True), min=lowest)
    return {
        "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div, "negative": torch.neg,
        "power": torch.pow, "power -1/2": torch.pow, "maximum": torch.maximum, "exp": torch.exp, "log": torch.log,
        "identity": torch.nn.Identity(), "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
        "leaky_relu": lambda x, slope: F.leaky_relu(x, slope),
        "gelu": lambda x: F.gelu(x, approximate="tanh"),
        "matmul": torch.matmul,
        "affine": lambda x, W, b: F.linear(x, W.T, b),
        **dict.fromkeys(("sum", "sum axis 0", "sum axes -1, 0"), lambda x, axis=None: x.sum(dim=axis)),
        **dict.fromkeys(("mean", "mean axis 0", "mean axes -1, 0"), lambda x, axis=None: x.mean(dim=axis)),
        "reshape": torch.reshape,
        "sqrt": torch.sqrt,
        **dict.fromkeys(("roll", "roll axes 2, 0"), lambda x, shift, axis=None: torch.roll(x, shift, axis)),
        **dict.fromkeys(("take", "take of a column", "take of pairs"),
                        lambda x, index: x[torch.from_numpy(index) if isinstance(index, np.ndarray) else index]),
        "softmax": lambda x: torch.softmax(x, dim=-1),
        "log_softmax": lambda x: torch.log_softmax(x, dim=-1),
        **dict.fromkeys(("batch_norm", "batch_norm of images", "batch_norm fixed"), batch_norm),
        "layer_norm": lambda x, gamma, beta, eps=1e-5: F.layer_norm(x, x.shape[-1:], gamma, beta, eps),
        # F.dropout draws its own mask; with a given one its formula is written out.
        "dropout": lambda x, kept, rate: torch.where(torch.from_numpy(kept), x / (1 - rate), 0 * x),
        **dict.fromkeys(("conv2d", "conv2d stride 2, padding 1", "conv2d stride 3, padding 0, 2", "conv2d 1x1"),
                        F.conv2d),
        **dict.fromkeys(("max_pool2d", "max_pool2d overlapping"),
                        lambda x, size, stride=None: F.max_pool2d(x, size, stride)),
        **dict.fromkeys(("avg_pool2d", "avg_pool2d overlapping"),
                        lambda x, size, stride=None: F.avg_pool2d(x, size, stride)),
        "pad2d": lambda x, padding, value: F.pad(x, [p for p in reversed(padding) for _ in range(2)], value=value),
        "embedding": lambda table, indices: F.embedding(torch.from_numpy(indices), table),
        # PyTorch keeps transposes, takes both states of the LSTM apart, and adds a second bias to each gate.
        "rnn_cell": lambda x, h, W, U, b: torch.rnn_tanh_cell(x, h, W.T, U.T, b, 0 * b),
        "lstm_cell": lambda x, s, W, U, b: torch.stack(torch.lstm_cell(x, (s[0], s[1]), W.T, U.T, b, 0 * b)),
        "gru_cell": lambda x, h, W, U, b, c: torch.gru_cell(x, h, W.T, U.T, b, last_gate(c)),
        "rnn": lambda xs, h, W, U, b: loop(lambda x, h: torch.rnn_tanh_cell(x, h, W.T, U.T, b, 0 * b), xs, h),
        "lstm": lambda xs, s, W, U, b: loop(
            lambda x, s: torch.stack(torch.lstm_cell(x, (s[0], s[1]), W.T, U.T, b, 0 * b)), xs, s),
        "gru": lambda xs, h, W, U, b, c: loop(lambda x, h: torch.gru_cell(x, h, W.T, U.T, b, last_gate(c)), xs, h),
        "mean_squared_error": F.mse_loss,
        "binary_cross_entropy": F.binary_cross_entropy_with_logits,
        "softmax_cross_entropy": F.cross_entropy,
        # multi_margin_loss divides by the number of classes too.
        "l2_normalize": lambda x, eps=1e-12: F.normalize(x, dim=-1, eps=eps),
        **dict.fromkeys(("frames", "frames apart"), lambda x, size, hop: x.unfold(-1, size, hop)),
        "power_spectrum": lambda x: torch.view_as_real(torch.fft.rfft(x)).square().sum(dim=-1),
        "log_mel": lambda power, filters, floor: torch.log(power @ torch.from_numpy(filters) + floor),
        "normalise_bands": normalise_bands,
        # PyTorch's triplet_margin_loss compares distances; the papers compare their squares.
        "triplet_loss": lambda a, p, n, margin: F.relu(((a - p)**2 - (a - n)**2).sum(dim=1) + margin).mean(),
        "hinge": lambda z, t, margin: F.multi_margin_loss(z, t, margin=margin) * z.shape[1],
    }


def arguments_of(name, seed=0):
    """The same inputs and upstream gradient for every run: {"x0": …, "dy": …}."""
    rule, arguments, options = RULES[name]
    rng = np.random.default_rng([seed, *name.encode()])
    inputs = arguments(rng)
    dy = upstream(rng, rule(*inputs, **options)[0])
    return {**{f"x{i}": x for i, x in enumerate(inputs)}, "dy": dy}


def inputs_of(case):
    return [case[f"x{i}"] for i in range(sum(key.startswith("x") for key in case))]


def in_course_lib(name, case):
    """Output and gradients of our rule: {"y": …, "g0": …}."""
    rule, _, options = RULES[name]
    y, backward = rule(*inputs_of(case), **options)
    return {"y": y, **{f"g{i}": g for i, g in enumerate(as_tuple(backward(case["dy"])))}}


def in_torch(name, case):
    """Output and gradients of PyTorch for the same case."""
    import torch
    inputs = [torch.from_numpy(np.array(x)) for x in inputs_of(case)]
    leaves = inputs[:differentiable(name)]
    for leaf in leaves:
        leaf.requires_grad_()
    y = torch_rules()[name](*inputs, **RULES[name][2])
    y.backward(torch.from_numpy(np.array(case["dy"])))
    return {"y": y.detach().numpy(), **{f"g{i}": leaf.grad.numpy() for i, leaf in enumerate(leaves)}}


# ---- a network and a training --------------------------------------------------------------------------------

SIZES = (5, 7, 6, 4)
HIDDEN = ("Tanh", "ReLU")
# Every optimizer with unusual settings: {name: (our class, PyTorch's class, settings, PyTorch's further settings)}.
OPTIMIZERS = {
    "plain": ("SGD", "SGD", {"lr": 0.05}, {}),
    "decay": ("SGD", "SGD", {"lr": 0.05, "weight_decay": 0.05}, {}),
    "momentum": ("SGD", "SGD", {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.02}, {}),
    "dampened": ("SGD", "SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}, {}),
    "nesterov": ("SGD", "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.02}, {}),
    "adagrad": ("AdaGrad", "Adagrad", {"lr": 0.2, "eps": 1e-2, "weight_decay": 0.05,
                                       "initial_accumulator_value": 0.1}, {}),
    "rmsprop": ("RMSprop", "RMSprop", {"lr": 0.02, "alpha": 0.8, "eps": 1e-2, "weight_decay": 0.05}, {}),
    "rmsprop more": ("RMSprop", "RMSprop", {"lr": 0.01, "momentum": 0.7, "centered": True, "eps": 1e-3}, {}),
    "adadelta": ("AdaDelta", "Adadelta", {"rho": 0.7, "eps": 1e-2, "weight_decay": 0.05}, {}),
    "adam": ("Adam", "Adam", {"lr": 0.05, "betas": (0.7, 0.95), "eps": 1e-2, "weight_decay": 0.05}, {}),
    "amsgrad": ("AMSGrad", "Adam", {"lr": 0.05, "betas": (0.7, 0.8), "eps": 1e-2, "weight_decay": 0.05},
                {"amsgrad": True}),
    "adamw": ("AdamW", "AdamW", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-2, "weight_decay": 0.2}, {}),
    "muon": ("Muon", "Muon", {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.2}, {}),
    "muon more": ("Muon", "Muon", {"lr": 0.05, "nesterov": False, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
                  {}),
}
SHOWN = slice(9, 50, 10)                                # of 50 steps, every tenth is kept


def network_inputs():
    rng = np.random.default_rng(1)
    pairs = list(zip(SIZES, SIZES[1:]))
    weights = {f"W{i}": rng.normal(size=pair) / pair[0] ** 0.5 for i, pair in enumerate(pairs)}
    biases = {f"b{i}": 0.1 * rng.normal(size=pair[1]) for i, pair in enumerate(pairs)}
    return {**weights, **biases, "x": rng.normal(size=(8, SIZES[0])), "t": rng.integers(0, SIZES[-1], size=8)}


def network_in_torch(case):
    """Loss, logits and every gradient of Linear–Tanh–Linear–ReLU–Linear with the cross-entropy."""
    import torch
    layers = []
    for i, pair in enumerate(zip(SIZES, SIZES[1:])):
        linear = torch.nn.Linear(*pair, dtype=torch.float64)
        linear.weight.data = torch.from_numpy(case[f"W{i}"].T.copy())       # PyTorch stores the transpose
        linear.bias.data = torch.from_numpy(case[f"b{i}"].copy())
        layers += [linear] + ([getattr(torch.nn, HIDDEN[i])()] if i < len(HIDDEN) else [])
    x = torch.from_numpy(case["x"]).requires_grad_()
    z = torch.nn.Sequential(*layers)(x)
    loss = torch.nn.functional.cross_entropy(z, torch.from_numpy(case["t"]))
    loss.backward()
    linears = layers[::2]
    return {"z": z.detach().numpy(), "loss": loss.detach().numpy(), "dx": x.grad.numpy(),
            **{f"dW{i}": m.weight.grad.numpy().T for i, m in enumerate(linears)},
            **{f"db{i}": m.bias.grad.numpy() for i, m in enumerate(linears)}}


def path_inputs():
    """Linear regression in two layers without anything between: two matrices, so that Muon can take part."""
    rng = np.random.default_rng(2)
    return {"x": rng.normal(size=(20, 3)), "t": rng.normal(size=(20, 2)), "V": rng.normal(size=(3, 4)),
            "W": rng.normal(size=(4, 2))}


def paths_in_torch(case):
    """Both parameters after every tenth of 50 steps of each optimizer: {"V adam": (5, 3, 4), …}."""
    import torch
    # PyTorch's Muon rounds to 8 bits: not here.
    rounding, torch.Tensor.bfloat16 = torch.Tensor.bfloat16, torch.Tensor.clone
    try:
        return {key: path for name in OPTIMIZERS for key, path in path_in_torch(name, case).items()}
    finally:
        torch.Tensor.bfloat16 = rounding


def path_in_torch(name, case):
    import torch
    _, optimizer_class, settings, more = OPTIMIZERS[name]
    V, W = (torch.tensor(case[key], requires_grad=True) for key in ("V", "W"))
    optimizer = getattr(torch.optim, optimizer_class)([V, W], **settings, **more)
    path = {"V": [], "W": []}
    for _ in range(50):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(torch.from_numpy(case["x"]) @ V @ W, torch.from_numpy(case["t"])).backward()
        optimizer.step()
        path["V"].append(V.detach().numpy().copy())
        path["W"].append(W.detach().numpy().copy())
    return {f"{key} {name}": np.array(values)[SHOWN] for key, values in path.items()}


def main():
    rules = {"names": np.array(list(RULES))}            # numbers stand for names: names are no file names
    for i, name in enumerate(RULES):
        case = arguments_of(name)
        rules |= {f"{i}_{key}": value for key, value in {**case, **in_torch(name, case)}.items()}
    network, paths = network_inputs(), path_inputs()
    write("rules.npz", rules, steps="0: one forward and one backward of each rule",
          seeds="0 and the letters of the name of the rule", sizes=f"{len(RULES)} rules of tests/rule_table.py")
    write("network.npz", {**network, **network_in_torch(network)}, steps="0: one forward and one backward",
          seeds="1: weights, inputs and labels", sizes=f"layers of {SIZES}, {len(network['x'])} rows")
    write("optimizers.npz", {**paths, **paths_in_torch(paths)}, steps="50, of which every tenth is kept",
          seeds="2: inputs, targets and both matrices", sizes=f"{len(OPTIMIZERS)} optimizers, {len(paths['x'])} rows")


def write(name, arrays, **facts):
    import torch
    origin = made_now(command="python tests/rules/references/make_references.py", averaging="none",
                      data=f"none: drawn by NumPy {np.__version__}, computed by PyTorch {torch.__version__} in float64",
                      **facts)
    np.savez_compressed(HERE / name, **with_origin(arrays, origin))


if __name__ == "__main__":
    main()
