# %% [markdown]
# # 15 Limits
#
# What can backpropagation not do, or not cheaply?
#
# **Time:** about 100 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import check_gradients, numerical_gradient, relative_error
from course_lib.experiments import say
from course_lib.page.notebook import origin_table, show_source, table
from course_lib.page.plotting import figure, lines
from course_lib.page.running import each
from course_lib.studies import blind_spots
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
# Every gradient of this course was exact. **When is an exact gradient of no use?** Four cases, each with what helps instead.
#
# **Plateaus.** A unit that is on or off:
#
# $$s = \begin{cases} 1 & a > 0 \\ 0 & a \le 0 \end{cases}, \qquad \mathrm da = 0 \cdot \mathrm ds \tag{15.24}$$
#
# Whatever the loss says, nothing passes. The hinge of lesson 02 has a plateau on purpose: a row beyond its margin is done.
#
# **Kinks.** At 0, `relu` has two slopes and no derivative. A rule must return something. Then a sum can be wrong where nothing is bent:
#
# $$f(x) = \text{relu}(x) - \text{relu}(-x) = x, \qquad f'(0) = 1 \tag{15.25}$$
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
# $$J = \sum_b P(b)\,L(b), \qquad P(b) = \prod_i p_i^{b_i} (1 - p_i)^{1 - b_i} \tag{15.26}$$
#
# $$\frac{\partial J}{\partial a_i} = \sum_b P(b)\,L(b)\,(b_i - p_i), \quad\text{for}\quad \frac{\partial \ln P}{\partial a_i} = b_i - p_i \tag{15.27}$$
#
# Eight units have 256 states: enumerate. Else draw one. The **score function** (Williams 1992) with a baseline $B$, or **straight-through** (Bengio, Léonard and Courville 2013), as if $b$ were $p$:
#
# $$\mathrm da_i = (L(b) - B)\,(b_i - p_i) \tag{15.28}$$
#
# $$\mathrm da_i = \frac{\partial L}{\partial b_i}\,p_i (1 - p_i) \tag{15.29}$$
#
# **Predict:** how long is the scatter of (15.28) with $B = 0$, beside the gradient?

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
# $$\begin{aligned} \dot x &= \sigma (y - x), & \dot y &= x(\rho - z) - y, & \dot z &= xy - \beta z \end{aligned} \tag{15.30}$$
#
# Backward, from $a, b, c$:
#
# $$\begin{aligned} \mathrm dx &= -\sigma a + (\rho - z) b + y c, & \mathrm dy &= \sigma a - b + x c \\ \mathrm dz &= -x b - \beta c, & \mathrm d\rho &= x b \end{aligned} \tag{15.31}$$
#
# With (13.9) and `unroll`, that differentiates $\bar z_T$, the mean of $z$ over $T$ units, at $\rho = 28$. Small changes grow, and the gradient:
#
# $$\left\lvert \frac{\partial \bar z_T}{\partial \rho} \right\rvert \sim \frac{e^{\lambda T}}{T} \tag{15.32}$$
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
# Medians and means over 500 starts on the attractor. Each gradient is exact, checked by complex steps, and answers another question: what does *this* trajectory do? Times $T$, its logarithm grows by 0.904 a unit of time, the Lyapunov exponent (0.906, reported by Sprott). Longer is worse, and a mean does not help: its interval grows, too.
#
# What helps: a line through long means of nine $\rho$ gives 1.00. An ensemble of short runs is biased at $T = 0.5$ and wild from 2 on (Lea, Allen and Haine 2000). Shadowing (Wang, Hu and Blonigan 2014) is reported; we did not try it.
#
# **Try:** $\rho = 14$, where $z$ settles; then $\rho = 28$ with other starts.

# %%
lesson15.chaos_explorer()

# %% [markdown]
# **What is not backpropagation's fault?** Only the last three rows are its own: differences, or sums run forward, get the derivative without them, at another price. All other rows meet every method that follows the same gradient.
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
# | forgetting | the order of the data, the loss | section 2 |
# | black box, deceived digits | the architecture, the data | sections 4 and 5 |
# | discrete choices, plateaus | the loss: its derivative is 0 | here |
# | chaos | the model: its derivative is no use | here |
# | kinks | backpropagation: it adds slopes that are none | here |
# | memory | backpropagation: it keeps the way forward | section 1 |
# | weight transport, waiting | backpropagation: it needs the transpose, and all that comes later | section 3 |

# %% [markdown]
# ## Summary
#
# TODO
