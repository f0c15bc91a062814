# %% [markdown]
# # 09 Backpropagation through time
#
# How do you differentiate a loop?
#
# After this lesson you can
#
# - unroll a recurrent network into a graph without cycles, and say why its gradients are sums over time;
# - write backpropagation through time, for one step and for a whole sequence;
# - measure why a gradient vanishes or explodes with the time lag, and say which remedies work;
# - cut the way back short, and say what that costs; run it forward in time, and say what that costs;
# - derive the backward of an LSTM, and train networks that write, forecast and remember.
#
# **Time:** about 80 minutes; the trainings run for about two minutes. **Needed:** lessons 03 and 04 (graphs, rules);
# lessons 06 (Adam) and 07 (initialisation) help.

# %% [markdown]
# Sequences are time first: `xs[t]` is the batch at time $t$.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $x_t$ | `xs[t]` | (N, D) | input at time $t$ |
# | $h_t$ | `hs[t]` | (N, H) | state after time $t$ |
# | $W, U, b$ | `W, U, b` | (D, H), (H, H), (H,) | input weights, recurrent weights, bias |
# | $a_t$ | `a` | (N, H) | what goes into the tanh |
# | $T$ | `T` | a number | steps in the sequence |
# | $\rho$ | `radius` | a number | spectral radius of $U$: its largest eigenvalue in size |
# | $c_t$ | `c` | (N, H) | memory of an LSTM |
# | $i, f, g, o$ | `i, f, g, o` | (N, H) | its gates: input, forget, candidate, output |
# | $\tau$ | `temperature` | a number | how bold the writing is |

# %%
import os
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # small products: one is faster
import numpy as np
from course_lib import (GRU, LSTM, RNN, Adam, Dense, EachStep, Embedding, History,
    Layer, Sequential, Tensor, apply, check_gradients, clip_grad_norm, cosine_schedule,
    gru_cell, identity, initializers, lstm_cell, mean_squared_error,
    real_time_recurrent_learning, relu, rnn, rnn_cell, standardise, tanh,
    topological_order, training, unroll)
from course_lib.data import TextWindows, adding_problem, encode, load_text, load_weather
from course_lib.page.drawing import draw_graph
from course_lib.page.notebook import fastest, show_source, table
from course_lib.page.running import progress
from course_lib.page.plotting import curves, figure
from course_lib.studies import language, recurrence
from course_lib.widgets import lesson09
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. A loop, unrolled
#
# A sentence, a song, a year of weather: they have no fixed length, and their order matters. We want one network for all
# lengths, which reads an element at a time and remembers. So it gets a **state** $h$, and feeds it back to itself:
#
# $$h_t = \tanh(w\,x_t + u\,h_{t-1} + b) \tag{9.1}$$
#
# One neuron, three numbers to learn, the same at every step. As a drawing it has an arrow from itself to itself. A popular
# article concludes that such a network "cannot be described as a directed acyclic graph", and that backpropagation
# then "can't be used".
#
# **Predict:** run the loop three times and record it as in lesson 03. Will the graph have a cycle?

# %%
def cell(x, h, w, u, b):
    y, tanh_backward = tanh(w * x + u * h + b)          # (9.1)
    def backward(dy):
        da = tanh_backward(dy)
        return da * w, da * u, da * x, da * h, da
    return y, backward

# %%
xs = 0.5, -1.0, 0.8
w, u, b, h0 = Tensor(0.9, "w"), Tensor(0.6, "u"), Tensor(0.1, "b"), Tensor(0.0, "h0")
h, states = h0, {}
for t, x in enumerate(xs, start=1):
    h = states[f"h{t}"] = apply(cell, Tensor(x, f"x{t}"), h, w, u, b)
L = (h - 1.0) ** 2

# %%
L.backward()
names = {node: name for name, node in states.items()} | {L: "L"}
order = [names.get(node, node.name) for node in topological_order(L)]
print("a topological order:", " ".join(name for name in order if name))
draw_graph(L, names=dict(states, L=L), title="a loop, unrolled")

# %% [markdown]
# The drawing shows one copy of the cell for each step, $h_1$ to $h_3$, one after another. There is no cycle, and a topological
# order exists. The cycle was in the *drawing* of the network. What was *computed* is a chain: each step makes a new state and
# never looks ahead. That is true of every loop that ends. (Lesson 10 treats networks in which the cycle is real.)
#
# So nothing new is needed: the graph's `backward` works. Only the three leaves $w$, $u$, $b$ are special: they have an arrow to
# *every* step. By the sum over paths (3.6), what each step pays is added:
#
# $$\frac{\partial L}{\partial u} = \sum_{t=1}^{T} \left.\frac{\partial L}{\partial u}\right|_{\text{through step } t}
# \tag{9.2}$$

# %%
copies = {name: [Tensor(v, f"{name}{t}") for t in (1, 2, 3)]
          for name, v in (("w", 0.9), ("u", 0.6), ("b", 0.1))}
h = Tensor(0.0)
for t, x in enumerate(xs):
    h = apply(cell, Tensor(x), h, *[copies[name][t] for name in "wub"])
((h - 1.0) ** 2).backward()
for name, shared in (("w", w), ("u", u), ("b", b)):
    parts = [leaf.grad for leaf in copies[name]]
    np.testing.assert_allclose(shared.grad, sum(parts), rtol=1e-15)
    print(f"d{name} =", " + ".join(f"({part:.4f})" for part in parts),
          f"= {shared.grad:.4f}")

