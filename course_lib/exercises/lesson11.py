"""Tasks of lesson 11: splits by person, equal error rate, normalisation, triplet loss, mining, a frozen trunk."""

from functools import partial
from itertools import combinations

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.task import Slip, Task, forms
from course_lib.exercises.values import same, shown
from course_lib.layers import BatchNorm, Dense, ReLU, Sequential, inference
from course_lib.rules.functions import l2_normalize
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.faces.triplets import mined_triplet_loss

SHEET = "11_recognising_faces"
_rows = lambda x, *others: len(x)                       # the batch size


# ---- 11-1 a split and its pairs -----------------------------------------------------------------------------------
# Who stays unseen is drawn: there is no one right result. The probes ask what holds for every right one.

def split_and_pairs(people, count, rng):
    """A split by person, and all pairs of photographs of the people left out.

    people (N,), count a number, rng a numpy.random.Generator
    ->  train (M,), first (P,), second (P,) row numbers, same (P,) truth values
    """
    unseen = rng.choice(np.unique(people), count, replace=False)
    hidden = np.isin(people, unseen)
    train, test = np.flatnonzero(~hidden), np.flatnonzero(hidden)
    i, j = np.triu_indices(len(test), 1)
    first, second = test[i], test[j]
    return train, first, second, people[first] == people[second]


def _split_of(answer, people, count, seed):
    """What the answer returns as arrays of the right kinds, or the Fault."""
    given = people.copy()
    got = answer(given, count, np.random.default_rng(seed))
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        return Fault("nothing returned" if got is None else "number of results", "4 results were expected (train, "
                     f"first, second, same), got {len(got) if isinstance(got, (tuple, list)) else type(got).__name__}")
    if not np.array_equal(given, people):
        return Fault("mutated input", "people was changed: shuffle a copy, or draw from np.unique(people)")
    for name, values in zip(("train", "first", "second", "same"), got):
        if not isinstance(values, (list, tuple, np.ndarray)):
            return Fault("no array", f"{name} is a {type(values).__name__}, but should be an array, or a list")
    train, first, second, same = map(np.asarray, got)
    for name, rows in (("train", train), ("first", first), ("second", second)):
        whole = rows.ndim == 1 and rows.size and rows.dtype.kind in "iu"
        if not whole or rows.min() < 0 or rows.max() >= len(people):
            kind = "mask" if rows.dtype == bool else "people" if whole and np.isin(rows, people).all() else None
            return Fault(f"{kind} instead of rows" if kind else "not row numbers", f"{name} must hold row numbers from "
                         f"0 to {len(people) - 1}, as np.flatnonzero(mask) gives them; got {shown(rows)}")
    if not first.shape == second.shape == same.shape:
        return Fault("shape", f"first, second and same have the shapes {first.shape}, {second.shape}, {same.shape}")
    return train, first, second, same


def _sides(people, count, train, first, second, same):
    """What may be wrong with the two sides: name, is it so?, hint."""
    tested, trained = np.union1d(first, second), np.unique(train)
    unseen = np.union1d(people[tested], np.setdiff1d(people, people[train]))
    n, twice = len(unseen), np.isin(train, tested).any()
    local = twice and np.array_equal(tested, np.arange(len(people) - len(trained)))
    yield "rows of the test set", local, "row numbers count the whole collection: test[first], test[second]"
    yield "photographs on both sides", twice, "a photograph is trained with and stands in a pair too"
    yield "a person on both sides", np.isin(people[train], unseen).any(), (
        "somebody has photographs in train and in the pairs: the network knows this face; draw people, not photographs")
    yield "sides exchanged", n == len(np.unique(people)) - count != count, (
        f"{count} people should stay unseen, not {count} be trained with")
    yield "number of unseen people", n != count, (
        f"{count} people should stay unseen, but {n} do; draw without replacement, from np.unique(people)")
    yield "photographs twice", len(trained) < len(train), "a photograph stands in train more than once"
    yield "photographs left out", len(train) < np.sum(~np.isin(people, unseen)), "train lacks some of the others"


def _pairs(people, count, train, first, second, same):
    """What may be wrong with the pairs."""
    pairs, n = {frozenset(pair) for pair in zip(first.tolist(), second.tolist())}, len(people) - len(train)
    missing, right = len(pairs) < n * (n - 1) // 2, people[first] == people[second]
    yield "paired with itself", (first == second).any(), "a photograph is paired with itself: its distance is always 0"
    yield "pairs counted twice", len(pairs) < len(first), "the pair (i, j) is the pair (j, i): take each once, i < j"
    yield "one kind of pair", missing and (right.all() or not right.any()), (
        "all pairs show one person, or all show two; one kind counts false rejects, the other false accepts: take both")
    yield "pairs missing", missing, f"{n} photographs of unseen people give {n * (n - 1) // 2} pairs, got {len(pairs)}"
    yield "same the wrong way round", np.array_equal(same, ~right), "same is True where both show one person"
    yield "same is wrong", not np.array_equal(same, right), "same must be people[first] == people[second]"


def _on_splits(judge):
    """A probe: the first of what ``judge`` asks that is so. People of any numbers, their photographs in any order."""
    def probe(answer, rng):
        cases = [(np.array([310, 310, 180, 180, 240, 240, 180, 520, 520]), 2)]
        for count, fewest in ((2, 2), (3, 2), (3, 2), (7, 2), (7, 2), (6, 1), (1, 2), (2, 2), (4, 2)):
            names = rng.choice(np.arange(100, 1000), size=8, replace=False)
            if len(cases) > 7:                              # alike but for their signs, or in eight bits
                names = np.array([-3, 3, 0, 256, -300, 300, 10 ** 9, 253])
            cases.append((rng.permutation(np.repeat(names, rng.integers(fewest, 6, size=8))), count))
        for seed, (people, count) in enumerate(cases):
            got = _split_of(answer, people, count, seed)
            found = [got] if isinstance(got, Fault) else [
                Fault(name, hint) for name, so, hint in judge(people, count, *got) if so]
            for name, text in found:
                return Fault(name, f"{text}\n    given    people = {people.tolist()}, count = {count}")
        return None
    return probe


