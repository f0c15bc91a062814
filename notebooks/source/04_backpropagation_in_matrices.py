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
# * build a network of three hidden layers by hand, and train it on real digits to 97 %;
# * predict what a backward pass costs in time and in memory.
#
# **Time:** about 90 minutes, in two sittings: sections 1 to 4, then 5 to 7.
# **Needed:** lesson 02 (layers, activations, losses), lesson 03 (the chain rule on a graph,
# the protocol `y, backward = rule(*inputs)`).

# %% [markdown]
# One example stands in each row, as in lesson 02. `dy` abbreviates $\partial L/\partial y$, for every letter.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $N, D, K$ | `N, D, K` | numbers | examples in the batch, features in, features or classes out |
# | $x$ | `x` | (N, D) | input, one example in each row |
# | $W, b$ | `W, b` | (D, K), (K,) | weights and bias |
# | $y$, $z$ | `y`, `z` | (N, K) | output, logits |
# | $t$ | `t` | (N,) or as $y$ | labels or targets |
# | $p$ | `p` | (N, K) | probabilities, softmax of $z$ |
# | $L$ | `L` | a number | the loss, averaged over the batch |
# | $\mathrm{d}y$ | `dy` | as $y$ | $\partial L/\partial y$ |

# %%
from functools import partial
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from course_lib import (SGD, Batches, Dense, GradientError, History, Parameter, Sequential,
                        Sigmoid, Tensor, affine, apply, check_gradients,
                        complex_step_gradient, confusion_matrix, functions, hinge,
                        load_digits, matmul, mean_squared_error, multiply,
                        numerical_gradient, predict, relative_error, relu, remembered,
                        sigmoid, softmax, softmax_cross_entropy, tanh, train_step,
                        training, unbroadcast)
from course_lib.data import shifted
from course_lib.drawing import draw_blocks
from course_lib.initializers import glorot
from course_lib.notebook import progress, show_source, table
from course_lib.plotting import STYLE, TWO, curves, images, signed_matrix
from course_lib.widgets.lesson04 import check_explorer, flow_explorer

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Vector-Jacobian products
#
# In lesson 03 every local derivative was one number. Here a rule takes arrays and gives an array.
# Each output may depend on each input, so the local derivative is a whole table,
# one number for each pair. This table is the **Jacobian**.
#
# Take one layer of the network that this lesson trains: 32 images, 128 features in, 128 out.
# How many numbers has the Jacobian of its output with respect to its weights?
# Decide before running: thousands, millions, or more?

# %%
rows = []
for N, D, K in ((1, 64, 128), (32, 128, 128), (32, 1000, 1000)):
    outputs, weights = N * K, D * K
    size = outputs * weights
    rows.append([f"{N} × {D} to {N} × {K}", f"{outputs:,}", f"{weights:,}", f"{size:,}",
                 f"{8 * size / 1e9:.4g} GB"])
table(rows, ["layer", "outputs", "weights", "numbers in the Jacobian", "in float64"])

# %% [markdown]
# One small layer would need gigabytes. Is all of this table needed?
# We build it once for a tiny layer. Feeding a single 1 as `dy` asks for one row of the table:
# how one output depends on all weights. The rule `affine` is derived in section 2;
# here it only has to answer.

# %%
rng = np.random.default_rng(4)
x, W, b = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), np.zeros(4)
y, backward = affine(x, W, b)
rows = []
for i in range(y.size):
    one = np.zeros(y.shape)
    one.flat[i] = 1
    dx, dW, db = backward(one)
    rows.append(dW.ravel())
J = np.stack(rows)
print(f"Jacobian {J.shape}, of which {np.mean(J == 0):.0%} are zero")

# %%
with plt.rc_context(STYLE):
    fig, ax = plt.subplots()
    signed_matrix(ax, J, title="Most outputs ignore most weights",
                  x_label="weight (number in W)", y_label="output (number in y)")
    plt.show()

# %% [markdown]
# The figure shows the Jacobian of a layer with 12 outputs and 8 weights: a few numbers of `x`,
# repeated again and again between zeros. Storing it would waste almost everything.
#
# Backpropagation never needs it alone. $L$ depends on $x$ through all the $y_i$, so the chain rule of lesson 03
# adds up all paths:
#
# $$\frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial y_i}\,\frac{\partial y_i}{\partial x_j}
# \tag{4.1}$$
#
# On the right stands a row vector times a matrix, with $J_{ij} = \partial y_i/\partial x_j$:
#
# $$\mathrm{d}x = \mathrm{d}y\,J \tag{4.2}$$

# %% [markdown]
# Equation (4.2) is a **vector-Jacobian product**. It is what `backward(dy)` returns.
# A rule may compute the product in any way it likes. All the rest of this lesson does one thing:
# find, for each rule, a formula for $\mathrm{d}y\,J$ in which $J$ does not appear.
#
# The check: for the tiny layer we do have $J$.

# %%
dy = rng.normal(size=y.shape)
dx, dW, db = backward(dy)
np.testing.assert_allclose(dW.ravel(), dy.ravel() @ J)
print(dW)

# %% [markdown]
# **Summary.** A backward is a vector-Jacobian product. It has the size of the input, never the size of the Jacobian.
# What is missing: the formulas. The next section finds the most important one.

