"""The stored networks of lesson 12: the same numbers, whatever the format of their file."""

import hashlib

import numpy as np
import pytest

from course_lib.data.files import read_bytes
from course_lib.saving import read_arrays
from course_lib.studies.commands import load_networks
from course_lib.studies.commands.networks import NETWORKS, prefix, stored


def checksum(nets):
    """Of all arrays, bit by bit: the parameters of all networks, then the running averages of all."""
    digest = hashlib.sha256()
    arrays = [p.data for net in nets for p in net.params]
    for a in arrays + [a for net in nets for layer in net.walk() for a in layer.running]:
        digest.update(f"{a.dtype}{a.shape}".encode() + np.ascontiguousarray(a).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("vocabulary, held_out, count, wanted", [
    ("digits", False, 3,
     "03cc495595bc47c15f4d63748e675ee88dddcefce604b9eb158751d87713f96e"),
    ("digits", True, 1,
     "ac667c17d6d88d17866c460992f303811c1fc6e60550f8293c764be4d872c3e9"),
    ("commands", False, 2,
     "d272f85a5514d752bdbd0ae2ed58d5d5962edb4a77ea672500660ab43e5e24c8"),
    ("commands", True, 1,
     "c212e7bfda77e99315a302750eabebe3a3b6c22d5623259519e6a3e9c5f224b8"),
    ("digits_ja", False, 1,
     "72cf96d91bbc3ac9e345d6c29e4483ea640b37d3163e816a0fd8cddde11e742e"),
    ("digits_ja", True, 1,
     "0dd06a7a76774c3dcc1d6362956427fc3fff1ab93c9aace4255efefa35f3d6c9"),
    ("commands_ja", False, 1,
     "be6c59e7195a2eb247c88a6498dc83d687d8236dffb51d6de554d3a034c86b5e"),
    ("commands_ja", True, 1,
     "4f9d487025cda3b223340fb4ae5a1accf34527ced4cc1fa39151dc372da72a4d")])
def test_the_stored_networks_are_the_numbers_that_were_trained(tmp_path, vocabulary, held_out, count, wanted):
    """Whatever the format of the file; and what training would write of them is what the loader reads."""
    nets = load_networks(vocabulary, held_out)
    assert len(nets) == count and checksum(nets) == wanted
    arrays = stored(nets, vocabulary, held_out)
    for i in range(count):
        place = prefix(vocabulary, held_out, i)
        _, in_file = read_arrays(read_bytes(NETWORKS), place)
        assert in_file.keys() == {name.removeprefix(place) for name in arrays if name.startswith(place)}
        for name, array in in_file.items():
            np.testing.assert_array_equal(arrays[place + name], array)
            assert arrays[place + name].dtype == array.dtype
    _, beyond = read_arrays(read_bytes(NETWORKS))
    assert prefix(vocabulary, held_out, count) + "network" not in beyond