# %% [markdown]
# Here every step was given weights of its own: a feed-forward network of three layers. The gradients of the three copies,
# added, are the gradients of the shared weights, to the last digit. That is all of **backpropagation through time** (BPTT): unroll,
# backpropagate, add over the copies (Rumelhart, Hinton and Williams 1986; Werbos 1990).
#
# The same article sees in unrolling "many chances" to "become trapped in local optima". But the number of weights does not depend on
# $T$: copies add no dimension. What is hard about long sequences is something else; section 3 measures it.
#
# **What we have:** a loop is a graph. **What is missing:** states of more than one number, and speed.

# %% [markdown]
# ## 2. Backpropagation through time
#
# Now with matrices, one example in each row. One step is a **cell**:
#
# $$a_t = \underbrace{x_t}_{N\times D}\,\underbrace{W}_{D\times H} + \underbrace{h_{t-1}}_{N\times H}\,\underbrace{U}_{H\times H}
# + b, \qquad h_t = \tanh(a_t) \tag{9.3}$$
#
# Two matrix products and an elementwise function: lesson 04 has all the backwards. With $\mathrm da = \mathrm dh_t \odot (1 - h_t^2)$,
# rules (4.5) to (4.7) are applied twice:
#
# $$\mathrm dx = \mathrm da\,W^\top,\quad \mathrm dh_{t-1} = \mathrm da\,U^\top,\quad \mathrm dW = x_t^\top \mathrm da,\quad
# \mathrm dU = h_{t-1}^\top \mathrm da,\quad \mathrm db = \textstyle\sum_n \mathrm da_n .$$
#
# `@rule` before a function of the library makes its backward refuse a `dy` that has not the shape of the output.

# %%
rng, (T, N, D, H) = np.random.default_rng(9), (5, 4, 3, 6)
xs, h0 = rng.normal(size=(T, N, D)), rng.normal(size=(N, H))
W, U, b = rng.normal(size=(D, H)), rng.normal(size=(H, H)) / 3, rng.normal(size=H)
show_source(rnn_cell)
check_gradients(rnn_cell, xs[0], h0, W, U, b)

# %% [markdown]
# A state is used twice: by the loss at its own time, and by the next step. By the sum over paths both payments are added.
# `dstates[t]` is what the loss pays to $h_t$, and $\mathrm dh$ is what came back from step $t+1$. So the way back is a loop too,
# from the last step to the first, with two lines that matter. First, one step back:
#
# $$\mathrm dx_t,\ \mathrm dh,\ \mathrm d\theta_t = \mathrm{backward}_t\bigl(\mathrm{dstates}_t + \mathrm dh\bigr) \tag{9.4}$$
#
# Second, the same parameters $\theta = (W, U, b)$ served at every step, so their gradients add up:
#
# $$\mathrm d\theta \leftarrow \mathrm d\theta + \mathrm d\theta_t \tag{9.5}$$

# %% [markdown]
# `unroll`, shown below, has these two lines and serves any cell (`window` is for section 4). Three mistakes are popular here: to forget $\mathrm dh$, so that no
# gradient crosses a time step; to write `=` for `+=` in (9.5), so that only the first step counts; to run the loop forward.
#
# **Exercise 09-1** asks for the backward of one step, **09-2** for the whole of BPTT. **Exercise 09-9** is a bug hunt.
#
# In the explorer one neuron is unrolled over six steps. Go forward, then back, one step at a press. How much of the last error
# arrives at the first step? Then change the recurrent weight $u$.

# %%
show_source(unroll)
def through_time(xs, h, W, U, b):
    return unroll(rnn_cell, xs, h, W, U, b)
check_gradients(through_time, xs, h0, W, U, b)
lesson09.unroll_explorer()

# %% [markdown]
# On the way back each step multiplies by its own slope, $u\,(1 - h_t^2)$. That number is the **local Jacobian** of the step. Six of them
# in a row are a product, and a product of many numbers is seldom near 1.
#
# **What we have:** gradients through any loop, for about two forwards, as in lesson 04. **What it costs:** every state is kept,
# so memory grows with $T$. **What is missing:** what becomes of that product after a hundred steps?

# %% [markdown]
# ## 3. A gradient, a hundred steps later
#
# To see the product we write the loop back with nothing in it but what must be there. Only $\mathrm da_t$ depends on the
# step after it. With the slopes $s_t = 1 - h_t^2$:
#
# $$\mathrm da_t = \bigl(\mathrm{dstates}_t + \mathrm da_{t+1}\,U^\top\bigr) \odot s_t \tag{9.6}$$
#
# All else can wait until the loop is done: $\mathrm dW = \sum_t x_t^\top \mathrm da_t$ is *one* product of all steps. The library's `rnn`
# does this, and is faster than `unroll` for that reason. Now let the loss look at the last state only. Then from $T$ back to $t$,
#
# $$\mathrm dh_t = \mathrm dh_T \prod_{k=T}^{t+1} \mathrm{diag}(s_k)\,U^\top, \qquad
# \|\mathrm dh_t\| \le \|\mathrm dh_T\| \prod_k \max(s_k)\,\|U\| . \tag{9.7}$$

