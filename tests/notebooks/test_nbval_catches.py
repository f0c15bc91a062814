"""The strict comparison of notebooks is red when one digit of a stored output is changed, and green when none is."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib.teaching import build

ROOT = Path(__file__).resolve().parents[2]
CELLS = {
    "stream": 'print("loss", 0.1234)',
    "execute_result": "{'w': 0.5678}",
    "html table": 'table([["w", "0.9123"]], ["name", "value"])',
    "picture": 'Picture("<svg xmlns=\'http://www.w3.org/2000/svg\'><title>t</title></svg>", "a weight of 0.4567")',
    "library": 'check_gradients(sigmoid, np.linspace(-1, 1, 5))\nprint(f"{sigmoid(np.array([0.3]))[0][0]:.4g}")',
}


def notebook():
    sources = ["import numpy as np\nfrom course_lib import check_gradients, sigmoid\n"
               "from course_lib.page.drawing import Picture\nfrom course_lib.page.notebook import table",
               *CELLS.values()]
    cells = [nbformat.v4.new_code_cell(source, id=f"c{i:03d}") for i, source in enumerate(sources)]
    return build.execute(nbformat.v4.new_notebook(cells=cells), ROOT)


def third_digit_changed(cell):
    """The cell with the third digit of its first four-digit number changed, in every form in which it is stored."""
    def change(text):
        return re.sub(r"(0\.\d\d)(\d)(\d)", lambda m: f"{m[1]}{(int(m[2]) + 1) % 10}{m[3]}", text)
    for output in cell.outputs:
        if output.output_type == "stream":
            output.text = change(output.text)
        for kind in output.get("data", {}):
            output.data[kind] = change(output.data[kind])
    return cell


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One run of strict nbval over the untouched notebook and one copy for each changed output."""
    folder = tmp_path_factory.mktemp("notebooks")
    right = notebook()
    nbformat.write(right, folder / "right.ipynb")
    for i, name in enumerate(CELLS, 1):
        wrong = copy.deepcopy(right)
        before = copy.deepcopy(wrong.cells[i])
        assert third_digit_changed(wrong.cells[i]) != before
        nbformat.write(wrong, folder / f"{name.replace(' ', '_')}.ipynb")
    run = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", "-rA", "-q", f"--rootdir={folder}",
                          "-c", str(ROOT / "pyproject.toml"),
                          f"--nbval-sanitize-with={ROOT / 'tests/nbval_sanitize.cfg'}", str(folder)],
                         capture_output=True, text=True, cwd=ROOT, timeout=900)
    failed = {m for m in re.findall(r"^FAILED \S*?(\w+\.ipynb::\S.*?)(?: -.*)?$", run.stdout, re.M)}
    passed = {m for m in re.findall(r"^PASSED \S*?(\w+\.ipynb::\S.*?)$", run.stdout, re.M)}
    return run, passed, failed


def test_an_untouched_notebook_is_green(report):
    run, passed, failed = report
    assert {f"right.ipynb::Cell {i}" for i in range(len(CELLS) + 1)} <= passed, run.stdout[-3000:]
    assert not [item for item in failed if item.startswith("right")]


@pytest.mark.parametrize("name", CELLS)
def test_one_changed_digit_is_red(name, report):
    run, passed, failed = report
    file = name.replace(" ", "_") + ".ipynb"
    changed = list(CELLS).index(name) + 1
    assert {item for item in failed if item.startswith(file)} == {f"{file}::Cell {changed}"}, run.stdout[-3000:]
    assert run.returncode == 1