# %% [markdown]
# ## 2. Affine maps and matrix products
#
# A layer's weight $W_{dk}$ meets feature $d$ of *every* example and adds to output $k$ of every example.
# Which entries of `dy` must pay for it? The picture marks one weight, what it is multiplied by, and what it changes.

# %%
marked = {"x": ((5, 3), np.s_[:, 1]), "W": ((3, 4), np.s_[1, 2]), "y": ((5, 4), np.s_[:, 2])}
with plt.rc_context(STYLE):
    fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.6))
    for ax, (name, (shape, place)) in zip(axes, marked.items()):
        mask = np.zeros(shape)
        mask[place] = 1
        ax.pcolormesh(mask, cmap="Blues", vmax=1.6, edgecolors="#BBBBBB")
        ax.invert_yaxis()
        ax.set(title=f"{name} {shape}", xlabel="column", ylabel="row", aspect="equal",
               xticks=np.arange(shape[1]) + 0.5, xticklabels=range(shape[1]),
               yticks=np.arange(shape[0]) + 0.5, yticklabels=range(shape[0]))
    plt.show()

# %% [markdown]
# The figure shows that $W_{12}$ (row 1, column 2) uses column 1 of $x$ and changes column 2 of $y$, in all rows.
#
# With indices once. The layer:
#
# $$y_{nk} = \sum_d x_{nd} W_{dk} + b_k \tag{4.3}$$
#
# $W_{dk}$ occurs in $y_{nk}$ for every $n$, each time with the factor $x_{nd}$. The chain rule (4.1) sums over all of them:
#
# $$\frac{\partial L}{\partial W_{dk}} = \sum_n x_{nd}\,\mathrm{d}y_{nk} \tag{4.4}$$
#
# A sum over the *first* index of both. A matrix product sums over the inner index, so $x$ is transposed:
#
# $$\underbrace{\mathrm{d}W}_{D\times K} = \underbrace{x^\top}_{D\times N}\,\underbrace{\mathrm{d}y}_{N\times K}
# \tag{4.5}$$

# %% [markdown]
# The same two steps for the input. $x_{nd}$ occurs in $y_{nk}$ for every $k$, with the factor $W_{dk}$:
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
# The sum over the batch is not an extra. It is the chain rule: what every example used, every example pays for.

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

# %% [markdown]
# The check compares all three gradients with the derivative of the forward itself.
# How it works is the subject of section 6; until then it is a referee.

# %%
rng = np.random.default_rng(4)
x, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
check_gradients(my_affine, x, W, b)

# %% [markdown]
# A product of two matrices, $Y = A B$, is the same derivation without the bias:
#
# $$\mathrm{d}A = \mathrm{d}Y\,B^\top, \qquad \mathrm{d}B = A^\top\,\mathrm{d}Y \tag{4.8}$$
#
# The shapes leave only one way to write these products, if all sizes differ.
# This is a good memory aid and a bad proof: with square matrices every order fits.
# **Prediction:** all sizes are 3 below, and the transpose of $W$ is forgotten. Will NumPy complain?

# %%
A, B, dY = (rng.normal(size=(3, 3)) for _ in range(3))
Y, backward = matmul(A, B)
dA, dB = backward(dY)
print("right:      ", dA[0])
print("no transpose:", (dY @ B)[0])
check_gradients(matmul, A, B)

# %% [markdown]
# NumPy does not complain; only the numbers differ. Hence two habits: try a rule on sizes that are all different,
# and check it against its own forward.
#
# **Exercise 04-1** asks for `affine_backward(dy, x, W)`.
#
# **Summary.** The backward of a matrix product is two matrix products of the same size as the forward.
# So the layer's backward costs about twice its forward; section 7 counts it. What is missing: the activations.

# %% [markdown]
# ## 3. Elementwise rules
#
# An activation treats each entry alone: $y_i = f(x_i)$. What does this make of the Jacobian?

# %%
x = np.array([-1.5, -0.2, 0.0, 0.7, 2.0])
y, backward = tanh(x)
J = np.stack([backward(one) for one in np.eye(5)])
print(J)

# %% [markdown]
# The output $y_i$ ignores every input but its own, so only the diagonal is left. A row vector times a diagonal
# matrix is a product entry by entry (written $\odot$):
#
# $$\underbrace{\mathrm{d}x}_{N\times K} = \underbrace{\mathrm{d}y}_{N\times K} \odot \underbrace{f'(x)}_{N\times K}
# \tag{4.9}$$
#
# Lesson 02 derived the slopes. Two of them can be written with the output $y$:
#
# $$\text{sigmoid:}\quad \mathrm{d}x = \mathrm{d}y \odot y \odot (1 - y) \tag{4.10}$$
# $$\text{tanh:}\quad \mathrm{d}x = \mathrm{d}y \odot (1 - y \odot y) \tag{4.11}$$
# $$\text{relu:}\quad \mathrm{d}x = \mathrm{d}y \odot [x > 0] \tag{4.12}$$
#
# The bracket is 1 where the condition holds, else 0.

# %%
def my_relu(x):
    """y = max(x, 0)."""
    mask = (x > 0).astype(x.dtype)
    def backward(dy):
        return dy * mask                # (4.12)
    return x * mask, backward

