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
# {task 13-4} TODO sentiment

# %% [markdown]
# {task 13-5} TODO autoencoder

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

