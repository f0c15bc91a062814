# %% [markdown]
# # 12 Understanding voice commands
#
# Can what was learnt on Japanese commands be re-used for English ones?
#
# After this lesson you can
#
# - turn sound into a picture by four rules, and send a gradient back through each;
# - write the Fourier transform as a matrix, and say what a longer window gains and loses;
# - build a network whose layers are shared over time, and measure what the sharing is worth;
# - split recordings by voice and by engine, and say how much a random split flatters;
# - move a trained network to other words, and measure whether it helps.
#
# **Time:** about 90 minutes; the trainings run for about two minutes. **Needed:** lessons 04, 07 and 08.

# %% [markdown]
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $x$ | `x` | (N, n) | waveforms: sound pressure, 8,000 numbers a second |
# | | `size`, `hop` | numbers | samples in a frame; samples from one frame to the next |
# | $T$ | `T` | a number | frames |
# | $w$ | `hann(n)` | (n,) | window: fades a frame in and out |
# | $C, S$ | `C, S` | (n, F) | cosines and sines of $F = \lfloor n/2 \rfloor + 1$ frequencies |
# | $p$ | `power` | (N, T, F) | power of each frame at each frequency |
# | $M$ | `M` | (F, B) | share of each frequency in each of B bands |
# | $W_u$ | `W[u]` | (D, H) | one matrix of a layer shared over time, $u = 0 \dots k - 1$ |
# | $z, y$ | `z, y` | (N, P, H), (N, H) | that layer at each place; its maximum over places |
# | $\mu$ | `mean` | (N, 1, B) | mean of each band |
#
# As always `dW` abbreviates $\partial L/\partial W$, and an example is a row.

# %%
import os
import tempfile
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # small products: one is faster
import numpy as np
from IPython.display import Audio
from tqdm.auto import tqdm
from course_lib import (AdamW, Batches, check_gradients, conv2d, cosine_schedule, data,
    evaluate, inference, layers, load_commands, max_pool2d, predict,
    softmax_cross_entropy, training)
from course_lib.page.notebook import fastest, show_source, table
from course_lib.page.running import progress
from course_lib.page.plotting import bands, bars, curves, figure, signed_matrix
from course_lib.rules import spectra
from course_lib.studies import commands as study
from course_lib.widgets import lesson12
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. Sound as numbers
#
# A microphone measures air pressure, here 8,000 times a second. A spoken word becomes a row of a few thousand numbers, and its meaning is in none of them. What is it in?
#
# The course brings its own words: ten digits and ten commands, in English and in Japanese. **The voices are synthetic**: programs (*engines*) spoke, not people. Whatever is
# measured on them holds for programs first. Here is what there is, and one utterance to hear and to see.

# %%
spoken = load_commands()
rows = [[engine, language, len(np.unique(spoken.voice[there])), there.sum()]
        for language in ("en", "ja") for engine in np.unique(spoken.engine)
        if (there := (spoken.engine == engine) & (spoken.language == language)).any()]
table(rows, ["engine", "language", "voices", "utterances"])

# %%
def one(word, engine="kokoro"):
    found = (spoken.word == word) & (spoken.engine == engine)
    return spoken.waveforms[found.argmax()]

seven = one("seven")
Audio(data.wav_bytes(seven))

# %%
views = {"A whole word": slice(None), "50 ms: a pattern repeats": slice(2400, 2800)}
with figure(2) as axes:
    for ax, (title, part) in zip(axes, views.items()):
        curves(ax, np.arange(len(seven))[part] / 8000, {"": seven[part]},
               x_label="time (s)", y_label="pressure", title=title)

# %% [markdown]
# The left figure shows the whole word, the right one 50 ms: a pattern that comes back, each time a little changed.
# The pattern is a sound; its slow change makes the word. So we shall ask many times a second: *which frequencies are there now?*
#
# First the goal. `recognise` takes any mono sound and names the word. Its networks
# come from section 4's recipe, stored (`python -m course_lib.studies.commands` makes them again). First of all a word is cut out, centred in
# one second, and set to one level (`prepare`).
#
# **Predict:** what should it say to silence? To a single sample? A softmax always sums to 1: it names a word for *anything*, unless somebody looks first.

# %%
networks = {name: study.load_networks(name) for name in data.VOCABULARIES}

def recognise(waveform, rate, vocabulary="digits"):
    """waveform (n,), samples a second, "digits" or "commands"  ->  word, probability"""
    words = data.words_of(vocabulary)
    return study.recognise(networks[vocabulary], waveform, rate, words)

# %%
gap = np.where(np.arange(len(seven)) == 9, np.nan, seven)
for x in (seven, 0 * seven, seven[:1], gap):
    try:
        print("heard:", recognise(x, 8000)[0])
    except ValueError as error:
        print(error)

