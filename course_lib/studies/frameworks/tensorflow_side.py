"""What lesson 14 needs of TensorFlow beside its page: networks there and back, and a step to be timed."""

import numpy as np

from course_lib.layers import Dense, Sequential, Sigmoid, Tanh
from course_lib.studies.frameworks import Row, array, dense, recurrent, squash, squash_back


def prepare():
    """One thread, as NumPy has in this course, where it can still be chosen. It finds an accelerator by itself."""
    import tensorflow as tf
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:                                    # the reader has used it before
        pass
    tf.get_logger().setLevel("ERROR")
    tf.constant(1.0) + 1.0                                  # the first operation starts it up
    tf.keras.layers                                         # imported when first asked for, which takes a second


def row():
    """Name, version, device, and the type of a Python number."""
    import tensorflow as tf
    x = tf.constant(0.1)
    device = "GPU" if tf.config.list_physical_devices("GPU") else "cpu"
    return Row("TensorFlow", tf.__version__, device, x.dtype.name)


def from_course(net):
    """A network of Dense, Sigmoid and Tanh as ``keras.Sequential`` with the same weights: Keras keeps W as we do."""
    import tensorflow as tf
    layers, weights = [tf.keras.Input((net.layers[0].W.data.shape[0],), dtype="float64")], []
    for layer in net.layers:
        if isinstance(layer, Dense):
            layers.append(tf.keras.layers.Dense(layer.W.data.shape[1], dtype="float64"))
            weights += [layer.W.data, layer.b.data]
        else:
            name = {Sigmoid: "sigmoid", Tanh: "tanh"}[squash(layer)]
            layers.append(tf.keras.layers.Activation(name, dtype="float64"))
    model = tf.keras.Sequential(layers)
    model.set_weights(weights)
    return model


def to_course(model):
    """A ``keras.Sequential`` of Dense and Activation (sigmoid, tanh) as a network of this course with copies of the
    weights."""
    import tensorflow as tf
    layers = []
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.Dense):
            if not layer.use_bias or layer.activation.__name__ != "linear":
                raise ValueError("to_course: a Dense layer has a bias, and its activation is a layer of its own, got "
                                 f"use_bias={layer.use_bias}, activation={layer.activation.__name__}")
            layers.append(dense(*layer.get_weights()))
        else:
            name = getattr(getattr(layer, "activation", None), "__name__", type(layer).__name__)
            layers.append(squash_back(name, {"sigmoid": Sigmoid, "tanh": Tanh}, "Dense"))
    return Sequential(*layers)


def loop_from_course(layer):
    """An RNN layer as ``keras.layers.SimpleRNN``, which keeps W, U and b as we do, and wants the batch first."""
    import tensorflow as tf
    D, H = layer.W.data.shape
    module = tf.keras.layers.SimpleRNN(H, return_sequences=True, dtype="float64")
    module.build((None, None, D))
    module.set_weights([layer.W.data, layer.U.data, layer.b.data])
    return module


def loop_to_course(module):
    """A ``keras.layers.SimpleRNN`` as an RNN of this course with copies of the weights."""
    told = module.activation.__name__, module.use_bias
    if told != ("tanh", True):
        raise ValueError(f"loop_to_course: a layer with tanh and a bias is translated, got activation={told[0]}, "
                         f"use_bias={told[1]}")
    return recurrent(*module.get_weights())


def there_and_back(net, x):
    """What the network gives for x when Keras runs it, and the network that comes back."""
    model = from_course(net)
    return array(model(x)), to_course(model)


def loop_there_and_back(layer, xs):
    """The same for an RNN layer: its states (T, N, H). Keras wants, and gives, the batch first."""
    module = loop_from_course(layer)
    return np.swapaxes(array(module(np.swapaxes(xs, 0, 1))), 0, 1), loop_to_course(module)


def steps(loss, params, *data):
    """``{how: a function that computes the gradients once}``: operation by operation, and traced."""
    import tensorflow as tf
    nodes = [tf.Variable(p) for p in params]
    data = [tf.constant(d) for d in data]
    accelerated = row().device != "cpu"

    def eager():
        with tf.GradientTape() as tape:
            L = loss(nodes, *data)
        return tape.gradient(L, nodes)

    def awaited(run):
        def finished():
            grads = run()
            if accelerated:
                grads[0].numpy()                            # it works on while Python goes on
            return grads
        return finished
    return {"TensorFlow": awaited(eager), "TensorFlow, tf.function": awaited(tf.function(eager))}
