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
# Each sentence is quoted; what would be seen if it were true is said; then the output decides.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 5, then 6 to 10. **Needed:** all lessons before; each sentence names the section that shows more.

# %%
from functools import partial
import numpy as np
from IPython.display import display
from course_lib import SGD, Adam, RMSprop, Tanh, hinge, softmax_cross_entropy
from course_lib.data.claims import (LIKENESS, VERDICTS, common, in_order, likeness,
    lineage, load_claims, ordered, verdict_rows)
from course_lib.data.history import named_by
from course_lib.experiments import say
from course_lib.page.drawing import palette
from course_lib.page.notebook import Link, peak_memory, show_source, table
from course_lib.page.plotting import bands, curves, figure
from course_lib.page.running import each
from course_lib.page.verdicts import decide
from course_lib.studies import myths_descent as descent, myths_meaning as meaning
from course_lib.widgets.lesson16 import claims_explorer, self_test, timeline_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. All claims
#
# Five articles about backpropagation (lesson 00, section 7) were read line by line. The list of what they say has 131 sentences. **How much of it is right?**
#
# Of each sentence the list holds at most fifteen words, our verdict with its reason, sources, and the section of this course that shows it. 24 sentences are decided by an experiment in this lesson. There are four verdicts:
#
# * **right**, as it stands;
# * **needs a condition**: true in one case, false in another, or not to be judged without more than is told;
# * **mixes two things** that have to be told apart;
# * **false**.
#
# **Prediction:** of the 131 sentences, how many do we call right?

# %%
guess("16-right", "Right, of the 131 sentences, are", unit="sentences")

# %%
rows = verdict_rows()
display(table(rows, ["said by", *VERDICTS.values(), "sentences"]))
print("decided by an experiment:", sum(c.starred for c in load_claims().values()))
answer("16-right", rows[-1][1])

# %% [markdown]
# A sentence that two articles share counts for both. One of A and B is listed twice, once in each wording.
#
# Do not read the table as a grade. These sentences were not drawn at random: we looked for what can be tested, and for mistakes. So the shares say nothing about articles in general, and do not rank these five.
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
display(table([[said.get(letter, "–") for letter in "BAD"] for said in told],
      ["article B, Deepchecks glossary", "article A", "article D"]))
show_source(common)
shared = {letters: likeness(*letters) for letters in ("AB", "BD", "AD", "CD")}
display(table([[" and ".join(letters), *row] for letters, row in shared.items()],
              ["articles", *LIKENESS]))
alike, pairs = in_order(lineage("A", "B"))
answer("16-order", 100 * alike / pairs)

# %% [markdown]
# A and B have all their shared sentences in one order, and 0.62 of the words in common; crossed pairs have 0.10. Order alone would not prove it: D keeps it too, with few words in common, as whoever follows the same plan would. Words, order and a misspelt name together do: one text is behind A and B.
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
# Article A: "this methodology is an instance of unsupervised machine learning practice" (claim A1). Its sentence before asks for a known result for every input: the mark of *supervised* learning.
#
# In unsupervised practice nobody gives labels. If the sentence held, labels would not matter: shuffle those of the digits, and the gradient stays, and new digits are read as well as before.
#
# **Prediction:** one network, before its first step, with true and with shuffled labels. What is the cosine between both gradients (1: same direction, 0: unrelated), as the mean of five networks?

# %%
guess("16-shuffled", "The cosine between both gradients?")

# %%
show_source(meaning.first_slopes, meaning.shuffling)
told = np.transpose([meaning.shuffling(seed) for seed in range(5)])
display(table([[say(v, "{:.2f}") for v in told]], meaning.SHUFFLING))
display(decide("A1", {"shuffled labels do not turn it": min(told[0]) > 0.99,
                      "they teach as much": max(told[3]) > min(told[2]) - 0.05}))
answer("16-shuffled", np.mean(told[0]), form="{:.2f}")

# %% [markdown]
# Labels decide, if less at the first step than one may think. Shuffled labels tell little but that each class is one in ten, which true labels tell as well: a network first learns to prefer none.
#
# So is it supervised? Article B: it "requires that each input value be associated with a known, intended outcome" (A3). Then nothing is learnt where nobody knows outcomes. Two trials: an autoencoder, whose target is its own input (lesson 13, section 5); and, with no target at all, a direction $w$ in which centred digits differ most. The best such $w$ is known (lesson 13: PCA).
#
# $$L = -\frac{1}{N}\,\frac{\lVert x w \rVert^2}{\lVert w \rVert^2}$$

