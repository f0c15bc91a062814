"""What an experiment says about a sentence: ``decide`` shows the sentence, what was tested, and what follows."""

from html import escape

from course_lib.data.claims import VERDICTS, load_claims


class Decision:
    """A sentence and what decides on it. ``verdict`` is "right", "false", "condition" or, after an interruption,
    "open"."""

    def __init__(self, claim, tests):
        self.claim, self.tests = claim, tests
        held = [held for held in tests.values() if held is not None]
        self.verdict = ("open" if len(held) < len(tests) else "right" if all(held) else
                        "condition" if any(held) else "false")

    @property
    def text(self):
        """All in words."""
        says = f"{' and '.join('Article ' + a for a in self.claim.articles)}: “{self.claim.quote}”"
        tests = "; ".join(f"{name}: {'open' if held is None else 'holds' if held else 'does not hold'}"
                          for name, held in self.tests.items())
        verdict = VERDICTS.get(self.verdict, "open, the experiment was interrupted")
        return f"{says}. {tests}. So the sentence: {verdict}."

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        return f"<p>{escape(self.text)}</p>"


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
