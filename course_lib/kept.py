"""A table that outlasts the kernel: a small JSON file on this machine, never sent anywhere.

It lies in the home folder (``~/.course_lib``), or where the environment variable ``COURSE_LIB_PROGRESS`` points. Any
number of notebooks may write it: each takes a lock, reads, adds, and replaces the file as a whole. Reading changes
nothing on disk. A damaged file is renamed before a new one is begun, under a name that no other file has. What is of a
later version, or no file at all, stays where it is, and the notes go to a file beside. What cannot be written now is
kept in this kernel and written with the next note.
"""

import contextlib
import json
import os
import time
from pathlib import Path

VERSION = 1


class Later(ValueError):
    """A file that a later version of the course has written."""


def place(what="progress"):
    """Where a table is kept: ``progress.json``, or beside it ``predictions.json`` and so on."""
    progress = Path(os.environ.get("COURSE_LIB_PROGRESS") or Path.home() / ".course_lib" / "progress.json")
    if what == "progress":
        return progress
    own = "" if progress.name == "progress.json" else f"{progress.stem}."   # two learners in one folder: two tables
    return progress.with_name(f"{own}{what}.json")


class Kept:
    """A table ``{key: entry}`` in a file.

    path      the file
    entry     ``entry(found) -> dict``: an entry as it is used, from the dict found in the file
    take      ``take(entries, note)``: add a note to the entries
    waiting   notes that the disk would not take yet, ``{path: [note, …]}``: it outlasts this object
    called    what makes a note, in words for the learner ("check")
    """

    def __init__(self, path, entry, take, waiting, called):
        self.path, self._entry, self._take, self._waiting, self._called = path, entry, take, waiting, called
        self.beside = path.with_name(f"{path.stem}.beside.json")    # for notes where the usual one must be left alone

    def read(self, merge):
        """The entries, and one sentence for each file that could not be used; ``merge(entries, more)`` adds those of a
        second file. Changes nothing on disk."""
        entries, said = {}, []
        for file in (self.path, self.beside):
            try:
                merge(entries, self.load(file))
            except FileNotFoundError:
                pass
            except Later:
                said.append(f"{file.name} was written by a later version of the course and is left as it is; update "
                            "the course to see what it holds.")
            except IsADirectoryError:
                said.append(f"{file.name} is a folder; it is left as it is, and notes go to {self.beside.name}.")
            except (ValueError, RecursionError):
                said.append(f"{file.name} cannot be read: it is damaged; with the next {self._called} it is kept under "
                            "another name, and a new one is begun.")
            except OSError as error:
                said.append(f"{file.name} cannot be read: {error.strerror}.")
        for note in self._waiting.get(self.path, ()):
            self._take(entries, note)
        return entries, said

    def note(self, note):
        """Add a note. Returns None, or why the disk refused: the note then waits, and is written with the next one."""
        self._waiting.setdefault(self.path, []).append(note)

        def take_all(entries):
            for waiting in self._waiting[self.path]:
                self._take(entries, waiting)
        try:
            self.change(take_all)
        except OSError as error:
            return error.strerror or str(error)
        del self._waiting[self.path]
        return None

    def change(self, change):
        """Read, ``change(entries)``, and write, while no other process does; an OSError where the disk refuses."""
        with self._locked():
            target = self._target()
            entries = self.load(target) if target.exists() else {}
            change(entries)
            self._replace(target, entries)

    def load(self, file):
        """The entries of a file; FileNotFoundError, Later, ValueError (damaged) or another OSError."""
        if file.is_dir():
            raise IsADirectoryError(21, "it is a folder", str(file))
        found = json.loads(file.read_bytes().decode("utf-8-sig"))
        if not isinstance(found, dict):
            raise ValueError(f"not a table of {self._called}s")
        version = found.pop("version", VERSION)
        if version != VERSION:
            raise Later(version) if isinstance(version, (int, float, str)) else ValueError("no version")
        if not all(isinstance(entry, dict) for entry in found.values()):
            raise ValueError(f"not a table of {self._called}s")
        return {key: self._entry(entry) for key, entry in found.items()}

    def _target(self):
        """The file to write, with a damaged one set aside first. Only called with the lock."""
        for file in (self.path, self.beside):
            try:
                self.load(file)
                return file
            except FileNotFoundError:
                return file
            except (Later, IsADirectoryError):
                continue
            except (ValueError, RecursionError):
                _set_aside(file)
                return file
        raise OSError(0, f"neither {self.path.name} nor {self.beside.name} can be written")

    def _replace(self, file, entries):
        """Write all of it or nothing: the old file stays whole until the new one is complete, on the disk too."""
        part = file.with_name(f"{file.stem}.part")              # one is enough: whoever writes it holds the lock
        with open(part, "w", encoding="utf-8") as out:
            json.dump({"version": VERSION, **entries}, out, indent=1, sort_keys=True)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, file)

    @contextlib.contextmanager
    def _locked(self):
        """Only one process at a time; the system takes the lock back when a process ends, however it ends."""
        file = self.path.with_name(f"{self.path.stem}.lock")
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "a+b") as handle:
            unlock = _lock(handle)
            try:
                yield
            finally:
                unlock()


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
