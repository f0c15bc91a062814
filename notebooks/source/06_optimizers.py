# %% [markdown]
# # 06 Optimizers
#
# Given a gradient, which step?
#
# After this lesson you can
#
# * say what limits plain descent, and how momentum helps;
# * derive and write AdaGrad, RMSprop, AdaDelta, Adam, AdamW, AMSGrad, Sophia and Muon, and say what each remembers;
# * minimise a whole batch with conjugate gradients and L-BFGS, and judge a line search;
# * say what is lost without convexity, and look at an end before calling it a minimum;
# * compare optimizers fairly, and see through a comparison that is not fair.
#
# **Time:** about 100 minutes, in two sittings of 50: sections 1 to 3, a break, then 4 to 7.
# **Needed:** lessons 01 (descent, curvature), 04 (momentum, training) and 05 (mini-batches).
#
# | symbol | code | meaning |
# |---|---|---|
# | $\theta$, $g$ | `p.data`, `p.grad` | a parameter, and its gradient `dp` |
# | $P$ | `P` | number of parameters, all entries counted |
# | $\eta$, $\mu$ | `lr`, `momentum` | learning rate, momentum |
# | $v, s, d, m, h$ | `state[...]` | what an optimizer remembers, each of the shape of $\theta$ |
# | $\lambda$ | | a curvature; in (6.9) the strength of weight decay |
# | $H$ | `H` | Hessian: all second derivatives of $L$, $P \times P$ |
# | $\odot$, $g^2$, $\sqrt{s}$, $g/s$ | | entry by entry |

# %%
from functools import partial
import numpy as np
from IPython.display import display
from course_lib import (SGD, AdaDelta, AdaGrad, Adam, AdamW, AMSGrad, Dense, Muon,
    Parameter, RMSprop, Sequential, Sophia, Tanh, load_digits, softmax_cross_entropy)
from course_lib.experiments import first_below, say
from course_lib.optim import curvature, first_order
from course_lib.optim.full_batch import full_batch, lbfgs, vector_to_parameters
from course_lib.page.notebook import origin_table, peak_memory, show_source, table
from course_lib.page.plotting import bands, curves, figure, lines
from course_lib.page.running import each, watched
from course_lib.studies import landscape, optimizers, surfaces, ten_rules
from course_lib.widgets.lesson06 import bias_explorer, race_explorer, wolfe_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. The long valley
#
# A popular article (D of the five in lesson 00) says that "a higher gradient indicates a steeper slope and facilitates faster learning". Is steep good?
#
# Take a valley with one flat and one steep direction, $f = \tfrac12(x^2 + 100\,y^2)$. Its curvatures are $\lambda = 1$ and $100$. The two coordinates
# do not meet, so each descends its own parabola. With the gradient $\lambda\theta$:
#
# $$\theta \leftarrow \theta - \eta\,\lambda\,\theta = (1 - \eta\,\lambda)\,\theta,
# \qquad \text{stable only if } \eta < \frac{2}{\lambda_{\max}} \tag{6.1}$$
#
# One rate must serve both. **Prediction:** start at $(1, 1)$ and make 5000 steps at $\eta = 0.0201$. How large is $y$ at the end?

# %%
guess("06-cap", "How large is y after 5000 steps?",
      choices=("smaller than 1", "still about 1", "larger than 1000"))

# %%
for lr in (0.01, 0.019, 0.02, 0.0201):
    path = [np.ones(2)]
    for step in range(5000):
        path.append(path[-1] - lr * np.array([1, 100]) * path[-1])      # (6.1)
    x, y = np.transpose(path)
    print(f"lr {lr:<6}: x < 0.01 after {np.argmax(x < 0.01)} steps, last y {y[-1]:.4g}")
answer("06-cap", "larger than 1000" if y[-1] > 1000 else
       "smaller than 1" if y[-1] < 1 else "still about 1")

# %% [markdown]
# At one rate the steep direction is indeed faster; but it *caps* the rate for the others. What counts is
# $\kappa = \lambda_{\max}/\lambda_{\min}$, the **condition number**. At the best rate, $2/(\lambda_{\min} + \lambda_{\max})$, both ends are equally slow: the error shrinks by $(\kappa-1)/(\kappa+1)$ a step.
#
# **Momentum** (4.23) collects a velocity; a *dampening* $\tau$ can weaken what enters (0 unless said):
#
# $$v \leftarrow \mu v + (1-\tau)\,g, \qquad \theta \leftarrow \theta - \eta\,v \tag{6.2}$$
#
# Across the valley the gradient flips its sign and cancels; along it, it adds up. **Nesterov** asks for the gradient where the velocity is about to lead. In the form that needs $g$
# only at $\theta$:
#
# $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta\,(g + \mu v) \tag{6.3}$$
#
# `walk` runs any optimizer of the library; `partial(SGD, lr=0.1)` is `SGD` with its rate filled in.

# %%
show_source(optimizers.walk)
makers = {"descent": partial(SGD, lr=2 / 101),
          "heavy ball": partial(SGD, lr=4 / 121, momentum=(9 / 11) ** 2),
          "Nesterov": partial(SGD, lr=1 / 100, momentum=9 / 11, nesterov=True)}
paths = {name: optimizers.walk(make, [1, 1], lambda x, _: np.array([1, 100]) * x, 700)
         for name, make in makers.items()}
rows = [[name, np.argmax(abs(path).max(1) < 1e-6), f"{abs(path[1:, 1]).max():.2g}"]
        for name, path in paths.items()]
table(rows, ["", "steps until both are below 1e-6", "largest |y| on the way"])

