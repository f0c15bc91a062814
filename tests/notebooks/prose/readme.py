"""The numbers in README.md; see numerals.py."""

import re
import tomllib

from numerals import LESSONS, ROOT, computed, given, lesson, page, quoted, says, stated, title

from course_lib.data.claims import load_claims
from course_lib.data.selftest import load_selftest
from course_lib.exercises import guard, tasks
from course_lib.exercises.__main__ import NOT_DONE, NOTHING, RIGHT, WRONG

SOURCES = {part.splitlines()[0]: part for part in
           (ROOT / "course_lib/data/SOURCES.md").read_text(encoding="utf-8").split("\n## ")}
SHEETS = {path.stem[:2]: path for path in sorted((ROOT / "exercises").glob("*.ipynb"))}
PYTHON = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"][2:]

says(f"Needed: Python {PYTHON} or newer", f"If `python3` is older than {PYTHON}, write", computed())
says("the network of 1989 that read zip codes", quoted("LeCun and others 1989, Neural Computation 1, 541-551"))
says(f"After lessons {LESSONS[0]} to {LESSONS[-1]} you can", computed())
says(*(f"| [{title(number)}](notebooks/{lesson(number).path.name}) |" for number in LESSONS), computed())


@says("Each lesson from 01 to 15 has a sheet of the same name")
def sheets(o):
    assert LESSONS[-1] == "16"
    return [SHEETS[number].stem for number in LESSONS[1:-1]] == [lesson(number).path.stem for number in LESSONS[1:-1]]


says("thirty questions over the whole course", lambda o: len(load_selftest()) == 30)
says("the 17 lessons take about 24 hours, and their 114 tasks about 28 more",
     lambda o: [len(LESSONS), round(sum(stated(number) for number in LESSONS) / 60), len(tasks()),
                round(sum(task.minutes for task in tasks().values()) / 60)])
says("What 131 sentences of five articles", lambda o: [len(load_claims())])


@says("Three hints are folded away under each task")
def hints(o):
    texts = {number: path.read_text(encoding="utf-8") for number, path in SHEETS.items()}
    return all(len(re.findall("<details><summary>Hint", texts[number])) == 3 * sum(
        task.startswith(number) for task in tasks()) for number in SHEETS)


says("the division by the batch size N = 5 missing", given("an example of what a check says"))
says(f"An answer may take {guard.SECONDS} seconds, {guard.BYTES // 1024 ** 3} GB of memory and "
     f"{guard.CHARACTERS:,} printed characters", computed())
says(f"The exit status is {RIGHT} for right, {WRONG} for wrong, {NOT_DONE} for not done yet, {NOTHING} where nothing "
     "could be checked", computed())
says(f"00 takes {stated('00')} minutes", computed())
says("01 to 03 an hour each", lambda o: {stated(number) for number in ("01", "02", "03")} == {60})
says("04 an hour and a half", lambda o: stated("04") == 90)
says("under CC BY 4.0,", "two sets of 8 × 8 pixels", lambda o: all(
    "CC BY 4.0" in SOURCES[name] and "8 × 8" in SOURCES[name] for name in ("digits.npz", "new_writers.npz")))
says("and 5,000 of MNIST under CC BY-SA 3.0;",
     lambda o: "CC BY-SA 3.0" in SOURCES["mnist_5k.npz"] and [5000, 3.0])
says("mei and nitech are under CC BY 3.0", lambda o: bool(
    re.search(r'"mei".*"nitech".*CC BY 3\.0', SOURCES["commands.npz"], re.S)))
says("The film ratings of lesson 13 (MovieLens; Harper and Konstan, 2015) are **not** under the MIT licence",
     lambda o: "not the MIT licence" in SOURCES["ratings.npz"] and [13, 2015])
says("Kokoro under the Apache licence 2.0", lambda o: "Kokoro (Apache-2.0" in SOURCES["commands.npz"])
says("The design in five sentences", lambda o: len(re.findall(r" \d\. ", next(
    piece.text for piece in page("readme").markdown if piece.text.startswith("## The design")))) == 5)
