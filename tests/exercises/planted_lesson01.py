"""Answers to the tasks of lesson 01, wrong and right, as learners write them; each wrong one has its name."""

import math
from functools import partial

import numpy as np
from answers import edited


def s(z):
    return 1 / (1 + np.exp(-z))


# ---- 01-0 ----------------------------------------------------------------------------------------------------

def derived(_=None):
    return {
        "dL/dy": lambda y, t: 2 * y - 2 * t,
        "dy/dz": lambda y: y - y ** 2,
        "dz/dw": lambda w, b, x: x,
        "dz/db": lambda w, b, x: 1.0,
        "joined": "multiplied",
        "dL/dz": lambda y, t: (2 * y - 2 * t) * (y - y ** 2),
        "dL/dw": lambda y, t, x: x * (2 * y - 2 * t) * (y - y ** 2),
        "dL/db": lambda y, t, x: (y - t) * (y - y ** 2) * 2,
        "mean over": "n",
        "mean by w[d]": lambda delta, x, d: np.mean(delta * x[:, d]),
        "mean by b": lambda delta, x: delta.mean(),
    }


def derived_with_named_functions():
    def error(y, t):
        return 2.0 * (y - t)

    def bend(y):
        return y * (1.0 - y)

    def average(delta, x, d):
        total = 0.0
        for row, change in zip(x, delta):
            total += row[d] * change
        return total / len(delta)
    steps = dict(zip(("dL/dy", "dy/dz"), (error, bend)))
    steps["dL/dz"] = lambda y, t: error(y, t) * bend(y)
    steps.update({"dz/dw": lambda *wbx: wbx[-1], "dz/db": lambda *_: 1, "joined": " Multiplied",
                  "dL/dw": lambda y, t, x: steps["dL/dz"](y, t) * x, "dL/db": lambda y, t, x: steps["dL/dz"](y, t),
                  "mean over": "n", "mean by w[d]": average,
                  "mean by b": lambda delta, x: math.fsum(delta) / len(delta), "a note": "done on paper"})
    return steps


def derived_in_matrices():
    return derived() | {"mean by w[d]": lambda delta, x, d: (x.T @ delta)[d] / len(x),
                        "mean by b": lambda delta, x: np.float32(delta.sum() / len(x)),
                        "dL/dw": lambda y, t, x: np.array(2 * (y - t) * y * (1 - y) * x)}


def derived_without_the_mean():
    return {key: step for key, step in derived().items() if key != "mean by b"}


def derived_as_a_list():
    return list(derived().values())


# ---- 01-1 ----------------------------------------------------------------------------------------------------

def slope_in_steps(w, b, x, t):
    y = s(w * x + b)
    dy = 2 * (y - t)
    dz = dy * y * (1 - y)
    return dz * x, dz


def slope_w_only(w, b, x, t):
    y = s(w * x + b)
    return 2 * (y - t) * y * (1 - y) * x


def slope_by_quotient(w, b, x, t):
    def loss(w, b):
        return (s(w * x + b) - t) ** 2
    h = 1e-5
    return (loss(w + h, b) - loss(w - h, b)) / (2 * h), (loss(w, b + h) - loss(w, b - h)) / (2 * h)


def slope_rounded_target(w, b, x, t):
    return slope_in_steps(w, b, x, round(t))


def slope_as_array(w, b, x, t):
    y = 0.5 + 0.5 * math.tanh((w * x + b) / 2)
    return 2 * (y - t) * (y - y * y) * np.array([x, 1])


def slope_in_float32(w, b, x, t):
    w, b, x, t = (np.float32(v) for v in (w, b, x, t))
    y = 1 / (1 + np.exp(-(w * x + b)))
    return [2 * (y - t) * y * (1 - y) * factor for factor in (x, np.float32(1))]


def slope_of_cosh(w, b, x, t):
    z = w * x + b
    dz = (1 / (1 + math.exp(-z)) - t) / (1 + math.cosh(z))
    return x * dz, dz


def slope_of_an_angle(w, b, x, t):
    y = math.sin(math.atan(math.exp((w * x + b) / 2))) ** 2
    return 2 * (y - t) * y * (1 - y) * x, 2 * (y - t) * y * (1 - y)


