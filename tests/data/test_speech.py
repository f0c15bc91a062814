"""The corpus, WAV files of many kinds and of no kind, resampling, folders of recordings."""

import hashlib
import struct
import wave

import numpy as np
import pytest

from course_lib import load_commands, load_recordings, read_wav, resample
from course_lib.data import COMMANDS, COMMANDS_JA, DIGITS, DIGITS_JA, VOCABULARIES, wav_bytes
from course_lib.data.files import CHECKSUMS
from course_lib.data.speech import check_waveform, from_mu_law, to_mu_law
from course_lib.studies.commands.pack import pack

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / RATE)


def wav(samples, rate=RATE, code=1, bits=16, channels=1, extensible=False, extra=b""):
    """A WAV file by hand: ``samples`` are bytes, ``extra`` stands before the sound."""
    layout = struct.pack("<HHIIHH", 0xFFFE if extensible else code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    if extensible:
        layout += struct.pack("<HHIH", 22, bits, 0, code) + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    body = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout + extra + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def encoded(x, kind):
    if kind == "u8":
        return np.rint(128 + 127 * x).astype(np.uint8).tobytes()
    if kind == "i24":
        return np.rint(x * (2 ** 23 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    if kind.startswith("f"):
        return x.astype(f"<{kind}").tobytes()
    return np.rint(x * np.iinfo(kind).max).astype(f"<{kind}").tobytes()


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
    assert set(VOCABULARIES) == {"digits", "commands", "digits_ja", "commands_ja"} and all(len(v) == 10 for v in VOCABULARIES.values())
    assert dict(zip(COMMANDS_JA, COMMANDS))["migi"] == "right"


def test_an_unknown_language_and_a_damaged_file_are_refused(monkeypatch):
    with pytest.raises(ValueError, match='language must be "en", "ja" or None.*"fr"|\'fr\''):
        load_commands("fr")
    monkeypatch.setitem(CHECKSUMS, "commands.npz", "0" * 64)
    with pytest.raises(ValueError, match="commands.npz is damaged"):
        load_commands()


def test_mu_law_keeps_small_samples_better_than_eight_even_steps_would():
    x = np.concatenate([-np.geomspace(1e-4, 1, 500), [0], np.geomspace(1e-4, 1, 500)])
    back = from_mu_law(to_mu_law(x))
    assert back.dtype == np.float32 and back[500] == 0
    loud = np.abs(x) > 0.01
    assert np.abs(back[loud] / x[loud] - 1).max() < 0.04
    assert np.abs(back - x)[~loud].max() < 1 / 2000
    np.testing.assert_array_equal(to_mu_law(from_mu_law(np.arange(1, 256))), np.arange(1, 256))


def test_packing_trims_resamples_leaves_out_what_is_there_twice_and_repeats(tmp_path):
    word = np.concatenate([np.zeros(3000), TONE, np.zeros(3000)])
    for name, sounds, rate in (("a", [word, 0.5 * word, word], 8000), ("b", [np.repeat(word, 2)], 16000)):
        audio = np.rint(32767 * np.concatenate(sounds)).astype(np.int16)
        np.savez(tmp_path / f"{name}.npz", audio=audio, lengths=[len(s) for s in sounds], sr=rate,
                 word=["one"] * len(sounds), voice=list("xyz")[:len(sounds)], engine=["e"] * len(sounds))
    sources = [tmp_path / "a.npz", tmp_path / "b.npz"]
    checksum = pack(sources, tmp_path / "packed.npz")
    assert checksum == pack(sources, tmp_path / "again.npz") == hashlib.sha256((tmp_path / "packed.npz").read_bytes()).hexdigest()
    with np.load(tmp_path / "packed.npz") as file:
        assert [str(file["names"][v]) for v in file["voice"]] == ["x", "y", "x"]        # z said what x had said
        assert all(1000 < n < 1200 for n in file["lengths"]) and file["lengths"].sum() == len(file["codes"])
        first = from_mu_law(file["codes"][:file["lengths"][0]])
        assert abs(np.abs(first).max() - 0.5) < 0.02


# ---- WAV files --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind, code, bits, error", [
    ("u8", 1, 8, 1 / 100), ("i2", 1, 16, 1e-4), ("i24", 1, 24, 1e-6), ("i4", 1, 32, 1e-7), ("f4", 3, 32, 1e-7), ("f8", 3, 64, 1e-7)])
@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_uncompressed_format_comes_back(kind, code, bits, error, extensible, channels):
    sound = np.stack([TONE, 0.2 * TONE], axis=1)[:, :channels]
    x, rate = read_wav(wav(encoded(sound.ravel(), kind), 44100, code, bits, channels, extensible))
    assert rate == 44100 and x.dtype == np.float32 and x.shape == (800,)
    np.testing.assert_allclose(x, sound.mean(axis=1), atol=error)


def test_pythons_own_writer_and_reader_agree_with_ours(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(16000)
        file.writeframes(np.rint(32767 * TONE).astype("<i2").tobytes())
    x, rate = read_wav(tmp_path / "a.wav")
    assert rate == 16000
    np.testing.assert_allclose(x, TONE, atol=1e-4)
    (tmp_path / "b.wav").write_bytes(wav_bytes(TONE, 16000))
    with wave.open(str(tmp_path / "b.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, 16000, 800)
        np.testing.assert_allclose(np.frombuffer(file.readframes(800), "<i2") / 32768, TONE, atol=1e-4)


def test_other_chunks_an_odd_length_and_an_unknown_length_do_no_harm():
    comment = b"LIST" + struct.pack("<I", 5) + b"hello\x00"
    np.testing.assert_allclose(read_wav(wav(encoded(TONE, "i2"), extra=comment))[0], TONE, atol=1e-4)
    assert len(read_wav(wav(encoded(TONE, "i2") + b"\x01"))[0]) == 800
    endless = bytearray(wav(encoded(TONE, "i2")))
    endless[40:44] = b"\xff\xff\xff\xff"                            # as a program writes that streams
    assert len(read_wav(bytes(endless))[0]) == 800


GOOD = wav(encoded(TONE, "i2"))


@pytest.mark.parametrize("content, message", [
    (b"", "is not a WAV file but empty.*16-bit PCM"),
    (b"hello, this is text", "is not a WAV file but something else.*16-bit PCM"),
    (b"OggS" + bytes(60), "an Ogg file"), (b"ID3" + bytes(60), "an MP3 file"), (b"fLaC" + bytes(60), "a FLAC file"),
    (b"\x1aE\xdf\xa3" + bytes(60), "a WebM file"),
    (GOOD[:30], "is truncated"), (GOOD[:44], "is truncated"), (GOOD[:36], "truncated: it has no sound"),
    (GOOD[:-200], "is truncated: 1600 bytes of sound are announced, 1400 are there"), (GOOD[:12], "truncated: it has no format"),
    (wav(b"", RATE), "holds no samples"), (wav(encoded(TONE, "i2"), 0), "claims 0 samples a second"),
    (wav(encoded(TONE, "i2"), channels=0), "in 0 channels"),
    (wav(bytes(800), code=7, bits=8), r"compressed \(mu-law\).*Audacity"), (wav(bytes(800), code=6, bits=8), r"compressed \(A-law\)"),
    (wav(bytes(800), code=2, bits=4), "compressed .*ADPCM"), (wav(bytes(800), code=0x55, bits=0), "compressed .MP3"),
    (wav(bytes(800), code=99), "unknown format .code 99"), (wav(bytes(800), bits=12), "unknown format .code 1, 12 bits"),
    (wav(np.full(9, np.nan, "<f4").tobytes(), code=3, bits=32), "not finite"),
    (wav(np.full(9, np.inf, "<f4").tobytes(), code=3, bits=32), "not finite"),
])
def test_what_is_no_sound_is_refused_with_the_remedy(content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_wav(content)
    (tmp_path / "strange.wav").write_bytes(content)
    with pytest.raises(ValueError, match="strange.wav"):
        read_wav(tmp_path / "strange.wav")


def test_every_cut_of_a_file_is_refused_or_shorter_never_wrong():
    for n in range(len(GOOD)):
        with pytest.raises(ValueError):
            read_wav(GOOD[:n])


# ---- another rate -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("rate, new_rate", [(44100, 8000), (48000, 8000), (16000, 8000), (11025, 8000), (8001, 8000), (8000, 44100), (6000, 8000)])
def test_a_tone_keeps_its_frequency_its_level_and_its_phase(rate, new_rate):
    top = min(rate, new_rate) / 2
    for frequency in (100, 0.3 * top, 0.85 * top):
        tone = np.sin(2 * np.pi * frequency * np.arange(rate // 2) / rate)
        expected = np.sin(2 * np.pi * frequency * np.arange(-(-(rate // 2) * new_rate // rate)) / new_rate)
        y = resample(tone, rate, new_rate)
        assert len(y) == len(expected)
        np.testing.assert_allclose(y[300:-300], expected[300:-300], atol=0.01)


@pytest.mark.parametrize("rate, new_rate", [(44100, 8000), (16000, 8000), (8000, 6000)])
def test_what_the_new_rate_cannot_hold_is_gone_and_does_not_come_back_as_another_tone(rate, new_rate):
    for frequency in (1.06 * new_rate / 2, min(1.4 * new_rate / 2, 0.98 * rate / 2)):
        y = resample(np.sin(2 * np.pi * frequency * np.arange(rate) / rate), rate, new_rate)
        assert np.abs(y[300:-300]).max() < 0.003


def test_resampling_keeps_constants_dtypes_and_the_same_rate():
    assert resample(np.zeros(100, np.float32), 44100, 8000).dtype == np.float32
    np.testing.assert_allclose(resample(np.ones(4000), 16000, 8000)[100:-100], 1)
    x = np.random.default_rng(0).normal(size=50)
    y = resample(x, 8000, 8000)
    np.testing.assert_array_equal(x, y)
    assert y is not x
    assert len(resample(np.ones(1), 44100, 8000)) == 1


@pytest.mark.parametrize("waveform, rate, message", [
    (np.zeros(0), RATE, "is empty"), (np.zeros((2, 2, 2)), RATE, r"shape \(n,\) or \(n, channels\), got \(2, 2, 2\)"),
    (np.zeros((2, 100)), RATE, r"got \(2, 100\)"), (np.array([0, np.nan]), RATE, "1 samples that are not finite"),
    (np.array([0, np.inf, -np.inf]), RATE, "2 samples that are not finite"), (np.zeros(9), 0, "rate must be above 0.*got 0"),
    (np.zeros(9), -5, "rate must be above 0"), (np.zeros(9), np.nan, "rate must be above 0"), (np.zeros(9), None, "rate must be"),
    (np.array(["a"]), RATE, "array of numbers"), (np.zeros(9, complex), RATE, "array of numbers"), (None, RATE, "array of numbers"),
])
def test_what_is_no_waveform_is_refused(waveform, rate, message):
    with pytest.raises(ValueError, match=message):
        resample(waveform, rate, RATE // 2)


def test_whole_numbers_and_several_channels_are_understood():
    counted = check_waveform("test", np.array([-32768, 0, 16384], np.int16))
    np.testing.assert_allclose(counted, [-1, 0, 0.5])
    np.testing.assert_allclose(check_waveform("test", np.array([0, 128, 192], np.uint8)), [-1, 0, 0.5])
    np.testing.assert_allclose(check_waveform("test", np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])), [0.5, 0, 1])


# ---- folders ----------------------------------------------------------------------------------------------------

def test_a_folder_of_recordings_is_read_at_any_rate(tmp_path):
    second = np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    (tmp_path / "seven_anna_3.wav").write_bytes(wav_bytes(0.5 * second, 44100))
    (tmp_path / "7_theo_12.WAV").write_bytes(wav_bytes(TONE))
    (tmp_path / "ja_3_ken_0.wav").write_bytes(wav_bytes(TONE))
    (tmp_path / "wow_ken_0.wav").write_bytes(wav(encoded(np.repeat(TONE, 2), "u8"), bits=8, channels=2))
    (tmp_path / "notes.txt").write_text("not a sound")
    c = load_recordings(tmp_path)
    assert dict(zip(zip(c.word, c.voice), c.language)) == {("seven", "anna"): "en", ("seven", "theo"): "en",
                                                           ("ja_3", "ken"): "ja", ("wow", "ken"): ""}
    assert set(c.engine) == {"person"}
    assert sorted(len(w) for w in c.waveforms) == [800, 800, 800, 8000]
    anna = c.waveforms[list(c.voice).index("anna")]
    assert anna.dtype == np.float32 and abs(anna[200:-200].std() - 0.5 / 2 ** 0.5) < 0.005


@pytest.mark.parametrize("names, error, message", [
    ([], ValueError, "holds no WAV files.*{word}_{speaker}_{take}.wav"), (["seven.wav"], ValueError, "seven.wav is not named.*rename it"),
    (["seven_anna_x.wav"], ValueError, "seven_anna_x.wav is not named"), (["_anna_1.wav"], ValueError, "_anna_1.wav is not named"),
    (None, FileNotFoundError, "there is no folder")])
def test_a_folder_that_does_not_fit_is_told(names, error, message, tmp_path):
    folder = tmp_path if names is not None else tmp_path / "nowhere"
    for name in names or []:
        (tmp_path / name).write_bytes(wav_bytes(TONE))
    with pytest.raises(error, match=message):
        load_recordings(folder)


def test_a_broken_recording_in_a_folder_is_named(tmp_path):
    (tmp_path / "one_anna_1.wav").write_bytes(GOOD[:100])
    with pytest.raises(ValueError, match="one_anna_1.wav is truncated"):
        load_recordings(tmp_path)
