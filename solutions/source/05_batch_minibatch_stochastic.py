# %% [markdown]
# # Exercises to lesson 05, Batch, mini-batch, stochastic
#
# The lesson: [05 Batch, mini-batch, stochastic](../notebooks/05_batch_minibatch_stochastic.ipynb). Conventions: one example in each row; $g_n$ is the gradient of
# example $n$, $g$ the mean of all $N$, $g_B$ the mean of a batch of $B$; updates are counted from 1; losses are means over the examples.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# In the bug hunt the function is complete, and wrong. Delete the line that raises, find the faults, repair them.

# %%
import numpy as np

from course_lib import (SGD, Dense, Sequential, Tanh, evaluate, load_digits,
                        softmax_cross_entropy, train_step)
from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 05-1}
#
# Give the batches of one epoch: arrays of row numbers from 0 to $n - 1$. All have `size` rows, only the last may have fewer. Every row comes exactly once,
# in a random order that comes from `rng` alone, so that two calls with the same generator differ, and the same seed repeats everything.
# Return a list, or write a generator with `yield`; each batch is an array of its own.

# %% task="05-1"

# %%
check("05-1", batches)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Shuffle once, then cut. A slice that runs over the end of an array is simply shorter.
# </details>
# <details><summary>Hint 2: the key idea</summary>
#
# `rng.permutation(n)` has every row number once, in random order. The batches start at 0, `size`, 2 `size`, and so on, below `n`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# order = ...                           # all rows, shuffled
# for start in range(0, n, ...):
#     yield order[start:...]            # the last slice may be short
# ```
# </details>

# %% [markdown]
# {task 05-2}
#
# The rows of `G` are the gradients of all $N$ examples. Return $\mathbb E\,\lVert g_B - g\rVert^2$ for random batches of `B` rows. With replacement it is (5.5),
# without replacement (5.6):
#
# $$\frac{\sigma^2}{B} \qquad\text{or}\qquad \frac{\sigma^2}{B}\cdot\frac{N-B}{N-1}, \qquad
# \sigma^2 = \frac1N\sum_n \lVert g_n - g\rVert^2$$

# %% task="05-2"

# %%
check("05-2", gradient_variance)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Three things are averaged or summed: examples, parameters, draws. Over which is there a mean, over which a sum?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\lVert g_n - g\rVert^2$ is the sum over the $P$ parameters. $\sigma^2$ is the mean over the $N$ examples. `G.mean(axis=0)` is $g$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# N = len(G)
# away = G - ...                        # (N, P)
# spread = (away ** 2).sum(axis=...).mean()
# variance = ...                        # (5.5)
# if not replace:
#     variance = ...                    # (5.6)
# return variance
# ```
# </details>

# %% [markdown]
# {task 05-3}
#
# Return the learning rate of update `k`, counted from 1. It rises in a straight line to `lr` at update `warmup`, then falls along half a cosine to `final`
# at update `steps`, and stays there. With `warmup = 0` there is no rise; `warmup` is below `steps`.
#
# $$\begin{aligned} \eta_k &= \eta\,\frac kw && (k \le w) \\
# \eta_k &= \eta_{\text{end}} + (\eta - \eta_{\text{end}})\,\frac12\Bigl(1 + \cos\frac{\pi\,(k - w)}{K - w}\Bigr) && (w < k \le K) \end{aligned}$$
#
# This is (5.10) with $\eta$ = `lr`, $w$ = `warmup`, $K$ = `steps`, $\eta_{\text{end}}$ = `final`.

# %% task="05-3"

# %%
check("05-3", cosine_rate)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# First say which share of the way down is done at update `k`, from 0 to 1. What must this share be beyond the last update?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\frac12(1 + \cos \pi s)$ falls from 1 to 0 while the share $s$ runs from 0 to 1. It must start at `lr` and end at `final`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# if k <= warmup:
#     return ...                        # update `warmup` has the full lr
# share = min(... / ..., 1.0)           # 0 at the end of the warm-up, 1 at `steps`
# return final + ... * (1 + np.cos(np.pi * share)) / 2
# ```
# </details>

# %% [markdown]
# {task 05-4}
#
# `gradient(x, t)` gives the gradient of the *mean* loss of the rows it is given, but at most `chunk` rows fit in memory. Return the gradient of the mean loss
# of *all* rows, in one reading: each row once. The last chunk may be smaller. The $P$ parameters need not be as many as the columns of `x`.
#
# $$g = \sum_c \frac{N_c}{N}\, g_c \tag{5.8}$$

