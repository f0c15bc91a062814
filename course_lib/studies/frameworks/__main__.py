"""Times all ways to the gradients of lesson 14, ``torch.compile`` too, and writes ``data/frameworks_figures.csv``.

``python -m course_lib.studies.frameworks`` (about a minute; all three frameworks and a C++ compiler are needed).
"""

import os
import platform
import sys
import tempfile
import time

import numpy as np

from course_lib.clock import fastest
from course_lib.data.origins import made_now, write_table
from course_lib.graph import apply
from course_lib.rules.functions import sigmoid
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import frameworks
from course_lib.studies.frameworks import jax, jnp, problems, side, tf, torch

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
    "ours": lambda params, x, t: apply(softmax_cross_entropy, forward(params, x, lambda a: apply(sigmoid, a)), t),
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
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.mkdtemp()         # a first call finds nothing compiled before
    versions = [f"{row.name} {row.version}" for row in frameworks.here(load_all=True)]
    absent = frameworks.missing(*frameworks.NAMES)
    if absent:
        raise SystemExit(absent)
    rivals = problems.rivals(LOSSES, problems.squared_errors(last_state), compiled=True)
    runs = {(how, problem): run for how, three in rivals.items() for problem, run in zip(problems.TIMED, three)}
    params, *loop = problems.of_loop(0)
    told = side("torch").layer_steps(*loop) | side("jax").scan_steps(params, *loop)     # that it is a loop
    runs |= {(how, "loop"): run for how, run in told.items()}
    first = {}
    for key, run in runs.items():
        first[key] = timed(run)
        print(*key, f"{first[key]:.2g} s", file=sys.stderr, flush=True)
    rounds = [{key: fastest(run, TIMES) for key, run in runs.items()} for _ in range(ROUNDS)]
    rows = []
    for how, problem in runs:
        over = [seconds[how, problem] / seconds["course_lib", problem] for seconds in rounds]
        numbers = first[how, problem], min(over), np.median(over), max(over)
        rows.append([how, problem, *(f"{number:.3g}" for number in numbers)])
    facts = made_now(
        command="python -m course_lib.studies.frameworks",
        steps=f"one pass of the gradients; the first call, then {ROUNDS} interleaved rounds of the fastest of {TIMES}",
        seeds="0: the weights and the data of the three problems",
        sizes="network 64-96-72-48-10 with 32 digits; 50 steps of 8 sequences, 20 units; 64-512-512-10 with 512 digits",
        averaging="first call: seconds on the wall, in a new process, nothing cached; later: processor time of "
                  "one thread over ours in the same round, the lowest, the median and the highest",
        data=f"{', '.join(versions)}; NumPy {np.__version__}; Python {platform.python_version()}",
        machine=f"{platform.machine()}, {platform.system()}")
    write_table(problems.FILE, ["way", "problem", "first call", "lowest", "median", "highest"], rows, facts)


if __name__ == "__main__":
    main()
