"""Times all ways to the gradients of lesson 14, ``torch.compile`` too, and writes ``data/frameworks_figures.csv``.

``python -m course_lib.studies.frameworks`` (a few minutes; all three frameworks and a C++ compiler are needed).
"""

import platform
import sys
import time

import numpy as np

from course_lib.clock import fastest
from course_lib.data.origins import made_now, write_table
from course_lib.studies import frameworks
from course_lib.studies.frameworks import jax, jnp, problems, tf, torch

ROUNDS, TIMES = 9, 5


def forward(params, x, squash):
    """The network of lesson 04 in everybody's words, as on the page: (14.1)."""
    h, (*hidden, last) = x, zip(params[::2], params[1::2])
    for W, b in hidden:
        h = squash(h @ W + b)
    W, b = last
    return h @ W + b


def last_state(params, xs, h, squash):
    """The loop of lesson 09: (14.2)."""
    W, U, b = params
    for x in xs:
        h = squash(x @ W + h @ U + b)
    return h


LOSSES = {
    "torch": lambda params, x, t: torch.nn.functional.cross_entropy(forward(params, x, torch.sigmoid), t),
    "tensorflow": lambda params, x, t: tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(t, forward(params, x, tf.sigmoid))),
    "jax": lambda params, x, t: -jnp.mean(
        jax.nn.log_softmax(forward(params, x, jax.nn.sigmoid))[jnp.arange(len(t)), t]),
}


def timed(function):
    """Seconds on the wall of one call: a compiler works in processes of its own."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main():
    versions = [f"{row.name} {row.version}" for row in frameworks.here(load_all=True)]
    absent = frameworks.missing(*frameworks.NAMES)
    if absent:
        raise SystemExit(absent)
    rivals = problems.rivals(LOSSES, problems.squared_errors(last_state), compiled=True)
    first = {}
    for how, runs in rivals.items():
        first[how] = [timed(run) for run in runs]
        print(how, [f"{s:.2g}" for s in first[how]], file=sys.stderr, flush=True)
    rounds = np.array([[[fastest(run, TIMES) for run in runs] for runs in rivals.values()] for _ in range(ROUNDS)])
    over = rounds / rounds[:, :1]
    rows = [[how, problem, *(f"{s:.3g}" for s in (first[how][k], *np.quantile(over[:, i, k], [0, 0.5, 1])))]
            for i, how in enumerate(rivals) for k, problem in enumerate(problems.TIMED)]
    facts = made_now(
        command="python -m course_lib.studies.frameworks",
        steps=f"one pass of the gradients; the first call, then {ROUNDS} interleaved rounds of the fastest of {TIMES}",
        seeds="0: the weights and the data of the three problems",
        sizes="network 64-96-72-48-10 with 32 digits; 50 steps of 8 sequences, 20 units; 64-512-512-10 with 512 digits",
        averaging="first call: seconds on the wall; later: processor time of one thread over ours in the same round, "
                  "the lowest, the median and the highest",
        data=f"{', '.join(versions)}; NumPy {np.__version__}; Python {platform.python_version()}",
        machine=f"{platform.machine()}, {platform.system()}")
    write_table(problems.FILE, ["way", "problem", "first call", "lowest", "median", "highest"], rows, facts)


if __name__ == "__main__":
    main()
