"""The corpus of spoken words, how it is packed, and folders of recordings."""

import hashlib
import os
import subprocess
import sys
import unicodedata
import wave

import numpy as np
import pytest

from course_lib import load_commands, load_other_words, load_readings, load_recordings
from course_lib.data import COMMANDS, COMMANDS_JA, DIGITS, DIGITS_JA, READINGS, VOCABULARIES, wav_bytes, words_of
from course_lib.data.commands import speaker_of
from course_lib.data.files import CHECKSUMS
from course_lib.data.sound import from_mu_law
from course_lib.studies.commands.pack import pack

RATE = 8000
OTHER_WORDS, OTHER_READINGS = 976, 210
SHORTEST = {load_other_words: 0.15, load_readings: 0.1}      # s
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / RATE)


# ---- the corpus -------------------------------------------------------------------------------------------------

def test_the_corpus_is_what_is_promised():
    c = load_commands()
    n = len(c.waveforms)
    assert n >= 2000 and {len(a) for a in (c.word, c.voice, c.engine, c.language)} == {n}
    assert set(c.word) == {*DIGITS, *COMMANDS, *DIGITS_JA, *COMMANDS_JA} and len(set(c.word)) == 40
    assert {"kokoro", "espeak-ng", "openjtalk", "flite"} <= set(c.engine)
    assert all(w.dtype == np.float32 and w.ndim == 1 for w in c.waveforms)
    peaks = np.array([np.abs(w).max() for w in c.waveforms])
    assert peaks.max() <= 1 and peaks.min() > 0.05
    seconds = np.array([len(w) for w in c.waveforms]) / RATE
    assert 0.08 < seconds.min() and seconds.max() < 2
    assert np.all((c.language == "en") == np.isin(c.word, DIGITS + COMMANDS))


def test_each_language_is_a_part_and_each_engine_speaks_every_word_of_it():
    en, ja = load_commands("en"), load_commands("ja")
    assert len(en.waveforms) + len(ja.waveforms) == len(load_commands().waveforms)
    assert set(en.language) == {"en"} and set(ja.language) == {"ja"}
    for part in (en, ja):
        for engine in set(part.engine):
            assert len(set(part.word[part.engine == engine])) in (10, 20), engine


def test_no_utterance_is_there_twice():
    assert len({w.tobytes() for w in load_commands().waveforms}) == len(load_commands().waveforms)


def test_rows_and_words_can_be_taken():
    c = load_commands("en")
    some, labels = c.take(c.engine == "flite").of(DIGITS)
    assert set(some.engine) == {"flite"} and len(labels) == len(some.waveforms) and labels.max() == 9
    assert all(DIGITS[label] == word for label, word in zip(labels, some.word))
    np.testing.assert_array_equal(c.take([3, 1]).waveforms[1], c.waveforms[1])


def test_a_vocabulary_means_the_same_word_by_word():
    assert set(VOCABULARIES) == {"digits", "commands", "digits_ja",
                                 "commands_ja"} and all(len(v) == 10 for v in VOCABULARIES.values())
    assert dict(zip(COMMANDS_JA, COMMANDS))["migi"] == "right"


def test_a_speaker_is_a_voice_without_what_was_set_at_a_knob():
    c = load_commands()
    speakers = {engine: {*c.speaker[c.engine == engine]} for engine in {*c.engine.tolist()}}
    assert {e: len(names) for e, names in speakers.items()} == {
        "espeak-ng": 32, "flite": 4, "kokoro": 51, "openjtalk": 2, "pico": 2}
    assert speakers["flite"] == {"flite awb", "flite kal", "flite rms", "flite slt"}
    assert speakers["openjtalk"] == {"openjtalk mei", "openjtalk nit"}
    one = lambda engine, *voices: len({speaker_of(voice, engine) for voice in voices}) == 1     # noqa: E731
    assert one("espeak-ng", "en-us-f1", "ja-f1") and one("flite", "kal", "kal16", "kal16_1.25")
    assert one("pico", "en-GB_1_1", "en-GB_0.85_0.8") and not one("pico", "en-GB_1_1", "en-US_1_1")
    assert one("kokoro", "em_santa", "pm_santa") and not one("kokoro", "em_santa", "am_santa")
    assert speaker_of("anna", "person") != speaker_of("ben", "person") == "person ben"


def test_most_who_speak_japanese_speak_english_too():
    en, ja = load_commands("en"), load_commands("ja")
    assert len({*ja.speaker}) == 32 and len({*ja.speaker} & {*en.speaker}) == 30


