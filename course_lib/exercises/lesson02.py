"""Tasks of lesson 02: layers, softmax, losses, counting, slopes."""

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.task import Slip, Step, Task

SHEET = "02_forward_pass"


def _logits(rng):
    """Logits (N, K) and labels (N,), with N and K different."""
    N, K = rng.choice(np.arange(3, 9), size=2, replace=False)
    return 2 * rng.normal(size=(N, K)), rng.integers(0, K, size=N)


def _layer(rng):
    """x, W, b of a layer, with N, D and K different."""
    N, D, K = rng.choice(np.arange(3, 9), size=3, replace=False)
    return rng.normal(size=(N, D)), rng.normal(size=(D, K)), rng.normal(size=K)


# ---- 02-0 the affine map in indices --------------------------------------------------------------------------

def derive_affine():
    """One entry of a layer, its shapes; and what m does to a row of logits z."""
    return {
        "sum over": "d",
        "y[n, k]": lambda x, W, b, n, k: sum(
            x[n, d] * W[d, k] for d in range(len(W))) + b[k],
        "shape of W": "D, K",
        "shape of y": "N, K",
        "axis": 1,
        "b goes to": "every row",
        "factor": lambda m: np.exp(-m),
        "sum": lambda z, m: np.exp(-m) * np.exp(z).sum(),
        "share": "stays",
        "largest": lambda z: 0,
        "subtract": "row max",
    }


def _entry(*names):
    """Cases for an entry: those of x, W, b that are named, and an index along N, D, K."""
    def case(rng):
        x, W, b = _layer(rng)
        found = dict(x=x, W=W, b=b, **{i: int(rng.integers(n)) for i, n in zip("ndk", (*x.shape, len(b)))})
        return tuple(found[name] for name in names)
    return case


def _row(rng):
    return rng.normal(size=int(rng.integers(3, 6))), float(rng.uniform(0.5, 2))


_SHAPES = ("N, D", "D, K", "K, D", "N, K", "K, N", "N, D, K")
_SMALL = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, 2.0], [5.0, 1.0, 3.0]]), np.array([7.0, 8.0, 9.0])


_ORDER = "W[d, k]: the first index counts the D inputs, the second the K units"

DERIVED = Task(
    id="02-0", title="the affine map in indices", level="derive", difficulty=1, importance=3, minutes=12,
    reference=derive_affine,
    shown="y = x W + b with y[n, k] = Σ x[n, d] W[d, k] + b[k]: (2.2), (2.3); softmax(z − m) = softmax(z): (2.10)",
    steps=(
        Step("sum over", '"n", "d" or "k"?', choices=("n", "d", "k")),
        Step("y[n, k]", "of (x, W, b, n, k): one output", small=(*_SMALL, 0, 1),
             cases=_entry("x", "W", "b", "n", "k"),
             edges={"one input": (np.array([[2.0], [3.0]]), np.array([[4.0, 5.0]]), np.array([1.0, 2.0]), 1, 0),
                    "equal products": (np.ones((2, 3)), np.full((3, 2), 2.0), np.array([0.0, 1.0]), 1, 0)}),
        Step("shape of W", '"N, D", "D, K", "K, D", "N, K", "K, N" or "N, D, K"?', choices=_SHAPES),
        Step("shape of y", 'that of x is "N, D"', choices=_SHAPES),
        Step("axis", "products (N, D, K): which axis is summed, 0, 1 or 2?", choices=(0, 1, 2)),
        Step("b goes to", '"every row", "every column" or "the first row"?',
             choices=("every row", "every column", "the first row")),
        Step("factor", "of (m): exp(z − m) is exp(z) times what?", small=(float(np.log(2)),),
             cases=lambda rng: _row(rng)[1:], edges={"m below 0": (-1.5,)}),
        Step("sum", "of (z, m): Σ exp(z − m), written with Σ exp(z)",
             small=(np.zeros(3), float(np.log(2))), cases=_row, edges={"m below 0": (np.array([0.5, -1.0]), -1.5)}),
        Step("share", 'exp(z[k] − m) / sum: "stays", "grows" or "shrinks"?',
             choices=("stays", "grows", "shrinks")),
        Step("largest", "of (z): the largest entry of z − max(z)",
             small=(np.array([5.0, 9.0, 2.0]),), cases=lambda rng: _row(rng)[:1],
             edges={"negative logits": (np.array([-1000.0, -2000.0]),)}),
        Step("subtract", 'm: "row max", "row min", "row mean" or "overall max"?',
             choices=("row max", "row min", "row mean", "overall max")),
    ),
    suspects=(
        Slip("weight indices swapped", "the weight from input d to unit k is W[d, k]: its first index is the input",
             ("* W[d, k]", "* W[k, d]")),
        Slip("example indices swapped", "input d of example n is x[n, d]: an example is a row", ("x[n, d]", "x[d, n]")),
        Slip("sum instead of product", "an input is multiplied by its weight; what is added up are the products",
             ("x[n, d] * W", "x[n, d] + W")),
        Slip("summed over the examples", "each example has its own output: n stays. Summed are the inputs of a unit, d",
             ('"sum over": "d"', '"sum over": "n"')),
        Slip("summed over the units", "each unit has its own output: k stays. Summed are the inputs of a unit, d",
             ('"sum over": "d"', '"sum over": "k"')),
        Slip("missing bias", "the bias of unit k is missing: + b[k]", (") + b[k],", "),")),
        Slip("bias in every product", "the bias is added once, after the sum, not once for each input",
             (") + b[k],", ") + len(W) * b[k],")),
        Slip("all biases", "unit k has one bias, b[k]", ("+ b[k],", "+ b,")),
        Slip("bias of the wrong index", "a bias belongs to a unit, not to an example: b[k]", ("+ b[k],", "+ b[n],")),
        Slip("bias subtracted", "the bias is added", ("+ b[k],", "- b[k],")),
        Slip("mean instead of sum", "a weighted sum is not divided by the number of inputs",
             ("for d in range(len(W))) +", "for d in range(len(W))) / len(W) +")),
        Slip("an input is left out", "the sum runs over all D inputs, from 0 to D − 1: range(len(W))",
             ("for d in range(len(W))) +", "for d in range(1, len(W))) +")),
        Slip("an input is left out", "the sum runs over all D inputs, from 0 to D − 1: range(len(W))",
             ("for d in range(len(W))) +", "for d in range(len(W) - 1)) +")),
        *(Slip("shape of W", _ORDER, ('"shape of W": "D, K"', f'"shape of W": "{shape}"'))
          for shape in _SHAPES if shape != "D, K"),
        Slip("shape before the sum", "that is the shape of all the products; the sum over d takes one index away",
             ('"shape of y": "N, K"', '"shape of y": "N, D, K"')),
        Slip("units in rows", "one example is a row: n comes first, in y as in x",
             ('"shape of y": "N, K"', '"shape of y": "K, N"')),
        *(Slip("shape of y", "the sum over d leaves the two other indices: example n, unit k",
               ('"shape of y": "N, K"', f'"shape of y": "{shape}"'))
          for shape in _SHAPES[:3]),
        Slip("axis of the examples", "axis 0 counts the examples; the sum is over d, the second of (N, D, K)",
             ('"axis": 1', '"axis": 0')),
        Slip("axis of the units", "axes are counted from 0: axis 2 is k; the sum is over d, the second of (N, D, K)",
             ('"axis": 1', '"axis": 2')),
        Slip("bias to every column", "b[k] depends on k alone, not on n: each example, a row, gets the whole b",
             ('"every row"', '"every column"')),
        Slip("bias to the first row", "b[k] does not depend on n: each example gets the whole b",
             ('"every row"', '"the first row"')),
        Slip("sign of the exponent", "e^(z − m) = e^z · e^(−m): the minus stays in the exponent",
             ('"factor": lambda m: np.exp(-m)', '"factor": lambda m: np.exp(m)')),
        Slip("sign before the power", "e^(z − m) = e^z · e^(−m): the minus belongs into the exponent",
             ('"factor": lambda m: np.exp(-m)', '"factor": lambda m: -np.exp(m)')),
        Slip("no exponential", "a difference in the exponent is a factor: e^(z − m) = e^z · e^(−m)",
             ('"factor": lambda m: np.exp(-m)', '"factor": lambda m: -m')),
        Slip("factor forgotten", "each term of the sum has the factor e^(−m), so the sum has it too",
             ("np.exp(-m) * np.exp(z).sum()", "np.exp(z).sum()")),
        Slip("factor in every term counted", "the factor e^(−m) is taken out of the sum once, not once for each term",
             ("np.exp(-m) * np.exp(z).sum()", "np.exp(-len(z) * m) * np.exp(z).sum()")),
        Slip("exponential of the sum", "the sum of powers is not the power of the sum: np.exp(z).sum()",
             ("np.exp(-m) * np.exp(z).sum()", "np.exp(-m) * np.exp(z.sum())")),
        Slip("share grows", "numerator and sum have the same factor e^(−m), which cancels", ('"stays"', '"grows"')),
        Slip("share shrinks", "numerator and sum have the same factor e^(−m), which cancels", ('"stays"', '"shrinks"')),
        Slip("largest logit", "asked is the largest entry after the subtraction", ("lambda z: 0", "lambda z: z.max()")),
        Slip("smallest entry", "asked is the largest entry of z − max(z), not the smallest",
             ("lambda z: 0", "lambda z: z.min() - z.max()")),
        Slip("the power", "asked is the exponent; e to it is the power", ("lambda z: 0", "lambda z: 1")),
        Slip("smallest subtracted", "then the largest exponent is max − min, which may still be 1000",
             ('"row max"', '"row min"')),
        Slip("mean subtracted", "then the largest exponent is max − mean, which may still be 500",
             ('"row max"', '"row mean"')),
        Slip("one for all rows", "a row around 0 beside a row around 1000 would be rounded to 0 altogether",
             ('"row max"', '"overall max"')),
    ))


