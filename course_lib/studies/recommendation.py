"""Which film next? Factors of people and films, learnt from ratings by gradients, and what they have to beat:
lesson 13, section 6.

A table of ratings has one row a person and one column a film; ``known`` is 1 where there is a rating. Errors stand in
such a table too, 0 where nothing is known, so that the sums over repeated rows are matrix products.
``python -m course_lib.studies.recommendation`` makes the comparison again (about ten minutes of one core) and writes
``FILE``.
"""

import numpy as np

from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.data.ratings import load_ratings
from course_lib.experiments import Split, compare, say
from course_lib.graph import Parameter
from course_lib.optim.first_order import Adam

FILE = "recommendation_figures.csv"
RATED = ["rival", "damping, λ or updates", "RMSE", "NDCG", "RMSE less that of the biases"]
RANKED = ["ranker", "damping or λ", "RMSE", "NDCG", "NDCG less that of rated together"]
AT_RANDOM = ["rival", "damping or λ", "RMSE, random fifth"]
WIDTH, STEPS, RATE, BETAS = 32, 60, 0.05, (0.9, 0.99)
DAMPING = 4.0                           # of the biases beside factors: what the biases alone had chosen
NEGATIVES, LONGER = 4, 100              # implicit feedback: films not rated for each that is, and updates
VALUES = (2.0, 4.0, 8.0, 16.0, 32.0)    # strengths of L2, dampings, or updates, the same for every rival
SEARCH_SEEDS, SEEDS, DRAWS = (0,), (10, 11, 12, 13, 14), 2000
LIKED, TOP = 4.0, 10                    # stars of a film that was liked; the length of a list
HEADER = ["split", "chosen by", "rival", "chosen", "at the grid's edge", "what", "seed", "value"]


# ---- the data -------------------------------------------------------------------------------------------------------

