"""PyTorch, TensorFlow and JAX beside this library, for lesson 14. None is needed: what is not installed is said.

``torch``, ``tf``, ``jax`` and ``jnp`` stand for the packages and load them when first used. ``load`` prepares them as
the lesson wants them: float64 where JAX would shorten it, one thread, TensorFlow silent, an accelerator where there
is one. The modules beside this one hold what each needs: networks there and back, and one step to be timed.
"""

import importlib
import importlib.util
import os
from collections import namedtuple

import numpy as np

TITLES = {"torch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}
NAMES = tuple(TITLES)
INSTALL = ((r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python")
           + ' -m pip install -c .ci/constraints.txt -e ".[frameworks]"')

# Read by the packages when they are imported, so set before; what a reader has set stays.
_SETTINGS = {
    "torch": {},
    "tensorflow": {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"},      # no notes on standard error
    "jax": {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"},
}

_loaded = {}                # {name: the package}, once imported and prepared
_broken = {}                # {name: why it could not be imported}

Row = namedtuple("Row", "name version device floats")
Row.__doc__ = "One framework that is here: its name, its version, where it computes, the type it gives a Python number."


def installed(name):
    """Is the package there? It is not imported."""
    _known(name)
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def missing(*names, now=True):
    """One line that says which of these frameworks are not here and how to install them, or None.

    now   load what is installed and not loaded yet, which takes seconds; False: say that it is not loaded
    """
    absent = [TITLES[name] for name in names if (load(name) if now else not installed(name)) in (None, True)]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        why = "".join(f". {_broken[name]}" for name in names if name in _broken)
        return f"{' and '.join(absent)} {verb} not installed here; to install: {INSTALL}{why}"
    waiting = [TITLES[name] for name in names if not loaded(name)]
    return f"{' and '.join(waiting)}: not loaded yet; run the first code cell again" if waiting else None


def load(name):
    """The package, imported and prepared, or None where it is not installed or cannot be imported."""
    if name not in _loaded and installed(name):
        for key, value in _SETTINGS[name].items():
            os.environ.setdefault(key, value)
        try:
            _loaded[name] = importlib.import_module(name)
        except Exception as error:                          # a broken installation must not stop the page
            _broken[name] = f"{TITLES[name]} is there, but cannot be imported: {type(error).__name__}: {error}"
            return None
        importlib.import_module(f"course_lib.studies.frameworks.{name}_side").prepare()
    return _loaded.get(name)


def loaded(name):
    """Is it here, and loaded already?"""
    _known(name)
    return name in _loaded


def packages():
    """torch, tf, jax, jnp: the packages that are loaded; what stands for the others says what is missing when used."""
    return [importlib.import_module(later._name) if later._name.split(".")[0] in _loaded else later
            for later in (torch, tf, jax, jnp)]


def here(*, load_all=False):
    """A ``Row`` for each framework that is loaded; ``load_all``: load those that are installed before."""
    return [side(name).row() for name in NAMES if (load(name) if load_all else loaded(name))]


def where(*names):
    """Run the function below at once where these frameworks are loaded; elsewhere say in one line what is missing.

    The name of the function stands for its result afterwards, or for None.
    """
    def run(function):
        line = missing(*names, now=False)
        if line is None:
            return function()
        print(line)
        return None
    return run


def side(name):
    """The module of this package that knows the framework: ``torch_side`` and so on."""
    _known(name)
    return importlib.import_module(f"course_lib.studies.frameworks.{name}_side")


def array(value):
    """What a framework computed, as an array of NumPy: off its graph, and off an accelerator."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


class Later:
    """Stands for a package, which is imported when something of it is first asked for."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, what):
        top = self._name.split(".")[0]
        if what.startswith("__") or top not in TITLES:
            raise AttributeError(what)
        if load(top) is None:
            raise ModuleNotFoundError(missing(top), name=top)
        return getattr(importlib.import_module(self._name), what)

    def __repr__(self):
        return f"<the package {self._name}, imported when it is used>"


def _known(name):
    if name not in TITLES:
        raise ValueError(f"frameworks: {name!r} is not known; there are {', '.join(NAMES)}")


def bound(error):
    """An error as text: the smallest of a few bounds that it lies below, which is the same on every machine."""
    return next((f"below 1e-{digits}" for digits in (14, 13, 10, 5) if error < 10.0 ** -digits), f"{error:.0e}")


def complaint(function, *arguments):
    """What ``function(*arguments)`` complains of, as one line: the error's name and its first sentence; else "no
    complaint"."""
    try:
        function(*arguments)
    except Exception as error:                              # whatever the framework raises is what is shown
        first = (str(error).strip() or "no message").splitlines()[0].split(". ")[0].rstrip(".")
        return f"{type(error).__name__}: {first}"
    return "no complaint"


def ran(prepared, calls):
    """In how many of the calls did the Python code of a function run, when it was ``prepared``, traced or not?"""
    times = []

    def square(a):
        times.append(a)                 # a print here would print as often
        return a * a
    function = prepared(square)
    for a in calls:
        function(a)
    return len(times)


def of_tensors(function):
    """The same function for numbers and arrays of NumPy, which it gets as tensors of PyTorch."""
    return lambda a: function(torch.as_tensor(a))


def graph_nodes(tensor):
    """The nodes that PyTorch recorded for a tensor, each once, from the result to the leaves."""
    found, waiting = [], [tensor.grad_fn]
    while waiting:
        node = waiting.pop(0)
        if node is not None and node not in found:
            found.append(node)
            waiting += [other for other, _ in node.next_functions]
    return found


torch, tf, jax, jnp = Later("torch"), Later("tensorflow"), Later("jax"), Later("jax.numpy")
