"""Wrong answers to the tasks of lesson 09, as learners write them, and the name each must be called by."""

import numpy as np

# ---- 09-1 one step back --------------------------------------------------------------------------------------


def step_without_the_tanh(dy, x, h, y, W, U):
    return np.dot(dy, W.T), np.dot(dy, U.T), np.dot(x.T, dy), np.dot(h.T, dy), np.sum(dy, axis=0)


def step_with_a_sigmoid(dy, x, h, y, W, U):
    da = dy * y * (1 - y)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


def step_with_the_square(dy, x, h, y, W, U):
    da = np.multiply(dy, np.square(y))
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


def step_with_the_old_state(dy, x, h, y, W, U):
    da = dy - dy * h ** 2
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


def step_with_two_tanhs(dy, x, h, y, W, U):
    th = np.tanh(y)
    da = dy * (1 - th) * (1 + th)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


def step_with_y_for_h(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return da @ W.T, da @ U.T, x.T @ da, y.T @ da, np.sum(da, 0)


def step_u_not_transposed(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return da @ W.T, np.dot(da, U), x.T @ da, h.T @ da, np.sum(da, 0)


def step_du_on_its_side(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return da @ W.T, da @ U.T, x.T @ da, da.T @ h, np.sum(da, 0)


def step_bias_not_summed(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da


def step_bias_averaged(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.mean(da, axis=0)


def step_bias_before_the_tanh(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(dy, axis=0)


def step_weights_first(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2)
    return x.T @ da, h.T @ da, np.sum(da, 0), da @ W.T, da @ U.T


def step_negative(dy, x, h, y, W, U):
    da = dy * (y ** 2 - 1)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


def step_in_place(dy, x, h, y, W, U):
    dy *= 1 - y ** 2
    return dy @ W.T, dy @ U.T, x.T @ dy, h.T @ dy, np.sum(dy, 0)


def step_in_double(dy, x, h, y, W, U):
    da = np.zeros(dy.shape)
    da[:] = dy * (1 - y ** 2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


def step_divides_by_the_batch(dy, x, h, y, W, U):
    da = dy * (1 - y ** 2) / len(dy)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, np.sum(da, 0)


# ---- 09-2 and 09-3 through time ------------------------------------------------------------------------------

def through_time(dhs, xs, h0, hs, W, U, fault=None, window=None):
    """Written with a list of the states, h0 first, as a learner might."""
    states = [h0, *hs]
    dW, dU, db = 0 * W, 0 * U, 0 * U[0]
    dh = 0 * h0
    steps = list(range(len(xs)))
    for t in steps if fault == "forward" else steps[::-1]:
        if window and fault != "never cut":
            last_of_window = {"from the end": (len(xs) - 1 - t) % window == 0, "off by one": t % window == 0}.get(
                fault, t % window == window - 1)
            if last_of_window and t < len(xs) - 1:
                dh = 0 * dh
                if fault == "loss":
                    continue
        incoming = dhs[t] + dh
        if fault == "only the loss":
            incoming = dhs[t]
        if fault == "only the end":
            incoming = dhs[t] if t == len(xs) - 1 else dh
        da = incoming * (1 - states[t + 1] ** 2)
        if fault == "no tanh":
            da = incoming
        old = states[t + 1] if fault == "new state" else states[t]
        if fault == "no h0" and t == 0:
            old = 0 * h0
        if fault == "state" and window and t % window == 0:
            old = 0 * h0
        if fault == "overwrite":
            dW, dU, db = xs[t].T @ da, old.T @ da, da.sum(0)
        elif fault == "minus":
            dW, dU, db = dW - xs[t].T @ da, dU - old.T @ da, db - da.sum(0)
        else:
            dW, dU, db = dW + xs[t].T @ da, dU + old.T @ da, db + da.sum(0)
        came = da @ (U if fault == "transpose" else U.T)
        dh = dh + came if fault == "summed" else came
    if fault == "average":
        dW, dU, db = dW / len(xs), dU / len(xs), db / len(xs)
    if fault == "spoil":
        dhs[0] += dh
    return (dW, dU, db) if window else (dW, dU, db, -dh if fault == "minus" else dh)


def through(fault):
    return lambda dhs, xs, h0, hs, W, U: through_time(dhs, xs, h0, hs, W, U, fault)


def in_windows(fault):
    return lambda dhs, xs, h0, hs, W, U, window: through_time(dhs, xs, h0, hs, W, U, fault, window)


def through_without_dh0(dhs, xs, h0, hs, W, U):
    return through_time(dhs, xs, h0, hs, W, U)[:3]


def through_dh0_first(dhs, xs, h0, hs, W, U):
    dW, dU, db, dh = through_time(dhs, xs, h0, hs, W, U)
    return dh, dW, dU, db


_sums = {}


def through_keeping_the_sums(dhs, xs, h0, hs, W, U):
    results = through_time(dhs, xs, h0, hs, W, U)
    _sums[W.shape] = _sums.get(W.shape, 0) + results[0]
    return _sums[W.shape].copy(), *results[1:]


# ---- 09-4 the spectral radius --------------------------------------------------------------------------------

def radius_by_singular_values(U, radius):
    return radius * U / np.linalg.svd(U)[1][0]


def radius_by_frobenius(U, radius):
    return radius * U / np.sqrt(np.sum(U ** 2))


def radius_by_entries(U, radius):
    return radius * U / np.max(np.abs(U))


def radius_by_real_parts(U, radius):
    return radius * U / np.max(np.linalg.eigvals(U).real)


def radius_by_sizes_of_real_parts(U, radius):
    return radius * U / np.max(np.abs(np.real(np.linalg.eigvals(U))))


def radius_not_divided(U, radius):
    return radius * U


def radius_upside_down(U, radius):
    return U / radius * np.max(np.abs(np.linalg.eigvals(U)))


def radius_always_one(U, radius):
    return U / max(abs(v) for v in np.linalg.eigvals(U))


def radius_of_the_smallest(U, radius):
    return radius * U / min(abs(v) for v in np.linalg.eigvals(U))


def radius_in_place(U, radius):
    U *= radius / np.max(np.abs(np.linalg.eigvals(U)))
    return U


def radius_transposed(U, radius):
    return (radius / np.max(np.abs(np.linalg.eigvals(U))) * U).T


def radius_negative(U, radius):
    return -radius / np.max(np.abs(np.linalg.eigvals(U))) * U


# ---- 09-5 clipping -------------------------------------------------------------------------------------------

def clip_separately(dW, dU, db, limit):
    result = []
    for g in (dW, dU, db):
        norm = np.linalg.norm(g)
        result.append(g * limit / norm if norm > limit else g)
    return tuple(result)


def clip_entries(dW, dU, db, limit):
    return (np.minimum(np.maximum(dW, -limit), limit), np.minimum(np.maximum(dU, -limit), limit),
            np.minimum(np.maximum(db, -limit), limit))


def clip_scaled(dW, dU, db, limit, norm):
    factor = limit / norm if norm > limit else 1.0
    return dW * factor, dU * factor, db * factor


def clip_without_root(dW, dU, db, limit):
    return clip_scaled(dW, dU, db, limit, np.sum(dW ** 2) + np.sum(dU ** 2) + np.sum(db ** 2))


def clip_sum_of_norms(dW, dU, db, limit):
    return clip_scaled(dW, dU, db, limit, np.linalg.norm(dW) + np.linalg.norm(dU) + np.linalg.norm(db))


def clip_without_bias(dW, dU, db, limit):
    return clip_scaled(dW, dU, db, limit, np.sqrt(np.sum(dW ** 2) + np.sum(dU ** 2)))


def clip_to_one(dW, dU, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), dU.ravel(), db.ravel()]))
    return dW / norm, dU / norm, db / norm


def clip_always(dW, dU, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), dU.ravel(), db.ravel()]))
    return dW * limit / norm, dU * limit / norm, db * limit / norm


def clip_never(dW, dU, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), dU.ravel(), db.ravel()]))
    if norm < limit:
        return dW * limit / norm, dU * limit / norm, db * limit / norm
    return dW, dU, db


