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
