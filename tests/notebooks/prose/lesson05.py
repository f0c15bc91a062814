"""What the prose of lesson 05 says, and what carries it."""

from unittest.mock import patch

import numpy as np
from numerals import given, in_words, quoted, says

from course_lib.experiments import interval, say
from course_lib.studies import batch_sizes
from course_lib.training import predict

LECUN = quoted("LeCun and others 1989, Neural Computation 1: 7,291 zip codes, 23 passes, one at a time")


# ---- section 1 -----------------------------------------------------------------------------------------------

def times_of_one(o):
    """How many times the processor time of an update with one example, for 16, 64 and 256."""
    return [o.printed(rf"\b{B}: '([\d.]+)'", section=1)[0] for B in (16, 64, 256)]


says("trained on 7,291 zip-code digits in 1989, one at a time, for 23 epochs", '"Epochs" alone says little: 23 of them',
     LECUN)
@says("23 of them were 167,693 updates")
def of_1989(o):
    row = o.by("training", None)["zip codes, 1989"]
    assert row["updates"] == row["examples"] * row["epochs"] == 7291 * 23
    return [row["epochs"], row["updates"]]



says("does 5,056 multiply-adds an example", lambda o: 3 * (64 * 32 + 32 * 10) - 64 * 32)
says("It is far from 256 times.", lambda o: o.printed(r"Measured: ([\d.]+) times", section=1)[0] < 64)
says("up to some 16 examples an update takes nearly the same time", lambda o: times_of_one(o)[0] < 1.6)
says("an epoch of single examples is many times as dear as one in batches of 256",
     lambda o: 256 / times_of_one(o)[2] > 10)


# ---- section 2 -----------------------------------------------------------------------------------------------

says("A batch of 16 is about one percent of the digits.", lambda o: 0.009 < 16 / 1442 < 0.0115)


@says("The table has the measured errors within a tenth of the derived ones.")
def errors(o):
    return all(abs(row[measured] - row[derived]) <= 0.1 * row[derived] for row in o.table("B", "with replacement")
               for measured, derived in (("with replacement", "(5.5)"), ("without", "(5.6)")))


says("Poor in multiply-adds; good in time, up to a few hundred.",
     lambda o: o.printed(r"256: '([\d.]+)'", section=1)[0] < 256 ** 0.5 / 2)
says("for 256 times the work a sixteenth", lambda o: 256 ** 0.5 == 16
     and 14.5 < o.printed(r"Measured: ([\d.]+) times", section=2)[0] < 17.5)


# ---- section 3 -----------------------------------------------------------------------------------------------

def ends(o, column):
    """{(rate, B): loss} of the bowl's table."""
    return {(float(row["learning rate"]), int(row["B"])): row[column]
            for row in o.table("learning rate", "B", "after 60 updates")}


RATES = (0.05, 0.1, 0.2)


@says("*After equally many updates* the full batch is lowest at 0.1 and at 0.2.")
def by_updates(o):
    end = ends(o, "after 60 updates")
    return all(end[lr, 289] < end[lr, B].low for lr in (0.1, 0.2) for B in (1, 16))


@says("At 0.2 single examples wander about at the bottom, ten times and more as high as batches of 16. "
      "At 0.05 all are on the slope; 16 and 289 are not told apart.")
def wandering(o):
    end = ends(o, "after 60 updates")
    return (end[0.2, 1] > 10 * end[0.2, 16] and not end[0.05, 16].told_apart(end[0.05, 289])
            and all(end[0.05, B] > 3 * end[0.1, B] for B in (1, 16, 289)))


says("But the full batch has looked at 289 times as many examples.", lambda o: o.printed(r"(\d+) images, least")[0])


@says("*After equally many epochs* the full batch is highest: it has made three updates. Of the others "
      "single examples are lower at 0.05 and 0.1, batches of 16 at 0.2")
def by_epochs(o):
    end = ends(o, "after 3 epochs")
    return (all(end[lr, 289] > end[lr, B].high for lr in RATES for B in (1, 16))
            and all(end[lr, 1].below(end[lr, 16]) for lr in (0.05, 0.1)) and end[0.2, 16].below(end[0.2, 1]))


@says("It does for the full batch, with a small enough rate. The others take wrong steps.")
def rises(o):
    one, some, every = (o.printed(rf"B = +{B}: the loss of the data rises at ([\d.]+) of 60")[0] for B in (1, 16, 289))
    return every == 0 < some < one


says("Of each it draws 40 descents", lambda o: o.printed(r"Median of (\d+) descents, and where nine of ten end")[0])


