# %% [markdown]
# # 16 Myths, tested
#
# Which things that are often repeated are false?
#
# After this lesson you can
#
# - say of 131 sentences which are right, which need a condition, which mix two things, and which are false;
# - decide on a sentence by an experiment that could have gone either way;
# - name the first sources, and say what they do not cite;
# - find out what has stayed of the whole course.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 5, then 6 to 10. **Needed:** all lessons before; each sentence names the section that shows more.

# %% [markdown]
# All lessons have tested single sentences from the five articles of lesson 00, A to E. Here is the whole list. How is a sentence tested?
#
# 1. It is quoted, in at most 15 words, with its article.
# 2. What would have to be seen if it were true? That is said first.
# 3. The experiment is run. Its outcome decides: `decide` shows what held and what did not.
#
# Short quotations are easy targets. So the best sense of a sentence is taken, and what is right is said to be right (section 8).

# %%
from functools import partial
import numpy as np
from IPython.display import display
from course_lib import (Tensor, affine, apply, complex_step_gradient, numerical_gradient,
    relative_error, softmax_cross_entropy, tanh)
from course_lib.data.claims import (LIKENESS, VERDICTS, common, in_order, likeness,
    lineage, load_claims)
from course_lib.page.notebook import Link, show_source, table
from course_lib.page.verdicts import decide
from course_lib.widgets.claims import claims_explorer, ordered
from course_lib.data.bibliography import work
from course_lib.data.sections import section
from course_lib.data.history import load_history
from course_lib.widgets import lesson16
from course_lib.widgets.lesson16 import timeline_explorer
from course_lib.widgets.selftest import self_test
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. All claims
#
# Five articles about backpropagation (lesson 00, section 7) were read line by line. The list of what they say has 131 sentences. **How much of it is right?**
#
# Of each sentence the list holds at most fifteen words, our verdict with its reason, sources, and the section of this course that shows it. 23 sentences are decided by an experiment in this lesson. There are four verdicts:
#
# * **right**, as it stands;
# * **needs a condition**: true in one case, false in another;
# * **mixes two things** that have to be told apart;
# * **false**.
#
# **Prediction:** of the 131 sentences, how many do we call right?

# %%
guess("16-right", "Right, of the 131 sentences, are", unit="sentences")

# %%
claims = load_claims().values()
heard = {"article " + a: [c for c in claims if a in c.articles] for a in "ABCDE"}
heard["all five"] = list(claims)
rows = [[name, *(sum(c.verdict == v for c in said) for v in VERDICTS), len(said)]
        for name, said in heard.items()]
display(table(rows, ["said by", *VERDICTS.values(), "sentences"]))
print("decided by an experiment:", sum(c.starred for c in claims))
answer("16-right", rows[-1][1])

# %% [markdown]
# A sentence that two articles share counts for both.
#
# Do not read the table as a grade. These sentences were not drawn at random: we looked for what can be tested, and for mistakes. What nobody would doubt was passed over. So the shares say nothing about articles in general, and do not rank these five.
#
# A verdict is about a sentence, and is a judgement itself: "needs a condition" and "mixes two things" are neighbours. So judge first. The table below shows our verdict when you have given yours. What you say first counts, until you take it back; it is kept beside your guesses, and never sent anywhere.

# %%
claims_explorer()

# %% [markdown]
# **Try:** judge the sentences of one topic, then look at the score. Which of the four verdicts do you give too often? Choose *not judged yet* to go on another day.
#
# If you disagree, read the reason, then the section that it names, and change the experiment there. A verdict that no experiment could overturn would be worth little.
#
# **What we have:** every sentence, with its verdict and the place that shows why. **What it costs:** doubt, 131 times. **What is missing:** some sentences stand in two or three articles. How did they get there?

# %% [markdown]
# ## 2. How a sentence travels
#
# Some mistakes occur twice, in nearly the same words. **Did one article learn from another?** Look first: what B says, and A and D about the same. (The articles are no part of the course. Shown and measured are only the quotations of the list.)
#
# Likeness proves little, since we paired what says the same. So compare with *crossed* pairs, quotations that do not belong together. And there is something that we did not choose: the order. **Prediction:** take any two sentences that A and B share. In what share of such pairs do both articles have the same one first? In random order it would be a half.

