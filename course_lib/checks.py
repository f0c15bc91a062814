"""Checks: is a gradient right, and if not, what is wrong with it?

``check_gradients(rule, *inputs)`` compares a backward with the derivative of its own forward, found by a complex
step; ``diagnose(got, expected)`` names the fault: a sign, a factor, a transpose, a missing sum over the batch.
Derived in lesson 04, section 6.
"""

from collections import namedtuple
from copy import deepcopy
from itertools import permutations
from numbers import Number, Real

import numpy as np

Fault = namedtuple("Fault", "name text")
Fault.__doc__ = "What is wrong with a result: a short ``name`` for programs, a ``text`` for people."


class GradientError(AssertionError):
    """A gradient that is not the derivative of its function. ``fault.name`` says what kind of mistake it is."""

    def __init__(self, text, fault=None):
        super().__init__(text)
        self.fault = fault


SMALLEST = 1e-6             # errors are relative to the largest entry, and to no less than this: a gradient may be 0


# ---- derivatives without backpropagation ---------------------------------------------------------------------

def numerical_gradient(f, x, h=1e-5):
    """Central differences: ∂f/∂xᵢ ≈ (f(x + h eᵢ) − f(x − h eᵢ)) / 2h, one entry at a time. x is not changed.

    Shapes: x (any, float), f: array -> number  ->  gradient, the shape of x
    Error:  about h² f‴/6 from truncation and 1e-16 |f| / h from rounding; derived in lesson 04, section 6, (4.20).
    """
    x = np.array(x, dtype=float)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient


def complex_step_gradient(f, x, h=1e-30):
    """Complex step: ∂f/∂xᵢ = Im f(x + i h eᵢ) / h, exact to rounding because nothing is subtracted.

    Shapes: x (any, float), f: complex array -> complex number  ->  gradient, the shape of x
    Source: Squire, Trapp (1998), SIAM Review 40; derived in lesson 04, section 6, equation (4.21).
    """
    x = np.array(x, dtype=complex)
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += 1j * h
        value = f(x)
        if not np.iscomplexobj(value):
            raise TypeError("complex_step_gradient: f lost the imaginary part on the way (a cast to float, abs, "
                            "or an array made with np.zeros); use numerical_gradient instead")
        gradient[i] = np.imag(value) / h
        x[i] = x[i].real
    return gradient


# ---- the check -----------------------------------------------------------------------------------------------

def check_gradients(rule, *inputs, tolerance=1e-9, method="complex", **options):
    """Compare every gradient of ``rule`` with the derivative of its own forward; print one line, or raise.

    rule       a rule, a layer or a network: anything that returns ``(y, backward)``; for a layer or network the
               gradients of all its parameters are checked too, and they alone where its input holds whole numbers
    inputs     the arrays to check at (labels may follow), and ``options`` for the rule
    tolerance  the largest accepted error, relative to the largest entry of each gradient
    method     "complex" (exact to rounding) or "central" (for functions that complex numbers cannot pass)

    Raises GradientError with a diagnosis: which gradient, what it should be, and the likely cause; ValueError where the
    function has no derivative to compare with: at a kink, where it is not finite, or when it draws random numbers.
    """
    names, function, arrays, labels = _as_function(rule, inputs, options)
    if method not in ("complex", "central"):
        raise ValueError(f'check_gradients: method must be "complex" or "central", got {method!r}')
    title = getattr(rule, "__name__", None) or repr(rule)
    dy, grads, fault = run_backward(function, arrays, labels)
    # A loss may leave out the gradients of its targets; whatever has an array as its output has no targets.
    if len(grads) > len(arrays) or (len(grads) < len(arrays) and np.ndim(dy) and grads[0] is not None):
        fault = Fault("number of gradients", f"backward returned {len(grads)} gradients for {len(arrays)} inputs of "
                      "floats; inputs of integers are taken for labels: x.astype(float)")
    if fault:
        raise GradientError(f"{title}: {fault.text}", fault)
    arrays, labels = arrays[:len(grads)], [*arrays[len(grads):], *labels]       # targets are data: never made complex
    expected = [_reference_gradient(_loss(function, arrays, labels, k, dy), x, method, title, names[k])
                for k, x in enumerate(arrays)]
    worst, batch = 0.0, len(inputs[0]) if np.ndim(inputs[0]) else None
    for k, got in enumerate(grads):
        fault = diagnose(got, expected[k], tolerance=tolerance, batch=batch)
        if fault and len(grads) <= 5 and any(                # more have too many orders
                all(diagnose(g, e, tolerance=tolerance) is None for g, e in zip(others, expected))
                for others in permutations(grads)):
            fault = Fault("wrong order", "the gradients are right but in another order; return them in the order of "
                          "the inputs: " + ", ".join("d" + n for n in names[:len(grads)]))
        if fault:
            if method == "central":                     # the complex step has passed beside the kinks, or has told
                _refuse_kink(_loss(function, arrays, labels, k, dy), arrays[k], title, names[k])
            raise GradientError(f"{title}: d{names[k]} is wrong: {fault.text}", fault)
        worst = max(worst, relative_error(got, expected[k]))
    checked = ", ".join("d" + n for n in names[:len(grads)])
    verb = "is" if len(grads) == 1 else "are"
    print(f"{title}: {checked} {verb} right (largest relative error below {_bound(worst)})")


