"""Re-entry after a blast (lesson 13): times simulated from the law of dilution, and what learns them.

Nothing here was measured in a mine. The law, its constants and the ranges of the inputs were chosen for the lesson; a
"sample" is drawn from them, and "noise" is added to what the law says.
"""

from functools import cache

import numpy as np

from course_lib.experiments import say, told
from course_lib.graph import Tensor, apply
from course_lib.layers import Dense, Sequential, Tanh
from course_lib.metrics import r_squared, root_mean_squared_error
from course_lib.optim.full_batch import full_batch, lbfgs, vector_to_parameters
from course_lib.rules.functions import log
from course_lib.rules.losses import mean_squared_error
from course_lib.rules.protocol import rule
from course_lib.training import predict

INPUTS = ("Q", "c", "b", "L")           # fresh air m³/s, limit ppm, gas m³ per kg of explosive, roadway m
LOW, HIGH = np.array([8.0, 20.0, 0.02, 100.0]), np.array([30.0, 100.0, 0.08, 600.0])    # the sampled ranges
AREA, THROW, SHARE, CHARGE = 16.0, 45.0, 0.3, 150.0     # m² section, m of throw, share of the rest, kg of explosive
BEYOND = 1.5                            # "outside": up to so many times beyond an end of the range
CONSTANTS = (AREA * THROW * (1 - SHARE), AREA * SHARE, CHARGE)                          # v0, v1, G of (13.4)
JUDGED, ELSEWHERE = 89, 500             # points judged inside (as many as the paper's), and outside


# ---- the law --------------------------------------------------------------------------------------------------------

@rule
def reentry_time(Q, c, g, V):
    """The time until fresh air has diluted the gas of a blast to a limit; 0 where it never was above it.

    Q fresh air (m³/s), c limit (ppm), g gas (m³), V volume of air that it mixes with (m³), all above 0

    Shapes:   Q, c, g, V (N,)  ->  t (N,), in seconds
    Backward: dQ = −dt t / Q,  dc = −dt V / (Q c),  dg = dt V / (Q g)
              dV = dt (ln r − 1) / Q        V flushes slowly, but begins diluted: two paths
              all 0 where r = 10⁶ g / (V c) ≤ 1
    Source:   dC/dt = −(Q / V) C; derived in lesson 13, equations (13.1) to (13.3).
    """
    r = 1e6 * g / (V * c)
    t = V / Q * np.log(np.maximum(r, 1))
    def backward(dt):
        dt = dt * (r > 1)
        dQ = -dt * t / Q
        dc = -dt * V / (Q * c)
        dg = dt * V / (Q * g)
        dV = dt * t / V - dt / Q
        return dQ, dc, dg, dV
    return t, backward


def terms(x, constants=CONSTANTS):
    """What ``reentry_time`` takes: Q, c, the gas G b and the volume v0 + v1 L of (13.4).

    Shapes: x (N, 4), columns as ``INPUTS``; constants v0, v1, G  ->  four arrays (N,)
    """
    (Q, c, b, L), (v0, v1, G) = np.asarray(x, dtype=float).T, constants
    return Q, c, G * b, v0 + v1 * L


def law(x, constants=CONSTANTS):
    """The times of (13.2) for the inputs and constants of ``terms``.

    Shapes: x (N, 4)  ->  (N,), in seconds
    """
    return reentry_time(*terms(x, constants))[0]


def gas_left(seconds, Q, g, V):
    """The gas in ppm after so many seconds, by (13.1)."""
    return 1e6 * g / V * np.exp(-Q / V * np.asarray(seconds))


def gas_curves(*fresh, g=7.5, V=2424):
    """Seconds after a blast, and the gas in ppm for each amount of fresh air (m³/s), beside a limit of 50 ppm."""
    seconds = np.linspace(0, 1000, 101)
    return seconds, {f"{Q} m³/s": gas_left(seconds, Q, g, V) for Q in fresh} | {"limit": np.full(101, 50)}


