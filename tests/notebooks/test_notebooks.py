"""Static checks of every built notebook: cells, prose, order, equations, links, leaks; nothing is executed here."""

import ast
import io
import re
import tokenize
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median

import nbformat
import pytest

from course_lib.data.bibliography import load_bibliography
from course_lib.exercises import tasks
from course_lib.teaching import build

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("notebooks", "exercises", "solutions")
PATHS = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.ipynb"))]
LESSONS = [path for path in PATHS if path.parent.name == "notebooks"]
SHEETS = [path for path in PATHS if path.parent.name == "exercises"]
EXECUTED = [path for path in PATHS if path.parent.name != "exercises"]

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda p: f"{p.parent.name}/{p.stem}")
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
every_sheet = pytest.mark.parametrize("path", SHEETS, ids=lambda p: p.stem)
every_executed = pytest.mark.parametrize("path", EXECUTED, ids=lambda p: f"{p.parent.name}/{p.stem}")

LONGEST = {"notebooks": 15, "exercises": 15, "solutions": 20}       # lines in a code cell
MACHINE = re.compile(r"(?<![\w.])/(tmp|work|home|root|Users|usr|opt|mnt)/\w|[A-Z]:\\\w|site-packages"
                     r"|ipykernel_\d|\b0x[0-9a-f]{6,}")


@cache
def cells(path):
    return nbformat.read(path, 4).cells


def by_hand(path):
    """The cells that somebody wrote: all but the links at the end, which the build makes."""
    return [c for c in cells(path) if build.NAVIGATION not in c.metadata.get("tags", ())]


def code(path):
    return [c for c in cells(path) if c.cell_type == "code"]


def markdown(path):
    return [c for c in cells(path) if c.cell_type == "markdown"]


def is_a_guess(cell):
    """Does it ask the reader for a guess, and do nothing else?"""
    body = ast.parse(cell.source).body if cell.cell_type == "code" else []
    return (len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Call)
            and getattr(body[0].value.func, "id", "") == "guess")


def place(path, cell):
    return f"{path.parent.name}/{path.name}, cell {cells(path).index(cell)}: {cell.source[:60]!r}"


def output_texts(cell):
    """All texts among a cell's outputs; pictures in base64 are left out."""
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            yield output.text
        elif output.output_type == "error":
            yield "\n".join([output.ename, output.evalue, *output.traceback])
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", data)


def without_code_and_math(text):
    """The prose of a markdown cell."""
    text = re.sub(r"```.*?```", " ", text, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$", " formula ", text, flags=re.S)
    text = re.sub(r"(?<!\\)\$[^$]*\$", " formula ", text)
    text = re.sub(r"`[^`]*`", " code ", text)
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.S)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^>]*>", " ", text)


def comments(source):
    return [t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT]


# ---- what there is ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("folder", FOLDERS)
def test_there_are_notebooks(folder):
    assert any(path.parent.name == folder for path in PATHS), f"{folder}/ holds no notebook"


def test_every_lesson_with_tasks_has_its_sheet_and_its_solution():
    wanted = {path.stem for path in LESSONS if any(task_id.startswith(path.stem[:2] + "-") for task_id in tasks())}
    numbers = {task_id[:2] for task_id in tasks()}
    assert numbers == {name[:2] for name in wanted}
    for folder in ("exercises", "solutions"):
        assert {path.stem for path in PATHS if path.parent.name == folder} == wanted


def test_the_notebooks_match_their_sources(capsys):
    assert build.main(["--check"]) == 0, capsys.readouterr().out


def test_every_notebook_has_a_source():
    built = {path for path, _, _ in build.targets()}
    assert built == set(PATHS)


