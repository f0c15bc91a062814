"""Where the gradient is exact and of no use: binary units, plateaus, kinks and chaos. For lesson 15, section 7.

- ``binary_units``: units that are 0 or 1, with the straight-through backward; ``score_gradient``, the other way
- ``bench``: bias and scatter of the estimators, exactly, by enumerating all states of a few units
- ``learnt``: digits learnt with binary units; ``python -m course_lib.studies.blind_spots`` compares the ways and
  writes ``data/blind_figures.csv`` (about six minutes), which ``learnt_rows`` reads
- ``lorenz_step``: a step of the model of Lorenz (1963), whose gradients explode; ``tangents``: how fast
"""

from functools import lru_cache
from itertools import product

import numpy as np

from course_lib.data import Batches, load_digits
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import Split, compare, say, told
from course_lib.graph import Tensor, apply
from course_lib.initializers import glorot
from course_lib.rules.convolution import conv2d
from course_lib.rules.functions import affine, maximum, relu, sigmoid
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.rules.protocol import rule
from course_lib.rules.recurrent import unroll

FILE = "blind_figures.csv"

# ---- binary units ---------------------------------------------------------------------------------------------------

@rule
def step_unit(a):
    """A unit that is 1 where a > 0, else 0. Flat on both sides, so its gradient is 0 everywhere.

    Shapes:   a (any)  ->  y (same)
    Backward: da = 0                          at a = 0, where y jumps, there is no derivative; 0 is returned there, too
    Source:   McCulloch, Pitts (1943), Bulletin of Mathematical Biophysics 5; derived in lesson 15, section 7, equation
              (15.23).
    """
    y = (a > 0).astype(float)
    def backward(dy):
        return 0.0 * dy                                                 # (15.23)
    return y, backward


@rule
def binary_units(a, u, slope=True):
    """Units that are 1 with probability p = sigmoid(a): y = 1 where u < p, for u drawn uniformly from 0 to 1.

    Shapes:   a (any), u (same)  ->  y (same), zeros and ones
    Backward: da = dy p (1 − p)               straight-through: as if y were p; with ``slope=False`` da = dy
    Source:   Bengio, Leonard, Courville (2013), arXiv 1308.3432; derived in lesson 15, section 7, equation (15.28).
    """
    if np.shape(u) != np.shape(a):
        raise ValueError(f"binary_units: u must have the shape of a, {np.shape(a)}, got {np.shape(u)}; "
                         "rng.random(a.shape) draws it")
    p, sigmoid_backward = sigmoid(a)
    y = (u < p).astype(float)
    def backward(dy):
        return sigmoid_backward(dy) if slope else dy                    # (15.28)
    return y, backward


def score_gradient(b, p, losses, baseline=0.0):
    """One draw's estimate of the gradient of the mean loss: it needs losses only, no backward.

    b, p       the states that were drawn, and the probabilities of a 1
    baseline   a number, or one for each row, that does not depend on b

    Shapes: b (N, H), p (N, H), losses (N,)  ->  da (N, H), equation (15.27)
    Source: Williams (1992), Machine Learning 8, 229-256 (REINFORCE)
    """
    if np.shape(losses) != (len(b),):
        raise ValueError(f"score_gradient: losses must hold one number for each of the {len(b)} rows of b, got shape "
                         f"{np.shape(losses)}; a mean over the batch does not tell which row did well")
    return (losses - baseline)[:, np.newaxis] * (b - p) / len(b)        # (15.27)


def tried_both_ways(b, p, y, V, t):
    """One draw's estimate without bias: each unit in its turn at 1 and at 0, the others as they were drawn.

    y, V   the scores of the draw, and the weights that lead to them, whose row i is what unit i adds

    Shapes: b (N, H), p (N, H), y (N, K), V (H, K), t (N,)  ->  da (N, H), for the mean loss
    """
    without = y[:, np.newaxis] - b[..., np.newaxis] * V                 # (N, H, K): unit i at 0
    times = np.repeat(t, b.shape[1])
    up, down = (row_losses(scores.reshape(-1, y.shape[1]), times)[0].reshape(b.shape)
                for scores in (without + V, without))
    return p * (1 - p) * (up - down) / len(b)


