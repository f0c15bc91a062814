"""The explorers of lesson 12: the numbers shown are the library's, the players hold what is shown,
bad recordings are told."""

import datetime
import re

import numpy as np
import pytest
from traitlets import Bunch

from course_lib.data import DIGITS, VOCABULARIES, load_commands, read_wav
from course_lib.data.sound import RATE, wav_bytes
from course_lib.metrics import confusion_matrix
from course_lib.rules.spectra import dft_matrices, hann
from course_lib.studies import commands
from course_lib.widgets import Explorer, slider
from course_lib.widgets import lesson12 as w


def line(explorer):
    return explorer.shown().readout


def played(explorer):
    """The samples in the player, whose file is 16-bit PCM of the corpus's rate."""
    x, rate = read_wav(explorer.player.value)
    assert rate == RATE
    return x


# ---- a player ----------------------------------------------------------------------------------------------------

def test_only_the_buttons_named_start_the_player():
    explorer = Explorer(alt="A tone, for a test of the player. Move the slider.", picture=lambda s: "<svg/>",
                        readout=lambda s: f"{s['n']}",
                        controls={"n": slider("Number", 1, 1, 9)}, sound=lambda s: wav_bytes(np.full(4, s["n"] / 10)),
                        actions={"Next": lambda s: {"n": s["n"] + 1}, "Back": lambda s: {"n": s["n"] - 1}},
                        plays=("Next",))
    assert explorer.player in explorer.children and not explorer.player.autoplay and not explorer.player.loop
    for change, playing, n in ((lambda: explorer.buttons["Next"].click(), True, 2),
                               (lambda: setattr(explorer.controls["n"], "value", 7), False, 7),
                               (lambda: explorer.buttons["Next"].click(), True, 8),
                               (lambda: explorer.buttons["Back"].click(), False, 7),
                               (lambda: explorer.buttons["Reset"].click(), False, 1)):
        change()
        assert explorer.player.autoplay is playing
        np.testing.assert_allclose(played(explorer), n / 10, atol=1e-4)


def test_without_sound_there_is_no_player():
    explorer = w.window_explorer()
    assert explorer.player is None and len(explorer.children) == len(explorer.controls) + 3


