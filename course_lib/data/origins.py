"""Where stored results come from: what was measured or trained carries inside itself how.

In a CSV the origin stands above the header, a line ``# key: value`` a fact; in an ``.npz`` it is an array ``origin`` of
JSON text. The data sets carry none: what SOURCES.md says of them makes the same bytes again.
"""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np

from course_lib.data.files import CHECKSUMS, read_bytes

KEYS = {
    "made": "the date, such as 2026-11-30",
    "command": "what makes the file",
    "steps": "how long was trained, and with what: updates, batch, rate",
    "seeds": "which seeds, and what each draws",
    "sizes": "how many rows are fitted, chosen on and judged, and how they were split",
    "averaging": "what one stored number stands for, and what was averaged",
    "data": "the file or the package that was read, with_checksum",
    "commit": "the commit of the code that made it, or 'unknown'",
}


def origin(name):
    """How a file of ``course_lib/data`` was made: ``{key: text}`` with the keys of ``KEYS``, and others a file adds.

    Empty for the data sets, whose origin is told in SOURCES.md.
    """
    return origin_of(read_bytes(name))


def origin_of(content):
    """The origin in the bytes of a CSV or of an ``.npz``; empty where there is none."""
    if content.startswith(b"PK"):
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return json.loads(file["origin"].item()) if "origin" in file.files else {}
    lines = re.match(rb"(?:# [^\n]*\n)*", content)[0].decode("utf-8").splitlines()
    return dict(line[2:].split(": ", 1) for line in lines)


def made_now(**facts):
    """The origin of what is made now: the date and the commit, and the other facts of ``KEYS``, which must all be told.

    A fact that does not apply is told, too: ``averaging="none: one number a seed"``.
    """
    import datetime
    facts = {"made": datetime.date.today().isoformat(), "commit": _commit(), **facts}
    return _checked({key: facts[key] for key in dict.fromkeys([*KEYS, *facts]) if key in facts})


def with_checksum(*names):
    """``"commands.npz (SHA-256 435a2a6e8aef)"``: which data were read. A test tells when they are others by now."""
    return ", ".join(f"{name} (SHA-256 {CHECKSUMS[name][:12]})" for name in names)


def with_origin(arrays, facts):
    """The arrays of an ``.npz``, for ``saving.write_arrays``, and among them the origin."""
    text = json.dumps(_checked(facts), ensure_ascii=False)
    return {**arrays, "origin": np.array(text)}


def csv_text(header, rows, facts):
    """A CSV with its origin above the header. ``rows``: lists of text or numbers, written as they are."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([header, *rows])
    return "".join(f"# {key}: {value}\n" for key, value in _checked(facts).items()) + lines.getvalue()


def write_table(path, header, rows, facts):
    """A CSV with its origin in a file: a name is that of a file of ``course_lib/data``, a Path any other. Returns the
    Path."""
    text = csv_text(header, rows, facts)                # first: what lacks an origin leaves the old file as it is
    path = path if isinstance(path, Path) else Path(__file__).with_name(path)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def read_table(name):
    """``(header, rows)`` of a CSV of ``course_lib/data``, lists of text, without the origin above them."""
    return table_of(read_bytes(name))


def table_of(content):
    """``(header, rows)`` in the bytes of a CSV with its origin above it."""
    header, *rows = csv.reader(io.StringIO(re.sub(r"\A(?:# [^\n]*\n)*", "", content.decode("utf-8"))))
    return header, rows


def _checked(facts):
    missing = [key for key in KEYS if not str(facts.get(key, "")).strip()]
    if missing:
        raise ValueError("an origin must tell " + "; ".join(f"{key} ({KEYS[key]})" for key in missing))
    for key, value in facts.items():
        if not isinstance(value, str) or "\n" in value or not re.fullmatch(r"\w[\w ]*", key):
            raise ValueError(f"an origin is made of words and texts of one line, got {key!r}: {value!r}")
    return dict(facts)


def _commit():
    """The short name of the commit, with "and changes" where files differ from it; "unknown" without git."""
    import subprocess
    ask = lambda *words: subprocess.run(["git", "-C", str(Path(__file__).parent), *words], capture_output=True,
                                        text=True, check=True).stdout.strip()
    try:
        return ask("rev-parse", "--short", "HEAD") + (" and changes" if ask("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
