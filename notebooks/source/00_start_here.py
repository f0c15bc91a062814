# %% [markdown]
# # 00 Start here
#
# This course builds backpropagation from nothing: derived on paper, written in NumPy, checked, broken and repaired.
#
# After this lesson you can
#
# - run and change the cells of a lesson, and stop one that takes too long;
# - say whether everything the course needs is in place, and repair what is not;
# - have an exercise checked, and see how far you have come.
#
# Time: about 20 minutes. Needed for the course: Python, a little NumPy (arrays and their shapes), and derivatives from school.
# Everything else is explained where it is first used.

# %% [markdown]
# ## 1. Cells and keys
#
# A lesson is a column of cells: text, and code with its result below. Click a code cell and press **Shift+Enter**: it runs,
# and the next cell is chosen. Every cell may be changed and run again; no experiment can damage the course.
#
# |key|what it does|
# |---|---|
# |Shift+Enter|run the cell, go to the next|
# |Enter, then Esc|start to write in a cell, then leave it|
# |Shift+Tab (inside a name)|show what a function does|
# |I, I (after Esc)|interrupt a cell that runs too long|
# |0, 0 (after Esc)|restart the kernel: forget all results|

# %% [markdown]
# **If something fails**, read the last line of the message first. It says what happened.
#
# - `NameError`: a cell above was not run. Use the menu *Run*, then *Run All Above Selected Cell*.
# - Strange results after many changes: *Kernel*, then *Restart Kernel and Run All Cells*.
# - `ModuleNotFoundError`: a package is missing. In a terminal, in the folder of the course, run
#   `.venv/bin/python -m pip install -e ".[lab]"` (Windows: `.venv\Scripts\python`), then restart the kernel.
#   A plain `python` may be another one, without the course. The same with `-m course_lib.environment` shows what is missing.
#
# The first code cell imports all that this lesson uses. Run it now.

# %%
import numpy as np

from IPython.display import display

from course_lib import (SGD, Batches, Dense, History, Sequential, Tanh, evaluate,
    load_digits, load_new_writers, predict, softmax_cross_entropy, training)
from course_lib.environment import check_setup, in_place
from course_lib.exercises import check, progress_table
from course_lib.page.notebook import setup_table, table
from course_lib.page.plotting import curves, figure, images
from course_lib.page.running import progress
from course_lib.widgets.lesson00 import course_map, digit_explorer
from course_lib.widgets.predictions import answer, guess

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 2. Is everything in place?
#
# The table compares what the course needs with what is on this machine. Each data file has a fingerprint, its SHA-256:
# if a single bit of the file were different, the fingerprint would be too. The last two lines tell whether your work can be saved.
# A line that fails tells its remedy.

# %%
# NBVAL_IGNORE_OUTPUT
setup_table(check_setup())

# %%
print("everything in place:", in_place(check_setup()))

# %% [markdown]
# The numbers of the versions may be other ones on your machine. What matters is a ✓ in every line, and `True` below the table.
#
# ## 3. A taste
#
# Can a machine learn to read? Here are real digits, written by hand by 13 people and stored as 8 × 8 grey pixels.
# A network sees the larger part of them, each with the right answer. The rest is held out: it serves to ask questions later.

# %%
digits = load_digits()
print("to learn from:", digits.x_train.shape, " held out:", digits.x_test.shape)
with figure(10, size=(9.0, 1.3), alt="Ten handwritten digits, with labels.") as axes:
    images(axes, digits.x_train[:10], digits.t_train[:10])

# %% [markdown]
# Above: the first ten images, each with its label. Every image is a row of 64 numbers, from 0 (paper) to 1 (ink).
#
# The next cell makes a network with random weights and trains it. The code is explained in lessons 02 to 04;
# for now watch the bar: it shows the loss, which tells how wrong the network is, and the time left. On a fast machine it is soon full.
# Run the cell a second time and press I twice: training stops, and the network keeps what it has learnt so far.

# %%
rng = np.random.default_rng(0)
net = Sequential(Dense(64, 128, rng=rng), Tanh(), Dense(128, 10, rng=rng))
optimizer = SGD(net.params, lr=0.01, momentum=0.9)
batches = Batches(digits.x_train, digits.t_train, 4, rng=rng)
history = History()
steps = training(net, softmax_cross_entropy, optimizer, batches, epochs=30)
for epoch, step, loss in progress(steps, total=30 * len(batches)):
    history.add(step=step, loss=loss)

# %%
with figure() as ax:
    parts = np.array_split(history["loss"], min(30, len(history)))
    ends = np.cumsum([len(part) for part in parts])
    curves(ax, ends, {"loss": [part.mean() for part in parts]}, log=True,
           x_label="step", y_label="mean loss (nats)", title="Less and less wrong")

