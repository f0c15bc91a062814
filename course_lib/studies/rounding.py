"""Where do rounding errors come from? Reverse mode as Seppo Linnainmaa used it in 1970: the adjoint of every
intermediate result, times the rounding error made there, is what that error does to the result.

Any graph of ``Tensor`` in float32 will do: an operation is run again in float64 on what it was given, and the
difference is its local error (``local_error``). Derived in lesson 13, section 3, equations (13.10) to (13.12).
"""

from typing import NamedTuple

import numpy as np

from course_lib.experiments import say
from course_lib.graph import Tensor, apply, rule_name, topological_order
from course_lib.rules.functions import sqrt

UNIT = 2.0 ** -24                       # rounding to float32 changes a number by at most this share of it


def single(x):
    """A leaf of the graph in float32: a number, or an array of which each entry is a computation of its own."""
    return Tensor(np.asarray(x, dtype=np.float32)[()])


def local_error(v, true):
    """The error made at node ``v`` itself: its value minus the same operation in float64 on the same inputs (13.10).

    An input of the graph is taken as exact, unless ``true[v]`` tells the number that it stands for.
    """
    if v.rule is None:
        return np.float64(v.data) - np.float64(true.get(v, v.data))
    exact, _ = v.run(*[np.float64(x.data) for x in v.inputs])
    return np.float64(v.data) - exact


def rounding_errors(y, true=()):
    """The share of every node in the error of y, to first order, and a bound from the sizes of the numbers alone.

    Shapes:   y: a float32 Tensor, a number or an array whose entries depend on no other entry of any leaf;
              true: {leaf: its true value, where rounding to float32 has changed it}
              ->  nodes, shares (one for each node, of the shape of y or ()), bound (of the shape of y)
    Source:   Linnainmaa (1976), BIT 16; (13.11), (13.12).
    """
    (y if np.ndim(y.data) == 0 else y.sum()).backward()                 # v.grad is ∂y/∂v
    nodes, true = topological_order(y), dict(true)
    errors = [local_error(v, true) for v in nodes]                      # (13.10)
    shares = [v.grad * e for v, e in zip(nodes, errors)]                # (13.11)
    bound = sum(np.abs(v.grad * v.data * UNIT) if v.rule else np.abs(share)
                for v, share in zip(nodes, shares))                     # (13.12)
    return nodes, shares, bound


def in_float64(y, true=()):
    """The value of y if the whole graph is run again in float64, from the true values of its leaves."""
    true, values = dict(true), {}
    for v in topological_order(y):
        values[v] = (np.float64(true.get(v, v.data)) if v.rule is None
                     else v.run(*[values[x] for x in v.inputs])[0])
    return values[y]


class Judged(NamedTuple):
    """The estimate beside the truth; numbers, or arrays with an entry for each draw.

    value, exact   the result in float32, and what it should be; error: its relative error
    ratio, bound   estimated / observed error, bound / observed error
    """

    HEADER = ["result", "float32", "right", "relative error", "estimated / observed", "bound / observed"]
    value: object
    exact: object
    error: object
    ratio: object
    bound: object

    def row(self, name):
        """A row of a table below ``HEADER``, if all are numbers."""
        return [name, f"{self.value:.8g}", f"{self.exact:.8g}", f"{self.error:.1e}", f"{self.ratio:.4f}",
                f"{self.bound:.0f}"]


def judged(y, true=(), exact=None):
    """``rounding_errors`` of y beside the error observed: against ``exact``, or against the graph run in float64."""
    exact = in_float64(y, true) if exact is None else exact
    observed = np.float64(y.data) - exact
    _, shares, bound = rounding_errors(y, true)
    with np.errstate(divide="ignore", invalid="ignore"):                # a result may be right to the last digit
        return Judged(y.data, exact, np.abs(observed / exact), sum(shares) / observed, bound / np.abs(observed))


def typical(name, runs):
    """A row of a table: of several ``Judged`` with many draws each, the mean and interval of the median errors, of the
    largest |ratio − 1| and of the median bounds."""
    return [name, say([np.median(run.error) for run in runs], "{:.1e}"),
            say([np.max(np.abs(run.ratio - 1)) for run in runs], "{:.0e}"),
            say([np.median(run.bound) for run in runs], "{:.1f}")]


def blame(y):
    """(operation and its result, share of the estimated error) for every operation of a graph of numbers."""
    nodes, shares, _ = rounding_errors(y)
    return [(f"{rule_name(v.rule)} {v.data:.7g}", float(share / sum(shares)))
            for v, share in zip(nodes, shares) if v.rule]


# ---- computations to be judged -------------------------------------------------------------------------------------

def total(ks):
    """The sum of 1/k² for the numbers k, one after the other, in float32."""
    one, s = single(1), single(0)           # leaves of the graph
    for k in ks:
        k = single(k)
        s = s + one / (k * k)
    return s


def lost(y):
    """How many additions return their first input: what they should add is rounded away."""
    return sum(rule_name(v.rule) == "add" and bool(v.data == v.inputs[0].data) for v in topological_order(y))


def random_quadratics(seed, count=200):
    """b and c of x² − b x + c: b log-uniform from 10 to 1000, c uniform from 0.5 to 2, each (count,) in float32."""
    rng = np.random.default_rng(seed)
    return single(10 ** rng.uniform(1, 3, count)), single(rng.uniform(0.5, 2, count))


