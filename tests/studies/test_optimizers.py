"""The helpers of lesson 06: an optimizer's own walk, exact curvatures, a genetic algorithm without gradients."""

from functools import partial

import numpy as np
import pytest

from course_lib import SGD, AdaDelta, Adam, Dense, Sequential, Tanh, softmax_cross_entropy
from course_lib.optim.curvature import hessian_vector_product
from course_lib.page.notebook import peak_memory
from course_lib.studies.optimizers import (
    backpropagation,
    both_estimates,
    descent_values,
    evaluations_until,
    evolved,
    exact_diagonals,
    generation,
    genetic,
    on_a_line,
    step_in_metres,
    walk,
    whole_batch,
    with_gradients,
)


def test_a_walk_starts_at_the_start_and_counts_steps_from_zero():
    seen = []

    def gradient(x, step):
        seen.append(step)
        return [1.0, -2.0]                              # a list of numbers will do
    start = np.array([3.0, 4.0])
    path = walk(partial(Adam, lr=0.1, eps=0.0), start, gradient, 3)
    np.testing.assert_allclose(path, [[3, 4], [2.9, 4.1], [2.8, 4.2], [2.7, 4.3]])      # equal steps of lr
    assert seen == [0, 1, 2] and start.tolist() == [3.0, 4.0]


def test_descent_values_are_those_at_the_points_of_the_walk():
    def function(x):
        return float(np.sum(x ** 4)), 4 * x ** 3
    make, start = partial(Adam, lr=0.05), np.array([1.0, -0.5])
    path = walk(make, start, lambda x, step: function(x)[1], 20)
    np.testing.assert_allclose(descent_values(make, function, start, 20), [function(x)[0] for x in path], rtol=1e-12)


def test_exact_diagonals():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(2, 3, rng=rng), Tanh(), Dense(3, 3, rng=rng))
    x, t = rng.normal(size=(5, 2)), rng.integers(3, size=5)
    before = [p.data.copy() for p in net.params]
    H, G = exact_diagonals(net, x, t)
    assert all(np.array_equal(p.data, kept) for p, kept in zip(net.params, before))
    shapes = [p.data.shape for p in net.params]
    place = 0
    for k, shape in enumerate(shapes):
        for i in np.ndindex(shape):
            u = [np.zeros(s) for s in shapes]
            u[k][i] = 1.0
            right = hessian_vector_product(net, softmax_cross_entropy, x, t, u)[k][i]
            assert H[place] == pytest.approx(right, abs=1e-11)
            place += 1
    # Without the last layer's weights there is no curvature of the network itself: there H and G agree.
    np.testing.assert_allclose(H[-12:], G[-12:], atol=1e-8)
    assert np.all(G >= 0) and np.any(H < 0)


def test_a_genetic_algorithm_never_loses_its_best_and_comes_down():
    calls = []

    def loss(vector):
        calls.append(len(vector))
        return float(np.sum((vector - 1) ** 2))
    rng = np.random.default_rng(0)
    people = rng.normal(size=(20, 4))
    lowest = genetic(loss, people, 30, rng=rng, best=5)
    assert len(lowest) == 30 and len(calls) == 20 + 29 * 15     # survivors are not tried again
    assert np.all(np.diff(lowest) <= 0) and lowest[-1] < 0.05 * lowest[0]


def test_peak_memory_counts_what_is_alive_at_once():
    def two_at_once():
        return np.ones(100_000), np.ones(100_000)

    def one_after_the_other(n):
        for _ in range(n):
            np.ones(100_000).sum()
    assert 1.6e6 <= peak_memory(two_at_once) < 1.7e6
    assert 0.8e6 <= peak_memory(one_after_the_other, 5) < 1.7e6


