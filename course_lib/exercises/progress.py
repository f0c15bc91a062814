"""The learner's progress: a small file on this machine, never sent anywhere.

It lies in the home folder (``~/.course_lib/progress.json``), or where the environment variable
``COURSE_LIB_PROGRESS`` points. How it is kept, whoever writes and whatever is in the way: ``course_lib.kept``.
"""

import json
from pathlib import Path

from course_lib.kept import VERSION, Kept, place

_pending = {}               # notes that the disk would not take yet: {path: [(task id, passed), …]}


def path():
    """Where the progress is kept."""
    return place("progress")


def read():
    """What has been checked so far: ``{task id: {"passed": bool, "tries": int}}``. Changes nothing on disk."""
    return problems()[0]


def problems():
    """The entries as ``read`` gives them, and one sentence for each file that could not be used."""
    return _kept().read(lambda entries, more: merge(entries, more, sum))


def record(task_id, passed):
    """Note a check; once passed, a task stays passed. Returns None, or a sentence where the disk refused: the note is
    then kept, and written with the next one."""
    if refused := _kept().note((task_id, bool(passed))):
        return (f"(The result could not be noted in {path()} yet: {refused}. It is kept in this notebook and noted "
                "with the next check.)")
    return None


def export_progress(file):
    """Write all progress to ``file``, to be taken to another machine; a file that exists is not overwritten."""
    entries = {"version": VERSION, **read()}
    with open(file, "x", encoding="utf-8") as out:
        json.dump(entries, out, indent=1, sort_keys=True)


def import_progress(file):
    """Add the progress in ``file``, written by ``export_progress``, to what is here. Passed stays passed; of tries the
    larger number stays, so that importing twice changes nothing more."""
    found = _kept().load(Path(file))
    _kept().change(lambda entries: merge(entries, found, max))


def merge(entries, more, tries):
    """Add the entries of ``more``; ``tries`` makes one number of two."""
    for task_id, entry in more.items():
        old = entries.get(task_id, {})
        entries[task_id] = {**entry, **old, "passed": old.get("passed", False) or entry["passed"],
                            "tries": tries([old.get("tries", 0), entry["tries"]])}
    return entries


def _kept():
    return Kept(path(), _entry, _note, _pending, called="check")


def _entry(found):
    return {**found, "passed": found.get("passed") is True, "tries": _count(found.get("tries"))}


def _count(tries):
    return tries if isinstance(tries, int) and not isinstance(tries, bool) and tries > 0 else 0


def _note(entries, note):
    task_id, passed = note
    entry = entries.setdefault(task_id, {"passed": False, "tries": 0})
    entry["passed"] = bool(entry["passed"] or passed)
    entry["tries"] += 1
