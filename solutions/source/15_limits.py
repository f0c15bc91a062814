# %% [markdown]
# # Exercises to lesson 15, Limits
#
# The lesson: [15 Limits](../notebooks/15_limits.ipynb). Conventions: one example in each row; `dy` is $\partial L/\partial y$; any division by the batch size is already in it.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away. Use NumPy only; you may call your own functions from above.

# %%
import numpy as np

from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 15-1}
#
# Run all steps forward and keep the states 0, k, 2k, …, where state 0 is `x`. On the way back run each segment again from its state, the last one first, and this time remember its backwards; use them, and forget them before the next segment begins. No step is run more than twice. The last segment may be shorter. Each step is a rule, `y, backward = step(x)`.
#
# $$\mathrm dx_i = J_i(x_i)^\top\,\mathrm dx_{i+1}, \qquad i = n-1, \dots, 1, 0 \tag{15.1}$$

# %% task="15-1"

# %%
check("15-1", checkpointed_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Who keeps a backward keeps the state that it reads. On the way forward take only `y`, the first of the two results.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The segments begin at $0, k, 2k, \dots$ A slice such as `steps[start:start + every]` ends by itself where the list ends. `dy` goes on from one segment to the one before it.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# kept = []
# for i, step in enumerate(steps):
#     if ...:                             # before the step
#         kept.append(x)
#     x = ...                             # its backward is forgotten
# for start in reversed(range(...)):      # the last segment first
#     x, backwards = ..., []
#     for step in ...:                    # run it again, and remember
#         ...
#     while backwards:
#         dy = ...                        # the last backward first
# return dy
# ```
# </details>

# %% [markdown]
# {task 15-2}
#
# A network with two hidden ReLU layers, 10 labels or any other number of them, and the mean softmax cross-entropy as loss. The forward pass is the ordinary one:
#
# $$\begin{aligned} a_1 &= x W_1 + b_1, & h_1 &= \max(a_1, 0) \\
# a_2 &= h_1 W_2 + b_2, & h_2 &= \max(a_2, 0), & y &= h_2 W_3 + b_3 \end{aligned}$$
#
# On the way back, the fixed random matrices $B_3$, shaped as $W_3$, and $B_2$, shaped as $W_2$, take the places of $W_3$ and $W_2$. Return what each parameter is told: `dW1, db1, dW2, db2, dW3, db3`. At $a = 0$ the slope of ReLU is taken to be 0.

# %% task="15-2"

# %%
check("15-2", feedback_alignment_gradients)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write backpropagation first. In which lines does a transposed weight matrix occur? Only those change. Two of the six results do not change at all.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm dy = (p - \text{one-hot}) / N$, then $\mathrm da_2 = (\mathrm dy\,B_3^\top) \odot [a_2 > 0]$ and $\mathrm da_1 = (\mathrm da_2\,B_2^\top) \odot [a_1 > 0]$. Each $\mathrm dW$ is what entered the layer, transposed, times what came back to it.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# a1 = x @ W1 + b1
# h1 = np.maximum(a1, 0)
# ...                                 # a2, h2, y
# p = np.exp(y - y.max(axis=1, keepdims=True))
# p = ...                             # softmax
# dy = (p - np.eye(len(b3))[labels]) / len(x)
# da2 = ... * (a2 > 0)                # B3, not W3
# da1 = ... * (a1 > 0)                # B2, not W2
# return x.T @ da1, ...               # and a sum over the rows for each bias
# ```
# </details>

# %% [markdown]
# {task 15-3}
#
# How much of a score belongs to each pixel, counted from a baseline? `gradient` is a function: for pictures (N, D) it returns the gradient of the score at each pixel. The integral over the way from the baseline $b$ to $x$ is taken at
# `count` nodes of Gauss and Legendre, which NumPy gives for the interval from $-1$ to $1$.
#
# $$m_i = (x_i - b_i) \sum_{j=1}^{M} w_j\, g_i\big(b + \alpha_j\,(x - b)\big), \qquad \sum_j w_j = 1 \tag{15.16}$$

# %% task="15-3"

# %%
check("15-3", integrated_gradients)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `np.polynomial.legendre.leggauss(count)` returns nodes and weights. Where do the nodes lie, and what do the weights add up to? The way is walked from $0$ to $1$.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\alpha_j = (z_j + 1)/2$ for a node $z_j$ between $-1$ and $1$; the interval is half as long, so each weight is halved, too.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# nodes, weights = np.polynomial.legendre.leggauss(count)
# mean = ...                              # begins at 0, shape of x
# for node, weight in zip(..., ...):      # moved to (0, 1); halved
#     mean = mean + ... * gradient(...)   # a place on the way
# return ... * mean
# ```
# </details>

# %% [markdown]
# {task 15-4}
#
# Change each pixel by `eps`, so that the loss rises as much as its gradient `dx` promises. A pixel whose gradient is $0$ stays. No pixel may leave the range from `low` to `high`. Return a new array. If `dx` holds NaN, raise a `ValueError`: such a network is neither fooled nor safe.
#
# $$x' = \mathrm{clip}\big(x + \varepsilon\,\mathrm{sign}(\mathrm dx),\ \text{low},\ \text{high}\big) \tag{15.18}$$

# %% task="15-4"

# %%
check("15-4", fast_gradient_sign)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `np.sign` is $-1$, $0$ or $1$. Uphill, not down: the loss shall grow.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# First the step, $x + \varepsilon\,\mathrm{sign}(\mathrm dx)$, then the cut to what a pixel can be: `np.clip`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# if ...:                                 # does dx hold NaN?
#     raise ValueError("...")
# return np.clip(..., low, high)
# ```
# </details>

# %% [markdown]
# {task 15-5}
#
# Binary units were drawn: `b` is 1 with probability $p = \sigma(xW)$. Of the rest of the network only the loss of each row is known. Estimate the gradient of the expected mean loss by $W$.
#
# As baseline, give each row the mean of the losses of the **other** rows: it must not depend on what this row drew. The losses, not the gradient, decide; no backward is asked for.
#
# $$\mathrm da_i = (L(b) - B)\,(b_i - p_i) \tag{15.27}$$

# %% task="15-5"

# %%
check("15-5", score_function_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Was this row's loss larger than that of the others? Then what it drew should become rarer. How much unit $i$ has to do with it, tells the derivative of $\ln P$.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# For a unit that is 1 with probability $p = \sigma(a)$, $\partial \ln P / \partial a = b - p$. The others' mean is (sum of all − own) / (N − 1). Then $W$ gets what any affine map's weights get: $x^\top \mathrm da$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# p = ...                         # (N, H)
# baseline = ...                  # (N,), one number for each row
# da = ...[:, np.newaxis] * ... / N
# return ...                      # (D, H)
# ```
# </details>
