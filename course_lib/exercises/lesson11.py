"""Tasks of lesson 11: splits by person, equal error rate, normalisation, triplet loss, mining, a frozen trunk."""

from functools import partial

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.engine import Suspect, Task, copied, same
from course_lib.layers import BatchNorm, Dense, ReLU, Sequential, inference
from course_lib.rules.functions import l2_normalize
from course_lib.studies.faces.triplets import mined_triplet_loss


def _rows(first, *others):
    """The batch size: the number of rows of the first argument."""
    return len(first)


def _sizes(rng, count):
    """Different sizes, each at least 3, so that no two axes can be confused."""
    return [int(n) for n in rng.choice(np.arange(3, 9), size=count, replace=False)]


_NOTHING = Fault("nothing returned", "nothing was returned (None); is there a return statement?")
_MUTATED = Fault("mutated input", "an input was changed: somebody else may still need it; work on a copy, and avoid -= "
                 "and assignments into arrays that were given")
_STALE = Fault("stale state", "backward gave another result after a second forward: it must use what its own forward "
               "computed, kept in the closure and nowhere else")


def _there_and_back(rule, inputs, others, upstream=()):
    """What a rule and its backward return, as one tuple; a Fault where a sentence of the protocol is broken."""
    kept = copied(inputs)
    result = rule(*inputs)
    if result is None:
        return _NOTHING
    y, backward = result
    grads = backward(*upstream)
    if grads is None:
        return Fault("nothing returned", "backward returned nothing (None); is there a return statement in it?")
    if not same(copied(inputs), kept, 0.0):
        return _MUTATED
    grads = copied(tuple(grads) if isinstance(grads, (tuple, list)) else (grads,))
    rule(*others)
    again = backward(*upstream)
    return (y, *grads) if same(grads, tuple(again) if isinstance(again, (tuple, list)) else (again,)) else _STALE


# ---- 11-1 a split and its pairs -----------------------------------------------------------------------------------

def _split(people, count, rng):
    unseen = rng.choice(np.unique(people), size=count, replace=False)
    test = np.flatnonzero(np.isin(people, unseen))
    i, j = np.triu_indices(len(test), 1)
    return np.flatnonzero(~np.isin(people, unseen)), test[i], test[j], people[test[i]] == people[test[j]]


_TWELVE = np.array([7, 7, 7, 2, 2, 2, 5, 5, 5, 9, 9, 9])


def _photographs(rng):
    """People of any numbers, each with two to five photographs, in any order; and how many of them stay unseen."""
    names = rng.choice(100, size=rng.integers(7, 10), replace=False)
    return rng.permutation(np.repeat(names, rng.integers(2, 6, size=len(names)))), int(rng.integers(2, 4))


def _split_of(answer, people, count, seed=0):
    """What the answer returns as arrays of the right kinds, or a Fault."""
    given = people.copy()
    got = answer(given, count, np.random.default_rng(seed))
    if got is None:
        return _NOTHING
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        return Fault("number of results", f"4 results were expected (train, first, second, same), got "
                     f"{len(got) if isinstance(got, (tuple, list)) else 'one ' + type(got).__name__}")
    if not np.array_equal(given, people):
        return Fault("mutated input",
                     "people was changed: rng.shuffle works on the array itself; draw from np.unique(people) instead")
    train, first, second, equal = map(np.asarray, got)
    for name, rows in (("train", train), ("first", first), ("second", second)):
        if rows.dtype == bool:
            return Fault("mask instead of rows",
                         f"{name} holds truth values; row numbers are wanted: np.flatnonzero(mask)")
        if name == "train" and rows.size == len(np.unique(people)) - count and np.isin(rows, people).all():
            return Fault("people instead of rows", "train holds the numbers of people; wanted are the row numbers of "
                         "their photographs: np.flatnonzero(np.isin(people, ...))")
        if rows.ndim != 1 or rows.dtype.kind not in "iu" or not rows.size \
                or rows.min() < 0 or rows.max() >= len(people):
            return Fault("not row numbers", f"{name} must be a list of row numbers from 0 to {len(people) - 1}, "
                         f"got {rows.dtype} of shape {rows.shape}")
    if not len(first) == len(second) == equal.size:
        return Fault("shape", f"first, second and same must be of one length, got {len(first)}, "
                     f"{len(second)} and {equal.size}")
    return train, first, second, equal


def _on_split(judge):
    """A probe: ``judge(people, count, train, first, second, same)`` on twelve photographs and on random ones."""
    def probe(answer, rng):
        for seed, (people, count) in enumerate([(_TWELVE, 2), *(_photographs(rng) for _ in range(4))]):
            got = _split_of(answer, people, count, seed)
            fault = got if isinstance(got, Fault) else judge(people, count, *got)
            if fault:
                return Fault(fault.name, f"{fault.text}\n    given    people {people.tolist()}, count {count}")
        return None
    return probe


def _no_fault(*results):
    return None


def _apart(people, count, train, first, second, equal):
    test = np.union1d(first, second)
    if np.intersect1d(train, test).size and np.array_equal(test, np.arange(len(people) - len(np.unique(train)))):
        return Fault("rows of the test set", "first and second count the unseen people's photographs from 0; row "
                     "numbers of the whole collection are wanted: test[first], test[second]")
    if np.intersect1d(train, test).size:
        return Fault("photographs on both sides",
                     f"photograph {np.intersect1d(train, test)[0]} is trained with and stands in a pair too")
    both = np.intersect1d(people[train], people[test])
    if both.size:
        return Fault("a person on both sides", f"person {both[0]} has photographs in train and in the pairs: the "
                     "network has met this face; draw people, not photographs")
    return None


