"""course_lib: backpropagation in readable, fast NumPy.

One rule per operation, ``y, backward = rule(*inputs)``, run three ways: by hand, in layers, on a graph.
The core reads in one sitting: rules/functions, rules/losses, graph, layers, optim/first_order, training. It needs NumPy
only; what a reader sees (pictures, widgets, exercises) and the build live in page, widgets, exercises and teaching.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Where each public name lives. A module is imported when one of its names is first used (PEP 562), so that
# ``import course_lib`` costs little more than NumPy.
_MODULES = {
    "checks": "GradientError check_gradients complex_step_gradient diagnose numerical_gradient relative_error "
              "remembered",
    "data": "Batches load_commands load_digits load_faces load_mnist load_new_writers load_other_words load_ratings "
            "load_readings load_recordings load_sentiment load_text load_weather load_zipcodes read_wav resample "
            "standardise",
    "graph": "Parameter Tensor apply topological_order",
    "layers": "Activation AvgPool2D BatchNorm Checkpoint Conv2D Dense Dropout EachStep Embedding FixedPoint Flatten "
              "GELU GRU LSTM LastStep Layer LayerNorm LeakyReLU MaxPool2D MeanOverTime RNN ReLU Residual Sequential "
              "Sigmoid SwapTime Tanh frozen inference",
    "metrics": "accuracy confusion_matrix r_squared root_mean_squared_error",
    "optim.curvature": "gauss_newton_bartlett hessian_vector_product hutchinson",
    "optim.first_order": "AMSGrad AdaDelta AdaGrad Adam AdamW Diverged Muon Optimizer RMSprop SGD Sophia Together "
                         "clip_grad_norm newton_schulz",
    "optim.full_batch": "conjugate_gradient full_batch lbfgs parameters_to_vector strong_wolfe vector_to_parameters",
    "optim.schedules": "constant_schedule cosine_schedule step_schedule",
    "rules.checkpoint": "checkpoint",
    "rules.convolution": "avg_pool2d col2im conv2d im2col max_pool2d output_size pad2d",
    "rules.fixed_point": "NotSettled fixed_point relax",
    "rules.functions": "add affine batch_norm divide dropout embedding exp gelu identity l2_normalize layer_norm "
                       "leaky_relu log log_softmax matmul maximum multiply negative power relu reshape roll sigmoid "
                       "softmax sqrt subtract take tanh unbroadcast",
    "rules.losses": "binary_cross_entropy hinge mean_squared_error softmax_cross_entropy triplet_loss",
    "rules.recurrent": "gru gru_cell lstm lstm_cell real_time_recurrent_learning rnn rnn_cell unroll",
    "rules.sequences": "last_step mean_over_time swap_time",
    "rules.spectra": "dft_matrices frames hamming hann log_mel mel_filters normalise_bands power_spectrum",
    "saving": "load save",
    "studies.faces.triplets": "active_share batch_triplet_loss mine_triplets mined_triplet_loss",
    "studies.faces.verification": "all_pairs equal_error_rate pair_distances roc verification_accuracy",
    "training": "History evaluate predict train_step training",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}
_SUBMODULES = {module.split(".")[0] for module in _MODULES} | {"environment", "experiments", "initializers"}
__all__ = sorted(_HOME)


def __getattr__(name):
    from importlib import import_module
    if name in _SUBMODULES:                 # first: training is a module, and can be called like its function
        value = import_module(f"course_lib.{name}")
    elif name in _HOME:
        value = getattr(import_module(f"course_lib.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_HOME, *_SUBMODULES})


if TYPE_CHECKING:                           # the same names once more, for editors; a test compares the two
    from course_lib.checks import (
        GradientError as GradientError, check_gradients as check_gradients,
        complex_step_gradient as complex_step_gradient, diagnose as diagnose,
        numerical_gradient as numerical_gradient, relative_error as relative_error, remembered as remembered)
    from course_lib.data import (
        Batches as Batches, load_commands as load_commands, load_digits as load_digits, load_faces as load_faces,
        load_mnist as load_mnist, load_new_writers as load_new_writers, load_other_words as load_other_words,
        load_ratings as load_ratings, load_readings as load_readings, load_recordings as load_recordings,
        load_sentiment as load_sentiment, load_text as load_text, load_weather as load_weather,
        load_zipcodes as load_zipcodes, read_wav as read_wav, resample as resample, standardise as standardise)
    from course_lib.graph import (
        Parameter as Parameter, Tensor as Tensor, apply as apply, topological_order as topological_order)
    from course_lib.layers import (
        Activation as Activation, AvgPool2D as AvgPool2D, BatchNorm as BatchNorm, Checkpoint as Checkpoint,
        Conv2D as Conv2D, Dense as Dense,
        Dropout as Dropout, EachStep as EachStep, Embedding as Embedding, FixedPoint as FixedPoint,
        Flatten as Flatten, GELU as GELU, GRU as GRU, LSTM as LSTM, LastStep as LastStep, Layer as Layer,
        LayerNorm as LayerNorm, LeakyReLU as LeakyReLU, MaxPool2D as MaxPool2D, MeanOverTime as MeanOverTime,
        RNN as RNN, ReLU as ReLU, Residual as Residual, Sequential as Sequential, Sigmoid as Sigmoid,
        SwapTime as SwapTime, Tanh as Tanh, frozen as frozen, inference as inference)
    from course_lib.metrics import (
        accuracy as accuracy, confusion_matrix as confusion_matrix, r_squared as r_squared,
        root_mean_squared_error as root_mean_squared_error)
    from course_lib.optim.curvature import (
        gauss_newton_bartlett as gauss_newton_bartlett, hessian_vector_product as hessian_vector_product,
        hutchinson as hutchinson)
    from course_lib.optim.first_order import (
        AMSGrad as AMSGrad, AdaDelta as AdaDelta, AdaGrad as AdaGrad, Adam as Adam, AdamW as AdamW,
        Diverged as Diverged, Muon as Muon, Optimizer as Optimizer, RMSprop as RMSprop, SGD as SGD, Sophia as Sophia,
        Together as Together,
        clip_grad_norm as clip_grad_norm, newton_schulz as newton_schulz)
    from course_lib.optim.full_batch import (
        conjugate_gradient as conjugate_gradient, full_batch as full_batch, lbfgs as lbfgs,
        parameters_to_vector as parameters_to_vector, strong_wolfe as strong_wolfe,
        vector_to_parameters as vector_to_parameters)
    from course_lib.optim.schedules import (
        constant_schedule as constant_schedule, cosine_schedule as cosine_schedule, step_schedule as step_schedule)
    from course_lib.rules.checkpoint import checkpoint as checkpoint
    from course_lib.rules.convolution import (
        avg_pool2d as avg_pool2d, col2im as col2im, conv2d as conv2d, im2col as im2col, max_pool2d as max_pool2d,
        output_size as output_size, pad2d as pad2d)
    from course_lib.rules.fixed_point import NotSettled as NotSettled, fixed_point as fixed_point, relax as relax
    from course_lib.rules.functions import (
        add as add, affine as affine, batch_norm as batch_norm, divide as divide, dropout as dropout,
        embedding as embedding, exp as exp, gelu as gelu, identity as identity, l2_normalize as l2_normalize,
        layer_norm as layer_norm, leaky_relu as leaky_relu, log as log, log_softmax as log_softmax,
        matmul as matmul, maximum as maximum, multiply as multiply, negative as negative, power as power,
        relu as relu, reshape as reshape, roll as roll, sigmoid as sigmoid, softmax as softmax, sqrt as sqrt,
        subtract as subtract, take as take, tanh as tanh, unbroadcast as unbroadcast)
    from course_lib.rules.losses import (
        binary_cross_entropy as binary_cross_entropy, hinge as hinge, mean_squared_error as mean_squared_error,
        softmax_cross_entropy as softmax_cross_entropy, triplet_loss as triplet_loss)
    from course_lib.rules.recurrent import (
        gru as gru, gru_cell as gru_cell, lstm as lstm, lstm_cell as lstm_cell,
        real_time_recurrent_learning as real_time_recurrent_learning, rnn as rnn, rnn_cell as rnn_cell,
        unroll as unroll)
    from course_lib.rules.sequences import (
        last_step as last_step, mean_over_time as mean_over_time, swap_time as swap_time)
    from course_lib.rules.spectra import (
        dft_matrices as dft_matrices, frames as frames, hamming as hamming, hann as hann, log_mel as log_mel,
        mel_filters as mel_filters, normalise_bands as normalise_bands, power_spectrum as power_spectrum)
    from course_lib.saving import load as load, save as save
    from course_lib.studies.faces.triplets import (
        active_share as active_share, batch_triplet_loss as batch_triplet_loss, mine_triplets as mine_triplets,
        mined_triplet_loss as mined_triplet_loss)
    from course_lib.studies.faces.verification import (
        all_pairs as all_pairs, equal_error_rate as equal_error_rate, pair_distances as pair_distances, roc as roc,
        verification_accuracy as verification_accuracy)
    from course_lib.training import (
        History as History, evaluate as evaluate, predict as predict, train_step as train_step,
        training as training)
