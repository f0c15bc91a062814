"""Wrong answers to the tasks of lesson 11, as learners write them, and the name each must be called by."""

import numpy as np

from course_lib import SGD, l2_normalize, predict
from course_lib.layers import inference

# ---- 11-1 a split and its pairs ------------------------------------------------------------------------------


def split(people, count, rng, fault=None):
    names = np.unique(people)
    if fault == "fixed":
        chosen = names[:count]
    elif fault == "own generator":
        chosen = np.random.default_rng().choice(names, count, replace=False)
    elif fault == "with replacement":
        chosen = rng.choice(people, 4 * count)[:count + 1]
    else:
        chosen = rng.permutation(names)[:count]
    hidden = np.array([person in chosen for person in people])
    if fault == "exchanged":
        hidden = ~hidden
    train, test = np.where(~hidden)[0], np.where(hidden)[0]
    if fault == "everybody trains":
        train = np.arange(len(people))
    if fault == "half of the rows":
        train = train[::2]
    if fault == "names":
        train = np.setdiff1d(names, chosen)
    if fault == "mask":
        train = ~hidden
    first, second = [], []
    for i in range(len(test)):
        start = {"itself": i, "twice": 0}.get(fault, i + 1)
        for j in range(start, len(test)):
            if i == j and fault == "twice":
                continue
            if fault == "only same" and people[test[i]] != people[test[j]]:
                continue
            if fault == "neighbours" and j > i + 3:
                continue
            first.append(i if fault == "local" else test[i])
            second.append(j if fault == "local" else test[j])
    first, second = np.array(first), np.array(second)
    same = people[first] == people[second]
    if fault == "different":
        same = ~same
    if fault == "rows":
        same = first == second
    if fault == "three":
        return first, second, same
    return train, first, second, same


def split_with(fault):
    return lambda people, count, rng: split(people, count, rng, fault)


def split_photographs(people, count, rng):
    """The usual random split of a data set: by rows."""
    order = rng.permutation(len(people))
    share = count / len(np.unique(people))
    test, train = np.split(order, [int(share * len(people)) + 2])
    first, second = np.triu_indices(len(test), 1)
    return train, test[first], test[second], people[test[first]] == people[test[second]]


def split_shuffles_people(people, count, rng):
    names = np.unique(people)
    before = people.copy()
    rng.shuffle(people)
    return split(before, count, rng) if len(names) else None


# ---- 11-2 equal error rate -----------------------------------------------------------------------------------

def rate(distances, same, fault=None):
    right, wrong = distances[same], distances[~same]
    tried = {"same only": right, "different only": wrong,
             "grid": np.linspace(distances.min(), distances.max(), 37)}.get(fault, distances)
    best_gap, best_rate, best_threshold = np.inf, None, None
    for t in sorted(tried):
        if fault == "strict":
            far, frr = np.mean(wrong < t), np.mean(right >= t)
        elif fault == "similarity":
            far, frr = np.mean(wrong >= t), np.mean(right < t)
        elif fault == "true accepts":
            far, frr = np.mean(wrong <= t), np.mean(right <= t)
        else:
            far, frr = np.mean(wrong <= t), np.mean(right > t)
        if fault == "all pairs":
            far *= len(wrong) / len(distances)
        if fault == "all pairs, both":
            far, frr = np.sum(wrong <= t) / len(distances), np.sum(right > t) / len(distances)
        gap = abs(far - frr)
        if fault == "fewest":
            gap = far + frr
        if fault == "signed":
            gap = far - frr
        if gap < best_gap:
            best_gap, best_threshold = gap, t
            best_rate = far if fault == "far" else far + frr if fault == "sum" else (far + frr) / 2
    if fault == "percent":
        best_rate = 100 * best_rate
    if fault == "order":
        return best_threshold, best_rate
    return best_rate, best_threshold


def rate_with(fault):
    return lambda distances, same: rate(distances, same, fault)


def rate_sorted_alone(distances, same):
    return rate(np.sort(distances), same)


def rate_sorts_in_place(distances, same):
    order = np.argsort(distances)
    distances[:], same[:] = distances[order], same[order]
    return rate(distances, same)


