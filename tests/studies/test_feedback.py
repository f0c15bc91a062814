"""The study of feedback alignment: each way back is what it is called, and its stored figures can be found again."""

import numpy as np
import pytest

from course_lib import check_gradients
from course_lib.layers import Dense
from course_lib.rules.functions import identity, relu, tanh
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import feedback

X, T = (part[:40] for part in feedback.split().fit)
DENSE = (64, 7, 6, 5, 10)


def nets(way):
    return feedback.dense(DENSE, way, 3), feedback.convolutional(way, 3)


def test_what_is_sent_back_in_each_way():
    rng = np.random.default_rng(0)
    da, dy, W, B, D = (rng.normal(size=shape) for shape in ((5, 3), (5, 2), (4, 3), (4, 3), (4, 2)))
    np.testing.assert_allclose(feedback.sent_back("backprop", da, dy, W, B), np.einsum("nk,dk->nd", da, W))
    np.testing.assert_allclose(feedback.sent_back("feedback alignment", da, dy, W, B), np.einsum("nk,dk->nd", da, B))
    np.testing.assert_allclose(feedback.sent_back("direct feedback", da, dy, W, D), np.einsum("nc,dc->nd", dy, D))
    with pytest.raises(ValueError, match="way must be one of backprop, feedback alignment, direct feedback, got 'up'"):
        feedback.sent_back("up", da, dy, W, B)


@pytest.mark.parametrize("k", (0, 1), ids=("dense", "convolutional"))
def test_the_way_of_backpropagation_is_the_gradient(k):
    check_gradients(nets("backprop")[k], X[:3])
    check_gradients(lambda x: nets("direct feedback")[k](x, way="backprop"), X[:2])


@pytest.mark.parametrize("k", (0, 1), ids=("dense", "convolutional"))
def test_feedback_alignment_with_the_true_weights_is_backpropagation(k):
    net = nets("feedback alignment")[k]
    assert min(feedback.angles(net, X, T)) > 20
    net.feedback[1:] = [layer.params[0].data for layer in net.layers[1:]]
    assert max(feedback.angles(net, X, T)) < 1e-4


@pytest.mark.parametrize("k", (0, 1), ids=("dense", "convolutional"))
@pytest.mark.parametrize("way", ("feedback alignment", "direct feedback"))
def test_the_last_layer_is_always_told_its_gradient(way, k):
    net = nets(way)[k]
    told, true = feedback.gradients(net, X, T), feedback.gradients(net, X, T, way="backprop")
    np.testing.assert_allclose(told[-1], true[-1], rtol=1e-12)
    assert all(np.linalg.norm(a - b) > 0.1 * np.linalg.norm(b) for a, b in zip(told[:-1], true[:-1]))


def test_in_direct_feedback_each_layer_hears_the_loss_itself():
    net = feedback.dense((64, 7, 6, 10), "direct feedback", 3)
    h, values = X, []
    for layer in net.layers:
        values.append((h, h @ layer.W.data + layer.b.data))
        h = np.tanh(values[-1][1])
    dy = softmax_cross_entropy(values[-1][1], T)[1]()
    for l in (0, 1):
        da = dy @ net.feedback[l + 1].T * (1 - np.tanh(values[l][1]) ** 2)
        told = np.concatenate([(values[l][0].T @ da).ravel(), da.sum(axis=0)])
        np.testing.assert_allclose(feedback.gradients(net, X, T)[l], told, rtol=1e-9, atol=1e-14)


def test_a_seed_draws_the_same_weights_in_every_way():
    for k in (0, 1):
        first, *others = ([p.data for p in nets(way)[k].params] for way in feedback.WAYS)
        assert all(np.array_equal(a, b) for weights in others for a, b in zip(first, weights))


