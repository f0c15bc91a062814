"""The numbers in course_lib/data/SOURCES.md; see numerals.py."""

import inspect
import re
from importlib.resources import files

import numpy as np
from numerals import computed, given, quoted, says

from course_lib.data import (
    COMMANDS,
    DIGITS,
    load_commands,
    load_faces,
    load_mnist,
    load_other_words,
    load_ratings,
    load_readings,
    load_sentiment,
    load_text,
    load_weather,
)
from course_lib.data.digits import FORMS, load_digits, load_new_writers
from course_lib.data.faces import HEIGHT, PEOPLE, PHOTOGRAPHS, WIDTH
from course_lib.data.sound import RATE
from course_lib.data.zipcodes import SIZES
from course_lib.studies.commands import pack
from course_lib.studies.faces import split_people
from course_lib.studies.forgetting import load_confusions

WORDS = load_commands()
ENGLISH = WORDS.language == "en"


def packed_bits():
    """Bits a sample of what ``pack`` takes."""
    return int(re.search(r"must hold (\d+)-bit samples", inspect.getsource(pack))[1])


RATED = load_sentiment()
RATERS = [len(r) for r in RATED.ratings]
says(f"{len(RATERS):,} sentences of film reviews, the {sum(RATERS):,} ratings from {min(map(min, RATED.ratings))} to "
     f"{max(map(max, RATED.ratings))} that people gave them ({min(RATERS)} to {max(RATERS)} a sentence)", computed())
says(f"{len(RATED.words):,} entries of its lexicon that are words of letters", computed())
says("ICWSM 2014; the", "Copyright (c) 2016 C.J. Hutto",
     quoted("Hutto 2014 and 2016, README and licence of vaderSentiment"))
says('the "compound" from -1 to 1', given("the range of a score, as the package defines it"))


VOICES = {name: set(WORDS.voice[(WORDS.engine == "kokoro") & np.isin(WORDS.word, names)])
          for name, names in (("digits", DIGITS), ("commands", COMMANDS))}
says(f"{len(WORDS.word):,} spoken words, 8-bit mu-law at {RATE // 1000} kHz: ten digits and ten commands in English "
     f"({ENGLISH.sum():,}) and in Japanese ({(~ENGLISH).sum()})", computed())
says(f"{len(VOICES['digits'])} voices speak the English digits, {len(VOICES['commands'])} of them all words",
     computed())
OTHER, READ = load_other_words(), load_readings()
LANGUAGES = {"ja": "Japanese", "en": "English", "de": "German", "it": "Italian", "fr": "French", "es": "Spanish",
             "ko": "Korean", "zh": "Mandarin", "pt": "Portuguese"}
says(f"{len(OTHER.word)} words that stand in none of the four", computed())
says(", ".join(f"{(OTHER.language == code).sum()} {name}" for code, name in LANGUAGES.items()) + ", each spoken once; "
     f"8-bit mu-law at {RATE // 1000} kHz.", lambda o: len(set(OTHER.word)) == len(OTHER.word))
ENGINES = "espeak-ng", "kokoro", "openjtalk", "pico", "flite"
says("(" + ", ".join(f"{name} {(OTHER.engine == name).sum()}" for name in ENGINES) + " words)", computed())
says(f"Italian ones: {len(set(OTHER.speaker))} speakers.", computed())
says("each word was brought to the same peak, 0.92.",
     lambda o: {round(float(abs(x).max()), 2) for x in OTHER.waveforms})
says("if the CRC-32 of its UTF-8 text is a multiple of four", given("names of a checksum and of a code"))
says(f"({len(load_other_words('unheard').word)} words), else heard.", computed())
says("espeak-ng at 140 to 195 words a minute and pitches 30 to 70,", "Kokoro at 1 to 1.3 times the speed",
     given("what the programs that spoke were asked for"))
says(f"{len(READ.word)} utterances: other readings of Japanese digits, rei and maru (0), shi (4), shichi (7), ku (9), "
     f"each by the {len(set(READ.voice))} voices", computed())
says(", ".join(f"of {name} {len(set(READ.voice[READ.engine == name]))}" for name in ENGINES[:3]), computed())
RATED = load_ratings()
says(f"{len(RATED.users):,} ratings of {len(RATED.titles):,} films by {len(set(RATED.users))} people: who, which film, "
     f"half stars ({int(2 * RATED.stars.min())} to {int(2 * RATED.stars.max())}), when", computed())
says("because the wheel has 50 MB", given("the size of another package"))
says("*MovieLens latest-small*, October 2016, GroupLens Research", "F. M. Harper and J. A. Konstan (2015)",
     "*ACM Transactions on Interactive Intelligent Systems* 5 (4), 19;", "cite Harper and Konstan (2015);",
     quoted("Harper, Konstan 2015, ACM Transactions on Interactive Intelligent Systems 5 (4), 19; README of the data"))
says("people and films numbered from 0;", "titles the UTF-8 bytes of all lines",
     given("how the file counts, the name of a code"))
says("Licence: CC BY 3.0, as", "Licence: CC BY 3.0, with", given("licences, as those who gave the data state them"))
says("brought to 8 kHz", lambda o: RATE / 1000)
says("16 bits a sample made 8 (mu-law)",
     lambda o: [packed_bits(), 8 * np.load(files("course_lib.data") / "commands.npz")["codes"].itemsize])
