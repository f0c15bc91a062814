# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# After this lesson you can
#
# - trade memory for work, by a rule that runs a segment again;
# - make a network forget, and say what keeps the memory;
# - train without the transposed weights, and measure what is lost;
# - ask a network which pixels it read, and tell when the picture misleads;
# - deceive a network with its own gradient, and harden it;
# - say where a gradient is zero, or useless, and what to do instead.
#
# **Time:** about 120 minutes, in two sittings: sections 1 to 4, then 5 to 7. **Needed:** lessons 04, 06, 07, 08; for section 7, 09 and 13.

#
# | section | what is scarce, or missing | what is tried |
# | --- | --- | --- |
# | 1 | memory | states are computed again |
# | 2 | old data | rehearsal, a penalty on what mattered |
# | 3 | the transposed weights | fixed random feedback |
# | 4 | reasons | saliency, integrated gradients |
# | 5 | safety | attacks, and training on them |
# | 6 | clean and plentiful data | noise, few labels, other people |
# | 7 | a useful slope | estimates for choices, plateaus, chaos, kinks |
#
# `dy` abbreviates $\partial L/\partial y$, as in all lessons.

# %%
import numpy as np
from IPython.display import display
from course_lib import (BatchNorm, Checkpoint, Dense, Dropout, Sequential, Tanh,
    check_gradients, checkpoint, experiments, load_digits, numerical_gradient, predict,
    relative_error, softmax_cross_entropy)
from course_lib.checks import GradientError
from course_lib.data import origin
from course_lib.experiments import say
from course_lib.page.notebook import Link, origin_table, show_source, table
from course_lib.page.plotting import bands, curves, figure, images, lines
from course_lib.page.running import each, watched
from course_lib.rules.functions import identity, relu, tanh
from course_lib.studies import (attacks, blind_spots, explanations, feedback,
    forgetting, memory, noisy_labels)
from course_lib.studies.forgetting import one_by_one
from course_lib.widgets import lesson15
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Memory
#
# The way back reads what the way forward found: `affine` its input, `tanh` its output (lesson 04). A network that only
# answers may forget each state as soon as the next one is there. One that learns has to keep them all, it seems.
#
# **Does a network that fits into the memory when it answers fit when it learns?** Here are 50 layers of 256 units, and
# 64 examples. The parameters and their gradients, which do not grow with the examples, are left out.
# **Predict:** how many times as much memory does learning take as answering?

# %%
guess("15-memory", "How many times as much memory does learning take?")

# %%
# NBVAL_IGNORE_OUTPUT
rng = np.random.default_rng(15)
deep, first_state = memory.chain(50, 256, rng=rng), rng.normal(size=(64, 256))
answering, learning = memory.to_answer_and_to_learn(deep, first_state)
print(f"memory for {answering:.1f} states to answer, for {learning:.1f} to learn")
answer("15-memory", learning / answering, form="{:.2g}")

# %% [markdown]
# Step $i$ leads from state $x_i$ to the next. Lesson 04 gave both directions:
#
# $$\begin{aligned} x_{i+1} &= f_i(x_i) & i &= 0, 1, \dots, n-1 \\
# \mathrm dx_i &= J_i(x_i)^\top\,\mathrm dx_{i+1} & i &= n-1, \dots, 1, 0 \end{aligned} \tag{15.1}$$
#
# The measured learning kept every state, answering no more than 3 at a time, however deep the network.
# The second line needs each $x_i$ once, the last one first. Nobody asks that it was *kept*. A state that was forgotten
# is found again from any earlier one: the same function of the same numbers gives the same bits. So keep only the input
# of a segment, and on the way back run the segment again. That is a rule:

# %%
show_source(checkpoint)

# %% [markdown]
# Two things are not functions of their input alone. Dropout draws another mask when it is run again, and then the
# gradient belongs to another network. The running averages of BatchNorm move a second time. Hence `moved`.
# The layer `Checkpoint` finds generators and averages by itself; without it, the same segment goes wrong:

# %%
def segment(kind=Sequential):
    draw = np.random.default_rng(15)
    return kind(Dense(20, 20, rng=draw), BatchNorm(20), Dropout(0.5, rng=draw), Tanh())

def dx_of(rule):
    y, backward = rule(first_state[:, :20])
    return backward(y)

wanted, forgotten = dx_of(segment()), segment()
for name, dx in (("Checkpoint", dx_of(segment(Checkpoint))),
                 ("without moved", dx_of(lambda x: checkpoint(forgotten, x)))):
    off = np.linalg.norm(dx - wanted) / np.linalg.norm(wanted)
    print(f"{name}: dx is off by {off:.0%} of its length")
check_gradients(Checkpoint(Dense(20, 20, rng=rng), Tanh()), first_state[:4, :20])

# %% [markdown]
# How many states should be kept? Every $k$-th of $n$ takes $n/k$, and $k$ more while a segment is run again:
#
# $$\begin{aligned} M(k) &= \frac nk + k, & \frac{\mathrm dM}{\mathrm dk} &= 1 - \frac n{k^2} = 0 \\
# k &= \sqrt n, & M &= 2\sqrt n \end{aligned} \tag{15.2}$$
#
# And with less? Hold $s$ states, run no step more than $r$ times before the run that is remembered: how many steps $R$
# does that reach? Hold a state somewhere. Behind it $s-1$ are left, before it $r-1$ runs:
#
# $$\begin{aligned} R(s, r) &= R(s-1, r) + R(s, r-1) = \binom{s+r}{s} \\
# R(0, r) &= R(s, 0) = 1 \end{aligned} \tag{15.3}$$
#
# This is Pascal's triangle, and the plan is Revolve (Griewank and Walther 2000). Its runs before the remembered ones:
#
# $$\begin{aligned} t(n, s) &= \min_{0<m<n} \big( m + t(n-m, s-1) + t(m, s) \big) \\
# &= rn - \binom{s+r}{s+1} \end{aligned} \tag{15.4}$$
#
# Here $r$ is the smallest with $R(s, r) \ge n$. **Predict:** how many steps do 10 states and 3 repetitions reach?