def simulated_reentry(n, rng, *, noise=0.0, outside=0):
    """A simulated sample: inputs drawn evenly from the ranges ``LOW`` to ``HIGH``, and the times of the law.

    noise    the standard deviation of a factor 1 + ε on each time: 0.05 is 5 %
    outside  how many of the four inputs, drawn anew for each point, lie outside their ranges: below the lower or above
             the upper end by a factor of up to ``BEYOND``

    Shapes: ->  x (n, 4), t (n,)
    """
    if n < 1 or not 0 <= noise < np.inf or outside not in range(5):
        raise ValueError(f"simulated_reentry: n must be at least 1, noise 0 or more and outside 0 to 4, got {n}, "
                         f"{noise} and {outside}; noise is a share, 0.05 for 5 %")
    x = rng.uniform(LOW, HIGH, size=(n, 4))
    if outside:
        moved = rng.random((n, 4)).argsort(axis=1) < outside
        factor = rng.uniform(1, BEYOND, size=(n, 4))
        x = np.where(moved, np.where(rng.random((n, 4)) < 0.5, LOW / factor, HIGH * factor), x)
    t = law(x)
    return x, t * (1 + noise * rng.normal(size=n)) if noise else t


# ---- what learns it: fit(x, t, rng) -> a function from inputs to times ----------------------------------------------

def linear(x, t, rng=None):
    """Linear regression: 5 numbers."""
    weights = np.linalg.lstsq(np.c_[np.ones(len(x)), x], t, rcond=None)[0]
    return lambda x: weights[0] + x @ weights[1:]


def log_linear(x, t, rng=None):
    """Linear regression of ln t on the logarithms of the inputs: a product of powers, 5 numbers."""
    line = linear(np.log(x), np.log(t))
    return lambda x: np.exp(line(np.log(x)))


def log_quadratic(x, t, rng=None):
    """The same with the squares and products of the logarithms: 15 numbers."""
    def squares(logs):
        first, second = np.triu_indices(logs.shape[1])
        return np.c_[logs, logs[:, first] * logs[:, second]]
    middle = np.log(x).mean(axis=0)
    line = linear(squares(np.log(x) - middle), np.log(t))
    return lambda x: np.exp(line(squares(np.log(x) - middle)))


def formula(x, t, rng=None):
    """The law as if the gas mixed with the whole roadway, times one calibrated number."""
    whole = 0.0, AREA, CHARGE
    shape = law(x, whole)
    k = shape @ t / (shape @ shape)
    return lambda x: k * law(x, whole)


def fitted_constants(x, t, start=(1000.0, 1.0, 100.0)):
    """v0, v1 and G of (13.4), learnt from a sample by ``lbfgs`` on the errors of ln t.

    (Relative errors, times / t − 1, would divide by noisy times, and pull the law down by twice their variance.)

    Shapes: x (N, 4), t (N,)  ->  (3,)
    """
    Q, c, b, L = x.T

    def function(logs):                                 # of the constants, which so stay positive
        v0, v1, G = constants = [Tensor(value) for value in np.exp(logs)]
        times = apply(reentry_time, Q, c, G * b, v0 + v1 * L)
        with np.errstate(divide="ignore", invalid="ignore"):        # a step too far: no wait, ln 0; it is undone
            loss = ((apply(log, times) - np.log(t)) ** 2).mean()
            loss.backward()
        return float(loss.data), np.array([p.grad * p.data for p in constants])
    return np.exp(lbfgs(function, np.log(start)).x)


def true_form(x, t, rng=None):
    """The law itself, its three constants learnt."""
    constants = fitted_constants(x, t)
    return lambda x: law(x, constants)