# %%
rng = np.random.default_rng(4)
x = rng.normal(size=(4, 6))
for rule in (sigmoid, tanh, relu, my_relu):
    check_gradients(rule, x)

# %% [markdown]
# The relu is a gate. Where it let the value through, it lets the gradient through;
# where it was shut, nothing comes back.

# %%
y, backward = my_relu(x)
dy = rng.normal(size=y.shape)
with plt.rc_context(STYLE):
    fig, axes = plt.subplots(1, 3, figsize=(9.0, 2.6))
    signed_matrix(axes[0], y, title="y: what passed", x_label="unit", y_label="example")
    signed_matrix(axes[1], dy, title="dy: what comes back", x_label="unit")
    signed_matrix(axes[2], backward(dy), title="dx: passes the same gates", x_label="unit")
    plt.show()

# %% [markdown]
# The figure shows `dx` white wherever `y` is white: the same entries are shut in both directions.
#
# Look at what each backward must remember: sigmoid and tanh their *output*, relu one bit for each entry. None needs its input.
#
# **Exercise 04-2** asks for `relu_backward(dy, x)`. A trap: `dy[x <= 0] = 0` gives the right numbers,
# and spoils `dy` for everybody else who was handed the same array.
#
# **Summary.** Elementwise rules multiply entry by entry, at the cost of the forward.
# What is missing: where does the first `dy` come from?

# %% [markdown]
# ## 4. Losses
#
# The backward pass starts at the loss, with $\partial L/\partial L = 1$. Classifiers end in a softmax followed by the
# cross-entropy, both from lesson 02. The batch loss is the mean over the examples:
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
L, backward = softmax_cross_entropy(z, t)
np.testing.assert_allclose(dz, backward())
print(dz)

# %% [markdown]
# Prediction minus target, nothing else. One entry in each row is negative: descent will raise the logit of the
# true class and lower the others. Each row sums to 0: what one class gains, the others lose.
#
# Why not two steps: first the softmax, then $-\ln p$ of the true class? Each has its own backward, and lesson 03
# says that we may chain them. **Prediction:** what happens if the network is confidently wrong, with
# logits 0 and 800?

# %%
def two_steps(z, t):
    p, softmax_backward = softmax(z)
    rows = np.arange(len(z))
    dp = np.zeros_like(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        dp[rows, t] = -1 / p[rows, t] / len(z)
        return -np.log(p[rows, t]).mean(), softmax_backward(dp)

for z in (np.array([[0.0, 8.0]]), np.array([[0.0, 800.0]])):
    L, backward = softmax_cross_entropy(z, np.array([0]))
    print("two steps: ", *two_steps(z, np.array([0])))
    print("fused:     ", L, backward())

# %% [markdown]
# At 8 both agree. At 800 the probability of the true class rounds to 0. Then its logarithm is infinite,
# $1/p$ is infinite, and infinity times 0 is `nan`. In the fused form nothing is divided by $p$:
# the two infinities cancelled on paper. The mistake costs a loss of 800 nats and a gradient of size 1.
#
# A pair of loss and output whose `dz` is $p - t$ is called *matched*. Sigmoid with binary cross-entropy is another.

# %% [markdown]
# Two more losses from lesson 02. The **hinge** compares each wrong class with the true one;
# only classes that violate the margin $m$ appear in the gradient:
#
# $$L = \frac1N \sum_n \sum_{k \ne t_n} \max(0, z_{nk} - z_{n t_n} + m),\quad
# \mathrm{d}z_{nk} = \frac1N [\text{violated}]\ (k \ne t_n),\quad
# \mathrm{d}z_{n t_n} = -\sum_{k \ne t_n} \mathrm{d}z_{nk} \tag{4.15}$$
#
# The **mean squared error** averages over all $NK$ entries, and the 2 comes from the square:
#
# $$L = \frac{1}{NK} \sum_{n,k} (y_{nk} - t_{nk})^2, \qquad \mathrm{d}y = \frac{2}{NK}\,(y - t) \tag{4.16}$$

# %%
z, y, t = rng.normal(size=(5, 4)), rng.normal(size=(5, 2)), rng.integers(4, size=5)
check_gradients(softmax_cross_entropy, z, t)
check_gradients(hinge, z, t)
check_gradients(mean_squared_error, y, rng.normal(size=(5, 2)).astype(int))

# %% [markdown]
# **Where does $1/N$ go?** Into the loss, once. Every later backward is linear in `dy`, so the factor travels with it;
# no other rule divides by $N$. The mean has a purpose. Show the network each image twice.
# **Prediction:** is the gradient of the weights twice as large?

# %%
x, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), np.zeros(4)
for copies in (1, 2, 10):
    z, affine_backward = affine(np.tile(x, (copies, 1)), W, b)
    L, loss_backward = softmax_cross_entropy(z, np.tile(t, copies))
    dx, dW, db = affine_backward(loss_backward())
    print(f"N = {len(z):2}: loss {L:.4f}, db = {db}")