# ---- window and hop ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [w.TEST, w.WORD])
@pytest.mark.parametrize("window, hop", [(4, 2.5), (32, 10.0), (128, 40.0)])
def test_the_spectrogram_is_the_matrix_product(name, window, hop):
    power, times, hertz = w.spectrogram(name, window, hop)
    n, x = 8 * window, np.pad(w.sound(name), 4 * window).astype(float)
    C, S = dft_matrices(n)
    for t in (0, len(power) // 2, len(power) - 1):
        frame = x[round(8 * hop) * t:][:n] * hann(n)
        np.testing.assert_allclose(power[t], (frame @ C) ** 2 + (frame @ S) ** 2, rtol=1e-3, atol=1e-4 * power.max())
    assert times[1] == pytest.approx(hop / 1000) and hertz[-1] == RATE / 2


def test_a_short_window_parts_the_clicks_a_long_one_the_tones_and_none_both():
    seen = {window: [depth >= w.SEPARATE for depth in w.separated(window, *w.spectrogram(w.TEST, window, 2.5))]
            for window in w.WINDOWS}
    assert seen[w.WINDOWS[0]] == [False, True] and seen[w.WINDOWS[-1]] == [True, False]
    assert [True, True] not in seen.values()
    tones, clicks = zip(*seen.values())
    # each changes once, from one end to the other
    assert list(tones) == sorted(tones) and list(clicks) == sorted(clicks, reverse=True)
    explorer = w.window_explorer()
    explorer.set(window=8, hop=10.0)
    assert "tones, 50 Hz apart, are seen as one" in line(explorer)
    assert "clicks, 30 ms apart, are seen as two" in line(explorer)
    explorer.set(window=64)
    assert "tones, 50 Hz apart, are seen as two" in line(explorer)
    assert "clicks, 30 ms apart, are seen as one" in line(explorer)


def test_the_readout_counts_frames_and_what_lies_between_them():
    explorer = w.window_explorer()
    for window in w.WINDOWS:
        for hop in w.HOPS:
            explorer.set(window=window, hop=float(hop), sound=w.WORD)
            told = line(explorer)
            n, step = 8 * window, round(8 * hop)
            found = (len(w.sound(w.WORD)) + 2 * (n // 2) - n) // step + 1
            assert f"= {n} samples" in told and f"{found} frames of {n // 2 + 1} frequencies" in told
            blur = re.search(r"Blur: (\d+) ms in time, ([\d.]+) Hz", told)
            assert int(blur[1]) / 1000 * float(blur[2]) == pytest.approx(2)
            unheard = re.search(r"(\d+) % of the samples lie in no window", told)
            assert (unheard is not None) == (hop > window)
            if unheard:
                assert int(unheard[1]) == pytest.approx(100 * (1 - window / hop), abs=0.51)


# ---- utterances --------------------------------------------------------------------------------------------------

def test_an_utterance_is_the_corpus_and_its_answer_the_networks():
    explorer, corpus = w.utterance_explorer(), load_commands()
    for changes in ({"word": 3}, {"language": "Japanese", "word": 12, "voice": 20},
                    {"language": "English", "word": 19, "voice": 40}):
        explorer.set(**changes)
        vocabulary, label, n, row = w.utterance(explorer.state)
        word, heard = VOCABULARIES[vocabulary][label], w.heard(vocabulary)
        engine, voice = heard.voice[row].split(" ", 1)
        row_there = np.flatnonzero((corpus.word == word) & (corpus.engine == engine) & (corpus.voice == voice))
        assert len(row_there) == 1
        x = corpus.waveforms[row_there[0]]
        np.testing.assert_allclose(played(explorer), x, atol=1e-4)
        p = commands.answers(w.networks(vocabulary), [x], RATE)[0][:-1]          # the last is for none
        np.testing.assert_allclose(heard.p[row], p, atol=1e-5)
        assert f"Heard: {w._words(vocabulary)[p.argmax()]}, probability {heard.p[row].max():.2f}" in line(explorer)
        assert ("right" if p.argmax() == label
                else "wrong") in line(explorer) and f"{len(x) / RATE:.2f} s" in line(explorer)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_voices_held_out_come_first_and_every_word_is_there(vocabulary):
    heard, there = w.heard(vocabulary), w.voices(vocabulary)
    held_out = [held for _, held in there]
    assert held_out == sorted(held_out, reverse=True) and 0 < sum(held_out) < len(there) / 2
    assert len(there) <= w.most_voices() and len(heard.label) == 10 * len(there)
    assert (np.bincount(heard.label) == len(there)).all()


def test_what_is_drawn_is_what_the_network_sees():
    waveform = w.heard("digits").waveforms[5]
    assert w.seen(waveform).dtype == np.float64
    np.testing.assert_allclose(w.seen(waveform), commands.features([waveform])[0, 0], atol=1e-2)
    assert w.START == pytest.approx(0.00975) and w.END == pytest.approx(0.98475)


def test_voices_held_out_are_those_that_the_stored_networks_never_heard():
    heard, corpus = w.heard("commands"), load_commands()
    unheard = {f"{e} {v}" for e, v in zip(corpus.engine[commands.held_out(corpus)],
                                          corpus.voice[commands.held_out(corpus)])}
    assert {v for v, held in zip(heard.voice, heard.held_out) if held} == unheard & set(heard.voice)
    for net, other in zip(w.networks("commands"), commands.load_networks("commands", held_out=True), strict=True):
        np.testing.assert_array_equal(net.params[0].data, other.params[0].data)


def test_the_next_voice_is_played_and_after_the_last_comes_the_first():
    explorer = w.utterance_explorer()
    for language in ("English", "Japanese"):
        explorer.set(language=language, voice=1)
        seen = []
        for _ in w.voices(w.SPEAK[language, 0]):
            seen.append(w.utterance(explorer.state)[3])
            explorer.buttons["Play the next voice"].click()
            assert explorer.player.autoplay
        assert len(set(seen)) == len(seen) and explorer.state["voice"] == 1


def test_the_count_of_voices_is_the_row_of_marks():
    explorer = w.utterance_explorer()
    explorer.set(word=9)
    heard = w.heard("digits")
    right = heard.p.argmax(axis=1) == heard.label
    nines = heard.label == 9
    unheard = nines & heard.held_out
    assert f"{right[unheard].sum()} of {unheard.sum()} voices (speaker held out)" in line(explorer)
    picture = explorer.shown().picture
    assert picture.count("●</text>") == right[nines].sum()


# ---- confusions --------------------------------------------------------------------------------------------------

def test_the_matrix_counts_the_voices_held_out():
    heard, counts = w.heard("digits"), w.confusions("digits")
    rows = np.flatnonzero(heard.held_out)
    np.testing.assert_array_equal(counts, confusion_matrix(heard.p[rows].argmax(axis=1), heard.label[rows], 10))
    assert counts.sum() == len(rows)
    for i in range(10):
        for j in range(10):
            assert len(w.cell("digits", i, j)) == counts[i, j]
    assert f"In all {np.trace(counts)} of {counts.sum()} are right" in line(w.confusion_explorer())


def test_a_cell_is_played_from_its_first_utterance_to_its_last():
    explorer, heard = w.confusion_explorer(), w.heard("digits")
    explorer.set(spoken=4, heard=4)
    rows = w.cell("digits", 4, 4)
    for k in range(len(rows) + 1):
        row = rows[k % len(rows)]
        np.testing.assert_allclose(played(explorer), heard.waveforms[row], atol=1e-4)
        assert f"number {k % len(rows) + 1} of {len(rows)}, {heard.voice[row]}" in line(explorer)
        explorer.buttons["Play the next of the cell"].click()
        assert explorer.player.autoplay


def test_mistakes_follow_one_another_and_an_empty_cell_is_silent():
    explorer, counts = w.confusion_explorer(), w.confusions("digits").copy()
    empty = np.argwhere(counts == 0)[0]
    explorer.set(spoken=int(empty[0]), heard=int(empty[1]))
    assert not played(explorer).any() and line(explorer).split(".")[0].endswith("”: 0")
    np.fill_diagonal(counts, 0)
    seen = []
    for _ in range(np.count_nonzero(counts)):
        explorer.buttons["Play the next mistake"].click()
        seen.append((explorer.state["spoken"], explorer.state["heard"]))
        assert explorer.controls["spoken"].value == seen[-1][0] and played(explorer).any()
    assert sorted(seen) == [tuple(cell) for cell in np.argwhere(counts)]


def test_the_commands_have_a_matrix_too():
    explorer = w.confusion_explorer("commands")
    assert "say “" in line(explorer) and explorer.controls["spoken"].options[0][0] == "yes"


# ---- where the network looked ------------------------------------------------------------------------------------

def test_the_gradient_is_the_slope_of_the_score():
    nets, heard, rng = w.precise_networks(), w.heard("digits"), np.random.default_rng(12)
    for row, label in ((3, 3), (17, 0)):
        picture = w.seen(heard.waveforms[row])[np.newaxis]
        # silent columns are equal: the maximum has a kink there
        picture = picture + 0.01 * rng.normal(size=picture.shape)
        score, gradient = commands.score_gradient(nets, picture, label)
        direction = rng.normal(size=picture.shape)
        up, down = (commands.score_gradient(nets, picture + step * direction, label)[0] for step in (1e-8, -1e-8))
        assert (up - down) / 2e-8 == pytest.approx((gradient * direction[0]).sum(), rel=1e-5)
        assert all(p.grad is None for net in nets for p in net.params)
        assert gradient.dtype == np.float64
    stored = commands.load_networks("digits", held_out=True)[0]
    np.testing.assert_allclose(commands.probabilities(nets, picture[np.newaxis]),
                               commands.probabilities(stored, picture[np.newaxis]), atol=1e-4)


def test_the_winner_is_the_word_with_the_largest_score():
    explorer = w.looked_at_explorer()
    scores = {}
    for of in (w.WINNER, *DIGITS):
        explorer.set(of=of)
        scores[of] = re.search(r"Score of “(\w+)”: (−?\d+\.\d+)", line(explorer)).groups()
    values = {of: float(value.replace("−", "-")) for of, (_, value) in scores.items()}
    best = max(DIGITS, key=values.get)
    assert scores[w.WINNER] == scores[best] and f"heard: {best}" in line(explorer)
    assert all(scores[of][0] == of for of in DIGITS)


# ---- one's own voice ---------------------------------------------------------------------------------------------

def chosen(explorer, content, name="mine.wav"):
    """What the browser does when a file was chosen."""
    explorer.upload.value = (Bunch(name=name, type="audio/wav", size=len(content), content=memoryview(content),
                                   last_modified=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),)


def test_a_recording_is_recognised_heard_again_and_forgotten():
    def recognise(waveform, rate, vocabulary="digits"):
        asked.append((len(waveform) / rate, vocabulary))
        return VOCABULARIES[vocabulary][4], 0.625
    asked = []
    explorer = w.microphone_explorer(recognise)
    assert "Example, a synthetic voice" in line(explorer) and "Heard: four, probability 0.62" in line(explorer)
    recording = wav_bytes(np.sin(np.arange(44100) * 0.05) * 0.5, 44100)
    chosen(explorer, recording)
    assert "mine.wav: 1.00 s. Heard: four" in line(explorer) and explorer.player.value == recording
    assert explorer.upload.value == ()
    explorer.set(expected="ten commands")
    assert "Heard: up" in line(explorer) and "yes, no, left" in line(explorer)
    assert asked[-1] == (pytest.approx(1.0), "commands")
    explorer.buttons["Reset"].click()
    assert "Example" in line(explorer) and recording not in (explorer.player.value, explorer.state["wav"])


def test_the_example_is_recognised_by_the_stored_networks():
    assert "Heard: seven" in line(w.microphone_explorer())


@pytest.mark.parametrize("content, words", [
    (b"", "empty"), (b"ID3 and more", "an MP3 file"), (wav_bytes(np.zeros(8000)), "silent"),
                                            (wav_bytes(np.full(1, 0.5)), "ms"),
    (wav_bytes(np.ones(8000) * 0.5)[:-2000], "truncated"), (wav_bytes(np.full(8000, 0.5)), "silent")])
def test_what_is_no_word_is_told_in_words_and_never_answered(content, words):
    explorer = w.microphone_explorer()
    chosen(explorer, content, "take.wav")
    assert "take.wav: no answer." in line(explorer) and words in line(explorer)
    assert "Heard" not in line(explorer) and "no answer" in explorer.shown().picture
    assert "read_wav" not in line(explorer) and "prepare" not in line(explorer)


def test_the_script_that_records_keeps_the_sound_in_the_page():
    explorer = w.microphone_explorer()
    script = explorer.children[0].outputs[0]["data"]["application/javascript"]
    assert "getUserMedia" in script and "microphone-explorer" in explorer._dom_classes
    assert not re.search(r"https?:|fetch\(|XMLHttp|WebSocket|sendBeacon|localStorage|indexedDB|import\(",
                         script.replace("https addresses", ""))
    for reason in ("NotAllowedError", "NotFoundError", "NotReadableError"):
        assert f"{reason}: `" in script


@pytest.mark.parametrize("factory", w.EXPLORERS.values(), ids=w.EXPLORERS)
def test_pictures_are_small(factory):
    explorer = factory()
    sizes = [len(explorer.shown().picture)]
    if "hop" in explorer.controls:
        sizes += [len(explorer.shown({"sound": s, "window": v, "hop": 2.5}).picture) for s in (w.TEST, w.WORD)
                  for v in w.WINDOWS]
    assert max(sizes) < 100_000


# ---- the words ---------------------------------------------------------------------------------------------------

def words_of(explorer):
    return re.findall(r"<text[^>]*>(?:<title>[^<]*</title>)?([^<]*)<", explorer.shown().picture)


def test_right_and_wrong_are_told_for_every_voice():
    explorer, seen = w.utterance_explorer(), set()
    heard = w.heard("digits")
    word = int(heard.label[heard.p.argmax(axis=1) != heard.label][0])           # one that is not always understood
    explorer.set(word=word)
    for voice in range(1, len(w.voices("digits")) + 1):
        explorer.set(voice=voice)
        *_, row = w.utterance(explorer.state)
        right = heard.p[row].argmax() == word
        assert f"; {'right' if right else 'wrong'}. This word" in line(explorer)
        seen.add(bool(right))
    assert seen == {True, False}
    rights = heard.p[heard.label == word].argmax(axis=1) == word
    assert [mark for mark in words_of(explorer) if mark in ("●", "×")] == ["●" if right else "×" for right in rights]
    assert [shown for shown in words_of(explorer) if shown.startswith("▸ ")][0] == f"▸ {DIGITS[word]}"


def test_where_none_of_the_words_was_heard_it_says_so():
    explorer = w.microphone_explorer(lambda waveform, rate, vocabulary="digits": (None, 0.31))
    assert "Heard: none of them; the likeliest has 0.31. Say" in line(explorer)
    assert "none of them" in words_of(explorer) and "probability 0.31, of the likeliest word" in words_of(explorer)


@pytest.mark.parametrize("probability, unsure", [(0.3, True), (0.5, False), (0.9, False)])
def test_an_answer_below_one_half_is_called_unsure(probability, unsure):
    explorer = w.microphone_explorer(lambda waveform, rate, vocabulary="digits": ("four", probability))
    assert f"probability {probability:.2f}{', so not sure' if unsure else ''}. Say" in line(explorer)
    assert f"probability {probability:.2f}{': not sure' if unsure else ''}" in words_of(explorer)
