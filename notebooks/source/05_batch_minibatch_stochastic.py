# %% [markdown]
# # 05 Batch, mini-batch, stochastic
#
# How much data should one step look at?
#
# After this lesson you can
#
# * say what a step looks at, what it costs, and what an update, an epoch, a sweep is;
# * show that the gradient of a random batch is right on average, and how its error falls;
# * explain why examples are shuffled, and compute the gradient of a batch larger than memory;
# * choose a learning-rate schedule, and say what a falling rate does;
# * compare batch sizes by updates, by epochs and by seconds.
#
# **Time:** about 75 minutes, in two sittings: sections 1 to 3, then 4 to 6.
# **Needed:** lesson 04 (`train_step`, the $1/N$ in the loss), lesson 01 (the parabola), mean and variance.
#
# | symbol | code | shape | meaning |
# |---|---|---|---|
# | $N, B$ | `N`, `B` | | examples in the data, examples in a batch |
# | $P$ | | | parameters of the model, all in one row |
# | $L_n, g_n$ | `G[n]` | a number, (P,) | loss of example $n$, and its gradient |
# | $L, g$ | `g` | a number, (P,) | mean loss of all examples, and its gradient |
# | $g_B$ | `g_B` | (P,) | gradient of the mean loss of a batch |
# | $\mathbb E[\cdot]$ | | | expectation: the mean over all possible draws |
# | $\sigma^2$ | `spread` | a number | mean squared distance of the $g_n$ from $g$ |
# | $\eta, \eta_k$ | `lr` | a number | learning rate, at update $k$ |
# | ± | `say` | | mean of several runs and its 95 % interval |
# | $\lambda$ | | a number | curvature of a parabola |

# %%
import os
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products: one thread is best
from itertools import combinations, product
import numpy as np
from IPython.display import display
from course_lib import SGD, Batches, load_digits, softmax_cross_entropy, training
from course_lib.experiments import compare, say
from course_lib.optim.full_batch import loss_and_gradient
from course_lib.optim.schedules import cosine_schedule
from course_lib.page.notebook import show_source, table
from course_lib.page.plotting import DASHES, SERIES, curves, figure, lines
from course_lib.page.running import each, watched
from course_lib.studies import batch_sizes as trials
from course_lib.studies.batch_sizes import gradient, network
from course_lib.studies.descents import bowl, descents, excess, floor
from course_lib.studies.descents import one_over, schedules, shuffled_descents
from course_lib.widgets.lesson05 import paths_explorer, schedules_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. What one step looks at
#
# Lesson 01 averaged the slopes of all zeros and ones before each step. Lesson 04 took 32 images a step, in random order.
# Which is right, and how few examples will do?
#
# The loss of a data set is the mean of the losses of its examples. The derivative of a mean is the mean of the derivatives:
#
# $$L = \frac1N \sum_{n=1}^{N} L_n \qquad\Longrightarrow\qquad
# \underbrace{g}_{P} = \frac1N \sum_{n=1}^{N} \underbrace{g_n}_{P} \tag{5.1}$$
#
# A step may as well average over $B$ examples, with the row numbers $n_1, \dots, n_B$:
#
# $$g_B = \frac1B \sum_{i=1}^{B} g_{n_i} \tag{5.2}$$
#
# With $B = N$ this is **batch** gradient descent, with $B = 1$ **stochastic** (or on-line) gradient descent, in between
# **mini-batch** gradient descent. To check (5.1), take the digits and a small network.

# %%
show_source(network, loss_and_gradient, gradient)
x, t = load_digits()[:2]                        # the training images and their labels
net, N = network(np.random.default_rng(4)), len(x)
G = np.stack([gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(N)])
np.testing.assert_allclose(G.mean(axis=0), gradient(net, x, t), rtol=0, atol=1e-15)
print(f"{len(G)} gradients of {G.shape[1]} numbers: their mean is g, to 1e-15")

# %% [markdown]
# Article C of lesson 00's list counts "two main passes through the neural network for each training
# example". One pass forward and one back serve a whole batch: the sum of (5.1) sits inside the matrix products of lesson 04.
#
# Some words. An **update** (or iteration, or step) changes the parameters once. An **epoch** is one reading of all examples;
# with `Batches` it has $N/B$ updates, rounded down. Article D writes "At each iteration (or epoch)" as if
# the two were one. They are one only if $B = N$; then Rumelhart, Hinton and Williams say **sweep**.
#
# **Prediction:** LeCun and others trained on 7,291 zip-code digits in 1989, one at a time, for 23 epochs. How many updates?

# %%
guess("05-updates", "How many updates are 23 epochs of 7,291 single digits?",
      unit="updates")

# %%
trainings = [("symmetry, 1986", 64, 64, 1425), ("zip codes, 1989", 7291, 1, 23),
             ("lesson 04, shifted digits", 5 * N, 32, 20)]
display(table([[name, f"{n:,}", B, f"{epochs:,}", f"{n // B * epochs:,}"]
               for name, n, B, epochs in trainings],            # n // B rounds down
              ["training", "examples", "batch", "epochs", "updates"]))
answer("05-updates", 7291 * 23)

# %% [markdown]
# "Epochs" alone says little: 23 of them were 167,693 updates.
#
# The work of an update grows with its batch: by equation (4.22) the small network does 5,056 multiply-adds an example. An update with
# twice the batch has twice the work, and there are half as many: an epoch always costs the same number of multiply-adds. Only the memory grows.
#
# **Prediction:** an update with 256 examples has 256 times the work of one with a single example. How many times the time?

# %%
guess("05-time", "How many times the time of one does an update with 256 take?",
      unit="times")

