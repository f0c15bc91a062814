"""Train all five networks and judge them: ``python -m course_lib.studies.faces``."""

import hashlib
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.saving import write_arrays
from course_lib.studies.faces.baselines import eigenfaces, fisherfaces, pixels, standardised_pixels
from course_lib.studies.faces.classifier import descriptors
from course_lib.studies.faces.images import SPLITS, split_people
from course_lib.studies.faces.networks import FILE, stored, train, unseen_error


def main():
    """Train all five networks, print what they reach on unseen people beside the baselines, write their file."""
    faces = data.load_faces(dtype=np.float32)
    images, people = faces
    arrays, table = {}, []
    for k in range(SPLITS):
        rows = np.isin(people, split_people(k)[0])
        trunk, projection = train(k, faces, report=lambda trunk, epoch, loss, k=k: print(
            f"\rsplit {k}, trunk {trunk}, epoch {epoch}, loss {loss:.3f} ", end="", flush=True))
        arrays |= stored(k, trunk, projection)
        embeddings = {"pixels": pixels, "standardised pixels": standardised_pixels,
                      "eigenfaces": eigenfaces(images[rows]), "fisherfaces": fisherfaces(images[rows], people[rows]),
                      "descriptors": lambda new: descriptors(trunk, new),
                      "projected descriptors": lambda new: projection(descriptors(trunk, new))[0]}
        table.append([unseen_error(embed, images, people, k) for embed in embeddings.values()])
        print("".join(f"  {name} {rate:.3f}" for name, rate in zip(embeddings, table[-1])))
    print("mean   " + "".join(f"  {name} {rate:.4f}" for name, rate in zip(embeddings, np.mean(table, axis=0))))
    path = write_arrays(Path(data.__file__).parent / FILE, arrays, compressed=True)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
