# %% [markdown]
# # 02 The forward pass
#
# How does a network turn pixels into a prediction?
#
# After this lesson you can
#
# - write a layer as a matrix product and say the shape of every array in it;
# - choose an activation and give its slope;
# - show that layers without a non-linearity collapse into one;
# - turn scores into probabilities without overflow;
# - compute squared error, cross-entropy and hinge loss, and say which of them stalls;
# - count the parameters and the multiplications of a network.
#
# **Time:** about 60 minutes. **Needed:** lesson 01 (one neuron, squared error, slope, descent step), NumPy's `@`,
# `axis` and broadcasting, the derivatives of $e^x$ and $\ln x$, and the chain rule of school calculus.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $x$ | `x` | (N, D) | inputs, one example per row |
# | $W$, $b$ | `W`, `b` | (D, K), (K,) | weights, biases |
# | $z$ | `z` | (N, K) | weighted sums; at the end: logits |
# | $s(z)$ | `sigmoid(z)` | as $z$ | logistic function, $1/(1+e^{-z})$ |
# | $h$ | `h` | (N, H) | hidden activations |
# | $p$ | `p` | (N, K) | probabilities |
# | $t$ | `t` | (N,) | targets; for classes, integer labels |
# | $L$ | `loss` | a number | the loss |
#
# $N$ examples, $D$ inputs, $K$ outputs, $H$ hidden units.

# %%
from functools import partial

import numpy as np

from course_lib import (SGD, Batches, Dense, Sequential, Sigmoid, evaluate,
    initializers, load_digits, numerical_gradient, predict, training)
from course_lib.page.drawing import draw_network, palette
from course_lib.page.plotting import curves, figure, images, signed_matrix
from course_lib.rules import functions, losses
from course_lib.widgets import lesson02
from course_lib.widgets.predictions import answer, guess

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. One unit: a weighted sum
#
# A program cannot look at a picture. It gets numbers: an image of 8 × 8 pixels is a row of 64 of them, each between
# 0 (paper) and 1 (ink). How can arithmetic on 64 numbers say "this is a 3"?
#
# The images are real handwriting (Alpaydin and Kaynak, 1998). Those in `x_train` are for setting weights. Those in
# `x_test` are kept aside for testing.

# %%
digits = load_digits()
for name, array in digits._asdict().items():
    print(f"{name:8} {array.shape}")
first = [np.flatnonzero(digits.t_train == k)[0] for k in range(10)]
with figure(10, size=(9, 1.3)) as axes:
    images(axes, digits.x_train[first], titles=[str(k) for k in range(10)])

# %% [markdown]
# The figure shows the first image of each class, with its label above it.
#
# The neuron of lesson 01 had one input: $z = wx + b$. With $D$ inputs, each input gets a weight of its own, and the
# products are added up:
#
# $$z = \sum_{d=1}^{D} x_d\, w_d + b \tag{2.1}$$
#
# A positive weight says "ink here speaks for it", a negative weight says "ink here speaks against it". For a first
# unit, the weights can be set by hand: the mean image of all 3s minus the mean image of all other digits. The bias
# puts $z = 0$ halfway between the two mean images, so that $z > 0$ should mean "a 3".

# %%
three = digits.t_train == 3
mean_3 = digits.x_train[three].mean(axis=0)
mean_rest = digits.x_train[~three].mean(axis=0)
w = mean_3 - mean_rest
offset = -(mean_3 + mean_rest) @ w / 2
image = digits.x_train[first[3]]
with figure(3, size=(9, 2.6)) as axes:
    images(axes[:1], [image], titles=["inputs x"])
    signed_matrix(axes[1], w.reshape(8, 8), title="weights w")
    signed_matrix(axes[2], (image * w).reshape(8, 8), title="products x w")

# %% [markdown]
# Purple is positive, orange is negative. The weights show a 3 in purple: where 3s have more ink than other digits. The
# products are the weights where this image has ink. Their sum is the answer. Equation (2.1) is a loop; NumPy writes
# it `x @ w + b`.

# %%
x, b = image, offset
z = b
for d in range(64):
    z = z + x[d] * w[d]         # (2.1)
np.testing.assert_allclose(z, x @ w + b)
print(f"z = {z:.4g} from the loop, {x @ w + b:.4g} from x @ w + b")

# %% [markdown]
# **Predict:** one unit, weights set by hand, nothing trained. What share of the test images does the sign of $z$ sort
# correctly into "3" and "not a 3"? Decide before running.

# %%
guess("02-unit", "What share will the one unit sort correctly?", unit="%")

