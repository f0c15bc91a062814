"""WAV files of many kinds and of no kind, special files, resampling, whole numbers as samples."""

import io
import os
import struct
import tracemalloc
import wave

import numpy as np
import pytest

from course_lib import read_wav, resample
from course_lib.data import wav_bytes
from course_lib.data.sound import BLOCK, MOST, check_waveform, from_mu_law, to_mu_law

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / RATE)


def chunk(kind, body, size=None, order="<", pad=b"\0"):
    return kind + struct.pack(order + "I", len(body) if size is None else size) + body + pad * (len(body) % 2)


def layout(rate=RATE, code=1, bits=16, channels=1, extensible=False, order="<", frame=None, flow=None):
    """The chunk that tells the format; ``frame`` and ``flow``, bytes at a time and a second, follow from the others."""
    frame = channels * bits // 8 if frame is None else frame
    flow = (rate * channels * bits // 8 if flow is None else flow) % 2 ** 32
    body = struct.pack(order + "HHIIHH", 0xFFFE if extensible else code, channels, rate, flow, frame, bits)
    if extensible:
        body += struct.pack(order + "HHIH", 22, bits, 0, code) + bytes.fromhex("000000001000800000aa00389b71")
    return chunk(b"fmt ", body, order=order)


def riff(*chunks, magic=b"RIFF", size=None, order="<"):
    body = b"WAVE" + b"".join(chunks)
    return magic + struct.pack(order + "I", len(body) if size is None else size) + body


def wav(samples, *arguments, extra=b"", **options):
    """A WAV file by hand: ``samples`` are bytes, ``extra`` stands before the sound."""
    return riff(layout(*arguments, **options), extra, chunk(b"data", samples, pad=b""))


def encoded(x, kind):
    if kind == "u8":
        return np.rint(128 + 127 * x).astype(np.uint8).tobytes()
    if kind == "i24":
        return np.rint(x * (2 ** 23 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    if kind.startswith("f"):
        return x.astype(f"<{kind}").tobytes()
    return np.rint(x * np.iinfo(kind).max).astype(f"<{kind}").tobytes()


# ---- WAV files --------------------------------------------------------------------------------------------------

def test_mu_law_keeps_small_samples_better_than_eight_even_steps_would():
    x = np.concatenate([-np.geomspace(1e-4, 1, 500), [0], np.geomspace(1e-4, 1, 500)])
    back = from_mu_law(to_mu_law(x))
    assert back.dtype == np.float32 and back[500] == 0
    loud = np.abs(x) > 0.01
    assert np.abs(back[loud] / x[loud] - 1).max() < 0.04
    assert np.abs(back - x)[~loud].max() < 1 / 2000
    np.testing.assert_array_equal(to_mu_law(from_mu_law(np.arange(1, 256))), np.arange(1, 256))


@pytest.mark.parametrize("kind, code, bits, error", [
    ("u8", 1, 8, 1 / 100), ("i2", 1, 16, 1e-4), ("i24", 1, 24, 1e-6), ("i4", 1, 32, 1e-7), ("f4", 3, 32, 1e-7),
    ("f8", 3, 64, 1e-7)])
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


SOUND = encoded(TONE, "i2")
GOOD = wav(SOUND)


def test_other_chunks_and_an_odd_length_do_no_harm():
    comment, note = chunk(b"LIST", b"hello"), chunk(b"bext", b"by me, today", pad=b"")
    for extra in (comment, note, comment + note + comment, chunk(b"JUNK", bytes(100)),
                  chunk(b"fact", struct.pack("<I", 800))):
        np.testing.assert_array_equal(read_wav(wav(SOUND, extra=extra))[0], read_wav(GOOD)[0])
        np.testing.assert_array_equal(read_wav(riff(extra, layout(), chunk(b"data", SOUND), extra))[0],
                                      read_wav(GOOD)[0])
    for forgotten in (chunk(b"LIST", b"hello", pad=b""), chunk(b"LIST", b"hello") + chunk(b"note", b"1", pad=b"")):
        np.testing.assert_array_equal(read_wav(wav(SOUND, extra=forgotten))[0], read_wav(GOOD)[0])
    assert len(read_wav(wav(SOUND + b"\x01"))[0]) == 800             # a last sample that is not whole


@pytest.mark.parametrize("tail", [
    b"garbage of another program", bytes(1001), chunk(b"data", bytes(20)), chunk(b"fmt ", bytes(4)),
                                  b"LIST\xff\xff\xff\xff", chunk(b"data", b"", 1000)])
def test_what_stands_behind_the_sound_is_not_looked_at(tail):
    np.testing.assert_array_equal(read_wav(GOOD + tail)[0], read_wav(GOOD)[0])


def test_the_sound_may_stand_before_its_format():
    x, rate = read_wav(riff(chunk(b"data", SOUND), layout(16000)))
    assert rate == 16000
    np.testing.assert_array_equal(x, read_wav(GOOD)[0])


@pytest.mark.parametrize("size", [
    0xFFFFFFFF, 0xFFFFFFFF - 36, 0x80000000, 0x7FFFFFFF, 0x7FFFF000, 0x7FFFF000 // 6 * 6, 0])
@pytest.mark.parametrize("whole", [0, 0xFFFFFFFF, 0x7FFFF024, 0x80000024, 36])
def test_a_file_from_a_pipe_whose_length_nobody_knew_is_read_to_its_end(size, whole):
    """ffmpeg writes 2³² − 1, sox 0x7FFFF000 in whole frames, arecord 2³¹, others nothing, and cannot go back."""
    content = riff(layout(channels=2), chunk(b"LIST", b"Lavf"), chunk(b"data", SOUND, size), size=whole)
    np.testing.assert_array_equal(read_wav(content)[0], read_wav(wav(SOUND, channels=2))[0])


def test_a_finished_file_without_sound_is_empty_although_more_follows():
    for content in (wav(b""), riff(layout(), chunk(b"data", b""), chunk(b"LIST", b"made by nobody"))):
        with pytest.raises(ValueError, match="holds no samples; record it again"):
            read_wav(content)


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize("told", [len(SOUND), 0, 2 ** 64 - 1])
def test_sixty_four_bits_of_length(magic, told):
    """A recorder that may pass 4 GB tells the length in a chunk of its own; into a pipe it tells 0."""
    wide = chunk(b"ds64", struct.pack("<QQQI", 2 ** 33, told, 0, 0))
    parts = wide, layout(), chunk(b"data", SOUND, 0xFFFFFFFF)
    np.testing.assert_array_equal(read_wav(riff(*parts, magic=magic, size=0xFFFFFFFF))[0], read_wav(GOOD)[0])
    if told == len(SOUND):
        tail = chunk(b"LIST", b"hello!")
        np.testing.assert_array_equal(read_wav(riff(*parts, tail, magic=magic, size=0xFFFFFFFF))[0], read_wav(GOOD)[0])
        with pytest.raises(ValueError, match="1600 bytes of sound are announced, 1590 are there"):
            read_wav(riff(*parts, magic=magic, size=0xFFFFFFFF)[:-10])


@pytest.mark.parametrize("kind, code, bits", [
    ("u8", 1, 8), ("i2", 1, 16), ("i24", 1, 24), ("i4", 1, 32), ("f4", 3, 32), ("f8", 3, 64)])
def test_the_other_order_of_bytes(kind, code, bits):
    samples = np.frombuffer(encoded(TONE, kind), np.uint8).reshape(-1, bits // 8)[:, ::-1].tobytes()
    content = riff(layout(11025, code, bits, order=">"), chunk(b"data", samples, order=">"), magic=b"RIFX", order=">")
    x, rate = read_wav(content)
    assert rate == 11025
    np.testing.assert_array_equal(x, read_wav(wav(encoded(TONE, kind), code=code, bits=bits))[0])


@pytest.mark.parametrize("code, levels", [
    (6, {0xD5: 8, 0x55: -8, 0xD4: 24, 0xC5: 264, 0xAA: 32256, 0x2A: -32256, 0x80: 5504, 0x00: -5504}),
    (7, {0xFF: 0, 0x7F: 0, 0xFE: 8, 0x7E: -8, 0xEF: 132, 0x80: 32124, 0x00: -32124, 0x8F: 16764})])
def test_the_laws_of_the_telephone(code, levels):
    """Levels of ITU-T G.711, in sixteen bits."""
    x, rate = read_wav(wav(bytes(levels), code=code, bits=8))
    assert rate == RATE
    np.testing.assert_array_equal(x, np.array([*levels.values()], np.float32) / 32768)
    everything = np.sort(read_wav(wav(bytes(range(256)), code=code, bits=8))[0])
    np.testing.assert_array_equal(everything, -everything[::-1])


@pytest.mark.parametrize("channels", [1, 3, 6, 18])
def test_channels_are_averaged_in_any_number(channels):
    sound = np.random.default_rng(0).uniform(-1, 1, (70_000, channels)).astype("<f4")      # more than one block
    x, _ = read_wav(wav(sound.tobytes(), code=3, bits=32, channels=channels))
    assert 4 * channels * len(sound) > BLOCK
    np.testing.assert_allclose(x, sound.mean(axis=1, dtype=float), atol=1e-7)


def test_who_reads_the_header_goes_by_what_matters():
    for options in (dict(flow=0), dict(flow=1), dict(flow=2 ** 32 - 1), dict(frame=0)):
        np.testing.assert_array_equal(read_wav(wav(SOUND, **options))[0], read_wav(GOOD)[0])


NO_WAV = [
    (b"", "empty"), (b"hello, this is text", "text"), ("日本語".encode() * 100, "text"),
    (b"\xff\xfe" + bytes(9), "something else"),
    (bytes(100), "something else"), (b"RIFF\x04\0\0\0AVI LIST", "something else"), (b"OggS" + bytes(60), "an Ogg file"),
    (b"ID3" + bytes(60), "an MP3 file"), (b"\xff\xfb\x90\x64" + bytes(9), "an MP3 or AAC file"),
    (b"\xff\xf1\x50\x80" + bytes(9), "an MP3 or AAC file"), (b"fLaC" + bytes(60), "a FLAC file"),
    (b".snd" + bytes(60), "an AU file"),
    (b"FORM\0\0\0\x20AIFF", "an AIFF file"), (b"FORM\0\0\0\x20AIFC", "an AIFF file"),
    (b"caff" + bytes(9), "a CAF file"),
    (b"\0\0\0\x20ftypM4A \0\0\0\0", "an M4A or MP4 file"), (b"\x1aE\xdf\xa3" + bytes(60), "a WebM file"),
    (b"riff\x2e\x91\xcf\x11", "a Wave64 file"), (b"\0\x05\x16\x07\0\x02", "what macOS keeps"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"), (b"<!DOCTYPE html><html>", "text"),
]


@pytest.mark.parametrize("content, message", [
    (content, f"is not a WAV file but {what}.*16-bit PCM.*ffmpeg") for content, what in NO_WAV] + [
    (GOOD[:30], "is truncated"), (GOOD[:44], "is truncated"), (GOOD[:36], "truncated: it has no sound"),
    (GOOD[:-200], "is truncated: 1600 bytes of sound are announced, 1400 are there"),
    (GOOD[:12], "truncated: it has no format"),
    (GOOD[:-1], "1600 bytes of sound are announced, 1599"),
    (riff(chunk(b"data", SOUND)), "truncated: it has no format"),
    (riff(layout(), chunk(b"LIST", b"", 2 ** 31), chunk(b"data", SOUND)), "truncated: it has no sound"),
    (riff(layout()) + bytes(10 ** 6), "truncated: it has no sound"),
    (riff(chunk(b"fmt ", bytes(14)), chunk(b"data", SOUND)), "16 bytes"),
    (riff(layout(), *[chunk(b"JUNK", b"")] * 2000, chunk(b"data", SOUND)), "truncated: it has no sound"),
    (wav(b"\x01"), "holds no samples"),
    (wav(SOUND, 0), "claims 0 samples a second in 1 channels; expected 1,000 to 1,000,000"),
    (wav(SOUND, 1), "claims 1 samples a second"), (wav(SOUND, 999), "claims 999 samples"),
    (wav(SOUND, 1_000_001), "claims 1000001 samples"),
    (wav(SOUND, 4294967295), "claims 4294967295 samples a second"), (wav(SOUND, channels=0), "in 0 channels"),
    (wav(SOUND, frame=4), "contradicts itself: 1 times 16 bits are 2 bytes, but it says 4"),
    (wav(SOUND, channels=2, frame=2), "contradicts itself"),
    (wav(SOUND, code=2, bits=4), "compressed .Microsoft ADPCM"),
    (wav(SOUND, code=0x11, bits=4), "compressed .IMA ADPCM"),
    (wav(SOUND, code=0x55, bits=0), "compressed .MP3.*Audacity"),
    (wav(SOUND, code=0x31, bits=0), "compressed .GSM"),
    (wav(SOUND, code=0x55, bits=0, extensible=True), "compressed .MP3"),
    (wav(SOUND, code=99), "unknown format .code 99"), (wav(SOUND, bits=12), "unknown format .code 1, 12 bits"),
    (wav(SOUND, bits=64), "code 1, 64 bits"), (wav(SOUND, code=3), "code 3, 16 bits"),
    (wav(SOUND, bits=0), "code 1, 0 bits"), (wav(np.full(9, np.nan, "<f4").tobytes(), code=3, bits=32), "not finite"),
    (wav(np.array([0, -np.inf], "<f4").tobytes(), code=3, bits=32), "not finite"),
    (wav(np.array([0, 1e300]).tobytes(), code=3, bits=64), "not finite numbers, or beyond all levels"),
], ids=str)
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


def test_whatever_is_damaged_in_a_header_the_answer_is_a_sound_or_one_sentence():
    rng = np.random.default_rng(0)
    for _ in range(1500):
        content = bytearray(wav(SOUND[:200], extra=chunk(b"LIST", b"hello")))
        for place in rng.integers(0, 58, rng.integers(1, 4)):
            content[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
        try:
            x, rate = read_wav(bytes(content))
        except ValueError as error:
            assert str(error).startswith("read_wav") and "\n" not in str(error)
        else:
            assert 0 < len(x) <= 207 and np.all(np.isfinite(x)) and 1000 <= rate <= 1_000_000


# ---- files that are no files, and long ones ---------------------------------------------------------------------

@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(ValueError,
                       match="read_wav: pipe.wav is a pipe, a socket or a device, not a file; give the path"):
        read_wav(tmp_path / "pipe.wav")
    (tmp_path / "link.wav").symlink_to(tmp_path / "pipe.wav")
    with pytest.raises(ValueError, match="link.wav is a pipe"):
        read_wav(tmp_path / "link.wav")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no such devices")
def test_a_device_is_refused_and_not_read_without_end():
    for device in ("/dev/zero", "/dev/null"):
        with pytest.raises(ValueError, match="a device, not a file"):
            read_wav(device)


def test_folders_and_missing_files_are_told(tmp_path):
    with pytest.raises(ValueError, match="is a folder, not a file; give the path of a WAV file"):
        read_wav(tmp_path)
    with pytest.raises(FileNotFoundError, match="read_wav: nowhere.wav cannot be read: No such file.*give the path"):
        read_wav(str(tmp_path / "nowhere.wav"))
    with pytest.raises(OSError, match="read_wav: a+.wav cannot be read: .*; give the path"):
        read_wav(1000 * "a" + ".wav")
    with pytest.raises(OSError, match="cannot be read: .*; give the path"):
        read_wav(tmp_path / "x.wav" / "y.wav" if (tmp_path / "x.wav").write_bytes(GOOD) else "")
    for other in (7, None, io.BytesIO(GOOD), np.frombuffer(GOOD, np.uint8)):
        with pytest.raises(TypeError, match=r"expected a path or the bytes of a file, got .*what its read\(\) returns"):
            read_wav(other)
    for content in (bytearray(GOOD), memoryview(GOOD)):
        np.testing.assert_array_equal(read_wav(content)[0], read_wav(GOOD)[0])


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="this system has no such files")
def test_a_file_that_has_no_length_is_empty():
    with pytest.raises(ValueError, match="status is not a WAV file but empty"):
        read_wav("/proc/self/status")


@pytest.mark.skipif(os.name == "nt", reason="links need rights of their own there")
def test_a_link_to_nothing_and_one_to_itself_are_told(tmp_path):
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    (tmp_path / "round.wav").symlink_to(tmp_path / "round.wav")
    with pytest.raises(FileNotFoundError,
                       match="gone.wav cannot be read: No such file or directory .it is a link.; give"):
        read_wav(tmp_path / "gone.wav")
    with pytest.raises(OSError, match="round.wav cannot be read: .*it is a link"):
        read_wav(tmp_path / "round.wav")
    (tmp_path / "true.wav").write_bytes(GOOD)
    (tmp_path / "good.wav").symlink_to(tmp_path / "true.wav")
    assert len(read_wav(tmp_path / "good.wav")[0]) == 800


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0,
                    reason="who may read everything is refused nothing")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    (tmp_path / "mine.wav").write_bytes(GOOD)
    (tmp_path / "mine.wav").chmod(0)
    with pytest.raises(PermissionError, match="mine.wav cannot be read: Permission denied; give"):
        read_wav(tmp_path / "mine.wav")


def most(call):
    """The largest number of bytes that a call holds at a time."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size, options", [
    (2 * 8000 * 601, {}), (0xFFFFFFFF, {}), (0xFFFFFFFF, dict(rate=1_000_000, bits=8)),
    (0xFFFFFFFF, dict(channels=30_000)),
    (2 * 48000 * 2 * 601, dict(rate=48000, channels=2)), (2 * (MOST + 1), dict(rate=192_000))])
def test_long_files_are_refused_by_their_header(size, options, tmp_path):
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(riff(layout(**options), chunk(b"data", b"", size)))
        file.truncate(2 ** 33)                                      # eight gigabytes that take no room on the disk
    def read():
        with pytest.raises(ValueError,
                           match="long.wav is too long: .* minutes, .* samples; at most 10 minutes and 57,600,000"):
            read_wav(path)
    assert most(read) < 1e6


def test_ten_minutes_are_read_and_take_the_memory_of_their_samples(tmp_path):
    path = tmp_path / "ten.wav"
    with path.open("wb") as file:
        file.write(riff(layout(channels=2), chunk(b"data", b"", 4 * 8000 * 600)))
        file.truncate(44 + 4 * 8000 * 600)
    assert most(lambda: read_wav(path)) < 4 * 8000 * 600 + 20 * BLOCK
    x, rate = read_wav(path)
    assert len(x) == 600 * rate == 600 * 8000


def test_a_file_of_zeros_is_not_searched_to_its_end(tmp_path):
    with (tmp_path / "zeros.wav").open("wb") as file:
        file.write(riff(layout()))
        file.truncate(2 ** 36)
    with pytest.raises(ValueError, match="zeros.wav is truncated: it has no sound"):
        read_wav(tmp_path / "zeros.wav")


# ---- another rate -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("rate, new_rate", [
    (44100, 8000), (48000, 8000), (16000, 8000), (11025, 8000), (8001, 8000), (8000, 44100), (6000, 8000)])
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


HOSTILE = [(44100, 999983), (999983, 8000), (999983, 1000), (1000, 999983), (999983, 999979), (47999, 8001),
           (1_000_000, 1001)]


@pytest.mark.parametrize("rate, new_rate", HOSTILE)
def test_rates_without_a_common_measure_take_no_more_memory_than_others(rate, new_rate):
    """A table of all weights would hold up to 67 million numbers; they are made a block at a time, each once."""
    x = np.zeros(rate // 20, np.float32)
    up = new_rate // np.gcd(rate, new_rate)
    room = 40 * BLOCK + 4 * 4 * (len(x) + len(x) * new_rate // rate) + 8 * up
    assert most(lambda: resample(x, rate, new_rate)) < 1.5 * room < 80e6


@pytest.mark.parametrize("rate, new_rate", [(44100, 999983), (999983, 8000), (47999, 8001), (96001, 8000)])
def test_a_tone_survives_such_rates(rate, new_rate):
    n = rate // 20
    tone = np.sin(2 * np.pi * 500 * np.arange(n) / rate)
    y = resample(tone, rate, new_rate)
    expected = np.sin(2 * np.pi * 500 * np.arange(len(y)) / new_rate)
    edge = len(y) // 5
    assert len(y) == -(-n * new_rate // rate)
    np.testing.assert_allclose(y[edge:-edge], expected[edge:-edge], atol=0.01)


@pytest.mark.parametrize("rate, new_rate, n", [
    (44100, 8000, 30_000), (8000, 11025, 20_000), (999983, 8000, 9000), (8001, 8000, 20_000)])
def test_each_new_sample_is_the_sum_that_the_docstring_tells(rate, new_rate, n):
    x = np.random.default_rng(0).normal(size=n)
    y = resample(x, rate, new_rate)
    f = 0.95 * min(1, new_rate / rate)
    w = np.ceil(32 / f)
    for i in (0, 1, len(y) // 3, len(y) // 2 + 7, len(y) - 1):
        t = i * rate / new_rate
        k = np.arange(np.ceil(t - w), t + w)
        h = np.sinc(f * (t - k)) * np.cos(np.pi * (t - k) / 2 / w) ** 2
        inside = (k >= 0) & (k < n)
        np.testing.assert_allclose(y[i], (h[inside] / h.sum()) @ x[k[inside].astype(int)], atol=1e-9)


def test_too_many_new_samples_are_refused_before_they_are_made():
    x = np.zeros(60_000, np.float32)
    def call():
        with pytest.raises(ValueError,
                           match="60,000 samples at 1000 a second become 60,000,000 at 1000000; at most 57,600,000"):
            resample(x, 1000, 1_000_000)
    assert most(call) < 2e6


@pytest.mark.parametrize("rate", [
    0, -5, 1, 999, 1_000_001, 4294967295, 1e300, np.nan, np.inf, None, "8000", True, 8000 + 0j, [8000],
                                  np.array([8000]), b"8000"], ids=str)
def test_what_is_no_rate_is_refused(rate):
    for call in (lambda: resample(TONE, rate, RATE), lambda: wav_bytes(TONE, rate),
                 lambda: check_waveform("test", TONE, rate)):
        with pytest.raises(ValueError, match="rate must be a number from 1,000 to 1,000,000 samples a second, got "):
            call()
    with pytest.raises(ValueError, match="resample: new_rate must be a number from 1,000"):
        resample(TONE, RATE, rate)


@pytest.mark.parametrize("width", [0, -1, 1e9, np.nan, np.inf])
def test_a_window_has_a_width(width):
    with pytest.raises(ValueError, match="width must be a number from 1 to 1000"):
        resample(TONE, RATE, 16000, width)


@pytest.mark.parametrize("rate", [16000, 16000.0, np.int32(16000), np.float32(16000), np.int64(16000)], ids=repr)
def test_a_rate_may_be_any_kind_of_number(rate):
    np.testing.assert_array_equal(resample(TONE, rate, RATE), resample(TONE, 16000, 8000))
    np.testing.assert_array_equal(resample(TONE, RATE, rate), resample(TONE, 8000, 16000))
    assert read_wav(wav_bytes(TONE, rate))[1] == 16000


@pytest.mark.parametrize("waveform, message", [
    (np.zeros(0), "is empty"), ([], "is empty"),
    (np.zeros((2, 2, 2)), r"shape \(n,\) or \(n, channels\), got \(2, 2, 2\)"),
    (np.zeros((2, 100)), r"got \(2, 100\); transpose it: x.T"), (np.zeros((1, 100)), "transpose it"),
    (0.5, r"got \(\)"),
    (np.zeros((100, 0)), "shape"), (np.zeros((100, 50)), r"got \(100, 50\)$"),
    ([[0.0, 1.0], [0.5]], "array of numbers, of shape"),
    (np.array([0, np.nan]), "1 samples that are not finite"),
    (np.array([0, np.inf, -np.inf]), "2 samples that are not finite"),
    (np.array([0, 1e200]), "holds 1 samples beyond ±2³¹$"),
    (["a"], "array of numbers, got <U1"),
    (np.zeros(9, complex), "array of numbers, got complex128"), (None, "array of numbers, got object"),
    (np.zeros(9, bool), "array of numbers, got bool"), ([1, 10 ** 30], "array of numbers, got object"),
    (b"abc", "array of numbers"),
    ([0, 1000, -1000] * 9, r"whole numbers \(int64\) is not known; divide by it \(x / 32768 .* or give int16"),
    (np.zeros(9, np.uint16), r"whole numbers \(uint16\)"), (np.zeros(9, np.uint32), r"whole numbers \(uint32\)"),
], ids=str)
def test_what_is_no_waveform_is_refused(waveform, message):
    for call in (lambda: resample(waveform, RATE, RATE // 2), lambda: wav_bytes(waveform)):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind, loudest", [("i1", 2 ** 7), ("i2", 2 ** 15), ("i4", 2 ** 31)])
def test_whole_numbers_are_divided_by_their_largest_level(kind, loudest, order):
    x = np.array([-loudest, 0, loudest // 2], order + kind)
    np.testing.assert_array_equal(check_waveform("test", x), [-1, 0, 0.5])
    np.testing.assert_array_equal(check_waveform("test", np.stack([x, x], axis=1)), [-1, 0, 0.5])


def test_bytes_have_their_zero_at_128_and_channels_are_averaged():
    x = np.array([0, 128, 192], np.uint8)
    np.testing.assert_array_equal(check_waveform("test", x), [-1, 0, 0.5])
    np.testing.assert_array_equal(check_waveform("test", np.stack([x, x], axis=1)), [-1, 0, 0.5])
    np.testing.assert_allclose(check_waveform("test", np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])), [0.5, 0, 1])


def test_half_precision_is_widened():
    half = np.array([-1, 0.25, 1], np.float16)
    assert resample(half, 16000, 8000).dtype == np.float32
    np.testing.assert_allclose(read_wav(wav_bytes(half))[0], half, atol=1e-4)
