# %% [markdown]
# # 11 Recognising faces
#
# How does a network learn that two photographs show the same person, even one it never met?
#
# After this lesson you can
#
# - split data by person, and say why a random split flatters;
# - judge a verifier: false accepts, false rejects, equal error rate;
# - derive the backward of the normalisation to length 1 and the gradients of the triplet loss;
# - train in two stages: a classifier, then a projection of its frozen trunk;
# - count a published architecture;
# - say what such a network looks at, where it fails, and what it must not be used for.
#
# **Time:** about 90 minutes, in two sittings: sections 1 to 4, then 5 to 7.
# **Needed:** lessons 04, 07 and 08.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $N, D, L$ | `N, D, L` | | vectors in a batch, numbers in a descriptor, in an embedding |
# | $\varphi$ | `phi` | (N, D) | descriptors: what the trunk makes of photographs |
# | $x, y$ | `x, y` | (N, D) | vectors before, and after normalisation to length 1 |
# | $d$ | `distances` | (pairs,) | distances of two photographs |
# | $\tau$ | `threshold` | a number | the largest distance that is accepted as one person |
# | $a, p, n$ | `a, p, n` | (N, D) | anchor, positive (same person), negative (another person) |
# | $\alpha$ | `margin` | a number | how much farther away a negative should be (squared distances) |
# | $g$ | `gap` | (N,) | what a triplet lacks to satisfy the margin |
# | $W'$ | `W` | (L, D) | projection of stage two |

# %%
import os
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # small products: one is faster
import numpy as np
from course_lib import (Conv2D, Dense, MaxPool2D, ReLU, active_share, all_pairs,
    check_gradients, equal_error_rate, inference, initializers, l2_normalize,
    load_faces, load_mnist, mine_triplets, pair_distances, roc, softmax_cross_entropy,
    triplet_loss, verification_accuracy)
from course_lib.page.drawing import draw_blocks, palette
from course_lib.page.notebook import show_source, table
from course_lib.page.running import progress
from course_lib.page.plotting import bars, curves, figure, lines, photographs
from course_lib.studies import faces as study
from course_lib.studies.faces import vgg_face
from course_lib.studies.faces.triplets import KINDS, squared_distances
from course_lib.widgets import lesson11
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Same person, or not?
#
# The networks so far chose among classes they had been trained on. A door that opens to its owners cannot work like that:
# nobody trains a network anew for each new tenant, and a stranger belongs to no class. What is wanted is a network that looks at
# **two** photographs and says whether they show one person, even one it has never met.
#
# Our photographs were taken at a laboratory in Cambridge between 1992 and 1994: 40 people, ten times each (Samaria and Harter 1994).
# People are numbers, 0 to 39.

# %%
photos, people = load_faces()
print(photos.shape, "grey values from", photos.min(), "to", photos.max())
with figure(size=(9, 3.6)) as ax:
    three = photos.reshape(40, 10, 112, 92)[[6, 18, 27]]
    photographs(ax, three, title="Three people, ten photographs each")

# %% [markdown]
# The figure shows three people, one in each row. They turn, smile, close their eyes, put their glasses on. What makes a person must survive all that, and still
# differ for 40 people.
#
# First the split that everybody tries first: 300 of the 400 photographs are known, 100 are the test, drawn at random. The recogniser learns nothing: it looks for
# the most similar known photograph, pixel by pixel, and gives its name.
#
# **Predict:** how often is it right?

# %%
rng, pixels = np.random.default_rng(11), photos.reshape(400, -1)
order = rng.permutation(400)
known, new = order[:300], order[300:]
nearest = [((pixels[known] - x) ** 2).sum(axis=1).argmin() for x in pixels[new]]
right = people[known][nearest] == people[new]
print(f"right: {right.mean():.2f}")

# %% [markdown]
# It looks like a success. But each test photograph has several sisters of the same person among the known ones. The number
# says that photographs of one person, taken in one place, resemble each other. What happens with somebody new, it does not say.
#
# So we split by **person**: all photographs of ten people are put aside, and nothing is learnt from them. There are five such splits, fixed once for all, so
# that every result has a mean and a spread.

# %%
rows = []
for k in range(study.SPLITS):
    seen, unseen = study.split_people(k)
    assert not set(seen) & set(unseen)
    rows.append([k, len(seen), " ".join(map(str, unseen))])
table(rows, ["split", "people to learn from", "people never seen in training"])

# %% [markdown]
# Nobody is on both sides: the cell would stop. Everybody is unseen once or twice. **Exercise 11-1** asks for such a split and its pairs.
#
# A popular article says that a famous face recogniser (section 6) "may learn from three photos" of two actors. Which three is the subject of section 4.
#
# **What we have:** people to be judged on. **What is missing:** the judge.
#
# ## 2. How a verifier is judged
#
# A verifier computes a distance for a **pair** of photographs. Up to a threshold $\tau$, the pair is accepted as one person.
# How good is that? Ten unseen people have 100 photographs.
#
# **Predict:** how many pairs are there of one person, how many of two?

