"""A folder of photographs: who is on each is read from the names; what cannot be read is said."""

import numpy as np
import pytest
from PIL import Image

from course_lib.page.pictures import load_photographs


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


@pytest.mark.parametrize("name, message", [("anna.png", "anna.png is not named {person}_{number}.png"),
                                           ("anna_first.png", "is not named"), ("_1.png", "is not named")])
def test_a_name_without_a_person_is_refused(tmp_path, name, message):
    picture(tmp_path / name)
    with pytest.raises(ValueError, match=message):
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
