# %% [markdown]
# # 04 Backpropagation in matrices
#
# What does a real implementation compute?
#
# After this lesson you can
#
# * derive the backward of every part of a network, with its shapes, for a whole batch at once;
# * say why no implementation ever forms a Jacobian;
# * check a gradient, and tell rounding from a mistake;
# * build a network of three hidden layers, train it on digits to over 97 %;
# * predict what a backward pass costs in time and in memory.
#
# **Time:** about 90 minutes, in two sittings: sections 1 to 4, then 5 to 7.
# **Needed:** lesson 02 (layers, activations, losses) and lesson 03 (the chain rule on a graph,
# the protocol `y, backward = rule(*inputs)`).
#
# `dy` abbreviates $\partial L/\partial y$, for any letter, and has the shape of `y`.
#
# | symbol | code | shape | meaning |
# |---|---|---|---|
# | $N, D, K$ | `N`, `D`, `K` | | examples (rows), features in, features or classes out |
# | $x$ | `x` | (N, D) | input |
# | $W, b$ | `W, b` | (D, K), (K,) | weights, bias |
# | $y$, $z$ | `y`, `z` | (N, K) | output, logits |
# | $t$ | `t` | (N,) or as $y$ | labels or targets |
# | $p$ | `p` | (N, K) | softmax of $z$ |
# | $L$ | `L` | a number | loss, mean over the batch |

# %%
import os
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products: one is faster
import numpy as np
from IPython.display import display
from course_lib import (SGD, Batches, Dense, GradientError, Sequential, Sigmoid, Tensor,
    affine, apply, check_gradients, complex_step_gradient, confusion_matrix, hinge,
    initializers, load_digits, load_new_writers, mean_squared_error,
    numerical_gradient, predict, relative_error, relu, remembered, sigmoid, softmax,
    softmax_cross_entropy, tanh, train_step, training, unbroadcast)
from course_lib.data import shifted
from course_lib.experiments import say
from course_lib.page.drawing import draw_blocks
from course_lib.page.notebook import fastest, origin_table, show_source, table
from course_lib.page.plotting import confusion, curves, figure, images, signed_matrices
from course_lib.page.running import each, progress
from course_lib.rules import functions
from course_lib.studies import writers
from course_lib.widgets.lesson04 import check_explorer, flow_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Vector-Jacobian products
#
# In lesson 03 every local derivative was one number. Here a rule takes arrays and gives an array.
# Each output may depend on each input, so the local derivative is a whole table,
# one number for each pair: the **Jacobian**.
#
# Take one layer of the network that this lesson trains: 32 images, 96 features in, 72 out.
# How many numbers has the Jacobian of its output with respect to its weights?
# **Prediction:** thousands, millions, or more? Decide before running.

# %%
guess("04-jacobian", "The Jacobian of this layer has", unit="numbers")

# %%
layers, rows = ((1, 96, 72), (32, 96, 72), (32, 1000, 1000)), []
for N, D, K in layers:
    size = (N * K) * (D * K)
    rows.append([f"{N} × {D} to {N} × {K}", f"{size:,}", f"{8 * size / 1e9:.4g} GB"])
display(table(rows, ["layer", "numbers in the Jacobian", "memory in float64"]))
answer("04-jacobian", (32 * 72) * (96 * 72))

# %% [markdown]
# More than a hundred megabytes for one small layer, 256 gigabytes for a wide one. Is the table needed at all? $L$ depends on $x$ through all the $y_i$, so the
# chain rule of lesson 03 adds up all paths. With all entries numbered in one line:
#
# $$\frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial y_i}\,\frac{\partial y_i}{\partial x_j}
# \tag{4.1}$$
#
# On the right stands a row vector times a matrix, with $J_{ij} = \partial y_i/\partial x_j$:
#
# $$\mathrm{d}x = \mathrm{d}y\,J \tag{4.2}$$
#
# This is a **vector-Jacobian product**, and it is what `backward(dy)` returns; likewise for $W$. To see $J$ once, we ask a tiny layer
# for it row by row: a single 1 as `dy` selects one output. (`affine`, derived in section 2, gives `dx, dW, db`; `[1]` picks `dW`.)

# %%
rng = np.random.default_rng(4)
x, W, b = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), np.zeros(4)
y, backward = affine(x, W, b)
ones = np.eye(y.size).reshape(-1, *y.shape)
J = np.stack([backward(one)[1].ravel() for one in ones])
dy = rng.normal(size=y.shape)
np.testing.assert_allclose(backward(dy)[1].ravel(), dy.ravel() @ J)       # (4.2)
print(f"Jacobian {J.shape}, of which {np.mean(J == 0):.0%} are zero")
with figure(alt="Each row has two coloured entries of eight.") as ax:
    signed_matrices([ax], {"Most outputs ignore most weights": J},
                    x_label="weight (number in W)", y_label="output (number in y)")

# %% [markdown]
# The figure shows the Jacobian of a layer with 12 outputs and 8 weights: a few numbers of `x`,
# repeated again and again between zeros.
#
# **Summary.** A backward is a vector-Jacobian product. It has the size of the input, never the size of the Jacobian,
# and a rule may compute it in any way. The rest of this lesson does one thing:
# for each rule, find a formula for $\mathrm{d}y\,J$ in which $J$ does not appear.
#
# ## 2. Affine maps and matrix products
#
# The weight $W_{dk}$ meets feature $d$ of *every* example, and adds to output $k$ of every example.
# Which entries of `dy` must pay for it? The picture marks one weight and what it meets.

