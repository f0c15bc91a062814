"""The net itself: which numerals it sees, what it takes for a carrier, and that wrong prose does not pass."""

from decimal import Decimal

import numpy as np
import pytest
from numerals import (
    Entry,
    Lesson,
    Measured,
    Outputs,
    altered,
    carried,
    claims,
    code_numbers,
    draft,
    given,
    in_words,
    masked,
    numerals,
    parse,
    quoted,
    restated,
)


def markdown(text):
    return {"cell_type": "markdown", "source": text}


def code(source, output="", html=""):
    outputs = [{"output_type": "stream", "text": output}] if output else []
    outputs += [{"output_type": "display_data", "data": {"text/html": html}}] if html else []
    return {"cell_type": "code", "source": source, "outputs": outputs}


def lesson(*cells):
    return Lesson("05_example.ipynb", list(cells))


def loose(page, *fragments, time=None):
    """The numerals that nothing carries."""
    return [n.text for _, n, carrier in carried(page, fragments, time) if carrier is None]


@pytest.mark.parametrize("text, values", [
    ("0.100-0.142", ["0.100", "0.142"]), ("3 to 5", ["3", "5"]), ("1,154 images", ["1154"]), ("−0.5", ["0.5"]),
    ("8.1 %", ["8.1"]), ("4.0e-3", ["0.0040"]), ("1.5 × 10⁻³", ["0.0015"]), ("2⁸", ["256"]), ("10^{-5}", ["0.00001"]),
    ("784-100-10", ["784", "100", "10"]), ("1 : 3", ["1", "3"]), ("16 × 16", ["16", "16"]), ("(4,3)", ["4", "3"]),
    ("the 4th of the 1990s", ["4", "1990"]), ("H1 float32 2D L-BFGS x7", []), ("It was 5.", ["5"]), ("1.2.3", []),
    ("0.101 ± 0.012", ["0.101", "0.012"]), ("97% of 28/30", ["97", "28", "30"])])
def test_numerals_are_found_and_read(text, values):
    assert [n.value for n in numerals(text)] == [Decimal(v) for v in values]


@pytest.mark.parametrize("text", [
    "(5.3)", "(5.3) and (5.4, 5.5)", "section 4", "sections 1 to 4, then 5 to 7", "lessons 06 (Adam) and 07 (depth)",
    "**Exercise 05-2**", "## 5. Gates", "1. first", "`lr=0.5`", "```\n7\n```", "$$x = 7$$", "$x_{12}^2$", r"$\tfrac12$",
    "[05 Batch](05_batch.ipynb)", "[text](page_12.html)", "**Further reading**\n\n* A. B, 1989.", "SHA-256"])
def test_what_is_no_prose_holds_no_numeral(text):
    assert numerals(masked(text)) == [] and len(masked(text)) == len(text)


@pytest.mark.parametrize("text, told", [(r"$\eta = 0.5$", ["0.5"]), ("$h = 10^{-5}$", ["10^{-5}"]),
                                        ("$x_{12} = 34$", ["34"]), ("$n + 1$", [])])
def test_long_numbers_in_a_formula_are_prose(text, told):
    assert [n.text for n in numerals(masked(text))] == told


def test_the_same_section_carries_and_no_other():
    page = lesson(markdown("## 1. One\n\nAbout 8.1 % of 1,154 fail."), code("n = 1154", "0.081"),
                  markdown("## 2. Two\n\nNow 8.1 % fail."), code("pass"))
    assert loose(page) == ["8.1 %"]
    assert loose(page, "Now 8.1 % fail") == []


def test_long_numerals_may_be_rounded_short_ones_may_not():
    page = lesson(markdown("From 0.333 to 0.35"), code("", "0.33349 0.3461"))
    assert loose(page) == ["0.35"]


def test_short_numerals_are_carried_by_what_is_near():
    page = lesson(markdown("It takes 64 units."), code("n = 64"), code("m = 32"), markdown("Not 64, but 32."))
    assert loose(page) == ["64"]


def test_single_digits_need_the_word_beside_them():
    page = lesson(markdown("With stride 2 and padding 3."), code("f(x, stride=2, pad=3)"))
    assert loose(page) == ["3"]


def test_comments_carry_nothing_and_strings_do():
    assert code_numbers('x = 0.5  # 0.142\nprint("784-100-10")') == {Decimal(v) for v in ("0.5", "784", "100", "10")}
    assert loose(lesson(markdown("From 0.142."), code("x = 1  # 0.142"))) == ["0.142"]


