"""The numbers and rankings in the prose of lesson 04; see numerals.py."""

import numpy as np
from numerals import given, quoted, says

from course_lib import load_digits, load_new_writers
from course_lib.data import digit_forms, digits
from course_lib.experiments import interval
from course_lib.studies import writers

TEST = len(load_digits().t_test)


def wrong(o):
    """Wrong digits of each start."""
    return [float(n) for n in o.by("start", "wrong of 355").values()]


says("train it on digits to over 97 %;", "Every start gets more than 97 % right.",
     lambda o: TEST == 355 and len(wrong(o)) == 5 and all(n < 0.03 * TEST for n in wrong(o)))


@says("nearly all on the diagonal", "how many of the 355 held-out digits will a network get wrong?")
def on_the_diagonal(o):
    [accuracy] = o.printed(r"held-out accuracy \(%\): ([\d.]+)")
    return TEST == 355 and abs(accuracy - 100 * (1 - sum(wrong(o)) / 5 / TEST)) < 0.01 and accuracy > 97


says("batches of 32 in random order (`Batches`, lesson 05), momentum 0.9, 20 epochs",
     lambda o: [*o.coded(r"t_moved, (\d+), rng=rng\)\n    optimizer, total"), *o.coded(r"momentum=([\d.]+)")[:1],
                *o.coded(r"epochs=(\d+)")])
says("in four runs of 288 images, 0.05, 0.1, 0.2 and 0.4 left 28, 24, 17 and 22 mistakes; 40 epochs left 16 in place "
     "of 17, too little to wait for.",
     quoted("Measured 2026: `learn` on the moved images of 1,154 training digits, judged on the other 288 (the first "
            "of default_rng(100).permutation(1442), and of 101), seeds 20 and 21"))
says(r"$u \approx 1.1\cdot10^{-16}$.", lambda o: [np.finfo(float).eps / 2 * 1e16, 1e-16])
says("$h$ may be $10^{-30}$.", lambda o: np.imag((1 + 1e-30j) ** 2) / 1e-30 == 2)


@says("central, $h = 10^{-5}$", "| below $10^{-9}$ | right |", "| $10^{-9}$ to $10^{-6}$ | wrong |",
      "| $10^{-6}$ to $10^{-3}$ | wrong |", "| above $10^{-3}$ | wrong |",
      "Central differences with $h = 10^{-5}$ confirm a gradient to six digits or more (here to ten)")
def thresholds(o):
    """Right gradients, by both methods, of functions that differ in scale: all in the rows that are called right."""
    x, h = np.linspace(-2, 2, 41), 1e-5
    for f, slope in ((np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 / np.cosh(x) ** 2)):
        right = slope(x)
        central, imaginary = (f(x + h) - f(x - h)) / (2 * h), np.imag(f(x + 1e-30j)) / 1e-30
        scale = np.abs(right).max()
        if not (np.abs(imaginary - right).max() / scale < 1e-12 and np.abs(central - right).max() / scale < 1e-8):
            return False
    return True


says("with $N = 100$ is an error of $10^{-2}$.", lambda o: [100, abs(99 / 100 - 1)])


@says("two layers and a batch of 64: twice the width takes about four times as long, as exponent two says.")
def exponent(o):
    factor, _ = o.printed(r"Measured: ([\d.]+)\. You", section=7)          # the other one: 04-met
    return "N=64" in o.code(7) and "sum(seconds(w, 2))" in o.code(7) and 2 ** 1.7 < factor < 2 ** 2.4


@says("a backward takes less than three forwards at every width and depth, while the number of weights grows more than "
      "a hundredfold.")
def forwards(o):
    rows = o.table("backward / forward", "32", "64", "128", "256", "512", section=7)
    assert 8 * 512 ** 2 / 32 ** 2 > 100 and len(rows) == 4
    return all(0 < float(value) < 3 for row in rows for name, value in row.items() if name != "backward / forward")


@says("its V is higher and its bottom lies at a smaller step: by the table, $10^{-7}$ is better for it than $10^{-5}$, "
      "and worse for the central difference.", "$10^{-2}$, $10^{-5}$ or $10^{-12}$?")
def valleys(o):
    rows = {row["error below, at h ="]: {h: float(e) for h, e in row.items() if h.startswith("10")}
            for row in o.table("error below, at h =", section=6)}
    one, two, imaginary = rows["one-sided"], rows["central"], rows["complex step"]
    assert one["10⁻⁷"] < one["10⁻⁵"] and two["10⁻⁷"] > two["10⁻⁵"] and min(one.values()) > min(two.values())
    assert imaginary["10⁻¹²"] < 1e-14
    return "Measured: 10⁻⁵." in o.text(6)


@says("More than a hundred megabytes for one small layer, 256 gigabytes for a wide one.")
def jacobians(o):
    _, small, wide = [8 * row["numbers in the Jacobian"] for row in o.table("layer", "memory in float64", section=1)]
    return [wide / 1e9] if small > 1e8 else False


says("None of the three remembers its input. Sigmoid and tanh keep their *output*, relu a mask of ones and zeros.",
     lambda o: "Measured: none of them." in o.text(3) and o.text(3).count("keeps {'y': 'float64'}") == 2
     and "relu    keeps {'mask': 'bool'}" in o.text(3))
says("NumPy does not complain; only the numbers differ.", lambda o: "Measured: wrong numbers." in o.text(2))
says("Nothing changes. With a sum", lambda o: "Measured: 1." in o.text(4))
says("32 images, 96 features in, 72 out.", lambda o: "(32, 96, 72)" in o.code(1))
says("all derivatives of one number cost a small multiple of the number itself",
     quoted("Baur and Strassen 1983; Griewank and Walther 2008"))
