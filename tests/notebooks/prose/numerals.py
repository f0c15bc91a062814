"""The numbers that the prose of a lesson tells, and what carries each of them.

Nobody can type "9.1 %" for "8.1 %" unnoticed: every numeral in the prose of a lesson must be *carried*,

* by the code, the formulas or the stored outputs of the same ``##`` section, where the same number stands: "8.1 %" is
  carried by 8.1, 8.1 % or 0.081. Of three or more digits: anywhere in the section, or by an output that rounds to it.
  Of two digits, or a short decimal such as 0.3: by the cells up to the next code cell on either side. A single digit:
  if the same word stands beside it ("stride 2", ``stride=2``);
* or by an entry in ``tests/notebooks/prose/lessonNN.py``.

The shorter a numeral, the nearer its carrier, because a wrong short numeral finds its like by chance.
Left out are code, link targets, numbers of equations, sections, lessons, tasks and lists, "Further reading", and the
year of a work of the bibliography, if its author is named within a line or two. In formulas, numbers of two digits or
more within a line count as prose: what $\\eta = 0.5$ says no other formula can carry. The time that a lesson says it
takes is compared with the instructor's guide.

**To tie a lesson's prose**, list what nothing carries; ``--draft`` prints entries to begin with::

    python tests/notebooks/prose/numerals.py 05
    python tests/notebooks/prose/numerals.py 05 --draft >> tests/notebooks/prose/lesson05.py
    python tests/notebooks/prose/numerals.py 05 --claims        (sentences below outputs that rank or count in words)
    python -m pytest -n 0 tests/notebooks/prose -k 05

An entry is a call in ``lessonNN.py``; the checks read what the built notebook stores::

    from numerals import given, in_words, quoted, says

    # a fact from the literature: the number stands in the prose and, typed once more, here
    says("networks had 8.1 % errors, the shared weights 5.0 %", quoted("LeCun and others 1989, Neural Computation 1"))

    # a number that the text sets itself: a definition, a shape of an example, a choice in a question
    says("bends it into the range from 0 to 1", "the task: is it a 3?", given("the sigmoid's range, a task"))

    # a number that the notebook computed: give it back, and it must stand in the fragment, rounded as written there
    says("falls to 12 % of", lambda o: 100 * o.printed(r"ratio: (\\S+)")[0])

    # a ranking: a table is printed beside the figure; True if the sentence holds
    @says("Momentum ends lower than plain descent, and Adam is not told apart from it")
    def ranking(o):
        loss = o.by("rule", "loss")                 # {"momentum": 0.101 ± 0.012, ...}: the table with these headers
        return loss["momentum"].below(loss["descent"]) and not loss["Adam"].told_apart(loss["momentum"])

    # a number in words
    says("In four of five seeds", lambda o: in_words(o.printed(r"(\\d+) of 5 seeds")[0]) == "four")

The fragment must stand in a markdown cell, letter by letter (white space does not count); it carries the numerals that
it contains. A check gets the lesson's ``Outputs``: ``text()``, ``printed(pattern)``, ``table(header, ...)``, ``by(key
header, column)``, ``code()``, ``coded(pattern)``. It returns True, False, or *all* the numbers that stand in the
fragment: each must stand there, and no other. None at all (an empty list) is a failure: the pattern found nothing. It
may also read the library (``course_lib.optim.settings``, ``load_mnist()``, ...) where a sentence speaks of that.
``given`` is for what the text sets, such as the numbers of an example; a result, however small, has a function, and a
measurement made elsewhere is ``quoted`` with its date.
"""

import importlib.util
import inspect
import io
import json
import re
import sys
import tokenize
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, cached_property
from html import unescape
from pathlib import Path

from course_lib.data.bibliography import load_bibliography

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NEAR = 1                        # how many code cells on either side may carry a short numeral
SHORT = 2                       # digits of a short numeral

