"""The learner's progress: a small file on this machine, never sent anywhere.

It lies in the home folder (``~/.course_lib/progress.json``), or where the environment variable
``COURSE_LIB_PROGRESS`` points. A file that cannot be read is set aside, never overwritten.
"""

import json
import os
from pathlib import Path


def path():
    """Where the progress is kept."""
    return Path(os.environ.get("COURSE_LIB_PROGRESS") or Path.home() / ".course_lib" / "progress.json")


def read():
    """What has been checked so far: ``{task id: {"passed": bool, "tries": int}}``."""
    file = path()
    if not file.exists():
        return {}
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        if not (isinstance(entries, dict) and all(isinstance(e, dict) and {"passed", "tries"} <= e.keys()
                                                  for e in entries.values())):
            raise ValueError("not a table of checks")
        return entries
    except ValueError:
        aside = file.with_suffix(".unreadable.json")
        os.replace(file, aside)
        print(f"The progress file could not be read; it was kept as {aside.name}, and a new one is begun.")
        return {}


def record(task_id, passed):
    """Note a check. Once passed, a task stays passed. A read-only disk is told, and does not stop the check."""
    try:
        entries = read()
        entry = entries.setdefault(task_id, {"passed": False, "tries": 0})
        entry["passed"] = bool(entry["passed"] or passed)
        entry["tries"] += 1
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(entries, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(part, file)                          # the old file stays whole until the new one is
    except OSError as error:
        print(f"(The result could not be noted for the progress table: {error.strerror}.)")
