"""Wrong answers to the tasks of lesson 06, as learners write them, and the name each must be called by."""

import numpy as np

# ---- 06-1 momentum -------------------------------------------------------------------------------------------


def momentum_dampened(p, g, v, lr, momentum, nesterov):
    v = momentum * v + (1 - momentum) * g
    if nesterov:
        return p - lr * (g + momentum * v), v
    return p - lr * v, v


def momentum_with_rate_inside(p, g, v, lr, momentum, nesterov):
    v = momentum * v - lr * g
    if nesterov:
        return p + momentum * v - lr * g, v
    return p + v, v


def momentum_without_nesterov(p, g, v, lr, momentum, nesterov):
    v = momentum * v + g
    return p - lr * v, v


def momentum_looks_too_far(p, g, v, lr, momentum, nesterov):
    v = momentum * v + g
    step = g + v if nesterov else v
    return p - lr * step, v


def momentum_uses_the_last_velocity(p, g, v, lr, momentum, nesterov):
    step = g + momentum * v if nesterov else v
    return p - lr * step, momentum * v + g


def momentum_changes_v(p, g, v, lr, momentum, nesterov):
    v *= momentum
    v += g
    step = g + momentum * v if nesterov else v
    return p - lr * step, v.copy()


def momentum_climbs(p, g, v, lr, momentum, nesterov):
    v = momentum * v + g
    return p + lr * (g + momentum * v if nesterov else v), v


def momentum_swaps_its_results(p, g, v, lr, momentum, nesterov):
    v = momentum * v + g
    return v, p - lr * (g + momentum * v if nesterov else v)


def momentum_adds_up(p, g, v, lr, momentum, nesterov):
    v = v + g
    return p - lr * (g + momentum * v if nesterov else v), v


def momentum_in_double(p, g, v, lr, momentum, nesterov):
    v = np.array(momentum * v + g, dtype=float)
    return p - lr * (g + momentum * v if nesterov else v), v


# ---- 06-2 AdaGrad --------------------------------------------------------------------------------------------

def adagrad_without_root(p, g, s, lr, eps):
    s = s + g ** 2
    return p - lr / (s + eps) * g, s


def adagrad_eps_in_root(p, g, s, lr, eps):
    s = s + g ** 2
    return p - lr / (s + eps) ** 0.5 * g, s


def adagrad_adds_gradients(p, g, s, lr, eps):
    s = s + abs(g)
    return p - lr * g / (np.sqrt(s) + eps), s


def adagrad_step_first(p, g, s, lr, eps):
    p = p - lr * g / (np.sqrt(s) + eps)
    return p, s + g ** 2


def adagrad_one_rate(p, g, s, lr, eps):
    s = s + (g ** 2).sum()
    return p - lr * g / (np.sqrt(s) + eps), s


def adagrad_in_place(p, g, s, lr, eps):
    s += g ** 2
    p -= lr * g / (np.sqrt(s) + eps)
    return p.copy(), s.copy()


def adagrad_no_eps(p, g, s, lr, eps):
    s = s + g * g
    return p - lr * g / np.sqrt(s), s


def adagrad_no_memory(p, g, s, lr, eps):
    s = g * g
    return p - lr * g / (np.sqrt(s) + eps), s


def adagrad_only_p(p, g, s, lr, eps):
    return p - lr * g / (np.sqrt(s + g * g) + eps)


def adagrad_climbs(p, g, s, lr, eps):
    s = s + g * g
    return p + lr * g / (np.sqrt(s) + eps), s


# ---- 06-3 RMSprop --------------------------------------------------------------------------------------------

def rmsprop_weights_swapped(p, g, s, lr, alpha, eps):
    s = (1 - alpha) * s + alpha * g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s


def rmsprop_is_adagrad(p, g, s, lr, alpha, eps):
    s = s + g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s


def rmsprop_full_gradient(p, g, s, lr, alpha, eps):
    s = alpha * s + g ** 2
    return p - lr * g / (np.sqrt(s) + eps), s