# %%
mine = np.isin(people, study.split_people(0)[1])        # of the unseen of split 0
pairs = all_pairs(people[mine])
same, distances = pairs.same, pair_distances(photos[mine].reshape(100, -1), pairs)
print(same.sum(), "pairs of one person,", (~same).sum(), "pairs of two people")
with figure() as ax:
    for kind, name, colour, style in ((same, "one person", palette.FORWARD, "-"),
                                      (~same, "two people", palette.DATA, "--")):
        ax.hist(distances[kind], bins=40, density=True, histtype="step", label=name,
                color=colour, linestyle=style, linewidth=1.8)
    ax.legend()
    ax.set(xlabel="distance of the pixels", ylabel="density of pairs",
           title="Raw pixels: no threshold separates them")

# %% [markdown]
# The figure shows the distances of both kinds of pairs, each with area 1; they overlap. Two errors are possible, and
# they have different prices: a stranger gets in, or the owner stays outside. So each is counted among its own kind of pairs:
#
# $$\mathrm{FAR}(\tau) = \frac{\#\{\text{two people},\ d \le \tau\}}{\#\{\text{two people}\}}, \qquad
# \mathrm{FRR}(\tau) = \frac{\#\{\text{one person},\ d > \tau\}}{\#\{\text{one person}\}} \tag{11.1}$$
#
# the **false accept rate** and the **false reject rate**. If $\tau$ grows, more is accepted: the first rises, the second falls. They meet once:
#
# $$\mathrm{EER} = \mathrm{FAR}(\tau^\ast) = \mathrm{FRR}(\tau^\ast) \tag{11.2}$$
#
# This **equal error rate** depends on no chosen threshold, nor on how many pairs there are of each kind.

# %%
def error_rates(distances, same, threshold):
    accepted = distances <= threshold
    return accepted[~same].mean(), (~accepted)[same].mean()             # (11.1)

thresholds = np.linspace(distances.min(), distances.max(), 200)
rates = np.array([error_rates(distances, same, t) for t in thresholds])
eer, meeting = equal_error_rate(distances, same)                        # (11.2)
np.testing.assert_allclose(error_rates(distances, same, meeting), eer, atol=0.003)
print(f"equal error rate {eer:.4f}, at the threshold {meeting:.2f}")
with figure() as ax:
    both = {"false accept": rates[:, 0], "false reject": rates[:, 1]}
    curves(ax, thresholds, both, x_label="threshold", y_label="rate", legend=True,
           title="The curves meet at the equal error rate")
    ax.plot(meeting, eer, "o", color=palette.INK)

# %% [markdown]
# The figure shows both rates over the threshold, and where they meet. Drawn against each other, a point for every threshold, they are the **ROC**: true accepts, 1 − FRR,
# over false accepts. A third number comes from *Labeled Faces in the Wild* (Huang and others 2007). As many pairs of one kind as of the other are dealt into ten
# parts; each part is judged by the threshold that is best on the other nine; the share of right decisions is the **accuracy**.
#
# **Exercise 11-2** asks for the equal error rate. Move the threshold below. What does it cost to have no false accepts?

# %%
lesson11.threshold_explorer()

# %% [markdown]
# What must a network beat? Four baselines, judged on the same pairs of unseen people:
#
# - **pixels**, and **standardised pixels**: each photograph with mean 0 and deviation 1, so that exposure and contrast are gone;
# - **eigenfaces**: the coordinates along the directions in which the training photographs vary most, PCA (Turk and Pentland 1991);
# - **Fisherfaces**: after PCA, the directions in which people differ much and photographs of one person little, LDA (Belhumeur, Hespanha, Kriegman 1997).
#
# The last two learn from the training people, without backpropagation.
#
# **Predict:** eigenfaces keep what varies most. Is that what tells people apart?

# %%
def scores(y, k):                               # y: vectors of the unseen of split k
    pairs, rng = all_pairs(people[unseen(k)]), np.random.default_rng(k)
    distances = pair_distances(y, pairs)
    accuracy = verification_accuracy(distances, pairs.same, rng=rng)
    return equal_error_rate(distances, pairs.same)[0], accuracy

# %%
def unseen(k):
    return np.isin(people, study.split_people(k)[1])
def learn_from(k):
    return photos[~unseen(k)], people[~unseen(k)]
def five(make):
    return np.array([scores(make(k)(photos[unseen(k)]), k) for k in range(5)])

half = np.arange(400) % 2 == 0                  # five photographs of everybody
known = study.fisherfaces(photos[half], people[half])
results = {"pixels": five(lambda k: study.pixels),
           "standardised pixels": five(lambda k: study.standardised_pixels),
           "eigenfaces": five(lambda k: study.eigenfaces(learn_from(k)[0])),
           "Fisherfaces": five(lambda k: study.fisherfaces(*learn_from(k))),
           "Fisherfaces that know everybody": five(lambda k: known)}

