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
# * say what is lost without convexity;
# * compare optimizers fairly, and see through a comparison that is not fair.
#
# **Time:** about 75 minutes, in two sittings: sections 1 to 3, then 4 to 7.
# **Needed:** lessons 01 (descent, curvature), 04 (momentum, training) and 05 (mini-batches).
#
# | symbol | code | meaning |
# |---|---|---|
# | $\theta$, $g$ | `p.data`, `p.grad` | a parameter, and its gradient `dp` |
# | $P$ | `P` | number of parameters, all entries counted |
# | lr, $\mu$ | `lr`, `momentum` | learning rate, momentum |
# | $v, s, d, m, h$ | `state[...]` | what an optimizer remembers, each of the shape of $\theta$ |
# | $\lambda$ | | a curvature; in (6.9) the strength of weight decay |
# | $H$ | `H` | Hessian: all second derivatives of $L$, $P \times P$ |
# | $\odot$, $g^2$, $\sqrt{s}$, $g/s$ | | entry by entry |

# %%
from functools import partial
import numpy as np
from course_lib import (SGD, Batches, Dense, Parameter, Sequential, Sigmoid, Tanh,
    evaluate, load_digits, mean_squared_error, softmax_cross_entropy, train_step)
from course_lib.studies.optimizers import descent_values, exact_diagonals, genetic, walk
from course_lib.optim.curvature import gauss_newton_bartlett, hutchinson
from course_lib.optim.first_order import (AdaDelta, AdaGrad, Adam, AdamW, AMSGrad, Muon,
    RMSprop, Sophia, Together, newton_schulz)
from course_lib.optim.full_batch import (conjugate_gradient, full_batch, lbfgs,
    parameters_to_vector, vector_to_parameters)
from course_lib.page.notebook import peak_memory, show_source, table
from course_lib.page.plotting import bands, curves, figure, lines
from course_lib.widgets.lesson06 import bias_explorer, race_explorer, wolfe_explorer
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. The long valley
#
# A popular article says that "a higher gradient indicates a steeper slope and facilitates faster learning". Is steep good?
#
# Take a valley with one flat and one steep direction, $f = \tfrac12(x^2 + 100\,y^2)$. Its curvatures are $\lambda = 1$ and $100$. The two coordinates
# do not meet, so each descends its own parabola. With the gradient $\lambda\theta$:
#
# $$\theta \leftarrow \theta - \mathrm{lr}\,\lambda\,\theta = (1 - \mathrm{lr}\,\lambda)\,\theta,
# \qquad \text{stable only if } \mathrm{lr} < \frac{2}{\lambda_{\max}} \tag{6.1}$$
#
# One rate must serve both. **Prediction:** start at $(1, 1)$. What happens at lr = 0.019, and what at 0.0201?

# %%
for lr in (0.01, 0.019, 0.02, 0.0201):
    path = [np.ones(2)]
    for step in range(5000):
        path.append(path[-1] - lr * np.array([1, 100]) * path[-1])      # (6.1)
    x, y = np.transpose(path)
    print(f"lr {lr:<6}: x < 0.01 after {np.argmax(x < 0.01)} steps, last y {y[-1]:.4g}")

# %% [markdown]
# The steep direction *caps* the rate, and the flat one must live with it: the article has it backwards. What counts is the ratio
# $\kappa = \lambda_{\max}/\lambda_{\min}$, the **condition number**. At the best rate, $2/(\lambda_{\min} + \lambda_{\max})$, both ends of (6.1) are equally slow: the error shrinks by $(\kappa-1)/(\kappa+1)$ a step.
#
# **Momentum** (4.23) collects a velocity; a *dampening* $\tau$ can weaken what enters (0 unless said):
#
# $$v \leftarrow \mu v + (1-\tau)\,g, \qquad \theta \leftarrow \theta - \mathrm{lr}\,v \tag{6.2}$$
#
# Across the valley the gradient flips its sign and cancels; along it, it adds up. **Nesterov** asks for the gradient where the velocity is about to lead. In the form that needs $g$
# only at $\theta$:
#
# $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \mathrm{lr}\,(g + \mu v) \tag{6.3}$$
#
# `walk` runs any optimizer of the library; `partial(SGD, lr=0.1)` is `SGD` with its rate filled in.

# %%
show_source(walk)

# %%
makers = {"descent": partial(SGD, lr=2 / 101),
          "heavy ball": partial(SGD, lr=4 / 121, momentum=(9 / 11) ** 2),
          "Nesterov": partial(SGD, lr=1 / 100, momentum=9 / 11, nesterov=True)}
paths = {name: walk(make, [1, 1], lambda x, step: np.array([1, 100]) * x, 700)
         for name, make in makers.items()}
print({name: int(np.argmax(abs(path).max(1) < 1e-6)) for name, path in paths.items()})

