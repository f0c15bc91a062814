"""Tasks of lesson 14: one rule in three hooks, a gradient that was not set to zero, the shapes of W.

The first three need a framework each. Where it is missing, the check says so, which is neither right nor wrong.
"""

from functools import partial

import numpy as np

from course_lib.checks import Fault
from course_lib.exercises.guard import Answer
from course_lib.exercises.task import Slip, Step, Suspect, Task
from course_lib.exercises.values import Unusable
from course_lib.studies import frameworks
from course_lib.studies.frameworks import jax, jnp, tf, torch
from course_lib.studies.frameworks.imitated import Descent, Weights

SHEET = "14_frameworks"


# ---- one rule, three hooks -----------------------------------------------------------------------------------------

def _case(rng):
    """x beyond 1, within, exactly 1 and 0; few shapes, so that nothing is compiled again and again."""
    N, D = ((4, 3), (3, 5), (2, 4))[rng.integers(3)]
    x = rng.uniform(-2, 2, size=(N, D))
    x.flat[:3] = 1.0, -1.0, 0.0
    return rng.permutation(x.ravel()).reshape(N, D), rng.normal(size=D), rng.normal(size=(N, D))


def _in(framework):
    """(x, w, dy) -> (y, dx, dw): the answer, given tensors, and the framework's own way back through it."""
    def through(function, x, w, dy):
        asked = lambda *nodes: _tensor(function(*nodes), framework)
        y, grads = {"torch": _by_torch, "tensorflow": _by_tensorflow, "jax": _by_jax}[framework](asked, x, w, dy)
        return frameworks.array(y), *[Fault("no gradient", _NOTHING.format(name)) if g is None else frameworks.array(g)
                                      for g, name in zip(grads, "xw")]

    def adapt(answer):
        if isinstance(answer, Answer):                      # all of it within the limits, the way back too
            return Answer(partial(through, answer.function), answer.visit)
        return partial(through, answer)
    return adapt


_NOTHING = "no gradient comes back for {0}: is {0} handed to the rule, and does backward return d{0}?"


def _tensor(y, framework):
    """y, where it is a tensor of the framework; it is looked at before a gradient is asked for."""
    if y is None:
        raise Unusable("nothing returned", "nothing was returned (None); is there a return statement?")
    if isinstance(y, (tuple, list)):
        raise Unusable("number of results", f"{len(y)} results were returned: return y alone, the hook keeps backward")
    known = {"torch": lambda: torch.is_tensor(y), "tensorflow": lambda: tf.is_tensor(y),
             "jax": lambda: isinstance(y, jax.Array)}
    if known[framework]():
        return y
    if callable(y):
        raise Unusable("function returned", "a function or a class was returned and not what it gives for x and w: are "
                       "the parentheses of a call missing, or .apply(x, w)?")
    raise Unusable("not a tensor", f"a tensor of {frameworks.TITLES[framework]} is asked for, got {type(y).__name__}")


def _by_torch(function, x, w, dy):
    nodes = [torch.tensor(a, requires_grad=True) for a in (x, w)]
    y = function(*nodes)
    if not y.requires_grad:                                 # nothing of it was recorded
        return y, (None, None)
    dy = torch.tensor(dy, device=y.device)
    alone = _returned_by_the_hook(y.grad_fn, nodes, dy)
    grads = torch.autograd.grad(y, nodes, dy, allow_unused=True)
    return y, [g if raw is None or raw.shape == node.shape else raw for g, raw, node in zip(grads, alone, nodes)]


def _returned_by_the_hook(record, nodes, dy):
    """What backward itself returns for each of the nodes: PyTorch sums it down to their shapes, and says nothing.

    None for a node that the rule was not given, and where y does not come straight from a rule.
    """
    rule = getattr(record, "_forward_cls", None)
    if rule is None:
        return [None for _ in nodes]
    with torch.no_grad():
        backward = rule.vjp if rule.backward is torch.autograd.Function.backward else rule.backward
        raw = backward(record, dy)
    raw = raw if isinstance(raw, tuple) else (raw,)
    if len(raw) != len(record.needs_input_grad):
        raise Unusable("number of gradients", f"backward returned {len(raw)}, and forward has "
                       f"{len(record.needs_input_grad)} inputs: return one for each")
    needed = [g for g, needs in zip(raw, record.needs_input_grad) if needs]
    leaves = [getattr(before, "variable", None) for before, _ in record.next_functions if before is not None]
    return [next((g for g, leaf in zip(needed, leaves) if leaf is node), None) for node in nodes]


