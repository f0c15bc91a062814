"""The data: whole, documented, split without overlap; a damaged file is told and never used."""

import hashlib
from importlib.resources import files

import numpy as np
import pytest

from course_lib import load_digits
from course_lib.data import CHECKSUMS, verify_files
from course_lib.data.files import read_bytes

FOLDER = files("course_lib.data")


def test_digits_have_the_promised_shapes_ranges_and_types():
    digits = load_digits()
    assert [a.shape for a in digits] == [(1442, 64), (1442,), (355, 64), (355,)]
    assert digits.x_train.dtype == digits.x_test.dtype == np.float64
    assert digits.t_train.dtype.kind == "i" and set(digits.t_train) == set(digits.t_test) == set(range(10))
    for x in (digits.x_train, digits.x_test):
        assert x.min() == 0 and x.max() == 1
        assert np.array_equal(16 * x, np.round(16 * x))             # 17 levels of ink
    assert load_digits(dtype=np.float32).x_train.dtype == np.float32


def test_the_split_is_disjoint_and_complete():
    digits = load_digits()
    rows = [hashlib.sha256(row.tobytes()).hexdigest() for row in np.vstack([digits.x_train, digits.x_test])]
    assert len(set(rows)) == len(rows) == 1797                      # no image twice, on neither side nor across


def test_the_split_is_stratified():
    digits = load_digits()
    train, test = np.bincount(digits.t_train), np.bincount(digits.t_test)
    assert np.all(np.abs(test - (train + test) / 5) < 1)            # every fifth of each class
    assert test.min() >= 34


def test_two_loads_are_equal_and_independent():
    one, two = load_digits(), load_digits()
    one.x_train[:] = 7
    assert not np.array_equal(one.x_train, two.x_train)
    np.testing.assert_array_equal(two.x_train, load_digits().x_train)


def test_the_pictures_are_digits():
    """A nearest-mean classifier reads most of them: pixels and labels belong together."""
    digits = load_digits()
    means = np.stack([digits.x_train[digits.t_train == k].mean(axis=0) for k in range(10)])
    nearest = ((digits.x_test[:, np.newaxis] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == digits.t_test).mean() > 0.85


def test_every_file_is_whole_and_listed():
    assert verify_files() == dict.fromkeys(CHECKSUMS, "whole")
    data = {f.name for f in FOLDER.iterdir() if f.name.endswith((".npz", ".csv", ".txt", ".wav", ".gz", ".json"))}
    assert data == set(CHECKSUMS)


def test_the_sources_are_told_for_every_file_with_its_checksum():
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for name, checksum in CHECKSUMS.items():
        section = next(part for part in sources.split("\n## ") if part.startswith(name))
        assert checksum in section and "Licence" in section and "Origin" in section, name


def test_a_damaged_file_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setitem(CHECKSUMS, "digits.npz", "0" * 64)
    with pytest.raises(ValueError, match="digits.npz is damaged.*expected 000000000000.*git checkout"):
        load_digits()
    assert "damaged" in verify_files()["digits.npz"]


def test_a_missing_file_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setitem(CHECKSUMS, "no_such_file.npz", "0" * 64)
    with pytest.raises(FileNotFoundError, match="no_such_file.npz is missing.*git checkout"):
        read_bytes("no_such_file.npz")
    assert "missing" in verify_files()["no_such_file.npz"]
