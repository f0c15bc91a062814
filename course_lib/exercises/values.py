"""Results of somebody else's code, as plain values: copied, compared, and shown on one line.

``plain`` turns whatever an answer returned into numbers, arrays of NumPy, text, lists, tuples and dicts of such, so
that nothing of the answer's own (a hostile ``__eq__``, an array that changes later) takes part in a comparison.
"""

import copy
import inspect
from collections import deque
from numbers import Complex, Number, Real

import numpy as np

from course_lib.checks import Fault, relative_error

LARGEST = 10_000_000        # numbers in a result


class Unusable(Exception):
    """A result that nothing can be compared with; ``fault`` says why."""

    def __init__(self, name, text):
        super().__init__(text)
        self.fault = Fault(name, text)


class Opaque:
    """Stands for an object that is no value: only its type is known."""

    def __init__(self, value):
        self.kind = type(value).__name__

    def __repr__(self):
        return f"an object of type {self.kind!r}"


# ---- from a result to plain values ---------------------------------------------------------------------------

def plain(value, function=lambda f: f, _above=(), _left=None):
    """``value`` with nothing but plain values in it; callables become ``function(callable)``.

    Raises Unusable for generators, coroutines, iterators, what contains itself, and more than ``LARGEST`` numbers.
    """
    left = _left if _left is not None else [LARGEST]
    left[0] -= 1
    items = kind.__len__(value) if (kind := _sized(value)) else 0
    if left[0] < items:
        raise Unusable("too large", f"the result holds more than {LARGEST:,} numbers: something grows without an end, "
                       "or is repeated far too often")
    if isinstance(value, Fault):                            # what an adapter has found
        return value
    if value is None or value is Ellipsis or type(value) in (bool, int, float, complex, str, bytes):
        return value
    if isinstance(value, np.generic):
        return value
    if isinstance(value, np.ndarray):
        return _array(value, function, left, _above)
    for kind in (bool, int, float, complex):                # their subclasses, by the methods of the class itself
        if isinstance(value, kind):
            return kind.__pos__(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (list, tuple, dict, set, frozenset, deque)):
        if any(value is outer for outer in _above) or len(_above) > 50:
            raise Unusable("contains itself", "the result contains itself: a list was put into itself")
        above = (*_above, value)
        if isinstance(value, dict):
            return {plain(k, function, above, left) if type(k) is not str else k: plain(v, function, above, left)
                    for k, v in dict.items(value)}
        kind = next(k for k in (list, tuple, set, frozenset, deque) if isinstance(value, k))
        items = [plain(item, function, above, left) for item in kind.__iter__(value)]
        return tuple(items) if kind is tuple else set(items) if kind in (set, frozenset) else items
    if isinstance(value, range):
        return list(value)
    return _foreign(value, function, _above, left)


def _sized(value):
    return next((k for k in (list, tuple, dict, set, frozenset, deque, range) if isinstance(value, k)), None)


def _array(value, function, left, above):
    left[0] -= value.size
    if left[0] < 0:
        raise Unusable("too large", f"the result has shape {value.shape}, {value.size:,} numbers: far more than are "
                       "asked for")
    if value.dtype.kind in "biufcSUmM":
        return np.array(value, copy=True, subok=False)
    if value.dtype.kind == "O" and any(value is outer for outer in above):
        raise Unusable("contains itself", "the result contains itself: an array was put into itself")
    items = [plain(item, function, (*above, value), left) for item in np.ndarray.ravel(value)]
    out = np.empty(len(items), object)
    out[:] = items if not items else [*items]
    return out.reshape(value.shape)


def _foreign(value, function, above, left):
    """Objects of other kinds: those of other array libraries and other numbers are what their values are."""
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        raise Unusable("generator", "a generator was returned: there is a yield in the function, or a for in round "
                       "brackets; collect the values in a list and return that")
    if inspect.iscoroutine(value):
        value.close()
        raise Unusable("coroutine", "a coroutine was returned: the function is an async def; write def alone")
    if getattr(type(value), "__module__", "").split(".")[0] == "course_lib":
        return value                                        # a network, a layer: the task knows what to do with it
    if callable(value):
        return function(value)
    if isinstance(value, Number):                           # fractions, decimals and the like
        return complex(value) if isinstance(value, Complex) and not isinstance(value, Real) else float(value)
    if hasattr(type(value), "__array__") or hasattr(type(value), "__array_interface__"):
        if hasattr(value, "detach"):                        # a tensor that takes part in a graph
            value = value.detach()
        if hasattr(value, "cpu"):                           # and that may lie on an accelerator
            value = value.cpu()
        return plain(np.asarray(value), function, above, left)
    if hasattr(type(value), "__next__"):
        raise Unusable("iterator", f"an iterator ({type(value).__name__}) was returned, which gives its values only "
                       "once: return list(...) of it")
    if type(value).__module__ == "builtins" and type(value).__name__ in ("dict_keys", "dict_values", "dict_items"):
        return plain(list(value), function, above, left)
    return Opaque(value)


def copied(value, _done=None):
    """A deep copy of arguments, so that a function cannot spoil a later comparison; an array that is not contiguous
    stays so, what is given twice is one object in the copy, and functions are left as they are."""
    done = {} if _done is None else _done
    if id(value) not in done:
        if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
            done[id(value)] = type(value)(copied(item, done) for item in value)
        elif type(value) is dict:
            done[id(value)] = {key: copied(item, done) for key, item in value.items()}
        elif type(value) is np.ndarray and value.dtype.kind != "O":
            contiguous = value.flags.c_contiguous or value.flags.f_contiguous
            done[id(value)] = value.copy(order="K") if contiguous else strided(value)
        else:
            done[id(value)] = copy.deepcopy(value, done)
    return done[id(value)]


