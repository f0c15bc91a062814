"""The graph: operators, accumulation, order, a million nodes, no reference cycles, errors that help."""

import gc
import operator

import numpy as np
import pytest

from course_lib import (
    Dense,
    Parameter,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    Tensor,
    affine,
    apply,
    exp,
    log,
    mean_squared_error,
    relu,
    sigmoid,
    softmax_cross_entropy,
    tanh,
    topological_order,
)
from course_lib.rules import functions

# ---- operators against check values: f(a, b) at a = 3, b = 2, with both derivatives by hand ---------------------

OPERATORS = [(operator.add, 5, 1, 1), (operator.sub, 1, 1, -1), (operator.mul, 6, 2, 3),
             (operator.truediv, 1.5, 0.5, -0.75)]


@pytest.mark.parametrize("f, value, da, db", OPERATORS)
def test_operators_and_their_reflections(f, value, da, db):
    a, b = Tensor(3.0), Tensor(2.0)
    y = f(a, b)
    y.backward()
    assert (y.data, a.grad, b.grad) == (value, da, db)
    for left in (3, 3.0, np.float64(3)):                # a plain number on the left: the reflected operator
        b = Tensor(2.0)
        y = f(left, b)
        y.backward()
        assert isinstance(y, Tensor) and (y.data, b.grad) == (value, db)
    for right in (2, 2.0, np.float64(2)):
        a = Tensor(3.0)
        y = f(a, right)
        y.backward()
        assert (y.data, a.grad) == (value, da)


@pytest.mark.parametrize("f, value, da, db", OPERATORS)
def test_operators_with_arrays_on_either_side(f, value, da, db):
    for left, right in ((Tensor(np.full((2, 3), 3.0)), np.full(3, 2.0)),
                        (np.full((2, 3), 3.0), Tensor(np.full(3, 2.0)))):
        y = f(left, right)
        assert isinstance(y, Tensor) and y.data.shape == (2, 3)
        y.sum().backward()
        if isinstance(left, Tensor):
            np.testing.assert_array_equal(left.grad, np.full((2, 3), da))
        else:
            np.testing.assert_array_equal(right.grad, np.full(3, 2.0 * db))     # used by both rows


def test_power_negation_matmul_sum_and_mean():
    x = Tensor(3.0)
    y = -(x ** 2)
    y.backward()
    assert (y.data, x.grad) == (-9, -6)
    A, B = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4) - 5
    for left, right in ((Tensor(A), Tensor(B)), (A, Tensor(B)), (Tensor(A), B)):
        y = left @ right
        np.testing.assert_array_equal(y.data, A @ B)
        y.mean().backward()
        dy = np.full((2, 4), 1 / 8)
        if isinstance(left, Tensor):
            np.testing.assert_allclose(left.grad, dy @ B.T)
        if isinstance(right, Tensor):
            np.testing.assert_allclose(right.grad, A.T @ dy)


def test_one_tangled_expression():
    """Scalars, arrays and constants mixed; the derivative by a complex step."""
    def f(a, b, e, t):
        c = a * b + b ** 3
        c = c + 1 + (-a) * t(b - a) / 2
        return 3 - c * c + e(a / b) / 10
    a, b = Tensor(-0.8), Tensor(1.4)
    y = f(a, b, lambda x: apply(exp, x), lambda x: apply(tanh, x))
    y.backward()
    h = 1e-30
    assert y.data == pytest.approx(f(-0.8, 1.4, np.exp, np.tanh), rel=1e-15)
    assert a.grad == pytest.approx(f(-0.8 + 1j * h, 1.4, np.exp, np.tanh).imag / h, rel=1e-13)
    assert b.grad == pytest.approx(f(-0.8, 1.4 + 1j * h, np.exp, np.tanh).imag / h, rel=1e-13)


# ---- accumulation and order -------------------------------------------------------------------------------------