# %% [markdown]
# **Summary.** Sound is a row of numbers, and what is in it is no word must be said before the network is asked. What is missing: everything between the samples and the word.
#
# ## 2. The front end
#
# "Using a Fast Fourier Transform, an incoming sound stream is divided into time frames", says a popular article. Take that at its word: one transform over the whole sound.
#
# **Predict:** low tone, then high tone; and high, then low. Can the sizes of one transform tell the two apart?

# %%
low, high = (np.sin(2 * np.pi * f * np.arange(2000) / 8000) for f in (500, 1500))
rising, falling = np.concatenate([low, high]), np.concatenate([high, low])
for frame in (4000, 200):
    sizes = [np.abs(np.fft.rfft(x.reshape(-1, frame))) for x in (rising, falling)]
    print(f"transforms of {frame} samples: equal?", np.allclose(*sizes))

# %% [markdown]
# The order of the tones is gone from the sizes. The sentence has the steps in the wrong order: **framing** divides the stream, and the transform then takes each frame apart. So, four rules.
#
# **Frames.** Pieces of `size` samples, one every `hop` samples. Frames overlap, so a sample has several users; on the way back all of them pay (lesson 03):
#
# $$\underbrace{y_{nti}}_{N\times T\times \text{size}} = x_{n,\,t\cdot\text{hop}+i}, \qquad
# \frac{\partial L}{\partial x_{nj}} = \sum_{t,i:\ t\cdot\text{hop}+i=j} \mathrm dy_{nti}, \qquad T = \Big\lfloor\frac{n-\text{size}}{\text{hop}}\Big\rfloor + 1 \tag{12.1}$$

# %%
def my_frames(x, size, hop):
    """x (N, n)  ->  y (N, T, size)"""
    T = (x.shape[1] - size) // hop + 1
    places = [slice(t * hop, t * hop + size) for t in range(T)]
    y = np.stack([x[:, place] for place in places], axis=1)     # (12.1)
    def backward(dy):
        dx = np.zeros_like(x, dtype=dy.dtype)
        for t, place in enumerate(places):
            dx[:, place] += dy[:, t]                            # overlap and add
        return dx
    return y, backward

x = np.random.default_rng(12).normal(size=(2, 13))
for rule in (my_frames, spectra.frames):
    check_gradients(rule, x, size=5, hop=3)

# %% [markdown]
# Samples at the end that fill no frame are left out, and paid nothing. **Exercise 12-1** asks for this rule.
#
# **Window.** A frame is cut out with a knife. The transform takes it for one turn of a sound that repeats for ever, and the cut becomes a jump, with all frequencies in it.
# Fade it in and out instead, with the window of Hann:
#
# $$w_i = \tfrac12 - \tfrac12\cos\frac{2\pi i}{n}, \qquad i = 0 \dots n-1 \tag{12.2}$$
#
# Divided by $n$, not $n - 1$: then windows half a frame apart add up to 1, and no sample is favoured. **Predict:** a tone of 510 Hz lies between two frequencies of the transform. How far away is it still heard?

# %%
w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)        # (12.2)
np.testing.assert_allclose(w, spectra.hann(256))
np.testing.assert_allclose(w[:128] + w[128:], 1)
tone = np.sin(2 * np.pi * 510 * np.arange(256) / 8000)
with figure() as ax:
    power = {name: spectra.power_spectrum(y)[0]
             for name, y in (("cut out", tone), ("Hann", tone * w))}
    curves(ax, np.arange(129) * 8000 / 256, power, x_label="frequency (Hz)",
           y_label="power", title="A window keeps a tone in its place", log=True)

# %% [markdown]
# The figure shows the power of one tone at all frequencies. Cut out, it leaks over the whole range; with the window it falls by many powers of ten within a few steps, and its peak is a little wider. **Exercise 12-2** asks for the window.
#
# **The Fourier transform** looks forbidding and is a matrix product. Frequency $k$ makes $k$ turns within the frame. Multiply the frame by a cosine and a sine of that many turns, and add up:
#
# $$\underbrace{c}_{N\times F} = x\underbrace{C}_{n\times F}, \quad s = xS, \quad C_{ik} = \cos\frac{2\pi ik}{n}, \quad S_{ik} = \sin\frac{2\pi ik}{n}; \qquad p = c\odot c + s\odot s \tag{12.3}$$
#
# Where in its turn the tone begins moves power from $c$ to $s$; the sum of squares does not change. $C$ and $S$ are constants.

# %%
C, S = spectra.dft_matrices(64)
x = np.random.default_rng(12).normal(size=(3, 64))
np.testing.assert_allclose(x @ C - 1j * (x @ S), np.fft.rfft(x), atol=1e-12)
with figure(2) as axes:
    for ax, name, matrix in zip(axes, ("C: cosines", "S: sines"), (C, S)):
        signed_matrix(ax, matrix, title=name, x_label="frequency k", y_label="sample i")