def last_fifth(users):
    """True for the last fifth of each person's ratings, rounded down, at least one. Ratings are sorted by person, then
    by time, as in ``load_ratings``.

    Shapes: users (N,)  ->  (N,) of booleans
    """
    users = np.asarray(users)
    if np.any(np.diff(users) < 0):
        raise ValueError("last_fifth: users must be sorted, got numbers that fall; sort the ratings by user and time")
    _, start, place, count = np.unique(users, return_index=True, return_inverse=True, return_counts=True)
    return np.arange(len(users)) - start[place] >= (count - np.maximum(count // 5, 1))[place]


def split_by_time(ratings):
    """Row numbers to fit, to choose and to judge: the last fifth of each person's ratings judges, of the rest the last
    fifth chooses."""
    last = last_fifth(ratings.users)
    before = np.flatnonzero(~last)
    choose = last_fifth(ratings.users[before])
    return before[~choose], before[choose], np.flatnonzero(last)


def past_and_judge(ratings):
    """Row numbers of all that may be learnt from, and of what judges, in the split by time."""
    fit, choose, judge = split_by_time(ratings)
    return np.concatenate([fit, choose]), judge


def split_at_random(ratings, rng):
    """As many rows in each part, for each person, drawn from all of that person's ratings."""
    order = np.lexsort((rng.random(len(ratings.users)), ratings.users))
    return [np.sort(order[rows]) for rows in split_by_time(ratings)]


def leaks(ratings, past, judge):
    """What the split by time does not keep apart, two shares: of the past that is fitted, what lies after a person's
    first judged rating (the mean over people); and of all ratings, those that share person and second with another."""
    first = np.full(ratings.users.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, ratings.users[judge], ratings.times[judge])
    times = np.sort(ratings.times[past])
    later = 1 - np.searchsorted(times, first, side="right") / len(times)
    same = (np.diff(ratings.users) == 0) & (np.diff(ratings.times) == 0)
    shared = np.concatenate([[False], same]) | np.concatenate([same, [False]])
    return float(later.mean()), float(shared.mean())


def rating_table(users, films, stars, shape, dtype=np.float32):
    """The ratings as a table less their mean, 0 where there is none, and where they are: ``table, known, mean``.

    Shapes: users, films, stars (N,)  ->  (U, F), (U, F), a number
    """
    table, known, mean = np.zeros(shape, dtype), np.zeros(shape, dtype), float(np.mean(stars))
    known[users, films] = 1
    table[users, films] = stars - mean
    return table, known, mean


def past_table(ratings, rows):
    """``rating_table`` of some rows of the ratings, with a row for each person and a column for each film."""
    shape = int(ratings.users.max()) + 1, len(ratings.titles)
    return rating_table(ratings.users[rows], ratings.films[rows], ratings.stars[rows], shape)


def most_rated(known, count):
    """The columns of the films rated most, most first: (U, F)  ->  (U, count)"""
    return known[:, np.argsort(-known.sum(axis=0), kind="stable")[:count]]


# ---- models ---------------------------------------------------------------------------------------------------------

def damped_biases(table, known, damping, rounds=20, people=True, films=True):
    """Biases b of people and c of films, each a damped mean of what the others leave over.

    b_u = Σ (r − c) / (n_u + damping), c_f = Σ (r − b) / (n_f + damping), in turn: the minimum of
    ½ Σ (b + c − r)² + ½ damping (Σ b² + Σ c²). A person or a film with few ratings stays near 0.

    Shapes: table, known (U, F)  ->  b (U, 1), c (1, F)
    """
    b, c = np.zeros((len(table), 1), table.dtype), np.zeros((1, table.shape[1]), table.dtype)
    rated_by, rated = known.sum(axis=1, keepdims=True), known.sum(axis=0, keepdims=True)
    sum_by, sum_of = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    for _ in range(rounds if people and films else 1):
        if films:
            c = (sum_of - b.T @ known) / (rated + damping)
        if people:
            b = (sum_by - known @ c.T) / (rated_by + damping)
    return b, c


def factor_gradients(error, P, Q, l2):
    """The gradients of ½ Σ error² + ½ l2 (Σ P² + Σ Q²) by both tables of factors, equation (13.27).

    error   predicted less given, 0 where no rating is known

    Shapes: error (U, F), P (U, K), Q (F, K)  ->  dP (U, K), dQ (F, K)
    """
    dP = error @ Q + l2 * P
    dQ = error.T @ P + l2 * Q
    return dP, dQ


class Factorisation:
    """Ratings as μ + b_u + c_f + p_u · q_f, learnt with Adam on all ratings at once.

    l2        strength of the penalty on the factors; damping: of that on the biases
    biased    False: no biases, the mean and the factors only
    """

    def __init__(self, table, known, *, l2, rng, damping=DAMPING, width=WIDTH, biased=True, lr=RATE):
        if np.shape(table) != np.shape(known):
            raise ValueError(f"Factorisation: table has shape {np.shape(table)}, known {np.shape(known)}; "
                             "rating_table makes both")
        (U, F), dtype = table.shape, table.dtype
        self.table, self.known, self.l2, self.damping, self.biased = table, known, l2, damping, biased
        self.P, self.Q = (Parameter((0.05 * rng.normal(size=(n, width))).astype(dtype)) for n in (U, F))
        b, c = damped_biases(table, known, damping, people=biased, films=biased)
        self.b, self.c = Parameter(b), Parameter(c)
        self.params = [self.P, self.Q, *([self.b, self.c] if biased else [])]
        self.optimizer = Adam(self.params, lr=lr, betas=BETAS)

    def scores(self):
        """The table of all predictions, less the mean: (U, F)."""
        return self.P.data @ self.Q.data.T + self.b.data + self.c.data

    def error(self):
        """Predicted less given, 0 where no rating is known: (U, F)."""
        error = self.scores()
        error -= self.table
        error *= self.known
        return error

    def step(self):
        """One update; returns the root mean squared error before it."""
        error = self.error()
        self.P.grad, self.Q.grad = factor_gradients(error, self.P.data, self.Q.data, self.l2)
        if self.biased:
            self.b.grad = error.sum(axis=1, keepdims=True) + self.damping * self.b.data
            self.c.grad = error.sum(axis=0, keepdims=True) + self.damping * self.c.data
        self.optimizer.step()
        return float(np.sqrt(np.vdot(error, error) / self.known.sum()))

    def learn(self, steps):
        """Yield ``(1, step, root mean squared error)`` after each update."""
        for step in range(1, steps + 1):
            yield 1, step, self.step()


class Implicit(Factorisation):
    """Which films are rated at all? Logistic factors: the probability is σ(c_f + p_u · q_f).

    For each rating stand four films that the person has not rated, on average: drawn anew at every update they would
    be any of them, so each of them weighs what it would be drawn.
    """

    def __init__(self, known, *, l2, rng, width=WIDTH, steps=LONGER):
        super().__init__(np.zeros_like(known), known, l2=l2, rng=rng, width=width, biased=False,
                         lr=lambda step: 0.1 * (1 - (step - 1) / steps))
        missing, ours = known.shape[1] - known.sum(axis=1, keepdims=True), known.sum(axis=1, keepdims=True)
        self.weight = known + (1 - known) * (NEGATIVES * ours / missing)
        self.params.append(self.c)
        self.optimizer = Adam(self.params, lr=self.optimizer.lr, betas=BETAS)

    def step(self):
        """One update; returns the cross-entropy for each rating before it."""
        scores = self.scores()
        value = float((self.weight * (np.logaddexp(0, scores) - self.known * scores)).sum() / self.known.sum())
        error = 1 / (1 + np.exp(-scores))
        error -= self.known
        error *= self.weight
        self.P.grad, self.Q.grad = factor_gradients(error, self.P.data, self.Q.data, self.l2)
        self.c.grad = error.sum(axis=0, keepdims=True) + 0.1 * self.l2 * self.c.data
        self.optimizer.step()
        return value


def rated_together(known, damping):
    """How much a film was rated by those who rated mine: the cosine of the columns of ``known``, added up over a
    person's films, without any training. Films of few ratings are damped.

    Shapes: known (U, F)  ->  (U, F)
    """
    columns = known / np.sqrt(known.sum(axis=0) + damping)
    return (known @ columns.T) @ columns


def line_in_closed_form(known, l2=800.0, least=10):
    """The line from all films of a person but one to that one: B minimises |X − X B|² + λ |B|² with a zero diagonal.

    With P = (XᵀX + λ I)⁻¹, B = −P / diag P off the diagonal. Films rated fewer than ``least`` times get no score.

    Shapes: known (U, F)  ->  (U, F)
    λ was chosen on the last fifth of the past: lists of 0.107 for 50 to 200, 0.108 for 800.
    Source: Steck (2019), Embarrassingly shallow autoencoders for sparse data, WWW.
    """
    often = np.flatnonzero(known.sum(axis=0) >= least)
    X = known[:, often].astype(float)
    P = np.linalg.inv(X.T @ X + l2 * np.eye(len(often)))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    scores = np.full(known.shape, -1e9)
    scores[:, often] = X @ B
    return scores


# ---- measures -------------------------------------------------------------------------------------------------------

def ndcg(scores, seen, liked, k=TOP):
    """How high in a list of k stand the films that a person liked later? One number a person, 1 for the best order,
    NaN for who liked none: Σ_j liked(j) / log₂(j + 1) over the places j, divided by the largest that can be (13.28).

    seen   films that are not recommended again

    Shapes: scores (U, F), seen (U, F), liked (U, F)  ->  (U,)
    """
    scores = np.where(seen, -np.inf, scores)
    top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    found = np.take_along_axis(liked, np.take_along_axis(top, order, axis=1), axis=1)
    worth = 1 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[np.nan], np.cumsum(worth)])[np.minimum(liked.sum(axis=1), k)]
    return (found * worth).sum(axis=1) / best