def run_backward(function, arrays, labels):
    """The upstream gradient, what backward returns for it as a tuple, and a Fault if a sentence of the protocol is
    broken: nothing is changed; a second call, after a forward with other inputs, gives the same; 2 dy gives 2 dx."""
    kept = [a.copy() for a in arrays]
    y, backward = function(*arrays, *labels)
    y = np.array(y)[()]
    dy = _upstream(y)
    takes_dy = np.ndim(y) or _parameters(backward)

    def run(upstream):
        grads = backward(upstream) if takes_dy else backward()
        return grads if isinstance(grads, tuple) else (grads,)
    given = np.array(dy)[()]
    grads = tuple(map(deepcopy, run(given)))
    function(*(a[::-1] if a.ndim else a for a in arrays), *labels)
    again, twice = run(np.array(dy)[()]), run(2.0 * dy)
    if any(not np.array_equal(a, b) for a, b in zip([*arrays, given], [*kept, dy])):
        return dy, grads, Fault("mutated input", "an input or dy was changed; work on a copy, and avoid -= and "
                                "assignments into arrays that were given")
    if not all(np.array_equal(y, function(*arrays, *labels)[0], equal_nan=True) for _ in range(3)):
        raise ValueError("check_gradients: two forwards with the same inputs differ: random numbers are drawn "
                         "(Dropout), or something is kept from call to call; check a network as it is used: "
                         "with inference(net): check_gradients(net, x)")
    if any(_finite(a) and not np.array_equal(a, b) for a, b in zip(grads, again)):
        return dy, grads, Fault("stale state", "a second call of backward gave another result: something is kept "
                                "outside the closure, or backward changes what it keeps")
    if takes_dy and any(_finite(a) and np.any(a) and np.array_equal(a, b) for a, b in zip(grads, twice)):
        return dy, grads, Fault("dy not used", "dy has no influence on a gradient: by the chain rule every local "
                                "derivative is multiplied by the upstream gradient dy")
    return dy, grads, None


def relative_error(got, expected):
    """The largest difference, divided by the largest entry of ``expected`` (by ``SMALLEST`` if all are smaller).

    Infinite where a difference is NaN: a comparison with a tolerance must not pass.
    """
    got, expected = np.asarray(got) * 1.0, np.asarray(expected) * 1.0       # truth values and integers too
    if got.size == 0:
        return 0.0
    error = float(np.max(np.abs(got - expected)) / max(np.max(np.abs(expected)), SMALLEST))
    return np.inf if np.isnan(error) else error


def diagnose(got, expected, *, tolerance=1e-9, batch=None, factors=True):
    """None if ``got`` equals ``expected``, else a ``Fault`` that names the likeliest mistake.

    Where ``expected`` is NaN or infinite, ``got`` must be the same there.
    ``batch`` is the number of examples, so that a factor of N can be told from any other factor. With
    ``factors=False`` no factor or offset is looked for: between two single numbers there always is one.
    """
    if got is None:
        return Fault("nothing returned", "nothing was returned (None); is there a return statement?")
    got, expected = _numbers(got), _numbers(expected)
    if isinstance(expected, Fault):
        raise TypeError(f"diagnose: expected must be numbers to compare with: {expected.text}")
    if isinstance(got, Fault):
        return got
    with np.errstate(all="ignore"):                     # whatever a wrong answer may hold
        if got.shape != expected.shape:
            return _diagnose_shape(got, expected, tolerance)
        odd = ~np.isfinite(expected)
        if odd.any() and np.array_equal(got[odd], expected[odd], equal_nan=True):
            got, expected = np.where(odd, 0.0, got), np.where(odd, 0.0, expected)
        elif odd.any():
            where = tuple(np.argwhere(odd & (got != expected) & ~(np.isnan(got) & np.isnan(expected)))[0])
            return Fault("values", f"{_entry(where)} is {got[where]:.6g}, but should be {expected[where]:.6g}")
        if not np.all(np.isfinite(got)):
            where = np.argwhere(~np.isfinite(got))[0]
            return Fault("not finite", f"{_entry(where)} is {got[tuple(where)]}: overflow, or a division by zero?")
        if relative_error(got, expected) <= tolerance:
            return None
        return _diagnose_values(got, expected, tolerance, batch, factors)


