"""Words as other speakers, microphones and rooms would give them; noises that are no word; batches of both."""

import numpy as np

from course_lib.data.batches import batch_slices
from course_lib.data.sound import RATE
from course_lib.rules.labels import labels
from course_lib.rules.spectra import mel_filters, normalise_bands, power_spectrum
from course_lib.studies.commands.sound import (
    BANDS,
    COLUMNS,
    FLOOR,
    HIGH,
    HOP,
    LOW,
    LOWEST,
    SAMPLES,
    SHARE,
    SIZE,
    WINDOW,
    _loud,
    levelled,
)

DECIBELS, KNOTS = 8.0, 5                        # of the loudness along a word: deviation, points of the line
CLIPPING, WHITE = 0.25, 0.25                    # shares of the words that are clipped, of the noises that are white
WARPS = np.linspace(0.8, 1.25, 13)              # vocal tracts of other lengths, for augmentation
WARPED = np.stack([mel_filters(BANDS, SIZE, RATE, LOW, HIGH, warp) for warp in WARPS]).astype(np.float32)
SPECTRUM = 8192                                 # samples of the transform for filters: more than a second
_HERTZ = np.fft.rfftfreq(SPECTRUM, 1 / RATE)
_OCTAVES = np.log2(np.maximum(_HERTZ, 60) / 60) / np.log2(RATE / 2 / 60)            # 0 up to 60 Hz, 1 at 4 kHz
_ORDERS = np.arange(1, 6)
_WAVES = (np.cos(np.pi * np.outer(_ORDERS, _OCTAVES)) / np.sqrt(_ORDERS)[:, np.newaxis]).astype(np.float32)


