"""The three frameworks beside this library: gradients, networks there and back, what is said where one is missing."""

import subprocess
import sys
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from packaging.requirements import Requirement

from course_lib import (
    Dense,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    Tensor,
    apply,
    clock,
    maximum,
    mean_squared_error,
    numerical_gradient,
    relative_error,
    softmax_cross_entropy,
)
from course_lib.exercises import examine, tasks
from course_lib.layers import RNN
from course_lib.rules.functions import sigmoid
from course_lib.studies import frameworks
from course_lib.studies.frameworks import imitated, jax, jnp, our_side, problems, tf, torch
from course_lib.studies.frameworks.torch_side import from_course

every_framework = pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.skipif(
    not frameworks.installed(name), reason=f"{frameworks.TITLES[name]} is not installed; .ci/run tests it"))
    for name in frameworks.NAMES])
needs_torch = pytest.mark.skipif(not frameworks.installed("torch"), reason="PyTorch is not installed; .ci/run tests it")
needs_tensorflow = pytest.mark.skipif(not frameworks.installed("tensorflow"),
                                      reason="TensorFlow is not installed; .ci/run tests it")


def network(seed, sizes=(6, 7, 5, 4), layer=Sigmoid):
    rng, layers = np.random.default_rng(seed), []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng), layer()]
        layers[-2].b.data = rng.normal(size=n_out)
    return Sequential(*layers[:-1])


def forward(params, x, squash):
    *hidden, (W, b) = zip(params[::2], params[1::2])
    for V, c in hidden:
        x = squash(x @ V + c)
    return x @ W + b


LOSSES = {
    "torch": lambda params, x, t: torch.nn.functional.cross_entropy(forward(params, x, torch.sigmoid), t),
    "tensorflow": lambda params, x, t: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
        t, forward(params, x, tf.sigmoid))),
    "jax": lambda params, x, t: -jnp.mean(jax.nn.log_softmax(
        forward(params, x, jax.nn.sigmoid))[jnp.arange(len(t)), t]),
}


ARRAYS = {"torch": lambda a: torch.tensor(a, requires_grad=True), "tensorflow": lambda a: tf.Variable(a),
          "jax": lambda a: jnp.array(a)}


# ---- gradients ----------------------------------------------------------------------------------------------------

@every_framework
@pytest.mark.parametrize("seed", range(5))
def test_every_way_gives_our_gradients_to_the_last_digits(name, seed):
    frameworks.load(name)
    rng, net = np.random.default_rng(seed), network(seed)
    x, t = rng.normal(size=(9, 6)), rng.integers(4, size=9)
    nodes = [Tensor(p.data) for p in net.params]
    apply(softmax_cross_entropy, forward(nodes, x, lambda a: apply(sigmoid, a)), t).backward()
    for how, run in frameworks.side(name).steps(LOSSES[name], [p.data for p in net.params], x, t).items():
        for _ in range(2):                                  # the second call of what was traced, too
            found = run()
        errors = [relative_error(frameworks.array(g), node.grad) for g, node in zip(found, nodes)]
        assert len(errors) == 6 and max(errors) < 1e-14, how


def test_our_own_rivals_compute_the_gradients_of_the_same_losses():
    net, rng = network(0), np.random.default_rng(5)
    x, t = rng.normal(size=(9, 6)), rng.integers(4, size=9)
    nodes = [Tensor(p.data) for p in net.params]
    apply(softmax_cross_entropy, forward(nodes, x, lambda a: apply(sigmoid, a)), t).backward()
    for g, node in zip(our_side.step(net, softmax_cross_entropy, x, t)(), nodes):
        assert relative_error(g, node.grad) < 1e-14
    hs, t = rng.normal(size=(6, 5, 4)), rng.normal(size=(5, 4))
    L, backward = our_side.at_the_end(hs, t)
    assert relative_error(backward(), numerical_gradient(lambda a: our_side.at_the_end(a, t)[0], hs)) < 1e-7
    assert L == mean_squared_error(hs[-1], t)[0]


# ---- networks, there and back ---------------------------------------------------------------------------------------

def call(name, there, x):
    if name == "torch":
        return there(torch.tensor(x))
    return there(x) if name == "tensorflow" else there[1](there[0], x)


