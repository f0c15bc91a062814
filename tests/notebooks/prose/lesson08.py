"""The numbers and rankings in the prose of lesson 08; see numerals.py."""

import re

import numpy as np
from numerals import given, quoted, says

from course_lib import im2col, load_mnist, output_size
from course_lib.data.zipcodes import SIZES
from course_lib.studies import lecun1989

PAPER = quoted("LeCun and others 1989, Neural Computation 1, 541-551")
KARPATHY = quoted("Karpathy 2022, github.com/karpathy/lecun1989-repro, README and modern.py")
DIGITS = load_mnist(size=16)
[FIRST_MAPS] = {p.data.shape for p in lecun1989.lecun1989(rng=np.random.default_rng(0)).params
                if p.data.ndim == 3 and p.data.shape[1] == 8}               # the biases of H1

# ---- quoted ------------------------------------------------------------------------------------------------------
says("9,298 digits, 16 ×", "digits instead of 7,291", "0.14 % errors on its training digits, and 5.0 % on 2,007 others",
     "256-40-10 with 10,690 parameters had 8.1 % errors, the shared weights 5.0 %", r"$1.7159 \tanh(\tfrac23 x)$",
     "**The frame** is −1, the background, not 0", "of H2 sees 8 of the 12", "Background is −1, ink 1.",
     "the targets ±1, the loss", PAPER)
says("the reproduction | 0.62 | 4.09 | 23", "squared error | 0.00 | 4.38 | 23", "plain descent | 0.00 | 3.59 | 46",
     "a pixel | 1.70 | 2.19 | 60", "dropout, ReLU | 1.47 | 1.59 | 80", "Karpathy's rate, 0.03 per digit", KARPATHY)
says('counts "18 layers"', quoted("Deepchecks, Backpropagation, deepchecks.com/glossary/backpropagation"))

# ---- from the data and the code ----------------------------------------------------------------------------------
says("two layers of 1989: 16 to 8 to 4.",
     lambda o: [output_size(16, 5, 2, 2), output_size(output_size(16, 5, 2, 2), 5, 2, 2), 16, 1989])
says("whole digit of 16 × 16.", lambda o: DIGITS.x_train.shape[2:])
says("5,000 of MNIST, 1,000 of them held", lambda o: [len(DIGITS.t_train) + len(DIGITS.t_test), len(DIGITS.t_test)])
says("Of 1,000 held-out digits, one is 0.1 %:", lambda o: [len(DIGITS.t_test), 100 / len(DIGITS.t_test)])
says("**The recipe.** 23 passes through the", lambda o: o.coded(r"epochs=(\d+)", section=6))
says("so 0.24 per batch, instead", "batches of 8 instead of single",
     lambda o: o.coded(r"SGD\(net\.params, lr=([\d.]+)\)", section=6) == [8 * 0.03]
     and o.coded(r"Batches\(x, goal, (\d+)", section=6) == [8])
says("of shape (12, 8, 8); its rule is",
     lambda o: FIRST_MAPS)


@says("Two layers of 5 × 5 with stride 2 see 13 pixels")
def field(o):
    return 13 == 5 + 2 * (5 - 1)                # a row of the first map is two pixels further


@says("How many 3 × 3 layers with stride 1 see as far as one 7 × 7 layer?")
def threes(o):
    return 7 == 1 + 3 * (3 - 1)                 # three: a whole number, so the question has an answer


@says("Pixel 5 stands in all of them, pixel 1 in one.")
def how_often(o):
    """In how many windows of 2 × 2 each of the pixels 1 to 9 stands."""
    windows = im2col(np.arange(1.0, 10).reshape(1, 1, 3, 3), 2, 2).ravel().tolist()
    return windows.count(5) == len(windows) / 4 == 4 and windows.count(1) == 1


# ---- what the text sets ------------------------------------------------------------------------------------------
says("kernel turned by 180°, in a frame", "shows a 3, a kernel that",
     "an image of 3 × 3 pixels, with a window of 2 × 2:",
     "to $b_f$: 1.", "copies with factor 1, so", "a convolution with 5 × 5 kernels?",
     "a 1 moved by a pixel is still a 1, but its map",
     "usually 2 × 2 with stride 2.", "send a single 1 back from one", "maps of a 3 in H1 and",
     given("examples, questions, factors of a derivation"))


# ---- measured outside, on the paper's own digits, and stored --------------------------------------------------------
STORED = "network", "what is special", "test digits wrong (%)", "paper, test (%)"
TEST = SIZES[1]                 # digits that judged


def wrong(o, network, special=""):
    """Test digits wrong (%), one for each stored run."""
    return [float(row["test digits wrong (%)"]) for row in o.table(*STORED, section=6)
            if str(row["network"]) == network and row["what is special"] == special]


@says("With the seed of this page: 0.15 % on the training digits and 4.88 % on the others (other seeds: 5.28, 5.23), "
      "where the paper had 0.14 and 5.0.")
def the_paper(o):
    [row] = [row for row in o.table(*STORED, section=6) if row["seed"] == 8]
    return [row[key] for key in ("training digits wrong (%)", "test digits wrong (%)", "paper, training (%)",
                                 "paper, test (%)")] + wrong(o, "1989", "printed limits")[1:]


@says("With 2,007 digits to judge, chance alone moves 5 % by about one: **not told apart from 1989**.")
def chance(o):
    half = 100 * 1.96 * np.sqrt(0.05 * 0.95 / TEST)             # the 95 % interval of a share of 5 %
    return 0.9 < half < 1.1 and all(abs(w - 5.0) < half for w in wrong(o, "1989", "printed limits"))


says("Both runs with the root are worse than all three with the printed limits.",
     lambda o: len(wrong(o, "1989", "limits with the root")) == 2 and len(wrong(o, "1989", "printed limits")) == 3
     and min(wrong(o, "1989", "limits with the root")) > max(wrong(o, "1989", "printed limits")))
says("Below are digits of 16 × 16 pixels", lambda o: DIGITS.x_train.shape[2:])
says("a layer from 16 × 16 pixels to 12 maps of 8 × 8 cost in parameters?",
     lambda o: [*DIGITS.x_train.shape[2:], *FIRST_MAPS])


@says("Mixing changes nothing for the dense network beyond the scatter of the starts",
      "The convolution loses its whole advantage")
def mixing(o):
    found = o.by("network, pixels", "errors (%)")
    assert not found["dense, mixed"].told_apart(found["dense, as they are"])
    assert found["convolution, as they are"].below(found["dense, as they are"])
    return not found["convolution, mixed"].below(found["dense, mixed"])


@says("took away more than half of the errors, here and in Karpathy's table")
def halved(o):
    """There: of the rows that are quoted above, the reproduction and the last one."""
    [first], [last] = ([float(n) for piece in o.lesson.markdown for n in re.findall(
        rf"\| [^|]*{row} \| [\d.]+ \| ([\d.]+) \|", piece.text)] for row in ("the reproduction", "dropout, ReLU"))
    return first / last > 2 and o.printed(r"Measured: (\S+)\.", section=7)[0] > 2
