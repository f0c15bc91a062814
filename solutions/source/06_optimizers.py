# %% [markdown]
# # Exercises to lesson 06, Optimizers
#
# The lesson: [06 Optimizers](../notebooks/06_optimizers.ipynb). Conventions: `p` is a parameter, `g` its gradient, of the same shape; everything is entry by entry.
# What an optimizer remembers is handed in and handed back: a step is a function from the old arrays to **new** ones. Do not change the arrays that are given.

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
# ## 06-1 A step with momentum
#
# {task 06-1}
#
# Return the new `p` and the new `v`. If `nesterov` is false, the step is the heavy ball's, otherwise Nesterov's.
#
# $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \mathrm{lr}\,v \quad\text{or}\quad \theta \leftarrow \theta - \mathrm{lr}\,(g + \mu v)$$
#
# These are equations (6.2), without dampening, and (6.3).

# %% task="06-1"
def momentum_step(p, g, v, lr, momentum, nesterov):
    """One step of the heavy ball, or of Nesterov's momentum.

    p, g, v (same shape), lr, momentum numbers, nesterov True or False  ->  p, v
    """
    ### BEGIN SOLUTION
    v = momentum * v + g
    step = g + momentum * v if nesterov else v
    return p - lr * step, v
    ### END SOLUTION

