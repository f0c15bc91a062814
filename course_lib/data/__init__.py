"""Data: batches, and one loader a data set. Files lie beside this module and are checked before use."""

from course_lib.data.adding import adding_problem
from course_lib.data.batches import Batches, standardise
from course_lib.data.commands import (
    COMMANDS,
    COMMANDS_JA,
    DIGITS,
    DIGITS_JA,
    READINGS,
    VOCABULARIES,
    Commands,
    load_commands,
    load_other_words,
    load_readings,
    load_recordings,
    words_of,
)
from course_lib.data.digits import Digits, NewWriters, digit_forms, load_digits, load_new_writers, moved, shifted
from course_lib.data.faces import Faces, load_faces
from course_lib.data.files import CHECKSUMS, verify_files
from course_lib.data.mnist import load_mnist
from course_lib.data.origins import origin
from course_lib.data.ratings import Ratings, load_ratings
from course_lib.data.sentiment import Sentiment, load_sentiment
from course_lib.data.sound import read_wav, resample, wav_bytes
from course_lib.data.text import TextWindows, encode, load_text
from course_lib.data.weather import Weather, load_weather
from course_lib.data.zipcodes import load_zipcodes

__all__ = [
    "Batches", "CHECKSUMS", "COMMANDS", "COMMANDS_JA", "Commands", "DIGITS", "DIGITS_JA", "Digits", "Faces",
    "NewWriters", "READINGS", "Ratings", "Sentiment", "TextWindows", "VOCABULARIES", "Weather", "adding_problem",
    "digit_forms", "encode", "load_commands", "load_digits", "load_faces", "load_mnist", "load_new_writers",
    "load_other_words", "load_ratings", "load_readings", "load_recordings", "load_sentiment", "load_text",
    "load_weather", "load_zipcodes", "moved", "origin", "read_wav", "resample", "shifted", "standardise",
    "verify_files", "wav_bytes", "words_of"]
