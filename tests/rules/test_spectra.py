"""Frames, windows, the discrete Fourier transform, mel bands: against NumPy's transform and against known sounds."""

import numpy as np
import pytest

from course_lib import (
    check_gradients,
    complex_step_gradient,
    dft_matrices,
    frames,
    hamming,
    hann,
    log_mel,
    mel_filters,
    power_spectrum,
)
from course_lib.rules.spectra import mel, normalise_bands, power_spectrum_readable

RNG = np.random.default_rng


@pytest.mark.parametrize("n", [1, 2, 3, 8, 25, 64, 256])
def test_the_matrices_are_numpys_transform(n):
    x = RNG(n).normal(size=(4, n))
    C, S = dft_matrices(n)
    np.testing.assert_allclose(x @ C - 1j * (x @ S), np.fft.rfft(x), atol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 25, 64, 256])
def test_the_fast_power_spectrum_equals_the_readable_one_and_so_does_its_backward(n):
    x = RNG(n).normal(size=(3, 2, n))
    (fast, back_fast), (readable, back_readable) = power_spectrum(x), power_spectrum_readable(x)
    np.testing.assert_allclose(fast, readable, rtol=1e-10, atol=1e-10)
    dy = RNG(0).normal(size=fast.shape)
    np.testing.assert_allclose(back_fast(dy), back_readable(dy), rtol=1e-10, atol=1e-10)
    check_gradients(power_spectrum_readable, x)


def test_the_power_of_the_samples_is_the_power_of_the_frequencies():
    """Parseval: Σ x² = (y₀ + 2 Σ y + y_{n/2}) / n."""
    x = RNG(1).normal(size=256)
    y, _ = power_spectrum(x)
    assert np.isclose((x * x).sum(), (y[0] + 2 * y[1:-1].sum() + y[-1]) / 256)


def test_a_tone_has_its_peak_at_its_frequency_and_a_window_keeps_it_there():
    t = np.arange(256) / 8000
    for k in (5, 40, 100):
        tone = np.sin(2 * np.pi * k * 8000 / 256 * t)
        assert power_spectrum(tone)[0].argmax() == k == power_spectrum(tone * hann(256))[0].argmax()
        between = power_spectrum(np.sin(2 * np.pi * (k + 0.5) * 8000 / 256 * t) * hann(256))[0]
        assert between[[i for i in range(129) if abs(i - k - 0.5) > 4]].max() < 1e-4 * between.max()     # little leaks


def test_windows_are_periodic_and_overlapping_ones_add_up_to_a_constant():
    for window, total in ((hann, 1.0), (hamming, 1.08)):
        w = window(64)
        np.testing.assert_allclose(w[:32] + w[32:], total)
        np.testing.assert_allclose(w[1:], w[:0:-1])
    assert hann(64)[0] == 0 and hann(64)[32] == 1 and np.isclose(hamming(64)[0], 0.08)


def test_frames_are_slices():
    x = np.arange(10.0)
    np.testing.assert_array_equal(frames(x, 4, 3)[0], [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]])
    assert frames(np.zeros((2, 3, 11)), 4, 2)[0].shape == (2, 3, 4, 4)
    used = frames(x, 4, 3)[1](np.ones((3, 4)))                  # how often each sample was
    np.testing.assert_array_equal(used, [1, 1, 1, 2, 1, 1, 2, 1, 1, 1])


def test_mel_is_a_thousand_at_a_thousand_hertz_and_filters_overlap_to_one():
    assert abs(float(mel(1000)) - 1000) < 0.1
    M = mel_filters(20, 512, 16000, 100, 7000)
    assert M.shape == (257, 20) and M.min() == 0 and M.max() <= 1
    f = np.arange(257) * 16000 / 512
    inside = (f > 200) & (f < 6000)
    np.testing.assert_allclose(M[inside].sum(axis=1), 1, atol=1e-12)            # where one falls the next rises
    assert np.all(np.diff(M.argmax(axis=0)) >= 0)
    widths = (M > 0).sum(axis=0)
    assert widths[-1] > 3 * widths[0]                                           # wide at the top, as the ear
    higher = mel_filters(20, 512, 16000, 100, 7000, warp=1.1)
    centre = [(f @ m) / m.sum(axis=0) for m in (M, higher)]
    np.testing.assert_allclose(centre[1][5:15] / centre[0][5:15], 1.1, rtol=0.02)