# %%
x, W, y = np.zeros((5, 3)), np.zeros((3, 4)), np.zeros((5, 4))
x[:, 1] = W[1, 2] = y[:, 2] = 1
with figure(3, size=(9, 2.6), alt="One column, one entry, one column.") as axes:
    signed_matrices(axes, {"x (5, 3)": x, "W (3, 4)": W, "y (5, 4)": y},
                    x_label="column", y_label="row")

# %% [markdown]
# The figure shows that a weight uses one column of $x$ and changes one column of $y$. With indices:
#
# $$y_{nk} = \sum_d x_{nd} W_{dk} + b_k \tag{4.3}$$
#
# $W_{dk}$ occurs in $y_{nk}$ for every $n$, with the factor $x_{nd}$. The chain rule (4.1) sums over them:
#
# $$\frac{\partial L}{\partial W_{dk}} = \sum_n x_{nd}\,\mathrm{d}y_{nk} \tag{4.4}$$
#
# The sum runs over the *first* index of both; a matrix product sums over the inner one. So $x$ is transposed:
#
# $$\underbrace{\mathrm{d}W}_{D\times K} = \underbrace{x^\top}_{D\times N}\,\underbrace{\mathrm{d}y}_{N\times K}
# \tag{4.5}$$
#
# Likewise, $x_{nd}$ occurs in $y_{nk}$ for every $k$, with the factor $W_{dk}$:
#
# $$\frac{\partial L}{\partial x_{nd}} = \sum_k \mathrm{d}y_{nk} W_{dk}
# \qquad\Longrightarrow\qquad
# \underbrace{\mathrm{d}x}_{N\times D} = \underbrace{\mathrm{d}y}_{N\times K}\,\underbrace{W^\top}_{K\times D}
# \tag{4.6}$$
#
# And $b_k$ was added to every row, with the factor 1:
#
# $$\underbrace{\mathrm{d}b}_{K} = \sum_n \underbrace{\mathrm{d}y_n}_{K} \tag{4.7}$$
#
# What every example used, every example pays for: this sum *is* the chain rule.
# The check below compares each gradient with the derivative of the forward; section 6 opens it.

# %%
def my_affine(x, W, b):
    """y = x W + b, one example in each row."""
    y = x @ W + b                       # (4.3)
    def backward(dy):
        dx = dy @ W.T                   # (4.6)
        dW = x.T @ dy                   # (4.5)
        db = dy.sum(axis=0)             # (4.7)
        return dx, dW, db
    return y, backward

rng = np.random.default_rng(4)
x, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
check_gradients(my_affine, x, W, b)

# %% [markdown]
# A product of two matrices, $Y = A B$, is the same derivation without the bias:
#
# $$\mathrm{d}A = \mathrm{d}Y\,B^\top, \qquad \mathrm{d}B = A^\top\,\mathrm{d}Y \tag{4.8}$$
#
# If all sizes differ, the shapes leave only one way to write these products.
# This is a good memory aid and a bad proof: with square matrices every order fits.
# **Prediction:** all sizes are 3 below, and a transpose is forgotten. Will NumPy complain?

# %%
guess("04-transpose", "Without the transpose we get",
      choices=("an error", "right numbers", "wrong numbers"))

# %%
A, B, dY = np.random.default_rng(4).normal(size=(3, 3, 3))
dA, dB = functions.matmul(A, B)[1](dY)
print("right:       ", dA[0])
print("no transpose:", (dY @ B)[0])
check_gradients(functions.matmul, A, B)
answer("04-transpose", f"{'right' if np.allclose(dY @ B, dA) else 'wrong'} numbers")

# %% [markdown]
# NumPy does not complain; only the numbers differ. So try rules on sizes that all differ,
# and check them against their own forward.
#
# **Exercise 04-1** asks for `affine_backward(dy, x, W)`.
#
# **Summary.** The backward of a matrix product is two matrix products, each as large as the forward's.
# Section 7 counts the cost. What is missing: activations.
#
# ## 3. Elementwise rules
#
# An activation treats each entry alone: $y_i = f(x_i)$. Then $J$ is zero off the diagonal, and
# a row vector times a diagonal matrix is a product entry by entry (written $\odot$):
#
# $$\underbrace{\mathrm{d}x}_{N\times K} = \underbrace{\mathrm{d}y}_{N\times K} \odot \underbrace{f'(x)}_{N\times K}
# \tag{4.9}$$
#
# Lesson 02 derived the slopes:
#
# $$\text{sigmoid:}\quad \mathrm{d}x = \mathrm{d}y \odot y \odot (1 - y) \tag{4.10}$$
# $$\text{tanh:}\quad \mathrm{d}x = \mathrm{d}y \odot (1 - y \odot y) \tag{4.11}$$
# $$\text{relu:}\quad \mathrm{d}x = \mathrm{d}y \odot [x > 0] \tag{4.12}$$
#
# The bracket is 1 where the condition holds, else 0.
# **Prediction:** which of them must remember its *input* until the backward?

# %%
guess("04-input", "Its input is remembered by",
      choices=("sigmoid", "tanh", "relu", "none of them"))

# %%
def my_relu(x):
    """y = max(x, 0)."""
    mask = (x > 0).astype(x.dtype)
    def backward(dy):
        return dy * mask                # (4.12)
    return x * mask, backward

rng = np.random.default_rng(4)
x = rng.normal(size=(4, 6))
for rule in (sigmoid, tanh, relu, my_relu):
    check_gradients(rule, x)

# %%
x = np.random.default_rng(4).normal(size=(4, 6))
kept = {rule.__name__: remembered(rule(x)[1]) for rule in (sigmoid, tanh, relu)}
for name, arrays in kept.items():
    print(f"{name:7} keeps", {k: str(a.dtype) for k, a in arrays.items()})
