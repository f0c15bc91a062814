# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# After this lesson you can
#
# - learn the constants of a law from measurements, and say where a network leaves the law;
# - find the state of a chaotic system from few noisy observations, by backpropagation through the simulation;
# - estimate the rounding error of a computation from the adjoints of its steps;
# - train networks that read sentences, and ask them by gradients which words they read;
# - compress pictures without labels, and judge a network beside the best linear way;
# - recommend films, and tell which measure of quality got better.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 3, then 4 to 6. **Needed:** lesson 04; for section 1 and 2
# lesson 06 (L-BFGS), for 2 and 4 lesson 09 (`unroll`, the GRU), for 3 lesson 03.

# %% [markdown]
# Six studies, each of which stands alone. Each has a rival that could win. Only what is differentiated, and by what, is new:
#
# | section | what is differentiated | by what | the gradient serves |
# | --- | --- | --- | --- |
# | 1 | the error of a law, and of a network | its constants, its weights | to fit |
# | 2 | the misfit of a forecast | the state it began with | to find today's weather |
# | 3 | the result of a computation | every number on the way | to estimate rounding |
# | 4 | the score of a sentence | weights, and the words themselves | to train, and to explain |
# | 5 | the error of a copy | weights | to compress, without labels |
# | 6 | the error of a rating | a row of numbers for a person, one for a film | to recommend |
#
# As everywhere, `dx` is $\partial L/\partial x$. Symbols are told where they are used.

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
# - A gradient needs a number and something to differentiate it by. Weights are one choice: constants of a law, the state of an atmosphere, rounding errors, words, rows of a table are others.
# - The rules were those of lessons 03 to 09. New ones took a few lines each, and the check was the same.
# - A rival belongs beside each network. Several rivals won, or could not be told apart: say so, or nobody can believe the rest.
# - The gradient was exact in all six studies. What failed were first-order estimates, landscapes with many valleys, and measures that count the wrong thing.
#
# **What is missing:** the same in the libraries that others use. This is lesson 14.

# %% [markdown]
# ## Exercises
#
# In `exercises/13_beyond_perception.ipynb`:
#
# | task | what | level |
# | --- | --- | --- |
# TODO tasks
#
# ## Further reading
#
# - S. Linnainmaa (1976), Taylor expansion of the accumulated rounding error, *BIT* 16, 146–160.
# TODO reading
