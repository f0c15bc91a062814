# %% [markdown]
# # 01 Learning as descent
#
# What does it mean that a machine learns? Here it means: numbers inside the machine change, so that its answers become less wrong.
#
# After this lesson you can
#
# - say what one neuron computes, and measure how wrong it is;
# - derive the slope of its error by hand, and check it;
# - train it on real handwritten digits with the delta rule;
# - predict whether a learning rate crawls, converges, oscillates or diverges.
#
# Time: about 60 minutes. Needed: [lesson 00](00_start_here.ipynb), NumPy arrays, derivatives from school.

# %% [markdown]
# |symbol|code|shape|meaning|
# |---|---|---|---|
# |$x$|`x`|a number; later $(N,)$ or $(N, D)$|input; $N$ examples, $D$ inputs each|
# |$t$|`t`|a number; later $(N,)$|target: the right answer|
# |$w,\ b$|`w`, `b`|numbers; later $w$ is $(D,)$|parameters: weight and bias|
# |$z,\ y$|`z`, `y`|as $t$|weighted sum, and answer $y = s(z)$|
# |$L$|`loss`|a number|loss: how wrong the answers are|
# |$\partial L/\partial w$|`slope_w`|as $w$|slope of the loss by $w$|
# |$\delta$|`delta`|as $t$|slope of one example's loss by $z$|
# |$\eta$|`lr`|a number|learning rate|
# |$\lambda$|`curvature`|a number|curvature: the second derivative|

# %%
import numpy as np

from course_lib import accuracy, load_digits, numerical_gradient
from course_lib.page.drawing.palette import DATA, FORWARD, PARAMETER
from course_lib.page.notebook import show_source
from course_lib.page.plotting import DASHES, curves, figure, images, signed_matrix
from course_lib.studies.descents import zeros_and_ones
from course_lib.widgets.lesson01 import neuron_explorer, parabola_explorer
from course_lib.widgets.predictions import answer, guess

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. One neuron
#
# Zeros are round and empty in the middle. Ones are a stroke through the middle. Can a machine tell them apart by the ink in the middle alone?
#
# The data is real: handwritten zeros and ones, 8 × 8 pixels each. Of every image only one number is used, the mean ink of the middle four pixels.

# %%
digits = load_digits()
two = digits.x_train[digits.t_train < 2][:8]
with figure(8, size=(9.0, 1.4)) as axes:
    images(axes, two, [f"ink {i[3:5, 3:5].mean():.2f}" for i in two.reshape(-1, 8, 8)])

# %% [markdown]
# Above: eight of the images with the ink in their middle. It is near 0 for zeros and larger for ones. `zeros_and_ones` collects this for all of them.

# %%
show_source(zeros_and_ones)

# %%
ink, is_one = zeros_and_ones()
print(f"{len(ink)} examples, {int(is_one.sum())} of them ones")
print("the first inputs ", ink[:5])
print("the first targets", is_one[:5])

# %% [markdown]
# A **neuron** multiplies its input by a weight $w$ and adds a bias $b$. The sum may be any number.
#
# $$z = w x + b \tag{1.1}$$
#
# The **sigmoid** $s$ then bends it into the range from 0 to 1, so that it can be read as "how much like a one".
#
# $$y = s(z) = \frac{1}{1 + e^{-z}} \tag{1.2}$$

# %%
def s(z):
    return 1 / (1 + np.exp(-z))

def neuron(x, w, b):
    z = w * x + b       # (1.1)
    return s(z)         # (1.2)

print("s(-4), s(0), s(4) =", s(np.array([-4.0, 0.0, 4.0])))

# %%
grid = np.linspace(0, 1, 101)
with figure() as ax:
    ax.plot(ink, is_one, "o", color=DATA, fillstyle="none", label="zeros and ones")
    for i, (w, b) in enumerate([(2, 0), (10, -2), (10, -7)]):
        label = f"w = {w}, b = {b}"
        ax.plot(grid, neuron(grid, w, b), DASHES[i], color=FORWARD, label=label)
    ax.set(xlabel="x, ink in the middle", ylabel="answer y",
           title="Two numbers decide how the neuron answers")
    ax.legend(loc="lower right")

# %% [markdown]
# The circles at the bottom are the zeros ($t = 0$), those on top the ones ($t = 1$). The dashed curve separates them best.
# The weight decides how steep the curve is; the bias shifts it.
#
# The sigmoid is symmetric: $s(-z) = 1 - s(z)$. A check on many values:

