"""What a notebook page needs from its surroundings: the source of a function, a clock, a table."""

import inspect
from html import escape

from course_lib.clock import fastest as fastest


def show_source(*objects):
    """Show the source of functions or classes, so that what is on the page is what runs."""
    from IPython.display import Markdown, display
    for thing in objects:
        source = inspect.getsource(inspect.unwrap(thing)).rstrip()
        display(Markdown(f"```python\n{source}\n```"))


def peak_memory(work, *arguments):
    """The highest mark of the memory that Python and NumPy take while ``work(*arguments)`` runs, in bytes."""
    import tracemalloc
    tracemalloc.start()
    try:
        work(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def table(rows, header, caption=""):
    """An HTML table of text; cells are escaped. Shown by a notebook, readable as plain text."""
    return Table(rows, header, caption)


def setup_table(rows):
    """The rows of ``course_lib.environment.check_setup`` as a table: what is needed, what was found, and what to do."""
    cells = [[r.what, r.needed, r.found, "✓ in place" if r.ok else "✗ " + r.remedy] for r in rows]
    return table(cells, ["what", "needed", "found", "status"])


def origin_table(name):
    """How a file of stored results was made, as a table: steps, seeds, sizes, what was averaged, the command."""
    from course_lib.data import origin
    facts = origin(name)
    if not facts:
        raise ValueError(f"origin_table: {name} holds no results of ours; SOURCES.md tells where it comes from")
    return table(list(facts.items()), ["stored", name])


class Link(str):
    """A cell of a table that leads somewhere: the text, and ``href``, relative to the notebook that shows it."""

    def __new__(cls, text, href):
        self = super().__new__(cls, text)
        self.href = href
        return self


class Table:
    """Rows of cells under a header."""

    def __init__(self, rows, header, caption=""):
        self.rows = [[cell if isinstance(cell, Link) else str(cell) for cell in row] for row in rows]
        self.header, self.caption = [str(h) for h in header], caption

    def _repr_html_(self):
        head = "".join(f'<th scope="col" style="text-align:left">{escape(h)}</th>' for h in self.header)
        body = "".join(
            "<tr>" + "".join(f'<td style="text-align:left{_mood(c)}">{_linked(c)}</td>' for c in row) + "</tr>"
            for row in self.rows)
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self):
        lines = [self.header, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip() for line in lines)


def _linked(cell):
    return f'<a href="{escape(cell.href)}">{escape(cell)}</a>' if isinstance(cell, Link) else escape(cell)


# Light badges with dark signs: a background of their own, since the one of the page is white in JupyterLab's light
# theme and nearly black in its dark one.
MOODS = {"✓": ("#00513B", "#DCF2E9"), "✗": ("#8A3A00", "#FBE7D9")}


def _mood(cell):
    """✓ in green and ✗ in vermillion, darker than the palette's, for contrast; the sign itself tells it too."""
    if cell[:1] not in MOODS:
        return ""
    colour, background = MOODS[cell[:1]]
    return f";color:{colour};background-color:{background};font-weight:bold"
