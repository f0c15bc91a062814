"""Words spoken by people: a folder of recordings judged, and what was measured on people with earlier networks."""

from pathlib import Path

import numpy as np

from course_lib.data import DIGITS, READINGS, Commands, load_commands, load_other_words, load_recordings, wav_bytes
from course_lib.data.files import read_bytes
from course_lib.studies.commands.judging import THRESHOLD, answers, check_threshold, held_out
from course_lib.studies.commands.no_word import no_words
from course_lib.studies.commands.sound import prepared
from course_lib.studies.reports import limits, recognition_report, report_of, said, two_errors

FIGURES = "people_figures.csv"


def judge_recordings(recordings, nets, words, *, threshold=THRESHOLD, facts=None):
    """How well networks understand recordings: a ``Report``, by word and by speaker, with intervals over speakers.

    recordings   a folder, read with ``load_recordings``, or ``Commands``
    nets         a network with an output for each of ``words`` and one for none, or a list of such (``load_networks``)
    threshold    a word needs this probability; less, and there is no answer, which counts as not right

    For Japanese digits the other readings (``READINGS``: rei, shi, ...) count as their digits. Recordings of other
    words than ``words`` are judged by the threshold alone: of them, those that get an answer are
    its false accepts; its false rejects are words of ``words`` that get none.
    """
    spoken, words = recordings if isinstance(recordings, Commands) else load_recordings(recordings), list(words)
    check_threshold("judge_recordings", threshold)
    spoken = spoken._replace(word=np.array([READINGS[word] if READINGS.get(word) in words else word
                                            for word in spoken.word.tolist()]))
    known = np.isin(spoken.word, words)
    if not known.any():
        raise ValueError(f"judge_recordings: none of the recordings is one of the words {', '.join(words)}; "
                         f"there are {', '.join(np.unique(spoken.word))}")
    names = [f"{word} by {voice}; record it again, or take it out" for word, voice in zip(spoken.word, spoken.voice)]
    p = answers(nets, spoken.waveforms, names=names)
    if p.shape[1] != len(words) + 1:
        raise ValueError(f"judge_recordings: the network has {p.shape[1]} outputs; it needs {len(words) + 1}, one for "
                         "each word and one for none of them")
    best, sure = p[:, :-1].argmax(axis=1), p[:, :-1].max(axis=1) >= threshold
    heard = [words[i] if ok else None for i, ok in zip(best, sure)]
    errors = two_errors(sure, known, spoken.speaker, f"probability {threshold:g} or more")
    rows = np.flatnonzero(known)
    facts = {"command": "course_lib.studies.commands.judge_recordings", "data": "recordings of the reader's own",
             "words": ", ".join(words), **(facts or {})}
    return recognition_report(spoken.word[rows], [heard[i] for i in rows], spoken.speaker[rows], unit="speaker",
                              errors=errors, facts=facts)


def write_examples(folder):
    """Recordings to try ``judge_recordings`` with: digits by three voices of ``HELD_OUT``, and some other words."""
    digits, others = load_commands("en").of(DIGITS)[0], load_other_words("unheard").take(slice(0, None, 12))
    chosen = digits.take(np.isin(digits.voice, ("awb", "af_kore", "bm_fable")))
    for take, spoken in enumerate((chosen, others)):
        for word, voice, waveform in zip(spoken.word, spoken.voice, spoken.waveforms):
            name = f"{word}_{voice.replace('_', '-')}_{take}.wav"           # what stands between two _ is the speaker
            (Path(folder) / name).write_bytes(wav_bytes(waveform))


def how_sure(net):
    """How sure a network for English digits that never heard ``HELD_OUT`` is of its likeliest word, for what is a digit
    and for what is none: ``{what: probabilities (n,)}``.

    The digits are those of ``HELD_OUT``, with 0 where the likeliest word is not the one spoken; the other words were
    used in no training, most by speakers who were heard; 200 sounds are made by rule (``no_words``).
    """
    spoken, t = load_commands("en").of(DIGITS)
    rows, other = np.flatnonzero(held_out(spoken)), load_other_words("unheard")
    language = np.where(np.isin(other.language, ("ja", "en")), other.language, "others")
    p = answers(net, spoken.take(rows).waveforms)[:, :len(DIGITS)]
    sure = {"digits, understood": np.where(p.argmax(axis=1) == t[rows], p.max(axis=1), 0)}
    sounds = {f"words, {name}": other.take(language == name).waveforms for name in ("ja", "en", "others")}
    sounds["made by rule"] = list(no_words(prepared(other.waveforms), 200, np.random.default_rng(12)))
    return sure | {name: answers(net, those)[:, :len(DIGITS)].max(axis=1) for name, those in sounds.items()}


def recipe_table():
    """Rows and header of a table: what the recipe did, on people and on synthetic strangers (``people_figures``)."""
    report = people_figures()
    return ([[who, row.name, said(row.share) or limits(row)] for who, part in
             (("people", "recipe"), ("synthetic strangers", "synthetic strangers")) for row in report.part(part)],
            ["judged by", "trained", "right"])


def people_figures():
    """The stored figures of people's voices: a ``Report``; no recordings."""
    return report_of(read_bytes(FIGURES))
