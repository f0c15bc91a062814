"""What the prose of lesson 16 says, and what carries it."""

from numerals import quoted, says

from course_lib.data.claims import MOST_WORDS, common, in_order, lineage, load_claims
from course_lib.widgets import predictions
from course_lib.widgets.claims import KEY

# ---- claims ----------------------------------------------------------------------------------------------------------

says("what they say has 131 sentences", "of the 131 sentences, how many",
     lambda o: len(load_claims()))
says("23 sentences are decided by an experiment",
     lambda o: o.printed(r"decided by an experiment: (\d+)"))
says("at most fifteen words", lambda o: MOST_WORDS == 15)
says("doubt, 131 times", lambda o: len(load_claims()))


@says("A sentence that two articles share counts for both")
def counted_for_both(o):
    table = o.table("said by", "sentences", section=1)
    by = {row["said by"]: row["sentences"] for row in table}
    return sum(n for name, n in by.items() if name != "all five") > by["all five"] == len(load_claims())


@says("it is kept beside your guesses, and never sent anywhere")
def kept_beside_the_guesses(o):
    return KEY == "16-claim-" and predictions._file().path.name == "predictions.json"

# ---- travel ----------------------------------------------------------------------------------------------------------

@says("A and B have all their shared sentences in one order, and 0.61 of the words in common; crossed pairs have 0.10")
def words_in_common(o):
    row = o.by("articles", "words in common")["A and B"], o.by("articles", "crossed: in common")["A and B"]
    same, pairs = in_order(lineage("A", "B"))
    return [float(v) for v in row] if same == pairs > 200 else False


@says("D keeps it too, with few words in common, as whoever follows the same plan would")
def d_keeps_the_order(o):
    (same, pairs), ours = in_order(lineage("B", "D"), "B", "D"), o.by("articles", "words in common")
    return same == pairs > 10 and ours["B and D"] < ours["A and B"] / 2


@says("Words, order and a misspelt name together do")
def misspelt(o):
    said = load_claims()["F2"].said
    return said["A"] == said["B"] and "Vidaldi" in said["A"] and common(*said.values()) == (1, 4)


@says("A says less: B's \"can be solved\" is \"might include\" there")
def softened(o):
    said = load_claims()["B8"].said
    return "can be solved" in said["B"] and "might include" in said["A"]


@says("but Vedaldi's name and the order of framing right")
def d_has_it_right(o):
    return "D" not in load_claims()["F2"].articles and load_claims()["R10"].articles == ("D",)


says('"merges all paths" is nearly Olah (2015)', quoted("Olah 2015, Calculus on computational graphs"))
says("the abstract of Sophia (Liu and others 2024)", quoted("Liu and others 2024, Sophia, abstract"))
says("five articles are not five witnesses", lambda o: len(lineage("A", "B")) > 20)

# ---- meaning ---------------------------------------------------------------------------------------------------------

# TODO meaning

# ---- loops -----------------------------------------------------------------------------------------------------------

# TODO loops

# ---- cost ------------------------------------------------------------------------------------------------------------

# TODO cost

# ---- descent ---------------------------------------------------------------------------------------------------------

# TODO descent

# ---- networks --------------------------------------------------------------------------------------------------------

# TODO networks

# ---- right -----------------------------------------------------------------------------------------------------------

says("Cauchy (1847) went downhill to solve simultaneous equations", quoted("Cauchy 1847, Comptes rendus 25"))
says("(Rumelhart, Hinton and Williams 1986; Werbos 1990)",
     quoted("Nature 323, 1986, last figure; Proceedings of the IEEE 78, 1990"))
says("the three said themselves", quoted("Rumelhart, Hinton and Williams 1986, Nature 323, page 536"))


@says("the gradient of the weights agrees with the complex step", "most with a number from the section that shows it")
def right_ones(o):
    right = o.table("sentence", "measured there", section=8)
    return (o.printed(r"are off by more than 1e-12: (\d) of (\d)") == [3, 3]
            and sum(row["measured there"] not in ("–", "") for row in right) > len(right) * 0.7)


@says("One is not in the table", "could not be told")
def not_in_the_table(o):
    """Lesson 11's own tests carry what it measured."""
    claim = load_claims()["R19"]
    return claim.verdict == "condition" and claim.shown == "11.5" and set(claim.articles) == {"D", "B"}

# ---- history ---------------------------------------------------------------------------------------------------------

# TODO history

# ---- selftest --------------------------------------------------------------------------------------------------------

# TODO selftest