@every_framework
@pytest.mark.parametrize("layer", [Sigmoid, Tanh])
def test_a_network_moves_both_ways(name, layer):
    frameworks.load(name)
    side, net, x = frameworks.side(name), network(1, layer=layer), np.random.default_rng(2).normal(size=(8, 6))
    there = side.from_course(net)
    assert relative_error(frameworks.array(call(name, there, x)), net(x)[0]) < 1e-14
    back = side.to_course(there[0], net) if name == "jax" else side.to_course(there)
    assert [type(a) for a in back.layers] == [type(a) for a in net.layers]
    for p, q in zip(net.params, back.params):
        np.testing.assert_array_equal(p.data, q.data)
        assert not np.may_share_memory(p.data, q.data)
    before = frameworks.array(call(name, there, x)).copy()
    for p in (*net.params, *back.params):
        p.data += 1.0                                       # as our optimizers do, in place
    np.testing.assert_array_equal(frameworks.array(call(name, there, x)), before)


@every_framework
def test_a_recurrent_layer_moves_both_ways(name):
    frameworks.load(name)
    rng = np.random.default_rng(3)
    layer, xs = RNN(3, 4, rng=rng), rng.normal(size=(6, 5, 3))
    layer.b.data = rng.normal(size=4)
    found, back = frameworks.side(name).loop_there_and_back(layer, xs)
    assert relative_error(found, layer(xs)[0]) < 1e-14
    for p, q in zip(layer.params, back.params):
        np.testing.assert_array_equal(p.data, q.data)


@every_framework
def test_the_page_asks_for_both_ways_at_once(name):
    frameworks.load(name)
    net, x = network(1), np.random.default_rng(2).normal(size=(8, 6))
    found, back = frameworks.side(name).there_and_back(net, x)
    assert isinstance(found, np.ndarray) and relative_error(found, back(x)[0]) < 1e-14


def test_a_bound_is_the_smallest_that_holds():
    assert [frameworks.bound(e) for e in (0.0, 2e-15, 2e-14, 3e-7, 0.2, np.nan)] == [
        "below 1e-14", "below 1e-14", "below 1e-13", "below 1e-5", "2e-01", "nan"]


@needs_torch
def test_both_biases_of_pytorch_come_back_as_one():
    frameworks.load("torch")
    module = torch.nn.RNN(2, 3, dtype=torch.float64)
    layer, xs = frameworks.side("torch").loop_to_course(module), np.random.default_rng(4).normal(size=(5, 2, 2))
    assert relative_error(frameworks.array(module(torch.tensor(xs))[0]), layer(xs)[0]) < 1e-14


@every_framework
def test_a_layer_that_is_not_translated_is_named(name):
    frameworks.load(name)
    with pytest.raises(ValueError, match="ReLU is not translated; Dense, Sigmoid and Tanh are"):
        frameworks.side(name).from_course(network(0, layer=ReLU))


# ---- what the page says in words ------------------------------------------------------------------------------------

TIES = {
    "torch": lambda a: torch.autograd.grad(torch.maximum(*a).sum(), a),
    "tensorflow": lambda a: _tape(tf.maximum, a),
    "jax": lambda a: jax.grad(lambda a: jnp.maximum(*a).sum())(a),
}


def _tape(function, a):
    with tf.GradientTape() as tape:
        y = function(*a)
    return tape.gradient(y, a)


@every_framework
def test_at_a_tie_half_goes_to_each_side_or_all_to_the_first(name):
    frameworks.load(name)
    sides = [frameworks.array(g) for g in TIES[name]([ARRAYS[name](np.ones(2)) for _ in range(2)])]
    first, second = (1.0, 0.0) if name == "tensorflow" else (0.5, 0.5)
    np.testing.assert_array_equal(sides, [[first, first], [second, second]])
    np.testing.assert_array_equal(maximum(np.ones(2), np.ones(2))[1](np.ones(2)), [[1.0, 1.0], [0.0, 0.0]])


@needs_torch
def test_from_numpy_shares_its_memory_and_changes_are_not_counted():
    frameworks.load("torch")
    a = np.ones(2)
    shared, copy, w = torch.from_numpy(a), torch.tensor(a), torch.ones(2, dtype=torch.float64, requires_grad=True)
    L = (w * shared).sum()
    a *= 7
    L.backward()
    assert w.grad.tolist() == [7.0, 7.0] and copy.tolist() == [1.0, 1.0]


