# %% [markdown]
# # Exercises 02: The forward pass
#
# Each exercise is one function. Write its body in place of the line with `raise`, run the cell, then run the `check` below
# it. The check prints one line per stage, stops at the first fault and says in words what it is. Nothing leaves this
# machine. What is given to a function must stay as it is. The hints open one after another. Arrays hold
# floats, only labels and sizes are whole numbers. Numbers such as (2.3) are equations of lesson 02; not all are printed here.

# %%
import numpy as np

from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 02-0}
#
# A layer without activations: unit $k$ multiplies each input $d$ by a weight, `W[d, k]`, adds the products up, and adds its
# bias, `b[k]`. The rows of `x` are $N$ examples of $D$ inputs. Write down one entry of `y`, then the rest.
#
# The last steps are about a row of logits $z$. Its probabilities are $e^{z_k} / \sum_j e^{z_j}$, and $e^{1000}$ is too large
# for a float. What happens when $m$ is subtracted from the whole row, and which $m$ is best?
#
# Replace the dots. *of (m)* asks for a small function, `lambda m: ...`, even where its value never changes. Otherwise copy a
# choice. The check takes the steps in order.

# %% task="02-0"

# %%
check("02-0", derive_affine)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# An index that stands on both sides of an equation stays. One that stands on the right side only is summed. And $e^{a-b} = e^a e^{-b}$.
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $y_{nk} = \sum_d x_{nd} W_{dk} + b_k$, equation (2.2). In $e^{z_k - m} / \sum_j e^{z_j - m}$ every term has the factor $e^{-m}$.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# "y[n, k]": lambda x, W, b, n, k: sum(... for d in range(len(W))) + b[...],
# "sum": lambda z, m: ... * np.exp(z).sum(),
# ```
#
# </details>

# %% [markdown]
# {task 02-1}
#
# Write a layer without its activation, for a whole batch at once: the formula that you derived in 02-0, with the operators of NumPy.

# %% task="02-1"

# %%
check("02-1", affine)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Which of NumPy's operators adds up products over a shared index?
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $y_{nk} = \sum_d x_{nd} W_{dk} + b_k$. The sum over $d$ is the matrix product; $b$ is added to every row.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# products = x @ ...          # (N, D) times (D, K)
# return products + ...       # NumPy adds a row of K numbers to each of the N rows
# ```
#
# </details>

# %% [markdown]
# {task 02-2}
#
# Turn rows of logits into rows of probabilities,
#
# $$p_{nk} = \frac{e^{z_{nk}}}{\sum_j e^{z_{nj}}}, \tag{2.9}$$
#
# for logits of any size: use what you derived in 02-0. Large logits, of any sign, must neither overflow nor spoil another row.
# The array `z` must stay as it is.

# %% task="02-2"

# %%
check("02-2", softmax)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Every row has its own maximum and its own sum. Which `axis` runs along a row?
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Subtracting the same number from all logits of a row changes nothing: $e^{-m}$ cancels. With $m_n$ the largest logit of
# row $n$, no exponent is above 0.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# m = z.max(axis=..., keepdims=True)      # shape (N, 1), one maximum for each row
# e = np.exp(...)                         # a new array: not z -= m, which would change z
# return e / e.sum(axis=..., keepdims=True)
# ```
#
# </details>

# %% [markdown]
# {task 02-3}
#
# Minus the logarithm of the probability of the right class, averaged over the batch. Compute it straight from the logits,
# so that it stays finite for a row that is sure and wrong:
#
# $$L = \frac1N \sum_n \Big(m_n + \ln\sum_j e^{z_{nj} - m_n} - z_{n,t_n}\Big), \qquad m_n = \max_j z_{nj}$$

# %% task="02-3"

# %%
check("02-3", cross_entropy)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `np.log(softmax(z))` is infinite where the softmax has rounded to 0. Can you write $\ln p$ without forming $p$?
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\ln p_{nk} = z_{nk} - \mathrm{lse}(z_n)$, with $\mathrm{lse}(z_n) = m_n + \ln\sum_j e^{z_{nj}-m_n}$. From
# each row only the entry $k = t_n$ counts.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# m = z.max(axis=1)                                             # (N,)
# lse = m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=...))  # (N,)
# own = z[np.arange(len(t)), t]                                 # (N,): entry t[n] of row n
# return (...).mean()
# ```
#
# </details>

# %% [markdown]
# {task 02-4}
#
# Every wrong class should stay a margin of 1 below the right one. It pays for what is missing, otherwise nothing:
#
# $$L = \frac1N \sum_n \sum_{k \ne t_n} \max(0,\; z_{nk} - z_{n,t_n} + 1) \tag{2.15}$$

# %% task="02-4"

# %%
check("02-4", hinge)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write two loops first, over rows and classes, with `if k != t[n]`. That is a right answer already.
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# For $k = t_n$ the bracket is $0 + 1$, so the right class would add 1 in every row. It must be left out. Divide by $N$
# only, the classes are summed.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# rows = np.arange(len(t))
# gap = z - z[rows, t][:, np.newaxis] + ...     # (N, K), each row minus its own right logit
# gap[rows, t] = ...                            # leave out the right class
# return np.maximum(gap, 0).sum() / ...
# ```
#
# </details>

# %% [markdown]
# {task 02-5}
#
# A fully connected network is given by its sizes $n_0, n_1, \dots$: inputs, hidden units, outputs. Count
#
# $$\begin{aligned} \text{parameters} &= \sum_i (n_{i-1}\, n_i + n_i) \\
# \text{multiply-adds} &= \sum_i n_{i-1}\, n_i \end{aligned} \tag{2.18}$$
#
# for one example.

# %% task="02-5"

# %%
check("02-5", count_network)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# What are the shapes of `W` and `b` between two neighbouring sizes?
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# A layer from $n_{i-1}$ to $n_i$ has $n_{i-1} n_i$ weights and $n_i$ biases. The inputs have no biases. One weight is one
# multiply-add.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# parameters = multiply_adds = 0
# for n_in, n_out in zip(sizes, sizes[1:]):     # neighbouring sizes
#     multiply_adds += ...
#     parameters += ...
# return parameters, multiply_adds
# ```
#
# </details>

# %% [markdown]
# {task 02-6}
#
# Return the slopes of sigmoid, tanh, ReLU and leaky ReLU (0.01) at the entries of `z`, in this order and by their formulas:
# a difference quotient is not exact enough. At exactly 0 the slopes of the last two are 0 and 0.01. The sigmoid's slope is
#
# $$s'(z) = s(z)\,(1 - s(z)), \tag{2.5}$$
#
# and it must also be right at $z = -1000$.

# %% task="02-6"

# %%
check("02-6", slopes)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The table in section 3 has all four. Two of them are written with the output $y$, not with $z$.
#
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $s(z) = \tfrac12(1 + \tanh\tfrac z2)$ never overflows. The slope of tanh is $1 - \tanh^2 z$.
#
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# s = 0.5 * (1 + np.tanh(0.5 * z))
# th = np.tanh(z)
# return s * ..., 1 - ..., np.where(z > 0, ..., ...), np.where(z > 0, ..., ...)
# ```
#
# </details>