def _how_many(people, count, train, first, second, equal):
    all_people, unseen = len(np.unique(people)), len(np.unique(people[np.union1d(first, second)]))
    if unseen == all_people - count != count:
        return Fault("sides exchanged",
                     f"{count} people should stay unseen, but {unseen} do, and {count} are trained with")
    if unseen != count:
        return Fault("number of unseen people", f"{count} different people should stay unseen, but {unseen} do; draw "
                     "without replacement, from np.unique(people)")
    wanted = np.flatnonzero(~np.isin(people, people[first]) & ~np.isin(people, people[second]))
    if len(np.unique(train)) < len(train):
        return Fault("photographs twice", "a photograph stands in train more than once")
    if len(train) < len(wanted):
        return Fault("photographs left out", f"the other people have {len(wanted)} photographs, and all may be trained "
                     f"with; train has {len(train)}")
    return None


def _each_once(people, count, train, first, second, equal):
    if np.any(first == second):
        return Fault("paired with itself", f"photograph {first[first == second][0]} stands in a pair with itself: this "
                     "distance is 0 for any method")
    pairs = {frozenset(pair) for pair in zip(first.tolist(), second.tolist())}
    if len(pairs) < len(first):
        return Fault("pairs counted twice", "the pair (i, j) is the pair (j, i): take each once, with i < j")
    n = np.isin(people, people[np.union1d(first, second)]).sum()
    if len(pairs) == n * (n - 1) // 2:
        return None
    share = np.array([people[i] == people[j] for i, j in map(tuple, pairs)])
    if share.all() or not share.any():
        return Fault("one kind of pair", f"all pairs show {'one person' if share.all() else 'two people'}; both kinds "
                     "are needed, one to count false rejects, the other to count false accepts")
    return Fault("pairs missing", f"{n} photographs give {n * (n - 1) // 2} pairs, got {len(pairs)}")


def _same_person(people, count, train, first, second, equal):
    right = people[first] == people[second]
    if np.array_equal(equal.ravel(), right) and equal.ndim == 1:
        return None
    if np.array_equal(equal.ravel(), ~right):
        return Fault("same the wrong way round", "same is True where both photographs show one person")
    return Fault("same is wrong", f"same must be people[first] == people[second]: {right.sum()} of the pairs show one "
                 f"person, got {np.count_nonzero(equal)}")


def _drawn(answer, rng):
    people, count = _photographs(rng)
    draws = []
    for seed in [*range(12), *range(12)]:               # a second time: one draw may be the same by luck
        got = _split_of(answer, people, count, seed)
        if isinstance(got, Fault):
            return got
        draws.append(frozenset(got[0].tolist()))
    if draws[:12] != draws[12:]:
        return Fault("not reproducible",
                     "the same generator gave another split at a later call: draw with rng, and with nothing else")
    if len(set(draws)) == 1:
        return Fault("not drawn", "twelve generators gave the same unseen people: draw them with rng")
    return None


SPLIT = Task(
    id="11-1", title="a split by person, and its pairs", signature="split_and_pairs(people, count, rng)", level="write",
    difficulty=1, importance=3, minutes=15, reference=_split, outputs=("train", "first", "second", "same"),
    probes=(("four results: row numbers, and truth values", _on_split(_no_fault)),
            ("nobody is on both sides", _on_split(_apart)),
            ("the right number of people, all photographs", _on_split(_how_many)),
            ("every pair once", _on_split(_each_once)),
            ("who is the same", _on_split(_same_person)), ("drawn with rng, and with nothing else", _drawn)))


# ---- 11-2 equal error rate ----------------------------------------------------------------------------------------

def _of_their_kind(accepted, s):
    return accepted[~s].mean(), (~accepted[s]).mean()


def _rate(distances, same, accepts=np.less_equal, candidates=lambda d, s: d, rates=_of_their_kind,
          badness=lambda far, frr: abs(far - frr),
          result=lambda far, frr: (far + frr) / 2):
    """The reference; the keyword arguments put in what suspects do differently."""
    best = None
    for threshold in np.unique(candidates(distances, same)):
        far, frr = rates(accepts(distances, threshold), same)
        if best is None or badness(far, frr) < best[0]:
            best = badness(far, frr), result(far, frr), threshold
    return float(best[1]), float(best[2])


def _false_accepts_of_all(accepted, s):
    return (accepted & ~s).mean(), (~accepted[s]).mean()


def _false_rejects_of_all(accepted, s):
    return accepted[~s].mean(), (~accepted & s).mean()


def _both_of_all(accepted, s):
    return (accepted & ~s).mean(), (~accepted & s).mean()


def _of_the_other_kind(accepted, s):
    return (accepted & ~s).sum() / s.sum(), (~accepted & s).sum() / (~s).sum()


def _of_the_decided(accepted, s):
    return (accepted & ~s).sum() / max(accepted.sum(), 1), (~accepted & s).sum() / max((~accepted).sum(), 1)


def _true_accepts(accepted, s):
    return accepted[~s].mean(), accepted[s].mean()


_SHARES = (_of_their_kind, _false_accepts_of_all, _false_rejects_of_all, _both_of_all, _of_the_other_kind,
           _of_the_decided, _true_accepts)


def _scores(rng):
    """Distances of both kinds, in steps so that some are equal. The gap is never 0, and smallest at the distance of a
    different pair; by whatever share it is measured, no two thresholds are equally good: rounding would decide."""
    while True:
        n, m = int(rng.integers(7, 12)), int(rng.integers(14, 24))
        same = rng.permutation(np.repeat([True, False], [n, m]))
        distances = np.round(np.where(same, 1.0, 1.5) + rng.normal(scale=0.4, size=n + m), 1) + 0.1
        if distances.min() <= 0 or _rate(distances, same)[1] in distances[same]:
            continue
        gaps = [sorted(abs(np.subtract(*share(distances <= t, same))) for t in np.unique(distances))
                for share in _SHARES]
        if gaps[0][0] > 1e-3 and all(second > first + 1e-6 for first, second, *_ in gaps):
            return distances, same