# %%
distances = {name: (range(250), abs(path[:250]).max(1)) for name, path in paths.items()}
with figure(2) as (left, right):
    lines(left, {name: path[:25].T for name, path in paths.items()}, x_label="x",
          y_label="y", title="The first 24 steps")
    lines(right, distances, x_label="step", y_label="largest |coordinate|", log="y",
          title="Both kinds of momentum get there first")

# %% [markdown]
# Descent flips from side to side; the heavy ball swings wider than it started, Nesterov does not. On a parabola, rate and momentum can be set for a given $\kappa$, as here (for Nesterov a standard choice); then
# the pace depends on $\sqrt\kappa = 10$ instead of $\kappa = 100$ (Polyak 1964; Nesterov 1983).
#
# Older texts put the rate inside, $v \leftarrow \mu v - \eta\,g$. At a constant rate that is the same; under a schedule it is not.
#
# Exercise 06-1 asks for both steps.
#
# **Summary.** On a parabola curvature caps the step, the condition number sets the pace, and momentum takes its root. It costs one more
# float a parameter. What is missing: $x$ and $y$ would need *different* rates.

# %% [markdown]
# ## 2. One rate for each parameter
#
# Who could tell the rates? The gradients themselves: an entry that has always been large needs a small rate. All that follow divide by a root of squared gradients.
#
# **AdaGrad** adds up all squares (Duchi, Hazan, Singer 2011):
#
# $$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.4}$$
#
# The sum only grows, so the rate $\eta/\sqrt{s}$ shrinks for ever. **RMSprop** forgets: it keeps a running mean (Tieleman, Hinton 2012):
#
# $$s \leftarrow \alpha s + (1-\alpha)\,g^2, \qquad \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.5}$$
#
# **AdaDelta** also averages the squares of its own steps $\Delta$ (Zeiler 2012):
#
# $$\Delta = \frac{\sqrt{d + \epsilon}}{\sqrt{s + \epsilon}}\;g, \qquad d \leftarrow \rho d + (1-\rho)\,\Delta^2, \qquad
# \theta \leftarrow \theta - \eta\,\Delta \tag{6.6}$$

# %%
show_source(AdaGrad.update, RMSprop.update, AdaDelta.update)

# %% [markdown]
# (The library's RMSprop has two options more.) Why such a strange fraction in AdaDelta? Look at *units*. Let $x$ be a length in metres. Its gradient is a loss *per metre*; the step must be in metres. $g/\sqrt s$ has no unit at all,
# so $\eta$ has to supply it. In AdaDelta, $\sqrt{d}$ is a length.
#
# To test the idea, we fill $d$ by hand, as if AdaDelta had made steps of a centimetre, and set $\epsilon = 0$. Test: one step on $f = x^2/2$. First multiply the loss by 1000; then measure $x$ in millimetres.
# **Prediction:** in millimetres, by which factor does the step of plain descent change, seen in metres?

# %%
guess("06-units", "x in millimetres: descent's step is multiplied by which factor?")

# %%
show_source(optimizers.step_in_metres)
for cls in (Adam, AdaGrad, RMSprop, AdaDelta, SGD):
    make = partial(cls, eps=0.0) if cls is AdaDelta else partial(cls, lr=0.01)
    step = optimizers.step_in_metres(make)
    scaled, in_mm = (optimizers.step_in_metres(make, **change) / step
                     for change in ({"factor": 1000}, {"unit": 1000}))
    print(f"{cls.__name__:8}: loss × 1000: {scaled:<4.4g} times; mm: {in_mm:.4g} times")
start = [optimizers.step_in_metres(AdaDelta, unit=n, earlier=0) for n in (1, 1000)]
print(f"AdaDelta from d = 0, ε = 1e-6: mm: {start[1] / start[0]:.1g} times")
answer("06-units", in_mm)

# %% [markdown]
# Descent depends on both: a steeper scale makes longer steps, a finer unit makes them a million times shorter. AdaGrad, RMSprop and Adam ignore the scale of the loss; so their steps are
# *not* "adjusted proportionally to the negative of the gradient" (article C). Of the five, only AdaDelta ignores both, and only with $d$ filled by hand and $\epsilon = 0$. As the library begins, from $d = 0$, only $\epsilon$ gets it going; $\epsilon$ has no unit, and the factor is 0.0005.
#
# Exercises 06-2, 06-3 and 06-4 ask for the three steps.
#
# **Adam** (Kingma, Ba 2015) joins momentum with RMSprop:
#
# $$\begin{aligned} m &\leftarrow \beta_1 m + (1-\beta_1)\,g, \\ v &\leftarrow \beta_2 v + (1-\beta_2)\,g^2, \end{aligned} \qquad
# \theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon} \tag{6.7}$$
#
# Here $v$ is a mean square, no velocity. What are the hats?

# %% [markdown]
# Both means start at 0, so at first they are too small. By how much? Unroll $m$ after $t$ steps, and let each gradient have the expectation $\mathrm{E}\,g$:
#
# $$\begin{gathered} \mathrm{E}\,m_t = (1-\beta_1)\sum_{i=1}^{t} \beta_1^{\,t-i}\;\mathrm{E}\,g = (1-\beta_1^t)\;\mathrm{E}\,g
# \\ \Longrightarrow\quad \hat m = \frac{m}{1-\beta_1^t}, \quad \hat v = \frac{v}{1-\beta_2^t} \end{gathered} \tag{6.8}$$
#
# The sum was geometric. At $t = 1$ this gives $\hat m = g$ and $\hat v = g^2$: the first step is $\eta\cdot\mathrm{sign}(g)$, but for $\epsilon$.
#
# $m$ and $v$ are both too small. Without the correction, is the first step too short or too long? Ask the explorer. Which of the two betas makes the hump? What if only $v$ is corrected?

# %%
show_source(Adam.update)
bias_explorer()