# %%
def score_table(results):
    rows = [[name, *(f"{m:.2f} ± {s:.2f}" for m, s in zip(r.mean(0), r.std(0)))]
            for name, r in results.items()]
    return table(rows, ["unseen people", "equal error rate", "accuracy"])

score_table(results)

# %% [markdown]
# Mean and standard deviation over the five splits. Eigenfaces are hardly better than pixels: what varies most is light and pose. Knowing who is who helps Fisherfaces more. (Both are compared by their directions only, which serves them best.)
#
# The last line is what a random split would have told: the same method, after it has learnt from five photographs of *everybody*. Whoever reports that number for a door reports what never happens at the door.
#
# **What we have:** a judge, and a score to beat. **What is missing:** a contestant.

# %% [markdown]
# ## 3. Stage one: a classifier
#
# What can a network learn from 30 people that holds for a 31st? Suppose it tells the 30 apart, under all poses and lights. Then its last hidden layer
# holds what tells people apart, and ignores the rest; the classifier on top only compares. The hope: what separates 30 people separates others. So train a
# classifier, throw its last layer away, and keep the **trunk**. What it makes of a photograph is a **descriptor** $\varphi$.
#
# One of the articles says of such a training: "gradients were calculated for layer 18 first, then for layer 1, and so on". **Predict:** can that be? (Section 6 looks.)

# %%
rng = np.random.default_rng(11)
views = study.augmented(np.repeat(photos[60:61], 9, axis=0), rng)[:, 0]
with figure(size=(9, 1.3)) as ax:
    photographs(ax, views[np.newaxis], title="One photograph, as the network sees it")
draw_blocks([("photograph", "1×56×46", ""), ("4 blocks", "64×3×2", "3×3, ReLU, pool"),
             ("dense", "128", "descriptor"), ("classifier", "30", "training only")])

# %% [markdown]
# The upper figure shows one photograph nine times. 300 photographs are few, so each is turned, shifted, scaled, stretched, mirrored and lit a little differently whenever it is used.
# The lower figure shows the trunk and the classifier.
#
# Of a descriptor only the direction is kept, for each row:
#
# $$\underbrace{y}_{N\times D} = \frac{x}{|x|}, \qquad |x| = \sqrt{\textstyle\sum_k x_k^2} \tag{11.3}$$
#
# Backward: $x_j$ reaches $y_i$ directly and through the length, with $\partial |x| / \partial x_j = x_j / |x| = y_j$. So
#
# $$\frac{\partial y_i}{\partial x_j} = \frac{[i = j]}{|x|} - \frac{x_i}{|x|^2}\,y_j = \frac{[i = j] - y_i y_j}{|x|}$$
#
# and the sum over $i$, each paid with $\mathrm dy_i$, is
#
# $$\mathrm dx = \frac{\mathrm dy - y\,(y \cdot \mathrm dy)}{|x|} \tag{11.4}$$
#
# The part of $\mathrm dy$ along $y$ is taken away: a step along $y$ changes the length only, and that is forgotten.
#
# **Predict:** what is $y \cdot \mathrm dx$? And what becomes of $\mathrm dx$ if $x$ is twice as long?

# %%
def normalise(x):
    length = np.sqrt((x * x).sum(axis=1, keepdims=True))
    y = x / length                                                      # (11.3)
    def backward(dy):
        return (dy - y * (y * dy).sum(axis=1, keepdims=True)) / length  # (11.4)
    return y, backward

x = np.random.default_rng(11).normal(size=(4, 5))
for rule in (normalise, l2_normalize):
    check_gradients(rule, x)

# %%
x, dy = np.array([[1.5, 0.9]]), np.array([[-0.3, 0.8]])
y, backward = l2_normalize(x)
dx, dx_twice = backward(dy), l2_normalize(2 * x)[1](dy)
print("y·dx is 0:", abs((y * dx).sum()) < 1e-12, "  twice as long:", dx_twice / dx)
with figure(size=(5, 4)) as ax:
    angle = np.linspace(-0.1, 2, 100)
    ax.plot(np.cos(angle), np.sin(angle), color=palette.FAINT)
    starts, arrows = np.concatenate([0 * x, y, x]), np.concatenate([x, dy, dx])
    ax.quiver(*starts.T, *arrows.T, angles="xy", scale=1, units="xy", width=0.02,
              color=[palette.FORWARD, palette.GRADIENT, palette.GRADIENT])
    for name, place in zip(("x", "dy", "dx", "y"), [*(starts + arrows), y[0] - 0.12]):
        ax.text(*place, f" {name}")
    ax.set(xlim=(-0.5, 2), ylim=(-0.1, 1.8), xlabel="first component",
           ylabel="second component", title="dx stands at right angles to x", aspect=1)

