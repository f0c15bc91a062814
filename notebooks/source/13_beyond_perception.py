# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# After this lesson you can
#
# - learn the constants of a law from measurements, and say where a network leaves the law;
# - find the state of a chaotic system from noisy observations, by backpropagation through the simulation;
# - estimate the rounding error of a computation from the adjoints of its steps;
# - train networks that read sentences, and ask them which words they read;
# - compress pictures without labels, beside the best linear way;
# - recommend films, and tell which measure of quality got better.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 3, then 4 to 6. **Needed:** lessons 03, 04, 06 (L-BFGS) and 09 (`unroll`, the GRU).

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
from itertools import product

import numpy as np
from IPython.display import display
from course_lib import (Adam, Tensor, apply, check_gradients, complex_step_gradient,
    embedding, load_digits, load_ratings, load_sentiment, mean_over_time,
    mean_squared_error, numerical_gradient, relative_error, training, unroll)
from course_lib.experiments import say
from course_lib.page.notebook import origin_table, show_source, table
from course_lib.page.plotting import curves, figure
from course_lib.page.running import each, progress
from course_lib.rules.functions import sqrt
from course_lib.studies import (assimilation, autoencoder, recommendation, reentry,
    rounding, sentiment)
from course_lib.studies.assimilation import cost, model_step, run, tendency, world
from course_lib.studies.reentry import fitted_constants, reentry_time, simulated_reentry
from course_lib.studies.rounding import judged, single, total
from course_lib.widgets import lesson13
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Re-entry after a blast
#
# A blast in a mine leaves gas. **When may people go back?** Article D reports a study that answers with a network of six hidden units. Its 300 points came from a *numerical model*, not from mines (*Knowledge* 3(2), 2023, 128–148). Its abstract, all that we read, prints RMSE 21.45 and R² 0.99 (network), 76.89 and 0.90 (calibrated formula). Ours are **simulated**, too, from a law whose constants and ranges we chose:
#
# | | code | sampled |
# | --- | --- | --- |
# | fresh air, m³/s | `Q` | 8 to 30 |
# | limit, ppm | `c` | 20 to 100 |
# | gas per kg of explosive, m³ | `b` | 0.02 to 0.08 |
# | roadway, m | `L` | 100 to 600 |
#
# Fresh air dilutes $g$ m³ of gas, well mixed with $V$ m³ of air. Its share $C$, in ppm, falls with time $\tau$ until it meets the limit at $\tau = t$:
#
# $$\frac{\mathrm dC}{\mathrm d\tau} = -\frac{Q}{V}\,C, \qquad C(0) = \frac{10^6 g}{V} \tag{13.1}$$
#
# $$r = \frac{10^6 g}{V c}, \qquad t = \frac{V}{Q}\,\ln r \tag{13.2}$$

# %% [markdown]
# Which way does each input push $t$? The logarithm turns a product into a sum, so $c$ leaves only $-1/c$ and $g$ only $1/g$. $V$ occurs twice: a larger volume is flushed more slowly, but the gas in it begins thinner. Two paths add up:
#
# $$\begin{aligned} \mathrm dQ &= -\mathrm dt\,\frac{t}{Q}, & \mathrm dc &= -\mathrm dt\,\frac{V}{Qc} \\
# \mathrm dg &= \mathrm dt\,\frac{V}{Qg}, & \mathrm dV &= \mathrm dt\left(\frac{t}{V} - \frac{1}{Q}\right) \end{aligned} \tag{13.3}$$
#
# Where $r \le 1$ nobody has to wait: $t = 0$, and no gradient. So the law is a rule like any other:

# %%
show_source(reentry_time)
x, _ = simulated_reentry(7, np.random.default_rng(13))
check_gradients(reentry_time, *reentry.terms(x))
with figure(alt="The gas falls below the limit sooner with more fresh air.") as ax:
    curves(ax, *reentry.gas_curves(12, 24), x_label="time after the blast (s)",
           y_label="gas (ppm)", title="Twice the fresh air, half the wait", log=True)

# %% [markdown]
# How large are $V$ and $g$? In our simulation the blast throws the gas over the first metres, and it mixes with a share of the rest:
#
# $$V = v_0 + v_1 L, \qquad g = G\,b \tag{13.4}$$
#
# with $v_0 = 504$, $v_1 = 4.8$ and $G = 150$ kg of explosive. Suppose nobody had told us. The law is a rule, so its constants are parameters: the graph of lesson 03 gives their gradients, `lbfgs` of lesson 06 the steps.

# %%
show_source(fitted_constants)
for noise in (0.0, 0.05):
    found = np.array([fitted_constants(*simulated_reentry(
        211, np.random.default_rng(seed), noise=noise)) for seed in range(20)]).round(5)
    v0, v1, G = (say(values, "{:.4g}") for values in found.T)
    print(f"noise {noise:.0%}: v0 = {v0}, v1 = {v1}, G = {G}")

# %% [markdown]
# With noise $v_0$ just misses 504, by chance: 1,000 samples give 503.5 ± 1.1.
#
# Now the rivals learn from 211 points, as 70 % of the study's 300 would be. The *exact* law judges them: on 89 others, and where one input or all four lie up to 1.5 times beyond an end. Twenty samples; times exact, or with 5 % noise.
#
# "Formula" assumes the gas fills the whole roadway, with one calibrated factor. "Squares" adds squares and products of the logarithms to the log-linear line. The networks, 4-6-1, make 300 steps of `lbfgs`: one sees numbers, one their logarithms.
#
# **Predict:** with noise, one input outside: the error of the network on numbers, divided by that of log-linear regression?

# %%
guess("13-reentry", "Error of the network / error of the regression?", unit="times")

# %%
# NBVAL_IGNORE_OUTPUT
conditions = {"exact, 211 points": (0.0, 211), "5 % noise, 211 points": (0.05, 211),
              "5 % noise, 911 points": (0.05, 911)}
seeds = range(20)
jobs = [(name, seed) for name in conditions for seed in seeds]
runs = each(jobs, lambda job: reentry.errors(job[1], *conditions[job[0]]),
            label="samples",
            missing=np.full((len(reentry.RIVALS), len(reentry.MEASURED)), np.nan))
scores = {name: np.array([runs[name, seed] for seed in seeds]) for name in conditions}
for name, score in scores.items():
    display(table(reentry.report(score), [name, *reentry.HEADER]))
noisy = scores["5 % noise, 211 points"][:, :, 2].mean(axis=0)
answer("13-reentry", noisy[5] / noisy[1], form="{:.2g}")

# %% [markdown]
# Means of twenty samples, 95 % intervals; errors in seconds. R²: one minus the squared error over the mean's.
#
# The law with learnt constants wins everywhere. The squares, 15 numbers against 37, beat both networks. From exact times both beat the log-linear line inside. With noise neither does at 211 points; inside, at 911 both do. With all four inputs outside neither does; at 211 noisy points both are worse with one.
#
# After 2,000 steps, not 300, from exact times, the network on logarithms beats the line everywhere and the squares inside. From noisy times it does not gain.
#
# Here R² above 0.99 takes no network.
#
# **Try:** lower the air below 8, then raise the gas beyond 0.08.

# %%
# NBVAL_IGNORE_OUTPUT
lesson13.reentry_explorer()

# %% [markdown]
# The grey bands are what was sampled. Inside, both networks are mostly near the law, least so at the ends of a range and after noisy times (the first up to a third off); how far outside depends on the sample, the noise and the scale: nothing in a network says where it ends.
#
# **What it says:** a network replaces a law that you do not have. Where the form is known, as here, learn its constants by the same backward. **What it costs:** a wrong form stays wrong, as the formula shows. **What is missing:** real mines. No number here may send anybody back underground.
#
# **Exercise 13-1** asks for the rule when the incoming air is itself not clean.

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
with figure(2, sharey=True, alt="Waves move round a ring of forty places; of the "
            "observations every second row is empty, the rest noisy.") as panels:
    for ax, (title, values) in zip(panels, ring._asdict().items()):
        ax.imshow(values.T, origin="lower", aspect="auto", extent=(0, 4, -0.5, 39.5),
                  cmap="cividis", vmin=-8, vmax=13, interpolation="nearest")
        ax.set(xlabel="time (units)", ylabel="place j", title=title)
print(f"errors double in {assimilation.doubling_time(ring.truth):.2f} units of time")

# %% [markdown]
# Small errors double again and again: to know the weather later, know it well now. Look for the state $x_0$ at the start of a **window** whose *run* fits what was observed, and which is near the **background**, an earlier forecast:
#
# $$J(x_0) = \frac{1}{2 s^2}\,\lVert x_0 - x_b \rVert^2 + \frac{1}{2\sigma^2} \sum_{t=1}^{K}\,\sum_{j\ \text{observed}} (x_{t,j} - y_{t,j})^2 \tag{13.6}$$
#
# Between $x_0$ and $J$ lies a chain of equal steps: `unroll` of lesson 09, without inputs. With $m_t = (x_t - y_t)/\sigma^2$, and zero where nothing was observed:
#
# $$\frac{\partial J}{\partial x_0} = \frac{x_0 - x_b}{s^2} + \text{backward}(m_1, \dots, m_K) \tag{13.7}$$
#
# Missing is the rule of one step. Place $k$ was read by its left neighbour as $x_{j+1}$, by the right one as $x_{j-1}$, two places on as $x_{j-2}$. Each pays:
#
# $$\begin{aligned} \mathrm da_j &= \mathrm dy_j\,b_j, \qquad \mathrm db_j = \mathrm dy_j\,a_j \\
# \mathrm dx_k &= \mathrm da_{k-1} - \mathrm da_{k+2} + \mathrm db_{k+1} - \mathrm dy_k \end{aligned} \tag{13.8}$$
#
# A Runge-Kutta step asks four times for (13.5), its backward four times for (13.8), which pays $d_4$ to $d_1$:
#
# $$\begin{aligned} y &= x + \tfrac{h}{6}(k_1 + 2k_2 + 2k_3 + k_4) \\
# \mathrm dx &= \mathrm dy + d_1 + d_2 + d_3 + d_4 \end{aligned} \tag{13.9}$$

# %%
show_source(tendency, model_step, cost)
check_gradients(model_step, ring.truth[:3, :7])
rows, x = [], ring.truth[-1]
for length in (0.5, 2, 8):
    steps = round(20 * length)
    later = lambda x, steps=steps: run(x, steps)[-1, 0]         # place 0, at the end
    dstates = np.zeros((steps, 40))
    dstates[-1, 0] = 1
    _, backward = unroll(model_step, steps, x)
    exact, central = complex_step_gradient(later, x), numerical_gradient(later, x)
    rows.append([length, *(f"{v:.0e}" for v in (np.abs(exact).max(), max(1e-13,
        relative_error(backward(dstates), exact)), relative_error(central, exact)))])
table(rows, ["units of time", "largest slope", "error of backward, at most",
             "of central differences"])

# %% [markdown]
# The backward sweep is exact at each length. Central differences are not: over 8 units the slopes are so large that a nudge of $10^{-5}$ leaves the nearly linear range.
#
# Minimised by `lbfgs`, this is **4D-Var** (Le Dimet, Talagrand 1986). Four rivals need no gradient. *No assimilation* runs on from another day. *Nudging* pulls each observed place towards its observation. *3D-Var* also corrects the others, by how errors go together: it is given the covariance of nudging's errors. The *ensemble filter* estimates it from 40 or 200 forecasts at once, drawn ten times a world.
#
# All but the first have one number, tuned in six worlds; all are judged in twelve others, five times in each. *Growing* windows: see below.

# %%
display(table(assimilation.summary(), assimilation.SUMMARY))
display(origin_table(assimilation.FILE))
table(assimilation.verdicts(), assimilation.VERDICTS)

# %% [markdown]
# Means over twelve worlds with 95 % intervals. A call of the cost: one run forward, one back.
#
# Window 0.5 is wrong by 0.38 now; nudging by 1.42, 3D-Var by 1.31. The filter of 40 is not told apart from window 0.5, and fails once (3.48). Growing to 2 beats window 0.5, now and after 1 unit; its lead over the filters is small: other worlds need not show it. After 3 units it is 11 % below no assimilation.
#
# But window 1 fails once (1.49), window 2 is worse than nudging. Why? **Predict** for twelve new worlds: nudging, then one window, *found* if its cost is below 1.2 times the truth's.

# %%
guess("13-window", "In how many worlds is window 2, at once, found?", unit="of 12")

# %%
ratios = each(product(assimilation.SINGLE, range(30, 42)), lambda key:
              assimilation.beside_the_truth(*key), label="windows", missing=np.nan)
shares, ring = np.linspace(-1, 2, 301), world(assimilation.EXAMPLE, assimilation.NOW)
with figure(alt="Three valleys: wide, narrower, and a needle in a rough plain.") as ax:
    costs = {f"window {length}": assimilation.landscape(ring, length, shares)
             for length in (0.5, 1, 2)}
    curves(ax, shares, costs, y_label="cost of an observation", log=True, legend=True,
          x_label="from the truth (0) to nudging (1)", title="Longer is narrower")
found = {way: sum(ratios[way, seed] < 1.2 for seed in range(30, 42))
         for way in assimilation.SINGLE}
print("found:", "; ".join(f"{way} in {n} of 12" for way, n in found.items()))
answer("13-window", np.nan if ratios.incomplete else found["window 2, at once"])

# %% [markdown]
# The figure shows the cost on the straight line from the true state to the one that nudging found. For window 0.5 it is a bowl; for window 2 a needle in a rough plain. **The gradient is exact, the landscape is not kind:** far from the needle it tells the slope of the nearest wrinkle. *Growing* windows start short, and each minimum leads into the next valley (Pires, Vautard, Talagrand 1996).
#
# In the explorer, **try** 3 units at once, then growing, with each noise.
#
# **What we have:** the hidden half of a weather. **What it costs:** a run forward and back for each call. **What is missing:** a wrong model. **Exercise 13-2** asks for (13.7).

# %%
lesson13.assimilation_explorer()

# %% [markdown]
# ## 3. Rounding errors
#
# A sum of 10,000 terms is rounded at every addition. **How wrong is the result, and which step is to blame?** For this, and not for networks, Seppo
# Linnainmaa described reverse mode in 1970.
#
# float32 keeps 24 binary digits: rounding changes a number by at most the share $u = 2^{-24}$ of it, about $6 \cdot 10^{-8}$. Add $1/k^2$ for $k$ from 1 to 10,000, once from the
# large terms to the small ones, once from the small to the large. **Predict:** the error of "large first", divided by that of "small first"?

# %%
guess("13-order", "Error of large first / error of small first?")

# %%
show_source(total)
ks = range(1, 10001)
sums = {"large first": total(ks), "small first": total(ks[::-1])}
missed = [s.data - rounding.in_float64(s) for s in sums.values()]
print("errors observed:", *map("{:.2e}".format, missed))
answer("13-order", missed[0] / missed[1], form="{:.0f}")

# %% [markdown]
# The error is known, since `in_float64` runs the same graph again. Where did it arise? A node in float32, $\tilde v_i$, is what its operation $\varphi_i$ makes of its inputs, plus an error of its own:
#
# $$\tilde v_i = \varphi_i(\tilde v_j, \ldots) + \varepsilon_i \tag{13.10}$$
#
# One operation in float64, on the *same* inputs, gives $\varepsilon_i$. A small $\varepsilon_i$ moves the result $y$ by $\partial y/\partial v_i$ times $\varepsilon_i$; to first order, small causes add up:
#
# $$\tilde y - y \approx \sum_i \frac{\partial y}{\partial v_i}\,\varepsilon_i \tag{13.11}$$
#
# One `backward` yields all these slopes, the adjoints. Who has no float64 replaces each $\varepsilon_i$ by the worst that rounding can do:
#
# $$\lvert \tilde y - y \rvert \lesssim u \sum_i \Bigl\lvert \frac{\partial y}{\partial v_i}\,\tilde v_i \Bigr\rvert \tag{13.12}$$

# %%
show_source(rounding.local_error, rounding.rounding_errors)
found = {name: judged(s) for name, s in sums.items()}
np.testing.assert_allclose([one.ratio for one in found.values()], 1, rtol=1e-3)
display(table([one.row(name) for name, one in found.items()], rounding.Judged.HEADER))
print("additions that change nothing:", {n: rounding.lost(s) for n, s in sums.items()})
lesson13.summing_explorer()

# %% [markdown]
# The estimate is right to every digit shown, the bound 9 and 26 times too large. With the large terms first, a term beyond $k = 4096$ is less than half of the sum's last digit, and lost entirely: see the later bars.
# In the explorer, **try** "pairwise".
#
# Next, the smaller root of $x^2 - bx + c = 0$, in two forms:
#
# $$x = \frac{b - \sqrt{b^2 - 4c}}{2} = \frac{2c}{b + \sqrt{b^2 - 4c}} \tag{13.13}$$
#
# If $b$ is large, the left form subtracts nearly equal numbers. "The subtraction loses the digits", people say. **Predict:** what share of the error does it make itself, for $b = 111.11$ and $c = 1$?

# %%
guess("13-subtraction", "The subtraction's own share of the error?", unit="%")

# %%
def root(b, c, dividing=False):                                     # (13.13)
    s = apply(sqrt, b * b - single(4) * c)
    return single(2) * c / (b + s) if dividing else (b - s) / single(2)

shares = rounding.blame(root(single(111.11), single(1)))
display(table([[name, f"{abs(share):.3f}"] for name, share in shares],
              ["operation and its result", "share of the error"]))
answer("13-subtraction", 100 * abs(shares[4][1]), form="{:.0f}")

# %%
drawn = [rounding.random_quadratics(seed) for seed in range(5)]
rows = [rounding.typical(name, [judged(root(*bc, name == "dividing")) for bc in drawn])
        for name in ("subtracting", "dividing")]
display(table(rows, ["form", "relative error", "farthest ratio", "bound / observed"]))

# %% [markdown]
# Exactly 0: two floats within a factor of two of each other are subtracted without rounding (Sterbenz's lemma). The error was made *before*, by $b^2$ and by the root, in numbers more than 10,000 times as large as the result.
# The second table: medians of 200 random quadratics ($b$ from 10 to 1000), five draws. Dividing is more than a thousand times as accurate. The farthest of these estimates misses by less than 1e-4 of the error; where errors all but cancel, more is possible.
#
# A last one: the integrals $y_n = \int_0^1 x^n/(x+5)\,\mathrm dx$ obey
#
# $$y_n = \frac1n - 5\,y_{n-1}, \qquad y_0 = \ln 1.2 . \tag{13.14}$$
#
# Forwards from $y_0$; or solved for $y_{n-1}$, backwards from $y_{20}$, simply set to 0. **Predict:** $y_{20}$ is about 0.008. What will float32 find forwards?

# %%
guess("13-forwards", "y20, forwards in float32?")

# %%
y20 = rounding.integral(20)                                         # the true one
start, end = forwards, backwards = single(np.log(1.2)), single(0)
for n in range(1, 21):                                              # (13.14)
    forwards = single(1) / single(n) - single(5) * forwards
    backwards = (single(1) / single(21 - n) - backwards) / single(5)
display(table([
    judged(forwards, {start: np.log(1.2)}, y20).row("forwards to y20"),
    judged(backwards, {end: y20}, rounding.integral(0)).row("backwards to y0")],
    rounding.Judged.HEADER))
answer("13-forwards", forwards.data, form="{:.0f}")

# %%
cases = [rounding.hard_cases(seed) for seed in range(5)]
rows = [[name, say([np.median(case[name].ratio) for case in cases], "{:.3f}"),
         say([100 * np.mean(abs(case[name].ratio - 1) > 0.01) for case in cases],
             "{:.0f}")]
        for name in cases[0]]
table(rows, ["computation", "estimated / observed", "off by over 1 %, % of draws"])

# %% [markdown]
# Forwards, each step multiplies what is wrong by $-5$: the rounding of $\ln 1.2$ arrives $5^{20}$ times as large. Nonsense, but foretold. Backwards, each divides by 5.
#
# The last table shows first order failing. The variance $\sum_n (x_n - m)^2/N$ is flat in the mean $m$: an error $\delta$ of $m$ enters as $\delta^2$, whose slope at the computed place is $2\delta$. The estimate is $2\delta \cdot \delta$: double.
# At a double root it enters as $\sqrt\delta$: half.
#
# **What we have:** each operation's share of the error. **What it costs:** all intermediate results are kept, as Linnainmaa (1976) warns. For the error alone, one run in float64 is cheaper, and right for the variance. **What is missing:** curvature. **Exercise 13-3** asks for it.

# %% [markdown]
# ## 4. Sentiment
#
# Does this sentence praise the film? A machine that could tell would read reviews for us. Here are 10,605 real sentences
# of film reviews (Hutto and Gilbert 2014, after Pang and Lee). At least 15 people rated each from $-4$ to $4$; the target is their mean.
#
# Two rivals need no network. **VADER** is a program of the same authors: a lexicon of words with valences, and some rules. And a
# line can be fitted to counted words.
#
# One trap first: the file is sorted by sign. What if its last fifth is the test?

# %%
reviews, rng = load_sentiment(), np.random.default_rng(13)
rows = [[reviews.sentences[n], f"{reviews.rating[n]:.2f}", f"{reviews.lexicon[n]:.2f}"]
        for n in rng.choice(len(reviews.rating), 5, replace=False)]
display(table(rows, ["sentence", "people, -4 to 4", "VADER, -1 to 1"]))
print(f"VADER says exactly 0 of {np.mean(reviews.lexicon == 0):.0%}")
for what, value in sentiment.as_sorted().items():
    print(f"{what}: {value:.2f}")

# %% [markdown]
# So sorted, one answer for all beats a fitted line. We shuffle.
#
# How do words add up? With $x_t$ the number of word $t$ and $E$ a table with a row for each word, three ways:
#
# $$y = b + \sum_t w_{x_t} \quad\text{(a bag of words)} \tag{13.15}$$
# $$y = g\Big(\frac1T \sum_t E_{x_t}\Big) \quad\text{(a mean, and dense layers } g) \tag{13.16}$$
# $$h_t = \mathrm{GRU}(E_{x_t}, h_{t-1}), \quad y = h_T u + b \tag{13.17}$$
#
# with $u$ the weights of the output, and $E_v$ the row of the table for word $v$. Only (13.17) knows the order. All rules are ours: `embedding`, `mean_over_time`, the GRU of lesson 09. For (13.16), with $\mathrm dm$ arriving at the mean,
#
# $$\mathrm de_t = \frac{\mathrm dm}{T}, \qquad \mathrm dE_v = \sum_{t:\,x_t = v} \mathrm de_t \tag{13.18}$$
#
# A word that stands twice is paid twice.

# %%
x, lengths = np.array([[1, 2], [2, 3], [1, 0]]), np.array([3, 2])   # 0 fills up
def sentence_means(E):
    m, mean_backward = mean_over_time(E[x], lengths)
    def backward(dm):
        de = mean_backward(dm)              # (13.18)
        dE = np.zeros_like(E)
        np.add.at(dE, x, de)                # (13.18)
        return dE
    return m, backward
check_gradients(sentence_means, rng.normal(size=(4, 5)))

# %% [markdown]
# The comparison: five random splits, 70 % to fit, 10 % to choose, 20 % to judge. Every fitted rival tries seven rates or penalties on
# the second part; networks stop there, too. How good can one be? One person, against the mean of the others, shows it.
#
# We judge by the share of **signs** told, and by the correlation $r$ with the mean rating. A score of 0 counts half.
#
# **Predict:** the best linear model counts words and pairs of neighbours (tf-idf: rare words weigh more; ridge regression: least squares with a penalty on the weights). Will the GRU tell more signs?

# %%
guess("13-words", "Signs told by the GRU, beside the best linear model?",
      choices=("more", "fewer", "not told apart"))

# %%
# NBVAL_IGNORE_OUTPUT
rng, split = np.random.default_rng(13), sentiment.parts(0)
words, batches = sentiment.batches_of(split.fit, rng=rng)
reader = sentiment.Reader(len(words), kind="GRU", rng=rng)
optimizer = Adam(reader.params, lr=0.004)
steps = training(reader, mean_squared_error, optimizer, batches, 6)
for epoch, step, loss in progress(steps, 6 * len(batches)):
    pass
learnt, line = sentiment.Learnt(words, reader), sentiment.line_of(split)
for name, reads in {"GRU": learnt, "tf-idf": line}.items():
    found = sentiment.measured(reads.predict(split.judge[0]), split.judge[1])
    print(f"{name}, one split: {found['sign']:.1%} of the signs, r {found['r']:.2f}")

# %%
rows = sentiment.summary()
display(origin_table(sentiment.FILE), table(rows, sentiment.SUMMARY, "five splits"))
print(f"shuffling costs the GRU {say(sentiment.cost_of_shuffling(), '{:.1f}')} points")
answer("13-words", {row[0]: row[-1] for row in rows}["GRU"])

# %% [markdown]
# The GRU is not told apart from the best line, nor in signs from the bag, whose $r$ is lower. It uses the order: shuffled words cost it signs.
# Averaged, the GRU and that line have a higher $r$ than either. All are far below one person.
# (The splits share sentences, so the intervals are somewhat too narrow. In one split the LSTM chose the largest rate offered; no other choice lies at an end.)
#
# What does the network read? The score's gradient by a word's vector, times the vector, says what the word adds, to first order:
#
# $$c_t = E_{x_t} \cdot \frac{\partial y}{\partial E_{x_t}} \tag{13.19}$$
#
# For the bag it is exact. Elsewhere, leave each word out and compare.

# %%
# NBVAL_IGNORE_OUTPUT
r, same = sentiment.agreement(learnt, split.judge[0][:300])
print(f"c and leaving out: r {r:.2f}, strongest word alike in {same:.0%} of 300")
for sentence in ("good", "not good", "bad", "not bad", "not bad at all"):
    print(sentiment.spoken(learnt, sentence))
lesson13.sentiment_explorer(learnt, line)

# %% [markdown]
# Type a sentence of your own. Each word shows what it adds, in the network, in the line and in VADER's lexicon; a word with a question mark was not learnt. **Try** to find a negation that
# the network gets right, and one that it misses.
#
# **What it says:** which words carried the score. **What it costs:** one backward a sentence. **What is missing:** in the network trained here, "not" takes from "good" and gives "bad" almost nothing: it
# works as a bad word, and "not bad at all" is read as bad. Also missing: irony, and what stands outside the sentence.
#
# **Exercise 13-4** asks for (13.16) and its backward for sentences of different lengths.

# %% [markdown]
# ## 5. An autoencoder
#
# A digit is 64 numbers. **Can two numbers tell most of it?** Nobody says which two: there are no labels. The target is the input itself, so only the narrow middle keeps the network from copying:
#
# $$z = \underbrace{e(x)}_{N \times k}, \qquad y = d(z), \qquad L = \frac{1}{ND} \sum_{n,d} (y_{nd} - x_{nd})^2 \tag{13.20}$$
#
# The rival is PCA: the mean, and the $k$ directions $P$ in which digits differ most. Could a network of one straight layer each way, $y = x W U$ with $x$ centred, do better? With $S = x^\top x / N$, up to a factor,
#
# $$\mathrm dW = S\,(WU - I)\,U^\top, \qquad \mathrm dU = W^\top S\,(WU - I) \tag{13.21}$$
#
# Put $W = P$, $U = P^\top$. The columns of $P$ are eigenvectors, $SP = P\Lambda$, and $P^\top P = I$:
#
# $$\begin{aligned} \mathrm dU &= \Lambda\,(P^\top P\,P^\top - P^\top) = 0 \\
# \mathrm dW &= S\,(P\,P^\top P - P) = 0 \end{aligned} \tag{13.22}$$

# %%
digits, rng = load_digits(), np.random.default_rng(13)
x, pca = digits.x_train, autoencoder.Principal(digits.x_train)
P = pca.P[:, :2]
for start in ("random start", "PCA"):
    straight = autoencoder.network(2, rng, encoder=False, decoder=False)
    if start == "PCA":
        for p, value in zip(straight.params, (P, -pca.mean @ P, P.T, pca.mean)):
            p.data = value
    y, backward = straight(x)
    L, dL = mean_squared_error(y, x)
    backward(dL())
    slope = max(np.abs(p.grad).max() for p in straight.params)
    print(f"{start}: error {L:.4f}, largest slope at most {max(slope, 1e-12):.0e}")

# %% [markdown]
# At PCA's solution descent stands still. All other places where it does are saddles, or the same plane in other coordinates (Baldi, Hornik 1989). So straight layers learn PCA, slowly.
#
# Now let both halves bend: 64-128-64-2 and its mirror, GELU between, 200 epochs of Adam.
#
# **Predict:** its error on held-out digits, divided by that of PCA's two numbers?

# %%
guess("13-squeeze", "Error of the network / error of PCA?", unit="times")

# %%
# NBVAL_IGNORE_OUTPUT
digits, rng = load_digits(), np.random.default_rng(13)
net, x = autoencoder.network(2, rng), digits.x_train
for _ in progress(autoencoder.learn(net, x, rng), autoencoder.STEPS):
    pass
print("held out:", autoencoder.error(net(digits.x_test)[0], digits.x_test))

# %%
display(table(autoencoder.width_rows(), autoencoder.WIDTHS, "error over PCA's"))
display(table(autoencoder.nearest_rows(), autoencoder.NEAREST, "nearest digit right"))
display(origin_table(autoencoder.FILE))
ratio = autoencoder.ratios()["both deep", 2].mean()
answer("13-squeeze", ratio, form="{:.2f}")

# %% [markdown]
# Means of five seeds with 95 % intervals; PCA has no seed. With both halves deep about half of PCA's error is left; on the digits of 30 people never met a little more of it.
#
# **Which half does it?** The decoder most; a bent encoder adds much for two numbers, less for 8 and 16. For a straight decoder the best code is a projection, which is straight too: bending the encoder alone gains nothing.
#
# For two numbers, the nearest known code names the digit far more often. For 8 it gains a little, on new writers only. For 16 it does not: the error fell by half, and the names got no better.
#
# **Try:** walk along one number.

# %%
lesson13.code_plane_explorer(net)

# %% [markdown]
# The same network can clean: show it $x$ with noise, and let the target be $x$ without. What could win? For PCA, keeping few directions; better, shrinking each by what noise adds to its variance $v_j$, the best of all linear maps for digits of this mean and covariance (Wiener 1949):
#
# $$y = m + \sum_j \frac{v_j}{v_j + \sigma^2}\,\big((x - m) \cdot p_j\big)\,p_j^\top \tag{13.23}$$
#
# And a rival without any training: the mean of *all* training digits, each weighted by $\exp(-d^2 / 2s^2)$, $d$ being its distance to the noisy one, $s$ chosen on digits set aside.

# %%
# NBVAL_IGNORE_OUTPUT
rng, numbers = np.random.default_rng(13), autoencoder.chosen_numbers(0.4)
denoiser = autoencoder.network(int(numbers["denoiser"]), rng)
steps = autoencoder.learn(denoiser, x, rng, sigma=0.4)
for _ in progress(steps, autoencoder.STEPS):
    pass

# %%
seen = autoencoder.noisy(digits.x_test[:6], 0.4, rng)
shown = {"clean": digits.x_test[:6], **autoencoder.cleaned(x, seen, 0.4, numbers),
         "denoiser": autoencoder.inked(denoiser(seen)[0])}
with figure(len(shown), size=(9, 2.7), alt="Six digits: clean, noisy, and cleaned "
            "by three rivals and by the denoiser.") as panels:
    for ax, (name, pictures) in zip(panels, shown.items()):
        ax.imshow(np.hstack(np.split(pictures.reshape(-1, 8), 2)), cmap="Greys")
        ax.set(title=name, xticks=[], yticks=[])
display(table(autoencoder.noise_rows(), autoencoder.CLEANED, "error left, times 100"))

# %% [markdown]
# The figure shows noise 0.4 and what each makes of it, the table their errors.
#
# At noise 0.2 the denoiser leaves less than all rivals. At 0.4, after these 200 epochs, the mean of all digits leaves a little less, on people never met too, and nothing was trained. An autoencoder that never saw noise makes it worse: it must be shown what to take away. (The denoiser chose 64 numbers, the most it was offered: nothing is squeezed.)
#
# **What we have:** compression without labels. **What it costs:** a training where PCA solves one eigenvalue problem. **What is missing:** a reason why the code should be orderly. **Exercise 13-5** ties both halves to one matrix.

# %% [markdown]
# ## 6. Recommendations
#
# You gave *Star Wars* five stars. Which of nine thousand films will you like next?
#
# The ratings are real: MovieLens latest-small (Harper and Konstan 2015). This file is for research and teaching, **not for commercial use**, and not under the licence of the course.
#
# Each person's last fifth of ratings is held out; of the rest, the last fifth chooses settings. Is that honest? Not quite: one person's past is learnt together with other people's futures, and many ratings share a second, so that their order is not known. A cut at one date would leave most judged ratings with people never seen before.

# %%
ratings = load_ratings()
past, judge = recommendation.past_and_judge(ratings)
given, known, mean = recommendation.past_table(ratings, past)
later, shared = recommendation.leaks(ratings, past, judge)
people, films = known.shape
print(f"{len(ratings.stars):,} ratings, {people} people, {films:,} films;",
      f"{known.mean():.2%} of the table is learnt from. {later:.0%} of that is later",
      f"than a person's first judged rating; {shared:.0%} share person and second")

# %%
with figure(alt="Most of the table is empty, even for these films") as ax:
    ax.imshow(recommendation.most_rated(known, 300), cmap="Greys", aspect="auto")
    ax.set(title="The films rated most, 300 of them", xlabel="film", ylabel="person")

# %% [markdown]
# A person $u$ and a film $f$ each get a bias and a row of $K$ numbers, their **factors** $p_u$ and $q_f$:
#
# $$\begin{aligned} \hat r_{uf} &= \mu + b_u + c_f + p_u \cdot q_f \\
# L &= \tfrac12 \sum_n e_n^2 + \tfrac{\lambda}{2} \Big(\sum_u \lVert p_u\rVert^2 + \sum_f \lVert q_f\rVert^2\Big) \end{aligned} \tag{13.24}$$
#
# with $e_n = \hat r_n - r_n$ for rating $n$; $\lambda$ is the strength of a penalty; that of the biases is called damping. `embedding` looks the rows up, `multiply` and `sum` make the dot product. Their backwards give, for one rating,
#
# $$\mathrm dp_{u_n} = e_n\, q_{f_n}, \qquad \mathrm dq_{f_n} = e_n\, p_{u_n} \tag{13.25}$$
#
# A person rates many films, so a row is looked up many times, and changes many errors. `embedding`'s backward adds all of them:
#
# $$\mathrm dP_u = \sum_{n:\, u_n = u} e_n\, q_{f_n} + \lambda P_u, \qquad \mathrm dQ_f = \sum_{n:\, f_n = f} e_n\, p_{u_n} + \lambda Q_f \tag{13.26}$$
#
# Write the errors into a table $E$, with 0 where no rating is known. The sums are matrix products:
#
# $$\begin{aligned} \mathrm dP &= E\,Q + \lambda P \\ \mathrm dQ &= E^\top P + \lambda Q \end{aligned} \tag{13.27}$$