def _threshold_checked(answer):
    """The threshold must be one of the distances; whatever else it may be has a name of its own."""
    def rate_and_threshold(distances, same):
        got = answer(distances, same)
        if isinstance(got, (tuple, list)) and len(got) == 2 and isinstance(got[1], (int, float, np.number)) \
                and not np.isclose(got[1], distances).any() and not np.isclose(got[0], distances).any():
            return Fault("a threshold that is no distance", f"{got[1]:.6g} is none of the distances: between two of "
                         "them nothing changes, so try the distances themselves, all of them")
        return got
    return rate_and_threshold


def _judged(**changes):
    return partial(_rate, **changes)


def _wrongly_sorted(distances, same):
    return _rate(np.sort(distances), same)


EER = Task(
    id="11-2", title="the equal error rate", signature="equal_error(distances, same)", level="write", difficulty=2,
    importance=3, minutes=20, reference=_rate, adapt=_threshold_checked, outputs=("the rate", "the threshold"),
    cases=_scores,
    small=(np.array([3.0, 1.0, 7.0, 2.0, 6.0, 5.0, 8.0, 4.0, 9.0]),
           np.array([False, True, False, True, True, False, False, True, False])),
    suspects=(
        Suspect("distances taken for similarities",
                "a small distance speaks for the same person: accepted is distance <= threshold",
                _judged(accepts=np.greater_equal)),
        Suspect("< for <=", "a pair at the threshold is accepted: distance <= threshold", _judged(accepts=np.less)),
        Suspect("thresholds of one kind only",
                "try the distances of all pairs as thresholds, not only those of the same person",
                _judged(candidates=lambda d, s: d[s])),
        Suspect("thresholds of one kind only",
                "try the distances of all pairs as thresholds, not only those of different people",
                _judged(candidates=lambda d, s: d[~s])),
        Suspect("divided by all pairs", "false accepts are a share of the pairs of different people, (11.1)",
                _judged(rates=_false_accepts_of_all)),
        Suspect("divided by all pairs", "false rejects are a share of the pairs of one person, (11.1)",
                _judged(rates=_false_rejects_of_all)),
        Suspect("divided by all pairs", "each rate has its own kind of pairs below the line, (11.1), never all pairs",
                _judged(rates=_both_of_all)),
        Suspect("divided by the other kind", "false accepts happen among different pairs, false rejects among same "
                "ones: divide by their number, (11.1)", _judged(rates=_of_the_other_kind)),
        Suspect("divided by what was accepted",
                "the false accept rate is a share of the different pairs, not of the accepted ones",
                _judged(rates=_of_the_decided)),
        Suspect("true accepts for false rejects",
                "a false reject is a same pair that is not accepted: 1 minus the true accept rate",
                _judged(rates=_true_accepts)),
        Suspect("fewest errors", "wanted is where both rates are equal, not where their sum is smallest",
                _judged(badness=lambda far, frr: far + frr)),
        Suspect("sign of the gap", "the gap must be small, whatever its sign: abs(far - frr)",
                _judged(badness=lambda far, frr: far - frr)),
        Suspect("sign of the gap", "the gap must be small, whatever its sign: abs(far - frr)",
                _judged(badness=lambda far, frr: frr - far)),
        Suspect("one of the two rates", "the two rates are rarely quite equal: return their mean",
                _judged(result=lambda far, frr: far)),
        Suspect("one of the two rates", "the two rates are rarely quite equal: return their mean",
                _judged(result=lambda far, frr: frr)),
        Suspect("one of the two rates", "the two rates are rarely quite equal: return their mean, not the larger",
                _judged(result=max)),
        Suspect("sum instead of mean", "the rate is the mean of both", _judged(result=lambda far, frr: far + frr)),
        Suspect("sorted without same", "whoever sorts the distances must put same into the same order: order = "
                "np.argsort(distances), and then distances[order], same[order]", _wrongly_sorted),
    ))


# ---- 11-3 l2 normalisation -----------------------------------------------------------------------------------------

def _norm(x, axis=-1):
    return np.sqrt((x * x).sum(axis=axis, keepdims=True))


def _unit(x, length=_norm, back=None):
    """The reference; ``length`` and ``back(dy, x, y, length)`` are what suspects do differently."""
    long = length(x)
    y = x / long

    def backward(dy):
        return back(dy, x, y, long) if back else (dy - y * (y * dy).sum(axis=-1, keepdims=True)) / long
    return y, backward


def _unit_case(rng):
    N, D = _sizes(rng, 2)
    return rng.normal(size=(N, D)) * rng.uniform(0.5, 3, size=(N, 1)), rng.normal(size=(N, D))


def _forth_and_back(answer):
    """The rule and its backward as one function: y, then dx for a given dy."""
    def both(x, dy):
        return _there_and_back(answer, (x,), (2 * x[::-1] + 1,), (dy,))
    return both


def _unit_with(**changes):
    return partial(_unit, **changes)


def _dot(a, b):
    return (a * b).sum(axis=-1, keepdims=True)