def rate_only(distances, same):
    return rate(distances, same)[0]


# ---- 11-3 l2 normalisation -----------------------------------------------------------------------------------

def normalised(x, fault=None):
    if fault == "axis 0":
        length = np.linalg.norm(x, axis=0, keepdims=True)
    elif fault == "whole":
        length = np.linalg.norm(x)
    elif fault == "square":
        length = np.sum(x ** 2, axis=1, keepdims=True)
    elif fault == "absolute":
        length = np.abs(x).sum(axis=1, keepdims=True)
    elif fault == "flat":
        length = np.linalg.norm(x, axis=1)
    else:
        length = np.linalg.norm(x, axis=1, keepdims=True)
    if fault == "in place":
        x /= length
        y = x
    else:
        y = x / length

    def backward(dy):
        along = np.sum(dy * y, axis=1, keepdims=True)
        if fault == "no projection":
            return dy / length
        if fault == "plus":
            return (dy + along * y) / length
        if fault == "no length":
            return dy - along * y
        if fault == "x":
            return (dy - np.sum(dy * x, axis=1, keepdims=True) * x) / length
        if fault == "elementwise":
            return (dy - y * dy * y) / length
        if fault == "everything":
            return (dy - np.sum(dy * y) * y) / length
        if fault == "double":
            return ((dy - along * y) / length).astype(float)
        if fault == "nothing":
            return None
        if fault == "sign":
            return (along * y - dy) / length
        return (dy - along * y) / length
    return y, backward


def normalised_with(fault):
    return lambda x: normalised(x, fault)


_last = {}


def normalised_global(x):
    _last["length"] = np.linalg.norm(x, axis=1, keepdims=True)
    _last["y"] = x / _last["length"]

    def backward(dy):
        y = _last["y"]
        return (dy - y * np.sum(dy * y, axis=1, keepdims=True)) / _last["length"]
    return _last["y"], backward


# ---- 11-4 the triplet loss -----------------------------------------------------------------------------------

def triplet(a, p, n, margin, fault=None):
    if fault == "exchanged":
        p, n = n, p
    near, far = np.sum((a - p) ** 2, axis=1), np.sum((a - n) ** 2, axis=1)
    if fault == "plain":
        near, far = np.sqrt(near), np.sqrt(far)
    if fault == "features":
        near, far = np.mean((a - p) ** 2, axis=1), np.mean((a - n) ** 2, axis=1)
    if fault == "minus margin":
        gap = near - far - margin
    elif fault == "no margin":
        gap = near - far
    else:
        gap = near - far + margin
    active = gap > 0
    loss = np.mean(np.maximum(gap, 0))
    if fault == "no maximum":
        loss, active = np.mean(gap), np.ones(len(gap))
    if fault == "late maximum":
        loss = max(np.mean(gap), 0)
    if fault == "sum":
        loss *= len(a)
    if fault == "mean of active":
        loss = gap[active].mean() if active.any() else 0.0

    def backward():
        scale = 2 / len(a) * active[:, None]
        if fault == "all active":
            scale = 2 / len(a)
        if fault == "no factor":
            scale = scale / 2
        if fault == "sum":
            scale = scale * len(a)
        if fault == "mean of active":
            scale = 2 / active.sum() * active[:, None]
        da, dp, dn = scale * (n - p), scale * (p - a), scale * (a - n)
        if fault == "one term":
            da = scale * (a - p)
        if fault == "pulled":
            dn = -dn
        if fault == "descent":
            da, dp, dn = -da, -dp, -dn
        if fault == "spoil":
            a[:] = n
        if fault == "order":
            return dp, da, dn
        if fault == "two":
            return dp, dn
        return da, dp, dn
    return loss, backward


def triplet_with(fault):
    return lambda a, p, n, margin: triplet(a, p, n, margin, fault)


# ---- 11-5 semi-hard triplets ---------------------------------------------------------------------------------