def row_losses(y, t):
    """The cross-entropy of each row, and its gradient by y.

    Shapes: y (M, K), t (M,)  ->  (M,), (M, K)
    """
    top = y - y.max(axis=1, keepdims=True)
    e = np.exp(top)
    total, rows = e.sum(axis=1), np.arange(len(y))
    dy = e / total[:, np.newaxis]
    dy[rows, t] -= 1
    return np.log(total) - top[rows, t], dy


# ---- bias and scatter, by enumeration -------------------------------------------------------------------------------

BENCH = ("calls", "bias", "scatter", "angle of the mean")
WAYS = {"straight-through": 1, "straight-through, no slope": 1, "score function": 1, "score function, baseline": 1,
        "differences, own draws": 16, "differences, common draws": 16, "each unit tried both ways": 9}
SHOWN = ("straight-through", "score function", "score function, baseline", "differences, common draws",
         "each unit tried both ways")
UNKNOWN = dict.fromkeys(WAYS, np.full(3, np.nan))                       # after an interrupt


def small_network(seed, epochs=0, N=32, H=8):
    """N digits and a network 64-H-10 of binary units, without biases: x, t, W, V.

    epochs   how long it has learnt, straight-through, in batches of 32 at a rate of 0.3
    """
    digits, rng = load_digits(), np.random.default_rng(seed)
    rows = rng.permutation(len(digits.x_train))[:N]
    W, V = glorot(rng, (64, H)), glorot(rng, (H, 10))
    if epochs:
        batches = Batches(digits.x_train, digits.t_train, 32, rng=rng)
        for _ in range(epochs):
            for x, t in batches:
                a, first_backward = affine(x, W, np.zeros(H))
                b, through = binary_units(a, rng.random(a.shape))
                y, last_backward = affine(b, V, np.zeros(10))
                db, dV, _ = last_backward(softmax_cross_entropy(y, t)[1]())
                W, V = W - 0.3 * first_backward(through(db))[1], V - 0.3 * dV
    return digits.x_train[rows], digits.t_train[rows], W, V


def all_states(H):
    """Each state of H binary units: the bits of 0 to 2^H − 1.

    Shapes: -> (2^H, H)
    """
    if not 1 <= H <= 16:
        raise ValueError(f"all_states: 2^H states of H units, H from 1 to 16, got {H}; more are too many to enumerate")
    return np.array(list(product((0.0, 1.0), repeat=H)))


def enumerated(x, t, W, V):
    """Probabilities of all states, their losses and the losses' gradients by the units.

    Shapes: x (N, D), t (N,), W (D, H), V (H, K)  ->  p (N, H), b (S, H), P (N, S), L (N, S), dL/db (N, S, H), S = 2^H
    """
    p, _ = sigmoid(x @ W)
    b = all_states(W.shape[1])
    P = np.prod(np.where(b[np.newaxis] == 1, p[:, np.newaxis], 1 - p[:, np.newaxis]), axis=2)
    y = np.tile(b @ V, (len(x), 1))
    L, dy = row_losses(y, np.repeat(t, len(b)))
    return p, b, P, L.reshape(P.shape), (dy @ V.T).reshape(*P.shape, -1)


def expected_loss(x, t, W, V):
    """J, the mean over rows of the loss that is expected over all states, (15.25), and its gradient by W, (15.26).

    Shapes: x (N, D), t (N,), W (D, H), V (H, K)  ->  a number, (D, H)
    """
    p, b, P, L, _ = enumerated(x, t, W, V)
    da = (P * L) @ b - (P * L).sum(axis=1, keepdims=True) * p
    return np.mean(np.sum(P * L, axis=1)), x.T @ da / len(x)