# %% [markdown]
# The norm is the largest factor by which the product can stretch a gradient. What decides the product of a hundred equal
# matrices? Some vectors are only stretched by $U^\top$, by a factor $\mu$, its eigenvalue: after 100 steps by $\mu^{100}$. So the largest $|\mu|$,
# the **spectral radius** $\rho$, sets the pace: about $\rho^k$ after $k$ steps, as long as all slopes are 1.
#
# We scale a random $U$ of 50 units to a chosen $\rho$. The left panel has no tanh, the right one has.
#
# **Predict:** with $\rho = 1.5$ and no tanh, how large is the gradient after 100 steps? Will the tanh, whose slope is at most 1,
# make exploding impossible?

# %%
show_source(recurrence.jacobian_norms)
def with_radius(U, radius):
    return U * (radius / np.abs(np.linalg.eigvals(U)).max())
U, lags = np.random.default_rng(9).normal(size=(50, 50)), np.arange(1, 101)
inputs = 0.1 * np.random.default_rng(9).normal(size=(100, 50))     # T = 100 steps

# %%
with figure(2) as axes:
    for ax, activation, title in zip(axes, (identity, tanh), ("No tanh", "tanh")):
        series = {f"ρ = {r}": recurrence.jacobian_norms(
            with_radius(U, r), activation, inputs)[0] for r in (0.9, 1.0, 1.5)}
        curves(ax, lags, series, x_label="time lag (steps)", title=title, log=True,
               y_label="norm of the product")
        ax.set_ylim(1e-7, 1e20)
        for name, norms in series.items():
            print(title, name, {k: f"{norms[k - 1]:.1e}" for k in (1, 10, 50, 100)})

# %% [markdown]
# The left panel shows straight lines on a logarithmic axis: $\rho^k$, vanishing below 1, exploding above. The right one
# shows tanh bending everything down: each step multiplies by about $\rho$ times the mean slope. Yet at $\rho = 1.5$ the product still grows: the weights
# make up for the slopes. A tanh makes exploding rarer; it does not rule it out.
#
# A vanished gradient is no error message. The network trains on what is near; what was long ago contributes nothing
# (Hochreiter 1991; Bengio, Simard and Frasconi 1994).
#
# In the explorer: find the radius at which the line for tanh is level. What happens to ReLU there?

# %%
lesson09.lag_explorer()

# %% [markdown]
# ### Remedies, judged
#
# A popular article says that vanishing "can be solved by selecting ReLU activation functions and incorporating
# regularization". We try both. ReLU's slope is exactly 1 where the unit is on. Regularisation by weight decay (lesson 07) pulls all weights
# toward zero; here by 5 % in total.
#
# **Predict:** which of the rows below are still between 0.01 and 100 after a hundred steps?

# %%
I, rng = np.eye(50), np.random.default_rng(9)
tried = {"ReLU, ρ = 1": (with_radius(U, 1.0), relu),
         "ReLU, ρ = 1.4": (with_radius(U, 1.4), relu),
         "ReLU, ρ = 1.4, decayed by 5 %": (0.95 * with_radius(U, 1.4), relu),
         "ReLU, ρ = 2": (with_radius(U, 2.0), relu),
         "ReLU, identity": (I, relu),
         "ReLU, identity, decayed by 5 %": (0.95 * I, relu),
         "tanh, orthogonal": (initializers.orthogonal(rng, (50, 50)), tanh)}
rows = []
for name, (matrix, activation) in tried.items():
    norms, _ = recurrence.jacobian_norms(matrix, activation, inputs)
    rows.append([name, *[f"{norms[k - 1]:.1e}" for k in (10, 50, 100)]])
table(rows, ["recurrence", "10 steps", "50 steps", "100 steps"])

# %% [markdown]
# ReLU removes the factor $1 - h^2$ and keeps the product of the weights: it vanishes or explodes like any other. Weight decay
# makes it *smaller*: 5 % off each of a hundred factors leaves $0.95^{100}$, less than a hundredth. What helps is the *starting point*:
# with the identity, a ReLU state is copied at first (Le, Jaitly and Hinton 2015); an orthogonal $U$ keeps all
# lengths (Saxe and others 2014). **Exercise 09-4** asks for `with_radius`.
#
# Against **exploding** there is a guard. Put all gradients into one long vector $g$; if it is longer than a limit $c$,
# shorten it: $g \leftarrow g\,\min(1, c / \|g\|)$. One factor for all: the direction stays (Pascanu, Mikolov and Bengio
# 2013). Clipping each entry alone would turn $g$.

# %%
rng = np.random.default_rng(9)
net = Sequential(RNN(2, 20, rng=rng), EachStep(Dense(20, 1, rng=rng)))
net.layers[0].U.data *= 2.5                     # an exploding one
y, backward = net(rng.normal(size=(60, 8, 2)))
backward(np.ones_like(y) / y.size)
g = np.concatenate([p.grad.ravel() for p in net.params])

# %%
norm = clip_grad_norm(net.params, 1.0)
clipped = np.concatenate([p.grad.ravel() for p in net.params])
each = np.clip(g, -0.1, 0.1)
for name, v in (("all by one factor", clipped), ("each entry at 0.1", each)):
    cosine = g @ v / np.linalg.norm(g) / np.linalg.norm(v)
    print(f"{name}: {norm:.4g} to {np.linalg.norm(v):.4f}, cosine {cosine:.4f}")

# %% [markdown]
# **Exercise 09-5** asks for clipping by the global norm.
#
# **What we have:** the reason why lags are hard, in one product. **What it costs:** nothing can be learnt from a gradient that is gone; an exploding one
# can be clipped. **What is missing:** a book has 263,019 characters. Must we really unroll through all of them for one step?

