"""Binary units and their estimators, kinks, and the gradients of Lorenz's model."""

import numpy as np
import pytest

from course_lib import check_gradients, numerical_gradient, relative_error, unroll
from course_lib.rules.functions import sigmoid
from course_lib.studies import blind_spots as study


@pytest.fixture(scope="module")
def small():
    return study.small_network(3, N=5, H=3)


# ---- binary units ---------------------------------------------------------------------------------------------------

def test_a_step_lets_nothing_pass():
    y, backward = study.step_unit(np.array([[-1.0, 0.0, 2.0]]))
    assert y.tolist() == [[0, 0, 1]] and np.abs(backward(np.full((1, 3), 7.0))).max() == 0


def test_binary_units_are_one_as_often_as_their_probability_says():
    a = np.array([-1.0, 0.0, 2.0])
    u = np.random.default_rng(0).random((20000, 3))
    y, backward = study.binary_units(np.tile(a, (20000, 1)), u)
    p = sigmoid(a)[0]
    assert set(np.unique(y)) == {0, 1} and np.allclose(y.mean(axis=0), p, atol=0.015)
    assert np.allclose(backward(np.ones(y.shape))[0], p * (1 - p))
    assert np.allclose(study.binary_units(a, u[0], slope=False)[1](np.ones(3)), 1)
    with pytest.raises(ValueError, match=r"rng.random\(a.shape\)"):
        study.binary_units(a, u)


def test_losses_come_row_by_row():
    b, p = np.array([[1.0, 0.0], [0.0, 0.0]]), np.full((2, 2), 0.25)
    found = study.score_gradient(b, p, np.array([3.0, 1.0]), baseline=1.0)
    assert np.allclose(found, [[0.75, -0.25], [0, 0]])
    with pytest.raises(ValueError, match="one number for each of the 2 rows"):
        study.score_gradient(b, p, np.array(2.0))


def test_row_losses_have_the_gradient_of_the_cross_entropy():
    y, t = np.random.default_rng(1).normal(size=(4, 3)), np.array([0, 2, 1, 1])
    losses, dy = study.row_losses(y, t)
    shares = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    assert losses.shape == (4,) and np.allclose(losses, -np.log(shares)[range(4), t])
    assert relative_error(dy, numerical_gradient(lambda y: study.row_losses(y, t)[0].sum(), y)) < 1e-7


# ---- the bench ------------------------------------------------------------------------------------------------------

def test_all_states_are_there_once():
    assert study.all_states(3).shape == (8, 3) and len({tuple(b) for b in study.all_states(3)}) == 8
    with pytest.raises(ValueError, match="from 1 to 16, got 20"):
        study.all_states(20)


def test_the_enumerated_gradient_is_that_of_the_expected_loss(small):
    x, t, W, V = small
    J, dW = study.expected_loss(x, t, W, V)
    assert relative_error(dW, numerical_gradient(lambda W: study.expected_loss(x, t, W, V)[0], W)) < 1e-7
    p, *_, P, L, _ = study.enumerated(x, t, W, V)
    assert np.allclose(P.sum(axis=1), 1) and J == pytest.approx(np.mean((P * L).sum(axis=1)))


def drawn(x, t, W, V, way, rng, draws=6000):
    """Estimates of dJ/dW, from draws: (draws, D, H)."""
    a = x @ W
    p, N, base = sigmoid(a)[0], len(x), study.expected_loss(x, t, W, V)[0]
    losses = lambda b: study.row_losses(b @ V, t)[0]
    found = []
    for _ in range(draws):
        b = (rng.random(a.shape) < p).astype(float)
        if way.startswith("straight"):
            _, dy = study.row_losses(b @ V, t)
            da = study.binary_units(a, rng.random(a.shape), slope=not way.endswith("no slope"))[1](dy @ V.T / N)
        elif way.startswith("score"):
            da = study.score_gradient(b, p, losses(b), base if way.endswith("baseline") else 0.0)
        elif way.startswith("each"):
            da = study.tried_both_ways(b, p, b @ V, V, t)
        else:
            da = np.empty_like(a)
            for i in range(a.shape[1]):
                u = rng.random(a.shape)
                other = u if way.endswith("common draws") else rng.random(a.shape)
                nudge = np.eye(a.shape[1])[i]
                da[:, i] = (losses((u < sigmoid(a + nudge)[0]).astype(float))
                            - losses((other < sigmoid(a - nudge)[0]).astype(float))) / 2 / N
        found.append(x.T @ da)
    return np.array(found)