def judged(scores, mean, ratings, seen_rows, rows):
    """``{"rmse", "ndcg", "squares", "counts", "each"}``: both measures on some rows, and what each person adds to
    them."""
    users, films, stars = ratings.users[rows], ratings.films[rows], ratings.stars[rows]
    squares = (np.clip(mean + scores[users, films], 0.5, 5.0) - stars) ** 2
    seen, liked = np.zeros(scores.shape, bool), np.zeros(scores.shape, bool)
    seen[ratings.users[seen_rows], ratings.films[seen_rows]] = True
    liked[users[stars >= LIKED], films[stars >= LIKED]] = True
    each = ndcg(scores, seen, liked)
    return {"rmse": float(np.sqrt(squares.mean())), "ndcg": float(np.nanmean(each)), "each": each,
            "squares": np.bincount(users, squares, minlength=len(scores)),
            "counts": np.bincount(users, minlength=len(scores))}


def bootstrap(a, b, what, rng, draws=DRAWS):
    """The difference a − b of a measure, and the ends of its 95 % interval, by drawing people again (Efron 1979).

    a, b   lists of what ``judged`` gives, one for each seed: what a person adds is averaged over them
    """
    each = [{key: np.mean([run[key] for run in runs], axis=0) for key in ("squares", "counts", "each")}
            for runs in (a, b)]
    people = rng.integers(0, len(each[0]["each"]), size=(draws + 1, len(each[0]["each"])))
    people[0] = np.arange(people.shape[1])                                      # first, everybody once
    if what == "rmse":
        values = [np.sqrt(e["squares"][people].sum(axis=1) / e["counts"][people].sum(axis=1)) for e in each]
    else:
        values = [np.nanmean(e["each"][people], axis=1) for e in each]
    difference = values[0] - values[1]
    return difference[0], *np.percentile(difference[1:], [2.5, 97.5])