# %%
guess("15-revolve", "How many steps are within reach?", unit="steps")

# %%
show_source(memory.fewest_runs)
tried = memory.reach_rows(((3, 3), (5, 5), (10, 3)))
display(table(tried, memory.TRIED))
answer("15-revolve", tried[-1][2])

# %%
# NBVAL_IGNORE_OUTPUT
layers, many = memory.chain(200, 64, rng=rng), rng.normal(size=(256, 64))
plans = {"all": memory.keep_all(200), "every 14th": memory.keep_every(200, 14),
         **{f"Revolve, {s} states": memory.revolve(200, s) for s in (26, 10, 3)}}
rounds = [[memory.seconds(layers, many, plan) for plan in plans.values()]
          for _ in watched(range(6), label="timing")]
rows, found = [], {memory.bits(layers, many, plan) for plan in plans.values()}
for k, plan in enumerate(plans.values()):
    taken = memory.states_taken(memory.forward_and_back, layers, many, plan)
    rows.append([*memory.cost(plan).values(), f"{taken:.1f}",
                 experiments.say([times[k] / times[0] for times in rounds])])
print(f"{len(plans)} plans, {len(found)} result, bit by bit")
table([[name, *row] for name, row in zip(plans, rows)],
      ["kept", "runs", "held", "alive", "time, counted", "alive, measured",
       "time, measured"])

# %%
lesson15.memory_explorer()

# %% [markdown]
# All plans give the same bits. For 256 rows, Revolve with 3 states takes memory for 7 instead of 205, and more than twice
# the time. Where a remembered step is as small as a state, whole segments are better: with 27 alive, every 14th needs
# 396 runs, Revolve 572. Chen and others (2016) reported 7 GB instead of 48 GB for 1000 layers, for 30 % more time.
#
# **Try** in the explorer: with 40 steps, how few states may Revolve hold before the time doubles?
#
# **What it costs:** for the root, almost one more forward. **What is missing:** parameters, gradients and the
# optimizer's memory stay as they are. **Exercise 15-1:** the way back by hand.

# %% [markdown]
# ## 2. Forgetting
#
# A network reads 0 to 4. Now it shall learn 5 to 9, and the old digits are deleted. **What will it still know?**
#
# McCloskey and Cohen (1989) taught a network sums with one, then sums with two, and called what they saw *catastrophic interference*. Article C of lesson 00's list names "Catastrophic Forgetting" among the limitations of backpropagation. Is it one?
#
# 64 pixels, 64 ReLU units, ten outputs; 300 updates of Adam for each task, 64 digits each.
# **Predict:** of 100 old digits, how many does it still read rightly in the end? (Held-out digits; start 4.)

# %%
guess("15-forgotten", "Of 100 old digits, still right?")

# %%
shares = forgetting.in_turn(seed=4)
with figure(alt="The old digits fall while the new ones rise") as ax:
    curves(ax, range(0, 301, 10), shares, x_label="updates on the new digits",
           y_label="right (%)", title="Learnt, and overwritten", legend=True)
print({name: f"{values[-1]:.1f} %" for name, values in shares.items()})
answer("15-forgotten", shares["old"][-1], form="{:.1f}")

# %% [markdown]
# The figure shows the old digits fall as the new ones rise. The middle line compares only the five old outputs: most old digits are still told apart *from each other*. In the second task every label is a new digit, so the new outputs learn to win, whatever stands there.
#
# Why? Move the weights by $\delta$ from $\theta^*$, where the first task left them:
#
# $$\begin{aligned} L_{\text{old}}(\theta^* + \delta) &\approx L_{\text{old}}(\theta^*) + \delta^\top g + \tfrac12\,\delta^\top H\,\delta \\
# g &= \nabla L_{\text{old}}(\theta^*) \approx 0 \end{aligned} \tag{15.5}$$
#
# $H$ holds the second derivatives. What a *small* $\delta$ costs the old task is in $H$; the second task never asks. (Learning goes farther, and costs more than the right side says.) Nor does (15.5) ask *who found* $\delta$: descent, or chance.
# **Predict:** which of seven learners keeps the old digits?

# %%
guess("15-keeper", "Which learner keeps most of the old digits?",
      choices=("network, plain descent", "network, direct feedback",
               "straight map, random search", "mean digits"))

# %%
before, after, among, learnt = forgetting.two_tasks(forgetting.RandomSearch, 4)
print(f"random search, start 4: old {before:.1f} % before, {after:.1f} % after,",
      f"{among:.1f} % among five; new {learnt:.1f} %")
display(table(forgetting.learner_rows(), forgetting.LEARNT, "ten starts"))
left_over = forgetting.measured("learner", "old")
answer("15-keeper", max(left_over, key=lambda name: left_over[name].mean()))

# %% [markdown]
# All forget; with momentum, only 32.6 % are right even among their own five. The mean picture of each digit does not: it never learns to win (91.6 % are left, as five more answers compete). Sharing is not needed: let only the new digits' own columns of the straight map learn, and 1.1 % is left, though 99.9 % are right among the old five. The fault is **training answers that compete on one task after the other**.
#
# **The cure, made of (15.5):** let $\delta$ pay. Of $H$ keep the diagonal: in the mean over labels that the network draws, the squared slopes, the **Fisher information** $F$. *Elastic weight consolidation* (Kirkpatrick and others 2017):
#
# $$\begin{aligned} F_i &= \frac1N \sum_n \Big(\frac{\partial \log p(t_n \mid x_n)}{\partial \theta_i}\Big)^2, \quad t_n \sim p(\cdot \mid x_n) \end{aligned} \tag{15.6}$$
#
# $$\begin{aligned} L &= L_{\text{new}} + \tfrac{\lambda}{2} \sum_i F_i\,(\theta_i - \theta^*_i)^2 \\
# \mathrm d\theta_i &= \frac{\partial L_{\text{new}}}{\partial \theta_i} + \lambda F_i\,(\theta_i - \theta^*_i) \end{aligned} \tag{15.7}$$