# %%
z = np.linspace(-6, 6, 25)
np.testing.assert_allclose(s(-z), 1 - s(z), rtol=1e-12)
print("s(-z) = 1 - s(z) for", len(z), "values")

# %% [markdown]
# **Summary.** A neuron has two parameters, and every choice of them is another machine.
# To learn is to choose $w$ and $b$ by looking at examples. Still missing: a number that says which choice is better.
#
# ## 2. How wrong is it?
#
# For one example the **squared error** is 0 for a perfect answer, and grows with the distance from it in both directions.
#
# $$L = (y - t)^2 \tag{1.3}$$
#
# For $N$ examples the **loss** is the mean of their squared errors.
#
# $$L = \frac{1}{N} \sum_{n=1}^{N} (y_n - t_n)^2 \tag{1.4}$$

# %%
def loss(w, b, x, t):
    y = neuron(x, w, b)
    return ((y - t) ** 2).mean()     # (1.4)

ink, is_one = zeros_and_ones()
for w, b in [(2, 0), (10, -2), (10, -7)]:
    print(f"w = {w}, b = {b}: loss {loss(w, b, ink, is_one):.4f}")

# %% [markdown]
# The smallest of the three losses belongs to the dashed curve, as the picture promised.
# There are only two parameters, so the loss can be drawn as a map: each point is one neuron, its colour is its loss.

# %%
ws, bs = np.linspace(-5, 20, 101), np.linspace(-15, 5, 81)
surface = np.array([[loss(w, b, ink, is_one) for w in ws] for b in bs])
with figure() as ax:
    heat = ax.pcolormesh(ws, bs, surface, shading="nearest")
    ax.plot(ws, -0.3 * ws, "--", color="white")
    ax.set(xlabel="weight w", ylabel="bias b", title="A valley runs down to the right")
    ax.figure.colorbar(heat, label="loss")

# %% [markdown]
# Dark is a small loss. Along the white line, $b = -0.3\,w$, the answer passes one half at an ink of 0.3; the valley lies close to it.
#
# **Predict before you run:** the map needed 101 × 81 losses for 2 parameters. How many would 100 values for each of 65 parameters need?

# %%
guess("01-map", "How many losses for 65 parameters?", unit="losses")

# %%
print(f"2 parameters: {surface.size:,} losses")
answer("01-map", 100.0 ** 65, form="{:.0e}")

# %% [markdown]
# **Summary.** The loss turns "learn" into "find a low point". Trying out all neurons works for two parameters and is hopeless for 65.
# Still missing: a way to feel, from where we stand, in which direction the ground falls.
#
# ## 3. The slope, by hand
#
# Which way is down? Move $w$ by a small $h$, see how the loss changes, and divide by $h$. This is the **difference quotient**;
# for ever smaller $h$ it becomes the slope.
#
# $$\frac{\partial L}{\partial w} = \lim_{h \to 0} \frac{L(w + h) - L(w)}{h} \tag{1.5}$$
#
# (The letter ∂ says that there are other variables, here $b$, and that they are held still.)

# %%
x, t, w, b = 0.5, 1.0, 2.0, -1.5
for h in [1.0, 0.1, 0.01, 0.001, 0.0001]:
    quotient = (loss(w + h, b, x, t) - loss(w, b, x, t)) / h
    print(f"h = {h:<6}  difference quotient {quotient:.6f}")

# %% [markdown]
# The numbers settle: the slope is near −0.146. A step to the right lowers the loss.
#
# Now exactly, in three parts, as $w$ acts on $z$, $z$ on $y$, and $y$ on $L$. For the first part the difference quotient can be worked out completely:
#
# $$\frac{(y + h - t)^2 - (y - t)^2}{h} = 2(y - t) + h, \quad\text{so}\quad \frac{\partial L}{\partial y} = 2\,(y - t). \tag{1.6}$$

# %% [markdown]
# The sigmoid, by the quotient rule, then written with $s$ itself. The last step uses $e^{-z}/(1 + e^{-z}) = 1 - s(z)$.
#
# $$\frac{\mathrm d y}{\mathrm d z} = \frac{e^{-z}}{(1 + e^{-z})^2} = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} = y\,(1 - y) \tag{1.7}$$
#
# And $z = wx + b$ grows by $x$ when $w$ grows by 1, and by 1 when $b$ does.
#
# $$\frac{\partial z}{\partial w} = x, \qquad \frac{\partial z}{\partial b} = 1 \tag{1.8}$$