says("Already 62 examples need more than the weights.", lambda o: all(
    (row["bytes of activations"] > row["bytes of weights and biases"]) == (row["batch"] >= 62)
    for row in o.table("batch", "bytes of activations", section=7)))
says("Never more than 3, however many weights there are.",
     lambda o: max(row["both / forward"] for row in o.table("widths", "both / forward", section=7)) < 3)
says("falling in a straight line from 0.2 to 0.", lambda o: "optimizer.lr = 0.2 * (1 - step / total)" in o.code(7))
says("ten times the plain step; a gradient that flips its sign is left with $1/(1+\\mu)$, about half of one step",
     lambda o: np.allclose(o.printed(r"gradient 1, times +-?1 at each step: velocity (\S+)", section=7),
                           [1 / (1 - 0.9), -1 / (1 + 0.9)], atol=0.02))
@says("At 8 both agree.")
def both_agree(o):
    at, *two, loss, slope = o.printed(
        r"logits 0 and (8): two steps (\S+) \[\[ ?(\S+) +\S+\]\], fused (\S+) \[\[ ?(\S+)")
    assert two == [loss, slope]
    return at


@says("class rounds to 0, its logarithm and")
def rounded(o):
    z = np.array([0.0, 800.0])
    return (np.exp(z - z.max()) / np.exp(z - z.max()).sum())[0]


says("and infinity times 0 is `nan`.", lambda o: str(float("inf") * 0) == "nan")
says("a single 1 as `dy` selects", "12 outputs and 8 weights:", "with the factor 1:", "all sizes are 3 below, and a",
     "The bracket is 1 where the condition holds, else 0.", "true class, else 0.", "row sums to 0.",
     "$NK$ entries; the 2 comes from the",
     "$x$ of shape (4, 3) and $g$ of shape (4, 1), each number of", "gradients of its copies have shape (4, 3).",
     "array has length 1.",
     "time grow by 8, by 4, or by 2?", "a shifted 3 is still a 3.", "its mistakes at 8 × 8 pixels.",
     given("shapes of examples, factors of derivations, the choices of a question"))


# ---- people never met ----------------------------------------------------------------------------------------------
says("the 13 people who wrote the held-out digits are the 13 who", "gives 3,823 digits by 30 others, made in the same",
     "the 13 people filled in 14.", lambda o: len(load_new_writers().t) == 3823 and len(digits.FORMS) == 14
     and set(digit_forms()[0]) == set(digit_forms()[1]) == set(range(14)))
says("**Prediction:** of 100 digits by people it never met", "or did the 30 write less clearly?", "or the 30 too.",
     given("a share of 100; Alpaydin and Kaynak 1998: 30 other writers"))
says("train on 1,442 digits of either group, judge on 355 others of the same people",
     lambda o: [len(load_digits().t_train), len(load_digits().t_test)])


def forms(o):
    """What the table of forms says: {what the form was: errors}, {...: more than where it was met}."""
    rows = o.table("the form was", "wrong (%)", section=7)
    return [{row["the form was"]: row[key] for row in rows} for key in ("wrong (%)", "more than met (points)")]


@says("Both directions show it: not only did the 30 write less clearly.")
def both_ways(o):
    rows = o.table("trained on", "the same people (%)", section=7)
    assert len(rows) == 2
    return all(row["the same people (%)"].below(row["the other people (%)"]) for row in rows)


@says("The same digits are misread more often where the form was not met (by form, 1.4 to 11.1 %): the hand, or "
      "what else is a form's.")
def by_form(o):
    wrong = writers.by_form_errors()
    mean, half = interval(wrong["new"] - wrong["met"])
    assert forms(o)[1]["not met"] == round(mean, 1) and len(wrong["new"]) == 14
    return [wrong["new"].min(), wrong["new"].max()] if mean > half else False


says("how strongly chosen on four forms left out", lambda o: len(writers.LEFT_OUT) == 4)


def few_and_many(o):
    return {row["forms"]: row["wrong of the 30 people's digits (%)"]
            for row in o.table("forms", "wrong of the 30", section=7)}


def changed(o):
    """What the table of changed training images says: {change: row}."""
    return {row["training images"]: row for row in o.table("training images", "strength", section=7)}


@says("As many digits, of 14 forms, not two, halve the errors on new people.")
def half(o):
    return 0.45 < few_and_many(o)[14] / few_and_many(o)[2] < 0.58 and few_and_many(o)[14].below(few_and_many(o)[2])


@says("With the 30 too (four times the digits), they misread 2.7 % of a new form, not 4.9.")
def more_people(o):
    wrong, _ = forms(o)
    found = writers.by_form_errors()
    fewer, half = interval(found["new"] - found["new, more people"])
    assert fewer > half
    return [wrong["not met, the 30 learnt from too"], wrong["not met"], 30]


@says("**Changed images** lower errors on new people by 0.9 points (five copies) and 0.5 (all three), other sizes "
      "alone do not. The gap hardly changes.")
def copies(o):
    more = {name: row["more than nothing (points)"] for name, row in changed(o).items() if name != "nothing"}
    assert all(more[name].below(0) for name in ("five copies", "all three"))
    assert min(more, key=more.get) == "five copies"
    assert more["size"].low < 0 < more["size"].high or abs(more["size"]) < 0.1
    gaps = {name: row["the 30 (%)"] - row["the 13 (%)"] for name, row in changed(o).items()}
    assert all(abs(gaps[name] - gaps["nothing"]) < 0.4 for name in ("five copies", "all three"))
    return [-more["five copies"], -more["all three"]]
