# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# **Time:** about 90 minutes.

# %%
from itertools import product

import numpy as np
from IPython.display import display
from course_lib import (check_gradients, complex_step_gradient, numerical_gradient,
    relative_error, unroll)
from course_lib.page.notebook import origin_table, show_source, table
from course_lib.page.plotting import figure, lines
from course_lib.page.running import each
from course_lib.studies import assimilation
from course_lib.studies.assimilation import cost, model_step, run, tendency, world
from course_lib.widgets.lesson13 import assimilation_explorer
from course_lib.widgets.predictions import answer, guess

# %% [markdown]
# ## 1. Re-entry after a blast
#
# TODO reentry

# %% [markdown]
# ## 2. Weather
#
# Forty numbers stand in a ring, like the air along a circle of latitude. Each is pushed by its neighbours, damped by itself, and driven by a constant force $F = 8$ (Lorenz 1996):
#
# $$\frac{\mathrm dx_j}{\mathrm dt} = \underbrace{(x_{j+1} - x_{j-2})}_{a_j}\,\underbrace{x_{j-1}}_{b_j} - x_j + F \tag{13.5}$$
#
# Only every second number has an instrument. It reports after each step of 0.05 time units, with an error of standard deviation 1. **What is the weather now, in all forty places, and in three units of time?**
#
# All of it is simulated, by the same model that forecasts. So the truth is known, and the model is perfect, which no real one is.

# %%
ring = world(assimilation.EXAMPLE, steps=80)
with figure(2, sharey=True, alt="Waves that move round a ring of forty places; in the "
            "observations every second place is empty, and the rest is noisy.") as panels:
    for ax, values, title in zip(panels, (ring.truth, ring.observed), ("Truth", "Observed")):
        ax.imshow(values.T, origin="lower", aspect="auto", extent=(0, 4, -0.5, 39.5),
                  cmap="cividis", vmin=-8, vmax=13, interpolation="nearest")
        ax.set(xlabel="time (units)", ylabel="place j" * (ax is panels[0]), title=title)
gaps = run(ring.truth + 1e-6, 120)[[19, -1]] - run(ring.truth, 120)[[19, -1]]
grown = np.sqrt(np.mean(gaps ** 2, axis=(1, 2)))
print(f"a small error doubles every {5 * np.log(2) / np.log(grown[1] / grown[0]):.2f} units")

# %% [markdown]
# Small errors double again and again: to know the weather later, know it well now. So look for the state $x_0$ at the start of a **window** whose *run* fits all that was observed in it, and that is not far from the **background**, the forecast made before:
#
# $$J(x_0) = \frac{1}{2 s^2}\,\lVert x_0 - x_b \rVert^2 + \frac{1}{2\sigma^2} \sum_{t=1}^{K}\,\sum_{j\ \text{observed}} (x_{t,j} - y_{t,j})^2 \tag{13.6}$$
#
# How does $J$ change with $x_0$? Between them lies a chain of equal steps, so `unroll` of lesson 09 gives it, without inputs. With $m_t = (x_t - y_t)/\sigma^2$, and 0 where nothing was observed:
#
# $$\frac{\partial J}{\partial x_0} = \frac{x_0 - x_b}{s^2} + \text{backward}(m_1, \dots, m_K) \tag{13.7}$$
#
# What is missing is the rule of one step. Place $k$ was read as $x_{j+1}$ by its left neighbour, as $x_{j-2}$ two places on, as $x_{j-1}$ by its right neighbour. Each pays:
#
# $$\mathrm dx_k = \mathrm da_{k-1} - \mathrm da_{k+2} + \mathrm db_{k+1} - \mathrm dy_k, \qquad \mathrm da_j = \mathrm dy_j\,b_j, \quad \mathrm db_j = \mathrm dy_j\,a_j \tag{13.8}$$
#
# A step of Runge and Kutta's method asks four times for (13.5), its backward four times for (13.8), in reverse; $d_4$ to $d_1$ are what they pay:
#
# $$y = x + \tfrac{h}{6}(k_1 + 2k_2 + 2k_3 + k_4), \qquad \mathrm dx = \mathrm dy + d_1 + d_2 + d_3 + d_4 \tag{13.9}$$