NORMALISE = Task(
    id="11-3", title="l2 normalisation and its backward", signature="normalised(x)", level="write", difficulty=2,
    importance=3, minutes=15, reference=_unit, adapt=_forth_and_back, outputs=("y", "dx"), cases=_unit_case,
    batch=_rows, keeps_dtype=True,
    small=(np.array([[3.0, 4.0], [0.0, 2.0], [-6.0, 8.0]]), np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 5.0]])),
    suspects=(
        Suspect("over the batch",
                "each row is an example with a length of its own: sum along axis 1, not over the rows",
                _unit_with(length=partial(_norm, axis=0),
                           back=lambda dy, x, y, long: (dy - y * (y * dy).sum(axis=0)) / long)),
        Suspect("over the batch",
                "each row is an example with a length of its own: sum along axis 1, not over the rows",
                _unit_with(length=partial(_norm, axis=0))),
        Suspect("one length for all",
                "np.linalg.norm without axis, or a sum without it, takes the whole batch for one vector",
                _unit_with(length=lambda x: np.sqrt((x * x).sum()))),
        Suspect("one length for all",
                "np.linalg.norm without axis, or a sum without it, takes the whole batch for one vector",
                _unit_with(length=lambda x: np.sqrt((x * x).sum()),
                           back=lambda dy, x, y, long: (dy - y * (y * dy).sum()) / long)),
        Suspect("square root forgotten", "|x| is the root of the sum of squares",
                _unit_with(length=lambda x: _norm(x) ** 2)),
        Suspect("square root forgotten", "|x| is the root of the sum of squares",
                _unit_with(length=lambda x: _norm(x) ** 2,
                           back=lambda dy, x, y, long: (dy - y * _dot(y, dy)) / long ** 0.5)),
        Suspect("sum of absolute values", "l2 means squares: the length is the root of the sum of squares",
                _unit_with(length=lambda x: np.abs(x).sum(axis=1, keepdims=True))),
        Suspect("projection forgotten",
                "the length depends on x as well: (11.4) takes the part along y out of dy first",
                _unit_with(back=lambda dy, x, y, long: dy / long)),
        Suspect("sign of the projection", "what lies along y is taken away: dy minus y (y·dy)",
                _unit_with(back=lambda dy, x, y, long: (dy + y * _dot(y, dy)) / long)),
        Suspect("length forgotten in the backward",
                "the whole bracket is divided by |x|: the longer x, the less it turns",
                _unit_with(back=lambda dy, x, y, long: dy - y * _dot(y, dy))),
        Suspect("length forgotten in the backward", "both terms of the bracket are divided by |x|, the second too",
                _unit_with(back=lambda dy, x, y, long: dy / long - y * _dot(y, dy))),
        Suspect("x for y", "the projection is made with the unit vector y, not with x",
                _unit_with(back=lambda dy, x, y, long: (dy - x * _dot(x, dy)) / long)),
        Suspect("x for y", "the projection is made with the unit vector y, twice",
                _unit_with(back=lambda dy, x, y, long: (dy - y * _dot(x, dy)) / long)),
        Suspect("x for y", "the projection is made with the unit vector y, twice",
                _unit_with(back=lambda dy, x, y, long: (dy - x * _dot(y, dy)) / long)),
        Suspect("product instead of scalar product", "y·dy is one number a row: the products, summed along the row",
                _unit_with(back=lambda dy, x, y, long: (dy - y * (y * dy)) / long)),
        Suspect("scalar product of the whole batch", "y·dy is one number a row: sum along axis 1, with keepdims=True",
                _unit_with(back=lambda dy, x, y, long: (dy - y * (y * dy).sum()) / long)),
        Suspect("scalar product over the batch", "y·dy is one number a row: sum along axis 1, not over the rows",
                _unit_with(back=lambda dy, x, y, long: (dy - y * (y * dy).sum(axis=0)) / long)),
        Suspect("multiplied by the length", "the bracket is divided by |x|",
                _unit_with(back=lambda dy, x, y, long: (dy - y * _dot(y, dy)) * long)),
        Suspect("dy not used", "backward must use dy: by the chain rule, what comes from above",
                _unit_with(back=lambda dy, x, y, long: (1 - y * y) / long)),
    ))


# ---- 11-4 the triplet loss ----------------------------------------------------------------------------------------