# %%
distances = {name: (range(250), abs(path[:250]).max(1)) for name, path in paths.items()}
with figure(2) as (left, right):
    lines(left, {name: path[:25].T for name, path in paths.items()}, x_label="x",
          y_label="y", title="The first 24 steps")
    lines(right, distances, x_label="step", y_label="largest |coordinate|", log="y",
          title="Momentum gets there first")

# %% [markdown]
# Printed are the steps until both coordinates are below a millionth. The figures show descent flipping from side to side without progress; the heavy ball swings wider at first and is soon ahead; Nesterov keeps to the floor. All three use good settings for this $\kappa$. With momentum the rate depends on
# $\sqrt\kappa = 10$ instead of $\kappa = 100$ (Polyak 1964; Nesterov 1983).
#
# Older texts put lr inside, $v \leftarrow \mu v - \mathrm{lr}\,g$. At a constant lr that is the same; under a schedule it is not.
#
# Exercise 06-1 asks for both steps.
#
# **Summary.** Curvature caps the step, the condition number sets the pace, and momentum takes its root. It costs one more
# float a parameter. What is missing: $x$ and $y$ would need *different* rates.

# %% [markdown]
# ## 2. One rate for each parameter
#
# Who could tell the rates? The gradients themselves: an entry that has always been large needs a small rate. All that follow divide by a root of squared gradients.
#
# **AdaGrad** adds up all squares (Duchi, Hazan, Singer 2011):
#
# $$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \mathrm{lr}\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.4}$$
#
# The sum only grows, so the steps shrink for ever. **RMSprop** forgets: it keeps a running mean (Tieleman, Hinton 2012):
#
# $$s \leftarrow \alpha s + (1-\alpha)\,g^2, \qquad \theta \leftarrow \theta - \mathrm{lr}\,\frac{g}{\sqrt{s} + \epsilon} \tag{6.5}$$
#
# **AdaDelta** also averages the squares of its own steps $\Delta$ (Zeiler 2012):
#
# $$\Delta = \frac{\sqrt{d + \epsilon}}{\sqrt{s + \epsilon}}\;g, \qquad d \leftarrow \rho d + (1-\rho)\,\Delta^2, \qquad
# \theta \leftarrow \theta - \mathrm{lr}\,\Delta \tag{6.6}$$

# %%
show_source(AdaGrad.update, RMSprop.update, AdaDelta.update)

# %% [markdown]
# (The library's RMSprop has two options more.) Why such a strange fraction in AdaDelta? Look at *units*. Let $x$ be a length in metres. Its gradient is a loss *per metre*; the step must be in metres. $g/\sqrt s$ has no unit at all,
# so lr has to supply it. In AdaDelta, $\sqrt{d}$ is a length.
#
# Test: one step on $f = x^2/2$. First multiply the loss by 1000; then measure $x$ in millimetres.
# **Prediction:** by which factor does each step change, seen in metres?

# %%
def step_in_metres(make, factor=1.0, unit=1.0):
    x = Parameter(np.array([2 * unit]))                 # 2 m, written in the unit
    optimizer = make([x])
    if "d" in optimizer.state[0]:                       # as if earlier steps were 1 cm
        optimizer.state[0]["d"] += (0.01 * unit) ** 2
    x.grad = factor * x.data / unit ** 2                # of factor (x / unit)² / 2
    optimizer.step()
    return x.data[0] / unit - 2

# %%
for cls in (SGD, AdaGrad, RMSprop, Adam, AdaDelta):
    make = partial(cls, eps=0.0) if cls is AdaDelta else partial(cls, lr=0.01)
    step = step_in_metres(make)
    scaled, in_mm = step_in_metres(make, factor=1000), step_in_metres(make, unit=1000)
    print(f"{cls.__name__:8}: loss × 1000, step times {scaled / step:<4.4g};",
          f"x in mm, step times {in_mm / step:.4g}")

# %% [markdown]
# Descent is wrong twice: a steeper scale makes longer steps, a finer unit makes them a million times too short. AdaGrad, RMSprop and Adam ignore the scale of the loss; so a step is
# *not* "proportionally to the negative of the gradient", as an article has it. Only AdaDelta ignores both. The price is that $d$ starts at 0: only $\epsilon$ gets it going, slowly.
#
# Exercises 06-2, 06-3 and 06-4 ask for the three steps.
#
# **Adam** (Kingma, Ba 2015) joins momentum with RMSprop:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\,g, \qquad v \leftarrow \beta_2 v + (1-\beta_2)\,g^2, \qquad
# \theta \leftarrow \theta - \mathrm{lr}\,\frac{\hat m}{\sqrt{\hat v} + \epsilon} \tag{6.7}$$
#
# Here $v$ is a mean square, no velocity. What are the hats?