# ---- 02-1 the affine layer -----------------------------------------------------------------------------------

def affine(x, W, b):
    """The layer derived in 02-0, one example per row, equation (2.3) of the lesson.

    Shapes: x (N, D), W (D, K), b (K,)  ->  y (N, K)
    """
    return x @ W + b


def _sized(N, D, K):
    return lambda rng: (rng.normal(size=(N, D)), rng.normal(size=(D, K)), rng.normal(size=K))


AFFINE = Task(
    id="02-1", title="the affine layer", level="fill in", difficulty=1, importance=3, minutes=5, reference=affine,
    outputs=("y",), cases=_layer,
    small=(np.array([[1.0, 2], [3, 0]]), np.array([[1.0, 0, 2], [2, 1, -1]]), np.array([1.0, -4, 5])),
    edges={"one example": _sized(1, 4, 3), "one input": _sized(3, 1, 4), "one unit": _sized(4, 3, 1),
           "N = D = K": _sized(3, 3, 3), "N = K": _sized(4, 2, 4), "twelve examples of nine inputs": _sized(12, 9, 10),
           "weights of 0": (np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 3)), np.array([1.0, -2.0, 3.0])),
           "inputs of different size": lambda rng: (rng.normal(size=(3, 2)) * [1e6, 0.01], rng.normal(size=(2, 4)),
                                                    rng.normal(size=4))},
    suspects=(
        Slip("missing bias", "the bias b is missing", (" + b", "")),
        Slip("bias subtracted", "the bias is added, not subtracted", ("+ b", "- b")),
        Slip("bias added to columns", "b[k] belongs to unit k: the whole b is added to every row",
             ("+ b", "+ b[:, np.newaxis]")),
        Slip("biases added up", "each unit has its own bias: unit k gets b[k], not the sum", ("+ b", "+ b.sum()")),
        Slip("bias of the wrong unit", "b_k belongs to unit k: y[n, k] takes b[k]", ("+ b", "+ b[::-1]")),
        Slip("bias as a factor", "the bias is added to the sum, not multiplied with it", ("+ b", "* b")),
        Slip("bias for every input", "the bias is added once, after the sum, not once for each input",
             ("+ b", "+ len(W) * b")),
        Slip("weights transposed", "W already has shape (D, K); x is (N, D), so x @ W needs no transpose of W",
             ("@ W", "@ W.T")),
        Slip("wrong order of the product", "one example is a row, so x stands on the left: x @ W", ("x @ W", "W @ x")),
        Slip("units in rows", "one example is a row of y, of shape (N, K); here it is a column",
             ("x @ W + b", "(x @ W + b).T")),
        Slip("elementwise product", "* multiplies entry by entry; the matrix product is @", ("@", "*")),
        Slip("missing sum over the inputs",
             "the D products of each unit must be added up: sum over the axis of length D",
             ("x @ W", "x[:, :, np.newaxis] * W")),
        Slip("mean instead of sum", "a weighted sum is not divided by the number of inputs",
             ("x @ W", "x @ W / len(W)")),
        Slip("activation applied", "asked is the layer without its activation",
             ("x @ W + b", "np.maximum(x @ W + b, 0)")),
        Slip("activation applied", "asked is the layer without its activation", ("x @ W + b", "np.tanh(x @ W + b)")),
        Slip("activation applied", "asked is the layer without its activation",
             ("x @ W + b", "1 / (1 + np.exp(-(x @ W + b)))")),
    ))