@needs_torch
def test_two_biases_move_twice_as_far_for_every_draw():
    frameworks.load("torch")
    for seed in range(5):
        rng = np.random.default_rng(seed)
        layer, xs = RNN(3, 4, rng=rng), rng.normal(size=(6, 5, 3))
        module = frameworks.side("torch").loop_from_course(layer)
        module(torch.tensor(xs))[0].square().mean().backward()
        y, backward = layer(xs)
        backward(2 * y / y.size)
        for bias in list(module.parameters())[2:]:
            assert relative_error(frameworks.array(bias.grad), layer.b.grad) < 1e-13


def test_an_error_is_not_hidden_by_what_is_no_number_nor_by_a_shape():
    ones = np.ones(2)
    assert problems.error([ones, 1.5 * ones], [ones, ones]) == 0.5
    assert problems.error([ones, np.array([1, np.nan])], [ones, ones]) == np.inf
    assert problems.error([np.array([1, np.nan]), ones], [ones, ones]) == np.inf
    with pytest.raises(ValueError, match="shape"):
        problems.error([ones[:, np.newaxis]], [ones])


@needs_torch
def test_what_is_not_translated_is_said():
    from course_lib.studies.frameworks import torch_side
    for changed in ({"nonlinearity": "relu"}, {"num_layers": 2}, {"bias": False}):
        module = torch.nn.RNN(3, 4, **changed)
        with pytest.raises(ValueError, match="one layer with tanh"):
            torch_side.loop_to_course(module)
    with pytest.raises(ValueError, match="ReLU is not translated; Linear, Sigmoid and Tanh are"):
        torch_side.to_course(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU()))
    with pytest.raises(ValueError, match="a Dense layer has a bias, got Linear"):
        torch_side.to_course(torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False)))


@needs_tensorflow
def test_what_is_not_translated_from_keras_is_said():
    frameworks.load("tensorflow")
    side, layers = frameworks.side("tensorflow"), tf.keras.layers
    for changed in ({"activation": "relu"}, {"use_bias": False}):
        module = layers.SimpleRNN(4, **changed)
        module.build((None, None, 3))
        with pytest.raises(ValueError, match="a layer with tanh and a bias is translated, got"):
            side.loop_to_course(module)
        with pytest.raises(ValueError, match="a Dense layer has a bias, and its activation is a layer of its own, got"):
            side.to_course(tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(2, **changed)]))
    for other, name in ((layers.Activation("relu"), "relu"), (layers.Dropout(0.5), "Dropout")):
        with pytest.raises(ValueError, match=f"{name} is not translated; Dense, sigmoid and tanh are"):
            side.to_course(tf.keras.Sequential([tf.keras.Input((3,)), other]))


def test_layers_made_of_arrays_hold_copies():
    rng = np.random.default_rng(0)
    for make, shapes in ((frameworks.dense, ((3, 2), 2)), (frameworks.recurrent, ((3, 2), (2, 2), 2))):
        given = [rng.normal(size=shape) for shape in shapes]
        for p, a in zip(make(*given).params, given, strict=True):
            np.testing.assert_array_equal(p.data, a)
            assert not np.may_share_memory(p.data, a)


class Standing:
    """Stands for the module beside a framework: notes that it was prepared, and says where it computes."""

    def __init__(self, device="cpu", fails=None):
        self.device, self.fails, self.prepared = device, fails, 0

    def prepare(self):
        self.prepared += 1
        if self.fails:
            raise self.fails

    def row(self):
        return frameworks.Row("JAX", "", self.device, "")


@pytest.fixture
def pretended(monkeypatch):
    """A function that pretends that JAX is here in this version, with this module beside it."""
    def pretend(version, standing):
        monkeypatch.setattr(frameworks, "_loaded", {})
        monkeypatch.setattr(frameworks, "_broken", {})
        monkeypatch.setattr(frameworks, "installed", lambda name: True)
        package = SimpleNamespace(__version__=version)
        monkeypatch.setattr(frameworks.importlib, "import_module", lambda name: package)
        monkeypatch.setattr(frameworks, "side", lambda name: standing)
        return package
    yield pretend
    clock.on_the_wall(False)