# %% [markdown]
# The figure shows both matrices for 64 samples: each column turns once more often than its left neighbour. The assertion says that they *are* `np.fft.rfft`, which finds the same
# sums in $n \log n$ steps (Cooley and Tukey 1965). Fast or slow, it is a real linear map of $x$. So its backward is the transpose. Three steps: the square pays twice its argument, each matrix its transpose, and two users add up:
#
# $$\mathrm dc = 2\,c\odot\mathrm dp, \quad \mathrm ds = 2\,s\odot\mathrm dp, \qquad \frac{\partial L}{\partial x} = \mathrm dc\,C^\top + \mathrm ds\,S^\top \tag{12.4}$$

# %%
def my_power_spectrum(x):
    """x (..., n)  ->  p (..., n // 2 + 1)"""
    C, S = spectra.dft_matrices(x.shape[-1])
    c, s = x @ C, x @ S                             # (12.3)
    def backward(dp):
        dc, ds = 2 * c * dp, 2 * s * dp
        return dc @ C.T + ds @ S.T                  # (12.4)
    return c * c + s * s, backward

for rule in (my_power_spectrum, spectra.power_spectrum):
    check_gradients(rule, x)
np.testing.assert_allclose(my_power_spectrum(x)[0], spectra.power_spectrum(x)[0])

# %% [markdown]
# The library's `power_spectrum` is the fast one; both agree. **Exercise 12-3** asks for the slow one.
#
# **Loudness in bands.** We hear ratios: twice the power is one step louder, wherever one starts. And we tell 200 from 300 Hz with ease, 3,200 from 3,300 Hz hardly.
# So neighbouring frequencies are added up in bands, wider ones higher up, and the logarithm is taken. The floor $\varepsilon$ keeps silence finite:
#
# $$y = \ln E, \quad \underbrace{E}_{T\times B} = pM + \varepsilon, \qquad \frac{\partial L}{\partial p} = \frac{\mathrm dy}{E}\,M^\top \tag{12.5}$$
#
# How wide? Listeners were asked to set tones to half the pitch of others (Stevens, Volkmann and Newman 1937). A fit to their scale, in *mel*:
#
# $$m(f) = 1127\,\ln\Big(1 + \frac{f}{700\ \text{Hz}}\Big) \tag{12.6}$$

# %%
def my_log_mel(power, M, floor=1e-3):
    E = power @ M + floor
    def backward(dy):
        return dy / E @ M.T
    return np.log(E), backward                      # (12.5)

M = spectra.mel_filters(32, 256, 8000, 100, 3800).astype(np.float32)
check_gradients(my_log_mel, x[:, :1] ** 2 + np.ones(129), M=M)

# %%
f = np.arange(129) * 8000 / 256
with figure(2) as (left, right):
    left.plot(f, spectra.mel(f))                                            # (12.6)
    left.set(xlabel="frequency (Hz)", ylabel="pitch (mel)", title="Pitch")
    right.plot(f, M, "C0")
    right.set(xlabel="frequency (Hz)", ylabel="share", title="32 bands, equal in mel")

# %% [markdown]
# The left figure shows the mel scale, nearly straight below 1,000 Hz, bent above. The right one shows the 32 columns of $M$: triangles, each reaching from the middle of its left neighbour to that of its right one (Davis and Mermelstein 1980, with the
# cosine transform left out: the network can do that itself). **Exercise 12-4** asks for `log_mel` with its backward. All four in a chain:

# %%
def log_pictures(x):
    """Prepared words (N, 8000)  ->  pictures (N, 1, 32 bands, 78 columns)"""
    pieces, _ = spectra.frames(x, 256, 100)
    power, _ = spectra.power_spectrum(pieces * spectra.hann(256).astype(x.dtype))
    y, _ = spectra.log_mel(power, M, 1e-3)
    return y.transpose(0, 2, 1)[:, np.newaxis]

def show_pictures(axes, pictures, titles):
    for ax, picture, title in zip(axes, pictures, titles):
        ax.imshow(picture[0], origin="lower", aspect="auto", extent=(0, 1, 0, 32))
        ax.set(xlabel="time (s)", ylabel="band", title=title)

# %%
words = ("six", "seven", "stop")
x = np.stack([study.prepare(one(word)) for word in words])
with figure(3, size=(10, 3)) as axes:
    show_pictures(axes, log_pictures(x), words)

# %% [markdown]
# The figure shows three words, bright where it is loud. Vowels are bright stripes below, hissing is a faint cloud that reaches up, and a *k*, *t* or *p* is a gap before a burst. One could learn to read this; people did.
#
# A frame of 256 samples lasts 32 ms. Why this long? Move window and hop. Which window separates two tones 50 Hz apart, which two clicks 30 ms apart, and is there one that does both?

# %%
lesson12.window_explorer()

# %% [markdown]
# None does both: $n$ samples last $n/$rate seconds and have frequencies rate$/n$ apart (the window blurs over two of them). The product of the two is 1, whatever $n$.
#
# **Summary.** Frames, window, transform, bands: four rules with backwards, so that a gradient can come back to every sample. The price is a choice between when and at which pitch. What is missing: somebody who reads the pictures.
#
# ## 3. A matrix for everything, and one shared over time
#
# A picture of 32 × 78 numbers: lesson 04 knows what to do. Flatten it, five layers of matrices, softmax. Some voices are held out, all their utterances.

