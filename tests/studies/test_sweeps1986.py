"""XOR and the encoder, many networks at once: each learns what it would learn alone, by the right slopes."""

from functools import partial

import numpy as np
import pytest

from course_lib.optim.first_order import SGD
from course_lib.studies import sweeps1986 as sweeps

HEAVY = partial(SGD, lr=0.25, momentum=0.9)


def error(x, t, W1, W2):
    """½ Σ (y − t)² of one network, written out once more."""
    x1 = np.column_stack([x, np.ones(len(x))])
    h = 1 / (1 + np.exp(-x1 @ W1))
    y = 1 / (1 + np.exp(-np.column_stack([h, np.ones(len(h))]) @ W2))
    return 0.5 * ((y - t) ** 2).sum()


@pytest.mark.parametrize("task, hidden", [("XOR", 2), ("encoder", 3)])
def test_the_slopes_are_those_of_the_summed_error(task, hidden):
    x, t = sweeps.PATTERNS[task]
    rng, x1 = np.random.default_rng(0), np.column_stack([x, np.ones(len(x))])
    W1, W2 = rng.normal(size=(3, x1.shape[1], hidden)), rng.normal(size=(3, hidden + 1, t.shape[1]))
    _, dW1, dW2 = sweeps.gradients(x1, t, W1, W2)
    for i in range(3):
        for W, dW, at in ((W1, dW1, (0, 1)), (W2, dW2, (hidden, 0))):
            values = []
            for step in (1e-6, -1e-6):
                moved = [W1[i].copy(), W2[i].copy()]
                moved[W is W2][at] += step
                values.append(error(x, t, *moved))
            assert dW[i][at] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-6)


def test_networks_do_not_know_of_each_other_and_may_go_on():
    first, W1, W2 = sweeps.descend("XOR", 2, HEAVY, 700, networks=40)
    assert W1.shape == (40, 3, 2) and W2.shape == (40, 3, 1)
    assert 5 < (first == np.inf).sum() < 30 and first[np.isfinite(first)].max() < 700
    longer = sweeps.descend("XOR", 2, HEAVY, 900, networks=40)[0]
    early = first < np.inf
    np.testing.assert_array_equal(longer[early], first[early])
    assert ((longer[~early] >= 700)).all()
    other = sweeps.descend("XOR", 2, HEAVY, 700, networks=40, seed=5)[0]
    assert (other != first).any()


def test_it_ends_when_all_are_right():
    first, *_ = sweeps.descend("XOR", 8, HEAVY, 10 ** 6, networks=5)
    assert np.isfinite(first).all()


def test_the_ends_as_vectors_have_the_same_error():
    first, W1, W2 = sweeps.descend("XOR", 2, HEAVY, 500, networks=20)
    left = np.flatnonzero(first == np.inf)
    vectors = sweeps.vectors(first, W1, W2)
    assert len(vectors) == len(left) > 0
    for i, v in zip(left, vectors):
        value, gradient = sweeps.xor_error(v)
        assert value == pytest.approx(error(*sweeps.PATTERNS["XOR"], W1[i], W2[i]), rel=1e-12)
        move = 1e-6 * np.eye(9)[4]
        assert gradient[4] == pytest.approx((sweeps.xor_error(v + move)[0] - sweeps.xor_error(v - move)[0]) / 2e-6,
                                            abs=1e-8)


def test_the_product_has_its_saddle_at_zero():
    value, gradient = sweeps.product(np.array([2.0, 3.0]))
    assert value == 25 and gradient.tolist() == [30.0, 20.0]
    assert not sweeps.product(np.zeros(2))[1].any()