# %%
guess("16-order", "The same order in A and B, of all pairs", unit="%")

# %%
told = [load_claims()[i].said for i in ("A2", "A8", "B8", "F1", "F2", "G1")]
table([[said.get(letter, "–") for letter in "BAD"] for said in told],
      ["article B, Deepchecks glossary", "article A", "article D"])

# %%
show_source(common)
shared = {letters: likeness(*letters) for letters in ("AB", "BD", "AD", "CD")}
display(table([[" and ".join(letters), *row] for letters, row in shared.items()],
              ["articles", *LIKENESS]))
alike, pairs = in_order(lineage("A", "B"))
answer("16-order", 100 * alike / pairs)

# %% [markdown]
# A and B have all their shared sentences in one order, and 0.61 of the words in common; crossed pairs have 0.10. Order alone would not prove it: D keeps it too, with few words in common, as whoever follows the same plan would. Words, order and a misspelt name together do: one text is behind A and B.
#
# | | |
# |---|---|
# | known | A says less: B's "can be solved" is "might include" there. D has the same examples, but Vedaldi's name and the order of framing right. |
# | known | Some of D is older: "merges all paths" is nearly Olah (2015), "state-of-the-art for years" the abstract of Sophia (Liu and others 2024). |
# | conjecture | B came before A. Faces and commands began in a glossary of DeepAI (reported; we could not read it). |
#
# **What it says:** five articles are not five witnesses. **What is missing:** evidence that no article can copy. Section 3 begins with it.

# %% [markdown]
# ## 3. What backpropagation is
#
# TODO meaning

# %% [markdown]
# ## 4. Graphs and loops
#
# TODO loops

# %% [markdown]
# ## 5. Cost, memory, tuning
#
# TODO cost

# %% [markdown]
# ## 6. Descent and statistics
#
# TODO descent

# %% [markdown]
# ## 7. Networks, sound, history
#
# TODO networks

# %% [markdown]
# ## 8. What the articles have right
#
# A list of mistakes misleads, too. **What can one learn from these articles?** The table below has the sentences that we call right, most with a number from the section that shows it. First, one is tested here. "A speedy algorithm for calculating mathematical derivatives with great accuracy", says article A. (Speed: lesson 04, section 7.) If it holds, the gradient of the weights agrees with the complex step (lesson 04, section 6) up to rounding, through one layer and through many that share their weights. Beside it a rival: central differences, at the best of ten step sizes.

# %%
def tied_loss(W, steps, run=lambda rule, *inputs: rule(*inputs)[0]):
    h, labels = np.random.default_rng(16).normal(size=(6, 8)) / 2, np.arange(6)
    for _ in range(steps):
        h = run(tanh, run(affine, h, W, np.zeros(8)))
    return run(softmax_cross_entropy, h, labels)

def missed(steps):
    weights = Tensor(np.random.default_rng(steps).normal(size=(8, 8)) / 2)
    tied_loss(weights, steps, apply).backward()
    plain = partial(tied_loss, steps=steps)
    right = complex_step_gradient(plain, weights.data)
    nudged = [relative_error(numerical_gradient(plain, weights.data, h), right)
              for h in 10.0 ** -np.arange(1, 11)]
    return relative_error(weights.grad, right), min(nudged)

# %%
layers = {"1 layer": 1, "10 layers": 10, "50 layers, as in a loop": 50}
exact, nudged = zip(*map(missed, layers.values()))
print("central differences, at the best of ten step sizes, are off by more than 1e-12:",
      sum(error > 1e-12 for error in nudged), "of", len(nudged))
decide("R2", {f"{name}: off by less than 1e-12": error < 1e-12
              for name, error in zip(layers, exact)})

# %%
right = [[f"“{c.quote}”", ", ".join(c.articles), c.figure or "–",
          Link(str(section(c.shown)), section(c.shown).link)] for c in ordered() if c.verdict == "right"]
