"""Where things stand in the course: lessons and their sections, from ``sections.toml``, which the build writes."""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple


class Section(NamedTuple):
    """A section of a lesson: "04", 3, "Elementwise rules", and the link to it from the folder of the lessons."""

    lesson: str
    number: int
    title: str
    link: str

    def __str__(self):
        return f"lesson {self.lesson}, section {self.number}: {self.title}"


@cache
def load_sections():
    """All sections in order: ``{"04.3": Section}``."""
    found = tomllib.loads((resources.files("course_lib.data") / "sections.toml").read_text(encoding="utf-8"))
    return {f"{name[:2]}.{number}": Section(name[:2], number, title, f"{name}.ipynb#{number}.-{anchor(title)}")
            for name, titles in found.items() for number, title in enumerate(titles, 1)}


def section(place):
    """The section "04.3". ValueError for one that does not exist."""
    if place not in load_sections():
        raise ValueError(f"there is no section {place!r}; a place is a lesson and a section of it, such as '04.3'")
    return load_sections()[place]


def anchor(title):
    """What JupyterLab makes of a heading in an address: hyphens for blanks."""
    return title.replace(" ", "-")


def titles_in(text):
    """The titles of the numbered sections of a lesson's text source, in order. ValueError if a number is missing."""
    found = re.findall(r"^# ## (\d+)\. (.+)$", text, re.M)
    if [int(number) for number, _ in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"sections must be numbered 1, 2, 3, …, not {', '.join(number for number, _ in found)}")
    return [title for _, title in found]