# %% [markdown]
# Without correction the first step is $(1-\beta_1)/\sqrt{1-\beta_2}$ times $\eta$, 3.16 for $\beta_1 = 0.9$ and $\beta_2 = 0.999$: too *long*: $v$ is missing more than $m$. The hump is made by $\beta_2$. With only $v$ corrected the first step is 0.1 times $\eta$, too short.
#
# **Weight decay.** The penalty $\tfrac12\lambda\theta^2$ pulls each weight towards 0 by $\eta\,\lambda\,\theta$. If it is added to $g$, Adam divides it by $\sqrt{\hat v}$ too.
# **AdamW** (Loshchilov, Hutter 2019) keeps it out:
#
# $$\theta \leftarrow (1 - \eta\,\lambda)\,\theta, \qquad \text{then Adam's step with the bare } g \tag{6.9}$$
#
# Two weights start at 1. Their gradients only flip signs, one small, one large.
# Decay alone would leave 0.22 of each in 300 steps. **Prediction:** how much is left of the second, with large gradients, in Adam?

# %%
guess("06-decay", "How much of the second weight is left in Adam?")

# %%
for cls in (AdamW, Adam):
    end = optimizers.walk(partial(cls, lr=0.01, weight_decay=0.5), [1, 1],
                          lambda _, k: (-1.0) ** k * np.array([0.1, 10]), 300)[-1]
    print(f"{cls.__name__:5}: {end}    decay alone: {(1 - 0.01 * 0.5) ** 300:.4f}")
answer("06-decay", end[1])

# %% [markdown]
# With L2 inside Adam, the weight with large gradients hardly decays. AdamW treats both alike. Exercises 06-5 and 06-6 ask for Adam and AdamW.
#
# **Adam can fail**, even on a straight line. Let the gradient be $C = 3$ at every third step, else $-1$, for $x$ between $-1$ and $1$. On average it is positive: the best $x$ is $-1$. With a short memory, the rare
# large gradient is divided by its own large root. **AMSGrad** (Reddi, Kale, Kumar 2018) divides by the largest mean square so far:
#
# $$v_{\max} \leftarrow \max(v_{\max}, v), \qquad \theta \leftarrow \theta - \eta\,\frac{m}{\sqrt{v_{\max}} + \epsilon} \tag{6.10}$$
#
# Both run below as in that paper: no bias correction, $\beta_1 = 0$, $\beta_2 = 1/(1+C^2) = 0.1$. It asks for less than $\sqrt{1-\beta_2}/\sqrt t$: we take $\eta = 0.9/\sqrt t$.

# %%
show_source(optimizers.on_a_line)
ways = (False, 0.1), (True, 0.1), (False, 0.999)        # AMSGrad? and beta2
rows = [[n, *(f"{optimizers.on_a_line(ams, n, beta2):.4f}" for ams, beta2 in ways)]
        for n in (100, 1000, 10_000, 100_000)]
table(rows, ["steps", "x of Adam", "x of AMSGrad", "x of Adam, β₂ = 0.999"])

# %% [markdown]
# With this short memory Adam walks to the worst point; AMSGrad finds the best. With $\beta_2 = 0.999$ Adam finds it too.
#
# **The race.** You set the rates: for each rule its best, one for all, or your own for one. "Best" is, of 31 rates from 0.0001 to 100, the one with the lowest mean height after 240 steps from 100 random starts. Sophia (section 3) alone is told the exact curvatures, at every step, with values set by hand ($\beta$ 0.9 and 0.9, $\gamma$ 0.1, no decay).
#
# Who waits on the plateau if all have 0.1, who with their best? **Prediction:** on the saddle, start at $y = 0$ exactly. How many of the eight leave?

# %%
guess("06-ridge", "How many of the eight leave the ridge y = 0?", unit="rules")

# %%
race_explorer()

# %%
rows = [surfaces.among_basins(name, seed=7) for name in surfaces.NAMES]
display(table(rows, ["many basins", "height with 0.1", "with its best", "its best"]))
answer("06-ridge", sum(map(surfaces.leaves_the_ridge, surfaces.NAMES)))

# %% [markdown]
# Nobody leaves the ridge: the slope across is exactly 0. On the plateau only AdaDelta waits at 0.1 (0.995 high after 240 steps); at their best nobody does (the highest: 0.0013).
#
# The table shows mean heights, from 100 other starts. With 0.1 AdaGrad ends as high as descent; with 2.51 it ends in the lowest basin, from every start. Its first step, $\eta$ in each coordinate, is longer than a basin is wide. Descent gains nothing by its best. A race tells about a rule *with its rate*; it ranks no rules.
#
# **Summary.** Dividing by a root of mean squares gives each parameter its own rate, for one or two floats. What is missing: curvature.

# %% [markdown]
# ## 3. Curvature and matrices
#
# On a parabola of curvature $h$, Newton's step $g/h$ lands at the bottom at once. But $h$ may be 0 or negative; on $\tfrac12(x^2 - y^2)$ the step leads *onto* the saddle.
#
# **Sophia** (Liu and others 2024) guards it twice: the curvature gets a floor, and no entry moves by more than $\eta$.
#
# $$\begin{aligned} m &\leftarrow \beta_1 m + (1-\beta_1)\,g, \\
# \theta &\leftarrow \theta - \eta\;\mathrm{clip}\!\left(\frac{m}{\max(\gamma h, \epsilon)},\,-1,\,1\right) \end{aligned} \tag{6.11}$$
#
# Where $h < 0$, each entry steps by $\eta$ against the sign of $m$; so the saddle does not draw it in, unless $m$ is exactly 0. In the race, from the saddle's own start, all eight rules leave at their best rates.