# %%
z = digits.x_test @ w + offset
is_3 = digits.t_test == 3
print(f"right by always saying 'not a 3': {100 * (~is_3).mean():.1f} %")
with figure() as ax:
    ax.hist([z[is_3], z[~is_3]], bins=25, stacked=True, label=["3", "other digits"],
            color=[palette.FORWARD, palette.FAINT])
    ax.axvline(0, color=palette.INK, linestyle="--")
    ax.legend()
    ax.set(xlabel="weighted sum z", ylabel="images", title="The 3s get the larger sums")
answer("02-unit", 100 * ((z > 0) == is_3).mean(), form="{:.1f}")

# %% [markdown]
# The histogram shows the sums of the 3s to the right of most others; the groups overlap around zero. The unit
# sees something, but it is not yet a good answer: "always no" scores higher, because only a tenth of the images are 3s.
#
# **What we have:** a unit is a picture of weights and a sum. **What it costs:** one multiplication and one
# addition per input. **What is missing:** the other nine digits.

# %% [markdown]
# ## 2. A layer: x W + b
#
# Ten digits need ten units, and a thousand images need a thousand rows. Must we write three loops? A layer of $K$
# units looks at the same input with $K$ columns of weights.

# %%
rng = np.random.default_rng(2)
x, W = rng.uniform(size=4), rng.normal(size=(4, 3))
draw_network([x, np.maximum(x @ W, 0)], weights=[W], labels=["x: 4 inputs", "3 units"],
             height=240, title="a layer: every input feeds every unit")

# %% [markdown]
# The drawing shows four inputs and three units; each of the 12 lines is one weight (purple positive, orange
# negative), and bright circles hold large values. For example $n$ and unit $k$, equation (2.1) reads
#
# $$z_{nk} = \sum_{d=1}^{D} x_{nd}\, W_{dk} + b_k . \tag{2.2}$$
#
# The sum over the shared index $d$, rows of $x$ against columns of $W$, is the definition of the matrix product. All
# examples and all units at once:
#
# $$\underbrace{z}_{N\times K} = \underbrace{x}_{N\times D}\;\underbrace{W}_{D\times K}
# + \underbrace{b}_{K} \tag{2.3}$$
#
# The inner sizes $D$ must agree and disappear. NumPy adds the row $b$ to every row: that is broadcasting.

# %%
def affine(x, W, b):
    """z = x W + b, one example per row.  Shapes: (N, D), (D, K), (K,) -> (N, K)."""
    return x @ W + b            # (2.3)

rng = np.random.default_rng(2)
x, W, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
z = np.zeros((5, 3))
for n in range(5):
    for k in range(3):
        z[n, k] = sum(x[n, d] * W[d, k] for d in range(4)) + b[k]       # (2.2)
np.testing.assert_allclose(affine(x, W, b), z)
print("three loops and one matrix product agree; shape", z.shape)

# %% [markdown]
# What weights should the ten units have? Again they can be set by hand. Call $m_k$ the mean image of digit $k$, and
# answer with the digit whose mean is nearest. The squared distance is
#
# $$|x - m_k|^2 = |x|^2 - 2\,x\cdot m_k + |m_k|^2 . \tag{2.4}$$
#
# $|x|^2$ is the same for all ten, so the nearest mean has the largest $x\cdot m_k - \tfrac12 |m_k|^2$. That is a
# layer: column $k$ of $W$ is $m_k$, and $b_k = -\tfrac12 |m_k|^2$.
#
# **Predict:** the share of test images that this layer gets right, out of ten classes.

# %%
guess("02-means", "What share will the layer get right?", unit="%")

# %%
means = np.array([digits.x_train[digits.t_train == k].mean(axis=0) for k in range(10)])
W, b = means.T, -0.5 * (means ** 2).sum(axis=1)
templates = (affine(digits.x_test, W, b).argmax(axis=1) == digits.t_test).mean()
with figure(10, size=(9, 1.3)) as axes:
    images(axes, W.T, titles=[f"unit {k}" for k in range(10)])
answer("02-means", 100 * templates, form="{:.1f}")

# %% [markdown]
# The ten columns of $W$, drawn as images, are ten blurred digits. Guessing would be right one time in ten; this one
# layer is right nine times in ten, and nothing has been learnt by descent.
#
# **What we have:** a layer is `x @ W + b`. **What it costs:** $N D K$ multiplications. **What is missing:** a 7 with
# a bar and a 7 without one have the same template. Several layers could do better, if a second layer adds anything.
# Exercise 02-1 asks for the layer.

