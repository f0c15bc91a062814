"""What every test and every notebook run needs before NumPy is imported."""

import os
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"        # reproducible sums
# A test run must not count as the learner's own work.
os.environ["COURSE_LIB_PROGRESS"] = os.path.join(tempfile.mkdtemp(prefix="course-progress-"), "progress.json")


def pytest_terminal_summary(terminalreporter):
    """What the browser tests measured: a line a notebook. (Here: the process that prints reads no other conftest.)"""
    rows = [dict(report.user_properties)["browser"] for status in ("passed", "failed")
            for report in terminalreporter.getreports(status)
            if "browser" in dict(getattr(report, "user_properties", ()))]
    if rows:
        terminalreporter.section("in the browser: the slowest answer of a page to a key")
    for row in sorted(rows, key=lambda row: row["notebook"]):
        milliseconds, control = row["slowest"] or (0, "no control")
        terminalreporter.line(f"{row['notebook']:45} {row['seconds']:5.1f} s, {row['controls']:2} controls, "
                              f"{row['presses']:3} presses, {milliseconds:4} ms: {control}")
