"""The numbers and rankings in the prose of lesson 04; see numerals.py."""

import numpy as np
from numerals import given, says

says("and train it on digits to 97 %;",
     lambda o: "0.97: True" in o.text(7) or min(o.printed(r"held-out accuracy\D*([\d.]+)", section=7)) >= 0.97)
says(r"$u \approx 1.1\cdot10^{-16}$.", lambda o: [np.finfo(float).eps / 2 * 1e16, 1e-16])
says("$h$ may be $10^{-30}$.", lambda o: np.imag((1 + 1e-30j) ** 2) / 1e-30 == 2)
says("$10^{-2}$, $10^{-5}$ or $10^{-12}$?", given("the choices of a question"))


@says("central, $h = 10^{-5}$", "| below $10^{-9}$ | right |", "| $10^{-9}$ to $10^{-6}$ | wrong |",
      "| $10^{-6}$ to $10^{-3}$ | wrong |", "| above $10^{-3}$ | wrong |",
      "Central differences with $h = 10^{-5}$ confirm a gradient to eight digits or more")
def thresholds(o):
    """Right gradients, by both methods, of functions that differ in scale: all in the rows that are called right."""
    x, h = np.linspace(-2, 2, 41), 1e-5
    for f, slope in ((np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 / np.cosh(x) ** 2)):
        right = slope(x)
        central, imaginary = (f(x + h) - f(x - h)) / (2 * h), np.imag(f(x + 1e-30j)) / 1e-30
        scale = np.abs(right).max()
        if not (np.abs(imaginary - right).max() / scale < 1e-12 and np.abs(central - right).max() / scale < 1e-8):
            return False
    return True


says("with $N = 100$ is an error of $10^{-2}$.", lambda o: [100, abs(99 / 100 - 1)])
says("two layers and a batch of 64.", lambda o: "N=64" in o.code(7))
says("Already 62 examples need more than the weights.", lambda o: all(
    (row["bytes of activations"] > row["bytes of weights and biases"]) == (row["batch"] >= 62)
    for row in o.table("batch", "bytes of activations", section=7)))
says("Never more than 3, however many weights there are.",
     lambda o: max(row["both / forward"] for row in o.table("widths", "both / forward", section=7)) < 3)
says("falling in a straight line from 0.2 to 0.", lambda o: "optimizer.lr = 0.2 * (1 - step / total)" in o.code(7))
says("ten times the plain step; a gradient that flips its sign nearly cancels",
     lambda o: np.allclose(o.printed(r"gradient 1, times +-?1 at each step: velocity (\S+)", section=7),
                           [1 / (1 - 0.9), -1 / (1 + 0.9)], atol=0.02))
says("a single 1 as `dy` selects", "12 outputs and 8 weights:", "with the factor 1:", "all sizes are 3 below, and a",
     "The bracket is 1 where the condition holds, else 0.", "true class, else 0.", "row sums to 0.", "At 8 both agree.",
     "class rounds to 0, its logarithm and", "and infinity times 0 is `nan`.", "$NK$ entries; the 2 comes from the",
     "$x$ of shape (4, 3) and $g$ of shape (4, 1), each number of", "array of shape (4, 3)?", "array has length 1.",
     "time grow by 8, by 4, or by 2?", "a shifted 3 is still a 3.", "the mistakes at 8 × 8 pixels.",
     given("shapes of examples, factors of derivations, the choices of a question"))
