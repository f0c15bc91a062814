# %% [markdown]
# # 12 Understanding voice commands: exercises
#
# Write the body of each function, run its cell, then run the check below it. A check runs a small case, then random ones, and names the likely mistake.
# Hints come in three steps; open one when you are stuck.
#
# 12-1 to 12-4 and 12-6 are *rules*, as in lesson 03: they return `y, backward`, and `backward(dy)` returns the gradients of the inputs.
# The check asks for `backward` once `y` is right. At the end of the sheet your functions hear words.
#
# As in lesson 12: `N` waveforms, `T` frames of `size` samples, `hop` samples apart. The dtype of results is free.
# The checks use made-up numbers, no sound.

# %%
from copy import deepcopy

import numpy as np

from course_lib import (Adam, Batches, Dense, Layer, Parameter, ReLU, Sequential,
                        load_commands, mel_filters, predict, softmax_cross_entropy,
                        training)
from course_lib.exercises import check
from course_lib.studies.commands import prepare

np.set_printoptions(precision=4, suppress=True)
### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 12-1}
#
# Frame $t$ of a waveform starts at sample $t \cdot \text{hop}$. Samples at the end that fill no frame are left out; every waveform holds at least one frame. Frames overlap, so a sample has several users,
# and on the way back all of them pay:
#
# $$y_{nti} = x_{n,\,t \cdot \text{hop} + i}, \qquad \frac{\partial L}{\partial x_{nj}} = \sum_{t,i:\ t \cdot \text{hop} + i = j} \mathrm dy_{nti}$$

# %% task="12-1"

# %%
check("12-1", frames)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# How many times does a frame fit? It is the output size of lesson 08, without padding. On the way back go through the frames, not through the samples.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $T = \lfloor (n - \text{size}) / \text{hop} \rfloor + 1$. Frame $t$ is the slice from $t \cdot \text{hop}$ to $t \cdot \text{hop} + \text{size}$, and pays the same slice of `dx`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# T = ...
# y = np.stack([... for t in range(T)], axis=...)   # the frames are the second axis
# def backward(dy):
#     dx = np.zeros_like(x)
#     for t in range(T):
#         dx[:, ...] ... dy[:, t]                   # which operator?
#     return dx
# return y, backward
# ```
# </details>

# %% [markdown]
# {task 12-2}
#
# Every frame of $n$ samples is faded in and out. The window runs along the last axis, and it is periodic: divided by $n$, not $n - 1$, so that windows half a frame apart add up to 1.
#
# $$y_i = w_i\, x_i, \qquad w_i = \tfrac12 - \tfrac12 \cos \frac{2\pi i}{n}, \qquad i = 0 \dots n - 1$$

# %% task="12-2"

# %%
check("12-2", windowed)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Four samples have the weights 0, ½, 1, ½. The window is a constant: it has no gradient. What does a product pay to its other factor?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm dx_i = w_i\, \mathrm dy_i$. `np.hanning` is the other window, with $n - 1$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# n = ...                               # samples in a frame
# w = 0.5 - 0.5 * np.cos(...)
# def backward(dy):
#     return ...
# return ..., backward
# ```
# </details>

# %% [markdown]
# {task 12-3}
#
# Power at frequency $k$ is the squared length of a pair of sums:
#
# $$\begin{aligned} y &= c^2 + s^2, \qquad c = xC, \qquad s = xS \\
# C_{ik} &= \cos\frac{2\pi i k}{n}, \qquad S_{ik} = \sin\frac{2\pi i k}{n}, \qquad k = 0 \dots \lfloor n/2 \rfloor \end{aligned}$$
#
# The squares are taken entry by entry, and any number of axes may stand before the last, or none. Write it with the two matrices, and its backward too; no transform of NumPy is needed.
# Some books have a minus before the sine. Does it matter here? Decide before you check.

# %% task="12-3"