# %% [markdown]
# A small change of $w$ is magnified by each part in turn, so the three slopes are multiplied. This is the **chain rule** from school.
# The product of the first two gets a name of its own, $\delta$ (delta): the slope of the loss by $z$.
#
# $$
# \begin{aligned}
# \delta &= \frac{\partial L}{\partial z} = 2\,(y - t)\; y\,(1 - y) \\
# \frac{\partial L}{\partial w} &= \delta\, x \\
# \frac{\partial L}{\partial b} &= \delta
# \end{aligned} \tag{1.9}
# $$

# %%
def slope(w, b, x, t):
    y = neuron(x, w, b)
    delta = 2 * (y - t) * y * (1 - y)    # (1.9)
    slope_w = delta * x
    slope_b = delta
    return slope_w, slope_b

x, t, w, b = 0.5, 1.0, 2.0, -1.5
print("slopes by w and b: {:.6f}, {:.6f}".format(*slope(w, b, x, t)))

# %% [markdown]
# The slope by $w$ is the number to which the difference quotients settled. The check for any values uses difference quotients of the library,
# taken on both sides of the point (lesson 04 tells why that is better).

# %%
def loss_of(parameters):
    return loss(*parameters, x, t)

x, t, w, b = 0.5, 1.0, 2.0, -1.5
measured = numerical_gradient(loss_of, np.array([w, b]))
np.testing.assert_allclose(slope(w, b, x, t), measured, rtol=1e-7)
print("equal, the relative error is below 1e-7")

# %% [markdown]
# **Predict before you run:** a neuron is completely wrong, $t = 1$ but $z = -8$. Is its slope large, because its error is?

# %%
guess("01-flat", "Where is the slope larger?", choices=("at z = -8", "at z = 0"))

# %%
zs = [-8.0, -2.0, 0.0, 2.0]
slopes = [slope(0.0, z, 1.0, 1.0)[1] for z in zs]
for z, slope_b in zip(zs, slopes):
    print(f"z = {z:4.1f}   y = {s(z):.4f}   slope by b = {slope_b:.4f}")
answer("01-flat", "at z = -8" if abs(slopes[0]) > abs(slopes[2]) else "at z = 0")

# %% [markdown]
# It is nearly zero. The factor $y(1 - y)$ vanishes when the sigmoid is flat: the neuron is wrong, and hardly feels it.
# This will matter in section 6, and again in lesson 02, which has a better loss for this case.
#
# Exercise **01-1** on the [sheet](../exercises/01_learning_as_descent.ipynb) asks for this slope.
#
# **Summary.** Three short derivatives, multiplied, give the slope exactly, for little more work than one answer. Still missing: how to walk.
#
# ## 4. One step downhill
#
# In 1847 Augustin-Louis Cauchy had equations of astronomy to solve, with many unknowns. His idea: do not solve, walk downhill.

# %% [markdown]
# Near a point the loss is almost a plane. For small changes $\Delta w$ and $\Delta b$
#
# $$L(w + \Delta w,\ b + \Delta b) \approx L(w, b) + \frac{\partial L}{\partial w}\,\Delta w + \frac{\partial L}{\partial b}\,\Delta b . \tag{1.10}$$
#
# The two slopes together are the **gradient**. The change in (1.10) is a dot product, gradient · step. For steps of one length a dot product is
# smallest when the step points exactly against the gradient. Hence the **descent step**, with a learning rate $\eta > 0$ (in code `lr`):
#
# $$w \leftarrow w - \eta\,\frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta\,\frac{\partial L}{\partial b} \tag{1.11}$$

# %%
def descent_step(w, b, slope_w, slope_b, lr):
    return w - lr * slope_w, b - lr * slope_b     # (1.11)

x, t, w, b = 0.5, 1.0, 2.0, -1.5
before = loss(w, b, x, t)
w, b = descent_step(w, b, *slope(w, b, x, t), lr=0.1)
print(f"one step: loss {before:.4f} -> {loss(w, b, x, t):.4f}")

