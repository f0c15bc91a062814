"""What the prose of lesson 16 says, and what carries it."""

import inspect
import re

import numpy as np
from numerals import given, quoted, says

from course_lib.data import load_digits
from course_lib.data.claims import load_claims
from course_lib.studies import myths_meaning as meaning

# ---- claims ----------------------------------------------------------------------------------------------------------

# TODO claims

# ---- travel ----------------------------------------------------------------------------------------------------------

# TODO travel

# ---- meaning ---------------------------------------------------------------------------------------------------------

says("(1: same direction, 0: unrelated)", given("what a cosine is"))
says("a race to a loss of 1 nat on 200 digits,",
     lambda o: "x_train[:200]" in inspect.getsource(meaning.race)
     and [inspect.signature(meaning.race).parameters["goal"].default, 200])
says("a forward with its backward counts as three passes",
     lambda o: "passes += 2" in inspect.getsource(meaning.by_gradient))
says("$\\eta = 0.5$, one step", lambda o: "max(wrong[0.5])" in o.code(3)
     and [inspect.signature(meaning.updated).parameters["lr"].default])
says("(Rumelhart, Hinton and Williams 1986 propagate *errors* back; updates follow.)",
     quoted("Rumelhart, Hinton, Williams 1986, Nature 323, title and equations (4) to (8)"))


@says("Labels decide, if less at the first step than one may think.",
      "Shuffled labels tell little but that each class is one in ten", "a network first learns to prefer none.")
def labels_decide(o):
    row, = o.table("cosine, true and shuffled", section=3)
    return (row["cosine, true and shuffled"] > 0.3 and row["shuffled and a tenth each"] > 0.9
            and row["after shuffled labels"].below(row["new digits read"]))


@says("the same weights, bit for bit. Who changes a matrix too early gets another gradient",
      "by a share that here grows nearly like $\\eta$.")
def too_early(o):
    wrong = o.by("η", "dW of layer 1, wrong by %", section=3)
    rates = sorted(wrong, key=float)
    assert "the order of the updates matters: does not hold" in o.text(3)
    return all(0.8 < float(wrong[b]) / float(wrong[a]) / (float(b) / float(a)) < 1.25
               for a, b in zip(rates, rates[1:]))


@says("Layer 1 is last: its error comes through all others.")
def layer_1_is_last(o):
    return bool(re.search(r"ready in the order 18 17 16 .* 3 2 1$", o.text(3), re.M))


@says("Errors fed forward teach next to nothing; slopes carried forward are exact, at one pass a weight.")
def fed_forward(o):
    back, forward = o.printed(r"fed back (\S+) ± \S+ and forward (\S+) ±", section=3)
    passes, weights, error = o.printed(r"forward: (\d+) passes for (\d+) slopes, off by (\S+)", section=3)
    return back < 0.5 and forward > 0.9 and passes == weights and error < 1e-9


@says("At $\\eta = 0.05$ descent is no faster in the smallest network than trying; at 0.5, in the largest, it needs "
      "less than a fifth of the passes.")
def the_race(o):
    rows = o.table("weights", "passes by trial", section=3)
    smallest, largest = rows[0], rows[-1]
    return (smallest["weights"] < largest["weights"] and smallest["η = 0.05"] >= smallest["passes by trial"]
            and largest["η = 0.5"] < largest["passes by trial"] / 5)


@says("A trial tells one number, of one change; a gradient foretells nearly all small ones, and most of its steps "
      "lower the loss.")
def foretells(o):
    share, = o.printed(r"changes foretold: (\S+) ±", section=3)
    return share > 0.9 and "most steps raise the loss: does not hold" in o.text(3)


@says("(With four units, one start of 55 never arrived; trying always did.)")
def never_arrived(o):
    seeds = [*range(40), *range(200, 205), *range(1000, 1010)]
    digits = load_digits()
    x, t = digits.x_train[:200], digits.t_train[:200]
    lost = [seed for seed in seeds if meaning.by_gradient(meaning.reader(seed, 4)[0], x, t, 1.0, 0.5)[0] >= 6_000]
    assert len(lost) == 1 and meaning.race(lost[0], 4, rates=(0.5,))[0][0] < 20_000     # the others: seen once
    return [len(seeds)]


says("gradients were calculated for layer 18 first, then for layer 1, and so on", "Take 18 layers.",
     "what leaves layer 18 has the shape that layer 1 needs.",
     lambda o: [inspect.signature(meaning.skipped).parameters["layers"].default, 1] and
     '"layer 1 is ready second": ready[0][1] == 1' in o.code(3) and "ready in the order 18 17" in o.text(3))


