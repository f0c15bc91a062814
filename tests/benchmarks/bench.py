"""Benchmarks: times as ratios, measured in turn in one run. ``python tests/benchmarks/bench.py [--rounds 15]``

A training step (forward, loss, backward, update) of the library, of PyTorch and of plain NumPy written out by hand;
the scalar graph beside micrograd and PyTorch; ``import course_lib`` beside ``import numpy``. Absolute times drift with
the machine, ratios hold: each round builds every rival anew, warms it up and times it, in turn; the median of the
rounds' ratios is printed. (Anew, because momentum left alone decays into denormal numbers, on which processors crawl.)
PyTorch and micrograd take part where they are installed. Nothing here is a test: speed is never asserted.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from course_lib import (
    GRU,
    LSTM,
    RNN,
    SGD,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    ReLU,
    Sequential,
    Tensor,
    affine,
    apply,
    batch_norm,
    l2_normalize,
    relu,
    reshape,
    softmax_cross_entropy,
    train_step,
    triplet_loss,
)
from course_lib.rules import convolution

try:
    import torch
except ImportError:
    torch = None
try:
    from micrograd import engine as micrograd
except ImportError:
    micrograd = None


def torch_step(net, x, t, loss=None):
    """A training step in PyTorch: what course_lib's ``train_step`` is compared with."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    x, t = torch.from_numpy(x), torch.from_numpy(t)
    criterion = loss or torch.nn.functional.cross_entropy

    def step():
        optimizer.zero_grad()
        loss = criterion(net(x), t)
        loss.backward()
        optimizer.step()
        return float(loss.detach())
    return step


# ---- a training step of an MLP (W1) --------------------------------------------------------------------------

def mlp_course(sizes, x, t, rng):
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng, dtype=x.dtype.type), ReLU()]
    net = Sequential(*layers[:-1])
    optimizer = SGD(net.params, lr=0.01, momentum=0.9)
    return lambda: train_step(net, softmax_cross_entropy, optimizer, x, t)


def mlp_torch(sizes, x, t, rng):
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    return torch_step(net, x, t)


def mlp_plain(sizes, x, t, rng):
    """What a careful beginner writes: no layers, every gradient spelled out, also that of the data."""
    W = [rng.normal(scale=n ** -0.5, size=(n, m)).astype(x.dtype) for n, m in zip(sizes, sizes[1:])]
    b = [np.zeros(m, x.dtype) for m in sizes[1:]]
    v = [np.zeros_like(p) for p in W + b]
    lr, momentum = x.dtype.type(0.01), x.dtype.type(0.9)

    def step():
        a = [x]
        for i, (w, c) in enumerate(zip(W, b)):
            z = a[-1] @ w + c
            a.append(np.maximum(z, 0) if i < len(W) - 1 else z)
        e = np.exp(a[-1] - a[-1].max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(t)), t]).mean()
        d = p.copy()
        d[np.arange(len(t)), t] -= 1
        d /= len(t)
        dW, db = [None] * len(W), [None] * len(W)
        for i in reversed(range(len(W))):
            dW[i], db[i] = a[i].T @ d, d.sum(axis=0)
            d = d @ W[i].T
            if i:
                d = d * (a[i] > 0)
        for k, (p, g) in enumerate(zip(W + b, dW + db)):
            v[k] = momentum * v[k] + g
            p -= lr * v[k]
        return loss
    return step


def mlp_products(sizes, x, t, rng):
    """Only the matrix products of a step, the first layer's input gradient left out: the floor for NumPy."""
    W = [rng.normal(size=(n, m)).astype(x.dtype) for n, m in zip(sizes, sizes[1:])]
    a = [x, *[rng.normal(size=(len(x), m)).astype(x.dtype) for m in sizes[1:]]]

    def step():
        for i, w in enumerate(W):
            a[i] @ w
        for i in reversed(range(len(W))):
            a[i].T @ a[i + 1]
            if i:
                a[i + 1] @ W[i].T
    return step


def mlp(batch, sizes=(784, 256, 128, 10)):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(batch, sizes[0])).astype(np.float32)
    t = rng.integers(sizes[-1], size=batch)
    makers = {"course_lib": mlp_course, "products only": mlp_products, "plain NumPy": mlp_plain}
    if torch:
        makers["PyTorch"] = mlp_torch
    return {name: lambda make=make: make(sizes, x, t, np.random.default_rng(1)) for name, make in makers.items()}