# %% [markdown]
# For many examples the loss (1.4) is a mean, and the slope of a mean is the mean of the slopes. So each step averages over all zeros and ones.

# %%
ink, is_one = zeros_and_ones()

def descend(lr, steps=100):
    w, b = 0.0, 0.0
    path, losses = [(w, b)], [loss(w, b, ink, is_one)]
    for step in range(steps):
        slope_w, slope_b = slope(w, b, ink, is_one)
        w, b = descent_step(w, b, slope_w.mean(), slope_b.mean(), lr)
        path.append((w, b))
        losses.append(loss(w, b, ink, is_one))
    return path, losses

path, falling = descend(lr=10.0)
print("w = {:.3f}, b = {:.3f}".format(*path[-1]),
      f"loss {falling[0]:.4f} -> {falling[-1]:.4f}")

# %%
with figure(2) as (left, right):
    grid = np.linspace(0, 1, 101)
    left.plot(ink, is_one, "o", color=DATA, fillstyle="none")
    for i, k in enumerate([0, 2, 10, 100]):
        y = neuron(grid, *path[k])
        left.plot(grid, y, DASHES[i], color=FORWARD, label=f"step {k}")
    left.set(xlabel="x, ink in the middle", ylabel="answer y", title="It bends to fit")
    left.legend()
    curves(right, range(101), {"loss": falling}, x_label="step", y_label="loss",
           title="Steep at first, then flat", log=True)

# %% [markdown]
# Left: the neuron's curve after 0, 2, 10 and 100 steps; it begins flat and ends as a rise between zeros and ones. Right: the loss falls at every step, fast at first.
# Nobody told the neuron what a zero looks like. This is learning.
#
# Walk yourself. Choose $w$ and $b$ by hand first, then press *Step downhill*; the arrow shows the next step. Then press *Reset* and try learning rates of 100 and 1000. What happens to the path?

# %%
neuron_explorer()

# %% [markdown]
# With 15 the point walks into the valley. With 100 it leaps across, and the loss rises before it falls. With 1000 it leaves the map.
#
# Is 100 too large, then? **Predict before you run:** after 100 steps, which of the three rates has the lowest loss, and which the highest?

# %%
guess("01-lowest", "Which rate ends lowest?", choices=(15, 100, 1000))

# %%
ends = {}
for lr in (15, 100, 1000):
    path, values = descend(lr)
    ends[lr] = values[-1]
    print(f"lr = {lr:4}: loss {values[0]:.4f} at first, {max(values):.4f} at worst,",
          f"{values[-1]:.4f} after 100 steps, at w = {path[-1][0]:.1f}")
answer("01-lowest", min(ends, key=ends.get))

# %% [markdown]
# A rise is no failure: with 100 the loss nearly doubles at first, and ends lowest, twice as far along the valley as with 15. 1000 is too large.
# Its leaps carry the neuron far out, where the ground is flat, and after 100 steps its loss is above both others. Where is the limit? Section 6 asks.
#
# Exercise **01-2** asks for one descent step.
#
# **Summary.** The gradient says where down is, the learning rate how far to go. One step costs one slope for each parameter. Still missing: neurons with many inputs.
#
# ## 5. The delta rule, and a real task
#
# An image has 64 pixels, not one. Which weights should change, and by how much?

# %% [markdown]
# With $D$ inputs the neuron has $D$ weights, and $z$ is a **weighted sum**. Only (1.1) changes:
#
# $$z = w_1 x_1 + w_2 x_2 + \dots + w_D x_D + b . \tag{1.12}$$
#
# $z$ grows by $x_d$ when $w_d$ grows by 1. So by (1.9) the slope for the weight $w_d$ is $\delta\,x_d$, and a descent step changes it by
#
# $$\Delta w_d = -\eta\,\delta\, x_d, \qquad \Delta b = -\eta\,\delta . \tag{1.13}$$
#
# This is the **delta rule**: every weight changes by error signal times its own input. Tried on one image of three pixels, of which the second is without ink:

# %%
x, t, w, b = np.array([1.0, 0.0, 0.5]), 1.0, np.zeros(3), 0.0
y = s(x @ w + b)                        # x @ w is the weighted sum in (1.12)
delta = 2 * (y - t) * y * (1 - y)       # (1.9)
print("delta:", delta, " change of w with lr = 1:", -1.0 * delta * x)