@pytest.mark.parametrize("version", ["0.4.38", "0.10.1", "0.9.0+cpu"])
def test_an_older_version_is_said_before_it_is_prepared(version, pretended):
    standing = Standing()
    pretended(version, standing)
    line = f"JAX {version} is here, and 0.10.2 or newer is needed; to install: {frameworks.INSTALL}"
    assert (frameworks.load("jax"), frameworks.missing("jax"), frameworks.missing("jax", now=False)) == (
        None, line, line)
    assert not standing.prepared and frameworks.here() == []


@pytest.mark.parametrize("version", ["0.10.2", "0.10.2.dev1", "0.11.0", "1.0"])
def test_a_version_that_is_new_enough_is_loaded_and_prepared_once(version, pretended):
    standing = Standing()
    package = pretended(version, standing)
    assert frameworks.load("jax") is package and frameworks.load("jax") is package
    assert standing.prepared == 1 and frameworks.missing("jax", now=False) is None


def test_what_cannot_be_prepared_is_said_and_stops_nothing(pretended):
    pretended("0.10.2", Standing(fails=AttributeError("no such setting. Or is there")))
    assert frameworks.missing("jax") == ("JAX is there, but cannot be imported: AttributeError: no such setting")
    assert not frameworks.loaded("jax") and frameworks.here(load_all=True) == []


@pytest.mark.parametrize("device, counted", [("cpu", False), ("CPU", False), ("cuda", True), ("GPU", True)])
def test_with_an_accelerator_the_wall_clock_counts(device, counted, pretended):
    pretended("0.10.2", Standing(device))
    frameworks.load("jax")
    assert (clock.fastest(lambda: time.sleep(0.02), 1) >= 0.02) is counted


def test_the_lowest_versions_are_those_of_the_project():
    bounds = {r.name: [s.version for s in r.specifier if s.operator == ">="] for r in extra_requirements()}
    assert [bounds[name] for name in ("torch", "tensorflow-cpu", "jax")] == [[v] for v in frameworks.LOWEST.values()]


@pytest.mark.parametrize("machine, system", [
    ("x86_64", "linux"), ("aarch64", "linux"), ("arm64", "darwin"), ("x86_64", "darwin"), ("AMD64", "win32"),
    ("ARM64", "win32")])
def test_where_the_extra_does_not_bring_tensorflow_another_line_says_so(machine, system, monkeypatch):
    marker = next(r.marker for r in extra_requirements() if r.name == "tensorflow-cpu")
    brought = marker.evaluate({"platform_machine": machine, "sys_platform": system})
    assert brought == ((machine, system) in (("x86_64", "linux"), ("AMD64", "win32")))
    assert frameworks.in_the_extra("tensorflow", machine, system) == brought
    assert frameworks.in_the_extra("torch", machine, system) and frameworks.in_the_extra("jax", machine, system)
    monkeypatch.setattr(frameworks, "in_the_extra", lambda name: name != "tensorflow" or brought)
    monkeypatch.setattr(frameworks, "_loaded", {})
    monkeypatch.setattr(frameworks, "installed", lambda name: False)
    by_hand = ('TensorFlow is not installed here; ".[frameworks]" leaves it out on this kind of machine; to install, '
               'if there is a wheel: ')
    assert (frameworks.missing("tensorflow") or "").startswith(by_hand) != brought
    line = frameworks.missing(*frameworks.NAMES)
    assert "\n" not in line and (brought or line.startswith("PyTorch and JAX are not installed here; to install: "))
    assert brought or by_hand in line and line.endswith('"tensorflow>=2.21"')


@needs_tensorflow
def test_on_an_accelerator_a_step_of_tensorflow_ends_when_its_gradients_are_there(monkeypatch):
    frameworks.load("tensorflow")
    side, awaited = frameworks.side("tensorflow"), []
    kind = type(tf.constant(1.0))
    copied = kind.numpy
    monkeypatch.setattr(kind, "numpy", lambda a: awaited.append(a) or copied(a))
    for device in ("cpu", "GPU"):
        monkeypatch.setattr(side, "row", lambda: frameworks.Row("TensorFlow", "", device, ""))
        for run in side.steps(lambda params: tf.reduce_sum(params[0] ** 2), [np.ones(2)]).values():
            awaited.clear()
            gradient, = run()
            assert any(a is gradient for a in awaited) == (device == "GPU")
            np.testing.assert_array_equal(gradient, [2.0, 2.0])


