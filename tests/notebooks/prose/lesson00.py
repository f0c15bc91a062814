"""What the prose of lesson 00 says, and what carries it."""

from numerals import given, quoted, says

from course_lib.teaching import ROOT

says("hand by 13 people and stored as 8 × 8 grey pixels.",
     quoted("Alpaydin and Kaynak 1998, UCI: the test set of the optical digits is by 13 writers"))
says("| | [10 Recurrent backpropagation](10_recurrent_backpropagation.ipynb)",
     "| | [11 Recognising faces](11_recognising_faces.ipynb)",
     "| | [01 Learning as",
     "| | [02 The forward",
     "| | [03 The chain",
     "| | [04 Backpropagation in",
     "| | [05 Batch, mini-batch,",
     "| | [06 Optimizers](06_optimizers.ipynb) |",
     "| | [07 Why depth",
     "| | [08 Convolution](08_convolution.ipynb) |",
     "| | [09 Backpropagation through",
     "| | [13 Beyond", "| | [14 The same", "| | [15 Limits]", "| | [16 Myths",
     lambda o: len(list((ROOT / "notebooks").glob("[01]*.ipynb"))) == 17)
says("C. Kaynak (1998), Optical recognition", "CC BY 4.0.",
     quoted("Alpaydin and Kaynak 1998, UCI Machine Learning Repository, data set 80"))
says("too long| |0, 0 (after Esc)|restart", given("a key of JupyterLab"))
says("numbers, from 0 (paper) to 1 (ink). The", given("how the digits are stored: tests/data"))
says("also has digits by 30 other people, made", "digits of the same 13 people, every",
     quoted("Alpaydin and Kaynak 1998, UCI: of 43 people 30 wrote the training set, 13 others the test set"))
says("**Predict:** of 100 digits by people", given("a share of 100"))


@says("It errs more often on people whom it never met.")
def new_people(o):
    """One network, as the page says "it"; the 13 and the 30 are told apart in lesson 04."""
    wrong, asked = (o.by("what it was asked", column) for column in ("wrong of 100", "how many"))
    assert set(asked.values()) == {355, 3823}
    return wrong["digits of 30 other people"] > wrong["held-out digits of the 13 people"] + 1