# %% [markdown]
# Nothing changes: with the mean, the step does not depend on how many examples were looked at.
# With a sum, the learning rate would have to change with the batch size.
#
# **Exercise 04-3** asks for `softmax_cross_entropy_backward(z, t)`.
#
# **Summary.** The loss starts the backward pass with `dz`, and it alone divides by $N$.
# Fusing softmax and cross-entropy is shorter, faster and cannot overflow. What is missing: `b` was one row,
# and was added to $N$ rows. Is there a general rule behind $\sum_n$?

# %% [markdown]
# ## 5. Broadcasting and reductions
#
# NumPy repeats small arrays to fit large ones, without a word. In $y = x \odot g$ with $x$ of shape (4, 3) and $g$ of shape
# (4, 1), each number of $g$ is used three times. **Prediction:** what is the shape of `dg`,
# and how does it come from an array of shape (4, 3)?

# %%
rng = np.random.default_rng(4)
x, g = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
copies, dy = np.broadcast_to(g, x.shape), rng.normal(size=(4, 3))
with plt.rc_context(STYLE):
    fig, axes = plt.subplots(1, 4, figsize=(10.0, 2.6))
    signed_matrix(axes[0], g, title="g (4, 1)", y_label="row")
    signed_matrix(axes[1], copies, title="its copies (4, 3)")
    signed_matrix(axes[2], dy * x, title="gradients of the copies")
    signed_matrix(axes[3], (dy * x).sum(axis=1, keepdims=True), title="dg (4, 1)")
    plt.show()

# %% [markdown]
# The figure shows, from left to right, one column copied to three on the way forward, and three columns of gradients
# summed to one on the way back.
#
# A copy is a rule like any other. If $\tilde g_{nk} = g_n$ for every $k$, then (4.1) gives
#
# $$\mathrm{d}g_n = \sum_k \mathrm{d}\tilde g_{nk} \tag{4.17}$$
#
# So: **what was repeated on the way forward is summed on the way back**, over the same axes. These are the axes that NumPy
# put in front, and the axes where the array has length 1. Equation (4.7) is one case.

# %%
show_source(unbroadcast)

# %%
dy = np.ones((2, 4, 3))
shapes = [(2, 4, 3), (4, 3), (3,), (4, 1), (2, 1, 3), (1, 1, 1), ()]
results = [unbroadcast(dy, np.zeros(shape)) for shape in shapes]
table([[shape, result.shape, f"{result.max():.0f}"] for shape, result in zip(shapes, results)],
      ["shape of the input", "shape of its gradient", "copies that were summed"])

# %% [markdown]
# A sum is the reverse: forward it adds along an axis, backward it *repeats* the gradient along it, for each entry counted
# once. A mean over $n$ entries also divides by $n$:
#
# $$y = \sum_{i=1}^n x_i:\ \ \mathrm{d}x_i = \mathrm{d}y, \qquad\quad
# y = \frac1n \sum_{i=1}^n x_i:\ \ \mathrm{d}x_i = \frac{\mathrm{d}y}{n} \tag{4.18}$$
#
# Copying and summing are each other's backward.

# %%
check_gradients(multiply, x, g)
check_gradients(functions.sum, x, axis=0)
check_gradients(functions.mean, x, axis=1)

# %% [markdown]
# **Exercise 04-4** asks for `broadcast_backward(dy, shape)`. **Exercise 04-7** is a bug hunt: a sum over the batch
# that is taken too early, and that a batch of one hides.
#
# **Summary.** Repeat forward, sum backward; sum forward, repeat backward. With this every rule of the course is
# derived for batches. What is missing: a referee that we understand.

# %% [markdown]
# ## 6. Gradient checks
#
# A wrong gradient often trains, only worse. How does one know that it is right, without trusting the derivation?
# By measuring: move one input a little, and see what the loss does.
#
# Taylor's formula at $x + h$ and $x - h$, subtracted and divided by $2h$, gives the central difference:
#
# $$\frac{f(x+h) - f(x-h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \dots \tag{4.19}$$
#
# The error is the **truncation**: it falls with $h^2$. But the computer rounds $f$ to about 16 digits, an error of $u|f|$
# with $u \approx 1.1\cdot10^{-16}$. Divided by $h$, this **rounding** grows as $h$ falls:
#
# $$\text{error} \approx \frac{h^2}{6}|f'''| + \frac{u|f|}{h}, \qquad
# \text{least at } h = \sqrt[3]{3u\,|f|/|f'''|} \tag{4.20}$$

# %% [markdown]
# There is a way without subtraction. Take a step in the *imaginary* direction; $i^2 = -1$ turns Taylor's formula into
#
# $$f(x + ih) = f(x) + ih f'(x) - \frac{h^2}{2} f''(x) - \dots
# \qquad\Longrightarrow\qquad f'(x) = \frac{\operatorname{Im} f(x + ih)}{h} + O(h^2) \tag{4.21}$$
#
# Nothing is subtracted, so nothing is lost, and $h$ may be $10^{-30}$. This **complex step** needs a program that
# complex numbers can pass. All rules of this course allow it.
#
# **Prediction:** which $h$ is best for central differences: $10^{-2}$, $10^{-5}$ or $10^{-12}$?

# %%
rng = np.random.default_rng(4)
x, W, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), np.zeros(4)
t = rng.integers(4, size=5)

def loss_of(W):
    return softmax_cross_entropy(affine(x, W, b)[0], t)[0]

