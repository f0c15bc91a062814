"""What keeps a network from forgetting: the penalty and its stiffness, the batches, the settings, what was stored."""

from copy import deepcopy

import numpy as np
import pytest

from course_lib.checks import numerical_gradient
from course_lib.data import load_digits
from course_lib.data.origins import origin
from course_lib.experiments import told
from course_lib.layers import Conv2D, Dense, ReLU, Sequential, Tanh
from course_lib.optim.first_order import SGD
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import forgetting as study
from course_lib.training import train_step


def small(seed=0):
    rng = np.random.default_rng(seed)
    return Sequential(Dense(3, 4, rng=rng), Tanh(), Dense(4, 5, rng=rng)), rng.normal(size=(6, 3))


def test_the_exact_fisher_information_is_the_mean_of_squared_gradients_over_labels_as_the_network_draws_them():
    net, x = small()
    for f, expected, param in zip(study.fisher(net, x), study.one_by_one(net, x), net.params, strict=True):
        np.testing.assert_allclose(f, expected, rtol=1e-12)
        assert f.shape == param.data.shape and (param.grad is None or not param.grad.any())


def test_one_by_one_squares_the_numerical_gradient():
    net, x = small()
    weight = net.params[0].data
    y = net(x[:1])[0]
    p, expected = np.exp(y[0]) / np.exp(y).sum(), 0
    for t in range(5):
        def loss(w, t=t):
            net.params[0].data = w
            return softmax_cross_entropy(net(x[:1])[0], np.array([t]))[0]
        expected = expected + p[t] * numerical_gradient(loss, weight.copy()) ** 2
    net.params[0].data = weight
    np.testing.assert_allclose(study.one_by_one(net, x[:1])[0], expected, rtol=1e-6)


def test_over_labels_that_the_network_draws_the_second_derivative_is_the_mean_squared_slope():
    net, x = small()
    weight = net.params[0].data
    p = np.exp(net(x)[0])
    p /= p.sum(axis=1, keepdims=True)

    def loss(place, nudge):
        net.params[0].data = weight.copy()
        net.params[0].data[place] += nudge
        y = net(x)[0]
        net.params[0].data = weight
        return np.mean(np.sum(p * (np.log(np.exp(y).sum(axis=1, keepdims=True)) - y), axis=1))
    F, h = study.fisher(net, x)[0], 1e-4
    for place in ((0, 0), (1, 2), (2, 3)):
        bend = (loss(place, h) - 2 * loss(place, 0) + loss(place, -h)) / h ** 2
        assert bend == pytest.approx(F[place], rel=1e-4)


def test_drawn_labels_give_the_exact_one_in_the_mean():
    net, x = small()
    rng = np.random.default_rng(1)
    many = [study.fisher(net, x, rng) for _ in range(2000)]
    for f, *drawn in zip(study.fisher(net, x), *many):
        np.testing.assert_allclose(np.mean(drawn, axis=0), f, atol=4 * np.std(drawn, axis=0).max() / 2000 ** 0.5)


def test_other_layers_with_parameters_are_refused():
    net = Sequential(Conv2D(1, 2, 3, rng=np.random.default_rng(0)))
    with pytest.raises(ValueError, match="Dense layers only, got Conv2D"):
        study.fisher(net, np.zeros((2, 1, 4, 4)))


def test_the_penalty_adds_its_own_gradient():
    net, _ = small()
    rng = np.random.default_rng(2)
    F, old = ([rng.random(p.data.shape) for p in net.params] for _ in range(2))
    penalty = study.elastic(F, old, 0.7)
    for p in net.params:
        p.zero_grad()
    value = penalty(net)
    assert value == pytest.approx(sum(0.35 * np.sum(f * (p.data - o) ** 2) for f, p, o in zip(F, net.params, old)))
    grads = [p.grad.copy() for p in net.params]
    for p, grad in zip(net.params, grads):
        nudge = rng.normal(size=p.data.shape)
        p.data += 1e-6 * nudge
        up = penalty(net)
        p.data -= 2e-6 * nudge
        down = penalty(net)
        p.data += 1e-6 * nudge
        assert (up - down) / 2e-6 == pytest.approx(np.sum(grad * nudge), rel=1e-6)


