# %% [markdown]
# # Exercises to lesson 01, Learning as descent
#
# The lesson: [01 Learning as descent](../notebooks/01_learning_as_descent.ipynb). Conventions: the neuron is $z = wx + b$, $y = s(z)$;
# the loss of one example is $L = (y - t)^2$, without ½. A target $t$ may be any number, not only 0 or 1. Arrays hold floats; single numbers may be whole.
# Numbers such as (1.9) are equations of the lesson, not all of them printed here.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. What is given to a function must stay as it is. Under each task three hints are folded away; open one when you are stuck.

# %%
import numpy as np

from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# The sigmoid is given.

# %%
def s(z):
    return 1 / (1 + np.exp(-z))

print("s(0) =", s(0.0))

# %% [markdown]
# {task 01-0}
#
# Derive the two slopes that this sheet is about, on paper, and write down each step. One neuron first, with four numbers $w, b, x, t$:
#
# $$z = wx + b, \qquad y = s(z), \qquad L = (y - t)^2$$
#
# Then a batch: $z_n = \sum_d x_{nd}\, w_d + b$, and $L$ is the mean of $(y_n - t_n)^2$ over the $N$ examples, the rows of `x`. `delta` holds $N$ numbers, the slopes of $(y_n - t_n)^2$ by $z_n$.
#
# Replace the dots by your answers. Where it says *of (y, t)*, a small function is asked: `lambda y, t: ...`, also where its value is always the same. Give exact formulas, no difference quotients. Otherwise choose one of the words in quotes, as it stands there. The check takes the steps in order.

# %% task="01-0"

# %%
check("01-0", derive_slope)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Go from L back to w: what does L do when y moves a little, y when z moves, z when w moves? Section 2 of the lesson finds the three slopes.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# (1.6), (1.7) and (1.8) are the slopes of the three stages. The chain rule multiplies them. A slope of a mean is the mean of the slopes.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# "dL/dy": lambda y, t: 2 * (...),
# "dy/dz": lambda y: y * (...),
# "dL/dw": lambda y, t, x: ...,         # the product of three slopes
# "mean by w[d]": lambda delta, x, d: sum(delta[n] * ... for n in range(len(x))) / ...,
# ```
# </details>

# %% [markdown]
# {task 01-1}
#
# One neuron, one example, four numbers. Return the slopes of $L = (s(wx + b) - t)^2$ by $w$ and by $b$, in this order: the formula that you derived in 01-0, exact, without a difference quotient.

# %% task="01-1"

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
# {task 01-2}
#
# All parameters are in one array, and so is the gradient. Return the parameters after one step, as a **new** array. The arrays that you were given must stay as they are: somebody may want to compare old and new.
#
# $$w \leftarrow w - \eta\,\frac{\partial L}{\partial w} \tag{1.11}$$

# %% task="01-2"

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
# {task 01-3}
#
# Now $N$ examples are rows of $x$, and the neuron has $D$ weights. Return the **changes** of $w$ and of $b$ in one step against the mean slope: the learning rate times the formula for a batch that you derived in 01-0, with a minus.

# %% task="01-3"

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
# {task 01-4}
#
# Gradient descent runs on $f(w) = a w^2 + b w + c$ with $a > 0$. Its lowest point need not be at 0. Below which learning rate does it converge?
#
# $$0 < \eta < \frac{2}{\lambda} \tag{1.18}$$

# %% task="01-4"

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