# %%
show_source(meaning.spread)
left, spreads = ([trial(seed) for seed in range(5)] for trial in (
    meaning.error_left, meaning.spread))
print(f"error left {say(left)}, share of the largest spread {say(spreads, '{:.3f}')}")
decide("A3", {"without labels an autoencoder learns nothing": min(left) > 0.9,
              "with no target at all, nothing is found": max(spreads) < 0.9})

# %% [markdown]
# Backpropagation is neither. It asks for one number that can be differentiated.
#
# "The weights are modified backward, from output to input", articles A and B explain its name (A8). If so, the order of the updates matters, and each matrix may be changed while the error passes. (Rumelhart, Hinton and Williams 1986 propagate *errors* back; updates follow.)
#
# `sweep` is lesson 04, section 7, in few lines. With `early` it changes $W$ *before* the error passes through it.
#
# **Prediction:** three layers, $\eta = 0.5$, one step. How wrong is the gradient of layer 1 then, as the mean of five networks?

# %%
guess("16-early", "The error of dW of layer 1, over its length?", unit="%")

# %%
show_source(meaning.sweep, meaning.updated)
stepped = [[meaning.updated(seed, order) for order in meaning.ORDERS.values()]
           for seed in range(5)]
wrong = {lr: [100 * meaning.wrong_by(seed, lr) for seed in range(5)]
         for lr in (0.01, 0.1, 0.5)}
display(table([[lr, say(w, "{:.2g}")] for lr, w in wrong.items()],
              ["η", "dW of layer 1, wrong by %"]))
display(decide("A8", {"the order of the updates matters": np.ptp(stepped, axis=1).any(),
                      "W may change before the error passes": max(wrong[0.5]) < 1}))
answer("16-early", np.mean(wrong[0.5]), form="{:.0f}")

# %% [markdown]
# Output first, input first, or each matrix as soon as the error has passed: the same weights, bit for bit. Who changes a matrix too early gets another gradient, wrong by a share that here grows nearly like $\eta$.
#
# And the order of the *gradients*? Of a face recogniser article B says: "gradients were calculated for layer 18 first, then for layer 1, and so on" (F3). Take 18 layers. To give the sentence its chance: what leaves layer 18 has the shape that layer 1 needs. If the sentence held, layer 1 would come second, and its gradient would be right.

# %%
ready, cosines = zip(*[meaning.skipped(seed) for seed in range(5)])
print("ready in the order", *ready[0])
print("layer 1 made second: cosine with its gradient", say(cosines, "{:.2f}"))
decide("F3", {"layer 1 is ready second": ready[0][1] == 1,
              "what leaves layer 18 is enough for it": min(cosines) > 0.999})

# %% [markdown]
# Layer 1 is last: its error comes through all others. (The network meant: lesson 11, section 6.)
#
# Article E sends errors the other way: "these errors are then fed forward through the network" (A9). Give every layer ten units, so that ten errors fit in at the input, and adjust the weights by what arrives. If the sentence held, the loss would fall.
#
# What *can* go forward is a slope: of everything, by *one* weight (lesson 03, section 3). `carried` lets the imaginary part of complex numbers carry it. If one pass told all slopes, the sentence would be saved in this sense.

# %%
show_source(meaning.fed, meaning.carried)
back, forward = np.transpose([meaning.fallen(seed) for seed in range(5)])
passes, many, miss = meaning.carried(0)
print("loss left, fed back", say(back, "{:.2f}"), "and forward", say(forward, "{:.2f}"))
print(f"carried forward: {passes} passes for {many} slopes, off by", max(miss, 1e-12))
decide("A9", {"adjusted by errors fed forward, the loss halves": max(forward) < 0.5,
              "one pass forward tells all slopes": passes == 1 and miss < 1e-9})

# %% [markdown]
# Errors fed forward teach next to nothing; slopes carried forward are exact, at one pass a weight. (Errors sent to the layers by random weights can teach: lesson 15, section 3.)
#
# Last: a "technique to train a model with trial and error", says article E (A12). Then only trying would tell whether a change helps, and most steps would raise the loss. Let the gradient foretell a hundred small random changes.
#
# And a race to a loss of 1 nat on 200 digits, from the same weights. `by_trial` changes all weights at random and keeps what helps, in steps that adapt. Descent has three rates; a forward with its backward counts as three passes.

