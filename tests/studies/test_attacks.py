"""Attacks: they stay within what is allowed, do what they are called, refuse NaN; the stored figures can be found
again."""

from functools import cache

import numpy as np
import pytest

from course_lib import load_digits
from course_lib.layers import Dense, Sequential
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import attacks as study
from course_lib.studies.explanations import input_gradient, network

DIGITS = load_digits()
X, T = DIGITS.x_test[:40], DIGITS.t_test[:40]


@cache
def net():
    rng = np.random.default_rng(0)
    made = network(rng)
    for epoch, _, _ in study.learn(made, DIGITS.x_train, DIGITS.t_train, rng):
        if epoch == 4:
            break
    return made


def every_attack(eps):
    rng = np.random.default_rng(1)
    return {"one": study.one_step(net(), X, T, eps),
            "many": study.projected_steps(net(), X, T, eps, steps=5),
            "restarts": study.projected_steps(net(), X, T, eps, steps=3, restarts=2, rng=rng),
            "strongest": study.strongest(net(), X, T, eps, rng, steps=3, restarts=2),
            "random": study.random_signs(net(), X, T, eps, rng), "draws": study.random_signs(net(), X, T, eps, rng, 5),
            "mean": study.towards_a_mean(X, T, eps, DIGITS.x_train, DIGITS.t_train),
            "pixels": study.pixel_by_pixel(net(), X, T, eps, sweeps=1)}


@pytest.mark.parametrize("eps", [0.0, 0.1, 0.7])
def test_every_attack_stays_in_the_box(eps):
    before = X.copy()
    for name, z in every_attack(eps).items():
        assert z.shape == X.shape and np.abs(z - X).max() <= eps + 1e-12, name
        assert z.min() >= 0 and z.max() <= 1, name
        assert eps == 0 or np.abs(z - X).max() > 0.9 * eps, name
    np.testing.assert_array_equal(before, X)


def test_one_step_is_the_best_of_a_linear_score_in_the_box():
    rng = np.random.default_rng(5)
    x, dx = rng.random((30, 4)), rng.normal(size=(30, 4))
    z = study.fast_gradient_sign(x, dx, 0.3)
    gain = np.sum((z - x) * dx, axis=1)
    for _ in range(200):                                            # corners, and places inside
        other = np.clip(x + 0.3 * rng.choice((-1, 1, rng.uniform(-1, 1)), size=x.shape), 0, 1)
        assert (np.sum((other - x) * dx, axis=1) <= gain + 1e-12).all()


def test_the_margin_loss_has_the_gradient_of_differences():
    y, t = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, 1, 2, 3, 0])
    value, backward = study.margin_loss(y, t)
    dy, h = backward(), 1e-6
    for i, j in np.ndindex(y.shape):
        up = y.copy()
        up[i, j] += h
        assert (study.margin_loss(up, t)[0] - value) / h == pytest.approx(dy[i, j], abs=1e-6)


def test_margins_are_above_zero_where_the_answer_is_wrong():
    found = study.margins(net(), X, (T + 1) % 10)
    assert (found > 0).mean() > 0.8
    right = net()(X)[0].argmax(axis=1) == T
    np.testing.assert_array_equal(study.margins(net(), X, T) < 0, right)


def test_steps_and_restarts_only_make_it_worse():
    eps, rng = 0.1, np.random.default_rng(3)
    worst = [np.mean(study.margins(net(), z, T)) for z in (
        X, study.one_step(net(), X, T, eps), study.projected_steps(net(), X, T, eps),
        study.projected_steps(net(), X, T, eps, restarts=3, rng=rng))]
    assert worst == sorted(worst) and worst[0] < worst[1] < worst[2]
    once, again = (study.margins(net(), study.projected_steps(net(), X, T, eps, steps=3, restarts=n, rng=rng), T)
                   for n in (1, 4))
    assert (again >= once).all() and (again > once).any()          # of each row the worst is kept


def test_the_worst_of_several_is_the_worst_for_every_row():
    tries = [X, study.one_step(net(), X, T, 0.1), 1 - X]
    found = study.margins(net(), study.worst_of(net(), tries, T), T)
    np.testing.assert_allclose(found, np.max([study.margins(net(), z, T) for z in tries], axis=0))


def test_towards_a_label_lowers_the_loss_of_that_label():
    wanted = (T + 3) % 10
    z = study.projected_steps(net(), X, T, 0.3, towards=wanted)
    assert np.mean(net()(z)[0].argmax(axis=1) == wanted) > 0.5
    before = input_gradient(net(), X, softmax_cross_entropy, wanted)[0]
    assert input_gradient(net(), z, softmax_cross_entropy, wanted)[0] < before


def test_pixel_by_pixel_finds_the_corner_of_a_linear_network():
    linear = Sequential(Dense(64, 2, rng=np.random.default_rng(1)))
    t = np.zeros(len(X), int)
    direction = linear.params[0].data[:, 1] - linear.params[0].data[:, 0]
    np.testing.assert_allclose(study.pixel_by_pixel(linear, X, t, 0.1),
                               np.clip(X + 0.1 * np.sign(direction), 0, 1), atol=1e-12)


def test_towards_a_mean_never_goes_to_the_own_one():
    x, t = np.array([[0.4, 0.4]]), np.array([3])
    known, t_known = np.full((10, 2), 1.0), np.arange(10)
    known[3], known[7] = 0.5, [0.0, 0.2]
    np.testing.assert_allclose(study.towards_a_mean(x, t, 0.1, known, t_known), [[0.3, 0.3]])


