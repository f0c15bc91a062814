"""Weather from half the instruments: variational assimilation on the model of Lorenz (1996), for lesson 13, section 2.

Forty variables stand in a ring. Truth, observations and forecasts are all simulated by the same model, so that the
error of every estimate is known. Time is counted in the model's unit, a step is ``H`` of it.
``python -m course_lib.studies.assimilation`` compares the rivals and stores what the page and the explorer show
(``FILE``, ``STATES``); about twelve minutes.
"""

import io
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.data import files
from course_lib.data.origins import made_now, read_table, with_origin, write_table
from course_lib.experiments import Split, compare, say, told
from course_lib.optim.full_batch import lbfgs
from course_lib.rules.protocol import rule
from course_lib.rules.recurrent import unroll
from course_lib.saving import write_arrays

FILE, STATES = "assimilation_figures.csv", "assimilation_states.npz"
N, F, H = 40, 8.0, 0.05                         # variables, forcing, the length of a step
UNIT = 20                                       # steps in a unit of time
OBSERVED = slice(0, N, 2)                       # the variables that have an instrument

# ---- the model ------------------------------------------------------------------------------------------------------

def shifted(x, k):
    """x_{j+k} at place j of a ring, along the last axis."""
    return np.concatenate([x[..., k:], x[..., :k]], axis=-1)


@rule
def tendency(x):
    """How fast each variable of the ring changes: (x_{j+1} − x_{j−2}) x_{j−1} − x_j + F.

    Shapes:   x (..., N)  ->  y (..., N), N at least 4
    Backward: da_j = dy_j x_{j−1},  db_j = dy_j (x_{j+1} − x_{j−2}):  dx_j = da_{j−1} − da_{j+2} + db_{j+1} − dy_j
    Source:   Lorenz (1996), Predictability: a problem partly solved; derived in lesson 13, section 2, equations (13.5)
              and (13.8).
    """
    if x.shape[-1] < 4:
        raise ValueError(f"tendency: the ring needs at least 4 variables on the last axis, got shape {x.shape}")
    a, b = shifted(x, 1) - shifted(x, -2), shifted(x, -1)
    y = a * b - x + F                                                   # (13.5)
    def backward(dy):
        da, db = dy * b, dy * a
        return shifted(da, -1) - shifted(da, 2) + shifted(db, 1) - dy   # (13.8)
    return y, backward


@rule
def model_step(x):
    """One step of length ``H`` by the method of Runge and Kutta: four tendencies, and their weighted mean.

    Shapes:   x (..., N)  ->  y (..., N), the state after the step
    Backward: the four tendencies in reverse; each pays to the state and to the tendency before it
    Source:   derived in lesson 13, section 2, equation (13.9).
    """
    k1, back1 = tendency(x)
    k2, back2 = tendency(x + H / 2 * k1)
    k3, back3 = tendency(x + H / 2 * k2)
    k4, back4 = tendency(x + H * k3)
    y = x + H / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    def backward(dy):
        d4 = back4(H / 6 * dy)
        d3 = back3(H / 3 * dy + H * d4)
        d2 = back2(H / 3 * dy + H / 2 * d3)
        d1 = back1(H / 6 * dy + H / 2 * d2)
        return dy + d1 + d2 + d3 + d4                                   # (13.9)
    return y, backward


def run(x, steps):
    """The states after each of so many steps.

    Shapes: x (..., N)  ->  (steps, ..., N)
    """
    if steps < 0:
        raise ValueError(f"run: steps must be 0 or more, got {steps}; time runs forward only")
    states = []
    for _ in range(steps):
        x, _ = model_step(x)
        states.append(x)
    return np.array(states)


# ---- a world to be observed -----------------------------------------------------------------------------------------

class World(NamedTuple):
    """``truth`` (T + 1, N); ``observed`` (T + 1, N), NaN where there is no observation; ``guess`` (N,), a state of
    another day, from which every method begins; ``noise``, the standard deviation of an observation's error."""

    truth: np.ndarray
    observed: np.ndarray
    guess: np.ndarray
    noise: float


def settled(rng):
    """A state of the model as it is met after twenty units of time from a random start."""
    return run(F + rng.normal(size=N), 20 * UNIT)[-1]


