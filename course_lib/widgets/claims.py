"""All sentences of the five articles: the reader gives a verdict first, then sees ours, and the page keeps the score.

What the widget says is made by pure functions of the reader's answers, ``{id: verdict}``. The first answer counts,
until it is taken back; answers are kept where the guesses of all lessons are (``predictions``), under "16-claim-A8".
"""

from html import escape

import ipywidgets as ipw

from course_lib.data.bibliography import OTHERS, work
from course_lib.data.claims import ARTICLES, TOPICS, VERDICTS, load_claims, ordered
from course_lib.widgets import predictions
from course_lib.widgets.base import choice, slider, toggle

ANY, OPEN = "all", "not judged yet"
PAGE = 12                       # rows of the table that are shown at once: nobody has to scroll inside a cell
KEY = "16-claim-"
_CELL = "text-align:left;padding:0 12px 0 4px"


# ---- from answers to text ---------------------------------------------------------------------------------------

def listed(answers, show=ANY, article=ANY, topic=ANY, everything=False):
    """The claims that pass the filters. ``show`` is ``ANY``, ``OPEN`` or a verdict: of ours, where it may be seen."""
    def passes(claim):
        seen = everything or claim.id in answers
        return ((article == ANY or article in claim.articles) and topic in (ANY, claim.topic)
                and (show == ANY or (claim.id not in answers if show == OPEN else seen and claim.verdict == show)))
    return [claim for claim in ordered() if passes(claim)]


def score(answers):
    """``{our verdict: (judged as we do, judged at all)}``."""
    claims = load_claims()
    return {verdict: (sum(claims[i].verdict == answers[i] == verdict for i in answers),
                      sum(claims[i].verdict == verdict for i in answers)) for verdict in VERDICTS}


def score_line(answers):
    """The score in one line."""
    found = score(answers)
    agreed, judged = map(sum, zip(*found.values()))
    line = f"Judged: {judged} of {len(load_claims())}, as we do: {agreed}."
    parts = [f"{VERDICTS[v]} {a} of {n}" for v, (a, n) in found.items() if n]
    return f"{line} By our verdict: {'; '.join(parts)}." if parts else line


def next_open(claims, answers, after=-1):
    """The place of the next claim that is not judged, beginning behind ``after`` and round; None if there is none."""
    places = [*range(after + 1, len(claims)), *range(0, after + 1)]
    return next((i for i in places if claims[i].id not in answers), None)


def said_by(claim):
    """Who says it, in words."""
    first, *others = claim.articles
    also = f"; also article{'s' * (len(others) > 1)} {' and '.join(others)}" if others else ""
    return f"Article {first}, {ARTICLES[first]}{also}"


def source(key):
    """``"rumelhart1986"`` -> "Rumelhart, Hinton, Williams 1986"."""
    entry = work(key)
    return f"{', '.join(entry.surnames)}{' and others' if OTHERS in entry.authors else ''} {entry.year}"


def verdict_html(claim):
    """Our verdict with its reason, sources, and the link to where it is shown."""
    where = claim.section
    test = "Tested in" if claim.starred else "Shown in"
    figure = f" There: {escape(claim.figure)}." if claim.figure else ""
    return (f"<b>{VERDICTS[claim.verdict]}</b>. {escape(claim.truth)} "
            f'{test} <a href="{escape(where.link)}" style="text-decoration:underline">{escape(str(where))}</a>.'
            f"{figure} "
            f"Sources: {escape(', '.join(map(source, claim.sources)))}.")


def sentence_html(claim, number, count):
    """The open sentence and who says it."""
    return (f"Sentence {number} of {count}.<br><b>“{escape(claim.quote)}”</b><br>"
            f"{escape(said_by(claim))}. Topic: {TOPICS[claim.topic]}.")


