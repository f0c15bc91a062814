"""Stored results carry how they were made; data sets say it in SOURCES.md."""

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from course_lib.data import CHECKSUMS, origin
from course_lib.data.files import read_bytes
from course_lib.data.origins import (
    KEYS,
    csv_text,
    made_now,
    origin_of,
    read_table,
    with_checksum,
    with_origin,
    write_table,
)
from course_lib.saving import write_arrays

ROOT = Path(__file__).parents[2]
FACTS = dict.fromkeys(KEYS, "told") | {"made": "2026-11-30", "seeds": "0 to 4: one number each, 5 × 8"}
DATA_SETS = {"commands.npz", "digits.npz", "mnist_5k.npz", "moby_dick.txt.gz", "new_writers.npz", "other_words.npz",
             "ratings.npz", "readings.npz", "seattle_weather.csv", "sentiment.npz"}
RESULTS = sorted(set(CHECKSUMS) - DATA_SETS)


@pytest.mark.parametrize("name", RESULTS)
def test_stored_results_tell_their_origin(name):
    facts = origin(name)
    assert set(KEYS) <= set(facts) and all(value.strip() for value in facts.values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", facts["made"])
    assert "course_lib" in facts["command"] or ".py" in facts["command"]
    assert re.search(r"\d", facts["steps"]) and re.search(r"\d", facts["seeds"]) and re.search(r"\d", facts["sizes"])
    assert not re.search(r"(?<!\w)/\w+/", " ".join(facts.values())), "a path of one machine"


@pytest.mark.parametrize("name", RESULTS)
def test_the_data_behind_stored_results_are_those_of_today(name):
    for source, checksum in re.findall(r"(\S+) \(SHA-256 (\w+)\)", origin(name).get("data", "")):
        if source in CHECKSUMS:
            assert CHECKSUMS[source].startswith(checksum), f"{name} was made from another {source}: make it again"


@pytest.mark.parametrize("name", sorted(DATA_SETS))
def test_data_sets_say_it_in_the_sources(name):
    assert not name.endswith((".csv", ".npz")) or origin(name) == {}
    sources = (files("course_lib.data") / "SOURCES.md").read_text(encoding="utf-8")
    section = next(part for part in sources.split("\n## ") if part.startswith(name))
    assert "Made with" in section or "Changes: none" in section


def test_an_origin_goes_into_arrays_and_comes_back(tmp_path):
    arrays = {"0/network": np.array(b"{}"), "0/p0": np.ones(3)}
    path = write_arrays(tmp_path / "results", with_origin(arrays, FACTS), compressed=True)
    assert origin_of(path.read_bytes()) == FACTS
    with np.load(path) as file:
        assert set(file.files) == {*arrays, "origin"}
    assert origin_of(write_arrays(tmp_path / "bare", arrays).read_bytes()) == {}


def test_an_origin_goes_into_a_table_and_comes_back(monkeypatch):
    text = csv_text(["setting", "seed"], [["Adam, slow", 0], ["a # b", 1]], FACTS)
    assert origin_of(text.encode()) == FACTS
    monkeypatch.setattr("course_lib.data.origins.read_bytes", {"new": text.encode(), "old": b"a,b\n1,2\n"}.get)
    assert read_table("new") == (["setting", "seed"], [["Adam, slow", "0"], ["a # b", "1"]])
    assert read_table("old") == (["a", "b"], [["1", "2"]])
    assert origin("old") == {}


def test_a_table_is_written_beside_the_data_or_where_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("course_lib.data.origins.__file__", str(tmp_path / "origins.py"))
    for path in ("new.csv", tmp_path / "other.csv"):
        written = write_table(path, ["setting", "seed"], [["Adam, slow", 0]], FACTS)
        assert written == tmp_path / path
        assert written.read_bytes() == csv_text(["setting", "seed"], [["Adam, slow", 0]], FACTS).encode()
    with pytest.raises(ValueError, match="must tell steps"):
        write_table("new.csv", ["a"], [], FACTS | {"steps": ""})
    assert origin_of((tmp_path / "new.csv").read_bytes()) == FACTS          # the old one is still there


@pytest.mark.parametrize("name", [name for name in RESULTS if name.endswith(".csv")])
def test_a_stored_table_that_is_written_again_is_the_same_bytes(name, tmp_path):
    assert write_table(tmp_path / name, *read_table(name), origin(name)).read_bytes() == read_bytes(name)


def test_an_origin_must_tell_all():
    with pytest.raises(ValueError, match=r"must tell steps \(how long was trained"):
        csv_text(["a"], [], {key: value for key, value in FACTS.items() if key != "steps"})
    with pytest.raises(ValueError, match="texts of one line"):
        with_origin({}, FACTS | {"seeds": "0\n1"})
    with pytest.raises(ValueError, match="texts of one line"):
        with_origin({}, FACTS | {"steps": 600})


def test_what_is_made_now_has_its_date_and_commit():
    told = {key: "told" for key in KEYS if key not in ("made", "commit")}
    facts = made_now(**told, people="40")
    assert list(facts) == [*KEYS, "people"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", facts["made"])
    assert re.fullmatch(r"[0-9a-f]{7,}( and changes)?|unknown", facts["commit"])
    assert with_checksum("digits.npz") == f"digits.npz (SHA-256 {CHECKSUMS['digits.npz'][:12]})"
    assert read_bytes("digits.npz").startswith(b"PK")


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.npz")), ids=lambda path: path.name)
def test_stored_references_tell_their_origin(path):
    facts = origin_of(path.read_bytes())
    assert set(KEYS) <= set(facts) and (ROOT / facts["command"].removeprefix("python ")).is_file()
