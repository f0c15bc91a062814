"""Explorers of lesson 12: window and hop, spoken words and what the network answers, where it looked,
the learner's own voice."""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import ipywidgets as ipw
import numpy as np

from course_lib.data import COMMANDS, DIGITS, DIGITS_JA, VOCABULARIES, load_commands, read_wav, resample
from course_lib.data.sound import RATE, wav_bytes
from course_lib.metrics import confusion_matrix
from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import decimals
from course_lib.page.drawing.svg import drawing, element, heat_image, line, polyline, rect, text
from course_lib.rules.spectra import frames, hann, power_spectrum
from course_lib.studies import commands
from course_lib.widgets.base import Explorer, choice, file_upload, slider


def _wave(x, left, top, width, height, *, colour=palette.FORWARD, title=None):
    """A waveform: between the smallest and the largest sample of each of at most 400 pieces;
    the loudest reaches the frame."""
    count = min(len(x), 400)
    starts = np.arange(count) * len(x) // count
    low, high = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts)
    scale = height / 2 / max(np.abs(x).max(), 1e-9)
    xs, middle = left + (np.arange(count) + 0.5) * width / count, top + height / 2
    there = [f"{a:.1f},{middle - scale * h - 0.3:.1f}" for a, h in zip(xs, high)]
    back = [f"{a:.1f},{middle - scale * l + 0.3:.1f}" for a, l in zip(xs[::-1], low[::-1])]
    return element("polygon", title=title, points=" ".join(there + back),
                   fill=colour) + rect(left, top, width, height, stroke=palette.FAINT)


def _seconds(left, top, width, end, start=0.0):
    """An axis of time, from ``start`` to ``end`` seconds, below a picture."""
    step = 0.05 if end <= 0.35 else 0.1 if end <= 1.05 else 0.25 if end <= 3 else 10 ** np.floor(np.log10(end))
    parts = [text(left + width / 2, top + 32, "time (s)")]
    for k in range(int(np.ceil(start / step - 1e-6)), int(end / step + 1e-6) + 1):
        x = left + width * (k * step - start) / (end - start)
        parts += [line(x, top, x, top + 4), text(x, top + 17, f"{k * step:.6g}", size=11)]
    return "".join(parts)


# ---- window and hop ------------------------------------------------------------------------------------------

WINDOWS, HOPS = (4, 8, 16, 32, 64, 128), (2.5, 5, 10, 20, 40)           # ms
TONES, CLICKS, LENGTH = (1000.0, 1050.0), (0.40, 0.43), 0.6             # Hz, s, s
TEST, WORD = "two tones and two clicks", "the word seven"
BAND = {TEST: (600.0, 1400.0), WORD: (0.0, RATE / 2)}                   # Hz, as far as it is drawn
DEPTH = {TEST: 40, WORD: 60}                                            # dB below the loudest
SEPARATE = 3                                                            # dB: a valley this deep parts two peaks


@cache
def sound(name):
    """The samples: 0.6 s of two tones with two clicks of one sample each, or a word by a synthetic voice."""
    if name == WORD:
        spoken = load_commands("en")
        return spoken.waveforms[np.flatnonzero((spoken.word == "seven") & (spoken.engine == "kokoro"))[0]].astype(float)
    t = np.arange(int(LENGTH * RATE)) / RATE
    x = 0.05 * sum(np.sin(2 * np.pi * f * t) for f in TONES)
    x[[round(at * RATE) for at in CLICKS]] += 1
    return x