# ---- the comparison -------------------------------------------------------------------------------------------------

def _trained(model, steps):
    for _ in model.learn(round(steps)):
        pass
    return model.scores()


def _bias_scores(table, known, value, **which):
    b, c = damped_biases(table, known, value, **which)
    return b + c


RATERS = {          # rival(table, known, value, rng) -> scores (U, F), to which the mean is added
    "global mean": lambda table, known, value, rng: np.zeros_like(table),
    "film means": lambda table, known, value, rng: _bias_scores(table, known, value, people=False),
    "user means": lambda table, known, value, rng: _bias_scores(table, known, value, films=False),
    "biases": lambda table, known, value, rng: _bias_scores(table, known, value),
    "factors, no biases": lambda table, known, value, rng: _trained(
        Factorisation(table, known, l2=value, rng=rng, biased=False), STEPS),
    "factors, no L2": lambda table, known, value, rng: _trained(
        Factorisation(table, known, l2=0.0, rng=rng, lr=0.02), value),
    "factors": lambda table, known, value, rng: _trained(Factorisation(table, known, l2=value, rng=rng), STEPS),
}
RANKERS = {
    "popularity": lambda table, known, value, rng: np.repeat(known.sum(axis=0, keepdims=True), len(known), axis=0),
    "biases": RATERS["biases"],
    "factors": RATERS["factors"],
    "implicit factors": lambda table, known, value, rng: _trained(Implicit(known, l2=value, rng=rng), LONGER),
    "rated together": lambda table, known, value, rng: rated_together(known, value),
}


def comparison(ratings, rivals, by, parts, watch=None):
    """The ``Comparison`` of rivals by a measure. What is chosen on the second part is fitted again on the first two,
    and judged on the third, so that nothing of a person's past is missing."""
    fit, choose, judge = parts
    pair = lambda rows: (np.stack([ratings.users[rows], ratings.films[rows]], axis=1), rows)
    shape = int(ratings.users.max()) + 1, len(ratings.titles)

    def trial(rival, value, seed, fitted, judged_on):
        past = fitted[1] if judged_on[1] is choose else np.concatenate([fit, choose])
        table, known, mean = rating_table(ratings.users[past], ratings.films[past], ratings.stars[past], shape)
        scores = rival(table, known, value, np.random.default_rng(seed))
        return judged(scores, mean, ratings, past, judged_on[1])

    return compare(rivals, trial, values=VALUES, split=Split(pair(fit), pair(choose), pair(judge)), widen=2, by=by,
                   search_seeds=SEARCH_SEEDS, seeds=SEEDS, higher=by == "ndcg", watch=watch)


def rows_of(found, split, by, against):
    """The rows of ``FILE`` for one comparison: both measures for each seed, and the difference to a rival."""
    rows, rng = [], np.random.default_rng(13)
    measured = {what: found.measured(what) for what in ("rmse", "ndcg", "squares", "counts", "each")}
    runs = {name: [{what: of[name][i] for what, of in measured.items()} for i in range(len(found.seeds))]
            for name in found.names}
    for name in found.names:
        front = [split, by, name, f"{found.chosen[name]:.3g}", "yes" if found.at_edge(name) else "no"]
        rows += [[*front, what, seed, f"{run[what]:.5f}"] for what in ("rmse", "ndcg")
                 for seed, run in zip(found.seeds, runs[name])]
        ends = bootstrap(runs[name], runs[against], by, rng)
        rows += [[*front, what, "people", f"{value:.5f}"] for what, value in zip(("difference", "low", "high"), ends)]
    return rows


def stored():
    """``{(split, chosen by, rival): {"chosen", "edge", "rmse", "ndcg": arrays (seeds,), "difference": three}}``."""
    found = {}
    for split, by, rival, chosen, edge, what, _, value in read_table(FILE)[1]:
        entry = found.setdefault((split, by, rival), {"chosen": float(chosen), "edge": edge, "rmse": [], "ndcg": [],
                                                      "difference": []})
        entry[what if what in entry else "difference"].append(float(value))
    return found