# %% [markdown]
# ## 4. Cutting the way back, and going forward instead
#
# **Truncated** BPTT cuts the sequence into windows. The *state* passes from one window to the next; the *gradient* does not. So
# memory stays bounded, and the weights can move after every window. The price is a **bias**: whatever an error owes to inputs
# before its window is left out.
#
# **Predict:** with windows of 10 steps, is the error of the gradient larger for a small or for a large spectral radius?

# %%
rng = np.random.default_rng(9)
T, N, D, H = 96, 4, 3, 32
xs, h0, dhs = rng.normal(size=(T, N, D)), np.zeros((N, H)), rng.normal(size=(T, N, H))
W, b, U = rng.normal(size=(D, H)), np.zeros(H), rng.normal(size=(H, H))
lengths, bias = (1, 2, 4, 8, 16, 32, 48), {}
for radius in (0.5, 0.9, 1.2):
    args = xs, h0, W, with_radius(U, radius), b
    exact = rnn(*args)[1](dhs)[3]
    cut = [unroll(rnn_cell, *args, window=k)[1](dhs)[3] for k in lengths]
    bias[f"ρ = {radius}"] = [np.linalg.norm(dU - exact) / np.linalg.norm(exact)
                             for dU in cut]
with figure() as ax:
    curves(ax, lengths, bias, x_label="window (steps)", log=True,
           y_label="relative error of dU", title="A longer window, a smaller bias")

# %% [markdown]
# The figure shows the bias falling with the window, and at every window it is larger for a larger radius: the longer gradients live,
# the more is cut. In every piece the states near its start lose their past, so even long windows keep some bias.
# Truncation and vanishing ask the same thing: how far back does the gradient matter?
#
# **Exercise 09-3** asks for truncated BPTT.
#
# Two articles write "Recurrent Backpropagation (Backpropagation Through Time – BPTT)" and "recurrent backpropagation, which
# involves fixed-point learning", and mean one thing. They are two: the second never unrolls. Lesson 10 builds it.

# %% [markdown]
# ### Forward in time
#
# Lesson 03 had a second direction. Carry, along with each state, its slopes by *every* parameter: $P_t = \partial h_t / \partial\theta$.
# The chain rule brings them from step to step. For one example, with $v = (x_t, h_{t-1}, 1)$, and $\theta_{ij}$ the weight from entry $i$
# of $v$ to unit $j$:
#
# $$\frac{\partial h_{t,k}}{\partial \theta_{ij}} = s_{t,k} \Bigl( \sum_l U_{lk}\,\frac{\partial h_{t-1,l}}{\partial \theta_{ij}}
# + [j = k]\, v_i \Bigr), \qquad \mathrm d\theta = \sum_t \mathrm{dstates}_t\, P_t \tag{9.8}$$
#
# No way back, no stored states, a gradient at every moment: **real-time recurrent learning** (Williams and Zipser 1989). It is forward mode,
# so we expect the same numbers and another bill.

# %%
rng = np.random.default_rng(9)
T, N, D, H = 20, 2, 3, 5
xs, h0, dhs = rng.normal(size=(T, N, D)), np.zeros((N, H)), rng.normal(size=(T, N, H))
W, U, b = rng.normal(size=(D, H)), rng.normal(size=(H, H)) / 2, rng.normal(size=H)
forward = real_time_recurrent_learning(xs, h0, W, U, b, dhs)
for one, other in zip(forward, rnn(xs, h0, W, U, b)[1](dhs)[2:]):
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
print("dW, dU, db: forward in time and back through time agree to 1e-12")
rows = [[H, f"{T * H:,}", f"{2 * H * (D + H):,}", f"{H * H * (D + H + 1):,}",
         f"{H ** 3 * (D + H + 1):,}"] for H in (8, 32, 128)]
table(rows, ["units", "BPTT keeps", "products a step", "RTRL carries",
             "products a step of RTRL"])

# %%
# NBVAL_IGNORE_OUTPUT
def seconds(H, T=20):
    xs, h0, dhs = np.ones((T, 1, 3)), np.zeros((1, H)), np.ones((T, 1, H))
    args = xs, h0, np.full((3, H), 0.1), 0.5 * np.eye(H), np.zeros(H)
    return (fastest(lambda: rnn(*args)[1](dhs)),
            fastest(lambda: real_time_recurrent_learning(*args, dhs), times=3))