@every_notebook
def test_valid_and_for_any_python_3(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    assert len({c.id for c in notebook.cells}) == len(notebook.cells)


@every_notebook
def test_the_title_carries_the_number(path):
    assert re.match(rf"# .*\b{path.stem[:2]}\b", cells(path)[0].source), cells(path)[0].source[:60]


# ---- sizes ------------------------------------------------------------------------------------------------------

@every_notebook
def test_code_cells_are_short(path):
    limit, (imports, *others) = LONGEST[path.parent.name], code(path)
    assert not [place(path, c) for c in others if len(c.source.splitlines()) > limit]
    assert len(imports.source.splitlines()) <= 20       # the first cell, which all others need
    assert not [(place(path, c), line) for c in code(path) for line in c.source.splitlines()
                if len(line) > 88 and not line.lstrip().startswith("raise NotImplementedError(")]   # will be deleted


@every_lesson
def test_most_code_cells_of_a_lesson_are_very_short(path):
    lengths = [sum(bool(line.strip()) for line in c.source.splitlines()) for c in code(path) if not is_a_guess(c)]
    assert median(lengths) <= 6


@every_notebook
def test_markdown_cells_are_short(path):
    """At most 120 words of prose; tables, formulas, code and the works of a reading list count apart."""
    works = {entry.reference for entry in load_bibliography().values()}
    def words(cell):
        lines = [line for line in without_code_and_math(cell.source).splitlines()
                 if not line.lstrip().startswith("|") and not any(work in line for work in works)]
        return len(re.findall(r"\w[\w'’-]*", " ".join(lines)))
    assert not [(words(c), place(path, c)) for c in markdown(path) if words(c) > 120]


@every_lesson
def test_at_most_three_markdown_cells_in_a_row(path):
    runs = [list(run) for kind, run in groupby(by_hand(path), key=lambda c: c.cell_type) if kind == "markdown"]
    assert not [place(path, run[0]) for run in runs if len(run) > 3]


@every_lesson
def test_a_lesson_is_not_too_long(path):
    """At most 70 cells; those that ask for a guess, and the links at the end, are not counted."""
    assert sum(not is_a_guess(c) for c in by_hand(path)) <= 70
    assert path.stat().st_size < 2_000_000


# ---- prose and code ---------------------------------------------------------------------------------------------

@every_notebook
def test_no_exclamation_marks_in_prose(path):
    def shouts(text):
        return "!" in without_code_and_math(text).replace("!=", "")
    assert not [place(path, c) for c in markdown(path) if shouts(c.source)]
    assert not [place(path, c) for c in code(path) if any("!" in t.replace("!=", "") for t in comments(c.source))]


@every_notebook
def test_code_is_plain_python(path):
    """It parses; no star imports, no semicolons at line ends, no magics, no global random numbers."""
    for cell in code(path):
        tree = ast.parse(cell.source)
        stars = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"]
        assert not stars, place(path, cell)
        assert not re.search(r";\s*$", cell.source, re.M), place(path, cell)
        assert not re.search(r"np\.random\.(seed|rand|randn)\b", cell.source), place(path, cell)


@every_notebook
def test_all_imports_stand_in_the_first_code_cell(path):
    importing = [i for i, c in enumerate(code(path))
                 if any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in ast.walk(ast.parse(c.source)))]
    assert importing == [0]


@every_executed
def test_numpy_prints_four_digits(path):
    if "numpy" in code(path)[0].source:
        assert "set_printoptions(precision=4, suppress=True)" in code(path)[0].source


# ---- outputs ----------------------------------------------------------------------------------------------------

@every_executed
def test_every_code_cell_was_executed_in_order(path):
    assert [c.execution_count for c in code(path)] == list(range(1, len(code(path)) + 1))


@every_executed
def test_no_errors_and_no_warnings_were_stored(path):
    for cell in code(path):
        for output in cell.outputs:
            expected = "raises-exception" in cell.metadata.get("tags", ())
            assert output.output_type != "error" or expected, place(path, cell)
            warned = output.output_type == "stream" and output.name == "stderr" and "Warning" in output.text
            assert not warned, place(path, cell)


@every_notebook
def test_no_machine_paths_and_no_addresses(path):
    for cell in cells(path):
        for text in (cell.source, *output_texts(cell)):
            found = MACHINE.search(text)
            assert not found, f"{found[0]!r} in {place(path, cell)}"


@every_notebook
def test_no_widget_views_are_stored(path):
    for cell in code(path):
        for output in cell.outputs:
            assert not [kind for kind in output.get("data", {}) if "widget" in kind], place(path, cell)