of_input = [name for name in kept if any(a is x for a in kept[name].values())]
answer("04-input", *(of_input[:1] or ["none of them"]))

# %%
x, dy = np.random.default_rng(4).normal(size=(2, 4, 6))
y, backward = my_relu(x)
panels = {"y: what passed": y, "dy: coming back": dy, "dx: same gates": backward(dy)}
with figure(3, size=(9, 2.6), alt="dx is white wherever y is white.") as axes:
    signed_matrices(axes, panels, x_label="unit", y_label="example")

# %% [markdown]
# The figure shows `dx` white wherever `y` is white. The relu is a gate: where it was shut on the way forward,
# nothing comes back.
#
# None of the three remembers its input. Sigmoid and tanh keep their *output*, relu a mask of ones and zeros.
#
# **Exercise 04-2** asks for `relu_backward(dy, x)`. A trap: `dy[x <= 0] = 0` gives the right numbers,
# and spoils `dy` for everybody else who was handed the same array.
#
# **Summary.** Elementwise rules multiply entry by entry.
# What is missing: where does the first `dy` come from?

# %% [markdown]
# ## 4. Losses
#
# The backward pass starts at the loss, with $\partial L/\partial L = 1$. Classifiers end in a softmax followed by the
# cross-entropy. The batch loss is the mean over the examples:
#
# $$L = \frac{1}{N} \sum_n \Bigl( \ln \sum_j e^{z_{nj}} - z_{n t_n} \Bigr) \tag{4.13}$$
#
# Differentiate the bracket with respect to $z_{nk}$. The logarithm gives $e^{z_{nk}} / \sum_j e^{z_{nj}}$,
# which is the probability $p_{nk}$. The second term gives $-1$ if $k$ is the true class, else 0. Together:
#
# $$\underbrace{\mathrm{d}z}_{N\times K} = \frac{1}{N}\bigl( \underbrace{p}_{N\times K} - \underbrace{\mathrm{onehot}(t)}_{N\times K} \bigr)
# \tag{4.14}$$

# %%
rng = np.random.default_rng(4)
z, t = rng.normal(size=(3, 4)), np.array([0, 2, 2])
p, _ = softmax(z)
dz = (p - np.eye(4)[t]) / len(z)        # (4.14)
np.testing.assert_allclose(dz, softmax_cross_entropy(z, t)[1]())
with figure(3, size=(9, 2.4), alt="dz: one negative entry in each row.") as axes:
    signed_matrices(axes, {"p": p, "onehot(t)": np.eye(4)[t], "dz": dz},
                    x_label="class", y_label="example")

# %% [markdown]
# Prediction minus target, nothing else. The figure shows one negative entry in each row of `dz`:
# descent will raise the logit of the true class and lower the others. Each row sums to 0.
#
# Why not two steps: first the softmax, then $-\ln p$ of the true class? Each has its own backward, and lesson 03
# allows us to chain them. **Prediction:** what happens if the network is confidently wrong, with
# logits 0 and 800?

# %%
guess("04-confident", "The gradient in two steps is",
      choices=("right", "not a number"))

# %%
def two_steps(z, t):
    p, softmax_backward = softmax(z)
    rows, dp = np.arange(len(z)), np.zeros_like(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        dp[rows, t] = -1 / p[rows, t] / len(z)
        return -np.log(p[rows, t]).mean(), softmax_backward(dp)

# %%
for wrong in (8.0, 800.0):
    z, true = np.array([[0.0, wrong]]), np.array([0])
    (naive, dz), (L, backward) = two_steps(z, true), softmax_cross_entropy(z, true)
    print(f"logits 0 and {wrong:.0f}: two steps {naive:.4g} {dz},",
          f"fused {L:.4g} {backward()}")
answer("04-confident", "not a number" if np.isnan(dz).any() else "right")

# %% [markdown]
# At 8 both agree. At 800 the probability of the true class rounds to 0, its logarithm and $1/p$ are infinite,
# and infinity times 0 is `nan`. In (4.14) nothing is divided by $p$: the infinities cancelled on paper.
#
# Two more losses. The **hinge** adds up by how much classes violate the margin $m$; its gradient counts them:
#
# $$\begin{aligned} L &= \frac1N \sum_n \sum_{k \ne t_n} \max(0, z_{nk} - z_{n t_n} + m) \\
# \mathrm{d}z_{nk} &= \frac{[\text{violated}]}{N}, \qquad
# \mathrm{d}z_{n t_n} = -\sum_{k \ne t_n} \mathrm{d}z_{nk} \end{aligned} \tag{4.15}$$
#
# The **mean squared error** averages over all $NK$ entries; the 2 comes from the square:
#
# $$L = \frac{1}{NK} \sum_{n,k} (y_{nk} - t_{nk})^2, \qquad \mathrm{d}y = \frac{2}{NK}\,(y - t) \tag{4.16}$$
#
# **Where does $1/N$ go?** Into the loss, once. Every later backward is linear in `dy`, so the factor travels along.
# Now show a layer each example twice, or ten times.
# **Prediction:** is the gradient of the bias twice, or ten times, as large?

# %%
guess("04-copies", "With ten copies of each example, db grows by the factor")

# %%
rng = np.random.default_rng(4)
z, t, y = rng.normal(size=(5, 4)), rng.integers(4, size=5), rng.normal(size=(5, 2))
check_gradients(softmax_cross_entropy, z, t)
check_gradients(hinge, z, t)
check_gradients(mean_squared_error, y, np.ones((5, 2), int))  # targets are data

rng, grads, t = np.random.default_rng(4), [], np.array([0, 1, 2, 3, 0])
x, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), np.zeros(4)
for repeats in (1, 2, 10):
    z, affine_backward = affine(np.tile(x, (repeats, 1)), W, b)
    L, loss_backward = softmax_cross_entropy(z, np.tile(t, repeats))
    dx, dW, db = affine_backward(loss_backward())
    grads.append(db)
    print(f"N = {len(z):2}: loss {L:.4f}, db = {db}")