# %%
show_source(forgetting.fisher, forgetting.elastic)
start, (old, _), _ = forgetting.taught(seed=4)
for fast, slow in zip(*(f(start, old[:20]) for f in (forgetting.fisher, one_by_one))):
    np.testing.assert_allclose(fast, slow, rtol=1e-9, atol=1e-18)
F = forgetting.fisher(start, old)[2]                # of the last layer's weights
print(f"F to the old outputs / to the new: {F[:, :5].mean() / F[:, 5:].mean():.1g}")

# %% [markdown]
# The trick is in `fisher`: one example's gradient of a Dense layer is $x_d\,\mathrm da_k$, so one product of *squares* sums all. **Rivals:** $F = 1$, a pull to the old weights; nothing but $\eta$ chosen; and **rehearsal**: keep $m$ old digits a class, and mix them into each batch $B$:
#
# $$L = \frac{1}{|B|} \Big(\sum_{n \in \text{new}} \ell_n + \sum_{n \in \text{kept}} \ell_n\Big) \tag{15.8}$$
#
# **Equal cost:** 300 batches of 64 for each; $F$ is paid for with updates. Each rival has one number, chosen from one grid on 288 digits set aside, old ones too: who has deleted them could not choose.
#
# **Predict:** from which $m$ on is rehearsal ahead of elastic weights (mean of old and new)?

# %%
guess("15-rehearse", "How many old digits a class are enough?", choices=(1, 5, 20, 50))

# %%
display(table(forgetting.rival_rows(), forgetting.TWO, "ten outputs, ten starts"))
display(table(forgetting.many_rows(), forgetting.MANY, forgetting.MEANING))
print("chosen at an edge of the grid:", forgetting.at_edges() or "none")
print(f"nothing done but one offset: {forgetting.nothing_but_an_offset():.1f} %")
display(origin_table(forgetting.FILE), lesson15.forgetting_explorer())
answer("15-rehearse", forgetting.enough())

# %% [markdown]
# Nothing done leaves 1.6 % of the old digits; a rate chosen for them 81.0. With ten outputs, **one** kept digit a class is ahead of elastic weights, and so is the plain pull: $F$ is hundreds of times smaller at the new outputs. With the task known (nothing done: 96.0), or other pixels, elastic weights are ahead of one kept digit. Much is one number: an offset from all new outputs, chosen on digits set aside, lifts nothing done from 49.0 to 83.3.
#
# Rehearsal with 20 is ahead of elastic weights in all seven settings, with 6,500 numbers in most, not 9,620.
#
# **Missing:** a cure without old data. **Try:** which digits go first?

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
# $$\begin{aligned} W_1 \cdot \mathrm dW_1 &= (x W_1) \cdot \mathrm dh = h \cdot (\mathrm dy\,B^\top) \\
# &= (h^\top \mathrm dy) \cdot B = \mathrm dW_2 \cdot B \end{aligned} \tag{15.11}$$
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
table(feedback.side_rows(sides), feedback.SIDES)

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
# Ten seeds, 95 % intervals. On ten digits, feedback alignment is not told apart from no hidden layer. *Even or odd* needs hidden layers: both rivals beat all three that hand no error down.
#
# By momentum, six hidden tanh layers cost feedback alignment 3 to 6 points; with ReLU neither rival is told apart from no hidden layer. By Adam the tanh layers cost both about one point, and with ReLU both are ahead of no hidden layer on held-out digits: much was the optimizer's.
#
# | a brain would need (Lillicrap and others 2020) | without the transpose |
# | --- | --- |
# | the forward weights, on the way back (weight transport) | no more |
# | layers that wait until all above have answered (update locking) | direct feedback waits for the output only |
# | exact errors with a sign, apart from the signal; labels | still |
# | the slope of every unit, kept until the error comes | still |
#
# Backpropagation, "in its current form, is not a plausible model of learning in brains", its authors wrote (Rumelhart, Hinton and Williams 1986).
#
# **Try:** six layers, direct feedback: which ends told uphill?

# %%
lesson15.feedback_explorer()

# %% [markdown]
# ## 4. A black box
#
# Article C lists "Black Box Nature" among the limits of backpropagation. A network says 3, and nobody can tell why. **Which pixels made it say so?**
#
# Let $s$ be the score of the answer. Nudge the picture by a small $\delta$:
#
# $$s(x + \delta) \approx s(x) + \sum_i g_i\,\delta_i, \qquad g = \frac{\partial s}{\partial x} = J^\top e_k \tag{15.13}$$
#
# $J$ is the Jacobian of the ten scores by the pixels, $e_k$ is 1 at answer $k$ and 0 elsewhere. So $g$ is one more backward, which starts with $e_k$ and goes on to the pixels: **saliency** (Simonyan, Vedaldi and Zisserman 2014). `frozen` leaves out the gradients of the weights.

# %%
x_asked, t_asked = load_digits()[2:]
readers = each(range(5), explanations.learnt, label="ReLU",
               missing=explanations.untrained)
some = x_asked[:3]
answers = predict(readers[0], some).argmax(axis=1)
g = explanations.gradient(readers[0], some, answers)                    # (15.13)
np.testing.assert_allclose(g, numerical_gradient(lambda z: explanations.class_score(
    readers[0](z)[0], answers)[0], some), atol=1e-6)
