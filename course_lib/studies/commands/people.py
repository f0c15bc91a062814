"""Words spoken by people: a folder of recordings judged, and what was measured on people with the stored networks."""

import numpy as np

from course_lib.data import Commands, load_recordings
from course_lib.data.files import read_bytes
from course_lib.studies.commands.judging import THRESHOLD, answers
from course_lib.studies.commands.sound import prepare
from course_lib.studies.judged import judged, report_of, two_errors

FIGURES = "people_figures.csv"


def judge_recordings(recordings, nets, words, *, threshold=THRESHOLD, facts=None):
    """How well networks understand recordings: a ``Report``, by word and by speaker, with intervals over speakers.

    recordings   a folder, read with ``load_recordings``, or ``Commands``
    nets         a network with an output for each of ``words`` and one for none, or a list of such (``load_networks``)
    threshold    a word needs this probability; less, and there is no answer, which counts as not right

    Recordings of other words than ``words`` are judged by the threshold alone: of them, those that get an answer are
    its false accepts; its false rejects are words of ``words`` that get none.
    """
    spoken, words = recordings if isinstance(recordings, Commands) else load_recordings(recordings), list(words)
    for word, voice, waveform in zip(spoken.word, spoken.voice, spoken.waveforms):
        try:
            prepare(waveform)
        except ValueError as error:
            raise ValueError(f"judge_recordings: {word} by {voice}: {error}; record it again, or take it out") from None
    known = np.isin(spoken.word, words)
    if not known.any():
        raise ValueError(f"judge_recordings: none of the recordings is one of the words {', '.join(words)}; "
                         f"there are {', '.join(np.unique(spoken.word))}")
    p = answers(nets, spoken.waveforms)
    if p.shape[1] != len(words) + 1:
        raise ValueError(f"judge_recordings: the network has {p.shape[1]} outputs; it needs {len(words) + 1}, one for "
                         "each word and one for none of them")
    best, sure = p[:, :-1].argmax(axis=1), p[:, :-1].max(axis=1) >= threshold
    heard = [words[i] if ok else None for i, ok in zip(best, sure)]
    errors = two_errors(sure, known, spoken.speaker, f"probability {threshold:g} or more")
    rows = np.flatnonzero(known)
    return judged(spoken.word[rows], [heard[i] for i in rows], spoken.speaker[rows], unit="speaker", errors=errors,
                  facts={"command": "course_lib.studies.commands.judge_recordings",
                         "data": "recordings of the reader's own", "words": ", ".join(words), **(facts or {})})


def people_figures():
    """The stored figures of people's voices: a ``Report``; no recordings."""
    return report_of(read_bytes(FIGURES))