def test_formulas_carry_prose_but_not_each_other():
    assert loose(lesson(markdown("With $$y = 127 x$$ it is 127."), code("pass"))) == []
    assert loose(lesson(markdown(r"With $\eta = 0.25$ and $\eta = 0.25$."), code("pass"))) == ["0.25", "0.25"]


def test_years_beside_an_author_of_the_bibliography():
    page = lesson(markdown("Cauchy had it in 1847, Newton in 1687, Cauchy another thing in 1848."))
    assert loose(page) == ["1687", "1848"]


def test_the_time_is_that_of_the_guide():
    page = lesson(markdown("**Time:** about 75 minutes, in two sittings."))
    assert loose(page, time=75) == [] and loose(page, time=90) == ["75"]


def test_the_cell_of_links_is_left_out():
    page = lesson({**markdown("[next](x.ipynb): 77"), "metadata": {"tags": ["navigation"]}})
    assert list(carried(page, [])) == []


def test_a_changed_digit_is_noticed():
    page = lesson(markdown("Half of 1,154 fail in 12 steps."), code("n = 1154", "12 and 13"))
    changes = list(altered(page, ["in 12 steps"]))
    assert len(changes) == 9 * 6 and all(noticed for *_, noticed in changes)
    escaped = [text for *_, text, noticed in altered(page, []) if not noticed]
    assert escaped == ["13"]


def test_an_entry_holds_or_is_refused():
    page = lesson(code("", "error 8.12"))
    Entry("8.1 % errors", lambda o: o.printed(r"error ([\d.]+)")).verify(Outputs(page))
    Entry("8.1 % errors", quoted("Author 1989, place")).verify(Outputs(page))
    for check, message in ((lambda o: 9.12, "computed 9.12"), (lambda o: False, "does not hold"),
                           (None, "no check yet"), (lambda o: None, "returned nothing"),
                           (lambda o: o.printed("x(.)"), "nothing stored")):
        with pytest.raises(AssertionError, match=message):
            Entry("8.1 % errors", check).verify(Outputs(page))
    with pytest.raises(ValueError, match="author, year and place"):
        quoted("somebody said so")
    Entry("about 168,000 updates", lambda o: 167_693).verify(Outputs(page))
    for rounded, number in (("167,000 updates", 167_693), ("200 updates", 163), ("1,440 rows", 1442),
                            ("0 updates", float("nan"))):
        with pytest.raises(AssertionError):
            Entry(rounded, lambda o, number=number: number).verify(Outputs(page))


@pytest.mark.parametrize("nothing", [[], (), set(), np.array([]), None])
def test_a_check_that_finds_nothing_fails(nothing):
    for fragment in ("8.1 % errors", "no number at all"):
        with pytest.raises(AssertionError, match="found no number|returned nothing"):
            Entry(fragment, lambda o: nothing).verify(Outputs(lesson(code("", "error 8.12"))))


SENTENCE = "After 6000 sweeps 10 networks of 200 are left, 17 with other starts"
MEASURED = "after 6000: 10 of 200; other starts: 17 of 200"


@pytest.mark.parametrize("numbers", [list, tuple, set, np.array])
def test_the_numbers_of_a_check_are_all_those_of_the_fragment(numbers):
    page = lesson(markdown(SENTENCE + "."), code("", MEASURED))
    Entry(SENTENCE, lambda o: numbers([6000, 10, 200, 17])).verify(Outputs(page))
    with pytest.raises(AssertionError, match="nothing computed is '6000'"):
        Entry(SENTENCE, lambda o: numbers([10, 200, 17])).verify(Outputs(page))
    with pytest.raises(AssertionError, match="computed .*18"):
        Entry(SENTENCE, lambda o: numbers([6000, 10, 200, 17, 18])).verify(Outputs(page))


def test_a_number_changed_in_prose_and_entry_is_refused_by_the_check():
    def check(o):
        return o.printed(r"after (\d+): (\d+) of (\d+); other starts: (\d+)")
    for n in numerals(SENTENCE):
        for i, old in enumerate(n.text):
            for new in set("0123456789") - {old}:
                changed = SENTENCE[:n.start + i] + new + SENTENCE[n.start + i + 1:]
                page = lesson(markdown(changed + "."), code("", MEASURED))
                with pytest.raises(AssertionError):
                    Entry(changed, check).verify(Outputs(page))