def strided(value):
    """A copy of an array, laid out otherwise in memory: not contiguous."""
    room = np.zeros((*value.shape[:-1], 2 * value.shape[-1]), value.dtype)
    room[..., ::2] = value
    return room[..., ::2]


def arrays(value):
    """All arrays in a result, as they are and not copied."""
    if isinstance(value, np.ndarray):
        return [value]
    return [a for item in value for a in arrays(item)] if type(value) in (tuple, list) else []


# ---- are they the same? --------------------------------------------------------------------------------------

SINGLE = 1e-4               # what float32 leaves of seven digits after some operations


def tolerance_for(got, expected, tolerance):
    """The tolerance for ``got``: where one of both is float32, the digits of float64 cannot be asked for."""
    for value in (got, expected):
        dtype = getattr(value, "dtype", None)
        if dtype is not None and dtype.kind in "fc" and np.finfo(dtype).eps > 1e-12:
            tolerance = max(tolerance, SINGLE if np.finfo(dtype).eps < 1e-4 else 1e-2)
    return tolerance


def same(a, b, tolerance=1e-9):
    """Equal up to ``tolerance``: numbers and arrays by relative error, containers by their items, else by ==."""
    if isinstance(a, Opaque) or isinstance(b, Opaque):
        return False
    if isinstance(a, dict) or isinstance(b, dict):
        return (isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys()
                and all(same(a[key], b[key], tolerance) for key in a))
    if isinstance(a, (set, str, bytes)) or isinstance(b, (set, str, bytes)) or a is None or b is None:
        return type(a) is type(b) and a == b or _text(a) is not None and _text(a) == _text(b)
    if callable(a) or callable(b):
        return a is b
    one, two = _as_array(a), _as_array(b)
    if one is None or two is None:
        if not (isinstance(a, (list, tuple)) and isinstance(b, (list, tuple))):
            return type(a) is type(b) and bool(np.array_equal(a, b))
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    if one.shape != two.shape:
        return False
    if one.dtype.kind in "SU" or two.dtype.kind in "SU":
        return one.dtype.kind == two.dtype.kind and bool(np.array_equal(one, two))
    with np.errstate(all="ignore"):
        odd = ~np.isfinite(two)
        if not np.array_equal(one[odd], two[odd], equal_nan=True):
            return False
        return relative_error(np.where(odd, 0, one), np.where(odd, 0, two)) <= tolerance_for(a, b, tolerance)


def _text(value):
    return str(value) if isinstance(value, (str, np.str_)) else None


def _as_array(value):
    """``value`` as an array of numbers or of text, or None."""
    if isinstance(value, np.ndarray):
        array = value
    else:
        try:
            array = np.asarray(value)
        except (ValueError, TypeError, OverflowError):
            return None
    if array.dtype.kind == "O" and array.size and all(isinstance(v, Real) for v in array.flat):
        try:
            array = array.astype(float)
        except (TypeError, OverflowError):
            return None
    return array if array.dtype.kind in "biufcSU" else None


# ---- on one line -------------------------------------------------------------------------------------------------

def count(values):
    """How many numbers a person would have to read."""
    if isinstance(values, (list, tuple, set)):
        return sum(count(v) for v in values)
    if isinstance(values, dict):
        return sum(count(v) for v in values.values())
    return int(np.size(values)) if isinstance(values, np.ndarray) else 1


def show(values, names=None, digits=4):
    """Arguments or results on one line, with their names where there are any; cut where it would become long."""
    values = values if isinstance(values, tuple) else (values,)
    texts = [shown(v, digits) for v in values]
    if names and len(names) == len(texts):
        texts = [f"{name} = {text}" for name, text in zip(names, texts)]
    return ", ".join(texts)


def shown(value, digits=4):
    """One value, at most 300 characters."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        value, size = value + 0.0, np.abs(value)            # no −0
        tiny = bool(np.any((size > 0) & (size < 10.0 ** -digits)))
        with np.printoptions(precision=digits, suppress=not tiny, threshold=20, edgeitems=3, floatmode="maxprec",
                             linewidth=120, sign="-", formatter=None):
            text = " ".join(np.array2string(value, separator=", ").split())
    elif isinstance(value, np.ndarray):
        with np.printoptions(threshold=20, edgeitems=3, formatter=None):
            text = " ".join(np.array2string(value, separator=", ").split())
    elif isinstance(value, (float, np.floating)):
        text = f"{value + 0.0:.{max(digits + 2, 6)}g}"
    elif isinstance(value, np.generic):
        text = repr(value.item())
    elif isinstance(value, Fault):
        text = "an error"
    elif isinstance(value, (list, tuple)):
        inside = ", ".join(shown(v, digits) for v in value[:20]) + (", …" if len(value) > 20 else "")
        text = f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{k!r}: {shown(v, digits)}" for k, v in list(value.items())[:20]) + "}"
    elif callable(value):
        text = f"the function {getattr(value, '__name__', 'given')}"
    elif isinstance(value, int) and abs(value) > 10 ** 300:
        text = "a whole number of more than 300 digits"
    else:
        text = repr(value)
    return text if len(text) <= 300 else text[:297] + " … "


def told_apart(got, expected):
    """Both on one line each, with as many digits as it takes to see a difference."""
    pairs = ((show(got, digits=d), show(expected, digits=d)) for d in (4, 6, 8, 10, 12, 15, 17))
    first = None
    for pair in pairs:
        first = first or pair
        if pair[0] != pair[1]:
            return pair
    return first
