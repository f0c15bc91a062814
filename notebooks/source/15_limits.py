# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import (BatchNorm, Checkpoint, Dense, Dropout, Sequential, Tanh,
    check_gradients, checkpoint, experiments)
from course_lib.page.notebook import show_source, table
from course_lib.page.running import watched
from course_lib.studies import memory
from course_lib.widgets import lesson15
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Memory
#
# The way back reads what the way forward found: `affine` its input, `tanh` its output (lesson 04). A network that only
# answers may forget each state as soon as the next one is there. One that learns has to keep them all, it seems.
#
# **Does a network that fits into the memory when it answers fit when it learns?** Here are 50 layers of 256 units, and
# 64 examples. The parameters and their gradients, which do not grow with the examples, are left out.
# **Predict:** how many times as much memory does learning take as answering?

# %%
guess("15-memory", "How many times as much memory does learning take?")

# %%
# NBVAL_IGNORE_OUTPUT
rng = np.random.default_rng(15)
deep, first_state = memory.chain(50, 256, rng=rng), rng.normal(size=(64, 256))
answering, learning = (memory.states_taken(work, deep, first_state)
                       for work in (memory.forward_only, memory.forward_and_back))
print(f"memory for {answering:.1f} states to answer, for {learning:.1f} to learn")
answer("15-memory", learning / answering, form="{:.2g}")

# %% [markdown]
# Step $i$ leads from state $x_i$ to the next. Lesson 04 gave both directions:
#
# $$\begin{aligned} x_{i+1} &= f_i(x_i) & i &= 0, 1, \dots, n-1 \\
# \mathrm dx_i &= J_i(x_i)^\top\,\mathrm dx_{i+1} & i &= n-1, \dots, 1, 0 \end{aligned} \tag{15.1}$$
#
# The measured learning kept every state, answering no more than 3 at a time, however deep the network.
# The second line needs each $x_i$ once, the last one first. Nobody asks that it was *kept*. A state that was forgotten
# is found again from any earlier one: the same function of the same numbers gives the same bits. So keep only the input
# of a segment, and on the way back run the segment again. That is a rule:

# %%
show_source(checkpoint)

# %% [markdown]
# Two things are not functions of their input alone. Dropout draws another mask when it is run again, and then the
# gradient belongs to another network. The running averages of BatchNorm move a second time. Hence `moved`.
# The layer `Checkpoint` finds generators and averages by itself; without it, the same segment goes wrong:

# %%
def segment(kind=Sequential):
    draw = np.random.default_rng(15)
    return kind(Dense(20, 20, rng=draw), BatchNorm(20), Dropout(0.5, rng=draw), Tanh())

def dx_of(rule):
    y, backward = rule(first_state[:, :20])
    return backward(y)

wanted, forgotten = dx_of(segment()), segment()
for name, dx in (("Checkpoint", dx_of(segment(Checkpoint))),
                 ("without moved", dx_of(lambda x: checkpoint(forgotten, x)))):
    off = np.linalg.norm(dx - wanted) / np.linalg.norm(wanted)
    print(f"{name}: dx is off by {off:.0%} of its length")
check_gradients(Checkpoint(Dense(20, 20, rng=rng), Tanh()), first_state[:4, :20])

# %% [markdown]
# How many states should be kept? Every $k$-th of $n$ takes $n/k$, and $k$ more while a segment is run again:
#
# $$M(k) = \frac nk + k, \quad \frac{\mathrm dM}{\mathrm dk} = 1 - \frac n{k^2} = 0
# \;\Longrightarrow\; k = \sqrt n, \quad M = 2\sqrt n \tag{15.2}$$
#
# And with less? Hold $s$ states, run no step more than $r$ times before the run that is remembered: how many steps $R$
# does that reach? Hold a state somewhere. Behind it $s-1$ are left, before it $r-1$ runs:
#
# $$R(s, r) = R(s-1, r) + R(s, r-1) = \binom{s+r}{s} \tag{15.3}$$
#
# This is Pascal's triangle, and the plan is Revolve (Griewank and Walther 2000). Its runs before the remembered ones:
#
# $$t(n, s) = \min_{0<m<n} \big( m + t(n-m, s-1) + t(m, s) \big) = rn - \binom{s+r}{s+1} \tag{15.4}$$
#
# **Predict:** how many steps do 10 states and 3 repetitions reach?

# %%
guess("15-revolve", "How many steps are within reach?", unit="steps")

# %%
show_source(memory.fewest_runs)
reached = [(s, r, memory.longest(s, r)) for s, r in ((3, 3), (5, 5), (10, 3))]
tried = [[s, r, n, memory.reach(s, r), memory.fewest_runs(n, s),
          memory.extra_runs(n, s)] for s, r, n in reached]
display(table(tried, ["states s", "repetitions r", "steps, all places tried", "(15.3)",
                      "runs t, all places tried", "(15.4)"]))
answer("15-revolve", reached[-1][-1])

# %%
# NBVAL_IGNORE_OUTPUT
layers, many = memory.chain(200, 64, rng=rng), rng.normal(size=(256, 64))
plans = {"all": memory.keep_all(200), "every 14th": memory.keep_every(200, 14),
         **{f"Revolve, {s} states": memory.revolve(200, s) for s in (26, 10, 3)}}
rounds = [[memory.seconds(layers, many, plan) for plan in plans.values()]
          for _ in watched(range(6), label="timing")]
rows, found = [], {memory.bits(layers, many, plan) for plan in plans.values()}
for k, plan in enumerate(plans.values()):
    taken = memory.states_taken(memory.forward_and_back, layers, many, plan)
    rows.append([*memory.cost(plan).values(), f"{taken:.1f}",
                 experiments.say([times[k] / times[0] for times in rounds])])
print(f"{len(plans)} plans, {len(found)} result, bit by bit")
table([[name, *row] for name, row in zip(plans, rows)],
      ["kept", "runs", "held", "alive", "time, counted", "alive, measured",
       "time, measured"])

# %%
lesson15.memory_explorer()

# %% [markdown]
# All plans give the same bits. For 256 rows, Revolve with 3 states takes memory for 7 instead of 205, and more than twice
# the time. Where a remembered step is as small as a state, whole segments are better: with 27 alive, every 14th needs
# 396 runs, Revolve 572. Chen and others (2016) reported 7 GB instead of 48 GB for 1000 layers, for 30 % more time.
#
# **Try** in the explorer: with 40 steps, how few states may Revolve hold before the time doubles?
#
# **What it costs:** for the root, almost one more forward. **What is missing:** parameters, gradients and the
# optimizer's memory stay as they are. **Exercise 15-1:** the way back by hand.

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