def clip_in_place(dW, dU, db, limit):
    norm = np.linalg.norm(np.concatenate([dW.ravel(), dU.ravel(), db.ravel()]))
    if norm > limit:
        dW *= limit / norm
        dU *= limit / norm
        db *= limit / norm
    return dW, dU, db


def clip_spectral(dW, dU, db, limit):
    norms = np.linalg.norm(dW, ord=2), np.linalg.norm(dU, ord=2), np.linalg.norm(db, ord=2)
    return clip_scaled(dW, dU, db, limit, np.sqrt(sum(n * n for n in norms)))


def clip_turned_round(dW, dU, db, limit):
    norm = np.sqrt(np.sum(dW ** 2) + np.sum(dU ** 2) + np.sum(db ** 2))
    return tuple(-g for g in clip_scaled(dW, dU, db, limit, norm))


# ---- 09-6 and 09-7 an LSTM step ------------------------------------------------------------------------------

def s(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, h, c, W, U, b, fault=None):
    z = x @ W + h @ U + b
    if fault == "no state":
        z = x @ W + b
    H = h.shape[1]
    i, f, g, o = s(z[:, :H]), s(z[:, H:2 * H]), np.tanh(z[:, 2 * H:3 * H]), s(z[:, 3 * H:])
    if fault == "ifog":
        o, g = s(z[:, 2 * H:3 * H]), np.tanh(z[:, 3 * H:])
    if fault == "fi":
        f, i = s(z[:, :H]), s(z[:, H:2 * H])
    if fault == "all sigmoids":
        g = s(z[:, 2 * H:3 * H])
    if fault == "all tanhs":
        i, f, o = np.tanh(z[:, :H]), np.tanh(z[:, H:2 * H]), np.tanh(z[:, 3 * H:])
    if fault == "no sigmoids":
        i, f, o = z[:, :H], z[:, H:2 * H], z[:, 3 * H:]
    if fault == "plain candidate":
        g = z[:, 2 * H:3 * H]
    new = f * c + i * g
    if fault == "no forgetting":
        new = c + i * g
    if fault == "forgets f":
        new = (1 - f) * c + i * g
    if fault == "no input gate":
        new = f * c + g
    if fault == "state for memory":
        new = f * h + i * g
    if fault == "plain memory":
        return o * new, new
    if fault == "old memory":
        return o * np.tanh(c), new
    if fault == "no output gate":
        return np.tanh(new), new
    if fault == "order":
        return new, o * np.tanh(new)
    if fault == "state only":
        return o * np.tanh(new)
    if fault == "in place":
        c *= f
        c += i * g
        return o * np.tanh(c), c
    return o * np.tanh(new), new


