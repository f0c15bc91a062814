"""What the prose of lesson 15 says, and what carries it."""

import re

import numpy as np
from numerals import given, in_words, quoted, says

from course_lib import Tensor
from course_lib.studies import blind_spots
from course_lib.widgets import lesson15 as widgets

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

@says("`relu` returns 0, `maximum` gives a tie to its first input. So $x$ gets 0 or 2, as it is written")
def at_the_kink(o):
    found = o.by("as written", "our gradient at 0")
    return (found["relu(x)"], found["max(x, 0)"], found["max(0, x)"]) == (0, 1, 0) and (
        found["x = relu(x) − relu(−x)"], found["x = max(x, 0) − max(−x, 0)"]) == (0, 2)


says("there lie 13 % of a fresh convolution's sums", lambda o: o.printed(r"on digits: (\S+)% of its sums are 0")[0])
says("Unit $i$ is 1 with probability", "with $B = 0$, beside", "At 0, `relu` has two slopes", given("definitions"))
says("Eight units have 256 states", lambda o: len(blind_spots.all_states(8)))
says("Shares of the gradient's size for 32 digits", lambda o: len(blind_spots.small_network(0)[0]))
says("means of ten, with intervals", lambda o: len(blind_spots.ten_benches(0)) == 10)


@says("Straight-through scatters little, with a bias that learning more than doubles")
def straight_through_is_biased(o):
    (fresh, early), (taught, late) = ((o.by(f"after {n} epochs", "bias"), o.by(f"after {n} epochs", "scatter"))
                                      for n in (0, 20))
    return (2 * fresh["straight-through"]< taught["straight-through"]
            and fresh["straight-through"].below(taught["straight-through"])
            and all(found["straight-through"].below(found["score function, baseline"]) for found in (early, late)))


@says("The score function has none; fresh, it needs 14,000 calls to come nearer")
def the_score_function_is_unbiased(o):
    assert all(o.by(f"after {n} epochs", "bias")["score function"] == 0 for n in (0, 20))
    return o.printed(r"nearer than straight-through from (\S+) calls \(score function\)")[0]


@says("takes out most of its scatter at first, less later")
def baseline(o):
    left = [o.by(f"after {n} epochs", "scatter") for n in (0, 20)]
    early, late = (found["score function, baseline"] / found["score function"] for found in left)
    return early < 0.3 and early < late < 1


@says("Common draws beat own draws",
      "has no bias and the least scatter, for $H + 1$ calls")
def draws(o):
    for n in (0, 20):
        scatter, bias = o.by(f"after {n} epochs", "scatter"), o.by(f"after {n} epochs", "bias")
        calls = o.by(f"after {n} epochs", "calls")
        both = scatter["each unit tried both ways"]
        if not (scatter["differences, common draws"].below(scatter["differences, own draws"])
                and bias["each unit tried both ways"] == 0 and calls["each unit tried both ways"] == 8 + 1
                and all(both.below(other) for way, other in scatter.items() if way != "each unit tried both ways")):
            return False
    return True


says("Thirty-two units, real digits", lambda o: blind_spots.HIDDEN == 32)
says("Twenty-five seeds.", lambda o: in_words(len(blind_spots.SEEDS)) == "twenty-five")


@says("For all its bias, straight-through is beaten by none; both values and smooth units come within half a point",
      "The score function is far behind after 30 epochs, less after 120",
      "A frozen first layer is far below all")
def what_is_learnt(o):
    short, long = (o.by("way", f"right after {n} epochs (%)") for n in (30, 120))
    beside = [o.by("way", f"than straight-through, {n}") for n in (30, 120)]
    score = "score function"
    near = [abs(found[way] - found["straight-through"]) for found in (short, long)
            for way in ("each unit tried both ways", "smooth units")]
    return (all("better" not in found.values() and found[score] == "worse" for found in beside) and max(near) <= 0.5
            and short["straight-through"] - short[score] > 10
            and short[score].below(long[score]) and long[score] > 85
            and all(found["first layer frozen"] + 10 < other for found in (short, long)
                    for way, other in found.items() if way != "first layer frozen"))


says("at $\\rho = 28$. Small changes grow", given("Lorenz 1963, the usual parameter"))
says("one more of $\\rho$ adds about 1 to the long mean",
     lambda o: o.printed(r"slope of long means: (\S+) ±")[0])
says("How large is the gradient at $T = 20$?", given("a length"))
says("Medians and means over 500 starts on the attractor", lambda o: o.coded(r"on_the_attractor\((\d+)")[0])


@says("its logarithm grows by 0.904 a unit of time, the Lyapunov exponent")
def growth(o):
    mean, half = o.printed(r"growth of T \|gradient\|: (\S+) ± (\S+)")
    return abs(mean - 0.906) < half and [mean]


says("(0.906, reported by Sprott)", quoted("Sprott, Lyapunov exponent and dimension of the Lorenz attractor, "
                                           "sprott.physics.wisc.edu/chaos/lorenzle.htm"))


@says("a mean does not help: its interval grows, too")
def means(o):
    found = o.by("T", "mean")
    halves = [found[T].half for T in found]
    return halves == sorted(halves)


says("a line through long means of nine $\\rho$ gives 1.00",
     lambda o: [*o.printed(r"slope of long means: (\S+) ±")])


@says("An ensemble of short runs is biased at $T = 0.5$ and wild from 2 on")
def ensemble(o):
    found = {float(T): value for T, value in o.by("T", "mean").items()}
    return found[0.5].high < 0.98 and all(value.half > 0.5 for T, value in found.items() if T >= 2)


says("$\\rho = 14$, where $z$ settles; then $\\rho = 28$",
     lambda o: [float(re.search(r"ρ = (\d+)", widgets.chaos_explorer().shown(
         {"T": 1.0, "kind": kind, "start": 1}).readout)[1]) for kind in ("settles", "chaotic")])


@says("Only the last three rows are its own: differences, or sums run forward, get the derivative without them",
      "All other rows meet every method that follows the same gradient")
def its_own(o):
    kink = blind_spots.kinks()["x = relu(x) − relu(−x)"][0]
    at = lambda x: float(kink(Tensor(np.array([x]))).data[0])
    return (at(1e-3) - at(-1e-3)) / 2e-3 == 1 and blind_spots.at_the_kink(kink) != 1


says("discrete choices, plateaus | the loss: its derivative is 0", given("equation (15.24)"))


@says("with few units, both values; if only losses are known, a baseline")
def what_helps(o):
    return all(found["score function"].below(found["score function, baseline"])
               for n in (30, 120) for found in [o.by("way", f"right after {n} epochs (%)")])
