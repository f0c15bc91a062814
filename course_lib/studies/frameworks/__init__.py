"""PyTorch, TensorFlow and JAX beside this library, for lesson 14. None is needed: what is not installed is said.

``torch``, ``tf``, ``jax`` and ``jnp`` stand for the packages and load them when first used. ``load`` prepares them as
the lesson wants them: float64 where JAX would shorten it, one thread, TensorFlow silent, an accelerator where there
is one. The modules beside this one hold what each needs: networks there and back, and one step to be timed.
"""

import importlib
import importlib.util
import os
import platform
import re
import sys
from collections import namedtuple

import numpy as np

from course_lib import clock
from course_lib.layers import RNN, Dense, Sigmoid, Tanh

TITLES = {"torch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}
NAMES = tuple(TITLES)
LOWEST = {"torch": "2.3", "tensorflow": "2.21", "jax": "0.10.2"}         # the lower bounds of pyproject.toml
_PIP = (r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python") + " -m pip install -c .ci/constraints.txt"
INSTALL = f'{_PIP} -e ".[frameworks]"'

# Read by the packages when they are imported, so set before; what a reader has set stays.
_SETTINGS = {
    "torch": {},
    "tensorflow": {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"},      # no notes on standard error
    "jax": {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"},
}

_loaded = {}                # {name: the package}, once imported and prepared
_broken = {}                # {name: why what is installed cannot be used}

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
    lacking = [name for name in names if not (load(name) if now else loaded(name))]
    absent = [name for name in lacking if name not in _broken and (now or not installed(name))]
    extra = [TITLES[name] for name in absent if in_the_extra(name)]
    lines = [f"{' and '.join(extra)} {'is' if len(extra) == 1 else 'are'} not installed here; to install: {INSTALL}"
             ] if extra else []
    lines += [f"{TITLES[name]} is not installed here; {_by_hand(name)}" for name in absent if not in_the_extra(name)]
    lines += [_broken[name] for name in lacking if name in _broken]
    waiting = [TITLES[name] for name in lacking if name not in absent and name not in _broken]
    lines += [f"{' and '.join(waiting)}: not loaded yet; run the first code cell again"] if waiting else []
    return ". ".join(lines) or None


def _by_hand(name):
    return (f'".[frameworks]" leaves it out on this kind of machine; to install, if there is a wheel: '
            f'{_PIP} "{name}>={LOWEST[name]}"')


def in_the_extra(name, machine=platform.machine(), system=sys.platform):
    """Does ``.[frameworks]`` install it on such a machine? TensorFlow only where pyproject.toml says so."""
    return name != "tensorflow" or machine in ("x86_64", "AMD64") and system != "darwin"


def load(name):
    """The package, imported and prepared; None where it is not installed, is too old, or cannot be imported.

    With an accelerator, ``clock.fastest`` counts the time on the wall from now on.
    """
    if name not in _loaded and installed(name):
        _broken.pop(name, None)
        for key, value in _SETTINGS[name].items():
            os.environ.setdefault(key, value)
        try:
            package = importlib.import_module(name)
            if _numbers(package.__version__) < _numbers(LOWEST[name]):
                how = f"to install: {INSTALL}" if in_the_extra(name) else _by_hand(name)
                _broken[name] = (f"{TITLES[name]} {package.__version__} is here, and {LOWEST[name]} or newer is "
                                 f"needed; {how}")
                return None
            side(name).prepare()
            on_accelerator = side(name).row().device.lower() != "cpu"
        except Exception as error:                          # a broken installation must not stop the page
            _broken[name] = f"{TITLES[name]} is there, but cannot be imported: {_told(error)}"
            return None
        _loaded[name] = package
        if on_accelerator:
            clock.on_the_wall()
    return _loaded.get(name)


def _numbers(version):
    """"2.13.0+cpu" -> (2, 13, 0), to be compared."""
    return tuple(int(n) for n in re.findall(r"\d+", version.split("+")[0])[:3])


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


def dense(W, b):
    """A Dense layer of this course with copies of W (n_in, n_out) and b (n_out,)."""
    layer = Dense(*W.shape, rng=np.random.default_rng(0))
    layer.W.data, layer.b.data = np.array(W), np.array(b)
    return layer


def recurrent(W, U, b):
    """An RNN layer of this course with copies of W (n_in, H), U (H, H) and b (H,)."""
    layer = RNN(*W.shape, rng=np.random.default_rng(0))
    layer.W.data, layer.U.data, layer.b.data = np.array(W), np.array(U), np.array(b)
    return layer


def squash(layer):
    """The class of a layer that goes to a framework, Sigmoid or Tanh; ValueError for another."""
    if type(layer) not in (Sigmoid, Tanh):
        raise ValueError(f"from_course: {type(layer).__name__} is not translated; Dense, Sigmoid and Tanh are")
    return type(layer)


def squash_back(name, known, affine):
    """A new layer for what a framework calls ``name``; ValueError for a name that is not in ``known``.

    known    {name: Sigmoid or Tanh}; affine: what the framework calls its dense layer, for the message
    """
    if name not in known:
        raise ValueError(f"to_course: {name} is not translated; {affine}, {' and '.join(known)} are")
    return known[name]()


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
        return _told(error)
    return "no complaint"


def _told(error):
    """An error's name and its first sentence."""
    first = (str(error).strip() or "no message").splitlines()[0].split(". ")[0].rstrip(".")
    return f"{type(error).__name__}: {first}"


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