def spectrogram(name, window, hop):
    """(power (T, frequencies), the middles of the frames in s, the frequencies in Hz); the sound lies between
    silence."""
    size, step = round(window * RATE / 1000), round(hop * RATE / 1000)
    x = np.pad(sound(name), size // 2)                  # so that the first frame has its middle at 0
    power = power_spectrum(frames(x, size, step)[0] * hann(size))[0]
    return power, np.arange(len(power)) * step / RATE, np.arange(size // 2 + 1) * RATE / size


def valley(values, places, two):
    """How deep, in dB, the valley between the peaks at two places is, below the lower one; 0 where there is one peak
    only."""
    first, last = (int(np.argmin(np.abs(places - p))) for p in two)
    if last - first < 2:
        return 0.0
    return max(0.0, 10 * np.log10(min(values[first], values[last]) / values[first:last + 1].min()))


def separated(window, power, times, hertz):
    """Valleys in dB between the two tones (far from the clicks) and between the two clicks (at frequencies far from the
    tones)."""
    calm = (times > window / 2000) & (times < CLICKS[0] - window / 2000)
    return valley(power[calm].mean(axis=0), hertz, TONES), valley(power[:, hertz > 2000].mean(axis=1), times, CLICKS)


def analysed(state):
    """The ``spectrogram`` that the state describes."""
    return spectrogram(state["sound"], state["window"], state["hop"])


def window_picture(state, found):
    """The waveform with two neighbouring windows, and the spectrogram under it on the same axis of time."""
    name, window, hop = state["sound"], state["window"], state["hop"]
    x, (low, high) = sound(name), BAND[name]
    power, times, hertz = found
    left, width, top, height, up, below = 70, 780, 34, 70, 142, 300
    scale = width / (len(x) / RATE)
    parts = [text(left, 22, "waveform, and two windows that follow each other", anchor="start", bold=True),
             _wave(x, left, top, width, height, colour=palette.DATA, title="waveform")]
    middle = (len(times) - 1) // 2
    for t, colour, dash in ((times[middle], palette.FORWARD, None), (times[middle + 1], palette.FOURTH, "5 3")):
        at = left + scale * (t + window / 1000 * np.linspace(-0.5, 0.5, 41))
        heights = top + height - 2 - (height - 4) * np.append(hann(40), 0)
        inside = [p for p in zip(at, heights) if left <= p[0] <= left + width]
        parts.append(polyline(inside, stroke=colour, width=2.5, dash=dash, title="Hann window"))
    parts += [text(left, up - 10, f"spectrogram: yellow is loud, dark blue is {DEPTH[name]} dB weaker", anchor="start",
                   bold=True),
              rect(left, up, width, below, fill=palette.sequential(0)),
              _spectrogram_image(power, hertz, name, left, up, width, below, hop / 1000 * scale),
              rect(left, up, width, below, stroke=palette.INK)]

    def y(f):
        return up + below * (high - f) / (high - low)
    for f in np.arange(low, high + 1, 200 if high - low < 1000 else 1000):
        parts += [line(left - 4, y(f), left, y(f)), text(left - 7, y(f) + 4, f"{f:.0f}", anchor="end", size=11)]
    if name == TEST:
        right = left + width
        parts += [line(right + 2, y(f), right + 10, y(f), width=2) for f in TONES]
        parts.append(text(right + 14, y(np.mean(TONES)) + 4, "tones", anchor="start", size=11))
    parts += [text(18, up + below / 2, "frequency (Hz)", rotate=-90), _seconds(left, up + below, width, len(x) / RATE)]
    return drawing(900, up + below + 40, *parts, title=f"{name}: window {window} ms, hop {hop:g} ms")


def _spectrogram_image(power, hertz, name, left, up, width, height, cell):
    """Power in dB below its largest value; each cell lies around its own time and frequency,
    what hangs over is cut off."""
    low, high = BAND[name]
    shown = (hertz >= low) & (hertz <= high)
    decibels = 10 * np.log10(power[:, shown] / power[:, shown].max() + 1e-12)
    group = -(-shown.sum() // 160)                      # more rows than pixels: the loudest of a group
    decibels = np.maximum.reduceat(decibels, np.arange(0, shown.sum(), group), axis=1)
    row = height * hertz[1] / (high - low)
    bottom = up + height * (high - hertz[shown][0]) / (high - low) + row / 2
    tall = row * group * decibels.shape[1]
    picture = heat_image(left - cell / 2, bottom - tall, cell * len(power), tall, decibels.T[::-1], low=-DEPTH[name],
                         high=0,
                         title="spectrogram", frame=None)
    return element("clipPath", rect(left, up, width, height),
                   id="spectrogram") + element("g", picture, clip_path="url(#spectrogram)")


def window_readout(state, found):
    """Frames, bins, the blur in time and frequency, and whether tones and clicks are told apart."""
    window, hop = state["window"], state["hop"]
    _, times, hertz = found
    told = (f"Window {window} ms = {round(window * RATE / 1000)} samples, hop {hop:g} ms: {len(times)} frames of "
            f"{len(hertz)} frequencies, "
            f"{hertz[1]:.5g} Hz apart. Blur: {window} ms in time, {2 * hertz[1]:.5g} Hz in frequency (a Hann window's, "
            "2 / length); "
            "their product is 2.")
    if hop > window:
        told += f" {decimals(100 * (1 - window / hop), 0)} % of the samples lie in no window."
    if state["sound"] == TEST:
        distances = f"{TONES[1] - TONES[0]:.0f} Hz", f"{1000 * (CLICKS[1] - CLICKS[0]):.0f} ms"
        for what, distance, depth in zip(("tones", "clicks"), distances, separated(window, *found)):
            told += (f" The {what}, {distance} apart, are seen as {'two' if depth >= SEPARATE else 'one'} (valley "
                     f"{decimals(depth, 1)} dB).")
    return told


def window_explorer():
    """Window length and hop: the shorter the window, the sharper in time and the more blurred in frequency."""
    return Explorer(
        alt="A waveform with two windows, and its spectrogram: two tones close in frequency cross two clicks close in "
            "time. "
            "Move the window length: a long window parts the tones, a short one the clicks.",
        picture=window_picture, readout=window_readout, compute=analysed,
        controls={"window": slider("Window length (ms)", 32, 0, 0, options=WINDOWS,
                                   tooltip="How long a piece of sound each column describes"),
                  "hop": slider("Hop (ms)", 10.0, 0, 0, options=[(f"{h:g}", float(h)) for h in HOPS],
                                tooltip="From one column to the next"),
                  "sound": choice("Sound", [TEST, WORD], TEST, tooltip="What is analysed")})


# ---- the corpus and what the networks say of it ---------------------------------------------------------------

@cache
def networks(vocabulary):
    """The stored networks that never heard the speakers held out."""
    return commands.load_networks(vocabulary, held_out=True)


class Heard(NamedTuple):
    """The utterances of one vocabulary and what the network answers to each of them."""

    waveforms: list
    label: np.ndarray               # (N,) the word spoken, as its place in the vocabulary
    voice: np.ndarray               # (N,) "engine name"
    held_out: np.ndarray            # (N,) was the speaker kept from training?
    p: np.ndarray                   # (N, words); what is missing to 1 is for none of them


@cache
def heard(vocabulary):
    """All utterances of a vocabulary with the networks' answers; those of speakers held out first, in order."""
    spoken, label = load_commands().of(VOCABULARIES[vocabulary])
    held_out = commands.held_out(spoken)
    order = np.lexsort((label, spoken.voice, spoken.engine, ~held_out))
    spoken, label, held_out = spoken.take(order), label[order], held_out[order]
    p = commands.answers(networks(vocabulary), spoken.waveforms, RATE)[:, :-1]
    voice = np.array([f"{e} {v}" for e, v in zip(spoken.engine, spoken.voice)])
    return Heard(spoken.waveforms, label, voice, held_out, p)


@cache
def voices(vocabulary):
    """[(voice, held out?)] in the order of ``heard``."""
    all_ = heard(vocabulary)
    return list(dict.fromkeys(zip(all_.voice.tolist(), all_.held_out.tolist())))


def seen(waveform):
    """What the network sees of a waveform, (bands, columns); in 64 bits, so that a drawing of it is the same on every
    machine."""
    return commands.front_end(commands.prepare(waveform)[np.newaxis].astype(float))[0][0, 0]


HELD = {True: "speaker held out", False: "speaker heard in training"}


def _words(vocabulary):
    """The words of a vocabulary as they are shown: "ja_7" is the Japanese seven."""
    return [f"Japanese {DIGITS_JA.index(word)}" if word in DIGITS_JA else word for word in VOCABULARIES[vocabulary]]


# s: where the first column of a picture begins, half a hop before its frame's middle
START = (commands.SIZE - commands.HOP) / 2 / RATE
END = START + commands.COLUMNS * commands.HOP / RATE


def _mel_image(picture, left, top, width, height, *, title, top_value=None):
    """A picture (bands, columns), low frequencies below, with its axes; signed up to ``top_value`` where that is
    given."""
    low, high = (-top_value, top_value) if top_value else (float(picture.min()), float(picture.max()))
    parts = [heat_image(left, top, width, height, picture[::-1], low=low, high=high, title=title, frame=palette.INK,
                        colour=palette.signed if top_value else palette.sequential)]
    for f in (200, 500, 1000, 2000, 3000):
        y = top + height * (1 - (np.interp(f, commands.CENTRES, np.arange(commands.BANDS)) + 0.5) / commands.BANDS)
        parts += [line(left - 4, y, left, y), text(left - 7, y + 4, str(f), anchor="end", size=11)]
    parts += [text(left - 46, top + height / 2, "frequency (Hz)", rotate=-90),
              _seconds(left, top + height, width, END, START)]
    return "".join(parts)


def _bars(words, p, left, top, width, height, *, spoken=None):
    """Probabilities as level bars, each with its word and number; the word spoken carries a mark."""
    step, parts = height / len(words), []
    for i, (word, value) in enumerate(zip(words, p)):
        y, best = top + i * step, i == int(np.argmax(p))
        parts += [text(left - 8, y + 0.65 * step, ("▸ " if i == spoken else "") + word, anchor="end", bold=best),
                  rect(left, y + 3, max(width * value, 0.5), step - 6, fill=palette.FORWARD if best else palette.DATA),
                  text(left + width * value + 5, y + 0.65 * step, f"{value:.2f}", anchor="start", size=11)]
    return "".join(parts)


# ---- any utterance -------------------------------------------------------------------------------------------

MEANINGS = (*((str(i), i) for i in range(10)), *((word, 10 + i) for i, word in enumerate(COMMANDS)))
SPEAK = {("English", 0): "digits", ("English", 1): "commands", ("Japanese", 0): "digits_ja",
         ("Japanese", 1): "commands_ja"}


@cache
def most_voices():
    """How many voices the vocabulary with the most of them has."""
    spoken = [load_commands().of(words)[0] for words in VOCABULARIES.values()]
    return max(len(set(zip(those.engine.tolist(), those.voice.tolist()))) for those in spoken)


def utterance(state):
    """(vocabulary, label, number of the voice from 0, row in ``heard``); after the last voice comes the first again."""
    vocabulary, label = SPEAK[state["language"], state["word"] // 10], state["word"] % 10
    n = (state["voice"] - 1) % len(voices(vocabulary))
    return vocabulary, label, n, int(said(vocabulary, label)[n])


def said(vocabulary, label):
    """The rows of ``heard`` with this word, in the order of ``voices``: each voice says each word once."""
    return np.flatnonzero(heard(vocabulary).label == label)


def utterance_picture(state, found):
    """Waveform, what the network sees, its answer; below, the same word by all voices, right or wrong."""
    vocabulary, label, n, row = found
    all_, words, (voice, held) = heard(vocabulary), _words(vocabulary), voices(vocabulary)[n]
    left, width, right = 70, 460, 660
    parts = [text(left, 22, f"“{words[label]}” by {voice}, {HELD[held]}", anchor="start", size=14, bold=True),
             _wave(all_.waveforms[row], left, 32, width, 76, title="waveform"),
             _seconds(left, 108, width, len(all_.waveforms[row]) / RATE),
             text(left, 168, "what the network sees: one second, the word in its middle", anchor="start", bold=True),
             _mel_image(seen(all_.waveforms[row]), left, 178, width, 190, title="log-mel spectrogram"),
             text(right, 22, "the network's answer", anchor="start", bold=True),
             _bars([*words, "none of them"], [*all_.p[row], 1 - all_.p[row].sum()], right, 32, 190, 306, spoken=label),
             text(right, 352, f"▸ the word spoken; the mean over {len(commands.SPEEDS)} speeds", anchor="start",
                  size=11),
             text(left, 428, f"“{words[label]}” by all voices: ● right, × wrong; underlined: speaker held out",
                  anchor="start", bold=True)]
    for i, ((name, out), k) in enumerate(zip(voices(vocabulary), said(vocabulary, label))):
        x, y, good = left + 13.8 * (i % 60), 450 + 28 * (i // 60), all_.p[k].argmax() == label
        parts.append(text(x + 7, y, "●" if good else "×", size=13, bold=not good, title=name,
                          fill=palette.FORWARD if good else palette.INK))
        if out:
            parts.append(line(x + 1, y + 5, x + 12, y + 5, width=2))
        if i == n:
            parts.append(rect(x - 0.5, y - 14, 14.5, 24, stroke=palette.INK, stroke_width=2))
    height = 468 + 28 * ((len(voices(vocabulary)) - 1) // 60)
    return drawing(900, height, *parts, title=f"{words[label]} by {voice}: heard {words[all_.p[row].argmax()]}")


def utterance_readout(state, found):
    """Word, voice, answer, and how many voices are understood."""
    vocabulary, label, n, row = found
    all_, words, (voice, held) = heard(vocabulary), _words(vocabulary), voices(vocabulary)[n]
    p, same, right = all_.p[row], all_.label == label, all_.p.argmax(axis=1) == all_.label
    best, second = p.argsort()[::-1][:2]
    told = [f"{right[same & (all_.held_out == out)].sum()} of {(same & (all_.held_out == out)).sum()} voices "
            f"({HELD[out]})" for out in (True, False)]
    return (f"Spoken: {words[label]}, {len(all_.waveforms[row]) / RATE:.2f} s, by the synthetic voice {n + 1} of "
            f"{len(voices(vocabulary))}, "
            f"{voice} ({HELD[held]}). Heard: {words[best]}, probability {p[best]:.2f}, then {words[second]}, "
            f"{p[second]:.2f}; "
            f"{'right' if best == label else 'wrong'}. This word is understood from {told[0]} and {told[1]}.")


def _next_voice(state):
    vocabulary, _, n, _ = utterance(state)
    return {"voice": (n + 1) % len(voices(vocabulary)) + 1}


def _utterance_sound(state, found):
    vocabulary, _, _, row = found
    return wav_bytes(heard(vocabulary).waveforms[row])


def utterance_explorer():
    """Any word by any voice of the corpus: its waveform, what the network sees, what it answers; to be heard."""
    return Explorer(
        alt="Waveform and spectrogram of one spoken word, the probabilities of ten words, and a row of marks for all "
            "voices. "
            "Choose word, language and voice; the player says it.",
        picture=utterance_picture, readout=utterance_readout, compute=utterance, sound=_utterance_sound,
                    plays=("Play the next voice",),
        controls={"word": choice("Word", MEANINGS, 7, tooltip="What is said"),
                  "language": choice("Language", ["English", "Japanese"], "English",
                                     tooltip="The language it is said in"),
                  "voice": slider("Voice", 1, 1, most_voices(),
                                  tooltip="Those held out come first; after the last one the first follows")},
        actions={"Play the next voice": _next_voice})


# ---- what is taken for what ----------------------------------------------------------------------------------

def confusions(vocabulary):
    """Counts (spoken, heard) over the speakers held out, from the library's metric."""
    all_ = heard(vocabulary)
    return confusion_matrix(all_.p[all_.held_out].argmax(axis=1), all_.label[all_.held_out],
                            len(VOCABULARIES[vocabulary]))


def cell(vocabulary, spoken, answer):
    """Rows of ``heard`` in one cell of the matrix."""
    all_ = heard(vocabulary)
    return np.flatnonzero(all_.held_out & (all_.label == spoken) & (all_.p.argmax(axis=1) == answer))


class Framed(NamedTuple):
    """The matrix of a vocabulary, and the rows of ``heard`` in the cell that is framed; which of them is shown,
    or None."""

    vocabulary: str
    counts: np.ndarray
    rows: np.ndarray
    k: int | None


def framed(vocabulary, state):
    """The cell that the state chooses."""
    rows = cell(vocabulary, state["spoken"], state["heard"])
    return Framed(vocabulary, confusions(vocabulary), rows, state["turn"] % len(rows) if len(rows) else None)


def _confusion_picture(state, found):
    """The matrix, one cell framed; beside it an utterance of that cell."""
    vocabulary, counts, rows, k = found
    words, all_, spoken, answer = _words(vocabulary), heard(vocabulary), state["spoken"], state["heard"]
    left, top, side, n, right = 120, 60, 34, len(words), 540
    parts = [text(left + n * side / 2, 20, "heard", bold=True),
             text(18, top + n * side / 2, "spoken", bold=True, rotate=-90),
             heat_image(left, top, n * side, n * side, counts / max(counts.max(), 1), colour=palette.grey,
                        title="counts", frame=palette.INK)]
    for i, word in enumerate(words):
        parts += [text(left - 8, top + (i + 0.65) * side, word, anchor="end", bold=i == spoken),
                  text(left + (i + 0.5) * side, top - 8 - 13 * (i % 2), word, size=11, bold=i == answer)]
    for i, j in np.argwhere(counts):
        parts.append(text(left + (j + 0.5) * side, top + (i + 0.65) * side, str(counts[i, j]), bold=i != j,
                          fill="#FFFFFF" if counts[i, j] > 0.5 * counts.max() else palette.INK))
    parts += [rect(left + answer * side, top + spoken * side, side, side, stroke=palette.FOURTH, stroke_width=4),
              text(right, 20, f"spoken “{words[spoken]}”, heard “{words[answer]}”: {len(rows)}", anchor="start",
                   bold=True, size=14)]
    if len(rows):
        row = rows[k]
        first = np.argsort(-all_.p[row], kind="stable")[:3]
        parts += [text(right, 44, f"number {k + 1} of {len(rows)}: {all_.voice[row]}", anchor="start"),
                  _wave(all_.waveforms[row], right, top, 330, 70, title="waveform"),
                  _mel_image(seen(all_.waveforms[row]), right, top + 86, 330, 160, title="log-mel spectrogram"),
                  _bars([words[i] for i in first], all_.p[row][first], right + 60, top + 290, 220, 66)]
    return drawing(900, 424, *parts, title=f"{words[spoken]} heard as {words[answer]}: {len(rows)}")


def _confusion_readout(state, found):
    """The framed cell, the utterance in the player, the whole matrix."""
    vocabulary, counts, rows, k = found
    words, all_, spoken, answer = _words(vocabulary), heard(vocabulary), state["spoken"], state["heard"]
    told = (f"Speakers held out say “{words[spoken]}” {counts[spoken].sum()} times; heard as “{words[answer]}”: "
            f"{counts[spoken, answer]}. ")
    if len(rows):
        told += (f"In the player: number {k + 1} of {len(rows)}, {all_.voice[rows[k]]}, probability "
                 f"{all_.p[rows[k], answer]:.2f}. ")
    right, all_of_them = np.trace(counts), counts.sum()
    return told + f"In all {right} of {all_of_them} are right, {100 * right / all_of_them:.1f} %."


def _next_mistake(vocabulary, state):
    """The next cell off the diagonal that holds utterances."""
    counts = confusions(vocabulary).copy()
    n = len(counts)
    np.fill_diagonal(counts, 0)
    order = (np.arange(n * n) + state["spoken"] * n + state["heard"] + 1) % (n * n)
    found = order[counts.ravel()[order] > 0]
    return {"turn": 0} | ({"spoken": int(found[0] // n), "heard": int(found[0] % n)} if len(found) else {})


def confusion_explorer(vocabulary="digits"):
    """The confusion matrix of the speakers held out; the utterances of each cell can be heard one after the other."""
    words = _words(vocabulary)
    options = [(word, i) for i, word in enumerate(words)]
    counts = confusions(vocabulary) * (1 - np.eye(len(words), dtype=int))
    spoken, answer = divmod(int(counts.argmax()), len(words))           # the commonest mistake

    def sound_of(state, found):
        return wav_bytes(heard(vocabulary).waveforms[found.rows[found.k]] if len(found.rows) else np.zeros(RATE // 10))
    return Explorer(
        alt="A matrix of counts: rows are words spoken, columns are words heard, dark is many; beside it one utterance "
            "of the framed cell. "
            "Choose row and column, then play the cell.",
        picture=_confusion_picture, readout=_confusion_readout, compute=lambda state: framed(vocabulary, state),
        sound=sound_of, plays=("Play the next of the cell", "Play the next mistake"),
        controls={"spoken": slider("Spoken", spoken, 0, 0, options=options, tooltip="The row: what the voice says"),
                  "heard": slider("Heard", answer, 0, 0, options=options,
                                  tooltip="The column: what the network answers")},
        memory={"turn": 0},
        actions={"Play the next of the cell": lambda state: {"turn": state["turn"] + 1},
                 "Play the next mistake": lambda state: _next_mistake(vocabulary, state)})


# ---- where the network looked --------------------------------------------------------------------------------

@cache
def precise_networks():
    """``networks("digits")`` in 64 bits, so that a drawing of their gradients is the same on every machine."""
    return commands.load_networks("digits", held_out=True, dtype=float)


WINNER = "the winner"


def looked_at(state):
    """(row in ``heard``, what the network sees, label of the score, score, gradient)."""
    all_, row = heard("digits"), int(said("digits", state["spoken"])[state["voice"] - 1])
    label = int(all_.p[row].argmax()) if state["of"] == WINNER else DIGITS.index(state["of"])
    picture = seen(all_.waveforms[row])
    return (row, picture, label, *commands.score_gradient(precise_networks(), picture[np.newaxis], label))


def looked_at_picture(state, found):
    """What the network sees, and the gradient of one word's score beside it."""
    _, picture, label, _, gradient = found
    left, right, width, height, top, floor = 60, 510, 370, 230, 66, 392
    names = f"what the network sees of “{DIGITS[state['spoken']]}”", f"gradient of the score of “{DIGITS[label]}”"
    size = np.abs(gradient).sum(axis=0)
    steps = [(right + (t + 0.5) * width / len(size), floor - 40 * v / (size.max() or 1.0)) for t, v in enumerate(size)]
    return drawing(
        900, 416, text(left, 24, names[0], anchor="start", bold=True, size=14),
        text(right, 24, names[1], anchor="start", bold=True, size=14),
        text(left, 48, "yellow: loud", anchor="start"),
        text(right, 48, "purple: louder here raises the score; orange: lowers it", anchor="start"),
        _mel_image(picture, left, top, width, height, title=names[0]),
        _mel_image(gradient, right, top, width, height, title=names[1], top_value=float(np.abs(gradient).max()) or 1.0),
        polyline(steps, stroke=palette.GRADIENT), line(right, floor, right + width, floor, stroke=palette.FAINT),
        text(right, floor + 16, "Σ |gradient| over the bands", anchor="start", size=11),
        title=f"gradient of the score of {DIGITS[label]} for a spoken {DIGITS[state['spoken']]}")


def looked_at_readout(state, found):
    """Answer, score, the strongest cell, and how concentrated the gradient is."""
    row, _, label, score, gradient = found
    all_ = heard("digits")
    band, column = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    sizes = np.sort(np.abs(gradient).ravel())[::-1]
    half = np.searchsorted(np.cumsum(sizes), sizes.sum() / 2) + 1
    return (f"Spoken: {DIGITS[state['spoken']]} by {all_.voice[row]}; heard: {DIGITS[all_.p[row].argmax()]}, "
            f"probability {all_.p[row].max():.2f}. "
            f"Score of “{DIGITS[label]}”: {decimals(score, 2)}. Strongest cell: "
            f"{START + (column + 0.5) * commands.HOP / RATE:.2f} s, "
            f"{commands.CENTRES[band]:.0f} Hz, gradient {decimals(gradient[band, column], 3)}. "
            f"Half of all |gradient| lies in {100 * half / gradient.size:.0f} % of the {gradient.size} cells.")


def looked_at_explorer():
    """Backpropagation to the spectrogram: where a louder cell would raise or lower the score of a word."""
    unheard = sum(held for _, held in voices("digits"))
    return Explorer(
        alt="The spectrogram of a spoken digit, and beside it the gradient of a word's score at every cell, purple "
            "where louder raises it, "
            "orange where it lowers it. Choose the digit, the voice and the word whose score is asked.",
        picture=looked_at_picture, readout=looked_at_readout, compute=looked_at,
        controls={"spoken": slider("Digit spoken", 7, 0, 9, tooltip="The digit that the voice says"),
                  "voice": slider("Voice", 1, 1, unheard, tooltip="Its number among those of speakers held out"),
                  "of": choice("Score of", [WINNER, *DIGITS], WINNER,
                               tooltip="Whose score is differentiated; the winner is the word heard")})


# ---- one's own voice -----------------------------------------------------------------------------------------

EXPECTED = {"ten digits": "digits", "ten commands": "commands"}


@cache
def _example():
    """What stands there before anyone has spoken: a synthetic voice."""
    return wav_bytes(sound(WORD), RATE)


def _plain(error):
    """The words of an error without the name of the function that raised it."""
    words = re.sub(r"^\w+:? ", "", str(error), count=1)
    return words[0].upper() + words[1:] + ("" if words[-1] in ".?" else ".")


class Answer(NamedTuple):
    """What was heard: samples, word (None: none of them) and probability; or, without samples, what went wrong."""

    x: np.ndarray | None
    word: str | None
    probability: float
    fault: str


def _answer(recognise, wav, expected):
    """``Answer`` to a recording, or to the example if there is none."""
    try:
        x = resample(*read_wav(_example() if wav is None else wav), RATE)
        word, probability = recognise(x, RATE, vocabulary=EXPECTED[expected])
    except ValueError as error:                         # its words are shown
        return Answer(None, None, 0.0, _plain(error))
    return Answer(x, word, float(probability), "")


@cache
def _all_voices(vocabulary):
    return commands.load_networks(vocabulary)


def _recognise(waveform, rate, vocabulary="digits"):
    return commands.recognise(_all_voices(vocabulary), waveform, rate, VOCABULARIES[vocabulary])


def microphone_explorer(recognise=_recognise):
    """The learner's own voice: recorded in the browser or chosen as a WAV file, recognised by ``recognise``.

    recognise   ``recognise(waveform, rate, vocabulary="digits") -> (word, probability)``, None for none of the words;
                ValueError for what is no sound of one

    The sound goes from the browser to the kernel of this notebook and nowhere else; nothing is saved.
    """
    def received(file):
        picker.value = ()
        return {"wav": bytes(file.content), "name": file.name}

    picker = file_upload("Choose a WAV file", ".wav", tooltip="A recording of one word, uncompressed WAV of any rate")
    explorer = Explorer(
        alt="The waveform and the spectrogram of one spoken word with the network's answer; at first a synthetic "
            "voice. "
            "Press Record and say a word, or choose a WAV file.",
        picture=_heard_picture, readout=_heard_readout,
        compute=lambda state: _answer(recognise, state["wav"], state["expected"]), upload=(picker, received),
        sound=lambda state, answer: _example() if state["wav"] is None else state["wav"],
        controls={"expected": choice("Expected", list(EXPECTED), tooltip="The words among which the network chooses")},
        memory={"wav": None, "name": ""})
    script = files("course_lib.widgets").joinpath("microphone.js").read_text(encoding="utf-8")
    recorder = ipw.Output(outputs=({"output_type": "display_data", "data": {"application/javascript": script},
                                    "metadata": {}},))
    explorer.add_class("microphone-explorer")
    explorer.children = (recorder, *explorer.children)
    return explorer


def _heard_picture(state, answer):
    """Waveform above, the network's input below, the answer at the right."""
    x, word, probability, _ = answer
    left, width, right = 70, 520, 630
    parts = [text(left, 22, "waveform", anchor="start", bold=True),
             text(left, 172, "what the network sees: 32 mel bands of the second around the word", anchor="start",
                  bold=True)]
    if x is None:
        parts += [rect(left, 32, width, 80, stroke=palette.FAINT), rect(left, 182, width, 200, stroke=palette.FAINT),
                  text(left + width / 2, 286, "no answer", size=16)]
    else:
        parts += [_wave(x, left, 32, width, 80, title="waveform"), _seconds(left, 112, width, len(x) / RATE),
                  _mel_image(seen(x), left, 182, width, 200, title="log-mel spectrogram"),
                  text(right, 210, "heard", anchor="start", bold=True),
                  text(right, 246, word or "none of them", anchor="start", size=30, bold=True,
                       fill=palette.FORWARD if word else palette.INK),
                  rect(right, 266, 220, 18, stroke=palette.FAINT),
                  rect(right, 266, 220 * probability, 18, fill=palette.FORWARD),
                  text(right, 306, f"probability {probability:.2f}"
                       + (", of the likeliest word" if not word else "" if probability >= 0.5 else ": not sure"),
                       anchor="start")]
    return drawing(900, 420, *parts, title=f"heard: {word or 'nothing'}")


def _heard_readout(state, answer):
    """Where the sound came from, the answer or why there is none, and the words to choose from."""
    x, word, probability, fault = answer
    words = VOCABULARIES[EXPECTED[state["expected"]]]
    source = "Example, a synthetic voice: " if state["wav"] is None else f"{state['name']}: "
    sure = "" if probability >= 0.5 else ", so not sure"
    found = (f"{word}, probability {probability:.2f}{sure}" if word
             else f"none of them; the likeliest has {probability:.2f}")
    told = f"no answer. {fault}" if fault else f"{len(x) / RATE:.2f} s. Heard: {found}."
    return f"{source}{told} Say one of these 10 words: {', '.join(words)}."


EXPLORERS = {"window": window_explorer, "utterance": utterance_explorer, "confusion": confusion_explorer,
             "looked_at": looked_at_explorer,
             "microphone": microphone_explorer}