def lstm_with(fault):
    return lambda *arguments: lstm(*arguments, fault=fault)


def lstm_back(dh, dc, x, h, c, W, U, b, fault=None):
    z, H = x @ W + h @ U + b, h.shape[1]
    i, f, g, o = s(z[:, :H]), s(z[:, H:2 * H]), np.tanh(z[:, 2 * H:3 * H]), s(z[:, 3 * H:])
    th = np.tanh(f * c + i * g)
    do = dh * th
    slope = 1 if fault == "no slope" else 1 - th ** 2
    from_h = dh * slope if fault == "no o" else dh * o * slope
    all_dc = {"no h": dc, "no c": from_h}.get(fault, from_h + dc)
    di, dg = all_dc * g, all_dc * i
    df = all_dc * (f * c + i * g) if fault == "new memory" else all_dc * c
    dc_before = all_dc if fault == "no f" else dc * f if fault == "dc only" else all_dc * f
    zi, zf, zg, zo = di * i * (1 - i), df * f * (1 - f), dg * (1 - g ** 2), do * o * (1 - o)
    if fault == "no gate slopes":
        zi, zf, zo = di, df, do
    if fault == "sigmoid for g":
        zg = dg * g * (1 - g)
    blocks = {"ifog": [zi, zf, zo, zg], "fi": [zf, zi, zg, zo]}.get(fault, [zi, zf, zg, zo])
    dz = np.hstack(blocks)
    dh_before = dz @ U.T + dh if fault == "dh twice" else dz @ U.T
    db = dz if fault == "bias" else dz.sum(0)
    if fault == "sign":
        dz, dh_before, dc_before, db = -dz, -dh_before, -dc_before, -db
    if fault == "order":
        return x.T @ dz, h.T @ dz, db, dz @ W.T, dh_before, dc_before
    if fault == "spoil":
        dc += from_h
    return dz @ W.T, dh_before, dc_before, x.T @ dz, h.T @ dz, db


def lstm_back_with(fault):
    return lambda *arguments: lstm_back(*arguments, fault=fault)


# ---- 09-8 temperature ----------------------------------------------------------------------------------------

def tempered_always_one(z, temperature):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def tempered_times(z, temperature):
    e = np.exp(z * temperature - np.max(z * temperature))
    return e / np.sum(e)


def tempered_late(z, temperature):
    e = np.exp(z - np.max(z))
    return e / np.sum(e) / temperature


def tempered_overflows(z, temperature):
    e = np.exp(z / temperature)
    return e / np.sum(e)


def tempered_without_sum(z, temperature):
    return np.exp(z / temperature)