@says("After 200 updates the large rate is near its floor. After 800 the small one is far above its own floor, which "
      "is nearly twenty times lower.")
def floors(o):
    rows = {float(row["rate, B = 4"]): row for row in o.table("rate, B = 4", "after 200", "after 800")}
    large, small = rows[0.16], rows[0.01]
    floor = "its floor (5.7)"
    return (0.7 * large[floor] < large["after 200 updates"] < 1.35 * large[floor]
            and 0.7 * large[floor] < large["after 800"] < 1.35 * large[floor]
            and small["after 800"] > 5 * small[floor] and 19 < large[floor] / small[floor] < 20)


def floor_rows(o):
    return {(float(row["learning rate"]), int(row["B"])): row
            for row in o.table("learning rate", "B", "measured floor")}


@says("Half the rate or twice the batch: the same within 10 %. For small $\\eta$ only $\\eta/B$ counts.")
def rate_over_size(o):
    rows = floor_rows(o)
    near = all(abs(row["measured floor"] - row["(5.7)"]) < 0.1 * row["(5.7)"] for row in rows.values())
    return (near and not rows[0.01, 4]["measured floor"].told_apart(rows[0.04, 16]["measured floor"])
            and "Measured: the same within 10 %" in o.text(section=3))


@says("Shuffled epochs end lower, by a larger share where $\\eta/B$ is smaller.")
def shuffled_floor(o):
    rows = floor_rows(o)
    shares = {}
    for (lr, B), row in rows.items():
        shares.setdefault(round(lr / B, 6), []).append(row["shuffled epochs"] / row["measured floor"])
    low, middle, high = (shares[key] for key in sorted(shares))
    return (len(low) == len(middle) == 2 and max(low) < min(middle) and max(middle) < min(high) and max(high) < 0.85
            and all(row["shuffled epochs"].below(row["measured floor"]) for row in rows.values()))


@says("The short form is 5 % low at 0.04.")
def short_form(o):
    """At this rate and batches of 4; it is lower still, in per cent, nowhere in the table."""
    low = {job: 100 * (1 - row["short form"] / row["(5.7)"]) for job, row in floor_rows(o).items()}
    lr, B = max(low, key=low.get)
    assert B == 4
    return [low[lr, B], lr]


# ---- section 4 -----------------------------------------------------------------------------------------------

@says("in epoch 1 its mean loss is the lower one")
def sorted_looks_better(o):
    loss = o.by("order", "batch loss, epoch 1")
    return loss["sorted"].below(loss["shuffled"])


@says("On held-out digits it is far slower, and right after the block of nines most digits are called a nine.")
def sorted_is_worse(o):
    from course_lib.data import load_digits
    nines = 100 * (load_digits().t_test == 9).mean()
    last, end = o.by("order", "right in epoch 3"), o.by("order", "at its end")
    return (last["sorted"].high < 30 and last["shuffled"].low > 80
            and nines < end["sorted"] < last["sorted"].low and end["sorted"].high < nines + 10
            and min(called_nine()) > 0.5)


def called_nine():
    """The share of the held-out digits that each of the five networks calls a nine after three sorted epochs."""
    shares = []
    for seed in range(5):
        with patch.object(batch_sizes, "evaluate", lambda net, x, t: (predict(net, x).argmax(axis=1) == 9).mean()):
            shares.append(batch_sizes.three_epochs("sorted", seed)[1, -1])
    return shares


