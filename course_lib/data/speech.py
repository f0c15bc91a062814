"""Words spoken by synthetic voices, in Japanese and English; and a reader for recordings of one's own."""

import io
import struct
from functools import lru_cache
from math import gcd
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.data.files import read_bytes

RATE = 8000                                     # samples a second of the corpus: as on the telephone, up to 4 kHz

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS_JA = tuple(f"ja_{i}" for i in range(10))
COMMANDS = ("yes", "no", "left", "right", "up", "down", "forward", "backward", "go", "stop")
COMMANDS_JA = ("hai", "iie", "hidari", "migi", "ue", "shita", "mae", "ushiro", "susume", "tomare")     # the same, word by word
VOCABULARIES = {"digits": DIGITS, "commands": COMMANDS, "digits_ja": DIGITS_JA, "commands_ja": COMMANDS_JA}


class Commands(NamedTuple):
    """Spoken words: ``waveforms``, a list of float32 arrays in −1 … 1 at 8,000 samples a second, and what is known of each:
    arrays of text ``word``, ``voice`` (the speaker), ``engine`` (the program that spoke, "person" for recordings) and
    ``language`` ("en", "ja", or "" where unknown)."""

    waveforms: list
    word: np.ndarray
    voice: np.ndarray
    engine: np.ndarray
    language: np.ndarray

    def take(self, rows):
        """The utterances of these rows: numbers, or an array of truth values."""
        rows = np.arange(len(self.word))[rows]
        return Commands([self.waveforms[i] for i in rows], self.word[rows], self.voice[rows], self.engine[rows], self.language[rows])

    def of(self, words):
        """The utterances of these words, and the place of each word in ``words`` as its label: ``(commands, labels)``."""
        found = self.take(np.isin(self.word, words))
        return found, np.array([list(words).index(word) for word in found.word], int)


def load_commands(language=None):
    """Forty words by synthetic voices, as ``Commands``: digits and ten commands, in English and in Japanese.

    ``language`` "en" or "ja" takes one half of the words, None both. The voices are programs (``engine``: kokoro, espeak-ng,
    openjtalk, flite, pico), not people.

    Source: synthesised for this course; voices and their credits in data/SOURCES.md.
    """
    if language not in (None, "en", "ja"):
        raise ValueError(f'load_commands: language must be "en", "ja" or None for both, got {language!r}')
    codes, lengths, word, voice, engine = _packed(read_bytes("commands.npz"))
    waveforms = np.split(from_mu_law(codes), np.cumsum(lengths)[:-1])
    commands = Commands(waveforms, word.copy(), voice.copy(), engine.copy(), _languages(word))
    return commands if language is None else commands.take(commands.language == language)


@lru_cache(maxsize=1)
def _packed(content):
    """The file unpacked, once: it takes half a second. What comes from here is never handed out itself."""
    with np.load(io.BytesIO(content)) as file:
        return file["codes"], file["lengths"].astype(int), *(file["names"][file[key]] for key in ("word", "voice", "engine"))


def _languages(words):
    return np.where(np.isin(words, DIGITS + COMMANDS), "en", np.where(np.isin(words, DIGITS_JA + COMMANDS_JA), "ja", ""))


# ---- eight bits a sample ------------------------------------------------------------------------------------

MU = 255                                        # μ of the North American and Japanese telephone


def to_mu_law(waveform):
    """Samples −1 … 1 as bytes: the logarithm of the size in 127 steps up and down, so that quiet samples keep their digits.

    code = 128 + round(127 sign(x) ln(1 + μ|x|) / ln(1 + μ)). Shapes: (n,) float  ->  (n,) uint8
    Source: ITU-T G.711 (1988), here as the formula, not its piecewise linear table.
    """
    x = np.clip(waveform, -1, 1)
    return (128 + np.rint(127 * np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU))).astype(np.uint8)


def from_mu_law(codes):
    """The way back: bytes to samples −1 … 1, float32."""
    level = (np.arange(256) - 128) / 127
    return (np.sign(level) * np.expm1(np.abs(level) * np.log1p(MU)) / MU).astype(np.float32)[codes]


# ---- WAV files ----------------------------------------------------------------------------------------------

COMPRESSED = {2: "Microsoft ADPCM", 6: "A-law", 7: "mu-law", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x50: "MPEG", 0x55: "MP3"}
REMEDY = "save it as uncompressed 16-bit PCM (in Audacity: Export, WAV, signed 16-bit PCM)"


