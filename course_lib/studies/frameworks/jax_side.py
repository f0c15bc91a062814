"""What lesson 14 needs of JAX beside its page: networks there and back, and a step to be timed."""

from course_lib.layers import Dense, Sequential, Sigmoid, Tanh
from course_lib.studies.frameworks import Row, array, dense, recurrent, squash


def prepare():
    """float64, which JAX shortens to float32 unless told so. It finds an accelerator by itself."""
    import jax
    jax.config.update("jax_enable_x64", True)
    jax.numpy.ones(2) + 1.0                                 # the first operation starts it up


def row():
    """Name, version, device, and the type that a Python number has before float64 is switched on."""
    import jax
    with jax.enable_x64(False):
        floats = str(jax.numpy.array(0.1).dtype)
    return Row("JAX", jax.__version__, jax.default_backend(), floats)


def from_course(net):
    """A network of Dense, Sigmoid and Tanh as a pair: its weights, a list of dicts (a *pytree*: containers with arrays
    at their ends), and a function of the weights and x. JAX has no layers: what W looks like is the author's choice."""
    import jax
    weights = [{"W": jax.numpy.array(layer.W.data), "b": jax.numpy.array(layer.b.data)}
               if isinstance(layer, Dense) else {} for layer in net.layers]
    between = [None if isinstance(layer, Dense) else
               {Sigmoid: jax.nn.sigmoid, Tanh: jax.numpy.tanh}[squash(layer)] for layer in net.layers]

    def apply(weights, x):
        for held, function in zip(weights, between):
            x = function(x) if function else x @ held["W"] + held["b"]
        return x
    return weights, apply


def to_course(weights, like):
    """Weights of ``from_course`` as a network of this course with the layers of ``like`` and copies of the arrays."""
    return Sequential(*(dense(held["W"], held["b"]) if isinstance(layer, Dense) else squash(layer)()
                        for held, layer in zip(weights, like.layers)))


def loop_from_course(layer):
    """An RNN layer as a pair: its weights, a dict, and a function that scans the sequence (``jax.lax.scan``)."""
    import jax
    weights = {name: jax.numpy.array(getattr(layer, name).data) for name in "WUb"}

    def apply(weights, xs):
        def cell(h, x):
            h = jax.numpy.tanh(x @ weights["W"] + h @ weights["U"] + weights["b"])
            return h, h
        start = jax.numpy.zeros((xs.shape[1], len(weights["b"])))
        return jax.lax.scan(cell, start, xs)[1]
    return weights, apply


def loop_to_course(weights):
    """The weights of ``loop_from_course`` as an RNN of this course with copies of the arrays."""
    return recurrent(*(weights[name] for name in "WUb"))


def there_and_back(net, x):
    """What the network gives for x when JAX runs it, and the network that comes back."""
    weights, apply = from_course(net)
    return array(apply(weights, x)), to_course(weights, net)


def loop_there_and_back(layer, xs):
    """The same for an RNN layer: its states (T, N, H)."""
    weights, apply = loop_from_course(layer)
    return array(apply(weights, xs)), loop_to_course(weights)


def steps(loss, params, *data):
    """``{how: a function that computes the gradients once}``: operation by operation, and compiled."""
    import jax
    nodes, data = [jax.numpy.array(p) for p in params], [jax.numpy.array(d) for d in data]
    eager = jax.grad(loss)
    compiled = jax.jit(eager)
    return {"JAX": lambda: jax.block_until_ready(eager(nodes, *data)),
            "JAX, jit": lambda: jax.block_until_ready(compiled(nodes, *data))}


def scan_steps(params, xs, h, t):
    """``{how: …}`` for the loop by ``lax.scan``, which traces one step however many there are."""
    import jax

    def loss(params):
        W, U, b = params
        def step(h, x):
            return jax.numpy.tanh(x @ W + h @ U + b), None
        return jax.numpy.mean((jax.lax.scan(step, h, xs)[0] - t) ** 2)
    nodes, xs, h, t = [jax.numpy.array(p) for p in params], *map(jax.numpy.array, (xs, h, t))
    compiled = jax.jit(jax.grad(loss))
    return {"JAX, jit and scan": lambda: jax.block_until_ready(compiled(nodes))}