answer("04-copies", grads[-1][0] / grads[0][0])

# %% [markdown]
# Nothing changes. With a sum, the learning rate would have to follow the batch size.
#
# **Exercise 04-3** asks for `softmax_cross_entropy_backward(z, t)`.
#
# **Summary.** The loss starts the backward pass, and it alone divides by $N$.
# Fused with the softmax, cross-entropy does not overflow. What is missing: `b`, one row, was added to $N$ rows.
# Is there a general rule behind $\sum_n$?
#
# ## 5. Broadcasting and reductions
#
# NumPy repeats small arrays to fit large ones, without a word. In $y = x \odot g$ with $x$ of shape (4, 3) and $g$ of shape
# (4, 1), each number of $g$ is used three times; the gradients of its copies have shape (4, 3).
# **Prediction:** how does one number of `dg` come from three?

# %%
guess("04-broadcast", "Of the three numbers, dg is the",
      choices=("largest", "mean", "sum"))

# %%
rng = np.random.default_rng(4)
x, g, dy = rng.normal(size=(4, 3)), rng.normal(size=(4, 1)), rng.normal(size=(4, 3))
copies = dy * x
measured = numerical_gradient(lambda g: (dy * (x * g)).sum(), g)[:, 0]
ways = {"largest": copies.max(1), "mean": copies.mean(1), "sum": copies.sum(1)}
answer("04-broadcast", next(w for w in ways if np.allclose(ways[w], measured)))

# %%
panels = {"g (4, 1)": g, "copies (4, 3)": np.broadcast_to(g, (4, 3)),
          "their gradients": copies, "dg (4, 1)": copies.sum(axis=1, keepdims=True)}
with figure(4, size=(10, 2.6), alt="One column, three, three, one.") as axes:
    signed_matrices(axes, panels)

# %% [markdown]
# The figure shows one column copied to three on the way forward, and three columns of gradients
# summed to one on the way back. With copies $\tilde g_{nk} = g_n$, (4.1) says
#
# $$\mathrm{d}g_n = \sum_k \mathrm{d}\tilde g_{nk} \tag{4.17}$$
#
# **What was repeated forward is summed backward**, over the same axes: those that NumPy
# put in front, and those where the array has length 1. Equation (4.7) is one case.
#
# A sum is the reverse: it adds forward, and *repeats* backward. A mean also divides:
#
# $$y = \sum_{i=1}^n x_i:\ \ \mathrm{d}x_i = \mathrm{d}y, \qquad\quad
# y = \frac1n \sum_{i=1}^n x_i:\ \ \mathrm{d}x_i = \frac{\mathrm{d}y}{n} \tag{4.18}$$

# %%
show_source(unbroadcast)
one, column = np.ones((4, 3)), np.ones((4, 1))
check_gradients(functions.multiply, one, column)
check_gradients(functions.sum, one, axis=0)
check_gradients(functions.mean, one, axis=1)
dy = np.ones((2, 4, 3))
shapes = [(2, 4, 3), (4, 3), (3,), (4, 1), (2, 1, 3), (1, 1, 1), ()]
results = [unbroadcast(dy, np.zeros(shape)) for shape in shapes]
table([[a, r.shape, f"{r.max():.0f}"] for a, r in zip(shapes, results)],
      ["shape of the input", "shape of its gradient", "copies that were summed"])

# %% [markdown]
# **Exercise 04-4** asks for `broadcast_backward(dy, shape)`. **Exercise 04-7** is a bug hunt: a sum over the batch
# that is taken too early, and that a batch of one hides.
#
# **Summary.** Repeat forward, sum backward; sum forward, repeat backward. With this, every rule of the network
# is derived for batches. What is missing: a referee that we understand.

# %% [markdown]
# ## 6. Gradient checks
#
# A wrong gradient raises no error. How do we know that it is right?
# Move one input a little, and see what the loss does. Taylor's formula gives the **central difference**:
#
# $$\frac{f(x+h) - f(x-h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \dots \tag{4.19}$$
#
# The **truncation** error falls with $h^2$. But $f$ is rounded, with an error of about $u|f|$,
# $u \approx 1.1\cdot10^{-16}$. Divided by $h$, this **rounding** error grows as $h$ falls:
#
# $$\text{error} \approx \frac{h^2}{6}|f'''| + \frac{u|f|}{h}, \qquad
# \text{least at } h = \sqrt[3]{3u\,|f|/|f'''|} \tag{4.20}$$
#
# A step in the *imaginary* direction, with $i^2 = -1$, needs no subtraction:
#
# $$\begin{aligned} f(x + ih) &= f(x) + ih f'(x) - \frac{h^2}{2} f''(x) - \dots \\
# \Longrightarrow\quad f'(x) &= \frac{\operatorname{Im} f(x + ih)}{h} + O(h^2) \end{aligned} \tag{4.21}$$
#
# Nothing is subtracted, so nothing is lost, and $h$ may be $10^{-30}$. This **complex step** needs a program that
# complex numbers can pass; all rules of this course let them.
#
# **Prediction:** which $h$ is best for central differences: $10^{-2}$, $10^{-5}$ or $10^{-12}$?

