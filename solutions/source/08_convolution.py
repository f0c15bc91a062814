# %% [markdown]
# # 08 Convolution: exercises
#
# Write the body of each function, run its cell, then run the check below it. A check runs a small case, then random ones, and names the likely mistake.
# Hints come in three steps; open one when you are stuck. Loops over places are welcome here: the aim is that every index is right, not that it is fast.
#
# As in lesson 08: images (N, C, H, W), kernels (F, C, k, k), maps (N, F, H′, W′), `stride` is $s$, and `dy` is $\partial L/\partial y$.
# Apart from 08-1 there is no padding.

# %%
import numpy as np

from course_lib import (SGD, Batches, Conv2D, Dense, Flatten, MaxPool2D, ReLU,
                        Sequential, load_digits, softmax_cross_entropy, train_step)
from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 08-0}
#
# Find the gradients of kernel and input on paper, then replace each `...` in the dict by a choice or a small function. Functions may use loops, `sum` or NumPy.
#
# The indices: image $n$, map $f$, place $(i, j)$ of the map, channel $c$, place $(u, v)$ of the kernel, place $(q, r)$ of the image.
# The window of output $(i, j)$ starts at row $is$ and column $js$. The output is the sum of the window, in all channels, times the kernel of its map, plus its bias.
# `u` asks for the row of the kernel that pixel row $q$ met in window row $i$. It may fall outside $0 \dots k - 1$.

# %% task="08-0"

# %%
check("08-0", derive_convolution)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write down $y_{nfij}$ with its sum, and underline one weight $K_{fcuv}$. Which indices of $y$ may change while this weight still stands in the sum? Then do the same with one pixel.
# </details>
# <details><summary>Hint 2: the key fact</summary>
#
# What was used several times is paid several times, and the payments are added. One payment is $\mathrm dy_{nfij}$ times the factor that stood beside it.
# A pixel in row $q$ met row $u$ of the kernel if $q = is + u$. If $u$ is not one of $0 \dots k - 1$, the window does not hold the pixel.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# "dK[f, c, u, v]": lambda dy, x, s, f, c, u, v: sum(
#     dy[n, f, i, j] * x[..., ..., ..., ...]
#     for n, i, j in np.ndindex(dy[:, f].shape)),
# "dx[n, c, q, r]": lambda dy, K, s, n, c, q, r: sum(
#     dy[n, f, i, j] * K[..., ..., ..., ...]
#     for f, i, j in np.ndindex(dy[n].shape)
#     if 0 <= ... < K.shape[2] and 0 <= ... < K.shape[3]),
# ```
# </details>

# %% [markdown]
# {task 08-1}
#
# A side of `n` pixels gets a frame of `padding` on both ends. A window of `k` starts at $0, s, 2s, \dots$ and must end inside.
# How many windows are there? At least one fits. A window that does not fit whole is not counted. `4.0` counts as `4`.

# %% task="08-1"

# %%
check("08-1", output_size)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Where may the last window start? How many steps of $s$ lead there? Count fence posts, not gaps.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $n' = \lfloor (n + 2p - k)/s \rfloor + 1$. In Python, `//` divides and rounds down.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# last_start = ...                      # of a window that still fits
# return last_start // ... + ...
# ```
# </details>

# %% [markdown]
# {task 08-2}
#
# Every output is the sum of a window, in all channels, times the kernel of its map, plus the bias of its map: the first step of 08-0, for all outputs.
# `stride` may be larger than k.
# Start with one image, one channel and one map if you like; then add the other loops.

# %% task="08-2"