table(right, ["sentence", "said by", "measured there", "where"],
      f"{len(right)} are right")

# %% [markdown]
# Training is told rightly: forward, back by the chain rule, one visit to each node, a step. So are the troubles: vanishing, plateaus, forgetting.
#
# Some history is, too. Cauchy (1847) went downhill to solve simultaneous equations. Several found backpropagation through time (Rumelhart, Hinton and Williams 1986; Werbos 1990). That it is not biologically realistic, the three said themselves; lesson 15, section 3, takes up one objection.
#
# One is not in the table: "a loss function called a triplet loss to refine the network’s ability", D, and nearly so B. In the paper it helped. With our forty people it could not be told (lesson 11, section 5).
#
# **What is missing:** who found all this, and who knew of whom?

# %% [markdown]
# ## 9. Who found it?
#
# Article D writes that Rumelhart and Hinton "applied Linnainmaa's backpropagation algorithm to multi-layer neural networks". Did they know it?
#
# One test is what a work names. **Predict:** Rumelhart, Hinton and Williams (1986) tell of others who found the same independently. Whom do they name?

# %%
guess("16-named", "Whom does the article of 1986 name?",
      choices=["Linnainmaa", "Werbos", "Parker and LeCun", "nobody"])

# %%
works = {event.source: event for event in load_history()}
of_1986 = works["rumelhart1986"]
named = " and ".join(sorted((works[key].who for key in of_1986.cites), reverse=True))
display(table([["yes" if key in of_1986.cites else "no", works[key].year, works[key].who,
                work(key).title] for key in (*of_1986.cites, *of_1986.without)],
              ["named?", "year", "who", "title"]))
answer("16-named", named)

# %% [markdown]
# So nothing was "applied": the article names neither Linnainmaa nor Werbos. Nor is it an "extended form" of Linnainmaa's scheme, as article E has it; section 7 tests that sentence. The same derivative was found again and again, by people with different wishes:
#
# | strand | wish | who |
# | --- | --- | --- |
# | descent | solve equations | Cauchy (1847), Robbins and Monro (1951) |
# | optimal control | steer in many stages | Kelley (1960), Bryson (1961), Dreyfus (1962) |
# | numerical analysis | bound rounding, then differentiate programs | Linnainmaa (1976), Speelpenning (1980) |
# | neural networks | hidden units that learn | Werbos (1982), LeCun (1985), Parker (1985), Rumelhart, Hinton and Williams (1986) |
#
# Walk through the dates. Arrows lead to what a work names, dashed lines to what it does not; both only where we know.

# %%
timeline_explorer()

# %% [markdown]
# What was new in 1986 was not the derivative. It was what the derivative does to hidden units: they come to represent what nobody had told them. That is how the authors put it, and it is in the title: *learning representations*.
#
# Who deserves the name? Griewank (2012) asks the question in his title and finds several inventors who did not know of each other. A single name is the one answer that is surely wrong.
#
# What is missing: we show what works *name*, not what their authors had heard. Fewer still are the works that we could read in full.

# %% [markdown]
# ## 10. A self-test
#
# What has stayed? Thirty questions over the whole course. Answer as many as you like, in any order: each answer is kept when you choose it. One button checks all at once. Whatever is not right gets its reason, and the section that explains it.
#
# Think before you choose. With three options each, a coin with three sides gets ten of thirty.

# %%
self_test()

# %% [markdown]
# ## Summary
#
# - A false sentence is often a true one without its condition. Ask: compared with what, for which networks, on which data?
# - Most confusions mix two things: the gradient with the step that uses it, the network with its training, the drawing with the computation.
# - An experiment decides only what it tests. Its seeds, its sizes and its rivals belong to the answer.
# - Backpropagation computes derivatives: exactly, of anything that is built from steps with derivatives, at the price of a few forward passes. That is all, and it is much.
#
# This was the last lesson. What you have built is yours: `course_lib` is small enough to be read whole.

# %% [markdown]
# ## Further reading
#
# - {source griewank2012}.
# - {source rumelhart1986}.
# - {source linnainmaa1976}.
