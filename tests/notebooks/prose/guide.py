"""The numbers in solutions/GUIDE.md; see numerals.py."""

import re

from numerals import LESSONS, ROOT, computed, given, says, slider_takes, stated, title

from course_lib.exercises import tasks
from course_lib.widgets.lesson10 import relaxation_explorer

LESSON_NUMBERS = LESSONS[1:-1]                  # with a sheet

says("**The question** (5 minutes)", "at the board** (15 to 25 minutes)", "**The explorer** (5 minutes)",
     given("advice, from no measurement"))

for number in LESSON_NUMBERS:
    sheet = sum(task.minutes for task in tasks().values() if task.id.startswith(number))
    says(f"| {title(number)} | {stated(number)} | {sheet} | {number}-", computed())


says(f"| {title(LESSONS[-1])} | {stated(LESSONS[-1])} | none |", computed())


@says("if there is time for only three tasks")
def three_of_each(o):
    rows = re.findall(r"^\| (\d\d) [^|]*\| \d+ \| \d+ \| ([^|]*) \|$", o.lesson.cells[0]["source"], re.M)
    chosen = {number: names.split(", ") for number, names in rows}
    assert sorted(chosen) == LESSON_NUMBERS
    return all(len(set(names)) == 3 and all(name in tasks() and name.startswith(number) for name in names)
               for number, names in chosen.items())


@says("where learners stumble, and what the checks can and cannot do")
def tasks_that_are_named(o):
    return set(re.findall(r"\b\d\d-\d{1,2}\b", o.lesson.cells[0]["source"])) <= set(tasks())


# Which lesson's learners say it.
STUMBLES = {
    "01": ('"The learning', "99 % right, and proud"),
    "02": ("softmax over", '"Cross-entropy'),
    "03": ("a closure", "`=` for"),
    "04": ("transposes", "a missing sum", "the update", '"The test error'),
    "05": ("the mean of", "sum and mean", '"Mini-batches'),
    "06": ("`v *=", "Adam's", "λθ"),
    "07": ('"The weight', "dx of", "γ pulled"),
    "08": ("`=` for", "the last window", '"Convolution'),
    "09": ("the dh", "`hs[-1]`", "only one"),
    "10": ('"A network', "U for", "a fixed number"),
    "11": ("a random split", "false accepts", '"Frozen', '"± 0.005', "a loss"),
    "12": ('"Nearly all', "`np.fft", "`=` for", "a random answer", "`counts"),
    "13": ('"The network', "the payment", '"The subtraction', "padding", "one payment", "`dP[users]"),
    "15": ("the last segment", '"It learns without', "integrated gradients begun", "the step first cut", "own loss"),
    "16": ('"The articles', '"Who found'),
    "14": ('"The framework', "`optimizer", "a square W", "a softmax"),
}
says(*(f"| {number} | {words}" for number, rows in STUMBLES.items() for words in rows), given("the lesson's number"))

says("the limit is 2 divided by the curvature", "t counts from 1 |", "A `dy` of ones must give 0 |",
     "the state before step 0 |", 'the trunk is 0", and', "0 means one point",
     "for there are 4,950 pairs", "the matrix of (0, 0), (0, 0) |",
     "seven steps and k = 3, on paper", "integrated gradients begun at 0,",
     given("what the lessons derive"))
says("a class of 30 and a class of 10, by hand", "how many frames hold sample 5?", given("examples for the board"))
says("the relaxation explorer at radius 1.2",
     lambda o: slider_takes(relaxation_explorer, "Spectral radius of U", 1.2))


@says("right answer under 50 seeds, with right answers")
def seeds(o):
    test = (ROOT / "tests/exercises/test_tasks.py").read_text(encoding="utf-8")
    return [int(seeds) for seeds in re.findall(r"for seed in range\((\d+)\) if not", test)]


@says("with at least five typical wrong ones")
def planted(o):
    return "PLANTED.get(task_id, [])}) >= 5" in (ROOT / "tests/exercises/test_planted.py").read_text(encoding="utf-8")
