"""What the prose of lesson 11 says, and what carries it."""

import re
from functools import cache
from inspect import signature
from itertools import combinations

import numpy as np
from numerals import given, in_words, quoted, says

from course_lib.data import load_faces, origin
from course_lib.data.faces import PEOPLE
from course_lib.studies import faces as study

# ---- facts from the literature, and from measurements outside the lesson -------------------------------------------

says("at a laboratory in Cambridge between 1992 and 1994: 40 people, ten times each",
     quoted("Samaria and Harter 1994; AT&T Laboratories Cambridge: April 1992 to April 1994"))
says('"gradients were calculated for layer 18 first, then for layer 1"',
     'an extra training step for layer 18 solely"', '"18-layer convolutional neural network"',
     '"Layer 18 first, then layer 1" is **false**',
     quoted("article B of lesson 00: Backpropagation, deepchecks.com/glossary/backpropagation"))
says('"Trained using backpropagation across all 18 layers"',
     quoted("article D of lesson 00: unsigned, on Parkhi and others 2015, where it speaks of face recognition"))
says("the paper had 2,622.", "It learnt from 2.6 million photographs of 2,622 people.",
     quoted("Parkhi, Vedaldi, Zisserman 2015, sections 3 and 5"))
says("items 0 (the input) to 18 and 19 to 37", quoted("Parkhi, Vedaldi, Zisserman 2015, table 3"))
says("right decisions on 6,000 pairs of photographs (*Labeled Faces in the Wild*) and on 5,000 pairs of videos",
     quoted("Huang and others 2007; Wolf, Hassner, Maoz 2011"))
says("| the paper, descriptors of stage one | | 91.6 |", "| the paper, after stage two | 98.95 | 97.3 |",
     quoted("Parkhi, Vedaldi, Zisserman 2015, tables 4 to 6"))
says("| FaceNet (Schroff and others 2015) | 99.63 | 95.12 |", quoted("Schroff, Kalenichenko, Philbin 2015, section 5"))


@says("had equal error rates of 3 to 19 %, and at *our* threshold accepted 40 to 73 % of the pairs of two people")
def elsewhere(o):
    """The stored figures of 30 November 2026, the network's on other collections than AT&T."""
    rates = [100 * row.share for row in study.elsewhere_figures().part("equal error rate")
             if row.answer == "network" and not row.name.startswith("AT&T")]
    least = study.elsewhere_figures().part("false accepts at the threshold of AT&T")[0]
    return [round(min(rates)), round(max(rates)), 100 * least.low, 100 * least.high]


says("up to 34.7 % errors for darker-skinned women, at most 0.8 %", quoted("Buolamwini and Gebru 2018, table 4"))
says("four of the 40 are women", quoted("Counted in 2026 on the photographs of Samaria and Harter 1994, by looking"))
says("(GDPR, article 9)", quoted("Regulation (EU) 2016/679, article 9"))

# ---- what the lesson measured ---------------------------------------------------------------------------------------


def every(o, *headers):
    """The rows of all tables that have these headers."""
    return [dict(zip(names, row)) if not isinstance(row, dict) else row for _, names, rows in o.tables
            if set(headers) <= set(names) for row in rows]


def verdicts(o):
    """{difference: "lower", "higher" or "not told apart"}."""
    return {str(row["difference of the error rates"]): row["the first is"]
            for row in every(o, "difference of the error rates", "the first is")}


says("Eigenfaces and pixels are not told apart",
     lambda o: verdicts(o)["eigenfaces − pixels"] == "not told apart")
says("Fisherfaces, which know who is who, make fewer errors than both.",
     lambda o: verdicts(o)["Fisherfaces − pixels"] == verdicts(o)["Fisherfaces − eigenfaces"] == "lower")


def shared_people():
    """Of the 30 people to learn from, how many any two splits share at least."""
    fits = [{*map(int, study.split_people(k)[0])} for k in range(5)]
    return min(len(a & b) for a, b in combinations(fits, 2))


says("with their 95 % intervals (rather too short: ten people are in two splits, and any two splits share at least 20 "
     "of the 30 to learn from)",
     lambda o: o.printed(r"once, (\d+) twice")[0] == 10 and [95, shared_people(), len({*study.split_people(0)[0]})])


@says("The other two are standardised, brought to length 1, with 60 or 100 directions and a shrinkage of 0.3, set by "
      "hand")
def settings_of_baselines(o):
    eigen, fisher = (signature(rule).parameters for rule in (study.eigenfaces, study.fisherfaces))
    return [1, eigen["components"].default, fisher["components"].default, fisher["shrinkage"].default]



def known(o):
    """{who is judged: equal error rate}."""
    return o.by("learnt from 300 photographs: who is judged", "equal error rate")


says("the first has an error rate of about 0.11.", lambda o: round(float(known(o)["strangers"]), 2))


