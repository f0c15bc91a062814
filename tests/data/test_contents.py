"""What the loaders promise about the contents of their files: which images are held out, which column is which."""

from importlib.resources import files

import numpy as np

from course_lib.data import faces, load_mnist, load_ratings, load_recordings, load_weather, wav_bytes


def test_the_last_hundred_images_of_each_class_are_held_out():
    with np.load(files("course_lib.data") / "mnist_5k.npz") as file:
        images, labels = file["images"], file["labels"]
    _, _, x, t = load_mnist()
    for digit in range(10):
        np.testing.assert_allclose(255 * x[t == digit][:, 0], images[labels == digit][-100:])


def test_the_weather_is_four_years_of_days_with_the_columns_in_their_order():
    dates, rain, warmest, coldest, wind = load_weather()
    assert dates[0] == np.datetime64("2012-01-01") and len(dates) == 1461
    assert np.all(np.diff(dates) == np.timedelta64(1, "D"))
    assert rain.min() == 0 and rain.max() > 50 and wind.min() > 0 and wind.max() < 10       # mm, and metres a second
    assert np.all(coldest <= warmest) and coldest.min() < -5 and 30 < warmest.max() < 50    # °C


def test_the_ratings_are_those_of_movielens_sorted_by_person_and_time():
    users, films, stars, times, titles = load_ratings()
    assert users.shape == films.shape == stars.shape == times.shape == (100004,) and titles.shape == (9066,)
    assert np.array_equal(np.unique(users), np.arange(671)) and np.array_equal(np.unique(films), np.arange(9066))
    assert np.bincount(users).min() == 20                           # as MovieLens tells
    assert set(2 * stars) == set(range(1, 11))
    assert np.all(np.diff(users * 2 ** 32 + times) >= 0)
    assert len(set(zip(users.tolist(), films.tolist()))) == len(users)          # nobody rates a film twice
    dates = times[[times.argmin(), times.argmax()]].astype("datetime64[s]")
    assert np.all(dates.astype("datetime64[Y]") == np.array(["1995", "2016"], dtype="datetime64[Y]"))
    episode = np.flatnonzero(titles == "Star Wars: Episode IV - A New Hope (1977)")
    assert (films == episode).sum() == 291 and 4 < stars[films == episode].mean() < 4.5


def test_the_licence_of_the_ratings_goes_with_the_file():
    with np.load(files("course_lib.data") / "ratings.npz") as file:
        licence = file["licence"].item()
    assert "not commercial" in licence and "same conditions" in licence and "Harper and J. A. Konstan (2015)" in licence


def test_the_pixels_of_a_photograph_begin_after_its_header():
    pixels = np.arange(112 * 92) % 251
    picture = faces._pixels(b"P5\n92 112\n255\n" + pixels.astype(np.uint8).tobytes())
    np.testing.assert_array_equal(picture, pixels.reshape(112, 92))


def test_ten_seconds_are_ten_seconds_at_any_rate(tmp_path):
    sound = np.sin(np.arange(6 * 16000) / 10)
    (tmp_path / "seven_anna_1.wav").write_bytes(wav_bytes(sound, 16000))
    assert len(load_recordings(tmp_path).waveforms[0]) == 6 * 8000
