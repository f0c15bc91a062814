"""The trainings of lesson 05 are what the page says they are."""

import numpy as np
import pytest

from course_lib import SGD, Batches, load_digits, softmax_cross_entropy, train_step
from course_lib.optim.schedules import cosine_schedule
from course_lib.studies import batch_sizes as trials


def digits(rows=slice(None)):
    return tuple(array[rows] for array in load_digits()[:2])


def network(seed=4):
    return trials.network(np.random.default_rng(seed))


def test_the_gradient_of_all_is_the_mean_of_the_single_ones_and_chunks_add_up_to_it():
    net, (x, t) = network(), digits(slice(0, 50))
    g = trials.gradient(net, x, t)
    single = [trials.gradient(net, x[n:n + 1], t[n:n + 1]) for n in range(50)]
    np.testing.assert_allclose(np.mean(single, axis=0), g, atol=1e-15)
    for chunk in (50, 25, 16, 7, 1, 99):
        np.testing.assert_allclose(trials.accumulated(net, x, t, chunk), g, atol=1e-15)
    np.testing.assert_allclose(trials.plain_mean(net, x, t, 25), g, atol=1e-15)
    parts = [trials.gradient(net, x[:48], t[:48]), trials.gradient(net, x[48:], t[48:])]
    np.testing.assert_allclose(trials.plain_mean(net, x, t, 48), np.mean(parts, axis=0), atol=1e-15)
    assert np.abs(trials.plain_mean(net, x, t, 48) - g).max() > 1e-3


def test_a_short_batch_counts_by_its_rows():
    net, (x, t) = network(), digits(slice(0, 2))
    y, backward = net(x)
    backward(trials.weighted(16)(y, t)[1](), input_grad=False)
    short = np.concatenate([p.grad.ravel() for p in net.params])
    np.testing.assert_allclose(short, 2 / 16 * trials.gradient(net, x, t), atol=1e-16)
    assert trials.weighted(16)(y, t)[0] == softmax_cross_entropy(y, t)[0]


@pytest.mark.parametrize("last, batches", [("keep", 91), ("merge", 90), ("drop", 90)])
def test_the_end_of_an_epoch_is_replayed_step_by_step(last, batches):
    x, t = digits()
    rng = np.random.default_rng(3)
    net = trials.network(rng)
    sgd, losses = SGD(net.params, lr=0.5), []
    for a, b in Batches(x, t, 16, rng=rng, last=last):
        train_step(net, softmax_cross_entropy, sgd, a, b)
        losses.append(trials.loss_on(net, x, t))
    assert len(losses) == batches
    np.testing.assert_allclose(trials.end_of_epoch(last, 0.5, 3), losses[-10:], rtol=1e-9)


def test_keeping_with_full_weight_differs_only_after_the_last_step():
    keep, weight, merge = (trials.end_of_epoch(last, 0.5, 5) for last in ("keep", "weight", "merge"))
    np.testing.assert_allclose(keep[:-1], weight[:-1])
    assert keep[-1] != weight[-1] and len(merge) == 10


def test_the_race_tells_the_first_place_below_the_mark():
    split = trials.digits_split()
    assert [len(part[0]) for part in (split.fit, split.choose, split.judge)] == [1442, 177, 178]
    found = trials.race(256, 1.0, 11, split.fit, split.judge)
    places = trials.places(256)
    assert len(found["loss"]) == 40 and places[-1] == trials.BUDGET[256]
    k = int(np.flatnonzero(found["loss"] < 0.1)[0])
    assert found["updates"] == places[k] and found["epochs"] == places[k] / 5
    assert 80 < found["right"] < 100
    slow = trials.race(256, 0.03, 11, split.fit, split.judge)
    assert np.isnan(slow["updates"]) and np.isnan(slow["right"]) and slow["loss"].min() > 0.1


def test_the_warm_up_is_a_cosine_that_begins_later():
    x, t = digits()
    rng = np.random.default_rng(2)
    net = trials.network(rng)
    batches, losses = Batches(x, t, 64, rng=rng), [trials.loss_on(net, x, t)]
    sgd = SGD(net.params, lr=cosine_schedule(1.0, 300, warmup=60))
    for k, (a, b) in zip(range(1, 21), batches):
        train_step(net, softmax_cross_entropy, sgd, a, b)
        losses += [trials.loss_on(net, x, t)] if k % 10 == 0 else []
    np.testing.assert_allclose(trials.eased_in(1.0, 60, 2)[:3], losses, rtol=1e-9)


def test_copies_change_nothing_for_the_full_batch_and_only_the_epochs_of_small_ones():
    once, ten = (trials.epochs_needed(copies, 0, 1.0, 7) for copies in (1, 10))
    assert once == ten > 20
    once, ten = (trials.epochs_needed(copies, 16, 0.2, 7) for copies in (1, 10))
    assert once == round(once) and 5 < once / ten < 15


def test_sorted_digits_are_read_in_order():
    first = trials.three_epochs("sorted", 0)
    assert first.shape == (2, 270) and first[1, -1] < 0.5 < trials.three_epochs("shuffled", 0)[1, -1]


def test_the_time_of_an_update_is_that_of_many_shared_out(monkeypatch):
    made = []
    monkeypatch.setattr(trials, "train_step", lambda *step: made.append(len(step[3])))
    monkeypatch.setattr(trials, "fastest", lambda updates: updates() or 2.0)
    assert trials.update_ms(16, times=4) == 500 and made == [16] * 4


def test_the_epochs_of_a_run_are_told_one_by_one():
    loss = np.repeat([1.0, 2.0, 4.0], 90)
    right = np.concatenate([np.zeros(180), np.full(89, 0.5), [0.25]])
    cells = trials.by_epoch([np.array([loss, right])] * 2)
    assert [cell.split()[0] for cell in cells] == ["1.00", "2.00", "4.00", "50", "25"]


def test_entries_of_random_gradients():
    net = network()
    drawn = trials.drawn_gradients(net, 16, np.random.default_rng(4), [3, 70], draws=5)
    rows = np.random.default_rng(4).integers(1442, size=16)
    x, t = digits(rows)
    assert drawn.shape == (5, 2)
    np.testing.assert_allclose(drawn[0], trials.gradient(net, x, t)[[3, 70]], atol=1e-16)