def test_a_number_that_stands_too_often_is_refused():
    page = lesson(markdown("From 16 × 16 pixels to 12, not from 12 × 16 pixels to 12."))
    Entry("From 16 × 16 pixels to 12", lambda o: (12, 16, 16)).verify(Outputs(page))
    with pytest.raises(AssertionError, match="'12' stands too often"):
        Entry("from 12 × 16 pixels to 12", lambda o: (12, 16, 16)).verify(Outputs(page))


def test_a_restated_entry_is_refused():
    page = Outputs(lesson(markdown("Of 1,442 rows 16 are 9.1 %."), code("", "1442 rows, 16, 9.13 %")))
    entry = Entry("Of 1,442 rows 16 are 9.1 %", lambda o: o.printed(r"(\d+) rows, (\d+), (\S+) %"))
    changes = list(restated(entry, page))
    assert len(changes) == 9 * 8 and all(refused for _, refused in changes)
    assert "Of 2,442 rows 16 are 9.1 %" in [fragment for fragment, _ in changes]
    assert list(restated(Entry("16 rows", lambda o: True), page)) == []
    assert list(restated(Entry("16 rows", given("an example")), page)) == []
    escaped = [f for f, refused in restated(Entry("5 of 6", lambda o: [5, 6, 5]), page) if not refused]
    assert escaped == []


def test_formulas_and_equations_in_a_fragment_are_read_as_in_the_prose():
    page = lesson(markdown(r"With $\eta = 0.25$ and $x_{12} = 3$, by (5.3), 17 are left."))
    Entry(r"= 0.25$ and $x_{12} = 3$, by (5.3), 17 are", lambda o: [0.25, 17]).verify(Outputs(page))
    with pytest.raises(AssertionError, match="nothing computed is '0.25'"):
        Entry(r"= 0.25$ and $x_{12} = 3$, by (5.3), 17 are", lambda o: 17).verify(Outputs(page))


TABLE = ("<table><thead><tr><th>rule</th><th>loss, mean</th></tr></thead><tbody>"
         "<tr><td>Adam</td><td>0.101 ± 0.012</td></tr><tr><td>descent</td><td>0.333 to 0.360</td></tr>"
         "<tr><td>none</td><td>diverged</td></tr></tbody></table>")


def test_tables_are_read():
    o = Outputs(lesson(markdown("## 1. One"), code("", html=TABLE)))
    loss = o.by("rule", "loss")
    assert loss["Adam"] == 0.101 and loss["Adam"].half == 0.012 and loss["none"] == "diverged"
    assert loss["descent"].low == pytest.approx(0.333) and loss["descent"].high == pytest.approx(0.36)
    assert loss["Adam"].below(loss["descent"]) and loss["descent"].told_apart(loss["Adam"])
    assert not Measured(1.0, 0.2).told_apart(Measured(1.1, 0.2)) and o.table("rule", section=1)[0]["rule"] == "Adam"
    with pytest.raises(AssertionError, match="no table has the headers"):
        o.table("speed")


@pytest.mark.parametrize("text, value", [("−3.5", -3.5), ("12 %", 12), ("5.3 s", 5.3), ("1,154", 1154),
                                         ("28 of 30", None), ("784-100-10", None), ("tanh 5", None), ("<1e-9", None)])
def test_cells_of_tables_are_numbers_or_text(text, value):
    assert parse(text) == (text if value is None else value)


def test_numbers_in_words():
    assert [in_words(n) for n in (0, 13, 20, 28, 99)] == ["zero", "thirteen", "twenty", "twenty-eight", "ninety-nine"]


def test_claims_are_sentences_below_an_output():
    page = lesson(code("", "1"),
                  markdown("Adam ends lower than descent. It is drawn in blue.\n\n**Predict:** is it better?"),
                  markdown("A better text that interprets nothing."))
    assert [sentence for _, sentence in claims(page, [])] == ["Adam ends lower than descent."]
    assert list(claims(page, ["Adam ends lower"])) == []


def test_a_draft_has_a_fragment_for_every_numeral():
    page = lesson(markdown("## 1. One\n\nIt is 0 here, and 8.1 % there; \"18 layers\".\n\n* Only 3.\n* And 3 more."))
    missing = [(piece, n) for piece, n, carrier in carried(page, []) if carrier is None]
    written = []
    space = {"given": given, "says": lambda *parts: written.extend(part for part in parts if isinstance(part, str))}
    exec("\n".join(draft(page, missing)), space)
    assert loose(page, *written) == []