# ---- 02-2 softmax --------------------------------------------------------------------------------------------

def softmax(z):
    """Probabilities of each row of logits, equation (2.10) of the lesson.

    Shapes: z (N, K)  ->  p (N, K), each row adds up to 1
    """
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


SOFTMAX = Task(
    id="02-2", title="a softmax that survives 1000", level="write", difficulty=1, importance=3, minutes=10,
    reference=softmax, outputs=("p",), cases=lambda rng: _logits(rng)[:1],
    small=(np.log(np.array([[1.0, 3.0, 1.0], [2.0, 1.0, 1.0]])),),
    edges={"logits around 1000": (np.array([[1000.0, 1001.0, 1002.0]]),),
           "logits around −1000": (np.array([[-1000.0, -1001.0, -1002.0]]),),
           "rows of different size": (np.array([[1000.0, 999.0], [0.0, 1.0], [-1000.0, -999.0], [0.0, 0.0]]),),
           "logits far apart": (np.array([[1000.0, 0.0, 0.0], [0.0, 1000.0, 1000.0], [2000.0, 0.0, 1500.0],
                                         [3000.0, 2999.0, 0.0]]),),
           "logits 1500 apart": (np.array([[1500.0, 1000.0, 0.0]]),),
           "twelve rows of nine": lambda rng: (rng.normal(size=(12, 9)),),
           "logits of 100,000": (np.array([[100_000.0, 99_999.0], [-100_000.0, 0.0]]),),
           "equal logits": (np.zeros((2, 4)),), "one row": (np.array([[0.5, -1.0, 2.0]]),),
           "one class": (np.array([[3.0], [-2.0]]),), "N = K": lambda rng: (rng.normal(size=(3, 3)),)},
    suspects=(
        Slip("overflow", "exp(1000) is too large for a float, exp(−1000) rounds to 0; subtract the largest logit of "
             "each row first, equation (2.10)", ("z - z.max(axis=1, keepdims=True)", "z")),
        Slip("one maximum for all rows", "a row of logits around 1000 spoils a row around 0: every row needs its "
             "own maximum, z.max(axis=1, keepdims=True)", ("z.max(axis=1, keepdims=True)", "z.max()")),
        Slip("maximum of the columns", "every row needs its own maximum: axis=1 runs along a row",
             ("z.max(axis=1, keepdims=True)", "z.max(axis=0)")),
        Slip("smallest logit subtracted", "the largest exponent is then max − min, which overflows for logits far "
             "apart: subtract the largest logit", ("z.max(axis=1", "z.min(axis=1")),
        Slip("mean subtracted", "the largest exponent is then max − mean, which overflows for logits far apart: "
             "subtract the largest logit", ("z.max(axis=1", "z.mean(axis=1")),
        Slip("median subtracted", "the largest exponent is then max − median, which overflows for logits far apart: "
             "subtract the largest logit", ("z.max(axis=1, keepdims=True)", "np.median(z, axis=1, keepdims=True)")),
        Slip("first logit subtracted", "another logit may be larger than the first, and its exponential overflow",
             ("z.max(axis=1, keepdims=True)", "z[:, :1]")),
        Slip("size instead of value", "the largest logit, with its sign, is subtracted; a row of −1000 needs −1000",
             ("z.max(axis=1", "np.abs(z).max(axis=1")),
        Slip("constant subtracted", "no fixed number suits all rows: subtract the largest logit of each row",
             ("z.max(axis=1, keepdims=True)", "1000")),
        *(Slip("logits cut off", "logits are not cut off: only their differences count; subtract the largest",
               ("z - z.max(axis=1, keepdims=True)", f"np.clip(z, -{limit}, {limit})")) for limit in (500, 700, 709)),
        Slip("wrong axis", "each row must add up to 1, so sum along axis=1",
             ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)")),
        Slip("wrong axis", "each row must add up to 1, so sum along axis=1",
             ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)"), ("z - z.max(axis=1, keepdims=True)", "z")),
        Slip("wrong axis", "each row must add up to 1, so sum along axis=1",
             ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)"), ("max(axis=1, keepdims=True)", "max()")),
        Slip("wrong axis", "each row must add up to 1, so take maximum and sum along axis=1",
             ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)"), ("max(axis=1, keepdims=True)", "max(axis=0)")),
        Slip("summed over everything", "each row must add up to 1 by itself: sum with axis=1, keepdims=True",
             ("e.sum(axis=1, keepdims=True)", "e.sum()")),
        Slip("summed over everything", "each row must add up to 1 by itself: sum with axis=1, keepdims=True",
             ("e.sum(axis=1, keepdims=True)", "e.sum()"), ("z - z.max(axis=1, keepdims=True)", "z")),
        Slip("missing keepdims", "the sums of the rows have shape (N,), which NumPy cannot match with (N, K); keep "
             "them as a column with keepdims=True", ("e.sum(axis=1, keepdims=True)", "e.sum(axis=1)")),
        Slip("missing keepdims", "the sums of the rows have shape (N,), which NumPy cannot match with (N, K); keep "
             "them as a column with keepdims=True", ("e.sum(axis=1, keepdims=True)", "e.sum(axis=1)"),
             ("z - z.max(axis=1, keepdims=True)", "z")),
        Slip("missing keepdims", "the maxima of the rows have shape (N,), which NumPy cannot match with (N, K); keep "
             "them as a column with keepdims=True", ("z.max(axis=1, keepdims=True)", "z.max(axis=1)")),
        Slip("missing normalisation", "the exponentials must be divided by their sum",
             (" / e.sum(axis=1, keepdims=True)", "")),
        Slip("missing normalisation", "the exponentials must be divided by their sum",
             (" / e.sum(axis=1, keepdims=True)", ""), ("z - z.max(axis=1, keepdims=True)", "z")),
        Slip("divided by the length", "the exponentials are divided by their sum, not by the root of their squares",
             ("e.sum(axis=1, keepdims=True)", "np.sqrt((e * e).sum(axis=1, keepdims=True))")),
        Slip("missing exponential", "the logits themselves are divided by their sum; take exponentials first",
             ("np.exp(z - z.max(axis=1, keepdims=True))", "z")),
        Slip("missing exponential", "the logits themselves are divided by their sum; take exponentials first",
             ("np.exp(z - z.max(axis=1, keepdims=True))", "z - z.max(axis=1, keepdims=True)")),
        Slip("sign", "the largest logit must get the largest probability: exp(z), not exp(−z)",
             ("np.exp(z - z.max(axis=1, keepdims=True))", "np.exp(z.min(axis=1, keepdims=True) - z)")),
        Slip("sign", "subtract the maximum from the logits, not the logits from the maximum",
             ("np.exp(z - z.max(axis=1, keepdims=True))", "np.exp(z.max(axis=1, keepdims=True) - z)")),
        Slip("divided by the maximum", "subtract the maximum, do not divide by it: only differences of logits count",
             ("z - z.max", "z / z.max")),
        Slip("power of 2", "the powers are those of e: np.exp", ("np.exp(", "np.exp2(")),
        Slip("sigmoid", "that is the sigmoid of each logit; here the probabilities of a row share one sum",
             ("e / e.sum(axis=1, keepdims=True)", "0.5 + 0.5 * np.tanh(0.5 * z)")),
        Slip("logarithm", "these are the logarithms of the probabilities",
             ("e / e.sum(axis=1, keepdims=True)", "np.log(e / e.sum(axis=1, keepdims=True))")),
        Slip("one-hot", "the largest logit gets the largest share, not everything",
             ("np.exp(z - z.max(axis=1, keepdims=True))", "(z == z.max(axis=1, keepdims=True)) * 1.0")),
    ))