def tempered_without_sum_safely(z, temperature):
    return np.exp((z - np.max(z)) / temperature)


def tempered_by_the_largest(z, temperature):
    e = np.exp(z / temperature)
    return e / np.max(e)


def tempered_logits(z, temperature):
    return z / temperature


def tempered_shifted(z, temperature):
    e = np.exp(z + temperature)
    return e / e.sum()


def tempered_in_place(z, temperature):
    z /= temperature
    e = np.exp(z - z.max())
    return e / e.sum()


def tempered_in_a_row(z, temperature):
    e = np.exp(z / temperature - np.max(z / temperature))
    return (e / e.sum())[np.newaxis]


# ---- 09-9 bug hunt -------------------------------------------------------------------------------------------

def hunted(xs, t, W, U, V, fault=None):
    hs, h = [], np.zeros((xs.shape[1], U.shape[0]), U.dtype)
    for x in xs:
        h = np.tanh(x @ W + h @ U)
        hs.append(h)
    dW, dU, dV, dh = 0 * W, 0 * U, 0 * V, 0 * h
    for k in range(len(xs) - 1, -1, -1):
        h = hs[k]
        old = hs[k - 1] if k > 0 else 0 * h
        if fault == "wraps round":
            old = hs[k - 1]
        if fault == "new state":
            old = h
        dy = 2 * (h @ V - t[k]) / t.size
        if fault == "no two":
            dy = dy / 2
        if fault == "one step's mean":
            dy = 2 * (h @ V - t[k]) / t[k].size
        came = {"nothing": 0 * dh, "twice": dh + dh}.get(fault, dh)
        da = (dy @ V.T + came) * (1 - h * h)
        if fault == "late":
            da = dy @ V.T * (1 - h * h) + dh
        if fault == "as found":
            dW, dU, dV = xs[k].T @ da, old.T @ da, h.T @ dy
        elif fault == "one forgotten":
            dW, dU, dV = dW + xs[k].T @ da, old.T @ da, dV + h.T @ dy
        elif fault == "V forgotten":
            dW, dU, dV = dW + xs[k].T @ da, dU + old.T @ da, h.T @ dy
        else:
            dW, dU, dV = dW + xs[k].T @ da, dU + old.T @ da, dV + h.T @ dy
        dh = dh + da @ U.T if fault == "summed" else da @ (U if fault == "transpose" else U.T)
    if fault == "order":
        return dV, dU, dW
    if fault == "sign":
        return -dW, -dU, -dV
    if fault == "spoil":
        W -= 0.1 * dW
    return dW, dU, dV


def hunted_with(fault):
    return lambda *arguments: hunted(*arguments, fault=fault)