def _by_tensorflow(function, x, w, dy):
    nodes = [tf.Variable(a) for a in (x, w)]
    with tf.GradientTape() as tape:
        y = function(*map(tf.convert_to_tensor, nodes))
    return y, tape.gradient(y, nodes, output_gradients=tf.constant(dy))


def _by_jax(function, x, w, dy):
    y, backward = jax.vjp(function, jnp.array(x), jnp.array(w))
    return y, backward(jnp.array(dy))


def sign_in_torch(x, w):
    """The rule y = w sign(x), whose backward lets pass where |x| <= 1.

    x (N, D), w (D,), tensors of PyTorch  ->  y (N, D)
    """
    class Sign(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return w * torch.sign(x)

        @staticmethod
        def backward(ctx, dy):
            x, w = ctx.saved_tensors
            dx = w * dy * (x.abs() <= 1)
            dw = (dy * torch.sign(x)).sum(dim=0)
            return dx, dw
    return Sign.apply(x, w)


def sign_in_tensorflow(x, w):
    """The rule y = w sign(x), whose backward lets pass where |x| <= 1.

    x (N, D), w (D,), tensors of TensorFlow  ->  y (N, D)
    """
    @tf.custom_gradient
    def rule(x, w):
        y = w * tf.sign(x)
        def backward(dy):
            dx = w * dy * tf.cast(tf.abs(x) <= 1, dy.dtype)
            dw = tf.reduce_sum(dy * tf.sign(x), axis=0)
            return dx, dw
        return y, backward
    return rule(x, w)


def sign_in_jax(x, w):
    """The rule y = w sign(x), whose backward lets pass where |x| <= 1.

    x (N, D), w (D,), arrays of JAX  ->  y (N, D)
    """
    @jax.custom_vjp
    def rule(x, w):
        return w * jnp.sign(x)
    def forward(x, w):
        return rule(x, w), (x, w)
    def backward(kept, dy):
        x, w = kept
        dx = w * dy * (jnp.abs(x) <= 1)
        dw = (dy * jnp.sign(x)).sum(axis=0)
        return dx, dw
    rule.defvjp(forward, backward)
    return rule(x, w)


_SMALL = np.array([[0.5, -3.0], [-1.0, 2.0]]), np.array([2.0, 10.0]), np.array([[1.0, 1.0], [4.0, 1.0]])


def _hook(number, framework, function, alone, *more, sign, ones, mask, dw):
    """The three tasks differ in their words alone: pieces of the reference that a slip replaces."""
    title, dx = frameworks.TITLES[framework], "dx = w * dy"
    return Task(
        id=f"14-{number}", title=f"a backward of your own, in {title}", level="write", difficulty=2, importance=3,
        minutes=15, reference=function, outputs=("y", "dx", "dw"), names=("x", "w", "dy"), adapt=_in(framework),
        small=_SMALL, cases=_case, count=3, needs=partial(frameworks.missing, framework),
        edges={"one row": (np.array([[0.2, -1.5, 1.0]]), np.array([1.0, -2.0, 3.0]), np.array([[1.0, 2.0, -1.0]])),
               "all beyond 1": (np.array([[1.5, -2.0], [3.0, 4.0]]), np.array([1.0, 2.0]), np.ones((2, 2)))},
        suspects=(
            Slip("no limit", "the gradient passes only where |x| <= 1: multiply dx by the mask", (mask, "")),
            Slip("limit turned round", "beyond 1 nothing passes; it passes within", (mask, mask.replace("<=", ">"))),
            Slip("< for <=", "at |x| = 1 the gradient still passes", (mask, mask.replace("<=", "<"))),
            Slip("w forgotten", "y = w sign(x): on the way back dx is multiplied by w", (dx, dx.replace("w * ", ""))),
            Slip("dy forgotten", "a backward multiplies what arrives, dy", (dx, dx.replace("dy", ones))),
            Slip("dy forgotten", "a backward multiplies what arrives, dy", (dw, dw.replace("dy * ", ""))),
            Slip("x for its sign", f"y = w sign(x): dw takes {sign}, not x", (dw, dw.replace(sign, "x"))),
            Slip("mean for sum", "w served every row, and every row pays: the sum over the rows",
                 (dw, dw.replace("reduce_sum", "reduce_mean").replace(").sum(", ").mean("))),
            Slip("absolute value", "y = w sign(x)", (f"w * {sign}", "w * " + sign.replace("sign", "abs"))),
            Slip("no gradient", _NOTHING.format("w"), (dw, dw.replace("dw = ", "dw = 0 * "))),
            Suspect("no backward of one's own", "dx is 0, which is the framework's own derivative of a sign. Give the "
                    "rule a backward by the hook; if it has one, let it return dx", alone), *more))


TORCH = _hook(
    1, "torch", sign_in_torch, lambda x, w: w * torch.sign(x), sign="torch.sign(x)", ones="torch.ones_like(dy)",
    mask=" * (x.abs() <= 1)", dw="dw = (dy * torch.sign(x)).sum(dim=0)")
_MASK = " * tf.cast(tf.abs(x) <= 1, dy.dtype)"
TENSORFLOW = _hook(
    2, "tensorflow", sign_in_tensorflow, lambda x, w: w * tf.sign(x),
    Slip("truth values", "numbers times truth values are truth values in TensorFlow, without an error: turn the "
         "comparison into numbers first, tf.cast(..., dy.dtype)", (_MASK, " * (tf.abs(x) <= 1)")),
    sign="tf.sign(x)", ones="tf.ones_like(dy)", mask=_MASK, dw="dw = tf.reduce_sum(dy * tf.sign(x), axis=0)")
JAX = _hook(
    3, "jax", sign_in_jax, lambda x, w: w * jnp.sign(x), sign="jnp.sign(x)", ones="jnp.ones_like(dy)",
    mask=" * (jnp.abs(x) <= 1)", dw="dw = (dy * jnp.sign(x)).sum(axis=0)")


# ---- 14-4 the gradient that was not set to zero ----------------------------------------------------------------------

def descend(w, parts, lr, steps):
    """Descend on the mean of the losses of all parts, which come one by one.

    w (D,), parts [(x (N, D), t (N,)), ...], lr and steps numbers  ->  w (D,) in the end
    """
    weights = Weights(w)
    optimizer = Descent(weights, lr)
    for step in range(steps):
        optimizer.zero_grad()
        for x, t in parts:
            loss = weights.squared_error(x, t)
            (loss / len(parts)).backward()
        optimizer.step()
    return weights.data


def _numbers_alone(answer):
    """The answer, with a word for those who return the weights instead of their numbers."""
    def run(*arguments):
        w = answer(*arguments)
        return Fault("weights returned", "return the numbers, weights.data") if isinstance(w, Weights) else w
    return run


def _descend_case(rng, steps=None):
    D, K = rng.permutation((2, 3, 4))[:2]
    parts = [(rng.normal(size=(5, D)), rng.normal(size=5)) for _ in range(K)]
    return rng.normal(size=D), parts, rng.uniform(0.05, 0.2), int(steps or rng.integers(3, 6))


_ZERO, _MARK = "        optimizer.zero_grad()\n", "    for step in range(steps):\n"
_STEP = "        optimizer.step()"
_STAYS = ("w comes back as it was given: is the gradient set to zero between backward and step, or are the weights new "
          "ones, which the optimizer does not hold?")
_FORGOTTEN = "backward adds to the gradient: what is left of the last step must go before the next one begins"
_INNER = "the parts of one step belong together: set to zero once a step, not once a part"

HUNT = Task(
    id="14-4", title="the gradient that was not set to zero", level="explore", difficulty=1, importance=3, minutes=10,
    reference=descend, hunt="not set to zero", cases=_descend_case, adapt=_numbers_alone, outputs=("w",),
    small=(np.array([0.0]), [(np.array([[1.0]]), np.array([1.0])), (np.array([[1.0]]), np.array([3.0]))], 0.25, 2),
    edges={"one part": (np.array([1.0, 2.0]), [(np.eye(2), np.array([0.0, 1.0]))], 0.1, 3),
           "one step": lambda rng: _descend_case(rng, 1),
           "no steps": (np.array([1.0, 2.0]), [(np.eye(2), np.array([0.0, 1.0]))], 0.1, 0)},
    suspects=(
        Slip("not set to zero", _FORGOTTEN, (_ZERO, "")),
        Slip("not set to zero", "once before the loop is too early: " + _FORGOTTEN,
             (_ZERO, ""), (_MARK, "    optimizer.zero_grad()\n" + _MARK)),
        Slip("set to zero for each part", _INNER, (_ZERO, ""),
             ("            loss =", "            optimizer.zero_grad()\n            loss =")),
        Slip("nothing to step with", _STAYS,
             (_ZERO, ""), (_STEP, "        optimizer.zero_grad()\n" + _STEP)),
        Slip("nothing to step with", _STAYS, (_ZERO, "        weights = Weights(weights.data)\n")),
        Slip("weights of one's own", "the optimizer steps with the weights that it was made with: new ones get "
             "gradients, but no step", (_ZERO, ""), (_STEP, _STEP + "\n        weights = Weights(weights.data)")),
        Slip("a step for each part", "one step for all parts together, after the loop over them",
             (_STEP, "    " + _STEP)),
        Slip("sum instead of the mean", "the mean over the parts: each pays its share, loss / len(parts)",
             ("(loss / len(parts)).backward()", "loss.backward()")),
        Slip("uphill", "the optimizer subtracts", ("Descent(weights, lr)", "Descent(weights, -lr)"))))


# ---- 14-5 whose W has which shape? -----------------------------------------------------------------------------------

_SHAPES = ("(n_in, n_out)", "(n_out, n_in)")


def shapes_of_W():
    """Name the shape of W in each place, then carry weights over."""
    return {
        "Dense": "(n_in, n_out)",
        "torch.nn.Linear": "(n_out, n_in)",
        "keras Dense": "(n_in, n_out)",
        "JAX": "the author's choice",
        "torch.nn.RNN": "two",
        "to_torch": lambda W, b: (W.T, b),
        "from_torch": lambda W, U, b, c: (W.T, U.T, b + c),
    }


def _rnn_case(rng):
    D, H = rng.permutation((2, 3, 4))[:2]
    return rng.normal(size=(H, D)), rng.normal(size=(H, H)), rng.normal(size=H), rng.normal(size=H)


def _dense_case(rng):
    D, H = rng.permutation((2, 3, 4))[:2]
    return rng.normal(size=(D, H)), rng.normal(size=H)


_LINEAR, _TO, _FROM = '"torch.nn.Linear": "(n_out, n_in)"', "(W.T, b)", "(W.T, U.T, b + c)"

SHAPES = Task(
    id="14-5", title="whose W has which shape?", level="derive", difficulty=1, importance=2, minutes=10,
    reference=shapes_of_W,
    steps=(
        Step("Dense", "the Dense layer of this course, y = x W + b", _SHAPES),
        Step("torch.nn.Linear", "its weight; PyTorch computes y = x Wᵀ + b", _SHAPES),
        Step("keras Dense", "its kernel; Keras computes y = x W + b", _SHAPES),
        Step("JAX", "who decides in JAX?", (*_SHAPES, "the author's choice")),
        Step("torch.nn.RNN", "how many biases has one layer?", ("one", "two")),
        Step("to_torch", "a function of our (W, b) -> Linear's (W, b)", outputs=("W", "b"),
             small=(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([1.0, 2.0, 3.0])), cases=_dense_case),
        Step("from_torch", "a function of RNN's (W, U, b, c) -> our (W, U, b)", outputs=("W", "U", "b"),
             small=(np.array([[1.0, 2.0]]), np.array([[3.0]]), np.array([4.0]), np.array([5.0])), cases=_rnn_case,
             edges={"as many inputs as units": lambda rng: tuple(
                 rng.normal(size=s) for s in ((3, 3), (3, 3), 3, 3))})),
    suspects=(
        Slip("Dense turned round", "x (N, n_in) times W: the first axis of W is n_in",
             ('"Dense": "(n_in, n_out)"', '"Dense": "(n_out, n_in)"')),
        Slip("Linear turned round", "it computes x Wᵀ: so Wᵀ is (n_in, n_out), and W the other way round",
             (_LINEAR, _LINEAR.replace("(n_out, n_in)", "(n_in, n_out)"))),
        Slip("Keras turned round", "Keras computes x W, as we do",
             ('"keras Dense": "(n_in, n_out)"', '"keras Dense": "(n_out, n_in)"')),
        *(Slip("a shape for JAX", "JAX has no layers: whoever writes the function decides",
               ("the author's choice", shape)) for shape in _SHAPES),
        Slip("one bias", "torch.nn.RNN has bias_ih and bias_hh, which are added",
             ('"torch.nn.RNN": "two"', '"torch.nn.RNN": "one"')),
        Slip("not transposed", "(14.4): PyTorch keeps W transposed", (_TO, "(W, b)")),
        Slip("not transposed", "W and U are both kept transposed: (14.4)", (_FROM, "(W, U, b + c)")),
        Slip("U not transposed", "U is kept transposed, too, although it is square", (_FROM, "(W.T, U, b + c)")),
        Slip("a bias forgotten", "both biases are added at every step: ours is their sum", (_FROM, "(W.T, U.T, b)")),
        Slip("a bias forgotten", "both biases are added at every step: ours is their sum", (_FROM, "(W.T, U.T, c)")),
        Slip("mean of the biases", "both biases are added at every step: ours is their sum, not their mean",
             (_FROM, "(W.T, U.T, (b + c) / 2)"))))

TASKS = [TORCH, TENSORFLOW, JAX, HUNT, SHAPES]