# ---- 02-3 cross-entropy --------------------------------------------------------------------------------------

def cross_entropy(z, t):
    """Mean cross-entropy in nats, equations (2.11) and (2.13) of the lesson.

    Shapes: z (N, K), t (N,) integer labels 0 ... K - 1  ->  a number
    """
    m = z.max(axis=1)
    log_sum_exp = m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))
    return (log_sum_exp - z[np.arange(len(t)), t]).mean()


def _surely_wrong(answer, rng):
    for z, t, loss in (([[720.0, 0.0]], [1], 720), ([[1000.0, 0.0], [0.0, 1000.0]], [1, 1], 500),
                       ([[30.0, 30.0, 0.0]], [2], 30 + np.log(2)), ([[1000.0, 1000.0, 0.0]], [2], 1000 + np.log(2)),
                       ([[40.0, 0.0]], [1], 40), ([[5000.0, 0.0]], [1], 5000)):
        got, case = answer(np.array(z), np.array(t)), f"for the logits {z} and the labels {t}"
        if np.isnan(got) or np.isinf(got) and loss == 720:
            return Fault("overflow", f"{case} it gives {got}: e to the {max(max(z)):.0f} is too large for a float; "
                         "subtract the largest logit of each row, equation (2.11)")
        if np.isinf(got):
            return Fault("logarithm of zero", f"{case} the mean loss is {loss:.6g}, but it comes out infinite: the "
                         "probability has been rounded to 0 before its logarithm; use log-sum-exp, equation (2.11)")
        if len(z[0]) == 3 and abs(got - max(z[0])) < 1e-3:
            return Fault("maximum instead of log-sum-exp", f"{case} the loss is {loss:.6g}, got {got:.6g}: both "
                         "large logits count in log-sum-exp; the maximum alone is not enough")
        if not abs(got - loss) <= 1e-4 * loss:
            return Fault("small number added", f"{case} the mean loss is {loss:.6g}, got {got:.6g}: is a small number "
                         "added to the probability, or is it or the loss cut off?")
    sure, one_class = (answer(np.array(z), np.zeros(len(z), int)) for z in ([[0.0, -15.0]], [[3.0], [-2.0]]))
    if not (1e-7 < sure < 5e-7 and abs(one_class) < 1e-6):
        return Fault("values", "for the logits 0, −15 and the label 0 the loss is 3.06e-07, for a single class 0; "
                     f"got {sure:.3g} and {one_class:.3g}")
    return None


_P = "np.exp(z - log_sum_exp[:, np.newaxis])[np.arange(len(t)), t]"
_LOSSES = "log_sum_exp - z[np.arange(len(t)), t]"