show_source(explanations.input_gradient)

# %% [markdown]
# From a blank sheet to a 3 the change is not small. Walk there from a **baseline** $b$, here paper:
#
# $$\begin{aligned} \frac{\mathrm d}{\mathrm d\alpha}\, s\big(b + \alpha(x - b)\big) &= \sum_i (x_i - b_i)\; g_i\big(b + \alpha(x - b)\big) \\
# m_i &= (x_i - b_i) \int_0^1 g_i\big(b + \alpha(x - b)\big)\,\mathrm d\alpha \end{aligned} \tag{15.14}$$
#
# $$\sum_i m_i = s(x) - s(b) \tag{15.15}$$
#
# $$m_i \approx (x_i - b_i) \sum_{j=1}^{M} w_j\; g_i\big(b + \alpha_j(x - b)\big) \tag{15.16}$$
#
# The chain rule, integrated, gives (15.15): the shares $m_i$ are **complete**. These are **integrated gradients** (Sundararajan, Taly and Yan 2017). The $M$ places may be edges or middles of equal steps; those of Gauss and Legendre, weighed unequally, integrate every polynomial of degree $2M - 1$ exactly.
#
# **Predict:** twenty places. Where does Gauss miss (15.15) by less than a tenth of what the middles miss?

# %%
guess("15-nodes", "Where is Gauss ten times better?",
      choices=("tanh", "ReLU", "both", "neither"))

# %%
show_source(explanations.integrated_gradient)
smooth = each(range(5), lambda seed: explanations.learnt(seed, "tanh"), label="tanh",
              missing=lambda seed: explanations.untrained(seed, "tanh"))
places = np.array([1, 2, 5, 10, 20, 50])
missed = {kind: explanations.gaps(nets.values(), x_asked[:100], places)
          for kind, nets in (("tanh", smooth), ("ReLU", readers))}
with figure(2, sharey=True, alt="Only for tanh does one rule fall.") as panels:
    for ax, (kind, gaps) in zip(panels, missed.items()):
        bands(ax, places, gaps, x_label="places on the way, M", log=True,
              y_label="the sum misses by (score)", title=f"{kind}, five networks")
ratio = {kind: (gaps["middles"] / gaps["Gauss"])[:, 4] for kind, gaps in missed.items()}
print(*(f"{kind}, 20 places: Gauss misses {r.min():.2g} to {r.max():.2g} times less"
        for kind, r in ratio.items()), sep="\n")
good = [kind for kind, r in ratio.items() if r.min() > 10]
answer("15-nodes", {0: "neither", 2: "both"}.get(len(good), *good[:1]))

# %% [markdown]
# The left figure shows Gauss falling to rounding for tanh; the right one, that ReLU, whose slope jumps along the way, grants none of this: there all rules creep.
#
# The shares add up. Do they name the right pixels? A test: set pixels to paper, the largest share first, and count until the answer changes. Rivals: an order by chance; the darkest pixels first, without asking any network; and each pixel taken away alone, which costs 65 forwards and no gradient. Then the same towards ink.
#
# **Predict:** which order needs the fewest pixels, towards paper?

# %%
guess("15-order", "Which of these needs the fewest?", choices=explanations.ASKED)

# %%
gone = explanations.deletions(readers.values(), x_asked, t_asked)
display(table(explanations.order_rows(gone),
              ["order", "cost of a picture", "pixels to paper", "pixels to ink"]))
display(table(explanations.fewer_rows(gone),
              ["is this", "fewer than", "to paper", "to ink"]))
answer("15-order", min(explanations.ASKED, key=lambda o: gone[o, "paper"].mean()))

# %% [markdown]
# Integrating buys completeness, no better order: twenty gradients are no better than one, times the way. Taking away one pixel at a time is nearly level with both. The plain gradient ignores which way a pixel goes: towards ink its order begins where ink *helps* the answer, and is behind one by chance; with the sign turned it is far ahead.
#
# Does a map depend on the network (Adebayo and others 2018)?
#
# **Predict:** all weights are drawn anew. The sizes of two integrated maps, before and after: what is their rank correlation (1 for the same order, 0 for none)? (*Guided* also stops what is negative at each ReLU on the way back; Springenberg and others 2015.)

# %%
guess("15-redrawn", "Rank correlation of the sizes, trained and random?")

# %%
random, second = explanations.against_random(readers.values(), x_asked[:100])
display(table(explanations.like_rows(random, second), explanations.LIKE_HEADER))
apart = [explanations.from_both_ends(net, x_asked[:100]) for net in readers.values()]
print("integrated from paper and from ink:", experiments.say(apart, "{:.2f}"))
display(lesson15.explaining_explorer())
answer("15-redrawn", random["integrated"][:, 0].mean(), form="{:.2f}")

# %% [markdown]
# Without signs, the integrated map of a network that knows nothing is nearly that of a trained one: both have the zeros of the paper and the factor $x$. The signs tell them apart: a second trained network agrees with the first, a random one does not. And what is "nothing"? From ink, the shares are others.
#
# In the explorer, draw the weights anew: what of the map stays?
#
# **What we have:** shares that add up. The backward that trains the box also lets us ask it. **What it costs:** one backward, or twenty. **What is missing:** a reason: shares tell where, not why. **Exercise 15-3** asks for integrated gradients.