def extra_requirements():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(text) for text in (*extras["compare"], *extras["frameworks"])]


def test_a_broken_installation_is_said_and_stops_nothing(monkeypatch):
    def broken(name):
        raise RuntimeError("a library is missing")
    monkeypatch.setattr(frameworks, "_loaded", {})
    monkeypatch.setattr(frameworks, "_broken", {})
    monkeypatch.setattr(frameworks, "installed", lambda name: True)
    monkeypatch.setattr(frameworks.importlib, "import_module", broken)
    assert frameworks.load("jax") is None
    line = "JAX is there, but cannot be imported: RuntimeError: a library is missing"
    assert frameworks.missing("jax") == frameworks.missing("jax", now=False) == line


def test_a_complaint_without_words_is_one():
    def silent():
        raise ValueError
    assert frameworks.complaint(silent) == "ValueError: no message"


def test_the_tables_of_times_tell_shares_of_the_same_round():
    rounds = np.array([[[1.0, 2, 4], [2.0, 6, 4]], [[2.0, 2, 4], [3.0, 2, 8]], [[1.0, 2, 4], [1.0, 4, 4]]])
    assert problems.shares(["a", "b"], rounds)[1] == ["b", "1 to 2", "1 to 3", "1 to 2"]
    assert problems.median_share("b", "loop", ["a", "b"], rounds) == 2.0
    assert np.isnan(problems.median_share("c", "loop", ["a", "b"], rounds))


def test_an_error_is_relative_to_the_largest_entry_of_its_own_gradient():
    assert problems.error([np.array([1.0, 10.5]), np.array([0.1])], [np.array([1.0, 10.0]), np.array([0.1])]) == 0.05
    with pytest.raises(ValueError):
        problems.error([np.ones(2)], [np.ones(2), np.ones(2)])


# ---- what is here, and what is not ----------------------------------------------------------------------------------

def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)


BLOCKED = "import sys; sys.modules.update(dict.fromkeys(['torch', 'tensorflow', 'jax']))\n"


def test_without_any_of_them_one_line_says_so_and_nothing_runs():
    found = run(BLOCKED + """
from course_lib.studies import frameworks as f
print(f.missing(*f.NAMES)); print(f.missing('jax')); print(f.here(), f.load('torch'), f.loaded('torch'))
@f.where('torch')
def result(): raise AssertionError
print(result)
try: f.torch.tensor
except ModuleNotFoundError as error: print(error)
""")
    install = f"to install: {frameworks.INSTALL}"
    assert found.stderr == ""
    assert found.stdout.splitlines() == [
        f"PyTorch and TensorFlow and JAX are not installed here; {install}", f"JAX is not installed here; {install}",
        "[] None False", f"PyTorch is not installed here; {install}", "None",
        f"PyTorch is not installed here; {install}"]


def test_importing_the_package_and_the_tasks_imports_no_framework():
    found = run("import sys, course_lib.exercises as e; e.tasks(); import course_lib.widgets.lesson14\n"
                "print({'torch', 'tensorflow', 'jax'} & set(sys.modules))")
    assert found.stdout == "set()\n"


@every_framework
def test_loading_writes_nothing_and_what_is_not_loaded_yet_is_told(name):
    found = run(f"""
from course_lib.studies import frameworks as f
print(f.missing({name!r}, now=False)); f.load({name!r}); print(f.missing({name!r}, now=False), f.here()[0].name)""")
    assert found.stderr == ""
    title = frameworks.TITLES[name]
    assert found.stdout == f"{title}: not loaded yet; run the first code cell again\nNone {title}\n"


@every_framework
def test_packages_are_those_that_are_loaded(name):
    package = frameworks.load(name)
    assert any(p is package for p in frameworks.packages())
    assert all(p is not later for p, later, known in zip(frameworks.packages(), (torch, tf, jax, jnp),
               ("torch", "tensorflow", "jax", "jax")) if frameworks.loaded(known))