def _drawn(answer, rng):
    """Eight people, one with nine photographs: 300 draws of two, each person in 75 ± 38 (five standard deviations), and
    some draws again."""
    people, draws = rng.permutation(np.repeat(np.arange(10, 18), [1, 1, 1, 1, 9, 1, 1, 1])), []
    for seed in [*range(300), *range(12)]:
        got = _split_of(answer, people, 2, seed)
        if isinstance(got, Fault):
            return got
        draws.append(frozenset(np.setdiff1d(people, people[got[0]]).tolist()))
    choices, often = set(draws), [sum(who in draw for draw in draws[:300]) for who in range(10, 18)]
    faults = (
        ("not reproducible", draws[:12] != draws[300:], "the same generator gave another split: draw with rng alone"),
        ("not drawn", len(choices) == 1, "300 generators gave the same unseen people: draw them with rng"),
        ("not every choice is possible", len(choices) < 13 or len(set().union(*choices)) < 8, "some people, or groups, "
         "are never drawn: take rng.choice(names, count, replace=False), not a slice of the list"),
        ("drawn by photographs", often[4] > 113, "who has many photographs is drawn more often; draw from "
         "np.unique(people), in which everybody stands once"),
        ("different chances", max(often) > 113 or min(often) < 37, "everybody should have the same chance, but in 300 "
         f"draws of 2 of 8 people one was drawn {max(often)} times and another {min(often)} times"))
    return next((Fault(name, hint) for name, so, hint in faults if so), None)


SPLIT = Task(
    id="11-1", title="a split by person, and its pairs", level="write", difficulty=1, importance=3, minutes=15,
    reference=split_and_pairs, probes=(
        ("four results: row numbers, and truth values", _on_splits(lambda *results: ())),
        ("nobody is on both sides, and nobody is left out", _on_splits(_sides)),
        ("every pair once, and who is the same", _on_splits(_pairs)), ("drawn with rng and nothing else", _drawn)))


# ---- 11-2 equal error rate ----------------------------------------------------------------------------------------

def equal_error(distances, same):
    """Where false accepts and false rejects are equally frequent, or nearly so.

    distances (P,), same (P,) truth values  ->  rate, threshold (two numbers)
    """
    best, alike, different = np.inf, distances[same], distances[~same]
    for t in np.sort(distances):
        far = (different <= t).mean()
        frr = (alike > t).mean()
        if abs(far - frr) < best:
            best, rate, threshold = abs(far - frr), (far + frr) / 2, t
    return rate, threshold


def _scores(rng):
    """Distances in steps, so that some are equal. Powers of two of each kind: no rounding decides between gaps."""
    n, m = rng.choice([4, 8, 16, 32], size=2, replace=False)
    same = rng.permutation(np.repeat([True, False], [n, m]))
    return np.where(same, rng.integers(2, 25, size=n + m), rng.integers(14, 40, size=n + m)) / 10, same


def _many(rng):
    same = rng.permutation(np.arange(512) % 2 > 0)
    return rng.normal(3.5 - same, 0.5), same


def _of_the_distances(answer):
    """A threshold that is none of the distances is called so, whatever it may be."""
    def run(distances, same):
        got = answer(distances, same)
        if isinstance(got, (tuple, list)) and len(got) == 2 and all(
                isinstance(value, float) and not np.isclose(value, distances).any() for value in got):
            return Fault("a threshold that is no distance", f"{got[1]:.6g} is none of the distances: between two of "
                         "them nothing changes, so try the distances themselves, all of them")
        return got
    return run


_FAR, _FRR, _SORTED = "(different <= t).mean()", "(alike > t).mean()", "np.sort(distances)"
_FAR_OF_ALL, _FRR_OF_ALL = (_FAR, "(different <= t).sum() / len(same)"), (_FRR, "(alike > t).sum() / len(same)")
EER = Task(
    id="11-2", title="the equal error rate", level="write", difficulty=2, importance=3, minutes=20,
    reference=equal_error, adapt=_of_the_distances, outputs=("the rate", "the threshold"), cases=_scores, count=6,
    small=(np.array([3.0, 1, 4, 2, 6, 5]), np.array([0, 1, 1, 0, 0, 0]) > 0),
    edges={"equal distances": (np.array([1.0, 2, 2, 2, 3, 2, 4, 1]), np.array([1, 1, 0, 1, 0, 0, 0, 1]) > 0),
           "two equally good thresholds": (np.array([2.0, 1, 1, 3, 4, 5]), np.array([1, 1, 0, 0, 0, 0]) > 0),
           "gaps of nearly one size": (np.arange(1.0, 22), np.array([*"100111100100001111001"]) == "1"),
           "distances of nearly one size": (np.array([1.001, 1.004]), np.array([True, False])), "512 pairs": _many,
           "one pair of each kind": (np.array([2.0, 1]), np.array([True, False])),
           "all distances equal": (np.array([2.0, 2, 2]), np.array([True, False, False])),
           "kinds that do not mix": (np.array([2, 0, 3, 1]), np.array([0, 1, 0, 1]) > 0)},
    suspects=(
        Slip("distances taken for similarities", "a small distance speaks for the same person: accepted is distance <= "
             "threshold", ("different <= t", "different >= t"), ("alike > t", "alike < t")),
        *forms("< for <=", "a pair at the threshold is accepted: far counts distances <= t, frr those > t",
               (("different <= t", "different < t"), ("alike > t", "alike >= t")),
               (("different <= t", "different < t"),), (("alike > t", "alike >= t"),)),
        *forms("thresholds of one kind only", "try the distances of all pairs as thresholds, same and different ones",
               ((_SORTED, "np.sort(alike)"),), ((_SORTED, "np.sort(different)"),)),
        Slip("kinds exchanged", "false accepts happen among different pairs, ~same; false rejects among same ones",
             ("distances[same], distances[~same]", "distances[~same], distances[same]")),
        *forms("divided by all pairs", "each rate has its own kind of pairs below the line, (11.1), never all pairs",
               (_FAR_OF_ALL,), (_FRR_OF_ALL,), (_FAR_OF_ALL, _FRR_OF_ALL)),
        Slip("divided by the other kind", "FAR is a share of the different pairs, FRR a share of the same ones, (11.1)",
             (_FAR, "(different <= t).sum() / len(alike)"), (_FRR, "(alike > t).sum() / len(different)")),
        Slip("divided by what was accepted", "FAR is a share of all different pairs, not of the accepted ones",
             (_FAR, "(different <= t).sum() / (distances <= t).sum()")),
        Slip("true accepts for false rejects", "a false reject is a same pair with d > t", ("alike > t", "alike <= t")),
        Slip("fewest errors", "wanted is where both rates are equal, not where their sum is smallest",
             ("if abs(far - frr)", "if far + frr"), ("= abs(far - frr)", "= far + frr")),
        *forms("sign of the gap", "the gap must be small, whatever its sign: abs(far - frr)",
               (("if abs(far - frr)", "if far - frr"), ("= abs(far - frr)", "= far - frr")),
               (("if abs(far - frr)", "if frr - far"), ("= abs(far - frr)", "= frr - far"))),
        *forms("not the smallest of several", "of several thresholds that are equally good the smallest is wanted: go "
                "through np.sort(distances), and keep the first", (("< best", "<= best"),), ((_SORTED, "distances"),)),
        *forms("one of the two rates", "the two rates are rarely quite equal: return their mean",
                *((("(far + frr) / 2", rate),) for rate in ("far", "frr", "max(far, frr)", "min(far, frr)"))),
        Slip("sum instead of mean", "the rate is the mean of both", ("(far + frr) / 2", "far + frr")),
        Slip("sorted without same", "who sorts the distances must put same into the same order: distances[order], "
             "same[order]", ("distances[same], distances[~same]", f"{_SORTED}[same], {_SORTED}[~same]")),
        Slip("equal distances one by one", "pairs of one distance are accepted together: nothing lies between them",
             (f"for t in {_SORTED}", "order = np.argsort(distances)\n    for i, t in enumerate(distances[order])"),
             (_FAR, "(~same[order[:i + 1]]).sum() / len(different)"), (_FRR, "same[order[i + 1:]].sum() / len(alike)")),
    ))


