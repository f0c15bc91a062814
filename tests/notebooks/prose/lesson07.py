"""What the prose of lesson 07 says, and what carries it."""

import inspect
import re

import numpy as np
from numerals import given, quoted, says, slider_takes

from course_lib import load_digits
from course_lib.studies import budgets, landscape, sweeps1986
from course_lib.widgets.lesson07 import delta_explorer

DRAWS = r"{}, {}: (\S+ to \S+)"


def default(function, name):
    return inspect.signature(function).parameters[name].default


def ends(o, activation, kind):
    """|δ₁| / |δ₂₀| of section 4, lowest to highest."""
    return o.printed(DRAWS.format(activation, kind), section=4)[0]


def told(o, unit, section):
    """What the answers with this unit measured; each stands in the output twice, as HTML and as text."""
    return o.printed(rf"Measured: (\S+) {unit}", section=section)[::2]


def beats(o, text):
    """The dictionary of verdicts printed behind ``text``."""
    return dict(re.findall(r"'([^']+)': '([^']+)'", re.search(re.escape(text) + r".*?(\{.*?\})", o.text())[1]))


# ---- 1 and 2: factors of a layer ---------------------------------------------------------------------------------

says("A product of many factors below 1 **vanishes**, of many above 1 it **explodes**",
     "Which weights make the factor 1?", "of mean 0. Mixed", "by ⅙, ½ or 1.", given("definitions, questions"))
says("half of the slopes are 1. He and others (2015) make up", quoted("He, Zhang, Ren, Sun 2015, ICCV, section 2.2"))
says("Glorot and Bengio (2010) average", quoted("Glorot, Bengio 2010, AISTATS, equation 12"))
says("Glorot's start do to ReLU at depth 30?", lambda o: slider_takes(delta_explorer, "Depth in layers", 30))
says("The signal starts at layer 20, on the right", lambda o: o.coded(r"seed, depth=(\d+), width", section=1))


def ratios(o):
    return {(row["activation"], row["start"]): row for row in o.table("activation", "start", "lowest", section=1)}


@says("one scale of the weights makes it about 1: Glorot's for tanh near zero, He's for ReLU.")
def factor_one(o):
    """The factor of one layer, from all nineteen."""
    cases = (("Tanh", "Glorot"), ("ReLU", "He"))
    ends = [ratios(o)[case][end] ** (1 / 19) for case in cases for end in ("lowest", "highest")]
    return all(0.9 < factor < 1.1 for factor in ends) and [round(np.mean(ends), 1)]


@says("With sigmoids less than a billionth arrives, whichever of the three starts is taken; with four times Glorot's, "
      "made for the slope ¼, it is about $10^{-4}$. Tanh and ReLU, with $\\max f' = 1$, lose the "
      "signal too with the old start $\\pm 1/\\sqrt n$. Three of the ten lines stay within a factor of ten.",
      "in seven cases of ten less than a hundredth is left")
def vanishing(o):
    rows = ratios(o)
    assert len(rows) == 10
    meant = rows["Sigmoid", "4 × Glorot"]
    assert 5e-5 < meant["lowest"] and meant["highest"] < 2e-4
    assert all(rows["Sigmoid", start]["highest"] < 1e-9 for start in ("±1/√n", "Glorot", "He"))
    assert all(rows[f, "±1/√n"]["highest"] < 1e-4 for f in ("Tanh", "ReLU"))
    assert sum(0.1 < row["lowest"] and row["highest"] < 10 for row in rows.values()) == 3
    return sum(row["highest"] < 0.01 for row in rows.values()) == 7


@says("Two lines of algebra predict seven orders of magnitude to within a factor of three. With He's weights the "
      "signal keeps its size.")
def predicted(o):
    rows = o.by("ReLU, start")
    for row in rows.values():
        assert all(row["predicted"] / 3 < measured.low and measured.high < 3 * row["predicted"]
                   for measured in (row["|δ₁| / |δ₂₀|"], row["|h₂₀| / |h₁|"]))
    return rows["He"]["predicted"] / rows["±1/√n"]["predicted"] > 1e7


