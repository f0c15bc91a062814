# %% [markdown]
# # 07 Why depth is hard
#
# Why were deep networks so hard to train, and what changed?
#
# After this lesson you can
#
# * measure how an error signal fades on its way through twenty layers, and say why;
# * derive the starting weights of Glorot and of He;
# * find dead units, and say which of them can come back;
# * derive the backward of batch and of layer normalisation;
# * say what a residual connection does to the gradient;
# * use dropout, weight decay and early stopping, and measure their gain;
# * tell a plateau, a saddle and a local minimum apart.
#
# **Time:** about 90 minutes, in two sittings: sections 1 to 4, then 5 to 7.
# **Needed:** lesson 04.
#
# | symbol | code | shape | meaning |
# |---|---|---|---|
# | $M$ | `depth` | | number of layers |
# | $z_l, h_l$ | `z, h` | (N, width) | weighted sums and activations of layer $l$ |
# | $\delta_l$ | `dz` | as $z_l$ | error signal of layer $l$, $\partial L/\partial z_l$ |
# | $\mathrm{Var}$ | `.var()` | | variance |
# | $\mu, \sigma$ | `mu, sigma` | (width,) | mean and standard deviation of a feature |
# | $\gamma, \beta$ | `gamma, beta` | (width,) | learnt scale and shift |
# | $r, \lambda$ | `rate, decay` | | dropout rate, weight decay |

# %%
from functools import partial

import numpy as np

from course_lib import (SGD, Adam, Batches, BatchNorm, Dense, Dropout, LayerNorm,
    LeakyReLU, Parameter, ReLU, Residual, Sequential, Sigmoid, Tanh, check_gradients,
    dropout, evaluate, inference, load_digits, predict, relu, sigmoid,
    softmax_cross_entropy, train_step, training)
from course_lib.initializers import glorot, he
from course_lib.metrics import error_signals
from course_lib.page.notebook import show_source, table
from course_lib.page.running import progress
from course_lib.page.plotting import curves, figure
from course_lib.widgets.lesson07 import boundary_explorer, dead_explorer, delta_explorer

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. A product of Jacobians
#
# Lesson 04 trained three hidden layers. Why not twenty? Call $\delta_l = \partial L/\partial z_l$ the **error signal** of layer $l$,
# with $z_{l+1} = f(z_l)\,W_{l+1} + b_{l+1}$. Back through an affine map and an activation:
#
# $$\underbrace{\delta_l}_{N\times D} = \bigl(\underbrace{\delta_{l+1}}_{N\times K}\,\underbrace{W_{l+1}^\top}_{K\times D}\bigr)
# \odot \underbrace{f'(z_l)}_{N\times D} \tag{7.1}$$
#
# For one example, a row vector times a matrix at each layer, $l = M - 1$ first:
#
# $$\delta_1 = \delta_M \prod_{l=M-1}^{1} W_{l+1}^\top\,\mathrm{diag}\bigl(f'(z_l)\bigr) \tag{7.2}$$
#
# A product of many factors below 1 **vanishes**, of many above 1 it **explodes**. With $\|W\|$ the largest
# factor by which $W^\top$ can stretch a vector:
#
# $$\|\delta_1\| \le \|\delta_M\| \prod_{l=1}^{M-1} \|W_{l+1}\| \max |f'| \tag{7.3}$$
#
# `error_signals` measures it, with random inputs and a random last gradient. (`lambda dense: [dense, ReLU()]` is a function without a name.) The slope of a sigmoid is at most ¼. **Prediction:** twenty sigmoid layers. By which factor does the signal shrink on its way to layer 1?

# %%
STARTS = {"±1/√n": partial(glorot, gain=3 ** -0.5), "Glorot": glorot, "He": he}

def stack(block, start, depth=20, width=100):
    """A deep network: ``block(dense)`` lists the layers that go with a dense layer."""
    rng = np.random.default_rng(4)
    dense = [Dense(width, width, rng=rng, init=start) for _ in range(depth)]
    return Sequential(*[layer for d in dense for layer in block(d)])

# %%
show_source(error_signals)

def signal(block, start, which=0):
    """|δ| (which=0) or |dW| (which=1) of twenty layers; the last layer's is 1."""
    x, dy = np.random.default_rng(5).normal(size=(2, 64, 100))
    sizes = error_signals(stack(block, start), x, dy)[which]
    return sizes / sizes[-1]

# %%
norms = {f: {name: signal(lambda dense: [dense, f()], start)
             for name, start in STARTS.items()} for f in (Sigmoid, Tanh, ReLU)}
rows = [[f.__name__, n, f"{d[0]:.1e}"] for f in norms for n, d in norms[f].items()]
table(rows, ["activation", "start", "|δ₁| / |δ₂₀|"])

# %%
LAYERS = range(1, 21)
LOG = dict(x_label="layer", y_label="size, last layer = 1", log=True, legend=True)
with figure(3, size=(10, 3.6)) as axes:
    for ax, f in zip(axes, norms):
        curves(ax, LAYERS, norms[f], title=f"δ, {f.__name__}", **LOG)
        ax.set(ylim=(1e-18, 10), xticks=(1, 5, 10, 15, 20))