@pytest.mark.parametrize("way", study.WAYS)
def test_the_bench_is_what_draws_show(small, way):
    x, t, W, V = small
    _, exact = study.expected_loss(x, t, W, V)
    size, (bias, scatter, angle) = np.linalg.norm(exact), study.bench(*small)[way]
    found = drawn(*small, way, np.random.default_rng(5))
    assert np.sqrt(np.sum(found.var(axis=0))) / size == pytest.approx(scatter, rel=0.06)
    off = np.linalg.norm(found.mean(axis=0) - exact) / size
    assert off == pytest.approx(bias, abs=4 * scatter / np.sqrt(len(found)) + 1e-12)
    assert (bias < 1e-12) == (way.startswith(("score", "each"))) == (angle < 1e-4)


def test_rows_and_errors_of_several_benches(small):
    benches = [study.bench(*small), study.bench(*study.small_network(4, N=5, H=3))]
    rows = study.bench_rows(benches)
    assert len(rows) == len(study.WAYS) and len(rows[0]) == len(study.bench_header(0))
    assert rows[2][2] == rows[2][4] == "0" and "±" in rows[0][2]
    calls = np.array([16, 1600])
    assert set(study.errors(benches)) == set(study.SHOWN)
    assert np.divide(*study.error_after(benches, "score function", calls)) == pytest.approx(10)
    bias = np.mean([found["straight-through"][0] for found in benches])
    assert study.error_after(benches, "straight-through", [1e9])[0] == pytest.approx(bias, rel=1e-4)
    unknown = study.error_after([study.UNKNOWN], "score function", calls)
    assert np.isnan(unknown).all() and "nan" in study.bench_rows([study.UNKNOWN])[0][2]
    half = study.error_after([*benches, study.UNKNOWN], "score function", calls)
    assert np.allclose(half, study.error_after(benches, "score function", calls))


def test_where_an_estimate_without_bias_comes_nearer(small):
    bench = {"straight-through": np.array([0.3, 0.0, 10]), "score function": np.array([0, 3.0, 0])}
    assert study.overtaking([bench], ["score function"]) == "110 calls (score function)"       # (3 / 0.3)² = 100: equal
    assert study.overtaking([study.UNKNOWN], ["score function"]).startswith("no number")
    assert len(study.ten_benches(0)) == 10


def test_the_small_network_learns():
    x, t, W, V = study.small_network(0, epochs=2)
    assert study.expected_loss(x, t, W, V)[0] < study.expected_loss(*study.small_network(0))[0] - 0.3


# ---- kinks ----------------------------------------------------------------------------------------------------------

def test_what_our_rules_give_at_kinks():
    assert [len(row) for row in study.kink_rows()] == [len(study.KINKS)] * 7 and study.kink_rows()[5][2] == "0"
    assert 0.1 < study.at_zero() < 0.2
    found = {name: study.at_the_kink(function) for name, (function, _) in study.kinks().items()}
    assert list(found.values()) == [0, 1, 0, 1, 0, 0, 2]
    for name, (function, _) in study.kinks().items():
        x = study.Tensor(np.array([-2.0, 3.0]))
        expected = {"r": [0, 3], "m": [0, 3], "|": [2, 3], "x": [-2, 3]}[name[0]]
        assert function(x).data.tolist() == expected, name