says("with the old weights and ReLU, $\\delta$ falls by seven orders of magnitude",
     lambda o: 1e-8 < ratios(o)["ReLU", "±1/√n"]["lowest"] < ratios(o)["ReLU", "±1/√n"]["highest"] < 1e-7)
@says("Weight decay, one kind of regularisation (section 6), makes weights smaller")
def decay_shrinks(o):
    from course_lib import Dense, Sequential
    from course_lib.optim.first_order import SGD
    net = Sequential(Dense(3, 2, rng=np.random.default_rng(4)))
    before = abs(net.params[0].data).copy()
    for p in net.params:
        p.grad = np.zeros_like(p.data)
    SGD(net.params, lr=0.1, weight_decay=0.1).step()
    return (abs(net.params[0].data) < before).all()


says("ReLU alone, the table says, is no cure, and smaller weights make the matter worse",
     lambda o: ratios(o)["ReLU", "Glorot"]["highest"] < 0.01 and o.printed(r"Measured: (0\.\d+)\.", section=2)[0] < 0.2)


@says("The left figure shows $\\delta$ vanishing for all three activations; the right one shows flat lines of "
      "$\\mathrm{d}W$ for tanh and ReLU.")
def level(o):
    low, high = {}, {}
    for name, a, b in re.findall(r"'(\w+)': '(\S+) to (\S+)'", o.text(2)):
        low[name], high[name] = float(a), float(b)
    assert all(0.1 < low[f] and high[f] < 10 for f in ("Tanh", "ReLU"))
    return low["Sigmoid"] < 1e-15


# ---- 3: dead units -----------------------------------------------------------------------------------------------

says("has slope 0 for every example", given("the rule of the ReLU"))
says("all pixels are positive or 0, so", lambda o: load_digits().x_train.min())
says("The gradient is not small but exactly 0", lambda o: {*o.printed(r"largest \|dW\| (\d\S*);", section=3)})


@says("A few units are dead by chance from the start", "A step with rate 5 kills more, a step with 20 more still.")
def killed(o):
    rows = {float(row["learning rate"]): row for row in o.table("learning rate", "dead of 100")}
    assert 0 < rows[0.0]["dead of 100"] < 10
    return rows[0.0]["highest"] < rows[5.0]["lowest"] and rows[5.0]["highest"] < rows[20.0]["lowest"]


says("we go on with rate 0.05 for five epochs",
     lambda o: "digits.t_train, 5, lr=0.05)" in o.code(3))
says("None. The gradient", lambda o: told(o, "units", 3) == [0.0]
     and o.printed(r"largest \|dW\| (\d\S*);", section=3) == [0.0] * 5)


def opened(o):
    """Epochs and shut units of the three networks, by (slope, rate)."""
    numbers = lambda text: [float(v) for v in text.split(", ")]
    return {key: (numbers(row["epochs until 80 %"]), numbers(row["units shut then"]))
            for key, row in o.by("slope below 0, rate").items()}


@says("all biases at −4, and train with rate 0.1 and momentum 0.9 until the held-out accuracy exceeds 80 %")
def settings(o):
    source, rates = inspect.getsource(budgets.opened), {key.split(", ")[1] for key in opened(o)}
    return (all(text in source for text in ("b.data[:] = -4.0", "momentum=0.9")) and "0.1)" in rates
            and default(budgets.opened, "level") == 0.8)


says("with a slope of 0.1 this takes about five epochs",
     lambda o: all(abs(n - 5) < 2 for n in opened(o)["(0.1, 0.1)"][0]))


@says("at the same rate, the smaller the slope the more epochs it takes. Who stops after twenty epochs calls 0.01 "
      "useless; with a rate of 1.0 the same leak needs fewer, and opens more units.")
