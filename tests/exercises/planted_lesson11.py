"""Answers to the tasks of lesson 11 as learners write them: wrong ones and the names they must get, and right ones."""

from collections import deque
from functools import partial

import numpy as np
from answers import edited

from course_lib import SGD, l2_normalize, predict
from course_lib.layers import inference

# ---- 11-1 a split and its pairs ------------------------------------------------------------------------------


def split(people, count, rng):
    names = np.unique(people)
    chosen = rng.permutation(names)[:count]
    hidden = np.array([person in chosen for person in people])
    train, test = np.where(~hidden)[0], np.where(hidden)[0]
    first, second = [], []
    for i in range(len(test)):
        for j in range(i + 1, len(test)):
            first.append(test[i])
            second.append(test[j])
    first, second = np.array(first, dtype=int), np.array(second, dtype=int)
    same = people[first] == people[second]
    return train, first, second, same


def split_photographs(people, count, rng):
    """The usual random split of a data set: by rows."""
    order = rng.permutation(len(people))
    share = count / len(np.unique(people))
    test, train = np.split(order, [int(share * len(people)) + 2])
    first, second = np.triu_indices(len(test), 1)
    return train, test[first], test[second], people[test[first]] == people[test[second]]


def split_shuffles_people(people, count, rng):
    before = people.copy()
    rng.shuffle(people)
    return split(before, count, rng)


def split_in_lists(people, count, rng):
    """Lists all the way; larger row numbers first, pairs from the last to the first."""
    chosen = set(rng.choice(sorted(set(people.tolist())), size=count, replace=False).tolist())
    train = [row for row, who in reversed(list(enumerate(people))) if who not in chosen]
    test = [row for row, who in enumerate(people) if who in chosen]
    pairs = [(i, j) for i in reversed(test) for j in test if j < i]
    return [train, [i for i, _ in pairs], [j for _, j in pairs], [bool(people[i] == people[j]) for i, j in pairs]]


def split_by_sorting(people, count, rng):
    """Everybody draws a lot; both kinds of pairs one after the other; same as 0 and 1."""
    names, number = np.unique(people, return_inverse=True)
    hidden = (np.argsort(np.argsort(rng.random(len(names)))) < count)[number]
    test = np.nonzero(hidden)[0].astype(np.int32)
    i, j = np.meshgrid(test, test)
    i, j = i[i < j], j[i < j]
    order = np.argsort(people[i] != people[j], kind="stable")
    i, j = i[order], j[order]
    return np.nonzero(~hidden)[0], i, j, np.equal(people[i], people[j]).astype(int)


def split_shuffles_names(people, count, rng):
    names = list(dict.fromkeys(people.tolist()))
    rng.shuffle(names)
    hidden = sum((people == name for name in names[:count]), np.zeros(len(people), bool))
    test = np.flatnonzero(hidden)
    first, second = np.tril_indices(len(test), -1)
    shown = people[test]
    return np.setdiff1d(np.arange(len(people)), test), test[first], test[second], shown[first] == shown[second]


# ---- 11-2 equal error rate -----------------------------------------------------------------------------------

def rate(distances, same):
    right, wrong = distances[same], distances[~same]
    best_gap, best_rate, best_threshold = np.inf, None, None
    for t in sorted(distances):
        far, frr = np.mean(wrong <= t), np.mean(right > t)
        gap = abs(far - frr)
        if gap < best_gap:
            best_gap, best_threshold = gap, t
            best_rate = (far + frr) / 2
    return best_rate, best_threshold


def rate_sorts_in_place(distances, same):
    order = np.argsort(distances)
    distances[:], same[:] = distances[order], same[order]
    return rate(distances, same)


def rate_interpolated(distances, same):
    from course_lib.studies.faces.verification import equal_error_rate
    return equal_error_rate(distances, same)


def rate_by_counting(distances, same):
    """Sorted once, and counted up: pairs of one distance are one step here."""
    order = np.argsort(distances, kind="stable")
    d, s = distances[order], same[order]
    last = np.append(d[1:] != d[:-1], True)
    far, frr = (np.cumsum(~s) / np.sum(~s))[last], (1 - np.cumsum(s) / np.sum(s))[last]
    best = np.argmin(np.abs(far - frr))
    return [np.mean([far[best], frr[best]]), d[last][best]]


rate_by_counting_pairs = edited(rate_by_counting, ("np.append(d[1:] != d[:-1], True)", "np.ones(len(d), dtype=bool)"))


def rate_in_a_table(distances, same):
    t = np.unique(distances)
    far = (distances[~same] <= t[:, None]).mean(axis=1)
    frr = (distances[same] > t[:, None]).mean(axis=1)
    i = abs(far - frr).argmin()
    return np.array([far[i] + frr[i], 2 * t[i]]) / 2


def rate_in_python(distances, same):
    """Plain numbers only: counts, and min over tuples."""
    pairs = list(zip(distances.tolist(), same.tolist()))
    alike = sum(s for _, s in pairs)
    rates = []
    for t in {d for d, _ in pairs}:
        far = sum(d <= t and not s for d, s in pairs) / (len(pairs) - alike)
        frr = 1 - sum(d <= t and s for d, s in pairs) / alike
        rates.append((abs(frr - far), t, far / 2 + frr / 2))
    return min(rates)[2], min(rates)[1]


# ---- 11-3 l2 normalisation -----------------------------------------------------------------------------------

def norm(x):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    y = x / length

    def backward(dy):
        along = np.sum(dy * y, axis=1, keepdims=True)
        return (dy - along * y) / length
    return y, backward


_last = {}


def norm_global(x):
    _last["length"] = np.linalg.norm(x, axis=1, keepdims=True)
    _last["y"] = x / _last["length"]

    def backward(dy):
        y = _last["y"]
        return (dy - y * np.sum(dy * y, axis=1, keepdims=True)) / _last["length"]
    return _last["y"], backward


