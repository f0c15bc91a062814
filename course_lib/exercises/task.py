"""What a task is: its function, the cases it is tried on, and the mistakes that are known.

Everything stands once. The reference *is* the solution that the solved sheet shows; its name, arguments and docstring
are what the learner's sheet shows; a known mistake is the reference with a piece of its text replaced.
"""

import inspect
import textwrap
from collections import namedtuple
from dataclasses import dataclass
from functools import cached_property

Suspect = namedtuple("Suspect", "name hint function")
Suspect.__doc__ = "A typical wrong answer that no edit of the reference expresses: name, hint, and the function itself."


class Slip:
    """A typical mistake as an edit of the reference: ``Slip("transpose", "W is transposed", ("W.T", "W"))``.

    name   what the mistake is called, its own within a task
    hint   what the learner is told
    edits  pairs (old, new); old occurs exactly once in the text of the reference
    """

    def __init__(self, name, hint, *edits):
        self.name, self.hint, self.edits = name, hint, edits

    def __repr__(self):
        return f"Slip({self.name!r})"

    def edited(self, text):
        """``text`` with the mistake in it; ValueError if an edit does not fit."""
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"the slip {self.name!r} replaces {old!r}, which occurs {text.count(old)} times")
            text = text.replace(old, new)
        return text


def slips(old, *rows):
    """Slips that replace the same piece of the reference: a row is (name, hint, new)."""
    return tuple(Slip(name, hint, (old, new)) for name, hint, new in rows)


def forms(name, hint, *edits):
    """One mistake in several forms: each is a tuple of edits."""
    return tuple(Slip(name, hint, *form) for form in edits)


@dataclass(frozen=True)
class Step:
    """One step of a derivation: an entry of the dict that the answer returns.

    key      its name in the dict; ask: the question, a comment in the learner's copy
    choices  the answers to choose from, or empty where the answer is a small function
    small, cases, edges, outputs   of the small function, as for a task; its results are called by the key if none
    """

    key: str
    ask: str
    choices: tuple = ()
    small: tuple = None
    cases: object = None
    edges: object = None
    outputs: tuple = ()


@dataclass(frozen=True)
class Task:
    """A graded function.

    id, title              "04-1", "the backward of affine"
    level                  "fill in" (1-3 lines), "write" (a whole function), "derive" (steps), "explore" (open)
    difficulty, importance one to three; minutes: the time it should take
    reference              the right function, as the solved sheet shows it
    small                  arguments that can be computed by hand, or None
    cases                  ``cases(rng) -> arguments``: a random case of random size, or None; ``count`` of them are run
    edges                  {name: arguments or function(rng) -> arguments}: ties, zeros, one row, other scales, …
    outputs                names of the results, for messages
    suspects               typical mistakes: ``Slip`` or ``Suspect``, each with its own name
    rule                   True where the answer is a rule, (y, backward): cases then end with dy, and the results are
                           y and the gradients; "loss" where y is a number and backward takes nothing
    probes                 further stages: (title, ``probe(answer, rng) -> Fault or None``)
    batch                  ``batch(*arguments) -> N``, so that a factor of N is called by its name
    adapt                  ``adapt(answer) -> function of small and cases``, where the answer takes or gives something
                           else: it may return a Fault, where something else than the results is wrong
    names                  what the arguments of ``small`` are called when printed; those of the reference if None
    tolerance              relative to the largest entry of a result
    steps                  the steps of a derivation; the reference then takes nothing and returns a dict
    hunt                   the name of the slip with which the learner's copy of a bug hunt begins
    fresh                  True where the text asks for new arrays: what was given must not be given back
    shown                  a line printed when all is right, such as the formula that was derived
    needs                  ``needs() -> None``, or one line that says what is missing on this machine: then the answer
                           is not judged, which is neither right nor wrong. It loads what is there, outside the limits
    """

    id: str
    title: str
    level: str
    difficulty: int
    importance: int
    minutes: int
    reference: object
    small: tuple = None
    cases: object = None
    count: int = 4
    edges: object = None
    outputs: tuple = ("the result",)
    suspects: tuple = ()
    rule: object = False
    probes: tuple = ()
    batch: object = None
    adapt: object = None
    names: tuple = None
    tolerance: float = 1e-9
    steps: tuple = ()
    hunt: str = None
    fresh: bool = False
    shown: str = None
    needs: object = None

    @property
    def signature(self):
        """The call, as in "affine_backward(dy, x, W)"."""
        return f"{self.reference.__name__}{inspect.signature(self.reference)}"

    @cached_property
    def text(self):
        """The reference as it is written: the solution that the solved sheet shows."""
        return textwrap.dedent(inspect.getsource(self.reference)).rstrip("\n")

    @cached_property
    def mistakes(self):
        """All suspects as functions; slips are compiled beside the reference, whose helpers they share."""
        return tuple(Suspect(s.name, s.hint, self._compiled(s)) if isinstance(s, Slip) else s for s in self.suspects)

    def _compiled(self, slip):
        names = dict(self.reference.__globals__)
        exec(compile(slip.edited(self.text), f"<{self.id} {slip.name}>", "exec"), names)
        return names[self.reference.__name__]

    @property
    def start(self):
        """The learner's copy: signature and docstring; then a line that says "not done yet", the steps of a
        derivation with their questions, or the faulty body of a bug hunt."""
        head, body = _split(self.text)
        if self.steps:
            width = max(len(step.key) for step in self.steps)
            keys = [f'"{step.key}": ...,' for step in self.steps]
            lines = [f"        {key:<{width + 9}}# {step.ask}" for key, step in zip(keys, self.steps)]
            return "\n".join([head, "    return {", *lines, "    }"])
        start = f'{head}\n    raise NotImplementedError("exercise {self.id}: {self.title}")'
        if self.hunt:
            slip = next(s for s in self.suspects if s.name == self.hunt)
            start += "\n" + _split(slip.edited(self.text))[1]
        return start

    def heading(self):
        """The heading of the task in its sheet, and the line below: level, difficulty, importance, minutes."""
        dots = ["●" * n + "○" * (3 - n) for n in (self.difficulty, self.importance)]
        return (f"## {self.id} {self.title[0].upper()}{self.title[1:]}\n\n*{self.level}* · difficulty {dots[0]} · "
                f"importance {dots[1]} · about {self.minutes} minutes")


def _split(text):
    """The lines of a function's signature and docstring, and those of its body."""
    import ast
    function = ast.parse(text).body[0]
    lines = text.splitlines()
    first = function.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    end = first.end_lineno if has_docstring else first.lineno - 1
    return "\n".join(lines[:end]), "\n".join(lines[end:])
