# %% [markdown]
# # Exercises to lesson 09, Backpropagation through time
#
# The lesson: [09 Backpropagation through time](../notebooks/09_backpropagation_through_time.ipynb). Conventions: sequences are time first, `xs[t]` is the batch at
# time $t$, one example in each row; $h_t = \tanh(x_t W + h_{t-1} U + b)$; `dhs[t]` is what the loss pays to $h_t$ directly; means over the batch are already in it.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# In a bug hunt the function is complete, and wrong. Delete the line that raises, find the fault, repair it.

# %%
import numpy as np

from course_lib import Adam, Parameter, rnn
from course_lib.data import adding_problem
from course_lib.exercises import check

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# ## 09-1 The backward of one recurrent step
#
# {task 09-1}
#
# The step was $y = \tanh(a)$ with $a = xW + hU + b$. Return `dx`, `dh`, `dW`, `dU`, `db`, in this order. You are given `y`, so the tanh need not be computed again.
#
# $$\mathrm da = \mathrm dy \odot (1 - y^2), \qquad \mathrm dh = \mathrm da\,U^\top, \qquad \mathrm dU = h^\top\,\mathrm da$$
#
# and the same with $x$ and $W$. $\mathrm db$ is a sum over the batch. This is the backward of equation (9.3).

# %% task="09-1"
def rnn_step_backward(dy, x, h, y, W, U):
    """The gradients of y = tanh(x W + h U + b).

    dy, h, y (N, H), x (N, D), W (D, H), U (H, H)
    ->  dx (N, D), dh (N, H), dW (D, H), dU (H, H), db (H,)
    """
    ### BEGIN SOLUTION
    da = dy * (1 - y * y)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)
    ### END SOLUTION

