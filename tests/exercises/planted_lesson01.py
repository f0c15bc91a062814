"""Wrong answers to the tasks of lesson 01, as learners write them, and the name each must be called by."""

import numpy as np


def s(z):
    return 1 / (1 + np.exp(-z))


# ---- 01-1 ----------------------------------------------------------------------------------------------------

def slope_target_minus_answer(w, b, x, t):
    y = s(w * x + b)
    dy = -2 * (y - t)
    dz = dy * y * (1 - y)
    return dz * x, dz


def slope_without_two(w, b, x, t):
    y = s(w * x + b)
    dz = (y - t) * y * (1 - y)
    return x * dz, dz


def slope_of_a_linear_neuron(w, b, x, t):
    y = s(w * x + b)
    return 2 * (y - t) * x, 2 * (y - t)


def slope_of_s_at_z(w, b, x, t):
    z = w * x + b
    dz = 2 * (s(z) - t) * z * (1 - z)
    return dz * x, dz


def slope_without_x(w, b, x, t):
    y = s(w * x + b)
    dz = 2 * (y - t) * y * (1 - y)
    return dz, dz


def slope_with_w(w, b, x, t):
    y = s(w * x + b)
    dz = 2 * (y - t) * y * (1 - y)
    return dz * w, dz


def slope_b_first(w, b, x, t):
    y = s(w * x + b)
    dz = 2 * (y - t) * y * (1 - y)
    return dz, dz * x


def slope_w_only(w, b, x, t):
    y = s(w * x + b)
    return 2 * (y - t) * y * (1 - y) * x


def slope_error_of_z(w, b, x, t):
    z = w * x + b
    y = s(z)
    dz = 2 * (z - t) * y * (1 - y)
    return dz * x, dz


# ---- 01-2 ----------------------------------------------------------------------------------------------------

def step_uphill(params, gradient, lr):
    return lr * gradient + params


def step_in_place(params, gradient, lr):
    params -= lr * gradient
    return params


def step_in_place_without_return(params, gradient, lr):
    params -= lr * gradient


def step_change_only(params, gradient, lr):
    return -(gradient * lr)


def step_without_lr(params, gradient, lr):
    return params - gradient


def step_normalised(params, gradient, lr):
    return params - lr * gradient / np.linalg.norm(gradient)


def step_spoils_the_gradient(params, gradient, lr):
    gradient *= lr
    return params - gradient


def step_in_a_new_array(params, gradient, lr):
    new = np.zeros(len(params))
    for i in range(len(params)):
        new[i] = params[i] - lr * gradient[i]
    return new


# ---- 01-3 ----------------------------------------------------------------------------------------------------

def delta_of(w, b, x, t):
    y = s(x @ w + b)
    return 2 * (y - t) * y * (1 - y)