@every_notebook
def test_every_picture_has_alternative_text(path):
    for cell in cells(path):
        texts = [cell.source] if cell.cell_type == "markdown" else output_texts(cell)
        for text in texts:
            for tag in re.findall(r"<img\b[^>]*>", text):
                assert re.search(r'\balt="[^"]{20,}"', tag), place(path, cell)
            if cell.cell_type == "markdown":
                assert not re.search(r"!\[\s*\]\(", text), place(path, cell)


@every_executed
def test_no_picture_comes_without_a_text(path):
    """A bare PNG has no alternative text in the page that nbconvert makes: figures are drawn ``with figure(...)``."""
    for cell in code(path):
        bare = [kind for output in cell.outputs for kind in output.get("data", {}) if kind.startswith("image/")]
        assert not bare, place(path, cell)


def figures(cell):
    """How many figures of Matplotlib a cell shows."""
    return sum("data:image/png;base64" in output.get("data", {}).get("text/html", "")
               for output in cell.get("outputs", ()))


@every_executed
def test_a_figure_is_followed_by_a_sentence(path):
    for cell, following in zip(cells(path), [*cells(path)[1:], None]):
        if figures(cell):
            assert following is not None and following.cell_type == "markdown", place(path, cell)
    # SVG never lies bare in an output: JupyterLab would strip it where a notebook is not trusted yet.
    assert not [place(path, c) for c in code(path) for text in output_texts(c) if "<svg" in text]


# ---- the learner's copy -----------------------------------------------------------------------------------------

@every_notebook
def test_no_markers_of_the_build_are_left(path):
    assert not [place(path, c) for c in cells(path) if re.search(r"###\s*(BEGIN|END)\b|\{task ", c.source)]


@every_sheet
def test_a_sheet_has_no_outputs(path):
    assert all(c.outputs == [] and c.execution_count is None for c in code(path))


@every_sheet
def test_no_solution_leaks_into_a_sheet(path):
    """No line that stands only in a solution appears in the learner's code."""
    source = (ROOT / "solutions/source" / f"{path.stem}.py").read_text(encoding="utf-8")
    mine = [task for task_id, task in tasks().items() if task_id.startswith(path.stem[:2] + "-")]
    solutions = [*(task.text for task in mine), *(m.group(0) for m in build.SOLUTION.finditer(source))]
    secret = {line.strip() for text in solutions
              for line in text.splitlines() if "###" not in line and len(line.strip()) > 7}
    given = [build.SOLUTION.sub("", source), *(task.start for task in mine)]
    secret -= {line.strip() for text in given for line in text.splitlines()}
    assert secret
    learners = {line.strip() for c in code(path) for line in c.source.splitlines()}
    assert not secret & learners


@every_sheet
def test_a_sheet_asks_for_every_task_of_its_lesson_once(path):
    mine = [task_id for task_id in tasks() if task_id.startswith(path.stem[:2] + "-")]
    everything = "\n".join(c.source for c in code(path))
    assert [i for i in re.findall(r'check\("([\d-]+)"', everything)] == mine
    for task_id in mine:
        assert everything.count(tasks()[task_id].start) == 1
        assert [c for c in markdown(path) if c.source.startswith(tasks()[task_id].heading())]
    assert len(re.findall(r"<summary>Hint 3", "\n".join(c.source for c in markdown(path)))) == len(mine)


# ---- equations, sections, exercises: what is cited exists ---------------------------------------------------------

@cache
def tags():
    """Every equation number, ``{number: lesson}``; no number twice, and each with its lesson's."""
    found = {}
    for path in LESSONS:
        for number in re.findall(r"\\tag\{([^}]*)\}", "\n".join(c.source for c in markdown(path))):
            assert number not in found, f"({number}) stands twice"
            assert re.fullmatch(rf"{int(path.stem[:2])}\.\d+", number), f"({number}) in {path.stem}"
            found[number] = path.stem
    return found


def test_equation_numbers_are_unique_and_consecutive():
    for lesson in {path.stem for path in LESSONS}:
        numbers = [int(n.split(".")[1]) for n, where in tags().items() if where == lesson]
        assert numbers == list(range(1, len(numbers) + 1)), lesson