# %% [markdown]
# ## 5. A digit that deceives
#
# The same gradient tells how to make a network err. **How little must each pixel change?** Each may move by at most $\varepsilon$, and stays between paper and ink. Which $\delta$ raises the loss most? With $\mathrm dx = \partial L/\partial x$,
#
# $$L(x + \delta) \approx L(x) + \sum_i \mathrm dx_i\,\delta_i, \qquad |\delta_i| \le \varepsilon \tag{15.17}$$
#
# Each pixel has a term of its own, largest at one end of its range: up where $\mathrm dx_i > 0$, down where $\mathrm dx_i < 0$. No other step promises more:
#
# $$x' = \mathrm{clip}\big(x + \varepsilon\,\mathrm{sign}(\mathrm dx),\,0,\,1\big) \tag{15.18}$$
#
# This **fast gradient sign** (Goodfellow, Shlens and Szegedy 2015) costs one backward.
#
# **Predict:** $\varepsilon = 0.1$, or 1.6 of 16 greys. How many of 100 test digits are still read rightly?

# %%
guess("15-sign", "Still right after one step of 0.1?", unit="%")

# %%
eps, t_four, four = 0.1, np.array([4]), x_asked[t_asked == 4][:1]
def one_step(net, x, t, eps):
    loss, dx = explanations.input_gradient(net, x, softmax_cross_entropy, t)
    return loss, dx, np.clip(x + eps * np.sign(dx), 0, 1)               # (15.18)
for size in (0.001, eps):
    loss, dx, fooled = one_step(readers[0], four, t_four, size)
    risen = one_step(readers[0], fooled, t_four, 0)[0] - loss
    print(f"step {size}: promised {np.sum(dx * (fooled - four)):.2g}, got {risen:.2g}")
with figure(3, size=(7.5, 2.6), alt="A 4, a change, and both.") as axes:
    images(axes, [four, 0.5 + fooled - four, fooled], frame=True, titles=[
        "4", "change (grey: none)", f"read as {predict(readers[0], fooled).argmax()}"])
still = attacks.under(readers.values(), x_asked, t_asked, (eps,), attacks.SINGLE)
display(table(attacks.under_rows(still), ["each pixel moved by 0.1", "% right"]))
answer("15-sign", np.mean(still["one step", eps]), form="{:.0f}")

# %% [markdown]
# The pictures show a 4, the change, and both together. One step with the gradient fools far more than a hundred random draws, or than moving towards another digit's mean.
#
# For a tiny step (15.17) is right; for one of 0.1 it is not. So ask again on the way: many steps of size $a$, each cut to the box (Madry and others 2018):
#
# $$z \leftarrow \mathrm{clip}\big(z + a\,\mathrm{sign}(\mathrm dz),\ \max(x - \varepsilon, 0),\ \min(x + \varepsilon, 1)\big) \tag{15.19}$$
#
# Its rivals: the same steps, made for *another* network and copied; and an attack that sees scores only: it sets one pixel after the other to the worse end of its range, twice through.
#
# **Predict:** is that better than one step of the gradient?

# %%
guess("15-blind", "Pixel by pixel: more digits fooled than by one step?",
      choices=("more", "fewer", "not told apart"))

# %%
def projected(net, x, t, eps, steps=20):
    low, high, z = np.maximum(x - eps, 0), np.minimum(x + eps, 1), x
    for _ in range(steps):
        _, dz = explanations.input_gradient(net, z, softmax_cross_entropy, t)
        z = np.clip(z + 2.5 * eps / steps * np.sign(dz), low, high)     # (15.19)
    return z
sizes = (0.05, 0.1, 0.2)
ways = ("one step", "twenty steps", "twenty steps, made for another", "pixel by pixel")
still = attacks.under(readers.values(), x_asked, t_asked, sizes, ways)
display(table(attacks.under_rows(still),
              ["attack", *(f"% right at {size}" for size in sizes)]))
step, blind = still["one step", eps], still["pixel by pixel", eps]
answer("15-blind", experiments.told(step - blind, "more", "fewer"))

# %% [markdown]
# At 0.1, twenty steps fool more than one; at 0.2 next to nothing is left. Digits made for one network fool another, though fewer (Szegedy and others 2014). And the attack without any gradient is ahead of one step: hiding gradients would not have helped. It asks 257 times, twenty steps 20 times forward and back.
#
# A remedy: train on the worst pictures,
#
# $$\min_\theta \sum_n \max_{|\delta_i| \le \varepsilon} L\big(x_n + \delta, t_n; \theta\big), \tag{15.20}$$
#
# each batch attacked anew before its update. An attack of $k$ steps makes an update cost $k + 1$ backwards instead of one.
#
# **Predict:** networks trained on one step of 0.1, attacked by twenty: how many of 100 are right?

# %%
guess("15-trained", "Right after twenty steps of 0.1?", unit="%")

# %%
hardened = each(range(5), lambda seed: attacks.learnt("one step of 0.1", seed),
                label="trained on attacked digits", missing=readers.get)
for name, nets in (("plain", readers), ("on attacked digits", hardened)):
    after = [attacks.right(net, projected(net, x_asked, t_asked, eps), t_asked)
             for net in nets.values()]
    print(f"{name}: {experiments.say(after, '{:.1f}')} % right after twenty steps")
display(table(attacks.rows_of_trainings(), attacks.HEADER, "% right, five networks"))
display(table(attacks.better_rows(),
              ["is this", "more often right than", *attacks.COMPARED.values()]))
display(origin_table(attacks.FILE))
answer("15-trained", np.mean(after), form="{:.0f}")

# %% [markdown]
# Each training has the rate that withstood best; plain training's is small, and clean digits pay. Noise helps a little, attacks in training help much. At 0.1, seven steps in training are not told apart from one, at four times its cost; at 0.2 they are ahead. Training on 0.2 is best there, and worse on clean digits.
#
# Is it a defence, or is only the gradient hidden (Athalye, Carlini and Wagner 2018)? That is easily done: multiply all scores by 10,000. No answer changes, but the softmax is so sure that its gradient underflows to 0.
#
# **Predict:** twenty steps of 0.1 against the plain networks, made so sure: how many of 100 seem right?