# %% [markdown]
# The pixel without ink takes no blame, the half-grey one half of it.
#
# Widrow and Hoff found it in 1960 for a neuron without sigmoid, where $\delta = 2(y - t)$. Rumelhart, Hinton and Williams put the factor for the slope of $s$ into $\delta$ in 1986 and
# called it the *generalised delta rule*; they also handed $\delta$ back through many layers, which is the subject of lessons 03 and 04.
# (Their $\delta$ has the other sign and another constant factor; with a suitable learning rate the steps are the same.)
#
# For a batch of $N$ examples, average:
#
# $$\Delta w_d = -\frac{\eta}{N} \sum_{n=1}^{N} \delta_n\, x_{nd}, \qquad \Delta b = -\frac{\eta}{N} \sum_{n=1}^{N} \delta_n . \tag{1.14}$$

# %% [markdown]
# With the examples as rows of a matrix $x$, both sums over an index are matrix products. `x @ w` gives all weighted sums at once; `x.T @ delta` sums over the examples:
#
# $$\underbrace{z}_{N} = \underbrace{x}_{N \times D}\ \underbrace{w}_{D} + b, \qquad \underbrace{\Delta w}_{D} = -\frac{\eta}{N}\ \underbrace{x^\top}_{D \times N}\ \underbrace{\delta}_{N} . \tag{1.15}$$

# %%
def delta_rule(w, b, x, t, lr):
    y = s(x @ w + b)
    delta = 2 * (y - t) * y * (1 - y)             # (1.9)
    change_w = -lr / len(x) * (x.T @ delta)       # (1.15)
    change_b = -lr * delta.mean()                 # (1.14)
    return change_w, change_b

# %% [markdown]
# The check: with a learning rate of 1 the change is minus the gradient of the mean loss. Measured by difference quotients on a few random examples:

# %%
rng = np.random.default_rng(1)
x, t = rng.normal(size=(5, 3)), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
w, b = rng.normal(size=3), 0.2
def loss_of(p):
    return ((s(x @ p[:3] + p[3]) - t) ** 2).mean()

measured = numerical_gradient(loss_of, np.array([*w, b]))
change_w, change_b = delta_rule(w, b, x, t, lr=1.0)
np.testing.assert_allclose([*change_w, change_b], -measured, rtol=1e-7)
print("equal, the relative error is below 1e-7")

# %% [markdown]
# The task: **is it a 3?** The input is the whole image, 64 pixels; the target is 1 for threes and 0 for all other digits.
#
# **Predict before you run:** a lazy machine answers "never a 3". In what share of the held-out digits is it right?

# %%
guess("01-never", '"never a 3" is right in which share?', unit="%")

# %%
digits = load_digits()
x3, t3 = digits.x_train, (digits.t_train == 3).astype(float)
x_test, is_three = digits.x_test, digits.t_test == 3
never = accuracy(np.zeros(len(is_three), bool), is_three)
print(f"{len(x3)} images to learn from, {len(x_test)} held out,",
      f"{is_three.sum()} of these are threes")
answer("01-never", 100 * never)

# %% [markdown]
# Ninety percent without looking. A share of right answers means nothing until it is compared with such a trivial answer.
# Now train the neuron, from zero weights.

# %%
def train(x, t, lr, steps=300):
    w, b, losses = np.zeros(x.shape[1]), 0.0, []
    for step in range(steps):
        losses.append(((s(x @ w + b) - t) ** 2).mean())
        change_w, change_b = delta_rule(w, b, x, t, lr)
        w, b = w + change_w, b + change_b
    return w, b, losses

w_three, b_three, _ = train(x3, t3, lr=1.0)
says_three = s(x_test @ w_three + b_three) > 0.5
print(f"right: {accuracy(says_three, is_three):.4f}, never a 3: {never:.4f}")
print(f"found {(says_three & is_three).sum()} of {is_three.sum()} threes,",
      f"{(says_three & ~is_three).sum()} false alarms")

# %%
with figure(2, size=(7.5, 3.2)) as (left, right):
    images([left], [x3[t3 == 1].mean(axis=0)], ["the average 3"])
    signed_matrix(right, w_three.reshape(8, 8), title="what the neuron looks for",
                  x_label="column", y_label="row")