# %% [markdown]
# Both means start at 0, so at first they are too small. By how much? Unroll $m$ after $t$ steps, and let each gradient have the expectation $\mathrm{E}\,g$:
#
# $$\mathrm{E}\,m_t = (1-\beta_1)\sum_{i=1}^{t} \beta_1^{\,t-i}\;\mathrm{E}\,g = (1-\beta_1^t)\;\mathrm{E}\,g
# \quad\Longrightarrow\quad \hat m = \frac{m}{1-\beta_1^t}, \quad \hat v = \frac{v}{1-\beta_2^t} \tag{6.8}$$
#
# The sum was geometric. At $t = 1$ this gives $\hat m = g$ and $\hat v = g^2$: the first step is exactly $\mathrm{lr}\cdot\mathrm{sign}(g)$.
#
# **Prediction:** $m$ and $v$ are both too small. Without the correction, is the first step too short or too long? Then ask the explorer: which of the two betas makes the hump? What if only $v$ is corrected?

# %%
show_source(Adam.update)
bias_explorer()

# %% [markdown]
# Without correction the first step is $(1-\beta_1)/\sqrt{1-\beta_2}$ times lr, 3.16 for the usual betas: too *long*. $v$ is missing more than $m$, and the root does not make up for it.
#
# **Weight decay.** The penalty $\tfrac12\lambda\theta^2$ pulls each weight towards 0 by $\mathrm{lr}\,\lambda\,\theta$. If its gradient is simply added to $g$, Adam divides it by $\sqrt{\hat v}$ too.
# **AdamW** (Loshchilov, Hutter 2019) keeps it out:
#
# $$\theta \leftarrow (1 - \mathrm{lr}\,\lambda)\,\theta, \qquad \text{then Adam's step with the bare } g \tag{6.9}$$
#
# Two weights start at 1. Their gradients only flip signs, one small, one large: nothing is to be learnt.
# **Prediction:** how much do they decay in 300 steps, in Adam and in AdamW?

# %%
for cls in (Adam, AdamW):
    path = walk(partial(cls, lr=0.01, weight_decay=0.5), [1, 1],
                lambda x, step: (-1.0) ** step * np.array([0.1, 10]), 300)
    print(f"{cls.__name__:5}: {path[-1]}    decay alone: {(1 - 0.01 * 0.5) ** 300:.4f}")

# %% [markdown]
# With L2 inside Adam, the weight with large gradients hardly decays: it is divided by a large root. AdamW treats both alike. Exercises 06-5 and 06-6 ask for Adam and AdamW.
#
# **Adam can fail**, even on a straight line. Let the gradient be $C = 3$ at every third step, else $-1$, for $x$ between $-1$ and $1$. On average it is positive: the best $x$ is $-1$. With a short memory, the rare
# large gradient is divided by its own large root. **AMSGrad** (Reddi, Kale, Kumar 2018) divides by the largest mean square so far:
#
# $$v_{\max} \leftarrow \max(v_{\max}, v), \qquad \theta \leftarrow \theta - \mathrm{lr}\,\frac{m}{\sqrt{v_{\max}} + \epsilon} \tag{6.10}$$
#
# Both run below as in that paper: no bias correction, $\beta_1 = 0$, $\beta_2 = 1/(1+C^2)$, $\mathrm{lr} = 1/\sqrt t$.

# %%
def run_on_a_line(amsgrad, steps, C=3.0):
    beta2, x, v, v_max = 1 / (1 + C * C), 0.0, 0.0, 0.0
    for t in range(1, steps + 1):
        g = C if t % 3 == 1 else -1.0
        v = beta2 * v + (1 - beta2) * g * g
        v_max = max(v_max, v)                                       # (6.10)
        x -= g / (t * (v_max if amsgrad else v)) ** 0.5
        x = min(1.0, max(-1.0, x))                                  # back to [-1, 1]
    return f"{x:.4f}"

rows = [[n, run_on_a_line(False, n), run_on_a_line(True, n)]
        for n in (100, 1000, 10_000, 100_000)]
table(rows, ["steps", "x of Adam", "x of AMSGrad"])

# %% [markdown]
# Adam walks to the worst point and stays there; AMSGrad finds the best. "State-of-the-art for years", as an article puts it, is not a proof.
#
# **The race.** Now let the library's optimizers run. (Sophia is derived in section 3.) Before you press play, predict: who waits longest on the plateau? Who leaves the saddle last? Put the start at
# $y = 0$ exactly: who leaves at all? Which basin does each end in, and does it move if the start does?

# %%
race_explorer()