# ---- a training step of a convolutional network (W2, W4) ------------------------------------------------------

def conv_course(net, x, t, rng, loss=softmax_cross_entropy):
    def conv(c, f, k, padding):
        return Conv2D(c, f, k, padding=padding, rng=rng, dtype=x.dtype.type)
    net = Sequential(*net(conv, lambda c: BatchNorm(c, dtype=x.dtype.type), ReLU, MaxPool2D, Flatten,
                          lambda n, m: Dense(n, m, rng=rng, dtype=x.dtype.type)))
    optimizer = SGD(net.params, lr=0.01, momentum=0.9)
    return lambda: train_step(net, loss, optimizer, x, t)


def conv_torch(net, x, t, rng, loss=None):
    def conv(c, f, k, padding):
        return torch.nn.Conv2d(c, f, k, padding=padding)
    net = torch.nn.Sequential(*net(conv, torch.nn.BatchNorm2d, torch.nn.ReLU, torch.nn.MaxPool2d, torch.nn.Flatten,
                                   torch.nn.Linear))
    return torch_step(net, x, t, loss)


def conv_textbook(net, x, t, rng, loss=softmax_cross_entropy):
    """im2col as textbooks write it: the window of every output as a row, images in their order, every gradient."""
    def conv(c, f, k, padding):
        K, b = rng.normal(scale=(c * k * k) ** -0.5, size=(f, c, k, k)).astype(x.dtype), np.zeros(f, x.dtype)
        return lambda h, K, b: convolution.conv2d_readable(h, K, b, padding=padding), [K, b]

    def dense(n, m):
        W, b = rng.normal(scale=n ** -0.5, size=(n, m)).astype(x.dtype), np.zeros(m, x.dtype)
        return affine, [W, b]

    def pool(k):
        return lambda h: convolution.max_pool2d_readable(h, k), []

    def norm(c):
        return batch_norm, [np.ones(c, x.dtype), np.zeros(c, x.dtype)]
    layers = net(conv, norm, lambda: (relu, []), pool, lambda: (lambda h: reshape(h, (len(h), -1)), []), dense)
    velocity = [[np.zeros_like(p) for p in params] for _, params in layers]

    def step():
        h, backwards = x, []
        for rule, params in layers:
            h, backward = rule(h, *params)
            backwards.append(backward)
        value, backward = loss(h, t)
        d = backward()
        for (_, params), vs, backward in reversed(list(zip(layers, velocity, backwards))):
            d, *grads = backward(d) if params else (backward(d),)
            for p, v, g in zip(params, vs, grads):
                v *= 0.9
                v += g
                p -= 0.01 * v
        return value
    return step


def conv_products(net, x, t, rng, loss=None):
    """Only the matrix products of a step, one for each row of outputs, on numbers that already lie as they should."""
    N, C, side, _ = x.shape
    pairs = []                                          # (A, B, how often)

    def matrix(*shape):
        return rng.normal(size=shape).astype(x.dtype)

    def conv(c, f, k, padding):
        nonlocal side
        first, rows, side = not pairs, side, side + 2 * padding - k + 1
        kernels, window, dy = matrix(f, c * k * k), matrix(c * k * k, side * N), matrix(f, side * N)
        pairs.extend([(kernels, window, side), (window, dy.T, side)])
        if not first:
            pairs.append((matrix(c * k, f * k), matrix(f * k, side * N), rows))

    def pool(k):
        nonlocal side
        side //= k

    def dense(n, m):
        h, W, d = matrix(N, n), matrix(n, m), matrix(N, m)
        pairs.extend([(h, W, 1), (h.T, d, 1), (d, W.T, 1)])
    net(conv, lambda c: None, lambda: None, pool, lambda: None, dense)

    def step():
        for A, B, times in pairs:
            for _ in range(times):
                A @ B
    return step


def padded_net(conv, norm, relu, pool, flatten, dense):
    return [conv(1, 16, 5, 2), relu(), pool(2), conv(16, 32, 5, 2), relu(), pool(2), flatten(), dense(32 * 7 * 7, 10)]