def world(seed, steps, noise=1.0, start=None):
    """A ``World`` of so many steps. Every second variable is observed after each step, with errors of size ``noise``.

    ``start``: the first state of the truth, if it is not to be drawn.
    """
    if not noise > 0:
        raise ValueError(f"world: noise must be above 0, got {noise}; a noise of 0.01 is nearly none")
    rng = np.random.default_rng(seed)
    first, guess = settled(rng), settled(rng)
    first = first if start is None else start
    truth = np.concatenate([first[np.newaxis], run(first, steps)])
    observed = np.full(truth.shape, np.nan)
    errors = noise * rng.normal(size=truth.shape)
    observed[1:, OBSERVED] = (truth + errors)[1:, OBSERVED]
    return World(truth, observed, guess, noise)


def doubling_time(states):
    """In how many units of time a tiny error doubles, from 1 to 6 units after it was made, over all of these states.

    Shapes: (..., N)  ->  a number
    """
    gaps = (run(states + 1e-6, 6 * UNIT) - run(states, 6 * UNIT))[[UNIT - 1, -1]].reshape(2, -1)
    early, late = np.sqrt(np.mean(gaps ** 2, axis=1))
    return 5 * np.log(2) / np.log(late / early)


# ---- methods that look at one moment --------------------------------------------------------------------------------

def nudging_gain(strength):
    """Pull each observed variable towards its observation with this strength, per unit of time.

    Shapes: (N, N / 2), what an error at each instrument adds to each variable
    """
    return strength * H * np.eye(N)[:, OBSERVED]


