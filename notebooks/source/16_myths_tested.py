# %% [markdown]
# # 16 Myths, tested
#
# Which things that are often repeated are false?
#
# **Time:** about 100 minutes.

# %%
from functools import partial
import numpy as np
from IPython.display import display
from course_lib import SGD, Adam, RMSprop, hinge, softmax_cross_entropy
from course_lib.experiments import say
from course_lib.page.notebook import peak_memory, show_source, table
from course_lib.page.plotting import curves, figure
from course_lib.page.running import each
from course_lib.page.verdicts import decide
from course_lib.studies.myths_descent import (COSTS, backpropagate, by_heart,
    derivative_errors, descended, digits_right, generation, growing, halfway,
    multiply_adds, scatter, slopes_at_the_logit, squares, stuck_networks,
    updates_needed, ways_out)
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
# TODO meaning

# %% [markdown]
# ## 4. Graphs and loops
#
# TODO loops

# %% [markdown]
# ## 5. Cost, memory, tuning
#
# **C1.** "computational complexity ranges from cubic to quadratic in the number of neurons per layer" (article E).
#
# The sentence predicts: with twice the neurons, the work grows by a factor between $2^2$ and $2^3$. *Which* neurons? We double the middle layer of three, or all four of another network, or those and the batch with them.
#
# `multiply_adds` counts those of a forward and a backward pass while they run, so no clock blurs the outcome. For times see [lesson 04](04_backpropagation_in_matrices.ipynb), section 7.

# %%
rng, factors = np.random.default_rng(16), {}
for what in ("one layer", "all layers", "all layers and the batch"):
    small, large = (multiply_adds(*growing(what, n, rng)) for n in (64, 128))
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
show_source(backpropagate, generation)
rng, used = np.random.default_rng(16), {}
for N, P in ((128, 10), (2048, 10), (128, 2)):
    x = rng.normal(size=(N, 64))
    used[N, P] = peak_memory(backpropagate, x, rng), peak_memory(generation, x, P, rng)
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
show_source(derivative_errors)
without, with_h = derivative_errors(np.random.default_rng(16))
print(f"relative error: backward {max(without, 1e-15):.0e} at most,",
      f"the best h {with_h.min():.0e}")
right = {lr: digits_right(lr, seed=16) for lr in (0.001, 0.1, 10.0)}
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
show_source(descended)
costs = squares, softmax_cross_entropy, hinge
makers = {"descent": partial(SGD, lr=0.1), "RMSprop": partial(RMSprop, lr=0.003),
          "Adam": partial(Adam, lr=0.01)}
ends = {(cost, name): descended(cost, makers[name], seed=16)
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
show_source(halfway)
rng, convex = np.random.default_rng(16), {}
for hidden in (0, 32):
    here, half, there = np.transpose([halfway(hidden, rng) for _ in range(5)])
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
show_source(updates_needed)
seeds = np.random.default_rng(16).integers(10**6, size=5)
makers = {"descent": partial(SGD, lr=0.05), "Adam": partial(Adam, lr=0.01)}
needed = {name: np.array([[updates_needed(make, steep, seed) for seed in seeds]
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
show_source(scatter)
seeds = np.random.default_rng(16).integers(10**6, size=5)
noise = each((1, 16, 1442), lambda B: np.transpose([scatter(B, s) for s in seeds]),
             label="batches", missing=np.full((2, 5), np.nan))
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
show_source(slopes_at_the_logit)
p, pulls = slopes_at_the_logit(np.linspace(-7, 7, 1401))
with figure(alt="Two slopes against p; the square's is 0 at both ends.") as ax:
    curves(ax, p, pulls, x_label="answer p, where 0 is right",
           y_label="slope at the logit", title="The square lets go of the worst")
display(decide("D10", {f"{name}, 0.4 against 0.2: four times": np.isclose(
    cost(0.4), 4 * cost(0.2)) for name, cost in COSTS.items()}))
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
show_source(by_heart)
seeds = np.random.default_rng(16).integers(10**6, size=5)
hearts = each((0, 0.2, 1), lambda q: np.transpose([by_heart(q, s) for s in seeds]),
              label="labels", missing=np.full((3, 5), np.nan))
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
show_source(stuck_networks, ways_out)
two, eight = stuck_networks(2, seed=16), stuck_networks(8, seed=16)
ways = ways_out(*two, np.random.default_rng(16))
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
# TODO networks

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
