"""Build the notebooks from their text sources: ``python -m course_lib.teaching.build [--check] [--sheets] [NAME ...]``.

notebooks/source/NAME.py   ->  notebooks/NAME.ipynb   the lesson, executed, with outputs
solutions/source/NAME.py   ->  solutions/NAME.ipynb   the sheet solved, executed, with outputs
                           ->  exercises/NAME.ipynb   the learner's copy: the same text, the solutions cut out
all lessons' sources       ->  notebooks/BIBLIOGRAPHY.md   every work that they cite
                           ->  course_lib/data/sections.toml   the titles of their sections

Sources are Python files in the percent format of jupytext. In a sheet's source:

    {task 04-1}                              in text: the task's heading, level, difficulty, importance and minutes
    an empty cell tagged task="04-1"         the task's function: as its reference in course_lib/exercises is written,
                                             or, in the learner's copy, with a line that says "not done yet"
    {source rumelhart1986}                   in the text of any notebook: a work of course_lib/data/bibliography.toml
    ### BEGIN SOLUTION … ### END SOLUTION    other lines, which the learner's copy does not have

The last cell of every notebook, tagged "navigation", is written by the build: links to the lesson before, the sheet,
the lesson after, and the list of all lessons.

``--check`` builds nothing: it fails when a notebook does not match its source, was not executed from its first cell
to its last, or when a stored output was changed by hand (the build leaves the outputs' SHA-256 in the notebook; this
also covers pictures and the few outputs that differ from machine to machine). That the cells still print what is
stored is tested by ``pytest --nbval``.

What is stored of lesson 14 shows PyTorch, TensorFlow and JAX: where one of them is not installed, that lesson and its
solved sheet are not built, which is told. ``--check`` needs none of them.
"""

import argparse
import copy
import hashlib
import json
import os
import re
import sys
import tempfile

from course_lib.data.claims import load_claims
from course_lib.data.history import load_history
from course_lib.data.sections import titles_in
from course_lib.studies import frameworks
from course_lib.teaching import ROOT, citations, hindrance

NEEDS = {"14_frameworks": frameworks.NAMES}           # what has to be installed for what is stored
CLAIMS = "16_myths_tested"                             # the lesson that shows them
NAVIGATION = "navigation"                              # the tag of the cell that the build writes
WIDGET = "application/vnd.jupyter.widget-view+json"
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION[^\n]*\n.*?^[ \t]*### END SOLUTION[^\n]*(\n|\Z)", re.M | re.S)
MARKERS = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[^\n]*\n?", re.M)
TASK = re.compile(r"\{task ([0-9-]+)\}")
TIMES = re.compile(r"\d+:\d\d<[\d:?]+, +[\d.?]+(it/s|s/it)")


def read_source(path):
    """A notebook without outputs, from its text source; cells are numbered, so that the file is reproducible."""
    import jupytext

    from course_lib.exercises.engine import find
    notebook = jupytext.read(path)
    if not any(cell.source.strip() for cell in notebook.cells):
        raise ValueError(f"{path} is empty: it should hold the text of a notebook; git restores it")
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"c{i:03d}"
        cell.metadata.pop("lines_to_next_cell", None)       # jupytext's note on blank lines
        cell.source = citations.filled(TASK.sub(lambda m: find(m[1]).heading(), cell.source))
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def solved(notebook):
    """The instructor's copy: the references of the tasks filled in, markers taken out."""
    return _filled(notebook, lambda task: task.text, lambda source: MARKERS.sub("", source))


def unsolved(notebook):
    """The learner's copy: the starts of the tasks filled in, all solutions cut out."""
    notebook = _filled(notebook, lambda task: task.start, lambda source: SOLUTION.sub("", source))
    for cell in notebook.cells:
        if "SOLUTION" in cell.source:
            raise ValueError(f"a solution marker was left in the learner's copy:\n{cell.source}")
    notebook.cells = [c for c in notebook.cells if c.source.strip()]
    return notebook


def _filled(notebook, function, cut):
    from course_lib.exercises.engine import find
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        task = cell.metadata.pop("task", None)
        if task and cell.source.strip():
            raise ValueError(f"the cell of task {task} must be empty: its function stands in course_lib/exercises")
        cell.source = function(find(task)) if task else cut(cell.source).rstrip("\n")
    return notebook