def norm_by_jacobians(x):
    """The whole matrix (I − y yᵀ) / |x| for each row."""
    length = np.sqrt(np.einsum("nd,nd->n", x, x))
    y = np.einsum("nd,n->nd", x, 1 / length)
    jacobian = (np.eye(x.shape[1]) - y[:, :, np.newaxis] * y[:, np.newaxis, :]) / length[:, np.newaxis, np.newaxis]
    return y, lambda dy: np.einsum("ndk,nk->nd", jacobian, dy)


def norm_row_by_row(x):
    """Loops; a list of rows, and a tuple of one gradient."""
    def backward(dy):
        rows = []
        for row, upstream in zip(x, dy):
            squared = row @ row
            rows.append(upstream / squared ** 0.5 - row * (row @ upstream) / squared ** 1.5)
        return (rows,)
    return [row / np.hypot.reduce(row) for row in x], backward


def norm_in_single_precision(x):
    y, backward = norm(x.astype(np.float32))
    return y, lambda dy: backward(dy.astype(np.float32))


class Norm:
    """A rule as an object, which keeps nothing of its own."""

    def __call__(self, x, eps=1e-12):
        length = np.maximum(np.linalg.norm(x, axis=-1)[:, None], eps)
        y = x / length
        return y, partial(self.back, y, length)

    def back(self, y, length, dy):
        return dy / length - y * ((dy * y) @ np.ones((y.shape[1], 1))) / length


norm_of_a_class = Norm()
norm_of_a_class.__name__ = "norm_of_a_class"


# ---- 11-4 the triplet loss -----------------------------------------------------------------------------------

def margin_loss(a, p, n, margin):
    near, far = np.sum((a - p) ** 2, axis=1), np.sum((a - n) ** 2, axis=1)
    gap = near - far + margin
    active = gap > 0
    loss = np.mean(np.maximum(gap, 0))

    def backward():
        scale = 2 / len(a) * active[:, None]
        da, dp, dn = scale * (n - p), scale * (p - a), scale * (a - n)
        return da, dp, dn
    return loss, backward


def margin_loss_spoils(a, p, n, margin):
    loss, backward = margin_loss(a, p, n, margin)

    def spoiling():
        grads = backward()
        a[:] = n
        return grads
    return loss, spoiling


_kept = {}


def margin_loss_global(a, p, n, margin):
    loss, _kept["backward"] = margin_loss(a, p, n, margin)
    return loss, lambda: _kept["backward"]()


def margin_loss_numerically(a, p, n, margin, h=1e-4):
    def value(a, p, n):
        return np.maximum(((a - p) ** 2 - (a - n) ** 2).sum(axis=1) + margin, 0).mean()

    def backward():
        grads = []
        for k in range(3):
            grad = np.zeros_like(a)
            for i in np.ndindex(a.shape):
                up, down = [a.copy(), p.copy(), n.copy()], [a.copy(), p.copy(), n.copy()]
                up[k][i] += h
                down[k][i] -= h
                grad[i] = (value(*up) - value(*down)) / (2 * h)
            grads.append(grad)
        return tuple(grads)
    return value(a, p, n), backward


def margin_loss_one_by_one(a, p, n, margin):
    """Loops over the triplets; lists of rows."""
    N, total = len(a), 0.0
    grads = [np.zeros(a.shape), np.zeros(a.shape), np.zeros(a.shape)]
    for i in range(N):
        gap = (a[i] - p[i]) @ (a[i] - p[i]) - (a[i] - n[i]) @ (a[i] - n[i]) + margin
        if gap <= 0:
            continue
        total += float(gap) / N
        grads[0][i] = 2 / N * (n[i] - p[i])
        grads[1][i] = -2 / N * (a[i] - p[i])
        grads[2][i] = 2 / N * (a[i] - n[i])
    return total, lambda: [grad.tolist() for grad in grads]


def margin_loss_by_relu(a, p, n, margin):
    """|a − p|² − |a − n|² = (n − p)·(2a − p − n); the slope by np.where."""
    gap = np.einsum("nd,nd->n", n - p, 2 * a - p - n) + margin

    def backward(each=2 / a.shape[0]):
        slope = np.where(gap > 0, each, 0)[:, np.newaxis]
        up, un = slope * (a - p), slope * (a - n)
        return up - un, -up, un
    return np.clip(gap, 0, None).sum() / gap.size, backward


def margin_loss_in_single_precision(a, p, n, margin):
    loss, backward = margin_loss(*(v.astype(np.float32) for v in (a, p, n)), margin)
    return np.float32(loss), lambda: [grad.astype(np.float32) for grad in backward()]


# ---- 11-5 semi-hard triplets ---------------------------------------------------------------------------------

def mining(y, people, margin):
    found = []
    for a in range(len(y)):
        for p in range(len(y)):
            if people[p] != people[a] or a == p:
                continue
            near = np.sum((y[a] - y[p]) ** 2)
            for n in range(len(y)):
                if people[n] == people[a]:
                    continue
                far = np.sum((y[a] - y[n]) ** 2)
                if near < far < near + margin:
                    found.append((a, p, n))
    return found


def mining_spoils(y, people, margin):
    found = mining(y, people, margin)
    y *= 0
    return found


def mining_returns_nothing(y, people, margin):
    mining(y, people, margin)


def mining_in_columns(y, people, margin):
    return np.array(mining(y, people, margin)).T


def mining_in_a_cube(y, people, margin):
    """All (a, p, n) at once, in another order; distances from one matrix product."""
    squares = (y * y).sum(axis=1)
    d = squares[:, None] + squares - 2 * y @ y.T
    same, near, far = np.equal.outer(people, people), d[:, :, None], d[:, None, :]
    inside = (near < far) & (far < near + margin) & same[:, :, None] & ~same[:, None, :]
    inside[np.arange(len(y)), np.arange(len(y))] = False
    return np.argwhere(inside.transpose(2, 1, 0))[:, ::-1]