# %%
digits, t = load_commands("en").of(data.DIGITS)
x = log_pictures(np.stack([study.prepare(waveform) for waveform in digits.waveforms]))
x -= x.mean()
train, test = study.split_by_voice(digits, rng=np.random.default_rng(12))
print(len(train), "words to learn from,", len(test), "by voices held out")

# %%
def learn(make, rows, seed=0, x=x, epochs=15):
    rng = np.random.default_rng(seed)
    net = make(10, rng=rng)
    batches = Batches(x[rows], t[rows], 64, rng=rng, last="keep")
    for _ in study.command_training(net, batches, epochs):
        pass
    return net

plain = learn(study.plain_network, train, epochs=20)
print("learnt by heart:", evaluate(plain, x[train], t[train]) > 0.98)
print("voices held out, above 0.7:", evaluate(plain, x[test], t[test]) > 0.7)

# %% [markdown]
# Not bad. But the first matrix has weights of its own for each place in time: what it learnt at 0.4 s it does not know at 0.5 s. So take one *small* matrix, for a window of $k$ columns, and let it **slide along**. At each of the $P = T - k + 1$ places the same $k$ matrices meet the
# window. $x_t$ is column $t$, with $D$ numbers:
#
# $$\underbrace{z_{t}}_{N\times H} = b + \sum_{u=0}^{k-1} x_{t+u}W_u, \qquad \mathrm dW_u = \sum_t x_{t+u}^\top\,\mathrm dz_t, \qquad
# \mathrm dx_{t} = \sum_u \mathrm dz_{t-u}\,W_u^\top \tag{12.7}$$
#
# It is a convolution along time only, with a kernel as high as the picture; Waibel and others (1989) called it a *time-delay* network.
# Then: was the pattern there, *wherever it was*? **Pooling over time** keeps the largest value. Backwards, all goes to the winner's place $t^*$:
#
# $$\underbrace{y_{nh}}_{N\times H} = \max_t z_{nth}, \qquad \mathrm dz_{nth} = \mathrm dy_{nh}\,[\,t = t^*_{nh}\,] \tag{12.8}$$

# %%
rng = np.random.default_rng(12)
columns, W, b = (rng.normal(size=size) for size in ((2, 12, 4), (3, 4, 5), 5))
P = columns.shape[1] - len(W) + 1
z = b + sum(columns[:, u:u + P] @ W[u] for u in range(len(W)))              # (12.7)
y = z.max(axis=1)                                                           # (12.8)
picture, kernel = (a[:, np.newaxis] for a in (columns.swapaxes(1, 2), W.T))
maps, _ = conv2d(picture, kernel, b)
np.testing.assert_allclose(z, maps[:, :, 0].swapaxes(1, 2))
np.testing.assert_allclose(y, max_pool2d(maps, (1, P))[0][:, :, 0, 0])
check_gradients(conv2d, picture, kernel, b)
check_gradients(max_pool2d, maps, size=(1, P))
show_source(study.sliding_network)

# %% [markdown]
# **Exercise 12-6** asks for both steps in one rule, with the backward. The library's `sliding_network`, shown above, slides four layers, pools, and ends in a `Dense`: five layers with weights. Batch normalisation and dropout are those of lesson 07.
# Its window covers all bands: time may shift, pitch may not.
#
# **Predict:** move each held-out picture by a tenth of a second, 8 columns. Which share is still right? (Guessing gets 0.1.) And harder: a whole *engine* held out. Which of the two understands a program it has never heard?

# %%
sliding = learn(study.sliding_network, train, epochs=8)
moved = np.roll(x[test], 8, axis=3)
print("moved by 0.1 s, above a half:", "plain", evaluate(plain, moved, t[test]) > 0.5,
      " shared", evaluate(sliding, moved, t[test]) > 0.5)

def engine_out(make, x, epochs=8):
    scores = {}
    for engine in tqdm(np.unique(digits.engine), desc=make.__name__):
        rows, others = study.split_by_engine(digits, engine)
        net = learn(make, rows, x=x, epochs=epochs)
        scores[engine] = evaluate(net, x[others], t[others])
    return scores

unheard = {"plain": engine_out(study.plain_network, x, 15),
           "shared": engine_out(study.sliding_network, x)}

# %%
shifts = np.arange(-12, 13, 2)
nets = {"plain": plain, "shared over time": sliding}
share = {name: [evaluate(net, np.roll(x[test], k, axis=3), t[test]) for k in shifts]
         for name, net in nets.items()}
with figure(2, size=(10, 3.4)) as (left, right):
    curves(left, shifts / 80, share, x_label="moved by (s)", y_label="share right",
           title="A shift in time", legend=True)
    for name, marker in (("plain", "o-"), ("shared", "s--")):
        right.plot(unheard[name].keys(), unheard[name].values(), marker, label=name)
    right.set(ylim=(0, 1), ylabel="share right", title="An engine never heard")
    right.legend()