def test_a_node_used_twice_receives_both_contributions():
    for y, grad in ((lambda x: x + x, 2), (lambda x: x * x, 6), (lambda x: x * x * x, 27), (lambda x: x / x, 0)):
        x = Tensor(3.0)
        y(x).backward()
        assert x.grad == grad


def test_diamond_and_the_counter_example_to_a_careless_order():
    a = Tensor(2.0)
    b = a + a
    c = b * b + a * b + b              # b feeds three nodes, a feeds two: da = 2 (2b + a + 1) + b = 26
    c.backward()
    assert c.data == 28 and a.grad == 26


def test_add_does_not_share_one_gradient_between_two_inputs():
    for again in (0, 1):                # the second contribution to one must not reach the other
        a, b = inputs = Tensor(np.ones(2)), Tensor(np.ones(2))
        for y in ((a + b) + inputs[again], inputs[again] + (a + b)):
            y.sum().backward()
            assert inputs[again].grad.tolist() == [2, 2] and inputs[1 - again].grad.tolist() == [1, 1]


def test_backward_twice_gives_the_same():
    w = Parameter(np.array([[2.0]]), "w")
    y = (w * w).sum()
    for _ in range(2):                  # a notebook cell that is run twice
        y.backward()
        assert w.grad == 4


def test_topological_order_puts_every_node_after_its_inputs():
    rng = np.random.default_rng(0)
    nodes = [Tensor(float(v)) for v in rng.normal(size=4)]
    for _ in range(200):
        i, j = rng.integers(0, len(nodes), size=2)
        nodes.append(nodes[i] * nodes[j] if rng.random() < 0.5 else nodes[i] + nodes[j])
    order = topological_order(nodes[-1])
    place = {id(node): i for i, node in enumerate(order)}
    assert len(place) == len(order) and order[-1] is nodes[-1]
    assert all(place[id(x)] < place[id(node)] for node in order for x in node.inputs)
    reached, todo = set(), [nodes[-1]]
    while todo:
        node = todo.pop()
        if id(node) not in reached:
            reached.add(id(node))
            todo += node.inputs
    assert reached == set(place)


def test_a_chain_of_a_million_nodes():
    x, a, b = Tensor(1.0), Tensor(1.000001), Tensor(1e-6)
    y = x
    for _ in range(500_000):
        y = y * a + b
    assert len(topological_order(y)) == 1_000_003
    y.backward()
    growth = 1.000001 ** 500_000
    assert x.grad == pytest.approx(growth, rel=1e-9)
    assert b.grad == pytest.approx((growth - 1) / 1e-6, rel=1e-9)       # a geometric series
    del y                                               # deletion must not exhaust the stack either


def test_no_reference_cycles():
    """With the collector off everything is freed as soon as it is dropped."""
    net = Sequential(Dense(3, 4, rng=np.random.default_rng(0)), Sigmoid(), Dense(4, 2, rng=np.random.default_rng(1)))
    x, t = np.ones((5, 3)), np.array([0, 1, 0, 1, 0])

    def work():
        for _ in range(20):
            loss = apply(softmax_cross_entropy, net.trace(Tensor(x)), t)
            loss.backward()
            y, backward = net(x)
            backward(softmax_cross_entropy(y, t)[1]())
            a = Tensor(0.5)
            for _ in range(100):
                a = apply(tanh, a * 0.9 + a)
            a.backward()
    work()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        work()
        after = len(gc.get_objects())
    finally:
        gc.enable()
    assert after - before < 50, f"{after - before} objects stayed alive"


# ---- rules, labels and options ----------------------------------------------------------------------------------

def test_apply_hands_labels_and_options_to_the_rule():
    z, t = np.array([[1.0, 2.0, 0.5], [0.1, -1.0, 3.0]]), np.array([1, 0])
    tensor = Tensor(z)
    loss = apply(functions.sum, apply(functions.leaky_relu, tensor, slope=0.25), axis=0)
    assert loss.data.tolist() == [1.1, 1.75, 3.5] and len(topological_order(loss)) == 3
    loss = apply(softmax_cross_entropy, tensor, t)
    loss.backward()
    value, backward = softmax_cross_entropy(z, t)
    assert loss.data == value and loss.inputs == (tensor,)
    np.testing.assert_array_equal(tensor.grad, backward())