# %% task="05-4"

# %%
check("05-4", accumulated_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# A class of 30 has the mean mark 2, a class of 10 the mean mark 4. What is the mean mark of all 40?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $N_c\, g_c$ is the sum over the rows of chunk $c$. Add these sums, divide by $N$ once.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# total = 0.0
# for start in range(0, len(x), chunk):
#     rows = slice(start, start + chunk)
#     share = ...                       # rows in this chunk, over all rows
#     total = total + ...
# return total
# ```
# </details>

# %% [markdown]
# {task 05-5}
#
# Return the learning rate of update `k`, counted from 1. The first `every` updates have the rate `lr`; then it is cut by `factor`, and again after each further `every` updates, without end.
#
# $$\eta_k = \eta\, f^{\lfloor (k-1)/s \rfloor} \tag{5.9}$$

# %% task="05-5"

# %%
check("05-5", step_rate)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# How many cuts have there been before update `k`? Write the number down for `k` from 1 to 7 and `every = 3`.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The brackets $\lfloor\ \rfloor$ round down. Python's `//` divides whole numbers and rounds down.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# cuts = ... // every
# return lr * ...
# ```
# </details>

# %% [markdown]
# {task 05-6}
#
# Return the corrected running averages of the losses, one for each update, as a new array. The losses are an array, sometimes of whole numbers, and there may be thousands.
# The number $\beta$ lies between 0 and 1.
#
# $$m_k = \beta\, m_{k-1} + (1 - \beta)\, L_k, \quad m_0 = 0, \qquad \hat m_k = \frac{m_k}{1 - \beta^k} \tag{5.12}$$

# %% task="05-6"

# %%
check("05-6", running_average)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The first corrected average must be the first loss itself. Two numbers are in play: what is remembered, and what is shown.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $m_1 = (1-\beta)L_1$, so $\hat m_1 = m_1/(1-\beta) = L_1$. The next $m$ is made from $m$, not from $\hat m$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# m, averages = 0.0, np.zeros(len(losses))
# for k, loss in enumerate(losses, start=1):
#     m = ...
#     averages[k - 1] = ...             # m itself stays as it is
# return averages
# ```
# </details>

# %% [markdown]
# {task 05-7}
#
# A linear model $y = xw$ with the mean squared error. The function makes one update for each batch of row numbers, in the order of the list; the batches may be of any sizes, and each row is in one of them. It returns the new weights and the mean loss of the examples
# of this epoch, each measured just before its update. It runs, and the loss even falls; but there are *two* faults. Delete the line that raises, and repair them.
# Look at it with one batch, with two equal ones, with a short last one: which results are right?

# %% task="05-7"

# %%
check("05-7", one_epoch)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# What is in `grad` when the second batch begins? And what does the mean of a mean over 5 rows and a mean over 2 rows weigh most?
# </details>
# <details><summary>Hint 2: the key idea</summary>
#
# Accumulation (5.8) is right *within* one update, and wrong across updates: this is what `zero_grad` is for. The weights $N_c/N$ belong to losses as well as to gradients.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# for rows in batches:
#     error = x[rows] @ w - t[rows]
#     grad = ...                        # a new one: = or += ?
#     w -= lr * grad
#     total += ...                      # the sum over the rows, not their mean
# return w, total / ...                 # over all rows of the epoch
# ```
# </details>

# %% [markdown]
# ## Your batches and your schedule train a network
#
# The loop below reads the digits with your `batches` (05-1) and takes its learning rates from your `cosine_rate` (05-3). When both are done, it trains;
# until then the last cell says so.

# %%
def train_with_my_loop(epochs=5, size=16):
    digits, rng, k = load_digits(), np.random.default_rng(4), 0
    net = Sequential(Dense(64, 32, rng=rng), Tanh(), Dense(32, 10, rng=rng))
    sgd, n = SGD(net.params, lr=0.0), len(digits.x_train)
    steps = epochs * -(-n // size)
    for _ in range(epochs):
        for rows in batches(n, size, rng):
            k += 1
            sgd.lr = cosine_rate(k, 0.5, steps, 30, 0.0)
            x, t = digits.x_train[rows], digits.t_train[rows]
            train_step(net, softmax_cross_entropy, sgd, x, t)
    return evaluate(net, digits.x_test, digits.t_test)

# %%
try:
    print(f"held-out digits right: {100 * train_with_my_loop():.0f} %")
except NotImplementedError as error:
    print(f"not done yet: {error}")
