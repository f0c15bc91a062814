"""Every citation resolves to one work of the bibliography, and every work of it is cited."""

import re
import unicodedata

import pytest
from test_notebooks import ROOT

from course_lib.data.bibliography import Work, load_bibliography, work
from course_lib.data.claims import load_claims
from course_lib.data.history import load_history
from course_lib.teaching import build, citations
from course_lib.teaching.citations import SOURCE

SOURCES = sorted((ROOT / "notebooks/source").glob("*.py")) + sorted((ROOT / "solutions/source").glob("*.py"))
every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.parent.name}/{p.stem}")
works = pytest.mark.parametrize("key, entry", load_bibliography().items(), ids=list(load_bibliography()))


def texts(path):
    """The Markdown of a text source: the lines that begin with "# "."""
    return "\n".join(line[2:] for line in path.read_text(encoding="utf-8").splitlines()
                     if re.match(r"#( |$)", line) and not line.startswith("# %%"))


@every_source
def test_every_citation_is_one_work(path):
    """Where two works fit, as those of 1986 do, the page's own reading list tells which."""
    text = texts(path)
    own = set(SOURCE.findall(text))
    for written, keys in citations.citations(text):
        assert keys, f"{path.stem}: {written!r} is not in course_lib/data/bibliography.toml"
        assert len(keys) == 1 or len(own & set(keys)) == 1, f"{path.stem}: {written!r} may be {' or '.join(keys)}"
    assert own <= set(load_bibliography())


@every_source
def test_reading_lists_come_from_the_bibliography(path):
    found = re.search(r"(?:\*\*|^#+ )Further reading.*?\n\n((?:[-*] .*\n?)+)", texts(path), re.M)
    for item in found[1].splitlines() if found else ():
        assert SOURCE.match(item, 2), f"{path.stem}: {item}"


def test_every_work_is_cited():
    cited = set().union(*(citations.cited_keys(texts(path)) for path in SOURCES))
    cited |= {key for claim in load_claims().values() for key in claim.sources}
    cited |= {event.source for event in load_history()}
    assert not set(load_bibliography()) - cited


@pytest.mark.parametrize("claim", load_claims().values(), ids=list(load_claims()))
def test_the_sources_of_a_claim_are_in_the_bibliography(claim):
    for key in claim.sources:
        work(key)


@works
def test_a_work_has_authors_a_year_a_title_and_a_place(key, entry):
    plain = unicodedata.normalize("NFKD", entry.surnames[0].replace("ø", "o").replace(" ", "").casefold())
    assert re.fullmatch(rf"{plain.encode('ascii', 'ignore').decode().split('-')[0]}{entry.year}[a-z]*", key)
    assert 1800 < entry.year < 2030 and entry.title.strip() and entry.where.strip()
    assert all(re.fullmatch(r"(?:[A-ZÀ-Ý](?:\.|[a-zà-ÿ]\.)(?:-[A-Z]\.)? ?)+ \S.*", name) or name == "others"
               for name in (n.replace(". ", ".  ") for n in entry.authors)), entry.authors
    assert not entry.reference.endswith(".")


def test_the_keys_are_in_order():
    assert list(load_bibliography()) == sorted(load_bibliography())


def test_the_pages_are_built():
    for path, text in build.pages().items():
        assert path.read_text(encoding="utf-8") == text, path


def test_an_unknown_key_is_told():
    with pytest.raises(ValueError, match="no work 'nobody1900'; add it to course_lib/data/bibliography.toml"):
        citations.filled("{source nobody1900}")


@pytest.mark.parametrize("text, expected", [
    ("Cauchy (1847) had it.", [["cauchy1847"]]),
    ("It pays (Baur and Strassen 1983; Griewank and Walther 2008).", [["baur1983"], ["griewank2008"]]),
    ("Rumelhart, Hinton and\nWilliams (1986)", [["rumelhart1986", "rumelhart1986pdp"]]),
    ("(Le Dimet, Talagrand 1986)", [["ledimet1986"]]),
    ("Liao and others (2018)", [["liao2018"]]),
    ("Bai and others (2019), Bai (2019)", [["bai2019"], ["bai2019"]]),
    ("Nobody (1847), Cauchy (1848)", [[], []]),                     # neither is in the file
    ("Bai and Kolter (2019)", [[]]),                                # a third author is missing
    ("In 1847 and in Seattle, 2012, 1989 digits", []),
    ("{source cauchy1847}", []),
])
def test_citations(text, expected):
    assert [keys for _, keys in citations.citations(text)] == expected


def test_a_reading_list_tells_two_works_of_a_year_apart():
    words = "Zhang and others (2017) asked it."
    assert citations.cited_keys(words) == {"zhang2017", "zhang2017edge"}
    assert citations.cited_keys(words + " {source zhang2017}") == {"zhang2017"}


def test_the_reference():
    assert Work(("A. B. Le Dimet", "others"), 1986, "What", "*Tellus* 38").reference == \
        "A. B. Le Dimet and others (1986), What, *Tellus* 38"
    assert Work(("A.-L. Cauchy", "B. Ørsted"), 1847, "T", "W").surnames == ("Cauchy", "Ørsted")