# %%
guess("15-masked", "Seem right after twenty steps of 0.1?", unit="%")

# %%
tricks = ("twenty steps", "twenty steps on the margin", "pixel by pixel")
sure = [attacks.masked(net) for net in readers.values()]
for name, nets in (("plain", readers.values()), ("scores times 10,000", sure)):
    seem = attacks.under(nets, x_asked, t_asked, (eps,), tricks)
    display(table(attacks.under_rows(seem), [name, "% right"]))
print("{} networks: in {} no other attack of 0.1 fools more than the worst of ten; "
      "right after 0.5: {:.0f} %".format(*attacks.hidden()))
display(lesson15.deceiving_explorer())
answer("15-masked", seem["twenty steps", eps].mean(), form="{:.0f}")

# %% [markdown]
# It seems unharmed, and falls as before to the gradient of the margin, the best wrong score minus the right one, and to an attack without gradients. The trainings above pass this test: in each stored network the worst of ten attacks with gradients, five restarts on two losses, fools no fewer than those without, or copied ones; and at 0.5 nothing is left.
#
# In the explorer, raise the change until the plain network errs, then the other.
#
# **What we have:** bad small changes, and a training against them. **What it costs:** $k + 1$ backwards. **What is missing:** at 0.2 most digits still fall. **Exercise 15-4** asks for the sign.

# %% [markdown]
# ## 6. What the data allow
#
# A network learns what it is given. Suppose the labels mean nothing: each of 1,154 digits gets one by lot. **Can it learn that?** Zhang and others (2017) asked it of photographs.
#
# Let a share $\rho$ of the labels be drawn anew among $K = 10$. A digit $t$ then gets the label $k$ with probability
#
# $$q_k = (1 - \rho)\,[k = t] + \frac{\rho}{K} \tag{15.21}$$
#
# Two layers of 128 ReLU units, Adam, 150 epochs; 288 labels, just as noisy, are set aside.
# **Predict:** at $\rho = 1$, how many of 100 given labels will it give back in the end? (Start 4.)

# %%
guess("15-random", "Of 100 random labels, given back?")

# %%
# NBVAL_IGNORE_OUTPUT
by_heart = each((0.2, 1.0), noisy_labels.learnt, label="noises",
                missing=noisy_labels.nothing())
with figure(2, sharey=True, alt="Labels learnt by heart; held-out digits") as axes:
    for ax, (share, found) in zip(axes, by_heart.items()):
        curves(ax, noisy_labels.STOPS, {k: found[k][0] for k in ("given", "held out")},
               x_label="epoch", y_label="right (%)", title=f"{share:.0%} drawn anew")
answer("15-random", by_heart[1.0]["given"][0, -1], form="{:.1f}")

# %% [markdown]
# The right figure shows labels that mean nothing learnt by heart, nearly all; held-out digits stay at one in ten. So few errors on what was fitted prove nothing. The left one shows the truth learnt *first*: stopped in time, 95.7 % are right (table below), in the end 85.6 %. Why? The slope of the loss at the logits is $p - e_k$; in the mean over the draws
#
# $$\begin{aligned} \overline{\mathrm dy} &= \sum_k q_k\,(p - e_k) \\ &= p - (1 - \rho)\,e_t - \frac{\rho}{K}\mathbf 1 \end{aligned} \tag{15.22}$$
#
# It vanishes at $p = q$, whose largest entry is $t$ for every $\rho < 1$. What many digits share pulls together; each mistake pulls alone, and needs a network that tells this digit from all others. In time, it does.

# %%
off = noisy_labels.slopes_apart(0.4, 20_000, seed=15)
print(f"the mean of 20,000 draws is within {off:.1g} of (15.22)")
display(table(noisy_labels.noise_rows(), noisy_labels.NOISE, "five starts"),
        origin_table(noisy_labels.FILE))
lesson15.labels_explorer()

# %% [markdown]
# So stop where labels set aside are told best: two fifths of noise leave 94.0 %, in the end 68.8. Chance cancels more easily than a rule: with two fifths *one too high* the right label is still the most frequent, and stopping leaves 64.0 %. (In the explorer: which noise has no good epoch?)
#
# **How many examples?** From 10 to 1,442 digits, the rate chosen for each number. The rival learns nothing: its answer is the label of the nearest example.
#
# **And of whom?** One look back. Lessons 00, 04, 11 and 12 asked about people never met; below stands what they stored.
#
# **Predict:** from how many examples on is the network ahead of the nearest one?

# %%
guess("15-ahead", "From how many examples on is the network ahead?",
      choices=("10", "30", "100", "300", "1,000", "1,442", "never"))

# %%
display(table(noisy_labels.amount_rows(), noisy_labels.AMOUNT, "right, ten draws"))
rows = [[Link(name, noisy_labels.LESSONS[name[:2]]), *row]
        for name, *row in noisy_labels.people_rows()]
display(table(rows, noisy_labels.PEOPLE, "people never met"))
print({name: origin(name)["made"] for name in noisy_labels.READ})
answer("15-ahead", noisy_labels.ahead_from())

# %% [markdown]
# Never. From 100 examples on the nearest one is ahead, with 30 new writers too; below, they are not told apart. On 64 centred pixels a distance knows much. (*This* network: lesson 08 has others.)
#
# Where a form's writer was not met, 4.9 % are wrong, not 1.9; faces from elsewhere, up to 18.6 %, not 2.2 (an earlier network). Other voices of the same programs cost nothing that can be told; another program nearly doubled the errors, in the mean of four.
#
# **We have** the truth learnt before the mistakes. **It costs** labels set aside. **Missing:** a sign of this in the summed gradient: it is exact for the data given.

