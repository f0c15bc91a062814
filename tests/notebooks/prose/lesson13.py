"""What the prose of lesson 13 says, and what carries it."""

import inspect

from numerals import given, quoted, says

from course_lib.studies.rounding import random_quadratics

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

ROUNDING = 3                            # the section


says("Seppo Linnainmaa described reverse mode in 1970", "all intermediate results are kept, as Linnainmaa (1976) warns",
     quoted("Linnainmaa 1970, thesis, Helsinki; 1976, BIT 16, p. 146"))
says("float32 keeps 24 binary digits: rounding changes a number by at most the share $u = 2^{-24}$",
     "backwards from $y_{20}$, simply set to 0.",
     "is flat in the mean $m$", "whose slope at the computed place is $2\\delta$", given("a definition"))
says("A sum of 10,000 terms is rounded at every addition.", "for $k$ from 1 to 10,000",
     lambda o: "range(1, 10001)" in o.code(ROUNDING) and "ks[::-1]" in o.code(ROUNDING))
says(r"about $6 \cdot 10^{-8}$", lambda o: "6" == f"{2.0 ** -24 * 1e8:.0f}")
says("At a double root it enters as", given("the two powers"))


@says("The estimate is right to every digit shown, the bound 9 and 26 times too large")
def estimate_and_bound(o):
    assert set(o.by("result", "estimated / observed", ROUNDING, 0).values()) == {1}
    return list(o.by("result", "bound / observed", ROUNDING, 0).values())


@says("a term beyond $k = 4096$ is less than half of the sum's last digit, and lost entirely")
def lost_terms(o):
    lost = o.printed(r"large first: (\S+) additions change nothing", section=ROUNDING)
    return 1 / 4097 ** 2 < 2.0 ** -24 and lost == [10_000 - 4096]


@says("Exactly 0: two floats within a factor of two", "The error was made *before*, by $b^2$ and by the root")
def the_subtraction_is_exact(o):
    shares = o.by("operation and its result", "share of the error")
    made = {name.split()[0] for name, share in shares.items() if float(share) > 0}
    return made == {"multiply", "sqrt"} and "Measured: 0 %" in o.text(ROUNDING).replace("\n", " ")


says("in numbers more than 10,000 times as large as the result",
     lambda o: o.printed(r"sqrt (\S+)", section=ROUNDING)[0] > 10_000 * o.printed(r"divide (\S+)", section=ROUNDING)[0])


@says("Dividing is more than a thousand times as accurate")
def dividing(o):
    error = o.by("form", "relative error")
    (subtracting, width), (divided, other) = ((float(e), e.half) for e in (error["subtracting"], error["dividing"]))
    return subtracting - width > 1000 * (divided + other)


says("The second table: medians of 200 random quadratics ($b$ from 10 to 1000), five draws.",
     lambda o: inspect.signature(random_quadratics).parameters["count"].default == 200
     and 10 <= random_quadratics(0)[0].data.min() < 11 and 950 < random_quadratics(0)[0].data.max() <= 1000)
says("The farthest of these estimates misses by less than 1e-4 of the error",
     lambda o: len(o.by("form", "farthest ratio")) == 2
     and all(x.high < 1e-4 for x in o.by("form", "farthest ratio").values()))
says(r"the rounding of $\ln 1.2$ arrives $5^{20}$ times as large.",
     lambda o: "range(1, 21)" in o.code(ROUNDING) and "single(5) * forwards" in o.code(ROUNDING))
says("cheaper, and right for the variance", given("test_the_variance_in_float64_is_right"))
says("$y_{20}$ is about 0.008", lambda o: o.by("result", "right", ROUNDING, 1)["forwards to y20"])


@says("Nonsense, but foretold. Backwards, each divides by 5.")
def recurrences(o):
    ratio, error = (o.by("result", column, ROUNDING, 1) for column in ("estimated / observed", "relative error"))
    return set(ratio.values()) == {1} and error["forwards to y20"] > 1e7 and error["backwards to y0"] < 1e-7


@says("The last table shows first order failing.",
      "The estimate is $2\\delta \\cdot \\delta$: double.", "it enters as $\\sqrt\\delta$: half.")
def first_order_fails(o):
    ratio = o.by("computation", "estimated / observed")
    around = [float(ratio[f"variance around {mean}"]) for mean in ("1", "100,000")]
    return [*around, float(ratio["double root"])] == [1, 2, 0.5]

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

