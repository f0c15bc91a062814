# %% [markdown]
# # 13 Beyond perception
#
# What else is a gradient good for?
#
# **Time:** about 90 minutes.

# %%
import numpy as np
from IPython.display import display
from course_lib import (Adam, check_gradients, load_sentiment, mean_over_time,
    mean_squared_error, training)
from course_lib.experiments import say
from course_lib.page.notebook import origin_table, table
from course_lib.page.running import progress
from course_lib.studies import sentiment
from course_lib.widgets import lesson13
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
# Does this sentence praise the film? A machine that could tell would read reviews for us. Here are 10,605 real sentences
# of film reviews (Hutto and Gilbert 2014, after Pang and Lee). At least 15 people rated each from $-4$ to $4$; the target is their mean.
#
# Two rivals need no network. **VADER** is a program of the same authors: a lexicon of words with valences, and some rules. And a
# line can be fitted to counted words.
#
# One trap first: the file is sorted by sign. What if its last fifth is the test?

# %%
reviews, rng = load_sentiment(), np.random.default_rng(13)
rows = [[reviews.sentences[n], f"{reviews.rating[n]:.2f}", f"{reviews.lexicon[n]:.2f}"]
        for n in rng.choice(len(reviews.rating), 5, replace=False)]
display(table(rows, ["sentence", "people, -4 to 4", "VADER, -1 to 1"]))
print(f"VADER says exactly 0 of {np.mean(reviews.lexicon == 0):.0%}")
for what, value in sentiment.as_sorted().items():
    print(f"{what}: {value:.2f}")

# %% [markdown]
# So sorted, one answer for all beats a fitted line. We shuffle.
#
# How do words add up? With $x_t$ the number of word $t$ and $E$ a table with a row for each word, three ways:
#
# $$y = b + \sum_t w_{x_t} \quad\text{(a bag of words)} \tag{13.15}$$
# $$y = g\Big(\frac1T \sum_t E_{x_t}\Big) \quad\text{(a mean, and dense layers } g) \tag{13.16}$$
# $$h_t = \mathrm{GRU}(E_{x_t}, h_{t-1}), \quad y = h_T v + b \tag{13.17}$$
#
# Only (13.17) knows the order. All rules are ours: `embedding`, `mean_over_time`, the GRU of lesson 09. For (13.16), with $\mathrm dm$ arriving at the mean,
#
# $$\mathrm de_t = \frac{\mathrm dm}{T}, \qquad \mathrm dE_v = \sum_{t:\,x_t = v} \mathrm de_t \tag{13.18}$$
#
# A word that stands twice is paid twice.

# %%
x, lengths = np.array([[1, 2], [2, 3], [1, 0]]), np.array([3, 2])   # 0 fills up
def sentence_means(E):
    m, mean_backward = mean_over_time(E[x], lengths)
    def backward(dm):
        de = mean_backward(dm)              # (13.18)
        dE = np.zeros_like(E)
        np.add.at(dE, x, de)                # (13.18)
        return dE
    return m, backward
check_gradients(sentence_means, rng.normal(size=(4, 5)))

# %% [markdown]
# The comparison: five random splits, 70 % to fit, 10 % to choose, 20 % to judge. Every fitted rival tries six rates or penalties on
# the second part; networks stop there, too. How good can one be? One person, against the mean of the others, shows it.
#
# We judge by the share of **signs** told, and by the correlation $r$ with the mean rating. A score of 0 counts half.
#
# **Predict:** the best linear model counts words and pairs of neighbours (tf-idf: rare words weigh more; ridge regression). Will the GRU tell more signs?

# %%
guess("13-words", "Signs told by the GRU, beside the best linear model?",
      choices=("more", "fewer", "not told apart"))

# %%
# NBVAL_IGNORE_OUTPUT
rng, split = np.random.default_rng(13), sentiment.parts(0)
words, batches = sentiment.batches_of(split.fit, rng=rng)
reader = sentiment.Reader(len(words), kind="GRU", rng=rng)
optimizer = Adam(reader.params, lr=0.004)
steps = training(reader, mean_squared_error, optimizer, batches, 6)
for epoch, step, loss in progress(steps, 6 * len(batches)):
    pass
learnt, line = sentiment.Learnt(words, reader), sentiment.line_of(split)
for name, model in {"GRU": learnt, "tf-idf": line}.items():
    found = sentiment.measured(model.predict(split.judge[0]), split.judge[1])
    print(f"{name}, one split: {found['sign']:.1%} of the signs, r {found['r']:.2f}")

# %%
rows = sentiment.summary()
display(origin_table(sentiment.FILE), table(rows, sentiment.SUMMARY, "five splits"))
print(f"shuffling costs the GRU {say(sentiment.cost_of_shuffling(), '{:.1f}')} points")
answer("13-words", {row[0]: row[-1] for row in rows}["GRU"])

# %% [markdown]
# The GRU is not told apart from the best line. It has a higher $r$ than the bag, and it uses the order: shuffled words cost it signs.
# Averaged, the GRU and that line have a higher $r$ than either. Where a sentence negates, the GRU tells no more signs than pairs do. All are far below one person.
# (The splits share sentences, so the intervals are somewhat too narrow; a few chosen rates lie at the end of their grid.)
#
# What does the network read? The score's gradient by a word's vector, times the vector, says what the word adds, to first order:
#
# $$c_t = E_{x_t} \cdot \frac{\partial y}{\partial E_{x_t}} \tag{13.19}$$
#
# For the bag it is exact. Elsewhere, leave each word out and compare.

# %%
# NBVAL_IGNORE_OUTPUT
r, same = sentiment.agreement(learnt, split.judge[0][:300])
print(f"c and leaving out: r {r:.2f}, strongest word alike in {same:.0%} of 300")
for sentence in ("good", "not good", "bad", "not bad", "not bad at all"):
    print(sentiment.spoken(learnt, sentence))
lesson13.sentiment_explorer(learnt, line)

# %% [markdown]
# Type a sentence of your own. Each word shows what it adds, in the network, in the line and in VADER's lexicon; a word with a question mark was not learnt. **Try** to find a negation that
# the network gets right, and one that it misses.
#
# **What it says:** which words carried the score. **What it costs:** one backward a sentence. **What is missing:** in the network trained here, "not" takes from "good" and gives "bad" almost nothing: it
# works as a bad word, and "not bad at all" is read as bad. Also missing: irony, and what stands outside the sentence.
#
# **Exercise 13-4** asks for (13.16) and its backward for sentences of different lengths.

# %% [markdown]
# ## 5. An autoencoder
#
# TODO autoencoder

# %% [markdown]
# ## 6. Recommendations
#
# TODO recommendation

# %% [markdown]
# ## Summary
#
# TODO
