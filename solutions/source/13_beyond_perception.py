# %% [markdown]
# # Exercises to lesson 13, Beyond perception
#
# The lesson: [13 Beyond perception](../notebooks/13_beyond_perception.ipynb). Conventions: one example in each row; `dx` is $\partial L/\partial x$. Each task stands alone.

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
# {task 13-1}
#
# In lesson 13 the air that comes in is clean. In a mine it may hold $a$ ppm of the gas itself. Then only what lies *above* $a$ is diluted, and the limit is met when it has fallen from $10^6 g / V - a$ to $c - a$:
#
# $$t = \frac{V}{Q}\,\ln\frac{10^6 g / V - a}{c - a}$$
#
# Derive the five gradients and write the rule. Where the gas is at most at the limit from the start, nobody waits: $t$ is zero, and so are all gradients. All inputs have shape (N,), and $a < c$.

# %% task="13-1"

# %%
check("13-1", reentry_time)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Give the two differences names, and write the logarithm of the quotient as a difference. Which inputs occur in more than one place?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# With $u = C(0) - a$, where $C(0)$ is the gas at the start, and $w = c - a$: $t = \frac{V}{Q}(\ln u - \ln w)$, so $\mathrm du = \mathrm dt\,\frac{V}{Q u}$ and $\mathrm dw = -\mathrm dt\,\frac{V}{Q w}$. The input $a$ is in $u$ and in $w$; $V$ is the factor in front, and in $u$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# above, allowed = ..., ...
# wait = above > allowed
# t = ...                             # np.where: 0 where nobody waits
# def backward(dt):
#     dt = dt * wait
#     dabove = ...                    # the derivative of ln x is 1 / x
#     dQ, dc = ..., ...
#     da = ...                        # two paths
#     dg, dV = ..., ...               # V: two paths
#     return dQ, dc, da, dg, dV
# return t, backward
# ```
# </details>

# %% [markdown]
# {task 13-2}
#
# A window of 4D-Var: the state `x` at its start, a rule `step` that leads from one state to the next, and what was observed at
# $t = 0, \dots, K - 1$. Here $x_0 = x$ itself was observed, too: the first row of `observed` belongs to it. NaN marks what nobody saw.
#
# $$\begin{aligned} x_{t+1} &= \text{step}(x_t) \\
# J &= \frac{1}{2\,\text{spread}^2} \lVert x_0 - \text{background} \rVert^2
# + \frac{1}{2\,\text{noise}^2} \sum_{t=0}^{K-1} \sum_{j\ \text{seen}} (x_{t,j} - y_{t,j})^2 \end{aligned}$$
#
# with $y$ = `observed`.
#
# Return $\partial J/\partial x_0$. `step(x)` returns `(y, backward)`. Run the model once forward and once back: $K-1$ calls of `step`, and each
# `backward` once. The check brings its own small `step`, and counts.

# %% task="13-2"