# %% [markdown]
# The left panel shows held-out words moved in time: the plain network falls to guessing, the shared one hardly notices. The right panel shows engines never heard: shared is clearly better for three of the four, and still misses many words of kokoro, the most lifelike.
#
# **Summary.** A layer shared over time is a convolution. What is missing: other engines, microphones, rooms.
#
# ## 4. The network that shall hear strangers
#
# Another microphone or room multiplies the power in each band by a factor: the logarithm *adds* a constant. Subtract the mean over the loud columns:
#
# $$\mu_b = \frac{1}{|\text{loud}|}\sum_{t \in \text{loud}} x_{tb}, \qquad y_{tb} = \max(x_{tb} - \mu_b,\ \text{lowest}) \tag{12.9}$$
#
# (below "lowest" nothing is told apart). Backwards, with $g = \mathrm dy$ above the lowest value and 0 elsewhere: $\mathrm dx = g - \frac{\text{loud}}{|\text{loud}|}\sum_t g$, as in batch normalisation (lesson 07), over time.

# %%
x, loud = np.random.default_rng(12).normal(size=(1, 9, 4)), np.arange(9)[np.newaxis] > 2
microphone = np.array([0.5, -1.0, 2.0, 0.0])
heard = [spectra.normalise_bands(x + a, loud)[0] for a in (0, microphone)]      # (12.9)
np.testing.assert_allclose(*heard)
check_gradients(spectra.normalise_bands, x, loud=loud)
show_source(study.front_end)

# %%
digits, t = load_commands("en").of(data.DIGITS)
x = np.stack([study.prepare(waveform) for waveform in digits.waveforms])
seen, rng = study.pictures(x), np.random.default_rng(12)
four = [seen[:1], *(study.augmented_pictures(x[:1], rng) for _ in range(3))]
with figure(4, size=(11, 2.8)) as axes:
    show_pictures(axes, np.concatenate(four), [digits.word[0], *3 * ["a copy"]])

# %% [markdown]
# Now the front end is complete: five rules in a chain, and its backward is their backwards in reverse.
#
# It cannot undo noise, echo, or a longer throat. Against those, **augmentation** (lesson 08 moved digits). The figure shows one word and three copies, as another speaker, room and microphone might give it: the library's `augment` changes speed, place, filter, echo and noise.
# `AugmentedBatches` makes four copies of each word once, and hides other bands and columns each time.
#
# **Predict:** which helps an unheard engine more, (12.9) or augmentation?

# %%
def augmented(rows, seed=0, epochs=5):
    rng = np.random.default_rng(seed)
    batches = study.AugmentedBatches(x[rows], t[rows], copies=4, rng=rng)
    net = study.sliding_network(10, rng=rng)
    steps = study.command_training(net, batches, epochs)
    for _ in progress(steps, epochs * len(batches), label="augmented"):
        pass
    return net

# %%
unheard["band means away"] = engine_out(study.sliding_network, seen)
unheard["augmented too"], engines = {}, list(unheard["plain"])
for engine in engines:
    rows, others = study.split_by_engine(digits, engine)
    net = augmented(rows)
    unheard["augmented too"][engine] = evaluate(net, seen[others], t[others])

with figure(size=(8, 3.4)) as ax:
    for engine, marker in zip(engines, ("o-", "s--", "^:", "d-.")):
        ax.plot([scores[engine] for scores in unheard.values()], marker, label=engine)
    ax.set(xticks=range(4), xticklabels=unheard, ylim=(0, 1), ylabel="share right",
           title="Engines never heard, step by step")
    ax.legend()
whole = study.accuracies(study.load_figures(), "engine digits")
print("1,200 steps (stored):", {e: round(float(s.mean()), 2) for e, s in whole.items()})

# %% [markdown]
# The figure shows four networks and the share of words each understands from an engine kept out of training, each point one short training. The largest step is from plain to shared. What (12.9) gives kokoro it takes from others: a mean also
# wipes out part of the word, and augmentation needs more steps. With them the recipe reaches what is printed (`python -m course_lib.studies.commands.experiments`).
#
# ### A random split flatters
#
# What if test words are drawn at random, as is often done? Then every test voice was heard in training, with other words. **Predict:** by how much does that flatter?
# Three splits of each kind, with the plain network, which trains in a second. Then the augmented network, for voices held out.

# %%
rng, fifth = np.random.default_rng(12), len(t) // 5
splits = {"random": [np.split(rng.permutation(len(t)), [4 * fifth]) for _ in range(3)],
          "by voice": [study.split_by_voice(digits, rng=rng) for _ in range(3)],
          "by engine": [study.split_by_engine(digits, engine) for engine in engines]}
shares = {kind: np.mean([evaluate(learn(study.plain_network, a, x=seen), seen[b], t[b])
                         for a, b in pairs]) for kind, pairs in tqdm(splits.items())}