# %% [markdown]
# Right: the 64 weights as a picture. Purple pixels speak for a 3, orange ones against it. On the left side, where a 0, 6 or 8 has ink and a 3 has none, the weights are negative.
# Nobody put this in; the delta rule did.
#
# Exercise **01-3** asks for the delta rule for a batch.
#
# **Summary.** One rule trains one weight or 64. We have a machine that beats the lazy answer on digits it never saw. Still missing: how to choose the learning rate.
#
# ## 6. How long may a step be?
#
# Too short, and learning crawls. Too long, and it fails. Where exactly is the limit?

# %% [markdown]
# Near its lowest point a smooth curve looks like a parabola, so study the parabola. With the bottom at $w = 0$ and curvature $\lambda > 0$ (the second derivative):
#
# $$L(w) = \tfrac12 \lambda\, w^2, \qquad \frac{\mathrm d L}{\mathrm d w} = \lambda\, w . \tag{1.16}$$
#
# One descent step multiplies $w$ by a fixed number, and $k$ steps by its power:
#
# $$
# \begin{aligned}
# w_{k+1} &= w_k - \eta\,\lambda\, w_k = (1 - \eta \lambda)\, w_k \\
# w_k &= (1 - \eta \lambda)^k\, w_0
# \end{aligned} \tag{1.17}
# $$

# %%
def walk(lr, curvature, steps, w=1.0):
    ws = [w]
    for k in range(steps):
        w = w - lr * curvature * w      # (1.17)
        ws.append(w)
    return np.array(ws)

lr, curvature, k = 0.3, 2.0, np.arange(21)
powers = (1 - lr * curvature) ** k
np.testing.assert_allclose(walk(lr, curvature, 20), powers, rtol=1e-12)
print("first steps:", walk(lr, curvature, 4))

# %% [markdown]
# The powers shrink exactly when $|1 - \eta\lambda| < 1$, that is
#
# $$0 < \eta < \frac{2}{\lambda} . \tag{1.18}$$
#
# | $\eta\lambda$ | factor $1 - \eta\lambda$ | what happens |
# | --- | --- | --- |
# | near 0 | a little below 1 | crawls |
# | up to 1 | between 1 and 0 | converges from one side; at 1 it arrives in one step |
# | between 1 and 2 | between 0 and −1 | oscillates, and converges |
# | above 2 | below −1 | diverges |
#
# **Predict before you run:** with $\lambda = 2$, what will the rates 0.02, 0.3, 0.9 and 1.05 do? Which one jumps from side to side and arrives all the same?

# %%
guess("01-jumps", "Which rate jumps, and arrives?", choices=(0.02, 0.3, 0.9, 1.05))

# %%
ways = {lr: walk(lr, 2.0, 12) for lr in (0.02, 0.3, 0.9, 1.05)}
with figure(4, size=(9.0, 2.6), sharey=True) as axes:
    for ax, (lr, way) in zip(axes, ways.items()):
        ax.plot(way, "o-", color=PARAMETER, markersize=4, linewidth=1)
        ax.axhline(0, color=DATA, linewidth=0.8)
        ax.set(title=f"lr = {lr}", xlabel="step")
    axes[0].set(ylabel="w (bottom: 0)")
answer("01-jumps", next(lr for lr, w in ways.items() if w[1] < 0 and abs(w[-1]) < 0.1))

# %% [markdown]
# From left to right: it crawls; it converges; it oscillates, with jumps from side to side that shrink; it diverges, with jumps that grow.
#
# Is the limit exact? Measure it without the formula. Begin with a rate that is stable (0) and one that is not (100), and try the middle:
# if 100 steps end nearer to the bottom than they began, it replaces the stable one, otherwise the unstable one. Repeat.

# %%
def measured_limit(curvature):
    stable, unstable = 0.0, 100.0
    for _ in range(50):
        lr = (stable + unstable) / 2
        if abs(walk(lr, curvature, 100)[-1]) < 1:
            stable = lr
        else:
            unstable = lr
    return stable

for curvature in [0.5, 2.0, 7.0]:
    found = measured_limit(curvature)
    print(f"λ = {curvature}: measured {found:.6f}, 2/λ = {2 / curvature:.6f}")

# %% [markdown]
# Measured and derived limits agree. Find the four regimes with the sliders, then make the curvature larger without touching the learning rate.

# %%
parabola_explorer()