def bench(x, t, W, V, width=1.0):
    """Bias, scatter and angle of each way to estimate dJ/dW from one draw a row, exactly: ``{way: (3,)}``.

    Bias is the distance of the estimator's mean from the gradient, scatter the root of its mean squared distance from
    its own mean; both as shares of the gradient's length. ``width``: how far the differences nudge a.
    """
    p, b, P, L, dLdb = enumerated(x, t, W, V)
    N, H = p.shape
    drawn = b[np.newaxis] - p[:, np.newaxis]                                # (N, S, H)
    J = np.sum(P * L) / N
    places = np.arange(len(b))
    bits = 2 ** np.arange(H - 1, -1, -1)
    up = np.stack([L[:, places | bit] for bit in bits], axis=2)             # the loss with unit i at 1
    down = np.stack([L[:, places & ~bit] for bit in bits], axis=2)
    slope = (p * (1 - p))[:, np.newaxis]
    estimates = {"straight-through": dLdb * slope, "straight-through, no slope": dLdb,
                 "score function": L[..., np.newaxis] * drawn,
                 "score function, baseline": (L - J)[..., np.newaxis] * drawn,
                 "each unit tried both ways": slope * (up - down)}
    exact = np.einsum("ns,nsh->nh", P * L, drawn)
    moments = {}
    for way, e in estimates.items():
        mean = np.einsum("ns,nsh->nh", P, e)
        moments[way] = mean, np.einsum("ns,nsh->nh", P, e ** 2) - mean ** 2
    moments |= _differences(x @ W, P, L, up, down, p, width)
    G = x.T @ exact / N
    found = {}
    for way in WAYS:
        mean, variance = moments[way]
        M = x.T @ mean / N
        scatter = np.sqrt(np.sum((x * x).sum(axis=1)[:, np.newaxis] * variance)) / N
        cosine = np.sum(M * G) / np.linalg.norm(M) / np.linalg.norm(G)
        found[way] = np.array([np.linalg.norm(M - G), scatter, np.degrees(np.arccos(min(cosine, 1.0)))])
        found[way][:2] /= np.linalg.norm(G)
    return found


def _differences(a, P, L, up, down, p, width):
    """Mean and variance of central differences of the drawn loss, each unit's a nudged by ±width in its turn."""
    high, low = sigmoid(a + width)[0], sigmoid(a - width)[0]
    at = lambda values: np.einsum("ns,nsh->nh", P, values)      # without unit i: P averages over the others
    U, D, U2, D2 = at(up), at(down), at(up ** 2), at(down ** 2)
    gap, gap2 = U - D, at((up - down) ** 2)
    mean = (high - low) * gap / (2 * width)
    common = (high - low) * gap2 / (2 * width) ** 2 - mean ** 2
    spread = sum(q * U2 + (1 - q) * D2 - (q * U + (1 - q) * D) ** 2 for q in (high, low))
    return {"differences, own draws": (mean, spread / (2 * width) ** 2), "differences, common draws": (mean, common)}


def bench_header(epochs):
    """The header of the table of ``bench_rows``, with the name of its first column."""
    return f"after {epochs} epochs", *BENCH


def bench_rows(benches):
    """Rows for a table (``bench_header``) of several ``bench``es: means and 95 % intervals."""
    rows = []
    for way, calls in WAYS.items():
        bias, scatter, angle = np.array([found[way] for found in benches]).T
        exact = np.all(bias < 1e-9)
        rows.append([way, calls, "0" if exact else say(bias, "{:.2f}"), say(scatter, "{:.2f}"),
                     "0" if exact else say(angle, "{:.1f}")])
    return rows


def error_after(benches, way, calls):
    """The root of the mean squared error, bias and scatter, of the mean of as many draws as the calls pay for; the
    mean over several ``bench``es.

    Shapes: calls (K,)  ->  (K,)
    """
    bias, scatter, _ = np.array([found[way] for found in benches]).T[:, :, np.newaxis]
    errors = np.sqrt(bias ** 2 + scatter ** 2 * WAYS[way] / np.asarray(calls))
    known = ~np.isnan(bias[:, 0])
    return errors[known].mean(axis=0) if known.any() else errors[0]


def errors(benches):
    """``error_after`` 16 to 16,000 calls, of the ways ``SHOWN``: ``{way: (calls (K,), errors (K,))}``."""
    calls = np.geomspace(16, 16000, 31)
    return {way: (calls, error_after(benches, way, calls)) for way in SHOWN}


