"""The reader's guess first, the measured value afterwards, and both side by side.

``guess("05-updates", "How many updates?", unit="updates")`` is a field for a number, with ``choices`` a row of buttons.
``answer("05-updates", value)``, in a later cell, shows what was measured and what was guessed. A guess may be changed
at any time; it is kept in a small file beside that of the progress, and never sent anywhere. Who guesses nothing, or
reads without a kernel, loses nothing: the lesson runs on.
"""

import math
import numbers
import re
from html import escape

import ipywidgets as ipw

from course_lib.kept import Kept, place
from course_lib.page.drawing.numbers import minus
from course_lib.widgets.base import choice

FORM = "{:.4g}"
_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_waiting = {}               # guesses that the disk would not take yet: {path: [(key, guess), …]}
_asked = {}                 # what was asked in this kernel: {key: Guess}


def guess(key, question, *, unit="", choices=None):
    """Ask the reader for a number, or for one of the choices, before it is measured.

    key       names the question, ``"05-updates"``: the lesson's number and a word, once in the course
    question  in words
    unit      what the number counts ("updates", "%"), written behind it. With "%" all numbers are per cents; without,
              a guess of "10 %" is 0.1
    choices   texts (or numbers) of which one is to be chosen
    """
    _asked[key] = Guess(key, question, unit=unit, choices=choices)
    return _asked[key]


def answer(key, value, *, form=FORM, unit=None):
    """What was measured, beside what the reader guessed: the last expression of a cell.

    key       that of ``guess``
    value     a number, or one of the choices. NaN, None or a text that ends in "(incomplete)" come from a measurement
              that was interrupted
    form      how to write the number: ``"{:.3g}"``. A whole number is written in full unless a form is given
    unit      that of ``guess``, if not given
    """
    return Answer(key, value, form=form, unit=unit)


class Guess(ipw.VBox):
    """A field, or a row of buttons, for the reader's guess, and a line that says what is kept."""

    def __init__(self, key, question, *, unit="", choices=None):
        self.key, self.question, self.unit = _known_key(key), question, unit
        self.choices = None if choices is None else _different([_as_choice(c) for c in choices])
        self._line, before = ipw.HTML(), self.kept
        if self.choices:
            self.control = choice("Your guess", self.choices)
            self.control.value = before                         # None: no button is pressed
            row = self.control
        else:
            # The value arrives when the reader leaves the field or presses Enter, not with every key.
            self.control = ipw.Text(description="Your guess", value="" if before is None else plain(before),
                                    placeholder="a number", tooltip=question, continuous_update=False,
                                    style={"description_width": "initial"}, layout={"width": "220px"})
            row = ipw.HBox([self.control, ipw.Label(unit)])
        self.control.observe(lambda change: self.take(change["new"]), names="value")
        self._say(self._state())
        super().__init__([ipw.HTML(f"<b>{escape(question)}</b>"), row, self._line])

    @property
    def kept(self):
        """The guess that is kept for this question, or None."""
        found = kept(self.key)
        if self.choices:
            return found if found in self.choices else None     # the lesson may have asked otherwise before
        return found if isinstance(found, float) else None

    @property
    def message(self):
        """The line below the control, as text."""
        return self._message

    def take(self, given):
        """Keep what was typed or chosen, and say so. An empty field takes the guess back."""
        try:
            value = given if self.choices or given is None else number(given, unit=self.unit)
        except ValueError as error:
            before = "" if self.kept is None else f" Still kept: {self._shown(self.kept)}."
            return self._say(f"{error}{before}")
        refused = keep(self.key, value)
        if refused:
            return self._say(f"{self._state(saved=False)} (It could not be written to {_file().path} yet: {refused}.)")
        return self._say(self._state())

    def _shown(self, value):
        return value if self.choices else with_unit(plain(value), self.unit)

    def _state(self, saved=True):
        problems = " ".join(("", *_read()[1]))
        if self.kept is None:
            return f"{'Choose one' if self.choices else 'Write a number'}, or run on without.{problems}"
        where = "It is kept" if saved else "It is kept in this notebook"
        return f"Your guess: {self._shown(self.kept)}. {where}; run on to see.{problems}"

    def _say(self, message):
        self._message = message
        self._line.value = f'<div role="status" aria-live="polite">{escape(message)}</div>'

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options) or {}
        # Nothing here depends on a guess: what is stored in a notebook is the same for everybody.
        asked = " / ".join(self.choices) if self.choices else f"a number ({self.unit})" if self.unit else "a number"
        bundle["text/html"] = (f"<b>{escape(self.question)}</b><br>Your guess: {escape(asked)}<br>"
                               "<em>To note your guess, run this cell; or read on without.</em>")
        bundle["text/plain"] = f"{self.question} Your guess: {asked}."
        return bundle