def mining_a_set(y, people, margin):
    rows = range(len(y))
    d = {(i, j): float(np.dot(y[i] - y[j], y[i] - y[j])) for i in rows for j in rows}
    return {(a, p, n) for a in rows for p in rows for n in rows
            if a != p and people[a] == people[p] != people[n] and 0 < d[a, n] - d[a, p] < margin}


def mining_backwards(y, people, margin):
    """Lists of whole numbers as floats, from the last triplet to the first."""
    found = deque()
    for a, who in enumerate(people):
        length = np.linalg.norm(y - y[a], axis=1) ** 2
        for p in np.where(people == who)[0]:
            others = np.where(people != who)[0]
            keep = (length[others] > length[p]) * (length[others] < margin + length[p]) * (p != a)
            for n in others[keep]:
                found.appendleft([float(a), float(p), float(n)])
    return list(found)


# ---- 11-6 a frozen trunk -------------------------------------------------------------------------------------

def step(trunk, head, loss, x, people, lr):
    phi = predict(trunk, x)
    phi, _ = l2_normalize(phi)
    optimizer = SGD(head.params, lr=lr)
    y, backward = head(phi)
    value, loss_backward = loss(y, people)
    optimizer.zero_grad()
    backward(loss_backward())
    optimizer.step()
    return value


def step_through_everything(trunk, head, loss, x, people, lr):
    """One network of both parts, as in stage one."""
    with inference(trunk):
        phi, trunk_backward = trunk(x)
        unit, normalise_backward = l2_normalize(phi)
        y, head_backward = head(unit)
        value, loss_backward = loss(y, people)
        params = trunk.params + head.params
        for p in head.params:
            p.grad = None
        trunk_backward(normalise_backward(head_backward(loss_backward())))
    SGD(params, lr=lr).step()
    return value


def step_switches(trunk, head, loss, x, people, lr):
    for layer in trunk.walk():
        layer.training = False
    value = step(trunk, head, loss, x, people, lr)
    for layer in trunk.walk():
        layer.training = True
    return value


def step_with_a_loss_of_its_own(trunk, head, loss, x, people, lr):
    from course_lib.studies.faces.triplets import mined_triplet_loss
    own = partial(mined_triplet_loss, kind="hard", margin=2.0, rng=np.random.default_rng(0))
    return step(trunk, head, own, x, people, lr)


_descriptors = {}


def step_with_kept_descriptors(trunk, head, loss, x, people, lr):
    """The trunk does not change: its descriptors are kept, by the trunk and the shape of x."""
    if _descriptors.get("of") is not trunk or _descriptors["phi"].shape[:1] != x.shape[:1]:
        _descriptors.update(of=trunk, phi=predict(trunk, x))
    return edited(step, ("predict(trunk, x)", "_descriptors['phi']"))(trunk, head, loss, x, people, lr)


def step_of_a_dense_head(trunk, head, loss, x, people, lr):
    """Changes W and b alone, whatever the head consists of."""
    before = [p.data.copy() for p in head.params]
    value = step(trunk, head, loss, x, people, lr)
    for p, old in list(zip(head.params, before))[2:]:
        p.data = old
    return value


def step_by_hand(trunk, head, loss, x, people, lr):
    """The trunk switched and restored by hand; parameters changed in place; gradients set to zeros."""
    parts = list(trunk.walk())
    modes = [part.training for part in parts]
    for part in parts:
        part.training = False
    phi = trunk(x)[0]
    for part, mode in zip(parts, modes):
        part.training = mode
    y, backward = head(phi / np.linalg.norm(phi, axis=1)[:, None])
    for p in head.params:
        p.grad = np.zeros_like(p.data)
    value, loss_backward = loss(y, people)
    backward(loss_backward())
    for p in head.params:
        p.data -= lr * p.grad
    return float(value)


def step_by_differences(trunk, head, loss, x, people, lr):
    """The old gradients are taken off again instead of cleared."""
    old = [0 if p.grad is None else p.grad.copy() for p in head.params]
    y, backward = head(l2_normalize(predict(trunk, x))[0])
    value, loss_backward = loss(y, people)
    backward(loss_backward(), input_grad=False)
    for p, kept in zip(head.params, old):
        p.data = p.data + lr * (kept - p.grad)
    return np.array(value)


# ---- 11-7 bug hunt -------------------------------------------------------------------------------------------

def hunt(phi, W, triplets, margin):
    y, dy = phi @ W, np.zeros((len(phi), W.shape[1]))
    gaps, count = [], len(triplets)
    for a, p, n in triplets:
        pull, push = y[a] - y[p], y[a] - y[n]
        gap = (pull ** 2).sum() - (push ** 2).sum() + margin
        gaps.append(max(gap, 0))
        if gap <= 0:
            continue
        scale = 2 / count
        dy[a] += scale * (pull - push)
        dy[p] -= scale * pull
        dy[n] += scale * push
    loss = np.mean(gaps)
    return loss, phi.T @ dy


def hunt_spoils(phi, W, triplets, margin):
    result = hunt(phi, W, triplets, margin)
    W *= 0
    return result


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


sign_repaired_only = edited(as_found, ("y[n] - y[a]", "y[a] - y[n]"))
anchors_added = edited(as_found, ("y[n] - y[a]", "y[a] - y[n]"),
                       ("dy[a] += scale * (pull - push)", "np.add.at(dy, a, scale * (pull - push))"))


def hunt_by_a_matrix(phi, W, triplets, margin):
    """Row numbers as a matrix of zeros and ones: its transpose adds the payments."""
    y = phi @ W
    A, P, N = (np.eye(len(phi))[rows] for rows in triplets.T)
    pull, push = (A - P) @ y, (A - N) @ y
    gap = np.sum(pull * pull - push * push, axis=1) + margin
    active = (gap > 0) * 2 / len(gap)
    dy = (A - P).T @ (active[:, None] * pull) - (A - N).T @ (active[:, None] * push)
    return np.maximum(0, gap).mean(), np.dot(phi.T, dy)