# ---- 11-3 l2 normalisation -----------------------------------------------------------------------------------------

def normalised(x):
    """Each row divided by its length: a rule.

    x (N, D)  ->  y (N, D), backward: dy (N, D) -> dx (N, D)
    """
    length = np.sqrt((x * x).sum(axis=1, keepdims=True))
    y = x / length

    def backward(dy):
        along = (y * dy).sum(axis=1, keepdims=True)
        return (dy - y * along) / length
    return y, backward


def _vectors(rng):
    N, D = rng.choice(np.arange(3, 9), size=2, replace=False)
    return rng.normal(size=(N, D)) * rng.uniform(0.5, 3, size=(N, 1)), rng.normal(size=(N, D))


_LENGTH, _ALONG = "(x * x).sum(axis=1, keepdims=True)", "(y * dy).sum(axis=1, keepdims=True)"
NORMALISE = Task(
    id="11-3", title="l2 normalisation and its backward", level="write", difficulty=2, importance=3, minutes=15,
    reference=normalised, rule=True, outputs=("y", "dx"), cases=_vectors, batch=_rows,
    small=(np.array([[3.0, 4], [0, -2], [-6, 8]]), np.array([[1.0, 0], [1, 1], [0, 5]])),
    edges={"one row": lambda rng: (rng.normal(size=(1, 4)), rng.normal(size=(1, 4))),
           "as many rows as columns": lambda rng: (2 * rng.normal(size=(4, 4)), rng.normal(size=(4, 4))),
           "rows of 0.01 and of 100": lambda rng: rng.normal(size=(2, 3, 4)) * np.array([[0.01], [100], [1]]),
           "one column": (np.array([[2.0], [-4]]), np.array([[1.0], [3]]))},
    suspects=(
        Slip("over the batch", "each row is an example with a length of its own: sum along axis 1, not over the rows",
             ("(x * x).sum(axis=1", "(x * x).sum(axis=0")),
        Slip("one length for all", "without axis the batch is taken for one vector", (_LENGTH, "(x * x).sum()")),
        Slip("square root forgotten", "|x| is the root of the sum of squares", (f"np.sqrt({_LENGTH})", _LENGTH)),
        Slip("sum of absolute values", "l2 means squares", (f"np.sqrt({_LENGTH})", "abs(x).sum(1, keepdims=True)")),
        *forms("mean for sum", "|x|² and y·dy are sums of products, not means",
               ((_LENGTH, _LENGTH.replace("sum", "mean")),), ((_ALONG, _ALONG.replace("sum", "mean")),)),
        Slip("projection forgotten", "the length depends on x as well: (11.4) takes the part along y out of dy first",
             ("(dy - y * along)", "dy")),
        *forms("sign of the projection", "what lies along y is taken away: dy minus y (y·dy)",
               (("dy - y", "dy + y"),), (("dy - y", "y"),)),
        Slip("length forgotten in the backward", "the whole bracket is divided by |x|: the longer x, the less it turns",
             ("(dy - y * along) / length", "dy - y * along")),
        *forms("one length is missing", "both terms are divided by |x|; with one x for a y the second is too long",
               (("dy - y * along", "dy - x * along"),), (("(dy - y * along) / length", "dy - y * along / length"),)),
        Slip("x for y", "the projection is made with the unit vector y, twice, not with x",
             ("dy - y * along", "dy - x * along"), ("(y * dy)", "(x * dy)")),
        Slip("product instead of scalar product", f"y·dy is one number a row: {_ALONG}", (_ALONG, "y * dy")),
        Slip("scalar product of the whole batch", f"y·dy is one number a row: {_ALONG}", (_ALONG, "(y * dy).sum()")),
        Slip("scalar product over the batch", f"y·dy is one number a row: {_ALONG}", (_ALONG, "(y * dy).sum(axis=0)")),
        *forms("multiplied by the length", "the bracket is divided by |x|, once",
               ((") / length", ") * length"),), ((") / length", ") / length ** 2"),)),
        Slip("dy not used", "backward must use dy, which comes from above", ("(dy - y * along)", "(1 - y * y)")),
    ))


# ---- 11-4 the triplet loss ----------------------------------------------------------------------------------------

def triplet(a, p, n, margin):
    """The triplet loss: a rule.

    a, p, n (N, D), margin a number
    ->  loss (a number), backward: () -> da, dp, dn (N, D)
    """
    gap = ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + margin
    active = gap > 0

    def backward():
        scale = (2 / len(a)) * active[:, np.newaxis]
        return scale * (n - p), scale * (p - a), scale * (a - n)
    return (gap * active).mean(), backward


def _triplets(rng):
    N, D = rng.choice(np.arange(3, 9), size=2, replace=False)
    return *rng.normal(size=(3, N, D)), float(rng.uniform(0.3, 1.5))


