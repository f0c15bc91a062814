"""What the README, CONTRIBUTING.md and the instructor's guide name is there, and their commands find something."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from test_layering import CORE, PAGES

from course_lib.teaching import build

ROOT = Path(__file__).parents[1]
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8")
         for name in ("README.md", "CONTRIBUTING.md", "solutions/GUIDE.md")}
every_page = pytest.mark.parametrize("page", TEXTS)


def commands(text):
    """Every line of the blocks of commands; one after && is a command of its own."""
    blocks = re.findall(r"^```(?:bash|bat)\n(.*?)^```", text, re.M | re.S)
    return [part.strip() for block in blocks for line in block.splitlines() for part in line.split("&&")]


def code(text):
    """What stands between back quotes in the prose, and the commands."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return [*re.findall(r"`([^`\n]+)`", prose), *commands(text)]


def paths(text):
    """The words in code that look like a path of the repository; ``NN`` is any number, ``NAME`` any name."""
    for word in (word.split("::")[0] for part in code(text) for word in part.split()):
        like_a_path = re.fullmatch(r"[\w.-]+/[\w./*-]*|[\w.-]+\.(?:py|md|toml|txt|npz)", word)
        if like_a_path and not word.startswith(".venv") and word != "answer.py":        # the learner's own
            yield word.rstrip("/")


def found(path):
    """A path counts from the repository's folder, from the package, or from one of their folders."""
    pattern = path.replace("NN", "[0-9][0-9]").replace("NAME", "*")
    return any(any(ROOT.glob(start + pattern)) for start in ("", "*/"))


@every_page
def test_every_path_that_is_named_exists(page):
    named = set(paths(TEXTS[page]))
    assert named and not [path for path in sorted(named) if not found(path)]


@every_page
def test_every_module_that_is_named_can_be_run(page):
    modules = {name for part in code(TEXTS[page]) for name in re.findall(r" -m ([\w.]+)", part)}
    assert not [name for name in sorted(modules) if importlib.util.find_spec(name) is None]


@every_page
def test_every_function_and_name_in_a_command_exists(page):
    for command in commands(TEXTS[page]):
        for file, function in re.findall(r"(\S+\.py)::(\w+)", command):
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert function in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}, command
        for name in re.findall(r"teaching\.build (\d\w+)", command):
            assert name in {path.stem for path, _, _ in build.targets([name])}, command


SELECTIONS = [c for text in TEXTS.values() for c in commands(text) if " -m pytest " in c]


@pytest.mark.parametrize("command", SELECTIONS)
def test_a_selection_of_tests_finds_tests_in_each_of_its_files(command):
    words = shlex.split(command)[1:]
    run = subprocess.run([sys.executable, *words, "-q", "--collect-only"], cwd=ROOT, capture_output=True, text=True,
                         encoding="utf-8", timeout=300)
    assert run.returncode == 0, run.stdout[-500:] + run.stderr[-500:]
    for place in (word for word in words[words.index("pytest") + 1:] if (ROOT / word.split("::")[0]).exists()):
        assert re.search(rf"^{re.escape(place)}", run.stdout, re.M), f"{place}: nothing is selected there"


def test_there_are_such_commands():
    assert len(SELECTIONS) >= 3


@pytest.mark.parametrize("mark", ["start", "tests"])
def test_the_two_commands_that_are_run_on_a_bare_machine_are_single_lines(mark):
    assert re.search(rf"^<!-- {mark} -->\n```bash\n.+\n```$", TEXTS["README.md"], re.M)


def test_the_map_is_the_table_of_allowed_imports():
    """Row by row, in its order; and this order is one in which everything imports from above only."""
    names = re.findall(r"^\| `([\w/.]+)` \|", TEXTS["CONTRIBUTING.md"].split("| --- | --- |")[1].split("\n\n")[0], re.M)
    rows = {**CORE, **PAGES}
    assert [name.removesuffix(".py").rstrip("/").replace("/", ".") for name in names] == list(rows)
    assert all((ROOT / "course_lib" / name).exists() for name in names)
    above = []
    for row, allowed in rows.items():
        assert [other for other in allowed if other != "." and other.split(".")[0] not in above] == [], row
        above.append(row)


def test_what_is_not_there_is_seen():
    text = ("See `tests/no_such.py`, `course_lib/`.\n"
            "```bash\npython -m course_lib.no_such notebooks/NN_nothing.ipynb\n```\n")
    assert [path for path in paths(text) if not found(path)] == ["tests/no_such.py", "notebooks/NN_nothing.ipynb"]
    assert commands(text) == ["python -m course_lib.no_such notebooks/NN_nothing.ipynb"]