class Answer:
    """The measured value and the guess, as a sentence; ``text`` holds it."""

    def __init__(self, key, value, *, form=FORM, unit=None):
        asked = _asked.get(_known_key(key))
        unit = unit if unit is not None else asked.unit if asked else ""
        guessed = asked.kept if asked else kept(key)
        value = _measured(value, asked)
        if value is None:
            measured, compared = "incomplete, the measurement was interrupted", ""
        elif isinstance(value, str):
            measured, compared = value, "right" if guessed == value else "not what was measured"
            guessed = guessed if isinstance(guessed, str) else None
        else:
            if isinstance(guessed, str):            # kept from a time when this was a choice
                guessed = guessed if guessed == _as_choice(value) else None
            measured = with_unit(written(value, form), unit)
            compared = "right" if isinstance(guessed, str) else "" if guessed is None else \
                comparison(guessed, value, form, unit)
        if guessed is None:
            said = "You made no guess"
        else:
            shown = guessed if isinstance(guessed, str) else \
                f"{plain(guessed)} %" if unit == "%" else f"{plain(100 * guessed)} %" if "%" in form else plain(guessed)
            said = f"Your guess: {shown}" + (f", {compared}" if compared else "")
        self.measured, self.text = measured, f"Measured: {measured}. {said}."

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        measured, rest = f"Measured: {self.measured}.", self.text.removeprefix(f"Measured: {self.measured}.")
        return f"<div><b>{escape(measured)}</b>{escape(rest)}</div>"


# ---- numbers, as readers write them and as pages do -------------------------------------------------------------

def number(text, *, unit=""):
    """The number that a reader has typed: "1,000", "1e6", "10 %", "−3", "≈ 5", "2 million"; None for nothing at all.
    ValueError, in words, for what is no number."""
    plainly = text.strip().replace("−", "-").replace("–", "-").lower()
    if not plainly:
        return None
    plainly = re.sub(r"^(≈|~|about|roughly|ca\.?|circa)\s*", "", plainly)
    if unit and unit != "%":
        plainly = plainly.removesuffix(unit.lower()).strip()
    percent = plainly.endswith("%")
    plainly = plainly.removesuffix("%").strip()
    factor = 1.0
    for word, size in _WORDS.items():
        if re.fullmatch(rf".*\d\s*{word}s?", plainly):
            plainly, factor = plainly[:plainly.rindex(word)].strip(), size
    plainly = re.sub(r"(?<=\d)[ \u00a0\u2009\u202f_'](?=\d{3}(?!\d))", "", plainly)     # groups of three
    plainly = re.sub(r"^([+-]?)10(?:\^|\*\*)([+-]?\d+)$", r"\g<1>1e\2", plainly)
    plainly = re.sub(r"^(.*\d)\s*[*·×x]\s*10(?:\^|\*\*)([+-]?\d+)$", r"\1e\2", plainly)
    if re.fullmatch(r"[+-]?\d+,\d+", plainly) and not re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plainly):
        raise ValueError(f"“{text.strip()}” can be read in two ways: decimals have a point here, as in 0.5, and a "
                         "comma groups three digits, as in 1,000.")
    if re.match(r"[+-]?\d{1,3}(,\d{3})+(?![\d,])", plainly):
        plainly = plainly.replace(",", "")
    fraction = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)", plainly)
    if fraction and float(fraction[2]):
        value = float(fraction[1]) / float(fraction[2])
    elif re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", plainly):
        value = float(plainly)
    else:
        raise ValueError(f"“{text.strip()}” is no number. Write one number in figures, such as 40, 1,000, 1e6, 0.1, "
                         "-3 or 10 %.")
    value *= factor
    if not math.isfinite(value):
        raise ValueError(f"“{text.strip()}” is too large. Write one number in figures, such as 1e100.")
    return value / 100 if percent and unit != "%" else value


