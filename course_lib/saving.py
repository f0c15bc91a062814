"""Networks in files: one format, one writer, one loader.

A file is a NumPy ``.npz`` archive: the parameters as p0, p1, … in the order of ``net.params``, the running averages of
all layers one after another as ``running``, and beside them ``network``, a text (JSON) with the version of the format
and the architecture: class names, options, shapes. A file may hold several networks, each under a prefix. Nothing in it
is a program: no pickle. ``np.load(path)`` opens it without this library.
"""

import io
import json
import os
import zlib
from pathlib import Path

import numpy as np

from course_lib.graph import Parameter
from course_lib.layers import generators, inside, is_layer, running_averages, set_options

FORMAT = 2                          # 1, without ``network`` and with r0, r1, … for ``running``, is read too


def save(net, path, optimizer=None):
    """Write ``net`` to a file; ``.npz`` is added to a name without it. With its ``optimizer`` also what that remembers
    (and the state of the generators of Dropout), so that a training goes on after ``load`` as if it had never stopped.

    The new file is written beside the old one and takes its place when it is whole: a full disk or an interrupt leaves
    the old one as it was. Raises ValueError for parameters that are not finite, which would be no use to anybody.
    """
    write_arrays(path, network_arrays(net, optimizer))


def load(net, path, optimizer=None, *, prefix=""):
    """Read what ``save`` wrote into a network of the same architecture; with ``optimizer``, of the same kind and for
    the same parameters, also what that remembered. ``path`` may be a name, an open file or its bytes.

    If anything is wrong, a ValueError says what (FileNotFoundError if there is no file), and nothing has changed.
    """
    _need_network("load", net)
    title, arrays = read_arrays(path, prefix)
    header = _header(title, arrays)
    if header:
        own = json.loads(json.dumps(architecture(net)))
        if header["architecture"] != own:
            raise ValueError(f"load: {title} is of another architecture: {_difference(header['architecture'], own)}")
    params, running = net.params, running_averages(net)
    if arrays.get("running", np.empty(0)).shape == (sum(a.size for a in running),):
        parts = np.split(arrays.pop("running", np.empty(0)), np.cumsum([a.size for a in running])[:-1])
        arrays |= {f"r{i}": part.reshape(own.shape) for i, (part, own) in enumerate(zip(parts, running))}
    names = [f"p{i}" for i in range(len(params))] + [f"r{i}" for i in range(len(running))]
    for kind, letter, owned in (("parameters", "p", [p.data for p in params]), ("running averages", "r", running)):
        count = sum(name[:1] == letter and name[1:].isdecimal() for name in arrays)
        shapes, wanted = [np.shape(arrays.get(f"{letter}{i}")) for i in range(count)], [a.shape for a in owned]
        if shapes != wanted:
            raise ValueError(f"load: {title} holds {count} {kind} of shapes {shapes}, "
                             f"the network has {len(wanted)} of {wanted}")
    new = [_numbers(title, name, arrays[name], own) for name, own in zip(names, [*(p.data for p in params), *running])]
    steps = _optimizer_changes(title, header, arrays, net, optimizer) if optimizer is not None else []
    for p, array in zip(params, new):
        p.data = array
    for own, array in zip(running, new[len(params):]):
        own[...] = array
    for change in steps:
        change()


# ---- several networks in a file -----------------------------------------------------------------------------

def network_arrays(net, optimizer=None, *, prefix=""):
    """What ``save`` writes: ``{name: array}``, each name after the prefix, such as "digits/0/"."""
    _need_network("save", net)
    header = {"format": FORMAT, "architecture": architecture(net)}
    arrays = {f"p{i}": p.data for i, p in enumerate(net.params)}
    if running := running_averages(net):
        arrays["running"] = np.concatenate([array.ravel() for array in running])
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"save: {name} of the {type(net).__name__} holds NaN or infinite numbers; the training "
                             "went astray; what was saved before is left as it was")
    if optimizer is not None:
        header["optimizer"], remembered = _optimizer_state(net, optimizer)
        header["generators"] = [g.bit_generator.state for g in generators(net)]
        arrays |= remembered
    text = json.dumps(header, separators=(",", ":"), default=lambda x: x.tolist())
    return {f"{prefix}{name}": array for name, array in {"network": np.array(text.encode()), **arrays}.items()}