# %% [markdown]
# At $y = 0$ nobody leaves: the slope across is exactly 0. Among many basins the start decides more than the rule.
#
# **Summary.** Dividing by a root of mean squares gives each parameter its own rate, for one or two floats. What is missing: curvature.
#
# ## 3. Curvature and matrices
#
# On a parabola of curvature $h$, Newton's step $g/h$ lands at the bottom at once. But $h$ may be 0 or negative; on $\tfrac12(x^2 - y^2)$ the step leads *onto* the saddle.
#
# **Sophia** (Liu and others 2024) guards it twice: the curvature gets a floor, and no entry moves by more than lr.
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\,g, \qquad
# \theta \leftarrow \theta - \mathrm{lr}\;\mathrm{clip}\!\left(\frac{m}{\max(\gamma h, \epsilon)},\,-1,\,1\right) \tag{6.11}$$
#
# Where $h < 0$ it steps by the full lr along $-m$, and leaves the saddle: look again at the race.

# %% [markdown]
# But who knows $h$, the diagonal of a $P \times P$ matrix? **Hutchinson's** estimate needs one product with $H$. Draw $u$ with independent entries of mean 0 and variance 1:
#
# $$\hat h = u \odot (H u), \qquad
# \mathrm{E}\,\hat h_i = \sum_j H_{ij}\,\mathrm{E}[u_i u_j] = H_{ii} \tag{6.12}$$
#
# And $Hu$ is how $g$ changes along $u$: a complex step through `backward`.
#
# **Gauss-Newton-Bartlett** stays above 0. Draw labels from the network's *own* softmax; $\hat g$ is the gradient of the mean loss on these $B$ labels, the mean of $g_1, \dots, g_B$. With such labels each $\mathrm{E}\,g_n = 0$, because probabilities always sum to 1. So in the square the mixed terms average out:
#
# $$\hat h = B\;\hat g \odot \hat g, \qquad \mathrm{E}\,\hat h = \frac1B \sum_n \mathrm{E}\,g_n^2 = \text{the diagonal of } G \tag{6.13}$$
#
# $G$, the Gauss-Newton matrix, is $H$ without the curvature of the network itself. One backward is enough.

# %%
show_source(Sophia.update, hutchinson)

# %% [markdown]
# Are they unbiased? On a tiny net `exact_diagonals` can find out: for $H$ by central differences of the gradient; for $G$ by going through all labels of all examples, each weighted by its probability.

# %%
rng = np.random.default_rng(6)
net = Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 3, rng=rng))
x, t = rng.normal(size=(8, 3)), rng.integers(3, size=8)
exact_H, exact_G = exact_diagonals(net, x, t)
print(f"of {len(exact_H)} entries are negative: {np.sum(exact_H < 0)} in H,",
      f"{np.sum(exact_G < 0)} in G")

# %%
def draws(estimate, times=4000):
    return np.array([np.concatenate([a.ravel() for a in estimate()])
                     for _ in range(times)])

hutch = draws(lambda: hutchinson(net, softmax_cross_entropy, x, t, rng))
bartlett = draws(lambda: gauss_newton_bartlett(net, x, rng))

# %%
pairs = {"Hutchinson": (exact_H, hutch), "Gauss-Newton-Bartlett": (exact_G, bartlett)}
with figure(2) as axes:
    for ax, (name, (exact, found)) in zip(axes, pairs.items()):
        mean, error = found.mean(axis=0), found.std(axis=0) / len(found) ** 0.5
        ax.errorbar(exact, mean, yerr=3 * error, fmt=".")
        ax.axline((0, 0), slope=1, color="black", linewidth=0.8)
        ax.set(xlabel="exact", ylabel="mean of 4000 draws", title=name)
        print(f"{name}: nine of ten entries within three standard errors:",
              np.mean(abs(mean - exact) < 3 * error) > 0.9)

# %% [markdown]
# The figures show all points on the line: both are unbiased. A single draw is wild, so Sophia averages, $h \leftarrow \beta_2 h + (1-\beta_2)\,\hat h$, once every ten steps. $H$ has negative entries, $G$ never.
#
# **Muon** (Jordan and others 2024) asks another question: why treat a weight *matrix* as a list of numbers? It takes the momentum $m$, and sets all its singular values (the factors by which a matrix stretches its own main directions) to about 1, so that no direction is left behind:
#
# $$\theta \leftarrow \theta - \mathrm{lr}\,r\;\mathrm{NS}(u), \qquad u = (1-\mu)\,g + \mu m \tag{6.14}$$
#
# with a factor $r$ for the shape. NS, the Newton-Schulz iteration, uses nothing but matrix products. From $X = u/\lVert u\rVert$, five times:
#
# $$A = X X^\top, \qquad X \leftarrow a X + (b A + c A^2) X \tag{6.15}$$

# %%
show_source(Muon.update, newton_schulz)
G = np.random.default_rng(6).normal(size=(128, 256))
U, _, Vt = np.linalg.svd(G, full_matrices=False)
for matrix in (G, U * np.geomspace(1, 1e-4, 128) @ Vt):
    low, high = np.linalg.svd(newton_schulz(matrix), compute_uv=False)[[-1, 0]]
    print(f"condition {np.linalg.cond(matrix):.4g}: then from {low:.4g} to {high:.4g}")

