"""What the prose of lesson 16 says, and what carries it."""

import inspect
import re

import numpy as np
from numerals import given, quoted, says

from course_lib.data import load_digits
from course_lib.data.claims import MOST_WORDS, common, in_order, lineage, load_claims
from course_lib.studies import myths_descent
from course_lib.studies import myths_meaning as meaning
from course_lib.widgets import predictions
from course_lib.widgets.claims import KEY

says("say of 131 sentences which are right", lambda o: len(load_claims()))
# ---- claims ----------------------------------------------------------------------------------------------------------

says("what they say has 131 sentences", "of the 131 sentences, how many",
     lambda o: len(load_claims()))
says("24 sentences are decided by an experiment",
     lambda o: o.printed(r"decided by an experiment: (\d+)"))
says("at most fifteen words", lambda o: MOST_WORDS == 15)
says("doubt, 131 times", lambda o: len(load_claims()))


@says("A sentence that two articles share counts for both")
def counted_for_both(o):
    table = o.table("said by", "sentences", section=1)
    by = {row["said by"]: row["sentences"] for row in table}
    return sum(n for name, n in by.items() if name != "all five") > by["all five"] == len(load_claims())


@says("it is kept beside your guesses, and never sent anywhere")
def kept_beside_the_guesses(o):
    return KEY == "16-claim-" and predictions._file().path.name == "predictions.json"

# ---- travel ----------------------------------------------------------------------------------------------------------

@says("A and B have all their shared sentences in one order, and 0.62 of the words in common; crossed pairs have 0.10")
def words_in_common(o):
    row = o.by("articles", "words in common")["A and B"], o.by("articles", "crossed: in common")["A and B"]
    same, pairs = in_order(lineage("A", "B"))
    return [float(v) for v in row] if same == pairs > 200 else False


@says("D keeps it too, with few words in common, as whoever follows the same plan would")
def d_keeps_the_order(o):
    (same, pairs), ours = in_order(lineage("B", "D"), "B", "D"), o.by("articles", "words in common")
    return same == pairs > 10 and ours["B and D"] < ours["A and B"] / 2


@says("Words, order and a misspelt name together do")
def misspelt(o):
    said = load_claims()["F2"].said
    return said["A"] == said["B"] and "Vidaldi" in said["A"] and common(*said.values()) == (1, 4)


@says("A says less: B's \"can be solved\" is \"might include\" there")
def softened(o):
    said = load_claims()["B8"].said
    return "can be solved" in said["B"] and "might include" in said["A"]


@says("but Vedaldi's name and the order of framing right")
def d_has_it_right(o):
    return "D" not in load_claims()["F2"].articles and load_claims()["R10"].articles == ("D",)


says('"merges all paths" is nearly Olah (2015)', quoted("Olah 2015, Calculus on computational graphs"))
says("the abstract of Sophia (Liu and others 2024)", quoted("Liu and others 2024, Sophia, abstract"))
says("five articles are not five witnesses", lambda o: len(lineage("A", "B")) > 20)

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
    assert "does not hold: the order of the updates matters" in o.text(3)
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
    return share > 0.9 and "does not hold: most steps raise the loss" in o.text(3)


@says("(With four units, one start of 55 was not there after 6,000 passes; trying always was.)")
def never_arrived(o):
    seeds = [*range(40), *range(200, 205), *range(1000, 1010)]
    digits = load_digits()
    x, t = digits.x_train[:200], digits.t_train[:200]
    lost = [seed for seed in seeds if meaning.by_gradient(meaning.reader(seed, 4)[0], x, t, 1.0, 0.5)[0] >= 6_000]
    assert len(lost) == 1 and meaning.race(lost[0], 4, rates=(0.5,))[0][0] < 20_000     # the others: seen once
    return [len(seeds), 6_000]


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


@says("with other seeds, 17 to 20 of 20. A larger decay undoes it; none helps.")
def the_identity(o):
    sets = [sum(0.01 < meaning.far_back(seed, 1.0, "identity") < 100 for seed in range(first, first + 20))
            for first in (0, 100, 200, 300, 400, 500, 600)]
    return [min(sets), max(sets), 20]


@says("He's start seldom lets the norm vanish, but often explode.")
def seldom(o):
    norms = np.array([meaning.far_back(seed, 1.0) for seed in range(100)])
    return (norms < 0.01).mean() < 0.3 and (norms > 100).mean() > 0.3