# %% [markdown]
# The figure shows $\|\delta_l\|$. The signal starts at layer 20, on the right, and travels to the left. Straight lines on a log axis: each layer multiplies by about the same factor.
#
# The sigmoid loses ten to sixteen digits; whatever layer 1 does, the loss hardly notices. With $\max f' = 1$, tanh and ReLU vanish too, *unless the weights have the right size*.
#
# **Exercise 07-2** asks for this ratio from a list of weights and slopes.
#
# **Summary.** The error signal is multiplied by a Jacobian at each layer. After twenty layers nineteen factors have met: nearly always next to nothing, or far too much. Which weights make the factor 1?

# %% [markdown]
# ## 2. Starting weights
#
# Some lines of the figure are nearly flat. What is special about them? Look at one unit, $z = \sum_d h_d W_d$, with weights drawn
# independently, of mean 0. Mixed products average to zero; $n_{\mathrm{in}}$ squares remain:
#
# $$\mathrm{Var}[z] = n_{\mathrm{in}}\,\mathrm{Var}[W]\;\overline{h^2} \tag{7.4}$$
#
# The bar is the mean over units and examples. **Forward**, near zero, $\tanh z \approx z$: signals keep their size if
# $n_{\mathrm{in}} \mathrm{Var}[W] = 1$. **Backward**, $\delta W^\top$ is a sum over $n_{\mathrm{out}}$ units: it keeps its size if $n_{\mathrm{out}} \mathrm{Var}[W] = 1$.
# Both at once is impossible if the two numbers differ. Glorot and Bengio (2010) average the two:
#
# $$\mathrm{Var}[W] = \frac{2}{n_{\mathrm{in}} + n_{\mathrm{out}}} \tag{7.5}$$
#
# A ReLU lets half of a symmetric $z$ through, so $\overline{h^2} = \tfrac12 \mathrm{Var}[z]$, and half of the slopes are 1. He and others (2015) make up for the half:
#
# $$\mathrm{Var}[W] = \frac{2}{n_{\mathrm{in}}} \tag{7.6}$$

# %%
rng = np.random.default_rng(4)
h = relu(rng.normal(size=(1000, 300)))[0]
for name, start in STARTS.items():
    W = start(rng, (300, 300))
    predicted = 300 * W.var() * (h ** 2).mean()             # (7.4)
    print(f"{name:6} variance of z {(h @ W).var():.4f}, predicted {predicted:.4f}")

# %% [markdown]
# Numbers uniform in $\pm a$ have the variance $a^2/3$. So the old habit $\pm 1/\sqrt n$ has $\mathrm{Var}[W] = 1/(3n)$, and Glorot's weights are drawn
# from $\pm\sqrt{6/(n_{\mathrm{in}} + n_{\mathrm{out}})}$. In a ReLU network of equal widths, each layer multiplies the *square* of the signal, forward and backward, by
# $\tfrac12 n \mathrm{Var}[W]$: by ⅙, ½ or 1.
#
# A popular article says that vanishing "can be solved by selecting ReLU activation functions and incorporating regularization". Regularisation, we shall see in section 6, makes weights smaller. **Prediction:** what do 19 layers make of these factors? And
# if all of He's weights shrink by a tenth?

# %%
x, rows = np.random.default_rng(4).normal(size=(64, 100)), []
for (name, start), factor in zip(STARTS.items(), (1 / 6, 1 / 2, 1)):
    net = stack(lambda dense: [dense, ReLU()], start)
    h1, h20 = Sequential(*net.layers[:2])(x)[0], net(x)[0]
    forward = np.linalg.norm(h20) / np.linalg.norm(h1)
    numbers = factor ** 9.5, norms[ReLU][name][0], forward
    rows.append([name, *(f"{number:.1e}" for number in numbers)])
shrunk = signal(lambda dense: [dense, ReLU()], lambda *size: 0.9 * he(*size))
ratio = shrunk[0] / norms[ReLU]["He"][0]
print(f"weights times 0.9: |δ₁| / |δ₂₀| times {ratio:.4f}; 0.9¹⁹ = {0.9 ** 19:.4f}")
table(rows, ["ReLU, start", "predicted", "|δ₁| / |δ₂₀|", "|h₂₀| / |h₁|"])

# %% [markdown]
# Two lines of algebra predict eight orders of magnitude; one draw of the weights scatters around them. With He's weights the variance stays.
#
# ReLU alone, the table says, is no cure, and smaller weights make the matter worse. What the article leaves out is the scale of the starting weights.
#
# **A trap.** Training uses the gradient of the *weights*, $\mathrm{d}W_l$, and many programs plot its size.
# **Prediction:** with the old weights and ReLU, $\delta$ falls by seven orders of magnitude. And $\mathrm{d}W_l$?

# %%
with figure(2) as axes:
    for which, title in enumerate(("δ vanishes in all three", "dW hides it in two")):
        sizes = {f.__name__: signal(lambda dense: [dense, f()], STARTS["±1/√n"], which)
                 for f in norms}
        curves(axes[which], LAYERS, sizes, title=title, **LOG)

# %% [markdown]
# The left figure shows $\delta$ vanishing for all three activations; the right one shows flat lines of $\mathrm{d}W$ for tanh and ReLU. Why?
#
# $$\mathrm{d}W_l = h_{l-1}^\top\, \delta_l \tag{7.7}$$
#
# If each layer shrinks the signal by $c$ on the way forward and by the same $c$ on the way back, then $h_{l-1}$ carries $c^{\,l-1}$ and $\delta_l$ carries $c^{\,M-l}$. Their product is $c^{\,M-1}$ for *every*
# layer: equally tiny everywhere. The sigmoid's $h$ does not shrink, it sits near ½, and so hides nothing.
# To see vanishing, plot $\delta$.
#
# The explorer draws both. What depth would you dare with sigmoids? What does Glorot's start do to ReLU at depth 30? (The last control belongs to sections 4 and 5; come back then.)

