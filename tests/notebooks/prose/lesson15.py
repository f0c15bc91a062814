"""What the prose of lesson 15 says, and what carries it."""

import numpy as np
from numerals import quoted, says

from course_lib.experiments import interval, told
from course_lib.studies import feedback

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

SIDES = ("held out", "new writers")

says("A synapse carries signals one way (Crick 1989).", quoted("Crick 1989, Nature 337, 129-132"))
says("Feedback alignment is by Lillicrap and others (2016).",
     quoted("Lillicrap and others 2016, Nature Communications 7, 13276"))
says("Direct feedback, by Nøkland (2016), tells every layer", quoted("Nøkland 2016, NeurIPS 29"))
says("(Bartunov and others 2018).", quoted("Bartunov and others 2018, NeurIPS 31"))
says("its authors wrote (Rumelhart, Hinton and Williams 1986).",
     quoted("Rumelhart, Hinton, Williams 1986, Nature 323, p. 536"))
says("| a brain would need (Lillicrap and others 2020) |",
     quoted("Lillicrap and others 2020, Nature Reviews Neuroscience 21, 335-346"))
says("after 1,080 steps on digits", lambda o: feedback.STEPS[-1])
says("Means of ten seeds, 95 % intervals.", lambda o: [95] if len(feedback.SEEDS) == 10 else False)
says("Three rivals hand none down:", lambda o: len(feedback.rivals(feedback.TWO, feedback.WHICH)) - 3 == 3)


def gain(question, a, b, side, network=feedback.TWO, of=feedback.TWO):
    """What the differences of a in a network and b in another have told, seed by seed."""
    return told(feedback.final(network, question, side)[a] - feedback.final(of, question, side)[b], "more", "less")


@says("The check refuses both rivals, and no other function saves them")
def refused(o):
    skew = o.printed(r"\n(?:feedback alignment|direct feedback): asymmetry ([\d.]+)\n")
    wrong = o.text(3).count("dx is wrong")
    return wrong == len(skew) == 2 and min(skew) > 0.5 and "backprop: asymmetry below 1e-6" in o.text(3)


@says("the figure shows right answers rising, and angles that begin near 90° and fall.")
def turning(_):
    for way in (feedback.ALIGNMENT, feedback.DIRECT):
        angles = feedback.watched_angles(feedback.TWO, way, feedback.WHICH)
        _, right = feedback.watched_values(feedback.TWO, way, "right", feedback.WHICH)
        assert np.all(np.abs(angles[0] - 90) < 6) and np.all(angles[-1] < 60) and np.all(right[-1] > right[1] + 50)
        for layer in (1, 2):                            # in each of the five seeds, not in their mean alone
            _, each = feedback.watched_values(feedback.TWO, way, f"angle {layer}", feedback.WHICH)
            assert np.all(each[-1] < each[0] - 10)
    return [90]


@says("Halve the step, and the gap between the two sides halves", "For tanh both numbers grow, but not alike.")
def halves(o):
    rows = [list(row.values()) for row in o.table("units", "η", "Δ ½‖W₁‖²")]
    left, right = (np.array([[float(row[k]), float(row[k + 2])] for row in rows]) for k in (2, 3))
    gaps, share = (left - right)[:3], np.abs(left / right - 1)
    assert [row[0] for row in rows] == ["identity"] * 3 + ["relu", "tanh"]
    assert [float(row[1]) for row in rows] == [0.04, 0.02, 0.01, 0.01, 0.01]
    assert np.all(gaps > 0) and np.all(np.abs(gaps[:-1] / gaps[1:] - 2) < 0.4) and np.all(share[3] < 0.02)
    return bool(np.all(left > 0) and np.all(right > 0) and np.all(share[4] > 0.1))


@says("On ten digits, feedback alignment is not told apart from no hidden layer")
def which(_):
    return all(gain(feedback.WHICH, feedback.ALIGNMENT, feedback.NO_HIDDEN, side) == "not told apart" for side in SIDES)


@says("there both rivals beat all three that hand no error down, and backpropagation beats both.")
def even(_):
    ways = (feedback.ALIGNMENT, feedback.DIRECT)
    assert all(gain(feedback.EVEN, way, other, side) == "more" for way in ways for side in SIDES
               for other in (feedback.FROZEN, feedback.WIDE, feedback.NO_HIDDEN))
    return all(gain(feedback.EVEN, feedback.BACKPROP, way, side) == "more" for way in ways for side in SIDES)


@says("With six hidden layers feedback alignment loses 3 to 6 points, the others none that we can tell.")
def deep(_):
    lost = {way: feedback.final(feedback.TWO, feedback.EVEN)[way] - feedback.final(feedback.SIX, feedback.EVEN)[way]
            for way in feedback.WAYS[:3]}
    assert all(gain(feedback.EVEN, way, way, side, of=feedback.SIX) == "not told apart" for side in SIDES
               for way in (feedback.BACKPROP, feedback.DIRECT))
    assert gain(feedback.EVEN, feedback.ALIGNMENT, feedback.ALIGNMENT, "new writers", of=feedback.SIX) == "more"
    mean, half = interval(lost[feedback.ALIGNMENT])
    return [round(mean - half), round(mean + half)]


@says("With ReLU, both rivals are not told apart from no hidden layer.")
def with_relu(_):
    return all(gain(feedback.EVEN, way, feedback.NO_HIDDEN, side, network=feedback.RECTIFIED) == "not told apart"
               for way in (feedback.ALIGNMENT, feedback.DIRECT) for side in SIDES)


@says("which is told uphill to the end?")
def uphill(_):
    last = feedback.watched_angles(feedback.SIX, feedback.DIRECT)[-1]
    return last[5] > 90 > max(last[:5])

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind
