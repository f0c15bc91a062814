"""The digits of the network of 1989, from a file that the reader has: they may not be shipped."""

from pathlib import Path

import numpy as np

from course_lib.data.digits import Digits
from course_lib.data.files import float_type

SIZES = 7291, 2007              # training and test digits in LeCun et al. (1989)
LAYOUT = 'groups "train" and "test", each with "data" (N, 256) and "target" (N,)'
REMEDY = ('it is read by the package h5py; install it with: .venv/bin/python -m pip install -c .ci/constraints.txt -e '
          '".[lab,zipcodes]" in the folder of the course (on Windows .venv\\Scripts\\python)')


def load_zipcodes(path, *, dtype=np.float64):
    """The zip-code digits of a file of yours as ``Digits(x_train, t_train, x_test, t_test)``, images with one channel.

    Shapes: x_train (7291, 1, 16, 16), t_train (7291,), x_test (2007, 1, 16, 16), t_test (2007,) in the usual file;
            pixels from 0 (paper) to 1 (ink).

    The usual file is called ``usps.h5``: groups ``train`` and ``test``, each with ``data`` (N, 256), row by row, and
    ``target`` (N,), 0 to 9. Pixels may run from 0 to 1, from −1 to 1, or in whole numbers to 255. More or fewer digits
    are read too: compare with ``SIZES``.

    Raises ImportError where h5py is missing, FileNotFoundError where there is no such file, ValueError where it holds
    something else.

    Source: LeCun et al. (1989), Neural Computation 1, 541–551; digits collected by the U.S. Postal Service in Buffalo.
    """
    dtype = float_type("load_zipcodes", dtype)
    if not isinstance(path, (str, Path)):
        raise TypeError(f'load_zipcodes: path must be the name of a file, such as "usps.h5", got {path!r}')
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"load_zipcodes: there is no file {path.name!r} in {str(path.parent)!r}; paths are "
                                f"read from {str(Path.cwd())!r}")
    (x_train, t_train), (x_test, t_test) = normalised(_read(path))
    return Digits(x_train.astype(dtype), t_train, x_test.astype(dtype), t_test)


def normalised(groups):
    """Pixels from 0 to 1 and whole labels of ``{"train": (data, target), "test": (data, target)}``, as a file has
    them; ValueError where these are no digits of 16 × 16 pixels.

    Shapes: data (N, 256), target (N,)  ->  two pairs (N, 1, 16, 16), (N,)
    """
    arrays = {}
    for name, (data, target) in groups.items():
        x, t = np.asarray(data), np.asarray(target).squeeze()
        if x.ndim < 2 or x.size != len(x) * 256 or t.shape != (len(x),) or not len(x):
            raise ValueError(f"load_zipcodes: {name}/data has shape {x.shape} and {name}/target {np.shape(target)}, "
                             f"expected {LAYOUT}")
        if x.dtype.kind not in "uif" or t.dtype.kind not in "uif" or not np.isfinite(x).all():
            raise ValueError(f"load_zipcodes: {name} must hold finite numbers, got {x.dtype} and {t.dtype}")
        if not np.array_equal(t, np.round(t)) or t.min() < 0 or t.max() > 9:
            hint = "; the labels run from 1 to 10: subtract 1" if (t.min(), t.max()) == (1, 10) else ""
            raise ValueError(f"load_zipcodes: {name}/target must hold the digits 0 to 9, got {t.min():g} to "
                             f"{t.max():g}{hint}")
        arrays[name] = x.reshape(-1, 1, 16, 16).astype(float), t.astype(int)
    low = min(x.min() for x, _ in arrays.values())
    high = max(x.max() for x, _ in arrays.values())
    if low >= 0 and high <= 1:
        paper, ink = 0.0, 1.0
    elif -1 <= low < 0 and high <= 1:
        paper, ink = -1.0, 1.0
    elif low >= 0 and 128 <= high <= 255 and all(np.array_equal(x, np.round(x)) for x, _ in arrays.values()):
        paper, ink = 0.0, 255.0
    else:
        raise ValueError(f"load_zipcodes: pixels must run from 0 to 1, from −1 to 1, or in whole numbers to 255, got "
                         f"{low:g} to {high:g}")
    found = [((x - paper) / (ink - paper), t) for x, t in (arrays["train"], arrays["test"])]
    corners = found[0][0][:, :, [0, 0, -1, -1], [0, -1, 0, -1]].mean()
    if corners > 0.5:
        raise ValueError("load_zipcodes: the corners are dark, so ink and paper have changed places; store "
                         "255 − pixels, 1 − pixels or −pixels instead")
    return found


def _read(path):
    """``{"train": (data, target), "test": (data, target)}`` of an HDF5 file."""
    try:
        import h5py
    except ImportError as error:
        raise ImportError(f"load_zipcodes: {path.name} cannot be opened: {REMEDY}") from error
    try:
        with h5py.File(path, "r") as file:
            return {name: (file[name]["data"][()], file[name]["target"][()]) for name in ("train", "test")}
    except OSError as error:
        raise ValueError(f"load_zipcodes: {path.name} is no file in the format HDF5") from error
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ValueError(f"load_zipcodes: {path.name} has another layout; expected {LAYOUT}") from error
