"""The experiments of lesson 16, sections 5 and 6: each decides alike with other seeds, and counts what it says."""

import ast
import re
from functools import cache

import numpy as np
import pytest

from course_lib.layers import Dense, Sequential, Tanh
from course_lib.page.verdicts import Decision
from course_lib.studies import myths_descent as myths
from course_lib.studies.sweeps1986 import XOR, gradients
from course_lib.teaching import ROOT, build

SEEDS = dict.fromkeys(("D4", "D11"), (1, 2)) | {"D10": ()}      # each seed of these is five trainings; D10 draws none
DECIDED = {
    "C1": (False, True, True), "C2": (True, False, False), "C4": (True, False, False), "C13": (False, False),
    "D1": (True, False), "D3": (True, False, False, False), "D4": (True, True, False, False),
    "D10": (True, False, False), "D11": (True, False, False), "D15": (True, False, False),
}


# ---- the cells of the page, with other seeds -------------------------------------------------------------------------

@cache
def page():
    """The first code cell, and ``{claim: its cell}``."""
    code = [c.source for c in build.read_source(ROOT / "notebooks/source/16_myths_tested.py").cells
            if c.cell_type == "code"]
    return code[0], {claim: cell for cell in code for claim in re.findall(r'decide\("(\w+)"', cell)}


def decision(claim, seed):
    """Run the cell that decides on a claim, with another seed in every place."""
    first, cells = page()
    source, places = re.subn(r"(default_rng\(|seed=)16\b", rf"\g<1>{seed}", cells[claim])
    assert places or claim == "D10", f"the cell of {claim} has no seed to vary"
    names, shown = {}, []
    exec(compile(first, "first cell", "exec"), names)
    names |= {"display": shown.append, "show_source": lambda *_: None, "answer": lambda *_, **__: None}
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, claim, "exec"), names)
    shown.append(eval(compile(last, claim, "eval"), names))
    found, = [thing for thing in shown if isinstance(thing, Decision)]
    return found


@pytest.mark.parametrize("claim, seed", [(claim, seed) for claim in DECIDED
                                         for seed in (16, *SEEDS.get(claim, (1, 2, 3, 4, 5)))])
def test_another_seed_decides_alike(claim, seed):
    import matplotlib
    matplotlib.use("agg")
    found = decision(claim, seed)
    assert found.claim.id == claim
    assert tuple(found.tests.values()) == DECIDED[claim], found.text


# ---- cost ------------------------------------------------------------------------------------------------------------

def test_multiply_adds_are_those_of_4_22():
    rng, sizes, N = np.random.default_rng(0), (7, 5, 3, 2), 4
    net = Sequential(*[layer for a, b in zip(sizes, sizes[1:]) for layer in (Dense(a, b, rng=rng), Tanh())])
    products = [N * a * b for a, b in zip(sizes, sizes[1:])]
    assert myths.multiply_adds(net, rng.normal(size=(N, 7))) == 3 * sum(products) - products[0]


def test_counting_changes_no_number():
    rng = np.random.default_rng(0)
    net, x = Sequential(Dense(3, 4, rng=rng), Tanh()), rng.normal(size=(5, 3))
    y, backward = net(x)
    backward(y, input_grad=False)
    plain = [p.grad.copy() for p in net.params]
    for p in net.params:
        p.zero_grad()
    myths.multiply_adds(net, x)
    for p, grad in zip(net.params, plain):
        np.testing.assert_array_equal(np.asarray(p.grad), grad)


def test_one_example_must_be_a_row():
    net = Sequential(Dense(3, 4, rng=np.random.default_rng(0)))
    with pytest.raises(ValueError, match=r"\(3,\).*newaxis"):
        myths.multiply_adds(net, np.zeros(3))


@pytest.mark.parametrize("N, people", [(256, 10), (1024, 10), (1024, 30), (4096, 30)])
def test_the_border_of_memory_is_where_the_page_says(N, people):
    """At least a factor of 2 from the border N = (P − 2) n, on either side."""
    from course_lib.page.notebook import peak_memory
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 64))
    less = peak_memory(myths.backpropagate, x, rng) < peak_memory(myths.generation, x, people, rng)
    assert less == (N < (people - 2) * 64)


# ---- descent ---------------------------------------------------------------------------------------------------------

def test_the_mirror_image_computes_the_same_and_halfway_only_biases_are_left():
    here, half, there = myths.halfway(32, np.random.default_rng(3))
    assert there == pytest.approx(here, rel=1e-12)
    assert half > np.log(10) > 100 * here               # worse than calling all ten digits equally probable


