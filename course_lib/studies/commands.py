"""Recognising spoken commands: the front end, the networks, augmentation, training and transfer of lesson 12.

The way of a word: ``prepare`` cuts it out of a recording, centres it in one second and sets its level; ``front_end`` makes
a picture of it, ``BANDS`` mel bands high and one column every ``HOP`` samples; a network of five layers, whose
matrices slide over time, names the word. ``front_end`` is a chain of rules: a gradient can come back to the samples.

``python -m course_lib.studies.commands`` trains the networks that the lesson loads, and prints what they reach.
"""

import numpy as np

from course_lib.convolution import max_pool2d
from course_lib.data import resample
from course_lib.data.speech import RATE, check_waveform
from course_lib.functions import multiply, softmax
from course_lib.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, Layer, MaxPool2D, ReLU, Sequential, inference
from course_lib.losses import softmax_cross_entropy
from course_lib.optim import AdamW
from course_lib.schedules import cosine_schedule
from course_lib.spectra import frames, hann, log_mel, mel_filters, normalise_bands, power_spectrum
from course_lib.training import predict, training

SAMPLES = RATE                                  # a word gets one second
SIZE, HOP, BANDS = 256, 100, 32                 # frames of 32 ms, one every 12.5 ms, in 32 mel bands
COLUMNS = (SAMPLES - SIZE) // HOP + 1           # 78
LOW, HIGH = 100.0, 3800.0                       # Hz
FLOOR = 1e-3                                    # added to the power in each band; a vowel has about 100
WARPS = np.linspace(0.8, 1.25, 13)              # vocal tracts of other lengths, for augmentation: index 6 or so is none
LOWEST = -4.0                                   # pictures go down to here, in natural logarithms below each band's mean
SILENCE, SHORTEST = 1e-4, 0.04                  # a recording quieter than this (loudest sample) or shorter (s) holds no word


# ---- from a recording to a picture --------------------------------------------------------------------------

def prepare(waveform, rate=RATE):
    """Cut the word out of a recording, centre it in one second of silence, and set its level.

    The word is where 20-ms pieces are less than 35 dB below the loudest; of more than a second the loudest second is
    taken. Its level (root mean square over the word) becomes 0.1.

    Shapes: waveform (n,) or (n, channels), any rate  ->  (8000,) float32
    Errors: ValueError for silence, less than 40 ms, NaN, a rate of 0, and whatever else is no sound.
    """
    x = check_waveform("prepare", waveform, rate).astype(np.float32)
    if len(x) < SHORTEST * rate:
        raise ValueError(f"prepare: the recording lasts {1000 * len(x) / rate:.3g} ms; a word takes {1000 * SHORTEST:g} ms or more")
    x = resample(x, rate, RATE)
    x -= x.mean()                                           # a constant pressure is no sound
    if np.abs(x).max() < SILENCE:
        raise ValueError(f"prepare: the recording is silent (its loudest sample is {np.abs(x).max():.1e}); "
                         "is the microphone muted?")
    piece = RATE // 50
    power = np.add.reduceat(x * x, np.arange(0, len(x), piece))
    loud = np.flatnonzero(power > power.max() * 10 ** -3.5)
    start, end = loud[0] * piece, min((loud[-1] + 1) * piece, len(x))
    if end - start > SAMPLES:                               # more than a second: the loudest one
        energy = np.cumsum(np.concatenate([[0], power]))
        n = SAMPLES // piece
        start = int(np.argmax(energy[n:] - energy[:-n])) * piece
        end = min(start + SAMPLES, len(x))
    word = x[start:end]
    y = np.zeros(SAMPLES, np.float32)
    before = (SAMPLES - len(word)) // 2
    y[before:before + len(word)] = word * (0.1 / np.sqrt(np.mean(word * word)))
    return y


WINDOW = hann(SIZE)
FILTERS = np.stack([mel_filters(BANDS, SIZE, RATE, LOW, HIGH, warp) for warp in WARPS]).astype(np.float32)
PLAIN = int(np.argmin(np.abs(WARPS - 1)))


def front_end(x, hop=HOP, filters=FILTERS[PLAIN]):
    """Waveforms to pictures, a chain of five rules: frames, window, power spectrum, log mel, bands freed of their mean.

    Shapes:   x (N, n)  ->  y (N, 1, BANDS, T), low frequencies first; T = COLUMNS for one second
    Backward: the five backwards in reverse: dx (N, n)
    Source:   lesson 12, equations (12.1) to (12.6) and (12.9).
    """
    pieces, back_frames = frames(x, SIZE, hop)
    windowed, back_window = multiply(pieces, WINDOW.astype(x.real.dtype))
    power, back_power = power_spectrum(windowed)
    loudness, back_log = log_mel(power, filters, FLOOR)
    y, back_normal = normalise_bands(loudness, _loud(loudness), LOWEST)
    def backward(dy):
        dpower = back_log(back_normal(dy[:, 0].transpose(0, 2, 1)))
        return back_frames(back_window(back_power(dpower))[0])
    return y.transpose(0, 2, 1)[:, np.newaxis], backward


