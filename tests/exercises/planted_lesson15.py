"""Answers to the tasks of lesson 15, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import numpy as np

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

# TODO feedback

# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

def integrated_by_stacking(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    z, w = 0.5 + 0.5 * z, 0.5 * w
    way = x - baseline
    places = np.concatenate([x - (1 - a) * way for a in z])
    slopes = gradient(places).reshape(count, *x.shape)
    return np.einsum("m,mnd,nd->nd", w, slopes, way)


def integrated_backwards(gradient, x, baseline, count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    total = 0
    for node, weight in zip(nodes, weights):                # from x to the baseline: the nodes lie symmetrically
        a = (1 + node) / 2
        total += weight * gradient(a * baseline + (1 - a) * x)
    return total * (x - baseline) / 2


def integrated_of_lists(gradient, x, baseline, count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    rows = []
    for row in x:
        g = sum(w * gradient(np.array([b + (r - b) * (n + 1) / 2 for r, b in zip(row, baseline)])[np.newaxis])[0]
                for n, w in zip(nodes, weights)) / 2
        rows.append([(r - b) * d for r, b, d in zip(row, baseline, g)])
    return rows


def integrated_from_minus_one(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * sum(wi / 2 * gradient(baseline + zi * (x - baseline)) for zi, wi in zip(z, w))


def integrated_twice_as_large(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * sum(wi * gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi, wi in zip(z, w))


def integrated_by_a_plain_mean(gradient, x, baseline, count):
    z, _ = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * np.mean([gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi in z], axis=0)


def integrated_by_riemann(gradient, x, baseline, count):
    steps = (np.arange(count) + 0.5) / count
    return (x - baseline) * np.mean([gradient(baseline + a * (x - baseline)) for a in steps], axis=0)


def integrated_without_the_way(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return sum(wi / 2 * gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi, wi in zip(z, w))


def integrated_from_paper(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return (x - baseline) * sum(wi / 2 * gradient((zi + 1) / 2 * x) for zi, wi in zip(z, w))


def integrated_the_last_one(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    for zi, wi in zip(z, w):
        mean = wi / 2 * gradient(baseline + (zi + 1) / 2 * (x - baseline))
    return (x - baseline) * mean


def integrated_once(gradient, x, baseline, count):
    return (x - baseline) * gradient(x)


def integrated_times_x(gradient, x, baseline, count):
    z, w = np.polynomial.legendre.leggauss(count)
    return x * sum(wi / 2 * gradient(baseline + (zi + 1) / 2 * (x - baseline)) for zi, wi in zip(z, w))

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

def sign_with_where(x, dx, eps, low, high):
    if not np.all(dx == dx):
        raise ValueError("no sign")
    moved = np.where(dx > 0, x + eps, np.where(dx < 0, x - eps, x))
    moved[moved > high] = high
    moved[moved < low] = low
    return moved


def sign_by_the_box(x, dx, eps, low, high):
    if np.isnan(np.sum(dx)):
        raise ValueError(f"{np.isnan(dx).sum()} entries are NaN")
    ends = np.minimum(x + eps, high), np.maximum(x - eps, low)
    return np.select([dx > 0, dx < 0], ends, x)


def sign_pixel_by_pixel(x, dx, eps, low, high):
    rows = []
    for pixels, slopes in zip(x, dx):
        if any(d != d for d in slopes):
            raise ValueError("NaN")
        rows.append([min(max(p + eps * (int(d > 0) - int(d < 0)), low), high) for p, d in zip(pixels, slopes)])
    return rows


def sign_of_a_kind_attacker(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.clip(x - eps * np.sign(dx), low, high)


def sign_without_sign(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.minimum(np.maximum(x + dx * eps, low), high)


def sign_that_never_rests(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.clip(x + np.where(dx < 0, -eps, eps), low, high)


def sign_that_leaves(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return x + np.sign(dx) * eps


def sign_within_0_and_1(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return (x + np.sign(dx) * eps).clip(0, 1)


def sign_of_anything(x, dx, eps, low, high):
    return np.clip(x + np.sign(dx) * eps, low, high)


def sign_step_alone(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    return np.clip(eps * np.sign(dx), low, high)


def sign_in_place(x, dx, eps, low, high):
    if np.isnan(dx).any():
        raise ValueError("NaN")
    x += eps * np.sign(dx)
    return np.clip(x, low, high)


PLANTED = {
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    "15-3": [("nodes not moved", integrated_from_minus_one), ("weights not halved", integrated_twice_as_large),
             ("equal weights", integrated_by_a_plain_mean), ("even steps", integrated_by_riemann),
             ("way forgotten", integrated_without_the_way), ("way from zero", integrated_from_paper),
             ("not accumulated", integrated_the_last_one), ("gradient at x", integrated_once),
             ("times x", integrated_times_x)],
    # ---- explaining
    "15-4": [("downhill", sign_of_a_kind_attacker), ("gradient instead of its sign", sign_without_sign),
             ("zero counted as plus", sign_that_never_rests), ("not cut", sign_that_leaves),
             ("cut to 0 and 1", sign_within_0_and_1), ("NaN let through", sign_of_anything),
             ("only the step returned", sign_step_alone), ("mutated input", sign_in_place)],
    # ---- attacks
}

RIGHT = {
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    "15-3": [integrated_by_stacking, integrated_backwards, integrated_of_lists],
    # ---- explaining
    "15-4": [sign_with_where, sign_by_the_box, sign_pixel_by_pixel],
    # ---- attacks
}