def mining(y, people, margin, fault=None):
    found = []
    for a in range(len(y)):
        for p in range(a + 1 if fault == "once" else 0, len(y)):
            if people[p] != people[a] and fault != "any positive":
                continue
            if a == p and fault != "itself":
                continue
            near = np.sum((y[a] - y[p]) ** 2)
            if fault == "plain":
                near = near ** 0.5
            for n in range(len(y)):
                if fault == "same person":
                    if n == a or n == p:
                        continue
                elif people[n] == people[a]:
                    continue
                far = np.sum((y[p if fault == "from the positive" else a] - y[n]) ** 2)
                if fault == "plain":
                    far = far ** 0.5
                good = near < far < near + margin
                if fault == "violating":
                    good = far < near + margin
                if fault == "hard":
                    good = far < near
                if fault == "no upper limit":
                    good = far > near
                if fault == "easy":
                    good = far > near + margin
                if fault == "minus":
                    good = near - margin < far < near
                if fault == "borders":
                    good = near <= far <= near + margin
                if good:
                    found.append((a, n, p) if fault == "columns" else (a, p, n))
                    if fault == "break":
                        break
    if fault == "spoil":
        y *= 0
    return found


def mining_with(fault):
    return lambda y, people, margin: mining(y, people, margin, fault)


def mining_returns_nothing(y, people, margin):
    mining(y, people, margin)


# ---- 11-6 a frozen trunk -------------------------------------------------------------------------------------

def step(trunk, head, loss, x, people, lr, fault=None):
    if fault == "in training":
        phi, _ = trunk(x)
    else:
        phi = predict(trunk, x)
    if fault != "long":
        phi, _ = l2_normalize(phi)
    optimizer = SGD(head.params, lr=lr)
    y, backward = head(phi)
    value, loss_backward = loss(y, people)
    if fault != "no zero_grad":
        optimizer.zero_grad()
    backward(loss_backward())
    if fault == "ascent":
        for p in head.params:
            p.grad = -p.grad
    if fault == "mean again":
        for p in head.params:
            p.grad = p.grad / len(x)
    if fault == "no lr":
        for p in head.params:
            p.data = p.data - p.grad
    elif fault != "no step":
        optimizer.step()
    if fault == "later":
        value, _ = loss(head(phi)[0], people)
    if fault == "zeroed":
        for p in trunk.params:
            p.data = 0 * p.data
    if fault == "nothing":
        return None
    if fault == "double":
        for p in head.params:
            p.data = p.data.astype(float)
    return value


def step_with(fault):
    return lambda *arguments: step(*arguments, fault=fault)


def step_through_everything(trunk, head, loss, x, people, lr, frozen=None):
    """One network of both parts, as in stage one."""
    with inference(trunk):
        phi, trunk_backward = trunk(x)
        unit, normalise_backward = l2_normalize(phi)
        y, head_backward = head(unit)
        value, loss_backward = loss(y, people)
        params = {"head": trunk.params, "trunk": head.params}.get(frozen, trunk.params + head.params)
        for p in head.params:
            p.grad = None
        trunk_backward(normalise_backward(head_backward(loss_backward())))
    SGD(params, lr=lr).step()
    return value


def step_freezes_the_head(*arguments):
    return step_through_everything(*arguments, frozen="head")


def step_leaves_gradients(*arguments):
    return step_through_everything(*arguments, frozen="trunk")


def step_switches_for_good(trunk, head, loss, x, people, lr):
    for layer in trunk.walk():
        layer.training = False
    phi, _ = l2_normalize(trunk(x)[0])
    y, backward = head(phi)
    value, loss_backward = loss(y, people)
    optimizer = SGD(head.params, lr=lr)
    optimizer.zero_grad()
    backward(loss_backward())
    optimizer.step()
    return value


# ---- 11-7 bug hunt -------------------------------------------------------------------------------------------