# %% [markdown]
# ## 3. Activations and their slopes
#
# A weighted sum can be any number. A unit should *respond*: strongly, weakly, or not at all. So its sum goes through
# an activation function. Training needs its slope too: in lesson 01 it was a factor in the slope of the loss.
#
# | name | $y$ | slope $\mathrm dy/\mathrm dz$ |
# | --- | --- | --- |
# | identity | $z$ | $1$ |
# | sigmoid | $1/(1+e^{-z})$ | $y(1-y)$ |
# | tanh | $\tanh z$ | $1-y^2$ |
# | ReLU | $\max(z, 0)$ | $1$ if $z>0$, else $0$ |
# | leaky ReLU | $z$ if $z>0$, else $0.01\,z$ | $1$ if $z>0$, else $0.01$ |
# | GELU | $\tfrac12 z(1+\tanh u)$ | $\tfrac12(1+\tanh u)+\tfrac12 z(1-\tanh^2 u)\,u'$ |

# %% [markdown]
# In GELU, $u = \sqrt{2/\pi}\,(z + 0.044715\,z^3)$, and $u'$ is its derivative. The sigmoid's slope, by the rule for $1/g$:
#
# $$s'(z) = \frac{e^{-z}}{(1+e^{-z})^2} = \underbrace{\frac{1}{1+e^{-z}}}_{s}\;
# \underbrace{\frac{e^{-z}}{1+e^{-z}}}_{1-s} = s(1-s) \tag{2.5}$$
#
# As code we use the equal form $s(z) = \tfrac12\,(1 + \tanh\tfrac z2)$, because $e^{-z}$ overflows for very
# negative $z$ and $\tanh$ never does. GELU and its slope are taken from the library: its rules return the output and a
# function that multiplies by the slope (lesson 03 explains why).
#
# **Predict:** what is the largest slope that a sigmoid can have?

# %%
guess("02-slope", "The largest slope of a sigmoid")

# %%
def sigmoid(z):
    """1 / (1 + exp(-z)), in a form that never overflows."""
    return 0.5 * (1 + np.tanh(0.5 * z))

ACTIVATIONS = {                 # name: (function, slope), as in the table
    "identity": (lambda z: z, lambda z: np.ones_like(z)),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),      # (2.5)
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "ReLU": (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky ReLU": (lambda z: np.where(z > 0, z, 0.01 * z),
                   lambda z: np.where(z > 0, 1.0, 0.01)),
    "GELU": (lambda z: functions.gelu(z)[0],
             lambda z: functions.gelu(z)[1](np.ones_like(z))),
}

# %%
z = np.linspace(-3, 3, 400)
with figure(2) as axes:
    for k, title in enumerate(("Most are flat on the left", "Sigmoid is never steep")):
        curves(axes[k], z, {name: pair[k](z) for name, pair in ACTIVATIONS.items()},
               x_label="z", y_label=("y", "slope dy/dz")[k], title=title)
    axes[1].get_legend().remove()

# %% [markdown]
# The left panel shows the six functions, the right panel their slopes. Are the formulas right? The library's
# `numerical_gradient` nudges one entry of its input a little up and a little down, and divides the difference of the
# two results by the distance: no formula is needed. Lesson 04 studies how exact this is.

# %%
z = np.linspace(-3, 3, 40)      # no entry is exactly 0, where ReLU has a kink
for name, (f, slope) in ACTIVATIONS.items():
    measured = numerical_gradient(lambda v: f(v).sum(), z)
    np.testing.assert_allclose(slope(z), measured, atol=1e-8)
    print(f"{name:10}  slope agrees;  largest slope {slope(z).max():.3f}")
answer("02-slope", ACTIVATIONS["sigmoid"][1](0.0))

# %% [markdown]
# The sigmoid's slope $s(1-s)$ is a parabola in $s$ with its top at $s = \tfrac12$, so
#
# $$0 < s'(z) \le \tfrac14, \quad\text{with}\quad s'(0) = \tfrac14 . \tag{2.6}$$
#
# Three sigmoid layers multiply three such factors: at most $\tfrac1{64}$. Lesson 07 shows what that does to deep
# networks. A ReLU passes the slope 1, or nothing.
#
# **What we have:** six activations with slopes. **What it costs:** next to nothing. **What is missing:** a reason.
# Why not leave them out? Exercise 02-6 asks for four slopes that survive large $z$.

