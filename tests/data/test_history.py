"""The dates of backpropagation, the sections of the course, and the questions of the self-test are whole."""

import re

import pytest

from course_lib.data.bibliography import load_bibliography
from course_lib.data.history import STRANDS, load_history
from course_lib.data.sections import load_sections, section, titles_in
from course_lib.data.selftest import load_selftest


def test_events_are_in_order_and_name_only_each_other_backward_in_time():
    events = load_history()
    years = {event.source: event.year for event in events}
    assert [e.year for e in events] == sorted(e.year for e in events) and len(years) == len(events)
    for event in events:
        assert event.source in load_bibliography() and event.strand in STRANDS
        assert re.fullmatch(r"[A-Z“].{30,240}[.]", event.what), event.what
        assert all(years[key] < event.year for key in (*event.cites, *event.without))
        assert not set(event.cites) & set(event.without)
        surnames = [load_bibliography()[event.source].surnames[0]]
        assert surnames[0] in event.who


def test_the_names_that_were_asked_for_are_there():
    who = " ".join(event.who for event in load_history())
    for name in ("Cauchy", "Kelley", "Bryson", "Linnainmaa", "Werbos", "Rumelhart, Hinton and Williams", "LeCun",
                 "Hochreiter"):
        assert name in who


def test_thirty_questions_cover_the_course():
    questions = load_selftest()
    assert len(questions) == 30 and [q.number for q in questions] == list(range(1, 31))
    assert {q.section[:2] for q in questions} == {f"{n:02d}" for n in range(1, 16)}
    assert len({q.ask for q in questions}) == 30


@pytest.mark.parametrize("q", load_selftest(), ids=lambda q: q.number)
def test_a_question_has_one_right_answer_and_a_section(q):
    assert section(q.section).lesson == q.section[:2]
    assert q.options.count(q.right) == 1 and len(set(q.options)) == len(q.options) == 3
    assert q.ask[-1] in "?." and q.because.endswith(".") and all(not o.endswith(".") for o in q.options)


def test_the_right_answer_is_not_always_at_the_same_place_nor_the_longest():
    questions = load_selftest()
    places = [q.options.index(q.right) for q in questions]
    assert all(5 <= places.count(i) <= 15 for i in range(3))
    longest = sum(len(q.right) == max(map(len, q.options)) for q in questions)
    assert longest <= 20


def test_an_unknown_section_is_told():
    with pytest.raises(ValueError, match="there is no section '04.99'"):
        section("04.99")
    with pytest.raises(ValueError, match="numbered 1, 2, 3, …, not 1, 3"):
        titles_in("# ## 1. A\n# ## 3. B\n")
    assert load_sections()["04.3"].link == "04_backpropagation_in_matrices.ipynb#3.-Elementwise-rules"
