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
# * choose a learning-rate schedule, and say why the rate must fall;
# * compare batch sizes by updates, by epochs and by seconds.
#
# **Time:** about 75 minutes, in two sittings: sections 1 to 3, then 4 to 6.
# **Needed:** lesson 04 (`train_step`, the $1/N$ in the loss), lesson 01 (the parabola), mean and variance.

# %% [markdown]
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
# | $\lambda$ | | a number | curvature of a parabola |

# %%
from itertools import combinations, product
from time import perf_counter

import numpy as np

from course_lib import (SGD, Batches, Dense, Sequential, Tanh, evaluate, load_digits,
    softmax_cross_entropy, train_step, training)
from course_lib.optim.schedules import constant_schedule, cosine_schedule, step_schedule
from course_lib.page.notebook import fastest, show_source, table
from course_lib.page.plotting import DASHES, SERIES, curves, figure
from course_lib.studies.descents import bowl, descents, excess
from course_lib.widgets.lesson05 import paths_explorer, schedules_explorer

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
def network(rng):
    return Sequential(Dense(64, 32, rng=rng), Tanh(), Dense(32, 10, rng=rng))

def gradient(net, x, t):
    """The gradient of the mean loss by all parameters, in one row."""
    y, backward = net(x)
    for p in net.params:
        p.zero_grad()
    backward(softmax_cross_entropy(y, t)[1](), input_grad=False)
    return np.concatenate([p.grad.ravel() for p in net.params])

# %%
x, t = load_digits()[:2]                        # the training images and their labels
net, N = network(np.random.default_rng(4)), len(x)
G = np.stack([gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(N)])
np.testing.assert_allclose(G.mean(axis=0), gradient(net, x, t), rtol=0, atol=1e-15)
print(f"{len(G)} gradients of {G.shape[1]} numbers: their mean is g, to 1e-15")

# %% [markdown]
# A popular article counts "two main passes through the neural network for each training example". One pass forward and one back
# serve a whole batch: the sum of (5.1) sits inside the matrix products of lesson 04.
#
# Some words. An **update** (or iteration, or step) changes the parameters once. An **epoch** is one reading of all examples;
# it has $N/B$ updates, rounded up. Another article writes "At each iteration (or epoch)" as if the two were one.
# They are one only if $B = N$; then Rumelhart, Hinton and Williams say **sweep**.
#
# **Prediction:** LeCun and others trained on 7,291 zip-code digits in 1989, one at a time, for 23 epochs. How many updates?

# %%
trainings = [("Rumelhart and others 1986, symmetry", 64, 64, 1425),
             ("LeCun and others 1989, zip codes", 7291, 1, 23),
             ("lesson 04, shifted digits", 5 * N, 32, 40)]
table([[name, f"{n:,}", B, f"{epochs:,}", f"{-(-n // B) * epochs:,}"]
       for name, n, B, epochs in trainings],            # -(-n // B) rounds up
      ["training", "examples", "batch", "epochs", "updates"])