def variational_gain(B, noise):
    """3D-Var: the correction with the least ½ cᵀ B⁻¹ c + ½ |c − miss|² / noise², which is linear in the miss.

    Shapes: B (N, N), the covariance of the background's errors  ->  (N, N / 2)
    """
    seen = B[:, OBSERVED]
    return np.linalg.solve(seen[OBSERVED] + noise ** 2 * np.eye(N // 2), seen.T).T


def _within(world, steps, name):
    """Refuse more steps than the world was observed for."""
    if not 0 <= steps < len(world.observed):
        raise ValueError(f"{name}: steps must be 0 to {len(world.observed) - 1}, those of the world, got {steps}; "
                         "world(seed, steps) makes a longer one")


def sequential(world, gain, steps):
    """A forecast that is corrected after each step by ``gain @ (observation − forecast)``.

    Shapes: gain (N, N / 2)  ->  (steps + 1, N), the corrected states
    """
    _within(world, steps, "sequential")
    x, states = world.guess, [world.guess]
    for observed in world.observed[1:steps + 1]:
        x, _ = model_step(x)
        x = x + gain @ (observed[OBSERVED] - x[OBSERVED])
        states.append(x)
    return np.array(states)


def background_covariance(seed=1000, strength=6.0, steps=4000):
    """What a nudged forecast gets wrong: the covariance (N, N) of its errors in one long world that nobody is judged
    on, averaged over shifts by two places, which change nothing in the ring."""
    w = world(seed, steps)
    forecast, _ = model_step(sequential(w, nudging_gain(strength), steps - 1)[10 * UNIT:])
    errors = forecast - w.truth[10 * UNIT + 1:]
    B = errors.T @ errors / len(errors)
    return np.mean([np.roll(B, (k, k), axis=(0, 1)) for k in range(0, N, 2)], axis=0)


def ensemble(world, inflation, steps, members=40, seed=0):
    """The ensemble Kalman filter in its square root form: the spread of ``members`` forecasts tells what to correct.

    Shapes: (steps + 1, N), the mean of the ensemble after each correction
    Source: Bishop, Etherton, Majumdar (2001), Monthly Weather Review 129; Hunt, Kostelich, Szunyogh (2007), Physica D
            230.
    """
    _within(world, steps, "ensemble")
    if members < 2 or not inflation > 0:
        raise ValueError("ensemble: it takes 2 members or more and an inflation above 0, got "
                         f"{members} and {inflation}; 40 members and 1.04 are a beginning")
    rng = np.random.default_rng(seed)
    x = run(F + rng.normal(size=(members, N)), 20 * UNIT)[-1]
    means = [x.mean(axis=0)]
    for observed in world.observed[1:steps + 1]:
        x, _ = model_step(x)
        mean = x.mean(axis=0)
        spread = inflation * (x - mean)
        seen, miss = spread[:, OBSERVED] / world.noise, (observed - mean)[OBSERVED] / world.noise
        sizes, U = np.linalg.eigh((members - 1) * np.eye(members) + seen @ seen.T)
        mean = mean + (U / sizes @ U.T @ (seen @ miss)) @ spread
        x = mean + np.sqrt(members - 1) * (U / np.sqrt(sizes) @ U.T) @ spread
        means.append(mean)
    return np.array(means)


# ---- the method that looks at a window ------------------------------------------------------------------------------

def cost(x, background, observed, noise, spread):
    """How badly the run from x fits the background and the observations, and the gradient by x: one backward sweep.

    Shapes: x, background (N,), observed (K, N), after each step, NaN where missing  ->  a number, (N,)
    noise, spread: the standard deviations of the observations' errors and of the background's
    Source: Le Dimet, Talagrand (1986), Tellus 38A; derived in lesson 13, section 2, equations (13.6) and (13.7).
    """
    states, through = unroll(model_step, len(observed), x)
    miss = np.where(np.isnan(observed), 0, states - observed) / noise
    off = (x - background) / spread
    value = (off @ off + np.sum(miss * miss)) / 2                       # (13.6)
    return value, off / spread + through(miss / noise)                  # (13.7)


def four_d_var(background, observed, noise, spread, *, first=None, steps=60):
    """The state at the window's start with the least ``cost``, by L-BFGS from the background: ``(x, runs)``.

    runs    what it took, in runs of the model over the whole window: a call of ``cost`` is two, a run forward and one
            back, and over a part of the window as much less
    first   minimise over this many steps of the window first, then over twice, three times as many, and so on, each
            time from where the last one ended: the growing window. None: the whole window at once
    steps   the most that L-BFGS makes in each minimisation
    Source: the growing window: Pires, Vautard, Talagrand (1996), Tellus 48A.
    """
    if first is not None and first < 1:
        raise ValueError(f"four_d_var: first must be a number of steps, 1 or more, got {first}; None takes the whole")
    K, x, runs = len(observed), background, 0.0
    if not K:
        raise ValueError("four_d_var: observed has no row; give one or more, (K, N), NaN where nothing was seen")
    for length in [*range(first or K, K, first or K), K]:
        found = lbfgs(lambda x, length=length: cost(x, background, observed[:length], noise, spread), x, steps=steps,
                      tolerance=1e-6, relative_tolerance=1e-2)
        x, runs = found.x, runs + 2 * found.nfev * length / K
    return x, runs


def cycled(world, window, spread, steps, first=None):
    """One window after the other: each begins where the run from the one before ended.

    Shapes: ``{step: state (N,)}`` at the end of each window, and the mean number of runs of the model in a window:
            those of ``four_d_var``, and one to its end
    """
    x, states, runs = world.guess, {}, []
    for start in range(0, steps, window):
        x, count = four_d_var(x, world.observed[start + 1:start + window + 1], world.noise, spread, first=first)
        x = run(x, window)[-1]
        states[start + window] = x
        runs.append(count + 1)
    return states, float(np.mean(runs))


def rmse(x, truth):
    """Root of the mean squared error over the variables.

    Shapes: (..., N)  ->  (...)
    """
    return np.sqrt(np.mean((x - truth) ** 2, axis=-1))


NUDGED, SPREAD = 6.0, 1.5       # the strength that prepares a single window, and the size of the error that it leaves
NOW = 10 * UNIT                 # when a single window ends


def single(world, now, window, first=None):
    """Nudging until the window begins, then 4D-Var over the window, which ends ``now``: the state at the window's
    start, and the one that nudging had found there."""
    start = now - window
    if start < 0 or window < 1:
        raise ValueError(f"single: a window of {window} steps does not fit before step {now}; take one of 1 to {now}")
    before = sequential(world, nudging_gain(NUDGED), start)[-1]
    return four_d_var(before, world.observed[start + 1:now + 1], world.noise, SPREAD, first=first)[0], before


SINGLE = {"window 0.5, at once": (0.5, None), "window 1, at once": (1, None), "window 2, at once": (2, None),
          "window 2, growing": (2, UNIT // 2)}


def _one_of(value, known, name):
    """``value``, if it is among the known ones."""
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(str, known))}, got {value}")
    return value


def beside_the_truth(way, seed):
    """The cost of what a ``single`` window finds in the world of this seed, divided by that of the true state: below 1
    if the minimum is found. ``SINGLE[way]`` is the window's length in units of time and the steps of the first one."""
    length, first = SINGLE[_one_of(way, tuple(SINGLE), "beside_the_truth: way")]
    w, window = world(seed, NOW), round(length * UNIT)
    found, before = single(w, NOW, window, first)
    observed = w.observed[NOW - window + 1:]
    reached, true = (cost(x, before, observed, w.noise, SPREAD)[0] for x in (found, w.truth[NOW - window]))
    return reached / true


def landscape(world, length, shares):
    """The cost of a window that ends at ``NOW``, without the background's term, for each observation: along the
    straight line from the true state at its start (share 0) through the one that nudging found (share 1).

    Shapes: shares (S,)  ->  (S,)
    """
    window = round(length * UNIT)
    if not 0 < window <= NOW:
        raise ValueError(f"landscape: a window of {length} units does not fit; take one above 0, up to {NOW / UNIT:g}")
    truth, nudged = world.truth[NOW - window], sequential(world, nudging_gain(NUDGED), NOW - window)[-1]
    states = run(truth + np.reshape(shares, (-1, 1)) * (nudged - truth), window)[..., OBSERVED]
    miss = (states - world.observed[NOW - window + 1:NOW + 1, np.newaxis, OBSERVED]) / world.noise
    return np.mean(miss * miss, axis=(0, 2)) / 2


# ---- the comparison -------------------------------------------------------------------------------------------------

STEPS, FROM, EVERY = 20 * UNIT, 10 * UNIT, 2 * UNIT     # the observed time; judged after 12, 14 … 20 units
LEADS = (0, 1, 2, 3)
SEARCH_SEEDS, SEEDS = range(6), range(10, 22)
VALUES = tuple(2 ** (k / 2) for k in (-2, -1, 0, 1, 2))
DRAWS = 10                                              # of an ensemble's members, in each world
WORST = "largest at 0"
HEADER = ["method", "chosen", "at the grid's edge", "world", "runs", *(f"error at {lead}" for lead in LEADS), WORST]
NONE, LARGER = "no assimilation", "ensemble filter of 200"


def rivals():
    """``{name: (unit, draws, states(world, value, B, seed))}``: what is tuned is ``value`` times the unit. ``states``
    returns the estimates, by step, and how many runs of the model, forward or back, each step took. Only an ensemble
    draws its members, with the seed: it is tried with so many draws in each world."""
    def variational(length, first=None):
        return 0.5, 1, lambda w, value, B, seed: cycled(w, round(length * UNIT), value, STEPS, first)

    def members(count):
        return 0.03, DRAWS, lambda w, value, B, seed: (ensemble(w, 1 + value, STEPS, count, seed), count)
    return {
        "nudging": (6.0, 1, lambda w, value, B, seed: (sequential(w, nudging_gain(value), STEPS), 1)),
        "3D-Var": (0.2, 1, lambda w, value, B, seed: (sequential(w, variational_gain(value * B, w.noise), STEPS), 1)),
        "4D-Var, window 0.5": variational(0.5),
        "4D-Var, window 1": variational(1),
        "4D-Var, window 2": variational(2),
        "4D-Var, growing to 1": variational(1, UNIT // 2),
        "4D-Var, growing to 2": variational(2, UNIT // 2),
        "ensemble filter": members(40),
        LARGER: members(200),
    }


def skill(world, states):
    """The errors of the estimates, and of forecasts from them, at ``LEADS``, over all times that are judged.

    Shapes: states: something that gives the state (N,) at a step  ->  (4,)
    """
    times = np.arange(FROM + EVERY, STEPS + 1, EVERY)
    x, errors = np.array([states[t] for t in times]), []
    for lead in LEADS:
        x = run(x, UNIT)[-1] if lead else x
        errors.append(np.sqrt(np.mean((x - world.truth[times + lead * UNIT]) ** 2)))
    return np.array(errors)


def trial(rival, value, seed, fit, judged):
    """One method in one world: its errors, means over its draws, the largest error now of a draw, and the runs of the
    model. A run that blows up gives inf."""
    starts, seeds = judged
    w = world(seed, STEPS + LEADS[-1] * UNIT, start=starts[list(seeds).index(seed)])
    unit, draws, states = rival
    errors = np.empty((draws, len(LEADS)))
    with np.errstate(all="ignore"):
        for draw in range(draws):
            found, runs = states(w, unit * value, fit[1][0], (seed, draw))
            errors[draw] = np.nan_to_num(skill(w, found), nan=np.inf)
    mean = errors.mean(axis=0)
    return {"error": mean[0], "runs": runs, WORST: errors[:, 0].max(),
            **{f"error at {lead}": e for lead, e in zip(LEADS, mean)}}


def _starts(seeds):
    return np.array([settled(np.random.default_rng((seed, 1))) for seed in seeds]), np.array(seeds)


def comparison(names, watch=None, search_seeds=SEARCH_SEEDS, seeds=SEEDS, values=VALUES):
    """The ``Comparison`` of these rivals: a number is chosen for each in the worlds of the search, judged in others."""
    known = rivals()
    fit = settled(np.random.default_rng((1000, 1)))[np.newaxis], background_covariance()[np.newaxis]
    return compare({name: known[name] for name in names}, trial, values=values, search_seeds=search_seeds, seeds=seeds,
                   by="error", widen=2, watch=watch, split=Split(fit, _starts(search_seeds), _starts(seeds)))


def rows_of(name):
    """The rows of the stored table for one method."""
    found, unit = comparison([name]), rivals()[name][0]
    measured = {what: found.measured(what)[name] for what in HEADER[4:]}
    return [[name, f"{unit * found.chosen[name]:.8g}", "yes" if found.at_edge(name) else "no", seed,
             f"{measured['runs'][i]:.4g}", *(f"{measured[what][i]:.4g}" for what in HEADER[5:])]
            for i, seed in enumerate(SEEDS)]


def rows_without():
    """The rows of a forecast from the first guess that never sees an observation."""
    split = _starts(SEEDS)
    rival = 1.0, 1, lambda w, value, B, seed: (sequential(w, nudging_gain(0.0), STEPS), 1)
    found = [trial(rival, 1.0, seed, (None, [None]), split) for seed in SEEDS]
    return [[NONE, "", "no", seed, 1, *(f"{one[what]:.4g}" for what in HEADER[5:])] for seed, one in zip(SEEDS, found)]


class Stored(NamedTuple):
    """Of one method: what was chosen, whether at the grid's edge, runs and worst error of each world (worlds,), errors
    (worlds, 4)."""

    chosen: str
    edge: str
    runs: np.ndarray
    errors: np.ndarray
    worst: np.ndarray


def stored():
    """``{method: Stored}`` from the stored file."""
    found = {}
    for name, chosen, edge, _, *numbers in read_table(FILE)[1]:
        found.setdefault((name, chosen, edge), []).append([float(number) for number in numbers])
    return {name: Stored(chosen, edge, rows[:, 0], rows[:, 1:-1], rows[:, -1])
            for (name, chosen, edge), rows in ((key, np.array(rows)) for key, rows in found.items())}


SUMMARY = ["method", "tuned", *(f"error at {lead}" for lead in LEADS), WORST, "runs"]


def summary():
    """Rows for a table: what was chosen, the errors with their intervals over worlds, the worst of all, and the price:
    runs of the model, forward or back, over the same stretch of time. ``SUMMARY`` names the columns."""
    return [[name, f"{float(one.chosen):.2g}" if one.chosen else "",
             *(say(one.errors[:, k], "{:.2f}") for k in range(len(LEADS))),
             f"{one.worst.max():.2f}", f"{one.runs.mean():.0f}"]
            for name, one in stored().items()]


def better(a, b, lead=0):
    """Is the error of method a below that of b, world by world? "yes", "no" or "not told apart"."""
    found = stored()
    for name in (a, b):
        _one_of(name, tuple(found), "better: a method")
    return told(found[b].errors[:, lead] - found[a].errors[:, lead])


PAIRS = (("4D-Var, window 0.5", "3D-Var"), ("4D-Var, growing to 1", "4D-Var, window 0.5"),
         ("4D-Var, growing to 2", "4D-Var, window 0.5"), ("4D-Var, growing to 2", "4D-Var, growing to 1"),
         ("4D-Var, growing to 2", "ensemble filter"), ("4D-Var, growing to 2", LARGER),
         ("ensemble filter", "4D-Var, window 0.5"), ("3D-Var", "nudging"), ("nudging", NONE))
VERDICTS = ["is this wrong by less", "than this?", *(f"at {lead}" for lead in LEADS)]


def verdicts():
    """Rows for a table: what twelve worlds tell of pairs of methods, at each lead. ``VERDICTS`` names the columns."""
    return [[a, b, *(better(a, b, k) for k in range(len(LEADS)))] for a, b in PAIRS]


# ---- what the explorer shows ----------------------------------------------------------------------------------------

WINDOWS, NOISES, WAYS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0), (0.25, 0.5, 1.0, 2.0), ("at once", "growing")
SHOWN = 3 * UNIT                                # how far the explorer shows the past and the future
EXAMPLE = 32                                    # the seed of its world


@lru_cache(maxsize=1)
def _example():
    return world(EXAMPLE, NOW + SHOWN)


def example(noise):
    """The explorer's world: the same truth and the same errors for every noise, only larger or smaller."""
    if not noise > 0:
        raise ValueError(f"example: noise must be above 0, got {noise}; 1 is that of the comparison")
    w = _example()
    return w._replace(observed=w.truth + noise * (w.observed - w.truth), noise=noise)


@lru_cache(maxsize=1)
def stored_starts():
    """The states that are stored for the explorer: (noises, windows, ways, N)."""
    with np.load(io.BytesIO(files.read_bytes(STATES)), allow_pickle=False) as file:
        return file["starts"]


@lru_cache(maxsize=len(NOISES))
def nudged_example(noise):
    """The states of nudging in the explorer's world, up to now (NOW + 1, N)."""
    return sequential(example(noise), nudging_gain(NUDGED), NOW)


def estimate(noise, length, way):
    """What is known in the explorer's world: nudging, then 4D-Var from where the window begins, then its forecast.

    Shapes: (2 SHOWN + 1, N), from SHOWN steps before now to SHOWN steps after
    """
    window = round(length * UNIT)
    start = stored_starts()[tuple(known.index(_one_of(value, known, f"estimate: {name}")) for name, value, known in (
        ("noise", noise, NOISES), ("length", length, WINDOWS), ("way", way, WAYS)))]
    before = nudged_example(noise)[NOW - SHOWN:NOW - window]
    return np.concatenate([before, start[np.newaxis], run(start, window + SHOWN)])


def example_states():
    """``starts`` (noises, windows, ways, N): the state that 4D-Var finds at the start of each window that ends now."""
    starts = np.empty((len(NOISES), len(WINDOWS), len(WAYS), N))
    for i, noise in enumerate(NOISES):
        w = example(noise)
        for j, length in enumerate(WINDOWS):
            for k, first in enumerate((None, UNIT // 2)):
                starts[i, j, k], _ = single(w, NOW, round(length * UNIT), first)
    return {"starts": starts}


# ---- what is stored -------------------------------------------------------------------------------------------------

def _facts(**facts):
    return made_now(command="python -m course_lib.studies.assimilation",
                    data="none: truth and observations are simulated by the model", **facts)


def write(rows, states):
    """The two stored files, with their origins."""
    write_table(FILE, HEADER, rows, _facts(
        steps=f"{STEPS} steps of {H} observed from a first guess of another day; 4D-Var by L-BFGS, at most 60 steps "
              "or until the gradient is a hundredth of the first",
        seeds=f"search {SEARCH_SEEDS[0]} to {SEARCH_SEEDS[-1]}, judged {SEEDS[0]} to {SEEDS[-1]}; each draws the "
              "errors of the observations, the first guess and the first state of a truth; the members of an ensemble "
              f"are drawn {DRAWS} times in each world, with the seeds (world, 0) to (world, {DRAWS - 1})",
        sizes=f"{N} variables, every second observed after each step with errors of 1; one number tuned for each "
              "method, from a grid of ratio 1.41 and five values, widened twice at most at an end, on the error now; "
              "the covariance of 3D-Var from one world of 4000 steps besides",
        averaging="none: one row a world, each error over five times, 12, 14, 16, 18 and 20 units, and 40 variables, "
                  "of an ensemble the mean over its draws; the largest error now is that of a single draw"))
    path = Path(files.__file__).with_name(STATES)
    write_arrays(path, with_origin(states, _facts(
        steps="4D-Var by L-BFGS in one window that ends after 10 units, nudging with strength 6 before it",
        seeds=f"{EXAMPLE}, which draws the truth, the first guess and the errors of the observations",
        sizes=f"{len(NOISES)} noises, {len(WINDOWS)} windows, {len(WAYS)} ways, {N} variables",
        averaging="none: one state each")), compressed=False)


def main():
    with ProcessPoolExecutor(2) as pool:
        states = pool.submit(example_states)
        rows = rows_without() + [row for part in pool.map(rows_of, reversed(rivals())) for row in part]
        order = [NONE, *rivals()]
        write(sorted(rows, key=lambda row: order.index(row[0])), states.result())


if __name__ == "__main__":
    main()