def ten_benches(epochs):
    """The ``bench`` of ten ``small_network``s that learnt for so many epochs."""
    return [bench(*small_network(seed, epochs)) for seed in range(10)]


def overtaking(benches, ways=("score function", "score function, baseline")):
    """From how many calls on, to two digits, a way's mean is nearer to the gradient than that of straight-through."""
    calls = np.unique([float(f"{c:.2g}") for c in np.geomspace(1, 1e6, 1200)])
    texts = []
    for way in ways:
        nearer = error_after(benches, way, calls) < error_after(benches, RIVALS[0], calls)
        texts.append(f"{calls[nearer.argmax()]:,.0f} calls ({way})" if nearer.any() else f"no number of calls ({way})")
    return ", ".join(texts)


# ---- kinks ----------------------------------------------------------------------------------------------------------

def kinks():
    """Functions with a kink at 0, as they may be written: ``{text: (function of a Tensor, what is true at 0)}``."""
    larger = lambda a, b: apply(maximum, a, b)
    two_slopes = {"relu": "none: 0 and 1 beside it", "abs": "none: −1 and 1 beside it"}
    return {
        "relu(x)": (lambda x: apply(relu, x), two_slopes["relu"]),
        "max(x, 0)": (lambda x: larger(x, 0 * x.data), two_slopes["relu"]),
        "max(0, x)": (lambda x: larger(0 * x.data, x), two_slopes["relu"]),
        "|x| = max(x, −x)": (lambda x: larger(x, -x), two_slopes["abs"]),
        "|x| = relu(x) + relu(−x)": (lambda x: apply(relu, x) + apply(relu, -x), two_slopes["abs"]),
        "x = relu(x) − relu(−x)": (lambda x: apply(relu, x) - apply(relu, -x), "1"),
        "x = max(x, 0) − max(−x, 0)": (lambda x: larger(x, 0 * x.data) - larger(-x, 0 * x.data), "1"),
    }


KINKS = ("as written", "derivative at 0", "our gradient at 0")


def kink_rows():
    """Rows for a table (``KINKS``)."""
    return [[name, truth, f"{at_the_kink(function):g}"] for name, (function, truth) in kinks().items()]


def at_zero(seed=15):
    """Which share of the sums of a fresh 3 × 3 convolution, without bias, on all training digits is exactly 0."""
    K = np.random.default_rng(seed).normal(size=(8, 1, 3, 3))
    maps, _ = conv2d(load_digits().x_train.reshape(-1, 1, 8, 8), K, np.zeros(8), padding=1)
    return np.mean(maps == 0)


def at_the_kink(function):
    """The gradient that our rules give a function of a Tensor at exactly 0."""
    x = Tensor(np.zeros(1))
    function(x).sum().backward()
    return float(x.grad[0])


# ---- digits learnt with binary units --------------------------------------------------------------------------------

RIVALS = ("straight-through", "straight-through, no slope", "score function", "score function, baseline",
          "each unit tried both ways", "smooth units", "first layer frozen")
HIDDEN, EPOCHS, BATCH, MOMENTUM = 32, (30, 120), 32, 0.9
RATES, SEARCH, SEEDS = (0.02, 0.05, 0.125, 0.3125), range(100, 103), range(25)


def learnt(way, lr, seed, fit, judged, epochs=EPOCHS[0], hidden=HIDDEN):
    """Train 64-``hidden``-10 with units of one way; the share of ``judged`` that it has right after each epoch.

    Judged without drawing: a binary unit is 1 where its probability is above one half. The baseline is a running mean
    of the loss. The rate falls to 0 in a straight line.

    Shapes: fit, judged (x, t)  ->  (epochs,)
    """
    if way not in RIVALS:
        raise ValueError(f"learnt: way must be one of {', '.join(RIVALS)}, got {way!r}")
    rng = np.random.default_rng(seed)
    params = [glorot(rng, (fit[0].shape[1], hidden)), np.zeros(hidden), glorot(rng, (hidden, 10)), np.zeros(10)]
    moving, batches, shares = [np.zeros_like(p) for p in params], Batches(*fit, BATCH, rng=rng), []
    baseline, step, total = np.log(10), 0, epochs * len(batches)
    for _ in range(epochs):
        for x, t in batches:
            grads, baseline = _gradients(way, params, x, t, rng, baseline)
            rate, step = lr * (1 - step / total), step + 1
            for p, v, g in zip(params, moving, grads):
                v *= MOMENTUM
                v += g
                p -= rate * v
        W, c, V, d = params
        a = judged[0] @ W + c
        h = sigmoid(a)[0] if way == "smooth units" else (a > 0).astype(float)
        shares.append(np.mean((h @ V + d).argmax(axis=1) == judged[1]))
    return np.array(shares)