# %%
show_source(meaning.foretold, meaning.by_trial)
known, races = [meaning.foretold(s) for s in range(5)], each(
    range(5), meaning.raced, label="starts", missing=np.full((3, 2, 4), np.nan))
of = np.array([*races.values()])                # (starts, sizes, passes or rises, ways)
middle = [[meaning.weights_of(n), *(f"{m:.0f}" for m in np.median(of[:, k, 0], axis=0))]
          for k, n in enumerate(meaning.SIZES)]
display(table(middle, ["weights", "passes by trial",
                       *(f"η = {lr}" for lr in meaning.RATES)], "medians of five"))
print("changes foretold:", say(known, "{:.2f}"))
rising = of.mean(axis=(0, 1))[1, 1:].max()
decide("A12", {"only a trial tells whether a change helps": np.mean(known) < 0.75,
               "most steps raise the loss": rising > 0.5 if races.complete else None})

# %% [markdown]
# A trial tells one number, of one change; a gradient foretells nearly all small ones, and most of its steps lower the loss.
#
# It need not win the race. At $\eta = 0.05$ descent is no faster in the smallest network than trying; at 0.5, in the largest, it needs less than a fifth of the passes. (With four units, one start of 55 was not there after 6,000 passes; trying always was.) Which $\eta$ is right *is* found by trial and error (lesson 06, section 6). So the lead is no fixed number.

# %% [markdown]
# ## 4. Graphs and loops
#
# Articles A and B: "if it can't be expressed as a directed acyclic graph, this method can't be used" (B1). Then there is no right gradient for
#
# - twenty units that all feed each other, run until they settle (lesson 10), with the loss $\tfrac12 \lVert z \rVert^2$. Judge is a complex step of all weights along a random direction;
# - a program with a `while`, of which nobody knows how often it turns: $\sqrt a$ by Heron's rule, $y \leftarrow \tfrac12 (y + a / y)$. Its slope is $1 / (2 \sqrt a)$.

# %%
show_source(meaning.settled_slope, meaning.root)
settled, roots = zip(*[(meaning.settled_slope(s), meaning.root(s)) for s in range(5)])
display(table([[f"{v:.4g}" for v in row[:3]] for row in roots], ["a", "root", "turns"]))
print(f"slopes off by less than {max(*settled, *(row[3] for row in roots), 1e-8):.0e}")
decide("B1", {"no right gradient in a network with cycles": min(settled) > 1e-6,
              "nor through a loop": min(row[3] for row in roots) > 1e-6})

# %% [markdown]
# Both are right. A program that ran leaves a graph without cycles; a network that settles does not even need that. It does need to settle (lesson 10, section 5).
#
# Article C has one name for both ways: "Recurrent Backpropagation (Backpropagation Through Time – BPTT)" (B3). If they were one algorithm, they would give one gradient: at rest, after any number of unrolled steps; and in a sequence whose inputs change, where recurrent backpropagation (Almeida 1987; Pineda 1987) can only settle with the last input.

# %%
show_source(meaning.apart)
met = np.array([meaning.meetings(seed) for seed in range(5)])
shown = [f"{e:.1g}" if e > 1e-10 else "below 1e-10" for e in np.median(met, axis=0)]
display(table([shown], [*(f"T = {T}" for T in meaning.STEPS), "T = 40, inputs change"]))
decide("B3", {"at rest, after any steps, one gradient": np.max(met[:, :6]) < 1e-9,
              "where inputs change, one gradient": np.min(met[:, 6]) < 1e-9})

# %% [markdown]
# Two algorithms. They agree in one limit: at rest, after many steps. Their memory differs, too (lesson 10, section 4; Liao and others 2018).
#
# "The vanishing gradient problem can be solved by selecting ReLU … and … regularization", says article B, of sequences (B8; A: "might include"). The usual regularisation is weight decay, which makes weights smaller. If the sentence held, there would be some scale of the weights, at or below He's, for which the norm of $\partial h_{100} / \partial h_0$ lies between 0.01 and 100 in at least 18 of 20 networks.
#
# **Prediction:** fifty ReLU units, He's start; every weight shrinks by 5 %. By what is the norm multiplied, as the median of 20 networks?

# %%
guess("16-decayed", "The norm over a hundred steps is multiplied by?")

# %%
scales = 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2
starts = [(c, "He") for c in scales] + [(c, "identity") for c in (1.0, 0.99, 0.95)]
norms = np.array([[meaning.far_back(seed, *start) for start in starts]
                  for seed in range(20)])