def written(value, form=FORM):
    """A measured number: whole ones in full, others in ``form``, with groups of three and a true minus sign."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if form == FORM and isinstance(value, int):
        return plain(value)
    shown = form.format(value)
    return minus(_grouped(shown if re.search("[1-9]", shown) else shown.replace("-", "")))      # never "−0"


def plain(value):
    """A number as it is, to 12 digits: 1000000.0 is "1,000,000", 0.1 "0.1"."""
    if float(value).is_integer() and abs(value) < 1e15:
        return minus(f"{int(value):,}")
    return minus(_grouped(f"{value:.12g}"))


def with_unit(text, unit):
    """``"40 updates"``; without a unit, the text alone."""
    return f"{text} {unit}" if unit else text


def comparison(guessed, value, form=FORM, unit=""):
    """How a guess compares with what was measured: "right", "4.2 times too small", "3 points too large", …"""
    if guessed == value or written(guessed, form) == written(value, form):
        return "right"
    way = "too large" if guessed > value else "too small"
    if math.isinf(value):
        return way
    if unit == "%" or "%" in form:
        points = abs(guessed - value) * (1 if unit == "%" else 100)
        return f"{_short(points)} {'point' if _short(points) == '1' else 'points'} {way}"
    if guessed == 0 or value == 0:
        return f"{_short(abs(guessed - value))} {way}"
    if guessed * value < 0:
        return "with the other sign"
    if value < 0:
        way = ("too large" if guessed < value else "too small") + " in size"
    small, large = sorted((abs(guessed), abs(value)))
    ratio = large / small
    if ratio >= 1.095:
        times = f"{_short(ratio)} times"
    else:
        percent = 100 * abs(guessed - value) / abs(value)
        times = f"{percent:.0f} %" if percent >= 1 else "less than 1 %"
    return f"{times} {way}"


def _short(size):
    """Two digits: 4.2, 320, 12,000, 1e8."""
    shown = f"{size:.1e}"
    return plain(float(shown)) if 1e-3 <= float(shown) < 1e7 else minus(re.sub(r"e\+?(-?)0*", r"e\1", f"{size:.0e}"))


def _grouped(text):
    """Groups of three in every number of a text; powers of ten up to 15 written out, others as 1e20."""
    def one(match):
        whole, rest, power = match[1], match[2] or "", match[3]
        if power:
            value = float(match[0])
            if 0 <= int(power[1:]) < 15:
                return f"{value:,.0f}" if value.is_integer() else f"{value:,}"
            return f"{whole}{rest}e{int(power[1:])}"
        return f"{int(whole):,}{rest}" if not whole.startswith("0") else f"{whole}{rest}"
    text = re.sub(r"(?<![\d.,])(\d+)(\.\d+)?(e[+-]?\d+)?(?![\d,])", one, text)
    return re.sub(r"(?<=\d)%", " %", text)


# ---- what is asked, what is kept --------------------------------------------------------------------------------

def kept(key):
    """The guess that is kept under a key: a number, a text, or None."""
    return _read()[0].get(key, {}).get("guess")


def _file():
    return Kept(place("predictions"), _entry, _note, _waiting, called="guess")


def _read():
    def merge(entries, more):
        for key, entry in more.items():
            entries.setdefault(key, entry)
    return _file().read(merge)


def keep(key, value):
    """Keep a guess under a key; None takes it back. Returns None, or why the disk refused: it is then kept in this
    kernel, and written with the next one."""
    return _file().note((_known_key(key), value))


def all_kept(beginning):
    """All guesses whose keys begin so, ``{key: guess}``, and one sentence for each file that could not be used."""
    entries, problems = _read()
    return {key: entry["guess"] for key, entry in entries.items()
            if key.startswith(beginning) and entry.get("guess") is not None}, problems


def _entry(found):
    value = found.get("guess")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf:
        value = float(value)
    elif not isinstance(value, str):
        value = None
    return {**found, "guess": value}


def _note(entries, note):
    key, value = note
    entries[key] = {**entries.get(key, {}), "guess": value}


def _known_key(key):
    if not isinstance(key, str) or not re.fullmatch(r"\d\d-[\w-]+", key):
        raise ValueError(f"the key of a question is the lesson's number and a word, such as '05-updates', not {key!r}")
    return key


def _as_choice(value):
    return str(value) if isinstance(value, str) else plain(value)


def _different(choices):
    if len(choices) < 2 or len(set(choices)) < len(choices):
        raise ValueError(f"a choice needs at least two different texts, not {choices}")
    return choices


def _measured(value, asked):
    """The value as a Python number or text; None for a measurement that was interrupted."""
    given, value = value, value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
    if isinstance(value, bool):
        raise TypeError(f"answer({asked.key if asked else '…'!r}): {value} is no answer; "
                        "answer with the number that was asked for")
    if value is None or isinstance(value, str) and re.search(r"\bincomplete\)?$", value):
        return None
    choices = asked.choices if asked else None
    if isinstance(value, numbers.Real):
        if math.isnan(value):
            return None
        if choices:
            value = _as_choice(value)
        else:
            return int(value) if isinstance(value, numbers.Integral) else float(value)
    if not isinstance(value, str):
        raise TypeError(f"answer: a number or a choice is expected, not {type(given).__name__}")
    if choices and value not in choices:
        raise ValueError(f"answer({asked.key!r}): {value!r} is none of the choices {', '.join(choices)}")
    if asked and not choices:
        raise ValueError(f"answer({asked.key!r}): the question asks for a number, not for {value!r}")
    return str(value)
