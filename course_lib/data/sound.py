"""Sound: WAV files read and written, samples of eight bits, another number of samples a second."""

import io
import os
import stat
import struct
from math import gcd
from numbers import Real
from pathlib import Path

import numpy as np

RATE = 8000                                     # samples a second of the corpus: as on the telephone, up to 4 kHz
RATES = 1_000, 1_000_000                        # samples a second; less or more is a slip or a damaged header
MINUTES, MOST = 10, 57_600_000                  # no file is longer, nor has more samples (ten minutes, 48 kHz, stereo)
LOUDEST = 2.0 ** 31                             # no sound is louder, whatever its scale: squares stay finite in float32
BLOCK = 2 ** 18                                 # samples, or weights of them, in the memory at a time

# ---- eight bits a sample ------------------------------------------------------------------------------------

MU = 255                                        # μ of the North American and Japanese telephone


def to_mu_law(waveform):
    """Samples −1 … 1 as bytes: the logarithm of the size in 127 steps up and down, so that quiet samples keep their
    digits.

    code = 128 + round(127 sign(x) ln(1 + μ|x|) / ln(1 + μ)). Shapes: (n,) float  ->  (n,) uint8
    Source: ITU-T G.711 (1988), here as the formula, not its piecewise linear table.
    """
    x = np.clip(waveform, -1, 1)
    return (128 + np.rint(127 * np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU))).astype(np.uint8)


def from_mu_law(codes):
    """The way back: bytes to samples −1 … 1, float32."""
    level = (np.arange(256) - 128) / 127
    return (np.sign(level) * np.expm1(np.abs(level) * np.log1p(MU)) / MU).astype(np.float32)[codes]


def _telephone_levels(law):
    """The piecewise linear tables of G.711, as WAV files use them: a sign, three bits of exponent, four of mantissa."""
    bits = np.arange(256) ^ (0x55 if law == "A-law" else 0xFF)
    exponent, mantissa, sign = bits >> 4 & 7, bits & 15, np.where(bits & 128, 1, -1)
    if law == "A-law":
        return sign * (16 * mantissa + 8 + 256 * (exponent > 0) << np.maximum(exponent - 1, 0)) / 32768
    return -sign * ((8 * mantissa + 132 << exponent) - 132) / 32768


# ---- WAV files ----------------------------------------------------------------------------------------------

REMEDY = ("save it as uncompressed 16-bit PCM (in Audacity: Export, WAV, signed 16-bit PCM; in a terminal: "
          "ffmpeg -i FILE -c:a pcm_s16le NEW.wav)")
WIDTHS = {1: (8, 16, 24, 32), 3: (32, 64), 6: (8,), 7: (8,)}        # bits a sample: PCM, floats, A-law, mu-law
COMPRESSED = {2: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x40: "G.721 ADPCM", 0x45: "G.726 ADPCM",
              0x50: "MPEG", 0x55: "MP3", 0xFF: "AAC", 0x161: "WMA", 0x1610: "AAC", 0x2000: "AC-3",
              0x674F: "Ogg Vorbis", 0xF1AC: "FLAC"}
STARTS = {b"OggS": "an Ogg file", b"fLaC": "a FLAC file", b"ID3": "an MP3 file", b"caff": "a CAF file",
          b"\x1aE\xdf\xa3": "a WebM file", b"FORM": "an AIFF file", b".snd": "an AU file", b"riff": "a Wave64 file",
          b"#!AMR": "an AMR file", b"MThd": "a MIDI file", b"\x30\x26\xb2\x75": "a WMA file",
          b"NIST_1A": "a NIST SPHERE file", b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "a gzip archive",
          b"\x00\x05\x16\x07": "what macOS keeps beside a file (AppleDouble)",
          b"version https://git-lfs": "a pointer of Git LFS (git lfs pull fetches the file)"}
ENDLESS = 0x7F000000                            # who writes into a pipe announces about 2³¹ bytes, 2³² − 1, or none
CHUNKS = 1000                                   # no file has more before its sound


