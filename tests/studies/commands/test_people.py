"""Recordings of people: a folder judged, and the figures that were measured outside."""

import numpy as np
import pytest

from course_lib.data import DIGITS, DIGITS_JA, load_commands, load_other_words, load_readings, wav_bytes
from course_lib.data.commands import Commands
from course_lib.studies.commands import answers, judge_recordings, load_networks, people_figures
from course_lib.studies.commands.networks import sliding_network

ENGLISH, OTHER = load_commands("en"), load_other_words("unheard")
SOME = ENGLISH.take(np.flatnonzero(np.isin(ENGLISH.word, ("two", "six")) & (ENGLISH.engine == "flite")))


def folder_of(path, *parts):
    for part in parts:
        for i, waveform in enumerate(part.waveforms):
            speaker = part.voice[i].replace("_", "-")                       # no part of a word
            (path / f"{part.word[i]}_{speaker}_{i}.wav").write_bytes(wav_bytes(waveform))
    return path


def test_a_folder_is_judged_by_word_by_speaker_and_by_the_threshold(tmp_path):
    others = OTHER.take(np.flatnonzero(OTHER.engine == "espeak-ng")[:10])
    nets = load_networks("digits", held_out=True)
    report = judge_recordings(folder_of(tmp_path, SOME, others), nets, DIGITS, threshold=0.7)
    p = answers(nets, SOME.waveforms)[:, :10]
    right = (np.array(DIGITS)[p.argmax(axis=1)] == SOME.word) & (p.max(axis=1) >= 0.7)
    [all_], [accepts, rejects] = report.part("all"), report.part("threshold")
    assert all_.number == len(SOME.word) and all_.units == len({*SOME.voice})
    assert all_.share == pytest.approx(right.mean(), abs=0.03)              # wav_bytes rounds to 16 bits
    assert {row.name for row in report.part("is")} == {"two", "six"}
    assert accepts.number == 10 and "probability 0.7 or more" in accepts.name
    assert accepts.share == pytest.approx((answers(nets, others.waveforms)[:, :10].max(axis=1) >= 0.7).mean(), abs=0.1)
    assert rejects.number == len(SOME.word) and rejects.share == pytest.approx((p.max(axis=1) < 0.7).mean(), abs=0.03)
    assert report.origin["words"].startswith("zero, one") and "reader's own" in report.origin["data"]
    with pytest.raises(FileExistsError, match="exists and stays as it is"):
        report.write(report.write(tmp_path / "mine.csv"))


def test_what_cannot_be_judged_is_told_with_the_remedy():
    silent = Commands([np.zeros(4000, np.float32)], *(np.array([name]) for name in ("two", "anna", "person", "en")))
    nets = load_networks("digits", held_out=True)
    with pytest.raises(ValueError, match="silent.*this is two by anna; record it again, or take it out"):
        judge_recordings(silent, nets, DIGITS)
    with pytest.raises(ValueError, match="none of the recordings is one of the words zero, one.*there are "):
        judge_recordings(OTHER.take(slice(0, 3)), nets, DIGITS)
    with pytest.raises(ValueError, match="10 outputs; it needs 11, one for each word and one for none"):
        judge_recordings(SOME, sliding_network(10, rng=np.random.default_rng(0), maps=4), DIGITS)
    for threshold in (90, None, -0.1):
        with pytest.raises(ValueError, match="judge_recordings: threshold must lie between 0 and 1, got"):
            judge_recordings(SOME, nets, DIGITS, threshold=threshold)
    with pytest.raises(FileNotFoundError, match="no folder"):
        judge_recordings("nowhere", nets, DIGITS)


def test_other_readings_of_japanese_digits_are_their_digits():
    readings = load_readings()
    report = judge_recordings(readings.take(readings.engine == "kokoro"), load_networks("digits_ja"), DIGITS_JA)
    assert {row.name for row in report.part("is")} == {"ja_0", "ja_4", "ja_7", "ja_9"}
    assert report.part("threshold")[0].number == 0 and report.part("all")[0].share > 0.7       # they learnt from these


def test_the_figures_of_people_agree_with_one_another():
    report = people_figures()
    [all_] = report.part("all")
    for part in ("is", "by unit"):
        rows = report.part(part)
        assert sum(row.number for row in rows) == all_.number
        assert np.average([row.share for row in rows], weights=[row.number for row in rows]) == pytest.approx(
            all_.share, abs=0.006)
    wrong = {row.name: 1 - row.share for row in report.part("is")}
    taken = {}
    for row in report.part("taken for"):
        taken[row.name] = taken.get(row.name, 0) + row.share
    assert all(share <= wrong[name] + 0.006 for name, share in taken.items())
    assert "not shipped" in report.origin["data"] and "30 November 2026" in report.origin["data"]