def _numbers(a):
    """``a`` as an array of floats (truth values and integers count as numbers, large ones too), or the fault."""
    try:
        a = np.asarray(a)
        if a.dtype.kind == "O" and all(isinstance(value, Number) for value in a.flat):
            a = a.astype(float if all(isinstance(value, Real) for value in a.flat) else complex)
    except ValueError:
        return Fault("not numbers", "an array of numbers was expected, got a list whose parts have different shapes")
    except OverflowError:
        return Fault("not finite", "a whole number is too large for floating point")
    if a.dtype.kind not in "biufc":
        return Fault("not numbers", f"an array of numbers was expected, got {a.dtype} of shape {a.shape}")
    return a * 1.0


def _diagnose_shape(got, expected, tolerance):
    def same(a):
        return a.shape == expected.shape and relative_error(a, expected) <= tolerance
    shapes = f"it has shape {got.shape}, but must have shape {expected.shape}"
    if got.ndim == expected.ndim + 1 and len(got) > 1 and got.shape[1:] == expected.shape and same(got.sum(axis=0)):
        return Fault("missing sum over the batch", f"{shapes}: the sum over " + (
            "the batch is missing (axis 0); what was used by every row is paid for by every row" if expected.ndim
            else "axis 0 is missing, where one number is asked"))
    if got.ndim == 2 and same(got.T):
        return Fault("transpose", f"{shapes}: it is the transpose")
    if got.size and same(got.reshape(expected.shape) if got.size == expected.size else got):
        lengths = [[n for n in a.shape if n != 1] for a in (got, expected)]
        return Fault("extra axis", f"{shapes}: the numbers are right, " + (
            "an axis of length 1 is too many or too few" if lengths[0] == lengths[1] else "in another shape"))
    if expected.ndim >= 1 and got.ndim == 0 and np.allclose(got, expected.sum()):
        return Fault("summed over everything", f"{shapes}: it was summed over all axes")
    if got.shape == expected.shape[::-1]:
        return Fault("transpose", f"{shapes}: are rows and columns exchanged?")
    if got.ndim == expected.ndim == 1:
        return Fault("wrong axis", f"{shapes}: was the sum taken over the wrong axis?")
    return Fault("shape", shapes)


def _diagnose_values(got, expected, tolerance, batch, factors):
    def same(a):
        return relative_error(a, expected) <= max(tolerance, 1e-9)
    peak = max(np.max(np.abs(expected)), SMALLEST)
    wrong = np.abs(got - expected) / peak > tolerance
    where = tuple(np.argwhere(wrong)[0]) if got.ndim else ()
    numbers = _told_apart(got[where], expected[where])
    text = f"it is {numbers}" if not got.ndim else (
        f"{int(wrong.sum())} of {wrong.size} entries are wrong; the first at {_index(where)} is {numbers}")
    error = relative_error(got, expected)
    each = np.max(np.abs(got - expected) / np.maximum(np.abs(expected), 1e-9 * peak))
    if error <= max(1e-6, 16 * np.finfo(got.dtype).eps) or each <= 1e-3:
        cause = f"it is {got.dtype}" if got.real.dtype.itemsize < 8 else (
            "a difference quotient, float32 on the way, or a constant such as eps?")
        return Fault("precision", f"{text}: close, but not exact: relative error {error:.1g}; {cause}")
    if not np.any(got):
        return Fault("zero", "every entry is zero" if got.ndim else text)
    unit = expected / peak                              # squares of large numbers would overflow
    scale = float(np.vdot(unit, got / peak).real / np.vdot(unit, unit).real) if np.any(unit) else 0.0
    if factors and scale and same(got / scale) and (np.count_nonzero(unit) > 1 or _plausible(scale, batch)):
        return _diagnose_factor(scale, batch, tolerance)
    if got.ndim == 2 and got.shape[0] == got.shape[1] and same(got.T):
        return Fault("transpose", "it is the transpose of the right matrix")
    if factors and got.ndim and got.size > 1 and same(got - np.mean(got - expected)):
        return Fault("constant offset", f"every entry is off by the same {np.mean(got - expected):.6g}")
    return Fault("values", text)


