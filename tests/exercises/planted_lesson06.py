"""Answers to the tasks of lesson 06: wrong ones with the name each must be called by, and unusual right ones."""

import functools

import numpy as np
from answers import edited

# ---- 06-1 momentum -------------------------------------------------------------------------------------------


def ball(p, g, v, lr, momentum, nesterov):
    velocity = momentum * v + g
    if nesterov:
        return p - lr * (g + momentum * velocity), velocity
    return p - lr * velocity, velocity


def momentum_with_rate_inside(p, g, v, lr, momentum, nesterov):
    v = momentum * v - lr * g
    if nesterov:
        return p + momentum * v - lr * g, v
    return p + v, v


def momentum_uses_the_last_velocity(p, g, v, lr, momentum, nesterov):
    step = g + momentum * v if nesterov else v
    return p - lr * step, momentum * v + g


def momentum_changes_v(p, g, v, lr, momentum, nesterov):
    v *= momentum
    v += g
    step = g + momentum * v if nesterov else v
    return p - lr * step, v.copy()


def momentum_without_a_past(p, g, v, lr, momentum, nesterov):
    v = momentum * v + g if v.any() else g
    return p - lr * (g + momentum * v if nesterov else v), v


def momentum_that_stands_still(p, g, v, lr, momentum, nesterov):
    v = momentum * v + g
    if lr == 0:
        return p, v
    return p - lr * (g + momentum * v if nesterov else v), v


def momentum_entry_by_entry(p, g, v, lr, momentum, nesterov):
    p, v = np.array(p), np.array(v)
    for i in np.ndindex(p.shape):
        v[i] = momentum * v[i] + g[i]
        p[i] -= lr * (g[i] + momentum * v[i] if nesterov else v[i])
    return p.tolist(), v.tolist()


def momentum_without_an_if(p, g, v, lr, momentum, nesterov):
    new = g + np.multiply(v, momentum)
    return np.array([p - lr * (nesterov * (g + momentum * new) + (1 - nesterov) * new), new])


def momentum_in_double(p, g, v, lr, momentum, nesterov):
    v = np.array(momentum * v + g, dtype=float)
    return p - lr * (g + momentum * v if nesterov else v), v


def momentum_in_float32(p, g, v, lr, momentum, nesterov):
    p, g, v = (a.astype(np.float32) for a in (p, g, v))
    v = np.float32(momentum) * v + g
    return [p - np.float32(lr) * (g + np.float32(momentum) * v if nesterov else v), v]


class MomentumObject:
    def __call__(self, p, g, v, lr, momentum, nesterov):
        v = v * momentum + g
        p = p - (g * lr + v * momentum * lr if nesterov else v * lr)
        for a in (p, v):
            a.setflags(write=False)
        return p, v


momentum_object = MomentumObject()
momentum_object.__name__ = "momentum_object"


# ---- 06-2 AdaGrad, 06-3 RMSprop ------------------------------------------------------------------------------

def grad(p, g, s, lr, eps):
    s = s + g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s


def adagrad_in_place(p, g, s, lr, eps):
    s += g ** 2
    p -= lr * g / (np.sqrt(s) + eps)
    return p.copy(), s.copy()


def adagrad_step_first(p, g, s, lr, eps):
    p = p - lr * g / (np.sqrt(s) + eps)
    return p, s + g ** 2


def adagrad_only_p(p, g, s, lr, eps):
    return p - lr * g / (np.sqrt(s + g * g) + eps)


def adagrad_entry_by_entry(p, g, s, lr, eps):
    def one(p, g, s):
        s = s + g * g
        return p - lr * g / (s ** 0.5 + eps), s
    return np.vectorize(one)(p, g, s)


def adagrad_by_powers(p, g, s, lr, eps=1e-8):
    new = np.add(s, np.square(g))
    return [p + -lr * (eps + new ** 0.5) ** -1 * g, new]


def adagrad_in_float32(p, g, s, lr, eps):
    s = (s + g * g).astype("float32")
    return (p - lr * g / (np.sqrt(s) + eps)).astype("float32"), s


def prop(p, g, s, lr, alpha, eps):
    s = alpha * s + (1 - alpha) * g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s


def rmsprop_step_first(p, g, s, lr, alpha, eps):
    return p - lr * g / (np.sqrt(s) + eps), alpha * s + (1 - alpha) * g ** 2


def rmsprop_in_place(p, g, s, lr, alpha, eps):
    s *= alpha
    s += (1 - alpha) * g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s.copy()


_mean_squares = {}


def rmsprop_keeps_its_own_state(p, g, s, lr, alpha, eps):
    s = _mean_squares[p.shape] = alpha * _mean_squares.get(p.shape, s) + (1 - alpha) * g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s


def rmsprop_by_a_difference(p, g, s, lr, alpha, eps):
    s = s + (1 - alpha) * (g * g - s)
    return [p - lr * (g / (eps + np.power(s, 0.5))), s]


def rmsprop_flat(p, g, s, lr, alpha, eps):
    new = [alpha * a + (1 - alpha) * b * b for a, b in zip(s.ravel(), g.ravel())]
    moved = [a - lr * b / (c ** 0.5 + eps) for a, b, c in zip(p.ravel(), g.ravel(), new)]
    return np.reshape(moved, p.shape), np.reshape(new, p.shape)