@pytest.mark.parametrize("broken", ["x", "dx", "eps", "box", "outside"])
def test_what_makes_no_sense_is_refused(broken):
    x, dx, eps, low, high = X.copy(), X.copy(), 0.1, 0.0, 1.0
    if broken in ("x", "dx"):
        (x if broken == "x" else dx)[3, 4] = np.nan
    eps = -0.1 if broken == "eps" else eps
    high = 0.0 if broken == "box" else 0.5 if broken == "outside" else high
    with pytest.raises(ValueError, match={"x": "NaN", "dx": "NaN in 1 rows", "eps": "0 or more", "box": "below high",
                                          "outside": "must lie in"}[broken]):
        study.fast_gradient_sign(x, dx, eps, low, high)


def test_a_network_of_nan_is_neither_fooled_nor_safe():
    broken = network(np.random.default_rng(0))
    broken.params[-1].data[:] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        study.margins(broken, X, T)
    with pytest.raises(ValueError, match="NaN"):
        study.projected_steps(broken, X, T, 0.1)
    with pytest.raises(ValueError, match="rng"):
        study.projected_steps(net(), X, T, 0.1, restarts=2)


def test_batches_are_attacked_when_they_are_read_and_against_the_network_of_the_moment():
    rng = np.random.default_rng(0)
    changing = network(rng)
    batches = study.Attacked(X, T, 20, study.TRAININGS["one step of 0.1"][0](changing, rng), rng=rng)
    assert len(batches) == 2
    for x, t in batches:
        clean = X[[int(np.argmin(np.abs(X - row).max(axis=1))) for row in x]]
        np.testing.assert_allclose(x, study.one_step(changing, clean, t, 0.1))
        changing.params[0].data *= -1


def test_every_way_is_tried_on_every_network():
    nets = [net(), network(np.random.default_rng(1))]
    found = study.under(nets, X, T, (0.0, 0.2))
    assert set(found) == {(way, eps) for way in study.WAYS for eps in (0.0, 0.2)}
    for way in study.WAYS:
        np.testing.assert_allclose(found[way, 0.0], found["nothing", 0.0])
    copied = study.projected_steps(nets[1], X, T, 0.2)
    assert found["twenty steps, made for another", 0.2][0] == study.right(net(), copied, T)


def test_a_masked_network_answers_the_same_and_hides_its_gradient_only():
    loud = study.masked(net())
    np.testing.assert_array_equal(loud(X)[0].argmax(axis=1), net()(X)[0].argmax(axis=1))
    np.testing.assert_allclose(loud(X)[0], 1e4 * net()(X)[0])
    assert (input_gradient(loud, X, softmax_cross_entropy, T)[1] == 0).all(axis=1).mean() > 0.7
    on_loss, on_margin = (study.right(loud, study.projected_steps(loud, X, T, 0.1, loss=loss), T)
                          for loss in (softmax_cross_entropy, study.margin_loss))
    assert on_loss > on_margin + 10
    plain = study.right(net(), study.projected_steps(net(), X, T, 0.1, loss=study.margin_loss), T)
    assert on_margin == pytest.approx(plain, abs=3)


@pytest.mark.parametrize("name", study.TRAININGS)
def test_every_training_keeps_its_digits_in_the_box_and_learns(name):
    rng = np.random.default_rng(0)
    made = network(rng)
    attack = study.TRAININGS[name][0](made, rng)
    eps = 0.2 if "0.2" in name else 0.0 if "plain" in name else 0.1
    z = attack(X, T)
    assert np.abs(z - X).max() == pytest.approx(eps) and z.min() >= 0 and z.max() <= 1
    losses = [loss for _, step, loss in zip(range(60), range(60), (
        loss for _, _, loss in study.learn(made, DIGITS.x_train, DIGITS.t_train, rng, name)))]
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])


# ---- what was stored ------------------------------------------------------------------------------------------------

def test_a_stored_figure_can_be_found_again():
    stored = study.measured("one step 0.1")["plain"][0]
    rate = next(float(text.split(" (")[0]) for text in study.origin_rates() if text.endswith("(plain)"))
    made = study.learnt("plain", 0, lr=rate)
    found = study.right(made, study.one_step(made, DIGITS.x_test, DIGITS.t_test, 0.1), DIGITS.t_test)
    assert found == pytest.approx(stored, abs=1.5)                  # another machine may round otherwise
    assert study.right(made, DIGITS.x_test, DIGITS.t_test) == pytest.approx(study.measured("clean")["plain"][0], abs=1)


def test_the_stored_table_is_whole_and_no_rate_lies_at_an_edge():
    header, rows = study.read_table(study.FILE)
    assert header == ["what", "training", "seed", "judged on", "value"]
    for name in study.TRAININGS:
        assert not study.chosen_rate(rows, name)[1], name
        for what in study.COLUMNS:
            assert len(study.measured(what)[name]) == len(study.SEEDS)
    assert [row[0] for row in study.rows_of_trainings()] == list(study.TRAININGS)
    assert [row[1] for row in study.rows_of_trainings()] == [1, 8, 1, 2, 8, 8, 8]


def test_no_defence_is_only_a_hidden_gradient():
    networks, held, left = study.hidden()
    assert networks == held == 35 and left == 0