# %%
check("12-3", power_spectrum)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `np.outer` makes all the products $ik$ at once. For the way back draw the graph: $x$ has two users, $c$ and $s$, and each is squared.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm dc = 2c\, \mathrm dy$ and $\mathrm ds = 2s\, \mathrm dy$. Both pay: $\mathrm dx = \mathrm dc\, C^\top + \mathrm ds\, S^\top$. The sign of $S$ appears twice, in $s$ and in $S^\top$: it cancels.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# n = x.shape[-1]
# angle = 2 * np.pi / n * np.outer(..., ...)        # (n, n // 2 + 1)
# C, S = np.cos(angle), ...
# c, s = ...
# def backward(dy):
#     return 2 * (...) @ C.T + ...
# return ..., backward
# ```
# </details>

# %% [markdown]
# {task 12-4}
#
# A column of $M$ says how much of each frequency belongs to a band. Add up the power of each band, add the floor, take the natural logarithm. $M$ and the floor, a number above 0, are constants: only `power` gets a gradient. Any number of axes may stand before that of the frequencies, or none.
#
# $$y = \ln E, \qquad E = \underbrace{\text{power}}_{T \times F}\ \underbrace{M}_{F \times B} + \text{floor}$$

# %% task="12-4"

# %%
check("12-4", log_mel)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Three steps forward: product, sum, logarithm. Three steps back, in reverse order. Which of them changes nothing on the way back?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The slope of the logarithm: $\mathrm dE = \mathrm dy / E$, entry by entry, with the $E$ that holds the floor. The product: $\mathrm d\text{power} = \mathrm dE\, M^\top$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# energy = ...
# def backward(dy):
#     return (...) @ ...
# return ..., backward
# ```
# </details>

# %% [markdown]
# {task 12-5}
#
# `speaker[i]` spoke utterance `i`, with the program `engine[i]`; each speaker has one engine. (At another speed a speaker is another *voice*.) Return three arrays of row numbers, such that `x[train]` picks rows (whole numbers; a list will do):
#
# - `engine_out`: all rows of `held_engine`;
# - `speakers_out`: all rows of `count` speakers, drawn with `rng` from all speakers of the *other* engines, each choice as likely as another; `count` may be all of them;
# - `train`: all the rest.
#
# Every row is in one part; the order within a part is free. No speaker is on both sides, and nothing of the held-out engine is trained on.

# %% task="12-5"

# %%
check("12-5", split)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# What is drawn: utterances or speakers? Take the engine away first, then draw from what is left.
# </details>
# <details><summary>Hint 2: the key functions</summary>
#
# `np.unique(names)` lists each name once. `rng.choice(names, count)` may draw a name twice: look up `replace`.
# `np.isin(speaker, drawn)` is true where a drawn speaker speaks; `np.flatnonzero(mask)` turns truth values into row numbers; `~mask` is "not", `&` is "and".
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# of_engine = ...                       # truth values, one a row
# speakers = np.unique(...)               # of the other engines
# drawn = rng.choice(...)
# of_speaker = ...
# train = np.flatnonzero(...)
# return train, ..., ...
# ```
# </details>

# %% [markdown]
# {task 12-6}
#
# At each of the $P = T - k + 1$ places, a window of $k$ frames meets the *same* $k$ matrices. Each unit then keeps its largest value over time: was the pattern there, wherever it was?
#
# $$z_{nth} = b_h + \sum_{u=0}^{k-1} \sum_d x_{n,\,t+u,\,d}\, W_{udh}, \qquad y_{nh} = \max_t z_{nth}$$
#
# Where several places share the maximum, the first of them is paid, with all of $\mathrm dy$. There is no ReLU in this layer: it can follow.

# %% task="12-6"

