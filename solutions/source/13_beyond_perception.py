# %% [markdown]
# # Exercises to lesson 13, Beyond perception
#
# The lesson: [13 Beyond perception](../notebooks/13_beyond_perception.ipynb). Conventions: one example in each row; `dx` is $\partial L/\partial x$. Each task stands alone.

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
# {task 13-6} TODO recommendation