def rmsprop_by_einsum(p, g, s, lr, alpha, eps):
    s = np.array([alpha, 1 - alpha]) @ np.stack([s.ravel(), np.einsum("i,i->i", g.ravel(), g.ravel())])
    s = s.reshape(p.shape)
    return p - lr * g / (np.sqrt(s) + eps), s


# ---- 06-4 AdaDelta -------------------------------------------------------------------------------------------

def delta_step(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt((d + eps) / (s + eps)) * g
    return p - lr * delta, s, rho * d + (1 - rho) * delta ** 2


def adadelta_early(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    d = rho * d + (1 - rho) * delta ** 2
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    return p - lr * delta, s, d


def adadelta_in_place(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt((d + eps) / (s + eps)) * g
    d *= rho
    d += (1 - rho) * delta ** 2
    return p - lr * delta, s, d.copy()


def adadelta_with_helpers(p, g, s, d, lr, rho, eps):
    def mean(old, new):
        return old + (new * new - old) * (1 - rho)

    def root(mean):
        return (mean + eps) ** 0.5
    s = mean(s, g)
    delta = root(d) * g / root(s)
    return [p - delta * lr, s, mean(d, delta)]


def adadelta_as_one_array(p, g, s, d, lr, rho, eps):
    out = np.empty((3, *p.shape))
    out[1] = rho * s + (1 - rho) * g * g
    delta = g * np.sqrt(d + eps) / np.sqrt(out[1] + eps)
    out[0], out[2] = p - lr * delta, rho * d + (1 - rho) * delta * delta
    return out


def adadelta_entry_by_entry(p, g, s, d, lr, rho, eps):
    p, s, d = p.copy(), s.copy(), d.copy()
    for i, gi in np.ndenumerate(g):
        s[i] = rho * s[i] + (1 - rho) * gi ** 2
        step = ((d[i] + eps) / (s[i] + eps)) ** 0.5 * gi
        p[i], d[i] = p[i] - lr * step, rho * d[i] + (1 - rho) * step ** 2
    return p.tolist(), s.tolist(), d.tolist()


# ---- 06-5 Adam -----------------------------------------------------------------------------------------------

def adam(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    first, second = 1 - betas[0] ** t, 1 - betas[1] ** t
    return p - lr * (m / first) / (np.sqrt(v / second) + eps), m, v


def adam_overwrites_with_corrected(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    m = m / (1 - betas[0] ** t)
    v = v / (1 - betas[1] ** t)
    return p - lr * m / (np.sqrt(v) + eps), m, v


def adam_epsilon_hat(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    rate = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return p - rate * m / (np.sqrt(v) + eps), m, v


def adam_in_place(p, g, m, v, t, lr, betas, eps):
    m *= betas[0]
    m += (1 - betas[0]) * g
    v *= betas[1]
    v += (1 - betas[1]) * g * g
    return p - lr * m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps), m.copy(), v.copy()


_averages = {}


def adam_keeps_its_own_average(p, g, m, v, t, lr, betas, eps):
    m = _averages[p.shape] = betas[0] * _averages.get(p.shape, m) + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p - lr * m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps), m, v


def adam_with_a_root_of_its_own(p, g, m, v, t, lr, betas, eps):
    b1, b2 = betas
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    below = np.sqrt(v) / np.sqrt(1 - b2 ** t) + eps
    return p - lr / (1 - b1 ** t) * m / below, m, v


def adam_by_differences(p, g, m, v, t, lr, betas, eps):
    m, v = m + (1 - betas[0]) * (g - m), v + (1 - betas[1]) * (g * g - v)
    scale = np.sqrt(1 - betas[1] ** t)
    return np.array([p - lr * scale / (1 - betas[0] ** t) * m / (np.sqrt(v) + eps * scale), m, v])


def adam_in_float32(p, g, m, v, t, lr, betas, eps):
    p, g, m, v = (a.astype(np.float32) for a in (p, g, m, v))
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
    return p - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps), m, v


def adam_in_lists(p, g, m, v, t, lr, betas, eps):
    (b1, b2), shape = betas, p.shape
    m = [b1 * a + (1 - b1) * b for a, b in zip(m.flat, g.flat)]
    v = [b2 * a + (1 - b2) * b * b for a, b in zip(v.flat, g.flat)]
    p = [a - lr * b / (1 - b1 ** t) / ((c / (1 - b2 ** t)) ** 0.5 + eps) for a, b, c in zip(p.flat, m, v)]
    return [np.array(a).reshape(shape).tolist() for a in (p, m, v)]


# ---- 06-6 AdamW ----------------------------------------------------------------------------------------------

def decoupled(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam(0 * p, g, m, v, t, lr, betas, eps)
    return p + step - lr * weight_decay * p, m, v


def written_out(p, g, m, v, t, lr, betas, eps, weight_decay):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return p - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * p), m, v


def adamw_decays_afterwards(p, g, m, v, t, lr, betas, eps, weight_decay):
    p, m, v = adam(p, g, m, v, t, lr, betas, eps)
    return p * (1 - lr * weight_decay), m, v


def adamw_decays_in_place(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam(0 * p, g, m, v, t, lr, betas, eps)
    p *= 1 - lr * weight_decay
    return p + step, m, v


def adamw_with_options(*arrays, weight_decay=None):
    *arrays, weight_decay = arrays
    p, g, m, v, t, lr, betas, eps = arrays
    p, m, v = adam(p - p * weight_decay * lr, g, m, v, t=t, lr=lr, betas=list(betas), eps=eps)
    return [p, m, v]


def adamw_with_a_root_of_its_own(p, g, m, v, t, lr, betas, eps, weight_decay):
    moved, m, v = adam_with_a_root_of_its_own(p, g, m, v, t, lr, betas, eps)
    return np.stack([moved - lr * weight_decay * p, m, v])


def adamw_in_float32(p, g, m, v, t, lr, betas, eps, weight_decay):
    return adam_in_float32(np.float32(1 - lr * weight_decay) * p, g, m, v, t, lr, betas, eps)


# ---- 06-7 Sophia ---------------------------------------------------------------------------------------------

def sophia(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    floor = np.where(gamma * h > eps, gamma * h, eps)
    return p - lr * np.minimum(1, np.maximum(-1, m / floor)), m


def sophia_clips_the_norm(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    ratio = m / np.maximum(gamma * h, eps)
    norm = np.sqrt((ratio ** 2).sum())
    if norm > 1:
        ratio = ratio / norm
    return p - lr * ratio, m


def sophia_in_place(p, g, m, h, lr, beta, gamma, eps):
    h[gamma * h < eps] = eps / gamma
    m = beta * m + (1 - beta) * g
    return p - lr * np.clip(m / (gamma * h), -1, 1), m


def sophia_by_masks(p, g, m, h, lr, beta, gamma, eps):
    m, h = m + (g - m) * (1 - beta), gamma * h
    h[h < eps] = eps
    ratio = m / h
    ratio[ratio > 1], ratio[ratio < -1] = 1, -1
    return [p - lr * ratio, m]


def sophia_entry_by_entry(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    steps = [lr * max(-1, min(1, a / max(gamma * b, eps))) for a, b in zip(m.flat, h.flat)]
    return (p - np.reshape(steps, p.shape)).tolist(), m.tolist()


def sophia_by_the_sign(p, g, m, h, lr, beta, gamma, eps):
    m = np.add(beta * m, (1 - beta) * g)
    size = np.minimum(np.abs(m) / np.maximum(gamma * h, eps), 1)
    return np.array([p - lr * np.sign(m) * size, m])


# ---- 06-8 a line search --------------------------------------------------------------------------------------

def search(f, x, g, d, c1, shrink):
    a = 1.0
    while f(x + a * d) > f(x) + c1 * a * (g @ d):
        a *= shrink
    return a


def search_that_walks(f, x, g, d, c1, shrink):
    a, start, slope = 1.0, f(x), g @ d
    x = x + a * d
    while f(x) > start + c1 * a * slope:
        a *= shrink
        x = x + a * d
    return a


def search_returns_the_failed_one(f, x, g, d, c1, shrink):
    a = 1.0
    while True:
        if f(x + a * d) <= f(x) + c1 * a * (g @ d):
            return a / shrink
        a *= shrink


def search_shrinks_first(f, x, g, d, c1, shrink):
    a = 1.0
    while True:
        a *= shrink
        if f(x + a * d) <= f(x) + c1 * a * (g @ d):
            return a


def search_moves_x(f, x, g, d, c1, shrink):
    a, start = 1.0, x.copy()
    value = f(start)
    x += a * d
    while f(x) > value + c1 * a * (g @ d):
        a *= shrink
        x[:] = start + a * d
    return a


def search_is_not_patient(f, x, g, d, c1, shrink):
    return 1.0


def search_for_a_while(f, x, g, d, c1, shrink, trials=20):
    for k in range(trials):
        if f(x + shrink ** k * d) <= f(x) + c1 * shrink ** k * (g @ d):
            break
        if k == trials - 1:
            return shrink ** trials
    return shrink ** k


def search_of_30(f, x, g, d, c1, shrink):
    lengths = shrink ** np.arange(30)
    good = [a for a in lengths if f(x + a * d) <= f(x) + c1 * a * (g @ d)]
    return good[0] if good else 0.0


def search_down_to_a_thousandth(f, x, g, d, c1, shrink):
    a = 1.0
    while a > 1e-3 and f(x + a * d) > f(x) + c1 * a * (g @ d):
        a *= shrink
    return a


def search_nearly(f, x, g, d, c1, shrink):
    a = 1.0
    while True:
        value, bound = f(x + a * d), f(x) + c1 * a * (g @ d)
        if value < bound or np.isclose(value, bound):
            return a
        a *= shrink


def search_ends_with_an_error(f, x, g, d, c1, shrink):
    for k in range(100):
        if f(x + shrink ** k * d) <= f(x) + c1 * shrink ** k * (g @ d):
            return shrink ** k
    raise ArithmeticError("no step length was found")


def search_by_powers(f, x, g, d, c1, shrink):
    k, slope = 0, sum(a * b for a, b in zip(g, d))
    while not f(x + shrink ** k * d) <= f(x) + c1 * shrink ** k * slope:
        k += 1
    return np.array(shrink ** k)


def search_that_calls_itself(f, x, g, d, c1, shrink, a=1.0):
    if (f(x + a * d) - f(x)) / a <= c1 * np.dot(g, d):
        return np.float32(a)
    return search_that_calls_itself(f, x, g, d, c1, shrink, a * shrink)


def search_with_an_iterator(f, x, g, d, c1, shrink):
    def lengths():
        a = 1
        while True:
            yield a
            a = a * shrink
    value, slope = f(x), np.einsum("i,i->", g, d)
    return next(a for a in lengths() if value - f(x + a * d) >= -c1 * a * slope)


def search_that_shortens_d(f, x, g, d, c1, shrink):
    a, start = 1.0, f(x)
    for _ in range(10 ** 6):                # a brake that is never needed
        if f(x + d) <= start + c1 * g @ d:
            break
        a, d = a * shrink, d * shrink
    return a


# ---- 06-9 L-BFGS ---------------------------------------------------------------------------------------------

def loops(g, s, y):
    q, kept = 1.0 * g, {}
    for i in reversed(range(len(s))):
        kept[i] = s[i] @ q / (y[i] @ s[i])
        q = q - kept[i] * y[i]
    last = s[-1], y[-1]
    q = q * (last[0] @ last[1]) / (last[1] @ last[1])
    for i in range(len(s)):
        beta = y[i] @ q / (y[i] @ s[i])
        q = q + s[i] * (kept[i] - beta)
    return -q


def lbfgs_spoils_g(g, s, y):
    q, a = g, []
    for si, yi in zip(s[::-1], y[::-1]):
        a.append(si @ q / (si @ yi))
        q -= a[-1] * yi
    r = q * (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    for si, yi, ai in zip(s, y, a[::-1]):
        r = r + si * (ai - yi @ r / (si @ yi))
    return -r


def lbfgs_doubles_the_pairs(g, s, y):
    direction = loops(g, s, y)
    for a in s + y:
        a *= 2
    return direction


def lbfgs_turns_the_lists(g, s, y):
    s.reverse()
    y.reverse()
    return loops(g, s[::-1], y[::-1])


def lbfgs_empties_the_lists(g, s, y):
    direction = loops(g, s, y)
    while s:
        s.pop(), y.pop()
    return direction


def lbfgs_of_long_moves(g, s, y):
    good = [i for i in range(len(s)) if s[i] @ y[i] > 1e-10]
    return loops(g, [s[i] for i in good], [y[i] for i in good])


def lbfgs_is_descent(g, s, y):
    return -g


def lbfgs_one_loop(g, s, y):
    q = g.copy()
    for si, yi in zip(s[::-1], y[::-1]):
        q = q - si @ q / (si @ yi) * yi
    return -q * (s[-1] @ y[-1]) / (y[-1] @ y[-1])


def lbfgs_by_a_matrix(g, s, y):
    one = np.eye(len(g))
    H = one * (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    for si, yi in zip(s, y):
        V = one - np.outer(yi, si) / (yi @ si)
        H = V.T @ H @ V + np.outer(si, si) / (yi @ si)
    return -H @ g


def lbfgs_that_calls_itself(g, s, y):
    def product(q, m):
        if m == 0:
            return q * (s[-1] @ y[-1]) / (y[-1] @ y[-1])
        si, yi = s[m - 1], y[m - 1]
        a = si @ q / (yi @ si)
        r = product(q - a * yi, m - 1)
        return r + si * (a - yi @ r / (yi @ si))
    return (-product(g, len(s))).tolist()


def lbfgs_in_columns(g, s, y):
    S, Y = np.array(s).T, np.array(y).T
    rho, q, a = 1 / np.einsum("nm,nm->m", S, Y), -g, np.zeros(len(s))
    for i in range(len(s) - 1, -1, -1):
        a[i] = rho[i] * S[:, i] @ q
        q = q - a[i] * Y[:, i]
    q = q / (rho[-1] * Y[:, -1] @ Y[:, -1])
    for i in range(len(s)):
        q = q + S[:, i] * (a[i] - rho[i] * (Y[:, i] @ q))
    return q


# ---- 06-10 an unfair comparison, repaired --------------------------------------------------------------------

def comparison_as_found(measure, rates, size, fit, choose, judge, search_seeds, seeds):
    batches = [fit[i:i + size] for i in range(0, len(fit), size)]
    found = [measure(batches, rate, seeds[0], choose) for rate in rates]
    best = int(np.argmin(found))
    return rates[best], False, np.array([found[best]])


def comparison_by_hand(measure, rates, size, fit, choose, judge, search_seeds, seeds):
    count = max(len(fit) // size, 1)
    batches = [fit[k * size:(k + 1) * size] for k in range(count - 1)] + [fit[(count - 1) * size:]]
    sums = {rate: sum(measure(batches, rate, seed, choose) for seed in search_seeds) for rate in rates}
    rate = min(sums, key=sums.get)
    edge = rate == min(rates) or rate == max(rates)
    return rate, edge, [measure(batches, rate, seed, judge) for seed in seeds]


def comparison_in_arrays(measure, rates, size, fit, choose, judge, search_seeds, seeds):
    whole = len(fit) // size
    parts = list(fit[:whole * size].reshape(whole, size)) if whole else [fit[:0]]
    parts[-1] = np.append(parts[-1], fit[whole * size:])
    table = np.array([[measure(parts, rate, seed, choose) for rate in rates] for seed in search_seeds])
    k = table.mean(axis=0).argmin()
    return np.array(rates)[k], np.array(k % (len(rates) - 1) == 0), np.array(
        [measure(parts, rates[k], seed, judge) for seed in seeds])


def comparison_that_shuffles(measure, rates, size, fit, choose, judge, search_seeds, seeds):
    found = comparison_by_hand(measure, rates, size, fit, choose, judge, search_seeds, seeds)
    fit[:] = fit[::-1].copy()                           # for the next one
    return found


def comparison_with_short_batch(*given):
    measure, rates, size, fit, choose, judge, search_seeds, seeds = given
    batches = np.array_split(fit, range(size, len(fit), size))
    losses = np.array([[measure(batches, rate, s, choose) for s in search_seeds] for rate in rates]).mean(axis=1)
    k = losses.argmin()
    return rates[k], k in (0, len(rates) - 1), np.array([measure(batches, rates[k], s, judge) for s in seeds])


PLANTED = {
    "06-1": [
        ("dampened", edited(ball, ("v + g", "v + (1 - momentum) * g"))),
        ("learning rate inside the velocity", momentum_with_rate_inside),
        ("learning rate inside the velocity", edited(ball, ("v + g", "v + lr * g"))),
        ("Nesterov ignored", edited(ball, ("if nesterov:", "if False:"))),
        ("Nesterov unasked", edited(ball, ("if nesterov:", "if True:"))),
        ("look-ahead without momentum", edited(ball, ("(g + momentum * velocity)", "(g + velocity)"))),
        ("look-ahead without the gradient", edited(ball, ("(g + momentum * velocity)", "momentum * velocity"))),
        ("old velocity", momentum_uses_the_last_velocity), ("mutated input", momentum_changes_v),
        ("sign", edited(ball, ("p - lr * (", "p + lr * ("), ("p - lr * v", "p + lr * v"))),
        ("wrong order", edited(ball, ("return p - lr * (g + momentum * velocity), velocity",
                                      "return velocity, p - lr * (g + momentum * velocity)"),
                               ("return p - lr * velocity, velocity", "return velocity, p - lr * velocity"))),
        ("nothing forgotten", edited(ball, ("= momentum * v", "= v"))),
        ("same array", momentum_without_a_past), ("same array", momentum_that_stands_still),
        ("same array", edited(ball, ("    velocity =", "    if not momentum:\n        return p - lr * g, g\n"
                                     "    velocity ="))),
        ("velocity replaced", edited(ball, ("momentum * v +", "0 * v +"))),
        ("number of results", edited(ball, ("return p - lr * velocity, velocity", "p = p - lr * velocity")))],
    "06-2": [
        ("square root missing", edited(grad, ("np.sqrt(s)", "s"))),
        ("eps inside the root", edited(grad, ("(np.sqrt(s) + eps)", "(s + eps) ** 0.5"))),
        ("eps elsewhere", edited(grad, ("(np.sqrt(s) + eps)", "np.sqrt(s) + eps"))),
        ("gradient not squared", edited(grad, ("g ** 2", "abs(g)"))),
        ("old state", adagrad_step_first),
        ("old state returned", edited(grad, ("    s = s", "    old, s = s, s"), ("eps), s", "eps), old"))),
        ("one rate for all", edited(grad, ("g ** 2", "(g ** 2).sum()"))),
        ("one rate for all", edited(grad, ("g ** 2", "np.mean(g ** 2)"))),
        ("mutated input", adagrad_in_place), ("eps forgotten", edited(grad, (" + eps)", ")"))),
        ("forgets at once", edited(grad, ("s + g ** 2", "g ** 2"))),
        ("sign of the gradient lost", edited(grad, ("lr * g", "lr * abs(g)"))),
        ("a bound of its own", edited(grad, ("np.sqrt(s)", "s.clip(1e-8) ** 0.5"))),
        ("same array", edited(grad, ("    s = s +", "    if not g.any():\n        return p, s\n    s = s +"))),
        ("number of results", adagrad_only_p), ("sign", edited(grad, ("p - lr", "p + lr")))],
    "06-3": [
        ("weights exchanged", edited(prop, ("alpha * s + (1 - alpha)", "(1 - alpha) * s + alpha"))),
        ("AdaGrad", edited(prop, ("alpha * s + (1 - alpha)", "s + 1"))),
        ("not an average", edited(prop, ("(1 - alpha) *", ""))),
        ("square root missing", edited(prop, ("np.sqrt(s)", "s"))),
        ("eps inside the root", edited(prop, ("(np.sqrt(s) + eps)", "np.sqrt(s + eps)"))),
        ("eps elsewhere", edited(prop, ("(np.sqrt(s) + eps)", "np.sqrt(s).clip(eps)"))),
        ("gradient not squared", edited(prop, (" * g ** 2", " * g"))),
        ("forgets at once", edited(prop, ("alpha * s +", "0 +"))), ("old state", rmsprop_step_first),
        ("a bound of its own", edited(prop, ("np.sqrt(s)", "np.sqrt(s.clip(1e-8))"))),
        ("same array", edited(prop, ("    s =", "    if not g.any():\n        return p, alpha * s\n    s ="))),
        ("mutated input", rmsprop_in_place), ("stale state", rmsprop_keeps_its_own_state)],
    "06-4": [
        ("roots exchanged", edited(delta_step, ("(d + eps) / (s + eps)", "(s + eps) / (d + eps)"))),
        ("learning rate remembered", edited(delta_step, ("delta = ", "delta = lr * "), ("- lr * delta", "- delta"))),
        ("steps averaged too early", adadelta_early),
        ("steps averaged too early", edited(delta_step, ("rho * d + (1 - rho) * delta ** 2", "d"), (
            "    delta =", "    d = rho * d + (1 - rho) * g * g\n    delta ="))),
        ("a bound of its own", edited(delta_step, ("(s + eps)", "(np.maximum(s, 1e-8) + eps)"))),
        ("steps ignored", edited(delta_step, ("(d + eps) / ", "1 / "))),
        ("eps outside the root", edited(delta_step, ("np.sqrt((d + eps) / (s + eps))",
                                                     "(np.sqrt(d) + eps) / (np.sqrt(s) + eps)"))),
        ("one eps missing", edited(delta_step, ("(d + eps)", "d"))),
        ("square root missing", edited(delta_step, ("np.sqrt", ""))),
        ("average of the steps not updated", edited(delta_step, ("rho * d + (1 - rho) * delta ** 2", "d"))),
        ("gradients remembered", edited(delta_step, ("delta ** 2", "g ** 2"))),
        ("step not squared", edited(delta_step, ("delta ** 2", "delta"))),
        ("weights exchanged", edited(delta_step, ("    s =", "    rho = 1 - rho\n    s ="))),
        ("not an average", edited(delta_step, ("(1 - rho) * g", "g"), ("(1 - rho) * delta", "delta"))),
        ("gradient not squared", edited(delta_step, ("g ** 2", "g"))),
        ("mutated input", adadelta_in_place), ("sign", edited(delta_step, ("p - lr", "p + lr")))],
    "06-5": [
        ("no bias correction", edited(adam, ("1 - betas[0] ** t", "1"), ("1 - betas[1] ** t", "1"))),
        ("one average uncorrected", edited(adam, ("1 - betas[1] ** t", "1"))),
        ("one average uncorrected", edited(adam, ("1 - betas[0] ** t", "1"))),
        ("corrected state returned", adam_overwrites_with_corrected),
        ("correction given up", edited(adam, ("m / first", "m / first if t < 10 else m"))),
        ("correction given up", edited(adam, ("m / first", "m / first if t < 50 else m"))),
        ("a bound of its own", edited(adam, ("v / second", "np.maximum(v / second, 1e-8)"))),
        ("betas exchanged", edited(adam, ("    m =", "    betas = betas[1], betas[0]\n    m ="))),
        ("clock one step late", edited(adam, ("    m =", "    t += 1\n    m ="))),
        ("clock one step early", edited(adam, ("    m =", "    t -= 1\n    m ="))),
        ("t no exponent", edited(adam, ("[0] ** t", "[0] * t"), ("[1] ** t", "[1] * t"))),
        ("eps inside the root", edited(adam, ("(np.sqrt(v / second) + eps)", "np.sqrt(v / second + eps)"))),
        ("eps before the correction", adam_epsilon_hat),
        ("correction outside the root", edited(adam, ("np.sqrt(v / second)", "np.sqrt(v) / second"))),
        ("square root missing", edited(adam, ("np.sqrt", ""))),
        ("weights exchanged", edited(adam, ("    m =", "    betas = 1 - betas[0], 1 - betas[1]\n    m ="))),
        ("weights exchanged", edited(adam, ("betas[0] * m + (1 - betas[0]) * g", "(1 - betas[0]) * m + betas[0] * g"))),
        ("not an average", edited(adam, ("(1 - betas[0]) * g", "g"), ("(1 - betas[1]) * g", "g"))),
        ("gradient not squared", edited(adam, ("g ** 2", "abs(g)"))),
        ("gradient instead of m", edited(adam, ("(m / first)", "g"))), ("sign", edited(adam, ("p - lr", "p + lr"))),
        ("mutated input", adam_in_place), ("stale state", adam_keeps_its_own_average)],
    "06-6": [
        ("decay inside the gradient", edited(decoupled, ("0 * p, g,", "0 * p, g + weight_decay * p,"),
                                             (" - lr * weight_decay * p, m", ", m"))),
        ("decay without the learning rate", edited(decoupled, (" lr * weight", " weight"))),
        ("decay of the new parameter", adamw_decays_afterwards),
        ("growth instead of decay", edited(decoupled, ("step - lr", "step + lr"))),
        ("decay forgotten", edited(decoupled, (" - lr * weight_decay * p", ""))),
        ("decay of the gradient", edited(decoupled, ("weight_decay * p", "weight_decay * g"))),
        ("decay stopped at 0", edited(decoupled, ("p + step - lr * weight_decay * p",
                                                 "step + p * max(1 - lr * weight_decay, 0)"))),
        ("decay by division", edited(decoupled, ("p + step - lr * weight_decay * p",
                                                "step + p / (1 + lr * weight_decay)"))),
        ("exponential decay", edited(decoupled, ("p + step - lr * weight_decay * p",
                                                 "p * np.exp(-lr * weight_decay) + step"))),
        ("decay divided by the root", edited(written_out, ("m_hat / (np.sqrt(v_hat) + eps) + weight_decay * p",
                                                           "(m_hat + weight_decay * p) / (np.sqrt(v_hat) + eps)"))),
        ("mutated input", adamw_decays_in_place),
        ("no bias correction", edited(written_out, ("m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)", "m, v"))),
        ("correction outside the root", edited(written_out, (", v / (1 - betas[1] ** t)", ", v"), (
            "np.sqrt(v_hat)", "np.sqrt(v_hat) / (1 - betas[1] ** t)"))),
        ("corrected state returned", edited(written_out, ("p), m, v", "p), m_hat, v_hat")))],
    "06-7": [
        ("not clipped", edited(sophia, ("np.minimum(1, np.maximum(-1, m / floor))", "m / floor"))),
        ("clipped by the norm", sophia_clips_the_norm),
        ("clipped before the division", edited(sophia, ("m / floor))", "m)) / floor"))),
        ("eps added", edited(sophia, ("np.where(gamma * h > eps, gamma * h, eps)", "gamma * h + eps"))),
        ("size of the curvature", edited(sophia, ("    floor", "    h = abs(h)\n    floor"))),
        ("gamma forgotten", edited(sophia, ("np.where(gamma * h > eps, gamma * h, eps)", "h.clip(eps)"))),
        ("floor missing", edited(sophia, ("gamma * h > eps", "h > 0"))),
        ("gamma times the maximum", edited(sophia, ("np.where(gamma * h > eps, gamma * h, eps)",
                                                   "gamma * h.clip(eps)"))),
        ("learning rate clipped", edited(sophia, ("lr * np", "np"), ("m / floor", "lr * m / floor"))),
        ("clipped at one end", edited(sophia, ("np.maximum(-1, m / floor)", "m / floor"))),
        ("sign where h < 0", edited(sophia, ("np.minimum(1, np.maximum(-1, m / floor))", "np.where(h < 0, np.sign(m), "
                                            "np.minimum(1, np.maximum(-1, m / floor)))"))),
        ("not left alone", edited(sophia, ("np.minimum(1, np.maximum(-1, m / floor))", "np.sign(m)"))),
        ("old state", edited(sophia, ("    m = ", "    new = "), ("), m", "), new"))),
        ("gradient instead of m", edited(sophia, ("m / floor", "g / floor"))),
        ("sign", edited(sophia, ("p - lr", "p + lr"))), ("mutated input", sophia_in_place)],
    "06-8": [
        ("any decrease", edited(search, (" > ", " >= "), (" + c1 * a * (g @ d)", ""))),
        ("any decrease", edited(search, (" + c1 * a * (g @ d)", ""))),
        ("step length missing in the bound", edited(search, ("c1 * a", "c1"))),
        ("sign of the slope", edited(search, ("+ c1", "- c1"))),
        ("slope missing in the bound", edited(search, ("+ c1 * a * (g @ d)", "- c1 * a"))),
        ("slope of another direction", edited(search, ("g @ d", "-g @ g"))),
        ("c1 forgotten", edited(search, ("c1 * a", "a"))),
        ("a value on the line refused", edited(search, (" > ", " >= "))),
        ("x moves along", search_that_walks), ("always halved", edited(search, ("*= shrink", "/= 2"))),
        ("one shrink only", edited(search, ("while", "if"))),
        ("one shrink too few", search_returns_the_failed_one), ("first trial skipped", search_shrinks_first),
        ("the point returned", edited(search, ("return a", "return x + a * d"))), ("mutated input", search_moves_x),
        ("full step", search_is_not_patient), ("gives up", search_for_a_while),
        ("gives up", functools.partial(search_for_a_while, trials=10)),
        ("gives up", functools.partial(search_for_a_while, trials=100)), ("gives up", search_of_30),
        ("gives up", search_down_to_a_thousandth),
        ("gives up", edited(search_down_to_a_thousandth, ("1e-3", "1e-16"))),
        ("gives up", functools.partial(search_for_a_while, trials=500)),
        ("a tolerance of its own", edited(search, ("f(x + a * d) >", "f(x + a * d) - 1e-10 >"))),
        ("a tolerance of its own", search_nearly), ("error", search_ends_with_an_error)],
    "06-9": [
        ("sign", edited(loops, ("return -q", "return q"))),
        ("first loop in the wrong order", edited(loops, ("reversed(range(len(s)))", "list(range(len(s)))"))),
        ("second loop in the wrong order", edited(loops, ("in range", "in reversed(range"), ("len(s)):\n        beta",
                                                                                         "len(s))):\n        beta"))),
        ("both loops in the wrong order", edited(loops, ("reversed(range(len(s)))", "tuple(range(len(s)))"),
                                                 ("in range(len(s))", "in range(len(s) - 1, -1, -1)"))),
        ("no scaling", edited(loops, (" * (last[0] @ last[1]) / (last[1] @ last[1])", ""))),
        ("scaling upside down", edited(loops, ("* (last[0] @ last[1]) /", "/ (last[0] @ last[1]) *"))),
        ("scaling with s·s", edited(loops, ("(last[1] @ last[1])", "(last[0] @ last[0])"))),
        ("second loop without its correction", edited(loops, (" - beta", ""))),
        ("sign of the correction", edited(loops, (" - beta", " + beta"))),
        ("rho forgotten", edited(loops, ("@ q / (y[i] @ s[i])\n        q = q -", "@ q\n        q = q -"),
                                 ("y[i] @ q / (y[i] @ s[i])", "y[i] @ q"))),
        ("scaling of the oldest pair", edited(loops, ("s[-1], y[-1]", "s[0], y[0]"))),
        ("coefficients in the wrong order", edited(loops, ("(kept[i] - beta)", "(kept[len(s) - 1 - i] - beta)"))),
        ("s and y exchanged", edited(loops, ("kept[i] * y[i]", "kept[i] * s[i]"))),
        ("y in the second loop", edited(loops, ("q + s[i]", "q + y[i]"))),
        ("first loop without q", edited(loops, ("s[i] @ q", "s[i] @ g"))),
        ("some pairs only", edited(loops, ("    q, kept", "    s, y = s[-10:], y[-10:]\n    q, kept"))),
        ("some pairs only", edited(loops, ("    q, kept", "    s, y = s[-4:], y[-4:]\n    q, kept"))),
        ("short moves left out", lbfgs_of_long_moves),
        ("newest pair only", edited(loops, ("    q, kept", "    s, y = s[-1:], y[-1:]\n    q, kept"))),
        ("mutated input", lbfgs_spoils_g), ("mutated input", lbfgs_doubles_the_pairs),
        ("mutated input", lbfgs_turns_the_lists), ("mutated input", lbfgs_empties_the_lists),
        ("steepest descent", lbfgs_is_descent), ("one loop only", lbfgs_one_loop)],
    "06-10": [
        ("as reported", comparison_as_found),
        ("short last batch", comparison_with_short_batch),
        ("rows left out", edited(comparison_by_hand, ("(count - 1) * size:]]", "(count - 1) * size:][:size]]"))),
        ("one batch", edited(comparison_by_hand, ("max(len(fit) // size, 1)", "1"))),
        ("edge not told", edited(comparison_by_hand, ("rate == min(rates) or ", ""))),
        ("edge not told", edited(comparison_by_hand, ("rate == min(rates) or rate == max(rates)", "False"))),
        ("judged on what chose", edited(comparison_by_hand, ("seed, judge)", "seed, choose)"))),
        ("chosen on what judges", edited(comparison_by_hand, ("seed, choose)", "seed, judge)"))),
        ("one seed in the search", edited(comparison_by_hand, ("in search_seeds)", "in search_seeds[:1])"))),
        ("seeds of the search", edited(comparison_by_hand, ("in search_seeds)", "in seeds)"))),
        ("one seed in the end", edited(comparison_by_hand, ("for seed in seeds]", "for seed in seeds[:1]]"))),
        ("the mean alone", edited(comparison_in_arrays, ("== 0), np.array(", "== 0), np.mean("))),
        ("luckiest seed", edited(comparison_in_arrays, ("table.mean(axis=0)", "table.min(axis=0)"))),
        ("worst rate", edited(comparison_by_hand, ("min(sums, key", "max(sums, key"))),
        ("number of the rate", edited(comparison_in_arrays, ("return np.array(rates)[k]", "return k"))),
        ("measured on what was fitted", edited(comparison_by_hand, ("seed, judge)", "seed, fit)"))),
        ("mutated input", comparison_that_shuffles)],
}

RIGHT = {
    "06-1": [ball, momentum_entry_by_entry, momentum_without_an_if, momentum_in_double, momentum_in_float32,
             momentum_object],
    "06-2": [grad, adagrad_entry_by_entry, adagrad_by_powers, adagrad_in_float32],
    "06-3": [prop, rmsprop_by_a_difference, rmsprop_flat, rmsprop_by_einsum],
    "06-4": [delta_step, adadelta_with_helpers, adadelta_as_one_array, adadelta_entry_by_entry],
    "06-5": [adam, adam_with_a_root_of_its_own, adam_by_differences, adam_in_float32, adam_in_lists],
    "06-6": [decoupled, written_out, adamw_with_options, adamw_with_a_root_of_its_own, adamw_in_float32],
    "06-7": [sophia, sophia_by_masks, sophia_entry_by_entry, sophia_by_the_sign],
    "06-8": [search, search_by_powers, search_that_calls_itself, search_with_an_iterator, search_that_shortens_d],
    "06-9": [loops, lbfgs_by_a_matrix, lbfgs_that_calls_itself, lbfgs_in_columns],
    "06-10": [comparison_by_hand, comparison_in_arrays],
}