# %% [markdown]
# ## 7. What gradients do not see
#
# Every gradient of this course was exact. **When is an exact gradient of no use?** Four cases, each with what helps instead.
#
# **Plateaus.** A unit that is on or off:
#
# $$s = \begin{cases} 1 & a > 0 \\ 0 & a \le 0 \end{cases}, \qquad \mathrm da = 0 \cdot \mathrm ds \tag{15.23}$$
#
# Whatever the loss says, nothing passes. The hinge of lesson 02 has a plateau on purpose: a row beyond its margin is done.
#
# **Kinks.** At 0, `relu` has two slopes and no derivative. A rule must return something. Then a sum can be wrong where nothing is bent:
#
# $$f(x) = \text{relu}(x) - \text{relu}(-x) = x, \qquad f'(0) = 1 \tag{15.24}$$
#
# **Predict:** what do our rules give for $f'(0)$?

# %%
guess("15-kink", "What do our rules give for f'(0)?", choices=("0", "0.5", "1", "2"))

# %%
display(table(blind_spots.kink_rows(), blind_spots.KINKS))
x, t, W, V = blind_spots.small_network(15)
_, step_backward = blind_spots.step_unit(x @ W)
print("largest |dW| before a step:", abs(x.T @ step_backward(np.ones((32, 8)))).max())
print(f"fresh 3×3 convolution on digits: {blind_spots.at_zero():.1%} of its sums are 0")
answer("15-kink", blind_spots.kink_rows()[5][2])

# %% [markdown]
# `relu` returns 0, `maximum` gives a tie to its first input. So $x$ gets 0 or 2, as it is written (Kakade and Lee 2018). It matters only *exactly* at a kink; but there lie 13 % of a fresh convolution's sums: blank paper, no bias. What helps: a smooth `gelu`.
#
# **Discrete choices.** What is flat for a draw slopes on average. Unit $i$ is 1 with probability $p_i = \sigma(a_i)$:
#
# $$J = \sum_b P(b)\,L(b), \qquad P(b) = \prod_i p_i^{b_i} (1 - p_i)^{1 - b_i} \tag{15.25}$$
#
# $$\frac{\partial J}{\partial a_i} = \sum_b P(b)\,L(b)\,(b_i - p_i), \quad\text{for}\quad \frac{\partial \ln P}{\partial a_i} = b_i - p_i \tag{15.26}$$
#
# Eight units have 256 states: enumerate. Else draw one. The **score function** (Williams 1992) with a baseline $B$, or **straight-through** (Bengio, Léonard and Courville 2013), as if $b$ were $p$:
#
# $$\mathrm da_i = (L(b) - B)\,(b_i - p_i) \tag{15.27}$$
#
# $$\mathrm da_i = \frac{\partial L}{\partial b_i}\,p_i (1 - p_i) \tag{15.28}$$
#
# **Predict:** how long is the scatter of (15.27) with $B = 0$, beside the gradient?

# %%
guess("15-scatter", "Scatter of the score function / size of the gradient?")

# %%
show_source(blind_spots.binary_units, blind_spots.score_gradient)
_, exact = blind_spots.expected_loss(x, t, W, V)
central = numerical_gradient(lambda W: blind_spots.expected_loss(x, t, W, V)[0], W)
print(f"enumerated beside central differences: error below {1e-7:.0e}"
      if relative_error(exact, central) < 1e-7 else "they differ")

# %%
benches = each((0, 20), blind_spots.ten_benches, label="networks",
               missing=[blind_spots.UNKNOWN])
for epochs, found in benches.items():
    display(table(blind_spots.bench_rows(found), blind_spots.bench_header(epochs)))
    print("nearer than straight-through from", blind_spots.overtaking(found))
with figure(2, sharey=True, alt="Falling lines; straight-through is level.") as panels:
    for ax, (epochs, found) in zip(panels, benches.items()):
        lines(ax, blind_spots.errors(found), x_label="calls of the loss, per row",
              y_label="error / size", title=f"After {epochs} epochs", log="xy")
        ax.set(ylim=(1e-4, 6))
answer("15-scatter", np.mean([found["score function"][1] for found in benches[0]]))

# %% [markdown]
# Shares of the gradient's size for 32 digits, exact for each network; means of ten, with intervals; angles in degrees. The figure shows the error of the mean of many draws: it falls like $1/\sqrt{\text{calls}}$, down to the bias.
#
# Straight-through scatters little, with a bias that learning more than doubles. The score function has none; fresh, it needs 14,000 calls to come nearer. A baseline, here the mean loss, takes out most of its scatter at first, less later. Common draws beat own draws. Each unit tried both ways, the others as drawn, has no bias and the least scatter, for $H + 1$ calls.
#
# Which way *learns*? Thirty-two units, real digits:

# %%
display(table(blind_spots.learnt_rows(), blind_spots.LEARNT))
display(origin_table(blind_spots.FILE))
for way in ("straight-through", "score function, baseline"):
    once = blind_spots.once_more(way, seed=25)
    print(f"here, {way}: {once[4]:.1%} after 5 epochs, {once[-1]:.1%} after 30")

# %% [markdown]
# Twenty-five seeds. For all its bias, straight-through is beaten by none; both values and smooth units come within half a point. The score function is far behind after 30 epochs, less after 120. A frozen first layer is far below all.
#
# What helps: straight-through; with few units, both values; if only losses are known, a baseline (**exercise 15-5**).
#
# **Chaos.** Lorenz (1963) moved three numbers, with $\sigma = 10$, $\beta = 8/3$:
#
# $$\begin{aligned} \dot x &= \sigma (y - x), & \dot y &= x(\rho - z) - y, & \dot z &= xy - \beta z \end{aligned} \tag{15.29}$$
#
# Backward, from $a, b, c$:
#
# $$\begin{aligned} \mathrm dx &= -\sigma a + (\rho - z) b + y c, & \mathrm dy &= \sigma a - b + x c \\ \mathrm dz &= -x b - \beta c, & \mathrm d\rho &= x b \end{aligned} \tag{15.30}$$
#
# With (13.9) and `unroll`, that differentiates $\bar z_T$, the mean of $z$ over $T$ units, at $\rho = 28$. Small changes grow, and the gradient:
#
# $$\left\lvert \frac{\partial \bar z_T}{\partial \rho} \right\rvert \sim \frac{e^{\lambda T}}{T} \tag{15.31}$$
#
# **Predict:** one more of $\rho$ adds about 1 to the long mean. How large is the gradient at $T = 20$?

