# %% [markdown]
# # 16 Myths, tested
#
# Which things that are often repeated are false?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib.data.bibliography import work
from course_lib.data.history import load_history
from course_lib.widgets import lesson16
from course_lib.widgets.lesson16 import timeline_explorer
from course_lib.widgets.selftest import self_test
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
# Article D writes that Rumelhart and Hinton "applied Linnainmaa's backpropagation algorithm to multi-layer neural networks". Did they know it?
#
# One test is what a work names. **Predict:** Rumelhart, Hinton and Williams (1986) tell of others who found the same independently. Whom do they name?

# %%
guess("16-named", "Whom does the article of 1986 name?",
      choices=["Linnainmaa", "Werbos", "Parker and LeCun", "nobody"])

# %%
works = {event.source: event for event in load_history()}
of_1986 = works["rumelhart1986"]
named = " and ".join(sorted((works[key].who for key in of_1986.cites), reverse=True))
print("not named:", ", ".join(work(key).reference for key in of_1986.without))
answer("16-named", named)

# %% [markdown]
# So nothing was "applied": the article names neither Linnainmaa nor Werbos. Nor is it an "extended form" of Linnainmaa's scheme, as article E has it; section 7 tests that sentence. The same derivative was found again and again, by people with different wishes:
#
# | strand | wish | who |
# | --- | --- | --- |
# | descent | solve equations | Cauchy (1847), Robbins and Monro (1951) |
# | optimal control | steer in many stages | Kelley (1960), Bryson (1961), Dreyfus (1962) |
# | numerical analysis | bound rounding, then differentiate programs | Linnainmaa (1976), Speelpenning (1980) |
# | neural networks | hidden units that learn | Werbos (1982), LeCun (1985), Parker (1985), Rumelhart, Hinton and Williams (1986) |
#
# Walk through the dates. Arrows lead to what a work names, dashed lines to what it does not; both only where we know.

# %%
timeline_explorer()

# %% [markdown]
# What was new in 1986 was not the derivative. It was what the derivative does to hidden units: they come to represent what nobody had told them. That is how the authors put it, and it is in the title: *learning representations*.
#
# Who deserves the name? Griewank (2012) asks the question in his title and finds several inventors who did not know of each other. A single name is the one answer that is surely wrong.
#
# What is missing: we show what works *name*, not what their authors had heard. Fewer still are the works that we could read in full.

# %% [markdown]
# ## 10. A self-test
#
# What has stayed? Thirty questions over the whole course. Answer as many as you like, in any order: each answer is kept when you choose it. One button checks all at once. Whatever is not right gets its reason, and the section that explains it.
#
# Think before you choose. With three options each, a coin with three sides gets ten of thirty.

# %%
self_test()

# %% [markdown]
# ## Summary
#
# TODO

# %% [markdown]
# ## Further reading
#
# - {source griewank2012}.
# - {source rumelhart1986}.
# - {source linnainmaa1976}.