@pytest.mark.parametrize("make", [
    lambda x: apply(functions.leaky_relu, x, slope=0.25), lambda x: x ** 3,
    lambda x: apply(functions.power, x, exponent=3)])
def test_options_reach_the_backward_of_plain_floats_too(make):
    x = Tensor(-2.0)
    y = make(x)
    y.backward()
    assert x.grad == {-0.5: 0.25, -8.0: 12.0}[y.data]


def test_a_node_knows_its_labels_and_options_and_can_be_run_again():
    """In float64: how much did rounding change a float32 result?"""
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(5, 3)).astype(np.float32), np.array([0, 2, 1, 1, 0])
    square = Tensor(x) ** 2
    power = apply(functions.power, Tensor(abs(x)), exponent=1.5)
    gamma, beta = Tensor(np.ones(3, np.float32)), Tensor(np.zeros(3, np.float32))
    scaled = apply(functions.batch_norm, Tensor(x), gamma, beta, eps=0.1)
    total = apply(functions.sum, power * scaled + square, axis=(0,))
    loss = apply(softmax_cross_entropy, Tensor(x), t)
    assert (square.options, square.labels) == ({"exponent": 2}, ()) and total.options == {"axis": (0,)}
    assert loss.labels == (t,) and loss.options == {} and Tensor(2.0).options == {} and (Tensor(2.0) * 3).labels == ()
    for last in (total, loss):
        exact = {}                                      # the whole graph once more, in float64
        for node in topological_order(last):
            data = [exact[x] for x in node.inputs]
            exact[node] = node.run(*data)[0] if node.rule else np.float64(node.data)
            np.testing.assert_allclose(node.data, exact[node], rtol=1e-5, atol=1e-6)
            assert exact[node].dtype == np.float64
    value, backward = square.run(np.float64(x))
    np.testing.assert_array_equal(value, np.float64(x) ** 2)
    np.testing.assert_allclose(backward(np.ones((5, 3))), 2 * np.float64(x))
    assert (Tensor(3.0) * 2.0).run(4.0, 5.0)[0] == 20 and (Tensor(2.0) ** 3).run(3.0)[0] == 27


def test_the_options_of_a_node_are_its_own():
    y = Tensor(2.0) ** 3
    y.options["exponent"] = 5
    assert y.options == {"exponent": 3} and y.run(2.0)[0] == 8


@pytest.mark.parametrize("number", [3.0, 3, np.float64(3), np.float32(3), np.array(3.0), np.array(3.0, np.float32)])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_a_number_is_its_own_sum_and_mean(number, name):
    x = Tensor(number)
    y = getattr(x, name)()
    assert y.data == 3 and (type(y.data) is float or y.data.dtype == x.data.dtype)
    (getattr(y * x, name)() + y).backward()             # x² + x
    assert x.grad == 7


@pytest.mark.parametrize("n", [1, 2, 3])
def test_targets_of_a_loss_are_data(n):
    y, t, w = Tensor(np.arange(2.0 * n).reshape(n, 2)), np.ones((n, 2)), Parameter(np.ones((n, 2)))
    for targets in (t, Tensor(t), w * 1.0):             # even targets that were computed on the graph
        apply(mean_squared_error, y, targets).backward()
        np.testing.assert_array_equal(y.grad, mean_squared_error(y.data, t)[1]())
        assert getattr(targets, "grad", None) is None and w.grad is None