# %%
guess("04-step", "The best of three steps is", choices=("10⁻²", "10⁻⁵", "10⁻¹²"))

# %%
rng = np.random.default_rng(4)
x6, W6, b6 = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), np.zeros(4)
t6 = rng.integers(4, size=5)

def loss_of(W):
    return softmax_cross_entropy(affine(x6, W, b6)[0], t6)[0]

def one_sided(f, W, h):
    steps = h * np.eye(W.size).reshape(-1, *W.shape)
    return np.array([(f(W + step) - f(W)) / h for step in steps]).reshape(W.shape)

dz = softmax_cross_entropy(affine(x6, W6, b6)[0], t6)[1]()
dW6 = x6.T @ dz                         # (4.5)

# %%
hs = 10.0 ** np.arange(-1, -16, -1)
methods = {"one-sided": one_sided, "central": numerical_gradient,
           "complex step": complex_step_gradient}
errors = {name: np.array([relative_error(method(loss_of, W6, h), dW6) for h in hs])
          for name, method in methods.items()}

# %%
at = {"10⁻²": 1, "10⁻⁵": 4, "10⁻⁷": 6, "10⁻¹²": 11}     # where these steps are in hs
rows = [[name, *(f"1e{np.ceil(np.log10(error[i])):.0f}" for i in at.values())]
        for name, error in errors.items()]
display(table(rows, ["error below, at h =", *at]))
asked = "10⁻²", "10⁻⁵", "10⁻¹²"
answer("04-step", min(asked, key=lambda h: errors["central"][at[h]]))

# %%
with figure(alt="Two curves are V-shaped; one falls and stays low.") as ax:
    for (name, error), style in zip(errors.items(), ("o:", "s--", "^-")):
        ax.loglog(hs, np.maximum(error, 1e-17), style, label=name, markersize=4)
    ax.set(xlabel="step size h", ylabel="largest relative error",
           title="Right to left: truncation falls, rounding rises")
    ax.legend()

# %% [markdown]
# The figure, read from right to left, shows two V-shaped curves, and one that falls and stays at rounding level. The one-sided difference has a truncation
# error of order $h$ instead of $h^2$, so its V is higher and its bottom lies at a smaller step: by the table, $10^{-7}$ is better
# for it than $10^{-5}$, and worse for the central difference.
#
# The explorer asks the same of simple functions. Slide $h$ and watch the three errors.
# On which branch of the V are you, and does equation (4.20) find the bottom?

# %%
check_explorer()

# %% [markdown]
# **How large an error is suspicious?** Compare with the largest entry of the gradient, never on average:
# one wrong entry drowns in a mean.
#
# | relative error | complex step | central, $h = 10^{-5}$ |
# | --- | --- | --- |
# | below $10^{-9}$ | right | right |
# | $10^{-9}$ to $10^{-6}$ | wrong | right |
# | $10^{-6}$ to $10^{-3}$ | wrong | a kink within $h$, or wrong |
# | above $10^{-3}$ | wrong | wrong, unless at a kink |
#
# A forgotten factor $(N-1)/N$ with $N = 100$ is an error of $10^{-2}$.
#
# `check_gradients` uses the complex step and names what it finds. Three everyday mistakes, planted in `affine`:

# %%
def planted(fault):
    def careless_affine(x, W, b):
        y, right = affine(x, W, b)
        def backward(dy):
            dx, dW, db = right(dy)
            return {"no sum": (dx, dW, dy), "1/N": (dx, dW / len(x), db),
                    "sign": (-dx, dW, db)}[fault]
        return y, backward
    return careless_affine

for fault in ("no sum", "1/N", "sign"):
    try:
        check_gradients(planted(fault), x6, W6, b6)
    except GradientError as error:
        print(error)

# %% [markdown]
# A check is only as good as its `dy`. With `dy` all ones, the gradient of a softmax is zero, and so is
# that of many wrong ones. `check_gradients` uses a `dy` without structure.
#
# **Exercise 04-5** asks for a gradient checker, `numerical_gradient(f, x)`.
#
# **Summary.** Central differences with $h = 10^{-5}$ confirm a gradient to six digits or more (here to ten), the complex step to nearly all.
# Both need a forward or two for *each* number: they are for tests.
# What is missing: the whole network.
#
# ## 7. The network
#
# The network of lesson 02, with wider layers. `Sequential` holds them. `glorot` draws the starting weights; a gain of 4 makes up for the slope ¼ of the
# sigmoid (lesson 07 derives Glorot's start).

# %%
sizes = [64, 96, 72, 48, 10]
start = lambda rng, shape, dtype: initializers.glorot(rng, shape, dtype, gain=4)

def network(rng, sizes=sizes):
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng, init=start), Sigmoid()]
    return Sequential(*layers[:-1])

digits, net, blocks = load_digits(), network(np.random.default_rng(4)), []
for i, (n_in, n_out) in enumerate(zip(sizes, sizes[1:]), start=1):
    blocks += [(f"affine {i}", f"N×{n_out}", f"{n_in}×{n_out}"),
               (f"sigmoid {i}", f"N×{n_out}", "")]
draw_blocks([*blocks[:-1], ("loss", "1", "")], width=920)

# %% [markdown]
# ### By hand
#
# Eight calls forward; each returns its output and its backward. Then eight backwards, in reverse; each takes the gradient of
# its output and hands on the gradient of its input. Read the two cells side by side, one downwards, the other upwards.

