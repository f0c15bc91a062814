"""What the prose of lesson 01 says, and what carries it."""

import numpy as np
from numerals import given, quoted, says

from course_lib import load_digits

DIGITS = load_digits()

END = r"lr =\s*{}: loss (\S+) at first, (\S+) at worst, (\S+) after 100 steps, at w = (\S+)"
THREE = r"lr = {}\s+loss (\S+)\s+right (\S+)\s+slope (\S+)"

says("In 1847 Augustin-Louis Cauchy",
     quoted("Cauchy 1847, Comptes rendus 25, 536-538"))
says("it in 1960 for a", quoted("Widrow and Hoff 1960, IRE WESCON Convention Record 4"))
says(r"$\delta$ in 1986 and called", quoted("Rumelhart, Hinton, Williams 1986, PDP 1, 318-362"))
says("image has 64 pixels, not", "The input is the whole image, 64 pixels", "Right: the 64 weights as",
     "weight or 64. We have", lambda o: DIGITS.x_train.shape[1:])
says("it a 3?**", "the target is 1 for threes and 0 for all",
     "range from 0 to 1, so that",
     "error** is 0 for a",
     "grows by 1, and by 1 when $b$",
     "grows by 1. So by",
     "rate of 1 the change",
     "is stable (0) and one",
     'it a 3?" do with a learning rate of 8, and will',
     "larger than 1.",
     given("ranges, targets, examples, choices"))
says("| near 0 | a little below 1 | crawls | | up to 1 | between 1 and 0 | converges from one side; at 1 it arrives in "
     "one step | | between 1 and 2 | between 0 and −1 | oscillates, and converges | | above 2 | below −1 | diverges",
     given("the cases of equation (1.18)"))


@says("with 100 the loss nearly doubles at first, and ends lowest, twice as far along the valley as with 15. 1000 is "
      "too large", "after 100 steps its loss is above both others")
def rates_that_leap(o):
    slow, leaping, lost = (o.printed(END.format(lr)) for lr in (15, 100, 1000))
    assert 1.8 < leaping[1] / leaping[0] < 2
    assert leaping[2] < slow[2] < lost[2]
    assert 1.9 < leaping[3] / slow[3] < 2.1
    return True


@says("The curves: 0.02 is still on its way, 1.0 has learnt, 8.0 has jumped",
      'Two of the three are right no more often than "never a 3"',
      "With 0.02 the slope", "With 8.0 the first step was so long",
      "the slope is nearly zero", "answer is now almost 0. There the")
def three_rates(o):
    (small, right_small, slope_small), (good, right_good, _), (large, right_large, slope_large) = (
        o.printed(THREE.format(lr)) for lr in ("0.02", "1.0", "8.0"))
    never = o.printed(r"never a 3: (\S+)")[0]
    assert right_small <= never and right_large <= never < right_good
    assert good < small < large
    assert slope_small > 1e-3 and slope_large < 1e-6
    return True


says("and ones, 8 × 8 pixels each.", lambda o: np.sqrt(DIGITS.x_train.shape[1:]))
says("curve after 0, 2, 10 and", lambda o: o.coded(r"enumerate\(\[(\d+), (\d+), (\d+), 100\]\)"))


@says("It is near 0 for zeros and larger for ones")
def middle_ink(o):
    """Of the eight images that are shown."""
    shown = DIGITS.t_train < 2
    ink = DIGITS.x_train[shown][:8].reshape(-1, 8, 8)[:, 3:5, 3:5].mean(axis=(1, 2))
    zeros, ones = (ink[DIGITS.t_train[shown][:8] == digit] for digit in (0, 1))
    return zeros.max() < 0.2 < 0.8 < ones.min() and len(zeros) * len(ones) > 0


says("Purple pixels speak for a 3, orange ones against it", given("the palette"))


@says("On the left side, where a 0, 6 or 8 has ink and a 3 has none, the weights are negative.")
def left_side(o):
    """Of the pixels of the left half where the mean 0, 6 and 8 has much more ink than the mean 3."""
    x, t, w, b = DIGITS.x_train, DIGITS.t_train == 3, np.zeros(64), 0.0
    for _ in range(300):                                                    # as the lesson trains: (1.9), rate 1
        y = 1 / (1 + np.exp(-(x @ w + b)))
        delta = 2 * (y - t) * y * (1 - y)
        w, b = w - x.T @ delta / len(x), b - delta.mean()
    means = {digit: x[DIGITS.t_train == digit].mean(axis=0) for digit in (0, 3, 6, 8)}
    more = (np.mean([means[digit] for digit in (0, 6, 8)], axis=0) - means[3] > 0.3) & (np.arange(64) % 8 < 4)
    return more.sum() > 2 and (w[more] < 0).all()