def _told_apart(got, expected):
    """Two numbers with as many digits as it takes to see the difference."""
    digits = next((n for n in range(6, 18) if f"{got:.{n}g}" != f"{expected:.{n}g}"), 17)
    return f"{got:.{digits}g}, but should be {expected:.{digits}g}"


def _diagnose_factor(scale, batch, tolerance):
    def near(value):
        return abs(scale - value) <= max(1e-6, tolerance) * abs(value)
    start = f"it is {scale:.6g} times the right answer"
    if near(-1):
        return Fault("sign", "the sign is wrong: it is −1 times the right answer")
    if batch and batch > 1 and near(batch):
        return Fault("missing 1/N", f"it is {batch} times too large: is the division by the batch size N = {batch} "
                     "missing?")
    if batch and batch > 1 and near(1 / batch):
        return Fault("extra 1/N", f"it is {batch} times too small: is there a division by the batch size N = {batch} "
                     "too many?")
    if near(2) or near(0.5):
        return Fault("factor 2", f"{start}: the 2 that comes from differentiating a square, or the ½ before it?")
    return Fault("constant factor", f"{start}: a constant factor is missing or too many")


def _plausible(scale, batch):
    """Is this a factor that people forget: a ratio of small whole numbers, a power of ten, N, π, ln 2, √2?"""
    size = abs(scale)
    known = [p / q for p in range(1, 13) for q in range(1, 13)] + [10.0 ** k for k in range(-9, 10)]
    known += [value ** sign for value in (batch or 1, np.pi, 2 * np.pi, np.log(2), np.log(10), np.sqrt(2), np.e)
              for sign in (1, -1)]
    return any(abs(size - value) <= 1e-9 * value for value in known)


# ---- what backpropagation has to remember --------------------------------------------------------------------

def remembered(backward):
    """What a rule's ``backward`` keeps alive: a dict ``{name: array}``, read from the closure itself."""
    backward = getattr(backward, "__wrapped__", backward)           # behind the rule's look at dy
    cells = zip(backward.__code__.co_freevars, backward.__closure__ or ())
    return {name: cell.cell_contents for name, cell in cells if isinstance(cell.cell_contents, np.ndarray)}


# ---- helpers -------------------------------------------------------------------------------------------------

def _as_function(rule, inputs, options):
    """Names, a function of arrays and labels that returns (y, backward), the arrays, and the labels."""
    inputs = [x if isinstance(x, np.ndarray) else np.asarray(x) for x in inputs]
    arrays = [x.astype(float) for x in inputs if x.dtype.kind == "f"]
    labels = [x for x in inputs if x.dtype.kind != "f"]
    params = getattr(rule, "params", None)
    symbols = bool(params) and len(inputs) == 1 and inputs[0].dtype.kind in "iu"    # without a gradient of their own
    if not arrays and not symbols:
        raise TypeError("check_gradients: at least one input must be an array of floats; "
                        "integers have no derivative: x.astype(float)")
    if any(x.dtype.kind != "f" for x in inputs[:len(arrays)]):
        raise TypeError(f"check_gradients: inputs of floats come first, labels after them, got "
                        f"{', '.join(str(x.dtype) for x in inputs)}; integers have no derivative: x.astype(float)")
    if any(not x.size or not np.isfinite(x).all() for x in arrays):
        raise ValueError(f"check_gradients: inputs must hold numbers, none of them NaN or inf, got shapes "
                         f"{', '.join(str(x.shape) for x in arrays)}")
    if params is None:
        names = _parameters(rule)
        names += [f"{names[-1]}{i}" for i in range(2, 2 + len(arrays) - len(names))]     # a rule of (x, *arrays)
        return names, lambda *a: rule(*a, **options), arrays, labels

    def network(x, *values):
        kept = [p.data for p in params], [p.grad for p in params]
        try:
            for p, value in zip(params, values):
                p.data = value
            y, net_backward = rule(x)
        finally:
            for p, data in zip(params, kept[0]):
                p.data = data

        def backward(dy):
            for p in params:
                p.grad = None
            try:
                dx = net_backward(dy)
                return dx, *[np.zeros_like(p.data) if p.grad is None else p.grad for p in params]
            finally:
                for p, grad in zip(params, kept[1]):
                    p.grad = grad
        return y, backward
    names, values = [f"{p.name or 'p'}{i}" for i, p in enumerate(params)], [p.data.astype(float) for p in params]
    if not symbols:
        return ["x", *names], network, arrays + values, labels

    def of_symbols(*values_and_x):
        *values, x = values_and_x
        y, backward = network(x, *values)
        return y, lambda dy: backward(dy)[1:]
    return names, of_symbols, values, labels