def _gradients(way, params, x, t, rng, baseline):
    a, first_backward = affine(x, *params[:2])
    p, sigmoid_backward = sigmoid(a)
    u = rng.random(a.shape)
    b, through = (p, sigmoid_backward) if way == "smooth units" else binary_units(
        a, u, slope=way != "straight-through, no slope")
    y, last_backward = affine(b, *params[2:])
    _, loss_backward = softmax_cross_entropy(y, t)
    db, dV, dd = last_backward(loss_backward())
    if way == "first layer frozen":
        da = np.zeros_like(a)
    elif way.startswith("score"):
        losses, _ = row_losses(y, t)
        with_baseline = way.endswith("baseline")
        da = score_gradient(b, p, losses, baseline if with_baseline else 0.0)
        baseline = 0.9 * baseline + 0.1 * losses.mean()
    elif way == "each unit tried both ways":
        da = tried_both_ways(b, p, y, params[2], t)
    else:
        da = through(db)
    _, dW, dc = first_backward(da)
    return (dW, dc, dV, dd), baseline


def parts():
    """The digits: 288 of the training images set aside for choosing, the test images for judging."""
    digits = load_digits()
    return Split(*((digits.x_train[part], digits.t_train[part]) for part in (slice(288, None), slice(288))),
                 (digits.x_test, digits.t_test))


def main():
    """Compare all ways, for as long as each of ``EPOCHS``, and write what was found."""
    split, rows, tried = parts(), [], {}
    for epochs in EPOCHS:
        found = compare({name: name for name in RIVALS}, lambda *trial, epochs=epochs: learnt(*trial, epochs=epochs),
                        values=RATES, split=split, search_seeds=SEARCH, seeds=SEEDS, higher=True, widen=4)
        tried[epochs] = ", ".join(f"{v:.4g}" for v in found.values)
        rows += [[epochs, name, f"{found.chosen[name]:.4g}", "yes" if found.at_edge(name) else "no", seed,
                  f"{score:.5f}"] for name in RIVALS for seed, score in zip(SEEDS, found.scores[name])]
    facts = made_now(
        command="python -m course_lib.studies.blind_spots",
        steps=f"{EPOCHS[0]} or {EPOCHS[1]} epochs of batches of {BATCH}, momentum {MOMENTUM}, a rate that falls to 0; "
              f"64-{HIDDEN}-10",
        seeds=f"{SEARCH.start} to {SEARCH.stop - 1} choose the rate, {SEEDS.start} to {SEEDS.stop - 1} judge; each "
              "draws weights, order and units",
        sizes=f"{len(split.fit[0])} images fitted, {len(split.choose[0])} chosen on, {len(split.judge[0])} judged",
        averaging="none: the share of right answers of one seed; rates tried "
                  + "; ".join(f"{epochs} epochs {rates}" for epochs, rates in tried.items()),
        data=with_checksum("digits.npz"))
    write_table(FILE, ["epochs", "way", "rate", "at the grid's edge", "seed", "right"], rows, facts)


def stored(epochs):
    """What ``main`` measured: ``{way: (rate, at the grid's edge, array of the seeds' shares)}``."""
    _, rows = read_table(FILE)
    found = {}
    for after, way, rate, edge, _, right in rows:
        if int(after) == epochs:
            found.setdefault(way, (float(rate), edge, []))[2].append(float(right))
    return {way: (rate, edge, np.array(shares)) for way, (rate, edge, shares) in found.items()}


