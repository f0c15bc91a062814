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
    "checks": "GradientError check_gradients complex_step_gradient diagnose "
              "numerical_gradient relative_error remembered",
    "data": "Batches load_commands load_digits load_faces load_mnist load_recordings load_text load_weather "
            "read_wav resample standardise",
    "graph": "Parameter Tensor apply topological_order",
    "layers": "Activation AvgPool2D BatchNorm Conv2D Dense Dropout EachStep Embedding FixedPoint Flatten GELU GRU LSTM "
              "Layer LayerNorm LeakyReLU MaxPool2D RNN ReLU Residual Sequential Sigmoid Tanh inference load save",
    "metrics": "accuracy confusion_matrix",
    "optim.curvature": "gauss_newton_bartlett hessian_vector_product hutchinson",
    "optim.first_order": "AMSGrad AdaDelta AdaGrad Adam AdamW Muon Optimizer RMSprop SGD Sophia Together "
                         "clip_grad_norm newton_schulz",
    "optim.full_batch": "conjugate_gradient full_batch lbfgs parameters_to_vector strong_wolfe vector_to_parameters",
    "optim.schedules": "constant_schedule cosine_schedule step_schedule",
    "rules.convolution": "avg_pool2d col2im conv2d im2col max_pool2d output_size pad2d",
    "rules.fixed_point": "NotSettled fixed_point relax",
    "rules.functions": "add affine batch_norm divide dropout embedding exp gelu identity l2_normalize layer_norm "
                       "leaky_relu log log_softmax matmul maximum multiply negative power relu reshape sigmoid "
                       "softmax subtract tanh unbroadcast",
    "rules.losses": "binary_cross_entropy hinge mean_squared_error softmax_cross_entropy triplet_loss",
    "rules.recurrent": "gru gru_cell lstm lstm_cell real_time_recurrent_learning rnn rnn_cell unroll",
    "rules.spectra": "dft_matrices frames hamming hann log_mel mel_filters normalise_bands power_spectrum",
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
    from course_lib.checks import GradientError as GradientError
    from course_lib.checks import check_gradients as check_gradients
    from course_lib.checks import complex_step_gradient as complex_step_gradient
    from course_lib.checks import diagnose as diagnose
    from course_lib.checks import numerical_gradient as numerical_gradient
    from course_lib.checks import relative_error as relative_error
    from course_lib.checks import remembered as remembered
    from course_lib.data import Batches as Batches
    from course_lib.data import load_commands as load_commands
    from course_lib.data import load_digits as load_digits
    from course_lib.data import load_faces as load_faces
    from course_lib.data import load_mnist as load_mnist
    from course_lib.data import load_recordings as load_recordings
    from course_lib.data import load_text as load_text
    from course_lib.data import load_weather as load_weather
    from course_lib.data import read_wav as read_wav
    from course_lib.data import resample as resample
    from course_lib.data import standardise as standardise
    from course_lib.graph import Parameter as Parameter
    from course_lib.graph import Tensor as Tensor
    from course_lib.graph import apply as apply
    from course_lib.graph import topological_order as topological_order
    from course_lib.layers import GELU as GELU
    from course_lib.layers import GRU as GRU
    from course_lib.layers import LSTM as LSTM
    from course_lib.layers import RNN as RNN
    from course_lib.layers import Activation as Activation
    from course_lib.layers import AvgPool2D as AvgPool2D
    from course_lib.layers import BatchNorm as BatchNorm
    from course_lib.layers import Conv2D as Conv2D
    from course_lib.layers import Dense as Dense
    from course_lib.layers import Dropout as Dropout
    from course_lib.layers import EachStep as EachStep
    from course_lib.layers import Embedding as Embedding
    from course_lib.layers import FixedPoint as FixedPoint
    from course_lib.layers import Flatten as Flatten
    from course_lib.layers import Layer as Layer
    from course_lib.layers import LayerNorm as LayerNorm
    from course_lib.layers import LeakyReLU as LeakyReLU
    from course_lib.layers import MaxPool2D as MaxPool2D
    from course_lib.layers import ReLU as ReLU
    from course_lib.layers import Residual as Residual
    from course_lib.layers import Sequential as Sequential
    from course_lib.layers import Sigmoid as Sigmoid
    from course_lib.layers import Tanh as Tanh
    from course_lib.layers import inference as inference
    from course_lib.layers import load as load
    from course_lib.layers import save as save
    from course_lib.metrics import accuracy as accuracy
    from course_lib.metrics import confusion_matrix as confusion_matrix
    from course_lib.optim.curvature import gauss_newton_bartlett as gauss_newton_bartlett
    from course_lib.optim.curvature import hessian_vector_product as hessian_vector_product
    from course_lib.optim.curvature import hutchinson as hutchinson
    from course_lib.optim.first_order import SGD as SGD
    from course_lib.optim.first_order import AdaDelta as AdaDelta
    from course_lib.optim.first_order import AdaGrad as AdaGrad
    from course_lib.optim.first_order import Adam as Adam
    from course_lib.optim.first_order import AdamW as AdamW
    from course_lib.optim.first_order import AMSGrad as AMSGrad
    from course_lib.optim.first_order import Muon as Muon
    from course_lib.optim.first_order import Optimizer as Optimizer
    from course_lib.optim.first_order import RMSprop as RMSprop
    from course_lib.optim.first_order import Sophia as Sophia
    from course_lib.optim.first_order import Together as Together
    from course_lib.optim.first_order import clip_grad_norm as clip_grad_norm
    from course_lib.optim.first_order import newton_schulz as newton_schulz
    from course_lib.optim.full_batch import conjugate_gradient as conjugate_gradient
    from course_lib.optim.full_batch import full_batch as full_batch
    from course_lib.optim.full_batch import lbfgs as lbfgs
    from course_lib.optim.full_batch import parameters_to_vector as parameters_to_vector
    from course_lib.optim.full_batch import strong_wolfe as strong_wolfe
    from course_lib.optim.full_batch import vector_to_parameters as vector_to_parameters
    from course_lib.optim.schedules import constant_schedule as constant_schedule
    from course_lib.optim.schedules import cosine_schedule as cosine_schedule
    from course_lib.optim.schedules import step_schedule as step_schedule
    from course_lib.rules.convolution import avg_pool2d as avg_pool2d
    from course_lib.rules.convolution import col2im as col2im
    from course_lib.rules.convolution import conv2d as conv2d
    from course_lib.rules.convolution import im2col as im2col
    from course_lib.rules.convolution import max_pool2d as max_pool2d
    from course_lib.rules.convolution import output_size as output_size
    from course_lib.rules.convolution import pad2d as pad2d
    from course_lib.rules.fixed_point import NotSettled as NotSettled
    from course_lib.rules.fixed_point import fixed_point as fixed_point
    from course_lib.rules.fixed_point import relax as relax
    from course_lib.rules.functions import add as add
    from course_lib.rules.functions import affine as affine
    from course_lib.rules.functions import batch_norm as batch_norm
    from course_lib.rules.functions import divide as divide
    from course_lib.rules.functions import dropout as dropout
    from course_lib.rules.functions import embedding as embedding
    from course_lib.rules.functions import exp as exp
    from course_lib.rules.functions import gelu as gelu
    from course_lib.rules.functions import identity as identity
    from course_lib.rules.functions import l2_normalize as l2_normalize
    from course_lib.rules.functions import layer_norm as layer_norm
    from course_lib.rules.functions import leaky_relu as leaky_relu
    from course_lib.rules.functions import log as log
    from course_lib.rules.functions import log_softmax as log_softmax
    from course_lib.rules.functions import matmul as matmul
    from course_lib.rules.functions import maximum as maximum
    from course_lib.rules.functions import multiply as multiply
    from course_lib.rules.functions import negative as negative
    from course_lib.rules.functions import power as power
    from course_lib.rules.functions import relu as relu
    from course_lib.rules.functions import reshape as reshape
    from course_lib.rules.functions import sigmoid as sigmoid
    from course_lib.rules.functions import softmax as softmax
    from course_lib.rules.functions import subtract as subtract
    from course_lib.rules.functions import tanh as tanh
    from course_lib.rules.functions import unbroadcast as unbroadcast
    from course_lib.rules.losses import binary_cross_entropy as binary_cross_entropy
    from course_lib.rules.losses import hinge as hinge
    from course_lib.rules.losses import mean_squared_error as mean_squared_error
    from course_lib.rules.losses import softmax_cross_entropy as softmax_cross_entropy
    from course_lib.rules.losses import triplet_loss as triplet_loss
    from course_lib.rules.recurrent import gru as gru
    from course_lib.rules.recurrent import gru_cell as gru_cell
    from course_lib.rules.recurrent import lstm as lstm
    from course_lib.rules.recurrent import lstm_cell as lstm_cell
    from course_lib.rules.recurrent import real_time_recurrent_learning as real_time_recurrent_learning
    from course_lib.rules.recurrent import rnn as rnn
    from course_lib.rules.recurrent import rnn_cell as rnn_cell
    from course_lib.rules.recurrent import unroll as unroll
    from course_lib.rules.spectra import dft_matrices as dft_matrices
    from course_lib.rules.spectra import frames as frames
    from course_lib.rules.spectra import hamming as hamming
    from course_lib.rules.spectra import hann as hann
    from course_lib.rules.spectra import log_mel as log_mel
    from course_lib.rules.spectra import mel_filters as mel_filters
    from course_lib.rules.spectra import normalise_bands as normalise_bands
    from course_lib.rules.spectra import power_spectrum as power_spectrum
    from course_lib.studies.faces.triplets import active_share as active_share
    from course_lib.studies.faces.triplets import batch_triplet_loss as batch_triplet_loss
    from course_lib.studies.faces.triplets import mine_triplets as mine_triplets
    from course_lib.studies.faces.triplets import mined_triplet_loss as mined_triplet_loss
    from course_lib.studies.faces.verification import all_pairs as all_pairs
    from course_lib.studies.faces.verification import equal_error_rate as equal_error_rate
    from course_lib.studies.faces.verification import pair_distances as pair_distances
    from course_lib.studies.faces.verification import roc as roc
    from course_lib.studies.faces.verification import verification_accuracy as verification_accuracy
    from course_lib.training import History as History
    from course_lib.training import evaluate as evaluate
    from course_lib.training import predict as predict
    from course_lib.training import train_step as train_step
    from course_lib.training import training as training
