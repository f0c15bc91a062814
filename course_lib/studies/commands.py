"""Recognising spoken commands: the front end, the networks, augmentation, training and transfer of lesson 12.

The way of a word: ``prepare`` cuts it out of a recording, centres it in one second and sets its level; ``front_end`` makes
a picture of it, ``BANDS`` mel bands high and one column every ``HOP`` samples; a network of five layers, whose
matrices slide over time, names the word. ``front_end`` is a chain of rules: a gradient can come back to the samples.

``python -m course_lib.studies.commands`` trains the networks that the lesson loads, and prints what they reach.
"""

from copy import deepcopy

import numpy as np

from course_lib.convolution import max_pool2d
from course_lib.data import VOCABULARIES, load_commands, resample
from course_lib.data.files import read_bytes
from course_lib.data.speech import RATE, check_waveform
from course_lib.functions import multiply, softmax
from course_lib.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, Layer, MaxPool2D, ReLU, Sequential
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
WARPS = np.linspace(0.8, 1.25, 13)              # vocal tracts of other lengths, for augmentation
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
FILTERS = mel_filters(BANDS, SIZE, RATE, LOW, HIGH).astype(np.float32)
WARPED = np.stack([mel_filters(BANDS, SIZE, RATE, LOW, HIGH, warp) for warp in WARPS]).astype(np.float32)


def front_end(x, hop=HOP, filters=FILTERS):
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

    Shapes: x (N, 1, BANDS, T), any T from 32 on  ->  z (N, classes)
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
        most = min(400, int(0.12 * (last - first)))
        first, last = np.array([first, last]) + [1, -1] * rng.integers(0, most + 1, 2) * rng.integers(0, 2, 2)
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
        loudness = np.log(power @ WARPED[warps] + np.float32(FLOOR))
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


def noises(n, rng):
    """Sounds that are no word: coloured noise, for a random part of the second. Shapes: -> (n, 8000) float32

    Trained with random labels they teach a network that a noise is no reason to be sure.
    """
    spectrum = (_normal(rng, n, len(_HERTZ)) + 1j * _normal(rng, n, len(_HERTZ))) * _smooth_curves(n, rng, 12.0)
    x = np.fft.irfft(spectrum, SPECTRUM)[:, :SAMPLES]
    length, t = rng.integers(800, SAMPLES, (n, 1)), np.arange(SAMPLES)
    x *= np.abs(t - SAMPLES / 2) < length / 2
    return x * (0.1 / np.sqrt((x * x).sum(axis=1, keepdims=True) / length)).astype(np.float32)


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
    """Rows for training and for testing, ``(train, test)``, such that no speaker is on both sides.

    Of each engine about ``share`` of the speakers (``speaker_of``) are held out, at least one of two or more.
    """
    speakers = np.array([speaker_of(voice, engine) for voice, engine in zip(commands.voice, commands.engine)])
    chosen = []
    for engine in np.unique(commands.engine):
        those = np.unique(speakers[commands.engine == engine])
        if len(those) > 1:
            chosen += list(rng.choice(those, max(1, round(share * len(those))), replace=False))
    test = np.isin(speakers, chosen)
    return np.flatnonzero(~test), np.flatnonzero(test)


def speaker_of(voice, engine):
    """A voice without what was only turned at a knob: dialect (espeak-ng), pitch and speed (the others)."""
    if engine == "espeak-ng":
        voice = voice.rsplit("-", 1)[-1]                            # en-us-f1, ja-f1: one voice
    elif engine == "openjtalk":
        voice = voice[:3]                                           # mei-4_0.85, nit+0_1.2
    elif engine in ("flite", "pico"):
        voice = voice.split("_")[0].removesuffix("16")              # slt_1.25; kal16, the voice kal at 16 kHz
    return f"{engine} {voice}"


