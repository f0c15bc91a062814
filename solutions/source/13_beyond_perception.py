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
# {task 13-4} TODO sentiment

# %% [markdown]
# {task 13-5} TODO autoencoder

# %% [markdown]
# {task 13-6} TODO recommendation