# %%
x32, t32 = digits.x_train[:32], digits.t_train[:32]
W1, b1, W2, b2, W3, b3, W4, b4 = [p.data for p in net.params]
z1, back_z1 = affine(x32, W1, b1)
h1, back_h1 = sigmoid(z1)
z2, back_z2 = affine(h1, W2, b2)
h2, back_h2 = sigmoid(z2)
z3, back_z3 = affine(h2, W3, b3)
h3, back_h3 = sigmoid(z3)
z4, back_z4 = affine(h3, W4, b4)
L, back_L = softmax_cross_entropy(z4, t32)
print(f"loss {L:.4f} nats")

# %%
dz4 = back_L()
dh3, dW4, db4 = back_z4(dz4)
dz3 = back_h3(dh3)
dh2, dW3, db3 = back_z3(dz3)
dz2 = back_h2(dh2)
dh1, dW2, db2 = back_z2(dz2)
dz1 = back_h1(dh1)
dx, dW1, db1 = back_z1(dz1)
by_hand = dW1, db1, dW2, db2, dW3, db3, dW4, db4
print([g.shape for g in by_hand])
flow_explorer()

# %% [markdown]
# The last backward also gave `dx`, the gradient of the pixels. Training has no use for it; `input_grad=False` leaves it out.
#
# The explorer walks through the same sixteen calls at the widths of lesson 02. Go forward, then backward, and compare the shapes of the two rows.
# What happens to the gradients when the network has been trained for some epochs?
#
# ### In a loop
#
# Nobody should write the reversed list twice. `Sequential` keeps the backwards in a list; the loop over `reversed(...)` *is*
# the chain rule, and the rest skips what nobody asked for. On the graph of lesson 03, `apply` records
# the same rules, and `backward` walks the record. Three ways, one set of rules: the numbers must agree.

# %%
show_source(Sequential.__call__)
for p in net.params:
    p.zero_grad()
y, backward = net(x32)
backward(softmax_cross_entropy(y, t32)[1]())
in_layers = [p.grad for p in net.params]
apply(softmax_cross_entropy, net.trace(Tensor(x32)), t32).backward()
on_the_graph = [p.grad for p in net.params]
for hand, layer, graph in zip(by_hand, in_layers, on_the_graph):
    np.testing.assert_allclose(layer, hand, atol=1e-12)
    np.testing.assert_allclose(graph, hand, atol=1e-12)
print(f"{len(by_hand)} gradients, three ways, equal to 1e-12")

# %% [markdown]
# ### What must be remembered
#
# A backward needs something from the way forward. `remembered` reads from a closure what it keeps: `affine` its input,
# `sigmoid` its output. These are the *same* array, `h1` for example, and count once. (The loss keeps a little more.)
# The weights are there anyway. **Prediction:** from which batch size on do the
# activations need more memory than the weights?

# %%
guess("04-memory", "From this batch size on", unit="examples")

# %%
print("affine 2 keeps ", {k: a.shape for k, a in remembered(back_z2).items()})
print("sigmoid 1 keeps", {k: a.shape for k, a in remembered(back_h1).items()})

def bytes_kept(N):
    kept, z = {}, digits.x_train[:N]
    for layer in net.layers:
        z, back = layer.rule(z, *[p.data for p in layer.params])
        kept |= {id(a): a for name, a in remembered(back).items() if name != "W"}
    return sum(a.nbytes for a in kept.values())

weights = sum(p.data.nbytes for p in net.params)
rows = [[N, f"{bytes_kept(N):,}", f"{weights:,}"] for N in (32, 61, 62, 1440)]
display(table(rows, ["batch", "bytes of activations", "bytes of weights and biases"]))
answer("04-memory", next(N for N in range(1, 1441) if bytes_kept(N) > weights))

# %% [markdown]
# That is $8N$ bytes times the sum of the widths that are kept: it grows with the batch and with the depth.
# Already 62 examples need more than the weights. Linnainmaa noted in 1976 that this storage can be prohibitive; lesson 15 trades it against time.
#
# ### What it costs in time
#
# Count multiply-adds. A layer from $D$ to $K$ features needs $NDK$ forward (4.3), $NDK$ for `dW` (4.5), $NDK$ for
# `dx` (4.6). Only the first layer skips its `dx`. With widths $n_0, n_1, \dots$:
#
# $$\frac{\text{forward} + \text{backward}}{\text{forward}} = 3 - \frac{n_0 n_1}{\sum_l n_{l-1} n_l}
# \tag{4.22}$$

# %%
rows = []
for widths in ([64, 10], [64, 96, 10], sizes, [784, 256, 128, 10], [512] * 9):
    products = [a * b for a, b in zip(widths, widths[1:])]
    forth, back = sum(products), 2 * sum(products) - products[0]
    rows.append([widths, f"{forth:,}", f"{back:,}", f"{1 + back / forth:.4f}"])
table(rows, ["widths", "multiply-adds forward", "backward", "both / forward"])

# %% [markdown]
# Never more than 3, however many weights there are. This is the **cheap-gradient principle**: all derivatives of one number cost a small
# multiple of the number itself (Baur and Strassen 1983; Griewank and Walther 2008).
# Finite differences need a forward pass for each weight.
#
# And in seconds? The "Complete Guide" (article E of lesson 00's list) says that the "computational complexity ranges from cubic to quadratic in the number of neurons
# per layer". **Prediction:** double the width at a fixed batch. Does the time grow by 8, by 4, or by 2?

# %%
guess("04-double", "Twice the width multiplies the time by")

