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
# * derive the backward of batch and layer normalisation;
# * say what a residual connection does to the gradient, and a budget to a verdict;
# * use dropout, weight decay and early stopping, and compare them on equal terms;
# * tell a plateau, a saddle and a local minimum apart.
#
# **Time:** about 90 minutes, two sittings: sections 1 to 4, then 5 to 7. **Needed:** lesson 04.
#
# | symbol | code | shape | meaning |
# |---|---|---|---|
# | $M$ | `depth` | | number of layers |
# | $z_l, h_l$ | `z, h` | (N, width) | weighted sums and activations of layer $l$ |
# | $\delta_l$ | `dz` | as $z_l$ | error signal of layer $l$, $\partial L/\partial z_l$ |
# | $\mathrm{Var}$ | `.var()` | | variance |
# | $\mu, \sigma$ | `mu, sigma` | (width,) | mean and standard deviation of a feature |
# | $\gamma, \beta$ | `gamma, beta` | (width,) | learnt scale and shift |
# | $\eta$ | `lr` | | learning rate |
# | $r, \lambda$ | `rate, decay` | | dropout rate, weight decay |

# %%
import numpy as np
from IPython.display import display

from course_lib import (SGD, Adam, Batches, BatchNorm, Dense, LayerNorm, ReLU, Residual,
    Sequential, Sigmoid, Tanh, check_gradients, dropout, evaluate, experiments,
    inference, load_digits, metrics, relu, softmax_cross_entropy, train_step, training)
from course_lib.initializers import glorot, he
from course_lib.page.notebook import show_source, table
from course_lib.page.plotting import bands, curves, figure
from course_lib.page.running import each, watched
from course_lib.studies import budgets, landscape, remedies, sweeps1986
from course_lib.widgets.lesson07 import boundary_explorer, dead_explorer, delta_explorer
from course_lib.widgets.predictions import answer, guess

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
# `error_signals` measures it for random data, in five draws. (`lambda dense: [dense, ReLU()]` is a function without a name.) The slope of a sigmoid is at most ¼. **Prediction:** twenty sigmoid layers, weights uniform in $\pm 1/\sqrt n$. By which factor does the signal shrink until layer 1?

# %%
guess("07-vanish", "|δ₁| / |δ₂₀|, such as 0.01 or 1e-5?")

# %%
def stack(block, start, seed, depth=20, width=100):
    """A deep network: ``block(dense)`` lists the layers that go with a dense layer."""
    rng = np.random.default_rng(seed)
    dense = [Dense(width, width, rng=rng, init=start) for _ in range(depth)]
    return Sequential(*[layer for d in dense for layer in block(d)])

def signal(block, start, which=0, draws=range(5)):
    """|δ| (which=0) or |dW| (which=1), layer 20's is 1; a row for each draw."""
    sizes = []
    for seed in draws:
        x, dy = np.random.default_rng(100 + seed).normal(size=(2, 64, 100))
        sizes.append(metrics.error_signals(stack(block, start, seed), x, dy)[which])
    return np.array([size / size[-1] for size in sizes])

# %%
show_source(metrics.error_signals)
STARTS = {"±1/√n": lambda *a: 3 ** -0.5 * glorot(*a), "Glorot": glorot, "He": he}
norms = {f: {name: signal(lambda dense: [dense, f()], start)
             for name, start in STARTS.items()} for f in (Sigmoid, Tanh, ReLU)}
norms[Sigmoid]["4 × Glorot"] = signal(lambda dense: [dense, Sigmoid()],
                                      lambda *a: 4 * glorot(*a))

# %%
rows = [[f.__name__, name, *(f"{of(a[:, 0]):.1e}" for of in (np.median, min, max))]
        for f in norms for name, a in norms[f].items()]
table(rows, ["activation", "start", "|δ₁| / |δ₂₀|", "lowest", "highest"],
      "median, lowest and highest of five draws")

# %%
LOG = dict(xs=range(1, 21), x_label="layer", y_label="size, last layer = 1", log=True)
with figure(3, size=(10, 3.6), alt="Straight lines; most fall to the left.") as axes:
    for ax, f in zip(axes, norms):
        bands(ax, series=norms[f], title=f"δ, {f.__name__}", **LOG)
answer("07-vanish", np.median(norms[Sigmoid]["±1/√n"][:, 0]), form="{:.0e}")

