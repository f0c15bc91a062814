"""The explorers of lesson 14: what their text says is tried with the frameworks, where these are installed."""

import numpy as np
import pytest

from course_lib import SGD, Dense, Sequential, Tensor, apply, softmax_cross_entropy
from course_lib.studies import frameworks
from course_lib.widgets import lesson14 as w

PACKAGES = {"PyTorch": "torch", "TensorFlow": "tensorflow", "JAX": "jax"}
RNG = np.random.default_rng(14)
X, T, W, B = RNG.normal(size=(5, 4)), RNG.integers(3, size=5), RNG.normal(size=(4, 3)), RNG.normal(size=3)


def needs(name):
    return pytest.mark.skipif(not frameworks.installed(name), reason=f"{name} is not installed; .ci/run has it")


every_framework = pytest.mark.parametrize("framework", [
    pytest.param(title, marks=needs(name)) for title, name in PACKAGES.items()])


def program(rows, side):
    return "\n".join(row[side] for row in rows if row[side])


def run(source, **names):
    exec(compile(source, "<explorer>", "exec"), names)
    return names


def expected():
    """dW and db of one dense layer, by the library."""
    nodes = Tensor(W), Tensor(B)
    apply(softmax_cross_entropy, Tensor(X) @ nodes[0] + nodes[1], T).backward()
    return nodes[0].grad, nodes[1].grad


def close(found, wanted):
    np.testing.assert_allclose(frameworks.array(found), wanted, rtol=1e-12, atol=1e-14)


def words(framework):
    frameworks.load(PACKAGES[framework])
    return {"torch": frameworks.torch, "tf": frameworks.tf, "jax": frameworks.jax, "jnp": frameworks.jnp}


def test_our_side_is_the_same_whatever_the_framework():
    for programs in w.PROGRAMS.values():
        assert len({program(rows, 0) for rows in programs.values()}) == 1


def test_our_side_runs_and_is_right():
    found = run(program(w.PROGRAMS["gradients"]["JAX"], 0), Tensor=Tensor, apply=apply,
                softmax_cross_entropy=softmax_cross_entropy, x=X, t=T, W=W, b=B)
    close(found["dW"], expected()[0])
    y, backward = run(program(w.PROGRAMS["own backward"]["JAX"], 0))["square"](X)
    close(y, X ** 2), close(backward(3 * X), 6 * X ** 2)
    net = network()
    run(program(w.PROGRAMS["training step"]["JAX"], 0), net=net, x=X, t=T, optimizer=SGD(net.params, lr=0.1),
        softmax_cross_entropy=softmax_cross_entropy)
    close(net.layers[0].W.data, W - 0.1 * expected()[0])


def network():
    net = Sequential(Dense(4, 3, rng=np.random.default_rng(0)))
    net.layers[0].W.data, net.layers[0].b.data = W.copy(), B.copy()
    return net


@every_framework
def test_their_gradients_run_and_are_ours(framework):
    found = run(program(w.PROGRAMS["gradients"][framework], 1), x=X, t=T, W=W, b=B, **words(framework))
    close(found["dW"], expected()[0])
    close(found["db"], expected()[1])


@every_framework
def test_their_own_backward_runs_and_is_ours(framework):
    source = program(w.PROGRAMS["own backward"][framework], 1)
    if framework == "PyTorch":                              # the page leaves out the decorators
        source = source.replace("    def ", "    @staticmethod\n    def ")
    names = words(framework)
    square = run(source, **names)["square"]
    if framework == "PyTorch":
        x = names["torch"].tensor(X, requires_grad=True)
        square(x).backward(names["torch"].tensor(3 * X))
        dx = x.grad
    elif framework == "TensorFlow":
        x = names["tf"].Variable(X)
        with names["tf"].GradientTape() as tape:
            y = square(x)
        dx = tape.gradient(y, x, output_gradients=3 * X)
    else:
        dx = names["jax"].vjp(square, X)[1](3 * X)[0]
    close(dx, 6 * X ** 2)


@every_framework
def test_their_training_step_moves_as_ours_does(framework):
    names, source = words(framework), program(w.PROGRAMS["training step"][framework], 1)
    side, wanted = frameworks.side(PACKAGES[framework]), W - 0.1 * expected()[0]
    if framework == "PyTorch":
        torch, net = names["torch"], side.from_course(network())
        run(source, net=net, x=torch.tensor(X), t=torch.tensor(T), **names,
            optimizer=torch.optim.SGD(net.parameters(), lr=0.1))
        moved = side.to_course(net).layers[0].W.data
    elif framework == "TensorFlow":
        tf, net = names["tf"], side.from_course(network())
        run(source, net=net, x=X, t=T, optimizer=tf.keras.optimizers.SGD(0.1), **names,
            loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        moved = side.to_course(net).layers[0].W.data
    else:
        weights, net = side.from_course(network())

        def loss(params, x, t):
            p = names["jax"].nn.log_softmax(net(params, x))
            return -names["jnp"].mean(p[names["jnp"].arange(len(t)), t])
        moved = run(source, params=weights, x=X, t=T, lr=0.1, loss=loss, **names)["params"][0]["W"]
    np.testing.assert_allclose(frameworks.array(moved), wanted, rtol=1e-6)          # Keras keeps its rate in float32


# ---- traced, or run ------------------------------------------------------------------------------------------------

SEQUENCES = [("f(3.0)", "f(4.0)", "f(3.0)", "f(two numbers)", "f(two numbers)", "f(three numbers)", "f(4.0)"),
             ("f(three numbers)", "f(two numbers)", "f(3.0)", "f(three numbers)")]
VALUES = {"f(3.0)": 3.0, "f(4.0)": 4.0, "f(two numbers)": np.ones(2), "f(three numbers)": np.ones(3)}


@pytest.mark.parametrize("calls", SEQUENCES, ids=len)
@pytest.mark.parametrize("way, name", [("define-by-run", None), pytest.param("tf.function", "tensorflow",
                         marks=needs("tensorflow")), pytest.param("jax.jit", "jax", marks=needs("jax"))])
def test_the_calls_that_print_are_those_that_the_explorer_tells(way, name, calls):
    ran = []

    def square(a):
        ran.append(a)
        return a * a
    if name:
        package = frameworks.load(name)
        square = package.function(square) if name == "tensorflow" else package.jit(square)
    found = []
    for call in calls:
        before = len(ran)
        square(VALUES[call])
        found.append(len(ran) > before)
    assert found == w.prints(way, calls)


def test_a_press_makes_a_call_and_reset_goes_back():
    explorer = w.tracing_explorer()
    assert "2 calls, 1 of them print" in explorer.shown().readout
    explorer.buttons["f(two numbers)"].click()
    assert "3 calls, 2 of them print" in explorer.shown().readout
    explorer.controls["way"].value = "tf.function"
    assert "3 calls, 3 of them print" in explorer.shown().readout
    explorer.buttons["Reset"].click()
    assert explorer.state["calls"] == ("f(3.0)", "f(4.0)")


def test_every_line_fits_its_column():
    for programs in w.PROGRAMS.values():
        for rows in programs.values():
            assert all(len(side) * w.CHARACTER <= 412 for row in rows for side in row[:2])