says("from 16-bit words, one file an engine", lambda o: packed_bits())
says("CC BY 3.0; \"nitech\"", "Nagoya Institute of Technology, CC BY 3.0.", "as a whole: CC BY 3.0.",
     "flite and SVOX Pico (Apache-2.0)", "Kokoro (Apache-2.0, hexgrad)", "Licence: CC BY 4.0", "Licence: CC BY-SA 3.0",
     quoted("licences, as the givers state them: mmdagent.jp; hts.sp.nitech.ac.jp; huggingface.co/hexgrad/Kokoro-82M; "
            "SVOX Pico of Android; archive.ics.uci.edu; keras.io/api/datasets/mnist"))
says("lower at 0.85 times the speed", "voice at speed 0.85 and pitch 0.8.",
     lambda o: {"mei-4_0.85", "en-US_0.85_0.8"} <= set(WORDS.voice))

digits = load_digits()
count = len(digits.t_train) + len(digits.t_test)
says(f"{count:,} handwritten digits, 8 × 8 pixels with values 0 to 16, and", computed())
says(f"`images` ({count}, 8, 8) uint8 and `labels` ({count},) uint8.", computed())
says("Real handwriting of 13 people", "E. Alpaydin and C. Kaynak (1998), UCI", quoted(
    "Alpaydin and Kaynak 1998, UCI Machine Learning Repository, optdigits.names: 30 people for training, 13 for test"))

says(f"returns {len(FORMS)} times (`FORMS` in `digits.py`). As 13 people wrote, one must have filled in two.",
     lambda o: len(FORMS) == 14)
new = load_new_writers()
says(f"{len(new.t):,} handwritten digits, 8 × 8 pixels with values 0 to 16, and their labels. Real handwriting of 30 "
     "people", f"`images` ({len(new.t)}, 8, 8) uint8 and `labels` ({len(new.t)},) uint8.",
     f'comments="@")[:{len(new.t)}]`', f"in the same order, the {count:,} digits of digits.npz.",
     "It is one set by 30 people;",
     lambda o: np.array_equal(16 * new.x, np.round(16 * new.x)) and 16 * new.x.max() == 16)
says(f"on the {SIZES[0]:,} and {SIZES[1]:,} zip-code digits", "the very digits of the paper of 1989",
     "LeCun et al. (1989), Neural Computation 1, 541–551.",
     quoted("LeCun and others 1989, Neural Computation 1, 541-551"))

mnist = load_mnist()
sizes = np.bincount(np.concatenate([mnist.t_train, mnist.t_test]))
says(f"{sizes.sum():,} handwritten digits of MNIST, {sizes.max()} of each class, 28 × 28 pixels with values 0 "
     "(paper) to 255 (ink)", lambda o: len(set(sizes)) == 1 and mnist.x_train.shape[-2:] == (28, 28)
     and np.allclose(255 * mnist.x_test, np.round(255 * mnist.x_test)))
says(f"`images` ({sizes.sum()}, 28, 28) uint8 and `labels` ({sizes.sum()},) uint8; no pixel was changed.", computed())
says(f"The course holds out the last {np.bincount(mnist.t_test).max()} images of each class.", computed())
says("Special Databases 1 and 3; a", "3 (24), 2018, 638)", "LeCun et al. (1989), and", quoted(
    "LeCun, Cortes, Burges 1998, yann.lecun.com/exdb/mnist; Raschka 2018, Journal of Open Source Software 3 (24), 638"))

says(f"{len(load_text()):,} characters of plain ASCII", "Herman Melville (1851)", lambda o: load_text().isascii())


@says("Daily weather in Seattle, 2012 to 2015, 1,461 rows:")
def weather(o):
    years = load_weather().dates.astype("datetime64[Y]").astype(int) + 1970
    return [years[0], years[-1], len(years)]


says(f"{PEOPLE * PHOTOGRAPHS} photographs of {PEOPLE} people, {WIDTH} × {HEIGHT} pixels, grey",
     lambda o: load_faces().images.shape == (PEOPLE * PHOTOGRAPHS, HEIGHT, WIDTH))
says(f"SHA-256 of the {PEOPLE * PHOTOGRAPHS} files one after", computed())
says("between April 1992 and April 1994 at", "Harter (1994), Parameterisation of a stochastic model for human face "
     "identification, 2nd", "photographs (Samaria, Harter, 1994; AT&T",
     quoted("AT&T Laboratories Cambridge 2002, The Database of Faces; Samaria and Harter 1994, WACV"))


says("voice-model-1 to -4 0.1.0", "*espeak-ng* 1.51 (Debian", "*flite* 2.2 (Debian), five",
     quoted("the programs that spoke the words, as installed in November 2026: packages.debian.org, pypi.org"))

# ---- stored networks ---------------------------------------------------------------------------------------------
says("what was set, 137 voices are 91 speakers.", lambda o: [len(set(WORDS.voice)), len(set(WORDS.speaker))])


@says("their weights as 16-bit floats, running averages as 32-bit floats; the array")
def stored_types(o):
    stored = np.load(files("course_lib.data") / "commands_networks.npz")
    return {stored[name].dtype.itemsize * 8 for name in stored.files if stored[name].dtype.kind == "f"} == {16, 32}


says("Free Spoken Digit Dataset (Jackson and others, CC BY-SA\n  4.0)", quoted("the data set's licence, Zenodo 2018"))
says("of the same 40 people, so that", lambda o: PEOPLE)
says("each choice of 30 people the weights", lambda o: len({*split_people(0)[0]}))
says("measured from outside on 30 November 2026 for this course", quoted("the origin in the file: 30 November 2026"))
says("each rival of forgetting_figures.csv at 13 places of the second task",
     lambda o: len(next(iter(load_confusions().values()))))
