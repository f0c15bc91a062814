# %% [markdown]
# # 05 Batch, mini-batch, stochastic
#
# How much data should one step look at?
#
# After this lesson you can
#
# * say what a step looks at (all examples, some, one), what it costs, and tell update, epoch and sweep apart;
# * show that the gradient of a random batch is right on average, and that its squared error falls as one over the batch size;
# * explain why examples are shuffled, and compute the gradient of a batch that does not fit in memory;
# * choose a schedule for the learning rate, and say why the rate has to fall;
# * compare batch sizes by updates, by epochs and by seconds, and judge a popular claim about mini-batches.
#
# **Time:** about 75 minutes, in two sittings: sections 1 to 3, then 4 to 6.
# **Needed:** lesson 04 (`train_step`, the $1/N$ in the loss), lesson 01 (the step on a parabola), the mean and the variance.

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
# | $\lambda$ | `curvature` | a number | second derivative of a parabola |

# %%
from itertools import combinations, product
from time import perf_counter
import numpy as np
from course_lib import (SGD, Batches, Dense, Sequential, Tanh, evaluate, load_digits,
                        softmax_cross_entropy, train_step, training)
from course_lib.notebook import fastest, show_source, table
from course_lib.plotting import DASHES, SERIES, curves, figure
from course_lib.schedules import constant_schedule, cosine_schedule, step_schedule
from course_lib.widgets.lesson01 import zeros_and_ones
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
# **mini-batch** gradient descent. To see (5.1), take the digits and a small network.

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
digits = load_digits()
x, t, N = digits.x_train, digits.t_train, len(digits.x_train)
net = network(np.random.default_rng(4))
G = np.stack([gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(N)])
g = gradient(net, x, t)
np.testing.assert_allclose(G.mean(axis=0), g, rtol=0, atol=1e-15)       # (5.1)
print(f"{len(G)} gradients of {G.shape[1]} numbers: their mean is g, to 1e-15")

# %% [markdown]
# So nobody needs a forward and a backward pass for every example on its own. A popular article counts "two main passes through
# the neural network for each training example". One pass forward and one back serve the whole batch: the sum over $n$ sits
# inside the matrix products of lesson 04.
#
# Some words. An **update** (or **iteration**, or step) changes the parameters once. An **epoch** is one reading of
# all examples, so it has $\lceil N/B \rceil$ updates. The same article writes "At each iteration (or epoch)"
# as if the two were one. They are one only if $B = N$; then Rumelhart, Hinton and Williams call it a **sweep**.

# %%
trainings = [("Rumelhart and others 1986, symmetry", 64, 64, 1425),
             ("LeCun and others 1989, zip codes", 7291, 1, 23),
             ("lesson 04, shifted digits", 5 * N, 32, 40)]
table([[name, f"{n:,}", f"{B}", f"{epochs:,}", f"{-(-n // B) * epochs:,}"]
       for name, n, B, epochs in trainings],
      ["training", "examples", "batch", "epochs", "updates"])

# %% [markdown]
# The 23 epochs of 1989 are 167,693 updates, the 1,425 of 1986 are 1,425. "Epochs" alone says little.
#
# **Prediction:** a batch of 256 has 256 times the multiply-adds of a single example. Does an update take 256 times as long?
#
# The count first. By (4.22) this network needs 5,056 multiply-adds for an example, forward and back. Doubling the batch doubles
# the work of an update and halves the number of updates: the work of an epoch stays.

# %%
forth = 64 * 32 + 32 * 10
each, rows = 3 * forth - 64 * 32, []            # (4.22)
kept = 64 + 32 + 10                             # numbers remembered for each example
for B in (1, 16, 256, N):
    updates = -(-N // B)
    rows.append([f"{v:,}" for v in (B, updates, B * each, N * each, B * kept)])
table(rows, ["batch", "updates an epoch", "multiply-adds an update",
             "multiply-adds an epoch", "numbers remembered"])

# %%
def seconds(B):
    """Time of one update with a batch of B."""
    net = network(np.random.default_rng(4))
    sgd = SGD(net.params, lr=0.1)
    step = (net, softmax_cross_entropy, sgd, x[:B], t[:B])
    return fastest(lambda: [train_step(*step) for _ in range(10)]) / 10

sizes = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, N])
times = np.array([seconds(B) for B in sizes])

