# %% [markdown]
# # Exercises to lesson 14, The same in PyTorch, TensorFlow and JAX
#
# The lesson: [14 The same in PyTorch, TensorFlow and JAX](../notebooks/14_frameworks.ipynb). Conventions: one example in each row; `dy` is $\partial L/\partial y$; any division by the batch size is already in it.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# The first three tasks need one framework each. Where it is not installed, the check says how to install it, and counts neither a success nor a failure: do those whose framework you have. The last two need none.

# %%
import numpy as np

from course_lib.exercises import check
from course_lib.studies.frameworks import jax, jnp, tf, torch
from course_lib.studies.frameworks.imitated import Descent, Weights

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# The rule of the first three tasks is a switch: it gives one of two values, so its derivative is zero wherever there is one, and nothing before it would learn. A backward of one's own lets the gradient pass as if the switch were a ramp from −1 to 1:
#
# ```python
# def sign_rule(x, w):                    # x (N, D), w (D,)
#     y = w * np.sign(x)
#     def backward(dy):
#         dx = w * dy * (np.abs(x) <= 1)
#         dw = (dy * np.sign(x)).sum(axis=0)
#         return dx, dw
#     return y, backward
# ```

# %% [markdown]
# {task 14-1}
#
# Translate `sign_rule` into a `torch.autograd.Function`, inside of the function below, and return what it gives for `x` and `w`. Your function gets tensors; the check asks PyTorch for the gradients.
#
# PyTorch sums a gradient of another shape down to that of the input, and so would hide a missing sum. The other two do not. Write it: the check looks at what your `backward` returns.

# %% task="14-1"

# %%
check("14-1", sign_in_torch)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# A class with two static methods, `forward(ctx, ...)` and `backward(ctx, dy)`. It is called by `Name.apply(...)`.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# What our closure sees, `ctx.save_for_backward(x, w)` keeps; `ctx.saved_tensors` gives it back, in the same order.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# class Sign(torch.autograd.Function):
#     @staticmethod
#     def forward(ctx, x, w):
#         ...                         # keep what the way back needs
#         return ...                  # y alone
#
#     @staticmethod
#     def backward(ctx, dy):
#         x, w = ...
#         return ..., ...             # dx, dw: one for each input of forward
# return ...                          # apply it
# ```
# </details>

# %% [markdown]
# {task 14-2}
#
# Translate `sign_rule` by `tf.custom_gradient`, inside of the function below, and return what it gives for `x` and `w`. A comparison gives truth values; times numbers TensorFlow gives truth values again, without an error. Turn them into numbers first: `tf.cast(..., dy.dtype)`.

# %% task="14-2"

# %%
check("14-2", sign_in_tensorflow)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The protocol is that of this course: a function that returns `y, backward`. One line above it says so.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# `np.sign`, `np.abs` and `.sum(axis=0)` are `tf.sign`, `tf.abs` and `tf.reduce_sum(..., axis=0)` here.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# @tf.custom_gradient
# def rule(x, w):
#     y = ...
#     def backward(dy):
#         dx = ...                    # tf.cast for the mask
#         dw = ...                    # w served every row
#         return dx, dw
#     return y, backward
# return ...                          # call it
# ```
# </details>

# %% [markdown]
# {task 14-3}
#
# Translate `sign_rule` by `jax.custom_vjp`, inside of the function below, and return what it gives for `x` and `w`.

# %% task="14-3"

# %%
check("14-3", sign_in_jax)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Three functions: the rule without gradients; one that returns the value and, beside it, what the way back needs; the way back.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# `rule.defvjp(forward, backward)`. `forward(x, w)` returns `y, kept`; `backward(kept, dy)` returns a tuple with one gradient for each input.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# @jax.custom_vjp
# def rule(x, w):
#     return ...
# def forward(x, w):
#     return ..., (x, w)
# def backward(kept, dy):
#     x, w = kept
#     return ..., ...                 # dx, dw
# ...                                 # join them
# return ...                          # call it
# ```
# </details>

# %% [markdown]
# {task 14-4}
#
# A batch is too large for the memory, so it comes in parts of equal size; the loss is the mean of the losses of all parts. The function below should make `steps` steps of plain descent. It runs, and it is wrong: something is forgotten.
# `Weights` and `Descent` behave as PyTorch does: `backward` *adds* to the gradient. No framework is needed.
#
# Delete the line that raises, find the mistake, repair it.

# %% task="14-4"

# %%
check("14-4", descend)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Print `weights.grad` at the beginning of each step. What should it be?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Within a step the parts are meant to add up. From one step to the next nothing is meant to remain: `optimizer.zero_grad()`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# for step in range(steps):
#     ...                             # here, and only here
#     for x, t in parts:
#         ...
#     optimizer.step()
# ```
# </details>

# %% [markdown]
# {task 14-5}
#
# Replace each `...` by one of the texts `"(n_in, n_out)"`, `"(n_out, n_in)"`; for JAX by one of these or `"the author's choice"`; for the biases by `"one"` or `"two"`. The last two are small functions that carry weights over; both take and give arrays of NumPy.

# %% task="14-5"

# %%
check("14-5", shapes_of_W)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the shapes below the product: (N, n_in) times what gives (N, n_out)?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $W_{\text{torch}} = W^\top$, (14.4). This goes for every matrix that multiplies from the right, square ones too.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# "to_torch": lambda W, b: (..., b),
# "from_torch": lambda W, U, b, c: (..., ..., ...),   # two biases there, one here
# ```
# </details>
