"""The numbers in CONTRIBUTING.md; see numerals.py."""

import tomllib

from numerals import ROOT, says

says("names, imports and lines within 120 characters", lambda o: tomllib.loads(
    (ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["line-length"])
says("at least five wrong answers, each with the name", lambda o: "PLANTED.get(task_id, [])}) >= 5" in (
    ROOT / "tests/exercises/test_planted.py").read_text(encoding="utf-8"))