within = ((0.01 < norms) & (norms < 100)).sum(axis=0)
with figure(alt="Each range is far wider than the strip between the limits.") as ax:
    ax.axhspan(0.01, 100, color=palette.DATA, alpha=0.3, label="within the limits")
    bands(ax, scales, {"ReLU": norms[:, :9]}, x_label="scale of the weights, over He's",
          y_label="norm after 100 steps", log=True, title="Not solved at any scale")
display(table([within], [f"{scale} {name}" for scale, name in starts], "within, of 20"))
display(decide("B8", {
    "ReLU: in most networks it does not vanish": np.mean(norms[:, 4] > 0.01) > 0.5,
    "ReLU solves it": within[4] >= 18, "ReLU and decay": max(within[:4]) >= 18,
    "decay helps the identity, or spares it": within[11] >= within[9]}))
answer("16-decayed", np.median(norms[:, 3] / norms[:, 4]), form="{:.1g}")

# %% [markdown]
# The figure shows medians and ranges: each range spans orders of magnitude, and no scale brings 18 of 20 networks between the limits. He's start seldom lets the norm vanish, but often explode. Best is the identity: with other seeds, 17 to 20 of 20. A larger decay undoes it; none helps.
#
# ## 5. Cost, memory, tuning
#
# **C1.** "computational complexity ranges from cubic to quadratic in the number of neurons per layer" (article E).
#
# The sentence predicts: with twice the neurons, the work grows by a factor between $2^2$ and $2^3$. *Which* neurons? We double the middle layer of three; all four of another network; those and the batch. Multiply-adds are counted while they run (times: lesson 04, section 7).

# %%
rng, factors = np.random.default_rng(16), {}
for what in ("one layer", "all layers", "all layers and the batch"):
    small, large = descent.twice_as_wide(what, rng)
    print(f"twice as wide, {what}: {small:,} to {large:,}, {large / small:g} times")
    factors[f"{what}: 4 to 8 times"] = 4 <= large / small <= 8
decide("C1", factors)

# %% [markdown]
# The work is linear in the *weights*, and in the batch. It is quadratic in the width where all layers widen, and cubic where the batch grows, too.
#
# **C2.** "utilizing less memory compared to alternative optimization algorithms like the genetic algorithm" (article D).
#
# A backward needs the activations of all layers; a genetic algorithm forgets them, but keeps $P$ networks. With square layers of $n$ units and $N$ examples, count numbers per layer: weights, gradient and activations here, weights there.
#
# $$2 n^2 + N n \;<\; P n^2 \quad\Longleftrightarrow\quad N < (P - 2)\, n$$
#
# For $n = 64$ and ten networks, the border is 512 examples. We measure on both sides ([lesson 06](06_optimizers.ipynb), section 7, compares evaluations, too).

# %%
# NBVAL_IGNORE_OUTPUT
show_source(descent.backpropagate, descent.generation)
rng, used = np.random.default_rng(16), {}
for N, P in ((128, 10), (2048, 10), (128, 2)):
    x = rng.normal(size=(N, 64))
    used[N, P] = (peak_memory(descent.backpropagate, x, rng),
                  peak_memory(descent.generation, x, P, rng))
rows = [[*case, *(f"{size / 1e6:.1f}" for size in both)] for case, both in used.items()]
display(table(rows, ["examples", "networks", "backpropagation, MB", "generation, MB"]))
decide("C2", {f"less, with {N} examples, than {P} networks": ours < theirs
              for (N, P), (ours, theirs) in used.items()})

# %% [markdown]
# It is right for small batches against large populations. Against the smallest, parent and child, backpropagation never needs less. Its gain is another: all slopes for the work of three forward passes. Already Linnainmaa (1976) noted that its storage can be prohibitive.
#
# **C4.** "Backpropagation does not require tuning specific parameters" (article D).
#
# If so, nothing that one sets may matter: to the derivative; or, if training is meant, to the training. First the derivative, against a complex step. Its rival, the central difference, has a width $h$, and gets the best of 13. Then the digits: five epochs, with rates $\eta$ a hundred times apart. ([Lesson 07](07_why_depth_is_hard.ipynb), section 7, tries momenta.)

# %%
show_source(descent.derivative_errors)
without, with_h = descent.derivative_errors(np.random.default_rng(16))
print(f"relative error: backward {max(without, 1e-15):.0e} at most,",
      f"the best h {with_h.min():.0e}")