def _loud(loudness):
    """Which columns have their loudest band less than 30 dB below that of the loudest column."""
    top = loudness.real.max(axis=-1)
    return top > top.max(axis=-1, keepdims=True) - np.log(1000)


def features(waveforms, rate=RATE):
    """``prepare`` and ``front_end`` for a list of waveforms. Shapes: N waveforms  ->  (N, 1, BANDS, COLUMNS) float32"""
    return pictures(np.stack([prepare(waveform, rate) for waveform in waveforms]))


def pictures(x, size=64):
    """``front_end`` of prepared waveforms, a few at a time: they stay in the cache. (N, 8000) -> (N, 1, BANDS, COLUMNS)"""
    return np.concatenate([front_end(x[i:i + size])[0] for i in range(0, len(x), size)])


# ---- networks -----------------------------------------------------------------------------------------------

class PoolOverTime(Layer):
    """The maximum over all bands and columns of each map: was the pattern there, wherever it was? Equation (12.8).

    Shapes: x (N, C, H, T)  ->  y (N, C)
    """

    def rule(self, x):
        y, back = max_pool2d(x, x.shape[2:])
        def backward(dy):
            return back(dy.reshape(y.shape))
        return y.reshape(len(x), -1), backward


def sliding_network(classes, *, rng, maps=64, drop=0.3, dtype=np.float32):
    """Five layers, the first four shared over time: a matrix over all bands and 5 columns slides along, three more over its
    maps; the maximum over time goes to a layer that names the word. Equations (12.7) and (12.8).

    Shapes: x (N, 1, BANDS, T), any T from 26 on  ->  z (N, classes)
    """
    settings = dict(rng=rng, dtype=dtype)
    def block(n_in, n_out, size):
        return Conv2D(n_in, n_out, size, **settings), BatchNorm(n_out, dtype=dtype), ReLU()
    return Sequential(
        *block(1, maps, (BANDS, 5)), MaxPool2D((1, 2)),
        *block(maps, maps, (1, 5)), MaxPool2D((1, 2)),
        *block(maps, maps, (1, 3)),
        *block(maps, 2 * maps, (1, 3)), PoolOverTime(),
        Dropout(drop, rng=rng), Dense(2 * maps, classes, **settings))


def plain_network(classes, *, rng, hidden=(128, 64, 64, 64), dtype=np.float32):
    """Five layers too, but the first a plain matrix on the whole picture: each place in time has weights of its own."""
    sizes = (BANDS * COLUMNS, *hidden)
    layers = [layer for n_in, n_out in zip(sizes, hidden) for layer in (Dense(n_in, n_out, rng=rng, dtype=dtype), ReLU())]
    return Sequential(Flatten(), *layers, Dense(hidden[-1], classes, rng=rng, dtype=dtype))


# ---- augmentation -------------------------------------------------------------------------------------------

SPECTRUM = 8192                                 # samples of the transform for filters: more than a second
_HERTZ = np.fft.rfftfreq(SPECTRUM, 1 / RATE)
_OCTAVES = np.log2(np.maximum(_HERTZ, 60) / 60) / np.log2(RATE / 2 / 60)            # 0 up to 60 Hz, 1 at 4 kHz
_WAVES = (np.cos(np.pi * np.outer(np.arange(1, 6), _OCTAVES)) / np.sqrt(np.arange(1, 6))[:, np.newaxis]).astype(np.float32)


