# %% [markdown]
# # 16 Myths, tested
#
# Which things that are often repeated are false?
#
# After this lesson you can
#
# - say of 131 sentences which are right, which need a condition, which mix two things, and which are false;
# - decide on a sentence by an experiment that could have gone either way;
# - name the first sources, and say what they do not cite;
# - find out what has stayed of the whole course.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 5, then 6 to 10. **Needed:** all lessons before; each sentence names the section that shows more.

# %% [markdown]
# Lesson 00 lists five articles on backpropagation, A to E. They are read by many, and copied by some. All lessons so far have tested single sentences from them. Now all 131 sentences that we found worth a test are on the table. How is a sentence tested?
#
# 1. It is quoted, in at most 15 words, with its article.
# 2. What would have to be seen if it were true? That is said first.
# 3. The experiment is run. Its outcome decides: `decide` shows what held and what did not.
#
# An article is an easy target, and quotations are short. So the best sense of a sentence is taken, and what is right is said to be right (section 8). Four verdicts are used: right; needs a condition; mixes two things; false.

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
# - A false sentence is often a true one without its condition. Ask: compared with what, for which networks, on which data?
# - Most confusions mix two things: the gradient with the step that uses it, the network with its training, the drawing with the computation.
# - An experiment decides only what it tests. Its seeds, its sizes and its rivals belong to the answer.
# - Backpropagation computes derivatives: exactly, of anything that is built from steps with derivatives, at the price of a few forward passes. That is all, and it is much.
#
# This was the last lesson. What you have built is yours: `course_lib` is small enough to be read whole.

# %% [markdown]
# ## Further reading
#
# - {source griewank2012}.
# - {source rumelhart1986}.
# - {source linnainmaa1976}.