CROSS_ENTROPY = Task(
    id="02-3", title="cross-entropy from logits", level="write", difficulty=2, importance=3, minutes=15,
    reference=cross_entropy, outputs=("the loss",), cases=_logits, batch=lambda z, t: len(z),
    small=(np.log(np.array([[1.0, 2.0, 1.0], [1.0, 1.0, 6.0]])), np.array([1, 0])),
    edges={"logits around 1000": (np.array([[1000.0, 1001.0, 1002.0]]), np.array([2])),
           "logits around −1000": (np.array([[-1000.0, -1001.0], [-1002.0, -1001.0]]), np.array([0, 1])),
           "rows of different size": (np.array([[1000.0, 999.0], [0.0, 1.0]]), np.array([0, 0])),
           "logits far apart": (np.array([[1000.0, 0.0, 1000.0]]), np.array([0])),
           "logits 2000 apart": (np.array([[0.0, 0.0, 2000.0, 2000.0]]), np.array([2])),
           "equal logits": (np.zeros((2, 4)), np.array([3, 1])),
           "a large logit first": (np.array([[2000.0, 0.0, 0.0, 2000.0]]), np.array([0])),
           "logits 1500 apart": (np.array([[1500.0, 1500.0, 1000.0, 0.0]]), np.array([1])),
           "nearly sure and right": (np.array([[0.0, -6.0]]), np.array([0])),
           "a row that comes twice": (np.array([[0.0, 1.0], [0.0, 1.0], [2.0, 0.0]]), np.array([0, 0, 1])),
           "twelve rows of nine": lambda rng: (rng.normal(size=(12, 9)), rng.integers(9, size=12)),
           "one row": (np.array([[0.5, -1.0, 2.0]]), np.array([1])),
           "one label for all": lambda rng: (rng.normal(size=(3, 4)), np.array([2, 2, 2])),
           "N = K": lambda rng: (rng.normal(size=(3, 3)), np.array([1, 0, 1]))},
    probes=(("rows that are sure, and wrong or right; one class", _surely_wrong),),
    suspects=(
        Slip("overflow", "exp(1000) overflows; subtract the largest logit of each row, equation (2.11)",
             ("m = z.max(axis=1)", "m = np.zeros(len(z))")),
        Slip("overflow", "exp(1000) overflows; subtract the largest logit of each row, equation (2.11)",
             (_LOSSES, "-np.log(np.exp(z)[np.arange(len(t)), t] / np.exp(z).sum(axis=1))")),
        Slip("one maximum for all rows", "a row of logits around 1000 spoils a row around 0: every row needs its own "
             "maximum", ("m = z.max(axis=1)", "m = np.full(len(z), z.max())")),
        Slip("smallest logit subtracted", "the largest exponent is then max − min, which overflows for logits far "
             "apart: subtract the largest logit", ("m = z.max", "m = z.min")),
        Slip("mean subtracted", "the largest exponent is then max − mean, which overflows for logits far apart: "
             "subtract the largest logit", ("m = z.max", "m = z.mean")),
        Slip("first logit subtracted", "another logit may be larger than the first, and its exponential overflow",
             ("m = z.max(axis=1)", "m = z[:, 0]")),
        Slip("maximum not added again", "the maximum that was subtracted inside must be added again outside: "
             "m + ln Σ e^(z − m)", ("m + np.log(", "np.log(")),
        Slip("maximum subtracted twice", "the maximum that was subtracted inside is added again outside: "
             "m + ln Σ e^(z − m)", ("m + np.log(", "-m + np.log(")),
        Slip("logarithm of zero", "the probability has been rounded to 0 before its logarithm; use log-sum-exp, "
             "equation (2.11)", (_LOSSES, f"-np.log({_P})")),
        Slip("sign", "the loss is minus the logarithm of a probability, so it is never negative",
             ("return (", "return -(")),
        Slip("missing 1/N", "the loss is the mean over the N rows, not their sum", (".mean()", ".sum()")),
        Slip("divided by all entries", "the mean goes over the N rows, not over all N K entries",
             (".mean()", ".sum() / z.size")),
        Slip("divided by the classes", "the mean goes over the N rows, not over the K classes",
             (".mean()", ".sum() / z.shape[1]")),
        Slip("missing logarithm", "the loss is −ln of the probability of the label, not the probability",
             (_LOSSES, f"1 - {_P}")),
        Slip("missing logarithm", "the loss is −ln of the probability of the label, not the probability",
             (_LOSSES, f"-{_P}")),
        Slip("missing logarithm", "log-sum-exp lacks its logarithm",
             ("m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))", "np.exp(z).sum(axis=1)")),
        Slip("missing log-sum-exp", "the logit of the label alone is no probability; log-sum-exp of the row is missing",
             ("log_sum_exp - z[", "-z[")),
        Slip("missing logit of the label", "log-sum-exp is the same for all labels: subtract the logit of the label",
             (" - z[np.arange(len(t)), t]", "")),
        Slip("maximum instead of log-sum-exp", "the largest logit alone is not log-sum-exp: add ln Σ e^(z − m)",
             ("= m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))", "= m")),
        Slip("largest logit for the label", "what counts is the logit of the label t, right or not, not the largest "
             "one",
             ("z[np.arange(len(t)), t]", "m")),
        Slip("all pairs of rows and labels", "z[:, t] takes the columns t of every row; z[np.arange(N), t] takes one "
             "entry per row", (_LOSSES, "log_sum_exp[:, np.newaxis] - z[:, t]")),
        Slip("wrong axis", "log-sum-exp goes along each row, axis=1",
             (_LOSSES, "np.log(np.exp(z).sum(axis=0))[t] - z[np.arange(len(t)), t]")),
        Slip("summed over everything", "each row has a log-sum-exp of its own: sum along axis=1",
             (".sum(axis=1))", ".sum())")),
        Slip("all classes counted", "only the label's own probability counts, not the sum over all classes",
             (_LOSSES, "(log_sum_exp[:, np.newaxis] - z).sum(axis=1)")),
        Slip("all classes counted", "only the label's own probability counts, not the mean over all classes",
             (_LOSSES, "log_sum_exp[:, np.newaxis] - z")),
        Slip("label counted from 1", "the labels are 0 … K − 1, which are indices already",
             ("len(t)), t]", "len(t)), t - 1]")),
        *(Slip(f"logarithm to base {base}", "the natural logarithm is wanted: np.log",
             ("return (", f"return 1 / np.log({base}) * ("))
          for base in (2, 10)),
        Slip("logarithm of the mean", "the mean is taken of the logarithms, not the logarithm of the mean probability",
             (f"({_LOSSES}).mean()", f"-np.log({_P}.mean())")),
        Slip("missing mean", "one number is wanted: the mean of the losses of the rows", (".mean()", "")),
    ))


# ---- 02-4 hinge ----------------------------------------------------------------------------------------------

def hinge(z, t):
    """Multi-class hinge loss, equation (2.15): sum over wrong classes, mean over rows.

    Shapes: z (N, K), t (N,) integer labels 0 ... K - 1  ->  a number
    """
    rows = np.arange(len(t))
    gap = z - z[rows, t][:, np.newaxis] + 1
    gap[rows, t] = 0            # the right class does not compete with itself
    return np.maximum(gap, 0).sum() / len(t)


