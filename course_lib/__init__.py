"""course_lib: backpropagation in readable, fast NumPy.

One rule per operation, ``y, backward = rule(*inputs)``, run three ways: by hand, in layers, on a graph.
The core reads in one sitting: functions, losses, graph, layers, optim, training. It needs NumPy only; pictures,
widgets, exercises and the build live in drawing, plotting, widgets, exercises and teaching.
"""

from course_lib.training import History, evaluate, predict, train_step, training

__version__ = "0.1.0"

# Where each further public name lives. A module is imported when one of its names is first used (PEP 562), so that
# ``import course_lib`` costs little more than NumPy. (training, a module and the function in it, is imported above:
# the function must be bound after the module, once and for all.)
_MODULES = {
    "functions": "add affine batch_norm divide dropout embedding exp gelu identity l2_normalize layer_norm leaky_relu log log_softmax "
                 "matmul maximum multiply negative power relu reshape sigmoid softmax subtract tanh unbroadcast",
    "convolution": "avg_pool2d col2im conv2d im2col max_pool2d output_size pad2d",
    "recurrent": "gru gru_cell lstm lstm_cell real_time_recurrent_learning rnn rnn_cell unroll",
    "relaxation": "NotSettled fixed_point relax",
    "spectra": "dft_matrices frames hamming hann log_mel mel_filters normalise_bands power_spectrum",
    "losses": "binary_cross_entropy hinge mean_squared_error softmax_cross_entropy triplet_loss",
    "triplets": "active_share batch_triplet_loss mine_triplets mined_triplet_loss",
    "verification": "all_pairs equal_error_rate pair_distances roc verification_accuracy",
    "graph": "Parameter Tensor apply topological_order",
    "layers": "Activation AvgPool2D BatchNorm Conv2D Dense Dropout EachStep Embedding FixedPoint Flatten GELU "
              "GRU LSTM Layer LayerNorm LeakyReLU MaxPool2D RNN ReLU Residual Sequential Sigmoid Tanh "
              "inference load save",
    "optim": "AMSGrad AdaDelta AdaGrad Adam AdamW Muon Optimizer RMSprop SGD Sophia Together clip_grad_norm newton_schulz",
    "schedules": "constant_schedule cosine_schedule step_schedule",
    "batch_optim": "conjugate_gradient full_batch lbfgs parameters_to_vector strong_wolfe vector_to_parameters",
    "curvature": "gauss_newton_bartlett hessian_vector_product hutchinson",
    "metrics": "accuracy confusion_matrix",
    "checks": "GradientError check_gradients complex_step_gradient diagnose numerical_gradient relative_error remembered",
    "data": "Batches load_commands load_digits load_faces load_mnist load_recordings load_text load_weather read_wav resample "
            "standardise",
    "initializers": "",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}
__all__ = sorted([*_HOME, "History", "evaluate", "predict", "train_step", "training"])


def __getattr__(name):
    from importlib import import_module
    if name in _HOME:
        value = getattr(import_module(f"course_lib.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"course_lib.{name}")
    else:
        raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_HOME, *_MODULES})