# %%
def seconds(width, depth, N=64):
    rng = np.random.default_rng(4)
    net, x = network(rng, [width] * (depth + 1)), rng.normal(size=(N, width))
    y, backward = net(x)
    return fastest(lambda: net(x)), fastest(lambda: backward(y, input_grad=False))

# %%
def ratio(name):
    return [back / forth for forth, back in (seconds(w, depths[name]) for w in widths)]

widths, depths = [32, 64, 128, 256, 512], {f"depth {d}": d for d in (1, 2, 4, 8)}
ratios = each(depths, ratio, label="depths", missing=[np.nan] * len(widths))
wide = [256, 512, 1024, 2048]
totals = each(wide, lambda w: sum(seconds(w, 2)), label="widths", missing=np.nan)

# %%
# NBVAL_IGNORE_OUTPUT
times, steps = np.array([*totals.values()]), np.log2(wide) - np.log2(wide).mean()
exponent = steps @ np.log2(times) / (steps @ steps)         # slope of the fitted line
rows = [[ratios.name(d), *(f"{r:.2f}" for r in row)] for d, row in ratios.items()]
display(table(rows, ["backward / forward", *widths]))
answer("04-double", 2 ** exponent, form="{:.1f}")

# %%
# NBVAL_IGNORE_OUTPUT
shown = f"{exponent:.2f}" if totals.complete else "(incomplete)"
with figure(2, size=(10, 3.6), alt="Points near exponent 2.") as (left, right):
    curves(left, widths, ratios, x_label="width of the layers",
           y_label="backward / forward", title="Time of a backward, in forwards")
    left.set(xscale="log", ylim=(0, 4), xticks=widths, xticklabels=widths)
    right.loglog(wide, 1e3 * times, "o", label="measured")
    for power, style in ((2, "--"), (3, ":")):
        right.loglog(wide, 1e3 * times[0] * (np.array(wide) / 256) ** power, style,
                     label=f"exponent {power}")
    right.set(xlabel="width of the layers", ylabel="forward and backward (ms)",
              title=f"Fitted exponent {shown}", xticks=wide, xticklabels=wide)
    right.legend()
    for ax in (left, right):
        ax.minorticks_off()

# %% [markdown]
# Measured is processor time, so that other programs count little. By the left figure, a backward takes less than three forwards
# at every width and depth, while the number of weights grows more than a hundredfold.
# The right figure shows two layers and a batch of 64: twice the width takes about four times as long, as exponent two says.
# A layer has $n^2$ weights, each used three times for each example: the cost is *quadratic in the width, linear in the number of weights* and in the batch.
# Cubic it becomes only if the batch grows with the width.
#
# ### Training
#
# Descent with **momentum** $\mu$: a velocity $v$ collects the gradients $g$ of each parameter $\theta$.
#
# $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta\, v \tag{4.23}$$

# %%
show_source(train_step)
for flip in (1, -1):
    v = 0.0
    for step in range(100):
        v = 0.9 * v + flip ** step      # (4.23)
    print(f"gradient 1, times {flip:2} at each step: velocity {v:.4f}")

# %% [markdown]
# A constant $g$ gives $v = g + \mu g + \mu^2 g + \dots = g/(1-\mu)$, ten times the plain step; a gradient that flips its sign
# is left with $1/(1+\mu)$, about half of one step. `train_step` computes all gradients before any weight moves. Exercise 04-9 shows what happens otherwise.
# (A `penalty`, which adds a term of its own to the loss and the gradients, is not used here.)
#
# To see more examples, the network is also given each training image shifted by one pixel, in four directions:
# a shifted 3 is still a 3.

# %%
moves = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
x_moved = np.concatenate([shifted(digits.x_train, *move) for move in moves])
t_moved = np.tile(digits.t_train, len(moves))
titles = ["original", "right", "left", "down", "up"]
with figure(5, size=(6, 1.6)) as axes:
    images(axes, x_moved[7::len(digits.x_train)], titles, frame=True)

# %% [markdown]
# The figure shows one image and its four copies; the frame is the edge of the paper.
#
# Five networks learn, each from its own start: batches of 32 in random order (`Batches`, lesson 05), momentum 0.9, 20 epochs,
# a learning rate $\eta$ falling in a straight line from 0.2 to 0. The rate was chosen on a fifth of the training images set aside:
# in four runs of 288 images, 0.05, 0.1, 0.2 and 0.4 left 28, 24, 17 and 22 mistakes; 40 epochs left 16 in place of 17, too little to wait for.
#
# **Prediction:** how many of the 355 held-out digits will a network get wrong?

# %%
guess("04-wrong", "Of 355 held-out digits, wrong are on average", unit="digits")

# %%
def learn(seed, epochs=20):
    rng = np.random.default_rng(seed)
    net, batches = network(rng), Batches(x_moved, t_moved, 32, rng=rng)
    optimizer, total = SGD(net.params, lr=0.2, momentum=0.9), epochs * len(batches)
    losses = np.full((epochs, len(batches)), np.nan)
    steps = training(net, softmax_cross_entropy, optimizer, batches, epochs)
    for epoch, step, loss in progress(steps, total, label=f"start {seed}"):
        losses.flat[step - 1] = loss
        optimizer.lr = 0.2 * (1 - step / total)
    return net, losses.mean(axis=1)

def untrained(seed):
    return network(np.random.default_rng(seed)), np.full(20, np.nan)

runs = each(range(4, 9), learn, label="starts", missing=untrained)

