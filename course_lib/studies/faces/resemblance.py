"""From grey values to embeddings as a chain of rules, and back: which pixels make two photographs alike.

``descriptors`` goes the same way in float32 and forward only; here the precision is that of the trunk.
"""

import numpy as np

from course_lib.layers import inference
from course_lib.rules.functions import l2_normalize, layer_norm
from course_lib.studies.faces.classifier import VIEWS
from course_lib.studies.faces.images import HEIGHT, WIDTH, check_images, frame, resized

PIXELS = HEIGHT * WIDTH


def both_ways(trunk, grey):
    """What the trunk says of photographs at the network's size and of their mirror images: two unit vectors each,
    added.

    Shapes:   grey (N, HEIGHT, WIDTH)  ->  y (N, D)
    Backward: dgrey (N, HEIGHT, WIDTH) = the backwards in reverse; what the mirror images get comes back mirrored,
    both add
              up. The gradients of the trunk's parameters are not kept.
    """
    N = len(grey)
    x, to_grey = layer_norm(grey.reshape(N, -1), np.ones(PIXELS), np.zeros(PIXELS), eps=0)      # standardised
    x = x.reshape(N, 1, HEIGHT, WIDTH)
    with inference(trunk):
        phi, to_x = trunk(np.concatenate([x, x[..., ::-1]]))
    u, to_phi = l2_normalize(phi)

    def backward(dy):
        dx = to_x(to_phi(np.concatenate([dy, dy])))
        for p in trunk.params:
            p.zero_grad()                                       # only the pixels' gradient is wanted
        return to_grey((dx[:N] + dx[N:, ..., ::-1]).reshape(N, -1))[0].reshape(N, HEIGHT, WIDTH)
    return u[:N] + u[N:], backward


def descriptors_at_once(trunk, images, views=VIEWS):
    """``descriptors`` with all views in one batch: faster for a few photographs. Shapes:
    images (N, h, w)  ->  (N, D)"""
    images = check_images("descriptors_at_once", images).astype(np.float64)
    y, _ = both_ways(trunk, np.concatenate([resized(images, **view) for view in views]))
    return l2_normalize(y.reshape(len(views), len(images), -1).sum(axis=0))[0]


def embedding_and_backward(trunk, projection, images, views=VIEWS):
    """The embedding of photographs of any size as a rule: each view resized, ``both_ways``, the mean of the views
    normalised and projected. The one similarity of a pair is the cosine of two of these.

    Shapes:   images (N, h, w)  ->  y (N, L), unit vectors
    Backward: dimages (N, h, w) = what comes back through each view, A and B of the view transposed, added
    """
    N, frames = len(images), [frame(*images.shape[-2:], **view) for view in views]
    grey = np.concatenate([A @ images @ B.T for A, B in frames])
    both, to_grey = both_ways(trunk, grey)
    x, to_sum = l2_normalize(both.reshape(len(views), N, -1).sum(axis=0))
    y, to_x = projection.rule(x, *[p.data for p in projection.params])

    def backward(dy):
        dgrey = to_grey(np.tile(to_sum(to_x(dy)[0]), (len(views), 1))).reshape(len(views), N, HEIGHT, WIDTH)
        return sum(A.T @ d @ B for (A, B), d in zip(frames, dgrey))
    return y, backward


def similarity_gradient(trunk, projection, image, other):
    """The similarity (cosine) of a photograph with an embedding, and its gradient at the photograph's pixels.

    Shapes: image (h, w), other (L,)  ->  a number, (h, w)
    """
    y, backward = embedding_and_backward(trunk, projection, image[np.newaxis])
    return float(y[0] @ other), backward(other[np.newaxis])[0]


def central_share(gradient):
    """The share of |gradient| in the middle quarter of the picture, half its height and half its width."""
    h, w = gradient.shape
    return float(np.abs(gradient[h // 4:h - h // 4, w // 4:w - w // 4]).sum() / np.abs(gradient).sum())
