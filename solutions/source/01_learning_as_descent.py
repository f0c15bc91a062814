# %% [markdown]
# # Exercises to lesson 01, Learning as descent
#
# The lesson: [01 Learning as descent](../notebooks/01_learning_as_descent.ipynb). Conventions: the neuron is $z = wx + b$, $y = s(z)$;
# the loss of one example is $L = (y - t)^2$, without ½.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away; open one when you are stuck.

# %%
import numpy as np

from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# The sigmoid is given. Its slope is $s'(z) = y\,(1 - y)$ with $y = s(z)$.

# %%
def s(z):
    return 1 / (1 + np.exp(-z))

print("s(0) =", s(0.0))

# %% [markdown]
# ## 01-1 The slope of the squared error
#
# {task 01-1}
#
# One neuron, one example, four numbers. Return the slopes of $L = (s(wx + b) - t)^2$ by $w$ and by $b$, in this order.
#
# $$\delta = 2\,(y - t)\; y\,(1 - y), \qquad \frac{\partial L}{\partial w} = \delta\, x, \qquad \frac{\partial L}{\partial b} = \delta \tag{1.9}$$

# %% task="01-1"
def slope(w, b, x, t):
    """The slopes of the loss (y - t)**2 of the neuron y = s(w x + b).

    w, b, x, t   numbers
    Returns      the slope by w and the slope by b (1.9)
    """
    ### BEGIN SOLUTION
    y = s(w * x + b)
    delta = 2 * (y - t) * y * (1 - y)
    return delta * x, delta
    ### END SOLUTION

# %%
check("01-1", slope)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Compute the answer y first. The error reaches w in three stages: through the square, through s, through the weighted sum.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\partial L/\partial w = 2(y - t) \cdot y(1 - y) \cdot x$. For $b$ the last factor is 1.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# y = ...                 # the neuron's answer
# delta = ...             # slope of the square times slope of s
# return ..., ...         # by w: delta times what w is multiplied by; by b: delta
# ```
# </details>

# %% [markdown]
# ## 01-2 One descent step
#
# {task 01-2}
#
# All parameters are in one array, and so is the gradient. Return the parameters after one step, as a **new** array. The arrays that you were given must stay as they are: somebody may want to compare old and new.
#
# $$w \leftarrow w - \eta\,\frac{\partial L}{\partial w} \tag{1.11}$$

# %% task="01-2"
def descent_step(params, gradient, lr):
    """The parameters after one step against the gradient (1.11).

    params    array (D,), gradient array (D,), lr the learning rate
    Returns   a new array (D,) of the same dtype; params and gradient stay unchanged
    """
    ### BEGIN SOLUTION
    return params - lr * gradient
    ### END SOLUTION

# %%
check("01-2", descent_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The gradient points uphill. And: `params -= ...` changes the array itself, `params - ...` makes a new one.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# New parameters = old parameters − learning rate × gradient, for all entries at once.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# return params - ...     # the learning rate times the gradient
# ```
# </details>

# %% [markdown]
# ## 01-3 The delta rule for a batch
#
# {task 01-3}
#
# Now $N$ examples are rows of $x$, and the neuron has $D$ weights. Return the **changes** of $w$ and of $b$, averaged over the batch.
#
# $$\underbrace{\Delta w}_{D} = -\frac{\eta}{N}\ \underbrace{x^\top}_{D \times N}\ \underbrace{\delta}_{N}, \qquad \Delta b = -\frac{\eta}{N} \sum_{n=1}^{N} \delta_n \tag{1.15}$$

# %% task="01-3"
def delta_rule(w, b, x, t, lr):
    """The changes of w and b by one step of the delta rule (1.14), (1.15).

    w (D,), b a number, x (N, D), t (N,), lr the learning rate
    Returns the change of w, of shape (D,), and the change of b, a number
    """
    ### BEGIN SOLUTION
    y = s(x @ w + b)
    delta = 2 * (y - t) * y * (1 - y)
    return -lr / len(x) * (x.T @ delta), -lr * delta.mean()
    ### END SOLUTION

# %%
check("01-3", delta_rule)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `x @ w + b` gives all N weighted sums. The delta is as in task 01-1, now an array with one entry for each example.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The change of weight d is −lr times the mean over n of delta[n] · x[n, d]. Summing over n is what `x.T @ delta` does.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# y = s(...)                          # shape (N,)
# delta = ...                         # shape (N,)
# change_w = -lr / len(x) * (...)     # shape (D,)
# change_b = -lr * ...                # a number
# return change_w, change_b
# ```
# </details>

# %% [markdown]
# ## 01-4 The largest stable learning rate of a parabola
#
# {task 01-4}
#
# Gradient descent runs on $f(w) = a w^2 + b w + c$ with $a > 0$. Its lowest point need not be at 0. Below which learning rate does it converge?
#
# $$0 < \eta < \frac{2}{\lambda} \tag{1.18}$$

# %% task="01-4"
def largest_stable_lr(a, b, c):
    """The limit of the learning rate on f(w) = a w**2 + b w + c, with a > 0 (1.18).

    a, b, c   numbers
    Returns   the limit: below it gradient descent converges, above it diverges
    """
    ### BEGIN SOLUTION
    curvature = 2 * a           # the second derivative of a w² + b w + c
    return 2 / curvature
    ### END SOLUTION

# %%
check("01-4", largest_stable_lr)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The curvature is the second derivative. Differentiate f twice. What becomes of b and c?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $f'(w) = 2aw + b$, which is $2a\,(w - w^*)$ with the lowest point $w^* = -b/(2a)$. So the distance from $w^*$ is multiplied by $1 - \eta \cdot 2a$ at each step.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# curvature = ...         # f''(w)
# return ... / curvature
# ```
# </details>

# %% [markdown]
# ## 01-5 One learning rate for many curvatures
#
# {task 01-5}
#
# A loss of several parameters, $L(w) = \tfrac12 \sum_i \lambda_i w_i^2$, is a valley: steep in some directions, flat in others. All share one learning rate.
# Each $w_i$ is multiplied by $1 - \eta \lambda_i$ at every step. Return three numbers:
#
# 1. the largest stable learning rate,
# 2. the best one: at which the slowest direction, the largest $|1 - \eta\lambda_i|$, is as fast as possible,
# 3. that largest $|1 - \eta\lambda_i|$ at the best learning rate.
#
# Draw $|1 - \eta\lambda|$ over $\eta$ for the smallest and the largest curvature first.

# %% task="01-5"
def common_lr(curvatures):
    """One learning rate for a sum of parabolas with these curvatures.

    curvatures   array (D,) of positive numbers, in any order
    Returns      the largest stable learning rate, the best one, and its slowest factor
    """
    ### BEGIN SOLUTION
    low, high = curvatures.min(), curvatures.max()
    best = 2 / (low + high)         # here the two extreme factors are equal in size
    return 2 / high, best, 1 - best * low
    ### END SOLUTION

# %%
check("01-5", common_lr)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Only the smallest and the largest curvature matter. The one makes the walk slow, the other makes it unstable.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# At the best rate both ends shrink equally fast, from different sides: $1 - \eta\lambda_{\min} = -(1 - \eta\lambda_{\max})$. Solve for $\eta$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# low, high = ..., ...
# largest = 2 / ...             # the steepest direction decides
# best = 2 / (... + ...)        # from the equation of hint 2
# return largest, best, ...     # |1 - best * low|
# ```
# </details>

# %% [markdown]
# **Think on.** If the steepest direction bends 1000 times as much as the flattest, by what factor does the slowest distance shrink at each step, at best? How many steps for one more digit?
# Lessons 05 and 06 take this up.