right = {lr: descent.digits_right(lr, seed=16) for lr in (0.001, 0.1, 10.0)}
print("held-out digits right:", {lr: f"{share:.0%}" for lr, share in right.items()})
decide("C4", {"derivative, nothing set: no h does better": without <= with_h.min(), **{
    f"training, learning rate {lr}: as good as 0.1": right[lr] > right[0.1] - 0.01
    for lr in (0.001, 10.0)}})

# %% [markdown]
# The derivative needs no tuning, as the article's next sentence says itself; the training does.
#
# **C13.** "The classical example of such optimizers is the cost function" (article D; "such" is Sophia).
#
# If a cost function were an optimizer, computing it would move the weights. And who has chosen the cost would have chosen the way down: with one cost, all optimizers would end at the same weights. Three costs, three optimizers, 300 digits, 30 updates, always from the same start.

# %%
show_source(descent.descended)
costs = descent.squares, softmax_cross_entropy, hinge
makers = {"descent": partial(SGD, lr=0.1), "RMSprop": partial(RMSprop, lr=0.003),
          "Adam": partial(Adam, lr=0.01)}
ends = {(cost, name): descent.descended(cost, makers[name], seed=16)
        for cost in costs for name in makers}
display(table([[c.__name__, *(f"{ends[c, name].share:.0%}" for name in makers)]
               for c in costs], ["cost", *makers], "what is left of the cost"))
moved = [(end.start != end.computed).any() for end in ends.values()]
same = [np.allclose(ends[c, "descent"].weights, ends[c, name].weights)
        for c in costs for name in ("RMSprop", "Adam")]
decide("C13", {"computing a cost moves the weights": any(moved),
               "one cost, one way for all optimizers": all(same)})

# %% [markdown]
# All nine pairs descend, each to its own place. The cost says *what* is to become small, the optimizer *how* to step; between them stands the gradient, which backpropagation computes.
#
# Three sentences of this section are right in one case and are told of all: "the number of neurons" does not say of which layers, "less memory" not against how many networks, "no tuning" not of what. C13 takes one thing for another.

# %% [markdown]
# ## 6. Descent and statistics
#
# **D1.** Gradient descent "optimizes the convex function by finding the minimum point" (article D).
#
# If a cost is convex, halfway between two points it is at most the mean of the two. [Lesson 06](06_optimizers.ipynb), section 5, exchanges hidden units. Here is a twin that leaves no choice: $\tanh$ is odd, so turn the sign of every weight into and out of the hidden units. The twin computes the same. Beside it, digits read without hidden units.
#
# **Prediction:** the network has a cost of about 0.003 nats, and so has its twin. And halfway?

# %%
guess("16-halfway", "The cost halfway between a network and its twin?", unit="nats")

# %%
show_source(descent.halfway)
rng, convex = np.random.default_rng(16), {}
for hidden in (0, 32):
    here, half, there = np.transpose([descent.halfway(hidden, rng) for _ in range(5)])
    hills = half > (here + there) / 2
    convex[f"{hidden} hidden units: no hill"] = not hills.any()
    print(f"{hidden} hidden units: {here[0]:.4f}, halfway {half[0]:.4f},",
          f"{there[0]:.4f}; a hill in {hills.sum()} of 5")
display(decide("D1", convex))
answer("16-halfway", half[0], form="{:.3g}")

# %% [markdown]
# Without hidden units there is no hill in five pairs; with them, in all five. Halfway all weights are 0. Only the last biases are left, and they know nothing of the image.
#
# **D3.** "a higher gradient indicates a steeper slope and facilitates faster learning" (article D).
#
# If so, a cost that is everywhere ten or a hundred times as steep is learnt sooner. Multiply all gradients, and count the updates until the cost of 300 digits is below 0.5; at most 300. [Lesson 06](06_optimizers.ipynb), section 1, shows the cap that curvature sets.

# %%
show_source(descent.updates_needed)
seeds = np.random.default_rng(16).integers(10**6, size=5)
makers = {"descent": partial(SGD, lr=0.05), "Adam": partial(Adam, lr=0.01)}
needed = {name: np.array([[descent.updates_needed(make, steep, seed) for seed in seeds]
                          for steep in (1, 10, 100)]) for name, make in makers.items()}
display(table([[name, *np.median(n, axis=1)] for name, n in needed.items()],
              ["", "as it is", "10 times", "100 times"], "updates, median of 5"))
