# %% [markdown]
# # 10 Recurrent backpropagation to a fixed point
#
# Must a network be a directed acyclic graph to be trained by backpropagation?
#
# After this lesson you can
#
# - run a network with cycles until it settles, and predict how many steps that takes;
# - find its gradient by a second relaxation, without unrolling anything;
# - say in one sentence how this differs from backpropagation through time, and prove it by numbers;
# - tell a network that settles slowly from one that never will, and keep a network on the safe side while it learns;
# - train a layer that is its own input on real digits.
#
# **Time:** about 60 minutes. **Needed:** lesson 04 (vector-Jacobian products, `affine`, `tanh`), lesson 09 (the cell
# `rnn_cell`, `unroll`, the spectral radius).

# %% [markdown]
# `dz` abbreviates $\partial L/\partial z$, as in all lessons. One letter has changed its role: **here $z$ is the state** that goes round,
# and the pre-activation is $a$.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $N, D, H$ | `N`, `D`, `H` | | examples, inputs, units |
# | $x$ | `x` | (N, D) | input, which stays the same |
# | $W, U, b$ | `W, U, b` | (D, H), (H, H), (H,) | weights from the input, weights among the units, bias |
# | $z$, $a$ | `z` | (N, H) | state, and what enters $f$ |
# | $F$ | `rnn_cell` | | one step of all units |
# | $J$ | `J` | (H, H) | Jacobian of $F$ by the state, for one example |
# | $\rho$ | `radius` | a number | spectral radius: the largest $\lvert\text{eigenvalue}\rvert$ |
# | $v$ | `v` | (N, H) | adjoint |

# %%
import numpy as np
from IPython.display import display
from course_lib import (SGD, Batches, Dense, NotSettled, Sequential, Tanh, Tensor,
    apply, check_gradients, evaluate, experiments, fixed_point, initializers,
    load_digits, mean_squared_error, predict, relative_error, relax, rnn_cell,
    softmax_cross_entropy, topological_order, training, unroll)
from course_lib.layers import FixedPoint
from course_lib.page.drawing import draw_loop
from course_lib.page.notebook import peak_memory, show_source, table
from course_lib.page.plotting import bands, curves, figure, lines
from course_lib.page.running import each, watched
from course_lib.rules.functions import identity, tanh
from course_lib.widgets.lesson10 import cobweb_explorer, relaxation_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. A network in a circle
#
# Lesson 03 needed an order: every node after its inputs. The glossary of Deepchecks (article B) concludes: "if it can't be expressed as a
# directed acyclic graph, this method can't be used". Here are three units that feed each other; the first also feeds itself.
# **Which unit is computed first?**

# %%
circle = (np.array([[1.0]]), np.array([[0.6, 0.0, 0.0]]),           # x, W, U, b
          np.array([[0.5, 1.2, 0.0], [0.0, 0.0, -0.9], [0.8, 0.0, 0.0]]), np.zeros(3))
draw_loop(circle[2], inputs=["0.6 x", None, None], title="three units in a circle")

# %% [markdown]
# The drawing shows a circle: $z_1$ needs $z_3$, which needs $z_2$, which needs $z_1$. No order exists. What the drawing states is an *equation*,
# with the unknown on both sides:
#
# $$z = F(z), \quad F(z) = f(a), \quad \underbrace{a}_{N\times H} = \underbrace{z}_{N\times H}\underbrace{U}_{H\times H}
# + \underbrace{x}_{N\times D}\underbrace{W}_{D\times H} + \underbrace{b}_{H} \tag{10.1}$$
#
# To solve it, begin anywhere and let all units look at each other, again and again:
#
# $$z \leftarrow f(z U + x W + b) \tag{10.2}$$
#
# This is the cell (9.3) of lesson 09 with an input that never changes. **Predict:** will the state go round for ever, or come to rest?

# %%
guess("10-rest", "What will the state do?", choices=("go round", "come to rest"))

# %%
(x, W, U, b), z = circle, np.zeros((1, 3))
for step in range(1, 201):
    before, z = z, np.tanh(z @ U + x @ W + b)           # (10.2)
    if step in (1, 2, 3, 5, 10, 20, 40, 60, 200):
        print(f"step {step:3}: z = {z[0]}, changed by {np.abs(z - before).max():.0e}")
answer("10-rest", "come to rest" if np.abs(z - before).max() < 1e-9 else "go round")

# %% [markdown]
# It comes to rest. A state with $z = F(z)$ is called a **fixed point**, and (10.2) a **relaxation**.
#
# And the order? What was *computed* has one: step 1, step 2, step 3. A program that ran and ended leaves a graph without cycles, whatever its loops
# look like. The engine of lesson 03 differentiates this one, too:

# %%
*nodes, z = [Tensor(a) for a in (*circle, np.zeros((1, 3)))]
for step in range(60):
    z = apply(tanh, z @ nodes[2] + nodes[0] @ nodes[1] + nodes[3])