sizes = [8, 16, 32, 64]
back, forth = np.array([seconds(H) for H in sizes]).T
with figure() as ax:
    curves(ax, sizes, {"RTRL": 1e3 * forth, "BPTT": 1e3 * back}, x_label="units",
           y_label="time for 20 steps (ms)", log=True,
           title="RTRL / BPTT: " + ", ".join(f"{r:.3g}" for r in forth / back))
    ax.set(xscale="log", xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()

# %% [markdown]
# The figure shows the time of both against the number of units, and the ratio in its title. RTRL carries of the order of $H^3$ numbers and makes $H^4$
# products a step, BPTT $H^2$ products; so their ratio grows with $H^2$. (Small networks are governed by the cost of calling NumPy, so the measured
# ratio begins small.) RTRL's memory does not grow with $T$. That would be ideal for a stream that never ends, at a few units.
#
# **What we have:** three ways to the gradient of a loop: exact and back, cut and back, exact and forward. **What is missing:**
# a network whose gradient survives.

# %% [markdown]
# ## 5. Gates
#
# A plain network rewrites its whole state at each step. Could it just *add* to it? Let a memory $c$ change by
#
# $$c_t = c_{t-1} + g_t \quad\Rightarrow\quad \frac{\partial c_T}{\partial c_t} = 1 \tag{9.9}$$
#
# along this path, however long. But a memory that only adds is soon full of everything. So let the network decide, at each step and for each unit, how
# much to keep and how much to write, with two factors between 0 and 1:
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t \quad\Rightarrow\quad \frac{\partial c_T}{\partial c_t} = \prod_{k=t+1}^{T} f_k \tag{9.10}$$
#
# The factors are **gates**, sigmoids of what is read and of the state:
#
# $$\text{gate}_t = \mathrm{sigmoid}(x_t W + h_{t-1} U + b) \tag{9.11}$$
#
# The product is still a product. But now its factors are *learnt*, and can be near 1 for as long as needed.

# %% [markdown]
# With a third gate $o$ for what is shown to the outside, this is the **long short-term memory**, LSTM (Hochreiter and Schmidhuber 1997; the forget gate $f$
# came in 2000, by Gers, Schmidhuber and Cummins). $z_i, z_f, z_g, z_o$ are the four blocks of $x_t W + h_{t-1} U + b$:
#
# $$\begin{aligned} i, f, o &= \mathrm{sigmoid}(z_i), \mathrm{sigmoid}(z_f), \mathrm{sigmoid}(z_o), \qquad g = \tanh(z_g) \\
# c_t &= f \odot c_{t-1} + i \odot g \\ h_t &= o \odot \tanh(c_t) \end{aligned} \tag{9.12}$$
#
# Backward, every line of (9.12) from the last to the first. $c_t$ has two users, $h_t$ and the next step, so two payments:
#
# $$\begin{aligned} \mathrm do &= \mathrm dh_t \odot \tanh c_t, \qquad
# \mathrm dc = \mathrm dc_t + \mathrm dh_t \odot o \odot (1 - \tanh^2 c_t) \\
# \mathrm df &= \mathrm dc \odot c_{t-1}, \quad \mathrm di = \mathrm dc \odot g, \quad \mathrm dg = \mathrm dc \odot i, \quad
# \mathrm dc_{t-1} = \mathrm dc \odot f \end{aligned} \tag{9.13}$$

# %%
show_source(lstm_cell)
rng = np.random.default_rng(9)
N, D, H = 4, 3, 5
x, state = rng.normal(size=(N, D)), rng.normal(size=(2, N, H))
W, U, b = (rng.normal(size=s) for s in ((D, 4 * H), (H, 4 * H), 4 * H))
check_gradients(lstm_cell, x, state, W, U, b)

# %% [markdown]
# Each gate then goes through its own slope into $\mathrm dz$, and the rest is as in the plain cell. The last term of (9.13), $\mathrm dc \odot f$, is
# the way back that no matrix touches. The **gated recurrent unit**, GRU (Cho and others 2014), has one state and two gates, $r$ and $z$:
#
# $$\begin{aligned} n &= \tanh\bigl(x W_n + b_n + r \odot (h_{t-1} U_n + c)\bigr), \qquad h_t = (1 - z) \odot n + z \odot h_{t-1} \\
# \mathrm dn &= \mathrm dh_t \odot (1 - z), \quad \mathrm dz = \mathrm dh_t \odot (h_{t-1} - n), \quad
# \mathrm dh_{t-1} = \mathrm dh_t \odot z + \dots \end{aligned} \tag{9.14}$$
#
# Here $z$ does what $f$ did, $1 - z$ what $i$ did; $c$ is a second bias. **Exercises 09-6 and 09-7** ask for the LSTM step.
#
# The explorer shows one LSTM unit with weights set by hand: it knows whether a text is inside brackets. Which gate opens at a bracket, which
# holds the value in between? With nested brackets, where does it fail?

# %%
show_source(gru_cell)
Wg, Ug, bg = (rng.normal(size=s) for s in ((D, 3 * H), (H, 3 * H), 3 * H))
check_gradients(gru_cell, x, state[0], Wg, Ug, bg, rng.normal(size=H))
lesson09.gate_explorer()

# %% [markdown]
# ### The adding problem
#
# Can they be trained to remember? Each element of a sequence is a random number between 0 and 1 and a mark; two of the marks are 1, one in each half, all
# others 0. At the end the network must say the sum of the two marked numbers. Whoever always says 1 has an error of
#
# $$\mathrm{Var}[v_1 + v_2] = \tfrac1{12} + \tfrac1{12} \approx 0.167, \tag{9.15}$$
#
# the **trivial baseline**. To beat it, a network must carry a number over many steps of noise.

# %%
xs, t = adding_problem(np.random.default_rng(9), T=8, N=10000)
print("numbers", xs[:, 0, 0])
print("marks  ", xs[:, 0, 1], "  target", t[0])
print(f"error of always saying 1: {np.mean((t - 1) ** 2):.3f}")

# %%
class LastStep(Layer):
    def rule(self, hs):                                 # (T, N, H) to (N, H)
        def backward(dy):
            dhs = np.zeros_like(hs)
            dhs[-1] = dy
            return dhs
        return hs[-1], backward

class ClippedAdam(Adam):
    def step(self):
        clip_grad_norm(self.params, 1.0)
        super().step()

# %%
single, lengths = {"dtype": np.float32}, {20: 600, 50: 1200, 100: 1500}     # steps
small = {"init": lambda *args: 0.2 * initializers.glorot(*args), "activation": relu,
         "recurrent_init": initializers.scaled_identity}
kinds = {"tanh": (lambda rng: RNN(2, 64, rng=rng, **single), 3e-3),
         "ReLU, identity": (lambda rng: RNN(2, 64, rng=rng, **small, **single), 1e-3),
         "LSTM": (lambda rng: LSTM(2, 32, rng=rng, **single), 1e-2)}
for name, (make, lr) in kinds.items():
    count = sum(p.data.size for p in make(np.random.default_rng(9)).params)
    print(f"{name}: {count:,} weights, learning rate {lr}")

# %% [markdown]
# All three have about the same number of weights. The tanh network starts orthogonal. All are trained by Adam (lesson 06) with clipping at 1, each at a rate
# chosen by a small search on other seeds.
# `training` of lesson 04 does the rest, with a layer that takes the last state and an optimizer that clips first. Each step reads 32 new sequences: there is nothing to learn by heart. Half a minute in all.
#
# **Predict:** which of the three solve lags of 20, 50 and 100 within these steps?

# %%
# NBVAL_IGNORE_OUTPUT
results = {}
def nine_trainings():
    for run, (T, kind) in enumerate(((T, k) for T in lengths for k in kinds), 1):
        rng, losses, (make, lr) = np.random.default_rng(T), [], kinds[kind]
        layer, results[kind, T] = make(rng), losses
        out = Dense(len(layer.U.data), 1, rng=rng, **single)
        net = Sequential(layer, LastStep(), out)
        batches = (adding_problem(rng, T, 32, **single) for _ in range(lengths[T]))
        optimizer = ClippedAdam(net.params, lr=lr)
        for _, step, loss in training(net, mean_squared_error, optimizer, batches, 1):
            losses.append(loss)
            yield run, step, loss
for _ in progress(nine_trainings(), 3 * sum(lengths.values()), label="nine trainings"):
    pass

# %%
for T in (50, 100):
    plain, copying, gated = (np.mean(results.get((kind, T), [])[-100:] or [np.nan])
                             for kind in kinds)         # nan: interrupted before it
    print(f"lag {T}: tanh within a tenth of the baseline:",
          bool(abs(plain - 2 / 12) < 0.1 * 2 / 12), "  identity and LSTM below half:",
          bool(max(copying, gated) < 1 / 12))

# %%
with figure(3, size=(10, 3.4)) as axes:
    for ax, T in zip(axes, lengths):
        for (kind, _), style in zip(kinds.items(), ("-", "--", "-.")):
            losses = np.array(results.get((kind, T), []))
            means = losses[:len(losses) // 50 * 50].reshape(-1, 50).mean(axis=1)
            ax.semilogy(50 * np.arange(1, len(means) + 1), means, style, label=kind)
        ax.axhline(2 / 12, color="#555555", linestyle=":", label="always 1")
        ax.set(xlabel="step", title=f"lag {T}", ylim=(1e-4, 2))
    axes[0].set(ylabel="mean squared error")
    axes[0].legend(loc="lower left", fontsize=9)

# %% [markdown]
# The figure shows the error over the steps, one panel for each length; the dotted line is the trivial baseline. At 20 all three fall below it, tanh last.
# At 50 and 100 tanh stays on it: its gradient is gone before it arrives. The other two solve both. The LSTM waits on
# the baseline for hundreds of steps, then falls quickly; the identity network begins with large errors, because its sums grow with $T$, and comes down slowly.
# One seed and a small budget are no ranking.
#
# **What we have:** networks whose gradients survive a hundred steps. **What it costs:** four times the weights of a plain network of as
# many units. **What is missing:** something real.

# %% [markdown]
# ## 6. A network that writes
#
# The first thirty chapters of *Moby-Dick*, 263,019 characters. The task: read them one by one, and say after each what comes next. The target is
# the text itself, one character later; nobody had to label anything. The last tenth of the book is kept for the test.
#
# The measure is the mean cross-entropy, in bits, so divided by $\ln 2$:
#
# $$\text{bits per character} = -\frac{1}{T} \sum_t \log_2 p(\text{character}_t \mid \text{all before}) \tag{9.16}$$
#
# With 77 symbols and no knowledge it is $\log_2 77$. Two simple models set the bar: **unigram**, how frequent is each character, and **bigram**, how frequent is
# each after the one before it.
#
# **Predict:** how many bits will each of the two need?

# %%
text = load_text()
codes, symbols = encode(text)
cut = len(codes) * 9 // 10
train, held_out = codes[:cut], codes[cut:]
print(text[:122], "...")
print(f"{len(train):,} characters to learn, {len(held_out):,} to test")

# %%
counts = np.ones((77, 77))                  # each pair once more: none is impossible
np.add.at(counts, (train[:-1], train[1:]), 1)
unigram, bigram = counts.sum(0) / counts.sum(), counts / counts.sum(1, keepdims=True)
bits = {"unigram": -np.log2(unigram[held_out[1:]]).mean(),
        "bigram": -np.log2(bigram[held_out[:-1], held_out[1:]]).mean()}
print(f"nothing known {np.log2(77):.4g},", {k: f"{b:.4g}" for k, b in bits.items()})

# %% [markdown]
# The network: an **embedding** gives each symbol a learnt row of 64 numbers (a table look-up, whose backward adds `dy` to the rows that were used),
# a GRU of 160 units reads them, and a dense layer gives 77 logits at each step.
#
# `TextWindows` cuts the training text into 32 streams, which are read side by side, 64 characters at a time. The state goes on from window to window, the
# gradient does not: this is truncated BPTT as in section 4. All in float32.
#
# The training takes about a minute; the bar tells how long on your machine. Stop it when you like (the square button): the network keeps
# what it has learnt.

# %%
show_source(language.text_step)
rng, epochs, windows = np.random.default_rng(9), 13, TextWindows(train, 32, 64)
args = {"rng": rng, **single}
writer = Sequential(Embedding(77, 64, **args), GRU(64, 160, **args),
                    EachStep(Dense(160, 77, **args)))
print(f"{sum(p.data.size for p in writer.params):,} weights, {len(windows)} windows")

# %%
# NBVAL_IGNORE_OUTPUT
history, total = History(), epochs * len(windows)
optimizer = Adam(writer.params, lr=cosine_schedule(5e-3, total, warmup=20))
steps = language.text_training(writer, optimizer, windows, epochs)
for epoch, step, loss in progress(steps, total):
    history.add(step=step, loss=loss / np.log(2))
    if step % len(windows) == 0:
        history.add(epoch=epoch, held_out=language.bits_per_symbol(writer, held_out))

# %%
reached = language.bits_per_symbol(writer, held_out)
print("below the bigram:", bool(reached < bits["bigram"]),
      "  below 2.5 bits per character:", bool(reached < 2.5))
with figure() as ax:
    smooth = np.convolve(history["loss"], np.ones(50) / 50, "valid")
    ax.plot(np.arange(len(smooth)) + 50, smooth, label="training text")
    if "held_out" in history.columns:
        ax.plot(history["epoch"] * len(windows), history["held_out"], "o--",
                label="held-out text")
    for name in ("unigram", "bigram"):
        ax.axhline(bits[name], color="#555555", linestyle=":")
        ax.text(total, bits[name] + 0.05, name, ha="right")
    ax.set(xlabel="step", ylabel="bits per character", ylim=(1.5, 5),
           title=f"Held out: {reached:.2f} bits per character")
    ax.legend()

# %% [markdown]
# The figure shows bits per character over the steps, for the training text and, after each epoch, for the held-out chapters, with both baselines dotted. The network is far below the bigram:
# it uses more than the last character. The two curves part: the network begins to know its book by heart.
#
# ### Writing
#
# To write, draw a character from the predicted probabilities, read it as the next input, and so on. The **temperature** $\tau$ divides the logits first:
#
# $$p_k \propto e^{z_k / \tau} \tag{9.17}$$
#
# Small $\tau$ takes almost always the likeliest, $\tau = 1$ is what was learnt. **Exercise 09-8** asks for these probabilities.
#
# **Predict:** at which of 0.3, 0.7 and 1.0 will the text be dull, at which will there be invented words?

# %%
# NBVAL_IGNORE_OUTPUT
show_source(language.write_text)
start, rng = encode("The ", symbols)[0], np.random.default_rng(4)
for temperature in (0.3, 0.7, 1.0):
    written = language.write_text(writer, start, 350, temperature, rng)
    print(f"temperature {temperature}\n" + "".join(symbols[k] for k in written), "\n")

# %%
def share(codes):
    sample = language.words("".join(symbols[k] for k in codes))
    return np.mean([word in book for word in sample])

book, k = set(language.words(text[:cut])), start[0]
chain = [k := rng.choice(77, p=bigram[k]) for _ in range(3000)]
written = language.write_text(writer, start, 3000, 0.7, rng)
print("More than three of four words are in the book:", bool(share(written) > 0.75))
print("Of the bigram's words, less than half are:", bool(share(chain) < 0.5))

# %% [markdown]
# Nobody told it what a word is. It learnt spelling, spaces, the length of sentences, capital letters after a point, quotation marks. It did not learn to mean anything: that would take
# more text, and larger networks, than a minute allows. At 0.3 it goes in circles; at 1.0 it invents words.
#
# **What we have:** truncated BPTT at work on a book. **What is missing:** a series that must be forecast, and an honest comparison.

# %% [markdown]
# ## 7. Tomorrow's weather
#
# Daily weather of Seattle, 2012 to 2015. The task: how warm will it be tomorrow? A random split would be a mistake here: the days of one week are alike, and a network
# would be tested on days whose neighbours it has seen. So we split **by time**: three years to learn, the last year to test.
#
# Two forecasts cost nothing. **Persistence**: tomorrow is like today. **Climatology**: tomorrow is as usual for the date; a yearly wave, fitted to the training years. The network
# gets the *anomaly*, the temperature minus climatology, the coldest temperature, rain and wind of the day, and the season.
#
# **Predict:** which of the two is the harder to beat?

# %%
weather = load_weather()
year = weather.dates.astype("datetime64[Y]").astype(int) + 1970
angle = 2 * np.pi * np.arange(len(year)) / 365.25
waves = np.stack([*(f(k * angle) for k in (1, 2) for f in (np.cos, np.sin)),
                  np.ones_like(angle)], axis=1)
past, days = year < 2015, np.flatnonzero(year == 2015)
usual = waves @ np.linalg.lstsq(waves[past], weather.warmest[past], rcond=None)[0]
with figure(size=(9, 3)) as ax:
    ax.plot(weather.dates, weather.warmest, ".", color="#555555", markersize=2)
    ax.plot(weather.dates, usual, color="#0072B2")
    ax.axvline(weather.dates[days[0]], color="#D55E00", linestyle="--")
    ax.set(xlabel="date", ylabel="warmest (°C)", title="A yearly wave")

# %% [markdown]
# The figure shows the warmest temperature of each day as dots, climatology as a line, and the day where the test begins as a dashed line.
#
# The network is a GRU of 8 units. It learns on stretches of 32 days. For the test it reads the whole series from 2012 on, and says each evening
# what it expects. Three seeds. And one more rival: a **linear regression** on the same inputs of today only, without any memory.

# %%
anomaly = weather.warmest - usual
seen = np.stack([anomaly, weather.coldest, np.sqrt(weather.rain), weather.wind], axis=1)
seen = np.hstack([standardise(seen, seen[past]), waves[:, :2]])
target = (anomaly / anomaly[past].std())[:, None]

# %%
def stretches(rng, count):
    for _ in range(count):                              # 33 days in each of 16 columns
        days = rng.integers(0, past.sum() - 33, size=16) + np.arange(33)[:, None]
        yield seen[days[:-1]], target[days[1:]]         # t is one day later

# %%
forecasts = []
for seed in range(3):
    rng = np.random.default_rng(seed)
    net = Sequential(GRU(6, 8, rng=rng), EachStep(Dense(8, 1, rng=rng)))
    optimizer = ClippedAdam(net.params, lr=cosine_schedule(1e-2, 300))
    steps = training(net, mean_squared_error, optimizer, stretches(rng, 300), 1)
    for _ in progress(steps, 300, label=f"seed {seed}"):
        pass
    y, _ = net(seen[:, None])                   # one long sequence, from 2012 on
    forecasts.append(usual[days] + anomaly[past].std() * y[days - 1, 0, 0])

# %%
today = np.hstack([seen, np.ones((len(seen), 1))])[:-1]
fit = np.linalg.lstsq(today[past[1:]], anomaly[1:][past[1:]], rcond=None)[0]
rivals = {"climatology": usual[days], "persistence": weather.warmest[days - 1],
          "linear regression": usual[days] + today[days - 1] @ fit,
          **{f"GRU, seed {i}": f for i, f in enumerate(forecasts)}}
errors = {name: np.abs(f - weather.warmest[days]) for name, f in rivals.items()}
table([[name, f"{e.mean():.2f}", f"{np.sqrt((e ** 2).mean()):.2f}",
        f"{(e < 2).mean():.0%}"] for name, e in errors.items()],
      ["forecast for 2015", "mean error, °C", "root mean square, °C", "within 2 °C"])

# %% [markdown]
# The table: persistence is much harder to beat than climatology. The networks beat both. But the linear regression lies between the seeds: the memory of the
# networks gained next to nothing. A few numbers a day, of one place, hold little about tomorrow beyond today's anomaly, and no memory can add what is not there.
#
# An honest table has the strongest simple rival in it. Without that row, this one would read like a success of recurrent networks.
#
# An article says that they "are typically not used for classification or regression". This was regression, and the next
# character a classification, 64 times in each window.

# %% [markdown]
# ## Summary
#
# - A loop that ends is a graph without cycles: one copy of the cell for each step, shared leaves, gradients added over the copies.
# - BPTT is two lines: each step's backward gets what the loss pays and what comes back from the step after it; gradients of the parameters add up.
# - The gradient over a lag is a product of Jacobians. The spectral radius and the slopes decide whether it vanishes or explodes.
# - Clipping tames exploding. Against vanishing: identity or orthogonal starts, and gates. ReLU and weight decay alone do not.
# - Truncation bounds memory and costs bias. RTRL needs no way back and costs $H^4$ a step.
#
# **Exercises**, in the sheet of this lesson:
#
# | task | what | level |
# | --- | --- | --- |
# | 09-0 | backpropagation through time, derived | derive |
# | 09-1 | the backward of one recurrent step | fill in |
# | 09-2, 09-3 | backpropagation through time, whole and truncated | write |
# | 09-4, 09-5 | scaling to a spectral radius, clipping by the global norm | fill in |
# | 09-6, 09-7 | an LSTM step, forward and backward | write |
# | 09-8 | probabilities at a temperature | fill in |
# | 09-9 | bug hunt: a way back that learns from one step only | fill in |

# %% [markdown]
# **Further reading**
#
# - D. Rumelhart, G. Hinton, R. Williams, Learning representations by back-propagating errors, *Nature* 323, 1986. Its last figure unrolls a network.
# - P. Werbos, Backpropagation through time: what it does and how to do it, *Proceedings of the IEEE* 78, 1990.
# - R. Williams, D. Zipser, A learning algorithm for continually running fully recurrent neural networks, *Neural Computation* 1, 1989.
# - J. Elman, Finding structure in time, *Cognitive Science* 14, 1990.
# - Y. Bengio, P. Simard, P. Frasconi, Learning long-term dependencies with gradient descent is difficult, *IEEE Transactions on Neural Networks* 5, 1994.
# - S. Hochreiter, J. Schmidhuber, Long short-term memory, *Neural Computation* 9, 1997.
# - R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, *ICML* 2013.