def one_sided(f, W, h):
    steps = h * np.eye(W.size).reshape(-1, *W.shape)
    return np.array([(f(W + step) - f(W)) / h for step in steps]).reshape(W.shape)

z, affine_backward = affine(x, W, b)
_, dW, _ = affine_backward(softmax_cross_entropy(z, t)[1]())

# %%
hs = 10.0 ** np.arange(-1, -16, -1)
methods = {"one-sided": one_sided, "central": numerical_gradient,
           "complex step": complex_step_gradient}
errors = {name: np.maximum([relative_error(method(loss_of, W, h), dW) for h in hs], 1e-17)
          for name, method in methods.items()}
u = np.finfo(float).eps / 2
print(f"(4.20) with |f| = |f'''| suggests h = {(3 * u) ** (1 / 3):.2g}")
print("best central error below 1e-8:", errors["central"].min() < 1e-8)
print("central error at h = 1e-13 above 1e-6:", errors["central"][12] > 1e-6)

# %%
with plt.rc_context(STYLE):
    fig, ax = plt.subplots()
    for (name, error), style in zip(errors.items(), ("o:", "s--", "^-")):
        ax.loglog(hs, error, style, label=name, markersize=4)
    ax.invert_xaxis()
    ax.set(xlabel="step size h (smaller to the right)", ylabel="largest relative error",
           title="Truncation falls, then rounding rises")
    ax.legend()
    plt.show()

# %% [markdown]
# The figure shows two V-shaped curves and one that falls and stays at rounding level. The one-sided difference starts with an error
# of order $h$, so its V is higher and its bottom lies at a smaller step.
#
# The explorer asks the same of simple functions. Slide $h$ and watch the three errors. Which branch of the V are you on, and does
# equation (4.20) find the bottom?

# %%
check_explorer()

# %% [markdown]
# **How large an error is suspicious?** Compare relative to the largest entry of the gradient, never on average:
# one wrong entry drowns in a mean.
#
# | relative error | complex step | central, $h = 10^{-5}$ |
# | --- | --- | --- |
# | below $10^{-9}$ | right | right |
# | $10^{-9}$ to $10^{-6}$ | wrong | right |
# | $10^{-6}$ to $10^{-3}$ | wrong | a kink within $h$, or wrong |
# | above $10^{-3}$ | wrong | wrong |
#
# At a kink neither is at fault: at 0 the central difference of relu is ½, the rule says 0. A forgotten factor $(N-1)/N$ with
# $N = 100$ is an error of $10^{-2}$; a check that accepts it is no check.

# %% [markdown]
# `check_gradients` uses the complex step, entry by entry, and names what it finds.
# Here are three mistakes that are made every day, planted in `affine`.

# %%
def planted(fault):
    def careless_affine(x, W, b):
        y, right_backward = affine(x, W, b)
        def backward(dy):
            dx, dW, db = right_backward(dy)
            return {"no sum": (dx, dW, dy), "1/N": (dx, dW / len(x), db),
                    "sign": (-dx, dW, db)}[fault]
        return y, backward
    return careless_affine

for fault in ("no sum", "1/N", "sign"):
    try:
        check_gradients(planted(fault), x, W, b)
    except GradientError as error:
        print(error)

# %% [markdown]
# A check is as good as its `dy`. With `dy` all ones, the outputs of a softmax sum to a constant, and the right gradient is
# zero. **Prediction:** the backward below forgets to weight its mean with $y$. Does a check with ones see it?

# %%
z = rng.normal(size=(2, 4))
y, right = softmax(z)
dy = rng.normal(size=(2, 4))

def careless(dy):
    return y * (dy - dy.mean(axis=1, keepdims=True))

print("with ones:        largest difference below 1e-12:",
      np.abs(careless(np.ones((2, 4))) - right(np.ones((2, 4)))).max() < 1e-12)
print(f"with random dy:   largest difference {np.abs(careless(dy) - right(dy)).max():.4g}")

# %% [markdown]
# **Exercise 04-5** asks for a gradient checker, `numerical_gradient(f, x)`.
#
# **Summary.** Central differences with $h = 10^{-5}$ find a mistake to about eight digits, the complex step to all.
# Both need one or two forward passes for *each* number, so they are for tests on small arrays, not for training.
# What is missing: the whole network.

# %% [markdown]
# ## 7. The network
#
# Now the network of lesson 02: 64 pixels, three hidden sigmoid layers, ten outputs. Its weights come from a
# `Sequential`, which this section opens. `glorot` draws the starting weights; a gain of 4 makes up for the slope ¼ of the
# sigmoid. Lesson 07 derives both.

# %%
sizes = [64, 128, 128, 128, 10]
draw_blocks([("affine 1", "N×128", "64×128"), ("sigmoid", "N×128", ""),
             ("affine 2", "N×128", "128×128"), ("sigmoid", "N×128", ""),
             ("affine 3", "N×128", "128×128"), ("sigmoid", "N×128", ""),
             ("affine 4", "N×10", "128×10"), ("loss", "1", "")], title="the network")

# %%
def network(rng, sizes=sizes):
    """Dense layers with sigmoids between them."""
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng, init=partial(glorot, gain=4)), Sigmoid()]
    return Sequential(*layers[:-1])

