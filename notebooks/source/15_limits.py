# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# After this lesson you can
#
# - trade memory for work, by a rule that runs a segment again;
# - make a network forget, and say what keeps the memory, and at what cost;
# - train without the transposed weights, and measure what is lost;
# - ask a network which pixels it read, and tell when the picture misleads;
# - deceive a network with its own gradient, and harden it;
# - say where a gradient is zero, infinite, or useless, and what to do instead.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 4, then 5 to 7. **Needed:** lessons 04 and 07; for section 1, lesson 03; for section 7, lessons 09 and 13.

# %% [markdown]
# Seven limits, each with an experiment. The question is the same everywhere: is it backpropagation that fails, or what we asked of it?
#
# | section | what is scarce, or missing | what is tried |
# | --- | --- | --- |
# | 1 | memory | states are computed again |
# | 2 | old data | rehearsal, a penalty on what mattered |
# | 3 | the transposed weights | fixed random feedback |
# | 4 | reasons | saliency, integrated gradients |
# | 5 | safety | attacks, and training on them |
# | 6 | clean and plentiful data | noise, few labels, other people |
# | 7 | a useful slope | estimates for choices, plateaus, chaos, kinks |
#
# `dy` abbreviates $\partial L/\partial y$, as in all lessons. Symbols are told where they are used.

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
# - A gradient needs the states of the way forward. It does not need to keep them: memory is bought with work.
# - What a network forgets, which pictures it reads, and what fools it, follow from its data and its loss. The gradient only finds it.
# - The transposed weights are not the only way back, but on these networks nothing beats them.
# - A saliency picture is an answer to a narrow question. Ask what it would look like for a network that has learnt nothing.
# - Where choices, plateaus or chaos stand in the way, the exact derivative may be useless. Then an estimate is needed, with its bias and its variance.
#
# **Next:** lesson 16 tests what is said of all this.

# %% [markdown]
# ## Exercises
#
# In `exercises/15_limits.ipynb`:
#
# | task | what | level |
# | --- | --- | --- |
# | 15-1 | a backward with checkpoints | write |
# | 15-2 | feedback alignment | write |
# | 15-3 | integrated gradients | write |
# | 15-4 | the fast gradient sign | fill in |
#
# ## Further reading
#
# - {source griewank2000}.
# - {source chen2016}.
# - {source mccloskey1989}.
# - {source kirkpatrick2017}.
# - {source lillicrap2016}.
# - {source lillicrap2020}.
# - {source adebayo2018}.
# - {source goodfellow2015}.
# - {source zhang2017}.
# - {source williams1992}.