def slower(o):
    epochs = {key: found[0] for key, found in opened(o).items()}
    assert max(epochs["(0.1, 0.1)"]) < min(epochs["(0.03, 0.1)"])
    assert max(epochs["(0.03, 0.1)"]) < 20 < min(epochs["(0.01, 0.1)"])
    assert max(opened(o)["(0.01, 1.0)"][1]) < min(opened(o)["(0.01, 0.1)"][1])
    return max(epochs["(0.01, 1.0)"]) < min(epochs["(0.01, 0.1)"])


@says("A leak lets a shut unit learn; hardly any opens. The table says: at rate 0.1 the network reaches 80 % with "
      "nearly all still shut.", "a leak lets shut units learn.")
def still_shut(o):
    found = {key: opened(o)[key] for key in ("(0.01, 0.1)", "(0.03, 0.1)", "(0.1, 0.1)")}
    assert all(np.isfinite(epochs).all() and min(shut) > 85 for epochs, shut in found.values())
    return np.median([shut for _, shut in found.values()]) > 95


# ---- 4: normalisation --------------------------------------------------------------------------------------------

says("(Ba and others 2016) avoids it", quoted("Ba, Kiros, Hinton 2016, arXiv 1607.06450"))


@says("With batch norm both keep a signal", "ReLU with batch norm even grows towards layer 1. With "
      "sigmoids layer norm keeps much less")
def normalised(o):
    sigmoid = {kind: ends(o, "Sigmoid", kind) for kind in ("plain", "batch norm", "layer norm")}
    assert sigmoid["plain"].high < 1e-15 < 1e-9 < sigmoid["layer norm"].low
    assert sigmoid["layer norm"].high < 1e-6 and sigmoid["batch norm"].low > 0.1
    return ends(o, "ReLU", "batch norm").low > 10


# ---- 5: residual connections, and two budgets --------------------------------------------------------------------

says("He, Zhang, Ren and Sun (2016) let each block", quoted("He, Zhang, Ren, Sun 2016, CVPR, pp. 770-778"))
says("the term that skips them all is 1.", "into a sum that contains 1.", given("the first term of the product (7.13)"))
says("20 dense layers, 32 units wide", lambda o: [
    *{*o.coded(r'^ +"(?:sigmoid|ReLU, Glorot|ReLU, He|batch norm|residual)": \((\d+), ', section=5)},
    default(budgets.deep, "width")])
says("how many of the five deep kinds then get 85 % right?",
     lambda o: 100 - o.coded(r"np\.less\(wrong, (\d+)\)", section=5)[0])
says("batches of 64, momentum 0.9", lambda o: [default(budgets.side_by_side, name) for name in ("size", "momentum")])


@says("The detour alone explodes, by about $\\sqrt 2$ a block; with corrections of size $1/\\sqrt M$ the signal grows "
      "by less than the $\\sqrt e = 1.65$ of (7.14) in all.")
def detour(o):
    (alone, block), (small, _) = (o.printed(rf"{kind}: \|δ₁\| / \|δ₂₀\| (\S+ to \S+), (\S+) a block", section=5)
                                  for kind in ("residual, He", "residual, He/√M"))
    assert alone.low > 500 and abs(block - 2 ** 0.5) < 0.02
    return 1 < small.low and small.high < 1.65


def wrong(o, nth):
    return o.by("kind", "wrong, %", nth=nth)


says("One. A report would say that batch norm and He's start, sections 2 and 4, do not train twenty layers.",
     lambda o: told(o, "of five", 5)[0] == 1
     and all(15 < wrong(o, 0)[kind] < 50 for kind in ("batch norm", "ReLU, He")))


@says("Now three kinds get 85 % right. Batch norm and He's start had not failed; nobody had waited.")
def waited(o):
    assert told(o, "of five", 5)[1] == 3
    return all(wrong(o, 1)[kind] < 15 for kind in ("batch norm", "ReLU, He", "residual"))


@says("At both the residual network makes the fewest mistakes of the deep ones, not told apart from two layers; "
      "ReLU with Glorot's start lies behind He's: \"selecting ReLU\" is not enough. The sigmoid, "
      "with Glorot's start, stays at chance.")