# %% [markdown]
# But who knows $h$, the diagonal of $H$? **Hutchinson** needs one product with $H$. Draw $u$ with independent entries of mean 0 and variance 1:
#
# $$\hat h = u \odot (H u), \qquad
# \mathrm{E}\,\hat h_i = \sum_j H_{ij}\,\mathrm{E}[u_i u_j] = H_{ii} \tag{6.12}$$
#
# And $Hu$ is how $g$ changes along $u$: a complex step through `backward`.
#
# **Gauss-Newton-Bartlett** is never negative. Draw labels from the network's *own* softmax; $\hat g$ is the mean gradient on these $B$ labels. Each $\mathrm{E}\,g_n = 0$, because probabilities sum to 1. So in the square the mixed terms average out:
#
# $$\hat h = B\;\hat g \odot \hat g, \qquad \mathrm{E}\,\hat h = \frac1B \sum_n \mathrm{E}\,g_n^2 = \text{the diagonal of } G \tag{6.13}$$
#
# $G$, the Gauss-Newton matrix, is $H$ without the curvature of the network itself. One backward is enough.

#
# Are they unbiased? On a tiny net the exact diagonals can be computed: for $H$ by differences of the gradient, for $G$ by going through all labels.

# %%
show_source(Sophia.update, curvature.hutchinson)
found = optimizers.both_estimates(seed=6, times=2000, watch=watched)
rows = []
with figure(2) as axes:
    for ax, (name, (exact, draws)) in zip(axes, found.items()):
        mean, spread = draws.mean(axis=0), draws.std(axis=0)
        error = spread / len(draws) ** 0.5
        ax.errorbar(exact, mean, yerr=3 * error, fmt=".")
        ax.axline((0, 0), slope=1, color="black", linewidth=0.8)
        ax.set(xlabel="exact", ylabel=f"mean of {len(draws)} draws", title=name)
        near = sum(abs(mean - exact) < 3 * error)
        rows.append([name, len(exact), sum(exact < 0), near,
                     f"{np.median(spread / abs(exact)):.2g}"])
table(rows, ["", "entries", "below 0", "within 3 errors", "one draw: spread / entry"])

# %% [markdown]
# The means agree, within their bars, as those of unbiased estimates should. One draw scatters by more than the entry itself, so Sophia averages, $h \leftarrow \beta_2 h + (1-\beta_2)\,\hat h$, once every ten steps.
#
# **Muon** (Jordan and others 2024) asks another question: why treat a weight *matrix* as a list of numbers? It takes the momentum $m$, and sets all its singular values (the factors by which a matrix stretches its own main directions) to about 1, so that no direction is left behind:
#
# $$\theta \leftarrow \theta - \eta\,r\;\mathrm{NS}(u), \qquad u = (1-\mu)\,g + \mu m \tag{6.14}$$
#
# with a factor $r$ for the shape. NS, the Newton-Schulz iteration, uses nothing but matrix products. From $X = u/\lVert u\rVert$, five times:
#
# $$A = X X^\top, \qquad X \leftarrow a X + (b A + c A^2) X \tag{6.15}$$

# %%
show_source(Muon.update, first_order.newton_schulz)
G = np.random.default_rng(6).normal(size=(128, 256))
U, _, Vt = np.linalg.svd(G, full_matrices=False)
for matrix in (G, U * np.geomspace(1, 1e-4, 128) @ Vt):
    result = first_order.newton_schulz(matrix)
    low, high = np.linalg.svd(result, compute_uv=False)[[-1, 0]]
    print(f"condition {np.linalg.cond(matrix):.4g}: then from {low:.4g} to {high:.4g}")

# %% [markdown]
# Each singular value $\sigma$ goes its own way, $\sigma \to a\sigma + b\sigma^3 + c\sigma^5$; the vectors stay. (6.15) never settles *at* 1: the coefficients were chosen to lift small values fast. But five steps multiply a small one by at most $a^5 = 485$: what begins at a ten-thousandth of the norm ends below 0.05.
#
# Exercise 06-7 asks for Sophia's step.
#
# **Summary.** Sophia spends an occasional extra pass on a diagonal of curvatures, Muon some matrix products on every step. Both still meet noise in every mini-batch. What is missing: what if there is no noise,
# because we take the whole batch?
#
# *Here the first sitting ends.* Sections 4 to 7 need nothing from above but the rules themselves.

# %% [markdown]
# ## 4. The whole batch
#
# Without noise, successive gradients can be compared: their difference tells the curvature. Article E says that layers can be trained by "a variant known as conjugate gradient descent". It is a way to use gradients, not
# a variant of computing them.
#
# For $f = \tfrac12 x^\top A x - b^\top x$, **conjugate gradients** (Hestenes, Stiefel 1952) goes to the exact minimum along a direction $p$, and then never spoils it: the next direction obeys $p_{\text{new}}^\top A\,p = 0$. With the residual $r = b - Ax = -g$:
#
# $$\begin{gathered} a = \frac{r^\top r}{p^\top A p}, \quad x \leftarrow x + a p, \quad r_{\text{new}} = r - a A p, \\
# p \leftarrow r_{\text{new}} + \frac{r_{\text{new}}^\top r_{\text{new}}}{r^\top r}\,p \end{gathered} \tag{6.16}$$
#
# In exact arithmetic it ends after at most $n$ steps. **Prediction:** $n = 20$, condition number 230. How many for descent at its best constant rate?

# %%
guess("06-parabola", "Descent: how many steps to a millionth?", unit="steps")

# %%
Q, _ = np.linalg.qr(np.random.default_rng(6).normal(size=(20, 20)))
A, b = Q * np.geomspace(1, 230, 20) @ Q.T, Q.sum(axis=1)
x, steps = np.zeros(20), 0
while np.linalg.norm(b - A @ x) > 1e-6 * np.linalg.norm(b):
    x, steps = x + 2 / 231 * (b - A @ x), steps + 1     # the best constant rate