decide("D3", {f"{name}, {times} times as steep: fewer": (n[k] < n[0]).all()
              for name, n in needed.items() for k, times in ((1, 10), (2, 100))})

# %% [markdown]
# Steeper helps plain descent, until it ruins it; Adam divides by the size of the gradients and notices nothing.
#
# **D4.** Mini-batches reduce "the variance of parameter updates, leading to more stable convergence" (article D).
#
# Against what? The paragraph says "unlike batch gradient descent". So updates from 16 digits should scatter less, and raise the cost less often, than updates from all. We try both neighbours, one digit and all ([lesson 05](05_batch_minibatch_stochastic.ipynb), section 2, derives the law).

# %%
show_source(descent.scatter)
seeds = np.random.default_rng(16).integers(10**6, size=5)
noise = each((1, 16, 1442), lambda B: np.transpose(
    [descent.scatter(B, s) for s in seeds]), label="batches",
    missing=np.full((2, 5), np.nan))
rows = [[noise.name(B), *("0" if v.max() < 1e-9 else say(v, "{:.2g}") for v in both)]
        for B, both in noise.items()]
display(table(rows, ["digits", "relative variance", "updates that raise the cost, %"]))
tests = {f"16 digits against {B}, {what}": (noise[16][k] < noise[B][k]).all()
         for B in (1, 1442) for k, what in enumerate(("less variance", "fewer rises"))}
decide("D4", tests if noise.complete else dict.fromkeys(tests))

# %% [markdown]
# Both halves are right against one digit and the wrong way round against all, with which the paragraph compares.
#
# **D10.** "Cost function represents the square of the difference" (article D).
#
# Then twice the difference costs four times as much. We ask three costs of the library. Article E trains with cross-entropy.
#
# What does the square do where a sigmoid answers yes or no? The target is 0, the answer $p$. The slopes at the logit are $2p \cdot p(1-p)$ for the square and $p$ for the cross-entropy ([lesson 02](02_forward_pass.ipynb), section 6).
# **Prediction:** at which $p$ does the square pull hardest?

# %%
guess("16-pull", "The square pulls hardest at p =")

# %%
show_source(descent.slopes_at_the_logit)
p, pulls = descent.slopes_at_the_logit(np.linspace(-7, 7, 1401))
with figure(alt="Two slopes against p; the square's is 0 at both ends.") as ax:
    curves(ax, p, pulls, x_label="answer p, where 0 is right",
           y_label="slope at the logit", title="The square lets go of the worst")
display(decide("D10", {f"{name}, 0.4 against 0.2: four times": np.isclose(
    cost(0.4), 4 * cost(0.2)) for name, cost in descent.COSTS.items()}))
answer("16-pull", p[pulls["square"].argmax()], form="{:.2f}")

# %% [markdown]
# The figure shows the square's slope rise, then fall to 0 where the answer is wrong and certain; at $p = 0.999$ the other is 500 times as steep.
#
# **D11.** "a model with a minimized cost function is expected to perform well on unseen data" (article D).
#
# Let "well" be 90 % of unseen digits right. A network learns 500 labels by heart. Of none, a fifth or all of them, a ten-sided die chose the label. Zhang and others (2017) had large networks learn random labels; [lesson 07](07_why_depth_is_hard.ipynb), section 6, compares remedies.
# **Prediction:** all 500 learnt, a fifth from the die. How many unseen digits are right?

# %%
guess("16-fifth", "A fifth from the die: unseen digits right?", unit="%")

# %%
show_source(descent.by_heart)
seeds = np.random.default_rng(16).integers(10**6, size=5)
hearts = each((0, 0.2, 1), lambda q: np.transpose(
    [descent.by_heart(q, s) for s in seeds]), label="labels",
    missing=np.full((3, 5), np.nan))
display(table([[hearts.name(share), say(cost, "{:.4f}"),
                *(say(right, "{:.1f}") for right in (learnt, unseen))]
               for share, (cost, learnt, unseen) in hearts.items()],
              ["share dealt", "cost (nats)", "learnt, %", "unseen right, %"]))
tests = {f"share {share} dealt: 90 % right": (found[2] >= 90).all()
         for share, found in hearts.items()}
display(decide("D11", tests if hearts.complete else dict.fromkeys(tests)))
answer("16-fifth", hearts[0.2][2].mean(), form="{:.0f}")