# %% [markdown]
# Each singular value $\sigma$ goes its own way, $\sigma \to a\sigma + b\sigma^3 + c\sigma^5$; the vectors stay. (6.15) never *reaches* 1: the coefficients were chosen to lift small values fast. Values that start below a thousandth of the norm stay small.
#
# Exercise 06-7 asks for Sophia's step.
#
# **Summary.** Sophia spends an occasional extra pass on a diagonal of curvatures, Muon some matrix products on every step. Both still meet noise in every mini-batch. What is missing: what if there is no noise,
# because we take the whole batch?

# %% [markdown]
# ## 4. The whole batch
#
# Without noise, successive gradients can be compared: their difference tells the curvature. An article says that layers can be trained by "a variant known as conjugate gradient descent". It is a way to use gradients, not
# a variant of computing them.
#
# For $f = \tfrac12 x^\top A x - b^\top x$, **conjugate gradients** (Hestenes, Stiefel 1952) goes to the exact minimum along a direction $p$, and then never spoils it: the next direction obeys $p_{\text{new}}^\top A\,p = 0$. With the residual $r = b - Ax = -g$:
#
# $$a = \frac{r^\top r}{p^\top A p}, \quad x \leftarrow x + a p, \quad r_{\text{new}} = r - a A p, \quad
# p \leftarrow r_{\text{new}} + \frac{r_{\text{new}}^\top r_{\text{new}}}{r^\top r}\,p \tag{6.16}$$
#
# In exact arithmetic it ends after $n$ steps. **Prediction:** $n = 20$, condition number 230. How many for descent?

# %%
Q, _ = np.linalg.qr(np.random.default_rng(6).normal(size=(20, 20)))
A, b = Q * np.geomspace(1, 230, 20) @ Q.T, Q.sum(axis=1)
x, steps = np.zeros(20), 0
while np.linalg.norm(b - A @ x) > 1e-6 * np.linalg.norm(b):
    x, steps = x + 2 / 231 * (b - A @ x), steps + 1     # the best constant rate
print("gradient descent:", steps, "steps")

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
# Rounding costs it a few steps more than 20. A network's loss is no parabola, but near any point it looks like one. **Nonlinear conjugate gradients** replace $r$ by $-g$, forget when the fraction turns negative, and search along each line (Polak, Ribière 1969):
#
# $$d \leftarrow -g + \max\!\left(0,\; \frac{g^\top(g - g_{\text{old}})}{g_{\text{old}}^\top g_{\text{old}}}\right) d \tag{6.17}$$
#
# **L-BFGS** (Liu, Nocedal 1989) keeps the last ten moves $s_i = \Delta\theta$ and what they did to the gradient, $y_i = \Delta g \approx H s_i$. Two loops build a Newton-like direction from them, with $\rho_i = 1/y_i^\top s_i$:
#
# $$\begin{aligned}
# q &= g; & \text{newest to oldest:}\quad & a_i = \rho_i\,s_i^\top q, \quad q \leftarrow q - a_i\,y_i \\
# q &\leftarrow q\,\tfrac{s^\top y}{y^\top y}; & \text{oldest to newest:}\quad & q \leftarrow q + s_i\,(a_i - \rho_i\,y_i^\top q); \qquad d = -q
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
# The first condition forbids long steps, the second short ones. If $c_1$ is large and $c_2$ small, nothing may be left; the library takes $c_1 = 10^{-4}$, and $c_2 = 0.9$ (0.1 for conjugate gradients).
#
# Exercise 06-8 asks for a line search, exercise 06-9 for the two loops.
#
# Now the same network, all of its 200 digits at once; `full_batch` makes its loss a function of one long vector, which returns value and gradient. The backward is the same for all three; descent gets the best of five rates.
# **Prediction:** how many evaluations (forward and backward) do they need for a loss of 0.01?

# %%
digits, rng = load_digits(), np.random.default_rng(6)
net = Sequential(Dense(64, 16, rng=rng), Tanh(), Dense(16, 10, rng=rng))
function, start = full_batch(net, softmax_cross_entropy,
                             digits.x_train[:200], digits.t_train[:200])
descents = [descent_values(partial(SGD, lr=lr), function, start, 400)
            for lr in (0.3, 0.7, 1.5, 3, 7)]

# %%
cg = conjugate_gradient(function, start, steps=40)
newton = lbfgs(function, start, steps=40)
runs = {"descent": (range(1, 402), min(descents, key=lambda values: values[-1])),
        "conjugate gradients": (cg.calls, cg.values),
        "L-BFGS": (newton.calls, newton.values)}