def rmsprop_without_root(p, g, s, lr, alpha, eps):
    s = alpha * s + (1 - alpha) * g ** 2
    return p - lr * g / (s + eps), s


def rmsprop_keras(p, g, s, lr, alpha, eps):
    s = alpha * s + (1 - alpha) * np.square(g)
    return p - lr * g / np.sqrt(s + eps), s


def rmsprop_mean_gradient(p, g, s, lr, alpha, eps):
    s = alpha * s + (1 - alpha) * g
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


# ---- 06-4 AdaDelta -------------------------------------------------------------------------------------------

def adadelta_upside_down(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt(s + eps) / np.sqrt(d + eps) * g
    d = rho * d + (1 - rho) * delta ** 2
    return p - lr * delta, s, d


def adadelta_scaled_memory(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = lr * np.sqrt(d + eps) / np.sqrt(s + eps) * g
    d = rho * d + (1 - rho) * delta ** 2
    return p - delta, s, d


def adadelta_early(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    d = rho * d + (1 - rho) * delta ** 2
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    return p - lr * delta, s, d


def adadelta_is_rmsprop(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = g / np.sqrt(s + eps)
    d = rho * d + (1 - rho) * delta ** 2
    return p - lr * delta, s, d


def adadelta_eps_outside(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = (np.sqrt(d) + eps) / (np.sqrt(s) + eps) * g
    return p - lr * delta, s, rho * d + (1 - rho) * delta ** 2


def adadelta_no_roots(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = (d + eps) / (s + eps) * g
    return p - lr * delta, s, rho * d + (1 - rho) * delta ** 2


def adadelta_forgets_its_steps(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt((d + eps) / (s + eps)) * g
    return p - lr * delta, s, d


def adadelta_step_not_squared(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt((d + eps) / (s + eps)) * g
    return p - lr * delta, s, rho * d + (1 - rho) * delta


def adadelta_weights_swapped(p, g, s, d, lr, rho, eps):
    s = (1 - rho) * s + rho * g ** 2
    delta = np.sqrt((d + eps) / (s + eps)) * g
    return p - lr * delta, s, (1 - rho) * d + rho * delta ** 2


def adadelta_climbs(p, g, s, d, lr, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = np.sqrt((d + eps) / (s + eps)) * g
    return p + lr * delta, s, rho * d + (1 - rho) * delta ** 2


# ---- 06-5 Adam -----------------------------------------------------------------------------------------------

def adam_uncorrected(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p - lr * m / (np.sqrt(v) + eps), m, v


def adam_corrects_m_only(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p - lr * m / (1 - betas[0] ** t) / (np.sqrt(v) + eps), m, v


def adam_overwrites_with_corrected(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    m = m / (1 - betas[0] ** t)
    v = v / (1 - betas[1] ** t)
    return p - lr * m / (np.sqrt(v) + eps), m, v


def adam_betas_swapped(p, g, m, v, t, lr, betas, eps):
    beta2, beta1 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    return p - lr * m / (1 - beta1 ** t) / (np.sqrt(v / (1 - beta2 ** t)) + eps), m, v


def adam_clock_from_zero(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    m_hat, v_hat = m / (1 - betas[0] ** (t + 1)), v / (1 - betas[1] ** (t + 1))
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_eps_in_root(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p - lr * (m / (1 - betas[0] ** t)) / np.sqrt(v / (1 - betas[1] ** t) + eps), m, v


def adam_epsilon_hat(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    rate = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
    return p - rate * m / (np.sqrt(v) + eps), m, v


def adam_without_root(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p - lr * (m / (1 - betas[0] ** t)) / (v / (1 - betas[1] ** t) + eps), m, v


def adam_weights_swapped(p, g, m, v, t, lr, betas, eps):
    m = (1 - betas[0]) * m + betas[0] * g
    v = (1 - betas[1]) * v + betas[1] * g ** 2
    m_hat, v_hat = m / (1 - (1 - betas[0]) ** t), v / (1 - (1 - betas[1]) ** t)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_gradient_on_top(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p - lr * g / (np.sqrt(v / (1 - betas[1] ** t)) + eps), m, v


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


# ---- 06-6 AdamW ----------------------------------------------------------------------------------------------

def adam_with(p, g, m, v, t, lr, betas, eps):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return lr * m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps), m, v


def adamw_is_l2(p, g, m, v, t, lr, betas, eps, weight_decay):
    g = g + weight_decay * p
    step, m, v = adam_with(p, g, m, v, t, lr, betas, eps)
    return p - step, m, v


def adamw_without_rate(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam_with(p, g, m, v, t, lr, betas, eps)
    return (1 - weight_decay) * p - step, m, v


def adamw_decays_afterwards(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam_with(p, g, m, v, t, lr, betas, eps)
    p = p - step
    return p * (1 - lr * weight_decay), m, v


def adamw_grows(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam_with(p, g, m, v, t, lr, betas, eps)
    return (1 + lr * weight_decay) * p - step, m, v


def adamw_is_adam(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam_with(p, g, m, v, t, lr, betas, eps)
    return p - step, m, v


def adamw_divides_the_decay(p, g, m, v, t, lr, betas, eps, weight_decay):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return p - lr * (m_hat + weight_decay * p) / (np.sqrt(v_hat) + eps), m, v


def adamw_decays_in_place(p, g, m, v, t, lr, betas, eps, weight_decay):
    step, m, v = adam_with(p, g, m, v, t, lr, betas, eps)
    p *= 1 - lr * weight_decay
    return p - step, m, v


def adamw_uncorrected(p, g, m, v, t, lr, betas, eps, weight_decay):
    m = betas[0] * m + (1 - betas[0]) * g
    v = betas[1] * v + (1 - betas[1]) * g ** 2
    return p * (1 - lr * weight_decay) - lr * m / (np.sqrt(v) + eps), m, v


# ---- 06-7 Sophia ---------------------------------------------------------------------------------------------

def sophia_unclipped(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p - lr * m / np.maximum(gamma * h, eps), m


def sophia_clips_the_norm(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    ratio = m / np.maximum(gamma * h, eps)
    norm = np.sqrt((ratio ** 2).sum())
    if norm > 1:
        ratio = ratio / norm
    return p - lr * ratio, m


def sophia_adds_eps(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p - lr * np.clip(m / (gamma * h + eps), -1, 1), m


def sophia_takes_the_size(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p - lr * np.clip(m / np.maximum(gamma * abs(h), eps), -1, 1), m


def sophia_without_gamma(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p - lr * np.clip(m / np.maximum(h, eps), -1, 1), m


def sophia_clips_the_step(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p - np.clip(lr * m / np.maximum(gamma * h, eps), -1, 1), m


def sophia_half_clipped(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p - lr * np.minimum(1, m / np.maximum(gamma * h, eps)), m


def sophia_old_average(p, g, m, h, lr, beta, gamma, eps):
    return p - lr * np.clip(m / np.maximum(gamma * h, eps), -1, 1), beta * m + (1 - beta) * g


def sophia_climbs(p, g, m, h, lr, beta, gamma, eps):
    m = beta * m + (1 - beta) * g
    return p + lr * np.clip(m / np.maximum(gamma * h, eps), -1, 1), m


def sophia_in_place(p, g, m, h, lr, beta, gamma, eps):
    h[gamma * h < eps] = eps / gamma
    m = beta * m + (1 - beta) * g
    return p - lr * np.clip(m / (gamma * h), -1, 1), m


# ---- 06-8 a line search --------------------------------------------------------------------------------------

def search_for_any_decrease(f, x, g, d, c1, shrink):
    a = 1.0
    while f(x + a * d) >= f(x):
        a *= shrink
    return a


def search_without_step_length(f, x, g, d, c1, shrink):
    a, bound = 1.0, f(x) + c1 * g @ d
    while f(x + a * d) > bound:
        a *= shrink
    return a


def search_with_the_wrong_sign(f, x, g, d, c1, shrink):
    a = 1.0
    while f(x + a * d) > f(x) - c1 * a * (g @ d):
        a *= shrink
    return a


def search_that_walks(f, x, g, d, c1, shrink):
    a, start, slope = 1.0, f(x), g @ d
    x = x + a * d
    while f(x) > start + c1 * a * slope:
        a *= shrink
        x = x + a * d
    return a


def search_that_halves(f, x, g, d, c1, shrink):
    a = 1.0
    while f(x + a * d) > f(x) + c1 * a * (g @ d):
        a /= 2
    return a


def search_with_an_if(f, x, g, d, c1, shrink):
    a = 1.0
    if f(x + a * d) > f(x) + c1 * a * (g @ d):
        a *= shrink
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


def search_returns_the_point(f, x, g, d, c1, shrink):
    a = 1.0
    while f(x + a * d) > f(x) + c1 * a * (g @ d):
        a *= shrink
    return x + a * d


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


# ---- 06-9 L-BFGS ---------------------------------------------------------------------------------------------

def loops(g, s, y, first=reversed, second=list, scaled=True, corrected=True, with_rho=True):
    pairs, q = list(zip(s, y)), g.copy()
    order = list(first(range(len(pairs))))
    alphas = {}
    for i in order:
        si, yi = pairs[i]
        alphas[i] = si @ q / (yi @ si if with_rho else 1)
        q = q - alphas[i] * yi
    if scaled:
        q = q * (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    for i in second(range(len(pairs))):
        si, yi = pairs[i]
        beta = yi @ q / (yi @ si if with_rho else 1) if corrected else 0
        q = q + si * (alphas[i] - beta)
    return -q


def lbfgs_without_minus(g, s, y):
    return -loops(g, s, y)


def lbfgs_first_loop_forwards(g, s, y):
    return loops(g, s, y, first=list)


def lbfgs_second_loop_backwards(g, s, y):
    return loops(g, s, y, second=lambda r: list(reversed(r)))


def lbfgs_both_reversed(g, s, y):
    return loops(g, s, y, first=list, second=lambda r: list(reversed(r)))


def lbfgs_without_scaling(g, s, y):
    return loops(g, s, y, scaled=False)


def lbfgs_without_correction(g, s, y):
    return loops(g, s, y, corrected=False)


def lbfgs_without_rho(g, s, y):
    return loops(g, s, y, with_rho=False)


def lbfgs_wrong_pair(g, s, y):
    q, a = g.copy(), []
    for si, yi in zip(s[::-1], y[::-1]):
        a.append(si @ q / (si @ yi))
        q = q - a[-1] * yi
    r = q * (s[0] @ y[0]) / (y[0] @ y[0])
    for si, yi, ai in zip(s, y, a[::-1]):
        r = r + si * (ai - yi @ r / (si @ yi))
    return -r


def lbfgs_spoils_g(g, s, y):
    q, a = g, []
    for si, yi in zip(s[::-1], y[::-1]):
        a.append(si @ q / (si @ yi))
        q -= a[-1] * yi
    r = q * (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    for si, yi, ai in zip(s, y, a[::-1]):
        r = r + si * (ai - yi @ r / (si @ yi))
    return -r


def lbfgs_is_descent(g, s, y):
    return -g


def lbfgs_one_loop(g, s, y):
    q = g.copy()
    for si, yi in zip(s[::-1], y[::-1]):
        q = q - si @ q / (si @ yi) * yi
    return -q * (s[-1] @ y[-1]) / (y[-1] @ y[-1])


PLANTED = {
    "06-1": [("dampened", momentum_dampened), ("learning rate inside the velocity", momentum_with_rate_inside),
             ("Nesterov ignored", momentum_without_nesterov), ("look-ahead without momentum", momentum_looks_too_far),
             ("old velocity", momentum_uses_the_last_velocity), ("mutated input", momentum_changes_v),
             ("sign", momentum_climbs), ("wrong order", momentum_swaps_its_results),
             ("nothing forgotten", momentum_adds_up), ("dtype", momentum_in_double)],
    "06-2": [("square root missing", adagrad_without_root), ("eps inside the root", adagrad_eps_in_root),
             ("gradient not squared", adagrad_adds_gradients), ("old state", adagrad_step_first),
             ("one rate for all", adagrad_one_rate), ("mutated input", adagrad_in_place),
             ("eps forgotten", adagrad_no_eps), ("forgets at once", adagrad_no_memory),
             ("number of results", adagrad_only_p), ("sign", adagrad_climbs)],
    "06-3": [("weights exchanged", rmsprop_weights_swapped), ("AdaGrad", rmsprop_is_adagrad),
             ("not an average", rmsprop_full_gradient),
             ("square root missing", rmsprop_without_root), ("eps inside the root", rmsprop_keras),
             ("gradient not squared", rmsprop_mean_gradient), ("old state", rmsprop_step_first),
             ("mutated input", rmsprop_in_place), ("stale state", rmsprop_keeps_its_own_state)],
    "06-4": [("roots exchanged", adadelta_upside_down), ("learning rate remembered", adadelta_scaled_memory),
             ("steps averaged too early", adadelta_early), ("steps ignored", adadelta_is_rmsprop),
             ("eps outside the root", adadelta_eps_outside), ("square root missing", adadelta_no_roots),
             ("average of the steps not updated", adadelta_forgets_its_steps),
             ("step not squared", adadelta_step_not_squared), ("weights exchanged", adadelta_weights_swapped),
             ("sign", adadelta_climbs)],
    "06-5": [("no bias correction", adam_uncorrected), ("one average uncorrected", adam_corrects_m_only),
             ("corrected state returned", adam_overwrites_with_corrected), ("betas exchanged", adam_betas_swapped),
             ("clock one step late", adam_clock_from_zero), ("eps inside the root", adam_eps_in_root),
             ("eps before the correction", adam_epsilon_hat), ("square root missing", adam_without_root),
             ("weights exchanged", adam_weights_swapped), ("gradient instead of m", adam_gradient_on_top),
             ("mutated input", adam_in_place), ("stale state", adam_keeps_its_own_average)],
    "06-6": [("decay inside the gradient", adamw_is_l2), ("decay without the learning rate", adamw_without_rate),
             ("decay of the new parameter", adamw_decays_afterwards), ("growth instead of decay", adamw_grows),
             ("decay forgotten", adamw_is_adam), ("decay divided by the root", adamw_divides_the_decay),
             ("mutated input", adamw_decays_in_place), ("no bias correction", adamw_uncorrected)],
    "06-7": [("not clipped", sophia_unclipped), ("clipped by the norm", sophia_clips_the_norm),
             ("eps added", sophia_adds_eps),
             ("size of the curvature", sophia_takes_the_size), ("gamma forgotten", sophia_without_gamma),
             ("learning rate clipped", sophia_clips_the_step), ("clipped above only", sophia_half_clipped),
             ("old state", sophia_old_average), ("sign", sophia_climbs), ("mutated input", sophia_in_place)],
    "06-8": [("any decrease", search_for_any_decrease),
             ("step length missing in the bound", search_without_step_length),
             ("sign of the slope", search_with_the_wrong_sign), ("x moves along", search_that_walks),
             ("always halved", search_that_halves), ("one shrink only", search_with_an_if),
             ("one shrink too few", search_returns_the_failed_one), ("first trial skipped", search_shrinks_first),
             ("the point returned", search_returns_the_point), ("mutated input", search_moves_x),
             ("full step", search_is_not_patient)],
    "06-9": [("sign", lbfgs_without_minus), ("first loop in the wrong order", lbfgs_first_loop_forwards),
             ("second loop in the wrong order", lbfgs_second_loop_backwards),
             ("both loops in the wrong order", lbfgs_both_reversed), ("no scaling", lbfgs_without_scaling),
             ("second loop without its correction", lbfgs_without_correction), ("rho forgotten", lbfgs_without_rho),
             ("scaling of the oldest pair", lbfgs_wrong_pair), ("mutated input", lbfgs_spoils_g),
             ("steepest descent", lbfgs_is_descent), ("one loop only", lbfgs_one_loop)],
}