def held_out(commands):
    """Which utterances are by the voices that the stored networks of ``load_networks(..., held_out=True)`` never heard.

    They are drawn once, from all of ``load_commands()``. Shapes: -> (number of utterances,) truth values
    """
    everything = load_commands()
    _, test = split_by_voice(everything, rng=np.random.default_rng(SPLIT_SEED))
    voices = set(zip(everything.voice[test].tolist(), everything.engine[test].tolist()))
    return np.array([pair in voices for pair in zip(commands.voice.tolist(), commands.engine.tolist())], bool)


SPLIT_SEED = 12


def split_by_engine(commands, engine):
    """Rows for training (all other engines) and for testing (this engine): ``(train, test)``."""
    if engine not in commands.engine:
        raise ValueError(f"split_by_engine: there is no engine {engine!r}, only {sorted(set(commands.engine.tolist()))}")
    return np.flatnonzero(commands.engine != engine), np.flatnonzero(commands.engine == engine)


def recognise(nets, waveform, rate, words):
    """The word that was spoken, and how sure the networks are: ``(word, probability)``.

    The word is heard at three speeds, by each network, and the probabilities are averaged.

    nets   a network, or a list of networks, with one output for each of ``words``
    Errors: those of ``prepare``: silence, a rate of 0, NaN, too short
    """
    x = prepare(waveform, rate)
    p = probabilities(nets, pictures(np.stack([played(x, speed) for speed in SPEEDS]))).mean(axis=0)
    if len(p) != len(words):
        raise ValueError(f"recognise: the network has {len(p)} outputs, but there are {len(words)} words")
    return str(words[int(p.argmax())]), float(p.max())


SPEEDS = (0.9, 1.0, 1.12)


def played(x, speed):
    """A prepared word played faster or slower, and so higher or lower. Shapes: x (8000,)  ->  (8000,)"""
    t = np.arange(SAMPLES, dtype=np.float32)
    return x if speed == 1 else np.interp((t - SAMPLES / 2) * speed + SAMPLES / 2, t, x, 0, 0).astype(x.dtype)


def answers(nets, waveforms, rate=RATE):
    """What ``recognise`` finds for many waveforms: the probability of each word. Shapes: N waveforms  ->  (N, classes)"""
    x = np.stack([prepare(w, rate) for w in waveforms])
    return np.mean([probabilities(nets, pictures(np.stack([played(row, speed) for row in x]))) for speed in SPEEDS], axis=0)


def probabilities(nets, x):
    """The mean probabilities of one or several networks for pictures x. Shapes: x (N, 1, BANDS, T)  ->  (N, classes)"""
    nets = nets if isinstance(nets, (list, tuple)) else [nets]
    return np.mean([softmax(predict(net, x).astype(float))[0] for net in nets], axis=0)


# ---- transfer -----------------------------------------------------------------------------------------------

def with_new_head(net, classes, *, rng):
    """A copy of a ``sliding_network`` whose last layer is new, for other words: what slides over time is kept."""
    *trunk, head = net.layers
    return Sequential(*deepcopy(trunk), Dense(head.W.data.shape[0], classes, rng=rng, dtype=head.W.data.dtype))


def with_head_of(net, other):
    """A copy of ``net`` whose last layer is that of ``other``: does what slides over time still serve the words of before?"""
    return Sequential(*deepcopy(net.layers[:-1]), deepcopy(other.layers[-1]))


def few_of_each(t, k, rng):
    """Rows of k examples of each label, drawn at random (all where there are fewer)."""
    return np.concatenate([rng.permutation(np.flatnonzero(t == label))[:k] for label in np.unique(t)])


def head_training(net, x, t, epochs, lr=1e-2):
    """Train the last layer alone, the others frozen: a generator of (epoch, step, loss).

    What is frozen need be computed only once: the maps of all pictures x (N, 1, BANDS, T), in inference mode.
    """
    trunk, head = Sequential(*net.layers[:-1]), Sequential(net.layers[-1])
    maps = predict(trunk, x)
    batches = [(maps, t)]
    optimizer = AdamW(head.params, lr=cosine_schedule(lr, epochs), weight_decay=0.01)
    return training(head, softmax_cross_entropy, optimizer, batches, epochs)


