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
# A computation of 10,000 steps rounds 10,000 times. **How wrong is its result, and which step is to blame?** For this, and not for networks, Seppo
# Linnainmaa described reverse mode in 1970.
#
# float32 keeps 24 binary digits: rounding changes a number by at most the share $u = 2^{-24}$ of it, about $6 \cdot 10^{-8}$. Add $1/k^2$ for $k$ from 1 to 10,000, once from the
# large terms to the small ones, once from the small to the large. **Predict:** the error of "large first", divided by that of "small first"?

# %%
guess("13-order", "Error of large first / error of small first?")

# %%
def total(order):
    one, s = single(1), single(0)           # leaves of the graph, in float32
    for k in order:
        k = single(k)
        s = s + one / (k * k)
    return s

sums = {"large first": total(range(1, 10001)), "small first": total(range(10000, 0, -1))}
missed = {name: s.data - in_float64(s) for name, s in sums.items()}
for name, s in sums.items():
    print(f"{name}: {s.data:.7f}, float64 {in_float64(s):.7f}, error {missed[name]:.2e}")
answer("13-order", missed["large first"] / missed["small first"], form="{:.0f}")

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
rows = []
for name, s in sums.items():
    nodes, shares, bound = rounding_errors(s)
    np.testing.assert_allclose(sum(shares), missed[name], rtol=1e-3)
    rows.append([name, f"{missed[name]:.3e}", f"{sum(shares):.3e}",
                 f"{bound / abs(missed[name]):.0f}", f"{len(nodes):,}"])
    steps = [v for v in nodes if v.rule and rule_name(v.rule) == "add"]
    lost = sum(v.data == v.inputs[0].data for v in steps)
    print(f"{name}: {lost:,} of {len(steps):,} additions change nothing")
display(table(rows, ["order", "error observed", "estimated", "bound / observed",
                     "nodes"]))
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

y = root(single(111.11), single(1))
nodes, shares, _ = rounding_errors(y)
parts = {f"{rule_name(v.rule)} {v.data:.7g}": share / sum(shares)
         for v, share in zip(nodes, shares) if v.rule}
display(table([[name, f"{abs(part):.3f}"] for name, part in parts.items()],
              ["operation and its result", "share of the error"]))
rows = [[name, *(say([np.median(run) for run in measured], "{:.2g}") for measured in zip(
    *(judged(root(*random_quadratics(seed), name == "dividing")) for seed in range(5))))]
    for name in ("subtracting", "dividing")]
display(table(rows, ["form", "relative error", "estimated / observed", "bound / observed"]))
answer("13-subtraction", 100 * abs(list(parts.values())[4]), form="{:.0f}")

# %% [markdown]
# Exactly 0: two floats within a factor of two of each other are subtracted without any rounding (Sterbenz's lemma). The error was made *before*, by $b^2$ and by the root, in numbers thousands of times as large as the result; the subtraction
# only lets it through. The second table has medians of 200 random quadratics, as means of five draws with 95 % intervals: dividing is more than a thousand times as accurate.
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
rows = [[name, f"{y.data:.6g}", f"{exact:.6g}", *map("{:.3g}".format, judged(y, true, exact))]
        for name, y, true, exact in (
            ("forwards to y20", forwards, {start: np.log(1.2)}, integral(20)),
            ("backwards to y0", backwards, {end: integral(20)}, integral(0)))]
display(table(rows, ["recurrence", "float32", "true", "relative error",
                     "estimated / observed", "bound / observed"]))
answer("13-forwards", forwards.data, form="{:.0f}")

# %%
cases = [hard_cases(seed) for seed in range(5)]
rows = [[name, say([np.median(case[name].ratio) for case in cases], "{:.3f}"),
         say([100 * np.mean(abs(case[name].ratio - 1) > 1e-2) for case in cases], "{:.0f}")]
        for name in cases[0]]
table(rows, ["computation", "estimated / observed", "draws off by more than 1 %"])

# %% [markdown]
# Forwards, each step multiplies what is wrong by $-5$, so that the rounding of $\ln 1.2$ arrives $5^{20}$ times as large: nonsense, foretold. Backwards, each step divides by 5.
#
# The last table shows first order failing; 200 draws five times, as before. The two-pass variance $\sum_n (x_n - m)^2/N$ is flat in the mean $m$: an error $\delta$ of $m$ enters as $\delta^2$, whose slope at the computed place is $2\delta$. The estimate is $2\delta \cdot \delta$: double.
# At a double root it enters as $\sqrt\delta$: half. A slope knows straight lines only.
#
# **What we have:** for every operation its share of the error. **What it costs:** all intermediate results are kept; Linnainmaa (1976) warns of that himself. Who wants only the error runs float64 once: cheaper, and right at double roots, too. **Exercise 13-3** does it for a polynomial.

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