# %% [markdown]
# The figure shows $\|\delta_l\|$. The signal starts at layer 20, on the right. Straight lines on a log axis: each layer multiplies by about the same factor.
#
# With sigmoids less than a billionth arrives, whichever of the three starts is taken; with four times Glorot's, made for the slope ¼, it is about $10^{-4}$. Tanh and ReLU, with $\max f' = 1$, lose the signal too with the old start $\pm 1/\sqrt n$. Three of the ten lines stay within a factor of ten.
#
# **Exercise 07-2** asks for this ratio from a list of weights and slopes.
#
# **Summary.** Each layer multiplies the error signal by a Jacobian; in seven cases of ten less than a hundredth is left. Which weights make the factor 1?

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
# Article B (Deepchecks, "Backpropagation") says that vanishing "can be solved by selecting ReLU activation functions and incorporating regularization". Weight decay, one kind of regularisation (section 6), makes weights smaller. **Prediction:** all of He's weights shrink by a tenth. What happens to $\|\delta_1\| / \|\delta_{20}\|$?

# %%
guess("07-tenth", "The ratio is multiplied by?")

# %%
x, rows = np.random.default_rng(4).normal(size=(64, 100)), []
for (name, start), factor in zip(STARTS.items(), (1 / 6, 1 / 2, 1)):
    nets = [stack(lambda dense: [dense, ReLU()], start, seed) for seed in range(5)]
    h1, h20 = ([np.linalg.norm(part(x)[0]) for part in parts] for parts in
               ([Sequential(*net.layers[:2]) for net in nets], nets))
    backward, forward = norms[ReLU][name][:, 0], np.divide(h20, h1)
    rows.append([name, f"{factor ** 9.5:.1e}", *(f"{a.min():.1e} to {a.max():.1e}"
                                                for a in (backward, forward))])
header = ["ReLU, start", "predicted", "|δ₁| / |δ₂₀|", "|h₂₀| / |h₁|"]
display(table(rows, header, "five draws"))
shrunk = signal(lambda dense: [dense, ReLU()], lambda *size: 0.9 * he(*size))
answer("07-tenth", np.median(shrunk[:, 0] / norms[ReLU]["He"][:, 0]))

# %% [markdown]
# Two lines of algebra predict seven orders of magnitude to within a factor of three. With He's weights the signal keeps its size.
#
# ReLU alone, the table says, is no cure, and smaller weights make the matter worse. What the article leaves out is the scale of the starting weights.
#
# **A trap.** Training uses the gradient of the *weights*, $\mathrm{d}W_l$, and many programs plot its size.
# **Prediction:** with the old weights and ReLU, $\delta$ falls by seven orders of magnitude on its way. And $\mathrm{d}W_l$?

# %%
guess("07-trap", "From layer 20 to layer 1, |dW|",
      choices=("falls as δ does", "keeps its size within a factor of ten", "grows"))

# %%
with figure(2, alt="δ falls in all three; dW is level for tanh and ReLU.") as axes:
    for which, title in enumerate(("δ vanishes in all three", "dW hides it in two")):
        sizes = {f.__name__: signal(lambda dense: [dense, f()], STARTS["±1/√n"], which)
                 for f in norms}
        bands(axes[which], series=sizes, title=title, **LOG)
print({name: f"{a.min():.1e} to {a.max():.1e}" for name, a in sizes.items()})
first = np.median(sizes["ReLU"][:, 0])
answer("07-trap", "falls as δ does" if first < 0.1 else "grows" if first > 10 else
       "keeps its size within a factor of ten")

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
# **Summary.** The factor of a layer is known in advance, and one scale of the weights makes it about 1: Glorot's for tanh near zero, He's for ReLU. It costs nothing.
# It holds at the start only: training moves the weights. And one thing is still missing: a signal can also be exactly zero.

# %% [markdown]
# ## 3. Dead units
#
# A ReLU unit whose $z$ is negative for *every* example has slope 0 for every example. It is **dead**: its $\delta$ is zero, so
#
# $$\mathrm{d}W = x^\top \delta = 0, \qquad \mathrm{d}b = \sum_n \delta_n = 0 .$$
#
# One way to kill units is a step that is too large. Below, five networks of 100 hidden units take one step with one batch of 64 digits, at several learning rates.
# We count the units that no training image switches on.

# %%
def after_one_step(lr, seed):
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(64, 100, rng=rng, init=he), ReLU(), Dense(100, 10, rng=rng))
    x, t = (a[rng.permutation(1442)[:64]] for a in (digits.x_train, digits.t_train))
    train_step(net, softmax_cross_entropy, SGD(net.params, lr=lr), x, t)
    return net

digits, rows = load_digits(), []
for lr in (0.0, 0.1, 1.0, 5.0, 20.0):
    nets = [after_one_step(lr, seed) for seed in range(5)]
    dead = [budgets.dead_units(net, digits.x_train).sum() for net in nets]
    rows.append([lr, *map(int, (np.median(dead), min(dead), max(dead)))])