# %%
check("09-1", rnn_step_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Only one line is new compared with 04-1: the gradient passes the tanh first. Then there are two matrix products where there was one.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The slope of tanh is $1 - y^2$. After that, (4.5) to (4.7) hold for the pair $x, W$ and for the pair $h, U$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# da = dy * ...               # through tanh
# dx = da @ ...
# dh = da @ ...
# dW = ... @ da
# dU = ... @ da               # which state was multiplied by U?
# return dx, dh, dW, dU, da.sum(axis=...)
# ```
# </details>

# %% [markdown]
# ## 09-2 Backpropagation through time
#
# {task 09-2}
#
# Walk from the last step to the first. `hs[t]` is the state after step $t$, `h0` the one before the first. Return `dW`, `dU`, `db`, and `dh0`, the gradient of `h0`.
#
# $$\mathrm da_t = (\mathrm{dhs}_t + \mathrm dh) \odot (1 - h_t^2), \qquad \mathrm dh = \mathrm da_t\,U^\top \tag{9.4}$$
#
# $$\mathrm dW \leftarrow \mathrm dW + x_t^\top \mathrm da_t, \qquad \mathrm dU \leftarrow \mathrm dU + h_{t-1}^\top \mathrm da_t, \qquad \mathrm db \leftarrow \dots \tag{9.5}$$

# %% task="09-2"
def rnn_backward(dhs, xs, h0, hs, W, U):
    """The gradients of a tanh network run along a sequence.

    dhs, hs (T, N, H), xs (T, N, D), h0 (N, H), W (D, H), U (H, H)
    ->  dW (D, H), dU (H, H), db (H,), dh0 (N, H)
    """
    ### BEGIN SOLUTION
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(U[0])
    dh = np.zeros_like(h0)
    for t in reversed(range(len(xs))):
        before = hs[t - 1] if t else h0
        da = (dhs[t] + dh) * (1 - hs[t] ** 2)
        dW += xs[t].T @ da
        dU += before.T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
    return dW, dU, db, dh
    ### END SOLUTION

# %%
check("09-2", rnn_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# What is handed from step to step is one array, `dh`. What is collected are three.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# A state pays back to two: $\mathrm{dhs}_t$ comes from the loss, $\mathrm dh$ from step $t+1$. At the last step the second is zero.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dW, dU, db = ...            # zeros, of the dtype of W
# dh = ...                    # nothing has come back yet
# for t in reversed(range(len(xs))):
#     before = ...            # hs[t - 1], but at t = 0?
#     da = (... + ...) * (1 - hs[t] ** 2)
#     dW += ...
#     dU += ...
#     db += ...
#     dh = ...
# return dW, dU, db, dh
# ```
# </details>

# %% [markdown]
# ## 09-3 Truncated backpropagation through time
#
# {task 09-3}
#
# The same with windows of `window` steps, counted from the start: steps 0 to `window` − 1 are the first; the last window may be shorter. No gradient passes from
# a window to the one before it. The states did pass. Return `dW`, `dU`, `db`.

# %% task="09-3"
def truncated_backward(dhs, xs, h0, hs, W, U, window):
    """The gradients of rnn_backward, with the way back cut between windows.

    shapes as in 09-2, window a whole number  ->  dW (D, H), dU (H, H), db (H,)
    """
    ### BEGIN SOLUTION
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(U[0])
    dh = np.zeros_like(h0)
    for t in reversed(range(len(xs))):
        before = hs[t - 1] if t else h0
        da = (dhs[t] + dh) * (1 - hs[t] ** 2)
        dW += xs[t].T @ da
        dU += before.T @ da
        db += da.sum(axis=0)
        dh = np.zeros_like(h0) if t % window == 0 else da @ U.T
    return dW, dU, db
    ### END SOLUTION

# %%
check("09-3", truncated_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# One line of 09-2 changes. At which $t$ does a window begin?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Windows begin at $t = 0, w, 2w, \dots$ After the way back has passed such a step, $\mathrm dh = 0$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# for t in reversed(range(len(xs))):
#     ...                     # as in 09-2
#     if t % window == 0:     # the first step of its window
#         dh = ...
#     else:
#         dh = ...
# ```
# </details>

# %% [markdown]
# ## 09-4 Scaling to a spectral radius
#
# {task 09-4}
#
# Return $U$ times one number, so that its spectral radius is `radius`. The spectral radius is the largest absolute value of the eigenvalues, which may be complex.

# %% task="09-4"
def with_spectral_radius(U, radius):
    """U, scaled so that its largest eigenvalue has the size radius.

    U (H, H), radius a number  ->  (H, H)
    """
    ### BEGIN SOLUTION
    return U * (radius / np.abs(np.linalg.eigvals(U)).max())
    ### END SOLUTION

# %%
check("09-4", with_spectral_radius)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# If $U$ is multiplied by a number, so is every eigenvalue.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $U \cdot \mathrm{radius} / \max_k |\mu_k|$ with the eigenvalues $\mu_k$ of $U$. NumPy: `np.linalg.eigvals`, and `np.abs` of a complex number is its size.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# sizes = np.abs(np.linalg.eigvals(...))
# return U * (radius / ...)
# ```
# </details>

# %% [markdown]
# ## 09-5 Clipping by the global norm
#
# {task 09-5}
#
# Return the three gradients, all multiplied by the same factor, so that their common norm is at most `limit`. Short gradients stay as they are. The arrays given must not change.
#
# $$\|g\| = \sqrt{\textstyle\sum \mathrm dW^2 + \sum \mathrm dU^2 + \sum \mathrm db^2}, \qquad g \leftarrow g \cdot \min(1, \mathrm{limit} / \|g\|)$$

# %% task="09-5"
def clip_by_global_norm(dW, dU, db, limit):
    """The gradients, shortened together to a norm of at most limit.

    dW, dU, db of any shapes, limit a number  ->  three arrays of the same shapes
    """
    ### BEGIN SOLUTION
    norm = np.sqrt((dW * dW).sum() + (dU * dU).sum() + (db * db).sum())
    factor = min(1.0, limit / max(float(norm), 1e-300))
    return dW * factor, dU * factor, db * factor
    ### END SOLUTION

# %%
check("09-5", clip_by_global_norm)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Think of one long vector made of all entries of the three arrays. It has one norm.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The squares are added first, then one root is taken. The factor is $\mathrm{limit} / \|g\|$, but never above 1.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# norm = np.sqrt(... + ... + ...)
# factor = min(1.0, ...)
# return dW * factor, ...
# ```
# </details>

# %% [markdown]
# ## 09-6 An LSTM step
#
# {task 09-6}
#
# $z = xW + hU + b$ has four blocks of H columns, in the order $i, f, g, o$. Return the new `h` and the new `c`, in this order.
#
# $$c' = f \odot c + i \odot g, \qquad h' = o \odot \tanh(c') \tag{9.12}$$
#
# $i, f, o$ go through the sigmoid, $g$ through tanh. A sigmoid that cannot overflow is $(1 + \tanh(z/2))/2$.

# %% task="09-6"
def lstm_step(x, h, c, W, U, b):
    """One step of a long short-term memory.

    x (N, D), h, c (N, H), W (D, 4H), U (H, 4H), b (4H,)  ->  new h, new c (N, H)
    """
    ### BEGIN SOLUTION
    zi, zf, zg, zo = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, o = ((1 + np.tanh(z / 2)) / 2 for z in (zi, zf, zo))
    c = f * c + i * np.tanh(zg)
    return o * np.tanh(c), c
    ### END SOLUTION

# %%
check("09-6", lstm_step)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `np.split(z, 4, axis=1)` gives the four blocks. Which three are gates, which one is a value?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# First the new memory, from the old memory and the candidate. Then the new state, from the *new* memory.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# zi, zf, zg, zo = np.split(..., 4, axis=1)
# i, f, o = ...               # three sigmoids
# g = ...
# new_c = ... * c + ... * g
# new_h = ... * np.tanh(...)
# return new_h, new_c
# ```
# </details>

# %% [markdown]
# ## 09-7 The backward of an LSTM step
#
# {task 09-7}
#
# `dh` and `dc` are the gradients of the new state and the new memory. Return `dx`, `dh`, `dc`, `dW`, `dU`, `db`, those of what was given. Compute the gates again first.
#
# $$\begin{aligned} \mathrm do &= \mathrm dh' \odot \tanh c', \qquad \mathrm dc_{\text{all}} = \mathrm dc' + \mathrm dh' \odot o \odot (1 - \tanh^2 c') \\
# \mathrm df &= \mathrm dc_{\text{all}} \odot c, \quad \mathrm di = \mathrm dc_{\text{all}} \odot g, \quad
# \mathrm dg = \mathrm dc_{\text{all}} \odot i, \quad \mathrm dc = \mathrm dc_{\text{all}} \odot f \end{aligned} \tag{9.13}$$

# %% task="09-7"
def lstm_step_backward(dh, dc, x, h, c, W, U, b):
    """The gradients of lstm_step.

    dh, dc, h, c (N, H), x (N, D), W (D, 4H), U (H, 4H), b (4H,)
    ->  dx (N, D), dh, dc (N, H), dW (D, 4H), dU (H, 4H), db (4H,)
    """
    ### BEGIN SOLUTION
    zi, zf, zg, zo = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, o = ((1 + np.tanh(z / 2)) / 2 for z in (zi, zf, zo))
    g = np.tanh(zg)
    shown = np.tanh(f * c + i * g)
    do = dh * shown
    total = dc + dh * o * (1 - shown * shown)
    dz = np.concatenate([total * g * i * (1 - i), total * c * f * (1 - f),
                         total * i * (1 - g * g), do * o * (1 - o)], axis=1)
    return dz @ W.T, dz @ U.T, total * f, x.T @ dz, h.T @ dz, dz.sum(axis=0)
    ### END SOLUTION

# %%
check("09-7", lstm_step_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the forward on paper, one line for each of $i, f, g, o, c', h'$. Go through the lines from below. Which of the values has two users?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# After (9.13), each gate goes through its own slope: $\mathrm di \odot i(1-i)$, $\mathrm df \odot f(1-f)$, $\mathrm dg \odot (1-g^2)$, $\mathrm do \odot o(1-o)$. Side by side they are $\mathrm dz$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# ...                         # i, f, g, o and tanh(c') as in 09-6
# do = dh * ...
# total = dc + dh * ... * ...
# di, df, dg = total * ..., total * ..., total * ...
# dz = np.concatenate([di * ..., df * ..., dg * ..., do * ...], axis=1)
# return dz @ ..., dz @ ..., total * ..., ... @ dz, ... @ dz, dz.sum(axis=0)
# ```
# </details>

# %% [markdown]
# ## 09-8 Probabilities at a temperature
#
# {task 09-8}
#
# Return the probabilities from which the next symbol is drawn. `z` are the logits of one place, $\tau$ is `temperature`. Low temperatures must not overflow.
#
# $$p_k = \frac{e^{z_k/\tau}}{\sum_j e^{z_j/\tau}} \tag{9.17}$$

# %% task="09-8"
def probabilities_at(z, temperature):
    """softmax(z / temperature).

    z (K,), temperature a number above 0  ->  p (K,), with sum 1
    """
    ### BEGIN SOLUTION
    z = z / temperature
    e = np.exp(z - z.max())
    return e / e.sum()
    ### END SOLUTION

# %%
check("09-8", probabilities_at)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Two steps: divide, then the stable softmax of lesson 02. In which order?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Subtracting the same number from all logits changes nothing. Subtract the largest of those in the exponent.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# z = z / ...
# e = np.exp(z - ...)
# return e / ...
# ```
# </details>

# %% [markdown]
# ## 09-9 Bug hunt: a way back that learns from one step only
#
# {task 09-9}
#
# A network without biases, $h_t = \tanh(x_t W + h_{t-1} U)$ from the state zero, with $y_t = h_t V$ and the mean of $(y - t)^2$ over all entries of all steps as the loss.
# Its training is slow and never gets far. Delete the line that raises, and repair the function.

# %% task="09-9"
def recurrent_gradients(xs, t, W, U, V):
    """The gradients of the mean squared error of y_s = h_s V.

    xs (T, N, D), t (T, N, K), W (D, H), U (H, H), V (H, K)  ->  dW, dU, dV
    """
    ### BEGIN SOLUTION
    dh, hs = 0.0, [np.zeros((xs.shape[1], len(U)), U.dtype)]
    for x in xs:
        hs.append(np.tanh(x @ W + hs[-1] @ U))
    dW, dU, dV = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V)
    for s in reversed(range(len(xs))):
        dy = 2 * (hs[s + 1] @ V - t[s]) / t.size
        da = (dy @ V.T + dh) * (1 - hs[s + 1] ** 2)
        dV += hs[s + 1].T @ dy
        dU += hs[s].T @ da
        dW += xs[s].T @ da
        dh = da @ U.T
    return dW, dU, dV
    ### END SOLUTION
    ### BEGIN LEARNER
    # dh, hs = 0.0, [np.zeros((xs.shape[1], len(U)), U.dtype)]
    # for x in xs:
    #     hs.append(np.tanh(x @ W + hs[-1] @ U))
    # for s in reversed(range(len(xs))):
    #     dy = 2 * (hs[s + 1] @ V - t[s]) / t.size
    #     da = (dy @ V.T + dh) * (1 - hs[s + 1] ** 2)
    #     dV, dU, dW = hs[s + 1].T @ dy, hs[s].T @ da, xs[s].T @ da
    #     dh = da @ U.T
    # return dW, dU, dV
    ### END LEARNER

# %%
check("09-9", recurrent_gradients)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Take a sequence of one step: the function is right. Of two steps: it is wrong. What happens at the second pass through the loop?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $W$, $U$ and $V$ were used at every step: by (9.5), what the steps pay is added.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dW, dU, dV = ...            # before the loop
# for s in reversed(range(len(xs))):
#     ...
#     dV ... hs[s + 1].T @ dy     # which operator?
# ```
# </details>

# %% [markdown]
# ## Your way back learns to add
#
# The adding problem of section 5, over six steps. The forward is the library's, the way back is *yours*. When 09-2 and 09-5 are done, your lines train the
# network; until then the last cell says so. Always saying 1 has an error of 0.167.

# %%
def one_step(params, optimizer, xs, t):
    W, U, b, V, c = [p.data for p in params]
    h0 = np.zeros((xs.shape[1], len(U)))
    hs, _ = rnn(xs, h0, W, U, b)
    error = hs[-1] @ V + c - t
    dy, dhs = 2 * error / error.size, np.zeros_like(hs)
    dhs[-1] = dy @ V.T
    dW, dU, db, _ = rnn_backward(dhs, xs, h0, hs, W, U)
    grads = *clip_by_global_norm(dW, dU, db, 1.0), hs[-1].T @ dy, dy.sum(axis=0)
    for p, g in zip(params, grads):
        p.grad = g
    optimizer.step()
    return np.mean(error ** 2)

# %%
def learns_to_add(steps=400, H=24):
    rng = np.random.default_rng(9)
    params = [Parameter(rng.normal(size=(n, H)) / np.sqrt(n)) for n in (2, H)]
    params += [Parameter(a) for a in (np.zeros(H), np.zeros((H, 1)), np.ones(1))]
    optimizer = Adam(params, lr=0.01)
    losses = [one_step(params, optimizer, *adding_problem(rng, 6, 32))
              for _ in range(steps)]
    return np.mean(losses[-50:])

try:
    print("mean squared error below 0.02:", bool(learns_to_add() < 0.02))
except NotImplementedError as error:
    print(f"not done yet: {error}")
