"""The self-test of lesson 16: many questions, checked at once, each wrong answer with the section that explains it."""

from html import escape

import ipywidgets as ipw

from course_lib.data.sections import section
from course_lib.data.selftest import load_selftest
from course_lib.page.notebook import Link, table
from course_lib.widgets.base import choice
from course_lib.widgets.predictions import keep, kept

MARKS = {"right": "✓ right", "wrong": "✗ not right", "open": "not answered"}


def judged(answers):
    """``{number of a question: its option or None}`` -> ``{number: "right", "wrong" or "open"}``."""
    return {q.number: "open" if answers.get(q.number) is None else
            "right" if answers[q.number] == q.right else "wrong" for q in load_selftest()}


def summary(answers):
    """How many are right, and which are not, in one line."""
    marks = judged(answers)
    count = {mark: [n for n, m in marks.items() if m == mark] for mark in MARKS}
    said = [f"{len(count['right'])} of {len(marks)} right."]
    if count["wrong"]:
        said.append(f"Not right: {', '.join(map(str, count['wrong']))}; below is why, and where to read.")
    if count["open"]:
        said.append(f"Not answered: {', '.join(map(str, count['open']))}.")
    return " ".join(said)


def explanations(answers):
    """A table of the questions that were answered wrongly: the answer, why it is another, the link to the section.
    None if there are none."""
    marks = judged(answers)
    rows = [[q.number, answers[q.number], q.because, Link(str(section(q.section)), section(q.section).link)]
            for q in load_selftest() if marks[q.number] == "wrong"]
    return table(rows, ["question", "your answer", "why it is another", "read"]) if rows else None


class SelfTest(ipw.VBox):
    """All questions with their options, a button that checks them at once, and one that takes all answers back.

    Each answer is kept when it is chosen, in the file of the predictions, so a test may be finished another day.
    """

    def __init__(self):
        self.controls, rows = {}, []
        for q in load_selftest():
            control = choice("", q.options, tooltip="")
            control.tooltips = [f"Question {q.number}: {option}" for option in q.options]
            before = kept(_key(q))
            control.value = before if before in q.options else None
            control.observe(lambda change, q=q: self._chosen(q, change["new"]), names="value")
            self.controls[q.number] = control
            rows.append(ipw.VBox([ipw.HTML(f"<b>{q.number}.</b> {escape(q.ask)}"), control],
                                 layout={"margin": "0 0 10px 0"}))
        self.check = ipw.Button(description=f"Check all {len(rows)}", tooltip="Check all answers at once",
                                layout={"width": "auto"})
        self.clear = ipw.Button(description="Take all answers back", tooltip="Take all answers back",
                                layout={"width": "auto"})
        self.check.on_click(lambda _: self.show())
        self.clear.on_click(lambda _: self._cleared())
        self._line, self.found = ipw.HTML(), ipw.Output()
        super().__init__([*rows, ipw.HBox([self.check, self.clear]), self._line, self.found])
        self._say(self._begun())

    @property
    def answers(self):
        """``{number: the chosen option or None}``."""
        return {number: control.value for number, control in self.controls.items()}

    @property
    def message(self):
        """The line below the buttons, as text."""
        return self._message

    def show(self):
        """Check all, and show what was found."""
        self._say(summary(self.answers))
        self._table(explanations(self.answers))

    def _begun(self):
        done = sum(value is not None for value in self.answers.values())
        return f"{done} of {len(self.controls)} answered."

    def _chosen(self, q, option):
        refused = keep(_key(q), option)
        self._table(None)
        self._say(self._begun() + (f" (It could not be written yet: {refused}.)" if refused else ""))

    def _cleared(self):
        for control in self.controls.values():
            control.value = None
        self._table(None)
        self._say(self._begun())

    def _table(self, found):
        self.found.outputs = ()
        if found:
            self.found.append_display_data(found)           # an output, not a widget: its links lead to the lessons

    def _say(self, message):
        self._message = message
        self._line.value = f'<div role="status" aria-live="polite">{escape(message)}</div>'

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options) or {}
        rows = []
        for q in load_selftest():
            where = section(q.section)
            rows.append(f"<li>{escape(q.ask)}<br>{' · '.join(map(escape, q.options))}"
                        f"<details><summary>Answer</summary>{escape(q.right)}. {escape(q.because)} "
                        f'<a href="{escape(where.link)}">{escape(str(where))}</a></details></li>')
        # Nothing here depends on the reader's answers: what is stored in a notebook is the same for everybody.
        bundle["text/html"] = (f"<ol>{''.join(rows)}</ol><em>To have your answers checked, run this cell; "
                               "or open the answers one by one.</em>")
        bundle["text/plain"] = "\n".join(f"{q.number}. {q.ask} {' / '.join(q.options)}" for q in load_selftest())
        return bundle


def self_test():
    """The self-test, with the answers that were kept."""
    return SelfTest()


def _key(q):
    return f"16-selftest-{q.number:02d}"
