# %% [markdown]
# # Exercises to lesson 10, Recurrent backpropagation to a fixed point
#
# The lesson: [10 Recurrent backpropagation to a fixed point](../notebooks/10_recurrent_backpropagation.ipynb). Conventions: one example in each row; `z` (N, H) is the state, `x` (N, D) the input, `W` (D, H), `U` (H, H) and `b` (H,)
# the parameters of $F(z) = \tanh(zU + xW + b)$. `dz` is $\partial L/\partial z$; any division by the batch size is already in it.

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
# {task 10-1}
#
# Repeat the step until the largest change of any unit, as a number and not as a share of the state, is at most the tolerance. Return the last state and the number of steps made. If it has not settled after `limit` steps, raise an `ArithmeticError` whose text
# tells how many steps were made. `limit` is at least 1. Here $c = xW + b$ is given ready-made.
#
# $$z \leftarrow \tanh(z U + c) \tag{10.2}$$

# %% task="10-1"

# %%
check("10-1", settle)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# A `for` loop over the allowed steps. When does it return, and what happens if it never does?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Settled means $\max_{n,k} |z^{\text{new}}_{nk} - z_{nk}| \le$ tolerance. Compute the new state first, compare, then replace.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# for steps in range(1, ...):         # the last allowed step counts, too
#     new = ...                       # (10.2)
#     change = ...                    # the largest, whatever its sign
#     z = ...
#     if ...:
#         return z, ...
# raise ArithmeticError(f"...")       # the text tells the number of steps
# ```
# </details>

# %% [markdown]
# {task 10-2}
#
# Begin with $v = \mathrm dz$, make exactly `steps` steps, return $v$. `steps` may be 0. The state `z` is settled. Leave `dz` as it is.
#
# $$v \leftarrow \mathrm dz + J^\top v \tag{10.5}$$
#
# In rows, $J^\top v$ is the way back through one step: through the tanh, then through $U$.

# %% task="10-2"

# %%
check("10-2", adjoint)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# What does `backward` of one step of the network return for the state? That is the product; only `dz` is added.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The slope of tanh at its *output* $z$ is $1 - z^2$. So $\mathrm da = v \odot (1 - z^2)$, and the product is $\mathrm da\,U^\top$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# v = dz
# for _ in range(steps):
#     da = ...            # back through tanh
#     v = dz + ...        # back through U: a new array, dz stays
# return v
# ```
# </details>

# %% [markdown]
# {task 10-3}
#
# The adjoint $v$ is given. Return `dx`, `dW`, `dU`, `db`, in this order.
#
# $$\begin{aligned} \mathrm da &= f'(a) \odot v, \qquad \mathrm dx = \mathrm da\,W^\top \\
# \mathrm dW &= x^\top \mathrm da, \qquad \mathrm dU = z^\top \mathrm da, \qquad \mathrm db = \sum_n \mathrm da_n \end{aligned} \tag{10.6}$$

# %% task="10-3"

# %%
check("10-3", fixed_point_gradients)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# This is the backward of an affine map with two inputs, $x$ and $z$, after a tanh. Lesson 04 has both.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# For tanh, $f'(a) = 1 - z^2$, entry by entry. Everything after that takes $\mathrm da$, nothing takes $v$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# da = ...
# dx = da @ ...                   # (N, H) times (H, D)
# dW, dU = ..., ...               # what the weights multiplied, transposed, times da
# db = ...                        # b was added to every row
# return dx, dW, dU, db
# ```
# </details>

# %% [markdown]
# {task 10-4}
#
# Put it together, as a rule: return `z, backward`, where `backward(dz)` returns `dx, dW, dU, db`. Relax the state from zero, and the adjoint from `dz`, each until the largest change is below $10^{-12}$. That may take some thousand steps. A network may have several fixed points; the one reached from zero is wanted. Nothing is unrolled, and no state but the last is kept.

# %% task="10-4"

# %%
check("10-4", settled_layer)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Your `settle` finds the state, and `fixed_point_gradients` ends the backward. Between them stands a second relaxation, with a tolerance like the first.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $v \leftarrow \mathrm dz + (v \odot (1 - z^2))\,U^\top$, from $v = \mathrm dz$, until the largest change is below $10^{-12}$. It takes about as many steps as the state took.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# c = x @ W + b
# z, _ = settle(...)                      # from zero
# def backward(dz):
#     v, change = dz, 1.0
#     while change > 1e-12:
#         new = ...                       # one step of (10.5)
#         change = ...
#         v = new
#     if np.isnan(change):                # NaN ends the loop, too, and has not settled
#         raise ArithmeticError("...")
#     return fixed_point_gradients(...)
# return z, backward
# ```
# </details>

# %% [markdown]
# {task 10-5}
#
# Return $U$, scaled so that its spectral radius, the largest $\lvert\text{eigenvalue}\rvert$, is the one that is wanted, larger or smaller. The radius of the given $U$ is not 0, but it may be tiny; the wanted one may be 0. Leave $U$ as it is.
#
# $$U' = \frac{\text{radius}}{\rho(U)}\,U$$

# %% task="10-5"

# %%
check("10-5", rescale)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Multiplying a matrix by a number multiplies its eigenvalues by it.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# `np.linalg.eigvals(U)` gives all eigenvalues, in no particular order, and mostly complex. The size of a complex number is its absolute value.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# own = ...                       # largest absolute value of the eigenvalues
# return U * (...)                # a new matrix
# ```
# </details>

# %% [markdown]
# {task 10-6}
#
# A relaxation is running. Its `changes` so far, at least eleven and none of them 0, shrink by about the same factor at each step. Return that rate, and how many *more* steps will bring the change to the tolerance.
#
# $$r = \Bigl(\frac{c_{-1}}{c_{-11}}\Bigr)^{1/10}, \qquad c_{-1}\, r^{k} \le \text{tolerance}$$
#
# $c_{-1}$ is the last change, $c_{-11}$ the one ten steps before; $k$ is the smallest whole number that fulfils the second. Return $k = 0$ if the last change is small enough already, and otherwise `math.inf` if $r \ge 1$.

# %% task="10-6"

# %%
check("10-6", forecast)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Take logarithms of both sides of the second formula. Both logarithms are negative: what happens to the sign $\le$ when you divide?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $k \ge \ln(\text{tolerance}/c_{-1}) \,/\, \ln r$, and `math.ceil` gives the smallest whole number that is not below.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# last = changes[-1]
# r = ...
# if ...:
#     return r, 0
# if ...:
#     return r, math.inf
# return r, math.ceil(...)
# ```
# </details>

# %% [markdown]
# **Explore.** Below, a network of thirty units is relaxed for some steps, your forecast is made, and then the true number of steps is counted. When is the forecast good? Try other radii, fewer steps at first, and
# a matrix whose leading eigenvalues are a complex pair (another seed).

# %%
def experiment(radius=0.9, first=30, seed=1):
    rng = np.random.default_rng(seed)
    U, c = rescale(rng.normal(size=(30, 30)), radius), rng.normal(size=(1, 30))
    _, changes = relax(lambda z: np.tanh(z @ U + c), np.zeros((1, 30)))
    rate, steps = forecast(np.array(changes[:first]), changes[-1])
    print(f"rate {rate:.4f}: forecast {first} + {steps} steps, in truth {len(changes)}")

try:
    experiment()
except NotImplementedError as error:
    print("not done yet:", error)