@says("Who has met the people makes little more than half the errors: promised 0.06, delivered at the door 0.11.")
def met(o):
    strangers, others = float(known(o)["strangers"]), float(known(o)["other photographs"])
    assert known(o)["other photographs"].below(known(o)["strangers"]) and 0.5 < others / strangers < 0.62
    return [round(others, 2), round(strangers, 2)]


says("The network makes fewer errors than Fisherfaces.",
     lambda o: verdicts(o)["stage one − Fisherfaces"] == "lower")


@says("But look at the five rates: who is judged matters.")
def spread(o):
    five = [float(rate) for row in every(o, "strangers", "the five error rates")
            if row["strangers"] == "stage one" for rate in str(row["the five error rates"]).split()]
    return max(five) > 2 * min(five)


says("Nothing was chosen by the strangers, says their file",
     lambda o: "nothing was chosen by the people left out" in origin("faces_networks.npz")["seeds"])
says("the settings were found on other splits of these 40 people",
     lambda o: "other splits of the same 40 people" in origin("faces_networks.npz")["settings"] and PEOPLE)
says("Neither kind of triplets changes the errors of strangers by anything that can be told.",
     lambda o: {verdicts(o)[f"{kind} − stage one"] for kind in ("violating", "semi-hard")} == {"not told apart"})
says("Whitening, which looks at no triplet, lowers the errors",
     lambda o: verdicts(o)["whitened − stage one"] == "lower")
says("After stage one random triplets are nearly all easy.",
     lambda o: o.printed(r"training people: (\d+) %")[0] <= 1 and o.printed(r"strangers: (\d+) % of")[0] <= 5)


def power(o):
    """The power of the whitening, and the people that it knew, as the file of the networks tells them."""
    assert f"power were found earlier on other splits of the same {PEOPLE}" in origin("faces_networks.npz")["settings"]
    return float(re.search(r"power (\S+)", origin("faces_networks.npz")["sizes"])[1])


says("The power, 0.5, was found on other splits of these 40 people", lambda o: [power(o), PEOPLE])
says("(its power knew these 40 people, so that may flatter)", lambda o: power(o) > 0 and PEOPLE)


@says("A little more than an even share lies in the middle (36 % in the middle quarter), as in untrained networks too")
def middle_quarter(o):
    shots, _ = study.Contest(*load_faces()).splits[0].judge
    pair, shares = shots[[0, -1]], []
    for seed in range(3):
        trunk = study.make_trunk(rng=np.random.default_rng(seed))
        y, backward = study.resemblance.embedding_and_backward(trunk, study.Projection(128), pair)
        shares += map(study.resemblance.central_share, backward(y[::-1]))
    assert 0.25 < np.mean(shares) < 0.4
    share, even = o.printed(r"in the middle quarter: (\d+)% of its size \(even: (\d+)%\)")
    return even < share and [share]


says("Digits lie close together for it, whatever digit",
     lambda o: o.printed(r"Measured: (\d+) %", section=8)[0] == 100)
says("Now 300 such steps ($\\eta$ = 0.02, margin 0.2) for each of the five networks",
     lambda o: _defaults())


def _defaults():
    import inspect

    from course_lib.studies.faces import projection_training
    options = inspect.signature(projection_training).parameters
    return [options[name].default for name in ("steps", "lr", "margin")]


says("how many people carry which share of the errors",
     lambda o: o.printed(r"(\d+)% of false accepts")[0] > o.printed(r"false accepts, at random (\d+)%")[0] + 10
     and o.printed(r"(\d+)% of false rejects")[0] > o.printed(r"false rejects, at random (\d+)%")[0] + 10)


def figures_of(o, name):
    """Of the table of the simulated elsewhere: |m|², false accepts, false rejects, EER, before and after each."""
    row, = (row for row in every(o, *study.SHIFTED) if str(row["photographs"]) == name)
    return [float(re.match(r"[\d.]+|$", str(row[key]))[0] or "nan") for key in study.SHIFTED[1:]]


ACCEPTS, LEFT, REJECTS, LOST, EER = 1, 2, 3, 4, 5


says("today's accepts 27 % on small pictures (LFW).",
     lambda o: round(100 * study.elsewhere_figures().part("false accepts among 100 small pictures (LFW)")[0].share))


@says("The camera raises $|m|^2$ from 0.19 to 0.50, "
      "and seven of ten pairs of two people are accepted. After (11.9) and (11.10) it is 6 %, while false rejects rise "
      "from 0 to 10 %.")
def camera(o):
    before, camera = figures_of(o, "as they are"), figures_of(o, "another camera")
    assert round(camera[ACCEPTS] / 10) == 7
    return [before[0], camera[0], round(camera[LEFT]), round(camera[REJECTS]), round(camera[LOST])]


@cache
def trained_on(split):
    """The strangers of a split, every second photograph of each, and the network that never saw them, with one view."""
    images, people = study.Contest(*load_faces()).splits[split].judge
    return images[::2], people[::2], study.one_view(*study.trained(split))