def write_arrays(path, arrays, *, compressed=False):
    """Write an ``.npz`` file beside its place, then put it there. Returns the path, with ``.npz``."""
    write = np.savez_compressed if compressed else np.savez
    if hasattr(path, "write"):
        return write(path, **arrays)
    path = Path(os.path.realpath(_with_ending(path)))
    if path.is_dir():
        raise IsADirectoryError(f"save: {path} is a folder, not a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save: there is no folder {path.parent}; make it first")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            write(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def read_arrays(path, prefix=""):
    """``(title, {name: array})``: what messages call the file, and its arrays under ``prefix``, without it."""
    title, content = _content(path)
    if not content.startswith(b"PK"):
        raise ValueError(f"load: {title} is no file of save: it is no .npz archive")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name.removeprefix(prefix): file[name] for name in file.files if name.startswith(prefix)}
            found = {name[:-len("network")] for name in file.files if name.endswith("network")}
    except Exception as error:      # whatever NumPy, zip and zlib stumble over in bytes that are not theirs
        raise ValueError(f"load: {title} is damaged, or cut off ({error})") from error
    if prefix and not arrays:
        raise ValueError(f"load: {title} holds no network {prefix!r}; it holds {', '.join(map(repr, sorted(found)))}")
    return title, arrays


def _need_network(name, net):
    if not is_layer(net):
        raise TypeError(f"{name}: the first argument must be a network, got {type(net).__name__}: {name}(net, path)")


def _with_ending(path):
    name = os.fspath(path)
    return name if name.endswith(".npz") else name + ".npz"


def _content(path):
    """A title for messages, and the bytes of a file, given as its name, as an open file or as bytes."""
    if isinstance(path, (bytes, bytearray, memoryview)):
        return "the file", bytes(path)
    if hasattr(path, "read"):
        return "the file", path.read()
    full = _with_ending(path)
    file = Path(full if os.path.exists(full) else path)
    if file.is_dir():
        raise IsADirectoryError(f"load: {file} is a folder, not a file")
    if not file.exists():
        raise FileNotFoundError(f"load: there is no file {full}")
    return file.name, file.read_bytes()


# ---- the architecture ---------------------------------------------------------------------------------------

def architecture(net):
    """What a network is made of, for JSON: ``{"class": name, attribute: layer, parameter or option, …}``, without the
    options that have their default. What occurs again is named by its number, so that what is shared stays shared."""
    params, layers = {id(p): i for i, p in enumerate(net.params)}, {}

    def described(x):
        if isinstance(x, Parameter):
            return f"p{params.get(id(x), '')} of shape {x.data.shape}"
        if is_layer(x) and id(x) in layers:
            return f"layer {layers[id(x)]} again"
        if is_layer(x):
            layers[id(x)] = len(layers)
            held = {name: value for name, value in getattr(x, "__dict__", {}).items() if list(inside([value]))}
            made = {"class": type(x).__name__} | {name: _plain(value) for name, value in set_options(x).items()}
            made |= {name: described(value) for name, value in held.items()}
            shapes = [list(a.shape) for a in getattr(x, "running", ())]
            return made | ({"running averages": shapes} if shapes else {})
        if isinstance(x, dict):
            return {str(key): described(value) for key, value in x.items()}
        if isinstance(x, (list, tuple)):
            return [described(value) for value in x]
        return _plain(x)
    return described(net)