def test_every_batch_costs_the_same_and_holds_old_and_new():
    rng = np.random.default_rng(0)
    x, t = rng.random((130, 4)), rng.integers(5, 10, 130)
    memory = rng.random((5, 4)), np.arange(5)
    for share, old_rows in ((0.5, 32), (0.0001, 1), (0.9999, 63)):
        for _, (x_batch, t_batch) in zip(range(5), study.mixed((x, t), memory, share, rng)):
            assert len(x_batch) == len(t_batch) == 64 and (t_batch < 5).sum() == old_rows


def test_what_is_kept_is_so_many_of_each_label():
    digits = load_digits()
    x, t = study.kept_of(digits.x_train, digits.t_train, 7, np.random.default_rng(0))
    assert (np.bincount(t) == 7).all() and len(x) == 70
    assert len(study.kept_of(digits.x_train, digits.t_train, 10 ** 6, np.random.default_rng(0))[0]) == 1442


def test_outputs_of_the_other_task_are_barred_and_get_no_gradient():
    barred = study.Setting(known=True).barred(0)
    y, t = np.random.default_rng(0).normal(size=(4, 10)), np.array([0, 4, 5, 9])
    value, backward = study.loss_within(barred)(y, t)
    dy = backward()
    assert not dy[:2, 5:].any() and not dy[2:, :5].any() and dy[:2, :5].all() and dy[2:, 5:].all()
    assert value == pytest.approx(np.mean([softmax_cross_entropy(y[[i], s:s + 5], t[[i]] - s)[0]
                                           for i, s in enumerate((0, 0, 5, 5))]))
    assert not study.Setting().barred(0).any()


def test_the_tasks_share_no_digit_and_lose_none():
    digits = load_digits()
    for name, setting in study.SETTINGS.items():
        (x, t), (x2, t2) = setting.tasks(digits.x_test, digits.t_test, 3)
        if name == "other pixels":
            np.testing.assert_array_equal(np.sort(x, axis=1), np.sort(x2, axis=1))
            assert (x != x2).any() and (t == t2).all()
        else:
            assert not set(t) & set(t2) and len(t) + len(t2) == 355
            assert sorted(set(t)) == setting.first(3).tolist()
    assert study.Setting(shuffled=True).first(3).tolist() != study.Setting(shuffled=True).first(4).tolist()


