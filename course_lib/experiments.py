"""Fair comparisons: who may be called better, and what may be concluded.

``compare`` gives every rival the same trials and the same budget, chooses each rival's value (a learning rate, for
example) on data set aside, and judges it once on other data, over several seeds. What it refuses, widens or says:

- rows, or units (people, speakers, writers), on two sides of a split           ``Split`` refuses them
- an evaluation right after a batch smaller than the others                     ``curve`` refuses the batches
- a best value at the edge of its grid                                          ``compare`` widens the grid for all
- one lucky seed                                                                every score has a row of seeds
- a difference smaller than its scatter                                         ``told``: "not told apart"

Used in lessons 05 to 12; the rules are those of lesson 06, section 6.
"""

import numpy as np

from course_lib.optim.first_order import Diverged
from course_lib.training import train_step

# The 97.5 % points of Student's t for 1 to 30 degrees of freedom: NIST/SEMATECH e-Handbook, section 1.3.6.7.2.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
      2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)


# ---- numbers with their scatter -------------------------------------------------------------------------------------

def interval(values):
    """The mean of several runs and the half width of its 95 % interval, t s / √n (Student 1908). NaN are left out;
    fewer than two values have no width, and give NaN for it.

    Shapes: values (n,)  ->  two numbers
    """
    values = np.asarray(values, dtype=float).ravel()
    values = values[~np.isnan(values)]
    n = len(values)
    if n < 2:
        return (float(values[0]) if n else np.nan), np.nan
    t = _T[n - 2] if n - 2 < len(_T) else 1.96 + 2.5 / (n - 1)
    with np.errstate(invalid="ignore"):                 # a run that diverged to inf
        return float(values.mean()), float(t * values.std(ddof=1) / np.sqrt(n))


def say(values, form="{:.3g}"):
    """The mean and its 95 % interval as a text: "0.101 ± 0.012"."""
    mean, half = interval(values)
    return form.format(mean) if np.isnan(half) else f"{form.format(mean)} ± {form.format(half)}"


def told(differences, yes="yes", no="no"):
    """What paired differences, one for each seed or split, tell: ``yes`` if their 95 % interval lies above 0, ``no`` if
    below, else "not told apart".

    A NaN is a pair that is missing, after an interrupt: the others are judged, and " (incomplete)" is said. An infinite
    difference, where one of two runs diverged, counts as one that is far larger than all finite ones: the interval is
    that of +1, −1 and, for what is finite, 0. Where both runs diverged, the difference is 0: say so, for inf − inf is
    NaN.

    Shapes: differences (n,)  ->  a text
    """
    differences = np.asarray(differences, dtype=float).ravel()
    if np.isinf(differences).any():
        differences = np.where(np.isfinite(differences), 0.0, np.sign(differences))     # the sign of NaN is NaN
    mean, half = interval(differences)
    found = "not told apart" if not abs(mean) > half else yes if mean > 0 else no
    return f"{found} (incomplete)" if np.isnan(differences).any() else found


def first_below(steps, values, level):
    """The first of ``steps`` at which the values are below ``level``; NaN if they never are.

    Shapes: steps (K,), values (K,)  ->  a number; values (..., K)  ->  (...,), one for each row
    """
    steps, low = np.asarray(steps, dtype=float), np.asarray(values) < level
    return np.where(low.any(axis=-1), steps[low.argmax(axis=-1)], np.nan)[()]


# ---- data: nothing on two sides -------------------------------------------------------------------------------------

class Split:
    """Data for fitting, for choosing, and for judging once: ``fit``, ``choose``, ``judge``, each a pair (x, t).

    units   three sequences, one unit for each row of the three parts: who wrote, spoke, or is on the picture
    A row, or a unit, on two sides is refused: what was seen in fitting cannot be judged. So are units that do not
    belong to the rows one by one.
    """

    def __init__(self, fit, choose, judge, *, units=None):
        self.fit, self.choose, self.judge = fit, choose, judge
        names, parts = ("fit", "choose", "judge"), (fit, choose, judge)
        if units is not None and [len(part) for part in units] != [len(x) for x, _ in parts]:
            raise ValueError(f"Split: the parts have {[len(x) for x, _ in parts]} rows, units "
                             f"{[len(part) for part in units]}; give one unit for each row of fit, choose and judge")
        for i, j in ((0, 1), (0, 2), (1, 2)):
            shared = _shared_rows(parts[i][0], parts[j][0])
            if shared:
                raise ValueError(f"Split: {shared} rows of {names[j]} are in {names[i]} too; take them out of one")
            if units is not None and (both := set(map(str, units[i])) & set(map(str, units[j]))):
                raise ValueError(f"Split: {len(both)} units are on two sides, in {names[i]} and in {names[j]}, such as "
                                 f"{min(both)}; split_units(units, shares, rng) keeps each on one")