says("1,442 rows are 90 batches of 16, and two rows more.", lambda o: [1442, 1442 // 16, 16])
says("two rows, two sixteenths of a step", lambda o: "len(y) / size" in o.text(section=4))
says("It is two images of 1,442.", lambda o: 1442 % 16 == 2)


def searches(o):
    return o.by("last batch")


@says("The throw grows with the rate, and `\"keep\"` found half the rate here")
def the_throw(o):
    rows = searches(o)
    apart = [rows["keep"][f"rate {lr}"] - rows["merge"][f"rate {lr}"] for lr in (0.12, 0.25, 0.5, 1.0)]
    chosen = {last: float(row["chosen"]) for last, row in rows.items()}
    return (apart == sorted(apart) and chosen["keep"] == 0.25
            and {chosen[last] for last in ("merge", "weight", "drop")} == {0.5})


@says("ten other seeds may find the same.")
def as_found_elsewhere(_):
    """One of twelve groups of ten seeds, 10 to 129, does: this one."""
    from course_lib.studies.batch_sizes import end_of_epoch
    ends = {lr: np.mean([end_of_epoch("keep", lr, seed)[-1] for seed in range(70, 80)]) for lr in (0.25, 0.5, 1.0)}
    return min(ends, key=ends.get) == 0.5


@says("Between the other three no difference is told apart.")
def the_three(o):
    rows = searches(o)
    return not any(rows[a][f"rate {lr}"].told_apart(rows[b][f"rate {lr}"]) for a in ("merge", "weight")
                   for b in ("weight", "drop") for lr in (0.12, 0.25, 0.5, 1.0))


@says("Nothing happens until the last update.")
def until_the_last(o):
    before, after = o.printed(r"before the two images ([\d.]+ ± [\d.]+), after them ([\d.]+ ± [\d.]+)")
    return before.below(after)


@says("the step is about three times as long")
def length_of_the_step(_):
    """Of the last step, on two images, against the one before, in ten trainings at the rate 0.5."""
    from course_lib import SGD, Batches, load_digits, softmax_cross_entropy, training
    from course_lib.studies.batch_sizes import network
    (x, t), lengths = load_digits()[:2], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        net, points = network(rng), []
        batches = Batches(x, t, 16, rng=rng, last="keep")
        for _ in training(net, softmax_cross_entropy, SGD(net.params, lr=0.5), batches, 1):
            points.append(np.concatenate([p.data.ravel() for p in net.params]))
        lengths.append(np.linalg.norm(np.diff(points[-12:], axis=0), axis=1))
    mean = np.mean(lengths, axis=0)
    return 2.5 < mean[-1] / mean[:-1].mean() < 3.5


says("the gradient of two images has eight times the squared error of one of sixteen", lambda o: 16 / 2 == 8)


@says("The plain mean of the chunk gradients gives a short last chunk too much weight.")
def plain_mean(o):
    one, two, three = (o.printed(rf"chunks of {n}: .*? off by ([\d.]+)")[0] for n in (1442, 500, 100))
    return one == 0 < two < three


says("took all its 64 patterns", quoted("Rumelhart, Hinton, Williams 1986, Nature 323: 64 patterns"))


# ---- section 5 -----------------------------------------------------------------------------------------------

def schedules(o, column):
    return o.by("schedule", column)


@says("The falling ones end lower than the best constant rate: about five times with step and cosine, which are not "
      "told apart. Half-way the order is another one.")
def order(o):
    end, half = schedules(o, "at the end"), schedules(o, "half-way")
    falling = ("step", "cosine", "one over k")
    assert all(end[name].below(end["constant"]) for name in falling)
    assert not end["step"].told_apart(end["cosine"])
    assert sorted(half, key=half.get) == ["step", "one over k", "cosine", "constant"]
    assert all(end[name].below(end["one over k"]) for name in ("step", "cosine"))
    return all(4 < end["constant"] / end[name] < 5.5 for name in ("step", "cosine"))


@says("from 0.05 the *constant* rate ends lowest, since the others are small before they have arrived")
def other_rates(o):
    slow, best = schedules(o, "from 0.05"), schedules(o, "best rate")
    rates = ("0.03", "0.05", "0.1", "0.14", "0.2", "0.4")
    inside = all(float(rate) not in (0.03, 0.4) for rate in best.values()) and len(rates) == 6
    return inside and all(slow["constant"].below(slow[name]) for name in slow if name != "constant")


@says("each from the best of six rates")
def six_rates(o):
    return sum(header.startswith("from 0.") for header in o.table("schedule", "from 0.05")[0]) == 6


@says("Not searched here: the cut every 100 updates, $s = 30$.")
def set_by_hand(_):
    from course_lib.studies.descents import schedules as four
    step, one = four(1.0)["step"], four(1.0)["one over k"]
    return step(100) > step(101) == step(200) and one(31) == 0.5


def warmups(o):
    return {float(row["highest rate"]): row for row in o.table("highest rate")}


@says("without warm-up all eight are thrown to a large loss in their first updates, and end above 0.1; of those with "
      "one, most end well below.")
def thrown_out(o):
    row = warmups(o)[2.0]
    return row["above 0.1, no warm-up"] == 8 and row["above 0.1, warm-up of 60"] <= 2


says("With the warm-up the losses rise too, later and mostly less; six of eight recover.",
     lambda o: in_words(8 - warmups(o)[2.0]["above 0.1, warm-up of 60"]) == "six" and rises_later())


def rises_later():
    """The largest rise of the loss between two looks: in how many of eight runs is it later, and smaller?"""
    from course_lib.studies.batch_sizes import eased_in
    later = less = risen = 0
    for seed in range(8):
        plain, eased = (np.diff(eased_in(2.0, warmup, seed)) for warmup in (0, 60))
        risen += eased.max() > 0.01
        later += eased.argmax() > plain.argmax()
        less += eased.max() < plain.max()
    return risen >= 7 and later >= 7 and 5 <= less


says("how many of the eight runs without a warm-up end with a loss above 0.1? From 1.0 none does.",
     lambda o: warmups(o)[1.0]["above 0.1, no warm-up"] == 0)


@says("From 1.0 and 1.4, where nothing is thrown out, the table finds a small gain at most.")
def small_gain(o):
    return all(0.75 < warmups(o)[lr]["loss, warm-up of 60"] / warmups(o)[lr]["loss, no warm-up"] < 1.02
               for lr in (1.0, 1.4))


@says("Between steep walls the rate 0.2 throws all 400 descents out without a warm-up, and none with one of 10 "
      "updates. On the parabola nothing is thrown out at this rate, with or without.")
def walls(_):
    from course_lib.studies.descents import RUNS, noisy_descents, scheduled_rates
    thrown = [np.isinf(noisy_descents(scheduled_rates("constant", 0.2, warmup), steep, draw)[-1]).sum()
              for warmup, steep in ((0, True), (10, True), (0, False), (100, False)) for draw in (4, 5)]
    return thrown == [RUNS, RUNS, 0, 0, 0, 0, 0, 0] and RUNS == 400


# ---- settings ---------------------------------------------------------------------------------------------------

def set_in(training, *arguments):
    """The optimizer and the batches of a training of course_lib/studies/batch_sizes.py, and options; nothing is run."""
    with (patch.object(batch_sizes, "curve") as curve, patch.object(batch_sizes, "training") as loop,
          patch.object(batch_sizes, "evaluate")):
        getattr(batch_sizes, training)(*arguments)
    [call] = curve.call_args_list + loop.call_args_list
    return *call.args[2:4], call.kwargs


says("a rate that goes to 0 with an endless sum is enough", given("derived: w shrinks by the product of all 1 - rate"))
says("without shuffling, at the rate 0.1. What share", lambda o: set_in("three_epochs", "sorted", 0)[0].lr)
says("mean of several runs and its 95 % interval",
     lambda o: "95 %" in interval.__doc__ and say([0.0, 1.0, 2.0]) == "1 ± %.3g" % interval([0.0, 1.0, 2.0])[1])
says("What is left are $B$ terms", "product of the expectations, and these are 0.", "All deviations add up to 0, so",
     "At $B = N$ the last factor is 0", "an error $\\varepsilon$ with mean 0 and", "the new $\\varepsilon$ has mean 0.",
     "There $g$ is 0, but", "not to 1, because of the start at 0;", given("derived on the page"))
says("there the variance is 0.", "they have *more*: its variance is 0", lambda o: [row["without"] for row in o.table(
    "B", "without") if row["B"] == 1442])
says("at the rate 0.2, which has the lowest loss in the mean of many descents",
     lambda o: o.printed(r"Learning rate ([\d.]+)\. one", section=3)[0])
says("the symmetry net of 1986 took", quoted("Rumelhart, Hinton, Williams 1986, Nature 323"))
says("batches of 64, 300 updates of a cosine from three highest rates",
     lambda o: [set_in("eased_in", 1.0, 60, 0)[1].size, max(set_in("eased_in", 1.0, 60, 0)[2]["at"])])
says("a warm-up of 60 updates", lambda o: max(range(1, 301), key=set_in("eased_in", 1.0, 60, 0)[0].lr)
     if len(o.coded(r"product\(\((1\.0), (1\.4), (2\.0)\), \(0, (60)\)\)", section=5)) == 4 else None)
says("Five sizes train the digits: 1, 16, 64, 256 and all 1,442. How soon is the loss of the training digits below "
     "0.1?",
     lambda o: [*batch_sizes.BUDGET, batch_sizes.MARK])
says("how many times as large is the best rate of 256 digits as that of single ones",
     lambda o: sorted(batch_sizes.BUDGET)[-2])


# ---- section 6 -----------------------------------------------------------------------------------------------

SIZES = ("B = 1", "B = 16", "B = 64", "B = 256", "B = 1442")


def raced(o, column):
    return o.by("batch size", column, section=6)


@says("The rate chosen for single digits is 0.085, for 16 it is 0.7, for each larger size 1.4: on this list 16 times "
      "for 256 digits, not 256 times.")
def rates(o):
    chosen = raced(o, "chosen rate")
    assert set(raced(o, "at an end").values()) == {"no"}
    assert set(o.printed(r"Measured: (\d+) times", section=6)) == {16}
    assert set(raced(o, "mark reached").values()) == {5}
    return (chosen["B = 1"], chosen["B = 16"], {chosen[size] for size in SIZES[2:]}) == (0.085, 0.7, {1.4})


@says("for each size larger rates need fewer updates, up to a limit. For 1, 16 and 64 digits it is a wall: beyond it "
      "the mark was not reached in time (no point). For 256 and 1,442 it is an optimum: at 2.0 they need more updates.")
def limits(_):
    trials = batch_sizes
    fit = trials.digits_split().fit

    def needed(B, *tried):
        return [np.mean([trials.race(B, lr, seed, fit, fit)["updates"] for seed in (1, 2)]) for lr in tried]

    falls = (needed(1, 0.06, 0.085), needed(16, 0.25, 0.35, 0.5), needed(64, 0.7, 1.0, 1.4))
    walls = [needed(1, 0.12), needed(16, 1.4), needed(64, 2.0)]
    turns = [needed(B, 0.7, 1.0, 1.4, 2.0) for B in (256, 1442)]
    return (all(a == sorted(a, reverse=True) for a in falls) and np.isnan(walls).all()
            and all(a[0] > a[1] > a[2] < a[3] for a in turns))


says("At the mark, 178 held-out digits are counted (one is 0.56 %).", lambda _: held_out())


def held_out():
    from course_lib.studies.batch_sizes import digits_split
    judged = len(digits_split().judge[0])
    return [judged, 100 / judged]


@says("In section 4 one epoch chose 0.5 for batches of 16: another budget")
def one_epoch(o):
    from inspect import signature

    from course_lib.studies.batch_sizes import end_of_epoch
    return [float(searches(o)["merge"]["chosen"]), signature(end_of_epoch).parameters["size"].default]


@says("*By updates* larger sizes are ahead, but from 16 to 1,442 digits only by a factor of less than three, and from "
      "256 on by a tenth.")
def race_by_updates(o):
    updates = raced(o, "updates to a loss")
    return (all(row["fewer updates with the larger"] == "yes" for row in o.table("neighbours"))
            and 2.4 < updates["B = 16"] / updates["B = 1442"] < 3
            and 1.05 < updates["B = 256"] / updates["B = 1442"] < 1.15)


@says("*By epochs* smaller sizes are ahead.")
def race_by_epochs(o):
    epochs = raced(o, "epochs")
    return (all(row["fewer epochs with the smaller"] == "yes" for row in o.table("neighbours"))
            and list(epochs.values()) == sorted(epochs.values()))


@says("single digits and the full batch take several times as long as the others.")
def race_by_processor_time(o):
    time = raced(o, "processor time")
    return min(time["B = 1"], time["B = 1442"]) > 2 * max(time[size] for size in SIZES[1:4])


@says("more accurate: every size has 96 or 97 % of the held-out digits right at the mark, and no order by size")
def accuracy(o):
    right = [raced(o, "held-out digits right")[size] for size in SIZES]
    return all(95.5 < share < 97.5 for share in right) and sorted(right) not in (right, right[::-1])


@says("faster in processor time, than the full batch and than single examples: yes")
def faster(o):
    return race_by_processor_time(o)


@says("Small batches need few epochs, large ones few updates; in processor time the sizes in between were best here")
def summary(o):
    return race_by_epochs(o) and race_by_updates(o) and race_by_processor_time(o)


def copied(o):
    """{(copies, B): row}, both as texts."""
    return {(row["data"], getattr(row["B"], "text", row["B"])): row for row in o.table("data", "B", "epochs to")}


@says("With ten copies the mini-batches need a tenth of the epochs, and read as many examples as before.")
def copies(o):
    once, ten = copied(o)["144 × 1", "16"], copied(o)["144 × 10", "16"]
    return (0.09 < ten["epochs to a loss of 0.1"] / once["epochs to a loss of 0.1"] < 0.11
            and not once["examples read"].told_apart(ten["examples read"]))


@says("The full batch has the same gradient as before, needs the same number of epochs, and reads ten times as much.")
def copies_of_all(o):
    once, ten = copied(o)["144 × 1", "all"], copied(o)["144 × 10", "all"]
    return (once["epochs to a loss of 0.1"] == ten["epochs to a loss of 0.1"]
            and abs(ten["examples read"] / once["examples read"] - 10) < 0.01)


says("LeCun and others reported in 1989 that updates after single examples learnt faster than updates after all",
     quoted("LeCun and others 1989, Neural Computation 1, 541-551"))