def not_decided(o):
    for nth, epochs in enumerate((12, 36)):
        found = beats(o, f"{epochs} epochs, is residual better than")
        deep = ("sigmoid", "ReLU, Glorot", "ReLU, He", "batch norm")
        assert all(found[kind] == "yes" and wrong(o, nth)["residual"] < wrong(o, nth)[kind] for kind in deep)
        assert wrong(o, nth)["ReLU, He"].below(wrong(o, nth)["ReLU, Glorot"])
        assert abs(wrong(o, nth)["sigmoid"] - 90) < 1
        assert found["2 layers"] == "not told apart"
    return True


# ---- 6: regularisation -------------------------------------------------------------------------------------------

says("sets each activation to 0 with probability", given("the definition of dropout"))


@says("Both cost functions are minimised; one of the networks knows nothing.")
def by_heart(o):
    true, random = (o.printed(rf"{name} labels: (\d+) learnt; held-out (\d+)%") for name in ("true", "random"))
    return true[0] == random[0] == 300 and true[1] > 85 and random[1] < 20


@says("Everybody gets the same 300 labelled digits, drawn anew for each seed, and 60 epochs", "it trains on 200 and "
      "watches 100.", "Each remedy chooses among three strengths")
def terms(o):
    from course_lib.studies import remedies
    return (remedies.DIGITS, remedies.EPOCHS, remedies.REMEDIES["early stopping"](2)["images"],
            len(remedies.STRENGTHS)) == (300, 60, 200, 3)


@says("dropout rates 0.2, 0.4, 0.8; decays 0.008, 0.016, 0.032; a patience of 8, 16 or 32 epochs")
def strengths(o):
    from course_lib.studies.remedies import STRENGTHS, strength
    return [[strength(name, v) for v in STRENGTHS] for name in ("dropout", "weight decay", "early stopping")] == [
        ["rate 0.2", "rate 0.4", "rate 0.8"], ["decay 0.008", "decay 0.016", "decay 0.032"],
        ["patience 8", "patience 16", "patience 32"]]


says("Three of six chosen strengths lie at the grid's edge",
     lambda o: [row["at the grid's edge"] for nth in (0, 1) for row in o.table("remedy", "better than none", nth=nth)
                if row["strength"]].count("yes") == 3)


@says("Without a remedy the loss soon rises again: wrong labels are learnt.")
def turns(o):
    lowest = o.printed(r"lowest loss of none after" + r" (\d+)" * 8)
    return max(lowest) < 60 and sorted(lowest)[3] < 30


@says("With a tenth wrong, dropout and weight decay gain. Early stopping gains less than either, and is not told "
      "apart from none. Against the network with the same 200 digits it is better here. "
      "Where labels are right, it only costs.", "here dropout and weight decay gained where labels were "
      "wrong.")
def remedies_on_equal_terms(o):
    right, bad = (o.by("remedy", "better than none", nth=nth) for nth in (0, 1))
    stopping = beats(o, "early stopping beats")
    assert bad["dropout"] == bad["weight decay"] == "yes"
    assert bad["early stopping"] == "not told apart"
    assert stopping == {"none, 200 digits": "yes", "dropout": "no", "weight decay": "no"}
    return right["early stopping"] == "no"


# ---- 7: the landscape --------------------------------------------------------------------------------------------

says("the slope is 0 and all curvatures", given("the definition of a minimum"))
says("At $a = b = 0$ both slopes are 0", lambda o: {*sweeps1986.product(np.zeros(2))[1]})
says("let L-BFGS (lesson 06) go on to a slope of $10^{-14}$", lambda o: default(landscape.going_on, "tolerance"))
says("an experiment of Rumelhart, Hinton and Williams (1986)", "The encoder of 1986 sends eight patterns through three",
     "Chauvin's fit of 1986, printed by the same authors, is $280 - 33 \\log_2 H$ presentations",
     quoted("Rumelhart, Hinton, Williams 1986, PDP 1, pp. 330-337"))