digits = load_digits()
x, t = digits.x_train[:32], digits.t_train[:32]
net = network(np.random.default_rng(4))
W1, b1, W2, b2, W3, b3, W4, b4 = [p.data for p in net.params]
print(net)

# %% [markdown]
# ### By hand
#
# Eight calls forward. Each returns its output and its backward.

# %%
z1, back_z1 = affine(x, W1, b1)
h1, back_h1 = sigmoid(z1)
z2, back_z2 = affine(h1, W2, b2)
h2, back_h2 = sigmoid(z2)
z3, back_z3 = affine(h2, W3, b3)
h3, back_h3 = sigmoid(z3)
z4, back_z4 = affine(h3, W4, b4)
L, back_L = softmax_cross_entropy(z4, t)
print(f"loss {L:.4f} nats")

# %% [markdown]
# Eight backwards, in reverse. Each takes the gradient of its output and hands on the gradient of its input. Read the two cells
# side by side, one upwards and one downwards.

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

# %% [markdown]
# The last line also gave `dx`, the gradient of the pixels. Training has no use for it; leaving it out
# (`input_grad=False`) saves one matrix product.
#
# The explorer shows the same sixteen calls on a narrower network, so that every entry can be seen.
# Walk forward, then backward. Where in the row of gradients is the sign of the true class lost?
# What happens to the colours of the gradients as the network is trained?

# %%
flow_explorer()

# %% [markdown]
# ### In a loop
#
# The second cell was the first one backwards. Nobody should write this by hand twice: `Sequential` keeps the backwards in a
# list, and runs the list in reverse.

# %%
show_source(Sequential.__call__)

# %% [markdown]
# The loop over `reversed(...)` *is* the chain rule. The rest only skips what nobody asked for. On the graph of lesson 03
# the same rules are recorded by `apply`, and `backward` walks the record. Three ways, one set of rules. The numbers
# must agree.

# %%
y, backward = net(x)
L, loss_backward = softmax_cross_entropy(y, t)
for p in net.params:
    p.zero_grad()
backward(loss_backward())
in_layers = [p.grad for p in net.params]

apply(softmax_cross_entropy, net.trace(Tensor(x)), t).backward()
on_the_graph = [p.grad for p in net.params]
for hand, layer, graph in zip(by_hand, in_layers, on_the_graph):
    np.testing.assert_allclose(layer, hand, atol=1e-12)
    np.testing.assert_allclose(graph, hand, atol=1e-12)
print(f"{len(by_hand)} gradients, three ways, equal to 1e-12")

# %% [markdown]
# ### What must be remembered
#
# A backward can only run if something was kept on the way forward. What, and how much? `remembered` reads
# it from the closures.

# %%
names = ["affine 1", "sigmoid 1", "affine 2", "sigmoid 2", "affine 3", "sigmoid 3",
         "affine 4", "loss"]
backs = [back_z1, back_h1, back_z2, back_h2, back_z3, back_h3, back_z4, back_L]
table([[name, ", ".join(f"{k} {a.shape}" for k, a in remembered(back).items())]
       for name, back in zip(names, backs)], ["rule", "keeps (name and shape)"])

# %% [markdown]
# `affine` keeps its input and `sigmoid` its output, and these are the *same* arrays: `h1` is both. Counted once, the bill has two parts.
# The weights are there anyway. The activations grow with the batch and with the number of layers.
# **Prediction:** from which batch size on do they need more memory than the weights?

# %%
weights = sum(p.data.nbytes for p in net.params)
print(f"weights and biases: {weights:,} bytes, gradients as many again")
for N in (32, 360, 1440):
    kept, z = {}, digits.x_train[:N]
    for i, layer in enumerate(net.layers):
        z, back = layer.rule(z, *[p.data for p in layer.params])
        kept |= {id(a): a for k, a in remembered(back).items() if k != "W"}
    print(f"batch of {N:4}: {sum(a.nbytes for a in kept.values()):9,} bytes of activations")

# %% [markdown]
# That is $8 N$ bytes times the sum of the layers' widths: memory grows with depth, also where time would not hurt.
# Linnainmaa noted in 1976 that this storage can be prohibitive; lesson 15 trades it against time.
#
# ### What it costs in time
#
# Count multiply-adds. A layer from $D$ to $K$ features needs $NDK$ forward (4.3), $NDK$ for `dW` (4.5) and $NDK$ for
# `dx` (4.6). Only the first layer skips its `dx`:
#
# $$\frac{\text{forward} + \text{backward}}{\text{forward}} = 3 - \frac{n_0 n_1}{\sum_l n_{l-1} n_l}
# \tag{4.22}$$
#
# with $n_l$ the width of layer $l$.

# %%
rows = []
for widths in ([64, 10], [64, 128, 10], sizes, [784, 256, 128, 10], [512] * 9):
    products = [a * b for a, b in zip(widths, widths[1:])]
    forward, backward = sum(products), 2 * sum(products) - products[0]
    rows.append(["–".join(map(str, widths)), f"{forward:,}", f"{backward:,}",
                 f"{backward / forward:.3f}", f"{1 + backward / forward:.3f}"])