_LEFT_OUT = "gap[rows, t] = 0 "
_GAP = "z - z[rows, t][:, np.newaxis] + 1"

HINGE = Task(
    id="02-4", title="the hinge loss", level="write", difficulty=2, importance=2, minutes=15, reference=hinge,
    outputs=("the loss",), cases=_logits, batch=lambda z, t: len(z),
    small=(np.array([[1.0, 3.0, 3.0, 1.5], [-0.5, -0.5, 1.0, -1.0]]), np.array([1, 0])),
    edges={"equal logits": (np.zeros((1, 3)), np.array([1])),
           "a wrong class as high as the right one": (np.array([[2.0, 2.0, 0.0], [1.0, 5.0, 5.0]]), np.array([0, 2])),
           "exactly at the margin": (np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 0.0]]), np.array([0, 1])),
           "nobody pays": (np.array([[5.0, 1.0, 0.0], [0.0, 1.0, 4.0]]), np.array([0, 2])),
           "right but too near": (np.array([[2.0, 1.5, 1.25]]), np.array([0])),
           "right and wrong by far": (np.array([[1000.0, 0.0, -1000.0], [1000.0, 0.0, -1000.0]]), np.array([0, 2])),
           "barely too near": (np.array([[1.0, 2.0 ** -20]]), np.array([0])),
           "logits of 100,000": (np.array([[0.0, 100_000.0, 0.0]]), np.array([0])),
           "twelve rows of nine": lambda rng: (2 * rng.normal(size=(12, 9)), rng.integers(9, size=12)),
           "one row": (np.array([[0.5, -1.0, 2.0]]), np.array([1])),
           "one class": (np.array([[3.0], [-2.0]]), np.array([0, 0])),
           "one label for all": lambda rng: (2 * rng.normal(size=(3, 4)), np.array([2, 2, 2])),
           "negative logits": (np.array([[-3.0, -2.5, -4.0], [-1.0, -6.0, -1.5]]), np.array([0, 2])),
           "N = K": lambda rng: (2 * rng.normal(size=(3, 3)), np.array([1, 0, 1]))},
    suspects=(
        Slip("missing 1/N", "the loss is the mean over the N rows, not their sum", (" / len(t)", "")),
        Slip("divided by all entries", "sum over the classes, mean over the N rows only: divide by N, not by N K",
             ("/ len(t)", "/ z.size")),
        Slip("divided by all entries", "sum over the classes, mean over the N rows only: divide by N, not by N (K − 1)",
             ("/ len(t)", "/ (z.size - len(t))")),
        Slip("divided by the classes", "sum over the classes, mean over the N rows: divide by N, not by K",
             ("/ len(t)", "/ z.shape[1]")),
        Slip("true class counted",
             "the right class competes with itself and adds the margin 1 in every row; leave it out",
             (_LEFT_OUT, "pass")),
        Slip("true class counted",
             "the right class competes with itself and adds the margin 1 in every row; leave it out",
             (_LEFT_OUT, "pass"), ("/ len(t)", "/ z.size")),
        Slip("left out by value", "a wrong class with the same logit as the right one pays the margin: leave the right "
             "class out by its place, not by its value", (_LEFT_OUT, "gap[z == z[rows, t][:, np.newaxis]] = 0 ")),
        Slip("left out by value", "a wrong class with the same logit as the right one pays the margin: leave the right "
             "class out by its place, not by its value", (_LEFT_OUT, "gap[gap == 1] = 0 ")),
        Slip("missing margin", "the wrong classes must stay 1 below the right one: the + 1 is missing",
             (_GAP, "z - z[rows, t][:, np.newaxis]")),
        Slip("margin only when wrong", "a class 0.5 below the right one pays 0.5 as well: the margin is part of the "
             "difference before max(0, …)", ("np.maximum(gap, 0)", "np.where(gap > 1, gap, 0)")),
        Slip("margin only when wrong", "a class 0.5 below the right one pays 0.5 as well: the margin is part of the "
             "difference before max(0, …)", ("np.maximum(gap, 0)", "np.where(gap >= 1, gap, 0)")),
        Slip("rows that are right left out", "a row with the right answer pays too, for each class within the margin",
             (_LEFT_OUT, "gap[rows, t] = 0; gap[z.argmax(axis=1) == t] = 0 ")),
        Slip("counted, not measured", "a class pays what is missing to the margin, not 1",
             ("np.maximum(gap, 0)", "(gap > 0)")),
        Slip("missing maximum with 0", "a class that keeps its distance pays 0, it does not earn: max(0, …)",
             ("np.maximum(gap, 0)", "gap")),
        Slip("absolute value", "a class that keeps its distance pays 0: max(0, …), not the absolute value",
             ("np.maximum(gap, 0)", "np.abs(gap)")),
        Slip("maximum after the sum", "each class by itself pays at least 0: max(0, …) first, then the sum",
             ("np.maximum(gap, 0).sum()", "np.maximum(gap.sum(axis=1), 0).sum()")),
        Slip("sign", "it is the wrong class minus the right class: z_k − z_t + 1",
             (_GAP, "z[rows, t][:, np.newaxis] - z + 1")),
        Slip("sign", "it is the wrong class minus the right class: z_k − z_t + 1",
             (_GAP, "z[rows, t][:, np.newaxis] - z + 1"), (_LEFT_OUT, "pass")),
        Slip("margin subtracted", "the margin is added: z_k − z_t + 1", ("newaxis] + 1", "newaxis] - 1")),
        Slip("only the worst class", "every class that comes too near pays, not only the worst one",
             ("np.maximum(gap, 0).sum()", "np.maximum(gap, 0).max(axis=1).sum()")),
        Slip("largest logit for the right class", "z_t is the logit of the label, also where another one is larger",
             (_GAP, "z - z.max(axis=1, keepdims=True) + 1")),
        Slip("squared", "the gaps are added, not squared", ("np.maximum(gap, 0)", "(np.maximum(gap, 0) ** 2)")),
        Slip("all pairs of rows and labels", "z[:, t] takes the columns t of every row; z[np.arange(N), t] takes one "
             "entry per row", (_GAP, "z - z[:, t] + 1"), (_LEFT_OUT, "pass")),
        Slip("missing column", "the right logits have shape (N,), which NumPy cannot match with (N, K): make them a "
             "column with [:, np.newaxis]", ("t][:, np.newaxis]", "t]")),
        Slip("missing sum", "one number is wanted: the sum over the classes, the mean over the rows",
             (".sum() / len(t)", ".sum(axis=1)")),
    ))


