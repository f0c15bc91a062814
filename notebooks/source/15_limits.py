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
# Every way back in this course multiplies by $W^\top$: it needs the weights of the way forward, after each update anew. A synapse carries signals one way (Crick 1989). **What if the way back had weights of its own, random and never changed?** For a layer $a = hW + b$:
#
# $$\begin{aligned} \text{backpropagation} \quad & \mathrm dh = \mathrm da\,W^\top & W&: D \times K \\
# \text{feedback alignment} \quad & \mathrm dh = \mathrm da\,B^\top & B&: D \times K \\
# \text{direct feedback} \quad & \mathrm dh = \mathrm dy\,B^\top & B&: D \times C \end{aligned} \tag{15.9}$$
#
# Feedback alignment is by Lillicrap and others (2016). Direct feedback, by Nøkland (2016), tells every layer the output's $\mathrm dy$.
#
# Are these gradients of anything? Then their Jacobian $J$ holds second derivatives, and is symmetric: $\lVert J - J^\top \rVert / \lVert J \rVert = 0$.
# **Predict:** after 1,080 steps on digits, which angle lies between what feedback alignment tells the first of two hidden layers, and its true gradient?

# %%
guess("15-angle", "Which angle, after 1,080 steps?", unit="degrees")

# %%
show_source(feedback.sent_back)
x, labels = np.random.default_rng(4).normal(size=(6, 4)), np.array([0, 1] * 3)
for way in feedback.WAYS[:3]:
    net = feedback.dense((4, 3, 3, 2), way, seed=4)
    skew = feedback.asymmetry(*feedback.field_of(net, x, labels))
    print(f"\n{way}: asymmetry", "below 1e-6" if skew < 1e-6 else round(skew, 2))
    try:
        check_gradients(net, x)
    except GradientError as error:
        print(error)

# %%
ways = each(feedback.WAYS[:3], feedback.example, label="ways",
            missing=np.full((4, 1), np.nan))
turning = {f"{ways.name(way)}, layer {l}": (ways[way][0], ways[way][1 + l])
           for way in feedback.WAYS[1:3] for l in (1, 2)}
with figure(2, size=(9, 3.8), alt="Angles near 90 degrees at first, far below later; "
            "right answers that rise to nearly the same height.") as (left, right):
    lines(left, turning, log="x", x_label="step", y_label="angle (°)").set_ylim(0, 115)
    lines(right, ways.map(lambda found: found[:2]), log="x", x_label="step",
          y_label="right, held out (%)")
answer("15-angle", ways[feedback.ALIGNMENT][2, -1], form="{:.0f}")

# %% [markdown]
# The check refuses both rivals, and no other function saves them: they tell the gradient of nothing. Yet the figure shows right answers rising, and angles that begin near 90° and fall. **Why, when $B$ never moves?**
#
# The simplest case: two linear layers, $h = xW_1$, $y = hW_2$, any loss. $A \cdot B$ means $\sum_{ij} A_{ij} B_{ij}$.
#
# $$\mathrm dW_2 = h^\top \mathrm dy, \qquad \mathrm dW_1 = x^\top \mathrm dh, \quad \mathrm dh = \mathrm dy\,B^\top \tag{15.10}$$
#
# $$W_1 \cdot \mathrm dW_1 = (x W_1) \cdot \mathrm dh = h \cdot (\mathrm dy\,B^\top) = (h^\top \mathrm dy) \cdot B = \mathrm dW_2 \cdot B \tag{15.11}$$
#
# So in small steps two numbers change alike:
#
# $$\Delta\,\tfrac12 \lVert W_1 \rVert^2 = \Delta\,(W_2 \cdot B) \tag{15.12}$$
#
# Small weights grow when they learn. Then $W_2 \cdot B$ *must* grow: $W_2$ turns towards $B$. And averaged over all directions of $\mathrm dy$, $(\mathrm dy\,B^\top) \cdot (\mathrm dy\,W_2^\top)$ is in proportion to $W_2 \cdot B$.

# %%
show_source(feedback.overlaps)
settings = [*((identity, lr) for lr in (0.04, 0.02, 0.01)), (relu, 0.01), (tanh, 0.01)]
sides = each(settings, lambda s: feedback.grown(*s), label="units",
             missing=np.full(4, np.nan))
table([[units.__name__, lr, *(f"{v:.3f}" for v in sides[units, lr])]
       for units, lr in settings],
      ["units", "η", "Δ ½‖W₁‖²", "Δ W₂·B₂", "Δ ½‖W₂‖²", "Δ W₃·B₃"])

# %% [markdown]
# Halve the step, and the gap between the two sides halves: (15.12) holds, in a deeper linear network layer by layer. For ReLU too, as there $h \cdot \mathrm dh = a \cdot \mathrm da$ (with biases counted in). For tanh both numbers grow, but not alike.
#
# So ten digits are learnt without the transpose (**exercise 15-2** asks for it). What does that prove? Perhaps they need no error in hidden layers. Three rivals hand none down: hidden layers left random, the same ten times as wide, and none at all. And a second question is asked: even or odd?
#
# **Predict:** which share of held-out digits will a network without any hidden layer name?

# %%
guess("15-nothing", "Right without a hidden layer?", unit="per cent")

# %%
display(table(feedback.baseline_rows(), feedback.HEADER, "two hidden layers, % right"))
display(table(feedback.compared_rows(), ["even or odd", *feedback.WAYS], "% right"))
display(origin_table(feedback.FILE))
without = feedback.final(feedback.TWO, feedback.WHICH)[feedback.NO_HIDDEN]
answer("15-nothing", without.mean(), form="{:.1f}")

# %% [markdown]
# Ten seeds, 95 % intervals. On ten digits, feedback alignment is not told apart from no hidden layer: that proves little. *Even or odd* needs hidden layers: both rivals beat all three that hand no error down, by momentum and by Adam.
#
# By momentum, six hidden layers cost feedback alignment 3 to 6 points; with ReLU neither rival is told apart from no hidden layer. By Adam depth costs about one point, and both are: much was the optimizer's. On large images both reportedly fall behind (Bartunov and others 2018).
#
# | a brain would need (Lillicrap and others 2020) | without the transpose |
# | --- | --- |
# | the forward weights, on the way back (weight transport) | no more |
# | layers that wait until all above have answered (update locking) | direct feedback waits for the output only |
# | exact errors with a sign, apart from the signal; labels | still |
# | the slope of every unit, kept until the error comes | still |
#
# Backpropagation "is not a plausible model of learning in brains", its authors wrote (Rumelhart, Hinton and Williams 1986).
#
# **Try:** six layers, direct feedback: which ends told uphill?

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