class Slope:
    """A neuron that can be called."""

    __name__ = "slope_of_a_class"

    def __call__(self, w, b, x, t=1.0):
        return tuple(v for v in slope_in_steps(w, b, x, t))


# ---- 01-2 ----------------------------------------------------------------------------------------------------

def step_right(params, gradient, lr):
    return -lr * gradient + params


def step_in_place(params, gradient, lr):
    params -= lr * gradient
    return params


def step_in_place_without_return(params, gradient, lr):
    params -= lr * gradient


def step_normalised(params, gradient, lr):
    return params - lr * gradient / np.linalg.norm(gradient)


def step_spoils_the_gradient(params, gradient, lr):
    gradient *= lr
    return params - gradient


def step_in_a_loop(params, gradient, lr):
    new = np.zeros(len(params))
    for i in range(len(params)):
        new[i] = params[i] - lr * gradient[i]
    return new


def step_of_five(params, gradient, lr):
    new = params.copy()
    new[:5] -= lr * gradient[:5]
    return new


def step_on_a_copy(params, gradient, lr):
    new = params.copy()
    new -= lr * gradient
    return new


def step_as_list(params, gradient, lr):
    return [p - lr * g for p, g in zip(params, gradient)]


def step_read_only(params, gradient, lr):
    new = np.subtract(params, np.multiply(gradient, lr))
    new.flags.writeable = False
    return new


def step_in_float32(params, gradient, lr):
    return (params - lr * gradient).astype(np.float32)


# ---- 01-3 ----------------------------------------------------------------------------------------------------

def delta_of(w, b, x, t):
    y = s(x @ w + b)
    return 2 * (y - t) * y * (1 - y)


