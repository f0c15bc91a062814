"""What the prose of lesson 15 says, and what carries it."""

import inspect

import numpy as np
from numerals import given, quoted, says

from course_lib import load_digits, softmax_cross_entropy
from course_lib.studies import attacks, explanations

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

says("A network says 3, and nobody", "From a blank sheet to a 3 the", given("an example"))
says("is 1 at answer $k$ and 0 elsewhere", given("the definition of a unit vector"))
says("Sundararajan, Taly and Yan 2017", quoted("Sundararajan, Taly and Yan 2017, ICML"))
says("Simonyan, Vedaldi and Zisserman 2014", quoted("Simonyan, Vedaldi and Zisserman 2014, ICLR workshop"))
says("Adebayo and others (2018) draw the weights anew", quoted("Adebayo and others 2018, NeurIPS"))
says("which costs 65 forwards and no gradient",
     lambda o: o.printed(r"one pixel away\s+(\d+) forward", section=4)[0] == 65 and [65])


@says("The left figure shows Gauss falling to rounding for tanh", "grants none of this: there all rules creep")
def only_smooth_slopes_help(o):
    low, _ = o.printed(r"tanh, 20 places: Gauss misses (\S+) to (\S+) times less", section=4)
    _, high = o.printed(r"ReLU, 20 places: Gauss misses (\S+) to (\S+) times less", section=4)
    return low > 1e6 and high < 3 and "Measured: tanh" in o.text(4)


def _orders(o, sheet):
    return o.by("order", f"pixels to {sheet}", section=4)


def _fewer(o):
    """{(a, b): what is told to paper and to ink}: does a need fewer pixels than b?"""
    return {(row["is this"], row["fewer than"]): (row["to paper"], row["to ink"])
            for row in o.table("is this", "fewer than", section=4)}


@says("Integrating buys completeness, no better order", "twenty gradients find the pixels no sooner than one")
def integrating_buys_no_order(o):
    return "yes" not in _fewer(o)["integrated", "gradient × way"] and (
        o.by("order", "cost", section=4)["integrated"] == "20 forward, 20 backward")


@says("is ahead of both towards paper, by less than a tenth of a pixel")
def one_pixel_is_barely_ahead(o):
    paper = _orders(o, "paper")
    return all(_fewer(o)["one pixel away", other][0] == "yes" and 0 < paper[other] - paper["one pixel away"] < 0.1
               for other in ("integrated", "gradient × way"))


@says("The plain gradient ignores how far a pixel has to go: towards ink it is behind an order by chance")
def the_plain_gradient_misses_the_way(o):
    return _orders(o, "ink")["random"].below(_orders(o, "ink")["gradient"])


@says("the integrated map of a network that knows nothing is nearly that of a trained one",
      "The signs tell them apart: a second trained network agrees with the first, a random one does not")
def signs_tell_them_apart(o):
    [row] = [row for row in o.table("map", "random: sizes", section=4) if row["map"] == "integrated"]
    return (row["random: sizes"] > 0.85 and abs(row["random: sizes"] - row["other: sizes"]) < 0.1
            and abs(row["random: with signs"]) < 0.1 < 0.6 < row["other: with signs"])


@says("From ink, the shares are others")
def from_ink_others(o):
    return o.printed(r"integrated from paper and from ink: (\S+) ±", section=4)[0] < 0

# ---- attacks ---------------------------------------------------------------------------------------------------------

says("Goodfellow, Shlens and Szegedy 2015", quoted("Goodfellow, Shlens and Szegedy 2015, ICLR"))
says("(Madry and others 2018)", quoted("Madry and others 2018, ICLR"))
says("(Szegedy and others 2014)", quoted("Szegedy and others 2014, ICLR"))
says("(Athalye, Carlini and Wagner 2018)", quoted("Athalye, Carlini and Wagner 2018, ICML"))
says("or 1.6 of 16 greys", lambda o: [16 * o.coded(r"eps, t_four, four = (\S+),", section=5)[0], 16])
says("The pictures show a 4, the change, and both together", given("which digit is shown"))
says("its gradient underflows to 0.", lambda o: _zero_share() > 0.8 and [0])


def _zero_share():
    """In how many rows does a masked network's loss have a gradient of exactly 0?"""
    net, digits = explanations.learnt(0), load_digits()
    dx = explanations.input_gradient(attacks.masked(net), digits.x_test, softmax_cross_entropy, digits.t_test)[1]
    return np.mean((dx == 0).all(axis=1))


def _still(o):
    return o.by("each pixel moved by 0.1", "% right", section=5)


def _attack(o, eps):
    return o.by("attack", f"% right at {eps}", section=5)