def _gap(a, p, n, margin):
    return ((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + margin


def _triplet(a, p, n, margin, gap=_gap, active=lambda g: g > 0, total=lambda gap, on: (gap * on).sum() / len(gap),
             grads=None, count=None):
    """The reference; the keyword arguments put in what suspects do differently."""
    grads = grads or (lambda a, p, n: (n - p, p - a, a - n))
    g = gap(a, p, n, margin)
    on = active(g).astype(a.dtype)

    def backward():
        scale = (2 / (count(a, on) if count else len(a)) * on)[:, np.newaxis]
        return tuple(scale * d + 0 for d in grads(a, p, n))         # + 0: the small case shows no −0
    return total(g, on), backward


def _triplet_case(rng):
    """Of the triplets some are active, some satisfied, and none is close to the border."""
    while True:
        N, D = _sizes(rng, 2)
        a, p, n = rng.normal(size=(3, N, D))
        margin = float(rng.uniform(0.3, 1.5))
        gap = _gap(a, p, n, margin)
        if 1 < np.sum(gap > 0) < N and np.abs(gap).min() > 1e-2 and gap.mean() > 0.01:
            return a, p, n, margin


def _loss_and_gradients(answer):
    """The rule and its backward as one function: the loss, then the three gradients."""
    def both(a, p, n, margin):
        return _there_and_back(answer, (a, p, n, margin), (n + 1, a[::-1] - 1, 2 * p, margin + 1))
    return both


def _triplet_with(**changes):
    return partial(_triplet, **changes)


def _swapped(a, p, n, margin):
    value, backward = _triplet(a, n, p, margin)

    def back():
        da, dn, dp = backward()
        return da, dp, dn
    return value, back


def _plain_distances(a, p, n, margin):
    to_p, to_n = _norm(a - p), _norm(a - n)
    gap = to_p[:, 0] - to_n[:, 0] + margin

    def back():
        scale = (gap > 0)[:, np.newaxis] / len(a)
        up, un = scale * (a - p) / to_p, scale * (a - n) / to_n
        return up - un, -up, un
    return np.maximum(gap, 0).sum() / len(a), back


def _of_the_mean(a, p, n, margin):
    return _triplet(a, p, n, margin, total=lambda gap, on: max(gap.mean(), 0),
                    active=lambda g: np.full(len(g), g.mean() > 0))


TRIPLET = Task(
    id="11-4", title="the triplet loss and its three gradients", signature="triplet(a, p, n, margin)", level="write",
    difficulty=2, importance=3, minutes=20, reference=_triplet, adapt=_loss_and_gradients,
    outputs=("the loss", "da", "dp", "dn"), cases=_triplet_case, batch=_rows,
    small=(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [0.0, 3.0]]),
           np.array([[1.0, 0.0], [1.0, 2.0], [2.0, 2.0], [0.0, 3.0]]),
           np.array([[0.0, 1.0], [3.0, 1.0], [3.0, 1.0], [4.0, 0.0]]), 1.0),
    suspects=(
        Suspect("distances not squared", "(11.5) takes squared distances: no root", _plain_distances),
        Suspect("distances not squared",
                "(11.5) takes squared distances: no root, neither in the loss nor in deciding what is active",
                _triplet_with(gap=lambda a, p, n, m: _norm(a - p)[:, 0] - _norm(a - n)[:, 0] + m)),
        Suspect("positive and negative exchanged",
                "the positive shall be near and the negative far: |a − p|² − |a − n|² + margin", _swapped),
        Suspect("positive and negative exchanged",
                "the positive shall be near and the negative far: |a − p|² − |a − n|² + margin",
                lambda a, p, n, m: _triplet(a, n, p, m)),
        Suspect("positive and negative exchanged",
                "the positive shall be near and the negative far: |a − p|² − |a − n|² + margin",
                _triplet_with(gap=lambda a, p, n, m: _gap(a, n, p, m))),
        Suspect("sign of the margin",
                "the margin is added: a triplet is satisfied only if the negative is farther away by the margin",
                _triplet_with(gap=lambda a, p, n, m: _gap(a, p, n, -m))),
        Suspect("margin forgotten", "the margin is added to the difference, (11.5)",
                _triplet_with(gap=lambda a, p, n, m: _gap(a, p, n, 0))),
        Suspect("satisfied triplets counted",
                "a satisfied triplet gives nothing: max(0, …) for each triplet, and no gradient there",
                _triplet_with(active=lambda g: np.ones(len(g)))),
        Suspect("satisfied triplets have a gradient",
                "where max(0, …) is 0 its slope is 0: multiply the gradients by the active triplets",
                lambda a, p, n, m: (_triplet(a, p, n, m)[0],
                                    _triplet(a, p, n, m, active=lambda g: np.ones(len(g)))[1])),
        Suspect("satisfied triplets counted", "a satisfied triplet gives nothing: max(0, …) also in the loss",
                _triplet_with(total=lambda gap, on: gap.mean())),
        Suspect("maximum of the mean", "each triplet has a maximum of its own: max(0, …) first, then the mean",
                _of_the_mean),
        Suspect("maximum of the mean", "each triplet has a maximum of its own: max(0, …) first, then the mean",
                _triplet_with(total=lambda gap, on: max(gap.mean(), 0))),
        Suspect("mean of the active ones", "the mean is taken over all N triplets, the satisfied ones included",
                _triplet_with(total=lambda gap, on: (gap * on).sum() / on.sum(), count=lambda a, on: on.sum())),
        Suspect("mean over the features", "a squared distance is a sum over the features, not a mean",
                lambda a, p, n, m: _triplet(a, p, n, m, gap=lambda a, p, n, m: (_gap(a, p, n, 0) / a.shape[1]) + m,
                                            count=lambda a, on: a.size)),
        Suspect("mean over the features", "a squared distance is a sum over the features, not a mean",
                _triplet_with(gap=lambda a, p, n, m: (_gap(a, p, n, 0) / a.shape[1]) + m)),
        Suspect("one term of the anchor", "the anchor stands in both distances: 2/N ((a − p) − (a − n)) = 2/N (n − p)",
                _triplet_with(grads=lambda a, p, n: (a - p, p - a, a - n))),
        Suspect("one term of the anchor", "the anchor stands in both distances: 2/N ((a − p) − (a − n)) = 2/N (n − p)",
                _triplet_with(grads=lambda a, p, n: (n - a, p - a, a - n))),
        Suspect("the negative is pulled",
                "the distance to the negative has a minus: dn = 2/N (a − n); the step against it leads away",
                _triplet_with(grads=lambda a, p, n: (n - p, p - a, n - a))),
        Suspect("the negative is pulled",
                "the distance to the negative has a minus: dn = 2/N (a − n), and in da as well",
                _triplet_with(grads=lambda a, p, n: (2 * a - p - n, p - a, n - a))),
        Suspect("the positive is pushed", "dp = 2/N (p − a): the step against it leads to the anchor",
                _triplet_with(grads=lambda a, p, n: (n - p, a - p, a - n))),
        Suspect("sign", "da = 2/N (n − p): the step against it leads towards p and away from n",
                _triplet_with(grads=lambda a, p, n: (p - n, p - a, a - n))),
        Suspect("sum of all entries", "one distance for each triplet: sum along axis 1", _triplet_with(
            gap=lambda a, p, n, m: np.full(len(a), ((a - p) ** 2).sum() - ((a - n) ** 2).sum() + m))),
    ))


