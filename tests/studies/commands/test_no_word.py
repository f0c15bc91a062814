"""What is none of the words: how such sounds are made, and when the answer is that there was no word."""

import numpy as np
import pytest

from course_lib.data import DIGITS, VOCABULARIES, load_commands
from course_lib.data.sound import RATE
from course_lib.studies.commands import probabilities, recognise
from course_lib.studies.commands.augmentation import augment, clipped, enveloped
from course_lib.studies.commands.judging import THRESHOLD
from course_lib.studies.commands.networks import sliding_network
from course_lib.studies.commands.no_word import babble, music, no_words, outside, pieces
from course_lib.studies.commands.sound import SAMPLES, features, prepared

RNG = np.random.default_rng
EVERYTHING = load_commands()
WORDS = prepared(EVERYTHING.waveforms[::200])


def test_the_loudness_along_a_word_is_a_line_through_five_normal_points():
    x = np.zeros((4000, 400), np.float32)
    x[:, 100:301] = 0.1                                                 # knots at 100, 150, 200, 250, 300
    y = enveloped(x, RNG(0), 8.0)
    assert y.dtype == np.float32 and not y[:, :100].any() and not y[:, 301:].any()
    gain = 20 * np.log10(y[:, 100:301] / 0.1)
    np.testing.assert_allclose(gain[:, ::50].std(axis=0), 8, rtol=0.05)
    np.testing.assert_allclose(gain[:, ::50].mean(axis=0), 0, atol=0.5)
    np.testing.assert_allclose(gain[:, 25], (gain[:, 0] + gain[:, 50]) / 2, atol=1e-3)      # straight between two
    assert np.abs(np.corrcoef(gain[:, ::50].T) - np.eye(5)).max() < 0.06
    np.testing.assert_array_equal(enveloped(x, RNG(0), 0.0), x)


def test_a_word_is_cut_at_a_share_of_its_peak():
    x = RNG(0).normal(size=(5, 300)) * np.arange(1, 6)[:, np.newaxis]
    y = clipped(x, 0.3)
    most = 0.3 * np.abs(x).max(axis=1, keepdims=True)
    np.testing.assert_array_equal(y, np.where(np.abs(x) > most, np.sign(x) * most, x))
    np.testing.assert_array_equal(clipped(x, 1.0), x)


def test_shares_of_the_copies_are_clipped_and_have_white_noise():
    x = np.repeat(WORDS[:1], 400, axis=0)
    def flat(share):                                                    # several samples in a row at the very top
        y = augment(x, RNG(1), clipping=share)
        return (np.abs(np.abs(y) - np.abs(y).max(axis=1, keepdims=True)) < 1e-6).sum(axis=1) > 3
    assert flat(0.0).mean() == 0 and 0.15 < flat(0.25).mean() < 0.3 and flat(1.0).mean() > 0.85
    def high(share):                                                    # power above 3,500 Hz where no word is
        y = augment(x, RNG(1), white=share, clipping=0.0)[:, :800]
        power = np.abs(np.fft.rfft(y[y.any(axis=1)])) ** 2              # the others are cut out tightly
        return np.median(power[:, 350:].sum(axis=1) / power.sum(axis=1))
    assert high(1.0) > 0.09 and high(1.0) > 2 * high(0.0)               # a flat noise has an eighth there


@pytest.mark.parametrize("make", [babble, pieces, lambda x, n, rng: music(n, rng), no_words])
def test_sounds_that_are_no_word_are_as_loud_as_words_and_no_two_are_alike(make):
    x = make(WORDS, 24, RNG(0))
    assert x.shape == (24, SAMPLES) and x.dtype == np.float32 and np.all(np.isfinite(x))
    np.testing.assert_allclose(np.sqrt((x ** 2).sum(axis=1) / (x != 0).sum(axis=1)), 0.1, rtol=1e-3)
    assert np.abs(np.corrcoef(np.concatenate([x, WORDS]))[:24, 24:]).max() < 0.9
    assert len(np.unique(x, axis=0)) >= 18                              # a word backwards may come twice
    np.testing.assert_array_equal(x, make(WORDS, 24, RNG(0)))
    prepared(list(x))                                                   # all of them can be heard


def test_pieces_hold_no_whole_word():
    """Words whose first half is low and whose second half is high: no piece goes from low to high once."""
    t = np.arange(2000) / RATE
    word = np.zeros((3, SAMPLES), np.float32)
    word[:, 3000:5000] = np.where(t < 0.125, np.sin(2 * np.pi * 500 * t), np.sin(2 * np.pi * 1500 * t))
    for x in pieces(word, 30, RNG(0)):
        sound = x[np.flatnonzero(x)[0]:np.flatnonzero(x)[-1] + 1]
        pitch = [np.abs(np.fft.rfft(sound[part], 800)).argmax() * 10 for part in (slice(0, 500), slice(-500, None))]
        assert pitch != [500, 1500]


def test_music_has_the_pitches_of_the_keys():
    spectrum = np.abs(np.fft.rfft(music(20, RNG(3)), axis=1))
    strongest = spectrum[:, 80:2500].argmax(axis=1) + 80                # Hz, one second
    keys = 12 * np.log2(strongest / 440)
    assert np.median(np.abs(keys - np.rint(keys))) < 0.15


@pytest.mark.parametrize("vocabulary, alike", [("digits", ()), ("commands", ("ja_5",)), ("digits_ja", ("go",))])
def test_what_sounds_like_a_word_of_another_language_is_neither(vocabulary, alike):
    words = VOCABULARIES[vocabulary]
    none = set(EVERYTHING.word[outside(EVERYTHING, vocabulary)].tolist())
    assert none == set().union(*VOCABULARIES.values()) - set(words) - set(alike)


def test_a_network_with_an_output_more_may_answer_that_there_was_no_word():
    net, waveform = sliding_network(11, rng=RNG(0), maps=4), EVERYTHING.waveforms[0]
    net.params[-2].data[:] = 0
    for output, bias in ((3, 9.0), (10, 9.0), (3, 0.0)):
        net.params[-1].data[:] = 0
        net.params[-1].data[output] = bias
        word, p = recognise(net, waveform, RATE, DIGITS)
        q = probabilities(net, features([waveform]))[0]
        assert word == ("three" if (output, bias) == (3, 9.0) else None)
        assert 0 < p < 1 and (p >= THRESHOLD) == (word is not None) and (q.argmax() == 10) == (output == 10)
        assert recognise(net, waveform, RATE, DIGITS, threshold=0)[0] in DIGITS
        assert recognise(net, waveform, RATE, DIGITS, threshold=1)[0] is None
    ten = sliding_network(10, rng=RNG(0), maps=4)                       # as sure of anything: it always names a word
    assert recognise(ten, waveform, RATE, DIGITS)[0] in DIGITS
    for threshold in (-0.1, 1.5, np.nan, "0.5"):
        with pytest.raises(ValueError, match="threshold must lie between 0 and 1, got"):
            recognise(net, waveform, RATE, DIGITS, threshold)
    with pytest.raises(ValueError, match="11 outputs, but there are 3 words"):
        recognise(net, waveform, RATE, DIGITS[:3])
