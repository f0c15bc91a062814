"""A section that is run again finds what it expects: no name of another meaning lies in its way.

A lesson is a chain of sections (``##``); a learner goes back to one and runs it again from its first cell. So a name
that several sections assign may be read in a section only after that section itself has assigned it; else the section
computes with what a later one left. Names that one section alone assigns (imports, functions, data) may be read in
all later ones. A function counts as reading, where it is called, the global names in its body.
"""

import ast
import re
import symtable

import pytest

from course_lib.teaching import ROOT, build

SOURCES = sorted((ROOT / "notebooks/source").glob("*.py"))
ALONE = {               # lesson: names by which a cell, run again alone, may compute with something else
    "05": "least net rates rng t x", "06": "high names result rows", "07": "digits x", "08": "K b history rng x",
    "09": "found rows windows", "11": "dx shares x", "12": "rates", "13": "rng x", "14": "layer", "15": "rng x",
}


class Reader:
    """Goes through the cells of a lesson in their order, and notes who assigns and who reads which global name."""

    def __init__(self):
        self.section, self.cell = "start", 0
        self.assigned = {}              # name: the sections that assign it
        self.reads = []                 # (section, cell, name, through which function), not assigned there before
        self.here = set()               # what this section has assigned so far
        self.inside = {}                # a function of the lesson: the global names in its body
        self.by = {}                    # name: the statements that assign it, as text

    def begin(self, section):
        self.section, self.here = section, set()

    def block(self, statements):
        for statement in statements:
            self.statement(statement)

    def statement(self, node):
        """A statement in its parts, in the order in which they are run."""
        self.text = ast.unparse(node)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.load(node.iter)
            self.store(node.target)
            self.block(node.body + node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                self.load(item.context_expr)
                self.store(item.optional_vars)
            self.block(node.body)
        elif isinstance(node, (ast.If, ast.While)):
            self.load(node.test)
            self.block(node.body + node.orelse)
        elif isinstance(node, ast.Try):
            self.block(node.body)
            for handler in node.handlers:
                self.block(handler.body)
            self.block(node.orelse + node.finalbody)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            loaded, inner, _ = names(node)
            self.read(loaded)
            self.inside[node.name] = inner
            self.bind({node.name})
        else:
            loaded, inner, stored = names(node)
            if isinstance(node, ast.AugAssign):
                loaded |= stored
            self.read(loaded | inner)
            self.bind(stored)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                self.inside.update({name: inner for name in stored})

    def load(self, expression):
        loaded, inner, stored = names(expression)
        self.read(loaded | inner)
        self.bind(stored)

    def store(self, target):
        if target is not None:
            self.bind({node.id for node in ast.walk(target)
                       if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)})

    def read(self, found):
        for name in sorted(found - self.here):
            self.reads.append((self.section, self.cell, name, ""))
        pending, seen = [name for name in found if name in self.inside], set()
        while pending:
            function = pending.pop()
            for name in self.inside[function] - seen - self.here:
                self.reads.append((self.section, self.cell, name, function))
            pending += [name for name in self.inside[function] if name in self.inside and name not in seen]
            seen |= self.inside[function]

    def bind(self, found):
        self.here |= found
        for name in found:
            self.assigned.setdefault(name, set()).add(self.section)
            self.by.setdefault(name, set()).add(self.text)

    def stale(self):
        """``(section, cell, name, through which function)`` for each name that another section may have left."""
        return [read for read in dict.fromkeys(self.reads)
                if len(self.assigned.get(read[2], ())) > 1]


def names(node):
    """The global names that a statement or an expression reads at once, those that its functions read, and those that
    it assigns."""
    top = symtable.symtable(ast.unparse(node), "cell", "exec")
    loaded = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    stored = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    inner, tables = set(), list(top.get_children())
    while tables:
        table = tables.pop()
        tables += table.get_children()
        inner |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
    return loaded, inner, stored


def read_lesson(cells, alone=False):
    """A lesson read section by section; ``alone``: each cell for itself, as if it were run again after all others."""
    reader, section = Reader(), "start"
    for reader.cell, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            for section in re.findall(r"^## (.+)$", cell.source, re.M):
                reader.begin(section)
        elif cell.cell_type == "code":
            if alone:
                reader.begin(section)
            reader.block(ast.parse(cell.source).body)
    return reader


def other_when_alone(cells):
    """The names by which single cells, run again after the whole lesson, may compute with something else: those that
    several sections assign, each in its own way."""
    reader = read_lesson(cells, alone=True)
    return {name for _, _, name, _ in reader.stale() if len(reader.by[name]) > 1}


def written(*sections):
    """The cells of a small lesson: each section is a list of code cells."""
    from nbformat.v4 import new_code_cell, new_markdown_cell
    return [cell for i, codes in enumerate(sections)
            for cell in (new_markdown_cell(f"## {i}."), *map(new_code_cell, codes))]


@pytest.mark.parametrize("sections, stale", [
    ([["x = 1"], ["print(x)"]], []),
    ([["x = 1", "print(x)"], ["x = 2", "print(x)"]], []),
    ([["x = 1"], ["print(x)"], ["x = 2"]], [(1, "x")]),
    ([["x = 1"], ["print(x)", "x = 2"]], [(1, "x")]),
    ([["x = 1"], ["x += 1"]], [(1, "x")]),
    ([["x = 1"], ["x = x + 1"]], [(1, "x")]),
    ([["for i in range(3):\n    print(i)"], ["for i in range(4):\n    print(i)"]], []),
    ([["x = 1"], ["print([x for x in range(3)])"], ["x = 2"]], []),
    ([["x = 1"], ["print([y + x for y in range(3)])"], ["x = 2"]], [(1, "x")]),
    ([["def f():\n    return x", "x = 1"], ["f()"], ["x = 2", "f()"]], [(1, "x")]),
    ([["def f(x):\n    return x", "x = 1"], ["f(1)"], ["x = 2"]], []),
    ([["with open('a') as ax:\n    ax.read()"], ["ax.read()"], ["ax = 1"]], [(1, "ax")]),
    ([["import numpy as np"], ["np.zeros(1)"], ["np.zeros(1)"]], []),
])
def test_the_reading_of_a_lesson(sections, stale):
    found = read_lesson(written(*sections)).stale()
    assert [(int(section[:1]), name) for section, _, name, _ in found] == stale


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_section_reads_no_name_that_another_one_may_have_left(path):
    found = read_lesson(build.read_source(path).cells).stale()
    assert not found, "\n".join(
        f'section "{section}", cell {cell}: {name}' + (f" (in {function})" if function else "")
        for section, cell, name, function in found)


@pytest.mark.parametrize("sections, names", [
    ([["x = 1"], ["x = 1", "print(x)"]], set()),
    ([["x = 1", "print(x)"], ["x = 2"]], {"x"}),
    ([["x = 1\nprint(x)"], ["x = 2\nprint(x)"]], set()),
    ([["x = 1", "print(x)", "x = 2"]], set()),
])
def test_the_reading_of_a_cell_alone(sections, names):
    assert other_when_alone(written(*sections)) == names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_cell_that_is_run_again_alone_finds_what_it_found(path):
    """Lesson 01 once drew another surface, without an error, when the cell of its map was run again at the end."""
    found = other_when_alone(build.read_source(path).cells)
    known = ALONE.get(path.stem[:2], "")
    assert not found - set(known.split()), sorted(found)