table(rows, ["learning rate", "dead of 100", "lowest", "highest"], "five networks")

# %% [markdown]
# A few units are dead by chance from the start: all pixels are positive or 0, so a unit with mostly negative weights never fires. A step with rate 5 kills more, a step with 20 more still.
#
# **Prediction:** after the step with rate 20, we go on with rate 0.05 for five epochs. How many of the dead units come back?

# %%
guess("07-back", "Of the dead units of all five networks?", unit="units")

# %%
def train(net, x, t, epochs, size=64, **options):
    batches = Batches(x, t, size, rng=np.random.default_rng(4))
    optimizer = SGD(net.params, **options)
    return list(training(net, softmax_cross_entropy, optimizer, batches, epochs))

nets, back = [after_one_step(20.0, seed) for seed in range(5)], []
for net in nets:
    dead = budgets.dead_units(net, digits.x_train)
    train(net, digits.x_train, digits.t_train, 5, lr=0.05)
    back.append((dead & ~budgets.dead_units(net, digits.x_train)).sum())
    W = abs(net.params[0].grad)
    print(f"{dead.sum()} dead, largest |dW| {W[:, dead].max()}; others {W.max():.1g}")
answer("07-back", sum(back))

# %% [markdown]
# None. The gradient is not small but exactly 0, and no step made of it moves the unit. Only a change of layers below could wake one, and here there are none. Article E ("Backpropagation in Machine Learning – Complete Guide") is right to
# warn of "dead neurons or neurons that go off the scale".
#
# A **leaky** ReLU keeps a small slope below zero, so that some gradient remains. We start with all units shut, all biases at −4, and train with rate 0.1 and momentum 0.9 until the held-out accuracy exceeds 80 %.
# **Prediction:** with a slope of 0.1 this takes about five epochs. And with 0.01, the usual value?

# %%
guess("07-leak", "Slope 0.01: epochs until 80 %?", unit="epochs")

# %%
LEAKS = [(0.0, 0.1), (0.01, 0.1), (0.03, 0.1), (0.1, 0.1), (0.01, 1.0)]
runs = each(LEAKS, lambda leak: np.array([budgets.opened(*leak, s) for s in range(3)]),
            label="leaks", missing=np.full((3, 2), np.nan))
rows = [[runs.name(leak), *(", ".join(f"{v:.0f}" for v in a) for a in runs[leak].T)]
        for leak in LEAKS]
display(table(rows, ["slope below 0, rate", "epochs until 80 %", "units shut then"],
              "three networks of 100 units; nan: not within 60 epochs"))
answer("07-leak", np.median(runs[0.01, 0.1][:, 0]), form="{:.0f}")

# %% [markdown]
# A leak lets a shut unit learn; hardly any opens. The table says: at rate 0.1 the network reaches 80 % with nearly all still shut. The slope multiplies a shut unit's gradient: at the same rate, the smaller the slope the more epochs it takes. Who stops after twenty epochs calls 0.01 useless; with a rate of 1.0 the same leak needs fewer, and opens more units. Budget and rate belong to the verdict; section 5 returns to this.
#
# The explorer trains five such networks for 30 steps at the learning rate you choose. At which rate do units begin to die? Is a leak a remedy for a rate
# that is too large?

# %%
dead_explorer()

# %% [markdown]
# **Exercise 07-7** asks for the share of dead units.
#
# **Summary.** A ReLU unit that is shut for all examples gets no gradient. Large steps and negative biases shut units; a leak lets shut units learn.
# Start values, steps, leaks: so much care. Could a network be built so that its signals *cannot* leave the good range?

# %% [markdown]
# ## 4. Normalisation
#
# Instead of hoping that the variance stays, enforce it. **Batch normalisation** (Ioffe and Szegedy 2015) shifts and scales each feature, over the batch, and lets the network learn another scale $\gamma$ and shift $\beta$:
#
# $$\begin{aligned} \mu &= \frac1N \sum_n x_n, & \sigma &= \sqrt{\frac1N \sum_n (x_n - \mu)^2 + \varepsilon}, \\
# \hat x_n &= \frac{x_n - \mu}{\sigma}, & y_n &= \gamma\, \hat x_n + \beta \end{aligned} \tag{7.8}$$
#
# All for one feature; $\varepsilon = 10^{-5}$ avoids a division by zero. As in exercise 04-7:
#
# $$\mathrm{d}\gamma = \sum_n \mathrm{d}y_n\, \hat x_n, \qquad \mathrm{d}\beta = \sum_n \mathrm{d}y_n, \qquad
# g_n = \mathrm{d}\hat x_n = \gamma\, \mathrm{d}y_n \tag{7.9}$$
#
# $x_n$ reaches the loss on three paths: directly through $\hat x_n$, and through $\mu$ and $\sigma$, which feed *every* $\hat x_m$. Gradients of all paths add up.
#
# $$\underbrace{\frac{g_n}{\sigma}}_{\text{direct}}, \;\;
# \underbrace{\frac{\partial \mu}{\partial x_n}\,\mathrm{d}\mu = \frac1N \sum_m \frac{-g_m}{\sigma}}_{\text{through } \mu}, \;\;
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
    print(f"dy = {name}: largest |dx| {abs(backward(dy)[0]).max():.5f}")