# %% [markdown]
# ## 4. Without a non-linearity, layers collapse
#
# Two layers are a **composition**, a function of a function: $f(x) = f_2(f_1(x))$. Let both be affine, with nothing
# in between, and multiply out:
#
# $$(x W_1 + b_1)\,W_2 + b_2 = x\,\underbrace{(W_1 W_2)}_{W} + \underbrace{(b_1 W_2 + b_2)}_{b} \tag{2.7}$$
#
# This is one layer again, whatever the matrices are. A hundred affine layers compute nothing that one cannot compute.

# %%
rng = np.random.default_rng(2)
x, sizes = rng.normal(size=(6, 7)), (7, 5, 9, 4, 3)
W, b, y = np.eye(7), np.zeros(7), x
for n_in, n_out in zip(sizes, sizes[1:]):
    W_i, b_i = rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)
    y = affine(y, W_i, b_i)                     # layer after layer
    W, b = W @ W_i, b @ W_i + b_i               # (2.7)
np.testing.assert_allclose(y, affine(x, W, b), rtol=0, atol=1e-14 * np.abs(y).max())
print("four affine layers are one, to 1e-14 of the largest output")

# %% [markdown]
# Does it matter? The smallest problem that one layer cannot solve is XOR: the answer is 1 if exactly one of two inputs
# is 1. The book *Perceptrons* (Minsky and Papert, 1969) studies such limits.
#
# **Predict:** take the best affine layer for XOR, the one with the smallest squared error. What does it answer for
# the input (0, 1), where the answer is 1?

# %%
guess("02-xor", "The best affine layer answers")

# %%
x1 = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])     # the 1s: for b
t = np.array([0, 1, 1, 0])
y = x1 @ np.linalg.lstsq(x1, t, rcond=None)[0]                  # w1, w2 and b
np.testing.assert_allclose(y, 0.5)
print("answers", y.round(2), f" mean squared error {((y - t) ** 2).mean():.2f}")
answer("02-xor", y[1], form="{:.2f}")

# %% [markdown]
# It says 0.5 to everything: it has learnt nothing. Now two hidden units with a ReLU, weights set by hand:
#
# $$\begin{aligned} h_1 &= \max(x_1 + x_2,\, 0), \qquad h_2 = \max(x_1 + x_2 - 1,\, 0) \\
# y &= h_1 - 2\,h_2 \end{aligned} \tag{2.8}$$

# %%
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
W2, b2 = np.array([[1.0], [-2.0]]), np.array([0.0])
linear = affine(affine(x, W1, b1), W2, b2)[:, 0]
h = np.maximum(affine(x, W1, b1), 0)
y = affine(h, W2, b2)[:, 0]                     # (2.8)
one = affine(x, W1 @ W2, b1 @ W2 + b2)[:, 0]    # (2.7)
np.testing.assert_allclose(linear, one, atol=1e-15)
print("with ReLU   ", y)
print("without ReLU", linear, " as one layer", one)

# %%
x, t = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
h = np.maximum(x.sum(axis=1, keepdims=True) - [0, 1], 0)
with figure(2, size=(7.2, 3.2)) as (left, right):
    for ax, points in ((left, x), (right, h)):
        ax.plot(*points[t == 0].T, "o", color=palette.DATA, label="answer 0")
        ax.plot(*points[t == 1].T, "s", color=palette.FORWARD, label="answer 1")
    left.set(title="Inputs: no line separates", xlabel="x1", ylabel="x2")
    right.set(title="Hidden layer: a line does", xlabel="h1", ylabel="h2")
    right.plot([0.25, 2.25], [-0.125, 0.875], color=palette.INK, linestyle="--")
    left.legend(loc="center")

# %% [markdown]
# The left panel shows the four inputs, the right panel the same four after the hidden layer. The ReLU has folded the
# plane: both inputs with answer 1 lie on the same point, and one straight line ($h_1 - 2 h_2 = \tfrac12$, dashed) now
# separates the answers.
#
# **What we have:** a reason for activations: they make new coordinates. **What it costs:** the slope formulas of
# section 3. **What is missing:** the last layer gives scores; an answer should be probabilities.

# %% [markdown]
# ## 5. Softmax: scores into probabilities
#
# The last layer gives ten scores $z_1 \dots z_K$, called **logits**. "Score 7 for class 3" means nothing by itself. We
# want numbers that are positive, add up to 1, and keep the order. The exponential is positive and keeps the order.
# Dividing by the sum makes the total 1:
#
# $$p_k = \frac{e^{z_k}}{\sum_{j} e^{z_j}} \tag{2.9}$$

# %%
def naive_softmax(z):
    """(2.9) as it stands, one example per row."""
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)