PLANTED = {
    "09-1": [
        ("slope forgotten", step_without_the_tanh), ("slope of the sigmoid", step_with_a_sigmoid),
        ("slope of y instead of 1 − y²", step_with_the_square),
        ("slope taken at the old state", step_with_the_old_state), ("tanh twice", step_with_two_tanhs),
        ("new state in dU", step_with_y_for_h), ("transpose", step_u_not_transposed),
        ("transpose", step_du_on_its_side), ("missing sum over the batch", step_bias_not_summed),
        ("mean instead of sum", step_bias_averaged), ("db from dy", step_bias_before_the_tanh),
        ("wrong order", step_weights_first), ("sign", step_negative), ("mutated input", step_in_place),
        ("dtype", step_in_double), ("extra 1/N", step_divides_by_the_batch)],
    "09-2": [
        ("gradient from later steps forgotten", through("only the loss")),
        ("loss heard at the end only", through("only the end")), ("= for +=", through("overwrite")),
        ("slope forgotten", through("no tanh")), ("forward in time", through("forward")),
        ("new state in dU", through("new state")), ("zero before the first step", through("no h0")),
        ("dh accumulated", through("summed")), ("mean over time", through("average")),
        ("transpose", through("transpose")), ("sign", through("minus")), ("mutated input", through("spoil")),
        ("number of results", through_without_dh0), ("wrong order", through_dh0_first),
        ("stale state", through_keeping_the_sums)],
    "09-3": [
        ("never cut", in_windows("never cut")), ("counted from the end", in_windows("from the end")),
        ("cut one step late", in_windows("off by one")), ("state cut too", in_windows("state")),
        ("loss cut too", in_windows("loss")), ("gradient from later steps forgotten", in_windows("only the loss")),
        ("= for +=", in_windows("overwrite")), ("slope forgotten", in_windows("no tanh")),
        ("new state in dU", in_windows("new state")), ("dh accumulated", in_windows("summed")),
        ("transpose", in_windows("transpose")), ("sign", in_windows("minus")), ("mutated input", in_windows("spoil"))],
    "09-4": [
        ("norm instead of radius", radius_by_singular_values), ("norm instead of radius", radius_by_frobenius),
        ("entries instead of eigenvalues", radius_by_entries), ("real part only", radius_by_real_parts),
        ("real part only", radius_by_sizes_of_real_parts), ("old radius not divided out", radius_not_divided),
        ("divided the wrong way", radius_upside_down), ("radius forgotten", radius_always_one),
        ("smallest eigenvalue", radius_of_the_smallest), ("mutated input", radius_in_place),
        ("transpose", radius_transposed), ("sign", radius_negative)],
    "09-5": [
        ("each array by its own norm", clip_separately), ("entries clipped one by one", clip_entries),
        ("squared norm", clip_without_root), ("norms added", clip_sum_of_norms), ("bias left out", clip_without_bias),
        ("limit forgotten", clip_to_one), ("short gradients made longer", clip_always),
        ("not clipped at all", clip_never), ("mutated input", clip_in_place),
        ("spectral norm of a matrix", clip_spectral), ("sign", clip_turned_round)],
    "09-6": [
        ("gates in another order", lstm_with("ifog")), ("input and forget swapped", lstm_with("fi")),
        ("sigmoid for the candidate", lstm_with("all sigmoids")), ("tanh for the gates", lstm_with("all tanhs")),
        ("sigmoid forgotten", lstm_with("no sigmoids")), ("candidate without tanh", lstm_with("plain candidate")),
        ("forget gate missing", lstm_with("no forgetting")), ("one minus f", lstm_with("forgets f")),
        ("input gate missing", lstm_with("no input gate")), ("h in place of c", lstm_with("state for memory")),
        ("memory shown without tanh", lstm_with("plain memory")), ("old memory shown", lstm_with("old memory")),
        ("output gate missing", lstm_with("no output gate")), ("wrong order", lstm_with("order")),
        ("number of results", lstm_with("state only")), ("state not read", lstm_with("no state")),
        ("mutated input", lstm_with("in place"))],
    "09-7": [
        ("payment of h forgotten", lstm_back_with("no h")), ("payment of c forgotten", lstm_back_with("no c")),
        ("slope of tanh c forgotten", lstm_back_with("no slope")),
        ("output gate forgotten in dc", lstm_back_with("no o")), ("forget gate forgotten", lstm_back_with("no f")),
        ("dc of the next step only", lstm_back_with("dc only")), ("new memory in df", lstm_back_with("new memory")),
        ("slopes of the gates forgotten", lstm_back_with("no gate slopes")),
        ("sigmoid's slope for the candidate", lstm_back_with("sigmoid for g")),
        ("gates in another order", lstm_back_with("ifog")), ("gates i and f swapped", lstm_back_with("fi")),
        ("dh added to dh before", lstm_back_with("dh twice")), ("missing sum over the batch", lstm_back_with("bias")),
        ("sign", lstm_back_with("sign")), ("wrong order", lstm_back_with("order")),
        ("mutated input", lstm_back_with("spoil"))],
    "09-8": [
        ("temperature forgotten", tempered_always_one), ("multiplied by the temperature", tempered_times),
        ("divided after the softmax", tempered_late), ("overflow", tempered_overflows),
        ("not normalised", tempered_without_sum), ("not normalised", tempered_without_sum_safely),
        ("not normalised", tempered_by_the_largest), ("logits instead of probabilities", tempered_logits),
        ("temperature forgotten", tempered_shifted), ("mutated input", tempered_in_place),
        ("extra axis", tempered_in_a_row)],
    "09-9": [
        ("= for +=", hunted_with("as found")), ("= for +=", hunted_with("one forgotten")),
        ("= for +=", hunted_with("V forgotten")), ("gradient from later steps forgotten", hunted_with("nothing")),
        ("doubled", hunted_with("twice")), ("slope too early", hunted_with("late")),
        ("new state in dU", hunted_with("new state")), ("last state before the first", hunted_with("wraps round")),
        ("dh accumulated", hunted_with("summed")), ("transpose", hunted_with("transpose")),
        ("mean over one step only", hunted_with("one step's mean")), ("factor 2", hunted_with("no two")),
        ("wrong order", hunted_with("order")), ("sign", hunted_with("sign")), ("mutated input", hunted_with("spoil"))],
}
