"""Data: batches, and one loader a data set. Files lie beside this module and are checked before use."""

from course_lib.data.adding import adding_problem
from course_lib.data.batches import Batches, standardise
from course_lib.data.digits import Digits, load_digits, shifted
from course_lib.data.files import CHECKSUMS, verify_files
from course_lib.data.text import TextWindows, encode, load_text
from course_lib.data.weather import Weather, load_weather
from course_lib.data.mnist import load_mnist

__all__ = ["adding_problem", "Batches", "standardise", "Digits", "load_digits", "load_mnist", "shifted", "CHECKSUMS", "verify_files", "TextWindows", "encode", "load_text", "Weather", "load_weather"]
