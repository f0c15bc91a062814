"""The course's tools, for a terminal: ``lab`` opens the lessons, ``build`` makes the notebooks from their sources."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def hindrance(pattern, packages, extra):
    """Why a tool cannot start here, with the remedy, or None.

    pattern    what must be found in the course's folder, such as "notebooks/*.ipynb"
    packages   what must be installed; all of it comes with ``.[extra]``
    """
    install = f'-m pip install -c .ci/constraints.txt -e ".[{extra}]"'
    if not any(ROOT.glob(pattern)):
        return (f"{pattern} was not found in {ROOT}: the lessons are not part of the installed package. "
                f"Get the course's repository, and install from inside it:\n  python {install}")
    missing = [name for name in packages if not importlib.util.find_spec(name)]
    if missing:
        return f'Not installed: {", ".join(missing)}. In the course\'s folder, run:\n  "{sys.executable}" {install}'
    return None