def test_frozen_layers_stay_as_they_are():
    for net in nets("frozen"):
        before = [p.data.copy() for p in net.params]
        feedback.trained(net, 0.1, 0, (X, T))
        changed = [not np.array_equal(p.data, old) for p, old in zip(net.params, before)]
        assert changed == [False] * (len(changed) - 2) + [True, True]


@pytest.mark.parametrize("way", feedback.WAYS)
def test_to_look_at_gradients_leaves_the_net_as_it_was(way):
    net = nets(way)[0]
    net.params[0].grad, kept = np.ones((64, 7)), [p.requires_grad for p in net.params]
    feedback.angles(net, X, T)
    assert np.all(net.params[0].grad == 1) and [p.requires_grad for p in net.params] == kept


@pytest.mark.parametrize("units", (identity, relu))
def test_the_first_weights_and_the_overlap_change_alike(units):
    net = feedback.dense(DENSE, "feedback alignment", 3, activation=units)
    told, rate = feedback.gradients(net, X, T), 1e-6
    before = feedback.overlaps(net)
    for layer, change in zip(net.layers, told):
        for p, d in zip(layer.params, np.split(change, [layer.W.data.size])):
            p.data = p.data - rate * d.reshape(p.data.shape)
    squares, along = np.subtract(feedback.overlaps(net), before)
    assert np.all(np.abs(squares) > 1e-10)
    np.testing.assert_allclose(squares, along, rtol=1e-3)


def test_asymmetry_of_a_gradient_and_of_a_turn():
    A = np.random.default_rng(0).normal(size=(4, 4))
    point = np.arange(4.0)
    assert feedback.asymmetry(lambda p: np.tanh(p) * 3 + (A + A.T) @ p, point) < 1e-8
    assert feedback.asymmetry(lambda p: (A - A.T) @ p, point) == pytest.approx(2)
    net = feedback.dense((64, 3, 3), "backprop", 0)
    field, start = feedback.field_of(net, X, T % 3)
    np.testing.assert_array_equal(field(start), np.concatenate(feedback.gradients(net, X, T % 3)))
    assert len(start) == sum(p.data.size for p in net.params)


def test_angles_in_degrees():
    assert feedback.angle(np.array([1.0, 0]), np.array([2.0, 2.0])) == pytest.approx(45)
    assert feedback.angle(np.array([1.0, 0]), np.array([-3.0, 0])) == pytest.approx(180)
    assert np.isnan(feedback.angle(np.zeros(2), np.ones(2)))


def test_wrong_ways_questions_and_networks_are_refused():
    with pytest.raises(ValueError, match="way must be one of .*, got 'up'"):
        feedback.dense(DENSE, "up", 0)
    with pytest.raises(ValueError, match="last of the layers must be Dense"):
        feedback.Network([], "backprop", np.random.default_rng(0))
    with pytest.raises(ValueError, match="question must be one of which digit, even or odd, got 'why'"):
        feedback.asked("why", T)
    with pytest.raises(ValueError, match="network must be one of two hidden layers, .*, got 'none'"):
        feedback.made("none", feedback.EVEN, "backprop", 0)
    assert feedback.asked(feedback.EVEN, np.array([0, 3, 4, 9])).tolist() == [0, 1, 0, 1]


def test_an_overflow_gets_nothing_right():
    assert feedback.right(feedback.trained(feedback.dense(DENSE, "backprop", 0, activation=relu), 1e9, 0, (X, T)), X,
                          T) < 30
    net = feedback.dense(DENSE, "backprop", 0)
    net.layers[-1].b.data[:] = np.nan
    assert feedback.right(net, X, T) == 0


def test_a_stored_training_can_be_found_again():
    seed = feedback.SEEDS[0]
    for question, rival in ((feedback.WHICH, feedback.NO_HIDDEN), (feedback.EVEN, feedback.ALIGNMENT)):
        rate = feedback.rate(feedback.TWO, question, rival)
        found = feedback.trial(feedback.rivals(feedback.TWO, question)[rival], rate, seed,
                               feedback.split(question).fit, feedback.split(question).judge, question)
        for side, entry in (("held out", "score"), ("new writers", "new writers")):
            assert feedback.final(feedback.TWO, question, side)[rival][0] == pytest.approx(found[entry], abs=0.6)