# %% [markdown]
# **D15.** "Local Minima: Optimization can get stuck in suboptimal solutions" (article C).
#
# Rumelhart, Hinton and Williams (1986, p. 535) met this only in networks with barely enough connections; further ones, they say, open ways round the barriers. [Lesson 07](07_why_depth_is_hard.ipynb), section 7, looks at the places. We take them at their word: of 200 XOR networks with two hidden units, take those that are stuck after 3000 sweeps, and give each *one* unit more, with small random weights. Three rivals: nothing, a kick to all weights, and a fresh unit in the place of the first.
# **Prediction:** what share does one unit more set free?

# %%
guess("16-free", "Of the stuck networks, one unit more sets free?", unit="%")

# %%
show_source(descent.stuck_networks, descent.ways_out)
two, eight = descent.stuck_networks(2, seed=16), descent.stuck_networks(8, seed=16)
ways = descent.ways_out(*two, np.random.default_rng(16))
rows = [[how, len(ok), (~ok).sum(), f"{E.max():.4f}"] for how, (ok, E) in ways.items()]
display(table(rows, ["what they get", "stuck", "after 2000 sweeps", "highest E"]))
print(f"with 8 hidden units from the start, {len(eight[0])} of 200 are stuck")
free = ways["one unit more"][0]
display(decide("D15", {"2 hidden units: some stay": not ways["nothing"][0].all(),
                       "8 hidden units: some stay": len(eight[0]) > 0,
                       "the stuck, one unit more: some stay": not free.all()}))
answer("16-free", 100 * free.mean(), form="{:.0f}")

# %% [markdown]
# One *can* get stuck, in a network that is just large enough. One unit more frees all, where going on or a kick frees hardly any: the remark of 1986 holds. Its reason is not proved by this. A fresh unit *in the place of* an old one, with no dimension more, does it, too.
#
# Nor do more units make sure. For *three* hidden units, Sprinkhuizen-Kuyper and Boers (1999) prove a region of local minima; for one, with the inputs connected to the output as well, Sprinkhuizen-Kuyper and Boers (1996) prove that there are none but the global. In high dimensions, argue Dauphin and others (2014), saddles are what stands in the way, rather than poor minima.

# %% [markdown]
# ## 7. Networks, sound, history
#
# On matrices the "Complete Guide" (article E) says "x' = Wx + b" and "one input unit, one output unit, and three hidden units" (E3), and names nothing between the layers. Built as written, what do three hidden units buy? If they did anything, they would come closer to $u^2$ than the best straight line, and their curve would bend.

# %%
show_source(meaning.curve)
written = np.transpose([meaning.curve(seed) for seed in range(5)])
bent = np.transpose([meaning.curve(seed, Tanh()) for seed in range(5)])
print(f"error over the line's: {written[0].min():.4f}; with tanh: {bent[0].max():.4f}")
decide("E3", {"three hidden units come closer than a line": written[0].min() < 0.99,
              "their curve bends": written[1].max() > 1e-9})

# %% [markdown]
# A line, whatever the matrices (lesson 02, section 4).
#
# Articles A, B and D: Parkhi, Vedaldi and Zisserman (2015) used an "18-layer convolutional neural network" (F1). Lesson 11, section 6, built D, the largest of their three networks. What is a layer? Begin with what has weights, and add kind after kind. If the sentence holds by such a count, 18 stands in the row of D.
#
# **Prediction:** of six kinds (convolution, dense, pooling, ReLU, softmax, input) one may choose 63 selections. How many of them count 18 layers in D?

# %%
guess("16-eighteen", "How many of the 63 selections count 18?")

# %%
sums, odd = {name: meaning.counted(name) for name in "ABD"}, meaning.selections("D", 18)
display(table([[name, *row] for name, row in sums.items()], ["network", *meaning.WAYS]))
print(f"{len(odd)} of 63 selections count 18 in D:", *odd, sep="\n")
display(decide("F1", {
    f"18, {way}": n == 18 for way, n in zip(meaning.WAYS, sums["D"])}))
answer("16-eighteen", len(odd))

# %% [markdown]
# D has 16 layers by the usual count. Yet 18 does occur: by three odd selections in D, and in the smaller B together with its poolings. Lesson 11 has one more guess. Which of them began the story, if any, is conjecture.
#
# Sound: "Using a Fast Fourier Transform, an incoming sound stream is divided into time frames", say articles A and B (G1). B's features are the strengths of the frequencies. If the transform made frames, its strengths would tell a word from the same word played backward; and frames exchanged before it would come out as more than exchanged.

