# %% [markdown]
# # Exercises to lesson 07, Why depth is hard
#
# The lesson: [07 Why depth is hard](../notebooks/07_why_depth_is_hard.ipynb). Conventions: one example in each row, $y = xW + b$ with $W$ of shape (D, K);
# `dy` is $\partial L/\partial y$ and has the shape of `y`; the loss is a mean over the batch, so $1/N$ is already in `dy`.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# Two tasks ask for a *rule*: a function that returns `y, backward`, as in lesson 03.

# %%
import numpy as np

from course_lib.exercises import check
from course_lib.page.notebook import table
from course_lib.page.plotting import figure
from course_lib.studies.diagnosis import five_trainings

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 07-1}
#
# Return two standard deviations for the weights of a layer: Glorot's, then He's.
#
# $$\mathrm{Var}_{\text{Glorot}} = \frac{2}{n_{\mathrm{in}} + n_{\mathrm{out}}}, \qquad \mathrm{Var}_{\text{He}} = \frac{2}{n_{\mathrm{in}}}$$
#
# These are equations (7.5) and (7.6).

# %% task="07-1"

# %%
check("07-1", starting_deviations)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The equations give variances. What is asked for?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Standard deviation = $\sqrt{\mathrm{Var}}$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# glorot = np.sqrt(... / (n_in + n_out))
# he = np.sqrt(... / ...)       # each z is a sum over the inputs
# return ...
# ```
# </details>

# %% [markdown]
# {task 07-2}
#
# Given $\delta_M$ of the last layer, return $\|\delta_1\| / \|\delta_M\|$. All layers have $D$ units. `weights[k]` and `slopes[k]` belong to the same factor of (7.2). The norm is the root of the sum of the squares of all entries. Slopes may have any sign. With empty lists the ratio is 1.
#
# $$\delta \leftarrow (\delta\, W^\top) \odot f'(z), \qquad \text{from the last factor of the list to the first}$$

# %% task="07-2"

# %%
check("07-2", delta_ratio)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Which layer does the signal leave first? `list[::-1]` is a list in reverse. Keep `delta` as it is: you need it at the end.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# One layer: $(\delta W^\top) \odot f'$, (7.1). The norm is `np.linalg.norm`: the root of the sum of squares.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# first = delta
# for W, slope in zip(weights[::-1], ...):
#     first = ...                           # (7.1)
# return np.linalg.norm(...) / ...
# ```
# </details>

# %% [markdown]
# {task 07-3}
#
# Write the rule: `y`, and a `backward` that returns `dx, dgamma, dbeta`. All means run over the batch: sums divided by $N$.
#
# $$\hat x = \frac{x - \mu}{\sigma}, \quad \sigma = \sqrt{\overline{(x - \mu)^2} + \varepsilon}, \quad y = \gamma\, \hat x + \beta$$
#
# $\gamma$ may be 0 or negative, $\varepsilon$ is above 0, however small. A mean may be large beside the deviation: subtract it before you square.
# Try to derive (7.11) again before you look it up: `x` reaches `y` on three paths.

# %% task="07-3"

# %%
check("07-3", batch_norm)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the forward with names for `sigma` and `xhat`: the backward needs both. `dgamma` and `dbeta` are those of exercise 04-7.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# With $g = \gamma\,\mathrm{d}y$: the direct path gives $g/\sigma$, the path through the mean $-\overline{g}/\sigma$, the path through $\sigma$ gives $-\hat x\,\overline{g\hat x}/\sigma$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# sigma = np.sqrt(... + eps)
# xhat = (x - ...) / sigma
# def backward(dy):
#     g = gamma * dy
#     by_mean = ...                 # means over the batch
#     by_sigma = xhat * ...
#     dx = (g - by_mean - by_sigma) / sigma
#     return dx, ..., ...
# return gamma * xhat + beta, backward
# ```
# </details>

# %% [markdown]
# {task 07-4}
#
# Now the means run over the features of each example, those in $\mu$ and $\sigma$ too: sums divided by $D$. Return `dx, dgamma, dbeta`; compute $\hat x$ and $\sigma$ again from `x`, with $\varepsilon$ under the root as in 07-3. What $\gamma$, $\varepsilon$ and the means may be is as in 07-3. (The shift $\beta$ plays no part.)
#
# $$\mathrm{d}x = \frac1\sigma \Bigl( g - \overline{g} - \hat x \odot \overline{g \odot \hat x} \Bigr), \quad g = \gamma \odot \mathrm{d}y \tag{7.12}$$

# %% task="07-4"