def once_more(way, seed, epochs=EPOCHS[0]):
    """One training at the rate that ``main`` chose: the share of test images that it has right after each epoch."""
    split = parts()
    return learnt(way, stored(epochs)[way][0], seed, split.fit, split.judge, epochs)


LEARNT = ("way", *(f"right after {epochs} epochs (%)" for epochs in EPOCHS),
          *(f"than straight-through, {epochs}" for epochs in EPOCHS))


def learnt_rows():
    """Rows for a table (``LEARNT``): the share of right answers, and is it better or worse than straight-through."""
    short, long = (stored(epochs) for epochs in EPOCHS)
    def beside(found, way):
        return "" if way == RIVALS[0] else told(found[way][2] - found[RIVALS[0]][2], "better", "worse")
    return [[way, *(say(100 * found[way][2], "{:.1f}") for found in (short, long)),
             *(beside(found, way) for found in (short, long))] for way in RIVALS]


# ---- chaos ----------------------------------------------------------------------------------------------------------

SIGMA, RHO, BETA, DT = 10.0, 28.0, 8.0 / 3.0, 0.01


@rule
def lorenz(s, rho):
    """How fast the three numbers of each row change: σ (y − x), x (ρ − z) − y, x y − β z.

    Shapes:   s (N, 3), rho (N,)  ->  (N, 3)
    Backward: dx = −σ a + (ρ − z) b + y c     a, b, c: the three columns of what is given to backward
              dy = σ a − b + x c
              dz = −x b − β c,  dρ = x b
    Source:   Lorenz (1963), Journal of the Atmospheric Sciences 20, 130-141; derived in lesson 15, section 7,
              equations (15.29) and (15.30).
    """
    x, y, z = s.T
    rates = np.stack((SIGMA * (y - x), x * (rho - z) - y, x * y - BETA * z), axis=1)        # (15.29)
    def backward(dy):
        a, b, c = dy.T
        dx = -SIGMA * a + (rho - z) * b + y * c                                             # (15.30)
        return np.stack((dx, SIGMA * a - b + x * c, -x * b - BETA * c), axis=1), x * b
    return rates, backward


@rule
def lorenz_step(s, rho):
    """One step of length ``DT`` by the method of Runge and Kutta, as (13.9), whose backward also pays to ρ.

    Shapes:   s (N, 3), rho (N,)  ->  (N, 3)
    Backward: the four rates in reverse; each pays to the state, to the rate before it, and to ρ
    Source:   derived in lesson 13, section 2, equation (13.9).
    """
    k1, back1 = lorenz(s, rho)
    k2, back2 = lorenz(s + DT / 2 * k1, rho)
    k3, back3 = lorenz(s + DT / 2 * k2, rho)
    k4, back4 = lorenz(s + DT * k3, rho)
    def backward(dy):
        d4, r4 = back4(DT / 6 * dy)
        d3, r3 = back3(DT / 3 * dy + DT * d4)
        d2, r2 = back2(DT / 3 * dy + DT / 2 * d3)
        d1, r1 = back1(DT / 6 * dy + DT / 2 * d2)
        return dy + d1 + d2 + d3 + d4, r1 + r2 + r3 + r4
    return s + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4), backward


def on_the_attractor(N, seed, rho=RHO, T=20.0):
    """N states as they are met ``T`` units of time after a random start.

    Shapes: rho a number or (N,)  ->  (N, 3)
    """
    s, rho = np.random.default_rng(seed).normal(size=(N, 3)) + [1.0, 1.0, 25.0], np.broadcast_to(rho, N)
    for _ in range(round(T / DT)):
        s, _ = lorenz_step(s, rho)
    return s


def tangents(starts, T, rho=RHO):
    """The mean of z from 0 to each time up to T, and its derivative by ρ: one complex-step run (lesson 04) gives all.

    Shapes: starts (N, 3)  ->  times (M,), means (M, N), derivatives (M, N)
    """
    h, s, total = 1e-50, starts.astype(complex), 0.0
    rho = np.full(len(starts), rho + 1j * h)
    means = np.empty((round(T / DT), len(starts)), dtype=complex)
    for i in range(len(means)):
        s, _ = lorenz_step(s, rho)
        total = total + s[:, 2]
        means[i] = total / (i + 1)
    return DT * np.arange(1, len(means) + 1), means.real, means.imag / h