def delta_uphill(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return lr * (d @ x) / len(x), lr * d.mean()


def delta_summed(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * x.T @ d, -lr * np.sum(d)


def delta_without_two(w, b, x, t, lr):
    d = delta_of(w, b, x, t) / 2
    return -lr * x.T @ d / len(x), -lr * d.mean()


def delta_of_widrow_and_hoff(w, b, x, t, lr):
    d = 2 * (s(x @ w + b) - t)
    return -lr * x.T @ d / len(x), -lr * d.mean()


def delta_rows(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * d[:, None] * x, -lr * d


def delta_rows_divided(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * d[:, None] * x / len(x), -lr * d.mean()


def delta_b_rows(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * (d[:, None] * x).mean(axis=0), -lr * d


def delta_wrong_axis(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * (d[:, None] * x).mean(axis=1), -lr * d.mean()


def delta_loop_overwrites(w, b, x, t, lr):
    for i in range(len(x)):
        y = s(x[i] @ w + b)
        d = 2 * (y - t[i]) * y * (1 - y)
        dw = d * x[i]
        db = d
    return -lr * dw, -lr * db


def delta_updates_w(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    change = -lr * x.T @ d / len(x)
    w += change
    return change, -lr * d.mean()


def delta_new_values(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return w - lr * x.T @ d / len(x), b - lr * d.mean()


def delta_mean_of_all(w, b, x, t, lr):
    d = delta_of(w, b, x, t)
    return -lr * d.mean() * x.mean(axis=0), -lr * d.mean()


# ---- 01-4, 01-5 ----------------------------------------------------------------------------------------------

def largest_measured_from_a(a, b, c):
    curvature = a
    return 2 / curvature


def largest_one_over_curvature(a, b, c):
    second_derivative = 2 * a
    return 1 / second_derivative


def largest_the_curvature(a, b, c):
    return a + a


def largest_with_slope(a, b, c):
    return 2 / (2 * a * 1 + b)


def largest_the_bottom(a, b, c):
    return -b / 2 / a


def largest_negative(a, b, c):
    return -2 / (2 * a)


def largest_printed(a, b, c):
    2 / (2 * a)


def common_smallest(curvatures):
    low, high = np.min(curvatures), np.max(curvatures)
    return 2 / low, 2 / (low + high), (high - low) / (high + low)


def common_mean(curvatures):
    low, high = np.min(curvatures), np.max(curvatures)
    return 2 / np.mean(curvatures), 2 / (low + high), (high - low) / (high + low)


def common_unsorted(curvatures):
    low, high = curvatures[0], curvatures[-1]
    best = 2 / (low + high)
    return 2 / high, best, np.max(np.abs(1 - best * curvatures))


def common_steepest_best(curvatures):
    best = 1 / np.max(curvatures)
    return 2 / np.max(curvatures), best, np.max(np.abs(1 - best * curvatures))


def common_signed(curvatures):
    low, high = np.min(curvatures), np.max(curvatures)
    return 2 / high, 2 / (low + high), (low - high) / (high + low)


def common_sorts_in_place(curvatures):
    curvatures.sort()
    low, high = curvatures[0], curvatures[-1]
    return 2 / high, 2 / (low + high), (high - low) / (high + low)


def common_best_first(curvatures):
    low, high = np.min(curvatures), np.max(curvatures)
    return 2 / (low + high), 2 / high, (high - low) / (high + low)


PLANTED = {
    "01-1": [("sign", slope_target_minus_answer), ("factor 2", slope_without_two),
             ("missing slope of s", slope_of_a_linear_neuron), ("slope of s taken at z", slope_of_s_at_z),
             ("missing x", slope_without_x), ("w instead of x", slope_with_w), ("wrong order", slope_b_first),
             ("number of results", slope_w_only), ("error before the sigmoid", slope_error_of_z)],
    "01-2": [("sign", step_uphill), ("mutated input", step_in_place),
             ("nothing returned", step_in_place_without_return),
             ("only the change", step_change_only), ("missing learning rate", step_without_lr),
             ("direction only", step_normalised), ("mutated input", step_spoils_the_gradient),
             ("dtype", step_in_a_new_array)],
    "01-3": [("sign", delta_uphill), ("missing 1/N", delta_summed), ("factor 2", delta_without_two),
             ("missing slope of s", delta_of_widrow_and_hoff), ("missing sum over the batch", delta_rows),
             ("missing sum over the batch", delta_rows_divided), ("missing mean for b", delta_b_rows),
             ("wrong axis", delta_wrong_axis), ("one example only", delta_loop_overwrites),
             ("mutated input", delta_updates_w), ("new values instead of changes", delta_new_values),
             ("mean of x times mean of delta", delta_mean_of_all)],
    "01-4": [("curvature is 2a", largest_measured_from_a), ("fastest, not largest", largest_one_over_curvature),
             ("curvature, not learning rate", largest_the_curvature),
             ("slope instead of curvature", largest_with_slope), ("the bottom, not the step", largest_the_bottom),
             ("sign", largest_negative), ("nothing returned", largest_printed)],
    "01-5": [("smallest curvature rules", common_smallest), ("average curvature", common_mean),
             ("sorted input assumed", common_unsorted), ("best for the steepest only", common_steepest_best),
             ("factor without absolute value", common_signed), ("mutated input", common_sorts_in_place),
             ("wrong order", common_best_first)],
}