answer("06-parabola", steps)

# %%
x, r, p, steps = np.zeros(20), b, b, 0
while np.linalg.norm(r) > 1e-6 * np.linalg.norm(b):
    a = r @ r / (p @ A @ p)                             # (6.16)
    x = x + a * p
    r_new = r - a * (A @ p)
    p = r_new + (r_new @ r_new) / (r @ r) * p
    r, steps = r_new, steps + 1
np.testing.assert_allclose(A @ x, b, atol=1e-5)
print("conjugate gradients:", steps, "steps")

# %% [markdown]
# Rounding costs it some steps more than 20. A network's loss is no parabola, but near any point it looks like one. **Nonlinear conjugate gradients** replace $r$ by $-g$, forget when the fraction turns negative, and search along each line (Polak, Ribière 1969; the $\max$, "PR+", came later):
#
# $$d \leftarrow -g + \max\!\left(0,\; \frac{g^\top(g - g_{\text{old}})}{g_{\text{old}}^\top g_{\text{old}}}\right) d \tag{6.17}$$
#
# **L-BFGS** (Liu, Nocedal 1989) keeps the last ten moves $s_i = \Delta\theta$ and what they did to the gradient, $y_i = \Delta g \approx H s_i$. Two loops build a Newton-like direction from them, with $\rho_i = 1/y_i^\top s_i$:
#
# $$\begin{aligned}
# q &= g; & \text{newest to oldest:}\quad & a_i = \rho_i\,s_i^\top q, \quad q \leftarrow q - a_i\,y_i \\
# q &\leftarrow q\,\tfrac{s^\top y}{y^\top y}; & \text{oldest to newest:}\quad & q \leftarrow q + s_i\,(a_i - \rho_i\,y_i^\top q) \\
# d &= -q & &
# \end{aligned} \tag{6.18}$$

# %% [markdown]
# How far along $d$? A good step $a$ satisfies the **strong Wolfe conditions**: the value falls enough, and the slope has flattened enough.
#
# $$f(\theta + a d) \le f(\theta) + c_1\,a\,g^\top d, \qquad
# \bigl|\nabla f(\theta + a d)^\top d\bigr| \le c_2\,\bigl|g^\top d\bigr| \tag{6.19}$$
#
# The explorer cuts through a real loss: a network on 200 digits, along $-g$. Find the steps that pass. Which condition forbids steps that are too short, and which those that are too long?
# What remains if $c_1$ is large and $c_2$ small?

# %%
wolfe_explorer()

# %% [markdown]
# The first forbids steps that are too long; the second short ones, and, being an absolute value, those that run up the other side. With $c_1$ large and $c_2$ small, nothing may be left; the library takes $c_1 = 10^{-4}$, and $c_2 = 0.9$ (0.1 for conjugate gradients).
#
# Exercise 06-8 asks for a line search, exercise 06-9 for the two loops.
#
# Now the same network, all of its 200 digits at once; `full_batch` makes its loss a function of one vector. Descent, and momentum 0.9, get the best of four rates from 1 to 2.8; the other two need none.
# **Prediction:** how many evaluations (forward and backward) does each need for a loss of 0.01, from five starts?

# %%
guess("06-evaluations", "Evaluations until L-BFGS is below 0.01?", unit="evaluations")

# %%
show_source(optimizers.evaluations_until)
found = each(range(5), partial(optimizers.evaluations_until, 0.01), label="starts",
             missing={})
needed = {name: np.array([np.fmin.reduce(start.get(name, [np.nan]))
                          for start in found.values()]) for name in found[0]}
rows = [[name, say(n), " ".join(f"{k:.0f}" for k in n), len(found[0][name])]
        for name, n in needed.items()]
display(table(rows, ["evaluations until 0.01", "mean", "each start", "runs a start"]))
answer("06-evaluations", needed["L-BFGS"].mean() if found.complete else None)

# %% [markdown]
# From none of the five starts does L-BFGS need more evaluations than momentum at its best rate, nor that more than conjugate gradients; descent is far behind (4 was tried for it too: it never gets there). But the best rate cost four runs a start. What L-BFGS saves here is, above all, that search.
#
# Full BFGS keeps a matrix of $P \times P$ floats.
# Article E calls "vanilla BFGS, SGD, and RMSprop" popular implementations of backpropagation. They are users of its gradients, and what each keeps can be counted:

# %%
matrix, rows = Parameter(np.zeros((64, 32))), []
P, heavy_ball = matrix.data.size, partial(SGD, momentum=0.9)
for make in (SGD, heavy_ball, AdaGrad, RMSprop, AdaDelta, Adam, AMSGrad, Sophia, Muon):
    kept = [a for a in make([matrix], lr=0.1).state[0].values() if np.ndim(a)]
    name = make.__name__ if isinstance(make, type) else "SGD with momentum"
    rows.append([name, f"{sum(a.size for a in kept) / P:g} (measured)"])
rows += [["conjugate gradients", "2 (last gradient and direction)"],
         ["L-BFGS", "20 (ten pairs)"], ["BFGS", f"P = {P} (a matrix P × P)"]]
table(rows, ["", "floats a parameter"])

# %% [markdown]
# With a million parameters in float32, BFGS would need 4 terabytes. That is why it is used for small problems only.
#
# These methods compare gradients of *the same* function. With a new mini-batch at each step the difference $y$ holds the change of the batch too; deep networks are mostly trained with the rules of sections 1 to 3.
#
# A remark for later: where gradients are sometimes huge, their common norm is limited, $g$ over all parameters:
#
# $$g \leftarrow g \cdot \min\!\left(1,\; \frac{c}{\lVert g\rVert}\right) \tag{6.20}$$
#
# This is `clip_grad_norm`; the direction stays. Lesson 09 needs it.
#
# **Summary.** On a whole batch, comparing gradients replaces the learning rate. What is missing: all of this only walks downhill. Where to?

