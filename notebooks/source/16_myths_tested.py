# %% [markdown]
# # 16 Myths, tested
#
# Which things that are often repeated are false?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import Tanh
from course_lib.experiments import say
from course_lib.page.drawing import palette
from course_lib.page.notebook import show_source, table
from course_lib.page.plotting import bands, figure
from course_lib.page.verdicts import decide
from course_lib.studies import myths_meaning as meaning
from course_lib.widgets import lesson16
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. All claims
#
# TODO claims

# %% [markdown]
# ## 2. How a sentence travels
#
# TODO travel

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
known, races = [meaning.foretold(s) for s in range(5)], meaning.races(range(5))
middle = [[n, *np.median(of[:, 0], axis=0).astype(int)] for n, of in races.items()]
display(table(middle, ["weights", "passes by trial",
                        *(f"η = {lr}" for lr in meaning.RATES)], "medians of five"))
print("changes foretold:", say(known, "{:.2f}"))
decide("A12", {"only a trial tells whether a change helps": np.mean(known) < 0.75,
               "most steps raise the loss": np.max(np.mean(
                   [*races.values()], axis=(0, 1))[1, 1:]) > 0.5})

# %% [markdown]
# A trial tells one number, of one change; a gradient foretells nearly all small ones, and most of its steps lower the loss.
#
# It need not win the race. At $\eta = 0.05$ descent is no faster in the smallest network than trying; at 0.5, in the largest, it needs less than a fifth of the passes. (With four units, one start of 55 never arrived; trying always did.) Which $\eta$ is right *is* found by trial and error (lesson 06, section 6). So the lead is no fixed number.

# %% [markdown]
# ## 4. Graphs and loops
#
# Articles A and B: "if it can't be expressed as a directed acyclic graph, this method can't be used" (B1). Then there would be no right gradient for
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
# "The vanishing gradient problem can be solved by selecting ReLU … and … regularization", say articles A and B, of sequences (B8). The usual regularisation is weight decay, which makes weights smaller. If the sentence held, there would be some scale of the weights, at or below He's, for which the norm of $\partial h_{100} / \partial h_0$ lies between 0.01 and 100 in at least 18 of 20 networks.
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
    "ReLU solves it": within[4] >= 18, "ReLU and decay": max(within[:4]) >= 18,
    "decay helps the identity, or spares it": within[11] >= within[9]}))
answer("16-decayed", np.median(norms[:, 3] / norms[:, 4]), form="{:.1g}")

# %% [markdown]
# The figure shows medians and ranges: each range spans orders of magnitude, and no scale brings 18 of 20 networks between the limits, larger ones included. What does it is another start, the identity. It survives a small decay; a larger undoes it; none helps. More remedies: lesson 09, sections 3 and 5. In deep networks without loops, He's start keeps the signal, with no regularisation (lesson 07, section 2).

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
# On matrices the "Complete Guide" (article E) says "x' = Wx + b" and "one input unit, one output unit, and three hidden units" (E3), and names nothing between the layers. Built as written, what do three hidden units buy? If they did anything, they would come closer to $u^2$ than the best straight line, and their curve would bend.

# %%
show_source(meaning.curve)
written = np.transpose([meaning.curve(seed) for seed in range(5)])
bent = np.transpose([meaning.curve(seed, Tanh()) for seed in range(5)])
print(f"error over the line's: {written[0].min():.4f} or more; with tanh between,",
      f"{bent[0].max():.4f} or less")
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
# One way back gave the slope by *every* result, whatever the graph. So "Rumelhart and Hinton" could not extend it in this respect; what they and Williams added in 1986 were networks that learn their own features. Who cited whom is the subject of section 9; the rounding errors for which Linnainmaa wanted the slopes, of lesson 13, section 3.

# %% [markdown]
# ## 8. What the articles have right
#
# TODO right

# %% [markdown]
# ## 9. Who found it?
#
# TODO history

# %% [markdown]
# ## 10. A self-test
#
# TODO selftest

# %% [markdown]
# ## Summary
#
# TODO
