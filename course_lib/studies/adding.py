"""Who can carry a number over many steps? The comparison on the adding problem that lesson 09, section 5, shows.

Three recurrent networks with about the same number of weights, three lengths. Every rate of the grid is tried for every
network with the budget of the final runs; each final run learns with the rate that was chosen for its network at its
length. ``python -m course_lib.studies.adding`` does it again (about five minutes) and writes ``FILE``.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from course_lib import initializers
from course_lib.data.adding import adding_problem
from course_lib.data.origins import made_now, read_table, write_table
from course_lib.experiments import Split, compare, curve, say
from course_lib.layers import LSTM, RNN, Dense, LastStep, Sequential
from course_lib.optim.first_order import Adam, clip_grad_norm
from course_lib.rules.functions import relu
from course_lib.rules.losses import mean_squared_error
from course_lib.training import training

FILE = "adding_figures.csv"
BUDGET = {20: 600, 50: 1200, 100: 1500}         # updates for each length
BATCH, MARKS = 32, 12                           # new sequences in an update; measurements in a run
RATES = tuple(10 ** (k / 2) for k in (-7, -6, -5, -4, -3))         # from 0.00032 to 0.032
SEARCH_SEEDS, SEEDS = (0,), (10, 11, 12, 13, 14)
TRIVIAL = 1 / 6                                 # the error of always saying 1
SUMMARY = ["length", "network", "weights", "rate", "at the grid's edge", "error at the end", "below half the baseline"]
HEADER = ["length", "network", "rate", "at the grid's edge", "seed", "updates", "error"]


class ClippedAdam(Adam):
    """Adam that first shortens a gradient longer than 1."""

    def step(self):
        clip_grad_norm(self.params, 1.0)
        super().step()


def networks():
    """``{name: make(rng)}``: the recurrent layer of each of the rivals."""
    single = {"dtype": np.float32}
    small = {"init": lambda *args: 0.2 * initializers.glorot(*args), "activation": relu,
             "recurrent_init": initializers.scaled_identity}
    return {"tanh": lambda rng: RNN(2, 64, rng=rng, **single),
            "ReLU, identity": lambda rng: RNN(2, 64, rng=rng, **small, **single),
            "LSTM": lambda rng: LSTM(2, 32, rng=rng, **single)}


def network(make, rng):
    """The whole network: the recurrent layer, its last state, one number."""
    layer = make(rng)
    return Sequential(layer, LastStep(), Dense(len(layer.U.data), 1, rng=rng, dtype=np.float32))


def batches(rng, T, count):
    """``count`` batches of new sequences: none comes twice."""
    for _ in range(count):
        yield adding_problem(rng, T, BATCH, dtype=np.float32)


def marks(T):
    """The numbers of updates after which is measured."""
    return np.arange(1, MARKS + 1) * BUDGET[T] // MARKS


def trial(T, make, rate, seed, fit, judged):
    """One training: the errors at all ``marks``, inf from where clipping meets a gradient that is not finite.

    ``fit`` is empty, as every batch is drawn anew."""
    rng = np.random.default_rng((T, seed))
    net, (rows, t) = network(make, rng), judged
    return curve(net, mean_squared_error, ClippedAdam(net.params, lr=rate), batches(rng, T, BUDGET[T]), at=marks(T),
                 measure=lambda net: mean_squared_error(net(rows.swapaxes(0, 1))[0], t)[0])


def held_out(T, seed, count=512):
    """Sequences to judge by, one in each row (count, T, 2)."""
    xs, t = adding_problem(np.random.default_rng((T, seed)), T, count, dtype=np.float32)
    return xs.swapaxes(0, 1), t


def comparison(T, watch=None):
    """The ``Comparison`` of the three networks at one length."""
    nothing = np.zeros((0, T, 2), np.float32), np.zeros((0, 1), np.float32)
    return compare(networks(), partial(trial, T), values=RATES, search_seeds=SEARCH_SEEDS, seeds=SEEDS, watch=watch,
                   widen=1, split=Split(nothing, held_out(T, 1000), held_out(T, 2000)))


def rows_of(T):
    """The rows of the table for one length."""
    found, rows = comparison(T), []
    for name, runs in found.runs.items():
        chosen = [f"{found.chosen[name]:.3g}", "yes" if found.at_edge(name) else "no"]
        rows += [[T, name, *chosen, seed, step, f"{error:.4g}"]
                 for seed, run in zip(SEEDS, runs) for step, error in zip(marks(T), run)]
    return rows


def stored():
    """``{(length, network): (rate, is it at the grid's edge, errors (seeds, MARKS))}`` from the stored file."""
    found = {}
    for T, name, rate, edge, _, _, error in read_table(FILE)[1]:
        found.setdefault((int(T), name), (float(rate), edge, []))[2].append(float(error))
    return {key: (rate, edge, np.reshape(errors, (-1, MARKS))) for key, (rate, edge, errors) in found.items()}


def summary():
    """Rows for a table: each network at each length, its weights, its rate, the errors at the end; ``SUMMARY`` names
    the columns."""
    size = {name: sum(p.data.size for p in network(make, np.random.default_rng(0)).params)
            for name, make in networks().items()}
    return [[T, name, f"{size[name]:,}", f"{rate:.2g}", edge, say(errors[:, -1], "{:.2g}"),
             f"{(errors[:, -1] < TRIVIAL / 2).sum()} of {len(SEEDS)}"]
            for (T, name), (rate, edge, errors) in stored().items()]


def curves_at(T):
    """``{network: errors (seeds, MARKS)}`` at one length."""
    return {name: errors for (length, name), (_, _, errors) in stored().items() if length == T}


def solved(T):
    """How many networks end below half of the trivial error at this length, on the mean of all seeds."""
    return sum(errors[:, -1].mean() < TRIVIAL / 2 for errors in curves_at(T).values())


def one_run(T, name, seed=9):
    """One training as in the final runs, step by step: yields ``(epoch, step, loss)``."""
    rng, rate = np.random.default_rng(seed), stored()[T, name][0]
    net = network(networks()[name], rng)
    yield from training(net, mean_squared_error, ClippedAdam(net.params, lr=rate), batches(rng, T, BUDGET[T]), 1)


def write(rows):
    """The stored file, with its origin."""
    facts = made_now(
        command="python -m course_lib.studies.adding",
        steps="; ".join(f"length {T}: {n} updates" for T, n in BUDGET.items())
              + f"; {BATCH} new sequences in each; Adam, gradients clipped at norm 1, a constant rate, float32",
        seeds=f"search {SEARCH_SEEDS[0]}, final runs {SEEDS[0]} to {SEEDS[-1]}; each draws weights and all sequences",
        sizes="rates from a grid of ratio 3.16, begun at 0.00032 to 0.032 and widened once at an end for all three; "
              "chosen on 512 sequences, judged on 512 others",
        averaging="none: one error a seed and a mark, the mean over 512 sequences",
        data="none: the sequences are drawn")
    write_table(FILE, HEADER, rows, facts)


def main():
    with ProcessPoolExecutor(len(BUDGET)) as pool:
        write([row for part in pool.map(rows_of, BUDGET) for row in part])


if __name__ == "__main__":
    main()