def test_a_stored_training_by_adam_can_be_found_again():
    rate = next(iter(feedback.stored()["Adam", feedback.EVEN, feedback.TWO, feedback.ALIGNMENT]))[0]
    net = feedback.made(feedback.TWO, feedback.EVEN, feedback.ALIGNMENT, feedback.SEEDS[0])
    found = feedback.trial(lambda _: net, rate, feedback.SEEDS[0], feedback.split(feedback.EVEN).fit,
                           feedback.split(feedback.EVEN).judge, feedback.EVEN, adam=True)
    stored = feedback.final(feedback.TWO, feedback.EVEN, what="Adam")[feedback.ALIGNMENT][0]
    assert stored == pytest.approx(found["score"], abs=0.6)


def test_the_tables_and_the_watched_steps_are_whole():
    assert [row[0] for row in feedback.baseline_rows()] == [*feedback.WAYS, feedback.WIDE, feedback.NO_HIDDEN]
    assert all(len(row) == len(feedback.HEADER) for row in feedback.baseline_rows())
    for question in feedback.QUESTIONS:
        names = [row[0] for row in feedback.compared_rows(question)]
        assert names[:6] == list(feedback.NETWORKS) and len(names) == (6 if question == feedback.WHICH else 9)
        assert all(len(values) == len(feedback.SEEDS) for network in feedback.NETWORKS
                   for values in feedback.final(network, question).values())
    assert all(len(values) == len(feedback.SEEDS) for network in feedback.BY_ADAM
               for values in feedback.final(network, feedback.EVEN, what="Adam").values())
    for network, layers in ((feedback.TWO, 2), (feedback.SIX, 6), (feedback.SIGMOID, 3)):
        steps, values = feedback.watched_values(network, feedback.FROZEN, "right")
        assert tuple(steps) == feedback.STEPS and values.shape == (len(steps), len(feedback.WATCHED))
        for way in feedback.WAYS[:3]:
            assert feedback.watched_angles(network, way).shape == (len(steps), layers)


def test_watching_does_not_change_the_training():
    fit, judged = (X, T), (X, T)
    seen = feedback.watch(nets("direct feedback")[0], 0.05, 1, fit, judged, (0, 10, 30))
    net = nets("direct feedback")[0]
    for step in feedback.learning(net, 0.05, 1, *fit):
        if step == 30:
            break
    assert seen.shape == (3, 5) and seen[:, 0].tolist() == [0, 10, 30]
    np.testing.assert_allclose(seen[2, 1:], [feedback.right(net, X, T), *feedback.angles(net, X, T)])


def test_tanh_units_are_the_default_and_dense_layers_are_those_of_the_library():
    net = feedback.dense(DENSE, "backprop", 0)
    assert net.activation is tanh and all(isinstance(layer, Dense) for layer in net.layers)


def test_the_smaller_the_steps_the_more_alike_both_sides_grow():
    large, small = (feedback.grown(identity, lr) for lr in (0.1, 0.05))
    gaps = [sides[::2] - sides[1::2] for sides in (large, small)]
    assert np.all(large > 1) and np.all(gaps[1] > 0) and np.all(np.abs(gaps[0] / gaps[1] - 2) < 0.5)


def test_the_example_of_the_page_is_one_of_the_stored_trainings():
    found = feedback.example("feedback alignment")
    steps, angles = feedback.watched_values(feedback.TWO, feedback.ALIGNMENT, "angle 2", feedback.WHICH)
    assert found[0].tolist() == steps[1:].tolist()
    np.testing.assert_allclose(found[3, :6], angles[1:7, 0], atol=0.1)