# %% [markdown]
# ## 5. Without convexity
#
# Gradient descent "optimizes the convex function by finding the minimum point", says article D. A function is convex if no point of a straight line between two points of its graph lies below the graph:
# one valley, one bottom.
#
# Take a trained network. Exchange its hidden units: permute the columns of $W_1$, $b_1$, and the rows of $W_2$. It computes the same. **Prediction:** what is the loss halfway between the two?

# %%
guess("06-middle", "The loss halfway between two equal networks?", unit="nats")

# %%
digits, rng = load_digits(), np.random.default_rng(6)
net = Sequential(Dense(64, 32, rng=rng), Tanh(), Dense(32, 10, rng=rng))
function, start = full_batch(net, softmax_cross_entropy, digits.x_train, digits.t_train)
one = lbfgs(function, start, steps=25).x
vector_to_parameters(one, net.params)
(W1, b1, W2, b2), order = [p.data for p in net.params], rng.permutation(32)
other = np.concatenate([W1[:, order].ravel(), b1[order], W2[order].ravel(), b2])
shares = np.linspace(0, 1, 41)
losses = [function((1 - share) * one + share * other)[0] for share in shares]
with figure(alt="The loss on the way from one network to its twin: a mountain.") as ax:
    curves(ax, shares, {"": losses}, x_label="share of the way", y_label="loss (nats)",
           title=f"Between two networks of loss {losses[0]:.4f}")
answer("06-middle", losses[20])

# %% [markdown]
# A convex function cannot have this mountain, so the loss of this network is not convex. Descent does not need it to be: where $g \ne 0$, a small step along $-g$ lowers *any* differentiable function. What is lost is the promise of where it ends. Where there is no slope, the eigenvalues of the Hessian $H$, the curvatures, tell more: all above 0, a **minimum**; one below 0, a **saddle**, where some direction leads down; some at 0 and none below, they do not tell.
#
# The smallest case: one sigmoid unit, two weights, $y = s(w \cdot x)$, four examples. $(10, 0)$ should give 0.2, $(1, 0)$ 0.9; $(0, 10)$ and $(0, 1)$ likewise. **Prediction:** how many minima has the map of the mean squared error?

# %%
guess("06-minima", "How many minima has one unit with two weights?", unit="minima")

# %%
starts = (-0.1, -0.1), (-0.1, 2.2), (2.2, -0.1), (2.2, 2.2), (0.5, -0.1)
stars = [landscape.at_rest(landscape.one_unit, start) for start in starts]
rows = [landscape.row(landscape.one_unit, star) for star in stars]
table(rows, landscape.HEADER)

# %%
axis = np.linspace(-1.5, 4, 81)
heights = [[landscape.one_unit(np.array([u, v]))[0] for u in axis] for v in axis]
with figure(alt="A map of the loss with four minima and a saddle between two.") as ax:
    ax.contour(axis, axis, heights, 24, cmap="viridis", linewidths=1)
    for star, row in zip(stars, rows):
        ax.plot(*star, "k*" if row[-1] == "minimum" else "kx", markersize=10)
    ax.set(xlabel="w1", ylabel="w2", title="One unit: stars are minima, x a saddle")
answer("06-minima", sum(row[-1] == "minimum" for row in rows))

# %% [markdown]
# The loss is a sum of one function of $w_1$ and the same of $w_2$, each with two minima. All curvatures are above 0 at the four stars, and going on (L-BFGS, anew, until no slope is above $10^{-14}$ or it finds nothing lower) leaves the loss as it is. Three stars are higher than the fourth: **local minima**, and small steps do not come out of them. The cross is a saddle. $n$ weights give $2^n$ minima in this way (Auer, Herbster, Warmuth 1996).
#
# Now XOR (output 1 if exactly one of two inputs is 1) with two hidden sigmoid units. 30 random starts, L-BFGS until no slope is above $10^{-6}$. **Prediction:** how many end higher than 0.1?

# %%
guess("06-stuck", "Of 30 starts, how many end above 0.1?", unit="starts")

# %%
show_source(landscape.xor_end)
xors = each(range(30), landscape.xor_end, label="starts", missing=(False, None, None))
high = {seed: end[1:] for seed, end in xors.items() if end[2]}
print("reported as success:", sum(end[0] for end in xors.values()), "of", len(xors))
answer("06-stuck", len(high) if xors.complete else None)

# %%
# NBVAL_IGNORE_OUTPUT
lower = sum(after.loss < here.loss - 1e-3 for here, after in high.values())
longer = sum(after.weights > here.weights for here, after in high.values())
print(f"on going on: {lower} of {len(high)} come lower, {longer} have longer weights")
rows = [[seed, *landscape.cells(*pair)] for seed, pair in high.items()]
table(rows, ["start", *landscape.HEADER[1:]])

# %% [markdown]
# L-BFGS reports success at all 30 ends. Compare with the stars: at no high end is every curvature above $10^{-12}$ (rounding), and on going on the weights grow. These ends look like **plateaus** that run to infinity while the units saturate; some bend down, by less than $10^{-8}$. Here three lead lower after all, two down to 0; starts that differ in the last digits give others.
#
# For this network it is proved that no finite point is a local minimum (Hamey 1998; Sprinkhuizen-Kuyper, Boers 1998), and that from *every* one a strictly decreasing path leads to error 0 (the latter 1999). So go on before you call an end a minimum.

