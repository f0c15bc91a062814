# %% [markdown]
# # Exercises to lesson 06, Optimizers
#
# The lesson: [06 Optimizers](../notebooks/06_optimizers.ipynb). Conventions: `p` is a parameter, `g` its gradient, of the same shape; $\eta$ is `lr`, the learning rate; everything is entry by entry.
# What an optimizer remembers is handed in and handed back: a step is a function from the old arrays to **new** ones. Do not change the arrays that are given, nor the lists.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.

# %%
import numpy as np

from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 06-1}
#
# Return the new `p` and the new `v`. If `nesterov` is false, the step is the heavy ball's, otherwise Nesterov's.
#
# $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta\,v \quad\text{or}\quad \theta \leftarrow \theta - \eta\,(g + \mu v)$$
#
# These are equations (6.2), without dampening, and (6.3).

# %% task="06-1"

# %%
check("06-1", momentum_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The velocity is the same in both cases. Only what is multiplied by lr differs, and it uses the *new* velocity.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Nesterov: the step is $\eta$ times $g + \mu v$, with $v$ already renewed. `v = momentum * v + g` makes a new array; `v *= momentum` would change the one that was given.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# v = ...                                   # the new velocity
# step = ... if nesterov else v             # what is multiplied by lr
# return p - lr * step, v
# ```
# </details>

# %% [markdown]
# {task 06-2}
#
# Return the new `p` and the new `s`.
#
# $$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.4}$$

# %% task="06-2"

# %%
check("06-2", adagrad_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Two lines: first the state, then the step that uses it. Each entry of `p` has its own entry of `s`.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\epsilon$ stands outside the root. In NumPy, `g * g` squares entry by entry.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# s = s + ...                               # the sum of all squares so far
# return p - lr * g / (...), s
# ```
# </details>

# %% [markdown]
# {task 06-3}
#
# Return the new `p` and the new `s`.
#
# $$s \leftarrow \alpha s + (1-\alpha)\,g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.5}$$

# %% task="06-3"

# %%
check("06-3", rmsprop_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# AdaGrad never forgets. What must change in its first line, so that old squares fade?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# A running mean: the old mean keeps the share $\alpha$, the new square gets $1-\alpha$. If all squares were equal, the mean would be that square.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# s = alpha * ... + (1 - alpha) * ...
# return p - lr * g / (...), s
# ```
# </details>

# %% [markdown]
# {task 06-4}
#
# Return the new `p`, the new `s` (running mean of squared gradients) and the new `d` (running mean of squared steps $\Delta$, before the learning rate).
#
# $$\begin{aligned} s &\leftarrow \rho s + (1-\rho)\,g^2, \qquad
# \Delta = \frac{\sqrt{d + \epsilon}}{\sqrt{s + \epsilon}}\;g \\ d &\leftarrow \rho d + (1-\rho)\,\Delta^2, \qquad
# \theta \leftarrow \theta - \eta\,\Delta \end{aligned} \tag{6.6}$$
#
# One of the special cases measures `p` in a unit 1000 times smaller, with $\epsilon = 0$. Before you run the check, say why the step must be 1000 times larger.

# %% task="06-4"

# %%
check("06-4", adadelta_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Four lines in the order of the equations. The step needs the new `s`, but the old `d`: its own square is not known before.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Units: let $p$ be in metres. $g$ is a loss per metre, $\sqrt{s}$ too, so $g/\sqrt{s}$ has no unit. $\sqrt{d}$ is in metres, and so is the step. Here $\epsilon$ stands inside both roots.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# s = ...                                   # as in RMSprop
# delta = np.sqrt(...) / np.sqrt(...) * g
# d = rho * d + (1 - rho) * ...             # without lr
# return p - lr * delta, s, d
# ```
# </details>

# %% [markdown]
# {task 06-5}
#
# Return the new `p`, `m` and `v`. `t` is the number of the step, from 1.
#
# $$\begin{aligned} m &\leftarrow \beta_1 m + (1-\beta_1)\,g, \qquad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2 \\
# \hat m &= \frac{m}{1-\beta_1^t}, \qquad \hat v = \frac{v}{1-\beta_2^t}, \qquad
# \theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon} \end{aligned}$$
#
# These are equations (6.7) and (6.8).

# %% task="06-5"

# %%
check("06-5", adam_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# One line for each equation. Two of the names with hats live only for this step.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Test it in your head at $t = 1$ with $m = v = 0$: $\hat m = g$, $\hat v = g^2$, and the step is $\eta$ times the sign of $g$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# beta1, beta2 = betas
# m = ...
# v = ...
# m_hat = m / ...                           # t is an exponent here
# v_hat = v / ...
# return p - lr * m_hat / (...), m, v       # which m and v does the next step need?
# ```
# </details>

# %% [markdown]
# {task 06-6}
#
# Return the new `p`, `m` and `v`. The decay is multiplied by lr and taken from the old `p`.
#
# $$\theta \leftarrow (1 - \eta\,\lambda)\,\theta, \qquad \text{then Adam's step with the bare } g \tag{6.9}$$
#
# You may call your `adam_step`.

# %% task="06-6"

# %%
check("06-6", adamw_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Adam's step does not depend on `p`, only on what it remembers. So decay `p`, then let Adam step from there.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $g$ stays as it is. `g + weight_decay * p` would be L2 inside Adam, which is what AdamW avoids.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# decayed = (1 - ...) * p
# return adam_step(decayed, ...)
# ```
# </details>

# %% [markdown]
# {task 06-7}
#
# Return the new `p` and the new `m`. `h` is the averaged curvature; it is given, and may be negative.
#
# $$m \leftarrow \beta m + (1-\beta)\,g, \qquad
# \theta \leftarrow \theta - \eta\;\mathrm{clip}\!\left(\frac{m}{\max(\gamma h, \epsilon)},\,-1,\,1\right) \tag{6.11}$$

# %% task="06-7"

# %%
check("06-7", sophia_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# From the inside out: first the floor under the curvature, then the ratio, then the clipping, then lr.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Entry by entry: `np.maximum(a, b)` takes the larger of two, `np.clip(a, low, high)` cuts off at both ends. Where $h < 0$ the divisor is $\epsilon$, nothing else: a large ratio is cut off as everywhere, a small one stays.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# m = ...
# ratio = m / np.maximum(..., ...)
# return p - lr * np.clip(...), m
# ```
# </details>

# %% [markdown]
# {task 06-8}
#
# Return the first step length `a` among 1, `shrink`, `shrink`², ... whose value has fallen enough:
#
# $$f(x + a d) \le f(x) + c_1\,a\,g^\top d$$
#
# The condition is meant as it stands, without a tolerance: values may be of any size. It is the first of the conditions (6.19), named after Armijo. `f` takes a vector and returns a number; `g` is its gradient at `x`, and $g^\top d < 0$.
# Go on until the condition holds, however many trials that takes, and however small `a` becomes.

# %% task="06-8"

# %%
check("06-8", backtracking)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# A `while` loop that runs as long as the condition fails. What stays the same in all trials? Compute it once.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The bound is a falling line: it starts at $f(x)$ and has the slope $c_1\,g^\top d$. Every trial starts at the same $x$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# value, slope, a = f(x), ..., 1.0
# while f(...) > ...:                       # not low enough yet
#     a = ...
# return a
# ```
# </details>

# %% [markdown]
# {task 06-9}
#
# `s` and `y` are lists of the last moves and gradient changes, the oldest first; there is at least one, all have $y_i^\top s_i > 0$, and all count, short ones too. Return the direction $d = -q$ after both loops, with $\rho_i = 1/y_i^\top s_i$:
#
# $$\begin{aligned}
# q &= g; & \text{newest to oldest:}\quad & a_i = \rho_i\,s_i^\top q, \quad q \leftarrow q - a_i\,y_i \\
# q &\leftarrow q\,\tfrac{s^\top y}{y^\top y}; & \text{oldest to newest:}\quad & q \leftarrow q + s_i\,(a_i - \rho_i\,y_i^\top q)
# \end{aligned} \tag{6.18}$$
#
# The factor between the loops belongs to the newest pair.

# %% task="06-9"

# %%
check("06-9", lbfgs_direction)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The second loop undoes the first, in the opposite order. So the $a_i$ must be kept, and read backwards.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# `zip(s, y)` gives the pairs, `reversed(list(...))` turns a list round. If $A$ is the true curvature, $y_i = A s_i$, and the result is close to $-A^{-1} g$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# pairs, q, a = list(zip(s, y)), g.copy(), []
# for si, yi in reversed(pairs):
#     a.append(...)                         # rho s·q
#     q = q - ...
# si, yi = pairs[-1]
# q = q * ...                               # the newest pair tells the unit
# for (si, yi), ai in zip(pairs, reversed(a)):
#     q = q + si * (...)
# return -q
# ```
# </details>

# %% [markdown]
# {task 06-10}
#
# A report: "The best of our rates, and its loss." The function below is what was run. It has no bug, and four things are unfair. Delete the line that raises, name them, and repair them:
#
# * rows left over join the last batch; fewer rows than `size` are one batch;
# * a rate is chosen by its mean loss over `search_seeds`, on `choose`;
# * the answer says whether the chosen rate is an end of the grid;
# * it is judged on `judge`: the losses of all `seeds`, in their order.
#
# `measure(batches, rate, seed, rows)` trains anew with these batches of row numbers, and returns the loss on `rows`.

# %% task="06-10"

# %%
check("06-10", judged_rate)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# How many rows has the last batch, if 10 are cut by 4? On which rows was the loss measured that is returned? What would you report if the best rate is the last one tried?
# </details>
# <details><summary>Hint 2: the key idea</summary>
#
# Three kinds of rows, two kinds of seeds: `fit` makes weights, `choose` and `search_seeds` make one choice, `judge` and `seeds` are for the end. `np.split(fit, ends)` cuts before each of `ends`; the last cut must leave `size` rows or more.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# batches = np.split(fit, range(size, ..., size))
# found = [np.mean([measure(batches, rate, seed, ...) for seed in ...]) for rate in rates]
# best = int(np.argmin(found))
# losses = [measure(batches, rates[best], seed, ...) for seed in ...]
# return rates[best], best in (..., ...), np.array(losses)
# ```
# </details>