_NEAR, _AWAY = "((a - p) ** 2).sum(axis=1)", "((a - n) ** 2).sum(axis=1)"
_LOSS, _GRADIENTS = "(gap * active).mean()", "scale * (n - p), scale * (p - a), scale * (a - n)"
TRIPLET = Task(
    id="11-4", title="the triplet loss and its three gradients", level="write", difficulty=2, importance=3, minutes=20,
    reference=triplet, rule="loss", outputs=("the loss", "da", "dp", "dn"), cases=_triplets, count=6, batch=_rows,
    small=(*np.array([[[1.0, 1], [0, 0]], [[2, 1], [0, 2]], [[1, 2], [3, 0]]]), 2.0),
    edges={"one triplet": (*np.array([[[1.0, 2, 0]], [[0, 2, 1]], [[2, 2, 0]]]), 0.5),
           "no active triplet": (*np.array([[[0.0, 0], [1, 1]], [[0, 1], [1, 1]], [[3, 0], [4, 1]]]), 1.0),
           "maxima of exactly 0": (*np.array([[[0.0, 0], [1, 1]], [[1, 0], [3, 1]], [[0, 2], [1, 2]]]), 3.0),
           "a margin of 0": (*np.array([[[1.0, 1], [0, 0]], [[2, 1], [0, 2]], [[1, 2], [3, 0]]])[[0, 2, 1]], 0.0),
           "a margin below 0": (*np.array([[[0.0, 0], [1, 1]], [[2, 0], [2, 1]], [[1, 0], [3, 1]]]), -1.0),
           "a gap just above 0": (*np.array([[[0.0, 0]], [[1e-4, 0]], [[0, 0]]]), 0.0),
           "a triplet of equal rows": (*np.array([[[1.0, 2], [3, 1]], [[1, 2], [3, 2]], [[1, 2], [1, 1]]]), 0.5)},
    suspects=(
        Slip("distances not squared", "(11.5) takes squared distances: no root",
             (_NEAR, f"np.sqrt({_NEAR})"), (_AWAY, f"np.sqrt({_AWAY})")),
        Slip("positive and negative exchanged", "the positive shall be near: |a − p|² − |a − n|² + margin",
             (f"{_NEAR} - {_AWAY}", f"{_AWAY} - {_NEAR}")),
        Slip("sign of the margin", "the margin is added: the negative must be farther by it", ("+ margin", "- margin")),
        Slip("margin forgotten", "the margin is added to the difference, (11.5)", (" + margin", "")),
        *forms("satisfied triplets counted", "a satisfied triplet gives nothing: max(0, …), and no gradient there",
               (("gap > 0", "gap > -np.inf"),), ((_LOSS, "gap.mean()"),)),
        Slip("satisfied triplets have a gradient", "max(0, …) has slope 0 there", (" * active[:, np.newaxis]", "")),
        Slip("a gradient where the maximum is 0", "the gradients are 0 there: > and not >=", ("gap > 0", "gap >= 0")),
        Slip("maximum of the mean", "first max(0, …) for each, then the mean", (_LOSS, "max(gap.mean(), 0)")),
        *forms("mean of the active ones", "the mean is taken over all N triplets, the satisfied ones included",
               ((_LOSS, "(gap * active).sum() / max(active.sum(), 1)"),), (("len(a)", "max(active.sum(), 1)"),)),
        Slip("mean over the features", "a squared distance is a sum over the features, not a mean",
             (_NEAR, _NEAR.replace("sum", "mean")), (_AWAY, _AWAY.replace("sum", "mean"))),
        Slip("sum of all entries", "one distance for each triplet: sum along axis 1",
             (_NEAR, "((a - p) ** 2).sum()"), (_AWAY, "((a - n) ** 2).sum() + np.zeros(len(a))")),
        *forms("one term of the anchor", "the anchor stands in both distances: 2/N ((a − p) − (a − n)) = 2/N (n − p)",
               (("scale * (n - p)", "scale * (a - p)"),), (("scale * (n - p)", "scale * (n - a)"),)),
        *forms("the negative is pulled", "the distance to the negative has a minus, in da too: dn = 2/N (a − n)",
               (("scale * (a - n)", "scale * (n - a)"),),
               ((_GRADIENTS, "scale * (2 * a - p - n), scale * (p - a), scale * (n - a)"),)),
        Slip("the positive is pushed", "dp = 2/N (p − a): against it lies the anchor", ("* (p - a)", "* (a - p)")),
        Slip("sign", "da = 2/N (n − p): the step against it leads towards p", ("* (n - p)", "* (p - n)")),
        Slip("factor 2", "the slope of a square is 2 times what is squared: 2/N", ("(2 / len(a))", "(1 / len(a))")),
        Slip("divided by the features too", "N is the number of triplets: len(a), not a.size", ("len(a)", "a.size")),
    ))


# ---- 11-5 semi-hard triplets --------------------------------------------------------------------------------------

def semi_hard(y, people, margin):
    """All semi-hard triplets.

    y (N, D) embeddings, people (N,), margin a number
    ->  (M, 3) row numbers of anchor, positive, negative
    """
    found = []
    d = ((y[:, np.newaxis] - y) ** 2).sum(axis=2)
    same = people[:, np.newaxis] == people
    for a, p in np.argwhere(same & ~np.eye(len(y), dtype=bool)):
        inside = (d[a] > d[a, p]) & (d[a] < d[a, p] + margin) & ~same[a]
        found += [(a, p, n) for n in np.flatnonzero(inside)]
    return np.array(found, dtype=int).reshape(-1, 3)


def _embeddings(rng):
    N = int(rng.integers(9, 13))
    return rng.normal(size=(N, 3)), rng.permutation(np.arange(N) % 3 + 5), float(rng.uniform(0.5, 2))


_HAIR = 2e-7                # float32 still sees it


def _on_a_line(points, people, margin):
    """Points on a line at whole numbers: every distance is exact, and some lie on the borders."""
    return np.array([[x, 0.0] for x in points]), np.array(people), margin


def _any_order(answer):
    """Triplets in any order are right; they are compared in one order."""
    def run(y, people, margin):
        got = answer(y, people, margin)
        rows = np.asarray(list(got) if isinstance(got, set) else got)
        if rows.size and (rows.ndim != 2 or rows.shape[1] != 3 or rows.dtype.kind not in "iuf"):
            return Fault("nothing returned" if got is None else "not triplets",
                         f"rows of three numbers (a, p, n) are wanted, got {shown(got)}")
        rows = rows.reshape(-1, 3)
        return rows[np.lexsort(rows.T[::-1])]
    return run