def answer_html(claim, answer, everything=False):
    """What stands below the buttons: nothing of ours before an answer."""
    if answer is None and not everything:
        return "Right, false, or in between? Give your verdict, and ours is shown."
    you = "" if answer is None else (f"You: {VERDICTS[answer]}, as we do. " if answer == claim.verdict
                                     else f"You: {VERDICTS[answer]}, not as we do. ")
    return f"{you}We: {verdict_html(claim)}"


def table_html(claims, answers, current=0, everything=False):
    """The page of the table on which the open sentence stands, its row marked; our verdict where it may be seen."""
    first = current // PAGE * PAGE
    rows = []
    for i, claim in enumerate(claims[first:first + PAGE], first):
        yours = VERDICTS[answers[claim.id]] if claim.id in answers else "–"
        ours = VERDICTS[claim.verdict] if everything or claim.id in answers else "hidden"
        mark = ' aria-current="true"' if i == current else ""
        cells = (f"“{claim.quote}”", ", ".join(claim.articles), TOPICS[claim.topic], yours, ours)
        rows.append(f'<tr{mark}><th scope="row">{"▶ " if mark else ""}{i + 1}</th>'
                    + "".join(f'<td style="{_CELL}">{escape(c)}</td>' for c in cells) + "</tr>")
    head = "".join(f'<th scope="col" style="{_CELL}">{h}</th>'
                   for h in ("", "sentence", "article", "topic", "yours", "ours"))
    caption = f"Sentences {first + 1} to {first + len(rows)} of {len(claims)}" if rows else "No sentence"
    return (f'<table><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>")


def still_html():
    """The whole table for a page without a kernel: our verdicts folded away."""
    rows = "".join(
        f'<tr><th scope="row">{i}</th><td style="text-align:left">“{escape(c.quote)}”</td>'
        f'<td>{", ".join(c.articles)}</td><td style="text-align:left">{TOPICS[c.topic]}</td>'
        '<td style="text-align:left"><details><summary style="white-space:nowrap">verdict</summary>'
        f"{verdict_html(c)}</details></td></tr>"
        for i, c in enumerate(ordered(), 1))
    head = "".join(f'<th scope="col" style="text-align:left">{h}</th>'
                   for h in ("", "sentence", "article", "topic", "ours"))
    return (f"<p>All {len(load_claims())} sentences. <em>To give your verdicts and have them kept, run this cell; or "
            "judge first and open ours afterwards.</em></p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


# ---- what is kept -----------------------------------------------------------------------------------------------

def kept_answers():
    """The reader's verdicts, ``{id: verdict}``, and one sentence for each file that could not be used."""
    found, problems = predictions.all_kept(KEY)
    answers = {key.removeprefix(KEY): value for key, value in found.items()}
    return {i: v for i, v in answers.items() if i in load_claims() and v in VERDICTS}, problems


# ---- the widget -------------------------------------------------------------------------------------------------

class Claims(ipw.VBox):
    """Filters, one open sentence with four buttons, the score, and the table."""

    def __init__(self):
        verdicts = [(word, key) for key, word in VERDICTS.items()]
        self.show = choice("Show", [(ANY, ANY), (OPEN, OPEN), *verdicts], ANY,
                           tooltip="by our verdict, where you have judged")
        self.article = choice("Article", [ANY, *ARTICLES], ANY)
        self.topic = choice("Topic", [(ANY, ANY), *((name, key) for key, name in TOPICS.items())], ANY)
        self.everything = toggle("Show all verdicts (for teachers)")
        self.position = slider("Sentence", 1, 1, len(load_claims()), tooltip="which sentence is open")
        self.verdict = choice("Your verdict", verdicts)
        self.following = self._button("Next not judged", self._next)
        self.back = self._button("Take back", self._take_back)
        self.reset = self._button("Reset the filters", self._reset)
        self._sentence, self._answer, self._table = ipw.HTML(), ipw.HTML(), ipw.HTML()
        self._busy, self._said = False, ""
        for control in (self.show, self.article, self.topic, self.everything):
            control.observe(lambda change: self._filter(), names="value")
        self.position.observe(lambda change: self._draw(), names="value")
        self.verdict.observe(lambda change: self._judge(change["new"]), names="value")
        super().__init__([self.show, self.article, self.topic, ipw.HBox([self.everything, self.reset]), self.position,
                          self._sentence, self.verdict, ipw.HBox([self.following, self.back]), self._answer,
                          self._table])
        self._filter()

    @property
    def current(self):
        """The open claim, or None where no sentence passes the filters."""
        return self.claims[self.position.value - 1] if self.claims else None

    @property
    def message(self):
        """What stands below the buttons, as HTML."""
        return self._answer.value

    def _button(self, text, action):
        button = ipw.Button(description=text, tooltip=text, layout={"width": "auto"})
        button.on_click(lambda _: action())
        return button

    def _filter(self, keep=None):
        """Make the list anew. It stays as it is while sentences are judged: none vanishes under the reader's eyes."""
        if self._busy:
            return
        keep = keep or (self.current.id if getattr(self, "claims", None) else None)
        answers, _ = kept_answers()
        self.claims = listed(answers, self.show.value, self.article.value, self.topic.value, self.everything.value)
        ids = [claim.id for claim in self.claims]
        self._busy = True
        try:
            self.position.value = 1
            self.position.max = max(len(ids), 1)
            self.position.value = ids.index(keep) + 1 if keep in ids else 1
        finally:
            self._busy = False
        self._draw()

    def _draw(self):
        if self._busy:
            return
        answers, problems = kept_answers()
        claim, at, everything = self.current, self.position.value - 1, self.everything.value
        answer = answers.get(claim.id) if claim else None
        self._busy = True
        try:
            self.verdict.value = answer
        finally:
            self._busy = False
        sentence = sentence_html(claim, at + 1, len(self.claims)) if claim else "No sentence passes these filters."
        below = [answer_html(claim, answer, everything)] if claim else []
        below += [escape(line) for line in (score_line(answers), self._said, *problems) if line]
        self._said = ""
        self._sentence.value = f'<div role="status" aria-live="polite">{sentence}</div>'
        self._answer.value = f'<div role="status" aria-live="polite">{"<br>".join(below)}</div>'
        self._table.value = table_html(self.claims, answers, at, everything)

    def _judge(self, verdict):
        if self._busy or verdict is None:
            return
        if self.current is None:
            return self._draw()
        # No button is ever switched off: the keyboard's focus would be lost with it.
        if self.everything.value:
            self._said = "All verdicts are shown: hide them to judge for yourself."
        elif self.current.id in kept_answers()[0]:
            self._said = "The first answer counts. Take it back to give another."
        else:
            self._keep(verdict)
        self._draw()

    def _keep(self, verdict):
        refused = predictions.keep(KEY + self.current.id, verdict)
        if refused:
            self._said = f"It is kept in this notebook; it could not be written yet: {refused}."

    def _take_back(self):
        if self.current and self.current.id in kept_answers()[0]:
            self._keep(None)
        self._draw()

    def _next(self):
        """Open the next sentence of the list that is not judged; the list is made anew."""
        answers, _ = kept_answers()
        at = next_open(self.claims, answers, self.position.value - 1) if self.claims else None
        if at is None:
            self._said = "Of these sentences all are judged."
            return self._draw()
        self._filter(keep=self.claims[at].id)

    def _reset(self):
        self._busy = True
        try:
            self.show.value, self.article.value, self.topic.value, self.everything.value = ANY, ANY, ANY, False
        finally:
            self._busy = False
        self._filter()

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options) or {}
        # Nothing here depends on the reader: what is stored in a notebook is the same for everybody.
        bundle["text/html"] = still_html()
        bundle["text/plain"] = (f"A table of {len(load_claims())} sentences of five articles. Give your verdict on "
                                "each, then ours is shown, and the score is kept.")
        return bundle


def claims_explorer():
    """The table of all claims: the reader judges first."""
    return Claims()