# %% [markdown]
# The last two lines read (7.11) as geometry. Shifting a whole feature changes nothing, nor does stretching it: so $\mathrm{d}x$ has no component along a constant, and (but for $\varepsilon$) none along
# $\hat x$. A check with `dy` all ones would have passed `dx = 0`.
#
# **At test time.** The output for one image now depends on its neighbours in the batch. **Prediction:** can the same digit get two different answers?

# %%
guess("07-twice", "The same digit, in a batch of 3 and in one of 64:",
      choices=("the same answer", "two answers"))

# %%
rng, digits = np.random.default_rng(4), load_digits()
net = Sequential(Dense(64, 32, rng=rng), BatchNorm(32), ReLU(), Dense(32, 10, rng=rng))
train(net, digits.x_train, digits.t_train, 3, lr=0.1)
three, many = (net(digits.x_test[:n])[0][0, :3] for n in (3, 64))
print("training mode: ", three, many)
with inference(net):
    print("inference mode:", *(net(digits.x_test[:n])[0][0, :3] for n in (1, 3, 64)))
answer("07-twice", "the same answer" if np.allclose(three, many) else "two answers")

# %% [markdown]
# The same digit, in a batch of 3 and of 64: different answers. A batch of one has no variance at all. So during training each `BatchNorm` keeps **running averages** of $\mu$ and $\sigma^2$. Within `inference(net)`
# these fixed numbers are used, and the answer depends on the digit alone. `predict` and `evaluate` do it by themselves. To forget the switch is a classic bug.
#
# **Layer normalisation** (Ba and others 2016) avoids it: $\mu$ and $\sigma$ over the features of one *example*, batch norm on the transpose. Only $\gamma$ now differs along the axis, and stays inside $g$:
#
# $$\mathrm{d}x = \frac1\sigma \Bigl( g - \overline{g} - \hat x \odot \overline{g \odot \hat x} \Bigr),\quad g = \gamma \odot \mathrm{d}y \tag{7.12}$$
#
# (bars: means over each row).

# %%
def my_layer_norm(x, gamma, beta, eps=1e-5):
    xhat, back = my_batch_norm(x.T, 1.0, 0.0, eps)
    def backward(dy):
        return back((gamma * dy).T)[0].T, (dy * xhat.T).sum(axis=0), dy.sum(axis=0)
    return gamma * xhat.T + beta, backward

check_gradients(my_layer_norm, x, gamma, beta)

# %%
with figure(2, alt="With batch norm both keep a signal.") as axes:
    for ax, f in zip(axes, (Sigmoid, ReLU)):
        blocks = {"plain": lambda dense: [dense, f()],
                  "batch norm": lambda dense: [dense, BatchNorm(100), f()],
                  "layer norm": lambda dense: [dense, LayerNorm(100), f()]}
        sizes = {name: signal(block, STARTS["±1/√n"]) for name, block in blocks.items()}
        bands(ax, series=sizes, title=f"δ, {f.__name__}, start ±1/√n", **LOG)
        for name, a in sizes.items():
            print(f"{f.__name__}, {name}: {a[:, 0].min():.2g} to {a[:, 0].max():.2g}")

# %% [markdown]
# The figure shows $\delta$ from the *bad* old weights; the printed lines give the ratio $\|\delta_1\| / \|\delta_{20}\|$. With batch norm both keep a signal, whatever the scale of $W$: it cancels in (7.8), but for $\varepsilon$.
# ReLU with batch norm even grows towards layer 1. With sigmoids layer norm keeps much less: all $h$ sit near ½, and the spread over the features, by which it divides, comes mostly from that ½.
#
# **Exercises 07-3 and 07-4** ask for both.
#
# **Summary.** Normalisation makes the signal independent of the scale of the weights, at the cost of more passes over the data and, for batch norm, of two modes. What is missing: the signal still has to pass every layer.

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
guess("07-zero", "dx is", choices=("0", "dy", "2 dy"))