# %%
delta_explorer()

# %% [markdown]
# **Exercise 07-1** asks for the two standard deviations.
#
# **Summary.** The factor of a layer is known in advance, and one scale of the weights makes it 1: Glorot's for tanh, He's for ReLU. It costs nothing.
# It holds at the start only: training moves the weights. And one thing is still missing: a signal can also be exactly zero.

# %% [markdown]
# ## 3. Dead units
#
# A ReLU unit whose $z$ is negative for *every* example has slope 0 for every example. It is **dead**: its $\delta$ is zero, so
#
# $$\mathrm{d}W = x^\top \delta = 0, \qquad \mathrm{d}b = \sum_n \delta_n = 0 .$$
#
# One way to kill units is a step that is too large. Below, a network takes one step with one batch of 64 digits, at several learning rates.
# We count the units that no training image switches on.

# %%
def after_one_step(lr):
    rng = np.random.default_rng(4)
    net = Sequential(Dense(64, 100, rng=rng, init=he), ReLU(), Dense(100, 10, rng=rng))
    x, t = digits.x_train[:64], digits.t_train[:64]
    train_step(net, softmax_cross_entropy, SGD(net.params, lr=lr), x, t)
    return net

# %%
def dead_units(net):
    return (net.layers[0](digits.x_train)[0] <= 0).all(axis=0)

digits = load_digits()
for lr in (0.0, 0.1, 1.0, 5.0, 20.0):
    print(f"learning rate {lr:4}: {dead_units(after_one_step(lr)).mean():.0%} dead")

# %% [markdown]
# A few units are dead by chance from the start: all pixels are positive, so a unit with mostly negative weights never fires. One large step kills many more.
# **Prediction:** we go on with a small learning rate for five epochs. How many of the dead units come back?

# %%
net = after_one_step(20.0)
dead, W = dead_units(net), net.params[0]
W.zero_grad()
y, backward = net(digits.x_train)
backward(softmax_cross_entropy(y, digits.t_train)[1]())
print("|dW|, dead, others:", *(abs(W.grad[:, u]).max().round(3) for u in (dead, ~dead)))

# %%
def train(net, x, t, epochs, size=64, **options):
    batches = Batches(x, t, size, rng=np.random.default_rng(4), last="keep")
    optimizer = SGD(net.params, **options)
    return list(training(net, softmax_cross_entropy, optimizer, batches, epochs))

steps = train(net, digits.x_train, digits.t_train, 5, lr=0.05)
print(f"dead before {dead.sum()}, of these still dead {(dead & dead_units(net)).sum()}")

# %% [markdown]
# None. The gradient is not small but exactly 0, and no optimizer can use it; only a change of the layers below could wake a unit. One popular article is right to
# warn of "dead neurons or neurons that go off the scale".
#
# A **leaky** ReLU keeps a small slope below zero, so that a way back remains. We start with all units shut, all biases at −4, and train for ten epochs.
# **Prediction:** is a slope of 0.01 enough?

# %%
rows = []
for activation in (ReLU(), LeakyReLU(0.01), LeakyReLU(0.1)):
    rng = np.random.default_rng(4)
    first, last = Dense(64, 100, rng=rng, init=he), Dense(100, 10, rng=rng)
    first.b.data[:] = -4.0
    net = Sequential(first, activation, last)
    row = [getattr(activation, "slope", 0.0), f"{dead_units(net).mean():.0%}"]
    steps = train(net, digits.x_train, digits.t_train, 10, lr=0.1, momentum=0.9)
    right = evaluate(net, digits.x_test, digits.t_test)
    rows.append([*row, f"{dead_units(net).mean():.0%}", right > 0.8])
table(rows, ["slope below 0", "shut at first", "shut at last", "held-out above 0.8"])

# %% [markdown]
# A leak is a way back, but the way is as slow as the leak is small: 0.01, the usual value, is not enough here within ten epochs.
#
# The explorer trains such a network for 30 steps at the learning rate you choose. At which rate do units begin to die? Is a leak a remedy for a rate
# that is too large?

# %%
dead_explorer()

# %% [markdown]
# **Exercise 07-7** asks for the share of dead units.
#
# **Summary.** A ReLU unit that is shut for all examples gets no gradient. Small steps and biases near 0 prevent it; a leak heals it slowly.
# Start values, steps, leaks: so much care. Could a network be built so that its signals *cannot* leave the good range?