with figure() as ax:
    lines(ax, runs, x_label="evaluations of loss and gradient", y_label="loss (nats)",
          title="Memory of curvature pays on a whole batch", log="xy")
goals = 0.5, 0.1, 0.01
rows = [[name, *(calls[np.argmax(np.array(values) <= goal)] for goal in goals)]
        for name, (calls, values) in runs.items()]
table(rows, ["evaluations until the loss is below", *goals])

# %% [markdown]
# The figure shows L-BFGS far ahead; conjugate gradients soon leave descent behind. Full BFGS keeps a matrix of $P \times P$ floats.
# An article calls "vanilla BFGS, SGD, and RMSprop" popular implementations of backpropagation. They are users of its gradients, and what each keeps can be counted:

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
# These methods compare gradients of *the same* function. With a new mini-batch at each step the difference $y$ is mostly noise, so deep networks are trained with the rules of sections 1 to 3.
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
# "Mathematically, it optimizes the convex function by finding the minimum point", an article says of gradient descent. A function is convex if no point of a straight line between two of its points lies below its graph:
# one valley, one bottom.
#
# Take a trained network. Exchange its hidden units: permute the columns of $W_1$, $b_1$, and the rows of $W_2$. It computes the same. **Prediction:** what is the loss halfway between the two?

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
print(f"ends {losses[0]:.4f} and {losses[-1]:.4f}, middle {losses[20]:.4f}")
with figure() as ax:
    curves(ax, shares, {"": losses}, x_label="share of the way", y_label="loss (nats)",
           title="Two equal networks, and a mountain between")

# %% [markdown]
# The figure shows a mountain between two equally good networks. A convex function cannot have one, so the loss of a network is not convex.
#
# Descent does not need it to be: a small step along $-g$ lowers *any* differentiable function. What is lost is the promise of where it ends: at some point with $g = 0$.
#
# A **saddle** is such a point, and leaving it takes time. On $\tfrac12(x^2 - y^2)$ with lr = 0.1, $y$ grows by 1.1 a step, so from $y_0$ to 1 it takes $\ln(1/y_0)/\ln 1.1$ steps.

# %%
for y0 in (1e-2, 1e-4, 1e-8, 1e-16):
    y, steps = y0, 0
    while abs(y) < 1:
        y, steps = y + 0.1 * y, steps + 1               # descent: -g = y
    formula = np.log(1 / y0) / np.log(1.1)
    print(f"from {y0:.0e}: {steps} steps, the formula says {formula:.4g}")

# %% [markdown]
# Slow, but only as a logarithm: a hundred times nearer costs 48 steps more. A start exactly at 0 never leaves.
#
# A **local minimum** holds for good. The article promises that "other optimizers" were made "to overcome these limitations". Test it on XOR (output 1 if exactly one of two inputs is 1) with two hidden units: 30 random starts, each given to L-BFGS and to Adam.
# **Prediction:** will either always reach 0? Does L-BFGS report a failure if not?

# %%
x, t = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
ends = []
for seed in range(30):
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(2, 2, rng=rng), Sigmoid(), Dense(2, 1, rng=rng), Sigmoid())
    function, start = full_batch(net, mean_squared_error, x, t)
    result = lbfgs(function, start, steps=500, tolerance=1e-6)
    adam = descent_values(partial(Adam, lr=0.1), function, start, 1000)
    ends.append((result.fun, adam[-1], result.success))
print("L-BFGS reports success at all 30 ends:", all(end[2] for end in ends))
with figure() as ax:
    ax.plot(np.array(ends)[:, 0], "o", label="L-BFGS", fillstyle="none")
    ax.plot(np.array(ends)[:, 1], "x", label="Adam")
    ax.set(xlabel="number of the start", ylabel="mean squared error at the end")
    ax.legend(title="Both end on the same heights")

# %% [markdown]
# The figure shows a few heights at which runs end, the same heights for both methods. L-BFGS reports success everywhere: the gradient is 0, and that is all it can see. **No optimizer of this lesson finds, or recognises, a global minimum.**
#
# With more hidden units bad ends become rare; lesson 07 measures it.
#
# **Summary.** Descent needs slopes, not convexity; in return it promises a place without slope, no more. What is missing: on real data, which rule is best?

# %% [markdown]
# ## 6. A fair comparison
#
# "One of the most advanced algorithms", an article says of Sophia. How would one know? Rules for a fair comparison:
#
# 1. the *same* search for each: the same ten learning rates, from 0.001 to 32, all other settings at their defaults;
# 2. chosen on data set aside: a fifth of the training images, the mean of two seeds;
# 3. judged on other data, over several seeds, at the same budget.
#
# The network is small (64-32-10), the budget ten epochs in batches of 64. **Prediction:** write down your first and your last.