@says("One step with the gradient fools far more than a hundred random draws",
      "or than moving towards another digit's mean")
def one_step_beats_guessing(o):
    still = _still(o)
    return all(still["one step"].below(still[other] - 20)
               for other in ("worst of 100 random signs", "towards another digit's mean", "random signs"))


@says("For a tiny step (15.17) is right; for one of 0.1 it is not")
def the_promise_holds_for_tiny_steps(o):
    small, got, promised, large = o.printed(r"step 0\.\d+: promised (\S+), got (\S+)", section=5)
    return abs(got / small - 1) < 0.1 and large > 10 * promised


@says("At 0.1, twenty steps fool more than one; at 0.2 next to nothing is left",
      "Digits made for one network fool another, though fewer")
def twenty_steps_and_copies(o):
    right, clean = _attack(o, 0.1), _still(o)["nothing"]
    return (right["twenty steps"].below(right["one step"]) and _attack(o, 0.2)["twenty steps"] < 1
            and right["twenty steps"].below(right["twenty steps, made for another"])
            and right["twenty steps, made for another"].below(clean))


@says("And the attack without any gradient is ahead of one step")
def blind_is_ahead(o):
    return "Measured: more" in o.text(5)


@says("It asks 257 times, twenty steps 20 times forward and back")
def how_often_is_asked(o):
    asked, parameters = [], inspect.signature(attacks.pixel_by_pixel).parameters
    attacks.pixel_by_pixel(lambda x: (asked.append(len(x)) or np.zeros((len(x), 10)), None), np.full((1, 64), 0.5),
                           np.array([0]), 0.1)
    return [len(asked), inspect.signature(attacks.projected_steps).parameters["steps"].default] if (
        parameters["sweeps"].default == 2) else False


def _trainings(o, column):
    return o.by("training", column, section=5)


def _better(o):
    """{(a, b): what is told of clean digits, and of the worst of ten with 0.1 and with 0.2}."""
    return {(row["is this"], row["more often right than"]): [row[c] for c in list(row)[2:]]
            for row in o.table("is this", "more often right than", section=5)}


@says("plain training's is small, and clean digits pay")
def plain_pays(o):
    rates = _trainings(o, "rate")
    return rates["plain"] == min(rates.values()) and _better(o)["plain, 8 times as long", "plain"][0] == "yes"


@says("Noise helps a little, attacks in training help much")
def noise_and_attacks(o):
    told, worst = _better(o), _trainings(o, "worst of ten, 0.1")
    gain = worst["random signs of 0.1"] - worst["plain"], worst["one step of 0.1"] - worst["random signs of 0.1"]
    verdicts = told["random signs of 0.1", "plain"][1], told["one step of 0.1", "random signs of 0.1"][1]
    return verdicts == ("yes", "yes") and gain[0] < 12 < 24 < gain[1]


@says("At 0.1, seven steps in training are not told apart from one, at four times its cost; at 0.2 they are ahead")
def seven_steps_and_one(o):
    told, cost = _better(o)["seven steps of 0.1", "one step of 0.1"], _trainings(o, "cost")
    return told[1:] == ["not told apart", "yes"] and cost["seven steps of 0.1"] == 4 * cost["one step of 0.1"]


@says("Training on 0.2 is best there, and worse on clean digits")
def trained_on_more(o):
    clean, _, far = _better(o)["seven steps of 0.2", "seven steps of 0.1"]
    right = _trainings(o, "worst of ten, 0.2")
    return clean == "no" and far == "yes" and all(value.below(right["seven steps of 0.2"]) for name, value
                                                  in right.items() if name != "seven steps of 0.2")


@says("It seems unharmed, and falls as before to the gradient of the margin",
      "and to an attack without gradients")
def seems_unharmed(o):
    plain, loud = (o.by(name, "% right", section=5, nth=nth) for name, nth in (("plain", 0), ("scores times", 0)))
    return (loud["twenty steps"] > 95 and all(abs(loud[way] - plain[way]) < 0.5 for way in (
        "twenty steps on the margin", "pixel by pixel")))


@says("in each stored network the worst of ten attacks with gradients, five restarts on two losses, fools no",
      "and at 0.5 nothing is left", "The trainings above pass this test")
def no_gradient_is_hidden(o):
    networks, held, left = o.printed(r"(\d+) networks: in (\d+) no other attack of 0\.1 fools more than the worst of "
                                     r"ten; right after 0\.5: (\d+) %", section=5)
    restarts = inspect.signature(attacks.strongest).parameters["restarts"].default
    return networks == held and left == 0 and restarts == 5


@says("at 0.2 most digits still fall")
def most_still_fall(o):
    return all(value < 50 for value in _trainings(o, "worst of ten, 0.2").values())

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind
