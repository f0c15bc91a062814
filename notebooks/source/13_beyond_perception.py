# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# **Time:** about 90 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import apply
from course_lib.experiments import say
from course_lib.page.notebook import show_source, table
from course_lib.rules.functions import sqrt
from course_lib.studies.rounding import (Judged, blame, hard_cases, in_float64,
    integral, judged, local_error, lost, random_quadratics, rounding_errors, single,
    total, typical)
from course_lib.widgets.lesson13 import summing_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

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
missed = [s.data - in_float64(s) for s in sums.values()]
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
show_source(local_error, rounding_errors)
found = {name: judged(s) for name, s in sums.items()}
np.testing.assert_allclose([one.ratio for one in found.values()], 1, rtol=1e-3)
display(table([one.row(name) for name, one in found.items()], Judged.HEADER))
print(*(f"{name}: {lost(s):,} additions change nothing" for name, s in sums.items()))
summing_explorer()

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

shares = blame(root(single(111.11), single(1)))
display(table([[name, f"{abs(share):.3f}"] for name, share in shares],
              ["operation and its result", "share of the error"]))
rows = [typical(name, [judged(root(*random_quadratics(seed), name == "dividing"))
                       for seed in range(5)]) for name in ("subtracting", "dividing")]
display(table(rows, ["form", "relative error", "farthest ratio", "bound / observed"]))
answer("13-subtraction", 100 * abs(shares[4][1]), form="{:.0f}")

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
start, end = forwards, backwards = single(np.log(1.2)), single(0)
for n in range(1, 21):                                              # (13.14)
    forwards = single(1) / single(n) - single(5) * forwards
    backwards = (single(1) / single(21 - n) - backwards) / single(5)
display(table([
    judged(forwards, {start: np.log(1.2)}, integral(20)).row("forwards to y20"),
    judged(backwards, {end: integral(20)}, integral(0)).row("backwards to y0")],
    Judged.HEADER))
answer("13-forwards", forwards.data, form="{:.0f}")

# %%
cases = [hard_cases(seed) for seed in range(5)]
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
