"""Stage two: a projection of the frozen trunk's descriptors, set by whitening and tuned with triplets."""

import numpy as np

from course_lib.graph import Parameter
from course_lib.layers import Layer
from course_lib.optim.first_order import SGD
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.functions import l2_normalize, matmul
from course_lib.studies.faces.triplets import active_share, batch_triplet_loss, check_people, mine_triplets


def whitening(x, power=0.5):
    """A matrix W' under which the directions of large variance lose: variance λ becomes λ^(1 − power); with power 1 all
    are equal.

    Which directions vary most was learnt from 30 people. Giving the others more weight helps with people never seen.
    The scale is that of the unit matrix, |W'|² = D.

    Shapes: x (N, D) descriptors, N > D  ->  W' (D, D)
    Source: Jégou, Chum (2012), ECCV, there with power 1.
    """
    N, D = x.shape
    if N <= D:
        raise ValueError(f"whitening: {N} descriptors do not span {D} directions; give more than {D}, of augmented "
                         "photographs")
    centred = x - x.mean(axis=0)
    variances, Q = np.linalg.eigh(centred.T @ centred / N)
    W = (Q * np.maximum(variances, 1e-6 * variances[-1]) ** (-power / 2)).T
    return W * np.sqrt(D / (W * W).sum())


class Projection(Layer):
    """The embedding of stage two: y = W' x / |W' x|, for descriptors x of the frozen trunk. W' starts as ``start`` or
    as the unit matrix.

    Shapes: x (N, D), W' (L, D)  ->  y (N, L), unit vectors
    Source: Parkhi, Vedaldi, Zisserman (2015), BMVC, section 4.
    """

    def __init__(self, n_in, n_out=None, *, start=None, dtype=np.float32):
        self.W = Parameter(np.array(np.eye(n_out or n_in, n_in) if start is None else start, dtype), "W'")

    def rule(self, x, W):
        y, to_product = matmul(x, W.T)
        unit, to_y = l2_normalize(y)
        def backward(dunit):
            dx, dWT = to_product(to_y(dunit))
            return dx, dWT.T
        return unit, backward

    @property
    def _sizes(self):
        return self.W.data.shape[::-1]


def projection_training(projection, x, people, *, kind="semi-hard", margin=0.2, steps=300, batch=(10, 8), lr=0.02, rng):
    """Stage two, a generator: yields ``(step, loss, active)`` after each update of the projection; the trunk takes no
    part in it.

    A batch is (people, descriptors of each), drawn at random. ``active`` is the share of its pairs of one person for
    which the mining found a negative that violates the margin: the others give no gradient.

    Shapes: x (M, D) descriptors, people (M,)
    """
    people = check_people("projection_training", x, people)
    names, labels, counts = np.unique(people, return_inverse=True, return_counts=True)
    if len(names) < batch[0] or counts.min() < batch[1] or min(batch) < 2:
        raise ValueError(f"projection_training: a batch is to hold {batch[0]} people and {batch[1]} descriptors of "
                         f"each, both at least 2; there are {len(names)} people with {counts.min()} or more")
    rows_of = [np.flatnonzero(labels == i) for i in range(len(names))]
    optimizer = SGD(projection.params, lr=cosine_schedule(lr, steps), momentum=0.9)
    for step in range(1, steps + 1):
        chosen = rng.choice(len(names), size=batch[0], replace=False)
        rows = np.concatenate([rng.choice(rows_of[i], size=batch[1], replace=False) for i in chosen])
        y, backward = projection(x[rows])
        triplets = mine_triplets(y, labels[rows], kind=kind, margin=margin, rng=rng)
        active = active_share(y, triplets, margin) * len(triplets) / (len(rows) * (batch[1] - 1))
        loss, loss_backward = batch_triplet_loss(y, triplets, margin)
        optimizer.zero_grad()
        backward(loss_backward(), input_grad=False)
        optimizer.step()
        yield step, float(loss), active