_D, _INSIDE = "((y[:, np.newaxis] - y) ** 2).sum(axis=2)", "(d[a] > d[a, p]) & (d[a] < d[a, p] + margin)"
_PAIRS = "same & ~np.eye(len(y), dtype=bool)"
MINING = Task(
    id="11-5", title="semi-hard triplets", level="write", difficulty=2, importance=3, minutes=20, reference=semi_hard,
    adapt=_any_order, outputs=("the triplets",), cases=_embeddings,
    small=_on_a_line([0, -1, -4, 1, -3], [0, 0, 0, 1, 1], 8.0),
    edges={"no semi-hard triplet": _on_a_line([0, 1, 9, 10], [3, 3, 8, 8], 2.0),
           "everybody once": _on_a_line([0, 1, 2], [4, 6, 5], 2.0), "one image": _on_a_line([1], [5], 2.0),
           "one person alone": _on_a_line([0, 1, 3], [7, 7, 7], 9.0),
           "equal embeddings": _on_a_line([0, 0, 0, 1, 1, -1], [2, 2, 9, 9, 2, 9], 2.0),
           "people -1, 1 and 255": _on_a_line([0, 3, 1, -4, 5], [-1, -1, 1, 255, 900], 20.0),
           "on both sides of the borders": _on_a_line([0, 1, 1 + _HAIR, 1 - _HAIR, 2 + _HAIR, 2 - _HAIR],
                                                      [5, 5, 6, 6, 6, 6], 3.0),
           "many rows": lambda rng: (rng.normal(size=(26, 3)), rng.permutation(np.arange(26) % 3), 2.0)},
    suspects=(
        Slip("hard ones included", "semi-hard negatives are farther than the positive", ("(d[a] > d[a, p]) & ", "")),
        Slip("hard instead of semi-hard", "hard negatives are nearer than the positive, semi-hard ones farther away",
             (_INSIDE, "(d[a] < d[a, p])")),
        Slip("upper limit forgotten", "no gradient beyond |a − p|² + margin", (" & (d[a] < d[a, p] + margin)", "")),
        Slip("satisfied instead of semi-hard", "beyond |a − p|² + margin the triplet is satisfied; take those within",
             (_INSIDE, "(d[a] > d[a, p] + margin)")),
        Slip("sign of the margin", "the margin is added to |a − p|²",
             (_INSIDE, "(d[a] > d[a, p] - margin) & (d[a] < d[a, p])")),
        *forms("borders included", "both inequalities of (11.7) are strict: < and not <=", (("d[a] > ", "d[a] >= "),),
               (("d[a] < ", "d[a] <= "),), (("d[a] > ", "d[a] >= "), ("d[a] < ", "d[a] <= "))),
        *forms("distances not squared", "(11.7) compares squared distances: the margin is added to a square",
               ((_D, f"np.sqrt({_D})"),), ((_D, "abs(y[:, np.newaxis] - y).sum(axis=2)"),)),
        Slip("mean over the features", "a squared distance is a sum, not a mean", (_D, _D.replace("sum", "mean"))),
        Slip("unit rows taken for granted", "|a − b|² is 2 − 2 a·b only for unit rows", (_D, "2 - 2 * y @ y.T")),
        Slip("positive equal to anchor", "an image is not its own positive: a ≠ p", (_PAIRS, "same")),
        Slip("negative of the same person", "a negative shows another person than the anchor", (" & ~same[a]", "")),
        *forms("positive of another person", "anchor and positive show one person",
               (("same & ~np.eye", "~np.eye"),), ((_PAIRS, "~same"),)),
        *forms("each pair only once", "(a, p) and (p, a) have different anchors, and different negatives: take both",
               ((_PAIRS, "np.triu(same, 1)"),), ((_PAIRS, "np.tril(same, -1)"),)),
        Slip("measured from the positive", "the negative's distance is taken from the anchor, the first of the three",
             (_INSIDE, "(d[p] > d[a, p]) & (d[p] < d[a, p] + margin)")),
        *forms("only one negative", "all semi-hard negatives of a pair are wanted, not the first or the nearest alone",
               (("zero(inside)", "zero(inside)[:1]"),),
               (("np.flatnonzero(inside)", "sorted(np.flatnonzero(inside), key=d[a].item)[:1]"),)),
        *forms("wrong order", "the columns are anchor, positive, negative",
               (("(a, p, n)", "(a, n, p)"),), (("(a, p, n)", "(n, p, a)"),)),
        Slip("triplets twice", "every triplet is found more than once", ("found += [", "found += 2 * [")),
    ))


# ---- 11-6 a frozen trunk ------------------------------------------------------------------------------------------

def head_step(trunk, head, loss, x, people, lr):
    """One step of gradient descent for the head; the trunk stays as it is.

    x (N, D), people (N,), lr a number  ->  the loss (a number)
    """
    with inference(trunk):
        descriptor, _ = trunk(x)
    unit, _ = l2_normalize(descriptor)
    y, backward = head(unit)
    value, loss_backward = loss(y, people)
    for p in head.params:
        p.grad = None
    backward(loss_backward(), input_grad=False)
    for p in head.params:
        p.data = p.data - lr * p.grad
    return value


def _steep(y, people):
    return 50 * (y * y).mean(), lambda: 100 * y / y.size


def _network(rng, half=False, deep=False, new=False, loss=None, norm=False):
    """A trunk with BatchNorm in the middle of its life, and a head that holds the gradients of another step."""
    trunk = Sequential(Dense(6, 7, rng=rng), BatchNorm(7), ReLU(), Dense(7, 5, rng=rng))
    for kept in (*trunk.layers[1].running, trunk.layers[3].b.data):
        kept += rng.uniform(0.2, 1.0, size=len(kept))
    trunk.layers[1].training = not half
    between = BatchNorm(6) if norm else ReLU()
    head = Sequential(Dense(5, 6, rng=rng), between, Dense(6, 4, rng=rng)) if deep or norm else Dense(5, 4, rng=rng)
    for p in head.params:
        p.grad = None if new else rng.normal(size=p.data.shape)
    N = int(rng.integers(8, 13))
    loss = loss or partial(mined_triplet_loss, kind="hard", margin=2.0, rng=np.random.default_rng(0))
    return trunk, head, loss, rng.normal(size=(N, 6)), rng.permutation(np.arange(N) % 3), float(rng.uniform(0.1, 0.5))


