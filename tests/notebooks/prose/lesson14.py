"""What the prose of lesson 14 says, and what carries it."""

import numpy as np
from numerals import given, says

from course_lib import softmax_cross_entropy
from course_lib.rules.functions import softmax
from course_lib.studies.frameworks import problems
from course_lib.widgets import lesson14 as widgets

NAMES = ["tensorflow", "torch", "jax"]

says("Scores between 0 and 1 cannot differ by more than 1", "probability 1 for the true one", "It should say 0.",
     r"A gradient check with a tolerance of $10^{-9}$", "which holds about 16 digits",
     "3.0, 4.0, an array of two numbers, another of two", given("ranges, bounds, examples that the text sets"))


@says("32 digits for the network of lesson 04, and 50 steps of 8 sequences, with 20 units, for the loop")
def sizes(o):
    (_, x, _), (_, xs, h, _) = problems.of_network(0), problems.of_loop(0)
    return len(x), *xs.shape[:2], h.shape[1]


@says("the network of lesson 04 with 32 images, the loop of 50 steps, and a wide network with 512 images")
def timed(o):
    return len(problems.of_network(0)[1]), len(problems.of_loop(0)[1]), len(problems.of_network(0, 512)[1])


# ---- gradients ----------------------------------------------------------------------------------------------------

@says("The same numbers, to fourteen digits or more of each gradient's largest entry.",
      "their gradients are yours, to fourteen digits",
      "the gradients are the same numbers, to fourteen digits.")
def equal(o):
    columns = [o.by("framework", column) for column in ("network", "loop")]
    return all(sorted(c) == sorted(NAMES) and set(c.values()) == {"below 1e-14"} for c in columns) \
        and "Measured: 14 or more" in o.text(2)


@says("The same chain; `Mm` is the matrix product. PyTorch splits the loss in two, and gives each leaf a node")
def chains(o):
    text = o.text(3)
    return "ours:    softmax_cross_entropy add matmul" in text and \
        "PyTorch: NllLossBackward0 LogSoftmaxBackward0 AddBackward0 MmBackward0 AccumulateGrad AccumulateGrad" in text


@says("For `jax.jit` the kind is shape and type: one for a number, one for two numbers.",
      "`tf.function` counts each Python number as a kind of its own")
def kinds(o):
    prints = o.by("way", "prints, of 4 calls")
    return prints == {"NumPy": 4, "PyTorch": 4, "torch.compile": 4, "tf.function": 3, "jax.jit": 2} and [
        sum(widgets.prints(way, ("f(3.0)", "f(4.0)", "f(two numbers)", "f(two numbers)")))
        for way in ("tf.function", "jax.jit")] == [3, 2]


@says("JAX refuses; remedies are `jnp.where` and `jax.lax.cond`. TensorFlow rewrites the `if`")
def branches(o):
    return "JAX, as it is: -1.0" in o.text(3) and "TracerBoolConversionError" in o.text(3) \
        and "tf.function: tf.Tensor(2.0" in o.text(3)


# ---- hooks ----------------------------------------------------------------------------------------------------------

@says("One node for the hook, and one for each leaf.", "Each is compared with what the framework finds by itself")
def hooks(o):
    columns = [o.by("framework", column) for column in ("with the hook", "unrolled")]
    return all(sorted(c) == sorted(NAMES) and set(c.values()) == {"below 1e-14"} for c in columns) \
        and "Measured: 3 nodes" in o.text(4)


# ---- traps ----------------------------------------------------------------------------------------------------------

says("Here $L = 3w$, differentiated three times", lambda o: "Measured: 9." in o.text(5))
says("Half of the gradient is gone, without a word.", "in TensorFlow by a `constant`, where the gradient is `None`",
     lambda o: "PyTorch: 6.0 3.0" in o.text(5) and "JAX: 6.0 3.0" in o.text(5)
     and "TensorFlow: 3.0\nTensorFlow: None" in o.text(5))
says("Our rules trust you. PyTorch counts the changes of each tensor, and refuses where a count is wrong. An array of",
     lambda o: "ours: [-0.75 -0.75 -0.75] instead of [0.25 0.25 0.25]" in o.text(5)
     and "modified by an inplace operation" in o.text(5) and "immutable" in o.text(5))
