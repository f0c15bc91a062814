"""The works that the course cites: ``bibliography.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

OTHERS = "others"


class Work(NamedTuple):
    """A book, an article, a thesis or a page: ``authors`` ("S. Linnainmaa", …, or ``OTHERS`` at the end), ``year``,
    ``title``, ``where`` (Markdown)."""

    authors: tuple
    year: int
    title: str
    where: str

    @property
    def surnames(self):
        """("Le Dimet", "Talagrand"): without initials, and without ``OTHERS``."""
        return tuple(" ".join(part for part in name.split() if not part.endswith("."))
                     for name in self.authors if name != OTHERS)

    @property
    def reference(self):
        """One line of Markdown, without a full stop."""
        names = ", ".join(self.authors).replace(f", {OTHERS}", f" and {OTHERS}")
        return f"{names} ({self.year}), {self.title}, {self.where}"


@cache
def load_bibliography():
    """All works in the order of the file: ``{key: Work}``."""
    found = tomllib.loads((resources.files("course_lib.data") / "bibliography.toml").read_text(encoding="utf-8"))
    return {key: Work(tuple(entry["authors"]), entry["year"], entry["title"], entry["where"])
            for key, entry in found.items()}


def work(key):
    """The work with a key. ValueError for a key that the file does not hold."""
    works = load_bibliography()
    if key not in works:
        raise ValueError(f"the bibliography has no work {key!r}; add it to course_lib/data/bibliography.toml")
    return works[key]