# %%
show_source(tendency, model_step, cost)
check_gradients(model_step, ring.truth[:3, :7])
rows, upstream = [], np.random.default_rng(13).normal(size=40)
for length in (0.5, 2, 8):
    steps = round(20 * length)
    last = lambda x, steps=steps: np.sum(upstream * run(x, steps)[-1])
    states, backward = unroll(model_step, steps, ring.truth[-1])
    dstates = np.zeros_like(states)
    dstates[-1] = upstream
    exact = complex_step_gradient(last, ring.truth[-1])
    errors = [relative_error(g, exact) for g in (
        backward(dstates), numerical_gradient(last, ring.truth[-1]))]
    rows.append([length, f"{np.abs(exact).max():.0e}", f"below {max(errors[0], 1e-13):.0e}",
                 f"{errors[1]:.0e}"])
table(rows, ["units of time", "largest slope", "error of backward", "of central differences"])

# %% [markdown]
# The backward sweep is exact at each length. Central differences are not: over 8 units the slopes are so large that a nudge of $10^{-5}$ leaves the range where the run is nearly linear.
#
# Minimised by `lbfgs`, this is **4D-Var** (Le Dimet, Talagrand 1986). Four rivals need no gradient. *No assimilation* runs on from another day. *Nudging* pulls each observed place towards its observation. *3D-Var* corrects all forty by how errors in different places go together: it gets the true covariance of nudging's errors, a gift. The *ensemble filter* estimates that from 40 forecasts side by side.
#
# Each has one number to tune, over a grid of the same ratio, in six worlds; all are judged in twelve others, five times in each. A window *at once* or *growing*: see below.

# %%
display(table(assimilation.summary(), assimilation.SUMMARY), origin_table(assimilation.FILE))
table(assimilation.verdicts(), assimilation.VERDICTS)

# %% [markdown]
# The error is the root mean square over forty places, as the mean over twelve worlds with its 95 % interval. A pass is a run of the model, or a call of the cost with its gradient, over one window.
#
# With a window of 0.5, 4D-Var is wrong by 0.38 now; nudging by 1.42, 3D-Var by 1.31. After 2 units its forecast is still better than 3D-Var's, after 3 all are nearly as wrong as no assimilation. The ensemble filter, which needs no gradient, is better than window 0.5 now. Growing to 2 is better than both, now and after 1 unit, at 94 passes.
#
# But window 1 fails in one world (1.49), and window 2, at once, is worse than nudging. The gradient is exact. What is wrong? **Predict** for twelve new worlds: nudging leads to one window. It is *found* if its cost is below 1.2 times that of the true state.

# %%
guess("13-window", "In how many of twelve worlds is window 2, at once, found?", unit="of 12")

# %%
ways = {"window 0.5, at once": (0.5, None), "window 1, at once": (1, None),
        "window 2, at once": (2, None), "window 2, growing": (2, 10)}
ratios = each(product(ways, range(30, 42)), lambda key: assimilation.beside_the_truth(
    key[1], *ways[key[0]]), label="windows", missing=np.nan)
shares, ring = np.linspace(-1, 2, 301), world(assimilation.EXAMPLE, assimilation.NOW)
with figure(alt="Three valleys with their floor at the truth: a wide smooth one, a "
                "narrower one, and a needle in a rough plain.") as ax:
    lines(ax, {f"window {length}": (shares, assimilation.landscape(
        ring, assimilation.NOW, length, shares)) for length in (0.5, 1, 2)}, log="y",
        x_label="from the truth (0) to the first guess (1)", y_label="cost of an observation",
        title="A longer window: a narrower valley")
found = {way: sum(ratios[way, seed] < 1.2 for seed in range(30, 42)) for way in ways}
print("found in", ", ".join(f"{n} of 12 ({way})" for way, n in found.items()))
answer("13-window", np.nan if ratios.incomplete else found["window 2, at once"])

# %% [markdown]
# The figure shows the cost along the straight line from the true state through the one that nudging found. For window 0.5 it is a bowl; for window 2 a needle in a rough plain, as small changes grow until the run ends elsewhere. **The gradient is exact, the landscape is not kind:** far from the needle it tells the slope of the nearest wrinkle. A *growing* window starts short, and each minimum leads into the next valley (Pires, Vautard, Talagrand 1996).
#
# In the explorer, **try** 3 units at once, then growing, with each noise.
#
# **What we have:** the hidden half of a weather, from backward sweeps. **What it costs:** a run forward and back for each call. **What is missing:** a model that is wrong, as real ones are. **Exercise 13-2** asks for (13.7).

# %%
assimilation_explorer()

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
