"""Who is heard in training and who in testing: splits by speaker and by engine; what networks answer: ``recognise``."""

from numbers import Real

import numpy as np

from course_lib.data.sound import RATE
from course_lib.layers import inference
from course_lib.rules.functions import softmax
from course_lib.studies.commands.sound import SAMPLES, pictures, prepare, prepared
from course_lib.training import predict

# Whom the stored networks with ``held_out`` never heard: drawn once, by speaker.
HELD_OUT = (
    "espeak-ng Andy", "espeak-ng Michael", "espeak-ng Mike", "espeak-ng f4", "espeak-ng quincy", "espeak-ng robert",
    "flite awb", "kokoro af_alloy", "kokoro af_kore", "kokoro af_nova", "kokoro am_liam", "kokoro bm_fable",
    "kokoro epm_santa", "kokoro jf_nezumi", "kokoro jf_tebukuro", "kokoro zm_yunjian", "openjtalk mei", "pico en-US")
SPEEDS = (0.9, 1.0, 1.12)       # a word is heard at these
THRESHOLD = 0.25                # less sure of every word, ``recognise`` heard none; low, so that few words are lost


def split_by_speaker(commands, share=0.2, *, rng):
    """Rows for training and for testing, ``(train, test)``, such that no speaker is on both sides.

    Of each engine about ``share`` of the speakers (``Commands.speaker``) are held out: one at least, never all.
    """
    if not isinstance(share, Real) or not 0 < share < 1:
        raise ValueError(f"split_by_speaker: share must lie between 0 and 1, got {share!r}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"split_by_speaker: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
                        "make one with np.random.default_rng(0)")
    speakers = commands.speaker
    chosen = []
    for engine in np.unique(commands.engine):
        those = np.unique(speakers[commands.engine == engine])
        if len(those) > 1:
            chosen += list(rng.choice(those, min(max(1, round(share * len(those))), len(those) - 1), replace=False))
    if not chosen:
        raise ValueError("split_by_speaker: nobody can be held out, since no engine has two speakers; "
                         f"there are {', '.join(np.unique(speakers)) or 'none'}")
    test = np.isin(speakers, chosen)
    return np.flatnonzero(~test), np.flatnonzero(test)


def held_out(commands):
    """Which utterances are by speakers that the stored networks of ``load_networks(..., held_out=True)`` never heard.

    Shapes: -> (number of utterances,) truth values
    """
    return np.isin(commands.speaker, HELD_OUT)


def split_by_engine(commands, engine):
    """Rows for training (all other engines) and for testing (this engine): ``(train, test)``."""
    engines = sorted(set(commands.engine.tolist()))
    if engine not in engines:
        raise ValueError(f"split_by_engine: there is no engine {engine!r}, only {engines}")
    if len(engines) == 1:
        raise ValueError(f"split_by_engine: {engine!r} speaks all utterances; nothing is left for training")
    return np.flatnonzero(commands.engine != engine), np.flatnonzero(commands.engine == engine)


def recognise(nets, waveform, rate, words, threshold=None):
    """The word that was spoken, and how sure the networks are: ``(word, probability)``; ``(None, probability)`` where
    no word reaches the threshold.

    The word is heard at three speeds, by each network, and the probabilities are averaged.

    nets        a network, or a list of networks, with one output for each of ``words``; one more, the last, is for
                sounds that are none of them (``load_networks``)
    threshold   a word needs this probability. If not given: ``THRESHOLD`` for networks with the output for none,
                else 0, since such a network is as sure of any sound
    Errors: those of ``prepare`` (silence, a rate of 0, NaN, too short, too long) and of ``probabilities``; ValueError
            where outputs and words differ in number, or for a threshold outside of 0 to 1
    """
    if isinstance(words, str) or not np.iterable(words):
        raise TypeError(f"recognise: words must be a list of words, got {words!r}; "
                        "those of a vocabulary are words_of(vocabulary)")
    words = list(words)
    x = prepare(waveform, rate)
    p = probabilities(nets, pictures(np.stack([played(x, speed) for speed in SPEEDS]))).mean(axis=0)
    if len(p) not in (len(words), len(words) + 1):
        raise ValueError(f"recognise: the network has {len(p)} outputs, but there are {len(words)} words")
    if threshold is None:
        threshold = THRESHOLD if len(p) > len(words) else 0.0
    check_threshold("recognise", threshold)
    best = int(p[:len(words)].argmax())
    return (str(words[best]) if p[best] >= threshold else None), float(p[best])


def check_threshold(name, threshold):
    """ValueError where a threshold is no probability."""
    if not isinstance(threshold, Real) or not 0 <= threshold <= 1:
        raise ValueError(f"{name}: threshold must lie between 0 and 1, got {threshold!r}")


def played(x, speed):
    """A prepared word played faster or slower, and so higher or lower. Shapes: x (8000,)  ->  (8000,)"""
    t = np.arange(SAMPLES, dtype=np.float32)
    return x if speed == 1 else np.interp((t - SAMPLES / 2) * speed + SAMPLES / 2, t, x, 0, 0).astype(x.dtype)


def answers(nets, waveforms, rate=RATE, names=None):
    """What ``recognise`` finds for many waveforms: the probability of each word; for the stored networks the last
    column is that of none. N waveforms  ->  (N, outputs)"""
    x = prepared(waveforms, rate, names)
    heard = (pictures(np.stack([played(row, speed) for row in x])) for speed in SPEEDS)
    return np.mean([probabilities(nets, shown) for shown in heard], axis=0)


def score_gradient(nets, picture, label):
    """The score of a word and its gradient at every cell of the picture, the mean over the networks.

    The score is the output before the softmax.
    Shapes: picture (1, bands, columns)  ->  score, gradient (bands, columns)
    """
    score, gradient = 0.0, np.zeros(picture.shape[1:])
    for net in nets:
        with inference(net):
            z, backward = net(picture[np.newaxis])
            dz = np.zeros_like(z)
            dz[0, label] = 1
            gradient += backward(dz)[0, 0] / len(nets)
        for p in net.params:
            p.zero_grad()                               # only the picture's gradient was wanted
        score += float(z[0, label]) / len(nets)
    return score, gradient


def probabilities(nets, x):
    """The mean probabilities of one or several networks for pictures x. Shapes: x (N, 1, BANDS, T)  ->  (N, classes)

    Errors: ValueError for no network at all, for networks with different outputs, and for outputs that are not finite.
    """
    nets = nets if isinstance(nets, (list, tuple)) else [nets]
    wrong = [net for net in nets if not callable(net)]
    if wrong:
        raise TypeError(f"probabilities: expected a network or a list of them, got {wrong[0]!r}; "
                        "load_networks(vocabulary) gives one")
    outputs = [predict(net, x).astype(float) for net in nets]
    if len({z.shape for z in outputs}) != 1:
        raise ValueError("probabilities: expected networks with the same outputs, those of one vocabulary, got "
                         f"{[z.shape[1] for z in outputs]}")
    if not np.all(np.isfinite(outputs)):
        raise ValueError("probabilities: a network's output is not finite; train it again with a smaller lr")
    return np.mean([softmax(z)[0] for z in outputs], axis=0)