def test_an_unknown_language_and_a_damaged_file_are_refused(monkeypatch):
    with pytest.raises(ValueError, match='language must be "en", "ja" or None.*"fr"|\'fr\''):
        load_commands("fr")
    monkeypatch.setitem(CHECKSUMS, "commands.npz", "0" * 64)
    with pytest.raises(ValueError, match="commands.npz is damaged"):
        load_commands()


def test_rows_that_do_not_exist_or_are_none_are_told():
    c = load_commands("en")
    assert c.take(7).word.tolist() == c.take([7]).word.tolist() == c.take(slice(7, 8)).word.tolist() == [c.word[7]]
    assert c.take(np.argwhere(c.word == "seven")).word.tolist() == c.take(c.word == "seven").word.tolist()
    for rows in ([len(c.word)], np.ones(7, bool), [0.5], ["one"], [], None):
        with pytest.raises((IndexError, ValueError), match="^Commands.take: "):
            c.take(rows)
    with pytest.raises(ValueError,
                       match="none of the 1780 utterances is chosen; the engines are espeak-ng, flite, kokoro"):
        c.take(c.engine == "siri")


def test_words_that_nobody_knows_stand_twice_or_are_not_spoken_are_told():
    c = load_commands("en")
    for words, message in ((["seven", "sevn"], "'sevn' is unknown, got .* the words spoken are backward, .*zero"),
                           (["one", "one"], "each must stand there once"), ([], "one be spoken"),
                           (DIGITS_JA, "one be spoken")):
        with pytest.raises(ValueError, match=message):
            c.of(words)
    with pytest.raises(TypeError, match="got the text 'seven'; put it in brackets"):
        c.of("seven")
    few, labels = c.take(np.isin(c.word, ["three", "nine"])).of(DIGITS)         # the others keep their places
    assert set(few.word) == {"three", "nine"} and set(labels) == {3, 9}


def test_the_words_of_a_vocabulary():
    assert words_of("digits") == DIGITS and words_of("commands_ja") == COMMANDS_JA
    for other in ("colours", None, ["digits"], 3):
        with pytest.raises(ValueError, match="vocabulary must be one of digits, commands, digits_ja, commands_ja, got"):
            words_of(other)


def test_packing_trims_resamples_leaves_out_what_is_there_twice_and_repeats(tmp_path):
    word = np.concatenate([np.zeros(3000), TONE, np.zeros(3000)])
    for name, sounds, rate in (("a", [word, 0.5 * word, word], 8000), ("b", [np.repeat(word, 2)], 16000)):
        audio = np.rint(32767 * np.concatenate(sounds)).astype(np.int16)
        np.savez(tmp_path / f"{name}.npz", audio=audio, lengths=[len(s) for s in sounds], sr=rate,
                 word=["one"] * len(sounds), voice=list("xyz")[:len(sounds)], engine=["e"] * len(sounds))
    sources = [tmp_path / "a.npz", tmp_path / "b.npz"]
    checksum = pack(sources, tmp_path / "packed.npz")
    assert checksum == hashlib.sha256((tmp_path / "packed.npz").read_bytes()).hexdigest()
    assert checksum == pack(sources, tmp_path / "again.npz")
    with np.load(tmp_path / "packed.npz") as file:
        assert [str(file["names"][v]) for v in file["voice"]] == ["x", "y", "x"]        # z said what x had said
        assert all(1000 < n < 1200 for n in file["lengths"]) and file["lengths"].sum() == len(file["codes"])
        first = from_mu_law(file["codes"][:file["lengths"][0]])
        assert abs(np.abs(first).max() - 0.5) < 0.02


def stored(path, **changes):
    """A file for ``pack`` with two words, and something changed."""
    parts = dict(audio=np.rint(32767 * np.concatenate([TONE, TONE[::-1]])).astype(np.int16), lengths=[800, 800],
                 sr=RATE,
                 word=["one", "two"], voice=["x", "x"], engine=["e", "e"]) | changes
    np.savez(path, **{name: part for name, part in parts.items() if part is not None})
    return path