def delta_right(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * (d @ x) / len(x), -lr * np.mean(d)


def delta_without_two(w, b, x, t, lr):
    d = delta_of(w, b, x, t) / 2
    return -lr * x.T @ d / len(x), -lr * d.mean()


def delta_of_widrow_and_hoff(w, b, x, t, lr):
    d = 2 * (s(x @ w + b) - t)
    return -lr * x.T @ d / len(x), -lr * d.mean()


def delta_b_rows(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * (d[:, None] * x).mean(axis=0), -lr * d


def delta_loop(w, b, x, t, lr):
    dw, db = np.zeros(len(w)), 0.0
    for i in range(len(x)):
        y = s(x[i] @ w + b)
        d = 2 * (y - t[i]) * y * (1 - y)
        dw = dw + d * x[i]
        db = db + d
    return -lr * dw / len(x), -lr * db / len(x)


def delta_updates_w(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    change = -lr * x.T @ d / len(x)
    w += change
    return change, -lr * d.mean()


def delta_new_values(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return w - lr * x.T @ d / len(x), b - lr * d.mean()


def delta_of_distinct_rows(w, b, x, t, lr):
    x, first = np.unique(x, axis=0, return_index=True)
    return delta_right(w, b, x, t[first], lr)


def delta_of_rows_that_are_not_0(w, b, x, t, lr):
    kept = x.any(axis=1)
    return delta_right(w, b, x[kept], t[kept], lr)


def delta_of_wrong_rows(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    wrong = max(np.count_nonzero(d), 1)
    return -lr * (d @ x) / wrong, -lr * d.sum() / wrong


def delta_of_eight(w, b, x, t, lr):
    return delta_right(w, b, x[:8], t[:8], lr)


def delta_squeezed(w, b, x, t, lr):
    dw, db = delta_right(w, b, x, t, lr)
    return np.squeeze(dw), db


def delta_einsum(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * np.einsum("n,nd->d", d, x) / x.shape[0], np.float64(-lr * d.sum() / d.size)


def delta_as_list(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return [[float(-lr * np.mean(d * column)) for column in x.T], -lr * sum(d) / len(d)]


def delta_with_a_column_of_ones(w, b, x, t, lr):
    wide = np.hstack([x, np.ones((len(x), 1))])
    change = -lr * (delta_of(np.append(w, b), 0, wide, t)[:, None] * wide).mean(axis=0)
    return change[:-1], change[-1]


def delta_of_matrices(w, b, x, t, lr):
    d = delta_of(w, b, x, t).reshape(1, -1)
    return ((-lr / d.size) * d @ x).ravel(), np.array(-lr * d.mean())


# ---- 01-4, 01-5 ----------------------------------------------------------------------------------------------

def largest_right(a, b, c):
    second_derivative = 2 * a
    return 2 / second_derivative


def largest_the_bottom(a, b, c):
    return -b / 2 / a


def largest_printed(a, b, c):
    2 / (2 * a)


def largest_at_most_ten(a, b, c):
    return min(1 / a, 10.0)


def largest_of_the_slope(a, b, c):
    def slope(w):
        return 2 * a * w + b
    return 2 / (slope(1.0) - slope(0.0))


def largest_by_polyder(a, b, c):
    return np.array(2 / np.polyder([a, b, c], 2)[0])


def largest_power(a, b=0.0, c=0.0):
    return np.float32(a ** -1.0)


def common_right(curvatures):
    low, high = np.min(curvatures), np.max(curvatures)
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


def common_unsorted(curvatures):
    low, high = curvatures[0], curvatures[-1]
    best = 2 / (low + high)
    return 2 / high, best, np.max(np.abs(1 - best * curvatures))


def common_steepest_best(curvatures):
    best = 1 / np.max(curvatures)
    return 2 / np.max(curvatures), best, np.max(np.abs(1 - best * curvatures))


def common_sorts_in_place(curvatures):
    curvatures.sort()
    low, high = curvatures[0], curvatures[-1]
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


def common_on_a_grid(curvatures):
    rates = np.linspace(0, 2 / curvatures.max(), 10001)
    factors = np.abs(1 - rates[:, None] * curvatures).max(axis=1)
    return 2 / curvatures.max(), rates[factors.argmin()], factors.min()


def common_sorted_copy(curvatures):
    low, *_, high = sorted([*curvatures, *curvatures])
    best = 2 / (low + high)
    return np.array([2 / high, best, max(abs(1 - best * c) for c in curvatures)])


def common_by_interpolation(curvatures):
    slow, fast = 1 / min(curvatures), 1 / max(curvatures)
    best = 2 * slow * fast / (slow + fast)
    return [fast * 2, best, abs(1 - best / fast)]


def common_in_float32(curvatures):
    return tuple(np.float32(v) for v in common_right(curvatures))


_step = partial(lambda rule, params, gradient, lr: rule(params, lr * gradient), np.subtract)
_step.__name__ = "step_partial"

PLANTED = {
    "01-0": [("sign", edited(derived, ("y, t: 2 * y - 2 * t,", "y, t: 2 * t - 2 * y,"))),
             ("factor 2", edited(derived, ("y, t: 2 * y - 2 * t,", "y, t: -(t - y),"))),
             ("square instead of its slope",
              edited(derived, ("y, t: 2 * y - 2 * t,", "y, t: y * y - 2 * y * t + t * t,"))),
             ("slope of s forgets y", edited(derived, ("lambda y: y - y ** 2", "lambda y: -y + 1"))),
             ("slope of s taken at y", edited(derived, ("lambda y: y - y ** 2", "lambda y: s(y) - s(y) ** 2"))),
             ("w instead of x", edited(derived, ("w, b, x: x", "w, b, x: w"))),
             ("b drops out", edited(derived, ("w, b, x: 1.0", "w, b, x: 0 * b"))),
             ("slopes added", edited(derived, ('"multiplied"', '"added"'))),
             ("missing slope of s", edited(derived, ("y, t: (2 * y - 2 * t) * (y - y ** 2)", "y, t: (y - t) * 2"))),
             ("missing x", edited(derived, ("x: x * (2", "x: (2"))),
             ("x in both", edited(derived, ("(y - y ** 2) * 2", "(y - y ** 2) * 2 * x"))),
             ("indices swapped", edited(derived, ("np.mean(delta * x[:, d])",
                                                  "sum(v * x[d, n] for n, v in enumerate(delta)) / len(delta)"))),
             ("all inputs", edited(derived, ("x[:, d]", "x.sum(axis=1)"))),
             ("mean over the inputs", edited(derived, ('over": "n"', 'over": "d"'))),
             ("missing 1/N", edited(derived, ("np.mean(delta * x[:, d])", "delta @ x[:, d]"))),
             ("missing 1/N", edited(derived, ("delta.mean()", "delta.sum()"))),
             ("mean of x times mean of delta",
              edited(derived, ("np.mean(delta * x[:, d])", "delta.mean() * np.mean(x, 0)[d]"))),
             ("zero", edited(derived, ("(y - y ** 2) * 2", "(y - y ** 2) * 2 * (x != 0)"))),
             ("error", edited(derived, ("w, b, x: 1.0", "w, b, x: x / x"))),
             ("error", edited(derived, ("w, b, x: x,", "w, b, x: w * x / w,"))),
             ("values", edited(derived, ("w, b, x: x,", "w, b, x: x or 1,"))),
             ("values", edited(derived, ("2 * y - 2 * t,", "2 * y - 2 * min(max(t, 0), 1),"))),
             ("precision", edited(derived, ("2 * y - 2 * t,", "((y + 1e-5 - t) ** 2 - (y - 1e-5 - t) ** 2) / 2e-5,"))),
             ("values", edited(derived, ("np.mean(delta * x[:, d])", "delta @ x[:, d] / np.count_nonzero(x[:, d])"))),
             ("values", edited(derived, ("np.mean(delta * x[:, d])", "sum(set(delta * x[:, d])) / len(x)"))),
             ("values", edited(derived, ("delta.mean()", "sum(set(delta)) / len(delta)"))),
             ("missing step", derived_without_the_mean), ("not a dict", derived_as_a_list),
             ("not a function", edited(derived, ("lambda w, b, x: 1.0", "1.0"))),
             ("not a choice", edited(derived, ('"multiplied"', '"chained"')))],
    "01-1": [("sign", edited(slope_in_steps, ("dy = 2", "dy = -2"))),
             ("factor 2", edited(slope_in_steps, ("dy = 2 *", "dy ="))),
             ("missing slope of s", edited(slope_in_steps, ("dy * y * (1 - y)", "dy"))),
             ("slope of s taken at z", edited(slope_in_steps, ("dy * y * (1 - y)", "dy * (w*x + b) * (1 - w*x - b)"))),
             ("missing x", edited(slope_in_steps, ("dz * x", "dz"))),
             ("w instead of x", edited(slope_in_steps, ("dz * x", "w * dz"))),
             ("wrong order", edited(slope_in_steps, ("dz * x, dz", "dz, dz * x"))),
             ("number of results", slope_w_only), ("precision", slope_by_quotient), ("values", slope_rounded_target),
             ("error before the sigmoid", edited(slope_in_steps, ("(y - t)", "(w * x + b - t)"))),
             ("error without its sign", edited(slope_in_steps, ("(y - t)", "np.abs(t - y)"))),
             ("no sigmoid", edited(slope_in_steps, ("s(w * x + b)", "w * x + b"))),
             ("values", edited(slope_in_steps, ("s(w * x + b)", "s(np.clip(w * x + b, -4, 4))"))),
             ("values", edited(slope_in_steps, ("y * (1 - y)", "max(y * (1 - y), 1e-4)"))),
             ("values", edited(slope_in_steps, ("- t)", "- min(max(t, 0), 1))"))),
             ("zero", edited(slope_in_steps, ("2 * (y - t)", "2 * (y - t) * (abs(y - t) > 0.01)"))),
             ("zero", edited(slope_in_steps, ("dz * x, dz", "dz * x, b and dz"))),
             ("slope of tanh", edited(slope_in_steps, ("y * (1 - y)", "(1 - y ** 2)")))],
    "01-2": [("sign", edited(step_right, ("-lr", "lr"))), ("mutated input", step_in_place),
             ("nothing returned", step_in_place_without_return),
             ("only the change", edited(step_right, (" + params", ""))),
             ("missing learning rate", edited(step_right, ("-lr * gradient", "-gradient"))),
             ("direction only", step_normalised), ("mutated input", step_spoils_the_gradient),
             ("entries cut off", edited(step_right, ("* gradient", "* np.clip(gradient, -1, 1)"))),
             ("parameters in the step", edited(step_in_a_loop, ("lr * gradient[i]", "lr * gradient[i] * params[i]"))),
             ("values", step_of_five),
             ("wrong axis", edited(step_in_a_loop, ("return new", "return new[:-1]")))],
    "01-3": [("sign", edited(delta_right, ("-lr * (", "lr * ("), ("-lr * np", "lr * np"))),
             ("missing 1/N", edited(delta_right, (" / len(x)", ""), ("np.mean(d)", "np.sum(d)"))),
             ("factor 2", delta_without_two), ("missing slope of s", delta_of_widrow_and_hoff),
             ("missing sum over the batch",
              edited(delta_right, ("(d @ x) / len(x)", "d[:, None] * x"), ("np.mean(d)", "d"))),
             ("missing sum over the batch", edited(delta_right, ("d @ x", "d[:, None] * x"))),
             ("missing mean for b", delta_b_rows), ("extra axis", delta_squeezed),
             ("wrong axis", edited(delta_right, ("(d @ x) / len(x)", "np.mean(d[:, None] * x, axis=1)"))),
             ("one example only", edited(delta_loop, ("dw + d * x[i]", "d * x[i]"), ("db + d", "d"),
                                         ("dw / len(x)", "dw"), ("db / len(x)", "db"))),
             ("mutated input", delta_updates_w), ("new values instead of changes", delta_new_values),
             ("slopes instead of changes", edited(delta_right, ("-lr * (", "("), ("-lr * np", "np"))),
             ("mean of x times mean of delta",
              edited(delta_right, ("(d @ x) / len(x)", "d.mean() * np.mean(x, axis=0)"))),
             ("values", delta_of_distinct_rows), ("values", delta_of_rows_that_are_not_0),
             ("values", delta_of_wrong_rows), ("values", delta_of_eight),
             ("values", edited(delta_loop, ("x[i] @ w + b", "np.clip(x[i] @ w + b, -6, 6)"))),
             ("zero", edited(delta_loop, ("(y - t[i])", "(y - np.clip(t[i], 0, 1))")))],
    "01-4": [("curvature is 2a", edited(largest_right, ("= 2 * a", "= a"))),
             ("fastest, not largest", edited(largest_right, ("2 / second", "1 / second"))),
             ("curvature, not learning rate", edited(largest_right, ("return 2 / ", "return "))),
             ("slope instead of curvature", edited(largest_right, ("2 * a", "2 * a * 1 + b"))),
             ("the bottom, not the step", largest_the_bottom),
             ("sign", edited(largest_right, ("2 / second", "-2 / second"))),
             ("nothing returned", largest_printed), ("values", largest_at_most_ten),
             ("values", edited(largest_right, ("= 2 * a", "= 2 * max(a, 1e-3)")))],
    "01-5": [("smallest curvature rules", edited(common_right, ("2 / high,", "2 / low,"))),
             ("average curvature", edited(common_right, ("2 / high,", "2 / np.mean(curvatures),"))),
             ("sorted input assumed", common_unsorted), ("best for the steepest only", common_steepest_best),
             ("factor without absolute value", edited(common_right, ("(high - low)", "(low - high)"))),
             ("mutated input", common_sorts_in_place), ("precision", common_on_a_grid),
             ("factor at another rate", edited(common_right, ("(high - low) / (high + low)", "1 - 2 * low / high"))),
             ("values", edited(common_right, ("np.min(curvatures)", "max(np.min(curvatures), 1e-2)"))),
             ("values", edited(common_right, ("np.min(curvatures)", "np.min(curvatures[:4])"),
                               ("np.max(curvatures)", "np.max(curvatures[:4])"))),
             ("wrong order", edited(common_right, ("2 / high, 2 / (low + high)", "2 / (low + high), 2 / high")))],
}

RIGHT = {
    "01-0": [derived, derived_with_named_functions, derived_in_matrices],
    "01-1": [slope_in_steps, slope_as_array, slope_in_float32, slope_of_cosh, slope_of_an_angle, Slope()],
    "01-2": [step_right, step_in_a_loop, step_on_a_copy, step_as_list, step_read_only, step_in_float32, _step],
    "01-3": [delta_right, delta_loop, delta_einsum, delta_as_list, delta_with_a_column_of_ones, delta_of_matrices],
    "01-4": [largest_right, largest_of_the_slope, largest_by_polyder, largest_power],
    "01-5": [common_right, common_sorted_copy, common_by_interpolation, common_in_float32],
}
