"""course_lib: backpropagation in readable, fast NumPy.

One rule per operation, ``y, backward = rule(*inputs)``, run three ways: by hand, in layers, on a graph.
The core reads in one sitting: functions, losses, graph, layers, optim, training. It needs NumPy only; pictures,
widgets, exercises and the build live in the subpackages drawing, plotting, widgets, exercises and teaching.
"""

from course_lib.checks import (GradientError, check_gradients, complex_step_gradient, diagnose, numerical_gradient,
                               relative_error, remembered)
from course_lib.data import Batches, load_digits, standardise
from course_lib.functions import (add, affine, divide, exp, gelu, identity, leaky_relu, log, log_softmax, matmul,
                                  maximum, multiply, negative, power, relu, reshape, sigmoid, softmax, subtract,
                                  tanh, unbroadcast)
from course_lib.graph import Parameter, Tensor, apply, topological_order
from course_lib.layers import (GELU, Activation, Dense, Flatten, Layer, LeakyReLU, ReLU, Sequential, Sigmoid, Tanh,
                               load, save)
from course_lib.losses import binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy
from course_lib.metrics import accuracy, confusion_matrix
from course_lib.optim import SGD, Optimizer
from course_lib.training import History, evaluate, predict, train_step, training

__version__ = "0.1.0"
__all__ = [name for name in dir() if not name.startswith("_")]