# %% [markdown]
# A larger curvature needs a smaller step: $\eta\lambda$ alone decides.
#
# The limit holds on real data too. Take Widrow and Hoff's neuron without sigmoid, $y = wx$, on the ink of zeros and ones. Its loss is a parabola in $w$:
#
# $$L(w) = \frac1N \sum_n (w x_n - t_n)^2, \qquad \lambda = \frac{\mathrm d^2 L}{\mathrm d w^2} = \frac2N \sum_n x_n^2 . \tag{1.19}$$

# %%
x, t = zeros_and_ones()
curvature = 2 * (x ** 2).mean()       # (1.19)
print(f"λ = {curvature:.4f}, so the limit is 2/λ = {2 / curvature:.4f}")
for share in [0.95, 1.05]:
    w = 0.0
    for step in range(100):
        w = w - share * 2 / curvature * (2 * (w * x - t) * x).mean()
    final = ((w * x - t) ** 2).mean()
    print(f"{share} of the limit: after 100 steps w = {w:.4g}, loss {final:.4g}")

# %% [markdown]
# Five percent below the limit it converges; five percent above it, the loss explodes.
#
# A neuron with a sigmoid is a parabola only near its lowest point. **Predict before you run:** what will the neuron "is it a 3?" do with a learning rate of 8, and will its loss end below that of "never a 3"? It can never be larger than 1.

# %%
guess("01-eight", "With lr = 8 the loss ends",
    choices=("below never a 3", "not below it"))

# %%
digits = load_digits()
x3, t3 = digits.x_train, (digits.t_train == 3).astype(float)
x_test, is_three = digits.x_test, digits.t_test == 3
runs = {lr: train(x3, t3, lr) for lr in [0.02, 1.0, 8.0]}
for lr, (w, b, losses) in runs.items():
    right = accuracy(s(x_test @ w + b) > 0.5, is_three)
    change, _ = delta_rule(w, b, x3, t3, lr=1.0)
    size = np.sqrt((change ** 2).sum())
    print(f"lr = {lr:<4}  loss {losses[-1]:.4f}  right {right:.4f}  slope {size:.0e}")
low = runs[8.0][2][-1] < t3.mean() - 1e-6
answer("01-eight", "below never a 3" if low else "not below it")

# %%
with figure() as ax:
    series = {f"lr = {lr}": losses for lr, (w, b, losses) in runs.items()}
    curves(ax, range(300), series, x_label="step", y_label="loss", log=True,
           title="Too small crawls, too large is stuck")
    ax.axhline(t3.mean(), color=DATA, linewidth=0.8)
    ax.annotate(f"'never a 3': {t3.mean():.4f}", (120, t3.mean() * 1.06), color=DATA)

# %% [markdown]
# The curves: 0.02 is still on its way, 1.0 has learnt, 8.0 has jumped to the thin line in one step and stays there.
#
# Two of the three are right no more often than "never a 3", for opposite reasons. With 0.02 the slope is still there: more steps would help. With 8.0 the first step was so long that every answer is now almost 0.
# There the sigmoid is flat, as in section 3: the slope is nearly zero, and the neuron does not find back. Its loss is the share of threes among the training images.
#
# Exercise **01-4** asks for the limit of any parabola, and **01-5** for one rate that suits several.

# %% [markdown]
# ## Summary
#
# - A machine learns when its parameters change so that its loss shrinks. The slope of the loss says in which direction.
# - The slope of one neuron is a product of three short derivatives; $\delta$ carries the first two, and every weight multiplies it by its own input.
# - On a parabola the product of learning rate and curvature decides everything, with the exact limit $2/\lambda$. Elsewhere the limit is a guide; too long a step can end on a plateau.
# - One neuron is right more often than the lazy answer. But it draws one line through all images. What could many neurons do, in layers? That is [lesson 02](02_forward_pass.ipynb).

# %% [markdown]
# **Exercises** on the [sheet of lesson 01](../exercises/01_learning_as_descent.ipynb): *derive* 01-0 and *fill in* 01-1 the slope of the error, 01-2 one descent step;
# *write* 01-3 the delta rule for a batch, 01-4 the largest stable rate of a parabola; *explore* 01-5 one rate for many curvatures.
#
# **Further reading**
#
# - {source cauchy1847}.
# - {source widrow1960}.
# - {source rumelhart1986pdp}.
# - {source goodfellow2016}: section 4.3.
