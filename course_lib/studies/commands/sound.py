"""From a recording to a picture: the word cut out of it, and ``front_end``, a chain of rules from samples to mel
bands.
"""

from numbers import Real

import numpy as np

from course_lib.data.commands import LONGEST
from course_lib.data.sound import RATE, check_waveform, resample
from course_lib.rules.functions import multiply
from course_lib.rules.protocol import rule
from course_lib.rules.spectra import frames, hann, log_mel, mel, mel_filters, normalise_bands, power_spectrum

SAMPLES = RATE                                  # a word gets one second
SIZE, HOP, BANDS = 256, 100, 32                 # frames of 32 ms, one every 12.5 ms, in 32 mel bands
COLUMNS = (SAMPLES - SIZE) // HOP + 1           # 78
LOW, HIGH = 100.0, 3800.0                       # Hz
FLOOR = 1e-3                                    # added to the power in each band; a vowel has about 100
SHARE, LOWEST = 0.5, -5.0                       # half of each band's mean is subtracted, and half of the mean of all;
                                                # pictures go down to here, in natural logarithms
LEVEL = 0.1                                     # root mean square of a prepared word
SILENCE, SHORTEST = 1e-4, 0.04                  # quieter (loudest sample) or shorter (s) than this holds no word


def prepare(waveform, rate=RATE):
    """Cut the word out of a recording, centre it in one second of silence, and set its level.

    The word is where 20-ms pieces are less than 35 dB below the loudest; of more than a second the loudest second is
    taken. Its level (root mean square over the word) becomes 0.1.

    Shapes: waveform (n,) or (n, channels), floats or whole numbers as ``check_waveform`` tells, any rate  ->  (8000,)
            float32
    Errors: ValueError for silence, less than 40 ms, more than ``LONGEST`` seconds (that is no recording of one word),
            NaN, a rate of 0, and whatever else is no sound.
    """
    x = check_waveform("prepare", waveform, rate).astype(np.float32)
    if len(x) < SHORTEST * rate:
        raise ValueError(f"prepare: the recording lasts {1000 * len(x) / rate:.3g} ms; "
                         f"a word takes {1000 * SHORTEST:g} ms or more")
    if len(x) > LONGEST * rate:
        raise ValueError(f"prepare: the recording lasts {len(x) / rate:.4g} s; one word is looked for in at most "
                         f"{LONGEST:g} s; cut it into words")
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
    y[before:before + len(word)] = word * (LEVEL / np.sqrt(np.mean(word * word)))
    return y


def levelled(x):
    """Each row with a root mean square of ``LEVEL`` where it is not 0, as ``prepare`` gives words. The shape stays."""
    length, energy = (x != 0).sum(axis=1, keepdims=True), (x * x).sum(axis=1, keepdims=True)
    return x * (LEVEL * np.sqrt(length / energy)).astype(x.dtype)


WINDOW = hann(SIZE)
CENTRES = 700 * np.expm1(np.linspace(mel(LOW), mel(HIGH), BANDS + 2)[1:-1] / 1127)      # Hz, of each band
FILTERS = mel_filters(BANDS, SIZE, RATE, LOW, HIGH).astype(np.float32)


@rule
def front_end(x, hop=HOP, filters=FILTERS, share=SHARE, lowest=LOWEST):
    """Waveforms to pictures, a chain of five rules: frames, window, power spectrum, log mel, bands freed of
    a share of their mean.

    Shapes:   x (N, n)  ->  y (N, 1, BANDS, T), low frequencies first; T = COLUMNS for one second
    Backward: the five backwards in reverse: dx (N, n)
    Source:   lesson 12, equations (12.1) to (12.6) and (12.9).
    """
    pieces, back_frames = frames(x, SIZE, hop)
    windowed, back_window = multiply(pieces, WINDOW.astype(x.real.dtype))
    power, back_power = power_spectrum(windowed)
    loudness, back_log = log_mel(power, filters, FLOOR)
    y, back_normal = normalise_bands(loudness, _loud(loudness), lowest, share)
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
    return pictures(prepared(waveforms, rate))


def prepared(waveforms, rate=RATE, names=None):
    """``prepare`` for a list of waveforms; an error names the one that it is about, by its number or as ``names`` says.
    Shapes: N waveforms  ->  (N, 8000)
    """
    words = []
    for i, waveform in enumerate(waveforms):
        if isinstance(waveform, Real):
            raise ValueError("prepared: expected a list of waveforms, got numbers; one waveform goes in brackets")
        try:
            words.append(prepare(waveform, rate))
        except ValueError as error:
            which = f"waveform {i} of the list" if names is None else names[i]
            raise ValueError(f"{error} (this is {which})") from error
    if not words:
        raise ValueError("prepared: there are no waveforms; give one at least")
    return np.stack(words)


def pictures(x, size=64, **settings):
    """``front_end`` of prepared waveforms, a few at a time (the cache). (N, 8000) -> (N, 1, BANDS, COLUMNS)"""
    return np.concatenate([front_end(x[i:i + size], **settings)[0] for i in range(0, max(len(x), 1), size)])
