"""Tasks of lesson 02: layers, softmax, losses, counting, slopes."""

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.engine import Suspect, Task


def _log_sum_exp(z):
    m = z.max(axis=1)
    return m + np.log(np.exp(z - m[:, np.newaxis]).sum(axis=1))


def _own(z, t):
    """The logit of each row's own label, as a column."""
    return z[np.arange(len(t)), t][:, np.newaxis]


def _logits(rng):
    """Logits (N, K) and labels (N,), with N and K different."""
    N, K = rng.choice(np.arange(3, 9), size=2, replace=False)
    return 2 * rng.normal(size=(N, K)), rng.integers(0, K, size=N)


# ---- 02-1 the affine layer -----------------------------------------------------------------------------------

def _affine(x, W, b):
    return x @ W + b


def _affine_case(rng):
    N, D, K = rng.choice(np.arange(3, 9), size=3, replace=False)
    return rng.normal(size=(N, D)), rng.normal(size=(D, K)), rng.normal(size=K)


AFFINE = Task(
    id="02-1", title="the affine layer", signature="affine(x, W, b)", level="fill in", difficulty=1, importance=3,
    minutes=5, reference=_affine, outputs=("y",), cases=_affine_case, keeps_dtype=True,
    small=(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]),
           np.array([[1.0, 0.0, 2.0, 1.0], [2.0, 1.0, 0.0, -1.0], [0.0, 3.0, 1.0, 1.0]]),
           np.array([1.0, 0.0, 2.0, 5.0])),
    suspects=(
        Suspect("missing bias", "the bias b is missing: y = x W + b", lambda x, W, b: x @ W),
        Suspect("bias subtracted", "the bias is added, not subtracted: y = x W + b", lambda x, W, b: x @ W - b),
        Suspect("weights transposed", "W already has shape (D, K); x is (N, D), so x @ W needs no transpose of W",
                lambda x, W, b: x @ W.T + b),
        Suspect("wrong order of the product", "one example is a row, so x stands on the left: x @ W",
                lambda x, W, b: W @ x + b),
        Suspect("elementwise product", "* multiplies entry by entry; the matrix product is @",
                lambda x, W, b: x * W + b),
        Suspect("missing sum over the inputs",
                "the D products of each unit must be added up: sum over the axis of length D",
                lambda x, W, b: x[:, :, np.newaxis] * W + b),
        Suspect("mean instead of sum", "a weighted sum is not divided by the number of inputs",
                lambda x, W, b: x @ W / len(W) + b),
        Suspect("bias of the wrong unit", "b_k belongs to unit k: y[n, k] takes b[k]", lambda x, W, b: x @ W + b[::-1]),
    ))


# ---- 02-2 softmax --------------------------------------------------------------------------------------------

def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _survives(answer, rng):
    for row in ([1000.0, 1001.0, 1002.0], [-1000.0, -1001.0, -1002.0]):
        z = np.array([row])
        p = answer(z.copy())
        if not np.all(np.isfinite(p)):
            return Fault("overflow", f"for the logits {row} it gives {np.asarray(p)[0]}: exp(1000) is too large for a "
                         "float, exp(−1000) rounds to 0; subtract the largest logit of each row first, equation (2.10)")
        if not np.allclose(p, _softmax(z)):
            return Fault("large logits",
                         f"for the logits {row} it gives {np.asarray(p)[0]}, but should give {_softmax(z)[0]}")
    return None


def _own_maximum(answer, rng):
    z = np.array([[1000.0, 999.0, 998.0], [0.0, 1.0, 2.0]])
    if np.allclose(answer(z.copy()), _softmax(z)):
        return None
    return Fault("one maximum for all rows", "a row of logits around 1000 spoils a row around 0: every row needs its "
                 "own maximum, z.max(axis=1, keepdims=True)")


SOFTMAX = Task(
    id="02-2", title="a softmax that survives 1000", signature="softmax(z)", level="write", difficulty=1, importance=3,
    minutes=10, reference=_softmax, outputs=("p",), cases=lambda rng: (_logits(rng)[0],), keeps_dtype=True,
    small=(np.log(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]])),),
    suspects=(
        Suspect("wrong axis", "each row must add up to 1, so sum along axis=1",
                lambda z: np.exp(z) / np.exp(z).sum(axis=0)),
        Suspect("summed over everything", "each row must add up to 1 by itself: sum with axis=1, keepdims=True",
                lambda z: np.exp(z) / np.exp(z).sum()),
        Suspect("missing keepdims", "the sums of the rows have shape (N,), which NumPy cannot match with (N, K); keep "
                "them as a column with keepdims=True", lambda z: np.exp(z) / np.exp(z).sum(axis=1)),
        Suspect("missing normalisation", "the exponentials must be divided by their sum", np.exp),
        Suspect("missing normalisation", "the exponentials must be divided by their sum",
                lambda z: np.exp(z - z.max(axis=1, keepdims=True))),
        Suspect("missing exponential", "the logits themselves are divided by their sum; take exponentials first",
                lambda z: z / z.sum(axis=1, keepdims=True)),
        Suspect("sign", "the largest logit must get the largest probability: exp(z), not exp(−z)",
                lambda z: _softmax(-z)),
        Suspect("divided by the maximum", "subtract the maximum, do not divide by it: only differences of logits count",
                lambda z: _softmax(z / z.max(axis=1, keepdims=True))),
        Suspect("logarithm", "these are the logarithms of the probabilities", lambda z: np.log(_softmax(z))),
    ),
    probes=(("logits around 1000", _survives), ("each row has its own maximum", _own_maximum)))


# ---- 02-3 cross-entropy --------------------------------------------------------------------------------------

def _cross_entropy(z, t):
    return (_log_sum_exp(z) - _own(z, t)[:, 0]).mean()


def _surely_wrong(answer, rng):
    z, t = np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([1, 1])
    got = answer(z.copy(), t.copy())
    if np.isinf(got):
        return Fault("logarithm of zero", "for the logits 1000, 0 and label 1 the loss is 1000, but it comes out "
                     "infinite: the probability has been rounded to 0 before its logarithm; use "
                     "log-sum-exp, equation (2.11)")
    if np.isnan(got):
        return Fault("overflow", "for the logits 1000, 0 it gives nan: exp(1000) overflows; subtract the largest logit "
                     "of each row, equation (2.11)")
    if np.isclose(got, 500):
        return None
    return Fault("large logits", f"for rows (1000, 0) and (0, 1000) with label 1 the mean loss is 500, got {got:.6g}; "
                 "is a small number added to the probability?")


CROSS_ENTROPY = Task(
    id="02-3", title="cross-entropy from logits", signature="cross_entropy(z, t)", level="write", difficulty=2,
    importance=3, minutes=15, reference=_cross_entropy, outputs=("the loss",), cases=_logits,
    batch=lambda z, t: len(z),
    small=(np.log(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]])), np.array([1, 2])),
    suspects=(
        Suspect("sign", "the loss is minus the logarithm of a probability, so it is never negative",
                lambda z, t: -_cross_entropy(z, t)),
        Suspect("missing 1/N", "the loss is the mean over the N rows, not their sum",
                lambda z, t: _cross_entropy(z, t) * len(z)),
        Suspect("divided by all entries", "the mean goes over the N rows, not over all N K entries",
                lambda z, t: _cross_entropy(z, t) / z.shape[1]),
        Suspect("missing logarithm", "the loss is −ln of the probability of the label, not the probability",
                lambda z, t: (1 - np.exp(_own(z, t)[:, 0] - _log_sum_exp(z))).mean()),
        Suspect("missing logarithm", "the loss is −ln of the probability of the label, not the probability",
                lambda z, t: -np.exp(_own(z, t)[:, 0] - _log_sum_exp(z)).mean()),
        Suspect("missing log-sum-exp",
                "the logit of the label alone is no probability; log-sum-exp of the row is missing",
                lambda z, t: -_own(z, t).mean()),
        Suspect("all pairs of rows and labels",
                "z[:, t] takes the columns t of every row; z[np.arange(N), t] takes one entry "
                "per row", lambda z, t: (_log_sum_exp(z)[:, np.newaxis] - z[:, t]).mean()),
        Suspect("wrong axis", "log-sum-exp goes along each row, axis=1",
                lambda z, t: (np.log(np.exp(z).sum(axis=0))[t] - _own(z, t)[:, 0]).mean()),
        Suspect("all classes counted", "only the label's own probability counts, not the sum over all classes",
                lambda z, t: (_log_sum_exp(z)[:, np.newaxis] - z).sum(axis=1).mean()),
        Suspect("logarithm to base 2", "the natural logarithm is wanted: np.log",
                lambda z, t: _cross_entropy(z, t) / np.log(2)),
        Suspect("logarithm to base 10", "the natural logarithm is wanted: np.log",
                lambda z, t: _cross_entropy(z, t) / np.log(10)),
        Suspect("missing mean", "one number is wanted: the mean of the losses of the rows",
                lambda z, t: _log_sum_exp(z) - _own(z, t)[:, 0]),
    ),
    probes=(("a row that is sure and wrong, with logits around 1000", _surely_wrong),))


# ---- 02-4 hinge ----------------------------------------------------------------------------------------------

def _gaps(z, t, margin=1.0):
    gap = z - _own(z, t) + margin
    gap[np.arange(len(t)), t] = 0
    return gap


def _hinge(z, t):
    return np.maximum(_gaps(z, t), 0).sum() / len(z)


HINGE = Task(
    id="02-4", title="the hinge loss", signature="hinge(z, t)", level="write", difficulty=2, importance=2, minutes=15,
    reference=_hinge, outputs=("the loss",), cases=_logits, batch=lambda z, t: len(z),
    small=(np.array([[2.0, 1.5, -1.0, 3.0], [0.0, 3.0, 0.5, 0.25]]), np.array([0, 2])),
    suspects=(
        Suspect("missing 1/N", "the loss is the mean over the N rows, not their sum",
                lambda z, t: _hinge(z, t) * len(z)),
        Suspect("divided by all entries", "sum over the classes, mean over the N rows only: divide by N, not by N K",
                lambda z, t: _hinge(z, t) / z.shape[1]),
        Suspect("true class counted",
                "the right class competes with itself and adds the margin 1 in every row; leave it out",
                lambda z, t: np.maximum(z - _own(z, t) + 1, 0).sum() / len(z)),
        Suspect("true class counted",
                "the right class competes with itself and adds the margin 1 in every row; leave it out",
                lambda z, t: np.maximum(z - _own(z, t) + 1, 0).mean()),
        Suspect("missing margin", "the wrong classes must stay 1 below the right one: the + 1 is missing",
                lambda z, t: np.maximum(z - _own(z, t), 0).sum() / len(z)),
        Suspect("missing maximum with 0", "a class that keeps its distance pays 0, it does not earn: max(0, ...)",
                lambda z, t: _gaps(z, t).sum() / len(z)),
        Suspect("sign", "it is the wrong class minus the right class: z_k − z_t + 1",
                lambda z, t: np.maximum(_own(z, t) - z + 1, 0).sum() / len(z) - 1),
        Suspect("sign", "it is the wrong class minus the right class: z_k − z_t + 1",
                lambda z, t: np.maximum(_own(z, t) - z + 1, 0).sum() / len(z)),
        Suspect("margin subtracted", "the margin is added: z_k − z_t + 1",
                lambda z, t: np.maximum(_gaps(z, t, -1.0), 0).sum() / len(z)),
        Suspect("only the worst class", "every class that comes too near pays, not only the worst one",
                lambda z, t: np.maximum(_gaps(z, t), 0).max(axis=1).mean()),
        Suspect("squared", "the gaps are added, not squared",
                lambda z, t: (np.maximum(_gaps(z, t), 0) ** 2).sum() / len(z)),
        Suspect("all pairs of rows and labels",
                "z[:, t] takes the columns t of every row; z[np.arange(N), t] takes one entry "
                "per row", lambda z, t: np.maximum(z - z[:, t] + 1, 0).sum() / len(z)),
    ))


# ---- 02-5 counting -------------------------------------------------------------------------------------------

def _pairs(sizes):
    return list(zip(sizes, sizes[1:]))


def _count(sizes):
    multiply_adds = sum(a * b for a, b in _pairs(sizes))
    return multiply_adds + sum(sizes[1:]), multiply_adds


def _count_with(parameters, multiply_adds=lambda sizes: _count(sizes)[1]):
    return lambda sizes: (parameters(sizes), multiply_adds(sizes))


COUNT = Task(
    id="02-5", title="parameters and multiply-adds", signature="count_network(sizes)", level="fill in", difficulty=1,
    importance=2, minutes=5, reference=_count, outputs=("parameters", "multiply_adds"),
    small=([3, 4, 2],),
    cases=lambda rng: ([int(n) for n in rng.choice(np.arange(2, 60), rng.integers(4, 7), replace=False)],),
    suspects=(
        Suspect("missing biases", "every unit has a bias besides its weights: add n_out for each layer",
                _count_with(lambda sizes: _count(sizes)[1])),
        Suspect("biases on the inputs",
                "the inputs are numbers, not units: they have no biases, so leave out the first size",
                _count_with(lambda sizes: _count(sizes)[1] + sum(sizes))),
        Suspect("one bias per layer", "every unit has a bias of its own: n_out biases in a layer, not 1",
                _count_with(lambda sizes: _count(sizes)[1] + len(sizes) - 1)),
        Suspect("biases on the wrong side", "the biases belong to the units of a layer, n_out, not to its inputs, n_in",
                _count_with(lambda sizes: _count(sizes)[1] + sum(sizes[:-1]))),
        Suspect("biases counted as products", "adding a bias multiplies nothing: one multiply-add per weight",
                lambda sizes: (_count(sizes)[0],) * 2),
        Suspect("layers multiplied", "the layers' counts are added, not multiplied",
                _count_with(lambda sizes: int(np.prod(sizes)) + sum(sizes[1:]), lambda sizes: int(np.prod(sizes)))),
        Suspect("all pairs connected", "only neighbouring layers are connected: zip(sizes, sizes[1:])",
                _count_with(lambda sizes: sum(a * b for i, a in enumerate(sizes) for b in sizes[i + 1:])
                            + sum(sizes[1:]),
                            lambda sizes: sum(a * b for i, a in enumerate(sizes) for b in sizes[i + 1:]))),
        Suspect("a layer is left out", "one layer is missing: the first and the last pair of sizes count too",
                lambda sizes: _count(sizes[:-1])),
        Suspect("a layer is left out", "one layer is missing: the first and the last pair of sizes count too",
                lambda sizes: _count(sizes[1:])),
        Suspect("overwrites instead of adding",
                "only the last layer is counted: add each layer's count to the total with +=",
                lambda sizes: _count(sizes[-2:])),
        Suspect("multiplications and additions counted apart",
                "one multiply-add is one multiplication together with one "
                "addition: one per weight", lambda sizes: (_count(sizes)[0], 2 * _count(sizes)[1])),
    ))