# ---- stored networks ----------------------------------------------------------------------------------------

def load_networks(vocabulary="digits", held_out=False):
    """The trained networks for a vocabulary ("digits", "commands", "digits_ja", "commands_ja"), as a list for ``recognise``.

    With ``held_out`` those that never heard the voices of ``held_out(load_commands())``; else those that heard them all.
    """
    import io
    if vocabulary not in VOCABULARIES:
        raise ValueError(f"load_networks: vocabulary must be one of {', '.join(VOCABULARIES)}, got {vocabulary!r}")
    prefix = f"{vocabulary}/{'held out' if held_out else 'all'}/"
    with np.load(io.BytesIO(read_bytes(NETWORKS))) as file:
        arrays = {name.removeprefix(prefix): file[name] for name in file.files if name.startswith(prefix)}
    nets = []
    for i in range(len({name.split("/")[0] for name in arrays})):
        own = {name.split("/")[1]: array for name, array in arrays.items() if name.startswith(f"{i}/")}
        net = sliding_network(own["p13"].size, rng=np.random.default_rng(0), maps=len(own["p0"]))
        for k, p in enumerate(net.params):
            p.data = own[f"p{k}"].astype(np.float32)
        for k, layer in enumerate(layer for layer in net.layers if isinstance(layer, BatchNorm)):
            layer.running = tuple(own[f"r{k}"].astype(np.float32))
        nets.append(net)
    return nets


NETWORKS = "commands_networks.npz"


def stored(nets, prefix):
    """The arrays of networks under their names in the file, as 16-bit floats: parameters p0 …, running averages r0 …"""
    arrays = {}
    for i, net in enumerate(nets):
        arrays |= {f"{prefix}/{i}/p{k}": p.data.astype(np.float16) for k, p in enumerate(net.params)}
        norms = [layer for layer in net.layers if isinstance(layer, BatchNorm)]
        arrays |= {f"{prefix}/{i}/r{k}": np.stack(layer.running).astype(np.float32) for k, layer in enumerate(norms)}
    return arrays


# ---- the documented command ---------------------------------------------------------------------------------

def trained_network(x, t, classes, seed, *, steps=1200, copies=8, maps=64, noise=0.15):
    """A ``sliding_network`` trained on prepared words x and labels t, with some noises of random labels among them."""
    rng = np.random.default_rng(seed)
    n = int(noise * len(x))
    x, t = np.concatenate([x, noises(n, rng)]), np.concatenate([t, rng.integers(0, classes, n)])
    batches = AugmentedBatches(x, t, copies=copies, rng=rng)
    net = sliding_network(classes, rng=rng, maps=maps)
    for _ in command_training(net, batches, max(1, round(steps / len(batches)))):
        pass
    return net


SETTINGS = {"digits": ((1, 2, 3), 2400), "commands": ((1, 2), 2400), "digits_ja": ((1,), 1200), "commands_ja": ((1,), 1200)}


def main():
    """Train the stored networks: for each vocabulary one that never heard the held-out voices, and one or three that heard all."""
    import hashlib
    from pathlib import Path
    arrays = {}
    for vocabulary, words in VOCABULARIES.items():
        part, t = load_commands().of(words)
        x, test = np.stack([prepare(w) for w in part.waveforms]), held_out(part)
        net = trained_network(x[~test], t[~test], len(words), seed=0)
        right = answers([net], part.take(test).waveforms).argmax(axis=1) == t[test]
        print(f"{vocabulary}: {right.mean():.3f} right of {test.sum()} words by voices held out, trained on {(~test).sum()}", flush=True)
        arrays |= stored([net], f"{vocabulary}/held out")
        seeds, steps = SETTINGS[vocabulary]
        nets = [trained_network(x, t, len(words), seed, steps=steps, copies=steps // 150) for seed in seeds]
        arrays |= stored(nets, f"{vocabulary}/all")
    target = Path(__file__).parents[1] / "data" / NETWORKS
    np.savez_compressed(target, **arrays)
    print(f"{target.name}: {target.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