# %%
check("12-6", over_time)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Loop over the $k$ frames of the window, not over the places: `x[:, u:u + P]` holds frame $u$ of all windows at once. First write the forward, and check; the backward comes after.
# </details>
# <details><summary>Hint 2: the key equations</summary>
#
# $\mathrm dz$ is zero but at the winners, which receive $\mathrm dy$. Then a matrix product in reverse, once for each $u$: frame $t + u$ of `dx` receives $\mathrm dz_{nt}\, W_u^\top$ from the
# window at $t$, and several windows pay it. $\mathrm dW_u = \sum_{n,t} x_{n,\,t+u}^\top\, \mathrm dz_{nt}$ and $\mathrm db = \sum_{n,t} \mathrm dz_{nt}$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# (N, T, D), (k, _, H) = x.shape, W.shape
# P = ...
# z = sum(... @ W[u] for u in range(k)) + b             # (N, P, H)
# winner = z.argmax(axis=1)[:, np.newaxis]              # (N, 1, H)
# def backward(dy):
#     dz, dx, dW = np.zeros_like(z), np.zeros_like(x), np.zeros_like(W)
#     np.put_along_axis(dz, winner, dy[:, np.newaxis], axis=1)
#     for u in range(k):
#         dx[:, u:u + P] ...                            # windows overlap
#         dW[u] = ...         # reshape(-1, D) makes one row of each frame
#     return dx, dW, ...
# return z.max(axis=1), backward
# ```
# </details>

# %% [markdown]
# {task 12-7}
#
# `source` is a trained `Sequential`; its last layer, a `Dense`, is the head, all before it the trunk. It is flat (no layer holds others), and not frozen. Make a new flat network for other words, and the list of parameters to train:
#
# - The trunk is a copy. Training it must not touch the source, which still knows its own words.
# - The head is new, also if there are as many words as before: `Dense(..., rng=rng)`. Its dtype is best that of the old one.
# - `frozen=False`: all parameters are trained.
# - `frozen=True`: only the head's. Nothing in the trunk may move: batch norm's running averages neither, and dropout rests.

# %% task="12-7"

# %%
check("12-7", transfer)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# A list of the same layers is not a copy: both networks would learn. What decides which weights an optimizer moves? And what moves without any optimizer?
# </details>
# <details><summary>Hint 2: the key facts</summary>
#
# `deepcopy(layers)` copies parameters and running averages. An optimizer moves the parameters in its list, and nothing else. Batch norm renews its running averages in every forward pass
# while `layer.training` is true, and dropout drops units; set it to `False` in the layers of a frozen trunk. `old.W.data` tells the size and the dtype.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# trunk, old = deepcopy(...), source.layers[-1]
# W = old.W.data
# head = Dense(..., ..., rng=rng, dtype=...)
# net = ...
# if not frozen:
#     return net, ...
# for layer in ...:
#     layer.training = ...
# return net, ...
# ```
# </details>

# %% [markdown]
# {task 12-8}
#
# `t` holds the words that were spoken, `predicted` the answers, both as labels $0 \dots \text{classes} - 1$. Return two matrices:
#
# - `counts`: row = spoken, column = answered;
# - `shares`: each row of `counts` divided by its sum, so that the diagonal is the accuracy of each word. A word that nobody said has a row of zeros; without any examples all rows have.

# %% task="12-8"

# %%
check("12-8", confusion)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Which index is the row? A loop over the examples, adding 1 to one cell each time, is good enough.
# </details>
# <details><summary>Hint 2: the key facts</summary>
#
# `counts[t, predicted] += 1` with whole arrays writes a cell once, however often it is named; `np.add.at` counts every time. 0 / 0 is nan, but 0 / 1 is 0.
# `keepdims=True` keeps the sums in a column, beside their rows.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# counts = np.zeros((classes, classes), int)
# np.add.at(counts, (..., ...), 1)              # or a loop
# said = counts.sum(axis=..., keepdims=True)    # how often each word was spoken
# shares = ...
# return counts, shares
# ```
# </details>

# %% [markdown]
# {task 12-9}
#
# People begin softly and swallow the end. Make words louder and softer along their length. In decibels the loudness is a line $g$ through `knots` points, equally spaced from the word's first sample that is not 0 to its last:
#
# $$y_i = 10^{\,g_i / 20}\, x_i, \qquad g \text{ at each knot} \sim \mathcal N(0,\ \text{decibels}^2)$$
#
# Each word has knots of its own, drawn with `rng` and nothing else. A knot may lie between two samples. What is 0 stays 0; `x` stays as it is.
#
# In which order you draw is up to you: no single result is right. The check takes logarithms and looks for the lines, then measures mean, spread and independence of the knots of two thousand words.