# %%
check("06-1", momentum_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The velocity is the same in both cases. Only what is multiplied by lr differs, and it uses the *new* velocity.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Nesterov: the step is lr times $g + \mu v$, with $v$ already renewed. `v = momentum * v + g` makes a new array; `v *= momentum` would change the one that was given.
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
# ## 06-2 A step of AdaGrad
#
# {task 06-2}
#
# Return the new `p` and the new `s`.
#
# $$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \mathrm{lr}\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.4}$$

# %% task="06-2"
def adagrad_step(p, g, s, lr, eps):
    """One step of AdaGrad.

    p, g, s (same shape), lr, eps numbers  ->  p, s
    """
    ### BEGIN SOLUTION
    s = s + g * g
    return p - lr * g / (np.sqrt(s) + eps), s
    ### END SOLUTION

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
# ## 06-3 A step of RMSprop
#
# {task 06-3}
#
# Return the new `p` and the new `s`.
#
# $$s \leftarrow \alpha s + (1-\alpha)\,g^2, \qquad \theta \leftarrow \theta - \mathrm{lr}\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.5}$$

# %% task="06-3"
def rmsprop_step(p, g, s, lr, alpha, eps):
    """One step of RMSprop.

    p, g, s (same shape), lr, alpha, eps numbers  ->  p, s
    """
    ### BEGIN SOLUTION
    s = alpha * s + (1 - alpha) * g * g
    return p - lr * g / (np.sqrt(s) + eps), s
    ### END SOLUTION

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
# ## 06-4 A step of AdaDelta
#
# {task 06-4}
#
# Return the new `p`, the new `s` (running mean of squared gradients) and the new `d` (running mean of squared steps $\Delta$, before lr).
#
# $$s \leftarrow \rho s + (1-\rho)\,g^2, \qquad
# \Delta = \frac{\sqrt{d + \epsilon}}{\sqrt{s + \epsilon}}\;g, \qquad d \leftarrow \rho d + (1-\rho)\,\Delta^2, \qquad
# \theta \leftarrow \theta - \mathrm{lr}\,\Delta \tag{6.6}$$
#
# The last stage of the check changes the unit of `p` and looks whether the step follows. Before you run it, say why it must.

# %% task="06-4"
def adadelta_step(p, g, s, d, lr, rho, eps):
    """One step of AdaDelta.

    p, g, s, d (same shape), lr, rho, eps numbers  ->  p, s, d
    """
    ### BEGIN SOLUTION
    s = rho * s + (1 - rho) * g * g
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    d = rho * d + (1 - rho) * delta * delta
    return p - lr * delta, s, d
    ### END SOLUTION

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
# ## 06-5 A step of Adam
#
# {task 06-5}
#
# Return the new `p`, `m` and `v`. `t` is the number of the step, from 1.
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\,g, \quad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2, \quad
# \hat m = \frac{m}{1-\beta_1^t}, \quad \hat v = \frac{v}{1-\beta_2^t}, \quad
# \theta \leftarrow \theta - \mathrm{lr}\,\frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# These are equations (6.7) and (6.8).

# %% task="06-5"
def adam_step(p, g, m, v, t, lr, betas, eps):
    """One step of Adam, the t-th (t = 1, 2, ...).

    p, g, m, v (same shape), betas = (beta1, beta2), lr, eps numbers  ->  p, m, v
    """
    ### BEGIN SOLUTION
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    ### END SOLUTION

# %%
check("06-5", adam_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# One line for each equation. Two of the names with hats live only for this step.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Test it in your head at $t = 1$ with $m = v = 0$: $\hat m = g$, $\hat v = g^2$, and the step is lr times the sign of $g$.
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
# ## 06-6 A step of AdamW
#
# {task 06-6}
#
# Return the new `p`, `m` and `v`. The decay is multiplied by lr and taken from the old `p`.
#
# $$\theta \leftarrow (1 - \mathrm{lr}\,\lambda)\,\theta, \qquad \text{then Adam's step with the bare } g \tag{6.9}$$
#
# You may call your `adam_step`.

# %% task="06-6"
def adamw_step(p, g, m, v, t, lr, betas, eps, weight_decay):
    """One step of AdamW, the t-th (t = 1, 2, ...).

    p, g, m, v (same shape), betas = (beta1, beta2), the others numbers  ->  p, m, v
    """
    ### BEGIN SOLUTION
    decayed = (1 - lr * weight_decay) * p
    return adam_step(decayed, g, m, v, t, lr, betas, eps)
    ### END SOLUTION

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
# ## 06-7 Sophia's clipped step
#
# {task 06-7}
#
# Return the new `p` and the new `m`. `h` is the averaged curvature; it is given, and may be negative.
#
# $$m \leftarrow \beta m + (1-\beta)\,g, \qquad
# \theta \leftarrow \theta - \mathrm{lr}\;\mathrm{clip}\!\left(\frac{m}{\max(\gamma h, \epsilon)},\,-1,\,1\right) \tag{6.11}$$

# %% task="06-7"
def sophia_step(p, g, m, h, lr, beta, gamma, eps):
    """One step of Sophia, without weight decay.

    p, g, m, h (same shape), lr, beta, gamma, eps numbers  ->  p, m
    """
    ### BEGIN SOLUTION
    m = beta * m + (1 - beta) * g
    ratio = m / np.maximum(gamma * h, eps)
    return p - lr * np.clip(ratio, -1, 1), m
    ### END SOLUTION

# %%
check("06-7", sophia_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# From the inside out: first the floor under the curvature, then the ratio, then the clipping, then lr.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Entry by entry: `np.maximum(a, b)` takes the larger of two, `np.clip(a, low, high)` cuts off at both ends. Where $h < 0$ the floor is $\epsilon$, the ratio is huge, and the step is lr.
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
# ## 06-8 A backtracking line search
#
# {task 06-8}
#
# Return the first step length `a` among 1, `shrink`, `shrink`², ... whose value has fallen enough:
#
# $$f(x + a d) \le f(x) + c_1\,a\,g^\top d$$
#
# This is the first of the conditions (6.19), named after Armijo. `f` takes a vector and returns a number; `g` is its gradient at `x`, and $g^\top d < 0$.

# %% task="06-8"
def backtracking(f, x, g, d, c1, shrink):
    """The first good step length along d.

    f: vector -> number, x, g, d (n,), 0 < c1 < 1, 0 < shrink < 1  ->  a, a number
    """
    ### BEGIN SOLUTION
    value, slope, a = f(x), g @ d, 1.0
    while f(x + a * d) > value + c1 * a * slope:
        a = a * shrink
    return a
    ### END SOLUTION

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
# ## 06-9 The direction of L-BFGS
#
# {task 06-9}
#
# `s` and `y` are lists of the last moves and gradient changes, the oldest first. Return the direction $d = -q$ after both loops, with $\rho_i = 1/y_i^\top s_i$:
#
# $$\begin{aligned}
# q &= g; & \text{newest to oldest:}\quad & a_i = \rho_i\,s_i^\top q, \quad q \leftarrow q - a_i\,y_i \\
# q &\leftarrow q\,\tfrac{s^\top y}{y^\top y}; & \text{oldest to newest:}\quad & q \leftarrow q + s_i\,(a_i - \rho_i\,y_i^\top q)
# \end{aligned} \tag{6.18}$$
#
# The factor between the loops belongs to the newest pair.

# %% task="06-9"
def lbfgs_direction(g, s, y):
    """The two loops of L-BFGS.

    g (n,), s, y: lists of m arrays (n,), oldest first  ->  d (n,)
    """
    ### BEGIN SOLUTION
    pairs, q, a = list(zip(s, y)), g.copy(), []
    for si, yi in reversed(pairs):
        a.append(si @ q / (yi @ si))
        q = q - a[-1] * yi
    si, yi = pairs[-1]
    q = q * (si @ yi) / (yi @ yi)
    for (si, yi), ai in zip(pairs, reversed(a)):
        q = q + si * (ai - yi @ q / (yi @ si))
    return -q
    ### END SOLUTION

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