def hunt_by_bincount(phi, W, triplets, margin):
    y = phi @ W
    pull, push = (y[triplets[:, 0]] - y[triplets[:, k]] for k in (1, 2))
    gap = (pull ** 2).sum(1) - (push ** 2).sum(1) + margin
    on = 2 / len(triplets) * (gap > 0)[:, None]
    paid = np.concatenate([on * (pull - push), -on * pull, on * push])
    rows = np.concatenate(list(triplets.T))
    dy = np.stack([np.bincount(rows, weights=column, minlength=len(phi)) for column in paid.T], axis=1)
    return [gap.clip(0).mean(), phi.T @ dy]


# ---- what must be said ---------------------------------------------------------------------------------------

# ---- 11-8 a calibrated threshold -----------------------------------------------------------------------------

def calibrating(distances, same, most, new_distances, new_same):
    wrong = np.sort(distances[np.logical_not(same)])
    allowed = [t for t in distances if np.mean(wrong <= t) <= most]
    best = max(allowed) if allowed else 0
    accepted = new_distances <= best
    return best, np.mean(accepted[~new_same]), np.mean(~accepted[new_same])


def calibrating_by_rank(distances, same, most, new_distances, new_same):
    """The first false accept that is too much; below it the largest distance of any pair."""
    others = sorted(distances[~same].tolist())
    many = int(most * len(others))
    below = [d for d in distances.tolist() if many == len(others) or d < others[many]]
    t = max(below, default=0.0)
    far = sum(d <= t for d, s in zip(new_distances, new_same) if not s) / np.sum(~new_same)
    frr = sum(d > t for d, s in zip(new_distances, new_same) if s) / np.sum(new_same)
    return [t, far, frr]


def calibrating_in_a_table(distances, same, most, new_distances, new_same):
    t = np.append(0, np.unique(distances))
    far = (distances[~same] <= t[:, None]).mean(axis=1)
    far[0] = 0
    best = t[np.flatnonzero(far <= most)[-1]]
    return np.array([best, (new_distances[~new_same] <= best).mean(), 1 - (new_distances[new_same] <= best).mean()])


def calibrating_spoils(distances, same, most, new_distances, new_same):
    found = calibrating(distances, same, most, new_distances, new_same)
    new_distances.sort()
    return found


# ---- 11-9 an interval whose units are people -----------------------------------------------------------------

def by_person(wrong, first, second, t):
    names = set(first.tolist()) | set(second.tolist())
    n, rate = len(names), wrong.sum() / len(wrong)
    values = np.array([n * rate - (n - 1) * np.mean([w for w, a, b in zip(wrong, first, second) if name not in (a, b)])
                       for name in names])
    return rate, t * np.sqrt(values.var(ddof=1) / n)


def by_person_directly(wrong, first, second, t):
    """The jackknife as books have it: (n − 1) / n times the squares of the shares without one."""
    names = np.unique(np.concatenate([first, second]))
    without = np.array([wrong[~((first == name) | (second == name))].mean() for name in names])
    n = len(names)
    return np.array([wrong.mean(), t * np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2))])


def by_person_counting(wrong, first, second, t):
    """Errors and pairs of each person are counted once and taken off."""
    names, number = np.unique(np.stack([first, second]), return_inverse=True)
    a, b = number.reshape(2, -1)
    n, errors, pairs = len(names), np.zeros(len(names)), np.zeros(len(names))
    for i, j, w in zip(a, b, wrong):
        for k in {i, j}:
            errors[k], pairs[k] = errors[k] + w, pairs[k] + 1
    share = wrong.mean()
    pseudo = n * share - (n - 1) * (wrong.sum() - errors) / (len(wrong) - pairs)
    return float(share), float(t * pseudo.std(ddof=1) / n ** 0.5)


def by_person_spoils(wrong, first, second, t):
    found = by_person(wrong, first, second, t)
    wrong[:] = False
    return found