# %%
rng = np.random.default_rng(4)
x, dy = rng.normal(size=(2, 5, 4))
block = Residual(Dense(4, 4, rng=rng), Tanh())
check_gradients(block, x)
block.params[0].data = np.zeros((4, 4))
answer("07-zero", ("0", "dy", "2 dy")[round((block(x)[1](dy) / dy).mean())])

# %%
def small_he(*size):
    return he(*size) / np.sqrt(20)                          # (7.14)

sizes = {"plain, He": signal(lambda dense: [dense, ReLU()], he),
         "residual, He": signal(lambda dense: [Residual(ReLU(), dense)], he),
         "residual, He/√M": signal(lambda dense: [Residual(ReLU(), dense)], small_he)}
with figure(alt="Without the factor the signal grows; with it, it stays level.") as ax:
    bands(ax, series=sizes, title="Small corrections keep δ level", **LOG)
for name, a in sizes.items():
    print(f"{name}: |δ₁| / |δ₂₀| {a[:, 0].min():.2g} to {a[:, 0].max():.3g},",
          f"{(a[:, 0] ** (1 / 19)).mean():.2f} a block")

# %% [markdown]
# The figure shows $\delta$ for ReLU networks. The detour alone explodes, by about $\sqrt 2$ a block; with corrections of size $1/\sqrt M$ the signal grows by less than the $\sqrt e = 1.65$ of (7.14) in all.
#
# **On real digits.** Five kinds of networks with 20 dense layers, 32 units wide, and a shallow one. `budget_trial` trains several seeds and rates side by side, as if alone, but for rounding, which moves single runs by several points. Each kind chooses one of five learning rates on images set aside, with two seeds; five new seeds are judged on test images.
#
# The budget: 12 epochs, batches of 64, momentum 0.9. **Prediction:** how many of the five deep kinds then get 85 % right?

# %%
guess("07-budget", "Deep kinds with 85 %, after 12 epochs?", unit="of five")

# %%
KINDS = {"2 layers": (2, None, ReLU, he),
         "sigmoid": (20, lambda dense: [dense, Sigmoid()], Sigmoid, glorot),
         "ReLU, Glorot": (20, lambda dense: [dense, ReLU()], ReLU, glorot),
         "ReLU, He": (20, lambda dense: [dense, ReLU()], ReLU, he),
         "batch norm": (20, lambda dense: [dense, dense.norm(), ReLU()], ReLU, he),
         "residual": (20, lambda dense: [Residual(ReLU(), dense)], ReLU, small_he)}

# %%
EPOCHS = (1, 2, 4, 6, 9, 12, 18, 24, 30, 36)
GRID = dict(values=(0.0025, 0.005, 0.01, 0.02, 0.04), search_seeds=(0, 1),
            seeds=(2, 3, 4, 5, 6), widen=0)
trial = budgets.budget_trial(EPOCHS, (12, 36), *list(GRID.values())[:3])

# %%
digits = load_digits(dtype=np.float32)
aside = np.arange(len(digits.x_train)) % 6 == 0
fit, choose = ((digits.x_train[i], digits.t_train[i]) for i in (~aside, aside))
split = experiments.Split(fit, choose, digits[2:])
twelve = experiments.compare(KINDS, trial, split=split, by=12, **GRID,
                             watch=lambda jobs: watched(jobs, label="12 epochs"))

# %%
def learnt(found):                          # deep kinds that get 85 % right, on average
    wrong = [found.scores[kind].mean() for kind in list(KINDS)[1:]]
    return int(np.sum(np.less(wrong, 15))) if found.complete else None

HEADER = ["kind", "rate chosen", "at the grid's edge", "wrong, %"]
display(table(twelve.rows("{:.1f}"), HEADER, "12 epochs, five seeds, 95 % interval"))
answer("07-budget", learnt(twelve))

# %% [markdown]
# One. A report would say that batch norm and He's start, sections 2 and 4, do not train twenty layers. Would you write that? (Where the rate lies at the edge of the grid, one beyond might do better.)
#
# The budget of 12 epochs was our choice, and nothing in the table says whether the others had stopped learning or had only begun.
# **Prediction:** with 36 epochs, and rates chosen for 36: how many?

# %%
guess("07-longer", "Deep kinds with 85 %, after 36 epochs?", unit="of five")

# %%
longer = experiments.compare(KINDS, trial, split=split, by=36, **GRID,
                             watch=lambda jobs: watched(jobs, label="36 epochs"))
table(longer.rows("{:.1f}"), HEADER, "36 epochs, five seeds, 95 % interval")

