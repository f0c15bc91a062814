# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib.widgets import lesson15
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Memory
#
# TODO memory

# %% [markdown]
# ## 2. Forgetting
#
# TODO forgetting

# %% [markdown]
# ## 3. Without the transpose
#
# TODO feedback

# %% [markdown]
# ## 4. A black box
#
# TODO explaining

# %% [markdown]
# ## 5. A digit that deceives
#
# TODO attacks

# %% [markdown]
# ## 6. What the data allow
#
# TODO labels

# %% [markdown]
# ## 7. What gradients do not see
#
# TODO blind

# %% [markdown]
# ## Summary
#
# TODO
