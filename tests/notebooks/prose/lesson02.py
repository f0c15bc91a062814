"""What the prose of lesson 02 says, and what carries it."""

import numpy as np
from numerals import given, quoted, says

from course_lib import LeakyReLU, load_digits

DIGITS = load_digits()


def leaky_slopes():
    """Of the library's leaky ReLU below and above 0."""
    y, backward = LeakyReLU()(np.array([[-1.0, 1.0]]))
    return backward(np.ones_like(y)).ravel()



says("and Kaynak, 1998).",
     quoted("Alpaydin and Kaynak 1998, UCI Machine Learning Repository, data set 80"))
says(r"$z>0$, else $0.01\,z$ | $1$ if $z>0$, else $0.01$",
     lambda o: leaky_slopes()[0])
says(r"\sqrt{2/\pi}\,(z + 0.044715\,z^3)$, and $u'$",
     quoted("Hendrycks and Gimpel 2016, arXiv 1606.08415"))
says(r"at most $\tfrac1{64}$.",
     lambda o: 4 ** 3)
says("and Papert, 1969) studies such",
     quoted("Minsky and Papert 1969, MIT Press"))
says(r"answer costs 0. An answer of one tenth costs $\ln 10$.",
     lambda o: [-np.log(1), round(np.exp(-np.log(0.1)))])
says("once, on 32 images at",
     lambda o: o.coded(r"t_train, (\d+), rng")[0])
says(r"pays $\ln 10$ nats per",
     lambda o: len(set(DIGITS.t_train)))
# What the text sets itself. A result among them gets a function of its own.
says(
    'is a 3"?',
    "of all 3s minus the",
    'mean "a 3".',
    "show a 3 in purple: where 3s have more",
    'correctly into "3" and "not',
    "of the 3s to the",
    "images are 3s.",
    "missing:** a 7 with a bar and a 7 without one",
    "the slope 1, or nothing.",
    "answer is 1 if exactly one of two inputs is 1.",
    "the input (0, 1), where the answer is 1?",
    '"Score 7 for class 3" means nothing',
    "up to 1, and keep",
    "the total 1:",
    "shape (N, 1), so that",
    "exponent is 0.",
    "at least 1.",
    "1000 and 0, what is",
    r"$e^{-1000}$ to 0, and the logarithm of 0 is $-\infty$.",
    "$t$ either 0 or 1.",
    "margin of 1 below the",
    "probability between 0 and 1 of which",
    "up to 1, also for",
    given("ranges, targets, examples, choices"))


says("image of 8 × 8 pixels is", lambda o: np.sqrt(DIGITS.x_train.shape[1:]))
says("each between 0 (paper) and 1 (ink).", lambda o: [DIGITS.x_train.min(), DIGITS.x_train.max()])
says("6 of the 8 read better than the ten templates of section 2, the other two do not",
     lambda o: o.printed(r"section 2: (\d+) of (\d+) starts"))


@says("Untrained, each pays more than the undecided would", "it is sure of itself and wrong")
def untrained(o):
    low, high = o.printed(r"untrained: right \S+ to \S+ %, loss (\S+) to (\S+) nats")
    return o.printed(r"undecided: right 10.0 %, loss (\S+)")[0] < low < high


@says('"always no" scores higher')
def always_no(o):
    return o.printed(r"saying 'not a 3': (\S+) %")[0] > o.printed(r"Measured: (\S+) %", section=1)[0]


says("this one layer is right nine times in ten",
     lambda o: 85 < o.printed(r"Measured: (\S+) %", section=2)[0] < 95)


@says("within a few steps of cross-entropy, and stays near 1 for hundreds of steps of squared error")
def stalls(o):
    slow, fast = (o.printed(name + r": (\d+) steps")[0] for name in ("squared error", "cross-entropy"))
    return fast < 20 and slow > 500


@says("the slope of the squared error sinks again, the other two stay near 1.")
def pushes(o):
    """Of the losses by one logit, on the wrong side: the squared error of the sigmoid, cross-entropy, hinge."""
    z = np.array([3.0, 6.0])                                    # the target is 0
    p = 1 / (1 + np.exp(-z))
    squared, hinge = 2 * p * p * (1 - p), np.ones(2)
    return squared[1] < squared[0] / 5 < 0.2 and (p > 0.95).all() and (hinge == 1).all()


says("The first layer holds more than half", lambda o: o.printed(r"Measured: (\S+) %", section=7)[0] > 50)