@says("each range spans orders of magnitude, and no scale brings 18 of 20 networks between the limits.")
def no_scale(o):
    row, = o.table("0.8 He", "0.95 identity", section=4)
    spread = [np.ptp(np.log10([meaning.far_back(seed, scale) for seed in range(20)])) for scale in (0.8, 1.0, 1.2)]
    return (min(spread) > 6 and max(n for name, n in row.items() if name.endswith("He")) < 18
            and row["1.0 identity"] == 20 and row["0.99 identity"] >= 18 and row["0.95 identity"] == 0)

# ---- cost ------------------------------------------------------------------------------------------------------------

@says("It is quadratic in the width where all layers widen, and cubic where the batch grows, too.")
def growth(o):
    return [o.printed(rf"{what}: .*?, (\d+) times")[0] for what in ("one layer", "all layers", "and the batch")] \
        == [2, 4, 8]


says("For $n = 64$ and ten networks, the border is 512 examples", lambda o: [64, (10 - 2) * 64])
says("Against the smallest, parent and child, backpropagation never needs less.", given("the formula with P = 2"))


@says("It is right for small batches against large populations.")
def memory(o):
    used = o.table("examples", "networks", "backpropagation, MB")
    return [row["backpropagation, MB"] < row["generation, MB"] for row in used] == [True, False, False]


says("all slopes for the work of three forward passes", given("equation (4.22): at most 3"))
says("Already Linnainmaa (1976) noted that its storage can be prohibitive", quoted("Linnainmaa 1976, BIT 16, p. 146"))
says("gets the best of 13", lambda o: len(myths_descent.derivative_errors(np.random.default_rng(0))[1]))


@says("The derivative needs no tuning, as the article's next sentence says itself; the training does.")
def tuning(o):
    backward, by_h = o.printed(r"backward (\S+) at most, the best h (\S+)")
    low, middle, high = o.printed(r"0.001: '(\d+)%', 0.1: '(\d+)%', 10.0: '(\d+)%'")
    return backward < 1e-4 * by_h and max(low, high) + 50 < middle


says("Three costs, three optimizers, 300 digits, 30 updates, always from the same start", lambda o: [
    int(n) for n in re.findall(r"(?:_first|range)\((\d+)\)", inspect.getsource(myths_descent.descended))])


@says("All nine pairs descend, each to its own place.")
def nine(o):
    left = [cell for row in o.table("cost", "descent", "RMSprop", "Adam") for cell in list(row.values())[1:]]
    assert all("%" in cell.text for cell in left)
    return len(left) == 9 and all(cell < 100 for cell in left)

# ---- descent ---------------------------------------------------------------------------------------------------------

@says("the network has a cost of about 0.003 nats, and so has its twin")
def twins(o):
    here, there = o.printed(r"32 hidden units: (\S+), halfway \S+, (\S+);")
    return [round(here, 3)] if here == there else []


says("Without hidden units there is no hill in five pairs; with them, in all five.",
     lambda o: [o.printed(rf"^{hidden} hidden units: .*a hill in (\d+) of 5")[0] for hidden in (0, 32)] == [0, 5])


@says("Halfway all weights are 0. Only the last biases are left, and they know nothing of the image.")
def nothing_left(o):
    """The mirror image has the opposite of all but the last ten entries."""
    return [0] if o.printed(r"32 hidden units: \S+, halfway (\S+),")[0] > np.log(10) else []


says("until the cost of 300 digits is below 0.5; at most 300", lambda o: [
    *(float(n) for n in re.findall(r"(?:_first\(|\[0\] < )([\d.]+)", inspect.getsource(myths_descent.updates_needed))),
    inspect.signature(myths_descent.updates_needed).parameters["limit"].default])


@says("Steeper helps plain descent, until it ruins it; Adam divides by the size of the gradients and notices nothing.")
def steep(o):
    plain, adam = o.table("as it is", "10 times", "100 times")
    return (plain["10 times"] < plain["as it is"] and plain["100 times"] == "inf"
            and adam["as it is"] == adam["10 times"] == adam["100 times"])


@says("Both halves are right against one digit and the wrong way round against all")
def neighbours(o):
    columns = [o.by("digits", column) for column in ("relative variance", "updates that raise the cost, %")]
    return all(found["16"].below(found["1"]) and found["1442"].below(found["16"]) for found in columns)


says("at $p = 0.999$ the other is 500 times as steep",
     lambda o: [0.999, round(0.999 / (2 * 0.999 ** 2 * (1 - 0.999)), -1)])
says("The target is 0, the answer $p$", "then fall to 0 where", given("the right answer; the slope's limit"))
says("A network learns 500 labels by heart", "all 500 learnt, a fifth from the die",
     lambda o: [int(n) for n in re.findall(r"\[:(\d+)\]", inspect.getsource(myths_descent.by_heart))])