def unseen(judged, fitted, *, name="unseen"):
    """Refuse to judge on rows that were seen in fitting; returns ``judged``.

    Shapes: judged (N, ...), fitted (M, ...)  ->  judged
    """
    if shared := _shared_rows(fitted, judged):
        raise ValueError(f"{name}: {shared} of {len(judged)} rows to be judged were seen in fitting; judge on others")
    return judged


def _shared_rows(a, b):
    kept = {np.ascontiguousarray(row).tobytes() for row in np.asarray(a)}
    return sum(np.ascontiguousarray(row).tobytes() in kept for row in np.asarray(b))


def split_units(units, shares, rng):
    """Rows for each of several parts, so that no unit is on two sides: a list of index arrays.

    shares   which share of the units each part gets, such as (0.6, 0.2, 0.2), rounded down to whole units: the last
             part gets what is left; each gets at least one

    Shapes: units (N,)  ->  len(shares) arrays of row numbers, N in all
    """
    units, shares = np.asarray(units), np.asarray(shares, dtype=float)
    names = np.unique(units)
    if np.any(shares <= 0) or not np.isclose(shares.sum(), 1):
        raise ValueError(f"split_units: shares must be above 0 and add up to 1, got {shares.tolist()}; "
                         "positive ones divided by their sum do")
    if len(names) < len(shares):
        raise ValueError(f"split_units: {len(names)} units cannot be dealt to {len(shares)} parts, one to each "
                         "at least; ask for fewer parts, or collect more units")
    ends = np.floor(np.cumsum(shares) * len(names) + 1e-9).astype(int)[:-1]     # 0.7 + 0.1 is less than 0.8
    low = np.arange(1, len(shares))
    ends = np.clip(ends, low, len(names) - len(shares) + low)
    return [np.flatnonzero(np.isin(units, part)) for part in np.split(rng.permutation(names), ends)]


# ---- one training, measured -----------------------------------------------------------------------------------------

def curve(net, loss, optimizer, batches, *, at, measure, before=None):
    """Train, and measure after certain updates: ``measure(net)`` for each of the update numbers ``at``.

    at       update numbers, rising, counted from 1; 0 is before the first
    before   ``before(update, x, t)``, called before each update, for optimizers that ask for more than a gradient

    Batches of which one is smaller than the others are refused: an update on two images with the rate of sixty-four
    throws the network about, and a measurement right after it judges the throw (lesson 05). ``Batches`` merges what is
    left over (``last="merge"``, the default).

    Shapes: at (K,)  ->  (K,), with inf where the measure is NaN, and from where an update raised ``Diverged``
    """
    at = np.asarray(at)
    if at.ndim != 1 or not len(at) or at.dtype.kind not in "iu" or at[0] < 0 or (np.diff(at) <= 0).any():
        raise ValueError(f"curve: at must be rising update numbers, 0 or more, got {at.tolist()}; np.unique(at) sorts "
                         "whole numbers and drops doubles")
    _refuse_small(batches)
    found, update = np.full(len(at), np.nan), 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):     # too large a rate overflows: inf is said
        if at[0] == 0:
            found[0] = measure(net)
        while update < at[-1]:
            start = update
            for x, t in batches:
                update += 1
                try:
                    if before is not None:
                        before(update, x, t)
                    train_step(net, loss, optimizer, x, t)
                except Diverged:
                    found[at >= update] = np.inf
                    return found
                if update in at:
                    value = measure(net)
                    found[np.searchsorted(at, update)] = np.inf if np.isnan(value) else value
                if update == at[-1]:
                    break
            if update == start:
                raise ValueError("curve: there were no batches; pass Batches(x, t, size, rng=rng)")
    return found


