# %% [markdown]
# # Exercises to lesson 04, Backpropagation in matrices
#
# The lesson: [04 Backpropagation in matrices](../notebooks/04_backpropagation_in_matrices.ipynb). Conventions: one example in each row, $y = xW + b$ with $W$ of shape (D, K);
# `dy` is $\partial L/\partial y$ and has the shape of `y`; the loss is a mean over the batch, so $1/N$ is already in `dy`.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# In the derivation each step has its question beside it. Replace the dots by your answer, and check after every step.
# In a bug hunt the function is complete, and wrong. Delete the line that raises, find the fault, repair it.

# %%
import numpy as np

from course_lib import (SGD, Batches, Dense, ReLU, Sequential, affine, load_digits,
                        relu, softmax_cross_entropy, train_step)
from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 04-0}
#
# Derive the three gradients of $y = xW + b$ on paper, with indices. $n$ counts the $N$ rows, $d$ the $D$ inputs, $k$ the $K$ outputs.
#
# Where a formula is asked for, write a small function. Its arguments are named in the comment: whole arrays, and the indices of the one entry that is wanted.
# In the other steps choose one of the answers. "Acts on" asks which entries of $y$ change when this entry changes: `"every n"` means one output of all rows, `"every k"` all outputs of one row, `"both"` all of $y$.
#
# The chain rule adds over everything that an entry acts on:
#
# $$\frac{\partial L}{\partial W_{dk}} = \sum \mathrm{d}y \cdot \text{slope}$$

# %% task="04-0"

# %%
check("04-0", derive_affine)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write out $y_{nk}$ for two rows, two inputs and two outputs, eight products in all. Underline one weight wherever it occurs. Then underline one input.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $y_{nk} = \sum_d x_{nd} W_{dk} + b_k$. The weight $W_{dk}$ occurs in $y_{nk}$ for every $n$, with the factor $x_{nd}$: $\ \partial L/\partial W_{dk} = \sum_n \mathrm{d}y_{nk}\, x_{nd}$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# $x_{nd}$ occurs in $y_{nk}$ for every $k$, with the factor $W_{dk}$: $\ \partial L/\partial x_{nd} = \sum_k \mathrm{d}y_{nk}\, W_{dk}$. And $b_k$ occurs in $y_{nk}$ for every $n$, with the factor 1.
# A matrix product sums over the inner index. Transpose what has the summed index on the outside: $x^\top \mathrm{d}y$ sums over $n$, $\mathrm{d}y\, W^\top$ over $k$.
# </details>

# %% [markdown]
# {task 04-1}
#
# Return `dx`, `dW`, `db`, in this order, by the formulas that you derived in 04-0, for whole arrays.

# %% task="04-1"