says("of 200 XOR networks with two hidden units, take those that are stuck after 3000 sweeps", lambda o: [
    inspect.signature(myths_descent.descend).parameters["networks"].default,
    inspect.signature(myths_descent.stuck_networks).parameters["sweeps"].default])
says("90 % of unseen digits right. A network", given("what the page calls well, coded in its test"))
says("Zhang and others (2017) had large networks learn random labels",
     quoted("Zhang and others 2017, Understanding deep learning requires rethinking generalization, ICLR"))
says("Rumelhart, Hinton and Williams (1986, p. 535) met this only in networks with barely enough connections",
     quoted("Rumelhart, Hinton, Williams 1986, Nature 323, p. 535"))


@says("One unit more frees all, where going on or a kick frees hardly any")
def freed(o):
    stuck, left = (o.by("what they get", column) for column in ("stuck", "after 2000 sweeps"))
    return (left["one unit more"] == 0 and left["nothing"] > 0.8 * stuck["nothing"]
            and left["a kick of up to 2 to all weights"] > 0.8 * stuck["nothing"])


@says("A fresh unit *in the place of* an old one, with no dimension more, does it, too.")
def fresh(o):
    return o.by("what they get", "after 2000 sweeps")["a fresh unit for the first"] == 0


says("For *three* hidden units, Sprinkhuizen-Kuyper and Boers (1999) prove a region of local minima",
     quoted("Sprinkhuizen-Kuyper, Boers 1999, A local minimum for the 2-3-1 XOR network, "
            "IEEE Transactions on Neural Networks 10"))
says("Sprinkhuizen-Kuyper and Boers (1996) prove that there are none but the global",
     quoted("Sprinkhuizen-Kuyper, Boers 1996, The error surface of the simplest XOR network has only global minima, "
            "Neural Computation 8"))
says("argue Dauphin and others (2014), saddles are what stands in the way", quoted("Dauphin and others 2014, NIPS 27"))

# ---- networks --------------------------------------------------------------------------------------------------------

says("Parkhi, Vedaldi and Zisserman (2015) used an", quoted("Parkhi, Vedaldi, Zisserman 2015, BMVC"))
says("used an \"18-layer convolutional neural network\" (F1).", lambda o: "18-layer" in load_claims()["F1"].quote)
says("by such a count, 18 stands in the row of D.", "How many of them count 18 layers in D?",
     lambda o: "n == 18 for way, n in zip(meaning.WAYS, sums[\"D\"])" in o.code(7))
says("Linnainmaa (1976) knows no layers", quoted("Linnainmaa 1976, BIT 16, 146-160"))
says("Rumelhart, Hinton and Williams added in 1986 were networks that learn their own features",
     quoted("Rumelhart, Hinton, Williams 1986, Nature 323"))
says("Take thirty random operations on four numbers.",
     lambda o: [inspect.signature(meaning.operations).parameters[p].default for p in ("nodes", "inputs")] == [30, 4])


@says("A line, whatever the matrices (lesson 02, section 4).")
def a_line(o):
    return "does not hold: their curve bends" in o.text(7)


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
    return "does not hold: slopes are missing or wrong" in o.text(7)

# ---- right -----------------------------------------------------------------------------------------------------------

says("Cauchy (1847) went downhill to solve simultaneous equations", quoted("Cauchy 1847, Comptes rendus 25"))
says("(Rumelhart, Hinton and Williams 1986; Werbos 1990)",
     quoted("Nature 323, 1986, last figure; Proceedings of the IEEE 78, 1990"))
says("the three said themselves", quoted("Rumelhart, Hinton and Williams 1986, Nature 323, page 536"))


@says("the gradient of the weights agrees with the complex step", "most with a number from the section that shows it")
def right_ones(o):
    right = o.table("sentence", "measured there", section=8)
    return (o.printed(r"are off by more than 1e-12: (\d) of (\d)") == [3, 3]
            and sum(row["measured there"] not in ("–", "") for row in right) > len(right) * 0.7)


@says("One is not in the table", "could not be told")
def not_in_the_table(o):
    """Lesson 11's own tests carry what it measured."""
    claim = load_claims()["R19"]
    return claim.verdict == "condition" and claim.shown == "11.5" and set(claim.articles) == {"D", "B"}

# ---- history ---------------------------------------------------------------------------------------------------------

# TODO history

# ---- selftest --------------------------------------------------------------------------------------------------------

# TODO selftest