def augment(x, rng, *, decibels=DECIBELS, clipping=CLIPPING, white=WHITE):
    """Prepared words as another speaker, another microphone and another room would give them.

    Each is played 0.85 to 1.2 times as fast, moved by up to 0.1 s, cut off by up to 12 % at its ends; made louder and
    softer along the word (``enveloped``, by ``decibels``); sent through a smooth random filter and, half of them, the
    echo of a room; mixed with noise, 5 to 40 dB below it, coloured or, a share ``white``, as loud at all frequencies;
    a share ``clipping`` is cut at its peaks (``clipped``); and many are cut out tightly.

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
    if decibels:
        y = enveloped(y, rng, decibels)
    sound = np.fft.rfft(y, SPECTRUM) * _smooth_curves(N, rng) * np.fft.rfft(_echoes(N, rng), SPECTRUM)
    noise = (_normal(rng, N, len(_HERTZ)) + 1j * _normal(rng, N, len(_HERTZ))) * _smooth_curves(N, rng)
    noise *= (np.maximum(_HERTZ, 60) / 1000).astype(np.float32) ** -rng.uniform(0, 1.2, (N, 1)).astype(np.float32)
    if white:
        plain = rng.random(N) < white
        noise[plain] = _normal(rng, plain.sum(), len(_HERTZ)) + 1j * _normal(rng, plain.sum(), len(_HERTZ))
    length = (y != 0).sum(axis=1, keepdims=True)
    share = 10 ** (-rng.uniform(5, 40, (N, 1)) / 10) * (rng.random((N, 1)) < 0.9) * n / length
    # Parseval: power may be read there
    sound += noise * np.sqrt(share * _power(sound) / _power(noise)).astype(np.float32)
    y = np.fft.irfft(sound, SPECTRUM)[:, :n]
    y[silent] = 0
    if clipping:
        chosen = rng.random(N) < clipping
        y[chosen] = clipped(y[chosen], 10 ** rng.uniform(-1, 0, (chosen.sum(), 1)))
    return levelled(y)


def enveloped(x, rng, decibels=DECIBELS):
    """Words made louder and softer along their length: in decibels a line through ``KNOTS`` points, each normal with
    this standard deviation, from the first sample that is not 0 to the last.

    People, it is supposed, begin softly, swallow ends, stress a syllable, more than synthetic voices do.

    Shapes: x (N, n), no row all zeros  ->  (N, n), the same type
    """
    N, n = x.shape
    heights = decibels * rng.standard_normal((N, KNOTS))
    first, last = (x != 0).argmax(axis=1), n - 1 - (x[:, ::-1] != 0).argmax(axis=1)
    gain = np.stack([np.interp(np.arange(n), np.linspace(first[i], last[i], KNOTS), heights[i]) for i in range(N)])
    return x * (10 ** (gain / 20)).astype(x.dtype)


def clipped(x, share):
    """Words as a microphone gives them that is set too loud: cut at ``share`` of their largest sample.

    Shapes: x (N, n), share a number or (N, 1)  ->  (N, n), the same type
    """
    most = (share * np.abs(x).max(axis=1, keepdims=True)).astype(x.dtype)
    return np.clip(x, -most, most)


def _normal(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def _power(spectrum):
    return (spectrum.real ** 2 + spectrum.imag ** 2).sum(axis=1, keepdims=True)


def _smooth_curves(N, rng, decibels=5.3):
    """N random filters, smooth over the logarithm of frequency, in most places within ±10 dB."""
    return np.exp(np.float32(decibels * np.log(10) / 20) * _normal(rng, N, len(_WAVES)) @ _WAVES)


def _echoes(N, rng, length=2048):
    """N responses of rooms: the sound itself and, for every second one, noise that fades away within 0.05 to 0.4 s."""
    t = np.arange(length, dtype=np.float32) / RATE
    fading = np.exp(-6.9 * t / rng.uniform(0.05, 0.4, (N, 1)).astype(np.float32))
    h = _normal(rng, N, length) * fading
    share = (rng.uniform(0, 0.7, (N, 1)) * (rng.random((N, 1)) < 0.5)).astype(np.float32)
    h *= share / np.sqrt((h * h).sum(axis=1, keepdims=True))
    h[:, 0] += 1
    return h


def augmented_pictures(x, rng, *, share=SHARE, lowest=LOWEST, **settings):
    """``augment`` with these settings, then pictures of it with another rate of speaking and another vocal tract.

    Shapes: x (N, 8000)  ->  (N, 1, BANDS, COLUMNS) float32
    """
    out = np.empty((len(x), 1, BANDS, COLUMNS), np.float32)
    for i in range(0, len(x), 64):
        y = np.pad(augment(x[i:i + 64], rng, **settings), ((0, 0), (SAMPLES // 4, SAMPLES // 4)))
        hops, warps = rng.uniform(0.8, 1.25, (len(y), 1)) * HOP, rng.integers(1, len(WARPS) - 1, len(y))
        starts = ((y.shape[1] - SIZE - (COLUMNS - 1) * hops) / 2 + np.arange(COLUMNS) * hops).astype(int)
        pieces = np.lib.stride_tricks.sliding_window_view(y, SIZE, axis=1)[np.arange(len(y))[:, np.newaxis], starts]
        power, _ = power_spectrum(pieces * WINDOW.astype(np.float32))
        loudness = np.log(power @ WARPED[warps] + np.float32(FLOOR))
        out[i:i + 64] = normalise_bands(loudness, _loud(loudness), lowest, share)[0].transpose(0, 2, 1)[:, np.newaxis]
    return out


def masked(x, rng, lowest=LOWEST):
    """Pictures moved by up to 4 columns, a few bands and a few columns of each taken away. The shape stays."""
    x = x.copy()
    for picture in x[:, 0]:
        picture[:] = np.roll(picture, rng.integers(-4, 5), axis=1)
        band, column = rng.integers(0, BANDS - 5), rng.integers(0, COLUMNS - 9)
        picture[band:band + rng.integers(0, 6)] = 0
        picture[:, column:column + rng.integers(0, 10)] = lowest
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
    """Batches of pictures of augmented words: ``copies`` of each word are made once, and each is masked anew when it is
    read. Further settings are those of ``augmented_pictures``.

    An epoch reads every copy once; ``last`` is as in ``Batches``, by default a short batch.
    Shapes: x (N, 8000) prepared words, t (N,)  ->  pairs (size, 1, BANDS, COLUMNS), (size,)
    """

    def __init__(self, x, t, size=64, *, copies=4, last="keep", rng, lowest=LOWEST, **settings):
        if len(x) != len(t) or len(x) == 0:
            raise ValueError("AugmentedBatches: x and t must have the same length, at least 1, "
                             f"got {len(x)} and {len(t)}")
        t = labels("AugmentedBatches", t, (len(x),))
        self.x = np.concatenate([augmented_pictures(x, rng, lowest=lowest, **settings) for _ in range(copies)])
        self.slices, self.size = batch_slices(len(self.x), size, last, "AugmentedBatches"), size
        self.t, self.rng, self.lowest = np.tile(t, copies), rng, lowest

    def __len__(self):
        return len(self.slices)

    def __iter__(self):
        order = self.rng.permutation(len(self.x))
        for part in self.slices:
            rows = order[part]
            yield masked(self.x[rows], self.rng, self.lowest), self.t[rows]
