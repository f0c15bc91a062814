# %% [markdown]
# # 16 Myths, tested
#
# Which things that are often repeated are false?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib.widgets import lesson16
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. All claims
#
# TODO claims

# %% [markdown]
# ## 2. How a sentence travels
#
# TODO travel

# %% [markdown]
# ## 3. What backpropagation is
#
# TODO meaning

# %% [markdown]
# ## 4. Graphs and loops
#
# TODO loops

# %% [markdown]
# ## 5. Cost, memory, tuning
#
# TODO cost

# %% [markdown]
# ## 6. Descent and statistics
#
# TODO descent

# %% [markdown]
# ## 7. Networks, sound, history
#
# TODO networks

# %% [markdown]
# ## 8. What the articles have right
#
# TODO right

# %% [markdown]
# ## 9. Who found it?
#
# TODO history

# %% [markdown]
# ## 10. A self-test
#
# TODO selftest

# %% [markdown]
# ## Summary
#
# TODO