# %%
train, test = study.split_by_voice(digits, rng=np.random.default_rng(12))
net = augmented(train, epochs=12)
good = predict(net, seen[test]).argmax(axis=1) == t[test]
print("voices held out, above 0.9:", good.mean() > 0.9)

# %%
by_engine = {e: good[digits.engine[test] == e].mean() for e in engines}
by_word = {w: good[t[test] == i].mean() for i, w in enumerate("0123456789")}
views = {"Plain: splits": shares, "Augmented: engines": by_engine, "words": by_word}
with figure(3, size=(14, 3.4)) as axes:
    for ax, (title, heights) in zip(axes, views.items()):
        bars(ax, heights, y_label="share right", title=title, form="{:.2f}")

# %% [markdown]
# The left panel shows the same kind of network on the same words: only the split differs (means of three; by engine, of all). The bars answer "a voice it knows", "a new voice of a known program" and "a stranger". People are strangers. **Exercise 12-5** asks for a split by voice and engine.
#
# The other panels show the augmented network on voices held out, by engine and by word: one number hides who is misunderstood. The first explorer shows which word is taken for which. Play the cells off the diagonal. Would *you* have understood?
# (**Exercise 12-8**: the matrix.) The second has any word by any voice. Which voice is understood worst?

# %%
lesson12.confusion_explorer()

# %%
lesson12.utterance_explorer()

# %% [markdown]
# **Summary.** Subtracting means makes microphones alike, augmentation makes speakers, rooms and noise; voices *and* engines held out tell the truth. What is missing: does it fit into a small device?
#
# ## 5. Size and time
#
# A microphone that listens all day must live on a battery. Zhang and others (2017) sorted networks for that purpose into classes by budget; the smallest class has 80 kB of memory and 6 million operations an answer. What does ours need, for a second?
#
# A weight of 4 bytes can be rounded to one byte: 255 levels from −1 to 1 times the largest of its kind. **Predict:** what does such rounding do to the answers?

# %%
net = study.sliding_network(10, rng=np.random.default_rng(12))
z, rows = np.zeros((1, 1, 32, 78), np.float32), []
with inference(net):
    for layer in net.layers:
        z, _ = layer(z)
        sizes = [(p.data.size, p.data.ndim > 1) for p in layer.params]
        uses = sum(n * z[0, 0].size for n, matrix in sizes if matrix)
        rows.append([type(layer).__name__, z.shape[1:], sum(n for n, _ in sizes), uses])
front = [["transform, as a matrix", (78, 129), 0, 78 * 2 * 256 * 129],
         ["bands", (78, 32), 0, 78 * 129 * 32]]
total = ["network", "", *(sum(row[i] for row in rows) for i in (2, 3))]
table([[name, shape, f"{n:,}", f"{m:,}"] for name, shape, n, m in front + rows + [total]
       if m], ["for one second of sound", "output", "weights", "multiply-adds"])

# %%
def rounded(weights):
    step = np.abs(weights).max() / 127
    return np.rint(weights / step) * step

digits, t = load_commands("en").of(data.DIGITS)
x = study.features(digits.waveforms)
before = predict(networks["digits"][0], x)
small = study.load_networks("digits")[0]
for p in small.params:
    p.data = rounded(p.data).astype(np.float32)
same = (predict(small, x).argmax(axis=1) == before.argmax(axis=1)).mean()
print("the same answer for more than 98 of 100 words:", same > 0.98)

# %%
# NBVAL_IGNORE_OUTPUT
hear = fastest(lambda: study.features(digits.waveforms[:1]))
think = fastest(lambda: predict(networks["digits"][0], x[:1]))
all_in_all = fastest(lambda: recognise(digits.waveforms[0], 8000))
print(f"front end {1e3 * hear:.2f} ms, one network {1e3 * think:.2f} ms; below 10 ms:",
      hear + think < 0.01, f" recognise, all it averages: {1e3 * all_in_all:.2f} ms")

# %% [markdown]
# **Summary.** One network needs fewer multiply-adds than the transform as a matrix. With 4 bytes a weight it is too big for the smallest class; with one byte it fits, and hardly an answer changes. What is missing: new words.
#
# ## 6. From Japanese to English
#
# Popular articles tell that Sony trained a "five-layer neural network" on Japanese commands and was "able to adapt the same network to recognize English commands through retraining". We found **no public Sony document** of this. The nearest one can check is a book's example by Sony
# Semiconductor Solutions (repository Spresense-LowPower-EdgeAI, chapter 10): three commands, a picture of 48 × 16, and this network, of five layers if pooling, ReLU and softmax count:

# %%
rng = np.random.default_rng(12)
book = layers.Sequential(
    layers.Conv2D(1, 4, (7, 5), padding=(3, 2), rng=rng), layers.MaxPool2D(4),
    layers.ReLU(), layers.Flatten(), layers.Dense(192, 3, rng=rng))
print(book, sum(p.data.size for p in book.params), sep="\nparameters: ")