def caffe_net(conv, norm, relu, pool, flatten, dense):
    """The convolutions of Caffe's LeNet. Pooling first: the same numbers as ReLU first, for a quarter of its work."""
    return [conv(1, 20, 5, 0), pool(2), relu(), conv(20, 50, 5, 0), pool(2), relu(), flatten(), dense(50 * 4 * 4, 10)]


def small_net(conv, norm, relu, pool, flatten, dense):
    """PyTorch's first example on MNIST, without its dropout."""
    return [conv(1, 10, 5, 0), pool(2), relu(), conv(10, 20, 5, 0), pool(2), relu(), flatten(), dense(20 * 4 * 4, 50),
            relu(), dense(50, 10)]


def cnn(net, batch=64):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(batch, 1, 28, 28)).astype(np.float32)
    t = rng.integers(10, size=batch)
    makers = {"course_lib": conv_course, "products only": conv_products, "textbook": conv_textbook}
    if torch:
        makers["PyTorch"] = conv_torch
    return {name: lambda make=make: make(net, x, t, np.random.default_rng(1)) for name, make in makers.items()}


def face_net(*channels, normed=False):
    """Blocks of a 3x3 convolution, perhaps batch normalisation, a pool and ReLU on 64x64 images; then 64 numbers."""
    def net(conv, norm, relu, pool, flatten, dense):
        blocks = [[conv(c, f, 3, 1), *([norm(f)] if normed else []), pool(2), relu()]
                  for c, f in zip((1, *channels), channels)]
        return [*(layer for block in blocks for layer in block), flatten(),
                dense(channels[-1] * (64 >> len(channels)) ** 2, 64)]
    return net


def triplets_course(y, _, margin=0.2):
    """The triplet loss of unit vectors; the batch holds all anchors, then all positives, then all negatives."""
    y, normalize_backward = l2_normalize(y)
    value, loss_backward = triplet_loss(*np.split(y, 3), margin)
    return value, lambda: normalize_backward(np.concatenate(loss_backward()))


def triplets_torch(y, _, margin=0.2):
    a, p, n = torch.nn.functional.normalize(y).chunk(3)
    return torch.relu(margin + (a - p).square().sum(dim=1) - (a - n).square().sum(dim=1)).mean()


def faces(net, batch=48):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(batch, 1, 64, 64)).astype(np.float32)
    makers = {"course_lib": conv_course, "products only": conv_products, "textbook": conv_textbook}
    rivals = {name: lambda make=make: make(net, x, x[:0], np.random.default_rng(1), triplets_course)
              for name, make in makers.items()}
    if torch:
        rivals["PyTorch"] = lambda: conv_torch(net, x, x[:0], np.random.default_rng(1), triplets_torch)
    return rivals


# ---- recurrent layers: 100 steps of 32 inputs, 128 units, batch 32, the loss at the last step -----------------------

STEPS, BATCH, INPUTS, UNITS = 100, 32, 32, 128


def sequence():
    rng = np.random.default_rng(0)
    return rng.normal(size=(STEPS, BATCH, INPUTS)).astype(np.float32), rng.integers(10, size=BATCH)


def recurrent_course(kind):
    xs, t = sequence()
    rng = np.random.default_rng(1)
    layer, head = kind(INPUTS, UNITS, rng=rng, dtype=np.float32), Dense(UNITS, 10, rng=rng, dtype=np.float32)
    optimizer = SGD(layer.params + head.params, lr=0.01, momentum=0.9)

    def step():
        hs, through_time = layer(xs)
        z, head_backward = head(hs[-1])
        loss, loss_backward = softmax_cross_entropy(z, t)
        optimizer.zero_grad()
        dhs = np.zeros_like(hs)
        dhs[-1] = head_backward(loss_backward())
        through_time(dhs, input_grad=False)
        optimizer.step()
        return loss
    return step