says("$\\eta = 0.25$, momentum 0.9. The starting weights are ours", lambda o: "lr=0.25, momentum=0.9" in o.code(7))
says('"XOR has no local minima" is the title of Hamey (1998).', quoted("Hamey 1998, Neural Networks 11"))
says("Sprinkhuizen-Kuyper and Boers prove it for finite weights (1998)",
     quoted("Sprinkhuizen-Kuyper, Boers 1998, Neural Networks 11, abstract"))
says("a strictly decreasing path from each finite point to error 0 (1999)",
     quoted("Sprinkhuizen-Kuyper, Boers 1999, Annals of Mathematics and Artificial Intelligence 25, abstract"))
says("Each factor of ten costs about the same number of further steps.",
     lambda o: (lambda s: max(b - a for a, b in zip(s, s[1:])) - min(b - a for a, b in zip(s, s[1:])) <= 1)(
         o.printed(r"steps until L < 0.25: \[(\d+), (\d+), (\d+), (\d+)\]")))


def late(o):
    return o.by("H, optimizer")


@says("After 6000 sweeps 10 networks of 200 are left, 17 with other starts, at $E \\approx \\tfrac14$")
def left(o):
    assert all(abs(e - 0.25) < 0.001 for e in o.printed(r"'(0\.\d+) to \d", section=7))
    sweeps = max(int(header) for header in late(o)["2, momentum"] if header.isdigit())
    return [sweeps, *o.printed(r"networks of (\d+) that are not right", section=7)[:1],
            *(late(o)[kind][str(sweeps)] for kind in ("2, momentum", "2, other starts"))]


@says("With four units or eight, momentum leaves none.", "Adam, here, leaves many more, at either rate.",
      "our medians fall with $H$ likewise")
def rivals(o):
    rows = late(o)
    assert rows["4, momentum"]["6000"] == rows["8, momentum"]["6000"] == 0
    assert all(rows[name]["6000"] > 2 * rows["2, other starts"]["6000"] for name in ("2, Adam 0.03", "2, Adam 0.003"))
    medians = [rows[f"{H}, momentum"]["median sweeps"] for H in (2, 4, 8)]
    return medians == sorted(medians, reverse=True)


@says("The saddle bends down in one direction, the local minimum (lesson 06) up in all.",
      "on going on its slope dies away, the lowest curvature measured is 0, $E$ stays, the weights grow")
def places(o):
    rows = o.by("place")
    saddle, minimum, stuck, on = (rows[name] for name in rows)
    assert saddle["lowest curvature"] < 0 < saddle["highest"] and minimum["lowest curvature"] > 0
    assert 1e-6 < stuck["|gradient|"] < 1e-2 and on["|gradient|"] < 1e-12 and on["lowest curvature"] == 0
    return abs(stuck["loss"] - on["loss"]) < 0.001 and on["|w|"] > 2 * stuck["|w|"]


says("Ours did not find it.", lambda o: told(o, "networks", 7)[1] == 0)


def encoders(o):
    """(learnt, median sweeps) by momentum and rate."""
    rows = {float(row["η"]): row for row in o.table("η", "momentum 0.9")}
    def pair(text):
        learnt, median = re.fullmatch(r"(\d+) \((\d+|inf)\)", text).groups()
        return int(learnt), float(median)
    return {m: {eta: pair(row[f"momentum {m}"]) for eta, row in rows.items()} for m in ("0.0", "0.5", "0.9")}


@says("With 0.05 or 0.1 nearly all learn. Each momentum has its own rates; 0.9 at its best rate is still the slowest "
      "here.", "Who tries $\\eta = 0.5$ alone must think that momentum 0.9 ruins the encoder.")
def own_rates(o):
    found = encoders(o)
    assert found["0.9"][0.5][0] == 0 and min(found["0.9"][eta][0] for eta in (0.05, 0.1)) >= 27
    best = {m: max(runs, key=lambda eta: (runs[eta][0], -runs[eta][1])) for m, runs in found.items()}
    assert best["0.9"] < min(best["0.0"], best["0.5"])
    fastest = {m: min(median for _, median in runs.values()) for m, runs in found.items()}
    return fastest["0.9"] > 2 * max(fastest["0.0"], fastest["0.5"])
