"""The architecture of the package: who may import whom, what import costs, public names, docstrings, style."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rule_table import public_rules

import course_lib

PACKAGE = Path(course_lib.__file__).parent
ROOT = PACKAGE.parent

# ONE table, read from top to bottom as CONTRIBUTING.md draws it: what each folder, and each module beside them, may
# import from course_lib. The longest row that a module's name begins with counts; "." stands for the row's own folder.
CORE = {                                                # NumPy and the standard library only
    "rules": (".",),
    "graph": ("rules",),
    "initializers": (),
    "layers": ("rules", "graph", "initializers"),
    "saving": ("graph", "layers"),
    "optim": ("rules", "graph", "."),
    "metrics": ("rules",),
    "clock": (),
    "training": ("rules", "graph", "layers", "optim", "metrics"),
    "checks": ("rules", "graph"),
    "experiments": ("rules", "graph", "optim", "training"),
    "data": ("rules", "."),
    "studies": ("rules", "graph", "initializers", "layers", "saving", "optim", "training", "metrics", "clock",
                "checks", "experiments", "data", "."),
    "kept": (),
    "environment": ("data", "kept"),
}
PAGES = {
    "page.drawing": (*CORE, "."),
    "page": (*CORE, "."),
    "widgets": (*CORE, "page", "."),
    "exercises": (*CORE, "page.notebook", "."),
    "teaching": (*CORE, "exercises", "."),
}
PUBLIC = ("checks", "data", "graph", "layers", "metrics", "optim", "rules", "saving", "studies.faces",
          "training")                                   # of __init__
FOREIGN = {                                             # packages other than NumPy, and who may import them
    "data.zipcodes": ("h5py",),                         # inside a function, for a file that the reader has
    "studies.frameworks.torch_side": ("torch",), "studies.frameworks.tensorflow_side": ("tensorflow",),
    "studies.frameworks.jax_side": ("jax",),            # inside functions, for a lesson that runs without, too
    "page.plotting": ("matplotlib", "IPython"), "page.notebook": ("IPython",), "page.running": ("tqdm",),
    "page.pictures": ("PIL",),
    "widgets": ("ipywidgets", "IPython", "traitlets", "matplotlib", "PIL"),
    "teaching": ("jupytext", "jupyterlab", "jupyter_core", "nbclient", "nbformat", "nbval"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))
every_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))


def name_of(path):
    """``rules/functions.py`` -> "rules.functions", ``rules/__init__.py`` -> "rules", ``__init__.py`` -> ""."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def within(name, folder):
    return name == folder or name.startswith(f"{folder}.")


def row_of(name, table):
    """The longest row of a table that a module belongs to, or None."""
    return max((row for row in table if within(name, row)), key=len, default=None)