def network(x, t, rng, *, logarithms=False, steps=300, hidden=6, weight_decay=0.0):
    """A 4-6-1 network, 37 numbers, by ``lbfgs`` on standardised inputs and times, or on those of their logarithms."""
    into, back = (np.log, np.exp) if logarithms else (lambda a: a, lambda a: a)
    means, spreads = into(x).mean(axis=0), into(x).std(axis=0)
    mean, spread = into(t).mean(), into(t).std()
    net = Sequential(Dense(4, hidden, rng=rng), Tanh(), Dense(hidden, 1, rng=rng))
    function, start = full_batch(net, mean_squared_error, (into(x) - means) / spreads,
                                 ((into(t) - mean) / spread)[:, np.newaxis], weight_decay=weight_decay)
    vector_to_parameters(lbfgs(function, start, steps=steps).x, net.params)
    return lambda x: back(mean + spread * predict(net, (into(x) - means) / spreads)[:, 0])


def network_on_logarithms(x, t, rng, **settings):
    """``network`` on the logarithms of inputs and times."""
    return network(x, t, rng, logarithms=True, **settings)


RIVALS = {"linear regression": linear, "log-linear regression": log_linear, "formula, one constant": formula,
          "squares of logarithms": log_quadratic, "the law, three constants": true_form, "network 4-6-1": network,
          "network on logarithms": network_on_logarithms}
MEASURED = ("R², inside", "inside", "one input outside", "all four outside")


def errors(seed, noise, n, rivals=RIVALS, judged=JUDGED):
    """Each rival fitted to one simulated sample of n points and judged against the exact law elsewhere.

    Shapes: ->  (rivals, 4): R² inside the sampled ranges, then the root mean squared errors in seconds that
            ``MEASURED`` names
    """
    rng = np.random.default_rng(seed)
    x, t = simulated_reentry(n, rng, noise=noise)
    places = [simulated_reentry(judged, rng), *(simulated_reentry(ELSEWHERE, rng, outside=k) for k in (1, 4))]
    found = []
    for fit in rivals.values():
        answer = fit(x, t, np.random.default_rng(seed))
        with np.errstate(over="ignore"):
            told = [(answer(where), exact) for where, exact in places]
        found.append([r_squared(*told[0]), *(root_mean_squared_error(*pair) for pair in told)])
    return np.array(found)


def verdicts(scores, rival, against=1):
    """One rival beside another (log-linear regression) over the samples, at the three places: "better, worse, worse".

    Shapes: scores (samples, rivals, 4), as ``errors``  ->  a text; "" for a rival beside itself
    """
    if rival == against:
        return ""
    return ", ".join(told(scores[:, against, k] - scores[:, rival, k], "better", "worse") for k in (1, 2, 3))


HEADER = (*MEASURED, "against log-linear regression")


def report(scores):
    """Rows for a table: rival, the means of its ``MEASURED`` with 95 % intervals, and its ``verdicts``.

    Shapes: scores (samples, rivals, 4), as ``errors``  ->  one row for each of ``RIVALS``
    """
    return [[name, say(scores[:, i, 0], "{:.4f}"), *(say(scores[:, i, k]) for k in (1, 2, 3)), verdicts(scores, i)]
            for i, name in enumerate(RIVALS)]


# ---- what the explorer shows ----------------------------------------------------------------------------------------

@cache
def learnt(noise):
    """What learnt from one simulated sample of 211 points, as the explorer shows it: ``{name: function}``."""
    x, t = simulated_reentry(211, np.random.default_rng(13), noise=noise)
    return {name: RIVALS[name](x, t, np.random.default_rng(13))
            for name in ("network 4-6-1", "network on logarithms", "formula, one constant")}


def within(places, answer, exact, low, high, share=0.05):
    """From where to where, around the middle of ``low`` to ``high``, an answer stays within a share of the exact one;
    None where it is further away in the middle already.

    Shapes: places, answer, exact (n,), places rising  ->  (first place, last place) or None
    """
    near = np.abs(answer - exact) <= share * exact
    middle = int(np.argmin(np.abs(places - (low + high) / 2)))
    if not near[middle]:
        return None
    first = last = middle
    while first > 0 and near[first - 1]:
        first -= 1
    while last < len(places) - 1 and near[last + 1]:
        last += 1
    return float(places[first]), float(places[last])