# %%
# NBVAL_IGNORE_OUTPUT
with figure(2) as (left, right):
    left.loglog(sizes, 1e3 * times, "o-", label="measured")
    left.loglog(sizes, 1e3 * times[0] * sizes, ":", color=SERIES[5],
                label="time of one, times B")
    left.set(xlabel="batch size B", ylabel="ms", title="One update: flat, then in step with B")
    left.legend()
    right.loglog(sizes, 1e3 * times * -(-N // sizes), "s-", color=SERIES[2])
    right.set(xlabel="batch size B", ylabel="ms", title="One epoch: cheaper in large batches")
print(f"an update with 256 takes {times[8] / times[0]:.0f} times the time of one")

# %% [markdown]
# The left figure shows that for small batches an update takes about the same time, whatever $B$ is: the time goes into
# calling Python and NumPy, not into arithmetic. For large ones it grows with $B$. The right one shows that an epoch in single
# examples is many times as dear as one in batches of 256, although the multiply-adds are the same.
#
# **Summary.** A step may average over any number of examples. Small batches give many cheap updates an epoch,
# and below some size they are no longer cheaper. What is missing: is the gradient of a part any good?

# %% [markdown]
# ## 2. A part for the whole
#
# A batch of 16 is one percent of the digits. How far is its gradient from that of all? The picture draws
# two of the 2,410 entries of $g_B$, for 300 random batches of each size.
#
# **Prediction:** from $B = 1$ to $B = 256$, by what factor does the cloud shrink?

# %%
rng = np.random.default_rng(4)
net = network(rng)
g = gradient(net, x, t)
two = np.argsort(np.abs(g))[-2:]                # the two largest entries
with figure(3, size=(9, 3.2)) as axes:
    for ax, B in zip(axes, (1, 16, 256)):
        draws = [rng.integers(N, size=B) for _ in range(300)]
        cloud = np.array([gradient(net, x[rows], t[rows])[two] for rows in draws])
        ax.plot(*cloud.T, ".", color=SERIES[0], markersize=3)
        ax.plot(*g[two], "P", color=SERIES[1], markersize=9)
        ax.set(title=f"B = {B}", xlabel="one entry", xlim=(-0.4, 0.4), ylim=(-0.4, 0.4))
    axes[0].set_ylabel("another entry")

# %% [markdown]
# The figure shows three clouds around the same point, the full gradient (the vermillion cross). The clouds have no tilt to one
# side, and they shrink. Both can be derived.
#
# **Right on average.** Draw each $n_i$ evenly from all $N$ rows. Then each $g_{n_i}$ has the expectation
# $\frac1N\sum_n g_n = g$, and the mean of $B$ of them has it too:
#
# $$\mathbb E[g_B] = \frac1B \sum_{i=1}^{B} \mathbb E[g_{n_i}] = g \tag{5.3}$$
#
# Such an estimate is called **unbiased**. It holds for every $B$, even for $B = 1$.

# %% [markdown]
# **How far off?** Measure how much single examples differ from the mean:
#
# $$\sigma^2 = \frac1N \sum_{n=1}^{N} \lVert g_n - g \rVert^2 \tag{5.4}$$
#
# The squared error of $g_B$ is a double sum over pairs of draws:
# $\frac1{B^2}\sum_{i}\sum_{j}\mathbb E\,[(g_{n_i}-g)\cdot(g_{n_j}-g)]$.
# With replacement, two draws are independent, so for $i \ne j$ the expectation of the product is the product of the expectations,
# which are 0. What is left are $B$ terms with $i = j$, each $\sigma^2$:
#
# $$\mathbb E\,\lVert g_B - g\rVert^2 = \frac{\sigma^2}{B} \tag{5.5}$$

# %% [markdown]
# **Without replacement**, as batches are cut from shuffled data, no row comes twice. Fix the row $n$ of the first draw. Since all
# deviations add up to 0, the $N-1$ others add up to $-(g_n - g)$. So for $i \ne j$ the
# expectation of the product is $-\sigma^2/(N-1)$, and there are $B(B-1)$ such pairs:
#
# $$\mathbb E\,\lVert g_B - g\rVert^2 = \frac{1}{B^2}\Bigl(B\sigma^2 - B(B-1)\frac{\sigma^2}{N-1}\Bigr)
# = \frac{\sigma^2}{B}\cdot\frac{N-B}{N-1} \tag{5.6}$$
#
# For small $B$ the last factor is nearly 1; at $B = N$ it is 0, as it must be.
# A check without any luck: five rows, and every possible batch of two.

# %%
def squared_error(G, batches):
    """The mean of |g_B - g|² over the given batches of row numbers."""
    g = G.mean(axis=0)
    return np.mean([((G[list(rows)].mean(axis=0) - g) ** 2).sum() for rows in batches])

rng = np.random.default_rng(4)
G, B = rng.normal(size=(5, 3)), 2
spread = ((G - G.mean(axis=0)) ** 2).sum(axis=1).mean()                 # (5.4)
with_ = squared_error(G, product(range(5), repeat=B))
without = squared_error(G, combinations(range(5), B))
np.testing.assert_allclose(with_, spread / B)                           # (5.5)
np.testing.assert_allclose(without, spread / B * (5 - B) / (5 - 1))     # (5.6)
print(f"σ² {spread:.4f}, with replacement {with_:.4f}, without {without:.4f}")

# %% [markdown]
# Now the digits, with 300 random batches of each size and kind. To have a scale, everything is divided by $\lVert g\rVert^2$.

# %%
rng, sizes = np.random.default_rng(4), (1, 4, 16, 64, 256, N)
G = np.stack([gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(N)])
spread = ((G - g) ** 2).sum(axis=1).mean() / (g @ g)                    # (5.4)

def measured(draw):
    errors = [gradient(net, x[rows], t[rows]) - g
              for rows in (draw() for _ in range(300))]
    return np.mean([e @ e for e in errors]) / (g @ g)

again = [measured(lambda: rng.integers(N, size=B)) for B in sizes]
once = [measured(lambda: rng.permutation(N)[:B]) for B in sizes]

# %%
rows = [[B, f"{a:.4g}", f"{spread / B:.4g}", f"{max(o, 1e-20):.4g}" if B < N else "0 (to 1e-20)",
         f"{spread / B * (N - B) / (N - 1):.4g}"]
        for B, a, o in zip(sizes, again, once)]
table(rows, ["B", "with replacement", "(5.5)", "without", "(5.6)"],
      "squared error of the gradient, relative to the squared gradient")

# %%
print("without replacement, at B = N below 1e-20:", once[-1] < 1e-20)
with figure() as ax:
    grid = np.geomspace(1, N - 1, 300)
    ax.loglog(grid, spread / grid, "--", color=SERIES[5], label="(5.5), slope −1")
    ax.loglog(grid, spread / grid * (N - grid) / (N - 1), color=SERIES[5], label="(5.6)")
    ax.loglog(sizes, again, "o", fillstyle="none", color=SERIES[0], label="with replacement")
    ax.loglog(sizes[:-1], once[:-1], "s", color=SERIES[1], markersize=4, label="without")
    ax.set(xlabel="batch size B", ylabel="squared error / squared gradient",
           title="Four times the batch, a quarter of the error", ylim=(1e-2, 100))
    ax.legend()

# %% [markdown]
# The figure shows the measured points on the derived lines. For a single example the error is many times larger
# than the gradient itself. Still, on average it is right.
#
# The *length* of the error falls only with $\sqrt B$: sixteen times the work, a quarter of the error. That is a poor bargain,
# and the reason for small batches.
#
# A popular article says of mini-batches, as against the whole data set, that this "reduces the variance of parameter updates,
# leading to more stable convergence". Against single examples this is true, by (5.5). Against the full batch it is
# the wrong way round: there the variance is 0, and every mini-batch raises it.
#
# **Exercise 05-2** asks for the variance, from an array of gradients.

# %% [markdown]
# **Summary.** A random batch has the right gradient on average, with a squared error of $\sigma^2/B$, less if rows are not
# repeated. What is missing: what does this error do to the descent, does it average out?

# %% [markdown]
# ## 3. What the noise does
#
# To see a whole descent we need a loss of two parameters. Take the zeros and ones of lesson 01 and a neuron without sigmoid,
# $y = wx + b$, where $x$ is the ink in the middle of an image. With the squared error, $L(w, b)$ is a smooth bowl, and its lowest
# point is known.

# %%
ink, one = zeros_and_ones()
X = np.stack([ink, np.ones_like(ink)], axis=1)          # y = X @ (w, b)
best = np.linalg.lstsq(X, one, rcond=None)[0]

def bowl(w):
    """The loss of the data at w, or at each row of w, above its least value."""
    return ((w @ X.T - one) ** 2).mean(axis=-1) - ((X @ best - one) ** 2).mean()

print(f"{len(X)} images, best w and b: {best}, at (−0.5, −0.5): {bowl(np.full(2, -0.5)):.4f}")

# %% [markdown]
# The explorer walks down this bowl three times from the same start: with all 289 images a step, with batches of a size
# that you choose, and with one.
#
# **Prediction:** which one ends nearest to the lowest point, after equally many updates? And after equally many epochs? Then raise and lower
# the learning rate.

# %%
paths_explorer()

# %% [markdown]
# With equally many updates, the full batch wins: it follows the bowl. (Not in a straight line: the negative gradient is square to the contours
# and points past the lowest point. Downhill is not "towards the minimum", as the article has it.)
# With equally many epochs, it has hardly left.
#
# The single examples come near fast, and then wander. Does the loss at least fall at each update, "gradually reducing the loss
# function over multiple training iterations", as the article says of gradient descent?

# %%
def walk(B, lr, steps, rng, runs=1, w=(-0.5, -0.5)):
    """Points (steps + 1, runs, 2) of descents whose batches are drawn at random."""
    w = np.tile(np.asarray(w, float), (runs, 1))
    points = [w]
    for k in range(1, steps + 1):
        rows = rng.integers(len(X), size=(runs, B))
        if B == len(X):
            rows[:] = np.arange(B)                      # all of them, once
        error = np.einsum("rbd,rd->rb", X[rows], w) - one[rows]
        g_B = 2 / B * np.einsum("rb,rbd->rd", error, X[rows])
        w = w - (lr(k) if callable(lr) else lr) * g_B
        points.append(w)
    return np.array(points)

# %%
rng = np.random.default_rng(4)
for B in (1, 16, len(X)):
    losses = bowl(walk(B, 0.1, 60, rng)[:, 0])
    print(f"B = {B:3}: the loss of the data rises at",
          f"{np.sum(np.diff(losses) > 0)} of 60 updates")

# %% [markdown]
# It does for the full batch, with a rate that is small enough. It does not for the others: a step that is right on average is
# often wrong.
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
# The loss stays, on average, above its least value by $\frac12\lambda\,\mathbb E[w^2]$:
#
# $$\text{noise floor} = \frac{\eta\,\sigma^2}{2B\,(2 - \eta\lambda)} \approx \frac{\eta\,\sigma^2}{4B}
# \tag{5.7}$$

# %% [markdown]
# The curvature has gone from the last form. So for small $\eta$ it holds along each direction of a bowl, and summed over all
# directions it is the $\sigma^2$ of (5.4), taken at the lowest point. There $g$ is 0, but the $g_n$ are not:
# they pull in all directions, and cancel only as a whole.
#
# **Prediction:** halve the learning rate, or double the batch. Which lowers the floor more?

# %%
rng, rates, start = np.random.default_rng(4), (0.16, 0.04, 0.01), np.full(2, -0.5)
G = 2 * (X @ best - one)[:, np.newaxis] * X             # gradients at the lowest point
spread = (G ** 2).sum(axis=1).mean()                    # (5.4), with g = 0
falls = {lr: bowl(walk(4, lr, 800, rng, 200)).mean(axis=1) for lr in rates}
with figure() as ax:
    for i, (lr, fall) in enumerate(falls.items()):
        ax.semilogy(fall, DASHES[i], color=SERIES[i], label=f"learning rate {lr}")
        ax.axhline(lr * spread / (4 * 4), color=SERIES[i], linewidth=0.8)      # (5.7)
    ax.set(xlabel="update, B = 4", ylabel="loss above its least value",
           title="A large rate is fast and stops high", ylim=(1e-5, 5))
    ax.legend()

# %% [markdown]
# The figure shows the mean of 200 descents for each rate, and the floors of (5.7) as thin lines. The large rate is at its floor
# after a few updates. The small one will get sixteen times lower, and is still on its way. Now both factors:

# %%
rows = []
for lr, B in ((0.04, 4), (0.02, 4), (0.01, 4), (0.04, 16), (0.02, 1)):
    settled = bowl(walk(B, lr, 600, rng, 200, best)[300:]).mean()
    floor = lr * spread / (4 * B)                       # (5.7)
    rows.append([lr, B, f"{settled:.2e}", f"{floor:.2e}", f"{settled / floor:.2f}"])
table(rows, ["learning rate", "B", "measured", "(5.7)", "ratio"])

# %% [markdown]
# Half the rate or twice the batch: the same. Only $\eta/B$ counts. So whoever uses batches $k$ times as large may use a rate
# $k$ times as large, with the same noise, as long as $\eta$ stays well below $2/\lambda$ of the steepest direction.
#
# **Summary.** With a constant rate, descent by batches comes down to a floor proportional to $\eta/B$ and stays there. Only the full batch
# settles. What is missing: the rate must fall (section 5). But first, where do the batches come from?

# %% [markdown]
# ## 4. An epoch: order and chunks
#
# In practice batches are cut from a list: the first $B$ rows, the next $B$, and so on. The list is shuffled before each epoch.
# `Batches` does this.

# %%
show_source(Batches.__iter__)

# %% [markdown]
# Every row comes exactly once in an epoch, so (5.6) holds, not (5.5). Is the shuffling worth the trouble? Data often
# comes sorted: all zeros, then all ones, and so on.
#
# **Prediction:** train three epochs on the digits sorted by label, without shuffling. What will the loss of the batches look like?
# And the accuracy on held-out digits?

# %%
digits, history = load_digits(), {}
x, t = digits.x_train, digits.t_train
for name in ("shuffled", "sorted"):
    rng = np.random.default_rng(4)
    net, order = network(rng), np.argsort(t, kind="stable")
    batches = Batches(x[order], t[order], 16, rng=rng if name == "shuffled" else None)
    sgd, log = SGD(net.params, lr=0.1), []
    for epoch, step, loss in training(net, softmax_cross_entropy, sgd, batches, 3):
        log.append((loss, evaluate(net, digits.x_test, digits.t_test)))
    history[name] = np.array(log)
    print(f"{name:8}: mean batch loss of epoch 1 {history[name][:91, 0].mean():.4f},",
          f"held-out accuracy at the end {log[-1][1]:.4f}")

# %%
with figure(2) as (left, right):
    for i, (name, log) in enumerate(history.items()):
        for ax, column in ((left, 0), (right, 1)):
            ax.plot(log[:, column], DASHES[i], color=SERIES[i], label=name, linewidth=1.2)
    left.set(xlabel="update", ylabel="loss of the batch (nats)", yscale="log",
             title="Sorted: peaks, then peace")
    right.set(xlabel="update", ylabel="held-out accuracy", title="Sorted: learnt and forgotten")
    left.legend()
    right.legend(loc="upper left")

# %% [markdown]
# The figure shows the trap. The left loss of the sorted run looks fine most of the time, because the network has just learnt to say the
# digit that is on: only where the label changes does it peak. On held-out digits it never gets beyond a few classes.
#
# In a sorted batch the rows are not drawn evenly, so (5.3) fails: the gradient is *biased* towards the present label.
# Shuffling restores it. A common half-measure shuffles only the places where batches start: the batches themselves stay sorted.
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
# This is **gradient accumulation**. The weights matter: the last chunk is usually smaller. The library adds by itself, because
# `backward` adds to `p.grad` (lesson 04). The weight goes in at the loss.

# %%
def accumulated(net, x, t, chunk):
    """The gradient of the mean loss over all rows, at most `chunk` rows at a time."""
    for p in net.params:
        p.zero_grad()                                   # once, before the first chunk
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        y, backward = net(x[rows])
        loss, loss_backward = softmax_cross_entropy(y, t[rows])
        backward(loss_backward(len(y) / len(x)), input_grad=False)      # (5.8)
    return np.concatenate([p.grad.ravel() for p in net.params])

# %%
net, rows = network(np.random.default_rng(4)), []
g = gradient(net, x, t)
for chunk in (1442, 500, 100, 7):
    parts = [slice(a, a + chunk) for a in range(0, len(x), chunk)]
    plain = np.mean([gradient(net, x[part], t[part]) for part in parts], axis=0)
    right = np.abs(accumulated(net, x, t, chunk) - g).max() < 1e-15
    wrong = np.linalg.norm(plain - g) / np.linalg.norm(g)
    rows.append([chunk, len(x[parts[-1]]), right, f"{wrong:.4f}" if wrong > 1e-12 else "0",
                 f"{106 * chunk:,}"])
table(rows, ["chunk", "rows in the last", "(5.8) right to 1e-15",
             "error of the plain mean", "numbers remembered"])

# %% [markdown]
# The gradient of all rows is exact in chunks of any size, and only one chunk is in memory at a time. The plain mean of the chunk gradients
# gives the rows of a short last chunk too much weight.
#
# So the full batch is always feasible. It was the rule in the beginning: the nets of 1986 took all their patterns, 64 in the
# symmetry task, at every update. The question is only whether it pays.
#
# **Exercise 05-4** asks for accumulation, **exercise 05-7** is a hunt for two bugs in a training loop.
#
# **Summary.** Shuffle, cut, and weigh the last piece. The batch size of the *gradient* is free; that of one *pass* is limited by
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

library, ks = cosine_schedule(0.4, 300, warmup=30), np.arange(1, 301)
mine = [my_cosine(k, 0.4, 300, 30) for k in ks]
np.testing.assert_allclose(mine, [library(k) for k in ks], atol=1e-15)
print("rates at 1, 30, 165, 300:", [f"{library(k):.4g}" for k in (1, 30, 165, 300)])

# %% [markdown]
# How slowly *may* it fall, how fast *must* it? Robbins and Monro asked in 1951. To reach the lowest point from anywhere, the steps must
# be able to add up to any length; for the noise to die out, their squares must not. For example
#
# $$\sum_k \eta_k = \infty, \quad \sum_k \eta_k^2 < \infty: \qquad \eta_k = \frac{\eta}{1 + (k - 1)/s} \tag{5.11}$$
#
# It falls as one over $k$: after $s$ more updates it is halved. The simplest case shows why this works. On
# $L = \frac1N\sum_n\frac12(w - x_n)^2$ the gradient of one example is $w - x_n$. With $\eta_k = 1/k$,
#
# $$w_k = w_{k-1} - \tfrac1k\,(w_{k-1} - x_k) = \tfrac1k\bigl((k-1)\,w_{k-1} + x_k\bigr),$$
#
# which is the mean of the first $k$ examples. Single examples with a falling rate know as much as one batch of all of them.

# %%
def one_over(lr, s):
    return lambda k: lr / (1 + (k - 1) / s)             # (5.11)

rng = np.random.default_rng(4)
values, rate, w = rng.normal(size=50), one_over(1.0, 1), 0.0
for k, value in enumerate(values, start=1):
    w -= rate(k) * (w - value)
print(f"50 updates with rate 1/k: {w:.6f}, mean of the 50 values: {values.mean():.6f}")

# %% [markdown]
# Now all four on the bowl of section 3, with *single* examples, 300 updates, and the mean of 200 descents.
#
# **Prediction:** which schedule ends lowest? Does it also lead on the way?

# %%
schedules = {"constant": constant_schedule(0.2), "step": step_schedule(0.2, 100),
             "cosine": cosine_schedule(0.2, 300), "one over k": one_over(0.2, 30)}
rng, ks = np.random.default_rng(4), np.arange(1, 301)
falls = {name: bowl(walk(1, schedule, 300, rng, 200)).mean(axis=1)
         for name, schedule in schedules.items()}
with figure(2) as (left, right):
    curves(left, ks, {name: [s(k) for k in ks] for name, s in schedules.items()},
           x_label="update", y_label="learning rate", title="Four schedules")
    curves(right, range(301), falls, x_label="update, B = 1", log=True,
           y_label="loss above its least value", title="As the rate falls, so does the floor")
print({name: float(f"{fall[-1]:.3g}") for name, fall in falls.items()})

# %% [markdown]
# The left figure shows the four rates, the right one the losses. The constant rate stays on its floor. The others go on falling, and
# those that have nearly reached zero are lowest at the end. On the way the constant rate is as good as any: the gain comes when the rate falls.
#
# So a schedule is judged at its end, never in the middle.
#
# **And the warm-up?** On a bowl it is of no use. Its use is a start that is steeper than the rest: there the largest rate that works later
# is above $2/\lambda$ now. Digits, batches of 64, a rate of 2, with a cosine over 300 updates:

# %%
digits = load_digits()
x, t, losses = digits.x_train, digits.t_train, {}
for warmup in (0, 60):
    rng = np.random.default_rng(4)
    net, batches = network(rng), Batches(x, t, 64, rng=rng)
    sgd = SGD(net.params, lr=cosine_schedule(2.0, 300, warmup=warmup))
    steps = training(net, softmax_cross_entropy, sgd, batches, 13)
    losses[f"warm-up of {warmup}"] = [loss for _, (_, _, loss) in zip(range(300), steps)]
    last = np.mean(losses[f"warm-up of {warmup}"][-20:])
    print(f"warm-up of {warmup:2}: mean loss of the last 20 updates below 0.1: {last < 0.1}")

# %%
with figure() as ax:
    curves(ax, range(1, 301), losses, x_label="update", y_label="loss of the batch (nats)",
           title="Thrown out at once, or not at all", log=True)

# %% [markdown]
# The figure shows the run without warm-up thrown to a large loss in its first updates; it does not recover in 300. With the warm-up the network
# reaches a flatter region before the rate is high.
#
# The explorer asks: which schedule ends lowest, and when does a warm-up help?

# %%
schedules_explorer()

# %% [markdown]
# On the parabola a warm-up only costs time. With steep walls a rate above 0.1 fails without it.
#
# **Exercise 05-3** asks for the cosine with warm-up, **exercise 05-5** for the step schedule.
#
# **Summary.** The noise vanishes only if the rate falls. High first, near zero at the end, and a short rise at the start if the start is steep.
# What is missing: which batch size wins on real data?

# %% [markdown]
# ## 6. By updates, by epochs, by seconds
#
# Four trainings of the digits, with $B = 1$, 16, 256 and all 1,442. Each deserves its own learning rate, so a
# small search comes first: 120 updates each, or two epochs if that is more.
#
# **Prediction:** will the best rate grow with $B$, as section 3 says? Up to which $B$?

# %%
x, t, N = digits.x_train, digits.t_train, len(digits.x_train)

def loss_of(net):
    return float(softmax_cross_entropy(net(x)[0], t)[0])

def tried(B, lr):
    rng = np.random.default_rng(4)
    net = network(rng)
    sgd, batches = SGD(net.params, lr=lr), Batches(x, t, B, rng=rng)
    steps = training(net, softmax_cross_entropy, sgd, batches, 120)
    for _, _ in zip(range(max(120, 2 * len(batches))), steps):
        pass
    return loss_of(net)

# %%
sizes, rates = (1, 16, 256, N), (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
search = np.array([[tried(B, lr) for lr in rates] for B in sizes])
chosen = {B: rates[i] for B, i in zip(sizes, search.argmin(axis=1))}
with figure() as ax:
    for i, (B, found) in enumerate(zip(sizes, search)):
        ax.loglog(rates, found, DASHES[i], marker="os^D"[i], color=SERIES[i], label=f"B = {B}")
    ax.set(xlabel="learning rate", ylabel="loss of all digits (nats)", ylim=(0.01, 20),
           title="Larger batches bear larger rates, up to a wall")
    ax.legend()

# %% [markdown]
# The figure shows the best rate moving to the right with $B$, but far less than in proportion: at the wall near $2/\lambda$ descent
# itself fails, with any batch. Now the race, each size at its best rate. The loss is that of all digits; the clock
# stops while it is computed.

# %%
def race(B, updates):
    """The trained network, and rows (update, epoch, seconds, loss of all digits)."""
    rng, log, clock = np.random.default_rng(4), [], 0.0
    net, batches = network(rng), Batches(x, t, B, rng=rng)
    sgd, marks = SGD(net.params, lr=chosen[B]), np.geomspace(1, updates, 40).astype(int)
    steps, start = training(net, softmax_cross_entropy, sgd, batches, updates), perf_counter()
    for _, (epoch, step, _) in zip(range(updates), steps):
        clock += perf_counter() - start
        if step in marks:
            log.append((step, step / len(batches), clock, loss_of(net)))
        start = perf_counter()
    return net, np.array(log)

# %%
runs = {B: race(B, updates) for B, updates in zip(sizes, (14420, 5460, 1800, 900))}
right = [evaluate(net, digits.x_test, digits.t_test) for net, _ in runs.values()]
print("held-out accuracy above 0.95 with every batch size:", min(right) > 0.95)
with figure(3, size=(11, 3.6)) as axes:
    for k, (ax, label) in enumerate(zip(axes, ("updates", "epochs", "seconds"))):
        for i, (B, (_, log)) in enumerate(runs.items()):
            ax.loglog(log[:, k], log[:, 3], DASHES[i], color=SERIES[i], label=f"B = {B}")
        ax.set(xlabel=label, title=f"Loss against {label}", ylim=(1e-3, 5))
    axes[0].set_ylabel("loss of all digits (nats)")
    axes[0].legend()

# %%
# NBVAL_IGNORE_OUTPUT
def reached(log, column, loss=0.1):
    return np.interp(-np.log(loss), -np.log(np.minimum.accumulate(log[:, 3])), log[:, column])

rows = [[f"{B:,}", chosen[B], *(f"{reached(log, k):.3g}" for k in range(3))]
        for B, (_, log) in runs.items()]
table(rows, ["B", "learning rate", "updates", "epochs", "seconds"], "to reach a loss of 0.1")

# %% [markdown]
# The figure shows the same four trainings three times, and three different winners. *By updates* the large batches lead: each of their steps is
# better. *By epochs* the single examples lead: they have made 1,442 steps where the full batch has made one.
# *By seconds*, which is what we wait for, a size in between usually wins: small enough for many updates, large enough to keep the machine
# busy, as section 1 showed.
#
# The table counts to a loss of 0.1; the seconds are those of the machine that ran it. On a machine with thousands of
# processors the flat part of section 1 is longer, and the best size larger.

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
rng, beta, m, log = np.random.default_rng(4), 0.95, 0.0, []
net = network(rng)
batches, sgd = Batches(x, t, 16, rng=rng), SGD(net.params, lr=0.1)
for _, k, loss in training(net, softmax_cross_entropy, sgd, batches, 3):
    m = beta * m + (1 - beta) * loss
    log.append((loss, m, m / (1 - beta ** k), loss_of(net)))            # (5.12)
with figure() as ax:
    for i, name in enumerate(("batch", "not corrected", "running average", "all digits")):
        ax.plot(np.array(log)[:, i], ["-", ":", "--", "-"][i], label=name,
                color=SERIES[(5, 3, 1, 0)[i]], linewidth=(0.6, 1.8, 1.8, 1.8)[i])
    ax.set(xlabel="update, B = 16", ylabel="loss (nats)", title="Smooth, a little late")
    ax.legend()

# %% [markdown]
# The figure shows the batch losses jumping about the loss of all digits. The running average follows it with a delay; without the
# correction it starts near zero.
#
# **Exercise 05-6** asks for it. (Lesson 06 uses the same formula on gradients.)
#
# ### Redundant data
#
# Why do small batches lead by epochs? Many digits resemble each other, so a part tells nearly as much as the whole. An extreme case:
# 144 digits, and the same 144 ten times over. **Prediction:** how many epochs does each batch size need, compared with before?

# %%
few_x, few_t, rows = x[:144], t[:144], []
for copies in (1, 10):
    many_x, many_t = np.tile(few_x, (copies, 1)), np.tile(few_t, copies)
    for B, lr in ((16, 0.2), (144 * copies, 1.0)):
        rng = np.random.default_rng(4)
        net, batches = network(rng), Batches(many_x, many_t, B, rng=rng)
        steps = training(net, softmax_cross_entropy, SGD(net.params, lr=lr), batches, 100)
        for epoch, step, _ in steps:
            full, _ = softmax_cross_entropy(net(few_x)[0], few_t)
            if step % len(batches) == 0 and full < 0.1:
                break
        rows.append([f"144 × {copies}", B, epoch, step, f"{step * B:,}"])
table(rows, ["data", "B", "epochs", "updates", "examples looked at"], "to a loss below 0.1")

# %% [markdown]
# With ten copies the mini-batches need a tenth of the epochs, and the same number of updates. The full batch sees the same
# gradient as before, needs the same number of epochs, and does ten times the work for it. LeCun and others reported in 1989 that on their
# zip codes updates after single examples learnt faster than updates after all; redundancy is the usual explanation.
#
# ### The claims, weighed
#
# | what a popular article says | what this lesson found |
# |---|---|
# | mini-batches: "reduces the variance of parameter updates" | true against single examples, by $1/B$; against the full batch it *raises* it from 0 |
# | "leading to more stable convergence" | with a constant rate only the full batch settles, the others stop at (5.7) |
# | "provides faster and more accurate results" | faster by the clock on redundant data: yes; more accurate: all sizes passed the same mark |
# | "it is not feasible to pass the entire dataset" | in chunks it is, exactly, by (5.8) |
# | stochastic descent uses "a random subset of the data" | that is a mini-batch; Robbins and Monro took single observations |

# %% [markdown]
# **Summary.** A random batch has the right gradient on average, with a squared error of $\sigma^2/B$. This noise keeps the loss above a floor
# proportional to $\eta/B$, unless the rate falls. Small batches win by epochs, large ones by updates, and by the clock usually
# some tens of examples. What is missing: all steps so far follow the gradient as it is. Are there better steps? This is lesson 06.
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
