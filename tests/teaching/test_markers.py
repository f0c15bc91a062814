"""A marker that stands alone in a sheet: the learner's copy is not made."""

import pytest

from course_lib.teaching import build


@pytest.mark.parametrize("marker", ["### END SOLUTION", "### BEGIN SOLUTION"])
def test_half_a_pair_of_markers_stops_the_build_also_outside_a_task(tmp_path, marker):
    source = tmp_path / "sheet.py"
    source.write_text(f"# %%\nsecret = 1\n{marker}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="a solution marker was left in the learner's copy"):
        build.unsolved(build.read_source(source))