# %%
rng = np.random.default_rng(13)
rows = rng.choice(past, size=2000, replace=False)
users, films, stars = ratings.users[rows], ratings.films[rows], ratings.stars[rows]
P, Q = (Tensor(rng.normal(size=(n, 4))) for n in known.shape)
p, q = apply(embedding, P, indices=users), apply(embedding, Q, indices=films)
error = (p * q).sum(axis=1) - Tensor(stars)
(0.5 * (error * error).sum()).backward()
E = np.zeros(known.shape)
E[users, films] = error.data
dP, dQ = recommendation.factor_gradients(E, P.data, Q.data, l2=0.0)      # (13.27)
np.testing.assert_allclose(dP, P.grad, atol=1e-12)
np.testing.assert_allclose(dQ, Q.grad, atol=1e-12)
lost = np.zeros(P.data.shape)
lost[users] += error.data[:, np.newaxis] * q.data           # keeps one rating a person
print(f"lost[users] += is off by {np.linalg.norm(lost - dP) / np.linalg.norm(dP):.0%}")

# %% [markdown]
# Now all ratings at once, with Adam: 60 updates of two tables. A strong $\lambda$ holds the rows of rarely rated films near 0, as damping does the biases.
#
# Two measures. One is the root mean squared error (RMSE), in stars. The other asks what a list of ten films is worth: NDCG counts the films on it that the person later gave four stars or more, a lower place counting less.
#
# $$\mathrm{NDCG} = \sum_{j=1}^{10} \frac{\text{liked}_j}{\log_2 (j+1)} \Big/ \text{the largest that can be} \tag{13.28}$$
#
# Rivals that rank: popularity; **implicit factors**, which learn *whether* a film was rated, against four that were not; and **rated together**: the cosine of two films' columns of people, without any training.
# **Predict:** which makes the best lists?

# %%
guess("13-lists", "Which makes the best lists?",
      choices=("factors with the lowest RMSE", "popularity", "implicit factors",
               "rated together", "the last two, not told apart"))

# %%
rng, l2 = np.random.default_rng(9), recommendation.chosen_l2()
model = recommendation.Factorisation(given, known, l2=l2, rng=rng)
for _ in progress(model.learn(recommendation.STEPS), recommendation.STEPS):
    pass
found = recommendation.judged(model.scores(), mean, ratings, past, judge)
print(f"factors trained here: RMSE {found['rmse']:.3f}, NDCG {found['ndcg']:.3f}")
counts = 0 * known + known.sum(axis=0)
popular = recommendation.judged(counts, mean, ratings, past, judge)
_, low, high = recommendation.bootstrap([found], [popular], "ndcg", rng)
print(f"NDCG less that of popularity: {low:.3f} to {high:.3f}")

# %%
display(table(recommendation.summary("rmse"), recommendation.RATED, "chosen by RMSE"))
display(table(recommendation.summary("ndcg"), recommendation.RANKED, "chosen by NDCG"))
display(table([row[:3] for row in recommendation.summary("rmse", "at random")],
        recommendation.AT_RANDOM, "a random fifth held out instead"))
display(origin_table(recommendation.FILE))
answer("13-lists", recommendation.best_lists())

# %% [markdown]
# The factors have the lowest error. Drawn again over people, it stays below that of the biases. Without L2 they do not beat the biases, though stopped after 2 updates. A random fifth flatters both.
#
# **And the lists disagree.** The factors with the lowest RMSE make worse lists than popularity. The biases take part: without them the lists are better, though the error is larger. Implicit factors, which never read a star, make better lists than popularity, and so does counting who rated both. These two are not told apart.
#
# A **line** from all other films of a person to one is solved in closed form (Steck 2019):

# %%
solved = recommendation.line_in_closed_form(known)
counted = recommendation.rated_together(known, 8.0)
steck, together = (recommendation.judged(scores, mean, ratings, past, judge)
                   for scores in (solved, counted))
_, low, high = recommendation.bootstrap([steck], [together], "ndcg", rng)
print(f"line: NDCG {steck['ndcg']:.3f}, less rated together {low:.3f} to {high:.3f}")

# %% [markdown]
# It makes better lists than counting, and than the implicit factors. The gradients of this section bought a lower error; for lists, linear algebra was enough.
#
# In the explorer, **try:** lower the least number of ratings to 1. Which list changes?

# %%
lesson13.film_explorer(model.Q.data)

# %% [markdown]
# **What we have:** rows of numbers for people and films, from the backward of a lookup and a product. **What it costs:** a table of all people and films, which a larger collection would not allow; batches and `embedding` would. **What is missing:** a new person or film has no row, and nobody here was asked: a film not rated counts as not liked.
#
# **Exercise 13-6** asks for the gradients of a batch in which rows come twice.

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
# | 13-1 | a law as a rule | derive |
# | 13-2 | the gradient of a window of observations | write |
# | 13-3 | an estimate of rounding errors | write |
# | 13-4 | the mean of a sentence's words | write |
# | 13-5 | an autoencoder with tied weights | write |
# | 13-6 | the gradients of ratings | write |
#
# ## Further reading
#
# - {source linnainmaa1976}.
# - {source lorenz1996}.
# - {source ledimet1986}.
# - {source pires1996}.
# - {source hutto2014}: the sentences and ratings.
# - {source baldi1989}.
# - {source harper2015}: the films.
# - {source koren2009}.
# - {source steck2019}.