# ---- 11-5 semi-hard triplets --------------------------------------------------------------------------------------

def _squared(y):
    return ((y[:, np.newaxis] - y) ** 2).sum(axis=2)


def _semi_hard(y, people, margin, distances=_squared, inside=lambda n, p, m: p < n < p + m, pairs=None, others=None,
               of_positive=False,
               columns=(0, 1, 2), pick=None):
    """The reference; the keyword arguments put in what suspects do differently."""
    pairs = pairs or (lambda a, p, people: a != p and people[a] == people[p])
    others = others or (lambda a, p, n, people: people[n] != people[a])
    d, found, N = distances(y), [], range(len(y))
    for a in N:
        for p in N:
            if pairs(a, p, people):
                negatives = [n for n in N
                             if others(a, p, n, people) and inside(d[p if of_positive else a, n], d[a, p], margin)]
                negatives = pick(negatives, d[a]) if pick and negatives else negatives
                found += [(a, p, n) for n in negatives]
    return np.array(found, dtype=int).reshape(-1, 3)[:, columns]


def _mining_case(rng):
    """Points on the sphere with every kind of negative: too easy, semi-hard, too hard; none close to a border."""
    while True:
        N = int(rng.integers(9, 13))
        y, people, margin = (l2_normalize(rng.normal(size=(N, 3)))[0], rng.permutation(np.arange(N) % 3 + 5),
                             float(rng.uniform(0.3, 0.6)))
        d = _squared(y)
        gaps = d[:, np.newaxis, :] - d[:, :, np.newaxis]                        # [a, p, n]: |a − n|² − |a − p|²
        clear = min(np.abs(gaps[gaps != 0]).min(), np.abs(gaps - margin).min(),
                    np.abs(np.sqrt(d)[:, np.newaxis, :] - np.sqrt(d)[:, :, np.newaxis] - margin).min())
        if clear > 1e-6 and len(_semi_hard(y, people, margin)) > 3:
            return y, people, margin


def _any_order(answer):
    """Triplets in any order are right; they are compared in one order."""
    def ordered(y, people, margin):
        got = answer(y, people, margin)
        if got is None:
            return _NOTHING
        got = np.asarray(got)
        if got.size == 0:
            return np.zeros((0, 3), int)
        if got.ndim != 2 or got.shape[1] != 3 or got.dtype.kind not in "iuf":
            return Fault("not triplets",
                         f"rows of three numbers (a, p, n) are wanted, got {got.dtype} of shape {got.shape}")
        return got[np.lexsort(got.T[::-1])]
    return ordered


def _none_at_all(answer, rng):
    """Two people far apart: every triplet is satisfied."""
    y, people = np.array([[0.0, 0.0], [0.1, 0.0], [5.0, 0.0], [5.1, 0.0]]), np.array([3, 3, 8, 8])
    got = answer(y, people, 0.2)
    if isinstance(got, Fault) or len(got) == 0:
        return got if isinstance(got, Fault) else None
    return Fault("a triplet where none is",
                 f"two people stand far apart and each of them close together: no triplet is semi-hard, got {len(got)}")


def _mined(**changes):
    return partial(_semi_hard, **changes)


def _seen_from_both_sides(y, people, margin):
    return np.repeat(_semi_hard(y, people, margin), 2, axis=0)


MINING = Task(
    id="11-5", title="semi-hard triplets", signature="semi_hard(y, people, margin)", level="write", difficulty=2,
    importance=3, minutes=20, reference=_semi_hard, adapt=_any_order, outputs=("the triplets",), cases=_mining_case,
    probes=(("a batch without any", _none_at_all),),
    small=(np.array([[0.0, 0.0], [2.0, 0.0], [-2.0, 0.0], [3.0, 0.0], [2.5, 0.0]]), np.array([0, 0, 1, 1, 2]), 5.0),
    suspects=(
        Suspect("hard ones included", "semi-hard negatives are farther away than the positive: |a − p|² < |a − n|²",
                _mined(inside=lambda n, p, m: n < p + m)),
        Suspect("hard instead of semi-hard", "negatives nearer than the positive are the hard ones; semi-hard ones are "
                "farther away, but within the margin", _mined(inside=lambda n, p, m: n < p)),
        Suspect("upper limit forgotten", "a negative beyond |a − p|² + margin is satisfied: it gives no gradient",
                _mined(inside=lambda n, p, m: n > p)),
        Suspect("satisfied instead of semi-hard",
                "beyond |a − p|² + margin the triplet is satisfied; wanted are those within",
                _mined(inside=lambda n, p, m: n > p + m)),
        Suspect("sign of the margin", "the margin is added to |a − p|²", _mined(inside=lambda n, p, m: p - m < n < p)),
        Suspect("borders included", "both inequalities of (11.7) are strict: < and not <=",
                _mined(inside=lambda n, p, m: p <= n <= p + m)),
        Suspect("borders included", "both inequalities of (11.7) are strict: < and not <=",
                _mined(inside=lambda n, p, m: p <= n < p + m)),
        Suspect("borders included", "both inequalities of (11.7) are strict: < and not <=",
                _mined(inside=lambda n, p, m: p < n <= p + m)),
        Suspect("distances not squared",
                "(11.7) compares squared distances; with the margin beside them this makes a difference",
                _mined(distances=lambda y: np.sqrt(_squared(y)))),
        Suspect("positive equal to anchor", "an image is not its own positive: a ≠ p",
                _mined(pairs=lambda a, p, people: people[a] == people[p])),
        Suspect("negative of the same person", "a negative shows another person than the anchor",
                _mined(others=lambda a, p, n, people: n not in (a, p))),
        Suspect("negative of the same person", "a negative shows another person than the anchor",
                _mined(others=lambda a, p, n, people: n != a)),
        Suspect("negative of the same person", "a negative shows another person than the anchor",
                _mined(others=lambda a, p, n, people: True)),
        Suspect("positive of another person", "anchor and positive show one person",
                _mined(pairs=lambda a, p, people: a != p)),
        Suspect("positive of another person", "anchor and positive show one person", _mined(
            pairs=lambda a, p, people: people[a] != people[p])),
        Suspect("each pair only once",
                "who is anchor and who positive matters: (a, p) and (p, a) see different negatives, take both",
                _mined(pairs=lambda a, p, people: a < p and people[a] == people[p])),
        Suspect("measured from the positive", "the negative's distance is measured from the anchor",
                _mined(of_positive=True)),
        Suspect("only the first negative",
                "all semi-hard negatives of a pair are wanted, not only the first that is found",
                _mined(pick=lambda negatives, d: negatives[:1])),
        Suspect("only one negative", "all semi-hard negatives of a pair are wanted, not only the nearest", _mined(
            pick=lambda negatives, d: [min(negatives, key=lambda n: d[n])])),
        Suspect("wrong order", "the columns are anchor, positive, negative", _mined(columns=(0, 2, 1))),
        Suspect("wrong order", "the columns are anchor, positive, negative", _mined(columns=(1, 0, 2))),
        Suspect("triplets twice", "every triplet is found more than once", _seen_from_both_sides),
    ))


