"""The study of an autoencoder: its rivals are what they are called, and its stored figures can be found again."""

import numpy as np
import pytest

from course_lib import load_digits
from course_lib.studies import autoencoder

X = load_digits().x_train


def test_principal_directions_are_those_of_the_singular_value_decomposition():
    principal = autoencoder.Principal(X)
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    for k in (1, 7):
        best = X.mean(axis=0) + (U[:, :k] * s[:k]) @ Vt[:k]
        np.testing.assert_allclose(principal(X, k), best, atol=1e-10)
        assert autoencoder.error(principal(X, k), X) == pytest.approx(np.sum(s[k:] ** 2) / X.size)


def test_the_linear_filter_is_that_of_least_squares():
    x, rng = X[:, ::4], np.random.default_rng(0)
    sigma = 0.3
    seen = np.concatenate([autoencoder.noisy(x, sigma, rng) for _ in range(60)])
    clean = np.tile(x, (60, 1))
    columns = np.column_stack([seen, np.ones(len(seen))])
    fitted, *_ = np.linalg.lstsq(columns, clean, rcond=None)
    np.testing.assert_allclose(autoencoder.wiener(autoencoder.Principal(x), seen[:50], sigma), columns[:50] @ fitted,
                               atol=0.03)
    np.testing.assert_allclose(autoencoder.wiener(autoencoder.Principal(x), x[:5], 1e-9), x[:5], atol=1e-6)


def test_mean_of_all_is_the_nearest_for_a_small_width_and_the_mean_for_a_large_one():
    seen = autoencoder.noisy(X[:20], 0.05, np.random.default_rng(0))
    np.testing.assert_allclose(autoencoder.mean_of_all(X, seen, 0.05, 0.3), X[:20], atol=1e-6)
    np.testing.assert_allclose(autoencoder.mean_of_all(X, seen, 0.05, 1e5), np.tile(X.mean(axis=0), (20, 1)), atol=1e-6)


def test_mean_of_all_weighs_by_the_squared_distance():
    clean, seen = np.array([[0.0], [2.0]]), np.array([[0.5]])
    a, b = np.exp(-0.25 / (2 * 0.36)), np.exp(-2.25 / (2 * 0.36))           # width 2, sigma 0.3
    assert autoencoder.mean_of_all(clean, seen, 0.3, 2)[0, 0] == pytest.approx(2 * b / (a + b))


def test_Noisy_pairs_fresh_noise_with_the_clean_picture():
    batches = autoencoder.Noisy(X[:64], 16, 0.2, rng=np.random.default_rng(0))
    first, second = list(batches), list(batches)
    for x, t in first:
        assert 0.17 < np.std(x - t) < 0.23
    assert len(batches) == len(first) == 4
    assert not np.array_equal(first[0][0] - first[0][1], second[0][0] - second[0][1])
    with pytest.raises(ValueError, match="0 or more"):
        autoencoder.Noisy(X, 16, -0.1, rng=np.random.default_rng(0))


def test_nearest_right_counts_the_label_of_the_nearest():
    known, codes = np.array([[0.0], [1.0], [5.0]]), np.array([[0.4], [3.5], [0.9]])
    assert autoencoder.nearest_right(known, np.array([7, 8, 9]), codes, np.array([7, 8, 8])) == pytest.approx(2 / 3)


@pytest.mark.parametrize("encoder, decoder, count", [(True, True, 12), (False, True, 8), (False, False, 4)])
def test_a_half_is_deep_or_one_layer(encoder, decoder, count):
    net = autoencoder.network(3, np.random.default_rng(0), encoder=encoder, decoder=decoder)
    assert len(net.params) == count and net(X[:5])[0].shape == (5, 64) and net.layers[0](X[:5])[0].shape == (5, 3)


@pytest.mark.parametrize("k", (0, 2.5, None))
def test_a_code_has_a_whole_number_of_numbers(k):
    with pytest.raises(ValueError, match="how many numbers"):
        autoencoder.network(k, np.random.default_rng(0))


def test_a_stored_training_can_be_found_again():
    digits = load_digits()
    net = autoencoder.learnt(autoencoder.network(2, np.random.default_rng(4)), digits.x_train, 4)
    found = autoencoder.error(net(digits.x_test)[0], digits.x_test)
    assert found == pytest.approx(autoencoder.measured("error")["both deep", "2", "held out"][0], rel=0.05)


def test_the_tables_show_every_form_every_width_and_every_rival():
    assert len(autoencoder.width_rows()) == len(autoencoder.NUMBERS) * len(autoencoder.HALVES)
    assert [row[0] for row in autoencoder.nearest_rows()] == list(autoencoder.NUMBERS)
    assert {len(row) for row in autoencoder.noise_rows()} == {len(autoencoder.CLEANED)}
    assert {len(row) for row in autoencoder.width_rows()} == {len(autoencoder.WIDTHS)}