# %% [markdown]
# The figure shows $x$, a gradient $\mathrm dy$ at $y$ on the unit circle, and what is left of it at $x$: the part at right angles, divided by $|x|$.
# If $x$ is twice as long, the same step turns it half as far. **Exercise 11-3** asks for `l2_normalize` and its backward.
#
# The classifier on top looks at directions too: its logits are cosines between $\varphi$ and a vector for each person, times a constant. Before the softmax the right one is lowered by a handicap.
#
# Now train all layers, live, on the 30 people of split 0.
#
# **Predict:** will the error on the ten unseen people fall, although the loss knows nothing of them?

# %%
rng, (x, t), history = np.random.default_rng([0, 0]), learn_from(0), []
live, epochs = study.make_trunk(rng=rng), 60
def look(step):
    y = study.descriptors(live, photos[unseen(0)], study.ONE_VIEW)
    history.append([step, scores(y, 0)[0]])

look(0)
steps = study.classifier_training(live, x, t, epochs=epochs, rng=rng)
for epoch, step, loss in progress(steps, epochs * (len(x) // study.BATCH)):
    if step % 20 == 0:
        look(step)

# %%
step, error = np.transpose(history)
fisher = results["Fisherfaces"][0, 0]
print("better than Fisherfaces:", error[-1] < fisher)
with figure() as ax:
    both = {"network": error, "Fisherfaces": 0 * error + fisher}
    curves(ax, step, both, x_label="step", y_label="equal error rate, unseen people",
           title="It learns about people it never sees", legend=True)

# %% [markdown]
# The figure shows the equal error rate on the unseen people while the network learns to name others, and that of Fisherfaces on the same pairs. The hope was justified.
#
# The stored networks learnt in the same way, two for each split from two random starts, their descriptors side by side. `python -m course_lib.studies.faces` makes them again. Their unseen people they never saw.
# They were tuned on other splits, but the best of three on these was kept.
#
# From here on, `embed` is what a user needs: photographs of any size in, unit vectors out. It averages the descriptors of a photograph, its mirror image, and both slightly moved and scaled, and multiplies
# them by a matrix $W'$ that section 5 explains.

# %%
trunks, projections = zip(*[study.trained(k) for k in range(study.SPLITS)])
def stage_one(k):
    return lambda images: study.descriptors(trunks[k], images)

def embed(images):              # (N, height, width), grey, any size -> (N, 256)
    return projections[0](stage_one(0)(images))[0]

print(embed(photos[:3]).shape, "lengths", np.linalg.norm(embed(photos[:3]), axis=1))

# %%
new = [stage_one(k)(photos[unseen(k)]) for k in range(5)]
def then(change):                               # change(k): vectors -> other vectors
    return np.array([scores(change(k)(new[k]), k) for k in range(5)])

results["stage one"], series = then(lambda k: lambda y: y), {}
rivals = {"pixels": study.pixels(photos[mine]), "stage one": new[0],
          "Fisherfaces": study.fisherfaces(*learn_from(0))(photos[mine])}
pairs = all_pairs(people[mine])
for name, y in rivals.items():
    curve = roc(pair_distances(y, pairs), pairs.same)
    series[name] = curve.false_accept, curve.true_accept
with figure() as ax:
    lines(ax, series, x_label="false accept rate", y_label="true accept rate",
          title="Unseen people of split 0")
score_table(results)

# %% [markdown]
# The figure shows the ROC of three methods, the table all five splits. The network makes clearly fewer errors. The spread is not small: it matters who is judged.
#
# ## 4. The triplet loss
#
# The classifier never compared two photographs. Could the loss say: nearer to yourself than to others? Take an **anchor** $a$, a
# **positive** $p$ of the same person, a **negative** $n$ of another: two photographs of one actor, one of the other. The negative should be farther from the anchor by a margin $\alpha$. What is lacking is the loss:
#
# $$L = \frac1N \sum_{i=1}^N \max(0, g_i), \qquad g_i = |a_i - p_i|^2 - |a_i - n_i|^2 + \alpha \tag{11.5}$$
#
# "Penalizing the network for misclassifying same-person images as different", another article has it. **Muddled:** (11.5) knows no threshold and no decision, only a difference of distances.

# %% [markdown]
# Where $g_i > 0$ the triplet is **active**. With $\partial |u|^2 / \partial u = 2u$:
#
# $$\begin{aligned}
# \mathrm da_i &= \tfrac1N \bigl(2 (a_i - p_i) - 2 (a_i - n_i)\bigr) = \tfrac2N\,(n_i - p_i) \\
# \mathrm dp_i &= \tfrac2N\,(p_i - a_i) \\
# \mathrm dn_i &= \tfrac2N\,(a_i - n_i)
# \end{aligned} \tag{11.6}$$
#
# Where $g_i < 0$ the maximum is the constant 0, and so are all three gradients: a **satisfied** triplet teaches nothing. (At the kink we choose 0, as for ReLU.)
#
# **Predict:** what is the sum of the three gradients, and what does it mean?

# %%
def my_triplet_loss(a, p, n, margin=0.2):
    gap = ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + margin
    active = gap.real > 0
    def backward(dloss=1.0):
        scale = 2 / len(a) * dloss * active[:, np.newaxis]
        return scale * (n - p), scale * (p - a), scale * (a - n)        # (11.6)
    return (gap * active).mean(), backward                              # (11.5)

a, p, n = l2_normalize(np.random.default_rng(11).normal(size=(3, 6, 4)))[0]
for rule in (my_triplet_loss, triplet_loss):
    check_gradients(rule, a, p, n)
np.testing.assert_allclose(sum(triplet_loss(a, p, n)[1]()), 0, atol=1e-15)

# %% [markdown]
# The sum is zero: moving all three together changes no distance. A descent step goes against the gradients. It *pulls* the positive towards the anchor, *pushes* the negative away, and moves the
# anchor along $p - n$.
#
# **Predict** three special cases: (1) anchor and positive are the same point, (2) positive and negative are,
# (3) all three are. What is the loss at a margin of 0.5, and which gradients are 0?

# %%
one, other = np.array([[1.0, 0.0]]), np.array([[0.8, 0.6]])
cases = {"a = p": (one, one, other), "p = n": (one, other, other),
         "a = p = n": (one, one, one)}
for case, points in cases.items():
    value, backward = triplet_loss(*points, 0.5)
    print(f"{case}: loss {value:.2f}, sizes", *np.linalg.norm(backward(), axis=2))

# %% [markdown]
# With $a = p$ nothing is pulled: a photograph of each of two actors would teach to push only. With $p = n$ pull and push on the anchor
# cancel. Where all three are one point, the loss is exactly the margin and *every* gradient is 0: a network that sends everybody to one point stays there.
#
# **Exercise 11-4** asks for `triplet_loss` and its backward. Pick three photographs below. Find a triplet that is active although its negative is farther away than its positive.

# %%
lesson11.triplet_explorer(embed=embed)

# %% [markdown]
# **What we have:** a loss that says what we want. **What is missing:** triplets that teach something.
#
# ## 5. Stage two: the trunk frozen
#
# In the paper's second stage the trunk is **frozen**: it computes descriptors, and no gradient enters it. New is one matrix $W'$ on top of the normalised descriptor:
#
# $$\underbrace{x}_{N\times L} = \underbrace{\frac{\varphi}{|\varphi|}}_{N\times D}\,\underbrace{W'^\top}_{D\times L}, \qquad y = \frac{x}{|x|}$$
#
# (The second step is ours.) A popular article has "an extra training step for layer 18 solely": nearly, but the layer is a new one. Another, "updating the weights of the previous layer": **false**, that is frozen.
#
# **Predict:** which share of triplets of the 30 *training* people is active, at a margin of 0.2? And of the unseen ones?

# %%
rng, (x, whose) = np.random.default_rng(11), learn_from(0)
phi = study.descriptors(trunks[0], x, study.ONE_VIEW)
groups = {"training": (phi, whose), "unseen": (new[0], people[mine])}
for name, (y, who) in groups.items():
    share = active_share(y, mine_triplets(y, who, kind="random", rng=rng))
    print(f"{name} people: at least 1 % of random triplets active: {share >= 0.01}")

# %% [markdown]
# Of the training people nearly every triplet is satisfied: the classifier has pulled them apart. Random triplets would be idle. One has to
# look for good ones in a batch. This is **mining**. To an anchor and a positive, the negative may be
#
# - **random**: anybody else;
# - **violating**: one of those with $g > 0$ (the paper's choice, as reported);
# - **hard**: the nearest of all;
# - **semi-hard** (Schroff and others 2015): violating, but farther away than the positive,
#
# $$|a - p|^2 < |a - n|^2 < |a - p|^2 + \alpha \tag{11.7}$$
#
# The hardest negatives can drive a network to the one point from which there is no way back; hence semi-hard ones.

# %%
def semi_hard(y, people, margin, rng):
    d, same = squared_distances(y), people[:, np.newaxis] == people
    anchor, positive = np.nonzero(same & ~np.eye(len(y), dtype=bool))
    to_positive, to_others = d[anchor, positive][:, np.newaxis], d[anchor]
    possible = ~same[anchor] & (to_positive < to_others)
    possible &= to_others < to_positive + margin                        # (11.7)
    negative = np.where(possible, rng.random(possible.shape), -1).argmax(axis=1)
    return np.stack([anchor, positive, negative], axis=1)[possible.any(axis=1)]

y, _ = l2_normalize(np.random.default_rng(1).normal(size=(12, 3)))
who = np.arange(12) // 3
mined = semi_hard(y, who, 0.2, np.random.default_rng(1))
library = mine_triplets(y, who, rng=np.random.default_rng(1))
np.testing.assert_array_equal(mined, library)
print(len(mined), "of 24 pairs of one person found a semi-hard negative")

# %% [markdown]
# **Exercise 11-5** asks for this function. Now one step of stage two, written out. The gradients are added up for each embedding, for a photograph may stand in many triplets; then back to $W'$, and no farther. (The margin is large here, so that some photographs violate it.)

# %%
rng, projection = np.random.default_rng(11), study.Projection(phi.shape[1])
batch, before = rng.permutation(300)[:80], projection.W.data.copy()
y, to_W = projection(phi[batch])
triplets = mine_triplets(y, whose[batch], kind="violating", margin=0.6, rng=rng)
loss, backward = triplet_loss(*y[triplets.T], margin=0.6)
for p in trunks[0].params:
    p.grad = None
dy = np.zeros_like(y)
for rows, d in zip(triplets.T, backward()):
    np.add.at(dy, rows, d)
to_W(dy, input_grad=False)
projection.W.data = before - 0.02 * projection.W.grad
print("W' has moved:", not np.array_equal(projection.W.data, before))
print("gradients in the trunk:", sum(p.grad is not None for p in trunks[0].params))

# %% [markdown]
# **Exercise 11-6** asks for a step that changes the head only; **exercise 11-7** is a bug hunt, in a training that collapses to one point.
#
# Now 300 such steps with each kind of mining, for each of the five networks, from $W' = $ unit matrix. So that there are triplets left to learn from, each photograph takes part in four augmented versions.
#
# Beside them a $W'$ without any triplet: the **whitened** descriptor. It takes weight from the directions in which descriptors vary most. These were learnt from 30 people; others may differ in other directions.
#
# **Predict:** what becomes of the share of active triplets? What helps the unseen people most?

# %%
def augmented_phi(k):
    x, rng = learn_from(k)[0].astype(np.float32), np.random.default_rng(k)
    return study.augmented_descriptors(trunks[k], x, 4, rng=rng)

phis = [augmented_phi(k) for k in range(study.SPLITS)]
print(phis[0].shape, "for each split")
show_source(study.projection_training)

# %%
def tune(k, kind):
    projection, who = study.Projection(256), np.tile(learn_from(k)[1], 4)
    steps = study.projection_training(projection, phis[k], who, kind=kind,
                                      rng=np.random.default_rng(k))
    return projection, [active for step, loss, active in steps]
tuned = {kind: [tune(k, kind) for k in range(study.SPLITS)] for kind in KINDS}

# %%
results["whitened"] = then(lambda k: lambda y: projections[k](y)[0])
for kind in KINDS:
    results[kind] = then(lambda k: lambda y: tuned[kind][k][0](y)[0])
mean = {name: results[name][:, 0].mean() for name in ("stage one", *KINDS, "whitened")}
largest = max(abs(mean[kind] - mean["stage one"]) for kind in KINDS)
print("triplets change the mean error rate by at most 0.01:", largest <= 0.01)
print("whitened, it is at most 0.05:", mean["whitened"] <= 0.05)
with figure(2, size=(11, 3.6)) as (left, right):
    active = {kind: np.mean([a for _, a in tuned[kind]], axis=0) for kind in KINDS}
    means = {kind: a.reshape(-1, 20).mean(axis=1) for kind, a in active.items()}
    curves(left, np.arange(10, 300, 20), means, x_label="step", y_label="active share")
    bars(right, {name.replace(" ", "\n"): rate for name, rate in mean.items()},
         y_label="equal error rate", title="Unseen people, five splits")
score_table({name: results[name] for name in ("Fisherfaces", "stage one", "whitened")})

# %% [markdown]
# The left figure shows how many pairs of one person had an active triplet: with random negatives almost none. But (right) no kind changes the errors of unseen people by more than the spread. Here triplets add **next to nothing**: the
# 65,536 numbers of $W'$ see only the 30 people whom the trunk separates already; the paper had 2,622. Whitening adds more: it is the $W'$ of `embed`.
#
# ## 6. The paper itself
#
# "18-layer convolutional neural network", popular articles say of the recogniser of "Parkhi, Vidaldi, and Zisserman" (right: Vedaldi). Its
# network D: thirteen convolutions in five blocks, a pooling after each block, three dense layers. Here at full shape, with zeros.
#
# **Predict:** which layer holds most parameters?

# %%
rng = np.random.default_rng(11)
net = vgg_face.vgg_face(rng=rng, init=initializers.zeros)
rows = vgg_face.described(net, (3, 224, 224))
shown = [[row.name, "×".join(map(str, row.shape)), f"{row.parameters:,}"]
         for row in rows if row.name]
table(shown, ["layer", "output for one image", "parameters"])

# %%
total, (fc6,) = sum(r.parameters for r in rows), [r for r in rows if r.name == "fc6"]
print(f"{total:,} parameters, {total - rows[-1].parameters:,} without the classifier")
print(f"share of fc6: {fc6.parameters / total:.2f}")
def count(*kinds):
    return sum(isinstance(row.layer, kinds) for row in rows)

table([["layers with weights", count(Conv2D, Dense)],
       ["convolutions and poolings", count(Conv2D, MaxPool2D)],
       ["layers with weights, and poolings", count(Conv2D, Dense, MaxPool2D)],
       ["these and ReLUs", count(Conv2D, Dense, MaxPool2D, ReLU)],
       ["these, and the softmax", count(Conv2D, Dense, MaxPool2D, ReLU) + 1]],
      ["what is counted", "number"])

# %% [markdown]
# Sixteen layers have weights, so "18-layer" is **false** in the usual way of counting. Where may it come from? The paper's table has two rows, items 0 (the input) to 18 and 19 to 37; perhaps somebody read the end of the first.
# Or somebody forgot the dense layers, and counted convolutions and poolings. Both are conjectures.
#
# Now one forward and one backward step through all layers, at the smallest input that five poolings allow: 32 × 32. Channels and dense layers are the paper's, dropout is off. For a moment this
# needs a gigabyte of memory.
#
# **Predict:** which layer's gradient is ready first, which last?

# %%
net = vgg_face.vgg_face(rng=np.random.default_rng(11), side=32, dtype=np.float64)
x, t = np.random.default_rng(11).normal(size=(2, 3, 32, 32)), np.array([7, 2621])
z, backwards, ready = x, [], []
with inference(net):
    for row in vgg_face.described(net, (3, 32, 32)):
        z, backward = row.layer(z)
        backwards.append((row.name, backward))
dz = softmax_cross_entropy(z, t)[1]()
for name, backward in reversed(backwards):
    dz = backward(dz)
    ready += [name] if name[:2] in ("co", "fc") else []
print(" ".join(ready))

# %% [markdown]
# From the last layer to the first, one after another. "Layer 18 first, then layer 1" is **false**, and impossible: the backward of `conv1_1` needs the gradient of its output, and
# that comes through all layers above.
#
# Are they right? A layer of 16 million weights cannot be checked weight by weight. But along *one* small step $\delta$ the loss must change by
# $\mathrm dW \cdot \delta$. One random direction for each of the sixteen layers:

# %%
def change(weights, step):
    losses = []
    for move in (step, -2 * step, step):
        weights.data += move
        with inference(net):
            losses.append(softmax_cross_entropy(net(x)[0], t)[0])
    return (losses[0] - losses[1]) / 2

rng = np.random.default_rng(11)
for weights in [p for p in net.params if p.name in ("K", "W")]:
    step = rng.standard_normal(weights.data.shape, dtype=np.float32)
    step *= 1e-6 / np.linalg.norm(step)
    along = (weights.grad * step).sum()
    np.testing.assert_allclose(change(weights, step), along, rtol=1e-4)

# %% [markdown]
# No message: all sixteen agree. What did the authors reach? Their figures, not ours: percent of right decisions on 6,000 pairs of photographs (*Labeled Faces in the Wild*) and on 5,000 pairs of videos (*YouTube Faces*).
#
# | as published | photographs | videos |
# | --- | --- | --- |
# | the paper, descriptors of stage one | | 91.6 |
# | the paper, after stage two | 98.95 | 97.3 |
# | FaceNet (Schroff and others 2015) | 99.63 | 95.12 |
#
# It learnt from 2.6 million photographs of 2,622 people. "Trained using backpropagation across all 18 layers", with triplets, says an article: **muddled**. All layers were trained by a classifier; the triplets changed one projection. (There it did help, as the table says.)
#
# **What we have:** the recipe, small and large. **What is missing:** a look at what it does.

# %% [markdown]
# ## 7. Look
#
# An equal error rate is one number. Before anybody trusts it, look at the mistakes.
# The first explorer below orders all pairs of the unseen people of split 0 by distance: the mistakes are pairs of two people among the smallest distances, and pairs of one among the largest. Who makes most of them?
# What do the confused people share? The second is a map, each photograph placed so that distances in the plane come as near as possible to those of the embeddings. Which people are islands? Who has two?

# %%
shots, pairs = photos[mine], all_pairs(people[mine])
distances = pair_distances(embed(shots), pairs)
eer, threshold = equal_error_rate(distances, pairs.same)
nearest = np.where(pairs.same, np.inf, distances).argmin()      # of two people
i, j = pairs.first[nearest], pairs.second[nearest]
print("most alike of two people: photographs", i, "and", j, "of", len(shots))

# %%
lesson11.gallery_explorer(embed=embed)

# %%
lesson11.map_explorer(embed=embed)

# %% [markdown]
# What did it look at? Backpropagation need not end at the weights. One more step brings the gradient of the similarity $s$ of two photographs to their pixels:
#
# $$s = y_1 \cdot y_2 = 1 - \tfrac12 |y_1 - y_2|^2, \qquad \frac{\partial s}{\partial y_1} = y_2, \quad\text{then (11.4), then the trunk's backward.}$$

# %%
def saliency(first, second):
    x = study.prepare(np.stack([first, second]))
    with inference(trunks[0]):
        phi, trunk_backward = trunks[0](x)
    y, backward = l2_normalize(phi)
    return x[:, 0], trunk_backward(backward(y[::-1]))[:, 0]

x, dx = saliency(shots[i], shots[j])
with figure(4, size=(9, 2.6)) as axes:
    for ax, image, tint in zip(axes, (x[0], dx[0], x[1], dx[1]), 2 * ["gray", "PuOr"]):
        limit = np.abs(image).max()
        ax.imshow(image, cmap=tint, vmin=-limit, vmax=limit)
        ax.set_axis_off()

# %% [markdown]
# The figure shows those two photographs and beside each the gradient: purple where a lighter pixel would make them more alike, orange where a darker one would. It is speckled, and stronger on the faces than beside them. It says which pixels matter for a *small* change,
# not why, and not that the network "sees a mouth". The explorer smooths it.

# %%
lesson11.saliency_explorer()

# %% [markdown]
# ### Other people's photographs
#
# The next explorer compares a picture file of your own with the gallery; the file stays in the memory of your kernel. Cut it so that
# the face fills it as in the gallery. It always finds somebody: a verifier answers, whatever it is asked.
#
# **Predict:** at the threshold above, how many pairs of handwritten *digits* does it accept as one person?

# %%
digits = 1 - load_mnist().x_test[::10, 0][:60]
accepted = pair_distances(embed(digits), all_pairs(np.arange(60) // 2)) <= threshold
print("more than half of the pairs of digits are 'one person':", accepted.mean() > 0.5)
lesson11.own_picture_explorer(embed=embed)

# %% [markdown]
# It learnt in which ways photographs of two *people* differ. Of anything else it knows nothing, and answers all the same. People in sunlight, from the side, before other cameras: nobody knows the error rate there until somebody measures it.
#
# Is it fair at least among our 40? **Predict:** are the errors spread evenly over the people?

# %%
errors = np.zeros((2, 40))                  # false rejects, false accepts
for k in range(study.SPLITS):
    who, pairs = people[unseen(k)], all_pairs(people[unseen(k)])
    distances = pair_distances(projections[k](new[k])[0], pairs)
    accepted = distances <= equal_error_rate(distances, pairs.same)[1]
    wrong = accepted != pairs.same
    for one in (who[pairs.first[wrong]], who[pairs.second[wrong]]):
        np.add.at(errors, (1 - pairs.same[wrong], one), 1)
shares = np.sort(errors)[:, ::-1].cumsum(axis=1).T / errors.sum(axis=1)
with figure() as ax:
    series = {"false rejects": shares[:, 0], "false accepts": shares[:, 1]}
    curves(ax, np.arange(1, 41), series, x_label="people, most errors first",
           y_label="share of all errors", legend=True,
           title="Errors are not spread evenly")

# %% [markdown]
# The figure shows how many people carry which share of the errors. An average hides that. By our count of the photographs, four of the 40 are women and few are dark-skinned:
# what is rare in training is learnt badly, what is rare in testing is not even noticed. Buolamwini and Gebru (2018) found up to 34.7 % errors for darker-skinned women, at most 0.8 % for
# lighter-skinned men, in commercial programs that guess gender. (Our count guesses too: nobody asked these people.)

# %% [markdown]
# ### What it must not be used for
#
# - **Anything that matters.** Forty people, one laboratory, no attack tested: a printed photograph opens this door.
# - **Searching crowds.** At one false accept in a hundred, comparing a passer-by with 10,000 wanted people accuses about 100 of them.
# - **People who did not agree.** A face cannot be changed like a password, and is read from afar. In the European Union biometric data are specially protected (GDPR, article 9).
# - **Guessing** character, origin or intent. The distance of two photographs says nothing about these.
#
# **What we have:** a network that compares strangers, and knows neither names nor reasons. **What is missing:** sound. This is lesson 12.

# %% [markdown]
# **Exercises**, in the sheet of this lesson:
#
# | task | what | level |
# | --- | --- | --- |
# | 11-1 | a split by person, and its pairs | write |
# | 11-2 | the equal error rate | write |
# | 11-3 | normalisation to length 1, and its backward | write |
# | 11-4 | the triplet loss and its three gradients | write |
# | 11-5 | semi-hard triplets | write |
# | 11-6 | a step of the head alone | write |
# | 11-7 | bug hunt: all faces land on one point | fill in |
#
# **Further reading**
#
# - O. Parkhi, A. Vedaldi, A. Zisserman, "Deep face recognition", *BMVC*, Swansea, 2015.
# - F. Schroff, D. Kalenichenko, J. Philbin, "FaceNet", *CVPR*, Boston, 2015.
# - F. Samaria, A. Harter, "Parameterisation of a stochastic model for human face identification", *WACV*, Sarasota, 1994. The photographs; credit: AT&T Laboratories Cambridge.
# - M. Turk, A. Pentland, "Eigenfaces for recognition", *Journal of Cognitive Neuroscience* 3, 1991.
# - P. Belhumeur, J. Hespanha, D. Kriegman, "Eigenfaces vs. Fisherfaces", *IEEE PAMI* 19, 1997.
# - G. Huang, M. Ramesh, T. Berg, E. Learned-Miller, *Labeled Faces in the Wild*, Amherst, 2007.
# - J. Buolamwini, T. Gebru, "Gender shades", *FAT\**, New York, 2018.
