"""What the prose of lesson 13 says, and what carries it."""

import inspect
import re

from numerals import quoted, says

from course_lib import load_sentiment
from course_lib.data.origins import read_table
from course_lib.experiments import told
from course_lib.studies import sentiment

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

says("Here are 10,605 real sentences", lambda o: len(load_sentiment().sentences))
says("(Hutto and Gilbert 2014, after", quoted("Hutto and Gilbert 2014, ICWSM"))
says("At least 15 people rated each", lambda o: min(map(len, load_sentiment().ratings)))
says("70 % to fit, 10 % to choose, 20 % to judge",
     lambda o: [100 * s for s in inspect.signature(sentiment.parts.__wrapped__).parameters["shares"].default])
says("A score of 0 counts half", lambda o: sentiment.sign_accuracy([0.0], [1.0]) == 0.5)
says("five random splits", lambda o: len(sentiment.SPLITS) == 5)
says("Every fitted rival tries six rates or penalties", lambda o: {len(v) for v in sentiment.VALUES.values()} == {6})


def _stored(name, what="sign"):
    return sentiment.stored()[name][what]


@says("the file is sorted by sign", "one answer for all beats a fitted line")
def sorted_by_sign(o):
    found = dict(re.findall(r"(.+): (\S+)\n", o.text(4)))
    return float(found['signs by saying "negative"']) > float(found["signs by tf-idf"])


@says("The GRU is not told apart from the best line")
def tied(o):
    best = max(sentiment.RIDGES, key=lambda name: _stored(name).mean())
    return best == sentiment.BEST and all(
        told(_stored("GRU", what) - _stored(best, what)) == "not told apart" for what in ("sign", "r"))


@says("It has a higher $r$ than the bag", "it uses the order: shuffled words cost it signs")
def order_counts(o):
    return (told(_stored("GRU", "r") - _stored("bag of words", "r")) == "yes"
            and told(sentiment.cost_of_shuffling()) == "yes")


@says("Averaged, the GRU and that line have a higher $r$ than either")
def averaged(o):
    both = _stored("GRU and ridge on pairs, averaged", "r")
    return all(told(both - _stored(name, "r")) == "yes" for name in ("GRU", sentiment.BEST))


@says("Where a sentence negates, the GRU tells no more signs than pairs do")
def negated(o):
    what = "sign where negated"
    return told(_stored("GRU", what) - _stored(sentiment.BEST, what)) in ("not told apart", "no")


@says("All are far below one person.")
def below_people(o):
    one = min(sentiment.people(seed)["one person, against the others"]["sign"] for seed in range(5))
    return max(m["sign"].max() for m in sentiment.stored().values()) < one - 0.1


@says("The splits share sentences")
def shared(o):
    return bool(set(sentiment.parts(10).judge[0]) & set(sentiment.parts(11).judge[0]))


@says("a few chosen rates lie at the end of their grid")
def edges(o):
    return 0 < sum(row[3] == "yes" for row in read_table(sentiment.FILE)[1]) < 10


@says("and \"not bad at all\" is read as bad", "\"not\" takes from \"good\" and gives \"bad\" almost nothing")
def negation_fails(o):
    said = {words: float(y) for y, words in re.findall(r"([-+][\d.]+): (.+)", o.text(4))}
    score = {re.sub(r" [-+][\d.]+,?", "", words): y for words, y in said.items()}
    good, not_good, bad, not_bad = (score[words] for words in ("good", "not good", "bad", "not bad"))
    return good - not_good > 2 * abs(not_bad - bad) and score["not bad at all"] < -1

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

