"""What a lesson compares, it compares by its own rules: no training ends on a batch smaller than the others."""

import re

import pytest

from course_lib.teaching import ROOT

SOURCES = sorted([*(ROOT / "notebooks/source").glob("*.py"), *(ROOT / "solutions/source").glob("*.py"),
                  *(ROOT / "course_lib/studies").rglob("*.py"), *(ROOT / "course_lib/widgets").glob("*.py")])
TRAP = {"course_lib/studies/batch_sizes.py",     # where the small batch is the subject, of lesson 05
        "course_lib/studies/ten_rules.py",       # the unfair report of lesson 06
        "course_lib/studies/commands/augmentation.py"}   # its rate ends near 0; the stored networks were trained so


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_training_keeps_a_small_last_batch(path):
    kept = re.findall(r'.*last=["\']keep["\'].*', path.read_text(encoding="utf-8"))
    assert bool(kept) == (str(path.relative_to(ROOT)) in TRAP), kept
