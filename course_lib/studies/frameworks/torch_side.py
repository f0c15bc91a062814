"""What lesson 14 needs of PyTorch beside its page: networks there and back, and a step to be timed."""

import numpy as np

from course_lib.layers import RNN, Dense, Sequential, Sigmoid, Tanh
from course_lib.studies.frameworks import Row, array, dense, recurrent, squash_back
from course_lib.studies.frameworks import squash as _known


def prepare():
    """One thread, as NumPy has in this course; an NVIDIA card, where there is one, for all that is made from now on."""
    import torch
    torch.set_num_threads(1)
    if torch.cuda.is_available():
        torch.set_default_device("cuda")


def row():
    """Name, version, device, and the type of a Python number."""
    import torch
    x = torch.tensor(0.1)
    return Row("PyTorch", torch.__version__.split("+")[0], x.device.type, str(x.dtype).removeprefix("torch."))


def from_course(net):
    """A network of Dense, Sigmoid and Tanh as ``torch.nn.Sequential`` with the same weights. PyTorch keeps W as
    (n_out, n_in) and computes x Wᵀ + b, so W is transposed."""
    import torch
    layers, state = [], {}
    for i, layer in enumerate(net.layers):
        if isinstance(layer, Dense):
            layers.append(torch.nn.Linear(*layer.W.data.shape, dtype=torch.float64))
            state[f"{i}.weight"] = torch.tensor(layer.W.data.T)
            state[f"{i}.bias"] = torch.tensor(layer.b.data)
        else:
            layers.append({Sigmoid: torch.nn.Sigmoid, Tanh: torch.nn.Tanh}[_known(layer)]())
    module = torch.nn.Sequential(*layers)
    module.load_state_dict(state)
    return module


def to_course(module):
    """A ``torch.nn.Sequential`` of Linear, Sigmoid and Tanh as a network of this course with copies of the weights."""
    import torch
    layers = []
    for layer in module:
        if isinstance(layer, torch.nn.Linear):
            if layer.bias is None:
                raise ValueError(f"to_course: a Dense layer has a bias, got {layer}")
            layers.append(dense(array(layer.weight).T, array(layer.bias)))
        else:
            layers.append(squash_back(type(layer).__name__, {"Sigmoid": Sigmoid, "Tanh": Tanh}, "Linear"))
    return Sequential(*layers)


def loop_from_course(layer):
    """An RNN layer as ``torch.nn.RNN``: W and U transposed. PyTorch has two biases, which are added; one holds ours."""
    import torch
    D, H = layer.W.data.shape
    module = torch.nn.RNN(D, H, dtype=torch.float64)
    module.load_state_dict({"weight_ih_l0": torch.tensor(layer.W.data.T), "weight_hh_l0": torch.tensor(layer.U.data.T),
                            "bias_ih_l0": torch.tensor(layer.b.data), "bias_hh_l0": torch.zeros(H).double()})
    return module


def loop_to_course(module):
    """A ``torch.nn.RNN`` of one layer as an RNN of this course; its two biases are added into one."""
    told = (module.num_layers, module.nonlinearity, module.bias, module.bidirectional)
    if told != (1, "tanh", True, False):
        raise ValueError(f"loop_to_course: one layer with tanh, biases and one direction is translated, got {module}")
    W, U, b, c = map(array, module.parameters())
    return recurrent(W.T, U.T, b + c)


def there_and_back(net, x):
    """What the network gives for x when PyTorch runs it, and the network that comes back."""
    import torch
    module = from_course(net)
    return array(module(torch.tensor(x))), to_course(module)


def loop_there_and_back(layer, xs):
    """The same for an RNN layer: its states (T, N, H)."""
    import torch
    module = loop_from_course(layer)
    return array(module(torch.tensor(xs))[0]), loop_to_course(module)


def steps(loss, params, *data, compiled=False):
    """``{how: a function that computes the gradients once}``: as PyTorch does by itself, and, if asked for, with the
    loss traced and compiled."""
    import torch
    nodes = [torch.tensor(p, requires_grad=True) for p in params]
    data = [torch.tensor(d) for d in data]

    def by(loss):
        def run():
            for node in nodes:
                node.grad = None
            loss(nodes, *data).backward()
            if torch.cuda.is_available():
                torch.cuda.synchronize()                    # an accelerator works on while Python goes on
            return [node.grad for node in nodes]
        return run
    return {"PyTorch": by(loss)} | ({"PyTorch, torch.compile": by(torch.compile(loss))} if compiled else {})


def layer_steps(xs, h, t):
    """``{how: …}`` for the loop by PyTorch's own layer, which is told that it is a loop."""
    import torch
    module, goal = loop_from_course(RNN(xs.shape[2], h.shape[1], rng=np.random.default_rng(0))), torch.tensor(t)
    xs = torch.tensor(xs)

    def run():
        module.zero_grad()
        torch.mean((module(xs)[0][-1] - goal) ** 2).backward()
        return [p.grad for p in module.parameters()]
    return {"PyTorch, nn.RNN": run}