# %%
def muon(params, lr):                                   # biases are no matrices
    return Together(Muon([p for p in params if p.data.ndim == 2], lr=lr),
                    AdamW([p for p in params if p.data.ndim == 1], lr=lr))

field = {"descent": SGD, "momentum": partial(SGD, momentum=0.9),
         "Nesterov": partial(SGD, momentum=0.9, nesterov=True), "AdaGrad": AdaGrad,
         "RMSprop": RMSprop, "AdaDelta": AdaDelta, "Adam": Adam, "AMSGrad": AMSGrad,
         "AdamW": AdamW, "Sophia": Sophia, "Muon": muon}

# %%
def run(make, lr, seed, train, test, epochs=10):
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(64, 32, rng=rng), Tanh(), Dense(32, 10, rng=rng))
    optimizer, losses = make(net.params, lr=lr), []
    batches = Batches(*train, 64, rng=rng, last="keep")
    for epoch in range(epochs):
        for i, (x, t) in enumerate(batches):
            if make is Sophia and i % 10 == 0:
                optimizer.update_curvature(gauss_newton_bartlett(net, x, rng))
            train_step(net, softmax_cross_entropy, optimizer, x, t)
        losses.append(softmax_cross_entropy(net(test[0])[0], test[1])[0])
    return np.array(losses), evaluate(net, *test)

# %%
digits, rates, found = load_digits(), np.geomspace(1e-3, 10 ** 1.5, 10), {}
order = np.random.default_rng(6).permutation(len(digits.x_train))
aside, rest = [(digits.x_train[rows], digits.t_train[rows])
               for rows in (order[:288], order[288:])]
with np.errstate(all="ignore"):                         # too large a rate overflows
    for name, make in field.items():
        ends = [[run(make, lr, seed, rest, aside)[0][-1] for lr in rates]
                for seed in (10, 11)]
        found[name] = np.mean(ends, axis=0)
chosen = {name: rates[np.nanargmin(losses)] for name, losses in found.items()}

# %%
train, test = (digits.x_train, digits.t_train), (digits.x_test, digits.t_test)
tests, rows = {}, []
for name, make in field.items():
    runs = [run(make, chosen[name], seed, train, test) for seed in range(5)]
    tests[name] = np.array([losses for losses, _ in runs])
    edge = "yes" if chosen[name] in rates[[0, -1]] else "no"
    last, scores = tests[name][:, -1], [score for _, score in runs]
    rows.append([name, f"{chosen[name]:.2g}", edge,
                 *(f"{min(some):.3f} to {max(some):.3f}" for some in (last, scores))])
table(rows, ["", "best lr", "edge of grid", "held-out loss", "held-out accuracy"])

# %%
groups = list(field)[:6], ["descent", *list(field)[6:]]
with figure(2, size=(9, 4)) as axes:
    for ax, names in zip(axes, groups):
        lines(ax, {name: (rates, found[name]) for name in names}, log="xy",
              x_label="learning rate", y_label="loss on the fifth set aside")
        ax.set(ylim=(0.02, 3), title="The rate decides")
        ax.legend(ncols=3, loc="lower center", fontsize=9, columnspacing=1)
with figure(2, size=(9, 4)) as axes:
    for ax, names in zip(axes, groups):
        bands(ax, range(1, 11), {name: tests[name] for name in names}, x_label="epoch",
              y_label="held-out loss (nats)", title="Bands over five seeds", log=True)
        ax.set_ylim(0.06, 3)

# %% [markdown]
# The upper figures show the search: each rule has its own valley of good rates. The lower ones show medians, with bands over five seeds; Adam, AMSGrad and AdamW lie on each other. What may be concluded?
#
# * The rate matters more than the name: the best ones lie three decades apart, and far from its own each rule loses to plain descent.
# * Here, all others start faster than plain descent.
#
# And what may **not**:
#
# * a ranking: one task, one net, one budget, five seeds, a coarse grid, ties inside the bands;
# * "converges faster" from early epochs: orders change later, and again when the rate decays;
# * anything about a method whose best rate lies at the grid's edge.

# %% [markdown]
# The same at full scale: Wen and others (2025, arXiv 2509.02046; two of them are authors of Sophia) report that with equal tuning the best optimizers gained 1.4 times over AdamW at 0.1 billion parameters and 1.1 times at 1.2 billion, less than claimed, and that the fastest were
# matrix methods such as Muon.
#
# "Backpropagation does not require tuning specific parameters", an article says. The derivatives do not; the step does, as every row of the table shows.
#
# **Summary.** Tune all alike, show the spread, judge at the end, and say what was not tested. What is missing: do we need gradients at all?