def test_silence_is_finite_and_ten_times_the_sound_is_a_constant_more():
    filters = mel_filters(8, 64, 8000)
    assert np.all(np.isfinite(log_mel(np.zeros((3, 33)), filters)[0]))
    power = RNG(2).uniform(0.5, 1, size=(3, 33))
    np.testing.assert_allclose(log_mel(100 * power, filters)[0] - log_mel(power, filters)[0], np.log(100), atol=1e-8)


def test_a_microphone_is_taken_away_by_the_mean_of_the_loud_columns():
    x, loud = RNG(3).normal(size=(2, 6, 4)), np.array([[1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0]], bool)
    microphone = RNG(4).normal(size=(2, 1, 4))
    y, _ = normalise_bands(x, loud, -50.0)
    np.testing.assert_allclose(y, normalise_bands(x + microphone, loud, -50.0)[0], atol=1e-12)
    assert np.allclose(y[0][loud[0]].mean(axis=0), 0) and normalise_bands(x, loud, -0.5)[0].min() == -0.5


def test_a_share_of_the_bands_means_is_taken_away():
    x, loud = RNG(3).normal(size=(2, 6, 4)), np.array([[1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0]], bool)
    whole, none = (normalise_bands(x, loud, -50.0, share)[0] for share in (1.0, 0.0))
    np.testing.assert_allclose(normalise_bands(x, loud, -50.0, 0.25)[0], 0.25 * whole + 0.75 * none, atol=1e-12)
    np.testing.assert_allclose(none[1], x[1] - x[1][loud[1]].mean(), atol=1e-12)           # all bands together
    microphone = RNG(4).normal(size=(2, 1, 4))
    left = normalise_bands(x + microphone, loud, -50.0, 0.5)[0] - normalise_bands(x, loud, -50.0, 0.5)[0]
    colour = microphone - microphone.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(left, np.broadcast_to(colour / 2, x.shape), atol=1e-12)     # half of its colour stays
    check_gradients(normalise_bands, x, loud=loud, lowest=-0.7, share=0.3)
    x[0, 0, 0] = np.nan                                     # a broken sound is no picture of silence
    assert np.isnan(normalise_bands(x, loud)[0][0]).any()


def test_one_gradient_goes_from_the_bands_to_the_samples():
    """The chain of four rules against a complex step, with frames that overlap and samples that fill none."""
    filters, window = mel_filters(5, 32, 8000), hann(32)
    def chain(x):
        pieces, back_frames = frames(x, 32, 12)
        power, back_power = power_spectrum(pieces * window)
        y, back_log = log_mel(power, filters, 1e-3)
        return y, lambda dy: back_frames(back_power(back_log(dy)) * window)
    x = RNG(5).normal(size=100)
    y, backward = chain(x)
    dy = RNG(6).normal(size=y.shape)
    expected = complex_step_gradient(lambda x: (dy * chain(x)[0]).sum(), x)
    np.testing.assert_allclose(backward(dy), expected, rtol=1e-9, atol=1e-12)
    assert not backward(dy)[96:].any()                              # the last four samples were in no frame


@pytest.mark.parametrize("call, message", [
    (lambda: frames(np.zeros(5), 6, 1), "at least size = 6 samples.*pad it"),
    (lambda: frames(np.zeros(5), 2, 0), "hop must be a whole number of samples, 1 or more, got 0"),
    (lambda: frames(np.zeros(5), 2.5, 1), "size must be a whole number"),
    (lambda: hann(0), "hann: n must be"), (lambda: hamming(2.0), "hamming: n must be"),
    (lambda: power_spectrum(np.zeros((3, 0))), "must have samples"),
    (lambda: mel_filters(0, 16, 8000), "bands must be a whole number"),
    (lambda: mel_filters(4, 16, 8000, 100, 5000), "rate / 2 = 4000 Hz.*no frequencies above half"),
    (lambda: log_mel(np.zeros((2, 8)), np.zeros((9, 3))), r"power must have shape \(..., 9\)"),
    (lambda: log_mel(np.zeros((2, 9)), np.zeros((9, 3)), 0.0), "floor must be above 0"),
    (lambda: normalise_bands(np.zeros((2, 3, 4)), np.ones((2, 4), bool)), r"loud must have shape \(2, 3\)"),
    (lambda: normalise_bands(np.zeros((2, 3)), np.zeros(2, bool)), "one column at least"),
    (lambda: normalise_bands(np.zeros((2, 3)), np.ones(2, bool), share=1.5), "share must lie between 0 and 1, got 1.5"),
])
def test_mistakes_are_told_with_the_remedy(call, message):
    with pytest.raises(ValueError, match=message):
        call()
