"""The network of Parkhi, Vedaldi and Zisserman (2015) for recognising faces: their net D, known as VGG-Face.

Thirteen convolutions of 3 × 3 in five blocks, a pooling after each block, then three dense layers: 16 layers with
weights.
"""

from collections import namedtuple

import numpy as np

from course_lib.initializers import he
from course_lib.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential, inference
from course_lib.rules.losses import softmax_cross_entropy

# of the convolutions, block by block
CHANNELS = (64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)
PEOPLE, SIDE, DENSE = 2622, 224, 4096

Row = namedtuple("Row", "name layer shape parameters")
Row.__doc__ = "A line of the table of a network: name, layer, shape of the output for one image, number of parameters."


def vgg_face(*, people=PEOPLE, side=SIDE, channels=CHANNELS, dense=DENSE, rng, init=he, dtype=np.float32):
    """The classifier of stage one: colour images (N, 3, side, side) -> logits (N, people).

    ``side`` must be a multiple of 2 for every block. The paper's shape is the default: 145 million parameters, 0.6 GB
    of float32. With ``init=initializers.zeros`` they are not touched, and take no memory on most systems: enough for
    counting. The paper starts from a normal distribution of deviation 0.01; He's start (the default) keeps the signal's
    size.

    Source: Parkhi, Vedaldi, Zisserman (2015), Deep Face Recognition, BMVC, section 4; lesson 11, section 6.
    """
    if side < 2 ** len(channels) or side % 2 ** len(channels):
        raise ValueError(f"vgg_face: side must be a multiple of {2 ** len(channels)} with "
                         f"{len(channels)} poolings, got {side}")
    layers, n_in = [], 3
    for block in channels:
        for n_out in block:
            layers += [Conv2D(n_in, n_out, 3, padding=1, rng=rng, init=init, dtype=dtype), ReLU()]
            n_in = n_out
        layers.append(MaxPool2D(2))
    n_in *= (side // 2 ** len(channels)) ** 2
    layers.append(Flatten())
    for _ in range(2):
        layers += [Dense(n_in, dense, rng=rng, init=init, dtype=dtype), ReLU(), Dropout(0.5, rng=rng)]
        n_in = dense
    return Sequential(*layers, Dense(n_in, people, rng=rng, init=init, dtype=dtype))


def described(net, shape):
    """The rows of the table of a network like ``vgg_face``, without running it. ``shape`` is that of one image (C, H,
    W).

    Convolutions, poolings and dense layers are named as in the literature: conv3_2 is the second convolution of block
    3, fc6 the first dense layer after five blocks.
    """
    rows, block, place, dense = [], 1, 0, 6
    for layer in net.layers:
        name = ""
        if isinstance(layer, Conv2D):
            place += 1
            name, shape = f"conv{block}_{place}", (len(layer.K.data), *shape[1:])       # padding 1 keeps the size
        elif isinstance(layer, MaxPool2D):
            name, shape = f"pool{block}", (shape[0], shape[1] // 2, shape[2] // 2)
            block, place = block + 1, 0
        elif isinstance(layer, Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, Dense):
            name, shape = f"fc{dense}", layer.b.data.shape
            dense += 1
        rows.append(Row(name, layer, shape, sum(p.data.size for p in layer.params)))
    return rows


def mismatch(net, weights, x, t, *, size=1e-6, rng):
    """How far the gradient of a weight matrix is from the change of the loss along one random direction, as a share.

    ``weights`` is a Parameter of ``net`` that holds its gradient for the images x and labels t; the loss is taken
    before and behind it, (L(W + δ) − L(W − δ)) / 2 against dW · δ with |δ| = ``size``.
    """
    step = rng.standard_normal(weights.data.shape, dtype=np.float32)
    step *= size / np.linalg.norm(step)
    before, losses = weights.data, []
    for move in (step, -step):
        weights.data = before + move
        with inference(net):
            losses.append(softmax_cross_entropy(net(x)[0], t)[0])
    weights.data = before
    return abs((losses[0] - losses[1]) / 2 / (weights.grad * step).sum() - 1)
