# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# **Time:** about 90 minutes.

# %%
import numpy as np
from IPython.display import display

# %% [markdown]
# ## 1. Re-entry after a blast
#
# TODO reentry

# %% [markdown]
# ## 2. Weather
#
# TODO assimilation

# %% [markdown]
# ## 3. Rounding errors
#
# TODO rounding

# %% [markdown]
# ## 4. Sentiment
#
# TODO sentiment

# %% [markdown]
# ## 5. An autoencoder
#
# TODO autoencoder

# %% [markdown]
# ## 6. Recommendations
#
# TODO recommendation

# %% [markdown]
# ## Summary
#
# TODO
