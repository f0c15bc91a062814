"""``load_zipcodes``: files of the usual layout, made here; what is not, is told. Nothing of the real file is needed."""

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from course_lib.data import load_mnist, load_zipcodes, zipcodes

DIGITS = load_mnist(size=16)


def groups(n=40, low=0, high=1, whole=False):
    """Digits of MNIST in the place of zip codes, with pixels from low to high."""
    found = {}
    for name, x, t in (("train", DIGITS.x_train[::100], DIGITS.t_train[::100]),
                       ("test", DIGITS.x_test[::50], DIGITS.t_test[::50])):
        data = low + (high - low) * x[:n].reshape(-1, 256)
        found[name] = (np.round(data) if whole else data).astype(np.float32), t[:n].astype(np.int32)
    return found


@pytest.fixture
def file(tmp_path):
    """``file(groups)``: the path of an .h5 file that holds them."""
    def write(content):
        path = tmp_path / "usps.h5"
        with h5py.File(path, "w") as target:
            for name, (data, labels) in content.items():
                target.create_group(name).update({"data": data, "target": labels})
        return path
    return write


@pytest.mark.parametrize("low, high, whole", [(0, 1, False), (-1, 1, False), (0, 255, True)])
def test_the_usual_file_is_read_whatever_its_range(file, low, high, whole):
    digits = load_zipcodes(file(groups(low=low, high=high, whole=whole)))
    assert [a.shape for a in digits] == [(40, 1, 16, 16), (40,), (20, 1, 16, 16), (20,)]
    atol = 0.003 if whole else 1e-6
    np.testing.assert_allclose(digits.x_train, DIGITS.x_train[::100], atol=atol)
    np.testing.assert_allclose(digits.x_test, DIGITS.x_test[::50], atol=atol)
    np.testing.assert_array_equal(digits.t_train, DIGITS.t_train[::100])
    assert digits.x_train.dtype == np.float64 and digits.t_train.dtype == int


def test_the_dtype_and_a_path_in_other_words(file):
    path = file(groups())
    assert load_zipcodes(str(path), dtype=np.float32).x_test.dtype == np.float32
    with pytest.raises(ValueError, match="load_zipcodes: dtype must be a type of floats"):
        load_zipcodes(path, dtype=int)
    with pytest.raises(TypeError, match="path must be the name of a file"):
        load_zipcodes(None)


def test_square_images_and_labels_in_a_column_are_read_too(file):
    content = {name: (x.reshape(-1, 16, 16), t[:, np.newaxis]) for name, (x, t) in groups().items()}
    np.testing.assert_allclose(load_zipcodes(file(content)).x_train, DIGITS.x_train[::100], atol=1e-6)


def changed(name="train", data=lambda x: x, target=lambda t: t):
    content = groups()
    content[name] = data(content[name][0]), target(content[name][1])
    return content


@pytest.mark.parametrize("content, message", [
    (changed(data=lambda x: x[:, :255]), r"train/data has shape \(40, 255\).*expected groups"),
    (changed("test", target=lambda t: t[:-1]), r"test/target \(19,\), expected groups"),
    (changed(data=lambda x: x[:0], target=lambda t: t[:0]), r"train/data has shape \(0, 256\)"),
    (changed(target=lambda t: 1 + np.arange(len(t)) % 10), "the labels run from 1 to 10: subtract 1"),
    (changed(target=lambda t: t + 0.5), "must hold the digits 0 to 9"),
    (changed(data=lambda x: np.where(x > 0.5, np.nan, x)), "train must hold finite numbers"),
    (changed(data=lambda x: 3 * x), "pixels must run from 0 to 1, .* got 0 to"),
    (changed(data=lambda x: 4 * x - 2), "pixels must run from 0 to 1, .* got -2 to"),
    (changed(data=lambda x: 1 - x), "ink and paper have changed places"),
])
def test_what_the_file_must_not_hold_is_told(file, content, message):
    with pytest.raises(ValueError, match=f"load_zipcodes: .*{message}"):
        load_zipcodes(file(content))


def test_pixels_from_minus_one_in_one_group_set_the_range_of_both(file):
    content = groups(low=-1)
    content["test"] = np.maximum(content["test"][0], 0), content["test"][1]
    assert load_zipcodes(file(content)).x_test.min() == 0.5


def test_no_file_and_no_package_have_a_remedy(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no file 'usps.h5' in .*paths are read from"):
        load_zipcodes(tmp_path / "usps.h5")
    (tmp_path / "usps.h5").write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"usps.h5 cannot be opened.*h5py; install it with: .venv/bin/python -m pip"):
        load_zipcodes(tmp_path / "usps.h5")


def test_other_files_and_other_layouts_are_told(tmp_path):
    path = tmp_path / "usps.h5"
    path.write_bytes(b"no such format")
    with pytest.raises(ValueError, match="no file in the format HDF5"):
        load_zipcodes(path)
    for content in ({"data": 1}, {"train/data": 1}, {"train": 1}, {"train/data/more": 1}):
        with h5py.File(path, "w") as file:
            for name, value in content.items():
                file[name] = value
        with pytest.raises(ValueError, match='usps.h5 has another layout; expected groups "train" and "test"'):
            load_zipcodes(path)


def test_the_remedy_names_an_extra_that_exists():
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert "\nzipcodes = [\n" in project and "[lab,zipcodes]" in zipcodes.REMEDY
