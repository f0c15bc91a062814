"""What an experiment says about a sentence: ``decide`` shows the sentence, what was tested, and what follows."""

from html import escape

from course_lib.data.claims import ARTICLES, VERDICTS, load_claims

_ALLOWED = {"muddled": ("false", "condition")}      # what tests can find of a sentence that mixes two things
_SIGNS = {True: "✓ holds", False: "✗ does not hold", None: "? open"}
_BOX = "border:1px solid #8a8a8a;border-radius:4px;padding:2px 14px;margin:4px 0;max-width:50em"


class Decision:
    """A sentence and what decides on it. ``verdict`` is "right", "false", "condition" or, after an interruption,
    "open"; ``listed`` is the verdict of the list, ``agrees`` tells whether the two go together (None while open)."""

    def __init__(self, claim, tests):
        self.claim, self.tests, self.listed = claim, tests, claim.verdict
        held = [held for held in tests.values() if held is not None]
        self.verdict = ("open" if len(held) < len(tests) else "right" if all(held) else
                        "condition" if any(held) else "false")
        self.agrees = None if self.verdict == "open" else self.verdict in _ALLOWED.get(self.listed, (self.listed,))

    @property
    def says(self):
        """Who says it: ``"Article B, “Backpropagation”, Deepchecks glossary; also article A"``."""
        first, *others = self.claim.articles
        also = f"; also article{'s' * (len(others) > 1)} {' and '.join(others)}" if others else ""
        return f"Article {first}, {ARTICLES[first]}{also}"

    @property
    def follows(self):
        """What follows from the tests, and what the list says."""
        held = sum(held is True for held in self.tests.values())
        found = {"open": "open, the experiment was interrupted",
                 "condition": f"{VERDICTS['condition']}, {held} of {len(self.tests)} hold"}.get(
                     self.verdict, VERDICTS.get(self.verdict))
        return f"The experiment says: {found}. The list says: {VERDICTS[self.listed]}."

    @property
    def text(self):
        """All in words, one line for each test."""
        return "\n".join([f"“{self.claim.quote}”", f"  ({self.says})",
                          *(f"  {_SIGNS[held]}: {name}" for name, held in self.tests.items()), self.follows])

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        tests = "".join(f"<li>{_SIGNS[held]}: {escape(name)}</li>" for name, held in self.tests.items())
        return (f'<div role="group" aria-label="Sentence {self.claim.id}, tested" style="{_BOX}">'
                f"<p><b>“{escape(self.claim.quote)}”</b><br/>{escape(self.says)}</p>"
                f'<ul style="list-style:none;padding-left:1em">{tests}</ul>'
                f"<p>{escape(self.follows)}</p></div>")


def decide(claim_id, tests):
    """What an experiment says about a claim: the last expression of its cell.

    claim_id  of ``load_claims()``, "A8"
    tests     ``{what the sentence says, in one case: did it hold?}``; None where the experiment was interrupted.
              All hold: right. Some: it needs a condition. None: false (or it mixes two things)
    """
    claims = load_claims()
    if claim_id not in claims:
        raise ValueError(f"there is no claim {claim_id!r}; known are {', '.join(claims)}")
    if not tests:
        raise ValueError(f"decide({claim_id!r}, …): nothing was tested; give {{what was tested: did it hold?}}")
    return Decision(claims[claim_id], {name: None if held is None else bool(held) for name, held in tests.items()})