p = naive_softmax(np.array([[2.0, 1.0, -1.0], [0.0, 0.0, 0.0]]))
print(p, " rows add up to", p.sum(axis=1))

# %% [markdown]
# `axis=1` sums along each row, and `keepdims=True` keeps the sums as a column of shape (N, 1), so that each row is
# divided by its own sum.
#
# **Predict:** what is the probability of the last class for the logits 1000, 1001, 1002?

# %%
guess("02-large", "The probability of the logit 1002")

# %%
z = np.array([[0.0, 1.0, 2.0], [1000.0, 1001.0, 1002.0]])
with np.errstate(over="ignore", invalid="ignore"):    # no warnings here
    print(naive_softmax(z))
print(f"the largest number of this kind: {np.finfo(float).max:.4g};  "
      f"its logarithm: {np.log(np.finfo(float).max):.4g}")

# %% [markdown]
# $e^{1000}$ is larger than the largest number a float can hold: it becomes infinite, and infinity divided by infinity
# is `nan`, not a number. Yet the right answer is harmless. Multiply numerator and denominator by $e^{-m}$, for any
# number $m$:
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} = \frac{e^{-m}\, e^{z_k}}{e^{-m} \sum_j e^{z_j}}
# = \frac{e^{z_k - m}}{\sum_j e^{z_j - m}} \tag{2.10}$$
#
# Only differences of logits count. With $m = \max_j z_j$ the largest exponent is 0. Nothing can overflow, and the sum
# is at least 1.

# %%
def softmax(z):                 # (2.10) with m the largest logit of each row
    return naive_softmax(z - z.max(axis=1, keepdims=True))

z = np.array([[0.0, 1.0, 2.0], [1000.0, 1001.0, 1002.0]])
print(softmax(z))
np.testing.assert_allclose(softmax(z), functions.softmax(z)[0])
answer("02-large", softmax(z)[1, 2])

# %% [markdown]
# Both rows are the same, as (2.10) says. The check compares with the library. Its `functions` return two things:
# the output, and a function called `backward` that lesson 03 explains; `[0]` takes the output.
#
# Losses need the *logarithm* of a probability. Take the logarithm of (2.10) with $m = \max_j z_j$:
#
# $$\ln p_k = z_k - \underbrace{\Big(m + \ln \sum_j e^{z_j - m}\Big)}_{\text{log-sum-exp of } z} \tag{2.11}$$
#
# **Predict:** for logits 1000 and 0, what is $\ln p_2$ by (2.11)?

# %%
guess("02-log", "ln p of the second class, by (2.11)")

# %%
def log_sum_exp(z):
    """ln of the sum of exp(z) along each row: the bracket in (2.11)."""
    m = z.max(axis=1)
    return m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))

z = np.array([[1000.0, 0.0]])
with np.errstate(divide="ignore"):
    print("logarithm of softmax:", np.log(softmax(z)))
log_p = z - log_sum_exp(z)[:, np.newaxis]                   # (2.11)
print("by log-sum-exp:      ", log_p)
np.testing.assert_allclose(log_p, functions.log_softmax(z)[0])
answer("02-log", log_p[0, 1])

# %% [markdown]
# The stable softmax rounds $e^{-1000}$ to 0, and the logarithm of 0 is $-\infty$. Log-sum-exp never forms the small
# probability and gives −1000.
#
# **What we have:** probabilities that survive any logits. **What it costs:** one maximum per row. **What is missing:**
# a number that says how wrong they are. Exercise 02-2 asks for the softmax.

# %% [markdown]
# ## 6. Losses: how wrong is an answer?
#
# Lesson 01 used the squared error. For $N$ examples with one output each, the library takes the mean:
#
# $$L = \frac1N \sum_n (y_n - t_n)^2 \tag{2.12}$$
#
# For classes there is a better question: how probable did the network call the right answer? The **cross-entropy** is
# minus the logarithm of that probability, averaged. With (2.11), and "lse" short for log-sum-exp, it comes
# straight from the logits:
#
# $$L = -\frac1N \sum_n \ln p_{n,t_n} = \frac1N \sum_n \big(\mathrm{lse}(z_n) - z_{n,t_n}\big) \tag{2.13}$$
#
# A certain and right answer costs 0. An answer of one tenth costs $\ln 10$. The unit is the nat, because the logarithm
# is natural.

# %%
def cross_entropy(z, t):        # (2.13), from logits z (N, K) and labels t (N,)
    return (log_sum_exp(z) - z[np.arange(len(t)), t]).mean()