# %%
check("13-2", window_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The state at time $t$ acts on the cost in two ways: by its own observation, and by all that comes after it. What is paid to it is the
# sum of both.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# With $m_t = (x_t - \text{observed}_t)/\text{noise}^2$, and zero where nothing was seen: $\mathrm dx_{K-1} = m_{K-1}$, then
# $\mathrm dx_t = \text{backward}_t(\mathrm dx_{t+1}) + m_t$. The background is added once, to $\mathrm dx_0$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# states, backwards = [x], []
# for _ in observed[1:]:
#     ...                             # keep each state and each backward
# misses = np.where(np.isnan(observed), 0, ...) / ...
# dx = misses[-1]
# for t in reversed(range(len(backwards))):
#     dx = ... + ...                  # down from time t + 1, and the miss at time t
# return dx + ...                     # the background
# ```
# </details>

# %% [markdown]
# {task 13-3}
#
# The map $y \leftarrow y^2 + c$ is run in float32. Every step rounds twice: the square, then the sum. Return the last $y$, and the estimate of its error: no second run, but for each operation its local error, computed in float64 from what the operation was given in float32, and the adjoints from one sweep backwards.
# Without any step, nothing is rounded.
#
# $$\tilde y - y \approx \sum_i \frac{\partial y}{\partial v_i}\,\varepsilon_i \tag{13.11}$$

# %% task="13-3"

# %%
check("13-3", rounding_estimate)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Two loops: one forwards, which keeps every $y$ and every local error; one backwards, which needs both. `np.float64(y)` turns one number of float32 into float64 without changing it. Turn first, then multiply.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\varepsilon = \tilde v - \varphi(\tilde v_j)$, for the square and for the sum; both have the adjoint of the step's result. The last $y$ is the result itself: its adjoint is one. A step back multiplies it by the slope of the step, $2y$, at the $y$ that the step was given.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# y, c = np.float32(y), np.float32(c)
# for _ in range(steps):
#     square = ...                            # in float32
#     new = ...
#     # keep y, and (square - its exact value) + (new - its exact value)
#     y = new
# adjoint, estimate = 1.0, 0.0
# for before, error in ...:                   # the last step first
#     estimate += ...
#     adjoint *= ...
# return y, estimate
# ```
# </details>

# %% [markdown]
# {task 13-4}
#
# In lesson 13 a sentence is the mean of its words' vectors, and sentences of a batch differ in length:
#
# $$y_n = \frac{1}{T_n}\sum_{t:\,x_{nt}\neq 0} E_{x_{nt}} \tag{13.16}$$
#
# Here each *row* of `words` is a sentence; $T_n$ is the number of its real words. 0 may stand anywhere in the row. Row 0 of `E` is a row like any other, but nothing reads it. Write the rule and its backward.

# %% task="13-4"

# %%
check("13-4", sentence_means)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Which places count? Make an array of the shape of `words` that holds $1/T_n$ at real words and 0 elsewhere. It serves forward and backward.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm dE_v = \sum_{n,t:\,x_{nt}=v} \mathrm dy_n / T_n$ over the real words: what stands twice is paid twice. Where $T_n = 0$ nothing is paid, but do not divide by it.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# real = ...                                  # (N, T)
# lengths = np.maximum(..., 1)                # (N,)
# weights = ...                               # (N, T)
# y = np.sum(weights[:, :, np.newaxis] * ..., axis=1)
#
# def backward(dy):
#     dE = np.zeros_like(E)
#     np.add.at(dE, words, ...)               # (N, T, D); adds up where words repeat
#     return dE
# return y, backward
# ```
# </details>

# %% [markdown]
# {task 13-5}
#
# An autoencoder can use one matrix for both halves. Return the copy, and a backward for all four inputs. The loss is somebody else's business: `dy` comes from it.
#
# $$z = \tanh(xW + b), \qquad y = zW^\top + c$$

# %% task="13-5"

# %%
check("13-5", tied_autoencoder)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# In how many places does $W$ stand? Each is paid.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# From the output: $\mathrm dz = \mathrm dy\,W$, and the decoder's payment to $W$ is $\mathrm dy^\top z$. Through the tanh: $\mathrm da = \mathrm dz\,(1 - z^2)$. Then the encoder is an affine layer: $x^\top \mathrm da$ for $W$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# z = ...
# y = ...
#
# def backward(dy):
#     dz = ...                        # through the decoder
#     da = ...                        # through the tanh
#     dW = ... + ...                  # two payments, each of shape (D, k)
#     return ..., dW, ..., ...        # dx, dW, db, dc
# return y, backward
# ```
# </details>

# %% [markdown]
# {task 13-6}
#
# A batch of $N$ ratings: person `users[n]` gave film `films[n]` the rating `stars[n]`. People and films come several times in it, some rows of the tables not at all.
# Here the mean and the biases are left out, and the loss is a mean over the batch, in which each rating pays for its two rows:
#
# $$L = \frac{1}{2N}\sum_{n=1}^{N}\Big[(p_{u_n}\!\cdot q_{f_n} - r_n)^2 + \lambda\,\big(\lVert p_{u_n}\rVert^2 + \lVert q_{f_n}\rVert^2\big)\Big]$$
#
# Return the gradients by the whole tables, `dP` and `dQ`.

# %% task="13-6"

# %%
check("13-6", rating_gradients)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the two gradients of a single rating first. Where do they have to be added, and what if the same row comes twice?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# With $e_n = p_{u_n}\!\cdot q_{f_n} - r_n$, rating $n$ adds $(e_n q_{f_n} + \lambda p_{u_n}) / N$ to row $u_n$ of `dP`, and $(e_n p_{u_n} + \lambda q_{f_n}) / N$ to row $f_n$ of `dQ`. `dP[users] += …` keeps one of
# several additions to a row; `np.add.at(dP, users, …)` keeps all.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# p, q = P[users], Q[films]
# error = ... - stars[:, np.newaxis]          # (N, 1)
# dP, dQ = np.zeros_like(P), ...
# np.add.at(dP, users, ...)
# np.add.at(dQ, ...)
# return dP, dQ
# ```
# </details>