def read_wav(file):
    """Read a WAV file: ``(waveform, rate)``, float32 samples in −1 … 1 and how many there are a second.

    Uncompressed PCM of 8, 16, 24 or 32 bits and floats of 32 or 64 bits; several channels are averaged.

    file    a path, or the bytes of a file
    Errors: ValueError for what is no WAV file, compressed, truncated, empty, or not finite; the message tells the remedy.
    Source: IBM, Microsoft (1991), Multimedia Programming Interface and Data Specifications 1.0, chapter 3.
    """
    name, content = ("read_wav", bytes(file)) if isinstance(file, (bytes, bytearray, memoryview)) \
        else (f"read_wav: {Path(file).name}", Path(file).read_bytes())
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        known = {b"OggS": "an Ogg file", b"fLaC": "a FLAC file", b"ID3": "an MP3 file", b"\xff\xfb": "an MP3 file",
                 b"\x1aE\xdf\xa3": "a WebM file", b"caff": "a CAF file", b"FORM": "an AIFF file"}
        what = next((text for start, text in known.items() if content.startswith(start)), "something else")
        raise ValueError(f"{name} is not a WAV file but {what if content else 'empty'}; {REMEDY}")
    layout, samples = None, None
    for kind, size, body in _chunks(content):
        if kind == b"fmt ":
            layout = _layout(name, body)
        elif kind == b"data":
            if len(body) < size and size < 0xFFFFFFFF - 8:          # a stream that did not know its length says "endless"
                raise ValueError(f"{name} is truncated: {size} bytes of sound are announced, {len(body)} are there; "
                                 "copy or record it again")
            samples = body
    if layout is None or samples is None:
        raise ValueError(f"{name} is truncated: it has no {'format' if layout is None else 'sound'}; copy or record it again")
    channels, rate, bits, is_float = layout
    x = _decode(samples, bits, is_float)
    x = x[:len(x) // channels * channels].reshape(-1, channels).mean(axis=1, dtype=np.float64).astype(np.float32)
    if len(x) == 0:
        raise ValueError(f"{name} holds no samples; record it again")
    if not np.all(np.isfinite(x)):
        raise ValueError(f"{name} holds samples that are not finite numbers; {REMEDY}")
    return x, rate


def _chunks(content):
    """A RIFF file is a list of chunks: four letters, the size of the body, the body, padded to an even length."""
    at = 12
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        yield kind, size, content[at + 8:at + 8 + size]
        at += 8 + size + size % 2


def _layout(name, body):
    if len(body) < 16:
        raise ValueError(f"{name} is truncated: its format takes 16 bytes, {len(body)} are there; copy or record it again")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == 0xFFFE and len(body) >= 26:                          # WAVE_FORMAT_EXTENSIBLE: the true code comes later
        code = struct.unpack_from("<H", body, 24)[0]
    if code not in (1, 3) or bits not in ((8, 16, 24, 32) if code == 1 else (32, 64)):
        what = f"compressed ({COMPRESSED[code]})" if code in COMPRESSED else f"of an unknown format (code {code}, {bits} bits)"
        raise ValueError(f"{name} is {what}; {REMEDY}")
    if rate == 0 or channels == 0:
        raise ValueError(f"{name} claims {rate} samples a second in {channels} channels; {REMEDY}")
    return channels, rate, bits, code == 3


def _decode(samples, bits, is_float):
    size = bits // 8
    samples = samples[:len(samples) // size * size]
    if is_float:
        return np.frombuffer(samples, f"<f{size}")
    if bits == 8:
        return (np.frombuffer(samples, np.uint8).astype(np.float32) - 128) / 128        # 8 bits alone are without sign
    if bits == 24:                                                  # a zero byte below makes 32 bits of 24
        wide = np.zeros((len(samples) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(samples, np.uint8).reshape(-1, 3)
        samples, bits = wide.tobytes(), 32
    return np.frombuffer(samples, f"<i{bits // 8}") / 2.0 ** (bits - 1)


def wav_bytes(waveform, rate=RATE):
    """A waveform as the bytes of a WAV file, 16-bit PCM, mono: to play it or to write it. Samples beyond ±1 are clipped."""
    x = check_waveform("wav_bytes", waveform, rate)
    data = (np.clip(x, -1, 1) * 32767).round().astype("<i2").tobytes()
    layout = struct.pack("<HHIIHH", 1, 1, int(rate), 2 * int(rate), 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def load_recordings(folder):
    """Recordings from a folder, as ``Commands``: files ``{word}_{speaker}_{take}.wav`` such as ``seven_anna_3.wav``.

    Any rate, mono or stereo, any format of ``read_wav``; all come out at 8,000 samples a second (``resample``). A digit in
    the place of a word (``7_anna_3.wav``, as in the Free Spoken Digit Dataset) is read as the English word.
    Other files are left alone; a WAV file whose name does not fit is an error.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"load_recordings: there is no folder {folder}; give the folder that holds the WAV files")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".wav")
    if not paths:
        raise ValueError(f"load_recordings: {folder} holds no WAV files; they are named {{word}}_{{speaker}}_{{take}}.wav")
    waveforms, words, speakers = [], [], []
    for path in paths:
        word, speaker, take = ("", "", *path.stem.rsplit("_", 2))[-3:]
        if not (word and speaker and take.isdecimal()):
            raise ValueError(f"load_recordings: {path.name} is not named {{word}}_{{speaker}}_{{take}}.wav; "
                             "rename it, for example to seven_anna_3.wav")
        waveforms.append(resample(*read_wav(path), RATE))
        words.append(DIGITS[int(word)] if word in list("0123456789") else word)
        speakers.append(speaker)
    return Commands(waveforms, np.array(words), np.array(speakers), np.full(len(words), "person"), _languages(words))


# ---- another rate -------------------------------------------------------------------------------------------

def check_waveform(name, waveform, rate=RATE):
    """The waveform as a float array (n,), several channels averaged; ValueError for anything that is no sound."""
    x = np.asarray(waveform)
    if x.dtype.kind not in "fiu":
        raise ValueError(f"{name}: the waveform must be an array of numbers, got {x.dtype}")
    if not (np.isscalar(rate) and np.isfinite(rate) and rate > 0):
        raise ValueError(f"{name}: rate must be above 0 samples a second, got {rate!r}")
    if x.ndim == 2 and x.shape[1] <= 8 and x.shape[0] > x.shape[1]:
        x = x.mean(axis=1)                                          # (n, channels)
    if x.ndim != 1:
        raise ValueError(f"{name}: the waveform must have shape (n,) or (n, channels), got {x.shape}")
    if len(x) == 0:
        raise ValueError(f"{name}: the waveform is empty")
    if x.dtype.kind in "iu":                                        # counted levels: 8 bits without sign, others with
        x = (x.astype(np.float32) - 128 * (x.dtype == np.uint8)) / (np.iinfo(x.dtype).max // (1 + (x.dtype == np.uint8)) + 1)
    if not np.all(np.isfinite(x)):
        raise ValueError(f"{name}: the waveform holds {int(np.sum(~np.isfinite(x)))} samples that are not finite numbers")
    return x


def resample(waveform, rate, new_rate, width=32):
    """The same sound with another number of samples a second, without the frequencies that this one cannot hold.

    Each new sample is a weighted sum of the old ones around it, y[n] = Σₖ x[k] h(t − k) with t = n rate / new_rate and
    h(u) = f sinc(f u) cos²(π u / 2w), w = width / f: a low-pass at f = min(1, new_rate / rate) of the old limit, faded
    out by a Hann window. A tone below 0.9 of the new limit keeps its level within 1 %.

    Shapes: waveform (n,)  ->  (⌈n new_rate / rate⌉,), the dtype of the waveform
    Source: Smith (2002), Digital Audio Resampling Home Page, CCRMA; Crochiere, Rabiner (1983).
    """
    x = check_waveform("resample", waveform, rate)
    check_waveform("resample", x[:1], new_rate)
    if rate == new_rate:
        return x.copy()
    rate, new_rate = int(round(rate)), int(round(new_rate))
    if rate < 1 or new_rate < 1:
        raise ValueError("resample: rates below 1 sample a second make no sound")
    step = gcd(rate, new_rate)
    up, down = new_rate // step, rate // step               # new samples lie at n down / up: ``up`` different places between
    f = 0.95 * min(1.0, up / down)
    reach = int(np.ceil(width / f))
    taps = np.arange(-reach + 1, reach + 1)
    u = (np.arange(up) / up)[:, np.newaxis] - taps
    h = f * np.sinc(f * u) * np.where(np.abs(u) < reach, np.cos(0.5 * np.pi * u / reach) ** 2, 0)
    h = (h / h.sum(axis=1, keepdims=True)).astype(x.dtype)  # a constant stays what it is
    n = -(-len(x) * up // down)
    padded = np.concatenate([np.zeros(reach - 1, x.dtype), x, np.zeros(reach + 1, x.dtype)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach)
    y = np.empty(n, x.dtype)
    for start in range(0, n, 4096):                         # so that a long recording does not fill the memory
        at = np.arange(start, min(n, start + 4096)) * down
        y[start:start + 4096] = np.einsum("nk,nk->n", windows[at // up], h[at % up])
    return y
