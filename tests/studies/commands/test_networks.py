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
     "c5a2f87948486c3a212ce1b54a0efa9ac980f37d5621775d2990b58096c28258"),
    ("digits", True, 1,
     "809e16f98fa330768cb872910fa00eed3ce7299ebfb4f2718699e953a6c5c0f4"),
    ("commands", False, 2,
     "3dcc5a4819c279486fb9bf68c2986998c521104b56376917d547e7b1b3a7d00f"),
    ("commands", True, 1,
     "ee92ff56df28783e3838e5dac1607571bfda94a54eeb9bed062d2dfb091746c5"),
    ("digits_ja", False, 1,
     "07adc86aa07a818b7ae7258115b44e140a893c1c00e419b4a94595b240610beb"),
    ("digits_ja", True, 1,
     "670ab90310284a3f2ddb2698fe47537303aa1d97622f38b1a903071e39e72031"),
    ("commands_ja", False, 1,
     "407678d39355a27c97545cb6de1ef488333f89b6d3ba0807fe095a7de663bfb4"),
    ("commands_ja", True, 1,
     "42c6223f80a841c5ae6ef015f09aae97ee5720cde4bd0045f73e4cf775fa8287")])
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