def summary(by, split="by time"):
    """Rows for a table of one comparison: the rival, what was chosen, both measures, and the difference to the rival it
    is compared with, with the interval over people."""
    unranked = ("global mean", "user means"), ("popularity", "implicit factors", "rated together")
    rows = []
    for (where, chosen_by, rival), entry in stored().items():
        if (where, chosen_by) == (split, by):
            mean, low, high = entry["difference"]
            rows.append([rival, _chosen(rival, entry),
                         "" if rival in unranked[1] else say_or_one(entry["rmse"], "{:.4f}"),
                         "" if rival in unranked[0] else say_or_one(entry["ndcg"], "{:.4f}"),
                         "" if low == high else f"{mean:+.4f}, {low:+.4f} to {high:+.4f}"])
    return rows


def _chosen(rival, entry):
    if rival in ("global mean", "popularity"):
        return ""
    return f"{entry['chosen']:.3g}" + (" (the grid's edge)" if entry["edge"] == "yes" else "")


def chosen_l2():
    """The strength of L2 that was chosen for the factors by their error."""
    return stored()["by time", "rmse", "factors"]["chosen"]


def best_lists():
    """The ranker with the highest NDCG among those the lesson asks about, or the two that people do not tell apart."""
    found = stored()
    worth = {name: np.mean(found["by time", "ndcg", name]["ndcg"])
             for name in ("popularity", "implicit factors", "rated together")}
    worth["factors with the lowest RMSE"] = np.mean(found["by time", "rmse", "factors"]["ndcg"])
    best, second = sorted(worth, key=worth.get)[:-3:-1]
    _, low, high = found["by time", "ndcg", "implicit factors"]["difference"]
    undecided = {best, second} == {"implicit factors", "rated together"} and low <= 0 <= high
    return "the last two, not told apart" if undecided else best


def say_or_one(values, form):
    """``say``, or a single number where all seeds gave the same: nothing was drawn."""
    return form.format(values[0]) if np.ptp(values) == 0 else say(values, form)


# ---- neighbours -----------------------------------------------------------------------------------------------------

def neighbours(columns, film, count=8, allowed=None):
    """The films whose rows are nearest to that of a film, by cosine: ``films, cosines``, best first.

    Shapes: columns (F, K), allowed (F,) of booleans  ->  two arrays (count,)
    """
    norms = np.linalg.norm(columns, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = columns @ columns[film] / (norms * norms[film])
    cosines = np.where(np.isfinite(cosines), cosines, -1.0)
    cosines[film] = -np.inf
    if allowed is not None:
        cosines = np.where(allowed, cosines, -np.inf)
    best = np.argsort(-cosines, kind="stable")[:count]
    return best, cosines[best]


def main():
    ratings = load_ratings()
    parts = split_by_time(ratings)
    rows = rows_of(comparison(ratings, RATERS, "rmse", parts), "by time", "rmse", "biases")
    rows += rows_of(comparison(ratings, RANKERS, "ndcg", parts), "by time", "ndcg", "rated together")
    parts = split_at_random(ratings, np.random.default_rng(6))
    rivals = {name: RATERS[name] for name in ("biases", "factors")}
    rows += rows_of(comparison(ratings, rivals, "rmse", parts), "at random", "rmse", "biases")
    write_table(FILE, HEADER, rows, made_now(
        command="python -m course_lib.studies.recommendation",
        steps=f"factors: {STEPS} updates of Adam on all ratings at once, rate {RATE}, {WIDTH} numbers a row, float32; "
              f"implicit: {LONGER} updates, rate from 0.1 to 0, {NEGATIVES} films not rated for each that is; "
              "no L2: rate 0.02, the number of updates is chosen",
        seeds=f"search {SEARCH_SEEDS[0]}, final runs {SEEDS[0]} to {SEEDS[-1]}; each draws the factors at the start",
        sizes="the last fifth of each person's ratings judges, the last fifth of the rest chooses; the chosen is "
              f"fitted again on all but the judging fifth; values from {VALUES[0]:g} to {VALUES[-1]:g}, widened at "
              "ends",
        averaging=f"one number a seed; the difference is averaged over seeds, its ends are percentiles of {DRAWS} "
                  f"draws of people; NDCG at {TOP}: the mean of those who later liked a film ({LIKED:g} stars or more)",
        data=with_checksum("ratings.npz")))


if __name__ == "__main__":
    main()
