"""A recogniser judged on a folder: shares, their intervals over units, confusions, a threshold's errors, the file."""

import numpy as np
import pytest

from course_lib.experiments import interval
from course_lib.studies.reports import NOBODY, Report, Row, recognition_report, report_of, share_interval, two_errors

FACTS = {"command": "a test", "data": "made up"}
TRUTH = ["one", "two", "one", "two", "one", "two"]
ANSWERS = ["one", "one", "one", "two", None, "one"]
WHO = ["ann", "ann", "bob", "bob", "cleo", "cleo"]


def test_units_of_equal_size_give_students_interval_of_their_shares():
    rng = np.random.default_rng(0)
    hits, units = rng.random((6, 10)) < 0.8, np.repeat(np.arange(6), 10)
    share, low, high = share_interval(hits.ravel(), units)
    mean, half = interval(hits.mean(axis=1))
    np.testing.assert_allclose([share, low, min(high, 1)], [mean, mean - half, min(mean + half, 1)])


def test_rows_of_one_unit_are_not_worth_more_than_the_unit():
    hits, units = np.array([True, True, True, False, True, False]), np.arange(6)
    once, copied = share_interval(hits, units), share_interval(np.repeat(hits, 20), np.repeat(units, 20))
    np.testing.assert_allclose(once, copied)


def test_the_interval_of_pairs_holds_the_true_rate_as_often_as_it_says():
    """A pair is hit if both people are easily mistaken: far from independent. By pairs it would hold less often."""
    rng, held, by_pairs = np.random.default_rng(1), 0, 0
    first, second = np.triu_indices(20, 1)
    for _ in range(400):
        easy = rng.normal(size=20)                          # the sum of two has variance 2
        hits = easy[first] + easy[second] > 0.9
        share, low, high = share_interval(hits, np.stack([first, second], axis=1))
        held += low <= 0.2623 <= high                       # the normal tail above 0.9 / √2
        _, low, high = share_interval(hits, np.arange(len(hits)))
        by_pairs += low <= 0.2623 <= high
    assert 0.88 < held / 400 < 0.98 and by_pairs / 400 < 0.65


def test_without_an_exception_the_limit_comes_from_the_number_of_units():
    share, low, high = share_interval(np.zeros(50, bool), np.repeat(np.arange(10), 5))
    assert (share, low) == (0, 0) and (1 - high) ** 10 == pytest.approx(0.05)
    assert share_interval(np.ones(50, bool), np.repeat(np.arange(10), 5)) == pytest.approx((1, 1 - high, 1))


def test_a_single_unit_gets_the_interval_of_its_rows_and_none_a_nan():
    assert share_interval(np.arange(10) < 8, np.zeros(10)) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert np.isnan(share_interval(np.zeros(0, bool), np.zeros(0))).all()
    star = np.array([[0, 1], [0, 2], [0, 3]])               # without 0 nothing is left
    assert np.isnan(share_interval(np.array([True, False, True]), star)[1:]).all()


def test_words_units_and_confusions_are_counted():
    report = recognition_report(TRUTH, ANSWERS, WHO, unit="speaker", facts=FACTS)
    assert [row.share for row in report.part("all")] == [0.5]
    assert [(row.name, row.number, row.units) for row in report.part("is")] == [("one", 3, 3), ("two", 3, 3)]
    assert [(row.name, row.share) for row in report.part("by unit")] == [("ann", 0.5), ("bob", 1), ("cleo", 0)]
    lines, header = report.lines("taken for")
    assert [line[:3] for line in lines] == [["two", "one", 2], ["one", NOBODY, 1]] and len(header) == len(lines[0])
    assert len(report.lines("taken for", most=1)[0]) == 1
    assert "6 judged, of 3 units (speaker)" in report.origin["sizes"]


def test_photographs_are_their_own_units():
    report = recognition_report([1, 1, 2, 2], [1, 2, 2, 2], [1, 1, 2, 2], facts=FACTS)
    assert not report.part("by unit") and [row.share for row in report.part("is")] == [0.5, 1]


def test_a_threshold_has_two_errors():
    accepted, genuine = np.array([1, 1, 0, 0, 1]) > 0, np.array([1, 1, 1, 0, 0]) > 0
    accept, reject = two_errors(accepted, genuine, ["a", "b", "c", "a", "b"], "probability 0.9 or more")
    assert (accept.number, accept.share) == (2, 0.5) and (reject.number, reject.share) == (3, pytest.approx(1 / 3))
    assert accept.name == "false accept, probability 0.9 or more"
    pairs = two_errors(accepted, genuine, [["a", "a"], ["b", "b"], ["c", "c"], ["a", "b"], ["b", "c"]], "distance")
    assert [row.units for row in pairs] == [3, 3]


def test_the_file_holds_what_was_judged_and_is_never_overwritten(tmp_path):
    errors = two_errors(np.array([True, False]), np.array([False, True]), ["a", "b"], "p 0.9")
    report = recognition_report(TRUTH, ANSWERS, WHO, errors=errors, facts=FACTS)
    path = report.write(tmp_path / "figures.csv")
    found = Report.read(path)
    for row, kept in zip(report.rows, found.rows, strict=True):
        assert row[:5] == kept[:5] and kept[5:] == pytest.approx(row[5:], abs=1e-4, nan_ok=True)
    assert found.origin == report.origin and found.origin["data"] == "made up"
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="another name"):
        report.write(path)
    assert path.read_bytes() == before


def test_figures_without_intervals_are_shown_without():
    content = recognition_report(TRUTH, ANSWERS, WHO, facts=FACTS).text().split("part,")[0] + \
        ",".join(Row._fields) + "\nall,people,,3000,6,0.847,,\n"
    assert report_of(content.encode()).lines("all") == ([["people", 3000, "84.7 %"]], ("judged", "number", "right"))
    with pytest.raises(ValueError, match="columns"):
        report_of(b"word,share\n")


@pytest.mark.parametrize("wrong", [
    lambda: recognition_report([], [], [], facts=FACTS),
    lambda: recognition_report(["a"], ["a", "b"], ["x"], facts=FACTS),
    lambda: share_interval(np.array([0, 1]), np.array([0, 1])),
    lambda: share_interval(np.array([True]), np.zeros((1, 3))),
    lambda: two_errors(np.array([1, 0]), np.array([True, False]), ["a", "b"], "rule")])
def test_what_does_not_fit_is_said(wrong):
    with pytest.raises(ValueError, match="must be"):
        wrong()