# %% task="12-9"

# %%
check("12-9", loudness)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# First all the numbers that are drawn: how many are there for `N` words? Then a loop over the words: where does the word begin, where does it end, where are its knots?
# </details>
# <details><summary>Hint 2: the key functions</summary>
#
# `np.flatnonzero(word)` lists where a word is not 0. `np.linspace(first, last, knots)` spaces the knots equally, both ends included. `np.interp(places, at, heights)` draws the line through them.
# Draw the line in decibels, and only then take the power of ten: 20 dB are ten times the amplitude. `rng.normal` asks for the standard deviation, not for the variance.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# y = np.zeros_like(x)
# heights = rng.normal(..., ..., size=(..., ...))   # in decibels
# for i, word in enumerate(x):
#     first, last = np.flatnonzero(word)[[0, -1]]
#     at = np.linspace(...)
#     line = np.interp(np.arange(len(word)), at, ...)
#     y[i] = ...
# return y
# ```
# </details>

# %% [markdown]
# ## Your functions hear words
#
# The corpus of lesson 12: the voices are synthetic, programs and not people. *Your* rules make pictures of the sounds and the network that reads them. It learns three Japanese
# commands; then *your* transfer re-uses its trunk for the same three in English, once frozen and once free, and *your* split keeps speakers and an engine apart.
# Until the tasks are done, the last cell says so. So few words say little: the lesson repeats it with all of them, and several seeds.

# %%
JAPANESE, ENGLISH = ("hai", "iie", "tomare"), ("yes", "no", "stop")
M = mel_filters(20, 256, 8000)          # 20 bands for frames of 256 samples

def pictures(waveforms):
    x = np.array([prepare(waveform) for waveform in waveforms], float)
    pieces, _ = frames(x, 256, 128)
    faded, _ = windowed(pieces)
    power, _ = power_spectrum(faded)
    y, _ = log_mel(power, M, 1e-3)
    return y - y.mean(axis=1, keepdims=True)        # a microphone adds a constant

# %%
class OverTime(Layer):
    def __init__(self, k, n_in, n_out, rng):
        W = rng.normal(size=(k, n_in, n_out)) / np.sqrt(k * n_in)
        self.W, self.b = Parameter(W, "W"), Parameter(np.zeros(n_out), "b")

    def rule(self, x, W, b):
        return over_time(x, W, b)

# %%
def learn(net, params, x, t, rng, epochs=8):
    batches, adam = Batches(x, t, 16, rng=rng), Adam(params, lr=0.01)
    for _ in training(net, softmax_cross_entropy, adam, batches, epochs):
        pass
    return net

def japanese(rng):
    found, t = load_commands("ja").of(JAPANESE)
    net = Sequential(OverTime(9, 20, 24, rng), ReLU(), Dense(24, 3, rng=rng))
    return learn(net, net.params, pictures(found.waveforms), t, rng)

# %%
def english(source, rng):
    found, t = load_commands("en").of(ENGLISH)
    x = pictures(found.waveforms)
    train, strangers, engine = split(found.speaker, found.engine, "flite", 4, rng)
    for name, frozen in (("trunk frozen", True), ("all trained", False)):
        net, params = transfer(source, 3, frozen, rng)
        learn(net, params, x[train], t[train], rng, epochs=12)
        predicted = predict(net, x).argmax(axis=1)
        right = predicted == t
        print(f"{name}: {right[strangers].sum()} of {len(strangers)} right by speakers "
              f"held out, {right[engine].sum()} of {len(engine)} by the engine")
    rows = np.concatenate([strangers, engine])
    return confusion(predicted[rows], t[rows], 3)

# %%
rng = np.random.default_rng(12)
try:
    counts, shares = english(japanese(rng), rng)
    print("all trained: spoken (row), answered (column)")
    print(counts)
except NotImplementedError as error:
    print(f"not done yet: {error}")