# ---- 02-5 counting -------------------------------------------------------------------------------------------

def count_network(sizes):
    """(parameters, multiply_adds) of a fully connected network, equation (2.18).

    sizes: a list of two or more numbers, such as [64, 32, 10], that of the inputs first
    """
    multiply_adds = sum(n_in * n_out for n_in, n_out in zip(sizes, sizes[1:]))
    return multiply_adds + sum(sizes[1:]), multiply_adds


def _to_the_last_unit(answer, rng):
    for got, right in zip(answer([4097, 4099]), (16_797_702, 16_793_603)):
        if int(got) != right:
            return Fault("precision", f"for sizes [4097, 4099] it is {right:,}, not {int(got):,}: use whole numbers")
    return None


COUNT = Task(
    id="02-5", title="parameters and multiply-adds", level="fill in", difficulty=1, importance=2, minutes=5,
    reference=count_network, outputs=("parameters", "multiply_adds"), small=([2, 3, 4],),
    cases=lambda rng: ([int(n) for n in rng.choice(np.arange(2, 60), rng.integers(4, 7), replace=False)],),
    edges={"one layer": ([5, 3],), "equal sizes": ([4, 4, 4, 4],), "one unit everywhere": ([1, 1, 1],),
           "a size that comes back": ([7, 3, 7, 2, 3],), "a narrow layer": ([50, 1, 50],),
           "eight layers": (list(range(2, 11)),), "a large network": ([50_000, 40_000, 30_000, 1],)},
    probes=(("large counts are exact", _to_the_last_unit),),
    suspects=(
        Slip("wrong order", "the results are right but in another order; return parameters, multiply_adds",
             ("return multiply_adds + sum(sizes[1:]), multiply_adds",
              "return multiply_adds, multiply_adds + sum(sizes[1:])")),
        Slip("missing biases", "every unit has a bias besides its weights: add n_out for each layer",
             (" + sum(sizes[1:])", "")),
        Slip("biases on the inputs", "the inputs are numbers, not units: they have no biases, so leave out the first "
             "size", ("+ sum(sizes[1:])", "+ sum(sizes)")),
        Slip("one bias per layer", "every unit has a bias of its own: n_out biases in a layer, not 1",
             ("+ sum(sizes[1:])", "+ len(sizes) - 1")),
        Slip("biases on the wrong side", "the biases belong to the units of a layer, n_out, not to its inputs, n_in",
             ("+ sum(sizes[1:])", "+ sum(sizes[:-1])")),
        Slip("biases of the last layer only", "the hidden units have biases too", ("+ sum(sizes[1:])", "+ sizes[-1]")),
        Slip("biases of the hidden units only", "the output units have biases too",
             ("+ sum(sizes[1:])", "+ sum(sizes[1:-1])")),
        Slip("biases counted as products", "adding a bias multiplies nothing: one multiply-add per weight",
             ("1:]), multiply_adds", "1:]), multiply_adds + sum(sizes[1:])")),
        Slip("layers multiplied", "the layers' counts are added, not multiplied",
             ("sum(n_in * n_out for n_in, n_out in zip(sizes, sizes[1:]))", "int(np.prod(sizes))")),
        Slip("sizes added", "each unit of a layer has a weight to each of its inputs: n_in times n_out",
             ("n_in * n_out for", "n_in + n_out for")),
        Slip("squares", "a layer connects n_in inputs with n_out units: n_in times n_out",
             ("n_in * n_out for", "n_in * n_in for")),
        Slip("all pairs connected", "only neighbouring layers are connected: zip(sizes, sizes[1:])",
             ("n_in, n_out in zip(sizes, sizes[1:])", "i, n_in in enumerate(sizes) for n_out in sizes[i + 1:]")),
        Slip("pairs without overlap", "every hidden layer is the end of one pair and the start of the next: "
             "zip(sizes, sizes[1:])", ("zip(sizes, sizes[1:])", "zip(sizes[::2], sizes[1::2])")),
        Slip("a layer is left out", "one layer is missing: the first and the last pair of sizes count too",
             ("    multiply_adds = sum", "    sizes = sizes[:-1]\n    multiply_adds = sum")),
        Slip("a layer is left out", "one layer is missing: the first and the last pair of sizes count too",
             ("    multiply_adds = sum", "    sizes = sizes[1:]\n    multiply_adds = sum")),
        Slip("equal sizes merged", "two layers of the same size are two layers: do not look a size up by its value",
             ("zip(sizes, sizes[1:])", "((n, sizes[sizes.index(n) + 1]) for n in sizes[:-1])")),
        Slip("overwrites instead of adding", "only the last layer is counted: add each layer's count to the total with "
             "+=", ("    multiply_adds = sum", "    sizes = sizes[-2:]\n    multiply_adds = sum")),
        Slip("multiplications and additions counted apart", "one multiply-add is one multiplication together with one "
             "addition: one per weight", ("1:]), multiply_adds", "1:]), 2 * multiply_adds")),
    ))


# ---- 02-6 slopes ---------------------------------------------------------------------------------------------

def slopes(z):
    """Slopes of sigmoid, tanh, ReLU and leaky ReLU at z, a tuple of four arrays.

    Shapes: z (any, at least one axis)  ->  four arrays of the same shape
    """
    s = 0.5 * (1 + np.tanh(0.5 * z))
    th = np.tanh(z)
    relu, leaky = np.where(z > 0, 1.0, 0.0), np.where(z > 0, 1.0, 0.01)
    return s * (1 - s), 1 - th ** 2, relu, leaky


_RELU, _LEAKY = "relu, leaky = np.where(z > 0, 1.0, 0.0)", "np.where(z > 0, 1.0, 0.01)"
_AT_ZERO = "at exactly 0 take the slopes as 0 and 0.01: z > 0, not z >= 0"

