"""Which works does a text cite? And the page of all works, with the lessons that cite them."""

import re

from course_lib.data.bibliography import load_bibliography, work

SOURCE = re.compile(r"\{source (\w+)\}")               # in a text: the reference, in one line
YEAR = r"(?P<year>(?:18|19|20)\d\d)(?![\d,.]*\d)"
NAME = r"(?:Le )?[^\W\d_a-z][\w’'-]*[^\W\d_A-Z]"
CITATION = re.compile(rf"(?P<names>{NAME}(?:(?:, and |, | and ){NAME})*)(?P<others> and others| et al\.)?"
                      rf"(?:,? \(|,? ){YEAR}")
NO_AUTHORS = {"In", "Until", "Since", "By", "Seattle", "Around", "After", "Before", "From", "Between", "The", "About",
              "Press", "Springer", "SIAM", "May"}


def filled(text):
    """The text with each ``{source KEY}`` replaced by the reference. ValueError for an unknown key."""
    return SOURCE.sub(lambda m: work(m[1]).reference, text)


def citations(text):
    """What a text cites as "Names year" or "Names (year)": a list of ``(as written, the keys that fit)``.

    "A and others" fits works of more authors that begin with A; a single name fits a work by its first author.
    """
    found = []
    for match in CITATION.finditer(re.sub(r"\s+", " ", text)):
        names = re.split(r", and |, | and ", match["names"])
        while names and names[0] in NO_AUTHORS:
            names = names[1:]
        if names:
            found.append((match[0], [key for key, entry in load_bibliography().items()
                                     if entry.year == int(match["year"]) and _fits(names, match["others"], entry)]))
    return found


def _fits(names, others, entry):
    known = entry.surnames
    if others or len(names) == 1:
        return list(known[:len(names)]) == names
    return list(known) == names and entry.authors[len(known):] == ()


def cited_keys(text):
    """The keys of all works that a source text cites, in words or as ``{source KEY}``. Where words fit two works, those
    count that the text's own reading list names."""
    own = set(SOURCE.findall(text))
    return own.union(*(own & set(keys) or keys for _, keys in citations(text)))


def bibliography(lessons):
    """The page of all works as Markdown. ``lessons``: ``{name of a lesson's file: the keys it cites}``."""
    lines = ["# Bibliography", "",
             "All works that the lessons cite, with the lessons that do. “Reported” in a lesson means: as others "
             "tell it; we did not see the work itself.", ""]
    for key, entry in sorted(load_bibliography().items(), key=lambda item: _order(item[1])):
        links = ", ".join(f"[{name[:2]}]({name}.ipynb)" for name, keys in sorted(lessons.items()) if key in keys)
        lines.append(f"- {entry.reference}. Lesson{'s' if ',' in links else ''} {links}.")
    return "\n".join(lines) + "\n"


def _order(entry):
    return [name.casefold() for name in entry.surnames], entry.year, entry.title