# %%
with figure(alt="Three of the deep kinds come down below 15 %.") as ax:
    runs = {longer.name(kind): a.reshape(5, -1) * np.ones(10)
            for kind, a in longer.runs.items()}
    bands(ax, EPOCHS, runs, x_label="epoch", y_label="wrong answers, %",
          title="Where one stops decides who has learnt")
for epochs, found in {12: twelve, 36: longer}.items():
    beaten = {rival: found.beats("residual", rival) for rival in list(KINDS)[:-1]}
    print(f"{epochs} epochs, is residual better than", beaten)
answer("07-longer", learnt(longer))

# %% [markdown]
# The figure shows the median of five seeds and their range. Now three kinds get 85 % right. Batch norm and He's start had not failed; nobody had waited.
#
# What did the budget not decide? At both the residual network makes the fewest mistakes of the deep ones, not told apart from two layers; ReLU with Glorot's start lies behind He's: "selecting ReLU" is not enough. The sigmoid, with Glorot's start, stays at chance.
#
# A verdict names its budget. **Exercise 07-6** asks for the backward of a residual block.
#
# **Summary.** A residual connection turns a product of Jacobians into a sum that contains 1. It costs one addition. But what easily learns can also learn what is not so.

# %% [markdown]
# ## 6. Regularisation
#
# Article D (it opens "Backpropagation is a fundamental component of deep learning for neural networks") says: "a model with a minimized cost function is expected to perform well on unseen data".
# **Prediction:** we deal the labels of 300 digits at random, so that there is nothing to learn. How many of them can a network learn by heart?

# %%
guess("07-random", "Of 300 random labels?", unit="labels")

# %%
digits, rng = load_digits(), np.random.default_rng(4)
x, t, dealt = digits.x_train[:300], digits.t_train[:300], rng.integers(10, size=300)
for name, labels in {"true": t, "random": dealt}.items():
    net = Sequential(Dense(64, 200, rng=rng, init=he), ReLU(), Dense(200, 10, rng=rng))
    train(net, x, labels, 200, size=50, lr=0.1, momentum=0.9)
    known, right = 300 * evaluate(net, x, labels), evaluate(net, *digits[2:])
    print(f"{name} labels: {known:.0f} learnt; held-out {right:.0%} right")
answer("07-random", known, form="{:.0f}")

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
# $$W \leftarrow (1 - \eta\,\lambda)\, W - \eta\; \mathrm{d}W \tag{7.17}$$
#
# **Early stopping:** watch the loss on a validation set, and stop when it has not improved for some epochs, the patience.

# %%
rng = np.random.default_rng(4)
x, kept = np.array([1.0, -2.0, 5.0]), rng.random((100_000, 3)) >= 0.3
y, backward = dropout(np.tile(x, (len(kept), 1)), kept, 0.3)
print("two draws:", y[0], y[1], " mean of all:", y.mean(axis=0).round(1))
check_gradients(dropout, rng.normal(size=(4, 3)), kept[:4], rate=0.3)

# %% [markdown]
# **The experiment.** Everybody gets the same 300 labelled digits, drawn anew for each seed, and 60 epochs; once with the right labels, once with a tenth of all labels wrong. What early stopping watches has to come out of its 300: it trains on 200 and watches 100. To see the cost, a network without a remedy trains on 200, too.
#
# Each remedy chooses among three strengths, on other digits whose labels are just as bad: dropout rates 0.2, 0.4, 0.8; decays 0.008, 0.016, 0.032; a patience of 8, 16 or 32 epochs.
#
# **Prediction:** a tenth of the labels wrong. By how many points does early stopping lower the held-out error?

# %%
guess("07-stop", "Early stopping gains?", unit="points")

# %%
show_source(remedies.stop_early)
right, wrong = (
    remedies.experiment(share, watch=lambda jobs: watched(jobs, label="remedies"))
    for share in (0.0, 0.1))

# %%
display(table(remedies.gains(right), remedies.HEADER, "right labels; eight seeds"))
table(remedies.gains(wrong), remedies.HEADER, "a tenth of the labels wrong")

# %%
with figure(alt="Without a remedy the loss falls and rises again.") as ax:
    losses = {wrong.name(name): a.reshape(8, -1) * np.ones(60)
              for name, a in list(wrong.measured("losses").items())[:3]}
    bands(ax, range(1, 61), losses, x_label="epoch", y_label="held-out loss (nats)",
          title="A tenth of the labels wrong: the loss turns round")
    ax.set(ylim=(0.2, 1.2))
turn = next(iter(losses.values())).argmin(axis=1) + 1
print("lowest loss of none after", *turn, "epochs")
others = ("none, 200 digits", "dropout", "weight decay")
print("early stopping beats", {b: wrong.beats("early stopping", b) for b in others})
answer("07-stop", (wrong.scores["none"] - wrong.scores["early stopping"]).mean(),
       form="{:.1f}")