# %%
each, kept = 3 * (64 * 32 + 32 * 10) - 64 * 32, 64 + 32 + 10        # (4.22)
rows = [[B, -(-N // B), B * each, N * each, B * kept] for B in (1, 16, 256, N)]
table([[f"{v:,}" for v in row] for row in rows],
      ["batch", "updates an epoch", "multiply-adds an update",
       "multiply-adds an epoch", "numbers remembered"])

# %% [markdown]
# "Epochs" alone says little: 23 of them were 167,693 updates.
#
# The second table counts the work for the small network: by equation (4.22) 5,056 multiply-adds an example, and 106 numbers to remember. An update with
# twice the batch has twice the work, and there are half as many: an epoch always costs the same.
#
# **Prediction:** so an update with 256 examples takes 256 times as long as one with a single example?

# %%
def seconds(B):
    net = network(np.random.default_rng(4))
    step = net, softmax_cross_entropy, SGD(net.params, lr=0.1), x[:B], t[:B]
    return fastest(lambda: train_step(*step), 30)

sizes = np.append(2 ** np.arange(11), N)
times = 1e3 * np.array([seconds(B) for B in sizes])

# %%
# NBVAL_IGNORE_OUTPUT
with figure(2) as (left, right):
    left.loglog(sizes, times, "o-", label="measured")
    left.loglog(sizes, times[0] * sizes, ":", color=SERIES[5], label="one, times B")
    left.legend()
    right.loglog(sizes, times * -(-N // sizes), "s-", color=SERIES[2])
    left.set(xlabel="batch size B", ylabel="ms", title="An update: flat, then rising")
    right.set(xlabel="batch size B", ylabel="ms", title="An epoch: dear in pieces")
print(f"an update with 256 takes {times[8] / times[0]:.1f} times as long as with one")

# %% [markdown]
# The left figure shows small batches taking the same time, whatever $B$ is: it goes into
# calling Python and NumPy. So in the right one an epoch of single examples is many times as dear as one in
# batches of 256, with the same multiply-adds.
#
# **Summary.** A step may average over any number of examples. Small batches give many cheap updates;
# below some size none cheaper. What is missing: is the gradient of a part any good?
#
# ## 2. A part for the whole
#
# A batch of 16 is one percent of the digits. The picture draws two entries of $g_B$, for 300 random batches of each size.
# **Prediction:** by what factor does the cloud shrink from $B = 1$ to 256?

# %%
rng, (x, t) = np.random.default_rng(4), load_digits()[:2]
net = network(rng)
g = gradient(net, x, t)
two = np.argsort(np.abs(g[:2048]))[-2:]         # the largest of the first layer
with figure(3, size=(9, 3.2)) as axes:
    for ax, B in zip(axes, (1, 16, 256)):
        draws = [rng.integers(N, size=B) for _ in range(300)]
        cloud = np.array([gradient(net, x[rows], t[rows])[two] for rows in draws])
        ax.plot(*cloud.T, ".", color=SERIES[0], markersize=3)
        ax.plot(*g[two], "P", color=SERIES[1], markersize=9)
        ax.set(title=f"B = {B}", xlabel="one entry", xlim=(-0.3, 0.3), ylim=(-0.3, 0.3))
    axes[0].set_ylabel("another entry")

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
# **Without replacement** no row comes twice. Fix the row $n$ of one draw. All deviations add up to 0, so
# the $N-1$ others add up to $-(g_n - g)$, and for $i \ne j$ the expectation of the product is
# $-\sigma^2/(N-1)$. There are $B(B-1)$ such pairs:
#
# $$\mathbb E\,\lVert g_B - g\rVert^2 = \frac{1}{B^2}\Bigl(B\sigma^2 - B(B-1)\frac{\sigma^2}{N-1}\Bigr)
# = \frac{\sigma^2}{B}\cdot\frac{N-B}{N-1} \tag{5.6}$$

# %% [markdown]
# At $B = N$ the last factor is 0, as it must be. A check without any luck: five rows, and every possible batch of two. Then the digits, with 300
# random batches of each size and kind, relative to $\lVert g\rVert^2$.

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
def error(rows):
    return ((gradient(net, x[rows], t[rows]) - g) ** 2).sum() / (g @ g)

rng, sizes, tries = np.random.default_rng(4), (1, 4, 16, 64, 256, N), range(300)
again = [np.mean([error(rng.integers(N, size=B)) for _ in tries]) for B in sizes]
once = [np.mean([error(rng.permutation(N)[:B]) for _ in tries]) for B in sizes]

# %%
G = np.stack([gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(N)])
spread = ((G - g) ** 2).sum(axis=1).mean() / (g @ g)                        # (5.4)
rows = [[B, a, spread / B, o, spread / B * (N - B) / (N - 1)]
        for B, a, o in zip(sizes, again, once)]
table([[f"{v:.4g}" if v > 1e-20 else "0" for v in row] for row in rows],
      ["B", "with replacement", "(5.5)", "without", "(5.6)"], "relative squared error")

# %%
with figure() as ax:
    B = np.geomspace(1, N - 1, 300)
    ax.loglog(B, spread / B, "--", color=SERIES[5], label="(5.5), slope −1")
    ax.loglog(B, spread / B * (N - B) / (N - 1), color=SERIES[5], label="(5.6)")
    ax.loglog(sizes, again, "o", color=SERIES[0], fillstyle="none", label="repeated")
    ax.loglog(sizes[:-1], once[:-1], "s", color=SERIES[1], ms=4, label="each once")
    ax.set(xlabel="batch size B", ylabel="squared error / squared gradient",
           title="Four times the batch, a quarter of the error", ylim=(1e-2, 100))
    ax.legend()

# %% [markdown]
# The figure shows the measured points on the derived lines. The *length* of the error, and so the width of the cloud, falls with $\sqrt B$:
# for 256 times the work a sixteenth. A poor bargain, and the reason for small batches.
#
# A popular article says that mini-batches, as against all the data, bring less "variance of parameter updates,
# leading to more stable convergence". Against single examples this is true, by (5.5). Against the full batch
# it is the wrong way round: there the variance is 0.
#
# **Exercise 05-2** asks for the variance.
#
# **Summary.** A random batch is right on average, with the squared error $\sigma^2/B$, less without repetition. What is missing: what does this do to the descent?

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
# The explorer walks down this bowl three times from the same start: with all 289 images a step, with batches of a size
# that you choose, and with one.
#
# **Prediction:** which one ends nearest to the lowest point, after equally many updates? And after equally many epochs? Then raise and lower
# the learning rate.

# %%
paths_explorer()

# %% [markdown]
# After equally many updates all three have come about as near, but the full batch has looked at hundreds of times as many examples. After
# equally many epochs it is still high on the slope, and the single examples are down. There
# they wander about, where the full batch would settle.
#
# Even the full batch does not go straight "towards the minimum", as an article has it: the negative gradient is at right angles to the contours.
# And does the loss at least fall at every update, "gradually reducing the loss function"? `descents` follows many descents at once:

# %%
show_source(descents)

# %%
rng = np.random.default_rng(4)
for B in (1, 16, len(X)):
    falls = np.diff(excess(descents(B, 0.1, 60, rng)[:, 0]))
    print(f"B = {B:3}: the loss of the data rises at {np.sum(falls > 0)} of 60 updates")

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
# The curvature has gone from the last form. So for small $\eta$ it holds along each direction of a bowl, and summed over all
# directions it has the $\sigma^2$ of (5.4), taken at the lowest point. There $g$ is 0, but the $g_n$ are not:
# they pull in all directions, and cancel only as a whole.
#
# **Prediction:** halve the learning rate, or double the batch. Which lowers the floor more?

# %%
G = 2 * (X @ best - ones)[:, np.newaxis] * X            # gradients at the lowest point
rng, spread, rows = np.random.default_rng(4), (G ** 2).sum(axis=1).mean(), []
for lr, B in ((0.04, 4), (0.02, 4), (0.01, 4), (0.04, 16), (0.02, 1)):
    settled = excess(descents(B, lr, 600, rng, 200, best)[300:]).mean()
    rows.append([lr, B, f"{settled:.2e}", f"{lr * spread / (4 * B):.2e}"])      # (5.7)
table(rows, ["learning rate", "B", "measured floor", "(5.7)"])

# %%
with figure() as ax:
    for i, lr in enumerate((0.16, 0.04, 0.01)):
        fall = excess(descents(4, lr, 800, rng, 200)).mean(axis=1)
        ax.semilogy(fall, DASHES[i], color=SERIES[i], label=f"learning rate {lr}")
        ax.axhline(lr * spread / 16, color=SERIES[i], linewidth=0.8)        # (5.7)
    ax.set(xlabel="update, B = 4", ylabel="loss above its least value",
           title="A large rate is fast and stops high", ylim=(1e-5, 5))
    ax.legend()

# %% [markdown]
# The figure shows the mean of 200 descents for three rates, and the floors of (5.7) as thin lines. The large rate is at its floor
# soon. The small one will get sixteen times lower, and is still on its way.
#
# The table says: half the rate or twice the batch, it is the same. Only $\eta/B$ counts. Whoever uses batches $k$ times as large may
# use a rate $k$ times as large, as long as $\eta$ stays well below $2/\lambda$ of the steepest direction.
#
# **Summary.** With a constant rate, descent by batches ends on a floor proportional to $\eta/B$. What is missing: the rate must fall
# (section 5). But first, where do batches come from?

# %% [markdown]
# ## 4. An epoch: order and chunks
#
# In practice batches are cut from a list: the first $B$ rows, the next $B$, and so on. `Batches` shuffles the list before each epoch,
# so every row comes exactly once, and (5.6) holds. (1,442 rows are 90 batches of 16 and two rows more: `last="keep"` leaves these two a
# short batch of their own; by default they would join the batch before.) Is the shuffling worth the trouble? Data often
# comes sorted: all zeros, then all ones, and so on.
#
# **Prediction:** train three epochs on the digits sorted by label, without shuffling. What will the loss of the batches look like?
# And the accuracy on held-out digits?

# %%
show_source(Batches.__iter__)

# %%
digits = load_digits()
order = np.argsort(digits.t_train, kind="stable")
x, t, logs = digits.x_train[order], digits.t_train[order], {}
for name in ("shuffled", "sorted"):
    rng, logs[name] = np.random.default_rng(4), []
    net = network(rng)
    dealer = rng if name == "shuffled" else None
    batches = Batches(x, t, 16, rng=dealer, last="keep")
    sgd = SGD(net.params, lr=0.1)
    for _, _, loss in training(net, softmax_cross_entropy, sgd, batches, 3):
        logs[name].append((loss, evaluate(net, digits.x_test, digits.t_test)))
    print(f"{name:8}: mean loss of the first 91 batches",
          f"{np.mean(logs[name][:91], axis=0)[0]:.4f},",
          f"held-out accuracy after 273 {logs[name][-1][1]:.4f}")

# %%
with figure(2) as (left, right):
    for i, (name, log) in enumerate(logs.items()):
        for ax, values in zip((left, right), np.transpose(log)):
            ax.plot(values, DASHES[i], color=SERIES[i], label=name, linewidth=1.2)
    left.set(xlabel="update", ylabel="loss of the batch (nats)", yscale="log",
             title="Sorted: low, with peaks")
    right.set(xlabel="update", ylabel="held-out accuracy", title="Sorted: no progress",
              ylim=(0, 1))
    right.legend(loc="center right")

# %% [markdown]
# The figure shows the trap. On the left the sorted run looks fine most of the time: the network has just learnt to say the
# digit that is on, and only where the label changes does it peak. On held-out digits it is hopeless.
#
# In a sorted list the rows of a batch are not drawn evenly, so (5.3) fails: the gradient is *biased* towards the present label.
# Shuffling restores it. A common half-measure shuffles only the places where batches start; inside, they stay sorted.
#
# **Exercise 05-1** asks for the iterator.

# %% [markdown]
# ### Batches larger than memory
#
# A popular article says that batch descent "involves reading all the records into memory from the disk", and that it "is not feasible to pass
# the entire dataset into the neural network at once". But gradients add. Cut the rows into chunks of any sizes $N_1, N_2, \dots$, and let
# $g_c$ be the gradient of the mean loss of chunk $c$. Then $N_c\, g_c$ is the sum over its rows, and
#
# $$g = \sum_c \frac{N_c}{N}\, g_c \tag{5.8}$$
#
# This is **gradient accumulation**. The weights matter: the last chunk is usually smaller. The adding is done by
# `backward` itself, which adds to `p.grad` (lesson 04). The weight goes in at the loss.

# %%
def accumulated(net, x, t, chunk):
    """The gradient of the mean loss over all rows, at most `chunk` rows at a time."""
    for p in net.params:
        p.zero_grad()                                   # once, before the first chunk
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        y, backward = net(x[rows])
        _, loss_backward = softmax_cross_entropy(y, t[rows])
        backward(loss_backward(len(y) / len(x)), input_grad=False)      # (5.8)
    return np.concatenate([p.grad.ravel() for p in net.params])

# %%
net, rows = network(np.random.default_rng(4)), []
g = gradient(net, x, t)
for chunk in (1442, 500, 100):
    parts = [slice(a, a + chunk) for a in range(0, len(x), chunk)]
    plain = np.mean([gradient(net, x[part], t[part]) for part in parts], axis=0)
    right = np.abs(accumulated(net, x, t, chunk) - g).max() < 1e-15
    wrong = np.linalg.norm(plain - g) / np.linalg.norm(g)
    rows.append([chunk, len(x[parts[-1]]), right, f"{wrong:.4f}", f"{106 * chunk:,}"])
table(rows, ["chunk", "rows in the last", "(5.8) right to 1e-15",
             "error of the plain mean", "numbers remembered"])

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
def my_cosine(k, lr, steps, warmup, final=0.0):
    if k <= warmup:
        return lr * k / warmup
    share = (k - warmup) / (steps - warmup)
    return final + (lr - final) * (1 + np.cos(np.pi * share)) / 2       # (5.10)

library = cosine_schedule(0.4, 300, warmup=30)
for k in range(1, 301):
    np.testing.assert_allclose(library(k), my_cosine(k, 0.4, 300, 30), atol=1e-15)
print("rates at 1, 30, 165, 300:", [f"{library(k):.4g}" for k in (1, 30, 165, 300)])

# %% [markdown]
# How slowly *may* the rate fall, how fast *must* it? Robbins and Monro answered in 1951. The steps must
# be able to add up to any length; their squares must not, or the noise stays. For example
#
# $$\sum_k \eta_k = \infty, \quad \sum_k \eta_k^2 < \infty: \qquad \eta_k = \frac{\eta}{1 + (k - 1)/s} \tag{5.11}$$
#
# After $s$ more updates it is halved. Why does it work? On
# $L = \frac1N\sum_n\frac12(w - x_n)^2$ the gradient of one example is $w - x_n$. With $\eta_k = 1/k$,
#
# $$w_k = w_{k-1} - \tfrac1k\,(w_{k-1} - x_k) = \tfrac1k\bigl((k-1)\,w_{k-1} + x_k\bigr),$$
#
# the mean of the first $k$ examples. Single examples with a falling rate know as much as one batch of all.
#
# **Prediction:** four schedules on the bowl of section 3, with single examples. Which ends lowest? Does it lead all the way?

# %%
def one_over(lr, s):
    return lambda k: lr / (1 + (k - 1) / s)             # (5.11)

w, values = 0.0, np.random.default_rng(4).normal(size=50)
for k, value in enumerate(values, start=1):
    w -= one_over(1.0, 1)(k) * (w - value)
print(f"50 updates with rate 1/k: {w:.6f}, mean of the 50 values: {values.mean():.6f}")

# %%
schedules = {"constant": constant_schedule(0.2), "step": step_schedule(0.2, 100),
             "cosine": cosine_schedule(0.2, 300), "one over k": one_over(0.2, 30)}
rng = np.random.default_rng(4)
falls = {name: excess(descents(1, schedule, 300, rng, 200)).mean(axis=1)
         for name, schedule in schedules.items()}
table([[name, f"{fall[-1]:.4g}"] for name, fall in falls.items()], ["schedule", "end"])

# %%
with figure(2) as (left, right):
    curves(left, range(1, 301), {name: [schedule(k) for k in range(1, 301)]
                                 for name, schedule in schedules.items()},
           x_label="update", y_label="learning rate", title="Four schedules")
    curves(right, range(301), falls, x_label="update, B = 1", log=True,
           y_label="loss above its least value", title="The floor falls with the rate")

# %% [markdown]
# The left figure shows the rates, the right one the mean loss of 200 descents. The constant rate stays on its floor. The others go on falling,
# and those that end near zero are lowest. Half-way the order is another one: a schedule is judged at its end.
#
# **And the warm-up?** On a bowl it is of no use. Its use is a start that is steeper than the rest: there the largest rate that works later
# is above $2/\lambda$ now. Digits, batches of 64, a cosine from the rate of 2 (an optimizer takes a schedule in the place of a rate):

# %%
losses, (x, t) = {}, load_digits()[:2]
for warmup in (0, 60):
    rng, name = np.random.default_rng(4), f"warm-up of {warmup}"
    net, batches = network(rng), Batches(x, t, 64, rng=rng, last="keep")
    sgd = SGD(net.params, lr=cosine_schedule(2.0, 300, warmup=warmup))
    steps = training(net, softmax_cross_entropy, sgd, batches, 14)
    losses[name] = [loss for _, (_, _, loss) in zip(range(300), steps)]
    print(f"{name:13}: mean of the last 20 losses below 0.1:",
          np.mean(losses[name][-20:]) < 0.1)

# %%
with figure() as ax:
    curves(ax, range(1, 301), losses, x_label="update", log=True,
           y_label="loss of the batch (nats)", title="Thrown out at once, or eased in")

# %% [markdown]
# The figure shows the run without warm-up thrown to a large loss in its first updates; it does not recover in 300. With the warm-up the network
# has reached a flatter region before the rate is high.
#
# The explorer asks: which schedule ends lowest, and when does a warm-up help? Find the largest rate that works between the steep walls.

# %%
schedules_explorer()

# %% [markdown]
# On the parabola a warm-up only costs time. Between steep walls a rate of 0.2 fails without it.
# **Exercise 05-3** asks for the cosine with warm-up, **exercise 05-5** for the step schedule.
#
# **Summary.** The noise vanishes only if the rate falls: high first, near zero at the end, with a rise where the start is steep.
# What is missing: which batch size wins?
#
# ## 6. By updates, by epochs, by seconds
#
# Four trainings of the digits, with $B = 1$, 16, 256 and all 1,442. Each deserves its own learning rate, so a
# small search comes first: one epoch, or 60 updates if that is more.
#
# **Prediction:** will the best rate grow with $B$, as section 3 says?

# %%
digits = load_digits()
x, t, N = digits.x_train, digits.t_train, len(digits.x_train)

def loss_of(net):
    return float(softmax_cross_entropy(net(x)[0], t)[0])

def tried(B, lr):
    rng = np.random.default_rng(4)
    net, batches = network(rng), Batches(x, t, B, rng=rng, last="keep")
    steps = training(net, softmax_cross_entropy, SGD(net.params, lr=lr), batches, 60)
    for _ in zip(range(max(60, len(batches))), steps):
        pass
    return loss_of(net)

# %%
sizes, rates = (1, 16, 256, N), (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
search = np.array([[tried(B, lr) for lr in rates] for B in sizes])
chosen = {B: rates[i] for B, i in zip(sizes, search.argmin(axis=1))}
with figure() as ax:
    curves(ax, rates, {f"B = {B}": found for B, found in zip(sizes, search)}, log=True,
           x_label="learning rate", y_label="loss of all digits (nats)",
           title="Larger batches bear larger rates, up to a wall")
    ax.set(xscale="log", ylim=(0.05, 20))

# %% [markdown]
# The figure shows the best rate moving to the right with $B$, but far less than in proportion: near $2/\lambda$ stands a wall
# for any batch. Now the race, each size at its best rate. The loss is that of all digits; the clock
# stops while it is computed.

# %%
def race(B, updates):
    """The trained network, and rows (update, epoch, seconds, loss of all digits)."""
    rng, log, clock = np.random.default_rng(4), [], 0.0
    net, batches = network(rng), Batches(x, t, B, rng=rng, last="keep")
    sgd, marks = SGD(net.params, lr=chosen[B]), np.geomspace(1, updates, 40).astype(int)
    steps = training(net, softmax_cross_entropy, sgd, batches, updates)     # or fewer
    start = perf_counter()
    for _, (_, step, _) in zip(range(updates), steps):
        clock += perf_counter() - start
        if step in marks:
            log.append((step, step / len(batches), clock, loss_of(net)))
        start = perf_counter()
    return net, np.array(log)

# %%
runs = {B: race(B, updates) for B, updates in zip(sizes, (7210, 2730, 900, 450))}
right = [evaluate(net, digits.x_test, digits.t_test) for net, _ in runs.values()]
print("held-out accuracy above 0.94 with every batch size:", min(right) > 0.94)

# %%
# NBVAL_IGNORE_OUTPUT
with figure(3, size=(11, 3.6)) as axes:
    for k, (ax, unit) in enumerate(zip(axes, ("updates", "epochs", "seconds"))):
        for i, (B, (_, log)) in enumerate(runs.items()):
            ax.loglog(*log[:, [k, 3]].T, DASHES[i], color=SERIES[i], label=f"B = {B}")
        ax.set(xlabel=unit, title=f"Loss against {unit}", ylim=(1e-3, 5))
    axes[0].set_ylabel("loss of all digits (nats)")
    axes[0].legend()
rows = [[B, *(f"{log[log[:, 3] < 0.1][0, k]:.3g}" for k in range(3))]
        for B, (_, log) in runs.items()]
table(rows, ["B", "updates", "epochs", "seconds"], "until the loss is below 0.1")

# %% [markdown]
# The figure shows the same four trainings three times, with different winners. *By updates* the large batches lead: each of their steps is
# better. *By epochs* the small ones lead: single examples have made 1,442 steps when the full batch makes its first.
# *By seconds*, which is what we wait for, a size in between usually wins: small enough for many updates, large enough to keep the machine
# busy (section 1). The seconds in the table are those of the machine that ran it. With many processors the flat part
# of section 1 is longer, and the best size larger.

# %% [markdown]
# ### Reading a noisy loss
#
# The race computed the loss of all digits, at a price. In a real training only the losses of the batches are at hand. A **running average**
# smooths them, with a memory of about $1/(1-\beta)$ updates:
#
# $$m_k = \beta\, m_{k-1} + (1 - \beta)\, L_k, \quad m_0 = 0, \qquad \hat m_k = \frac{m_k}{1 - \beta^k} \tag{5.12}$$
#
# $m_k$ is a sum of the losses with the weights $(1-\beta)\beta^{j}$, $j = 0, \dots, k-1$. These add up to $1 - \beta^k$,
# not to 1, because of the start at 0; the division corrects it.

# %%
rng, m, columns = np.random.default_rng(4), 0.0, []
net, batches = network(rng), Batches(x, t, 16, rng=rng, last="keep")
sgd = SGD(net.params, lr=0.1)
for _, k, loss in training(net, softmax_cross_entropy, sgd, batches, 3):
    m = 0.95 * m + (1 - 0.95) * loss
    columns.append((loss_of(net), m, m / (1 - 0.95 ** k), loss))        # (5.12)

# %%
names = ("all digits", "not corrected", "running average", "batch")
with figure() as ax:
    curves(ax, range(273), dict(zip(names, np.transpose(columns))),
           x_label="update, B = 16", y_label="loss (nats)", title="Smooth, a bit late")
    ax.lines[3].set(linewidth=0.6, linestyle="-", color=SERIES[5])
    ax.legend()

# %% [markdown]
# The figure shows the batch losses jumping about the loss of all digits, which itself jumps at the end of an epoch: the last batch has two images only.
# The running average follows with a delay; without the correction it starts near zero. **Exercise 05-6** asks for it. (Lesson 06 does the same with gradients.)
#
# ### Redundant data
#
# Why do small batches lead by epochs? Many digits resemble each other, so a part tells nearly as much as the whole. An extreme case:
# 144 digits, and the same 144 ten times over. **Prediction:** how many epochs does each batch size need, compared with before?

# %%
few, rows = (x[:144], t[:144]), []
for copies in (1, 10):
    many = np.tile(few[0], (copies, 1)), np.tile(few[1], copies)
    for B, lr in ((16, 0.2), (144 * copies, 1.0)):
        rng = np.random.default_rng(4)
        net, batches = network(rng), Batches(*many, B, rng=rng)
        sgd = SGD(net.params, lr=lr)
        for epoch, step, _ in training(net, softmax_cross_entropy, sgd, batches, 99):
            low = softmax_cross_entropy(net(few[0])[0], few[1])[0] < 0.1
            if low and step % len(batches) == 0:
                break
        rows.append([f"144 × {copies}", B, epoch, step, f"{step * B:,}"])
table(rows, ["data", "B", "epochs", "updates", "examples read"], "to a loss below 0.1")

# %% [markdown]
# With ten copies the mini-batches need a tenth of the epochs. The full batch has the same
# gradient as before, needs the same number of epochs, and does ten times the work. LeCun and others reported in 1989 that
# updates after single examples learnt faster than updates after all; redundancy is the usual explanation.
#
# **The claims, weighed.**
#
# | what popular articles say | what this lesson found |
# |---|---|
# | mini-batches have less "variance of parameter updates" | true against single examples, by $1/B$; against the full batch they have *more*: its variance is 0 |
# | "leading to more stable convergence" | with a constant rate only the full batch settles, the others stop on the floor (5.7) |
# | "provides faster and more accurate results" | faster by the clock on redundant data: yes; more accurate: every size passed the same mark |
# | "not feasible to pass the entire dataset" | in chunks it is, exactly, by (5.8) |
# | stochastic descent takes "a random subset of the data" | that is a mini-batch; Robbins and Monro took single observations |

# %% [markdown]
# **Summary.** A random batch has the right gradient on average, with a squared error of $\sigma^2/B$. This noise keeps the loss above a floor
# proportional to $\eta/B$, unless the rate falls. Small batches win by epochs, large ones by updates, and by the clock usually
# some tens or hundreds of examples. What is missing: all steps so far follow the gradient as it is. Are there better steps? This is lesson 06.
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
# * H. Robbins, S. Monro, "A stochastic approximation method", *Annals of Mathematical Statistics* 22, 1951, 400–407.
# * D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating errors", *Nature* 323, 1986.
# * Y. LeCun and others, "Backpropagation applied to handwritten zip code recognition", *Neural Computation* 1, 1989, 541–551.
# * L. Bottou, F. E. Curtis, J. Nocedal, "Optimization methods for large-scale machine learning", *SIAM Review* 60, 2018, 223–311.
# * I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017. The cosine.
# * I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press, 2016, sections 8.1 and 8.3.