# %% [markdown]
# No second language there. So the claim is ours to test: ten commands, in both languages, and voices held out in both. **Exercise 12-7** asks for the step itself: copy the trunk, put a new head on it, freeze or do not freeze.
#
# First Japanese. Then English, from $k$ examples of each word, drawn anew for each of five seeds, in three ways:
#
# - **from scratch**: all parameters new;
# - **fine-tuned**: the Japanese trunk, a new head, all trained;
# - **frozen**: the Japanese trunk does not move, only the head learns.
#
# All get 60 steps, 180 with all examples. After fine-tuning the old head is put back: what is left of Japanese?
#
# **Predict:** from which $k$ on is scratch as good?

# %%
def part(rows, words, copies, seed=12):
    """Pictures (words, copies, 1, 32, 78), or (words, 1, 32, 78) without; labels."""
    rng, (found, t) = np.random.default_rng(seed), spoken.take(rows).of(words)
    x = np.stack([study.prepare(waveform) for waveform in found.waveforms])
    more = [study.augmented_pictures(x, rng) for _ in range(copies)]
    return np.stack(more, axis=1) if more else study.pictures(x), t

train, test = study.split_by_voice(spoken, rng=np.random.default_rng(12))
languages = data.COMMANDS_JA, data.COMMANDS
(hai, t_hai), (yes, t_yes) = (part(train, words, 4) for words in languages)
hai_test, yes_test = (part(test, words, 0) for words in languages)

# %%
def take_steps(net, params, x, t, count, rng, lr=3e-3):
    """Train params for count steps on pictures (words, copies, 1, 32, 78)."""
    x, t = x.reshape(-1, *x.shape[2:]), np.repeat(t, x.shape[1])
    batches = Batches(x, t, 32, rng=rng, last="keep")
    optimizer = AdamW(params, lr=cosine_schedule(lr, count), weight_decay=0.02)
    for step in training(net, softmax_cross_entropy, optimizer, batches, count):
        yield step
        if step[1] == count:
            return

rng = np.random.default_rng(12)
japanese = study.sliding_network(10, rng=rng, maps=32)
for _ in progress(take_steps(japanese, japanese.params, hai, t_hai, 400, rng), 400):
    pass
print("Japanese, voices held out, above 0.5:", evaluate(japanese, *hai_test) > 0.5)

# %%
def english(way, k, seed):
    rng = np.random.default_rng(seed)
    rows = study.few_of_each(t_yes, k, rng)
    net = study.with_new_head(japanese, 10, rng=rng)
    if way == "from scratch":
        net = study.sliding_network(10, rng=rng, maps=32)
    params = net.layers[-1].params if way == "frozen" else net.params
    for layer in net.layers[:-1]:
        layer.training = way != "frozen"            # running averages rest too
    count, lr = 60 if k < 99 else 180, 1e-2 if way == "frozen" else 3e-3
    for _ in take_steps(net, params, yes[rows], t_yes[rows], count, rng, lr):
        pass
    old = layers.Sequential(*net.layers[:-1], japanese.layers[-1])
    return evaluate(net, *yes_test), evaluate(old, *hai_test)

# %%
ways, examples = ("from scratch", "fine-tuned", "frozen"), (1, 2, 5, 10, 99)
runs = [(way, k, seed) for way in ways for seed in range(5) for k in examples]
pairs = [english(*run) for run in tqdm(runs, desc="transfer")]
scores = dict(zip(ways, np.reshape(pairs, (3, 5, 5, 2))))       # (seed, k, language)
with figure(2, size=(10, 3.6)) as (left, right):
    bands(left, range(5), {way: score[:, :, 0] for way, score in scores.items()},
          x_label="examples a word", y_label="share right", title="English, learnt")
    bands(right, range(5), {"Japanese, old head": scores["fine-tuned"][:, :, 1]},
          x_label="examples a word", y_label="share right", title="Japanese, after")
    right.axhline(evaluate(japanese, *hai_test), linestyle=":", color="C1")
    for ax in (left, right):
        ax.set(ylim=(0, 1), xticks=range(5), xticklabels=(1, 2, 5, 10, "all"))
old = study.accuracies(study.load_figures(), "transfer")
gain = [(old[f"re-trained {k}"] - old[f"scratch {k}"]).mean() for k in study.SIZES]
print("gain by fine-tuning, longer training (stored):", np.round(gain, 2))

# %% [markdown]
# The left panel shows English words by voices never heard, median and range over five seeds (examples, starting values): with few the trunk helps; with all, scratch is as good. The head alone soon stops gaining.
# The right panel shows Japanese, dotted before. So "able to adapt" is true, for a small gain, **and the old words pay**. Longer trainings (printed) agree.
#
# **Summary.** Re-training helps where examples are few. What is missing: a look.
#
# ## 7. Listen and look
#
# Backpropagation need not end at the weights. Send a 1 back from the score of one word to the picture: where would *louder* raise the score? The picture was computed by rules with backwards too, so go on, to the samples.

