"""Four years of daily weather in Seattle."""

from collections import namedtuple

import numpy as np

from course_lib.data.files import read_bytes

Weather = namedtuple("Weather", "dates rain warmest coldest wind")
Weather.__doc__ = "Daily weather, one array a quantity: dates, rain (mm), warmest and coldest (°C), wind (m/s)."


def load_weather():
    """Seattle, 2012 to 2015, a value a day: ``Weather(dates, rain, warmest, coldest, wind)``, arrays of shape (1461,).

    dates are datetime64[D]; rain in millimetres, the warmest and the coldest temperature in °C, wind in m/s.

    Source: NOAA, National Centers for Environmental Information, public domain; see data/SOURCES.md.
    """
    rows = [line.split(",") for line in read_bytes("seattle_weather.csv").decode("ascii").splitlines()[1:]]
    columns = [np.array(column, dtype=float) for column in list(zip(*rows))[1:5]]
    return Weather(np.array([row[0].replace("/", "-") for row in rows], dtype="datetime64[D]"), *columns)
