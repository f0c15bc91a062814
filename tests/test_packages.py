"""The packages that pyproject.toml asks for, and the two files with exact versions beside it."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ASKED = [Requirement(text) for text in (
    *PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"],
    *(text for extra in PROJECT["project"]["optional-dependencies"].values() for text in extra))]
ASKED = {canonicalize_name(r.name): r.specifier for r in ASKED if r.name != PROJECT["project"]["name"]}


def pinned(file):
    """``{name: version}`` of a file of constraints; every line names one version."""
    lines = [line for line in (ROOT / ".ci" / file).read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    versions = {canonicalize_name(name): Version(version) for name, version in (line.split("==") for line in lines)}
    assert len(versions) == len(lines)
    return versions


def test_the_lowest_versions_are_the_lower_bounds():
    bounds = {name: [Version(s.version) for s in specifier if s.operator == ">="] for name, specifier in ASKED.items()}
    assert {name: [version] for name, version in pinned("lowest.txt").items()} == bounds


@pytest.mark.parametrize("file", ["constraints.txt", "lowest.txt"])
def test_every_package_is_pinned_within_its_bounds(file):
    versions = pinned(file)
    assert [name for name, specifier in ASKED.items() if name not in versions or versions[name] not in specifier] == []