# %%
check("04-1", affine_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the three shapes of the results below the two shapes that each is made of. The axis that disappears is the one that is summed.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\partial L/\partial W_{dk} = \sum_n x_{nd}\,\mathrm{d}y_{nk}$: a sum over the first axis of both.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dx = dy @ ...           # (N, K) times (K, D)
# dW = ... @ dy           # (D, N) times (N, K)
# db = dy.sum(axis=...)   # b was added to every row
# return dx, dW, db
# ```
# </details>

# %% [markdown]
# {task 04-2}
#
# Return `dx`. At $x = 0$ exactly, the gradient is 0. Leave `dy` as it is.
#
# $$\mathrm{d}x = \mathrm{d}y \odot [x > 0] \tag{4.12}$$

# %% task="04-2"

# %%
check("04-2", relu_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Relu is a gate. Which array decides whether it is open?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm{d}x_i = \mathrm{d}y_i$ where $x_i > 0$, else 0. In NumPy, `x > 0` counts as 1 and 0 in a product.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# gate = ...              # True where the value passed
# return dy * gate        # a new array: dy itself stays as it was
# ```
# </details>

# %% [markdown]
# {task 04-3}
#
# Return `dz` for the mean over the batch. Logits may lie anywhere between −1000 and 1000.
#
# $$\mathrm{d}z = \frac1N \bigl(p - \mathrm{onehot}(t)\bigr), \qquad p = \mathrm{softmax}(z) \tag{4.14}$$

# %% task="04-3"

# %%
check("04-3", softmax_cross_entropy_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# First the probabilities, safely. Then change one entry in each row. Then think of the mean.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $p_{nk} = e^{z_{nk} - m_n} / \sum_j e^{z_{nj} - m_n}$ with $m_n$ the largest logit of row $n$. `p[np.arange(N), t]` picks the entry of each row's label.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# e = np.exp(z - ...)                   # the largest exponent of each row is 0
# dz = e / ...                          # each row sums to 1
# dz[np.arange(len(t)), t] -= ...       # the one-hot labels
# return dz / ...                       # the mean over the batch
# ```
# </details>

# %% [markdown]
# {task 04-4}
#
# An array of shape `shape` was repeated by NumPy to the shape of `dy`. Return its gradient: the sum over all its copies.
# NumPy aligns shapes at their ends, puts axes in front, and repeats axes of length 1.
#
# $$\mathrm{d}g = \sum_{\text{copies}} \mathrm{d}\tilde g \tag{4.17}$$

# %% task="04-4"

# %%
check("04-4", broadcast_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# There are two kinds of repeated axes. One kind has to disappear from the result, the other has to stay, with length 1.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The axes in front are $0, 1, \dots$, as many as `dy.ndim - len(shape)`. `sum` takes a tuple of axes, and the empty tuple changes nothing.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# in_front = tuple(range(...))                              # axes that NumPy added
# dx = dy.sum(axis=in_front)                                # they disappear
# repeated = tuple(i for i, n in enumerate(shape) if ...)   # axes of length 1
# return dx.sum(axis=repeated, keepdims=...)                # they stay
# ```
# </details>

# %% [markdown]
# {task 04-5}
#
# Return the gradient of `f` at `x` by central differences, with $h$ near $10^{-5}$ (4.20), at least $10^{-7}$ and at most $10^{-3}$. Move one entry at a time, in arrays of any shape.
# Leave `x` exactly as it was. An array of whole numbers must work too (its gradient has fractions), an entry of 0, and an array without axes.
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h e_i) - f(x - h e_i)}{2h}$$
#
# Here $e_i$ is 1 at entry $i$, else 0: equation (4.19) for one entry.

# %% task="04-5"

# %%
check("04-5", numerical_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `np.ndindex(x.shape)` runs through all places of an array, whatever its shape. What can an array of whole numbers not hold?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Two evaluations for each entry, one above and one below, and the distance between the two points is $2h$. `np.array(x, dtype=float)` is a copy as floats.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# x, h = np.array(x, dtype=float), 1e-5     # a copy: the caller's x stays
# gradient = np.zeros_like(x)
# for i in np.ndindex(x.shape):
#     kept = x[i]
#     x[i] = kept + h
#     above = ...
#     x[i] = ...
#     below = ...
#     x[i] = kept                           # before the next entry
#     gradient[i] = ...
# return gradient
# ```
# </details>

# %% [markdown]
# {task 04-6}
#
# The network, from the images to the loss:
#
# $$\begin{aligned} z_1 &= x W_1 + b_1, \quad h = \mathrm{relu}(z_1), \quad z_2 = h W_2 + b_2 \\
# L &= \text{softmax cross-entropy of } z_2 \text{ and } t \end{aligned}$$
#
# Return `loss, dW1, db1, dW2, db2`. Where $z_1$ is exactly 0, the gradient through relu is 0. Logits may lie anywhere between −1000 and 1000.
# Use NumPy only; you may call your own functions from above.

# %% task="04-6"

# %%
check("04-6", two_layer_gradients)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the forward first, one line for each rule, and keep every value. Then write one backward line for each forward line, from the last to the first.
# </details>
# <details><summary>Hint 2: the key equations</summary>
#
# $\mathrm{d}z_2$ by (4.14). Then $\mathrm{d}W_2 = h^\top \mathrm{d}z_2$ and $\mathrm{d}h = \mathrm{d}z_2 W_2^\top$. Then $\mathrm{d}z_1 = \mathrm{d}h \odot [z_1 > 0]$. The loss is the mean of $\ln \sum_j e^{z_{nj}} - z_{n t_n}$, (4.13).
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# z1 = ...
# h = ...
# z2 = ...
# loss = ...                                    # (4.13), the largest logit subtracted
# dz2 = softmax_cross_entropy_backward(z2, t)
# dh, dW2, db2 = affine_backward(dz2, h, W2)
# dz1 = ...                                     # through the gate
# dx, dW1, db1 = ...                            # dx is not returned
# return loss, dW1, db1, dW2, db2
# ```
# </details>

# %% [markdown]
# {task 04-7}
#
# The rule is $y = g \odot x + b$: each feature has its own gain $g_d$ and offset $b_d$, the same for all rows. With one row, its gradients are right. With more, one of them is wrong.
# Delete the line that raises, and repair the function.

# %% task="04-7"

# %%
check("04-7", gain_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Run `check` on the function as you found it. Which result does it name? Write this gradient with indices.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\partial L/\partial g_d = \sum_n \mathrm{d}y_{nd}\, x_{nd}$. Is a sum of products the product of the sums?
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dg = (...).sum(axis=0)      # what is multiplied before the sum is taken?
# ```
# </details>

# %% [markdown]
# {task 04-8}
#
# A small autoencoder encodes with $W$ and decodes with its transpose: $h = \mathrm{relu}(xW)$, $y = h W^\top$. The loss is the mean of $(y - x)^2$ over all entries, and the slope of relu at 0 is 0. It trains badly.
# Delete the line that raises, and repair the function.

# %% task="04-8"

# %%
check("04-8", tied_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# How often does $W$ occur in the forward? How many contributions must its gradient have?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm{d}W = x^\top \mathrm{d}z + \mathrm{d}y^\top h$: the first from the encoder, the second from the decoder. Lesson 03 calls it accumulation.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dW = dy.T @ h               # the decoder's contribution
# ...
# dW ...  x.T @ dz            # the encoder's: which operator?
# ```
# </details>

# %% [markdown]
# {task 04-9}
#
# One step of descent for $h = \tanh(x W_1)$, $y = h W_2$, with the mean of $(y - t)^2$ over all entries as the loss. The loss falls, but a gradient check of this step fails.
# Delete the line that raises, and repair the function. It returns the new weights in new arrays, and must not change the old ones.

# %% task="04-9"

# %%
check("04-9", descent_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Every line is a right formula. Read the lines in their order: which value does each one see?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm{d}h = \mathrm{d}y\,W_2^\top$ with the $W_2$ that made $y$. All gradients come before all updates, as in `train_step`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dh = ...                    # first: the old W2 is still there
# W2 = W2 - lr * ...
# W1 = W1 - lr * ...
# return W1, W2
# ```
# </details>

# %% [markdown]
# ## Your rules train a network
#
# The rules below have the library's forward and *your* backward. They replace the rules of two dense layers, the relu between them and the loss.
# When 04-1 to 04-3 are done, your lines train the network on the digits; until then the last cell says so.

# %%
def my_affine(x, W, b):
    y, _ = affine(x, W, b)
    return y, lambda dy: affine_backward(dy, x, W)

def my_relu(x):
    y, _ = relu(x)
    return y, lambda dy: relu_backward(dy, x)

def my_loss(z, t):
    value, _ = softmax_cross_entropy(z, t)
    return value, lambda: softmax_cross_entropy_backward(z, t)

# %%
def train_with_my_rules(epochs=3):
    digits, rng = load_digits(), np.random.default_rng(4)
    net = Sequential(Dense(64, 32, rng=rng), ReLU(), Dense(32, 10, rng=rng))
    net.layers[0].rule = net.layers[2].rule = my_affine
    net.layers[1].rule = my_relu
    optimizer = SGD(net.params, lr=0.1, momentum=0.9)
    for _ in range(epochs):
        for x, t in Batches(digits.x_train, digits.t_train, 32, rng=rng):
            train_step(net, my_loss, optimizer, x, t)
    return np.mean(net(digits.x_test)[0].argmax(axis=1) == digits.t_test)

try:
    print("accuracy on held-out digits above 0.9:", train_with_my_rules() > 0.9)
except NotImplementedError as error:
    print(f"not done yet: {error}")