# %%
check("08-2", conv_forward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# One output needs one window, of shape (C, k, k), and one kernel, of the same shape. `np.ndindex(y.shape)` runs through all outputs.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The window of output $(i, j)$ starts at row $is$ and column $js$. In NumPy: `x[n, :, r:r + k, c:c + k]`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# (N, C, H, W), (F, _, k, _) = x.shape, K.shape
# rows, columns = ...                         # 08-1 without padding
# y = np.zeros((N, F, rows, columns))
# for n, f, i, j in np.ndindex(y.shape):
#     r, c = ...                              # where the window starts
#     window = ...
#     y[n, f, i, j] = ...                     # products, sum, bias
# return y
# ```
# </details>

# %% [markdown]
# {task 08-3}
#
# Return the matrix whose rows are the windows of one image: in reading order, and each window flattened with the channel as the slowest index,
# as `K.reshape(F, -1)` flattens a kernel. Then a convolution is one matrix product (8.4).

# %% task="08-3"

# %%
check("08-3", image_to_rows)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Cut out the windows as in 08-2 and collect them in a list. Which loop is the outer one in reading order?
# </details>
# <details><summary>Hint 2: the key fact</summary>
#
# `ravel()` of an array of shape (C, k, k) runs through the last index first, through the channel last: just as wanted.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# C, H, W = x.shape
# found = []
# for i in range(...):                        # rows of the map
#     for j in range(...):                    # columns of the map
#         found.append(...)                   # the window, flattened
# return np.array(found)
# ```
# </details>

# %% [markdown]
# {task 08-4}
#
# A weight was used at every place of every image, and so was a bias. Return `dK`, by the formula that you derived in 08-0, and `db`.
# The images may have last rows and columns that no window holds; `k` is the side of the kernel.

# %% task="08-4"

# %%
check("08-4", kernel_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Go through all outputs, as in 08-2. Each pays to the kernel of its map what this kernel was multiplied by.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# One output pays $\mathrm dy_{nfij} \times$ window to `dK[f]`. Payments add up. For `db`, which axes of `dy` are summed, and which one stays?
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dK = np.zeros((..., ..., k, k))
# for n, f, i, j in np.ndindex(dy.shape):
#     r, c = ...
#     dK[f] ... dy[n, f, i, j] * ...          # which operator?
# db = dy.sum(axis=...)
# return dK, db
# ```
# </details>

# %% [markdown]
# {task 08-5}
#
# A pixel lies in several windows, and every map used it. Each output pays to the pixels of its window the weights that they were multiplied by,
# times its own `dy`: the formula that you derived in 08-0, for all pixels. `shape` is the shape of `x`. A pixel that no window holds gets 0.

# %% task="08-5"

# %%
check("08-5", input_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Do not go through the pixels and ask which windows held them. Go through the outputs, and let each pay its window.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# One output pays $\mathrm dy_{nfij} K_f$, an array of shape (C, k, k), to the window that starts at $(is, js)$ of image $n$. With $q = is + u$ this is the equation of 08-0.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dx, k = np.zeros(shape), K.shape[-1]
# for n, f, i, j in np.ndindex(dy.shape):
#     r, c = ...
#     dx[n, :, ...] ... dy[n, f, i, j] * ...  # windows overlap: which operator?
# return dx
# ```
# </details>

# %% [markdown]
# {task 08-6}
#
# Windows of k × k that do not overlap (the stride is k). All of $\mathrm dy_{ncij}$ goes to the largest entry of its window; at a tie, to the first in reading order, row by row (8.9).
# `x` may hold integers; `dx` holds floats, as `dy` does.

# %% task="08-6"

# %%
check("08-6", max_pool_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `argmax` of a matrix counts its entries in reading order and tells the first largest one. Which row and column is entry number 5 of a window of 3 × 3?
# </details>
# <details><summary>Hint 2: the key fact</summary>
#
# `divmod(number, k)` gives row and column inside the window. The window starts at row $ik$ and column $jk$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dx = np.zeros(x.shape)
# for n, c, i, j in np.ndindex(dy.shape):
#     window = ...
#     u, v = divmod(..., k)                   # the winner's place in the window
#     dx[n, c, ..., ...] = ...                # its place in the image
# return dx
# ```
# </details>

# %% [markdown]
# {task 08-7}
#
# `layers` lists (kernel, stride) from the first layer to the last; pooling counts as a layer. How many pixels along one side does a unit of the last layer see?
# Without any layer a unit is a pixel, and sees 1.
#
# $$r_l = r_{l-1} + (k_l - 1)\, g_{l-1}, \qquad g_l = g_{l-1}\, s_l, \qquad r_0 = g_0 = 1$$

# %% task="08-7"

# %%
check("08-7", receptive_field)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Two numbers change from layer to layer. Which one needs the old value of the other?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# A unit sees $k$ units of the layer below; the first is counted in $r_{l-1}$, the other $k - 1$ start $g_{l-1}$ pixels apart. Only then is $g$ multiplied by the stride.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# r = g = 1                                   # a pixel sees itself
# for k, s in layers:
#     r = ...
#     g = ...
# return r
# ```
# </details>

# %% [markdown]
# ## Your rules train a network
#
# The two rules below are made of *your* functions. They replace the rules of a convolution and of max pooling, in a small network on the 8 × 8 digits.
# When 08-2 and 08-4 to 08-6 are done, your loops train it beside a twin with the library's fast rules; until then the last cell says so.

# %%
def my_conv2d(x, K, b):
    def backward(dy, input_grad=True):
        dx = input_backward(dy, K, x.shape, 1) if input_grad else None
        return dx, *kernel_backward(dy, x, K.shape[-1], 1)
    return conv_forward(x, K, b, 1), backward

def my_max_pool2d(x):
    y = x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max(axis=(3, 5))
    return y, lambda dy: max_pool_backward(dy, x, 2)

# %%
def losses(mine, steps=40):
    digits, rng = load_digits(), np.random.default_rng(4)
    net = Sequential(Conv2D(1, 3, 3, rng=rng), ReLU(), MaxPool2D(2), Flatten(),
                     Dense(27, 10, rng=rng))
    if mine:
        net.layers[0].rule, net.layers[2].rule = my_conv2d, my_max_pool2d
    optimizer = SGD(net.params, lr=0.1, momentum=0.9)
    x = digits.x_train.reshape(-1, 1, 8, 8)
    batches = iter(Batches(x, digits.t_train, 16, rng=rng))
    return [train_step(net, softmax_cross_entropy, optimizer, *next(batches))
            for _ in range(steps)]

# %%
try:
    mine, library = losses(mine=True), losses(mine=False)
    np.testing.assert_allclose(mine, library, rtol=1e-9)
    print("mean loss of the first ten steps:", f"{np.mean(mine[:10]):.4f}")
    print("mean loss of the last ten steps: ", f"{np.mean(mine[-10:]):.4f}")
except NotImplementedError as error:
    print(f"not done yet: {error}")