# %% [markdown]
# The curve falls from the left to the right: step by step the network's answers come closer to the labels. Every step looks at four images.
#
# **Predict before you run:** of 100 digits that it never saw, how many will the network read correctly?
# A machine that always gives the same answer is the measure to beat.
#
# Such questions return in every lesson. Write your guess into the field below before you run on: it is kept, and shown beside what was measured.

# %%
guess("00-right", "Of 100 digits, how many will be read correctly?", unit="digits")

# %%
constant = np.bincount(digits.t_test).max() / len(digits.t_test)
print(f"always the same answer: {100 * constant:.0f} of 100 right")

# %%
# NBVAL_IGNORE_OUTPUT
answer("00-right", 100 * evaluate(net, digits.x_test, digits.t_test), form="{:.0f}")

# %% [markdown]
# The number may be another one on your machine: thousands of steps carry the last digit of a rounding far.
#
# Which ones does it get wrong? The next figure shows mistakes, each with the network's answer and the truth.

# %%
said = predict(net, digits.x_test).argmax(axis=1)
wrong = np.flatnonzero(said != digits.t_test)
titles = [f"said {a}, is {t}" for a, t in zip(said[wrong], digits.t_test[wrong])]
with figure(7, size=(9.0, 1.6), alt="Mistakes: " + "; ".join(titles[:7])) as axes:
    images(axes, digits.x_test[wrong], titles)

# %% [markdown]
# Up to seven of the mistakes are shown. Several are digits that a person would hesitate over too.
#
# One caution. The held-out digits are new to the network, but their writers are not: of the digits of the same 13 people, every fifth was held out.
# The course also has digits by 30 other people, made in the same way.
# **Predict:** of 100 digits by people whom it never met, how many will it get wrong?

# %%
guess("00-new", "Of 100 digits by new people, wrong are", unit="digits")

# %%
# NBVAL_IGNORE_OUTPUT
new = load_new_writers()
asked = {"held-out digits of the 13 people": (digits.x_test, digits.t_test),
         "digits of 30 other people": (new.x, new.t)}
wrong_of_100 = {who: 100 - 100 * evaluate(net, x, t) for who, (x, t) in asked.items()}
rows = [[who, len(asked[who][1]), f"{share:.1f}"]
        for who, share in wrong_of_100.items()]
display(table(rows, ["what it was asked", "how many", "wrong of 100"]))
answer("00-new", wrong_of_100["digits of 30 other people"], form="{:.1f}")

# %% [markdown]
# It errs more often on people whom it never met. That may be because they are new to it, or because their digits are harder to read; lesson 04 finds a way to tell the two apart.
# Whoever says how good a machine is should say on whom.
#
# Now ask the network yourself. Move the slider (click it, then use the arrow keys), or jump to the next mistake.

# %%
digit_explorer(net)

# %% [markdown]
# The bars are the ten probabilities. Look at a mistake: is the network unsure, or sure and wrong?
#
# ## 4. The way ahead
#
# How did 9,610 numbers, most of them random at first, become a reader of digits? They were moved a little, thousands of times,
# each in the direction that made the loss smaller. Backpropagation finds all these directions at once. The course takes it apart.

# %%
print("numbers in the network:", sum(p.data.size for p in net.params))
course_map()

# %% [markdown]
# The map shows 17 lessons in four parts. Read the first two parts in order. Of the case studies take those that you like; the last part looks back.
#
# | lesson | its question | exercises |
# | --- | --- | --- |
# | [01 Learning as descent](01_learning_as_descent.ipynb) | What does it mean that a machine learns? | [sheet 01](../exercises/01_learning_as_descent.ipynb) |
# | [02 The forward pass](02_forward_pass.ipynb) | How does a network turn pixels into a prediction? | [sheet 02](../exercises/02_forward_pass.ipynb) |
# | [03 The chain rule on a graph](03_chain_rule_on_a_graph.ipynb) | How does one error reach a million weights? | [sheet 03](../exercises/03_chain_rule_on_a_graph.ipynb) |
# | [04 Backpropagation in matrices](04_backpropagation_in_matrices.ipynb) | What does a real implementation compute? | [sheet 04](../exercises/04_backpropagation_in_matrices.ipynb) |
# | [05 Batch, mini-batch, stochastic](05_batch_minibatch_stochastic.ipynb) | How much data should one step look at? | [sheet 05](../exercises/05_batch_minibatch_stochastic.ipynb) |
# | [06 Optimizers](06_optimizers.ipynb) | Given a gradient, which step? | [sheet 06](../exercises/06_optimizers.ipynb) |
# | [07 Why depth is hard](07_why_depth_is_hard.ipynb) | Why did deep networks take so long, and what changed? | [sheet 07](../exercises/07_why_depth_is_hard.ipynb) |
# | [08 Convolution](08_convolution.ipynb) | How are gradients computed when weights are shared in space? | [sheet 08](../exercises/08_convolution.ipynb) |
# | [09 Backpropagation through time](09_backpropagation_through_time.ipynb) | How is a loop differentiated? | [sheet 09](../exercises/09_backpropagation_through_time.ipynb) |
# | [10 Recurrent backpropagation](10_recurrent_backpropagation.ipynb) | Must a network be free of cycles? | [sheet 10](../exercises/10_recurrent_backpropagation.ipynb) |
# | [11 Recognising faces](11_recognising_faces.ipynb) | How does a network learn that two photographs show the same person? | [sheet 11](../exercises/11_recognising_faces.ipynb) |
# | [12 Understanding voice commands](12_understanding_voice_commands.ipynb) | Can what was learnt on one language be used for another? | [sheet 12](../exercises/12_understanding_voice_commands.ipynb) |
# | [13 Beyond perception](13_beyond_perception.ipynb) | What else is a gradient good for? | [sheet 13](../exercises/13_beyond_perception.ipynb) |
# | [14 The same in PyTorch, TensorFlow and JAX](14_frameworks.ipynb) | What do the frameworks do for me? | [sheet 14](../exercises/14_frameworks.ipynb) |
# | [15 Limits](15_limits.ipynb) | What can backpropagation not do, or not cheaply? | [sheet 15](../exercises/15_limits.ipynb) |
# | [16 Myths, tested](16_myths_tested.ipynb) | Which things that are often repeated are false? | a self-test over the whole course |