def test_targets_may_be_plain_numbers_too():
    def squared_error(y, t):                            # as a learner writes it: no gradient for the target
        return (y - t) ** 2, lambda dy: 2 * dy * (y - t)
    for rule, target in ((squared_error, 1.0), (squared_error, Tensor(1.0)), (mean_squared_error, 1.0)):
        y = Tensor(3.0)
        loss = apply(rule, y * 2.0, target)
        loss.backward()
        assert loss.data == 25 and y.grad == 20


def test_a_network_traced_equals_the_network_called():
    rng = np.random.default_rng(5)
    net = Sequential(Dense(4, 6, rng=rng), Tanh(), Dense(6, 5, rng=rng), ReLU(), Dense(5, 3, rng=rng))
    x, t = rng.normal(size=(7, 4)), rng.integers(0, 3, size=7)
    y, backward = net(x)
    value, loss_backward = softmax_cross_entropy(y, t)
    dx = backward(loss_backward())
    by_layers = [p.grad for p in net.params]
    tensor = Tensor(x)
    loss = apply(softmax_cross_entropy, net.trace(tensor), t)
    loss.backward()
    assert loss.data == pytest.approx(value, rel=1e-12)
    for a, b in zip([dx, *by_layers], [tensor.grad, *(p.grad for p in net.params)], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


def test_the_graph_of_single_operations_equals_the_rule_affine():
    rng = np.random.default_rng(6)
    x, W, b, t = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(5, 2))
    results = []
    for form in (lambda x, W, b: apply(affine, x, W, b), lambda x, W, b: x @ W + b):
        leaves = Tensor(x), Tensor(W), Tensor(b)
        apply(mean_squared_error, apply(sigmoid, form(*leaves)), t).backward()
        results.append([leaf.grad for leaf in leaves])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


# ---- hidden state -----------------------------------------------------------------------------------------------

def test_two_forwards_then_both_backwards():
    rng = np.random.default_rng(7)
    net = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 2, rng=rng))
    xs, dys = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 2))
    alone = []
    for x, dy in zip(xs, dys):
        for p in net.params:
            p.zero_grad()
        dx = net(x)[1](dy)
        alone.append([dx, *(p.grad for p in net.params)])
    backwards = [net(x)[1] for x in xs]
    for p in net.params:
        p.zero_grad()
    dxs = [backward(dy) for backward, dy in zip(backwards, dys)]
    np.testing.assert_array_equal(dxs, [alone[0][0], alone[1][0]])
    for p, first, second in zip(net.params, alone[0][1:], alone[1][1:], strict=True):
        np.testing.assert_array_equal(p.grad, first + second)


def test_a_layer_used_twice_in_one_network():
    rng = np.random.default_rng(8)
    shared = Dense(3, 3, rng=rng)
    net = Sequential(shared, Tanh(), shared)
    assert net.params == [shared.W, shared.b]
    x, dy = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    net(x)[1](dy)
    h, backward_1 = affine(x, shared.W.data, shared.b.data)
    a, backward_2 = tanh(h)
    _, backward_3 = affine(a, shared.W.data, shared.b.data)
    da, dW_2, db_2 = backward_3(dy)
    _, dW_1, db_1 = backward_1(backward_2(da))
    np.testing.assert_allclose(shared.W.grad, dW_1 + dW_2, rtol=1e-12)
    np.testing.assert_allclose(shared.b.grad, db_1 + db_2, rtol=1e-12)


def test_equal_parameters_are_not_confused():
    """Two matrices of zeros are two parameters, whatever their values (fault 9 of other libraries)."""
    one, two = Parameter(np.zeros((2, 2))), Parameter(np.zeros((2, 2)))
    y = (one * 2.0 + two * 3.0).sum()
    assert len({one, two}) == 2
    y.backward()
    assert one.grad[0, 0] == 2 and two.grad[0, 0] == 3


# ---- dtype and errors -------------------------------------------------------------------------------------------