L = (z ** 2).sum()
L.backward()
print(f"{len(topological_order(L))} nodes in order, dU =\n{nodes[2].grad}")

# %% [markdown]
# So the article is wrong at its first step: a cycle in the *drawing* is no cycle in the *computation*. Article A has the sentence almost word for
# word. The "Complete Guide" (article E) says of ordinary networks that a neuron passes its output to all neurons "that receive inputs from it, including itself". In
# the feed-forward networks it describes, none does; unit 1 above does.
#
# **What we have:** a network with cycles that has a value. **What it costs:** every step of the relaxation was remembered, although only the last
# state matters. **What is missing:** when does it settle, and does the gradient need all those steps?

# %% [markdown]
# ## 2. Relaxing
#
# How many steps does it take? Let $e = z - z^*$ be the distance to the fixed point, as a column. For a small $e$, one step multiplies it by the
# Jacobian of $F$ at the fixed point:
#
# $$\begin{aligned} e &\leftarrow J e, & J_{kj} &= \frac{\partial F_k}{\partial z_j} = f'(a_k)\,U_{jk} \\
# \lVert e_t \rVert &\approx C \rho^t, & t &\approx \frac{\ln \varepsilon}{\ln \rho} \end{aligned} \tag{10.3}$$
#
# As in lesson 09, a product of many equal matrices grows or shrinks like the power of its largest eigenvalue, the spectral radius $\rho$. There the
# vanishing was a misfortune. Here it is the aim: below 1, what is left of a distance after $t$ steps is $\rho^t$, a straight line on a logarithmic axis,
# and $\varepsilon$ is reached after the last formula's number of steps.

# %%
def settle(step, z, tolerance=1e-12, limit=1000):
    """Repeat z <- step(z) until the largest change is at most the tolerance."""
    changes = []
    while len(changes) < limit:
        new = step(z)
        changes.append(np.max(np.abs(new - z)))
        z = new
        if changes[-1] <= tolerance:
            return z, changes
    raise ArithmeticError(f"not settled after {limit} steps: {changes[-1]:.2g}")

def spectral_radius(A):
    return np.max(np.abs(np.linalg.eigvals(A)))

# %%
def cyclic(radius, seed=10, N=1, D=3, H=20):
    """Input and parameters of a network in which every unit feeds every unit."""
    rng = np.random.default_rng(seed)
    U = rng.normal(size=(H, H))
    x, W, b = rng.normal(size=(N, D)), rng.normal(size=(D, H)), rng.normal(size=H)
    return x, 0.5 * W, radius / spectral_radius(U) * U, 0.2 * b

# %%
def jacobian(z, U):                                     # (10.3), and tanh' = 1 - z²
    return (1 - z[0] ** 2)[:, np.newaxis] * U.T