PLANTED = {
    "11-1": [
        ("a person on both sides", split_photographs),
        ("photographs on both sides",
         edited(split, ("train, test = np.where(~hidden)[0]", "train, test = np.arange(len(people))"))),
        ("sides exchanged", edited(split, ("person in chosen", "person not in chosen"))),
        ("number of unseen people",
         edited(split, ("rng.permutation(names)[:count]", "rng.choice(people, 4 * count)[:count + 1]"))),
        ("number of unseen people", edited(split, ("rng.permutation(names)[:count]", "rng.choice(names, count)"))),
        ("number of unseen people", edited(split, ("[:count]", "[:2]"))),
        ("photographs left out", edited(split, ("return train", "return train[::2]"))),
        ("photographs left out",
         edited(split, ("return train", "return train[np.unique(people[train], return_index=True)[1]]"))),
        ("photographs twice", edited(split, ("return train", "return np.append(train, train[-1])"))),
        ("pairs counted twice", edited(split, ("range(i + 1, len(test))", "[j for j in range(len(test)) if j != i]"))),
        ("paired with itself", edited(split, ("range(i + 1", "range(i"))),
        ("one kind of pair", edited(split, ("range(i + 1, len(test))", "[j for j in range(i + 1, len(test)) "
                                            "if people[test[i]] == people[test[j]]]"))),
        ("pairs missing", edited(split, ("range(i + 1, len(test))", "range(i + 1, min(i + 4, len(test)))"))),
        ("rows of the test set", edited(split, ("append(test[i])", "append(i)"), ("append(test[j])", "append(j)"))),
        ("same the wrong way round",
         edited(split, ("people[first] == people[second]", "people[first] != people[second]"))),
        ("same is wrong", edited(split, ("people[first] == people[second]", "first == second"))),
        ("same is wrong", edited(split, ("people[first] == people[second]", "people[first] == people[first[0]]"))),
        ("not drawn", edited(split, ("rng.permutation(names)[:count]", "names[:count]"))),
        ("not drawn", edited(split, ("rng.permutation(names)", "np.random.default_rng(0).permutation(names)"))),
        ("not reproducible", edited(split, ("rng.permutation(names)", "np.random.default_rng().permutation(names)"))),
        ("not reproducible", edited(split, ("rng.permutation(names)", "np.random.permutation(names)"))),
        ("not every choice is possible", edited(split, ("rng.permutation(names)[:count]",
                                                        "names[rng.integers(len(names) - count + 1):][:count]"))),
        ("not every choice is possible", edited(split, ("rng.permutation(names)", "rng.permutation(names[1:])"))),
        ("drawn by photographs",
         edited(split, ("rng.permutation(names)", "list(dict.fromkeys(rng.permutation(people)))"))),
        *(("different chances", edited(
            split, ("rng.permutation(names)[:count]", f"rng.choice(names, count, False, p=({p}) / ({p}).sum())")))
          for p in ("np.arange(len(names)) + 1", "np.append(3, np.ones(len(names) - 1))")),
        ("error", edited(split, ("np.unique(people)", "np.flatnonzero(np.bincount(people))"))),
        ("number of unseen people", edited(split, ("    names", "    everybody, people = people, abs(people); names"),
                                           ("    return", "    people = everybody\n    return"))),
        ("no array", edited(split, ("return train", "return set(train.tolist())"))),
        ("mask instead of rows", edited(split, ("return train", "return ~hidden"))),
        ("people instead of rows", edited(split, ("return train", "return np.setdiff1d(names, chosen)"))),
        ("number of results", edited(split, ("return train, ", "return "))),
        ("mutated input", split_shuffles_people)],
    "11-2": [
        ("< for <=", edited(rate, ("wrong <= t", "wrong < t"), ("right > t", "right >= t"))),
        ("< for <=",
         edited(rate, ("wrong <= t", "wrong < t"))), ("< for <=", edited(rate, ("right > t", "right >= t"))),
        ("< for <=", edited(rate_in_a_table, ("distances[~same] <= t", "distances[~same] < t"),
                            ("distances[same] > t", "distances[same] >= t"))),
        ("distances taken for similarities", edited(rate, ("wrong <= t", "wrong >= t"), ("right > t", "right < t"))),
        ("thresholds of one kind only", edited(rate, ("sorted(distances)", "sorted(right)"))),
        ("thresholds of one kind only", edited(rate, ("sorted(distances)", "sorted(wrong)"))),
        ("a threshold that is no distance", edited(rate, (
            "sorted(distances)", "np.linspace(distances.min() - 0.01, distances.max() + 0.02, 37)"))),
        ("a threshold that is no distance", rate_interpolated),
        ("values", edited(rate, ("gap < best_gap", "gap < best_gap - 0.01"))),
        ("a threshold that is no distance", edited(
            rate, ("    right, wrong", "    distances = np.round(distances, 2)\n    right, wrong"))),
        ("values", edited(rate, ("sorted(distances)", "sorted(distances)[::max(1, len(same) // 50)]"))),
        ("kinds exchanged", edited(rate, ("right, wrong =", "wrong, right ="))),
        ("divided by all pairs", edited(rate, ("np.mean(wrong <= t)", "np.sum(wrong <= t) / len(distances)"))),
        ("divided by all pairs", edited(rate, ("np.mean(right > t)", "np.sum(right > t) / len(distances)"))),
        ("divided by all pairs", edited(rate, ("np.mean(wrong <= t)", "np.mean((distances <= t) & ~same)"),
                                        ("np.mean(right > t)", "np.mean((distances > t) & same)"))),
        ("divided by the other kind", edited(rate, ("np.mean(wrong <= t)", "np.sum(wrong <= t) / len(right)"),
                                             ("np.mean(right > t)", "np.sum(right > t) / len(wrong)"))),
        ("divided by what was accepted", edited(rate, ("np.mean(wrong <= t)", "np.mean(~same[distances <= t])"))),
        ("true accepts for false rejects", edited(rate, ("right > t", "right <= t"))),
        ("fewest errors", edited(rate, ("abs(far - frr)", "far + frr"))),
        ("sign of the gap", edited(rate, ("abs(far - frr)", "far - frr"))),
        ("sign of the gap", edited(rate, ("abs(far - frr)", "frr - far"))),
        ("not the smallest of several", edited(rate, ("gap < best", "gap <= best"))),
        ("not the smallest of several", edited(rate, ("sorted(distances)", "list(distances)"))),
        ("one of the two rates", edited(rate, ("(far + frr) / 2", "far"))),
        ("one of the two rates", edited(rate, ("(far + frr) / 2", "min(frr, far)"))),
        ("sum instead of mean", edited(rate, ("(far + frr) / 2", "far + frr"))),
        ("constant factor", edited(rate, ("(far + frr) / 2", "(far + frr) * 50"))),
        ("wrong order", edited(rate, ("return best_rate, best_threshold", "return best_threshold, best_rate"))),
        ("sorted without same", edited(rate, ("right, wrong =", "distances = np.sort(distances)\n    right, wrong ="))),
        ("equal distances one by one", rate_by_counting_pairs), ("mutated input", rate_sorts_in_place),
        ("error", edited(rate, ("np.inf", "1"), ("best_rate, best_threshold\n", "float(best_rate), best_threshold\n"))),
        ("number of results", edited(rate, ("return best_rate, best_threshold", "return best_rate")))],
    "11-3": [
        ("over the batch", edited(norm, ("norm(x, axis=1", "norm(x, axis=0"))),
        ("over the batch", edited(norm, ("norm(x, axis=1", "norm(x, axis=0"), ("dy * y, axis=1", "dy * y, axis=0"))),
        ("one length for all", edited(norm, ("norm(x, axis=1, keepdims=True)", "norm(x)"))),
        ("square root forgotten", edited(norm, ("np.linalg.norm(x, axis=1", "np.sum(x ** 2, axis=1"))),
        ("sum of absolute values", edited(norm, ("norm(x, axis=1", "norm(x, ord=1, axis=1"))),
        ("mean for sum", edited(norm, ("np.linalg.norm(x, axis=1, keepdims=True)",
                                       "np.sqrt(np.mean(x ** 2, axis=1, keepdims=True))"))),
        ("mean for sum", edited(norm, ("np.sum(", "np.mean("))),
        ("error", edited(norm, ("norm(x, axis=1, keepdims=True)", "norm(x, axis=1)"))),
        ("mutated input", edited(norm, ("y = x / length", "x /= length\n    y = x"))),
        ("mutated input",
         edited(norm, ("return (dy - along * y) / length", "dy -= along * y\n        return dy / length"))),
        ("projection forgotten", edited(norm, ("dy - along * y", "dy"))),
        ("sign of the projection", edited(norm, ("dy - along * y", "dy + along * y"))),
        ("sign of the projection", edited(norm, ("dy - along * y", "along * y"))),
        ("length forgotten in the backward", edited(norm, ("(dy - along * y) / length", "dy - along * y"))),
        ("one length is missing", edited(norm, ("(dy - along * y) / length", "dy / length - along * y"))),
        ("one length is missing", edited(norm, ("dy * y", "dy * x"))),
        ("one length is missing", edited(norm, ("along * y", "along * x"))),
        ("one length is missing", edited(norm, ("(dy - along * y) / length", "dy - along * y / length"))),
        ("values", edited(norm, ("    y = x", "    length = np.maximum(length, 0.1)\n    y = x"))),
        ("x for y", edited(norm, ("dy * y", "dy * x"), ("along * y", "along * x"))),
        ("product instead of scalar product", edited(norm, ("np.sum(dy * y, axis=1, keepdims=True)", "dy * y"))),
        ("scalar product of the whole batch", edited(norm, ("dy * y, axis=1, keepdims=True", "dy * y"))),
        ("scalar product over the batch", edited(norm, ("dy * y, axis=1", "dy * y, axis=0"))),
        ("multiplied by the length", edited(norm, ("along * y) / length", "along * y) * length"))),
        ("dy not used", edited(norm, ("(dy - along * y)", "(1 - y ** 2)"))),
        ("nothing returned", edited(norm, ("return (dy", "(dy"))),
        ("sign", edited(norm, ("dy - along * y", "along * y - dy"))),
        ("no backward", edited(norm, ("return y, backward", "return y"))),
        ("stale state", norm_global)],
    "11-4": [
        ("distances not squared", edited(margin_loss, ("gap = near - far", "gap = np.sqrt(near) - np.sqrt(far)"))),
        ("positive and negative exchanged", edited(margin_loss, ("near, far = ", "p, n = n, p\n    near, far = "))),
        ("positive and negative exchanged", edited(margin_loss, ("near, far =", "far, near ="))),
        ("sign of the margin", edited(margin_loss, ("far + margin", "far - margin"))),
        ("margin forgotten", edited(margin_loss, ("far + margin", "far"))),
        ("satisfied triplets counted", edited(margin_loss, ("np.maximum(gap, 0)", "gap"))),
        ("satisfied triplets counted",
         edited(margin_loss, ("np.maximum(gap, 0)", "gap"), ("gap > 0", "np.ones(len(a))"))),
        ("satisfied triplets have a gradient", edited(margin_loss, (" * active[:, None]", ""))),
        ("zero", edited(margin_loss, ("gap > 0", "gap > 1e-6"))),
        ("values", edited(margin_loss, ("far + margin", "far + (margin or 0.2)"))),
        ("values", edited(margin_loss, ("far + margin", "far + abs(margin)"))),
        ("a gradient where the maximum is 0", edited(margin_loss, ("gap > 0", "gap >= 0"))),
        ("maximum of the mean", edited(margin_loss, ("np.mean(np.maximum(gap, 0))", "max(np.mean(gap), 0)"))),
        ("missing 1/N", edited(margin_loss, ("np.mean(np.max", "np.sum(np.max"), ("2 / len(a)", "2"))),
        ("mean of the active ones",
         edited(margin_loss, ("np.mean(np.maximum(gap, 0))", "gap[active].mean() if active.any() else 0"),
                                           ("2 / len(a)", "2 / max(active.sum(), 1)"))),
        ("mean over the features",
         edited(margin_loss, ("np.sum((a - p)", "np.mean((a - p)"), ("np.sum((a - n)", "np.mean((a - n)"))),
        ("sum of all entries", edited(margin_loss, (
            "np.sum((a - p) ** 2, axis=1), np.sum((a - n) ** 2, axis=1)",
            "np.full(len(a), np.sum((a - p) ** 2)), np.full(len(a), np.sum((a - n) ** 2))"))),
        ("factor 2", edited(margin_loss, ("2 / len(a)", "1 / len(a)"))),
        ("one term of the anchor", edited(margin_loss, ("scale * (n - p)", "scale * (a - p)"))),
        ("the negative is pulled", edited(margin_loss, ("scale * (a - n)", "-scale * (a - n)"))),
        ("the positive is pushed", edited(margin_loss, ("scale * (p - a)", "-scale * (p - a)"))),
        ("sign", edited(margin_loss, ("scale = 2", "scale = -2"))),
        ("divided by the features too", edited(margin_loss, ("2 / len(a)", "2 / a.size"))),
        ("wrong order", edited(margin_loss, ("return da, dp, dn", "return dp, da, dn"))),
        ("number of results", edited(margin_loss, ("return da, dp, dn", "return dp, dn"))),
        ("mutated input", margin_loss_spoils), ("stale state", margin_loss_global),
        ("values", margin_loss_numerically)],
    "11-5": [
        ("hard ones included", edited(mining, ("near < far < near + margin", "far < near + margin"))),
        ("hard instead of semi-hard", edited(mining, ("near < far < near + margin", "far < near"))),
        ("upper limit forgotten", edited(mining, ("near < far < near + margin", "far > near"))),
        ("satisfied instead of semi-hard", edited(mining, ("near < far < near + margin", "far > near + margin"))),
        ("sign of the margin", edited(mining, ("near < far < near + margin", "near - margin < far < near"))),
        ("borders included", edited(mining, ("near < far < near + margin", "near <= far <= near + margin"))),
        ("borders included", edited(mining, ("near < far <", "near <= far <"))),
        ("borders included", edited(mining, ("far < near + margin", "far <= near + margin"))),
        ("shape", edited(mining, ("near < far <", "near + 1e-6 < far <"))),
        ("borders included", edited(mining, ("far < near + margin", "far < near + margin + 1e-6"))),
        ("borders included", edited(mining, ("near < far <", "near - 1e-6 < far <"))),
        ("shape", edited(mining, ("return found", "return found[:50]"))),
        ("shape", edited(mining, ("    found = []", "    y, people, found = y[:20], people[:20], []"))),
        ("shape", edited(mining, ("    found = []", "    people, found = abs(people), []"))),
        ("shape", edited(mining, ("    found = []", "    people, found = people.astype(np.uint8), []"))),
        ("distances not squared", edited(mining, ("np.sum((y[a] - y[p]) ** 2)", "np.linalg.norm(y[a] - y[p])"),
                                         ("np.sum((y[a] - y[n]) ** 2)", "np.linalg.norm(y[a] - y[n])"))),
        ("mean over the features", edited(mining, ("np.sum((y[a] - y[p])", "np.mean((y[a] - y[p])"),
                                          ("np.sum((y[a] - y[n])", "np.mean((y[a] - y[n])"))),
        ("unit rows taken for granted", edited(mining, ("np.sum((y[a] - y[p]) ** 2)", "2 - 2 * y[a] @ y[p]"),
                                               ("np.sum((y[a] - y[n]) ** 2)", "2 - 2 * y[a] @ y[n]"))),
        ("positive equal to anchor", edited(mining, (" or a == p", ""))),
        ("negative of the same person", edited(mining, ("people[n] == people[a]", "n == a or n == p"))),
        ("positive of another person", edited(mining, ("people[p] != people[a] or a", "a"))),
        ("each pair only once", edited(mining, ("for p in range(len(y))", "for p in range(a + 1, len(y))"))),
        ("measured from the positive", edited(mining, ("(y[a] - y[n])", "(y[p] - y[n])"))),
        ("measured from the positive", edited(mining, ("(a, p, n)", "(p, a, n)"))),
        ("only one negative",
         edited(mining, ("found.append((a, p, n))", "found.append((a, p, n))\n                    break"))),
        ("wrong order", edited(mining, ("(a, p, n)", "(a, n, p)"))),
        ("wrong order", edited(mining, ("(a, p, n)", "(n, p, a)"))),
        ("triplets twice", edited(mining, ("found.append((a, p, n))", "found.extend([(a, p, n), (a, p, n)])"))),
        ("not triplets", edited(mining, ("append((a, p, n))", "append(n)"))), ("not triplets", mining_in_columns),
        ("mutated input", mining_spoils), ("nothing returned", mining_returns_nothing)],
    "11-6": [
        ("running averages moved", edited(step, ("predict(trunk, x)", "trunk(x)[0]"))),
        ("not normalised", edited(step, ("    phi, _ = l2_normalize(phi)\n", ""))),
        ("zero_grad forgotten", edited(step, ("    optimizer.zero_grad()\n", ""))),
        ("up the slope",
         edited(step_by_hand, ("p.data -= lr", "p.data += lr"))),
        ("learning rate forgotten", edited(step, ("lr=lr", "lr=1.0"))),
        ("divided by the batch size again", edited(step, ("lr=lr", "lr=lr / len(x)"))),
        ("the head in inference mode",
         edited(step, ("y, backward = head(phi)", "with inference(head):\n        y, backward = head(phi)"))),
        ("gradients clipped", edited(step_by_hand, ("lr * p.grad", "lr * p.grad.clip(-1, 1)"))),
        ("stale state", step_with_kept_descriptors), ("head not changed", edited(step, ("    optimizer.step()\n", ""))),
        ("loss after the step", edited(step, ("return value", "return loss(head(phi)[0], people)[0]"))),
        ("step for parameters",
         edited(step, ("    optimizer.step()\n", "    for p in head.params:\n        p.data = -lr * p.grad\n"))),
        ("trunk set to zero",
         edited(step, ("return value", "for p in trunk.params:\n        p.data = 0 * p.data\n    return value"))),
        ("nothing returned", edited(step, ("return value", "return None"))),
        ("trunk stepped too", step_through_everything),
        ("trunk stepped too", edited(step_through_everything, ("with inference(trunk):", "if True:"))),
        ("the wrong part frozen", edited(step_through_everything, ("trunk.params + head.params", "trunk.params"))),
        ("gradient in the frozen trunk",
         edited(step_through_everything, ("trunk.params + head.params", "head.params"))),
        ("mode not restored", step_switches),
        ("mode not restored", edited(step_switches, ("layer.training = True", "layer.training = False"))),
        ("values", step_with_a_loss_of_its_own), ("values", step_of_a_dense_head),
        ("error", edited(step, ("optimizer.zero_grad()", "[p.grad.fill(0) for p in head.params]")))],
    "11-7": [
        ("the negative is pulled", as_found),
        ("the negative is pulled", edited(hunt, ("y[a] - y[n]", "y[n] - y[a]"))),
        ("payments lost", sign_repaired_only), ("payments lost", anchors_added),
        ("payments overwritten",
         edited(as_found, ("y[n] - y[a]", "y[a] - y[n]"), ("dy[a] +=", "dy[a] ="), ("dy[p] -=", "dy[p] = -"),
                                        ("dy[n] +=", "dy[n] ="))),
        ("the push repaired in one place", edited(hunt, ("+= scale * push", "-= scale * push"))),
        ("the push repaired in one place", edited(hunt, ("pull - push", "pull + push"))),
        ("a gradient where the maximum is 0", edited(hunt, ("if gap <= 0", "if gap < 0"))),
        ("satisfied triplets have a gradient", edited(hunt, ("if gap <= 0", "if gap <= -np.inf"))),
        ("one term of the anchor", edited(hunt, ("pull - push", "pull"))),
        ("one term of the anchor", edited(hunt, ("        dy[a] += scale * (pull - push)\n", ""))),
        ("the negative is left out", edited(hunt, ("        dy[n] += scale * push\n", ""))),
        ("factor 2", edited(hunt, ("2 / count", "1 / count"))), ("missing 1/N", edited(hunt, ("2 / count", "2"))),
        ("sign", edited(hunt, ("phi.T @ dy", "-phi.T @ dy"))),
        ("wrong order", edited(hunt, ("return loss, phi.T @ dy", "return phi.T @ dy, loss"))),
        ("mutated input", hunt_spoils)],
    "11-8": [
        ("calibrated on those who are judged", edited(
            calibrating, ("    wrong", "    distances, same = new_distances, new_same\n    wrong"))),
        ("judged on those it was calibrated on", edited(
            calibrating, ("    accepted", "    new_distances, new_same = distances, same\n    accepted"))),
        ("false rejects limited", edited(calibrating, ("np.logical_not(same)", "same"))),
        ("divided by all pairs", edited(calibrating, ("np.mean(wrong <= t)", "np.sum(wrong <= t) / len(distances)"))),
        ("divided by all pairs", edited(calibrating, ("np.mean(accepted[~new_same])",
                                                      "np.sum(accepted[~new_same]) / len(new_same)"))),
        ("the strictest threshold", edited(calibrating, ("max(allowed)", "min(allowed)"))),
        ("one too many", edited(calibrating_by_rank, ("d < others", "d <= others"))),
        ("below the limit", edited(calibrating, ("<= most", "< most"))),
        ("one too many", edited(calibrating, ("wrong <= t", "wrong < t"))),
        ("< for <=", edited(calibrating, ("new_distances <= best", "new_distances < best"))),
        ("thresholds of one kind only", edited(calibrating, ("for t in distances", "for t in wrong"))),
        ("thresholds of one kind only", edited(calibrating, ("for t in distances", "for t in distances[same]"))),
        ("true accepts for false rejects", edited(calibrating, ("~accepted[new_same]", "accepted[new_same]"))),
        ("errors exchanged", edited(calibrating, ("np.mean(accepted[~new_same]), np.mean(~accepted[new_same])",
                                                  "np.mean(~accepted[new_same]), np.mean(accepted[~new_same])"))),
        ("no distance keeps to the limit", edited(calibrating, ("else 0", "else min(distances)"))),
        ("error", edited(calibrating, (" if allowed else 0", ""))),
        ("number of results", edited(calibrating, ("return best, ", "return "))),
        ("mutated input", calibrating_spoils)],
    "11-9": [
        ("one of the two people", edited(by_person, ("name not in (a, b)", "name != a"))),
        ("one of the two people", edited(by_person, ("name not in (a, b)", "name != a or name != b"))),
        ("somebody forgotten", edited(by_person, (" | set(second.tolist())", ""))),
        ("the person instead of the others", edited(by_person, ("name not in", "name in"))),
        ("the person instead of the others", edited(by_person, ("n * rate - (n - 1) * ", ""), ("not in", "in"))),
        ("no pseudo-values", edited(by_person, ("n * rate - (n - 1) * ", ""))),
        ("n for n − 1", edited(by_person, ("(n - 1) *", "n *"))),
        ("deviation of a population", edited(by_person, ("ddof=1", "ddof=0"))),
        ("root of n forgotten", edited(by_person, ("ddof=1) / n)", "ddof=1))"))),
        ("n for its root", edited(by_person, ("np.sqrt(values.var(ddof=1) / n)", "values.std(ddof=1) / n"))),
        ("divided by the pairs", edited(by_person, ("ddof=1) / n)", "ddof=1) / len(wrong))"))),
        ("variance for deviation", edited(by_person, ("np.sqrt(values.var(ddof=1) / n)",
                                                      "values.var(ddof=1) / np.sqrt(n)"))),
        ("Student's factor forgotten", edited(by_person, ("t * np.sqrt", "np.sqrt"))),
        ("whole width", edited(by_person, ("t * np.sqrt", "2 * t * np.sqrt"))),
        ("wrong order", edited(by_person, ("return rate, t * np.sqrt(values.var(ddof=1) / n)",
                                           "return t * np.sqrt(values.var(ddof=1) / n), rate"))),
        ("mutated input", by_person_spoils)],
}

RIGHT = {
    "11-1": [split, split_in_lists, split_by_sorting, split_shuffles_names],
    "11-2": [rate, rate_by_counting, rate_in_a_table, rate_in_python],
    "11-3": [norm, norm_by_jacobians, norm_row_by_row, norm_in_single_precision, norm_of_a_class],
    "11-4": [margin_loss, margin_loss_one_by_one, margin_loss_by_relu, margin_loss_in_single_precision],
    "11-5": [mining, mining_in_a_cube, mining_a_set, mining_backwards],
    "11-6": [step, step_by_hand, step_by_differences],
    "11-7": [hunt, hunt_by_a_matrix, hunt_by_bincount],
    "11-8": [calibrating, calibrating_by_rank, calibrating_in_a_table],
    "11-9": [by_person, by_person_directly, by_person_counting],
}