def test_float32_stays_float32_on_the_graph():
    x, W = Tensor(np.ones((2, 3), np.float32)), Parameter(np.ones((3, 2), np.float32))
    loss = ((x @ W) * 2.0 + 1.0).mean()
    loss.backward()
    assert loss.data.dtype == W.grad.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("action, kind, text", [
    (lambda: Tensor("3"), TypeError, "str"),
    (lambda: Tensor(None), TypeError, "NoneType"),
    (lambda: Tensor(True), TypeError, "bool"),
    (lambda: Tensor(np.array([True, False])), TypeError, "number"),
    (lambda: Tensor(2.0) + "3", TypeError, "str"),
    (lambda: Tensor(2.0) ** Tensor(3.0), TypeError, r"Tensor \*\* Tensor: the exponent must be a constant number"),
    (lambda: 2 ** Tensor(3.0), TypeError, r"int \*\* Tensor: the exponent must be a constant number.*exp and log"),
    (lambda: np.ones(2) ** Tensor(3.0), TypeError, r"ndarray \*\* Tensor: the exponent must be a constant number"),
    (lambda: Tensor(2.0) ** [1, 2], TypeError, r"Tensor \*\* list: the exponent must be a constant number"),
    (lambda: Tensor(2.0) ** "2", TypeError, r"Tensor \*\* str: the exponent must be a constant number"),
    (lambda: Tensor(2.0) < 3, TypeError, r"compare the values, x\.data"),
    (lambda: 3 >= Tensor(2.0), TypeError, r"compare the values, x\.data"),
    (lambda: max(Tensor(2.0), Tensor(1.0)), TypeError, "the larger of two is the rule maximum"),
    (lambda: Tensor(np.ones(3)) <= np.ones(3), TypeError, r"compare the values, x\.data"),
    (lambda: list(Tensor(np.ones(3))), TypeError, "not iterable"),
    (lambda: Tensor(3.0).sum(axis=0), ValueError, "sum: a plain number has no axis 0"),
    (lambda: Tensor(3.0).mean(axis=(1,)), ValueError, r"mean: a plain number has no axis \(1,\)"),
    (lambda: Tensor(3.0).run(), ValueError, r"Tensor\(3\) is a leaf; no rule made it"),
    (lambda: (Tensor(3.0) * 2).run(1.0), ValueError, "multiply has 2 inputs, got data for 1"),
    (lambda: Parameter(2.0), TypeError, "array of floats"),
    (lambda: Tensor(np.ones((2, 3))).backward(), ValueError, r"single number, got shape \(2, 3\).*\.sum\(\)"),
    (lambda: Tensor(np.ones((2, 3))) @ Tensor(np.ones((2, 3))), ValueError, r"\(2, 3\) and \(2, 3\)"),
    (lambda: Parameter(np.ones((2, 3)), "W").add_grad(np.ones((3, 2))), ValueError, r"W has shape \(3, 2\).*\(2, 3\)"),
])
def test_errors_say_what_was_given_and_what_is_wanted(action, kind, text):
    with pytest.raises(kind, match=text):
        action()


def test_numbers_become_floats():
    assert Tensor(3).data == 3.0 and type(Tensor(3).data) is float
    assert Tensor(np.array([1, 2])).data.dtype == Tensor([1, 2]).data.dtype == np.float64


def test_repr_tells_value_name_and_rule_without_addresses():
    y = Tensor(2.0, "a") * 3
    assert repr(y) == "Tensor(6, rule=multiply)" and repr(y.inputs[0]) == "Tensor(2, name='a')"
    assert "shape (2, 3)" in repr(apply(relu, Tensor(np.ones((2, 3)))))
    assert " at 0x" not in repr(apply(log, Tensor(2.0)))


def test_a_frozen_parameter_gets_no_gradient_on_the_graph():
    W, V = Parameter(np.ones((2, 2))), Parameter(np.ones((2, 2)))
    W.requires_grad = False
    x = Tensor(np.ones((1, 2)))
    (x @ W @ V).sum().backward()
    assert W.grad is None and V.grad.tolist() == [[2, 2], [2, 2]] and x.grad.tolist() == [[4, 4]]
