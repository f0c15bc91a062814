"""Plans of what is kept: their counts, the proof by trying everything, and that all give the same bits."""

import itertools

import numpy as np
import pytest

from course_lib import BatchNorm, Dense, Dropout, Sequential, Tanh, frozen, mean_squared_error
from course_lib.page.notebook import peak_memory
from course_lib.studies import memory
from course_lib.studies.memory import (
    chain,
    cost,
    extra_runs,
    fewest_runs,
    history,
    keep_all,
    keep_every,
    longest,
    reach,
    repetitions,
    reverse,
    revolve,
    split,
)


def plans(n):
    yield "all", keep_all(n)
    for k in range(1, n + 2):
        yield f"every {k}", keep_every(n, k)
    for slots in range(1, n + 2):
        yield f"revolve {slots}", revolve(n, slots)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 12])
def test_a_plan_takes_only_what_it_has_and_leaves_nothing(n):
    for name, plan in plans(n):
        now, held, records, done = 0, set(), set(), []
        for what, i in plan:
            if what in ("run", "record"):
                assert now == i, name
                now = i + 1
                records |= {i} if what == "record" else set()
            elif what == "keep":
                assert now == i and i not in held, name
                held.add(i)
            elif what == "load":
                assert i in held, name
                now = i
            elif what == "drop":
                held.remove(i)
            else:
                records.remove(i)
                done.append(i)
        assert done == list(range(n))[::-1] and not held and not records, name


@pytest.mark.parametrize("slots, repeated, steps", [(3, 3, 20), (5, 5, 252), (10, 3, 286), (1, 4, 5), (6, 0, 1)])
def test_the_binomial_numbers(slots, repeated, steps):
    assert reach(slots, repeated) == steps and repetitions(steps, slots) == repeated
    assert repetitions(steps + 1, slots) == repeated + 1


def test_trying_every_place_finds_the_same_reach():
    for slots, most in itertools.product(range(1, 5), range(5)):
        assert longest(slots, most) == reach(slots, most)


def test_no_plan_of_the_kind_needs_fewer_runs():
    """The dynamic program tries every place for the next state; the closed form and the plan itself give its count."""
    for n, slots in itertools.product(range(1, 41), range(1, 9)):
        found = cost(revolve(n, slots))
        assert found["runs"] - n == extra_runs(n, slots) == fewest_runs(n, slots)
        assert found["held"] <= slots and found["alive"] <= slots + 1
        r = repetitions(n, slots)
        runs = np.bincount([i for what, i in revolve(n, slots) if what == "run"], minlength=n)
        assert runs.max() <= r


def fewest_by_search(n, slots):
    """The fewest runs of all, without the form that ``revolve`` has: Dijkstra over (present state, what is held, what
    is still to be reversed). A state may be held and dropped at any time."""
    import heapq
    waiting, seen, number = [(0, 0, 0, frozenset([0]), n)], {}, itertools.count(1)
    while waiting:
        done, _, now, held, left = heapq.heappop(waiting)
        if left == 0:
            return done
        if seen.get((now, held, left), np.inf) <= done:
            continue
        seen[now, held, left] = done
        after = [(0, j, held, left) for j in held]
        after += [(0, now, held - {j}, left) for j in held]
        if len(held) < slots:
            after.append((0, now, held | {now}, left))
        if now < left - 1:
            after.append((1, now + 1, held, left))
        if now == left - 1:
            after += [(0, j, held, left - 1) for j in held] or [(0, now, held, left - 1)] * (left == 1)
        for cost_, *rest in after:
            heapq.heappush(waiting, (done + cost_, next(number), *rest))
    return None


def test_nor_does_any_other_plan():
    for n, slots in itertools.product(range(1, 9), range(1, 5)):
        assert fewest_by_search(n, slots) == extra_runs(n, slots), (n, slots)


def test_the_split_lies_within_reach():
    for n, slots in itertools.product(range(2, 60), range(1, 8)):
        m, r = split(n, slots), repetitions(n, slots)
        assert 1 <= m < n and m <= reach(slots, r - 1) and n - m <= reach(slots - 1, r)


@pytest.mark.parametrize("n, k, runs, most", [(200, 14, 396, 27), (9, 3, 15, 5), (10, 3, 19, 5), (5, 5, 5, 5),
                                              (4, 1, 7, 4)])