z, t = np.array([[2.0, 1.0, -1.0], [0.0, 0.0, 0.0]]), np.array([0, 2])
loss = cross_entropy(z, t)
np.testing.assert_allclose(loss, losses.softmax_cross_entropy(z, t)[0])
print(f"cross-entropy {loss:.4f} nats;  the second row alone: ln 3 = {np.log(3):.4f}")

# %% [markdown]
# `z[np.arange(N), t]` picks from row $n$ the entry $t_n$. Two more losses are in use.
#
# **Binary cross-entropy** is the case of one logit and a yes or no, $p = s(z)$, $t$ either 0 or 1. Since
# $1 - s(z) = e^{-z} s(z)$, we have $\ln(1-p) = \ln p - z$ and $\ln p = z - \ln(1+e^z)$, so
#
# $$L = -t\ln p - (1-t)\ln(1-p) = \ln(1+e^z) - t z . \tag{2.14}$$
#
# **Hinge loss** asks for no probability. Every wrong class should stay a margin of 1 below the right one, and pays for
# what is missing:
#
# $$L = \frac1N \sum_n \sum_{k \ne t_n} \max(0,\; z_{nk} - z_{n,t_n} + 1) \tag{2.15}$$

# %%
def hinge(z, t):
    """(2.15), for logits z (N, K) and labels t (N,)."""
    rows = np.arange(len(t))
    gap = z - z[rows, t][:, np.newaxis] + 1
    gap[rows, t] = 0            # the right class does not compete with itself
    return np.maximum(gap, 0).sum() / len(t)

z, t = np.array([[2.0, 1.5, -1.0], [0.0, 3.0, 0.5]]), np.array([0, 2])
print("by hand: row 1 pays 0.5 + 0, row 2 pays 0.5 + 3.5, mean 2.25")
print("code:   ", hinge(z, t))
np.testing.assert_allclose(hinge(z, t), losses.hinge(z, t)[0])

# %% [markdown]
# Why not squared error for everything? Take a sigmoid unit that is sure and wrong: $p = 0.999$, but $t = 0$. The slopes
# at its logit, by the chain rule for the first and from (2.14) for the second:
#
# $$\begin{aligned} \frac{\mathrm d}{\mathrm dz}(p - t)^2 &= 2\,(p-t)\;p\,(1-p) \\
# \frac{\mathrm d}{\mathrm dz}\big(\ln(1+e^z) - t z\big) &= p - t \end{aligned} \tag{2.16}$$
#
# **Predict:** how many times as many descent steps does the squared error need to bring $p$ below one half?

# %%
guess("02-steps", "How many times as many steps with squared error?")

# %%
def binary_cross_entropy(z, t):
    """(2.14): logaddexp(0, z) is ln(e^0 + e^z), without overflow."""
    return (np.logaddexp(0, z) - t * z).mean()

def slopes(p, t):
    """(2.16): dL/dz of the squared error and of the cross-entropy."""
    return {"squared error": 2 * (p - t) * p * (1 - p), "cross-entropy": p - t}

z, t = np.log([999.0]), np.array([0.0])                     # s(z) = 0.999
expected = losses.binary_cross_entropy(z, t)[0]
np.testing.assert_allclose(binary_cross_entropy(z, t), expected)
measured = numerical_gradient(lambda z: binary_cross_entropy(z, t), z)
np.testing.assert_allclose(measured, slopes(sigmoid(z), t)["cross-entropy"])
for name, slope in slopes(0.999, 0).items():
    print(f"{name}: slope {slope:.4g}")

# %%
paths = {name: [7.0] for name in ("squared error", "cross-entropy")}
for name, path in paths.items():
    while path[-1] > 0:                                     # p > 1/2
        path.append(path[-1] - 0.5 * slopes(sigmoid(path[-1]), 0)[name])
    print(f"{name}: {len(path) - 1} steps with learning rate 0.5 until p < 1/2")
ratio = np.divide(*(len(path) - 1 for path in paths.values()))
answer("02-steps", ratio, form="{:.0f}")

# %%
with figure() as ax:
    ax.set_prop_cycle(color=[palette.FOURTH, palette.FORWARD], linestyle=["-", "--"])
    for name, path in paths.items():
        ax.plot(sigmoid(np.array(path)), label=name)
    ax.legend(loc="lower left")
    ax.set(xscale="symlog", xlabel="step", ylabel="p", title="Squared error stalls")

