# %% [markdown]
# # Exercises 02: The forward pass
#
# Each exercise is one function. Write its body in place of the line with `raise`, run the cell, then run the `check` below
# it. The check prints one line per stage, stops at the first fault and says in words what it is. Nothing leaves this
# machine. The hints open one after another. Equations are numbered as in lesson 02.

# %%
import numpy as np

from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# ## 02-1 The affine layer
#
# {task 02-1}
#
# Write a layer without its activation, for a whole batch at once:
#
# $$\underbrace{y}_{N\times K} = \underbrace{x}_{N\times D}\;\underbrace{W}_{D\times K} + \underbrace{b}_{K} \tag{2.3}$$
#
# Inputs of type float32 should give a float32 result.

# %% task="02-1"
def affine(x, W, b):
    """y = x W + b, one example per row, equation (2.3).

    Shapes: x (N, D), W (D, K), b (K,)  ->  y (N, K)
    """
    ### BEGIN SOLUTION
    return x @ W + b
    ### END SOLUTION

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
# ## 02-2 A softmax that survives 1000
#
# {task 02-2}
#
# Turn rows of logits into rows of probabilities, for logits of any size:
#
# $$p_{nk} = \frac{e^{z_{nk} - m_n}}{\sum_j e^{z_{nj} - m_n}}, \qquad m_n = \max_j z_{nj} \tag{2.10}$$
#
# The array `z` must stay as it is.

# %% task="02-2"
def softmax(z):
    """Probabilities of each row of logits, equation (2.10).

    Shapes: z (N, K)  ->  p (N, K), each row adds up to 1
    """
    ### BEGIN SOLUTION
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION

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
# ## 02-3 Cross-entropy from logits
#
# {task 02-3}
#
# Minus the logarithm of the probability of the right class, averaged over the batch. Compute it straight from the logits,
# so that it stays finite for a row that is sure and wrong:
#
# $$L = \frac1N \sum_n \Big(m_n + \ln\sum_j e^{z_{nj} - m_n} - z_{n,t_n}\Big), \qquad m_n = \max_j z_{nj}$$

# %% task="02-3"
def cross_entropy(z, t):
    """Mean cross-entropy in nats, equations (2.11) and (2.13).

    Shapes: z (N, K), t (N,) integer labels 0 ... K - 1  ->  a number
    """
    ### BEGIN SOLUTION
    m = z.max(axis=1)
    log_sum_exp = m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))
    return (log_sum_exp - z[np.arange(len(t)), t]).mean()
    ### END SOLUTION

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
# ## 02-4 The hinge loss
#
# {task 02-4}
#
# Every wrong class should stay a margin of 1 below the right one. It pays for what is missing, otherwise nothing:
#
# $$L = \frac1N \sum_n \sum_{k \ne t_n} \max(0,\; z_{nk} - z_{n,t_n} + 1) \tag{2.15}$$

# %% task="02-4"
def hinge(z, t):
    """Multi-class hinge loss, equation (2.15): sum over wrong classes, mean over rows.

    Shapes: z (N, K), t (N,) integer labels 0 ... K - 1  ->  a number
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(t))
    gap = z - z[rows, t][:, np.newaxis] + 1
    gap[rows, t] = 0            # the right class does not compete with itself
    return np.maximum(gap, 0).sum() / len(t)
    ### END SOLUTION

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
# ## 02-5 Parameters and multiply-adds
#
# {task 02-5}
#
# A fully connected network is given by its sizes $n_0, n_1, \dots$: inputs, hidden units, outputs. Count
#
# $$\text{parameters} = \sum_i (n_{i-1}\, n_i + n_i), \qquad \text{multiply-adds} = \sum_i n_{i-1}\, n_i \tag{2.18}$$
#
# for one example.

# %% task="02-5"
def count_network(sizes):
    """(parameters, multiply_adds) of a fully connected network, equation (2.18).

    sizes: a list of whole numbers, such as [64, 32, 10]; the first counts the inputs
    """
    ### BEGIN SOLUTION
    multiply_adds = sum(n_in * n_out for n_in, n_out in zip(sizes, sizes[1:]))
    return multiply_adds + sum(sizes[1:]), multiply_adds
    ### END SOLUTION

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
# ## 02-6 Slopes of four activations
#
# {task 02-6}
#
# Return the slopes of sigmoid, tanh, ReLU and leaky ReLU (0.01) at the entries of `z`, in this order. At exactly 0 the
# slopes of the last two are 0 and 0.01. The sigmoid's slope is
#
# $$s'(z) = s(z)\,(1 - s(z)), \tag{2.5}$$
#
# and it must also be right at $z = -1000$.

# %% task="02-6"
def slopes(z):
    """Slopes of sigmoid, tanh, ReLU and leaky ReLU at z, a tuple of four arrays.

    Shapes: z (any)  ->  four arrays of the same shape
    """
    ### BEGIN SOLUTION
    s = 0.5 * (1 + np.tanh(0.5 * z))
    th = np.tanh(z)
    relu, leaky = np.where(z > 0, 1.0, 0.0), np.where(z > 0, 1.0, 0.01)
    return s * (1 - s), 1 - th ** 2, relu, leaky
    ### END SOLUTION

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
