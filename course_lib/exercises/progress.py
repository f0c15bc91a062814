"""The learner's progress: a small file on this machine, never sent anywhere.

It lies in the home folder (``~/.course_lib/progress.json``), or where the environment variable
``COURSE_LIB_PROGRESS`` points. Any number of notebooks may write it: each takes a lock, reads, adds, and replaces the
file as a whole. Reading changes nothing on disk. A damaged file is renamed before a new one is begun, under a name that
no other file has. What is of a later version, or no file at all, stays where it is, and the notes go to a file beside.
What cannot be written now is kept in this kernel and written with the next note.
"""

import contextlib
import json
import os
import time
from pathlib import Path

VERSION = 1
_pending = {}               # notes that the disk would not take yet: {path: [(task id, passed), …]}


class _Later(ValueError):
    """A file that a later version of the course has written."""


def path():
    """Where the progress is kept."""
    return Path(os.environ.get("COURSE_LIB_PROGRESS") or Path.home() / ".course_lib" / "progress.json")


def read():
    """What has been checked so far: ``{task id: {"passed": bool, "tries": int}}``. Changes nothing on disk."""
    return problems()[0]


def problems():
    """The entries as ``read`` gives them, and one sentence for each file that could not be used."""
    entries, said = {}, []
    for file in (path(), _beside()):
        try:
            merge(entries, _load(file), sum)
        except FileNotFoundError:
            pass
        except _Later:
            said.append(f"{file.name} was written by a later version of the course and is left as it is; update the "
                        "course to see what it holds.")
        except IsADirectoryError:
            said.append(f"{file.name} is a folder; it is left as it is, and notes go to {_beside().name}.")
        except (ValueError, RecursionError):
            said.append(f"{file.name} cannot be read: it is damaged; with the next check it is kept under another "
                        "name, and a new one is begun.")
        except OSError as error:
            said.append(f"{file.name} cannot be read: {error.strerror}.")
    for task_id, passed in _pending.get(path(), ()):
        _note(entries, task_id, passed)
    return entries, said


def record(task_id, passed):
    """Note a check; once passed, a task stays passed. Returns None, or a sentence where the disk refused: the note is
    then kept, and written with the next one."""
    _pending.setdefault(path(), []).append((task_id, bool(passed)))
    try:
        _write_pending()
    except OSError as error:
        return (f"(The result could not be noted in {path()} yet: {error.strerror or error}. It is kept in this "
                "notebook and noted with the next check.)")
    return None


def export_progress(file):
    """Write all progress to ``file``, to be taken to another machine; a file that exists is not overwritten."""
    entries = {"version": VERSION, **read()}
    with open(file, "x", encoding="utf-8") as out:
        json.dump(entries, out, indent=1, sort_keys=True)


def import_progress(file):
    """Add the progress in ``file``, written by ``export_progress``, to what is here. Passed stays passed; of tries the
    larger number stays, so that importing twice changes nothing more."""
    found = _load(Path(file))
    with _locked():
        target = _target()
        entries = _load(target) if target.exists() else {}
        _replace(target, merge(entries, found, max))


def merge(entries, more, tries):
    """Add the entries of ``more``; ``tries`` makes one number of two."""
    for task_id, entry in more.items():
        old = entries.get(task_id, {})
        entries[task_id] = {**entry, **old, "passed": old.get("passed", False) or entry["passed"],
                            "tries": tries([old.get("tries", 0), entry["tries"]])}
    return entries


# ---- the file ----------------------------------------------------------------------------------------------------

def _load(file):
    """The entries of a file; FileNotFoundError, _Later, ValueError (damaged) or another OSError."""
    if file.is_dir():
        raise IsADirectoryError(21, "it is a folder", str(file))
    found = json.loads(file.read_bytes().decode("utf-8-sig"))
    if not isinstance(found, dict):
        raise ValueError("not a table of checks")
    version = found.pop("version", VERSION)
    if version != VERSION:
        raise _Later(version) if isinstance(version, (int, float, str)) else ValueError("not a table of checks")
    if not all(isinstance(entry, dict) for entry in found.values()):
        raise ValueError("not a table of checks")
    return {task_id: {**entry, "passed": entry.get("passed") is True, "tries": _count(entry.get("tries"))}
            for task_id, entry in found.items()}


def _count(tries):
    return tries if isinstance(tries, int) and not isinstance(tries, bool) and tries > 0 else 0


def _beside():
    """The file for notes where the usual one must be left alone."""
    return path().with_name(f"{path().stem}.beside.json")


def _target():
    """The file to write, with a damaged one set aside first. Only called with the lock."""
    for file in (path(), _beside()):
        try:
            _load(file)
            return file
        except FileNotFoundError:
            return file
        except (_Later, IsADirectoryError):
            continue
        except (ValueError, RecursionError):
            _set_aside(file)
            return file
    raise OSError(0, f"neither {path().name} nor {_beside().name} can be written")


def _set_aside(file):
    """Rename, to a name that is free: nothing set aside is ever overwritten."""
    number = 1
    while True:
        aside = file.with_name(f"{file.stem}.unreadable-{number}.json")
        try:
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY))      # now the name is ours
        except FileExistsError:
            number += 1
            continue
        os.replace(file, aside)
        return


def _note(entries, task_id, passed):
    entry = entries.setdefault(task_id, {"passed": False, "tries": 0})
    entry["passed"] = bool(entry["passed"] or passed)
    entry["tries"] += 1


def _write_pending():
    with _locked():
        target = _target()
        entries = _load(target) if target.exists() else {}
        for task_id, passed in _pending[path()]:
            _note(entries, task_id, passed)
        _replace(target, entries)
        del _pending[path()]


def _replace(file, entries):
    """Write all of it or nothing: the old file stays whole until the new one is complete, on the disk too."""
    part = file.with_name(f"{file.stem}.part")              # one is enough: whoever writes it holds the lock
    with open(part, "w", encoding="utf-8") as out:
        json.dump({"version": VERSION, **entries}, out, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, file)


@contextlib.contextmanager
def _locked():
    """Only one process at a time; the system takes the lock back when a process ends, however it ends."""
    file = path().with_name(f"{path().stem}.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "a+b") as handle:
        unlock = _lock(handle)
        try:
            yield
        finally:
            unlock()


def _lock(handle):
    """Take the lock on an open file, and return what gives it back."""
    try:
        import fcntl
    except ImportError:
        fcntl = None
    if fcntl:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:                                     # a file system, or a browser, without locks
            return lambda: None
        return lambda: fcntl.flock(handle, fcntl.LOCK_UN)
    try:
        import msvcrt
    except ImportError:                                     # in a browser: one process, nobody to wait for
        return lambda: None
    while True:
        try:
            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
            break
        except OSError:
            time.sleep(0.01)

    def unlock():
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)
    return unlock