def test_a_difference_costs_what_is_written():
    assert myths.COSTS["mean squared error"](0.3) == pytest.approx(0.09)
    assert myths.COSTS["cross-entropy"](0.3) == pytest.approx(-np.log(0.7))
    assert myths.COSTS["hinge loss"](0.3) == pytest.approx(0.3)


def test_the_square_pulls_hardest_at_two_thirds():
    z = np.linspace(-7, 7, 1401)
    p, pulls = myths.slopes_at_the_logit(z)
    np.testing.assert_allclose(pulls["square"], 2 * p ** 2 * (1 - p))
    np.testing.assert_allclose(pulls["cross-entropy"], p)
    assert p[pulls["square"].argmax()] == pytest.approx(2 / 3, abs=0.005)


def test_a_steeper_cost_is_the_same_as_a_larger_rate_for_plain_descent():
    from functools import partial

    from course_lib.optim.first_order import SGD
    assert (myths.updates_needed(partial(SGD, lr=0.05), 10, 3) == myths.updates_needed(partial(SGD, lr=0.5), 1, 3)
            < np.inf)
    assert myths.updates_needed(partial(SGD, lr=0.05), 1, 3, limit=5) == np.inf


def test_the_whole_batch_scatters_not_at_all():
    variance, rises = myths.scatter(1442, 3)
    assert variance < 1e-25 and rises == 0


def test_a_die_of_ten_sides_leaves_a_tenth_of_the_labels_right(monkeypatch):
    seen = []
    monkeypatch.setattr(myths, "training", lambda net, loss, sgd, batches, epochs: seen.append(batches) or ())
    monkeypatch.setattr(myths, "Batches", lambda x, t, size, rng: (x, t))
    monkeypatch.setattr(myths, "evaluate", lambda net, x, t: 0.0)
    for share in (0, 0.2, 1):
        myths.by_heart(share, 3)
    digits = myths.load_digits()
    labels = {row.tobytes(): t for row, t in zip(digits.x_train, digits.t_train)}
    wrong = [np.mean([labels[row.tobytes()] != label for row, label in zip(x, t)]) for x, t in seen]
    assert wrong[0] == 0
    np.testing.assert_allclose(wrong[1:], [0.18, 0.9], atol=0.05)


# ---- XOR -------------------------------------------------------------------------------------------------------------

def test_units_are_added_beside_the_old_ones_and_before_the_bias():
    rng = np.random.default_rng(0)
    W1, W2 = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 1))
    V1, V2 = myths.add_units(W1, W2, 1, rng)
    np.testing.assert_array_equal(V1[:, :, :2], W1)
    np.testing.assert_array_equal(V2[:, [0, 1, 3]], W2)
    V2[:, 2] = 0                                        # a unit that nobody hears changes nothing
    x1 = np.column_stack([XOR[0], np.ones(4)])
    np.testing.assert_allclose(gradients(x1, XOR[1], V1, V2)[0], gradients(x1, XOR[1], W1, W2)[0])


def test_a_fresh_unit_leaves_the_other_and_the_bias():
    rng = np.random.default_rng(0)
    W1, W2 = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 1))
    before = W1.copy()
    V1, V2 = myths.redraw(W1, W2, 0, rng)
    np.testing.assert_array_equal(V1[:, :, 1], W1[:, :, 1])
    np.testing.assert_array_equal(V2[:, 1:], W2[:, 1:])
    assert (V1[:, :, 0] != W1[:, :, 0]).all() and (V2[:, 0] != W2[:, 0]).all()
    np.testing.assert_array_equal(W1, before)


def test_going_on_leaves_its_input_and_refuses_what_does_not_fit():
    W1, W2 = myths.stuck_networks(2, 1)
    before = W1.copy()
    right, E = myths.go_on(W1, W2, sweeps=3)
    assert right.shape == E.shape == (len(W1),) and not right.any()
    np.testing.assert_array_equal(W1, before)
    with pytest.raises(ValueError, match="do not fit"):
        myths.go_on(W1, W2[:, 1:])


def test_a_fresh_unit_frees_too_and_a_kick_does_not():
    """Twelve other seeds were tried with this: of 172 stuck networks, 156 stay, 1 or 4 with a fresh unit, 0 with one
    more."""
    left = np.zeros(5, int)
    for seed in (20, 21):
        stuck = myths.stuck_networks(2, seed)
        ways = myths.ways_out(*stuck, np.random.default_rng(seed))
        left += [len(stuck[0]), *((~ok).sum() for ok, _ in ways.values())]
    stuck, nothing, kick, fresh, more = left
    assert more == 0 and fresh <= 0.1 * stuck and min(nothing, kick) >= 0.8 * stuck