# ---- learning -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("way", study.RIVALS)
def test_every_way_learns_something(way):
    split = study.parts()
    shares = study.learnt(way, 0.1 if not way.startswith("score") else 0.02, 0, split.fit, split.choose, epochs=3)
    assert shares.shape == (3,) and shares[-1] > 0.15


def test_ways_differ_where_they_should_and_unknown_ones_are_refused():
    x, t, W, V = study.small_network(1)
    params, moved = [W, np.zeros(8), V, np.zeros(10)], {}
    for way in study.RIVALS:
        grads, baseline = study._gradients(way, params, x, t, np.random.default_rng(2), 1.0)
        moved[way] = grads[0]
        assert (baseline != 1.0) == way.startswith("score")
    assert np.abs(moved["first layer frozen"]).max() == 0
    assert len({grad.tobytes() for grad in moved.values()}) == len(study.RIVALS)
    with pytest.raises(ValueError, match="way must be one of straight-through"):
        study.learnt("straight", 0.1, 0, (x, t), (x, t))


def test_the_stored_figures_are_whole():
    for epochs in study.EPOCHS:
        found = study.stored(epochs)
        assert tuple(found) == study.RIVALS
        assert all(len(shares) == len(study.SEEDS) and edge == "no" for _, edge, shares in found.values())
    _, _, shares = study.stored(30)["first layer frozen"]
    assert study.once_more("first layer frozen", 3)[-1] == pytest.approx(shares[3], abs=0.02)
    rows = study.learnt_rows()
    assert [row[0] for row in rows] == list(study.RIVALS) and len(rows[0]) == len(study.LEARNT)


# ---- chaos ----------------------------------------------------------------------------------------------------------

def test_the_gradients_of_the_step():
    s, rho = np.random.default_rng(0).normal(size=(3, 3)) + [1, 2, 20], np.array([20.0, 28.0, 30.0])
    check_gradients(study.lorenz, s, rho)
    check_gradients(study.lorenz_step, s, rho)
    rest = np.sqrt(study.BETA * 27)                     # where nothing moves
    assert np.abs(study.lorenz(np.array([[rest, rest, 27.0]]), np.array([28.0]))[0]).max() < 1e-12


def test_the_tangents_are_those_of_unroll():
    starts = study.on_the_attractor(4, 0)
    times, means, slopes = study.tangents(starts, 3.0)
    states, _ = unroll(study.lorenz_step, 300, starts, np.full(4, study.RHO))
    assert times[-1] == pytest.approx(3) and means.shape == slopes.shape == (300, 4)
    assert np.allclose(means[-1], states[:, :, 2].mean(axis=0))
    assert np.allclose(study.slopes_by_rho(starts, 3.0), slopes[-1])
    assert [row[0] for row in study.slope_rows(slopes, (1, 3))] == [1, 3]


def test_the_rate_of_growth_is_found():
    times = np.arange(1, 301) / 10
    rates = np.array([0.5, 0.9])
    found = study.growth(times, np.exp(np.outer(times, rates)) / times[:, np.newaxis])
    assert np.allclose(found, rates)


def test_long_means_move_by_about_one():
    low, high = study.long_means([26, 30], 0, N=5, T=20.0).mean(axis=1)
    assert 0.7 < (high - low) / 4 < 1.3
    assert study.slope_of_long_means(0, (26, 30)).shape == (10,)


def test_what_the_explorer_shows():
    runs = study.shown_runs()
    times, z, gap, slopes = runs["settles"]
    assert z.shape == (2000, 2, study.STARTS) and gap.shape == slopes.shape == (2000, study.STARTS)
    assert np.abs(z[-1] - 13).max() < 0.05 and np.abs(slopes[-1] - 1).max() < 0.3
    assert gap[-1].max() < study.NUDGE < 1 < np.median(runs["chaotic"][2][-1])
    _, means, same = study.tangents(study.on_the_attractor(study.STARTS, 7), 20.0)
    assert np.allclose(same[500], runs["chaotic"][3][500])
    assert np.allclose(means[500], runs["chaotic"][1][:501, 0].mean(axis=0))