# %% [markdown]
# The figure shows medians and ranges. Without a remedy the loss soon rises again: wrong labels are learnt.
#
# With a tenth wrong, dropout and weight decay gain. Early stopping gains less than either, and is not told apart from none. Against the network with the same 200 digits it is better here. Where labels are right, it only costs.
#
# All eight seeds share one draw of wrong labels; another draw may turn early stopping's sign.
#
# Three of six chosen strengths lie at the grid's edge: one beyond might do better.
#
# The explorer shows the remedies on *synthetic* points in the plane, a fifth wrongly labelled, in one draw. From which strength on are wrong labels no longer learnt?

# %%
boundary_explorer()

# %% [markdown]
# **Exercises 07-5 and 07-8** ask for dropout and for early stopping.
#
# **Summary.** A small training loss proves nothing about new examples; watch a validation set. Remedies trade a worse fit for a smoother answer; here dropout and weight decay gained where labels were wrong. What a remedy needs, data to watch or values to try, belongs to its price.
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
guess("07-plateau", "From 0.01 instead of 0.1: how many more?", unit="steps")

# %%
def descent_on_the_plateau(a):
    losses = []
    for _ in range(250):
        losses.append((a * a - 1) ** 2)                     # b = a at every step
        a -= 0.025 * 2 * (a * a - 1) * a                    # (7.18)
    return np.array(losses)

paths = {f"start {a:.0e}": descent_on_the_plateau(a) for a in (1e-1, 1e-2, 1e-3, 1e-4)}
steps = [int((path >= 0.25).sum()) for path in paths.values()]
print("steps until L < 0.25:", steps)
with figure(alt="Four equal curves, each moved to the right.") as ax:
    curves(ax, range(250), paths, x_label="step", y_label="loss",
           title="The plateau grows with ln(1/start)")
answer("07-plateau", steps[1] - steps[0])

# %% [markdown]
# The figure shows four curves of the same shape. Each factor of ten costs about the same number of further steps. To somebody who watches the loss, a plateau looks like convergence.
#
# Article C ("Backpropagation, short for “backward propagation of errors,”") lists "Local Minima: Optimization can get stuck in suboptimal solutions". How often? We repeat an experiment of Rumelhart, Hinton and Williams (1986), XOR with $H$ hidden sigmoid units: error $E = \tfrac12 \sum (y - t)^2$ *summed*,
# all four patterns in each sweep, $\eta = 0.25$, momentum 0.9. The starting weights are ours, uniform in ±½. 200 networks learn at once.
#
# **Prediction:** two hidden units. After 500 sweeps, many of 200 networks do not have all four patterns right. After 6000?

# %%
guess("07-6000", "Not right after 6000 sweeps?", unit="networks")

# %%
show_source(sweeps1986.gradients)
heavy, adam, slow = (lambda params: SGD(params, lr=0.25, momentum=0.9),
                     lambda params: Adam(params, lr=0.03),
                     lambda params: Adam(params, lr=0.003))
RIVALS = {"2, momentum": (2, heavy), "2, other starts": (2, heavy),
          "4, momentum": (4, heavy), "8, momentum": (8, heavy),
          "4, Adam 0.03": (4, adam), "2, Adam 0.03": (2, adam),
          "2, Adam 0.003": (2, slow)}
none = np.full(200, np.nan), np.zeros((200, 3, 2)), np.zeros((200, 3, 1))
xors = each(RIVALS, lambda name: sweeps1986.descend(
    "XOR", *RIVALS[name], 6000, seed=5 if "other" in name else 4),
    label="XOR", missing=none)

# %%
late = xors.map(lambda run: [int((~(run[0] < k)).sum()) for k in (500, 2000, 6000)])
rows = [[xors.name(name), *late[name], np.median(xors[name][0])] for name in RIVALS]
display(table(rows, ["H, optimizer", "500", "2000", "6000", "median sweeps"],
              "networks of 200 that are not right after so many sweeps"))
answer("07-6000", "incomplete" if "2, momentum" in xors.incomplete else rows[0][3])

# %% [markdown]
# Who is "stuck" depends on when one looks. After 6000 sweeps 10 networks of 200 are left, 17 with other starts, at $E \approx \tfrac14$: two patterns right, two answered with ½. With four units or eight, momentum leaves none. Article D promises that "new approaches and other optimizers" overcome this: Adam, here, leaves many more, at either rate. (Chauvin's fit of 1986, printed by the same authors, is $280 - 33 \log_2 H$ presentations; our medians fall with $H$ likewise.)
#
# Are the ends local minima? At one, the slope is 0 and all curvatures (eigenvalues of the second derivatives) are positive. We look, then let L-BFGS (lesson 06) go on to a slope of $10^{-14}$. **Prediction:** how many ends come down to a lower $E$?