# ---- 11-6 a frozen trunk ------------------------------------------------------------------------------------------

def _head_step(trunk, head, loss, x, people, lr, normalise=l2_normalize, clear=True, after=False,
               update=lambda data, grad, lr, N: data - lr * grad):
    """The reference; the keyword arguments put in what suspects do differently."""
    with inference(trunk):
        phi = normalise(trunk(x)[0])[0]
    y, backward = head(phi)
    value, loss_backward = loss(y, people)
    if clear:
        for p in head.params:
            p.grad = None
    backward(loss_backward(), input_grad=False)
    for p in head.params:
        p.data = update(p.data, p.grad, lr, len(x))
    return loss(head(phi)[0], people)[0] if after else value


def _network(n_in, seed, dtype):
    """A small trunk with BatchNorm in the middle of its life, and a head that holds the gradients of another step."""
    rng = np.random.default_rng(seed)
    trunk = Sequential(Dense(n_in, 7, rng=rng, dtype=dtype), BatchNorm(7, dtype=dtype), ReLU(),
                       Dense(7, 5, rng=rng, dtype=dtype))
    for kept in trunk.layers[1].running:
        kept += rng.uniform(0.2, 1.0, size=7)
    head = Dense(5, 4, rng=rng, dtype=dtype)
    for p in head.params:
        p.grad = rng.normal(size=p.data.shape).astype(dtype)
    return trunk, head


def _on_a_network(answer):
    """The step on a network made of a seed: the loss and the new head, or a Fault if the trunk is not as it was."""
    def stepped(x, people, lr, seed):
        trunk, head = _network(x.shape[1], seed, x.dtype)
        before, running = [p.data.copy() for p in trunk.params], [a.copy() for a in trunk.layers[1].running]
        head_before, modes = [p.data.copy() for p in head.params], [layer.training for layer in trunk.walk()]
        loss = partial(mined_triplet_loss, kind="hard", margin=2.0, rng=np.random.default_rng(0))
        value = answer(trunk, head, loss, x, people, lr)
        head_rests = all(np.array_equal(p.data, old) for p, old in zip(head.params, head_before))
        if any(np.shape(p.data) != old.shape or not np.array_equal(p.data, old)
               for p, old in zip(trunk.params, before)):
            if not any(np.any(p.data) for p in trunk.params):
                return Fault("trunk set to zero", "the trunk's weights are 0 now: a frozen trunk keeps what it "
                             "has learnt, and is not changed")
            if head_rests:
                return Fault("the wrong part frozen",
                             "the trunk was changed and the head was not: it should be the other way round")
            return Fault("trunk stepped too",
                         "the trunk's parameters were changed: give only head.params to the optimizer")
        if any(not np.array_equal(a, b) for a, b in zip(trunk.layers[1].running, running)):
            return Fault("running averages moved", "no gradient touched the trunk, and still it changed: in training "
                         "mode BatchNorm moves its running averages at every forward; run "
                         "the trunk in inference(trunk)")
        if [layer.training for layer in trunk.walk()] != modes:
            return Fault("left in inference mode", "the trunk was in training mode before and is not now: use with "
                         "inference(trunk), which restores the mode")
        if any(p.grad is not None for p in trunk.params):
            return Fault("gradient in the frozen trunk", "the backward went through the trunk as well: it is work for "
                         "nothing, and the gradients are left there; stop at the head, with input_grad=False")
        if value is None:
            return Fault("nothing returned", "the loss should be returned; is there a return statement?")
        return value, *(p.data for p in head.params)
    return stepped


def _step_case(rng):
    N = int(rng.integers(8, 13))
    return (rng.normal(size=(N, 6)), rng.permutation(np.arange(N) % 3), float(rng.uniform(0.1, 0.5)),
            int(rng.integers(1000)))


def _stepping(**changes):
    return partial(_head_step, **changes)