# %% [markdown]
# ## 4. Normalisation
#
# Instead of hoping that the variance stays, enforce it. **Batch normalisation** (Ioffe and Szegedy 2015) shifts and scales each feature, over the batch, and lets the network learn another scale $\gamma$ and shift $\beta$:
#
# $$\mu = \frac1N \sum_n x_n, \quad \sigma = \sqrt{\frac1N \sum_n (x_n - \mu)^2 + \varepsilon}, \quad
# \hat x_n = \frac{x_n - \mu}{\sigma}, \quad y_n = \gamma\, \hat x_n + \beta \tag{7.8}$$
#
# All for one feature; $\varepsilon = 10^{-5}$ avoids a division by zero. As in exercise 04-7:
#
# $$\mathrm{d}\gamma = \sum_n \mathrm{d}y_n\, \hat x_n, \qquad \mathrm{d}\beta = \sum_n \mathrm{d}y_n, \qquad
# g_n = \mathrm{d}\hat x_n = \gamma\, \mathrm{d}y_n \tag{7.9}$$
#
# $x_n$ reaches the loss on three paths: directly through $\hat x_n$, and through $\mu$ and $\sigma$, which feed *every* $\hat x_m$. Gradients of all paths add up.
#
# $$\underbrace{\frac{g_n}{\sigma}}_{\text{direct}}, \qquad
# \underbrace{\frac{\partial \mu}{\partial x_n}\,\mathrm{d}\mu = \frac1N \sum_m \frac{-g_m}{\sigma}}_{\text{through } \mu}, \qquad
# \underbrace{\frac{\partial \sigma}{\partial x_n}\,\mathrm{d}\sigma = \frac{\hat x_n}{N} \sum_m \frac{-g_m \hat x_m}{\sigma}}_{\text{through } \sigma}
# \tag{7.10}$$
#
# For $\sigma$: $\sigma^2$ is a mean of squares, so $2\sigma\,\partial\sigma/\partial x_n = \tfrac2N (x_n - \mu)$; the change of $\mu$ in it drops out, because
# $\sum_m (x_m - \mu) = 0$. And $\hat x_m = (x_m - \mu)/\sigma$ has the slope $-\hat x_m/\sigma$ in $\sigma$. The sum, with a bar for the mean over the batch:
#
# $$\mathrm{d}x = \frac1\sigma \Bigl( g - \overline{g} - \hat x \odot \overline{g \odot \hat x} \Bigr) \tag{7.11}$$