# %%
guess("07-on", "Of the networks left after 6000 sweeps?", unit="networks")

# %%
E, ends = sweeps1986.xor_error, sweeps1986.vectors(*xors["2, momentum"])
further = [landscape.going_on(E, v) for v in ends]
bottom = landscape.going_on(landscape.one_unit, [2.2, 2.2])
points = {"saddle of (7.18)": (sweeps1986.product, np.zeros(2)),
          "local minimum": (landscape.one_unit, bottom)}
for v, w in list(zip(ends, further))[:1]:
    points |= {"XOR, 6000 sweeps": (E, v), "XOR, going on": (E, w)}

# %%
display(table([[name, f"{p.loss:.4f}", f"{p.gradient:.0e}",
                f"{round(p.lowest, 6) + 0:.6f}", f"{p.highest:.4f}", f"{p.weights:.0f}"]
               for name, at in points.items() for p in [landscape.place(*at)]],
              ["place", "loss", "|gradient|", "lowest curvature", "highest", "|w|"]))
print([f"{E(v)[0]:.4f} to {E(w)[0]:.4f}" for v, w in zip(ends, further)])
answer("07-on", sum(E(w)[0] < 0.24 for w in further) if ends else "incomplete")

# %% [markdown]
# The saddle bends down in one direction, the local minimum (lesson 06) up in all. The XOR network does neither: on going on its slope dies away, the lowest curvature measured is 0, $E$ stays, the weights grow. A **plateau that runs to infinity**. "XOR has no local minima" is the title of Hamey (1998). Sprinkhuizen-Kuyper and Boers prove it for finite weights (1998), and a strictly decreasing path from each finite point to error 0 (1999). Ours did not find it.
#
# Article D again: backpropagation "does not require tuning specific parameters". The encoder of 1986 sends eight patterns through three units. **Prediction:** with momentum 0.9, which served XOR, and $\eta = 0.5$, how many of 30 learn in 2000 sweeps?

# %%
guess("07-encoder", "Momentum 0.9, η = 0.5: of 30?", unit="encoders")

# %%
MOMENTA, ETAS = (0.0, 0.5, 0.9), (0.05, 0.1, 0.5, 2.0, 4.0)
encoders = each([(m, eta) for m in MOMENTA for eta in ETAS],
                lambda key: sweeps1986.descend("encoder", 3, lambda params: SGD(
                    params, momentum=key[0], lr=key[1]), 2000, networks=30,
                    spread=1.0)[0],
                label="encoders", missing=np.full(30, np.nan))
learn = encoders.map(lambda first: f"{(first < 2000).sum()} ({np.median(first):.0f})")
learn |= dict.fromkeys(encoders.incomplete, "incomplete")
display(table([[eta, *(learn[m, eta] for m in MOMENTA)] for eta in ETAS],
              ["η", *(f"momentum {m}" for m in MOMENTA)],
              "encoders of 30 that learn in 2000 sweeps (median sweeps)"))
first = np.nan if (0.9, 0.5) in encoders.incomplete else encoders[0.9, 0.5]
answer("07-encoder", np.sum(first < 2000) if np.ndim(first) else first)

# %% [markdown]
# Who tries $\eta = 0.5$ alone must think that momentum 0.9 ruins the encoder. With 0.05 or 0.1 nearly all learn. Each momentum has its own rates; 0.9 at its best rate is still the slowest here. The derivative needs no tuning; the training does.
#
# **Summary.** Plateaus and saddles slow descent. "Stuck" speaks of a budget, a rate, an optimizer; look at slope, curvature and weights before you say "minimum".
# **Exercise 07-9** asks you to name the fault of five trainings.
#
# | task | what | level |
# |---|---|---|
# | 07-1, 07-2 | starting weights, the ratio of error signals | fill in |
# | 07-3, 07-4 | batch norm, backward of layer norm | write |
# | 07-5, 07-6, 07-7 | dropout, residual backward, dead units | fill in |
# | 07-8 | early stopping | write |
# | 07-9 | diagnose five trainings | explore |

# %% [markdown]
# **Further reading**
#
# - {source glorot2010}.
# - {source he2015}.
# - {source he2016}.
# - {source ioffe2015}.
# - {source srivastava2014}.
# - {source rumelhart1986pdp}.
# - {source hamey1998}.
# - {source sprinkhuizen1998}.
# - {source sprinkhuizen1999}.