def _parameters(function):
    import inspect  # here, because import course_lib should cost no more than NumPy
    return list(inspect.signature(function).parameters)


def _finite(a):
    return isinstance(a, (float, np.ndarray, np.number)) and np.asarray(a).dtype.kind in "fc" and np.all(np.isfinite(a))


def _upstream(y):
    """A fixed upstream gradient with no structure: all ones would hide faults of softmax and normalisation."""
    return np.cos(1.0 + 2.0 * np.arange(np.size(y))).reshape(np.shape(y)) if np.ndim(y) else 1.0


def _loss(function, arrays, labels, k, dy):
    """The number Σ dy·y as a function of the k-th array alone."""
    def loss(x):
        # Every float input is made complex: with only one of them, y = x @ W; y += b could not take complex b.
        values = [a.astype(x.dtype) for a in arrays]
        values[k] = x
        return (dy * function(*values, *labels)[0]).sum() if np.ndim(dy) else function(*values, *labels)[0]
    return loss


def _reference_gradient(loss, x, method, title, name):
    try:
        gradient = numerical_gradient(loss, x) if method == "central" else complex_step_gradient(loss, x)
    except TypeError as error:
        raise TypeError(f"check_gradients: {title} cannot be run on complex numbers ({error}); "
                        'use method="central" and tolerance=1e-6') from error
    if not np.all(np.isfinite(gradient)):
        where = tuple(np.argwhere(~np.isfinite(gradient))[0])
        what = "is not finite" if not np.isfinite(loss(x)) else (
            f"has no finite derivative at {name}{_index(where)} = {x[where]:g}")
        raise ValueError(f"check_gradients: {title} {what}: overflow, or outside of where it is defined; "
                         "check at other inputs")
    if method == "central":
        return gradient
    # abs, a norm or a cast may lose the imaginary part of one factor only: one central difference tells.
    step = 1e-6 * _upstream(x)
    above, below = loss(x + step), loss(x - step)
    accepted = 1e-4 * (np.abs(step) * np.maximum(np.abs(gradient), SMALLEST)).sum() + 1e-13 * abs(above)
    if abs(above - below - 2 * (step * gradient).sum()) > accepted:
        _refuse_kink(loss, x, title, name)
        raise TypeError(f"check_gradients: {title} cannot be run on complex numbers: its complex step is not its slope "
                        "(abs, a norm or a cast to float loses the imaginary part); "
                        'use method="central" and tolerance=1e-6')
    return gradient


def _refuse_kink(loss, x, title, name, h=1e-5):
    """ValueError if an entry of x lies at a kink, where the slopes on the two sides differ and neither is the gradient.

    Where f is smooth, f(x + h) − 2 f(x) + f(x − h) falls with h², and f(x + h) − f(x − h) with h; at a kink, a jump or
    in the middle of a norm one of them does not.
    """
    middle = loss(x)
    least = 1e-9 * max(1, abs(middle))
    for i in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[i] = h
        (above, below), (near_above, near_below) = ((loss(x + d), loss(x - d)) for d in (shift, shift / 8))
        bend, near_bend = abs(above - 2 * middle + below), abs(near_above - 2 * middle + near_below)
        rise, near_rise = abs(above - below), abs(near_above - near_below)
        if (bend > least and not 40 * near_bend < bend < 100 * near_bend                    # smooth: 64 times
                or rise > least and not 7 * near_rise < rise < 9 * near_rise):              # smooth: 8 times
            raise ValueError(f"check_gradients: {title} has a kink at {name}{_index(i)} = {x[i]:g} (relu at 0, a tie "
                             "of maximum or of a pool): the slopes on its two sides differ, so there is no gradient to "
                             "compare with; move the inputs off it, for example to random numbers")


def _bound(error):
    """The power of ten that the error stays below, never claimed smaller than 1e-12: stable to print."""
    return next(f"1e{k}" for k in range(-12, 400) if error < 10.0 ** k)


def _index(where):
    return "[" + ", ".join(str(int(i)) for i in where) + "]" if len(where) else ""


def _entry(where):
    return f"entry {_index(where)}" if len(where) else "it"