def _afterwards(answer):
    """What the step has made of the trunk and of the head, and the loss that it returns."""
    def run(trunk, head, loss, x, people, lr):
        value = answer(trunk, head, loss, x, people, lr)
        numbers, weights = (np.concatenate([np.ravel(p.data) for p in part.params]) for part in (trunk, head))
        return (numbers, np.ravel(trunk.layers[1].running), [part.training for part in trunk.walk()],
                sum(p.grad is not None for p in trunk.params), value, weights)
    return run


def _twice(answer, rng):
    """Two steps of one network, with other photographs."""
    ours, theirs = (_network(np.random.default_rng(5), loss=softmax_cross_entropy) for _ in range(2))
    for x in (ours[3], ours[3][::-1].copy()):
        got, right = answer(*theirs[:3], x, *theirs[4:]), _afterwards(head_step)(*ours[:3], x, *ours[4:])
        if not same(got, right):
            return Fault("stale state", "a second step, with other photographs, is wrong: is a result kept?")
    return None


_TRUNK = ("    with inference(trunk):\n        descriptor, _ = trunk(x)\n", "    descriptor, _ = trunk(x)\n")
_THROUGH = (("descriptor, _ =", "descriptor, to_trunk ="), ("unit, _ =", "unit, to_descriptor ="),
            ("backward(loss_backward(), input_grad=False)", "to_trunk(to_descriptor(backward(loss_backward())))"))
_STEP = "for p in head.params:\n        p.data"
_ALL = (_STEP, _STEP.replace("head", "trunk.params + head"))
_SWITCH = "for part in trunk.walk():\n        part.training = "
FREEZE = Task(
    id="11-6", title="a step of the head alone", level="write", difficulty=2, importance=3, minutes=15,
    reference=head_step, adapt=_afterwards, cases=_network, probes=(("two steps", _twice),),
    batch=lambda trunk, head, loss, x, *others: len(x),
    outputs=("the trunk's parameters", "its running averages", "its mode, layer by layer",
             "the number of gradients in it", "the loss", "the head's parameters"),
    edges={"a trunk half in inference mode": partial(_network, half=True), "a deep head": partial(_network, deep=True),
           "a new head": partial(_network, new=True), "another loss": partial(_network, loss=softmax_cross_entropy),
           "large gradients": partial(_network, loss=_steep), "a head with BatchNorm": partial(_network, norm=True)},
    suspects=(
        Slip("running averages moved", "in training mode BatchNorm moves its running averages at every forward, "
             "without any gradient: use inference(trunk)", _TRUNK),
        *forms("trunk stepped too", "the trunk's parameters were changed: only those of the head take the step",
               (*_THROUGH, _ALL), (_TRUNK, *_THROUGH, _ALL)),
        Slip("the wrong part frozen", "the trunk was changed and the head was not: it should be the other way round",
             *_THROUGH, (_STEP, _STEP.replace("head", "trunk"))),
        Slip("trunk set to zero", "the trunk's weights are 0 now: a frozen trunk keeps what it has learnt",
             ("return value", "for p in trunk.params:\n        p.data = 0 * p.data\n    return value")),
        Slip("gradient in the frozen trunk", "the backward went through the trunk as well, and left gradients there: "
             "stop at the head, with input_grad=False", *_THROUGH),
        *forms("mode not restored", "the trunk is in another mode than before: inference(trunk) restores it",
               ((_TRUNK[0], f"    {_SWITCH}False\n{_TRUNK[1]}"),),
               (("return value", f"{_SWITCH}True\n    return value"),)),
        Slip("zero_grad forgotten", "gradients add to those of an earlier step: clear them", ("p.grad = None", "pass")),
        Slip("the head in inference mode", "the head is in training: only the trunk is switched, with inference(trunk)",
             ("y, backward = head(unit)", "with inference(head):\n        y, backward = head(unit)")),
        Slip("gradients clipped", "the step is lr times the gradient, however large it is",
             ("lr * p.grad", "lr * np.clip(p.grad, -1, 1)")),
        Slip("not normalised", "the head takes φ/|φ|", ("l2_normalize(descriptor)", "descriptor, 0")),
        Slip("up the slope", "descent goes against the gradient: minus lr times the gradient", ("- lr", "+ lr")),
        Slip("learning rate forgotten", "the step is lr times the gradient", ("lr * p.grad", "p.grad")),
        Slip("divided by the batch size again", "1/N is in the gradient of a mean already", ("lr *", "lr / len(x) *")),
        Slip("head not changed", "the head is the same as before: the step is missing", (" - lr * p.grad", "")),
        Slip("step for parameters", "the new parameters are the old ones minus the step", ("p.data - lr", "-lr")),
        Slip("loss after the step", "return the loss that was computed before the update, as train_step does",
             ("return value", "return loss(head(unit)[0], people)[0]")),
    ))


# ---- 11-7 bug hunt ------------------------------------------------------------------------------------------------

def triplet_gradient(phi, W, triplets, margin):
    """The triplet loss of y = phi W and its gradient.

    phi (N, D), W (D, K), triplets (M, 3), margin a number  ->  loss, dW (D, K)
    """
    y, (a, p, n) = phi @ W, triplets.T
    pull, push = y[a] - y[p], y[a] - y[n]
    gap = (pull ** 2).sum(axis=1) - (push ** 2).sum(axis=1) + margin
    scale = 2 / len(triplets) * (gap > 0)[:, np.newaxis]
    dy = np.zeros_like(y)
    np.add.at(dy, a, scale * (pull - push))
    np.add.at(dy, p, -scale * pull)
    np.add.at(dy, n, scale * push)
    return np.maximum(gap, 0).mean(), phi.T @ dy


def _faces(rng):
    """Rows stand in several triplets, in every role; some triplets are satisfied."""
    N, D, K, M = int(rng.integers(6, 9)), 4, 3, int(rng.integers(10, 15))
    triplets = np.array([rng.choice(N, size=3, replace=False) for _ in range(M)])
    return rng.normal(size=(N, D)), rng.normal(size=(D, K)) / 2, triplets, float(rng.uniform(0.2, 1.0))


_LOST = (("np.add.at(dy, a, scale * (pull - push))", "dy[a] += scale * (pull - push)"),
         ("np.add.at(dy, p, -scale * pull)", "dy[p] -= scale * pull"),
         ("np.add.at(dy, n, scale * push)", "dy[n] += scale * push"))


