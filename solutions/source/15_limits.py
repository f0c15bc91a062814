# %% [markdown]
# # Exercises to lesson 15, Limits
#
# The lesson: [15 Limits](../notebooks/15_limits.ipynb). Conventions: one example in each row; `dy` is $\partial L/\partial y$; any division by the batch size is already in it.

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
# {task 15-1} TODO memory

# %% [markdown]
# {task 15-2} TODO feedback

# %% [markdown]
# {task 15-3} TODO explaining

# %% [markdown]
# {task 15-4} TODO attacks

# %% [markdown]
# {task 15-5}
#
# Binary units were drawn: `b` is 1 with probability $p = \sigma(xW)$. Of the rest of the network only the loss of each row is known. Estimate the gradient of the expected mean loss by $W$.
#
# As baseline, give each row the mean of the losses of the **other** rows: it must not depend on what this row drew. The losses, not the gradient, decide; no backward is asked for.
#
# $$\mathrm da_i = (L(b) - B)\,(b_i - p_i) \tag{15.28}$$

# %% task="15-5"

# %%
check("15-5", score_function_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Was this row's loss larger than that of the others? Then what it drew should become rarer. How much each unit's score $a_i$ has to do with it, tells the derivative of $\ln P$.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# For a unit that is 1 with probability $p = \sigma(a)$, $\partial \ln P / \partial a = b - p$. The others' mean is (sum of all − own) / (N − 1). Then $W$ gets what any affine map's weights get: $x^\top \mathrm da$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# p = ...                         # (N, H)
# baseline = ...                  # (N,), one number for each row
# da = ...[:, np.newaxis] * ... / N
# return ...                      # (D, H)
# ```
# </details>