# %% [markdown]
# **Summary.** Descent needs slopes, not convexity; in return it promises a small slope, no more: a minimum, a saddle or a plateau. No optimizer of this lesson knows whether its end is the lowest. What is missing: on real data, which rule is best?
#
# ## 6. A fair comparison
#
# Sophia is "one of the most advanced algorithms", says article D. How would one know? By a comparison. Here is one as it is often written: a small network on the digits, 1154 images to fit, 288 to choose, 355 to judge; three learning rates, ten epochs, and the best result of each rule.

# %%
show_source(ten_rules.report)

# %% [markdown]
# It contains no bug, but it is unfair. **Prediction:** in how many ways? Write them down; we count them below.

# %%
guess("06-unfair", "How many things are unfair in `report`?", unit="things")

# %%
split = ten_rules.parts()
for name, make in {"descent": SGD, "Adam": Adam}.items():
    loss, lr = ten_rules.report(make, split)
    print(f"{name}: {loss:.3f} at rate {lr}")
answer("06-unfair", 4)

# %% [markdown]
# <details><summary>We count four</summary>
#
# 1. **A batch of two.** 1154 images in batches of 64 leave two: a full step right before the loss is taken. It moves the choice too: without it Adam's rate is 0.01. *Merge it, weight it, or drop it.*
# 2. **The edge of the grid.** The best rate of both is the last one tried. *Widen the grid, for all.*
# 3. **Judged on what was used to choose.** The smallest loss flatters. *Judge once, on other data.*
# 4. **One seed.** How far would another differ? *Several, and an interval.*
# </details>
#
# Exercise 06-10 asks you to repair it.

# %% [markdown]
# `compare` obeys these rules: the same trials and updates for every rival (Sophia has 18 passes more, for its curvature), no small batch, a grid widened for all, the choice on images set aside, sixteen further seeds judged once on the test images.
#
# Only the rate is chosen. Momentum 0.9 is set; the rest are defaults: AdamW's decay 0.01; AdaDelta's $\rho$ 0.9, $\epsilon$ $10^{-6}$; Sophia's $\beta$ 0.96 and 0.99, $\gamma$ 0.05, weight decay 0.1, curvature every ten steps; Muon's momentum 0.95, weight decay 0.1, and AdamW with the same rate for the biases. **Prediction:** how many of the nine others are below descent, told apart, after ten epochs? After one?

# %%
guess("06-below", "How many of nine end below descent, told apart?", unit="rules")

# %%
guess("06-start", "How many of nine are below descent after one epoch?", unit="rules")

# %%
show_source(ten_rules.fair, ten_rules.trial)
result = ten_rules.fair(search_seeds=(20, 21, 22), seeds=range(16),
                        watch=partial(watched, label="runs"))

# %%
rows = []
for name, row in zip(ten_rules.FIELD, result.rows()):
    rows.append([*row, *(result.beats(name, "descent", seeds=n) for n in (8, 16)),
                 say(result.measured("first")[name]),
                 result.beats(name, "descent", "first")])
display(table(rows, ["rule", "rate", "at the grid's edge", "test loss", "below descent "
                     "by 8 seeds", "by 16", "after one epoch", "below descent then"]))
yes = [sum(row[column] == "yes" for row in rows) for column in (5, 7)]
display(table(ten_rules.report_changed(), ["changed in report", "descent", "Adam"]))
answer("06-below", yes[0] if result.complete else None)

# %% [markdown]
# "Yes": the 95 % interval of the differences from descent, seed by seed, lies below 0. Eight seeds tell one apart, sixteen six. Descent ends at 0.117, Adam at 0.0935, a small difference. In `report` it was 0.458 against 0.104. Most of that gap is the grid's edge: with the rate 1 the report gives descent 0.151. Without the batch of two it is 0.455 against 0.125; judged on test images, 0.450 against 0.127.
#
# Of nine verdicts one may be wrong by chance; and three seeds chose the rate: with the seeds 120, 121, 122, AdamW gets the rate 0.1, and the sixteen put it *above* descent, at 0.143.

# %%
with figure(2, size=(9, 4), alt="Each rule has a valley of rates of its own.") as axes:
    for ax, names in zip(axes, ten_rules.GROUPS):
        lines(ax, {name: (result.values, result.search[name]) for name in names},
              x_label="learning rate", y_label="loss on the fifth set aside", log="xy")
        ax.set(ylim=(0.02, 3), title="The search: the rate decides")
with figure(2, size=(9, 4), alt="Bands of losses that come together.") as axes:
    for ax, names in zip(axes, ten_rules.GROUPS):
        bands(ax, range(1, 11), ten_rules.curves(result, names), x_label="epoch",
              y_label="test loss (nats)", log=True)
        ax.set(ylim=(0.06, 3), title="From the lowest seed to the highest")
display(origin_table(ten_rules.FILE), table(ten_rules.again(), ["rule", "rates chosen",
        "times below descent", "not told", "above"], "five comparisons, other seeds"))
answer("06-start", yes[1] if result.complete else None)

# %% [markdown]
# What may be concluded, for this network, these images, ten epochs?
#
# * Six rules end below descent at its best rate; for AdaGrad, AdaDelta and Muon that is not told (not: equal). Five comparisons with other seeds agree on these six; AdaGrad is told apart once, AdaDelta and Muon never. AdamW turned with the seeds above.
# * After one epoch the order is another: Sophia and Muon are above descent, at the rates that are best after ten.
# * Each rule has its own valley of rates; the chosen ones lie more than three decades apart.
#
# And what may **not**: a ranking of the ten; "converges faster" from one epoch, or "better" from one budget; anything about settings that nobody searched.