def test_an_unknown_framework_is_refused():
    with pytest.raises(ValueError, match="'theano' is not known; there are torch, tensorflow, jax"):
        frameworks.missing("theano")


def test_a_complaint_is_one_line():
    def fails():
        raise TypeError("this is wrong. And more\nand more")
    assert frameworks.complaint(fails) == "TypeError: this is wrong"
    assert frameworks.complaint(lambda: 1) == "no complaint"


@needs_torch
def test_the_nodes_of_a_graph_are_counted_once_each():
    frameworks.load("torch")
    a = torch.tensor(1.0, requires_grad=True)
    b = a * a
    assert len(frameworks.graph_nodes(b * b)) == 3
    assert [type(n).__name__ for n in frameworks.graph_nodes(b)] == ["MulBackward0", "AccumulateGrad"]


def test_what_imitates_pytorch_adds_up_as_pytorch_does():
    weights, x, t = imitated.Weights([1.0, 2.0]), np.eye(2), np.array([0.0, 1.0])
    _, backward = mean_squared_error(x @ weights.data, t)
    for times in (1, 2, 3):
        weights.squared_error(x, t).backward()
        np.testing.assert_allclose(weights.grad, times * backward())
    (weights.squared_error(x, t) / 3).backward()
    np.testing.assert_allclose(weights.grad, (3 + 1 / 3) * backward())
    optimizer = imitated.Descent(weights, 0.5)
    optimizer.zero_grad()
    optimizer.step()
    np.testing.assert_array_equal(weights.data, [1.0, 2.0])


# ---- the checks take what frameworks compute -----------------------------------------------------------------------

@every_framework
def test_a_right_answer_in_arrays_of_a_framework_is_right(name):
    frameworks.load(name)
    task = tasks()["04-1"]
    report = examine(task, lambda *given: tuple(ARRAYS[name](g) for g in task.reference(*given)))
    assert report.passed, "\n".join(report.lines)
    wrong = examine(task, lambda *given: tuple(ARRAYS[name](-g) for g in task.reference(*given)))
    assert wrong.fault is not None and not wrong.passed


@every_framework
def test_an_answer_that_never_ends_inside_a_framework_is_stopped_and_one_that_raises_is_told(name, monkeypatch):
    frameworks.load(name)
    number = {"torch": "14-1", "tensorflow": "14-2", "jax": "14-3"}[name]

    def endless(x, w):
        while True:
            x = x + w
    with monkeypatch.context() as patch:
        patch.setattr("course_lib.exercises.guard.SECONDS", 1)
        assert examine(tasks()[number], endless).fault.name == "time"

    def raising(x, w):
        return x @ w @ x @ x
    assert examine(tasks()[number], raising).fault.name == "error"
    assert examine(tasks()[number], tasks()[number].reference).passed       # and nothing is left behind


def test_a_task_whose_framework_is_missing_is_neither_right_nor_wrong(monkeypatch, tmp_path, capsys):
    from course_lib.exercises import check
    monkeypatch.setenv("COURSE_LIB_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(frameworks, "load", lambda name: None)
    task = tasks()["14-3"]
    report = examine(task, task.reference)
    assert (report.passed, report.fault) == (False, None)
    assert report.unchecked == f"JAX is not installed here; to install: {frameworks.INSTALL}"
    check("14-3", task.reference)
    assert capsys.readouterr().out == f"14-3 {task.title}: not checked. {report.unchecked}\n"
    assert not (tmp_path / "progress.json").exists()

    def untouched(x, w):
        raise NotImplementedError
    assert "not done yet" in examine(task, untouched).lines[0] and examine(task, untouched).unchecked is None


def test_from_a_terminal_the_status_says_that_nothing_could_be_checked(tmp_path, monkeypatch, capsys):
    from course_lib.exercises import __main__ as terminal
    monkeypatch.setattr(frameworks, "load", lambda name: None)
    answer = tmp_path / "answer.py"
    answer.write_text("def sign_in_jax(x, w):\n    return w\n", encoding="utf-8")
    assert terminal.main(["14-3", str(answer), "--child"]) == terminal.NOTHING


@needs_torch
def test_from_course_tells_the_shapes(name="torch"):
    frameworks.load(name)
    assert [tuple(p.shape) for p in from_course(network(0, (2, 3))).parameters()] == [(3, 2), (3,)]