table(rows, ["widths", "forward", "backward", "backward / forward", "both / forward"],
      "multiply-adds for one example")

# %% [markdown]
# Never more than 3, however many weights there are. This is the **cheap-gradient principle**: all derivatives of one number cost a small
# constant times the number itself (Baur and Strassen 1983; Griewank and Walther 2008 prove at most 4, memory
# access counted). Finite differences would need one forward pass for each weight.
#
# Does the clock agree? Time also counts activations and memory traffic, so the ratio will not be exact.

# %%
def fastest(function, times=5):
    """The shortest of several runs, in seconds: the others were disturbed."""
    seconds = []
    for _ in range(times):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    return min(seconds)

def both_times(width, depth, N=64):
    rng = np.random.default_rng(4)
    net, x = network(rng, [width] * (depth + 1)), rng.normal(size=(N, width))
    y, backward = net(x)
    return fastest(lambda: net(x)), fastest(lambda: backward(y, input_grad=False))

# %%
# NBVAL_IGNORE_OUTPUT
widths = np.array([32, 64, 128, 256, 512])
ratios = {}
for depth in (2, 4, 8):
    pairs = [both_times(int(width), depth) for width in widths]
    ratios[f"{depth} layers"] = [backward / forward for forward, backward in pairs]
table([[name, *(f"{r:.2f}" for r in rs)] for name, rs in ratios.items()],
      ["measured", *(f"width {w}" for w in widths)], "time of backward / time of forward")

# %%
# NBVAL_IGNORE_OUTPUT
with plt.rc_context(STYLE):
    fig, ax = plt.subplots()
    curves(ax, widths, ratios, x_label="width of the layers (log scale)",
           y_label="backward time / forward time", title="A backward costs a few forwards, at any size")
    ax.set(xscale="log", ylim=(0, None), xticks=widths, xticklabels=widths)
    ax.minorticks_off()
    ax.axhline(2, color="#BBBBBB", linewidth=1)
    plt.show()

# %% [markdown]
# The figure shows the ratio staying within a small band while the number of weights grows by a factor of more than a hundred.
# The grey line at 2 is the multiply-adds alone, for many layers.
#
# A widely read article says of backpropagation that its "computational complexity ranges from cubic to quadratic in the number of neurons
# per layer" (*Backpropagation in Machine Learning – Complete Guide*). **Prediction:** double the width, at a fixed batch. Does the time grow
# by 8, by 4, or by 2?

# %%
# NBVAL_IGNORE_OUTPUT
widths = np.array([256, 512, 1024, 2048])
seconds = [sum(both_times(int(width), 2, N=32)) for width in widths]
exponent, log_scale = np.polyfit(np.log(widths), np.log(seconds), 1)
with plt.rc_context(STYLE):
    fig, ax = plt.subplots()
    ax.loglog(widths, 1e3 * np.array(seconds), "o", label="measured")
    ax.loglog(widths, 1e3 * np.exp(log_scale) * widths ** exponent, "--", label=f"fitted exponent {exponent:.2f}")
    ax.loglog(widths, 1e3 * seconds[0] * (widths / widths[0]) ** 3.0, ":", label="cubic, for comparison")
    ax.set(xlabel="width of the layers", ylabel="forward and backward (ms)",
           title="Cost against width, batch of 32", xticks=widths, xticklabels=widths)
    ax.minorticks_off()
    ax.legend()
    plt.show()

# %% [markdown]
# The figure shows the measured times close to the dashed line, whose exponent is near 2, and far below the dotted cubic. A layer has $n^2$ weights, and each is used three times
# for each example. So the cost is *quadratic in the width and linear in the number of weights*, and linear in the batch.
# "Cubic" appears only if the batch is made to grow with the width.
#
# ### Training
#
# What is left is the step. Plain descent takes $\theta \leftarrow \theta - \mathrm{lr}\, g$ for each parameter $\theta$ with gradient $g$.
# With **momentum** $\mu$ a velocity $v$ collects the gradients:
#
# $$v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \mathrm{lr}\, v \tag{4.23}$$

# %% [markdown]
# If $g$ stays the same, $v$ tends to $g + \mu g + \mu^2 g + \dots = g/(1-\mu)$: with $\mu = 0.9$ ten times the plain step. If $g$ changes
# its sign at every step, the contributions cancel. Momentum speeds up where the way is clear; lesson 06 compares it with its rivals.

# %%
for signs in ("constant", "alternating"):
    p = Parameter(np.zeros(1))
    optimizer = SGD([p], lr=0.01, momentum=0.9)
    for step in range(100):
        p.grad = np.array([-1.0 if signs == "alternating" and step % 2 else 1.0])
        optimizer.step()
    print(f"{signs:11} gradient of size 1: velocity {optimizer.velocity[0][0]:.4f}")

# %%
show_source(train_step)

# %% [markdown]
# Five lines, in this order: forward, loss, forget the old gradients, backward, update. All gradients exist before any weight moves. Exercise 04-9 shows what happens
# otherwise.
#
# The recipe was chosen on a fifth of the training images set aside, never on the held-out digits: batches of 32, momentum 0.9, a learning rate that falls
# in a straight line from 0.2 to 0, 40 epochs, and each training image also shifted by one pixel in four directions.
# A shifted 3 is still a 3: the network sees five times as many examples.

