# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# **Time:** about 90 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import Tensor, apply, embedding, load_ratings
from course_lib.page.notebook import origin_table, table
from course_lib.page.plotting import figure
from course_lib.page.running import progress
from course_lib.studies import recommendation
from course_lib.widgets.lesson13 import film_explorer
from course_lib.widgets.predictions import answer, guess

# %% [markdown]
# ## 1. Re-entry after a blast
#
# TODO reentry

# %% [markdown]
# ## 2. Weather
#
# TODO assimilation

# %% [markdown]
# ## 3. Rounding errors
#
# TODO rounding

# %% [markdown]
# ## 4. Sentiment
#
# TODO sentiment

# %% [markdown]
# ## 5. An autoencoder
#
# TODO autoencoder

# %% [markdown]
# ## 6. Recommendations
#
# You gave *Star Wars* five stars. Which of nine thousand films will you like next?
#
# The ratings are real: MovieLens latest-small (Harper and Konstan 2015). This file is for research and teaching, **not for commercial use**, and not under the licence of the course.
#
# Each person's last fifth of ratings is held out; of the rest, the last fifth chooses settings. Is that honest? Not quite: one person's past is learnt together with other people's futures, and many ratings share a second, so that their order is not known. A cut at one date would leave most judged ratings with people never seen before.

# %%
ratings = load_ratings()
past, judge = recommendation.past_and_judge(ratings)
given, known, mean = recommendation.past_table(ratings, past)
later, shared = recommendation.leaks(ratings, past, judge)
people, films = known.shape
print(f"{len(ratings.stars):,} ratings, {people} people, {films:,} films;",
      f"{known.mean():.2%} of the table is learnt from. {later:.0%} of that is later",
      f"than a person's first judged rating; {shared:.0%} share person and second")
with figure(alt="Most of the table is empty, even for these films") as ax:
    ax.imshow(recommendation.most_rated(known, 300), cmap="Greys", aspect="auto")
    ax.set(title="The films rated most, 300 of them", xlabel="film", ylabel="person")

# %% [markdown]
# A person $u$ and a film $f$ each get a bias and a row of $K$ numbers, their **factors** $p_u$ and $q_f$:
#
# $$\hat r_{uf} = \mu + b_u + c_f + p_u \cdot q_f, \qquad L = \tfrac12 \sum_n e_n^2 + \tfrac{\lambda}{2} \Big(\sum_u \lVert p_u\rVert^2 + \sum_f \lVert q_f\rVert^2\Big) \tag{13.24}$$
#
# with $e_n = \hat r_n - r_n$ for rating $n$; the biases have a penalty of their own. `embedding` looks the rows up, `multiply` and `sum` make the dot product. Their backwards give, for one rating,
#
# $$\mathrm dp_{u_n} = e_n\, q_{f_n}, \qquad \mathrm dq_{f_n} = e_n\, p_{u_n} \tag{13.25}$$
#
# A person rates many films, so a row is looked up many times, and changes many errors. `embedding`'s backward adds all of them:
#
# $$\mathrm dP_u = \sum_{n:\, u_n = u} e_n\, q_{f_n} + \lambda P_u, \qquad \mathrm dQ_f = \sum_{n:\, f_n = f} e_n\, p_{u_n} + \lambda Q_f \tag{13.26}$$
#
# Write the errors into a table $E$, with 0 where no rating is known. The sums are matrix products:
#
# $$\begin{aligned} \mathrm dP &= E\,Q + \lambda P \\ \mathrm dQ &= E^\top P + \lambda Q \end{aligned} \tag{13.27}$$