def recurrent_torch(name):
    class LastStep(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.head = getattr(torch.nn, name)(INPUTS, UNITS), torch.nn.Linear(UNITS, 10)

        def forward(self, xs):
            return self.head(self.layer(xs)[0][-1])
    return torch_step(LastStep(), *sequence())


def recurrent_products(gates):
    """Only the matrix products: x W once, h U and its backward at every step, the weights' gradients once."""
    xs, _ = sequence()
    rng = np.random.default_rng(1)
    W, U = (rng.normal(size=(n, gates * UNITS)).astype(np.float32) for n in (INPUTS, UNITS))
    h, d = np.zeros((BATCH, UNITS), np.float32), np.ones((BATCH, gates * UNITS), np.float32)
    flat, across = np.ones((STEPS * BATCH, gates * UNITS), np.float32), np.ascontiguousarray(U.T)
    hs = np.ones((STEPS * BATCH, UNITS), np.float32)

    def step():
        xs.reshape(-1, INPUTS) @ W
        for _ in range(STEPS):
            h @ U
        for _ in range(STEPS):
            d @ across
        xs.reshape(-1, INPUTS).T @ flat
        hs.T @ flat
    return step


def recurrent(kind):
    rivals = {"course_lib": lambda: recurrent_course(kind), "products only": lambda: recurrent_products(kind.gates)}
    if torch:
        rivals["PyTorch"] = lambda: recurrent_torch(kind.__name__)
    return rivals


# ---- the scalar graph: micrograd's own demo, a 2-16-16-1 network of single numbers on 100 points ---------------

def scalar_network(value, rectify, points=100):
    """Forward and backward of the demo for any class of scalars: hinge loss and a penalty on the weights."""
    rng = np.random.default_rng(0)
    sizes = (2, 16, 16, 1)
    W = [rng.uniform(-1, 1, size=(m, n)).tolist() for n, m in zip(sizes, sizes[1:])]
    x, t = rng.uniform(-1, 1, size=(points, 2)).tolist(), rng.choice([-1.0, 1.0], size=points).tolist()

    def step():
        layers = [[([value(w) for w in row], value(0.0)) for row in matrix] for matrix in W]
        losses = []
        for point, target in zip(x, t):
            h = [value(v) for v in point]
            for k, layer in enumerate(layers):
                h = [sum((w * v for w, v in zip(row, h)), bias) for row, bias in layer]
                h = [rectify(z) for z in h] if k < 2 else h
            losses.append(rectify(h[0] * -target + 1.0))
        penalty = sum((w * w for layer in layers for row, _ in layer for w in row), value(0.0))
        total = sum(losses, value(0.0)) * (1.0 / points) + penalty * 1e-4
        total.backward()
        return float(total.data)
    return step


def scalar_numpy(points=100):
    """The same network as matrices: what vectorising is worth."""
    rng = np.random.default_rng(0)
    sizes = (2, 16, 16, 1)
    W = [rng.uniform(-1, 1, size=(m, n)).T for n, m in zip(sizes, sizes[1:])]
    x, t = rng.uniform(-1, 1, size=(points, 2)), rng.choice([-1.0, 1.0], size=points)

    def step():
        a = [x]
        for k, w in enumerate(W):
            z = a[-1] @ w
            a.append(np.maximum(z, 0) if k < 2 else z)
        gap = 1 - t * a[-1][:, 0]
        d = np.where(gap > 0, -t, 0)[:, np.newaxis]
        for k in reversed(range(3)):
            a[k].T @ d
            d.sum(axis=0)
            d = (d @ W[k].T) * (a[k] > 0)
        return float(np.maximum(gap, 0).sum())
    return step


def scalar():
    rivals = {"course_lib": lambda: scalar_network(Tensor, lambda v: apply(relu, v)), "plain NumPy": scalar_numpy}
    if micrograd:
        sys.setrecursionlimit(10 ** 6)          # micrograd walks its graph recursively
        rivals["micrograd"] = lambda: scalar_network(micrograd.Value, lambda v: v.relu())
    return rivals


def scalar_torch():
    """PyTorch needs about a hundred times longer on single numbers, so ten points are enough for a ratio."""
    rivals = {"course_lib": lambda: scalar_network(Tensor, lambda v: apply(relu, v), 10)}
    if torch:
        rivals["PyTorch"] = lambda: scalar_network(lambda v: torch.tensor(v, requires_grad=True), torch.relu, 10)
    return rivals


# ---- timing --------------------------------------------------------------------------------------------------

def race(title, rivals, rounds, repeats):
    """Print each rival's median time and the median over the rounds of course_lib's time over its."""
    times = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, make in rivals.items():
            step = make()
            for _ in range(min(repeats, 10)):
                step()
            gc.collect()
            start = time.perf_counter()
            for _ in range(repeats):
                step()
            times[name].append((time.perf_counter() - start) / repeats)
    print(title)
    for name, seconds in times.items():
        ratios = sorted(ours / theirs for ours, theirs in zip(times["course_lib"], seconds))
        print(f"  {name:13s} {statistics.median(seconds) * 1e3:9.3f} ms   course_lib / this: "
              f"{statistics.median(ratios):.3f}  (quarter to three quarters: {ratios[len(ratios) // 4]:.3f} to "
              f"{ratios[-1 - len(ratios) // 4]:.3f})")


def imports(rounds):
    """``import course_lib`` over ``import numpy``, each in a fresh process, timed inside it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    code = "import time; s = time.perf_counter(); import {}; print(time.perf_counter() - s)"
    times = {name: [] for name in ("numpy", "course_lib")}
    for _ in range(rounds):
        for name, seconds in times.items():
            seconds.append(float(subprocess.run([sys.executable, "-c", code.format(name)], capture_output=True,
                                                text=True, check=True, env=environment).stdout))
    ratios = sorted(b / a for a, b in zip(*times.values()))
    print(f"import: numpy {statistics.median(times['numpy']) * 1e3:.1f} ms, course_lib with it "
          f"{statistics.median(times['course_lib']) * 1e3:.1f} ms, ratio {statistics.median(ratios):.3f}")


def million():
    """A chain of a million scalar nodes: forward and backward."""
    start = time.perf_counter()
    x = Tensor(1.0)
    y = x
    for _ in range(10 ** 6):
        y = y * 1.0
    middle = time.perf_counter()
    y.backward()
    end = time.perf_counter()
    print(f"a chain of a million products: forward {middle - start:.2f} s, backward "
          f"{end - middle:.2f} s, dy/dx = {x.grad}")


def answer():
    """One spoken word, from a second of sound to its name."""
    from course_lib import load_commands
    from course_lib.data import DIGITS
    from course_lib.data.sound import RATE
    from course_lib.page.notebook import fastest
    from course_lib.studies.commands import load_networks, recognise
    nets, second = load_networks("digits"), np.pad(load_commands("en").waveforms[0], 2000)[:8000]
    seconds = fastest(lambda: recognise(nets, second, RATE, DIGITS), 20)
    print(f"a spoken word recognised by {len(nets)} networks: {1000 * seconds:.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    threads = (f", PyTorch {torch.__version__} with {torch.get_num_threads()} threads" if torch
               else ", PyTorch is not installed")
    print(f"NumPy {np.__version__} with OPENBLAS_NUM_THREADS={os.environ['OPENBLAS_NUM_THREADS']}{threads}")
    race("W1: MLP 784-256-128-10, float32, batch 64, one training step", mlp(64), rounds, 100)
    race("the same, batch 512", mlp(512), rounds, 20)
    race("a small MLP, 64-32-10, batch 32", mlp(32, (64, 32, 10)), rounds, 300)
    race("W2: two convolutions 5x5 (16, 32 maps, padding 2) with pools on 28x28, batch 64", cnn(padded_net), rounds, 10)
    race("the same without padding, 20 and 50 maps, pooling before ReLU", cnn(caffe_net), rounds, 10)
    race("the same, 10 and 20 maps", cnn(small_net), rounds, 20)
    for channels in ((16, 32, 64, 64), (16, 16, 32, 32)):
        for normed in (False, True):
            race(f"W4: four convolutions 3x3 ({', '.join(map(str, channels))} maps{', batch norm' * normed}) "
                 "with pools on 64x64, 16 triplets", faces(face_net(*channels, normed=normed)), rounds, 5)
    for kind in (RNN, LSTM, GRU):
        race(f"{kind.__name__}, 100 steps, 32 inputs, 128 units, batch 32", recurrent(kind), rounds, 10)
    race("scalar graph, 2-16-16-1 on 100 points, forward and backward", scalar(), rounds, 1)
    race("scalar graph, 10 points, beside PyTorch", scalar_torch(), rounds, 1)
    imports(rounds)
    million()
    answer()


if __name__ == "__main__":
    main()