# %%
guess("15-chaos", "Median size of the gradient at T = 20?")

# %%
show_source(blind_spots.lorenz, blind_spots.slopes_by_rho)
starts = blind_spots.on_the_attractor(500, seed=15)
times, _, slopes = blind_spots.tangents(starts, 30.0)   # by complex steps
check_gradients(blind_spots.lorenz_step, starts, np.full(500, 28.0))
ours = blind_spots.slopes_by_rho(starts[:20], 10.0)
np.testing.assert_allclose(ours, slopes[999, :20], rtol=1e-6)
display(table(blind_spots.slope_rows(slopes), blind_spots.SLOPES))
print("growth of T |gradient|:", say(blind_spots.growth(times, slopes), "{:.3f}"))
print("slope of long means:", say(blind_spots.slope_of_long_means(seed=15), "{:.2f}"))
answer("15-chaos", np.median(np.abs(slopes[1999])), form="{:.1g}")

# %% [markdown]
# Medians and means over 500 starts on the attractor. Each gradient is exact, checked by complex steps, and answers another question: what does *this* trajectory do? Times $T$, its logarithm grows by 0.904 a unit of time, the Lyapunov exponent (0.906, as reported). Longer is worse, and a mean does not help: its interval grows, too.
#
# What helps: a line through long means of nine $\rho$ gives 1.00. An ensemble of short runs is biased at $T = 0.5$ and wild from 2 on (Lea, Allen and Haine 2000). Shadowing (Wang, Hu and Blonigan 2014) is reported; we did not try it.
#
# **Try:** $\rho = 14$, where $z$ settles; then $\rho = 28$ with other starts.

# %%
lesson15.chaos_explorer()

# %% [markdown]
# **What is not backpropagation's fault?** Only the last two rows are its own: differences, or sums run forward, get the derivative without them, at another price. All other rows meet every method that follows the same gradient.
#
# | limit | whose it is | shown in |
# | --- | --- | --- |
# | slow descent | the loss's shape, the optimizer | [lesson 06](06_optimizers.ipynb), sections 1 to 4 |
# | local minima, saddles | the loss | [lesson 06](06_optimizers.ipynb), section 5; [lesson 07](07_why_depth_is_hard.ipynb), section 7 |
# | overfitting | the data, the architecture | [lesson 07](07_why_depth_is_hard.ipynb), section 6 |
# | vanishing, exploding gradients | the architecture, its first weights | [lesson 07](07_why_depth_is_hard.ipynb), section 1; [lesson 09](09_backpropagation_through_time.ipynb), section 3 |
# | noise of a mini-batch | the optimizer's diet of data | [lesson 05](05_batch_minibatch_stochastic.ipynb), section 3 |
# | rounding | the arithmetic | [lesson 13](13_beyond_perception.ipynb), section 3 |
# | guesses outside the data | the data, the architecture | [lesson 13](13_beyond_perception.ipynb), section 1 |
# | bias, leakage, people never met | the data | [lesson 11](11_recognising_faces.ipynb), section 1; [lesson 12](12_understanding_voice_commands.ipynb), section 8; section 6 |
# | forgetting | the order of the data, the loss, the optimizer's steps | section 2 |
# | black box, deceived digits | the architecture, the data | sections 4 and 5 |
# | discrete choices, plateaus | the loss: its derivative is 0 | here |
# | chaos | the model: its derivative is no use | here |
# | kinks | every derivative made of rules, forward or back: it adds slopes that are none | here |
# | memory | backpropagation: it keeps the way forward | section 1 |
# | weight transport, waiting | backpropagation: it needs the transpose, and all that comes later | section 3 |

# %% [markdown]
# ## Summary
#
# - A gradient needs the states of the way forward. It does not need to keep them: memory is bought with work.
# - What a network forgets, reads, and is fooled by, follows from its data, its loss, its architecture and the optimizer's steps.
# - The transposed weights are not the only way back.
# - A map of pixels answers a narrow question. What would it look like for a network that has learnt nothing?
# - Where choices, plateaus or chaos stand in the way, the exact derivative may be useless. Then an estimate is needed, with its bias and its variance.
#
# **Next:** lesson 16 tests what is said of all this.

# %% [markdown]
# ## Exercises
#
# In `exercises/15_limits.ipynb`:
#
# | task | what | level |
# | --- | --- | --- |
# | 15-1 | a backward with checkpoints | write |
# | 15-2 | feedback alignment | write |
# | 15-3 | integrated gradients | write |
# | 15-4 | the fast gradient sign | fill in |
# | 15-5 | the score-function gradient | write |
#
# ## Further reading
#
# - {source griewank2000}.
# - {source chen2016}.
# - {source mccloskey1989}.
# - {source rumelhart1986}.
# - {source kirkpatrick2017}.
# - {source lillicrap2016}.
# - {source lillicrap2020}.
# - {source bartunov2018}: on larger images.
# - {source goodfellow2013}.
# - {source adebayo2018}.
# - {source goodfellow2015}.
# - {source zhang2017}.
# - {source williams1992}.
# - {source kakade2018}.
# - {source lea2000}.
# - {source wang2014}.