FREEZE = Task(
    id="11-6", title="a step of the head alone", signature="head_step(trunk, head, loss, x, people, lr)", level="write",
    difficulty=2, importance=3, minutes=15, reference=_head_step, adapt=_on_a_network,
    outputs=("the loss", "the head's W", "the head's b"), cases=_step_case, batch=_rows, keeps_dtype=True,
    suspects=(
        Suspect("zero_grad forgotten",
                "the gradients of an earlier step were still there, and new ones are added: clear them first",
                _stepping(clear=False)),
        Suspect("not normalised", "the head takes the descriptor divided by its length: l2_normalize(...)[0]",
                _stepping(normalise=lambda phi: (phi, None))),
        Suspect("up the slope", "descent goes against the gradient: minus lr times the gradient",
                _stepping(update=lambda data, grad, lr, N: data + lr * grad)),
        Suspect("learning rate forgotten", "the step is lr times the gradient",
                _stepping(update=lambda data, grad, lr, N: data - grad)),
        Suspect("divided by the batch size again", "the loss is a mean already: 1/N is in its gradient",
                _stepping(update=lambda data, grad, lr, N: data - lr * grad / N)),
        Suspect("head not changed", "the head's parameters are the same as before: the step is missing",
                _stepping(update=lambda data, grad, lr, N: data)),
        Suspect("step instead of parameters", "the new parameters are the old ones minus the step",
                _stepping(update=lambda data, grad, lr, N: -lr * grad)),
        Suspect("loss after the step", "return the loss that was computed before the update, as train_step does",
                _stepping(after=True)),
    ))


# ---- 11-7 bug hunt ------------------------------------------------------------------------------------------------

def _hunt(phi, W, triplets, margin, da=lambda pull, push: pull - push, dn=lambda pull, push: push,
          active=lambda g: g > 0, pay="add.at"):
    """The reference; the keyword arguments put in what suspects do differently."""
    y = phi @ W
    a, p, n = triplets.T
    gap = _gap(y[a], y[p], y[n], margin)
    scale = (2 / len(triplets) * active(gap)).astype(phi.dtype)[:, np.newaxis]
    pull, push, dy = scale * (y[a] - y[p]), scale * (y[a] - y[n]), np.zeros_like(y)
    for rows, payment in ((a, da(pull, push)), (p, -pull), (n, dn(pull, push))):
        if pay == "add.at":
            np.add.at(dy, rows, payment)
        else:
            dy[rows] = payment if pay == "=" else dy[rows] + payment
    return (gap * (gap > 0)).mean(), phi.T @ dy


def _hunt_case(rng):
    """Rows stand in several triplets, in every role; some triplets are satisfied, none is at the border."""
    while True:
        N, D, K, M = int(rng.integers(6, 9)), 4, 3, int(rng.integers(10, 15))
        phi, W = rng.normal(size=(N, D)), rng.normal(size=(D, K)) / 2
        triplets = np.array([rng.choice(N, size=3, replace=False) for _ in range(M)])
        margin = float(rng.uniform(0.2, 1.0))
        y = phi @ W
        gap = _gap(*(y[rows] for rows in triplets.T), margin)
        if 2 < np.sum(gap > 0) < M - 2 and np.abs(gap).min() > 1e-3:
            return phi, W, triplets, margin


def _hunting(**changes):
    return partial(_hunt, **changes)


def _lost_or_not(name, hint, **changes):
    """A mistake in the company of the other fault, lost payments, and alone."""
    return Suspect(name, hint, _hunting(pay="+=", **changes)), Suspect(name, hint, _hunting(**changes))


HUNT = Task(
    id="11-7", title="bug hunt: all faces land on one point", signature="triplet_gradient(phi, W, triplets, margin)",
    level="fill in", difficulty=3, importance=2, minutes=15, reference=_hunt, outputs=("the loss", "dW"),
    cases=_hunt_case, keeps_dtype=True, batch=lambda phi, W, triplets, margin: len(triplets),
    small=(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([[1.0], [2.0]]),
           np.array([[0, 1, 3], [0, 2, 3], [1, 2, 0], [0, 1, 2]]), 4.0),
    suspects=(
        *_lost_or_not("the negative is pulled", "the distance to the negative has a minus in (11.5), here it has a "
                      "plus: the anchor goes to the negative, which comes to meet it, nothing pushes, and "
                      "all images fall on one point",
                      da=lambda pull, push: pull + push, dn=lambda pull, push: -push),
        *_lost_or_not("the push repaired in one place", "the anchor is pushed now, but the negative is still paid with "
                      "the wrong sign: dn = 2/N (a − n)", dn=lambda pull, push: -push),
        *_lost_or_not("the push repaired in one place", "the negative is pushed now, but the anchor is still paid with "
                      "the wrong sign: da = 2/N (n − p)", da=lambda pull, push: pull + push),
        Suspect("payments overwritten", "what another role has paid to an image is overwritten: payments add up",
                _hunting(pay="=")),
        Suspect("payments lost", "the signs are right. But an image stands in several triplets, and dy[rows] += … "
                "keeps one payment for each row number: np.add.at(dy, rows, payments) adds them all",
                _hunting(pay="+=")),
        *_lost_or_not("the negative is left out", "the negative moves too: dn = 2/N (a − n)",
                      dn=lambda pull, push: 0 * push),
        *_lost_or_not("one term of the anchor", "the anchor stands in both distances: da = 2/N (n − p)",
                      da=lambda pull, push: pull),
        *_lost_or_not("one term of the anchor", "the anchor stands in both distances: da = 2/N (n − p)",
                      da=lambda pull, push: -push),
        *_lost_or_not("the anchor is left out", "the anchor stands in both distances: da = 2/N (n − p)",
                      da=lambda pull, push: 0 * pull),
        *_lost_or_not("satisfied triplets have a gradient", "where max(0, …) is 0 its slope is 0",
                      active=lambda g: np.ones(len(g))),
    ))


TASKS = [SPLIT, EER, NORMALISE, TRIPLET, MINING, FREEZE, HUNT]