def test_lines_and_bands_draw_what_they_are_given():
    plt = pytest.importorskip("matplotlib.pyplot")
    from course_lib.page.plotting import bands, lines
    figure, (left, right) = plt.subplots(1, 2)
    lines(left, {"a": ([1, 2, 4], [1, 10, 100]), "b": ([1, 8], [2, 2])}, x_label="x", y_label="y", title="two",
          log="xy")
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert "two" in (left.get_title(), left.get_title(loc="left"))
    assert [line.get_label() for line in left.lines] == ["a", "b"]
    assert left.lines[0].get_ydata().tolist() == [1, 10, 100]
    assert left.lines[0].get_linestyle() != left.lines[1].get_linestyle()
    runs = np.array([[3.0, 2.0], [1.0, 0.0], [2.0, 1.5]])
    bands(right, [1, 2], {"a": runs}, x_label="x", y_label="y")
    assert right.get_yscale() == "linear" and right.lines[0].get_ydata().tolist() == [2.0, 1.5]
    corners = right.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == 0.0 and corners[:, 1].max() == 3.0
    plt.close(figure)


def test_a_step_in_metres_is_half_a_parabola_of_the_unit():
    sgd = partial(SGD, lr=0.01)
    assert step_in_metres(sgd) == pytest.approx(-0.02)                          # −lr · 2 m
    assert step_in_metres(sgd, factor=1000) == pytest.approx(-20)
    assert step_in_metres(sgd, unit=1000) == pytest.approx(-2e-8)
    delta = partial(AdaDelta, eps=0.0)
    assert step_in_metres(delta, unit=1000) == pytest.approx(step_in_metres(delta)) == pytest.approx(-0.01 * 10 ** 0.5)
    fresh = [step_in_metres(AdaDelta, unit=unit, earlier=0) for unit in (1, 1000)]      # eps has no unit
    assert fresh[0] == pytest.approx(-1e-3 * 10 ** 0.5, rel=1e-3)
    assert fresh[1] / fresh[0] == pytest.approx(5.345e-4, rel=1e-3)


def test_adam_fails_on_a_line_and_amsgrad_does_not():
    assert on_a_line(False, 1000) > 0.9 and on_a_line(True, 1000) < -0.999
    assert on_a_line(False, 1) == pytest.approx(-0.9 / 0.9 ** 0.5)      # the first step follows the large gradient
    assert on_a_line(False, 1000, beta2=0.999) < -0.999                 # with a longer memory it gets there


def test_both_estimates_have_their_exact_diagonals():
    asked = []

    def watch(jobs, label):
        asked.append((len(jobs), label))
        return jobs
    found = both_estimates(6, 300, watch)
    assert asked == [(300, "Hutchinson"), (300, "Gauss-Newton-Bartlett")]
    for exact, draws in found.values():
        assert exact.shape == (31,) and draws.shape == (300, 31)
        error = draws.std(axis=0) / 300 ** 0.5
        assert np.mean(abs(draws.mean(axis=0) - exact) < 3.5 * error) > 0.9
    assert (found["Gauss-Newton-Bartlett"][1] >= 0).all() and (found["Hutchinson"][1] < 0).any()
    none = both_estimates(6, 300, lambda jobs, label: [])                       # interrupted at once
    assert all(draws.shape == (0, 31) for _, draws in none.values())


def test_evaluations_until_a_goal():
    found = evaluations_until(1.0, 0, rates=(1, 1e3), budget=40)
    assert [len(n) for n in found.values()] == [2, 2, 1, 1]
    function, start, _ = whole_batch(0, 16)
    values = descent_values(partial(SGD, lr=1), function, start, 40)
    assert found["descent"][0] == 1 + np.argmax(values < 1) and np.isnan(found["descent"][1])
    assert all(1 < n[0] < 30 for n in found.values())


def test_with_and_without_gradients_on_the_same_network_and_budget():
    passes, lowest = evolved(10, 2, 0.03, seed=1, passes=100)
    assert passes.tolist() == list(range(10, 99, 8)) and (np.diff(lowest) <= 1e-12).all()     # the best survive
    for method in ("Adam", "L-BFGS"):
        passes, values = with_gradients(method, 1, passes=100)
        assert len(passes) == len(values) and passes[0] == 3 and passes[-1] <= 100
        assert values[0] == pytest.approx(whole_batch(1, 32)[0](whole_batch(1, 32)[1])[0])
        assert values[-1] < 0.1 < lowest[-1]


def test_a_generation_keeps_no_activations():
    x = np.random.default_rng(0).normal(size=(2000, 64))
    assert peak_memory(generation, x, 1) < 0.4 * peak_memory(backpropagation, x)