def hunt(phi, W, triplets, margin, fault):
    y, dy = phi @ W, np.zeros((len(phi), W.shape[1]), phi.dtype)
    gaps, count = [], len(triplets)
    for a, p, n in triplets:
        pull, push = y[a] - y[p], y[a] - y[n]
        gap = (pull ** 2).sum() - (push ** 2).sum() + margin
        gaps.append(max(gap, 0))
        if gap <= 0 and fault != "satisfied":
            continue
        scale = (1 if fault == "no factor" else 2) / (1 if fault == "sum" else count)
        if fault == "pulled":
            push = -push
        if fault != "no anchor":
            dy[a] += scale * (pull if fault == "one term" else pull + push if fault == "negative repaired"
                              else pull - push)
        dy[p] -= scale * pull
        if fault != "no negative":
            dy[n] += scale * (-push if fault == "anchor repaired" else push)
    loss = np.mean(gaps).astype(phi.dtype)
    if fault == "ascent":
        dy = -dy
    if fault == "spoil":
        W *= 0
    if fault == "order":
        return phi.T @ dy, loss
    return loss, phi.T @ dy


def hunt_with(fault):
    return lambda phi, W, triplets, margin: hunt(phi, W, triplets, margin, fault)


def as_found(phi, W, triplets, margin):
    y = phi @ W
    a, p, n = triplets.T
    pull, push = y[a] - y[p], y[n] - y[a]
    gap = (pull ** 2).sum(axis=1) - (push ** 2).sum(axis=1) + margin
    scale = 2 / len(triplets) * (gap > 0)[:, np.newaxis]
    dy = np.zeros_like(y)
    dy[a] += scale * (pull - push)
    dy[p] -= scale * pull
    dy[n] += scale * push
    return np.maximum(gap, 0).mean(), phi.T @ dy


def sign_repaired_only(phi, W, triplets, margin):
    y = phi @ W
    a, p, n = triplets.T
    pull, push = y[a] - y[p], y[a] - y[n]
    gap = (pull ** 2).sum(axis=1) - (push ** 2).sum(axis=1) + margin
    scale = 2 / len(triplets) * (gap > 0)[:, np.newaxis]
    dy = np.zeros_like(y)
    dy[a] += scale * (pull - push)
    dy[p] -= scale * pull
    dy[n] += scale * push
    return np.maximum(gap, 0).mean(), phi.T @ dy


def overwritten(phi, W, triplets, margin):
    y = phi @ W
    a, p, n = triplets.T
    pull, push = y[a] - y[p], y[a] - y[n]
    gap = (pull ** 2).sum(axis=1) - (push ** 2).sum(axis=1) + margin
    scale = 2 / len(triplets) * (gap > 0)[:, np.newaxis]
    dy = np.zeros_like(y)
    dy[a] = scale * (pull - push)
    dy[p] = -scale * pull
    dy[n] = scale * push
    return np.maximum(gap, 0).mean(), phi.T @ dy


