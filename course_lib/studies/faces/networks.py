"""The five trained networks: how each was trained, where it is stored, and its error on the people it never saw."""

import numpy as np

from course_lib.data.files import read_bytes
from course_lib.layers import Sequential
from course_lib.saving import load, network_arrays
from course_lib.studies.faces.classifier import (
    BATCH,
    SideBySide,
    augmented_descriptors,
    classifier_training,
    descriptors,
    make_trunk,
)
from course_lib.studies.faces.images import split_faces, split_people
from course_lib.studies.faces.projection import Projection, whitening
from course_lib.studies.faces.verification import all_pairs, equal_error_rate, pair_distances

FILE = "faces_networks.npz"
TRUNKS, EPOCHS, COPIES = 2, 60, 8       # trunks side by side; epochs of each; augmented copies for the whitening
SEED = 13                               # taken once, before anybody saw what it gives: nothing is chosen by its result


def train(k, faces, *, epochs=EPOCHS, report=lambda trunk, epoch, loss: None):
    """Train the network of split k as the stored one was: ``(trunk, projection)``.

    Calls ``report(trunk, epoch, loss)`` after each epoch.
    """
    images, people = split_faces(faces, k)[0]
    images = images.astype(np.float32)
    trunks = []
    for number in range(TRUNKS):
        rng = np.random.default_rng([k, number, SEED])
        trunks.append(make_trunk(rng=rng))
        for epoch, step, loss in classifier_training(trunks[-1], images, people, epochs=epochs, rng=rng):
            if step % (len(images) // BATCH) == 0:
                report(number, epoch, loss)
    trunk = SideBySide(*trunks)
    x = augmented_descriptors(trunk, images, COPIES, rng=rng)
    return trunk, Projection(trunk.n_out, start=whitening(x))


def trained(k, *, dtype=np.float32):
    """The network of split k from ``faces_networks.npz``: ``(trunk, projection)``, as ``train`` made them.

    It never saw the people of ``split_people(k)[1]``. With ``dtype`` np.float64 its answers, to more digits than a page
    shows, are the same on every machine.
    """
    split_people(k)                                                 # a clear error if there is no such split
    rng = np.random.default_rng(0)                                  # what it draws is overwritten
    trunk = SideBySide(*(make_trunk(rng=rng, dtype=dtype) for _ in range(TRUNKS)))
    projection = Projection(trunk.n_out, dtype=dtype)
    load(Sequential(trunk, projection), read_bytes(FILE), prefix=f"{k}/")
    return trunk, projection


def stored(k, trunk, projection):
    """The network of split k as ``FILE`` holds it: ``saving.network_arrays`` of both parts, as 16-bit floats."""
    arrays = network_arrays(Sequential(trunk, projection), prefix=f"{k}/")
    return {name: array.astype(np.float16) if array.dtype.kind == "f" else array for name, array in arrays.items()}


def embedding_of(k):
    """``embed(images) -> (N, 256)``: the whole of split k, trunk and projection, for photographs of any size."""
    trunk, projection = trained(k)
    return lambda images: projection(descriptors(trunk, images))[0]


# ---- judging ------------------------------------------------------------------------------------------------

def unseen_error(embed, images, people, k):
    """The equal error rate of ``embed(images) -> (N, L)`` on all pairs of pictures of the people unseen in split k."""
    rows = np.isin(people, split_people(k)[1])
    pairs = all_pairs(people[rows])
    return equal_error_rate(pair_distances(embed(images[rows]), pairs), pairs.same)[0]
