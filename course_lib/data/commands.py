"""Words spoken by synthetic voices, in Japanese and English; and recordings of one's own, read from a folder."""

import io
import unicodedata
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.data.files import read_bytes
from course_lib.data.sound import RATE, from_mu_law, read_wav, resample

LONGEST = 10.0                                  # s: a recording of one word, with the silence around it, is not longer

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS_JA = tuple(f"ja_{i}" for i in range(10))
COMMANDS = ("yes", "no", "left", "right", "up", "down", "forward", "backward", "go", "stop")
COMMANDS_JA = ("hai", "iie", "hidari", "migi", "ue", "shita", "mae", "ushiro", "susume", "tomare")  # word by word
READINGS = {"rei": "ja_0", "maru": "ja_0", "shi": "ja_4", "shichi": "ja_7", "ku": "ja_9"}   # beside the usual ones
PARTS = "heard", "unheard"                      # of the other words: those to learn from, those to judge by
VOCABULARIES = {"digits": DIGITS, "commands": COMMANDS, "digits_ja": DIGITS_JA, "commands_ja": COMMANDS_JA}


def words_of(vocabulary):
    """The ten words of a vocabulary of ``VOCABULARIES``: "digits", "commands", ...; ValueError for another name."""
    if vocabulary not in tuple(VOCABULARIES):
        raise ValueError(f"vocabulary must be one of {', '.join(VOCABULARIES)}, got {vocabulary!r}")
    return VOCABULARIES[vocabulary]


class Commands(NamedTuple):
    """Spoken words: ``waveforms``, a list of float32 arrays in −1 … 1 at 8,000 samples a second, and what is known of
    each: arrays of text ``word``, ``voice`` (a speaker at one setting), ``engine`` (the program that spoke, "person"
    for recordings) and ``language`` ("en", "ja", another code, or "" where unknown). ``speaker`` follows from voice and
    engine."""

    waveforms: list
    word: np.ndarray
    voice: np.ndarray
    engine: np.ndarray
    language: np.ndarray

    @property
    def speaker(self):
        """Who spoke each utterance, an array of text: ``speaker_of`` its voice and engine. Splits go by this."""
        return np.array([speaker_of(voice, engine) for voice, engine in zip(self.voice, self.engine)])

    def take(self, rows):
        """The utterances of these rows: numbers, or an array of truth values. At least one has to be chosen."""
        n = len(self.word)
        try:
            rows = np.ravel(np.arange(n)[rows if isinstance(rows, slice) else np.asarray(rows)])
        except IndexError as error:
            raise IndexError(f"Commands.take: rows must be numbers below {n}, or {n} truth values: {error}") from error
        if len(rows) == 0:
            raise ValueError(f"Commands.take: none of the {n} utterances is chosen; the engines are "
                             f"{_listed(self.engine)}, the languages {_listed(self.language)}")
        return Commands([self.waveforms[i] for i in rows], self.word[rows], self.voice[rows], self.engine[rows],
                        self.language[rows])

    def of(self, words):
        """The utterances of these words, and the place of each word in ``words`` as its label: ``(commands, labels)``.

        A word of the course that nobody speaks here keeps its label; one that is neither of the course nor spoken is an
        error.
        """
        if isinstance(words, str):
            raise TypeError(f"Commands.of: words must be a list of words, got the text {words!r}; put it in brackets")
        words, known = list(words), {*self.word.tolist()}.union(*VOCABULARIES.values())
        unknown = [word for word in words if word not in known]
        if unknown or len(set(words)) < len(words) or not np.isin(self.word, words).any():
            wrong = f"{unknown[0]!r} is unknown" if unknown else "each must stand there once, and one be spoken"
            raise ValueError(f"Commands.of: {wrong}, got {words}; the words spoken are {_listed(self.word)}")
        found = self.take(np.isin(self.word, words))
        return found, np.array([words.index(word) for word in found.word], int)


def speaker_of(voice, engine):
    """Who speaks with a voice: its engine, and its name without what was only set at a knob.

    Not counted are the dialect (espeak-ng), the speed (flite), speed and pitch (openjtalk, pico), and Kokoro's Spanish
    and Portuguese twins: ef_dora and pf_dora, em_alex and pm_alex, em_santa and pm_santa have one name, and in this
    corpus each is the other's nearest by mean spectrum. Of people a voice is a speaker.
    """
    if engine == "espeak-ng":
        voice = voice.rsplit("-", 1)[-1]                            # en-us-f1, ja-f1: one speaker
    elif engine == "openjtalk":
        voice = voice[:3]                                           # mei-4_0.85, nit+0_1.2
    elif engine in ("flite", "pico"):
        voice = voice.split("_")[0].removesuffix("16")              # slt_1.25; kal16, the voice kal at 16 kHz
    elif engine == "kokoro" and voice[0] in "ep":
        voice = f"ep{voice[1:]}"                                    # ef_dora, pf_dora: one speaker
    return f"{engine} {voice}"


def _listed(names):
    return ", ".join(np.unique(names).tolist()) or "none"


