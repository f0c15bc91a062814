# %% [markdown]
# # Exercises to lesson 09, Backpropagation through time
#
# The lesson: [09 Backpropagation through time](../notebooks/09_backpropagation_through_time.ipynb). Conventions: sequences are time first, `xs[t]` is the batch at
# time $t$, one example in each row; $h_t = \tanh(x_t W + h_{t-1} U + b)$; `dhs[t]` is what the loss pays to $h_t$ directly; means over the batch are already in it.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# In a derivation the steps stand in a dict. Replace each `...` by one of the choices, or by a small function. The check tells how far you are.
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
# {task 09-0}
#
# Find the way back on paper, for $h_t = \tanh(a_t)$ with $a_t = x_t W + h_{t-1} U + b$, then write each step into the dict.
# The loss looks at every state. What it pays to $h_t$ itself is `dhs[t]`; what step $t + 1$ pays to $h_t$ is `dh`; what $a_t$ is paid is `da`, for all steps `das`.
# `h0` is the state before step 0. Index $n$ counts examples, $d$ inputs, $i$ and $j$ units. Functions may use loops, `sum` or NumPy. *Used by* means: stands in its line.

# %% task="09-0"

# %%
check("09-0", derive_bptt)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Write the lines of the loop for $t$ and $t + 1$ under each other, with the loss of each. In which of them does $h_t$ stand? In which does $W$ stand?
# </details>
# <details><summary>Hint 2: the key fact</summary>
#
# What is used twice is paid twice, and the payments are added before they go through the tanh. For one entry: $a_{t,nj}$ holds $h_{t-1,ni} U_{ij}$ and $x_{t,nd} W_{dj}$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# "da": lambda dhs, dh, hs, t: (... + ...) * (1 - ...),
# "dh[n, i]": lambda da, U, n, i: sum(da[n, j] * U[..., ...] for j in range(len(U))),
# "state before": lambda hs, h0, t: ... if t > 0 else ...,
# "dW[d, j]": lambda das, xs, d, j: sum(
#     das[t, n, j] * xs[...] for t, n in np.ndindex(das.shape[:2])),
# ```
# </details>

# %% [markdown]
# {task 09-1}
#
# The step was $y = \tanh(a)$ with $a = xW + hU + b$. Return `dx`, `dh`, `dW`, `dU`, `db`, in this order. You are given `y`, so the tanh need not be computed again.
#
# Nothing else pays to $y$: this is one step of what you derived in 09-0, in matrices. What holds for $h$ and $U$ holds for $x$ and $W$. `db` is a sum over the batch.
# This is the backward of equation (9.3).

# %% task="09-1"

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
# {task 09-2}
#
# Walk from the last step to the first. `hs[t]` is the state after step $t$, `h0` the one before the first. Return `dW`, `dU`, `db`, and `dh0`, the gradient of `h0`.
# The formulas are those you derived in 09-0, (9.4) and (9.5), for all entries at once.

# %% task="09-2"

# %%
check("09-2", rnn_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# What is handed from step to step is one array, `dh`. What is collected are three.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# A state is paid by two: $\mathrm{dhs}_t$ comes from the loss, $\mathrm dh$ from step $t+1$. At the last step the second is zero.
# $\mathrm da_t = (\mathrm{dhs}_t + \mathrm dh) \odot (1 - h_t^2)$ and $\mathrm dh = \mathrm da_t\,U^\top$; and each step adds $x_t^\top \mathrm da_t$ to $\mathrm dW$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# dW, dU, db = ...            # zeros, of the shapes of W, U and b
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
# {task 09-3}
#
# The same with windows of `window` steps, counted from the start: steps 0 to `window` − 1 are the first; the last window may be shorter. No gradient passes from
# a window to the one before it. The states did pass. Return `dW`, `dU`, `db`.

# %% task="09-3"

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
# {task 09-4}
#
# Return $U$ times one number, so that its spectral radius is `radius`. The spectral radius is the largest absolute value of the eigenvalues, which may be complex.
# They come in no order. One of them at least is not zero, but it may be tiny.

# %% task="09-4"

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
# {task 09-5}
#
# Return the three gradients, all multiplied by the same factor, so that their common norm is at most `limit`. Short gradients stay as they are, zeros too. The arrays given must not change.
# They may have any number of axes; `limit` is 0 or above. A guard against 0/0 such as `norm + 1e-6` is accepted.
#
# $$\|g\| = \sqrt{\textstyle\sum \mathrm dW^2 + \sum \mathrm dU^2 + \sum \mathrm db^2}, \qquad g \leftarrow g \cdot \min(1, \mathrm{limit} / \|g\|)$$

# %% task="09-5"

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
# {task 09-6}
#
# $z = xW + hU + b$ has four blocks of H columns, in the order $i, f, g, o$. Return the new `h` and the new `c`, in this order.
#
# $$c' = f \odot c + i \odot g, \qquad h' = o \odot \tanh(c') \tag{9.12}$$
#
# $i, f, o$ go through the sigmoid, $g$ through tanh. A sigmoid that cannot overflow is $(1 + \tanh(z/2))/2$; entries of $z$ may be in the thousands.

# %% task="09-6"

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
# {task 09-7}
#
# `dh` and `dc` are the gradients of the new state and the new memory. Return `dx`, `dh`, `dc`, `dW`, `dU`, `db`, those of what was given. Compute the gates again first.
# As in 09-6, entries of $z$ may be in the thousands. Formulas are asked, not differences of the forward.
#
# $$\begin{aligned} \mathrm do &= \mathrm dh' \odot \tanh c', \quad \mathrm dc_{\text{all}} = \mathrm dc' + \mathrm dh' \odot o \odot (1 - \tanh^2 c') \\
# \mathrm df &= \mathrm dc_{\text{all}} \odot c, \qquad \mathrm di = \mathrm dc_{\text{all}} \odot g \\
# \mathrm dg &= \mathrm dc_{\text{all}} \odot i, \qquad \mathrm dc = \mathrm dc_{\text{all}} \odot f \end{aligned} \tag{9.13}$$

# %% task="09-7"

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
# {task 09-8}
#
# Return the probabilities from which the next symbol is drawn. `z` are the logits of one place, $\tau$ is `temperature`. Low temperatures must not overflow: the entries of `z / temperature` may be in the thousands, above or below 0.
#
# $$p_k = \frac{e^{z_k/\tau}}{\sum_j e^{z_j/\tau}} \tag{9.17}$$

# %% task="09-8"

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
# {task 09-9}
#
# A network without biases, $h_t = \tanh(x_t W + h_{t-1} U)$ from the state zero, with $y_t = h_t V$ and the mean of $(y - t)^2$ over all entries of all steps as the loss.
# Its training is slow and never gets far. Delete the line that raises, and repair the function.

# %% task="09-9"

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
    print(f"mean squared error, the last 50 steps: {learns_to_add():.1g}")
except NotImplementedError as error:
    print(f"not done yet: {error}")
