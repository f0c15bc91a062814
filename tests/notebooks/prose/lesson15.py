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
RIVALS = (feedback.ALIGNMENT, feedback.DIRECT)

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
says("Ten seeds, 95 % intervals.", lambda o: [95] if len(feedback.SEEDS) == 10 else False)
says("Three rivals hand none down:", lambda o: len(feedback.rivals(feedback.TWO, feedback.WHICH)) - 3 == 3)


def gain(question, a, b, side, network=feedback.TWO, of=feedback.TWO, what="final"):
    """What the differences of a in a network and b in another have told, seed by seed."""
    return told(feedback.final(network, question, side, what)[a] - feedback.final(of, question, side, what)[b],
                "more", "less")


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


@says("both rivals beat all three that hand no error down, by momentum and by Adam.")
def even(_):
    return all(gain(feedback.EVEN, way, other, side, what=what) == "more" for what in ("final", "Adam")
               for way in RIVALS for side in SIDES for other in (feedback.FROZEN, feedback.WIDE, feedback.NO_HIDDEN))


@says("By momentum, six hidden layers cost feedback alignment 3 to 6 points;")
def deep(_):
    lost = feedback.final(feedback.TWO, feedback.EVEN)[feedback.ALIGNMENT] - feedback.final(
        feedback.SIX, feedback.EVEN)[feedback.ALIGNMENT]
    assert gain(feedback.EVEN, feedback.ALIGNMENT, feedback.ALIGNMENT, "new writers", of=feedback.SIX) == "more"
    mean, half = interval(lost)
    return [round(mean - half), round(mean + half)]


@says("with ReLU neither rival is told apart from no hidden layer.")
def with_relu(_):
    return all(gain(feedback.EVEN, way, feedback.NO_HIDDEN, side, network=feedback.RECTIFIED) == "not told apart"
               for way in RIVALS for side in SIDES)


@says("By Adam depth costs about one point, and both are:")
def by_adam(_):
    for way in RIVALS:
        lost = -np.subtract(*(feedback.final(network, feedback.EVEN, what="Adam")[way]
                              for network in (feedback.SIX, feedback.TWO)))
        assert told(lost) == "yes" and round(interval(lost)[0]) == 1
    return all(gain(feedback.EVEN, way, feedback.NO_HIDDEN, "held out", feedback.RECTIFIED, what="Adam") == "more"
               for way in RIVALS)


@says("which ends told uphill?")
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
