"""What the prose of lesson 16 says, and what carries it."""

import inspect
import re

import numpy as np
from numerals import given, quoted, says

from course_lib.studies import myths_descent

# ---- claims ----------------------------------------------------------------------------------------------------------

# TODO claims

# ---- travel ----------------------------------------------------------------------------------------------------------

# TODO travel

# ---- meaning ---------------------------------------------------------------------------------------------------------

# TODO meaning

# ---- loops -----------------------------------------------------------------------------------------------------------

# TODO loops

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

# TODO networks

# ---- right -----------------------------------------------------------------------------------------------------------

# TODO right

# ---- history ---------------------------------------------------------------------------------------------------------

# TODO history

# ---- selftest --------------------------------------------------------------------------------------------------------

# TODO selftest
