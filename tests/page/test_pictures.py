"""A folder of photographs: who is on each is read from the names; what cannot be read is said."""

import numpy as np
import pytest
from PIL import Image

from course_lib.page.pictures import folder_of, judge_folder, load_photographs
from course_lib.studies.reports import Report


def picture(path, side=(92, 112), grey=None):
    path.parent.mkdir(exist_ok=True)
    rng = np.random.default_rng(len(path.name))
    Image.fromarray(grey if grey is not None else rng.integers(0, 256, side[::-1]).astype(np.uint8)).save(path)


def test_people_stand_in_the_names_or_have_a_folder_each(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (112, 92)).astype(np.uint8)
    for name in ("anna_1.png", "anna_2.pgm", "van_dyk_1.jpg", "eve/1.png", "eve/smiling.PNG", ".hidden/1.png"):
        picture(tmp_path / name, grey=grey)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "eve" / "._1.png").write_bytes(b"of macOS")
    images, people = load_photographs(tmp_path)
    assert people.tolist() == ["anna", "anna", "van_dyk", "eve", "eve"] and images.shape == (5, 112, 92)
    np.testing.assert_allclose(images[[0, 1, 3]], np.stack([grey / 255] * 3), atol=1e-12)
    assert np.abs(images[2] - grey / 255).mean() < 0.1                      # JPEG


def test_another_size_keeps_its_middle_and_its_proportions(tmp_path):
    wide = np.full((224, 400), 200, np.uint8)
    wide[:, :20] = 0                                                        # far from the middle: cut off
    picture(tmp_path / "anna_1.png", grey=wide)
    picture(tmp_path / "anna_2.png", side=(50, 20))
    images, _ = load_photographs(str(tmp_path))
    np.testing.assert_allclose(images[0], 200 / 255)
    assert images.shape == (2, 112, 92) and images[1].std() > 0


@pytest.mark.parametrize("name, message", [("anna.png", "anna.png is not named {person}_{number}.png"),
                                           ("anna_first.png", "is not named"), ("_1.png", "is not named")])
def test_a_name_without_a_person_is_refused(tmp_path, name, message):
    picture(tmp_path / name)
    with pytest.raises(ValueError, match=message):
        load_photographs(tmp_path)


@pytest.mark.parametrize("name", ["IMG_2024.png", "img-20240101_1.png", "DSC_0001.png", "DSCN_1.png", "dscn0001_2.png",
                                  "PXL_20240101_123.png"])
def test_the_names_of_cameras_are_refused(tmp_path, name):
    picture(tmp_path / name)
    with pytest.raises(ValueError, match=f"{name} is named by a camera.*a folder for each person"):
        load_photographs(tmp_path)
    (tmp_path / "anna").mkdir()
    (tmp_path / name).rename(tmp_path / "anna" / name)
    picture(tmp_path / "imgard_1.png")
    assert load_photographs(tmp_path).people.tolist() == ["imgard", "anna"]


def test_names_that_differ_only_in_case_are_refused(tmp_path):
    for name in ("Anna_1.png", "bob/1.png", "anna_2.png"):
        picture(tmp_path / name)
    with pytest.raises(ValueError, match="Anna and anna differ only in small and capital letters"):
        load_photographs(tmp_path)


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_photographs(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="holds no pictures"):
        load_photographs(tmp_path)
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "1.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"anna.1\.png: this is not a picture"):
        load_photographs(tmp_path)


def colours(images):
    """A stand-in for a network: the means of 64 blocks, as unit vectors."""
    y = images.reshape(len(images), 8, 14, 4, 23).mean(axis=(2, 4)).reshape(len(images), -1)
    y = y - y.mean(axis=1, keepdims=True)
    return y / np.linalg.norm(y, axis=1, keepdims=True)


def crowd(seed, count=6, each=4):
    """Blocks of grey that differ from person to person, and less from photograph to photograph; whose they are."""
    rng = np.random.default_rng(seed)
    blocks = np.repeat(rng.random((count, 8, 4)), each, axis=0) + rng.normal(scale=0.15, size=(count * each, 8, 4))
    people = np.repeat([f"p{k}" for k in range(count)], each)
    return np.kron(np.clip(0.2 + 0.6 * blocks, 0, 1), np.ones((14, 23))), people


def test_a_folder_is_judged_in_one_call(tmp_path):
    images, people = crowd(0)
    with folder_of(images, people) as place:
        found = load_photographs(place)
        np.testing.assert_allclose(found.images, images, atol=0.5 / 255 + 1e-9)
        assert found.people.tolist() == people.tolist()
        report = judge_folder(place, colours, crowd(1), write=tmp_path / "figures.csv")
        assert report.part("all")[0].share > 0.8 and len(report.part("is")) == 6
        assert "24 photographs" in report.origin["data"] and place not in "".join(report.origin.values())
        assert len(Report.read(tmp_path / "figures.csv").rows) == len(report.rows)
        with pytest.raises(FileExistsError, match="stays as it is"):
            judge_folder(place, colours, crowd(1), write=tmp_path / "figures.csv")
    with pytest.raises(FileNotFoundError):
        load_photographs(place)
