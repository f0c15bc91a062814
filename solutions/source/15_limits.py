# %% [markdown]
# # Exercises to lesson 15, Limits
#
# The lesson: [15 Limits](../notebooks/15_limits.ipynb). Conventions: one example in each row; `dy` is $\partial L/\partial y$; any division by the batch size is already in it.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away. Use NumPy only; you may call your own functions from above.

# %%
import math

import numpy as np

from course_lib import relax
from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 15-1} TODO memory

# %% [markdown]
# {task 15-2} TODO feedback

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
