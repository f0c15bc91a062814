"""Sounds that are none of the words: what a network must have heard before it can answer "no word"."""

import numpy as np

from course_lib.data import VOCABULARIES, load_commands, load_other_words
from course_lib.data.sound import RATE
from course_lib.studies.commands.augmentation import noises
from course_lib.studies.commands.sound import SAMPLES, levelled, prepared

MADE = 0.4                                              # of the sounds to learn from, those made by rule
ALIKE = {"commands": ("ja_5",), "digits_ja": ("go",)}   # "go" is five in Japanese: neither a word nor none


def outside(spoken, vocabulary):
    """Which utterances are none of the words of a vocabulary, nor sound like one: truth values."""
    return ~np.isin(spoken.word, [*VOCABULARIES[vocabulary], *ALIKE.get(vocabulary, ())])


def none_of(vocabulary, n, heard, *, rng):
    """n prepared sounds to learn "no word" from: words of the other vocabularies and, half of them, other words (those
    that are "heard"), and a share ``MADE`` by rule (``no_words``). Shapes: -> (n, 8000)

    heard   ``heard(commands)``: whose utterances may be used, truth values
    """
    sources = []
    for spoken in (load_commands(), load_other_words("heard")):
        rows = np.flatnonzero(heard(spoken) & outside(spoken, vocabulary))
        count = min(len(rows), round((1 - MADE) * n / 2))
        sources.append(prepared(spoken.take(rng.permutation(rows)[:count]).waveforms))
    words = np.concatenate(sources)
    return np.concatenate([words, no_words(words, n - len(words), rng)])


def no_words(x, n, rng):
    """n sounds that are no word, a quarter of each kind: noise, babble, pieces of words, music.

    x are prepared words, best of many kinds: babble and pieces are made of them. Shapes: x (N, 8000)  ->  (n, 8000)
    """
    kinds = [lambda k: noises(k, rng), lambda k: babble(x, k, rng), lambda k: pieces(x, k, rng),
             lambda k: music(k, rng)]
    return np.concatenate([kind(len(part)) for kind, part in zip(kinds, np.array_split(np.arange(n), len(kinds)))])


def babble(x, n, rng):
    """Three to six words at once, each moved along the second: a room full of people. (N, 8000)  ->  (n, 8000)"""
    y = np.zeros((n, SAMPLES), np.float32)
    for row in y:
        for i in rng.integers(len(x), size=rng.integers(3, 7)):
            row += np.roll(x[i], rng.integers(SAMPLES)) * np.float32(10 ** (rng.normal(0, 3) / 20))
    return levelled(y)


def pieces(x, n, rng):
    """The ends of two words joined, or a word backwards: sounds of speech, but no word. (N, 8000)  ->  (n, 8000)"""
    y = np.zeros((n, SAMPLES), np.float32)
    for row in y:
        a, b = (_word(x[i]) for i in rng.integers(len(x), size=2))
        if rng.random() < 0.5:
            sound = a[::-1]
        else:                                           # the beginning goes to the end: never the word itself
            sound = np.concatenate([b[int(rng.uniform(0.4, 0.6) * len(b)):], a[:int(rng.uniform(0.4, 0.6) * len(a))]])
        sound = sound[:SAMPLES]
        start = (SAMPLES - len(sound)) // 2
        row[start:start + len(sound)] = sound
    return levelled(y)


def music(n, rng):
    """One to three notes at a time, up to eight after one another, of a string, a pipe or a bell, made by rule.
    -> (n, 8000)"""
    y, t = np.zeros((n, SAMPLES), np.float32), np.arange(SAMPLES) / RATE
    for row in y:
        ends = np.sort(rng.uniform(0, 1, rng.integers(0, 8)))
        fading, falling = rng.uniform(0, 8), rng.uniform(0.4, 1.2)      # of a note in time; of its overtones
        for start, end in zip([0, *ends], [*ends, 1]):
            for key in rng.integers(-24, 24, rng.integers(1, 4)):
                pitch = 440 * 2 ** (key / 12)
                tones = np.arange(1, min(8, int(RATE / 2 / pitch)) + 1)
                waves = np.sin(2 * np.pi * np.outer(tones * pitch, t) + rng.uniform(0, 6.3, (len(tones), 1)))
                during = np.where((t >= start) & (t < end), np.exp(-fading * (t - start)), 0)
                row += (tones ** -2.0 ** falling) @ waves * during
    return levelled(y)


def _word(x):
    """A prepared word without the silence around it."""
    places = np.flatnonzero(x)
    return x[places[0]:places[-1] + 1]