def load_commands(language=None, readings=False):
    """Forty words by synthetic voices, as ``Commands``: digits and ten commands, in English and in Japanese.

    ``language`` "en" or "ja" takes one half of the words, None both. The voices are programs (``engine``: kokoro,
    espeak-ng, openjtalk, flite, pico), not people. The Japanese digits are read zero, ichi, ni, san, yon, go, roku,
    nana, hachi, kyuu; with ``readings`` those of ``load_readings`` come after all, as further utterances of the digits.

    Source: synthesised for this course; voices and their credits in data/SOURCES.md.
    """
    if language not in (None, "en", "ja"):
        raise ValueError(f'load_commands: language must be "en", "ja" or None for both, got {language!r}')
    commands = _unpacked("commands.npz")
    if readings:
        other = load_readings()
        other = other._replace(word=np.array([READINGS[word] for word in other.word]))
        commands = Commands(commands.waveforms + other.waveforms,
                            *(np.concatenate(columns) for columns in zip(commands[1:], other[1:])))
    return commands if language is None else commands.take(commands.language == language)


def load_readings():
    """Other readings of four Japanese digits, as ``Commands`` whose words are the keys of ``READINGS``: rei, maru, shi,
    shichi, ku. The voices are those that speak the Japanese half of ``load_commands``; each says each once.

    Source: synthesised for this course; voices and their credits in data/SOURCES.md.
    """
    return _unpacked("readings.npz")


def load_other_words(part=None):
    """Words that stand in none of the four vocabularies, as ``Commands``: to learn and to judge "none of my words".

    Japanese (in Latin letters, long vowels as they are written: kyou, kouen), English, and seven other languages
    (``language``: de, fr, es, it, pt, ko, zh). Each word is spoken once, by a voice drawn from those of
    ``load_commands`` and Pico's four of other languages. ``part`` "heard" takes three quarters of the words, to learn
    and choose from, "unheard" the others, to judge by; which is which goes by the word alone, so that no word is in
    both. Split by ``Commands.speaker`` as well to judge by voices that were not heard.

    Source: synthesised for this course; voices and their credits in data/SOURCES.md.
    """
    if part not in (None, *PARTS):
        raise ValueError(f'load_other_words: part must be "heard", "unheard" or None for both, got {part!r}')
    words = _unpacked("other_words.npz")
    unheard = np.array([zlib.crc32(word.encode("utf-8")) % 4 == 0 for word in words.word.tolist()])
    return words if part is None else words.take(unheard == (part == "unheard"))


def _unpacked(name):
    codes, lengths, word, voice, engine, language = _packed(read_bytes(name))
    waveforms = np.split(from_mu_law(codes), np.cumsum(lengths)[:-1])
    return Commands(waveforms, word.copy(), voice.copy(), engine.copy(),
                    _languages(word) if language is None else language.copy())


@lru_cache(maxsize=3)
def _packed(content):
    """A file unpacked, once: it takes half a second. What comes from here is never handed out itself."""
    with np.load(io.BytesIO(content)) as file:
        names = (file["names"][file[key]] if key in file.files else None
                 for key in ("word", "voice", "engine", "language"))
        return file["codes"], file["lengths"].astype(int), *names


def _languages(words):
    english, japanese = np.isin(words, DIGITS + COMMANDS), np.isin(words, (*DIGITS_JA, *COMMANDS_JA, *READINGS))
    return np.where(english, "en", np.where(japanese, "ja", ""))


def load_recordings(folder):
    """Recordings from a folder, as ``Commands``: files ``{word}_{speaker}_{take}.wav`` such as ``seven_anna_3.wav``.

    Any rate, any format of ``read_wav``, at most ``LONGEST`` seconds each; all come out at 8,000 samples a second
    (``resample``). Words are read in small letters; a digit in the place of a word (``7_anna_3.wav``, as in the Free
    Spoken Digit Dataset) is read as the English word. Hidden files (those of macOS begin with ``._``), folders and
    files of other kinds are left alone; a WAV file whose name does not fit, or that gives a take a second time, is an
    error.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"load_recordings: there is no folder {folder}; give the one that holds the WAV files")
    paths = sorted(path for path in folder.iterdir()
                   if path.suffix.lower() in (".wav", ".wave") and not path.name.startswith(".") and not path.is_dir())
    if not paths:
        raise ValueError(f"load_recordings: {folder} itself holds no WAV files (folders in it are not searched); "
                         "they are named {word}_{speaker}_{take}.wav")
    takes, waveforms = {}, []
    for path in paths:
        name = unicodedata.normalize("NFC", path.stem)              # macOS writes é as two characters, others as one
        word, speaker, take = ("", "", *(part.strip() for part in name.rsplit("_", 2)))[-3:]
        if not (word and speaker and take.isdecimal()):
            raise ValueError(f"load_recordings: {path.name} is not named {{word}}_{{speaker}}_{{take}}.wav; "
                             "rename it, for example to seven_anna_3.wav")
        word = DIGITS[int(word)] if word in list("0123456789") else word.lower()
        first = takes.setdefault((word, speaker, int(take)), path)
        if first != path:
            raise ValueError(f"load_recordings: {first.name} and {path.name} are the same take; rename or remove one")
        x, rate = read_wav(path)
        if len(x) > LONGEST * rate:
            raise ValueError(f"load_recordings: {path.name} lasts {len(x) / rate:.4g} s; a recording of one word has "
                             f"at most {LONGEST:g} s; cut the word out")
        waveforms.append(resample(x, rate, RATE))
    words, speakers, _ = (np.array(column) for column in zip(*takes))
    return Commands(waveforms, words, speakers, np.full(len(words), "person"), _languages(words))