def _refuse_small(batches):
    sizes = [s.stop - s.start for s in getattr(batches, "slices", ())]
    if not sizes:
        sizes = [len(x) for x, _ in batches] if isinstance(batches, (list, tuple)) else []
    if len(sizes) > 1 and min(sizes) < max(sizes[0], 1):
        raise ValueError(f"curve: one batch has {min(sizes)} rows, the others {sizes[0]}: what is measured right after "
                         'it depends on it; Batches(..., last="merge") joins it to the one before, last="drop" leaves '
                         "it out")


# ---- a comparison ---------------------------------------------------------------------------------------------------

def compare(rivals, trial, *, values, split, search_seeds, seeds, widen=2, by=None, higher=False, watch=None):
    """Choose each rival's value on data set aside, judge it once on other data: a ``Comparison``.

    rivals         ``{name: rival}``; the rival is handed to the trial as it is
    trial          ``trial(rival, value, seed, fit, judged)``: fit anew with this value and seed, return what was
                   measured on ``judged``: a number, a curve whose last entry is the score, or a dict of these
    values         the grid, rising, the same for every rival; a geometric grid is widened by its ratio
    split          a ``Split``: the search is measured on ``choose``, the final runs on ``judge``
    search_seeds   seeds of the search, averaged; none of them may be among ``seeds``, those of the final runs
    widen          how often the grid is widened at an end, for all rivals, where a best value lies on it
    by             which entry of a trial's dict is the score; ``higher``: larger is better
    watch          ``watch(jobs)`` passes jobs on, such as ``partial(watched, label="search")``, for a bar

    Search and final runs are the same trial, so they have the same budget. An interrupt leaves NaN and
    ``complete=False``.
    """
    values = [float(v) for v in values]
    if len(values) < 2 or np.any(np.diff(values) <= 0) or values[0] <= 0:
        raise ValueError(f"compare: values must be two or more, above 0 and rising, got {values}; "
                         "np.geomspace(0.01, 1, 5) gives such a grid")
    if both := set(search_seeds) & set(seeds):
        raise ValueError(f"compare: seeds {sorted(both)} are used in the search and in the final runs; take others")
    result = Comparison(list(rivals), values, list(search_seeds), list(seeds), by, higher)
    try:
        result._search(rivals, trial, split, widen, watch or iter)
        result._judge(rivals, trial, split, watch or iter)
    except KeyboardInterrupt:                       # wherever it arrives, what was measured so far is handed back
        result.complete = False
    return result


