# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import (experiments, load_digits, numerical_gradient, predict,
    softmax_cross_entropy)
from course_lib.page.notebook import origin_table, show_source, table
from course_lib.page.plotting import bands, figure, images
from course_lib.page.running import each
from course_lib.studies import attacks, explanations
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
# TODO feedback

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
guess("15-order", "Which order needs the fewest?", choices=tuple(explanations.ORDERS))

# %%
gone = explanations.deletions(readers.values(), x_asked, t_asked)
display(table(explanations.order_rows(gone),
              ["order", "cost of a picture", "pixels to paper", "pixels to ink"]))
display(table(explanations.fewer_rows(gone),
              ["is this", "fewer than", "to paper", "to ink"]))
answer("15-order", min(explanations.ORDERS, key=lambda o: gone[o, "paper"].mean()))

# %% [markdown]
# Integrating buys completeness, no better order: twenty gradients find the pixels no sooner than one, times the way. Taking away one pixel at a time is ahead of both towards paper, by less than a tenth of a pixel. The plain gradient ignores how far a pixel has to go: towards ink it is behind an order by chance. All judge one network on pictures that no hand wrote.
#
# A map may look convincing and not depend on the network. Adebayo and others (2018) draw the weights anew and compare.
#
# **Predict:** all weights are drawn anew, so that nothing is known of digits. The sizes of two integrated maps, before and after: what is their rank correlation?

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
# TODO labels

# %% [markdown]
# ## 7. What gradients do not see
#
# TODO blind

# %% [markdown]
# ## Summary
#
# TODO
