# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib.checks import GradientError, check_gradients
from course_lib.page.notebook import origin_table, show_source, table
from course_lib.page.plotting import figure, lines
from course_lib.page.running import each
from course_lib.rules.functions import identity, relu, tanh
from course_lib.studies import feedback
from course_lib.widgets import lesson15
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Memory
#
# TODO memory

# %% [markdown]
# ## 2. Forgetting
#
# TODO forgetting

# %% [markdown]
# ## 3. Without the transpose
#
# Every way back in this course multiplies by $W^\top$: it needs the very weights of the way forward, after each update anew. A synapse carries signals one way. The authors of 1986 say so themselves: in its form of then, "not a plausible model of learning in brains" (Rumelhart, Hinton and Williams 1986). **What if the way back had weights of its own, random and never changed?** For a layer $a = hW + b$:
#
# $$\begin{aligned} \text{backpropagation} \quad & \mathrm dh = \mathrm da\,W^\top \\
# \text{feedback alignment} \quad & \mathrm dh = \mathrm da\,B^\top, & B&: D \times K \\
# \text{direct feedback} \quad & \mathrm dh = \mathrm dy\,B^\top, & B&: D \times C \end{aligned} \tag{15.9}$$
#
# The second is by Lillicrap and others (2016), the third, where all layers hear from the output's $\mathrm dy$, by Nøkland (2016). Is either the gradient of anything? A gradient's Jacobian holds second derivatives, and is symmetric.

# %%
show_source(feedback.sent_back)
x, labels = np.random.default_rng(4).normal(size=(6, 4)), np.array([0, 1] * 3)
for way in feedback.WAYS[:3]:
    net = feedback.dense((4, 3, 2), way, seed=4)
    skew = feedback.asymmetry(*feedback.field_of(net, x, labels))
    print(f"\n{way}: |J - J^T| / |J| is {max(skew, 1e-6):.0e} or less")
    try:
        check_gradients(net, x)
    except GradientError as error:
        print(error)

# %% [markdown]
# The check refuses both, and no other function saves them: their Jacobians are not symmetric. What these layers are told is the gradient of nothing, so nothing promises that a loss falls.
#
# Now 64-32-32-10 tanh units learn the digits. **Predict:** at the end, how many degrees lie between what the first hidden layer is told by feedback alignment, and its true gradient?

# %%
guess("15-angle", "How many degrees, after 1,080 steps?", unit="degrees")

# %%
fit, judged = feedback.split().fit, feedback.split().judge
def watch(way):
    net = feedback.dense((64, 32, 32, 10), way, seed=4)
    rate = feedback.rate(feedback.TWO, feedback.WHICH, way)
    return feedback.watch(net, rate, 4, fit, judged, feedback.STEPS[1:]).T

ways = each(feedback.WAYS[:3], watch, label="ways", missing=np.full((4, 1), np.nan))
with figure(2, alt="Angles that begin near 90 degrees and fall, and right answers "
            "that rise to nearly the same height.") as (left, right):
    lines(left, {f"{ways.name(way)}, layer {l}": (ways[way][0], ways[way][1 + l])
                 for way in feedback.WAYS[1:3] for l in (1, 2)}, log="x", x_label="step",
          y_label="angle to the gradient (°)", title="It turns towards the gradient")
    lines(right, ways.map(lambda found: found[:2]), log="x", x_label="step",
          y_label="right answers (%)", title="Held-out digits")
answer("15-angle", ways[feedback.ALIGNMENT][2, -1], form="{:.0f}")

# %% [markdown]
# The figure shows angles of a right angle at first, sometimes more, and far less later. **Why does it turn, when $B$ never moves?** Take the simplest case, two linear layers, $h = xW_1$, $y = hW_2$, any loss, and write $A \cdot B = \sum_{ij} A_{ij} B_{ij}$:
#
# $$\begin{aligned} \mathrm dW_2 &= h^\top \mathrm dy, \qquad \mathrm dW_1 = x^\top (\mathrm dy\,B^\top) \end{aligned} \tag{15.10}$$
#
# $$\begin{aligned} W_1 \cdot \mathrm dW_1 &= (x W_1) \cdot (\mathrm dy\,B^\top) = h \cdot (\mathrm dy\,B^\top) \\
# &= (h^\top \mathrm dy) \cdot B = \mathrm dW_2 \cdot B \end{aligned} \tag{15.11}$$
#
# So in a small step two numbers change alike:
#
# $$\Delta\,(W_2 \cdot B) = \Delta\,\tfrac12 \lVert W_1 \rVert^2 \tag{15.12}$$
#
# Small weights grow when they learn: then $W_2$ *must* turn towards $B$. Over all directions of $\mathrm dy$, the mean of $(\mathrm dy\,B^\top) \cdot (\mathrm dy\,W_2^\top)$ is in proportion to $W_2 \cdot B$.

# %%
def grown(units, lr):                   # both sides of (15.12), for each hidden layer
    net = feedback.dense((64, 32, 32, 10), feedback.ALIGNMENT, 4, activation=units)
    before, epochs = feedback.overlaps(net), round(0.2 / lr)
    for _ in feedback.learning(net, lr, 4, *fit, epochs=epochs, momentum=0.0):
        pass
    return np.subtract(feedback.overlaps(net), before).T.ravel()

settings = (identity, 0.04), (identity, 0.02), (identity, 0.01), (relu, 0.01), (tanh, 0.01)
both_sides = each(settings, lambda s: grown(*s), label="units", missing=np.full(4, np.nan))
table([[rule.__name__, lr, *(f"{v:.3f}" for v in both_sides[rule, lr])]
       for rule, lr in settings], ["units", "η", "Δ ½‖W₁‖²", "Δ W₂·B₂", "Δ ½‖W₂‖²", "Δ W₃·B₃"])

# %% [markdown]
# Halve the step, and what the two sides differ by halves: (15.12) holds, in deep linear networks layer by layer. So it does for ReLU, since $h \cdot \mathrm dh = a \cdot \mathrm da$ there (biases counted in). For tanh the signs agree, the numbers do not.
#
# Ten digits learnt without the transpose. But what does that prove? Perhaps these digits need no error in the hidden layers. Two rivals hand none down: hidden layers that stay random, and no hidden layer at all. And a second question: is the digit even or odd? **Predict:** how many per cent does the network without a hidden layer get right on "which digit"?

# %%
guess("15-nothing", "How many held-out digits, without a hidden layer?", unit="per cent")

# %%
display(table(feedback.baseline_rows(), feedback.HEADER, "two hidden layers, % right"))
display(table(feedback.compared_rows(), ["even or odd", *feedback.WAYS], "held out, % right"))
display(origin_table(feedback.FILE))
answer("15-nothing", feedback.final(feedback.TWO, feedback.WHICH)[feedback.NO_HIDDEN].mean(),
       form="{:.1f}")

# %% [markdown]
# TODO findings

# %%
lesson15.feedback_explorer()

# %% [markdown]
# ## 4. A black box
#
# TODO explaining

# %% [markdown]
# ## 5. A digit that deceives
#
# TODO attacks

# %% [markdown]
# ## 6. What the data allow
#
# TODO labels

# %% [markdown]
# ## 7. What gradients do not see
#
# TODO blind

# %% [markdown]
# ## Summary
#
# TODO