# %%
rng = np.random.default_rng(13)
rows = rng.choice(past, size=2000, replace=False)
users, films, stars = ratings.users[rows], ratings.films[rows], ratings.stars[rows]
P, Q = (Tensor(rng.normal(size=(n, 4))) for n in known.shape)
p, q = apply(embedding, P, indices=users), apply(embedding, Q, indices=films)
error = (p * q).sum(axis=1) - Tensor(stars)
(0.5 * (error * error).sum()).backward()
E = np.zeros(known.shape)
E[users, films] = error.data
dP, dQ = recommendation.factor_gradients(E, P.data, Q.data, l2=0.0)      # (13.27)
np.testing.assert_allclose(dP, P.grad, atol=1e-12)
np.testing.assert_allclose(dQ, Q.grad, atol=1e-12)
lost = np.zeros(P.data.shape)
lost[users] += error.data[:, np.newaxis] * q.data           # keeps one rating a person
print(f"lost[users] += is off by {np.linalg.norm(lost - dP) / np.linalg.norm(dP):.0%}")

# %% [markdown]
# Now all ratings at once, with Adam: 60 updates of two tables. A strong $\lambda$ holds the rows of rarely rated films near 0, as damping does the biases.
#
# Two measures. One is the root mean squared error (RMSE), in stars. The other asks what a list of ten films is worth: NDCG counts the films on it that the person later gave four stars or more, a lower place counting less.
#
# $$\mathrm{NDCG} = \sum_{j=1}^{10} \frac{\text{liked}_j}{\log_2 (j+1)} \Big/ \text{the largest that can be} \tag{13.28}$$
#
# Rivals that rank: popularity; **implicit factors**, which learn *whether* a film was rated, against four that were not; and **rated together**: the cosine of two films' columns of people, without any training.
# **Predict:** which makes the best lists?

# %%
guess("13-lists", "Which makes the best lists?",
      choices=("factors with the lowest RMSE", "popularity", "implicit factors",
               "rated together", "the last two, not told apart"))

# %%
rng, l2 = np.random.default_rng(9), recommendation.chosen_l2()
model = recommendation.Factorisation(given, known, l2=l2, rng=rng)
for _ in progress(model.learn(recommendation.STEPS), recommendation.STEPS):
    pass
found = recommendation.judged(model.scores(), mean, ratings, past, judge)
print(f"factors trained here: RMSE {found['rmse']:.3f}, NDCG {found['ndcg']:.3f}")
counts = 0 * known + known.sum(axis=0)
popular = recommendation.judged(counts, mean, ratings, past, judge)
_, low, high = recommendation.bootstrap([found], [popular], "ndcg", rng)
print(f"NDCG less that of popularity: {low:.3f} to {high:.3f}")

# %%
display(table(recommendation.summary("rmse"), ["rival", "chosen", "RMSE", "NDCG",
        "RMSE less that of the biases"], "chosen by RMSE"))
display(table(recommendation.summary("ndcg"), ["ranker", "chosen", "RMSE", "NDCG",
        "NDCG less that of rated together"], "chosen by NDCG"))
display(table([row[:3] for row in recommendation.summary("rmse", "at random")],
        ["rival", "chosen", "RMSE, random fifth"], "a random fifth held out instead"))
display(origin_table(recommendation.FILE))
answer("13-lists", recommendation.best_lists())

# %% [markdown]
# The factors have the lowest error. Drawn again over people, it stays below that of the biases. Without L2 they do not beat the biases, though stopped after 2 updates. A random fifth flatters both.
#
# **And the lists disagree.** The factors with the lowest RMSE make worse lists than popularity. One reason: the error is taken over films that people chose to see, a list is made of all. Implicit factors, which never read a star, make better lists than popularity, and so does counting who rated both. These two are not told apart: the training bought nothing that shows.
#
# In the explorer, **try:** lower the least number of ratings to 1. Which list changes?

# %%
film_explorer(model.Q.data)

# %% [markdown]
# **What we have:** rows of numbers for people and films, from the backward of a lookup and a product. **What it costs:** a table of all people and films, which a larger collection would not allow; batches and `embedding` would. **What is missing:** a new person or film has no row, and nobody here was asked: a film not rated counts as not liked.
#
# **Exercise 13-6** asks for the gradients of a batch in which rows come twice.

# %% [markdown]
# ## Summary
#
# TODO