def augment(x, rng):
    """Prepared words as another speaker, another microphone and another room would give them.

    Each is played 0.85 to 1.2 times as fast, moved by up to 0.1 s, cut off by up to 12 % at its ends; sent through a
    smooth random filter and, half of them, the echo of a room; mixed with coloured noise, 5 to 40 dB below it; and often
    cut out tightly.

    Shapes: x (N, 8000)  ->  (N, 8000) float32
    """
    N, n = x.shape
    y, silent = np.zeros((N, n), np.float32), np.zeros((N, n), bool)
    t = np.arange(n)
    for i in range(N):
        first, last = np.flatnonzero(x[i])[[0, -1]]
        first, last = np.array([first, last]) + [1, -1] * rng.integers(0, min(400, int(0.12 * (last - first))) + 1, 2) * rng.integers(0, 2, 2)
        place = (t - n / 2 - rng.uniform(-800, 800)) * rng.uniform(0.85, 1.2) + n / 2       # where each new sample lay
        start, end = np.searchsorted(place, [first, last])
        y[i, start:end] = np.interp(place[start:end], t, x[i])
        if rng.random() < 0.6:
            silent[i, :max(start - rng.integers(0, 400), 0)] = silent[i, end + rng.integers(0, 1600):] = True
    sound = np.fft.rfft(y, SPECTRUM) * _smooth_curves(N, rng) * np.fft.rfft(_echoes(N, rng), SPECTRUM)
    noise = (_normal(rng, N, len(_HERTZ)) + 1j * _normal(rng, N, len(_HERTZ))) * _smooth_curves(N, rng)
    noise *= (np.maximum(_HERTZ, 60) / 1000).astype(np.float32) ** -rng.uniform(0, 1.2, (N, 1)).astype(np.float32)
    share = 10 ** (-rng.uniform(5, 40, (N, 1)) / 10) * (rng.random((N, 1)) < 0.9) * n / (y != 0).sum(axis=1, keepdims=True)
    sound += noise * np.sqrt(share * _power(sound) / _power(noise)).astype(np.float32)      # Parseval: power may be read there
    y = np.fft.irfft(sound, SPECTRUM)[:, :n]
    y[silent] = 0
    return y * (0.1 * np.sqrt((y != 0).sum(axis=1, keepdims=True) / (y * y).sum(axis=1, keepdims=True))).astype(np.float32)