@says("(Four other sets: 73 to 87 %, then 4 to 8.)")
def other_cameras(_):
    images, people, embed = zip(*map(trained_on, range(5)))
    known, rows = [embed[k](images[k]) for k in range(5)], []
    for seed in range(1, 5):
        taken = [embed[k](study.other_camera(images[k], np.random.default_rng([seed, k]))) for k in range(5)]
        rows.append(study.shifted_row("", known, taken, people))
    before, after = ([round(100 * getattr(row, column)[0]) for row in rows]
                     for column in ("accepts_before", "accepts_after"))
    return [min(before), max(before), min(after), max(after)]


@says('In "own light" they rise from 17 to 43 %, and the equal error rate (EER) hardly falls (21 to 20 %).')
def light(o):
    light = figures_of(o, "own light")
    return [round(value) for value in (light[REJECTS], light[LOST], *light[EER:])]


says("Centred on two people, a quarter of the right pairs is lost.",
     lambda o: round(figures_of(o, "camera, mean of 2")[LOST] / 5) == 5)
says("are taken for one of nine others (90 comparisons)?",
     lambda o: in_words(len({*study.split_people(0)[1]}) - 1) == "nine" and 10 * (len({*study.split_people(0)[1]}) - 1))


def gate(o):
    """{threshold: row} of the table of one against many."""
    return {str(row["threshold"]): row for row in every(o, "threshold", "counted")}


@says("Fewer than (11.11) says")
def fewer(o):
    fewer, half = o.printed(r"fewer than promised by so many points: (\d+) ± (\d+)")
    return fewer > half


says("Still 59 %.", lambda o: round(float(gate(o)["equal errors"]["counted"])))
says("7 % of the strangers are named", lambda o: round(float(gate(o)["1 in 1,000"]["counted"])))
says("and a quarter of the right pairs is rejected.",
     lambda o: 20 < float(gate(o)["1 in 1,000"]["own people rejected"]) < 30)
says("Three of 50 photographs are taken for somebody else, and the two errors of the threshold are about as large as "
     "in section 8.", lambda o: about_as_large(o) and o.printed(r"all, by person\s+(50)\s+94\.0 %"))


@says("By four other cameras two to eight in a hundred are not named right, false accepts are 3 to 8 % and false "
      "rejects 2 to 12.")
def judged_by_other_cameras(_):
    photographs, found = study.Contest(*load_faces()).splits[3].judge, []
    for seed in range(4, 8):
        known, example = study.known_and_example(photographs, seed)
        report = study.judge_photographs(example, trained_on(3)[2], known)
        share = {row.name.partition(",")[0]: row.share for row in report.rows
                 if "by person" in row.name or "false" in row.name}
        found.append([100 * (1 - share["all"]), 100 * share["false accept"], 100 * share["false reject"]])
    (least, accept, reject), (most, accepts, rejects) = np.round(np.min(found, axis=0)), np.round(np.max(found, axis=0))
    assert in_words(least) == "two" and in_words(most) == "eight"
    return [accept, accepts, reject, rejects]


def about_as_large(o):
    """The two errors of the folder judged in section 9, beside those of the simulated camera."""
    accept, reject = (o.printed(rf"false {error}, distance.*?\s\d+\s+([\d.]+) %", section=9)[0]
                      for error in ("accept", "reject"))
    camera = figures_of(o, "another camera")
    return abs(accept - camera[LEFT]) < 2 and abs(reject - camera[LOST]) < 2


# ---- what the text sets itself --------------------------------------------------------------------------------------

says("after normalisation to length 1 |",
     "People are numbers, 0 to 39.",
     "| 11-3 | normalisation to length 1,", given("length 1; forty people counted from 0"))
says("Ten strangers have 100 photographs,",
     "The last two learn from the 30 other people.", "all judged on the same 50, five of each of ten people",
     "learnt from the other 30 people, as above", "of all the 350 that are not judged", "the 50 are among the 300",
     "live, on the 30 people of split 0", "triplets of the 30 *training* people", "descriptors of 30 people vary most;",
     "the trunk separates the 30 people already", "Is it fair among our 40?", "(Ten of 40 are a quarter;",
     given("400 photographs of 40 people: 30 to learn from, ten strangers; 50 judged leave 350"))
says("the maximum is the constant 0, and so are", "(At the kink we choose 0, as for ReLU.)", "three special cases: (1)",
     "same point, (2) positive", "negative are, (3) all three", "is *every* gradient 0, at a margin of 0.5?",
     "every gradient is 0: a network", "is active, at a margin of 0.2?", given("the definition (11.5) and its cases"))
says("that five poolings allow: 32 × 32.", lambda o: in_words(len(study.vgg_face.CHANNELS)) == "five"
     and [2 ** len(study.vgg_face.CHANNELS)] * 2)
says("comparing a passer-by with 10,000 wanted people accuses about 100 of them", lambda _: [10_000, 0.01 * 10_000])
says("(each photograph with itself, too), the first two terms are 0.",
     given("x is what is left when its mean is taken away"))
says("the next one is named with at most about 1 in $N + 1$.", given("of N + 1 alike one is the nearest"))