# %%
moves = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
x = np.concatenate([shifted(digits.x_train, *move) for move in moves])
t = np.tile(digits.t_train, len(moves))
with plt.rc_context(STYLE):
    fig, axes = plt.subplots(1, 5, figsize=(6.0, 1.6))
    images(axes, x[7::len(digits.x_train)], ["original", "right", "left", "down", "up"])
    plt.show()
print(x.shape, t.shape)

# %%
rng = np.random.default_rng(4)
net, history, epochs = network(rng), History(), 40
batches = Batches(x, t, 32, rng=rng)
total = epochs * len(batches)
optimizer = SGD(net.params, lr=0.2, momentum=0.9)
steps = training(net, softmax_cross_entropy, optimizer, batches, epochs)
for epoch, step, loss in progress(steps, total):
    optimizer.lr = 0.2 * (1 - step / total)
    history.add(step=step, loss=loss)

# %%
predicted = predict(net, digits.x_test).argmax(axis=1)
wrong = np.flatnonzero(predicted != digits.t_test)
share = 1 - len(wrong) / len(predicted)
print("held-out digits:", len(predicted))
print("held-out accuracy at least 0.97:", share >= 0.97)

# %%
with plt.rc_context(STYLE):
    fig, axes = plt.subplots(1, 2, figsize=TWO)
    smooth = history["loss"].reshape(epochs, -1).mean(axis=1)
    axes[0].semilogy(np.arange(1, epochs + 1), smooth)
    axes[0].set(xlabel="epoch", ylabel="mean loss (nats)", title="The training loss falls")
    counts = confusion_matrix(predicted, digits.t_test, 10)
    axes[1].imshow(np.log1p(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes[1].text(column, row, count, ha="center", va="center", fontsize=8,
                         color="white" if count > 10 else "black")
    axes[1].set(xlabel="predicted", ylabel="true digit", xticks=range(10), yticks=range(10),
                title=f"{len(wrong)} of {len(predicted)} held-out digits wrong")
    plt.show()

# %%
with plt.rc_context(STYLE):
    fig, axes = plt.subplots(1, 8, figsize=(9.0, 1.7))
    titles = [f"{digits.t_test[i]} as {predicted[i]}" for i in wrong]
    images(axes, digits.x_test[wrong], titles)
    plt.show()

# %% [markdown]
# The figures show the loss falling over the epochs, the counts of true against predicted digits, nearly all on the diagonal, and
# the first of the mistakes. Many of these would make a person hesitate at 8 × 8 pixels.
#
# ### Your own rules
#
# A layer is a rule plus its parameters. The rule can be replaced: here the `my_affine` of section 2 drives all four layers, beside a twin
# with the library's rule.

# %%
def losses(rule, steps=200):
    rng = np.random.default_rng(4)
    net = network(rng)
    for layer in net.layers[::2]:
        layer.rule = rule
    optimizer = SGD(net.params, lr=0.2, momentum=0.9)
    batches = Batches(x, t, 32, rng=rng)
    return [loss for _, (_, _, loss) in zip(range(steps), training(
        net, softmax_cross_entropy, optimizer, batches, 1))]

mine, library = losses(my_affine), losses(affine)
np.testing.assert_allclose(mine, library, rtol=1e-9)
print(f"loss at step 1: {mine[0]:.4f}, at step 200: {mine[-1]:.4f}, the same for both")

# %% [markdown]
# **Summary.** A network's backward is its list of rules in reverse. It costs about two forwards in time, and in memory
# every activation of the batch. Ten lines of derivation in each section, checked one by one, are all that the training of
# this network rests on. What is missing: how much data should one step look at? This is lesson 05.
#
# **Exercise 04-6** asks for the gradients of a whole two-layer network, without the library.
# **Exercises 04-8 and 04-9** are bug hunts: a weight used twice, and an update that comes too early.

# %% [markdown]
# ## Exercises
#
# In the sheet of the same name in `exercises/`:
#
# | task | what | level |
# | --- | --- | --- |
# | 04-1 | the backward of the affine map | fill in |
# | 04-2 | the backward of relu | fill in |
# | 04-3 | the backward of softmax with cross-entropy | write |
# | 04-4 | the backward of broadcasting | write |
# | 04-5 | a gradient checker | write |
# | 04-6 | all gradients of a two-layer network | write |
# | 04-7, 04-8, 04-9 | three bug hunts | fill in |
#
# The sheet ends with your rules training a network on the digits.

# %% [markdown]
# ## Further reading
#
# * D. E. Rumelhart, G. E. Hinton, R. J. Williams, "Learning representations by back-propagating errors", *Nature* 323, 1986, 533–536. Four pages.
# * I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press, 2016, section 6.5.
# * A. Griewank, A. Walther, *Evaluating Derivatives*, second edition, SIAM, 2008. The cheap-gradient principle, with proofs.
# * W. Baur, V. Strassen, "The complexity of partial derivatives", *Theoretical Computer Science* 22, 1983, 317–330.
# * S. Linnainmaa, "Taylor expansion of the accumulated rounding error", *BIT* 16, 1976, 146–160.
# * W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", *SIAM Review* 40, 1998, 110–112.