# ---- loops -----------------------------------------------------------------------------------------------------------

says("(Almeida 1987; Pineda 1987) can only settle",
     quoted("Almeida 1987, IEEE First International Conference on Neural Networks; Pineda 1987, Physical Review "
            "Letters 59"))
says("Liao and others 2018)", quoted("Liao and others 2018, Reviving and improving recurrent back-propagation, ICML"))
says("lies between 0.01 and 100 in at least 18 of 20 networks.",
     lambda o: "(0.01 < norms) & (norms < 100)" in o.code(4) and "within[4] >= 18" in o.code(4)
     and "range(20)" in o.code(4))
says("as the median of 20 networks?", lambda o: "np.median(norms[:, 3] / norms[:, 4])" in o.code(4)
     and "range(20)" in o.code(4))
says("every weight shrinks by 5 %. By what", lambda o: "norms[:, 3] / norms[:, 4]" in o.code(4)
     and o.coded(r"scales = 0.8, 0.85, 0.9, (\S+), 1.0", section=4) == [0.95])


@says("They agree in one limit: at rest, after many steps.")
def one_limit(o):
    row, = o.table("T = 1", "T = 40, inputs change", section=4)
    return (row["T = 1"] > row["T = 2"] > row["T = 5"] > row["T = 10"] and row["T = 40"] == "below 1e-10"
            and row["T = 40, inputs change"] > 0.5)


@says("each range spans orders of magnitude, and no scale brings 18 of 20 networks between the limits, larger ones "
      "included.", "What does it is another start, the identity. It survives a small decay; a larger undoes it; none "
      "helps.")
def no_scale(o):
    row, = o.table("0.8 He", "0.95 identity", section=4)
    spread = [np.ptp(np.log10([meaning.far_back(seed, scale) for seed in range(20)])) for scale in (0.8, 1.0, 1.2)]
    return (min(spread) > 6 and max(n for name, n in row.items() if name.endswith("He")) < 18
            and row["1.0 identity"] == 20 and row["0.99 identity"] >= 18 and row["0.95 identity"] == 0)

# ---- cost ------------------------------------------------------------------------------------------------------------

# TODO cost

# ---- descent ---------------------------------------------------------------------------------------------------------

# TODO descent

# ---- networks --------------------------------------------------------------------------------------------------------

says("Parkhi, Vedaldi and Zisserman (2015) used an", quoted("Parkhi, Vedaldi, Zisserman 2015, BMVC"))
says("used an \"18-layer convolutional neural network\" (F1).", lambda o: "18-layer" in load_claims()["F1"].quote)
says("by such a count, 18 stands in the row of D.", "How many of them count 18 layers in D?",
     lambda o: "n == 18 for way, n in zip(meaning.WAYS, sums[\"D\"])" in o.code(7))
says("Linnainmaa (1976) knows no layers", quoted("Linnainmaa 1976, BIT 16, 146-160"))
says("what they and Williams added in 1986 were networks that learn their own features",
     quoted("Rumelhart, Hinton, Williams 1986, Nature 323"))
says("Take thirty random operations on four numbers.",
     lambda o: [inspect.signature(meaning.operations).parameters[p].default for p in ("nodes", "inputs")] == [30, 4])


@says("A line, whatever the matrices (lesson 02, section 4).")
def a_line(o):
    return "their curve bends: does not hold" in o.text(7)


@says("Lesson 11, section 6, built D, the largest of their three networks.")
def largest(o):
    layers = o.by("network", "with weights", section=7)
    return len(layers) == 3 and layers["D"] == max(layers.values())


@says("D has 16 layers by the usual count. Yet 18 does occur: by three odd selections in D, and in the smaller B "
      "together with its poolings.")
def eighteen(o):
    D, B = (o.by("network", section=7)[name] for name in "DB")
    assert o.printed(r"(\d+) of 63 selections count 18", section=7) == [3]
    return B["and poolings"] == 18 and D["with weights"] == 16 and [16, 18]


@says("One way back gave the slope by *every* result, whatever the graph.")
def every_result(o):
    return "slopes are missing or wrong: does not hold" in o.text(7)

# ---- right -----------------------------------------------------------------------------------------------------------

# TODO right

# ---- history ---------------------------------------------------------------------------------------------------------

# TODO history

# ---- selftest --------------------------------------------------------------------------------------------------------

# TODO selftest
