"""The numbers in the texts of the exercise sheets; see numerals.py. The solved sheets are read: their text is the same.

That the answers which these texts describe are right is checked with the tasks; here stands what the texts say beside.
"""

import inspect
import math

import numpy as np
from numerals import given, on, says

from course_lib import ReLU
from course_lib.data import adding_problem
from course_lib.exercises import lesson04, tasks
from course_lib.studies import diagnosis

RANGES = given("a range, a first number, a factor, a case that the text sets")



def large_logits():
    return tasks()["04-3"].edges["large logits"][0]


def relu_at_0():
    """The gradient that the library's ReLU lets through at 0."""
    return ReLU()(np.zeros((1, 1)))[1](np.ones((1, 1)))


on("sheet01")
says("not only 0 or 1.", "the last factor is 1.", "need not be at 0.", RANGES)
says("bends 1000 times as much as", given("a question to think on"))

on("sheet02")
says("exponent is above 0.", "rounded to 0.", "a margin of 1 below the", "would add 1 in every row", RANGES)
says("At exactly 0 the slopes of the last two are 0 and 0.01.",
     lambda o: np.ravel([slopes[0] for slopes in tasks()["02-6"].reference(np.zeros(1))][-2:]).tolist() == [0, 0.01])

on("sheet03")
says("larger of the two with slope 1.", "the numbers `x` as values 0, 1, …; each",
     "`(\"*\", 0, 1)` appends value 0 times value 1", "as quickly for 500 numbers as for 2.",
     "Start with gradient 1 for the last", RANGES)
says("tanh must take any $x$: at 1000 it is 1, with slope 0.", "tanh must take any $a$: at 1000 it is 1, with slope 0.",
     lambda o: [1000, math.tanh(1000), 1 - math.tanh(1000) ** 2])

on("sheet04")
says("with the factor 1.", "exactly, the gradient is 0.", "0$, else 0. In NumPy, `x > 0` counts as 1 and 0 in a",
     "an entry of 0, and an", "Here $e_i$ is 1 at entry $i$, else 0:", "slope of relu at 0 is 0.", RANGES)
says("Logits may lie anywhere between −1000 and 1000. $$", lambda o: np.abs(large_logits()).max())
says("Where $z_1$ is exactly 0, the gradient through relu is 0. Logits may lie anywhere between −1000 and 1000.",
     lambda o: [0, *np.ravel(relu_at_0()), large_logits().min(), large_logits().max()])
says("at least $10^{-7}$ and at most $10^{-3}$.", lambda o: "must lie between 1e-7 and" in inspect.getsource(lesson04)
     and '"1e-3, and 1e-5 is good' in inspect.getsource(lesson04))

on("sheet05")
says("A class of 30 has the mean mark 2, a class of 10 the mean mark 4. What is the mean mark of all 40?",
     lambda o: [30, 2, 10, 4, 30 + 10])         # the last one adds up
says("are counted from 1; losses are means", "row numbers from 0 to $n -", "batches start at 0, `size`, 2 `size`, and",
     "`k`, counted from 1. It rises in", "update `k`, from 0 to 1.",
     "s)$ falls from 1 to 0 while the share $s$ runs from 0 to 1.", "`k`, counted from 1. The first `every`",
     "for `k` from 1 to 7 and `every =", "between 0 and 1.", "a mean over 5 rows and a mean over 2 rows weigh most?",
     RANGES)

on("sheet06")
says("the step, from 1.", "length `a` among 1, `shrink`, `shrink`², ...", "are cut by 4?", RANGES)
says("in a unit 1000 times smaller", "the step must be 1000 times larger", given("an edge of the task: units"))

on("sheet12")
says("first sample that is not 0 to its last:", "What is 0 stays 0; `x` stays", "lists where a word is not 0.", RANGES)
says("take the power of ten: 20 dB are ten times the amplitude.", lambda o: 10 ** (20 / 20) == 10)
says("add up to 1.", "have the weights 0, ½, 1, ½.", "a number above 0, are constants:",
     "the examples, adding 1 to one cell", "0 / 0 is nan, but 0 / 1 is 0.", RANGES)

on("sheet08")
says("holds gets 0.", "entry number 5 of a window of 3 × 3?", "and sees 1.", "on the 8 × 8 digits.", RANGES)

on("sheet09")
says("before step 0.", "steps 0 to `window` − 1 are the", "`limit` is 0 or above. A guard against 0/0 such as",
     "never above 1.", RANGES)


@says("The adding problem of section 5, over six steps.", "Always saying 1 has an error of 0.167.")
def always_one(o):
    _, sums = adding_problem(np.random.default_rng(0), 6, 200_000)
    return abs(np.mean((sums - 1) ** 2) - 1 / 6) < 0.002 and "adding_problem(rng, 6, 32)" in o.source \
        and round(1 / 6, 3) == 0.167


on("sheet10")
says("at least 1.", "may be 0. The state", "is not 0, but it", "may be 0. Leave $U$", "of them 0, shrink by", RANGES)
says("until the largest change is below $10^{-12}$. It takes",
     lambda o: "while change > 1e-12" in tasks()["10-4"].text)

on("sheet11")
says("a margin of 0.1, or batches `rng.choice(train,", given("a setting to try"))
says("is at least 1, and less than", "threshold grows from 0?", "has shape (N, 1), and can divide",
     "maximum is not 0; elsewhere all three are 0.", "whose maximum is 0 has no gradient.",
     "accepts too many, the threshold is 0.", "for a FAR of at most 0.01:", RANGES)
says("4,950 pairs of ten people are not 4,950 observations", lambda o: [100 * 99 // 2] * 2)
says("Three people, three pairs, the pair of 0 and 1 is wrong. Without 0 one pair is left: what is its share of "
     "errors? Without 1? Without 2?", given("the small case of the task"))

on("sheet07")
says("With empty lists the ratio is 1.", "$\\gamma$ may be 0 or negative, $\\varepsilon$ is above 0, however small.",
     "has shape (N, 1) and is repeated", "The rate $r$ may be 0.", "The factor is 0, or $1/(1-r)$. In NumPy, truth "
     "values count as 1 and 0.", "At 0 the ReLU counts as shut, with slope 0; above 0, by however little, it is open.",
     "they may be 0 or negative.", "Losses may start anywhere, at 0.5 or at 10:", RANGES)
says("Five networks were trained on 200 digits", lambda o: diagnosis.ROWS)


@says("For losses 1.0, 0.8, 0.9, 0.7, 0.8, 0.7, 0.9, 0.5 and patience 3: stop at epoch 7, best epoch 4. The 0.5 is "
      "never seen.")
def stopped(o):
    losses = np.array([1.0, 0.8, 0.9, 0.7, 0.8, 0.7, 0.9, 0.5])
    return tasks()["07-8"].reference(losses, 3) == (7, 4)

on("sheet13")
says("0 may stand anywhere in the row. Row 0 of `E` is a row", "holds $1/T_n$ at real words and 0 elsewhere.",
     given("the number of no word"))

on("sheet14")
says("as if the switch were a ramp from −1 to 1:", RANGES)

on("sheet15")
says("keep the states 0, k, 2k, …, where state 0 is `x`", given("what the task counts from"))
says("two hidden ReLU layers, 10 labels or any other number of them", "the slope of ReLU is taken to be 0",
     "`b` is 1 with probability", "For a unit that is 1 with probability", "(sum of all − own) / (N − 1)", RANGES)