# ---- numerals in a text -----------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMERAL = re.compile(r"""
    (?<![\w.])                                                      # H1, float32 and 1.2.3 are names
    (?P<number> \d{1,3}(?:,\d{3})+(?:\.\d+)? | \d+(?:\.\d+)? | \.\d+ )
    (?P<exponent> [eE][+-]?\d+ | \ ?[×·]\ ?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+ | [⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+ | \^\{?-?\d+\}? )?
    (?P<percent> \s?% | \sper\ cent | \spercent )?
    (?!\w | \.\d)                                                  # 2D is a name
    | (?<![\w.])(?P<ordinal>\d+)(?:st|nd|rd|th|s)\b                # 4th, 1990s
    """, re.X)


@dataclass(frozen=True)
class Numeral:
    """A number as it is written: its value, its place in the text, and the decimals it is written with."""

    text: str
    start: int
    stop: int
    value: Decimal
    percent: bool

    @property
    def digits(self):
        """How many digits it tells: 0.050, 50 and 0.3 have two, 1,154 has four, 0 has one."""
        figures = re.sub(r"[^\d.]", "", re.split(r"[eE×·^]", self.text)[0])
        return max(len(figures.replace(".", "").lstrip("0")), 2 if "." in figures else 1)

    @property
    def values(self):
        """Whoever holds one of these values carries it."""
        return {self.value, self.value / 100} if self.percent else {self.value}

    def rounds(self, number, coarse=False):
        """Is it this number, rounded as it is written? ``coarse``: 168,000 may be 167,693; 1,440 is not 1,442."""
        number = abs(Decimal(repr(float(number)))) if not isinstance(number, Decimal) else abs(number)
        if not (number.is_finite() and self.value.is_finite()):
            return False
        units = [Decimal(1).scaleb(self.value.as_tuple().exponent)]
        if coarse and 10_000 <= self.value < 10 ** 15 and self.value % 1000 == 0:
            units.append(Decimal("1e3"))
        try:
            return any(number.quantize(unit, way) == self.value for unit in units
                       for way in (ROUND_HALF_EVEN, ROUND_HALF_UP))
        except InvalidOperation:                        # more digits than Decimal keeps
            return number == self.value


def numerals(text):
    """The numerals of a text, in order. Signs are left out: −0.5 is carried by 0.5."""
    found = []
    for match in NUMERAL.finditer(text):
        digits = (match["number"] or match["ordinal"]).replace(",", "")
        value = Decimal(digits)
        if power := match["exponent"]:
            exponent = int(re.split(r"[eE]|10|\^", power, maxsplit=1)[-1].translate(SUPERSCRIPTS).strip("{}"))
            if abs(exponent) < 400:
                value = value.scaleb(exponent) if re.match(r"[eE]|\s?[×·]", power) else value ** exponent
        found.append(Numeral(match[0].strip(), match.start(), match.end(), value, bool(match["percent"])))
    return found


# ---- the prose of a markdown cell -------------------------------------------------------------------------------

NUMBERS = r"\d+(?:[.-]\d+)?(?: \([^)\d]*\))?(?:(?:, then|,| to| and|,? or|–|-) ?\d+(?:[.-]\d+)?(?: \([^)\d]*\))?)*"
MASKED = [re.compile(pattern, flags) for pattern, flags in (
    (r"```.*?```", re.S), (r"<!--.*?-->", re.S),
    (r"\$\$.*?\$\$", re.S), (r"`[^`]*`", 0),
    (r"importance [●○]+ · about \d+ minutes", 0), (r"<summary>Hint \d", 0),      # of tasks: written by the build
    (r"(?<=\[)(\d\d)(?= [^\]]*\]\([^)]*?\1_\w+\.ipynb\))", 0),                 # [05 Batch …](05_batch ….ipynb)
    (r"(?<=\])\([^)\s]*\)", 0), (r"<[^>]*>", 0), (r"https?://\S+|\bSHA-256\b", 0),
    (r"\((?:\d+\.\d+[a-z]?(?:, | and | to |–|-)?)+\)", 0),                     # (5.3), (5.3, 5.4)
    (r"(?i)\b(?:equations?|sections?|lessons?|exercises?|tasks?|sheets?|chapters?)\s" + NUMBERS, 0),
    (r"\b\d\d-\d{1,2}\b", 0),                                                   # a task
    (r"^#{1,6} (?:\d+\.?)?", re.M), (r"^\s*\d+\.\s", re.M),                     # headings, lists
)]
INLINE = re.compile(r"(?<!\\)\$[^$]*\$")
MATH = re.compile(r"\$\$.*?\$\$|(?<!\\)\$[^$]*\$", re.S)
READING = re.compile(r"(?:\*\*|^#+ )Further reading.*", re.S | re.M)


def squeeze(text, *others):
    """The text with each run of white space made one space; others of the same length are cut at the same places."""
    keep = [i for i, c in enumerate(text) if not (c.isspace() and i and text[i - 1].isspace())]
    return ["".join(" " if text[i].isspace() and o is text else o[i] for i in keep) for o in (text, *others)]


def overwritten(match):
    return re.sub(r"[^\n]", "\0", match[0])


def told_in_formula(match):
    """A formula in a line, of which the numerals of two digits or more are left: $\\eta = 0.5$ tells a number, too."""
    text = re.sub(r"\\tag\{[^}]*\}|_(?:\{[^}]*\}|\d)|\\[dt]?frac\s?\d?\d?|\\[a-zA-Z]+", overwritten, match[0])
    text = re.sub(r"(?<!\d)\^(?:\{[^}]*\}|\d)", overwritten, text)
    return re.sub(r"\d[\d.]*\d(?:\^\{?-?\d+\}?)?|[^\n]", lambda m: m[0] if len(m[0]) > 1 else "\0", text)


def masked(text):
    """The text with everything that is no prose overwritten, at the same length."""
    for pattern in (READING, *MASKED[:4]):
        text = pattern.sub(overwritten, text)
    text = INLINE.sub(told_in_formula, text)
    for pattern in MASKED[4:]:
        text = pattern.sub(overwritten, text)
    return text


# ---- a lesson ---------------------------------------------------------------------------------------------------

@dataclass
class Piece:
    """The part of a cell that lies in one section."""

    cell: int                   # its number in the notebook
    kind: str                   # "markdown" or "code"
    section: int
    text: str                   # source; of a markdown cell with its white space squeezed
    prose: str = ""             # the same, everything but prose overwritten
    output: str = ""            # what is stored below it, as text
    code_before: int = 0        # how many code cells stand before it
    formulas: str = ""


class Lesson:
    """A built notebook, in sections; section 0 is what stands above the first ``##``."""

    def __init__(self, path, cells=None):
        self.path, self.name = Path(path), Path(path).stem[:2]
        self.cells = cells or json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        self.headings, self.pieces = [""], []
        codes = 0
        for i, cell in enumerate(self.cells):
            if "navigation" in cell.get("metadata", {}).get("tags", ()):    # written by the build
                continue
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                self.pieces.append(Piece(i, "code", len(self.headings) - 1, source, code_before=codes,
                                         output="\n".join(output_texts(cell))))
                codes += 1
                continue
            prose = masked(source)
            for part in re.finditer(r"(?:^## |\A).*?(?=^## |\Z)", source, re.M | re.S):
                if not part[0]:
                    continue
                if part[0].startswith("## "):
                    self.headings.append(part[0].splitlines()[0][3:])
                text, clean = squeeze(part[0], prose[part.start():part.end()])
                self.pieces.append(Piece(i, "markdown", len(self.headings) - 1, text, clean, code_before=codes,
                                         formulas=" ".join(MATH.findall(part[0]))))

    @property
    def markdown(self):
        return [piece for piece in self.pieces if piece.kind == "markdown"]

    @cached_property
    def facts(self):
        """What carries numbers, by piece: those of code and formulas as written, those of outputs."""
        facts = []
        for piece in self.pieces:
            written = code_numbers(piece.text) if piece.kind == "code" else formula_numbers(piece.formulas)
            told = {v for numeral in numerals(piece.output) for v in numeral.values}
            facts.append((piece, written | told, told))
        return facts

    def carries(self, piece, numeral):
        """Does the code, a formula or an output of the same section hold this numeral?"""
        if numeral.digits == 1:
            return any(pair in self.neighbours(piece.section) for pair in pairs(piece.prose, numeral))
        in_formula = any(m.start() <= numeral.start < m.end() for m in INLINE.finditer(piece.text))
        short = numeral.digits <= SHORT
        for other, exact, told in self.facts:
            if other.section != piece.section or in_formula and other.kind == "markdown":
                continue
            if short and not -NEAR <= other.code_before - piece.code_before < NEAR + (other.kind == "markdown"):
                continue
            if numeral.values & exact:
                return True
            if not short and any(numeral.rounds(number * factor) for number in told
                                 for factor in ((1, 100) if numeral.percent else (1,))):
                return True
        return self.cited(piece, numeral)

    @cache
    def neighbours(self, section):
        """(number, word near it) for every single digit in the code and the outputs of a section."""
        return {pair for piece in self.pieces if piece.kind == "code" and piece.section == section
                for text in (without_comments(piece.text), piece.output) for n in numerals(text) if n.digits == 1
                for pair in pairs(text, n)}

    def cited(self, piece, numeral):
        """A year beside the name of an author whose work of that year stands in the bibliography."""
        if not re.fullmatch(r"(18|19|20)\d\d", numeral.text):
            return False
        near = piece.text[max(0, numeral.start - 150):numeral.stop + 60]
        return any(entry.year == numeral.value and any(name in near for name in entry.surnames)
                   for entry in load_bibliography().values())

    @cache
    def section_text(self, section):
        return " ".join(p.text for p in self.markdown if p.section == section)


def output_texts(cell):
    """What a reader finds below a code cell, as texts; pictures, sizes of figures and bars of progress left out."""
    for output in cell.get("outputs", ()):
        texts = [output.get("text", "")] if output["output_type"] == "stream" else [
            data for kind, data in output.get("data", {}).items()
            if kind in ("text/html", "text/markdown", "text/plain")]
        for text in texts:
            text = "".join(text)
            text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
            text = re.sub(r"<Figure size .*?Axes>|\d+%\|.*?\[[^\]]*\]", " ", text)
            yield unescape(re.sub(r"<[^>]*>", " ", text))


def pairs(text, numeral):
    """(number, word) for the word right before a numeral and the one right after it."""
    before = re.search(r"([^\W\d_]{3,})(?:\W|_| of | a )*$", text[max(0, numeral.start - 30):numeral.start])
    after = re.match(r"(?: |-)?([^\W\d_]{3,})", text[numeral.stop:numeral.stop + 30])
    return {(numeral.value, word[1].lower()[:5]) for word in (before, after) if word
            and word[1] not in ("and", "the", "with", "for", "from", "are", "has", "was", "axis", "step", "steps")}


def without_comments(source):
    return re.sub(r"#[^\n\"']*$", "", source, flags=re.M)


def code_numbers(source):
    """The numbers that code holds, also those in its strings; comments are prose, and carry nothing."""
    values = set()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        tokens = []
    for token in tokens:
        if token.type == tokenize.NUMBER:
            values |= {v for n in numerals(token.string.replace("_", "")) for v in n.values}
        elif token.type == tokenize.STRING or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            values |= {v for n in numerals(token.string) for v in n.values}
    return values


def formula_numbers(formulas):
    """The numbers in formulas; not those of equations, sizes and indices."""
    text = re.sub(r"\{,\}", ",", formulas)
    text = re.sub(r"\\tag\{[^}]*\}|_(?:\{[^}]*\}|\d)|(?<!\d)\^(?:\{[^}]*\}|\d)|\\[a-zA-Z]+", " ", text)
    text = re.sub(r"(?<=\d)(?=[a-zA-Z])|(?<=[a-zA-Z])(?=\d)", " ", text)
    return {v for n in numerals(text) for v in n.values}


@cache
def lesson(number):
    """The built lesson with this number, such as "05"."""
    [path] = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return Lesson(path)


LESSONS = sorted(path.stem[:2] for path in (ROOT / "notebooks").glob("*.ipynb"))
SHEETS = sorted(f"sheet{path.stem[:2]}" for path in (ROOT / "solutions").glob("*.ipynb"))


# ---- what a notebook stores -------------------------------------------------------------------------------------

class Measured(float):
    """A number with its half width: 0.101 ± 0.012, or 0.1 to 0.2. Without one, ``half`` is 0."""

    def __new__(cls, value, half=0.0, text=""):
        self = super().__new__(cls, value)
        self.half, self.text = half, text
        return self

    @property
    def low(self):
        return self - self.half

    @property
    def high(self):
        return self + self.half

    def below(self, other):
        """Is it below, and told apart?"""
        return self.high < getattr(other, "low", other)

    def told_apart(self, other):
        """Do the two intervals not touch? Where a table says "yes", "no", "not told apart", read that instead."""
        return self.below(other) or getattr(other, "high", other) < self.low

    def __repr__(self):
        return f"{float(self):g} ± {self.half:g}" if self.half else f"{float(self):g}"


def parse(text):
    """A number (``Measured``), if the text is one, alone or with a unit, "a ± b" or "a to b"; otherwise the text."""
    text, found = text.strip(), numerals(text)
    rest = NUMERAL.sub("#", text)
    if not (match := re.fullmatch(r"([−-]?)#(?: ?(±|to|–) ([−-]?)#)?(?: [^\W\d]+\.?)?", rest)):
        return text
    first = float(found[0].value) * (-1 if match[1] else 1)
    if not match[2]:
        return Measured(first, text=text)
    second = float(found[1].value) * (-1 if match[3] else 1)
    return Measured(first, second, text) if match[2] == "±" else Measured(
        (first + second) / 2, abs(second - first) / 2, text)


class Outputs:
    """What a built lesson stores. ``section`` is a section's number; without it, the whole lesson is read."""

    def __init__(self, lesson):
        self.lesson = lesson

    def _pieces(self, section):
        return [p for p in self.lesson.pieces if p.kind == "code" and section in (None, p.section)]

    def text(self, section=None):
        """All outputs, as text."""
        return "\n".join(p.output for p in self._pieces(section))

    def code(self, section=None):
        """All code."""
        return "\n".join(p.text for p in self._pieces(section))

    @property
    def source(self):
        return self.code()

    def printed(self, pattern, section=None):
        """The groups of all matches in the outputs (text as a reader sees it), one after the other, as floats."""
        found = [g for m in re.finditer(pattern, self.text(section), re.M) for g in (m.groups() or (m[0],))]
        assert found, f"nothing stored in lesson {self.lesson.name} matches {pattern!r}"
        values = [parse(g) if g is not None else float("nan") for g in found]
        assert all(isinstance(v, float) for v in values), f"{pattern!r} finds what is no number: {found}"
        return values

    def coded(self, pattern, section=None):
        """The same for the code."""
        found = [g for m in re.finditer(pattern, self.code(section), re.M) for g in (m.groups() or (m[0],))]
        assert found, f"no code of lesson {self.lesson.name} matches {pattern!r}"
        return [parse(g) for g in found]

    @cached_property
    def tables(self):
        """(section, headers, rows of dicts) of every table that is stored."""
        found = []
        for piece in self._pieces(None):
            for output in self.lesson.cells[piece.cell].get("outputs", ()):
                for html in re.findall(r"<table.*?</table>", "".join(output.get("data", {}).get("text/html", "")),
                                       re.S):
                    lines = [[unescape(re.sub(r"<[^>]*>", "", c)).strip()
                              for c in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", line, re.S)]
                             for line in re.findall(r"<tr\b.*?</tr>", html, re.S)]
                    if len(lines) > 1:
                        found.append((piece.section, lines[0], [
                            {h: parse(c) for h, c in zip(lines[0], line)} for line in lines[1:]]))
        return found

    def table(self, *headers, section=None, nth=0):
        """The rows of the table that has these headers (a header may be given by its beginning), as dicts."""
        fits = [rows for where, names, rows in self.tables if section in (None, where)
                and all(any(name.startswith(h) for name in names) for h in headers)]
        seen = "; ".join(str(names) for where, names, _ in self.tables if section in (None, where))
        assert len(fits) > nth, f"no table has the headers {headers}; there are: {seen}"
        return fits[nth]

    def by(self, key, column=None, section=None, nth=0):
        """The table with these headers as ``{key: number}``, or without a column as ``{key: row}``."""
        rows = self.table(*(h for h in (key, column) if h), section=section, nth=nth)
        find = lambda h: next(name for name in rows[0] if name.startswith(h))
        text = lambda value: value.text if isinstance(value, Measured) else value
        return {text(row[find(key)]): row[find(column)] if column else row for row in rows}


def slider_takes(explorer, label, value):
    """Can the slider with this label, in the source of an explorer, be set to the value?"""
    found = re.search(rf'slider\("{re.escape(label)}", [-\d.]+, ([-\d.]+), ([-\d.]+)(?:, ([\d.]+))?[,)]',
                      inspect.getsource(explorer))
    assert found, f"{explorer.__name__} has no slider {label!r}"
    lowest, highest, step = map(float, found.groups("1"))                  # whole numbers, if no step is told
    places = (value - lowest) / step
    return lowest <= value <= highest and abs(places - round(places)) < 1e-6


ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number):
    """A whole number below a hundred in words: "twenty-eight"."""
    number = int(number)
    if number < 20:
        return ONES[number]
    return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")


# ---- entries ----------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class quoted:
    """A fact from the literature: author, year and place."""

    source: str

    def __post_init__(self):
        if not re.search(r"\b(1[89]|20)\d\d\b|\.\w{2,}", self.source):
            raise ValueError(f"{self.source!r}: name author, year and place")


@dataclass(frozen=True)
class given:
    """What the text sets itself: a definition, an example, the choices of a question. Never a result."""

    reason: str


@dataclass(frozen=True)
class computed:
    """The fragment was put together from computed values: f"{guard.SECONDS} seconds"."""


@dataclass(frozen=True)
class Entry:
    fragment: str
    check: object

    def verify(self, outputs):
        """Raise AssertionError unless the sentence holds."""
        if self.runs:
            assert callable(self.check), f"no check yet: {self.fragment!r}"
            self.compare(answer(self.check, outputs), self.told(outputs.lesson))

    @property
    def runs(self):
        """Is there a function to be called?"""
        return not isinstance(self.check, (quoted, given, computed))

    def compare(self, result, told):
        """Raise AssertionError unless an answer of the check says that the fragment holds, with these numerals of it.

        Numbers hold if each stands in the fragment, and each of the numerals is one of them; if there are as many of
        both, each numeral is one of its own.
        """
        assert result is not None, f"the check of {self.fragment!r} returned nothing: True, False or numbers"
        if isinstance(result, bool):
            assert result, f"does not hold: {self.fragment!r}"
            return
        assert result, f"the check of {self.fragment!r} found no number"
        written = numerals(self.fragment) + numerals(masked(self.fragment))
        for number in result:
            assert any(n.rounds(number, coarse=True) for n in written), \
                f"computed {number!r}, but the prose says {self.fragment!r}"
        for n in told:
            assert any(n.rounds(number, coarse=True) for number in result), \
                f"nothing computed is {n.text!r} in {self.fragment!r}; the check returns {result!r}"
        if len(result) == len(told):
            for n, number in zip(sorted(told, key=lambda n: n.value), sorted(result, key=abs)):
                assert n.rounds(number, coarse=True), \
                    f"{n.text!r} stands too often in {self.fragment!r}; the check returns {result!r}"

    def told(self, lesson):
        """The numerals of the prose that the fragment carries, wherever it stands."""
        found = [[n for n in numerals(piece.prose) if start <= n.start and n.stop <= stop]
                 for piece in lesson.markdown for start, stop, _ in spans(piece.text, [self.fragment])]
        return sum(found, []) if found else numerals(masked(self.fragment))


@cache
def answer(check, outputs):
    """What the check says: True, False, None, or a list of numbers. It is asked once."""
    result = check(outputs)
    if result is None or type(result).__name__ in ("bool", "bool_"):
        return result if result is None else bool(result)
    result = result.tolist() if hasattr(result, "tolist") else result
    return list(result) if isinstance(result, (list, tuple, set, frozenset)) else [result]


def restated(entry, outputs):
    """Change each digit of each numeral of an entry whose check gives numbers, in the prose and in the entry alike.

    Yields (changed fragment, does the check refuse it).
    """
    if not entry.runs or not isinstance(answer(entry.check, outputs), list):
        return
    for n in numerals(masked(entry.fragment)):
        for i, old in enumerate(n.text):
            for new in "0123456789" if old in "0123456789" else "":
                if new == old:
                    continue
                place = entry.fragment.index(n.text, n.start) + i
                changed = Entry(entry.fragment[:place] + new + entry.fragment[place + 1:], entry.check)
                try:
                    changed.compare(answer(entry.check, outputs), numerals(masked(changed.fragment)))
                    yield changed.fragment, False
                except AssertionError:
                    yield changed.fragment, True


@cache
def outputs_of(name):
    """What is stored with this page."""
    return Outputs(page(name))


ENTRIES = []                    # of the file that is being read: (name of the page, entry)
SPOKEN_OF = []                  # the page that the entries below ``on(name)`` belong to


def on(name):
    """What follows is about this page: for files that speak of several, such as sheets.py."""
    SPOKEN_OF[:] = [name]


def says(*fragments_and_check):
    """The prose says this (one fragment or several), and the last argument proves it.

    Without a check: a decorator of the function that does.
    """
    *fragments, check = fragments_and_check
    if isinstance(check, str):
        return lambda function: says(*fragments_and_check, function) or function
    ENTRIES.extend((*SPOKEN_OF, Entry(squeeze(fragment.strip())[0], check)) for fragment in fragments)


def file_of(name):
    """Where the entries of a lesson, of a sheet or of a document stand."""
    return HERE / (f"lesson{name}.py" if name.isdigit() else "sheets.py" if name in SHEETS else f"{name}.py")


def entries(name):
    """The entries of a page; none where their file is missing."""
    return tuple(entry for about, entry in read_entries(file_of(name)) if about in (name, file_of(name).stem))


@cache
def read_entries(path):
    """(name of the page, entry) for all entries in a file."""
    if not path.exists():
        return ()
    sys.modules.setdefault("numerals", sys.modules[__name__])      # one list of entries, also for the script
    ENTRIES.clear()
    on(path.stem)
    spec = importlib.util.spec_from_file_location(f"prose_{path.stem}", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return tuple(ENTRIES)


TIME = re.compile(r"(?:\*\*)?Time:(?:\*\*)? about (\d+) minutes")


def spans(text, fragments):
    """(start, stop, fragment) wherever a fragment stands in a squeezed text."""
    return [(m.start(), m.end(), f) for f in fragments for m in re.finditer(re.escape(f), text)]


def carried(lesson, fragments, time=None):
    """(piece, numeral, what carries it) for every numeral of the prose.

    What carries it: the fragments of entries, as a list; "section"; "time", the minutes that the guide tells; or None.
    """
    for piece in lesson.markdown:
        inside = spans(piece.text, fragments)
        clock = TIME.search(piece.text)
        for n in numerals(piece.prose):
            carrier = [fragment for start, stop, fragment in inside if start <= n.start and n.stop <= stop] or None
            if not carrier and clock and clock.start() <= n.start < clock.end():
                carrier = "time" if n.value == time else None
            elif not carrier and lesson.carries(piece, n):
                carrier = "section"
            yield piece, n, carrier


def around(piece, numeral, letters=40):
    """The numeral with what stands around it."""
    start, stop = numeral.start, numeral.stop
    return f"{piece.text[max(0, start - letters):start]}[{piece.text[start:stop]}]{piece.text[stop:stop + letters]}"


def altered(lesson, fragments, time=None):
    """Change each digit of each carried numeral to each other digit. Yields (piece, numeral, new text, noticed)."""
    texts = [piece.text for piece in lesson.markdown]
    for piece, n, carrier in carried(lesson, fragments, time):
        if carrier is None:
            continue
        alone = isinstance(carrier, list) and any(sum(t.count(f) for t in texts) == 1 for f in carrier)
        for i, old in enumerate(n.text):
            for new in "0123456789" if old in "0123456789" else "":
                if new == old:
                    continue
                text = n.text[:i] + new + n.text[i + 1:]
                noticed = alone or carrier == "time"            # the fragment stands no more
                if not noticed:
                    whole = piece.text[:n.start] + text + piece.text[n.start + len(n.text):]
                    said = any(a <= n.start and n.start + len(text) <= b for a, b, _ in spans(whole, fragments))
                    others = [Numeral(o.text, n.start, n.stop, o.value, o.percent) for o in numerals(text)]
                    noticed = not said and (not others or not all(lesson.carries(piece, o) for o in others))
                yield piece, n, text, noticed


# ---- the command ------------------------------------------------------------------------------------------------

DOCUMENTS = {"readme": "README.md", "guide": "solutions/GUIDE.md", "contributing": "CONTRIBUTING.md",
             "sources": "course_lib/data/SOURCES.md"}


@cache
def page(name):
    """The lesson with this number, a solved sheet ("sheet04"), or a document by its name ("guide")."""
    if name in LESSONS:
        return lesson(name)
    if name in SHEETS:
        [path] = (ROOT / "solutions").glob(f"{name.removeprefix('sheet')}_*.ipynb")
        return Lesson(path)
    path = ROOT / DOCUMENTS[name]
    return Lesson(path, [{"cell_type": "markdown", "source": path.read_text(encoding="utf-8")}])


def title(number):
    """The title of a lesson, with its number: "05 Batch, mini-batch, stochastic"."""
    return "".join(lesson(number).cells[0]["source"]).splitlines()[0].removeprefix("# ")


def stated(number):
    """The minutes that a lesson says it takes."""
    return int(next(filter(None, (TIME.search(piece.text) for piece in lesson(number).markdown)))[1])


@cache
def minutes(number):
    """The minutes that the guide says the lesson takes (of lesson 00: the README); None for a document."""
    if number not in LESSONS:
        return None
    source, pattern = ("readme", r"00 takes (\d+) minutes") if number == "00" else (
        "guide", rf"^\| {number} [^|]*\| (\d+) \|")
    found = re.search(pattern, (ROOT / DOCUMENTS[source]).read_text(encoding="utf-8"), re.M)
    return int(found[1]) if found else None


CLAIM = re.compile(r"""\b(?:
    (?!other|rather)\w+er\ than | more\ than | less\ than | fewer | better | worse | best | worst
    | (?:fast|slow|low|high|small|larg|strong|weak|short|long|earli|clos|near)i?(?:er|est)
    | beats? | wins? | loses | lost | ruins? | halves? | halved | doubles? | twice | equally | alike | most | always
    | as\ (?:well|good|bad|fast|many|much|often)\ as | never | nobody | none | only | all\ (?:others|of\ them)
    | two | three | four | five | six | seven | eight | nine | ten | twelve | twenty | thirty | forty | fifty
    | half | thirds? | quarters? | fifths? | tenths? | hundredths? | hundreds? | thousands? | millions?
    )\b""", re.I | re.X)


def claims(lesson, fragments):
    """(piece, sentence) for sentences below a figure or a table that rank or count in words, and that no entry covers.

    What stands after a code cell, up to the first question or heading, interprets it: there a ranking is a result.
    """
    for before, piece in zip(lesson.pieces, lesson.pieces[1:]):
        if piece.kind != "markdown" or before.kind != "code" or not before.output.strip():
            continue
        inside = spans(piece.text, fragments)
        for match in re.finditer(r"(?:[^.?!:]|[.:](?! ))+[.?!:]?", piece.text):
            sentence = match[0].strip()
            if sentence.startswith(("## ", "**Predict", "**Exercise", "**What is missing")):
                break
            if CLAIM.search(piece.prose[match.start():match.end()]) and not sentence.endswith("?") and not any(
                    start < match.end() and match.start() < stop for start, stop, _ in inside):
                yield piece, sentence


SENTENCES = re.compile(r"(?<=[.?:]) |(?= \| \|)|(?<=\| )(?=\| )| \* | - ")     # where one ends: also rows and items


def draft(lesson, missing):
    """Entries to begin with: neighbouring numerals in one, with enough words to stand alone."""
    text = "\0".join(piece.text for piece in lesson.markdown)
    groups, single, others = [], [], []
    for piece, n in missing:
        between = piece.text[groups[-1][2]:n.start] if groups and groups[-1][0] is piece else None
        if between is not None and len(between) < 40 and " | |" not in between:
            groups[-1] = [piece, groups[-1][1], n.stop, groups[-1][3] and n.digits == 1]
        else:
            groups.append([piece, n.start, n.stop, n.digits == 1])
    for piece, start, stop, short in groups:
        for words in range(3, 12):
            before = re.search(r"(?:\S+ ){0,%d}\S*$" % words, piece.text[:start])
            after = re.match(r"\S*(?: \S+){0,%d}" % words, piece.text[stop:])
            first = max([before.start()] + [m.end() for m in SENTENCES.finditer(piece.text, before.start(), start)])
            last = SENTENCES.search(piece.text, stop, stop + after.end())
            for a, b in ((first, last.start() if last else stop + after.end()), (before.start(), stop + after.end())):
                fragment = piece.text[a:b].strip()
                if text.count(fragment) == 1:
                    break
            else:
                continue
            break
        (single if short else others).append(python_string(fragment))
    lines = [f"says({fragment},\n     None)      # TODO: quoted, given or a function" for fragment in others]
    if single:
        lines += ["# What the text sets itself. A result among them gets a function of its own.", "says("]
        lines += [f"    {fragment}," for fragment in single] + ['    given("ranges, targets, examples, choices"))']
    return lines


def python_string(text):
    quote = "'" if '"' in text else '"'
    if quote in text:
        return repr(text)
    return ("r" if "\\" in text else "") + quote + text + quote


def main(arguments):
    for number in [a for a in arguments if a[:1] != "-"] or [*LESSONS, *SHEETS, *DOCUMENTS]:
        here = page(number)
        fragments = [entry.fragment for entry in entries(number)]
        missing = [(piece, n) for piece, n, carrier in carried(here, fragments, minutes(number)) if carrier is None]
        if "--claims" in arguments:
            found = list(claims(here, fragments))
            print(f"{number}: {len(found)} sentences below an output rank or count in words, without a check")
            print(*(f"  cell {piece.cell:2}: {sentence}" for piece, sentence in found), sep="\n")
            continue
        if "--draft" in arguments:
            if not file_of(number).exists():
                print(f'"""The numbers and rankings in the prose of {number}; see numerals.py."""\n\n'
                      "from numerals import given, quoted, says\n")
            print(*draft(here, missing), sep="\n")
            continue
        print(f"{number}: nothing carries {len(missing)} numerals; {len(fragments)} fragments have a check")
        for piece, n in missing:
            print(f"  cell {piece.cell:2}, section {piece.section}: {around(piece, n)}")
        for entry in entries(number):
            try:
                assert any(entry.fragment in p.text for p in here.markdown), f"stands nowhere: {entry.fragment!r}"
                entry.verify(outputs_of(number))
            except Exception as error:
                print(f"  entry: {type(error).__name__}: {error}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(sys.argv[1:])