SLOPES = ("T", "median size", "largest size", "mean")


def slope_rows(derivatives, lengths=(0.5, 1, 2, 5, 10, 20)):
    """Rows for a table (``SLOPES``): the derivatives of many trajectories of each length, and their mean with its
    interval.

    Shapes: derivatives (M, N), one row for each step
    """
    at = {T: derivatives[round(T / DT) - 1] for T in lengths}
    return [[T, f"{np.median(np.abs(d)):.2g}", f"{np.abs(d).max():.2g}", say(d, "{:.2g}")] for T, d in at.items()]


def slopes_by_rho(starts, T, rho=RHO):
    """The derivative by ρ of the mean of z over T units, for each of N trajectories, by backpropagation through them.

    Shapes: starts (N, 3)  ->  (N,)
    """
    steps = round(T / DT)
    states, backward = unroll(lorenz_step, steps, starts, np.full(len(starts), rho))
    dstates = np.zeros_like(states)
    dstates[:, :, 2] = 1 / steps
    _, drho = backward(dstates)
    return drho


def growth(times, derivatives, after=10.0):
    """How fast derivatives grow: for each trajectory the slope of ln(T |derivative|) over T, from ``after`` on.

    Shapes: times (M,), derivatives (M, N)  ->  (N,), per unit of time
    """
    late = times >= after
    size = np.log(times[late, np.newaxis] * np.abs(derivatives[late]))
    return np.polyfit(times[late], size, 1)[0]


def long_means(rhos, seed, N=10, T=100.0):
    """The mean of z over a long time, from N starts for each ρ.

    Shapes: rhos (R,)  ->  (R, N)
    """
    each = np.repeat(np.asarray(rhos, dtype=float), N)
    s, total = on_the_attractor(len(each), seed, each), 0.0
    for _ in range(round(T / DT)):
        s, _ = lorenz_step(s, each)
        total = total + s[:, 2]
    return (total / round(T / DT)).reshape(len(rhos), N)


def slope_of_long_means(seed, rhos=(26, 26.5, 27, 27.5, 28, 28.5, 29, 29.5, 30)):
    """The slope of the line through the ``long_means`` of several ρ, for each start of its own: (N,)."""
    return np.polyfit(rhos, long_means(rhos, seed), 1)[0]


STARTS, NUDGE = 8, 1e-6                         # what the explorer shows
BOTH = {"settles": 14.0, "chaotic": 28.0}


@lru_cache(maxsize=1)
def shown_runs():
    """Runs of twenty units for each ρ of ``BOTH``, from ``STARTS`` states and from the same with x nudged by ``NUDGE``.

    Shapes: ->  ``{kind: (times (M,), z of both (M, 2, S), their distance (M, S), derivatives by ρ (M, S))}``
    """
    starts = on_the_attractor(STARTS, 7)
    s = np.concatenate([starts, starts + [NUDGE, 0.0, 0.0]])
    s, h = np.concatenate([s, s]).astype(complex), 1e-50
    rho = np.repeat(list(BOTH.values()), 2 * STARTS) + 1j * h
    states = np.empty((2000, *s.shape), dtype=complex)
    for i in range(len(states)):
        s, _ = lorenz_step(s, rho)
        states[i] = s
    times = DT * np.arange(1, len(states) + 1)
    derivatives = np.cumsum(states[..., 2].imag, axis=0) / h / np.arange(1, len(states) + 1)[:, np.newaxis]
    found = {}
    for k, kind in enumerate(BOTH):
        pair = states.real[:, 2 * k * STARTS:2 * (k + 1) * STARTS].reshape(len(states), 2, STARTS, 3)
        gap = np.linalg.norm(pair[:, 0] - pair[:, 1], axis=-1)
        found[kind] = times, pair[..., 2], gap, derivatives[:, 2 * k * STARTS:(2 * k + 1) * STARTS]
    return found


if __name__ == "__main__":
    main()