@pytest.mark.parametrize("changes, message", [
    (dict(audio=None), "must hold audio, lengths, sr, word, voice, engine; it holds lengths"),
    (dict(audio=np.zeros(1600)),
     "16-bit samples .int16., as many as its lengths add up to .1600.; got 1600 of float64"),
    (dict(lengths=[800, 700]), "add up to .1500.; got 1600 of int16"), (dict(word=["one"]), "zip"),
    (dict(sr=0), "rate must be"), (dict(audio=np.zeros(1600, np.int16)), "an utterance of 800 samples is silent"),
    (dict(audio=np.full(80_000, 9000, np.int16), lengths=[70_000, 10_000]),
     "one, x, e lasts 8.75 s; a word takes 8.19 s"),
])
def test_what_cannot_be_packed_is_told_and_nothing_is_written(changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        pack([stored(tmp_path / "words.npz", **changes)], tmp_path / "packed.npz")
    assert not (tmp_path / "packed.npz").exists()


def test_packing_of_nothing_and_of_files_that_are_none_is_told(tmp_path):
    (tmp_path / "text.npz").write_text("no arrays")
    with pytest.raises(ValueError, match="there are no words"):
        pack([], tmp_path / "packed.npz")
    for name in ("text.npz", "nowhere.npz"):
        with pytest.raises(ValueError, match=f"{name} is not there, or no .npz file"):
            pack([tmp_path / name], tmp_path / "packed.npz")
    run = subprocess.run([sys.executable, "-m", "course_lib.studies.commands.pack", "nowhere.npz"],
                         capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == "pack: nowhere.npz is not there, or no .npz file\n"


# ---- other words and other readings -----------------------------------------------------------------------------

SAID = {*DIGITS, *COMMANDS, *COMMANDS_JA, *READINGS, "zero", "ichi", "ni", "san", "yon", "go", "roku", "nana", "hachi",
        "kyuu"}
SOUND_THE_SAME = {"for", "fore", "to", "too", "ate", "won", "wan", "know", "write", "rite", "wright", "nein", "hi",
                  "high", "she", "knee", "ray", "cue", "coo", "nou", "gou", "ie"}


def plain(word):
    return unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode()


@pytest.mark.parametrize("load, number", [(load_other_words, OTHER_WORDS), (load_readings, OTHER_READINGS)])
def test_other_words_and_readings_are_words_like_those_of_the_corpus(load, number):
    c = load()
    assert {len(column) for column in c} == {number} and len({w.tobytes() for w in c.waveforms}) == number
    assert all(w.dtype == np.float32 and w.ndim == 1 for w in c.waveforms)
    seconds = np.array([len(w) for w in c.waveforms]) / RATE
    assert SHORTEST[load] <= seconds.min() and seconds.max() <= 1.6
    peaks = np.array([np.abs(w).max() for w in c.waveforms])
    loud = np.array([np.mean(w.astype(float) ** 2) ** 0.5 for w in c.waveforms])
    assert np.all((0.9 < peaks) & (peaks < 0.93)) and 0.05 < loud.min() and loud.max() < 0.5


def test_other_words_stand_in_no_vocabulary_and_are_all_different():
    words = load_other_words().word.tolist()
    assert not {plain(word) for word in words} & (SAID | SOUND_THE_SAME)
    assert len(set(words)) == len(words) and all(word == unicodedata.normalize("NFC", word) for word in words)
    assert {"fine", "tree", "sick", "eighty", "heaven", "nice", "juu", "hyaku"} <= set(words)
    known = {*load_commands().word.tolist()}
    assert not known & set(words)


def test_every_engine_and_language_is_among_the_other_words_and_most_speakers_are_known():
    c, known = load_other_words(), {*load_commands().speaker.tolist()}
    languages = {name: int(np.sum(c.language == name)) for name in {*c.language.tolist()}}
    assert set(languages) == {"ja", "en", "de", "fr", "es", "it", "pt", "ko", "zh"}
    assert languages["ja"] >= 380 and languages["en"] >= 280 and len(c.word) - languages["ja"] - languages["en"] >= 280
    assert {*c.engine.tolist()} == {"espeak-ng", "flite", "kokoro", "openjtalk", "pico"}
    assert {*c.speaker.tolist()} - known == {"pico de-DE", "pico es-ES", "pico fr-FR", "pico it-IT"}
    assert len({*c.speaker.tolist()} & known) >= 85


def test_no_other_word_is_heard_and_unheard():
    heard, unheard = load_other_words("heard"), load_other_words("unheard")
    assert not set(heard.word) & set(unheard.word)
    assert len(heard.word) + len(unheard.word) == len(load_other_words().word)
    assert 0.2 < len(unheard.word) / (len(heard.word) + len(unheard.word)) < 0.3
    for column in ("engine", "language"):
        assert {*getattr(heard, column).tolist()} == {*getattr(unheard, column).tolist()}
    assert load_other_words("unheard").word.tolist() == unheard.word.tolist()
    for other in ("train", True, 0):
        with pytest.raises(ValueError, match='load_other_words: part must be "heard", "unheard" or None'):
            load_other_words(other)


def test_the_other_readings_are_said_by_the_japanese_voices_and_come_after_the_corpus():
    readings, corpus, both = load_readings(), load_commands("ja"), load_commands("ja", readings=True)
    assert set(readings.word) == set(READINGS) and set(readings.language) == {"ja"}
    said = {(word, engine, voice) for word, engine, voice in zip(readings.word, readings.engine, readings.voice)}
    voices = {*zip(corpus.engine.tolist(), corpus.voice.tolist())}
    assert said == {(word, *voice) for word in READINGS for voice in voices} and len(said) == len(readings.word)
    n = len(corpus.word)
    for one, other in zip(both.take(slice(n))[1:], corpus[1:]):
        np.testing.assert_array_equal(one, other)
    assert both.word[n:].tolist() == [READINGS[word] for word in readings.word]
    np.testing.assert_array_equal(both.waveforms[n + 7], readings.waveforms[7])
    assert set(READINGS.values()) < set(DIGITS_JA) and not set(READINGS) & {*corpus.word.tolist()}
    assert load_commands("en", readings=True).word.tolist() == load_commands("en").word.tolist()
    assert load_commands(readings=True).word.tolist() == load_commands().word.tolist() + both.word[n:].tolist()


def test_what_is_loaded_can_be_written_to_without_harm():
    for load in (load_other_words, load_readings):
        first = load()
        first.word[:], first.language[:], first.waveforms[0][:] = "x", "x", 0
        assert "x" not in load().word and "x" not in load().language and load().waveforms[0].any()


def test_other_files_are_packed_by_their_names(tmp_path, monkeypatch):
    from course_lib.studies.commands import pack as module
    monkeypatch.setattr(module, "TARGET", tmp_path / "commands.npz")
    stored(tmp_path / "words.npz", language=["de", "fr"])
    for name, languages in (("other_words.npz", ["de", "fr"]), ("readings.npz", None)):
        monkeypatch.setattr(sys, "argv", ["pack", name, str(tmp_path / "words.npz")])
        module.main()
        with np.load(tmp_path / name) as file:
            assert ("language" in file.files) == (languages is not None)
            assert languages is None or file["names"][file["language"]].tolist() == languages
            assert file["names"][file["word"]].tolist() == ["one", "two"]
    assert not (tmp_path / "commands.npz").exists()
    with pytest.raises(ValueError, match="must hold audio, .*, engine, language; it holds"):
        pack([stored(tmp_path / "words.npz")], tmp_path / "packed.npz", ("language",))


# ---- folders ----------------------------------------------------------------------------------------------------

def test_a_folder_of_recordings_is_read_at_any_rate(tmp_path):
    second = np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    (tmp_path / "seven_anna_3.wav").write_bytes(wav_bytes(0.5 * second, 44100))
    (tmp_path / "7_theo_12.WAV").write_bytes(wav_bytes(TONE))
    (tmp_path / "ja_3_ken_0.wav").write_bytes(wav_bytes(TONE))
    with wave.open(str(tmp_path / "wow_ken_0.wav"), "wb") as file:
        file.setnchannels(2), file.setsampwidth(1), file.setframerate(RATE)
        file.writeframes(np.rint(128 + 127 * np.repeat(TONE, 2)).astype(np.uint8).tobytes())
    (tmp_path / "notes.txt").write_text("not a sound")
    c = load_recordings(tmp_path)
    assert dict(zip(zip(c.word, c.voice), c.language)) == {("seven", "anna"): "en", ("seven", "theo"): "en",
                                                           ("ja_3", "ken"): "ja", ("wow", "ken"): ""}
    assert set(c.engine) == {"person"}
    assert sorted(len(w) for w in c.waveforms) == [800, 800, 800, 8000]
    anna = c.waveforms[list(c.voice).index("anna")]
    assert anna.dtype == np.float32 and abs(anna[200:-200].std() - 0.5 / 2 ** 0.5) < 0.005


@pytest.mark.parametrize("names, error, message", [
    ([], ValueError, "holds no WAV files.*{word}_{speaker}_{take}.wav"),
    (["seven.wav"], ValueError, "seven.wav is not named.*rename it"),
    (["seven_anna_x.wav"], ValueError, "seven_anna_x.wav is not named"),
    (["_anna_1.wav"], ValueError, "_anna_1.wav is not named"), (None, FileNotFoundError, "there is no folder")])
def test_a_folder_that_does_not_fit_is_told(names, error, message, tmp_path):
    folder = tmp_path if names is not None else tmp_path / "nowhere"
    for name in names or []:
        (tmp_path / name).write_bytes(wav_bytes(TONE))
    with pytest.raises(error, match=message):
        load_recordings(folder)


def test_a_broken_recording_in_a_folder_is_named(tmp_path):
    (tmp_path / "one_anna_1.wav").write_bytes(wav_bytes(TONE)[:100])
    with pytest.raises(ValueError, match="one_anna_1.wav is truncated"):
        load_recordings(tmp_path)


def test_files_that_other_systems_leave_behind_are_left_alone(tmp_path):
    (tmp_path / "seven_anna_3.wav").write_bytes(wav_bytes(TONE))
    for name in ("._seven_anna_3.wav", ".DS_Store", "Thumbs.db", "desktop.ini", ".hidden_anna_1.wav",
                 "seven_anna_3.wav.txt",
                 "seven_anna_3.wav:Zone.Identifier", "notes.mp3"):
        (tmp_path / name).write_bytes(b"\0\x05\x16\x07")
    (tmp_path / "more_anna_1.wav").mkdir()
    (tmp_path / "one").mkdir()
    assert load_recordings(tmp_path).word.tolist() == ["seven"]


def test_names_with_spaces_accents_and_capitals(tmp_path):
    jürgen = "J\u00fcrgen van Dam"
    for name in (f"nein_{jürgen}_1.wav", f"nein_{unicodedata.normalize('NFD', jürgen)}_2.wav", "SEVEN_ANNA_03.WAV",
                 "Seven _Anna_4.Wav",
                 "guten morgen_Ana_5.wave", "\u306f\u3044_\u5065_6.wav", "2_Ana_7.wav"):
        (tmp_path / name).write_bytes(wav_bytes(TONE))
    c = load_recordings(tmp_path)
    assert sorted(zip(c.word.tolist(), c.voice.tolist(), c.language.tolist())) == sorted([
        ("nein", jürgen, ""), ("nein", jürgen, ""), ("seven", "ANNA", "en"), ("seven", "Anna", "en"),
        ("guten morgen", "Ana", ""), ("\u306f\u3044", "\u5065", ""), ("two", "Ana", "en")])


@pytest.mark.parametrize("name", [
    "seven_anna_1 (2).wav", "seven_anna_1 - Copy.wav", "seven-anna-1.wav", "seven__1.wav", "_.wav",
                                  "seven_anna_1.5.wav", "seven_anna_-1.wav", "New recording 12.wav"])
def test_a_name_that_does_not_fit_is_told_with_the_remedy(name, tmp_path):
    (tmp_path / name).write_bytes(wav_bytes(TONE))
    with pytest.raises(ValueError,
                       match="is not named {word}_{speaker}_{take}.wav; rename it, for example to seven_anna_3.wav"):
        load_recordings(tmp_path)


@pytest.mark.parametrize("one, other", [("seven_anna_1.wav", "seven_anna_1.wave"), ("7_anna_1.wav", "seven_anna_1.wav"),
                                        ("seven_anna_1.wav", "seven_anna_01.wav"),
                                        ("Seven_anna_1.wav", "seven _anna_1.wav")])
def test_a_take_that_is_there_twice_is_told(one, other, tmp_path):
    for name in (one, other):
        (tmp_path / name).write_bytes(wav_bytes(TONE))
    with pytest.raises(ValueError, match=".wave? and .*.wave? are the same take; rename or remove one"):
        load_recordings(tmp_path)


def test_folders_in_the_folder_are_not_searched(tmp_path):
    (tmp_path / "seven").mkdir()
    (tmp_path / "seven" / "seven_anna_1.wav").write_bytes(wav_bytes(TONE))
    with pytest.raises(ValueError, match="itself holds no WAV files .folders in it are not searched.; they are named"):
        load_recordings(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder .*seven_anna_1.wav; give the one that holds"):
        load_recordings(tmp_path / "seven" / "seven_anna_1.wav")


def test_a_recording_of_more_than_a_word_and_a_special_file_are_named(tmp_path):
    (tmp_path / "one_anna_1.wav").write_bytes(wav_bytes(np.tile(TONE, 101)))
    with pytest.raises(ValueError, match="one_anna_1.wav lasts 10.1 s; a recording of one word has at most 10 s; cut"):
        load_recordings(tmp_path)
    (tmp_path / "one_anna_1.wav").unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "one_anna_1.wav")
        with pytest.raises(ValueError, match="one_anna_1.wav is a pipe"):
            load_recordings(tmp_path)