def test_what_every_kth_costs(n, k, runs, most):
    found = cost(keep_every(n, k))
    assert (found["runs"], found["alive"]) == (runs, most)
    assert found["times"] == pytest.approx((runs + 2 * n) / (3 * n), abs=0.005)


def test_the_history_is_what_the_plan_does():
    assert history(keep_every(3, 2)) == [
        ("keep", 0, (0,), ()), ("run", 0, (0,), ()), ("run", 1, (0,), ()),
        ("record", 2, (0,), (2,)), ("back", 2, (0,), ()), ("load", 0, (0,), ()), ("drop", 0, (), ()),
        ("record", 0, (), (0,)), ("record", 1, (), (0, 1)), ("back", 1, (), (0,)), ("back", 0, (), ())]
    held = [h for *_, h, _ in history(revolve(20, 3))]
    assert max(map(len, held)) == 3 and held[-1] == ()


def random_chain(seed):
    r = np.random.default_rng(seed)
    return [Sequential(Dense(4, 4, rng=r), BatchNorm(4), Tanh(), Dropout(0.3, rng=r)) for _ in range(9)]


@pytest.mark.parametrize("make", [lambda: chain(9, 4, rng=np.random.default_rng(1)), lambda: random_chain(2)],
                         ids=["plain", "with dropout and running averages"])
def test_every_plan_gives_the_same_bits(make):
    r = np.random.default_rng(0)
    x, t = r.normal(size=(6, 4)), r.normal(size=(6, 4))
    layers = make()
    y, backward = Sequential(*layers)(x)
    dx = backward(mean_squared_error(y, t)[1]())
    wanted = [p.grad for layer in layers for p in layer.params]
    wanted += [a for s in layers for a in memory.running_averages(s)]
    for name, plan in plans(9):
        layers = make()
        found = reverse(layers, x, lambda y: mean_squared_error(y, t)[1](), plan)
        np.testing.assert_array_equal(found, dx, err_msg=name)
        moved = [p.grad for layer in layers for p in layer.params]
        moved += [a for s in layers for a in memory.running_averages(s)]
        for a, b in zip(wanted, moved, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=name)


def test_the_memory_measured_is_what_the_plan_counts():
    r = np.random.default_rng(0)
    layers, x = chain(60, 32, rng=r), r.normal(size=(256, 32))
    for plan in (keep_all(60), keep_every(60, 8), revolve(60, 6), revolve(60, 2)):
        with frozen(Sequential(*layers)):
            used = peak_memory(reverse, layers, x, lambda y: x, plan) / x.nbytes
        assert cost(plan)["alive"] <= used < cost(plan)["alive"] + 5


def test_what_no_plan_can_be_made_of_is_refused():
    for make, what in ((lambda: revolve(0, 2), "revolve: n"), (lambda: revolve(3, 0), "revolve: slots"),
                       (lambda: keep_every(3, 0), "keep_every: k"), (lambda: keep_all(2.5), "keep_all: n"),
                       (lambda: repetitions(3, 0), "repetitions: slots"), (lambda: chain(0, 2, rng=None), "chain: n")):
        with pytest.raises(ValueError, match=f"{what} must be a whole number, at least 1"):
            make()


def test_answering_holds_a_few_states_and_learning_all():
    r = np.random.default_rng(0)
    layers, x = chain(40, 32, rng=r), r.normal(size=(256, 32))
    assert memory.states_taken(memory.forward_only, layers, x) < 4
    assert 40 < memory.states_taken(memory.forward_and_back, layers, x) < 46
    assert memory.states_taken(memory.forward_and_back, layers, x, revolve(40, 3)) < 10
    np.testing.assert_array_equal(memory.forward_only(layers, x), Sequential(*layers)(x)[0])


def test_plain_backpropagation_and_the_plans_give_the_same_bytes():
    r = np.random.default_rng(0)
    layers, x = chain(12, 5, rng=r), r.normal(size=(3, 5))
    found = {memory.bits(layers, x), *(memory.bits(layers, x, plan) for _, plan in plans(12))}
    assert len(found) == 1 and len(found.pop()) == 8 * (15 + 12 * 30)
    assert memory.bits(layers, x) != memory.bits(layers, x[::-1])
    assert 0 < memory.seconds(layers, x, keep_all(12)) < 1
