"""Backpropagation in dates: ``history.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

from course_lib.data.bibliography import work

STRANDS = {"descent": "descent", "control": "optimal control", "numbers": "numerical analysis",
           "networks": "neural networks"}


class Event(NamedTuple):
    """A publication: its key in the bibliography, who, a key of ``STRANDS``, what it holds, the keys of the works that
    it names, and of those on the same idea that it does not name (both only where known), and persons whom it names
    without a work."""

    source: str
    who: str
    strand: str
    what: str
    cites: tuple = ()
    without: tuple = ()
    persons: tuple = ()

    @property
    def year(self):
        """The year of the publication."""
        return work(self.source).year

    @property
    def title(self):
        """The title of the publication."""
        return work(self.source).title


@cache
def load_history():
    """All events in order: a tuple."""
    found = tomllib.loads((resources.files("course_lib.data") / "history.toml").read_text(encoding="utf-8"))["event"]
    return tuple(Event(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})
                 for entry in found)


def named_by(source):
    """Which works an event names, and which it does not name though they came before: rows (named?, year, who, title),
    and who is named, in words."""
    events = {event.source: event for event in load_history()}
    event = events[source]
    rows = [["yes" if key in event.cites else "no", events[key].year, events[key].who, events[key].title]
            for key in (*event.cites, *event.without)]
    rows[len(event.cites):len(event.cites)] = [["yes", "", who, "(a personal communication)"] for who in event.persons]
    named = [*event.persons, *(events[key].who for key in event.cites)]
    return rows, " and ".join(sorted(named, reverse=True)) or "nobody"
