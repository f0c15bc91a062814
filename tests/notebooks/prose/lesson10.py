"""What the prose of lesson 10 says, and what carries it."""

import inspect

from numerals import given, says, slider_takes

from course_lib.layers import FixedPoint
from course_lib.widgets import lesson10 as widgets


@says("It comes to rest.")
def comes_to_rest(o):
    return o.printed(r"step 200: z = .*, changed by (\S+)")[0] < 1e-9 and "come to rest" in o.text(1)


# What the text sets itself.
says("has one: step 1, step 2, step 3.",
     "Here it is the aim: below 1,",
     "the circle of radius 1.",
     "Past 1, some networks",
     "times as many steps as 0.3 will 0.9 take, as the median of 20 networks?",
     "Scale 0.7; scale 0.99; scale 1.5; scale 5 without a tanh.",
     "here, approaches 1, steps and slope",
     "whose slope is at most 1, brings",
     "For one unit with $w f'$ near $+1$",
     r"Units that chase each other past $\rho = 1$ do",
     "A norm above 1 is a risk",
     "until 99 of 100 answers on the test images are those of the settled network?",
     "on the way from 1 to",
     "has a real part below 1.",
     r"every $\lambda_h$ is near 1.",
     "the radius of $J$ is below 1; from every start if the norm of $U$ is below 1.",
     given("ranges, bounds, choices in a question"))
says("What happens at 1.1, with each of",
     lambda o: slider_takes(widgets.relaxation_explorer, "Spectral radius of U", 1.1))
says("2$, start at $-1.2$, and slide $x$",
     lambda o: slider_takes(widgets.cobweb_explorer, "Start state", -1.2)
     and slider_takes(widgets.cobweb_explorer, "Weight w", 2))
says("scaled back to 0.9 again in one, or",
     lambda o: inspect.signature(FixedPoint.contract).parameters["limit"].default)
says("each of which feeds all twenty: 400 recurrent weights",
     lambda o: o.coded(r"D=3, H=(\d+)")[0] ** 2)
says(r"until the relative error is below $10^{-6}$?",
     lambda o: "error_of(T) < 1e-6" in o.code(4))


@says("The figure shows three nearly straight lines", "their slope is the radius of $J$, not of $U$")
def slopes(o):
    left, of_u = o.by("radius of U", "measured rate"), o.by("radius of U", "radius of J")
    return all(abs(left[key] - of_u[key]) < 0.2 * abs(left[key] - float(key)) for key in left)


@says("and so it is in all 60 relaxations of 20 networks. The slope of tanh is at most 1",
      "in all 60 this makes the radius of $J$ smaller than that of $U$")
def in_all_sixty(o):
    return o.printed(r"of (\d+) relaxations: the rate is nearer to the radius of J in (\d+)"
                     r"; the radius of J is below that of U in (\d+)") == [60, 60, 60]


@says("with this loss and an absolute tolerance, it needs fewer steps in all 20 networks", "It begins lower")
def the_adjoint_takes_fewer(o):
    count, _, most = o.printed(r"adjoint / state in (\d+) networks: (\S+) to (\S+)")
    return count == 20 and most < 1


@says("the error of the unrolled gradient falling like")
def unrolled(o):
    rows = o.by("unrolled steps T", "error, from the settled state")
    power = o.by("unrolled steps T", "ρ^T with ρ = 0.481")
    values = [v for v in rows.values() if isinstance(v, float)]
    return values == sorted(values, reverse=True) and all(
        0.3 < v / power[key] < 3 for key, v in rows.items() if isinstance(v, float))


@says("the memory of unrolling growing with every step, and that of the fixed point flat")
def memory(o):
    flat, grown = o.printed(r"Measured: (\S+)\. ", section=4)[1:3]
    return flat < 1.2 and grown > 5


@says("The messages tell three failures apart")
def failures(o):
    return all(words in o.text(5) for words in ("It converges slowly", "It does not converge", "grows without limit")) \
        and "scale 0.7: settled" in o.text(5)


says("one with 32 units that feed each other, one with 46 that do not",
     lambda o: (o.coded(r"FixedPoint\(64, (\d+)", section=6)[-1], o.coded(r"Dense\(64, (\d+)")[0]))
says("a rate that falls to 0;", "`compare` tries the same rates for both on 288 images set aside",
     lambda o: "1 - step / total" in o.code(6) and "aside = slice(288, None), slice(288)" in o.code(6))
says("nearly the same number of parameters",
     lambda o: abs(o.printed(r"loop: (\S+) par")[0] / o.printed(r"feed-forward: (\S+) par")[0] - 1) < 0.01)


@says("with its 95 % interval. On the test images the two are not told apart", "So the loop bought nothing on digits "
      "that five seeds could show.")
def not_told_apart(o):
    score = o.by("rival", "score")
    return not score["loop"].told_apart(score["feed-forward"]) and "Measured: not told apart" in o.text(6).replace(
        "\n", " ")


@says("or left alone in five. At this rate, chosen with `contract`, it grows well past 1, until the layer does not "
      "settle in time and training stops with an error, in all five")
def left_alone(o):
    norms = o.printed(r"seed \d: \d+ updates, norm (\S+) It (?:converges slowly|does not converge)")
    return len(norms) == 5 and min(norms) > 1.5 and 'chosen["loop"], rng, split.fit, contract=False' in o.code(6)


says("for some updates each of the five still settled",
     lambda o: min(o.printed(r"seed \d: (\d+) updates, norm")) > 10)


@says("two or three steps decide 99 of 100 digits")
def few_layers(o):
    return set(o.printed(r"five networks: (\d) (\d) (\d) (\d) (\d)")) <= {2, 3}


@says("Fewer steps in ten networks that settle")
def newton(o):
    low, _, _, most = o.printed(r"ten networks: relaxation (\d+) to (\d+) steps, Newton (\d+) to (\d+)")
    return most < low


@says("From $h = 0.5$ on it settles, at the same state and with the same gradient for every $h$",
      "The fewest steps are those of a middle $h$")
def small_steps(o):
    steps = dict(zip(*[iter(o.printed(r"h = (\S+): z = .*\], dU = .*\], (\d+) steps"))] * 2))
    same = set(o.text(7).split("dU = ")[1:] and [line.split("z = ")[1].split("],")[0]
                                                 for line in o.text(7).splitlines() if "dU = " in line])
    return list(steps) == [0.5, 0.3, 0.1] and steps[0.3] < min(steps[0.5], steps[0.1]) and len(same) == 1 \
        and "h = 0.7: does not settle" in o.text(7)
