"""The shares of all nodes explain the error observed; the explorer's sum is the one that a graph makes."""

import math
from fractions import Fraction

import numpy as np
import pytest

from course_lib import Tensor, apply, topological_order
from course_lib.rules.functions import sqrt
from course_lib.studies import rounding as r


def total(ks):
    one, s = r.single(1), None
    for k in ks:
        k = r.single(k)
        term = one / (k * k)
        s = term if s is None else s + term
    return s


def test_a_leaf_is_float32():
    assert r.single(3).data.dtype == r.single([1.0, 2.0]).data.dtype == np.float32
    assert r.single([1.0, 2.0]).data.shape == (2,) and isinstance(r.single(3), Tensor)


def test_the_local_error_of_an_operation_is_its_rounding():
    a, b = r.single(1), r.single(2.0 ** -24 * 1.5)
    y = a + b                                           # rounds up to 1 + 2⁻²³
    assert r.local_error(y, {}) == 2.0 ** -25
    assert r.local_error(a, {}) == 0
    x = r.single(0.1)
    assert r.local_error(x, {x: 0.1}) == float(np.float32(0.1)) - 0.1 != 0      # and no float32 minus a Python float


def test_shares_by_hand():
    x = r.single(1 + 2.0 ** -12)                        # x² loses 2⁻²⁴; then y = 3 x² with adjoint 3
    square = x * x
    y = r.single(3) * square
    nodes, shares, bound = r.rounding_errors(y)
    assert nodes == topological_order(y)
    share = dict(zip(nodes, shares))
    assert share[square] == -3 * 2.0 ** -24
    assert share[y] == y.data - 3.0 * float(square.data)
    assert bound == pytest.approx(2.0 ** -24 * (3 * float(square.data) + float(y.data)))
    assert sum(shares) == pytest.approx(float(y.data) - 3 * float(x.data) ** 2, rel=1e-9)


def test_each_share_is_what_a_nudge_of_that_node_does():
    b, c = r.single(11.3), r.single(1.7)
    y = (b - apply(sqrt, b * b - r.single(4) * c)) / r.single(2)
    nodes, shares, _ = r.rounding_errors(y)

    def run(nudged):                                    # in float64, and one node as wrong as it was in float32
        values = {}
        for v in nodes:
            value = np.float64(v.data) if v.rule is None else v.run(*[values[x] for x in v.inputs])[0]
            values[v] = value + (r.local_error(v, {}) if v is nudged else 0)
        return values[y]
    moved = [run(v) - run(None) for v in nodes]
    np.testing.assert_allclose(shares, moved, rtol=1e-4, atol=1e-13)


@pytest.mark.parametrize("order", [range(1, 1501), range(1500, 0, -1)])
def test_the_estimate_of_a_sum_is_the_error_observed(order):
    y = total(order)
    found = r.judged(y, exact=math.fsum(1 / k ** 2 for k in order))
    assert found.ratio == pytest.approx(1, abs=1e-3)
    assert found.bound > 1
    assert r.in_float64(y) == pytest.approx(math.fsum(1 / k ** 2 for k in order), rel=1e-14)


@pytest.mark.parametrize("seed", range(10, 15))
@pytest.mark.parametrize("dividing", [False, True])
def test_quadratics_of_other_draws(seed, dividing):
    b, c = r.random_quadratics(seed, 300)
    s = apply(sqrt, b * b - r.single(4) * c)
    difference = b - s
    y = r.single(2) * c / (b + s) if dividing else difference / r.single(2)
    found = r.judged(y)
    error, largest, bound = np.median(found.error), np.max(np.abs(found.ratio - 1)), np.median(found.bound)
    assert np.mean(np.abs(found.ratio - 1) > 1e-3) <= 1 / 300     # where errors all but cancel, one may be off
    assert largest < 1e-2 and 2 < bound < 100
    assert (error < 1e-7) if dividing else (1e-5 < error < 1e-3)
    assert not np.any(r.local_error(difference, {}))    # Sterbenz: the subtraction itself is exact


def test_what_is_lost_and_who_is_to_blame():
    y = r.total(range(1, 10_001))
    assert r.lost(y) == 10_000 - 4096                   # beyond it, 1/k² is less than half of the last digit of 1.64
    assert r.lost(r.total(range(1000, 0, -1))) == 0
    one, third = r.single(1), r.single(3)
    names, shares = zip(*r.blame(one / third + one))
    assert names == ("divide 0.3333333", "add 1.333333") and sum(shares) == pytest.approx(1)
    draws = r.Judged(0, 0, np.array([1.0, 2, 4]), np.array([1.0, 0.5, 1]), np.array([7.0, 8, 30]))
    assert r.typical("x", [draws, draws]) == ["x", "2.0e+00 ± 0.0e+00", "5e-01 ± 0e+00", "8.0 ± 0.0"]