# %%
# NBVAL_IGNORE_OUTPUT
sizes = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, N])
took = each(sizes, trials.update_ms, label="sizes", missing=np.nan)
ms = np.array(list(took.values()))
print("times that of one:", {B: f"{took[B] / took[1]:.1f}" for B in (16, 64, 256)})
answer("05-time", ms[8] / ms[0], form="{:.1f}")

# %%
labels = {"x_label": "batch size B", "y_label": "processor time (ms)", "log": "xy"}
with figure(2) as (left, right):
    lines(left, {"an update": (sizes, ms), "B times one": (sizes, ms[0] * sizes)},
          title="An update: flat, then rising", **labels)
    lines(right, {"an epoch": (sizes, ms * (N // sizes))},
          title="An epoch: dear in pieces", **labels)

# %% [markdown]
# It is far from 256 times. The left figure shows why: up to some 16 examples an update takes nearly the same time, which goes into
# calling Python and NumPy. So an epoch of single examples is many times as dear as one in
# batches of 256. (Processor time: other programs disturb it little.)
#
# **Summary.** A step may average over any number of examples. What is missing: is the gradient of a part any good?
#
# ## 2. A part for the whole
#
# A batch of 16 is about one percent of the digits. The picture draws two entries of $g_B$, for 300 random batches of each size.
# **Prediction:** by what factor does the cloud shrink from $B = 1$ to 256?

# %%
guess("05-cloud", "The cloud of B = 1 is how many times as wide as that of 256?",
      unit="times")

# %%
rng, (x, t) = np.random.default_rng(4), load_digits()[:2]
net = network(rng)
g = gradient(net, x, t)
two = np.argsort(np.abs(g[:2048]))[-2:]         # the largest of the first layer
clouds = {B: trials.drawn_gradients(net, B, rng, two) for B in (1, 16, 256)}
with figure(3, size=(9, 3.2)) as axes:
    for ax, (B, cloud) in zip(axes, clouds.items()):
        ax.plot(*cloud.T, ".", color=SERIES[0], markersize=3)
        ax.plot(*g[two], "P", color=SERIES[1], markersize=9)
        ax.set(title=f"B = {B}", xlabel="one entry", xlim=(-0.3, 0.3), ylim=(-0.3, 0.3))
    axes[0].set_ylabel("another entry")
widths = {B: cloud.std(axis=0).mean() for B, cloud in clouds.items()}
answer("05-cloud", widths[1] / widths[256], form="{:.3g}")

# %% [markdown]
# The figure shows three clouds around the same point, the full gradient (the vermillion cross). They do not miss it to one
# side, and they shrink. Both can be derived.
#
# **Right on average.** Draw each $n_i$ evenly from all $N$ rows. Then each $g_{n_i}$ has the expectation
# $\frac1N\sum_n g_n = g$, and so has the mean of $B$ of them:
#
# $$\mathbb E[g_B] = \frac1B \sum_{i=1}^{B} \mathbb E[g_{n_i}] = g \tag{5.3}$$
#
# Such an estimate is called **unbiased**. It holds for every $B$, even for $B = 1$.
#
# **How far off?** Measure how much single examples differ from their mean:
#
# $$\sigma^2 = \frac1N \sum_{n=1}^{N} \lVert g_n - g \rVert^2 \tag{5.4}$$

# %% [markdown]
# The squared error of $g_B$ is a double sum over pairs of draws,
# $\frac1{B^2}\sum_{i}\sum_{j}\mathbb E\,[(g_{n_i}-g)\cdot(g_{n_j}-g)]$.
# With replacement, two draws are independent: for $i \ne j$ the expectation of the product is the product of the expectations, and
# these are 0. What is left are $B$ terms $\sigma^2$:
#
# $$\mathbb E\,\lVert g_B - g\rVert^2 = \frac{\sigma^2}{B} \tag{5.5}$$
#
# **Without replacement**, fix the row $n$ of one draw. All deviations add up to 0, so
# the $N-1$ others add up to $-(g_n - g)$, and for $i \ne j$ the expectation of the product is
# $-\sigma^2/(N-1)$. There are $B(B-1)$ such pairs:
#
# $$\mathbb E\,\lVert g_B - g\rVert^2 = \frac{1}{B^2}\Bigl(B\sigma^2 - B(B-1)\frac{\sigma^2}{N-1}\Bigr)
# = \frac{\sigma^2}{B}\cdot\frac{N-B}{N-1} \tag{5.6}$$
#
# At $B = N$ the last factor is 0. A check without luck: five rows, and every possible batch of two. Then the digits, with 300
# random batches of each size, relative to $\lVert g\rVert^2$.

# %%
def squared_error(G, batches):
    g = G.mean(axis=0)
    return np.mean([((G[list(rows)].mean(axis=0) - g) ** 2).sum() for rows in batches])

five = np.random.default_rng(4).normal(size=(5, 3))
spread = ((five - five.mean(axis=0)) ** 2).sum(axis=1).mean()               # (5.4)
with_ = squared_error(five, product(range(5), repeat=2))
without = squared_error(five, combinations(range(5), 2))
np.testing.assert_allclose(with_, spread / 2)                               # (5.5)
np.testing.assert_allclose(without, spread / 2 * (5 - 2) / (5 - 1))         # (5.6)
print(f"σ² {spread:.4f}, with replacement {with_:.4f}, without {without:.4f}")

# %%
def errors(B, tries=300):
    """The mean relative error of random batches, with replacement and without."""
    def error(rows):
        return ((gradient(net, x[rows], t[rows]) - g) ** 2).sum() / (g @ g)
    return (np.mean([error(rng.integers(N, size=B)) for _ in range(tries)]),
            np.mean([error(rng.permutation(N)[:B]) for _ in range(tries)]))

rng, Bs = np.random.default_rng(4), np.array([1, 4, 16, 64, 256, N])
measured = each(Bs, errors, label="sizes", missing=(np.nan, np.nan))
again, once = np.transpose(list(measured.values()))

# %%
G = np.stack([gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(N)])
spread = ((G - g) ** 2).sum(axis=1).mean() / (g @ g)                        # (5.4)
fewer = (N - Bs) / (N - 1)
rows = zip(map(measured.name, Bs), again, spread / Bs, once, fewer * spread / Bs)
table([[B, *("0" if abs(v) < 1e-20 else f"{v:.4g}" for v in row)] for B, *row in rows],
      ["B", "with replacement", "(5.5)", "without", "(5.6)"], "relative squared error")

# %% [markdown]
# The table has the measured errors within a tenth of the derived ones. The *length* of the error, and so the width of the cloud, falls with $\sqrt B$:
# for 256 times the work a sixteenth. Poor in multiply-adds; good in time, up to a few hundred.
#
# Article D says that mini-batches, as against all the data, bring less "variance of parameter updates,
# leading to more stable convergence". Against single examples this is true, by (5.5). Against the full batch
# it is the wrong way round: there the variance is 0.
#
# **Exercise 05-2** asks for the variance.
#
# **Summary.** A random batch is right on average, its squared error is $\sigma^2/B$ or less. What does this do to the descent?

# %% [markdown]
# ## 3. What the noise does
#
# To see a whole descent we need a loss of two parameters. Take the zeros and ones of lesson 01 and a neuron without sigmoid,
# $y = wx + b$, where $x$ is the ink in the middle of the image. With the squared error, $L(w, b)$ is a smooth bowl whose lowest
# point is known. `excess` gives the loss above its least value, for any number of points at once.

# %%
X, ones, best = bowl()                          # rows (x, 1), targets, the best (w, b)
least, at_zero = ((X @ best - ones) ** 2).mean(), (ones ** 2).mean()
np.testing.assert_allclose(excess(np.zeros(2)), at_zero - least)
print(f"{len(X)} images, least loss {least:.4f} at w, b = {best}")

# %% [markdown]
# The explorer walks down this bowl from one start in three ways: with all 289 images a step, with batches of a size
# that you choose, and with one. Of each it draws 40 descents: one way on the map, the dots where all of them end, and
# beside it the median and a band that holds nine of ten. One descent alone may be lucky.
#
# **Prediction:** at the rate 0.2, which has the lowest loss in the mean of many descents, after 60 updates each? And after three epochs each?

# %%
guess("05-nearest", "After 60 updates each, whose mean loss is lowest?",
      choices=("1", "16", "all"))

# %%
guess("05-nearest-epochs", "And after three epochs each?", choices=("1", "16", "all"))

# %%
paths_explorer()

# %%
rng, ended = np.random.default_rng(4), {}
for lr, B in product((0.05, 0.1, 0.2), (1, 16, 289)):
    runs = [shuffled_descents(B, lr, n, rng, 400 if B < 289 else 1)
            for n in (60, 3 * (289 // B))]
    ended[lr, B] = [excess(points[-1]) for points in runs]
display(table([[lr, B, *(say(1e4 * e, "{:.4g}") for e in both)]
               for (lr, B), both in ended.items()],
              ["learning rate", "B", "after 60 updates", "after 3 epochs"],
              "loss above its least value, in ten-thousandths: mean of 400 descents"))
called = {1: "1", 16: "16", 289: "all"}
least = [min(called, key=lambda B: ended[0.2, B][k].mean()) for k in (0, 1)]
answer("05-nearest", called[least[0]])

# %%
answer("05-nearest-epochs", called[least[1]])

# %% [markdown]
# (The explorer shows medians, the table means.)
# *After equally many updates* the full batch is lowest at 0.1 and at 0.2. At 0.2 single examples wander about at the bottom, ten times and more as high as batches of 16.
# At 0.05 all are on the slope; 16 and 289 are not told apart. But the full batch has looked at 289 times as many examples.
#
# *After equally many epochs* the full batch is highest: it has made three updates. Of the others single examples are lower at 0.05 and 0.1,
# batches of 16 at 0.2, where single examples are left with noise. A batch size must not be judged at one rate.

# %% [markdown]
# Even the full batch does not go straight "towards the minimum", as article D has it: the negative gradient is at right angles to the contours.
# And does the loss at least fall at every update, "gradually reducing the loss function"? `descents` follows many descents at once:

# %%
show_source(descents)

# %%
rng = np.random.default_rng(4)
for B in (1, 16, len(X)):
    changes = np.diff(excess(descents(B, 0.1, 60, rng, 200)), axis=0)
    rises = (changes > 0).sum(axis=0)
    print(f"B = {B:3}: the loss of the data rises at {rises.mean():.1f} of 60 updates",
          f"(in 200 descents {rises.min()} to {rises.max()})")

# %% [markdown]
# It does for the full batch, with a small enough rate. The others take wrong steps.
#
# **Where does the wandering end?** On the parabola of lesson 01, $L = \frac12\lambda w^2$, let every gradient carry an error
# $\varepsilon$ with mean 0 and mean square $\sigma^2/B$:
#
# $$w \leftarrow w - \eta(\lambda w + \varepsilon) = (1 - \eta\lambda)\,w - \eta\,\varepsilon$$
#
# Square it and take the expectation. The product of $w$ and the new $\varepsilon$ has mean 0. After many steps
# $\mathbb E[w^2]$ no longer changes, so
#
# $$\mathbb E[w^2] = (1-\eta\lambda)^2\,\mathbb E[w^2] + \eta^2\frac{\sigma^2}{B}
# \quad\Longrightarrow\quad
# \mathbb E[w^2] = \frac{\eta\,\sigma^2}{B\,\lambda\,(2-\eta\lambda)}$$
#
# On average the loss stays above its least value by $\frac12\lambda\,\mathbb E[w^2]$:
#
# $$\text{noise floor} = \frac{\eta\,\sigma^2}{2B\,(2 - \eta\lambda)} \approx \frac{\eta\,\sigma^2}{4B}
# \tag{5.7}$$

# %% [markdown]
# The curvature has gone from the last, short form. So for small $\eta$ it holds along each direction of a bowl, and summed over all
# directions it has the $\sigma^2$ of (5.4), taken at the lowest point. There $g$ is 0, but the $g_n$ are not:
# they pull in all directions, and cancel only as a whole. `floor` sums the long form over both directions of ours.
#
# The derivation needs *independent* draws. In a shuffled epoch (section 4) what one batch has too much of, the others have too
# little of; the last column measures such epochs.
#
# **Prediction:** halve the learning rate, or double the batch. Which lowers the floor more?

# %%
guess("05-floor", "Which lowers the floor more?",
      choices=("half the rate", "twice the batch", "the same within 10 %"))

# %%
show_source(floor)
rates_sizes = ((0.04, 4), (0.02, 4), (0.04, 8), (0.01, 4), (0.04, 16))
rng = np.random.default_rng(4)
floors = {job: excess(descents(job[1], job[0], 600, rng, 400, best)[300:]).mean(axis=0)
          for job in rates_sizes}
epochs = {job: excess(shuffled_descents(job[1], job[0], 600, rng, 200, best)[300:])
          for job in rates_sizes}
display(table([[*job, say(1e4 * floors[job]), *(f"{1e4 * v:.3g}" for v in floor(*job)),
                say(1e4 * epochs[job].mean(axis=0))] for job in rates_sizes],
              ["learning rate", "B", "measured floor", "(5.7)", "short form",
               "shuffled epochs"], "in ten-thousandths"))
gap = floors[0.02, 4].mean() / floors[0.04, 8].mean() - 1
answer("05-floor", "the same within 10 %" if abs(gap) < 0.1 else
       "half the rate" if gap < 0 else "twice the batch")

# %%
fell = {lr: excess(descents(4, lr, 800, rng, 200)).mean(axis=1)
         for lr in (0.16, 0.04, 0.01)}
with figure() as ax:
    for i, (lr, fall) in enumerate(fell.items()):
        ax.semilogy(fall, DASHES[i], color=SERIES[i], label=f"learning rate {lr}")
        ax.axhline(floor(lr, 4)[0], color=SERIES[i], linewidth=0.8)
    ax.set(xlabel="update, B = 4", ylabel="loss above its least value",
           title="On the bowl a large rate is fast, stops high", ylim=(1e-5, 5))
    ax.legend()
table([[lr, *(f"{1e4 * v:.3g}" for v in (fall[200], fall[800], floor(lr, 4)[0]))]
       for lr, fall in fell.items()], ["rate, B = 4", "after 200 updates", "after 800",
                                        "its floor (5.7)"], "in ten-thousandths")

# %% [markdown]
# Shown are means of 200 descents, and the floors (5.7) as lines. After 200 updates the large rate is near its floor.
# After 800 the small one is far above its own floor, which is nearly twenty times lower. Half the rate or twice the batch: the same within 10 %. For small $\eta$ only $\eta/B$ counts.
# Shuffled epochs end lower, by a larger share where $\eta/B$ is smaller. The short form is 5 % low at 0.04.
#
# **Summary.** On a bowl whose single gradients do not vanish at the bottom, independent batches at a constant rate end on a floor
# nearly proportional to $\eta/B$. Missing: a falling rate. First, where do batches come from?
#
# *Here the first sitting ends.*

# %% [markdown]
# ## 4. An epoch: order and chunks
#
# In practice batches are cut from a list: the first $B$ rows, the next $B$, and so on. `Batches` shuffles the list before each epoch,
# so every row comes exactly once, and (5.6) holds for each batch. (The batches of an epoch depend on each other: section 3.) Is the shuffling worth the trouble? Data often
# comes sorted: all zeros, then all ones, and so on.
#
# **Prediction:** train three epochs on the digits sorted by label, without shuffling, at the rate 0.1. What share of the held-out digits is then right?

# %%
guess("05-sorted", "Held-out digits right after three sorted epochs?", unit="%")

# %%
show_source(Batches.__iter__, trials.three_epochs)
logs = each(("shuffled", "sorted"), label="orders", missing=[np.full((2, 270), np.nan)],
            work=lambda order: [trials.three_epochs(order, seed) for seed in range(5)])
table([[logs.name(order), *trials.by_epoch(runs)] for order, runs in logs.items()],
      ["order", "batch loss, epoch 1", "2", "3", "right in epoch 3 (%)", "at its end"])

# %%
with figure(2) as (left, right):
    for i, (order, runs) in enumerate(logs.items()):
        for ax, values in zip((left, right), runs[0]):
            ax.plot(values, DASHES[i], color=SERIES[i], label=order, linewidth=1.2)
    left.set(xlabel="update", ylabel="loss of the batch (nats)", yscale="log",
             title="Sorted: low, with peaks")
    right.set(xlabel="update", ylabel="held-out accuracy", ylim=(0, 1),
              title="Sorted: slow, and forgets")
    right.legend(loc="center right")
share = np.mean([log[1, -1] for log in logs["sorted"]])
answer("05-sorted", 100 * share, form="{:.0f}")

# %% [markdown]
# The figure shows the trap, for one of five seeds. On the left the sorted run looks fine most of the time, and in epoch 1 its mean loss is the lower one: the network has learnt to say the
# digit that is on, and peaks where the label changes. On held-out digits it is far slower, and right after the block of nines most digits are called a nine.
#
# In a sorted list the rows of a batch are not drawn evenly, so (5.3) fails: the gradient is *biased* towards the present label.
# Shuffling restores it. A half-measure shuffles only the places where batches start; inside, they stay sorted.
#
# **Exercise 05-1** asks for the iterator.

# %% [markdown]
# ### Two images left over
#
# 1,442 rows are 90 batches of 16, and two rows more. `Batches` has three ways with them. `"keep"` gives them a
# batch of their own, `"drop"` leaves them out, `"merge"` (the default) adds them to the batch before. One can also keep and **weight** them:
# two rows, two sixteenths of a step.
#
# It is two images of 1,442. Does it matter? We search a learning rate, as one does: train one epoch with each rate,
# then look at the loss of all digits, and take the rate with the lowest. Each rate gets ten seeds.
#
# **Prediction:** the search with `"keep"`, compared with the other three, takes a rate that is

# %%
guess("05-last", 'The rate found with "keep" is',
      choices=("smaller", "the same", "larger"))

# %%
show_source(trials.weighted, trials.end_of_epoch)
lasts, rates = ("keep", "merge", "weight", "drop"), (0.12, 0.25, 0.5, 1.0)
tails = each(product(lasts, rates), label="searches", missing=np.full((10, 10), np.nan),
             work=lambda job: np.array([trials.end_of_epoch(*job, seed)
                                        for seed in range(10)]))
chosen = {last: min(rates, key=lambda lr: tails[last, lr][:, -1].mean())
          if tails.complete else np.nan for last in lasts}
table([[last, *(say(tails[last, lr][:, -1], "{:.2f}") for lr in rates), chosen[last]]
       for last in lasts], ["last batch", *(f"rate {lr}" for lr in rates), "chosen"],
      "loss of all digits after one epoch: ten seeds")

# %%
with figure() as ax:
    left, losses = range(-9, 1), tails["keep", 0.5]
    ax.plot(left, losses.T, "o-", color=SERIES[5], linewidth=0.8, markersize=3)
    ax.plot(left, np.median(losses, axis=0), color=SERIES[1])
    ax.set(xlabel="updates before the end of the epoch, rate 0.5", yscale="log",
           ylabel="loss of all digits (nats)", title="The last step is on two images")
print(f"before the two images {say(losses[:, -2], '{:.2f}')},",
      f"after them {say(losses[:, -1], '{:.2f}')}, the worst {losses[:, -1].max():.2f}")
signs = {-1: "smaller", 0: "the same", 1: "larger"}
answer("05-last", signs.get(np.sign(chosen["keep"] - chosen["merge"])))

# %% [markdown]
# The figure shows ten trainings at the rate 0.5 (grey) and their median. Nothing happens until the last update. By (5.5) the gradient of two images has
# eight times the squared error of one of sixteen, and the rate is the same: the step is about three times as long. The network is thrown about, and *then* the search looks.
#
# The throw grows with the rate, and `"keep"` found half the rate here; ten other seeds may find the same. Between the other three no difference is told apart.
# The training was in order; *when* it was judged was not. Here nothing is measured right after a smaller batch:
# `curve` (section 6) refuses to.

# %% [markdown]
# ### Batches larger than memory
#
# Article D of lesson 00's list says that batch descent "involves reading all the records into memory from the disk", and that it "is not feasible to pass
# the entire dataset into the neural network at once". But gradients add. Cut the rows into chunks of any sizes $N_1, N_2, \dots$, and let
# $g_c$ be the gradient of the mean loss of chunk $c$. Then $N_c\, g_c$ is the sum over its rows, and
#
# $$g = \sum_c \frac{N_c}{N}\, g_c \tag{5.8}$$
#
# This is **gradient accumulation**. The weights matter: the last chunk is usually smaller. The adding is done by
# `backward` itself, which adds to `p.grad` (lesson 04). The weight goes in at the loss.

# %%
show_source(trials.accumulated)

# %%
net, (x, t) = network(np.random.default_rng(4)), load_digits()[:2]
g = gradient(net, x, t)
for chunk in (1442, 500, 100):
    assert np.abs(trials.accumulated(net, x, t, chunk) - g).max() < 1e-15
    wrong = np.linalg.norm(trials.plain_mean(net, x, t, chunk) - g) / np.linalg.norm(g)
    print(f"chunks of {chunk}: (5.8) to 1e-15; plain mean off by {wrong:.4f} of |g|")

# %% [markdown]
# The gradient of all rows is exact, with one chunk in memory at a time. The plain mean of the chunk gradients
# gives a short last chunk too much weight. So the full batch is always feasible, and it was the rule in the beginning: the symmetry net of 1986 took all its 64 patterns
# at every update. The question is only whether it pays.
#
# **Exercise 05-4** asks for accumulation, **exercise 05-7** is a hunt for two bugs in a training loop.
#
# **Summary.** Shuffle, cut, and weigh the last piece. The batch of an *update* is free; that of one *pass* is limited by
# memory. What is missing: the floor of section 3.

# %% [markdown]
# ## 5. Learning-rate schedules
#
# A large rate moves fast, a small one has a low floor. Why not both, one after the other? A **schedule** gives every
# update $k = 1, 2, \dots$ its own rate. Constant, or cut by a factor $f$ after every $s$ updates:
#
# $$\eta_k = \eta, \qquad\qquad \eta_k = \eta\, f^{\lfloor (k-1)/s \rfloor} \tag{5.9}$$
#
# Or along half a cosine, from $\eta$ to $\eta_{\text{end}}$ at update $K$, after a straight **warm-up** of $w$ updates:
#
# $$\eta_k = \begin{cases} \eta\, k / w & k \le w \\[2pt]
# \eta_{\text{end}} + (\eta - \eta_{\text{end}})\,\frac12\Bigl(1 + \cos\dfrac{\pi\,(k - w)}{K - w}\Bigr) & w < k \le K
# \end{cases} \tag{5.10}$$

# %%
show_source(cosine_schedule)
rates = [cosine_schedule(0.4, 300, warmup=30)(k) for k in (1, 30, 165, 300)]
print("rates at 1, 30, 165, 300:", [f"{rate:.4g}" for rate in rates])

# %% [markdown]
# How may the rate fall? Robbins and Monro gave conditions in 1951 that suffice: the steps
# can add up to any length, their squares cannot. (On the parabola a rate that goes to 0 with an endless sum is enough.) For example
#
# $$\sum_k \eta_k = \infty, \quad \sum_k \eta_k^2 < \infty: \qquad \eta_k = \frac{\eta}{1 + (k - 1)/s} \tag{5.11}$$
#
# After $s$ more updates it is halved. Why does it work? On
# $L = \frac1N\sum_n\frac12(w - x_n)^2$ the gradient of one example is $w - x_n$. With $\eta_k = 1/k$,
#
# $$w_k = w_{k-1} - \tfrac1k\,(w_{k-1} - x_k) = \tfrac1k\bigl((k-1)\,w_{k-1} + x_k\bigr),$$
#
# the mean of the first $k$ examples: here single examples know as much as one batch.
#
# **Prediction:** four schedules on the bowl of section 3, with single examples, each from the best of six rates. How many times as high as the lowest does the constant one end?

# %%
guess("05-schedules", "The constant rate ends how many times as high as the lowest?",
      unit="times")

# %%
show_source(one_over, schedules)
w, values = 0.0, np.random.default_rng(4).normal(size=50)
for k, value in enumerate(values, start=1):
    w -= one_over(1.0, 1)(k) * (w - value)
print(f"50 updates with rate 1/k: {w:.6f}, mean of the 50 values: {values.mean():.6f}")

# %%
rng, rates = np.random.default_rng(4), (0.03, 0.05, 0.1, 0.14, 0.2, 0.4)
ends = {name: [excess(descents(1, schedules(lr)[name], 300, rng, 1000)[-1])
               for lr in rates] for name in schedules(1)}
table([[name, *(say(1e4 * end) for end in found)] for name, found in ends.items()],
      ["schedule", *(f"from {lr}" for lr in rates)],
      "loss above its least value, in ten-thousandths: 1,000 descents")

# %%
first = {name: rates[np.argmin(np.mean(found, axis=1))] for name, found in ends.items()}
plans = {name: schedules(lr)[name] for name, lr in first.items()}
falls = {name: excess(descents(1, plans[name], 300, rng, 1000)) for name in plans}
with figure(2) as (left, right):
    curves(left, range(1, 301), {name: [plan(k) for k in range(1, 301)]
                                 for name, plan in plans.items()},
           x_label="update", y_label="learning rate", title="Each from its best rate")
    curves(right, range(301), {name: fall.mean(axis=1) for name, fall in falls.items()},
           x_label="update, B = 1", y_label="loss above its least value", log=True,
           title="The floor falls with the rate")
display(table([[name, first[name], say(1e4 * fall[150]), say(1e4 * fall[300])]
               for name, fall in falls.items()],
              ["schedule", "best rate", "half-way", "at the end"], "new descents"))
at_end = {name: fall[300].mean() for name, fall in falls.items()}
answer("05-schedules", at_end["constant"] / min(at_end.values()), form="{:.1g}")

# %% [markdown]
# The left figure shows the rates, the right one the mean loss of 1,000 *new* descents, each schedule from the rate chosen above. The falling ones end lower than the best constant rate: about
# five times with step and cosine, which are not told apart. Half-way the order is another one. A schedule is judged at its end.
#
# At its own rate, too: from 0.05 the *constant* rate ends lowest, since the others are small before they have arrived. Not searched here: the cut every 100 updates, $s = 30$.
# So the table does not rank the falling ones in general.

# %% [markdown]
# **And the warm-up?** One use is a start that is steeper than the rest, as between the walls of the explorer below: there the largest rate that works later
# is above $2/\lambda$ now. The digits, batches of 64, 300 updates of a cosine from three highest rates (an optimizer takes a schedule in the place of a rate),
# eight seeds each, with and without a warm-up of 60 updates.
#
# **Prediction:** from 2.0, how many of the eight runs without a warm-up end with a loss above 0.1? From 1.0 none does.

# %%
guess("05-warmup", "Of eight runs from 2.0 without a warm-up, how many end above 0.1?",
      unit="of 8 runs")

# %%
eased = each(product((1.0, 1.4, 2.0), (0, 60)), label="warm-up",
             missing=np.full((8, 31), np.nan),
             work=lambda job: np.array([trials.eased_in(*job, s) for s in range(8)]))
above = {job: int((runs[:, -1] > 0.1).sum()) for job, runs in eased.items()}
table([[lr, *(say(eased[lr, w][:, -1]) if lr < 2 else "" for w in (0, 60)),
        above[lr, 0], above[lr, 60]] for lr in (1.0, 1.4, 2.0)],
      ["highest rate", "loss, no warm-up", "loss, warm-up of 60",
       "above 0.1, no warm-up", "above 0.1, warm-up of 60"], "eight seeds")

# %%
with figure() as ax:
    for runs, dash, colour in zip((eased[2.0, 0], eased[2.0, 60]), DASHES, SERIES):
        ax.semilogy(range(0, 301, 10), runs.T, dash, color=colour, linewidth=0.8)
    ax.set(xlabel="update, highest rate 2.0", ylabel="loss of all digits (nats)",
           title="At once (lines), or later and less (dashes)")
answer("05-warmup", above[2.0, 0] if eased.complete else np.nan)

# %% [markdown]
# The figure shows both from the rate 2.0: without warm-up all eight are thrown to a large loss in their first updates, and end above 0.1; of those with one, most end well below. With the warm-up the losses rise too,
# later and mostly less; six of eight recover. Why is not measured here. From 1.0 and 1.4, where nothing is thrown out, the table finds a small gain at most.
#
# The explorer asks: which schedule ends lowest, and when does a warm-up help? Find the largest rate that works between the steep walls.

# %%
schedules_explorer()

# %% [markdown]
# Between steep walls the rate 0.2 throws all 400 descents out without a warm-up, and none with one of 10 updates. On the parabola nothing is thrown out at this rate, with or without.
# **Exercise 05-3** asks for the cosine with warm-up, **exercise 05-5** for the step schedule.
#
# **Summary.** On such a bowl the noise vanishes only if the rate falls (or the batch grows): high first, near zero at the end, with a rise where the start is steep.
# What is missing: which batch size wins?
#
# ## 6. By updates, by epochs, by seconds
#
# Five sizes train the digits: 1, 16, 64, 256 and all 1,442. How soon is the loss of the training digits below 0.1?

# %% [markdown]
# Each deserves its own learning rate. First a search: eleven rates, two seeds; the rate with the fewest updates to the mark is taken. Then the race: the same with five
# *other* seeds. For one size, search and race have the same budget; sizes have different ones. If the best rate lies at an end of the list, the list is widened for all: `compare` does this.
# The search looks at the training loss, as the race does. At the mark, 178 held-out digits are counted (one is 0.56 %).
#
# **Prediction:** how many times as large is the best rate of 256 digits as that of single ones? For the same floor (5.7) allows 256 times.

# %%
guess("05-rates", "The best rate of B = 256 is how many times that of B = 1?",
      unit="times")

# %%
show_source(trials.race)
found = compare({f"B = {B}": B for B in trials.BUDGET}, trials.race, by="updates",
                values=(0.06, 0.085, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0),
                search_seeds=(1, 2), seeds=range(10, 15), split=trials.digits_split(),
                watch=lambda jobs: watched(jobs, label="search and race"))
print("updates at most, by batch size:", trials.BUDGET)
reached = [np.isfinite(runs).sum() for runs in found.scores.values()]
table([[*row, n] for row, n in zip(found.rows(what=("epochs", "right")), reached)],
      ["batch size", "chosen rate", "at an end", "updates to a loss of 0.1", "epochs",
       "held-out digits right (%)", "mark reached, of 5"], "five seeds")

# %%
names = found.names
display(table([[f"{a}, {b}", found.beats(b, a), found.beats(a, b, "epochs"),
                found.beats(a, b, "right")] for a, b in zip(names, names[1:])],
              ["neighbours", "fewer updates with the larger",
               "fewer epochs with the smaller", "fewer digits right with the smaller"]))
with figure() as ax:
    steps = {name: np.where(v < 1e9, v, np.nan) for name, v in found.search.items()}
    ax.set(xscale="log", yscale="log")
    curves(ax, found.values, steps, x_label="learning rate", log=True,
           y_label="updates to a loss of 0.1", title="Faster, up to a limit")
    for line in ax.lines:
        line.set_marker("o")
ratio = found.chosen[names[3]] / found.chosen[names[0]]        # 256 and 1
answer("05-rates", ratio if found.complete else np.nan, form="{:.2g}")

# %% [markdown]
# The rate chosen for single digits is 0.085, for 16 it is 0.7, for each larger size 1.4: on this list 16 times for 256 digits, not 256 times. The figure shows why: for each size larger rates need fewer updates, up to a limit. For 1, 16 and 64 digits
# it is a wall: beyond it the mark was not reached in time (no point). For 256 and 1,442 it is an optimum: at 2.0 they need more updates.
# In section 4 one epoch chose 0.5 for batches of 16: another budget, another rate.

# %%
# NBVAL_IGNORE_OUTPUT
clocked = each(trials.BUDGET, trials.update_ms, label="processor time", missing=np.nan)
taken = {name: found.scores[name] * clocked[B] for name, B in zip(names, trials.BUDGET)}
least = min(np.mean(v) for v in taken.values())
with figure(3, size=(11, 3.6)) as axes:
    for i, (B, runs) in enumerate(zip(trials.BUDGET, found.measured("loss").values())):
        for ax, unit in zip(axes, (1, B / 1442, clocked[B] / 1e3)):
            ax.loglog(trials.places(B) * unit, np.zeros(40) + np.median(runs, axis=0),
                      linestyle=DASHES[i], color=SERIES[i], label=f"B = {B}")
    for ax, unit in zip(axes, ("updates", "epochs", "processor time (s)")):
        ax.set(xlabel=unit, title=f"Loss against {unit}")
    axes[0].set_ylabel("loss of all digits (nats)")
    axes[0].legend()
table([[found.name(name), say(taken[name] / least, "{:.2g}")] for name in names],
      ["batch size", "processor time to a loss of 0.1, times the least"])

# %% [markdown]
# The same trainings three times. *By updates* larger sizes are ahead, but from 16 to 1,442 digits only by a factor of less than three, and from 256 on by a tenth.
# *By epochs* smaller sizes are ahead. *By processor time* single digits and the full batch take several times as long
# as the others.
#
# ### Reading a noisy loss
#
# Mostly only the losses of the batches are at hand. A **running average**
# smooths them, with a memory of about $1/(1-\beta)$ updates:
#
# $$m_k = \beta\, m_{k-1} + (1 - \beta)\, L_k, \quad m_0 = 0, \qquad \hat m_k = \frac{m_k}{1 - \beta^k} \tag{5.12}$$
#
# $m_k$ is a sum of the losses with the weights $(1-\beta)\beta^{j}$, $j = 0, \dots, k-1$. These add up to $1 - \beta^k$,
# not to 1, because of the start at 0; the division corrects it.

# %%
x, t = load_digits()[:2]
rng, m, columns = np.random.default_rng(4), 0.0, []
student, batches = network(rng), Batches(x, t, 16, rng=rng)
sgd = SGD(student.params, lr=0.1)
for _, k, loss in training(student, softmax_cross_entropy, sgd, batches, 3):
    m = 0.95 * m + (1 - 0.95) * loss
    whole = trials.loss_on(student, x, t)
    columns.append((whole, m, m / (1 - 0.95 ** k), loss))               # (5.12)
series = ("all digits", "not corrected", "running average", "batch")
with figure() as ax:
    curves(ax, range(1, 271), dict(zip(series, np.transpose(columns))),
           x_label="update, B = 16", y_label="loss (nats)", title="Smooth, a bit late")
    ax.lines[3].set(linewidth=0.6, linestyle="-", color=SERIES[5])
    ax.legend()

# %% [markdown]
# The figure shows the batch losses jumping about the loss of all digits.
# The running average follows with a delay; without the correction it starts near zero. **Exercise 05-6** asks for it. (Lesson 06 does the same with gradients.)
#
# ### Redundant data
#
# Why do small batches need few epochs? One reason may be that many digits resemble each other, so a part tells nearly as much as the whole. Copies show the mechanism, not its share here:
# 144 digits, and the same 144 ten times over. The rates are given: here data are compared, not sizes.
#
# **Prediction:** with ten copies, by what number are the epochs divided that batches of 16 need? And those of the full batch?

# %%
guess("05-copies", "Batches of 16: ten copies divide the epochs by", unit="")

# %%
guess("05-copies-all", "The full batch: ten copies divide the epochs by", unit="")

# %%
jobs = [(1, 16, 0.2), (10, 16, 0.2), (1, 0, 1.0), (10, 0, 1.0)]     # copies, B, rate
needed = each(jobs, label="copies", missing=np.full(5, np.nan),
              work=lambda job: np.array([trials.epochs_needed(*job, seed)
                                         for seed in range(5)]))
display(table([[f"144 × {n}", B or "all", say(needed[n, B, lr]),
                say(needed[n, B, lr] * 144 * n, "{:,.0f}")] for n, B, lr in jobs],
              ["data", "B", "epochs to a loss of 0.1", "examples read"], "five seeds"))
less = [np.mean(needed[a] / needed[b]) for a, b in (jobs[:2], jobs[2:])]
answer("05-copies", less[0], form="{:.2g}")

# %%
answer("05-copies-all", less[1], form="{:.2g}")

# %% [markdown]
# With ten copies the mini-batches need a tenth of the epochs, and read as many examples as before. The full batch has the same
# gradient as before, needs the same number of epochs, and reads ten times as much. LeCun and others reported in 1989 that
# updates after single examples learnt faster than updates after all; redundancy is the usual explanation.
#
# **The claims, weighed.**
#
# All quotations are from article D of lesson 00's list.
#
# | what the article says | what this lesson found |
# |---|---|
# | mini-batches have less "variance of parameter updates" | true against single examples, by $1/B$; against the full batch they have *more*: its variance is 0 |
# | "leading to more stable convergence" | on the bowl, with a constant rate, only the full batch settles; the others stop on a floor |
# | "provides faster and more accurate results" | faster in processor time, than the full batch and than single examples: yes; more accurate: every size has 96 or 97 % of the held-out digits right at the mark, and no order by size |
# | "not feasible to pass the entire dataset" | in chunks it is, exactly, by (5.8) |
# | stochastic descent takes "a random subset of the data" | that is a mini-batch; Robbins and Monro took single observations |

# %% [markdown]
# **Summary.** A random batch has the right gradient on average, with a squared error of $\sigma^2/B$. On a bowl whose single gradients do not vanish at the bottom, this noise keeps the loss above a floor
# that grows with $\eta/B$, unless the rate falls or the batch grows. Small batches need few epochs, large ones few updates; in processor time
# the sizes in between were best here, each at its own rate, judged after equal batches. What is missing: all steps so far follow the gradient as it is. Are there better steps? This is lesson 06.
#
# **Exercises**, in the sheet of this lesson:
#
# | task | what | level |
# |---|---|---|
# | 05-1 | a mini-batch iterator | write |
# | 05-2 | the variance of a mini-batch gradient | write |
# | 05-3 | a cosine schedule with warm-up | write |
# | 05-4 | gradient accumulation | write |
# | 05-5 | a step schedule | fill in |
# | 05-6 | a running average | write |
# | 05-7 | bug hunt: an epoch of training | explore |

# %% [markdown]
# **Further reading**
#
# - {source robbins1951}.
# - {source rumelhart1986}.
# - {source lecun1989}.
# - {source bottou2018}.
# - {source loshchilov2017}: the cosine.
# - {source goodfellow2016}: sections 8.1 and 8.3.