# %% [markdown]
# Both start at $z = 7$. In the figure (steps on a logarithmic axis), $p$ falls to one half within a few steps of
# cross-entropy, and stays near 1 for hundreds of steps of squared error: the factor $p(1-p)$, the sigmoid's slope, is tiny
# where the sigmoid is flat. The logarithm in the cross-entropy cancels this factor. "Cost function represents the square of
# the difference", says article D of lesson 00's list; it is one cost function of several, and not the one to classify with.
#
# The explorer asks: how large is each loss when the answer is wrong, and how hard does it push? With one logit, hinge loss
# is $\max(0, 1-z)$ for $t=1$ and $\max(0, 1+z)$ for $t=0$.

# %%
lesson02.loss_explorer()

# %% [markdown]
# Move the logit to the wrong side and watch the right panel: the slope of the squared error sinks again, the other two
# stay near 1. On the right side beyond the margin, hinge loss stops pushing.
#
# **What we have:** four losses. **What it costs:** one pass over the logits. **What is
# missing:** the whole network. Exercises 02-3 and 02-4 ask for cross-entropy and hinge loss.

# %% [markdown]
# ## 7. The whole network
#
# Article E of lesson 00's list, "Backpropagation in Machine Learning – Complete Guide", imagines a digit reader: "an input layer for
# pixels, three hidden layers with sigmoid activation functions". We build it. The article gives it "one output layer
# that gives us a probability between 0 and 1 of which digit". One such number cannot say which of ten digits it is:
# there must be **ten outputs**.
#
# With $f_i(x) = x W_i + b_i$, the network is a function of a function of a function:
#
# $$p = \mathrm{softmax}\big(f_4(s(f_3(s(f_2(s(f_1(x)))))))\big) \tag{2.17}$$

# %%
SIZES = (64, 32, 24, 16, 10)    # pixels, three hidden layers, ten digits

def digit_network(rng):
    """Three hidden sigmoid layers, then ten logits; random weights."""
    init = partial(initializers.glorot, gain=4)
    layers = []
    for n_in, n_out in zip(SIZES, SIZES[1:]):
        layers += [Dense(n_in, n_out, rng=rng, init=init), Sigmoid()]
    return Sequential(*layers[:-1])         # no sigmoid after the last: logits

untrained = digit_network(np.random.default_rng(2))
untrained

# %% [markdown]
# `Dense` holds the `W` and `b` of one layer, `Sequential` calls its layers one after another, and `glorot` draws the
# first weights at random; lessons 04 and 07 explain them (`gain=4` makes up for the sigmoid's slope of at most ¼). Nothing in it is new: the next cell does the same with the
# functions of this lesson, and records every array on the way.

# %%
def forward(net, x):
    """(2.17): every array from pixels to probabilities."""
    arrays, p = [x], [param.data for param in net.params]       # W1, b1, W2, b2, ...
    for W, b in zip(p[0::2], p[1::2]):
        z = affine(arrays[-1], W, b)
        arrays.append(sigmoid(z))
    return [*arrays[:-1], softmax(z)]

arrays = forward(untrained, digits.x_test)
print(" -> ".join(str(a.shape) for a in arrays))
np.testing.assert_allclose(arrays[-1], softmax(predict(untrained, digits.x_test)))

# %% [markdown]
# How large is this network? A layer with $n_{i-1}$ inputs and $n_i$ units has $n_{i-1} n_i$ weights and $n_i$ biases.
# For one example it does one multiplication and one addition, a *multiply-add*, per weight:
#
# $$\begin{aligned} \text{parameters} &= \sum_i (n_{i-1}\, n_i + n_i) \\
# \text{multiply-adds} &= \sum_i n_{i-1}\, n_i \end{aligned} \tag{2.18}$$
#
# **Predict:** one of the four layers holds the most parameters. Roughly what share?

# %%
guess("02-share", "The share of the largest layer", unit="%")

# %%
counts = [n_in * n_out + n_out for n_in, n_out in zip(SIZES, SIZES[1:])]
multiply_adds = sum(n_in * n_out for n_in, n_out in zip(SIZES, SIZES[1:]))      # (2.18)
assert sum(counts) == sum(param.data.size for param in untrained.params)
print(f"parameters {counts}, together {sum(counts)}")
print(f"multiply-adds per example {multiply_adds}")
answer("02-share", 100 * max(counts) / sum(counts), form="{:.0f}")

# %% [markdown]
# The first layer holds more than half: many inputs meet many units there. The cost of a prediction grows with the number
# of *weights*. Exercise 02-5 asks for both counts.
#
# Now train it. The next lines are what lessons 03 and 04 build. For now, read them as the descent step of lesson 01,
# taken by all parameters at once, on 32 images at a time; `momentum` lets a step remember the one before.
#
# **Predict:** a network that calls all ten digits equally probable pays $\ln 10$ nats per image. Will the
# untrained network pay more or less?