# %%
# NBVAL_IGNORE_OUTPUT
predicted = runs.map(lambda run: predict(run[0], digits.x_test).argmax(axis=1))
wrong = predicted.map(lambda p: np.sum(p != digits.t_test))
shares = [100 * (1 - n / len(digits.t_test)) for n in wrong.values()]
rows = [[runs.name(seed), f"{runs[seed][1][-1]:.1g}", wrong[seed]] for seed in runs]
display(table(rows, ["start", "loss of the last epoch (nats)", "wrong of 355"]))
accuracy = say(shares, "{:.2f}") if runs.complete else "incomplete"
print("held-out accuracy (%):", accuracy)
answer("04-wrong", np.mean(list(wrong.values())) if runs.complete else np.nan)

# %%
mistakes = np.flatnonzero(predicted[4] != digits.t_test)
with figure(2, alt="Five falling lines; a full diagonal.") as (left, right):
    curves(left, range(1, 21), runs.map(lambda run: run[1]), x_label="epoch",
           y_label="loss (nats)", title="The training loss of five starts", log=True)
    confusion(right, confusion_matrix(predicted[4], digits.t_test, 10),
              title=f"Start {runs.name(4)}: {len(mistakes)} digits wrong")
with figure(8, size=(9, 1.7)) as axes:
    images(axes, digits.x_test[mistakes],
           [f"{digits.t_test[i]} as {predicted[4][i]}" for i in mistakes])

# %% [markdown]
# Every start gets more than 97 % right. The left figure shows the five losses falling over the epochs, the right one the counts of true against predicted digits
# for start 4, nearly all on the diagonal, and below are its mistakes at 8 × 8 pixels.
#
# ### People never met
#
# One thing these figures do not say. Every fifth digit was held out, so the 13 people who wrote the held-out digits are the 13 who wrote the training digits.
# `load_new_writers` gives 3,823 digits by 30 others, made in the same way.
# **Prediction:** of 100 digits by people it never met, how many will the network get wrong?

# %%
guess("04-new", "Of 100 digits by new people, wrong are", unit="digits")

# %%
# NBVAL_IGNORE_OUTPUT
new, known = load_new_writers(), [100 - share for share in shares]
strange = [writers.percent_wrong(net, new.x, new.t) for net, _ in runs.values()]
rows = [["the 13 people", say(known, "{:.1f}")], ["30 others", say(strange, "{:.1f}")]]
display(table(rows, ["digits of", "wrong (%)"], f"held-out accuracy: {accuracy}"))
answer("04-new", np.mean(strange) if runs.complete else np.nan, form="{:.1f}")

# %% [markdown]
# Are the people the reason, or did the 30 write less clearly? And what narrows the gap? Stored experiments, same recipe:
#
# * **Both ways:** train on 1,442 digits of either group, judge on 355 others of the same people and on the others.
# * **Form by form:** all copied one printed form, so the labels tell where it ends; the 13 people filled in 14. Each is judged by networks that met it, and by networks that learnt from as many digits of others.
# * **More people:** few forms or many, or the 30 too.
# * **Changed images:** turned, resized, moved by chance, how strongly chosen on four forms left out.
#
# **Prediction:** by what does not having met the writer multiply the errors?

# %%
guess("04-met", "Not having met the writer multiplies the errors by")

# %%
for rows, header, caption in writers.tables():
    display(table(rows, header, caption))
display(origin_table(writers.FILE))
errors_of = writers.by_form_errors()
answer("04-met", errors_of["new"].mean() / errors_of["met"].mean(), form="{:.1f}")

# %% [markdown]
# Both directions show it: not only did the 30 write less clearly. The same digits are misread more often where the form was not met (by form, 1.4 to 11.1 %): the hand, or what else is a form's. The 30 cannot be told apart.
#
# **More people narrow it.** As many digits, of 14 forms, not two, halve the errors on new people. With the 30 too (four times the digits), they misread 2.7 % of a new form, not 4.9.
#
# **Changed images** lower errors on new people by 0.9 points (five copies) and 0.5 (all three), other sizes alone do not. The gap hardly changes.
#
# ### Your own rules
#
# `my_affine` drives all layers, beside a twin.

# %%
def losses(rule, steps=200):
    rng = np.random.default_rng(4)
    net = network(rng)
    for layer in net.layers[::2]:
        layer.rule = rule
    batches = Batches(x_moved, t_moved, 32, rng=rng)
    optimizer = SGD(net.params, lr=0.2, momentum=0.9)
    trained = training(net, softmax_cross_entropy, optimizer, batches, 1)
    return [loss for _, (_, _, loss) in zip(range(steps), trained)]

mine, library = losses(my_affine), losses(affine)
np.testing.assert_allclose(mine, library, rtol=1e-9)
print(f"step 1: {mine[0]:.4f}, step 200: {mine[-1]:.4f}, the same for both")

# %% [markdown]
# **Summary.** A network's backward is its list of rules in reverse. It costs about two forwards in multiply-adds, and in memory
# every activation of the batch. What is missing: how much data should one step look at?
#
# **Exercises:**
#
# | task | what | level |
# |---|---|---|
# | 04-0 | the gradients of the affine map | derive |
# | 04-1, 04-2 | backward of affine, of relu | fill in |
# | 04-3 | backward of softmax with cross-entropy | write |
# | 04-4 | backward of broadcasting | write |
# | 04-5 | a gradient checker | write |
# | 04-6 | all gradients of a two-layer network | write |
# | 04-7, 04-8, 04-9 | three bug hunts | fill in |
#
# **Further reading**
#
# - {source rumelhart1986}.
# - {source goodfellow2016}: section 6.5.
# - {source griewank2008}.
# - {source baur1983}.
# - {source linnainmaa1976}.
# - {source squire1998}.