# %% [markdown]
# ## 7. Without gradients
#
# An article calls training "trial and error"; another says that backpropagation uses "less memory compared to alternative optimization algorithms like the genetic algorithm". Measure both.
#
# A **genetic algorithm** keeps a population of networks. In each generation all are tried, the best ten survive, and children take each weight from one of two parents, plus noise. It needs forward passes only. A forward with its backward counts as *three* forward passes (lesson 04).
#
# **Prediction:** at 6000 forward passes each, what loss does it reach on 200 digits?

# %%
images, labels = load_digits().x_train[:200], load_digits().t_train[:200]

def network(rng):
    return Sequential(Dense(64, 32, rng=rng), Tanh(), Dense(32, 10, rng=rng))

def forward(net, vector):
    vector_to_parameters(vector, net.params)
    return softmax_cross_entropy(net(images)[0], labels)[0]

# %%
show_source(genetic)
function, start = full_batch(network(np.random.default_rng(0)), softmax_cross_entropy,
                             images, labels)
adam = descent_values(partial(Adam, lr=0.03), function, start, 2000)
newton = lbfgs(function, start)
calls = {"Adam": (3 * np.arange(1, 2002), adam),
         "L-BFGS": (3 * np.array(newton.calls), newton.values)}

# %%
for seed in range(3):
    rng = np.random.default_rng(seed)
    people = np.array([parameters_to_vector(network(rng).params) for _ in range(50)])
    lowest = genetic(partial(forward, network(rng)), people, 120, rng=rng)
    calls[f"genetic, seed {seed}"] = 50 * np.arange(1, 121), lowest

# %%
with figure() as ax:
    lines(ax, calls, x_label="forward passes over the 200 digits", log="xy",
          y_label="loss (nats)", title="What a gradient is worth")
    ax.set_ylim(1e-4, 4)
last = min(values[-1] for name, (_, values) in calls.items() if "genetic" in name)
print("best genetic run after 6000 passes still above 0.1:", last > 0.1)
print("Adam is there after fewer than 100:", 3 * (1 + np.argmax(adam < last)) < 100)

# %% [markdown]
# The figure shows the gradient methods far below the genetic algorithm long before the budget ends. A trial tells one number. A gradient tells 2410 slopes, for the price of two more passes: this is the win of backpropagation.
#
# And the memory? `peak_memory` measures the highest mark: of one backpropagation, and of one generation, on a network of 21 linear layers. A population need not be 50: with 2 networks, parent and child, it is called a (1+1) strategy.
# **Prediction:** who needs less?

# %%
def layers(seed):
    rng = np.random.default_rng(seed)
    return [Dense(64, 8, rng=rng), *(Dense(8, 8, rng=rng) for _ in range(20))]

def backpropagation(x):
    y, backward = Sequential(*layers(0))(x)
    backward(y, input_grad=False)                       # any dy: the memory is the same

def generation(x, population):
    for net in [layers(seed) for seed in range(population)]:
        y = x
        for layer in net:
            y = layer(y)[0]                     # each backward is forgotten at once

# %%
# NBVAL_IGNORE_OUTPUT
x, rows = load_digits().x_train, []
for N in (64, 1442):
    used = [peak_memory(backpropagation, x[:N]), peak_memory(generation, x[:N], 50),
            peak_memory(generation, x[:N], 2)]
    rows.append([N, *(f"{number / 1e6:.3g} MB" for number in used)])
table(rows, ["images", "backpropagation", "generation of 50", "generation of 2"])

# %% [markdown]
# At 64 images backpropagation needs less than a population of 50, as the article says. At 1442 images it needs more, and it needs more than two networks at either size. The reason: a backward needs the activations
# of *every* layer, a forward pass forgets them. So the claim is not true in general. Backpropagation wins by the number of evaluations, not by memory.
#
# **Summary of the lesson.** Curvature caps plain descent; momentum takes the root of the condition number; a running mean of squares gives each parameter its rate; a whole batch allows conjugate gradients and L-BFGS. None needs convexity, and none knows a global minimum. Compare with equal tuning and with bands.
#
# | task | what | level |
# |---|---|---|
# | 06-1, 06-2, 06-3 | momentum and Nesterov, AdaGrad, RMSprop | fill in |
# | 06-4, 06-5 | AdaDelta, Adam | write |
# | 06-6 | AdamW | fill in |
# | 06-7 | Sophia's clipped step | write |
# | 06-8, 06-9 | a line search, the direction of L-BFGS | write |

# %% [markdown]
# **Further reading**
#
# * J. Nocedal, S. J. Wright, *Numerical Optimization*, second edition, Springer, 2006. Chapters 3, 5 and 7.
# * J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods", *JMLR* 12, 2011.
# * M. D. Zeiler, "ADADELTA", arXiv 1212.5701, 2012.
# * D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
# * S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018.
# * I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
# * H. Liu and others, "Sophia", ICLR 2024.
# * K. Wen and others, "Fantastic pretraining optimizers and where to find them", arXiv 2509.02046, 2025.