PLANTED = {
    "11-1": [
        ("a person on both sides", split_photographs), ("photographs on both sides", split_with("everybody trains")),
        ("sides exchanged", split_with("exchanged")), ("number of unseen people", split_with("with replacement")),
        ("photographs left out", split_with("half of the rows")), ("pairs counted twice", split_with("twice")),
        ("paired with itself", split_with("itself")), ("one kind of pair", split_with("only same")),
        ("pairs missing", split_with("neighbours")), ("rows of the test set", split_with("local")),
        ("same the wrong way round", split_with("different")), ("same is wrong", split_with("rows")),
        ("not drawn", split_with("fixed")), ("not reproducible", split_with("own generator")),
        ("mask instead of rows", split_with("mask")), ("people instead of rows", split_with("names")),
        ("number of results", split_with("three")), ("mutated input", split_shuffles_people)],
    "11-2": [
        ("< for <=", rate_with("strict")), ("distances taken for similarities", rate_with("similarity")),
        ("thresholds of one kind only", rate_with("same only")),
        ("thresholds of one kind only", rate_with("different only")),
        ("a threshold that is no distance", rate_with("grid")), ("divided by all pairs", rate_with("all pairs")),
        ("divided by all pairs", rate_with("all pairs, both")),
        ("true accepts for false rejects", rate_with("true accepts")), ("fewest errors", rate_with("fewest")),
        ("sign of the gap", rate_with("signed")), ("one of the two rates", rate_with("far")),
        ("sum instead of mean", rate_with("sum")), ("constant factor", rate_with("percent")),
        ("wrong order", rate_with("order")), ("sorted without same", rate_sorted_alone),
        ("mutated input", rate_sorts_in_place), ("number of results", rate_only)],
    "11-3": [
        ("over the batch", normalised_with("axis 0")), ("one length for all", normalised_with("whole")),
        ("square root forgotten", normalised_with("square")), ("sum of absolute values", normalised_with("absolute")),
        ("error", normalised_with("flat")), ("mutated input", normalised_with("in place")),
        ("projection forgotten", normalised_with("no projection")), ("sign of the projection", normalised_with("plus")),
        ("length forgotten in the backward", normalised_with("no length")), ("x for y", normalised_with("x")),
        ("product instead of scalar product", normalised_with("elementwise")),
        ("scalar product of the whole batch", normalised_with("everything")), ("dtype", normalised_with("double")),
        ("nothing returned", normalised_with("nothing")), ("sign", normalised_with("sign")),
        ("stale state", normalised_global)],
    "11-4": [
        ("distances not squared", triplet_with("plain")),
        ("positive and negative exchanged", triplet_with("exchanged")),
        ("sign of the margin", triplet_with("minus margin")), ("margin forgotten", triplet_with("no margin")),
        ("satisfied triplets counted", triplet_with("no maximum")),
        ("satisfied triplets have a gradient", triplet_with("all active")),
        ("maximum of the mean", triplet_with("late maximum")), ("missing 1/N", triplet_with("sum")),
        ("mean of the active ones", triplet_with("mean of active")),
        ("mean over the features", triplet_with("features")), ("factor 2", triplet_with("no factor")),
        ("one term of the anchor", triplet_with("one term")), ("the negative is pulled", triplet_with("pulled")),
        ("sign", triplet_with("descent")), ("wrong order", triplet_with("order")),
        ("number of results", triplet_with("two")), ("mutated input", triplet_with("spoil"))],
    "11-5": [
        ("hard ones included", mining_with("violating")), ("hard instead of semi-hard", mining_with("hard")),
        ("upper limit forgotten", mining_with("no upper limit")),
        ("satisfied instead of semi-hard", mining_with("easy")), ("sign of the margin", mining_with("minus")),
        ("borders included", mining_with("borders")), ("distances not squared", mining_with("plain")),
        ("positive equal to anchor", mining_with("itself")),
        ("negative of the same person", mining_with("same person")),
        ("positive of another person", mining_with("any positive")), ("each pair only once", mining_with("once")),
        ("measured from the positive", mining_with("from the positive")),
        ("only the first negative", mining_with("break")), ("wrong order", mining_with("columns")),
        ("mutated input", mining_with("spoil")), ("nothing returned", mining_returns_nothing)],
    "11-6": [
        ("running averages moved", step_with("in training")), ("not normalised", step_with("long")),
        ("zero_grad forgotten", step_with("no zero_grad")), ("up the slope", step_with("ascent")),
        ("divided by the batch size again", step_with("mean again")), ("learning rate forgotten", step_with("no lr")),
        ("head not changed", step_with("no step")), ("loss after the step", step_with("later")),
        ("trunk set to zero", step_with("zeroed")), ("nothing returned", step_with("nothing")),
        ("dtype", step_with("double")), ("trunk stepped too", step_through_everything),
        ("the wrong part frozen", step_freezes_the_head), ("gradient in the frozen trunk", step_leaves_gradients),
        ("left in inference mode", step_switches_for_good)],
    "11-7": [
        ("the negative is pulled", as_found), ("the negative is pulled", hunt_with("pulled")),
        ("payments lost", sign_repaired_only), ("payments overwritten", overwritten),
        ("the push repaired in one place", hunt_with("anchor repaired")),
        ("the push repaired in one place", hunt_with("negative repaired")),
        ("satisfied triplets have a gradient", hunt_with("satisfied")),
        ("one term of the anchor", hunt_with("one term")), ("the anchor is left out", hunt_with("no anchor")),
        ("the negative is left out", hunt_with("no negative")), ("factor 2", hunt_with("no factor")),
        ("missing 1/N", hunt_with("sum")), ("sign", hunt_with("ascent")), ("wrong order", hunt_with("order")),
        ("mutated input", hunt_with("spoil"))],
}
