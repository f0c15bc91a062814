"""The networks for spoken words: one that slides over time, one to compare with; new last layers; those stored."""

from copy import deepcopy

import numpy as np

from course_lib.data import VOCABULARIES
from course_lib.data.files import read_bytes
from course_lib.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, Layer, MaxPool2D, ReLU, Sequential, inference
from course_lib.rules.convolution import max_pool2d
from course_lib.saving import load, network_arrays
from course_lib.studies.commands.sound import BANDS, COLUMNS, HOP, SIZE

NETWORKS = "commands_networks.npz"
STORED = {"digits": 3, "commands": 2, "digits_ja": 1, "commands_ja": 1}     # networks that heard all voices


class PoolOverTime(Layer):
    """The maximum over all bands and columns of each map: was the pattern there, wherever it was? Equation (12.8).

    Shapes: x (N, C, H, T)  ->  y (N, C)
    """

    def rule(self, x):
        y, back = max_pool2d(x, x.shape[2:])
        def backward(dy):
            return back(dy.reshape(y.shape))
        return y.reshape(len(x), -1), backward


def sliding_network(classes, *, rng, maps=64, drop=0.3, dtype=np.float32):
    """Five layers, the first four shared over time: a matrix over all bands and 5 columns slides along, three more over
    its maps; the maximum over time goes to a layer that names the word. Equations (12.7) and (12.8).

    Shapes: x (N, 1, BANDS, T), any T from 32 on  ->  z (N, classes)
    """
    settings = dict(rng=rng, dtype=dtype)
    def block(n_in, n_out, size):
        return Conv2D(n_in, n_out, size, **settings), BatchNorm(n_out, dtype=dtype), ReLU()
    return Sequential(
        *block(1, maps, (BANDS, 5)), MaxPool2D((1, 2)),
        *block(maps, maps, (1, 5)), MaxPool2D((1, 2)),
        *block(maps, maps, (1, 3)),
        *block(maps, 2 * maps, (1, 3)), PoolOverTime(),
        Dropout(drop, rng=rng), Dense(2 * maps, classes, **settings))


def plain_network(classes, *, rng, hidden=(128, 64, 64, 64), dtype=np.float32):
    """Five layers too, but the first a plain matrix on the whole picture: each place in time has weights of its own."""
    sizes = (BANDS * COLUMNS, *hidden)
    layers = [layer for n_in, n_out in zip(sizes, hidden)
              for layer in (Dense(n_in, n_out, rng=rng, dtype=dtype), ReLU())]
    return Sequential(Flatten(), *layers, Dense(hidden[-1], classes, rng=rng, dtype=dtype))


def budget(net, samples=8000):
    """What a network and the front end need for one second: rows (what, shape of the output, weights, multiply-adds).

    The window, the squares and what has no weights are left out; the transform is counted as a matrix.
    """
    x, rows, bins = np.zeros((1, 1, BANDS, (samples - SIZE) // HOP + 1), np.float32), [], SIZE // 2 + 1
    columns = x.shape[3]
    front = [("transform, as a matrix", (columns, bins), 0, columns * 2 * SIZE * bins),
             ("bands", (columns, BANDS), 0, columns * bins * BANDS)]
    with inference(net):
        for layer in net.layers:
            x, _ = layer(x)
            uses = sum(p.data.size * x[0, 0].size for p in layer.params if p.data.ndim > 1)
            rows.append((type(layer).__name__, x.shape[1:], sum(p.data.size for p in layer.params), uses))
    return [*front, *rows, ("network", "", *(sum(row[i] for row in rows) for i in (2, 3)))]


def with_new_head(net, classes, *, rng):
    """A copy of a ``sliding_network`` whose last layer is new, for other words: what slides over time is kept."""
    *trunk, head = net.layers
    return Sequential(*deepcopy(trunk), Dense(head.W.data.shape[0], classes, rng=rng, dtype=head.W.data.dtype))


def with_head_of(net, other):
    """A copy of ``net`` whose last layer is that of ``other``: does what slides over time still serve the old words?"""
    return Sequential(*deepcopy(net.layers[:-1]), deepcopy(other.layers[-1]))


def load_networks(vocabulary="digits", held_out=False, *, dtype=np.float32):
    """The networks for a vocabulary ("digits", "commands", "digits_ja", "commands_ja"): a list for ``recognise``.

    Each has an output for each word, and one more, the last: none of them. With ``held_out`` those that never heard the
    voices of ``held_out(load_commands())``; else those that heard all. With ``dtype`` float their answers, to more
    digits than a page shows, are the same on every machine.
    """
    if vocabulary not in VOCABULARIES:
        raise ValueError(f"load_networks: vocabulary must be one of {', '.join(VOCABULARIES)}, got {vocabulary!r}")
    content, nets = read_bytes(NETWORKS), []
    for i in range(STORED[vocabulary] if not held_out else 1):
        nets.append(sliding_network(len(VOCABULARIES[vocabulary]) + 1, rng=np.random.default_rng(0), dtype=dtype))
        load(nets[-1], content, prefix=prefix(vocabulary, held_out, i))
    return nets


def prefix(vocabulary, held_out, i):
    """Where the file keeps a network."""
    return f"{vocabulary}/{'held out' if held_out else 'all'}/{i}/"


def stored(nets, vocabulary, held_out):
    """The arrays of networks as the file holds them, ``saving.network_arrays``, the parameters as 16-bit floats."""
    arrays = {}
    for i, net in enumerate(nets):
        start = prefix(vocabulary, held_out, i)
        arrays |= network_arrays(net, prefix=start)
        arrays |= {name: arrays[name].astype(np.float16) for name in arrays if name.startswith(start + "p")}
    return arrays