# %% [markdown]
# ## 5. How an exercise is checked
#
# An exercise asks for a function. `check` runs it and compares it with the right answer on many inputs.
# As an example take exercise 01-2: *given parameters, a gradient and a learning rate, return the parameters minus the learning rate times the gradient.*
# What this means is told in lesson 01.
#
# A function that you have not written yet raises `NotImplementedError`, and `check` says so.
# (With `record=False` nothing is noted in your progress.)

# %%
def unfinished(params, gradient, lr):
    raise NotImplementedError("exercise 01-2: one descent step")

check("01-2", unfinished, record=False)

# %% [markdown]
# A wrong answer stops at the first stage that fails, and the likely mistake is named. Can you see it before you run the cell?

# %%
def wrong_step(params, gradient, lr):
    return params + lr * gradient

check("01-2", wrong_step, record=False)

# %% [markdown]
# A right answer passes all stages.

# %%
def right_step(params, gradient, lr):
    return params - lr * gradient

check("01-2", right_step, record=False)

# %% [markdown]
# Each task has three hints behind a small triangle, from a nudge to nearly the whole answer, and a solved sheet in the folder `solutions`.
# You learn most by trying first. No lesson depends on your answers, so an unsolved exercise never blocks the way.
#
# ## 6. Your progress
#
# This table is read from your own checks. They are kept in one small file on this machine, `.course_lib/progress.json` in your home folder.
# Your guesses lie beside it, in `predictions.json`. Nothing is sent anywhere. Delete the files to start again.

# %%
# NBVAL_IGNORE_OUTPUT
progress_table()

# %% [markdown]
# ## 7. What others say
#
# Much is written about backpropagation, and not all of it is right. Where a lesson tests a sentence from one of these five articles, it gives the letter. Lesson 16 goes through all of them.
#
# | article | title, or how it opens | where |
# | --- | --- | --- |
# | A | opens "Backpropagation (or backward propagation) is a computed aided mathematical method" | unsigned |
# | B | "Backpropagation" | glossary of Deepchecks |
# | C | opens "Backpropagation, short for “backward propagation of errors,”" | unsigned |
# | D | opens "Backpropagation is a fundamental component of deep learning for neural networks" | unsigned |
# | E | "Backpropagation in Machine Learning – Complete Guide" | unsigned |

# %% [markdown]
# ## 8. For teachers
#
# - A lesson takes an hour to an hour and a half; the longer ones say where to pause. The [guide](../solutions/GUIDE.md) tells how a session may run, and where learners stumble.
# - The sheets in `exercises` are handed out; the same sheets, solved and run, are in `solutions`. The checks are open to everybody, so they teach; they are no examination.
# - Levels: *fill in* (one to three lines), *write* (a whole function), *explore* (for those who are early). Difficulty, importance and minutes stand under each title.
# - `from course_lib.exercises import examine, tasks` gives results as values: `examine(tasks()["01-2"], function)` tells `passed` and the name of the `fault`.
# - Everything runs without a network connection.

# %% [markdown]
# ## Summary
#
# The set-up is complete, a network has read digits that it never saw, and you know how cells, sliders and checks work.
# What is still missing is the idea behind it: what exactly happened while the bar was filling?
#
# Every work that a lesson cites stands in the [bibliography](BIBLIOGRAPHY.md), with the lessons that cite it.
#
# The digits: {source alpaydin1998}, CC BY 4.0.
