"""What is heard in lesson 12: how far augmentation goes, at which speeds, and by networks that heard which voices."""

import numpy as np
import pytest

from course_lib import load_commands
from course_lib.data import DIGITS, VOCABULARIES
from course_lib.data.sound import RATE
from course_lib.studies.commands import (
    AugmentedBatches,
    Figure,
    accuracies,
    answers,
    augment,
    load_networks,
    played,
    prepare,
    recognise,
)
from course_lib.studies.commands.pack import trimmed

ENGLISH = load_commands("en")


def some(n):
    return np.stack([prepare(w) for w in ENGLISH.waveforms[::len(ENGLISH.waveforms) // n][:n]])


def middle(x):
    """Where most of the sound is."""
    return np.convolve(x * x, np.ones(2000), "same").argmax()


def test_noise_is_weaker_than_the_word_and_the_word_stays_where_it_was():
    x = some(24)
    y = augment(x, np.random.default_rng(0))
    before, within = (y[:, :400] ** 2).mean(axis=1), (y[:, 3500:4500] ** 2).mean(axis=1)
    heard = before > 0                                  # the others were cut out tightly
    assert heard.sum() > 5 and np.median(before[heard] / within[heard]) < 0.2
    assert max(abs(middle(a) - middle(b)) for a, b in zip(x, y)) < 1500     # moved by 800, played faster or slower


def test_a_word_played_faster_is_higher_and_stays_in_the_middle():
    x = np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE) * (np.abs(np.arange(RATE) - RATE / 2) < 1000)
    for speed in (0.9, 1.0, 1.12):
        y = played(x, speed)
        assert np.abs(np.fft.rfft(y)).argmax() == pytest.approx(500 * speed, abs=3)
        assert np.flatnonzero(y)[[0, -1]] == pytest.approx([RATE / 2 - 1000 / speed, RATE / 2 + 1000 / speed], abs=10)


def test_one_word_is_heard_as_one_of_many():
    nets, i = load_networks("digits"), int(np.flatnonzero(ENGLISH.word == "nine")[3])
    p = answers(nets, [ENGLISH.waveforms[i]])[0]
    word, probability = recognise(nets, ENGLISH.waveforms[i], RATE, DIGITS)
    assert word == DIGITS[p.argmax()] and probability == pytest.approx(p.max(), abs=1e-6)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_networks_that_never_heard_some_voices_are_others_than_those_for_use(vocabulary):
    [never], nets = load_networks(vocabulary, held_out=True), load_networks(vocabulary)
    assert not any(np.array_equal(never.params[0].data, net.params[0].data) for net in nets)


def test_a_word_ends_where_it_is_35_decibels_below_its_loudest_part():
    tone = np.sin(2 * np.pi * 500 * np.arange(1600) / RATE)
    for decibels, length in ((20, 3200), (50, 1600)):
        x = prepare(np.concatenate([tone, 10 ** (-decibels / 20) * tone]))
        assert np.ptp(np.flatnonzero(x)) == pytest.approx(length, abs=200)


def test_the_copies_of_a_word_keep_its_label():
    batches = AugmentedBatches(some(3), np.array([5, 0, 3]), copies=2, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(batches.t, [5, 0, 3, 5, 0, 3])            # the three words, and the three again
    first, again = batches.x.reshape(2, 3, -1)
    alike = np.corrcoef(first, again)[:3, 3:]
    assert np.all(np.diag(alike) > 0.3) and np.diag(alike).mean() > (alike.sum() - np.trace(alike)) / 6


def test_twenty_milliseconds_are_kept_on_either_side_of_a_word():
    click = np.zeros(3000)
    click[1000] = 1
    assert trimmed(click).argmax() == 160 and len(trimmed(click)) == 160 + 1 + 160


# ---- experiments ------------------------------------------------------------------------------------------------

def test_figures_of_another_experiment_with_the_same_setting_do_not_count():
    figures = [Figure("one", "plain", 0, 0.25), Figure("other", "plain", 0, 0.75), Figure("one", "plain", 1, 0.5)]
    assert {name: list(values) for name, values in accuracies(figures, "one").items()} == {"plain": [0.25, 0.5]}