# %%
guess("02-untrained", "The untrained network pays", choices=("more", "less"))

# %%
def trained(seed):
    rng = np.random.default_rng(seed)
    net = digit_network(rng)
    batches = Batches(digits.x_train, digits.t_train, 32, rng=rng)
    optimizer = SGD(net.params, lr=0.2, momentum=0.9)
    for _ in training(net, losses.softmax_cross_entropy, optimizer, batches, 6):
        pass
    return net

# %%
x, t = digits.x_test, digits.t_test
before = [digit_network(np.random.default_rng(seed)) for seed in range(8)]
after = [trained(seed) for seed in range(8)]
print(f"undecided: right 10.0 %, loss {np.log(10):.4f} nats")
for name, networks in (("untrained", before), ("trained", after)):
    right = [100 * evaluate(net, x, t) for net in networks]
    paid = [cross_entropy(predict(net, x), t) for net in networks]
    print(f"{name}: right {min(right):.1f} to {max(right):.1f} %,",
          f"loss {min(paid):.4f} to {max(paid):.4f} nats")
    if name == "untrained":
        dearest = "more" if min(paid) > np.log(10) else "less"
better = sum(np.array(right) > 100 * templates)
print(f"better than the templates of section 2: {better} of {len(after)} starts")
answer("02-untrained", dearest)

# %% [markdown]
# Untrained, each pays more than the undecided would: with such large starting weights it is sure of itself and wrong. Six times through the training
# images changed that. The start matters:
# 6 of the 8 read better than the ten templates of section 2, the other two do not.
#
# The first explorer asks: what do the units do with a digit, before and after training? Each circle is a unit, shaded by
# its activation. Lines are the strongest signals: purple pushes the next unit up, orange down. The second opens one unit:
# what does it add up? In the first hidden layer weights and products are pictures, in later layers bars. This is equation
# (2.1) again, with learnt weights.

# %%
lesson02.network_explorer(untrained, after[2])

# %%
lesson02.unit_explorer(after[2])

# %% [markdown]
# Last, give the network something of your own. Move the pen with the sliders, then press *Paint*; *Paint, go right* and
# *Paint, go down*, pressed several times, draw strokes. Can you turn one digit into another with a few pixels? What does
# the network say about a blank page, and how sure is it?

# %%
lesson02.drawing_explorer(after[2])

# %% [markdown]
# It always gives ten probabilities that add up to 1, also for scribbles: softmax has no way of saying "none of these".
#
# **What we have:** the complete way from pixels to a loss. **What is missing:** how one loss tells thousands of weights
# which way to step. We need $\partial L/\partial W$, the slope of the loss with respect to every single weight: one
# number per weight, so an array of the same shape as $W$. It appears on every page from here on, and code cannot
# hold a fraction. So, from now on, in text and code,
#
# $$\mathrm dW \;\text{ abbreviates }\; \frac{\partial L}{\partial W}, \qquad
# \text{and likewise } \mathrm db,\ \mathrm dz,\ \mathrm dx. \tag{2.19}$$

# %% [markdown]
# ## Summary
#
# - A layer is $xW + b$, one example per row; an activation follows, or all layers collapse into one.
# - The sigmoid's slope is $s(1-s)$, at most $\tfrac14$.
# - Softmax makes probabilities; subtract the largest logit first. Logarithms of probabilities go through log-sum-exp.
# - Cross-entropy from logits has the slope $p - t$ and does not stall where squared error does.
# - A network is a function of a function. Its cost is one multiply-add per weight and example.
# - `dW` abbreviates $\partial L/\partial W$ and has the shape of $W$.
#
# Lesson 03 asks how one error reaches all the weights.

# %% [markdown]
# ## Exercises
#
# In `exercises/02_forward_pass.ipynb`, from easy to hard: 02-0 the affine map in indices (*derive*); 02-1 the affine
# layer and 02-5 counting (*fill in*); 02-2 softmax, 02-4 hinge loss, 02-3 cross-entropy from logits and 02-6 slopes of four activations (*write*).
#
# ## Further reading
#
# - {source rumelhart1986}: layers of logistic units.
# - {source bridle1990}: softmax.
# - {source weston1999}: the multi-class hinge loss.
# - {source bishop2006}: section 4.3.
# - {source goodfellow2016}: chapter 6.