# %% [markdown]
# The same at full scale: Wen, Hall, Ma and Liang (2025, arXiv 2509.02046; the last three are authors of Sophia) report that with equal tuning the best optimizers gained 1.4 times over AdamW at 0.1 billion parameters and 1.1 times at 1.2 billion, less than claimed, and that the fastest were
# matrix methods such as Muon.
#
# "Backpropagation does not require tuning specific parameters", says article D. The derivatives do not; the step does, as the search shows.
#
# **Summary.** Tune all alike, choose on data set aside, judge once, show the spread, and say what was not told apart. What is missing: do we need gradients at all?

# %% [markdown]
# ## 7. Without gradients
#
# Training is "trial and error" in article E; backpropagation uses "less memory compared to alternative optimization algorithms like the genetic algorithm" in article D. Measure both.
#
# A **genetic algorithm** keeps a population of networks. In each generation all are tried, the best survive with their losses, and children take each weight from one of two parents, plus noise. It needs forward passes only. A forward with its backward counts as *three* forward passes (lesson 04).
#
# We run 50 networks of which ten survive; 10 of which two survive, and 2 of which one, with less noise. Adam has the rate 0.03. **Prediction:** after 2000 forward passes over 200 digits, what loss do the 10 reach?

# %%
guess("06-genetic", "The loss of the 10 networks after 2000 passes?", unit="nats")

# %%
show_source(optimizers.genetic)
settings = {"50 networks": (50, 10, 0.05), "10 networks": (10, 2, 0.03),
            "2 networks": (2, 1, 0.03)}

names = [*settings, "Adam", "L-BFGS"]

def run(job):
    if job[0] in settings:
        return optimizers.evolved(*settings[job[0]], seed=job[1], passes=2000)
    return optimizers.with_gradients(*job, passes=2000)

runs = each([(name, seed) for name in names for seed in range(5)], run, label="runs",
            missing=(np.array([1]), np.array([np.nan])))

# %%
last = {name: np.array([runs[name, k][1][-1] for k in range(5)]) for name in names}
best = 1.001 * min(last[name].min() for name in settings)       # of the genetic runs
rows = [[name, say(last[name], "{:.2g}"), "" if name in settings else
         say([first_below(*runs[name, k], best) for k in range(5)])] for name in names]
display(table(rows, ["", "loss after 2000 passes", "passes to the best genetic run"]))
answer("06-genetic", last["10 networks"].mean(), form="{:.2g}")

# %%
with figure(alt="Loss against forward passes: the gradient methods fall far below all "
            "genetic algorithms.") as ax:
    lines(ax, {name: runs[name, 0] for name in names}, y_label="loss (nats)", log="xy",
          x_label="forward passes over 200 digits", title="What a gradient is worth")
    ax.set_ylim(1e-4, 4)

# %% [markdown]
# At these settings, after 2000 passes the genetic algorithms are at 0.79, 0.22 and 0.098, and both gradient methods come as low as their best run within 60. Other settings move the first three numbers: try some. A trial tells one number. A gradient tells 2410 slopes, for the price of two more passes: this is the win of backpropagation.
#
# And the memory? `peak_memory` measures the highest mark: of one backpropagation, and of one generation, on a network of 21 linear layers. A population need not be 50: with 2 networks, parent and child, it is called a (1+1) strategy; above, it came lowest of the three.
# **Prediction:** who needs less memory at 1442 images?

# %%
guess("06-memory", "Who needs less memory at 1442 images?",
      choices=("backpropagation", "a generation of 50"))

# %%
# NBVAL_IGNORE_OUTPUT
show_source(optimizers.backpropagation, optimizers.generation)
x, used = load_digits().x_train, {}
for N in (64, 1442):
    used[N] = [peak_memory(optimizers.backpropagation, x[:N]),
               *(peak_memory(optimizers.generation, x[:N], size) for size in (50, 2))]
rows = [[N, *(f"{number / 1e6:.3g}" for number in used[N])] for N in used]
display(table(rows, ["images", "backpropagation, MB", "generation of 50", "of 2"]))
answer("06-memory", "backpropagation" if used[1442][0] < used[1442][1] else
       "a generation of 50")

# %% [markdown]
# At 64 images backpropagation needs less than a population of 50, as the article says. At 1442 images it needs more, and it needs more than two networks at either size. The reason: a backward needs the activations
# of *every* layer, a forward pass forgets them. So the claim is not true in general. Backpropagation wins by the number of evaluations, not by memory.

# %% [markdown]
# **Summary of the lesson.** Curvature caps plain descent; on a parabola, momentum takes the root of the condition number; a running mean of squares gives each parameter its rate; a whole batch allows conjugate gradients and L-BFGS, which need no rate. None needs convexity, and none knows a global minimum. Compare with equal tuning, several seeds and an interval.
#
# | task | what | level |
# |---|---|---|
# | 06-1, 06-2, 06-3 | momentum and Nesterov, AdaGrad, RMSprop | fill in |
# | 06-4, 06-5 | AdaDelta, Adam | write |
# | 06-6 | AdamW | fill in |
# | 06-7 | Sophia's clipped step | write |
# | 06-8, 06-9 | a line search, the direction of L-BFGS | write |
# | 06-10 | an unfair comparison, repaired | write |

# %% [markdown]
# **Further reading**
#
# - {source nocedal2006}: chapters 3, 5, 7.
# - {source duchi2011}.
# - {source zeiler2012}.
# - {source kingma2015}.
# - {source reddi2018}.
# - {source loshchilov2019}.
# - {source liu2024}.
# - {source jordan2024}.
# - {source wen2025}.
# - {source auer1996}.
# - {source hamey1998}.
# - {source sprinkhuizen1998}.
# - {source sprinkhuizen1999}.