HUNT = Task(
    id="11-7", title="bug hunt: all faces land on one point", level="fill in", difficulty=3, importance=2, minutes=15,
    reference=triplet_gradient, hunt="the negative is pulled", outputs=("the loss", "dW"), cases=_faces,
    batch=lambda phi, W, triplets, margin: len(triplets),
    small=(np.array([[0.0], [1], [2]]), np.array([[1.0, 2]]), np.array([[0, 1, 2], [0, 1, 2], [1, 0, 2]]), 16.0),
    edges={"one triplet three times": lambda rng: (*_faces(rng)[:2], np.array([[2, 0, 1]] * 3), 9.0),
           "no active triplet": (np.array([[0.0, 0], [1, 0], [9, 9]]), np.eye(2), np.array([[0, 1, 2]]), 1.0),
           "a gap of exactly 0": (np.array([[0.0], [1], [2]]), np.eye(1), np.array([[0, 1, 2]]), 3.0),
           "one anchor, one negative": lambda rng: (*_faces(rng)[:2], np.array([[0, 1, 5], [0, 2, 5]]), 5.0)},
    suspects=(
        *(slip for name, hint, edit in (
            ("the negative is pulled", "the distance to the negative has a minus in (11.5), here a plus: anchor and "
             "negative go to each other, nothing pushes, and all images fall on one point",
             ("y[a] - y[n]", "y[n] - y[a]")),
            ("the push repaired in one place", "the anchor is pushed now, but the negative is still paid with the "
             "wrong sign: dn = 2/N (a − n)", ("scale * push", "scale * -push")),
            ("the push repaired in one place", "the negative is pushed now, but the anchor is still paid with the "
             "wrong sign: da = 2/N (n − p)", ("(pull - push)", "(pull + push)")),
            ("the negative is left out", "the negative moves too: dn = 2/N (a − n)", ("scale * push", "0 * push")),
            *(("one term of the anchor", "the anchor stands in both distances: da = 2/N (n − p)", ("pull - push", term))
              for term in ("pull", "-push", "0 * pull")),
            ("a gradient where the maximum is 0", "a gap of exactly 0 gives no gradient: > and not >=",
             ("gap > 0", "gap >= 0")),
            ("satisfied triplets have a gradient", "where max(0, …) is 0 its slope is 0",
             ("(gap > 0)[:, np.newaxis]", "np.ones((len(gap), 1))")),
        ) for slip in forms(name, hint, (*_LOST, edit), (edit,))),             # beside lost payments, and alone
        *forms("payments lost", "the signs are right. But an image stands in several triplets, and dy[rows] += … "
                "keeps one payment for each row number: np.add.at(dy, rows, payments) adds them all, in three lines",
                *(lines for count in (3, 2, 1) for lines in combinations(_LOST, count))),
        Slip("payments overwritten", "what another role has paid to an image is overwritten: payments add up", *_LOST,
             ("dy[a] +=", "dy[a] ="), ("dy[p] -=", "dy[p] = -"), ("dy[n] +=", "dy[n] =")),
    ))


# ---- 11-8 a calibrated threshold ------------------------------------------------------------------------------------

def calibrated_threshold(distances, same, most, new_distances, new_same):
    """The most generous threshold with few false accepts, and its errors on others.

    distances (P,), same (P,) truth values: pairs to calibrate with
    most: the largest FAR there; new_distances (Q,), new_same (Q,): other people
    ->  threshold, FAR, FRR of these (three numbers)
    """
    threshold, different = 0.0, distances[~same]
    for t in np.sort(distances):
        if (different <= t).mean() <= most:
            threshold = t
    far = (new_distances[~new_same] <= threshold).mean()
    frr = (new_distances[new_same] > threshold).mean()
    return threshold, far, frr


def _two_collections(rng):
    """Calibration pairs, and other ones that lie nearer to each other. Powers of two: no rounding decides."""
    found = []
    for nearer in (0, 6):
        n, m = rng.choice([8, 16, 32], size=2, replace=False)
        same = rng.permutation(np.repeat([True, False], [n, m]))
        distances = np.where(same, rng.integers(8, 32, size=n + m), rng.integers(20, 48, size=n + m)) - nearer
        found.append((distances / 8, same))
    return *found[0], rng.choice([0.125, 0.25]), *found[1]


_KEEP = "    for t in np.sort(distances):\n        if (different <= t).mean() <= most:\n            threshold = t\n"
_NEW_FAR, _NEW_FRR = "(new_distances[~new_same] <= threshold).mean()", "(new_distances[new_same] > threshold).mean()"
CALIBRATE = Task(
    id="11-8", title="a calibrated threshold", level="write", difficulty=2, importance=3, minutes=15,
    reference=calibrated_threshold, outputs=("the threshold", "FAR", "FRR"), cases=_two_collections, count=8,
    small=(np.array([1.0, 4, 2, 3, 5, 6]), np.array([1, 1, 0, 0, 0, 0]) > 0, 0.25,
           np.array([2.0, 1, 2, 6, 3, 4]), np.array([0, 0, 1, 1, 0, 0]) > 0),
    edges={"no false accept allowed": lambda rng: (*_two_collections(rng)[:2], 0.0, *_two_collections(rng)[3:]),
           "every false accept allowed": lambda rng: (*_two_collections(rng)[:2], 1.0, *_two_collections(rng)[3:]),
           "the nearest pair shows two people": (np.array([1.0, 2, 3, 4]), np.array([0, 1, 0, 1]) > 0, 0.25,
                                                 np.array([0.5, 2, 0.0, 3]), np.array([0, 1, 1, 0]) > 0),
           "equal distances": (np.array([1.0, 2, 2, 2, 2, 3]), np.array([1, 0, 0, 1, 0, 0]) > 0, 0.5,
                               np.array([2.0, 1, 2, 1]), np.array([0, 1, 1, 0]) > 0)},
    suspects=(
        Slip("calibrated on those who are judged", "the threshold comes from the first pairs; the new ones judge it, "
             "and take no part in choosing it", ("distances[~same]\n", "new_distances[~new_same]\n"),
             ("np.sort(distances)", "np.sort(new_distances)")),
        Slip("judged on those it was calibrated on", "FAR and FRR are asked for the new pairs: people that the "
             "threshold has not seen", (_NEW_FAR, "(different <= threshold).mean()"),
             (_NEW_FRR, "(distances[same] > threshold).mean()")),
        Slip("false rejects limited", "FAR counts pairs of two people, ~same",
             ("distances[~same]\n", "distances[same]\n")),
        *forms("divided by all pairs", "each rate has its own kind of pairs below the line, (11.1)",
               (("(different <= t).mean()", "(different <= t).sum() / len(same)"),),
               ((_NEW_FAR, "((new_distances <= threshold) & ~new_same).mean()"),),
               ((_NEW_FRR, "((new_distances > threshold) & new_same).mean()"),)),
        Slip("the strictest threshold", "of all that keep to the limit the largest is wanted: it rejects fewest",
             ("np.sort(distances)", "np.sort(distances)[::-1]")),
        *forms("one too many", "a pair at the threshold is accepted, too: count d <= t, and take the last t that keeps "
               "to the limit, not the first that does not",
               ((_KEEP, "    for t in np.sort(distances):\n        threshold = t\n"
                        "        if (different <= t).mean() > most:\n            break\n"),),
               (("(different <= t)", "(different < t)"),)),
        Slip("below the limit", "a FAR of exactly the limit is allowed: <=", (".mean() <= most", ".mean() < most")),
        *forms("< for <=", "a pair at the threshold is accepted: d <= t, and rejected only where d > t",
               (("~new_same] <= threshold", "~new_same] < threshold"),),
               (("new_same] > threshold", "new_same] >= threshold"),),
               (("~new_same] <= threshold", "~new_same] < threshold"),
                ("new_same] > threshold", "new_same] >= threshold"))),
        *forms("thresholds of one kind only", "try the distances of all pairs, same and different ones",
               (("np.sort(distances)", "np.sort(different)"),), (("np.sort(distances)", "np.sort(distances[same])"),)),
        Slip("true accepts for false rejects", "a false reject is a same pair with d > threshold",
             ("new_same] > threshold", "new_same] <= threshold")),
        Slip("errors exchanged", "the order is threshold, FAR, FRR", ("threshold, far, frr", "threshold, frr, far")),
        Slip("no distance keeps to the limit", "then nothing may be accepted: the threshold is 0",
             ("threshold, different = 0.0, distances[~same]",
              "threshold, different = distances.min(), distances[~same]")),
    ))