# %%
def looked_at(net, samples, label):
    """samples (8000,)  ->  picture, its gradient, the gradient of the samples"""
    picture, front_backward = study.front_end(samples[np.newaxis])
    with inference(net):
        z, backward = net(picture)
    dz = np.zeros_like(z)
    dz[0, label] = 1
    dpicture = backward(dz)
    return picture[0, 0], dpicture[0, 0], front_backward(dpicture)[0]

# %%
net, samples = networks["digits"][0], study.prepare(one("seven"))
picture, dpicture, dsamples = looked_at(net, samples, 7)
with figure(3, size=(11, 3)) as (left, middle, right):
    show_pictures([left], [picture[np.newaxis]], ["seven"])
    signed_matrix(middle, dpicture[::-1], title="Louder here: more like “seven”",
                  x_label="column", y_label="band, high to low")
    curves(right, np.arange(8000) / 8000, {"": dsamples}, x_label="time (s)",
           y_label="gradient of the score", title="Down to the samples")
step = (1e-3 / np.linalg.norm(dsamples) * dsamples).astype(np.float32)
moved = study.front_end(np.stack([samples + step, samples - step]))[0]
change = np.subtract(*predict(net, moved)[:, 7]) / 2
print("predicted within 5 %:", abs(change / (dsamples @ step) - 1) < 0.05)

# %% [markdown]
# The left panel shows the picture of “seven”, the middle one the gradient of its score, purple where louder raises it, orange where it lowers it; the right one the same gradient, brought back to each sample of the sound. It is zero where no pattern won the pooling of (12.8). It says what a *small* change would do,
# not why the network answered. And it is right: along one small step of the samples it predicts the change of the score.
#
# The explorer shows it for any digit by voices held out. Ask for the score of a word that was *not* said: where would one have to speak louder?

# %%
lesson12.looked_at_explorer()

# %% [markdown]
# ### Your own voice
#
# Say one of the ten digits. The sound goes from the browser to the kernel of this notebook, and nowhere else; nothing is saved. If the browser lends no microphone (it does so for `localhost` and `https` pages only), choose a WAV file.
# Before you speak, a synthetic voice stands there as an example.
#
# For a folder of recordings, named `{word}_{speaker}_{take}.wav`, of any rate: `load_recordings`. Below with three files, written by synthetic voices for the occasion. Put yours in their place, and you measure what no synthetic voice can tell.

# %%
lesson12.microphone_explorer(recognise=recognise)

# %%
with tempfile.TemporaryDirectory() as folder:
    for word in ("three", "five", "nine"):
        sound = np.frombuffer(data.wav_bytes(one(word, "flite")), np.uint8)
        sound.tofile(f"{folder}/{word}_flite_0.wav")
    recordings = data.load_recordings(folder)
for word, waveform in zip(recordings.word, recordings.waveforms):
    print(word, "heard as", recognise(waveform, 8000)[0])
print("two tones are heard as a digit:", recognise(rising, 8000)[0] in data.DIGITS)

# %% [markdown]
# ### Limits
#
# - **Synthetic voices are not people.** No child, no cold, few dialects. For people, record them (Warden 2018 tells how 2,618 did).
# - **Ten words.** Whatever else is heard becomes one of them, even the two tones of section 2. Whoever must not act on a cough has to train with coughs, or set a threshold and measure both errors (lesson 11).
# - **Privacy.** A microphone that waits for a word hears all others, and who speaks. A network this small can answer inside the device: the best reason to make it small.
#
# **Summary.** The gradient reaches the sound itself. Whether the network serves people only people can tell. What else is a gradient good for? Lesson 13.

# %% [markdown]
# **Exercises**, in the sheet of this lesson:
#
# | task | what | level |
# | --- | --- | --- |
# | 12-1 | frames and overlap-add | write |
# | 12-2 | the Hann window | fill in |
# | 12-3 | the Fourier transform as a matrix, and its backward | write |
# | 12-4 | log-mel energies | fill in |
# | 12-5 | a split by voice and engine | write |
# | 12-6 | a layer shared over time, and its maximum | write |
# | 12-7 | transfer: trunk, head, freezing | write |
# | 12-8 | the confusion matrix | fill in |
#
# **Further reading**
#
# - S. Stevens, J. Volkmann, E. Newman, "A scale for the measurement of the psychological magnitude pitch", *JASA* 8, 1937.
# - J. Cooley, J. Tukey, "An algorithm for the machine calculation of complex Fourier series", *Mathematics of Computation* 19, 1965.
# - S. Davis, P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", *IEEE Trans. ASSP* 28, 1980.
# - A. Waibel and others, "Phoneme recognition using time-delay neural networks", *IEEE Trans. ASSP* 37, 1989.
# - T. Sainath, C. Parada, "Convolutional neural networks for small-footprint keyword spotting", *Interspeech*, 2015.
# - Y. Zhang and others, "Hello Edge: keyword spotting on microcontrollers", arXiv 1711.07128, 2017.
# - P. Warden, "Speech Commands: a dataset for limited-vocabulary speech recognition", arXiv 1804.03209, 2018.