def execute(notebook, folder):
    """Run all cells as nbval will see them: what widgets print lands in the cell, no state and no ids are stored."""
    from nbclient import NotebookClient
    from nbval.plugin import coalesce_streams

    class Client(NotebookClient):
        def __init__(self, *args, **options):
            super().__init__(*args, store_widget_state=False, record_timing=False, timeout=600, **options)
            self.comm_open_handlers = {"jupyter.widget": lambda message: None}

        def clear_output(self, outs, msg, cell_index):
            pass                                        # nbval ignores clear_output, so the reference must too

    notebook = copy.deepcopy(notebook)
    Client(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        cell["outputs"] = coalesce_streams(cell["outputs"])
        for output in cell["outputs"]:
            if "data" in output:
                # Without a kernel there is no widget behind this id: the still picture is what a reader should see.
                output["data"].pop(WIDGET, None)
            if output.output_type == "stream":
                output["text"] = TIMES.sub("TIME", output["text"])
            if output.output_type == "error":
                output["traceback"] = [f"{output['ename']}: {output['evalue']}"]
    return notebook


def fingerprint(notebook):
    """SHA-256 of all stored outputs."""
    outputs = [cell.get("outputs", []) for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def write(notebook, path):
    """Write a notebook that is valid, all of it or nothing."""
    import nbformat
    nbformat.validate(notebook)
    notebook.metadata["course"] = {"outputs_sha256": fingerprint(notebook)}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")                    # an interrupted build leaves the old notebook whole
    part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    os.replace(part, path)


def drift(notebook, path, executed):
    """What is wrong with the built file at ``path``, or None."""
    import nbformat
    if not path.exists():
        return "has not been built"
    try:
        built = nbformat.read(path, 4)
    except ValueError:
        return "is damaged, no notebook"
    if [(c.cell_type, c.source, c.metadata, c.id) for c in built.cells] != \
            [(c.cell_type, c.source, c.metadata, c.id) for c in notebook.cells]:
        return "differs from its source"
    counts = [c.execution_count for c in built.cells if c.cell_type == "code" and c.source.strip()]
    if executed and counts != list(range(1, len(counts) + 1)):
        return "was not executed from its first cell to its last"
    if not executed and any(c.get("outputs") or c.get("execution_count") for c in built.cells):
        return "must not hold outputs"
    if built.metadata.get("course", {}).get("outputs_sha256") != fingerprint(built):
        return "holds outputs that the build did not write"
    return None


def targets(names=(), sheets_only=False):
    """All ``(path, notebook without outputs, executed?)`` that the sources ask for."""
    for source in () if sheets_only else sorted((ROOT / "notebooks/source").glob("*.py")):
        if not names or source.stem in names:
            yield (ROOT / "notebooks" / f"{source.stem}.ipynb",
                   with_navigation(solved(read_source(source)), "notebooks", source.stem), True)
    for source in sorted((ROOT / "solutions/source").glob("*.py")):
        if not names or source.stem in names:
            sheet = read_source(source)
            yield (ROOT / "solutions" / f"{source.stem}.ipynb",
                   with_navigation(solved(sheet), "solutions", source.stem), True)
            yield (ROOT / "exercises" / f"{source.stem}.ipynb",
                   with_navigation(unsolved(sheet), "exercises", source.stem), False)


def pages():
    """What is made of all lessons together: ``{path: text}``."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "notebooks/source").glob("*.py"))}
    cited = {name: citations.cited_keys(text) for name, text in texts.items()}
    if CLAIMS in cited:
        cited[CLAIMS] |= {key for claim in load_claims().values() for key in claim.sources}
        cited[CLAIMS] |= {event.source for event in load_history()}
    titles = "# Written by the build: the titles of the sections of every lesson.\n" + "".join(
        f"\n{json.dumps(name)} = {json.dumps(titles_in(text), indent=4, ensure_ascii=False)}\n"
        for name, text in texts.items())
    return {ROOT / "notebooks/BIBLIOGRAPHY.md": citations.bibliography(cited),
            ROOT / "course_lib/data/sections.toml": titles}


def with_navigation(notebook, folder, name):
    """The notebook with one more cell at its end: where to go from here."""
    import nbformat
    cell = nbformat.v4.new_markdown_cell(navigation(folder, name), id="way", metadata={"tags": [NAVIGATION]})
    notebook.cells.append(cell)
    return notebook


def navigation(folder, name):
    """The links of one notebook, as Markdown: the one before and the one after in its folder, and those that belong to
    it; from the list of sources, so that no chain can break."""
    lessons = sorted(path.stem for path in (ROOT / "notebooks/source").glob("*.py"))
    sheets = sorted(path.stem for path in (ROOT / "solutions/source").glob("*.py"))
    own = lessons if folder == "notebooks" else sheets

    def link(text, where, to):
        return f"[{text}]({to}.ipynb)" if where == folder else f"[{text}](../{where}/{to}.ipynb)"

    def called(to):
        return {"notebooks": _title(to), "exercises": f"Sheet {to[:2]}", "solutions": f"Solutions {to[:2]}"}[folder]
    at = own.index(name)
    links = [link(f"← {called(own[at - 1])}", folder, own[at - 1])] if at else []
    if folder != "notebooks" and name in lessons:
        links.append(link(f"Lesson {name[:2]}", "notebooks", name))
    if folder != "exercises" and name in sheets:
        links.append(link(f"Sheet {name[:2]}: the exercises", "exercises", name))
    if at + 1 < len(own):
        links.append(link(f"{called(own[at + 1])} →", folder, own[at + 1]))
    following = [lesson for lesson in lessons if lesson > name][:1]
    if folder != "notebooks" and following:
        links.append(link(f"On to lesson {following[0][:2]}", "notebooks", following[0]))
    if name != lessons[0]:
        links.append(link("All lessons", "notebooks", lessons[0]))
    if folder == "notebooks":
        links.append("[Bibliography](BIBLIOGRAPHY.md)")
    return "---\n\n" + " · ".join(links)


def _title(lesson):
    """The heading of a lesson's source."""
    text = (ROOT / "notebooks/source" / f"{lesson}.py").read_text(encoding="utf-8")
    found = re.search(r"^# # (.+)$", text, re.M)
    return found[1] if found else lesson


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m course_lib.teaching.build", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="notebooks to build, such as 04_backpropagation_in_matrices (all)")
    parser.add_argument("--check", action="store_true", help="fail if a notebook does not match its source")
    parser.add_argument("--sheets", action="store_true", help="only the exercise sheets, not the lessons")
    options = parser.parse_args(arguments)
    problem = hindrance("notebooks/source/*.py", ("jupytext", "nbclient", "nbformat", "nbval"), "test")
    if problem:
        print(problem, file=sys.stderr)
        return 1
    try:
        found = list(targets(options.names, options.sheets))
    except ValueError as error:                         # what is wrong with a source, and where
        print(error, file=sys.stderr)
        return 1
    known = {path.stem for path, _, _ in found}
    if unknown := set(options.names) - known:
        parser.error(f"no source is called {', '.join(sorted(unknown))}")
    if options.check:
        faults = [f"{path.relative_to(ROOT)} {fault}"
                  for path, nb, executed in found if (fault := drift(nb, path, executed))]
        faults += [f"{path.relative_to(ROOT)} differs from its sources" for path, text in pages().items()
                   if not path.exists() or path.read_text(encoding="utf-8") != text]
        print("\n".join(faults) or f"{len(found)} notebooks match their sources")
        return 1 if faults else 0
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"COURSE_LIB_PROGRESS": f"{folder}/progress.json", "OPENBLAS_NUM_THREADS": "1",
                       "PYTHONHASHSEED": "0"}
        os.environ.update(environment)                  # inherited by the kernels
        refused = []
        for path, notebook, executed in found:
            if executed and (absent := lacking(path.stem)):
                refused.append(f"{path.relative_to(ROOT)} was not built: {absent}")
                continue
            print(path.relative_to(ROOT), flush=True)
            write(execute(notebook, path.parent) if executed else notebook, path)
    print(*refused, sep="\n", end="\n" if refused else "", file=sys.stderr)
    return 1 if refused else 0


def lacking(name):
    """What is not installed and must be shown in the stored outputs of a notebook, as one line; or None."""
    absent = [frameworks.TITLES[n] for n in NEEDS.get(name, ()) if not frameworks.installed(n)]
    if not absent:
        return None
    return (f"its stored outputs show PyTorch, TensorFlow and JAX, and here {' and '.join(absent)} "
            f"{'is' if len(absent) == 1 else 'are'} not installed; to install: {frameworks.INSTALL}")


if __name__ == "__main__":
    sys.exit(main())