def read_wav(file):
    """Read a WAV file: ``(waveform, rate)``, float32 samples in −1 … 1 and how many there are a second.

    Uncompressed PCM of 8, 16, 24 or 32 bits, floats of 32 or 64 bits, A-law and mu-law; several channels are averaged.
    RIFF, RIFX (big-endian), RF64 and BW64, WAVE_FORMAT_EXTENSIBLE. A file written into a pipe, whose header does not
    know its length, is read to the end; one that announces more than is there is truncated, and refused. The header is
    read first, the sound in blocks: at most ``MINUTES`` and ``MOST`` samples.

    file    a path, or the bytes of a file
    Errors: FileNotFoundError or PermissionError where the path leads nowhere; ValueError for folders, pipes and
            devices, for what is no WAV file, compressed, truncated, empty, too long, not finite, or a header that
            contradicts itself (the bytes a second, which nobody needs, are not looked at). The message tells the
            remedy.
    Source: IBM, Microsoft (1991), Multimedia Programming Interface and Data Specifications 1.0, chapter 3; EBU Tech
            3306 (2009), RF64.
    """
    name, stream, length = _opened(file)
    with stream:
        order, layout, start, size = _parts(name, stream, length)
        channels, rate, code, bits = _layout(name, layout, order)
        frame = channels * bits // 8                                # bytes of all channels at one time
        n = size // frame
        if n == 0:
            raise ValueError(f"{name} holds no samples; record it again")
        if n > 60 * MINUTES * rate or n * channels > MOST:
            raise ValueError(f"{name} is too long: {n / rate / 60:.3g} minutes, {n * channels:,} samples; at most "
                             f"{MINUTES} minutes and {MOST:,} samples are read; cut out what is needed")
        stream.seek(start)
        x, step = np.empty(n, np.float32), max(1, BLOCK // frame)
        for i in range(0, n, step):
            samples = _decode(stream.read(min(step, n - i) * frame), code, bits, order)
            if not np.all(np.abs(samples) <= LOUDEST):
                raise ValueError(f"{name} holds samples that are not finite numbers, or beyond all levels; {REMEDY}")
            x[i:i + step] = samples.reshape(-1, channels).mean(axis=1, dtype=np.float64)
    return x, rate


def _opened(file):
    """A name for messages, the file, open, and its length. Who opens a pipe waits for its writer: so ask what it is."""
    if isinstance(file, (bytes, bytearray, memoryview)):
        content = bytes(file)
        return "read_wav", io.BytesIO(content), len(content)
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(f"read_wav: expected a path or the bytes of a file, got {type(file).__name__}; "
                        "of a file that is open give what its read() returns")
    path = Path(file)
    name = f"read_wav: {path.name or path}"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, a socket or a device"
            raise ValueError(f"{name} is {what}, not a file; give the path of a WAV file, or the bytes of one")
        return name, path.open("rb"), status.st_size
    except OSError as error:
        link = " (it is a link)" if os.path.islink(path) else ""
        raise type(error)(f"{name} cannot be read: {error.strerror}{link}; "
                          "give the path of a WAV file that is there and may be read") from error


def _kind(head):
    """What a file is that is no WAV file, by its first bytes."""
    for start, what in STARTS.items():
        if head.startswith(start):
            return what
    if head[4:8] == b"ftyp":
        return "an M4A or MP4 file"
    if head[:1] == b"\xff" and head[1:] and (head[1] & 0xE6 == 0xE2 or head[1] & 0xF6 == 0xF0):     # a frame of MPEG
        return "an MP3 or AAC file"
    text = head.decode("utf-8", "ignore")                           # the last character may be cut
    if len(text.encode()) < len(head) - 3 or not all(c.isprintable() or c.isspace() for c in text):
        return "something else"
    return "text" if text else "empty"


def _parts(name, stream, length):
    """The order of bytes, the format, and where the sound starts and how long it is.

    A RIFF file is a list of chunks: four letters, the size of the body, the body, padded with a zero to an even length.
    """
    stream.seek(0)
    head = stream.read(min(512, length))        # nothing of a file without length, such as those of /proc
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or head[8:12] != b"WAVE":
        raise ValueError(f"{name} is not a WAV file but {_kind(head)}; {REMEDY}")
    order = ">" if head[:4] == b"RIFX" else "<"
    whole, = struct.unpack_from(order + "I", head, 4)
    layout, sound, wide, at = None, None, 0, 12
    for _ in range(CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8 or layout and sound:
            break
        if head[0] == 0:                        # not a letter but the padding, which some writers forget
            at += 1
            continue
        kind, size = struct.unpack(order + "4sI", head)
        at += 8
        if kind == b"ds64":                     # RF64: what does not fit 32 bits
            wide, = struct.unpack_from("<8xQ", stream.read(16).ljust(16, b"\0"))
        elif kind == b"fmt " and not layout:
            layout = stream.read(min(size, 40))
        elif kind == b"data" and not sound:
            there = length - at
            size = wide if wide and size == 0xFFFFFFFF else size
            if there < size and size >= ENDLESS or size == 0 and whole + 8 != length:
                size = there                    # the writer did not know: to the end
            if there < size:
                raise ValueError(f"{name} is truncated: {size} bytes of sound are announced, {there} are there; "
                                 "copy or record it again")
            sound = at, size
        at += size
    if layout is None or sound is None:
        lacking = "format" if layout is None else "sound"
        raise ValueError(f"{name} is truncated: it has no {lacking}; copy or record it again")
    return order, layout, *sound


def _layout(name, body, order):
    """Channels, rate, code and bits of the format; ValueError for those that are not read."""
    if len(body) < 16:
        raise ValueError(f"{name} is truncated: its format takes 16 bytes, {len(body)} are there; copy it again")
    code, channels, rate, _, frame, bits = struct.unpack_from(order + "HHIIHH", body)
    if code == 0xFFFE and len(body) >= 26:                          # WAVE_FORMAT_EXTENSIBLE: the true code comes later
        code, = struct.unpack_from(order + "H", body, 24)
    if bits not in WIDTHS.get(code, ()):
        unknown = f"of an unknown format (code {code}, {bits} bits)"
        raise ValueError(f"{name} is {f'compressed ({COMPRESSED[code]})' if code in COMPRESSED else unknown}; {REMEDY}")
    if not RATES[0] <= rate <= RATES[1] or channels == 0:
        raise ValueError(f"{name} claims {rate} samples a second in {channels} channels; expected {RATES[0]:,} to "
                         f"{RATES[1]:,}, and a channel at least; {REMEDY}")
    if frame not in (0, channels * bits // 8):
        raise ValueError(f"{name} contradicts itself: {channels} times {bits} bits are {channels * bits // 8} bytes, "
                         f"but it says {frame}; {REMEDY}")
    return channels, rate, code, bits


def _decode(samples, code, bits, order):
    """Bytes to numbers −1 … 1."""
    size = bits // 8
    if code in (6, 7):
        return _telephone_levels("A-law" if code == 6 else "mu-law")[np.frombuffer(samples, np.uint8)]
    if code == 3:
        return np.frombuffer(samples, f"{order}f{size}")
    if bits == 8:
        return (np.frombuffer(samples, np.uint8).astype(np.float32) - 128) / 128        # 8 bits alone are without sign
    if bits == 24:                                                  # a zero byte below makes 32 bits of 24
        wide = np.zeros((len(samples) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(samples, np.uint8).reshape(-1, 3)[:, ::-1 if order == ">" else 1]
        return wide.view("<i4")[:, 0] / 2.0 ** 31
    return np.frombuffer(samples, f"{order}i{size}") / 2.0 ** (bits - 1)


def wav_bytes(waveform, rate=RATE):
    """A waveform as the bytes of a WAV file, 16-bit PCM, mono: to play it or to write it. Samples beyond ±1 are
    clipped.
    """
    x, rate = check_waveform("wav_bytes", waveform, rate), int(round(rate))
    data = (np.clip(x, -1, 1) * 32767).round().astype("<i2").tobytes()
    layout = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


# ---- another rate -------------------------------------------------------------------------------------------

LEVELS = {"u1": 2 ** 7, "i1": 2 ** 7, "i2": 2 ** 15, "i4": 2 ** 31}     # whole numbers: what is 1


def check_waveform(name, waveform, rate=RATE):
    """The waveform as a float array (n,), several channels averaged; ValueError for anything that is no sound.

    Floats keep their scale. Whole numbers are divided by their largest level, so that they lie in −1 … 1: those of 8
    bits (with or without sign), 16 and 32 bits. Of others, and so of a list of whole numbers, nobody knows the largest
    level.
    """
    try:
        x = np.asarray(waveform)
    except ValueError as error:                                     # rows of different lengths
        raise ValueError(f"{name}: the waveform must be an array of numbers, of shape (n,) or (n, channels)") from error
    if x.dtype.kind not in "fiu":
        raise ValueError(f"{name}: the waveform must be an array of numbers, got {x.dtype}")
    _check_rate(f"{name}: rate", rate)
    if x.ndim != 1 and not (x.ndim == 2 and 0 < x.shape[1] <= 8 and x.shape[0] > x.shape[1]):
        remedy = "; transpose it: x.T" if x.ndim == 2 and x.shape[0] <= 8 else ""
        raise ValueError(f"{name}: the waveform must have shape (n,) or (n, channels), got {x.shape}{remedy}")
    if len(x) == 0:
        raise ValueError(f"{name}: the waveform is empty")
    if x.dtype.kind == "f":
        x = x.astype(np.result_type(x.dtype, np.float32), copy=False)       # half precision is too coarse
    else:
        kind = f"{x.dtype.kind}{x.dtype.itemsize}"
        if kind not in LEVELS:
            raise ValueError(f"{name}: the largest level of whole numbers ({x.dtype}) is not known; divide by it "
                             "(x / 32768 for samples of 16 bits), or give int16")
        x = (x.astype(np.float32) - 128 * (kind == "u1")) / LEVELS[kind]
    for wrong, what in ((~np.isfinite(x), "that are not finite numbers"), (np.abs(x) > LOUDEST, "beyond ±2³¹")):
        if wrong.any():
            raise ValueError(f"{name}: the waveform holds {int(wrong.sum())} samples {what}")
    return x if x.ndim == 1 else x.mean(axis=1)


def _check_rate(name, rate):
    if not isinstance(rate, Real) or isinstance(rate, bool) or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"{name} must be a number from {RATES[0]:,} to {RATES[1]:,} samples a second, got {rate!r}")


def resample(waveform, rate, new_rate, width=32):
    """The same sound with another number of samples a second, without the frequencies that this one cannot hold.

    Each new sample is a weighted sum of the old ones around it, y[n] = Σₖ x[k] h(t − k) with t = n rate / new_rate and
    h(u) = f sinc(f u) cos²(π u / 2w), w = width / f: a low-pass at f = min(1, new_rate / rate) of the old limit, faded
    out by a Hann window. A tone below 0.9 of the new limit keeps its level within 1 %.

    The weights repeat after new_rate / gcd(rate, new_rate) samples, and are computed once, a block at a time: for any
    two rates the work is proportional to the longer of both sounds, and the memory to the new one. Rates are rounded to
    whole numbers.

    Shapes: waveform (n,)  ->  (⌈n new_rate / rate⌉,), the dtype of the waveform
    Errors: ValueError for what is no sound, a rate outside ``RATES``, more than ``MOST`` new samples.
    Source: Smith (2002), Digital Audio Resampling Home Page, CCRMA; Crochiere, Rabiner (1983).
    """
    x = check_waveform("resample", waveform, rate)
    _check_rate("resample: new_rate", new_rate)
    if not 1 <= width <= 1000:
        raise ValueError(f"resample: width must be a number from 1 to 1000 (32 is plenty), got {width!r}")
    if rate == new_rate:
        return x.copy()
    rate, new_rate = int(round(rate)), int(round(new_rate))
    step = gcd(rate, new_rate)
    up, down = new_rate // step, rate // step               # new samples lie at n down / up: ``up`` different places
    n = -(-len(x) * up // down)
    if n > MOST:
        raise ValueError(f"resample: {len(x):,} samples at {rate} a second become {n:,} at {new_rate}; "
                         f"at most {MOST:,} are made; cut the sound into pieces")
    f = 0.95 * min(1.0, up / down)
    reach = int(np.ceil(width / f))
    taps = np.arange(-reach + 1, reach + 1)
    padded = np.concatenate([np.zeros(reach - 1, x.dtype), x, np.zeros(reach + 1, x.dtype)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach)
    y = np.empty((-(-n // up), up), x.dtype)                # a column for each place between, which shares its weights
    for columns in _blocks(min(n, up), 2 * reach):
        at = columns * down
        u = (at % up / up)[:, np.newaxis] - taps
        h = f * np.sinc(f * u) * np.where(np.abs(u) < reach, np.cos(0.5 * np.pi * u / reach) ** 2, 0)
        h = (h / h.sum(axis=1, keepdims=True)).astype(x.dtype)      # a constant stays what it is
        for rows in _blocks(len(y), h.size):
            places = np.minimum(at // up + rows[:, np.newaxis] * down, len(windows) - 1)    # beyond n: cut off below
            y[rows[:, np.newaxis], columns] = np.einsum("rck,ck->rc", windows[places], h)
    return y.ravel()[:n]


def _blocks(count, size):
    """0 … count − 1 in pieces, such that a piece of rows with ``size`` numbers each stays within ``BLOCK``."""
    step = max(1, BLOCK // size)
    return (np.arange(start, min(count, start + step)) for start in range(0, count, step))
