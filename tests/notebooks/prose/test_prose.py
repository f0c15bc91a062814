"""The numbers of the lessons, of the README and of both guides are carried by code, outputs or a check, which holds.

How to add one is told in ``numerals.py``.
"""

import pytest
from numerals import DOCUMENTS, LESSONS, SHEETS, altered, around, carried, entries, minutes, outputs_of, page, restated

NOTICED = 0.97                  # of all changes of one digit

PAGES = [*LESSONS, *SHEETS, *DOCUMENTS]
every_page = pytest.mark.parametrize("number", PAGES)
CHECKS = [pytest.param(number, entry, id=f"{number}: {entry.fragment[:60]}")
          for number in PAGES for entry in entries(number)]


@pytest.mark.parametrize("number, entry", CHECKS)
def test_what_the_prose_says_stands_there_and_holds(number, entry):
    assert any(entry.fragment in piece.text for piece in page(number).markdown), \
        f"no markdown cell of {number} says {entry.fragment!r}"
    entry.verify(outputs_of(number))


@every_page
def test_every_numeral_of_the_prose_is_carried(number):
    fragments = [entry.fragment for entry in entries(number)]
    missing = [f"cell {piece.cell}, section {piece.section}: {around(piece, n)}"
               for piece, n, carrier in carried(page(number), fragments, minutes(number)) if carrier is None]
    assert not missing, "\n".join([f"nothing carries {len(missing)} numerals of {number}:", *missing])


@every_page
def test_a_changed_digit_is_noticed(number):
    fragments = [entry.fragment for entry in entries(number)]
    changes = list(altered(page(number), fragments, minutes(number)))
    escaped = [f"cell {piece.cell}: {text} for {around(piece, n)}"
               for piece, n, text, noticed in changes if not noticed]
    assert len(escaped) <= (1 - NOTICED) * len(changes), "\n".join(
        [f"{len(escaped)} of {len(changes)} changes escape:", *escaped])


@every_page
def test_a_digit_changed_in_the_prose_and_in_its_entry_is_refused_by_the_check(number):
    changes = [change for entry in entries(number) for change in restated(entry, outputs_of(number))]
    escaped = [fragment for fragment, refused in changes if not refused]
    assert not escaped, "\n".join([f"{len(escaped)} of {len(changes)} changes escape:", *escaped])