# ---- 11-9 an interval whose units are people ------------------------------------------------------------------------

def interval_by_person(wrong, first, second, t):
    """The share of wrong decisions on pairs, and the half width of its interval.

    wrong (P,) truth values; first, second (P,): the people of each pair; t: a factor
    ->  share, half width (two numbers)
    """
    share, people = wrong.mean(), np.unique([first, second])
    n, pseudo = len(people), []
    for who in people:
        others = (first != who) & (second != who)
        pseudo.append(n * share - (n - 1) * wrong[others].mean())
    return share, t * np.std(pseudo, ddof=1) / np.sqrt(n)


def _decisions(rng):
    """All pairs of photographs of some people, one of whom is mistaken more often than the others."""
    names = rng.choice(np.arange(-50, 200), size=rng.integers(4, 8), replace=False)
    people = np.repeat(names, rng.integers(1, 4, size=len(names)))
    i, j = np.triu_indices(len(people), 1)
    first, second = people[i], people[j]
    wrong = rng.random(len(i)) < np.where((first == names[0]) | (second == names[0]), 0.7, 0.2)
    return wrong, first, second, float(rng.choice([2.0, 2.5, 3.0]))


_OTHERS, _PSEUDO = "(first != who) & (second != who)", "n * share - (n - 1) * wrong[others].mean()"
BY_PERSON = Task(
    id="11-9", title="an interval whose units are people", level="write", difficulty=2, importance=3, minutes=15,
    reference=interval_by_person, outputs=("the share", "the half width"), cases=_decisions, count=6,
    small=(np.array([True, False, False]), np.array([0, 0, 1]), np.array([1, 2, 2]), 3.0),
    edges={"pairs of one person too": (np.array([0, 1, 1, 0, 0, 1]) > 0, np.array([7, 7, 7, 3, 3, 5]),
                                       np.array([7, 3, 5, 3, 5, 5]), 2.0),
           "all right": (np.zeros(6, dtype=bool), np.array([0, 0, 0, 1, 1, 2]), np.array([1, 2, 3, 2, 3, 3]), 3.2),
           "somebody only stands second": (np.array([1, 0, 1, 0, 0, 0]) > 0, np.array([4, 4, 4, 2, 2, 9]),
                                           np.array([2, 9, -1, 9, -1, -1]), 3.2)},
    suspects=(
        Slip("units are pairs", "pairs with one person err together: leave out a person after the other, with all "
             "pairs of this person", (_OTHERS, "np.arange(len(wrong)) != len(pseudo)"),
             ("np.unique([first, second])", "np.arange(len(wrong))")),
        *forms("one of the two people", "a pair belongs to both of its people: others are the pairs with neither",
               ((_OTHERS, "first != who"),), ((_OTHERS, "second != who"),), (("!= who) & (", "!= who) | ("),)),
        Slip("somebody forgotten", "who stands only second is a person too: np.unique of first and second together",
             ("np.unique([first, second])", "np.unique(first)")),
        *forms("the person instead of the others", "left out is the person: the share of the pairs *without* this one",
               ((_OTHERS, "(first == who) | (second == who)"),), ((_PSEUDO, "wrong[~others].mean()"),)),
        *forms("no pseudo-values", "the shares without one person hardly differ, for they hold almost all pairs: "
               "n share − (n − 1) (share without)", ((_PSEUDO, "wrong[others].mean()"),), (("(n - 1) * ", ""),)),
        Slip("n for n − 1", "(11.12): n times the share less n − 1 times the share without", ("(n - 1) *", "n *")),
        Slip("deviation of a population", "few people: divide by n − 1, ddof=1", ("ddof=1", "ddof=0")),
        Slip("root of n forgotten", "the deviation of a mean: s divided by the root of n", (" / np.sqrt(n)", "")),
        Slip("n for its root", "the deviation of a mean falls with the root of n", ("np.sqrt(n)", "n")),
        Slip("divided by the pairs", "units are the n people, however many pairs they make",
             ("np.sqrt(n)", "np.sqrt(len(wrong))")),
        Slip("variance for deviation", "s is the root of the variance: np.std", ("np.std", "np.var")),
        Slip("Student's factor forgotten", "the half width is t times the deviation of the mean",
             ("t * np.std", "np.std")),
        Slip("whole width", "asked is the half width: from the share to one end", ("t * np.std", "2 * t * np.std")),
    ))


TASKS = [SPLIT, EER, NORMALISE, TRIPLET, MINING, FREEZE, HUNT, CALIBRATE, BY_PERSON]
