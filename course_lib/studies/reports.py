"""A recogniser judged on a folder: recordings or photographs, by word or person, in one form.

``recognition_report(truth, answers, units)`` counts who was recognised, with intervals, and who was taken for whom;
``two_errors`` counts what a threshold gets wrong; ``Report`` holds both, makes tables, and writes a file that carries
its origin.

What may be concluded depends on the **units**: the people. Ten photographs of one face err together, and so do the
recordings of one speaker; other people are what the next user is. So an interval here leaves out one unit after the
other (the jackknife), never one picture after the other.

Source: Tukey (1958), Annals of Mathematical Statistics 29, page 614; for pairs, whose two people are both units,
Arvesen (1969), Annals of Mathematical Statistics 40. Lesson 11, section 9, equation (11.12).
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.data.origins import csv_text, made_now, origin_of, table_of
from course_lib.experiments import interval

NOBODY = "no answer"


class Row(NamedTuple):
    """One figure: a line of the file. ``share`` may be NaN where only a range is known, ``low`` and ``high`` where
    there is no interval."""

    part: str               # "all", "is" (by word or person), "by unit", "taken for", "threshold"
    name: str
    answer: str             # what it was taken for; empty elsewhere
    number: int             # recordings, photographs or pairs; 0 if not told
    units: int              # people among them; 0 if not told
    share: float
    low: float
    high: float


# ---- shares and their intervals -------------------------------------------------------------------------------------

def share_interval(hits, units):
    """A share and its 95 % interval over units: ``(share, low, high)``.

    The share of all rows, and what it would be without each unit in turn, give one pseudo-value a unit, whose mean and
    Student's interval are taken: with n units, n share − (n − 1) (share without the unit). If each unit has equally
    many rows, these are the shares of the units.

    If no row is hit, or every one, there is no spread to judge by: then the limit is the share that would leave n units
    without an exception in one case of twenty, 1 − 0.05^(1/n). A single unit gets Wilson's interval over its rows: it
    tells of more rows of this one, not of others.

    Shapes: hits (N,) truth values; units (N,), or (N, 2) for pairs: both people of each  ->  three numbers, 0 to 1
    Source: see the module; Wilson (1927), JASA 22.
    """
    hits, units = np.asarray(hits), np.asarray(units)
    if hits.ndim != 1 or units.shape not in ((len(hits),), (len(hits), 2)) or hits.dtype != bool:
        raise ValueError("share_interval: hits must be truth values (N,) and units (N,), or (N, 2) for pairs, got "
                         f"{hits.dtype} {hits.shape} and {units.shape}")
    if not len(hits):
        return np.nan, np.nan, np.nan
    units = units.reshape(len(hits), -1)
    names, share = np.unique(units), float(hits.mean())
    if len(names) < 2 or (units.shape[1] == 2 and len(names) < 3):
        return share, *_wilson(share, len(hits))
    if share in (0.0, 1.0):
        most = 1 - 0.05 ** (1 / len(names))
        return (0.0, 0.0, most) if share == 0 else (1.0, 1 - most, 1.0)
    without = [hits[(units != name).all(axis=1)] for name in names]
    if not all(len(rest) for rest in without):
        return share, np.nan, np.nan                            # one person stands in every pair
    pseudo = len(names) * share - (len(names) - 1) * np.array([rest.mean() for rest in without])
    half = interval(pseudo)[1]
    return share, max(0.0, share - half), min(1.0, share + half)


def _wilson(share, n, z=1.96):
    middle, wide = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - wide) / (1 + z * z / n)), min(1.0, (middle + wide) / (1 + z * z / n))


def _row(part, name, hits, units, answer=""):
    return Row(part, str(name), answer, len(hits), len(np.unique(units)), *share_interval(hits, units))


# ---- judging --------------------------------------------------------------------------------------------------------

def recognition_report(truth, answers, units, *, unit="person", errors=(), facts):
    """How often the answers are right, for all and for each word or person, and what is taken for what: a ``Report``.

    truth     what each recording says, or whom each photograph shows: N words
    answers   what was answered; None where no answer was given, which counts as not right
    units     whose each is: N names of speakers or people (of photographs: the truth itself)
    errors    rows of ``two_errors``
    facts     the origin of the figures, at least ``command`` and ``data``: see ``data.origins``
    """
    truth, units = (np.array([str(word) for word in words], dtype=object) for words in (truth, units))
    answers = np.array([NOBODY if word is None else str(word) for word in answers], dtype=object)
    if not len(truth) == len(answers) == len(units) or not len(truth):
        raise ValueError("recognition_report: truth, answers and units must be equally many and not none, got "
                         f"{len(truth)}, {len(answers)} and {len(units)}")
    right, units = truth == answers, units.astype(str)
    rows = [_row("all", f"all, by {unit}", right, units)]
    rows += [_row("is", word, right[truth == word], units[truth == word]) for word in dict.fromkeys(truth)]
    if (truth != units).any():
        rows += [_row("by unit", name, right[units == name], units[units == name]) for name in dict.fromkeys(units)]
    for pair in dict.fromkeys(zip(truth[~right], answers[~right])):
        among = truth == pair[0]
        rows.append(_row("taken for", pair[0], answers[among] == pair[1], units[among], pair[1]))
    facts = {"steps": "none: nothing is trained", "seeds": "none: nothing is drawn",
             "sizes": f"{len(truth)} judged, of {len(np.unique(units))} units ({unit})",
             "averaging": f"share of the rows; low and high: 95 % interval over units ({unit}), over rows where there "
                          "is a single unit", **facts}
    return Report([*rows, *errors], made_now(**facts))


def two_errors(accepted, genuine, units, rule):
    """What a threshold gets wrong, two rows for a ``Report``: false accepts and false rejects.

    accepted, genuine   (N,) truth values: what passed the threshold, and what should have passed
    units               (N,), or (N, 2) for pairs: the people of each
    rule                the threshold in words: "distance up to 0.98", "probability 0.9 or more"
    """
    accepted, genuine, units = map(np.asarray, (accepted, genuine, units))
    if accepted.dtype != bool or genuine.dtype != bool or not accepted.shape == genuine.shape == units.shape[:1]:
        raise ValueError("two_errors: accepted and genuine must be truth values, one for each row of units, got "
                         f"{accepted.dtype} {accepted.shape}, {genuine.dtype} {genuine.shape}, {units.shape}")
    return [_row("threshold", f"false accept, {rule}", accepted[~genuine], units[~genuine]),
            _row("threshold", f"false reject, {rule}", ~accepted[genuine], units[genuine])]


# ---- the report -----------------------------------------------------------------------------------------------------

class Report:
    """Figures (``rows``, of ``Row``) and how they came about (``origin``, ``{key: text}``).

    ``table(*lines("is"))`` shows a part; ``write(path)`` keeps all, ``read(path)`` reads them.
    """

    HEADERS = {"all": ("judged", "number", "right", "95 % interval"), "is": ("is", "number", "right", "95 % interval"),
               "by unit": ("by", "number", "right", "95 % interval"),
               "taken for": ("is", "taken for", "number", "share", "95 % interval"),
               "threshold": ("error", "number", "rate", "95 % interval")}

    def __init__(self, rows, origin):
        self.rows, self.origin = list(rows), dict(origin)

    @property
    def parts(self):
        """The names of the parts, in their order."""
        return list(dict.fromkeys(row.part for row in self.rows))

    def part(self, name):
        """The rows of one part, in their order."""
        return [row for row in self.rows if row.part == name]

    def lines(self, part, most=None):
        """Rows and header of a part, for ``page.notebook.table(*report.lines("is"))``. Confusions begin with the most
        frequent; ``most`` limits their number. What no row tells is no column."""
        rows, confusions = self.part(part), part == "taken for"
        if confusions:                                          # of equally frequent ones the first stays first
            rows = sorted(rows, key=lambda row: -_hits(row))[:most]
        header, named = self.HEADERS.get(part, (part, "number", "share", "95 % interval")), any(r.answer for r in rows)
        if rows and all(np.isnan(row.share) for row in rows):   # only ranges are known
            header = (part, "number", "share", "least to most")
        if named and not confusions:
            header = (header[0], "", *header[1:])
        table = [[row.name, *([row.answer] if named else []), (_hits(row) if confusions else row.number) or "",
                  said(row.share), limits(row)] for row in rows]
        told = [i for i in range(len(header)) if i == 0 or any(row[i] != "" for row in table)]     # no empty column
        return [[row[i] for i in told] for row in table], tuple(header[i] for i in told)

    def tables(self, most=None):
        """``lines`` of every part that has rows; ``most`` limits the confusions."""
        return [self.lines(part, most) for part in self.parts]

    def text(self):
        """The figures as a CSV with their origin above the header."""
        return csv_text(Row._fields, [[*row[:5], *("" if np.isnan(x) else f"{x:.4f}" for x in row[5:])]
                                      for row in self.rows], self.origin)

    def write(self, path):
        """Write the figures to a file that does not exist yet; returns its path. Nothing is overwritten."""
        path = Path(path)
        try:
            with path.open("xb") as file:
                file.write(self.text().encode())
        except FileExistsError as error:
            raise FileExistsError(f"Report.write: {path} exists and stays as it is; give another name") from error
        return path

    @staticmethod
    def read(path):
        """The ``Report`` in a file that ``write`` made."""
        return report_of(Path(path).read_bytes())

    def __repr__(self):
        return "\n".join(f"{row.name}: {said(row.share)} of {row.number}, {limits(row)}"
                         for part in ("all", "threshold") for row in self.part(part))


def _hits(row):
    return round(row.share * row.number)


def said(share):
    """A share in words: "84.7 %"; empty if it is not known."""
    return "" if np.isnan(share) else f"{100 * share:.1f} %"


def limits(row):
    """The limits of a row in words: "75.2 to 94.1 %"; empty where there are none."""
    return "" if np.isnan(row.low) else f"{100 * row.low:.1f} to {100 * row.high:.1f} %"


def report_of(content):
    """The ``Report`` in the bytes of a file that ``Report.write`` made, or in one of ``course_lib/data``."""
    header, lines = table_of(content)
    if tuple(header) != Row._fields:
        raise ValueError(f"report_of: the columns must be {', '.join(Row._fields)}, got {', '.join(header)}")
    return Report([Row(*line[:3], *map(int, line[3:5]), *(float(x or "nan") for x in line[5:])) for line in lines],
                  origin_of(content))