def rate(changes):                  # the slope of the straight line: what a step leaves
    late = np.arange(len(changes) // 2, len(changes))
    return np.exp(np.polyfit(late, np.log(changes)[late], 1)[0])

# %% [markdown]
# Twenty units, each of which feeds all twenty: 400 recurrent weights. The same random $U$ is scaled to three spectral radii.
# **Predict:** which radius tells the rate, that of $U$ or that of $J$? And how many times as many steps as 0.3 will 0.9 take, as the median of 20 networks?

# %%
guess("10-radius", "Which radius tells the rate?", choices=("that of U", "that of J"))

# %%
guess("10-times", "How many times as many steps will 0.9 take?")

# %%
def relaxed(radius, seed=10):
    x, W, U, b = cyclic(radius, seed)
    z, changes = settle(lambda z: np.tanh(z @ U + x @ W + b), np.zeros((1, 20)))
    return spectral_radius(jacobian(z, U)), rate(changes), changes

radii, rows, falling = np.array([0.3, 0.6, 0.9]), [], {}
for radius in radii:
    J, left, changes = relaxed(radius)
    falling[f"radius of U {radius}"] = range(1, len(changes) + 1), changes
    rows.append([radius, f"{J:.3f}", f"{left:.3f}", len(changes),
                 f"{np.log(1e-12) / np.log(J):.0f}"])
table(rows, ["radius of U", "radius of J", "measured rate", "steps", "(10.3) says"])

# %%
many = [[relaxed(radius, seed) for radius in radii] for seed in range(20)]
J, left = np.array([[found[:2] for found in row] for row in many]).transpose(2, 0, 1)
nearer, smaller = (abs(left - J) < abs(left - radii)).sum(), (J < radii).sum()
print(f"of 60 relaxations: the rate is nearer to the radius of J in {nearer};",
      f"the radius of J is below that of U in {smaller}")
answer("10-radius", "that of J" if nearer > 30 else "that of U")

# %%
with figure() as ax:
    lines(ax, falling, x_label="step", y_label="largest change of the state", log="y",
          title="Straight lines on a log axis")
times = [len(slow[2]) / len(quick[2]) for quick, _, slow in many]
print(f"0.9 takes {min(times):.1f} to {max(times):.1f} times as many steps as 0.3")
answer("10-times", np.median(times), form="{:.2g}")

# %% [markdown]
# The figure shows three nearly straight lines down to the tolerance; the table, that their slope is the radius of $J$, not of $U$; and so it is in all 60 relaxations of 20 networks. The slope of tanh is at most 1:
# in all 60 this makes the radius of $J$ smaller than that of $U$, and the network calmer.
#
# In the explorer, slide the radius through 1. The left chart shows the state settling (and the adjoint of section 3),
# the right one the eigenvalues of $J$ and the circle of radius 1. **Try:** which eigenvalues make the line straight, and which make it wave? What happens at 1.1, with each of the three networks?

# %%
relaxation_explorer()

# %% [markdown]
# A single real eigenvalue on the outside gives a straight line, a pair beside each other a wave: the state spirals in. Past 1, some networks move for ever;
# others find another fixed point, where the slopes of tanh are smaller.
#
# **What we have:** a network that settles, and a forecast of the steps. **What is missing:** the gradient.
# **Exercise 10-1** asks for the relaxation with a tolerance and a clear error, **10-6** for the forecast.

# %% [markdown]
# ## 3. The adjoint
#
# The state has settled, a loss $L$ looks at it, and $\mathrm dz$ is known. How fast does $L$ change with a weight? A nudge $\delta\theta$ of any parameter moves the fixed
# point by some $\delta z$. What does not change: (10.1) holds before *and* after. So both sides of $z = F(z, \theta)$ move alike:
#
# $$\delta z = J\,\delta z + \frac{\partial F}{\partial\theta}\,\delta\theta \quad\Longrightarrow\quad
# \delta z = (I - J)^{-1}\,\frac{\partial F}{\partial\theta}\,\delta\theta \tag{10.4}$$
#
# This is **implicit differentiation**. Only the fixed point occurs in it, not the way there. The loss changes by $\delta L = \mathrm dz^\top \delta z$. Collect what stands to
# the left of $\partial F/\partial \theta$, and call it the **adjoint** $v$:
#
# $$v = (I - J^\top)^{-1}\,\mathrm dz \quad\Longleftrightarrow\quad v = \mathrm dz + J^\top v \tag{10.5}$$

# %% [markdown]
# The right form is again a fixed-point equation, linear this time. So relax it, too: $v \leftarrow \mathrm dz + J^\top v$. The product $J^\top v$ is the vector-Jacobian product of
# lesson 04, and the cell's own `backward` computes it; $J$ is never formed.
#
# Then $\delta L = v^\top (\partial F/\partial\theta)\,\delta\theta$ is one more ordinary backward of the cell, with $v$ in the place of the upstream gradient:
#
# $$\begin{aligned} \mathrm da &= f'(a) \odot v, \qquad \mathrm dx = \mathrm da\,W^\top \\
# \mathrm dW &= x^\top \mathrm da, \qquad \mathrm dU = z^\top \mathrm da, \qquad \mathrm db = \sum_n \mathrm da_n \end{aligned} \tag{10.6}$$
#
# **Predict:** the steps of the adjoint divided by those of the state: which number?

# %%
guess("10-adjoint", "Steps of the adjoint / steps of the state?")

# %%
goal = np.random.default_rng(3).uniform(-0.5, 0.5, size=(1, 20))
def both(seed):
    """Both relaxations: their changes, the state, dz, v and dU."""
    x, W, U, b = cyclic(0.9, seed)
    z, changes = settle(lambda z: rnn_cell(x, z, W, U, b)[0], np.zeros((1, 20)))
    dz = mean_squared_error(z, goal)[1]()
    _, cell_backward = rnn_cell(x, z, W, U, b)
    v, adjoint_changes = settle(lambda v: dz + cell_backward(v)[1], dz)     # (10.5)
    dx, _, dW, dU, db = cell_backward(v)                                    # (10.6)
    return changes, adjoint_changes, z, dz, v, dU

# %%
state_changes, adjoint_changes, z, dz, v, dU = both(10)
exact = np.linalg.solve(np.eye(20) - jacobian(z, cyclic(0.9)[2]).T, dz[0])
np.testing.assert_allclose(v[0], exact, rtol=1e-8, atol=1e-12)
print(f"state {len(state_changes)} steps, adjoint {len(adjoint_changes)} steps")
shares = [len(adjoint) / len(changes) for changes, adjoint, *_ in map(both, range(20))]
print(f"adjoint / state in 20 networks: {min(shares):.2f} to {max(shares):.2f}")

# %%
with figure() as ax:
    lines(ax, {name: (range(len(c)), c) for name, c in (
        ("state", state_changes), ("adjoint", adjoint_changes))}, x_label="step",
        y_label="largest change", title="Both relax at the same rate", log="y")
answer("10-adjoint", np.median(shares), form="{:.2f}")

# %% [markdown]
# The figure shows two lines of the same slope: $J^\top$ has the eigenvalues of $J$, so the adjoint settles whenever $\rho < 1$. It begins lower, as a mean over twenty units has a small `dz`:
# with this loss and an absolute tolerance, it needs fewer steps in all 20 networks.
#
# No state but the last was used. This is **recurrent backpropagation** (Almeida 1987; Pineda 1987). The library's version is a rule like any other. Its `relax` is our `settle` with a relative
# tolerance and better messages:

# %%
show_source(fixed_point)

# %% [markdown]
# `dstart` is zero: where the state settles does not depend on where it began. (Unless there are several fixed points; section 5.)
# As a layer, `FixedPoint`, which section 6 opens, it passes the check of lesson 04, both relaxations and all:

# %%
rng = np.random.default_rng(10)
layer = FixedPoint(3, 7, rng=rng, tolerance=1e-14)
check_gradients(layer, rng.normal(size=(4, 3)))

# %% [markdown]
# **What we have:** the gradient at a fixed point, from one extra relaxation. **What it costs:** about as many steps as settling, each a backward; the memory of *one* step.
# **What is missing:** is this something new, or backpropagation through time by another name?
#
# **Exercise 10-2** asks for the adjoint, **10-3** for the gradients of (10.6), **10-4** for the whole layer with its backward.

# %% [markdown]
# ## 4. Beside backpropagation through time
#
# Article C lists "Recurrent Backpropagation (Backpropagation Through Time – BPTT)". Article D calls it "recurrent backpropagation, which involves fixed-point learning", and then describes the error going
# "backward through time". Are the two the same?
#
# Unroll the network for $T$ steps *from the settled state*. Backpropagation through time sends $\mathrm dz$ back through $T$ equal cells, and adds up what each pays. Written out, that is the beginning of a series:
#
# $$v_T = \mathrm dz + J^\top \mathrm dz + (J^\top)^2\,\mathrm dz + \dots + (J^\top)^{T-1}\,\mathrm dz \tag{10.7}$$
#
# Each step of the adjoint relaxation adds one term of it. What is missing from $v$ is $(J^\top)^T v$, of size $\rho^T$.
# **Predict:** with $\rho$ near one half, how many steps until the relative error is below $10^{-6}$?

# %%
guess("10-digits", "How many steps, from the settled state?", unit="steps")

# %%
half = cyclic(0.6)
def through_time(T, start):
    """dU by unrolling T steps, with the loss at the last state."""
    x, *params = half
    states, backward = unroll(rnn_cell, np.stack([x] * T), start, *params)
    dstates = np.zeros_like(states)
    dstates[-1] = mean_squared_error(states[-1], goal)[1]()
    return backward(dstates)[3]

halfway, through = fixed_point(rnn_cell, half[0], np.zeros((1, 20)), *half[1:])
wanted = through(mean_squared_error(halfway, goal)[1]())[3]
def error_of(T, start=halfway):
    return relative_error(through_time(T, start), wanted)

# %%
radius, unrolled = spectral_radius(jacobian(halfway, half[2])), (1, 2, 5, 10, 20, 40)
misses = [[error_of(T), error_of(T, 0 * halfway), radius ** T] for T in unrolled]
rows = [[T, *(f"{e:.1e}" if e > 1e-10 else "below 1e-10" for e in row)]
        for T, row in zip(unrolled, misses)]
table(rows, ["unrolled steps T", "error, from the settled state", "error, from zero",
             f"ρ^T with ρ = {radius:.3f}"])

# %%
names = "from the settled state", "from zero", "ρ to the power T"
with figure() as ax:
    curves(ax, unrolled, dict(zip(names, zip(*misses))), x_label="unrolled steps T",
           y_label="relative error of dU", log=True, legend=True,
           title="Unrolling converges to the fixed point's gradient")
answer("10-digits", next(T for T in range(1, 100) if error_of(T) < 1e-6))

# %% [markdown]
# The figure shows the error of the unrolled gradient falling like $\rho^T$. So: recurrent backpropagation is backpropagation through time
# for *infinitely many* steps at a fixed point, without taking them.
#
# The articles mix two algorithms. Unrolling serves sequences, whose input changes at each step; it needs no fixed point. Recurrent backpropagation needs one, and an input that stays. Where both apply, they agree. (The "static backpropagation" of article D is no third one.)
#
# Where they differ is memory. Unrolling keeps every state, the fixed point only the last. **Predict:** a network takes ten times as many steps to settle. How many times as much memory does unrolling need, how many times the fixed point?

# %%
guess("10-memory", "How many times as much does unrolling need?")

# %%
guess("10-flat", "How many times as much does the fixed point need?")

# %%
rng = np.random.default_rng(10)
large, begin = rng.normal(size=(64, 10)), np.zeros((64, 50))
tolerances = 0.3, 1e-1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-13
slow = 0.1 * rng.normal(size=(10, 50)), 0.98 * initializers.orthogonal(
    rng, (50, 50), float), np.zeros(50)

def by_fixed_point(tolerance):
    z, backward = fixed_point(rnn_cell, large, begin, *slow, tolerance=tolerance)
    backward(z)

def by_unrolling(T):
    xs = np.broadcast_to(large, (T, *large.shape))
    states, backward = unroll(rnn_cell, xs, begin, *slow)
    backward(np.zeros_like(states))

# %%
counts = [len(relax(lambda z: rnn_cell(large, z, *slow)[0], begin, tolerance=t)[1])
          for t in tolerances]
used = np.array([[peak_memory(by_fixed_point, t), peak_memory(by_unrolling, n)]
                 for t, n in zip(tolerances, counts)]) / 1e6
growth = [np.interp(10 * counts[0], counts, mb) / mb[0] for mb in used.T]
answer("10-flat", growth[0], form="{:.1f}")

# %%
with figure() as ax:
    curves(ax, counts, dict(zip(("fixed point", "unrolled"), used.T)),
           x_label="steps until settled", y_label="peak memory (MB)",
           title="One grows with the steps, one does not")
    ax.set_xlim(0, 1.25 * counts[-1])
answer("10-memory", growth[1], form="{:.1g}")

# %% [markdown]
# The figure shows the memory of unrolling growing with every step, and that of the fixed point flat, near the axis. Liao and others (2018) compare the two in the same way.
#
# **What we have:** the same numbers at constant memory. **What it costs:** it must settle. **What is missing:** what if it does not?

# %% [markdown]
# ## 5. When it fails
#
# Everything hung on $\rho < 1$. Take two units that chase each other: the first pushes the second up, the second pulls the first down. The eigenvalues of this $U$ are $\pm i$ times its scale: a turn by a right angle.
#
# **Predict:** how many of these four will settle within 500 steps? Scale 0.7; scale 0.99; scale 1.5; scale 5 without a tanh.

# %%
guess("10-four", "How many of the four settle within 500 steps?")

# %%
turn, push, settled = np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array([[0.02, 0.1]]), 0
def move(scale, f=tanh):
    return lambda z: rnn_cell(push, z, np.eye(2), scale * turn, np.zeros(2), f)[0]

for scale, f in ((0.7, tanh), (0.99, tanh), (1.5, tanh), (5.0, identity)):
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            z, changes = relax(move(scale, f), np.zeros((1, 2)), steps=500)
        settled += 1
        print(f"scale {scale}: settled after {len(changes)} steps\n")
    except NotSettled as error:
        print(f"scale {scale}: {error}\n")
answer("10-four", settled)

# %%
states = {}
for scale in (0.7, 0.99, 1.5):
    zs = [np.array([[0.8, 0.0]])]
    for step in range(60):
        zs.append(move(scale)(zs[-1]))
    states[f"scale {scale}"] = np.array(zs)[:, 0, 0]
with figure(3, size=(9, 2.6)) as axes:
    for ax, (name, zs) in zip(axes, states.items()):
        ax.plot(zs, ".-", linewidth=0.8)
        ax.set(xlabel="step", title=name, ylim=(-1, 1))
    axes[0].set_ylabel("state of the first unit")

# %% [markdown]
# The messages tell three failures apart, and the figure shows the first two beside a network that settles. *Slow*: the changes shrink, by the factor that the message states; more steps will do. *In a circle*: the changes stay large; no number of steps will do. *Apart*: without a
# tanh nothing stops the growth. A gradient at a state that is no fixed point is wrong, so it must be an error; a loop of fixed length returns one.
#
# A fourth case raises no error: more than one fixed point. Take one unit that feeds itself, $z = \tanh(wz + x)$. The fixed points are where the curve meets the diagonal. In the explorer, find a weight at which the start decides the end.

# %%
cobweb_explorer()

# %% [markdown]
# For $w \le 1$ there is one fixed point. Beyond, there may be three: two at which the curve is flatter than the diagonal, so that they attract, and one between them, where it is steeper, that repels. Such a unit is a memory of one bit. Move the input slowly up, then
# down, each time starting from where the unit came to rest:

# %%
def sweep(w, path, z):
    states = []
    for x in path:                          # each begins where the last one ended
        z, _ = relax(lambda z: np.tanh(w * z + x), z, tolerance=1e-6)
        states.append(z[0])
    return states

there, low, high = np.linspace(-1.0, 1.0, 81), np.array([-1.0]), np.array([1.0])
with figure(2) as panels:
    for ax, w in zip(panels, (0.5, 2.0)):
        ax.plot(there, sweep(w, there, low), label="x rising")
        ax.plot(there[::-1], sweep(w, there[::-1], high), "--", label="x falling")
        ax.set(xlabel="input x", ylabel="settled state z", title=f"w = {w}")
        ax.legend()

# %% [markdown]
# The left figure shows one curve, the right a loop, **hysteresis**: between the jumps the past decides. There `dstart = 0` is right for small nudges; a large one tips the unit over.
#
# At the jumps the gradient has no limit. For one unit (10.5) and (10.6) need no matrices:
#
# $$\frac{\partial z}{\partial x} = \frac{f'(a)}{1 - w f'(a)} \tag{10.8}$$
#
# As $w f'$, which is $\rho$ here, approaches 1, steps and slope grow without bound. In the explorer, set $w = 2$, start at $-1.2$, and slide $x$ up to 0.5: the
# readout has both.
#
# For one unit with $w f'$ near $+1$, an exploding gradient and a network that will not settle are the same warning. Units that chase each other past $\rho = 1$ do not settle, and their gradient stays small.

# %% [markdown]
# Can one be *sure*? The radius of $J$ is known only at the fixed point, when it is too late. The norm bounds it everywhere. In the difference of two states the input cancels, and tanh, whose slope is at most 1, brings no two numbers further apart:
#
# $$\lVert F(z) - F(z') \rVert \le \lVert U \rVert_2\,\lVert z - z' \rVert , \tag{10.9}$$
#
# where $\lVert U \rVert_2$, the largest singular value, is the most by which $U$ can lengthen a vector. If it is below 1, $F$ is a **contraction**: any two states approach each other, so there is one fixed point, and every start leads to it (Banach's theorem).
# This is sufficient, not necessary: the first network of this lesson has a larger norm, and settles.
# **Exercise 10-5** scales a matrix to a spectral radius.

# %% [markdown]
# ## 6. A layer that is its own input, on real digits
#
# Can a network with cycles be trained on something real? The library's `FixedPoint` holds $W$, $U$ and $b$, and hides the start. A tolerance of $10^{-6}$ is enough for training. Its method `contract`
# keeps it on the safe side: if $\lVert U\rVert_2$ has passed 0.9, it scales $U$ back. By (10.9) the layer then settles from every start.

# %%
show_source(FixedPoint)

# %% [markdown]
# Two networks with nearly the same number of parameters: one with 32 units that feed each other, one with 46 that do not. Both learn for ten epochs with momentum 0.9 and a rate that falls to 0; after each update of the loop, `contract`. `compare` tries the same rates for both on 288 images set aside, then judges five seeds of each once on the test images.
#
# **Predict:** which is right more often?

# %%
guess("10-better", "Which is right more often?",
      choices=("loop", "feed-forward", "not told apart"))

# %%
def network(kind, rng):
    if kind == "loop":
        return Sequential(FixedPoint(64, 32, rng=rng), Dense(32, 10, rng=rng))
    return Sequential(Dense(64, 46, rng=rng), Tanh(), Dense(46, 10, rng=rng))

digits = load_digits()
rest, aside = slice(288, None), slice(288)
split = experiments.Split(*((digits.x_train[part], digits.t_train[part])
                            for part in (rest, aside)), (digits.x_test, digits.t_test))
for kind in ("loop", "feed-forward"):
    count = sum(p.data.size for p in network(kind, np.random.default_rng(4)).params)
    print(f"{kind}: {count:,} parameters")

# %%
def learn(net, lr, rng, fit, contract=True, epochs=10):
    """Train, yielding the norm of U (or NaN) after each update."""
    first, batches = net.layers[0], Batches(*fit, 32, rng=rng)
    optimizer, total = SGD(net.params, lr=lr, momentum=0.9), epochs * len(batches)
    for _, step, _ in training(net, softmax_cross_entropy, optimizer, batches, epochs):
        optimizer.lr = lr * (1 - step / total)
        loop = isinstance(first, FixedPoint)
        yield first.norm() if loop else np.nan
        if loop and contract:
            first.contract()

# %%
nets, seeds = {}, range(2, 7)
def trial(kind, lr, seed, fit, judged):
    rng = np.random.default_rng(seed)
    net = network(kind, rng)
    norms = list(learn(net, lr, rng, fit))
    nets[kind, seed] = net
    return {"accuracy": evaluate(net, *judged), "norms": norms}

found = experiments.compare(
    {"loop": "loop", "feed-forward": "feed-forward"}, trial, split=split,
    values=(0.05, 0.1, 0.2, 0.4), search_seeds=(0, 1), seeds=seeds, by="accuracy",
    higher=True, watch=lambda jobs: watched(jobs, label="trainings"))
display(table(found.rows("{:.3f}"), found.HEADER))
verdict = {"yes": "loop", "no": "feed-forward"}.get(found.beats("loop", "feed-forward"))
answer("10-better", verdict or "not told apart" if found.complete else np.nan)

# %% [markdown]
# The score is the share of right answers, the mean over five seeds with its 95 % interval. On the test images the two are not told apart.
#
# Now without `contract`, at the rate that was chosen for the loop. **Predict:** in how many of the five seeds will the layer cease to settle?

# %%
guess("10-free", "In how many of five seeds will it cease to settle?", unit="of 5")

# %%
def left_alone(seed):
    """The norm of U after each update, and the verdict of the error, if any."""
    rng, norms = np.random.default_rng(seed), []
    net = network("loop", rng)
    try:
        for norm in learn(net, found.chosen["loop"], rng, split.fit, contract=False):
            norms.append(norm)
    except NotSettled as error:
        return norms, str(error).split("wanted. ")[-1][:20].strip(",")
    return norms, ""

free = each(seeds, left_alone, label="left alone", missing=([], ""))
for seed, (norms, error) in free.items():
    last = np.round(norms[-1:], 1)
    print(f"seed {free.name(seed)}: {len(norms)} updates, norm", *last, error)

# %%
with figure() as ax:
    runs = {f"alone, seed {free.name(seed)}": run for seed, (run, _) in free.items()}
    runs["contracted"] = found.measured("norms")["loop"].reshape(len(seeds), -1)[0]
    lines(ax, {name: (range(len(run)), run) for name, run in runs.items()}, log="y",
          x_label="update", y_label="norm of U", title="At this rate it grows past 1")
answer("10-free", np.nan if free.incomplete else sum(bool(e) for _, e in free.values()))

# %% [markdown]
# The figure shows the norm of $U$ after each update, scaled back to 0.9 again in one, or left alone in five. At this rate, chosen with `contract`, it grows well past 1, until the layer does not settle in time and training stops with an error, in all five; at smaller rates it may settle.
# A norm above 1 is a risk, not a verdict: for some updates each of the five still settled.
#
# So the loop bought nothing on digits that five seeds could show. Honest uses are tasks whose answer is itself a fixed point, and very deep networks at the memory of one layer. These come next.

# %% [markdown]
# ## 7. Deep equilibrium, and time without steps
#
# **Depth.** Stop the trained loop after $k$ steps: it is a feed-forward network of $k$ layers that share their weights and all see the input. **Predict:** how many layers until 99 of 100 answers on the test images are those of the settled network?

# %%
guess("10-layers", "How many layers, as the median of five networks?", unit="layers")

# %%
def stopped(net):
    """For k = 1 … 15 layers: the share of equal answers, the error of the scores."""
    (layer, head), z, rows = net.layers, np.zeros((355, 32)), []
    full = predict(net, digits.x_test)
    for _ in range(15):
        z, _ = rnn_cell(digits.x_test, z, *[p.data for p in layer.params])
        scores, _ = head(z)
        rows.append([np.mean(scores.argmax(axis=1) == full.argmax(axis=1)),
                     relative_error(scores, full)])
    return np.array(rows).T

loops = [nets.get(("loop", seed)) or network("loop", np.random.default_rng(seed))
         for seed in seeds]                             # untrained where interrupted
equal, gaps = np.array([stopped(net) for net in loops]).swapaxes(0, 1)

# %%
with figure(2) as (left, right):
    bands(left, range(1, 16), {found.name("loop"): equal}, x_label="steps k",
          y_label="share of equal answers", title="Few steps decide")
    bands(right, range(1, 16), {found.name("loop"): gaps}, x_label="steps k", log=True,
          y_label="relative error of the scores", title="Each step adds a little")
first = [next((k for k in range(1, 16) if row[k - 1:].min() >= 0.99), np.nan)
         for row in equal]
print("layers, for each of the five networks:", *first)
_, changes = relax(lambda z: rnn_cell(digits.x_test, z, *[
    p.data for p in loops[0].layers[0].params])[0], np.zeros((355, 32)), tolerance=1e-6)
print(f"the first of them settles in {len(changes)} steps")
answer("10-layers", np.median(first) if found.complete else np.nan, form="{:.0f}")

# %% [markdown]
# The figures show the medians and ranges of five networks: two or three steps decide 99 of 100 digits, while the scores go on converging. The settled layer is the limit: a network of *infinitely many* layers. Bai, Kolter and Koltun (2019) call it a **deep equilibrium model**, and train such
# models on text with a transformer's block as the cell.
#
# They add one insight: (10.4) asks only *where* the fixed point is. Any solver may find it. Newton's method solves $F(z) - z = 0$ with the Jacobian that we know:
#
# $$z \leftarrow z + (I - J)^{-1}\,(F(z) - z) \tag{10.10}$$

# %%
def steps_of(seed):
    """Steps of the relaxation and of Newton's method, from zero."""
    x, W, U, b = cyclic(1.1, seed)
    def newton(z):
        F, _ = rnn_cell(x, z, W, U, b)
        return z + np.linalg.solve(np.eye(20) - jacobian(F, U), (F - z)[0])   # (10.10)
    z, quick = relax(newton, np.zeros((1, 20)))
    np.testing.assert_allclose(z, rnn_cell(x, z, W, U, b)[0], atol=1e-12)
    _, changes = relax(lambda z: rnn_cell(x, z, W, U, b)[0], 0 * z, steps=5000)
    return len(changes), len(quick)

slowly, quickly = zip(*map(steps_of, range(10, 20)))
print(f"ten networks: relaxation {min(slowly)} to {max(slowly)} steps,",
      f"Newton {min(quickly)} to {max(quickly)}")

# %% [markdown]
# Fewer steps in ten networks that settle, but each step solves a linear system: $H^3$ operations instead of $H^2$. Where relaxation does not, Newton may still find a fixed point, one that repels.
#
# **Time.** Pineda's networks had no steps at all. Each unit drifts towards what its inputs ask for; a computer follows in small steps $h$ (Euler's method):
#
# $$\frac{\mathrm dz}{\mathrm dt} = -z + F(z), \qquad z \leftarrow z + h\,(F(z) - z) \tag{10.11}$$
#
# At rest, $F(z) = z$: the same fixed points for every $h$, and (10.2) is $h = 1$. Each eigenvalue $\lambda$ of $J$ becomes
#
# $$\lambda_h = 1 - h + h\lambda , \tag{10.12}$$
#
# a point on the way from 1 to $\lambda$. **Predict:** which is the largest of five $h$ that calms the units of section 5, which chased each other for ever, with $\lambda$ beyond $\pm i$?

# %%
guess("10-small", "The largest h that settles?",
      choices=("1.0", "0.7", "0.5", "0.3", "0.1", "none"))

# %%
def drifting(h):
    """The cell of the Euler step (10.11)."""
    def cell(x, z, W, U, b):
        F, F_backward = rnn_cell(x, z, W, U, b)
        def backward(dy):
            dx, dz, *dparams = F_backward(h * dy)
            return dx, (1 - h) * dy + dz, *dparams
        return z + h * (F - z), backward
    return cell

# %%
U, x, b = 1.5 * np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array([[0.1, 0.5]]), np.zeros(2)
start, dz, calm = np.zeros((1, 2)), np.array([[1.0, 0.0]]), []
for h in (1.0, 0.7, 0.5, 0.3, 0.1):
    try:
        z, backward = fixed_point(drifting(h), x, start, np.eye(2), U, b)
        _, changes = relax(lambda z: drifting(h)(x, z, np.eye(2), U, b)[0], start)
        print(f"h = {h}: z = {z[0]}, dU = {backward(dz)[3].ravel()},",
              f"{len(changes)} steps")
        calm.append(h)
    except NotSettled:
        print(f"h = {h}: does not settle")
answer("10-small", str(max(calm, default="none")))

# %% [markdown]
# From $h = 0.5$ on it settles, at the same state and with the same gradient for every $h$. Going all the way to the other side of a turn overshoots; going a part of the way spirals in. For $h \to 0$ the condition $\rho < 1$ weakens to: every eigenvalue of $J$ has a real part below 1.
# The fewest steps are those of a middle $h$: with a small one every $\lambda_h$ is near 1.
#
# The adjoint has its own differential equation, $\mathrm dv/\mathrm dt = -v + \mathrm dz + J^\top v$; that is how Pineda found it: a second network, of the same kind, that settles on the gradient.
#
# **What we have:** fixed points by any solver, gradients by one formula. **What is missing:** tasks; part III brings them.

# %% [markdown]
# ## Summary
#
# - A network with cycles is an equation, $z = F(z)$. From nearby, relaxing solves it if the radius of $J$ is below 1; from every start if the norm of $U$ is below 1. A step leaves $\rho$ of the error.
# - The gradient follows from the equation, not from the way: $v = \mathrm dz + J^\top v$, relaxed at the same rate, then one ordinary backward.
# - It equals backpropagation through time for infinitely many steps, at the memory of one.
# - Past $\rho = 1$ the state circles or runs away, which must be an error, not a number; or it falls into one of several fixed points, which raises none.
# - "Can't be used" without an acyclic graph is refuted; "recurrent backpropagation" and "through time" are two algorithms.

# %% [markdown]
# ## Exercises
#
# In `exercises/10_recurrent_backpropagation.ipynb`:
#
# | task | what | level |
# | --- | --- | --- |
# | 10-1 | relax a network, with a tolerance and a clear error | write |
# | 10-2 | the adjoint relaxation | write |
# | 10-3 | the gradients at a fixed point | fill in |
# | 10-4 | a fixed-point layer with its backward | write |
# | 10-5 | scale a matrix to a spectral radius | fill in |
# | 10-6 | the rate, and the steps still to go | explore |
#
# ## Further reading
#
# - {source pineda1987}.
# - {source almeida1987}.
# - {source liao2018}.
# - {source bai2019}.