def _normal(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def _power(spectrum):
    return (spectrum.real ** 2 + spectrum.imag ** 2).sum(axis=1, keepdims=True)


def _smooth_curves(N, rng, decibels=5.3):
    """N random filters, smooth over the logarithm of frequency, in most places within ±10 dB."""
    return np.exp(np.float32(decibels * np.log(10) / 20) * _normal(rng, N, len(_WAVES)) @ _WAVES)


def _echoes(N, rng, length=2048):
    """N responses of rooms: the sound itself, then, for every second one, noise that fades away within 0.05 to 0.4 s."""
    fading = np.exp(-6.9 * np.arange(length, dtype=np.float32) / RATE / rng.uniform(0.05, 0.4, (N, 1)).astype(np.float32))
    h = _normal(rng, N, length) * fading
    h *= (rng.uniform(0, 0.7, (N, 1)) * (rng.random((N, 1)) < 0.5)).astype(np.float32) / np.sqrt((h * h).sum(axis=1, keepdims=True))
    h[:, 0] += 1
    return h


def augmented_pictures(x, rng):
    """``augment``, then pictures of it with another rate of speaking and another vocal tract.

    Shapes: x (N, 8000)  ->  (N, 1, BANDS, COLUMNS) float32
    """
    out = np.empty((len(x), 1, BANDS, COLUMNS), np.float32)
    for i in range(0, len(x), 64):
        y = np.pad(augment(x[i:i + 64], rng), ((0, 0), (SAMPLES // 4, SAMPLES // 4)))
        hops, warps = rng.uniform(0.8, 1.25, (len(y), 1)) * HOP, rng.integers(1, len(WARPS) - 1, len(y))
        starts = ((y.shape[1] - SIZE - (COLUMNS - 1) * hops) / 2 + np.arange(COLUMNS) * hops).astype(int)
        pieces = np.lib.stride_tricks.sliding_window_view(y, SIZE, axis=1)[np.arange(len(y))[:, np.newaxis], starts]
        power, _ = power_spectrum(pieces * WINDOW.astype(np.float32))
        loudness = np.log(power @ FILTERS[warps] + np.float32(FLOOR))
        out[i:i + 64] = normalise_bands(loudness, _loud(loudness), LOWEST)[0].transpose(0, 2, 1)[:, np.newaxis]
    return out


def masked(x, rng):
    """Pictures moved by up to 4 columns, a few bands and a few columns of each taken away. The shape stays."""
    x = x.copy()
    for picture in x[:, 0]:
        picture[:] = np.roll(picture, rng.integers(-4, 5), axis=1)
        band, column = rng.integers(0, BANDS - 5), rng.integers(0, COLUMNS - 9)
        picture[band:band + rng.integers(0, 6)] = 0
        picture[:, column:column + rng.integers(0, 10)] = LOWEST
    return x


class AugmentedBatches:
    """Batches of pictures of augmented words: ``copies`` of each word are made once, and each is masked anew when it is read.

    An epoch reads every copy once. Shapes: x (N, 8000) prepared words, t (N,)  ->  pairs (size, 1, BANDS, COLUMNS), (size,)
    """

    def __init__(self, x, t, size=64, *, copies=4, rng):
        if len(x) != len(t) or len(x) == 0:
            raise ValueError(f"AugmentedBatches: x and t must have the same length, at least 1, got {len(x)} and {len(t)}")
        self.x, self.t = np.concatenate([augmented_pictures(x, rng) for _ in range(copies)]), np.tile(t, copies)
        self.size, self.rng = size, rng

    def __len__(self):
        return -(-len(self.x) // self.size)

    def __iter__(self):
        order = self.rng.permutation(len(self.x))
        for i in range(0, len(order), self.size):
            rows = order[i:i + self.size]
            yield masked(self.x[rows], self.rng), self.t[rows]


# ---- training and judging -----------------------------------------------------------------------------------

def command_training(net, batches, epochs, lr=3e-3, weight_decay=0.02):
    """Train ``net`` with AdamW and a cosine: a generator of (epoch, step, loss), like ``training``; ``epochs * len(batches)`` steps."""
    optimizer = AdamW(net.params, lr=cosine_schedule(lr, epochs * len(batches), warmup=min(20, epochs * len(batches) // 10)),
                      weight_decay=weight_decay)
    return training(net, softmax_cross_entropy, optimizer, batches, epochs)


def split_by_voice(commands, share=0.2, *, rng):
    """Rows for training and for testing, ``(train, test)``, such that no voice is on both sides.

    Of each engine about ``share`` of the voices are held out, at least one. Voices of espeak-ng that differ in the dialect
    alone (en-gb-f1, en-us-f1, ja-f1), and those of Open JTalk that differ in pitch and speed alone, count as one.
    """
    speaker = np.array([speaker_of(voice, engine) for voice, engine in zip(commands.voice, commands.engine)])
    held_out = []
    for engine in np.unique(commands.engine):
        speakers = np.unique(speaker[commands.engine == engine])
        if len(speakers) < 2:
            continue                                # an engine with a single voice cannot be split: it is for training
        held_out += list(rng.choice(speakers, max(1, round(share * len(speakers))), replace=False))
    test = np.isin(speaker, held_out)
    return np.flatnonzero(~test), np.flatnonzero(test)


def speaker_of(voice, engine):
    """The voice without what was only turned at a knob: dialect (espeak-ng), pitch and speed (openjtalk)."""
    if engine == "espeak-ng":
        return "espeak-ng " + voice.split("-")[-1]
    if engine == "openjtalk":
        return "openjtalk " + voice[:3]
    return f"{engine} {voice}"


def split_by_engine(commands, engine):
    """Rows for training (all other engines) and for testing (this engine): ``(train, test)``."""
    if engine not in commands.engine:
        raise ValueError(f"split_by_engine: there is no engine {engine!r}, only {sorted(set(commands.engine.tolist()))}")
    return np.flatnonzero(commands.engine != engine), np.flatnonzero(commands.engine == engine)


def recognise(nets, waveform, rate, words):
    """The word that was spoken, and how sure the networks are: ``(word, probability)``.

    nets   a network, or a list of networks whose probabilities are averaged; one output for each of ``words``
    Errors: those of ``prepare``: silence, a rate of 0, NaN, too short
    """
    p = probabilities(nets, features([waveform], rate))[0]
    if len(p) != len(words):
        raise ValueError(f"recognise: the network has {len(p)} outputs, but there are {len(words)} words")
    return str(words[int(p.argmax())]), float(p.max())


def probabilities(nets, x):
    """The mean probabilities of one or several networks for pictures x. Shapes: x (N, 1, BANDS, T)  ->  (N, classes)"""
    nets = nets if isinstance(nets, (list, tuple)) else [nets]
    return np.mean([softmax(predict(net, x).astype(float))[0] for net in nets], axis=0)


# ---- transfer -----------------------------------------------------------------------------------------------

def copy_of(net, make):
    """A network made by ``make()`` with the parameters and running averages of ``net``."""
    from copy import deepcopy
    copy = make()
    for p, q in zip(copy.params, net.params, strict=True):
        p.data = q.data.copy()
    for own, other in zip(copy.walk(), net.walk()):
        if hasattr(own, "running"):
            own.running = deepcopy(other.running)
    return copy


def with_new_head(net, classes, *, rng):
    """A copy of a ``sliding_network`` whose last layer is new, for other words: what slides over time is kept."""
    from copy import deepcopy
    *trunk, head = net.layers
    return Sequential(*deepcopy(trunk), Dense(head.W.data.shape[0], classes, rng=rng, dtype=head.W.data.dtype))


def few_of_each(t, k, rng):
    """Rows of k examples of each label, drawn at random (all where there are fewer)."""
    return np.concatenate([rng.permutation(np.flatnonzero(t == label))[:k] for label in np.unique(t)])