def test_elastic_weights_pay_for_the_fisher_information_with_updates(monkeypatch):
    made = []
    monkeypatch.setattr(study, "train_step", lambda *a, **k: made.append(len(a[3])))
    setting, digits = study.SETTINGS["ten outputs"], load_digits()
    old, new = setting.tasks(digits.x_train, digits.t_train, 0)
    for rival, updates in (("rate chosen", 300), ("old weights", 300), ("rehearsal, 5 a class", 300),
                           ("elastic", 300 - -(-len(old[0]) // 64))):
        made.clear()
        net = setting.net(np.random.default_rng(0))
        assert list(study.second_task(net, study.RIVALS[rival], 1, setting, old, new, 0, at=(0, 300))) == [0, 300]
        assert len(made) == updates and set(made) == {64}, rival


def test_a_stronger_pull_stays_nearer_to_the_old_weights():
    setting, digits = study.SETTINGS["ten outputs"], load_digits()
    old, new = setting.tasks(digits.x_train, digits.t_train, 0)
    start, way = study.first_task(setting, old, 0, updates=60), {}
    F = study.fisher(start, old[0])
    for rival, weights in (("old weights", [1.0] * 4), ("elastic", F)):
        for value in (0.1, 1000):
            net = deepcopy(start)
            list(study.second_task(net, study.RIVALS[rival], value, setting, old, new, 0))
            way[rival, value] = sum(np.sum(w * (p.data - q.data) ** 2)
                                     for w, p, q in zip(weights, net.params, start.params))
        assert way[rival, 1000] < way[rival, 0.1] / 2


def test_in_turn_the_old_digits_are_lost_to_the_new_outputs():
    shares = study.in_turn(4, at=(0, 300))
    assert shares["old"][0] > 98 and shares["new"][0] < 1 and shares["old"][1] < 5 and shares["new"][1] > 90
    assert (shares["old, own five outputs"] >= shares["old"]).all()


def test_direct_feedback_trains_the_last_layer_as_backpropagation_does_and_the_first_by_its_matrix():
    learner = study.DirectFeedback(lambda params: SGD(params, lr=0.1), np.random.default_rng(0))
    digits = load_digits()
    x, t = digits.x_train[:64], digits.t_train[:64]
    twin = deepcopy(learner.net)
    rule = lambda net: SGD(net.params, lr=0.1)
    train_step(twin, softmax_cross_entropy, rule(twin), x, t)
    before = learner.net.layers[0].weight.data.copy() if hasattr(learner.net.layers[0], "weight") else \
        learner.net.params[0].data.copy()
    y = learner.net(x)[0]
    dy = softmax_cross_entropy(y, t)[1]()
    a = learner.net.layers[0](x)[0]
    study_updates, study.UPDATES = study.UPDATES, 1
    try:
        learner.rng = None                                  # the rows in their order: one batch of all 64
        learner.learn(x, t)
    finally:
        study.UPDATES = study_updates
    np.testing.assert_allclose(learner.net.params[2].data, twin.params[2].data, rtol=1e-12)
    np.testing.assert_allclose(learner.net.params[0].data,
                               before - 0.1 * x.T @ (dy @ learner.feedback * (a > 0)), rtol=1e-10, atol=1e-14)


def test_random_search_only_ever_lowers_the_loss_and_a_straight_map_follows_its_gradient():
    digits = load_digits()
    (x, t), _ = study.SETTINGS["ten outputs"].tasks(digits.x_train, digits.t_train, 0)
    learner, losses = study.RandomSearch(np.random.default_rng(0)), []
    for _ in range(5):
        learner.learn(x, t, trials=60)
        losses.append(softmax_cross_entropy(learner(x), t)[0])
    assert losses == sorted(losses, reverse=True) and losses[-1] < 1.5 < np.log(10)
    straight = study.Straight(np.random.default_rng(0))
    straight.learn(x, t)
    assert softmax_cross_entropy(straight(x), t)[0] < 0.1


def test_mean_digits_do_not_depend_on_the_order():
    digits = load_digits()
    old, new = study.SETTINGS["ten outputs"].tasks(digits.x_train, digits.t_train, 0)
    one, other, at_once = study.MeanDigits(), study.MeanDigits(), study.MeanDigits()
    for learner, order in ((one, (old, new)), (other, (new, old)), (at_once, ((digits.x_train, digits.t_train),))):
        for part in order:
            learner.learn(*part)
    np.testing.assert_allclose(one.means, other.means)
    np.testing.assert_allclose(one.means, at_once.means)
    d = ((digits.x_test[:, np.newaxis] - one.means) ** 2).sum(axis=2)
    np.testing.assert_array_equal(one(digits.x_test).argmax(axis=1), d.argmin(axis=1))


# ---- what was stored ------------------------------------------------------------------------------------------------

def test_the_file_holds_every_rival_in_every_setting_and_no_choice_lies_at_an_edge():
    for what in study.SETTINGS:
        found = study.measured(what)
        assert list(found) == list(study.EVERY) and all(len(v) == 10 for v in found.values())
        for column in ("old", "new"):
            assert all((0 <= v).all() and (v <= 100).all() for v in study.measured(what, column).values())
        np.testing.assert_allclose(found["elastic"], (study.measured(what, "old")["elastic"]
                                                      + study.measured(what, "new")["elastic"]) / 2, atol=1e-3)
    assert study.at_edges() == []
    assert "studies.forgetting" in origin(study.FILE)["command"]


def test_a_stored_run_can_be_repeated():
    values, _ = study.chosen("ten outputs")
    split, setting = study.parts(), study.SETTINGS["ten outputs"]
    for rival in ("nothing", "elastic", "rehearsal, 20 a class"):
        found = study.trial_of(setting)(study.EVERY[rival], values[rival], 4, split.fit, split.judge)
        assert found["mean"] == pytest.approx(study.measured("ten outputs")[rival][0], abs=2)


def test_what_the_tables_tell():
    rows = study.rival_rows()
    stored = {row[0]: row[1] for row in rows}
    assert stored["nothing"] == "0" and stored["old weights"] == "4,810" and stored["elastic"] == "9,620"
    assert stored["rehearsal, 20 a class"] == "6,500" and len(rows[0]) == len(study.TWO)
    many = study.many_rows()
    found = study.measured("other pixels")
    assert len(many[0]) == len(study.MANY)
    assert dict((row[0], row[-1]) for row in many)["other pixels"] == told(found["elastic"] - found["old weights"])
    assert study.enough() == 1 and study.enough("other pixels") == 20 and study.enough("task known") == 20
    assert len(study.learner_rows()[0]) == len(study.LEARNT) and study.learner_rows()[0][0] == "network, Adam"
    assert [type(layer) for layer in study.SETTINGS["wider"].net(np.random.default_rng(0)).layers] == [Dense, ReLU,
                                                                                                       Dense]