# %%
def my_batch_norm(x, gamma, beta, eps=1e-5):
    """y = γ x̂ + β, each feature normalised over the batch."""
    mu = x.mean(axis=0)
    sigma = np.sqrt(((x - mu) ** 2).mean(axis=0) + eps)
    xhat = (x - mu) / sigma                                             # (7.8)
    def backward(dy):
        dgamma, dbeta, g = (dy * xhat).sum(axis=0), dy.sum(axis=0), gamma * dy  # (7.9)
        dx = (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / sigma      # (7.11)
        return dx, dgamma, dbeta
    return gamma * xhat + beta, backward

# %%
rng = np.random.default_rng(4)
x, gamma, beta = 5 + 3 * rng.normal(size=(8, 3)), rng.normal(size=3), rng.normal(size=3)
check_gradients(my_batch_norm, x, gamma, beta)
y, backward = my_batch_norm(x, gamma, beta)
for name, dy in {"ones": np.ones_like(x), "y": y}.items():
    print(f"dy = {name}: largest |dx| below 1e-5:", abs(backward(dy)[0]).max() < 1e-5)

# %% [markdown]
# The last two lines read (7.11) as geometry. Shifting a whole feature changes nothing, nor does stretching it: so $\mathrm{d}x$ has no component along a constant, and (but for $\varepsilon$) none along
# $\hat x$. A check with `dy` all ones would have passed `dx = 0`.
#
# **At test time.** The output for one image now depends on its neighbours in the batch. **Prediction:** can the same digit get two different answers?

# %%
rng, digits = np.random.default_rng(4), load_digits()
net = Sequential(Dense(64, 32, rng=rng), BatchNorm(32), ReLU(), Dense(32, 10, rng=rng))
steps = train(net, digits.x_train, digits.t_train, 3, lr=0.1)
print("training mode: ", *(net(digits.x_test[:n])[0][0, :3] for n in (3, 64)))
with inference(net):
    print("inference mode:", *(net(digits.x_test[:n])[0][0, :3] for n in (1, 3, 64)))

# %% [markdown]
# The same digit, in a batch of 3 and of 64: different answers. A batch of one has no variance at all. So during training each `BatchNorm` keeps **running averages** of $\mu$ and $\sigma^2$. Within `inference(net)`
# these fixed numbers are used, and the answer depends on the digit alone. `predict` and `evaluate` do it by themselves. To forget the switch is a classic bug.
#
# **Layer normalisation** (Ba and others 2016) avoids it: $\mu$ and $\sigma$ over the features of one *example*, batch norm on the transpose. Only $\gamma$ now differs along the axis, and stays inside $g$:
#
# $$\mathrm{d}x = \frac1\sigma \Bigl( g - \overline{g} - \hat x \odot \overline{g \odot \hat x} \Bigr),\quad g = \gamma \odot \mathrm{d}y,
# \quad \text{bars: means over each row} \tag{7.12}$$

# %%
def my_layer_norm(x, gamma, beta, eps=1e-5):
    xhat, back = my_batch_norm(x.T, 1.0, 0.0, eps)
    def backward(dy):
        return back((gamma * dy).T)[0].T, (dy * xhat.T).sum(axis=0), dy.sum(axis=0)
    return gamma * xhat.T + beta, backward

check_gradients(my_layer_norm, x, gamma, beta)

# %%
with figure(2) as axes:
    for ax, f in zip(axes, (Sigmoid, ReLU)):
        blocks = {"plain": lambda dense: [dense, f()],
                  "batch norm": lambda dense: [dense, BatchNorm(100), f()],
                  "layer norm": lambda dense: [dense, LayerNorm(100), f()]}
        sizes = {name: signal(block, STARTS["±1/√n"]) for name, block in blocks.items()}
        curves(ax, LAYERS, sizes, title=f"δ, {f.__name__}, start ±1/√n", **LOG)
        print(f.__name__, {name: f"{d[0]:.2g}" for name, d in sizes.items()})

# %% [markdown]
# The figure shows $\delta$ over twenty layers from the *bad* old weights; the text above it gives the values at layer 1. With batch norm both activations keep a signal, whatever the scale of $W$: it cancels in (7.8).
# ReLU with batch norm even grows towards layer 1. Layer norm helps the sigmoid less: it fixes a unit's place among its neighbours, not its spread over the examples.
#
# **Exercises 07-3 and 07-4** ask for both.
#
# **Summary.** Normalisation makes the signal independent of the scale of the weights, at the cost of two more passes over the data and, for batch norm, of two modes. What is missing: the signal still has to pass every layer.

# %% [markdown]
# ## 5. Residual connections
#
# Could the signal walk round a layer? He, Zhang, Ren and Sun (2016) let each block only add a correction $F$:
#
# $$y = x + F(x) \tag{7.13}$$
#
# The variances add up. With $F$ as large as $x$, the square doubles at each block, so we divide the weights of $M$ blocks by $\sqrt M$:
#
# $$\Bigl(1 + \frac1M\Bigr)^M < e \qquad\text{instead of}\qquad 2^M \tag{7.14}$$
#
# $x$ is used twice, so its gradient is a sum; one summand is `dy` itself:
#
# $$\mathrm{d}x = \mathrm{d}y + \mathrm{d}y\,J_F \tag{7.15}$$
#
# The product (7.2) becomes $\prod (1 + J_l)$. Multiplied out, it has $2^M$ terms, one for each subset of blocks, and the term that skips them all is 1.
# **Prediction:** all weights of $F$ are zero. What is $\mathrm{d}x$?

# %%
rng = np.random.default_rng(4)
x, dy = rng.normal(size=(2, 5, 4))
block = Residual(Dense(4, 4, rng=rng), Tanh())
check_gradients(block, x)
block.params[0].data = np.zeros((4, 4))
print("F = 0: dx equals dy:", np.array_equal(block(x)[1](dy), dy))

# %%
def small_he(*size):
    return he(*size) / np.sqrt(20)                          # (7.14)

sizes = {"plain, He": signal(lambda dense: [dense, ReLU()], he),
         "residual, He": signal(lambda dense: [Residual(ReLU(), dense)], he),
         "residual, He/√M": signal(lambda dense: [Residual(ReLU(), dense)], small_he)}
with figure() as ax:
    curves(ax, LAYERS, sizes, title="Small corrections keep δ flat", **LOG)

# %% [markdown]
# The figure shows $\delta$ for ReLU networks. The detour alone explodes, by about $\sqrt 2$ a block; with corrections of size $1/\sqrt M$ it is nearly constant.
#
# **On real digits.** Five kinds of networks with 2, 8 and 20 dense layers, all 32 units wide; first and last dense layer start alike. Each gets the same budget: 12 epochs, batches of 64, momentum 0.9, and the best of three learning rates, chosen
# on a sixth of the training images set aside. Then three seeds on all training images.
#
# **Prediction:** which of the twenty-layer networks learn?

# %%
KINDS = {"sigmoid": (lambda dense: [dense, Sigmoid()], Sigmoid, glorot),
         "ReLU, Glorot": (lambda dense: [dense, ReLU()], ReLU, glorot),
         "ReLU, He": (lambda dense: [dense, ReLU()], ReLU, he),
         "batch norm": (lambda dense: [dense, BatchNorm(32), ReLU()], ReLU, he),
         "residual": (lambda dense: [Residual(ReLU(), dense)], ReLU, small_he)}

# %%
def deep(kind, depth, rng):
    block, activation, start = KINDS[kind]
    dense = [Dense(32, 32, rng=rng, init=start) for _ in range(depth - 2)]
    inner = [layer for d in dense for layer in block(d)]
    first, last = Dense(64, 32, rng=rng), Dense(32, 10, rng=rng)
    return Sequential(first, activation(), *inner, last)

# %%
def run(kind, depth, lr, seed, rows=slice(None)):
    rng, key = np.random.default_rng(seed), (kind, depth, lr, seed)
    nets[key], losses[key] = deep(kind, depth, rng), []
    x, t = digits.x_train[rows], digits.t_train[rows]
    batches = Batches(x, t, 64, rng=rng, last="keep")
    optimizer = SGD(nets[key].params, lr=lr, momentum=0.9)
    for step in training(nets[key], softmax_cross_entropy, optimizer, batches, EPOCHS):
        losses[key].append(step[2])
        yield step

# %%
def search(kind, depth):
    """Choose the learning rate on images set aside, then train three times on all."""
    aside = np.arange(len(digits.x_train)) % 6 == 0
    x, t = digits.x_train[aside], digits.t_train[aside]
    for lr in RATES:
        yield from run(kind, depth, lr, 0, ~aside)
    score = {lr: evaluate(nets[kind, depth, lr, 0], x, t) for lr in RATES}
    best[kind, depth] = max(score, key=score.get)
    for seed in SEEDS:
        yield from run(kind, depth, best[kind, depth], seed)

# %%
digits, nets, losses, best = load_digits(), {}, {}, {}
DEPTHS, RATES, SEEDS, EPOCHS = (2, 8, 20), (0.005, 0.02, 0.08), (4, 5, 6), 12
steps = (step for kind in KINDS for depth in DEPTHS for step in search(kind, depth))
with np.errstate(over="ignore", invalid="ignore"):          # some rates are too large
    for _ in progress(steps, 15 * EPOCHS * (3 * 19 + 3 * 23), label="90 networks"):
        pass

# %%
def held_out(kind, depth):
    keys = [(kind, depth, best[kind, depth], seed) for seed in SEEDS]
    return np.mean([evaluate(nets[key], digits.x_test, digits.t_test) for key in keys])

def verdict(score):
    return "learns" if score > 0.9 else "partly" if score > 0.4 else "stuck"

scores = np.array([[held_out(kind, depth) for depth in DEPTHS] for kind in KINDS])
print("20 layers better than 2 by 0.01:", (scores[:, 2] > scores[:, 0] + 0.01).any())
table([[kind, *map(verdict, row)] for kind, row in zip(KINDS, scores)],
      ["kind", "2 layers", "8 layers", "20 layers"],
      "held-out: learns: above 0.9, partly: above 0.4, stuck: below")

# %%
with figure(3, size=(10, 3.6)) as axes:
    for ax, depth in zip(axes, DEPTHS):
        means = {}
        for kind in KINDS:
            runs = [losses[kind, depth, best[kind, depth], seed] for seed in SEEDS]
            means[kind] = np.reshape(runs, (3, EPOCHS, -1)).mean(axis=(0, 2))
        curves(ax, range(1, EPOCHS + 1), means, x_label="epoch", log=True,
               y_label="training loss (nats)", title=f"{depth} dense layers")
        ax.set(ylim=(0.02, 4), xticks=(1, 4, 8, 12))
        ax.get_legend().set_visible(depth == 2)

# %% [markdown]
# The figure shows the mean training loss of each epoch. With two layers the ReLU kinds are one network. With eight the sigmoid lies still at $\ln 10$, the loss of guessing.
# With twenty, "selecting ReLU" is not enough: it fails with Glorot's start, gets somewhere with He's, and no further with batch norm, whose signal grows (section 4). The residual network hardly notices. Nor does depth pay on easy digits.
#
# **Exercise 07-6** asks for the backward of a residual block.
#
# **Summary.** A residual connection turns a product of Jacobians into a sum that contains 1. It costs one addition. Now a deep network can learn anything, and that is the next problem: it can also learn what is not so.

# %% [markdown]
# ## 6. Regularisation
#
# A popular article says: "a model with a minimized cost function is expected to perform well on unseen data".
# **Prediction:** we deal the labels of 300 digits at random, so that there is nothing to learn. How far can the training loss fall?

# %%
digits, rng = load_digits(), np.random.default_rng(4)
x, t = digits.x_train[:300], digits.t_train[:300]
for name, labels in {"true": t, "random": rng.integers(10, size=300)}.items():
    net = Sequential(Dense(64, 200, rng=rng, init=he), ReLU(), Dense(200, 10, rng=rng))
    steps = train(net, x, labels, 200, size=50, lr=0.1, momentum=0.9)
    print(f"{name} labels: training above 0.99: {evaluate(net, x, labels) > 0.99},",
          f"held-out above 0.2: {evaluate(net, digits.x_test, digits.t_test) > 0.2}")

# %% [markdown]
# Both cost functions are minimised; one of the networks knows nothing. Three remedies.
#
# **Dropout** (Srivastava and others 2014) sets each activation to 0 with probability $r$, and lets the others grow, so that the expectation stays. With a mask $m$ of ones (probability $1 - r$) and zeros:
#
# $$y = \frac{x \odot m}{1 - r}, \qquad \mathrm{E}[y] = \frac{x\,(1 - r)}{1 - r} = x, \qquad
# \mathrm{d}x = \frac{\mathrm{d}y \odot m}{1 - r} \tag{7.16}$$
#
# At test time nothing is dropped, and nothing has to be rescaled: "inverted" dropout.
#
# **Weight decay**, or L2: add $\tfrac\lambda2 \sum W^2$ to the loss. Its gradient is $\lambda W$, so plain descent shrinks each weight before the step:
#
# $$W \leftarrow (1 - \mathrm{lr}\,\lambda)\, W - \mathrm{lr}\; \mathrm{d}W \tag{7.17}$$
#
# **Early stopping:** watch the loss on a validation set, and stop when it has not improved for some epochs, the patience.

# %%
rng = np.random.default_rng(4)
x, kept = np.array([1.0, -2.0, 5.0]), rng.random((100_000, 3)) >= 0.3
y, backward = dropout(np.tile(x, (len(kept), 1)), kept, 0.3)
print("two draws:", y[0], y[1], " mean of all:", y.mean(axis=0).round(1))
check_gradients(dropout, rng.normal(size=(4, 3)), kept[:4], rate=0.3)

# %% [markdown]
# **The experiment.** 150 training digits, 150 others for validation, six seeds; once with the right labels, once with a tenth of the training labels wrong, as happens where people label in a hurry. Early stopping is an ordinary
# `break` in a loop round `training`; it puts the best weights back. The strengths 0.3, 0.01 and 10 were picked from a few that we tried, so the gains flatter a little.
#
# **Prediction:** how many points of held-out accuracy do the remedies gain: 1, 3 or 10?

# %%
def small_net(rate, rng):
    return Sequential(Dense(64, 60, rng=rng, init=he), ReLU(), Dropout(rate, rng=rng),
                      Dense(60, 60, rng=rng, init=he), ReLU(), Dropout(rate, rng=rng),
                      Dense(60, 10, rng=rng))

def validation_losses(net, batches, decay, x, t):
    """Train for up to 80 epochs; after each, yield the loss on (x, t)."""
    optimizer = SGD(net.params, lr=0.05, momentum=0.9, weight_decay=decay)
    for _, step, _ in training(net, softmax_cross_entropy, optimizer, batches, 80):
        if step % len(batches) == 0:
            yield softmax_cross_entropy(predict(net, x), t)[0]

# %%
def small_run(seed, wrong, rate=0.0, decay=0.0, patience=80):
    rng, losses = np.random.default_rng(seed), []
    rows = rng.permutation(1442)[:300]
    (x, xv), (t, tv) = (np.split(a[rows], 2) for a in digits[:2])
    t[:wrong] = (t[:wrong] + rng.integers(1, 10, size=wrong)) % 10
    net, batches = small_net(rate, rng), Batches(x, t, 50, rng=rng)
    for loss in validation_losses(net, batches, decay, xv, tv):
        losses.append(loss)
        if loss == min(losses):
            best = [p.data.copy() for p in net.params]
        if len(losses) - 1 - np.argmin(losses) >= patience:             # early stopping
            for p, data in zip(net.params, best):
                p.data = data
            break
    return losses, evaluate(net, digits.x_test, digits.t_test)

# %%
REMEDIES = {"none": {}, "dropout": {"rate": 0.3}, "weight decay": {"decay": 0.01},
            "early stopping": {"patience": 10}}
runs = {(name, wrong): [small_run(seed, wrong, **options) for seed in range(6)]
        for name, options in REMEDIES.items() for wrong in (0, 15)}

def points(name, wrong):
    right, none = ([100 * score for _, score in runs[n, wrong]] for n in (name, "none"))
    gain = np.subtract(right, none)
    mean = round(gain.mean(), 1) + 0.0                      # + 0.0: no "-0.0"
    return [f"{np.mean(right):.1f}", f"{mean} ± {gain.std():.1f}"]

table([[name, *points(name, 0), *points(name, 15)] for name in REMEDIES],
      ["remedy", "right labels: %", "gain", "a tenth wrong: %", "gain"],
      "held-out accuracy in per cent, gain in points")

# %%
with figure() as ax:
    for name, dash in zip(("none", "dropout", "weight decay"), ("-", "--", ":")):
        loss = np.array([losses for losses, _ in runs[name, 15]])
        ax.plot(range(1, 81), loss.mean(axis=0), dash, label=name)
        ax.fill_between(range(1, 81), loss.min(axis=0), loss.max(axis=0), alpha=0.15)
    ax.set(ylim=(0.2, 1.2), xlabel="epoch", ylabel="validation loss (nats)",
           title="A tenth of the labels wrong: the loss turns round")
    ax.legend(ncols=3)

# %% [markdown]
# The figure shows means (lines) and ranges (bands) over the seeds. Without a remedy the validation loss soon rises again: the network begins to learn the wrong labels. The table is sober: ± is the scatter over seeds. With right labels
# no remedy helps, and some cost a little. With wrong ones each earns its place.
#
# The explorer shows why, on *synthetic* points in the plane, a fifth of them with the wrong label. Which remedy can be overdone most easily?

# %%
boundary_explorer()

# %% [markdown]
# **Exercises 07-5 and 07-8** ask for dropout and for early stopping.
#
# **Summary.** A small training loss proves nothing about new examples; watch a validation set. Remedies trade a worse fit for a smoother answer, gain most where data are few or wrong, and must be measured.
# One question is left. Descent goes downhill. Does it arrive?

# %% [markdown]
# ## 7. The landscape
#
# The smallest deep network has two linear layers of one unit: $y = a b x$. Take $x = t = 1$:
#
# $$L = (ab - 1)^2, \qquad \frac{\partial L}{\partial a} = 2 (ab - 1)\, b, \qquad \frac{\partial L}{\partial b} = 2 (ab - 1)\, a \tag{7.18}$$
#
# At $a = b = 0$ both slopes are 0, but it is no minimum: along $a = b$ the loss falls on both sides, along $a = -b$ it rises. A **saddle**. Around it lies a **plateau**.
# Near it, $a = b$ grows by a constant factor in each step. **Prediction:** start ten times nearer to the saddle. How many more steps does it take?

# %%
def descent_on_the_plateau(a):
    losses = []
    for _ in range(250):
        losses.append((a * a - 1) ** 2)                     # b = a at every step
        a -= 0.025 * 2 * (a * a - 1) * a                    # (7.18)
    return np.array(losses)

paths = {f"start {a:.0e}": descent_on_the_plateau(a) for a in (1e-1, 1e-2, 1e-3, 1e-4)}
print("steps until L < 0.25:", [int((path >= 0.25).sum()) for path in paths.values()])
with figure() as ax:
    curves(ax, range(250), paths, x_label="step", y_label="loss",
           title="The plateau grows with ln(1/start)")

# %% [markdown]
# The figure shows four curves of the same shape. Each factor of ten costs the same number of further steps. To somebody who watches the loss, a plateau looks like convergence.
#
# A popular article lists "Local Minima: Optimization can get stuck in suboptimal solutions". How often? We repeat an experiment of 1986, XOR with $H$ hidden sigmoid units (Rumelhart, Hinton, Williams): error $E = \tfrac12 \sum (y - t)^2$ *summed*,
# all four patterns in each sweep, learning rate 0.25, momentum 0.9. The starting weights are ours, uniform in ±½. 200 networks learn at once: the first axis of each array is the seed.
#
# **Prediction:** how many of 200 get stuck with two hidden units, with four, with eight?

# %%
def gradients_1986(x1, t, W1, W2):
    """Outputs, dW1, dW2 for all seeds at once; the last row of each W is the bias."""
    h = sigmoid(x1 @ W1)[0]
    h1 = np.concatenate([h, np.ones_like(h[:, :, :1])], axis=2)
    y = sigmoid(h1 @ W2)[0]
    dz2 = (y - t) * y * (1 - y)
    dz1 = (dz2 @ W2[:, :-1].swapaxes(1, 2)) * h * (1 - h)
    return y, x1.T @ dz1, h1.swapaxes(1, 2) @ dz2

# %%
def descend(x, t, H, optimizer, sweeps, seeds=200, spread=0.5):
    """For each seed: first sweep with each output on its side of ½, and the last E."""
    rng, x1 = np.random.default_rng(4), np.column_stack([x, np.ones(len(x))])
    W1, W2 = (Parameter(rng.uniform(-spread, spread, (seeds, *shape)))
              for shape in ((x1.shape[1], H), (H + 1, t.shape[1])))
    optimizer, first = optimizer([W1, W2]), np.full(seeds, sweeps)
    for k in range(sweeps):
        y, W1.grad, W2.grad = gradients_1986(x1, t, W1.data, W2.data)
        right = (abs(y - t) < 0.5).all(axis=(1, 2))
        first[right] = np.minimum(first[right], k)
        optimizer.step()
    return first, 0.5 * ((y - t) ** 2).sum(axis=(1, 2))

# %%
x, t = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
heavy, adam, rows = partial(SGD, lr=0.25, momentum=0.9), partial(Adam, lr=0.03), []
for H, name, optimizer, sweeps in ((2, "momentum", heavy, 6000),
                                   (4, "momentum", heavy, 2000),
                                   (8, "momentum", heavy, 2000),
                                   (2, "Adam", adam, 2000)):
    first, E = descend(x, t, H, optimizer, sweeps)
    stuck, fit = first == sweeps, int(np.round(280 - 33 * np.log2(H)))
    values, counts = np.unique(E[stuck].round(2), return_counts=True)
    ends = ", ".join(f"{n} at {value}" for value, n in zip(values, counts))
    rows.append([H, name, stuck.sum(), ends, int(np.median(first[~stuck])),
                 fit if name == "momentum" else ""])
table(rows, ["H", "optimizer", "stuck of 200", "at E", "median sweeps",
             "280 − 33 log₂ H"])

# %% [markdown]
# The last column is Chauvin's fit, printed in their chapter of *Parallel Distributed Processing* (1986); with $H = 2$ they met two stuck runs among hundreds. Our medians with momentum fall likewise.
# Spare units remove the trap. (The "558 sweeps" often quoted belong to another net: one hidden unit, with direct links from input to output.)
# $E = ¼$ means two patterns right and two answered with ½. Another article promises that "new approaches and other optimizers" overcome this: Adam, here, is faster, and stuck more often.
#
# The same article: backpropagation "does not require tuning specific parameters". The encoder of 1986 sends eight patterns through three units. **Prediction:** which momentum is best, 0, 0.5 or 0.9?

# %%
rows = []
for momentum in (0.0, 0.5, 0.9):
    optimizer = partial(SGD, lr=0.5, momentum=momentum)
    first, _ = descend(np.eye(8), np.eye(8), 3, optimizer, 2000, seeds=30, spread=1.0)
    rows.append([momentum, f"{(first < 2000).sum()} of 30", int(np.median(first))])
table(rows, ["momentum", "learnt", "median sweeps (2000: not learnt)"])

# %% [markdown]
# Momentum 0.9 was right for XOR, and ruins the encoder: early steps saturate its units. The derivative needs no tuning; the training does.
#
# **Summary.** Descent is slowed by plateaus and saddles, and rarely held for good, mostly in networks with no unit to spare.
# **Exercise 07-9** asks you to name the fault of five trainings.
#
# | task | what | level |
# |---|---|---|
# | 07-1, 07-2 | starting weights, the ratio of error signals | fill in |
# | 07-3, 07-4 | batch norm, backward of layer norm | write |
# | 07-5, 07-6, 07-7 | dropout, residual backward, dead units | fill in |
# | 07-8 | early stopping | write |
# | 07-9 | diagnose five trainings | explore |
#
# **Further reading**
#
# * Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", *AISTATS* 2010.
# * He and others, "Delving deep into rectifiers", *ICCV* 2015; "Deep residual learning", *CVPR* 2016.
# * Ioffe, Szegedy, "Batch normalization", *ICML* 2015.
# * Srivastava and others, "Dropout", *JMLR* 15, 2014.
# * Rumelhart, Hinton, Williams, chapter 8 of *Parallel Distributed Processing* 1, MIT Press 1986.