def integral(n):
    """∫ xⁿ / (x + 5) dx from 0 to 1, by the recurrence y₍ₙ₋₁₎ = (1/n − yₙ) / 5 from forty steps higher, in float64."""
    y = 0.0
    for k in range(n + 40, n, -1):
        y = (1 / k - y) / 5
    return y


def variances(mean, seed, count=200, size=100):
    """The two-pass variance, Σ (x − m)² / n, of ``size`` numbers around ``mean`` with standard deviation 1, for
    ``count`` draws at once: a graph of arrays (count,)."""
    xs = [single(x) for x in np.random.default_rng(seed).normal(mean, 1, (size, count))]
    n, total = single(size), xs[0]
    for x in xs[1:]:
        total = total + x
    m, squares = total / n, single(0)
    for x in xs:
        squares = squares + (x - m) * (x - m)
    return squares / n


def double_roots(seed, count=200):
    """The larger root of a (x − r)² = 0 from its coefficients, for ``count`` draws of a and r: the graph, and r.

    Where rounding makes b² − 4 a c negative there is no root, and where it makes it 0 there is no slope: draws are made
    until ``count`` others are found.
    """
    rng, two, four = np.random.default_rng(seed), single(2), single(4)

    def discriminant(a, r):
        b, c = two * a * r, a * r * r
        return b, b * b - four * a * c
    a, r = (single(x) for x in rng.uniform(1, 2, (2, 20 * count)))
    found = np.flatnonzero(discriminant(a, r)[1].data > 0)[:count]
    a, r = single(a.data[found]), single(r.data[found])
    b, d = discriminant(a, r)
    return (b + apply(sqrt, d)) / (two * a), r.data.astype(float)


def hard_cases(seed):
    """``judged`` where first order is tried: {name: Judged} of variances around three means, and of double roots."""
    found = {f"variance around {mean:,}": judged(variances(mean, seed)) for mean in (1, 1000, 100_000)}
    y, r = double_roots(seed)
    return found | {"double root": judged(y, exact=r)}


# ---- the explorer's sum, without a graph: its adjoints are known ---------------------------------------------------

ORDERS = ("large first", "small first", "shuffled", "pairwise")


class Summed(NamedTuple):
    """1/k² for k up to n, added in float32, and what its rounding errors do to the result.

    result, exact       the sum in float32 and in float64
    squares, quotients  what the rounding of all k·k, and of all quotients 1/(k·k), contributes
    additions           (n − 1,) what each addition contributes, in their order
    at, observed        after so many additions: the error of all that is there, added up in float64
    bound               (13.12)
    """

    result: float
    exact: float
    squares: float
    quotients: float
    additions: np.ndarray
    at: np.ndarray
    observed: np.ndarray
    bound: float

    @property
    def error(self):
        return self.result - self.exact

    @property
    def estimate(self):
        return self.squares + self.quotients + self.additions.sum()


def summed(order, n, groups=20):
    """Add 1/k², k = 1 … n, in one of ``ORDERS``, all in float32; ValueError for another order."""
    if order not in ORDERS:
        raise ValueError(f"summed: order must be one of {', '.join(ORDERS)}, got {order!r}")
    k = np.arange(1.0, n + 1)
    if order == "small first":
        k = k[::-1]
    elif order == "shuffled":
        k = np.random.default_rng(13).permutation(k)
    squares = k.astype(np.float32) * k.astype(np.float32)
    terms = np.float32(1) / squares
    wide, squares = terms.astype(float), squares.astype(float)
    exact, left = np.sum(1 / (k * k)), np.sum(wide)
    of_squares = np.sum((squares - k * k) * (-1 / squares ** 2))        # d(1/s)/ds = −1/s²
    of_quotients = np.sum(wide - 1 / squares)                           # the adjoint is 1, as for every addition
    adding = _pairwise if order == "pairwise" else _one_by_one
    sums, errors, at, present = adding(terms, groups)
    observed = np.array([left, *present]) - exact
    bound = UNIT * (2 * np.sum(wide) + np.sum(np.abs(sums)))
    return Summed(float(sums[-1]), exact, of_squares, of_quotients, errors, np.array([0, *at]), observed, bound)


def _one_by_one(terms, groups):
    """The partial sums, their local errors, and at some of them the sum of what is there: that sum and the rest."""
    sums = np.add.accumulate(terms).astype(float)
    wide = terms.astype(float)
    errors = sums[1:] - (sums[:-1] + wide[1:])
    at = np.unique(np.linspace(0, len(errors), groups + 1).astype(int))[1:]
    rest = np.append(np.cumsum(wide[::-1])[::-1], 0.0)
    return sums[1:], errors, at, sums[at] + rest[at + 1]


def _pairwise(terms, _):
    """Neighbours are added, then neighbours of these sums, …; a number without a neighbour waits."""
    sums, errors, at, present = [], [], [], []
    while len(terms) > 1:
        a, b, waits = terms[:-1:2], terms[1::2], terms[len(terms) // 2 * 2:]
        added = a + b
        sums.append(added.astype(float))
        errors.append(added.astype(float) - (a.astype(float) + b.astype(float)))
        terms = np.append(added, waits)
        at.append((at[-1] if at else 0) + len(added))
        present.append(terms.astype(float).sum())
    return np.concatenate(sums), np.concatenate(errors), at, present