SLOPES = Task(
    id="02-6", title="slopes of four activations", level="write", difficulty=2, importance=2, minutes=15,
    reference=slopes, small=(np.array([-2.0, 0.0, 3.0]),),
    cases=lambda rng: (2 * rng.normal(size=rng.choice(np.arange(3, 9), 2, replace=False)),),
    outputs=("the sigmoid's slope", "tanh's slope", "ReLU's slope", "leaky ReLU's slope"),
    tolerance=1e-11,                # finer than a difference quotient
    edges={"z = −1000, 0 and 1000": (np.array([-1000.0, 0.0, 1000.0]),), "zeros": (np.zeros((2, 2)),),
           "just beside 0": (np.array([-1e-12, 0.0, 1e-12]),), "a row of numbers": (np.array([0.5, -1.5, 2.5, -0.25]),),
           "z between 3 and 40": (np.array([3.0, -5.5, 8.0, -15.0, 30.0, -40.0]),),
           "four axes": lambda rng: (rng.normal(size=(2, 3, 1, 2)),), "all negative": (np.array([[-1.0, -0.5, -3.0]]),),
           "all positive": (np.array([[0.5], [1.5]]),)},
    suspects=(
        Slip("overflow", "an exponential overflows at −1000: write the sigmoid as (1 + tanh(z/2)) / 2",
             ("return s * (1 - s)", "return np.exp(-z) / (1 + np.exp(-z)) ** 2")),
        Slip("overflow", "an exponential overflows at 1000: write the sigmoid as (1 + tanh(z/2)) / 2",
             ("return s * (1 - s)", "return np.exp(z) / (1 + np.exp(z)) ** 2")),
        Slip("overflow", "an exponential overflows at 1000: write the sigmoid as (1 + tanh(z/2)) / 2",
             ("s = 0.5 * (1 + np.tanh(0.5 * z))", "s = np.exp(z) / (1 + np.exp(z))")),
        Slip("overflow", "an exponential overflows at 1000: np.tanh does not",
             ("th = np.tanh(z)", "th = (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))")),
        Slip("overflow", "an exponential overflows at 1000: np.tanh does not",
             ("th = np.tanh(z)", "th = (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1)")),
        Slip("factor (1 − s) missing", "the sigmoid's slope is s(1 − s); this is s itself",
             ("return s * (1 - s)", "return s")),
        Slip("factor s missing", "the sigmoid's slope is s(1 − s); this is 1 − s",
             ("return s * (1 - s)", "return 1 - s")),
        Slip("s squared", "the sigmoid's slope is s(1 − s), not 1 − s²", ("return s * (1 - s)", "return 1 - s ** 2")),
        Slip("z in place of s", "the slope is s(1 − s) with s = s(z), the output; here z itself was put in",
             ("return s * (1 - s)", "return z * (1 - z)")),
        Slip("half of z forgotten", "s(z) is (1 + tanh(z/2)) / 2: tanh is taken of z/2",
             ("np.tanh(0.5 * z)", "np.tanh(z)")),
        Slip("sign", "the sigmoid rises everywhere: its slope is positive, s(1 − s)",
             ("return s * (1 - s)", "return s * (s - 1)")),
        Slip("square missing", "tanh's slope is 1 − tanh², the square is missing", ("th ** 2", "th")),
        Slip("z in place of tanh", "tanh's slope is 1 − tanh²(z); here z itself was squared", ("th ** 2", "z ** 2")),
        Slip("sigmoid's rule for tanh", "tanh's slope is 1 − tanh², not tanh (1 − tanh)",
             ("1 - th ** 2", "th * (1 - th)")),
        Slip("tanh rises", "tanh rises everywhere: its slope is positive, 1 − tanh²", ("1 - th ** 2", "th ** 2 - 1")),
        Slip("function instead of slope", "this is tanh itself; its slope is 1 − tanh²", ("1 - th ** 2", "th")),
        Slip("function instead of slope", "this is ReLU itself, max(z, 0); its slope is 1 or 0",
             (_RELU, "relu, leaky = np.maximum(z, 0)")),
        Slip("function instead of slope", "this is leaky ReLU itself; its slope is 1 or 0.01",
             (_LEAKY, "np.where(z > 0, z, 0.01 * z)")),
        *(Slip("one number for all", "each entry of z has a slope of its own: ReLU's is 1 where z > 0, and 0 elsewhere",
               (_RELU, f"relu, leaky = {number}")) for number in (1.0, 0.0)),
        Slip("slope at 0", _AT_ZERO, (_RELU, "relu, leaky = np.where(z >= 0, 1.0, 0.0)")),
        Slip("slope at 0", _AT_ZERO, (_LEAKY, "np.where(z >= 0, 1.0, 0.01)")),
        Slip("slope at 0", _AT_ZERO, (_RELU, "relu, leaky = np.where(z >= 0, 1.0, 0.0)"),
             (_LEAKY, "np.where(z >= 0, 1.0, 0.01)")),
        Slip("slope at 0", "at exactly 0 take the slopes as 0 and 0.01, no value between",
             (_RELU, "relu, leaky = np.heaviside(z, 0.5)")),
        Slip("slope at 0", "at exactly 0 the leaky ReLU takes 0.01, its slope on the left",
             (_LEAKY, "np.where(z > 0, 1.0, np.where(z < 0, 0.01, 0.0))")),
        Slip("slope −1 on the left", "left of 0 ReLU is flat: its slope is 0, not −1",
             (_RELU, "relu, leaky = np.sign(z)")),
        Slip("sides swapped", "ReLU rises right of 0, where z > 0, and is flat on the left",
             (_RELU, "relu, leaky = np.where(z > 0, 0.0, 1.0)")),
        Slip("leak forgotten", "left of 0 the leaky ReLU has the slope 0.01, not 0",
             (_LEAKY, "np.where(z > 0, 1.0, 0.0)")),
        Slip("another leak", "left of 0 the leaky ReLU has the slope 0.01 here", (_LEAKY, "np.where(z > 0, 1.0, 0.1)")),
        Slip("leak of the wrong sign", "left of 0 the leaky ReLU still rises: its slope is 0.01, not −0.01",
             (_LEAKY, "np.where(z > 0, 1.0, -0.01)")),
    ))


TASKS = [DERIVED, AFFINE, SOFTMAX, CROSS_ENTROPY, HINGE, COUNT, SLOPES]