says("Without it an answer depends on its neighbours in the batch",
     lambda o: "PyTorch, eval():   [ 1. 10.]" in o.text(5) and "PyTorch, train():  [-1. -1.]" in o.text(5))
says("Targets of a wrong type raise one, unless they are floats of the *shape of the scores*",
     lambda o: "PyTorch, int32: RuntimeError" in o.text(5) and "PyTorch, float32: RuntimeError" in o.text(5)
     and "PyTorch, float32 (2, 3): no complaint" in o.text(5))


@says("so no probability exceeds $e/(e+9)$. A loss that will not fall below about this number, with ten classes, is")
def twice(o):
    """Measured on the page; by the formula; and no other scores between 0 and 1 give less."""
    rng = np.random.default_rng(0)
    lowest = -np.log(np.e / (np.e + 9))
    least = min(softmax_cross_entropy(softmax(30 * rng.normal(size=(1, 10)))[0], np.array([0]))[0] for _ in range(500))
    return abs(o.printed(r"ours: once \S+, twice (\S+)")[0] - lowest) < 1e-4 and least > lowest - 1e-9


@says("Single precision keeps about seven digits.")
def single(o):
    return all(f"{name}: the error lies between 1e-8 and 1e-5" in o.text(5) for name in NAMES)


@says("whoever draws in between changes what comes after", "With the same key twice, two layers of one shape")
def seeds(o):
    first, second = o.printed(r"PyTorch, 0 drawn between: \[(\S+) (\S+)\]")
    third, _ = o.printed(r"PyTorch, 1 drawn between: \[(\S+) (\S+)\]")
    one, two = o.printed(r"JAX, twice: (\S+) (\S+)")
    three, four = o.printed(r"JAX, split: (\S+) (\S+)")
    return first != third == second and one == two and three != four


# ---- weights --------------------------------------------------------------------------------------------------------

@says("The outputs are equal to rounding, and the weights come home unchanged, bit by bit.")
def trips(o):
    return o.by("framework", "outputs there, error") == dict.fromkeys(NAMES, "below 1e-14") \
        and o.by("framework", "weights back home, change") == dict.fromkeys(NAMES, 0)


says("Each of the two has the *whole* gradient, so their sum moves twice as far",
     lambda o: "error below 1e-13: yes yes" in o.text(6) and "Measured: 2 times" in o.text(6))


# ---- time: what is stored -------------------------------------------------------------------------------------------

def medians(problem):
    """{way: the median of its later calls over ours} of the stored run."""
    return {how: of[problem][2] for how, of in problems.stored().items() if problem in of}


def spans(o, problem):
    """{way: (lowest, highest) share of our time} of the run on the page."""
    return {how: (share.low, share.high) for how, share in o.by("over course_lib", problem).items()
            if how != "course_lib"}


@says("PyTorch takes several times as long as our layer, whose backward you wrote by hand, and about as long as our "
      "own graph.")
def recording(o):
    live, loop = spans(o, "loop"), medians("loop")
    return (live["PyTorch"][0] > 3 and loop["PyTorch"] > 3
            and 0.6 < loop["PyTorch"] / loop["course_lib, graph"] < 1.6)


@says("TensorFlow and JAX, operation by operation, take far longer; traced, they come nearer.")
def operations(o):
    live, loop = spans(o, "loop"), medians("loop")
    return all(live[plain][0] > 5 * live["PyTorch"][0] and loop[plain] > 5 * loop["PyTorch"]
               and live[traced][1] < live[plain][0] for plain, traced in (
                   ("TensorFlow", "TensorFlow, tf.function"), ("JAX", "JAX, jit")))


says("is about as fast as our layer, or faster.", lambda o: medians("loop")["JAX, jit and scan"] < 1.2)


@says("no rival takes four times as long as another")
def wide(o):
    found = [end for ends in spans(o, "wide network").values() for end in ends] + [1.0]
    stored = [share for of in problems.stored().values() if "wide network" in of for share in of["wide network"][1:]]
    return max(found) / min(found) < 4 and max(stored) / min(stored) < 4


@says("calls a C++ compiler, which takes seconds. Tracing by `tf.function` and `jit` takes about a second at most.")
def first_calls(o):
    first = {how: [of[problem][0] for problem in of] for how, of in problems.stored().items()}
    traced = first["JAX, jit"] + first["TensorFlow, tf.function"]
    return min(first["PyTorch, torch.compile"]) > 1 and max(traced) < 1.5
