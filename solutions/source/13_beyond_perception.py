# %% [markdown]
# # Exercises to lesson 13, Beyond perception
#
# The lesson: [13 Beyond perception](../notebooks/13_beyond_perception.ipynb). Conventions: one example in each row; `z` (N, H) is the state, `x` (N, D) the input, `W` (D, H), `U` (H, H) and `b` (H,)
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
# {task 13-1} TODO reentry

# %% [markdown]
# {task 13-2} TODO assimilation

# %% [markdown]
# {task 13-3} TODO rounding

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
# {task 13-5} TODO autoencoder

# %% [markdown]
# {task 13-6} TODO recommendation