class Comparison:
    """What ``compare`` found. Numbers that are missing, after an interrupt, are NaN, and ``complete`` is False."""

    HEADER = ("rival", "chosen", "at the grid's edge", "score")

    def __init__(self, names, values, search_seeds, seeds, by, higher):
        self.names, self.values, self.search_seeds, self.seeds = names, list(values), search_seeds, seeds
        self.by, self.higher, self.complete = by, higher, True
        self._ratio = values[1] / values[0], values[-1] / values[-2]
        self._searched, self._final, self._example = {}, {}, None       # the example tells the shapes

    def _search(self, rivals, trial, split, widen, watch):
        asked = list(self.values)
        for again in range(widen + 1):
            jobs = [(name, v, seed) for name in rivals for v in asked for seed in self.search_seeds]
            for name, v, seed in self._run(jobs, watch):
                found = trial(rivals[name], v, seed, split.fit, split.choose)
                self._searched[name, v, seed] = self._score(found)
            asked = self._ends() if self.complete and again < widen else []
            if not asked:
                break
            self.values = sorted([*self.values, *asked])

    def _judge(self, rivals, trial, split, watch):
        if not self.complete:
            return
        for name, seed in self._run([(name, seed) for name in rivals for seed in self.seeds], watch):
            self._final[name, seed] = trial(rivals[name], self.chosen[name], seed, split.fit, split.judge)

    def _run(self, jobs, watch):
        """Pass the jobs on. Are some left in the end, the comparison is not complete."""
        done = 0
        for job in watch(jobs) if jobs else ():
            yield job
            done += 1
        self.complete = self.complete and done == len(jobs)

    def _score(self, found):
        self._example = found
        found = self._entry(found, None)
        score = float(np.ravel(found)[-1])
        return (-np.inf if self.higher else np.inf) if np.isnan(score) else score

    def _ends(self):
        """The values beyond the ends at which some rival is best."""
        best = set(self.chosen.values())
        return ([self.values[0] / self._ratio[0]] if self.values[0] in best else []) + \
               ([self.values[-1] * self._ratio[1]] if self.values[-1] in best else [])

    @property
    def search(self):
        """``{name: scores of the search, averaged over its seeds}``, one for each of ``values``."""
        with np.errstate(invalid="ignore"):
            return {name: np.array([np.mean([self._searched.get((name, v, seed), np.nan)
                                             for seed in self.search_seeds]) for v in self.values])
                    for name in self.names}

    @property
    def chosen(self):
        """``{name: its best value of the search}``; the first one where nothing was measured yet."""
        sign = -1 if self.higher else 1
        return {name: self.values[int(np.argmin(np.where(np.isnan(found), np.inf, sign * found)))]
                for name, found in self.search.items()}

    def at_edge(self, name):
        """Is the chosen value still an end of the grid? Then a better one may lie beyond."""
        return self.chosen[name] in (self.values[0], self.values[-1])

    def measured(self, what=None):
        """``{name: array}``: all final runs, (seeds,) for numbers or (seeds, K) for curves; ``what`` names the entry of
        a trial's dict (``by`` if not said)."""
        known = [*self._final.values(), *([] if self._example is None else [self._example])]
        shape = np.shape(self._entry(known[0], what)) if known else ()
        nothing = np.full(shape, np.nan)
        return {name: np.array([self._entry(self._final[name, seed], what) if (name, seed) in self._final else nothing
                                for seed in self.seeds], dtype=float) for name in self.names}

    def _entry(self, found, what):
        return found[what or self.by] if isinstance(found, dict) else found

    @property
    def runs(self):
        """``measured()``: the curves, or the numbers, by which was chosen."""
        return self.measured()

    @property
    def scores(self):
        """``{name: array (seeds,)}``: the last entry of each final run."""
        return {name: runs.reshape(len(self.seeds), -1)[:, -1] for name, runs in self.runs.items()}

    def name(self, name):
        """The rival's name for tables and legends, with "(incomplete)" where runs are missing."""
        whole = all((name, seed) in self._final for seed in self.seeds)
        return name if whole else f"{name} (incomplete)"

    def beats(self, a, b, what=None, *, higher=None, seeds=None):
        """Is a better than b in the final runs? What the differences, seed by seed, have ``told``: "yes", "no" or "not
        told apart", with "(incomplete)" where an interrupt left runs out. A run that was made and gave NaN counts as
        the worst of all, as in the search.

        ``what`` names another entry of a trial's dict, ``higher`` says whether more of it is better (as for the score,
        if not said); ``seeds`` looks at the first so many seeds only. Of a rival and itself nothing is said: ""."""
        if a == b:
            return ""
        sign = 1 if (self.higher if higher is None else higher) else -1         # times it, more is better
        runs = self.measured(what)
        first, second = ([self._worth(name, seed, sign * run) for seed, run in zip(self.seeds, runs[name])][:seeds]
                         for name in (a, b))
        return told([x - y if x != y else 0.0 for x, y in zip(first, second)])  # both diverged: no difference

    def _worth(self, name, seed, run):
        """The last entry of a final run; −inf where it is NaN, and NaN where the run is missing."""
        last = np.ravel(run)[-1]
        return -np.inf if np.isnan(last) and (name, seed) in self._final else last

    def rows(self, form="{:.3g}", what=()):
        """Rows for a table: name, chosen value, is it at the grid's edge, mean ± interval of the score and of ``what``
        else a trial's dict holds. ``Comparison.HEADER`` names the first four columns."""
        return [[self.name(name), f"{self.chosen[name]:.3g}", "yes" if self.at_edge(name) else "no",
                 say(self.scores[name], form),
                 *(say(self.measured(w)[name].reshape(len(self.seeds), -1)[:, -1], form) for w in what)]
                for name in self.names]