# %%
check("07-4", layer_norm_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Two axes are at work. Which one do the means of a row run over? Which one is summed for `gamma`, that all rows share?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# `a.mean(axis=1, keepdims=True)` has shape (N, 1) and is repeated along the row. $\gamma$ is different for each feature, so it stays inside the means, in $g$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# sigma = np.sqrt(...)              # shape (N, 1)
# xhat = ...
# g = ...
# by_mean = ...                     # shape (N, 1)
# by_sigma = xhat * ...
# dx = (g - by_mean - by_sigma) / sigma
# return dx, (dy * xhat).sum(axis=...), dy.sum(axis=...)
# ```
# </details>

# %% [markdown]
# {task 07-5}
#
# Write the rule. The mask $m$ is given: `kept` is True where an entry stays. The rate $r$ may be 0.
#
# $$y = \frac{x \odot m}{1 - r}, \qquad \mathrm{d}x = \frac{\mathrm{d}y \odot m}{1 - r} \tag{7.16}$$

# %% task="07-5"

# %%
check("07-5", dropout)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Each entry is multiplied by a number that does not depend on `x`. What is the slope of such a product?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The factor is 0, or $1/(1-r)$. In NumPy, truth values count as 1 and 0. (`x * kept / (1 - rate)` keeps float32 as it is; `kept / (1 - rate)` alone would be float64.)
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# def backward(dy):
#     return dy * ...
# return x * ..., backward
# ```
# </details>

# %% [markdown]
# {task 07-6}
#
# The block is $y = x + \mathrm{relu}(xW + b)$, with a square $W$. At 0 the ReLU counts as shut, with slope 0; above 0, by however little, it is open. Return `dx, dW, db`, and leave `dy` as it was.
#
# $$\mathrm{d}x = \mathrm{d}y + \mathrm{d}y\,J_F \tag{7.15}$$

# %% task="07-6"

# %%
check("07-6", residual_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# First forget the detour, and write the backward of $\mathrm{relu}(xW + b)$: exercises 04-1 and 04-2. Then ask what the detour adds, and to which of the three.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm{d}z = \mathrm{d}y \odot [xW + b > 0]$, and $\mathrm{d}x$ is a sum of two paths. $W$ and $b$ lie on one path only.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dz = dy * ...             # through the ReLU
# dx = dy + ...             # the detour, and back through the weights
# return dx, x.T @ ..., ...
# ```
# </details>

# %% [markdown]
# {task 07-7}
#
# `z` holds the pre-activations of a layer of ReLU units, one row for each example. A unit is dead if it is shut, $z \le 0$, for every example; one example with $z > 0$, however small, and it lives. Return the share of dead units among all units.

# %% task="07-7"

# %%
check("07-7", dead_share)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# First one truth value for each unit, then their mean. (The mean of truth values is the share of True.)
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# `a.all(axis=0)` is True where a whole column is True.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# shut = z <= 0             # (N, H)
# dead = shut. ...          # (H,)
# return ...
# ```
# </details>

# %% [markdown]
# {task 07-8}
#
# `losses[0]` is the validation loss after epoch 1, and so on. Stop at the first epoch at which `patience` epochs have passed since the best one so far. An epoch is better only if its loss is *strictly* smaller, by however little. The losses are finite; they may be 0 or negative.
# Return the epoch of the stop (the last epoch, if it never comes to that) and the best epoch until then.
#
# For losses 1.0, 0.8, 0.9, 0.7, 0.8, 0.7, 0.9, 0.5 and patience 3: stop at epoch 7, best epoch 4. The 0.5 is never seen.

# %% task="07-8"

# %%
check("07-8", early_stopping)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# One loop over the epochs, with one memory: the best epoch so far. Its loss is `losses[best - 1]`.
# </details>
# <details><summary>Hint 2: the key condition</summary>
#
# Stop when `epoch - best >= patience`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# best = 1
# for epoch in range(1, len(losses) + 1):
#     if ...:                       # strictly better than the best so far
#         best = epoch
#     if ...:                       # waited long enough
#         return epoch, best
# return ...                        # the losses came to an end
# ```
# </details>

# %% [markdown]
# {task 07-9}
#
# Five networks were trained on 200 digits, and each has a fault of its own. Before training two numbers were measured: $\|\delta_1\|/\|\delta_M\|$, and the share of dead units in the first layer.
# Look at them, and at the losses.

# %%
runs = five_trainings()
with figure(5, size=(11, 2.6)) as axes:
    for ax, (name, (ratio, dead, train, valid)) in zip(axes, runs.items()):
        epochs = range(1, len(train) + 1)
        ax.plot(epochs, train, "-", label="training")
        ax.plot(epochs, valid, "--", label="validation")
        ax.set(title=name, xlabel="epoch", ylabel="loss (nats)" if name == "A" else "")
        ax.set(ylim=(0, 10_000 if name == "E" else 2.6))
    axes[0].legend()
table([[name, f"{ratio:.1e}", f"{dead:.2f}", train[-1] < train[0] / 2]
       for name, (ratio, dead, train, valid) in runs.items()],
      ["training", "delta_ratio", "dead_share", "training loss halved"])

# %% [markdown]
# The figure shows training and validation losses of A to E. Three of them hardly move, so the curve alone does not tell. E starts in the thousands.

# %% [markdown]
# Write a function that names the fault. It is also tried on made-up trainings, healthy ones among them. The names:
#
# | name | sign |
# |---|---|
# | `"exploding"` | the error signal grows by a thousand or more, or a loss, training or validation, is NaN or infinite from some epoch on |
# | `"dead units"` | most units of the first layer are never on |
# | `"vanishing"` | the error signal falls to a thousandth or less |
# | `"overfitting"` | training loss far down, and the last validation loss a third or more above the lowest one |
# | `"too slow"` | training loss down by less than a tenth, or up |
# | `"healthy"` | none of the above |
#
# If a training has several signs, the first in this table counts. A gap between the two losses is no sign, however wide, and neither is a validation loss that stays where it was.
# Losses may start anywhere, at 0.5 or at 10: compare a loss with its own curve, not with a fixed number. Every case is clear; the exact thresholds are yours.

# %% task="07-9"

# %%
check("07-9", diagnose_training)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The order of the questions matters. If all units are dead, what is the ratio of the error signals? If a loss is `nan`, what do comparisons with it give?
# </details>
# <details><summary>Hint 2: the key conditions</summary>
#
# Ask first for numbers that are not finite (`np.isfinite`), in both losses, then for dead units, then for the ratio, and only then look at how the losses went. A gap between the curves is no fault; a validation loss that has *risen* is.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# if delta_ratio > ... or not np.all(np.isfinite(...)):
#     return "exploding"
# if dead_share > ...:
#     return ...
# if delta_ratio < ...:
#     return ...
# if train[-1] < ... and valid[-1] > ...:
#     return "overfitting"
# return "too slow" if ... else "healthy"
# ```
# </details>
