"""Picture files of one's own: read one, or a folder of photographs."""

import hashlib
import io
import re
import struct
import unicodedata
import zlib
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from course_lib.data.faces import HEIGHT, WIDTH, Faces
from course_lib.studies.faces import judge_photographs, resized

# bytes of a file; its pixels; those kept of its longer side
LARGEST, MOST, SIDE = 8_000_000, 50_000_000, 640
CAMERA = re.compile(r"(img|dsc|dscn|pxl)[_-]?\d", re.IGNORECASE)         # files as telephones and cameras name them
FORMATS, ENDINGS = "PNG, JPEG or PGM", (".png", ".jpg", ".jpeg", ".pgm")


def decoded(content):
    """Grey values (h, w) from 0 to 1 of a picture file, upright; a ValueError that says what is wrong with it."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # comes with Matplotlib
    if len(content) == 0:
        raise ValueError("the file is empty")
    if len(content) > LARGEST:
        raise ValueError(f"the file has {len(content) / 1e6:.1f} million bytes, more than {LARGEST // 1_000_000} "
                         "million; make the picture smaller")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "PPM")) as file:
            size = file.size
            if size[0] * size[1] <= MOST:
                file.draft("L", (SIDE, SIDE))                   # a JPEG can be read at a fraction of its size
                picture = ImageOps.exif_transpose(file)         # telephones store how they were held
                sixteen = picture.mode.startswith("I")
                picture = picture if sixteen else picture.convert("L")
                picture.thumbnail((SIDE, SIDE))
                grey = np.asarray(picture, np.float64) / (65535 if sixteen else 255)
    except UnidentifiedImageError as error:
        raise ValueError(f"this is not a picture in the format {FORMATS}") from error
    except Image.DecompressionBombError as error:
        raise ValueError("the picture has far too many pixels; make it smaller") from error
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        raise ValueError(f"the picture is damaged ({error})") from error
    if size[0] * size[1] > MOST:
        raise ValueError(f"the picture has {size[0]} × {size[1]} pixels; make it smaller")
    if min(grey.shape) < 20:
        raise ValueError(f"the picture has {size[0]} × {size[1]} pixels, too few or too narrow; a face needs at least "
                         "20 × 20")
    return grey


def load_photographs(folder):
    """Photographs of faces from a folder, as ``Faces(images (N, 112, 92), people (N,))``, people being names.

    Either files ``{person}_{number}.png`` such as ``anna_3.png``, or a folder for each person with files of any name;
    endings .png, .jpg, .jpeg, .pgm. Each picture comes out grey, from 0 (black) to 1 (white), 112 × 92: its middle, in
    its proportions, so cut it as those of the lesson are cut, from the hair to the chin. Hidden files and other endings
    are left alone; a picture that cannot be read, or whose name tells no person, is an error. So are names as cameras
    give them (``IMG_2024.jpg``), and people whose names differ only in small and capital letters.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"load_photographs: there is no folder {folder}; give the one that holds the pictures")
    paths = [*_pictures(folder), *(path for inner in sorted(folder.iterdir()) if inner.is_dir()
                                   and not inner.name.startswith(".") for path in _pictures(inner))]
    if not paths:
        raise ValueError(f"load_photographs: {folder} holds no pictures ({FORMATS}), nor do the folders in it; they "
                         "are named {person}_{number}.png, or stand in a folder for each person")
    images, people = [], []
    for path in paths:
        person, number = path.parent.name, "1"
        if path.parent == folder:
            person, _, number = path.stem.rpartition("_")
            if CAMERA.match(path.stem):
                raise ValueError(f"load_photographs: {path.name} is named by a camera, which tells no person; put the "
                                 "pictures into a folder for each person")
        if not person.strip() or not number.strip().isdecimal():
            raise ValueError(f"load_photographs: {path.name} is not named {{person}}_{{number}}{path.suffix}; rename "
                             f"it, for example to anna_3{path.suffix}, or put it into a folder called anna")
        try:
            grey = decoded(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"load_photographs: {path.relative_to(folder)}: {error}") from error
        images.append(resized(grey, HEIGHT, WIDTH))
        people.append(unicodedata.normalize("NFC", person.strip()))         # macOS writes é as two characters
    spelt = {}
    for person in people:
        if spelt.setdefault(person.casefold(), person) != person:
            raise ValueError(f"load_photographs: {spelt[person.casefold()]} and {person} differ only in small and "
                             "capital letters; write the name of one person alike, or give two people two names")
    return Faces(np.stack(images), np.array(people))


def save_photographs(folder, images, people):
    """Write photographs into a folder as ``load_photographs`` reads them, PGM files ``{person}_{number}.pgm``.

    Shapes: images (N, h, w), grey values from 0 to 1; people (N,), names or numbers
    """
    counts = {}
    for image, person in zip(images, people):
        counts[person] = counts.get(person, 0) + 1
        head, grey = f"P5 {image.shape[1]} {image.shape[0]} 255\n", np.round(255 * image).astype(np.uint8)
        Path(folder, f"{person}_{counts[person]}.pgm").write_bytes(head.encode() + grey.tobytes())


@contextmanager
def folder_of(images, people):
    """A folder that holds these photographs, and is gone afterwards: ``with folder_of(images, people) as path:``"""
    with TemporaryDirectory() as path:
        save_photographs(path, images, people)
        yield path


def judge_folder(folder, embed, known, *, calibration=None, write=None):
    """How well faces are told apart on the photographs of a folder: ``studies.faces.judge_photographs``, a ``Report``.

    folder   as ``load_photographs`` reads it; two photographs or more of each person
    embed    ``embed(images) -> (N, L)``, unit vectors
    known    images and people that the network did not learn from: they give the threshold
    write    where to write the figures, a new file; an old one is never overwritten
    """
    photographs = load_photographs(folder)
    if write is not None and Path(write).exists():
        raise FileExistsError(f"judge_folder: {write} exists and stays as it is; give another name")
    content = hashlib.sha256(np.ascontiguousarray(photographs.images).tobytes()).hexdigest()
    report = judge_photographs(photographs, embed, known, calibration=calibration, facts={
        "command": f"course_lib.page.pictures.judge_folder on a folder called {Path(folder).name}",
        "data": f"{len(photographs.images)} photographs (SHA-256 of their grey values {content[:12]})"})
    if write is not None:
        report.write(write)
    return report


def _pictures(folder):
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()
                  and not path.name.startswith("."))