@every_notebook
def test_every_cited_equation_and_exercise_exists(path):
    for cell in cells(path):
        texts = comments(cell.source) if cell.cell_type == "code" else [re.sub(r"\\tag\{[^}]*\}", "", cell.source)]
        for text in texts:
            cited = re.findall(r"\(((?:[1-9]|1[0-6])\.\d{1,2})\)", text) if cell.cell_type == "code" else [
                n for part in re.findall(r"[Ee]quations? ((?:\(\d+\.\d+\)(?:,? and |, | to |–)?)+)", text)
                for n in re.findall(r"\d+\.\d+", part)]
            assert not set(cited) - set(tags()), place(path, cell)
        for task_id in re.findall(r"[Ee]xercise (\d\d-\d)", cell.source):
            assert task_id in tasks(), place(path, cell)


@every_lesson
def test_a_lesson_points_to_each_of_its_exercises(path):
    text = "\n".join(c.source for c in markdown(path))
    assert not [task_id for task_id in tasks() if task_id.startswith(path.stem[:2] + "-") and task_id not in text]


def test_what_the_library_cites_exists():
    headings = {path.stem[:2]: {m for c in markdown(path) for m in re.findall(r"^## (\d+)\.", c.source, re.M)}
                for path in LESSONS}
    checked = 0
    for file in sorted((ROOT / "course_lib").rglob("*.py")):
        text = " ".join(file.read_text(encoding="utf-8").split())
        for lesson, number in re.findall(r"lesson (\d\d), equations? \((\d+\.\d+)\)", text):
            assert tags().get(number, "")[:2] == lesson, f"{file.name} cites lesson {lesson}, equation ({number})"
            checked += 1
        for lesson, section in re.findall(r"lesson (\d\d), section (\d+)", text):
            assert section in headings.get(lesson, ()), f"{file.name} cites lesson {lesson}, section {section}"
            checked += 1
    assert checked > 20


# ---- links ------------------------------------------------------------------------------------------------------

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "solutions").glob("*.md"), *PATHS])


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_resolve(path):
    texts = [c.source for c in markdown(path)] if path.suffix == ".ipynb" else [path.read_text(encoding="utf-8")]
    for text in texts:
        text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)
        links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"""(?:href|src)=["']([^"']+)["']""", text)
        for link in links:
            target, _, anchor = link.partition("#")
            if not re.match(r"[a-z]+:", link) and target:
                assert (path.parent / target).exists(), f"{link} in {path.relative_to(ROOT)}"


def linked(path):
    """Where the links at the end of a notebook lead, as paths from the root, in their order."""
    last = cells(path)[-1]
    assert last.metadata["tags"] == [build.NAVIGATION]
    return [(path.parent / target).resolve().relative_to(ROOT.resolve())
            for target in re.findall(r"\]\(([^)]+)\)", last.source)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_links_lead_through_all_notebooks_and_back(folder):
    """From the first to the last by "→", and by "←" back to the first."""
    chain = [path for path in PATHS if path.parent.name == folder]
    for arrow, way in (("→", chain), ("←", chain[::-1])):
        for path, following in zip(way, way[1:]):
            found = re.findall(rf"\[(?=[^\]]*{arrow})[^\]]*\]\(([^)]+)\)", cells(path)[-1].source)
            assert found == [following.name], f"{folder}/{path.name} {arrow}"
        assert arrow not in cells(way[-1])[-1].source


def test_lessons_and_sheets_lead_to_each_other_and_to_the_list_of_all_lessons():
    first = LESSONS[0].relative_to(ROOT)
    for path in PATHS:
        here = path.relative_to(ROOT)
        belonging = {Path(folder) / path.name for folder in ("notebooks", "exercises")
                     if (ROOT / folder / path.name).exists()}
        assert (belonging | {first}) - {here} <= set(linked(path)), here
        assert all((ROOT / target).exists() for target in linked(path)), here


@every_notebook
def test_nobody_else_writes_the_links_of_the_build(path):
    assert [build.NAVIGATION in c.metadata.get("tags", ()) for c in cells(path)] == [False] * (
        len(cells(path)) - 1) + [True]


def test_there_is_a_readme():
    assert ROOT / "README.md" in PAGES