def _plain(value):
    """An option as JSON can hold it; an array by its shape and a checksum, a function by its name."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}, checksum {zlib.crc32(np.ascontiguousarray(value, float).tobytes())}"
    return getattr(value, "__name__", type(value).__name__)


def _difference(file, own, where=""):
    """The first place where two architectures differ, in words."""
    if isinstance(file, dict) and isinstance(own, dict) and file.get("class") == own.get("class"):
        pairs = {name: (file.get(name, "not set"), own.get(name, "not set")) for name in {**file, **own}}
        name = next(name for name, (a, b) in pairs.items() if a != b)
        return _difference(*pairs[name], f"{where}.{name}")
    if isinstance(file, list) and isinstance(own, list):
        for i, (a, b) in enumerate(zip(file, own)):
            if a != b:
                return _difference(a, b, f"{where}[{i}]")
        return f"{where.lstrip('.')} has {len(file)} entries in the file, {len(own)} in the network"
    file, own = (x.get("class", x) if isinstance(x, dict) else x for x in (file, own))
    return f"{where.lstrip('.') or 'the whole'} is {file} in the file, {own} in the network"


# ---- what the file holds, checked ---------------------------------------------------------------------------

def _header(title, arrays):
    """The text beside the arrays; None for a file of format 1, which had none."""
    if "network" not in arrays:
        if "p0" in arrays:
            return None
        raise ValueError(f"load: {title} holds no network, but {', '.join(sorted(arrays)) or 'nothing'}")
    try:
        header = json.loads(arrays["network"].item())
        version = header["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"load: {title} holds no network, but something else of that name") from error
    if version != FORMAT:
        raise ValueError(f"load: {title} is of format {version}, this course_lib reads formats 1 and {FORMAT}; "
                         "use the course_lib that wrote it, or a newer one")
    if "architecture" not in header:
        raise ValueError(f"load: {title} does not say its architecture; it was not written by save")
    return header


def _numbers(title, name, array, own):
    """``array`` in the dtype of ``own``, if it holds numbers that fit in."""
    if array.dtype.kind not in "fiu":
        raise ValueError(f"load: {name} in {title} must hold numbers, got {array.dtype}")
    if np.shape(own) != array.shape:
        raise ValueError(f"load: {name} in {title} has shape {array.shape}, {np.shape(own)} is wanted")
    with np.errstate(over="ignore"):
        array = array.astype(own.dtype)
    if not np.isfinite(array).all():
        raise ValueError(f"load: {name} in {title} holds NaN, or numbers too large for {own.dtype}")
    return array


# ---- what an optimizer remembers ----------------------------------------------------------------------------

def _single(optimizer):
    """The optimizers in ``optimizer``: those put Together, or itself."""
    together = getattr(optimizer, "optimizers", None)
    return [optimizer] if together is None else [single for one in together for single in _single(one)]


def _numbers_of(net, optimizer):
    number = {id(p): i for i, p in enumerate(net.params)}
    return [number.get(id(p)) for p in optimizer.params]


def _optimizer_state(net, optimizer):
    """For each single optimizer its class, its steps, the numbers of its parameters and the plain part of what it
    remembers of each; and the arrays that it remembers, as o0.3.v: of optimizer 0, parameter 3, its v."""
    header, arrays = [], {}
    for k, single in enumerate(_single(optimizer)):
        numbers = _numbers_of(net, single)
        if None in numbers:
            raise ValueError(f"save: the {type(single).__name__} changes parameters that are not in the "
                             f"{type(net).__name__}; save the network that holds them all")
        for i, state in zip(numbers, single.state):
            arrays |= {f"o{k}.{i}.{key}": value for key, value in state.items() if isinstance(value, np.ndarray)}
        header.append({"class": type(single).__name__, "steps": single.steps, "params": numbers,
                       "state": [{key: "array" if isinstance(value, np.ndarray) else _plain(value)
                                  for key, value in state.items()} for state in single.state]})
    return header, arrays


def _optimizer_changes(title, header, arrays, net, optimizer):
    """What ``load`` has to do to an optimizer, as functions to be called when all else is right."""
    if not header or "optimizer" not in header:
        raise ValueError(f"load: {title} holds no optimizer; write it with save(net, path, optimizer)")
    stored, singles, changes = header["optimizer"], _single(optimizer), []
    kinds, wanted = [part["class"] for part in stored], [type(single).__name__ for single in singles]
    if kinds != wanted:
        raise ValueError(f"load: {title} was trained with {' and '.join(kinds)}, not with {' and '.join(wanted)}")
    for k, (part, single) in enumerate(zip(stored, singles)):
        if part["params"] != _numbers_of(net, single):
            raise ValueError(f"load: in {title} the {part['class']} changes the parameters {part['params']} of the "
                             f"network, here {_numbers_of(net, single)}")
        changes.append(lambda single=single, steps=part["steps"]: setattr(single, "steps", steps))
        for i, state, old in zip(part["params"], single.state, part["state"]):
            if state.keys() != old.keys():
                raise ValueError(f"load: in {title} the {part['class']} remembers {', '.join(old)} of a parameter, "
                                 f"here {', '.join(state)}; give it the same settings")
            new = dict(old)
            for key in (key for key in state if isinstance(state[key], np.ndarray)):
                if f"o{k}.{i}.{key}" not in arrays:
                    raise ValueError(f"load: {title} lacks {key} of the {part['class']} for parameter {i}")
                new[key] = _numbers(title, f"o{k}.{i}.{key}", arrays[f"o{k}.{i}.{key}"], state[key])
            changes.append(lambda state=state, new=new: state.update(new))
    owned, states = generators(net), header.get("generators", [])
    kinds, wanted = [s["bit_generator"] for s in states], [g.bit_generator.state["bit_generator"] for g in owned]
    if kinds != wanted:
        raise ValueError(f"load: {title} has the generators {kinds}, the network {wanted}")
    return changes + [lambda g=g, state=state: setattr(g.bit_generator, "state", state)
                      for g, state in zip(owned, states)]
