"""The layers of the package: who may import whom, what import costs, public names, docstrings."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import course_lib
from rules import public_rules

PACKAGE = Path(course_lib.__file__).parent

# ONE table: what a module or subpackage may import from course_lib. Above the line only NumPy and the standard library
# besides; below it the named packages too. "." is the module's own subpackage.
CORE = {
    "functions": (),
    "convolution": (),
    "recurrent": ("functions",),
    "relaxation": (),
    "spectra": (),
    "losses": ("functions",),
    "triplets": ("functions", "losses"),
    "verification": (),
    "graph": ("functions",),
    "initializers": (),
    "layers": ("convolution", "functions", "initializers", "graph", "recurrent", "relaxation"),
    "optim": ("graph",),
    "schedules": (),
    "curvature": ("functions", "losses"),
    "batch_optim": (),
    "experiments": ("batch_optim", "functions", "graph", "losses"),
    "training": ("functions", "losses", "graph", "layers", "optim"),
    "metrics": (),
    "checks": ("functions", "losses", "graph"),
    "data": (".",),
    "studies": ("convolution", "data", "functions", "graph", "initializers", "layers", "losses", "metrics", "optim", "schedules",
                "spectra", "training", "triplets", "verification", "."),
    "notebook": (),
    "environment": ("data", "notebook"),
    "__init__": ("checks", "convolution", "data", "functions", "graph", "layers", "losses", "metrics", "optim", "training"),
}
ABOVE = tuple(name for name in CORE if name not in ("__init__", "notebook", "environment"))
BELOW = {
    "drawing": (*ABOVE, "."),
    "plotting": (*ABOVE, "drawing"),
    "widgets": (*ABOVE, "drawing", "."),
    "exercises": (*ABOVE, "notebook", "."),
    "teaching": (*ABOVE, "exercises", "."),
}
FOREIGN = {                                             # packages other than NumPy, and who may import them
    "drawing": (), "plotting": ("matplotlib",), "widgets": ("ipywidgets", "IPython", "traitlets", "matplotlib", "PIL"),
    "exercises": (), "teaching": ("jupytext", "jupyterlab", "nbclient", "nbformat", "nbval"), "notebook": ("IPython", "tqdm"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(path):
    """The row of the table a file belongs to: its subpackage, or its own name."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path):
    """All (package, rest) that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield tuple(name.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for name in node.names:
                assert name.name != "*", f"{path}: a star import"
                yield (*node.module.split("."), name.name)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down_only(path):
    part = part_of(path)
    allowed = {**CORE, **BELOW}[part]                   # a new module belongs in the table
    for name in imports(path):
        if name[0] == "course_lib":
            other = name[1]
            assert other == part and "." in allowed or other in allowed, f"{part} imports course_lib.{other}"
        elif name[0] not in sys.stdlib_module_names and name[0] != "numpy":
            assert name[0] in FOREIGN.get(part, ()), f"{part} imports {name[0]}"


def test_importing_the_package_loads_numpy_and_nothing_heavy():
    code = "import sys, course_lib; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert "numpy" in loaded
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "tqdm", "torch", "nbformat", "jupytext", "traitlets", "scipy"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_global_random_state(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random":
            assert node.attr in ("Generator", "default_rng"), f"np.random.{node.attr}"
    assert ("random",) not in set(imports(path))


PRINTS = {("checks", "check_gradients"), ("notebook", "progress"), ("exercises", "check"), ("exercises", "read"),
          ("exercises", "record"), ("studies", "main"), ("teaching", "main"), ("environment", "")}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_what_talks_to_people_prints(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))] + [tree]:
        inner = function.body if function is not tree else [n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        calls = [n for part in inner for n in ast.walk(part) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]
        assert not calls or (part_of(path), getattr(function, "name", "")) in PRINTS


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_asserts_are_not_used_for_a_callers_mistakes(path):
    assert not [n.lineno for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Assert)]


# ---- public names -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    "affine", "relu", "sigmoid", "tanh", "softmax", "softmax_cross_entropy", "mean_squared_error", "hinge",
    "check_gradients", "Tensor", "apply", "Parameter", "Layer", "Dense", "Sequential", "SGD", "train_step", "training",
    "load_digits", "numerical_gradient", "remembered", "Batches", "evaluate", "History", "binary_cross_entropy",
    "AdaGrad", "AdaDelta", "RMSprop", "Adam", "AMSGrad", "AdamW", "Sophia", "Muon", "conjugate_gradient", "lbfgs",
    "clip_grad_norm", "cosine_schedule", "conv2d", "max_pool2d", "avg_pool2d", "Conv2D", "MaxPool2D", "AvgPool2D", "batch_norm",
    "layer_norm", "dropout", "BatchNorm", "LayerNorm", "Dropout", "Residual", "inference", "load_mnist",
    "load_faces", "triplet_loss", "l2_normalize", "mine_triplets", "equal_error_rate",
    "load_commands", "read_wav", "load_recordings", "resample", "frames", "power_spectrum", "log_mel"])
def test_the_names_of_the_course_are_public(name):
    assert hasattr(course_lib, name) and name in course_lib.__all__


def test_rules_are_public_or_shadow_a_builtin():
    assert {rule.__name__ for rule in public_rules()} - set(course_lib.__all__) <= {"sum", "mean"}


def modules():
    for module in pkgutil.walk_packages([str(PACKAGE)], "course_lib."):
        yield importlib.import_module(module.name)


def test_every_module_class_and_public_function_has_a_docstring():
    """In the lessons' own modules of widgets and exercises this is asked of the explorers only."""
    missing = [course_lib.__name__] if not course_lib.__doc__ else []
    for module in modules():
        if not module.__doc__:
            missing.append(module.__name__)
        lesson = re.search(r"\.lesson\d+$", module.__name__)
        public = [f.__name__ for f in getattr(module, "EXPLORERS", {}).values()] if lesson else None
        for name, thing in inspect.getmembers(module, lambda t: inspect.isfunction(t) or inspect.isclass(t)):
            if thing.__module__ == module.__name__ and not name.startswith("_") \
                    and name != "main" and (public is None or name in public):
                text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
                if not text or not text.strip() or text.startswith(f"{name}("):
                    missing.append(f"{module.__name__}.{name}")
    assert not missing


@pytest.mark.parametrize("rule", public_rules(), ids=lambda r: r.__name__)
def test_every_rule_tells_its_shapes_its_backward_and_its_source(rule):
    text = inspect.getdoc(rule)
    positions = [text.find(part) for part in ("\nShapes:", "\nBackward:", "\nSource:")]
    assert -1 not in positions and positions == sorted(positions)
    for gradient in ("d" + p for p in list(inspect.signature(rule).parameters)[:3]):
        if gradient in ("dt", "dexponent", "dslope", "daxis", "dshape", "dmargin", "dkept", "drate", "dindices", "deps", "dsize",
                        "dstride", "dpadding", "dvalue", "dhop", "dfilters", "dfloor", "dloud", "dlowest"):
            continue
        assert gradient in text.split("Backward:")[1], f"{gradient} is not told"


def test_the_modules_are_the_ones_that_are_documented():
    """No module without a row in the table, no row without a module."""
    assert {part_of(path) for path in MODULES} == set(CORE) | set(BELOW)


def test_nothing_unfinished():
    for path in MODULES:
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text(encoding="utf-8")), path