# ---- 02-6 slopes ---------------------------------------------------------------------------------------------

def _s(z):
    return 0.5 * np.tanh(0.5 * z) + 0.5


def _slopes(z):
    s = _s(z)
    return s * (1 - s), 1 - np.tanh(z) ** 2, np.where(z > 0, 1.0, 0.0), np.where(z > 0, 1.0, 0.01)


def _slopes_but(**changed):
    """The right slopes but for those named, so that a suspect holds exactly one mistake."""
    names = ("sigmoid", "tanh", "relu", "leaky")
    return lambda z: tuple(changed[name](z) if name in changed else right for name, right in zip(names, _slopes(z)))


def _large(answer, rng):
    z = np.array([-1000.0, 1000.0])
    got = answer(z.copy())
    for name, value, right in zip(SLOPES.outputs, got, _slopes(z)):
        if not np.all(np.isfinite(value)):
            return Fault("overflow", f"{name} at −1000 and 1000 is {np.asarray(value)}: an exponential overflows; "
                         "write the sigmoid as (1 + tanh(z/2)) / 2, or use 1 − tanh²(z) for tanh")
        if not np.allclose(value, right):
            return Fault("large logits", f"{name} at −1000 and 1000 is {np.asarray(value)}, but should be {right}")
    return None


SLOPES = Task(
    id="02-6", title="slopes of four activations", signature="slopes(z)", level="write", difficulty=2, importance=2,
    minutes=15, reference=_slopes,
    cases=lambda rng: (2 * rng.normal(size=rng.choice(np.arange(3, 9), 2, replace=False)),),
    outputs=("the sigmoid's slope", "tanh's slope", "ReLU's slope", "leaky ReLU's slope"),
    small=(np.array([-2.0, 0.0, 3.0]),),
    suspects=(
        Suspect("factor (1 − s) missing", "the sigmoid's slope is s(1 − s); this is s itself", _slopes_but(sigmoid=_s)),
        Suspect("z in place of s", "the slope is s(1 − s) with s = s(z), the output; here z itself was put in",
                _slopes_but(sigmoid=lambda z: z * (1 - z))),
        Suspect("sign", "the sigmoid rises everywhere: its slope is positive, s(1 − s)",
                _slopes_but(sigmoid=lambda z: -_s(z) * (1 - _s(z)))),
        Suspect("square missing", "tanh's slope is 1 − tanh², the square is missing",
                _slopes_but(tanh=lambda z: 1 - np.tanh(z))),
        Suspect("z in place of tanh", "tanh's slope is 1 − tanh²(z); here z itself was squared",
                _slopes_but(tanh=lambda z: 1 - z ** 2)),
        Suspect("function instead of slope", "this is ReLU itself, max(z, 0); its slope is 1 or 0",
                _slopes_but(relu=lambda z: np.maximum(z, 0))),
        Suspect("slope at 0", "at exactly 0 take ReLU's slope as 0: z > 0, not z >= 0",
                _slopes_but(relu=lambda z: np.where(z >= 0, 1.0, 0.0))),
        Suspect("slope at 0", "at exactly 0 take the slopes as 0 and 0.01: z > 0, not z >= 0",
                _slopes_but(relu=lambda z: np.where(z >= 0, 1.0, 0.0), leaky=lambda z: np.where(z >= 0, 1.0, 0.01))),
        Suspect("function instead of slope", "this is leaky ReLU itself; its slope is 1 or 0.01",
                _slopes_but(leaky=lambda z: np.where(z > 0, z, 0.01 * z))),
        Suspect("leak forgotten", "left of 0 the leaky ReLU has the slope 0.01, not 0",
                _slopes_but(leaky=lambda z: np.where(z > 0, 1.0, 0.0))),
    ),
    probes=(("z = −1000 and z = 1000", _large),))


TASKS = [AFFINE, SOFTMAX, CROSS_ENTROPY, HINGE, COUNT, SLOPES]