def imports(path):
    """What a file imports, as dotted names, wherever it stands: (name, is it done when the module is loaded?)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
             for n in ast.walk(f)}
    typing = {id(n) for f in ast.walk(tree) if isinstance(f, ast.If) and getattr(f.test, "id", "") == "TYPE_CHECKING"
              for n in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert all(name.name != "*" for name in node.names), f"{path}: a star import"
            found = [f"{node.module}.{name.name}" for name in node.names]
        else:
            continue
        for name in found:
            yield name, id(node) not in inner | typing


def own_imports(path, *, loaded_only=False):
    """The modules of course_lib that a file imports; a package counts as its ``__init__``."""
    for name, at_load in imports(path):
        if name.split(".")[0] == "course_lib" and (at_load or not loaded_only):
            name = name.removeprefix("course_lib").lstrip(".")
            while name not in NAMES:                    # the name of a function or a class: its module
                name = name.rpartition(".")[0]
            yield name


@every_module
def test_imports_point_down_only(path):
    name = name_of(path)
    row = row_of(name, {**CORE, **PAGES})
    assert name == "" or row, f"{name}: a new module or folder belongs in the table"
    allowed = PUBLIC if name == "" else [row if a == "." else a for a in {**CORE, **PAGES}[row]]
    for other in own_imports(path):
        assert row_of(other, allowed) or name == "" == other, f"{name or 'course_lib'} imports course_lib.{other}"
    for other, _ in imports(path):
        package = other.split(".")[0]
        if package not in (*sys.stdlib_module_names, "numpy", "course_lib"):
            assert package in FOREIGN.get(row_of(name, FOREIGN), ()), f"{name} imports {package}"


def circles(edges):
    """The groups of modules that can be reached from each other (edges: {module: modules it imports})."""
    reach = {name: set(others) for name, others in edges.items()}
    for middle in reach:                                # Warshall's algorithm
        for name in reach:
            if middle in reach[name]:
                reach[name] |= reach[middle]
    return sorted(name for name in reach if name in reach[name])


def test_there_are_no_circles():
    """Between modules (an import inside a function counts too), and between the rows of the table."""
    edges = {name: {other for other in own_imports(path) if other and other != name}
             for name, path in NAMES.items() if name}
    # A package that hands on names of its own modules is not asked for them by these modules: they import each other.
    inside = {name: {o for o in others if not within(name, o)} for name, others in edges.items()}
    assert circles(inside) == []
    rows = {row: {other for other in allowed if other not in (".", row)} for row, allowed in {**CORE, **PAGES}.items()}
    assert circles(rows) == []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]


def test_every_row_of_the_table_stands_for_something():
    for row in {**CORE, **PAGES, **FOREIGN}:
        assert row in NAMES, row


def test_the_tests_mirror_the_package():
    """A folder of the package has a folder of tests, and the other way round."""
    folders = {name for name, path in NAMES.items() if path.name == "__init__.py" and name}
    tested = {str(path.parent.relative_to(ROOT / "tests")).replace("/", ".").replace("\\", ".")
              for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders - tested <= {"page.drawing", "studies"} | {f for f in folders if f.startswith("page.drawing")}
    assert tested - folders <= {".", "browser", "notebooks", "notebooks.prose"}


def test_no_name_hides_a_module():
    """In every package a name that it hands on is no module of that package; the one that is both can be called."""
    for name, path in NAMES.items():
        if path.name == "__init__.py":
            package = importlib.import_module(f"course_lib.{name}".rstrip("."))
            for module in pkgutil.iter_modules(package.__path__):
                if module.name != "__main__":
                    found = importlib.import_module(f"{package.__name__}.{module.name}")
                    assert getattr(package, module.name) is found, f"{package.__name__}.{module.name}"
    assert callable(course_lib.training) and inspect.unwrap(course_lib.training).__name__ == "training"


def test_editors_see_the_names_that_are_there_at_run_time():
    """The imports under TYPE_CHECKING and the table of names are equal, name by name and module by module."""
    [block] = [n for n in ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body
               if isinstance(n, ast.If) and getattr(n.test, "id", "") == "TYPE_CHECKING"]
    seen = {alias.asname: node.module.removeprefix("course_lib.") for node in block.body for alias in node.names}
    assert all(alias.asname == alias.name for node in block.body for alias in node.names)
    assert seen == course_lib._HOME and sorted(seen) == course_lib.__all__
    assert (PACKAGE / "py.typed").exists()


def test_style():
    """``ruff check``, as pyproject.toml configures it."""
    run = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "."],
                         cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr


def test_importing_the_package_and_using_its_core_loads_nothing_heavy():
    code = ("import sys; from course_lib import affine, training; "
            "print(*sorted({name.split('.')[0] for name in sys.modules}))")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "numpy" in loaded
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "tqdm", "torch", "tensorflow", "jax", "nbformat",
                         "jupytext", "traitlets", "scipy"}


@every_module
def test_no_global_random_state(path):
    if name_of(path) == "exercises.guard":
        return                                              # puts back what an answer did to it
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random":
            assert node.attr in ("Generator", "default_rng"), f"np.random.{node.attr}"
    assert "random" not in {name for name, _ in imports(path)}


PRINTS = {("checks", "check_gradients"), ("page.running", "progress"), ("page.running", "watched"),
          ("page.running", "each"), ("exercises.engine", "say"), ("exercises.overview", "progress_table"),
          ("studies.frameworks", "where"),
          ("environment", "")}


@every_module
def test_only_what_talks_to_people_prints(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))] + [tree]:
        inner = [n for n in function.body if function is not tree or not isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        calls = [n for part in inner for n in ast.walk(part)
                 if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]
        name = getattr(function, "name", "")
        assert not calls or name == "main" or (name_of(path), name) in PRINTS


@every_module
def test_asserts_are_not_used_for_a_callers_mistakes(path):
    assert not [n.lineno for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Assert)]


# ---- public names -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    "affine", "relu", "sigmoid", "tanh", "softmax", "softmax_cross_entropy", "mean_squared_error", "hinge",
    "check_gradients", "Tensor", "apply", "Parameter", "Layer", "Dense", "Sequential", "SGD", "train_step", "training",
    "load_digits", "numerical_gradient", "remembered", "Batches", "evaluate", "History", "binary_cross_entropy",
    "AdaGrad", "AdaDelta", "RMSprop", "Adam", "AMSGrad", "AdamW", "Sophia", "Muon", "conjugate_gradient", "lbfgs",
    "clip_grad_norm", "cosine_schedule", "conv2d", "max_pool2d", "avg_pool2d", "Conv2D", "MaxPool2D", "AvgPool2D",
    "batch_norm", "layer_norm", "dropout", "BatchNorm", "LayerNorm", "Dropout", "Residual", "inference", "load_mnist",
    "load_faces", "triplet_loss", "l2_normalize", "mine_triplets", "equal_error_rate",
    "load_new_writers", "load_zipcodes", "load_commands", "load_other_words", "load_readings", "read_wav",
    "load_recordings", "resample", "frames", "power_spectrum", "log_mel"])
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
        if gradient in ("dt", "dexponent", "dslope", "daxis", "dshape", "dmargin", "dkept", "drate", "dindices", "deps",
                        "dsize", "dshift", "dindex", "dstride", "dpadding", "dvalue", "dhop", "dfilters", "dfloor",
                        "dloud", "dlowest"):
            continue
        assert gradient in text.split("Backward:")[1], f"{gradient} is not told"


def test_nothing_unfinished():
    for path in MODULES:
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text(encoding="utf-8")), path