@pytest.mark.parametrize("seed", range(10, 13))
def test_first_order_doubles_a_square_and_halves_a_root(seed):
    found = r.hard_cases(seed)
    median = {name: np.median(judged.ratio) for name, judged in found.items()}
    assert median["variance around 1"] == pytest.approx(1, abs=1e-3)
    assert median["variance around 100,000"] == pytest.approx(2, abs=1e-3)
    assert median["double root"] == pytest.approx(0.5, abs=1e-3)
    assert len(found["double root"].ratio) == 200
    assert np.mean(np.abs(found["variance around 1,000"].ratio - 1) > 0.01) > 0.5


def test_the_variance_is_that_of_numpy():
    y = r.variances(0, 3, count=4, size=50)
    x = np.random.default_rng(3).normal(0, 1, (50, 4))
    np.testing.assert_allclose(y.data, x.var(axis=0), rtol=1e-5)


def test_the_variance_in_float64_is_right():
    y = r.variances(100_000, 0, count=5)
    xs = [v.data for v in topological_order(y) if v.rule is None and np.ndim(v.data) == 1]
    for draw in range(5):
        x = [Fraction(float(row[draw])) for row in xs]
        exact = sum((one - sum(x) / 100) ** 2 for one in x) / 100
        assert len(x) == 100 and r.in_float64(y)[draw] == pytest.approx(float(exact), rel=1e-9)
        assert abs(float(y.data[draw]) / float(exact) - 1) > 1e-6


def test_the_integral():
    x, weights = np.polynomial.legendre.leggauss(40)
    x, weights = (x + 1) / 2, weights / 2
    for n in (0, 1, 20):
        assert r.integral(n) == pytest.approx(np.sum(weights * x ** n / (x + 5)), rel=1e-13)


def test_the_rounding_of_a_start_is_told():
    start = r.single(np.log(1.2))
    y = start
    for n in range(1, 13):
        y = r.single(1) / r.single(n) - r.single(5) * y
    assert r.judged(y, {start: np.log(1.2)}, r.integral(12)).ratio == pytest.approx(1, abs=1e-3)
    assert abs(r.judged(y, (), r.integral(12)).ratio - 1) > 0.1         # a start taken as exact explains less
    assert start.grad == 5.0 ** 12


# ---- the explorer's sum --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("order, ks", [("large first", range(1, 601)), ("small first", range(600, 0, -1))])
def test_the_sum_without_a_graph_is_that_of_the_graph(order, ks):
    found, y = r.summed(order, 600), total(ks)
    nodes, shares, bound = r.rounding_errors(y)
    assert found.result == y.data
    assert found.estimate == pytest.approx(sum(shares), rel=1e-9)
    assert found.bound == pytest.approx(bound, rel=1e-6)
    adds = [share for v, share in zip(nodes, shares) if v.rule and v.rule.__name__ == "add"]
    np.testing.assert_allclose(found.additions, adds, rtol=1e-12, atol=0)


def test_squares_that_float32_cannot_hold():
    found, nodes = r.summed("small first", 5000), r.rounding_errors(total(range(5000, 0, -1)))
    shares = [share for v, share in zip(*nodes[:2]) if v.rule and v.rule.__name__ == "multiply"]
    assert found.squares == pytest.approx(sum(shares), rel=1e-6) != 0


@pytest.mark.parametrize("order", r.ORDERS)
@pytest.mark.parametrize("n", [2, 3, 10, 777, 5000])
def test_every_order_is_explained(order, n):
    found = r.summed(order, n)
    assert found.exact == pytest.approx(math.fsum(1 / k ** 2 for k in range(1, n + 1)), rel=1e-14)
    assert len(found.additions) == n - 1 == found.at[-1]
    assert found.estimate == pytest.approx(found.error, rel=1e-3, abs=1e-15)
    assert found.observed[-1] == pytest.approx(found.error, abs=1e-15)
    so_far = found.squares + found.quotients + np.append(0, np.cumsum(found.additions))[found.at]
    np.testing.assert_allclose(so_far, found.observed, rtol=1e-3, atol=1e-15)


def test_another_order_is_refused():
    with pytest.raises(ValueError, match="large first, small first.*got 'random'"):
        r.summed("random", 10)