# %%
show_source(meaning.heard)
whole, framed, exchanged = np.transpose([meaning.heard(seed) for seed in range(5)])
print(f"backward, one transform differs by less than {max(whole.max(), 1e-12):.0e},",
      f"framed first, by at least {framed.min():.2f}")
decide("G1", {"one transform tells backward from forward": whole.min() > 1e-9,
              "frames exchanged before it come out as more": exchanged.max() > 1e-9})

# %% [markdown]
# The transform divides nothing; framing does, before it (lesson 12, section 2). Article D has the right order.
#
# History, as far as it can be run. Linnainmaa's backpropagation "only propagated one error derivative at each layer", says article E (H5). Linnainmaa (1976) knows no layers: a list of operations, each with its slopes by what it used, and one way back along the list. Take thirty random operations on four numbers. A "layer" can only be: as many operations, one upon the other, lie below. If the sentence held, one way back would give one slope a layer, and the others would be missing. Judge is a complex step at every result.

# %%
show_source(meaning.way_back)
slopes, crowd, miss = np.transpose([meaning.in_one_way(seed) for seed in range(5)])
print("slopes other than 0:", *slopes.astype(int), "; most in one layer:",
      *crowd.astype(int), f"; error below {max(miss.max(), 1e-12):.0e}")
decide("H5", {"one way back gives one slope a layer": crowd.max() <= 1,
              "slopes are missing or wrong": miss.max() > 1e-9})

# %% [markdown]
# One way back gave the slope by *every* result, whatever the graph. What Rumelhart, Hinton and Williams added in 1986 were networks that learn their own features.
#
# ## 8. What the articles have right
#
# **What can one learn from these articles?** The table below has those that we call right, most with a number from the section that shows it.
#
# One is tested first: "a speedy algorithm for calculating mathematical derivatives with great accuracy" (article A). If it holds, the gradient of the weights agrees with the complex step (lesson 04, section 6) up to rounding, through one layer and through many that share their weights. Beside it a rival: central differences, at the best of ten step sizes.

# %%
show_source(meaning.tied_loss, meaning.missed)
exact, nudged = zip(*map(meaning.missed, meaning.LAYERS.values()))
print("central differences, at the best of ten step sizes, are off by more than 1e-12:",
      sum(error > 1e-12 for error in nudged), "of", len(nudged))
decide("R2", {f"{name}: off by less than 1e-12": error < 1e-12
              for name, error in zip(meaning.LAYERS, exact)})

# %%
right = [[f"“{c.quote}”", ", ".join(c.articles), c.figure or "–",
          Link(str(c.section), c.section.link)]
         for c in ordered() if c.verdict == "right"]
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
# Article D writes that Rumelhart "and his colleagues" published a paper that "applied Linnainmaa’s backpropagation algorithm to multi-layer neural networks". Did they know it?
#
# One test is what a work names. **Predict:** Rumelhart, Hinton and Williams (1986) tell of others who found variants independently. Whom do they name?

# %%
guess("16-named", "Whom does the article of 1986 name?",
      choices=["Linnainmaa", "Werbos", "Parker and LeCun", "nobody"])

# %%
rows, named = named_by("rumelhart1986")
display(table(rows, ["named?", "year", "who", "title"]))
answer("16-named", named)

# %% [markdown]
# So nothing was "applied": the article names neither Linnainmaa nor Werbos. Nor is it an "extended form" of Linnainmaa's scheme, as article E has it; section 7 tests the sentence before that one. Nor did "computers" offer "the essential insight" (B): all of this was in print. The same derivative was found again and again, by people with different wishes:
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
# New in 1986 was not the derivative, but what it does to hidden units: they come to represent what nobody had told them. Who deserves the name? Griewank (2012) finds several inventors. We show what works *name*, not what their authors had heard.
#
# ## 10. A self-test
#
# What has stayed? Thirty questions over the whole course. Answer as many as you like, in any order: each answer is kept when you choose it. One button checks all at once. Whatever is not right gets its reason, and the section that explains it. Who chooses by lot gets ten of thirty, on average.

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
#
# **Further reading**
#
# - {source griewank2012}.
# - {source rumelhart1986}.
# - {source linnainmaa1976}.
# - {source zhang2017}.
# - {source sprinkhuizen1996}.
# - {source sprinkhuizen1999three}.
